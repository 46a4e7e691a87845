"""Is this number out of the ordinary, if only the numbers themselves are known?"""

import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

import attrs
import numpy as np

from cxmkit import _checks, _draw, _draw_inference, _states
from cxmkit._axes import Label, as_labels
from cxmkit._checks import BoolArray, FloatArray
from cxmkit._signals import (
    GUARD,
    RANGE,
    Course,
    as_rules,
    found_said,
    in_baseline,
    mean_range_of,
    plain,
    reason,
    require_ascent,
    require_signals,
    signal_tuples,
    signals_of,
    texts_of,
)
from cxmkit.errors import InvalidTypeError
from cxmkit.estimate import Estimates

__all__ = ["XmrChart", "xmr_chart"]

XmrRule = Literal[
    "beyond-limits", "moving-range", "run", "two-of-three", "four-of-five", "trend"
]

_RANGE_LIMIT = 3.267  # mean ranges; three standard errors above the mean
_LEAVE_OUT = "leave it out, and its label; those around it then count as neighbours"
_SORT = (
    "sort values and labels by time; numbers that begin anew, such as months after"
    " December, should be texts"
)
_LARGE = 1e300  # the distance of larger numbers may be none


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class XmrChart:
    """Which numbers of a series are out of the ordinary, judged by the series itself?

    `xmr_chart` makes them. Arrays are read-only and have one entry per number.

    Parameters
    ----------
    labels : series of labels
        What each number belongs to, in the order of time.
    values : array_like of float
        The numbers.
    centre : float
        Their mean in the baseline.
    low, high : float
        Limits within which ordinary numbers lie; NaN where those of the baseline are
        all alike.
    mean_range : float
        Mean distance from one number of the baseline to the next.
    range_limit : float
        Greatest ordinary distance; NaN as above.
    signals : series of series of str
        The rules that each number breaks; none for most.
    baseline : series of labels
        The numbers that tell what is ordinary.
    rules : series of str
        The rules that were applied.

    Raises
    ------
    InvalidTypeError
        If a label has no hash.
    InvalidValueError
        If values or signals are not as many as labels, a label is given twice, or
        signals name other rules.
    MissingValueError
        If a label is missing.

    Examples
    --------
    >>> from cxmkit.inference import xmr_chart
    >>> chart = xmr_chart([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    >>> chart
    XmR chart of 10 values around 50.8 [45.8, 55.8]: nothing out of the ordinary
    """

    labels: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    values: FloatArray = attrs.field(converter=_checks.frozen_floats)
    centre: float = attrs.field(converter=_checks.plain_float)
    low: float = attrs.field(converter=_checks.plain_float)
    high: float = attrs.field(converter=_checks.plain_float)
    mean_range: float = attrs.field(converter=_checks.plain_float)
    range_limit: float = attrs.field(converter=_checks.plain_float)
    signals: tuple[tuple[str, ...], ...] = attrs.field(converter=signal_tuples)
    baseline: tuple[Label, ...] = attrs.field(converter=_checks.as_tuple)
    rules: tuple[str, ...] = attrs.field(converter=_checks.as_tuple)

    def __attrs_post_init__(self) -> None:
        """Check that everything fits the labels."""
        _states.require_shape("values", self.values, (len(self.labels),))
        require_signals(self.signals, self.rules, len(self.labels))

    @property
    def moving_ranges(self) -> FloatArray:
        """Distance of each number from the one before; NaN for the first."""
        return np.abs(np.diff(self.values, prepend=np.nan))

    @property
    def signalled(self) -> BoolArray:
        """Whether each number breaks a rule."""
        return np.array([bool(broken) for broken in self.signals], np.bool_)

    # Saying

    def __repr__(self) -> str:
        """Say how many, centre, limits and how many are signals in one line."""
        found = np.count_nonzero(self.signalled)
        return (
            f"XmR chart of {_draw.counted(len(self.labels), 'value')} around"
            f" {self._figure(self.centre)} [{self._ends(', ')}]: "
        ) + (
            f"{found:,} out of the ordinary" if found else "nothing out of the ordinary"
        )

    @property
    def _decimals(self) -> int:
        """Digits after the point: two of the spread, which are worth printing."""
        if not self.mean_range > 0:
            return 2
        return min(max(1 - math.floor(math.log10(self.mean_range)), 0), 12)

    def _figure(self, number: float) -> str:
        return f"{number:z,.{self._decimals}f}"

    def _ends(self, between: str) -> str:
        return f"{self._figure(self.low)}{between}{self._figure(self.high)}"

    def summary(self) -> str:
        """Return some sentences for a manager: which numbers, and why.

        Examples
        --------
        >>> from cxmkit.inference import xmr_chart
        >>> revenue = [102, 98, 101, 97, 103, 99, 100, 131, 98]
        >>> print(xmr_chart(revenue, baseline=range(1, 8)).summary())
        2 of 9 values are out of the ordinary around 100.0: 8 (131.0, above the limits
        90.2 to 109.8) and 9 (98.0, a leap from the one before).
        """
        said = [self._signal_said(i) for i in np.flatnonzero(self.signalled).tolist()]
        found = found_said(said, len(self.labels), self._figure(self.centre), "value")
        if math.isnan(self.low):
            found += " No limits: nothing varies in the baseline."
        return found[0].upper() + found[1:]

    def _signal_said(self, index: int) -> str:
        off = float(self.values[index] - self.centre)
        why = reason(self.signals[index], off, self._ends(" to "))
        label = texts_of(self.labels)[index]
        return f"{label} ({self._figure(self.values[index])}, {why})"

    def __str__(self) -> str:
        """Return a table with a row per number, for ``print``."""
        columns = {
            "label": [*texts_of(self.labels)],
            "value": [self._figure(x) for x in self.values],
            "range": [self._figure(x) for x in self.moving_ranges],
            "signals": [", ".join(broken) for broken in self.signals],
        }
        columns["range"][0] = ""
        return f"{self!r}\n{_draw.text_table(columns)}"

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per number; None is unknown.

        Examples
        --------
        >>> from cxmkit.inference import xmr_chart
        >>> xmr_chart([3, 5, 4]).to_records()[1]["range"]
        2.0
        """
        rows = zip(
            self.labels,
            self.values.tolist(),
            plain(self.moving_ranges),
            self.signals,
            strict=True,
        )
        return [
            {"label": label, "value": value, "range": step, "signals": list(broken)}
            for label, value, step, broken in rows
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: what is common, and the records of numbers."""
        common = plain([getattr(self, name) for name in _COMMON])
        return dict(zip(_COMMON, common, strict=True)) | {
            "baseline": list(self.baseline),
            "rules": list(self.rules),
            "values": self.to_records(),
        }

    def to_svg(self) -> str:
        """Return numbers, centre and limits over time, complete as an SVG file."""
        size = len(self.labels)
        return _draw_inference.control_chart(
            texts_of(self.labels),
            self.values.tolist(),
            [self.low] * size,
            [self.high] * size,
            self.centre,
            self.signalled.tolist(),
            title="XmR chart",
            axis_label="",
            digits=self._decimals,
            notes=[f"Greatest ordinary step: {self._figure(self.range_limit)}"],
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __eq__(self, other: object) -> bool:
        """Compare all fields; NaN equals NaN."""
        if not isinstance(other, XmrChart):
            return NotImplemented
        names = ("labels", "signals", "baseline", "rules")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, ("values", *_COMMON))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_COMMON = ("centre", "low", "high", "mean_range", "range_limit")


