"""Is it going up or down? Oracles, laws and words of `trend`."""

import copy
import math
import pickle
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmkit import EFFORT_1_5, SATISFACTION_1_5, Estimates, Tally, _draw_inference, nps
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.metrics import BoxShare, MeanScore, NetScore
from cxmkit.trends import Trend, trend

SCALE = SATISFACTION_1_5
NET = NetScore(name="Net", positive=(5,), negative=(1, 2))
SHARE = BoxShare(name="Share", points=(4, 5))
MEAN = MeanScore(name="Mean")
CASES: list[tuple[Any, str]] = [
    (NET, "wls"),
    (SHARE, "cochran-armitage"),
    (SHARE, "wls"),
    (MEAN, "contrast"),
    (MEAN, "wls"),
]
every_case = pytest.mark.parametrize(
    ("metric", "method"), CASES, ids=[f"{m.name}-{method}" for m, method in CASES]
)
few = settings(max_examples=max(10, settings().max_examples // 3))

Counts = list[list[int]]
COUNTS = st.lists(
    st.lists(st.integers(0, 30), min_size=5, max_size=5).filter(lambda x: sum(x) > 1),
    min_size=2,
    max_size=6,
)
FIVE: Counts = [
    [3, 2, 5, 6, 4],
    [2, 3, 4, 8, 9],
    [6, 1, 9, 30, 25],
    [1, 1, 2, 5, 8],
    [0, 0, 2, 9, 12],
]


def estimates(metric: Any, counts: Any, scale: Any = SCALE) -> Any:
    labels = [f"P{i}" for i in range(len(counts))]
    return metric(Tally.from_counts(counts, scale=scale, by={"period": labels}))


def made(metric: Any, counts: Any, times: Any = None, **options: Any) -> Trend:
    every = list(range(len(counts))) if times is None else times
    return trend(estimates(metric, counts), every, **options)


def close(expected: Any, rel: float = 1e-9, absolute: float = 1e-9) -> Any:
    return pytest.approx(expected, rel=rel, abs=absolute, nan_ok=True)


def refused(build: Any, error: type[CxmError], *words: str) -> CxmError:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    for each in words:
        assert each in str(refusal.value)
    return refusal.value


# Published values


@pytest.mark.reference
def test_smokers_as_in_the_help_of_r() -> None:
    smokers, patients = [83, 90, 129, 70], [86, 93, 136, 82]
    counts = [[n - x, 0, 0, 0, x] for x, n in zip(smokers, patients, strict=True)]
    found = made(SHARE, counts, [1, 2, 3, 4])
    assert found.method == "cochran-armitage"
    assert found.statistic**2 == pytest.approx(8.2249223, abs=5e-8)
    assert found.p_value == pytest.approx(0.004131897, abs=5e-10)
    assert found.statistic < 0
    assert found.slope < 0


# Oracles: statsmodels, with weights made by hand


def line_of(t: Any, y: Any, n: Any) -> Any:
    """Return a line weighted by n, kept among the values it goes through."""
    line = np.polyval(np.polyfit(t, y, 1, w=np.sqrt(n)), t)
    return np.clip(line, min(y), max(y))


def known_variances(metric: Any, counts: Any) -> tuple[Any, Any, Any, Any]:
    """Return values, answers, variances of the values and their freedom, by loops."""
    n = np.sum(counts, axis=1).astype(float)
    t, size = np.arange(len(n)), len(n)
    c = np.asarray(counts, dtype=float)
    if metric is NET:
        more = [(x + 0.75 / size) / (n + 3 / size) for x in (c[:, 4], c[:, :2].sum(1))]
        p, d = (line_of(t, x, n) for x in more)
        value = 100 * (c[:, 4] - c[:, :2].sum(1)) / n
        return value, n, 1e4 * (p + d - (p - d) ** 2) / n, np.inf
    if metric is SHARE:
        x = c[:, 3:].sum(1)
        p = line_of(t, (x + 2 / size) / (n + 4 / size), n)
        return 100 * x / n, n, 1e4 * p * (1 - p) / n, np.inf
    points = np.arange(1, 6)
    mean = c @ points / n
    squares = (c * (points - mean[:, None]) ** 2).sum(1)
    pooled, extra = squares.sum() / (n - 1).sum(), 4 / size
    variance = line_of(t, (squares + extra * pooled) / (n - 1 + extra), n)
    return mean, n, variance / n, n - 1 + extra


@pytest.mark.parametrize("metric", [NET, SHARE, MEAN])
@pytest.mark.parametrize("counts", [FIVE, FIVE[:3], FIVE[:2], FIVE[::-1]])
def test_wls_is_that_of_statsmodels_with_known_variances(
    metric: Any, counts: Counts
) -> None:
    found = made(metric, counts, method="wls", level=0.9)
    value, _, variance, freedom = known_variances(metric, counts)
    t = np.arange(len(counts))
    model = sm.WLS(value, sm.add_constant(t), weights=1 / variance)
    oracle = model.fit(cov_type="fixed scale")
    assert found.slope == close(oracle.params[1])
    assert found.intercept == close(oracle.params[0])
    assert found.se == close(oracle.bse[1])
    assert found.fitted == close(oracle.fittedvalues)
    assert found.statistic == close(oracle.tvalues[1])
    off = t - np.average(t, weights=1 / variance)
    parts = off**2 / variance
    df = parts.sum() ** 2 / (parts**2 / freedom).sum() if metric is MEAN else 1e12
    assert found.p_value == close(2 * scipy.stats.t.sf(abs(found.statistic), df), 1e-7)
    reach = scipy.stats.t.ppf(0.95, df)
    assert found.high - found.slope == close(reach * found.se, 1e-7)
    assert found.slope - found.low == close(reach * found.se, 1e-7)
    band = oracle.get_prediction(sm.add_constant(t)).se_mean
    assert (found.band_high - found.fitted) == close(reach * band, 1e-7)
    assert (found.fitted - found.band_low) == close(reach * band, 1e-7)
    distance = ((value - oracle.fittedvalues) ** 2 / variance).sum()
    df_left = len(counts) - 2
    assert found.departure_df == df_left
    if not df_left:
        assert math.isnan(found.departure_statistic)
        assert math.isnan(found.departure_p_value)
        return
    assert found.departure_statistic == close(distance)
    expected = (
        scipy.stats.f.sf(distance / df_left, df_left, np.sum(counts) - len(counts))
        if metric is MEAN
        else scipy.stats.chi2.sf(distance, df_left)
    )
    assert found.departure_p_value == close(expected)


@pytest.mark.parametrize("metric", [SHARE, MEAN])
def test_by_n_has_the_errors_of_a_weighted_sum(metric: Any) -> None:
    found = made(metric, FIVE)
    value, n, variance, freedom = known_variances(metric, FIVE)
    t = np.arange(len(FIVE))
    off = t - np.average(t, weights=n)
    pull = n * off / (n * off**2).sum()
    assert found.slope == close(pull @ value)
    se = math.sqrt(pull**2 @ variance)
    assert found.se == close(se)
    parts = pull**2 * variance
    df = parts.sum() ** 2 / (parts**2 / freedom).sum() if metric is MEAN else 1e12
    reach = scipy.stats.t.ppf(0.975, df)
    assert found.high == close(found.slope + reach * se, 1e-7)
    # The line at each time is a weighted sum of values, too.
    for place, when in enumerate(t):
        sum_of = n / n.sum() + (when - np.average(t, weights=n)) * pull
        assert found.fitted[place] == close(sum_of @ value)
        half = found.band_high[place] - found.fitted[place]
        assert half == close(reach * math.sqrt(sum_of**2 @ variance), 1e-7)
    # Departure does not hang on the method.
    other = made(metric, FIVE, method="wls")
    assert found.departure_statistic == close(other.departure_statistic)
    assert found.departure_p_value == close(other.departure_p_value)


def test_contrast_is_the_linear_contrast_of_analysis_of_variance() -> None:
    found = made(MEAN, FIVE, [0, 1, 2.5, 4, 7])
    answers = np.concatenate([np.repeat(np.arange(1, 6), row) for row in FIVE])
    group = np.repeat(np.arange(5), np.sum(FIVE, axis=1))
    model = sm.OLS(answers, np.eye(5)[group]).fit()
    t, n = np.array([0, 1, 2.5, 4, 7]), np.sum(FIVE, axis=1)
    off = t - np.average(t, weights=n)
    oracle = model.t_test(n * off / (n * off**2).sum())
    assert found.slope == close(oracle.effect[0])
    assert found.statistic == close(oracle.tvalue[0, 0])
    assert found.p_value == close(float(oracle.pvalue))
    line = sm.OLS(answers, sm.add_constant(t[group])).fit()
    assert [found.intercept, found.slope] == close(list(line.params))


def test_weights_count_as_effective_answers() -> None:
    rng = np.random.default_rng(3)
    answers = rng.integers(1, 6, 200)
    by, weights = rng.integers(0, 4, 200), rng.uniform(0.2, 3, 200)
    groups = {"period": (by, [0, 1, 2, 3])}
    for metric in (NET, SHARE, MEAN):
        every = metric(answers, scale=SCALE, by=groups, weights=weights)
        found = trend(every, [0, 1, 2, 3], method="wls" if metric is NET else None)
        if metric is SHARE:
            n, value, t = every.n_effective, every.value, np.arange(4)
            off = t - np.average(t, weights=n)
            share = np.average(value, weights=n)
            error = math.sqrt(share * (100 - share) / (n * off**2).sum())
            slope = (n * off * value).sum() / (n * off**2).sum()
            assert found.statistic == close(slope / error)
        if metric is MEAN:
            n, spread = every.n_effective, every.se**2 * every.n_effective
            pooled = ((n - 1) * spread).sum() / (n - 1).sum()
            off = np.arange(4) - np.average(np.arange(4), weights=n)
            slope = (n * off * every.value).sum() / (n * off**2).sum()
            expected = slope / math.sqrt(pooled / (n * off**2).sum())
            assert found.statistic == close(expected)
        assert found.low < found.slope < found.high


# Laws


@every_case
@few
@given(counts=COUNTS, data=st.data())
def test_time_may_be_shifted_scaled_and_turned(
    metric: Any, method: Any, counts: Counts, data: st.DataObject
) -> None:
    steps = data.draw(
        st.lists(st.integers(1, 9), min_size=len(counts), max_size=len(counts))
    )
    times = np.cumsum(steps).astype(float)
    plain = made(metric, counts, times, method=method)
    assert plain.fitted == close(plain.intercept + plain.slope * times, absolute=1e-7)
    moved = made(metric, counts, 1000 * times - 7, method=method)
    for name in ("slope", "se", "low", "high"):
        assert getattr(plain, name) == close(1000 * getattr(moved, name))
    for name in ("statistic", "p_value", "departure_statistic", "fitted", "band_low"):
        assert getattr(plain, name) == close(getattr(moved, name), 1e-7, 1e-7)
    turned = made(metric, counts[::-1], -times[::-1], method=method)
    assert turned.slope == close(-plain.slope)
    assert (turned.low, turned.high) == close((-plain.high, -plain.low))
    assert turned.p_value == close(plain.p_value)
    assert turned.departure_p_value == close(plain.departure_p_value, 1e-7)


@every_case
@few
@given(counts=COUNTS)
def test_the_other_end_of_the_scale_turns_the_slope(
    metric: Any, method: Any, counts: Counts
) -> None:
    # Net scores and shares of the other side of the answers; the mean of the rest.
    other = {
        NET.name: NetScore(name="Net", positive=(1, 2), negative=(5,)),
        SHARE.name: BoxShare(name="Share", points=(1, 2, 3)),
        MEAN.name: MEAN,
    }[metric.name]
    flipped = [row[::-1] for row in counts] if metric is MEAN else counts
    one = made(metric, counts, method=method)
    two = made(other, flipped, method=method)
    assert two.slope == close(-one.slope)
    assert two.se == close(one.se)
    assert (two.low, two.high) == close((-one.high, -one.low))
    assert two.p_value == close(one.p_value, 1e-7)
    assert two.departure_statistic == close(one.departure_statistic, 1e-6, 1e-7)


@every_case
@few
@given(counts=COUNTS)
def test_ranges(metric: Any, method: Any, counts: Counts) -> None:
    narrow, wide = (made(metric, counts, method=method, level=x) for x in (0.8, 0.99))
    if math.isnan(narrow.low):  # means of which all answers agree within periods
        assert metric is MEAN
        assert math.isnan(narrow.p_value)
        return
    assert wide.low < narrow.low < narrow.slope < narrow.high < wide.high
    assert (narrow.band_low < narrow.fitted).all()
    assert (narrow.fitted < narrow.band_high).all()
    assert 0 <= narrow.p_value <= 1
    assert narrow.p_value == wide.p_value
    if method == "wls":
        for each in (narrow, wide):
            margin = abs(each.p_value - (1 - each.level))
            if margin > 1e-9:
                excluded = each.low > 0 or each.high < 0
                assert excluded == each.distinguishable


@every_case
def test_more_answers_make_a_surer_slope(metric: Any, method: Any) -> None:
    once = made(metric, FIVE, method=method)
    often = made(metric, (100 * np.array(FIVE)).tolist(), method=method)
    assert often.se == pytest.approx(once.se / 10, rel=0.1)
    assert abs(often.statistic) == pytest.approx(10 * abs(once.statistic), rel=0.1)


@every_case
def test_periods_without_answers_are_left_out_and_said(
    metric: Any, method: Any
) -> None:
    holes = [FIVE[0], [0] * 5, FIVE[1], FIVE[2], [0] * 5]
    found = made(metric, holes, [0, 1, 2, 5, 9], method=method)
    dense = made(metric, FIVE[:3], [0, 2, 5], method=method)
    for name in ("slope", "low", "high", "p_value", "departure_p_value", "intercept"):
        assert getattr(found, name) == close(getattr(dense, name), 1e-8)
    assert found.departure_df == 1
    assert found.left_out == ("P1", "P4")
    assert "Left out, without answers: P1, P4." in found.summary()
    assert found.fitted[1] == close(found.intercept + found.slope)
    assert found.band_low[4] < found.fitted[4] < found.band_high[4]
    assert not dense.left_out
    assert "Left out" not in dense.summary()


def test_many_left_out_are_counted() -> None:
    found = made(SHARE, [FIVE[0], *[[0] * 5] * 7, FIVE[1]])
    assert "without answers: P1, P2, P3, P4, P5 and 2 more." in found.summary()


def test_a_unanimous_period_does_not_weigh_without_limit() -> None:
    counts = [[40, 0, 0, 0, 60], [0, 0, 0, 0, 3], [40, 0, 0, 0, 60]]
    for metric in (NET, SHARE):
        found = made(metric, counts, method="wls")
        assert np.isfinite([found.slope, found.se, *found.fitted]).all()
        assert found.slope == close(0)
        assert found.fitted[1] < 70


def test_all_alike() -> None:
    for metric, method in CASES[:3]:
        found = made(metric, [[0, 0, 0, 0, 20]] * 4, method=method)
        assert found.slope == 0
        assert found.p_value == 1
        assert found.low < 0 < found.high
        assert found.departure_p_value == close(1)
        assert not found.distinguishable
        assert not found.departs
    for method in ("contrast", "wls"):
        same = made(MEAN, [[0, 0, 0, 0, 20]] * 4, method=method)
        assert same.slope == 0
        for name in ("se", "low", "statistic", "p_value", "departure_p_value"):
            assert math.isnan(getattr(same, name))
        assert same.summary() == (
            "Mean does not change; too few answers, or too much alike, to be sure."
        )
        step = made(MEAN, [[0, 0, 0, 9, 0], [0, 0, 0, 0, 9]], method=method)
        assert step.slope == close(1)
        assert step.summary() == (
            "Mean rises by 1.00 points per unit of time; too few answers, or too much"
            " alike, to be sure."
        )


def test_weights_make_no_trend_out_of_answers_all_alike() -> None:
    rng = np.random.default_rng(2)
    by = {"m": np.repeat([1, 2, 3], 5)}
    for _ in range(20):
        heavy = rng.uniform(0.2, 3, 15)
        for metric in (NET, SHARE):
            every = metric(np.full(15, 5), scale=SCALE, by=by, weights=heavy)
            assert trend(every, [1, 2, 3]).p_value == 1


def test_one_answer_per_period_tells_nothing_of_a_mean() -> None:
    alone = made(MEAN, [[0, 0, 1, 0, 0], [0, 0, 0, 0, 1]])
    assert math.isnan(alone.p_value)
    mixed = made(MEAN, [[0, 0, 1, 0, 0], FIVE[0], FIVE[1], [0, 0, 0, 0, 1]])
    assert 0 < mixed.p_value < 1
    assert mixed.low < mixed.slope < mixed.high


def test_departure_is_seen() -> None:
    zigzag = [[40, 0, 0, 0, 60], [10, 0, 0, 0, 90]] * 3
    for metric in (NET, SHARE, MEAN):
        found = made(metric, zigzag)
        assert found.departs
        jumps = (
            "the periods jump about the line by more than their answers explain"
            " (p < .001): they move by themselves or along a bend"
        )
        assert found.distinguishable
        assert found.summary().endswith(
            f" from P0 to P5, but {jumps}, and whether there is a trend is open."
        )
        assert "more than noise" not in found.summary()
        unsure = attrs.evolve(found, p_value=0.5).summary()
        assert "shows no trend beyond noise" in unsure
        assert unsure.endswith(f", p = .50). The{jumps[3:]}.")
        for told in (found, attrs.evolve(found, p_value=0.5)):
            assert "The periods jump about the line" in told.to_svg()
        assert not attrs.evolve(found, departure_p_value=0.06).departs
        straight = made(metric, [[60 - 8 * i, 0, 0, 0, 40 + 8 * i] for i in range(6)])
        assert not straight.departs
        assert straight.departure_statistic < 0.01
        assert straight.distinguishable
        assert "jump" not in straight.summary()
        assert straight.summary().endswith(
            "; more than noise (p < .001). The periods lie on the line as near as their"
            " answers allow (p > .99)."
        )
        assert "The periods lie on the line" in straight.to_svg()


def test_the_interval_of_a_trend_holds_where_the_pooled_one_fails() -> None:
    # Many answers early, few and more divided ones late.
    rng = np.random.default_rng(20)
    n = np.array([500] * 4 + [20] * 8)
    p = np.linspace(0.95, 0.6, 12)
    slope = 100 * (p[1] - p[0])
    held = {"line": 0, "pooled": 0}
    for _ in range(100):
        x = rng.binomial(n, p)
        found = made(SHARE, np.stack([n - x, 0 * x, 0 * x, 0 * x, x], axis=1))
        held["line"] += found.low <= slope <= found.high
        pooled = abs(found.slope / found.statistic)
        held["pooled"] += abs(found.slope - slope) <= 1.96 * pooled
    assert held["line"] >= 89  # 95 %, less three standard errors
    assert held["pooled"] < held["line"]  # 87 %


@every_case
def test_false_alarms_are_rare(metric: Any, method: Any) -> None:
    rng = np.random.default_rng(1)
    still = np.tile([0.05, 0.05, 0.1, 0.3, 0.5], (6, 1))
    wrong = departs = 0
    for _ in range(60):
        counts = rng.multinomial(60, still)
        found = made(metric, counts, method=method)
        wrong += found.distinguishable
        departs += found.departs
    # 5 % with three standard errors.
    assert wrong <= 8
    assert departs <= 8


# Times


def test_dates_of_every_kind_count_in_days() -> None:
    days = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    found = made(SHARE, FIVE[:3], days)
    assert found.times.tolist() == [0, 31, 59]
    assert found.time_unit == "day"
    assert found.intercept == close(found.fitted[0])
    east = timezone(timedelta(hours=5))
    same: list[Any] = [
        np.array(days, dtype="datetime64[D]"),
        np.array(["2026-01", "2026-02", "2026-03"], dtype="datetime64[M]"),
        np.array(days, dtype="datetime64[ns]"),
        [datetime(day.year, day.month, 1, tzinfo=UTC) for day in days],
        [datetime(day.year, day.month, 1, 5, tzinfo=east) for day in days],
        [
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 2, 1, 5, tzinfo=east),
            datetime(2026, 3, 1, tzinfo=UTC),
        ],
        [datetime(day.year, day.month, 1) for day in days],  # noqa: DTZ001
        tuple(np.datetime64(day) for day in days),
    ]
    for times in same:
        assert made(SHARE, FIVE[:3], times) == found
    numbers = made(SHARE, FIVE[:3], [0, 31, 59])
    assert numbers != found
    assert numbers.slope == found.slope
    assert "per day" in found.summary()
    halves = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (0, 12)]
    assert made(SHARE, FIVE[:2], halves).times.tolist() == [0, 0.5]


