"""How much does the customer get for what the customer gives?"""

import math
from collections.abc import Mapping
from typing import Any, Literal, get_args, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw
from cxmkit.errors import InvalidTypeError

__all__ = [
    "LeverMove",
    "PerceivedValue",
    "ValueChange",
    "decompose_value_change",
    "perceived_value",
]

Lever = Literal["product_quality", "service_quality", "cost", "hassle"]

_LEVERS: tuple[Lever, ...] = get_args(Lever)
_PARTS = (*_LEVERS, "hassle_price")
# Relative to what a sum is made of: a level or a remainder this small is rounding.
_ROUNDING = 1e-12
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
    product = _checks.not_negative(product_quality, "product_quality")
    service = _checks.not_negative(service_quality, "service_quality")
    money = _checks.not_negative(cost, "cost")
    effort = _checks.not_negative(hassle, "hassle")
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


@attrs.frozen(kw_only=True, getstate_setstate=False)
class LeverMove:
    """Which lever is to be moved, how far, and what does that cost us?

    `PerceivedValue.cheapest` makes them.

    Parameters
    ----------
    lever : {"product_quality", "service_quality", "cost", "hassle"}
        What is to change.
    change : float
        By how much, in units of the lever; below 0 for cost and hassle.
    expense : float
        What the change costs us, in the money of the unit costs; not negative.

    Raises
    ------
    InvalidTypeError
        If a number is none.
    InvalidValueError
        If *lever* is none of the four, a number is not finite, or *expense* is
        negative.

    Examples
    --------
    >>> from cxmkit.value import PerceivedValue
    >>> offer = PerceivedValue(product_quality=8, service_quality=6, cost=40, hassle=10)
    >>> offer.cheapest(0.35, unit_costs={"service_quality": 12, "hassle": 3})
    LeverMove(lever='hassle', change=-10.0, expense=30.0)
    """

    lever: Lever
    change: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    expense: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)

    def __attrs_post_init__(self) -> None:
        """Check that the lever is one of the four, and that the expense is one."""
        _checks.choice("lever", self.lever, _LEVERS)
        if self.expense < 0:
            raise _checks.refuse("expense", "not be negative", self.expense)

    def summary(self) -> str:
        """Return one sentence for a manager.

        Examples
        --------
        >>> from cxmkit.value import LeverMove
        >>> LeverMove(lever="hassle", change=-10, expense=30).summary()
        'The cheapest single lever is hassle: change it by -10, for 30.00.'
        """
        return (
            f"The cheapest single lever is {_said(self.lever)}: change it by"
            f" {_signed(self.change)}, for {self.expense:,.2f}."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class PerceivedValue:
    """What does an offer give the customer, and which lever moves that most?

    Kamieński's ratio of one offer (S2.78) with its four levers (S2.80). For columns
    of many customers take `perceived_value`, which also has the formula.

    Parameters
    ----------
    product_quality, service_quality : float
        Quality received, both on one scale with a true zero; not negative.
    cost : float
        What acquiring costs, in money; not negative.
    hassle : float
        Burden of acquiring and using, in effort such as hours; not negative.
    hassle_price : float, default: 1.0
        Money per unit of *hassle*; positive. It is the customer's price and no lever
        of ours.

    Raises
    ------
    InvalidTypeError
        If a field is not a number.
    InvalidValueError
        If a field is out of range or not finite, or nothing at all is sacrificed.

    Notes
    -----
    Invariant: cost + hassle price x hassle is positive. An offer without any quality
    is allowed and worth 0.

    Examples
    --------
    >>> from cxmkit.value import PerceivedValue
    >>> ours = PerceivedValue(
    ...     product_quality=8, service_quality=6, cost=40, hassle=2, hassle_price=5
    ... )
    >>> theirs = PerceivedValue(
    ...     product_quality=7, service_quality=5, cost=38, hassle=0.4, hassle_price=5
    ... )
    >>> ours.ratio
    0.28
    >>> ours.relative_to(theirs)
    0.9333

    What would it take to draw level, one lever at a time?

    >>> for lever, change in ours.needed(theirs.ratio).items():
    ...     print(f"{lever} {change:+.2f}")
    product_quality +1.00
    service_quality +1.00
    cost -3.33
    hassle -0.67
    """

    product_quality: float = attrs.field(
        converter=_checks.as_float, validator=_checks.finite
    )
    service_quality: float = attrs.field(
        converter=_checks.as_float, validator=_checks.finite
    )
    cost: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    hassle: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    hassle_price: float = attrs.field(
        default=1.0, converter=_checks.as_float, validator=_checks.finite
    )

    def __attrs_post_init__(self) -> None:
        """Check the numbers together, as `perceived_value` does."""
        _ = self.ratio

    @property
    def ratio(self) -> float:
        """Units of quality per unit of money: 0 (worst) and up."""
        return perceived_value(
            self.product_quality,
            self.service_quality,
            self.cost,
            self.hassle,
            hassle_price=self.hassle_price,
        )

    @property
    def _quality(self) -> float:
        return self.product_quality + self.service_quality

    @property
    def _burden(self) -> float:
        return self.hassle_price * self.hassle

    @property
    def _sacrifice(self) -> float:
        return self.cost + self._burden

    # Levers

    def elasticities(self) -> dict[Lever, float]:
        """By how many percent does value change if a lever rises by one percent?

        A quality has its share of all quality, 0 to 1; cost and hassle have their
        share of all that is given, 0 to -1. The four sum to 0. They hold for small
        changes, and say nothing of what a percent costs us: `cheapest` does. Refused if
        there is no quality at all.

        Examples
        --------
        >>> from cxmkit.value import PerceivedValue
        >>> offer = PerceivedValue(
        ...     product_quality=8, service_quality=6, cost=40, hassle=10
        ... )
        >>> offer.elasticities()
        {'product_quality': 0.571, 'service_quality': 0.429, 'cost': -0.8,
         'hassle': -0.2}
        """
        self._require_quality("product_quality")
        return {
            "product_quality": self.product_quality / self._quality,
            "service_quality": self.service_quality / self._quality,
            "cost": -self.cost / self._sacrifice,
            "hassle": -self._burden / self._sacrifice,
        }

    def relative_to(self, other: "PerceivedValue") -> float:
        """How much does the customer get here for each unit of value there?

        Parameters
        ----------
        other : PerceivedValue
            Another offer, a competitor's say, in the same units and as the same
            customers see it.

        Returns
        -------
        float
            This ratio over the other: 0 and up, above 1 better than the other.

        Raises
        ------
        InvalidTypeError
            If *other* is no `PerceivedValue`.
        InvalidValueError
            If the other offer has no quality at all, or no float holds the result.

        Examples
        --------
        >>> from cxmkit.value import PerceivedValue
        >>> offer = PerceivedValue(
        ...     product_quality=8, service_quality=6, cost=40, hassle=10
        ... )
        >>> rival = PerceivedValue(
        ...     product_quality=8, service_quality=2, cost=30, hassle=10
        ... )
        >>> offer.relative_to(rival)
        1.12
        """
        _checks.require_instance("other", other, PerceivedValue)
        other._require_quality("other")  # noqa: SLF001  of our own class
        relative = self.ratio / other.ratio if other.ratio else math.inf
        if not math.isfinite(relative):
            raise _checks.refuse("other", _FINITE, other.ratio)
        return relative

    def needed(self, target: float) -> dict[Lever, float | None]:
        """By how much must each lever change to reach a target alone?

        Parameters
        ----------
        target : float
            The ratio to reach; positive. One below the present ratio says how much
            could be given up.

        Returns
        -------
        dict
            Change by lever, in units of the lever; None where the lever alone cannot
            do it, as it would have to fall below 0.

        Raises
        ------
        InvalidTypeError
            If *target* is not a number.
        InvalidValueError
            If it is not positive and finite, or a change would not be finite.

        Examples
        --------
        >>> from cxmkit.value import PerceivedValue
        >>> offer = PerceivedValue(
        ...     product_quality=8, service_quality=6, cost=40, hassle=10
        ... )
        >>> offer.needed(0.4)
        {'product_quality': 6.0, 'service_quality': 6.0, 'cost': -15.0, 'hassle': None}
        """
        goal = _target(target)
        quality, sacrifice = goal * self._sacrifice, self._quality / goal
        levels = {
            "product_quality": _rest(quality, self.service_quality),
            "service_quality": _rest(quality, self.product_quality),
            "cost": _rest(sacrifice, self._burden),
            "hassle": _rest(sacrifice, self.cost) / self.hassle_price,
        }
        if not all(map(math.isfinite, levels.values())):
            raise _checks.refuse("target", "leave finite changes", target)
        # Without quality no sacrifice is small enough, and none at all is no offer.
        closed = () if sacrifice > 0 else ("cost", "hassle")
        return {
            lever: None
            if lever in closed or levels[lever] < 0
            else levels[lever] - getattr(self, lever)
            for lever in _LEVERS
        }

    def cheapest(
        self, target: float, *, unit_costs: Mapping[Lever, float]
    ) -> LeverMove:
        """Which single lever reaches a target at the least expense?

        Parameters
        ----------
        target : float
            The ratio to reach; above the present one.
        unit_costs : mapping of str to float
            What it costs us to better a lever by one unit: a unit more of a quality, a
            unit less of cost or hassle; not negative. All in the same money, per
            customer say, where one unit of price given up costs 1. Levers that are not
            named are left alone.

        Returns
        -------
        LeverMove
            The lever, its change and the expense; of equals the first.

        Raises
        ------
        InvalidTypeError
            If *unit_costs* is no mapping, or a number is none.
        InvalidValueError
            If *target* is not finite or not above the present ratio, a lever is none
            of the four, a unit cost or the expense is negative or not finite, or none
            of the levers named reaches the target alone.

        Notes
        -----
        Each unit is taken to cost as much as the one before. Then no mix of levers is
        cheaper, unless a lever that costs less for its effect runs out, as hassle does
        at 0, and is not enough alone: move that one first, and ask again for the rest.

        Examples
        --------
        >>> from cxmkit.value import PerceivedValue
        >>> offer = PerceivedValue(
        ...     product_quality=8, service_quality=6, cost=40, hassle=10
        ... )
        >>> offer.cheapest(0.3, unit_costs={"product_quality": 5, "cost": 1})
        LeverMove(lever='cost', change=-3.33, expense=3.33)
        """
        goal = _target(target)
        if goal <= self.ratio:
            rule = f"be above the present ratio ({self.ratio:.6g})"
            raise _checks.refuse("target", rule, target)
        prices = _prices(unit_costs)
        moves = [
            LeverMove(lever=lever, change=change, expense=abs(change) * prices[lever])
            for lever, change in self.needed(goal).items()
            if lever in prices and change is not None
        ]
        if not moves:
            rule = "name a lever that reaches the target alone"
            raise _checks.refuse("unit_costs", rule, [*prices])
        return min(moves, key=lambda move: move.expense)

    def exchange_rate(self, give: Lever, take: Lever) -> float:
        """How many units of one lever weigh as much as one unit of another?

        Parameters
        ----------
        give, take : {"product_quality", "service_quality", "cost", "hassle"}
            Two levers.

        Returns
        -------
        float
            Units of *take* that weigh as much as one unit of *give*; positive. To
            leave value as it is, two qualities (or cost and hassle) must move against
            each other, a quality and a sacrifice the same way.

        Raises
        ------
        InvalidValueError
            If a lever is none of the four, there is no quality at all, or no float
            holds the result.

        Notes
        -----
        A unit of quality weighs 1 / `ratio` in money, a unit of hassle its price.
        Changes in that proportion leave the ratio as it is, be they small or large.

        Examples
        --------
        How much more may be charged for one more unit of service quality?

        >>> from cxmkit.value import PerceivedValue
        >>> offer = PerceivedValue(
        ...     product_quality=8, service_quality=6, cost=40, hassle=10
        ... )
        >>> offer.exchange_rate("service_quality", "cost")
        3.57
        """
        _checks.choice("give", give, _LEVERS)
        _checks.choice("take", take, _LEVERS)
        self._require_quality("product_quality")
        unit = self._sacrifice / self._quality  # of quality, in money
        money = dict(zip(_LEVERS, (unit, unit, 1.0, self.hassle_price), strict=True))
        rate = money[give] / money[take]  # a finite ratio leaves no unit at 0
        if not math.isfinite(rate):
            raise _checks.refuse("give", "leave a finite rate", give)
        return rate

    def _require_quality(self, argument: str) -> None:
        if not self._quality > 0:
            rule = "give some quality, of product or service"
            raise _checks.refuse(argument, rule, self._quality)

    # Saying

    def summary(self) -> str:
        """Return some sentences for a manager: how much, and what moves it.

        Examples
        --------
        >>> from cxmkit.value import PerceivedValue
        >>> offer = PerceivedValue(
        ...     product_quality=8, service_quality=6, cost=40, hassle=10
        ... )
        >>> print(offer.summary())
        Customers get 0.28 units of quality for each unit of money that they give. One
        percent more product quality changes that by +0.57 %, service quality by
        +0.43 %, cost by -0.80 %, hassle by -0.20 %.
        """
        if not self._quality > 0:
            return "Customers get no quality at all for what they give."
        moved = (
            f"{_said(lever)}{' changes that' * (lever == _LEVERS[0])} by"
            f" {_draw.signed(percent, 2)} %"
            for lever, percent in self.elasticities().items()
        )
        return (
            f"Customers get {self.ratio:.3g} units of quality for each unit of money"
            f" that they give. One percent more {', '.join(moved)}."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


@attrs.frozen(kw_only=True, repr=False, str=False, getstate_setstate=False)
class ValueChange:
    """Which lever raised or lowered perceived value, and by how much?

    `decompose_value_change` makes them. All in units of the ratio: quality per money.

    Parameters
    ----------
    product_quality, service_quality : float
        What the change of each quality added to value.
    cost : float
        What the change of cost added: above 0 if it fell.
    hassle : float
        What the change of hassle added: above 0 if it fell.
    total : float
        Change of the ratio, after less before.
    hassle_price : float, default: 0.0
        What was added because customers price a unit of hassle differently; no lever
        of ours, and 0 where that price has not changed.

    Raises
    ------
    InvalidTypeError
        If a field is not a number.
    InvalidValueError
        If a field is not finite, or the parts do not sum to the total.

    Notes
    -----
    Invariant: the five parts sum to *total*, up to rounding.

    Examples
    --------
    >>> from cxmkit.value import PerceivedValue, decompose_value_change
    >>> before = PerceivedValue(
    ...     product_quality=8, service_quality=6, cost=40, hassle=10
    ... )
    >>> after = PerceivedValue(product_quality=8, service_quality=7, cost=44, hassle=6)
    >>> change = decompose_value_change(before, after)
    >>> change
    Value change +0.02: product quality 0, service quality +0.02, cost -0.0232,
    hassle +0.0232
    """

    product_quality: float = attrs.field(
        converter=_checks.as_float, validator=_checks.finite
    )
    service_quality: float = attrs.field(
        converter=_checks.as_float, validator=_checks.finite
    )
    cost: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    hassle: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    total: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    hassle_price: float = attrs.field(
        default=0.0, converter=_checks.as_float, validator=_checks.finite
    )

    def __attrs_post_init__(self) -> None:
        """Check that the parts sum to the total."""
        parts = [getattr(self, name) for name in _PARTS]
        size = max(map(abs, [*parts, self.total]))
        if abs(math.fsum(parts) - self.total) > 1e-9 * size:
            rule = f"be the sum of the parts ({math.fsum(parts):.6g})"
            raise _checks.refuse("total", rule, self.total)

    @property
    def _shown(self) -> dict[str, float]:
        """The parts worth telling: the price of hassle only where it changed."""
        names = _PARTS if self.hassle_price else _LEVERS
        return {_said(name): getattr(self, name) for name in names}

    # Saying

    def __repr__(self) -> str:
        """Say total and parts in one line."""
        parts = ", ".join(f"{name} {_signed(x)}" for name, x in self._shown.items())
        return f"Value change {_signed(self.total)}: {parts}"

    def summary(self) -> str:
        """Return some sentences for a manager: how much, and what helped or hurt.

        Examples
        --------
        >>> from cxmkit.value import ValueChange
        >>> change = ValueChange(
        ...     product_quality=0,
        ...     service_quality=0.02,
        ...     cost=-0.03,
        ...     hassle=0.02,
        ...     total=0.01,
        ... )
        >>> print(change.summary())
        Customers get 0.01 more quality for each unit of money. Helped: service quality
        (+0.02), hassle (+0.02). Hurt: cost (-0.03).
        """
        way = "more" if self.total > 0 else "less"
        found = f"Customers get {abs(self.total):.3g} {way} quality"
        if self.total == 0:
            found = "Customers get as much quality as before"
        sides = [("Helped", 1), ("Hurt", -1)]
        said = [_listed(words, self._shown, side) for words, side in sides]
        return " ".join([f"{found} for each unit of money.", *filter(None, said)])

    def __str__(self) -> str:
        """Return a table of parts and total, for ``print``."""
        return _draw.text_table(self._table())

    def _table(self) -> dict[str, list[str]]:
        rows = self._shown | {"total": self.total}
        return {"lever": [*rows], "change of value": [*map(_signed, rows.values())]}

    def to_dict(self) -> dict[str, float]:
        """Return the parts and the total as plain Python values."""
        return attrs.asdict(self)

    def _repr_html_(self) -> str:
        return _draw.html_table(
            self._table(), caption="Change of perceived value", note=self.summary()
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


def decompose_value_change(
    before: PerceivedValue, after: PerceivedValue
) -> ValueChange:
    """Which of the four levers changed perceived value, and by how much?

    Parameters
    ----------
    before, after : PerceivedValue
        The same offer at two times, or two offers; in the same units, both with some
        quality.

    Returns
    -------
    ValueChange
        One part per lever. They sum to the change of the ratio, up to rounding: there
        is no remainder that belongs to nobody.

    Raises
    ------
    InvalidTypeError
        If *before* or *after* is no `PerceivedValue`.
    InvalidValueError
        If one of them has no quality at all, or numbers are so far apart that no float
        holds a part.

    Notes
    -----
    With value V = N / D (quality N, sacrifice D) and the logarithmic mean
    L(a, b) = (b - a) / ln(b / a), a quality x adds L(V0, V1) / L(N0, N1) (x1 - x0) and
    a sacrifice y takes L(V0, V1) / L(D0, D1) (y1 - y0). The order of the two only turns
    signs round, and the parts do not depend on which lever is taken first. For small
    changes they are the elasticities, times ratio and relative change.

    Hassle counts in money, price x amount. If its price has changed, that part is told
    apart, each at the mean of the other: (w0 + w1) / 2 x change of amount is hassle,
    (h0 + h1) / 2 x change of price is not our doing.

    It says which lever moved the ratio, not why customers perceive it so.

    References
    ----------
    Ang, B. W., & Liu, F. L. (2001). A new energy decomposition method: Perfect in
    decomposition and consistent in aggregation. Energy, 26(6), 537-548.

    Examples
    --------
    The price rose, the product is the same, and ordering became easier:

    >>> from cxmkit.value import PerceivedValue, decompose_value_change
    >>> before = PerceivedValue(
    ...     product_quality=8, service_quality=6, cost=40, hassle=10
    ... )
    >>> after = PerceivedValue(product_quality=8, service_quality=7, cost=44, hassle=6)
    >>> print(decompose_value_change(before, after).summary())
    Customers get 0.02 more quality for each unit of money. Helped: service quality
    (+0.02), hassle (+0.0232). Hurt: cost (-0.0232).
    """
    for argument, offer in (("before", before), ("after", after)):
        _checks.require_instance(argument, offer, PerceivedValue)
        offer._require_quality(argument)  # noqa: SLF001  of our own module
        if not offer.ratio > 0:
            raise _checks.refuse(argument, "leave a value above 0", offer.ratio)
    value = _log_mean(before.ratio, after.ratio)
    quality = value / _log_mean(before._quality, after._quality)  # noqa: SLF001
    sacrifice = -value / _log_mean(before._sacrifice, after._sacrifice)  # noqa: SLF001
    price = (before.hassle_price + after.hassle_price) / 2
    hassle = (before.hassle + after.hassle) / 2
    weights = (quality, quality, sacrifice, sacrifice * price, sacrifice * hassle)
    parts = {
        name: weight * (getattr(after, name) - getattr(before, name))
        for name, weight in zip(_PARTS, weights, strict=True)
    }
    # Of a small change their sum has more digits than the difference of the ratios.
    total = math.fsum(parts.values())
    if abs(total) <= 1e-12 * max(map(abs, parts.values())):
        total = 0.0  # they cancel: what is left is rounding
    return ValueChange(**parts, total=total)


def _log_mean(a: float, b: float) -> float:
    """Return (b - a) / ln(b / a), good also where both are almost or quite alike."""
    low, high = sorted((a, b))
    gap = high - low
    if gap == 0:
        return low
    # Of what is far apart the ratio may be infinite, of what is close its logarithm
    # keeps no digits.
    return gap / (
        math.log1p(gap / low) if gap < low else math.log(high) - math.log(low)
    )


def _target(target: Any) -> float:
    number = _checks.as_number("target", target)
    if not 0 < number < math.inf:
        raise _checks.refuse("target", "be positive and finite", target)
    return number


def _rest(total: float, other: float) -> float:
    """Return what is left for one of two addends; 0 for a little less than that."""
    rest = total - other
    return 0.0 if -_ROUNDING * total <= rest < 0 else rest


def _prices(unit_costs: Any) -> dict[str, float]:
    if not isinstance(unit_costs, Mapping):
        rule = "be a mapping of levers to what a unit costs"
        raise _checks.refuse("unit_costs", rule, unit_costs, error=InvalidTypeError)
    prices = {}
    for lever, value in unit_costs.items():
        _checks.choice("unit_costs", lever, _LEVERS)
        place = f"unit_costs[{lever!r}]"
        price = _checks.as_number(place, value)
        if not 0 <= price < math.inf:
            raise _checks.refuse(place, "be finite and not negative", value)
        prices[lever] = price
    return prices


def _said(lever: str) -> str:
    return "price of hassle" if lever == "hassle_price" else lever.replace("_", " ")


def _signed(number: float) -> str:
    return f"{number:+.3g}" if number else "0"


def _listed(words: str, parts: Mapping[str, float], side: int) -> str:
    """Return a sentence on the parts of one sign; nothing if there are none."""
    found = [f"{name} ({_signed(x)})" for name, x in parts.items() if x * side > 0]
    return f"{words}: {', '.join(found)}." if found else ""
