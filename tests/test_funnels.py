"""Funnels: every choice of events, published values, laws, refusals, what is said."""

import copy
import json
import math
import pickle
import runpy
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cxmkit import JourneyLog, _events, funnel, paths
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.funnels import FunnelCounts
from cxmkit.world import Company

HERE = Path(__file__).parent
slow = SimpleNamespace(**runpy.run_path(str(HERE / "path_oracles.py")))

Row = tuple[int, int, str]
PLACES = ["a", "b", "c", "never"]
FAR = 2**62 - 1
RULES: list[dict[str, str]] = [
    *(
        {"order": order, "ties": ties, "start": start}
        for order in ("ordered", "strict")
        for ties in ("allow", "strict")
        for start in ("any", "first")
    ),
    {"order": "any", "start": "any"},
    {"order": "any", "start": "first"},
]
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

often = settings(max_examples=4 * settings().max_examples)
every_rule = pytest.mark.parametrize(
    "rules", RULES, ids=lambda rules: "-".join(rules.values())
)


def at_most_eight(rows: list[Row]) -> list[Row]:
    """Keep journeys short enough for every choice of their events to be tried."""
    seen: Counter[int] = Counter()
    kept = []
    for row in rows:
        seen[row[0]] += 1
        if seen[row[0]] <= 8:
            kept.append(row)
    return kept


places = st.sampled_from("abc")
times = st.integers(-3, 4)
all_times = times | st.sampled_from([-FAR, 1 - FAR, FAR - 1, FAR])
tables = st.lists(st.tuples(st.integers(1, 3), all_times, places), max_size=16).map(
    at_most_eight
)
lists_of_steps = st.lists(places, min_size=1, max_size=4)
windows = st.none() | st.integers(0, 6) | st.sampled_from([FAR // 2, FAR - 1, FAR])
horizons = st.none() | st.integers(-4, 9) | st.sampled_from([-FAR, FAR - 1, FAR])


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
        ],
        PLACES,
    )