def test_tiny_and_huge_times() -> None:
    small = made(SHARE, FIVE, [x * 1e-200 for x in range(5)])
    large = made(SHARE, FIVE, [x * 1e200 for x in range(5)])
    assert small.p_value == close(large.p_value)
    assert small.slope == close(large.slope * 1e200 * 1e200)


# Refusals


def test_refusals_of_estimates() -> None:
    one: Any = nps([10, 9, 3])
    series: Any = [1, 2]
    refused(lambda: trend(one, [1]), InvalidTypeError, "estimates must be", "by=")
    refused(lambda: trend(series, [1, 2]), InvalidTypeError)
    wide = nps([10, 9, 3], by={"year": [1, 2, 1], "shop": ["a", "b", "b"]})
    refused(lambda: trend(wide, [1, 2]), InvalidValueError, "one axis", ".at(")
    alone = estimates(NET, [FIVE[0], [0] * 5])
    error = refused(lambda: trend(alone, [1, 2]), InvalidValueError, "at least two")
    assert error.value == 1


def test_refusals_of_options() -> None:
    every = estimates(NET, FIVE)
    times = range(5)
    wrong: Any = "contrast"
    refused(lambda: trend(every, times, method=wrong), InvalidValueError, '"wls"')
    refused(lambda: trend(every, times, level=95), InvalidValueError, "level")
    share: Any = estimates(SHARE, FIVE)
    refused(
        lambda: trend(share, times, method=wrong),
        InvalidValueError,
        '"cochran-armitage", "wls"',
    )


