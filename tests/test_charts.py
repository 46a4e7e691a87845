"""Is this month out of the ordinary? Oracles, laws and words of control charts."""

import copy
import itertools
import math
import pickle
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmkit import EFFORT_1_5, SATISFACTION_1_5, Tally, _draw_inference, nps
from cxmkit._signals import Course, reason
from cxmkit.charts import ControlChart, _range_p_value, control_chart
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.individuals import XmrChart, xmr_chart
from cxmkit.metrics import BoxShare, MeanScore, NetScore

SCALE = SATISFACTION_1_5
NET = NetScore(name="Net", positive=(5,), negative=(1, 2))
SHARE = BoxShare(name="Share", points=(4, 5))
MEAN = MeanScore(name="Mean")
RESCALED = MeanScore(name="Rescaled", rescaled=True)
EVERY: list[Any] = [NET, SHARE, MEAN, RESCALED]
every_metric = pytest.mark.parametrize("metric", EVERY, ids=[m.name for m in EVERY])
few = settings(max_examples=max(10, settings().max_examples // 3))

ALL: Any = ("beyond-limits", "run", "two-of-three", "four-of-five", "trend")
FIVE = [
    [3, 2, 5, 6, 4],
    [20, 30, 40, 80, 90],
    [6, 1, 9, 30, 25],
    [1, 1, 2, 5, 8],
    [10, 20, 20, 90, 120],
]
COUNTS = st.lists(
    st.lists(st.integers(0, 12), min_size=5, max_size=5), min_size=2, max_size=9
).filter(lambda rows: sum(sum(row) > 0 for row in rows) > 1)


def estimates(metric: Any, counts: Any, scale: Any = SCALE) -> Any:
    labels = [f"P{i}" for i in range(len(counts))]
    return metric(Tally.from_counts(counts, scale=scale, by={"period": labels}))


def shares(successes: list[int], n: int) -> Any:
    return estimates(SHARE, [[n - x, 0, 0, 0, x] for x in successes])


def close(expected: Any, rel: float = 1e-9) -> Any:
    return pytest.approx(expected, rel=rel, abs=1e-9, nan_ok=True)


def refused(build: Any, error: type[CxmError], *words: str) -> CxmError:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    for each in words:
        assert each in str(refusal.value)
    return refusal.value


# Published values

# Wafers and cans: 30 samples of 50 (Montgomery; NIST e-Handbook 6.3.3.2).
WAFERS = [
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22),
    *(8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6),
]


@pytest.mark.reference
def test_chart_of_wafers() -> None:
    chart = control_chart(shares(WAFERS, 50), rules=["beyond-limits"])
    assert chart.centre == pytest.approx(23.13, abs=0.005)
    assert chart.high == pytest.approx(np.full(30, 41.02), abs=0.005)
    assert chart.low == pytest.approx(np.full(30, 5.24), abs=0.005)
    assert np.flatnonzero(chart.signalled).tolist() == [14, 22]
    assert not chart.exact.any()


@pytest.mark.reference
def test_chart_of_flow_rates() -> None:
    flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    chart = xmr_chart(flow)
    assert chart.centre == pytest.approx(50.81, abs=0.005)
    assert chart.mean_range == pytest.approx(1.8778, abs=0.00005)
    assert chart.high == pytest.approx(55.8041, abs=0.00005)
    assert chart.low == pytest.approx(45.8159, abs=0.00005)
    assert chart.range_limit == pytest.approx(3.267 * 1.8778, abs=0.0005)
    assert not chart.signalled.any()


def broken(values: Any, rules: Any) -> Any:
    """Return which values break a rule, in standard errors from the centre."""
    values = np.asarray(values, dtype=float)
    one = np.ones(values.size)
    course = Course.of(values, 0.0, one, (-3 * one, 3 * one))
    return np.any([course.broken(rule) for rule in rules], axis=0)


def average_run(rules: Any) -> float:
    """Return the mean number of normal values until the first signal.

    A Markov chain over what the rules remember: how long the run is, which of the last
    four lay beyond 1 and which of the last two beyond 2.
    """
    zones = [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5]
    ends = [-np.inf, -3, -2, -1, 0, 1, 2, 3, np.inf]
    chances = np.diff(scipy.stats.norm.cdf(ends))

    def remembered(past: list[float]) -> Any:
        side = math.copysign(1, past[-1])
        run = itertools.takewhile(lambda x: x * side > 0, reversed(past))
        one = [math.copysign(abs(x) > 1, x) for x in past[-4:]]
        two = [math.copysign(abs(x) > 2, x) for x in past[-2:]]
        return side * min(len(list(run)), 7), *map(abs, one), one, two

    states: list[list[float]] = [[]]
    known = {"": 0}
    moves: list[tuple[int, int, float]] = []
    for here, past in enumerate(states):  # which grows on the way
        for zone, chance in zip(zones, chances, strict=True):
            path = [*past, zone]
            if broken(path, rules)[-1]:
                continue
            key = repr(remembered(path))
            if key not in known:
                known[key] = len(states)
                states.append(path[-7:])
            moves.append((here, known[key], chance))
    system = np.eye(len(states))
    for here, there, chance in moves:
        system[here, there] -= chance
    return float(np.linalg.solve(system, np.ones(len(states)))[0])


@pytest.mark.reference
@pytest.mark.parametrize(
    ("rules", "published"),
    [
        (ALL[:1], 370.40),
        (("beyond-limits", "two-of-three"), 225.44),
        (("beyond-limits", "four-of-five"), 166.05),
        (("beyond-limits", "run"), 152.73),
        (ALL[:4], 91.75),
    ],
)
def test_run_lengths_of_champ_and_woodall(rules: Any, published: float) -> None:
    assert average_run(rules) == pytest.approx(published, abs=0.005)


def test_run_length_with_steady_rises() -> None:
    rng = np.random.default_rng(4)
    lengths = []
    for _ in range(500):
        signs = broken(rng.standard_normal(1500), ALL)
        lengths.append(int(np.argmax(signs)) + 1 if signs.any() else 1500)
    assert np.mean(lengths) == pytest.approx(77, abs=3 * np.std(lengths) / 500**0.5)


# Rules, against loops


def loops(values: Any, rule: str, sigma: float) -> list[bool]:
    """Return which values break a rule, window by window; NaN is missing."""

    def last(i: int, many: int) -> list[float]:
        window = values[max(i - many + 1, 0) : i + 1]
        holes = [k for k, x in enumerate(window) if math.isnan(x)]
        return list(window[holes[-1] + 1 :]) if holes else list(window)

    def one(i: int) -> Any:
        if math.isnan(values[i]):
            return False
        if rule == "beyond-limits":
            return abs(values[i]) > 3 * sigma
        if rule == "trend":
            six = last(i, 6)
            steps = np.diff(six)
            return len(six) == 6 and bool(min(steps) > 0 or max(steps) < 0)
        far, most, many = {
            "run": (0, 8, 8),
            "two-of-three": (2, 2, 3),
            "four-of-five": (1, 4, 5),
        }[rule]
        return any(
            side * values[i] > far * sigma
            and sum(side * x > far * sigma for x in last(i, many)) >= most
            for side in (-1, 1)
        )

    return [one(i) for i in range(len(values))]


@given(
    values=st.lists(
        st.one_of(
            st.sampled_from([-3.5, -2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5, 3.5]),
            st.floats(-4, 4).map(lambda x: round(x, 3)),
            st.just(math.nan),
        ),
        min_size=1,
        max_size=30,
    ),
    up=st.sampled_from([0.0, 0.7]),
)
@pytest.mark.parametrize("rule", ALL)
def test_rules_are_those_of_loops(rule: str, values: list[float], up: float) -> None:
    moved = [x + up for x in values]
    assert broken(moved, [rule]).tolist() == loops(moved, rule, 1)


def test_rules_at_their_edges() -> None:
    assert not broken([0.5] * 7, ["run"]).any()
    assert broken([0.5] * 9, ["run"]).tolist() == [False] * 7 + [True] * 2
    assert not broken([*[0.5] * 7, 0.0, 0.5], ["run"]).any()
    assert not broken([*[0.5] * 7, math.nan, 0.5], ["run"]).any()
    assert broken([2.1, 0, 2.1], ["two-of-three"]).tolist() == [False, False, True]
    assert not broken([2.1, 0, 0, 2.1], ["two-of-three"]).any()
    assert not broken([2.1, -2.1, 0], ["two-of-three"]).any()
    assert not broken([2.1, math.nan, 2.1], ["two-of-three"]).any()
    # The period that completes it is the signal, not one that follows inside.
    assert broken([2.1, 2.1, 0], ["two-of-three"]).tolist() == [False, True, False]
    assert broken([1.1, 1.1, 0, 1.1, 1.1], ["four-of-five"])[-1]
    assert not broken([1.1, 1.1, 0, 0, 1.1, 1.1], ["four-of-five"]).any()
    assert broken([0, 1, 2, 3, 4, 5], ["trend"]).tolist() == [False] * 5 + [True]
    assert broken([5, 4, 3, 2, 1, 0], ["trend"])[-1]
    assert not broken([0, 1, 2, 2, 3, 4, 5], ["trend"]).any()
    assert not broken([3.0, -3.0], ["beyond-limits"]).any()
    assert broken([3.001, -3.001], ["beyond-limits"]).all()


def test_rounding_is_no_signal() -> None:
    values = np.full(8, 0.1 + 0.2)
    ends = np.full(8, 0.3), np.full(8, 0.3)
    course = Course.of(values, 0.3, np.full(8, 1e-17), ends)
    assert (values > 0.3).all()
    for rule in ALL:
        assert not course.broken(rule).any()


# Centre and limits, against loops


def flat(metric: Any, counts: Any) -> tuple[Any, Any]:
    """Return each answer's worth and how often it came, pooled over periods."""
    return metric.worth(SCALE), np.sum(counts, axis=0)


@every_metric
def test_centre_and_normal_limits(metric: Any) -> None:
    many = [[20 * x for x in row] for row in FIVE]
    chart = control_chart(estimates(metric, many))
    worth, n = flat(metric, many)
    centre = (worth @ n) / n.sum()
    assert chart.centre == close(centre)
    variance = (worth - centre) ** 2 @ n / n.sum()
    if metric in {MEAN, RESCALED}:
        rows = np.array(many, dtype=float)
        inside = rows @ worth / rows.sum(1)
        squares = (rows * (worth - inside[:, None]) ** 2).sum()
        variance = squares / (rows.sum() - len(rows))
    sigma = np.sqrt(variance / np.sum(many, axis=1))
    assert chart.sigma == close(sigma)
    assert chart.low == close(centre - 3 * sigma)
    assert chart.high == close(centre + 3 * sigma)
    assert not chart.exact.any()
    z = (chart.value - centre) / sigma
    assert chart.sigma_z == close(np.abs(np.diff(z)).mean() / 1.128)
    assert [bool(x) for x in chart.signals] == (np.abs(z) > 3).tolist()


def sums(chances: Any, n: int) -> Any:
    """Return the distribution of a sum of n, one answer after the other."""
    found = np.ones(1)
    for _ in range(n):
        found = np.convolve(found, chances)
    return found


@every_metric
@pytest.mark.parametrize("scale", [SATISFACTION_1_5, EFFORT_1_5])
def test_exact_limits_are_those_of_the_distribution(metric: Any, scale: Any) -> None:
    chart = control_chart(estimates(metric, FIVE, scale))
    worth, n = metric.worth(scale), np.sum(FIVE, axis=0)
    values = np.unique(worth)
    chances = np.array([n[worth == x].sum() for x in values]) / n.sum()
    answers = np.sum(FIVE, axis=1)
    assert chart.exact.tolist() == (answers * chances.min() < 5).tolist()
    assert chart.exact.any()
    for place in np.flatnonzero(chart.exact):
        size = int(answers[place])
        possible = np.linspace(values[0], values[-1], (len(values) - 1) * size + 1)
        tail = np.cumsum(sums(chances, size))
        assert chart.low[place] == close(possible[np.argmax(tail > 0.00135)])
        upper = np.cumsum(sums(chances, size)[::-1])
        assert chart.high[place] == close(possible[::-1][np.argmax(upper > 0.00135)])


def test_exact_limits_of_a_share_are_binomial() -> None:
    chart = control_chart(shares([48, 49, 47, 50, 46, 50], 50))
    p = 290 / 300
    assert chart.exact.all()
    k = np.arange(51)
    inside = (scipy.stats.binom.cdf(k, 50, p) > 0.00135) & (
        scipy.stats.binom.sf(k - 1, 50, p) > 0.00135
    )
    assert chart.low[0] == close(2 * k[inside][0])
    assert chart.high[0] == close(100)
    assert not chart.signalled.any()


@given(counts=COUNTS)
@few
@every_metric
def test_exact_limits_let_through_what_they_promise(
    metric: Any, counts: list[list[int]]
) -> None:
    chart = control_chart(estimates(metric, counts))
    least, most = metric.range(SCALE)
    known = ~np.isnan(chart.low)
    assert (known <= ~np.isnan(chart.value)).all()
    assert (chart.low[known] >= least).all()
    assert (chart.high[known] <= most).all()
    assert (chart.low[known] <= chart.centre + 1e-9).all()
    assert (chart.high[known] >= chart.centre - 1e-9).all()
    worth, n = flat(metric, counts)
    values = np.unique(worth)
    chances = np.array([n[worth == x].sum() for x in values]) / n.sum()
    for place in np.flatnonzero(chart.exact):
        size = sum(counts[place])
        possible = np.linspace(values[0], values[-1], (len(values) - 1) * size + 1)
        chance = sums(chances, size)
        assert chance[possible < chart.low[place] - 1e-6].sum() <= 0.00135 + 1e-12
        assert chance[possible > chart.high[place] + 1e-6].sum() <= 0.00135 + 1e-12
        assert chance[possible < chart.low[place] + 1e-6].sum() > 0.00135 - 1e-12


def test_exact_limits_cry_wolf_less_than_normal_ones() -> None:
    # The documented figures for nine promoters in ten and one detractor in fifty.
    chances = np.array([0.02, 0.08, 0.9])
    figures = {10: (1.42, 0.08), 20: (0.70, 0.07), 50: (0.34, 0.06), 200: (0.27, 0.21)}
    for n, (normal, exact) in figures.items():
        rows = [[n // 10 * 2, 0, n // 10 * 8, 0, n // 10 * 90]] * 4
        chart = control_chart(estimates(NET, [*rows, [n, 0, 0, 0, 0]]), baseline=BASE)
        assert chart.centre == close(88)
        distribution = sums(chances, n)
        possible = np.linspace(-100, 100, 2 * n + 1)

        def outside(
            low: Any, high: Any, d: Any = distribution, x: Any = possible
        ) -> Any:
            return 100 * d[(x < low - 1e-9) | (x > high + 1e-9)].sum()

        reach = 3 * math.sqrt(1e4 * (0.92 - 0.88**2) / n)
        assert outside(88 - reach, min(88 + reach, 100)) == pytest.approx(
            normal, abs=0.006
        )
        assert chart.exact[4]
        assert outside(chart.low[4], chart.high[4]) == pytest.approx(exact, abs=0.006)


BASE = ["P0", "P1", "P2", "P3"]


def test_means_without_a_tally_have_normal_limits() -> None:
    answers = np.concatenate([np.repeat(np.arange(1, 6), row) for row in FIVE])
    by = np.repeat(np.arange(5), np.sum(FIVE, axis=1))
    loose = control_chart(MEAN(answers, scale=SCALE, by={"period": by}))
    tight = control_chart(estimates(MEAN, FIVE))
    assert not loose.exact.any()
    assert tight.exact.any()
    assert loose.centre == close(tight.centre)
    assert loose.sigma == close(tight.sigma)
    assert loose.low == close(np.maximum(loose.centre - 3 * loose.sigma, 1))


def test_ranked_periods_keep_their_distribution() -> None:
    first = estimates(MEAN, FIVE)
    ranked = first.ranked()
    one = control_chart(first, baseline=["P1", "P3"])
    two = control_chart(ranked, baseline=["P1", "P3"])
    places = [first.labels["period"].index(x) for x in ranked.labels["period"]]
    assert two.low == close(one.low[places])
    assert two.exact.tolist() == one.exact[places].tolist()
    assert one.exact.any()


def test_weights_count_as_effective_answers() -> None:
    rng = np.random.default_rng(5)
    answers, weights = rng.integers(1, 6, 300), rng.uniform(0.2, 3, 300)
    by = {"period": (np.repeat(np.arange(4), 75), [1, 2, 3, 4])}
    for metric in (NET, SHARE, MEAN):
        tally = Tally.count(answers, scale=SCALE, by=by, weights=weights)
        every = metric(tally)
        chart = control_chart(every)
        n = every.n_effective
        assert chart.centre == close(n @ every.value / n.sum())
        assert (chart.low < chart.centre).all()
        assert not chart.exact.any()
    tally = Tally.count(
        [5, 5, 5, 5, 1, 5], scale=SCALE, by={"m": [1, 1, 1, 2, 2, 2]},
        weights=[1, 2, 3, 1, 2, 3],
    )  # fmt: skip
    for metric in (SHARE, MEAN):
        chart = control_chart(metric(tally))
        assert chart.exact.all()
        # 36 / 14 answers are as good as 3.
        assert chart.low[0] == chart.low[1] == metric.range(SCALE)[0]
        assert chart.high[0] == metric.range(SCALE)[1]


def test_effective_answers_are_rounded_for_exact_limits() -> None:
    weights = np.where(np.arange(50) < 25, 1.0, 1.9)
    answers = np.where(np.arange(50) % 10 == 4, 1, 5)
    by = {"m": np.tile([1, 2], 25)}
    for heavy in (weights, weights**1.4):
        tally = Tally.count(answers, scale=SCALE, by=by, weights=heavy)
        every = SHARE(tally)
        chart = control_chart(every)
        assert chart.exact.all()
        for low, n in zip(chart.low, every.n_effective, strict=True):
            assert n != round(n)
            assert low * round(n) / 100 == close(round(low * round(n) / 100))


def test_weights_make_no_spread_out_of_answers_all_alike() -> None:
    rng = np.random.default_rng(2)
    by = {"m": np.repeat([1, 2, 3], 5)}
    for _ in range(20):
        heavy = rng.uniform(0.2, 3, 15)
        for metric in EVERY:
            every = metric(np.full(15, 5), scale=SCALE, by=by, weights=heavy)
            assert np.isnan(control_chart(every).low).all()


def test_far_too_many_answers_have_normal_limits() -> None:
    rare = [[1, 0, 0, 0, 3_000_000]] * 3
    chart = control_chart(estimates(SHARE, rare))
    assert not chart.exact.any()
    assert control_chart(estimates(SHARE, [[1, 0, 0, 0, 3_000]] * 3)).exact.all()
    large = control_chart(estimates(SHARE, [[2, 0, 0, 0, 199_998]] * 2))
    assert large.exact.all()
    k = scipy.stats.binom.isf(0.00135, 200_000, 1e-5)
    assert large.low[0] == close(100 - k * 5e-4, 1e-12)


def test_what_never_occurs_does_not_count_as_rare() -> None:
    chart = control_chart(estimates(NET, [[0, 0, 40, 0, 60], [0, 0, 50, 0, 50]]))
    assert not chart.exact.any()


# Baselines, missing periods, more than chance


@every_metric
@given(counts=COUNTS, data=st.data())
@few
def test_a_baseline_alone_makes_the_limits(
    metric: Any, counts: list[list[int]], data: st.DataObject
) -> None:
    every = estimates(metric, counts)
    answered = [f"P{i}" for i, row in enumerate(counts) if sum(row)]
    base = data.draw(st.lists(st.sampled_from(answered), min_size=2, unique=True))
    chart = control_chart(every, baseline=base)
    assert set(chart.baseline) == set(base)
    changed = [
        row if f"P{i}" in base else [sum(row), 0, 0, 0, 0]
        for i, row in enumerate(counts)
    ]
    other = control_chart(estimates(metric, changed), baseline=base[::-1])
    assert other.centre == close(chart.centre)
    assert other.low == close(chart.low)
    assert other.high == close(chart.high)
    assert other.sigma_z == close(chart.sigma_z)


def test_missing_periods_break_runs_and_have_no_limits() -> None:
    above = [[10, 0, 0, 0, 40]] * 8
    below = [[20, 0, 0, 0, 30]] * 8
    whole = control_chart(estimates(SHARE, above + below))
    assert [i for i, x in enumerate(whole.signals) if "run" in x] == [7, 15]
    hole = control_chart(estimates(SHARE, [*above[:7], [0] * 5, above[0], *below]))
    assert [i for i, x in enumerate(hole.signals) if "run" in x] == [16]
    assert np.isnan([hole.low[7], hole.high[7], hole.sigma[7]]).all()
    assert not hole.signals[7]
    assert hole.summary().endswith("Without answers: P7.")
    assert hole.to_records()[7]["value"] is None
    assert hole.to_records()[7]["low"] is None
    # The step over the hole is no range of neighbours.
    gap = control_chart(estimates(SHARE, [above[0], above[0], [0] * 5, *below]))
    assert gap.sigma_z == close(0)


def test_laney_widens_limits_as_neighbours_differ() -> None:
    rng = np.random.default_rng(8)
    n = rng.integers(2_000, 9_000, 24)
    x = rng.binomial(n, np.clip(rng.normal(0.3, 0.03, 24), 0, 1))
    every = estimates(SHARE, np.stack([n - x, 0 * x, 0 * x, 0 * x, x], axis=1))
    plain, wide = control_chart(every), control_chart(every, method="laney")
    centre = 100 * x.sum() / n.sum()
    sigma = np.sqrt(centre * (100 - centre) / n)
    z = (100 * x / n - centre) / sigma
    ratio = np.abs(np.diff(z)).mean() / 1.128
    assert plain.sigma_z == wide.sigma_z == close(ratio)
    assert ratio > 2
    assert wide.sigma == close(sigma * ratio)
    assert wide.low == close(centre - 3 * sigma * ratio)
    assert wide.high == close(centre + 3 * sigma * ratio)
    assert np.count_nonzero(plain.signalled) > 8
    assert not wide.signalled.any()
    assert plain.overdispersed
    assert f"Periods vary {ratio:.1f} times as much as chance alone" in plain.summary()
    assert 'method="laney" allows for it' in plain.summary()
    assert "the limits allow for it" in wide.summary()
    few_answers = control_chart(shares([9, 10, 8, 9, 10], 10), method="laney")
    assert not few_answers.exact.any()
    assert few_answers.high.max() <= 100


def test_laney_needs_neighbours_that_differ() -> None:
    holes = estimates(SHARE, [[10, 0, 0, 0, 40], [0] * 5, [20, 0, 0, 0, 30]])
    refused(
        lambda: control_chart(holes, method="laney"), InvalidValueError, "neighbours"
    )
    assert math.isnan(control_chart(holes).sigma_z)
    assert math.isnan(control_chart(holes).sigma_z_p_value)
    assert not control_chart(holes).overdispersed
    same = control_chart(shares([40, 40, 40], 50), method="laney")
    assert np.isnan(same.low).all()
    assert "No limits: nothing varies in the baseline." in same.summary()


def test_more_than_chance_is_rarely_found_where_there_is_none() -> None:
    rng = np.random.default_rng(6)
    for pairs in (5, 23):
        z = rng.standard_normal((60_000, pairs + 1))
        ratios = np.abs(np.diff(z, axis=1)).mean(axis=1) / 1.128
        for share, near in ((0.5, 0.02), (0.9, 0.012), (0.99, 0.003)):
            found = _range_p_value(float(np.quantile(ratios, share)), pairs)
            assert found == pytest.approx(1 - share, abs=near)
    chart = control_chart(shares([40, 42, 39, 41], 50))
    assert attrs.evolve(chart, sigma_z_p_value=0.0099).overdispersed
    assert not attrs.evolve(chart, sigma_z_p_value=0.0101).overdispersed


def test_a_baseline_all_alike_has_no_limits() -> None:
    for metric in EVERY:
        rows = [[0, 0, 0, 0, 20]] * 3 + [[5, 0, 0, 0, 15]]
        chart = control_chart(estimates(metric, rows), baseline=["P0", "P1", "P2"])
        assert np.isnan(chart.low).all()
        assert np.isnan(chart.sigma).all()
        assert not chart.exact.any()
        assert not chart.signalled.any()
        assert "No limits: nothing varies in the baseline." in chart.summary()
    one = [[0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]
    assert np.isnan(control_chart(estimates(MEAN, one)).low).all()


def test_runs_are_seen_where_no_spread_is_known() -> None:
    rows = [[0, 0, 0, 0, 20]] * 2 + [[5, 0, 0, 0, 15]] * 8
    every = estimates(SHARE, rows)
    chart = control_chart(every, baseline=["P0", "P1"], rules=ALL)
    assert chart.signals[-1] == ("run",)
    assert not any(chart.signals[:-1])


# XmR


@given(
    values=st.lists(st.integers(-50, 50), min_size=2, max_size=20),
    a=st.sampled_from([-3.0, 0.5, 7.0]),
    b=st.sampled_from([0.0, 100.0]),
)
def test_xmr_moves_and_scales_with_its_values(
    values: list[int], a: float, b: float
) -> None:
    chart = xmr_chart(values)
    moved = xmr_chart(a * np.array(values) + b)
    ends = [a * chart.low + b, a * chart.high + b]
    assert moved.centre == close(a * chart.centre + b)
    assert [moved.low, moved.high] == close(ends if a > 0 else ends[::-1])
    assert moved.mean_range == close(abs(a) * chart.mean_range)
    assert moved.signals == chart.signals
    assert chart.centre == close(np.mean(values))
    steps = [abs(y - x) for x, y in itertools.pairwise(values)]
    assert chart.mean_range == close(np.mean(steps))
    assert chart.moving_ranges[1:].tolist() == steps
    assert math.isnan(chart.moving_ranges[0])
    if not sum(steps):
        assert math.isnan(chart.low)
        return
    assert chart.high - chart.centre == close(3 / 1.128 * np.mean(steps))
    wide = [step > 3.267 * np.mean(steps) for step in steps]
    assert ["moving-range" in x for x in chart.signals] == [False, *wide]


def test_xmr_with_a_baseline_and_labels() -> None:
    values = [102, 98, 101, 97, 103, 99, 100, 131, 98, 140]
    months = [f"M{i}" for i in range(10)]
    chart = xmr_chart(values, labels=months, baseline=months[:7], rules=ALL)
    assert chart.centre == 100
    assert chart.mean_range == close(22 / 6)
    assert chart.signals[7] == ("beyond-limits",)
    assert chart.signals[9] == ("beyond-limits", "two-of-three")
    assert chart.baseline == tuple(months[:7])
    assert chart.rules == ALL
    assert chart.summary() == (
        "2 of 10 values are out of the ordinary around 100.0: M7 (131.0, above the"
        " limits 90.2 to 109.8) and M9 (140.0, above the limits 90.2 to 109.8)."
    )
    # Neighbours must both be inside.
    gaps = xmr_chart([1, 2, 50, 4, 6], baseline=[1, 5, 4, 2])
    assert gaps.mean_range == 1.5
    assert xmr_chart([1, 2], labels=[np.int64(3), 4]).labels == (3, 4)


def test_xmr_all_alike() -> None:
    chart = xmr_chart([7, 7, 7, 9], baseline=[1, 2, 3])
    assert math.isnan(chart.low)
    assert math.isnan(chart.range_limit)
    assert not chart.signalled.any()
    assert chart.summary() == (
        "None of 4 values is out of the ordinary around 7.00. No limits: nothing"
        " varies in the baseline."
    )
    assert chart == copy.deepcopy(chart)
    assert chart.to_dict()["low"] is None


def test_xmr_figures_have_digits_worth_printing() -> None:
    assert "0.0025 [" in repr(xmr_chart([0.001, 0.002, 0.003, 0.004]))
    assert "around 25,000 [" in repr(xmr_chart([10_000, 20_000, 30_000, 40_000]))
    assert repr(xmr_chart([1, 2])).startswith("XmR chart of 2 values around 1.5 [")
    assert "around 0.000000000000 [" in repr(xmr_chart([0, 1e-20]))


# Refusals


def test_refusals_of_control_charts() -> None:
    every = estimates(SHARE, FIVE)
    refused(lambda: control_chart(nps([10, 9])), InvalidTypeError, "Estimates", "by=")  # type: ignore[arg-type]
    wide = nps([10, 9, 3], by={"year": [1, 2, 1], "shop": ["a", "b", "b"]})
    refused(lambda: control_chart(wide), InvalidValueError, "one axis", ".at(")
    lone = estimates(SHARE, [FIVE[0], [0] * 5])
    error = refused(lambda: control_chart(lone), InvalidValueError, "estimates must")
    assert error.value == 1
    bad: list[tuple[dict[str, Any], type[CxmError], str]] = [
        ({"baseline": ["P0"]}, InvalidValueError, "baseline must have at least two"),
        ({"baseline": []}, InvalidValueError, "at least two periods with answers"),
        ({"baseline": ["P0", "Q"]}, InvalidValueError, "baseline[1] must be one of"),
        ({"baseline": ["P0", []]}, InvalidValueError, "labels are 'P0', 'P1'"),
        ({"baseline": ["P0", "P1", "P0"]}, InvalidValueError, "baseline[2] must not"),
        ({"baseline": "P0"}, InvalidTypeError, "baseline must be a series of labels"),
        ({"method": "x"}, InvalidValueError, '"shewhart", "laney"'),
        ({"rules": "run"}, InvalidValueError, "rules must name at least one"),
        ({"rules": ()}, InvalidValueError, 'choose from "beyond-limits", "run"'),
        ({"rules": ["run", "moving-range"]}, InvalidValueError, "rules[1] must be"),
        ({"rules": ["run", "run"]}, InvalidValueError, "rules[1] must not repeat"),
    ]
    for options, kind, words in bad:
        refused(lambda x=options: control_chart(every, **x), kind, words)


def test_refusals_of_xmr_charts() -> None:
    bad: list[tuple[Any, dict[str, Any], type[CxmError], str]] = [
        ([1], {}, InvalidValueError, "values must be a series of at least two"),
        ([], {}, InvalidValueError, "values must be a series of at least two"),
        (7, {}, InvalidValueError, "series of at least two numbers"),
        ([[1, 2], [3, 4]], {}, InvalidValueError, "series of at least two numbers"),
        ([1, math.nan, 3], {}, MissingValueError, "values[1] is missing"),
        ([1, 2, None], {}, MissingValueError, "values[2] is missing"),
        ([1, math.inf], {}, InvalidValueError, "values[1] must be a finite number"),
        ([1, -1e300], {}, InvalidValueError, "values[1] must be less than 1e+300"),
        ([1, "2"], {}, InvalidTypeError, "values[1] must be a number"),
        ([1, 2], {"labels": ["a"]}, InvalidValueError, "one label per value (2)"),
        ([1, 2], {"labels": ["a", "a"]}, InvalidValueError, "labels[1] must not"),
        ([1, 2], {"labels": ["a", None]}, MissingValueError, "labels[1] is missing"),
        ([1, 2, 3], {"baseline": [1, 3]}, InvalidValueError, "two neighbours"),
        ([1, 2], {"rules": ["leap"]}, InvalidValueError, '"moving-range"'),
    ]
    for values, options, kind, words in bad:
        refused(lambda v=values, x=options: xmr_chart(v, **x), kind, words)


def test_charts_refuse_what_does_not_fit() -> None:
    chart = control_chart(estimates(SHARE, FIVE))
    xmr = xmr_chart([1, 2, 3])
    bad: list[tuple[Any, dict[str, Any], str]] = [
        (chart, {"low": [1, 2]}, "low must have the shape (5,)"),
        (chart, {"exact": [True]}, "exact must have the shape (5,)"),
        (chart, {"signals": [()] * 4}, "signals must have one entry per period (5)"),
        (chart, {"signals": [()] * 4 + [("trend",)]}, "signals[4] must name rules"),
        (xmr, {"values": [1, 2]}, "values must have the shape (3,)"),
        (xmr, {"signals": [()]}, "one entry per period (3)"),
        (xmr, {"labels": [1, 1, 2]}, "labels[1] must not repeat"),
    ]
    for good, change, words in bad:
        refused(lambda g=good, x=change: attrs.evolve(g, **x), InvalidValueError, words)
    wrong: Any = 3
    refused(lambda: attrs.evolve(chart, estimates=wrong), InvalidTypeError, "estimates")


HOURS = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (0, 6, 12)]
DATES = [date(2026, month, 1) for month in (1, 3, 2)]


def by_label(labels: Any) -> Any:
    rows = [[10, 0, 0, 0, 40]] * len(labels)
    return SHARE(Tally.from_counts(rows, scale=SCALE, by={"when": labels}))


@pytest.mark.parametrize(
    ("labels", "index"),
    [
        ([1, 2, 4, 3], 3),
        ([2.5, 2, 3], 1),
        ([Decimal(2), 1, 3], 1),
        (DATES, 2),
        (HOURS[::-1], 1),
        ([np.datetime64(day) for day in DATES], 2),
        (np.array(DATES, dtype="datetime64[s]"), 2),
    ],
)
def test_numbers_and_dates_must_ascend(labels: Any, index: int) -> None:
    rule = "must be later than the one before; got"
    refused(
        lambda: control_chart(by_label(labels)),
        InvalidValueError,
        f"labels['when'][{index}] {rule}",
        "sort the answers by time before they are counted",
    )
    refused(
        lambda: xmr_chart(range(len(labels)), labels=labels),
        InvalidValueError,
        f"labels[{index}] {rule}",
        "sort values and labels by time",
    )


@pytest.mark.parametrize(
    "labels",
    [
        [1, 2, 4],
        [-1.5, 2, Decimal(3)],
        sorted(DATES),
        HOURS,
        ["b", "a", "c"],
        ["2026-02", "2026-01"],
        [True, False],
        [2, 1, "a"],
        [HOURS[0], DATES[1], HOURS[1]],  # cannot be compared
    ],
)
def test_other_labels_stand_as_they_are(labels: Any) -> None:
    assert control_chart(by_label(labels)).labels == tuple(labels)
    assert xmr_chart(range(len(labels)), labels=labels).labels == tuple(labels)


def test_a_single_disorder_is_found_without_answers_too() -> None:
    rows = [[10, 0, 0, 0, 40], [0] * 5, [10, 0, 0, 0, 40]]
    tally = Tally.from_counts(rows, scale=SCALE, by={"m": [1, 3, 2]})
    refused(lambda: control_chart(SHARE(tally)), InvalidValueError, "labels['m'][2]")


def test_what_an_xmr_chart_says_of_other_values() -> None:
    every: Any = estimates(SHARE, FIVE)
    refused(lambda: xmr_chart(every), InvalidTypeError, "take .value, or control_chart")
    refused(lambda: xmr_chart([1, None, 3]), MissingValueError, "leave it out, and its")


# Saying and going out


def test_midnights_print_as_dates() -> None:
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 9)]
    rows = [[50 - x, 0, 0, 0, x] for x in (40, 41, 40, 41, 40, 41, 0, 10)]
    days.append(datetime(2026, 1, 9, tzinfo=UTC))
    tally = Tally.from_counts([*rows, [0] * 5], scale=SCALE, by={"day": days})
    chart = control_chart(SHARE(tally), baseline=days[:6])
    assert ": 2026-01-07 (0.0, below the limits" in chart.summary()
    assert chart.summary().endswith("Without answers: 2026-01-09.")
    assert str(chart).splitlines()[2].startswith("2026-01-01  50")
    xmr = xmr_chart([1, 2, 1, 2, 1, 2, 99, 1], labels=days[:8], baseline=days[:6])
    assert " 2026-01-07 (99.0, above" in xmr.summary()
    assert str(xmr).splitlines()[2].startswith("2026-01-01    1.0")
    for each in (chart, xmr):
        assert "00:00" not in each.to_svg()
    # Instants within a day are told apart by the hour.
    hours = xmr_chart([1, 2, 1], labels=HOURS)
    assert "2026-01-01 00:00:00+00:00" in str(hours)
    # So are midnights of several zones.
    east = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-5)))
    assert "00:00:00-05:00" in str(xmr_chart([1, 2], labels=[days[0], east]))


