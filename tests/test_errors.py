"""What is raised: one family, each child a built-in too."""

import copy
import pickle

import pytest

import cxmkit.errors
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)

FAMILY: list[type[CxmError]] = [
    CxmError,
    InvalidValueError,
    InvalidTypeError,
    MissingValueError,
    EmptySampleError,
    ScaleMismatchError,
]
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def test_the_module_exports_the_whole_family() -> None:
    assert sorted(cxmkit.errors.__all__) == sorted(kind.__name__ for kind in FAMILY)


@pytest.mark.parametrize(
    ("child", "parents"),
    [
        (CxmError, (Exception,)),
        (InvalidValueError, (CxmError, ValueError)),
        (InvalidTypeError, (CxmError, TypeError)),
        (MissingValueError, (InvalidValueError, ValueError)),
        (EmptySampleError, (InvalidValueError, ValueError)),
        (ScaleMismatchError, (InvalidValueError, ValueError)),
    ],
)
def test_each_child_is_ours_and_a_built_in(
    child: type[CxmError], parents: tuple[type[Exception], ...]
) -> None:
    assert issubclass(child, CxmError)
    for parent in parents:
        assert issubclass(child, parent)


def test_a_wrong_type_is_no_wrong_value() -> None:
    assert not issubclass(InvalidTypeError, ValueError)
    assert not issubclass(InvalidValueError, TypeError)


@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize("index", [None, 3, (1, 2)])
def test_message_argument_index_and_value_are_kept(
    kind: type[CxmError], index: int | tuple[int, ...] | None
) -> None:
    error = kind("answers must do", argument="answers", index=index, value=11)
    assert str(error) == "answers must do"
    assert error.args == ("answers must do",)
    assert (error.argument, error.index, error.value) == ("answers", index, 11)


def test_everything_but_the_message_has_a_default() -> None:
    error = CxmError("no")
    assert (error.argument, error.index, error.value) == ("", None, None)


@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_errors_reach_another_process_in_one_piece(
    kind: type[CxmError], protocol: int
) -> None:
    error = kind("answers must do", argument="answers", index=(1, 2), value=11)
    for same in (
        pickle.loads(pickle.dumps(error, protocol)),  # noqa: S301
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(same) is kind
        assert str(same) == "answers must do"
        assert (same.argument, same.index, same.value) == ("answers", (1, 2), 11)
