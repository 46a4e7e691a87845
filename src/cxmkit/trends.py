"""Is it going up or down?"""

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal

import attrs
import numpy as np

from cxmkit import _checks, _draw, _draw_inference, _spread, _stats
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray
from cxmkit._intervals import net_variance
from cxmkit._signals import listed, require_periods, texts_of
from cxmkit.definition import BoxShare, NetScore
from cxmkit.errors import InvalidTypeError
from cxmkit.estimate import Definition, Estimates
from cxmkit.scale import Scale

__all__ = ["Trend", "trend"]

TrendMethod = Literal["wls", "cochran-armitage", "contrast"]
TimeUnit = Literal["day", "unit of time"]


def _one_axis(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    require_periods(field.name, value)


def _probability(_: Any, field: "attrs.Attribute[Any]", value: float) -> None:
    """Refuse what is neither a probability nor unknown."""
    if not (math.isnan(value) or 0 <= value <= 1):
        raise _checks.refuse(field.name, "be between 0 and 1, or NaN", value)


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Trend:
    """Is it going up or down, how fast, and is that more than noise?

    A straight line through the results of periods. `trend` makes them. Arrays are
    read-only and have one number per period, in the order of *times*.

    Parameters
    ----------
    slope : float
        Change per unit of time (per day where *times* are dates), in the unit of the
        definition; shares in percentage points.
    se : float
        Standard error of the slope that the interval rests on; NaN where there is no
        spread to judge by.
    low, high : float
        Ends of the confidence interval of the slope.
    statistic : float
        Test statistic of "no trend": normal for net scores and shares, Student's t for
        means.
    p_value : float
        Probability of a statistic as far from 0 if there were no trend.
    intercept : float
        Where the line stands at time 0; with dates, at the first of them.
    fitted : array_like of float
        Where the line stands at each time, periods without answers included. A line
        knows no bounds: it may leave the scale.
    band_low, band_high : array_like of float
        Ends of the confidence interval of the line at each time.
    departure_statistic : float
        How far the periods lie from the line: the sum of squared distances, each over
        its variance. About *departure_df* if only noise moves them; NaN with two.
    departure_df : int
        Number of periods with answers, less 2.
    departure_p_value : float
        Probability of so much if the line were the whole truth. If it is small, the
        periods jump about by more than noise, and the interval of the slope is too
        narrow.
    times : array_like of float
        When each period was; dates as days since the first.
    time_unit : str
        "day" where times were dates, else "unit of time".
    level : float
        Confidence level, between 0 and 1.
    method : str
        How slope, interval and test were made.
    estimates : Estimates
        The results of the periods.

    Raises
    ------
    InvalidTypeError
        If *estimates* are none.
    InvalidValueError
        If *estimates* have more than one axis, arrays do not have one number per
        period, times do not ascend, the interval does not hold the slope, or a p value
        or level is none.

    Examples
    --------
    >>> from cxmkit import nps
    >>> from cxmkit.inference import trend
    >>> answers = [10] * 45 + [3] * 15 + [10] * 55 + [3] * 5 + [10] * 50 + [3] * 10
    >>> by = {"quarter": ["Q1"] * 60 + ["Q2"] * 60 + ["Q3"] * 60}
    >>> result = trend(nps(answers, by=by), [1, 2, 3])
    >>> result
    NPS trend 6.7 per unit of time [-6.5, 20.0] 95 %, p = .32
    """

    slope: float = attrs.field(converter=_checks.plain_float)
    se: float = attrs.field(converter=_checks.plain_float)
    low: float = attrs.field(converter=_checks.plain_float)
    high: float = attrs.field(converter=_checks.plain_float)
    statistic: float = attrs.field(converter=_checks.plain_float)
    p_value: float = attrs.field(converter=_checks.plain_float, validator=_probability)
    intercept: float = attrs.field(converter=_checks.plain_float)
    fitted: FloatArray = attrs.field(converter=_checks.frozen_floats)
    band_low: FloatArray = attrs.field(converter=_checks.frozen_floats)
    band_high: FloatArray = attrs.field(converter=_checks.frozen_floats)
    departure_statistic: float = attrs.field(converter=_checks.plain_float)
    departure_df: int
    departure_p_value: float = attrs.field(
        converter=_checks.plain_float, validator=_probability
    )
    times: FloatArray = attrs.field(converter=_checks.frozen_floats)
    time_unit: TimeUnit = "unit of time"
    level: float = attrs.field(default=0.95, converter=_checks.confidence)
    method: str
    estimates: Estimates = attrs.field(validator=_one_axis)

    def __attrs_post_init__(self) -> None:
        """Check that arrays fit the periods, and the interval its slope."""
        shape = self.estimates.value.shape
        for name in ("times", "fitted", "band_low", "band_high"):
            array = getattr(self, name)
            if array.shape != shape:
                raise _checks.refuse(name, f"have the shape {shape}", array.shape)
        _refuse_descent(self.times, self.times)
        if self.low > self.slope or self.high < self.slope:
            ends = (self.low, self.high)
            raise _checks.refuse("low, high", "hold the slope", ends)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The periods, in the order of *times*."""
        return self.estimates.grid.levels[0]

    @property
    def left_out(self) -> tuple[Label, ...]:
        """Periods without answers, which the line does not rest on."""
        empty = np.isnan(self.estimates.value)
        return tuple(x for x, left in zip(self.labels, empty, strict=True) if left)

    @property
    def definition(self) -> Definition:
        """What was measured."""
        return self.estimates.definition

    @property
    def scale(self) -> Scale:
        """The scale of the answers."""
        return self.estimates.scale

    @property
    def distinguishable(self) -> bool:
        """Whether the slope is more than the noise of answers at this level.

        If the trend *departs*, the periods move by themselves, which may feign a slope.
        """
        return self.p_value < 1 - self.level

    @property
    def departs(self) -> bool:
        """Whether the periods jump about the line by more than noise at this level."""
        return self.departure_p_value < 1 - self.level

    # Saying

    def __repr__(self) -> str:
        """Say metric, slope, interval, level and p in one line."""
        return f"{self.definition.name} trend {self._said}"

    @property
    def _said(self) -> str:
        slope, low, high = self._figures()
        return (
            f"{slope} per {self.time_unit} [{low}, {high}]"
            f" {100 * self.level:.10g} %, {_draw.p_text(self.p_value)}"
        )

    def _figures(self) -> tuple[str, str, str]:
        """Write slope and interval so that the interval has a digit worth printing."""
        decimals = self.definition.decimals
        reach = (self.high - self.low) / 2
        while reach * 10**decimals < 2 and decimals < 12:
            decimals += 1
        slope, low, high = (
            f"{x:z.{decimals}f}" for x in (self.slope, self.low, self.high)
        )
        return slope, low, high

    def summary(self) -> str:
        """Return some sentences for a manager: which way, how fast, how sure.

        Examples
        --------
        >>> from cxmkit import csat, samples
        >>> from cxmkit.inference import trend
        >>> wifi = csat(samples.airport().at(touchpoint="free WiFi"))
        >>> print(trend(wifi, wifi.labels["year"]).summary())
        CSAT (top 2) rises by 1.6 percentage points per unit of time (95 % interval 0.6
        to 2.5), 4.7 from 2014 to 2017; more than noise (p = .002). The periods lie on
        the line as near as their answers allow (p = .054).
        """
        in_doubt = self.departs and self.distinguishable
        departure = "" if in_doubt else self._departure_said()
        said = (self._trend_said(), departure, self._left_out_said())
        return " ".join(filter(None, said))

    def _trend_said(self) -> str:
        slope, low, high = self._figures()
        name, p = self.definition.name, _draw.p_text(self.p_value)
        size, interval = f"{slope.lstrip('-')}{self._unit}", f"{low} to {high}"
        confidence = f"{100 * self.level:.10g} % interval {interval}"
        way = f"{self._way()} by {size} per {self.time_unit}"
        if math.isnan(self.low):
            way = way if float(slope) else "does not change"
            return f"{name} {way}; too few answers, or too much alike, to be sure."
        if not self.distinguishable:
            return (
                f"{name} shows no trend beyond noise: {slope}{self._unit} per"
                f" {self.time_unit} ({confidence}, {p})."
            )
        said = f"{name} {way} ({confidence}), {self._over_all()}"
        if self.departs:
            return f"{said}, but {self._jumps}, and whether there is a trend is open."
        return f"{said}; more than noise ({p})."

    @property
    def _unit(self) -> str:
        share = self.definition.unit(self.scale) == " %"
        return " percentage points" if share else " points"

    def _way(self) -> str:
        way = "rises" if self.slope > 0 else "falls"
        if self.definition.higher_is_better(self.scale):
            return way
        return f"{way} (gets {'worse' if self.slope > 0 else 'better'})"

    def _over_all(self) -> str:
        """Say how far the line goes from the first period to the last."""
        change = abs(self.fitted[-1] - self.fitted[0])
        size = f"{change:.{self.definition.decimals}f}"
        labels = texts_of(self.labels)
        return f"{size} from {labels[0]} to {labels[-1]}"

    @property
    def _jumps(self) -> str:
        return (
            "the periods jump about the line by more than their answers explain"
            f" ({_draw.p_text(self.departure_p_value)}): they move by themselves or"
            " along a bend"
        )

    def _departure_said(self) -> str:
        if self.departs:
            return f"{self._jumps[0].upper()}{self._jumps[1:]}."
        if math.isnan(self.departure_p_value):
            return ""
        p = _draw.p_text(self.departure_p_value)
        return f"The periods lie on the line as near as their answers allow ({p})."

    def _left_out_said(self) -> str:
        labels = self.left_out
        return f"Left out, without answers: {listed(labels)}." if labels else ""

    def __str__(self) -> str:
        """Return a table with a row per period, for ``print``."""
        decimals = self.definition.decimals
        columns = {
            self.estimates.axes[0]: [*texts_of(self.labels)],
            "time": [f"{time:.10g}" for time in self.times],
            "n": [f"{count:,}" for count in self.estimates.n],
        }
        for name, array in self._columns().items():
            columns[name] = [f"{x:z.{decimals}f}" for x in array]
        return f"{self!r}\n{_draw.text_table(columns)}"

    def _columns(self) -> dict[str, FloatArray]:
        return {
            "value": self.estimates.value,
            "line": self.fitted,
            "line_low": self.band_low,
            "line_high": self.band_high,
        }

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per period; None is unknown.

        Examples
        --------
        >>> from cxmkit import nps
        >>> from cxmkit.inference import trend
        >>> by = {"year": [2025, 2025, 2026, 2026]}
        >>> trend(nps([10, 3, 10, 9], by=by), [1, 2]).to_records()[1]["value"]
        100.0
        """
        columns: dict[str, list[Any]] = {
            "period": list(self.labels),
            "time": self.times.tolist(),
            "n": self.estimates.n.tolist(),
        }
        columns |= {name: _plain(array) for name, array in self._columns().items()}
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as a flat dict of plain Python values; None is unknown."""
        numbers = dict(
            zip(_NUMBERS, _plain([getattr(self, x) for x in _NUMBERS]), strict=True)
        )
        return numbers | {
            "departure_df": self.departure_df,
            "time_unit": self.time_unit,
            "level": self.level,
            "method": self.method,
            "metric": self.definition.name,
            "scale": self.scale.described,
        }

    def to_svg(self) -> str:
        """Return periods and line with its band, complete as an SVG file."""
        return _draw_inference.trend(
            texts_of(self.labels),
            *(
                array.tolist()
                for array in (
                    self.estimates.value,
                    self.estimates.low,
                    self.estimates.high,
                    self.fitted,
                    self.band_low,
                    self.band_high,
                )
            ),
            title=f"{self.definition.name} trend",
            axis_label=self.definition.unit(self.scale).strip(),
            digits=self.definition.decimals,
            notes=[*filter(None, (self._said, self._departure_said()))],
            places=self.times.tolist(),
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __eq__(self, other: object) -> bool:
        """Compare numbers, periods and estimates; NaN equals NaN."""
        if not isinstance(other, Trend):
            return NotImplemented
        names = ("departure_df", "time_unit", "level", "method", "estimates")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, (*_NUMBERS, *_ARRAYS))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_NUMBERS = (
    *("slope", "se", "low", "high", "statistic", "p_value", "intercept"),
    *("departure_statistic", "departure_p_value"),
)
_ARRAYS = ("times", "fitted", "band_low", "band_high")


def _plain(numbers: Any) -> list[float | None]:
    """Return None for NaN."""
    return [None if math.isnan(x) else float(x) for x in numbers]


# Making one


def trend(
    estimates: Estimates,
    times: Any,
    *,
    method: TrendMethod | None = None,
    level: float = 0.95,
) -> Trend:
    """Is it going up or down?

    Fits a straight line to the results of periods, such as the months of a tracker,
    and tests whether it rises or falls by more than sampling noise. The periods must
    be independent samples: different customers in each. What has no order in time, or
    no reason to go straight, has no use for a line.

    Parameters
    ----------
    estimates : Estimates
        Results over exactly one axis, the periods. Those without answers are left out,
        which the summary says; at least two must have some.
    times : series of float, date or datetime
        When each period was, in the order of the labels and strictly ascending. Dates
        count in days.
    method : str, optional
        Net scores: "wls". Shares: "cochran-armitage" (default) or "wls". Means:
        "contrast" (default) or "wls". See Notes.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.

    Returns
    -------
    Trend
        The slope per unit of time with interval and test, the line, and a test of
        whether the periods depart from the line.

    Raises
    ------
    InvalidTypeError
        If *estimates* are none, or a time is neither a number nor a date.
    InvalidValueError
        If there is more than one axis, fewer than two periods have answers, times are
        not as many as labels or do not ascend, or *method* does not fit the definition.
    MissingValueError
        If a time is missing.

    Notes
    -----
    All methods take what varies to be the answers within periods. If the months
    themselves vary, by season or by who was asked, they jump about the line by more
    than that. The test of departure asks for it (chi-square, for means Fisher's F). If
    it is found, the summary leaves open whether there is a trend: the slope is less
    sure than its interval says, and a bend may be no line at all. How much that
    matters: of flat series of a share of 80 %, 12 periods with 1,000 answers each,
    whose months move by themselves with a standard deviation of 2 points, 29 % have a p
    value of the slope below .05; with 3 points 45 %. The departure is seen in 88 and
    99 % of the series, so that the summary calls 4 % and less than 1 % a trend (4,000
    simulated series each, or more). Small movements escape it: with 1 point 13 % have
    a p value below .05, the departure is seen in 34 %, and the summary calls 8 % a
    trend.

    How sure a period is, is not taken from its own few answers, which may all agree,
    but from a first line through the shares of the periods, or through the variances of
    means. Imaginary answers keep it off certainty: in all periods together three for a
    net score, four for a share.

    "wls"
        Weighted least squares: each period counts as n over the variance of an answer.
        Interval and test never contradict each other.
    "cochran-armitage"
        Each period counts as n. The test takes the variance of all answers together, as
        is right if there is no trend; the interval takes the variance along the line,
        as is right if there is one. At the edge the two may disagree.
    "contrast"
        The same for means. The test is the linear contrast of analysis of variance,
        with one variance within all periods and Student's t; the interval has the
        degrees of freedom of Satterthwaite. Where the spread of answers differs much
        between periods and n does, too, trust the interval.

    How often the tests cry wolf, and how often the interval holds the true slope, at
    95 %. Ranges over some thirty settings, 20,000 simulated series each: 4 and 12
    periods with 10 to 200 answers each (means 5 to 200), or 500 in some and 20 in the
    others; no trend, or a strong one (shares from 60 to 95 %, net scores from 30 to 88,
    means from 3.0 to 4.5 of 5, the spread falling by half).

    ==================  ==============  ==============  ==================
    method              false trends    coverage        false departures
    ==================  ==============  ==============  ==================
    net score "wls"     0.6 to 5.8 %    94.2 to 99.4 %  0.5 to 5.0 %
    "cochran-armitage"  0.9 to 5.3 %    94.6 to 99.5 %  as with "wls"
    share "wls"         0.3 to 5.9 %    92.4 to 99.7 %  0.1 to 5.3 %
    "contrast"          4.6 to 5.3 %    94.8 to 96.9 %  3.6 to 6.5 %
    mean "wls"          4.8 to 6.5 %    93.5 to 97.4 %  as with "contrast"
    ==================  ==============  ==============  ==================

    The tests are slow to speak (below 3 %) where ten or twenty answers per period
    nearly all agree. With two or three periods of very unequal n the interval of a
    mean covers less: 91 % for 500 answers against 5. With two answers in each of two to
    four periods it fails: 75 to 93 %.

    References
    ----------
    Armitage, P. (1955). Tests for linear trends in proportions and frequencies.
    Biometrics, 11(3), 375-386.

    Cochran, W. G. (1954). Some methods for strengthening the common chi-squared tests.
    Biometrics, 10(4), 417-451.

    Grizzle, J. E., Starmer, C. F., & Koch, G. G. (1969). Analysis of categorical data
    by linear models. Biometrics, 25(3), 489-504. Weighted least squares.

    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance
    components. Biometrics Bulletin, 2(6), 110-114.

    Examples
    --------
    >>> from cxmkit import csat, samples
    >>> from cxmkit.inference import trend
    >>> wifi = csat(samples.airport().at(touchpoint="free WiFi"))
    >>> result = trend(wifi, wifi.labels["year"])
    >>> print(result)
    CSAT (top 2) trend 1.6 per unit of time [0.6, 2.5] 95 %, p = .002
    year  time      n  value  line  line_low  line_high
    2014  2014  1,956   69.5  70.6      68.6       72.5
    2015  2015  2,102   72.4  72.1      70.9       73.4
    2016  2016  2,333   75.5  73.7      72.5       74.8
    2017  2017  2,142   73.8  75.2      73.5       76.9
    >>> result.departure_p_value
    0.054
    """
    level = _checks.open_unit("level", level)
    _one_axis(None, attrs.fields(Trend).estimates, estimates)
    numbers, unit = _times(times, estimates)
    forms = _forms(estimates.definition)
    chosen: str = next(iter(forms)) if method is None else method
    _checks.choice("method", chosen, forms)
    answered = ~np.isnan(estimates.value)
    if answered.sum() < 2:
        rule = "have answers in at least two periods"
        raise _checks.refuse("estimates", rule, int(answered.sum()))
    # Inside, time runs from 0 to 1: no unit is too small or too large to square.
    start, span = numbers[0], numbers[-1] - numbers[0]
    sample = _sample(estimates, (numbers - start) / span, answered)
    found, departure = forms[chosen](sample, level), _departure(sample)
    line, reach = found.line, found.reach
    fitted, spread = line.at((numbers - start) / span)
    return Trend(
        slope=line.slope / span,
        se=line.se / span,
        low=(line.slope - reach * line.se) / span,
        high=(line.slope + reach * line.se) / span,
        statistic=found.statistic,
        p_value=found.p_value,
        intercept=line.at(np.asarray(-start / span))[0],
        fitted=fitted,
        band_low=fitted - reach * spread,
        band_high=fitted + reach * spread,
        departure_statistic=departure[0],
        departure_df=sample.n.size - 2,
        departure_p_value=departure[1],
        times=numbers,
        time_unit=unit,
        level=level,
        method=chosen,
        estimates=estimates,
    )


# Times


def _times(times: Any, estimates: Estimates) -> tuple[FloatArray, TimeUnit]:
    """Return one number per period, and what it counts."""
    data, mask = _checks.as_array(times, "times")
    axis, size = estimates.axes[0], estimates.value.size
    if data.shape != (size,):
        rule = f"have one value per label of {axis!r} ({size})"
        got = data.size if data.ndim == 1 else times
        raise _checks.refuse("times", rule, got)
    if mask is not None:
        raise _checks.refuse_missing("times", index=_checks.first(mask))
    unit: TimeUnit = "unit of time"
    if data.dtype.kind == "M" or isinstance(data[0], date):
        numbers, unit = _days(data), "day"
    else:
        _refuse_texts(data)
        numbers = _checks.floats(data, "times")
    _refuse_descent(numbers, data)
    return numbers, unit


def _days(data: Any) -> FloatArray:
    """Return days since the first date."""
    moments = [_moment(x, i) for i, x in enumerate(data)]
    instants = np.array(moments, dtype="datetime64[us]")
    return np.asarray((instants - instants[0]) / np.timedelta64(1, "D"))


def _moment(value: Any, index: int) -> date | np.datetime64:
    """Return a date of any kind, in UTC if it knows its zone."""
    if _checks.is_missing(value):
        raise _checks.refuse_missing("times", index=index)
    if isinstance(value, datetime):
        moment: datetime = _checks.as_utc(value).replace(tzinfo=None)
        return moment
    if not isinstance(value, date | np.datetime64):
        rule = "be a date, as times[0] is"
        raise _checks.refuse("times", rule, value, index=index, error=InvalidTypeError)
    return value


def _refuse_texts(data: Any) -> None:
    """Refuse what stands for a date but is none."""
    for index, time in enumerate(data):
        # A period of pandas, which is told by its method; it is no run-time dependency.
        if isinstance(time, str | bytes) or hasattr(time, "to_timestamp"):
            rule = "be a number or a date"
            hint = (
                "texts and periods become dates by"
                ' np.array(times, dtype="datetime64[D]")'
            )
            raise _checks.refuse(
                "times", rule, time, index=index, hint=hint, error=InvalidTypeError
            )


def _refuse_descent(numbers: FloatArray, times: Any) -> None:
    """Refuse times that do not ascend, naming the first that is not later."""
    late = np.append(True, np.diff(numbers) > 0)
    hint = (
        "labels come in the order in which they were first met: sort the answers by"
        " time before they are counted, and give times in that order"
    )
    _checks.require("times", times, late, "be later than the one before", hint)


# Judging


@attrs.frozen(eq=False)
class _Line:
    """A line through values with weights; its errors follow from their variances."""

    centre: float  # the mean time
    level: float  # the mean value
    slope: float
    level_variance: float
    covariance: float
    slope_variance: float

    @classmethod
    def through(
        cls, time: FloatArray, value: FloatArray, weight: FloatArray, variance: Any
    ) -> "_Line":
        """Fit by weighted least squares."""
        share = weight / weight.sum()
        centre = float(share @ time)
        off = time - centre
        pull = share * off / (share @ off**2)
        return cls(
            centre=centre,
            level=float(share @ value),
            # Less the first, so that the slope of equal values is 0 and no rounding.
            slope=float(pull @ (value - value[0])),
            level_variance=float(share**2 @ variance),
            covariance=float((share * pull) @ variance),
            slope_variance=float(pull**2 @ variance),
        )

    @property
    def se(self) -> float:
        """Standard error of the slope; NaN where there is no spread to judge by."""
        return math.sqrt(self.slope_variance) if self.slope_variance > 0 else math.nan

    def at(self, time: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where the line stands, and its standard error there."""
        off = time - self.centre
        wide = self.level_variance + off * (
            2 * self.covariance + off * self.slope_variance
        )
        return self.level + self.slope * off, np.sqrt(np.maximum(wide, 0))


@attrs.frozen(eq=False)
class _Sample:
    """What the methods need of the periods with answers, time from 0 to 1."""

    time: FloatArray
    value: FloatArray
    n: FloatArray
    variance: FloatArray  # of each value, where a first line runs
    freedom: FloatArray  # what each variance rests on; infinite for counts
    pooled: float  # variance of an answer if nothing changes
    pooled_freedom: float


@attrs.frozen(eq=False)
class _Found:
    """A line, the test of its slope, and how many errors its interval reaches."""

    line: _Line
    statistic: float
    p_value: float
    reach: float


_Form = Callable[[_Sample, float], _Found]


def _forms(definition: Definition) -> dict[str, _Form]:
    """Return the methods that fit a definition, the default first."""
    if isinstance(definition, NetScore):
        return {"wls": _by_variance}
    if isinstance(definition, BoxShare):
        return {"cochran-armitage": _by_n, "wls": _by_variance}
    return {"contrast": _by_n, "wls": _by_variance}


def _sample(estimates: Estimates, time: FloatArray, answered: BoolArray) -> _Sample:
    """Return the periods with answers and how sure each of them is."""
    time, n = time[answered], estimates.n_effective[answered]
    value, more = estimates.value[answered], 4 / n.size
    freedom, pooled, pooled_freedom = np.full(n.shape, np.inf), math.nan, math.inf
    if isinstance(estimates.definition, NetScore) and estimates.shares is not None:
        shares = (n[:, None] * estimates.shares[answered] / 100).T
        more = 3 / n.size
        ends = (_on_line(time, n, (x + more / 4) / (n + more)) for x in shares)
        along = 100**2 * net_variance(*ends)
    elif isinstance(estimates.definition, BoxShare):
        share = _on_line(time, n, (n * value / 100 + more / 2) / (n + more))
        along = 100**2 * share * (1 - share)
        # A mean lies among its terms; rounding would make a variance out of "all".
        share = np.clip(n @ value / n.sum(), value.min(), value.max())
        pooled = float(share * (100 - share))
    else:
        own = _spread.variance(estimates)[answered]
        spare = np.where(np.isnan(own), 0, np.maximum(n - 1, 0))
        # Answers that are all alike do not tell how sure their mean is.
        pooled = _spread.pooled_variance(estimates) or math.nan
        pooled_freedom, freedom = float(spare.sum()), spare + more
        own = (np.where(spare > 0, spare * own, 0) + more * pooled) / freedom
        along = _on_line(time, n, own)
    return _Sample(
        time=time,
        value=value,
        n=n,
        variance=along / n,
        freedom=freedom,
        pooled=pooled,
        pooled_freedom=pooled_freedom,
    )


def _on_line(time: FloatArray, n: FloatArray, level: FloatArray) -> FloatArray:
    """Return where a line through shares or variances runs.

    It stays among those that were met: beyond, it would leave what is possible.
    """
    line, _ = _Line.through(time, level, n, 1 / n).at(time)
    return np.clip(line, level.min(), level.max())


def _by_variance(sample: _Sample, level: float) -> _Found:
    """Weigh periods by how sure they are."""
    line = _surest(sample)
    freedom = _freedom(sample, 1 / sample.variance)
    statistic = line.slope / line.se
    p_value = _two_sided(statistic, freedom)
    return _Found(line, statistic, p_value, _quantile(level, freedom))


def _surest(sample: _Sample) -> _Line:
    unknown = np.isnan(sample.variance)
    weight = np.where(unknown, sample.n, 1 / sample.variance)
    return _Line.through(sample.time, sample.value, weight, sample.variance)


def _by_n(sample: _Sample, level: float) -> _Found:
    """Weigh periods by n, and test with the variance that holds without a trend."""
    line = _Line.through(sample.time, sample.value, sample.n, sample.variance)
    spread = math.sqrt(sample.n @ (sample.time - line.centre) ** 2)
    # Where all answers agree, no order of them could speak less for a trend.
    statistic = line.slope * spread / math.sqrt(sample.pooled) if sample.pooled else 0.0
    p_value = _two_sided(statistic, sample.pooled_freedom)
    return _Found(
        line, statistic, p_value, _quantile(level, _freedom(sample, sample.n))
    )


def _freedom(sample: _Sample, weight: FloatArray) -> float:
    """Return the degrees of freedom of a slope's variance (Satterthwaite 1946)."""
    centre = weight @ sample.time / weight.sum()
    parts = (weight * (sample.time - centre)) ** 2 * sample.variance
    parts /= parts.sum()
    share = float((parts**2 / sample.freedom).sum())
    return 1 / share if share else math.inf


def _quantile(level: float, freedom: float) -> float:
    return float(_stats.student_quantile(level, np.asarray(freedom)))


def _two_sided(statistic: float, freedom: float) -> float:
    if math.isnan(statistic):
        return math.nan
    if math.isinf(freedom):
        return float(_stats.normal_two_sided(np.asarray(statistic)))
    return float(_stats.student_two_sided(np.asarray(statistic), np.asarray(freedom)))


def _departure(sample: _Sample) -> tuple[float, float]:
    """Return how far the values lie from their line, and the p value of that."""
    df = sample.n.size - 2
    fitted, _ = _surest(sample).at(sample.time)
    statistic = float(((sample.value - fitted) ** 2 / sample.variance).sum())
    if df == 0 or math.isnan(statistic):
        return math.nan, math.nan
    if math.isinf(sample.pooled_freedom):
        return statistic, float(_stats.chi_square_tail(*_arrays(statistic, df)))
    # The variance itself is from answers: the tail of Fisher's F.
    freedom = sample.pooled_freedom
    below = _arrays(freedom / (freedom + statistic), freedom / 2, df / 2)
    return statistic, float(_stats.beta_below(*below))


def _arrays(*numbers: float) -> tuple[FloatArray, ...]:
    return tuple(map(np.asarray, numbers))