class Period:
    """As in pandas: a month, told by its method."""

    def to_timestamp(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def test_refusals_of_times() -> None:
    every = estimates(NET, FIVE[:3])
    bad: list[tuple[Any, type[CxmError], str]] = [
        ([1, 2], InvalidValueError, "one value per label of 'period' (3); got 2"),
        ([[1], [2], [3]], InvalidValueError, "one value per label"),
        (7, InvalidValueError, "got 7"),
        ([1, 3, 2], InvalidValueError, "times[2] must be later than the one before"),
        ([1, 1, 2], InvalidValueError, "times[1] must be later"),
        ([1, math.nan, 2], MissingValueError, "times[1] is missing"),
        ([1, None, 2], MissingValueError, "times[1] is missing"),
        ([1, math.inf, 2], InvalidValueError, "times[1] must be a finite"),
        (
            np.ma.array([1, 2, 3], mask=[False, False, True]),
            MissingValueError,
            "times[2]",
        ),
        (["2026-01", "2026-02", "2026-03"], InvalidTypeError, "datetime64[D]"),
        ([Period(), Period(), Period()], InvalidTypeError, "periods become dates by"),
        ([1, "2", 3], InvalidTypeError, "times[1] must be a number or a date"),
        (np.array(["a", "b", "c"]), InvalidTypeError, "times[0]"),
        ([True, False, True], InvalidTypeError, "times[0] must be a number"),
        ([date(2026, 1, 1), 3, 4], InvalidTypeError, "times[1] must be a date, as"),
        ([date(2026, 1, 1), None, 4], MissingValueError, "times[1] is missing"),
        ([3, date(2026, 1, 1), 4], InvalidTypeError, "times[1] must be a number"),
        (
            np.array(["2026-01", "NaT", "2026-03"], dtype="datetime64[M]"),
            MissingValueError,
            "times[1]",
        ),
        (
            [date(2026, 1, 3), date(2026, 1, 2), date(2026, 1, 4)],
            InvalidValueError,
            "times[1] must be later than the one before; got datetime.date(2026, 1, 2)",
        ),
    ]
    for times, error, words in bad:
        refused(lambda x=times: trend(every, x), error, words)
    refused(lambda: trend(every, [3, 2, 1]), InvalidValueError, "sort the answers")


def test_a_trend_refuses_what_does_not_fit() -> None:
    good = made(NET, FIVE)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"fitted": [1, 2]}, "fitted must have the shape (5,)"),
        ({"band_low": [1, 2]}, "band_low must have"),
        ({"times": [1, 2, 3, 3, 4]}, "times[3] must be later"),
        ({"low": good.slope + 1}, "hold the slope"),
        ({"high": good.slope - 1}, "hold the slope"),
        ({"p_value": 1.5}, "p_value must be between 0 and 1"),
        ({"departure_p_value": -0.1}, "departure_p_value"),
        ({"level": 2}, "level"),
    ]
    for change, words in bad:
        refused(lambda x=change: attrs.evolve(good, **x), InvalidValueError, words)
    wrong: Any = 3
    refused(lambda: attrs.evolve(good, estimates=wrong), InvalidTypeError)


