"""How much to spend on winning customers, and how much on keeping them?

Spending R on keeping each customer per period gives the retention rate
r = c (1 - exp(-k R)) and the lifetime value (m (1 + d) - R) / (1 + d - r). With s = k R
and x = exp(-s) its derivative is zero where

    g expm1(s) + s = e,  g = (1 + d) / c - 1,  e = (c k m - 1) (1 + d) / c,

which has one root above 0 if c k m > 1, and none otherwise: the left side is 0 at 0,
rising and convex. So the best R is exact, but for a root that Newton's method cannot
miss from above.
"""

import math
from typing import Any, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw
from cxmkit._checks import FloatArray

__all__ = [
    "AcquisitionRetention",
    "MarginalCosts",
    "SpendingOptimum",
    "calibrate_response",
]

_STEPS = 20  # of Newton's method; eight are enough
_LARGEST = 1e300  # leaves exp some room
_EXTREME = 1e50  # of ceilings and responses; nobody's are beyond
_SAME = 1e-6  # relative difference of costs that nobody would tell apart
_FINITE = "leave a finite value"
_CEILING = "be above 0 and at most 1"


def _not_negative(_: Any, field: "attrs.Attribute[Any]", value: float) -> None:
    if value < 0:
        raise _checks.refuse(field.name, "not be negative", value)


def _ceiling(_: Any, field: "attrs.Attribute[Any]", value: float) -> None:
    if not 0 < value <= 1:
        raise _checks.refuse(field.name, _CEILING, value, hint="write 0.4 for 40 %")


def _discount(_: Any, field: "attrs.Attribute[Any]", value: float) -> None:
    _checks.discounts(value, field.name)


