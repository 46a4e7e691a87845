"""The likelihood and the integrals behind BG/NBD, on plain arrays."""

import math
from collections.abc import Callable
from typing import Self

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _stats
from cxmkit._buying import Rising
from cxmkit._checks import BoolArray, FloatArray, IntArray

_EPS = float(np.finfo(np.float64).eps)
_ROWS = 4_096  # at once: their logarithms stay in the cache, and BLAS on one thread
_TERMS = 120  # of the series for expectations; where more are needed, an integral is
_SURE = 1e-12  # relative error that a series may have
_NOTHING = 30.0  # exp(-30) = 1e-13 of the greatest value is where integrals end
_FAR = 100.0  # outside of any integral
# Steps of integrals over log(p / (1 - p)) and over the logarithm of a rate, and for
# narrow peaks in standard deviations: half of them changes nothing in 12 digits.
_STEP, _OF_A_PEAK = 0.24, 0.5
_AT_ONCE = 2_048  # integrals, so that their scratch stays in the processor's cache
_KNOTS = 32  # ages at which a residual is worked out for many customers alike in count
_WIDEST = 5.0  # logarithm of the ratio of ages that so many knots are good for


def distinct(
    x: IntArray, age: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]:
    """Return pairs of count and age that differ, in order, and where each row is."""
    order = np.lexsort((age, x))
    x, age = x[order], age[order]
    new = np.append(True, (np.diff(x) != 0) | (np.diff(age) != 0))
    place = np.empty(order.size, np.intp)
    place[order] = np.cumsum(new) - 1
    return x[new].astype(np.float64), age[new], place


def by_curves(
    f: Callable[[FloatArray, FloatArray], FloatArray], x: FloatArray, logs: FloatArray
) -> FloatArray:
    """Return f(x, logs), by curves through some points where many have the same x.

    Counts *x* are in order. *f* is smooth in the logarithm of the age.
    """
    found, rest = np.empty(x.shape), np.ones(x.shape, np.bool_)
    knots = np.cos(np.pi * (np.arange(_KNOTS) + 0.5) / _KNOTS)
    ends = np.append(np.flatnonzero(np.diff(x)) + 1, x.size)
    starts = np.append(0, ends[:-1])
    low, high = np.minimum.reduceat(logs, starts), np.maximum.reduceat(logs, starts)
    middle, half = (high + low) / 2, (high - low) / 2
    for run in np.flatnonzero((ends - starts > 2 * _KNOTS) & (half < _WIDEST / 2)):
        rows = slice(starts[run], ends[run])
        points = f(np.full(_KNOTS, x[starts[run]]), middle[run] + half[run] * knots)
        curve = np.polynomial.chebyshev.chebfit(knots, points, _KNOTS - 1)
        place = (logs[rows] - middle[run]) / (half[run] or 1.0)
        found[rows] = np.polynomial.chebyshev.chebval(place, curve)
        rest[rows] = False
    found[rest] = f(x[rest], logs[rest])
    return found


# The likelihood


