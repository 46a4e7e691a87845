"""Is it different, or is it noise?"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _differences, _draw
from cxmkit._axes import Axes, Label, address
from cxmkit._differences import Side
from cxmkit.definition import BoxShare, NetScore
from cxmkit.errors import InvalidTypeError, InvalidValueError, ScaleMismatchError
from cxmkit.estimate import Definition, Estimate, Estimates, comparable
from cxmkit.scale import Scale

__all__ = ["Comparison", "Comparisons", "compare"]

CompareMethod = Literal["adjusted-wald", "wald", "hybrid", "newcombe", "welch", "z"]


@attrs.frozen(kw_only=True, repr=False, str=False)
class Comparison:
    """Is one result different from another, or is it noise?

    Parameters
    ----------
    difference : float
        First value less second value, in the unit of the definition.
    se : float
        Standard error of the difference: that of the adjusted counts with
        "adjusted-wald", else the plain one.
    low, high : float
        Ends of the confidence interval of the difference; NaN where there is no spread
        to judge by.
    statistic : float
        Test statistic of "no difference"; NaN where there is no spread to judge by.
    p_value : float
        Probability of a statistic as far from 0 if there were no difference. The
        interval leaves out 0 exactly when it is below 1 - *level*. With "newcombe" it
        is the level at which the interval reaches 0: close to a score test, but not
        to be trusted to many digits far out.
    n : tuple of int
        Number of answers on either side.
    level : float
        Confidence level, between 0 and 1.
    method : str
        How interval and test were made.
    definition : Definition
        What was compared.
    scale : Scale
        The scale of the answers.

    Examples
    --------
    >>> from cxmkit import compare, nps
    >>> this_year = nps([10] * 60 + [8] * 25 + [3] * 15)
    >>> last_year = nps([10] * 45 + [8] * 25 + [3] * 30)
    >>> change = compare(this_year, last_year)
    >>> change
    NPS difference 30.0 [7.3, 50.9] 95 %, p = .009
    >>> change.summary()
    'Higher by 30.0 points; more than noise (p = .009).'
    """

    difference: float = attrs.field(eq=comparable)
    se: float = attrs.field(eq=comparable)
    low: float = attrs.field(eq=comparable)
    high: float = attrs.field(eq=comparable)
    statistic: float = attrs.field(eq=comparable)
    p_value: float = attrs.field(eq=comparable)
    n: tuple[int, int]
    level: float
    method: str
    definition: Definition
    scale: Scale

    @property
    def distinguishable(self) -> bool:
        """Whether the difference is more than noise at this level."""
        return self.p_value < 1 - self.level

    def __repr__(self) -> str:
        """Say metric, difference, interval, level and p in one line."""
        decimals = self.definition.decimals
        ends = ", ".join(f"{end:z.{decimals}f}" for end in (self.low, self.high))
        return (
            f"{self.definition.name} difference {self.difference:z.{decimals}f}"
            f" [{ends}] {100 * self.level:.10g} %, {_draw.p_text(self.p_value)}"
        )

    def summary(self) -> str:
        """Return one sentence for a manager."""
        if math.isnan(self.difference):
            return "There is nothing to compare: one side has no answers."
        size = f"{abs(self.difference):.{self.definition.decimals}f}"
        unit = _unit(self.definition, self.scale)
        if not float(size):
            if not self.distinguishable:
                return f"No difference ({_draw.p_text(self.p_value)})."
            size = f"less than {10.0**-self.definition.decimals:g}"
        way = f"{'Higher' if self.difference > 0 else 'Lower'} by {size}{unit}"
        if not self.definition.higher_is_better(self.scale):
            way += f" ({'worse' if self.difference > 0 else 'better'})"
        if math.isnan(self.p_value):
            return f"{way}; too few answers, or too much alike, to tell it from noise."
        level = "" if self.level == 0.95 else f" at {100 * self.level:.10g} %"
        verdict = (
            f"more than noise{level}"
            if self.distinguishable
            else f"not distinguishable from no difference{level}"
        )
        return f"{way}; {verdict} ({_draw.p_text(self.p_value)})."

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as a flat dict of plain Python values."""
        numbers = {name: getattr(self, name) for name in _ARRAYS}
        return numbers | {
            "n_first": self.n[0],
            "n_second": self.n[1],
            "level": self.level,
            "method": self.method,
            "metric": self.definition.name,
            "scale": self.scale.described,
        }


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Comparisons:
    r"""Is each group different from its counterpart, or is it noise?

    The fields of `Comparison` as read-only arrays over labelled axes; *n* has a last
    dimension of two. Many groups are many chances: of twenty that did not change, one
    differs at 95 % by luck.

    Parameters
    ----------
    difference, se, low, high, statistic, p_value : ndarray of float
        As in `Comparison`, in the shape of the axes.
    n : ndarray of int
        Answers on either side, shape (\*axes, 2).
    level, method, definition, scale
        As in `Comparison`, common to all groups.
    grid : Axes
        Names and labels of the axes.

    Examples
    --------
    >>> from cxmkit import compare, csat, samples
    >>> sfo = samples.airport()
    >>> change = compare(csat(sfo.at(year=2017)), csat(sfo.at(year=2014)))
    >>> change.at(touchpoint="free WiFi").summary()
    'Higher by 4.3 percentage points; more than noise (p = .008).'
    """

    difference: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    se: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    low: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    high: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    statistic: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    p_value: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    n: _checks.IntArray = attrs.field(converter=_checks.frozen_ints)
    level: float
    method: str
    definition: Definition
    scale: Scale
    grid: Axes

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes, in the order of the arrays' dimensions."""
        return self.grid.names

    @property
    def labels(self) -> Mapping[str, tuple[Label, ...]]:
        """Axis name to labels."""
        return self.grid.labels

    @property
    def distinguishable(self) -> npt.NDArray[np.bool_]:
        """Whether each difference is more than noise at this level, on its own."""
        return self.p_value < 1 - self.level

    def __len__(self) -> int:
        """Return the number of groups."""
        return self.difference.size

    def __iter__(self) -> Iterator[Comparison]:
        """Yield the comparison of each group, the last axis moving fastest."""
        return (self._select(i, Axes()) for i in np.ndindex(self.grid.shape))

    def at(self, /, **labels: Any) -> Any:
        """Select one label on each named axis.

        Parameters
        ----------
        **labels
            Axis name and the label wanted, such as ``touchpoint="shops"``.

        Returns
        -------
        Comparison or Comparisons
            A `Comparison` when every axis is named, else `Comparisons` over the rest.

        Raises
        ------
        InvalidValueError
            If there is no such axis or label.
        """
        return self._select(*self.grid.locate(labels))

    def _select(self, index: tuple[Any, ...], grid: Axes) -> Any:
        fields: dict[str, Any] = {name: getattr(self, name)[index] for name in _ARRAYS}
        common: dict[str, Any] = {name: getattr(self, name) for name in _COMMON}
        if grid.names:
            return Comparisons(**fields, **common, n=self.n[index], grid=grid)
        plain = {name: number.item() for name, number in fields.items()}
        first, second = self.n[index].tolist()
        return Comparison(**plain, **common, n=(first, second))

    def __repr__(self) -> str:
        """Say metric, axes and how many groups differ in one line."""
        found, judged = self._found()
        return (
            f"{self.definition.name} difference by {self.grid}: {found} of {judged}"
            f" more than noise at {100 * self.level:.10g} %"
        )

    def summary(self) -> str:
        """Return one sentence for a manager.

        Examples
        --------
        >>> from cxmkit import compare, csat, samples
        >>> sfo = samples.airport()
        >>> change = compare(csat(sfo.at(year=2017)), csat(sfo.at(year=2014)))
        >>> print(change.summary())
        6 of 22 groups differ by more than noise, each judged on its own; if none had
        changed, about 1 would.
        """
        found, judged = self._found()
        luck = (1 - self.level) * judged
        expected = f"about {luck:,.0f}" if luck >= 1 else "fewer than 1"
        return (
            f"{found} of {judged} groups differ by more than noise, each judged on its"
            f" own; if none had changed, {expected} would."
        )

    def _found(self) -> tuple[int, int]:
        """Return how many groups differ, and how many could be judged at all."""
        judged = np.count_nonzero(~np.isnan(self.p_value))
        return int(np.count_nonzero(self.distinguishable)), int(judged)

    def __str__(self) -> str:
        """Return a table with whiskers, for ``print``."""
        decimals = self.definition.decimals
        columns = self.grid.text_columns()
        for name in ("difference", "low", "high"):
            numbers = getattr(self, name).reshape(-1)
            columns[name] = [f"{number:+z.{decimals}f}" for number in numbers]
        columns["p"] = [
            _draw.p_text(p)[2:].lstrip("= ") for p in self.p_value.reshape(-1)
        ]
        heading = (
            f"{self.definition.name} difference, {100 * self.level:.10g} % intervals"
        )
        return f"{heading}\n{_draw.text_table(columns)}"

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per group, as dataframes take them."""
        cells = self.grid.cells()
        return [cell | one.to_dict() for cell, one in zip(cells, self, strict=True)]

    def to_svg(self) -> str:
        """Return the differences with their intervals, complete as an SVG file."""
        unit = _unit(self.definition, self.scale)
        name = f"{self.definition.name} difference"
        return _draw.whiskers(
            [address(cell) for cell in self.grid.cells()],
            *(
                getattr(self, x).reshape(-1).tolist()
                for x in ("difference", "low", "high")
            ),
            title=f"{name}, {100 * self.level:.10g} % intervals",
            axis_label=unit.strip(),
            digits=self.definition.decimals,
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __eq__(self, other: object) -> bool:
        """Compare definition, scale, axes and all arrays; NaN equals NaN."""
        if not isinstance(other, Comparisons):
            return NotImplemented
        same = all(getattr(self, x) == getattr(other, x) for x in (*_COMMON, "grid"))
        return same and _checks.same_arrays(self, other, (*_ARRAYS, "n"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ARRAYS = ("difference", "se", "low", "high", "statistic", "p_value")
_COMMON = ("level", "method", "definition", "scale")


@overload
def compare(
    a: Estimate,
    b: Estimate,
    *,
    method: CompareMethod | None = None,
    level: float = 0.95,
) -> Comparison: ...
@overload
def compare(
    a: Estimates,
    b: Estimates,
    *,
    method: CompareMethod | None = None,
    level: float = 0.95,
) -> Comparisons: ...
def compare(
    a: Estimate | Estimates,
    b: Estimate | Estimates,
    *,
    method: CompareMethod | None = None,
    level: float = 0.95,
) -> Comparison | Comparisons:
    """Is *a* different from *b*, or is it noise?

    For two independent samples: different customers, or two months of a tracker. The
    same customers asked twice, two questions to the same people, and a part against the
    whole it belongs to are not independent, and need other methods. Many comparisons at
    once turn up some differences by luck.

    Parameters
    ----------
    a, b : Estimate or Estimates
        Two results of one definition on one scale; with groups, of the same groups,
        in any order.
    method : str, optional
        Net scores: "adjusted-wald" (default, three imaginary answers on either side),
        "hybrid" (from two score intervals, a little sharper) or "wald". With few
        answers and few detractors the first two are very careful: of twenty answers a
        side with 90 % promoters and 2 % detractors, equal scores are called different
        in 2 or 3 of 1,000 cases where 50 are allowed.
        Shares: "newcombe" (default, from two Wilson intervals) or "wald".
        Means: "welch" (default; NaN where answers on one side are all alike) or "z".
        All are approximations: with a handful of answers against many, differences
        are called more often than the level says (with "adjusted-wald" at worst in one
        case of five for one answer against thirty, where one in twenty is promised; in
        one of nine with "hybrid" and "newcombe").
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.

    Returns
    -------
    Comparison or Comparisons
        *a* minus *b*, in the unit of the definition (shares in percentage points).
        *difference* is the plain difference; error, interval and test follow *method*.

    Raises
    ------
    ScaleMismatchError
        If definitions or scales differ.
    InvalidValueError
        If groups do not match, or *method* does not fit the definition.
    InvalidTypeError
        If *a* and *b* are not both `Estimate` or both `Estimates`.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent
    proportions: comparison of eleven methods. Statistics in Medicine, 17(8), 873-890.

    Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American
    Statistician, 70(4), 365-372. arXiv:1601.07235. The adjustment of one score; on two
    it is used by MeasuringU (Lewis & Sauro).

    Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect
    measures: a general approach. Statistics in Medicine, 27(10), 1693-1702. "hybrid" is
    that way on the intervals of Tango (1998), as Newcombe's is on those of Wilson.

    Welch, B. L. (1947). The generalization of "Student's" problem when several
    different population variances are involved. Biometrika, 34(1/2), 28-35.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, compare, csat
    >>> shop = csat([5] * 56 + [2] * 14, scale=SATISFACTION_1_5)
    >>> web = csat([5] * 48 + [2] * 32, scale=SATISFACTION_1_5)
    >>> compare(shop, web)
    CSAT (top 2) difference 20.0 [5.2, 33.4] 95 %, p = .008
    """
    level = _checks.open_unit("level", level)
    _require_results(a, b)
    if a.definition != b.definition or a.scale != b.scale:
        ours, theirs = _described(a), _described(b)
        if ours == theirs:  # the same words for other points
            ours, theirs = (f"{x.definition!r} on {x.scale!r}" for x in (a, b))
        raise ScaleMismatchError(
            f"b must be {ours}, as a is; got {theirs}", argument="b", value=b.definition
        )
    forms = _forms(a.definition)
    chosen: str = _default(forms) if method is None else method
    _checks.choice("method", chosen, forms)
    grid = a.grid if isinstance(a, Estimates) else Axes()
    first, second = _side(a, grid), _side(b, grid)
    difference, se, low, high, statistic, p_value = forms[chosen](first, second, level)
    comparisons = Comparisons(
        difference=difference,
        se=se,
        low=low,
        high=high,
        statistic=statistic,
        p_value=p_value,
        n=np.stack([first.n, second.n], axis=-1),
        level=level,
        method=chosen,
        definition=a.definition,
        scale=a.scale,
        grid=grid,
    )
    return comparisons if isinstance(a, Estimates) else comparisons.at()


def _require_results(a: object, b: object) -> None:
    for name, result in (("a", a), ("b", b)):
        if not isinstance(result, Estimate | Estimates):
            hint = "compare results, such as compare(nps(a), nps(b))"
            rule = "be an Estimate or Estimates"
            raise _checks.refuse(name, rule, result, hint=hint, error=InvalidTypeError)
    if isinstance(a, Estimates) != isinstance(b, Estimates):
        rule = "have groups as a has" if isinstance(a, Estimates) else "be one result"
        hint = "select one with .at(...), or compare groups with the same groups"
        raise _checks.refuse("b", rule, b, hint=hint, error=InvalidTypeError)


def _described(result: Estimate | Estimates) -> str:
    return f"{result.definition.name} on the {result.scale} scale"


_Form = Callable[[Side, Side, float], _differences.Contrast]


def _forms(definition: Definition) -> dict[str, _Form]:
    """Return the methods that fit a definition, the default first."""
    if isinstance(definition, NetScore):
        return {
            "adjusted-wald": _differences.net_adjusted_wald,
            "wald": _differences.wald,
            "hybrid": _differences.hybrid,
        }
    if isinstance(definition, BoxShare):
        return {"newcombe": _differences.newcombe, "wald": _differences.wald}
    return {"welch": _differences.welch, "z": _differences.wald}


def _default(forms: dict[str, _Form]) -> str:
    return next(iter(forms))


def _side(result: Estimate | Estimates, grid: Axes) -> Side:
    if isinstance(result, Estimates):
        _refuse_other_groups(result.grid, grid)

    def array(name: str) -> npt.NDArray[Any]:
        values = np.asarray(getattr(result, name))
        return (
            values if isinstance(result, Estimate) else result.grid.spread(values, grid)
        )

    shares = None if result.shares is None else array("shares") / 100
    return Side(
        **{name: array(name) for name in ("value", "se", "n", "n_effective")},
        shares=shares if shares is not None else np.zeros((*grid.shape, 2)),
    )


def _refuse_other_groups(theirs: Axes, ours: Axes) -> None:
    for name in ours.names:
        unmatched = set(ours.labels[name]) ^ set(theirs.labels.get(name, ()))
        if unmatched:
            raise InvalidValueError(
                f"b must have the groups of a; on {name!r} only one of them has"
                f" {', '.join(map(repr, sorted(unmatched, key=str)[:3]))}",
                argument="b",
                value=theirs.labels.get(name),
            )
    if len(theirs.names) > len(ours.names):
        raise _checks.refuse("b", f"have the axes {ours.names}", theirs.names)


def _unit(definition: Definition, scale: Scale) -> str:
    """Return the unit of a difference: shares differ by percentage points."""
    return definition.unit(scale).replace(" %", " percentage points")
