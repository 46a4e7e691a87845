"""How many answers do we need, and how sure shall we be?"""

from typing import Any, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._checks import FloatArray
from cxmkit._intervals import net_variance
from cxmkit._stats import normal_quantile
from cxmkit.definition import BoxShare
from cxmkit.errors import InvalidTypeError
from cxmkit.estimate import Estimate, Estimates

__all__ = ["margin_of_error", "sample_size", "sample_size_to_compare"]

One = float | tuple[float, float] | Estimate
Expected = npt.ArrayLike | tuple[npt.ArrayLike, npt.ArrayLike] | Estimate

_ROUNDING = 1e-12  # relative: 385.00000000000006 answers are 385
_MOST = 2.0**53  # beyond, floats skip whole numbers
_NO_SPREAD = (
    "answers that are all alike do not tell how much others will differ; expect a few"
    " of either kind"
)
_PERCENT = (
    "write 45 for 45 %; for less than one percent pass the Estimate of an earlier"
    " survey"
)


@overload
def margin_of_error(
    n: int,
    *,
    expected: One,
    level: float = 0.95,
    population: int | None = None,
    design_effect: float = 1.0,
) -> float: ...
@overload
def margin_of_error(
    n: npt.ArrayLike,
    *,
    expected: Expected,
    level: float = 0.95,
    population: npt.ArrayLike | None = None,
    design_effect: npt.ArrayLike = 1.0,
) -> Any: ...
def margin_of_error(
    n: npt.ArrayLike,
    *,
    expected: Expected,
    level: float = 0.95,
    population: npt.ArrayLike | None = None,
    design_effect: npt.ArrayLike = 1.0,
) -> Any:
    """How far from the truth may the result of so many answers lie?

    The result will be within this margin of the truth in about 95 of 100 surveys (with
    *level* 0.95), if who answers is left to chance alone. It says nothing of those who
    do not answer; `nonresponse_bounds` does.

    Parameters
    ----------
    n : array_like of int
        Number of answers, not of invitations; at least 1.
    expected : float or array_like, tuple of two, or Estimate
        What the result is expected to be, which also says what is measured:

        - a number: a share in percent, between 0 and 100; 50 is the worst case.
        - a pair (positive, negative): a net score, given by its two shares in percent;
          (50, 50) is the worst case, (100 / 3, 100 / 3) one that is often used.
        - an `Estimate` from an earlier survey, of any definition, means included.

        Everything is in percent: 45 is 45 %. Fractions are refused, numbers between 0
        and 1 and pairs that add up to no more than 1; for less than one percent pass
        the `Estimate` of an earlier survey.
    level : float, default: 0.95
        Confidence level, between 0 and 1.
    population : array_like of int, optional
        How many there are in all, if the survey is about a named, finite group and
        about nothing else. Leave it out for what is to hold beyond them: comparisons,
        trends, next year's customers.
    design_effect : array_like, default: 1.0
        How many answers are worth as much as one of a simple random sample: above 1
        with weights or clusters, for instance ``estimate.n / estimate.n_effective``.

    Returns
    -------
    float or ndarray of float
        The margin: percentage points for shares, points for net scores, points of the
        scale for means (of 100 if rescaled). From 0, when all were asked; the less, the
        better. An array if any argument is one.

    Raises
    ------
    InvalidTypeError
        If an argument is not of its kind.
    InvalidValueError
        If there are no answers, or more than the population; if the expected share is
        not between 0 and 100, a pair exceeds 100 in total, either looks like fractions,
        or answers are expected to be all alike; if *level* is not between 0 and 1, or
        shapes do not broadcast.
    MissingValueError
        If a value is missing.

    Notes
    -----
    With z the normal quantile of the level and v the variance of one answer:
    z √(v / n) for shares and means, z √(v / (n + 3)) for net scores, as their
    adjusted interval has it. An answer from a population of N counts as
    (N - 1) / (N - n) answers, which is the usual correction √((N - n) / (N - 1)).
    The intervals of the metrics know of no population and will be wider;
    `poststratify` with numbers of customers makes one that does.

    The interval that goes with a share later is Wilson's, which is not symmetric. With
    385 answers it reaches as far as this margin says at 50 %, but at 2 % it reaches 1.9
    points up and 1.0 down where the margin says 1.4. Intervals of means are wider by
    Student's t: by 15 % with 10 answers, by 2.5 % with 50.

    References
    ----------
    Cochran, W. G. (1977). Sampling techniques (3rd ed.). Wiley. Sections 4.4 and 4.6.

    Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American
    Statistician, 70(4), 365-372. arXiv:1601.07235.

    Examples
    --------
    >>> from cxmkit.inference import margin_of_error
    >>> margin_of_error(400, expected=50)
    4.9
    >>> margin_of_error([100, 400, 1600], expected=(50, 20))
    array([15.08,  7.63,  3.83])

    Of 500 dealers 218 have answered:

    >>> margin_of_error(218, expected=50, population=500)
    4.99
    """
    level = _checks.open_unit("level", level)
    answers = _answers(expected)
    count = _at_least_one(n, "n")
    size = _population(population)
    effect = _positive(design_effect, "design_effect")
    _checks.require_one_shape(
        n=count, expected=answers.variance, population=size, design_effect=effect
    )
    _checks.require_cells("n", count, count <= size, "not exceed the population")
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(np.isinf(size), count, count * (size - 1) / (size - count))
    worth = np.where(count == size, np.inf, worth)
    spread = answers.variance / (worth / effect + answers.imaginary)
    return _checks.scalar_or_array(normal_quantile(level) * np.sqrt(spread))


