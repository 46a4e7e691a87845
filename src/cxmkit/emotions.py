"""How did it feel along the way, and what stays in mind?"""

import math
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _draw_paths, _events, _states
from cxmkit._answers import answers_of, codes_of, deviations_of
from cxmkit._axes import Axes, Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.definition import MeanScore
from cxmkit.feelings import experience_by
from cxmkit.journeylog import JourneyLog
from cxmkit.journeymap import JourneyMap
from cxmkit.scale import Scale
from cxmkit.tally import Tally

__all__ = ["EmotionCurve", "emotion_curve", "remembered"]

_VALENCE = MeanScore(name="Valence", rescaled=True)


def remembered(log: JourneyLog) -> FloatArray:
    """How will each customer remember the journey? By its peak and its end.

    `Journey.remembered` for a million customers.

    Parameters
    ----------
    log : JourneyLog
        With answers.

    Returns
    -------
    ndarray of float
        (peak + end) / 2 per customer in the order of ``log.customers``, from -1 (worst)
        to 1 (best); NaN for customers who never answered.

    Raises
    ------
    InvalidTypeError
        If *log* is no log.
    InvalidValueError
        If it has no answers.

    Notes
    -----
    The valence of an answer is 2 u - 1, where u is its place on the scale from 0
    (worst) to 1 (best). The peak is the valence farthest from 0, the latest of equally
    far ones; the end is the last valence. Events without an answer are skipped.

    The rule was found for episodes with a definite beginning and end; for a
    relationship of decades read it as a summary, not as a law.

    References
    ----------
    Fredrickson, B. L., & Kahneman, D. (1993). Duration neglect in retrospective
    evaluations of affective episodes. Journal of Personality and Social Psychology,
    65(1), 45-55. doi:10.1037/0022-3514.65.1.45

    Redelmeier, D. A., & Kahneman, D. (1996). Patients' memories of painful medical
    treatments: real-time and retrospective evaluations of two minimally invasive
    procedures. Pain, 66(1), 3-8. doi:10.1016/0304-3959(96)02994-6

    Examples
    --------
    >>> from cxmkit import JourneyLog, STARS_1_5
    >>> from cxmkit.paths import remembered
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 8],
    ...     time=[9, 10, 11, 9],
    ...     touchpoint=["gate", "queue", "ride", "gate"],
    ...     score=[4, 1, 3, None],
    ...     scale=STARS_1_5,
    ... )
    >>> remembered(log)
    array([-0.5,  nan])
    """
    _checks.require_instance("log", log, JourneyLog)
    score, scale = answers_of(log)
    deviations = deviations_of(scale)
    valences = np.append(deviations / (scale.size - 1), np.nan)
    distances = np.append(np.abs(deviations), -1)  # no answer is nearer than any
    result = np.empty(log.n_customers)
    for block in _events.blocks(log.offsets):
        codes = codes_of(score[block.rows], scale)
        rows = np.arange(codes.size)
        # One whole number per event: the distance first, then how late it was.
        peaks = distances[codes] * codes.size + rows
        peaks = np.maximum.reduceat(peaks, block.offsets[:-1]) % codes.size
        ends = np.where(codes < scale.size, rows, -1)
        ends = np.maximum.reduceat(ends, block.offsets[:-1])
        # Without any answer the peak is an event without one: NaN.
        felt = valences[codes[peaks]] + valences[codes[ends]]
        result[block.customers] = felt / 2
    return result


# The emotion curve


