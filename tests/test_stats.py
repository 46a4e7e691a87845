"""Quantiles, tails and intervals against scipy, statsmodels and mpmath."""

import itertools
import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cxmkit import _intervals, _stats

LEVELS = (1e-6, 0.01, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1 - 1e-9, 1 - 2**-50)
DF = (
    *(0.5, 1.0, 1.5, 2.0, 2.7, 3.0, 5.0, 9.99, 10.0, 29.0, 30.0, 77.7, 100.0, 499.0),
    *(1999.0, 1999.999, 2000.0, 2000.001, 2500.0, 1e4, 123456.7, 1e6, 1e9, 1e12),
)
levels = st.floats(0.1, 0.9999)
shares = st.floats(0, 1)
sizes = st.floats(0.5, 1e6)
counts = st.integers(1, 5_000).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n))
)

Floats = Any


def at(*numbers: float) -> Floats:
    return np.array(numbers)


def close(expected: Any, rel: float = 1e-10, abs: float = 1e-12) -> Any:  # noqa: A002
    return pytest.approx(expected, rel=rel, abs=abs, nan_ok=True)


# Quantiles


@pytest.mark.parametrize("level", LEVELS)
def test_normal_quantile(level: float) -> None:
    expected = scipy.stats.norm.isf((1 - level) / 2)
    assert _stats.normal_quantile(level) == close(expected)


def test_normal_quantile_keeps_its_digits_near_one() -> None:
    level = 1 - 2**-50
    with mpmath.workdps(50):
        tail = mpmath.mpf(2) ** -50
        exact = mpmath.sqrt(2) * mpmath.erfinv(1 - tail)
    assert _stats.normal_quantile(level) == close(float(exact), rel=1e-14)


@pytest.mark.parametrize("level", LEVELS)
def test_student_quantile(level: float) -> None:
    expected = scipy.stats.t.isf((1 - level) / 2, DF)
    assert _stats.student_quantile(level, at(*DF)) == close(expected)


@given(level=levels, df=st.floats(0.5, 1e7))
def test_student_quantile_anywhere(level: float, df: float) -> None:
    expected = scipy.stats.t.isf((1 - level) / 2, df)
    assert _stats.student_quantile(level, at(df)) == close(expected)


def test_student_quantile_joins_its_series_smoothly() -> None:
    """From 2,000 degrees on a series takes over; neither side may show it."""
    df = at(*np.linspace(1990, 2010, 41))
    for level in (0.5, 0.95, 0.9999):
        found = _stats.student_quantile(level, df)
        assert found == close(scipy.stats.t.isf((1 - level) / 2, df), rel=5e-12)
        assert (np.diff(found) < 0).all()


def test_student_quantile_takes_each_shape_and_keeps_places() -> None:
    df = np.array([[5.0, 1e9, np.nan], [0.0, 5.0, -1.0]])
    found = _stats.student_quantile(0.95, df)
    assert found.shape == (2, 3)
    assert found[0, 0] == found[1, 1] == close(2.570581835636314)
    assert found[0, 1] == close(1.959963984540054, rel=1e-8)
    assert np.isnan(found[[0, 1, 1], [2, 0, 2]]).all()
    assert _stats.student_quantile(0.95, np.array(1.0)).shape == ()


def test_student_quantile_of_almost_nothing() -> None:
    """A level so small that it is lost beside 1 leaves an interval of no width."""
    assert _stats.student_quantile(1e-300, at(1.0, 5e3)) == close([0.0, 0.0])


# Tails


@given(z=st.floats(-40, 40))
def test_normal_tail(z: float) -> None:
    expected = 2 * scipy.stats.norm.sf(abs(z))
    assert _stats.normal_two_sided(at(z)) == close([expected], abs=1e-300)


def test_normal_tail_of_nothing_is_unknown() -> None:
    found = _stats.normal_two_sided(at(0, np.nan, np.inf))
    assert found == close([1, np.nan, 0])
    assert found.dtype == np.float64
    assert _stats.normal_two_sided(np.array(0.0)) == 1


