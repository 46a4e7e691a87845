"""Which ways do customers take? From touchpoint to touchpoint, and as a whole."""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import (
    _checks,
    _columns,
    _draw,
    _draw_paths,
    _events,
    _hashes,
    _states,
)
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.journeylog import JourneyLog, outcome_of

__all__ = ["TransitionCounts", "Variants", "transitions", "variants"]

_START, _END = "(start)", "(end)"
_MOST = 8_192  # touchpoints; their matrix takes half a gigabyte


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class TransitionCounts:
    """How often did customers go from one touchpoint to the next?

    Counts of parts of the customers add, ``sum()`` included. In a notebook it is drawn
    as a map: a row says where customers went next.

    Parameters
    ----------
    touchpoints : series of labels
        Touchpoints in the order of the arrays.
    counts : array_like of int
        ``counts[a, b]``: how often b came right after a.
    starts, ends : array_like of int
        How many journeys began, and ended, at each touchpoint.
    ends_converted : array_like of int, optional
        How many of *ends* were of customers who reached the outcome; None if no outcome
        was given.
    left_open : int, default: 0
        Number of customers left out because they began too late to be judged.

    Raises
    ------
    InvalidValueError
        If shapes disagree, or the numbers of arrivals and departures at a touchpoint
        do.
    MissingValueError
        If a label is missing.

    Notes
    -----
    Invariant: what arrives also leaves, ``starts + counts.sum(axis=0)`` equals
    ``counts.sum(axis=1) + ends``. These are the visits.

    Examples
    --------
    >>> from cxmkit import JourneyLog, transitions
    >>> log, bought = JourneyLog.from_paths(
    ...     [["ad", "shop"], ["ad"], ["shop"]], conversions=[3, 0, 1], nulls=[1, 2, 0]
    ... )
    >>> ways = transitions(log, outcome=bought)
    >>> ways
    TransitionCounts of 7 customers between 2 touchpoints, 4 transitions, 4 reached the
    outcome
    >>> print(ways)
    from     to     n    share
    (start)  ad     6   85.7 %
    shop     (end)  5  100.0 %
    ad       shop   4   66.7 %
    ad       (end)  2   33.3 %
    (start)  shop   1   14.3 %
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    counts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    starts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    ends: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    ends_converted: IntArray | None = attrs.field(
        default=None,
        converter=_states.as_optional_counts,
        validator=attrs.validators.optional(_states.are_counts),
    )
    left_open: int = attrs.field(default=0, validator=_states.count)

    def __attrs_post_init__(self) -> None:
        """Check that what arrives also leaves."""
        size = len(self.touchpoints)
        _states.require_shape("counts", self.counts, (size, size))
        for name in ("starts", "ends", "ends_converted"):
            array = getattr(self, name)
            if array is not None:
                _states.require_shape(name, array, (size,))
        leaving = self.counts.sum(axis=1) + self.ends
        good = leaving == self.visits
        rule = "leave as many as arrive (ends + counts.sum(axis=1))"
        _checks.require("counts", leaving, good, rule)
        if self.ends_converted is not None:
            good = self.ends_converted <= self.ends
            rule = "not be more than ends"
            _checks.require("ends_converted", self.ends_converted, good, rule)

    @property
    def customers(self) -> int:
        """Number of customers counted, one journey each."""
        return int(self.starts.sum())

    @property
    def visits(self) -> IntArray:
        """Number of events at each touchpoint."""
        return np.asarray(self.starts + self.counts.sum(axis=0))

    @property
    def shares(self) -> FloatArray:
        """Where did customers go next? Shares of the visits, 0 to 1.

        A row per touchpoint; a column per touchpoint and a last one for the end. Rows
        add up to 1; those without visits are NaN.

        Examples
        --------
        >>> from cxmkit import JourneyLog, transitions
        >>> log, _ = JourneyLog.from_paths([["ad", "shop"], ["ad"]], conversions=[1, 1])
        >>> transitions(log).shares
        array([[0. , 0.5, 0.5],
               [0. , 0. , 1. ]])
        """
        ways = np.column_stack([self.counts, self.ends])
        return _states.ratios(ways, self.visits[:, None])

    @property
    def start_shares(self) -> FloatArray:
        """Share of the journeys that began at each touchpoint, 0 to 1."""
        return _states.ratios(self.starts, self.starts.sum())

    def __repr__(self) -> str:
        """Say how much was counted, in one line."""
        moves = _draw.counted(int(self.counts.sum()), "transition")
        left = (
            f", {_draw.counted(self.left_open, 'customer')} left open"
            if self.left_open
            else ""
        )
        who = _draw.counted(self.customers, "customer")
        where = _draw.counted(len(self.touchpoints), "touchpoint")
        won = ""
        if self.ends_converted is not None:
            won = f", {int(self.ends_converted.sum()):,} reached the outcome"
        return f"TransitionCounts of {who} between {where}, {moves}{won}{left}"

    def summary(self) -> str:
        """Return one sentence for a manager: where most begin, go and end."""
        if not self.customers:
            late = f"; {self.left_open:,} began too late" if self.left_open else ""
            return f"There is no journey to judge{late}."
        first = self.touchpoints[int(self.starts.argmax())]
        last = self.touchpoints[int(self.ends.argmax())]
        began, ended = self.start_shares.max(), self.ends.max() / self.customers
        ends = (
            f"Journeys begin most often at {first} ({_states.percent(began)})"
            f" and end most often at {last} ({_states.percent(ended)})"
        )
        if not self.counts.sum():
            return f"{ends}."
        source, target = np.unravel_index(self.counts.argmax(), self.counts.shape)
        way = f"{self.touchpoints[source]} to {self.touchpoints[target]}"
        often = _draw.counted(int(self.counts.max()), "time")
        return f"{ends}; the most frequent step is {way} ({often})."

    def __add__(self, other: object) -> "TransitionCounts":
        """Add the counts of other customers; touchpoints are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, TransitionCounts):
            return NotImplemented
        ours, theirs = self.ends_converted, other.ends_converted
        if (ours is None) != (theirs is None):
            rule, hint = "have an outcome as this one does", "both or neither"
            raise _checks.refuse("other", rule, other, hint=hint)
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        converted = None
        if ours is not None and theirs is not None:
            converted = union.add(ours, theirs)
        return TransitionCounts(
            touchpoints=union.labels,
            counts=union.add(self.counts, other.counts, axes=2),
            starts=union.add(self.starts, other.starts),
            ends=union.add(self.ends, other.ends),
            ends_converted=converted,
            left_open=self.left_open + other.left_open,
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare touchpoints and counts."""
        if not isinstance(other, TransitionCounts):
            return NotImplemented
        names = ("counts", "starts", "ends", "ends_converted")
        plain = (
            self.touchpoints == other.touchpoints and self.left_open == other.left_open
        )
        return plain and _checks.same_arrays(self, other, names)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per way that was gone, the most frequent first.

        Starts come from "(start)", ends go to "(end)"; "share" is that of the visits,
        or of the journeys for starts.

        Examples
        --------
        >>> from cxmkit import JourneyLog, transitions
        >>> log, _ = JourneyLog.from_paths([["ad", "shop"]], conversions=[2])
        >>> transitions(log).to_records()[1]
        {'from': 'ad', 'to': 'shop', 'n': 2, 'share': 1.0}
        """
        size = len(self.touchpoints)
        sources, targets = (_START, *self.touchpoints), (*self.touchpoints, _END)
        ways = np.zeros((size + 1, size + 1), np.int64)
        ways[0, :-1], ways[1:, :-1], ways[1:, -1] = self.starts, self.counts, self.ends
        leaving = ways.sum(axis=1)
        gone = np.nonzero(ways)
        order = np.argsort(-ways[gone], kind="stable")
        return [
            {
                "from": sources[source],
                "to": targets[target],
                "n": int(ways[source, target]),
                "share": float(ways[source, target] / leaving[source]),
            }
            for source, target in zip(*(axis[order] for axis in gone), strict=True)
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(("from", "to", "n", "share"), self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: touchpoints, and counts as lists."""
        return _states.plain(self)

    def __str__(self) -> str:
        records = self.to_records()
        return _draw.text_table(
            {
                "from": [str(record["from"]) for record in records],
                "to": [str(record["to"]) for record in records],
                "n": [f"{record['n']:,}" for record in records],
                "share": [_states.percent(record["share"]) for record in records],
            }
        )

    def to_svg(self) -> str:
        """Draw where customers go next, the darker the more of them.

        A row per touchpoint, below that of the start; a column per touchpoint and one
        for the end. Shares are of the row.

        Examples
        --------
        >>> from cxmkit import JourneyLog, transitions
        >>> log, _ = JourneyLog.from_paths([["ad", "shop"]], conversions=[2])
        >>> transitions(log).to_svg()[:4]
        '<svg'
        """
        names = [str(label) for label in self.touchpoints]
        first = [*self.start_shares.tolist(), 0.0]
        left = (
            f"; {_draw.counted(self.left_open, 'customer')} left open"
            if self.left_open
            else ""
        )
        return _draw_paths.heat(
            [_START, *names],
            [*names, _END],
            [first, *self.shares.tolist()],
            title=f"Where {_draw.counted(self.customers, 'customer')} go next",
            row_label="from",
            column_label="to",
            notes=[f"share of the visits at the touchpoint of the row{left}"],
        )

    def _repr_html_(self) -> str:
        return self.to_svg()


def transitions(
    log: JourneyLog,
    *,
    outcome: Any = None,
    observed_until: Any = None,
    window: Any = None,
) -> TransitionCounts:
    """Which touchpoint follows which, and where do journeys begin and end?

    Parameters
    ----------
    log : JourneyLog
        What happened.
    outcome : set, mapping or array_like of bool, optional
        Who reached a goal: a set of ids of customers, a mapping of every id to whether,
        or a truth value per customer in the order of ``log.customers``.
    observed_until : datetime or number, optional
        Until when events are known; a number is in the unit of the log. Comes with
        *window*.
    window : timedelta or number, optional
        How much time a journey needs to come to its end. Customers who began later than
        that before *observed_until* may still be on their way: they are left out,
        whatever came of them, and counted in ``left_open``. Beginnings decide, since to
        leave out those who are still going on would keep the short journeys.

    Returns
    -------
    TransitionCounts
        Counts that add for other customers.

    Raises
    ------
    InvalidTypeError
        If *log* is no log, or *outcome*, *observed_until* or *window* of another kind.
    InvalidValueError
        If *outcome* names a customer that the log lacks, or lacks one; if only one of
        *observed_until* and *window* is given; or if the log has more than 8,192
        touchpoints, too many for a matrix.

    Notes
    -----
    Every customer is one journey; ``log.split(gap=...)`` makes one of each visit.

    Examples
    --------
    >>> from cxmkit import JourneyLog, transitions
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8], time=[0, 9, 3], touchpoint=["ad", "shop", "shop"]
    ... )
    >>> transitions(log, outcome={7}).ends_converted
    array([0, 1])
    """
    _checks.require_instance("log", log, JourneyLog)
    reached = None if outcome is None else outcome_of(log, outcome)
    is_open = _unripe(log, observed_until, window)
    size = len(log.touchpoints)
    if size > _MOST:
        rule = f"have at most {_MOST:,} touchpoints, or no matrix can hold them"
        hint = "give the rarest one label in common, then make the log"
        raise _checks.refuse("log", rule, size, hint=hint)
    counts = np.zeros(size * size + 1, np.int64)  # one more for what is none
    starts, ends, converted = np.zeros((3, size), np.int64)
    for block in _events.blocks(log.offsets, bins=size * size):
        codes = log.touchpoint[block.rows].astype(np.intp)
        closed = slice(None) if is_open is None else ~is_open[block.customers]
        lasts = codes[block.offsets[1:] - 1]
        starts += np.bincount(codes[block.offsets[:-1]][closed], minlength=size)
        ends += np.bincount(lasts[closed], minlength=size)
        if reached is not None:
            won = reached[block.customers]
            won = won if is_open is None else won & ~is_open[block.customers]
            converted += np.bincount(lasts[won], minlength=size)
        ways = codes[:-1] * size
        ways += codes[1:]
        ways[block.offsets[1:-1] - 1] = size * size  # from one customer to the next
        if is_open is not None:
            left_out = np.repeat(is_open[block.customers], block.lengths)
            ways[left_out[:-1]] = size * size
        counts += np.bincount(ways, minlength=size * size + 1)
    return TransitionCounts(
        touchpoints=log.touchpoints,
        counts=counts[:-1].reshape(size, size),
        starts=starts,
        ends=ends,
        ends_converted=None if reached is None else converted,
        left_open=0 if is_open is None else int(is_open.sum()),
    )


def _unripe(log: JourneyLog, until: Any, window: Any) -> BoolArray | None:
    """Return which customers began too late to be judged; None if nobody asks."""
    if until is None and window is None:
        return None
    for name, value, other in (
        ("observed_until", until, "window"),
        ("window", window, "observed_until"),
    ):
        if value is None:
            rule = f"come with {other}"
            raise _checks.refuse(name, rule, value, hint="both or neither")
    span = _columns.duration(window, "window", log.time_unit)
    latest = _columns.instant(until, "observed_until", log.time_unit) - span
    return np.asarray(log.time[log.offsets[:-1]] > latest)


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Variants:
    """Which ways were gone from first to last, and how often each?

    Variants of parts of the customers add, ``sum()`` included. `len` is the number of
    different ways.

    Parameters
    ----------
    touchpoints : series of labels
        What the codes of *touchpoint* stand for.
    offsets : array_like of int
        Where each variant begins in *touchpoint*, and where the last one ends.
    touchpoint : array_like of int
        Codes of the touchpoints of all variants, one after the other.
    counts : array_like of int
        How many customers went each way, the most frequent first.

    Raises
    ------
    InvalidValueError
        If lengths disagree, a code has no label, a variant is empty, or counts are not
        positive or rise.

    Notes
    -----
    Of equally frequent variants the shorter come first; of equally long ones the order
    has no meaning, but is always the same for the same touchpoints. Variants are told
    apart by all of their touchpoints, not by a hash alone.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.paths import variants
    >>> log = JourneyLog.from_columns(
    ...     customer=[1, 1, 2, 3, 3],
    ...     time=[0, 1, 0, 5, 6],
    ...     touchpoint=["ad", "shop", "shop", "ad", "shop"],
    ... )
    >>> ways = variants(log)
    >>> len(ways), ways.most_common(1)
    (2, [(('ad', 'shop'), 2)])
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    offsets: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    touchpoint: npt.NDArray[Any] = attrs.field(converter=_states.as_codes)
    counts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )

    def __attrs_post_init__(self) -> None:
        """Check that the arrays fit together."""
        _states.require_shape("counts", self.counts, (self.counts.size,))
        _states.require_codes("touchpoint", self.touchpoint, len(self.touchpoints))
        _states.require_rows(self.offsets, self.counts.size, self.touchpoint.size)
        _checks.require("counts", self.counts, self.counts > 0, "be positive")
        good = np.append(self.counts[:1] > 0, self.counts[1:] <= self.counts[:-1])
        _checks.require("counts", self.counts, good, "not rise")

    def __len__(self) -> int:
        """Return the number of different ways."""
        return len(self.counts)

    @property
    def customers(self) -> int:
        """Number of customers who went them."""
        return int(self.counts.sum())

    @property
    def lengths(self) -> IntArray:
        """Number of events of each variant."""
        return np.diff(self.offsets)

    def most_common(self, n: int = 10) -> list[tuple[tuple[Label, ...], int]]:
        """Which ways were gone most often?

        Parameters
        ----------
        n : int, default: 10
            How many to return, at most.

        Returns
        -------
        list of (tuple of labels, int)
            Touchpoints in order, and how many customers went this way.

        Raises
        ------
        InvalidTypeError
            If *n* is not a whole number.
        InvalidValueError
            If *n* is negative.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.paths import variants
        >>> log, _ = JourneyLog.from_paths([["ad", "shop"]], conversions=[5])
        >>> variants(log).most_common()
        [(('ad', 'shop'), 5)]
        """
        if (n := _checks.as_whole("n", n)) < 0:
            raise _checks.refuse("n", "not be negative", n)
        return [
            (self._way(place), int(count))
            for place, count in enumerate(self.counts[:n])
        ]

    def _way(self, place: int) -> tuple[Label, ...]:
        codes = self.touchpoint[self.offsets[place] : self.offsets[place + 1]]
        return tuple(self.touchpoints[code] for code in codes)

    def __repr__(self) -> str:
        """Say how many there are, in one line."""
        who = _draw.counted(self.customers, "customer")
        return f"Variants {_draw.counted(len(self), 'way')} of {who}"

    def summary(self) -> str:
        """Return one sentence for a manager."""
        if not self.customers:
            return "Nobody was observed."
        way, count = self.most_common(1)[0]
        share = _states.percent(count / self.customers)
        alone = "nothing but " if len(way) == 1 else ""
        shown = " > ".join(map(str, way[:6])) + (" > ..." if len(way) > 6 else "")
        ways = _draw.counted(len(self), "different way")
        who = _draw.counted(self.customers, "customer")
        return f"{who} went {ways}; the most frequent was {alone}{shown} ({share})."

    def __add__(self, other: object) -> "Variants":
        """Add the ways of other customers; touchpoints are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, Variants):
            return NotImplemented
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        width = _columns.unsigned(len(union.labels))
        theirs = union.theirs.astype(width)[other.touchpoint]
        return _variants(
            union.labels,
            np.append(self.offsets, other.offsets[1:] + self.offsets[-1]),
            np.concatenate([self.touchpoint.astype(width), theirs]),
            np.concatenate([self.counts, other.counts]),
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare touchpoints, ways and counts."""
        if not isinstance(other, Variants):
            return NotImplemented
        same = self.touchpoints == other.touchpoints
        return same and _checks.same_arrays(
            self, other, ("offsets", "touchpoint", "counts")
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per way, the most frequent first.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.paths import variants
        >>> log, _ = JourneyLog.from_paths([["ad", "shop"]], conversions=[5])
        >>> variants(log).to_records()
        [{'variant': ('ad', 'shop'), 'n': 5, 'share': 1.0}]
        """
        return [
            {"variant": way, "n": count, "share": count / self.customers}
            for way, count in self.most_common(len(self))
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(("variant", "n", "share"), self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: touchpoints, and the arrays as lists."""
        return _states.plain(self)

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        """Show the most frequent ways as a table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        # Beyond the rows that tables show, only their number matters.
        ways = self.most_common(_draw.MAX_ROWS)
        rest = [""] * (len(self) - len(ways))
        shown = [" > ".join(map(str, way)) for way, _ in ways]
        share = [_states.percent(count / self.customers) for _, count in ways]
        return {
            "variant": shown + rest,
            "n": [f"{count:,}" for _, count in ways] + rest,
            "share": share + rest,
        }


def variants(log: JourneyLog) -> Variants:
    """Which ways were gone from first to last, and how often each?

    Parameters
    ----------
    log : JourneyLog
        What happened. Every customer went one way: all of their touchpoints in order.

    Returns
    -------
    Variants
        Different ways with their numbers of customers, the most frequent first.

    Raises
    ------
    InvalidTypeError
        If *log* is no log.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.paths import variants
    >>> log, _ = JourneyLog.from_paths([["ad", "shop"], ["shop"]], conversions=[2, 1])
    >>> print(variants(log))
    variant    n  share
    ad > shop  2  66.7 %
    shop       1  33.3 %
    """
    _checks.require_instance("log", log, JourneyLog)
    return _variants(log.touchpoints, log.offsets, log.touchpoint, None)


def _variants(
    touchpoints: tuple[Label, ...],
    offsets: IntArray,
    codes: npt.NDArray[Any],
    weights: IntArray | None,
) -> Variants:
    """Join equal sequences, and sort them by how often they were."""
    rows, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if offsets.size > 1:
        hashes = _sequence_hashes(offsets, codes, len(touchpoints))
        rows, counts = _distinct(hashes, offsets, codes, weights)
    lengths = offsets[rows + 1] - offsets[rows]
    # Equal hashes lie together already, so ties are the same in all partitions.
    longest = int(lengths.max(initial=0)) + 1
    rank = (int(counts.max(initial=0)) - counts) * longest + lengths
    if rank.size:
        order = _events.stable_order(rank)
        rows, counts, lengths = rows[order], counts[order], lengths[order]
    starts = np.append(0, np.cumsum(lengths))
    return Variants(
        touchpoints=touchpoints,
        offsets=starts,
        touchpoint=_gathered(codes, offsets[rows], starts),
        counts=counts,
    )


def _sequence_hashes(
    offsets: IntArray, codes: npt.NDArray[Any], size: int
) -> _hashes.Hashes:
    """Return a hash of each sequence: a sum of random words by place and touchpoint."""
    words = _hashes.mixed(np.arange(size, dtype=np.uint64))
    factors = np.zeros(0, np.uint64)
    hashes = np.empty(offsets.size - 1, np.uint64)
    for block in _events.blocks(offsets):
        longest = int(block.lengths.max())
        if longest > factors.size:
            factors = _hashes.mixed(np.arange(2**32, 2**32 + longest, dtype=np.uint64))
            factors |= np.uint64(1)
        terms = factors[block.places]
        terms *= words[codes[block.rows]]
        hashes[block.customers] = np.add.reduceat(terms, block.offsets[:-1])
    return hashes


def _distinct(
    hashes: _hashes.Hashes,
    offsets: IntArray,
    codes: npt.NDArray[Any],
    weights: IntArray | None,
) -> tuple[IntArray, IntArray]:
    """Return one row per distinct sequence, in the order of hashes, and its count."""
    order = np.argsort(hashes)
    starts = _events.changes(hashes[order])
    model = np.repeat(order[starts], np.diff(np.append(starts, order.size)))
    unlike = order[model != order]  # a model needs no look at itself
    models = model[model != order]
    differing = _differing(unlike, models, offsets, codes)
    if differing.size:
        return _exactly(hashes, offsets, codes, weights)
    if weights is None:
        return order[starts], np.diff(np.append(starts, order.size))
    return order[starts], np.add.reduceat(weights[order], starts)


def _differing(
    rows: IntArray, models: IntArray, offsets: IntArray, codes: npt.NDArray[Any]
) -> IntArray:
    """Return the rows whose sequence is not that of their model."""
    lengths = offsets[rows + 1] - offsets[rows]
    unlike = lengths != offsets[models + 1] - offsets[models]
    same = np.flatnonzero(~unlike)
    starts = np.append(0, np.cumsum(lengths[same]))
    for block in _events.blocks(starts):
        part = same[block.customers]
        mine = codes[block.elsewhere(offsets[rows[part]])]
        theirs = codes[block.elsewhere(offsets[models[part]])]
        unlike[part] = np.logical_or.reduceat(mine != theirs, block.offsets[:-1])
    return np.asarray(rows[unlike])


def _exactly(
    hashes: _hashes.Hashes,
    offsets: IntArray,
    codes: npt.NDArray[Any],
    weights: IntArray | None,
) -> tuple[IntArray, IntArray]:
    """Do what `_distinct` does, one by one, where two sequences share a hash."""
    found: dict[bytes, list[int]] = {}
    for row in range(offsets.size - 1):
        way = codes[offsets[row] : offsets[row + 1]].tobytes()
        weight = 1 if weights is None else int(weights[row])
        found.setdefault(way, [row, 0])[1] += weight
    # By hash, and by the sequence itself where hashes are equal.
    ways = sorted(found.items(), key=lambda item: (hashes[item[1][0]], item[0]))
    rows, counts = zip(*(entry for _, entry in ways), strict=True)
    return np.array(rows, np.int64), np.array(counts, np.int64)


def _gathered(
    codes: npt.NDArray[Any], begins: IntArray, starts: IntArray
) -> npt.NDArray[Any]:
    """Return the codes of some sequences, one after the other."""
    gathered = np.empty(int(starts[-1]), codes.dtype)
    for block in _events.blocks(starts):
        gathered[block.rows] = codes[block.elsewhere(begins[block.customers])]
    gathered.flags.writeable = False
    return gathered
