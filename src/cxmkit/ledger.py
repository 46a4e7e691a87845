"""Is what was promised also delivered and perceived, and where not?"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from cxmkit import _checks, _draw, _draw_promises, _levels, _places, _states
from cxmkit._checks import FloatArray
from cxmkit._levels import GUARD
from cxmkit.brand import (
    BrandPositioning,
    PositioningAttribute,
    Promise,
    ServiceQuality,
)
from cxmkit.tally import Tally

__all__ = ["GAPS", "PromiseLedger", "promise_ledger"]

Figures = Tally | Mapping[tuple[str, Any], float | None]

_BETWEEN = {
    "coverage": ("delivered", "promised"),
    "recognition": ("perceived", "delivered"),
    "kept": ("perceived", "promised"),
    "disconfirmation": ("perceived", "expected"),
}
GAPS = tuple(_BETWEEN)
"""The gaps of a `ServiceQuality`, in the order of the columns of a ledger."""

_LEVELS = ("expected", "promised", "delivered", "perceived")
_TO_THE_PROMISE = ("coverage", "kept")
_FAULTS = {
    ("coverage", "below"): "promised more than delivered",
    ("kept", "below"): "perceived less than promised",
    ("coverage", "above"): "delivered more than promised",
    ("kept", "above"): "perceived more than promised",
}
_STATES = {  # the worst first: what is open may be broken
    "below": "broken",
    "open": "open",
    "above": "exceeded",
    "delivered": "delivered",
    "kept": "kept",
    "unknown": "unmeasured",
}


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class PromiseLedger:
    """Which promises are kept, which are broken, and where do we contradict ourselves?

    `promise_ledger` makes them. Rows are attributes at touchpoints; columns of *low*
    and *high* are the gaps in `GAPS`.

    Parameters
    ----------
    positioning : BrandPositioning
        What the brand stands for, with the tolerance of each attribute.
    rows : series of ServiceQuality
        What was promised, expected, delivered and perceived, each attribute and
        touchpoint once.
    level : float, default: 0.95
        Confidence level, between 0 and 1, at which all rows of a kind of gap hold
        together.
    low, high : array_like of float
        Ends of the interval of each gap, shape (rows, 4); NaN where it is unknown, the
        gap itself where all is exact.
    general : series of Promise, optional
        Promises that are given for all touchpoints.
    unmeasured : series of str
        Attributes that are promised, at touchpoints or in general, but of which nothing
        is delivered or perceived that anybody measured.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If an attribute is named that the positioning lacks, a place is there twice, a
        promise in *general* has a touchpoint, shapes disagree, an interval does not
        hold its gap or is known where the gap is not, or *unmeasured* contradicts the
        rows.

    Notes
    -----
    Invariants: attributes belong to the positioning; each pair of attribute and
    touchpoint is there once; low <= gap <= high. Ledgers are equal when all fields are,
    and have no hash.

    With the tolerance t of the attribute, the verdict on a gap is "below" if its whole
    interval lies below -t, "above" if it lies above t, "kept" if it lies from -t to t,
    "open" if answers do not tell yet, and "unknown" if the gap is. An open gap is not a
    small one: ask more customers.

    Examples
    --------
    >>> from cxmkit import BrandPositioning, PositioningAttribute, Promise
    >>> from cxmkit.ledger import promise_ledger
    >>> parcels = BrandPositioning(
    ...     brand="parcels",
    ...     offer="parcels at your door the next day",
    ...     audience="people who shop from home",
    ...     attributes=[
    ...         PositioningAttribute(name="on time", target=0.9),
    ...         PositioningAttribute(name="friendly", target=0.7),
    ...     ],
    ... )
    >>> ledger = promise_ledger(
    ...     parcels,
    ...     [
    ...         Promise(attribute="on time", level=0.95),
    ...         Promise(attribute="friendly", level=0.7),
    ...     ],
    ...     {("on time", "delivery"): 0.6, ("friendly", "delivery"): 0.75},
    ...     delivered={("on time", "delivery"): 0.8},
    ... )
    >>> ledger
    PromiseLedger of 2 promises: 1 broken, 1 kept
    >>> [(row.attribute, row.touchpoint) for row in ledger.cheated]
    [('on time', 'delivery')]
    >>> ledger.verdicts("kept")
    ('below', 'kept')
    """

    positioning: BrandPositioning = attrs.field(
        validator=_checks.instance(BrandPositioning)
    )
    rows: tuple[ServiceQuality, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(ServiceQuality)
    )
    level: float = attrs.field(default=0.95, converter=_checks.confidence)
    low: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_levels.are_numbers
    )
    high: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_levels.are_numbers
    )
    general: tuple[Promise, ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(Promise)
    )
    unmeasured: tuple[str, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )

    def __attrs_post_init__(self) -> None:
        """Check that rows, intervals and positioning belong together."""
        names = _places.names_of(self.positioning)
        for index, row in enumerate(self.rows):
            _places.require_attribute(
                _checks.where("rows", index), row.attribute, names
            )
        places = ((row.attribute, row.touchpoint) for row in self.rows)
        _checks.distinct("rows", places, "attribute and touchpoint")
        for name in ("low", "high"):
            shape = (len(self.rows), len(GAPS))
            _states.require_shape(name, getattr(self, name), shape)
        _levels.require_ends(self.low, self.high, self._gaps)
        for index, name in enumerate(self.unmeasured):
            _places.require_attribute(_checks.where("unmeasured", index), name, names)
        self._refuse_contradiction()
        for index, each in enumerate(self.general):
            _places.require_attribute(
                _checks.where("general", index), each.attribute, names
            )
            if each.touchpoint is not None:
                rule = "be given for all touchpoints"
                raise _checks.refuse("general", rule, each, index=index)
        _checks.distinct("general", (x.attribute for x in self.general), "attribute")

    def _refuse_contradiction(self) -> None:
        measured = {row.attribute for row in self.rows if _is_measured(row)}
        promised = {row.attribute for row in self.rows if row.promised is not None}
        for index, name in enumerate(self.unmeasured):
            if name in measured:
                rule = "name attributes of which no row has anything measured"
                raise _checks.refuse("unmeasured", rule, name, index=index)
        lacking = promised - measured - {*self.unmeasured}
        if lacking:
            rule = f"name {min(lacking)!r}, of which rows have promises only"
            raise _checks.refuse("unmeasured", rule, self.unmeasured)

    @property
    def _gaps(self) -> FloatArray:
        """Return the gaps of each row in the order of `GAPS`, NaN where unknown."""
        gaps = [[getattr(row, kind) for kind in GAPS] for row in self.rows]
        return np.array(gaps, np.float64).reshape(-1, len(GAPS))

    # Judging

    def verdicts(self, kind: str) -> tuple[str, ...]:
        """How does each row stand in one kind of gap?

        Parameters
        ----------
        kind : {"coverage", "recognition", "kept", "disconfirmation"}
            Which gap of a `ServiceQuality`.

        Returns
        -------
        tuple of str
            One per row: "below", "above", "kept", "open" or "unknown".

        Raises
        ------
        InvalidValueError
            If there is no such kind of gap.
        """
        _checks.choice("kind", kind, GAPS)
        column = GAPS.index(kind)
        tolerances = [each.tolerance for each in self._attributes]
        low, high = self.low[:, column], self.high[:, column]
        found = _levels.verdicts(low, high, np.array(tolerances, np.float64))
        return tuple(found.tolist())

    @property
    def _wanted(self) -> dict[str, PositioningAttribute]:
        return {each.name: each for each in self.positioning.attributes}

    @property
    def _attributes(self) -> list[PositioningAttribute]:
        """Return what each row is about."""
        wanted = self._wanted
        return [wanted[row.attribute] for row in self.rows]

    def _rows(self, kind: str, verdict: str) -> tuple[ServiceQuality, ...]:
        pairs = zip(self.rows, self.verdicts(kind), strict=True)
        return tuple(row for row, found in pairs if found == verdict)

    @property
    def cheated(self) -> tuple[ServiceQuality, ...]:
        """Where is more promised than delivered, beyond doubt (S2.84, S2.86)?"""
        return self._rows("coverage", "below")

    @property
    def under_promised(self) -> tuple[ServiceQuality, ...]:
        """Where is more delivered than promised? Off the positioning, too (S2.83)."""
        return self._rows("coverage", "above")

    @property
    def disappointed(self) -> tuple[ServiceQuality, ...]:
        """Where do customers perceive less than was promised, beyond doubt?"""
        return self._rows("kept", "below")

    @property
    def surprised(self) -> tuple[ServiceQuality, ...]:
        """Where do customers perceive more than was promised, beyond doubt?"""
        return self._rows("kept", "above")

    @property
    def undecided(self) -> tuple[ServiceQuality, ...]:
        """Where do answers not tell yet whether the promise is kept?"""
        pairs = zip(self.rows, self._verdicts, strict=True)
        return tuple(row for row, found in pairs if "open" in found)

    @property
    def disoriented(self) -> tuple[str, ...]:
        """Which attributes are promised differently at different touchpoints (S2.84)?

        Names of attributes whose greatest and least promise lie farther apart than the
        tolerance; one that is given for all touchpoints is heard as well. Promises that
        come from answers count by their mean levels.
        """
        return tuple(least.attribute for least, _ in self._contradictions())

    @property
    def off_target(self) -> tuple[Promise, ...]:
        """Which promises are not what the brand stands for (S1.38, S1.42)?

        Those that lie farther from the target of their attribute than its tolerance, to
        either side, whether they are kept or not.
        """
        wanted = self._wanted
        return tuple(
            promise
            for promise in (*self.general, *self._specific())
            if abs(promise.level - wanted[promise.attribute].target)
            > wanted[promise.attribute].tolerance + GUARD
        )

    def _contradictions(self) -> list[tuple[Promise, Promise]]:
        """Return least and greatest promise of attributes where these lie apart."""
        heard: dict[str, list[Promise]] = {}
        for each in (*self._specific(), *self.general):
            heard.setdefault(each.attribute, []).append(each)
        ends = [
            (min(said, key=_level), max(said, key=_level), attribute.tolerance)
            for attribute in self.positioning.attributes
            if (said := heard.get(attribute.name))
        ]
        return [
            (least, most)
            for least, most, tolerance in ends
            if most.level - least.level > tolerance + GUARD
        ]

    def _specific(self) -> list[Promise]:
        """Return what is promised at each touchpoint."""
        return [
            Promise(
                attribute=row.attribute, level=row.promised, touchpoint=row.touchpoint
            )
            for row in self.rows
            if row.promised is not None
        ]

    def _state(self, found: Sequence[str]) -> str:
        """Return the verdict on a row: that on the worse of the gaps to its promise.

        A promise that is kept in fact, and of which nobody was asked, is delivered.
        """
        if (*found,) == ("kept", "unknown"):
            return "delivered"
        return next(state for state in _STATES if state in found)

    @property
    def _verdicts(self) -> list[tuple[str, str]]:
        """Return the verdicts of each row on coverage and on what is perceived."""
        return [*zip(*map(self.verdicts, _TO_THE_PROMISE), strict=True)]

    def _decisive(self, found: Sequence[str]) -> int:
        """Return which gap of a row gave the verdict on it.

        What is not delivered cannot be perceived, so that goes first where a promise is
        broken or exceeded; else what customers perceive does.
        """
        state = self._state(found)
        if state == "delivered":
            return GAPS.index("coverage")
        columns = _columns(found, state)
        return columns[0 if state in {"below", "above"} else -1]

    # Saying

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def _counts(self) -> dict[str, int]:
        """Count the promises in rows by what became of them, in words."""
        pairs = zip(self.rows, self._verdicts, strict=True)
        found = Counter(
            self._state(each) for row, each in pairs if row.promised is not None
        )
        return {word: found[state] for state, word in _STATES.items() if found[state]}

    def __repr__(self) -> str:
        """Say how many promises there are and what became of them, in one line."""
        counts = self._counts()
        promises = _draw.counted(sum(counts.values()), "promise")
        found = ", ".join(f"{number:,} {word}" for word, number in counts.items())
        return f"PromiseLedger of {promises}{': ' if found else ''}{found}"

    def summary(self) -> str:
        """Return some sentences for a manager: what is broken, where, and how sure.

        Broken promises are ranked by the shortfall that is sure.

        Examples
        --------
        >>> from cxmkit import BrandPositioning, PositioningAttribute, STARS_1_5, Tally
        >>> from cxmkit.ledger import promise_ledger
        >>> parcels = BrandPositioning(
        ...     brand="parcels",
        ...     offer="parcels at your door the next day",
        ...     audience="people who shop from home",
        ...     attributes=[PositioningAttribute(name="on time", target=0.9)],
        ... )
        >>> stars = Tally.from_counts(
        ...     [[[20, 30, 25, 15, 10], [1, 0, 2, 1, 6]]],
        ...     scale=STARS_1_5,
        ...     by={"attribute": ["on time"], "touchpoint": ["delivery", "pick-up"]},
        ... )
        >>> promises = {("on time", "delivery"): 0.95, ("on time", "pick-up"): 0.8}
        >>> print(promise_ledger(parcels, promises, stars).summary())
        Of 2 promises (each at a touchpoint) 1 is broken, 1 is undecided for want of
        answers (95 % for all of them together). Broken, the worst first: "on time" at
        delivery by 0.54 (0.44 to 0.63): promised 0.95, perceived 0.41. Undecided: "on
        time" at pick-up. Touchpoints promise different things of "on time": 0.80 at
        pick-up and 0.95 at delivery.
        """
        if not self.rows:
            return " ".join(filter(None, [_NOTHING, self._unmeasured_said()]))
        said = (
            self._counts_said(),
            self._broken_said(),
            self._others_said("exceeded", "Exceeded"),
            self._others_said("open", "Undecided"),
            self._unmet_said(),
            self._disoriented_said(),
            self._off_target_said(),
            self._apart_said(),
            self._unmeasured_said(),
        )
        return " ".join(filter(None, said))

    @property
    def _together(self) -> str:
        return f"{100 * self.level:.10g} % for all rows together"

    def _counts_said(self) -> str:
        """Say how many promises there are, and what became of each."""
        counts = self._counts()
        if not counts:
            return "No row has a promise."
        if not {*counts} - {"unmeasured"}:
            return "No promise can be judged: nothing is delivered or perceived of any."
        said = ", ".join(
            f"{number:,} {'is' if number == 1 else 'are'} {_COUNTED[word]}"
            for word, number in counts.items()
        )
        promises = _draw.counted(sum(counts.values()), "promise")
        together = f"{100 * self.level:.10g} % for all of them together"
        sure = f" ({together})" if (self.high - self.low > GUARD).any() else ""
        return f"Of {promises} (each at a touchpoint) {said}{sure}."

    def _broken_said(self) -> str:
        """Say which promises are broken, where, how badly and how sure."""
        broken = [
            min(
                ((row, column) for column in _columns(found, "below")),
                key=lambda place: self.high[place],
            )
            for row, found in enumerate(self._verdicts)
            if self._state(found) == "below"
        ]
        if not broken:
            return ""
        broken.sort(key=lambda place: self.high[place])
        said = [self._shortfall(*place) for place in broken[:_MOST_SAID]]
        rest = len(broken) - len(said)
        more = [f"and {rest:,} more"] if rest else []
        return f"Broken, the worst first: {'; '.join([*said, *more])}."

    def _others_said(self, word: str, heading: str) -> str:
        """Name the promises that are exceeded, or not decided yet."""
        pairs = zip(self.rows, self._verdicts, strict=True)
        rows = [row for row, found in pairs if _STATES[self._state(found)] == word]
        return _listed_places(heading, rows)

    def _unmet_said(self) -> str:
        """Name where customers perceive less than they expected (S3.95)."""
        rows = self._rows("disconfirmation", "below")
        return _listed_places("Perceived below expectations", rows)

    def _apart_said(self) -> str:
        """Name promises where nothing is measured, and what is measured elsewhere.

        They may be one and the same touchpoint, written in two ways.
        """
        known = {row.attribute for row in self.rows if _is_measured(row)}
        told = {row.attribute for row in self.rows if row.promised is not None}
        alone = [
            row
            for row in self.rows
            if row.attribute in known and not _is_measured(row)
            if row.promised is not None
        ]
        bare = [
            row for row in self.rows if row.attribute in told and row.promised is None
        ]
        said = (
            _listed_places("Promised where nothing is measured", alone),
            _listed_places("Measured where nothing is promised", bare),
        )
        return " ".join(filter(None, said))

    def _off_target_said(self) -> str:
        """Say which promises are not what the brand stands for."""
        wanted = self._wanted
        off = [each for each in self.off_target if self._is_shown(each)]
        said = [
            f'"{_levels.said(each.attribute)}" {_where(each)}, {each.level:.2f} with a'
            f" target of {wanted[each.attribute].target:.2f}"
            for each in off[:_MOST_SAID]
        ]
        more = f"; and {len(off) - len(said):,} more" if len(off) > len(said) else ""
        return f"Promised off the target: {'; '.join(said)}{more}." if said else ""

    def _is_shown(self, promise: Promise) -> bool:
        """Whether a promise is more than the general one at a touchpoint."""
        general = {(each.attribute, each.level) for each in self.general}
        said = (promise.attribute, promise.level) in general
        return promise.touchpoint is None or not said

    def _shortfall(self, row: int, column: int) -> str:
        """Say of one promise what falls short, by how much, and how sure that is."""
        quality, kind = self.rows[row], GAPS[column]
        low, high = self.low[row, column], self.high[row, column]
        sure = f" ({-high:.2f} to {-low:.2f})" if high - low > GUARD else ""
        levels = ", ".join(
            f"{name} {getattr(quality, name):.2f}"
            for name in ("promised", "delivered", "perceived")
            if getattr(quality, name) is not None
        )
        done = kind == "kept" and self.verdicts("coverage")[row] == "kept"
        return (
            f"{_place_said(quality)}"
            f" by {-getattr(quality, kind):.2f}{sure}: {levels}"
            f"{', though delivered as promised' if done else ''}"
        )

    def _disoriented_said(self) -> str:
        """Say of what customers hear different things, and where."""
        ends = self._contradictions()
        if not ends:
            return ""
        least, most = max(ends, key=lambda pair: pair[1].level - pair[0].level)
        low, high = (f"{each.level:.2f} {_where(each)}" for each in (least, most))
        others = _draw.counted(len(ends) - 1, "other attribute")
        more = f"; the same is true of {others}" if len(ends) > 1 else ""
        name = _levels.said(least.attribute)
        return (
            f'Touchpoints promise different things of "{name}": {low} and {high}{more}.'
        )

    def _unmeasured_said(self) -> str:
        """Say of which promises nobody knows what became of them."""
        if not self.unmeasured:
            return ""
        names = _levels.listed(self.unmeasured)
        return f"Promised, but neither delivery nor perception measured: {names}."

    def _words(self, found: Sequence[str]) -> str:
        """Say the verdicts on the gaps to the promise in words."""
        state = self._state(found)
        if state in {"below", "above"}:
            pairs = zip(_TO_THE_PROMISE, found, strict=True)
            return "; ".join(_FAULTS[pair] for pair in pairs if pair in _FAULTS)
        if state == "open":
            return f"{_DONE.get(found[0], '')}not enough answers"
        return {"kept": "kept", "delivered": "delivered; not asked about"}.get(
            state, ""
        )

    def __str__(self) -> str:
        """Return a table of the rows, for ``print``."""
        heading = f"Promises, intervals at {self._together}"
        lines = [heading, _draw.text_table(self._table())]
        lines += [self._disoriented_said(), self._unmeasured_said()]
        return "\n".join(filter(None, lines))

    def _table(self) -> dict[str, list[str]]:
        """Return levels and gaps of each row as texts."""
        attributes = self._attributes
        table = {
            "attribute": [row.attribute for row in self.rows],
            "touchpoint": [str(row.touchpoint) for row in self.rows],
            "target": [f"{each.target:.2f}" for each in attributes],
            "tolerance": [f"{each.tolerance:.2f}" for each in attributes],
        }
        for name in _LEVELS:
            levels = [getattr(row, name) for row in self.rows]
            table[name] = ["" if x is None else f"{x:.2f}" for x in levels]
        for kind in _TO_THE_PROMISE:
            column = GAPS.index(kind)
            numbers = zip(*(x[:, column] for x in self._numbers()), strict=True)
            heading = " - ".join(_BETWEEN[kind])
            table[heading] = [_levels.gap_text(*each) for each in numbers]
        table["verdict"] = [self._words(found) for found in self._verdicts]
        return table

    def _numbers(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self._gaps, self.low, self.high

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per row, as dataframes take them; None is unknown.

        Attribute, touchpoint, target, tolerance, the four levels, and of each gap the
        value, the ends of its interval (such as "kept_low") and the verdict.

        Examples
        --------
        >>> from cxmkit import BrandPositioning, PositioningAttribute
        >>> from cxmkit.ledger import promise_ledger
        >>> parcels = BrandPositioning(
        ...     brand="parcels",
        ...     offer="parcels at your door the next day",
        ...     audience="people who shop from home",
        ...     attributes=[PositioningAttribute(name="on time", target=0.9)],
        ... )
        >>> place = ("on time", "delivery")
        >>> record = promise_ledger(parcels, {place: 0.9}, {place: 0.5}).to_records()[0]
        >>> record["kept"], record["kept_verdict"], record["coverage"]
        (-0.4, 'below', None)
        """
        verdicts = {kind: self.verdicts(kind) for kind in GAPS}
        records: list[dict[str, Any]] = []
        pairs = zip(self.rows, self._attributes, strict=True)
        for index, (row, attribute) in enumerate(pairs):
            record: dict[str, Any] = {
                "attribute": row.attribute,
                "touchpoint": row.touchpoint,
                "target": attribute.target,
                "tolerance": attribute.tolerance,
            }
            record |= {name: getattr(row, name) for name in _LEVELS}
            for column, kind in enumerate(GAPS):
                record[kind] = getattr(row, kind)
                record[f"{kind}_low"] = _places.known(self.low[index, column])
                record[f"{kind}_high"] = _places.known(self.high[index, column])
                record[f"{kind}_verdict"] = verdicts[kind][index]
            records.append(record)
        return records

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        gaps = [
            f"{kind}{end}" for kind in GAPS for end in ("", "_low", "_high", "_verdict")
        ]
        names = ("attribute", "touchpoint", "target", "tolerance", *_LEVELS, *gaps)
        return _states.columns(names, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        attributes = [attrs.asdict(each) for each in self.positioning.attributes]
        # Ids stay as they are, whatever they are made of.
        positioning = attrs.asdict(self.positioning, recurse=False)
        return {
            "positioning": positioning | {"attributes": attributes},
            "rows": [attrs.asdict(row, recurse=False) for row in self.rows],
            "level": self.level,
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            "general": [attrs.asdict(each, recurse=False) for each in self.general],
            "unmeasured": list(self.unmeasured),
        }

    def to_svg(self) -> str:
        """Return promises beside what became of them, complete as an SVG file."""
        rows = [self._dumbbell(row, found) for row, found in enumerate(self._verdicts)]
        notes = [
            f"Intervals: {self._together}.",
            self._disoriented_said(),
            self._unmeasured_said(),
        ]
        title = "Promised, delivered, perceived"
        return _draw_promises.dumbbells(rows, title=title, notes=[*filter(None, notes)])

    def _dumbbell(self, row: int, found: Sequence[str]) -> _draw_promises.Dumbbell:
        quality, column = self.rows[row], self._decisive(found)
        levels: dict[str, Any] = {
            name: _number(getattr(quality, name)) for name in _LEVELS
        }
        low, high = self.low[row, column], self.high[row, column]
        return _draw_promises.Dumbbell(
            label=str(quality.touchpoint),
            group=quality.attribute,
            **levels,
            low=float(np.clip(levels["promised"] + low, 0, 1)),
            high=float(np.clip(levels["promised"] + high, 0, 1)),
            verdict=_DRAWN.get(self._state(found), self._state(found)),
            decisive=_BETWEEN[GAPS[column]][0],
        )

    def gap_map_svg(self, kind: str) -> str:
        """Draw one kind of gap by attribute and touchpoint, complete as an SVG file.

        Parameters
        ----------
        kind : {"coverage", "recognition", "kept", "disconfirmation"}
            Which gap of a `ServiceQuality`.

        Returns
        -------
        str
            One ``<svg>`` element; cells of which nothing is known are marked so.

        Raises
        ------
        InvalidValueError
            If there is no such kind of gap.
        """
        _checks.choice("kind", kind, GAPS)
        gaps = {
            (row.attribute, row.touchpoint): _number(getattr(row, kind))
            for row in self.rows
        }
        attributes = list(dict.fromkeys(row.attribute for row in self.rows))
        touchpoints = list(dict.fromkeys(row.touchpoint for row in self.rows))
        return _draw_promises.gap_table(
            attributes,
            [*map(str, touchpoints)],
            [[gaps.get((a, t), math.nan) for t in touchpoints] for a in attributes],
            title=" minus ".join(_BETWEEN[kind]).capitalize(),
            row_label="attribute",
            column_label="touchpoint",
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __eq__(self, other: object) -> bool:
        """Compare positioning, rows, level, intervals and what is unmeasured."""
        if not isinstance(other, PromiseLedger):
            return NotImplemented
        names = ("positioning", "rows", "level", "general", "unmeasured")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, ("low", "high"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_MEASURED = ("perceived", "delivered")
_MOST_SAID = 5  # broken promises in a sentence
_DONE = {
    "kept": "delivered as promised; ",
    "above": "delivered more than promised; ",
}
_DRAWN = {"delivered": "kept"}
_NOTHING = "Nothing is known of any touchpoint."
_COUNTED = {
    "broken": "broken",
    "exceeded": "exceeded",
    "open": "undecided for want of answers",
    "delivered": "delivered and not asked about",
    "kept": "kept",
    "unmeasured": "not measured",
}


def _is_measured(row: ServiceQuality) -> bool:
    return row.delivered is not None or row.perceived is not None


def _number(level: float | None) -> float:
    return math.nan if level is None else level


def _level(promise: Promise) -> float:
    return promise.level


def _columns(found: Sequence[str], verdict: str) -> list[int]:
    """Return the columns of the gaps to the promise with a verdict."""
    pairs = zip(_TO_THE_PROMISE, found, strict=True)
    return [GAPS.index(kind) for kind, each in pairs if each == verdict]


def _listed_places(heading: str, rows: Sequence[ServiceQuality]) -> str:
    """Name some places below a heading; nothing if there are none."""
    said = ", ".join(map(_place_said, rows[:_MOST_SAID]))
    more = f" and {len(rows) - _MOST_SAID:,} more" if len(rows) > _MOST_SAID else ""
    return f"{heading}: {said}{more}." if rows else ""


def _place_said(row: ServiceQuality) -> str:
    return f'"{_levels.said(row.attribute)}" at {_levels.said(row.touchpoint)}'


def _where(promise: Promise) -> str:
    """Say where a promise is given."""
    if promise.touchpoint is None:
        return "in general"
    return f"at {_levels.said(promise.touchpoint)}"


# Making one


def promise_ledger(
    positioning: BrandPositioning,
    promises: Sequence[Promise] | Mapping[tuple[str, Any], float | None] | Tally,
    perceived: Figures,
    *,
    expected: Figures | None = None,
    delivered: Figures | None = None,
    level: float = 0.95,
) -> PromiseLedger:
    r"""Which promises are not kept: what was promised, delivered and perceived, where?

    Two faults are told apart (S2.84): a promise that is not covered by what is
    delivered or perceived (the customer is cheated), and promises that differ from
    touchpoint to touchpoint (the customer is disoriented).

    Parameters
    ----------
    positioning : BrandPositioning
        What the brand stands for. The tolerance of an attribute says which gap is none.
    promises : series of Promise, mapping or Tally
        What is communicated. A mapping has pairs (attribute, touchpoint) as keys and
        levels from 0 to 1 as values. A promise without touchpoint, None in the mapping,
        is given for all: it stands at each touchpoint where anything else is known of
        its attribute, unless there is one for that touchpoint.
    perceived : Tally or mapping
        What customers make of it: answers with the axes "attribute" and "touchpoint",
        or levels as in a mapping of promises. Pairs that are not there, None, NaN and
        groups without answers are unknown. An empty mapping if nothing is known.
    expected, delivered : Tally or mapping, optional
        What customers anticipate, and what is provided as a matter of fact; likewise.
    level : float, default: 0.95
        Confidence level, between 0 and 1, at which the intervals of all rows hold
        together, for each kind of gap.

    Returns
    -------
    PromiseLedger
        A row for each attribute and touchpoint of which something is known: attributes
        in the order of the positioning, touchpoints by first appearance in promises,
        perceived, delivered, expected.

    Raises
    ------
    InvalidTypeError
        If an argument or a level is of the wrong kind.
    InvalidValueError
        If a level lies outside 0 to 1, two promises are about one attribute and
        touchpoint, the positioning lacks an attribute that has a level, a tally has
        other axes, or *level* is not between 0 and 1.
    MissingValueError
        If a key of a mapping lacks the attribute, or the touchpoint where it has to be.

    Notes
    -----
    Figures are exact. The level of answers is their mean, rescaled to 0..1 with 1 best,
    as in `mean_score`; weights count. Its interval is not Student's t, which says
    nothing of answers that are all alike and fails where bad answers are rare. It holds
    every mean q for which the answers are likely enough if all points of the scale may
    occur, also those that nobody chose: with n answers, a share :math:`p_x` of them at
    level x, and :math:`\alpha` = 1 - *level* divided by the number of rows whose gap
    rests on answers (Bonferroni),

    .. math:: \min_{q: \sum q_x x = q} n \sum_x p_x \log \frac{p_x}{q_x}
        \le \log \frac{2}{\alpha}

    (Cappé et al., 2013). For answers of yes and no this is the Chernoff bound, which
    never errs more often than stated. Simulated on 20 rows of 5, 20, 100 and 1,000
    answers on 5 points with all gaps at the edge of their tolerance, the probability of
    calling any row broken or exceeded wrongly was at most 1 %, where 5 % are allowed;
    with t it was up to 94 %. The gap of two uncertain levels a - b has the ends

    .. math:: a - b - \sqrt{(a - l_a)^2 + (u_b - b)^2}, \quad
        a - b + \sqrt{(u_a - a)^2 + (b - l_b)^2}

    (Zou & Donner, 2008). Answers are taken as independent; those of one customer about
    several touchpoints may depend on each other, since Bonferroni allows for that.

    With survey weights those who weigh most may be the very ones who are missing, and
    their answers then do not show how rare they are. So n is what the answers weigh,
    counted in answers of the heaviest kind in the tally, if Kish's effective number is
    not less: wide, and safe where weights follow from the answers.

    A gap above the promise is a deviation as well (S2.83): see `under_promised` and
    `surprised` of the result. How well it is aligned with the target of the positioning
    `decompose` tells.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A., & Berry, L. L. (1985). A conceptual model of
    service quality and its implications for future research. Journal of Marketing,
    49(4), 41-50. doi:10.1177/002224298504900403

    Cappé, O., Garivier, A., Maillard, O.-A., Munos, R., & Stoltz, G. (2013).
    Kullback-Leibler upper confidence bounds for optimal sequential allocation. The
    Annals of Statistics, 41(3), 1516-1541. doi:10.1214/13-AOS1119

    Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect
    measures: A general approach. Statistics in Medicine, 27(10), 1693-1702.

    Examples
    --------
    The advertisement says more than the courier can keep, and the web site less:

    >>> from cxmkit import BrandPositioning, PositioningAttribute, STARS_1_5, Tally
    >>> from cxmkit.ledger import promise_ledger
    >>> parcels = BrandPositioning(
    ...     brand="parcels",
    ...     offer="parcels at your door the next day",
    ...     audience="people who shop from home",
    ...     attributes=[
    ...         PositioningAttribute(name="on time", target=0.9),
    ...         PositioningAttribute(name="friendly", target=0.7),
    ...     ],
    ... )
    >>> stars = Tally.from_counts(
    ...     [[[20, 30, 25, 15, 10], [0, 1, 4, 30, 65]], [[0] * 5, [1, 0, 3, 4, 2]]],
    ...     scale=STARS_1_5,
    ...     by={"attribute": ["on time", "friendly"], "touchpoint": ["courier", "web"]},
    ... )
    >>> ledger = promise_ledger(
    ...     parcels,
    ...     {
    ...         ("on time", "courier"): 0.95,
    ...         ("on time", "web"): 0.8,
    ...         ("friendly", None): 0.7,
    ...     },
    ...     stars,
    ...     delivered={("on time", "courier"): 0.6},
    ... )
    >>> print(ledger)  # doctest: +ELLIPSIS
    Promises, intervals at 95 % for all rows together
    attribute  touchpoint  ... promised  delivered  perceived  delivered - promised ...
    on time    courier     ...     0.95       0.60       0.41                 -0.35 ...
    on time    web         ...     0.80                  0.90                       ...
    friendly   web         ...     0.70                  0.65                       ...
    Touchpoints promise different things of "on time": 0.80 at web and 0.95 at courier.
    >>> ledger.disoriented
    ('on time',)
    >>> len(ledger.undecided)
    2
    """
    _checks.require_instance("positioning", positioning, BrandPositioning)
    level = _checks.open_unit("level", level)
    names = _places.names_of(positioning)
    known = {"promised": _places.read_promises(promises, names)}
    known["perceived"] = _places.read(perceived, "perceived", names)
    others = {"delivered": delivered, "expected": expected}
    for name, figures in others.items():
        known[name] = _places.read({} if figures is None else figures, name, names)
    places = _places.places_of(names, known)
    special = {*known["promised"].keys}
    aligned = {name: levels.over(places) for name, levels in known.items()}
    aligned["promised"] = known["promised"].over(
        [place if place in special else (place[0], None) for place in places]
    )
    pairs = [(aligned[a], aligned[b]) for a, b in _BETWEEN.values()]
    ends = [
        _levels.gap_interval(a, b, _levels.shared_alpha(level, [(a, b)]))
        for a, b in pairs
    ]
    low, high = (np.stack(each, axis=-1) for each in zip(*ends, strict=True))
    measured = {key[0] for name in _MEASURED for key in known[name].keys}
    promised = {key[0] for key in special}
    return PromiseLedger(
        positioning=positioning,
        rows=_places.rows_of(places, aligned),
        level=level,
        low=low,
        high=high,
        general=_places.general(known["promised"]),
        unmeasured=[name for name in names if name in promised - measured],
    )
