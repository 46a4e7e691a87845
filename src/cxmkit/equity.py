"""What is a customer worth to us, and all of them?"""

from typing import Any, Literal, get_args, overload

import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._checks import BoolArray, FloatArray
from cxmkit.errors import InvalidValueError

__all__ = [
    "clv",
    "convert_rate",
    "customer_equity",
    "expected_lifetime",
    "retention_uplift",
    "return_on_customer",
]

Timing = Literal["immediate", "residual", "end-of-period"]
Mode = Literal["points", "relative", "churn-relative"]

# Relative to 1 + discount: 1 + 0.08 - 0.9 * 1.2 is nothing at all, but floats leave
# 1e-17 of it, and a value of 1e17 would pass for a finite one. So would a retention of
# 0.8 * 1.25 pass for more than all customers.
_NOTHING_LOST = 1e-12
_FINITE = "leave a finite value"


@overload
def clv(
    margin: float,
    *,
    retention: float,
    discount: float,
    timing: Timing,
    growth: float = 0.0,
) -> float: ...


@overload
def clv(
    margin: npt.ArrayLike,
    *,
    retention: npt.ArrayLike,
    discount: npt.ArrayLike,
    timing: Timing,
    growth: npt.ArrayLike = 0.0,
) -> Any: ...


def clv(
    margin: npt.ArrayLike,
    *,
    retention: npt.ArrayLike,
    discount: npt.ArrayLike,
    timing: Timing,
    growth: npt.ArrayLike = 0.0,
) -> Any:
    """How much is a customer worth who stays with constant probability per period?

    With margin m, retention r, discount d, growth g and D = 1 + d - r (1 + g):

    ===============  =======================  ==========================================
    timing           customer lifetime value  question
    ===============  =======================  ==========================================
    "immediate"      m (1 + d) / D            what may be spent to win one more?
    "residual"       m r (1 + g) / D          what is one worth who has just paid?
    "end-of-period"  m / D                    what is one worth who pays in arrears?
    ===============  =======================  ==========================================

    Parameters
    ----------
    margin : array_like
        Margin of the first period, in money. May be negative.
    retention : array_like
        Probability of staying for one more period, 0 to 1.
    discount : array_like
        Discount rate per the same period, as a fraction, 0 to 1.
    timing : {"immediate", "residual", "end-of-period"}
        When the first margin arrives: now, after one retained period, or at the end of
        this one. There is no default: the three differ by a factor.
    growth : array_like, default: 0.0
        Growth of the margin per period, as a fraction, above -1 and at most 1.

    Returns
    -------
    float or ndarray
        Money of *margin*, in the broadcast shape; a float if all are scalars. Unbounded
        on both sides; the more, the better.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If a rate is out of range, *timing* is none of the three, shapes do not
        broadcast, or the value would be infinite: retention * (1 + growth) reaches
        1 + discount.
    MissingValueError
        If a value is missing.

    Notes
    -----
    "immediate" is (1 + d) times "end-of-period", and "residual" plus the margin that
    has just come in. Constant retention undervalues a mixed customer base, in which
    the disloyal leave first.

    References
    ----------
    Fader, P. S., & Hardie, B. G. S. (2012). Reconciling and clarifying CLV formulas.
    http://brucehardie.com/notes/024/

    Gupta, S., & Lehmann, D. R. (2005). Managing customers as investments. Wharton
    School Publishing. Their margin multiple is the "residual" value of a margin of 1,
    without growth.

    Examples
    --------
    What may be spent to win a customer who brings 100 a year and stays with 80 %?

    >>> from cxmkit import clv
    >>> clv(100, retention=0.8, discount=0.1, timing="immediate")
    366.67

    And if 85 % or 90 % stayed?

    >>> clv(100, retention=[0.8, 0.85, 0.9], discount=0.1, timing="immediate")
    array([366.67, 440.  , 550.  ])
    """
    _checks.choice("timing", timing, get_args(Timing))
    m = _checks.floats(margin, "margin")
    r = _checks.fractions(retention, "retention")
    d = _checks.discounts(discount)
    g = _checks.growths(growth)
    _checks.require_one_shape(margin=m, retention=r, discount=d, growth=g)
    lost = (1.0 - r) + d - r * g  # in this order exact for r near 1 and a small d
    _checks.require_cells(
        "retention",
        r,
        lost > _NOTHING_LOST * (1.0 + d),
        "be below (1 + discount) / (1 + growth)",
        hint="the value would be infinite, as discounted margins would never shrink",
    )
    multiple = {
        "immediate": (1.0 + d) / lost,
        "residual": r * (1.0 + g) / lost,
        "end-of-period": 1.0 / lost,
    }[timing]
    with np.errstate(over="ignore"):  # refused below
        worth = m * multiple
    _checks.require_cells("margin", m, np.isfinite(worth), _FINITE)
    return _checks.scalar_or_array(worth)


