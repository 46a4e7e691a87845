"""How many stay, how many come back, and how much of the growth do they earn us?"""

from typing import Any, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _states
from cxmkit._checks import FloatArray

__all__ = [
    "EarnedGrowth",
    "churn_rate",
    "earned_growth",
    "gross_revenue_retention",
    "net_revenue_retention",
    "repeat_rate",
    "retention_rate",
]

# Relative to the revenue at the start: what is less is rounding. 0.3 - 0.1 - 0.2 leaves
# 3e-17 below zero, though nothing is owed.
_ROUNDING = 1e-12
_FINITE = "leave a finite share"


@overload
def retention_rate(*, start: int, end: int, new: int) -> float: ...


@overload
def retention_rate(
    *, start: npt.ArrayLike, end: npt.ArrayLike, new: npt.ArrayLike
) -> Any: ...


def retention_rate(
    *, start: npt.ArrayLike, end: npt.ArrayLike, new: npt.ArrayLike
) -> Any:
    """Which share of the customers at the start is still there at the end?

    (end - new) / start

    Parameters
    ----------
    start : array_like of int
        Customers at the start of the period.
    end : array_like of int
        Customers at its end, new ones included.
    new : array_like of int
        Customers who joined during the period *and are still there at its end*. Who
        came and left within the period is in none of the three.

    Returns
    -------
    float or ndarray
        A fraction from 0 to 1, 1 best, per the period that was counted, in the
        broadcast shape; a float if all are scalars. NaN in an array where nobody was
        there at the start.

    Raises
    ------
    InvalidTypeError
        If a count is not a number.
    InvalidValueError
        If a count is negative or not whole, there are more new customers than customers
        at the end, more have stayed than were there, or shapes do not broadcast.
    MissingValueError
        If a count is missing.
    EmptySampleError
        If nobody was there at the start, for a scalar *start*.

    Notes
    -----
    The rates of two periods are only comparable if the periods are equally long:
    ``retention**periods`` takes a rate to another one.

    The customers of a period are all counted, so there is no sampling error in what
    happened. To tell a change from luck use Wilson's interval, which `box_share` gives
    for the counts of lost and kept customers, and `compare` for two periods:

    >>> from cxmkit import Scale, Tally, box_share
    >>> kept = Scale(0, 1, higher_is_better=True)
    >>> box_share(Tally.from_counts([150, 850], scale=kept), points=[1])
    Share 85.0 [82.7, 87.1] 95 %, n = 1,000, 0 missing

    Examples
    --------
    1,000 customers at the start and 970 at the end, 120 of whom are new:

    >>> from cxmkit.value import retention_rate
    >>> retention_rate(start=1000, end=970, new=120)
    0.85

    Three months at once:

    >>> retention_rate(start=[1000, 970, 980], end=[970, 980, 990], new=[120, 90, 100])
    array([0.85 , 0.9175, 0.9082])
    """
    kept, whole = _kept(start, end, new)
    return _checks.scalar_or_array(_states.ratios(kept, whole))


@overload
def churn_rate(*, start: int, end: int, new: int) -> float: ...


@overload
def churn_rate(
    *, start: npt.ArrayLike, end: npt.ArrayLike, new: npt.ArrayLike
) -> Any: ...


def churn_rate(*, start: npt.ArrayLike, end: npt.ArrayLike, new: npt.ArrayLike) -> Any:
    """Which share of the customers at the start is gone at the end?

    (start - (end - new)) / start, which is 1 less `retention_rate`.

    Parameters
    ----------
    start : array_like of int
        Customers at the start of the period.
    end : array_like of int
        Customers at its end, new ones included.
    new : array_like of int
        Customers who joined during the period and are still there at its end.

    Returns
    -------
    float or ndarray
        A fraction from 0 to 1, 0 best, as `retention_rate` gives it.

    Raises
    ------
    InvalidTypeError
        If a count is not a number.
    InvalidValueError
        If the counts cannot be, as in `retention_rate`.
    MissingValueError
        If a count is missing.
    EmptySampleError
        If nobody was there at the start, for a scalar *start*.

    Notes
    -----
    A customer base that grows can hide its churn: who divides the customers lost by the
    average number of customers, or by that at the end, gets less.

    Examples
    --------
    >>> from cxmkit.value import churn_rate
    >>> churn_rate(start=1000, end=970, new=120)
    0.15
    """
    kept, whole = _kept(start, end, new)
    return _checks.scalar_or_array(_states.ratios(whole - kept, whole))


