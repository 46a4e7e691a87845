"""Which part of what customers spend do we get?"""

from typing import Any, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _states
from cxmkit._checks import FloatArray

__all__ = ["MarketShare", "market_share", "share_of_customer", "wallet_allocation"]

# 0.1 + 0.2 spent with us is no more than 0.3 spent in all.
_ROUNDING = 1e-9
_OURS = "what is spent with us is part of what is spent in all"


@overload
def share_of_customer(spend: float, category_spend: float) -> float: ...


@overload
def share_of_customer(spend: npt.ArrayLike, category_spend: npt.ArrayLike) -> Any: ...


def share_of_customer(spend: npt.ArrayLike, category_spend: npt.ArrayLike) -> Any:
    """Which part of a customer's spending in our category do we get?

    spend / category spend, customer by customer; also called share of wallet.

    Parameters
    ----------
    spend : array_like
        What each customer spends with us, in money; not negative.
    category_spend : array_like
        What each spends in the category in all, with us and with others, in the same
        money and the same time.

    Returns
    -------
    float or ndarray
        A fraction from 0 to 1, 1 best, in the broadcast shape; a float if both are
        scalars. NaN in an array for those who spend nothing in the category.

    Raises
    ------
    InvalidTypeError
        If an amount is not a number.
    InvalidValueError
        If an amount is negative, more is spent with us than in all, or shapes do not
        broadcast.
    MissingValueError
        If an amount is missing.
    EmptySampleError
        If nothing is spent in the category, for a scalar *category_spend*.

    Notes
    -----
    The mean of the shares of many customers is not our share of their spending: it
    counts who spends little as much as who spends a lot. That share is
    ``market_share(spend, category_spend).share_of_wallet``.

    References
    ----------
    Peppers, D., & Rogers, M. (1993). The one to one future: Building relationships one
    customer at a time. Doubleday.

    Examples
    --------
    >>> from cxmkit.value import share_of_customer
    >>> share_of_customer([60, 0, 30], [80, 50, 300])
    array([0.75, 0.  , 0.1 ])
    """
    ours, whole = _spending(spend, category_spend)
    if whole.ndim == 0 and not whole:
        words = "must be above 0; got no spending"
        raise _checks.refuse_empty("category_spend", words)
    return _checks.scalar_or_array(np.minimum(_states.ratios(ours, whole), 1.0))


