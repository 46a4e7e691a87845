"""What a refusal says, and whether it holds what it says."""

from collections.abc import Callable

import pytest

from cxmkit import CxmError
from cxmkit._checks import show, where
from cxmkit.errors import EmptySampleError, MissingValueError


def refused(call: Callable[[], object]) -> str:
    """Return the last line of a traceback; what an error holds must agree with it."""
    with pytest.raises(CxmError) as caught:
        call()
    error = caught.value
    assert str(error).startswith(f"{where(error.argument, error.index)} ")
    if isinstance(error, MissingValueError | EmptySampleError):
        assert error.value is None
    else:
        assert f"; got {show(error.value)}" in str(error)
    return f"{type(error).__name__}: {error}"


def judge(call: Callable[[], object], said: str) -> None:
    """Compare a refusal with the last line of its traceback."""
    assert refused(call) == said
