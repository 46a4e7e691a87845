"""Conformance, against plain loops written from its definition."""

import copy
import itertools
import math
import pickle
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmkit import (
    RECOMMEND_0_10,
    JourneyLog,
    JourneyMap,
    Phase,
    Scale,
    Stage,
    Touchpoint,
    fidelity,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.paths import (
    Conformance,
    conformance,
)

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


def in_two_orders(ways: list[Ways], random: Any) -> tuple[JourneyLog, JourneyLog]:
    """Return a log whose rows stand by customer, and one of the same rows, mixed."""
    rows = [(who, i, x) for who, way in enumerate(ways) for i, x in enumerate(way)]
    first, second = (
        JourneyLog.from_columns(
            customer=[row[0] for row in each],
            time=[row[1] for row in each],
            touchpoint=[row[2] for row in each],
            touchpoints=[*PLACES, *OTHERS],
        )
        if each
        else log_of([])
        for each in (rows, random.sample(rows, len(rows)))
    )
    return first, second


# The definition, as loops


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
        ("a > b, c > d", "abcd", 0),  # either chain may go first
        ("a > b, c > d", "cdab", 0),
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


def test_a_design_without_touchpoints_fits_nothing() -> None:
    empty = JourneyMap[str](id=1, stages=[], touchpoints=[])
    result = conformance(log_of(["ab", "x"]), empty)
    assert result.cost.tolist() == [2, 1]
    assert result.summary() == (
        "0 of 2 journeys go in the order of the design with nothing else between (0.0"
        " %); on average 0.0 % of the events of a journey fit. Skipping and repeating"
        " are free."
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


def test_an_order_against_the_stages_is_refused() -> None:
    design = attrs.evolve(plan("a, b | c"), order={("c", "a")})
    with pytest.raises(InvalidValueError) as caught:
        conformance(log_of(["a"]), design)
    assert str(caught.value) == (
        "design must have no pair in its order that leads back to an earlier stage; got"
        " ('c', 'a'); leave the pair out, or move one of the two to another stage"
    )
    assert caught.value.argument == "design"
    assert caught.value.value == ("c", "a")


def test_other_things_are_refused() -> None:
    wrong: Any = []
    with pytest.raises(InvalidTypeError, match=r"^log must be a JourneyLog"):
        conformance(wrong, plan("a"))
    with pytest.raises(InvalidTypeError, match=r"^design must be a JourneyMap"):
        conformance(log_of(["a"]), wrong)


@given(WAYS, designs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_of_other_customers_is_irrelevant(
    ways: list[Ways], design: JourneyMap[str], random: Any
) -> None:
    first, second = in_two_orders(ways, random)
    assert conformance(first, design) == conformance(second, design)


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
        ([2**63], [], "uint64"),
        ([], [2**63], "uint64"),
        (["ann"], [], "object"),
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
    ("ours", "theirs"),
    [
        ([1, 9], [3, 9]),
        (["ann"], ["bob", "ann"]),
        ([2], ["b", 2]),
        ([(1, 2)], [(2, 1), (1, 2)]),
    ],
)
def test_a_customer_in_both_is_refused(ours: list[Any], theirs: list[Any]) -> None:
    first, second = (
        conformance(log_of(["ab"] * len(ids), customers=ids), plan("a | b"))
        for ids in (ours, theirs)
    )
    with pytest.raises(InvalidValueError) as caught:
        first + second
    assert str(caught.value) == (
        "other[1] must hold none of the customers of this result; got"
        f" {ours[-1]!r}; add results of parts that share nobody, as log.partition(n)"
        " makes them"
    )
    assert caught.value.argument == "other"
    assert caught.value.index == 1
    assert caught.value.value == ours[-1]


@pytest.mark.parametrize("number", [1, 20])
def test_ids_that_only_floats_would_confuse_are_told_apart(number: int) -> None:
    large = [*range(2**63, 2**63 + number)]
    ones, none = [1] * number, [0] * number
    first = Conformance(customers=np.array(large, np.uint64), length=ones, cost=none)
    second = Conformance(customers=[2**63 - 1], length=[1], cost=[0])
    assert (first + second).customers.tolist() == [*large, 2**63 - 1]


def test_conformance_says_what_it_is() -> None:
    result = conformance(log_of(["ab", "ba", "aab", "x"]), plan("a | b"))
    assert (
        repr(result) == "Conformance of 4 journeys: mean fitness 0.625, 2 as designed"
    )
    assert result.summary() == (
        "2 of 4 journeys go in the order of the design with nothing else between (50.0"
        " %); on average 62.5 % of the events of a journey fit. Skipping and repeating"
        " are free."
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
    assert result.summary() == (
        "1 of 1 journey goes in the order of the design with nothing else between"
        " (100.0 %); on average 100.0 % of the events of a journey fit. Skipping and"
        " repeating are free."
    )


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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"customers": [2, 3, 3]}, "customers[2] must be there once; got 3"),
        ({"length": [2, 0, 1]}, "length[1] must be at least 1; got 0"),
        (
            {"cost": [0, 4, 0]},
            "cost[1] must not exceed the length of the journey; got 4",
        ),
    ],
)
def test_a_refused_number_is_named_with_its_rule(
    changes: dict[str, Any], message: str
) -> None:
    good = Conformance(customers=[2, 1, 3], length=[2, 3, 1], cost=[0, 3, 1])
    with pytest.raises(InvalidValueError) as caught:
        attrs.evolve(good, **changes)
    assert str(caught.value) == message