def parse(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314  our own output


def again(log: JourneyLog, touchpoints: list[str]) -> JourneyLog:
    """Take the rows of a log as another log has them."""
    columns: dict[str, Any] = log.to_columns()
    return JourneyLog.from_columns(**columns, touchpoints=touchpoints)


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


# Every choice of events


@often
@given(
    rows=tables,
    steps=lists_of_steps,
    window=windows,
    until=horizons,
    size=st.sampled_from([1, 2, 5, 1 << 16]),
)
@example(rows=[], steps=["a"], window=0, until=0, size=1)
@example(rows=[(1, 0, "a")], steps=["a", "a"], window=0, until=0, size=1)
def test_counts_are_those_of_trying_every_choice_of_events(
    rows: list[Row], steps: list[str], window: int | None, until: int | None, size: int
) -> None:
    until = None if window is None else until
    log = log_of(rows, PLACES)
    for rules in RULES:
        options: dict[str, Any] = {**rules, "window": window, "observed_until": until}
        with patch.object(_events, "_BLOCK", size):  # customers in several blocks
            counted = funnel(log, steps, **options)
        expected = slow.funnel(rows, steps, **options)
        assert (counted.counts.tolist(), counted.left_out) == expected, rules
        assert type(counted.left_out) is int
        assert counted.customers == len(slow.journeys(rows))
        assert counted.steps == tuple(steps)
        stored = {name: getattr(counted, name) for name in options}
        assert stored == options


@every_rule
def test_longer_journeys_and_steps_that_repeat(rules: dict[str, str]) -> None:
    rng = np.random.default_rng(3)
    rows = [
        (int(customer), int(time), "abc"[place])
        for customer, time, place in zip(
            rng.integers(0, 20, 240),  # some twelve events each
            rng.integers(0, 30, 240),
            rng.integers(0, 3, 240),
            strict=True,
        )
    ]
    log = log_of(rows)
    for steps in (["a", "a", "b"], ["c", "b", "c"]):
        for window in (None, 0, 3, 10):
            options: Any = {**rules, "window": window}
            for until in (None, 5, 20) if window is not None else (None,):
                options["observed_until"] = until
                found = funnel(log, steps, **options)
                expected = slow.funnel(rows, steps, **options)
                assert (found.counts.tolist(), found.left_out) == expected


# Published values


@pytest.mark.reference
@pytest.mark.parametrize(("way", "far"), [("1234", 3), ("4321", 1), ("43", 0)])
def test_window_funnel_of_hologres(way: str, far: int) -> None:
    """Hologres, windowFunnel: how many of c1, c2, c3 come one after the other."""
    log = JourneyLog.from_columns(
        customer=[7] * len(way),
        time=range(len(way)),
        touchpoint=[f"c{number}" for number in way],
        touchpoints=["c1", "c2", "c3", "c4"],
    )
    for window in (None, 3):
        counts = funnel(log, ["c1", "c2", "c3"], window=window).counts
        assert counts.sum() == far


@pytest.mark.reference
@pytest.mark.parametrize(("way", "far"), [("124", 2), ("213", 1), ("43", 0)])
def test_funnel_count_of_data_lake_analytics(way: str, far: int) -> None:
    """Alibaba Cloud, Data Lake Analytics: funnel_count of e1, e2, e3."""
    log = JourneyLog.from_columns(
        customer=[7] * len(way),
        time=range(len(way)),
        touchpoint=[f"e{number}" for number in way],
        touchpoints=["e1", "e2", "e3", "e4"],
    )
    assert funnel(log, ["e1", "e2", "e3"]).counts.sum() == far


@pytest.mark.reference
def test_a_step_that_is_there_twice_at_the_same_time() -> None:
    """PostHog, issue 25048: pageview twice at one instant and once later."""
    log = JourneyLog.from_columns(
        customer=[7] * 4,
        time=[0, 1, 1, 2],
        touchpoint=["onboarding", "pageview", "pageview", "pageview"],
    )
    steps = ["onboarding", "pageview", "pageview"]
    for ties in ("allow", "strict"):
        assert funnel(log, steps, ties=ties).counts.tolist() == [1, 1, 1]
    soon = funnel(log, steps, window=1).counts
    later = funnel(log, steps, window=1, ties="strict").counts
    assert (soon.tolist(), later.tolist()) == ([1, 1, 1], [1, 1, 0])


@pytest.mark.reference
def test_the_running_example_of_process_mining() -> None:
    columns = runpy.run_path(str(HERE / "running_example.py"))["running_example"]()
    log = JourneyLog.from_columns(**columns)
    steps = ["register request", "check ticket", "decide", "pay compensation"]
    assert funnel(log, steps).counts.tolist() == [6, 6, 6, 3]
    # From the last registration to the payment 14,205 to 22,813 minutes passed.
    for days, paid in ((9, 0), (10, 2), (15, 2), (16, 3)):
        within = funnel(log, steps, window=timedelta(days=days))
        assert within.counts[-1] == paid
        assert (within.window, within.time_unit) == (days * 86_400_000_000, "us")


# Ties, windows, starts


def test_at_the_same_time_the_order_of_rows_decides() -> None:
    rows = [(1, 0, "b"), (1, 0, "a"), (2, 0, "a"), (2, 0, "b")]
    log = log_of(rows)
    assert funnel(log, ["a", "b"]).counts.tolist() == [2, 1]
    assert funnel(log, ["a", "b"], ties="strict").counts.tolist() == [2, 0]
    assert funnel(log, ["a", "b"], order="any").counts.tolist() == [2, 2]


def test_strictly_later_looks_past_all_that_is_at_once() -> None:
    rows = [(1, 0, "a"), (1, 5, "a"), (1, 5, "b"), (2, 5, "a"), (2, 5, "b")]
    counts = [
        funnel(log_of(rows), ["a", "b"], ties="strict", window=window).counts.tolist()
        for window in (4, 5)
    ]
    assert counts == [[2, 0], [2, 1]]


def test_the_window_includes_its_ends_and_begins_with_the_first_step() -> None:
    log = log_of([(1, 0, "a"), (1, 6, "b"), (1, 10, "c")])
    counts = [funnel(log, ["a", "b", "c"], window=w).counts.sum() for w in (9, 10)]
    assert counts == [2, 3]
    assert funnel(log, ["b", "c"], window=4).counts.tolist() == [1, 1]


def test_a_window_of_nothing_asks_for_the_same_instant() -> None:
    log = log_of([(1, 0, "a"), (1, 0, "b"), (2, 0, "a"), (2, 1, "b")])
    assert funnel(log, ["a", "b"], window=0).counts.tolist() == [2, 1]
    assert funnel(log, ["a", "b"], window=0, ties="strict").counts.tolist() == [2, 0]


def test_parts_of_a_unit_in_a_window_are_cut_off() -> None:
    log = log_of([(1, 0, "a"), (1, 1, "b"), (2, 0, "a"), (2, 2, "b")])
    for window in (1.5, timedelta(seconds=1.5), np.timedelta64(1_500, "ms")):
        counted = funnel(log, ["a", "b"], window=window)
        assert counted.counts.tolist() == [2, 1]
        assert counted.window == 1


def test_the_first_start_of_simple_queries_undercounts() -> None:
    rows = [
        (1, 0, "a"), (1, 50, "a"), (1, 55, "b"), (1, 58, "c"),
        (2, 0, "a"), (2, 9, "b"), (2, 10, "c"),
    ]  # fmt: skip
    log, steps = log_of(rows), ["a", "b", "c"]
    assert slow.greedy_funnel(rows, steps, 10) == [2, 1, 1]
    assert funnel(log, steps, window=10, start="first").counts.tolist() == [2, 1, 1]
    assert funnel(log, steps, window=10).counts.tolist() == [2, 2, 2]


def test_a_step_between_may_be_out_of_the_window_and_still_lead_on() -> None:
    # The second b has a later start than the first, which was too late for its own.
    rows = [(1, 0, "a"), (1, 20, "b"), (1, 21, "a"), (1, 22, "b"), (1, 23, "c")]
    assert funnel(log_of(rows), ["a", "b", "c"], window=2).counts.tolist() == [1, 1, 1]
    # Nobody comes to c by a b that came too late.
    rows = [(1, 0, "a"), (1, 20, "b"), (1, 21, "c")]
    assert funnel(log_of(rows), ["a", "b", "c"], window=2).counts.tolist() == [1, 0, 0]


def test_strict_order_forgives_nothing_in_between() -> None:
    log = log_of_ways("abc", "axbc".replace("x", "c"), "cab", "aab", "ab")
    strict = funnel(log, ["a", "b", "c"], order="strict").counts.tolist()
    first = funnel(log, ["a", "b", "c"], order="strict", start="first").counts.tolist()
    assert strict == [5, 4, 1]
    assert first == [5, 3, 1]


def test_the_next_customer_is_not_the_next_event() -> None:
    log = log_of_ways("a", "b", "ca", "bc")
    for rules in RULES:
        options: Any = rules
        counts = funnel(log, ["a", "b"], **options).counts.tolist()
        assert counts == ([4, 0] if rules["order"] == "any" else [2, 0])


def test_any_order_needs_an_event_for_each_repeated_step() -> None:
    log = log_of_ways("ab", "ba", "aab", "baca", "c")
    counts = funnel(log, ["a", "b", "a"], order="any").counts.tolist()
    assert counts == [4, 4, 2]


def test_any_order_begins_with_whichever_step_comes_first() -> None:
    rows = [(1, 0, "b"), (1, 8, "a"), (1, 10, "b"), (1, 16, "c")]
    log, steps = log_of(rows), ["a", "b", "c"]
    assert funnel(log, steps, order="any", window=8).counts.tolist() == [1, 1, 1]
    late = funnel(log, steps, order="any", window=8, start="first")
    assert late.counts.tolist() == [1, 1, 0]


def test_starts_that_cannot_be_judged_yet_are_left_out() -> None:
    rows = [(1, 0, "a"), (1, 3, "b"), (2, 5, "a"), (3, 6, "a"), (3, 7, "b")]
    log = log_of(rows)
    # The window of customer 2 ends with what is known, that of customer 3 after it,
    # who is left out although it is known that b followed.
    mature = funnel(log, ["a", "b"], window=5, observed_until=10)
    assert (mature.counts.tolist(), mature.customers) == ([2, 1], 3)
    assert mature.left_out == 1
    whole = funnel(log, ["a", "b"], window=5)
    assert (whole.counts.tolist(), whole.left_out) == ([3, 2], 0)


def test_left_out_is_who_has_no_start_that_can_be_judged() -> None:
    rows = [
        (1, 0, "a"), (1, 9, "a"),  # the first start can be judged
        (2, 9, "a"), (2, 9, "b"),  # too late, whatever came of it
        (3, 8, "b"), (3, 9, "a"),  # b begins in any order alone
        (4, 0, "c"),  # never began
        (5, 0, "b"), (5, 9, "a"),  # in any order in time, in this order too late
    ]  # fmt: skip
    log = log_of(rows)
    options: dict[str, Any] = {"window": 2, "observed_until": 10}
    for start in ("any", "first"):
        options["start"] = start
        for order in ("ordered", "strict"):
            found = funnel(log, ["a", "b"], order=order, **options)
            assert (found.counts.tolist(), found.left_out) == ([1, 0], 3)
        both = funnel(log, ["a", "b"], order="any", **options)
        assert (both.counts.tolist(), both.left_out) == ([3, 1], 1)
        # Who is judged, who is left out and who never began are all there are.
        assert both.customers == both.counts[0] + both.left_out + 1


def test_observation_may_end_with_a_datetime() -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    log = JourneyLog.from_columns(
        customer=[1, 1, 2],
        time=[start, start + timedelta(days=1), start + timedelta(days=2)],
        touchpoint=["a", "b", "a"],
        time_unit="D",
    )
    until = start + timedelta(days=8, hours=23)
    counted = funnel(log, ["a", "b"], window=timedelta(days=7), observed_until=until)
    assert counted.counts.tolist() == [1, 1]
    assert counted.window == 7
    assert counted.observed_until == (until - datetime(1970, 1, 1, tzinfo=UTC)).days


def test_instants_beyond_the_precision_of_floats_are_told_apart() -> None:
    year = 1_767_225_600_000_000_000  # nanoseconds from 1970 to 2026
    log = log_of([(1, year, "a"), (1, year + 1, "b")])
    for until, began in ((year, 0), (year + 1, 1)):
        counts = funnel(log, ["a", "b"], window=1, observed_until=until).counts
        assert counts.tolist() == [began, began]


@every_rule
def test_the_longest_time_there_can_be(rules: dict[str, str]) -> None:
    options: Any = rules
    log = log_of([(1, -FAR, "a"), (1, FAR, "b")])
    assert funnel(log, ["a", "b"], **options).counts.tolist() == [1, 1]
    within = funnel(log, ["a", "b"], window=FAR, **options).counts
    assert within.tolist() == [1, 0]
    early = funnel(log, ["a"], window=FAR, observed_until=-FAR, **options).counts
    assert early.tolist() == [0]


@every_rule
def test_an_empty_log_and_touchpoints_without_events(rules: dict[str, str]) -> None:
    options: Any = rules
    nobody = funnel(log_of([], PLACES), ["a", "b"], window=1, **options)
    assert (nobody.counts.tolist(), nobody.customers) == ([0, 0], 0)
    unused = funnel(log_of_ways("ab", "a"), ["never", "a"], **options).counts.tolist()
    assert unused == ([2, 0] if options["order"] == "any" else [0, 0])
    single = funnel(log_of_ways("a"), ["a"], window=0, **options)
    assert single.counts.tolist() == [1]


def test_steps_come_as_any_series_of_labels() -> None:
    log = log_of_ways("abc")
    expected = funnel(log, ["a", "b"])
    for steps in (("a", "b"), np.array(["a", "b"]), np.array(["a", "b"], object)):
        assert funnel(log, steps) == expected  # type: ignore[arg-type]
    assert funnel(log, iter("ab")) == expected  # type: ignore[arg-type]
    assert {type(step) for step in expected.steps} == {str}


def test_labels_may_be_tuples() -> None:
    labels = [("web", "home"), ("shop", "till")]
    log = JourneyLog.from_columns(
        customer=[1, 1], time=[0, 1], touchpoint=np.array([0, 1]), touchpoints=labels
    )
    counted = funnel(log, labels)
    assert counted.steps == tuple(labels)
    assert [row["touchpoint"] for row in counted.to_records()] == labels


# Laws


@given(rows=tables, steps=lists_of_steps, window=windows, until=horizons)
@example(rows=[(1, 9, "a"), (2, 9, "a"), (3, 0, "a")], steps=["a"], window=5, until=9)
def test_states_of_parts_add_up_to_that_of_all(
    rows: list[Row], steps: list[str], window: int | None, until: int | None
) -> None:
    until = None if window is None else until
    log = log_of(rows, PLACES)
    for rules in RULES:
        options: Any = {**rules, "window": window, "observed_until": until}
        whole = funnel(log, steps, **options)
        assert sum(funnel(part, steps, **options) for part in log.partition(3)) == whole
        # As logs of their own, with touchpoints in another order.
        own = [again(part, PLACES[::-1]) for part in log.partition(3)]
        assert sum(funnel(part, steps, **options) for part in own) == whole


@given(rows=tables, steps=lists_of_steps, order=st.randoms(use_true_random=False))
def test_rows_of_other_customers_are_immaterial(
    rows: list[Row], steps: list[str], order: Any
) -> None:
    own = {customer: [r for r in rows if r[0] == customer] for customer, _, _ in rows}
    turns = [customer for customer, _, _ in rows]
    order.shuffle(turns)
    mixed = [own[customer].pop(0) for customer in turns]
    for rules in RULES:
        options: Any = rules
        one = funnel(log_of(rows, PLACES), steps, **options)
        assert funnel(log_of(mixed, PLACES), steps, **options) == one


@given(rows=tables, steps=lists_of_steps, window=st.integers(0, 6))
def test_more_time_never_loses_anybody(
    rows: list[Row], steps: list[str], window: int
) -> None:
    log = log_of(rows, PLACES)
    for rules in RULES:
        options: Any = rules
        less = funnel(log, steps, window=window, **options).counts
        more = funnel(log, steps, window=window + 1, **options).counts
        most = funnel(log, steps, **options).counts
        assert (less <= more).all()
        assert (more <= most).all()
        assert (np.diff(most) <= 0).all()


@given(rows=tables, steps=lists_of_steps, window=st.integers(0, 6), until=horizons)
def test_who_is_judged_and_who_is_left_out_are_all_who_began(
    rows: list[Row], steps: list[str], window: int, until: int | None
) -> None:
    log = log_of(rows, PLACES)
    for rules in RULES:
        options: Any = rules
        judged = funnel(log, steps, window=window, observed_until=until, **options)
        began = funnel(log, steps, **options)
        assert judged.counts[0] + judged.left_out == began.counts[0]
        assert began.left_out == 0
        if until is None:
            assert judged.left_out == 0


@given(rows=tables, steps=lists_of_steps, window=windows)
def test_a_stricter_rule_never_finds_more(
    rows: list[Row], steps: list[str], window: int | None
) -> None:
    log = log_of(rows, PLACES)

    def counts(**rules: Any) -> Any:
        return funnel(log, steps, window=window, **rules).counts

    free = counts()
    assert (counts(ties="strict") <= free).all()
    assert (counts(order="strict") <= free).all()
    assert (counts(start="first") <= free).all()
    assert (free <= counts(order="any")).all()


@given(rows=tables, steps=lists_of_steps, window=windows)
def test_names_of_touchpoints_are_immaterial(
    rows: list[Row], steps: list[str], window: int | None
) -> None:
    names = dict(zip("abc", ["<x>", "a", "c"], strict=True))
    renamed = log_of([(c, t, names[place]) for c, t, place in rows], ["c", "a", "<x>"])
    for rules in RULES:
        options: Any = {**rules, "window": window}
        one = funnel(log_of(rows, PLACES), steps, **options)
        other = funnel(renamed, [names[step] for step in steps], **options)
        assert other.counts.tolist() == one.counts.tolist()


# A company with planted truth


def chance(q: Any, begin: int, *, via: int) -> float:
    """Return the probability of ever being at *via* from *begin* on, it included."""
    if begin == via:
        return 1.0
    others = [place for place in range(len(q)) if place != via]
    inner = q[np.ix_(others, others)]
    hits = np.linalg.solve(np.eye(len(others)) - inner, q[others, via])
    return float(hits[others.index(begin)])


def test_a_company_loses_customers_where_truth_says_so() -> None:
    """20,000 customers, fixed seed; each figure within 4.5 standard errors."""
    company = Company(20260501, customers=20_000)
    truth, contacts = company.truth, company.contacts
    log = JourneyLog.from_columns(
        customer=contacts["customer"],
        time=contacts["time"],
        touchpoint=contacts["touchpoint"],
        touchpoints=truth.touchpoints,
        time_unit="s",
    )
    q, starts, n = truth.transitions, truth.starts, log.n_customers
    place = {name: i for i, name in enumerate(truth.touchpoints)}

    def ever(steps: Sequence[str]) -> list[float]:
        """Reach of each step in order: first visits are where the chain renews."""
        first = place[steps[0]]
        chances = [sum(starts[i] * chance(q, i, via=first) for i in range(len(q)))]
        for one, next_ in pairwise(steps):
            chances.append(chances[-1] * chance(q, place[one], via=place[next_]))
        return chances

    def assert_close(found: Any, expected: Sequence[float]) -> None:
        chances = np.array(expected)
        se = np.sqrt(chances * (1 - chances) / n)
        assert (abs(np.asarray(found) / n - chances) < 4.5 * se).all()

    for start in ("advertisement", "reviews", "website", "sample", "friend"):
        for steps in ([start, "checkout"], [start, "shop", "checkout"]):
            assert_close(funnel(log, steps).counts, ever(steps))
    assert ever(["checkout"])[0] == pytest.approx(truth.conversion, rel=1e-12)

    # Directly from the shop to the checkout, ever, and within a time: stop there.
    shop, checkout = place["shop"], place["checkout"]
    for window in (None, 1_200):
        in_time = (
            1.0
            if window is None
            else 1 - (1 - 1 / truth.mean_dwell[shop]) ** window  # geometric
        )
        inner, stop = np.array(q), np.zeros(len(q))
        stop[shop] = in_time * q[shop, checkout]
        inner[shop, checkout] -= stop[shop]
        directly = float(starts @ np.linalg.solve(np.eye(len(q)) - inner, stop))
        found = funnel(log, ["shop", "checkout"], order="strict", window=window)
        assert_close(found.counts[1], [directly])

    # In any order: both are met, or not the one, or not the other, or neither.
    def avoids(*those: str) -> float:
        others = [i for name, i in place.items() if name not in those]
        ends = truth.ends[others]
        inner = np.eye(len(others)) - q[np.ix_(others, others)]
        return float(starts[others] @ np.linalg.solve(inner, ends))

    neither = avoids("sample", "forum")
    both = 1 - avoids("sample") - avoids("forum") + neither
    met = funnel(log, ["sample", "forum"], order="any").counts
    assert_close(met, [1 - neither, both])


# Refusals

ABC = log_of_ways("abc", "ab", "a")


@pytest.mark.parametrize(
    ("steps", "error", "message", "place"),
    [
        (
            "ab",
            InvalidTypeError,
            "steps must be a series of touchpoints; got 'ab'",
            None,
        ),
        (b"ab", InvalidTypeError, "steps must be a series of touchpoints;", None),
        ({"a"}, InvalidTypeError, "steps must be a series of touchpoints;", None),
        ({"a": 1}, InvalidTypeError, "steps must be a series of touchpoints;", None),
        (None, InvalidTypeError, "steps must be a series of touchpoints;", None),
        (np.array("a"), InvalidTypeError, "steps must be a series of", None),
        (np.array([["a"]]), InvalidTypeError, "steps must be a series of", None),
        ([], InvalidValueError, "steps must hold at least one touchpoint;", None),
        (["a", "d"], InvalidValueError, "steps[1] must be a touchpoint of the log", 1),
        ([None], InvalidValueError, "steps[0] must be a touchpoint of the log;", 0),
        ([["a"]], InvalidValueError, "steps[0] must be a touchpoint of the log;", 0),
    ],
)
def test_steps_are_touchpoints_of_the_log(
    steps: Any, error: type[CxmError], message: str, place: int | None
) -> None:
    found = refusal(lambda: funnel(ABC, steps))
    assert type(found) is error
    assert str(found).startswith(message)
    assert (found.argument, found.index) == ("steps", place)


def test_refused_steps_name_the_way_out() -> None:
    assert str(refusal(lambda: funnel(ABC, "a"))).endswith(
        '; for example ["ad", "shop"]'
    )
    unknown = refusal(lambda: funnel(ABC, ["a", "x"]))
    assert unknown.value == "x"
    assert str(unknown).endswith("; touchpoints are 'a', 'b', 'c', 'never'")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"window": -1}, InvalidValueError, "window must not be negative; got -1"),
        (
            {"window": timedelta(days=-1)},
            InvalidValueError,
            "window must not be negative",
        ),
        ({"window": math.nan}, InvalidValueError, "window must be finite; got nan"),
        ({"window": math.inf}, InvalidValueError, "window must be finite; got inf"),
        (
            {"window": "1 day"},
            InvalidTypeError,
            "window must be a timedelta or a number of seconds; got '1 day'",
        ),
        (
            {"window": True},
            InvalidTypeError,
            "window must be a timedelta or a number of seconds; got True",
        ),
        (
            {"order": "loose"},
            InvalidValueError,
            'order must be one of "ordered", "strict", "any"; got \'loose\'',
        ),
        (
            {"ties": "any"},
            InvalidValueError,
            'ties must be one of "allow", "strict"; got \'any\'',
        ),
        (
            {"start": "last"},
            InvalidValueError,
            'start must be one of "any", "first"; got \'last\'',
        ),
        (
            {"order": "any", "ties": "strict"},
            InvalidValueError,
            'ties must be "allow" with order="any"; got \'strict\'; where order does',
        ),
        (
            {"observed_until": 9},
            InvalidValueError,
            "observed_until must come with a window; got 9; without one every start",
        ),
        (
            {"observed_until": "May", "window": 1},
            InvalidTypeError,
            "observed_until must be an instant: a datetime, or a number of seconds;",
        ),
        (
            {"observed_until": math.nan, "window": 1},
            InvalidValueError,
            "observed_until must ",
        ),
        (
            {"observed_until": datetime(2026, 5, 1), "window": 1},  # noqa: DTZ001
            InvalidValueError,
            "observed_until must have a time zone; got 2026-05-01 00:00:00;",
        ),
    ],
)
def test_options_of_another_kind_are_refused(
    options: dict[str, Any], error: type[CxmError], message: str
) -> None:
    found = refusal(lambda: funnel(ABC, ["a"], **options))
    assert type(found) is error
    assert str(found).startswith(message)
    assert found.argument in options