def test_words_of_a_quiet_chart() -> None:
    chart = control_chart(shares([40, 42, 39, 41], 50))
    assert repr(chart) == (
        "Share by period (4) around 81.0: nothing out of the ordinary"
    )
    assert chart.summary() == (
        "Share by period (4): none of 4 periods is out of the ordinary around 81.0."
    )


def test_words_of_signals() -> None:
    happy = [40, 41, 40, 41, 40, 41, 40, 20]
    chart = control_chart(shares(happy, 50), baseline=["P0", "P1", "P2", "P3"])
    assert chart.summary() == (
        "Share by period (8): 1 of 8 periods is out of the ordinary around 81.0: P7"
        " (40.0, below the limits 64.4 to 97.6)."
    )
    three = control_chart(shares([40, 41, 40, 41, 20, 40, 21, 20], 50), baseline=BASE)
    assert three.summary() == (
        "Share by period (8): 3 of 8 periods are out of the ordinary around 81.0:"
        " first P4 (40.0, below the limits 64.4 to 97.6), last P7 (40.0, below the"
        " limits 64.4 to 97.6)."
    )
    rows = [[30, 0, 0, 0, 20]] * 8 + [[20, 0, 0, 0, 30]] * 8
    effort = control_chart(estimates(MEAN, rows, EFFORT_1_5), rules=["run"])
    assert effort.summary().endswith(
        "P7 (2.60, the last 8 all below the centre, better) and P15 (3.40, the last 8"
        " all above the centre, worse)."
    )