@overload
def retention_uplift(
    margin: float,
    *,
    retention: float,
    change: float,
    discount: float,
    mode: Mode,
    timing: Timing,
) -> float: ...


@overload
def retention_uplift(
    margin: npt.ArrayLike,
    *,
    retention: npt.ArrayLike,
    change: npt.ArrayLike,
    discount: npt.ArrayLike,
    mode: Mode,
    timing: Timing,
) -> Any: ...


def retention_uplift(
    margin: npt.ArrayLike,
    *,
    retention: npt.ArrayLike,
    change: npt.ArrayLike,
    discount: npt.ArrayLike,
    mode: Mode,
    timing: Timing,
) -> Any:
    """How much more is a customer worth if more of them stay, for good?

    "Five percent more retention" means three different things. With retention r and
    change x, the new retention is:

    ================  =============  ================================================
    mode              new retention  0.05 at a retention of 80 %
    ================  =============  ================================================
    "points"          r + x          85 %: five percentage points more
    "relative"        r (1 + x)      84 %: five percent more of those who stay
    "churn-relative"  r + x (1 - r)  81 %: five percent fewer of those who leave
    ================  =============  ================================================

    Parameters
    ----------
    margin : array_like
        Margin of a period, in money. May be negative.
    retention : array_like
        Probability of staying for one more period, 0 to 1, as it is now.
    change : array_like
        Change of retention as a fraction, in the sense of *mode*: above 0 more
        customers stay, in each mode.
    discount : array_like
        Discount rate per the same period, as a fraction, 0 to 1.
    mode : {"points", "relative", "churn-relative"}
        Of what *change* is a fraction. There is no default: see the table.
    timing : {"immediate", "residual", "end-of-period"}
        When the first margin arrives, as in `clv`.

    Returns
    -------
    float or ndarray
        Lifetime value after the change less that before, in money of *margin* and per
        customer, in the broadcast shape; a float if all are scalars. Over `clv` it is
        the growth of lifetime value as a fraction.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If a rate is out of range, the new retention would be, *mode* or *timing* is
        none of the three, shapes do not broadcast, or a value would be infinite:
        discount 0 and nobody leaves, before or after.
    MissingValueError
        If a value is missing.

    Notes
    -----
    The new retention holds in all periods to come. Keeping more customers once is worth
    far less: margin x change in points / (1 + discount - retention) in the timings
    "immediate" and "residual". With margin 100, retention 80 %, discount 10 % and one
    point more that is 3.33, against 12.64 for good.

    These two timings have the same uplift, as they differ by a margin that comes in
    either way; "end-of-period" has it one discounted period later. As a share of
    lifetime value it is x / (1 + d - new retention) with "immediate" and
    "end-of-period", x in points, and (1 + d) / r times that with "residual".

    The uplift grows faster than the change: two steps together bring more than the sum
    of each alone. Margin and discount are taken to stay as they are, and what the
    change costs is not taken off.

    Five points more give +25 % "end-of-period" at a retention of 85 % and a discount of
    10 %, and +50 % at most, from 95 to 100 %. The often quoted +95 % takes other
    assumptions, such as no discount and a retention near 90 %.

    References
    ----------
    Reichheld, F. F., & Sasser, W. E. (1990). Zero defections: Quality comes to
    services. Harvard Business Review, 68(5), 105-111.

    Gupta, S., & Lehmann, D. R. (2005). Managing customers as investments. Wharton
    School Publishing.

    Examples
    --------
    A customer who brings 100 a year stays with 85 %. What are five points more worth?

    >>> from cxmkit.value import clv, retention_uplift
    >>> rates = dict(retention=0.85, discount=0.1, timing="end-of-period")
    >>> clv(100, **rates)
    400.0
    >>> retention_uplift(100, change=0.05, mode="points", **rates)
    100.0

    And five percent fewer who leave?

    >>> retention_uplift(100, change=0.05, mode="churn-relative", **rates)
    12.37
    """
    _checks.choice("mode", mode, get_args(Mode))
    _checks.choice("timing", timing, get_args(Timing))
    m = _checks.floats(margin, "margin")
    r = _checks.fractions(retention, "retention")
    x = _checks.floats(change, "change")
    d = _checks.discounts(discount)
    _checks.require_one_shape(margin=m, retention=r, change=x, discount=d)
    with np.errstate(over="ignore"):  # refused below
        points = (
            x * {"points": np.ones(()), "relative": r, "churn-relative": 1 - r}[mode]
        )
        lost = (1.0 - r) + d
        then = (1.0 - r) - points  # churn
        good = (then >= -_NOTHING_LOST) & (then <= 1 + _NOTHING_LOST)
        if not good.all():
            raise _out_of_range(x, r, 1.0 - then, good)
        hint = "the value would be infinite, as nobody would ever leave"
        for argument, values, loss, rule in (
            ("retention", r, lost, "be below 1 where discount is 0"),
            ("change", x, then + d, "leave a retention below 1 where discount is 0"),
        ):
            finite = loss > _NOTHING_LOST * (1.0 + d)
            _checks.require_cells(argument, values, finite, rule, hint)
        # The difference of the two values, without their digits cancelling out.
        gain = points / lost / (then + d)
        uplift = m * (gain if timing == "end-of-period" else gain * (1.0 + d))
    _checks.require_cells("margin", m, np.isfinite(uplift), _FINITE)
    return _checks.scalar_or_array(uplift)