def test_only_a_log_has_a_funnel() -> None:
    found = refusal(lambda: funnel([1], ["a"]))  # type: ignore[arg-type]
    assert type(found) is InvalidTypeError
    assert str(found) == (
        "log must be a JourneyLog; got [1]; make one with JourneyLog.from_columns(...)"
    )


FULL: dict[str, Any] = {
    "steps": ("a", "b"),
    "counts": (3, 1),
    "customers": 5,
    "order": "ordered",
    "ties": "strict",
    "start": "first",
    "window": 10,
    "time_unit": "h",
    "observed_until": 99,
    "left_out": 2,
}


@pytest.mark.parametrize(
    ("changes", "error", "message", "place"),
    [
        ({"steps": "ab"}, InvalidTypeError, "steps must be a tuple; got 'ab'", None),
        ({"steps": {"a", "b"}}, InvalidTypeError, "steps must be a tuple", None),
        ({"steps": ["a", None]}, MissingValueError, "steps[1] is missing", 1),
        ({"steps": ["a", []]}, InvalidTypeError, "steps[1] must be hashable", 1),
        (
            {"steps": [], "counts": []},
            InvalidValueError,
            "steps must hold at least one touchpoint; got ()",
            None,
        ),
        ({"counts": [3]}, InvalidValueError, "counts must have the shape (2,);", None),
        ({"counts": [[3, 1]]}, InvalidValueError, "counts must have the shape", None),
        ({"counts": [3, -1]}, InvalidValueError, "counts[1] must not be negative", 1),
        (
            {"counts": [3.0, 1]},
            InvalidTypeError,
            "counts must hold whole numbers",
            None,
        ),
        (
            {"counts": ["3", "1"]},
            InvalidTypeError,
            "counts must hold whole numbers",
            None,
        ),
        ({"counts": [[3], [1, 2]]}, InvalidTypeError, "counts must hold who", None),
        (
            {"counts": [3, 4]},
            InvalidValueError,
            "counts[1] must be no larger than the one before it; got 4",
            1,
        ),
        (
            {"customers": 2},
            InvalidValueError,
            "counts[0] must be no larger than the one before it; got 3",
            0,
        ),
        ({"customers": -1}, InvalidValueError, "customers must not be negative", None),
        (
            {"customers": 5.0},
            InvalidTypeError,
            "customers must be a whole number",
            None,
        ),
        (
            {"customers": True},
            InvalidTypeError,
            "customers must be a whole number",
            None,
        ),
        ({"left_out": 3}, InvalidValueError, "counts[0] must be no larger than", 0),
        (
            {"left_out": 6},
            InvalidValueError,
            "left_out must be no larger than customers (5); got 6",
            None,
        ),
        (
            {"observed_until": None},
            InvalidValueError,
            "left_out must be 0 without observed_until; got 2",
            None,
        ),
        ({"left_out": -1}, InvalidValueError, "left_out must not be negative", None),
        ({"left_out": 2.0}, InvalidTypeError, "left_out must be a whole", None),
        ({"left_out": True}, InvalidTypeError, "left_out must be a whole", None),
        ({"order": "no"}, InvalidValueError, "order must be one of", None),
        ({"ties": "no"}, InvalidValueError, "ties must be one of", None),
        ({"start": "no"}, InvalidValueError, "start must be one of", None),
        ({"order": "any"}, InvalidValueError, 'ties must be "allow" with', None),
        ({"window": -1}, InvalidValueError, "window must not be negative", None),
        ({"window": 1.5}, InvalidTypeError, "window must be a whole number", None),
        ({"time_unit": "weeks"}, InvalidValueError, "time_unit must be one", None),
        (
            {"observed_until": 1.5},
            InvalidTypeError,
            "observed_until must be a whole number",
            None,
        ),
        (
            {"window": None},
            InvalidValueError,
            "observed_until must come with a window",
            None,
        ),
    ],
)
def test_broken_invariants_are_refused_one_by_one(
    changes: dict[str, Any], error: type[CxmError], message: str, place: int | None
) -> None:
    FunnelCounts(**FULL)
    found = refusal(lambda: FunnelCounts(**FULL | changes))
    assert type(found) is error
    assert str(found).startswith(message)
    assert message.startswith(found.argument)
    assert found.argument in FULL
    assert found.index == place