@pytest.mark.parametrize(
    ("values", "rules", "words"),
    [
        ([0, 9, 0, 9, 0, 9, 0, 9], ["two-of-three"], ""),
        ([1, 2, 1, 2, 1, 2, 3.3, 3.3], ["two-of-three"], "2 of the last 3 far above"),
        (
            [1, 2, 1, 2, 1, 2, 0.2, 0.2, 0.2, 0.2],
            ["four-of-five"],
            "4 of the last 5 well below",
        ),
        ([1, 2, 3, 4, 5, 6], ["trend"], "the last 6 steadily rising or falling"),
        ([1, 2, 1, 2, 1, 9], ["moving-range"], "a leap from the one before"),
    ],
)
def test_words_of_rules(values: Any, rules: Any, words: str) -> None:
    chart = xmr_chart(values, baseline=range(1, 7), rules=rules)
    if words:
        assert words in chart.summary()
    else:
        assert chart.summary() == (
            "None of 8 values is out of the ordinary around 4.5."
        )


def test_words_of_exact_limits() -> None:
    some = control_chart(shares([9, 10, 8], 10))
    assert some.summary().endswith(
        "All limits are exact ones for few answers of a kind."
    )
    rows = [[100, 0, 0, 0, 900], [1, 0, 0, 0, 9], [0] * 5, [100, 0, 0, 0, 900]]
    chart = control_chart(estimates(SHARE, rows))
    assert "Exact limits, for few answers of a kind: P1." in chart.summary()
    assert chart.exact.tolist() == [False, True, False, False]
    many = [[100, 0, 0, 0, 900], *[[1, 0, 0, 0, 9]] * 7]
    assert ": P1, P2, P3, P4, P5 and 2 more." in (
        control_chart(estimates(SHARE, many)).summary()
    )


