"""Dwell times and sessions: loops, fractions, laws, refusals, what is said."""

import copy
import json
import math
import pickle
import runpy
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from datetime import timedelta
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cxmkit import JourneyLog, _events, pace, paths
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.pace import DwellTimes, SessionCounts, dwell, sessions
from cxmkit.world import Company

HERE = Path(__file__).parent
slow = SimpleNamespace(**runpy.run_path(str(HERE / "path_oracles.py")))

Row = tuple[int, int, str]
State = DwellTimes | SessionCounts
PLACES = ["a", "b", "c", "never"]
FAR = 2**62 - 1
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
COUNTS = ("events", "starts", "ends", "single")

small = st.integers(-3, 4)
middling = st.integers(0, 5_000)
extreme = st.integers(-FAR, FAR) | st.sampled_from([-FAR, 1 - FAR, FAR - 1, FAR])


def tables(times: st.SearchStrategy[int]) -> st.SearchStrategy[list[Row]]:
    row = st.tuples(st.integers(1, 4), times, st.sampled_from("abc"))
    return st.lists(row, max_size=25)


blocks = st.sampled_from([1, 2, 5, 1 << 16])


def log_of(
    rows: Sequence[Row], touchpoints: list[str] | None = None, unit: Any = "s"
) -> JourneyLog:
    return JourneyLog.from_columns(
        customer=np.array([customer for customer, _, _ in rows], np.int64),
        time=np.array([time for _, time, _ in rows], np.int64),
        touchpoint=[touchpoint for _, _, touchpoint in rows],
        touchpoints=touchpoints,
        time_unit=unit,
    )


def log_of_pauses(pauses: Sequence[int], **options: Any) -> JourneyLog:
    """Two events per customer, so long apart."""
    rows = []
    for customer, pause in enumerate(pauses):
        rows += [(customer, 0, "a"), (customer, pause, "b")]
    return log_of(rows, **options)


def again(log: JourneyLog) -> JourneyLog:
    """Take the rows of a log as another log has them."""
    columns: dict[str, Any] = log.to_columns()
    return JourneyLog.from_columns(**columns)


def by_label(state: Any) -> dict[Any, Any]:
    """Return what was counted, whatever the order of its labels."""
    rows = {row.pop("touchpoint"): row for row in state.to_records()}
    if isinstance(state, DwellTimes):
        return {name: row for name, row in rows.items() if row["n"]}
    return {name: row for name, row in rows.items() if row["events"]}


