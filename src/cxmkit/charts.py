"""Is this month out of the ordinary?"""

import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

import attrs
import numpy as np

from cxmkit import _checks, _draw, _draw_inference, _spread, _states, _stats
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray
from cxmkit._intervals import net_variance
from cxmkit._signals import (
    RANGE,
    Course,
    as_rules,
    found_said,
    in_baseline,
    listed,
    mean_range_of,
    plain,
    reason,
    require_ascent,
    require_periods,
    require_signals,
    signal_tuples,
    signals_of,
    texts_of,
)
from cxmkit.definition import BoxShare, MeanScore, NetScore
from cxmkit.estimate import Definition, Estimates
from cxmkit.scale import Scale

__all__ = ["ControlChart", "control_chart"]

ChartMethod = Literal["shewhart", "laney"]
Rule = Literal["beyond-limits", "run", "two-of-three", "four-of-five", "trend"]

_TAIL = 0.00135  # beyond three standard errors of a normal value, on either side
_FEW = 5  # expected answers of a kind; below, the normal limits are too far off
_SORT = (
    "labels come in the order in which they were first met: sort the answers by time"
    " before they are counted; numbers that begin anew, such as months after December,"
    " should be texts"
)
_MOST = 2_000_000  # possible sums of answers; beyond, the normal limits serve


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class ControlChart:
    """Which periods are out of the ordinary, and which vary as chance makes them?

    `control_chart` makes them. Arrays are read-only and have one entry per period.

    Parameters
    ----------
    centre : float
        What is ordinary: the result of all answers of the baseline.
    low, high : array_like of float
        Limits within which chance alone keeps a period; the fewer answers, the wider.
        NaN without answers, or where all answers of the baseline are alike.
    sigma : array_like of float
        Standard error of a period around the centre, as the rules count it.
    exact : array_like of bool
        Whether limits are from the exact distribution of so few answers.
    sigma_z : float
        How many times as much as chance alone would make them the periods of the
        baseline vary from one to the next; about 1 if only chance moves them. NaN
        without neighbours.
    sigma_z_p_value : float
        Probability of so large a *sigma_z* if only chance moved the periods.
    signals : series of series of str
        The rules that each period breaks; none for most.
    baseline : series of labels
        The periods that tell what is ordinary.
    rules : series of str
        The rules that were applied.
    method : str
        "shewhart" or "laney".
    estimates : Estimates
        The results of the periods.

    Raises
    ------
    InvalidTypeError
        If *estimates* are none.
    InvalidValueError
        If *estimates* have more than one axis, arrays or signals do not have one entry
        per period, or signals name other rules.

    Examples
    --------
    >>> from cxmkit import Tally, SATISFACTION_1_5, csat
    >>> from cxmkit.inference import control_chart
    >>> happy = [42, 44, 41, 43, 45, 31, 42, 43]
    >>> tally = Tally.from_counts(
    ...     [[0, 50 - x, 0, 0, x] for x in happy],
    ...     scale=SATISFACTION_1_5,
    ...     by={"week": range(1, 9)},
    ... )
    >>> chart = control_chart(csat(tally))
    >>> chart
    CSAT (top 2) by week (8) around 82.8: 1 out of the ordinary
    >>> chart.signals[5]
    ('beyond-limits',)
    """

    centre: float = attrs.field(converter=_checks.plain_float)
    low: FloatArray = attrs.field(converter=_checks.frozen_floats)
    high: FloatArray = attrs.field(converter=_checks.frozen_floats)
    sigma: FloatArray = attrs.field(converter=_checks.frozen_floats)
    exact: BoolArray = attrs.field(converter=_states.as_codes)
    sigma_z: float = attrs.field(converter=_checks.plain_float)
    sigma_z_p_value: float = attrs.field(converter=_checks.plain_float)
    signals: tuple[tuple[str, ...], ...] = attrs.field(converter=signal_tuples)
    baseline: tuple[Label, ...] = attrs.field(converter=_checks.as_tuple)
    rules: tuple[str, ...] = attrs.field(converter=_checks.as_tuple)
    method: str
    estimates: Estimates

    def __attrs_post_init__(self) -> None:
        """Check that everything fits the periods."""
        require_periods("estimates", self.estimates)
        shape = self.estimates.value.shape
        for name in _ARRAYS:
            _states.require_shape(name, getattr(self, name), shape)
        require_signals(self.signals, self.rules, self.estimates.value.size)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The periods, in the order of time."""
        return self.estimates.grid.levels[0]

    @property
    def value(self) -> FloatArray:
        """The result of each period; NaN without answers."""
        return self.estimates.value

    @property
    def definition(self) -> Definition:
        """What was measured."""
        return self.estimates.definition

    @property
    def scale(self) -> Scale:
        """The scale of the answers."""
        return self.estimates.scale

    @property
    def signalled(self) -> BoolArray:
        """Whether each period breaks a rule."""
        return np.array([bool(broken) for broken in self.signals], np.bool_)

    @property
    def overdispersed(self) -> bool:
        """Whether more than chance moves the baseline; by luck, 1 in 100 seem so."""
        return self.sigma_z_p_value < 0.01

    # Saying

    def __repr__(self) -> str:
        """Say metric, axis, centre and how many periods are signals in one line."""
        found = np.count_nonzero(self.signalled)
        return f"{self._name} around {self._figure(self.centre)}: " + (
            f"{found:,} out of the ordinary" if found else "nothing out of the ordinary"
        )

    @property
    def _name(self) -> str:
        return f"{self.definition.name} by {self.estimates.grid}"

    def _figure(self, number: float) -> str:
        return f"{number:z.{self.definition.decimals}f}"

    def summary(self) -> str:
        """Return some sentences for a manager: which periods, why, and what else.

        Examples
        --------
        >>> from cxmkit import Tally, SATISFACTION_1_5, csat
        >>> from cxmkit.inference import control_chart
        >>> happy = [42, 44, 41, 43, 45, 31, 42, 43]
        >>> tally = Tally.from_counts(
        ...     [[0, 50 - x, 0, 0, x] for x in happy],
        ...     scale=SATISFACTION_1_5,
        ...     by={"week": range(1, 9)},
        ... )
        >>> print(control_chart(csat(tally)).summary())
        CSAT (top 2) by week (8): 1 of 8 periods is out of the ordinary around 82.8: 6
        (62.0, below the limits 66.7 to 98.7).
        """
        known = int(np.count_nonzero(~np.isnan(self.value)))
        said = [self._signal_said(i) for i in np.flatnonzero(self.signalled).tolist()]
        found = found_said(said, known, self._figure(self.centre), "period")
        sentences = (
            f"{self._name}: {found}",
            self._spread_said(),
            self._exact_said(),
            self._missing_said(),
        )
        return " ".join(filter(None, sentences))

    def _signal_said(self, index: int) -> str:
        off = float(self.value[index] - self.centre)
        ends = f"{self._figure(self.low[index])} to {self._figure(self.high[index])}"
        why = reason(self.signals[index], off, ends)
        if not self.definition.higher_is_better(self.scale):
            why += f", {'worse' if off > 0 else 'better'}"
        label = texts_of(self.labels)[index]
        return f"{label} ({self._figure(self.value[index])}, {why})"

    def _spread_said(self) -> str:
        if np.isnan(self.low).all():
            return "No limits: nothing varies in the baseline."
        if not self.overdispersed:
            return ""
        cure = (
            "the limits allow for it"
            if self.method == "laney"
            else 'method="laney" allows for it'
        )
        return (
            f"Periods vary {self.sigma_z:.1f} times as much as chance alone would make"
            f" them; {cure}."
        )

    def _exact_said(self) -> str:
        if not self.exact.any():
            return ""
        if self.exact[~np.isnan(self.value)].all():
            return "All limits are exact ones for few answers of a kind."
        pairs = zip(self.labels, self.exact, strict=True)
        labels = [label for label, exact in pairs if exact]
        return f"Exact limits, for few answers of a kind: {listed(labels)}."

    def _missing_said(self) -> str:
        pairs = zip(self.labels, np.isnan(self.value), strict=True)
        labels = [label for label, missing in pairs if missing]
        return f"Without answers: {listed(labels)}." if labels else ""

    def __str__(self) -> str:
        """Return a table with a row per period, for ``print``."""
        columns = {self.estimates.axes[0]: [*texts_of(self.labels)]}
        columns["n"] = [f"{count:,}" for count in self.estimates.n]
        for name in ("value", "low", "high"):
            columns[name] = [self._figure(x) for x in getattr(self, name)]
        columns["limits"] = ["exact" if exact else "" for exact in self.exact]
        columns["signals"] = [", ".join(broken) for broken in self.signals]
        return f"{self!r}\n{_draw.text_table(columns)}"

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per period; None is unknown.

        Examples
        --------
        >>> from cxmkit import nps
        >>> from cxmkit.inference import control_chart
        >>> by = {"year": [2025, 2025, 2026, 2026]}
        >>> control_chart(nps([10, 3, 10, 9], by=by)).to_records()[1]["value"]
        100.0
        """
        columns: dict[str, Sequence[Any]] = {
            "period": self.labels,
            "n": self.estimates.n.tolist(),
            "value": plain(self.value),
            "centre": [self.centre] * len(self.labels),
        }
        columns |= {name: plain(getattr(self, name)) for name in _ARRAYS[:3]}
        columns |= {
            "exact": self.exact.tolist(),
            "signals": [list(broken) for broken in self.signals],
        }
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: what is common, and the records of periods."""
        sigma_z, p_value = plain((self.sigma_z, self.sigma_z_p_value))
        return {
            "centre": self.centre,
            "sigma_z": sigma_z,
            "sigma_z_p_value": p_value,
            "baseline": list(self.baseline),
            "rules": list(self.rules),
            "method": self.method,
            "metric": self.definition.name,
            "scale": self.scale.described,
            "periods": self.to_records(),
        }

    def to_svg(self) -> str:
        """Return values, centre and limits over periods, complete as an SVG file."""
        notes = (self._spread_said(), self._exact_said(), self._missing_said())
        return _draw_inference.control_chart(
            texts_of(self.labels),
            self.value.tolist(),
            self.low.tolist(),
            self.high.tolist(),
            self.centre,
            self.signalled.tolist(),
            title=f"{self.definition.name} control chart",
            axis_label=self.definition.unit(self.scale).strip(),
            digits=self.definition.decimals,
            notes=[*filter(None, notes)],
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __eq__(self, other: object) -> bool:
        """Compare all fields; NaN equals NaN."""
        if not isinstance(other, ControlChart):
            return NotImplemented
        names = ("signals", "baseline", "rules", "method", "estimates")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        arrays = (*_ARRAYS, "centre", "sigma_z", "sigma_z_p_value")
        return same and _checks.same_arrays(self, other, arrays)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ARRAYS = ("low", "high", "sigma", "exact")


def control_chart(
    estimates: Estimates,
    *,
    baseline: Sequence[Label] | None = None,
    method: ChartMethod = "shewhart",
    rules: Sequence[Rule] = ("beyond-limits", "run"),
) -> ControlChart:
    """Is this month out of the ordinary?

    A control chart tells the months worth a question from those that vary as chance
    makes them. It draws limits around what is ordinary, wider where fewer answered.
    Who asks for a reason each time a score moves will be told stories about noise.

    Parameters
    ----------
    estimates : Estimates
        Results over exactly one axis: the periods, whose labels must stand in the order
        of time. Numbers and dates are refused if they do not ascend. Texts cannot be
        judged, not even "2026-01": after an unsorted export they stand in the order in
        which they were first met, and the chart is wrong. Periods without answers have
        no limits and break runs.
    baseline : series of labels, optional
        The periods that tell what is ordinary, at least two of them with answers: a
        time known to be in order. By default all, which lets a bad month widen the
        limits that should catch it.
    method : str, default: "shewhart"
        "shewhart", or "laney" for periods that vary by more than chance: limits are
        then as much wider (or narrower) as neighbours differ more (or less) than
        answers explain. Use it for many answers per period, where the plain limits
        become so narrow that every other month is a signal. Where nothing but chance
        moves the periods it cries wolf more often: of charts of 24 periods with 1,000
        answers each, limits alone, 5.9 % show a false signal, with "shewhart" 5.1 %
        (200,000 simulated charts of a share of 80 %).
    rules : series of str, default: ("beyond-limits", "run")
        What is a signal. "beyond-limits": a value outside the limits. "run": eight in
        a row on one side of the centre (Western Electric; Nelson asks for nine).
        "two-of-three": two of three in a row beyond 2 standard errors on one side.
        "four-of-five": four of five beyond 1. "trend": six in a row steadily rising or
        falling (Nelson). The period that completes a run is the signal.

    Returns
    -------
    ControlChart
        Centre, limits, and the rules that each period breaks.

    Raises
    ------
    InvalidTypeError
        If *estimates* are none or *baseline* is no series.
    InvalidValueError
        If there is more than one axis, fewer than two periods of the baseline have
        answers, labels that are numbers or dates do not ascend, a label, method or rule
        is unknown or given twice, or "laney" finds no two neighbours in the baseline.

    Notes
    -----
    Limits are 3 standard errors from the centre, with the variance of an answer at the
    centre: of shares and net scores from the shares of the baseline, of means from
    within its periods. They end where the scale does.

    Where fewer than five answers of a kind (promoters, detractors, a point of the
    scale) are to be expected in a period, that is wrong: with nine promoters in ten,
    dips are more frequent than the normal curve says. Limits are then taken from the
    exact distribution of the sum of so many answers; no more than 0.135 % lie beyond
    on either side. Means need a tally for this. With weights, the effective number of
    answers is rounded. "laney" does without, and "two-of-three" and "four-of-five"
    count in standard errors as ever.

    A net score with 90 % promoters and 2 % detractors leaves the limits of 3 standard
    errors by chance in 1.4 % of the periods of 10 answers, in 0.7 % of 20, 0.34 % of
    50 and 0.27 % of 200, nearly always below; a normal value does in 0.27 %, half of
    it above. With exact
    limits it is 0.08, 0.07, 0.06 and 0.21 %.

    How often does a chart cry wolf? If nothing ever changed, values were normal and the
    centre known, the first signal would come after so many periods on average (Champ &
    Woodall 1987; with "trend" from 20,000 simulated charts), and a chart of 24 periods
    would show one in so many cases:

    ===============================================  =======  ==========
    rules                                            periods  24 periods
    ===============================================  =======  ==========
    "beyond-limits"                                      370         6 %
    "beyond-limits", "run" (default)                     153        13 %
    these, "two-of-three", "four-of-five" (all of
    Western Electric)                                     92        21 %
    all five                                              77        24 %
    ===============================================  =======  ==========

    More rules find a change sooner, and find more that is none.

    References
    ----------
    Champ, C. W., & Woodall, W. H. (1987). Exact results for Shewhart control charts
    with supplementary runs rules. Technometrics, 29(4), 393-399.

    Laney, D. B. (2002). Improved control charts for attributes. Quality Engineering,
    14(4), 531-537.

    Nelson, L. S. (1984). The Shewhart control chart - tests for special causes. Journal
    of Quality Technology, 16(4), 237-239.

    Western Electric Company (1956). Statistical quality control handbook.

    Wheeler, D. J. (2000). Understanding variation: The key to managing chaos (2nd ed.).
    SPC Press.

    Examples
    --------
    >>> from cxmkit import Tally, SATISFACTION_1_5, csat
    >>> from cxmkit.inference import control_chart
    >>> happy = [42, 44, 41, 43, 45, 31, 42, 43]
    >>> tally = Tally.from_counts(
    ...     [[0, 50 - x, 0, 0, x] for x in happy],
    ...     scale=SATISFACTION_1_5,
    ...     by={"week": range(1, 9)},
    ... )
    >>> print(control_chart(csat(tally), baseline=[1, 2, 3, 4, 5]))
    CSAT (top 2) by week (8) around 86.0: 1 out of the ordinary
    week   n  value   low   high  limits  signals
       1  50   84.0  71.3  100.0
       2  50   88.0  71.3  100.0
       3  50   82.0  71.3  100.0
       4  50   86.0  71.3  100.0
       5  50   90.0  71.3  100.0
       6  50   62.0  71.3  100.0          beyond-limits
       7  50   84.0  71.3  100.0
       8  50   86.0  71.3  100.0
    """
    require_periods("estimates", estimates)
    _checks.choice("method", method, get_args(ChartMethod))
    applied = as_rules(rules, get_args(Rule))
    labels = estimates.grid.levels[0]
    require_ascent(f"labels[{estimates.axes[0]!r}]", labels, _SORT)
    chosen = in_baseline(baseline, labels)
    inside = chosen & ~np.isnan(estimates.value)
    if inside.sum() < 2:
        rule = "have at least two periods with answers"
        argument = "estimates" if baseline is None else "baseline"
        raise _checks.refuse(argument, rule, int(inside.sum()))
    common = _Common.of(estimates, inside)
    sigma = np.sqrt(_ratio(common.variance, estimates.n_effective))
    sigma_z, pairs = mean_range_of((estimates.value - common.centre) / sigma, inside)
    sigma_z /= RANGE
    exact = common.needs_exact(estimates.n_effective)
    if method == "laney":
        if not pairs:
            rule = "have two neighbours with answers in the baseline"
            raise _checks.refuse("estimates", rule, str(estimates.grid))
        sigma, exact = sigma * (sigma_z or math.nan), np.zeros(exact.shape, np.bool_)
    low, high = _limits(estimates, common, sigma, exact)
    course = Course.of(estimates.value, common.centre, sigma, (low, high))
    return ControlChart(
        centre=common.centre,
        low=low,
        high=high,
        sigma=sigma,
        exact=exact,
        sigma_z=sigma_z,
        sigma_z_p_value=_range_p_value(sigma_z, pairs),
        signals=signals_of(course, applied),
        baseline=tuple(x for x, is_in in zip(labels, chosen, strict=True) if is_in),
        rules=applied,
        method=method,
        estimates=estimates,
    )


def _ratio(variance: float, n: FloatArray) -> FloatArray:
    """Divide by numbers of answers; NaN where there are none or nothing varies."""
    known = np.where(n > 0, n, np.nan)
    return np.asarray((variance if variance > 0 else np.nan) / known)


def _range_p_value(sigma_z: float, pairs: int) -> float:
    """Return the probability of so large a mean range, in standard errors.

    Like a standard deviation it is about the root of a chi-square over its degrees of
    freedom, but without bias. They follow from the variance of a range, 0.571 of its
    squared mean, and from neighbours, which share a value: 0.128.
    """
    if math.isnan(sigma_z):
        return math.nan
    spread = (0.571 + 2 * 0.128 * (pairs - 1) / pairs) / pairs
    df = 1 / (2 * spread)
    x = np.asarray(df * ((1 - spread / 2) * sigma_z) ** 2)
    return float(_stats.chi_square_tail(x, np.asarray(df)))


def _limits(
    estimates: Estimates, common: "_Common", sigma: FloatArray, exact: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return what chance reaches in each period, within the possible."""
    least, most = estimates.definition.range(estimates.scale)
    low = np.maximum(common.centre - 3 * sigma, least)
    high = np.minimum(common.centre + 3 * sigma, most)
    answers = np.where(exact, np.maximum(np.rint(estimates.n_effective), 1), 0)
    for n in np.unique(answers[exact]):
        low[answers == n], high[answers == n] = common.exact_ends(int(n))
    return low, high


