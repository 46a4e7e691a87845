"""A tally is a frozen value: what it merges with, how it travels, what it says."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from cxmkit._axes import Axes
from cxmkit.errors import (
    CxmError,
    InvalidValueError,
    ScaleMismatchError,
)
from cxmkit.scale import EFFORT_1_5, RECOMMEND_0_10, SATISFACTION_1_5, Scale
from cxmkit.tally import Tally

TWO = Scale(0, 1, higher_is_better=True)
HALVES = Scale(0, 1, step=0.5, higher_is_better=True)
ARRAYS = ("counts", "missing_counts", "sum_weights", "sum_squared_weights")
OMIT = '; pass missing="omit" to leave it out'
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

ANSWERS: Any = [1, 0, None, 1]
PLAIN = Tally.count([1, 0, 1], scale=TWO)
GROUPED = Tally.count(
    ANSWERS, scale=TWO, by={"place": ["a", "b", "b", "b"]}, missing="omit"
)
WEIGHTED = Tally.count(
    ANSWERS,
    scale=TWO,
    by={"place": ["a", "b", "b", "b"], "year": [1, 1, 2, 2]},
    weights=[0.5, 2, 3, 4],
    missing="omit",
)
TALLIES = [PLAIN, GROUPED, WEIGHTED]


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


FULL: dict[str, Any] = {
    "scale": TWO,
    "counts": [[1, 2], [0, 4]],
    "grid": Axes(("place",), (("a", "b"),)),
    "missing_counts": [0, 3],
    "sum_weights": [[1.5, 2.0], [0, 8.0]],
    "sum_squared_weights": [[2.25, 3.0], [0, 17.0]],
}


# Merging what does not belong together


@pytest.mark.parametrize(
    "other",
    [
        RECOMMEND_0_10,
        EFFORT_1_5,
        attrs.evolve(SATISFACTION_1_5, labels=["abcde"] * 5),
    ],
)
def test_tallies_of_different_scales_are_not_merged(other: Scale) -> None:
    one = Tally.count([1, 5], scale=SATISFACTION_1_5)
    error = refusal(lambda: one + Tally.count([1, 5], scale=other))
    assert type(error) is ScaleMismatchError
    assert str(error) == f"other must be a tally on Scale 1-5, 5 best; got {other!r}"
    assert (error.argument, error.value) == ("other", other)


def test_plain_and_weighted_tallies_are_not_merged() -> None:
    plain = Tally.count([1], scale=TWO)
    weighted = Tally.count([1], scale=TWO, weights=[2])
    for add in (lambda: plain + weighted, lambda: weighted + plain):
        error = refusal(add)
        assert type(error) is InvalidValueError
        assert str(error).startswith("other must be weighted like this tally: both or")
    made = Tally.from_counts(
        plain.counts,
        scale=TWO,
        sum_weights=plain.counts,
        sum_squared_weights=plain.counts,
    )
    assert (made + weighted).n == 2  # the way out that the error names


def test_tallies_of_different_axes_are_not_merged() -> None:
    error = refusal(lambda: PLAIN + GROUPED)
    assert type(error) is InvalidValueError
    assert str(error) == (
        "other must have the axes none; got place (2); use .by(...) to keep common axes"
    )
    assert (PLAIN + GROUPED.by()).n == 6


@pytest.mark.parametrize("other", [1, -1, 0.0, "x", None, [0]])
def test_only_tallies_and_0_are_added(other: Any) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        PLAIN + other
    with pytest.raises(TypeError):
        other + PLAIN


def test_unknown_axes_and_labels_are_refused() -> None:
    assert refusal(lambda: GROUPED.by("year")).argument == "axis"
    assert str(refusal(lambda: GROUPED.by("place", "place"))) == (
        "axis must be named once; got 'place, place'"
    )
    assert refusal(lambda: GROUPED.at(year=1)).value == "year"
    error = refusal(lambda: GROUPED.at(place="c"))
    assert str(error) == (
        "place must be one of its labels; got 'c'; labels are 'a', 'b'"
    )


# A frozen value


@pytest.mark.parametrize("tally", TALLIES, ids=["plain", "grouped", "weighted"])
def test_nothing_can_be_written(tally: Tally) -> None:
    pieces = [tally, tally + tally, tally.pooled(), tally.by(*reversed(tally.axes))]
    if tally.axes:
        pieces.append(tally.at(place="b"))
    for piece in pieces:
        for name in ARRAYS:
            array = getattr(piece, name)
            if array is not None:
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 0
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            piece.counts = piece.counts  # type: ignore[misc]


@pytest.mark.parametrize("tally", TALLIES, ids=["plain", "grouped", "weighted"])
@pytest.mark.parametrize("way", ["copy", "deepcopy", "evolve", *PROTOCOLS])
def test_copies_are_equal_and_read_only(tally: Tally, way: str | int) -> None:
    ways: dict[str | int, Callable[[Tally], Tally]] = {
        "copy": copy.copy,
        "deepcopy": copy.deepcopy,
        "evolve": attrs.evolve,
    }
    if isinstance(way, int):
        same = pickle.loads(pickle.dumps(tally, way))  # noqa: S301
    else:
        same = ways[way](tally)
    assert same == tally
    assert same.labels == tally.labels
    for name in ARRAYS:
        array = getattr(same, name)
        assert (array is None) == (getattr(tally, name) is None)
        assert array is None or not array.flags.writeable
        assert array is None or array.dtype == getattr(tally, name).dtype


def test_a_tally_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(PLAIN)


def test_equality_looks_at_scale_axes_and_every_array() -> None:
    whole = Tally(**FULL)
    assert whole == Tally(**FULL)
    changes: list[dict[str, Any]] = [
        {"scale": TWO.reversed()},
        {"grid": Axes(("place",), (("a", "c"),))},
        {"grid": Axes(("where",), (("a", "b"),))},
        {"counts": [[1, 3], [0, 4]]},
        {"missing_counts": [0, 4]},
        {"sum_weights": [[1.5, 2.0], [0, 8.1]]},
        {"sum_squared_weights": [[2.25, 3.1], [0, 17.0]]},
        {"sum_weights": None, "sum_squared_weights": None},
    ]
    for change in changes:
        assert Tally(**FULL | change) != whole
    assert whole != "a tally"
    assert Tally.__eq__(whole, 0) is NotImplemented


# What it says


def test_a_tally_says_what_it_holds() -> None:
    assert repr(PLAIN) == str(PLAIN) == "Tally 0-1, n = 3, 0 missing"
    assert repr(GROUPED) == "Tally 0-1, place (2), n = 3, 1 missing"
    assert repr(WEIGHTED) == (
        "Tally 0-1, place (2) x year (2), n = 3, 1 missing, weighted"
    )
    many = Tally.from_counts([1234, 0], scale=TWO)
    assert repr(many) == "Tally 0-1, n = 1,234, 0 missing"


def test_to_dict_holds_plain_python_values() -> None:
    plain = GROUPED.to_dict()
    assert plain == {
        "scale": {
            "low": 0.0,
            "high": 1.0,
            "step": 1.0,
            "higher_is_better": True,
            "labels": (),
        },
        "axes": {"place": ["a", "b"]},
        "counts": [[0, 1], [1, 1]],
        "missing_counts": [0, 1],
        "sum_weights": None,
        "sum_squared_weights": None,
    }
    json.dumps(WEIGHTED.to_dict(), allow_nan=False)
    assert WEIGHTED.to_dict()["sum_weights"][0] == [[0.0, 0.5], [0.0, 0.0]]


def test_records_are_flat_with_missing_answers_as_rows() -> None:
    assert GROUPED.to_records() == [
        {"place": "a", "answer": 0, "n": 0},
        {"place": "a", "answer": 1, "n": 1},
        {"place": "b", "answer": 0, "n": 1},
        {"place": "b", "answer": 1, "n": 1},
        {"place": "b", "answer": None, "n": 1},
    ]
    records = WEIGHTED.at(year=2).to_records()
    assert records[-2:] == [
        {
            "place": "b",
            "answer": 1,
            "n": 1,
            "sum_weights": 4,
            "sum_squared_weights": 16,
        },
        {
            "place": "b",
            "answer": None,
            "n": 1,
            "sum_weights": 0,
            "sum_squared_weights": 0,
        },
    ]
    assert {type(value) for row in records for value in row.values()} == {
        int,
        float,
        str,
        type(None),
    }


def test_points_that_are_not_whole_stay_floats() -> None:
    tally = Tally.count([0.5], scale=HALVES)
    assert tally.to_columns() == {"answer": [0.0, 0.5, 1.0], "n": [0, 1, 0]}
    assert [type(v) for v in PLAIN.to_columns()["answer"]] == [int, int]


def test_a_notebook_shows_groups_by_points_with_labels_escaped() -> None:
    tally = Tally.from_counts(
        [[1234, 0, 5], [0, 1, 2]], scale=HALVES, by={"<i>": ["<b>", "&"]}
    )
    html = tally._repr_html_()
    assert html.count("<tr>") == 3
    for text in ("&lt;i&gt;", "&lt;b&gt;", "&amp;", ">0.5<", ">1,234<", "n = 1,242"):
        assert text in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "group" not in PLAIN._repr_html_()


@pytest.mark.parametrize(
    ("tally", "sentence"),
    [
        (PLAIN, "3 answers on the 0-1 scale"),
        (GROUPED, "3 answers on the 0-1 scale by place (2)"),
        (WEIGHTED, "3 answers on the 0-1 scale by place (2) x year (2), weighted"),
    ],
    ids=["plain", "grouped", "weighted"],
)
def test_the_summary_is_one_sentence(tally: Tally, sentence: str) -> None:
    assert tally.summary().startswith(sentence)
    assert tally.summary().endswith(".")
    assert ("missing" in tally.summary()) == bool(tally.missing)
