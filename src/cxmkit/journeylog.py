"""What did a million customers live through? Events as columns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Any, Literal

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns, _draw, _events, _logdoors, _logrules
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit._columns import TimeUnit
from cxmkit.errors import InvalidTypeError, ScaleMismatchError
from cxmkit.experience import Direction, ExperienceDimension
from cxmkit.journey import Journey, step_score
from cxmkit.scale import Scale
from cxmkit.tally import customer_groups

__all__ = ["JourneyLog", "concat", "row_order"]

Duplicates = Literal["keep", "drop", "raise"]

DIMENSIONS = tuple(dimension.value for dimension in ExperienceDimension)
_WRAP = "wrap a single one: [...]"
_COARSER = "leave such rows out with .where(...)"
# Fields with one value per event; those after the first two may be None.
_EVENTS = ("time", "touchpoint", *_logdoors.COLUMNS[3:])


@attrs.frozen(kw_only=True, eq=False, repr=False, getstate_setstate=False)
class JourneyLog:
    r"""What did many customers live through, and in which order? Events as columns.

    A row is one encounter with at most one answer. Rows are sorted by customer, then
    time; rows of the same customer and time keep the order in which they came in. Make
    one with `from_columns`, `from_records`, `from_attributes`, `from_journeys` or
    `from_paths`; these fields are what comes out.

    Parameters
    ----------
    customers : array_like
        Ids of the customers, each once, and none without events: an array of int64 if
        all are whole numbers (uint64 if that is too short), of objects otherwise.
    offsets : array_like of int
        Where the events of each customer begin, and where those of the last one end:
        those of ``customers[i]`` are ``offsets[i]:offsets[i + 1]``.
    time : array_like of int
        When each event took place, in *time_unit*.
    touchpoint : array_like of int
        Code of the touchpoint of each event.
    touchpoints : series of labels
        What the codes stand for; touchpoints without events may be among them.
    time_unit : {"D", "h", "m", "s", "ms", "us", "ns"}, default: "s"
        Days, hours, minutes or seconds and their parts. Datetimes count from 1970 in
        UTC; numbers from wherever they came.
    channel, dimension, attribute : array_like of int, optional
        Codes, -1 for unknown. *dimension* is the place in `ExperienceDimension`.
    channels, attributes : series of labels, optional
        What their codes stand for.
    two_sided : array_like of bool, optional
        Whether the other side took part.
    amount : array_like of float, optional
        Money that changed hands; NaN for none. One currency, the caller's.
    score : array_like of float, optional
        Answers, as points of *scale*; NaN for none.
    scale : Scale, optional
        The scale of the answers; comes with *score* and only with it.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If lengths disagree, a code has no label, times go back within a customer, or
        an answer is off its scale.
    MissingValueError
        If an id or a label is missing.

    Notes
    -----
    Invariants: *offsets* begin with 0, ascend strictly and end with the number of
    events; ids are unique; times do not decrease within a customer and lie between
    -2**62 and 2**62; codes have a label. Arrays are read-only. Logs are equal when all
    fields are, and have no hash.

    Examples
    --------
    >>> from cxmkit import STARS_1_5, JourneyLog
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 8, 7, 7],
    ...     time=[0, 5, 60, 90],
    ...     touchpoint=["advertisement", "shop", "shop", "hotline"],
    ...     score=[None, 4, 5, 2],
    ...     scale=STARS_1_5,
    ... )
    >>> log
    JourneyLog 4 events, 2 customers, 3 touchpoints, 3 answers on 1-5
    >>> [event["touchpoint"] for event in log.journey(7)]
    ['advertisement', 'shop', 'hotline']
    """

    customers: npt.NDArray[Any] = attrs.field(converter=_logrules.as_ids)
    offsets: IntArray = attrs.field(converter=_logrules.as_whole)
    time: IntArray = attrs.field(converter=_logrules.as_whole)
    touchpoint: npt.NDArray[Any] = attrs.field(converter=_logrules.as_codes)
    touchpoints: tuple[Label, ...] = attrs.field(converter=_logrules.as_labels)
    time_unit: TimeUnit = "s"
    channel: npt.NDArray[Any] | None = attrs.field(
        default=None, converter=_logrules.as_codes
    )
    channels: tuple[Label, ...] = attrs.field(default=(), converter=_logrules.as_labels)
    dimension: npt.NDArray[Any] | None = attrs.field(
        default=None, converter=_logrules.as_codes
    )
    attribute: npt.NDArray[Any] | None = attrs.field(
        default=None, converter=_logrules.as_codes
    )
    attributes: tuple[Label, ...] = attrs.field(
        default=(), converter=_logrules.as_labels
    )
    two_sided: BoolArray | None = attrs.field(
        default=None, converter=_logrules.as_flags
    )
    amount: FloatArray | None = attrs.field(default=None, converter=_logrules.as_floats)
    score: FloatArray | None = attrs.field(default=None, converter=_logrules.as_floats)
    scale: Scale | None = attrs.field(
        default=None, validator=attrs.validators.optional(_checks.instance(Scale))
    )

    def __attrs_post_init__(self) -> None:
        """Check that the columns fit together."""
        _checks.choice("time_unit", self.time_unit, tuple(_columns.UNITS))
        _logrules.require_kinds(self)
        _logrules.require_customers(self.customers)
        _logrules.require_offsets(self.offsets, len(self.customers), len(self.time))
        for name in _EVENTS:
            values = getattr(self, name)
            if values is not None and values.shape != self.time.shape:
                rule = f"have one value per event, the shape {self.time.shape}"
                raise _checks.refuse(name, rule, values.shape)
        _logrules.require_times(self.time, self.offsets)
        _logrules.require_codes(
            "touchpoint", self.touchpoint, self.touchpoints, least=0
        )
        _logrules.require_codes("channel", self.channel, self.channels, least=-1)
        _logrules.require_codes("attribute", self.attribute, self.attributes, least=-1)
        _logrules.require_codes("dimension", self.dimension, DIMENSIONS, least=-1)
        _logrules.require_scored(self.score, self.scale)
        if self.amount is not None:
            good = ~np.isinf(self.amount)
            _checks.require("amount", self.amount, good, "be finite, or NaN for none")

    # Making one

    @classmethod
    def from_columns(
        cls,
        *,
        customer: Any,
        time: Any,
        touchpoint: Any,
        touchpoints: Any = None,
        channel: Any = None,
        channels: Any = None,
        dimension: Any = None,
        attribute: Any = None,
        attributes: Any = None,
        two_sided: Any = None,
        amount: Any = None,
        score: Any = None,
        scale: Scale | None = None,
        time_unit: TimeUnit | None = None,
        duplicates: Duplicates = "keep",
    ) -> "JourneyLog":
        """Take one row per event, in any order, from a table of contacts.

        Columns are whatever `numpy.asarray` takes and are matched by position. A column
        of labels may also be a pair (integer codes, labels), as pandas categoricals and
        Arrow dictionaries hand them over.

        Parameters
        ----------
        customer : column
            Whose event it is: whole numbers (fastest), texts or any other ids.
        time : column
            When it was: datetimes with a zone, datetime64 (UTC), or whole numbers.
        touchpoint : column
            Where it was: labels, or codes into *touchpoints*.
        touchpoints : series of labels, optional
            The vocabulary of *touchpoint*, which then may hold integer codes instead of
            labels. Labels beyond the vocabulary are refused. Without it, labels stand
            in order of first appearance.
        channel : column, optional
            Through which channel, missing where unknown.
        channels : series of labels, optional
            The vocabulary of *channel*, as *touchpoints* is that of touchpoints.
        dimension : column, optional
            Which `ExperienceDimension` the answer is about, or its value; missing where
            unknown.
        attribute : column, optional
            Which attribute of the positioning the answer is about; missing where none.
        attributes : series of labels, optional
            The vocabulary of *attribute*.
        two_sided : column of bool, optional
            Whether the other side took part.
        amount : column, optional
            Money that changed hands, missing where none did.
        score : column, optional
            The answer, missing where there is none.
        scale : Scale, optional
            The scale of *score*, required with it.
        time_unit : {"D", "h", "m", "s", "ms", "us", "ns"}, optional
            Unit in which *time* is kept, and in which numbers are read. By default
            datetimes keep their own resolution, and numbers are seconds.
        duplicates : {"keep", "drop", "raise"}, default: "keep"
            What to do with rows that equal an earlier one in every column.

        Returns
        -------
        JourneyLog
            Customers ascending if their ids are whole numbers, else in the order of
            first appearance (or of the labels of a pair).

        Raises
        ------
        InvalidTypeError
            If a column is of the wrong kind.
        InvalidValueError
            If lengths differ, a code or label is beyond its vocabulary, a time is not
            whole in *time_unit*, an answer is off the scale, there is a score without a
            scale, or a row repeats another with "raise". The error names the first
            such row.
        MissingValueError
            If a customer, time or touchpoint is missing.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import JourneyLog
        >>> noon = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
        >>> log = JourneyLog.from_columns(
        ...     customer=["ann", "bob"],
        ...     time=[noon, noon],
        ...     touchpoint=[1, 0],
        ...     touchpoints=["shop", "hotline"],
        ... )
        >>> log.time_unit, log.touchpoints
        ('us', ('shop', 'hotline'))
        """
        _checks.choice("duplicates", duplicates, ("keep", "drop", "raise"))
        keys, ids = _columns.customers(customer, "customer")
        instants, unit = _columns.instants(time, "time", unit=time_unit)
        _columns.require_length("time", instants.size, keys.size)
        if (score is None) != (scale is None):
            raise _logrules.unscaled(score, scale)
        columns: dict[str, Any] = {}
        given = {
            "touchpoint": (touchpoint, touchpoints),
            "channel": (channel, channels),
            "attribute": (attribute, attributes),
        }
        for name, (values, vocabulary) in given.items():
            if values is None:
                if vocabulary is not None:
                    rule = f"come with {name}"
                    raise _checks.refuse(f"{name}s", rule, vocabulary)
                continue
            columns[name], columns[f"{name}s"] = _columns.coded(
                values,
                name,
                length=keys.size,
                vocabulary=vocabulary,
                optional=name != "touchpoint",
            )
        if dimension is not None:
            columns["dimension"] = _logdoors.dimensions(dimension, keys.size)
        if two_sided is not None:
            columns["two_sided"] = _columns.flags(
                two_sided, "two_sided", length=keys.size
            )
        if amount is not None:
            columns["amount"] = _columns.money(amount, "amount", length=keys.size)
        if scale is not None:
            _checks.require_instance("scale", scale, Scale)
            columns["score"] = _columns.scores(
                score, "score", scale=scale, length=keys.size
            )
        columns |= {"time": instants, "time_unit": unit, "scale": scale}
        return cls._sorted(keys, ids, columns, duplicates)

    @classmethod
    def _sorted(
        cls,
        keys: npt.NDArray[Any],
        ids: Sequence[Label] | None,
        columns: dict[str, Any],
        duplicates: Duplicates,
    ) -> "JourneyLog":
        """Bring checked columns in order, and find where each customer begins."""
        order, starts = _events.grouped(keys, columns["time"])
        first = starts if order is None else order[starts]
        for name in _EVENTS:
            if name in columns and order is not None:
                columns[name] = columns[name].take(order)
        width = _columns.unsigned(len(columns["touchpoints"]))
        columns["touchpoint"] = columns["touchpoint"].astype(width, copy=False)
        for name in _EVENTS:
            if name in columns:  # ours alone now, or the caller's
                columns[name] = _own(columns[name], order is not None)
        customers = _customers(keys[first], ids)
        offsets = np.append(starts, keys.size)
        log = cls(customers=customers, offsets=offsets, **columns)
        if duplicates == "keep":
            return log
        again = log._repeated()
        if duplicates == "raise" and again.any():
            rows = np.flatnonzero(again)
            at = int(rows[0] if order is None else rows[np.argmin(order[rows])])
            row = at if order is None else int(order[at])
            hint = 'pass duplicates="drop" to keep the first of equal rows'
            event = log._records(slice(at, at + 1))[0]
            rule = "hold no row twice"
            raise _checks.refuse("columns", rule, event, index=row, hint=hint)
        return log.where(~again)

    @classmethod
    def from_records(
        cls,
        rows: Iterable[Mapping[str, Any]],
        mapping: Mapping[str, str] | None = None,
        **options: Any,
    ) -> "JourneyLog":
        """Take one mapping per event: rows of a database, parsed JSON, `to_records`.

        Parameters
        ----------
        rows : iterable of mappings
            One per event; None stands for a missing value.
        mapping : mapping of str to str, optional
            Name of a column of `from_columns` to the key under which *rows* hold it. By
            default the names of columns that are keys of the first row.
        **options
            *touchpoints*, *channels*, *attributes*, *scale*, *time_unit* and
            *duplicates*, as in `from_columns`.

        Returns
        -------
        JourneyLog
            As `from_columns` gives; values of *rows* are labels, never codes.

        Raises
        ------
        InvalidValueError
            If *mapping* lacks customer, time or touchpoint or names no column, or a row
            lacks a key.
        CxmError
            As in `from_columns`.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> rows = [{"contact": 7, "at": 0, "source": "shop"}]
        >>> JourneyLog.from_records(
        ...     rows, {"customer": "contact", "time": "at", "touchpoint": "source"}
        ... )
        JourneyLog 1 event, 1 customer, 1 touchpoint
        """
        hint = "columns are for from_columns(**columns)"
        rows = _logdoors.listed(rows, "rows", "mappings", hint=hint)
        if mapping is None:
            there = _logdoors.keys_of(rows[0]) if rows else _logdoors.NEEDED
            mapping = {name: name for name in _logdoors.COLUMNS if name in there}
        return cls._from_rows(rows, mapping, _logdoors.keys_getter, options)

    @classmethod
    def from_attributes(
        cls, objects: Iterable[Any], mapping: Mapping[str, str], **options: Any
    ) -> "JourneyLog":
        """Take one object per event: rows of an ORM, records, named tuples.

        Parameters
        ----------
        objects : iterable
            One per event.
        mapping : mapping of str to str
            Name of a column of `from_columns` to the attribute that holds it; dots lead
            on, as in ``"contact.pk"``.
        **options
            *touchpoints*, *channels*, *attributes*, *scale*, *time_unit* and
            *duplicates*, as in `from_columns`.

        Returns
        -------
        JourneyLog
            As `from_columns` gives; values of attributes are labels, never codes.

        Raises
        ------
        InvalidValueError
            If *mapping* lacks customer, time or touchpoint or names no column, or an
            object lacks an attribute.
        CxmError
            As in `from_columns`.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> from cxmkit import JourneyLog
        >>> contact = SimpleNamespace(person=SimpleNamespace(pk=7), at=0, source="shop")
        >>> JourneyLog.from_attributes(
        ...     [contact],
        ...     {"customer": "person.pk", "time": "at", "touchpoint": "source"},
        ... )
        JourneyLog 1 event, 1 customer, 1 touchpoint
        """
        items = _logdoors.listed(objects, "objects", "objects")
        return cls._from_rows(items, mapping, _logdoors.attributes_getter, options)

    @classmethod
    def _from_rows(
        cls, rows: list[Any], mapping: Any, getter: Any, options: dict[str, Any]
    ) -> "JourneyLog":
        """Turn rows into columns of labels."""
        _logdoors.require_mapping(mapping)
        columns: dict[str, Any] = {}
        for name, key in mapping.items():
            get = getter(name, key)
            values = [get(index, row) for index, row in enumerate(rows)]
            labels = f"{name}s" in options or any(isinstance(v, tuple) for v in values)
            columns[name] = _logdoors.objects(values) if labels else values
        return cls.from_columns(**columns, **options)

    @classmethod
    def from_journeys(
        cls,
        journeys: Iterable[Journey[Any]],
        *,
        scale: Scale | None = None,
        dimension: ExperienceDimension | None = None,
    ) -> "JourneyLog":
        """Take journeys that are told as objects: one row per step.

        Parameters
        ----------
        journeys : iterable of Journey
            Those of one party are joined.
        scale : Scale, optional
            The scale on which to keep the scores of steps; without it there are none.
        dimension : ExperienceDimension, optional
            Keep scores of this dimension only; all by default.

        Returns
        -------
        JourneyLog
            The customer is the id of the journey's party, the time that of the
            encounter in microseconds. The score of a step is the mean of its valences
            weighted by intensity, moved to the nearest point of *scale* (the worse of
            two equally near ones); a step without perceptions has none. Everything
            else, such as goals, durations, counterparts, relationships, expectations
            and evidence, is left behind.

        Raises
        ------
        InvalidTypeError
            If it is not journeys that come in, or *scale* or *dimension* is no such
            thing.
        InvalidValueError
            If parties of different kinds have the same id.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import Encounter, Experience, Journey, JourneyLog, Ref
        >>> mother = Ref("stakeholder", 7)
        >>> poster = Encounter.one_sided(
        ...     id=1,
        ...     party=mother,
        ...     touchpoint="poster",
        ...     at=datetime(2026, 5, 1, tzinfo=timezone.utc),
        ... )
        >>> journey = Journey.of(mother, "dry nights", [Experience(encounter=poster)])
        >>> JourneyLog.from_journeys([journey])
        JourneyLog 1 event, 1 customer, 1 touchpoint
        """
        if scale is not None:
            _checks.require_instance("scale", scale, Scale)
        journeys = _logdoors.listed(journeys, "journeys", "Journey", hint=_WRAP)
        for index, journey in enumerate(journeys):
            _checks.require_instance("journeys", journey, Journey, index=index)
        _logdoors.refuse_namesakes(journeys)
        if dimension is not None:
            _checks.require_instance("dimension", dimension, ExperienceDimension)
        told = [step for journey in journeys for step in journey.steps]
        steps = [step.encounter for step in told]
        score = None
        if scale is not None:
            felt = [step_score(step, dimension) for step in told]
            score = _logdoors.nearest(np.array(felt, np.float64), scale)
        about = None if dimension is None else [dimension.value] * len(steps)
        return cls.from_columns(
            customer=_logdoors.objects([step.party.id for step in steps]),
            time=[step.at for step in steps],
            touchpoint=_logdoors.objects([step.touchpoint for step in steps]),
            two_sided=[step.direction is Direction.TWO_SIDED for step in steps],
            dimension=about,
            score=score,
            scale=scale,
            time_unit="us",
        )

    @classmethod
    def from_paths(
        cls,
        paths: Iterable[Sequence[Label]],
        *,
        conversions: Any,
        nulls: Any = None,
    ) -> tuple["JourneyLog", BoolArray]:
        """Take paths that were counted already: which way, how often, with what end.

        Parameters
        ----------
        paths : iterable of series of labels
            The touchpoints of each path, in order.
        conversions : array_like of int
            How many customers went each path and reached the goal.
        nulls : array_like of int, optional
            How many went each path and did not; 0 by default.

        Returns
        -------
        log : JourneyLog
            One customer, a number, per time a path was gone; the time of an event is
            its place in the path.
        outcome : ndarray of bool
            Whether each customer reached the goal, in the order of ``log.customers``.

        Raises
        ------
        InvalidTypeError
            If a path is a text instead of a series of labels.
        InvalidValueError
            If a path is empty, or numbers are not counts, one per path.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log, bought = JourneyLog.from_paths(
        ...     [["ad", "shop"], ["shop"]], conversions=[2, 0], nulls=[1, 1]
        ... )
        >>> log, bought.tolist()
        (JourneyLog 7 events, 4 customers, 2 touchpoints, [True, True, False, False])
        """
        paths = _logdoors.listed(paths, "paths", "paths")
        ways = [_logdoors.way(index, path) for index, path in enumerate(paths)]
        won = _checks.counts(conversions, "conversions")
        lost = np.zeros_like(won) if nulls is None else _checks.counts(nulls, "nulls")
        for name, counted in (("conversions", won), ("nulls", lost)):
            if counted.shape != (len(ways),):
                rule = f"have one count per path ({len(ways)})"
                raise _checks.refuse(name, rule, counted.shape)
        times = np.stack([won, lost], axis=1).reshape(-1)
        which = np.repeat(np.repeat(np.arange(len(ways)), 2), times)
        outcome = np.repeat(np.tile([True, False], len(ways)), times)
        labels = tuple(dict.fromkeys(chain(*ways)))
        place = {label: code for code, label in enumerate(labels)}
        width = _columns.unsigned(len(labels))
        flat = np.array([place[label] for label in chain(*ways)], width)
        lengths = np.array([len(way) for way in ways], np.int64)
        offsets = np.append(0, np.cumsum(lengths[which]))
        steps = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths[which])
        begins = np.append(0, np.cumsum(lengths))[which]
        log = cls(
            customers=np.arange(which.size),
            offsets=offsets,
            time=steps,
            touchpoint=flat[np.repeat(begins, lengths[which]) + steps],
            touchpoints=labels,
        )
        return log, outcome

    # Looking

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.time)

    @property
    def n_customers(self) -> int:
        """Number of customers."""
        return len(self.customers)

    def __repr__(self) -> str:
        """Say how much there is, in one line."""
        parts = [
            _draw.counted(len(self), "event"),
            _draw.counted(self.n_customers, "customer"),
            _draw.counted(len(self.touchpoints), "touchpoint"),
        ]
        if self.score is not None:
            parts.append(f"{_draw.counted(self._answers, 'answer')} on {self.scale}")
        return f"JourneyLog {', '.join(parts)}"

    @property
    def _visits(self) -> IntArray:
        """Number of events at each touchpoint."""
        return np.bincount(self.touchpoint, minlength=len(self.touchpoints))

    @property
    def _answers(self) -> int:
        return 0 if self.score is None else int((self.score == self.score).sum())

    def summary(self) -> str:
        """Return one sentence for a reader who sees only this."""
        events, customers = len(self), self.n_customers
        each = f", {events / customers:,.1f} each on average" if customers else ""
        answers = "" if self.score is None else f"; {self._answers:,} of them answered"
        who = _draw.counted(customers, "customer")
        met = int(np.count_nonzero(self._visits))
        where = _draw.counted(met, "touchpoint")
        what = _draw.counted(events, "event")
        return f"{what} of {who} at {where}{each}{answers}."

    def journey(self, customer: Label) -> tuple[dict[str, Any], ...]:
        """Return the events of one customer, in order of time.

        Parameters
        ----------
        customer : hashable
            The id.

        Returns
        -------
        tuple of dict
            One per event, as in `to_records`.

        Raises
        ------
        InvalidValueError
            If the log has no such customer.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])
        >>> log.journey(7)
        ({'customer': 7, 'time': 0, 'touchpoint': 'shop'},)
        """
        place = self._place(customer)
        rows = slice(int(self.offsets[place]), int(self.offsets[place + 1]))
        return tuple(self._records(rows))

    # Cutting

    def take(self, customers: Collection[Label]) -> "JourneyLog":
        """Keep these customers, with all of their events.

        Parameters
        ----------
        customers : collection of ids
            Each in the log; repeated ones count once.

        Returns
        -------
        JourneyLog
            In the order of this log, with the same vocabularies.

        Raises
        ------
        InvalidTypeError
            If it is one id instead of a collection.
        InvalidValueError
            If the log lacks one of them.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(
        ...     customer=[7, 8], time=[0, 0], touchpoint=["shop", "shop"]
        ... )
        >>> log.take([8]).customers
        array([8])
        """
        kept = np.zeros(self.n_customers, np.bool_)
        kept[self._places(customers, "customers")] = True
        return self._select(np.repeat(kept, np.diff(self.offsets)))

    def where(self, mask: Any) -> "JourneyLog":
        """Keep some events; customers without any left vanish.

        Parameters
        ----------
        mask : array_like of bool
            Whether to keep each event, in the order of the log, which is not that of
            the table it came from: build it from the columns of the log, with `is_at`,
            or bring a column of yours in order with `row_order` first.

        Returns
        -------
        JourneyLog
            In the order of this log, with the same vocabularies.

        Raises
        ------
        InvalidTypeError
            If *mask* holds anything but truth values.
        InvalidValueError
            If it has another length than the log.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(
        ...     customer=[7, 7, 8], time=[0, 9, 0], touchpoint=["ad", "shop", "ad"]
        ... )
        >>> log.where(log.time >= 5)
        JourneyLog 1 event, 1 customer, 2 touchpoints
        """
        size = _columns.column(mask, "mask")[0].size
        kept = _columns.flags(mask, "mask", length=size)
        if kept.size != len(self):
            rule = f"have one value per event ({len(self)})"
            raise _checks.refuse("mask", rule, kept.size)
        return self._select(kept)

    def is_at(self, *touchpoints: Label) -> BoolArray:
        """Which events took place at some touchpoints?

        Parameters
        ----------
        *touchpoints : labels
            Touchpoints of the log; ``log.touchpoint`` holds their codes.

        Returns
        -------
        ndarray of bool
            One value per event, in the order of the log.

        Raises
        ------
        InvalidValueError
            If one is no touchpoint of the log.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(
        ...     customer=[7, 7, 8], time=[0, 9, 0], touchpoint=["ad", "shop", "forum"]
        ... )
        >>> log.where(~log.is_at("forum"))
        JourneyLog 2 events, 1 customer, 3 touchpoints
        """
        wanted = np.zeros(len(self.touchpoints), np.bool_)
        wanted[touchpoint_codes(self, touchpoints, "touchpoints")] = True
        return np.asarray(wanted[self.touchpoint])

    def split(self, *, gap: Any) -> "JourneyLog":
        """Begin a new journey after every long pause: who comes back counts again.

        Parameters
        ----------
        gap : timedelta or number
            The longest pause within a journey; a number is in the unit of the log.

        Returns
        -------
        JourneyLog
            With a pair (id, number of the journey, from 1) as the id of each customer.

        Raises
        ------
        InvalidTypeError
            If *gap* is no time.
        InvalidValueError
            If *gap* is negative.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(
        ...     customer=[7, 7, 7], time=[0, 5, 900], touchpoint=["ad", "shop", "ad"]
        ... )
        >>> log.split(gap=60).customers
        array([(7, 1), (7, 2)], dtype=object)
        """
        longest = _columns.duration(gap, "gap", self.time_unit)
        begins = np.zeros(len(self), np.bool_)
        begins[1:] = np.diff(self.time) > longest
        begins[self.offsets[:-1]] = True
        starts = np.flatnonzero(begins)
        owners = np.searchsorted(self.offsets, starts, "right") - 1
        first = np.searchsorted(starts, self.offsets[:-1])
        numbers = np.arange(starts.size) - first[owners] + 1
        ids = zip(self.customers[owners].tolist(), numbers.tolist(), strict=True)
        customers = _logdoors.objects([*ids])
        offsets = np.append(starts, len(self))
        return attrs.evolve(self, customers=customers, offsets=offsets)

    def partition(self, n: int) -> tuple["JourneyLog", ...]:
        """Split into parts of whole customers, by a stable hash of their ids.

        The same customer goes to the same part in every log and every process, so that
        states of the parts add up; see `customer_groups`.

        Parameters
        ----------
        n : int
            Number of parts, at least 1. Some may be empty.

        Returns
        -------
        tuple of JourneyLog
            *n* of them, with the same vocabularies.

        Raises
        ------
        InvalidTypeError
            If *n* is not a whole number, or an id has no stable hash.
        InvalidValueError
            If *n* is less than 1.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(
        ...     customer=range(100), time=[0] * 100, touchpoint=["shop"] * 100
        ... )
        >>> sum(part.n_customers for part in log.partition(3))
        100
        """
        groups = np.repeat(customer_groups(self.customers, n=n), np.diff(self.offsets))
        return tuple(self._select(groups == group) for group in range(n))

    def _select(self, kept: BoolArray) -> "JourneyLog":
        """Return the log of some events."""
        lengths = np.zeros(self.n_customers, np.int64)
        if len(self):
            lengths = np.add.reduceat(kept, self.offsets[:-1], dtype=np.int64)
        there = lengths > 0
        columns: dict[str, Any] = {
            name: None if getattr(self, name) is None else getattr(self, name)[kept]
            for name in _EVENTS
        }
        offsets = np.append(0, np.cumsum(lengths[there]))
        customers = self.customers[there]
        return attrs.evolve(self, customers=customers, offsets=offsets, **columns)

    def _places(self, ids: Any, argument: str) -> npt.NDArray[np.intp]:
        """Return the places of customers, or refuse the first that is unknown."""
        if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
            rule, hint = "be a collection of ids", "wrap a single one: [id]"
            raise _checks.refuse(argument, rule, ids, hint=hint, error=InvalidTypeError)
        # Items of a column of Arrow equal nothing but their like.
        wanted = np.asarray(ids).tolist() if hasattr(ids, "__array__") else [*ids]
        place = self._place_of()
        found = [
            place.get(each, -1) if _checks.is_hashable(each) else -1 for each in wanted
        ]
        if -1 in found:
            index = found.index(-1)
            one = argument == "customer"
            unordered = one or isinstance(ids, AbstractSet | Mapping)
            raise _checks.refuse(
                argument,
                "hold customers of the log"
                if unordered and not one
                else "be a customer of the log",
                wanted[index],
                index=None if unordered else index,
                hint="ids are compared by value and type: 7 is not '7'",
            )
        return np.array(found, np.intp)

    def _place(self, customer: Label) -> int:
        """Return the place of one customer without a look at all others."""
        if self.customers.dtype.kind in "iu" and type(customer) is int:
            place = int(np.searchsorted(self.customers, customer))
            if place < self.n_customers and self.customers[place] == customer:
                return place
        return int(self._places([customer], "customer")[0])

    def _place_of(self) -> dict[Label, int]:
        return {each: place for place, each in enumerate(self.customers.tolist())}

    def _repeated(self) -> BoolArray:
        """Return which events equal an earlier one of the log in every column."""
        again = np.zeros(len(self), np.bool_)
        same = self.time[1:] == self.time[:-1]
        same[self.offsets[1:-1] - 1] = False
        tied = np.zeros(len(self), np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        rows = np.flatnonzero(tied)
        if not rows.size:
            return again
        run = np.cumsum(~np.append(False, same)[rows])
        there = [getattr(self, name) for name in _EVENTS[1:]]
        keys = [values[rows] for values in there if values is not None]
        order = np.lexsort([rows, *keys, run])
        equal = np.ones(rows.size - 1, np.bool_)
        for key in (*keys, run):
            ours, before = key[order][1:], key[order][:-1]
            equal &= (ours == before) | ((ours != ours) & (before != before))  # noqa: PLR0124
        again[rows[order[1:]][equal]] = True
        return again

    # Comparing and copying

    def __eq__(self, other: object) -> bool:
        """Compare all fields."""
        if not isinstance(other, JourneyLog):
            return NotImplemented
        plain = ("touchpoints", "time_unit", "channels", "attributes", "scale")
        return (
            all(getattr(self, name) == getattr(other, name) for name in plain)
            and self.customers.dtype == other.customers.dtype
            and self.customers.tolist() == other.customers.tolist()
            and _checks.same_arrays(self, other, ("offsets", *_EVENTS))
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Going out

    def to_columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return one row per event, as columns for a dataframe.

        Labels stand instead of codes, None and NaN for what is missing; times are
        numbers of `time_unit`. With the same vocabularies, unit and scale,
        `from_columns` makes the same log of them.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])
        >>> log.to_columns()["touchpoint"]
        array(['shop'], dtype=object)
        >>> again = JourneyLog.from_columns(
        ...     **log.to_columns(), touchpoints=log.touchpoints
        ... )
        >>> again == log
        True
        """
        return self._labelled(slice(None))

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per event, as dataframes and `from_records` take them.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])
        >>> log.to_records()
        [{'customer': 7, 'time': 0, 'touchpoint': 'shop'}]
        """
        return self._records(slice(None))

    def _labelled(self, rows: slice) -> dict[str, npt.NDArray[Any]]:
        """Return some rows as columns of labels and numbers."""
        start, stop, _ = rows.indices(len(self))
        owner = np.searchsorted(self.offsets, np.arange(start, stop), "right") - 1
        columns = {"customer": self.customers[owner], "time": self.time[rows]}
        vocabularies = {
            "touchpoint": self.touchpoints,
            "channel": self.channels,
            "dimension": DIMENSIONS,
            "attribute": self.attributes,
        }
        for name in _logdoors.COLUMNS[2:]:
            values = getattr(self, name)
            if values is not None:
                labels = vocabularies.get(name)
                part = values[rows]
                columns[name] = (
                    part if labels is None else _logdoors.looked_up(part, labels)
                )
        return columns

    def _records(self, rows: slice) -> list[dict[str, Any]]:
        columns = {
            name: [None if value != value else value for value in values.tolist()]  # noqa: PLR0124
            for name, values in self._labelled(rows).items()
        }
        return [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> log = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])
        >>> log.to_dict()["offsets"]
        [0, 1]
        """
        fields = {
            field.name: getattr(self, field.name) for field in attrs.fields(JourneyLog)
        }
        plain = {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in fields.items()
        }
        scale = None if self.scale is None else attrs.asdict(self.scale)
        return plain | {"scale": scale}

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        """Show the touchpoints as a table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        """Return events and answers per touchpoint."""
        size = len(self.touchpoints)
        table = {"touchpoint": [str(label) for label in self.touchpoints]}
        table["events"] = [f"{count:,}" for count in self._visits]
        if self.score is not None:
            known = self.touchpoint[self.score == self.score]
            answers = np.bincount(known, minlength=size)
            table["answers"] = [f"{count:,}" for count in answers]
        return table


def concat(logs: Iterable[JourneyLog]) -> JourneyLog:
    """Join logs: of months, of systems, of parts of the customers.

    Events of a customer who is in several of them are put in order of time; on equal
    times those of the earlier log come first. Times are taken as of one clock: do not
    join datetimes with numbers that count from elsewhere.

    Parameters
    ----------
    logs : iterable of JourneyLog
        At least one. Vocabularies are united, those of the first log first; times are
        kept in the finest of the units.

    Returns
    -------
    JourneyLog
        With every column that one of them has. Where a log lacks channel, dimension,
        attribute, amount or score, these are unknown for its events.

    Raises
    ------
    InvalidTypeError
        If it is not logs that come in.
    InvalidValueError
        If there are none, or some know which events were two-sided and others do not.
    ScaleMismatchError
        If their answers are on different scales.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.journeylog import concat
    >>> january = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["ad"])
    >>> february = JourneyLog.from_columns(customer=[7], time=[9], touchpoint=["shop"])
    >>> concat([january, february])
    JourneyLog 2 events, 1 customer, 2 touchpoints
    """
    parts = _logdoors.listed(logs, "logs", "JourneyLog", hint=_WRAP)
    for index, part in enumerate(parts):
        _checks.require_instance("logs", part, JourneyLog, index=index)
    if not parts:
        raise _checks.refuse("logs", "hold at least one log", parts)
    _refuse_unlike(parts)
    scale = next((part.scale for part in parts if part.scale is not None), None)
    own = [_columns.UNITS[part.time_unit] for part in parts]
    unit = parts[own.index(min(own))].time_unit
    columns: dict[str, Any] = {"time_unit": unit, "scale": scale}
    times = (
        _columns.rescaled(
            part.time, f"logs[{index}].time", size, unit, coarser=_COARSER
        )
        for index, (part, size) in enumerate(zip(parts, own, strict=True))
    )
    columns["time"] = np.concatenate([*times])
    for name in ("touchpoint", "channel", "attribute"):
        united = dict.fromkeys(chain(*(getattr(part, f"{name}s") for part in parts)))
        if any(getattr(part, name) is not None for part in parts):
            columns[f"{name}s"] = tuple(united)
            place = {label: code for code, label in enumerate(united)}
            columns[name] = np.concatenate(
                [_united(part, name, place) for part in parts]
            )
    for name, nothing in (
        ("dimension", np.int8(-1)),
        ("two_sided", np.bool_(False)),  # noqa: FBT003  a type, not a flag
        ("amount", np.nan),
        ("score", np.nan),
    ):
        there = [getattr(part, name) for part in parts]
        if any(values is not None for values in there):
            columns[name] = np.concatenate(
                [
                    np.full(len(part), nothing) if values is None else values
                    for part, values in zip(parts, there, strict=True)
                ]
            )
    owners = [np.repeat(part.customers, np.diff(part.offsets)) for part in parts]
    if len({part.dtype for part in owners}) > 1:  # numpy would turn them into floats
        owners = [part.astype(object) for part in owners]
    ids: Any = np.concatenate(owners)
    keys, labels = _columns.customers(ids, "customer")
    return JourneyLog._sorted(keys, labels, columns, "keep")  # noqa: SLF001


def row_order(
    *, customer: Any, time: Any, time_unit: TimeUnit | None = None
) -> npt.NDArray[np.intp]:
    """In which order do the rows of a table stand in its log?

    A column that is no part of the log, such as a country, is brought in the order of
    its events by ``column[row_order(...)]``.

    Parameters
    ----------
    customer, time : column
        The columns from which the log was made.
    time_unit : str, optional
        The unit that was asked for, if any.

    Returns
    -------
    ndarray of int
        The row of the table for each event of the log that `JourneyLog.from_columns`
        makes of it; without ``duplicates="drop"``, which leaves rows out.

    Raises
    ------
    CxmError
        As in `JourneyLog.from_columns`.

    Examples
    --------
    >>> import numpy as np
    >>> from cxmkit.journeylog import row_order
    >>> country = np.array(["pl", "de", "at"])
    >>> country[row_order(customer=[8, 7, 7], time=[0, 9, 3])]
    array(['at', 'de', 'pl'], dtype='<U2')
    """
    keys, _ = _columns.customers(customer, "customer")
    instants, _ = _columns.instants(time, "time", unit=time_unit)
    _columns.require_length("time", instants.size, keys.size)
    order, _ = _events.grouped(keys, instants)
    return np.arange(keys.size) if order is None else order


def touchpoint_codes(
    log: JourneyLog, touchpoints: Iterable[Label], argument: str
) -> list[int]:
    """Return the codes of touchpoints, or refuse the first that is none."""
    place = {label: code for code, label in enumerate(log.touchpoints)}
    codes = []
    for index, label in enumerate(touchpoints):
        if not _checks.is_hashable(label) or label not in place:
            rule = "be a touchpoint of the log"
            hint = f"touchpoints are {_checks.some(log.touchpoints)}"
            raise _checks.refuse(argument, rule, label, index=index, hint=hint)
        codes.append(place[label])
    return codes


def outcome_of(log: JourneyLog, outcome: Any) -> BoolArray:
    """Return an outcome as a truth value per customer, in the order of the log."""
    if isinstance(outcome, Mapping):
        return _from_mapping(log, outcome)
    if isinstance(outcome, set | frozenset):
        reached = np.zeros(log.n_customers, np.bool_)
        reached[log._places(outcome, "outcome")] = True  # noqa: SLF001  a sibling's
        return reached
    data, mask = _checks.as_array(outcome, "outcome")
    if mask is not None:
        data = data.astype(object)
        data[mask] = None
    if data.ndim != 1 or (data.size and data.dtype.kind in "iufUS"):
        rule = "hold True or False per customer"
        hint = "pass a set of ids for those who reached it"
        raise _checks.refuse(
            "outcome", rule, outcome, hint=hint, error=InvalidTypeError
        )
    for index, value in enumerate(data) if data.dtype.kind == "O" else ():
        if _checks.is_missing(value):
            hint = "say False, or leave these customers out: log.take(...)"
            raise _checks.refuse_missing("outcome", index=index, hint=hint)
        if not isinstance(value, bool | np.bool_):
            rule = "hold True or False per customer"
            hint = "pass a set of ids for those who reached it"
            raise _checks.refuse(
                "outcome", rule, value, index=index, hint=hint, error=InvalidTypeError
            )
    reached = _columns.flags(outcome, "outcome", length=data.size)
    if reached.size != log.n_customers:
        rule = f"have one value per customer ({log.n_customers})"
        hint = "log.customers says their order; a set of ids needs none"
        raise _checks.refuse("outcome", rule, reached.size, hint=hint)
    return reached


def _from_mapping(log: JourneyLog, outcome: Mapping[Any, Any]) -> BoolArray:
    log._places(outcome, "outcome")  # noqa: SLF001  a sibling's
    values = []
    for customer in log.customers.tolist():
        if customer not in outcome:
            raise _checks.refuse(
                "outcome",
                "say what became of each customer",
                customer,
                hint="it has no entry; a set of those who reached it needs none",
            )
        value = outcome[customer]
        if not isinstance(value, bool | np.bool_):
            where, rule = f"outcome[{customer!r}]", "be True or False"
            raise _checks.refuse(where, rule, value, error=InvalidTypeError)
        values.append(value)
    return np.array(values, np.bool_)


def _refuse_unlike(parts: Sequence[JourneyLog]) -> None:
    scales = {part.scale: index for index, part in enumerate(parts) if part.scale}
    if len(scales) > 1:
        first, second = [*scales][:2]
        raise ScaleMismatchError(
            f"logs[{scales[second]}] must have answers on {first!r}; got {second!r}",
            argument="logs",
            index=scales[second],
            value=second,
        )
    known = [part.two_sided is not None for part in parts]
    if any(known) and not all(known):
        index = known.index(False)
        rule = "say which events were two-sided, as others do"
        hint = "attrs.evolve(log, two_sided=...) adds it"
        raise _checks.refuse("logs", rule, parts[index], index=index, hint=hint)


def _united(
    part: JourneyLog, name: str, place: Mapping[Label, int]
) -> npt.NDArray[Any]:
    """Return the codes of a log in a vocabulary that holds more."""
    codes = getattr(part, name)
    if codes is None:
        return np.full(len(part), -1, _columns.signed(len(place)))
    table = [place[label] for label in getattr(part, f"{name}s")]
    return np.asarray(np.array([*table, -1], _columns.signed(len(place)))[codes])


def _own(values: npt.NDArray[Any], ours: bool) -> npt.NDArray[Any]:  # noqa: FBT001
    """Freeze an array if it is ours; the constructor copies those of others."""
    if ours and values.base is None:
        values.flags.writeable = False
    return values


def _customers(keys: npt.NDArray[Any], ids: Sequence[Label] | None) -> npt.NDArray[Any]:
    """Return the ids of some keys."""
    return keys if ids is None else np.asarray(_logdoors.objects(ids)[keys])
