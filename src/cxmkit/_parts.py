"""How far from their targets are answers, and what is that distance made of?

For cells (label k of one axis) with answers x on 0..1, a target t and a share p of the
whole, let d = x - t have the mean m and the population variance v, and d' = sum(p m):

- alignment d'^2, coherence sum(p (m - d')^2) and reliability sum(p v) add up to
  sum(p mean(d^2)), the mean squared deviation: the law of total variance and a bias.
- With s^2 the estimated variance of m, alignment is too high by sum(p^2 s^2),
  coherence by sum(p (1 - p) s^2), and reliability is too low by their sum: what
  is left without noise adds up to the same total.

Variances of the parts follow from what each answer adds to them, 2 d' (x - m),
2 (m - d') (x - m) and (x - m)^2 - v, plus what is left where the first two vanish,
2 tr((A S)^2) of a quadratic form of normal means. With survey weights, variances are
linearised as those of all metrics are. Everything spans the other axes first, then the
labels (`Cells`) or nothing more (`Parts`).
"""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _stats
from cxmkit._checks import BoolArray, FloatArray
from cxmkit.tally import Tally

NAMES = ("alignment", "coherence", "reliability")

_FEWEST = 4  # answers that tell how much their variance varies
_ROUNDING = 1e-9
_MOST = {"shift": 1.0, "reliability": 0.25}  # of what is possible; all others 1


@attrs.frozen(eq=False)
class Cells:
    """What the answers of each label say; NaN where there are none."""

    share: FloatArray  # of the whole; adds up to 1
    n: FloatArray
    n_effective: FloatArray  # Kish's, of equal weight
    deviation: FloatArray  # of the mean from the target
    variance: FloatArray
    noise: FloatArray  # variance of the mean
    skew: FloatArray  # covariance of mean and variance
    tail: FloatArray  # variance of the variance

    def over(self, values: FloatArray) -> FloatArray:
        """Add up over the labels that count; NaN where there are none."""
        counted = np.where(self.share > 0, values, 0.0).sum(axis=-1)
        return np.where((self.share > 0).any(axis=-1), counted, np.nan)


def cells(
    tally: Tally, position: int, targets: FloatArray, weights: FloatArray | None
) -> Cells:
    """Reduce a tally to its labels along one axis.

    Targets have the shape of the axes; weights, one per label, say how much labels
    count. Without them every answer counts as much as it weighs.
    """

    def moved(values: npt.NDArray[Any] | None) -> FloatArray:
        array = tally.counts if values is None else values
        return np.moveaxis(array, position, tally.counts.ndim - 2).astype(np.float64)

    answers, squares = moved(tally.sum_weights), moved(tally.sum_squared_weights)
    # Points whose answers weigh nothing tell nothing.
    n = np.where(answers > 0, moved(tally.counts), 0.0).sum(axis=-1)
    levels = tally.scale.to_unit(tally.scale.points)
    total = answers.sum(axis=-1)
    counted = answers > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.where(counted, levels, np.inf).min(axis=-1)
        most = np.where(counted, levels, -np.inf).max(axis=-1)
        # A mean lies among its terms; rounding would turn "all alike" into a spread.
        mean = np.clip(answers @ levels / total, least, most)
        off = levels - mean[..., None]
        variance = (answers * off**2).sum(axis=-1) / total
        excess = off**2 - variance[..., None]
        # Answers count by what they weigh: a single heavy one among many light ones
        # tells nothing of its variance.
        n_effective = total**2 / squares.sum(axis=-1)
        several = n_effective > 1 + _ROUNDING
        scale = np.where(several, n_effective / (n_effective - 1) / total**2, np.nan)
        noise = scale * (squares * off**2).sum(axis=-1)
        skew = scale * (squares * off * excess).sum(axis=-1)
        tail = scale * (squares * excess**2).sum(axis=-1)
        deviation = mean - moved(targets)
    deviation[np.abs(deviation) < _ROUNDING] = 0.0  # on target but for rounding
    share = _shares(total, weights)
    return Cells(share, n, n_effective, deviation, variance, noise, skew, tail)


