"""How far apart are two results, and may it be noise?

Differences of two independent samples with errors, intervals and tests, on plain
arrays in the unit of the definition. Each form returns difference, standard error, low,
high, statistic and p value; cells without answers come out NaN.
"""

from collections.abc import Callable

import attrs
import numpy as np

from cxmkit import _intervals, _stats
from cxmkit._checks import FloatArray, IntArray
from cxmkit._intervals import Interval

Contrast = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


@attrs.frozen(eq=False)
class Side:
    """One of the two results, as arrays over common axes."""

    value: FloatArray
    se: FloatArray
    n: IntArray
    n_effective: FloatArray
    shares: FloatArray


def _spread(se: FloatArray) -> FloatArray:
    """Return NaN for an error of 0: there is no spread to judge a difference by."""
    return np.where(se > 0, se, np.nan)


def _z_test(difference: FloatArray, se: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return statistic and p value."""
    statistic = difference / _spread(se)
    return statistic, _stats.normal_two_sided(statistic)


def wald(a: Side, b: Side, level: float) -> Contrast:
    """Compare with the plain errors and the normal distribution."""
    difference, se = a.value - b.value, np.hypot(a.se, b.se)
    low, high = _intervals.wald(difference, _spread(se), level)
    return difference, se, low, high, *_z_test(difference, se)


def net_adjusted_wald(a: Side, b: Side, level: float) -> Contrast:
    """Add three imaginary answers on either side, then compare as `wald` does."""
    centre = spread = np.zeros(())
    for side, sign in ((a, 1), (b, -1)):
        positive, negative, n = _intervals.three_more(
            side.shares[..., 0], side.shares[..., 1], side.n_effective
        )
        centre = centre + sign * 100 * (positive - negative)
        spread = spread + 100**2 * _intervals.net_variance(positive, negative) / n
    se = np.sqrt(spread)
    low, high = _intervals.wald(centre, se, level)
    difference = a.value - b.value
    # A handful against many can move the centre to the other side of the difference:
    # then there is no evidence for it, and the interval is stretched to hold it.
    evidence = np.where(np.sign(centre) == np.sign(difference), centre, 0.0 * centre)
    low = np.minimum(np.maximum(low, -200), difference)
    high = np.maximum(np.minimum(high, 200), difference)
    return difference, se, low, high, *_z_test(evidence, se)


def newcombe(a: Side, b: Side, level: float) -> Contrast:
    """Combine Wilson's intervals of two shares (Newcombe 1998)."""

    def ends(side: Side, z: float | FloatArray) -> Interval:
        return _intervals.wilson_at(side.value / 100, side.n_effective, z)

    return _combined(a, b, level, ends)


def hybrid(a: Side, b: Side, level: float) -> Contrast:
    """Combine the score intervals of two net scores, as Newcombe does those of shares.

    The "method of variance estimates recovery" (Zou & Donner 2008) on Tango's interval.
    """

    def ends(side: Side, z: float | FloatArray) -> Interval:
        positive, negative = side.shares[..., 0], side.shares[..., 1]
        return _intervals.net_score_at(positive, negative, side.n_effective, z)

    return _combined(a, b, level, ends)


def _combined(
    a: Side,
    b: Side,
    level: float,
    ends: Callable[[Side, float | FloatArray], Interval],
) -> Contrast:
    """Return the interval that the ends of two make, and the test that inverts it.

    The statistic is the z at which the interval would just reach 0, so interval and
    p value never contradict each other.
    """
    first, second = a.value / 100, b.value / 100

    def reach(z: float | FloatArray) -> Interval:
        """Return how far the two reach towards and past each other, in fractions."""
        (low_a, high_a), (low_b, high_b) = ends(a, z), ends(b, z)
        below = np.hypot(first - low_a, high_b - second)
        return below, np.hypot(high_a - first, second - low_b)

    difference = a.value - b.value
    below, above = reach(_stats.normal_quantile(level))
    statistic = _reaching_zero(first - second, reach)
    return (
        difference,
        np.hypot(a.se, b.se),
        difference - 100 * below,
        difference + 100 * above,
        statistic,
        _stats.normal_two_sided(statistic),
    )


def _reaching_zero(
    difference: FloatArray, reach: Callable[[FloatArray], Interval]
) -> FloatArray:
    """Return the signed z at which the interval, which widens with z, reaches 0."""

    def excess(z: FloatArray) -> FloatArray:
        return np.where(difference > 0, *reach(z)) - np.abs(difference)

    most = np.ones(difference.shape)
    with np.errstate(invalid="ignore"):
        while (short := excess(most) < 0).any():
            most = np.where(short, 2 * most, most)
    least = np.where(np.isnan(difference), np.nan, 0.0)
    with np.errstate(invalid="ignore"):
        # No more than rounding apart: the interval reaches 0 from the start.
        close = excess(least) >= 0
    statistic = np.sign(difference) * _stats.root(excess, least, most)
    return np.where(close, 0.0, statistic)


def welch(a: Side, b: Side, level: float) -> Contrast:
    """Compare two means whose answers may be spread differently (Welch 1947)."""
    difference, se = a.value - b.value, np.hypot(a.se, b.se)
    # Answers that are all alike, on either side, do not tell how sure their mean is.
    first, second = _spread(a.se), _spread(b.se)
    statistic = difference / np.hypot(first, second)
    terms = first**4 / (a.n_effective - 1) + second**4 / (b.n_effective - 1)
    df = np.hypot(first, second) ** 4 / terms
    reach = _stats.student_quantile(level, df) * se
    p_value = _stats.student_two_sided(statistic, df)
    return difference, se, difference - reach, difference + reach, statistic, p_value
