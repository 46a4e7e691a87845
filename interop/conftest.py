"""Here a skipped test would hide a missing library, so it counts as a failure."""

import pytest


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-seeds",
        action="store_true",
        help="let slow peers fit every random data set, not one in ten",
    )


@pytest.fixture
def compared(request: pytest.FixtureRequest) -> range:
    """Seeds of the random data sets that slow peers fit as well."""
    return range(0, 300, 1 if request.config.getoption("--all-seeds") else 10)
