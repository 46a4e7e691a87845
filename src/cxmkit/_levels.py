r"""Levels on 0..1, from answers or from figures, and how sure they are.

A figure is exact. The level of answers is their mean on 0..1, 1 best, as `mean_score`
has it; its interval is not Student's t. Where nearly everybody is content, bad answers
are rare and the few that happened to come say little about their number: with twenty
rows of a hundred answers (98 % five stars, 1 % four, 1 % one), t calls some row wrong
in 94 % of all cases, where 5 % are announced. Nor does t say anything of answers that
are all alike. Wilson's interval, taken for a mean, errs to the other side (64 % with
five answers each of the same kind).

So the interval holds each mean that the answers might well have come from: all points
of the scale count, also those that nobody chose, and the likelihood of the answers is
at least alpha / 2 of the greatest. With n answers, a share p_x of them at level x:

    high = max { sum q_x x : n sum p_x log(p_x / q_x) <= log(2 / alpha) },

and low likewise, over all q on 0..1 (Cappé et al. 2013). Of yes and no, this is the
Chernoff bound, which never errs more often than alpha, alpha / 2 to each side
(Hoeffding 1963). Of other answers nobody proved that, but in the worst case found on
five points, with 5 and with 20 answers, it errs in 2.7 % where 5 % are announced. It
never leaves 0..1, needs no exception for one answer or for many alike, and is about 1.2
to 1.4 times as long as t where t is right. Answers are taken as independent.

With weights, those who weigh much may be the ones who are missing: their answers then
do not show how rare they are. So n is what the answers weigh, counted in answers of the
heaviest kind, if Kish's effective number is not less.

The gap of two levels has the interval that Zou & Donner (2008) recover from those of
both. Several gaps that are judged together share alpha equally (Bonferroni), which
holds whatever depends on what.

References
----------
Cappé, O., Garivier, A., Maillard, O.-A., Munos, R., & Stoltz, G. (2013).
Kullback-Leibler upper confidence bounds for optimal sequential allocation. The Annals
of Statistics, 41(3), 1516-1541. doi:10.1214/13-AOS1119

Hoeffding, W. (1963). Probability inequalities for sums of bounded random variables.
Journal of the American Statistical Association, 58(301), 13-30.

Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect
measures: A general approach. Statistics in Medicine, 27(10), 1693-1702.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.definition import MeanScore
from cxmkit.errors import InvalidTypeError
from cxmkit.tally import Tally

GUARD = 1e-9  # 0.8 - 0.7 is a little more than 0.1, and no fault

Key = tuple[Label, ...]
Ends = tuple[FloatArray, FloatArray]
Verdicts = npt.NDArray[np.str_]

_MEAN = MeanScore(name="level", rescaled=True)
_PERCENT = "1 is best; divide what is in percent by 100"
_HALVINGS = 60  # a float has no more digits


@attrs.frozen(eq=False)
class Levels:
    """Levels by key, and what they rest on; NaN where unknown.

    A figure rests on no answers, and counts as the mean of infinitely many.
    """

    keys: tuple[Key, ...]
    value: FloatArray
    n: IntArray
    n_effective: FloatArray
    shares: FloatArray  # of the answers, by key and point of the scale
    points: FloatArray  # the level of each point

    @classmethod
    def of_answers(
        cls, tally: Tally, axes: Sequence[str], *, groups: Sequence[str] = ()
    ) -> Self:
        """Return the mean level of each cell, one by one along the first of the axes.

        Cells without answers that weigh something are left out. Answers of different
        *groups*, labels of some of the axes, do not judge each other's weights.
        """
        cells = tally.by(*reversed(axes))
        mean = _MEAN(cells)
        known = ~np.isnan(mean.value).reshape(-1)
        weights = cells.counts if cells.sum_weights is None else cells.sum_weights
        weights = weights.reshape(-1, cells.scale.size)[known]
        most = weights.sum(axis=-1) / _heaviest(cells, groups).reshape(-1)[known]
        every = [(*reversed(cell.values()),) for cell in cells.grid.cells()]
        return cls(
            keys=(*itertools.compress(every, known),),
            value=mean.value.reshape(-1)[known] / 100,
            n=mean.n.reshape(-1)[known],
            n_effective=np.minimum(mean.n_effective.reshape(-1)[known], most),
            shares=weights / weights.sum(axis=-1, keepdims=True),
            points=cells.scale.to_unit(cells.scale.points),
        )

    @classmethod
    def of_figures(cls, figures: Mapping[Key, float]) -> Self:
        """Return figures, which nobody doubts."""
        size = len(figures)
        return cls(
            keys=tuple(figures),
            value=np.array([*figures.values()], np.float64),
            n=np.zeros(size, np.int64),
            n_effective=np.full(size, np.inf),
            shares=np.zeros((size, 0)),
            points=np.zeros(0),
        )

    def over(self, keys: Sequence[Key]) -> "Levels":
        """Return the levels of these keys, NaN for those that are not there."""
        place = {key: index for index, key in enumerate(self.keys)}
        places = np.array([place.get(key, -1) for key in keys], np.intp)
        nothing = np.zeros((1, self.points.size))
        return Levels(
            keys=tuple(keys),
            value=np.append(self.value, np.nan)[places],
            n=np.append(self.n, 0)[places],
            n_effective=np.append(self.n_effective, np.nan)[places],
            shares=np.concatenate([self.shares, nothing])[places],
            points=self.points,
        )

    @property
    def doubtful(self) -> BoolArray:
        """Where answers leave room for doubt: everywhere but at figures."""
        return np.isfinite(self.n_effective)

    def interval(self, alpha: float | FloatArray) -> Ends:
        """Return ends that leave out the truth with at most this probability."""
        if not self.doubtful.any():
            return self.value, self.value
        mean = self.value
        distances = self.points - mean[:, None]
        # Downwards, levels are looked at in a mirror; one pass then does for both.
        above, below = np.split(
            _farthest(
                np.concatenate([self.shares, self.shares]),
                np.concatenate([distances, -distances]),
                np.concatenate([1 - mean, mean]),
                np.tile(np.log(2 / alpha) / self.n_effective, 2),
            ),
            2,
        )
        return np.maximum(mean - below, 0), np.minimum(mean + above, 1)


def _heaviest(tally: Tally, groups: Sequence[str]) -> FloatArray:
    """Return the weight of the heaviest kind of answer in the group of each cell."""
    total, squares = tally.sum_weights, tally.sum_squared_weights
    if total is None or squares is None:
        return np.ones(tally.grid.shape)
    mean = np.divide(squares, total, out=np.zeros_like(total), where=total > 0)
    others = [i for i, name in enumerate(tally.axes) if name not in groups]
    most = mean.max(axis=(*others, -1), keepdims=True, initial=0.0)[..., 0]
    return np.broadcast_to(np.where(most > 0, most, 1.0), tally.grid.shape)


def _farthest(
    shares: FloatArray, distances: FloatArray, room: FloatArray, reach: FloatArray
) -> FloatArray:
    """Return how far up the mean goes within *reach* of answers, in relative entropy.

    Answers at a distance from their mean become rarer by 1 - tilt * distance / room,
    all of them by one more factor, and new ones at level 1 fill up what is then left.
    """
    room = np.where(room == 0, 1.0, room)  # at 1 there is no way up; cut off later
    distances = distances / room[:, None]
    least, most = np.zeros_like(room), np.full_like(room, np.nextafter(1, 0))
    for _ in range(_HALVINGS):
        middle = (least + most) / 2
        within = _tilted(shares, distances, middle)[0] <= reach
        least, most = np.where(within, middle, least), np.where(within, most, middle)
    entropy, gain = _tilted(shares, distances, least)
    moved = -np.expm1(np.minimum(entropy - reach, 0) - np.log1p(gain))
    return np.asarray(room / least * moved)


def _tilted(shares: FloatArray, distances: FloatArray, tilt: FloatArray) -> Ends:
    """Return the relative entropy that a tilt costs, and how far it moves the mean."""
    rarer = distances * tilt[:, None]
    gain = (shares * rarer**2 / (1 - rarer)).sum(axis=-1)
    # The sum of shares * rarer is 0; added term by term it leaves no digits behind.
    return (shares * (np.log1p(-rarer) + rarer)).sum(axis=-1) + np.log1p(gain), gain


def shared_alpha(level: float, pairs: Iterable[tuple[Levels, Levels]]) -> float:
    """Return the doubt that is left to each gap if all are judged together."""
    gaps = sum(
        np.count_nonzero(~np.isnan(a.value - b.value) & (a.doubtful | b.doubtful))
        for a, b in pairs
    )
    return (1 - level) / max(gaps, 1)


def gap_interval(a: Levels, b: Levels, alpha: float) -> Ends:
    """Return the ends of a less b; NaN where one is unknown."""
    gap = a.value - b.value
    (a_low, a_high), (b_low, b_high) = a.interval(alpha), b.interval(alpha)
    below = np.hypot(a.value - a_low, b_high - b.value)
    above = np.hypot(a_high - a.value, b.value - b_low)
    return gap - below, gap + above


def verdicts(low: FloatArray, high: FloatArray, tolerance: FloatArray) -> Verdicts:
    """Judge gaps by their intervals; all broadcast.

    "below" or "above" where all of the interval is beyond the tolerance, "kept" where
    all of it is within, "open" in between, "unknown" where there is none.
    """
    edge = tolerance + GUARD
    return np.select(
        [np.isnan(low), high < -edge, low > edge, (low >= -edge) & (high <= edge)],
        ["unknown", "below", "above", "kept"],
        "open",
    )


# Fields and words of results


def are_numbers(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse an array of anything but numbers, of which some may be unknown."""
    if value.dtype != np.float64:
        rule, hint = "hold numbers", "write NaN for what is unknown"
        raise _checks.refuse(
            field.name, rule, value.dtype, hint=hint, error=InvalidTypeError
        )


