"""What is the number, how sure are we of it, and what does it rest on?"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw
from cxmkit._axes import Axes, Label, address
from cxmkit.errors import InvalidTypeError
from cxmkit.scale import Scale
from cxmkit.tally import Tally

__all__ = ["Definition", "Estimate", "Estimates"]


class Definition(Protocol):
    """What an estimate asks of the definition that made it.

    Attributes
    ----------
    name : str
        Name of the metric, as it is printed.
    decimals : int
        Digits after the point that are worth printing.
    """

    @property
    def name(self) -> str:
        """Name of the metric, as it is printed."""
        ...

    @property
    def decimals(self) -> int:
        """Digits after the point that are worth printing."""
        ...

    def unit(self, scale: Scale) -> str:
        """Return the unit in words, to follow the number."""
        ...

    def range(self, scale: Scale) -> tuple[float, float]:
        """Return the least and the greatest possible value."""
        ...

    def higher_is_better(self, scale: Scale) -> bool:
        """Whether a greater value is the better one."""
        ...


def comparable(number: float) -> float | None:
    """Return what to compare a number by: NaN, which equals nothing, becomes None."""
    return None if math.isnan(number) else number


def _comparable_pair(pair: tuple[float, float] | None) -> tuple[float | None, ...]:
    return () if pair is None else tuple(map(comparable, pair))


@attrs.frozen(kw_only=True, repr=False, str=False)
class Estimate:
    """How good is it, and how sure are we? One number with all it rests on.

    Estimates come from the functions of `cxmkit.metrics`; nobody builds them by hand.
    They are equal, and have the same hash, when all fields but *tally* are.

    Parameters
    ----------
    value : float
        The metric, in the unit of its definition.
    se : float
        Plain standard error of *value*, in the same unit, whatever the method; 0 where
        all answers are alike. NaN for a single answer to a mean or with weights.
    low, high : float
        Ends of the confidence interval; NaN where answers cannot tell, as the t
        interval of a mean when all are alike.
    n : int
        Number of answers.
    n_effective : float
        Number of equally weighted answers that the interval rests on; *n* without
        weights.
    missing : int
        Number of answers that are missing and were left out.
    level : float
        Confidence level, between 0 and 1.
    method : str
        How the interval was made.
    definition : Definition
        What was computed: a `NetScore`, `BoxShare` or `MeanScore`.
    scale : Scale
        The scale of the answers.
    shares : tuple of float or None
        Net scores only: shares of positive and of negative answers, in percent.
    tally : Tally or None
        The tally it was computed from, if the caller gave one.

    Examples
    --------
    >>> from cxmkit import nps
    >>> estimate = nps([10, 9, 9, 8, 7, 6, 10, 3, 9, 10])
    >>> estimate
    NPS 40.0 [-12.6, 74.1] 95 %, n = 10, 0 missing
    >>> float(estimate)
    40.0
    >>> estimate.shares
    (60.0, 20.0)
    """

    value: float = attrs.field(eq=comparable)
    se: float = attrs.field(eq=comparable)
    low: float = attrs.field(eq=comparable)
    high: float = attrs.field(eq=comparable)
    n: int
    n_effective: float = attrs.field(eq=comparable)
    missing: int
    level: float
    method: str
    definition: Definition
    scale: Scale
    shares: tuple[float, float] | None = attrs.field(default=None, eq=_comparable_pair)
    tally: Tally | None = attrs.field(default=None, eq=False)

    def __float__(self) -> float:
        """Return the value."""
        return self.value

    def __repr__(self) -> str:
        """Say metric, value, interval, level, n and missing in one line."""
        value, low, high = self._figures()
        return (
            f"{self.definition.name} {value} [{low}, {high}] {100 * self.level:.10g} %,"
            f" n = {self.n:,}, {self.missing:,} missing"
        )

    def summary(self) -> str:
        """Return one sentence for a manager.

        Examples
        --------
        >>> from cxmkit import samples, csat
        >>> wifi = samples.airport().at(year=2017, touchpoint="free WiFi")
        >>> print(csat(wifi).summary())
        CSAT (top 2) is 73.8 % (95 % interval 71.7 to 75.8), from 2,142 answers.
        """
        unit = self.definition.unit(self.scale)
        value, low, high = self._figures()
        left_out = f"; {self.missing:,} more are missing" if self.missing else ""
        interval = f"{100 * self.level:.10g} % interval {low} to {high}"
        if math.isnan(self.low):
            interval = "no interval: too few answers, or all alike"
        return (
            f"{self.definition.name} is {value}{unit} ({interval}),"
            f" from {_draw.counted(self.n, 'answer')}{left_out}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as a flat dict of plain Python values.

        Examples
        --------
        >>> from cxmkit import nps
        >>> nps([10, 9, 3]).to_dict()["n"]
        3
        """
        numbers = {name: getattr(self, name) for name in _ARRAYS}
        return numbers | _provenance(self)

    def to_svg(self) -> str:
        """Return a drawing of value and interval, complete as an SVG file."""
        ends = [self.value], [self.low], [self.high]
        return _drawing(self, [self.definition.name], *ends)

    def _repr_html_(self) -> str:
        return self.to_svg()

    def _figures(self) -> tuple[str, str, str]:
        """Write value and ends of the interval with the digits worth printing."""
        decimals = self.definition.decimals
        value, low, high = (
            f"{x:z.{decimals}f}" for x in (self.value, self.low, self.high)
        )
        return value, low, high