def test_tables_records_and_dicts() -> None:
    chart = control_chart(shares([9, 10, 1, 9], 10), baseline=["P0", "P1"])
    lines = str(chart).splitlines()
    assert lines[0] == repr(chart)
    assert lines[1].split() == [
        "period",
        "n",
        "value",
        "low",
        "high",
        "limits",
        "signals",
    ]
    assert lines[4].split()[:2] == ["P2", "10"]
    assert lines[4].split()[-2:] == ["exact", "beyond-limits"]
    record = chart.to_records()[2]
    assert record == {
        "period": "P2",
        "n": 10,
        "value": 10.0,
        "centre": 95.0,
        "low": chart.low[2],
        "high": chart.high[2],
        "sigma": chart.sigma[2],
        "exact": True,
        "signals": ["beyond-limits"],
    }
    told = chart.to_dict()
    assert told["periods"] == chart.to_records()
    assert told["baseline"] == ["P0", "P1"]
    assert told["rules"] == ["beyond-limits", "run"]
    assert (told["metric"], told["method"]) == ("Share", "shewhart")
    assert told["scale"] == SCALE.described
    assert told["sigma_z"] == chart.sigma_z
    assert told["sigma_z_p_value"] == chart.sigma_z_p_value
    xmr = xmr_chart([1, 2, 9], labels=["a", "b", "c"])
    assert str(xmr).splitlines()[1].split() == ["label", "value", "range", "signals"]
    assert str(xmr).splitlines()[2].split() == ["a", "1.0"]
    assert xmr.to_records()[1] == {
        "label": "b",
        "value": 2.0,
        "range": 1.0,
        "signals": [],
    }
    assert xmr.to_records()[0]["range"] is None
    told = xmr.to_dict()
    assert told["values"] == xmr.to_records()
    assert told["centre"] == 4
    assert told["baseline"] == ["a", "b", "c"]
    assert told["rules"] == ["beyond-limits", "moving-range", "run"]