def repeat_rate(
    purchases: npt.ArrayLike, *, weights: npt.ArrayLike | None = None
) -> float:
    """Which share of buyers has bought more than once?

    Parameters
    ----------
    purchases : array_like of int
        Purchases of each buyer, the first one included, so at least 1.
    weights : array_like, optional
        How many buyers each entry stands for; not negative. By default one each.

    Returns
    -------
    float
        A fraction from 0 to 1, 1 best.

    Raises
    ------
    InvalidTypeError
        If an entry is not a number.
    InvalidValueError
        If somebody has bought less than once, an entry is no count, a weight is
        negative, or *weights* are not as many as *purchases*.
    MissingValueError
        If an entry is missing.
    EmptySampleError
        If there is nobody, or all weights are 0.

    Notes
    -----
    The rate grows with the time that buyers had: compare buyers who were all watched
    equally long, such as 90 days from the first purchase of each. Of those who came
    last week few can have come back yet.

    Who has not bought at all is no buyer, and is refused instead of left out: with all
    customers below the line this would be another, lower rate. The ``frequency`` of a
    `CustomerHistory` counts from 0, so add 1.

    Examples
    --------
    >>> from cxmkit.value import repeat_rate
    >>> repeat_rate([1, 3, 1, 2])
    0.5

    The same from a table: 600 bought once, 300 twice, 100 three times.

    >>> repeat_rate([1, 2, 3], weights=[600, 300, 100])
    0.4
    """
    counts = _checks.counts(purchases, "purchases")
    if counts.ndim != 1:
        rule = "be a column (one dimension)"
        raise _checks.refuse("purchases", rule, purchases)
    hint = "leave out who has not bought, and count the first purchase of the others"
    _checks.require("purchases", counts, counts >= 1, "be at least 1", hint)
    number = _checks.weights_of(weights, "purchases", counts)
    if not number.any():
        raise _checks.refuse_empty("purchases", "must be those of somebody; got none")
    number = number / number.max()  # sums stay finite
    return float(number[counts > 1].sum() / number.sum())


@overload
def net_revenue_retention(
    *, start: float, expansion: float, contraction: float, churn: float
) -> float: ...


@overload
def net_revenue_retention(
    *,
    start: npt.ArrayLike,
    expansion: npt.ArrayLike,
    contraction: npt.ArrayLike,
    churn: npt.ArrayLike,
) -> Any: ...


def net_revenue_retention(
    *,
    start: npt.ArrayLike,
    expansion: npt.ArrayLike,
    contraction: npt.ArrayLike,
    churn: npt.ArrayLike,
) -> Any:
    """How much do last period's customers bring now, of what they brought then?

    (start + expansion - contraction - churn) / start

    Parameters
    ----------
    start : array_like
        Revenue of the customers there at the start, in money; not negative.
    expansion : array_like
        What some of *the same* customers bring more; not negative. Revenue of new
        customers is in none of the four.
    contraction : array_like
        What some of them who have stayed bring less, as a positive amount.
    churn : array_like
        What those brought who have left, as a positive amount.

    Returns
    -------
    float or ndarray
        A fraction from 0 up, more is better; above 1 the customers grow faster than
        they leave. In the broadcast shape; a float if all are scalars. NaN in an array
        where there was no revenue at the start.

    Raises
    ------
    InvalidTypeError
        If an amount is not a number.
    InvalidValueError
        If an amount is negative, more is lost than there was, or shapes do not
        broadcast.
    MissingValueError
        If an amount is missing.
    EmptySampleError
        If there was no revenue at the start, for a scalar *start*.

    Notes
    -----
    A few customers who spend much more can hide many who have left: report
    `gross_revenue_retention` and `retention_rate` beside it.

    Examples
    --------
    >>> from cxmkit.value import net_revenue_retention
    >>> net_revenue_retention(start=100, expansion=20, contraction=5, churn=10)
    1.05
    """
    more = _checks.not_negative(expansion, "expansion")
    kept, whole = _kept_revenue(start, contraction, churn, expansion=more)
    with np.errstate(over="ignore", divide="ignore"):  # refused below
        share = _states.ratios(kept + more, whole)
    _checks.require_cells("expansion", more, ~np.isinf(share), _FINITE)
    return _checks.scalar_or_array(share)


