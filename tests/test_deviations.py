"""Departures from a design, against plain loops written from their definition."""

import copy
import itertools
import math
import pickle
import re
import runpy
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from cxmkit import (
    RECOMMEND_0_10,
    STARS_1_5,
    JourneyLog,
    JourneyMap,
    Phase,
    Scale,
    Stage,
    Touchpoint,
    compare,
    mean_score,
)
from cxmkit._draw import _ABOVE, _BELOW
from cxmkit.errors import (
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.paths import (
    PlannedVersusActual,
    emotion_curve,
    planned_versus_actual,
)
from cxmkit.world import Company

HERE = Path(__file__).parent
shared = SimpleNamespace(**runpy.run_path(str(HERE / "test_fidelity.py")))
plan, log_of, in_two_orders = shared.plan, shared.log_of, shared.in_two_orders
comes_before, designs = shared.comes_before, shared.designs
PLACES, OTHERS, WAYS = shared.PLACES, shared.OTHERS, shared.WAYS

SVG = "{http://www.w3.org/2000/svg}"
KINDS = ("as planned", "skipped", "out of order", "repeated", "unplanned")
VALENCES = Scale(-1, 1, step=0.5, higher_is_better=True)
Ways = list[str]
Answers = list[list[float | None]]
Told = tuple[list[Ways], Answers]


# The definition, as loops


def kinds_of(way: Sequence[Any], design: JourneyMap[Any]) -> set[tuple[Any, str]]:
    known = {t.id for t in design.touchpoints}
    wrong = comes_before(design)
    found = {(x, "unplanned") for x in way if x not in known}
    for k in known:
        visits = [i for i, x in enumerate(way) if x == k]
        late = any((k, y) in wrong for i in visits for y in way[:i])
        again = len(visits) > 1
        if late:
            found.add((k, "out of order"))
        if again:
            found.add((k, "repeated"))
        if visits and not late and not again:
            found.add((k, "as planned"))
        if not visits and any((k, y) in wrong for y in way):
            found.add((k, "skipped"))
    return found


def means_of(ways: list[Ways], answers: Answers, scale: Scale) -> dict[str, float]:
    """Return the mean valence at each touchpoint with answers."""
    felt: dict[str, list[float]] = {}
    for way, each in zip(ways, answers, strict=True):
        for x, answer in zip(way, each, strict=True):
            if answer is not None:
                felt.setdefault(x, []).append(2 * scale.to_unit(answer) - 1)
    return {x: sum(valences) / len(valences) for x, valences in felt.items()}


def score_of(
    way: Ways,
    answers: Sequence[float | None],
    usual: Mapping[str, float],
    scale: Scale = RECOMMEND_0_10,
) -> float | None:
    known = [
        2 * scale.to_unit(answer) - 1 - usual[x]
        for x, answer in zip(way, answers, strict=True)
        if answer is not None
    ]
    return sum(known) / len(known) if known else None


def groups(
    ways: list[Ways],
    answers: Answers,
    design: JourneyMap[str],
    usual: Mapping[str, float],
) -> dict[tuple[Any, str], list[float | None]]:
    """Return the scores of the journeys of each touchpoint and kind."""
    found: dict[tuple[Any, str], list[float | None]] = {}
    for way, each in zip(ways, answers, strict=True):
        for key in kinds_of(way, design):
            found.setdefault(key, []).append(score_of(way, each, usual))
    return found


def cells(result: PlannedVersusActual) -> dict[tuple[Any, str], tuple[float, ...]]:
    """Return what is not empty, by touchpoint and kind."""
    arrays = (result.counts, result.scored, result.sums, result.squares)
    return {
        (touchpoint, kind): tuple(array[i, j].item() for array in arrays)
        for i, touchpoint in enumerate(result.touchpoints)
        for j, kind in enumerate(KINDS)
        if result.counts[i, j]
    }


def usual_of(result: PlannedVersusActual) -> dict[Any, float]:
    """Return what is usual where something is known."""
    pairs = zip(result.touchpoints, result.usual.tolist(), strict=True)
    return {label: value for label, value in pairs if not math.isnan(value)}


# What can be anything


@st.composite
def scored(draw: st.DrawFn) -> Told:
    ways = draw(WAYS)
    answer = st.none() | st.integers(0, 10).map(float)
    answers = [draw(st.lists(answer, min_size=len(w), max_size=len(w))) for w in ways]
    return ways, answers


@st.composite
def exactly_scored(draw: st.DrawFn) -> Told:
    """Draw journeys of at most two answers: their sums have no rounding."""
    ways = draw(WAYS)
    answers = []
    for way in ways:
        told: list[float | None] = [None] * len(way)
        for _ in range(2):
            told[draw(st.integers(0, len(way) - 1))] = draw(
                st.sampled_from(VALENCES.points.tolist())
            )
        answers.append(told)
    return ways, answers


# What is usual at each touchpoint, in numbers without rounding.
USUAL = st.fixed_dictionaries(
    {label: st.integers(-8, 8).map(lambda n: n / 8) for label in PLACES + OTHERS}
)


# Departures


@given(scored(), designs(), st.none() | USUAL)
def test_departures_are_those_of_the_definition(
    told: Told, design: JourneyMap[str], usual: dict[str, float] | None
) -> None:
    ways, answers = told
    log = log_of(ways, scores=answers)
    result = planned_versus_actual(log, design, usual=usual)
    means = means_of(ways, answers, RECOMMEND_0_10)
    there = {x for way in ways for x in way}
    known_usual = means if usual is None else {x: usual[x] for x in there}
    assert usual_of(result) == pytest.approx(known_usual, abs=1e-12)
    expected = {}
    for key, scores in groups(ways, answers, design, known_usual).items():
        known = [s for s in scores if s is not None]
        squares = sum(s * s for s in known)
        expected[key] = (len(scores), len(known), sum(known), squares)
    found = cells(result)
    assert found.keys() == expected.keys()
    for key, numbers in expected.items():
        assert found[key] == pytest.approx(numbers, abs=1e-12)
    every = [
        score_of(way, each, known_usual)
        for way, each in zip(ways, answers, strict=True)
    ]
    known = [s for s in every if s is not None]
    totals = [len(known), sum(known), sum(s * s for s in known)]
    assert result.totals.tolist() == pytest.approx(totals, abs=1e-12)
    assert result.journeys == len(ways)


@given(WAYS, designs())
def test_touchpoints_stand_by_stage_and_then_come_the_others(
    ways: list[Ways], design: JourneyMap[str]
) -> None:
    result = planned_versus_actual(log_of(ways), design)
    planned = [
        (t.id, stage.name)
        for stage in design.stages
        for t in design.touchpoints
        if t.stage == stage
    ]
    assert list(result.design) == planned
    there = dict.fromkeys(x for way in ways for x in way)
    others = [x for x in there if x not in dict(planned)]
    assert list(result.touchpoints) == [x for x, _ in planned] + others
    assert result.stages == (*[s for _, s in planned], *[""] * len(others))


@given(scored(), designs(), st.none() | USUAL)
def test_differences_are_those_of_means(
    told: Told, design: JourneyMap[str], usual: dict[str, float] | None
) -> None:
    ways, answers = told
    log = log_of(ways, scores=answers)
    result = planned_versus_actual(log, design, usual=usual)
    low, high = result.interval(level=0.9)
    if usual is None:
        usual = means_of(ways, answers, RECOMMEND_0_10)
    found = groups(ways, answers, design, usual)
    for i, touchpoint in enumerate(result.touchpoints):
        unmet = [
            score_of(way, each, usual)
            for way, each in zip(ways, answers, strict=True)
            if touchpoint not in way
        ]
        for j, kind in enumerate(KINDS):
            others = found.get((touchpoint, "as planned"), [])
            others = {"as planned": [], "unplanned": unmet}.get(kind, others)
            sides = [
                [s for s in side if s is not None]
                for side in (found.get((touchpoint, kind), []), others)
            ]
            numbers = result.difference[i, j], low[i, j], high[i, j]
            assert numbers == pytest.approx(welch(*sides), abs=1e-9, nan_ok=True)


def welch(a: list[float], b: list[float]) -> tuple[float, float, float]:
    """Return difference and interval at 90 %, from another library."""
    if not a or not b:
        return (math.nan,) * 3
    difference = sum(a) / len(a) - sum(b) / len(b)
    if min(map(len, (a, b))) < 2 or min(map(np.ptp, (a, b))) < 1e-12:
        return difference, math.nan, math.nan
    low, high = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    return difference, float(low), float(high)


def test_the_interval_is_that_of_compare() -> None:
    rng = np.random.default_rng(7)
    ways = ["ab"] * 40 + ["ba"] * 25
    first = [float(rng.choice(VALENCES.points)) for _ in ways]
    told = [[answer, None] for answer in first]
    usual = {"a": 0.25, "b": -0.5}
    log = log_of(ways, scores=told, scale=VALENCES)
    result = planned_versus_actual(log, plan("a | b"), usual=usual)
    above = [answer - usual[way[0]] for way, answer in zip(ways, first, strict=True)]
    scale = Scale(-2, 2, step=0.25, higher_is_better=True)
    sides = (mean_score(x, scale=scale) for x in (above[40:], above[:40]))
    difference = compare(*sides)
    low, high = result.interval()
    numbers = result.difference[0, 2], low[0, 2], high[0, 2]
    expected = difference.difference, difference.low, difference.high
    assert numbers == pytest.approx(expected, abs=1e-12)


# What is usual


AD = "need: ad\npurchase: shop\nuse: use"


def test_who_skips_what_is_usually_liked_is_not_less_happy_for_it() -> None:
    ways = [["ad", "shop"], ["shop", "use"]] * 20
    stars = [[5 if x == "ad" else 3 for x in way] for way in ways]
    log = log_of(ways, scores=stars, scale=STARS_1_5)
    design = JourneyMap.parse(AD, id=1)
    result = planned_versus_actual(log, design)
    assert result.counts[:, :2].tolist() == [[20, 20], [40, 0], [20, 0]]
    assert result.difference[0, 1] == 0
    assert usual_of(result) == {"ad": 1, "shop": 0, "use": 0}
    assert result.summary() == (
        "The most frequent departure from the design: ad is skipped in 20 of 40"
        " journeys (50.0 %); their experience is +0.00 against journeys as planned"
        " there (valence, against what is usual at each place); too few answers, or too"
        " much alike, for an interval."
    )
    raw = planned_versus_actual(log, design, usual={"ad": 0, "shop": 0, "use": 0})
    assert raw.difference[0, 1] == -0.5


def test_where_nothing_is_planted_hardly_an_interval_leaves_out_0() -> None:
    company = Company(5, customers=20_000)
    contacts = company.contacts
    log = JourneyLog.from_columns(
        customer=contacts["customer"],
        time=contacts["time"],
        touchpoint=contacts["touchpoint"],
        score=contacts["stars"],
        scale=STARS_1_5,
    )
    result = planned_versus_actual(log, company.design)
    low, high = result.interval()
    assert np.isfinite(low).sum() == np.isfinite(high).sum() == 33
    assert np.count_nonzero((low > 0) | (high < 0)) <= 3
    # As some touchpoints please more than others, what is felt there does differ.
    zero = dict.fromkeys(log.touchpoints, 0.0)
    low, high = planned_versus_actual(log, company.design, usual=zero).interval()
    assert np.count_nonzero((low > 0) | (high < 0)) > 3


@given(exactly_scored(), designs())
@example((["ab"], [[1, 0.5]]), plan("a | b"))
def test_usual_are_the_means_of_the_log_unless_told(
    told: Told, design: JourneyMap[str]
) -> None:
    ways, answers = told
    log = log_of(ways, scores=answers, scale=VALENCES)
    means = means_of(ways, answers, VALENCES)
    result = planned_versus_actual(log, design)
    assert result == planned_versus_actual(log, design, usual=means)
    assert usual_of(result) == means


def test_means_may_come_from_an_emotion_curve() -> None:
    log = log_of(["abx", "bay", "ab"], scores=[[9, 3, 0], [4, 7, None], [None, 2]])
    design = plan("a | b")
    curve = emotion_curve(log)
    usual = dict(zip(curve.touchpoints, curve.mean, strict=True))
    whole = planned_versus_actual(log, design)
    result = planned_versus_actual(log, design, usual=usual)
    assert result.usual == pytest.approx(whole.usual, abs=1e-12, nan_ok=True)
    assert result.sums == pytest.approx(whole.sums, abs=1e-12)
    assert math.isnan(result.usual[result.touchpoints.index("y")])
    parts = [planned_versus_actual(x, design, usual=usual) for x in log.partition(2)]
    total: Any = sum(parts)
    assert total.difference == pytest.approx(result.difference, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    "value",
    [0.5, np.float32(0.5), Fraction(1, 2), Decimal("0.5"), np.array(0.5)],
    ids=lambda value: type(value).__name__,
)
def test_usual_may_be_numbers_of_all_kinds(value: Any) -> None:
    log = log_of(["ab"], scores=[[10, None]])
    result = planned_versus_actual(log, plan("a | b | c"), usual={"a": value, "b": 1})
    assert result.usual.tolist() == pytest.approx([0.5, 1, math.nan], nan_ok=True)
    assert result.sums[0, 0] == 0.5


def test_usual_may_tell_of_more_or_less_than_is_there() -> None:
    log = log_of(["abx"], scores=[[10, None, None]])
    design = plan("a | b | c")
    # What is not in the log does not matter, nor what has no answers.
    usual = {"a": -1, "b": math.nan, "c": 0.5, "never": 7}
    result = planned_versus_actual(log, design, usual=usual)
    assert result == planned_versus_actual(log, design, usual={"a": -1})
    assert usual_of(result) == {"a": -1}
    assert result.totals.tolist() == [1, 2, 4]


def test_usual_matters_to_no_count_without_scores() -> None:
    log = log_of(["ab", "x"])
    result = planned_versus_actual(log, plan("a | b"), usual={"b": 0.5})
    assert usual_of(result) == {"b": 0.5}
    plain = planned_versus_actual(log, plan("a | b"))
    assert usual_of(plain) == {}
    assert attrs.evolve(result, usual=plain.usual) == plain


UNKNOWN = "; leave usual out to compare with the means of this log"  # ends the message


@pytest.mark.parametrize(
    ("usual", "error", "value", "message"),
    [
        ([("a", 0.0)], InvalidTypeError, [("a", 0.0)], "be a Mapping"),
        (0.5, InvalidTypeError, 0.5, "be a Mapping"),
        ("ab", InvalidTypeError, "ab", "be a Mapping"),
        ({"a": "0.5"}, InvalidTypeError, "0.5", "hold numbers; that of 'a' is none"),
        ({"a": 0, "b": True}, InvalidTypeError, True, "that of 'b' is none"),
        ({"a": None}, InvalidTypeError, None, "that of 'a' is none"),
        ({"a": [0]}, InvalidTypeError, [0], "that of 'a' is none"),
        ({"a": 1j}, InvalidTypeError, 1j, "that of 'a' is none"),
        ({}, InvalidValueError, "a", "know each touchpoint with answers; got 'a'"),
        ({"a": 0, "x": 0}, InvalidValueError, "b", UNKNOWN),
        ({"a": math.nan, "b": 0}, InvalidValueError, "a", UNKNOWN),
        ({"a": 0, "b": np.float64("nan")}, InvalidValueError, "b", UNKNOWN),
        ({"a": 1.001, "b": 0}, InvalidValueError, 1.001, "lie between -1 and 1"),
        ({"a": 0, "b": -2}, InvalidValueError, -2, "lie between -1 and 1"),
        ({"a": math.inf, "b": 0}, InvalidValueError, math.inf, "lie between -1 and 1"),
    ],
)
def test_usual_that_is_none_is_refused(
    usual: Any, error: Any, value: Any, message: str
) -> None:
    log = log_of(["abx"], scores=[[10, 3, None]])
    with pytest.raises(error, match=re.escape(message)) as caught:
        planned_versus_actual(log, plan("a | b"), usual=usual)
    assert caught.value.argument == "usual"
    assert caught.value.index is None
    assert caught.value.value == value


# Adding up


@given(exactly_scored(), designs(), USUAL, st.integers(1, 4))
def test_departures_of_parts_add_up(
    told: Told, design: JourneyMap[str], usual: dict[str, float], number: int
) -> None:
    ways, answers = told
    log = log_of(ways, scores=answers, scale=VALENCES)
    whole = planned_versus_actual(log, design, usual=usual)
    parts = [
        planned_versus_actual(part, design, usual=usual)
        for part in log.partition(number)
    ]
    assert sum(parts) == whole
    assert sum(parts[::-1]) == whole
    assert whole + 0 == 0 + whole == whole


@given(exactly_scored(), exactly_scored(), designs(), USUAL)
def test_logs_with_other_touchpoints_add_up(
    one: Told, two: Told, design: JourneyMap[str], usual: dict[str, float]
) -> None:
    first, second, whole = (
        planned_versus_actual(
            log_of(ways, scores=answers, scale=VALENCES), design, usual=usual
        )
        for ways, answers in (one, two, (one[0] + two[0], one[1] + two[1]))
    )
    assert first + second == whole


@given(exactly_scored(), exactly_scored(), designs())
def test_parts_that_know_of_no_usual_add_if_their_means_agree(
    one: Told, two: Told, design: JourneyMap[str]
) -> None:
    first, second = (
        planned_versus_actual(log_of(ways, scores=answers, scale=VALENCES), design)
        for ways, answers in (one, two)
    )
    ours, theirs = (means_of(*told, VALENCES) for told in (one, two))
    if any(ours[x] != theirs[x] for x in ours.keys() & theirs.keys()):
        with pytest.raises(InvalidValueError, match="the same usual valence at"):
            first + second
    else:
        assert usual_of(first + second) == ours | theirs


def test_parts_with_other_means_are_refused_with_the_way_out() -> None:
    first, second = (
        planned_versus_actual(log_of(["ab"], scores=told), plan("a | b"))
        for told in ([[10, 8]], [[10, 5]])
    )
    with pytest.raises(InvalidValueError) as caught:
        first + second
    assert caught.value.argument == "other"
    assert caught.value.value == 0
    assert str(caught.value) == (
        "other must have the same usual valence at 'b' (0.6); got 0;"
        " pass usual= of one log to all parts"
    )


def test_what_one_side_does_not_know_is_usual_by_the_other() -> None:
    design = plan("a | b | c")
    first, second = (
        planned_versus_actual(log_of([way], scores=[told]), design)
        for way, told in (("abx", [10, None, 5]), ("aby", [10, 0, None]))
    )
    both = first + second
    assert both.touchpoints == ("a", "b", "c", "x", "y")
    expected = [1, -1, math.nan, 0, math.nan]
    assert np.array_equal(both.usual, expected, equal_nan=True)
    swapped = second + first
    assert usual_of(swapped) == usual_of(both) == {"a": 1, "b": -1, "x": 0}
    assert swapped.touchpoints == ("a", "b", "c", "y", "x")


@given(WAYS, designs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_of_other_customers_is_irrelevant(
    ways: list[Ways], design: JourneyMap[str], random: Any
) -> None:
    first, second = in_two_orders(ways, random)
    assert planned_versus_actual(first, design) == planned_versus_actual(second, design)


# Designs and journeys of all kinds


def test_pairs_across_stages_add_nothing() -> None:
    design = plan("a, b | c")
    more = attrs.evolve(design, order={("a", "c")})
    log = log_of(["cab", "abc", "bca"])
    assert planned_versus_actual(log, more) == planned_versus_actual(log, design)


def test_chains_may_be_as_many_as_there_are() -> None:
    chains = ", ".join(f"p{i} > q{i}" for i in range(11))
    result = planned_versus_actual(log_of([["q9", "p9"]]), plan(chains))
    assert set(cells(result)) == {("p9", "out of order"), ("q9", "as planned")}


def test_an_order_against_the_stages_is_refused() -> None:
    design = attrs.evolve(plan("a, b | c"), order={("c", "a")})
    with pytest.raises(InvalidValueError, match="leads back to an earlier") as caught:
        planned_versus_actual(log_of(["a"]), design)
    assert caught.value.argument == "design"


def test_other_things_are_refused() -> None:
    wrong: Any = []
    with pytest.raises(InvalidTypeError, match="log must be a JourneyLog"):
        planned_versus_actual(wrong, plan("a"))
    with pytest.raises(InvalidTypeError, match="design must be a JourneyMap"):
        planned_versus_actual(log_of(["a"]), wrong)


def test_more_touchpoints_than_fit_into_a_word() -> None:
    names = [f"t{i}" for i in range(150)]
    rng = np.random.default_rng(5)
    stages = [Stage(f"s{i}", Phase.PURCHASE) for i in range(30)]
    design = JourneyMap[str](
        id=1,
        stages=stages,
        touchpoints=[
            Touchpoint(id=name, name=name, stage=stages[i // 5])
            for i, name in enumerate(names)
        ],
        order={(names[i], names[i + 1]) for i in range(0, 150, 2) if i % 5 < 4},
    )
    ways = [rng.choice([*names, "x", "y"], 25).tolist() for _ in range(40)]
    result = planned_versus_actual(log_of(ways), design)
    expected: dict[Any, int] = {}
    for way in ways:
        for key in kinds_of(way, design):
            expected[key] = expected.get(key, 0) + 1
    assert {key: numbers[0] for key, numbers in cells(result).items()} == expected


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("a", {"a": "as planned"}),
        ("b", {"b": "as planned", "a": "skipped"}),
        ("ab", {"a": "as planned", "b": "as planned"}),
        ("ba", {"a": "out of order", "b": "as planned"}),
        ("aab", {"a": "repeated", "b": "as planned"}),
        ("xa", {"a": "as planned", "x": "unplanned"}),
        ("xx", {"x": "unplanned"}),
    ],
)
def test_named_departures(way: str, expected: dict[str, str]) -> None:
    result = planned_versus_actual(log_of([way]), plan("a | b"))
    assert set(cells(result)) == set(expected.items())


def test_a_touchpoint_can_be_out_of_order_and_repeated() -> None:
    result = planned_versus_actual(log_of(["aba"]), plan("a | b"))
    assert set(cells(result)) == {
        ("a", "out of order"),
        ("a", "repeated"),
        ("b", "as planned"),
    }


def test_a_long_journey_among_short_ones() -> None:
    ways = ["b" + "a" * 5_000 + "b", "b", "ab", "a" + "x" * 70_000 + "b"]
    result = planned_versus_actual(log_of(ways), plan("a | b"))
    assert result.counts.tolist() == [
        [2, 1, 1, 1, 0],
        [3, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]


def test_a_log_without_any_designed_touchpoint() -> None:
    result = planned_versus_actual(log_of(["xy", "x"]), plan("a | b"))
    assert result.counts[:2].tolist() == [[0] * 5] * 2
    assert result.counts[2:, 4].tolist() == [2, 1]


def test_a_design_without_touchpoints_leaves_all_unplanned() -> None:
    empty = JourneyMap[str](id=1, stages=[], touchpoints=[])
    result = planned_versus_actual(log_of(["xy", "x"]), empty)
    assert result.counts.tolist() == [[0, 0, 0, 0, 2], [0, 0, 0, 0, 1]]
    assert result.design == ()


def test_differences_are_unknown_without_scores() -> None:
    result = planned_versus_actual(log_of(["ab", "ba", "x"]), plan("a | b"))
    low, high = result.interval()
    for numbers in (result.difference, low, high, result.scores):
        assert np.isnan(numbers).all()
    assert result.shares[0].tolist() == [1 / 3, 0, 1 / 3, 0, 0]


@pytest.mark.parametrize("level", [0, 1, 95])
def test_levels_are_between_0_and_1(level: float) -> None:
    result = planned_versus_actual(log_of(["ab"]), plan("a | b"))
    with pytest.raises(InvalidValueError, match="level must lie between 0 and 1"):
        result.interval(level=level)


@pytest.mark.parametrize(
    ("usual", "answers"),
    [
        (None, {"a": 3, "b": 8, "x": 1}),
        (dict.fromkeys("abx", 0.3), dict.fromkeys("abx", 7)),
        (dict.fromkeys("abx", 0.3), dict.fromkeys("abx", 2)),
    ],
)
def test_scores_that_are_all_alike_give_no_interval(
    usual: dict[str, float] | None, answers: dict[str, int]
) -> None:
    # A tenth has no exact sum: what rounding leaves is no spread.
    ways = ["ab"] * 1_000 + ["ba"] * 999 + ["xb"] * 7
    told = [[answers[x] for x in way] for way in ways]
    result = planned_versus_actual(
        log_of(ways, scores=told), plan("a | b"), usual=usual
    )
    low, high = result.interval()
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    for place in ((0, 1), (0, 2), (2, 4)):
        assert result.difference[place] == pytest.approx(0, abs=1e-12)


SCORED = log_of(
    ["ab", "ab", "ba", "ba", "bax"],
    scores=[[10, 10], [8, None], [2, None], [1, None], [None, None, None]],
)


# What is usual at each touchpoint, so that scores are valences.
NEUTRAL: dict[Any, float] = dict.fromkeys("abx", 0.0)


def test_departures_say_what_they_are() -> None:
    result = planned_versus_actual(SCORED, plan("a | b"), usual=NEUTRAL)
    assert repr(result) == (
        "PlannedVersusActual of 5 journeys at 2 designed touchpoints, 1 other"
    )
    assert result.kinds == KINDS
    assert result.summary() == (
        "The most frequent departure from the design: a is out of order in 3 of 5"
        " journeys (60.0 %); their experience is -1.50 against journeys as planned"
        " there (valence, against what is usual at each place), 95 % interval -2.88 to"
        " -0.12."
    )
    assert str(result).splitlines() == [
        "stage  touchpoint  as planned  skipped  out of order  repeated  unplanned",
        "s0     a                    2        0     3 (-1.50)         0",
        "s1     b                    5        0             0         0",
        "       x                                                                1",
    ]
    assert "unplanned" in result._repr_html_()
    records = result.to_records()
    assert [(r["touchpoint"], r["kind"]) for r in records] == [
        *itertools.product("ab", KINDS[:4]),
        ("x", "unplanned"),
    ]
    assert records[2]["journeys"] == 3
    assert records[2]["share"] == 0.6
    assert records[2]["scored"] == 2
    assert records[2]["score"] == pytest.approx(-0.7)
    assert records[2]["difference"] == pytest.approx(-1.5)
    assert records[2]["low"] < -1.5 < records[2]["high"] < 0
    columns = result.to_columns()
    assert columns["stage"] == ["s0"] * 4 + ["s1"] * 4 + [""]
    assert columns["journeys"] == [r["journeys"] for r in records]
    plain = result.to_dict()
    assert plain["counts"] == result.counts.tolist()
    assert plain["stages"] == ["s0", "s1", ""]


def test_the_summary_says_when_an_interval_is_unknown() -> None:
    log = log_of(["ab", "ba"], scores=[[10, None], [5, None]])
    result = planned_versus_actual(log, plan("a | b"), usual=NEUTRAL)
    assert result.summary() == (
        "The most frequent departure from the design: a is out of order in 1 of 2"
        " journeys (50.0 %); their experience is -1.00 against journeys as planned"
        " there (valence, against what is usual at each place); too few answers, or too"
        " much alike, for an interval."
    )


def test_what_is_unplanned_is_compared_with_journeys_without_it() -> None:
    log = log_of(
        ["ab", "ab", "xab", "xab", "xab"],
        scores=[[10, 10], [8, None], [None, 2, None], [None, 1, None], [None] * 3],
    )
    result = planned_versus_actual(log, plan("a | b"), usual=NEUTRAL)
    assert result.summary() == (
        "The most frequent departure from the design: x is unplanned in 3 of 5"
        " journeys (60.0 %); their experience is -1.50 against journeys without it"
        " (valence, against what is usual at each place), 95 % interval -2.88 to -0.12."
    )


def test_the_drawing_says_what_stands_beside_a_bar() -> None:
    result = planned_versus_actual(SCORED, plan("a | b"))
    drawn = " ".join(ET.fromstring(result.to_svg()).itertext())  # noqa: S314  our own
    assert (
        "bar: share of all journeys; beside it: difference in experience from journeys"
        " as planned there, or without the unplanned touchpoint, against what is usual"
        " at each place; in colour where its 95 % interval leaves out 0"
    ) in " ".join(drawn.split())


def test_the_drawing_has_shares_and_differences_by_kind() -> None:
    ways = ["ab", "b", "ba", "aabx"]
    answers = [[5, 6, 5, 6], [8, 9, 8, 9], [0, 1, 0, 1], [4, 6, 3, 5]]
    log = log_of(
        [way for way in ways for _ in range(4)],
        scores=[
            [answer] + [None] * (len(way) - 1)
            for way, some in zip(ways, answers, strict=True)
            for answer in some
        ],
    )
    result = planned_versus_actual(log, plan("a | b"), usual=NEUTRAL)
    svg = ET.fromstring(result.to_svg())  # noqa: S314  our own
    every = [text.text for text in svg.iter(f"{SVG}text")]
    assert svg.attrib["aria-label"] == "Where 16 journeys leave the design"
    assert every[-1] == "an association, not a cause"
    assert [word for word in every if word in KINDS] == [*KINDS[1:]]
    assert [word for word in every if word in {"s0", "s1"}] == ["s0", "s1"]
    groups = svg.findall(f"{SVG}g")
    rows = [row for row in groups if row.find(f"{SVG}g") is not None]
    assert [[text.text for text in row.iter(f"{SVG}text")] for row in rows] == [
        ["a", "25%", "+0.60", "25%", "−1.00", "25%", "−0.20", "–"],
        ["b", "0%", "0%", "0%", "–"],
        ["x", "–", "–", "–", "25%", "−0.07"],
    ]
    sides = {text.text: text.get("fill") for text in svg.iter(f"{SVG}text")}
    low, high = result.interval()
    assert 0 < low[0, 1] < 1  # surely for the better
    assert high[0, 2] < 0  # surely for the worse
    assert low[0, 3] < 0 < high[0, 3] < 1  # neither
    assert [sides[each] for each in ("+0.60", "−1.00", "−0.20")] == [
        _ABOVE,
        _BELOW,
        None,
    ]


def test_the_summary_without_scores() -> None:
    result = planned_versus_actual(log_of(["ab", "xab"]), plan("a | b"))
    assert result.summary() == (
        "The most frequent departure from the design: x is unplanned in 1 of 2"
        " journeys (50.0 %); how that was felt is unknown."
    )


def test_the_summary_when_nothing_departs() -> None:
    result = planned_versus_actual(log_of(["ab", "a"]), plan("a | b"))
    assert result.summary() == "Nothing departs from the design in 2 journeys."


@pytest.mark.parametrize(
    "design", [plan("a | b"), JourneyMap[str](id=1, stages=[], touchpoints=[])]
)
def test_departures_without_journeys(design: JourneyMap[str]) -> None:
    result = planned_versus_actual(log_of([]), design)
    assert result.summary() == "There are no journeys."
    assert np.isnan(result.shares).all()
    assert result + result == result
    assert str(result).startswith("stage")
    assert copy.deepcopy(result) == result
    assert len(result.to_records()) == 4 * len(design.touchpoints)


def test_departures_are_frozen_and_survive_copies() -> None:
    result = planned_versus_actual(SCORED, plan("a | b"))
    for again in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):  # noqa: S301
        assert again == result
        assert not again.counts.flags.writeable
    with pytest.raises(TypeError):
        hash(result)
    assert result != "something else"
    assert result != attrs.evolve(result, journeys=6)
    assert result != attrs.evolve(result, totals=[0, 0, 0])
    assert result != attrs.evolve(result, usual=[0, 0, 0])
    with pytest.raises(TypeError):
        result + 1
    assert 0 + result == result + 0 == result


@pytest.mark.parametrize(
    ("theirs", "name"),
    [
        ("a, b", "design"),
        ("b | a", "design"),
        ("a | b | c", "design"),
        ("a | c", "design"),
    ],
)
def test_other_designs_do_not_add(theirs: str, name: str) -> None:
    log = log_of(["ab"])
    ours = planned_versus_actual(log, plan("a | b"))
    with pytest.raises(InvalidValueError, match=f"counted with {name}=") as caught:
        ours + planned_versus_actual(log, plan(theirs))
    assert caught.value.argument == "other"


def test_other_chains_do_not_add_but_the_same_in_other_words_do() -> None:
    log = log_of(["abc"])
    chain = plan("a > b > c")
    ours = planned_versus_actual(log, chain)
    with pytest.raises(InvalidValueError, match="counted with order="):
        ours + planned_versus_actual(log, plan("a, b > c"))
    wordy = attrs.evolve(chain, order={*chain.order, ("a", "c")})
    assert ours.order == (("a", "b"), ("b", "c"))
    assert planned_versus_actual(log, wordy) == ours


@pytest.mark.parametrize(
    ("changes", "argument", "error"),
    [
        ({"touchpoints": ["a", "a", "x"]}, "touchpoints", InvalidValueError),
        ({"touchpoints": ["a", None, "x"]}, "touchpoints", MissingValueError),
        ({"touchpoints": "abx"}, "touchpoints", InvalidTypeError),
        ({"stages": ["s0", "s1"]}, "stages", InvalidValueError),
        ({"stages": ["s0", "", "s1"]}, "stages", InvalidValueError),
        ({"stages": ["s0", "s1", 3]}, "stages", InvalidTypeError),
        ({"order": ["ab"]}, "order", InvalidTypeError),
        ({"journeys": -1}, "journeys", InvalidValueError),
        ({"journeys": 2.5}, "journeys", InvalidTypeError),
        ({"journeys": 4}, "counts", InvalidValueError),
        ({"counts": np.zeros((3, 4), int)}, "counts", InvalidValueError),
        ({"counts": np.zeros((3, 5), int)}, "scored", InvalidValueError),
        ({"scored": np.zeros((2, 5), int)}, "scored", InvalidValueError),
        ({"sums": np.zeros(3)}, "sums", InvalidValueError),
        ({"sums": np.full((3, 5), np.nan)}, "sums", InvalidValueError),
        ({"squares": np.zeros(3)}, "squares", InvalidValueError),
        ({"totals": [1.0, 2.0]}, "totals", InvalidValueError),
        ({"totals": ["a", "b", "c"]}, "totals", InvalidTypeError),
        ({"usual": [0.0, 0.0]}, "usual", InvalidValueError),
        ({"usual": [[0.0, 0.0, 0.0]]}, "usual", InvalidValueError),
        ({"usual": 0.0}, "usual", InvalidValueError),
        ({"usual": [0.0, 1.5, 0.0]}, "usual", InvalidValueError),
        ({"usual": [0, 0, -2]}, "usual", InvalidValueError),
        ({"usual": [0.0, np.inf, np.nan]}, "usual", InvalidValueError),
        ({"usual": ["a", "b", "c"]}, "usual", InvalidTypeError),
        ({"usual": [True, False, True]}, "usual", InvalidTypeError),
        ({"usual": [0.0, None, 0.0]}, "usual", InvalidTypeError),
        ({"usual": None}, "usual", InvalidTypeError),
    ],
)
def test_departures_refuse_what_cannot_be(
    changes: dict[str, Any], argument: str, error: Any
) -> None:
    good = planned_versus_actual(SCORED, plan("a | b"))
    with pytest.raises(error) as caught:
        attrs.evolve(good, **changes)
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"stages": ["s0", "s1"]},
            "stages must have one stage per touchpoint (3); got 2",
        ),
        (
            {"stages": ["s0", "", "s1"]},
            "stages must name those of the design first; got ('s0', '', 's1')",
        ),
        (
            {"journeys": 4},
            "counts[1, 0] must not exceed the number of journeys; got 5",
        ),
        (
            {"counts": np.zeros((3, 5), int)},
            "scored[0, 0] must not exceed the counts; got 2",
        ),
        ({"usual": [0.0, 1.5, 0.0]}, "usual[1] must lie between -1 and 1; got 1.5"),
        ({"usual": [0.0, np.inf, np.nan]}, "usual[1] must be finite; got inf"),
    ],
)
def test_a_refused_field_is_named_with_its_rule(
    changes: dict[str, Any], message: str
) -> None:
    good = planned_versus_actual(SCORED, plan("a | b"))
    with pytest.raises(InvalidValueError) as caught:
        attrs.evolve(good, **changes)
    assert str(caught.value) == message


def test_usual_may_be_unknown_and_at_the_ends() -> None:
    result = planned_versus_actual(SCORED, plan("a | b"))
    changed = attrs.evolve(result, usual=[-1, math.nan, 1])
    assert usual_of(changed) == {"a": -1, "x": 1}
    assert changed.usual.dtype == np.float64
    assert not changed.usual.flags.writeable
    again = pickle.loads(pickle.dumps(changed))  # noqa: S301  our own
    assert again == changed
    assert str(changed.to_dict()["usual"]) == "[-1.0, nan, 1.0]"


def test_means_that_differ_in_the_last_digit_are_the_same() -> None:
    ours, theirs = (
        planned_versus_actual(
            log_of(["ab"], scores=[[5, 1]]), plan("a | b"), usual={"a": usual, "b": 0}
        )
        for usual in (0.3, 0.1 + 0.2)
    )
    assert (ours + theirs).usual.tolist() == ours.usual.tolist()
