"""The likelihood and the integrals behind Pareto/NBD, on plain arrays."""

import math
from collections.abc import Callable
from typing import Self

import attrs
import numpy as np

from cxmkit import _stats
from cxmkit._buying import Rising
from cxmkit._checks import FloatArray, IntArray

# The shape and scale of lifetimes from which to search, and the shape of rates. The
# second finds the tops at which some customers leave at once and the others never.
_STARTS = ((1.0, 1.0, 10.0), (2.0, 0.05, 1e-3))
_SAMPLE = 40_000  # rows that lead to the top; all of them only find it exactly
_AT_ONCE = 512  # rows with all nodes, so that they stay in the processor's cache
_NOTHING = 34.0  # exp(-34) = 2e-15 of the integrand at the start is where it ends
_SLACK = 1.3  # how much farther it may go; 24 nodes are good for exp(-50)


def in_chunks(
    f: Callable[..., FloatArray], first: FloatArray, *rest: FloatArray
) -> FloatArray:
    """Return f of columns, with scratch for some of their rows at a time."""
    found = np.empty(first.shape)
    for start in range(0, first.size, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        found[rows] = f(first[rows], *(column[rows] for column in rest))
    return found


# Time that is left


def time_left(s: float, known: FloatArray, t: FloatArray) -> FloatArray:
    """Return the mean time from now to leaving, counted up to *t* at most.

    The integral of (1 + u / known)^-s from 0 to t, where *known* is beta + age.
    """
    logs, more = np.log1p(t / known), s - 1
    return np.asarray(known * (-np.expm1(-more * logs) / more if more else logs))


def exponential_integral(s: float, z: FloatArray) -> FloatArray:
    """Return exp(z) E_s(z), the integral of exp(-z u) (1 + u)^-s over all u > 0.

    In log(1 + u) the integrand has no kinks, so that Gauss and Legendre are good for
    any z. The continued fraction of E_s is not: it needs some 100 / z terms.
    """
    ends = np.log1p(_NOTHING / z)
    if s > 1:
        ends = np.minimum(ends, _NOTHING / (s - 1))
    nodes, weights = _legendre(float(ends.max()), least=48)
    w = nodes[:, None] * ends
    return np.asarray(weights @ np.exp((1 - s) * w - z * np.expm1(w)) * ends)


def _legendre(width: float, *, least: int = 24) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights on 0 .. 1 that are enough for some width in logarithms.

    Factors such as (1 + c exp(v))^-n are smooth on the scale 1 of v. So few nodes do
    for a short way, however steep, and a long one needs them in proportion.
    """
    return _stats.legendre(8 * math.ceil(max(least, 12 + 3 * width) / 8))


# When customers may have left


@attrs.frozen(eq=False)
class Departures:
    """What is known of the moment y at which customers left, by node and row.

    The last node is the end of observation: not having left by then.
    """

    odds: FloatArray  # logarithm of those of having left, by row
    chances: FloatArray  # of each node; they sum to 1
    of_alpha: FloatArray  # log(1 + y / alpha)
    of_beta: FloatArray  # log(1 + y / beta)


def departures(
    parameters: tuple[float, float, float, float],
    x: FloatArray,
    recency: FloatArray,
    age: FloatArray,
) -> Departures:
    """Integrate over the moment y at which customers left, by row.

    Relative to its value at the last purchase, the integrand of Fader and Hardie,
    (alpha + y)^-(r + x) (beta + y)^-(s + 1), is exp(-fall q) (1 + part (exp(q) - 1))
    ^-bend in q = log((low + y) / (low + recency)), with the lower of alpha and beta.
    It has one top in q, no kinks, and can be cut off where it has come to nothing.
    """
    r, alpha, s, beta = parameters
    low, high = min(alpha, beta), max(alpha, beta)
    n = r + x
    fall, bend = (n - 1, s + 1) if alpha <= beta else (s, n)
    part = (low + recency) / (high + recency)
    whole = np.log1p((age - recency) / (low + recency))
    ends = _ends(fall, bend, part, whole)
    nodes, weights = _legendre(float(ends.max()))
    q = np.vstack([nodes[:, None] * ends, whole])
    grown = np.log1p(part * np.expm1(q))
    left = weights[:, None] * np.exp(-fall * q[:-1] - bend * grown[:-1])
    mass = left.sum(axis=0)
    since_alpha, since_beta = (q, grown) if alpha <= beta else (grown, q)
    with np.errstate(divide="ignore"):  # who has just bought cannot have left
        odds = np.log(s * ends * mass * (low + recency) / (beta + recency))
    odds += n * since_alpha[-1] + s * since_beta[-1]
    left *= np.exp(-np.logaddexp(0, -odds)) / mass
    return Departures(
        odds=odds,
        chances=np.vstack([left, np.exp(-np.logaddexp(0, odds))]),
        of_alpha=np.log1p(recency / alpha) + since_alpha,
        of_beta=np.log1p(recency / beta) + since_beta,
    )


def _ends(
    fall: FloatArray | float,
    bend: FloatArray | float,
    part: FloatArray,
    whole: FloatArray,
) -> FloatArray:
    """Return where the integrand comes to nothing, or *whole* if it does not.

    Its logarithm bends down only. So the tangent at 0 leads too far, and Newton's
    method comes back without ever passing the end.
    """
    steep = fall + bend * part
    with np.errstate(divide="ignore"):
        q = np.where(steep > 0, np.minimum(_NOTHING / np.abs(steep), whole), whole)
    while True:
        grown = part * np.expm1(q)
        height = -fall * q - bend * np.log1p(grown)
        far = height < -_SLACK * _NOTHING
        if not far.any():
            return np.asarray(q)
        steep = fall + bend * (part + grown) / (1 + grown)
        q = np.where(far, q + (height + _NOTHING) / np.where(far, steep, 1.0), q)


# The likelihood


@attrs.frozen(eq=False)
class Likelihood:
    """The log-likelihood of rows with weights, in logarithms of the parameters."""

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

    def thinned(self) -> Self:
        """Return that of an even sample of customers, if they are many.

        Rows are in order, so that no kind of customer is missed.
        """
        if self.x.size <= _SAMPLE:
            return self
        until = self.weights.cumsum()
        drawn = (np.arange(_SAMPLE) + 0.5) / _SAMPLE * until[-1]
        times = np.bincount(np.searchsorted(until, drawn))
        some = np.flatnonzero(times)
        return self.of(
            self.x[some],
            self.recency[some],
            self.age[some],
            times[some] * (until[-1] / _SAMPLE),
        )

    def starts(self) -> list[FloatArray]:
        """Return where to search, with a mean rate like that of the customers."""
        purchases = max(float(self.weights @ self.x), 0.5)  # a few, if there are none
        time = max(float(self.weights @ self.age), 1e-3)
        return [
            np.log([shape, shape * time / purchases, s, beta])
            for shape, s, beta in _STARTS
        ]

    def __call__(self, logs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return value, gradient and Hessian."""
        r, alpha, s, beta = np.exp(logs).tolist()
        value, gradient, hessian = self._counts(r)
        for start in range(0, self.x.size, _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            part = _timings(
                (r, alpha, s, beta),
                self.x[rows].astype(np.float64),
                self.recency[rows],
                self.age[rows],
                self.weights[rows],
            )
            value += part[0]
            gradient += part[1]
            hessian += part[2]
        return value, gradient, hessian

    def _counts(self, r: float) -> tuple[float, FloatArray, FloatArray]:
        """Return the part without times, log r (r + 1) ... (r + x - 1)."""
        value, slope, bend = self.rising.at(np.array([r]))[0]
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[0], hessian[0, 0] = r * slope, r * slope + r * r * bend
        return float(value), gradient, hessian


def _timings(
    parameters: tuple[float, float, float, float],
    x: FloatArray,
    recency: FloatArray,
    age: FloatArray,
    weights: FloatArray,
) -> tuple[float, FloatArray, FloatArray]:
    """Return the part of the log-likelihood in which times occur.

    Had we seen a customer leave at y (*gone* is 1 then, 0 for not having left), the
    logarithm would be

        -x log(alpha + y) - r log(1 + y / alpha) - s log(1 + y / beta)
        + gone log(s / (beta + y)).

    The gradient of the mixture is the mean of the gradients of these, and its Hessian
    the mean of their Hessians and the covariance of their gradients.
    """
    r, alpha, s, _ = parameters
    left = departures(parameters, x, recency, age)
    gone = np.ones((left.chances.shape[0], 1))
    gone[-1] = 0
    n, of_alpha, of_beta = r + x, left.of_alpha, left.of_beta
    value = weights @ (
        np.logaddexp(0, left.odds)
        - x * np.log(alpha + age)
        - r * of_alpha[-1]
        - s * of_beta[-1]
    )
    past, late = -np.expm1(-of_alpha), -np.expm1(-of_beta)  # y / (alpha + y), beta too
    slopes = np.stack(
        [-r * of_alpha, n * past - x, gone - s * of_beta, (s + gone) * late - gone]
    )
    chances = left.chances * weights
    weighted = slopes * left.chances
    mean = weighted.sum(axis=1)
    gradient = mean @ weights
    weighted *= weights
    hessian = np.tensordot(weighted, slopes, ((1, 2), (1, 2)))
    hessian -= (mean * weights) @ mean.T
    past_here, late_here = chances * past, chances * late
    hessian[0, 0] += gradient[0]
    hessian[[0, 1], [1, 0]] += r * past_here.sum()
    hessian[1, 1] -= (past_here * (1 - past)).sum(axis=0) @ n
    hessian[2, 2] += gradient[2] - chances[:-1].sum()
    hessian[[2, 3], [3, 2]] += s * late_here.sum()
    hessian[3, 3] -= ((s + gone) * late_here * (1 - late)).sum()
    return float(value), gradient, hessian
