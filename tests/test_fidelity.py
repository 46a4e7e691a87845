"""Conformance and departures, against plain loops written from their definitions."""

import copy
import itertools
import math
import pickle
import xml.etree.ElementTree as ET
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from cxmkit import (
    RECOMMEND_0_10,
    JourneyLog,
    JourneyMap,
    Phase,
    Scale,
    Stage,
    Touchpoint,
    compare,
    fidelity,
    mean_score,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.paths import (
    Conformance,
    PlannedVersusActual,
    conformance,
    planned_versus_actual,
)

KINDS = ("as planned", "skipped", "out of order", "repeated", "unplanned")
PLACES = "abcdef"
OTHERS = "xy"
Ways = list[str]


def plan(text: str) -> JourneyMap[str]:
    """Return a map of stages that are named after their place: "a > b, c | d"."""
    lines = [f"s{i} [purchase]: {line}" for i, line in enumerate(text.split("|"))]
    return JourneyMap.parse("\n".join(lines), id=1)


def log_of(
    ways: Iterable[Sequence[Any]],
    *,
    scores: Sequence[Sequence[float | None]] | None = None,
    scale: Scale = RECOMMEND_0_10,
    customers: Sequence[Any] | None = None,
) -> JourneyLog:
    """Return a log with one customer per way, in which equal times keep their order."""
    ways = list(ways)
    ids = range(len(ways)) if customers is None else customers
    who: Any = [key for key, way in zip(ids, ways, strict=True) for _ in way]
    if any(isinstance(key, tuple) for key in who):
        who = np.fromiter(who, object)
    where = np.empty(len(who), object)
    where[:] = [label for way in ways for label in way]
    given_scores: dict[str, Any] = {}
    if scores is not None:
        given_scores = {"score": [s for each in scores for s in each], "scale": scale}
    return JourneyLog.from_columns(
        customer=who, time=[0] * len(who), touchpoint=where, **given_scores
    )


# The definitions, as loops


def comes_before(design: JourneyMap[Any]) -> set[tuple[Any, Any]]:
    rank = {t.id: design.stages.index(t.stage) for t in design.touchpoints}
    later: dict[Any, set[Any]] = {key: set() for key in rank}
    for a, b in design.order:
        later[a].add(b)
    pairs = set()
    for x, own in rank.items():
        reached: set[Any] = set()
        waiting = [x]
        while waiting:
            for y in later[waiting.pop()] - reached:
                reached.add(y)
                waiting.append(y)
        pairs |= {(x, y) for y in reached if rank[y] == own}
        pairs |= {(x, y) for y in rank if rank[y] > own}
    return pairs


def as_designed(way: Sequence[Any], design: JourneyMap[Any]) -> bool:
    known = {t.id for t in design.touchpoints}
    wrong = comes_before(design)
    return set(way) <= known and not any(
        (x, y) in wrong for y, x in itertools.combinations(way, 2)
    )


def fewest(way: Sequence[Any], design: JourneyMap[Any]) -> int:
    """Try all subsets, the largest first."""
    for cost in range(len(way)):
        for kept in itertools.combinations(way, len(way) - cost):
            if as_designed(kept, design):
                return cost
    return len(way)


def longest_rising(numbers: Iterable[int]) -> int:
    """Return the length of the longest non-decreasing subsequence."""
    ends: list[int] = []
    for number in numbers:
        place = bisect_right(ends, number)
        ends[place : place + 1] = [number]
    return len(ends)


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


def score_of(answers: Sequence[float | None], scale: Scale) -> float | None:
    known = [2 * scale.to_unit(s) - 1 for s in answers if s is not None]
    return sum(known) / len(known) if known else None


# What can be anything


@st.composite
def designs(draw: st.DrawFn, most: int = 6) -> JourneyMap[str]:
    stages = [Stage(f"s{i}", Phase.PURCHASE) for i in range(3)]
    ids = draw(st.permutations(PLACES[: draw(st.integers(0, most))]))
    ranks = [draw(st.integers(0, 2)) for _ in ids]
    # Pairs that follow a hidden order have no cycle; those that go back are left out.
    possible = [
        (a, b)
        for (i, a), (j, b) in itertools.combinations(enumerate(ids), 2)
        if ranks[i] <= ranks[j]
    ]
    pairs = draw(st.sets(st.sampled_from(possible))) if possible else set()
    shown = draw(st.permutations(range(len(ids))))
    return JourneyMap(
        id=1,
        stages=stages,
        touchpoints=[
            Touchpoint(id=ids[i], name=ids[i], stage=stages[ranks[i]]) for i in shown
        ],
        order=pairs,
    )


WAYS = st.lists(
    st.lists(st.sampled_from(PLACES + OTHERS), min_size=1, max_size=8), max_size=8
)


@st.composite
def scored(draw: st.DrawFn) -> tuple[list[Ways], list[list[float | None]]]:
    ways = draw(WAYS)
    answer = st.none() | st.integers(0, 10).map(float)
    answers = [draw(st.lists(answer, min_size=len(w), max_size=len(w))) for w in ways]
    return ways, answers


# Alignment


@given(WAYS, designs())
def test_the_cost_is_that_of_trying_all_subsets(
    ways: list[Ways], design: JourneyMap[str]
) -> None:
    result = conformance(log_of(ways), design)
    assert result.cost.tolist() == [fewest(way, design) for way in ways]
    assert result.length.tolist() == [len(way) for way in ways]
    assert result.customers.tolist() == list(range(len(ways)))


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=40), max_size=5))
def test_with_one_touchpoint_per_stage_the_longest_rising_part_stays(
    numbers: list[list[int]],
) -> None:
    design = plan("a|b|c|d|e|f")
    ways = [[PLACES[n] for n in each] for each in numbers]
    expected = [len(each) - longest_rising(each) for each in numbers]
    assert conformance(log_of(ways), design).cost.tolist() == expected


