"""What does a better experience pay back, in prices and in costs?"""

from typing import Any, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw

__all__ = ["PricePremium", "experience_roi", "price_premium", "service_savings"]

_FINITE = "leave a finite result"


def _premium(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    _checks.finite(_, field, value)
    if not 0 < value <= 1:
        rule, hint = "be above 0 and at most 1", "write 0.1 for 10 % more"
        raise _checks.refuse(field.name, rule, value, hint=hint)


@attrs.frozen(kw_only=True, repr=False, str=False, getstate_setstate=False)
class PricePremium:
    """What is it worth that some would pay so much more?

    `price_premium` makes them.

    Parameters
    ----------
    premium : float
        How much more is asked, as a fraction of today's price; above 0, at most 1.
    willing : float
        Share of buyers who say they would pay that much more, 0 to 1.

    Raises
    ------
    InvalidTypeError
        If a figure is not a number.
    InvalidValueError
        If the premium is not above 0 and at most 1, or the share not from 0 to 1.

    Notes
    -----
    Invariants: 0 < premium <= 1, the share from 0 to 1. All changes are of
    revenue, as a fraction of today's, with one purchase each, now and then.

    Examples
    --------
    >>> from cxmkit.value import PricePremium
    >>> PricePremium(premium=0.1, willing=0.55)
    55.0 % would pay 10 % more: revenue +5.5 % if the others stay, -39.5 % if they leave
    """

    premium: float = attrs.field(converter=_checks.as_float, validator=_premium)
    willing: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )

    @property
    def change_if_others_stay(self) -> float:
        """Change of revenue if all others go on paying today's price.

        The best case: the better experience is an offer beside the one of today.
        """
        return self.premium * self.willing

    @property
    def change_if_others_leave(self) -> float:
        """Change of revenue if all others stop buying: one price for everybody."""
        return self.change_if_others_stay - (1 - self.willing)

    @property
    def tolerable_loss(self) -> float:
        """Share of the others that may stop buying before revenue falls, 0 to 1.

        1 if revenue does not fall even if all leave, or if there are no others.
        """
        others = 1 - self.willing
        gain = self.change_if_others_stay
        return gain / others if gain < others else 1.0

    # Saying

    def __repr__(self) -> str:
        """Say the share, the premium and both changes of revenue in one line."""
        return (
            f"{_percent(self.willing)} would pay {_plain(self.premium)} more: revenue"
            f" {_signed(self.change_if_others_stay)} if the others stay,"
            f" {_signed(self.change_if_others_leave)} if they leave"
        )

    def summary(self) -> str:
        """Return some sentences for a manager: what it is worth, at best and at worst.

        Examples
        --------
        >>> from cxmkit.value import PricePremium
        >>> print(PricePremium(premium=0.1, willing=0.55).summary())
        55.0 % say they would pay 10 % more. If all others go on paying today's price,
        revenue changes by +5.5 %; if they leave, by -39.5 %. It falls as soon as more
        than 12.2 % of the others leave. What people say they would pay is more than
        they pay.
        """
        said = (
            f"{_percent(self.willing)} say they would pay {_plain(self.premium)} more."
        )
        if self.willing < 1:
            said += (
                " If all others go on paying today's price, revenue changes by"
                f" {_signed(self.change_if_others_stay)}; if they leave, by"
                f" {_signed(self.change_if_others_leave)}."
            )
        if self.tolerable_loss < 1:
            said += (
                f" It falls as soon as more than {_percent(self.tolerable_loss)} of the"
                " others leave."
            )
        return f"{said} What people say they would pay is more than they pay."

    def __str__(self) -> str:
        """Return a table with a row per figure, for ``print``."""
        return _draw.text_table(self._table())

    def _table(self) -> dict[str, list[str]]:
        figures = self.to_dict()
        cells = [
            _signed(x) if "change" in n else _percent(x) for n, x in figures.items()
        ]
        names = [name.replace("_", " ") for name in figures]
        return {"figure": names, "value": cells}

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    def to_dict(self) -> dict[str, float]:
        """Return the premium, the share and what follows."""
        return {name: getattr(self, name) for name in _FIGURES}

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_FIGURES = (
    *("premium", "willing"),
    *("change_if_others_stay", "change_if_others_leave", "tolerable_loss"),
)


