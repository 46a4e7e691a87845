"""Transitions and variants: loops, published values, laws, refusals, what is said."""

import copy
import json
import math
import pickle
import runpy
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxmkit import JourneyLog, _events, paths, routes, transitions
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.routes import TransitionCounts, Variants, variants
from cxmkit.world import Company

HERE = Path(__file__).parent
slow = SimpleNamespace(**runpy.run_path(str(HERE / "path_oracles.py")))

Row = tuple[int, int, str]
State = TransitionCounts | Variants
PLACES = ["a", "b", "c", "never"]
FAR = 2**62 - 1
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

tables = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(-3, 4) | st.sampled_from([-FAR, 1 - FAR, FAR - 1, FAR]),
        st.sampled_from("abc"),
    ),
    max_size=25,
)
horizons = st.none() | st.integers(-4, 5) | st.sampled_from([-FAR, FAR - 1, FAR])
blocks = st.sampled_from([1, 2, 5, 1 << 16])


def log_of(rows: Sequence[Row], touchpoints: list[str] | None = None) -> JourneyLog:
    return JourneyLog.from_columns(
        customer=np.array([customer for customer, _, _ in rows], np.int64),
        time=np.array([time for _, time, _ in rows], np.int64),
        touchpoint=[touchpoint for _, _, touchpoint in rows],
        touchpoints=touchpoints,
    )


def log_of_ways(*ways: str) -> JourneyLog:
    """One customer per way, with an event per letter and second."""
    return log_of(
        [
            (customer, time, touchpoint)
            for customer, way in enumerate(ways)
            for time, touchpoint in enumerate(way)
        ]
    )


def again(log: JourneyLog, touchpoints: list[str] | None = None) -> JourneyLog:
    """Take the rows of a log as another log has them."""
    columns: dict[str, Any] = log.to_columns()
    return JourneyLog.from_columns(**columns, touchpoints=touchpoints)


def running_example() -> JourneyLog:
    columns = runpy.run_path(str(HERE / "running_example.py"))["running_example"]()
    return JourneyLog.from_columns(**columns)


def by_label(state: State) -> Any:
    """Return what was counted, whatever codes its labels have."""
    if isinstance(state, Variants):
        return dict(state.most_common(len(state)))
    won = state.ends_converted
    return (
        {(row["from"], row["to"]): row["n"] for row in state.to_records()},
        state.left_open,
        won
        if won is None
        else {
            place: n
            for place, n in zip(state.touchpoints, won.tolist(), strict=True)
            if n
        },
    )


