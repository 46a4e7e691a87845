"""Did the same people change their minds?"""

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _intervals, _stats
from cxmkit.comparison import Comparison
from cxmkit.definition import (
    BoxShare,
    MeanScore,
    Metric,
    NetScore,
    refuse_other_scale,
    require_scale,
)
from cxmkit.errors import InvalidTypeError
from cxmkit.scale import Scale, point_codes
from cxmkit.tally import Tally

__all__ = ["compare_paired"]

_COUNT_FIRST = 'count them first: Tally.count(after, scale=..., by={"before": before})'

PairedMethod = Literal["score", "wald", "t", "z"]


def compare_paired(
    table: npt.ArrayLike | Tally,
    *,
    metric: Metric,
    scale: Scale | None = None,
    method: PairedMethod | None = None,
    level: float = 0.95,
) -> Comparison:
    """Did the same people change their minds, or is it noise?

    For customers asked twice, before and after. `compare` takes two samples for
    different people; people asked twice mostly repeat themselves, so what they changed
    is known far better than the two results one by one.

    Parameters
    ----------
    table : array_like of int or Tally
        How many gave each answer before (rows) and after (columns), both from the low
        to the high point of the scale. Labels of rows and columns, as a pandas crosstab
        has, must be just these points. Or a tally of the answers after with one axis
        that holds each person's answer before.
    metric : NetScore, BoxShare or MeanScore
        What is compared: a definition, not a function such as `nps`.
    scale : Scale, optional
        The scale of both answers; required for an array, taken from a tally.
    method : str, optional
        Shares: "score" (default: Tango's interval, whose test is McNemar's, asymptotic
        and without correction for continuity) or "wald".
        Net scores and means: "t" (default: one-sample t of each person's change) or
        "z". NaN where everybody changed by the same.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.

    Returns
    -------
    Comparison
        After minus before, in the unit of the metric; *n* is the number of people, on
        either side.

    Raises
    ------
    InvalidTypeError
        If *metric* is no definition, or a count or label is not a number.
    InvalidValueError
        If the table is not square in the points of the scale or labelled otherwise, the
        tally is weighted or has another axis than that of the answers before, or
        *method* does not fit.
    ScaleMismatchError
        If a tally is on another scale than *scale*.
    MissingValueError
        If *scale* is missing for an array.
    EmptySampleError
        If nobody answered twice.

    Notes
    -----
    Whoever answered once is not in the table; if those who stay differ from those who
    leave, so does the change.

    Intervals of "t", "z" and "wald" end where a difference must: at 200 points for net
    scores, 100 for shares and the length of the scale for means, up or down. They are
    never made longer than the method has them.

    "t" fails where hardly anybody changes. With 50 people of whom 2 % move up by one
    class, its .95 interval holds the truth in .64 of cases and is missing in .36, where
    nobody happens to move (enumerated).

    References
    ----------
    Tango, T. (1998). Equivalence test and confidence interval for the difference in
    proportions for the paired-sample design. Statistics in Medicine, 17(8), 891-908.

    McNemar, Q. (1947). Note on the sampling error of the difference between correlated
    proportions or percentages. Psychometrika, 12(2), 153-157.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, Tally
    >>> from cxmkit.definition import BoxShare
    >>> from cxmkit.inference import compare_paired
    >>> before, after = [2, 3, 3, 4, 5, 3, 2, 4], [4, 4, 3, 5, 5, 4, 2, 4]
    >>> moves = Tally.count(after, scale=SATISFACTION_1_5, by={"before": before})
    >>> happy = BoxShare(name="Satisfied", points=[4, 5])
    >>> compare_paired(moves, metric=happy)
    Satisfied difference 37.5 [-7.1, 69.4] 95 %, p = .083
    """
    level = _checks.open_unit("level", level)
    _require_metric(metric)
    counts, known = _moves(table, scale)
    methods = ("score", "wald") if isinstance(metric, BoxShare) else ("t", "z")
    chosen = methods[0] if method is None else method
    _checks.choice("method", chosen, methods)
    worth = metric.worth(known)
    change = worth[None, :] - worth[:, None]
    n = int(counts.sum())
    mean = float((counts * change).sum() / n)
    spare = int(not isinstance(metric, BoxShare))
    squares = float((counts * (change - mean) ** 2).sum())
    se = np.sqrt(squares / n / (n - spare)) if n > spare else np.nan
    low, high, statistic, p_value = (
        _score(counts, change, level)
        if chosen == "score"
        else _one_sample(mean, se, n if chosen == "t" else None, level)
    )
    least, greatest = metric.range(known)
    most = greatest - least
    return Comparison(
        difference=mean,
        se=float(se),
        low=float(np.maximum(low, -most)),
        high=float(np.minimum(high, most)),
        statistic=statistic,
        p_value=p_value,
        n=(n, n),
        level=level,
        method=chosen,
        definition=metric,
        scale=known,
    )