@given(level=st.floats(0.5, 0.99), df=st.floats(0.05, 0.5))
def test_student_quantile_of_next_to_nothing(level: float, df: float) -> None:
    expected = scipy.stats.t.isf((1 - level) / 2, df)
    assert _stats.student_quantile(level, at(df)) == close(expected, rel=1e-9)


@pytest.mark.parametrize("df", [math.nextafter(0.05, 0), 1e-9])
def test_student_quantile_of_less_has_no_bounds(df: float) -> None:
    assert _stats.student_quantile(0.95, at(df)) == [math.inf]


@given(t=st.floats(-60, 60), df=st.floats(0.5, 1e6))
def test_student_tail(t: float, df: float) -> None:
    expected = 2 * scipy.stats.t.sf(abs(t), df)
    assert _stats.student_two_sided(at(t), at(df)) == close([expected], rel=1e-9)


def test_student_tail_keeps_small_probabilities() -> None:
    t, df = np.meshgrid([5.0, 20.0, 100.0], [3.0, 30.0, 300.0])
    expected = 2 * scipy.stats.t.sf(t, df)
    assert _stats.student_two_sided(t, df) == close(expected, rel=1e-10, abs=0)


def test_student_tail_of_nothing_is_unknown() -> None:
    t, df = at(0, np.nan, 1, np.nan), at(3, 3, np.nan, np.nan)
    assert _stats.student_two_sided(t, df) == close([1, np.nan, np.nan, np.nan])


@given(level=levels, df=st.floats(1, 1e5))
def test_quantile_and_tail_are_inverse(level: float, df: float) -> None:
    t = _stats.student_quantile(level, at(df))
    assert _stats.student_two_sided(t, at(df)) == close([1 - level], rel=1e-9)
    z = _stats.normal_quantile(level)
    assert _stats.normal_two_sided(at(z)) == close([1 - level])


def test_tails_by_the_incomplete_beta_function() -> None:
    """P(|T| >= t) = I_x(df / 2, 1 / 2) at x = df / (df + t²), to thirty digits."""
    for df, t in itertools.product(
        (1.0, 2.5, 40.0, 1999.0, 2001.0, 1e5), (0.0, 1e-9, 1e-3, 0.7, 2.0, 9.0)
    ):
        with mpmath.workdps(30):
            x = mpmath.mpf(df) / (df + mpmath.mpf(t) ** 2)
            exact = mpmath.betainc(df / 2, 0.5, 0, x, regularized=True)
        found = _stats.student_two_sided(at(t, -t), at(df, df))
        assert found == close([float(exact)] * 2, rel=2e-10)


# Intervals of shares

FORMS: dict[str, tuple[Callable[..., Any], str]] = {
    "wilson": (_intervals.wilson, "wilson"),
    "agresti-coull": (_intervals.agresti_coull, "agresti_coull"),
}


@pytest.mark.parametrize("form", FORMS)
@given(count=counts, level=levels)
def test_intervals_of_shares(form: str, count: tuple[int, int], level: float) -> None:
    ours, theirs = FORMS[form]
    x, n = count
    low, high = ours(at(x / n), at(n), level)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs
        expected = proportion_confint(x, n, alpha=1 - level, method=theirs)
    assert (low[0], high[0]) == close(tuple(np.clip(expected, 0, 1)), abs=1e-10)


@given(count=counts, level=levels)
def test_wald_interval(count: tuple[int, int], level: float) -> None:
    x, n = count
    share = x / n
    low, high = _intervals.wald(
        at(share), at(math.sqrt(share * (1 - share) / n)), level
    )
    expected = proportion_confint(x, n, alpha=1 - level, method="normal")
    assert tuple(np.clip((low[0], high[0]), 0, 1)) == close(expected)


def test_wald_interval_is_not_cut_off() -> None:
    low, high = _intervals.wald(at(0.0, 1.0), at(0.1, 0.1), 0.95)
    assert low[0] == close(-0.1959963984540054)
    assert high[1] == close(1.1959963984540054)