@given(WAYS, designs())
def test_chains_in_one_stage_are_as_good_as_stages(
    ways: list[Ways], design: JourneyMap[str]
) -> None:
    assume(design.touchpoints)
    total = [t.id for t in design.touchpoints]
    chain = conformance(log_of(ways), plan(" > ".join(total)))
    stages = conformance(log_of(ways), plan("|".join(total)))
    assert chain == stages


@given(WAYS, designs())
def test_a_journey_fits_if_and_only_if_it_is_as_designed(
    ways: list[Ways], design: JourneyMap[str]
) -> None:
    result = conformance(log_of(ways), design)
    fitting = [as_designed(way, design) for way in ways]
    assert (result.fitness == 1).tolist() == fitting
    if ways:
        assert result.conforming_share == sum(fitting) / len(ways)
        assert result.mean_fitness == pytest.approx(np.mean(result.fitness))


@pytest.mark.parametrize(
    ("design", "way", "cost"),
    [
        ("a | b", "a", 0),
        ("a | b", "b", 0),  # all touchpoints are optional
        ("a | b", "aabb", 0),  # and may be repeated
        ("a | b", "ba", 1),
        ("a | b", "abab", 1),
        ("a | b", "bbaa", 2),
        ("a | b", "xax", 2),
        ("a, b", "abab", 0),  # touchpoints of one stage without a chain
        ("a > b, c > d", "acbd", 0),  # parallel chains
        ("a > b, c > d", "bdac", 2),
        ("a > b, c > d", "bacd", 1),
        ("a > b > c", "ca", 1),  # a chain leads on
        ("a > b > c", "xyx", 3),
    ],
)
def test_named_journeys(design: str, way: str, cost: int) -> None:
    result = conformance(log_of([way]), plan(design))
    assert result.cost.tolist() == [cost]
    assert result.fitness.tolist() == [1 - cost / len(way)]


def test_pairs_across_stages_add_nothing() -> None:
    design = plan("a, b | c")
    more = attrs.evolve(design, order={("a", "c")})
    log = log_of(["cab", "abc", "bca"])
    assert conformance(log, more) == conformance(log, design)
    assert planned_versus_actual(log, more) == planned_versus_actual(log, design)


def test_a_design_without_touchpoints_fits_nothing() -> None:
    empty = JourneyMap[str](id=1, stages=[], touchpoints=[])
    result = conformance(log_of(["ab", "x"]), empty)
    assert result.cost.tolist() == [2, 1]
    assert result.summary() == (
        "0 of 2 journeys go entirely as designed (0.0 %); on average 0.0 % of the"
        " events of a journey fit the design."
    )