def require_ends(low: FloatArray, high: FloatArray, values: FloatArray) -> None:
    """Refuse intervals that do not hold their values, or are known where those are not.

    Fields *low* and *high* of a result.
    """
    unknown = np.isnan(values)
    beyond = {"low": low - values, "high": values - high}
    for (name, excess), ends in zip(beyond.items(), (low, high), strict=True):
        good = np.isnan(ends) == unknown
        _checks.require(name, ends, good, "be NaN where the gap is unknown, only there")
        side = "above" if name == "low" else "below"
        good = unknown | (excess <= GUARD)
        _checks.require(name, ends, good, f"not lie {side} the gap")


def said(label: object) -> str:
    """Write a label in a sentence."""
    text = " ".join(str(label).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def listed(labels: Sequence[object], most: int = 5) -> str:
    """Write the first of many labels in a sentence."""
    more = f" and {len(labels) - most:,} more" if len(labels) > most else ""
    return ", ".join(map(said, labels[:most])) + more


def gap_text(number: float, low: float, high: float) -> str:
    """Write a gap and its interval; none if it is exact, nothing if it is unknown."""
    if np.isnan(number):
        return ""
    ends = f" [{low:+z.2f}, {high:+z.2f}]" if high - low > GUARD else ""
    return f"{number:+z.2f}{ends}"


# Reading


def read_tally(tally: Tally, argument: str, axes: Sequence[str]) -> Levels:
    """Return the levels of a tally that has these axes and no others, in any order."""
    if set(tally.axes) != set(axes):
        names = " and ".join(axes)
        asked = ", ".join(f'"{name}"' for name in axes)
        plural = "axes" if len(axes) > 1 else "axis"
        rule = f"have the {plural} {names}, and no other"
        raise _checks.refuse(
            argument,
            rule,
            tally.axes,
            hint=f"count by={{...}} with these names; {argument}.by({asked}) adds up"
            " over others",
        )
    return Levels.of_answers(tally, axes)


def read_figures(
    figures: Mapping[Any, Any], argument: str, *, general: bool = False
) -> Levels:
    """Return the levels of a mapping of (attribute, touchpoint); None is unknown.

    The touchpoint may be None if *general* figures, which stand for all, make sense.
    """
    known: dict[Key, float] = {}
    for each, figure in figures.items():
        place = f"{argument}[{_checks.show(each)}]"
        _refuse_key(each, argument, place, general=general)
        attribute, touchpoint = each
        # Dataframes write what is missing as NaN.
        key = (attribute, None if _checks.is_missing(touchpoint) else touchpoint)
        if key in known:
            hint = "give one level per place"
            raise _checks.refuse(argument, "have each place once", key, hint=hint)
        if not _checks.is_missing(figure):
            known[key] = _checks.as_level(place, figure, hint=_PERCENT)
    return Levels.of_figures(known)


def _refuse_key(key: Any, argument: str, place: str, *, general: bool) -> None:
    if not isinstance(key, tuple) or len(key) != 2:
        rule = "have pairs (attribute, touchpoint) as keys"
        raise _checks.refuse(argument, rule, key, error=InvalidTypeError)
    attribute, touchpoint = key
    if _checks.is_missing(attribute):
        raise _checks.refuse_missing(place, hint="name the attribute")
    if _checks.is_missing(touchpoint) and not general:
        raise _checks.refuse_missing(place, hint="name the touchpoint")
