"""Who was a customer when, and what does a CRM never see?"""

from datetime import UTC, datetime
from numbers import Number
from typing import Any, cast

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns, _draw, _events, _states
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit._columns import UNITS, TimeUnit
from cxmkit.customer import Standing
from cxmkit.journeylog import JourneyLog

__all__ = ["OneSidedCounts", "one_sided", "standing"]

Places = npt.NDArray[np.intp]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STANDINGS = tuple(standing.value for standing in Standing)


# Columns of episodes


@attrs.frozen(eq=False)
class _Times:
    """A column of instants: whole numbers of a unit, and as they came."""

    whole: IntArray
    unit: TimeUnit
    given: npt.NDArray[Any]
    wanted: BoolArray

    def in_unit(self, unit: TimeUnit, *, up: bool = False) -> IntArray:
        """Return whole numbers of another unit, those between two as one of these.

        What no log can hold in a finer unit lies just before or after all that it can.
        """
        own, wanted = UNITS[self.unit], UNITS[unit]
        if own <= wanted:
            factor = wanted // own
            return np.asarray(-(-self.whole // factor) if up else self.whole // factor)
        factor = own // wanted
        beyond = _columns.FARTHEST // factor + 1
        return np.asarray(self.whole.clip(-beyond, beyond) * factor)

    def shown(self, index: int) -> object:
        """Return one of them as a reader knows it."""
        value = self.given[index]
        return str(value) if self.given.dtype.kind == "M" else value


def _times(
    values: Any,
    argument: str,
    log: JourneyLog,
    known: BoolArray,
    *,
    optional: bool = False,
) -> _Times:
    """Read the instants of known customers, if there.

    Others stand as anything that can be read; missing ones are refused unless they are
    optional.
    """
    given, mask = _columns.column(values, argument)
    _columns.require_length(argument, given.size, known.size)
    there = _there(given, mask)
    if not optional and not there.all():
        index, hint = int(np.argmin(there)), "leave these rows out"
        raise _checks.refuse_missing(argument, index=index, hint=hint)
    wanted = there & known
    if not wanted.any():
        nothing = np.zeros(known.size, np.int64)
        return _Times(nothing, log.time_unit, given, wanted)
    # Rows keep their places, so that an error names the right one.
    read = given.copy()
    read[~wanted] = _readable(given, given[int(np.argmax(wanted))])
    whole, unit = _instants(read, argument, log.time_unit)
    return _Times(whole, unit, given, wanted)


def _readable(given: npt.NDArray[Any], like: Any) -> Any:
    """Return what is read as a value of a column is, and never refused."""
    if given.dtype.kind == "O":
        return 0 if isinstance(like, Number) else _EPOCH
    return np.zeros(1, given.dtype)[0] if given.dtype.kind in "Miuf" else like


def _instants(
    given: npt.NDArray[Any], argument: str, unit: TimeUnit
) -> tuple[IntArray, TimeUnit]:
    """Return dates as whole numbers of their own unit, numbers in that of the log."""
    if given.dtype.kind != "M":
        dated = isinstance(given[0], datetime)
        return _columns.instants(given, argument, unit=None if dated else unit)
    own, count = np.datetime_data(given.dtype)
    if own not in UNITS or count != 1:  # months, weeks, spans of 10 ms, picoseconds
        return _columns.instants(given, argument, unit=None)
    # Also what lies farther away than the times of a log may.
    plain = given.astype(f"datetime64[{own}]", copy=False)  # in our byte order
    return plain.view(np.int64), cast("TimeUnit", own)


def _there(given: npt.NDArray[Any], mask: BoolArray | None) -> BoolArray:
    """Return where a column holds a value."""
    if given.dtype.kind == "O":
        missing = np.array([_checks.is_missing(value) for value in given], np.bool_)
    else:
        missing = given != given  # noqa: PLR0124  NaN and NaT differ from themselves
    return ~missing if mask is None else ~(missing | mask)


def _require_spans(start: _Times, end: _Times) -> None:
    """Refuse an episode that ends before or when it starts."""
    # Exact, since one of them is in whole numbers of the coarser unit.
    unit = start.unit if UNITS[start.unit] >= UNITS[end.unit] else end.unit
    good = ~end.wanted | (start.in_unit(unit) < end.in_unit(unit, up=True))
    if not good.all():
        index = int(np.argmin(good))
        rule = f"lie after start ({_checks.show(start.shown(index))})"
        hint = "an episode lasts until just before its end"
        raise _checks.refuse("end", rule, end.shown(index), index=index, hint=hint)


def _customer_places(log: JourneyLog, customer: Any) -> Places:
    """Return the place of each row's customer in the log, -1 for those it lacks."""
    keys, ids = _columns.customers(customer, "customer")
    ours = log.customers.dtype
    plain = ids is None and ours.kind in "iu" and np.can_cast(keys.dtype, ours)
    if plain and keys.size and log.n_customers:
        return _looked_up(keys, log.customers)
    if ids is None:
        ids, keys = _distinct(keys)
    place = {each: place for place, each in enumerate(log.customers.tolist())}
    table = np.array([place.get(each, -1) for each in ids], np.intp)
    places = np.asarray(table[keys])
    if place and places.size and places.max() < 0:
        first = ids[int(keys[0])]
        _columns.require_like("customer", ids, place, shown=first, index=0)
    return places


def _looked_up(keys: npt.NDArray[Any], customers: npt.NDArray[Any]) -> Places:
    """Return the place of each number, -1 for those that are not there."""
    order = _events.stable_order(customers)
    ascending = customers[order]
    rows = _events.stable_order(keys)  # neighbours are found close to each other
    wanted = keys[rows].astype(customers.dtype)
    near = np.searchsorted(ascending, wanted).clip(max=order.size - 1)
    places = np.empty(keys.size, np.intp)
    places[rows] = np.where(ascending[near] == wanted, order[near], -1)
    return places


def _distinct(keys: npt.NDArray[Any]) -> tuple[list[int], npt.NDArray[Any]]:
    distinct, inverse = np.unique(keys, return_inverse=True)
    return distinct.tolist(), inverse


# Where in the log


def _happenings(
    log: JourneyLog, places: Places, times: _Times, *, up: bool = False
) -> IntArray:
    """Return, in ascending order, the first event at or after each of some instants."""
    at = times.in_unit(log.time_unit, up=up)[times.wanted]
    return _first_rows(log, places[times.wanted], at)


def _first_rows(log: JourneyLog, places: Places, times: IntArray) -> IntArray:
    """Return, in ascending order, the first event of a customer at or after a time.

    One per row of *places* and *times*; rows after whose time the customer has no event
    are left out.
    """
    found = np.empty(places.size, np.int64)
    for rows in _checks.chunks(places.size):
        found[rows] = _bisected(log, places[rows], times[rows])
    found = found[found < log.offsets[places + 1]]
    found.sort()
    return found


def _bisected(log: JourneyLog, places: Places, times: IntArray) -> IntArray:
    """Halve the events of each customer until the first at or after a time is left."""
    low, high = log.offsets[places], log.offsets[places + 1]
    last = len(log) - 1
    while (searching := low < high).any():
        middle = (low + high) // 2
        # Where the search is over, the middle may lie beyond the last event.
        earlier = searching & (log.time[np.minimum(middle, last)] < times)
        low = np.where(earlier, middle + 1, low)
        high = np.where(searching & ~earlier, middle, high)
    return low


def _happened(first_rows: IntArray, block: _events.Block) -> IntArray:
    """Return how many of what *first_rows* marks has happened, at each event."""
    inside = np.searchsorted(first_rows, [block.rows.start, block.rows.stop])
    marks = first_rows[slice(*inside)] - block.rows.start
    happened = np.bincount(marks, minlength=int(block.offsets[-1])).cumsum()
    before = np.append(0, happened)[block.offsets[:-1]]
    return np.asarray(happened - np.repeat(before, block.lengths))


def standing(
    log: JourneyLog, *, customer: Any, start: Any, end: Any
) -> tuple[npt.NDArray[np.int8], tuple[str, ...]]:
    """Was it a customer whom each event happened to: not yet, currently, or no longer?

    What was lived through before and after a relationship is as much experience as what
    was lived through in it (S2.74). `Relationship.standing_at` for millions of events.

    Parameters
    ----------
    log : JourneyLog
        What happened.
    customer : column
        Ids as in the log: one row per episode of a relationship, such as a contract, in
        any order. Customers whom the log lacks had no contacts and do not matter: their
        rows may hold any dates.
    start, end : column
        When each episode began and ended: datetimes with a zone, datetime64 (UTC), or
        whole numbers that count as the times of the log do. The end is missing where
        the episode is still open, or a date beyond all events, such as 9999-12-31.
        Episodes of one customer may overlap.

    Returns
    -------
    codes : ndarray of int8
        Standing at each event, in the order of the log.
    labels : tuple of str
        What the codes stand for, the values of `Standing`. The pair is a column for
        `experience_by` and for `Tally.count`.

    Raises
    ------
    InvalidTypeError
        If *log* is no log or a column of another kind.
    InvalidValueError
        If lengths differ, an end does not lie after its start, a number is not whole or
        not within 2**62, or the ids are of other types than those of the log.
    MissingValueError
        If a customer or start is missing.

    Notes
    -----
    With B starts at or before the event and E ends at or before it: "not-yet" if B = 0,
    "current" if B > E, else "former". Episodes are half-open, so that nobody is
    "current" at the end of one; between two episodes the standing is "former".
    Customers without episodes are "not-yet" throughout.

    Starts and ends may be finer than the times of the log. An event then stands for its
    whole unit of time, and is "current" if an episode covers any part of it: starts are
    rounded down and ends up. In a log of days, somebody is "current" on the day of the
    first purchase, on that of the end, and on the day of an episode of an hour; days
    are those of UTC.

    Examples
    --------
    >>> from cxmkit import JourneyLog, STARS_1_5, mean_score
    >>> from cxmkit.feelings import experience_by
    >>> from cxmkit.lifecycle import standing
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 8],
    ...     time=[0, 10, 20, 10],
    ...     touchpoint=["advertisement", "shop", "friend", "advertisement"],
    ...     score=[4, 2, 5, 3],
    ...     scale=STARS_1_5,
    ... )
    >>> codes, labels = standing(log, customer=[7], start=[5], end=[15])
    >>> [labels[code] for code in codes]
    ['not-yet', 'current', 'former', 'not-yet']
    >>> tally = experience_by(log, columns={"standing": (codes, labels)})
    >>> mean_score(tally).value
    array([3.5, 2. , 5. ])

    A log in whole days, and a customer from ten o'clock on the 2nd to three on the 3rd:

    >>> import numpy as np
    >>> from datetime import datetime, timezone
    >>> days = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
    >>> log = JourneyLog.from_columns(
    ...     customer=[7] * 4,
    ...     time=np.array(days, "datetime64[D]"),
    ...     touchpoint=["shop"] * 4,
    ... )
    >>> codes, labels = standing(
    ...     log,
    ...     customer=[7],
    ...     start=[datetime(2026, 3, 2, 10, tzinfo=timezone.utc)],
    ...     end=[datetime(2026, 3, 3, 15, tzinfo=timezone.utc)],
    ... )
    >>> [labels[code] for code in codes]
    ['not-yet', 'current', 'current', 'former']
    """
    _checks.require_instance("log", log, JourneyLog)
    places = _customer_places(log, customer)
    known = places >= 0
    starts = _times(start, "start", log, known)
    ends = _times(end, "end", log, known, optional=True)
    _require_spans(starts, ends)
    begun_at = _happenings(log, places, starts)
    over_at = _happenings(log, places, ends, up=True)
    codes = np.empty(len(log), np.int8)
    for block in _events.blocks(log.offsets):
        begun, over_by = _happened(begun_at, block), _happened(over_at, block)
        codes[block.rows] = np.where(begun > over_by, 1, 2)
        codes[block.rows][begun == 0] = 0
    return codes, _STANDINGS


# The one-sided ledger


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class OneSidedCounts:
    """How much of the experience does a CRM never see, and where?

    A system of relationships holds what both sides did since the relationship began. It
    does not hold what a customer lived through alone, nor what came before (S2.56,
    S2.57). Counts of parts of the customers add, ``sum()`` included.

    Parameters
    ----------
    touchpoints : series of labels
        Touchpoints in the order of the array.
    counts : array_like of int
        Number of events, shape (touchpoints, 2, 2): by touchpoint; one-sided, then
        two-sided; before the customer's first relationship began or without one, then
        since.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If the shape is another, a count is negative, or a touchpoint is there twice.
    MissingValueError
        If a label is missing.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.lifecycle import one_sided
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 8],
    ...     time=[0, 10, 20, 10],
    ...     touchpoint=["advertisement", "shop", "advertisement", "shop"],
    ...     two_sided=[False, True, False, True],
    ... )
    >>> ledger = one_sided(log, customer=[7], start=[5])
    >>> ledger
    OneSidedCounts 4 events at 2 touchpoints, 3 unseen
    >>> print(ledger)
    touchpoint     one-sided before  since  two-sided before  since   unseen
    advertisement                 1      1                 0      0  100.0 %
    shop                          0      0                 1      1   50.0 %
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    counts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )

    def __attrs_post_init__(self) -> None:
        """Check that there are four counts per touchpoint."""
        _states.require_shape("counts", self.counts, (len(self.touchpoints), 2, 2))

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.counts.sum())

    @property
    def unseen(self) -> float:
        """Share of the events that a CRM never sees, 0 to 1; NaN without events.

        All but those that are two-sided and since a relationship began.
        """
        return self._unseen_events / self.events if self.events else np.nan

    @property
    def _unseen_events(self) -> int:
        return self.events - int(self.counts[:, 1, 1].sum())

    @property
    def unseen_by_touchpoint(self) -> FloatArray:
        """Share of the events of each touchpoint that a CRM never sees, 0 to 1.

        NaN at touchpoints without events.
        """
        events = self.counts.sum(axis=(1, 2))
        return _states.ratios(events - self.counts[:, 1, 1], events)

    def __repr__(self) -> str:
        """Say how many events there are and how many are unseen, in one line."""
        what = _draw.counted(self.events, "event")
        where = _draw.counted(len(self.touchpoints), "touchpoint")
        return f"OneSidedCounts {what} at {where}, {self._unseen_events:,} unseen"

    def summary(self) -> str:
        """Return one sentence for a manager: how much is unseen, and why."""
        if not self.events:
            return "Nothing was observed."
        sides = self.counts.sum(axis=0) / self.events
        return (
            f"{self.unseen:.1%} of {_draw.counted(self.events, 'event')} are never"
            f" seen by a system of relationships: {sides[0].sum():.1%} are one-sided,"
            f" and {sides[1, 0]:.1%} are two-sided but came before a relationship or"
            " without one."
        ).replace("%", " %")

    def __add__(self, other: object) -> "OneSidedCounts":
        """Add the counts of other customers; touchpoints are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, OneSidedCounts):
            return NotImplemented
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        counts = union.add(self.counts, other.counts)
        return OneSidedCounts(touchpoints=union.labels, counts=counts)

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare touchpoints and counts."""
        if not isinstance(other, OneSidedCounts):
            return NotImplemented
        same = self.touchpoints == other.touchpoints
        return same and _checks.same_arrays(self, other, ("counts",))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per touchpoint.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.lifecycle import one_sided
        >>> log = JourneyLog.from_columns(
        ...     customer=[7], time=[0], touchpoint=["shop"], two_sided=[True]
        ... )
        >>> one_sided(log, customer=[7], start=[5]).to_records()[0]["two_sided_before"]
        1
        """
        numbers = [*self.counts.reshape(-1, 4).T, self.unseen_by_touchpoint]
        columns = [self.touchpoints, *(column.tolist() for column in numbers)]
        return [
            dict(zip(_LEDGER, row, strict=True)) for row in zip(*columns, strict=True)
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(_LEDGER, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: touchpoints, and counts as nested lists."""
        return _states.plain(self)

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        """Show the touchpoints as a table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        """Return counts and shares of each touchpoint as texts."""
        heads = ("one-sided before", "since", "two-sided before", "since ")
        counts = zip(heads, self.counts.reshape(-1, 4).T, strict=True)
        shares = self.unseen_by_touchpoint
        return {
            "touchpoint": [str(label) for label in self.touchpoints],
            **{head: [f"{n:,}" for n in column] for head, column in counts},
            "unseen": [f"{share:.1%}".replace("%", " %") for share in shares],
        }


_LEDGER = (
    "touchpoint",
    "one_sided_before",
    "one_sided_since",
    "two_sided_before",
    "two_sided_since",
    "unseen",
)


def one_sided(log: JourneyLog, *, customer: Any, start: Any) -> OneSidedCounts:
    """What does a CRM never see? Events by direction, before and since it began.

    Parameters
    ----------
    log : JourneyLog
        With *two_sided*.
    customer : column
        Ids as in the log: one row per relationship or contract, in any order. Customers
        whom the log lacks had no contacts and do not matter: their rows may hold any
        dates.
    start : column
        When each began: datetimes with a zone, datetime64 (UTC), or whole numbers that
        count as the times of the log do. The first of a customer counts.

    Returns
    -------
    OneSidedCounts
        Events by touchpoint, direction, and whether they came before the customer's
        first start or since; counts of other customers add.

    Raises
    ------
    InvalidTypeError
        If *log* is no log or a column of another kind.
    InvalidValueError
        If the log does not say which events were two-sided, lengths differ, a number is
        not whole or not within 2**62, or the ids are of other types than those of the
        log.
    MissingValueError
        If a customer or start is missing.

    Notes
    -----
    An event at the very start came since. Events of customers without any start all
    came before. Starts may be finer than the times of the log: in a log of days, all
    events of the day of the start came since.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.lifecycle import one_sided
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8],
    ...     time=[0, 10, 10],
    ...     touchpoint=["advertisement", "shop", "shop"],
    ...     two_sided=[False, True, True],
    ... )
    >>> one_sided(log, customer=[7], start=[5]).unseen
    0.67
    """
    _checks.require_instance("log", log, JourneyLog)
    if log.two_sided is None:
        hint = "pass two_sided= to JourneyLog.from_columns"
        rule = "say which events were two-sided"
        raise _checks.refuse("log", rule, log, hint=hint)
    places = _customer_places(log, customer)
    begun_at = _happenings(log, places, _times(start, "start", log, places >= 0))
    size = len(log.touchpoints)
    counts = np.zeros(4 * size, np.int64)
    for block in _events.blocks(log.offsets, bins=4 * size):
        cells = log.touchpoint[block.rows].astype(np.intp) * 4
        cells += log.two_sided[block.rows] * np.intp(2)
        cells += _happened(begun_at, block) > 0
        counts += np.bincount(cells, minlength=4 * size)
    return OneSidedCounts(
        touchpoints=log.touchpoints, counts=counts.reshape(size, 2, 2)
    )