@pytest.mark.parametrize("level", [0, 1, -0.5, 2, math.nan])
def test_levels_lie_between_0_and_1(level: float) -> None:
    found = refusal(lambda: funnel(ABC, ["a"]).interval(level=level))
    assert type(found) is InvalidValueError
    assert str(found).startswith("level must lie between 0 and 1; got")


# Adding up

OTHERS: list[dict[str, Any]] = [
    {"steps": ("b", "a")},
    {"order": "strict"},
    {"ties": "allow"},
    {"start": "any"},
    {"window": 11},
    {"time_unit": "D"},
    {"observed_until": 98},
    {"observed_until": None, "left_out": 0},
]


@pytest.mark.parametrize("change", OTHERS, ids=str)
def test_only_what_was_counted_by_the_same_rules_is_added(
    change: dict[str, Any],
) -> None:
    one, other = FunnelCounts(**FULL), FunnelCounts(**FULL | change)
    found = refusal(lambda: one + other)
    (name, value), *_ = change.items()
    assert type(found) is InvalidValueError
    mine = FULL[name]
    assert str(found) == f"other must be counted with {name}={mine!r}; got {value!r}"
    assert (found.argument, found.value) == ("other", value)


def test_counts_and_customers_are_added() -> None:
    one = FunnelCounts(**FULL)
    other = {"counts": [4, 4], "customers": 7, "left_out": 3}
    both = one + FunnelCounts(**FULL | other)
    total = {"counts": [7, 5], "customers": 12, "left_out": 5}
    assert both == FunnelCounts(**FULL | total)
    assert sum([one]) == one
    assert sum([one, one]) == one + one
    empty: list[FunnelCounts] = []
    assert sum(empty) == 0


