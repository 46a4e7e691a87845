"""Do touchpoints agree on the same customer?"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from cxmkit import _checks, _events
from cxmkit._answers import answers_of, codes_of, distinct
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.feelings import experience_by
from cxmkit.journeylog import JourneyLog

__all__ = ["agreement"]

AgreementForm = Literal[
    "icc-1", "icc-a1", "icc-c1", "icc-1k", "icc-ak", "icc-ck", "alpha"
]


def agreement(log: JourneyLog, *, form: AgreementForm = "icc-1") -> float:
    r"""Do touchpoints agree on the same customer?

    High agreement: some customers are well off at every touchpoint and others badly
    everywhere. Low agreement: how it was depends on where it was.

    Parameters
    ----------
    log : JourneyLog
        With answers. Customers are what is rated, touchpoints the raters.
    form : str, default: "icc-1"
        "icc-1", "icc-1k": one-way, for customers at any number of touchpoints.
        "icc-a1", "icc-ak": two-way, absolute agreement. "icc-c1", "icc-ck": two-way,
        consistency: whether a touchpoint is better than another for all does not
        matter. With a "k" it is the reliability of the mean over the touchpoints of a
        customer, else that of one touchpoint. "alpha": Krippendorff's, of interval
        data; customers with answers at a single touchpoint are left out.

    Returns
    -------
    float
        1 for perfect agreement, about 0 for none; it may be negative. NaN where the
        answers cannot tell: fewer than two touchpoints with answers, fewer than two
        customers (for "alpha": with two touchpoints), nobody with two touchpoints, no
        spread, or a mean square of 0 in the denominator.

    Raises
    ------
    InvalidTypeError
        If *log* is no log.
    InvalidValueError
        If the log has no answers, *form* is unknown, or a two-way form does not find
        exactly one answer of every customer who answered at every touchpoint that has
        answers.

    Notes
    -----
    The one-way forms and "alpha" rate each touchpoint of a customer once, by the mean
    of the answers there: what somebody repeats at one touchpoint is no agreement
    between touchpoints. The two-way forms take one answer each and refuse others.

    With n customers, :math:`k_i` rated touchpoints of customer i, N in total, mean
    squares between customers MSR, within customers MSW, between touchpoints MSC and of
    the rest MSE, k touchpoints and :math:`k_0 = (N - \sum k_i^2 / N) / (n - 1)`:

    - "icc-1": (MSR - MSW) / (MSR + (k0 - 1) MSW); "icc-1k": (MSR - MSW) / MSR, what the
      Spearman-Brown formula makes of it for k0 touchpoints;
    - "icc-c1": (MSR - MSE) / (MSR + (k - 1) MSE); "icc-ck": (MSR - MSE) / MSR;
    - "icc-a1": (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n); "icc-ak": (MSR -
      MSE) / (MSR + (MSC - MSE) / n);
    - "alpha": 1 - Do / De, the mean squared difference between two touchpoints of one
      customer, each touchpoint with equal weight, and between any two.

    The order of rows does not matter but for rounding in the last digits; the sums of
    the two-way forms are exact.

    References
    ----------
    McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass
    correlation coefficients. Psychological Methods, 1(1), 30-46.
    doi:10.1037/1082-989X.1.1.30

    Donner, A. (1986). A review of inference procedures for the intraclass correlation
    coefficient in the one-way random effects model. International Statistical Review,
    54(1), 67-82. (unequal numbers)

    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of
    Pennsylvania, Annenberg School for Communication.

    Examples
    --------
    Two customers, two touchpoints: what is good for one is good for the other.

    >>> from cxmkit import JourneyLog, STARS_1_5
    >>> from cxmkit.paths import agreement
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8, 8],
    ...     time=[0, 60, 0, 60],
    ...     touchpoint=["shop", "hotline", "shop", "hotline"],
    ...     score=[5, 4, 2, 1],
    ...     scale=STARS_1_5,
    ... )
    >>> agreement(log)
    0.89
    >>> agreement(log, form="icc-c1")
    1.0

    Who is asked twice at the same touchpoint says nothing about another one.

    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8, 8],
    ...     time=[0, 60, 0, 60],
    ...     touchpoint=["shop", "shop", "shop", "shop"],
    ...     score=[5, 5, 1, 1],
    ...     scale=STARS_1_5,
    ... )
    >>> agreement(log)
    nan
    """
    _checks.require_instance("log", log, JourneyLog)
    _checks.choice("form", form, get_args(AgreementForm))
    answers_of(log)
    if form in {"icc-1", "icc-1k", "alpha"}:
        return _one_way(_rated(log), form)
    counts = experience_by(log, "touchpoint").counts
    asked = counts[counts.sum(axis=-1) > 0]
    _require_complete(log, len(asked), form)
    return _two_way(asked, _squared_totals(log), form)


def _told(log: JourneyLog) -> Iterator[tuple[_events.Block, BoolArray, IntArray]]:
    """Yield blocks, which of their events have an answer, and the points of these."""
    score, scale = answers_of(log)
    for block in _events.blocks(log.offsets):
        codes = codes_of(score[block.rows], scale)
        told = codes < scale.size
        yield block, told, codes[told]


# One-way: the mean of the answers of a customer at a touchpoint is one rating


def _rated(log: JourneyLog) -> FloatArray:
    """Return number, mean and sum of squared deviations of the ratings by customer."""
    rated = np.zeros((3, log.n_customers))
    size = len(log.touchpoints)
    for block, told, codes in _told(log):
        pairs = block.owners[told] * size + log.touchpoint[block.rows][told]
        pairs, which = np.unique(pairs, return_inverse=True)
        # Whole sums are exact, so that ratings that are alike are so to the last bit.
        ratings = np.bincount(which, codes) / np.bincount(which)
        owners, customers = pairs // size, block.offsets.size - 1
        number = np.bincount(owners, minlength=customers)
        total = np.bincount(owners, ratings, minlength=customers)
        mean = total / np.maximum(number, 1)
        squares = (ratings - mean[owners]) ** 2
        spread = np.bincount(owners, squares, minlength=customers)
        rated[:, block.customers] = number, mean, spread
    return rated


def _one_way(rated: FloatArray, form: str) -> float:
    """Return the one-way forms and "alpha", given the ratings by customer."""
    sizes, means, spreads = rated[:, rated[0] > (1 if form == "alpha" else 0)]
    n, customers = sizes.sum(), sizes.size
    if customers < 2 or n == customers:
        return np.nan
    means = means - means.min()  # means that are alike are then all 0
    between = _unless_noise(sizes @ (means - sizes @ means / n) ** 2, n)
    within = _unless_noise(spreads.sum(), n)
    if form == "alpha":
        observed = spreads @ (sizes / (sizes - 1))
        expected = (between + within) * n / (n - 1)
        return _ratio(expected - observed, expected)
    typical = (n - sizes @ sizes / n) / (customers - 1)
    between, within = between / (customers - 1), within / (n - customers)
    more = (typical - 1) * within if form == "icc-1" else 0
    return _ratio(between - within, between + more)


def _unless_noise(squares: float, n: float) -> float:
    """Return a sum of n squares, 0 if rounding alone may have left it.

    What is rounded is 1e-13 points of the scale at most; ratings that differ do so by
    at least 1 / (answers of one * answers of the other).
    """
    return squares if squares > n * 1e-24 else 0.0


# Two-way: one answer of each customer at each touchpoint


def _squared_totals(log: JourneyLog) -> int:
    """Return the sum of the squared totals of customers, exactly."""
    squared = 0
    for block, told, codes in _told(log):
        totals = np.bincount(block.owners[told], codes).astype(np.int64)
        squared += int(totals @ totals)
    return squared


def _two_way(asked: IntArray, squared_totals: int, form: str) -> float:
    """Return a form for a complete table, given the counts of each touchpoint."""
    k, n = len(asked), int(asked.sum())
    if k < 2 or n < 2 * k:
        return np.nan
    customers, points = n // k, np.arange(asked.shape[-1])
    # As Python integers sums cannot overflow.
    totals = [int(total) for total in asked @ points]
    mean = Fraction(sum(totals) ** 2, n)
    rows = Fraction(squared_totals, k) - mean
    columns = Fraction(sum(each**2 for each in totals), customers) - mean
    rest = int((asked @ points**2).sum()) - mean - rows - columns
    rest /= (customers - 1) * (k - 1)
    rows, columns = rows / (customers - 1), columns / (k - 1)
    noise = {
        "icc-c1": (k - 1) * rest,
        "icc-ck": Fraction(0),
        "icc-a1": (k - 1) * rest + k * (columns - rest) / customers,
        "icc-ak": (columns - rest) / customers,
    }
    return _ratio(rows - rest, rows + noise[form])


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else np.nan


def _require_complete(log: JourneyLog, touchpoints: int, form: str) -> None:
    """Refuse a customer with answers, but not one at each touchpoint."""
    size = len(log.touchpoints)
    for block, told, _ in _told(log):
        owners, customers = block.owners[told], block.offsets.size - 1
        answers = np.bincount(owners, minlength=customers)
        pairs = distinct(owners * size + log.touchpoint[block.rows][told])
        places = np.bincount(pairs // size, minlength=customers)
        good = (answers == 0) | ((answers == touchpoints) & (places == touchpoints))
        if not good.all():
            index = block.customers.start + int(np.argmin(good))
            rule = f"have one answer at each touchpoint ({touchpoints}) for {form!r}"
            hint = 'leave these customers out by log.take(...), or pass form="icc-1"'
            who = log.customers[index]
            raise _checks.refuse("log.customers", rule, who, index=index, hint=hint)