def _out_of_range(
    change: FloatArray, retention: FloatArray, new: FloatArray, good: BoolArray
) -> InvalidValueError:
    """Return the error for a change that makes more than all of some customers stay."""
    value, index = _checks.guilty(change, good)
    before, place = _checks.guilty(retention, good)
    after = np.broadcast_to(new, good.shape)[~good][0]
    hint = f"{_checks.where('retention', place)} of {before:g} would become {after:.6g}"
    if abs(value) >= 1:
        hint += "; write 0.05 for 5 %"
    rule = "leave a retention between 0 and 1"
    return _checks.refuse("change", rule, value, index=index, hint=hint)


@overload
def convert_rate(rate: float, *, periods: float) -> float: ...


@overload
def convert_rate(rate: npt.ArrayLike, *, periods: npt.ArrayLike) -> Any: ...


def convert_rate(rate: npt.ArrayLike, *, periods: npt.ArrayLike) -> Any:
    """What is a rate per year as a rate per month, or the other way round?

    (1 + rate) ^ periods - 1: the rate that comes to the same, compounded. Dividing by
    twelve does not: 1 % a month is 12.68 % a year.

    Parameters
    ----------
    rate : array_like
        Discount or growth per old period, as a fraction above -1. No rate is too high
        to be one (12 % a month is 290 % a year), so mind percentages: 10 is 1,000 %.
    periods : array_like
        How many old periods one new period has; positive. From years to months 1/12,
        from months to years 12, from years to weeks of 7 days 7/365.25.

    Returns
    -------
    float or ndarray
        Rate per new period, as a fraction from -1 up, in the broadcast shape; a float
        if all are scalars.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If *rate* is not above -1, *periods* is not positive, shapes do not broadcast,
        or the result is too large for a float.
    MissingValueError
        If a value is missing.

    Notes
    -----
    Rates are effective. A nominal rate, "12 % a year, charged monthly", is 1 % a month
    by definition: divide that by twelve, and convert from there.

    Retention is no such rate but a share, and needs no function: per new period it is
    ``retention ** periods``, if it is constant. Churn is a growth below 0:
    ``-convert_rate(-churn, periods=periods)``.

    Examples
    --------
    >>> from cxmkit.value import convert_rate
    >>> convert_rate(0.1, periods=1 / 12)  # 10 % a year, per month
    0.00797
    >>> convert_rate(0.01, periods=12)  # 1 % a month, per year
    0.1268

    5 % of customers leave each month. How many do in a year?

    >>> -convert_rate(-0.05, periods=12)
    0.46
    """
    old = _checks.floats(rate, "rate")
    hint = "write 0.1 for 10 %"
    _checks.require("rate", old, old > -1, "be above -1", hint)
    span = _checks.floats(periods, "periods")
    _checks.require("periods", span, span > 0, "be positive")
    _checks.require_one_shape(rate=old, periods=span)
    with np.errstate(over="ignore"):  # refused below
        new = np.expm1(span * np.log1p(old))  # exact for small rates, too
    _checks.require_cells("rate", old, np.isfinite(new), "leave a finite rate")
    return _checks.scalar_or_array(new)