def _in_reach(_: Any, field: "attrs.Attribute[Any]", value: float) -> None:
    """Refuse curves whose products and quotients no float holds."""
    if not 1 / _EXTREME <= value <= _EXTREME:
        rule = f"lie between {1 / _EXTREME:g} and {_EXTREME:g}"
        raise _checks.refuse(field.name, rule, value)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class MarginalCosts:
    """What do the last customer won and the last one kept cost?

    `AcquisitionRetention.marginal_costs` makes them.

    Parameters
    ----------
    acquisition : float
        Money to win one more customer, at the present spending; positive.
    retention : float
        Money to keep one more customer for a period, at the present spending; positive.
    clv : float
        Lifetime value of a customer at the present spending, including the first
        margin.

    Raises
    ------
    InvalidTypeError
        If a field is not a number.
    InvalidValueError
        If a field is not finite, or a cost is not positive.

    Examples
    --------
    >>> from cxmkit.value import MarginalCosts
    >>> costs = MarginalCosts(acquisition=80, retention=20, clv=55)
    >>> print(costs.summary())
    Winning one more customer costs 80.00, more than the 55.00 one is worth. Keeping one
    more costs 20.00, less than that.
    """

    acquisition: float = attrs.field(
        converter=_checks.as_float, validator=_checks.positive
    )
    retention: float = attrs.field(
        converter=_checks.as_float, validator=_checks.positive
    )
    clv: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)

    def summary(self) -> str:
        """Return some sentences for a manager: what costs more than it is worth."""
        return (
            f"Winning one more customer costs {self.acquisition:,.2f},"
            f" {self._than(self.acquisition)} the {self.clv:,.2f} one is worth. Keeping"
            f" one more costs {self.retention:,.2f}, {self._than(self.retention)} that."
        )

    def _than(self, cost: float) -> str:
        if math.isclose(cost, self.clv, rel_tol=_SAME):
            return "as much as"
        return "more than" if cost > self.clv else "less than"

    def to_dict(self) -> dict[str, float]:
        """Return the fields as plain Python values."""
        return attrs.asdict(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


@attrs.frozen(kw_only=True, repr=False, str=False, getstate_setstate=False)
class SpendingOptimum:
    """How much is best spent on winning and on keeping, and what comes of it?

    `AcquisitionRetention.optimum` makes them. Money is that of the margin.

    Parameters
    ----------
    acquisition_spend : float
        Best spending per prospect, once; 0 if none pays.
    retention_spend : float
        Best spending per customer and period; 0 if none pays.
    acquisition_rate : float
        Share of prospects who are won, 0 to 1.
    retention_rate : float
        Share of customers who stay for one more period, 0 to 1.
    clv : float
        Lifetime value of a customer won, including the first margin, less what is spent
        on keeping.
    marginal_acquisition_cost, marginal_retention_cost : float
        Money for the last customer won, and for the last one kept. Both are the
        lifetime value where something is spent, and not less than it where nothing is.
    profit : float
        Expected lifetime value per prospect, less spending on acquisition.

    Raises
    ------
    InvalidTypeError
        If a field is not a number.
    InvalidValueError
        If a field is not finite, a spending negative, a rate not between 0 and 1, or a
        cost not positive.

    Examples
    --------
    >>> from cxmkit.value import AcquisitionRetention
    >>> curves = AcquisitionRetention(
    ...     margin=50,
    ...     discount=0.1,
    ...     acquisition_ceiling=0.4,
    ...     acquisition_response=0.05,
    ...     retention_ceiling=0.7,
    ...     retention_response=0.05,
    ... )
    >>> curves.optimum()
    Best spending: 1.86 per prospect (3.6 % won), 13.05 per customer and period
    (33.6 % stay)
    """

    acquisition_spend: float = attrs.field(
        converter=_checks.as_float, validator=[_checks.finite, _not_negative]
    )
    retention_spend: float = attrs.field(
        converter=_checks.as_float, validator=[_checks.finite, _not_negative]
    )
    acquisition_rate: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    retention_rate: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    clv: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    marginal_acquisition_cost: float = attrs.field(
        converter=_checks.as_float, validator=_checks.positive
    )
    marginal_retention_cost: float = attrs.field(
        converter=_checks.as_float, validator=_checks.positive
    )
    profit: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)

    # Saying

    def __repr__(self) -> str:
        """Say both spendings and what they do in one line."""
        return (
            f"Best spending: {self.acquisition_spend:,.2f} per prospect"
            f" ({100 * self.acquisition_rate:.1f} % won),"
            f" {self.retention_spend:,.2f} per customer and period"
            f" ({100 * self.retention_rate:.1f} % stay)"
        )

    def summary(self) -> str:
        """Return some sentences for a manager: what to spend, and why no more.

        Examples
        --------
        >>> from cxmkit.value import AcquisitionRetention
        >>> curves = AcquisitionRetention(
        ...     margin=50,
        ...     discount=0.1,
        ...     acquisition_ceiling=0.4,
        ...     acquisition_response=0.05,
        ...     retention_ceiling=0.7,
        ...     retention_response=0.05,
        ... )
        >>> print(curves.optimum().summary())
        Spend 1.86 on each prospect: 3.6 % are won, and the last one costs the 54.87
        that a customer is worth. Spend 13.05 on each customer and period: 33.6 % stay,
        and the last one kept costs 54.87. That leaves 0.09 per prospect, if the
        response curves hold.
        """
        left = f"That leaves {self.profit:z,.2f} per prospect"
        return (
            f"{self._winning()} {self._keeping()} {left}, if the response curves hold."
        )

    def _winning(self) -> str:
        if self.acquisition_spend > 0:
            return (
                f"Spend {self.acquisition_spend:,.2f} on each prospect:"
                f" {100 * self.acquisition_rate:.1f} % are won, and the last one costs"
                f" the {self.clv:,.2f} that a customer is worth."
            )
        return (
            "Spend nothing on prospects: the first customer would cost"
            f" {self.marginal_acquisition_cost:,.2f}, and one is worth"
            f" {self.clv:,.2f}."
        )

    def _keeping(self) -> str:
        if self.retention_spend > 0:
            return (
                f"Spend {self.retention_spend:,.2f} on each customer and period:"
                f" {100 * self.retention_rate:.1f} % stay, and the last one kept costs"
                f" {self.marginal_retention_cost:,.2f}."
            )
        return (
            "Spend nothing on keeping customers: the first one kept would cost"
            f" {self.marginal_retention_cost:,.2f}."
        )

    def __str__(self) -> str:
        """Return a table of the numbers, for ``print``."""
        return _draw.text_table(self._table())

    def _table(self) -> dict[str, list[str]]:
        numbers = self.to_dict()
        shares = ("acquisition_rate", "retention_rate")
        return {
            "what": [name.replace("_", " ") for name in numbers],
            "value": [
                f"{100 * x:.1f} %" if name in shares else f"{x:z,.2f}"
                for name, x in numbers.items()
            ],
        }

    def to_dict(self) -> dict[str, float]:
        """Return the fields as plain Python values."""
        return attrs.asdict(self)

    def _repr_html_(self) -> str:
        return _draw.html_table(
            self._table(), caption="Best spending", note=self.summary()
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class AcquisitionRetention:
    """How much to spend on winning customers, and how much on keeping them?

    Blattberg and Deighton's model: money wins ever fewer of those who are left. Of all
    prospects c (1 - exp(-k A)) are won by spending A on each; of all customers
    c (1 - exp(-k R)) are kept for a period by spending R on each. Either curve has its
    own ceiling c and response k.

    Parameters
    ----------
    margin : float
        Margin of a customer per period, in money, before spending on retention. The
        first one arrives when the customer is won.
    discount : float
        Discount rate per the same period, as a fraction, 0 to 1.
    acquisition_ceiling : float
        Share of prospects who would be won if money were no object, above 0 to 1.
    acquisition_response : float
        How fast spending on a prospect works, per unit of money; positive. From one
        known point: `calibrate_response`.
    retention_ceiling : float
        Share of customers who would stay for one more period if money were no object,
        above 0 to 1.
    retention_response : float
        How fast spending on a customer and period works, per unit of money; positive.

    Raises
    ------
    InvalidTypeError
        If a field is not a number.
    InvalidValueError
        If a field is out of range or not finite. Ceilings and responses beyond 1e-50
        and 1e50 are out of range, too.

    Notes
    -----
    Spending R falls due at the end of each period, for each customer who was there in
    it. Lifetime value, with the first margin, is m + (m r - R) / (1 + d - r).

    Nobody comes or stays unasked: without spending nobody is won, and nobody kept. If
    some would, the curves are too pessimistic about small sums.

    The ceilings are judgements of managers, and the result depends on them. Try others.

    References
    ----------
    Blattberg, R. C., & Deighton, J. (1996). Manage marketing by the customer equity
    test. Harvard Business Review, 74(4), 136-144.

    Pfeifer, P. E. (2005). The optimal ratio of acquisition and retention costs. Journal
    of Targeting, Measurement and Analysis for Marketing, 13(2), 179-188.

    Examples
    --------
    >>> from cxmkit.value import AcquisitionRetention
    >>> curves = AcquisitionRetention(
    ...     margin=50,
    ...     discount=0.1,
    ...     acquisition_ceiling=0.4,
    ...     acquisition_response=0.05,
    ...     retention_ceiling=0.7,
    ...     retention_response=0.05,
    ... )
    >>> curves.optimum().clv
    54.87

    Today 20 are spent on each prospect and 5 on each customer:

    >>> print(curves.marginal_costs(20, 5).summary())
    Winning one more customer costs 135.91, more than the 52.90 one is worth. Keeping
    one more costs 36.69, less than that.
    >>> curves.value(20, 5)
    -6.62
    """

    margin: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    discount: float = attrs.field(
        converter=_checks.as_float, validator=[_checks.finite, _discount]
    )
    acquisition_ceiling: float = attrs.field(
        converter=_checks.as_float, validator=[_checks.finite, _ceiling, _in_reach]
    )
    acquisition_response: float = attrs.field(
        converter=_checks.as_float, validator=[_checks.positive, _in_reach]
    )
    retention_ceiling: float = attrs.field(
        converter=_checks.as_float, validator=[_checks.finite, _ceiling, _in_reach]
    )
    retention_response: float = attrs.field(
        converter=_checks.as_float, validator=[_checks.positive, _in_reach]
    )

    def optimum(self) -> SpendingOptimum:
        """Return the spending that leaves most per prospect.

        Where something is spent, the last customer won, the last one kept and a
        customer's lifetime value are the same money (Pfeifer 2005). Nothing is spent on
        keeping if ceiling x response x margin is 1 or less, as the first customer kept
        would then cost more than he brings; nothing on winning if that product with
        lifetime value for margin is.

        It does not follow that winning must cost five times as much as keeping, or any
        other multiple: at the best point only the *last* customers cost the same, and
        the ratio of the averages can be anything.

        Raises
        ------
        InvalidValueError
            If the best value is too large for a float.

        Examples
        --------
        >>> from cxmkit.value import AcquisitionRetention
        >>> AcquisitionRetention(
        ...     margin=100,
        ...     discount=0.1,
        ...     acquisition_ceiling=0.4,
        ...     acquisition_response=0.1,
        ...     retention_ceiling=0.7,
        ...     retention_response=0.01,
        ... ).optimum()
        Best spending: 13.86 per prospect (30.0 % won), 0.00 per customer and period
        (0.0 % stay)
        """
        keeping = self._best_retention()
        worth = float(self._clv(np.asarray(keeping)))
        # Ten times as much leaves rounding some room below.
        if not math.isfinite(10 * worth * max(1.0, self.acquisition_response)):
            raise _checks.refuse("margin", "leave a finite lifetime value", self.margin)
        # a'(A) clv = 1
        pull = self.acquisition_ceiling * self.acquisition_response * worth
        winning = math.log(pull) / self.acquisition_response if pull > 1 else 0.0
        costs = self.marginal_costs(winning, keeping)
        return SpendingOptimum(
            acquisition_spend=winning,
            retention_spend=keeping,
            acquisition_rate=float(self._won(np.asarray(winning))),
            retention_rate=float(self._kept(np.asarray(keeping))),
            clv=worth,
            marginal_acquisition_cost=costs.acquisition,
            marginal_retention_cost=costs.retention,
            profit=self.value(winning, keeping),
        )

    def _best_retention(self) -> float:
        """Return the root of the head of this module, over the response."""
        c, k, d = self.retention_ceiling, self.retention_response, self.discount
        g = ((1 - c) + d) / c
        e = (c * k * self.margin - 1) * (1 + d) / c
        if not e > 0:
            return 0.0
        if not e + g < _LARGEST:
            raise _checks.refuse("margin", "leave a finite spending", self.margin)
        if not g:
            return e / k
        # Both are above the root; g exp(s) is at most e + g at the second.
        shift = math.log(g)
        s = min(e + g, math.log(e + g) - shift)
        for _ in range(_STEPS):
            slope = math.exp(s + shift)
            rise = slope - g if s > 1 else g * math.expm1(s)
            s -= (rise + s - e) / (slope + 1)
        return s / k

    @overload
    def value(self, acquisition_spend: float, retention_spend: float) -> float: ...
    @overload
    def value(
        self, acquisition_spend: npt.ArrayLike, retention_spend: npt.ArrayLike
    ) -> Any: ...
    def value(
        self, acquisition_spend: npt.ArrayLike, retention_spend: npt.ArrayLike
    ) -> Any:
        """How much does a prospect bring if so much is spent?

        Parameters
        ----------
        acquisition_spend : array_like
            Money per prospect, once; not negative.
        retention_spend : array_like
            Money per customer and period; not negative.

        Returns
        -------
        float or ndarray
            Expected lifetime value per prospect less spending on acquisition, in money
            and in the broadcast shape; a float if both are scalars. Below 0 where
            spending does not pay.

        Raises
        ------
        InvalidTypeError
            If a spending is not a number.
        InvalidValueError
            If one is negative, shapes do not broadcast, or a value is too large for a
            float.
        MissingValueError
            If a value is missing.

        Examples
        --------
        >>> from cxmkit.value import AcquisitionRetention
        >>> curves = AcquisitionRetention(
        ...     margin=100,
        ...     discount=0.1,
        ...     acquisition_ceiling=0.4,
        ...     acquisition_response=0.1,
        ...     retention_ceiling=0.7,
        ...     retention_response=0.05,
        ... )
        >>> curves.value([10, 20, 30], 20)
        array([24.61 , 27.34, 22.03])
        """
        winning = _checks.not_negative(acquisition_spend, "acquisition_spend")
        keeping = _checks.not_negative(retention_spend, "retention_spend")
        _checks.require_one_shape(acquisition_spend=winning, retention_spend=keeping)
        worth = self._clv(keeping)
        with np.errstate(over="ignore", invalid="ignore"):  # refused below
            profit = self._won(winning) * worth - winning
        good = np.isfinite(profit)
        _checks.require_cells("retention_spend", keeping, good, _FINITE)
        return _checks.scalar_or_array(profit)

    def marginal_costs(
        self, acquisition_spend: float, retention_spend: float
    ) -> MarginalCosts:
        """What do the last customer won and the last one kept cost now?

        Spend less on winning where that costs more than lifetime value, more where it
        costs less; the same for keeping. What customers cost on average says nothing
        of that.

        Parameters
        ----------
        acquisition_spend : float
            Money per prospect, once; not negative.
        retention_spend : float
            Money per customer and period; not negative.

        Returns
        -------
        MarginalCosts
            Both costs, and the lifetime value to compare them with.

        Raises
        ------
        InvalidTypeError
            If a spending is not a number.
        InvalidValueError
            If one is negative or not finite, or so large that its last unit of money
            has no effect that a float can hold.

        Examples
        --------
        >>> from cxmkit.value import AcquisitionRetention
        >>> curves = AcquisitionRetention(
        ...     margin=100,
        ...     discount=0.1,
        ...     acquisition_ceiling=0.4,
        ...     acquisition_response=0.1,
        ...     retention_ceiling=0.7,
        ...     retention_response=0.05,
        ... )
        >>> curves.marginal_costs(10, 20)
        MarginalCosts(acquisition=67.96, retention=77.67, clv=136.88)
        """
        winning = _spending("acquisition_spend", acquisition_spend)
        keeping = _spending("retention_spend", retention_spend)
        worth = float(self._clv(np.asarray(keeping)))
        if not math.isfinite(worth):
            raise _checks.refuse("retention_spend", _FINITE, retention_spend)
        return MarginalCosts(
            acquisition=_last(
                ("acquisition_spend", winning),
                self.acquisition_ceiling,
                self.acquisition_response,
            ),
            retention=_last(
                ("retention_spend", keeping),
                self.retention_ceiling,
                self.retention_response,
            ),
            clv=worth,
        )

    def _won(self, spend: FloatArray) -> FloatArray:
        c, k = self.acquisition_ceiling, self.acquisition_response
        return np.asarray(-c * np.expm1(-k * spend))

    def _kept(self, spend: FloatArray) -> FloatArray:
        c, k = self.retention_ceiling, self.retention_response
        return np.asarray(-c * np.expm1(-k * spend))

    def _clv(self, spend: FloatArray) -> FloatArray:
        """Return lifetime values; not finite where no float holds them."""
        c, k, d = self.retention_ceiling, self.retention_response, self.discount
        with np.errstate(all="ignore"):
            lost = (1 - c) + d + c * np.exp(-k * spend)  # exact where little is lost
            return np.asarray((self.margin * (1 + d) - spend) / lost)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


def _spending(argument: str, value: Any) -> float:
    number = _checks.as_number(argument, value)
    if not 0 <= number < math.inf:
        raise _checks.refuse(argument, "be finite and not negative", value)
    return number


def _last(spend: tuple[str, float], ceiling: float, response: float) -> float:
    """Return what the last customer costs: 1 / (derivative of the curve)."""
    argument, money = spend
    try:
        return math.exp(response * money - math.log(ceiling * response))
    except OverflowError as error:
        rule = "leave customers who could still be had"
        raise _checks.refuse(argument, rule, money) from error


def calibrate_response(spend: float, rate: float, *, ceiling: float) -> float:
    """How fast does spending work, if so much of it gives this rate today?

    The response k of the curve rate = ceiling (1 - exp(-k spend)) through one known
    point, for `AcquisitionRetention`: k = -ln(1 - rate / ceiling) / spend.

    Parameters
    ----------
    spend : float
        Money spent now, per prospect, or per customer and period; positive.
    rate : float
        Share of them who are won or kept by it, as a fraction; above 0, below
        *ceiling*.
    ceiling : float
        Share that could be won or kept if money were no object, above 0 to 1. A
        judgement: the nearer it is to *rate*, the faster spending seems to work, and
        the sooner it stops to.

    Returns
    -------
    float
        Response per unit of money; positive.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If one is out of range, or no float holds the response.

    References
    ----------
    Blattberg, R. C., & Deighton, J. (1996). Manage marketing by the customer equity
    test. Harvard Business Review, 74(4), 136-144.

    Examples
    --------
    10 spent on each prospect win 20 % of them; more than 40 % could not be won:

    >>> from cxmkit.value import calibrate_response
    >>> calibrate_response(10, 0.2, ceiling=0.4)
    0.0693
    """
    money = _checks.as_number("spend", spend)
    if not 0 < money < math.inf:
        raise _checks.refuse("spend", "be positive and finite", spend)
    most = _checks.as_number("ceiling", ceiling)
    if not 0 < most <= 1:
        raise _checks.refuse("ceiling", _CEILING, ceiling, hint="write 0.4 for 40 %")
    share = _checks.as_number("rate", rate)
    if not 0 < share < most:
        rule = f"be above 0 and below ceiling ({most:g})"
        raise _checks.refuse("rate", rule, rate, hint="write 0.2 for 20 %")
    response = -math.log1p(-share / most) / money
    if not 0 < response < math.inf:
        raise _checks.refuse("spend", "leave a response that is finite", spend)
    return response
