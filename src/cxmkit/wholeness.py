"""Are the touchpoints green and the journey red?"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns, _draw, _events, _states, _stats
from cxmkit._answers import answers_of, codes_of
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit._logdoors import objects
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.journeylog import JourneyLog
from cxmkit.scale import Scale

__all__ = ["JourneyGap", "journey_gap"]

_COUNTS = ("only_touchpoints", "only_journey", "neither")
_SUMS = ("sum_touchpoints", "sum_journey", "sum_squares")
_HINT = "it is a level from 0 (worst) to 1 (best): 0.75 is 4 on a scale from 1 to 5"
_LAST_DIGITS = 1e-9
_ROUNDING = 1e-12  # share of a sum of squares that rounding may leave


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class JourneyGap:
    """How far does the journey as a whole fall short of its touchpoints?

    Each touchpoint may do well and the journey badly: what goes wrong between them, or
    never comes to an end, is nobody's touchpoint (S3.99). Both answers come from the
    same customers. Sums over parts of the customers add, ``sum()`` included.

    Parameters
    ----------
    scale, journey_scale : Scale
        The scales of the answers at touchpoints and about the journey.
    good : float
        From which level on an answer is good, 0 (worst) to 1 (best).
    counts : array_like of int
        Number of customers who answered both, shape (2, 2): not all of their answers at
        touchpoints are good, then all are; the answer about the journey is not good,
        then it is.
    sum_touchpoints, sum_journey : float
        Sums over these customers of the mean level of their answers at touchpoints, and
        of the level of their answer about the journey.
    sum_squares : float
        Sum of the squared differences of the two.
    only_touchpoints, only_journey, neither : int
        Number of customers who are left out because they answered at touchpoints only,
        about the journey only, or not at all.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If the shape is another, a count is negative, *good* lies outside 0 to 1, or a
        sum is not possible for so many customers.

    Notes
    -----
    Invariants: with n = `customers`, the sums lie between 0 and n; the square of the
    sum of differences is at most n times *sum_squares*.

    Examples
    --------
    >>> from cxmkit import JourneyLog, STARS_1_5
    >>> from cxmkit.wholeness import journey_gap
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8, 8, 9],
    ...     time=[0, 60, 0, 60, 0],
    ...     touchpoint=["shop", "hotline", "shop", "hotline", "shop"],
    ...     score=[5, 4, 4, 4, 3],
    ...     scale=STARS_1_5,
    ... )
    >>> gap = journey_gap(log, {7: 3, 8: 4, 9: 1})
    >>> gap
    JourneyGap +0.29 [-0.35, +0.94] of 3 customers: touchpoints 0.71, journey 0.42
    >>> print(gap)
    touchpoints   customers  journey good  not good  share not good
    all good              2             1         1          50.0 %
    not all good          1             0         1         100.0 %
    all                   3             1         2          66.7 %
    touchpoints 0.71, journey 0.42, gap +0.29 [-0.35, +0.94]
    """

    scale: Scale = attrs.field(validator=_checks.instance(Scale))
    journey_scale: Scale = attrs.field(validator=_checks.instance(Scale))
    good: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    counts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    sum_touchpoints: float = attrs.field(
        converter=_checks.as_float, validator=_checks.finite
    )
    sum_journey: float = attrs.field(
        converter=_checks.as_float, validator=_checks.finite
    )
    sum_squares: float = attrs.field(
        converter=_checks.as_float, validator=_checks.finite
    )
    only_touchpoints: int = attrs.field(default=0, validator=_states.count)
    only_journey: int = attrs.field(default=0, validator=_states.count)
    neither: int = attrs.field(default=0, validator=_states.count)

    def __attrs_post_init__(self) -> None:
        """Check that so many customers can have these sums."""
        _states.require_shape("counts", self.counts, (2, 2))
        most = self.customers * (1 + _LAST_DIGITS)  # sums of many are rounded
        for name in _SUMS:
            if not 0 <= getattr(self, name) <= most:
                rule = f"lie between 0 and the number of customers ({self.customers:,})"
                raise _checks.refuse(name, rule, getattr(self, name))
        difference = self.sum_touchpoints - self.sum_journey
        least = difference**2 / max(self.customers, 1)
        if self.sum_squares < least - most * _LAST_DIGITS:
            rule = f"be at least what the mean gap alone makes ({least:.6g})"
            raise _checks.refuse("sum_squares", rule, self.sum_squares)

    # The gap

    @property
    def customers(self) -> int:
        """Number of customers who answered both, and are compared."""
        return int(self.counts.sum())

    @property
    def touchpoint_level(self) -> float:
        """Mean over customers of their mean at touchpoints, 0 to 1; NaN without any."""
        return _mean(self.sum_touchpoints, self.customers)

    @property
    def journey_level(self) -> float:
        """Mean of the answers about the journey, 0 to 1 (best); NaN without any."""
        return _mean(self.sum_journey, self.customers)

    @property
    def gap(self) -> float:
        """By how much are touchpoints better than the journey, -1 to 1? NaN if unknown.

        Above 0 the journey is worse than its touchpoints.
        """
        return _mean(self.sum_touchpoints - self.sum_journey, self.customers)

    def interval(self, *, level: float = 0.95) -> tuple[float, float]:
        """How sure is the gap? Student's t interval of paired differences.

        Parameters
        ----------
        level : float, default: 0.95
            Confidence level, between 0 and 1.

        Returns
        -------
        low, high : float
            Ends of the interval of `gap`, cut at -1 and 1; NaN with fewer than two
            customers, or where all differ by the same.

        Raises
        ------
        InvalidValueError
            If *level* is not between 0 and 1.

        Notes
        -----
        Customers are taken as independent of each other; answers of one customer need
        not be, since each customer counts once. Where few customers make all of the
        gap, some hundred of them are needed: with a hundred, of whom one in twenty
        loses half the range, the interval misses the gap in one case of nine.
        """
        level = _checks.open_unit("level", level)
        n, gap = self.customers, self.gap
        if n < 2:
            return math.nan, math.nan
        deviations = self.sum_squares - n * gap**2
        if deviations <= _ROUNDING * self.sum_squares:
            return math.nan, math.nan
        t = float(_stats.student_quantile(level, np.array([n - 1.0]))[0])
        reach = t * math.sqrt(deviations / (n - 1) / n)
        return max(gap - reach, -1.0), min(gap + reach, 1.0)

    # Green and red

    @property
    def green(self) -> int:
        """Number of customers all of whose answers at touchpoints are good."""
        return int(self.counts[1].sum())

    @property
    def red(self) -> int:
        """Number of customers whose answer about the journey is not good."""
        return int(self.counts[:, 0].sum())

    @property
    def green_but_red(self) -> int:
        """Number of customers with good touchpoints only and no good journey.

        What no dashboard of touchpoints shows: green outside and red inside, the
        watermelon effect.
        """
        return int(self.counts[1, 0])

    @property
    def red_among_green(self) -> float:
        """Share of the `green` customers whose journey was not good, 0 to 1.

        NaN if there are none. How often do green touchpoints deceive?
        """
        return _mean(self.green_but_red, self.green)

    @property
    def green_among_red(self) -> float:
        """Share of the customers with no good journey who are `green`, 0 to 1.

        NaN if there are none. How many bad journeys would touchpoints never tell of?
        """
        return _mean(self.green_but_red, self.red)

    # Saying

    def __repr__(self) -> str:
        """Say the gap, its interval and the two levels, in one line."""
        customers = _draw.counted(self.customers, "customer")
        if not self.customers:
            return f"JourneyGap of {customers}"
        levels = f"touchpoints {self.touchpoint_level:.2f}, journey"
        levels = f"{levels} {self.journey_level:.2f}"
        return f"JourneyGap {self._gap_words} of {customers}: {levels}"

    @property
    def _gap_words(self) -> str:
        low, high = self.interval()
        ends = "" if math.isnan(low) else f" [{low:+z.2f}, {high:+z.2f}]"
        return f"{self.gap:+z.2f}{ends}"

    def summary(self) -> str:
        """Return a few sentences for a manager: how far apart, how sure, how often.

        Examples
        --------
        >>> from cxmkit import STARS_1_5
        >>> from cxmkit.wholeness import JourneyGap
        >>> gap = JourneyGap(
        ...     scale=STARS_1_5,
        ...     journey_scale=STARS_1_5,
        ...     good=0.75,
        ...     counts=[[10, 5], [30, 55]],
        ...     sum_touchpoints=85,
        ...     sum_journey=65,
        ...     sum_squares=6.25,
        ...     only_touchpoints=40,
        ... )
        >>> print(gap.summary())
        The journey as a whole is worse than its touchpoints: 0.65 against 0.85, from 0
        (worst) to 1 (best), for the same 100 customers (gap +0.20, 95 %: +0.17 to
        +0.23). Of 85 customers who found every touchpoint good, 30 (35.3 %) did not
        find the journey good. Left out: 40 who answered at touchpoints only.
        """
        left_out = self._left_out_words
        if not self.customers:
            return (
                f"Nobody answered both at touchpoints and about the journey.{left_out}"
            )
        return f"{self._levels_words}{self._green_words}{self._scales_words}{left_out}"

    @property
    def _levels_words(self) -> str:
        low, high = self.interval()
        than = "worse than" if self.gap > 0 else "better than"
        verdict, sure = f"is {than}", f"95 %: {low:+z.2f} to {high:+z.2f}"
        if math.isnan(low):
            alike = abs(self.gap) < _LAST_DIGITS
            verdict = f"came out {'no other than' if alike else than}"
            sure = "how sure is unknown: they are too few, or differ by the same"
        elif low <= 0 <= high:
            verdict = "is not for sure better or worse than"
        same = _draw.counted(self.customers, "customer")
        return (
            f"The journey as a whole {verdict} its touchpoints:"
            f" {self.journey_level:.2f} against {self.touchpoint_level:.2f}, from 0"
            f" (worst) to 1 (best), for the same {same} (gap {self.gap:+z.2f},"
            f" {sure})."
        )

    @property
    def _green_words(self) -> str:
        if not self.green:
            return " Nobody found every touchpoint good."
        share = _states.percent(self.red_among_green)
        return (
            f" Of {_draw.counted(self.green, 'customer')} who found every touchpoint"
            f" good, {self.green_but_red:,} ({share}) did not find the journey good."
        )

    @property
    def _scales_words(self) -> str:
        ours, theirs = self.scale.described, self.journey_scale.described
        if ours == theirs:
            return ""
        return (
            f" The answers are on different scales ({ours}; {theirs}): trust the gap"
            " less, even its direction."
        )

    @property
    def _left_out_words(self) -> str:
        words = (
            "who answered at touchpoints only",
            "who answered about the journey only",
            "who did not answer",
        )
        numbers = (getattr(self, name) for name in _COUNTS)
        pairs = zip(numbers, words, strict=True)
        parts = [f"{number:,} {which}" for number, which in pairs if number]
        return f" Left out: {', '.join(parts)}." if parts else ""

    # Adding and copying

    def __add__(self, other: object) -> "JourneyGap":
        """Add the sums of other customers."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, JourneyGap):
            return NotImplemented
        for name in ("scale", "journey_scale"):
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours != theirs:
                raise ScaleMismatchError(
                    f"other must have {name} {ours!r}; got {theirs!r}",
                    argument="other",
                    value=theirs,
                )
        _states.require_same(self, other, ("good",))
        names = ("counts", *_SUMS, *_COUNTS)
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return attrs.evolve(self, **sums)

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare scales, what is good, counts and sums."""
        if not isinstance(other, JourneyGap):
            return NotImplemented
        names = ("scale", "journey_scale", "good", *_SUMS, *_COUNTS)
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, ("counts",))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict; the interval has 95 %.

        Records of several segments, one after the other, make a dataframe.

        Examples
        --------
        >>> from cxmkit import JourneyLog, STARS_1_5
        >>> from cxmkit.wholeness import journey_gap
        >>> log = JourneyLog.from_columns(
        ...     customer=[7], time=[0], touchpoint=["shop"], score=[5], scale=STARS_1_5
        ... )
        >>> journey_gap(log, {7: 3}).to_records()[0]["gap"]
        0.5
        """
        low, high = self.interval()
        ends = {"low": low, "high": high}
        return [{n: ends[n] if n in ends else getattr(self, n) for n in _RECORD}]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(_RECORD, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: scales, what is good, counts and sums."""
        scales = {n: attrs.asdict(getattr(self, n)) for n in ("scale", "journey_scale")}
        return _states.plain(self) | scales

    def __str__(self) -> str:
        return "\n".join([_draw.text_table(self._table()), *filter(None, [self._note])])

    def _repr_html_(self) -> str:
        """Show the customers as a table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self), note=self._note)

    @property
    def _note(self) -> str:
        if not self.customers:
            return ""
        levels = f"{self.touchpoint_level:.2f}, journey {self.journey_level:.2f}"
        return f"touchpoints {levels}, gap {self._gap_words}"

    def _table(self) -> dict[str, list[str]]:
        """Return who found what good, as texts."""
        rows = [self.counts[1], self.counts[0], self.counts.sum(axis=0)]
        return {
            "touchpoints": ["all good", "not all good", "all"],
            "customers": [f"{row.sum():,}" for row in rows],
            "journey good": [f"{row[1]:,}" for row in rows],
            "not good": [f"{row[0]:,}" for row in rows],
            "share not good": [
                _states.percent(_mean(row[0], row.sum())) for row in rows
            ],
        }