@overload
def gross_revenue_retention(
    *, start: float, contraction: float, churn: float
) -> float: ...


@overload
def gross_revenue_retention(
    *, start: npt.ArrayLike, contraction: npt.ArrayLike, churn: npt.ArrayLike
) -> Any: ...


def gross_revenue_retention(
    *, start: npt.ArrayLike, contraction: npt.ArrayLike, churn: npt.ArrayLike
) -> Any:
    """How much of last period's revenue is kept, whatever others bring more?

    (start - contraction - churn) / start: `net_revenue_retention` without expansion.

    Parameters
    ----------
    start : array_like
        Revenue of the customers there at the start, in money; not negative.
    contraction : array_like
        What some of them who have stayed bring less, as a positive amount.
    churn : array_like
        What those brought who have left, as a positive amount.

    Returns
    -------
    float or ndarray
        A fraction from 0 to 1, 1 best, in the broadcast shape; a float if all are
        scalars. NaN in an array where there was no revenue at the start.

    Raises
    ------
    InvalidTypeError
        If an amount is not a number.
    InvalidValueError
        If an amount is negative, more is lost than there was, or shapes do not
        broadcast.
    MissingValueError
        If an amount is missing.
    EmptySampleError
        If there was no revenue at the start, for a scalar *start*.

    Examples
    --------
    >>> from cxmkit.value import gross_revenue_retention
    >>> gross_revenue_retention(start=100, contraction=5, churn=10)
    0.85
    """
    kept, whole = _kept_revenue(start, contraction, churn)
    return _checks.scalar_or_array(_states.ratios(kept, whole))


