"""How long does it take? Time at touchpoints, and visits in one go."""

import math
from typing import Any

import attrs
import numpy as np

from cxmkit import _checks, _columns, _draw, _events, _states
from cxmkit._axes import Label
from cxmkit._checks import FloatArray, IntArray
from cxmkit._columns import TimeUnit
from cxmkit.journeylog import JourneyLog

__all__ = ["DwellTimes", "SessionCounts", "dwell", "sessions"]

# Times from 2**k to 2**(k + 1) fall into 32 bins of equal width, by the first bits of
# their floating-point form; those below 64 have a bin of their own, 0 the first one.
_FINE = 5
_SHIFT = 52 - _FINE
_ZERO = (1023 << _FINE) - 1
_BINS = (63 << _FINE) + 2  # the last for almost 2**63, which floats round up


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class DwellTimes:
    """How much time passed until the next event, after each touchpoint?

    Those of other customers add, ``sum()`` included. Means come from sums, quantiles
    from a histogram whose bins are 3 % wide, so they are off by 1.6 % at most.

    Parameters
    ----------
    touchpoints : series of labels
        Touchpoints in the order of the arrays.
    sums : array_like of float
        Sum of the times after each touchpoint, in *time_unit*.
    histogram : array_like of int
        Number of times per touchpoint and bin. Trailing bins without any are left out.
    time_unit : str, default: "s"
        Unit of the times.

    Raises
    ------
    InvalidValueError
        If shapes disagree or a number is negative.

    Notes
    -----
    The last event of a customer has no next one; its time is unknown, not 0, and it is
    left out. Where observation ends, long times are cut off more often than short ones:
    of customers who began late, means and quantiles are too short.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.paths import dwell
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 8, 8],
    ...     time=[0, 60, 90, 0, 30],
    ...     touchpoint=["ad", "site", "shop", "ad", "site"],
    ... )
    >>> times = dwell(log)
    >>> times
    DwellTimes of 3 times after 3 touchpoints, in s
    >>> times.mean
    array([45., 30., nan])
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    sums: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    histogram: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    time_unit: TimeUnit = "s"

    def __attrs_post_init__(self) -> None:
        """Check that the arrays fit together."""
        _checks.choice("time_unit", self.time_unit, tuple(_columns.UNITS))
        size = len(self.touchpoints)
        _states.require_shape("sums", self.sums, (size,))
        bins = self.histogram.shape[-1] if self.histogram.ndim == 2 else 0
        _states.require_shape("histogram", self.histogram, (size, min(bins, _BINS)))
        _checks.require("sums", self.sums, self.sums >= 0, "not be negative")
        good = (self.sums == 0) | (self.n > 0)
        _checks.require("sums", self.sums, good, "be 0 where there are no times")

    @property
    def n(self) -> IntArray:
        """Number of times after each touchpoint."""
        return np.asarray(self.histogram.sum(axis=1))

    @property
    def mean(self) -> FloatArray:
        """Mean time after each touchpoint; NaN where there is none."""
        return _states.ratios(self.sums, self.n)

    @property
    def median(self) -> FloatArray:
        """Median time after each touchpoint; NaN where there is none."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> FloatArray:
        """Which time did a share *q* of the cases not exceed?

        Parameters
        ----------
        q : float
            Share, strictly between 0 and 1. Of an even number of times the median is
            the lower of the two in the middle.

        Returns
        -------
        ndarray of float
            Per touchpoint, in `time_unit`: the middle of the bin in which the smallest
            such time lies, exact below 64 and within 1.6 % beyond. NaN where there is
            none.

        Raises
        ------
        InvalidValueError
            If *q* is not between 0 and 1.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.paths import dwell
        >>> log = JourneyLog.from_columns(
        ...     customer=[1, 1, 2, 2, 3, 3],
        ...     time=[0, 10, 0, 20, 0, 900],
        ...     touchpoint=["ad", "shop"] * 3,
        ... )
        >>> dwell(log).quantile(0.5)
        array([20., nan])
        """
        q = _checks.open_unit("q", q)
        n = self.n
        wanted = np.ceil(q * n * (1 - 1e-15)).clip(min=1)
        place = (self.histogram.cumsum(axis=1) < wanted[:, None]).sum(axis=1)
        return np.where(n > 0, _middle(place), np.nan)

    def __repr__(self) -> str:
        """Say how much there is, in one line."""
        times = _draw.counted(int(self.n.sum()), "time")
        where = _draw.counted(len(self.touchpoints), "touchpoint")
        return f"DwellTimes of {times} after {where}, in {self.time_unit}"

    def summary(self) -> str:
        """Return one sentence for a manager: where customers wait longest."""
        if not self.n.sum():
            return "No customer was seen twice."
        longest = int(np.nanargmax(self.mean))
        times = self.mean[longest], self.median[longest]
        mean, median = (_columns.spell(time, self.time_unit) for time in times)
        return (
            f"Most time passes after {self.touchpoints[longest]}: {mean} on average,"
            f" half of the cases within {median}."
        )

    def __add__(self, other: object) -> "DwellTimes":
        """Add the times of other customers; touchpoints are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, DwellTimes):
            return NotImplemented
        _states.require_same(self, other, ["time_unit"])
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        bins = max(self.histogram.shape[1], other.histogram.shape[1])
        ours, theirs = (
            np.pad(each.histogram, [(0, 0), (0, bins - each.histogram.shape[1])])
            for each in (self, other)
        )
        return DwellTimes(
            touchpoints=union.labels,
            sums=union.add(self.sums, other.sums),
            histogram=union.add(ours, theirs),
            time_unit=self.time_unit,
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare touchpoints, unit and times."""
        if not isinstance(other, DwellTimes):
            return NotImplemented
        names = ("touchpoints", "time_unit")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, ("sums", "histogram"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per touchpoint: n, mean, median, 90 % quantile, unit.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.paths import dwell
        >>> log = JourneyLog.from_columns(
        ...     customer=[7, 7], time=[0, 60], touchpoint=["ad", "shop"]
        ... )
        >>> list(dwell(log).to_records()[0].values())
        ['ad', 1, 60.0, 60.0, 60.0, 's']
        """
        arrays = (self.n, self.mean, self.median, self.quantile(0.9))
        rows = zip(self.touchpoints, *(a.tolist() for a in arrays), strict=True)
        unit = self.time_unit
        return [dict(zip(_DWELL, (*row, unit), strict=True)) for row in rows]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(_DWELL, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: touchpoints, and the arrays as lists."""
        return _states.plain(self)

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        """Show the times as a table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        numbers = {"mean": self.mean, "median": self.median, "90 %": self.quantile(0.9)}
        return {
            "touchpoint": [str(label) for label in self.touchpoints],
            "n": [f"{n:,}" for n in self.n],
        } | {
            name: [
                "" if math.isnan(time) else _columns.spell(time, self.time_unit)
                for time in times
            ]
            for name, times in numbers.items()
        }


_DWELL = ("touchpoint", "n", "mean", "median", "q90", "time_unit")


def dwell(log: JourneyLog) -> DwellTimes:
    """How much time passes until the next event, after each touchpoint?

    Parameters
    ----------
    log : JourneyLog
        What happened. Only beginnings are known, so this is the time from one to the
        next.

    Returns
    -------
    DwellTimes
        Exact means, and a histogram for quantiles; they add for other customers.

    Raises
    ------
    InvalidTypeError
        If *log* is no log.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.paths import dwell
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7], time=[0, 60], touchpoint=["ad", "shop"]
    ... )
    >>> print(dwell(log))
    touchpoint  n  mean   median  90 %
    ad          1  1 min  1 min   1 min
    shop        0
    """
    _checks.require_instance("log", log, JourneyLog)
    size = len(log.touchpoints)
    bins = size * _BINS
    base = np.arange(size) * _BINS - _ZERO
    sums, histogram = np.zeros(size + 1), np.zeros(bins + 1, np.int64)
    for block in _events.blocks(log.offsets, bins=bins):
        where = log.touchpoint[block.rows][:-1].astype(np.intp)
        times = np.diff(log.time[block.rows]).astype(np.float64)
        lasts = block.offsets[1:-1] - 1
        times[lasts] = 0  # to the next customer: no time at all
        places = np.maximum(times.view(np.int64) >> _SHIFT, _ZERO)
        places += base[where]
        places[lasts] = bins
        where[lasts] = size
        histogram += np.bincount(places, minlength=bins + 1)
        sums += np.bincount(where, times, minlength=size + 1)
    counts = histogram[:-1].reshape(size, _BINS)
    used = np.flatnonzero(counts.any(axis=0))
    return DwellTimes(
        touchpoints=log.touchpoints,
        sums=sums[:-1],
        histogram=counts[:, : used[-1] + 1 if used.size else 0],
        time_unit=log.time_unit,
    )


def _middle(places: IntArray) -> FloatArray:
    """Return the middle of the whole numbers that fall into each bin."""
    first, after = _least(places), _least(places + 1)
    return np.asarray((np.ceil(first) + np.ceil(after) - 1) / 2)


def _least(places: IntArray) -> FloatArray:
    """Return where each bin begins."""
    bits = (np.maximum(places, 1) + _ZERO) << _SHIFT
    return np.asarray(np.where(places == 0, 0.0, bits.view(np.float64)))


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class SessionCounts:
    """How often did customers come, where did each visit begin and end?

    Counts of other customers add, ``sum()`` included, if the gap was the same.

    Parameters
    ----------
    touchpoints : series of labels
        Touchpoints in the order of the arrays.
    events : array_like of int
        Number of events at each touchpoint.
    starts, ends : array_like of int
        How many sessions began, and ended, at each touchpoint.
    single : array_like of int
        How many sessions consisted of one event at each touchpoint.
    customers : int
        Number of customers.
    gap : int
        A pause longer than this, in *time_unit*, ended a session.
    time_unit : str, default: "s"
        Unit of *gap*.

    Raises
    ------
    InvalidValueError
        If shapes disagree, or not as many sessions begin as end.

    Notes
    -----
    Invariants: as many sessions begin as end; at each touchpoint single ones are no
    more than those that begin or end there, and these no more than its events.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.paths import sessions
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 8],
    ...     time=[0, 60, 9_000, 0],
    ...     touchpoint=["ad", "site", "shop", "ad"],
    ... )
    >>> sessions(log, gap=1_800)
    SessionCounts 3 sessions of 2 customers, gap above 30 min
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    events: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    starts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    ends: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    single: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    customers: int = attrs.field(validator=_states.count)
    gap: int = attrs.field(validator=_states.count)
    time_unit: TimeUnit = "s"

    def __attrs_post_init__(self) -> None:
        """Check that what begins also ends."""
        _checks.choice("time_unit", self.time_unit, tuple(_columns.UNITS))
        for name in _PER_TOUCHPOINT:
            array = getattr(self, name)
            _states.require_shape(name, array, (len(self.touchpoints),))
        if self.starts.sum() != self.ends.sum():
            rule = f"add up to as many sessions as began ({int(self.starts.sum())})"
            raise _checks.refuse("ends", rule, int(self.ends.sum()))
        for name in ("starts", "ends"):
            array = getattr(self, name)
            good = (self.single <= array) & (array <= self.events)
            _checks.require(name, array, good, "lie between single and events")

    @property
    def n(self) -> int:
        """Number of sessions."""
        return int(self.starts.sum())

    @property
    def events_per_session(self) -> float:
        """Mean number of events of a session; NaN if there are none."""
        return float(self.events.sum()) / self.n if self.n else math.nan

    @property
    def sessions_per_customer(self) -> float:
        """Mean number of sessions of a customer; NaN if there are none."""
        return self.n / self.customers if self.customers else math.nan

    @property
    def bounce_rates(self) -> FloatArray:
        """Share of the sessions begun at each touchpoint that ended there at once.

        0 to 1; NaN where none began.
        """
        return _states.ratios(self.single, self.starts)

    def __repr__(self) -> str:
        """Say how many there are, in one line."""
        who = _draw.counted(self.customers, "customer")
        much = _draw.counted(self.n, "session")
        pause = _columns.spell_exactly(self.gap, self.time_unit)
        return f"SessionCounts {much} of {who}, gap above {pause}"

    def summary(self) -> str:
        """Return one sentence for a manager."""
        if not self.n:
            return "Nobody was observed."
        who = _draw.counted(self.customers, "customer")
        bounced = self.single.sum() / self.n
        return (
            f"{who} came {self.sessions_per_customer:,.1f} times each, with"
            f" {self.events_per_session:,.1f} events per visit;"
            f" {_states.percent(bounced)} of the visits were a single event, and most"
            f" often they began at {self.touchpoints[int(self.starts.argmax())]}."
        )

    def __add__(self, other: object) -> "SessionCounts":
        """Add the sessions of other customers; touchpoints are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, SessionCounts):
            return NotImplemented
        _states.require_same(self, other, ["gap", "time_unit"])
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        arrays = {
            name: union.add(getattr(self, name), getattr(other, name))
            for name in _PER_TOUCHPOINT
        }
        return SessionCounts(
            touchpoints=union.labels,
            customers=self.customers + other.customers,
            gap=self.gap,
            time_unit=self.time_unit,
            **arrays,
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare touchpoints, counts and gap."""
        if not isinstance(other, SessionCounts):
            return NotImplemented
        names = ("touchpoints", "customers", "gap", "time_unit")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, _PER_TOUCHPOINT)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per touchpoint: events, starts, ends and single ones.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.paths import sessions
        >>> log = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["ad"])
        >>> sessions(log, gap=60).to_records()
        [{'touchpoint': 'ad', 'events': 1, 'starts': 1, 'ends': 1, 'single': 1}]
        """
        arrays = [getattr(self, name).tolist() for name in _PER_TOUCHPOINT]
        rows = zip(self.touchpoints, *arrays, strict=True)
        names = ("touchpoint", *_PER_TOUCHPOINT)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(("touchpoint", *_PER_TOUCHPOINT), self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: touchpoints, and the arrays as lists."""
        return _states.plain(self)

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        """Show the counts as a table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        table = {"touchpoint": [str(label) for label in self.touchpoints]}
        for name in _PER_TOUCHPOINT:
            table[name] = [f"{count:,}" for count in getattr(self, name)]
        return table


_PER_TOUCHPOINT = ("events", "starts", "ends", "single")


def sessions(log: JourneyLog, *, gap: Any) -> SessionCounts:
    """How often do customers come, and where does each visit begin and end?

    Parameters
    ----------
    log : JourneyLog
        What happened.
    gap : timedelta or number
        The longest pause within a session; a longer one begins a new session. A number
        is in the unit of the log, parts of which are cut off. Web analytics use 30
        minutes by custom.

    Returns
    -------
    SessionCounts
        Counts that add for other customers.

    Raises
    ------
    InvalidTypeError
        If *log* is no log, or *gap* is no time.
    InvalidValueError
        If *gap* is negative.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.paths import sessions
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7], time=[0, 1_800], touchpoint=["ad", "shop"]
    ... )
    >>> sessions(log, gap=timedelta(minutes=30)).n
    1
    """
    _checks.require_instance("log", log, JourneyLog)
    longest = _columns.duration(gap, "gap", log.time_unit)
    size = len(log.touchpoints)
    events, starts, ends, single = np.zeros((4, size), np.int64)
    for block in _events.blocks(log.offsets, bins=size):
        where = log.touchpoint[block.rows]
        begins = ~block.follows
        begins[1:] |= np.diff(log.time[block.rows]) > longest
        finishes = np.append(begins[1:], True)
        events += np.bincount(where, minlength=size)
        starts += np.bincount(where[begins], minlength=size)
        ends += np.bincount(where[finishes], minlength=size)
        single += np.bincount(where[begins & finishes], minlength=size)
    return SessionCounts(
        touchpoints=log.touchpoints,
        events=events,
        starts=starts,
        ends=ends,
        single=single,
        customers=log.n_customers,
        gap=longest,
        time_unit=log.time_unit,
    )
