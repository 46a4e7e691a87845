"""How many come through? Steps one after the other, within a window of time."""

from collections.abc import Sequence
from typing import Any, Literal

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import (
    _checks,
    _columns,
    _draw,
    _draw_paths,
    _events,
    _intervals,
    _states,
)
from cxmkit._axes import Label
from cxmkit._checks import FloatArray, IntArray
from cxmkit._columns import TimeUnit
from cxmkit.errors import InvalidTypeError
from cxmkit.journeylog import JourneyLog, touchpoint_codes

__all__ = ["FunnelCounts", "funnel"]

Order = Literal["ordered", "strict", "any"]
Ties = Literal["allow", "strict"]
Start = Literal["any", "first"]

_CHOICES = ("steps", "order", "ties", "start", "window", "time_unit", "observed_until")


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class FunnelCounts:
    """How many customers came through each step, and by which rules was it counted?

    Funnels of other customers add, ``sum()`` included, if they were counted by the same
    rules. In a notebook it is drawn.

    Parameters
    ----------
    steps : series of labels
        Touchpoints of the steps, in order.
    counts : array_like of int
        How many customers came to each step, the steps before it included.
    customers : int
        Number of customers looked at.
    order, ties, start : str
        The rules, as in `funnel`.
    window : int, optional
        Longest time from the first step, in *time_unit*; None for no limit.
    time_unit : str, default: "s"
        Unit of *window* and *observed_until*.
    observed_until : int, optional
        Starts whose window ends after this instant were left out; None if none were.
    left_out : int, default: 0
        Number of customers who began, but all too late to be judged.

    Raises
    ------
    InvalidValueError
        If there are no steps, or not one count per step, a step has more customers than
        the one before it, or there is *observed_until* without a *window*.

    Notes
    -----
    Invariant: counts do not rise from step to step, and the first is no larger than
    *customers* less *left_out*.

    Examples
    --------
    >>> from cxmkit import JourneyLog, funnel
    >>> log, _ = JourneyLog.from_paths(
    ...     [["ad", "site", "shop"], ["ad", "site"], ["ad"]], conversions=[2, 3, 5]
    ... )
    >>> steps = funnel(log, ["ad", "site", "shop"])
    >>> steps
    FunnelCounts ad 10 > site 5 > shop 2, of 10 customers
    >>> steps.rates
    array([1. , 0.5, 0.2])
    """

    steps: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.repeatable_labels
    )
    counts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    customers: int = attrs.field(validator=_states.count)
    order: Order = "ordered"
    ties: Ties = "allow"
    start: Start = "any"
    window: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(_states.count)
    )
    time_unit: TimeUnit = "s"
    observed_until: int | None = None
    left_out: int = attrs.field(default=0, validator=_states.count)

    def __attrs_post_init__(self) -> None:
        """Check that nobody comes to a step without those before it."""
        _require_rules(self.order, self.ties, self.start)
        _checks.choice("time_unit", self.time_unit, tuple(_columns.UNITS))
        if self.observed_until is not None:
            _checks.as_whole("observed_until", self.observed_until)
            _require_window(self.observed_until, self.window)
        if not self.steps:
            raise _checks.refuse("steps", "hold at least one touchpoint", self.steps)
        _states.require_shape("counts", self.counts, (len(self.steps),))
        if self.left_out and self.observed_until is None:
            rule = "be 0 without observed_until"
            raise _checks.refuse("left_out", rule, self.left_out)
        judged = self.customers - self.left_out
        if judged < 0:
            rule = f"be no larger than customers ({self.customers})"
            raise _checks.refuse("left_out", rule, self.left_out)
        good = self.counts <= np.append(judged, self.counts[:-1])
        rule = "be no larger than the one before it"
        _checks.require("counts", self.counts, good, rule)

    @property
    def rates(self) -> FloatArray:
        """Share of those who began that came to each step, 0 to 1; NaN for none."""
        return self._shares(self.counts[:1])

    @property
    def step_rates(self) -> FloatArray:
        """Share of those at the step before that came to each step, 0 to 1.

        For the first step of all customers but those who began too late to be judged;
        NaN where nobody was left.
        """
        judged = self.customers - self.left_out
        return self._shares(np.append(judged, self.counts[:-1]))

    def _shares(self, whole: npt.NDArray[Any]) -> FloatArray:
        return _states.ratios(self.counts, whole)

    def interval(self, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """How sure are the rates? Wilson intervals of each, 0 to 1.

        Parameters
        ----------
        level : float, default: 0.95
            Confidence level, between 0 and 1.

        Returns
        -------
        low, high : ndarray of float
            Ends of the interval of each of `rates`; NaN if nobody began. That of the
            first step is 1 by definition, without any doubt.

        Raises
        ------
        InvalidValueError
            If *level* is not between 0 and 1.

        References
        ----------
        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
        inference. Journal of the American Statistical Association, 22(158), 209-212.

        Examples
        --------
        >>> from cxmkit import JourneyLog, funnel
        >>> log, _ = JourneyLog.from_paths([["ad", "shop"], ["ad"]], conversions=[2, 8])
        >>> low, high = funnel(log, ["ad", "shop"]).interval()
        >>> low.round(3), high.round(3)
        (array([1.   , 0.057]), array([1.  , 0.51]))
        """
        level = _checks.open_unit("level", level)
        began = np.full(len(self.steps), float(self.counts[0]))
        with np.errstate(invalid="ignore"):
            low, high = _intervals.wilson(self.rates, began, level)
        low[0] = high[0] = self.rates[0]
        return low, high

    @property
    def _names(self) -> list[str]:
        """What is counted at each step: who came there, or to so many of them."""
        if self.order == "any":
            return [f"any {k + 1}" for k in range(len(self.steps))]
        return [str(step) for step in self.steps]

    def __repr__(self) -> str:
        """Say steps and counts in one line."""
        pairs = zip(self._names, self.counts, strict=True)
        steps = " > ".join(f"{step} {count:,}" for step, count in pairs)
        who = _draw.counted(self.customers, "customer")
        within = f", within {self._window}" if self.window is not None else ""
        return f"FunnelCounts {steps}, of {who}{within}"

    @property
    def _window(self) -> str:
        return _columns.spell_exactly(self.window or 0, self.time_unit)

    def summary(self) -> str:
        """Return one sentence for a manager: who comes through, and who is lost."""
        began, through = int(self.counts[0]), int(self.counts[-1])
        late = f"; {self.left_out:,} began too late to be judged" * bool(self.left_out)
        if not began:
            who = _draw.counted(self.customers, "customer")
            return f"Nobody of {who} began{' in time' if late else ''}{late}."
        low, high = self.interval()
        ends = f"[{100 * low[-1]:.1f}, {100 * high[-1]:.1f}]"
        rate = f"{_states.percent(through / began)}, 95 % interval {ends}"
        who = f"{through:,} of {began:,} who began came through ({rate}){late}"
        lost = self.counts[:-1] - self.counts[1:]
        if not lost.size or not lost.max():
            return f"{who}; nobody was lost."
        worst = int(lost.argmax())
        place = f"between {self._names[worst]} and {self._names[worst + 1]}"
        return f"{who}; most were lost {place} ({int(lost[worst]):,})."

    def __add__(self, other: object) -> "FunnelCounts":
        """Add the counts of other customers, counted by the same rules."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, FunnelCounts):
            return NotImplemented
        _states.require_same(self, other, _CHOICES)
        return attrs.evolve(
            self,
            counts=self.counts + other.counts,
            customers=self.customers + other.customers,
            left_out=self.left_out + other.left_out,
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare counts and rules."""
        if not isinstance(other, FunnelCounts):
            return NotImplemented
        names = (*_CHOICES, "customers", "left_out")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, ("counts",))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per step: its number, n, rates and interval.

        With ``order="any"`` a step is no touchpoint but a number of them.

        Examples
        --------
        >>> from cxmkit import JourneyLog, funnel
        >>> log, _ = JourneyLog.from_paths([["ad", "shop"], ["ad"]], conversions=[2, 8])
        >>> funnel(log, ["ad", "shop"]).to_records()[1]["rate"]
        0.2
        """
        low, high = self.interval()
        columns = (self.counts, self.rates, low, high, self.step_rates)
        names = ("n", "rate", "low", "high", "step_rate")
        return [
            {"step": place + 1, "touchpoint": None if self.order == "any" else step}
            | dict(
                zip(names, (column[place].item() for column in columns), strict=True)
            )
            for place, step in enumerate(self.steps)
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        names = ("step", "touchpoint", "n", "rate", "low", "high", "step_rate")
        return _states.columns(names, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: steps, counts and rules."""
        return _states.plain(self)

    def __str__(self) -> str:
        low, high = self.interval()
        rows = zip(self.rates, low, high, self.step_rates, strict=True)
        words = [[_states.percent(share) for share in row] for row in rows]
        ends = [f"[{row[1]}, {row[2]}]" if row[1] else "" for row in words[1:]]
        table = _draw.text_table(
            {
                "step": self._names,
                "n": [f"{count:,}" for count in self.counts],
                "of the first": [row[0] for row in words],
                "95 %": ["", *ends],
                "of the step before": ["", *(row[3] for row in words[1:])],
            }
        )
        return f"{table}\n{self._rules}"

    def to_svg(self) -> str:
        """Draw a bar per step, with its share of those who began and how sure it is.

        Examples
        --------
        >>> from cxmkit import JourneyLog, funnel
        >>> log, _ = JourneyLog.from_paths([["ad", "shop"]], conversions=[2])
        >>> funnel(log, ["ad", "shop"]).to_svg()[:4]
        '<svg'
        """
        low, high = self.interval()
        who = _draw.counted(self.customers, "customer")
        return _draw_paths.funnel(
            self._names,
            self.counts.tolist(),
            self.rates.tolist(),
            low.tolist(),
            high.tolist(),
            title=f"How many of {who} come through",
            notes=[self._rules],
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    @property
    def _rules(self) -> str:
        """The rules in words."""
        words = {
            "ordered": "in this order, others between",
            "strict": "in this order, nothing between",
            "any": "so many of the steps, in any order",
        }
        parts = [words[self.order]]
        if self.window is not None:
            parts.append(f"within {self._window}")
        if self.start == "first":
            parts.append("from the first start only")
        if self.ties == "strict":
            parts.append("each later than the one before")
        if self.left_out:
            late = _draw.counted(self.left_out, "customer")
            parts.append(f"left out: {late} who began too late")
        return "; ".join(parts)


def funnel(
    log: JourneyLog,
    steps: Sequence[Label],
    *,
    window: Any = None,
    order: Order = "ordered",
    ties: Ties = "allow",
    start: Start = "any",
    observed_until: Any = None,
) -> FunnelCounts:
    """How many customers come through these steps, and where are they lost?

    Exact: every event of the first step may begin a way through, not only the first one
    of a customer, so that nobody is lost who began too early once and in time later.

    Parameters
    ----------
    log : JourneyLog
        What happened.
    steps : series of labels
        Touchpoints in the order wanted. One that is there twice needs two events.
    window : timedelta or number, optional
        How much time there is from the first step to any other, ends included; a number
        is in the unit of the log, parts of which are cut off. No limit by default.
    order : {"ordered", "strict", "any"}, default: "ordered"
        "ordered": in this order, with anything in between. "strict": in this order,
        each the customer's very next event. "any": the steps in whatever order; the
        first of them to happen begins, the window runs from there, and the count of
        step k says how many met at least k of the steps in one window.
    ties : {"allow", "strict"}, default: "allow"
        Whether a step may happen at the same time as the one before it. With "allow"
        equal times count in the order in which rows came in, so the answer depends on
        it; "strict" asks for a later time. With ``order="any"`` only "allow" makes
        sense.
    start : {"any", "first"}, default: "any"
        Whether each event of the first step may begin, or only the customer's first
        (with ``order="any"``: the first event at one of the steps).
    observed_until : datetime or number, optional
        Until when events are known. Starts whose window ends later are left out,
        whatever came of them; needs a *window*. Customers without any other start
        are counted in ``left_out`` instead.

    Returns
    -------
    FunnelCounts
        Counts of customers, with the rules; they add for other customers.

    Raises
    ------
    InvalidTypeError
        If *steps* is a text, or *window* or *observed_until* is of another kind.
    InvalidValueError
        If there are no steps, one is no touchpoint of the log, *window* is negative, an
        option is unknown, or options do not go together.

    Notes
    -----
    An event of step k carries the latest start from which it can be reached: that of
    the last event of step k - 1 before it. It counts if its time less that start is
    within the window. The latest predecessor has the latest start, so nobody who can
    come through in time is missed.

    Examples
    --------
    The first visit was too early, the second in time:

    >>> from cxmkit import JourneyLog, funnel
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7], time=[0, 50, 55], touchpoint=["ad", "ad", "shop"]
    ... )
    >>> funnel(log, ["ad", "shop"], window=10).counts
    array([1, 1])
    >>> funnel(log, ["ad", "shop"], window=10, start="first").counts
    array([1, 0])
    """
    _checks.require_instance("log", log, JourneyLog)
    _require_rules(order, ties, start)
    codes = _step_codes(log, steps)
    span = None
    if window is not None:
        span = _columns.duration(window, "window", log.time_unit)
    until = None
    if observed_until is not None:
        until = _columns.instant(observed_until, "observed_until", log.time_unit)
        _require_window(observed_until, span)
    latest = None if until is None or span is None else until - span
    rules = _Rules(order=order, ties=ties, start=start, span=span, latest=latest)
    reach = _reach_any if order == "any" else _reach
    counts, left_out = np.zeros(codes.size, np.int64), 0
    for block in _events.blocks(log.offsets):
        events = _Events(
            touchpoint=log.touchpoint[block.rows],
            time=log.time[block.rows],
            block=block,
        )
        reached, unripe = reach(events, codes, rules)
        counts, left_out = counts + reached, left_out + unripe
    return FunnelCounts(
        steps=tuple(log.touchpoints[code] for code in codes),
        counts=counts,
        customers=log.n_customers,
        order=order,
        ties=ties,
        start=start,
        window=span,
        time_unit=log.time_unit,
        observed_until=until,
        left_out=left_out,
    )


@attrs.frozen(kw_only=True)
class _Rules:
    """How to count; *latest* is the last instant at which a way may begin."""

    order: Order
    ties: Ties
    start: Start
    span: int | None
    latest: int | None


@attrs.frozen(kw_only=True)
class _Events:
    """The events of a block of customers."""

    touchpoint: npt.NDArray[Any]
    time: IntArray
    block: _events.Block

    def rows(self, code: int) -> IntArray:
        """Return the rows at a touchpoint."""
        return np.flatnonzero(self.touchpoint == code)

    def owners(self, rows: IntArray) -> IntArray:
        """Return the customer of each row, counted within the block."""
        return np.searchsorted(self.block.offsets, rows, "right") - 1

    def ties_begin(self, rows: IntArray) -> IntArray:
        """Return the first row of the same customer and time, for each row."""
        differs = ~self.block.follows
        differs[1:] |= self.time[1:] != self.time[:-1]
        begins = np.flatnonzero(differs)
        return begins[np.searchsorted(begins, rows, "right") - 1]


def _reach(events: _Events, codes: IntArray, rules: _Rules) -> tuple[IntArray, int]:
    """Count the customers of a block who come to each step, in order.

    Return how many began too late to be judged, too.
    """
    rows = events.rows(codes[0])
    if rules.start == "first":
        rows = rows[_events.changes(events.owners(rows))]
    everybody = _distinct(events.owners(rows))
    if rules.latest is not None:
        rows = rows[events.time[rows] <= rules.latest]
    began = events.time[rows]  # the latest start of each event
    counts = [_distinct(events.owners(rows))]
    for code in codes[1:]:
        here = events.rows(code)
        before = _predecessors(events, here, rows, rules)
        reached = before >= 0
        rows, began = here[reached], began[before[reached]]
        inside = rows
        if rules.span is not None:
            inside = rows[events.time[rows] - began <= rules.span]
        counts.append(_distinct(events.owners(inside)))
    return np.array(counts, np.int64), everybody - counts[0]


def _predecessors(
    events: _Events, here: IntArray, rows: IntArray, rules: _Rules
) -> IntArray:
    """Return which of *rows* is the last before each event, -1 if none is."""
    limit = events.ties_begin(here) if rules.ties == "strict" else here
    before = np.searchsorted(rows, limit) - 1
    found = before >= 0
    owners = events.owners(rows)
    found[found] = owners[before[found]] == events.owners(here[found])
    if rules.order == "strict":
        found[found] = rows[before[found]] == here[found] - 1
    return np.where(found, before, -1)


def _reach_any(events: _Events, codes: IntArray, rules: _Rules) -> tuple[IntArray, int]:
    """Count the customers of a block who meet so many of the steps, in any order.

    Return how many began too late to be judged, too.
    """
    wanted, times = np.unique(codes, return_counts=True)
    begins = np.flatnonzero(np.isin(events.touchpoint, wanted))
    owners = events.owners(begins)
    if rules.start == "first":
        first = _events.changes(owners)
        begins, owners = begins[first], owners[first]
    everybody = _distinct(owners)
    if rules.latest is not None:
        mature = events.time[begins] <= rules.latest
        begins, owners = begins[mature], owners[mature]
    met = np.zeros(begins.size, np.int64)
    ends = events.block.offsets[owners + 1]
    for code, often in zip(wanted, times, strict=True):
        rows = np.append(events.rows(code), events.time.size)
        place = np.searchsorted(rows, begins)
        for ahead in range(int(often)):
            then = rows[np.minimum(place + ahead, rows.size - 1)]
            inside = then < ends
            if rules.span is not None:
                waited = events.time[then[inside]] - events.time[begins[inside]]
                inside[inside] = waited <= rules.span
            met += inside
    most = np.zeros(events.block.offsets.size - 1, np.int64)
    np.maximum.at(most, owners, met)
    counts = np.array([(most >= k).sum() for k in range(1, codes.size + 1)], np.int64)
    return counts, everybody - int(counts[0])


def _distinct(owners: IntArray) -> int:
    return _events.changes(owners).size


def _step_codes(log: JourneyLog, steps: Any) -> IntArray:
    """Return the codes of the steps, or refuse the first that is no touchpoint."""
    wanted = _checks.as_tuple(steps) if getattr(steps, "ndim", 1) == 1 else None
    if not isinstance(wanted, tuple):
        rule, hint = "be a series of touchpoints", 'for example ["ad", "shop"]'
        raise _checks.refuse("steps", rule, steps, hint=hint, error=InvalidTypeError)
    if not wanted:
        raise _checks.refuse("steps", "hold at least one touchpoint", wanted)
    return np.array(touchpoint_codes(log, wanted, "steps"), np.int64)


def _require_rules(order: str, ties: str, start: str) -> None:
    _checks.choice("order", order, ("ordered", "strict", "any"))
    _checks.choice("ties", ties, ("allow", "strict"))
    _checks.choice("start", start, ("any", "first"))
    if order == "any" and ties == "strict":
        rule = 'be "allow" with order="any"'
        hint = "where order does not matter, neither do ties"
        raise _checks.refuse("ties", rule, ties, hint=hint)


def _require_window(until: object, window: int | None) -> None:
    if window is None:
        rule, hint = "come with a window", "without one every start may still succeed"
        raise _checks.refuse("observed_until", rule, until, hint=hint)