def parse(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314  our own output


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


# How long: a loop, and fractions


@given(rows=tables(small) | tables(middling), size=blocks)
@example(rows=[], size=1)
@example(rows=[(1, 0, "a")], size=1)
@example(rows=[(1, 0, "a"), (1, 0, "a"), (2, 0, "a")], size=1)
def test_times_are_those_of_a_loop(rows: list[Row], size: int) -> None:
    log = log_of(rows, PLACES)
    with patch.object(_events, "_BLOCK", size), patch.object(pace, "_BINS", 500):
        found = dwell(log)  # of so many bins blocks are small, too
    expected = slow.dwells(rows)
    assert found.touchpoints == tuple(PLACES)
    for place, name in enumerate(PLACES):
        times = expected.get(name, [])
        assert found.n[place] == len(times)
        assert found.sums[place] == sum(times)
        if times:
            assert found.mean[place] == float(slow.mean(times))
        else:
            assert math.isnan(found.mean[place])
    assert found.n.sum() == len(log) - log.n_customers


@given(rows=tables(extreme))
def test_means_of_the_longest_times_are_exact_to_rounding(rows: list[Row]) -> None:
    found = dwell(log_of(rows, PLACES))
    for name, times in slow.dwells(rows).items():
        place = PLACES.index(name)
        assert found.n[place] == len(times)
        mean = slow.mean(times)
        assert abs(Fraction(found.mean[place]) - mean) <= mean * Fraction(1, 10**14)


@given(
    pauses=st.lists(
        st.integers(0, 70) | st.integers(0, 10_000) | st.integers(0, FAR), min_size=1
    ),
    percent=st.integers(1, 99),
)
@example(pauses=[62, 63, 64], percent=50)
@example(pauses=[64, 64, 65], percent=50)
@example(pauses=[FAR], percent=50)
def test_quantiles_are_near_the_exact_order_statistic(
    pauses: list[int], percent: int
) -> None:
    found = dwell(log_of_pauses(pauses)).quantile(percent / 100)[0]
    exact = slow.quantile(pauses, Fraction(percent, 100))
    if exact < 64:
        assert found == exact
    else:
        assert abs(found - exact) <= 0.016 * exact


@given(
    rows=tables(middling | extreme),
    shares=st.lists(st.floats(0, 1, exclude_min=True, exclude_max=True), min_size=2),
)
def test_quantiles_rise_with_the_share(rows: list[Row], shares: list[float]) -> None:
    times = dwell(log_of(rows, PLACES))
    found = np.array([times.quantile(share) for share in sorted(shares)])
    there = times.n > 0
    assert (np.diff(found[:, there], axis=0) >= 0).all()
    assert np.isnan(found[:, ~there]).all()


@given(time=st.integers(0, 2 * FAR))
@example(time=0)
@example(time=63)
@example(time=64)
@example(time=65)
@example(time=2**53 + 1)
@example(time=2 * FAR)
def test_any_single_time_is_its_own_median(time: int) -> None:
    log = log_of([(1, -FAR, "a"), (1, time - FAR, "b")], PLACES)
    found = dwell(log)
    assert found.n.tolist() == [1, 0, 0, 0]
    assert found.mean[0] == time or abs(found.mean[0] / time - 1) < 1e-15
    assert found.median[0] == time or abs(found.median[0] / time - 1) <= 0.016
    assert found.median[0] == time or time >= 64


def test_bins_from_64_on_are_three_percent_wide_and_none_is_lost() -> None:
    edges = [2**k + j for k in range(6, 62) for j in (-1, 0, 1)]
    found = dwell(log_of_pauses(sorted(edges)))
    assert found.n.tolist() == [len(edges), 0]
    for rank, exact in enumerate(sorted(edges), 1):
        near = found.quantile((rank - 0.5) / len(edges))[0]
        assert abs(near / exact - 1) <= 0.016


def test_the_last_event_of_a_customer_has_no_time() -> None:
    found = dwell(log_of([(1, 0, "a"), (2, 100, "a"), (2, 107, "b"), (3, 5, "b")]))
    assert found.n.tolist() == [1, 0]
    assert found.sums.tolist() == [7.0, 0.0]
    np.testing.assert_array_equal(found.mean, [7.0, math.nan])
    np.testing.assert_array_equal(found.median, [7.0, math.nan])


def test_at_once_is_a_time_of_zero() -> None:
    found = dwell(log_of([(1, 5, "a"), (1, 5, "b"), (1, 5, "a")]))
    assert found.n.tolist() == [1, 1]
    assert found.mean.tolist() == [0.0, 0.0]
    assert found.quantile(0.99).tolist() == [0.0, 0.0]


def test_of_two_middle_times_the_median_is_the_smaller() -> None:
    assert dwell(log_of_pauses([10, 20])).median[0] == 10
    assert dwell(log_of_pauses([10, 20, 30])).median[0] == 20


def test_shares_that_floats_cannot_hold_are_meant_as_written() -> None:
    pauses = [number // 2 for number in range(100)]
    times = dwell(log_of_pauses(pauses))  # 0.07 * 100 is more than 7 in floats
    assert [times.quantile(p / 100)[0] for p in range(1, 100)] == pauses[:99]


def test_a_large_log_in_several_blocks() -> None:
    rng = np.random.default_rng(9)
    size = 30_000
    rows = [
        (int(customer), int(time), "abc"[place])
        for customer, time, place in zip(
            rng.geometric(1 / 3_000, size),
            rng.integers(0, 10**6, size),
            rng.integers(0, 3, size),
            strict=True,
        )
    ]
    log = log_of(rows, PLACES)
    with patch.object(_events, "_BLOCK", 100):  # so that bins decide: 8,072 events
        found, visits = dwell(log), sessions(log, gap=900)
    for name, times in slow.dwells(rows).items():
        place = PLACES.index(name)
        assert found.n[place] == len(times)
        assert found.sums[place] == sum(times)
        for share in (Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)):
            exact = times[math.ceil(share * len(times)) - 1]
            near = found.quantile(float(share))[place]
            assert abs(near - exact) <= 0.016 * exact
    expected = slow.sessions(rows, 900)
    for name in COUNTS:
        assert getattr(visits, name).tolist() == [expected[name][p] for p in PLACES]


def running_example() -> JourneyLog:
    columns = runpy.run_path(str(HERE / "running_example.py"))["running_example"]()
    return JourneyLog.from_columns(**columns, time_unit="s")


@pytest.mark.reference
def test_times_of_the_running_example() -> None:
    """Throughput of the six cases and the mean times of six arcs, as pm4py has them."""
    log = running_example()
    found = dwell(log)
    rows = [
        (row["customer"], row["time"], row["touchpoint"]) for row in log.to_records()
    ]
    for name, times in slow.dwells(rows).items():
        place = found.touchpoints.index(name)
        assert (found.n[place], found.sums[place]) == (len(times), sum(times))
        assert found.mean[place] == float(slow.mean(times))
    durations = [520_920, 703_320, 779_580, 852_300, 1_368_780, 1_576_440]
    assert found.sums.sum() == sum(durations)
    assert found.n.sum() == 36
    # From check ticket only decide follows, from decide only these three.
    at = {name: place for place, name in enumerate(found.touchpoints)}
    to_decide, checks = 181_960 * 6, 92_430 * 2 + 95_820
    assert found.sums[at["check ticket"]] == to_decide + checks
    decide = 514_160 * 3 + 66_400 * 3 + 154_240 * 3
    assert found.mean[at["decide"]] == decide / 9
    assert found.n[at["pay compensation"]] == 0


def test_a_company_takes_the_time_that_was_planted() -> None:
    """20,000 customers, fixed seed; each mean within 4.5 standard errors.

    Times are geometric: with mean m their variance is m (m - 1), and not more than t
    passes with probability 1 - (1 - 1/m)^t.
    """
    company = Company(20260501, customers=20_000)
    truth, contacts = company.truth, company.contacts
    log = JourneyLog.from_columns(
        customer=contacts["customer"],
        time=contacts["time"],
        touchpoint=contacts["touchpoint"],
        touchpoints=truth.touchpoints,
        time_unit="s",
    )
    found = dwell(log)
    m = truth.mean_dwell
    assert (found.n > 500).all()
    assert (abs(found.mean - m) < 4.5 * np.sqrt(m * (m - 1) / found.n)).all()
    for share in (0.1, 0.5, 0.9):
        passed = -np.expm1(found.quantile(share) * np.log1p(-1 / m))
        # The middle of a bin is off by 1.6 %, times the density, at most 0.37 there.
        error = 4.5 * np.sqrt(share * (1 - share) / found.n) + 0.016 * 0.37
        assert (abs(passed - share) < error).all()
    # A new visit begins after more than a day, with what was before it.
    gap = 86_400
    visits = sessions(log, gap=timedelta(days=1))
    later = (1 - 1 / m) ** gap
    begun = visits.n - log.n_customers
    expected = (found.n * later).sum()
    spread = np.sqrt((found.n * later * (1 - later)).sum())
    assert abs(begun - expected) < 4.5 * spread


# Sessions


@given(
    rows=tables(small) | tables(extreme),
    gap=st.integers(0, 6) | st.sampled_from([FAR // 2, FAR - 1, FAR]),
    size=blocks,
)
@example(rows=[], gap=0, size=1)
@example(rows=[(1, -FAR, "a"), (1, FAR, "b")], gap=FAR, size=1)
def test_sessions_are_those_of_a_loop(rows: list[Row], gap: int, size: int) -> None:
    log = log_of(rows, PLACES)
    with patch.object(_events, "_BLOCK", size):
        found = sessions(log, gap=gap)
    expected = slow.sessions(rows, gap)
    assert (found.n, found.customers) == (expected["n"], expected["customers"])
    assert (found.gap, found.time_unit) == (gap, "s")
    for name in COUNTS:
        assert getattr(found, name).tolist() == [expected[name][p] for p in PLACES]
    if rows:
        assert found.events_per_session == len(rows) / expected["n"]
        assert found.sessions_per_customer == expected["n"] / expected["customers"]
    else:
        assert math.isnan(found.events_per_session)
        assert math.isnan(found.sessions_per_customer)
    for place, name in enumerate(PLACES):
        begun, bounced = expected["starts"][name], expected["single"][name]
        if begun:
            assert found.bounce_rates[place] == bounced / begun
        else:
            assert math.isnan(found.bounce_rates[place])


def test_a_pause_as_long_as_the_gap_does_not_end_a_session() -> None:
    log = log_of([(1, 0, "a"), (1, 1_800, "b"), (1, 3_601, "a")])
    for gap in (1_800, 1_800.9, timedelta(minutes=30), np.timedelta64(30, "m")):
        assert sessions(log, gap=gap).n == 2
    assert sessions(log, gap=1_799).n == 3
    assert sessions(log, gap=1_801).n == 1


@given(rows=tables(small), gap=st.integers(0, 6))
def test_a_longer_gap_never_makes_more_sessions(rows: list[Row], gap: int) -> None:
    log = log_of(rows, PLACES)
    fewer, more = sessions(log, gap=gap + 1), sessions(log, gap=gap)
    assert fewer.n <= more.n
    assert log.n_customers <= fewer.n <= len(log)
    assert sessions(log, gap=99).n == log.n_customers
    assert more.events.tolist() == fewer.events.tolist()


# Laws


@given(rows=tables(small) | tables(middling))
def test_states_of_parts_add_up_to_that_of_all(rows: list[Row]) -> None:
    log = log_of(rows, PLACES)

    def states(log: JourneyLog) -> tuple[Any, Any]:
        return dwell(log), sessions(log, gap=2)

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


@given(rows=tables(middling), order=st.randoms(use_true_random=False))
def test_rows_of_other_customers_are_immaterial(rows: list[Row], order: Any) -> None:
    own = {customer: [r for r in rows if r[0] == customer] for customer, _, _ in rows}
    turns = [customer for customer, _, _ in rows]
    order.shuffle(turns)
    mixed = [own[customer].pop(0) for customer in turns]
    one, other = log_of(rows, PLACES), log_of(mixed, PLACES)
    assert dwell(one) == dwell(other)
    assert sessions(one, gap=9) == sessions(other, gap=9)


@given(rows=tables(middling), places=st.permutations(range(4)))
def test_the_order_of_touchpoints_only_moves_results(
    rows: list[Row], places: list[int]
) -> None:
    one = log_of(rows, PLACES)
    other = log_of(rows, [PLACES[place] for place in places])
    times, moved = dwell(one), dwell(other)
    assert moved.sums.tolist() == times.sums[places].tolist()
    assert moved.histogram.tolist() == times.histogram[places].tolist()
    visits, shifted = sessions(one, gap=9), sessions(other, gap=9)
    for name in COUNTS:
        assert getattr(shifted, name).tolist() == getattr(visits, name)[places].tolist()


@given(
    rows=tables(st.integers(0, 10**6)), unit=st.sampled_from([("ms", 1_000), ("m", 60)])
)
def test_the_unit_only_scales_times(rows: list[Row], unit: tuple[str, int]) -> None:
    name, factor = unit
    assume(rows)
    coarse = log_of(rows, PLACES, "s" if name == "ms" else "m")
    fine_rows = [(c, t * factor, place) for c, t, place in rows]
    fine = log_of(fine_rows, PLACES, "ms" if name == "ms" else "s")
    np.testing.assert_allclose(
        dwell(fine).mean, dwell(coarse).mean * factor, rtol=1e-14, equal_nan=True
    )
    for seconds in (1, 600, 86_400):
        gap = timedelta(minutes=seconds) if name == "m" else timedelta(seconds=seconds)
        one, other = sessions(coarse, gap=gap), sessions(fine, gap=gap)
        assert by_label(one) == by_label(other)


# Nothing there


@pytest.mark.parametrize("touchpoints", [None, PLACES])
def test_an_empty_log_has_empty_states(touchpoints: list[str] | None) -> None:
    log = log_of([], touchpoints)
    size = len(log.touchpoints)
    times, visits = dwell(log), sessions(log, gap=0)
    assert times.histogram.shape == (size, 0)
    assert np.isnan(times.mean).all()
    assert np.isnan(times.median).all()
    assert times.summary() == "No customer was seen twice."
    assert (visits.n, visits.customers) == (0, 0)
    assert np.isnan(visits.bounce_rates).all()
    assert visits.summary() == "Nobody was observed."
    for state in (times, visits):
        assert len(state.to_records()) == size
        assert state + state == state
        assert pickle.loads(pickle.dumps(state)) == state  # noqa: S301
        assert parse(state._repr_html_()).tag == "table"
        assert repr(state)
        assert str(state)
        assert type(state)(**state.to_dict() | empty_shapes(state)) == state


def empty_shapes(state: State) -> dict[str, Any]:
    """An array without any columns has no rows as a list of no touchpoints."""
    bare = isinstance(state, DwellTimes) and not state.touchpoints
    return {"histogram": np.zeros((0, 0), np.int64)} if bare else {}


# Refusals


@pytest.mark.parametrize("q", [0, 1, -0.1, 1.1, math.nan])
def test_shares_lie_between_0_and_1(q: float) -> None:
    found = refusal(lambda: dwell(log_of_pauses([1])).quantile(q))
    assert type(found) is InvalidValueError
    assert str(found).startswith("q must lie between 0 and 1; got ")
    assert found.argument == "q"


@pytest.mark.parametrize("q", ["0.5", None, [0.5], True])
def test_shares_are_numbers(q: Any) -> None:
    found = refusal(lambda: dwell(log_of_pauses([1])).quantile(q))
    assert type(found) is InvalidTypeError
    assert str(found).startswith("q must be a number; got ")


@pytest.mark.parametrize(
    ("gap", "error", "message"),
    [
        (-1, InvalidValueError, "gap must not be negative; got -1"),
        (timedelta(-1), InvalidValueError, "gap must not be negative; got "),
        (math.inf, InvalidValueError, "gap must be finite; got inf"),
        (math.nan, InvalidValueError, "gap must be finite; got nan"),
        ("30 min", InvalidTypeError, "gap must be a timedelta or a number of seconds;"),
        (None, InvalidTypeError, "gap must be a timedelta or a number of seconds;"),
        (True, InvalidTypeError, "gap must be a timedelta or a number of seconds;"),
        (2**62, InvalidValueError, "gap must "),
    ],
)
def test_gaps_of_another_kind_are_refused(
    gap: Any, error: type[CxmError], message: str
) -> None:
    found = refusal(lambda: sessions(log_of_pauses([1]), gap=gap))
    assert type(found) is error
    assert str(found).startswith(message)
    assert found.argument == "gap"


@pytest.mark.parametrize("function", [dwell, lambda log: sessions(log, gap=1)])
def test_only_a_log_has_times(function: Callable[[Any], object]) -> None:
    found = refusal(lambda: function([1]))
    assert type(found) is InvalidTypeError
    assert str(found) == (
        "log must be a JourneyLog; got [1]; make one with JourneyLog.from_columns(...)"
    )


# After a twice 0 and once 1, after b once 1.
TIMES: dict[str, Any] = {
    "touchpoints": ("a", "b"),
    "sums": (1.0, 1.0),
    "histogram": ((2, 1), (0, 1)),
    "time_unit": "m",
}
# a > b, b, pause, a; b: three sessions of two customers.
VISITS: dict[str, Any] = {
    "touchpoints": ("a", "b"),
    "events": (2, 3),
    "starts": (2, 1),
    "ends": (1, 2),
    "single": (1, 1),
    "customers": 2,
    "gap": 30,
    "time_unit": "m",
}


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
            {"sums": [2.0]},
            InvalidValueError,
            "sums must have the shape (2,); got",
            None,
        ),
        (
            {"sums": [2.0, "x"]},
            InvalidTypeError,
            "sums must hold numbers; got",
            None,
        ),
        (
            {"sums": [True, False]},
            InvalidTypeError,
            "sums must hold numbers; got",
            None,
        ),
        (
            {"sums": [[2.0], [1, 2]]},
            InvalidTypeError,
            "sums must hold numbers; g",
            None,
        ),
        ({"sums": [math.inf, 1]}, InvalidValueError, "sums[0] must be finite; got", 0),
        ({"sums": [2, math.nan]}, InvalidValueError, "sums[1] must be finite; got", 1),
        (
            {"sums": [2, -1]},
            InvalidValueError,
            "sums[1] must not be negative; got -1",
            1,
        ),
        (
            {"histogram": [[2, 1], [0, 0]]},
            InvalidValueError,
            "sums[1] must be 0 where there are no times; got 1",
            1,
        ),
        (
            {"histogram": [2, 1]},
            InvalidValueError,
            "histogram must have the shape",
            None,
        ),
        (
            {"histogram": [[3, 1]]},
            InvalidValueError,
            "histogram must have the shape",
            None,
        ),
        ({"histogram": [[3], [-1]]}, InvalidValueError, "histogram[1, 0] must", (1, 0)),
        (
            {"histogram": [[3], [1.0]]},
            InvalidTypeError,
            "histogram must hold who",
            None,
        ),
        (
            {"histogram": np.ones((2, 2019), np.int64)},
            InvalidValueError,
            "histogram must have the shape (2, 2018); got (2, 2019)",
            None,
        ),
        (
            {"time_unit": "weeks"},
            InvalidValueError,
            'time_unit must be one of "D"',
            None,
        ),
    ],
)
def test_broken_times_are_refused_one_by_one(
    changes: dict[str, Any], error: type[CxmError], message: str, place: Any
) -> None:
    DwellTimes(**TIMES)
    found = refusal(lambda: DwellTimes(**TIMES | changes))
    assert type(found) is error
    assert str(found).startswith(message)
    assert message.startswith(found.argument)
    assert found.argument in TIMES
    assert found.index == place