@overload
def sample_size(
    margin: float,
    *,
    expected: One,
    level: float = 0.95,
    population: int | None = None,
    design_effect: float = 1.0,
) -> int: ...
@overload
def sample_size(
    margin: npt.ArrayLike,
    *,
    expected: Expected,
    level: float = 0.95,
    population: npt.ArrayLike | None = None,
    design_effect: npt.ArrayLike = 1.0,
) -> Any: ...
def sample_size(
    margin: npt.ArrayLike,
    *,
    expected: Expected,
    level: float = 0.95,
    population: npt.ArrayLike | None = None,
    design_effect: npt.ArrayLike = 1.0,
) -> Any:
    """How many answers do we need to be this close to the truth?

    Parameters
    ----------
    margin : array_like
        How far from the truth the result may lie, in percentage points for shares, in
        points for net scores, in points of the scale for means: 5 is ±5 points.
        Positive, and less than the whole scale is long.
    expected : float or array_like, tuple of two, or Estimate
        What the result is expected to be, in percent: a number is a share, a pair
        (positive, negative) a net score, an `Estimate` an earlier result; as in
        `margin_of_error`. For "an NPS of 45" pass its two sides, such as (60, 15): 45
        alone is a share of 45 %.
    level : float, default: 0.95
        Confidence level, between 0 and 1.
    population : array_like of int, optional
        How many there are in all, if the survey is about them alone. The intervals of
        the metrics do not know of them; `poststratify` with numbers of customers does.
    design_effect : array_like, default: 1.0
        How many answers are worth as much as one of a simple random sample.

    Returns
    -------
    int or ndarray of int
        Number of answers, at least 1: the least for which `margin_of_error` is no
        larger than *margin*. An array if any argument is one.

    Raises
    ------
    InvalidTypeError
        If an argument is not of its kind.
    InvalidValueError
        If the margin is not positive, as long as the scale, or so small that it takes
        more than 9e15 answers; for the rest as in `margin_of_error`.
    MissingValueError
        If a value is missing.

    Notes
    -----
    With z and v as in `margin_of_error` and m the margin: z² v / m² for shares and
    means, (z² v / m² - 3) for net scores; either times the design effect; then
    n / (1 + (n - 1) / N) for a population of N; rounded up.

    References
    ----------
    Cochran, W. G. (1977). Sampling techniques (3rd ed.). Wiley. Sections 4.4 and 4.6.

    Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American
    Statistician, 70(4), 365-372. arXiv:1601.07235.

    Examples
    --------
    A share to ±5 points, whatever it is, and an NPS to ±5 points with half promoters
    and a fifth detractors:

    >>> from cxmkit.inference import sample_size
    >>> sample_size(5, expected=50)
    385
    >>> sample_size(5, expected=(50, 20))
    935

    Answers are not invitations. If 12 % answer, how many must be invited?

    >>> import math
    >>> math.ceil(sample_size(5, expected=50) / 0.12)
    3209

    And if there are only 500 to ask?

    >>> sample_size([2, 5, 10], expected=50, population=500)
    array([414, 218,  81])
    """
    level = _checks.open_unit("level", level)
    answers = _answers(expected)
    reach = _positive(margin, "margin")
    rule = f"be less than the scale is long ({answers.high - answers.low:g} points)"
    _checks.require("margin", reach, reach < answers.high - answers.low, rule)
    size = _population(population)
    effect = _positive(design_effect, "design_effect")
    _checks.require_one_shape(
        margin=reach, expected=answers.variance, population=size, design_effect=effect
    )
    needed = _needed(
        normal_quantile(level) ** 2 * answers.variance, reach, effect, answers.imaginary
    )
    with np.errstate(divide="ignore"):  # no end of answers, no end of people
        needed = 1 / (1 / needed + (1 - 1 / needed) / size)
    return _whole(needed, "margin", reach)


