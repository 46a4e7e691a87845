"""Quantiles, tail probabilities and roots, from the standard library and numpy alone.

Gamma and beta functions are worked out from their logarithmic densities in the form
of Loader (2000, Fast and accurate computation of binomial probabilities), which keeps
its digits for parameters of any size.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from cxmkit._checks import FloatArray, read_only

_SERIES_FROM = 2_000  # degrees of freedom; series are then good for ten digits
_FEW = 1_000  # beyond, fractions and series are slow, and densities smooth
_DEPTH = 100  # terms; enough for fifteen digits up to _FEW
_FAR = 700.0  # odds of exp(+-700): as good as none, and short of overflow
_STRIDE = 30.0  # in log odds
_STIRLING = 15.0  # from here on its series is good for all digits
_NOTHING = 45.0  # exp(-45) is lost beside 1
_EVALUATIONS = 200  # a limit for functions that jump; smooth ones take about ten
_ROUNDING = 1e-14  # relative width of a bracket that is narrow enough
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


def chi_square_tail(x: FloatArray, df: FloatArray) -> FloatArray:
    """Return P(X >= x) for chi-square with any *df* > 0; NaN where either is.

    Ten digits hold far into the tail for df >= 0.001, below to 1e-15 absolutely.
    """
    x, a = np.broadcast_arrays(np.asarray(x) / 2, np.asarray(df) / 2)
    tail = np.where(np.isnan(x) | ~(a > 0), np.nan, np.where(x > 0, 0.0, 1.0))
    inner = (x > 0) & (x < math.inf) & (a > 0)
    tail[inner] = _gamma_tail(x[inner], a[inner])
    return tail


def beta_below(x: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Return I_x(a, b) = P(X <= x) for a beta variable X; NaN where any is.

    Close to x = 1 the digits are those of 1 - x: ask ``beta_tail(1 - x, b, a)``.
    """
    return _beta_sides(x, a, b)[0]


def beta_tail(x: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Return 1 - I_x(a, b) = P(X >= x) for a beta variable X; NaN where any is."""
    return _beta_sides(x, a, b)[1]


def beta_quantile(p: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Return x with I_x(a, b) = *p*; NaN where any is.

    For p close to 1 take ``1 - beta_quantile(1 - p, b, a)``. By Newton's method on the
    logarithm of the smaller side against log(x / (1 - x)). That is concave, so that
    from the second step on it nears the root from one side.
    """
    p, a, b = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (p, a, b)))
    known = (p >= 0) & (p <= 1) & (a > 0) & (b > 0)
    quantile = np.where(known, p, np.nan)  # right at the ends
    inner = known & (p > 0) & (p < 1)
    quantile[inner] = _beta_newton(p[inner], a[inner], b[inner])
    return quantile