# Saying and going out


def test_words_of_a_rise() -> None:
    counts = [[30 - 4 * i, 0, 0, 0, 170 + 4 * i] for i in range(5)]
    found = made(SHARE, counts, [0, 1, 2, 3, 4])
    assert found.slope == close(2)
    assert found.summary() == (
        "Share rises by 2.0 percentage points per unit of time (95 % interval 0.6 to"
        " 3.4), 8.0 from P0 to P4; more than noise (p = .004). The periods lie on the"
        " line as near as their answers allow (p > .99)."
    )
    assert repr(found) == ("Share trend 2.0 per unit of time [0.6, 3.4] 95 %, p = .004")
    falling = made(SHARE, counts[::-1], level=0.5)
    assert falling.summary().startswith(
        "Share falls by 2.0 percentage points per unit of time (50 % interval -2.5"
    )


def test_words_say_which_way_is_worse() -> None:
    counts = [[60 - 10 * i, 0, 0, 0, 10 + 10 * i] for i in range(5)]
    up = trend(estimates(MEAN, counts, EFFORT_1_5), range(5))
    assert "Mean rises (gets worse) by 0." in up.summary()
    assert " points per unit of time" in up.summary()
    down = trend(estimates(MEAN, counts[::-1], EFFORT_1_5), range(5))
    assert "Mean falls (gets better) by 0." in down.summary()