@overload
def sample_size_to_compare(
    difference: float,
    *,
    expected: One,
    power: float = 0.8,
    level: float = 0.95,
    design_effect: float = 1.0,
) -> int: ...
@overload
def sample_size_to_compare(
    difference: npt.ArrayLike,
    *,
    expected: Expected,
    power: float = 0.8,
    level: float = 0.95,
    design_effect: npt.ArrayLike = 1.0,
) -> Any: ...
def sample_size_to_compare(
    difference: npt.ArrayLike,
    *,
    expected: Expected,
    power: float = 0.8,
    level: float = 0.95,
    design_effect: npt.ArrayLike = 1.0,
) -> Any:
    """How many answers does each of two groups need to show a difference?

    If the groups truly differ by so much, `compare` will find it (at *level*) with
    about the probability *power*; the notes say where it is less.

    Parameters
    ----------
    difference : array_like
        The difference that must not be missed, second group less first: percentage
        points for shares, points for net scores, points of the scale for means. Not 0.
        Its sign matters: 60 + 10 is not 60 - 10. A net score is taken to move by half
        of it on either side, as far as there is room; means are as uncertain before as
        after, so that for them the sign does not matter.
    expected : float or array_like, tuple of two, or Estimate
        What the first group is expected to be, in percent: a number is a share, a pair
        (positive, negative) a net score, an `Estimate` an earlier result; as in
        `margin_of_error`. "An NPS of 45" is for instance (60, 15).
    power : float, default: 0.8
        Probability of finding the difference if it is there; above 1 - *level*, below
        1.
    level : float, default: 0.95
        Confidence level of the comparison, between 0 and 1.
    design_effect : array_like, default: 1.0
        How many answers are worth as much as one of a simple random sample.

    Returns
    -------
    int or ndarray of int
        Number of answers in **each** of the two groups, at least 1. An array if any
        argument is one.

    Raises
    ------
    InvalidTypeError
        If an argument is not of its kind.
    InvalidValueError
        If the difference is 0, leads beyond the scale, or is so small that it takes
        more than 9e15 answers; if *power* is not above 1 - *level*; for the rest as in
        `margin_of_error`.
    MissingValueError
        If a value is missing.

    Notes
    -----
    (z + z')² (v + v') / d², with z and z' the normal quantiles of level and power, v
    and v' the variances of one answer in either group and d the difference. For shares
    v' is that of the second group; for net scores that of positive + d / 2 and
    negative - d / 2, and where a side ends at 0 the other takes the rest; for means it
    is taken to be v. Net scores need 3 answers less, as their adjusted test adds them.

    Power of `compare` at the planned number, where .80 was asked for:

    - Shares keep it from 70 answers per group (.80 for 50 and 55 % and for 90 and 95 %,
      .83 for 1 and 10 %; more near the ends, up to .88). With fewer they fall short:
      .75 for 50 and 90 % (17 answers), .70 for 10 and 70 % (7).
    - Net scores that move by half on either side, with 40,000 simulated surveys: .78 to
      .80 from 90 answers per group ((95, 1), (90, 2), (60, 15), (40, 10) and less by 10
      to 20). Short with fewer: .76 for (98, 1) less 30 (49 answers), .71 for (60, 15)
      and 40 more (31).
    - If one side alone moves, the second group's answers differ more or less than
      planned: .70 from (60, 15) to (80, 15), .73 from (80, 2) to (90, 2), but .86 from
      (60, 15) to (40, 15) and .91 from (95, 1) to (80, 1).

    References
    ----------
    Chow, S.-C., Shao, J., & Wang, H. (2008). Sample size calculations in clinical
    research (2nd ed.). Chapman & Hall. Sections 3.2 and 4.2.

    Examples
    --------
    >>> from cxmkit.inference import sample_size_to_compare
    >>> sample_size_to_compare(10, expected=60)
    354
    >>> sample_size_to_compare([5, 10, 20], expected=(50, 20))
    array([3726,  900,  205])
    """
    level = _checks.open_unit("level", level)
    chance = _checks.as_number("power", power)
    if not 0 < chance < 1:
        hint = "write power=0.8 for 80 %"
        raise _checks.refuse("power", "lie between 0 and 1", power, hint=hint)
    if chance <= (1 - level) * (1 + _ROUNDING):
        rule = f"be above 1 - level ({1 - level:.3g})"
        hint = "luck alone finds a difference that often"
        raise _checks.refuse("power", rule, power, hint=hint)
    answers = _answers(expected)
    gap = _checks.floats(difference, "difference")
    _checks.require("difference", gap, gap != 0, "not be 0")
    effect = _positive(design_effect, "design_effect")
    _checks.require_one_shape(
        difference=gap, expected=answers.variance, design_effect=effect
    )
    other = answers.value + gap
    _checks.require_cells(
        "difference",
        gap,
        (other >= answers.low) & (other <= answers.high),
        f"lead to a result from {answers.low:g} to {answers.high:g}",
        "it is added to what is expected of the first group",
    )
    quantiles = normal_quantile(level) + normal_quantile(2 * chance - 1)
    variance = answers.variance + answers.variance_after(gap)
    needed = _needed(quantiles**2 * variance, gap, effect, answers.imaginary)
    return _whole(needed, "difference", gap)