def root(
    f: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Return where each of many independent functions is zero, in its own bracket.

    *f* takes an array of abscissae, one for each function, and returns their values.
    Each must have opposite signs at *low* and *high*, or be zero at one of them; NaN
    where not, and where anything is NaN. By the method of Chandrupatla (1997, A new
    hybrid quadratic/bisection algorithm): inverse quadratic steps where they are safe,
    halving elsewhere; smooth functions take about ten evaluations.
    """
    a, b = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (low, high)))
    fa, fb = f(a), f(b)
    bracketed = np.sign(fa) * np.sign(fb) <= 0
    found = np.where(bracketed, np.where(np.abs(fa) < np.abs(fb), a, b), np.nan)
    active = bracketed & (fa != 0) & (fb != 0)
    part = np.full(a.shape, 0.5)
    for _ in range(_EVALUATIONS):
        if not active.any():
            break
        x = np.where(active, a + part * (b - a), found)
        fx = f(x)
        # x takes the place of the end whose sign it has; that end stays as a third.
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        found = np.where(active, np.where(np.isnan(fa), np.nan, best), found)
        with np.errstate(all="ignore"):  # of those done, and of infinite values
            least = _ROUNDING * np.abs(found) / np.abs(b - a)
            step = _quadratic_step((a, b, c), (fa, fb, fc))
        active = active & (fa != 0) & (least < 0.5)
        part = np.where(active, np.clip(step, least, 1 - least), 0.5)
    return found


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


def _quadratic_step(
    points: tuple[FloatArray, FloatArray, FloatArray],
    values: tuple[FloatArray, FloatArray, FloatArray],
) -> FloatArray:
    """Return the part of the way from the first point to the second; 1/2 if unsafe."""
    (a, b, c), (fa, fb, fc) = points, values
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
    step = fa / (fb - fa) * fc / (fb - fc)
    step += (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.where(safe, step, 0.5)


def _student_tail(t: FloatArray, df: FloatArray) -> FloatArray:
    """Return P(|T| >= |t|) = I_x(df / 2, 1 / 2) at x = df / (df + t^2)."""
    square = t * t
    x, y = df / (df + square), square / (df + square)
    return np.exp(_log_beta_sides(x, y, df / 2, np.full(df.shape, 0.5))[0])


# The incomplete gamma function


def _gamma_tail(x: FloatArray, a: FloatArray) -> FloatArray:
    """Return Q(a, x), by whichever of the two sides is the smaller."""
    few = a <= _FEW
    below = x < np.where(few, a + 1, a)
    side = np.exp(_log_gamma_front(x, a))
    for method, here in (
        (_gamma_series, few & below),
        (_gamma_fraction, few & ~below),
        (_gamma_integral, ~few),
    ):
        side[here] *= method(x[here], a[here])
    return np.where(below, 1 - side, side)


def _log_gamma_front(x: FloatArray, a: FloatArray) -> FloatArray:
    """Return the logarithm of x^a e^-x / Gamma(a)."""
    lack = a * _lack((x - a) / a, x / a)
    return np.asarray(np.log(a / math.tau) / 2 - _stirling_error(a) - lack)


def _gamma_series(x: FloatArray, a: FloatArray) -> FloatArray:
    """Sum the series of the lower side, DLMF 8.7.1, from its small end."""
    series = np.ones(x.shape)
    for k in range(20 + 9 * math.isqrt(int(np.max(a, initial=1.0))), 0, -1):
        series = 1 + series * x / (a + k)
    return np.asarray(series / a)


def _gamma_fraction(x: FloatArray, a: FloatArray) -> FloatArray:
    """Evaluate the continued fraction of the upper side, DLMF 8.9.2, from its end."""
    fraction = x + 2 * _DEPTH + 1 - a
    for k in range(_DEPTH, 0, -1):
        fraction = x + 2 * k - 1 - a - k * (k - a) / fraction
    return np.asarray(1 / fraction)


def _gamma_integral(x: FloatArray, a: FloatArray) -> FloatArray:
    """Integrate the density of log X, over that at x, from x outwards."""
    outwards = np.where(x < a, -1.0, 1.0)
    reach = _reach(np.abs(x - a), x)

    def drop(s: FloatArray) -> FloatArray:
        way = outwards[:, None] * s
        return np.asarray(a[:, None] * way - x[:, None] * np.expm1(way))

    return _integral(drop, reach)


# The incomplete beta function


def _beta_sides(
    x: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return I_x(a, b) and 1 - I_x(a, b)."""
    x, a, b = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x, a, b)))
    a, b = np.where(a > 0, a, np.nan), np.where(b > 0, b, np.nan)
    x = np.clip(x, 0, 1)
    below, above = _log_beta_sides(x, 1 - x, a, b)
    return np.exp(below), np.exp(above)