def price_premium(
    stated: npt.ArrayLike,
    *,
    premium: float,
    weights: npt.ArrayLike | None = None,
) -> PricePremium:
    """What is it worth that customers say they would pay more for a better experience?

    "85 % would pay more" says nothing of how much more, or of what the others do. This
    takes how much each would pay, and gives the share who would pay a premium and what
    that does to revenue at best and at worst.

    Parameters
    ----------
    stated : array_like
        How much more each customer would pay at most, as a fraction of today's price; 0
        for who would pay no more, 1 for who would pay double or even more.
    premium : float
        How much more is asked, as a fraction; above 0, at most 1.
    weights : array_like, optional
        How many customers, or what share of revenue, each entry stands for; not
        negative. By default one each.

    Returns
    -------
    PricePremium
        With ``willing``, ``change_if_others_stay``, ``change_if_others_leave`` and
        ``tolerable_loss``, all fractions.

    Raises
    ------
    InvalidTypeError
        If a value is not a number.
    InvalidValueError
        If a stated premium is not from 0 to 1, a weight is negative, *premium* is not
        above 0 and at most 1, or *weights* are not as many as *stated*.
    MissingValueError
        If a value is missing.
    EmptySampleError
        If there is nobody, or all weights are 0.

    Notes
    -----
    Whoever states exactly the premium would pay it. Revenue is not profit: what the
    better experience costs is not taken off.

    Stated amounts exceed those paid: in 28 studies by a median factor of 1.35, and by
    far more in some (Murphy et al., 2005). Divide *stated* by such a factor to see what
    is left.

    References
    ----------
    RightNow Technologies, & Harris Interactive (2010). Customer experience report,
    North America 2010. 85 % would pay more than the standard price for a superior
    experience: 76 % 5 % or more, 55 % 10 % or more, 27 % 15 % or more, 10 % 25 % or
    more (of all asked; some reports have them as shares of the 85 %).

    Murphy, J. J., Allen, P. G., Stevens, T. H., & Weatherhead, D. (2005). A
    meta-analysis of hypothetical bias in stated preference valuation. Environmental and
    Resource Economics, 30(3), 313-325.

    Examples
    --------
    The published shares, each group counted at the least it would pay:

    >>> from cxmkit.value import price_premium
    >>> stated = [0, 0.01, 0.05, 0.10, 0.15, 0.25]
    >>> people = [15, 9, 21, 28, 17, 10]
    >>> price_premium(stated, premium=0.01, weights=people).willing
    0.85
    >>> price_premium(stated, premium=0.10, weights=people)
    55.0 % would pay 10 % more: revenue +5.5 % if the others stay, -39.5 % if they leave
    """
    amounts = _checks.floats(stated, "stated")
    rule, hint = "lie between 0 and 1", "write 0.1 for 10 % more"
    _checks.require("stated", amounts, (amounts >= 0) & (amounts <= 1), rule, hint)
    if amounts.ndim != 1:
        rule = "be a column (one dimension)"
        raise _checks.refuse("stated", rule, stated)
    number = _checks.weights_of(weights, "stated", amounts)
    if not number.any():
        raise _checks.refuse_empty("stated", "must be that of somebody; got none")
    asked = _checks.as_number("premium", premium)
    number = number / number.max()  # sums stay finite
    willing = float(number[amounts >= asked].sum() / number.sum())
    return PricePremium(premium=asked, willing=min(willing, 1.0))


@overload
def service_savings(
    contacts: float, *, reduction: float, cost_per_contact: float
) -> float: ...


@overload
def service_savings(
    contacts: npt.ArrayLike,
    *,
    reduction: npt.ArrayLike,
    cost_per_contact: npt.ArrayLike,
) -> Any: ...