@pytest.mark.parametrize(
    ("changes", "error", "message", "place"),
    [
        (
            {"touchpoints": {"a", "b"}},
            InvalidTypeError,
            "touchpoints must be a",
            None,
        ),
        (
            {"touchpoints": [None, "b"]},
            MissingValueError,
            "touchpoints[0] is missing",
            0,
        ),
        (
            {"touchpoints": ["a", "a"]},
            InvalidValueError,
            "touchpoints[1] must not repeat",
            1,
        ),
        *(
            pair
            for name in COUNTS
            for pair in (
                ({name: [2]}, InvalidValueError, f"{name} must have the shape", None),
                (
                    {name: [2, -1]},
                    InvalidValueError,
                    f"{name}[1] must not be negative",
                    1,
                ),
                (
                    {name: [2.0, 1]},
                    InvalidTypeError,
                    f"{name} must hold whole numbers",
                    None,
                ),
            )
        ),
        (
            {"starts": [2, 2]},
            InvalidValueError,
            "ends must add up to as many sessions as began (4); got 3",
            None,
        ),
        (
            {"ends": [1, 1]},
            InvalidValueError,
            "ends must add up to as many",
            None,
        ),
        (
            {"ends": [2, 2]},
            InvalidValueError,
            "ends must add up to as many sessions as began (3); got 4",
            None,
        ),
        (
            {"single": [1, 2]},
            InvalidValueError,
            "starts[1] must lie between single and events; got 1",
            1,
        ),
        (
            {"single": [2, 1]},
            InvalidValueError,
            "ends[0] must lie between single and events; got 1",
            0,
        ),
        (
            {"events": [1, 3]},
            InvalidValueError,
            "starts[0] must lie between single and events",
            0,
        ),
        (
            {"events": [2, 1]},
            InvalidValueError,
            "ends[1] must lie between single and events",
            1,
        ),
        (
            {"customers": -1},
            InvalidValueError,
            "customers must not be negative; ",
            None,
        ),
        (
            {"customers": 2.0},
            InvalidTypeError,
            "customers must be a whole number;",
            None,
        ),
        ({"gap": -1}, InvalidValueError, "gap must not be negative; got -1", None),
        ({"gap": 1.5}, InvalidTypeError, "gap must be a whole number; got 1.5", None),
        (
            {"time_unit": "weeks"},
            InvalidValueError,
            'time_unit must be one of "D"',
            None,
        ),
    ],
)
def test_broken_sessions_are_refused_one_by_one(
    changes: dict[str, Any], error: type[CxmError], message: str, place: Any
) -> None:
    SessionCounts(**VISITS)
    found = refusal(lambda: SessionCounts(**VISITS | changes))
    assert type(found) is error
    assert str(found).startswith(message)
    assert message.startswith(found.argument)
    assert found.argument in VISITS
    assert found.index == place