def _log_beta_sides(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return log I_x(a, b) and log(1 - I_x(a, b)), where y = 1 - x."""
    few = np.minimum(a, b) <= _FEW
    shift = np.where(few, 1.0, 0.0)
    # Both the fraction and the integral are good below the mean only.
    turn = x > (a + shift) / (a + b + 2 * shift)
    a, b = np.where(turn, b, a), np.where(turn, a, b)
    x, y = np.where(turn, y, x), np.where(turn, x, y)
    rest = np.full(x.shape, np.nan)
    for method, here in ((_beta_fraction, few), (_beta_integral, ~few)):
        if here.any():
            rest[here] = method(x[here], y[here], a[here], b[here])
    side = _log_beta_front(x, y, a, b) + np.log(rest)
    with np.errstate(divide="ignore"):  # x = 1: the logarithm of nothing
        other = np.log1p(-np.exp(side))
    return np.where(turn, other, side), np.where(turn, side, other)


def _log_beta_front(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> FloatArray:
    """Return the logarithm of x^a y^b / B(a, b)."""
    n, excess = a + b, b * x - a * y
    lack = a * _lack(excess / a, x * (n / a)) + b * _lack(-excess / b, y * (n / b))
    error = _stirling_error(a) + _stirling_error(b) - _stirling_error(n)
    return np.asarray(np.log(a / math.tau * (b / n)) / 2 - error - lack)


def _beta_fraction(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> FloatArray:
    """Evaluate the continued fraction of DiDonato & Morris (1992, algorithm 708).

    It is every second convergent of DLMF 8.17.22, without its differences of numbers
    that are nearly alike.
    """
    below_mean = a * y - b * x
    # Terms shrink once m passes the square root of the larger parameter.
    largest = np.max(np.maximum(a, b), initial=1.0)
    depth = min(15 + 4 * math.isqrt(int(largest)), _DEPTH)
    fraction = np.full(x.shape, math.inf)
    for m in range(depth, -1, -1):
        upper = (
            (a + m) * (a + b + m) * (m + 1) * (b - m - 1) * (x / (a + 2 * m + 1)) ** 2
        )
        lower = (a + m) / (a + 2 * m + 1) * (below_mean + 1 + m * (1 + y))
        lower += m + m * (b - m) * x / (a + 2 * m - 1 + (m == 0))
        fraction = lower + upper / fraction
    return np.asarray(1 / fraction)


def _beta_integral(
    x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray
) -> FloatArray:
    """Integrate the density of log(X / (1 - X)), over that at x, from x down."""
    reach = _reach(a * y - b * x, (a + b) * x * y)
    left = x < 0.5  # two forms of the same drop; each keeps its digits on one side
    slope, size = np.where(left, -a, b), np.where(left, x, y)

    def drop(s: FloatArray) -> FloatArray:
        way = np.where(left[:, None], -s, s)
        part = np.log1p(size[:, None] * np.expm1(way))
        return np.asarray(slope[:, None] * s - (a + b)[:, None] * part)

    return _integral(drop, reach)


def _beta_newton(p: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    lower = p <= 0.5
    goal = np.where(lower, np.log(p), np.log1p(-p))
    logit, far, steps = np.log(a / b), np.ones(p.shape, np.bool_), 0
    while far.any() and steps < _EVALUATIONS:
        x, y = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
        below, above = _log_beta_sides(x, y, a, b)
        side = np.where(lower, below, above)
        slope = np.exp(_log_beta_front(x, y, a, b) - side)
        # Far out even logarithms lose their digits; short steps stay near.
        step = np.clip((goal - side) / slope, -_STRIDE, _STRIDE)
        moved = np.clip(logit + np.where(lower, step, -step), -_FAR, _FAR)
        far = np.abs(moved - logit) > 1e-13 * np.maximum(np.abs(logit), 1)
        logit, steps = moved, steps + 1
    return np.where(logit > -_FAR, 1 / (1 + np.exp(-logit)), 0.0)


# What both are made of


def _stirling_error(a: FloatArray) -> FloatArray:
    """Return log Gamma(a + 1) less Stirling's formula for it (DLMF 5.11.1)."""
    low, high = np.minimum(a, _STIRLING), np.maximum(a, _STIRLING)
    exact = _log_gamma(low + 1) - (low + 0.5) * np.log(low) + low
    series = np.polyval([1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12], high**-2)
    return np.where(a < _STIRLING, exact - math.log(math.tau) / 2, series / high)


def _lack(excess: FloatArray, ratio: FloatArray) -> FloatArray:
    """Return u - log(1 + u) at u = *excess*, where *ratio* is 1 + u to all digits."""
    near = np.abs(excess) < 0.5
    with np.errstate(divide="ignore"):  # the logarithm of nothing
        far = np.log(np.where(near, 1.0, ratio))
    return np.asarray(excess - np.where(near, np.log1p(np.where(near, excess, 0)), far))


def _reach(slope: FloatArray, curve: FloatArray) -> FloatArray:
    """Return where *slope* s + *curve* s^2 / 2 is so large that exp(-) is nothing."""
    return np.asarray(2 * _NOTHING / (slope + np.sqrt(slope**2 + 2 * curve * _NOTHING)))


def _integral(
    drop: Callable[[FloatArray], FloatArray], reach: FloatArray
) -> FloatArray:
    """Return the integral of exp(*drop*) from 0 to *reach*."""
    nodes, weights = legendre(40)
    return np.asarray(np.exp(drop(reach[:, None] * nodes)) @ weights * reach)


@lru_cache(maxsize=64)
def legendre(count: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights of Gauss and Legendre for means over 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return read_only((nodes + 1) / 2), read_only(weights / weights.sum())


def _as_normal(t: FloatArray, df: FloatArray) -> FloatArray:
    """Return z with P(|Z| >= z) = P(|T| >= |t|) (Hill 1970, algorithm 395)."""
    a = df - 0.5
    b = 48 * a * a
    y = a * np.log1p(t * t / df)
    series = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b)
    return np.asarray(((series + y + 3) / b + 1) * np.sqrt(y))


def _log_gamma(values: FloatArray) -> FloatArray:
    return np.asarray(np.frompyfunc(math.lgamma, 1, 1)(values), dtype=np.float64)
