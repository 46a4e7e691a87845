"""What is it worth, to the customer and to us?"""

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._checks import FloatArray

__all__ = ["clv", "perceived_value"]

Timing = Literal["immediate", "residual", "end-of-period"]

# Relative to 1 + discount: 1 + 0.08 - 0.9 * 1.2 is nothing at all, but floats leave
# 1e-17 of it, and a value of 1e17 would pass for a finite one.
_NOTHING_LOST = 1e-12
_FINITE = "leave a finite value"


@overload
def perceived_value(
    product_quality: float,
    service_quality: float,
    cost: float,
    hassle: float,
    *,
    hassle_price: float = 1.0,
) -> float: ...


@overload
def perceived_value(
    product_quality: npt.ArrayLike,
    service_quality: npt.ArrayLike,
    cost: npt.ArrayLike,
    hassle: npt.ArrayLike,
    *,
    hassle_price: npt.ArrayLike = 1.0,
) -> Any: ...


def perceived_value(
    product_quality: npt.ArrayLike,
    service_quality: npt.ArrayLike,
    cost: npt.ArrayLike,
    hassle: npt.ArrayLike,
    *,
    hassle_price: npt.ArrayLike = 1.0,
) -> Any:
    """How much does the customer get for what the customer gives?

    (product quality + service quality) / (cost + hassle price x hassle)

    Kamieński's ratio (S2.78) has four levers, two up and two down. This is the value
    *to* the customer; what the customer is worth to the firm is `clv`.

    Parameters
    ----------
    product_quality, service_quality : array_like
        Quality received, both on one scale with a true zero; not negative. Answers on
        1-5 have no true zero: counted from 0 or from 1, they rank offers differently.
    cost : array_like
        What acquiring costs, in money; not negative.
    hassle : array_like
        Burden of acquiring and using, in effort such as hours; not negative.
    hassle_price : array_like, default: 1.0
        Money per unit of *hassle*; positive. At 1, hassle is in money already.

    Returns
    -------
    float or ndarray
        Units of quality per unit of money: 0 (worst) and up, in the broadcast shape; a
        float if all are scalars.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If a quality, cost or hassle is negative, *hassle_price* is not positive,
        nothing at all is sacrificed, or shapes do not broadcast.
    MissingValueError
        If a value is missing.

    Notes
    -----
    Multiplying both qualities by one factor and cost and hassle by the same one
    changes nothing. Compare ratios of the same units only. The mean of the ratios of
    many customers is not the ratio of their means.

    References
    ----------
    Heskett, J. L., Sasser, W. E., & Schlesinger, L. A. (1997). The service profit
    chain. Free Press. Their customer value equation is the published relative:
    (results + process quality) / (price + customer access costs).

    Examples
    --------
    Is a tenth less to pay worth more than half the hassle?

    >>> from cxmkit import perceived_value
    >>> perceived_value(8, 6, cost=40, hassle=10)
    0.28
    >>> perceived_value(8, 6, cost=[36, 40], hassle=[10, 5])
    array([0.3043, 0.3111])
    """
    product = _not_negative(product_quality, "product_quality")
    service = _not_negative(service_quality, "service_quality")
    money = _not_negative(cost, "cost")
    effort = _not_negative(hassle, "hassle")
    price = _checks.floats(hassle_price, "hassle_price")
    _checks.require("hassle_price", price, price > 0, "be positive")
    _checks.require_one_shape(
        product_quality=product,
        service_quality=service,
        cost=money,
        hassle=effort,
        hassle_price=price,
    )
    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        sacrifice = money + price * effort
        _checks.require_cells(
            "cost",
            money,
            (sacrifice > 0) & np.isfinite(sacrifice),
            "come to a positive finite sum with hassle_price * hassle",
            hint="a value per nothing given would be infinite",
        )
        value = (product + service) / sacrifice
    _checks.require_cells("product_quality", product, np.isfinite(value), _FINITE)
    return _checks.scalar_or_array(value)


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
        Discount rate per the same period, as a fraction, not negative.
    timing : {"immediate", "residual", "end-of-period"}
        When the first margin arrives: now, after one retained period, or at the end of
        this one. There is no default: the three differ by a factor.
    growth : array_like, default: 0.0
        Growth of the margin per period, as a fraction, above -1.

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
    School Publishing. Their margin multiple is the "residual" value of a margin of 1.

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
    _checks.choice("timing", timing, ("immediate", "residual", "end-of-period"))
    m = _checks.floats(margin, "margin")
    r = _checks.floats(retention, "retention")
    in_range = (r >= 0) & (r <= 1)
    _checks.require(
        "retention", r, in_range, "lie between 0 and 1", "write 0.8 for 80 %"
    )
    d = _not_negative(discount, "discount")
    g = _checks.floats(growth, "growth")
    _checks.require("growth", g, g > -1, "be above -1")
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


def _not_negative(values: npt.ArrayLike, argument: str) -> FloatArray:
    numbers = _checks.floats(values, argument)
    _checks.require(argument, numbers, numbers >= 0, "not be negative")
    return numbers