# Adding up


def test_touchpoints_are_united_ours_first() -> None:
    one = log_of([(1, 0, "a"), (1, 1, "b")])
    other = log_of([(2, 0, "c"), (2, 900, "a"), (2, 902, "b")])
    times = dwell(one) + dwell(other)
    assert times.touchpoints == ("a", "b", "c")
    assert times.sums.tolist() == [3.0, 0.0, 900.0]
    assert times.n.tolist() == [2, 0, 1]
    assert by_label(dwell(other) + dwell(one)) == by_label(times)
    visits = sessions(one, gap=60) + sessions(other, gap=60)
    assert visits.touchpoints == ("a", "b", "c")
    assert visits.starts.tolist() == [2, 0, 1]
    assert visits.ends.tolist() == [0, 2, 1]
    assert visits.single.tolist() == [0, 0, 1]
    assert visits.events.tolist() == [2, 2, 1]
    assert (visits.customers, visits.gap) == (2, 60)


@pytest.mark.parametrize(
    ("kind", "fields", "name", "value"),
    [
        (DwellTimes, TIMES, "time_unit", "h"),
        (SessionCounts, VISITS, "time_unit", "h"),
        (SessionCounts, VISITS, "gap", 31),
    ],
)
def test_only_what_was_counted_in_the_same_way_is_added(
    kind: Any, fields: dict[str, Any], name: str, value: Any
) -> None:
    one, other = kind(**fields), kind(**fields | {name: value})
    found = refusal(lambda: one + other)
    assert type(found) is InvalidValueError
    mine = fields[name]
    assert str(found) == f"other must be counted with {name}={mine!r}; got {value!r}"
    assert (found.argument, found.value) == ("other", value)