def test_words_of_noise_and_of_tiny_slopes() -> None:
    found = made(NET, [[10, 0, 0, 0, 30], [9, 0, 0, 0, 31]])
    assert found.summary().startswith(
        "Net shows no trend beyond noise: 5.0 points per unit of time (95 % interval"
    )
    assert found.summary().endswith(f"p = {found.p_value:.2f}).".replace("0.", ".", 1))
    start = date(2020, 1, 1)
    days = [start + timedelta(days=400 * i) for i in range(5)]
    slow = made(NET, [[500 - 20 * i, 0, 0, 0, 500 + 20 * i] for i in range(5)], days)
    assert slow.slope == close(0.01)
    # The interval would print as 0.0 to 0.0.
    assert "rises by 0.010 points per day (95 % interval 0.005 to 0.015)" in (
        slow.summary()
    )
    assert "16.0 from P0 to P4" in slow.summary()
    near, far = (attrs.evolve(found, low=5 - x, high=5 + x) for x in (0.19, 0.21))
    assert repr(near).startswith("Net trend 5.00 per unit of time [4.81, 5.19]")
    assert repr(far).startswith("Net trend 5.0 per unit of time [4.8, 5.2]")


def test_midnights_print_as_dates() -> None:
    days = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4)]
    counts = [[90, 0, 0, 0, 10], [60, 0, 0, 0, 40], [0] * 5, [10, 0, 0, 0, 90]]
    tally = Tally.from_counts(counts, scale=SCALE, by={"month": days})
    found = trend(SHARE(tally), days)
    assert " from 2026-01-01 to 2026-04-01" in found.summary()
    assert found.summary().endswith("without answers: 2026-03-01.")
    assert [line.split()[0] for line in str(found).splitlines()[2:]] == [
        f"2026-0{month}-01" for month in (1, 2, 3, 4)
    ]
    assert "00:00" not in found.to_svg()
    assert found.labels == tuple(days)


