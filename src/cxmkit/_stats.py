"""Quantiles and tail probabilities, from the standard library and numpy alone."""

import math
from statistics import NormalDist

import numpy as np

from cxmkit._checks import FloatArray

_SERIES_FROM = 2_000  # degrees of freedom; the series below is then exact to 1e-12


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
    found = [
        _student_quantile(level, float(d)) for d in distinct[distinct <= _SERIES_FROM]
    ]
    quantiles = _student_series(level, np.maximum(distinct, 1))
    quantiles[: len(found)] = found
    return quantiles[inverse].reshape(df.shape)


def student_two_sided(t: FloatArray, df: FloatArray) -> FloatArray:
    """Return P(|T| >= |t|) for Student's T; NaN where either is."""

    def tail(t: float, df: float) -> float:
        bare = math.isnan(t) or math.isnan(df)
        return math.nan if bare else incomplete_beta(df / (df + t * t), df / 2, 0.5)

    return np.asarray(np.frompyfunc(tail, 2, 1)(t, df), dtype=np.float64)


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


def _student_quantile(level: float, df: float) -> float:
    if df <= 0:
        return math.nan
    tail = 1 - level
    log_constant = (
        math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    )
    t = normal_quantile(level)
    # Newton on the logarithm of the tail: that of T is heavier than that of Z, so the
    # start lies to the left, and log(tail) is nearly straight in what remains.
    for _ in range(100):
        now = incomplete_beta(df / (df + t * t), df / 2, 0.5)
        density = math.exp(log_constant - (df + 1) / 2 * math.log1p(t * t / df))
        step = math.log(now / tail) * now / (2 * density)
        t += step
        if abs(step) <= 1e-15 * t:
            break
    return t


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), 0 <= x <= 1."""
    if x in {0.0, 1.0}:
        return x
    if x > (a + 1) / (a + b + 2):  # there the continued fraction converges slowly
        return 1 - incomplete_beta(1 - x, b, a)
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta) / a
    return front / _beta_fraction(x, a, b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of I_x(a, b) (DLMF 8.17.22) from the far end."""
    fraction = 1.0
    for m in range(_depth(a, b), 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        fraction = 1 + even / (1 + odd / fraction)
    return 1 - (a + b) * x / (a + 1) / fraction


def _depth(a: float, b: float) -> int:
    # Terms shrink once m passes the square root of the larger parameter.
    return 30 + 3 * math.isqrt(int(max(a, b)))
