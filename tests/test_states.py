"""What states of many journeys share: fields that are checked, and sums of states."""

import math
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import _checks, _states
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)


@attrs.frozen(kw_only=True, eq=False)
class State:
    """A state with a field of each kind."""

    labels: Any = attrs.field(
        default=("a", "b"), converter=_checks.as_tuple, validator=_states.labels
    )
    steps: Any = attrs.field(default=("a", "a"), validator=_states.repeatable_labels)
    n: Any = attrs.field(default=2, validator=_states.count)
    counts: Any = attrs.field(
        default=(1, 2), converter=_states.as_counts, validator=_states.are_counts
    )
    optional: Any = attrs.field(
        default=None,
        converter=_states.as_optional_counts,
        validator=attrs.validators.optional(_states.are_counts),
    )
    sums: Any = attrs.field(
        default=(0.5, -1), converter=_states.as_sums, validator=_states.are_sums
    )


# Fields


def test_counts_and_sums_are_read_only_and_of_one_kind() -> None:
    own = np.array([3, 0], np.uint8)
    state = State(counts=own, sums=[1, -2], optional=[[1], [2]])
    assert (state.counts.dtype, state.counts.tolist()) == (np.int64, [3, 0])
    assert (state.sums.dtype, state.sums.tolist()) == (np.float64, [1.0, -2.0])
    assert (state.optional.dtype, state.optional.tolist()) == (np.int64, [[1], [2]])
    for array in (state.counts, state.sums, state.optional):
        assert not array.flags.writeable
    own[0] = 9
    assert state.counts.tolist() == [3, 0]
    assert State().optional is None


def test_empty_fields_have_the_kind_of_full_ones() -> None:
    state = State(counts=[], sums=[])
    assert (state.counts.dtype, state.sums.dtype) == (np.int64, np.float64)


def test_codes_keep_their_kind() -> None:
    own = np.array([3, 0], np.int16)
    codes = _states.as_codes(own)
    own[0] = 9
    assert codes.dtype == np.int16
    assert codes.tolist() == [3, 0]
    assert not codes.flags.writeable
    assert _states.as_codes([]).dtype == np.uint8


@pytest.mark.parametrize(
    ("fields", "kind", "message"),
    [
        (
            {"counts": [0.0, 1.0]},
            InvalidTypeError,
            "counts must hold whole numbers; got dtype('float64')",
        ),
        (
            {"counts": [True]},
            InvalidTypeError,
            "counts must hold whole numbers; got dtype('bool')",
        ),
        (
            {"counts": [[1], [2, 3]]},
            InvalidTypeError,
            "counts must hold whole numbers; got dtype('O')",
        ),
        (
            {"counts": [0, -1]},
            InvalidValueError,
            "counts[1] must not be negative; got -1",
        ),
        (
            {"optional": [[0, 1], [2, -3]]},
            InvalidValueError,
            "optional[1, 1] must not be negative; got -3",
        ),
        (
            {"sums": ["a"]},
            InvalidTypeError,
            "sums must hold numbers; got dtype('<U1')",
        ),
        (
            {"sums": [False]},
            InvalidTypeError,
            "sums must hold numbers; got dtype('bool')",
        ),
        ({"sums": [0, math.inf]}, InvalidValueError, "sums[1] must be finite; got inf"),
        ({"sums": [math.nan]}, InvalidValueError, "sums[0] must be finite; got nan"),
        ({"n": -1}, InvalidValueError, "n must not be negative; got -1"),
        ({"n": 2.0}, InvalidTypeError, "n must be a whole number; got 2"),
        ({"n": True}, InvalidTypeError, "n must be a whole number; got True"),
        ({"labels": "ab"}, InvalidTypeError, "labels must be a tuple; got 'ab'"),
        ({"labels": ["a", None]}, MissingValueError, "labels[1] is missing"),
        ({"steps": ("a", math.nan)}, MissingValueError, "steps[1] is missing"),
        ({"steps": ("a", [])}, InvalidTypeError, "steps[1] must be hashable; got []"),
        (
            {"labels": ["a", "b", "a"]},
            InvalidValueError,
            "labels[2] must not repeat the label of labels[0]; got 'a'",
        ),
    ],
)
def test_a_field_is_refused_by_its_name(
    fields: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    with pytest.raises(kind) as caught:
        State(**fields)
    assert str(caught.value) == message


def test_nothing_may_be_counted_and_steps_may_repeat() -> None:
    state = State(n=0, labels=[], counts=[0])
    assert (state.n, state.labels, state.steps) == (0, (), ("a", "a"))


# Arrays that belong together


def refusal(kind: type[CxmError], call: Any, *args: Any) -> str:
    with pytest.raises(kind) as caught:
        call(*args)
    return str(caught.value)


def test_shapes_agree() -> None:
    _states.require_shape("counts", np.zeros((2, 3)), (2, 3))
    found = refusal(
        InvalidValueError, _states.require_shape, "counts", np.zeros(3), (3, 3)
    )
    assert found == "counts must have the shape (3, 3); got (3,)"


@pytest.mark.parametrize(
    ("offsets", "message"),
    [
        ([0, 2], "offsets must have the shape (3,); got (2,)"),
        ([[0, 2, 5]], "offsets must have the shape (3,); got (1, 3)"),
        ([1, 2, 5], "offsets must begin with 0 and end with 5; got (1, 5)"),
        ([0, 2, 6], "offsets must begin with 0 and end with 5; got (0, 6)"),
        ([0, 5, 5], "offsets[2] must ascend; got 5"),
        ([0, 0, 5], "offsets[1] must ascend; got 0"),
    ],
)
def test_rows_are_neither_empty_nor_left_out(offsets: Any, message: str) -> None:
    _states.require_rows(np.array([0, 1, 5]), 2, 5)
    _states.require_rows(np.array([0]), 0, 0)
    given_offsets = np.array(offsets)
    found = refusal(InvalidValueError, _states.require_rows, given_offsets, 2, 5)
    assert found == message


@pytest.mark.parametrize(
    ("codes", "kind", "message"),
    [
        (
            np.array([[0]], np.uint8),
            InvalidTypeError,
            "path must be a column of whole numbers; got dtype('uint8')",
        ),
        (
            [0.0],
            InvalidTypeError,
            "path must be a column of whole numbers; got dtype('float64')",
        ),
        (
            [0, -1],
            InvalidValueError,
            "path[1] must be the code of one of 2 labels; got -1",
        ),
        (
            [0, 2],
            InvalidValueError,
            "path[1] must be the code of one of 2 labels; got 2",
        ),
    ],
)
def test_codes_stand_for_labels(codes: Any, kind: type[CxmError], message: str) -> None:
    for good in ([0, 1, 1], []):
        _states.require_codes("path", np.array(good, np.uint8), 2)
    found = refusal(kind, _states.require_codes, "path", np.array(codes), 2)
    assert found == message


# Numbers and words


def test_columns_keep_their_names_without_records() -> None:
    assert _states.columns(("a", "b"), []) == {"a": [], "b": []}
    records = [{"b": 1, "a": 2}, {"a": 3, "b": 4}]
    assert _states.columns(("a", "b"), records) == {"a": [2, 3], "b": [1, 4]}


def test_nothing_of_nothing_is_unknown() -> None:
    found = _states.ratios(np.array([0, 0, 3]), np.array([0, 2, 4]))
    assert repr(found.tolist()) == "[nan, 0.0, 0.75]"
    assert (
        repr(_states.ratios(np.array([0, 0]), np.float64(0)).tolist()) == "[nan, nan]"
    )


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0.0 %"),
        (1e-9, "<0.1 %"),
        (0.0004, "<0.1 %"),
        (0.0006, "0.1 %"),
        (0.5, "50.0 %"),
        (2 / 3, "66.7 %"),
        (0.9994, "99.9 %"),
        (0.9996, ">99.9 %"),
        (1, "100.0 %"),
        (math.nan, ""),
    ],
)
def test_only_all_and_none_are_written_as_such(share: float, words: str) -> None:
    assert _states.percent(share) == words