@pytest.mark.parametrize("other", [1, -1, 0.0, "x", None, [0], ABC])
def test_only_funnels_and_0_are_added(other: Any) -> None:
    one = FunnelCounts(**FULL)
    with pytest.raises(TypeError, match="unsupported operand"):
        one + other
    with pytest.raises(TypeError):
        other + one


# A frozen value


@pytest.mark.parametrize("way", ["copy", "deepcopy", "evolve", *PROTOCOLS])
def test_copies_are_equal_and_read_only(way: str | int) -> None:
    ways: dict[str | int, Callable[[FunnelCounts], FunnelCounts]] = {
        "copy": copy.copy,
        "deepcopy": copy.deepcopy,
        "evolve": attrs.evolve,
    }
    state = FunnelCounts(**FULL)
    if isinstance(way, int):
        same = pickle.loads(pickle.dumps(state, way))  # noqa: S301
    else:
        same = ways[way](state)
    assert same == state
    for each in (state, same, state + state, funnel(ABC, ["a"])):
        with pytest.raises(ValueError, match="read-only"):
            each.counts[...] = 0
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            each.customers = 0  # type: ignore[misc]


def test_a_pickle_is_checked_as_all_input_is() -> None:
    make, (kind, fields) = FunnelCounts(**FULL).__reduce__()
    assert make(kind, fields) == FunnelCounts(**FULL)
    assert refusal(lambda: make(kind, fields | {"customers": -1})).argument


