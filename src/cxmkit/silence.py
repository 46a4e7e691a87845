"""What could those who did not answer do to the result?"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _stats
from cxmkit._axes import Axes, Label, address
from cxmkit._checks import FloatArray, IntArray
from cxmkit.errors import InvalidTypeError
from cxmkit.estimate import Estimate, Estimates

__all__ = ["NonresponseBounds", "nonresponse_bounds"]

_STEPS = 8  # of Newton's method; six leave 1e-13 even for levels of .999999
_ENOUGH = "not be less than answers, missing ones included"
_ROUNDING = 1e-14  # relative to the range: a break-even of 100.00000000000001 is 100


def _invited(values: Any) -> Any:
    counts = _checks.counts(values, "invited")
    return _checks.read_only(counts) if counts.ndim else int(counts)


def _silent(values: Any) -> Any:
    """Convert a pair to floats; what cannot be one is left to the validator."""
    series = _checks.as_tuple(values)
    if not isinstance(series, tuple):
        return series
    return tuple(_checks.as_float(value) for value in series)


def _is_estimate(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    kind = Estimates if isinstance(value, Estimates) else Estimate
    _checks.require_instance(field.name, value, kind)


def _is_pair(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, tuple) or len(value) != 2:
        rule = "be a pair of scores (low, high)"
        raise _checks.refuse(field.name, rule, value, error=InvalidTypeError)
    for place, score in enumerate(value):
        _checks.require_instance(field.name, score, float, index=place)


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class NonresponseBounds:
    r"""Between which limits does the result lie, whatever the silent ones think?

    `nonresponse_bounds` makes them. Numbers are floats for an `Estimate`, read-only
    arrays over its axes for `Estimates`.

    Parameters
    ----------
    estimate : Estimate or Estimates
        The result of those who answered.
    invited : int or array_like of int
        How many were asked, in the shape of the axes; those who answered and those
        whose answer is missing are among them.
    silent : tuple of two floats, optional
        Least and greatest score that those who did not answer may have together, in
        the unit of the definition; its whole range if not given.

    Raises
    ------
    InvalidTypeError
        If *estimate* is none, or a number is not a number.
    InvalidValueError
        If fewer are invited than answered, shapes disagree, or *silent* is no pair of
        scores in ascending order within the range of the definition.
    MissingValueError
        If a number of invited is missing.

    Notes
    -----
    Invariants: low <= high; interval_low <= low and high <= interval_high where there
    is an interval. Bounds are equal when all three fields are, and have no hash.

    Examples
    --------
    >>> from cxmkit import nps
    >>> from cxmkit.inference import nonresponse_bounds
    >>> answered = nps([10] * 60 + [8] * 25 + [3] * 15)
    >>> bounds = nonresponse_bounds(answered, invited=250)
    >>> bounds
    NonresponseBounds of NPS: -42.0 to 78.0 [-51.1, 83.2] 95 %, 100 of 250 answered
    >>> bounds.response_rate
    40.0
    """

    estimate: Estimate | Estimates = attrs.field(validator=_is_estimate)
    invited: int | IntArray = attrs.field(converter=_invited)
    silent: tuple[float, float] | None = attrs.field(
        default=None, converter=_silent, validator=_is_pair
    )

    def __attrs_post_init__(self) -> None:
        """Check that there are enough invited, and that scores are possible."""
        invited = np.asarray(self.invited)
        if invited.shape != self.grid.shape:
            rule = f"have the shape of the groups {self.grid.shape}"
            hint = "one number for each group" if self.axes else "one number"
            raise _checks.refuse("invited", rule, invited.shape, hint=hint)
        there = self._array("n") + self._array("missing")
        _checks.require("invited", invited, invited >= there, _ENOUGH)
        if self.silent is not None:
            self._require_possible(self.silent)

    def _require_possible(self, scores: tuple[float, float]) -> None:
        low, high = self._range
        rule = f"lie between {low:g} and {high:g}"
        good = [low <= score <= high for score in scores]
        _checks.require("silent", np.asarray(scores), np.asarray(good), rule)
        if scores[0] > scores[1]:
            raise _checks.refuse("silent", "be in ascending order", scores)

    # Looking

    @property
    def grid(self) -> Axes:
        """Names and labels of the axes; none for an `Estimate`."""
        return self.estimate.grid if isinstance(self.estimate, Estimates) else Axes()

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes, in the order of the arrays' dimensions."""
        return self.grid.names

    @property
    def labels(self) -> Mapping[str, tuple[Label, ...]]:
        """Axis name to labels."""
        return self.grid.labels

    @property
    def value(self) -> Any:
        """The result of those who answered; NaN where nobody did."""
        return _out(self._bounds()["value"])

    @property
    def response_rate(self) -> Any:
        """Percent of the invited whose answer counts; NaN where nobody was invited."""
        return _out(self._bounds()["response_rate"])

    @property
    def low(self) -> Any:
        """The result for all invited if the silent ones have their least score."""
        return _out(self._bounds()["low"])

    @property
    def high(self) -> Any:
        """The result for all invited if the silent ones have their greatest score."""
        return _out(self._bounds()["high"])

    @property
    def interval_low(self) -> Any:
        """Lower end of the confidence interval of the result, silent ones included."""
        return _out(self._numbers()["interval_low"])

    @property
    def interval_high(self) -> Any:
        """Upper end of the confidence interval of the result, silent ones included."""
        return _out(self._numbers()["interval_high"])

    @property
    def _range(self) -> tuple[float, float]:
        return self.estimate.definition.range(self.estimate.scale)

    @property
    def _unit(self) -> str:
        return self.estimate.definition.unit(self.estimate.scale)

    def _array(self, name: str) -> npt.NDArray[Any]:
        return np.asarray(getattr(self.estimate, name))

    def _bounds(self) -> dict[str, FloatArray]:
        """Work out response and bounds, in the shape of the axes."""
        least, greatest = self.silent or self._range
        value = self._array("value")
        with np.errstate(invalid="ignore"):  # nobody was invited
            rate = self._array("n") / np.asarray(self.invited)
        # Where nobody answered, what they would have said has no part in the whole.
        known = np.where(self._array("n") > 0, value, least)
        return {
            "value": value,
            "response_rate": 100 * rate,
            "low": rate * known + (1 - rate) * least,
            "high": rate * known + (1 - rate) * greatest,
        }

    def _numbers(self) -> dict[str, FloatArray]:
        """Work out everything: the bounds, and the interval of Imbens and Manski."""
        bounds = self._bounds()
        rate, invited = bounds["response_rate"] / 100, np.asarray(self.invited)
        z = _stats.normal_quantile(self.estimate.level)
        least, greatest = self.silent or self._range
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = np.sqrt(rate * (1 - rate) / invited)
            below, above = (
                np.hypot(rate * reach / z, (bounds["value"] - score) * chance)
                for reach, score in (
                    (bounds["value"] - self._array("low"), least),
                    (self._array("high") - bounds["value"], greatest),
                )
            )
            width = (bounds["high"] - bounds["low"]) / np.maximum(below, above)
        quantile = _quantile_of_bounds(width, self.estimate.level)
        low, high = self._range
        # Nothing is known of those who would answer where nobody did.
        unknown = (self._array("n") == 0) & (invited > 0)
        ends = {
            "interval_low": np.maximum(bounds["low"] - quantile * below, low),
            "interval_high": np.minimum(bounds["high"] + quantile * above, high),
        }
        return bounds | {
            name: np.where(unknown, limit, end)
            for (name, end), limit in zip(ends.items(), (low, high), strict=True)
        }

    def break_even(self, target: float) -> Any:
        """Which score would the silent ones need for all invited to be at a target?

        Parameters
        ----------
        target : float
            A value within the range of the definition, in its unit.

        Returns
        -------
        float or ndarray of float
            The score of the silent ones, in the unit of the definition. NaN where no
            possible score brings the whole to the target, and where nobody is silent;
            `summary` says so in words.

        Raises
        ------
        InvalidTypeError
            If *target* is not a number.
        InvalidValueError
            If it is out of range.

        Examples
        --------
        An NPS of 45 with 40 % response: how bad must the silent ones be for 0 or less?

        >>> from cxmkit import nps
        >>> from cxmkit.inference import nonresponse_bounds
        >>> answered = nps([10] * 60 + [8] * 25 + [3] * 15)
        >>> bounds = nonresponse_bounds(answered, invited=250)
        >>> bounds.break_even(0)
        -30.0
        >>> bounds.break_even(90)
        nan
        """
        low, high = self._range
        goal = _checks.as_number("target", target)
        if not low <= goal <= high:
            raise _checks.refuse("target", f"lie between {low:g} and {high:g}", target)
        n, invited = self._array("n"), np.asarray(self.invited)
        known = np.where(n > 0, self._array("value"), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):  # nobody is silent
            needed = (goal * invited - n * known) / (invited - n)
            off = _ROUNDING * (high - low) * invited / (invited - n)
        possible = (needed >= low - off) & (needed <= high + off) & (invited > n)
        needed = np.where(possible, np.clip(needed, low, high), np.nan)
        return _checks.scalar_or_array(needed)

    def __len__(self) -> int:
        """Return the number of groups; 1 for an `Estimate`."""
        return self._array("n").size

    def __iter__(self) -> Iterator["NonresponseBounds"]:
        """Yield the bounds of each group, the last axis moving fastest."""
        if isinstance(self.estimate, Estimate):
            yield self
            return
        counts = np.asarray(self.invited).reshape(-1).tolist()
        for estimate, invited in zip(self.estimate, counts, strict=True):
            yield attrs.evolve(self, estimate=estimate, invited=invited)

    def at(self, /, **labels: Any) -> "NonresponseBounds":
        """Select one label on each named axis.

        Parameters
        ----------
        **labels
            Axis name and the label wanted, such as ``year=2017``.

        Returns
        -------
        NonresponseBounds
            Those of one group when every axis is named, else of the groups that are
            left.

        Raises
        ------
        InvalidValueError
            If there is no such axis or label.
        """
        index, _ = self.grid.locate(labels)
        if isinstance(self.estimate, Estimate):
            return self
        chosen = self.estimate.at(**labels)
        invited = np.asarray(self.invited)[index]
        return attrs.evolve(self, estimate=chosen, invited=invited)

    # Saying

    def __repr__(self) -> str:
        """Say metric, bounds, interval and response in one line."""
        name = f"NonresponseBounds of {self.estimate.definition.name}"
        answered, invited = self._array("n").sum(), np.sum(self.invited)
        response = f"{answered:,} of {invited:,} answered"
        if self.axes:
            return f"{name} by {self.grid}, {response}"
        low, high, *ends = self._figures()
        level = f"{100 * self.estimate.level:.10g} %"
        return f"{name}: {low} to {high} [{', '.join(ends)}] {level}, {response}"

    def _figures(self) -> list[str]:
        """Write the bounds and the ends of the interval of one group."""
        numbers = self._numbers()
        return [self._written(float(numbers[name])) for name in _ENDS]

    def _written(self, number: float) -> str:
        return f"{number:z.{self.estimate.definition.decimals}f}"

    def summary(self, *, target: float | None = None) -> str:
        """Return some sentences for a manager.

        Parameters
        ----------
        target : float, optional
            Also say what the silent ones would have to score for the whole to be there.

        Returns
        -------
        str
            Result, response and bounds; with groups, the narrowest and the widest.

        Raises
        ------
        InvalidTypeError
            If *target* is not a number.
        InvalidValueError
            If it is out of range.

        Examples
        --------
        >>> from cxmkit import nps
        >>> from cxmkit.inference import nonresponse_bounds
        >>> answered = nps([10] * 60 + [8] * 25 + [3] * 15)
        >>> bounds = nonresponse_bounds(answered, invited=250)
        >>> print(bounds.summary(target=90))
        Among the 40.0 % who answered (100 of 250) NPS is 45.0 points. For all invited
        it is between -42.0 and 78.0 points, whatever the silent ones think (95 %
        interval -51.1 to 83.2). No score of the silent ones brings it to 90.0.
        """
        said = self._groups_said() if self.axes else self._one_said()
        return said if target is None else f"{said} {self._target_said(target)}"

    def _one_said(self) -> str:
        """Say what is known of one group."""
        name, invited = self.estimate.definition.name, int(self.invited)
        n = int(self._array("n"))
        if not invited:
            return f"Nobody was invited, so {name} is unknown."
        low, high, *ends = self._figures()
        if n:
            first = (
                f"Among the {self.response_rate:.1f} % who answered ({n:,} of"
                f" {invited:,}) {name} is {self._written(self.value)}{self._unit}."
            )
        else:
            first = f"None of {invited:,} invited has answered."
        interval = f"{100 * self.estimate.level:.10g} % interval {' to '.join(ends)}"
        if math.isnan(self.interval_low):
            interval = "no interval: too few answers, or all alike"
        if n == invited:
            return f"{first} Nobody is silent ({interval})."
        between = f"between {low} and {high}" if low != high else low
        between += self._unit
        return f"{first} For all invited it is {between}, {self._belief} ({interval})."

    @property
    def _belief(self) -> str:
        """Say what is assumed of the silent ones."""
        if self.silent is None:
            return "whatever the silent ones think"
        scores = dict.fromkeys(self._written(score) for score in self.silent)
        how = " to ".join(scores)
        return f"if the silent ones score {how}"

    def _groups_said(self) -> str:
        """Say for which groups silence matters least and most."""
        name = f"{self.estimate.definition.name} by {self.grid}"
        numbers = self._numbers()
        widths = (numbers["high"] - numbers["low"]).reshape(-1)
        if np.isnan(widths).all():
            return f"{name}: nobody was invited."
        table, cells = self._table(), list(self.grid.cells())
        ends = dict.fromkeys((int(np.nanargmin(widths)), int(np.nanargmax(widths))))
        shown = [
            f"{address(cells[end])} ({table['low'][end]} to"
            f" {table['high'][end]}{self._unit}, {table['answered %'][end]} % answered)"
            for end in ends
        ]
        if len(shown) == 1:
            return f"{name}: in {shown[0]} as in all others, {self._belief}."
        return (
            f"{name}: silence matters least in {shown[0]}, most in {shown[1]},"
            f" {self._belief}."
        )

    def _target_said(self, target: float) -> str:
        needed = np.asarray(self.break_even(target))
        goal = self._written(target)
        if self.axes:
            found = np.count_nonzero(~np.isnan(needed))
            return f"The silent ones could bring {found} of {len(self)} to {goal}."
        if np.isnan(needed):
            return f"No score of the silent ones brings it to {goal}."
        score = self._written(float(needed))
        return f"To bring it to {goal}, the silent ones would have to score {score}."

    def __str__(self) -> str:
        """Return a table with a row per group, for ``print``."""
        return f"{self._heading}\n{_draw.text_table(self._table())}"

    @property
    def _heading(self) -> str:
        level = f"{100 * self.estimate.level:.10g} % intervals"
        return f"{self.estimate.definition.name}, {self._belief}, {level}"

    def _table(self) -> dict[str, list[str]]:
        """Return the numbers as texts."""
        table = self.grid.text_columns()
        numbers = self._numbers()
        table["answered %"] = [f"{x:.1f}" for x in numbers["response_rate"].reshape(-1)]
        for name in ("value", *_ENDS):
            heading = name.replace("_", " ")
            table[heading] = [self._written(x) for x in numbers[name].reshape(-1)]
        for name, counts in (("n", self._array("n")), ("invited", self.invited)):
            table[name] = [f"{count:,}" for count in np.asarray(counts).reshape(-1)]
        return table

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=self._heading)

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per group, as dataframes take them; None is unknown.

        Examples
        --------
        >>> from cxmkit import nps
        >>> from cxmkit.inference import nonresponse_bounds
        >>> record = nonresponse_bounds(nps([10, 9, 3]), invited=10).to_records()[0]
        >>> record["low"], record["high"], record["invited"]
        (-60.0, 80.0, 10)
        """
        columns = self.to_columns()
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return the same rows as `to_records`, as columns."""
        columns: dict[str, list[Any]] = self.grid.columns()
        return columns | self._columns()

    def _columns(self) -> dict[str, list[Any]]:
        """Return all numbers and what they rest on, without the axes."""
        numbers: dict[str, npt.NDArray[Any]] = dict(self._numbers())
        numbers |= {name: self._array(name) for name in ("n", "missing")}
        numbers["invited"] = np.asarray(self.invited)
        columns = {
            name: [None if math.isnan(x) else x for x in array.reshape(-1).tolist()]
            for name, array in numbers.items()
        }
        common = self._provenance().items()
        return columns | {name: [text] * len(self) for name, text in common}

    def _provenance(self) -> dict[str, Any]:
        """Return what tells these numbers from others of the same size."""
        low, high = self.silent or self._range
        return {
            "silent_low": low,
            "silent_high": high,
            "level": self.estimate.level,
            "metric": self.estimate.definition.name,
            "scale": self.estimate.scale.described,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: flat for one result, else axes and lists."""
        if not self.axes:
            return self.to_records()[0]
        axes = {name: list(labels) for name, labels in self.labels.items()}
        return {"axes": axes} | self._columns() | self._provenance()

    def __eq__(self, other: object) -> bool:
        """Compare estimate, invited and silent."""
        if not isinstance(other, NonresponseBounds):
            return NotImplemented
        return bool(
            self.estimate == other.estimate
            and np.array_equal(self.invited, other.invited)
            and self.silent == other.silent
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ENDS = ("low", "high", "interval_low", "interval_high")


def _out(numbers: FloatArray) -> Any:
    return _checks.scalar_or_array(_checks.frozen_floats(numbers))


def _quantile_of_bounds(width: FloatArray, level: float) -> FloatArray:
    """Return c with Phi(c + width) - Phi(-c) = *level*; never below 0.

    Between the one-sided quantile (bounds far apart: the truth can be near one of them
    only) and the two-sided one (bounds that are one). Newton's method from the former:
    the curve is concave, so steps fall short of the root and never pass it.
    """
    c = np.full(width.shape, max(_stats.normal_quantile(2 * level - 1), 0.0))
    for _ in range(_STEPS):
        ends = np.stack([c, c + width])
        outside = _stats.normal_two_sided(ends).sum(axis=0) / 2
        slope = np.exp(-(ends**2) / 2).sum(axis=0) / math.sqrt(2 * math.pi)
        c = np.maximum(c + (outside - (1 - level)) / slope, 0)
    return c


@overload
def nonresponse_bounds(
    estimate: Estimate, *, invited: int, silent: tuple[float, float] | None = None
) -> NonresponseBounds: ...
@overload
def nonresponse_bounds(
    estimate: Estimates,
    *,
    invited: npt.ArrayLike | Mapping[Any, int],
    silent: tuple[float, float] | None = None,
) -> NonresponseBounds: ...
def nonresponse_bounds(
    estimate: Estimate | Estimates,
    *,
    invited: npt.ArrayLike | Mapping[Any, int],
    silent: tuple[float, float] | None = None,
) -> NonresponseBounds:
    """What could those who did not answer do to the result?

    A survey with 10 % response knows nothing of nine customers in ten. The interval of
    an estimate takes them to be like those who answered; these bounds do not.

    Parameters
    ----------
    estimate : Estimate or Estimates
        The result of those who answered.
    invited : int, array_like of int, or mapping of label to int
        How many were asked; with groups one number for each, in the shape of the axes.
        Over a single axis a mapping may say it label by label, in any order, all labels
        and no others; a pandas Series counts as one, matched on its index, never by
        position. Who answered other questions but not this one is silent too: they
        count as invited, not as answers.
    silent : tuple of two floats, optional
        What you are ready to believe of the silent ones: their score together, taken
        alone, is between the two, in the unit of the definition (50 for half of them,
        not 0.5: a pair within -1 and 1 is refused where the range of the definition is
        100 or 200 wide, unless both are 0). By default anything is possible: all at the
        worst point, or all at the best.

    Returns
    -------
    NonresponseBounds
        The bounds, an interval for the truth, and the break-even score of the silent.

    Raises
    ------
    InvalidTypeError
        If *estimate* is none, or a number is not a number.
    InvalidValueError
        If fewer are invited than answered, shapes or labels disagree, or *silent* is no
        pair of scores in ascending order within the range of the definition, or looks
        like fractions of one.
    MissingValueError
        If a number of invited is missing.

    Notes
    -----
    With a share r of the invited answering, a result m of theirs and a score of the
    silent between a and b, the result for all invited is between r m + (1 - r) a and
    r m + (1 - r) b (Manski). No number of answers makes these bounds narrower, only a
    higher share of answers or a belief does. They are exact for the people invited.

    The interval is that of Imbens and Manski: it takes those invited as a sample of all
    who might have been, and holds the result of all, silent ones included, with the
    given confidence. An end has the error √(r² s² + (m - a)² r (1 - r) / N), N invited,
    where s is not the plain standard error but the reach of the estimate's own interval
    to that side over its quantile, so that it has length even where all agree. Where
    everybody answered it is the interval of the estimate; where nobody did, the whole
    range; where the estimate has none, NaN.

    How often the interval holds the truth when that lies at one of the bounds, for .95
    promised, 50 to 300 invited, of whom 10 to 95 % answer: shares of 50 to 95 % with
    Wilson's interval .90 to .99 (enumerated), a share of 99 % down to .85; net scores
    of 0 to 88 .94 to .99, means of 3.7 and 4.7 of 5 .91 to 1.00 (20,000 runs each).
    Narrow beliefs far from what was answered need more answers: .83 with 5 of 50
    answering, 95 % of them satisfied, and 40 to 60 % believed of the others. A belief
    that is wrong is not covered at all.

    Weights change the result of those who answered, not how many are silent: bounds
    take the weighted result for them and count heads for the share that answered. Where
    weights are there to make up for silence, the bounds show what that relies on.

    References
    ----------
    Manski, C. F. (1989). Anatomy of the selection problem. Journal of Human Resources,
    24(3), 343-360.

    Imbens, G. W., & Manski, C. F. (2004). Confidence intervals for partially identified
    parameters. Econometrica, 72(6), 1845-1857.

    Stoye, J. (2009). More on confidence intervals for partially identified parameters.
    Econometrica, 77(4), 1299-1315.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, csat
    >>> from cxmkit.inference import nonresponse_bounds
    >>> answered = csat([5] * 160 + [2] * 40, scale=SATISFACTION_1_5)
    >>> print(nonresponse_bounds(answered, invited=1000).summary())
    Among the 20.0 % who answered (200 of 1,000) CSAT (top 2) is 80.0 %. For all invited
    it is between 16.0 and 96.0 %, whatever the silent ones think (95 % interval 14.0 to
    97.0).

    If we believe that of the silent ones 50 to 80 % are satisfied:

    >>> nonresponse_bounds(answered, invited=1000, silent=(50, 80))
    NonresponseBounds of CSAT (top 2): 56.0 to 80.0 [54.8, 80.8] 95 %, 200 of 1,000
    answered

    Label by label:

    >>> by = csat(
    ...     [5, 4, 2, 5], scale=SATISFACTION_1_5, by=["app", "app", "app", "shop"]
    ... )
    >>> nonresponse_bounds(by, invited={"shop": 4, "app": 6}).low
    array([33.33, 25.  ])
    """
    _is_estimate(None, attrs.fields(NonresponseBounds).estimate, estimate)
    if _has_labels(invited):
        invited = _in_order(invited, estimate)
    bounds = NonresponseBounds(estimate=estimate, invited=invited, silent=silent)
    _require_percent(bounds)
    return bounds


def _has_labels(invited: Any) -> bool:
    """Whether numbers come with labels: a mapping, or a pandas Series."""
    series = hasattr(invited, "index") and callable(getattr(invited, "items", None))
    return isinstance(invited, Mapping) or series


def _in_order(invited: Any, estimate: Estimate | Estimates) -> IntArray:
    """Return the numbers of labels in the order of the only axis."""
    grid = estimate.grid if isinstance(estimate, Estimates) else Axes()
    if len(grid.names) != 1:
        rule = "be one number" if not grid.names else "be an array"
        hint = f"labels are for groups over one axis; axes are {str(grid) or 'none'}"
        raise _checks.refuse("invited", rule, invited, hint=hint)
    axis, labels = grid.names[0], grid.levels[0]
    pairs = list(invited.items())
    _checks.distinct("invited", (label for label, _ in pairs), "the label")
    numbers = dict(pairs)
    for label in numbers:
        if label not in labels:
            rule, hint = f"name labels of {axis}", f"labels are {_checks.some(labels)}"
            raise _checks.refuse("invited", rule, label, hint=hint)
    counts = np.zeros(len(labels), np.int64)
    for place, label in enumerate(labels):
        where = f"invited[{label!r}]"
        if label not in numbers:
            raise _checks.refuse_missing(where, hint="give 0 where nobody was asked")
        number = _checks.counts(numbers[label], where)
        if number.ndim:
            raise _checks.refuse(where, "be one number", numbers[label])
        counts[place] = number
        there = np.asarray(estimate.n + estimate.missing)[place]
        _checks.require(where, number, number >= there, _ENOUGH)
    return counts


def _require_percent(bounds: NonresponseBounds) -> None:
    """Refuse a belief that looks like fractions of one."""
    least, greatest = bounds.silent or (0, 0)
    low, high = bounds._range  # noqa: SLF001
    small = least >= -1 and greatest <= 1 and (least, greatest) != (0, 0)
    if small and high - low in {100, 200}:
        hint = (
            "write (50, 80) for 50 to 80 %; NonresponseBounds(...) takes scores that"
            " are truly so small"
        )
        raise _checks.refuse("silent", "be in percent", bounds.silent, hint=hint)