def _score(
    counts: _checks.IntArray, change: _checks.FloatArray, level: float
) -> tuple[float, ...]:
    """Return Tango's interval and McNemar's test of those who changed sides.

    Whoever came in counts +1, who left -1 and all others 0: a net score, whose score
    interval is Tango's.
    """
    n = counts.sum()
    came, went = (np.array(counts[change * sign > 0].sum() / n) for sign in (1, -1))
    low, high = _intervals.net_score(came, went, n, level)
    statistic = np.sqrt(n) * (came - went) / np.sqrt(came + went) if came + went else 0
    p_value = _stats.normal_two_sided(np.asarray(statistic, dtype=np.float64))
    return 100 * float(low), 100 * float(high), float(statistic), float(p_value)


def _one_sample(
    mean: float, se: float, n: int | None, level: float
) -> tuple[float, ...]:
    """Return interval and test of a mean change: Student's t with *n*, else normal."""
    if not se > 0:  # changes that are all alike do not tell how sure their mean is
        return (math.nan,) * 4
    statistic = np.array(mean / se)
    if n is None:
        reach = _stats.normal_quantile(level) * se
        p_value = _stats.normal_two_sided(statistic)
    else:
        df = np.array(n - 1.0)
        reach = float(_stats.student_quantile(level, df)) * se
        p_value = _stats.student_two_sided(statistic, df)
    return float(mean - reach), float(mean + reach), float(statistic), float(p_value)


def _require_metric(metric: object) -> None:
    if not isinstance(metric, NetScore | BoxShare | MeanScore):
        rule, hint = "be a NetScore, BoxShare or MeanScore", ""
        if callable(metric):
            hint = (
                "pass a definition: nps(...).definition, or NetScore(name=...,"
                " positive=..., negative=...)"
            )
        raise _checks.refuse("metric", rule, metric, hint=hint, error=InvalidTypeError)


def _moves(
    table: npt.ArrayLike | Tally, scale: Scale | None
) -> tuple[_checks.IntArray, Scale]:
    """Return how many went from each point of the scale (rows) to each (columns)."""
    if isinstance(table, Tally):
        refuse_other_scale(table, scale)
        counts, known = _moves_of(table), table.scale
    else:
        known = require_scale(scale)
        counts = _checks.counts(table, "table")
        if counts.shape != (known.size, known.size):
            rule = f"have a row and a column for each of the {known.size} points"
            raise _checks.refuse("table", rule, counts.shape, hint=_COUNT_FIRST)
        _require_points(table, known)
    if not counts.sum():
        message = "must hold at least one person who answered twice; got none"
        raise _checks.refuse_empty("table", message)
    return counts, known


def _require_points(table: Any, scale: Scale) -> None:
    """Refuse labels of rows and columns that are not the points, from low to high."""
    if not (hasattr(table, "index") and hasattr(table, "columns")):
        return
    for side, labels in (("rows", table.index), ("columns", table.columns)):
        points = _checks.floats(labels, f"{side} of table", hint=_COUNT_FIRST)
        rule = "be the points of the scale in ascending order"
        good = np.isclose(points, scale.points)
        _checks.require(f"{side} of table", points, good, rule, _COUNT_FIRST)


def _moves_of(tally: Tally) -> _checks.IntArray:
    if len(tally.axes) != 1:
        hint = 'count the answers after with by={"before": the answers before}'
        rule = "have one axis, the answers before"
        raise _checks.refuse("table", rule, repr(tally), hint=hint)
    if tally.weighted:
        raise _checks.refuse("table", "count people without weights", repr(tally))
    before = _checks.floats(tally.grid.levels[0], f"labels of {tally.axes[0]!r}")
    codes = point_codes(tally.scale, before, f"labels of {tally.axes[0]!r}")
    counts = np.zeros((tally.scale.size, tally.scale.size), np.int64)
    counts[codes] = tally.counts
    return counts
