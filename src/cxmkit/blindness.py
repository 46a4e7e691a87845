"""What part of the experience do we measure, and what part does a CRM never see?"""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _events, _states
from cxmkit._answers import answers_of
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.customer import Standing
from cxmkit.journeylog import JourneyLog
from cxmkit.journeymap import JourneyMap
from cxmkit.lifecycle import standing

__all__ = ["BlindSpots", "blind_spots"]

_STANDINGS = tuple(each.value for each in Standing)
_CURRENT = _STANDINGS.index(Standing.CURRENT.value)
_PAIRS = (("answers", "events"), ("undesigned_answers", "undesigned_events"))
_COUNTS = tuple(name for pair in _PAIRS for name in pair)
_LISTED = 5  # touchpoints named in a sentence


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class BlindSpots:
    r"""What is measured, where it is not, and how much lies outside the relationship?

    There are two ways not to see. A touchpoint that was designed and has no answers is
    steered blindly (S0.2). And what happens before and after somebody is a customer is
    experience as well (S2.74), but no part of the relationship that a CRM looks at
    (S2.57). `blind_spots` counts both. Counts of parts of the customers add, ``sum()``
    included, if the design is the same.

    Parameters
    ----------
    touchpoints : series of labels
        Ids of the touchpoints of the design, in its order; at least one.
    events, answers : array_like of int
        Number of events, and of those among them that have an answer, shape
        (touchpoints, 3): by touchpoint and standing, in the order of `Standing`.
    undesigned_events, undesigned_answers : array_like of int
        The same of all touchpoints together that the design lacks, shape (3,).

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If there is no touchpoint or one is there twice, the shape is another, a count
        is negative, or there are more answers than events.
    MissingValueError
        If a label is missing.

    Notes
    -----
    Invariants: answers <= events, at each touchpoint in each standing.

    Shares are shares of what the log holds. What nobody recorded, such as a talk among
    friends, is in no share, so that the blind spots are larger than they look.

    Examples
    --------
    >>> from cxmkit import JourneyLog, JourneyMap, STARS_1_5
    >>> from cxmkit.blindness import blind_spots
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 8, 8],
    ...     time=[0, 10, 20, 10, 12],
    ...     touchpoint=["poster", "shop", "hotline", "poster", "forum"],
    ...     score=[None, 4, 5, None, 2],
    ...     scale=STARS_1_5,
    ... )
    >>> design = JourneyMap.parse("need: poster\nuse: shop > hotline", id="nappies")
    >>> spots = blind_spots(log, design, customer=[7], start=[5], end=[15])
    >>> spots
    BlindSpots 2 of 3 touchpoints measured, 4 of 5 events outside a relationship
    >>> print(spots)
    touchpoint           not-yet  answered  current  answered  former  answered
    all                        3    33.3 %        1   100.0 %       1   100.0 %
    (not in the design)        1   100.0 %        0                 0
    poster                     2     0.0 %        0                 0
    shop                       0                  1   100.0 %       0
    hotline                    0                  0                 1   100.0 %
    no answers from poster
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    events: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    answers: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    undesigned_events: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    undesigned_answers: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )

    def __attrs_post_init__(self) -> None:
        """Check that the counts are possible."""
        if not self.touchpoints:
            raise _checks.refuse("touchpoints", "hold at least one", self.touchpoints)
        standings = (len(_STANDINGS),)
        shapes = ((len(self.touchpoints), *standings), standings)
        for (few, many), shape in zip(_PAIRS, shapes, strict=True):
            part, whole = getattr(self, few), getattr(self, many)
            _states.require_shape(many, whole, shape)
            _states.require_shape(few, part, shape)
            _checks.require(few, part, part <= whole, f"not be more than {many}")

    # What is measured

    @property
    def measured_share(self) -> float:
        """Share of the touchpoints of the design with at least one answer, 0 to 1."""
        return float(self._measured.mean())

    @property
    def unmeasured(self) -> tuple[Label, ...]:
        """The touchpoints of the design without any answer, in its order."""
        pairs = zip(self.touchpoints, self._measured.tolist(), strict=True)
        return tuple(label for label, measured in pairs if not measured)

    @property
    def answered_share(self) -> float:
        """Share of all events that have an answer, 0 to 1; NaN without events."""
        return _share(self.answers_by_standing, self.events_by_standing)

    @property
    def undesigned_share(self) -> float:
        """Share of all events at touchpoints that the design lacks, 0 to 1.

        NaN without events.
        """
        return _share(self.undesigned_events, self.events_by_standing)

    @property
    def _measured(self) -> BoolArray:
        return np.asarray(self.answers.any(axis=1))

    # What lies outside the relationship

    @property
    def events_by_standing(self) -> IntArray:
        """Number of events before, in and after a relationship, at any touchpoint."""
        return np.asarray(self.events.sum(axis=0) + self.undesigned_events)

    @property
    def answers_by_standing(self) -> IntArray:
        """Number of answers before, in and after a relationship, at any touchpoint."""
        return np.asarray(self.answers.sum(axis=0) + self.undesigned_answers)

    @property
    def blind_share(self) -> float:
        """Share of all events outside a relationship, 0 to 1; NaN without events.

        Life-cycle blindness: the part of the experience at which a CRM does not look,
        because those who lived it were no customers yet, or no longer.
        """
        return _outside(self.events_by_standing)

    @property
    def heard_outside(self) -> float:
        """Share of all answers outside a relationship, 0 to 1; NaN without answers.

        Where it lies far below `blind_share`, mostly current customers are asked.
        """
        return _outside(self.answers_by_standing)

    # Saying

    def __repr__(self) -> str:
        """Say how much is measured and how much lies outside, in one line."""
        events = self.events_by_standing
        measured = np.count_nonzero(self._measured)
        designed = _draw.counted(len(self.touchpoints), "touchpoint")
        outside = f"{_outside_count(events):,} of {_counted(events, 'event')}"
        return (
            f"BlindSpots {measured:,} of {designed} measured, {outside} outside a"
            " relationship"
        )

    def summary(self) -> str:
        """Return one sentence for a manager: what is measured and what is not seen.

        Examples
        --------
        >>> from cxmkit.blindness import BlindSpots
        >>> spots = BlindSpots(
        ...     touchpoints=["poster", "shop"],
        ...     events=[[60, 0, 0], [0, 40, 0]],
        ...     answers=[[0, 0, 0], [0, 10, 0]],
        ...     undesigned_events=[0, 0, 20],
        ...     undesigned_answers=[0, 0, 0],
        ... )
        >>> print(spots.summary())
        Answers were given at 8.3 % of the events, and at 1 of 2 designed touchpoints
        (50.0 %), none from poster; 66.7 % of 120 events, but 0.0 % of 10 answers, came
        from outside a relationship, where a CRM does not look; 16.7 % of the events
        took place where nothing was designed.
        """
        if not self.events_by_standing.any():
            return "Nothing was observed."
        parts = [self._measured_words, self._outside_words]
        if self.undesigned_events.any():
            share = _states.percent(self.undesigned_share)
            parts.append(f"{share} of the events took place where nothing was designed")
        return f"{'; '.join(parts)}."

    @property
    def _measured_words(self) -> str:
        measured = np.count_nonzero(self._measured)
        designed = _draw.counted(len(self.touchpoints), "designed touchpoint")
        share = _states.percent(self.measured_share)
        answered = _states.percent(self.answered_share)
        words = (
            f"Answers were given at {answered} of the events, and at {measured:,} of"
            f" {designed} ({share})"
        )
        lacking = self.unmeasured and measured
        return f"{words}, none from {_listed(self.unmeasured)}" if lacking else words

    @property
    def _outside_words(self) -> str:
        events, answers = self.events_by_standing, self.answers_by_standing
        where = "came from outside a relationship, where a CRM does not look"
        words = f"{_states.percent(self.blind_share)} of {_counted(events, 'event')}"
        if not answers.any():
            return f"{words} {where}"
        also = "but" if self.heard_outside < self.blind_share else "and"
        heard = _states.percent(self.heard_outside)
        return f"{words}, {also} {heard} of {_counted(answers, 'answer')}, {where}"

    # Adding and copying

    def __add__(self, other: object) -> "BlindSpots":
        """Add the counts of other customers at the same touchpoints."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, BlindSpots):
            return NotImplemented
        if other.touchpoints != self.touchpoints:
            rule = f"have the touchpoints {_checks.some(self.touchpoints)}"
            hint = "pass the same design to blind_spots for all parts"
            raise _checks.refuse("other", rule, other.touchpoints, hint=hint)
        sums = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return attrs.evolve(self, **sums)

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare touchpoints and counts."""
        if not isinstance(other, BlindSpots):
            return NotImplemented
        same = self.touchpoints == other.touchpoints
        return same and _checks.same_arrays(self, other, _COUNTS)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per touchpoint and standing.

        The last three, with None as the touchpoint, hold what the design lacks.

        Examples
        --------
        >>> from cxmkit.blindness import BlindSpots
        >>> spots = BlindSpots(
        ...     touchpoints=["shop"],
        ...     events=[[4, 3, 2]],
        ...     answers=[[1, 3, 0]],
        ...     undesigned_events=[0, 0, 0],
        ...     undesigned_answers=[0, 0, 0],
        ... )
        >>> spots.to_records()[0]
        {'touchpoint': 'shop', 'standing': 'not-yet', 'events': 4, 'answers': 1}
        """
        labels = (*self.touchpoints, None)
        return [
            dict(zip(_RECORD, (label, *row), strict=True))
            for label, (events, answers) in zip(labels, self._rows, strict=True)
            for row in zip(_STANDINGS, events.tolist(), answers.tolist(), strict=True)
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(_RECORD, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: touchpoints, and counts as nested lists."""
        return _states.plain(self)

    def __str__(self) -> str:
        lines = [_draw.text_table(self._table()), *filter(None, [self._note])]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Show the touchpoints as a table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self), note=self._note)

    @property
    def _rows(self) -> list[tuple[IntArray, IntArray]]:
        """Events and answers by standing; the last pair is of what is undesigned."""
        undesigned = (self.undesigned_events, self.undesigned_answers)
        return [*zip(self.events, self.answers, strict=True), undesigned]

    @property
    def _note(self) -> str:
        lacking = self.unmeasured
        return f"no answers from {_listed(lacking)}" if lacking else ""

    def _table(self) -> dict[str, list[str]]:
        """Return events and shares of each touchpoint as texts, the sum on top."""
        *designed, undesigned = self._rows
        rows = [("all", (self.events_by_standing, self.answers_by_standing))]
        if self.undesigned_events.any():
            rows.append(("(not in the design)", undesigned))
        rows += zip(map(str, self.touchpoints), designed, strict=True)
        table = {"touchpoint": [label for label, _ in rows]}
        for place, name in enumerate(_STANDINGS):
            pairs = [(events[place], answers[place]) for _, (events, answers) in rows]
            table[name] = [f"{events:,}" for events, _ in pairs]
            # Headings that look alike are columns of their own by their blanks.
            table["answered" + " " * place] = [
                _states.percent(answers / events) if events else ""
                for events, answers in pairs
            ]
        return table


_RECORD = ("touchpoint", "standing", "events", "answers")


def _counted(counts: IntArray, noun: str) -> str:
    return _draw.counted(int(counts.sum()), noun)


def _outside_count(counts: IntArray) -> int:
    return int(counts.sum() - counts[_CURRENT])


def _outside(counts: IntArray) -> float:
    """Return the share of counts by standing that lies outside a relationship."""
    return float(_states.ratios(np.asarray(_outside_count(counts)), counts.sum()))


def _share(part: IntArray, whole: IntArray) -> float:
    return float(_states.ratios(np.asarray(part.sum()), whole.sum()))


def _listed(labels: tuple[Label, ...]) -> str:
    """Write labels one after the other, the first of many."""
    rest = len(labels) - _LISTED
    words = ", ".join(map(str, labels[:_LISTED]))
    return f"{words} and {_draw.counted(rest, 'other')}" if rest > 0 else words


def blind_spots(
    log: JourneyLog, design: JourneyMap[Any], *, customer: Any, start: Any, end: Any
) -> BlindSpots:
    r"""What part of the experience do we measure, and what part does a CRM never see?

    Joins `measured_share`, the designed touchpoints with any answer, and `standing`,
    before, in or after a relationship, and tells both for events and for answers.

    Parameters
    ----------
    log : JourneyLog
        With answers.
    design : JourneyMap
        With at least one touchpoint; its ids are the labels of the log.
    customer : column
        Ids as in the log: one row per episode of a relationship, such as a contract, in
        any order. Customers whom the log lacks had no contacts and do not matter: their
        rows may hold any dates.
    start, end : column
        When each episode began and ended: datetimes with a zone, datetime64 (UTC), or
        whole numbers that count as the times of the log do. The end is missing where
        the episode is still open. Episodes of one customer may overlap.

    Returns
    -------
    BlindSpots
        Events and answers by touchpoint and standing; counts of other customers add.

    Raises
    ------
    InvalidTypeError
        If *log* is no log, *design* no map, or a column of another kind.
    InvalidValueError
        If the log has no answers or the design no touchpoints, lengths differ, an end
        does not lie after its start, a number is not whole or not within 2**62, or the
        ids are of other types than those of the log.
    MissingValueError
        If a customer or start is missing.

    Notes
    -----
    - `BlindSpots.measured_share`: touchpoints of the design with at least one answer /
      touchpoints of the design. Events and answers at other touchpoints do not count
      for it, but for all other shares.
    - `BlindSpots.blind_share`: events outside a relationship / events. Outside means
      "not-yet" or "former" as `standing` says, whichever side took part; `one_sided`
      looks at the sides.
    - `BlindSpots.heard_outside`: answers outside a relationship / answers.

    Customers without episodes are outside throughout. Pass all episodes: whoever is
    forgotten seems to be no customer.

    Examples
    --------
    >>> from cxmkit import JourneyLog, JourneyMap, STARS_1_5
    >>> from cxmkit.blindness import blind_spots
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 8],
    ...     time=[0, 10, 20, 10],
    ...     touchpoint=["poster", "shop", "hotline", "poster"],
    ...     score=[None, 4, 5, None],
    ...     scale=STARS_1_5,
    ... )
    >>> design = JourneyMap.parse("need: poster\nuse: shop > hotline", id="nappies")
    >>> spots = blind_spots(log, design, customer=[7], start=[5], end=[15])
    >>> spots.unmeasured, spots.blind_share, spots.heard_outside
    (('poster',), 0.75, 0.5)
    """
    _checks.require_instance("log", log, JourneyLog)
    _checks.require_instance("design", design, JourneyMap)
    score, _ = answers_of(log)
    touchpoints = tuple(each.id for each in design.touchpoints)
    if not touchpoints:
        raise _checks.refuse("design", "have touchpoints", design.id)
    codes, _ = standing(log, customer=customer, start=start, end=end)
    place = {label: place for place, label in enumerate(touchpoints)}
    undesigned = len(touchpoints)
    places = np.array([place.get(label, undesigned) for label in log.touchpoints], int)
    counts = np.zeros((undesigned + 1, len(_STANDINGS), 2), np.int64)
    np.add.at(counts, places, _counts(log, score, codes))
    events, answers = counts.sum(axis=-1), counts[..., 1]
    return BlindSpots(
        touchpoints=touchpoints,
        events=events[:undesigned],
        answers=answers[:undesigned],
        undesigned_events=events[undesigned],
        undesigned_answers=answers[undesigned],
    )


def _counts(
    log: JourneyLog, score: FloatArray, codes: npt.NDArray[np.int8]
) -> IntArray:
    """Count events by touchpoint of the log, standing, and whether answered."""
    shape = (len(log.touchpoints), len(_STANDINGS), 2)
    counts = np.zeros(shape, np.int64).reshape(-1)
    for block in _events.blocks(log.offsets, bins=counts.size):
        cells = log.touchpoint[block.rows].astype(np.intp) * len(_STANDINGS)
        cells += codes[block.rows]
        cells *= 2
        cells += ~np.isnan(score[block.rows])
        counts += np.bincount(cells, minlength=counts.size)
    return counts.reshape(shape)
