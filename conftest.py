"""Names that every doctest may use, in src and README as well as in tests."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import Phase, settings

# Neither is a fixture of every test: that would be set up ten thousand times.


@pytest.fixture(autouse=True, scope="session")
def _doctest_numbers(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace["np"] = np


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Take what is found: to find the simplest takes seconds, and shows no more."""
    if not isinstance(item, pytest.DoctestItem):
        return (yield)
    name = settings.get_current_profile_name()
    found = settings(settings.default, phases=[Phase.explicit, Phase.generate])
    settings.register_profile("doctest", found)
    settings.load_profile("doctest")
    try:
        return (yield)
    finally:
        settings.load_profile(name)
