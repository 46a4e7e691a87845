"""Quantiles and tail probabilities, from the standard library and numpy alone."""

import math
from statistics import NormalDist

import numpy as np

from cxmkit._checks import FloatArray

_SERIES_FROM = 2_000  # degrees of freedom; series are then good for ten digits
_LEAST = 0.05  # below, 95 % quantiles pass 1e25: as good as no bounds at all


def normal_quantile(level: float) -> float:
    """Return z with P(-z <= Z <= z) = *level* for a standard normal Z."""
    # The lower tail keeps the digits of levels close to 1.
    return -NormalDist().inv_cdf((1 - level) / 2)


def normal_two_sided(z: FloatArray) -> FloatArray:
    """Return P(|Z| >= |z|) for a standard normal Z; NaN stays NaN."""
    tail = np.frompyfunc(math.erfc, 1, 1)(np.abs(z) / math.sqrt(2))
    return np.asarray(tail, dtype=np.float64)


def student_quantile(level: float, df: FloatArray) -> FloatArray:
    """Return t with P(-t <= T <= t) = *level* for Student's T; NaN where df <= 0."""
    distinct, inverse = np.unique(df, return_inverse=True)
    quantiles = _student_series(level, np.maximum(distinct, 3))
    few = (distinct >= _LEAST) & (distinct <= _SERIES_FROM)
    quantiles[few] = _student_newton(level, distinct[few], quantiles[few])
    quantiles[distinct < _LEAST] = np.inf
    return np.where(df > 0, quantiles[inverse].reshape(df.shape), np.nan)


def student_two_sided(t: FloatArray, df: FloatArray) -> FloatArray:
    """Return P(|T| >= |t|) for Student's T; NaN where either is."""
    few = df <= _SERIES_FROM
    return np.where(
        few,
        _student_tail(t, np.where(few, df, 1.0)),
        normal_two_sided(_as_normal(t, np.where(few, np.nan, df))),
    )


def _student_series(level: float, df: FloatArray) -> FloatArray:
    """Return the Cornish-Fisher series (Abramowitz & Stegun 1964, 26.7.5)."""
    z = normal_quantile(level)
    terms = (
        np.polyval([1, 0, 1, 0], z) / 4,
        np.polyval([5, 0, 16, 0, 3, 0], z) / 96,
        np.polyval([3, 0, 19, 0, 17, 0, -15, 0], z) / 384,
        np.polyval([79, 0, 776, 0, 1482, 0, -1920, 0, -945, 0], z) / 92160,
    )
    series = np.full(df.shape, z)
    for k, term in enumerate(terms, start=1):
        series += term / df**k
    return series


def _student_newton(level: float, df: FloatArray, start: FloatArray) -> FloatArray:
    """Refine quantiles by Newton's method on the logarithm of the tail.

    That logarithm is nearly straight, so even heavy tails take few steps.
    """
    df = np.where(df > 0, df, 1.0)
    log_constant = (
        _log_gamma((df + 1) / 2) - _log_gamma(df / 2) - np.log(df * math.pi) / 2
    )
    t = start
    for _ in range(50):
        tail = _student_tail(t, df)
        log_density = log_constant - (df + 1) / 2 * np.log1p(t * t / df)
        step = np.log(tail / (1 - level)) * tail / (2 * np.exp(log_density))
        # A start far to the right must not step across zero.
        t = np.maximum(t + step, t / 2)
        if (np.abs(step) <= 1e-14 * t).all():
            break
    return t


def _student_tail(t: FloatArray, df: FloatArray) -> FloatArray:
    """Return P(|T| >= |t|) = I_x(df / 2, 1 / 2) at x = df / (df + t^2).

    The regularised incomplete beta function by its continued fraction (DLMF 8.17.22).
    """
    a, x, y = df / 2, df / (df + t * t), t * t / (df + t * t)
    turn = x > (a + 1) / (a + 2.5)  # the fraction converges fast on one side only
    first, second = np.where(turn, 0.5, a), np.where(turn, a, 0.5)
    x, y = np.where(turn, y, x), np.where(turn, x, y)
    log_beta = _log_gamma(a) + math.lgamma(0.5) - _log_gamma(a + 0.5)
    with np.errstate(divide="ignore"):  # t = 0: the logarithm of nothing
        log_front = first * np.log(x) + second * np.log(y) - log_beta
    part = np.exp(log_front) / first / _beta_fraction(x, first, second)
    return np.asarray(np.where(turn, 1 - part, part))


def _beta_fraction(x: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Evaluate the continued fraction from the far end."""
    # Terms shrink once m passes the square root of the larger parameter.
    depth = 12 + 3 * math.isqrt(int(np.max(np.maximum(a, b), initial=1.0)))
    fraction = np.ones(x.shape)
    for m in range(depth, 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        fraction = 1 + even / (1 + odd / fraction)
    return np.asarray(1 - (a + b) * x / (a + 1) / fraction)


def _as_normal(t: FloatArray, df: FloatArray) -> FloatArray:
    """Return z with P(|Z| >= z) = P(|T| >= |t|) (Hill 1970, algorithm 395)."""
    a = df - 0.5
    b = 48 * a * a
    y = a * np.log1p(t * t / df)
    series = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b)
    return np.asarray(((series + y + 3) / b + 1) * np.sqrt(y))


def _log_gamma(values: FloatArray) -> FloatArray:
    return np.asarray(np.frompyfunc(math.lgamma, 1, 1)(values), dtype=np.float64)