@attrs.frozen(eq=False)
class Likelihood:
    """The log-likelihood of rows with weights, in logarithms of r, alpha, a and b."""

    x: IntArray
    recency: FloatArray
    age: FloatArray
    weights: FloatArray
    rising: Rising

    @classmethod
    def of(
        cls, x: IntArray, recency: FloatArray, age: FloatArray, weights: FloatArray
    ) -> Self:
        return cls(x, recency, age, weights, Rising.of(x, weights))

    def __call__(self, logs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return value, gradient and Hessian."""
        r, alpha, a, b = np.exp(logs)
        value, gradient, hessian = self._counts(r, a, b)
        # Rows are in order of x: those without a repeat purchase come first.
        first = int(np.searchsorted(self.x, 1))
        parts = [self._never((r, alpha), slice(first))]
        for start in range(first, self.x.size, _ROWS):
            rows = slice(start, start + _ROWS)
            part = _timings(
                (r, alpha, a, b),
                self.x[rows].astype(np.float64),
                self.recency[rows],
                self.age[rows],
                self.weights[rows],
            )
            parts.append(part)
        for more, uphill, bent in parts:
            value += more
            gradient += uphill
            hessian += bent
        return value, gradient, hessian

    def _never(
        self, parameters: tuple[float, float], rows: slice
    ) -> tuple[float, FloatArray, FloatArray]:
        """Return the part of customers without a repeat purchase: r log(now)."""
        r, alpha = parameters
        age, weights = self.age[rows], self.weights[rows]
        now = alpha / (alpha + age)
        value = -r * float(weights @ np.log1p(age / alpha))
        slope = r * float(weights @ (1 - now))
        bend = -r * float(weights @ (now * (1 - now)))
        gradient, hessian = np.array([value, slope, 0, 0]), np.zeros((4, 4))
        hessian[:2, :2] = [[value, slope], [slope, bend]]
        return value, gradient, hessian

    def _counts(
        self, r: float, a: float, b: float
    ) -> tuple[float, FloatArray, FloatArray]:
        """Return the part in which times do not occur."""
        sums = self.rising.at(np.array([r, b, a + b]))
        (of_r, r1, r2), (of_b, b1, b2), (of_both, n1, n2) = sums
        gradient = np.array([r * r1, 0.0, -a * n1, b * (b1 - n1)])
        hessian = np.diag(gradient)
        hessian[0, 0] += r * r * r2
        hessian[2, 2] -= a * a * n2
        hessian[3, 3] += b * b * (b2 - n2)
        hessian[2, 3] = hessian[3, 2] = -a * b * n2
        return float(of_r + of_b - of_both), gradient, hessian


def _timings(
    parameters: tuple[float, float, float, float],
    x: FloatArray,
    recency: FloatArray,
    age: FloatArray,
    weights: FloatArray,
) -> tuple[float, FloatArray, FloatArray]:
    """Return the part of those with repeat purchases in which times occur.

    With (alpha + recency)^-(r + x) taken out, a customer is a mixture of two: one who
    is still there, with the logarithm *there*, and one who left at the last purchase,
    with the logarithm *left*. Derivatives weigh the two by the chance of being alive.
    """
    r, alpha, a, b = parameters
    n, base = r + x, b + x - 1
    since = np.log1p((age - recency) / (alpha + recency))
    then, now = alpha / (alpha + recency), alpha / (alpha + age)
    early = -np.log1p(recency / alpha)
    there, left = -n * since, np.log(a / base)
    both = np.logaddexp(there, left)
    alive = np.exp(there - both)
    # Sums of both, and those of who is still there or lost.
    lost, kept = weights * (1 - alive), weights * alive
    value = weights @ (n * early + both) - math.log(alpha) * (weights @ x)
    moved = np.stack([-r * since, n * (then - now), np.full(x.shape, -1.0), b / base])
    gradient = np.array([r * (weights @ early), weights @ (r - n * then), 0.0, 0.0])
    gradient[:2] += moved[:2] @ kept
    gradient[2:] -= moved[2:] @ lost
    hessian = (moved * (kept * (1 - alive))) @ moved.T
    hessian[0, 0] += r * (weights @ early - kept @ since)
    cross = r * (weights @ (1 - then) + kept @ (then - now))
    hessian[0, 1] += cross
    hessian[1, 0] += cross
    bend = then * (1 - then)
    hessian[1, 1] += kept @ (n * (bend - now * (1 - now))) - weights @ (n * bend)
    hessian[3, 3] -= lost @ (b * (x - 1) / base**2)
    return float(value), gradient, hessian


# Means over the chance to leave

# What a kernel gets: p, 1 - p (each of shape (rows, nodes)) and the slice of rows.
_Kernel = Callable[[FloatArray, FloatArray, slice], FloatArray]


def _mean(
    a: FloatArray,
    b: FloatArray,
    last: FloatArray,
    kernel: _Kernel,
    tilt: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Return the mean of a decreasing f(p) >= 0 with p ~ Beta(a, b), by row.

    Integration by parts takes out what makes both ends steep where a or b is small:
    with p ~ Beta(a + 1, b + 1), and *last* = f(1),

        E f = f(1) + b / (a + b + 1) E[(f(p) - f(1)) / (1 - p) - f'(p) / (a + b)].

    All terms are positive, so no digits are lost. *kernel* returns what is in brackets
    and falls about as (1 + slope p)^-power, which are the *tilt*.
    """
    found = np.empty(a.shape)
    for start in range(0, a.size, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        p, q, weights = _nodes(a[rows] + 1, b[rows] + 1, tilt[0][rows], tilt[1][rows])
        found[rows] = (weights * kernel(p, q, rows)).sum(axis=1)
    return last + b / (a + b + 1) * found


def _nodes(
    a: FloatArray, b: FloatArray, power: FloatArray, slope: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return p, 1 - p and weights for means over p ~ Beta(a, b), by row; a, b > 1.

    The trapezoidal rule in log(p / (1 - p)), there y from the peak of the density,
    converges as fast as any for integrands that are smooth and vanish at both ends.
    """
    peak = a / (a + b)

    def density(y: FloatArray) -> FloatArray:
        return np.asarray(a * y - (a + b) * np.log1p(peak * np.expm1(y)))

    def chance(y: FloatArray) -> FloatArray:
        return np.asarray(peak * np.exp(y) / (1 + peak * np.expm1(y)))

    def integrand(y: FloatArray) -> FloatArray:
        return np.asarray(density(y) - power * np.log1p(slope * chance(y)))

    def uphill(y: FloatArray) -> FloatArray:
        p = chance(y)
        fall = power * p * (1 - p) / (1 / slope + p)
        return np.asarray(a - (a + b) * p - fall)

    zero = np.zeros(a.shape)
    low = np.minimum(zero, -np.log(power) - np.log(slope) - np.log(a / b)) - _FAR
    top = _stats.root(uphill, low, zero)
    height = integrand(top)
    left = _stats.root(lambda y: height - integrand(y) - _NOTHING, low, top)
    right = _stats.root(lambda y: -density(y) - _NOTHING, zero, zero + _FAR)
    # Neither the integrand nor the density is more curved than this at its peak.
    y = _grid(left, right, a * (1 - chance(top)))
    scale = 1 + peak * np.expm1(y)
    weights = np.exp(density(y))
    parts = peak * np.exp(y) / scale, (1 - peak) / scale, weights / weights.sum(axis=0)
    p, q, weights = (np.ascontiguousarray(part.T) for part in parts)
    return p, q, weights


def _grid(low: FloatArray, high: FloatArray, bend: FloatArray) -> FloatArray:
    """Return equidistant points by column, close enough for peaks so curved."""
    step = np.minimum(_STEP, _OF_A_PEAK / np.sqrt(bend))
    count = int(np.ceil((high - low) / step).max()) + 1
    return np.asarray(low + (high - low) * np.linspace(0, 1, count)[:, None])


def still_there(
    n: FloatArray, a: FloatArray, b: FloatArray, s: FloatArray
) -> FloatArray:
    """Return E (1 + p s)^-n with p ~ Beta(a, b)."""
    both = a + b

    def kernel(p: FloatArray, q: FloatArray, rows: slice) -> FloatArray:
        k, part, m = n[rows, None], s[rows, None], both[rows, None]
        grown = 1 + part * p
        f = np.exp(-k * np.log1p(part * p))
        chord = -f * np.expm1(-k * np.log1p(q * part / grown)) / q
        return np.asarray(chord + f * k * part / grown / m)

    last = np.exp(-n * np.log1p(s))
    return _mean(a, b, last, kernel, (n + 1, s))


def _bought(n: FloatArray, a: FloatArray, b: FloatArray, s: FloatArray) -> FloatArray:
    """Return E (1 - (1 + p s)^-n) / p with p ~ Beta(a, b)."""
    last = -np.expm1(-n * np.log1p(s))

    def kernel(p: FloatArray, q: FloatArray, rows: slice) -> FloatArray:
        k, part, end = n[rows, None], s[rows, None] * p, last[rows, None]
        logs = k * np.log1p(part)
        f = -np.expm1(-logs)
        slope = (f - k * part / (1 + part) * np.exp(-logs)) / p
        return np.asarray(((f / p) - end) / q + slope / p / (a + b)[rows, None])

    return _mean(a, b, last, kernel, (np.full(n.shape, 2.0), (n + 1) * s))


def purchases_if_alive(
    n: FloatArray, a: FloatArray, b: FloatArray, s: FloatArray
) -> FloatArray:
    """Return E (1 - (1 + p s)^-n) / p by a series where it is sure, by row.

    Euler's transformation of the hypergeometric function of Fader, Hardie and Lee
    leaves c, e and a sum that are good at a = 1 and for any count.
    """
    found = np.zeros(n.shape)
    for rows in _checks.chunks(n.size):
        here = n[rows], a[rows], b[rows], s[rows]
        found[rows], sure = _series(*here)
        rest = np.flatnonzero(~sure)
        if rest.size:
            found[rows.start + rest] = _bought(*(each[rest] for each in here))
    return found


def _series(
    n: FloatArray, a: FloatArray, b: FloatArray, s: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Return the mean by its series, and where that has all its digits."""
    c, e, m, z = a + b - 1, a - 1, a + b - 1 - n, s / (1 + s)
    with np.errstate(all="ignore"):  # not sure there
        path = np.log1p(s)
        first = np.where(e == 0, path, -np.expm1(-e * path) / np.where(e == 0, 1, e))
        grown = np.exp(-e * path)
        term = m * z
        total, size, k = term, np.abs(term), 1
        while k < _TERMS and (np.abs(term) > _EPS / 8 * size).any():
            term = term * ((m + k) * (a + k - 1) / ((c + k) * (k + 1)) * z)
            total, size, k = total + term, size + np.abs(term), k + 1
        found = c * first - grown * total
        lost = (np.abs(c * first) + grown * size) * (1 + np.abs(e) * path) * _EPS
        ratio = np.maximum(z, np.abs((m + k) * (a + k - 1) / ((c + k) * (k + 1)) * z))
        left = grown * np.abs(term) * ratio / np.maximum(1 - ratio, 0)
        sure = (lost + left <= _SURE * found) & (found < math.inf)
        return found, np.asarray(sure)


def worth(n: FloatArray, a: FloatArray, b: FloatArray, d: FloatArray) -> FloatArray:
    """Return E g / (d + g p) with g ~ Gamma(n) and p ~ Beta(a, b); d > 0.

    With g ~ Gamma(n + 1) it is n E 1 / (d + g p), which is good for small n, too.
    """
    found = np.empty(n.shape)
    for start in range(0, n.size, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        found[rows] = _worth_of_few(n[rows], a[rows], b[rows], d[rows])
    return found


def _worth_of_few(
    n: FloatArray, a: FloatArray, b: FloatArray, d: FloatArray
) -> FloatArray:
    m, zero = n + 1, np.zeros(n.shape)
    deep = (_NOTHING + np.log1p(m / d)) / m

    def depth(y: FloatArray) -> FloatArray:
        return np.asarray(np.expm1(y) - y - deep)

    left = _stats.root(depth, -deep - 1, zero)
    right = _stats.root(depth, zero, np.log1p(deep) + 3)
    y = _grid(left, right, m)
    weights = np.exp(m * (y - np.expm1(y)))
    weights *= n / weights.sum(axis=0)
    rates = m * np.exp(y)

    def kernel(p: FloatArray, _: FloatArray, rows: slice) -> FloatArray:
        total = np.zeros(p.shape)
        both = 1 / (a + b)[rows, None]
        for weight, g in zip(weights[:, rows, None], rates[:, rows, None], strict=True):
            e = d[rows, None]
            inner = 1 / (e + g * p)
            total += weight * g * inner * (1 / (e + g) + both * inner)
        return total

    last = (weights / (d + rates)).sum(axis=0)
    return _mean(a, b, last, kernel, (np.full(n.shape, 2.0), rates[-1] / d))