def _optional_floats(values: npt.ArrayLike | None) -> npt.NDArray[Any] | None:
    return None if values is None else _checks.frozen_floats(values)


_ARRAYS = ("value", "se", "low", "high", "n", "n_effective", "missing")


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Estimates:
    r"""How good is each group, and how sure are we?

    The fields of `Estimate` as read-only arrays over labelled axes. Groups without
    answers are NaN with n = 0. Iteration and ``len`` go through the groups, the last
    axis moving fastest; ``print`` shows a table with whiskers.

    Parameters
    ----------
    value, se, low, high, n_effective : ndarray of float
        As in `Estimate`, in the shape of the axes.
    n, missing : ndarray of int
        As in `Estimate`, in the shape of the axes.
    level, method, definition, scale
        As in `Estimate`, common to all groups.
    grid : Axes
        Names and labels of the axes.
    shares : ndarray of float or None
        Net scores only: percent positive and negative, shape (\*axes, 2).
    tally : Tally or None
        The tally they were computed from, if the caller gave one.

    Examples
    --------
    >>> from cxmkit import nps
    >>> by = nps([10, 9, 3, 8, 10, 9], by=["web", "web", "web", "shop", "shop", "shop"])
    >>> by
    NPS by group (2): 33.3 (web) to 66.7 (shop), n = 6, 0 missing
    >>> by.at(group="shop").value
    66.67
    """

    value: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    se: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    low: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    high: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    n: _checks.IntArray = attrs.field(converter=_checks.frozen_ints)
    n_effective: _checks.FloatArray = attrs.field(converter=_checks.frozen_floats)
    missing: _checks.IntArray = attrs.field(converter=_checks.frozen_ints)
    level: float
    method: str
    definition: Definition
    scale: Scale
    grid: Axes
    shares: _checks.FloatArray | None = attrs.field(
        default=None, converter=_optional_floats
    )
    tally: Tally | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes, in the order of the arrays' dimensions."""
        return self.grid.names

    @property
    def labels(self) -> Mapping[str, tuple[Label, ...]]:
        """Axis name to labels."""
        return self.grid.labels

    def __len__(self) -> int:
        """Return the number of groups."""
        return self.value.size

    def __iter__(self) -> Iterator[Estimate]:
        """Yield the estimate of each group, the last axis moving fastest."""
        for index, cell in zip(
            np.ndindex(self.grid.shape), self.grid.cells(), strict=True
        ):
            tally = None if self.tally is None else self.tally.at(**cell)
            yield self._select(index, Axes(), tally)

    def at(self, /, **labels: Any) -> Any:
        """Select one label on each named axis.

        Parameters
        ----------
        **labels
            Axis name and the label wanted, such as ``year=2017``.

        Returns
        -------
        Estimate or Estimates
            An `Estimate` when every axis is named, else `Estimates` over the rest.

        Raises
        ------
        InvalidValueError
            If there is no such axis or label.
        """
        index, grid = self.grid.locate(labels)
        tally = None if self.tally is None else self.tally.at(**labels)
        return self._select(index, grid, tally)

    def _select(self, index: tuple[Any, ...], grid: Axes, tally: Tally | None) -> Any:
        shares = None if self.shares is None else self.shares[index]
        fields: dict[str, Any] = {name: getattr(self, name)[index] for name in _ARRAYS}
        common: dict[str, Any] = {name: getattr(self, name) for name in _COMMON}
        common["tally"] = tally
        if grid.names:
            return Estimates(**fields, **common, grid=grid, shares=shares)
        plain = {name: number.item() for name, number in fields.items()}
        pair = None if shares is None else (float(shares[0]), float(shares[1]))
        return Estimate(**plain, **common, shares=pair)

    def ranked(self) -> "Estimates":
        """Return the groups from best to worst; groups without answers come last.

        Which end is best follows from definition and scale: effort ranks upwards.

        Returns
        -------
        Estimates
            The same estimates, sorted along their only axis.

        Raises
        ------
        InvalidValueError
            If there is more than one axis.

        Examples
        --------
        >>> from cxmkit import csat, samples
        >>> by = csat(samples.airport().at(year=2017)).ranked()
        >>> by.labels["touchpoint"][0], by.labels["touchpoint"][-1]
        ('feeling of safety', 'shops')
        """
        if len(self.axes) != 1:
            hint = "select with .at(...) until one is left"
            raise _checks.refuse("axes", "be one", str(self.grid), hint=hint)
        order = np.argsort(-self._goodness(), kind="stable")
        labels = tuple(self.grid.levels[0][place] for place in order)
        sorted_arrays = {name: getattr(self, name)[order] for name in _ARRAYS}
        return attrs.evolve(
            self,
            **sorted_arrays,
            grid=Axes(self.axes, (labels,)),
            shares=None if self.shares is None else self.shares[order],
        )

    def _goodness(self) -> _checks.FloatArray:
        up = self.definition.higher_is_better(self.scale)
        return self.value if up else -self.value

    def __repr__(self) -> str:
        """Say metric, axes, worst and best group, n and missing in one line."""
        name = f"{self.definition.name} by {self.grid}"
        total = f"n = {self.n.sum():,}, {self.missing.sum():,} missing"
        ends = self._worst_and_best()
        if not ends:
            return f"{name}: no answers, {total}"
        shown = (f"{value} ({label})" for label, (value, *_) in ends)
        return f"{name}: {' to '.join(shown)}, {total}"

    def summary(self) -> str:
        """Return one sentence for a manager.

        Examples
        --------
        >>> from cxmkit import nps, samples
        >>> print(nps(samples.airport_recommendation()).summary())
        NPS by purpose (3): best is leisure with 42.3 (37.7 to 46.7, n = 1,135), worst
        is business with 35.8 (30.2 to 41.0, n = 706); 95 % intervals, each on its own.
        """
        name = f"{self.definition.name} by {self.grid}"
        ends = self._worst_and_best()
        if not ends:
            return f"{name}: there are no answers."
        if len(ends) == 1:
            (_, (value, *_)) = ends[0]
            return f"{name}: {value} in every group that has answers."
        worst, best = (
            f"{label} with {value} ({low} to {high}, n = {n})"
            for label, (value, low, high, n) in ends
        )
        return (
            f"{name}: best is {best}, worst is {worst};"
            f" {100 * self.level:.10g} % intervals, each on its own."
        )

    def _worst_and_best(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return label and figures of the ends: one if equal, none if no answers."""
        goodness = self._goodness().reshape(-1)
        if np.isnan(goodness).all():
            return []
        ends = [int(np.nanargmin(goodness)), int(np.nanargmax(goodness))]
        if goodness[ends[0]] == goodness[ends[1]]:
            ends.pop()
        cells, columns = list(self.grid.cells()), self._figures()
        return [
            (address(cells[end]), tuple(column[end] for column in columns))
            for end in ends
        ]

    def _figures(self) -> tuple[list[str], ...]:
        """Write value, ends of the interval and n with the digits worth printing."""
        decimals = self.definition.decimals
        arrays = (self.value, self.low, self.high)
        figures = ([f"{x:z.{decimals}f}" for x in a.reshape(-1)] for a in arrays)
        return (*figures, [f"{count:,}" for count in self.n.reshape(-1)])

    def __str__(self) -> str:
        """Return a table with whiskers, for ``print``."""
        value, low, high, n = self._figures()
        columns = self.grid.text_columns() | {
            "value": value,
            "low": low,
            "high": high,
            "n": n,
        }
        arrays = [array.reshape(-1) for array in (self.value, self.low, self.high)]
        bounds = _draw.text_bounds(
            np.concatenate(arrays).tolist(), within=self.definition.range(self.scale)
        )
        columns[_draw.text_axis(bounds=bounds)] = [
            _draw.text_whiskers(*numbers, bounds=bounds)
            for numbers in zip(*arrays, strict=True)
        ]
        heading = f"{self.definition.name}, {100 * self.level:.10g} % intervals"
        return f"{heading}\n{_draw.text_table(columns)}"

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per group, as dataframes take them.

        Examples
        --------
        >>> from cxmkit import nps
        >>> nps([10, 9, 3], by=[2016, 2017, 2017]).to_records()[0]["group"]
        2016
        """
        columns = self.to_columns()
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return the same rows as `to_records`, as columns.

        Examples
        --------
        >>> from cxmkit import nps
        >>> nps([10, 9, 3], by=[2016, 2017, 2017]).to_columns()["n"]
        [1, 2]
        """
        columns: dict[str, list[Any]] = self.grid.columns()
        columns |= {name: getattr(self, name).reshape(-1).tolist() for name in _ARRAYS}
        common = _provenance(self).items()
        return columns | {name: [text] * len(self) for name, text in common}

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: axes with labels, and nested lists.

        Examples
        --------
        >>> from cxmkit import nps
        >>> nps([10, 9, 3], by=[2016, 2017, 2017]).to_dict()["value"]
        [100.0, 0.0]
        """
        axes = {name: list(labels) for name, labels in self.labels.items()}
        numbers = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {"axes": axes} | numbers | _provenance(self)

    def to_svg(self) -> str:
        """Return the groups as bars with whiskers, complete as an SVG file."""
        labels = [address(cell) for cell in self.grid.cells()]
        ends = (
            array.reshape(-1).tolist() for array in (self.value, self.low, self.high)
        )
        return _drawing(self, labels, *ends)

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __eq__(self, other: object) -> bool:
        """Compare definition, scale, axes and all arrays; NaN equals NaN."""
        if not isinstance(other, Estimates):
            return NotImplemented
        same = all(getattr(self, x) == getattr(other, x) for x in (*_COMMON, "grid"))
        return same and _checks.same_arrays(self, other, (*_ARRAYS, "shares"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_COMMON = ("level", "method", "definition", "scale")


def _provenance(result: Estimate | Estimates) -> dict[str, Any]:
    """Return what tells one number from another of the same size."""
    return {
        "level": result.level,
        "method": result.method,
        "metric": result.definition.name,
        "scale": result.scale.described,
    }


def _drawing(
    result: Estimate | Estimates,
    labels: list[str],
    values: list[float],
    lows: list[float],
    highs: list[float],
) -> str:
    return _draw.whiskers(
        labels,
        values,
        lows,
        highs,
        title=f"{result.definition.name}, {100 * result.level:.10g} % intervals",
        axis_label=result.definition.unit(result.scale).strip(),
        bounds=result.definition.range(result.scale),
        digits=result.definition.decimals,
        notes=[f"n = {np.sum(result.n):,}, {np.sum(result.missing):,} missing"],
    )


def require_one_axis(argument: str, value: object, per: str, way: str) -> Estimates:
    """Return estimates over exactly one axis; refuse all else, saying how to count."""
    if not isinstance(value, Estimates):
        rule = f"be Estimates, one per {per}"
        hint = f"count with by={way}"
        raise _checks.refuse(argument, rule, value, hint=hint, error=InvalidTypeError)
    if len(value.axes) != 1:
        hint = "select with .at(...) until one is left"
        raise _checks.refuse(argument, "have one axis", str(value.grid), hint=hint)
    return value