def test_more_than_64_touchpoints() -> None:
    names = [f"t{i}" for i in range(150)]
    rng = np.random.default_rng(5)
    numbers = [rng.integers(0, 150, 30).tolist() for _ in range(20)]
    log = log_of([[names[n] for n in each] for each in numbers])
    expected = [30 - longest_rising(each) for each in numbers]
    assert conformance(log, plan("|".join(names))).cost.tolist() == expected


def test_long_journeys_among_short_ones() -> None:
    ways = ["ab" * 400, "b", "ba" * 35_000, "ab"]
    result = conformance(log_of(ways), plan("a | b"))
    assert result.cost.tolist() == [399, 0, 35_000, 0]


def test_states_that_do_not_fit_into_one_pass(monkeypatch: Any) -> None:
    rng = np.random.default_rng(3)
    ways = ["".join(rng.choice(list("abcdx"), rng.integers(1, 9))) for _ in range(200)]
    design = plan("a > b, c > d")
    whole = conformance(log_of(ways), design)
    monkeypatch.setattr(fidelity, "_CELLS", 50)
    assert conformance(log_of(ways), design) == whole


def chains(number: int) -> str:
    return ", ".join(f"p{i} > q{i}" for i in range(number))


def test_as_many_states_as_are_allowed() -> None:
    design = plan(chains(10))
    result = conformance(log_of([["q0", "p0", "p1"], ["q9", "q3", "p3", "p9"]]), design)
    assert result.cost.tolist() == [1, 2]


def test_too_many_states_are_refused_with_the_way_out() -> None:
    design = plan("first |" + chains(11))
    with pytest.raises(InvalidValueError, match="1,024 ways to be under way") as caught:
        conformance(log_of(["a"]), design)
    assert caught.value.argument == "design"
    assert "stage 's1'" in str(caught.value)
    assert str(caught.value).endswith("put fewer independent chains into one stage")
    planned_versus_actual(log_of(["a"]), design)  # has no states


@pytest.mark.parametrize("question", [conformance, planned_versus_actual])
def test_an_order_against_the_stages_is_refused(question: Any) -> None:
    design = attrs.evolve(plan("a, b | c"), order={("c", "a")})
    with pytest.raises(InvalidValueError, match="leads back to an earlier") as caught:
        question(log_of(["a"]), design)
    assert caught.value.argument == "design"
    assert caught.value.value == ("c", "a")
    assert "move one of the two to another stage" in str(caught.value)


@pytest.mark.parametrize("question", [conformance, planned_versus_actual])
def test_other_things_are_refused(question: Any) -> None:
    with pytest.raises(InvalidTypeError, match="log must be a JourneyLog"):
        question([], plan("a"))
    with pytest.raises(InvalidTypeError, match="design must be a JourneyMap"):
        question(log_of(["a"]), "a")


# What conformance gives


def by_customer(result: Conformance) -> dict[Any, tuple[int, int]]:
    numbers = zip(result.length.tolist(), result.cost.tolist(), strict=True)
    return dict(zip(result.customers.tolist(), numbers, strict=True))


@given(WAYS, designs())
def test_conformance_of_parts_adds_up(
    ways: list[Ways], design: JourneyMap[str]
) -> None:
    log = log_of(ways)
    whole = conformance(log, design)
    parts = [conformance(part, design) for part in log.partition(3)]
    total = sum(parts)
    assert isinstance(total, Conformance)
    assert by_customer(total) == by_customer(whole)
    assert total.customers.dtype == whole.customers.dtype
    assert whole + 0 == 0 + whole == whole


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ([1, 2], [3], "int64"),
        ([9], [2], "int64"),
        (["ann"], ["bob", 7], "object"),
        ([1], [(1, 2)], "object"),
        ([1], [], "int64"),
        ([], [1], "int64"),
        ([], ["ann"], "object"),
        ([2**63], [1], "object"),
        ([2**63 + 1], [2**63 + 2], "uint64"),
    ],
)
def test_customers_of_all_kinds_are_joined(
    ours: list[Any], theirs: list[Any], kind: str
) -> None:
    first, second = (
        conformance(log_of(["ab"] * len(ids), customers=ids), plan("a | b"))
        for ids in (ours, theirs)
    )
    both = first + second
    assert both.customers.tolist() == [*ours, *theirs]
    assert all(
        type(a) is type(b)
        for a, b in zip(both.customers.tolist(), [*ours, *theirs], strict=True)
    )
    assert both.customers.dtype == kind
    assert both.length.tolist() == [2] * len(both)