def xmr_chart(
    values: Any,
    *,
    labels: Any = None,
    baseline: Sequence[Label] | None = None,
    rules: Sequence[XmrRule] = ("beyond-limits", "moving-range", "run"),
) -> XmrChart:
    """Is this number out of the ordinary, when nobody knows how many answered?

    The chart of individual values and moving ranges: for revenue, complaints per day or
    a published score, whose sampling error is unknown. The series itself tells how much
    it varies from one number to the next. With answers at hand `control_chart` knows
    more.

    Parameters
    ----------
    values : series of float
        At least two numbers in the order of time, none missing.
    labels : series of labels, optional
        What each number belongs to, in the order of time; by default 1, 2, 3 and so on.
        Numbers and dates are refused if they do not ascend. Texts cannot be judged, not
        even "2026-01": whether they stand in order is for you to see.
    baseline : series of labels, optional
        The numbers that tell what is ordinary, with at least two neighbours: a time
        known to be in order. By default all.
    rules : series of str, default: ("beyond-limits", "moving-range", "run")
        As in `control_chart`. "moving-range": a step from the number before that is
        greater than the limit of ranges.

    Returns
    -------
    XmrChart
        Centre, limits, and the rules that each number breaks.

    Raises
    ------
    InvalidTypeError
        If a value is no number or *baseline* is no series.
    InvalidValueError
        If there are fewer than two values or no neighbours in the baseline, labels are
        not as many, not unique, or numbers or dates that do not ascend, or a label or
        rule is unknown or given twice.
    MissingValueError
        If a value or label is missing.

    Notes
    -----
    Limits are the mean -/+ 3 / 1.128 mean moving ranges, those of ranges 3.267 mean
    moving ranges. Ranges of neighbours are used because a slow drift or a step widens
    the standard deviation, and would hide itself.

    With few numbers limits are themselves uncertain, as is what they promise. How often
    a series of independent normal numbers in which nothing changes shows at least one
    signal, and how often each number is one (5,000 simulated series each, default
    rules):

    =======  ============  ===========
    numbers  at least one  each number
    =======  ============  ===========
    5               0.4 %        0.1 %
    10                4 %        0.5 %
    24               19 %        1.0 %
    50               43 %        1.4 %
    100              71 %        1.6 %
    =======  ============  ===========

    Numbers that follow each other closely, such as a rolling mean, vary less from one
    to the next than over time: the chart then cries wolf. Seasons do as well.

    References
    ----------
    NIST/SEMATECH (2012). e-Handbook of statistical methods, 6.3.2.2: Individuals
    control charts.

    Wheeler, D. J. (2000). Understanding variation: The key to managing chaos (2nd ed.).
    SPC Press.

    Examples
    --------
    >>> from cxmkit.inference import xmr_chart
    >>> chart = xmr_chart([102, 98, 101, 97, 103, 99, 100, 131], baseline=range(1, 8))
    >>> print(chart)
    XmR chart of 8 values around 100.0 [90.2, 109.8]: 1 out of the ordinary
    label  value  range  signals
        1  102.0
        2   98.0    4.0
        3  101.0    3.0
        4   97.0    4.0
        5  103.0    6.0
        6   99.0    4.0
        7  100.0    1.0
        8  131.0   31.0  beyond-limits, moving-range
    """
    if isinstance(values, Estimates):
        rule, hint = "be numbers", "take .value, or control_chart, which knows more"
        raise _checks.refuse("values", rule, values, hint=hint, error=InvalidTypeError)
    numbers = _checks.floats(values, "values", hint=_LEAVE_OUT)
    if numbers.ndim != 1 or numbers.size < 2:
        rule = "be a series of at least two numbers"
        raise _checks.refuse("values", rule, values)
    small = np.abs(numbers) < _LARGE
    _checks.require("values", numbers, small, f"be less than {_LARGE:g} in size")
    applied = as_rules(rules, get_args(XmrRule))
    names = _names(labels, numbers.size)
    inside = in_baseline(baseline, names)
    mean_range, pairs = mean_range_of(numbers, inside)
    if not pairs:
        rule = "hold two neighbours"
        raise _checks.refuse("baseline", rule, baseline)
    centre = float(numbers[inside].mean())
    spread = mean_range or math.nan
    sigma = np.full(numbers.shape, spread / RANGE)
    ends = centre - 3 * sigma, centre + 3 * sigma
    course = Course.of(numbers, centre, sigma, ends)
    steps = np.abs(np.diff(numbers, prepend=np.nan))
    wide = steps > _RANGE_LIMIT * spread * (1 + GUARD)
    return XmrChart(
        labels=names,
        values=numbers,
        centre=centre,
        low=ends[0][0],
        high=ends[1][0],
        mean_range=mean_range,
        range_limit=_RANGE_LIMIT * spread,
        signals=signals_of(attrs.evolve(course, wide=wide), applied),
        baseline=tuple(x for x, is_in in zip(names, inside, strict=True) if is_in),
        rules=applied,
    )


def _names(labels: Any, size: int) -> tuple[Label, ...]:
    """Return one label per number."""
    if labels is None:
        return tuple(range(1, size + 1))
    names = as_labels("labels", labels)
    if len(names) != size:
        rule = f"have one label per value ({size})"
        raise _checks.refuse("labels", rule, len(names))
    _states.labels(None, attrs.fields(XmrChart).labels, names)
    require_ascent("labels", names, _SORT)
    return names
