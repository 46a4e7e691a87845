"""Names that every doctest may use, in src and README as well as in tests."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _doctest_numbers(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace["np"] = np