STATES: list[Any] = [
    DwellTimes(**TIMES),
    SessionCounts(**VISITS),
    dwell(log_of_pauses([3, 900])),
    sessions(log_of_pauses([3, 900]), gap=60),
]


@pytest.mark.parametrize("state", STATES[:2], ids=["times", "visits"])
def test_only_states_of_a_kind_and_0_are_added(state: Any) -> None:
    assert sum([state]) == state
    assert sum([state, state]) == state + state
    empty: list[int] = []
    assert sum(empty) == 0
    foreign = STATES[1] if isinstance(state, DwellTimes) else STATES[0]
    for other in (1, -1, 0.0, "x", None, [0], foreign):
        with pytest.raises(TypeError, match="unsupported operand"):
            state + other
        with pytest.raises(TypeError):
            other + state


# A frozen value


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
            for name in ("sums", "histogram", *COUNTS):
                if hasattr(each, name):
                    with pytest.raises(ValueError, match="read-only"):
                        getattr(each, name)[...] = 0
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                each.time_unit = "s"
        with pytest.raises(TypeError, match="unhashable"):
            hash(state)


def test_pickles_are_checked_as_all_input_is() -> None:
    for state in STATES:
        make, (kind, fields) = state.__reduce__()
        assert make(kind, fields) == state
        broken = fields | {"time_unit": "x"}
        assert refusal(partial(make, kind, broken)).argument == "time_unit"


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        (TIMES, {"touchpoints": ("a", "x")}),
        (TIMES, {"sums": (1.0, 1.5)}),
        (TIMES, {"histogram": ((1, 2), (0, 1))}),
        (TIMES, {"time_unit": "h"}),
        (VISITS, {"touchpoints": ("a", "x")}),
        (VISITS, {"events": (2, 4)}),
        (VISITS, {"starts": (1, 2)}),
        (VISITS, {"ends": (2, 1)}),
        (VISITS, {"single": (1, 0)}),
        (VISITS, {"customers": 3}),
        (VISITS, {"gap": 31}),
        (VISITS, {"time_unit": "h"}),
    ],
    ids=str,
)
def test_equal_states_are_equal_in_everything(
    fields: dict[str, Any], change: dict[str, Any]
) -> None:
    kind: Any = DwellTimes if fields is TIMES else SessionCounts
    whole = kind(**fields)
    assert whole == kind(**fields)
    assert kind(**fields | change) != whole
    assert whole != "a state"
    assert kind.__eq__(whole, 0) is NotImplemented