# What is expected


@attrs.frozen(eq=False)
class _Answers:
    """What a plan needs of the answers to come, in points."""

    value: FloatArray
    variance: FloatArray  # of one answer
    low: float  # least and greatest possible value
    high: float
    imaginary: int = 0  # answers that the interval adds
    is_share: bool = False
    negative: FloatArray | None = None  # of a net score: the share against

    def variance_after(self, gap: FloatArray) -> FloatArray:
        """Return the variance of one answer in a group that is off by a gap.

        A net score moves by half of the gap on either side. Where the share in favour
        would fall below 0, or that against, the other takes the rest; as the value is
        within its range, the two never exceed 100.
        """
        other = self.value + gap
        if self.is_share:
            return other * (100 - other)
        if self.negative is None:
            return self.variance
        negative = np.maximum(self.negative - gap / 2, np.maximum(-other, 0))
        return _variance_of_net(other + negative, negative)


def _answers(expected: Any) -> _Answers:
    """Read what is expected, which also says what is measured."""
    if isinstance(expected, Estimate):
        return _answers_as_in(expected)
    if isinstance(expected, tuple):
        answers = _net(expected)
        total = np.add(*(_checks.floats(side, "expected") for side in expected))
        good = total > 1 + _ROUNDING
        _checks.require("expected", total, good, "be in percent", _PERCENT)
        return answers
    if isinstance(expected, list | Estimates):
        rule = "be a number, a pair (positive, negative) or an Estimate"
        hint = (
            "pass that of one group, estimates.at(...)"
            if isinstance(expected, Estimates)
            else "write (50, 20) for a net score, numpy.array([50, 20]) for two shares"
        )
        raise _checks.refuse(
            "expected", rule, expected, hint=hint, error=InvalidTypeError
        )
    percent = _checks.floats(expected, "expected")
    answers = _share(percent)
    _checks.require("expected", percent, percent >= 1, "be in percent", _PERCENT)
    return answers