def _money(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    _checks.finite(_, field, value)
    if value < 0:
        raise _checks.refuse(field.name, "not be negative", value)


@attrs.frozen(kw_only=True, repr=False, str=False, getstate_setstate=False)
class EarnedGrowth:
    """How much growth have loyal customers and their recommendations earned us?

    `earned_growth` makes them. All amounts are revenue, in one unit of money; shares of
    the revenue of the last period do as well, with a *start* of 1.

    Parameters
    ----------
    start : float
        Revenue of the last period; above 0.
    retained : float
        Revenue of this period from customers of the last one.
    earned : float
        Revenue of this period from new customers who came by recommendation.
    bought : float
        Revenue of this period from all other new customers.

    Raises
    ------
    InvalidTypeError
        If an amount is not a number.
    InvalidValueError
        If an amount is negative or not finite, *start* is 0, or the growth is too large
        for a float.

    Notes
    -----
    Invariants: amounts are finite and not negative, *start* is above 0.

    Examples
    --------
    >>> from cxmkit.value import EarnedGrowth
    >>> EarnedGrowth(start=100, retained=85, earned=25, bought=20)
    Earned growth +10.0 % of +30.0 % in all
    """

    start: float = attrs.field(converter=_checks.as_float, validator=_money)
    retained: float = attrs.field(converter=_checks.as_float, validator=_money)
    earned: float = attrs.field(converter=_checks.as_float, validator=_money)
    bought: float = attrs.field(converter=_checks.as_float, validator=_money)

    def __attrs_post_init__(self) -> None:
        """Check that there is something to grow from."""
        if not self.start > 0:
            rule, hint = "be above 0", "nothing can be said to grow from nothing"
            raise _checks.refuse("start", rule, self.start, hint=hint)
        if not np.isfinite(100 * self.growth):  # shown in percent
            rule = "be large enough to compare the other amounts with"
            raise _checks.refuse("start", rule, self.start)

    @property
    def end(self) -> float:
        """Revenue of this period: retained, earned and bought."""
        return self.retained + self.earned + self.bought

    @property
    def growth(self) -> float:
        """Growth of revenue in all, as a fraction: end / start - 1."""
        return (self.end - self.start) / self.start

    @property
    def net_revenue_retention(self) -> float:
        """What last period's customers bring now, of what they brought then."""
        return self.retained / self.start

    @property
    def factor(self) -> float:
        """Earned growth factor: retained and earned revenue, of that at the start."""
        return (self.retained + self.earned) / self.start

    @property
    def rate(self) -> float:
        """Earned growth rate: the factor less 1, so growth without what was bought."""
        return (self.retained + self.earned - self.start) / self.start

    @property
    def ratio(self) -> float | None:
        """Share of the growth that was earned, at most 1; None where nothing grew.

        Below 0 all growth and more was bought.
        """
        return self.rate / self.growth if self.growth > _ROUNDING else None

    # Saying

    def __repr__(self) -> str:
        """Say earned and total growth in one line."""
        return f"Earned growth {_signed(self.rate)} of {_signed(self.growth)} in all"

    def summary(self) -> str:
        """Return some sentences for a manager: what was earned, and what was bought.

        Examples
        --------
        >>> from cxmkit.value import earned_growth
        >>> print(earned_growth(start=100, retained=85, earned=25, bought=20).summary())
        Revenue has changed by +30.0 %. Customers of the last period bring 85.0 % of
        what they brought then, new ones who came by recommendation 25.0 %: earned
        growth of +10.0 %, which is 33.3 % of all growth. The rest was bought: 20.0 % of
        last revenue.
        >>> print(earned_growth(start=100, retained=70, earned=5, bought=10).summary())
        Revenue has changed by -15.0 %. Customers of the last period bring 70.0 % of
        what they brought then, new ones who came by recommendation 5.0 %: earned growth
        of -25.0 %. No share of the growth can be called earned, as revenue did not
        grow. Another 10.0 % was bought.
        """
        said = (
            f"Revenue has changed by {_signed(self.growth)}. Customers of the last"
            f" period bring {_percent(self.net_revenue_retention)} of what they brought"
            " then, new ones who came by recommendation"
            f" {_percent(self.earned / self.start)}: earned growth of"
            f" {_signed(self.rate)}"
        )
        bought = _percent(self.bought / self.start)
        if self.ratio is None:
            return (
                f"{said}. No share of the growth can be called earned, as revenue did"
                f" not grow. Another {bought} was bought."
            )
        if self.rate < 0:
            return f"{said}. All growth and more, {bought}, was bought."
        share = _percent(self.ratio)
        return (
            f"{said}, which is {share} of all growth. The rest was bought: {bought} of"
            " last revenue."
        )

    def __str__(self) -> str:
        """Return a table with a row per source of revenue, for ``print``."""
        return f"{self!r}\n{_draw.text_table(self._table())}"

    def _table(self) -> dict[str, list[str]]:
        rows = {
            "last period": self.start,
            "retained": self.retained,
            "earned": self.earned,
            "bought": self.bought,
            "this period": self.end,
        }
        return {
            "revenue": [*rows],
            "amount": [f"{amount:,.10g}" for amount in rows.values()],
            "of last": [_percent(amount / self.start) for amount in rows.values()],
        }

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    def to_dict(self) -> dict[str, float | None]:
        """Return amounts and rates; the ratio is None where nothing grew."""
        return {name: getattr(self, name) for name in _FIGURES}

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_FIGURES = (
    *("start", "retained", "earned", "bought", "end", "growth"),
    *("net_revenue_retention", "factor", "rate", "ratio"),
)


def earned_growth(
    *, start: float, retained: float, earned: float, bought: float
) -> EarnedGrowth:
    """How much of the growth have customers earned us, and how much was bought?

    ====================  =====================================================
    earned growth factor  (retained + earned) / start
    earned growth rate    the factor less 1: net revenue retention plus the
                          share of earned new customers, less 1
    earned growth ratio   the rate / growth in all, where that is above 0
    ====================  =====================================================

    Parameters
    ----------
    start : float
        Revenue of the last period, in money; above 0. With 1 the others are shares of
        it.
    retained : float
        Revenue of this period from customers of the last one: *start* times
        `net_revenue_retention`.
    earned : float
        Revenue of this period from new customers who came by recommendation.
    bought : float
        Revenue of this period from all other new customers: won by advertising, sales
        people, discounts.

    Returns
    -------
    EarnedGrowth
        With ``factor``, ``rate`` and ``ratio`` as fractions; the ratio is None unless
        revenue has grown.

    Raises
    ------
    InvalidTypeError
        If an amount is not a number.
    InvalidValueError
        If an amount is negative or not finite, *start* is 0, or the growth is too large
        for a float.

    Notes
    -----
    Retained and bought revenue can be audited; what was earned rests on asking new
    customers why they came. Report how many did not say, and count them as bought.

    References
    ----------
    Reichheld, F., Darnell, D., & Burns, M. (2021). Winning on purpose: The unbeatable
    strategy of loving customers. Harvard Business Review Press. Appendix B.

    Examples
    --------
    The worked example of the book: revenue grows from 100 to 130.

    >>> from cxmkit.value import earned_growth
    >>> growth = earned_growth(start=100, retained=85, earned=25, bought=20)
    >>> growth.factor, growth.rate, growth.ratio
    (1.1, 0.1, 0.33)
    >>> print(growth)
    Earned growth +10.0 % of +30.0 % in all
    revenue      amount  of last
    last period     100  100.0 %
    retained         85   85.0 %
    earned           25   25.0 %
    bought           20   20.0 %
    this period     130  130.0 %
    """
    return EarnedGrowth(start=start, retained=retained, earned=earned, bought=bought)


def _kept(
    start: npt.ArrayLike, end: npt.ArrayLike, new: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return how many were kept, and of how many."""
    before = _checks.counts(start, "start").astype(np.float64)
    after = _checks.counts(end, "end").astype(np.float64)
    joined = _checks.counts(new, "new").astype(np.float64)
    _checks.require_one_shape(start=before, end=after, new=joined)
    if before.ndim == 0 and not before:
        raise _checks.refuse_empty("start", "must be at least one customer; got none")
    kept = after - joined
    hint = "count new customers only if they are still there at the end"
    _checks.require_cells("new", joined, kept >= 0, "not exceed end", hint)
    rule, hint = "not exceed start + new", "nobody can stay who was not there"
    _checks.require_cells("end", after, kept <= before, rule, hint)
    return kept, before


def _kept_revenue(
    start: npt.ArrayLike,
    contraction: npt.ArrayLike,
    churn: npt.ArrayLike,
    **others: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return how much revenue was kept, and of how much."""
    whole = _checks.not_negative(start, "start")
    less = _checks.not_negative(contraction, "contraction")
    gone = _checks.not_negative(churn, "churn")
    shapes = {"start": whole, **others, "contraction": less, "churn": gone}
    _checks.require_one_shape(**shapes)
    if whole.ndim == 0 and not whole:
        raise _checks.refuse_empty("start", "must be above 0; got no revenue")
    with np.errstate(over="ignore"):  # refused below
        kept = whole - less - gone
    rule = "not exceed start less contraction"
    hint = "amounts lost are those of customers at the start, as positive numbers"
    _checks.require_cells("churn", gone, kept >= -_ROUNDING * whole, rule, hint)
    return np.maximum(kept, 0.0), whole


def _percent(share: float) -> str:
    return f"{100 * share:,.1f} %"


def _signed(share: float) -> str:
    return f"{100 * share:+z,.1f} %"