def test_what_was_given_can_change_and_the_state_does_not() -> None:
    sums, events = np.array([1.0, 1.0]), np.array([2, 3])
    times = DwellTimes(**TIMES | {"sums": sums})
    visits = SessionCounts(**VISITS | {"events": events})
    sums[0] = events[0] = 9
    assert times == DwellTimes(**TIMES)
    assert visits == SessionCounts(**VISITS)


def test_all_is_found_under_paths() -> None:
    for name in pace.__all__:
        assert getattr(paths, name) is getattr(pace, name)


# What they say


def test_they_are_said_in_one_line() -> None:
    times, visits = DwellTimes(**TIMES), SessionCounts(**VISITS)
    assert repr(times) == "DwellTimes of 4 times after 2 touchpoints, in m"
    assert repr(visits) == "SessionCounts 3 sessions of 2 customers, gap above 30 min"
    one = log_of([(1, 0, "a"), (1, 1, "a")])
    assert repr(dwell(one)) == "DwellTimes of 1 time after 1 touchpoint, in s"
    assert repr(sessions(one, gap=1_800)) == (
        "SessionCounts 1 session of 1 customer, gap above 30 min"
    )
    assert repr(sessions(one, gap=0)).endswith("of 1 customer, gap above 0 s")
    assert repr(sessions(one, gap=timedelta(days=3))).endswith("gap above 3 d")