@overload
def expected_lifetime(retention: float) -> float: ...


@overload
def expected_lifetime(retention: npt.ArrayLike) -> Any: ...


def expected_lifetime(retention: npt.ArrayLike) -> Any:
    """How many periods does a customer stay, if each is left with one probability?

    1 / (1 - retention), and the first period counts: who never comes back has a
    lifetime of 1. The periods still to come are one fewer.

    Parameters
    ----------
    retention : array_like
        Probability of staying for one more period, 0 to 1; below 1.

    Returns
    -------
    float or ndarray
        Mean number of periods: 1 and up; a float for a scalar.

    Raises
    ------
    InvalidTypeError
        If *retention* is not a number.
    InvalidValueError
        If it does not lie between 0 and 1, or at 1, where the lifetime would be
        infinite.
    MissingValueError
        If a value is missing.

    Notes
    -----
    It is the mean of very different times: of customers who stay with 90 %, half have
    left after seven periods, and one in eight stays for more than twenty. Where
    customers differ, the disloyal leave first, retention rises with tenure, and who is
    left stays longer than this says: `cxmkit.lifetime.ShiftedBetaGeometric`.

    Examples
    --------
    Of the unhappiest members 43 % were still there after a year, of the happiest 74 %:

    >>> from cxmkit.value import expected_lifetime
    >>> expected_lifetime([0.43, 0.74])
    array([1.75, 3.85])

    Halving churn from 10 % to 5 % doubles the time they stay:

    >>> expected_lifetime([0.9, 0.95])
    array([10., 20.])
    """
    r = _checks.fractions(retention, "retention")
    lost = 1.0 - r
    hint = "the lifetime would be infinite, as nobody would ever leave"
    _checks.require("retention", r, lost > _NOTHING_LOST, "be below 1", hint)
    return _checks.scalar_or_array(1.0 / lost)


