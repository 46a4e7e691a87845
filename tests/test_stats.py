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
import scipy.special
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


# Chi-square


def chi_square_exactly(x: float, df: float) -> float:
    with mpmath.workdps(40):
        half = mpmath.mpf(x) / 2
        return float(
            mpmath.gammainc(mpmath.mpf(df) / 2, half, mpmath.inf, regularized=True)
        )


@pytest.mark.parametrize(
    "df", [0.001, 0.1, 1.0, 2.0, 7.5, 40.0, 1999.0, 2000.0, 2001.0, 1e4]
)
def test_chi_square_tail_to_forty_digits(df: float) -> None:
    """On both sides of the mean and as far into the tail as numbers go."""
    spread = math.sqrt(2 * df)
    for x in (
        *(df + z * spread for z in (-0.99, -0.5, 0.0, 0.1, 1.0, 5.0, 20.0)),
        *(df + 0.1, df + 2.0, 3 * df + 700.0),
    ):
        if x > 0:
            found = _stats.chi_square_tail(at(x), at(df))
            assert found == close([chi_square_exactly(x, df)], rel=1e-11, abs=0)


@given(x=st.floats(1e-9, 2_000), df=st.floats(0.01, 3_000))
def test_chi_square_tail_anywhere(x: float, df: float) -> None:
    expected = scipy.stats.chi2.sf(x, df)
    if expected > 1e-280:
        found = _stats.chi_square_tail(at(x), at(df))
        assert found == close([expected], rel=1e-10, abs=0)


@given(x=st.floats(1e-6, 1_400))
def test_chi_square_with_two_degrees_is_exponential(x: float) -> None:
    found = _stats.chi_square_tail(at(x), at(2.0))
    assert found == close([math.exp(-x / 2)], rel=1e-12, abs=0)


@given(z=st.floats(0, 37))
def test_chi_square_with_one_degree_is_a_squared_normal(z: float) -> None:
    found = _stats.chi_square_tail(at(z * z), at(1.0))
    assert found == close(_stats.normal_two_sided(at(z)), rel=1e-12, abs=0)


def test_chi_square_tail_of_huge_degrees() -> None:
    """Nearly normal (Wilson & Hilferty 1931), where series would take ages."""
    df = at(1e7, 1e9, 1e12)
    for z in (-5.0, -1.0, 0.0, 1.0, 5.0):
        found = _stats.chi_square_tail(df + z * np.sqrt(2 * df), df)
        share = 2 / (9 * df)
        cube = (1 + z * np.sqrt(2 / df)) ** (1 / 3)
        assert found == close(
            scipy.stats.norm.sf((cube - 1 + share) / np.sqrt(share)), rel=1e-6
        )


def test_chi_square_tail_at_the_ends() -> None:
    x = at(-1, 0, math.inf, 800_000, math.nan, 3, 3, 3)
    df = at(1, 1, 1, 1, 1, math.nan, 0, -1)
    found = _stats.chi_square_tail(x, df)
    assert found == close([1, 1, 0, 0, *[math.nan] * 4], abs=0)


def test_chi_square_tail_takes_each_shape() -> None:
    found = _stats.chi_square_tail(np.array([[1.0], [5000.0]]), at(1.0, 2.0, 4990.0))
    assert found.shape == (2, 3)
    assert found[0, 1] == close(math.exp(-0.5))
    assert found[1, 2] == close(scipy.stats.chi2.sf(5000, 4990))
    assert _stats.chi_square_tail(np.array(1.0), np.array(2.0)).shape == ()
    assert _stats.chi_square_tail(at(), at()).shape == (0,)


# Beta

SIDES = (_stats.beta_below, _stats.beta_tail)
BETAS = list(itertools.product((0.025, 0.5, 1.0, 5.5, 30.0, 200.0), repeat=2))


@pytest.mark.parametrize(("a", "b"), BETAS)
def test_beta_against_many_digits(a: float, b: float) -> None:
    mean = a / (a + b)
    for x in (0.001 * mean, 0.5 * mean, 0.95 * mean, mean, mean + (1 - mean) / 3):
        with mpmath.workdps(120):  # theirs subtracts
            point = mpmath.mpf(x)
            below = mpmath.betainc(a, b, 0, point, regularized=True)
            above = mpmath.betainc(a, b, point, 1, regularized=True)
        found = _stats.beta_below(at(x), at(a), at(b))
        assert found == close([float(below)], rel=1e-11, abs=0)
        found = _stats.beta_tail(at(x), at(a), at(b))
        assert found == close([float(above)], rel=1e-11, abs=0)