def test_they_are_said_in_one_sentence() -> None:
    often = log_of([(1, time, "a") for time in range(0, 9_000, 60)])
    log = log_of([(1, 0, "a"), (1, 60, "b"), (1, 5_460, "a"), (2, 0, "a")])
    assert (dwell(log) + dwell(often)).summary() == dwell(log).summary()
    assert dwell(log).summary() == (
        "Most time passes after b: 1.5 h on average, half of the cases within 1.51 h."
    )
    assert sessions(log, gap=1_800).summary() == (
        "2 customers came 1.5 times each, with 1.3 events per visit; 66.7 % of the"
        " visits were a single event, and most often they began at a."
    )


def test_printed_they_are_tables() -> None:
    times = DwellTimes(**TIMES | {"touchpoints": ["a", "b", "c"], "sums": [2, 1, 0],
        "histogram": [[2, 0, 1], [0, 1, 0], [0, 0, 0]]})  # fmt: skip
    lines = str(times).splitlines()
    assert lines[0].split() == ["touchpoint", "n", "mean", "median", "90", "%"]
    assert lines[1].split()[:2] == ["a", "3"]
    assert lines[3].split() == ["c", "0"]
    assert str(SessionCounts(**VISITS)).splitlines() == [
        "touchpoint  events  starts  ends  single",
        "a                2       2     1       1",
        "b                3       1     2       1",
    ]