def _amount(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    _checks.finite(_, field, value)
    if value < 0:
        raise _checks.refuse(field.name, "not be negative", value)


@attrs.frozen(kw_only=True, repr=False, str=False, getstate_setstate=False)
class MarketShare:
    """Which part of the market is ours: by many buyers, loyal ones, or heavy ones?

    `market_share` makes them. They add: those of regions are that of the country, if no
    customer is in two of them.

    Parameters
    ----------
    spend : float
        What all spend with us, in money.
    category_spend : float
        What all spend in the category; above 0.
    buyers_category_spend : float
        What our buyers spend in the category, with us and with others.
    buyers : float
        Number of customers who spend something with us.
    category_buyers : float
        Number of customers who spend something in the category.

    Raises
    ------
    InvalidTypeError
        If a figure is not a number.
    InvalidValueError
        If a figure is negative or not finite, a part exceeds its whole, or there is
        spending without buyers or the reverse.

    Notes
    -----
    Invariants: spend <= buyers' category spend <= category spend; buyers <= category
    buyers; there are buyers where there is spending, and the reverse.

    share = penetration x share of wallet x usage index, always.

    Examples
    --------
    >>> from cxmkit.value import market_share
    >>> north = market_share([60, 0, 30], [80, 50, 300])
    >>> south = market_share([20, 0], [40, 30])
    >>> north + south
    Market share 22.0 % = 60.0 % of buyers x 26.2 % of their wallet x usage 1.40
    """

    spend: float = attrs.field(converter=_checks.as_float, validator=_amount)
    category_spend: float = attrs.field(converter=_checks.as_float, validator=_amount)
    buyers_category_spend: float = attrs.field(
        converter=_checks.as_float, validator=_amount
    )
    buyers: float = attrs.field(converter=_checks.as_float, validator=_amount)
    category_buyers: float = attrs.field(converter=_checks.as_float, validator=_amount)

    def __attrs_post_init__(self) -> None:
        """Check that parts are parts."""
        if not (self.category_spend > 0 and self.category_buyers > 0):
            guilty = "category_buyers" if self.category_spend else "category_spend"
            raise _checks.refuse(guilty, "be above 0", getattr(self, guilty))
        for part, whole in (
            ("spend", "buyers_category_spend"),
            ("buyers_category_spend", "category_spend"),
            ("buyers", "category_buyers"),
        ):
            limit = getattr(self, whole)
            if getattr(self, part) > limit * (1 + _ROUNDING):
                rule = f"not exceed {whole} ({limit:g})"
                raise _checks.refuse(part, rule, getattr(self, part))
        if (self.spend > 0) != (self.buyers > 0):
            rule = "be above 0 where spend is, and nowhere else"
            raise _checks.refuse("buyers", rule, self.buyers)

    @property
    def share(self) -> float:
        """Our part of all spending, 0 to 1; the same as ``float(result)``."""
        return self.spend / self.category_spend

    @property
    def penetration(self) -> float:
        """Our part of all buyers of the category, 0 to 1, whatever they spend."""
        return self.buyers / self.category_buyers

    @property
    def share_of_wallet(self) -> float | None:
        """Our part of what our buyers spend in all, 0 to 1; None without buyers."""
        return self.spend / self.buyers_category_spend if self.buyers else None

    @property
    def usage_index(self) -> float | None:
        """How much our buyers spend in all, of what buyers do; 1 is as much as others.

        None without buyers. Above 1 ours are the heavy users of the category.
        """
        if not self.buyers:
            return None
        spending = self.buyers_category_spend / self.category_spend
        return spending / self.penetration

    def __float__(self) -> float:
        return self.share

    def __add__(self, other: object) -> "MarketShare":
        """Return that of two groups together; no customer may be in both."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, MarketShare):
            return NotImplemented
        names = [field.name for field in attrs.fields(MarketShare)]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return MarketShare(**sums)

    __radd__ = __add__

    # Saying

    def __repr__(self) -> str:
        """Say the share and its three parts in one line."""
        head = f"Market share {_percent(self.share)}"
        if self.share_of_wallet is None:
            return f"{head}: no buyers"
        return (
            f"{head} = {_percent(self.penetration)} of buyers"
            f" x {_percent(self.share_of_wallet)} of their wallet"
            f" x usage {self.usage_index:.2f}"
        )

    def summary(self) -> str:
        """Return some sentences for a manager: the share, and what makes it.

        Examples
        --------
        >>> from cxmkit.value import market_share
        >>> print(market_share([60, 0, 30], [80, 50, 300]).summary())
        We get 20.9 % of all spending in the category. 66.7 % of its buyers buy from us,
        and give us 23.7 % of what they spend; they spend 1.33 times as much as buyers
        do on average.
        """
        said = f"We get {_percent(self.share)} of all spending in the category."
        if self.share_of_wallet is None:
            return f"{said} None of its buyers buys from us."
        return (
            f"{said} {_percent(self.penetration)} of its buyers buy from us, and give"
            f" us {_percent(self.share_of_wallet)} of what they spend; they spend"
            f" {self.usage_index:.2f} times as much as buyers do on average."
        )

    def __str__(self) -> str:
        """Return a table with a row per part, for ``print``."""
        return _draw.text_table(self._table())

    def _table(self) -> dict[str, list[str]]:
        figures = {
            "penetration": self.penetration,
            "share of wallet": self.share_of_wallet,
            "usage index": self.usage_index,
            "market share": self.share,
        }
        cells = ["" if x is None else f"{x:.4f}" for x in figures.values()]
        return {"part": [*figures], "value": cells}

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    def to_dict(self) -> dict[str, float | None]:
        """Return sums and parts; None is unknown."""
        return {name: getattr(self, name) for name in _FIGURES}

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_FIGURES = (
    *("spend", "category_spend", "buyers_category_spend", "buyers", "category_buyers"),
    *("share", "penetration", "share_of_wallet", "usage_index"),
)


def market_share(
    spend: npt.ArrayLike,
    category_spend: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
) -> MarketShare:
    """Which part of all spending is ours, and is that by many, loyal or heavy buyers?

    Sum of spend / sum of category spend. It is the mean of `share_of_customer`,
    weighted with what each customer spends in the category, and the product of

    ===============  ==================================================================
    penetration      our buyers, of all buyers in the category
    share of wallet  what our buyers spend with us, of what they spend in all
    usage index      what a buyer of ours spends in all, of what a buyer does
    ===============  ==================================================================

    Parameters
    ----------
    spend : array_like
        What each customer spends with us, in money; not negative.
    category_spend : array_like
        What each spends in the category in all, with us and with others. Customers who
        spend nothing in the category change nothing.
    weights : array_like, optional
        How many customers each entry stands for, as in a panel; not negative. By
        default one each.

    Returns
    -------
    MarketShare
        ``float(result)`` or ``.share`` is the share, a fraction from 0 to 1; the parts
        are ``.penetration``, ``.share_of_wallet`` and ``.usage_index``, the last two
        None if nobody buys from us. Results of disjoint groups of customers add.

    Raises
    ------
    InvalidTypeError
        If an amount is not a number.
    InvalidValueError
        If an amount is negative, more is spent with us than in all, columns are not
        equally long, or sums are too large for a float.
    MissingValueError
        If an amount is missing.
    EmptySampleError
        If nobody spends anything in the category.

    Notes
    -----
    The customers must be those of the whole market, or a sample of them such as a
    panel. With our own customers alone penetration is 1, and the share is our share of
    their wallet.

    Share of wallet here is that of all our buyers together; the mean of their
    individual shares is something else, and the product does not hold with it. Brands
    with few buyers tend to get less from each of them as well (double jeopardy), so a
    low share of wallet need not be the reason for a low market share.

    References
    ----------
    Farris, P. W., Bendle, N. T., Pfeifer, P. E., & Reibstein, D. J. (2010). Marketing
    metrics (2nd ed.). Pearson. Chapter 2: penetration share, share of requirements,
    heavy usage index.

    Examples
    --------
    A customer each: one buys mostly from us, one not at all, one a little but a lot of
    everything.

    >>> from cxmkit.value import market_share
    >>> result = market_share([60, 0, 30], [80, 50, 300])
    >>> result
    Market share 20.9 % = 66.7 % of buyers x 23.7 % of their wallet x usage 1.33
    >>> float(result)
    0.2093
    """
    ours, whole = _spending(spend, category_spend)
    number = (
        np.ones(ours.shape)
        if weights is None
        else _checks.not_negative(weights, "weights")
    )
    if ours.ndim != 1:
        raise _checks.refuse("spend", "be a column (one dimension)", spend)
    for name, column in {"category_spend": whole, "weights": number}.items():
        if column.shape != ours.shape:
            rule = f"have as many values as spend ({ours.size})"
            raise _checks.refuse(name, rule, column.shape)
    in_category = number * (whole > 0)
    if not in_category.any():
        words = "must be above 0 for somebody; got no spending"
        raise _checks.refuse_empty("category_spend", words)
    buying = in_category * (ours > 0)
    with np.errstate(over="ignore"):  # refused below
        total, customers = float(number @ whole), float(in_category.sum())
        ours_in_all, theirs_in_all = float(number @ ours), float(buying @ whole)
    for name, sum_of in {"category_spend": total, "weights": customers}.items():
        if not np.isfinite(sum_of):
            raise _checks.refuse(name, "have a finite sum", sum_of)
    return MarketShare(
        spend=ours_in_all,
        category_spend=total,
        buyers_category_spend=theirs_in_all,
        buyers=buying.sum(),
        category_buyers=customers,
    )


@overload
def wallet_allocation(rank: float, n_brands: int) -> float: ...


@overload
def wallet_allocation(rank: npt.ArrayLike, n_brands: npt.ArrayLike) -> Any: ...


def wallet_allocation(rank: npt.ArrayLike, n_brands: npt.ArrayLike) -> Any:
    """Which share of wallet is to be expected of a brand that a customer ranks so?

    The wallet allocation rule: (1 - rank / (n + 1)) x 2 / n. It depends on the rank
    among the brands that the customer uses, not on how satisfied the customer is.

    Parameters
    ----------
    rank : array_like
        Place of our brand among those that each customer uses, 1 best. Brands that a
        customer likes alike share the mean of their places: two at the top have 1.5
        each.
    n_brands : array_like of int
        How many brands each customer uses in the category, ours included; at least 1.

    Returns
    -------
    float or ndarray
        Expected share of wallet, above 0 and up to 1, in the broadcast shape; a float
        if both are scalars. Our score is the mean over our customers.

    Raises
    ------
    InvalidTypeError
        If a value is not a number.
    InvalidValueError
        If *n_brands* is not a whole number of 1 or more, a rank is neither whole nor
        half, is below 1 or above *n_brands*, or shapes do not broadcast.
    MissingValueError
        If a value is missing.

    Notes
    -----
    The shares of all brands of a customer sum to 1, if ties have their mean rank. With
    the best rank for each (1, 1 instead of 1.5, 1.5) they would sum to more.

    The rule is meant for categories where customers use several brands: at least 40 %
    of them more than one, or 1.4 brands on average. It was found by fitting, and
    describes averages, not single customers. That a better rank would *bring* the
    higher share is an assumption. With real spending at hand use `share_of_customer`.

    References
    ----------
    Keiningham, T. L., Aksoy, L., Buoye, A., & Cooil, B. (2011). Customer loyalty isn't
    enough. Grow your share of wallet. Harvard Business Review, 89(10), 29-31.

    Keiningham, T., Aksoy, L., Williams, L., & Buoye, A. (2015). The wallet allocation
    rule: Winning the battle for share. Wiley. Appendices A and B.

    Examples
    --------
    Three customers rank us first of two, third of three, and first together with
    another of four. What may we expect of each, and on average?

    >>> from cxmkit.value import wallet_allocation
    >>> shares = wallet_allocation([1, 3, 1.5], [2, 3, 4])
    >>> shares
    array([0.6667, 0.1667, 0.35  ])
    >>> float(shares.mean())
    0.3944

    What do these customers, who spend 100, 300 and 200 in the category, give to a
    competitor whom they rank second, first and fourth?

    >>> stake = wallet_allocation([2, 1, 4], [2, 3, 4]) * [100, 300, 200]
    >>> float(stake.sum())
    203.33
    """
    place = _checks.floats(rank, "rank")
    brands = _checks.counts(n_brands, "n_brands").astype(np.float64)
    _checks.require("n_brands", brands, brands >= 1, "be at least 1")
    rule = "be a whole or half number of at least 1"
    with np.errstate(over="ignore"):  # refused below: so many brands there are not
        good = (place >= 1) & (2 * place == np.rint(2 * place))
    hint = "brands that are liked alike share the mean of their places"
    _checks.require("rank", place, good, rule, hint)
    _checks.require_one_shape(rank=place, n_brands=brands)
    rule = "not exceed n_brands"
    _checks.require_cells("rank", place, place <= brands, rule)
    # As one fraction: exact where its terms are, and never 1 - 1.
    share = 2 * (brands + 1 - place) / (brands * (brands + 1))
    return _checks.scalar_or_array(share)


def _spending(
    spend: npt.ArrayLike, category_spend: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return what is spent with us, and in all."""
    ours = _checks.not_negative(spend, "spend")
    whole = _checks.not_negative(category_spend, "category_spend")
    _checks.require_one_shape(spend=ours, category_spend=whole)
    good = ours / (1 + _ROUNDING) <= whole
    _checks.require_cells("spend", ours, good, "not exceed category_spend", _OURS)
    return ours, whole


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
