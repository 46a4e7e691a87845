"""On what scale was it said, and which end is good?"""

import copy
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit.scale
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.scale import (
    EASE_1_5,
    EASE_1_7,
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    SATISFACTION_1_7,
    SATISFACTION_1_10,
    STARS_1_5,
    Scale,
    point_codes,
)

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
WORDS = ("poor", "fair", "good")


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    step = draw(st.sampled_from([0.01, 0.1, 0.25, 1 / 3, 0.5, 1.0, 2.0, 5.0]))
    low = draw(st.integers(-40, 40)) * draw(st.sampled_from([step, 0.5, 1.0]))
    steps = draw(st.integers(1, 120))
    labels = draw(st.booleans())
    return Scale(
        low,
        low + steps * step,
        step=step,
        higher_is_better=draw(st.booleans()),
        labels=[str(k) for k in range(steps + 1)] if labels else (),
    )


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


# Invariants


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"high": 1}, InvalidValueError, "high must lie above low (1); got 1"),
        ({"high": 0.5}, InvalidValueError, "high must lie above low (1); got 0.5"),
        ({"low": math.nan}, InvalidValueError, "low must be a finite number; got nan"),
        (
            {"high": math.inf},
            InvalidValueError,
            "high must be a finite number; got inf",
        ),
        ({"low": "1"}, InvalidTypeError, "low must be a number; got '1'"),
        ({"high": None}, InvalidTypeError, "high must be a number; got None"),
        ({"low": True}, InvalidTypeError, "low must be a number; got True"),
        ({"step": 0}, InvalidValueError, "step must be positive; got 0"),
        ({"step": -1}, InvalidValueError, "step must be positive; got -1"),
        (
            {"step": math.nan},
            InvalidValueError,
            "step must be a finite number; got nan",
        ),
        (
            {"step": 0.3},
            InvalidValueError,
            "step must divide high - low (2) evenly; got 0.3",
        ),
        (
            {"step": 4},
            InvalidValueError,
            "step must divide high - low (2) evenly; got 4",
        ),
        (
            {"step": 1e10},
            InvalidValueError,
            "step must divide high - low (2) evenly; got 10000000000",
        ),
        (
            {"low": 0, "high": 5e-324, "step": 10},  # the quotient is 0
            InvalidValueError,
            "step must divide high - low (4.94066e-324) evenly; got 10",
        ),
        (
            {"high": 10_002},
            InvalidValueError,
            "step must leave at most 10,001 points; got 1",
        ),
        (
            {"step": 5e-324},
            InvalidValueError,
            "step must leave at most 10,001 points; got 5e-324",
        ),
        (
            {"low": -1e308, "high": 1e308},
            InvalidValueError,
            "step must leave at most 10,001 points; got 1",
        ),
        (
            {"higher_is_better": 1},
            InvalidTypeError,
            "higher_is_better must be a bool; got 1",
        ),
        (
            {"higher_is_better": None},
            InvalidTypeError,
            "higher_is_better must be a bool; got None",
        ),
        (
            {"labels": ("a", "b")},
            InvalidValueError,
            "labels must have one label per point (3); got 2",
        ),
        (
            {"labels": "abc"},
            InvalidTypeError,
            "labels must be a series of str; got 'abc'",
        ),
        (
            {"labels": ("a", "b", 3)},
            InvalidTypeError,
            "labels[2] must be a str; got 3",
        ),
    ],
)
def test_no_broken_scale_can_be_made_or_evolved(
    change: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    fields: dict[str, Any] = {"low": 1, "high": 3, "higher_is_better": True}
    whole = Scale(**fields)
    for make in (
        lambda: Scale(**fields | change),
        lambda: attrs.evolve(whole, **change),
    ):
        error = refusal(make)
        assert type(error) is kind
        assert str(error) == message
        assert error.argument == message.split(maxsplit=1)[0].split("[", maxsplit=1)[0]
    assert whole == Scale(**fields)


def test_polarity_has_no_default() -> None:
    with pytest.raises(TypeError, match="higher_is_better"):
        Scale(1, 5)  # type: ignore[call-arg]


def test_the_largest_scale_has_10_001_points() -> None:
    assert Scale(0, 100, step=0.01, higher_is_better=True).size == 10_001
    assert Scale(0, 10_000, higher_is_better=True).size == 10_001


def test_bounds_of_any_number_kind_become_floats() -> None:
    scale = Scale(np.int8(0), Decimal(1), step=np.float32(0.25), higher_is_better=True)
    assert (scale.low, scale.high, scale.step) == (0.0, 1.0, 0.25)
    assert type(scale.low) is type(scale.high) is type(scale.step) is float


@given(scales())
def test_copies_of_any_kind_are_equal(scale: Scale) -> None:
    for same in (copy.copy(scale), copy.deepcopy(scale), attrs.evolve(scale)):
        assert same == scale
        assert hash(same) == hash(scale)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_scale_survives_pickling(protocol: int) -> None:
    scale = Scale(0, 1, step=0.5, higher_is_better=False, labels=WORDS)
    same = pickle.loads(pickle.dumps(scale, protocol))  # noqa: S301
    assert same == scale
    assert repr(same) == repr(scale)


def test_a_scale_cannot_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        EASE_1_5.low = 0  # type: ignore[misc]


def test_scales_are_equal_when_all_five_fields_are() -> None:
    base = Scale(1, 3, higher_is_better=True, labels=WORDS)
    assert base == Scale(1, 3, step=1, higher_is_better=True, labels=list(WORDS))
    changes: list[dict[str, Any]] = [
        {"low": 0, "labels": ()},
        {"high": 4, "labels": ()},
        {"step": 0.5, "labels": ()},
        {"higher_is_better": False},
        {"labels": ()},
    ]
    assert all(attrs.evolve(base, **change) != base for change in changes)


@pytest.mark.parametrize(
    ("scale", "text", "short"),
    [
        (RECOMMEND_0_10, "Scale 0-10, 10 best", "0-10"),
        (EFFORT_1_5, "Scale 1-5, 5 worst", "1-5"),
        (
            Scale(0, 1, step=0.5, higher_is_better=True, labels=WORDS),
            "Scale 0-1 by 0.5, 1 best, labels poor, fair, good",
            "0-1",
        ),
    ],
)
def test_a_scale_says_what_it_is(scale: Scale, text: str, short: str) -> None:
    assert repr(scale) == text
    assert str(scale) == short


# Points, codes and goodness


@given(scales())
def test_points_are_on_the_scale_in_their_order(scale: Scale) -> None:
    points = scale.points
    assert points.shape == (scale.size,)
    assert points[0] == scale.low
    assert points[-1] == scale.high
    np.testing.assert_allclose(np.diff(points), scale.step)
    np.testing.assert_array_equal(scale.codes(points), np.arange(scale.size))
    for code in (0, scale.size - 1):
        assert scale.codes(points[code]) == code


@given(scales(), st.data())
def test_codes_keep_the_shape(scale: Scale, data: st.DataObject) -> None:
    codes = data.draw(st.lists(st.integers(0, scale.size - 1), min_size=4, max_size=4))
    square = np.array(codes).reshape(2, 2)
    np.testing.assert_array_equal(scale.codes(scale.points[square]), square)
    assert scale.codes(scale.points[square]).dtype == np.intp


@given(scales())
def test_goodness_runs_from_0_to_1_towards_the_good_end(scale: Scale) -> None:
    unit = scale.to_unit(scale.points)
    assert (unit >= 0).all()
    assert (unit <= 1).all()
    good = unit if scale.higher_is_better else unit[::-1]
    assert (np.diff(good) > 0).all()
    assert good[0] == 0
    assert good[-1] == 1
    np.testing.assert_allclose(good, np.linspace(0, 1, scale.size), atol=1e-12)


@given(scales())
def test_turning_a_scale_round_twice_changes_nothing(scale: Scale) -> None:
    turned = scale.reversed()
    assert turned != scale
    assert turned.reversed() == scale
    assert turned.labels == scale.labels
    np.testing.assert_array_equal(turned.points, scale.points)
    np.testing.assert_allclose(
        turned.to_unit(scale.points), 1 - scale.to_unit(scale.points), atol=1e-15
    )


def test_a_scalar_gives_a_python_scalar() -> None:
    assert type(SATISFACTION_1_5.codes(5)) is int
    assert SATISFACTION_1_5.codes(5) == 4
    assert type(SATISFACTION_1_5.to_unit(2)) is float
    assert SATISFACTION_1_5.to_unit(2) == 0.25
    assert EFFORT_1_5.to_unit(np.uint8(2)) == 0.75


def test_means_have_a_goodness_as_well() -> None:
    assert RECOMMEND_0_10.to_unit([7.25]).tolist() == [0.725]
    assert RECOMMEND_0_10.to_unit([[0, 10]]).tolist() == [[0, 1]]


def test_rounding_is_no_reason_to_refuse() -> None:
    tenths = Scale(0, 0.3, step=0.1, higher_is_better=True)
    assert tenths.codes([0.1 + 0.2, 0.3, 0.2, 1 / 3 - 0.1 / 3]).tolist() == [3, 3, 2, 3]
    assert tenths.to_unit([0.1 + 0.2, -1e-17]).tolist() == [1, 0]
    assert tenths.reversed().to_unit([0.1 + 0.2, -1e-17]).tolist() == [0, 1]
    far = Scale(1000, 1001, step=0.1, higher_is_better=True)
    assert far.codes(1000 + np.arange(11) * 0.1).tolist() == list(range(11))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_every_kind_of_float_holds_the_points(kind: type) -> None:
    tenths = Scale(0, 10, step=0.1, higher_is_better=True)
    answers: Any = tenths.points.astype(kind)
    codes = point_codes(tenths, answers, "answers")
    assert codes.tolist() == list(range(101))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
@pytest.mark.parametrize("step", [0.5, 1.0])
def test_every_kind_of_integer_holds_the_points(kind: type, step: float) -> None:
    scale = Scale(1, 5, step=step, higher_is_better=True)
    codes = point_codes(scale, np.arange(1, 6, dtype=kind), "answers")
    assert codes.tolist() == [int(k / step) for k in range(5)]
    assert point_codes(scale, np.array([], kind), "answers").tolist() == []


def test_a_scale_of_whole_steps_may_begin_between_whole_numbers() -> None:
    scale = Scale(0.5, 3.5, higher_is_better=True)
    assert scale.codes([0.5, 3.5]).tolist() == [0, 3]
    error = refusal(lambda: point_codes(scale, np.array([1]), "answers"))
    assert str(error) == "answers[0] must be on the 0.5-3.5 scale; got 1"


def test_missing_answers_get_a_code_of_their_own() -> None:
    missing = np.array([False, True, True])
    for answers in (np.array([1, 99, 2]), np.array([1, np.nan, np.inf])):
        codes = point_codes(SATISFACTION_1_5, answers, "answers", missing=missing)
        assert codes.tolist() == [0, 5, 5]


@pytest.mark.parametrize(
    ("answers", "index", "value"),
    [
        ([0, 10, 11], 2, 11),
        ([-1, 10, 11], 0, -1),
        ([5.0, 7.5], 1, 7.5),
        ([5.0, 10.000001], 1, 10.000001),
        ([[0, 1], [12, 13]], (1, 0), 12),
        (11, None, 11),
        ([Decimal("7.5")], 0, 7.5),
    ],
)
def test_an_answer_off_the_scale_is_named(
    answers: Any, index: int | tuple[int, ...] | None, value: float
) -> None:
    error = refusal(lambda: RECOMMEND_0_10.codes(answers))
    place = "" if index is None else str(index)
    place = place.replace("(", "[").replace(")", "]") if "(" in place else place
    place = f"[{place}]" if isinstance(index, int) else place
    assert type(error) is InvalidValueError
    assert str(error) == f"values{place} must be on the 0-10 scale; got {value:.10g}"
    assert (error.argument, error.index, error.value) == ("values", index, value)


@given(scales(), st.floats(0.01, 0.99), st.data())
def test_what_lies_between_two_points_is_off_the_scale(
    scale: Scale, part: float, data: st.DataObject
) -> None:
    code = data.draw(st.integers(-1, scale.size - 1))
    between = scale.low + (code + part) * scale.step
    error = refusal(lambda: scale.codes([scale.low, between]))
    assert (error.index, error.value) == (1, between)


@pytest.mark.parametrize(
    ("chunk", "value"),
    [
        (np.array([3, 9], np.int8), 9),
        (np.array([3, 0], np.uint8), 0),
        (np.array([3.0, np.inf]), math.inf),
        (np.array([3.0, 4.5]), 4.5),
    ],
)
def test_the_place_counts_from_the_start_of_the_column(
    chunk: np.ndarray[Any, Any], value: float
) -> None:
    error = refusal(lambda: point_codes(SATISFACTION_1_5, chunk, "answers", start=100))
    assert (error.argument, error.index, error.value) == ("answers", 101, value)
    assert str(error).startswith("answers[101] must be on the 1-5 scale; got ")


def test_the_step_is_named_where_it_is_not_1() -> None:
    halves = Scale(0, 5, step=0.5, higher_is_better=True)
    error = refusal(lambda: halves.codes([0.25]))
    assert str(error) == (
        "values[0] must be on the 0-5 scale in steps of 0.5; got 0.25"
    )


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([1, None], MissingValueError, "values[1] is missing"),
        (math.nan, MissingValueError, "values is missing"),
        (["1"], InvalidTypeError, "values[0] must be a number; got '1'"),
        ([True], InvalidTypeError, "values[0] must be a number; got True"),
        ([math.inf], InvalidValueError, "values[0] must be a finite number; got inf"),
    ],
)
def test_bad_answers_are_refused_by_codes_and_goodness(
    values: Any, kind: type[CxmError], message: str
) -> None:
    for method in (SATISFACTION_1_5.codes, SATISFACTION_1_5.to_unit):
        error = refusal(lambda m=method: m(values))  # type: ignore[misc]
        assert type(error) is kind
        assert str(error) == message


