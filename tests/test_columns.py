"""What columns of other libraries ask for, shown with stand-ins.

The libraries themselves are tried in interop/test_columns.py.
"""

from datetime import datetime
from typing import Any

import attrs
import numpy as np
import pytest

from cxmkit import RECOMMEND_0_10, Scale, Tally, nps
from cxmkit.errors import InvalidTypeError, MissingValueError


@attrs.frozen
class DictionaryType:
    """The type of a dictionary column of Arrow."""

    index_type: str = "int32"


@attrs.frozen
class ChunkedDictionary:
    """A chunked dictionary column, whose own conversion loses its nulls."""

    values: tuple[Any, ...]
    type: DictionaryType = DictionaryType()

    def combine_chunks(self) -> list[Any]:
        return list(self.values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([self.values[0] if v is None else v for v in self.values])


def test_a_null_in_a_chunked_dictionary_stays_one() -> None:
    tally = Tally.count(
        ChunkedDictionary((3, None, 9)), scale=RECOMMEND_0_10, missing="omit"
    )
    assert (tally.n, tally.missing) == (2, 1)
    with pytest.raises(MissingValueError, match=r"by\[1\] is missing"):
        nps([9, 9, 9], by=ChunkedDictionary(("a", None, "b")))


class ZonedDtype:
    """What pandas says of its timestamps with a time zone."""

    type = datetime


class Zoned:
    """A column of instants that hands itself over as numpy's only when asked to."""

    dtype = ZonedDtype()

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        instants = np.array(["2026-01-01T12", "2026-02-01T12"], "datetime64[us]")
        return np.array([object(), object()]) if dtype is None else instants


def test_instants_become_utc() -> None:
    january, february = nps([9, 10], by=Zoned()).labels["group"]
    assert january == datetime(2026, 1, 1, 12)  # noqa: DTZ001  as numpy has it
    assert february == datetime(2026, 2, 1, 12)  # noqa: DTZ001


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "float64", "object"])
def test_what_lies_under_a_mask_is_never_judged(dtype: str) -> None:
    answers: Any = np.ma.MaskedArray(
        np.array([1, 99, 2], dtype=dtype), mask=[False, True, False]
    )
    # Low ends that the column's type cannot hold.
    for scale in (
        Scale(-2, 2, higher_is_better=True),
        Scale(0.5, 5, step=0.5, higher_is_better=True),
    ):
        tally = Tally.count(answers, scale=scale, missing="omit")
        assert tally == Tally.count([1, np.nan, 2], scale=scale, missing="omit")


def test_text_under_a_mask_is_never_judged() -> None:
    answers: Any = np.ma.MaskedArray(
        np.array([1, "n/a", 2], dtype=object), mask=[False, True, False]
    )
    tally = Tally.count(answers, scale=RECOMMEND_0_10, missing="omit")
    assert (tally.n, tally.missing) == (2, 1)


@pytest.mark.parametrize("dtype", ["int8", "float64"])
def test_a_masked_answer_far_down_is_named_by_its_own_place(dtype: str) -> None:
    rows, place = 150_000, 140_000
    mask = np.arange(rows) == place
    answers: Any = np.ma.MaskedArray(np.full(rows, 9, dtype=dtype), mask=mask)
    with pytest.raises(MissingValueError) as caught:
        Tally.count(answers, scale=RECOMMEND_0_10)
    assert caught.value.index == place


def test_a_missing_code_is_named_by_its_place() -> None:
    # Integers with a null come out of Arrow and polars as floats with NaN.
    for codes in (np.array([0, 1, np.nan]), np.array([0, 1, None])):
        with pytest.raises(MissingValueError, match=r"by\[2\] is missing"):
            nps([9, 9, 9], by=(codes, ["a", "b"]))
    with pytest.raises(InvalidTypeError, match="must hold integer codes"):
        nps([9, 9], by=(np.array([0.0, 1.0]), ["a", "b"]))