@attrs.frozen(eq=False)
class _Common:
    """What the answers of a baseline have in common.

    Answers count *start*, *start* + *step*, ... with these *shares*; none if unknown.
    """

    centre: float
    variance: float
    start: float
    step: float
    shares: FloatArray

    @classmethod
    def of(cls, estimates: Estimates, inside: BoolArray) -> "_Common":
        n, value = estimates.n_effective[inside], estimates.value[inside]
        weight = n / n.sum()
        # A mean lies among its terms; rounding would turn "all alike" into a spread.
        centre = float(np.clip(weight @ value, value.min(), value.max()))
        if isinstance(estimates.definition, NetScore) and estimates.shares is not None:
            positive, negative = weight @ estimates.shares[inside] / 100
            neutral = max(1 - positive - negative, 0)
            shares = np.array([negative, neutral, positive])
            # Shares of weights are rounded, also where all answers are of one kind.
            varies = shares.max() < 1 - 1e-12
            variance = 100**2 * float(net_variance(positive, negative)) * varies
            return cls(centre, variance, -100, 100, shares)
        if isinstance(estimates.definition, BoxShare):
            share = centre / 100
            variance = 100**2 * share * (1 - share)
            return cls(centre, variance, 0, 100, np.array([1 - share, share]))
        only = attrs.evolve(estimates, se=np.where(inside, estimates.se, np.nan))
        start, step, shares = _points(estimates, inside, weight)
        return cls(centre, _spread.pooled_variance(only), start, step, shares)

    def needs_exact(self, n: FloatArray) -> BoolArray:
        """Whether so many answers are too few for normal limits."""
        if not (self.shares.size and self.variance > 0):
            return np.zeros(n.shape, np.bool_)
        rarest = self.shares[self.shares > 0].min()
        few = (n > 0) & (n * rarest < _FEW)
        return np.asarray(few & (n * (self.shares.size - 1) < _MOST))

    def exact_ends(self, n: int) -> tuple[float, float]:
        """Return the least and the greatest value that n answers may well have.

        The distribution of a sum has the n-th power of the generating function.
        """
        size = n * (self.shares.size - 1) + 1
        sums = np.fft.irfft(np.fft.rfft(self.shares, size) ** n, size)
        first = int(np.argmax(np.cumsum(sums) > _TAIL))
        last = size - 1 - int(np.argmax(np.cumsum(sums[::-1]) > _TAIL))
        ends = [self.start + self.step * place / n for place in (first, last)]
        return min(ends), max(ends)


def _points(
    estimates: Estimates, inside: BoolArray, weight: FloatArray
) -> tuple[float, float, FloatArray]:
    """Return what the first point of the scale counts, the step, and the shares.

    Only a tally knows them.
    """
    metric, tally = estimates.definition, estimates.tally
    if tally is None or not isinstance(metric, MeanScore):
        return 0.0, 0.0, np.zeros(0)
    counts = tally.counts if tally.sum_weights is None else tally.sum_weights
    # Ranked estimates keep the tally that they came from.
    rows = tally.grid.spread(counts, estimates.grid)[inside]
    shares = weight @ (rows / rows.sum(axis=1, keepdims=True))
    first, second = metric.worth(estimates.scale)[:2].tolist()
    return first, second - first, shares