def _shares(total: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Return how much each label counts: 0 without answers, and 1 in all."""
    count = np.where(total > 0, total if weights is None else weights, 0.0)
    with np.errstate(invalid="ignore"):
        count = count / count.max(axis=-1, keepdims=True, initial=0.0)  # no overflow
        return np.asarray(count / count.sum(axis=-1, keepdims=True))


@attrs.frozen(eq=False)
class Parts:
    """The parts of the distance, their noise, and how sure they are.

    The first axis of *values*, *noise* and *variances* goes over `NAMES`; variances are
    those without noise, and the covariance is that of the first two.
    """

    values: FloatArray
    noise: FloatArray
    variances: FloatArray
    covariance: FloatArray
    total_variance: FloatArray
    shift: FloatArray
    shift_variance: FloatArray
    shift_df: FloatArray
    df: FloatArray
    fewest: FloatArray  # answers, of equal weight, to a label that counts

    @property
    def total(self) -> FloatArray:
        """The whole distance: its parts add up to it."""
        return np.asarray(self.values.sum(axis=0))

    @property
    def enough(self) -> BoolArray:
        """Whether each label has as many answers as tell how much they vary."""
        return self.fewest >= _FEWEST - _ROUNDING

    @property
    def without_noise(self) -> FloatArray:
        """The parts that would be found if everybody had been asked."""
        return self.values - self.noise


def parts(cells: Cells) -> Parts:
    """Reduce labels to the parts of their distance."""
    p, s2, m = cells.share, cells.noise, cells.deviation
    shift = cells.over(p * m)
    apart = m - shift[..., None]
    own, spread = cells.over(p * s2), cells.over(p**2 * s2)
    # What is left where shift and deviations from it vanish: the second order.
    second, third = cells.over(p**2 * s2**2), cells.over(p**3 * s2**2)
    of_shift = 4 * shift**2 * spread + 2 * spread**2
    of_apart = 4 * cells.over((p * apart) ** 2 * s2)
    of_apart = of_apart + 2 * (second - 2 * third + spread**2)
    of_both = 4 * shift * cells.over(p**2 * apart * s2) + 2 * (third - spread**2)
    of_total = p**2 * (4 * m**2 * s2 + 4 * m * cells.skew + cells.tail)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = spread**2 / cells.over((p**2 * s2) ** 2 / (cells.n_effective - 1))
    return Parts(
        values=np.stack(
            [shift**2, cells.over(p * apart**2), cells.over(p * cells.variance)]
        ),
        noise=np.stack([spread, own - spread, -own]),
        variances=np.stack([of_shift, of_apart, cells.over(p**2 * cells.tail)]),
        covariance=of_both,
        total_variance=cells.over(of_total),
        shift=shift,
        shift_variance=spread,
        shift_df=df,
        df=cells.over(cells.n_effective - 1),
        fewest=np.where(p > 0, cells.n_effective, np.inf).min(axis=-1, initial=np.inf),
    )


Interval = tuple[FloatArray, FloatArray]


def interval(parts: Parts, name: str, level: float) -> Interval:
    """Return the interval of a part without noise, of the total, or of distances.

    Ends beyond what is possible are cut.
    """
    if name == "shift":
        ends = _shift(parts, level)
    elif name == "alignment":
        ends = _squared(*_shift(parts, level))
    elif name == "coherence":
        ends = _at_least_0(parts.without_noise[1], parts.variances[1], level)
    elif name == "systematic":
        low, high = _at_least_0(*systematic(parts), level)
        ends = np.sqrt(low), np.sqrt(high)
    elif name == "reliability":
        ends = _positive(parts, parts.without_noise[2], parts.variances[2], level)
    else:
        ends = _positive(parts, parts.total, parts.total_variance, level)
    most = _MOST.get(name, 1.0)
    return np.clip(ends[0], -most, most), np.clip(ends[1], -most, most)


def _shift(parts: Parts, level: float) -> Interval:
    """Return Student's interval of the mean deviation (Satterthwaite 1946)."""
    variance = np.where(parts.shift_variance > 0, parts.shift_variance, np.nan)
    reach = _stats.student_quantile(level, parts.shift_df) * np.sqrt(variance)
    return parts.shift - reach, parts.shift + reach


def _squared(low: FloatArray, high: FloatArray) -> Interval:
    """Return where the square of a number lies, given where the number does."""
    ends = np.stack([low**2, high**2])
    least = np.where((low < 0) & (high > 0), 0.0, ends.min(axis=0))
    return least, ends.max(axis=0)


def _at_least_0(value: FloatArray, variance: FloatArray, level: float) -> Interval:
    """Return -/+ z standard errors, but not below 0: no square is."""
    reach = _stats.normal_quantile(level) * np.sqrt(variance)
    reach = np.where(reach > 0, reach, np.nan)
    return np.maximum(value - reach, 0.0), np.maximum(value + reach, 0.0)


def _positive(
    parts: Parts, value: FloatArray, variance: FloatArray, level: float
) -> Interval:
    """Return Student's interval of the logarithm, for what cannot be below 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(variance) / value
        known = (spread > 0) & np.isfinite(spread) & parts.enough
        reach = np.where(known, spread, np.nan)
    factor = np.exp(_stats.student_quantile(level, parts.df) * reach)
    return value / factor, value * factor


def systematic(parts: Parts) -> tuple[FloatArray, FloatArray]:
    """Return alignment and coherence together, without noise, and their variance."""
    alignment, coherence, _ = parts.without_noise
    return np.asarray(alignment + coherence), _variance(parts, +1)


def _variance(parts: Parts, sign: int) -> FloatArray:
    """Return the variance of alignment plus or less coherence."""
    alignment, coherence, _ = parts.variances
    variance = alignment + coherence + 2 * sign * parts.covariance
    return np.asarray(np.maximum(variance, 0.0))


def speaks_for(
    parts: Parts, edge: FloatArray, off: BoolArray, level: float
) -> tuple[list[str], BoolArray]:
    """Name the part that speaks for something to do, and whether that is beyond doubt.

    Beyond the *edge* of the tolerance, or where a label is *off* target beyond doubt,
    it is the larger one of alignment and coherence; else reliability. "" where it is
    unknown, and where there is nothing to do.
    """
    away, variance = systematic(parts)
    z = _stats.normal_quantile(level)
    reach, apart = z * np.sqrt(variance), z * np.sqrt(_variance(parts, -1))
    alignment, coherence, _ = parts.without_noise
    beyond = (away > edge**2) | off
    unknown = np.isnan(away) | ~(beyond | (parts.values[2] > 0))
    names = np.select(
        [unknown, beyond & (coherence > alignment), beyond],
        ["", NAMES[1], NAMES[0]],
        NAMES[2],
    )
    surely = (away - reach > edge**2) | off
    outside = surely & (np.abs(coherence - alignment) > apart)
    inside = (away + reach <= edge**2) & ~off
    sure = (off | (reach > 0)) & parts.enough & ~unknown
    return names.reshape(-1).tolist(), (outside | inside) & sure
