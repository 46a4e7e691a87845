"""Does the answer depend on how satisfaction is counted?"""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from cxmkit import _checks, _draw, _intervals, _states
from cxmkit._axes import Axes, Label
from cxmkit._checks import FloatArray, IntArray
from cxmkit.comparison import Comparison, compare
from cxmkit.definition import BoxShare, MeanScore, Metric, NetScore
from cxmkit.errors import InvalidTypeError
from cxmkit.estimate import Estimate, Estimates
from cxmkit.scale import Scale
from cxmkit.tally import Tally, require_tally

__all__ = ["CsatDefinitions", "RankFlip", "csat_definitions"]

_MOST = 1_000  # groups whose order is judged: half a million pairs
_SHOWN = 10  # flips below a table
_RESCALED = "mean-of-100"  # ranks as the mean does


@attrs.frozen(kw_only=True, repr=False, str=False)
class RankFlip:
    """Which of two groups is ahead depends on how satisfaction is counted.

    `csat_definitions` finds them. Each difference named here is more than noise. Which
    of the definitions is right, numbers cannot say.

    Parameters
    ----------
    first, second : label
        The two groups; a tuple of labels if there are several axes.
    definitions : series of str
        Names of the definitions that clearly put one of them ahead.
    differences : series of Comparison
        First less second by each of them.

    Raises
    ------
    InvalidValueError
        If there are not as many differences as definitions, or all put the same group
        ahead.
    InvalidTypeError
        If a name or a difference is of the wrong kind.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, Tally
    >>> from cxmkit.metrics import csat_definitions
    >>> loved_or_hated, fair = [400, 50, 50, 100, 400], [10, 40, 150, 600, 200]
    >>> tally = Tally.from_counts(
    ...     [loved_or_hated, fair], scale=SATISFACTION_1_5, by=["app", "shop"]
    ... )
    >>> (flip,) = csat_definitions(tally).flips
    >>> flip.first_ahead, flip.second_ahead
    (('top-1',), ('top-2', 'net-top-2', 'mean'))
    """

    first: Label
    second: Label
    definitions: tuple[str, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(str)
    )
    differences: tuple[Comparison, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(Comparison)
    )

    def __attrs_post_init__(self) -> None:
        """Check that some definitions point one way and some the other."""
        if len(self.differences) != len(self.definitions):
            rule = f"be one per definition ({len(self.definitions)})"
            raise _checks.refuse("differences", rule, len(self.differences))
        if not (self.first_ahead and self.second_ahead):
            rule = "put each group ahead at least once"
            raise _checks.refuse("differences", rule, self.differences)

    @property
    def first_ahead(self) -> tuple[str, ...]:
        """Names of the definitions by which the first group is clearly better."""
        return self._ahead(1)

    @property
    def second_ahead(self) -> tuple[str, ...]:
        """Names of the definitions by which the second group is clearly better."""
        return self._ahead(-1)

    def _ahead(self, way: int) -> tuple[str, ...]:
        pairs = zip(self.definitions, self.differences, strict=True)
        return tuple(name for name, each in pairs if way * _lead(each) > 0)

    def __repr__(self) -> str:
        """Say which group is ahead by which definitions in one line."""
        return (
            f"RankFlip: {self.first!r} ahead by {', '.join(self.first_ahead)};"
            f" {self.second!r} by {', '.join(self.second_ahead)}"
        )

    def summary(self) -> str:
        """Return some sentences for a manager; they take no side."""
        sides = (
            (self.first, self.second, self.first_ahead),
            (self.second, self.first, self.second_ahead),
        )
        said = (
            f"{better!r} is ahead of {worse!r} by {', '.join(map(self._said, names))}"
            for better, worse, names in sides
        )
        return (
            f"{'; but '.join(said)}. Each of these differences is more than noise;"
            " which of them matters depends on what satisfaction is to mean."
        )

    def _said(self, name: str) -> str:
        """Say a definition and how far apart it puts the groups."""
        each = self.differences[self.definitions.index(name)]
        return f"{name} ({abs(each.difference):.{each.definition.decimals}f})"

    def to_dict(self) -> dict[str, Any]:
        """Return the two groups and who puts which ahead as plain Python values."""
        return {
            "first": self.first,
            "second": self.second,
            "first_ahead": list(self.first_ahead),
            "second_ahead": list(self.second_ahead),
        }

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per definition, as dataframes take them."""
        pairs = zip(self.definitions, self.differences, strict=True)
        groups = {"first": self.first, "second": self.second}
        return [groups | {"definition": name} | each.to_dict() for name, each in pairs]


def _lead(difference: Comparison) -> float:
    """Return a difference with the sign turned so that more is better."""
    up = difference.definition.higher_is_better(difference.scale)
    return difference.difference if up else -difference.difference


def _results(_: Any, field: "attrs.Attribute[Any]", values: Any) -> None:
    _checks.require_instance(field.name, values, tuple)
    for index, value in enumerate(values):
        if not isinstance(value, Estimate | Estimates):
            rule, error = "be Estimate or Estimates", InvalidTypeError
            raise _checks.refuse(field.name, rule, value, index=index, error=error)


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class CsatDefinitions:
    """The same answers by each definition of satisfaction in use.

    `csat_definitions` makes them.

    Parameters
    ----------
    names : series of str
        Names of the definitions: "top-1", "top-2", "top-3", "net-top-2", "mean",
        "mean-of-100", as far as the scale has room for them.
    results : series of Estimate or Estimates
        The result by each; `Estimates` if the answers are in groups.
    flips : series of RankFlip
        Pairs of groups whose order clearly depends on the definition.
    judged : int
        Number of groups whose order was judged.
    eligible : int
        Number of groups that have enough answers for it.
    min_n : int
        How many answers that are.
    level : float, default: 0.95
        Confidence level, between 0 and 1: of each interval, and of all differences in
        *flips* together.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If there is not one result per name, or a name is there twice.

    Notes
    -----
    Results are equal when all fields are, and have no hash.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, Tally
    >>> from cxmkit.metrics import csat_definitions
    >>> tally = Tally.from_counts([20, 30, 100, 550, 300], scale=SATISFACTION_1_5)
    >>> found = csat_definitions(tally)
    >>> found
    CSAT by 5 definitions: 30.0 to 85.0 of 100, n = 1,000
    >>> found.estimates["mean"].value
    4.08
    """

    names: tuple[str, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(str)
    )
    results: tuple[Any, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_results
    )
    flips: tuple[RankFlip, ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(RankFlip)
    )
    judged: int = attrs.field(default=0, validator=_states.count)
    eligible: int = attrs.field(default=0, validator=_states.count)
    min_n: int = attrs.field(default=30, validator=_states.count)
    level: float = attrs.field(default=0.95, converter=_checks.confidence)

    def __attrs_post_init__(self) -> None:
        """Check that each name has a result."""
        _checks.distinct("names", self.names, "the name")
        if not self.names:
            raise _checks.refuse("names", "hold at least one name", self.names)
        if len(self.results) != len(self.names):
            rule = f"be one per name ({len(self.names)})"
            raise _checks.refuse("results", rule, len(self.results))

    @property
    def estimates(self) -> Mapping[str, Any]:
        """Name of the definition to `Estimate`, or `Estimates` by group."""
        return MappingProxyType(dict(zip(self.names, self.results, strict=True)))

    def __len__(self) -> int:
        """Return the number of definitions."""
        return len(self.names)

    # Saying

    @property
    def _grouped(self) -> bool:
        return isinstance(self.results[0], Estimates)

    @property
    def _n(self) -> int:
        return int(np.sum(self.results[0].n))

    def _of_100(self) -> tuple[list[str], FloatArray]:
        """Return the definitions that give 0..100, and their numbers by group."""
        full = [
            each for each in self.results if each.definition.range(each.scale) == _FULL
        ]
        values = [np.reshape(each.value, -1) for each in full]
        return [each.definition.name for each in full], np.stack(values)

    def _widest(self) -> tuple[int, float, str, float, str] | None:
        """Return the group whose numbers lie farthest apart, with the two ends."""
        names, values = self._of_100()
        known = np.flatnonzero(~np.isnan(values[0]))
        if not known.size:
            return None
        width = np.ptp(values[:, known], axis=0)
        group = int(known[np.argmax(width)])
        low, high = (int(end(values[:, group])) for end in (np.argmin, np.argmax))
        ends = values[low, group].item(), values[high, group].item()
        return group, ends[0], names[low], ends[1], names[high]

    def __repr__(self) -> str:
        """Say how many definitions there are and how wide they lie in one line."""
        head, n = f"CSAT by {len(self)} definitions", f"n = {self._n:,}"
        if self._grouped:
            flips = f"order of {_draw.counted(len(self.flips), 'pair')} depends on them"
            return f"{head}, {self.results[0].grid}: {flips}, {n}"
        _, low, _, high, _ = self._widest() or (0, math.nan, "", math.nan, "")
        return f"{head}: {low:.1f} to {high:.1f} of 100, {n}"

    def summary(self) -> str:
        """Return some sentences for a manager: how much the definition decides.

        Examples
        --------
        >>> from cxmkit import SATISFACTION_1_5, Tally
        >>> from cxmkit.metrics import csat_definitions
        >>> tally = Tally.from_counts([20, 30, 100, 550, 300], scale=SATISFACTION_1_5)
        >>> print(csat_definitions(tally).summary())
        The same 1,000 answers are 30.0 (CSAT (top 1)) to 85.0 (CSAT (top 2)) of 100, by
        5 definitions in use. Say which one a number is by.
        """
        widest = self._widest()
        if widest is None:
            return "There are no answers."
        group, low, low_name, high, high_name = widest
        ends = f"{low:.1f} ({low_name}) to {high:.1f} ({high_name}) of 100"
        if not self._grouped:
            answers = "answer is" if self._n == 1 else f"{self._n:,} answers are"
            return (
                f"The same {answers} {ends}, by {len(self)} definitions in use. Say"
                " which one a number is by."
            )
        label = _group_labels(self.results[0].grid)[group]
        return (
            f"{len(self)} definitions in use put the same answers up to"
            f" {high - low:.1f} points of 100 apart: {label!r} is {ends}."
            f" {self._order_said()}"
        )

    def _order_said(self) -> str:
        """Say whether the order of groups depends on the definition."""
        enough = f"with at least {_draw.counted(self.min_n, 'answer')}"
        if self.judged < 2:
            return f"Too few groups {enough} to judge their order."
        groups = f"{self.judged:,} groups {enough}"
        if self.judged < self.eligible:
            groups = f"{self.judged:,} largest of {self.eligible:,} groups {enough}"
        if not self.flips:
            return (
                f"No two of the {groups} change places beyond noise; within noise their"
                " order may still differ."
            )
        pairs = _draw.counted(len(self.flips), "pair")
        first = self.flips[0]
        verb = "is" if len(self.flips) == 1 else "are"
        return (
            f"{pairs} of the {groups} {verb} clearly one way round by one definition"
            f" and the other way round by another, such as {first.first!r} and"
            f" {first.second!r}."
        )

    def __str__(self) -> str:
        """Return a table, for ``print``: by definition, or by group and definition."""
        heading = "CSAT by definition"
        if not self._grouped:
            heading += f", {100 * self.level:.10g} % intervals"
        lines = [heading, _draw.text_table(self._table())]
        if self._grouped:
            lines += map(repr, self.flips[:_SHOWN])
            more = len(self.flips) - _SHOWN
            lines += [f"and {_draw.counted(more, 'more flip')}"] if more > 0 else []
        return "\n".join(lines)

    def _table(self) -> dict[str, Sequence[str]]:
        if not self._grouped:
            rows = [(name, *_figures(each)) for name, each in self.estimates.items()]
            return _draw.columns(("definition", "value", "low", "high"), rows)
        columns: dict[str, Sequence[str]] = dict(self.results[0].grid.text_columns())
        for name, each in self.estimates.items():
            form = f"z.{each.definition.decimals}f"
            columns[name] = [_written(x, form) for x in each.value.reshape(-1)]
        columns["n"] = [f"{n:,}" for n in self.results[0].n.reshape(-1)]
        return columns

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per definition and group, as dataframes take them.

        Examples
        --------
        >>> from cxmkit import SATISFACTION_1_5, Tally
        >>> from cxmkit.metrics import csat_definitions
        >>> tally = Tally.count([5, 4, 2], scale=SATISFACTION_1_5)
        >>> record = csat_definitions(tally).to_records()[-1]
        >>> record["metric"], record["value"]
        ('Mean (of 100)', 66.67)
        """
        return [
            {name: _plain(value) for name, value in record.items()}
            for each in self.results
            for record in (each.to_records() if self._grouped else [each.to_dict()])
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        records = self.to_records()
        axes = self.results[0].axes if self._grouped else ()
        names = (*axes, *_COLUMNS)
        return _states.columns(names, records)

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: results by name, and flips."""
        return {
            "definitions": {n: each.to_dict() for n, each in self.estimates.items()},
            "flips": [flip.to_dict() for flip in self.flips],
            "judged": self.judged,
            "eligible": self.eligible,
            "min_n": self.min_n,
            "level": self.level,
        }

    def _repr_html_(self) -> str:
        # With groups the summary is longer than a note may be, and would be cut.
        note = "" if self._grouped else self.summary()
        return _draw.html_table(self._table(), caption=repr(self), note=note)

    def __eq__(self, other: object) -> bool:
        """Compare all fields; NaN equals NaN."""
        if not isinstance(other, CsatDefinitions):
            return NotImplemented
        names = [field.name for field in attrs.fields(CsatDefinitions)]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_FULL = (0.0, 100.0)
_COLUMNS = (
    *("value", "se", "low", "high", "n", "n_effective", "missing"),
    *("level", "method", "metric", "scale"),
)


def _figures(estimate: Estimate) -> tuple[str, ...]:
    """Write value and interval."""
    form = f"z.{estimate.definition.decimals}f"
    numbers = (estimate.value, estimate.low, estimate.high)
    return tuple(_written(number, form) for number in numbers)


def _written(number: float, form: str) -> str:
    return "" if math.isnan(number) else f"{number:{form}}"


def _plain(value: Any) -> Any:
    """Return None for NaN."""
    return None if value != value else value  # noqa: PLR0124  NaN alone does that


def _group_labels(grid: Axes) -> list[Any]:
    """Return the label of each group, a tuple if there are several axes."""
    cells = (tuple(cell.values()) for cell in grid.cells())
    return [cell[0] if len(cell) == 1 else cell for cell in cells]


# Making them


def csat_definitions(
    tally: Tally, *, min_n: int = 30, level: float = 0.95
) -> CsatDefinitions:
    """Does the answer depend on how satisfaction is counted?

    One tracker reports the share of the best two points, another the mean, a third the
    net of best and worst. This shows the same answers by each definition in use, and
    with groups which pairs of them change places: one definition puts the first clearly
    ahead, another the second. It does not say which definition is right.

    Parameters
    ----------
    tally : Tally
        Answers on any scale of satisfaction; its axes are the groups.
    min_n : int, default: 30
        Number of answers that a group needs for its place to be judged.
    level : float, default: 0.95
        Confidence level, between 0 and 1: of each interval, and of all differences that
        make a flip together.

    Returns
    -------
    CsatDefinitions
        Results by name of the definition, and the flips. "top-1", "top-2" (scales of 4
        points and more) and "top-3" (of 10 and more) are percent of answers in the best
        points, 0..100; "net-top-2" (5 points and more) is the best two less the worst
        two, -100..100; "mean" is in points of the scale, and "mean-of-100" the same on
        0..100 with 100 best. Which end is best, the scale says.

    Raises
    ------
    InvalidTypeError
        If *tally* is no tally, or *min_n* is not a whole number.
    InvalidValueError
        If *min_n* is less than 1, or *level* is not between 0 and 1.
    EmptySampleError
        If there are no groups and no answers.

    Notes
    -----
    Differences are judged as in `compare`, each at 1 - (1 - *level*) / (pairs x
    definitions), so that all of them hold together (Bonferroni); "mean-of-100", which
    ranks as the mean, is left out. Groups are taken as different people: where the same
    ones rated several touchpoints, and the kind ones are kind to all, flips are missed
    rather than made up. Of more than 1,000 groups with enough answers only
    the 1,000 largest are judged: among more than half a million pairs, hardly any
    difference of small ones is beyond noise.

    Measured at 95 %: with two groups set apart by top 1 and mean but alike by top 2 and
    net score, none of 1,000 runs with 60 answers a group and 1.0 % of 2,000 with 2,500
    gave a flip; none of 300 did with ten groups all alike. A flip of 20 points by top 1
    against 10 by top 2 was found in 52 % of runs with 200 answers a group, and in 98 %
    with 500.

    References
    ----------
    Morgan, N. A., & Rego, L. L. (2006). The value of different customer satisfaction
    and loyalty metrics in predicting business performance. Marketing Science, 25(5),
    426-439. On mean, top 2 and net scores side by side.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, Tally
    >>> from cxmkit.metrics import csat_definitions
    >>> loved_or_hated, fair = [400, 50, 50, 100, 400], [10, 40, 150, 600, 200]
    >>> tally = Tally.from_counts(
    ...     [loved_or_hated, fair], scale=SATISFACTION_1_5, by=["app", "shop"]
    ... )
    >>> print(csat_definitions(tally))
    CSAT by definition
    group  top-1  top-2  net-top-2  mean  mean-of-100      n
    app     40.0   50.0        5.0  3.05         51.2  1,000
    shop    20.0   80.0       75.0  3.94         73.5  1,000
    RankFlip: 'app' ahead by top-1; 'shop' by top-2, net-top-2, mean
    """
    require_tally("tally", tally)
    if (min_n := _checks.as_whole("min_n", min_n)) < 1:
        raise _checks.refuse("min_n", "be at least 1", min_n)
    level = _checks.open_unit("level", level)
    if not tally.axes and not tally.n:
        raise _checks.refuse_empty("tally", "must hold at least one answer; got none")
    metrics = _definitions(tally.scale)
    results = {name: metric(tally, level=level) for name, metric in metrics.items()}
    flips: tuple[RankFlip, ...] = ()
    eligible = judged = np.array([], np.int64)
    if tally.axes:
        ranked = {name: x for name, x in results.items() if name != _RESCALED}
        eligible = _eligible(results["mean"], min_n)
        judged = np.sort(eligible[:_MOST])
        flips = _flips(ranked, judged, level)
    return CsatDefinitions(
        names=tuple(results),
        results=tuple(results.values()),
        flips=flips,
        judged=judged.size,
        eligible=eligible.size,
        min_n=min_n,
        level=level,
    )


def _definitions(scale: Scale) -> dict[str, Metric]:
    """Return the definitions that a scale has room for, by name."""
    best_first = scale.points[::-1] if scale.higher_is_better else scale.points
    least_points = {1: 2, 2: 4, 3: 10}
    found: dict[str, Metric] = {
        f"top-{k}": BoxShare(name=f"CSAT (top {k})", points=best_first[:k])
        for k, least in least_points.items()
        if scale.size >= least
    }
    if scale.size >= 5:
        found["net-top-2"] = NetScore(
            name="CSAT (top 2 less bottom 2)",
            positive=best_first[:2],
            negative=best_first[-2:],
        )
    return found | {
        "mean": MeanScore(name="Mean"),
        _RESCALED: MeanScore(name="Mean (of 100)", rescaled=True),
    }


def _eligible(estimates: Estimates, min_n: int) -> IntArray:
    """Return the places of groups with enough answers, the largest first."""
    n = estimates.n.reshape(-1)
    known = ~np.isnan(estimates.value.reshape(-1))  # all weights may be 0
    places = np.flatnonzero((n >= min_n) & known)
    return places[np.argsort(-n[places], kind="stable")]


def _flips(
    results: Mapping[str, Estimates], groups: IntArray, level: float
) -> tuple[RankFlip, ...]:
    """Return the pairs of groups that definitions clearly put in different orders."""
    pairs = groups.size * (groups.size - 1) // 2
    alone = 1 - (1 - level) / max(pairs * len(results), 1)
    first, second = _disputed(list(results.values()), groups, alone)
    differences = {
        name: list(compare(_taken(each, first), _taken(each, second), level=alone))
        for name, each in results.items()
    }
    labels = _group_labels(next(iter(results.values())).grid)
    flips = []
    for place, pair in enumerate(zip(first, second, strict=True)):
        clear = {
            name: each[place]
            for name, each in differences.items()
            if each[place].distinguishable
        }
        ways = {_lead(each) > 0 for each in clear.values()}
        if len(ways) == 2:
            better, worse = (labels[group] for group in pair)
            flips.append(
                RankFlip(
                    first=better,
                    second=worse,
                    definitions=tuple(clear),
                    differences=tuple(clear.values()),
                )
            )
    return tuple(flips)


def _disputed(
    results: Sequence[Estimates], groups: IntArray, level: float
) -> tuple[IntArray, IntArray]:
    """Return the few pairs, first and second, whose order may clearly differ.

    A clear difference needs each value to lie outside the other's interval; that much
    is seen without comparing all pairs one by one.
    """
    ends = [_oriented(each, level) for each in results]
    low, value, high = (np.stack(each)[:, groups] for each in zip(*ends, strict=True))
    found = []
    for row in range(groups.size - 1):
        rest = np.s_[row + 1 :]
        ours, theirs = value[:, row, None], value[:, rest]
        ahead = (low[:, row, None] > theirs) & (ours > high[:, rest])
        behind = (high[:, row, None] < theirs) & (ours < low[:, rest])
        both = ahead.any(axis=0) & behind.any(axis=0)
        others = row + 1 + np.flatnonzero(both)
        found.append(np.stack([np.full(others.size, row), others]))
    pairs = groups[np.concatenate([np.empty((2, 0), np.intp), *found], axis=1)]
    return pairs[0], pairs[1]


def _oriented(
    estimates: Estimates, level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return low end, value and high end of each group, more being better.

    Ends are none too far out for the methods of `compare`: those of Newcombe's
    ingredients, at least the normal ones of means, and for net scores the value itself.
    """
    value = estimates.value.reshape(-1)
    low = high = value
    if isinstance(estimates.definition, BoxShare):
        n = estimates.n_effective.reshape(-1)
        low, high = (100 * x for x in _intervals.wilson(value / 100, n, level))
    if isinstance(estimates.definition, MeanScore):
        low, high = _intervals.wald(value, estimates.se.reshape(-1), level)
    if estimates.definition.higher_is_better(estimates.scale):
        return low, value, high
    return -high, -value, -low


def _taken(estimates: Estimates, places: IntArray) -> Estimates:
    """Return some groups, which may be there several times, one after the other."""

    def taken(name: str) -> Any:
        array = getattr(estimates, name)
        if array is None:
            return None
        return array.reshape(-1, *array.shape[len(estimates.axes) :])[places]

    names = ("value", "se", "low", "high", "n", "n_effective", "missing", "shares")
    return attrs.evolve(
        estimates,
        **{name: taken(name) for name in names},
        grid=Axes(("pair",), (tuple(range(places.size)),)),
        tally=None,
    )