def _optional_map(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None:
        _checks.require_instance(field.name, value, JourneyMap)


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class EmotionCurve:
    """How did it feel along the way, touchpoint by touchpoint?

    Kept are counts, which add for parts of the customers, ``sum()`` included; what is
    read from them stands in the order of `touchpoints`.

    Parameters
    ----------
    tally : Tally
        Answers by "touchpoint", without weights.
    sum_places : array_like of float
        Sum of the places of the events at each touchpoint, in the order of the tally; a
        place is 0 at the beginning of a journey and 1 at its end.
    design : JourneyMap, optional
        Gives the order, names and stages of the touchpoints.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If the tally has other axes or weights, or a sum of places is not possible.

    Notes
    -----
    Invariants: one sum of places per touchpoint, between 0 and the number of events
    there, answered or not.

    Intervals take answers as independent of each other. Where customers answer several
    times at a touchpoint, they are too narrow.

    Examples
    --------
    >>> from cxmkit import JourneyLog, STARS_1_5
    >>> from cxmkit.paths import emotion_curve
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8, 8, 9],
    ...     time=[0, 60, 0, 60, 0],
    ...     touchpoint=["shop", "hotline", "shop", "hotline", "shop"],
    ...     score=[5, 2, 4, 1, 4],
    ...     scale=STARS_1_5,
    ... )
    >>> curve = emotion_curve(log)
    >>> curve
    EmotionCurve 2 touchpoints, 5 answers: -0.75 (hotline) to +0.67 (shop)
    >>> print(curve)
    touchpoint  n   mean   95 %            25 %   50 %   75 %   place
    shop        3  +0.67  [-0.05, +1.38]  +0.50  +0.50  +1.00   0.17
    hotline     2  -0.75  [-3.93, +2.43]  -1.00  -1.00  -0.50   1.00
    """

    tally: Tally = attrs.field(validator=_checks.instance(Tally))
    sum_places: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    design: JourneyMap[Any] | None = attrs.field(default=None, validator=_optional_map)

    def __attrs_post_init__(self) -> None:
        """Check that counts and places belong to the same touchpoints."""
        if self.tally.axes != ("touchpoint",) or self.tally.weighted:
            rule = 'have the axis "touchpoint" alone and no weights'
            raise _checks.refuse("tally", rule, self.tally)
        events = self._events
        _states.require_shape("sum_places", self.sum_places, events.shape)
        most = events * (1 + 1e-9)  # sums of many are rounded
        good = (self.sum_places >= 0) & (self.sum_places <= most)
        rule = "lie between 0 and the number of events"
        _checks.require("sum_places", self.sum_places, good, rule)

    # Looking

    @property
    def _events(self) -> IntArray:
        counts = self.tally.counts.sum(axis=-1) + self.tally.missing_counts
        return np.asarray(counts)

    @property
    def _labels(self) -> tuple[Label, ...]:
        return self.tally.labels["touchpoint"]

    @property
    def _mean_places(self) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return np.asarray(self.sum_places / self._events)

    @property
    def _order(self) -> npt.NDArray[np.intp]:
        """Where the touchpoints of the curve stand in the tally."""
        if self.design is None:
            return np.argsort(self._mean_places, kind="stable")  # NaN comes last
        rank = {id_: rank for rank, id_ in enumerate(_designed(self.design))}
        ranks = [rank.get(label, len(rank)) for label in self._labels]
        return np.argsort(np.array(ranks, np.intp), kind="stable")

    @property
    def touchpoints(self) -> tuple[Label, ...]:
        """The touchpoints in the order of the curve.

        By stage and place in the design, what the design lacks last; without a design
        by the mean place in journeys, those without events last.
        """
        return tuple(self._labels[code] for code in self._order)

    @property
    def names(self) -> tuple[str, ...]:
        """What the touchpoints are called, by the design if there is one."""
        names = {} if self.design is None else _designed(self.design)
        return tuple(
            names[label].name if label in names else str(label)
            for label in self.touchpoints
        )

    @property
    def stages(self) -> tuple[str | None, ...]:
        """The stage of each touchpoint; None where no design says it."""
        stages = {} if self.design is None else _designed(self.design)
        return tuple(
            stages[label].stage.name if label in stages else None
            for label in self.touchpoints
        )

    @property
    def n(self) -> IntArray:
        """Number of answers at each touchpoint."""
        return np.asarray(self.tally.counts.sum(axis=-1)[self._order])

    @property
    def missing(self) -> IntArray:
        """Number of events without an answer at each touchpoint."""
        return np.asarray(self.tally.missing_counts[self._order])

    @property
    def mean(self) -> FloatArray:
        """Mean valence at each touchpoint, -1 (worst) to 1 (best); NaN if unknown."""
        return self._valences(0.95)[0]

    @property
    def quartiles(self) -> FloatArray:
        """Within which valences lie the answers? Quartiles, a row per touchpoint.

        The smallest valence that at least 25 %, 50 % and 75 % of the answers do not
        exceed; NaN where there are none. They are points of the scale, never halfway
        between two.
        """
        scale = self.tally.scale
        valences = np.sort(deviations_of(scale)) / (scale.size - 1)
        worst_first = slice(None, None, 1 if scale.higher_is_better else -1)
        counts = self.tally.counts[self._order][:, worst_first]
        sums = counts.cumsum(axis=-1)
        n = counts.sum(axis=-1)[:, None]
        reached = [(4 * sums >= k * n).argmax(axis=-1) for k in (1, 2, 3)]
        return np.where(n > 0, valences[np.stack(reached, axis=-1)], np.nan)

    @property
    def places(self) -> FloatArray:
        """Mean place in journeys, 0 (begin) to 1 (end), 0.5 for those of one event."""
        return np.asarray(self._mean_places[self._order])

    def interval(self, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """How sure are the means? Student's t interval of each.

        Parameters
        ----------
        level : float, default: 0.95
            Confidence level, between 0 and 1.

        Returns
        -------
        low, high : ndarray of float
            Ends of the interval of each mean, which may lie beyond -1 and 1; NaN with
            fewer than two answers, or where all are alike.

        Raises
        ------
        InvalidValueError
            If *level* is not between 0 and 1.

        Notes
        -----
        Answers are taken as independent of each other. Those of one customer at a
        touchpoint are often alike; intervals are then too narrow, with ten answers each
        and strong moods by so much that half of them may miss.
        """
        level = _checks.open_unit("level", level)
        _, low, high = self._valences(level)
        return low, high

    def _valences(self, level: float) -> tuple[FloatArray, ...]:
        """Return mean valences and the ends of their intervals."""
        means = _VALENCE(self.tally, level=level)
        order = self._order
        return tuple(
            np.asarray(array[order] / 50 - 1)
            for array in (means.value, means.low, means.high)
        )

    # Saying

    def __repr__(self) -> str:
        """Say how much is known, and the worst and the best touchpoint."""
        where = _draw.counted(len(self._labels), "touchpoint")
        what = f"EmotionCurve {where}, {_draw.counted(self.tally.n, 'answer')}"
        ends = [f"{value:+z.2f} ({name})" for name, value, _ in self._worst_and_best()]
        return f"{what}: {' to '.join(ends)}" if ends else what

    def summary(self) -> str:
        """Return one sentence for a manager: where it felt worst and where best.

        Touchpoints with a single answer are left out if others have more.
        """
        ends = [
            f"at {name} ({value:+z.2f}, {_draw.counted(n, 'answer')})"
            for name, value, n in self._worst_and_best()
        ]
        if not ends:
            return "Nobody answered."
        aside = "; single answers are left aside" if self._aside.any() else ""
        if len(ends) == 1:
            return f"It felt nowhere better than {ends[0]}, from -1 to 1{aside}."
        worst, best = ends
        return f"It felt worst {worst} and best {best}, from -1 to 1{aside}."

    @property
    def _aside(self) -> BoolArray:
        """Which touchpoints have a single answer, though others have more?"""
        n = self.n
        return np.asarray((n == 1) & (n > 1).any())

    def _worst_and_best(self) -> list[tuple[str, float, int]]:
        """Return name, mean and n of the ends: one if equal, none without answers."""
        n, names = self.n, self.names
        if not n.any():
            return []
        mean = np.where(self._aside, np.nan, self.mean)
        ends = [int(np.nanargmin(mean)), int(np.nanargmax(mean))]
        if mean[ends[0]] == mean[ends[1]]:
            ends.pop()
        return [(names[end], float(mean[end]), int(n[end])) for end in ends]

    # Adding and copying

    def __add__(self, other: object) -> "EmotionCurve":
        """Add the curve of other customers; touchpoints are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, EmotionCurve):
            return NotImplemented
        _states.require_same(self, other, ("design",))
        union = _states.Union.of(self._labels, other._labels)
        return EmotionCurve(
            tally=self.tally + other.tally,
            sum_places=union.add(self.sum_places, other.sum_places),
            design=self.design,
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare counts, places and design."""
        if not isinstance(other, EmotionCurve):
            return NotImplemented
        same = self.tally == other.tally and self.design == other.design
        return same and _checks.same_arrays(self, other, ("sum_places",))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per touchpoint, in the order of the curve.

        The interval has 95 %; "stage" is None without a design.

        Examples
        --------
        >>> from cxmkit import JourneyLog, STARS_1_5
        >>> from cxmkit.paths import emotion_curve
        >>> log = JourneyLog.from_columns(
        ...     customer=[7], time=[0], touchpoint=["shop"], score=[4], scale=STARS_1_5
        ... )
        >>> emotion_curve(log).to_records()[0]["mean"]
        0.5
        """
        mean, low, high = self._valences(0.95)
        arrays = (self.n, self.missing, mean, low, high, *self.quartiles.T, self.places)
        columns = [self.touchpoints, self.stages, *(array.tolist() for array in arrays)]
        return [
            dict(zip(_CURVE, row, strict=True)) for row in zip(*columns, strict=True)
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(_CURVE, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: the tally, places, and the id of the design."""
        design = None if self.design is None else self.design.id
        places = self.sum_places.tolist()
        return {"tally": self.tally.to_dict(), "sum_places": places, "design": design}

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def to_svg(self) -> str:
        """Draw the curve of means with their intervals and the middle half of answers.

        Examples
        --------
        >>> from cxmkit import JourneyLog, STARS_1_5
        >>> from cxmkit.paths import emotion_curve
        >>> log = JourneyLog.from_columns(
        ...     customer=[7], time=[0], touchpoint=["shop"], score=[4], scale=STARS_1_5
        ... )
        >>> emotion_curve(log).to_svg()[:4]
        '<svg'
        """
        arrays = (self.n, *self._valences(0.95), *self.quartiles[:, [0, 2]].T)
        columns = (array.tolist() for array in arrays)
        known = zip(self.names, self.stages, *columns, strict=True)
        moods = [
            _draw_paths.Mood(
                label=name,
                mean=mean,
                low=low,
                high=high,
                quarter=quarter,
                three_quarters=three_quarters,
                band=stage or "",
                details=(f"{mean:+z.2f}, " if n else "") + _draw.counted(n, "answer"),
            )
            for name, stage, n, mean, low, high, quarter, three_quarters in known
        ]
        return _draw_paths.emotions(
            moods,
            title=f"How {_draw.counted(self.tally.n, 'answer')} felt along the way",
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def _table(self) -> dict[str, list[str]]:
        """Return what is known of each touchpoint as texts."""
        mean, low, high = self._valences(0.95)
        table = {"touchpoint": [*self.names]}
        if self.design is not None:
            table["stage"] = [stage or "" for stage in self.stages]
        table["n"] = [f"{n:,}" for n in self.n]
        table["mean"] = _written(mean)
        ends = zip(_written(low), _written(high), strict=True)
        table["95 %"] = [f"[{low}, {high}]" if low else "" for low, high in ends]
        heads = ("25 %", "50 %", "75 %")
        quarters = zip(heads, self.quartiles.T, strict=True)
        table |= {head: _written(column) for head, column in quarters}
        table["place"] = _written(self.places, ".2f")
        return table


_CURVE = (
    "touchpoint",
    "stage",
    "n",
    "missing",
    "mean",
    "low",
    "high",
    "quarter",
    "median",
    "three_quarters",
    "place",
)


def _written(values: FloatArray, form: str = "+z.2f") -> list[str]:
    """Write numbers, nothing for NaN."""
    return ["" if math.isnan(value) else format(value, form) for value in values]


def _designed(design: JourneyMap[Any]) -> dict[Label, Any]:
    """Return the touchpoints of a design by id: by stage, then as they stand there."""
    rank = {stage.name: rank for rank, stage in enumerate(design.stages)}
    ordered = sorted(design.touchpoints, key=lambda each: rank[each.stage.name])
    return {each.id: each for each in ordered}


def emotion_curve(
    log: JourneyLog, *, design: JourneyMap[Any] | None = None
) -> EmotionCurve:
    """How did it feel along the way? Mean and spread of the answers by touchpoint.

    `Journey.emotion_curve` for a million customers.

    Parameters
    ----------
    log : JourneyLog
        With answers.
    design : JourneyMap, optional
        Gives the order, names and stages, by the ids of its touchpoints. Those without
        events are in the curve as well: of them nothing is known. By default
        touchpoints stand in the order of their mean place in journeys.

    Returns
    -------
    EmotionCurve
        Number of answers, mean valence with interval, quartiles and mean place of each
        touchpoint; curves of other customers add.

    Raises
    ------
    InvalidTypeError
        If *log* is no log or *design* no map.
    InvalidValueError
        If the log has no answers.

    Notes
    -----
    The valence of an answer is 2 u - 1, where u is its place on the scale from 0
    (worst) to 1 (best). The interval of a mean m of n valences with standard deviation
    s is m -/+ t s / sqrt(n), with Student's t of n - 1 degrees of freedom. The place of
    event i of L, counted from 0, is i / (L - 1), and 0.5 if L = 1.

    Intervals take answers as independent; see `EmotionCurve.interval` for customers who
    answer several times.

    Examples
    --------
    >>> from cxmkit import JourneyLog, JourneyMap, STARS_1_5
    >>> from cxmkit.paths import emotion_curve
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8],
    ...     time=[0, 60, 0],
    ...     touchpoint=["hotline", "shop", "shop"],
    ...     score=[5, 2, 3],
    ...     scale=STARS_1_5,
    ... )
    >>> emotion_curve(log).touchpoints
    ('hotline', 'shop')
    >>> design = JourneyMap.parse("purchase: shop > checkout", id="nappies")
    >>> emotion_curve(log, design=design).touchpoints
    ('shop', 'checkout', 'hotline')
    """
    _checks.require_instance("log", log, JourneyLog)
    if design is not None:
        _checks.require_instance("design", design, JourneyMap)
    tally = experience_by(log, "touchpoint")
    size = len(log.touchpoints)
    places = np.zeros(size)
    for block in _events.blocks(log.offsets, bins=size):
        alone = np.where(block.lengths > 1, 0.0, 0.5)
        last = np.maximum(block.lengths - 1, 1)
        at = block.places / np.repeat(last, block.lengths)
        at += np.repeat(alone, block.lengths)
        places += np.bincount(log.touchpoint[block.rows], at, minlength=size)
    curve = EmotionCurve(tally=tally, sum_places=places, design=design)
    return curve if design is None else curve + _unvisited(design, tally.scale)


def _unvisited(design: JourneyMap[Any], scale: Scale) -> EmotionCurve:
    """Return the curve of a design before anybody came."""
    ids = tuple(_designed(design))
    counts = np.zeros((len(ids), scale.size), np.int64)
    tally = Tally(scale=scale, counts=counts, grid=Axes(("touchpoint",), (ids,)))
    return EmotionCurve(tally=tally, sum_places=np.zeros(len(ids)), design=design)
