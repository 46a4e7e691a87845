"""Do customers perceive us as different, in what, and from whom?"""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from cxmkit import _checks, _draw, _levels, _states
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit._levels import GUARD, Levels
from cxmkit.errors import InvalidTypeError, ScaleMismatchError
from cxmkit.scale import Scale
from cxmkit.tally import Tally

__all__ = ["Differentiation", "differentiation"]


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Differentiation:
    """On which attributes do customers see us above or below each competitor?

    `differentiation` makes them. Arrays are read-only; those of two dimensions have a
    row per attribute and a column per competitor.

    Parameters
    ----------
    attributes : series of labels
        What customers were asked about.
    competitors : series of labels
        With whom we are compared; at least one.
    own_level : array_like of float
        What customers perceive of us, 0 to 1, 1 best, by attribute; NaN where unknown.
    rival_level : array_like of float
        What customers perceive of each competitor, shape (attributes, competitors).
    low, high : array_like of float
        Ends of the interval of each `difference`; NaN where it is unknown.
    n_own : array_like of int
        Number of answers about us, by attribute.
    n_rival : array_like of int
        Number of answers about each competitor.
    level : float, default: 0.95
        Confidence level, between 0 and 1, at which all differences hold together.
    scale : Scale
        The scale of the answers, the same for all.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If shapes disagree, there is no competitor, a label is there twice, a level lies
        outside 0 to 1 or is known without answers, or an interval does not hold its
        difference.
    MissingValueError
        If a label is missing.

    Notes
    -----
    Invariants: labels are unique; levels are from 0 to 1 or NaN; low <= difference <=
    high, NaN where one of the two levels is. Results are equal when all fields are, and
    have no hash.

    Examples
    --------
    >>> from cxmkit import STARS_1_5, Tally
    >>> from cxmkit.distinction import differentiation
    >>> names = {"attribute": ["gentle", "cheap"]}
    >>> ours = Tally.from_counts(
    ...     [[1, 2, 7, 30, 60], [20, 30, 30, 15, 5]], scale=STARS_1_5, by=names
    ... )
    >>> theirs = Tally.from_counts(
    ...     [[5, 15, 30, 30, 20], [18, 30, 30, 17, 5]], scale=STARS_1_5, by=names
    ... )
    >>> result = differentiation(ours, {"Dry & Co.": theirs})
    >>> result
    Differentiation of 2 attributes from 1 competitor: ahead of all in 1, behind in 0
    >>> result.difference
    array([[ 0.2525],
           [-0.015 ]])
    >>> result.ahead
    ('gentle',)
    """

    attributes: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    competitors: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    own_level: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_levels.are_numbers
    )
    rival_level: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_levels.are_numbers
    )
    low: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_levels.are_numbers
    )
    high: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_levels.are_numbers
    )
    n_own: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    n_rival: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    level: float = attrs.field(default=0.95, converter=_checks.confidence)
    scale: Scale = attrs.field(validator=_checks.instance(Scale))

    def __attrs_post_init__(self) -> None:
        """Check that arrays fit the labels and each other."""
        if not self.competitors:
            raise _checks.refuse("competitors", _SOMEBODY, self.competitors)
        wide = (len(self.attributes), len(self.competitors))
        for name in _ARRAYS:
            shape = wide[:1] if name in {"own_level", "n_own"} else wide
            _states.require_shape(name, getattr(self, name), shape)
        for name, count in (("own_level", self.n_own), ("rival_level", self.n_rival)):
            levels = getattr(self, name)
            unknown = np.isnan(levels)
            good = unknown | ((levels >= 0) & (levels <= 1))
            _checks.require(name, levels, good, "be between 0 and 1")
            good = unknown | (count > 0)
            _checks.require(name, levels, good, "be NaN where nobody answered")
        _levels.require_ends(self.low, self.high, self.difference)

    # Judging

    @property
    def difference(self) -> FloatArray:
        """Our level less that of each competitor, -1 to 1; NaN where one is unknown."""
        return np.asarray(self.own_level[:, None] - self.rival_level)

    @property
    def distinct(self) -> BoolArray:
        """Where customers see a difference beyond doubt: its interval leaves out 0."""
        return np.asarray(self._above | self._below)

    @property
    def _above(self) -> BoolArray:
        return np.asarray(self.low > GUARD)

    @property
    def _below(self) -> BoolArray:
        return np.asarray(self.high < -GUARD)

    @property
    def ahead(self) -> tuple[Label, ...]:
        """Attributes on which we are above every competitor, beyond doubt.

        A competitor of whom nothing is known might be better, so there is none.
        """
        return self._chosen(_throughout(self._above))

    @property
    def behind(self) -> tuple[Label, ...]:
        """Attributes on which we are below every competitor, beyond doubt."""
        return self._chosen(_throughout(self._below))

    def _chosen(self, rows: BoolArray) -> tuple[Label, ...]:
        pairs = zip(self.attributes, rows, strict=True)
        return tuple(attribute for attribute, is_so in pairs if is_so)

    # Saying

    def __len__(self) -> int:
        """Return the number of attributes."""
        return len(self.attributes)

    def __repr__(self) -> str:
        """Say how many are compared, and on how many we stand apart, in one line."""
        attributes = _draw.counted(len(self), "attribute")
        competitors = _draw.counted(len(self.competitors), "competitor")
        found = f"ahead of all in {len(self.ahead):,}, behind in {len(self.behind):,}"
        return f"Differentiation of {attributes} from {competitors}: {found}"

    def summary(self) -> str:
        """Return some sentences for a manager: where we stand apart, and how sure.

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.distinction import differentiation
        >>> names = {"attribute": ["gentle", "cheap"]}
        >>> ours = Tally.from_counts(
        ...     [[1, 2, 7, 30, 60], [20, 30, 30, 15, 5]], scale=STARS_1_5, by=names
        ... )
        >>> theirs = Tally.from_counts(
        ...     [[5, 15, 30, 30, 20], [18, 30, 30, 17, 5]], scale=STARS_1_5, by=names
        ... )
        >>> print(differentiation(ours, {"Dry & Co.": theirs}).summary())
        Customers see us above Dry & Co. on "gentle" (+0.25, +0.14 to +0.35). Not told
        apart: cheap. Intervals hold at 95 % for all differences together.
        """
        dark = _throughout(np.isnan(self.difference))
        if dark.all():
            return "Nothing can be compared: no attribute has answers on both sides."
        apart = _throughout(self._above) | _throughout(self._below)
        same = _throughout(~self.distinct)
        partly, alike = ~(apart | same), same & ~dark
        said = (
            self._apart_said(),
            _named("Different from some competitors only", self._chosen(partly)),
            _named("Not told apart", self._chosen(alike)),
            _named("Nothing to compare", self._chosen(dark)),
            f"Intervals hold at {self._together}.",
        )
        return " ".join(filter(None, said))

    @property
    def _together(self) -> str:
        return f"{100 * self.level:.10g} % for all differences together"

    def _apart_said(self) -> str:
        """Say on which attributes we are above or below all, and by how much."""
        sides = (("above", self.ahead), ("below", self.behind))
        said = [
            f"Customers see us {side} {self._all} on {self._how_far(labels)}."
            for side, labels in sides
            if labels
        ]
        nowhere = f"On no attribute customers see us above or below {self._all}."
        return " ".join(said) or nowhere

    @property
    def _all(self) -> str:
        if len(self.competitors) == 1:
            return _levels.said(self.competitors[0])
        number = len(self.competitors)
        return "both competitors" if number == 2 else f"all {number:,} competitors"

    def _how_far(self, labels: Sequence[Label]) -> str:
        """Say by how much we stand apart on attributes."""
        shown = ", ".join(self._from_each(label) for label in labels[:3])
        more = len(labels) - 3
        return f"{shown} and {more:,} more" if more > 0 else shown

    def _from_each(self, label: Label) -> str:
        """Say how far we are from whoever comes closest, and from the farthest."""
        row = self.attributes.index(label)
        ranked = np.argsort(np.abs(self.difference[row]), kind="stable").tolist()
        ends = ranked[:1] if len(ranked) == 1 else [ranked[0], ranked[-1]]
        gaps = "; ".join(self._gap_said(row, column) for column in ends)
        return f'"{_levels.said(label)}" ({gaps})'

    def _gap_said(self, row: int, column: int) -> str:
        gap, low, high = (x[row, column] for x in self._numbers())
        words = f"{gap:+.2f}, {low:+.2f} to {high:+.2f}"
        if len(self.competitors) == 1:
            return words
        return f"against {_levels.said(self.competitors[column])} {words}"

    def _numbers(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self.difference, self.low, self.high

    def __str__(self) -> str:
        """Return a table with a row per attribute and competitor, for ``print``."""
        return f"Differences, {self._together}\n{_draw.text_table(self._table())}"

    def _table(self) -> dict[str, list[str]]:
        """Return levels and differences as texts."""
        records = self.to_records()
        table = {
            name: [str(record[name]) for record in records]
            for name in ("attribute", "competitor")
        }
        for name in ("own", "rival"):
            table[name] = [_level_text(record[name]) for record in records]
        numbers = zip(*(x.reshape(-1) for x in self._numbers()), strict=True)
        table["difference"] = [_levels.gap_text(*each) for each in numbers]
        signs = zip(self._above.reshape(-1), self._below.reshape(-1), strict=True)
        table["verdict"] = [
            "above" if above else "below" if below else "" for above, below in signs
        ]
        for name in ("n_own", "n_rival"):
            table[name] = [f"{record[name]:,}" for record in records]
        return table

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per attribute and competitor; None is unknown.

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.distinction import differentiation
        >>> stars = Tally.count([5, 4], scale=STARS_1_5, by={"attribute": ["a", "a"]})
        >>> record = differentiation(stars, {"them": stars}).to_records()[0]
        >>> record["own"], record["difference"], record["distinct"]
        (0.875, 0.0, False)
        """
        numbers = (*self._numbers(), self.n_rival, self.distinct)
        names = ("difference", "low", "high", "n_rival", "distinct")
        records: list[dict[str, Any]] = []
        for row, attribute in enumerate(self.attributes):
            for column, competitor in enumerate(self.competitors):
                values = (array[row, column].item() for array in numbers)
                found = dict(zip(names, values, strict=True))
                record = {
                    "attribute": attribute,
                    "competitor": competitor,
                    "own": self.own_level[row].item(),
                    "rival": self.rival_level[row, column].item(),
                    "n_own": self.n_own[row].item(),
                }
                every = record | found
                records.append({name: _plain(every[name]) for name in _COLUMNS})
        return records

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(_COLUMNS, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return _states.plain(self) | {"scale": attrs.asdict(self.scale)}

    def to_svg(self) -> str:
        """Return the differences with their intervals, complete as an SVG file."""
        pairs = [(a, c) for a in self.attributes for c in self.competitors]
        return _draw.whiskers(
            [f"{attribute}: {competitor}" for attribute, competitor in pairs],
            *(array.reshape(-1).tolist() for array in self._numbers()),
            title="What customers see in us, less what they see in competitors",
            axis_label="difference of levels from 0 to 1",
            reference=0,
            reference_label="no difference",
            digits=2,
            notes=[f"Intervals: {self._together}."],
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __eq__(self, other: object) -> bool:
        """Compare labels, arrays, level and scale; NaN equals NaN."""
        if not isinstance(other, Differentiation):
            return NotImplemented
        names = ("attributes", "competitors", "level", "scale")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, _ARRAYS)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ARRAYS = ("own_level", "rival_level", "low", "high", "n_own", "n_rival")
_COLUMNS = (
    *("attribute", "competitor", "own", "rival", "difference", "low", "high"),
    *("n_own", "n_rival", "distinct"),
)
_SOMEBODY = "hold at least one competitor"
_AXES = ("attribute",)


def _named(words: str, labels: Sequence[Label]) -> str:
    return f"{words}: {_levels.listed(labels)}." if labels else ""


def _plain(value: Any) -> Any:
    """Return None for NaN."""
    return None if isinstance(value, float) and np.isnan(value) else value


def _throughout(cells: BoolArray) -> BoolArray:
    """Return the rows in which all cells are true."""
    return np.asarray(cells.all(axis=1))


def _level_text(level: float | None) -> str:
    return "" if level is None else f"{level:.2f}"


# Making one


def differentiation(
    own: Tally, competitors: Mapping[Any, Tally], *, level: float = 0.95
) -> Differentiation:
    """Do customers perceive us as different, in what, and from whom (S1.40)?

    Parameters
    ----------
    own : Tally
        What customers answered about us, with the axis "attribute" and no other.
    competitors : mapping of label to Tally
        What they answered about each competitor, likewise and on the same scale; at
        least one.
    level : float, default: 0.95
        Confidence level, between 0 and 1, at which the intervals of all differences
        hold together.

    Returns
    -------
    Differentiation
        Our attributes in their order, then those that only competitors have. What one
        side lacks, or nobody answered about, is unknown.

    Raises
    ------
    InvalidTypeError
        If *own* is no tally or *competitors* no mapping of tallies.
    InvalidValueError
        If there is no competitor, a tally has other axes, or *level* is not between 0
        and 1.
    MissingValueError
        If the name of a competitor is missing.
    ScaleMismatchError
        If a competitor was rated on another scale.

    Notes
    -----
    The difference is our mean level on 0..1 less that of the competitor. To differ is
    not good in itself: which direction serves the brand, its positioning says. Who
    stands for low prices may well be below all others in comfort, and to be above the
    own target is a deviation, too (S2.83).

    Intervals are made as in `promise_ledger`, which also says how sure they are, at 1 -
    (1 - *level*) / m each, where m is the number of known differences (Bonferroni).
    Answers about us and about competitors are taken as independent: different people.
    Where the same customers rate both, and those who are kind to one are kind to the
    other, intervals are longer than they need to be.

    References
    ----------
    Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect
    measures: A general approach. Statistics in Medicine, 27(10), 1693-1702.

    Examples
    --------
    >>> from cxmkit import STARS_1_5, Tally
    >>> from cxmkit.distinction import differentiation
    >>> names = {"attribute": ["gentle", "cheap"]}
    >>> ours = Tally.from_counts(
    ...     [[1, 2, 7, 30, 60], [20, 30, 30, 15, 5]], scale=STARS_1_5, by=names
    ... )
    >>> dry = Tally.from_counts(
    ...     [[5, 15, 30, 30, 20], [18, 30, 30, 17, 5]], scale=STARS_1_5, by=names
    ... )
    >>> soft = Tally.from_counts(
    ...     [[2, 3, 10, 30, 55], [3, 7, 20, 40, 30]], scale=STARS_1_5, by=names
    ... )
    >>> print(differentiation(ours, {"Dry & Co.": dry, "Soft": soft}))
    Differences, 95 % for all differences together
    attribute  competitor   own  rival            difference  verdict  n_own  n_rival
    gentle     Dry & Co.   0.86   0.61  +0.25 [+0.14, +0.36]  above      100      100
    gentle     Soft        0.86   0.83  +0.03 [-0.07, +0.14]             100      100
    cheap      Dry & Co.   0.39   0.40  -0.02 [-0.14, +0.11]             100      100
    cheap      Soft        0.39   0.72  -0.33 [-0.44, -0.20]  below      100      100
    """
    _checks.require_instance("own", own, Tally)
    level = _checks.open_unit("level", level)
    _require_competitors(own, competitors)
    ours = _levels.read_tally(own, "own", _AXES)
    theirs = [
        _levels.read_tally(tally, _place(name), _AXES)
        for name, tally in competitors.items()
    ]
    tallies = (own, *competitors.values())
    labels = dict.fromkeys(x for each in tallies for x in each.labels["attribute"])
    keys = [(label,) for label in labels]
    ours, rivals = ours.over(keys), [each.over(keys) for each in theirs]
    alpha = _levels.shared_alpha(level, [(ours, rival) for rival in rivals])
    ends = [_levels.gap_interval(ours, rival, alpha) for rival in rivals]
    low, high = (np.stack(each, axis=1) for each in zip(*ends, strict=True))
    return Differentiation(
        attributes=tuple(labels),
        competitors=tuple(competitors),
        own_level=ours.value,
        rival_level=_beside(rivals, "value"),
        low=low,
        high=high,
        n_own=ours.n,
        n_rival=_beside(rivals, "n"),
        level=level,
        scale=own.scale,
    )


def _require_competitors(own: Tally, competitors: Any) -> None:
    """Refuse what is no mapping of names to tallies on our scale."""
    if not isinstance(competitors, Mapping):
        rule, hint = "be a mapping", "write {name: tally, ...}"
        raise _checks.refuse(
            "competitors", rule, competitors, hint=hint, error=InvalidTypeError
        )
    if not competitors:
        raise _checks.refuse("competitors", _SOMEBODY, competitors)
    for name, tally in competitors.items():
        if _checks.is_missing(name):
            raise _checks.refuse_missing(_place(name), hint="name the competitor")
        _checks.require_instance(_place(name), tally, Tally)
        if tally.scale != own.scale:
            raise _checks.refuse(
                _place(name),
                f"be a tally on {own.scale!r}",
                tally.scale,
                hint="compare what was asked on one scale",
                error=ScaleMismatchError,
            )


def _place(name: object) -> str:
    return f"competitors[{_checks.show(name)}]"


def _beside(rivals: Sequence[Levels], name: str) -> Any:
    """Put a column of each competitor beside those of the others."""
    return np.stack([getattr(rival, name) for rival in rivals], axis=1)