@given(x=st.floats(1e-6, 1 - 1e-6), a=st.floats(0.02, 5_000), b=st.floats(0.02, 5_000))
def test_beta_anywhere(x: float, a: float, b: float) -> None:
    for found, expected in (
        (_stats.beta_below(at(x), at(a), at(b)), scipy.stats.beta.cdf(x, a, b)),
        (_stats.beta_tail(at(x), at(a), at(b)), scipy.stats.beta.sf(x, a, b)),
    ):
        assert found == close([expected], rel=1e-9, abs=1e-280)


@given(x=st.floats(0, 1), a=st.floats(0.02, 1e9), b=st.floats(0.02, 1e9))
def test_beta_sides_make_one(x: float, a: float, b: float) -> None:
    below, above = (f(at(x), at(a), at(b)) for f in SIDES)
    assert below + above == close([1.0])
    assert 0 <= below[0] <= 1


def test_beta_of_huge_parameters_nears_gamma_and_normal() -> None:
    """P(X >= x) for a beta (a, b) with huge b is that of a gamma at b x."""
    for a in (0.5, 3.5, 20.0, 1500.0):
        for ratio in (0.5, 0.9, 1.0, 1.2, 3.0):
            found = _stats.beta_tail(at(ratio * a * 1e-13), at(a), at(1e13))
            expected = _stats.chi_square_tail(at(2 * ratio * a), at(2 * a))
            assert found == close(expected, rel=1e-6, abs=1e-250)
    for z in (-4.0, -1.0, 0.0, 2.0):
        found = _stats.beta_below(at(0.5 + z * math.sqrt(1 / 8e12)), at(1e12), at(1e12))
        assert found == close([scipy.stats.norm.cdf(z)], rel=1e-5)


def test_beta_halves_meet_where_the_method_changes() -> None:
    """At parameters of 1,000 an integral takes over from the fraction."""
    for z in (-20.0, -3.0, -0.1, 0.1, 3.0, 20.0):
        for b in (1000.0, 1001.0, 1e5, 1e8):
            mean = 1000 / (1000 + b)
            x = mean * (1 + z * math.sqrt(1 / 1000 / (1 + 1000 / b)))
            a = at(1000 * (1 - 1e-12), 1000.0, 1000 * (1 + 1e-12))
            for side in SIDES:
                found = side(at(x), a, at(b))
                assert found == close([found[1]] * 3, rel=1e-8, abs=0)


def test_beta_at_the_ends() -> None:
    x = at(-1, 0, 1, 2, math.nan, 0.5, 0.5, 0.5, 0.5)
    a = at(*[2.0] * 5, math.nan, 0, 2, 2)
    b = at(*[3.0] * 7, -1, math.nan)
    nothing = [math.nan] * 5
    assert _stats.beta_below(x, a, b) == close([0, 0, 1, 1, *nothing], abs=0)
    assert _stats.beta_tail(x, a, b) == close([1, 1, 0, 0, *nothing], abs=0)
    assert _stats.beta_tail(np.array(0.5), at(1.0, 2.0), np.array(1.0)).shape == (2,)


# Quantiles of beta


@given(p=st.floats(1e-12, 1 - 1e-6), a=st.floats(0.1, 5_000), b=st.floats(0.1, 5_000))
def test_beta_quantile_undoes_its_probability(p: float, a: float, b: float) -> None:
    x = _stats.beta_quantile(at(p), at(a), at(b))
    if 1e-290 < x[0] < 0.999:
        assert _stats.beta_below(x, at(a), at(b)) == close([p], rel=1e-9, abs=0)


@pytest.mark.parametrize("p", [1e-300, 1e-9, 0.025, 0.5, 0.6, 0.975])
def test_beta_quantile(p: float) -> None:
    a, b = np.meshgrid([0.5, 1.0, 3.0, 77.5, 2500.0], [0.5, 2.0, 9.9, 3000.0])
    found = _stats.beta_quantile(at(p), a, b)
    with mpmath.workdps(30):
        for x, first, second in zip(found.flat, a.flat, b.flat, strict=True):
            if max(first, second) < 100 and x > 1e-300:
                again = mpmath.betainc(first, second, 0, x, regularized=True)
                assert float(again) == close(p, rel=1e-9 / min(1, 1 - x), abs=0)
    if p > 1e-100:  # theirs fails beyond
        expected = scipy.special.betaincinv(a, b, p)
        assert found == close(expected, rel=1e-9, abs=1e-290)