@pytest.mark.parametrize(
    ("ours", "theirs"), [([1, 9], [3, 9]), (["ann"], ["bob", "ann"]), ([2], ["b", 2])]
)
def test_a_customer_in_both_is_refused(ours: list[Any], theirs: list[Any]) -> None:
    first, second = (
        conformance(log_of(["ab"] * len(ids), customers=ids), plan("a | b"))
        for ids in (ours, theirs)
    )
    with pytest.raises(InvalidValueError, match="none of the customers") as caught:
        first + second
    assert caught.value.argument == "other"
    assert caught.value.index == 1
    assert caught.value.value == ours[-1]
    assert "partition" in str(caught.value)


def test_ids_that_only_floats_would_confuse_are_told_apart() -> None:
    first = Conformance(customers=np.array([2**63], np.uint64), length=[1], cost=[0])
    second = Conformance(customers=[2**63 - 1], length=[1], cost=[0])
    assert (first + second).customers.tolist() == [2**63, 2**63 - 1]


def test_conformance_says_what_it_is() -> None:
    result = conformance(log_of(["ab", "ba", "aab", "x"]), plan("a | b"))
    assert (
        repr(result) == "Conformance of 4 journeys: mean fitness 0.625, 2 as designed"
    )
    assert result.summary() == (
        "2 of 4 journeys go entirely as designed (50.0 %); on average 62.5 % of the"
        " events of a journey fit the design."
    )
    assert str(result).splitlines() == [
        "to take out  journeys   share",
        "          0         2  50.0 %",
        "          1         2  50.0 %",
    ]
    assert "mean fitness 0.625" in result._repr_html_()
    assert len(result) == 4
    assert result.to_records()[1] == {
        "customer": 1,
        "length": 2,
        "cost": 1,
        "fitness": 0.5,
    }
    assert result.to_columns()["fitness"] == [1.0, 0.5, 1.0, 0.0]
    assert result.to_dict() == {
        "customers": [0, 1, 2, 3],
        "length": [2, 2, 3, 1],
        "cost": [0, 1, 0, 1],
    }


def test_one_journey_goes() -> None:
    result = conformance(log_of(["ab"]), plan("a | b"))
    assert result.summary().startswith("1 of 1 journey goes entirely as designed")


def test_conformance_without_journeys() -> None:
    result = conformance(log_of([]), plan("a | b"))
    assert repr(result) == "Conformance of 0 journeys"
    assert result.summary() == "There are no journeys."
    assert math.isnan(result.mean_fitness)
    assert math.isnan(result.conforming_share)
    assert str(result) == "to take out  journeys  share"
    assert result.to_records() == []
    assert result == copy.deepcopy(result)


def test_conformance_is_frozen_and_survives_copies() -> None:
    result = conformance(log_of(["ab", "ba"], customers=["x", 3]), plan("a | b"))
    for again in (copy.deepcopy(result), pickle.loads(pickle.dumps(result))):  # noqa: S301
        assert again == result
        assert not again.cost.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        result.cost[0] = 1
    with pytest.raises(TypeError):
        hash(result)
    assert result != "something else"
    assert result != attrs.evolve(result, cost=[0, 0])
    assert result != attrs.evolve(result, customers=[1, 2])
    with pytest.raises(TypeError):
        result + 1


@pytest.mark.parametrize(
    ("changes", "argument", "error"),
    [
        ({"customers": [1, 1]}, "customers", InvalidValueError),
        ({"customers": [[1, 2]]}, "customers", CxmError),
        ({"customers": [1.5, 2]}, "customers", InvalidTypeError),
        ({"customers": np.array([1, None], object)}, "customers", MissingValueError),
        ({"length": [1]}, "length", InvalidValueError),
        ({"length": [1, 0]}, "length", InvalidValueError),
        ({"length": [1, 0.5]}, "length", InvalidTypeError),
        ({"cost": [0, 0, 0]}, "cost", InvalidValueError),
        ({"cost": [0, 4]}, "cost", InvalidValueError),
        ({"cost": [0, -1]}, "cost", InvalidValueError),
    ],
)
def test_conformance_refuses_what_cannot_be(
    changes: dict[str, Any], argument: str, error: Any
) -> None:
    good = Conformance(customers=[2, 1], length=[2, 3], cost=[0, 3])
    with pytest.raises(error) as caught:
        attrs.evolve(good, **changes)
    assert caught.value.argument == argument


# Departures