def parse(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314  our own output


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


# Loops


def ripe(until: int | None, window: int = 0) -> dict[str, int]:
    """Return the options that leave out who began too late; none without an end."""
    return {} if until is None else {"observed_until": until, "window": window}


@given(
    rows=tables,
    won=st.sets(st.integers(1, 4)),
    until=horizons,
    window=st.integers(0, 3),
    size=blocks,
)
@example(rows=[], won=set(), until=0, window=0, size=1)
@example(rows=[(1, 0, "a")], won={1}, until=None, window=0, size=1)
def test_transitions_are_those_of_a_loop(
    rows: list[Row], won: set[int], until: int | None, window: int, size: int
) -> None:
    log = log_of(rows, PLACES)
    won &= {customer for customer, _, _ in rows}
    with patch.object(_events, "_BLOCK", size):  # customers in several blocks
        found = transitions(log, outcome=won, **ripe(until, window))
        without = transitions(log, **ripe(until, window))
    expected = slow.transitions(
        rows, converted=won, observed_until=until, window=window
    )
    assert found.touchpoints == tuple(PLACES)
    ways = [[expected["counts"][a, b] for b in PLACES] for a in PLACES]
    assert found.counts.tolist() == ways
    for name in ("starts", "ends", "ends_converted"):
        assert getattr(found, name).tolist() == [expected[name][a] for a in PLACES]
    assert found.left_open == expected["open"]
    assert found.customers == len(slow.journeys(rows)) - expected["open"]
    assert without.ends_converted is None
    assert attrs.evolve(found, ends_converted=None) == without


@given(rows=tables, size=blocks)
@example(rows=[], size=1)
def test_variants_are_those_of_a_counter(rows: list[Row], size: int) -> None:
    with patch.object(_events, "_BLOCK", size):
        found = variants(log_of(rows, PLACES))
    expected = slow.variants(rows)
    common = found.most_common(len(found))
    assert dict(common) == dict(expected)
    assert len(common) == len(found) == len(expected)
    # The most frequent first, and of equally frequent ones the shorter.
    places = [(-count, len(way)) for way, count in common]
    assert places == sorted(places)
    assert found.lengths.tolist() == [len(way) for way, _ in common]
    assert found.customers == found.counts.sum() == len(slow.journeys(rows))
    assert (found.counts * found.lengths).sum() == len(rows)


def test_many_journeys_of_many_lengths() -> None:
    rng = np.random.default_rng(5)
    rows = [
        (int(customer), int(time), f"place {place}")
        for customer, time, place in zip(
            rng.geometric(1 / 40, 3_000),
            rng.integers(0, 50, 3_000),
            rng.integers(0, 300, 3_000),  # codes of two bytes
            strict=True,
        )
    ]
    log = log_of(rows)
    with patch.object(_events, "_BLOCK", 100):
        found, ways = transitions(log), variants(log)
    names = log.touchpoints
    counts = slow.transitions(rows)["counts"]
    assert found.counts.tolist() == [[counts[a, b] for b in names] for a in names]
    assert by_label(ways) == slow.variants(rows)


def test_ties_stay_in_the_order_of_rows() -> None:
    log = log_of([(1, 5, "b"), (1, 5, "a"), (2, 5, "a"), (2, 5, "b")])
    assert by_label(variants(log)) == {("b", "a"): 1, ("a", "b"): 1}
    assert transitions(log).counts.tolist() == [[0, 1], [1, 0]]


def test_who_began_too_late_is_left_out() -> None:
    log = log_of([(1, 0, "a"), (1, 9, "b"), (2, 6, "a"), (3, 5, "a")])
    found = transitions(log, outcome={1, 2}, observed_until=8, window=3)
    assert (found.left_open, found.customers) == (1, 2)  # long ones are not lost
    assert found.starts.tolist() == [2, 0]
    assert found.ends_converted is not None
    assert found.ends_converted.tolist() == [0, 1]
    assert transitions(log, observed_until=9, window=3).left_open == 0
    assert transitions(log, observed_until=4.5, window=0).left_open == 2
    assert transitions(log, observed_until=0, window=9).summary() == (
        "There is no journey to judge; 3 began too late."
    )


def test_observation_may_end_with_a_datetime() -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    log = JourneyLog.from_columns(
        customer=[1, 2],
        time=[start, start + timedelta(seconds=1)],
        touchpoint=["a", "b"],
    )
    for later, left in ((60, 1), (61, 0)):
        found = transitions(
            log,
            observed_until=start + timedelta(seconds=later),
            window=timedelta(minutes=1),
        )
        assert found.left_open == left


def test_an_end_of_observation_comes_with_a_window() -> None:
    without_window = refusal(lambda: transitions(ABC, observed_until=5))
    without_end = refusal(lambda: transitions(ABC, window=5))
    assert (without_window.argument, without_end.argument) == (
        "window",
        "observed_until",
    )
    for found in (without_window, without_end):
        assert found.value is None
        assert "both or neither" in str(found)


def test_too_many_touchpoints_for_a_matrix_are_refused() -> None:
    log = JourneyLog.from_columns(
        customer=[1], time=[0], touchpoint=[0], touchpoints=range(8_193)
    )
    found = refusal(lambda: transitions(log))
    assert (found.argument, found.value) == ("log", 8_193)
    assert "one label in common" in str(found)


@pytest.mark.parametrize(
    "outcome",
    [
        {8},
        frozenset({8}),
        {7: False, 8: True, 9: False},
        [False, True, False],
        np.array([False, True, False]),
    ],
)
def test_outcomes_come_in_several_ways(outcome: Any) -> None:
    log = log_of([(9, 0, "a"), (7, 0, "a"), (8, 0, "b")])
    found = transitions(log, outcome=outcome)
    assert found.ends_converted is not None
    assert found.ends_converted.tolist() == [0, 1]
    assert found.touchpoints == ("a", "b")


def test_an_empty_log_has_empty_states() -> None:
    for log in (log_of([]), log_of([], PLACES)):
        ways, every = transitions(log, outcome=set()), variants(log)
        size = len(log.touchpoints)
        assert ways.counts.shape == (size, size)
        assert (ways.customers, ways.left_open, every.customers, len(every)) == (
            0,
            0,
            0,
            0,
        )
        assert every.offsets.tolist() == [0]
        assert np.isnan(ways.shares).all()
        assert np.isnan(ways.start_shares).all()
        for state in (ways, every):
            assert state.summary() in {
                "There is no journey to judge.",
                "Nobody was observed.",
            }
            assert state.to_records() == []
            assert parse(state._repr_html_()).tag
            assert state + state == state
            assert pickle.loads(pickle.dumps(state)) == state  # noqa: S301
            assert repr(state)
            assert str(state)


def test_extreme_times_are_in_order() -> None:
    log = log_of([(1, FAR, "c"), (1, -FAR, "a"), (1, 0, "b"), (2, 0, "a")])
    assert by_label(variants(log)) == {("a", "b", "c"): 1, ("a",): 1}
    assert transitions(log, observed_until=0, window=FAR).left_open == 1


# Published values


@pytest.mark.reference
def test_variants_of_the_running_example() -> None:
    """Six of six cases differ; their lengths as pm4py counts them."""
    found = variants(running_example())
    assert (len(found), found.customers) == (6, 6)
    assert found.lengths.tolist() == [5, 5, 5, 5, 9, 13]


@pytest.mark.reference
def test_transitions_of_the_running_example() -> None:
    """Its directly-follows graph has 16 arcs, the same in pm4py."""
    found, _, _ = by_label(transitions(running_example()))
    names = {
        "R": "register request",
        "X": "examine casually",
        "T": "examine thoroughly",
        "K": "check ticket",
        "D": "decide",
        "I": "reinitiate request",
        "P": "pay compensation",
        "J": "reject request",
        "(": "(start)",
        ")": "(end)",
    }
    arcs = (
        "KD6 KX2 KT1 DP3 DI3 DJ3 XK4 XD2 TK2 TD1 RK2 RX3 RT1 IK1 IX1 IT1"
        " (R6 P)3 J)3"  # start, ends
    )
    assert found == {
        (names[arc[0]], names[arc[1]]): int(arc[2]) for arc in arcs.split()
    }


@pytest.mark.reference
def test_paths_of_the_test_of_mta() -> None:
    """R package mta: a > b converts 3 times in 4, a > c once in 2."""
    log, won = JourneyLog.from_paths(
        [["a", "b"], ["a", "c"]], conversions=[3, 1], nulls=[1, 1]
    )
    found = transitions(log, outcome=won)
    assert found.counts.tolist() == [[0, 4, 2], [0, 0, 0], [0, 0, 0]]
    assert found.ends.tolist() == [0, 4, 2]
    assert found.ends_converted is not None
    assert found.ends_converted.tolist() == [0, 3, 1]
    np.testing.assert_allclose(found.shares[0], [0, 2 / 3, 1 / 3, 0], rtol=1e-15)
    assert (found.ends_converted[1:] / found.ends[1:]).tolist() == [0.75, 0.5]


# Laws


@given(rows=tables, won=st.sets(st.integers(1, 4)), until=horizons)
def test_states_of_parts_add_up_to_that_of_all(
    rows: list[Row], won: set[int], until: int | None
) -> None:
    log = log_of(rows, PLACES)

    def states(log: JourneyLog) -> tuple[Any, Any]:
        here = won & set(log.customers.tolist())
        return transitions(log, outcome=here, **ripe(until)), variants(log)

    parts = log.partition(3)
    # As logs of their own, with the touchpoints that they have, in their order.
    own = [again(part) for part in parts]
    for whole, same, other in zip(
        states(log),
        zip(*map(states, parts), strict=True),
        zip(*map(states, own), strict=True),
        strict=True,
    ):
        assert sum(same) == whole
        assert by_label(sum(other)) == by_label(whole)


@given(rows=tables, order=st.randoms(use_true_random=False))
def test_rows_of_other_customers_are_immaterial(rows: list[Row], order: Any) -> None:
    own = {customer: [r for r in rows if r[0] == customer] for customer, _, _ in rows}
    turns = [customer for customer, _, _ in rows]
    order.shuffle(turns)
    mixed = [own[customer].pop(0) for customer in turns]
    one, other = log_of(rows, PLACES), log_of(mixed, PLACES)
    assert transitions(one) == transitions(other)
    assert variants(one) == variants(other)


@given(rows=tables, until=horizons)
def test_what_arrives_also_leaves(rows: list[Row], until: int | None) -> None:
    log = log_of(rows, PLACES)
    found = transitions(log, **ripe(until))
    arrived = found.starts + found.counts.sum(axis=0)
    assert (arrived == found.counts.sum(axis=1) + found.ends).all()
    assert found.visits.tolist() == arrived.tolist()
    if until is None:
        assert found.counts.sum() == len(log) - log.n_customers
        assert found.visits.tolist() == [
            sum(place == name for _, _, place in rows) for name in PLACES
        ]
    visited = found.visits > 0
    np.testing.assert_allclose(found.shares[visited].sum(axis=1), 1, rtol=1e-14)
    assert np.isnan(found.shares[~visited]).all()
    if found.customers:
        assert found.start_shares.sum() == pytest.approx(1, rel=1e-14)


@given(rows=tables, places=st.permutations(range(4)))
def test_the_order_of_touchpoints_only_moves_results(
    rows: list[Row], places: list[int]
) -> None:
    one = transitions(log_of(rows, PLACES))
    moved = transitions(log_of(rows, [PLACES[place] for place in places]))
    assert moved.counts.tolist() == one.counts[np.ix_(places, places)].tolist()
    for name in ("starts", "ends"):
        assert getattr(moved, name).tolist() == getattr(one, name)[places].tolist()
    ways = variants(log_of(rows, [PLACES[place] for place in places]))
    assert by_label(ways) == by_label(variants(log_of(rows, PLACES)))


# Hashes that collide


@given(rows=tables, cut=st.integers(0, 4), words=st.integers(1, 3))
def test_ways_with_the_same_hash_are_told_apart(
    rows: list[Row], cut: int, words: int
) -> None:
    log = log_of(rows, PLACES)
    honest = variants(log)

    def few_hashes(offsets: Any, _codes: Any, _size: int) -> Any:
        lengths = np.diff(offsets)
        return (lengths % words).astype(np.uint64)

    with patch.object(routes, "_sequence_hashes", few_hashes):
        collided = variants(log)
        parts = [
            variants(log.take([c for c in log.customers.tolist() if (c <= cut) is low]))
            for low in (True, False)
        ]
        added = parts[0] + parts[1]
        backwards = parts[1] + parts[0]
    for found in (collided, added, backwards):
        assert by_label(found) == by_label(honest)
        assert found.counts.tolist() == honest.counts.tolist()
        assert found.lengths.tolist() == honest.lengths.tolist()
    assert added == collided == backwards


def one_hash(offsets: Any, _codes: Any, _size: int) -> Any:
    return np.zeros(offsets.size - 1, np.uint64)


def test_one_hash_for_all_ways() -> None:
    ways = ["a", "b", "ab", "ba", "abc", "cba", "b", "cba"]
    with patch.object(routes, "_sequence_hashes", one_hash):
        found = variants(log_of_ways(*ways))
        other = Variants(
            touchpoints=["b", "a"],
            offsets=[0, 1, 3],
            touchpoint=[0, 1, 0],
            counts=[4, 1],
        )
        both = Variants(**EVERY) + other
    assert by_label(found) == Counter(map(tuple, ways))
    assert both.most_common() == [(("b",), 6), (("a", "b"), 4)]


# A company with planted truth


def test_a_company_shows_the_transitions_that_were_planted() -> None:
    """20,000 customers, fixed seed; each share within 4.5 standard errors."""
    company = Company(20260501, customers=20_000)
    truth, contacts = company.truth, company.contacts
    log = JourneyLog.from_columns(
        customer=contacts["customer"],
        time=contacts["time"],
        touchpoint=contacts["touchpoint"],
        touchpoints=truth.touchpoints,
    )
    outcomes = company.outcomes
    bought = dict(
        zip(outcomes["customer"].tolist(), outcomes["bought"].tolist(), strict=True)
    )
    found = transitions(log, outcome=bought)
    assert found.customers == 20_000
    planted = np.column_stack([truth.transitions, truth.ends])
    for share, p, n in (
        (found.shares, planted, found.visits[:, None]),
        (found.start_shares, truth.starts, found.customers),
    ):
        assert (abs(share - p) <= 4.5 * np.sqrt(p * (1 - p) / n)).all()
    assert found.ends_converted is not None
    won = found.ends_converted.sum() / 20_000
    error = math.sqrt(truth.conversion * (1 - truth.conversion) / 20_000)
    assert abs(won - truth.conversion) < 4.5 * error
    # Journeys of one contact are starts that end at once.
    ways = by_label(variants(log))
    for place, name in enumerate(truth.touchpoints):
        chance = truth.starts[place] * truth.ends[place]
        alone = ways.get((name,), 0) / 20_000
        error = math.sqrt(chance * (1 - chance) / 20_000)
        assert abs(alone - chance) <= 4.5 * error


# Refusals

ABC = log_of([(1, 0, "a"), (1, 1, "b"), (2, 3, "a")])


@pytest.mark.parametrize(
    ("outcome", "error", "message"),
    [
        ({9}, InvalidValueError, "outcome must hold customers of the log; got 9;"),
        (
            {1: True},
            InvalidValueError,
            "outcome must say what became of each customer; got 2; it has no entry;",
        ),
        (
            {1: True, 2: False, 9: True},
            InvalidValueError,
            "outcome must hold customers of the log; got 9;",
        ),
        ({1: 1, 2: 0}, InvalidTypeError, "outcome[1] must be True or False; got 1"),
        (
            [True],
            InvalidValueError,
            "outcome must have one value per customer (2); got 1; log.customers says",
        ),
        (
            [1, 0],
            InvalidTypeError,
            "outcome must hold True or False per customer; got [1, 0]; pass a set of",
        ),
        (
            ["x", "y"],
            InvalidTypeError,
            "outcome[0] must hold True or False per customer; got 'x'; pass a set of",
        ),
        (
            [True, None],
            MissingValueError,
            "outcome[1] is missing; say False, or leave these customers out: log.take(",
        ),
        (
            "yes",
            InvalidTypeError,
            "outcome must hold True or False per customer; got 'yes'",
        ),
        (5, InvalidTypeError, "outcome must hold True or False per customer; got 5"),
    ],
)
def test_outcomes_of_another_kind_are_refused(
    outcome: Any, error: type[CxmError], message: str
) -> None:
    found = refusal(lambda: transitions(ABC, outcome=outcome))
    assert isinstance(found, error)
    assert str(found).startswith(message)
    assert found.argument.startswith("outcome")


@pytest.mark.parametrize(
    ("until", "error", "message"),
    [
        ("May", InvalidTypeError, "must be an instant: a datetime, or a number of"),
        (True, InvalidTypeError, "must be an instant: a datetime, or a number of"),
        (math.nan, InvalidValueError, "must "),
        (2**62, InvalidValueError, "must lie between -2**62 and 2**62"),
    ],
)
def test_instants_of_another_kind_are_refused(
    until: Any, error: type[CxmError], message: str
) -> None:
    found = refusal(lambda: transitions(ABC, observed_until=until, window=0))
    assert type(found) is error
    assert str(found).startswith(f"observed_until {message}")
    assert found.argument == "observed_until"


@pytest.mark.parametrize("function", [transitions, variants])
def test_only_a_log_has_ways(function: Callable[[Any], object]) -> None:
    found = refusal(lambda: function([1]))
    assert type(found) is InvalidTypeError
    assert str(found) == (
        "log must be a JourneyLog; got [1]; make one with JourneyLog.from_columns(...)"
    )


def test_most_common_wants_a_count() -> None:
    ways = variants(ABC)
    assert ways.most_common(0) == []
    assert len(ways.most_common(1)) == 1
    assert ways.most_common() == ways.most_common(99) == ways.most_common(np.int64(2))  # type: ignore[arg-type]
    for n in (1.0, "1", None, True):
        found = refusal(lambda n=n: ways.most_common(n))  # type: ignore[misc]
        assert type(found) is InvalidTypeError
        assert str(found).startswith("n must be a whole number; got ")
    assert (
        str(refusal(lambda: ways.most_common(-1))) == "n must not be negative; got -1"
    )


def test_ten_are_most_common_unless_asked() -> None:
    ways = variants(log_of_ways(*("a" * n for n in range(1, 13))))
    assert len(ways.most_common()) == 10


# a > b twice, of which once with the outcome, b once, and one left open.
WAYS: dict[str, Any] = {
    "touchpoints": ("a", "b"),
    "counts": ((0, 2), (0, 0)),
    "starts": (2, 1),
    "ends": (0, 3),
    "ends_converted": (0, 1),
    "left_open": 1,
}
# a > b 3 times, b twice.
EVERY: dict[str, Any] = {
    "touchpoints": ("a", "b"),
    "offsets": (0, 2, 3),
    "touchpoint": (0, 1, 1),
    "counts": (3, 2),
}


@pytest.mark.parametrize(
    ("changes", "error", "message", "place"),
    [
        ({"touchpoints": "ab"}, InvalidTypeError, "touchpoints must be a tuple;", None),
        ({"touchpoints": {"a", "b"}}, InvalidTypeError, "touchpoints must be a", None),
        (
            {"touchpoints": ["a", None]},
            MissingValueError,
            "touchpoints[1] is missing",
            1,
        ),
        (
            {"touchpoints": ["a", math.nan]},
            MissingValueError,
            "touchpoints[1] is missing",
            1,
        ),
        (
            {"touchpoints": [[], "b"]},
            InvalidTypeError,
            "touchpoints[0] must be hashable",
            0,
        ),
        (
            {"touchpoints": ["a", "a"]},
            InvalidValueError,
            "touchpoints[1] must not repeat the label of touchpoints[0]; got 'a'",
            1,
        ),
        (
            {"touchpoints": ["a"]},
            InvalidValueError,
            "counts must have the shape (1, 1); got (2, 2)",
            None,
        ),
        ({"counts": [0, 2]}, InvalidValueError, "counts must have the shape (2", None),
        (
            {"counts": [[0], [1, 2]]},
            InvalidTypeError,
            "counts must hold whole numbers",
            None,
        ),
        (
            {"counts": [[0, 2.0], [0, 0]]},
            InvalidTypeError,
            "counts must hold whole numbers",
            None,
        ),
        (
            {"counts": [[0, -2], [0, 0]]},
            InvalidValueError,
            "counts[0, 1] must ",
            (0, 1),
        ),
        (
            {"counts": [[0, 1], [0, 0]]},
            InvalidValueError,
            "counts[0] must leave as many as arrive (ends + counts.sum(axis=1)); got 1",
            0,
        ),
        ({"starts": [2]}, InvalidValueError, "starts must have the shape (2,);", None),
        ({"starts": [2, -1]}, InvalidValueError, "starts[1] must not be negative", 1),
        (
            {"starts": ["x", 1]},
            InvalidTypeError,
            "starts must hold whole numbers",
            None,
        ),
        ({"ends": [0, 3, 0]}, InvalidValueError, "ends must have the shape (2,", None),
        ({"ends": [-1, 3]}, InvalidValueError, "ends[0] must not be negative;", 0),
        ({"ends": [0, True]}, InvalidValueError, "counts[1] must leave as many", 1),
        (
            {"ends_converted": [1, 0]},
            InvalidValueError,
            "ends_converted[0] must not be more than ends; got 1",
            0,
        ),
        ({"ends_converted": [0]}, InvalidValueError, "ends_converted must have", None),
        (
            {"ends_converted": [0, -1]},
            InvalidValueError,
            "ends_converted[1] must not be negative",
            1,
        ),
        ({"ends_converted": "x"}, InvalidTypeError, "ends_converted must hold ", None),
        (
            {"left_open": -1},
            InvalidValueError,
            "left_open must not be negative; got -1",
            None,
        ),
        (
            {"left_open": 1.0},
            InvalidTypeError,
            "left_open must be a whole number; got 1",
            None,
        ),
        (
            {"left_open": None},
            InvalidTypeError,
            "left_open must be a whole number; got N",
            None,
        ),
    ],
)
def test_broken_transitions_are_refused_one_by_one(
    changes: dict[str, Any], error: type[CxmError], message: str, place: Any
) -> None:
    TransitionCounts(**WAYS)
    found = refusal(lambda: TransitionCounts(**WAYS | changes))
    assert type(found) is error
    assert str(found).startswith(message)
    assert message.startswith(found.argument)
    assert found.argument in WAYS
    assert found.index == place


@pytest.mark.parametrize(
    ("changes", "error", "message", "place"),
    [
        ({"touchpoints": "ab"}, InvalidTypeError, "touchpoints must be a tuple;", None),
        (
            {"touchpoints": ["a", None]},
            MissingValueError,
            "touchpoints[1] is missing",
            1,
        ),
        (
            {"touchpoints": ["b", "b"]},
            InvalidValueError,
            "touchpoints[1] must not repeat",
            1,
        ),
        (
            {"offsets": [0, 3]},
            InvalidValueError,
            "offsets must have the shape (3,)",
            None,
        ),
        (
            {"offsets": [[0, 2, 3]]},
            InvalidValueError,
            "offsets must have the shape",
            None,
        ),
        (
            {"offsets": [0.0, 2, 3]},
            InvalidTypeError,
            "offsets must hold whole numbers",
            None,
        ),
        (
            {"offsets": [1, 2, 3]},
            InvalidValueError,
            "offsets must begin with 0 and end with 3; got (1, 3)",
            None,
        ),
        (
            {"offsets": [0, 2, 4]},
            InvalidValueError,
            "offsets must begin with 0 an",
            None,
        ),
        ({"offsets": [0, 0, 3]}, InvalidValueError, "offsets[1] must ascend; got 0", 1),
        ({"offsets": [0, 3, 3]}, InvalidValueError, "offsets[2] must ascend; got 3", 2),
        (
            {"offsets": [0, -1, 3]},
            InvalidValueError,
            "offsets[1] must not be negative",
            1,
        ),
        (
            {"touchpoint": [0, 1, 2]},
            InvalidValueError,
            "touchpoint[2] must be the code of one of 2 labels; got 2",
            2,
        ),
        ({"touchpoint": [-1, 1, 1]}, InvalidValueError, "touchpoint[0] must be the", 0),
        (
            {"touchpoint": [0, 1.0, 1]},
            InvalidTypeError,
            "touchpoint must be a",
            None,
        ),
        (
            {"touchpoint": [[0, 1, 1]]},
            InvalidTypeError,
            "touchpoint must be a",
            None,
        ),
        (
            {"touchpoint": [[0], [0, 1]]},
            InvalidTypeError,
            "touchpoint must be a",
            None,
        ),
        (
            {"touchpoint": 0},
            InvalidTypeError,
            "touchpoint must be a column of who",
            None,
        ),
        (
            {"touchpoint": []},
            InvalidValueError,
            "offsets must begin with 0 and end",
            None,
        ),
        (
            {"counts": [3]},
            InvalidValueError,
            "offsets must have the shape (2,); got",
            None,
        ),
        (
            {"counts": 3},
            InvalidValueError,
            "counts must have the shape (1,); got ()",
            None,
        ),
        (
            {"counts": [[3, 2]]},
            InvalidValueError,
            "counts must have the shape (2,)",
            None,
        ),
        ({"counts": [3, 0]}, InvalidValueError, "counts[1] must be positive; got 0", 1),
        ({"counts": [3, -1]}, InvalidValueError, "counts[1] must not be negative;", 1),
        ({"counts": [2, 3]}, InvalidValueError, "counts[1] must not rise; got 3", 1),
        (
            {"counts": [3.5, 2]},
            InvalidTypeError,
            "counts must hold whole numbers;",
            None,
        ),
    ],
)
def test_broken_variants_are_refused_one_by_one(
    changes: dict[str, Any], error: type[CxmError], message: str, place: Any
) -> None:
    Variants(**EVERY)
    found = refusal(lambda: Variants(**EVERY | changes))
    assert type(found) is error
    assert str(found).startswith(message)
    assert message.startswith(found.argument)
    assert found.argument in EVERY
    assert found.index == place


# Adding up


def test_touchpoints_are_united_ours_first() -> None:
    one = log_of([(1, 0, "a"), (1, 1, "b")], ["a", "b", "x"])
    other = log_of([(2, 0, "c"), (2, 1, "a"), (3, 0, "b")], ["c", "b", "a"])
    both = transitions(one) + transitions(other)
    assert both.touchpoints == ("a", "b", "x", "c")
    assert both.counts.tolist() == [
        [0, 1, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [1, 0, 0, 0],
    ]
    assert both.starts.tolist() == [1, 1, 0, 1]
    assert both.ends.tolist() == [1, 2, 0, 0]
    ways = variants(one) + variants(other)
    assert ways.touchpoints == ("a", "b", "x", "c")
    assert by_label(ways) == {("a", "b"): 1, ("b",): 1, ("c", "a"): 1}
    assert ways.most_common(1)[0][0] == ("b",)


def test_equal_ways_of_two_parts_are_joined() -> None:
    one = Variants(**EVERY)
    other = Variants(
        touchpoints=["b", "a"], offsets=[0, 1, 3], touchpoint=[0, 1, 0], counts=[4, 1]
    )
    both = one + other
    assert both.most_common() == [(("b",), 6), (("a", "b"), 4)]
    assert both.touchpoints == ("a", "b")


def test_codes_of_united_labels_may_need_more_bytes() -> None:
    one = variants(log_of([(1, 0, f"one {i}") for i in range(200)]))
    other = variants(log_of([(1, 0, f"other {i}") for i in range(200)]))
    both = one + other
    assert by_label(both) == by_label(one) | by_label(other)
    assert len(both.touchpoints) == 400


def test_only_both_or_neither_have_an_outcome() -> None:
    plain = attrs.evolve(TransitionCounts(**WAYS), ends_converted=None)
    judged = TransitionCounts(**WAYS)
    for one, other in ((plain, judged), (judged, plain)):
        found = refusal(lambda one=one, other=other: one + other)  # type: ignore[misc]
        assert type(found) is InvalidValueError
        assert str(found).startswith("other must have an outcome as this one does; got")
        assert str(found).endswith("; both or neither")
        assert (found.argument, found.value) == ("other", other)
    both = judged + judged
    assert both.ends_converted is not None
    assert both.ends_converted.tolist() == [0, 2]
    assert both.left_open == 2
    assert (plain + plain).ends_converted is None


@pytest.mark.parametrize(
    "state", [TransitionCounts(**WAYS), Variants(**EVERY)], ids=["ways", "variants"]
)
def test_only_states_of_a_kind_and_0_are_added(state: Any) -> None:
    assert sum([state]) == state
    assert sum([state, state]) == state + state
    empty: list[int] = []
    assert sum(empty) == 0
    foreign = Variants(**EVERY) if state != Variants(**EVERY) else transitions(ABC)
    others: list[Any] = [1, -1, 0.0, "x", None, [0], foreign]
    for other in others:
        with pytest.raises(TypeError, match="unsupported operand"):
            state + other
        with pytest.raises(TypeError):
            other + state


# A frozen value

STATES: list[Any] = [
    TransitionCounts(**WAYS),
    attrs.evolve(TransitionCounts(**WAYS), ends_converted=None),
    Variants(**EVERY),
    variants(ABC),
    transitions(ABC, outcome={1}),
]
ARRAYS = ("counts", "starts", "ends", "ends_converted", "offsets", "touchpoint")


@pytest.mark.parametrize("way", ["copy", "deepcopy", "evolve", "sum", *PROTOCOLS])
def test_copies_are_equal_and_read_only(way: str | int) -> None:
    ways: dict[str | int, Callable[[Any], Any]] = {
        "copy": copy.copy,
        "deepcopy": copy.deepcopy,
        "evolve": attrs.evolve,
        "sum": lambda state: state + 0,
    }
    for state in STATES:
        if isinstance(way, int):
            same = pickle.loads(pickle.dumps(state, way))  # noqa: S301
        else:
            same = ways[way](state)
        assert same == state
        for each in (state, same, state + state):
            for name in ARRAYS:
                array = getattr(each, name, None)
                if array is not None:
                    with pytest.raises(ValueError, match="read-only"):
                        array[...] = 0
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                each.counts = each.counts
        with pytest.raises(TypeError, match="unhashable"):
            hash(state)


def test_pickles_are_checked_as_all_input_is() -> None:
    for state in STATES:
        make, (kind, fields) = state.__reduce__()
        assert make(kind, fields) == state
        broken = fields | {"counts": "x"}
        assert refusal(partial(make, kind, broken)).argument == "counts"


@pytest.mark.parametrize(
    "change",
    [
        {"touchpoints": ("a", "x")},
        {"counts": ((1, 2), (0, 0))},
        {"counts": ((0, 2), (0, 1))},
        {"counts": ((0, 1), (0, 0)), "starts": (1, 2)},
        {"starts": (3, 1), "ends": (1, 3)},
        {"ends_converted": (0, 0)},
        {"ends_converted": None},
        {"left_open": 0},
    ],
    ids=str,
)
def test_equal_transitions_are_equal_in_everything(change: dict[str, Any]) -> None:
    whole = TransitionCounts(**WAYS)
    assert whole == TransitionCounts(**WAYS)
    assert TransitionCounts(**WAYS | change) != whole
    assert whole != "ways"
    assert TransitionCounts.__eq__(whole, 0) is NotImplemented


@pytest.mark.parametrize(
    "change",
    [
        {"touchpoints": ("a", "x")},
        {"offsets": (0, 1, 3)},
        {"touchpoint": (0, 0, 1)},
        {"counts": (3, 1)},
    ],
    ids=str,
)
def test_equal_variants_are_equal_in_everything(change: dict[str, Any]) -> None:
    whole = Variants(**EVERY)
    assert whole == Variants(**EVERY)
    assert Variants(**EVERY | change) != whole
    assert whole != "ways"
    assert Variants.__eq__(whole, 0) is NotImplemented


def test_what_was_given_can_change_and_the_state_does_not() -> None:
    counts, codes = np.array([[0, 2], [0, 0]]), np.array([0, 1, 1])
    ways = TransitionCounts(**WAYS | {"counts": counts})
    every = Variants(**EVERY | {"touchpoint": codes})
    counts[0, 1] = codes[0] = 9
    assert ways == TransitionCounts(**WAYS)
    assert every == Variants(**EVERY)


def test_all_is_found_under_paths() -> None:
    for name in routes.__all__:
        assert getattr(paths, name) is getattr(routes, name)


# What they say


def test_they_are_said_in_one_line() -> None:
    assert repr(TransitionCounts(**WAYS)) == (
        "TransitionCounts of 3 customers between 2 touchpoints, 2 transitions,"
        " 1 reached the outcome, 1 customer left open"
    )
    unknown = TransitionCounts(**WAYS | {"ends_converted": None})
    assert repr(unknown) == (
        "TransitionCounts of 3 customers between 2 touchpoints, 2 transitions,"
        " 1 customer left open"
    )
    one = transitions(log_of_ways("ab"))
    assert repr(one) == (
        "TransitionCounts of 1 customer between 2 touchpoints, 1 transition"
    )
    nobody = transitions(log_of_ways("ab"), outcome=[False])
    assert repr(nobody) == (
        "TransitionCounts of 1 customer between 2 touchpoints, 1 transition,"
        " 0 reached the outcome"
    )
    many = log_of_ways(*["a"] * 1_200)
    assert repr(transitions(many, outcome=[True] * 1_200)).endswith(
        ", 1,200 reached the outcome"
    )
    assert repr(Variants(**EVERY)) == "Variants 2 ways of 5 customers"
    assert repr(variants(log_of_ways("ab"))) == "Variants 1 way of 1 customer"


def test_they_are_said_in_one_sentence() -> None:
    assert TransitionCounts(**WAYS).summary() == (
        "Journeys begin most often at a (66.7 %) and end most often at b (100.0 %);"
        " the most frequent step is a to b (2 times)."
    )
    once = transitions(log_of_ways("ab", "b")).summary()
    assert once.endswith("the most frequent step is a to b (1 time).")
    single = transitions(log_of_ways("a", "b", "b")).summary()
    assert single == (
        "Journeys begin most often at b (66.7 %) and end most often at b (66.7 %)."
    )
    assert Variants(**EVERY).summary() == (
        "5 customers went 2 different ways; the most frequent was a > b (60.0 %)."
    )
    assert variants(log_of_ways("abcabc")).summary() == (
        "1 customer went 1 different way; the most frequent was"
        " a > b > c > a > b > c (100.0 %)."
    )
    assert (
        variants(log_of_ways("abcabca")).summary().endswith(" > b > c > ... (100.0 %).")
    )


def test_printed_they_are_tables() -> None:
    assert str(TransitionCounts(**WAYS)).splitlines() == [
        "from     to     n    share",
        "b        (end)  3  100.0 %",
        "(start)  a      2   66.7 %",
        "a        b      2  100.0 %",
        "(start)  b      1   33.3 %",
    ]
    assert str(Variants(**EVERY)).splitlines() == [
        "variant  n   share",
        "a > b    3  60.0 %",
        "b        2  40.0 %",
    ]


def test_a_table_shows_so_many_ways_and_counts_the_others() -> None:
    ways = variants(log_of_ways(*("a" * n for n in range(1, 71))))
    assert "10 more" in str(ways)
    assert "10 more" in ways._repr_html_()
    assert len(ways.to_records()) == 70


def test_records_are_flat_and_columns_of_one_length() -> None:
    ways = TransitionCounts(**WAYS)
    assert ways.to_records() == [
        {"from": "b", "to": "(end)", "n": 3, "share": 1.0},
        {"from": "(start)", "to": "a", "n": 2, "share": 2 / 3},
        {"from": "a", "to": "b", "n": 2, "share": 1.0},
        {"from": "(start)", "to": "b", "n": 1, "share": 1 / 3},
    ]
    every = Variants(**EVERY)
    assert every.to_records() == [
        {"variant": ("a", "b"), "n": 3, "share": 0.6},
        {"variant": ("b",), "n": 2, "share": 0.4},
    ]
    for state in (ways, every):
        records, columns = state.to_records(), state.to_columns()
        assert columns == {name: [row[name] for row in records] for name in records[0]}
        types = {type(value) for row in records for value in row.values()}
        assert types <= {int, float, str, tuple}
    assert transitions(log_of([])).to_columns() == {
        "from": [],
        "to": [],
        "n": [],
        "share": [],
    }
    assert variants(log_of([])).to_columns() == {"variant": [], "n": [], "share": []}


def test_to_dict_holds_plain_values_that_make_the_same() -> None:
    empty = variants(log_of([]))
    for state in (
        *STATES,
        empty,
        TransitionCounts(**WAYS | {"left_open": np.int64(1)}),
    ):
        plain = state.to_dict()
        assert json.loads(json.dumps(plain, allow_nan=False)) == plain
        assert type(state)(**plain) == state
        assert list(plain) == [field.name for field in attrs.fields(type(state))]


LABELS: list[Any] = [
    "<b>&\"'",
    "]]>\x00\ud800\u2028",
    "x" * 500,
    ("a", 1),
    7,
    "",
    "(end)",
]


def test_hostile_labels_are_drawn_and_printed() -> None:
    log = JourneyLog.from_columns(
        customer=[1] * 7 + [2] * 3,
        time=range(10),
        touchpoint=np.array([0, 1, 2, 3, 4, 5, 6, 1, 0, 0]),
        touchpoints=LABELS,
    )
    ways, every = transitions(log, observed_until=6, window=0), variants(log)
    svg = ways._repr_html_()
    assert svg == ways.to_svg()
    assert parse(svg).tag.endswith("svg")
    assert "1 customer left open" in svg
    assert "left open" not in transitions(log).to_svg()
    html = every._repr_html_()
    assert parse(html).tag == "table"
    for drawn in (svg, html):
        assert "<b>" not in drawn
    for state in (ways, every):
        assert state.summary().endswith(".")
        assert repr(state)
        assert str(state)
        assert json.dumps(state.to_columns())
    assert every.most_common(1) == [((LABELS[1], LABELS[0], LABELS[0]), 1)]
    assert ways.to_records()[1]["to"] == LABELS[1]


def test_a_drawing_holds_every_share() -> None:
    root = parse(TransitionCounts(**WAYS).to_svg())
    said = " ".join(root.itertext())
    for words in (
        "Where 3 customers go next",
        "(start)",
        "(end)",
        "67%",
        "33%",
        "100%",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"observed_until": 9},
            "window must come with observed_until; got None; both or neither",
        ),
        (
            {"window": 2},
            "observed_until must come with window; got None; both or neither",
        ),
        (
            {"window": -2, "observed_until": 9},
            "window must ",
        ),
    ],
)
def test_what_belongs_together_is_asked_for_by_its_name(
    options: dict[str, int], message: str
) -> None:
    log = JourneyLog.from_columns(customer=[1], time=[0], touchpoint=["shop"])
    with pytest.raises(InvalidValueError) as refused:
        transitions(log, **options)
    assert str(refused.value).startswith(message)


def test_a_map_says_from_where_to_where() -> None:
    log = JourneyLog.from_columns(
        customer=[1, 1], time=[0, 1], touchpoint=["shop", "hotline"]
    )
    drawn = transitions(log).to_svg()
    assert "from ↓" in drawn
    assert "to →" in drawn


def test_the_most_frequent_way_may_be_a_single_step() -> None:
    log = JourneyLog.from_columns(
        customer=[1, 2, 3, 3],
        time=[0, 0, 0, 1],
        touchpoint=["shop", "shop", "shop", "hotline"],
    )
    assert "nothing but shop" in variants(log).summary()
    assert "nothing but" not in variants(log.where(log.time > 0)).summary().replace(
        "nothing but hotline", ""
    )
    assert "Variants" in variants(log)._repr_html_()