def test_equality_looks_at_counts_and_every_rule() -> None:
    whole = FunnelCounts(**FULL)
    assert whole == FunnelCounts(**FULL)
    for change in [*OTHERS, {"counts": [3, 2]}, {"customers": 6}, {"left_out": 1}]:
        assert FunnelCounts(**FULL | change) != whole
    assert whole != "a funnel"
    assert FunnelCounts.__eq__(whole, 0) is NotImplemented
    with pytest.raises(TypeError, match="unhashable"):
        hash(whole)


def test_what_was_given_can_change_and_the_state_does_not() -> None:
    counts = np.array([3, 1])
    state = FunnelCounts(**FULL | {"counts": counts})
    counts[0] = 99
    assert state.counts.tolist() == [3, 1]


def test_all_is_found_under_paths() -> None:
    assert paths.funnel is funnel
    assert paths.FunnelCounts is FunnelCounts


# What it says


def test_rates_are_shares_of_those_who_began_and_of_the_step_before() -> None:
    state = FunnelCounts(steps=list("abc"), counts=[8, 4, 1], customers=10)
    assert state.rates.tolist() == [1.0, 0.5, 0.125]
    assert state.step_rates.tolist() == [0.8, 0.5, 0.25]
    # Of those who began too late nobody knows whether they would have come.
    late = attrs.evolve(state, window=1, observed_until=9, left_out=2)
    assert late.step_rates.tolist() == [1.0, 0.5, 0.25]
    assert late.rates.tolist() == [1.0, 0.5, 0.125]