def test_table_records_and_dict() -> None:
    found = made(SHARE, [FIVE[0], [0] * 5, FIVE[1]], [2, 3, 5])
    lines = str(found).splitlines()
    assert lines[0] == repr(found)
    assert lines[1].split() == [
        *("period", "time", "n", "value", "line", "line_low", "line_high")
    ]
    assert lines[2].split()[:4] == ["P0", "2", "20", "50.0"]
    records = found.to_records()
    assert [record["period"] for record in records] == ["P0", "P1", "P2"]
    assert records[1]["value"] is None
    assert records[1]["n"] == 0
    assert records[2]["time"] == 5
    assert records[2]["line"] == found.fitted[2]
    assert records[2]["line_low"] == found.band_low[2]
    assert records[2]["line_high"] == found.band_high[2]
    told = found.to_dict()
    assert told["slope"] == found.slope
    assert told["departure_p_value"] is None
    assert told["departure_df"] == 0
    assert told["metric"] == "Share"
    assert told["method"] == "cochran-armitage"
    assert (told["level"], told["time_unit"]) == (0.95, "unit of time")
    assert told["scale"] == SCALE.described
    assert all(isinstance(x, float | int | str | None) for x in told.values())


def test_a_drawing() -> None:
    found = made(NET, FIVE)
    svg = found.to_svg()
    ET.fromstring(svg)  # noqa: S314
    assert "Net trend" in svg
    assert "13.4 per unit of time [5.4, 21.3] 95 %, p &lt; .001" in svg
    assert found._repr_html_() == svg