@pytest.mark.parametrize("value", [0.999, 5.001, -1])
def test_what_lies_outside_the_range_has_no_goodness(value: float) -> None:
    error = refusal(lambda: EASE_1_5.to_unit([3, value]))
    assert type(error) is InvalidValueError
    assert str(error) == f"values[1] must lie between 1 and 5; got {value}"
    assert (error.index, error.value) == (1, value)


# Presets


@pytest.mark.parametrize(
    ("name", "low", "high", "higher_is_better"),
    [
        ("RECOMMEND_0_10", 0, 10, True),
        ("SATISFACTION_1_5", 1, 5, True),
        ("SATISFACTION_1_7", 1, 7, True),
        ("SATISFACTION_1_10", 1, 10, True),
        ("EFFORT_1_5", 1, 5, False),
        ("EASE_1_5", 1, 5, True),
        ("EASE_1_7", 1, 7, True),
        ("STARS_1_5", 1, 5, True),
    ],
)
def test_presets_are_what_their_names_say(
    name: str,
    low: int,
    high: int,
    higher_is_better: bool,  # noqa: FBT001
) -> None:
    preset = getattr(cxmkit.scale, name)
    assert preset == Scale(low, high, higher_is_better=higher_is_better)
    assert preset.labels == ()


def test_presets_differ_by_points_and_direction_alone() -> None:
    assert EASE_1_5 == SATISFACTION_1_5 == STARS_1_5
    assert EASE_1_7 == SATISFACTION_1_7
    assert EASE_1_5.reversed() == EFFORT_1_5
    assert EFFORT_1_5 != EASE_1_5
    assert len({RECOMMEND_0_10, SATISFACTION_1_10, EASE_1_5, EASE_1_7}) == 4
    scales_named = {n for n in cxmkit.scale.__all__ if n.isupper()}
    assert {n for n, v in vars(cxmkit.scale).items() if isinstance(v, Scale)} == (
        scales_named
    )