def cells(result: PlannedVersusActual) -> dict[tuple[Any, str], tuple[float, ...]]:
    """Return what is not empty, by touchpoint and kind."""
    arrays = (result.counts, result.scored, result.sums, result.squares)
    return {
        (touchpoint, kind): tuple(array[i, j].item() for array in arrays)
        for i, touchpoint in enumerate(result.touchpoints)
        for j, kind in enumerate(KINDS)
        if result.counts[i, j]
    }


def groups(
    ways: list[Ways], answers: list[list[float | None]], design: JourneyMap[str]
) -> dict[tuple[Any, str], list[float | None]]:
    """Return the scores of the journeys of each touchpoint and kind."""
    found: dict[tuple[Any, str], list[float | None]] = {}
    for way, each in zip(ways, answers, strict=True):
        for key in kinds_of(way, design):
            found.setdefault(key, []).append(score_of(each, RECOMMEND_0_10))
    return found


@given(scored(), designs())
def test_departures_are_those_of_the_definition(
    told: tuple[list[Ways], list[list[float | None]]], design: JourneyMap[str]
) -> None:
    ways, answers = told
    result = planned_versus_actual(log_of(ways, scores=answers), design)
    expected = {}
    for key, scores in groups(ways, answers, design).items():
        known = [s for s in scores if s is not None]
        squares = sum(s * s for s in known)
        expected[key] = (len(scores), len(known), sum(known), squares)
    found = cells(result)
    assert found.keys() == expected.keys()
    for key, numbers in expected.items():
        assert found[key] == pytest.approx(numbers, abs=1e-12)
    every = [score_of(each, RECOMMEND_0_10) for each in answers]
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


@given(scored(), designs())
def test_costs_are_differences_of_means(
    told: tuple[list[Ways], list[list[float | None]]], design: JourneyMap[str]
) -> None:
    ways, answers = told
    result = planned_versus_actual(log_of(ways, scores=answers), design)
    low, high = result.interval(level=0.9)
    found = groups(ways, answers, design)
    for i, touchpoint in enumerate(result.touchpoints):
        unmet = [
            score_of(each, RECOMMEND_0_10)
            for way, each in zip(ways, answers, strict=True)
            if touchpoint not in way
        ]
        for j, kind in enumerate(KINDS):
            usual = found.get((touchpoint, "as planned"), [])
            usual = {"as planned": [], "unplanned": unmet}.get(kind, usual)
            sides = [
                [s for s in side if s is not None]
                for side in (found.get((touchpoint, kind), []), usual)
            ]
            numbers = result.cost[i, j], low[i, j], high[i, j]
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
    scale = Scale(-1, 1, step=0.5, higher_is_better=True)
    rng = np.random.default_rng(7)
    ways = ["ab"] * 40 + ["ba"] * 25
    told = [[float(rng.choice(scale.points)), None] for _ in ways]
    log = log_of(ways, scores=told, scale=scale)
    result = planned_versus_actual(log, plan("a | b"))
    first = [answer for answer, _ in told]
    sides = (mean_score(x, scale=scale) for x in (first[40:], first[:40]))
    difference = compare(*sides)
    low, high = result.interval()
    numbers = result.cost[0, 2], low[0, 2], high[0, 2]
    expected = difference.difference, difference.low, difference.high
    assert numbers == pytest.approx(expected, abs=1e-12)


@given(scored(), designs())
def test_departures_of_parts_add_up(
    told: tuple[list[Ways], list[list[float | None]]], design: JourneyMap[str]
) -> None:
    ways, answers = told
    log = log_of(ways, scores=answers)
    whole = planned_versus_actual(log, design)
    total: Any = sum(planned_versus_actual(part, design) for part in log.partition(3))
    assert total.to_dict().keys() == whole.to_dict().keys()
    for name in ("touchpoints", "stages", "order", "journeys"):
        assert getattr(total, name) == getattr(whole, name)
    assert np.array_equal(total.counts, whole.counts)
    assert np.array_equal(total.scored, whole.scored)
    for name in ("sums", "squares", "totals"):
        assert np.allclose(getattr(total, name), getattr(whole, name), atol=1e-12)
    assert np.allclose(total.cost, whole.cost, atol=1e-12, equal_nan=True)


