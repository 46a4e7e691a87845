"""Functions of mathematics that numpy lacks: the gamma function and its derivatives.

For positive arguments of any size, good to 1e-14 relative; close to its zero at 1.4616
digamma is good to 1e-15 absolutely. Small arguments are brought near 2, where the
series of log Gamma(2 + z) needs no subtraction (DLMF 5.7.3); large ones take Stirling's
series (DLMF 5.11.1).
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from cxmkit._checks import FloatArray

_LARGE = 10.0  # from here on nine terms of Stirling's series give all digits
_BLOCK = 4_096  # numbers whose powers stay in the processor's cache
_HALF_LOG_TAU = math.log(math.tau) / 2
_EULER = 0.57721566490153286

# zeta(k) - 1 for k = 2, 3, ...; times (1/2)^k the last ones are below rounding.
_ZETA_LESS_1 = (
    0.6449340668482264,
    0.2020569031595943,
    0.08232323371113819,
    0.03692775514336993,
    0.01734306198444914,
    0.008349277381922827,
    0.00407735619794434,
    0.0020083928260822143,
    0.0009945751278180853,
    0.0004941886041194645,
    0.0002460865533080483,
    0.00012271334757848915,
    6.124813505870483e-05,
    3.058823630702049e-05,
    1.528225940865187e-05,
    7.637197637899763e-06,
    3.81729326499984e-06,
    1.908212716553939e-06,
    9.539620338727962e-07,
    4.769329867878064e-07,
    2.38450502727733e-07,
    1.1921992596531106e-07,
    5.960818905125948e-08,
    2.980350351465228e-08,
    1.4901554828365043e-08,
    7.45071178983543e-09,
    3.725334024788457e-09,
    1.862659723513049e-09,
    9.313274324196682e-10,
    4.656629065033784e-10,
    2.3283118336765053e-10,
)
# Numbers of Bernoulli B(2 k) for k = 1, 2, ...
_BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
)

# Of log Gamma(2 + z) and its two derivatives: coefficients of powers of z, a row each.
_SERIES = np.array(
    [0.0, 1 - _EULER]
    + [(-1) ** k * zeta / k for k, zeta in enumerate(_ZETA_LESS_1, start=2)]
)
_POWERS = np.arange(1.0, _SERIES.size)
_NEAR_TWO = np.zeros((3, _SERIES.size))
_NEAR_TWO[0] = _SERIES
_NEAR_TWO[1, :-1] = _NEAR_TWO[0, 1:] * _POWERS
_NEAR_TWO[2, :-1] = _NEAR_TWO[1, 1:] * _POWERS

# The same of Stirling's series, in powers of x^-2.
_FAR = np.array(
    [
        [b / (2 * k * (2 * k - 1)), -b / (2 * k), b]
        for k, b in enumerate(_BERNOULLI, start=1)
    ]
).T

# From log Gamma(x) to log Gamma(x + 1) one adds log x; so with the derivatives. Where
# nothing is to be added the factor is 1, or infinite.
_ADDED: list[tuple[Callable[[FloatArray], FloatArray], float]] = [
    (np.log, 1.0),
    (np.reciprocal, math.inf),
    (lambda factor: -((1 / factor) ** 2), math.inf),
]
_DOWN = np.arange(1.0, _LARGE - 1.0)[:, None]
_UP = np.arange(2.0)[:, None]

# What log Gamma(x) and its derivatives are for large x, but for what becomes small.
_BULK: list[Callable[[FloatArray], FloatArray]] = [
    lambda x: x * (np.log(x) - 1),
    np.log,
    np.reciprocal,
]


def log_gamma(x: FloatArray) -> FloatArray:
    """Return log Gamma(*x*) for positive numbers."""
    return np.asarray(_derivatives(x, [0], with_bulk=True)[0])


def digamma(x: FloatArray) -> FloatArray:
    """Return the derivative of `log_gamma` for positive numbers."""
    return np.asarray(_derivatives(x, [1], with_bulk=True)[0])


def trigamma(x: FloatArray) -> FloatArray:
    """Return the second derivative of `log_gamma` for positive numbers."""
    return np.asarray(_derivatives(x, [2], with_bulk=True)[0])


def log_gamma_excess(x: FloatArray) -> FloatArray:
    """Return log Gamma(*x*) - x log x + x for positive numbers, and two derivatives.

    The derivatives are digamma(x) - log x and trigamma(x) - 1 / x; the three are the
    first axis. They keep the digits that a difference of large numbers would lose:
    ratios of gamma functions of large arguments can be built from them.
    """
    return _derivatives(x, [0, 1, 2], with_bulk=False)


def _derivatives(
    x: FloatArray, orders: Sequence[int], *, with_bulk: bool
) -> FloatArray:
    """Return derivatives of log gamma of some orders, one behind the other."""
    x = np.asarray(x, dtype=np.float64)
    flat = x.reshape(-1)
    found = np.empty((len(orders), flat.size))
    for start in range(0, flat.size, _BLOCK):
        part = flat[start : start + _BLOCK]
        rows = found[:, start : start + _BLOCK]
        small = part < _LARGE
        with np.errstate(over="ignore"):  # infinite where no float is large enough
            rows[:, small] = _near_two(part[small], orders)
            rows[:, ~small] = _far(part[~small], orders)
            change = ~small if with_bulk else small
            for row, order in zip(rows, orders, strict=True):
                bulk = _BULK[order](part[change])
                row[change] += bulk if with_bulk else -bulk
    return found.reshape(len(orders), *x.shape)


def _near_two(x: FloatArray, orders: Sequence[int]) -> FloatArray:
    """Return derivatives of log gamma for small *x*, from those near 2."""
    lower, upper = x - _DOWN, x + _UP
    passed, missing = lower >= 1.5, upper < 1.5
    steps = passed.sum(axis=0) - missing.sum(axis=0)
    found = _NEAR_TWO[orders] @ _powers(x - (2 + steps), _SERIES.size)  # exact
    for row, order in enumerate(orders):
        added, nothing = _ADDED[order]
        found[row] += added(np.where(passed, lower, nothing)).sum(axis=0)
        found[row] -= added(np.where(missing, upper, nothing)).sum(axis=0)
    return np.asarray(found)


def _far(x: FloatArray, orders: Sequence[int]) -> FloatArray:
    """Return derivatives of log gamma for large *x*, less their bulk."""
    found = _FAR[orders] @ _powers(x**-2.0, _FAR.shape[1])
    first = (_HALF_LOG_TAU - np.log(x) / 2, -0.5 / x, 0.5 / x / x)
    for row, order in enumerate(orders):
        found[row] = found[row] / x ** (order + 1.0) + first[order]
    return np.asarray(found)


def _powers(z: FloatArray, number: int) -> FloatArray:
    """Return 1, z, z^2 and so on, one behind the other."""
    powers = np.broadcast_to(z, (number, z.size)).copy()
    powers[0] = 1.0
    return np.multiply.accumulate(powers, axis=0)