def test_drawings() -> None:
    chart = control_chart(shares([9, 10, 1, 9], 10), baseline=["P0", "P1"])
    xmr = xmr_chart([1, 2, 1, 2, 1, 2, 99], baseline=[1, 2, 3, 4])
    for each, title, note in (
        (chart, "Share control chart", "All limits are exact"),
        (xmr, "XmR chart", "Greatest ordinary step: 3.3"),
    ):
        svg = each.to_svg()
        ET.fromstring(svg)  # noqa: S314
        assert title in svg
        assert note in svg
        assert each._repr_html_() == svg


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: control_chart(estimates(NET, FIVE)), ControlChart),
        (lambda: xmr_chart([1, 2, 4]), XmrChart),
    ],
)
def test_equality_and_copies(make: Any, kind: type) -> None:
    chart: Any = make()
    assert chart == make()
    assert chart != 3
    assert chart != attrs.evolve(chart, centre=1)
    assert chart != attrs.evolve(
        chart, rules=("trend",), signals=[()] * len(chart.signals)
    )
    for same in (copy.deepcopy(chart), pickle.loads(pickle.dumps(chart))):  # noqa: S301
        assert same == chart
    array = chart.low if kind is ControlChart else chart.values
    assert not array.flags.writeable
    assert type(chart) is kind
    with pytest.raises(TypeError):
        hash(chart)