def test_beta_quantile_of_huge_parameters() -> None:
    """With a = 1 it is known: 1 - (1 - p)^(1 / b)."""
    p, b = np.meshgrid([1e-12, 0.025, 0.5, 0.975, 1 - 2**-40], [1.0, 1e4, 1e9, 1e15])
    found = _stats.beta_quantile(p, at(1.0), b)
    assert found == close(-np.expm1(np.log1p(-p) / b), rel=1e-11, abs=0)
    mirrored = _stats.beta_quantile(p, b, at(1.0))
    assert mirrored == close(p ** (1 / b), rel=1e-14)


def test_beta_quantile_at_the_ends() -> None:
    p = at(0, 1, math.nan, -0.1, 1.1, 0.5, 0.5, 1e-300)
    a = at(*[2.0] * 5, math.nan, 2, 0.05)
    b = at(*[3.0] * 6, 0, 4)
    found = _stats.beta_quantile(p, a, b)
    assert found == close([0, 1, *[math.nan] * 5, 0], abs=0)
    assert _stats.beta_quantile(np.array(0.5), np.array(2.0), np.array(2.0)) == 0.5


# Roots


class Watched:
    """A function that counts its evaluations."""

    def __init__(self, function: Callable[[Floats], Floats]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, x: Floats) -> Floats:
        self.calls += 1
        return self.function(x)


def test_roots_of_many_functions_at_once() -> None:
    f = Watched(
        lambda x: np.array(
            [
                math.cos(x[0]) - x[0],
                x[1] ** 3 - 2,
                math.exp(x[2]) - 1e-8,
                x[3] ** 9 - 1e-9,
                1e-17 - x[4],
            ]
        )
    )
    found = _stats.root(f, at(0, 0, -40, 0, 0), at(1, 2, 0, 4, 1))
    exact = [0.7390851332151607, 2 ** (1 / 3), math.log(1e-8), 0.1, 1e-17]
    assert found == close(exact, rel=1e-13, abs=0)
    assert f.calls <= 20


@given(
    roots=st.lists(st.floats(-50, 50), min_size=1, max_size=8),
    power=st.sampled_from([1, 3]),
    sign=st.sampled_from([-1.0, 1.0]),
)
def test_roots_of_monotone_functions(
    roots: list[float], power: int, sign: float
) -> None:
    exact = np.array(roots)
    f = Watched(lambda x: sign * (np.sinh((x - exact) / 10) + (x - exact) ** power))
    found = _stats.root(f, exact - 3, exact + 70)
    assert found == close(exact, rel=1e-12, abs=1e-12)
    assert _stats.root(f, exact + 70, exact - 3) == close(exact, rel=1e-12, abs=1e-12)


def test_roots_at_the_ends() -> None:
    def f(x: Floats) -> Floats:
        return x - at(1, 5, 0, 2)

    assert _stats.root(f, at(1, 1, 0, 2), at(5, 5, 0, 2)) == close([1, 5, 0, 2], abs=0)


def test_roots_of_steps() -> None:
    """A function that jumps has its root where it jumps; infinite values are fine."""
    found = _stats.root(lambda x: np.where(x < 0.3, -math.inf, 1.0), at(0.0), at(1.0))
    assert found == close([0.3], rel=1e-13)


def test_roots_without_a_bracket_are_unknown() -> None:
    def f(x: Floats) -> Floats:
        return np.array([x[0] + 2, -1.0, x[2], x[3] * math.nan, x[4] - 0.25])

    low, high = at(0, 0, math.nan, 0, 0), at(1, 1, 1, 1, 1)
    assert _stats.root(f, low, high) == close([*[math.nan] * 4, 0.25])


def test_roots_of_functions_that_fail_halfway_are_unknown() -> None:
    def f(x: Floats) -> Floats:
        return np.where((x > at(0.2, 9)) & (x < 0.9), math.nan, x - at(0.5, 0.1))

    assert _stats.root(f, at(0, 0), at(1, 1)) == close([math.nan, 0.1])


def test_roots_keep_shapes() -> None:
    high = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = _stats.root(lambda x: x**2 - high / 5, np.array(0.0), high)
    assert found == close(np.sqrt(high / 5), rel=1e-13)
    assert _stats.root(lambda x: x, at(), at()).shape == (0,)