_RECORD = (
    "customers",
    "touchpoint_level",
    "journey_level",
    "gap",
    "low",
    "high",
    "green",
    "red",
    "green_but_red",
    "red_among_green",
    "green_among_red",
    *_COUNTS,
)


def _mean(total: float, n: int) -> float:
    """Divide by a number of customers; NaN if there are none."""
    return float(total / n) if n else math.nan


def journey_gap(
    log: JourneyLog, journey: Any, *, scale: Scale | None = None, good: float = 0.75
) -> JourneyGap:
    r"""Are the touchpoints green and the journey red?

    Compares how customers rate their touchpoints with how the same customers rate the
    journey as a whole. Green touchpoints say little about the journey (S3.99).

    Parameters
    ----------
    log : JourneyLog
        With answers at touchpoints.
    journey : mapping or column
        Answers about the journey as a whole, one per customer: a mapping of customer id
        to answer, or a column in the order of ``log.customers``. Missing, or no entry:
        did not answer. Customers whom the log lacks have no journey in it and do not
        count.
    scale : Scale, optional
        The scale of *journey*; that of the log by default.
    good : float, default: 0.75
        From which level on an answer is good, 0 (worst) to 1 (best), on both scales.
        0.75 is 4 from 1 to 5, 6 from 1 to 7, and 8 from 0 to 10.

    Returns
    -------
    JourneyGap
        The gap with its interval, and how often touchpoints were good and the journey
        not; sums over other customers add. Nothing but NaN if nobody answered both.

    Raises
    ------
    InvalidTypeError
        If *log* is no log, *scale* no scale, *good* no number, or an answer none.
    InvalidValueError
        If the log has no answers, an answer about the journey is off its scale, a
        column has not one value per customer, ids of the mapping are of other types
        than those of the log, or *good* lies outside 0 to 1.
    MissingValueError
        If an id in the mapping is missing.

    Notes
    -----
    For customer i, with levels from 0 (worst) to 1 (best), :math:`t_i` is the mean of
    all answers at touchpoints and :math:`j_i` the answer about the journey. The gap is
    the mean of :math:`d_i = t_i - j_i`, and its interval :math:`\bar d \mp t_{n-1} s_d
    / \sqrt n`, that of paired differences. Each customer counts once, with however many
    answers. Touchpoints are green if all answers of the customer there are good.

    Those who answer both may differ from all others, and a gap between different
    scales or wordings need not lie in the journey. Neither says why: see where it gets
    stuck between touchpoints with `friction` and `dwell`.

    Where a customer has several journeys, `JourneyLog.split` cuts them: their ids are
    then pairs (id, number), in the mapping, too. A column of a dataframe goes by
    position whatever its index says; ``series.to_dict()`` makes a mapping of it.

    References
    ----------
    Rawson, A., Duncan, E., & Jones, C. (2013). The truth about customer experience.
    Harvard Business Review, 91(9), 90-98.

    Examples
    --------
    >>> from cxmkit import JourneyLog, STARS_1_5
    >>> from cxmkit.wholeness import journey_gap
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8, 8],
    ...     time=[0, 60, 0, 60],
    ...     touchpoint=["shop", "hotline", "shop", "hotline"],
    ...     score=[5, 4, 4, 4],
    ...     scale=STARS_1_5,
    ... )
    >>> gap = journey_gap(log, {7: 2, 8: 4, 9: 5})
    >>> gap.touchpoint_level, gap.journey_level, gap.gap
    (0.8125, 0.5, 0.3125)
    >>> gap.red_among_green, gap.only_journey
    (0.5, 0)

    The same, told in the order of the customers of the log:

    >>> journey_gap(log, [2, 4]).gap
    0.3125
    """
    _checks.require_instance("log", log, JourneyLog)
    score, own = answers_of(log)
    scale = own if scale is None else scale
    _checks.require_instance("scale", scale, Scale)
    good = _checks.as_level("good", good, hint=_HINT)
    answers = _journey_answers(log, journey, scale)
    at_touchpoints, of_journey = _Levels.of(own, good), _Levels.of(scale, good)
    who, counts, sums = np.zeros(4, np.int64), np.zeros(4, np.int64), np.zeros(3)
    for block in _events.blocks(log.offsets):
        touchpoints, all_good = at_touchpoints.by_customer(score[block.rows], block)
        levels, is_good = of_journey.of_each(answers[block.customers])
        told = ~np.isnan(touchpoints) * 2 + ~np.isnan(levels)
        who += np.bincount(told, minlength=4)
        both = told == 3
        counts += np.bincount(all_good[both] * 2 + is_good[both], minlength=4)
        ours, theirs = touchpoints[both], levels[both]
        sums += ours.sum(), theirs.sum(), ((ours - theirs) ** 2).sum()
    neither, only_journey, only_touchpoints, _ = who.tolist()
    return JourneyGap(
        scale=own,
        journey_scale=scale,
        good=good,
        counts=counts.reshape(2, 2),
        **dict(zip(_SUMS, sums.tolist(), strict=True)),
        only_touchpoints=only_touchpoints,
        only_journey=only_journey,
        neither=neither,
    )