@given(scored(), scored(), designs())
def test_logs_with_other_touchpoints_add_up(
    one: tuple[list[Ways], list[list[float | None]]],
    two: tuple[list[Ways], list[list[float | None]]],
    design: JourneyMap[str],
) -> None:
    parts = [log_of(ways, scores=answers) for ways, answers in (one, two)]
    first, second = (planned_versus_actual(part, design) for part in parts)
    both = log_of(one[0] + two[0], scores=one[1] + two[1])
    whole, total = planned_versus_actual(both, design), first + second
    assert total.touchpoints == whole.touchpoints
    assert total.stages == whole.stages
    assert np.array_equal(total.counts, whole.counts)
    assert np.allclose(total.cost, whole.cost, atol=1e-12, equal_nan=True)


@given(WAYS, designs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_of_other_customers_is_irrelevant(
    ways: list[Ways], design: JourneyMap[str], random: Any
) -> None:
    rows = [(who, i, x) for who, way in enumerate(ways) for i, x in enumerate(way)]
    mixed = random.sample(rows, len(rows))
    first, second = (
        JourneyLog.from_columns(
            customer=[row[0] for row in each],
            time=[row[1] for row in each],
            touchpoint=[row[2] for row in each],
            touchpoints=[*PLACES, *OTHERS],
        )
        if each
        else log_of([])
        for each in (rows, mixed)
    )
    assert conformance(first, design) == conformance(second, design)
    assert planned_versus_actual(first, design) == planned_versus_actual(second, design)


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


def test_costs_are_unknown_without_scores() -> None:
    result = planned_versus_actual(log_of(["ab", "ba", "x"]), plan("a | b"))
    low, high = result.interval()
    for numbers in (result.cost, low, high, result.scores):
        assert np.isnan(numbers).all()
    assert result.shares[0].tolist() == [1 / 3, 0, 1 / 3, 0, 0]


@pytest.mark.parametrize("level", [0, 1, 95])
def test_levels_are_between_0_and_1(level: float) -> None:
    result = planned_versus_actual(log_of(["ab"]), plan("a | b"))
    with pytest.raises(InvalidValueError, match="level must lie between 0 and 1"):
        result.interval(level=level)


def test_scores_that_are_all_alike_give_no_interval() -> None:
    # A tenth has no exact sum: what rounding leaves is no spread.
    ways = ["ab"] * 1_000 + ["ba"] * 999 + ["xb"] * 7
    told: list[list[float | None]] = [[3.0, 8.0] for _ in ways]
    result = planned_versus_actual(log_of(ways, scores=told), plan("a | b"))
    low, high = result.interval()
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    assert result.cost[0, 2] == pytest.approx(0, abs=1e-12)
    assert result.cost[2, 4] == pytest.approx(0, abs=1e-12)


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
        " journeys (60.0 %); their experience (from -1 to 1) is -1.50 against"
        " journeys as planned there, 95 % interval -2.88 to -0.12."
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
    assert result.summary().endswith(
        "their experience (from -1 to 1) is -1.00 against journeys as planned"
        " there; too few answers, or too much alike, for an interval."
    )


def test_what_is_unplanned_is_compared_with_journeys_without_it() -> None:
    log = log_of(
        ["ab", "ab", "xab", "xab", "xab"],
        scores=[[10, 10], [8, None], [None, 2, None], [None, 1, None], [None] * 3],
    )
    result = planned_versus_actual(log, plan("a | b"), usual=NEUTRAL)
    assert result.summary() == (
        "The most frequent departure from the design: x is unplanned in 3 of 5"
        " journeys (60.0 %); their experience (from -1 to 1) is -1.50 against"
        " journeys without it, 95 % interval -2.88 to -0.12."
    )


def test_the_drawing_says_what_stands_beside_a_bar() -> None:
    result = planned_versus_actual(SCORED, plan("a | b"))
    drawn = " ".join(ET.fromstring(result.to_svg()).itertext())  # noqa: S314  our own
    assert (
        "bar: share of all journeys; beside it: how they felt (-1 to 1) less that of"
        " journeys as planned there, or without the unplanned touchpoint; in colour"
        " where its 95 % interval leaves out 0"
    ) in " ".join(drawn.split())


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
    ],
)
def test_departures_refuse_what_cannot_be(
    changes: dict[str, Any], argument: str, error: Any
) -> None:
    good = planned_versus_actual(SCORED, plan("a | b"))
    with pytest.raises(error) as caught:
        attrs.evolve(good, **changes)
    assert caught.value.argument == argument