def test_what_a_chart_holds() -> None:
    every = estimates(NET, FIVE)
    chart = control_chart(every)
    assert chart.labels == chart.baseline == ("P0", "P1", "P2", "P3", "P4")
    assert chart.value is every.value
    assert chart.definition == NET
    assert chart.scale == SCALE
    assert chart.method == "shewhart"
    assert chart.signalled.tolist() == [bool(x) for x in chart.signals]


# Word for word


def test_every_word_of_a_chart() -> None:
    chart = control_chart(shares([9, 10, 1, 9], 10), rules=ALL, baseline=["P0", "P1"])
    assert repr(chart) == "Share by period (4) around 95.0: 1 out of the ordinary"
    assert list(chart.to_dict()) == [
        *("centre", "sigma_z", "sigma_z_p_value", "baseline", "rules", "method"),
        *("metric", "scale", "periods"),
    ]
    assert chart.to_dict()["centre"] == 95
    note = "All limits are exact ones for few answers of a kind."
    assert chart.summary().endswith(f"). {note}")
    assert chart.to_svg() == _draw_inference.control_chart(
        ["P0", "P1", "P2", "P3"],
        chart.value.tolist(),
        chart.low.tolist(),
        chart.high.tolist(),
        95.0,
        [False, False, True, False],
        title="Share control chart",
        axis_label="%",
        digits=1,
        notes=[note],
    )
    flat = control_chart(shares([10] * 3, 10))
    assert repr(flat) == (
        "Share by period (3) around 100.0: nothing out of the ordinary"
    )
    assert flat.summary() == (
        "Share by period (3): none of 3 periods is out of the ordinary around 100.0. No"
        " limits: nothing varies in the baseline."
    )
    assert {line.split()[-1] for line in str(flat).splitlines()[2:]} == {"nan"}