@given(share=shares, n=sizes, level=levels)
def test_intervals_of_shares_hold_the_share(
    share: float, n: float, level: float
) -> None:
    for form, _ in FORMS.values():
        low, high = form(at(share), at(n), level)
        assert -1e-15 <= low <= share + 1e-15
        assert share - 1e-15 <= high <= 1 + 1e-15


@given(share=shares, n=sizes, level=levels)
def test_intervals_of_shares_mirror(share: float, n: float, level: float) -> None:
    for form, _ in FORMS.values():
        low, high = form(at(share), at(n), level)
        other_low, other_high = form(at(1 - share), at(n), level)
        assert (low, high) == (close(1 - other_high), close(1 - other_low))


@given(share=shares, n=sizes, z=st.floats(0, 10))
def test_wilson_solves_its_equation(share: float, n: float, z: float) -> None:
    """Its ends are the shares from which *share* is z standard errors away."""
    for end in _intervals.wilson_at(at(share), at(n), z):
        assert n * (share - end[0]) ** 2 == close(
            z**2 * end[0] * (1 - end[0]), rel=1e-6, abs=1e-9
        )


def test_wilson_ends_exactly_at_the_ends() -> None:
    for n, level in itertools.product((1, 7, 29, 77.5), np.linspace(0.5, 0.999, 99)):
        low, high = _intervals.wilson(at(0.0, 1.0), at(n, n), level)
        assert (low[0], high[1]) == (0.0, 1.0)
        assert 0 < high[0] < 1
        assert 0 < low[1] < 1


def test_cells_without_answers_are_nan() -> None:
    nothing, n = at(np.nan), at(0.0)
    for low, high in (
        _intervals.wilson(nothing, n, 0.95),
        _intervals.agresti_coull(nothing, n, 0.95),
        _intervals.net_adjusted_wald(nothing, nothing, n, 0.95),
        _intervals.wald(nothing, nothing, 0.95),
    ):
        assert np.isnan(low).all()
        assert np.isnan(high).all()


# Intervals of net scores


@given(
    cells=st.tuples(*[st.integers(0, 300)] * 3).filter(any),
    level=levels,
)
def test_adjusted_interval_by_fractions(
    cells: tuple[int, int, int], level: float
) -> None:
    negative, neutral, positive = cells
    n = sum(cells)
    d, p = (Fraction(x) + Fraction(3, 4) for x in (negative, positive))
    more = d + neutral + Fraction(3, 2) + p
    assert more == n + 3
    centre = (p - d) / more
    variance = (p + d) / more - centre**2
    reach = scipy.stats.norm.isf((1 - level) / 2) * math.sqrt(variance / more)
    low, high = _intervals.net_adjusted_wald(
        at(positive / n), at(negative / n), at(n), level
    )
    score = (positive - negative) / n  # held, if need be by stretching
    assert low == close(min(max(float(centre) - reach, -1), score))
    assert high == close(max(min(float(centre) + reach, 1), score))


def test_adjusted_interval_is_cut_off() -> None:
    low, high = _intervals.net_adjusted_wald(at(1, 0), at(0, 1), at(10, 10), 0.95)
    assert (high[0], low[1]) == (1, -1)
    assert low[0] == -high[1] > 0


@given(p=shares, d=shares)
def test_variance_of_net_scores(p: float, d: float) -> None:
    total = max(p + d, 1)
    p, d = p / total, d / total
    variance = _intervals.net_variance(at(p), at(d))
    assert variance == close(p * (1 - p) + d * (1 - d) + 2 * p * d)
    assert 0 <= variance <= 1


def test_variance_is_never_below_zero() -> None:
    """A third three times, summed with rounding, is more than one."""
    share = at(1 + 2**-52)
    assert _intervals.net_variance(share, at(0.0)) == 0


def test_three_more_answers() -> None:
    p, d, n = _intervals.three_more(at(0.5), at(0.25), at(8.0))
    assert [*p, *d, *n] == [4.75 / 11, 2.75 / 11, 11]