def test_equality_and_copies() -> None:
    found = made(NET, FIVE)
    assert found == made(NET, FIVE)
    assert found != made(NET, FIVE, level=0.9)
    assert found != made(NET, FIVE[::-1])
    assert found != attrs.evolve(found, statistic=0)
    assert found != attrs.evolve(found, band_high=found.band_high + 1)
    assert found != 3
    for same in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):  # noqa: S301
        assert same == found
        assert not same.fitted.flags.writeable
    with pytest.raises(TypeError):
        hash(found)
    unknown = made(MEAN, [[0, 0, 0, 0, 20]] * 2)
    assert unknown == copy.deepcopy(unknown)
    assert isinstance(found.estimates, Estimates)
    assert found.definition == NET
    assert found.scale == SCALE
    assert found.labels == ("P0", "P1", "P2", "P3", "P4")


# Word for word


def test_every_key_of_a_trend() -> None:
    found = made(SHARE, FIVE, [1, 2, 3, 8, 9])
    told = found.to_dict()
    assert list(told) == [
        *("slope", "se", "low", "high", "statistic", "p_value", "intercept"),
        *("departure_statistic", "departure_p_value", "departure_df"),
        *("time_unit", "level", "method", "metric", "scale"),
    ]
    assert list(found.to_records()[0]) == [
        *("period", "time", "n", "value", "line", "line_low", "line_high")
    ]
    estimates, said = found.estimates, repr(found).removeprefix("Share trend ")
    assert found.to_svg() == _draw_inference.trend(
        ["P0", "P1", "P2", "P3", "P4"],
        *(x.tolist() for x in (estimates.value, estimates.low, estimates.high)),
        *(x.tolist() for x in (found.fitted, found.band_low, found.band_high)),
        title="Share trend",
        axis_label="%",
        digits=1,
        notes=[said, found.summary().split("). ")[1]],
        places=found.times.tolist(),
    )


def test_what_falls_says_so_without_a_sign() -> None:
    rising = made(SHARE, [[9, 9, 1, 0, 0], [1, 2, 2, 1, 1], [0, 1, 2, 9, 9]], [1, 2, 3])
    assert rising.summary() == (
        "Share rises by 43.0 percentage points per unit of time (95 % interval 33.8 to"
        " 52.2), 85.9 from P0 to P2; more than noise (p < .001). The periods lie on the"
        " line as near as their answers allow (p = .46)."
    )
    falling = made(
        SHARE, [[0, 1, 2, 9, 9], [1, 2, 2, 1, 1], [9, 9, 1, 0, 0]], [1, 2, 3]
    )
    assert falling.summary().startswith(
        "Share falls by 43.0 percentage points per unit of time (95 % interval -52.2 to"
        " -33.8), 85.9 from P0 to P2; "
    )


def test_a_net_score_without_shares_has_a_trend() -> None:
    bare = attrs.evolve(made(NET, FIVE).estimates, shares=None)
    found = trend(bare, range(5))
    assert found.method == "wls"
    assert found.slope == pytest.approx(made(NET, FIVE).slope, rel=0.2)