def test_nobody_has_no_rates() -> None:
    nobody = FunnelCounts(steps=["a", "b"], counts=[0, 0], customers=3)
    for numbers in (nobody.rates, *nobody.interval()):
        assert np.isnan(numbers).all()
    np.testing.assert_array_equal(nobody.step_rates, [0.0, math.nan])
    assert nobody.summary().startswith("Nobody of 3 customers began")
    none = FunnelCounts(steps=["a"], counts=[0], customers=0)
    assert np.isnan(none.step_rates).all()
    assert none.summary().startswith("Nobody of 0 customers began")
    unripe = {"counts": [0, 0], "customers": 1_500, "left_out": 1_200}
    late = FunnelCounts(**FULL | unripe)
    assert late.summary() == (
        "Nobody of 1,500 customers began in time; 1,200 began too late to be judged."
    )
    np.testing.assert_array_equal(late.step_rates, [0.0, math.nan])
    everybody = FunnelCounts(**FULL | unripe | {"customers": 1_200})
    assert np.isnan(everybody.step_rates).all()


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_intervals_solve_the_equation_of_wilson(level: float) -> None:
    """Wilson (1927): the ends are where the normal test of the rate just rejects."""
    state = FunnelCounts(steps=list("abcd"), counts=[40, 39, 13, 0], customers=50)
    low, high = state.interval(level=level)
    assert (low[0], high[0]) == (1.0, 1.0)
    z = {0.5: 0.6744897502, 0.9: 1.6448536270, 0.95: 1.9599639845, 0.999: 3.2905267315}
    for k in (1, 2, 3):
        p = state.rates[k]
        for end in (low[k], high[k]):
            away = z[level] ** 2 * end * (1 - end) / 40
            assert (p - end) ** 2 == pytest.approx(away, rel=1e-8, abs=1e-18)
        assert low[k] <= p <= high[k]
    assert low[3] == pytest.approx(0.0, abs=1e-15)


def test_it_is_said_in_one_line_and_in_one_sentence() -> None:
    state = FunnelCounts(steps=["ad", "shop"], counts=[1200, 1], customers=1500)
    assert repr(state) == "FunnelCounts ad 1,200 > shop 1, of 1,500 customers"
    assert state.summary() == (
        "1 of 1,200 who began came through (0.1 %, 95 % interval [0.0, 0.5]); most were"
        " lost between ad and shop (1,199)."
    )
    within = attrs.evolve(state, window=30, time_unit="D")
    assert repr(within) == (
        "FunnelCounts ad 1,200 > shop 1, of 1,500 customers, within 30 d"
    )
    assert within.summary() == state.summary()
    at_once = attrs.evolve(state, window=0)
    assert repr(at_once).endswith("of 1,500 customers, within 0 s")
    late = attrs.evolve(within, customers=3_000, observed_until=99, left_out=1_234)
    assert late.summary() == (
        "1 of 1,200 who began came through (0.1 %, 95 % interval [0.0, 0.5]); 1,234"
        " began too late to be judged; most were lost between ad and shop (1,199)."
    )
    one = FunnelCounts(steps=["ad"], counts=[1], customers=1)
    assert repr(one) == "FunnelCounts ad 1, of 1 customer"
    assert one.summary().endswith("; nobody was lost.")
    kept = FunnelCounts(steps=["ad", "shop"], counts=[2, 2], customers=3)
    assert kept.summary().endswith("; nobody was lost.")
    unripe = attrs.evolve(kept, window=1, observed_until=9, left_out=1)
    assert unripe.summary().endswith(
        "; 1 began too late to be judged; nobody was lost."
    )
    later = FunnelCounts(steps=list("abc"), counts=[9, 8, 2], customers=9)
    assert "most were lost between b and c (6)" in later.summary()


