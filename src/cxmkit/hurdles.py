"""Where does it get stuck?"""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _events, _states
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.errors import InvalidTypeError
from cxmkit.journeylog import JourneyLog
from cxmkit.journeymap import JourneyMap

__all__ = ["FrictionCounts", "friction"]


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class FrictionCounts:
    r"""Where do journeys get stuck, turn back or change the channel?

    Counts of other customers add, ``sum()`` included, if the design is the same and all
    or none know their channels.

    Parameters
    ----------
    touchpoints : series of labels
        Touchpoints in the order of the arrays.
    events : array_like of int
        Number of events at each touchpoint.
    customers : array_like of int
        Number of customers who met it.
    rework : array_like of int
        Number of customers with more than one event at it.
    self_loops : array_like of int
        How often events at it followed each other immediately: three in a row are one
        self-loop.
    self_loop_size : array_like of int
        Number of immediate repeats in these: three in a row are two.
    returns : array_like of int
        Number of events of customers who had been there before, though not just before.
    channel_switches : array_like of int, optional
        Number of events in another channel than the event before; None if channels are
        unknown.
    channel_pairs : array_like of int, optional
        Number of events whose channel is known as is that of the customer's event
        before; comes with *channel_switches*.
    back_steps : array_like of int, optional
        Number of events in an earlier stage than the event before; None without a
        design.
    stage_pairs : array_like of int, optional
        Number of events whose touchpoint is in the design as is that of the customer's
        event before; comes with *back_steps*.
    stage : array_like of int, optional
        Place of the stage of each touchpoint in *stages*, -1 where the design lacks it;
        comes with *back_steps*.
    stages : series of str, optional
        Names of the stages of the design, in order.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If shapes disagree, or a count exceeds what it is part of.
    MissingValueError
        If a label is missing.

    Notes
    -----
    Invariants: rework <= customers <= events; self_loops <= self_loop_size; first
    events, repeats and returns are all, ``customers + self_loop_size + returns ==
    events``; channel_switches <= channel_pairs <= events; back_steps <= stage_pairs <=
    events.

    Examples
    --------
    >>> from cxmkit import JourneyLog
    >>> from cxmkit.hurdles import friction
    >>> log, _ = JourneyLog.from_paths(
    ...     [["shop", "hotline", "hotline", "hotline"], ["shop", "hotline", "shop"]],
    ...     conversions=[4, 1],
    ... )
    >>> hurdles = friction(log)
    >>> hurdles
    FrictionCounts of 19 events at 2 touchpoints: repeats 8, returns 1
    >>> print(hurdles)
    touchpoint  events  customers  rework  self-loops  repeats  returns
    shop             6          5       1           0        0        1
    hotline         13          5       4           4        8        0
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    events: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    customers: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    rework: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    self_loops: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    self_loop_size: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    returns: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    channel_switches: IntArray | None = attrs.field(
        default=None,
        converter=_states.as_optional_counts,
        validator=attrs.validators.optional(_states.are_counts),
    )
    channel_pairs: IntArray | None = attrs.field(
        default=None,
        converter=_states.as_optional_counts,
        validator=attrs.validators.optional(_states.are_counts),
    )
    back_steps: IntArray | None = attrs.field(
        default=None,
        converter=_states.as_optional_counts,
        validator=attrs.validators.optional(_states.are_counts),
    )
    stage_pairs: IntArray | None = attrs.field(
        default=None,
        converter=_states.as_optional_counts,
        validator=attrs.validators.optional(_states.are_counts),
    )
    stage: IntArray | None = attrs.field(
        default=None, converter=_states.as_optional_counts
    )
    stages: tuple[str, ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(str)
    )

    def __attrs_post_init__(self) -> None:
        """Check that parts are no larger than the whole."""
        for name, other in (
            ("channel_pairs", "channel_switches"),
            ("stage", "back_steps"),
            ("stage_pairs", "back_steps"),
        ):
            _require_together(self, name, other)
        for name in self._counted:
            shape = (len(self.touchpoints),)
            _states.require_shape(name, getattr(self, name), shape)
        for name, whole in (
            ("rework", "customers"),
            ("self_loops", "self_loop_size"),
            ("channel_switches", "channel_pairs"),
            ("channel_pairs", "events"),
            ("back_steps", "stage_pairs"),
            ("stage_pairs", "events"),
        ):
            part = getattr(self, name)
            if part is not None:
                good = part <= getattr(self, whole)
                _checks.require(name, part, good, f"not exceed {whole}")
        seen = self.customers + self.self_loop_size + self.returns
        rule = "be customers + self_loop_size + returns, each event once"
        _checks.require("events", self.events, self.events == seen, rule)
        _require_stages(self)

    @property
    def _counted(self) -> list[str]:
        """Names of the counts that are known."""
        return [name for name in _COUNTS if getattr(self, name) is not None]

    @property
    def rework_share(self) -> FloatArray:
        """Share of those who met a touchpoint that have more than one event there."""
        return _states.ratios(self.rework, self.customers)

    @property
    def repeat_rate(self) -> FloatArray:
        """Immediate repeats per event, 0 to 1; NaN without events."""
        return _states.ratios(self.self_loop_size, self.events)

    @property
    def return_rate(self) -> FloatArray:
        """Returns per event, 0 to 1; NaN without events."""
        return _states.ratios(self.returns, self.events)

    @property
    def channel_switch_rate(self) -> FloatArray | None:
        """Switches of the channel per event that may be one, 0 to 1.

        Of `channel_pairs`; NaN where there are none. None if channels are unknown.
        """
        return _optional_shares(self.channel_switches, self.channel_pairs)

    @property
    def back_step_rate(self) -> FloatArray | None:
        """Steps back to an earlier stage per event that may be one, 0 to 1.

        Of `stage_pairs`; NaN where there are none. None without a design.
        """
        return _optional_shares(self.back_steps, self.stage_pairs)

    def __repr__(self) -> str:
        """Say how many events, repeats and returns there are, in one line."""
        events = _draw.counted(int(self.events.sum()), "event")
        where = _draw.counted(len(self.touchpoints), "touchpoint")
        parts = [
            f"{_HEADINGS[name]} {int(getattr(self, name).sum()):,}"
            for name in self._counted
            if name in _SAID
        ]
        return f"FrictionCounts of {events} at {where}: {', '.join(parts)}"

    def summary(self) -> str:
        """Return one sentence for a manager: where most hurdles are.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.hurdles import friction
        >>> log, _ = JourneyLog.from_paths(
        ...     [["shop", "hotline", "hotline"], ["shop"]], conversions=[4, 1]
        ... )
        >>> print(friction(log).summary())
        4 of 13 events are repeats or returns, most of them at hotline: 4 of its 8
        (50.0 %), by 4 of 4 customers.
        """
        again = self.self_loop_size + self.returns
        events = _draw.counted(int(self.events.sum()), "event")
        if not again.any():
            return f"Nothing is done twice in {events}."
        worst = int(again.argmax())
        total, there, of = int(again.sum()), int(again[worst]), int(self.events[worst])
        who = _draw.counted(int(self.customers[worst]), "customer")
        return (
            f"{total:,} of {events} are repeats or returns, most of them at"
            f" {self.touchpoints[worst]}: {there:,} of its {of:,}"
            f" ({100 * there / of:.1f} %), by {int(self.rework[worst]):,} of {who}."
        )

    def __add__(self, other: object) -> "FrictionCounts":
        """Add the counts of other customers; touchpoints are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, FrictionCounts):
            return NotImplemented
        _refuse_unlike(self, other)
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        added = {
            name: union.add(getattr(self, name), getattr(other, name))
            for name in self._counted
        }
        stage = None
        if self.stage is not None and other.stage is not None:
            stage = np.empty(len(union.labels), np.int64)
            stage[union.theirs] = other.stage
            stage[union.ours] = self.stage
        return FrictionCounts(
            touchpoints=union.labels, stage=stage, stages=self.stages, **added
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare all fields."""
        if not isinstance(other, FrictionCounts):
            return NotImplemented
        same = (self.touchpoints, self.stages) == (other.touchpoints, other.stages)
        return same and _checks.same_arrays(self, other, (*_COUNTS, "stage"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per touchpoint: counts, then rates.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.hurdles import friction
        >>> log, _ = JourneyLog.from_paths([["shop", "shop"]], conversions=[4])
        >>> friction(log).to_records()[0]["repeat_rate"]
        0.5
        """
        columns = self.to_columns()
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe; what is unknown is left out.

        Examples
        --------
        >>> from cxmkit import JourneyLog
        >>> from cxmkit.hurdles import friction
        >>> log, _ = JourneyLog.from_paths([["shop", "shop"]], conversions=[4])
        >>> friction(log).to_columns()["rework"]
        [4]
        """
        columns: dict[str, list[Any]] = {"touchpoint": list(self.touchpoints)}
        if self.stage is not None:
            names = (*self.stages, "")
            columns["stage"] = [names[place] for place in self.stage]
        arrays = {name: getattr(self, name) for name in (*_COUNTS, *_RATES)}
        known = {name: each for name, each in arrays.items() if each is not None}
        return columns | {name: each.tolist() for name, each in known.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return _states.plain(self)

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        """Return the counts that are known, by touchpoint."""
        table = {"touchpoint": [str(label) for label in self.touchpoints]}
        return table | {
            _HEADINGS.get(name, name): [f"{count:,}" for count in getattr(self, name)]
            for name in self._counted
        }


_COUNTS = (
    "events",
    "customers",
    "rework",
    "self_loops",
    "self_loop_size",
    "returns",
    "channel_switches",
    "channel_pairs",
    "back_steps",
    "stage_pairs",
)
_RATES = (
    "rework_share",
    "repeat_rate",
    "return_rate",
    "channel_switch_rate",
    "back_step_rate",
)
_SAID = ("self_loop_size", "returns", "channel_switches", "back_steps")
_HEADINGS = {
    "self_loops": "self-loops",
    "self_loop_size": "repeats",
    "returns": "returns",
    "channel_switches": "channel switches",
    "channel_pairs": "channel pairs",
    "back_steps": "back-steps",
    "stage_pairs": "stage pairs",
}


def _optional_shares(
    part: IntArray | None, whole: IntArray | None
) -> FloatArray | None:
    return None if part is None or whole is None else _states.ratios(part, whole)


def _require_together(state: FrictionCounts, name: str, other: str) -> None:
    """Refuse one of two fields without the other."""
    value = getattr(state, name)
    if (value is None) != (getattr(state, other) is None):
        raise _checks.refuse(name, f"be given if {other} is, and only then", value)


def _require_stages(state: FrictionCounts) -> None:
    """Refuse stages without a design, and places that are none of theirs."""
    _checks.distinct("stages", state.stages, "the name")
    if state.stage is None:
        if state.stages:
            raise _checks.refuse("stages", "come with stage", state.stages)
        return
    if state.stage.dtype != np.int64:
        rule, got = "hold whole numbers", state.stage.dtype
        raise _checks.refuse("stage", rule, got, error=InvalidTypeError)
    _states.require_shape("stage", state.stage, (len(state.touchpoints),))
    good = (state.stage >= -1) & (state.stage < len(state.stages))
    rule = f"be the place of one of {len(state.stages)} stages, or -1"
    _checks.require("stage", state.stage, good, rule)


def _refuse_unlike(ours: FrictionCounts, theirs: FrictionCounts) -> None:
    """Refuse to add counts of which only one knows channels, or of other designs."""
    if (ours.channel_switches is None) != (theirs.channel_switches is None):
        rule = "know channels if this does, and only then"
        hint = "count both with channels, or both without"
        raise _checks.refuse("other", rule, theirs, hint=hint)
    if (ours.stage is None) != (theirs.stage is None):
        rule = "be counted with a design if this is, and only then"
        hint = "pass friction the same design for both"
        raise _checks.refuse("other", rule, theirs, hint=hint)
    _states.require_same(ours, theirs, ("stages",))
    here, there = _stage_of(ours), _stage_of(theirs)
    for label in ours.touchpoints:
        if label in there and here[label] != there[label]:
            rule = f"have {label!r} in the same stage, {here[label]!r}"
            hint = "pass friction the same design for both"
            raise _checks.refuse("other", rule, there[label], hint=hint)


def _stage_of(state: FrictionCounts) -> dict[Label, str]:
    """Return the stage of each touchpoint, "" if it has none; nothing if unknown."""
    if state.stage is None:
        return {}
    names = (*state.stages, "")
    return {
        label: names[place]
        for label, place in zip(state.touchpoints, state.stage, strict=True)
    }


def friction(
    log: JourneyLog, *, design: JourneyMap[Any] | None = None
) -> FrictionCounts:
    r"""Where does it get stuck? Repeats, returns, switches and steps back.

    None of these need be bad: who likes a product comes back to it. They say where to
    look.

    Parameters
    ----------
    log : JourneyLog
        What happened. Without channels there are no switches to count.
    design : JourneyMap, optional
        Stages of touchpoints, for steps back. A touchpoint of the log belongs to that
        of the design whose id is its label.

    Returns
    -------
    FrictionCounts
        Counts by touchpoint, in the order of the log; they add for other customers.

    Raises
    ------
    InvalidTypeError
        If *log* or *design* is no such thing.

    Notes
    -----
    All counts belong to the touchpoint of the event itself, the later of two.

    - A *repeat* is an event at the touchpoint of the event before. A *self-loop* is an
      unbroken series of repeats, and its size their number: three in a row are one
      self-loop of size 2, as edeaR counts within a case.
    - A *return* is an event at a touchpoint that the customer had met before, but not
      in the event before.
    - *Rework* is the number of customers with more than one event at a touchpoint, as
      pm4py counts cases.
    - A *channel switch* is an event in another channel than the event before, both
      known. Its rate is among the events of which this can be said: those with a known
      channel after an event with a known channel.
    - A *step back* is an event in an earlier stage than the event before, both in the
      design. Its rate is among the events in the design after an event in the design.

    References
    ----------
    Janssenswillen, G., Depaire, B., Swennen, M., Jans, M., & Vanhoof, K. (2019). bupaR:
    Enabling reproducible business process analysis. Knowledge-Based Systems, 163,
    927-930. doi:10.1016/j.knosys.2018.10.018

    Examples
    --------
    >>> from cxmkit import JourneyLog, JourneyMap
    >>> from cxmkit.hurdles import friction
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 7],
    ...     time=[0, 1, 2, 3],
    ...     touchpoint=["shop", "hotline", "hotline", "shop"],
    ...     channel=["web", "phone", "mail", None],
    ... )
    >>> design = JourneyMap.parse("purchase: shop\nsupport: hotline", id=1)
    >>> hurdles = friction(log, design=design)
    >>> hurdles
    FrictionCounts of 4 events at 2 touchpoints: repeats 1, returns 1,
    channel switches 2, back-steps 1
    >>> hurdles.back_step_rate
    array([1., 0.])

    The second visit to the shop has no known channel, so it may or may not be a switch.

    >>> hurdles.channel_switch_rate
    array([nan,  1.])
    """
    _checks.require_instance("log", log, JourneyLog)
    stage, stages = _stages(log, design)
    size = len(log.touchpoints)
    counts = {name: np.zeros(size, np.int64) for name in _COUNTS}
    for block in _events.blocks(log.offsets, bins=size):
        codes = log.touchpoint[block.rows].astype(np.intp)
        follows = block.follows
        counts["events"] += np.bincount(codes, minlength=size)
        _count_again(codes, follows, block, counts)
        if log.channel is not None:
            channel = log.channel[block.rows]
            there = _follow(follows, channel >= 0)
            counts["channel_pairs"] += _at(codes, there, size)
            there[1:] &= channel[1:] != channel[:-1]
            counts["channel_switches"] += _at(codes, there, size)
        if stage is not None:
            rank = stage[codes]
            there = _follow(follows, rank >= 0)
            counts["stage_pairs"] += _at(codes, there, size)
            there[1:] &= rank[1:] < rank[:-1]
            counts["back_steps"] += _at(codes, there, size)
    if log.channel is None:
        del counts["channel_switches"], counts["channel_pairs"]
    if stage is None:
        del counts["back_steps"], counts["stage_pairs"]
    return FrictionCounts(
        touchpoints=log.touchpoints, stage=stage, stages=stages, **counts
    )


def _stages(
    log: JourneyLog, design: JourneyMap[Any] | None
) -> tuple[IntArray | None, tuple[str, ...]]:
    """Return the place of the stage of each touchpoint, and the names of all."""
    if design is None:
        return None, ()
    _checks.require_instance("design", design, JourneyMap)
    rank = {stage: number for number, stage in enumerate(design.stages)}
    ranks = {each.id: rank[each.stage] for each in design.touchpoints}
    places = [ranks.get(label, -1) for label in log.touchpoints]
    return np.array(places, np.int64), tuple(stage.name for stage in design.stages)


def _count_again(
    codes: npt.NDArray[np.intp],
    follows: BoolArray,
    block: _events.Block,
    counts: dict[str, IntArray],
) -> None:
    """Count events where the same customer was before, and who these are."""
    size = counts["events"].size
    repeats = follows.copy()
    repeats[1:] &= codes[1:] == codes[:-1]
    begins = repeats.copy()
    begins[1:] &= ~repeats[:-1]
    visits = block.owners * size + codes
    order, starts = _events.grouped(visits, np.arange(codes.size))
    first = starts if order is None else order[starts]
    often = np.diff(starts, append=codes.size) > 1
    again = np.ones(codes.size, np.bool_)
    again[first] = False
    counts["customers"] += np.bincount(codes[first], minlength=size)
    counts["rework"] += np.bincount(codes[first[often]], minlength=size)
    counts["self_loops"] += _at(codes, begins, size)
    counts["self_loop_size"] += _at(codes, repeats, size)
    counts["returns"] += _at(codes, again & ~repeats, size)


def _follow(follows: BoolArray, known: BoolArray) -> BoolArray:
    """Mark events that follow another one of the customer, both known."""
    both = follows & known
    both[1:] &= known[:-1]
    return both


def _at(codes: npt.NDArray[np.intp], there: BoolArray, size: int) -> IntArray:
    """Count marked events by touchpoint."""
    return np.bincount(codes[there], minlength=size)
