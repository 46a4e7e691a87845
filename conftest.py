"""Names that every doctest may use, in src and README as well as in tests."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import Phase, settings


@pytest.fixture(autouse=True)
def _doctest_numbers(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace["np"] = np


@pytest.fixture(autouse=True)
def _examples_need_no_shrinking(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take what is found: to find the simplest takes seconds, and shows no more."""
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    name = settings.get_current_profile_name()
    found = settings(settings.default, phases=[Phase.explicit, Phase.generate])
    settings.register_profile("doctest", found)
    settings.load_profile("doctest")
    yield
    settings.load_profile(name)