def test_plain_values_hold_every_field() -> None:
    state = State(n=np.int64(2), optional=[[1, 2]])
    plain = _states.plain(state)
    assert plain == {
        "labels": ["a", "b"],
        "steps": ["a", "a"],
        "n": 2,
        "counts": [1, 2],
        "optional": [[1, 2]],
        "sums": [0.5, -1.0],
    }
    assert type(plain["n"]) is int
    assert _states.plain(State())["optional"] is None


# Adding


def test_states_counted_in_other_ways_do_not_add() -> None:
    _states.require_same(State(n=2), State(n=2, counts=[9]), ("labels", "n"))
    with pytest.raises(InvalidValueError) as caught:
        _states.require_same(State(n=2), State(n=3), ("labels", "n"))
    assert str(caught.value) == "other must be counted with n=2; got 3"
    assert (caught.value.argument, caught.value.value) == ("other", 3)


LABELS = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)


@given(LABELS, LABELS)
def test_labels_are_united_and_numbers_added(
    ours: list[str], theirs: list[str]
) -> None:
    union = _states.Union.of(ours, theirs)
    assert union.labels == (*ours, *[each for each in theirs if each not in ours])
    one: dict[Any, int] = {label: 2 + i for i, label in enumerate(ours)}
    two: dict[Any, int] = {label: 10 * (2 + i) for i, label in enumerate(theirs)}
    added = union.add(
        np.array([*one.values()], np.int64), np.array([*two.values()], np.int64)
    )
    assert added.dtype == np.int64
    assert added.tolist() == [one.get(x, 0) + two.get(x, 0) for x in union.labels]


def test_tables_are_added_along_the_axes_of_labels() -> None:
    union = _states.Union.of(["a", "b"], ["c", "a"])
    rows = union.add(np.array([[1, 2], [3, 4]]), np.array([[10, 20], [30, 40]]))
    assert rows.tolist() == [[31, 42], [3, 4], [10, 20]]
    square = union.add(
        np.array([[1, 2], [3, 4]]), np.array([[10, 20], [30, 40.5]]), axes=2
    )
    assert square.tolist() == [[41.5, 2, 30], [3, 4, 0], [20, 0, 10]]
