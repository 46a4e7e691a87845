"""Where do journeys leave the design, and how is it felt there?"""

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _draw_paths, _events, _states, _stats
from cxmkit._axes import Label
from cxmkit._checks import FloatArray, IntArray
from cxmkit._plans import Plan, plan_of
from cxmkit.errors import InvalidTypeError
from cxmkit.journeylog import JourneyLog
from cxmkit.journeymap import JourneyMap

__all__ = ["PlannedVersusActual", "planned_versus_actual"]

_KINDS = ("as planned", "skipped", "out of order", "repeated", "unplanned")
_PLANNED, _UNPLANNED = 0, 4  # places of the first and last of the kinds
_WORD = 32  # touchpoints; twice as many bits make a word of the processor
_LAST_DIGITS = 1e-12
_ROUNDING = 1e-13  # share of a sum of squares that rounding may leave


def _valences(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse an array of anything but valences and NaN."""
    known = np.where(np.isnan(value), 0.0, value) if value.dtype.kind == "f" else value
    _states.are_sums(_, field, known)
    _checks.require(field.name, value, np.abs(known) <= 1, "lie between -1 and 1")


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class PlannedVersusActual:
    r"""Where do journeys leave the design, and what goes along with it?

    Counts of other customers add, ``sum()`` included, if the design is the same.

    Parameters
    ----------
    touchpoints : series of labels
        Touchpoints of the design, by stage, then those that it lacks.
    stages : series of str
        Stage of each touchpoint, "" where the design lacks it.
    order : series of pairs, optional
        Which touchpoint is to come right before which other of its stage.
    journeys : int
        Number of customers, one journey each.
    counts : array_like of int
        Number of journeys by touchpoint and kind, in the order of `kinds`.
    scored : array_like of int
        How many of them have a score.
    sums, squares : array_like of float
        Sum of these scores, and of their squares.
    totals : array_like of float
        Number of all journeys with a score, sum of their scores, and of their squares.
    usual : array_like of float
        What valence is usual at each touchpoint, from -1 to 1; NaN where nothing is
        known.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If shapes disagree, a designed touchpoint follows an unplanned one, or counts
        exceed what they are part of.
    MissingValueError
        If a label is missing.

    Notes
    -----
    Invariants: scored <= counts <= journeys; what the design lacks stands last. The
    score of a journey is the mean, over its answers, of how far the valence (-1 to 1)
    lies above what is usual at that touchpoint: who skips a place that everybody
    dislikes is not happier for it. *Out of order* and *repeated* may be true of one
    journey, so the shares of a touchpoint may add up to more than 1.

    Examples
    --------
    >>> from cxmkit import JourneyLog, JourneyMap
    >>> from cxmkit.paths import planned_versus_actual
    >>> log, _ = JourneyLog.from_paths(
    ...     [["ad", "shop"], ["shop", "ad"], ["shop", "forum"]], conversions=[6, 3, 1]
    ... )
    >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
    >>> actual = planned_versus_actual(log, design)
    >>> actual
    PlannedVersusActual of 10 journeys at 2 designed touchpoints, 1 other
    >>> print(actual)
    stage     touchpoint  as planned  skipped  out of order  repeated  unplanned
    need      ad                   6        1             3         0
    purchase  shop                10        0             0         0
              forum                                                            1
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    stages: tuple[str, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(str)
    )
    order: tuple[tuple[Label, Label], ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(tuple)
    )
    journeys: int = attrs.field(validator=_states.count)
    counts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    scored: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    sums: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    squares: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    totals: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    usual: FloatArray = attrs.field(converter=_states.as_sums, validator=_valences)

    def __attrs_post_init__(self) -> None:
        """Check that parts are no larger than the whole."""
        size = len(self.touchpoints)
        if len(self.stages) != size:
            rule = f"have one stage per touchpoint ({size})"
            raise _checks.refuse("stages", rule, len(self.stages))
        if any(self.stages[self._planned :]):
            rule = "name those of the design first"
            raise _checks.refuse("stages", rule, self.stages)
        for name in _CELLED:
            _states.require_shape(name, getattr(self, name), (size, len(_KINDS)))
        _states.require_shape("totals", self.totals, (3,))
        _states.require_shape("usual", self.usual, (size,))
        good, rule = self.counts <= self.journeys, "not exceed the number of journeys"
        _checks.require("counts", self.counts, good, rule)
        good, rule = self.scored <= self.counts, "not exceed the counts"
        _checks.require("scored", self.scored, good, rule)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the columns of the arrays are.

        Out of order: an event there comes after one that it should come before.
        Repeated: there is more than one event. As planned: met, and neither of these.
        Skipped: not met, though something was that should come after it. Unplanned: met
        though the design lacks it.
        """
        return _KINDS

    @property
    def design(self) -> tuple[tuple[Label, str], ...]:
        """Touchpoints of the design, each with its stage."""
        pairs = zip(self.touchpoints, self.stages, strict=True)
        return tuple(pairs)[: self._planned]

    @property
    def _planned(self) -> int:
        """Number of designed touchpoints."""
        return self.stages.index("") if "" in self.stages else len(self.stages)

    @property
    def shares(self) -> FloatArray:
        """Share of all journeys by touchpoint and kind, 0 to 1; NaN without any."""
        return _states.ratios(self.counts, np.float64(self.journeys))

    @property
    def scores(self) -> FloatArray:
        """Mean score by touchpoint and kind, 0 as usual; NaN where nothing is known."""
        return _states.ratios(self.sums, self.scored)

    @property
    def difference(self) -> FloatArray:
        """How much better or worse is the experience of those who leave the design?

        Mean score of the journeys of each kind less that of journeys as planned at the
        touchpoint or, where the design lacks it, of journeys that did not meet it. In
        valence, below zero for the worse; NaN where either is unknown, and for journeys
        as planned.

        An association, not an effect: those who leave the design may differ from others
        in more than this, and a bad experience may be why they left it.
        """
        return self._sides()[0]

    def interval(self, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        r"""How sure are the differences? Welch's interval of each.

        Parameters
        ----------
        level : float, default: 0.95
            Confidence level, between 0 and 1.

        Returns
        -------
        low, high : ndarray of float
            Ends of the interval of each `difference`; NaN where either side has fewer
            than two journeys with a score, or scores that are all alike. Each is judged
            on its own: of twenty without a difference, one leaves out 0 by luck.

        Raises
        ------
        InvalidTypeError
            If *level* is not a number.
        InvalidValueError
            If *level* is not between 0 and 1.

        References
        ----------
        Welch, B. L. (1947). The generalization of "Student's" problem when several
        different population variances are involved. Biometrika, 34(1-2), 28-35.
        doi:10.1093/biomet/34.1-2.28

        Examples
        --------
        >>> from cxmkit import STARS_1_5, JourneyLog, JourneyMap
        >>> from cxmkit.paths import planned_versus_actual
        >>> log = JourneyLog.from_columns(
        ...     customer=[1, 1, 2, 3, 3, 4, 4],
        ...     time=[0, 1, 0, 0, 1, 0, 1],
        ...     touchpoint=["ad", "shop", "ad", "shop", "ad", "shop", "ad"],
        ...     score=[5, None, 4, 2, None, 1, None],
        ...     scale=STARS_1_5,
        ... )
        >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
        >>> actual = planned_versus_actual(log, design, usual={"ad": 0, "shop": 0})
        >>> low, high = actual.interval()
        >>> [float(each[0, 2]) for each in (actual.difference, low, high)]
        [-1.50, -3.02, 0.02]
        """
        level = _checks.open_unit("level", level)
        difference, variance, degrees = self._sides()
        with np.errstate(invalid="ignore"):
            reach = _stats.student_quantile(level, degrees) * np.sqrt(variance)
        return difference - reach, difference + reach

    def _sides(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return differences of means, their variances, and degrees of freedom."""
        theirs = self.scored.astype(np.float64), self.sums, self.squares
        baseline = [np.zeros(self.counts.shape) for _ in theirs]
        for plain, cells, total in zip(baseline, theirs, self.totals, strict=True):
            plain[:, 1:_UNPLANNED] = cells[:, :1]
            plain[self._planned :, _UNPLANNED] = (
                total - cells[self._planned :, _UNPLANNED]
            )
        largest = self.totals[0]
        mean, spread, degrees = _moments(*theirs, largest=largest)
        usual, usual_spread, usual_degrees = _moments(*baseline, largest=largest)
        with np.errstate(invalid="ignore", divide="ignore"):
            terms = spread**2 / degrees + usual_spread**2 / usual_degrees
            freedom = (spread + usual_spread) ** 2 / terms
        return mean - usual, spread + usual_spread, freedom

    def __repr__(self) -> str:
        """Say how many journeys and touchpoints there are, in one line."""
        others = len(self.touchpoints) - self._planned
        where = _draw.counted(self._planned, "designed touchpoint")
        journeys = _draw.counted(self.journeys, "journey")
        return f"PlannedVersusActual of {journeys} at {where}, {others:,} other"

    def summary(self) -> str:
        r"""Return one sentence for a manager: what is frequent, and how it is felt.

        Examples
        --------
        >>> from cxmkit import JourneyLog, JourneyMap
        >>> from cxmkit.paths import planned_versus_actual
        >>> log, _ = JourneyLog.from_paths(
        ...     [["ad", "shop"], ["shop", "ad"]], conversions=[6, 4]
        ... )
        >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
        >>> print(planned_versus_actual(log, design).summary())
        The most frequent departure from the design: ad is out of order in 4 of 10
        journeys (40.0 %); how that was felt is unknown.
        """
        if not self.journeys:
            return "There are no journeys."
        departed = self.counts[:, 1:]
        if not departed.size or not departed.max():
            journeys = _draw.counted(self.journeys, "journey")
            return f"Nothing departs from the design in {journeys}."
        row, column = np.unravel_index(int(departed.argmax()), departed.shape)
        place = int(row), int(column) + 1
        count = int(self.counts[place])
        return (
            "The most frequent departure from the design:"
            f" {self.touchpoints[place[0]]} is {_KINDS[place[1]]} in {count:,} of"
            f" {_draw.counted(self.journeys, 'journey')}"
            f" ({_states.percent(self.shares[place])}); {self._felt(place)}."
        )

    def _felt(self, place: tuple[int, int]) -> str:
        """Say what goes along with a departure."""
        difference = float(self.difference[place])
        if math.isnan(difference):
            return "how that was felt is unknown"
        low, high = (float(end[place]) for end in self.interval())
        others = "journeys without it"
        if place[1] != _UNPLANNED:
            others = "journeys as planned there"
        words = f"their experience is {difference:+z.2f} against {others}"
        words += " (valence, against what is usual at each place)"
        if math.isnan(low):
            return f"{words}; too few answers, or too much alike, for an interval"
        return f"{words}, 95 % interval {low:+z.2f} to {high:+z.2f}"

    def __add__(self, other: object) -> "PlannedVersusActual":
        """Add the counts of other customers; other touchpoints are united."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, PlannedVersusActual):
            return NotImplemented
        _states.require_same(self, other, ("design", "order"))
        usual = _one_usual(self, other)
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        unplanned = len(union.labels) - self._planned
        return PlannedVersusActual(
            touchpoints=union.labels,
            stages=(*self.stages[: self._planned], *[""] * unplanned),
            order=self.order,
            journeys=self.journeys + other.journeys,
            totals=self.totals + other.totals,
            usual=[usual[label] for label in union.labels],
            **{
                name: union.add(getattr(self, name), getattr(other, name))
                for name in _CELLED
            },
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare all fields."""
        if not isinstance(other, PlannedVersusActual):
            return NotImplemented
        plain = ("touchpoints", "stages", "order", "journeys")
        same = all(getattr(self, name) == getattr(other, name) for name in plain)
        return same and _checks.same_arrays(self, other, (*_CELLED, "totals", "usual"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        r"""Return one flat dict per touchpoint and kind that it can have.

        Examples
        --------
        >>> from cxmkit import JourneyLog, JourneyMap
        >>> from cxmkit.paths import planned_versus_actual
        >>> log, _ = JourneyLog.from_paths([["ad", "ad"]], conversions=[4])
        >>> design = JourneyMap.parse("need: ad", id=1)
        >>> planned_versus_actual(log, design).to_records()[3]["share"]
        1.0
        """
        low, high = self.interval()
        columns = (
            self.counts,
            self.shares,
            self.scored,
            self.scores,
            self.difference,
            low,
            high,
        )
        return [
            {
                "touchpoint": self.touchpoints[row],
                "stage": self.stages[row],
                "kind": _KINDS[kind],
            }
            | dict(
                zip(_NUMBERS, (each[row, kind].item() for each in columns), strict=True)
            )
            for row, kind in self._possible()
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        names = ("touchpoint", "stage", "kind", *_NUMBERS)
        return _states.columns(names, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return _states.plain(self)

    def _possible(self) -> list[tuple[int, int]]:
        """Return the cells that a journey can be counted in."""
        every = np.ndindex(self.counts.shape)
        return [
            (row, kind)
            for row, kind in every
            if (kind == _UNPLANNED) == (row >= self._planned)
        ]

    # Showing

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def to_svg(self) -> str:
        r"""Draw each kind of departure per touchpoint: how many, and what goes along.

        Examples
        --------
        >>> from cxmkit import JourneyLog, JourneyMap
        >>> from cxmkit.paths import planned_versus_actual
        >>> log, _ = JourneyLog.from_paths([["shop", "ad"]], conversions=[4])
        >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
        >>> planned_versus_actual(log, design).to_svg()[:4]
        '<svg'
        """
        shares = np.full(self.counts.shape, np.nan)
        for place in self._possible():
            shares[place] = self.shares[place]
        labels = [str(label) for label in self.touchpoints]
        low, high = self.interval()
        return _draw_paths.plan(
            [*zip(self.stages, labels, strict=True)],
            _KINDS[1:],
            shares[:, 1:].tolist(),
            self.difference[:, 1:].tolist(),
            title=f"Where {_draw.counted(self.journeys, 'journey')} leave the design",
            sure=((low > 0) | (high < 0))[:, 1:].tolist(),
            notes=[_EFFECT, "an association, not a cause"],
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def _table(self) -> dict[str, list[str]]:
        """Return stage, touchpoint, and journeys with differences by kind."""
        difference = self.difference
        cells = np.full(self.counts.shape, "", object)
        for place in self._possible():
            known = not math.isnan(difference[place])
            felt = f" ({difference[place]:+z.2f})" if known else ""
            cells[place] = f"{self.counts[place]:,}{felt}"
        names = [str(label) for label in self.touchpoints]
        table = {"stage": list(self.stages), "touchpoint": names}
        return table | {kind: list(cells[:, k]) for k, kind in enumerate(_KINDS)}


_EFFECT = (
    "bar: share of all journeys; beside it: difference in experience from journeys as"
    " planned there, or without the unplanned touchpoint, against what is usual at each"
    " place; in colour where its 95 % interval leaves out 0"
)
_CELLED = ("counts", "scored", "sums", "squares")
_NUMBERS = ("journeys", "share", "scored", "score", "difference", "low", "high")


def planned_versus_actual(
    log: JourneyLog,
    design: JourneyMap[Any],
    *,
    usual: Mapping[Any, float] | None = None,
) -> PlannedVersusActual:
    r"""Where do journeys leave the design, and what goes along with it?

    Touchpoints are skipped, met out of order or repeated, and others come in that the
    design lacks. How was the experience of those to whom that happened?

    Parameters
    ----------
    log : JourneyLog
        What happened. Without scores nothing is known of the experience.
    design : JourneyMap
        How it is meant to be. Events belong to the touchpoint whose id is the label in
        the log.
    usual : mapping of label to float, optional
        What valence is usual at each touchpoint, from -1 to 1; by default the means in
        this log. Results of parts of the customers add if all have the same: pass
        those of one log, such as ``dict(zip(curve.touchpoints, curve.mean))`` of its
        `emotion_curve`, to all of them.

    Returns
    -------
    PlannedVersusActual
        Number of journeys by touchpoint and kind, with their scores; results of other
        customers add.

    Raises
    ------
    InvalidTypeError
        If *log* or *design* is no such thing.
    InvalidValueError
        If the order of the design leads back to an earlier stage, or *usual* lacks a
        touchpoint with answers or is beyond -1 to 1.

    Notes
    -----
    x comes before y by design if its stage stands earlier, or if both are in one stage
    and pairs of ``design.order`` lead from x to y. A journey with a touchpoint x of the
    design is

    - *out of order* there, if an event at x comes after one at some y that x comes
      before,
    - *repeated* there, if it has more than one event at x,
    - *as planned* there, if neither is so.

    x is *skipped* by a journey without x that has some y that x comes before. A
    touchpoint that the design lacks is *unplanned* for each journey that has it.

    The score of a journey is the mean, over its answers, of how far the valence (-1 to
    1) lies above what is usual at that touchpoint; journeys without answers have none.
    Without that correction, to skip what everybody dislikes would look like a blessing.
    What is said of the experience is an association, not a cause.

    Every customer is one journey. Who buys again meets the first touchpoints again,
    out of order and repeated by design: ``log.split(gap=...)`` makes a journey of each
    visit.

    References
    ----------
    Halvorsrud, R., Kvale, K., & Følstad, A. (2016). Improving service quality through
    customer journey analysis. Journal of Service Theory and Practice, 26(6), 840-867.
    doi:10.1108/JSTP-05-2015-0111 (ad hoc and missing touchpoints, and irregularities in
    their sequence, between the planned and the actual journey)

    Examples
    --------
    >>> from cxmkit import STARS_1_5, JourneyLog, JourneyMap
    >>> from cxmkit.paths import planned_versus_actual
    >>> log = JourneyLog.from_columns(
    ...     customer=[1, 1, 2, 2, 3],
    ...     time=[0, 1, 0, 1, 0],
    ...     touchpoint=["ad", "shop", "shop", "ad", "shop"],
    ...     score=[5, 5, 2, 2, 3],
    ...     scale=STARS_1_5,
    ... )
    >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
    >>> print(planned_versus_actual(log, design))
    stage     touchpoint  as planned    skipped  out of order  repeated  unplanned
    need      ad                   1  1 (-0.96)     1 (-1.50)         0
    purchase  shop                 3          0             0         0
    """
    plan = plan_of(log, design)
    planned = set(plan.ids)
    others = tuple(each for each in log.touchpoints if each not in planned)
    touchpoints = plan.ids + others
    place = {label: number for number, label in enumerate(touchpoints)}
    places = np.array([place[label] for label in log.touchpoints], np.intp)
    words = _words(plan, len(touchpoints))
    expected = _means(log) if usual is None else _given(log, usual)
    cells = np.zeros((len(touchpoints), len(_KINDS), 4))
    totals = np.zeros(4)
    for block in _events.blocks(log.offsets, bins=len(touchpoints)):
        events = places[log.touchpoint[block.rows]]
        worth = _worth(log, block, expected)
        totals += worth.sum(axis=0)
        for first, word in enumerate(words):
            part = cells[_WORD * first : min(_WORD * (first + 1), len(plan.ids))]
            part[:, :_UNPLANNED] += _departures(events, block, word, worth, len(part))
        cells[len(plan.ids) :, _UNPLANNED] += _additions(
            events - len(plan.ids), block, worth, len(others)
        )
    return PlannedVersusActual(
        touchpoints=touchpoints,
        stages=(*plan.stages, *[""] * len(others)),
        order=plan.order,
        journeys=log.n_customers,
        counts=cells[..., 0].astype(np.int64),
        scored=cells[..., 1].astype(np.int64),
        sums=cells[..., 2],
        squares=cells[..., 3],
        totals=totals[1:],
        usual=_laid_out(expected, places, len(touchpoints)),
    )


def _means(log: JourneyLog) -> FloatArray:
    """Return the mean valence at each touchpoint of a log; NaN without answers."""
    size = len(log.touchpoints)
    n, total = np.zeros(size), np.zeros(size)
    if log.score is not None and log.scale is not None:
        for rows in _checks.chunks(len(log)):
            known = ~np.isnan(log.score[rows])
            where = log.touchpoint[rows][known]
            valence = 2 * log.scale.to_unit(log.score[rows][known]) - 1
            n += np.bincount(where, minlength=size)
            total += np.bincount(where, valence, minlength=size)
    return _states.ratios(total, n)


def _given(log: JourneyLog, usual: Any) -> FloatArray:
    """Return what is usual at each touchpoint of a log, as the caller has it."""
    _checks.require_instance("usual", usual, Mapping)
    answered = ~np.isnan(_means(log))
    values = np.full(len(log.touchpoints), np.nan)
    for code, label in enumerate(log.touchpoints):
        value = _checks.as_float(usual.get(label, math.nan))
        if not isinstance(value, float):
            rule = f"hold numbers; that of {label!r} is none"
            raise _checks.refuse("usual", rule, value, error=InvalidTypeError)
        if math.isnan(value) and answered[code]:
            hint = "leave usual out to compare with the means of this log"
            rule = "know each touchpoint with answers"
            raise _checks.refuse("usual", rule, label, hint=hint)
        if abs(value) > 1:
            rule = f"lie between -1 and 1; that of {label!r} does not"
            raise _checks.refuse("usual", rule, value)
        values[code] = value
    return values


def _laid_out(
    values: FloatArray, places: npt.NDArray[np.intp], size: int
) -> FloatArray:
    """Bring values of the touchpoints of a log in the order of a result."""
    laid_out = np.full(size, np.nan)
    laid_out[places] = values
    return laid_out


def _one_usual(
    ours: PlannedVersusActual, theirs: PlannedVersusActual
) -> dict[Label, float]:
    """Unite what is usual, or refuse to add what was compared with something else."""
    usual = dict(zip(ours.touchpoints, ours.usual.tolist(), strict=True))
    for label, value in zip(theirs.touchpoints, theirs.usual.tolist(), strict=True):
        known = usual.get(label, math.nan)
        # Means of the same answers may differ in the last digit.
        if abs(known - value) > _LAST_DIGITS:  # never where one is NaN
            rule = f"have the same usual valence at {label!r} ({known:.4g})"
            hint = "pass usual= of one log to all parts"
            raise _checks.refuse("other", rule, value, hint=hint)
        usual[label] = value if math.isnan(known) else known
    return usual


def _worth(log: JourneyLog, block: _events.Block, usual: FloatArray) -> FloatArray:
    """Return what each journey adds to a cell: 1, whether scored, score, its square."""
    worth = np.zeros((block.lengths.size, 4))
    worth[:, 0] = 1
    if log.score is None or log.scale is None:
        return worth
    score, starts = log.score[block.rows], block.offsets[:-1]
    known = ~np.isnan(score)
    unit = log.scale.to_unit(np.where(known, score, log.scale.low))
    above = 2 * unit - 1 - usual[log.touchpoint[block.rows]]
    valence = np.where(known, above, 0.0)
    answers = np.add.reduceat(known, starts, dtype=np.int64)
    scored = answers > 0
    worth[:, 1] = scored
    worth[scored, 2] = np.add.reduceat(valence, starts)[scored] / answers[scored]
    worth[:, 3] = worth[:, 2] ** 2
    return worth


@attrs.frozen
class _Word:
    """What an event says of some touchpoints of the design, by its own place.

    The lower half of the bits of `marks` says which of them was met, the upper half
    which are to come before it; `asks` has the bit of the touchpoint in both halves.
    """

    marks: npt.NDArray[np.uint64]
    asks: npt.NDArray[np.uint64]


def _words(plan: Plan, size: int) -> list[_Word]:
    """Return what events say of the touchpoints of a design, some at a time."""
    words = []
    for first in range(0, len(plan.ids), _WORD):
        marks, asks = np.zeros((2, size), np.uint64)
        for place, before in enumerate(plan.before):
            inside = 0 <= place - first < _WORD
            bit = 1 << place - first if inside else 0
            upper = (before >> first) % (1 << _WORD) << _WORD
            marks[place], asks[place] = upper | bit, bit << _WORD | bit
        words.append(_Word(marks, asks))
    return words


def _departures(
    events: npt.NDArray[np.intp],
    block: _events.Block,
    word: _Word,
    worth: FloatArray,
    width: int,
) -> FloatArray:
    """Add up what journeys are worth, by designed touchpoint and kind."""
    marks, starts = word.marks[events], block.offsets[:-1]
    met_again = np.bitwise_or.reduceat(
        _before(marks, block) & word.asks[events], starts
    )
    met, due = _halves(np.bitwise_or.reduceat(marks, starts))
    again, late = _halves(met_again)
    kinds = (met & ~(again | late), due & ~met, late, again)
    return np.stack(
        [_flags(kind, width).T.astype(np.float64) @ worth for kind in kinds], axis=1
    )


def _before(
    marks: npt.NDArray[np.uint64], block: _events.Block
) -> npt.NDArray[np.uint64]:
    """Return all marks of earlier events of the same customer.

    Each pass doubles how far back events have looked.
    """
    seen = np.zeros_like(marks)
    seen[1:] = marks[:-1]
    seen[block.offsets[:-1]] = 0
    places, reach, longest = block.places, 1, int(block.lengths.max())
    while reach < longest - 1:
        further = np.where(places[reach:] > reach, seen[:-reach], np.uint64(0))
        seen[reach:] |= further
        reach *= 2
    return seen


def _halves(
    words: npt.NDArray[np.uint64],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the lower and the upper half of the bits."""
    return words.astype(np.uint32), (words >> np.uint64(_WORD)).astype(np.uint32)


def _flags(words: npt.NDArray[np.uint32], width: int) -> npt.NDArray[np.uint8]:
    """Return the first bits of each word, the lowest first, as a row of 0 and 1."""
    parts = words.astype("<u4").view(np.uint8).reshape(-1, _WORD // 8)
    return np.unpackbits(parts, axis=1, count=width, bitorder="little")


def _additions(
    others: npt.NDArray[np.intp], block: _events.Block, worth: FloatArray, size: int
) -> FloatArray:
    """Add up what journeys are worth, by touchpoint that the design lacks."""
    rows = np.flatnonzero(others >= 0)
    owners = np.searchsorted(block.offsets, rows, "right") - 1
    owner, other = np.divmod(np.unique(owners * size + others[rows]), max(size, 1))
    columns = [np.bincount(other, column[owner], size) for column in worth.T]
    return np.stack(columns, axis=1).astype(np.float64)


def _moments(
    n: FloatArray, total: FloatArray, squares: FloatArray, *, largest: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the mean, the variance of the mean, and its degrees of freedom.

    The variance is NaN where there is nothing to judge it by.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        deviations = squares - total * mean
        variance = deviations / (n - 1) / n
    # What rounding left of scores that are all alike is no spread.
    spread = (n >= 2) & (deviations > _ROUNDING * largest)
    return mean, np.where(spread, variance, np.nan), n - 1