def test_in_any_order_a_step_is_a_number_of_touchpoints() -> None:
    log = log_of_ways("ab", "ba", "b", "c")
    found = funnel(log, ["a", "b"], order="any", window=timedelta(minutes=90))
    assert found.steps == ("a", "b")
    assert repr(found) == (
        "FunnelCounts any 1 3 > any 2 2, of 4 customers, within 90 min"
    )
    assert found.summary() == (
        "2 of 3 who began came through (66.7 %, 95 % interval [20.8, 93.9]); most were"
        " lost between any 1 and any 2 (1)."
    )
    assert str(found).splitlines() == [
        "step   n  of the first              95 %  of the step before",
        "any 1  3       100.0 %",
        "any 2  2        66.7 %  [20.8 %, 93.9 %]              66.7 %",
        "so many of the steps, in any order; within 90 min",
    ]
    assert [row["touchpoint"] for row in found.to_records()] == [None, None]
    assert [row["step"] for row in found.to_records()] == [1, 2]
    assert found.to_columns()["touchpoint"] == [None, None]
    assert found.to_dict()["steps"] == ["a", "b"]
    drawn = [*parse(found.to_svg()).itertext()]
    assert [word for word in drawn if word in {"any 1", "any 2", "a", "b"}] == [
        "any 1",
        "any 2",
    ]


def test_printed_it_is_a_table() -> None:
    state = FunnelCounts(steps=["ad", "shop"], counts=[1200, 300], customers=1500)
    assert str(state).splitlines() == [
        "step      n  of the first              95 %  of the step before",
        "ad    1,200       100.0 %",
        "shop    300        25.0 %  [22.6 %, 27.5 %]              25.0 %",
        "in this order, others between",
    ]
    nobody = FunnelCounts(steps=["a", "b"], counts=[0, 0], customers=0)
    assert str(nobody).splitlines() == [
        "step  n  of the first  95 %  of the step before",
        "a     0",
        "b     0",
        "in this order, others between",
    ]
    assert str(FunnelCounts(**FULL)).splitlines()[-1] == (
        "in this order, others between; within 10 h; from the first start only; each"
        " later than the one before; left out: 2 customers who began too late"
    )
    one = str(FunnelCounts(**FULL | {"left_out": 1})).splitlines()[-1]
    assert one.endswith("; left out: 1 customer who began too late")


def test_records_are_flat_and_columns_of_one_length() -> None:
    state = FunnelCounts(steps=["a", "b"], counts=[4, 1], customers=5)
    records, columns = state.to_records(), state.to_columns()
    low, high = state.interval()
    assert records[1] == {
        "step": 2,
        "touchpoint": "b",
        "n": 1,
        "rate": 0.25,
        "low": low[1],
        "high": high[1],
        "step_rate": 0.25,
    }
    assert {type(value) for row in records for value in row.values()} == {
        int,
        float,
        str,
    }
    assert columns == {name: [row[name] for row in records] for name in records[0]}


def test_to_dict_holds_plain_values_that_make_the_same() -> None:
    own = {"customers": np.int64(5), "window": np.int32(10), "left_out": np.int8(2)}
    state = FunnelCounts(**FULL | own)
    plain = state.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert FunnelCounts(**plain) == state
    assert list(plain) == list(FULL)


LABELS = ["<b>&\"'", "]]>\x00\ud800\u2028", "x" * 500, ("a", 1), 7, "", "$a_b^c\\"]


@pytest.mark.parametrize("counts", [[9, 8, 7, 6, 5, 4, 3], [0] * 7, [1] * 7])
def test_hostile_labels_are_drawn_and_printed(counts: list[int]) -> None:
    state = FunnelCounts(**FULL | {"steps": LABELS, "counts": counts, "customers": 11})
    svg = state._repr_html_()
    root = parse(svg)
    assert root.tag.endswith("svg")
    assert svg == state.to_svg()
    assert "<b>" not in svg
    assert repr(state)
    assert state.summary().endswith(".")
    assert len(str(state).splitlines()) >= 8
    assert json.dumps(state.to_dict())


def test_a_drawing_names_the_rules() -> None:
    said = " ".join(parse(FunnelCounts(**FULL).to_svg()).itertext())
    for words in (
        "How many of 5 customers come through",
        "in this order, others between",
        "within 10 h",
        "from the first start only",
        "each later than the one before",
        "left out: 2 customers who began too late",
    ):
        assert words in said
    plain = FunnelCounts(steps=["a"], counts=[1], customers=1, order="any")
    said = " ".join(parse(plain.to_svg()).itertext())
    assert "so many of the steps, in any order" in said
    for words in ("within", "first start", "later than", "too late"):
        assert words not in said
    strict = FunnelCounts(steps=["a"], counts=[1], customers=1, order="strict")
    said = " ".join(parse(strict.to_svg()).itertext())
    assert "in this order, nothing between" in said


def test_the_sentence_and_the_drawing_have_the_figures_of_the_table() -> None:
    log, _ = JourneyLog.from_paths([["ad", "site"], ["ad"]], conversions=[20, 80])
    found = funnel(log, ["ad", "site"])
    assert found.summary() == (
        "20 of 100 who began came through (20.0 %, 95 % interval [13.3, 28.9]); most"
        " were lost between ad and site (80)."
    )
    words = {element.text for element in ET.fromstring(found.to_svg()).iter()}  # noqa: S314  our own
    assert {"ad", "site", "100", "20", "20.0%"} <= words


def test_no_steps_are_refused_as_what_they_are() -> None:
    log, _ = JourneyLog.from_paths([["ad"]], conversions=[1])
    with pytest.raises(InvalidValueError) as caught:
        funnel(log, [])
    assert caught.value.value == ()