@attrs.frozen(eq=False)
class _Levels:
    """How far each point of a scale lies above the worst, and whether it is good.

    Both end with what is no answer: 0, which adds nothing, and good, which spoils
    nothing.
    """

    scale: Scale
    steps: npt.NDArray[np.intp]
    good: BoolArray

    @classmethod
    def of(cls, scale: Scale, good: float) -> "_Levels":
        steps = np.arange(scale.size)
        steps = steps if scale.higher_is_better else steps[::-1]
        enough = steps / (scale.size - 1) >= good - _LAST_DIGITS
        return cls(scale, np.append(steps, 0), np.append(enough, True))

    def by_customer(
        self, answers: FloatArray, block: _events.Block
    ) -> tuple[FloatArray, BoolArray]:
        """Return mean level of each customer, NaN if unknown, and whether all is good.

        Whole steps are added, so that means that are alike are so to the last bit.
        """
        codes, starts = codes_of(answers, self.scale), block.offsets[:-1]
        n = np.add.reduceat(codes < self.scale.size, starts, dtype=np.int64)
        total = np.add.reduceat(self.steps[codes], starts)
        all_good = np.logical_and.reduceat(self.good[codes], starts)
        return _states.ratios(total, n * (self.scale.size - 1)), all_good

    def of_each(self, answers: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return the level of each answer, NaN for none, and whether it is good."""
        codes = codes_of(answers, self.scale)
        most = (codes < self.scale.size) * (self.scale.size - 1)
        return _states.ratios(self.steps[codes], most), self.good[codes]


# The answers about the journey


def _journey_answers(log: JourneyLog, journey: Any, scale: Scale) -> FloatArray:
    """Return the answer of each customer of the log; NaN where there is none."""
    if isinstance(journey, Mapping):
        return _from_mapping(log, journey, scale)
    data, _ = _checks.as_array(journey, "journey")
    if data.ndim != 1:
        rule = "be a mapping of id to answer, or a column with one answer per customer"
        raise _checks.refuse("journey", rule, journey, error=InvalidTypeError)
    if data.size != log.n_customers:
        rule = f"have one answer per customer ({log.n_customers})"
        hint = "log.customers says their order; a mapping {id: answer} needs none"
        raise _checks.refuse("journey", rule, data.size, hint=hint)
    return _points(journey, data.size, scale)


def _from_mapping(
    log: JourneyLog, journey: Mapping[Any, Any], scale: Scale
) -> FloatArray:
    ids = [*journey]
    answers = _points([*journey.values()], len(ids), scale, ids)
    place = {each: place for place, each in enumerate(log.customers.tolist())}
    places = np.array([place.get(each, -1) for each in ids], np.intp)
    known = places >= 0
    for index in np.flatnonzero(~known).tolist():
        if _checks.is_missing(ids[index]):
            rule, hint = "have ids as keys", "leave out answers of nobody"
            raise _checks.refuse(
                "journey", rule, ids[index], hint=hint, error=MissingValueError
            )
    if place and ids and not known.any():
        _columns.require_like("journey", ids, place, shown=ids[0])
    in_order = np.full(log.n_customers, np.nan)
    in_order[places[known]] = answers[known]
    return in_order


def _points(
    values: Any, length: int, scale: Scale, ids: Sequence[Label] | None = None
) -> FloatArray:
    """Return answers as points of their scale, NaN where there is none."""
    try:
        return _columns.scores(values, "journey", scale=scale, length=length)
    except CxmError as error:
        if not isinstance(error.index, int):  # as objects each is judged for itself
            return _points(objects(values), length, scale, ids)
        raise _reworded(error, error.index, ids) from None


def _reworded(error: CxmError, index: int, ids: Sequence[Label] | None) -> CxmError:
    """Name an answer by the id that it came with, and say the way out."""
    message, argument, place = str(error), "journey", None if ids else index
    if ids:
        argument = f"journey[{_checks.show(ids[index])}]"
        message = message.replace(f"journey[{index}]", argument, 1)
    if not isinstance(error, InvalidTypeError):
        message = f"{message}; pass the scale of these answers: scale=..."
    return type(error)(message, argument=argument, index=place, value=error.value)
