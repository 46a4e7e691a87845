"""What is a customer worth to us, and all of them?"""

from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from cxmkit import _checks

__all__ = ["clv"]

Timing = Literal["immediate", "residual", "end-of-period"]

# Relative to 1 + discount: 1 + 0.08 - 0.9 * 1.2 is nothing at all, but floats leave
# 1e-17 of it, and a value of 1e17 would pass for a finite one.
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
    r = _checks.fractions(retention, "retention")
    d = _checks.not_negative(discount, "discount")
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