def test_records_are_flat_and_columns_of_one_length() -> None:
    times, visits = DwellTimes(**TIMES), SessionCounts(**VISITS)
    numbers = {"n": 3, "mean": 1 / 3, "median": 0.0, "q90": 1.0}
    assert times.to_records() == [
        {"touchpoint": "a", **numbers, "time_unit": "m"},
        {"touchpoint": "b", "n": 1, "mean": 1.0, "median": 1.0, "q90": 1.0}
        | {"time_unit": "m"},
    ]
    assert visits.to_records() == [
        {"touchpoint": "a", "events": 2, "starts": 2, "ends": 1, "single": 1},
        {"touchpoint": "b", "events": 3, "starts": 1, "ends": 2, "single": 1},
    ]
    for state in (times, visits):
        records, columns = state.to_records(), state.to_columns()
        assert columns == {name: [row[name] for row in records] for name in records[0]}
        types = {type(value) for row in records for value in row.values()}
        assert types <= {int, float, str}
    empty = log_of([])
    assert dwell(empty).to_columns() == {
        name: [] for name in ("touchpoint", "n", "mean", "median", "q90", "time_unit")
    }
    names = ("touchpoint", *COUNTS)
    assert sessions(empty, gap=1).to_columns() == {name: [] for name in names}


def test_to_dict_holds_plain_values_that_make_the_same() -> None:
    scalars = {"customers": np.int64(2), "gap": np.uint8(30)}
    for state in (*STATES, SessionCounts(**VISITS | scalars)):
        plain = state.to_dict()
        assert json.loads(json.dumps(plain, allow_nan=False)) == plain
        assert type(state)(**plain) == state
        assert list(plain) == [field.name for field in attrs.fields(type(state))]


LABELS: list[Any] = [
    "<b>&\"'",
    "]]>\x00\ud800\u2028",
    "x" * 500,
    ("a", 1),
    ("b", 2),
    7,
    "",
]


def test_hostile_labels_are_shown() -> None:
    log = JourneyLog.from_columns(
        customer=[1] * 8,
        time=[0, 9, 99, 999, 9_999, 99_999, 999_999, 9_999_999],
        touchpoint=np.array([0, 1, 2, 3, 4, 5, 6, 0]),
        touchpoints=LABELS,
    )
    for state in (dwell(log), sessions(log, gap=60)):
        html = state._repr_html_()
        assert parse(html).tag == "table"
        assert "<b>" not in html
        assert state.summary().endswith(".")
        assert repr(state)
        assert str(state)
        assert [row["touchpoint"] for row in state.to_records()] == LABELS
        assert json.dumps(state.to_dict())


def test_labels_that_are_tuples_stay_tuples() -> None:
    labels = [("web", "home"), ("shop", "till")]  # numpy would make a table of them
    log = JourneyLog.from_columns(
        customer=[1, 1], time=[0, 1], touchpoint=np.array([0, 1]), touchpoints=labels
    )
    for state in (dwell(log), sessions(log, gap=1)):
        assert state.to_columns()["touchpoint"] == labels