def _share(percent: FloatArray) -> _Answers:
    rule = "be a share between 0 and 100 percent"
    possible = (percent >= 0) & (percent <= 100)
    _checks.require("expected", percent, possible, rule)
    inside = (percent > 0) & (percent < 100)
    _checks.require("expected", percent, inside, rule, _NO_SPREAD)
    return _Answers(percent, percent * (100 - percent), 0, 100, is_share=True)


def _net(pair: tuple[Any, ...]) -> _Answers:
    if len(pair) != 2:
        rule = "be a pair (positive, negative)"
        raise _checks.refuse("expected", rule, pair, error=InvalidTypeError)
    sides = [
        _checks.floats(side, f"expected[{place}]") for place, side in enumerate(pair)
    ]
    for place, side in enumerate(sides):
        rule = "be a share from 0 to 100 percent"
        good = (side >= 0) & (side <= 100)
        _checks.require(f"expected[{place}]", side, good, rule)
    positive, negative = sides
    _checks.require_one_shape(**{"expected[0]": positive, "expected[1]": negative})
    total = positive + negative
    good = total <= 100 * (1 + _ROUNDING)
    _checks.require("expected", total, good, "add up to at most 100 percent")
    variance = _variance_of_net(positive, negative)
    alike = variance <= 0
    _checks.require("expected", total, ~alike, "let answers differ", _NO_SPREAD)
    value = positive - negative
    return _Answers(value, variance, -100, 100, imaginary=3, negative=negative)


def _variance_of_net(positive: FloatArray, negative: FloatArray) -> FloatArray:
    return 100**2 * net_variance(positive / 100, negative / 100)


def _answers_as_in(earlier: Estimate) -> _Answers:
    """Expect what an earlier survey has found."""
    if isinstance(earlier.definition, BoxShare):
        return _share(np.asarray(earlier.value))
    if earlier.shares is not None:
        return _net(earlier.shares)
    variance = earlier.se**2 * earlier.n_effective
    if not variance > 0:
        rule = "come from answers that differ"
        raise _checks.refuse("expected", rule, earlier, hint=_NO_SPREAD)
    low, high = earlier.definition.range(earlier.scale)
    return _Answers(np.asarray(earlier.value), np.asarray(variance), low, high)


# Numbers


def _needed(
    spread: FloatArray, reach: FloatArray, effect: FloatArray, imaginary: int
) -> FloatArray:
    """Return how many answers bring a spread down to a reach; at least one."""
    with np.errstate(over="ignore", divide="ignore"):  # refused as too many
        needed = effect * (spread / reach**2 - imaginary)
    return np.maximum(needed, 1.0)


def _whole(needed: FloatArray, argument: str, reach: FloatArray) -> Any:
    """Round answers up; refuse more than anybody could ask for."""
    hint = "it would take more than 9e15 answers"
    _checks.require_cells(argument, reach, needed < _MOST, "be within reach", hint)
    counts = np.ceil(needed * (1 - _ROUNDING)).astype(np.int64)
    return counts if counts.ndim else int(counts)


def _positive(values: npt.ArrayLike, argument: str) -> FloatArray:
    numbers = _checks.floats(values, argument)
    _checks.require(argument, numbers, numbers > 0, "be positive")
    return numbers


def _at_least_one(values: npt.ArrayLike, argument: str) -> FloatArray:
    counts = _checks.counts(values, argument)
    _checks.require(argument, counts, counts >= 1, "be at least 1")
    return counts.astype(np.float64)


def _population(population: npt.ArrayLike | None) -> FloatArray:
    """Return how many there are in all; without end if nobody says."""
    if population is None:
        return np.asarray(np.inf)
    return _at_least_one(population, "population")