def test_every_reason_of_a_signal() -> None:
    reasons = {
        "beyond-limits": "above the limits 1 to 2",
        "moving-range": "a leap from the one before",
        "run": "the last 8 all above the centre",
        "two-of-three": "2 of the last 3 far above the centre",
        "four-of-five": "4 of the last 5 well above the centre",
        "trend": "the last 6 steadily rising or falling",
    }
    for rule, said in reasons.items():
        assert reason([rule, "run"], 1.0, "1 to 2") == said
        below = said.replace("above", "below")
        assert reason([rule, "run"], -1.0, "1 to 2") == below


def test_several_signals_stand_side_by_side() -> None:
    xmr = xmr_chart([10, 12, 9, 11, 10, 12, 30, 31, 30, 33, 34, 31, 32, 33])
    assert repr(xmr) == (
        "XmR chart of 14 values around 22.7 [14.7, 30.7]: 13 out of the ordinary"
    )
    assert str(xmr).splitlines()[-1] == ("   14   33.0    1.0  beyond-limits, run")
    assert xmr.summary() == (
        "13 of 14 values are out of the ordinary around 22.7: first 1 (10.0, below the"
        " limits 14.7 to 30.7), last 14 (33.0, above the limits 14.7 to 30.7)."
    )
    assert xmr.to_svg() == _draw_inference.control_chart(
        [str(label) for label in xmr.labels],
        xmr.values.tolist(),
        [xmr.low] * 14,
        [xmr.high] * 14,
        xmr.centre,
        xmr.signalled.tolist(),
        title="XmR chart",
        axis_label="",
        digits=1,
        notes=[f"Greatest ordinary step: {xmr.range_limit:.1f}"],
    )
    quiet = xmr_chart([5, 6, 5.5])
    assert repr(quiet) == (
        "XmR chart of 3 values around 5.50 [3.51, 7.49]: nothing out of the ordinary"
    )
    assert list(quiet.to_dict()) == [
        *("centre", "low", "high", "mean_range", "range_limit", "baseline", "rules"),
        "values",
    ]
    before = [f"P{place}" for place in range(8)]
    chart = control_chart(shares([90] * 8 + [20] * 8, 100), rules=ALL, baseline=before)
    signals = "beyond-limits, run, two-of-three, four-of-five"
    assert str(chart).splitlines()[-1].endswith(f"  {signals}")


def test_the_way_out_of_a_wide_spread_is_said_to_the_end() -> None:
    wide = shares([10, 90, 20, 80, 30, 70, 10, 90], 100)
    ways: list[tuple[Any, str]] = [
        ("shewhart", 'method="laney" allows for it'),
        ("laney", "the limits allow for it"),
    ]
    for method, way in ways:
        said = f" times as much as chance alone would make them; {way}."
        assert said in control_chart(wide, method=method).summary()
