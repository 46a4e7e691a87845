"""How far from the estimate may the truth lie?

Intervals on fractions: shares 0..1, net scores -1..1. All broadcast; cells without
answers (n = 0) come out NaN. *n* may be an effective number of answers.
"""

import numpy as np

from cxmkit._checks import FloatArray
from cxmkit._stats import normal_quantile

Interval = tuple[FloatArray, FloatArray]


def wald(centre: FloatArray, se: FloatArray, level: float) -> Interval:
    """Return centre -/+ z se, unclipped."""
    reach = normal_quantile(level) * se
    return centre - reach, centre + reach


def wilson(share: FloatArray, n: FloatArray, level: float) -> Interval:
    """Invert the score test of a share (Wilson 1927)."""
    return wilson_at(share, n, normal_quantile(level))


def wilson_at(share: FloatArray, n: FloatArray, z: float | FloatArray) -> Interval:
    """Return Wilson's interval of -/+ z standard errors."""
    centre = (n * share + z * z / 2) / (n + z * z)
    reach = z * np.sqrt(n * share * (1 - share) + z * z / 4) / (n + z * z)
    low = np.maximum(centre - reach, 0)
    # Where all count, rounding would leave 1e-16 of doubt; where none do, it does not.
    high = np.where(share == 1, 1.0, np.minimum(centre + reach, 1))
    return low, high


def agresti_coull(share: FloatArray, n: FloatArray, level: float) -> Interval:
    """Wald around the centre of Wilson's interval (Agresti & Coull 1998), clipped."""
    z = normal_quantile(level)
    wide = n + z * z
    centre = (n * share + z * z / 2) / wide
    low, high = wald(centre, np.sqrt(centre * (1 - centre) / wide), level)
    return np.maximum(low, 0), np.minimum(high, 1)


def net_variance(positive: FloatArray, negative: FloatArray) -> FloatArray:
    """Return the variance of one answer that counts +1, 0 or -1."""
    variance: FloatArray = positive + negative - (positive - negative) ** 2
    return np.maximum(variance, 0)


def three_more(
    positive: FloatArray, negative: FloatArray, n: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Add 3/4 of a positive, 3/2 of a neutral and 3/4 of a negative answer.

    The "+3" adjustment of Rocks (2016, arXiv:1601.07235); returns shares and n.
    """
    return (n * positive + 0.75) / (n + 3), (n * negative + 0.75) / (n + 3), n + 3


def net_adjusted_wald(
    positive: FloatArray, negative: FloatArray, n: FloatArray, level: float
) -> Interval:
    """Wald on the "+3" adjusted shares, clipped to what is possible.

    Around the score of a few unanimous answers the interval may miss the score itself;
    it is then stretched to hold it.
    """
    more_positive, more_negative, more = three_more(positive, negative, n)
    se = np.sqrt(net_variance(more_positive, more_negative) / more)
    low, high = wald(more_positive - more_negative, se, level)
    low, high = np.maximum(low, -1), np.minimum(high, 1)
    score = positive - negative
    return np.minimum(low, score), np.maximum(high, score)
