"""How far from the estimate may the truth lie?

Intervals on fractions: shares 0..1, net scores -1..1. All broadcast; cells without
answers (n = 0) come out NaN. *n* may be an effective number of answers.
"""

import numpy as np

from cxmkit import _stats
from cxmkit._checks import CHUNK, FloatArray
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


def net_score(
    positive: FloatArray, negative: FloatArray, n: FloatArray, level: float
) -> Interval:
    """Invert the score test of a net score (Tango 1998, for paired proportions)."""
    return net_score_at(positive, negative, n, normal_quantile(level))


def net_score_at(
    positive: FloatArray, negative: FloatArray, n: FloatArray, z: float | FloatArray
) -> Interval:
    """Return the net scores that the data reject by no more than z standard errors."""
    low = _least_net_score(positive, negative, n, z)
    return low, -_least_net_score(negative, positive, n, z)


def _least_net_score(
    positive: FloatArray, negative: FloatArray, n: FloatArray, z: float | FloatArray
) -> FloatArray:
    score, share = positive - negative, z * z / (n + z * z)

    def excess(net: FloatArray) -> FloatArray:
        variance = _variance_at(net, positive, negative)
        return (score - net) * np.sqrt(n) - z * np.sqrt(variance)

    least = _stats.root(excess, np.full(score.shape, -1.0), score)
    # Where all agree, the test is 0 / 0 at the score itself; there the root is known.
    least = np.where((positive == 0) & (negative == 0), -share, least)
    least = np.where(positive == 1, 1 - 2 * share, least)
    return np.where(negative == 1, -1.0, least)


def _variance_at(
    net: FloatArray, positive: FloatArray, negative: FloatArray
) -> FloatArray:
    """Return the variance of one answer, likeliest if the net score were *net*."""
    both = positive + negative
    b = (2 - positive + negative) * net - both
    c = negative * net * (1 - net)
    half = np.sqrt(np.maximum(b * b + 8 * c, 0))
    # The larger root of 2 q^2 + b q - c, without the difference of like numbers.
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.where(b > 0, 2 * c / (half + b), (half - b) / 4)
    return np.maximum(2 * q + net * (1 - net), 0)


def net_bayes(
    positive: FloatArray, negative: FloatArray, n: FloatArray, level: float
) -> Interval:
    """Return the middle of the posterior after "+3" imaginary answers, stretched.

    Prior and data make a Dirichlet distribution; the net score is the difference of two
    of its shares. As with `net_adjusted_wald`, the interval is stretched to hold the
    score itself.
    """
    counts = np.stack(
        [n * positive + 0.75, n * (1 - positive - negative) + 1.5, n * negative + 0.75],
        axis=-1,
    )
    score, flat = positive - negative, np.maximum(counts, 0).reshape(-1, 3)
    tails = (1 - level) / 2, (1 + level) / 2
    size = 96 if tails[0] > 0.004 else 480
    ends = np.empty((2, len(flat)))
    at_once = CHUNK // size
    for start in range(0, len(flat), at_once):
        part = slice(start, start + at_once)
        for end, tail in enumerate(tails):
            ends[end, part] = _posterior_quantile(tail, flat[part], size)
    low, high = ends.reshape(2, *score.shape)
    return np.minimum(low, score), np.maximum(high, score)


def _posterior_quantile(tail: float, counts: FloatArray, size: int) -> FloatArray:
    """Return the difference of first and last share, *tail* of the way up."""

    def excess(net: FloatArray) -> FloatArray:
        return _posterior(net, counts, size) - tail

    total = counts.sum(axis=-1)
    mean = (counts[:, 0] - counts[:, 2]) / total
    square = (counts[:, 0] + counts[:, 2]) / total
    # Tails of shares fall at least as fast as exponentials; farther out than this there
    # is nothing, and the integral would be all rounding.
    rest = min(tail, 1 - tail)
    reach = (3 - 1.2 * np.log(rest)) * np.sqrt((square - mean**2) / (total + 1))
    low, high = np.maximum(mean - reach, -1), np.minimum(mean + reach, 1)
    return _stats.root(excess, low, high)


def _posterior(net: FloatArray, counts: FloatArray, size: int) -> FloatArray:
    """Return P(first share - last share <= net) for Dirichlet(counts).

    Shares are gamma variables over their sum, so this is the chance that a weighted
    sum of three of them is not positive: the integral of Gil-Pelaez (1951) and Imhof
    (1961), mapped to 0..1 in units of the sum's own spread.
    """
    weights = np.stack([1 - net, -net, -1 - net], axis=-1)
    scale = 3 / np.sqrt((counts * weights**2).sum(axis=-1))
    places, parts = _stats.legendre(size)
    u = scale[:, None] * places / (1 - places)
    turn, shrink = np.zeros(u.shape), np.zeros(u.shape)
    for k in range(3):
        turns = weights[:, k, None] * u
        turn += counts[:, k, None] * np.arctan(turns)
        shrink += counts[:, k, None] * np.log1p(turns * turns)
    density = np.sin(turn) * np.exp(-shrink / 2)
    # du / u = dx / (x (1 - x))
    terms = density @ (parts / (places * (1 - places)))
    return np.asarray(0.5 - terms / np.pi)