def service_savings(
    contacts: npt.ArrayLike,
    *,
    reduction: npt.ArrayLike,
    cost_per_contact: npt.ArrayLike,
) -> Any:
    """How much do fewer service calls save?

    contacts x reduction x cost per contact

    Parameters
    ----------
    contacts : array_like
        Service contacts in a period, such as calls in a year; not negative.
    reduction : array_like
        The part of them that will no longer be needed, 0 to 1.
    cost_per_contact : array_like
        What one contact less saves, in money; not negative. Take only what is really no
        longer spent: staff and rent that are paid anyway save nothing.

    Returns
    -------
    float or ndarray
        Money of *cost_per_contact* per the same period, 0 or more, in the broadcast
        shape; a float if all are scalars.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If an argument is negative, *reduction* is above 1, shapes do not broadcast, or
        the saving is too large for a float.
    MissingValueError
        If a value is missing.

    Notes
    -----
    "10 % fewer service calls save up to 600,000 dollars a year" has no known primary
    source. It holds for whoever spends 6 million a year on calls, and for nobody else.
    A call can also be avoided by not picking up: that is a cost, to the customer.

    Examples
    --------
    The quoted saving needs, for example, a million calls of 6 dollars a year:

    >>> from cxmkit.value import service_savings
    >>> service_savings(1_000_000, reduction=0.1, cost_per_contact=6)
    600000.0
    >>> service_savings([20_000, 50_000], reduction=0.1, cost_per_contact=6)
    array([12000., 30000.])
    """
    number = _checks.not_negative(contacts, "contacts")
    part = _checks.fractions(reduction, "reduction")
    cost = _checks.not_negative(cost_per_contact, "cost_per_contact")
    _checks.require_one_shape(contacts=number, reduction=part, cost_per_contact=cost)
    with np.errstate(over="ignore"):  # refused below
        saving = number * part * cost
    _checks.require_cells("contacts", number, np.isfinite(saving), _FINITE)
    return _checks.scalar_or_array(saving)


@overload
def experience_roi(benefit: float, *, investment: float) -> float: ...


@overload
def experience_roi(benefit: npt.ArrayLike, *, investment: npt.ArrayLike) -> Any: ...


def experience_roi(benefit: npt.ArrayLike, *, investment: npt.ArrayLike) -> Any:
    """How much comes back of what is invested in experience, beyond the investment?

    (benefit - investment) / investment

    Parameters
    ----------
    benefit : array_like
        What the investment brings: savings, and margin (not revenue) that would not be
        there without it. May be negative.
    investment : array_like
        What it costs, in the same money, discounted to the same day; above 0.

    Returns
    -------
    float or ndarray
        A fraction: 0 if the money just comes back, -1 if nothing does, unbounded above,
        more is better. In the broadcast shape; a float if both are scalars.

    Raises
    ------
    InvalidTypeError
        If an argument is not a number.
    InvalidValueError
        If *investment* is not above 0, shapes do not broadcast, or the result is too
        large for a float.
    MissingValueError
        If a value is missing.

    Notes
    -----
    A small investment can have a high return and little effect: compare benefits less
    investments as well, which is money.

    Examples
    --------
    10 % of 200,000 calls of 6 are saved, for 80,000:

    >>> from cxmkit.value import experience_roi, service_savings
    >>> saving = service_savings(200_000, reduction=0.1, cost_per_contact=6)
    >>> experience_roi(saving, investment=80_000)
    0.5
    """
    gain = _checks.floats(benefit, "benefit")
    spent = _checks.floats(investment, "investment")
    _checks.require("investment", spent, spent > 0, "be above 0")
    _checks.require_one_shape(benefit=gain, investment=spent)
    with np.errstate(over="ignore"):  # refused below
        roi = (gain - spent) / spent
    _checks.require_cells("benefit", gain, np.isfinite(roi), _FINITE)
    return _checks.scalar_or_array(roi)


def _percent(share: float) -> str:
    return f"{100 * share:,.1f} %"


def _signed(share: float) -> str:
    return f"{100 * share:+z,.1f} %"


def _plain(share: float) -> str:
    return f"{100 * share:,.10g} %"
