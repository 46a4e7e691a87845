"""How good is it, and how sure are we?

NPS, CSAT, CES and their family on raw answers or on a `Tally`, overall or by group,
plain or weighted. Each returns an `Estimate` with its interval, or `Estimates` with
groups. `cxmkit.definition` says how the numbers come about.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args, overload

import attrs
import numpy.typing as npt

from cxmkit import _checks
from cxmkit.definition import (
    Answers,
    BoxShare,
    By,
    MeanMethod,
    MeanScore,
    Missing,
    NetMethod,
    NetScore,
    Rng,
    ShareMethod,
    estimate,
    require_scale,
)
from cxmkit.errors import ScaleMismatchError
from cxmkit.estimate import Estimate, Estimates
from cxmkit.rates import first_contact_resolution, response_rate
from cxmkit.readings import CsatDefinitions, RankFlip, csat_definitions
from cxmkit.scale import RECOMMEND_0_10, Scale
from cxmkit.tally import Tally

__all__ = [
    "BoxShare",
    "CsatDefinitions",
    "Estimate",
    "Estimates",
    "MeanScore",
    "NetScore",
    "RankFlip",
    "box_share",
    "ces",
    "csat",
    "csat_definitions",
    "first_contact_resolution",
    "mean_score",
    "net_score",
    "nps",
    "response_rate",
]

_NPS = NetScore(name="NPS", positive=(9, 10), negative=range(7))


@overload
def nps(
    answers: Tally,
    *,
    level: float = 0.95,
    method: NetMethod = "adjusted-wald",
    rng: Rng = None,
) -> Any: ...
@overload
def nps(
    answers: Answers,
    *,
    by: None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: NetMethod = "adjusted-wald",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimate: ...
@overload
def nps(
    answers: Answers,
    *,
    by: By,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: NetMethod = "adjusted-wald",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimates: ...
def nps(
    answers: Answers | Tally,
    *,
    by: By | None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: NetMethod = "adjusted-wald",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Any:
    """Do more customers promote us than warn of us?

    Net Promoter Score: percent of promoters (9 and 10) less percent of detractors
    (0 to 6) among answers of 0 to 10 to "how likely are you to recommend us?".
    Range -100..100, 100 best.

    Parameters
    ----------
    answers : array_like or Tally
        Column of answers 0 to 10, or a tally of them, whose axes are then the groups.
    by : column or mapping of str to column, optional
        Groups, as in `Tally.count`.
    weights : array_like, optional
        One weight per answer.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.
    method : str, default: "adjusted-wald"
        Interval: "adjusted-wald" adds three imaginary answers. Of ten answers it keeps
        its level on average over all truths, and falls short of it (.86 for .95) where
        nobody is a promoter, or nobody a detractor, and the rest are split; "score"
        inverts the score test and holds .91 and more from ten answers on unless nine
        in ten answer alike, .85 where nearly all do; "bayes" is the posterior after the
        same three answers, good where all kinds of answers are frequent and bad (.46
        with ten answers) where nearly all are promoters, or nearly all detractors;
        "bootstrap" draws the answers again 10,000 times, needs *rng*, and knows nothing
        of answers that nobody gave;
        "wald" is the textbook one, which has no width when all agree.
    rng : int or numpy.random.Generator, optional
        Seed or generator; required with "bootstrap", refused with any other method.
    missing : {"raise", "omit"}, default: "raise"
        Whether a missing answer is an error, or left out and counted.

    Returns
    -------
    Estimate or Estimates
        In points; `Estimates` with groups, NaN for a group without answers.

    Raises
    ------
    InvalidValueError
        If an answer is off the scale.
    MissingValueError
        If an answer is missing and not to be omitted.
    EmptySampleError
        If there are no answers at all.
    ScaleMismatchError
        If a tally is not on the 0-10 scale.

    References
    ----------
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review,
    81(12), 46-54.

    Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American
    Statistician, 70(4), 365-372. arXiv:1601.07235.

    Tango, T. (1998). Equivalence test and confidence interval for the difference in
    proportions for the paired-sample design. Statistics in Medicine, 17(8), 891-908.
    The "score" interval: promoters and detractors are its discordant pairs.

    Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of
    Statistics, 7(1), 1-26.

    Examples
    --------
    >>> from cxmkit import nps
    >>> nps([10, 9, 8, 6, 10, 9, 7, 3, 10, 9])
    NPS 40.0 [-12.6, 74.1] 95 %, n = 10, 0 missing
    >>> nps([10, 9, 3, None], missing="omit").missing
    1
    """
    if isinstance(answers, Tally) and attrs.evolve(answers.scale, labels=()) != (
        RECOMMEND_0_10
    ):
        raise ScaleMismatchError(
            f"answers must be a tally on {RECOMMEND_0_10!r}; got {answers.scale!r};"
            " use net_score for a net score of other scales",
            argument="answers",
            value=answers.scale,
        )
    scale = None if isinstance(answers, Tally) else RECOMMEND_0_10
    return estimate(
        _NPS,
        answers,
        scale=scale,
        by=by,
        weights=weights,
        level=level,
        method=method,
        rng=rng,
        missing=missing,
    )


@overload
def csat(
    answers: Tally,
    *,
    scale: Scale | None = None,
    boxes: int = 2,
    level: float = 0.95,
    method: ShareMethod = "wilson",
    rng: Rng = None,
) -> Any: ...
@overload
def csat(
    answers: Answers,
    *,
    scale: Scale,
    boxes: int = 2,
    by: None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: ShareMethod = "wilson",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimate: ...
@overload
def csat(
    answers: Answers,
    *,
    scale: Scale,
    boxes: int = 2,
    by: By,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: ShareMethod = "wilson",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimates: ...
def csat(
    answers: Answers | Tally,
    *,
    scale: Scale | None = None,
    boxes: int = 2,
    by: By | None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: ShareMethod = "wilson",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Any:
    """What share of customers is satisfied?

    Customer Satisfaction Score as a top-box share: percent of answers in the best
    *boxes* points, counted from the good end of the scale. Range 0..100, 100 best. For
    the mean, which others call CSAT too, use `mean_score`.

    Parameters
    ----------
    answers : array_like or Tally
        Column of answers, or a tally of them, whose axes are then the groups.
    scale : Scale, optional
        The scale of raw answers; required for them, since none can be assumed.
    boxes : int, default: 2
        Number of points, from the good end, that count as satisfied.
    by : column or mapping of str to column, optional
        Groups, as in `Tally.count`.
    weights : array_like, optional
        One weight per answer.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.
    method : {"wilson", "agresti-coull", "wald", "bootstrap"}, default: "wilson"
        Interval: "wilson" keeps its level on average, never leaves 0..100, and falls
        short of it (.84 for .95, for any number of answers) where nearly all or none
        count; "agresti-coull" is a little longer and holds .92 and more from ten
        answers on;
        "bootstrap" draws the answers again 10,000 times and needs *rng*; "wald" is the
        textbook one, which has no width when all agree.
    rng : int or numpy.random.Generator, optional
        Seed or generator; required with "bootstrap", refused with any other method.
    missing : {"raise", "omit"}, default: "raise"
        Whether a missing answer is an error, or left out and counted.

    Returns
    -------
    Estimate or Estimates
        In percent; `Estimates` with groups, NaN for a group without answers.

    Raises
    ------
    InvalidValueError
        If an answer is off the scale, or *boxes* leaves no point in or out.
    MissingValueError
        If *scale* is missing for raw answers, or an answer that is not to be omitted.
    EmptySampleError
        If there are no answers at all.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
    inference. Journal of the American Statistical Association, 22(158), 209-212.

    Agresti, A., & Coull, B. A. (1998). Approximate is better than "exact" for interval
    estimation of binomial proportions. The American Statistician, 52(2), 119-126.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, csat
    >>> csat([5, 4, 4, 3, 1, 5, 4, 2, 5, 4], scale=SATISFACTION_1_5)
    CSAT (top 2) 70.0 [39.7, 89.2] 95 %, n = 10, 0 missing
    """
    known = _scale_of(answers, scale)
    boxes = _checks.as_whole("boxes", boxes)
    if not 1 <= boxes < known.size:
        rule = f"leave points in and out (1 to {known.size - 1})"
        raise _checks.refuse("boxes", rule, boxes)
    points = known.points[-boxes:] if known.higher_is_better else known.points[:boxes]
    metric = BoxShare(name=f"CSAT (top {boxes})", points=points)
    return estimate(
        metric,
        answers,
        scale=scale,
        by=by,
        weights=weights,
        level=level,
        method=method,
        rng=rng,
        missing=missing,
    )


CesSummary = Literal["mean", "easy-share", "net-easy"]


@overload
def ces(
    answers: Tally,
    *,
    scale: Scale | None = None,
    summary: CesSummary = "mean",
    level: float = 0.95,
    method: MeanMethod | ShareMethod | NetMethod | None = None,
    rng: Rng = None,
) -> Any: ...
@overload
def ces(
    answers: Answers,
    *,
    scale: Scale,
    summary: CesSummary = "mean",
    by: None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: MeanMethod | ShareMethod | NetMethod | None = None,
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimate: ...
@overload
def ces(
    answers: Answers,
    *,
    scale: Scale,
    summary: CesSummary = "mean",
    by: By,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: MeanMethod | ShareMethod | NetMethod | None = None,
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimates: ...
def ces(
    answers: Answers | Tally,
    *,
    scale: Scale | None = None,
    summary: CesSummary = "mean",
    by: By | None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: MeanMethod | ShareMethod | NetMethod | None = None,
    rng: Rng = None,
    missing: Missing = "raise",
) -> Any:
    """How easy was it for the customer?

    Customer Effort Score in three readings. Vendors disagree on the direction of the
    question, so the scale says it: with `EFFORT_1_5` (2010) a low mean is good, with
    `EASE_1_7` (2013) a high one; shares and net scores turn with the scale. Means range
    over the scale, shares over 0..100, net scores over -100..100 with 100 best.

    Parameters
    ----------
    answers : array_like or Tally
        Column of answers, or a tally of them, whose axes are then the groups.
    scale : Scale, optional
        The scale of raw answers; required for them, since none can be assumed.
    summary : {"mean", "easy-share", "net-easy"}, default: "mean"
        "mean" is the mean answer in points of the scale; "easy-share" the percent of
        answers strictly on the good side of the midpoint; "net-easy" that share less
        the percent strictly on the bad side.
    by : column or mapping of str to column, optional
        Groups, as in `Tally.count`.
    weights : array_like, optional
        One weight per answer.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.
    method : str, optional
        Interval, as in `mean_score` ("t"), `box_share` ("wilson") or `net_score`
        ("adjusted-wald"), whichever fits *summary*; that one is the default.
    rng : int or numpy.random.Generator, optional
        Seed or generator; required with "bootstrap", refused with any other method.
    missing : {"raise", "omit"}, default: "raise"
        Whether a missing answer is an error, or left out and counted.

    Returns
    -------
    Estimate or Estimates
        In points of the scale, percent or percentage points, as *summary* says.

    Raises
    ------
    InvalidValueError
        If an answer is off the scale, or *summary* or *method* is unknown.
    MissingValueError
        If *scale* is missing for raw answers, or an answer that is not to be omitted.
    EmptySampleError
        If there are no answers at all.

    References
    ----------
    Dixon, M., Freeman, K., & Toman, N. (2010). Stop trying to delight your customers.
    Harvard Business Review, 88(7/8), 116-122.

    Dixon, M., Toman, N., & DeLisi, R. (2013). The effortless experience. Portfolio. It
    turned the question round, to agreement that it was easy. "Net easy" is BT's.

    Examples
    --------
    >>> from cxmkit import EASE_1_7, EFFORT_1_5, ces
    >>> ces([1, 2, 2, 5], scale=EFFORT_1_5).value
    2.5
    >>> ces([7, 6, 4, 2], scale=EASE_1_7, summary="net-easy").value
    25.0
    """
    known = _scale_of(answers, scale)
    _checks.choice("summary", summary, get_args(CesSummary))
    # Counted, not computed: rounding of points must not move the midpoint.
    half = known.size // 2
    low, high = known.points[:half], known.points[-half:]
    easy, hard = (high, low) if known.higher_is_better else (low, high)
    metrics: dict[str, MeanScore | BoxShare | NetScore] = {
        "mean": MeanScore(name="CES"),
        "easy-share": BoxShare(name="CES (easy share)", points=easy),
        "net-easy": NetScore(name="Net Easy", positive=easy, negative=hard),
    }
    metric = metrics[summary]
    fitting = metric.methods[0] if method is None else method
    return estimate(
        metric,
        answers,
        scale=scale,
        by=by,
        weights=weights,
        level=level,
        method=fitting,
        rng=rng,
        missing=missing,
    )


@overload
def net_score(
    answers: Tally,
    *,
    scale: Scale | None = None,
    positive: Sequence[float],
    negative: Sequence[float],
    level: float = 0.95,
    method: NetMethod = "adjusted-wald",
    rng: Rng = None,
) -> Any: ...
@overload
def net_score(
    answers: Answers,
    *,
    scale: Scale,
    positive: Sequence[float],
    negative: Sequence[float],
    by: None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: NetMethod = "adjusted-wald",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimate: ...
@overload
def net_score(
    answers: Answers,
    *,
    scale: Scale,
    positive: Sequence[float],
    negative: Sequence[float],
    by: By,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: NetMethod = "adjusted-wald",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimates: ...
def net_score(
    answers: Answers | Tally,
    *,
    scale: Scale | None = None,
    positive: Sequence[float],
    negative: Sequence[float],
    by: By | None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: NetMethod = "adjusted-wald",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Any:
    """What share is positive, less what share is negative?

    The rule of NPS for any scale and any cut. Range -100..100, 100 best.

    Parameters
    ----------
    answers : array_like or Tally
        Column of answers, or a tally of them, whose axes are then the groups.
    scale : Scale, optional
        The scale of raw answers; required for them, since none can be assumed.
    positive, negative : sequence of float
        Points of the scale that count +100 and -100; all others count 0.
    by : column or mapping of str to column, optional
        Groups, as in `Tally.count`.
    weights : array_like, optional
        One weight per answer.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.
    method : str, default: "adjusted-wald"
        Interval, as in `nps`.
    rng : int or numpy.random.Generator, optional
        Seed or generator; required with "bootstrap", refused with any other method.
    missing : {"raise", "omit"}, default: "raise"
        Whether a missing answer is an error, or left out and counted.

    Returns
    -------
    Estimate or Estimates
        In points; `Estimates` with groups, NaN for a group without answers.

    Raises
    ------
    InvalidValueError
        If an answer or a point is off the scale, or a point is on both sides.
    MissingValueError
        If *scale* is missing for raw answers, or an answer that is not to be omitted.
    EmptySampleError
        If there are no answers at all.

    References
    ----------
    Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American
    Statistician, 70(4), 365-372. arXiv:1601.07235.

    Examples
    --------
    >>> from cxmkit import STARS_1_5, net_score
    >>> net_score([5, 5, 4, 1], scale=STARS_1_5, positive=[5], negative=[1, 2, 3]).value
    25.0
    """
    metric = NetScore(name="Net score", positive=positive, negative=negative)
    return estimate(
        metric,
        answers,
        scale=scale,
        by=by,
        weights=weights,
        level=level,
        method=method,
        rng=rng,
        missing=missing,
    )


@overload
def box_share(
    answers: Tally,
    *,
    scale: Scale | None = None,
    points: Sequence[float],
    level: float = 0.95,
    method: ShareMethod = "wilson",
    rng: Rng = None,
) -> Any: ...
@overload
def box_share(
    answers: Answers,
    *,
    scale: Scale,
    points: Sequence[float],
    by: None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: ShareMethod = "wilson",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimate: ...
@overload
def box_share(
    answers: Answers,
    *,
    scale: Scale,
    points: Sequence[float],
    by: By,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: ShareMethod = "wilson",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimates: ...
def box_share(
    answers: Answers | Tally,
    *,
    scale: Scale | None = None,
    points: Sequence[float],
    by: By | None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: ShareMethod = "wilson",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Any:
    """What share of the answers lies in these points?

    Top box, bottom box or any other set. Range 0..100; best is 100 where the points
    are the good ones, else 0.

    Parameters
    ----------
    answers : array_like or Tally
        Column of answers, or a tally of them, whose axes are then the groups.
    scale : Scale, optional
        The scale of raw answers; required for them, since none can be assumed.
    points : sequence of float
        Points of the scale that count.
    by : column or mapping of str to column, optional
        Groups, as in `Tally.count`.
    weights : array_like, optional
        One weight per answer.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.
    method : {"wilson", "agresti-coull", "wald", "bootstrap"}, default: "wilson"
        Interval: "wilson" keeps its level on average, never leaves 0..100, and falls
        short of it (.84 for .95, for any number of answers) where nearly all or none
        count; "agresti-coull" is a little longer and holds .92 and more from ten
        answers on;
        "bootstrap" draws the answers again 10,000 times and needs *rng*; "wald" is the
        textbook one, which has no width when all agree.
    rng : int or numpy.random.Generator, optional
        Seed or generator; required with "bootstrap", refused with any other method.
    missing : {"raise", "omit"}, default: "raise"
        Whether a missing answer is an error, or left out and counted.

    Returns
    -------
    Estimate or Estimates
        In percent; `Estimates` with groups, NaN for a group without answers.

    Raises
    ------
    InvalidValueError
        If an answer or a point is off the scale.
    MissingValueError
        If *scale* is missing for raw answers, or an answer that is not to be omitted.
    EmptySampleError
        If there are no answers at all.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
    inference. Journal of the American Statistical Association, 22(158), 209-212.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, box_share
    >>> box_share([1, 3, 4, 5], scale=SATISFACTION_1_5, points=[1]).value
    25.0
    """
    metric = BoxShare(name="Share", points=points)
    return estimate(
        metric,
        answers,
        scale=scale,
        by=by,
        weights=weights,
        level=level,
        method=method,
        rng=rng,
        missing=missing,
    )


@overload
def mean_score(
    answers: Tally,
    *,
    scale: Scale | None = None,
    level: float = 0.95,
    method: MeanMethod = "t",
    rng: Rng = None,
) -> Any: ...
@overload
def mean_score(
    answers: Answers,
    *,
    scale: Scale,
    by: None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: MeanMethod = "t",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimate: ...
@overload
def mean_score(
    answers: Answers,
    *,
    scale: Scale,
    by: By,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: MeanMethod = "t",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Estimates: ...
def mean_score(
    answers: Answers | Tally,
    *,
    scale: Scale | None = None,
    by: By | None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
    method: MeanMethod = "t",
    rng: Rng = None,
    missing: Missing = "raise",
) -> Any:
    """What is the mean answer?

    In points of the scale; which end is best is the scale's to say. The mean treats
    the steps between points as equal, which a share does not.

    Parameters
    ----------
    answers : array_like or Tally
        Column of answers, or a tally of them, whose axes are then the groups.
    scale : Scale, optional
        The scale of raw answers; required for them, since none can be assumed.
    by : column or mapping of str to column, optional
        Groups, as in `Tally.count`.
    weights : array_like, optional
        One weight per answer.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.
    method : {"t", "z", "bootstrap"}, default: "t"
        Interval: Student's t with n_effective - 1 degrees of freedom, or the normal
        one. Neither is cut off at the ends of the scale, and both are too short for
        few answers that nearly all agree; t has no ends when all do.
    rng : int or numpy.random.Generator, optional
        Seed or generator; required with "bootstrap", refused with any other method.
    missing : {"raise", "omit"}, default: "raise"
        Whether a missing answer is an error, or left out and counted.

    Returns
    -------
    Estimate or Estimates
        In points of the scale; `Estimates` with groups, NaN for those without answers.
        With a single answer the error and the interval are NaN.

    Raises
    ------
    InvalidValueError
        If an answer is off the scale.
    MissingValueError
        If *scale* is missing for raw answers, or an answer that is not to be omitted.
    EmptySampleError
        If there are no answers at all.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika, 6(1), 1-25.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, mean_score
    >>> mean_score([5, 4, 4, 3], scale=SATISFACTION_1_5)
    Mean 4.00 [2.70, 5.30] 95 %, n = 4, 0 missing
    """
    metric = MeanScore(name="Mean")
    return estimate(
        metric,
        answers,
        scale=scale,
        by=by,
        weights=weights,
        level=level,
        method=method,
        rng=rng,
        missing=missing,
    )


def _scale_of(answers: Answers | Tally, scale: Scale | None) -> Scale:
    """Return the scale at hand; a tally brings its own."""
    return answers.scale if isinstance(answers, Tally) else require_scale(scale)