def customer_equity(values: npt.ArrayLike, *, customers: npt.ArrayLike = 1) -> float:
    """What are all customers worth together?

    The sum of their lifetime values (`clv`, or `cxmkit.lifetime.residual_clv`).

    Parameters
    ----------
    values : array_like
        Lifetime value of each customer, or the mean of each segment, in money. Values
        below 0 count as what they are: they lower the sum.
    customers : array_like, default: 1
        Number of customers that each value stands for; not negative. Expected numbers
        need not be whole.

    Returns
    -------
    float
        Money. Unbounded on both sides; the more, the better.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If *customers* is negative, shapes do not broadcast, or the sum is too large
        for a float.
    MissingValueError
        If a value is missing.
    EmptySampleError
        If there is not a single customer: a firm without customers has no equity of 0,
        it has none (S4.128).

    Notes
    -----
    Values must have one timing. With "residual" it is what the present customers will
    still bring; with "immediate" what they bring including a margin that may already
    be in the books. Customers still to be won are not in it, nor are costs that belong
    to nobody in particular.

    References
    ----------
    Blattberg, R. C., & Deighton, J. (1996). Manage marketing by the customer equity
    test. Harvard Business Review, 74(4), 136-144.

    Examples
    --------
    Two segments, 1,000 regulars and 5,000 occasional customers:

    >>> from cxmkit.value import clv, customer_equity
    >>> worth = clv([120, 40], retention=[0.85, 0.5], discount=0.1, timing="residual")
    >>> worth
    array([408.  ,  33.33])
    >>> customer_equity(worth, customers=[1000, 5000])
    574666.67
    """
    v = _checks.floats(values, "values")
    n = _checks.not_negative(customers, "customers")
    _checks.require_one_shape(values=v, customers=n)
    if not v.size or not n.any():
        raise _checks.refuse_empty(
            "values" if not v.size else "customers", "must hold at least one customer"
        )
    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        equity = float(np.sum(v * n))
    if not np.isfinite(equity):
        raise _checks.refuse("values", "leave a finite sum", equity)
    return equity


@overload
def return_on_customer(
    profit: float, *, equity_before: float, equity_after: float
) -> float: ...


@overload
def return_on_customer(
    profit: npt.ArrayLike,
    *,
    equity_before: npt.ArrayLike,
    equity_after: npt.ArrayLike,
) -> Any: ...


def return_on_customer(
    profit: npt.ArrayLike,
    *,
    equity_before: npt.ArrayLike,
    equity_after: npt.ArrayLike,
) -> Any:
    """Did customers create value, or was this year's profit taken out of the next ones?

    (profit + change of customer equity) / customer equity before

    Parameters
    ----------
    profit : array_like
        What customers brought in during the period, in money.
    equity_before : array_like
        Customer equity at its start, in money; positive.
    equity_after : array_like
        Customer equity at its end, by the same method and timing.

    Returns
    -------
    float or ndarray
        Return as a fraction of the equity at the start, in the broadcast shape; a float
        if all are scalars. Below 0: more future was used up than profit was made.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If *equity_before* is not positive, shapes do not broadcast, or the result is
        too large for a float.
    MissingValueError
        If a value is missing.

    Notes
    -----
    Compare it with the cost of capital. If customers do just what their lifetime values
    expect of them, and none are won, it is the discount rate of these values (with the
    timings "residual" and "end-of-period" of `clv`).

    Equity is an estimate, and a change of assumptions looks like a return: compute both
    ends with the same ones.

    References
    ----------
    Peppers, D., & Rogers, M. (2005). Return on customer: Creating maximum value from
    your scarcest resource. Currency/Doubleday.

    Examples
    --------
    A good year, and one that lived on its customers:

    >>> from cxmkit.value import return_on_customer
    >>> return_on_customer([10, 20], equity_before=100, equity_after=[105, 75])
    array([ 0.15, -0.05])
    """
    earned = _checks.floats(profit, "profit")
    before = _checks.floats(equity_before, "equity_before")
    rule = "be positive"
    hint = "a return on nothing has no size"
    _checks.require("equity_before", before, before > 0, rule, hint)
    after = _checks.floats(equity_after, "equity_after")
    _checks.require_one_shape(profit=earned, equity_before=before, equity_after=after)
    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        gained = (earned + (after - before)) / before
    _checks.require_cells("profit", earned, np.isfinite(gained), _FINITE)
    return _checks.scalar_or_array(gained)
