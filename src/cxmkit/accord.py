"""Do touchpoints agree on the same customer?"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal, get_args

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _events
from cxmkit._answers import answers_of, codes_of, distinct
from cxmkit._checks import BoolArray, IntArray
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
        "icc-1", "icc-1k": one-way, for any number of answers per customer, several at
        one touchpoint included. "icc-a1", "icc-ak": two-way, absolute agreement.
        "icc-c1", "icc-ck": two-way, consistency: whether a touchpoint is better than
        another for all does not matter. With a "k" it is the reliability of the mean of
        the answers of a customer, else that of one answer. "alpha": Krippendorff's, of
        interval data; customers with a single answer are left out.

    Returns
    -------
    float
        1 for perfect agreement, about 0 for none; it may be negative. NaN where the
        answers cannot tell: fewer than two customers (for "alpha": with two answers),
        nobody with two answers, answers that are all alike, or a mean square of 0 in
        the denominator.

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
    With n customers, :math:`k_i` answers of customer i, N in total, mean squares
    between customers MSR, within customers MSW, between touchpoints MSC and of the rest
    MSE, k touchpoints and :math:`k_0 = (N - \sum k_i^2 / N) / (n - 1)`:

    - "icc-1": (MSR - MSW) / (MSR + (k0 - 1) MSW); "icc-1k": (MSR - MSW) / MSR, what the
      Spearman-Brown formula makes of it for k0 answers;
    - "icc-c1": (MSR - MSE) / (MSR + (k - 1) MSE); "icc-ck": (MSR - MSE) / MSR;
    - "icc-a1": (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n); "icc-ak": (MSR -
      MSE) / (MSR + (MSC - MSE) / n);
    - "alpha": 1 - Do / De, the mean squared difference between two answers of one
      customer, each answer with equal weight, and between any two answers.

    Sums are exact, so the order of rows does not change a digit.

    References
    ----------
    McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass
    correlation coefficients. Psychological Methods, 1(1), 30-46.
    doi:10.1037/1082-989X.1.1.30

    Donner, A. (1986). A review of inference procedures for the intraclass correlation
    coefficient in the one-way random effects model. International Statistical Review,
    54(1), 67-82. (unequal numbers of answers)

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
    """
    _checks.require_instance("log", log, JourneyLog)
    _checks.choice("form", form, get_args(AgreementForm))
    answers_of(log)
    if form == "alpha":
        return _alpha(_customers_by_size(log))
    if form in {"icc-1", "icc-1k"}:
        return _one_way(_customers_by_size(log), form)
    by_touchpoint = experience_by(log, "touchpoint").counts
    asked = by_touchpoint[by_touchpoint.sum(axis=-1) > 0]
    _require_complete(log, len(asked), form)
    # As Python integers sums cannot overflow.
    totals = [int(total) for total in asked @ np.arange(asked.shape[-1])]
    return _two_way(_customers_by_size(log), totals, form)


@attrs.frozen
class _Size:
    """Sums over the customers with the same number of answers."""

    answers: int
    customers: int = 0
    total: int = 0
    squared_totals: int = 0
    squares: int = 0

    @property
    def n(self) -> int:
        """Number of answers of all of them."""
        return self.answers * self.customers

    @property
    def within(self) -> Fraction:
        """Squared deviations from the mean of each customer."""
        return self.squares - Fraction(self.squared_totals, self.answers)


def _told(log: JourneyLog) -> Iterator[tuple[_events.Block, BoolArray, IntArray]]:
    """Yield blocks, which of their events have an answer, and the points of these."""
    score, scale = answers_of(log)
    for block in _events.blocks(log.offsets):
        codes = codes_of(score[block.rows], scale)
        told = codes < scale.size
        yield block, told, codes[told]


def _customers_by_size(log: JourneyLog) -> list[_Size]:
    """Add up customers by their number of answers, exactly.

    With whole numbers per number of answers every sum of squares is a fraction, and "no
    spread" is 0 rather than a rounding error.
    """
    sums: dict[int, npt.NDArray[Any]] = {}
    for block, told, codes in _told(log):
        owners = block.owners[told]
        customers = block.offsets.size - 1
        answers = np.bincount(owners, minlength=customers)
        total = np.bincount(owners, codes, minlength=customers)
        squares = np.bincount(owners, codes * codes, minlength=customers)
        sizes, which = np.unique(answers, return_inverse=True)
        parts = (np.ones(customers), total, total * total, squares)
        added = np.stack([np.bincount(which, part) for part in parts], axis=1)
        for size, row in zip(sizes.tolist(), added, strict=True):
            # Sums of a block are whole and exact in floats; those of all may not be.
            exact = np.array([int(each) for each in row], object)
            sums[size] = sums.get(size, 0) + exact
    return [_Size(size, *row) for size, row in sums.items() if size]


def _one_way(sizes: list[_Size], form: str) -> float:
    n, customers, total, _ = _all(sizes)
    if customers < 2 or n == customers:
        return np.nan
    between = sum(Fraction(s.squared_totals, s.answers) for s in sizes)
    between = (between - Fraction(total**2, n)) / (customers - 1)
    within = sum(size.within for size in sizes) / Fraction(n - customers)
    squared_sizes = sum(size.customers * size.answers**2 for size in sizes)
    typical = (n - Fraction(squared_sizes, n)) / (customers - 1)
    more = (typical - 1) * within if form == "icc-1" else 0
    return _ratio(between - within, between + more)


def _all(sizes: list[_Size]) -> tuple[int, int, int, int]:
    """Return numbers of answers and customers, and the sums of answers and squares."""
    return (
        sum(size.n for size in sizes),
        sum(size.customers for size in sizes),
        sum(size.total for size in sizes),
        sum(size.squares for size in sizes),
    )


def _alpha(sizes: list[_Size]) -> float:
    sizes = [size for size in sizes if size.answers > 1]
    n, customers, total, squares = _all(sizes)
    if customers < 2:
        return np.nan
    observed = sum(
        size.within * Fraction(size.answers, size.answers - 1) for size in sizes
    )
    expected = (squares - Fraction(total**2, n)) * Fraction(n, n - 1)
    return _ratio(expected - observed, expected)


def _two_way(sizes: list[_Size], totals: list[int], form: str) -> float:
    """Return a form for a complete table, given the total of each touchpoint."""
    n, customers, total, squares = _all(sizes)
    k = len(totals)
    if customers < 2 or k < 2:
        return np.nan
    mean = Fraction(total**2, n)
    rows = Fraction(sizes[0].squared_totals, k) - mean
    columns = Fraction(sum(each**2 for each in totals), customers) - mean
    rest = (squares - mean - rows - columns) / ((customers - 1) * (k - 1))
    rows, columns = rows / (customers - 1), columns / (k - 1)
    noise = {
        "icc-c1": (k - 1) * rest,
        "icc-ck": Fraction(0),
        "icc-a1": (k - 1) * rest + k * (columns - rest) / customers,
        "icc-ak": (columns - rest) / customers,
    }
    return _ratio(rows - rest, rows + noise[form])


def _ratio(part: Fraction, whole: Fraction) -> float:
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
