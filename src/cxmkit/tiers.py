"""Which customers differ in value and needs, and what follows for how we treat them?"""

from typing import Any, Literal, get_args

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _states
from cxmkit._axes import Coder, is_pair
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.errors import InvalidTypeError

__all__ = [
    "CustomerTiers",
    "RfmScores",
    "ValueNeedMatrix",
    "customer_tiers",
    "rfm_scores",
    "value_need_matrix",
]

Tier = Literal["most-valuable", "most-growable", "rest", "below-zero"]
Approach = Literal["mass", "niche", "key-account", "one-to-one"]

_TIERS: tuple[Tier, ...] = get_args(Tier)
_MVC, _MGC, _REST, _BZ = range(4)

# Sums and differences are off by less than this part of them: without it 0.9 is not
# 30 % of 0.9 + 0.8 + 0.7 + 0.4 + 0.2, and 0.33 - 0.12 is not 0.21.
_ROUNDING = 1e-9
_RESIDUE = 1e-12  # of a difference of numbers that are meant to be equal, relative
_MOST_BINS = 9  # a score is one digit of a cell such as 543


def _are_tiers(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    if value.ndim != 1 or value.dtype.kind not in "iu":
        rule = "be a column of whole numbers"
        raise _checks.refuse(field.name, rule, value.dtype, error=InvalidTypeError)
    if not value.size:
        raise _checks.refuse_empty(field.name, "must hold at least one customer")
    good = (value >= 0) & (value < len(_TIERS))
    _checks.require(field.name, value, good, f"be the code of a tier, 0 to {_BZ}")


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class CustomerTiers:
    """Whom to keep, whom to grow, and who costs more than they could ever bring?

    `customer_tiers` makes them. Arrays are read-only. The tiers are, in this order,
    "most-valuable" (often MVC), "most-growable" (MGC), "rest" and "below-zero" (BZ).

    Parameters
    ----------
    codes : array_like of int
        The tier of each customer, as its place in the order above, 0 to 3.
    actual : array_like of float
        Sum of actual value by tier, less cost to serve.
    potential : array_like of float
        Sum of potential value by tier, less cost to serve.
    top_share : float
        The share that the most valuable and the most growable cover, between 0 and 1.

    Raises
    ------
    InvalidTypeError
        If codes are not whole numbers or sums are not numbers.
    InvalidValueError
        If a code is none, there are not four sums, sums are not finite, or *top_share*
        is not between 0 and 1.
    EmptySampleError
        If there is no customer.

    Notes
    -----
    Invariants: codes are from 0 to 3; sums have one entry per tier. Results are equal
    when all fields are, and have no hash.

    Examples
    --------
    >>> from cxmkit.value import customer_tiers
    >>> tiers = customer_tiers([90, 20, 5, 4, -10], [95, 30, 60, 6, -5])
    >>> tiers
    Tiers of 5 customers: 2 most valuable, 1 most growable, 1 below zero, 1 of the rest
    >>> tiers.labels.tolist()
    ['most-valuable', 'most-valuable', 'most-growable', 'rest', 'below-zero']
    """

    codes: npt.NDArray[Any] = attrs.field(
        converter=_states.as_codes, validator=_are_tiers
    )
    actual: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    potential: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    top_share: float = attrs.field(converter=_checks.as_float)

    def __attrs_post_init__(self) -> None:
        """Check that there is one sum per tier."""
        for name in ("actual", "potential"):
            _states.require_shape(name, getattr(self, name), (len(_TIERS),))
        _checks.open_unit("top_share", self.top_share)

    @property
    def counts(self) -> IntArray:
        """Number of customers by tier."""
        return np.bincount(self.codes, minlength=len(_TIERS)).astype(np.int64)

    @property
    def labels(self) -> npt.NDArray[np.str_]:
        """The name of the tier of each customer, in the order they were given."""
        return np.asarray(np.array(_TIERS)[self.codes])

    def __len__(self) -> int:
        """Return the number of customers."""
        return self.codes.size

    # Saying

    def __repr__(self) -> str:
        """Say how many are in each tier, in one line."""
        most, growable, rest, below = (f"{n:,}" for n in self.counts)
        return (
            f"Tiers of {_draw.counted(len(self), 'customer')}: {most} most valuable,"
            f" {growable} most growable, {below} below zero, {rest} of the rest"
        )

    def summary(self) -> str:
        """Return some sentences for a manager: whom to keep, to grow, to fix.

        Examples
        --------
        >>> from cxmkit.value import customer_tiers
        >>> tiers = customer_tiers([90, 20, 5, 4, -10], [95, 30, 60, 6, -5])
        >>> print(tiers.summary())
        Most valuable: 2 of 5 customers (40.0 %), with 80 % or more of all value above
        zero; keep them. Most growable: 1 of 5 customers (20.0 %), with 80 % or more of
        what the others could bring beyond today; grow them. Below zero: 1 of 5
        customers (20.0 %), who bring nothing and could not; fix what they cost, or
        release them.
        """
        part = f"with {100 * self.top_share:.10g} % or more of"
        said = {
            "Most valuable": f"{part} all value above zero; keep them",
            "Most growable": f"{part} what the others could bring beyond today;"
            " grow them",
            "Below zero": "who bring nothing and could not; fix what they cost, or"
            " release them",
        }
        places = zip(said.items(), (_MVC, _MGC, _BZ), strict=True)
        return " ".join(
            self._said(name, words, int(self.counts[place]))
            for (name, words), place in places
        )

    def _said(self, name: str, words: str, count: int) -> str:
        if not count:
            return f"{name}: none."
        everybody = _draw.counted(len(self), "customer")
        return (
            f"{name}: {count:,} of {everybody}"
            f" ({_states.percent(count / len(self))}), {words}."
        )

    def __str__(self) -> str:
        """Return a table with a row per tier, for ``print``."""
        return f"{self!r}\n{_draw.text_table(self._table())}"

    def _table(self) -> dict[str, list[str]]:
        columns = self.to_columns()
        return {
            "tier": columns["tier"],
            "customers": [f"{count:,}" for count in columns["customers"]],
            "share": [_states.percent(share) for share in columns["share"]],
            "actual": [f"{value:z,.2f}" for value in columns["actual"]],
            "potential": [f"{value:z,.2f}" for value in columns["potential"]],
        }

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per tier; who is in which is in `codes` and `labels`."""
        rows = zip(_TIERS, self.counts, self.actual, self.potential, strict=True)
        return [
            {
                "tier": tier,
                "customers": int(count),
                "share": float(count / len(self)),
                "actual": float(actual),
                "potential": float(potential),
            }
            for tier, count, actual, potential in rows
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        records = self.to_records()
        return _states.columns([*records[0]], records)

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return _states.plain(self)

    def __eq__(self, other: object) -> bool:
        """Compare tiers, sums and the share."""
        if not isinstance(other, CustomerTiers):
            return NotImplemented
        same = self.top_share == other.top_share
        return same and _checks.same_arrays(self, other, _ARRAYS)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ARRAYS = ("codes", "actual", "potential")
_MOST = 2**63  # as all counts; Python does not even write some beyond


def customer_tiers(
    actual: npt.ArrayLike,
    potential: npt.ArrayLike,
    *,
    cost_to_serve: npt.ArrayLike = 0.0,
    top_share: float = 0.8,
) -> CustomerTiers:
    """Whom to keep, whom to grow, and who costs more than they could ever bring?

    ===============  ==================================================================
    below zero       actual and potential value, each less cost to serve, are both 0 or
                     less
    most valuable    of the others, those whose actual value is needed to cover
                     *top_share* of all actual value above 0, the largest first
    most growable    of those left, those whose unrealised potential (potential less
                     actual value) is needed to cover *top_share* of theirs above 0, the
                     largest first
    rest             all others; Peppers and Rogers call some of them migrators
    ===============  ==================================================================

    Parameters
    ----------
    actual : array_like
        What each customer is worth as things are: margin of a year, or lifetime value
        (`clv`), in money. May be negative.
    potential : array_like
        What each could be worth with the best we can do, in the same money. A potential
        below the actual value is no potential to grow.
    cost_to_serve : array_like, default: 0.0
        What it costs to serve each, over the same time; not negative. It is taken off
        both values. Leave it at 0 if they are net of it.
    top_share : float, default: 0.8
        The share to cover, between 0 and 1: a house default, after the 80/20 rule.

    Returns
    -------
    CustomerTiers
        The tier of each customer as ``codes`` and ``labels``; customers and value by
        tier.

    Raises
    ------
    InvalidTypeError
        If a value is not a number.
    InvalidValueError
        If columns are not equally long, a cost is negative, *top_share* is not between
        0 and 1, or sums are too large for a float.
    MissingValueError
        If a value is missing.
    EmptySampleError
        If there is no customer.

    Notes
    -----
    The order of rows does not matter: whoever is worth as much as the last one needed,
    to nine digits, belongs to the same tier. With many equal values a tier then covers
    more than *top_share*.

    Actual value can be counted; potential value is a forecast, and the tiers are no
    better than it is. Peppers and Rogers leave open how many are most growable; that
    the same share is used for both is our rule.

    References
    ----------
    Peppers, D., & Rogers, M. (2017). Managing customer experience and relationships: A
    strategic framework (3rd ed.). Wiley. Chapter 5: actual, potential and unrealised
    potential value.

    Examples
    --------
    >>> from cxmkit.value import customer_tiers
    >>> print(customer_tiers([90, 20, 5, 4, -10], [95, 30, 60, 6, -5]))
    Tiers of 5 customers: 2 most valuable, 1 most growable, 1 below zero, 1 of the rest
    tier           customers   share  actual  potential
    most-valuable          2  40.0 %  110.00     125.00
    most-growable          1  20.0 %    5.00      60.00
    rest                   1  20.0 %    4.00       6.00
    below-zero             1  20.0 %  -10.00      -5.00

    What it costs to serve them can turn the order round:

    >>> customer_tiers([90, 80], [90, 95], cost_to_serve=[88, 10]).labels.tolist()
    ['rest', 'most-valuable']
    """
    top = _checks.open_unit("top_share", top_share)
    today = _column("actual", actual)
    future = _as_long("potential", potential, today.size)
    cost = _checks.not_negative(cost_to_serve, "cost_to_serve")
    if cost.shape not in {(), today.shape}:
        rule = f"be one number or as many as actual ({today.size})"
        raise _checks.refuse("cost_to_serve", rule, cost.shape)
    with np.errstate(over="ignore", invalid="ignore"):  # sums are refused
        now, later = _less(today, cost), _less(future, cost)
        below = (now <= 0) & (later <= 0)
        most = _covering(now, top)
        # Costs cancel; without them equal gains stay equal to the last digit.
        gain = np.where(below | most, 0.0, future - today)
        codes = np.select([below, most, _covering(gain, top)], [_BZ, _MVC, _MGC], _REST)
        sums = [np.bincount(codes, x, minlength=len(_TIERS)) for x in (now, later)]
    for name, total in zip(("actual", "potential"), sums, strict=True):
        if not np.isfinite(total).all():
            raise _checks.refuse(name, "have a finite sum", float(total.sum()))
    return CustomerTiers(
        codes=codes.astype(np.int8), actual=sums[0], potential=sums[1], top_share=top
    )


def _in_reach(_: Any, field: "attrs.Attribute[Any]", value: int) -> None:
    if value >= _MOST:
        raise _checks.refuse(field.name, "be below 2 ** 63", value)


@attrs.frozen(kw_only=True, repr=False, str=False, getstate_setstate=False)
class ValueNeedMatrix:
    """In what do our customers differ: in value, in needs, in both, in neither?

    `value_need_matrix` makes them.

    Parameters
    ----------
    share_needed : float
        The smallest share of customers who bring 80 % of all value above zero, 0 to 1;
        about 0.8 if all are worth the same (1 if they are four or fewer), and the
        less, the more they differ.
    need_dispersion : float
        How often two customers picked at random have different needs, 0 to 1; 0 if all
        have the same.
    customers : int
        Number of customers.
    needs : int
        Number of different needs.
    skewed_up_to : float, default: 0.4
        Up to which *share_needed* customers count as different in value.
    diverse_from : float, default: 0.5
        From which *need_dispersion* they count as different in needs.

    Raises
    ------
    InvalidTypeError
        If a figure is not a number.
    InvalidValueError
        If a share lies outside 0 to 1, or there are more needs than customers, or none.

    Notes
    -----
    Invariants: shares are from 0 to 1; 1 <= needs <= customers.

    Examples
    --------
    >>> from cxmkit.value import value_need_matrix
    >>> value_need_matrix([90, 5, 3, 2], ["ease", "price", "ease", "status"])
    One-to-one: 25.0 % of customers bring 80 % of value, needs differ in 62.5 %
    """

    share_needed: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    need_dispersion: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    customers: int = attrs.field(validator=[_states.count, _in_reach])
    needs: int = attrs.field(validator=_states.count)
    skewed_up_to: float = attrs.field(
        default=0.4, converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    diverse_from: float = attrs.field(
        default=0.5, converter=_checks.as_float, validator=_checks.within(0, 1)
    )

    def __attrs_post_init__(self) -> None:
        """Check that there are customers, and no more needs than those."""
        if not 1 <= self.needs <= self.customers:
            rule = f"be from 1 to the number of customers ({self.customers})"
            raise _checks.refuse("needs", rule, self.needs)

    @property
    def values_differ(self) -> bool:
        """Whether few customers bring most of the value."""
        return self.share_needed <= self.skewed_up_to

    @property
    def needs_differ(self) -> bool:
        """Whether customers want different things."""
        return self.need_dispersion >= self.diverse_from

    @property
    def approach(self) -> Approach:
        """The way of marketing that suits: one of the four cells."""
        if self.values_differ:
            return "one-to-one" if self.needs_differ else "key-account"
        return "niche" if self.needs_differ else "mass"

    # Saying

    def __repr__(self) -> str:
        """Say the approach and why, in one line."""
        return (
            f"{self.approach.capitalize()}: {_states.percent(self.share_needed)} of"
            " customers bring 80 % of value, needs differ in"
            f" {_states.percent(self.need_dispersion)}"
        )

    def summary(self) -> str:
        """Return some sentences for a manager: how customers differ, what follows.

        Examples
        --------
        >>> from cxmkit.value import value_need_matrix
        >>> found = value_need_matrix([90, 5, 3, 2], ["ease", "price", "ease", "price"])
        >>> print(found.summary())
        25.0 % of 4 customers bring 80 % of all value above zero, and two picked at
        random (with replacement) want different things in 50.0 % of cases. They differ
        in value and in needs: treat each as the one they are (one-to-one marketing).
        Where the lines are drawn (40 %, 50 %) is a convention.
        """
        lines = f"{_plain(self.skewed_up_to)}, {_plain(self.diverse_from)}"
        return (
            f"{_states.percent(self.share_needed)} of"
            f" {_draw.counted(self.customers, 'customer')} bring 80 % of all value"
            " above zero, and two picked at random (with replacement) want different"
            f" things in {_states.percent(self.need_dispersion)} of cases."
            f" {_ADVICE[self.approach]}. Where the lines are drawn ({lines}) is a"
            " convention."
        )

    def __str__(self) -> str:
        """Return the four cells as a table, ours in brackets, for ``print``."""
        return f"{self!r}\n{_draw.text_table(self._table())}"

    def _table(self) -> dict[str, list[str]]:
        cells = [_marked(cell, self.approach) for cell in get_args(Approach)]
        return {
            "customers are": ["alike in value", "different in value"],
            "alike in needs": [cells[0], cells[2]],
            "different in needs": [cells[1], cells[3]],
        }

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    def to_dict(self) -> dict[str, Any]:
        """Return figures, lines and the approach."""
        found = {"values_differ": self.values_differ, "needs_differ": self.needs_differ}
        return attrs.asdict(self) | found | {"approach": self.approach}

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ADVICE: dict[Approach, str] = {
    "mass": "They are alike in both: one offer for all does (mass marketing)",
    "niche": "They differ in needs, not in value: an offer for each need (niche"
    " marketing)",
    "key-account": "They differ in value, not in needs: more care for those worth more"
    " (key accounts, loyalty tiers)",
    "one-to-one": "They differ in value and in needs: treat each as the one they are"
    " (one-to-one marketing)",
}


def value_need_matrix(
    value: npt.ArrayLike,
    needs: Any,
    *,
    skewed_up_to: float = 0.4,
    diverse_from: float = 0.5,
) -> ValueNeedMatrix:
    """Which way of marketing suits: do customers differ in value, in needs, in both?

    Value: the smallest share of customers who bring 80 % of all value above zero.
    Needs: 1 less the sum of squared shares of customers with each need, which is how
    often two customers, picked at random with replacement, want different things.

    ==================  ================  ==================
    customers are       alike in needs    different in needs
    ==================  ================  ==================
    alike in value      "mass"            "niche"
    different in value  "key-account"     "one-to-one"
    ==================  ================  ==================

    Parameters
    ----------
    value : array_like
        What each customer is worth to us, in money. May be negative.
    needs : labels
        The main need of each customer, or the group of customers with like needs;
        labels, or a pair (integer codes, labels).
    skewed_up_to : float, default: 0.4
        Up to which share of customers values count as different. A house default: half
        of the 0.8 that is needed if all are worth the same.
    diverse_from : float, default: 0.5
        From which dispersion needs count as different. A house default: two customers
        are as likely to want different things as the same.

    Returns
    -------
    ValueNeedMatrix
        ``share_needed``, ``need_dispersion`` and the ``approach``.

    Raises
    ------
    InvalidTypeError
        If a value is not a number, or a need has no hash.
    InvalidValueError
        If columns are not equally long, a line lies outside 0 to 1, or the sum of
        values is too large for a float.
    MissingValueError
        If a value or a need is missing.
    EmptySampleError
        If there is no customer, or none is worth more than 0.

    Notes
    -----
    Finer groups of needs make needs more diverse: with k equal groups the dispersion is
    1 - 1 / k. The same groups must be used wherever results are compared. Values of few
    customers look more alike than they are. The four cells are a guide to think with,
    not a measurement.

    References
    ----------
    Peppers, D., & Rogers, M. (1997). Enterprise one to one: Tools for competing in the
    interactive age. Doubleday. The four cells, with petrol stations, bookshops,
    airlines and computer systems as their examples, are also in Kale, V. (2014).
    Implementing SAP CRM. CRC Press. Niche marketing is there called target marketing.

    Examples
    --------
    >>> from cxmkit.value import value_need_matrix
    >>> found = value_need_matrix([90, 5, 3, 2], ["ease", "ease", "ease", "price"])
    >>> found.share_needed, found.need_dispersion, found.approach
    (0.25, 0.375, 'key-account')
    >>> print(found)
    Key-account: 25.0 % of customers bring 80 % of value, needs differ in 37.5 %
    customers are       alike in needs  different in needs
    alike in value      mass            niche
    different in value  [key-account]   one-to-one
    """
    worth = _column("value", value)
    if not (worth > 0).any():
        words = "must be above 0 for somebody; got none"
        raise _checks.refuse_empty("value", words)
    labels, _ = _checks.as_array(needs[0] if is_pair(needs) else needs, "needs")
    if labels.ndim == 1 and labels.size != worth.size:
        rule = f"have as many labels as value ({worth.size})"
        raise _checks.refuse("needs", rule, labels.size)
    coder = Coder("needs", needs, length=worth.size)
    codes = np.concatenate([coder.codes(rows) for rows in _checks.chunks(worth.size)])
    found = np.bincount(codes)
    shares = found / worth.size
    with np.errstate(over="ignore"):  # refused below
        descending, last = _needed(worth, 0.8)
        total = float(descending.sum())
    if not np.isfinite(total):
        raise _checks.refuse("value", "have a finite sum", total)
    return ValueNeedMatrix(
        share_needed=(last + 1) / worth.size,
        need_dispersion=max(1.0 - float(shares @ shares), 0.0),
        customers=worth.size,
        needs=int(np.count_nonzero(found)),
        skewed_up_to=skewed_up_to,
        diverse_from=diverse_from,
    )


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class RfmScores:
    """Who bought lately, often and for much, compared with the other customers?

    `rfm_scores` makes them. Arrays are read-only and have one entry per customer.

    Parameters
    ----------
    recency, frequency, monetary : array_like of int
        Scores of each customer, 1 to *bins*, *bins* best.
    bins : int
        The best score, 2 to 9.

    Raises
    ------
    InvalidTypeError
        If a score is not a whole number.
    InvalidValueError
        If a score lies outside 1 to *bins*, or columns are not equally long.
    EmptySampleError
        If there is no customer.

    Notes
    -----
    Invariants: scores are from 1 to *bins*. Results are equal when all fields are, and
    have no hash.

    Examples
    --------
    >>> from cxmkit.value import rfm_scores
    >>> scores = rfm_scores([3, 40, 200], [12, 1, 2], [900, 0, 50])
    >>> scores
    RFM scores 1 to 5 of 3 customers: none has the best score in all three
    >>> scores.cells
    array([444, 211, 122])
    """

    recency: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    frequency: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    monetary: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    bins: int = attrs.field()

    def __attrs_post_init__(self) -> None:
        """Check that columns are equally long and scores are scores."""
        _require_bins(self.bins)
        if not self.recency.size:
            raise _checks.refuse_empty("recency", "must hold at least one customer")
        for name in _PARTS:
            scores = getattr(self, name)
            _states.require_shape(name, scores, (self.recency.size,))
            good = (scores >= 1) & (scores <= self.bins)
            _checks.require(name, scores, good, f"be from 1 to {self.bins}")

    @property
    def cells(self) -> IntArray:
        """The three scores as digits of one number, such as 543."""
        return np.asarray(100 * self.recency + 10 * self.frequency + self.monetary)

    def __len__(self) -> int:
        """Return the number of customers."""
        return self.recency.size

    @property
    def _best(self) -> int:
        return int(np.count_nonzero(self.cells == 111 * self.bins))

    def __repr__(self) -> str:
        """Say how many there are, and how many are best in everything, in one line."""
        found = f"{self._best:,}" if self._best else "none"
        verb = "have" if self._best > 1 else "has"
        return (
            f"RFM scores 1 to {self.bins} of {_draw.counted(len(self), 'customer')}:"
            f" {found} {verb} the best score in all three"
        )

    def summary(self) -> str:
        """Return some sentences for a manager: what the best score means, who has it.

        Examples
        --------
        >>> from cxmkit.value import rfm_scores
        >>> scores = rfm_scores([3, 40, 200], [12, 1, 2], [900, 0, 50], bins=3)
        >>> print(scores.summary())
        1 of 3 customers (33.3 %) bought more recently, more often and for more than at
        least 66.7 % of all customers each. Scores compare customers with each other:
        they say nothing of how good the best are, or what they will do.
        """
        everybody = _draw.counted(len(self), "customer")
        return (
            f"{self._best:,} of {everybody}"
            f" ({_states.percent(self._best / len(self))}) bought more recently, more"
            " often and for more than at least"
            f" {_states.percent((self.bins - 1) / self.bins)} of all customers each."
            " Scores compare customers with each other: they say nothing of how good"
            " the best are, or what they will do."
        )

    def __str__(self) -> str:
        """Return a table of how many customers have each score, for ``print``."""
        return f"{self!r}\n{_draw.text_table(self._table())}"

    def _table(self) -> dict[str, list[str]]:
        table = {"score": [str(score + 1) for score in range(self.bins)]}
        for name in _PARTS:
            counts = np.bincount(getattr(self, name), minlength=self.bins + 1)[1:]
            table[name] = [f"{count:,}" for count in counts]
        return table

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    # Going out

    def to_records(self) -> list[dict[str, int]]:
        """Return one flat dict per customer."""
        columns = self.to_columns()
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_columns(self) -> dict[str, list[int]]:
        """Return scores and cells as columns for a dataframe."""
        return {name: getattr(self, name).tolist() for name in (*_PARTS, "cells")}

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return _states.plain(self)

    def __eq__(self, other: object) -> bool:
        """Compare all scores."""
        if not isinstance(other, RfmScores):
            return NotImplemented
        return self.bins == other.bins and _checks.same_arrays(self, other, _PARTS)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_PARTS = ("recency", "frequency", "monetary")


def rfm_scores(
    recency: npt.ArrayLike,
    frequency: npt.ArrayLike,
    monetary: npt.ArrayLike,
    *,
    bins: int = 5,
) -> RfmScores:
    """Who bought lately, often and for much, compared with the other customers?

    Each of the three gets a score from 1 to *bins*, *bins* best, for itself: 1 plus
    how many *bins*-ths of all customers are worse. With five, a 5 is better than at
    least 80 % of customers, and a 1 than less than 20 %.

    Parameters
    ----------
    recency : array_like
        Time since the last purchase of each customer, in any unit; not negative. *Less
        is better.* It is not the ``recency`` of a `CustomerHistory`, which is counted
        from the first purchase to the last one: pass ``age - recency`` of those.
    frequency : array_like
        Number of purchases of each; not negative, more is better.
    monetary : array_like
        What each has spent, in all or on average, in money; more is better. May be 0,
        or negative after returns.
    bins : int, default: 5
        The best score, 2 to 9.

    Returns
    -------
    RfmScores
        ``recency``, ``frequency``, ``monetary`` and ``cells`` such as 543.

    Raises
    ------
    InvalidTypeError
        If a value is not a number, or *bins* not a whole one.
    InvalidValueError
        If a value is negative, columns are not equally long, or *bins* is not 2 to 9.
    MissingValueError
        If a value is missing.
    EmptySampleError
        If there is no customer.

    Notes
    -----
    Customers with the same value have the same score, so bins may hold more or less
    than their part, or nobody: if 70 % have bought once, they all have a 1 in
    frequency, and 2 to 4 stay empty. If all are alike, all have a 1. The order of rows
    does not matter.

    The three are scored independently, not frequency within recency, so that a score
    means the same for all. Scores are ranks among the customers passed: who is scored
    with others, or a month later, can change without having done anything. For a
    forecast, in purchases and money, fit a model of the module `lifetime`.

    References
    ----------
    Hughes, A. M. (2012). Strategic database marketing (4th ed.). McGraw-Hill.

    Examples
    --------
    Days since the last purchase, number of purchases, amount:

    >>> from cxmkit.value import rfm_scores
    >>> scores = rfm_scores(
    ...     [3, 10, 40, 90, 200], [12, 2, 1, 2, 1], [900, 20, 30, 50, 0]
    ... )
    >>> scores.recency, scores.frequency
    (array([5, 4, 3, 2, 1]), array([5, 3, 1, 3, 1]))
    >>> scores.cells
    array([555, 432, 313, 234, 111])
    """
    _require_bins(bins)
    since = _column("recency", recency)
    often = _as_long("frequency", frequency, since.size, of="recency")
    much = _as_long("monetary", monetary, since.size, of="recency")
    for name, column in {"recency": since, "frequency": often}.items():
        _checks.require(name, column, column >= 0, "not be negative")
    return RfmScores(
        recency=_scores(-since, bins),
        frequency=_scores(often, bins),
        monetary=_scores(much, bins),
        bins=bins,
    )


def _scores(values: FloatArray, bins: int) -> IntArray:
    """Return 1 plus how many of *bins* equal parts of all values are smaller."""
    steps = np.arange(1, bins)
    # At least k n / bins values are smaller if the last one of so many is.
    last = -(-steps * values.size // bins) - 1
    edges = np.partition(values, last)[last]
    return 1 + np.searchsorted(edges, values)


def _require_bins(bins: object) -> None:
    if not 2 <= _checks.as_whole("bins", bins) <= _MOST_BINS:
        raise _checks.refuse("bins", f"be from 2 to {_MOST_BINS}", bins)


def _column(argument: str, values: npt.ArrayLike) -> FloatArray:
    """Return a column of numbers with at least one entry."""
    numbers = _checks.floats(values, argument)
    if numbers.ndim != 1:
        rule = "be a column (one dimension)"
        raise _checks.refuse(argument, rule, values)
    if not numbers.size:
        raise _checks.refuse_empty(argument, "must hold at least one customer")
    return numbers


def _less(value: FloatArray, cost: FloatArray) -> FloatArray:
    """Return the difference, 0 where only rounding is left of it."""
    rest = value - cost
    return np.where(np.abs(rest) > _RESIDUE * np.abs(value), rest, 0.0)


def _as_long(
    argument: str, values: npt.ArrayLike, length: int, *, of: str = "actual"
) -> FloatArray:
    """Return a column of numbers that is as long as another one."""
    numbers = _checks.floats(values, argument)
    if numbers.shape != (length,):
        rule = f"have as many values as {of} ({length})"
        raise _checks.refuse(argument, rule, numbers.shape)
    return numbers


def _covering(values: FloatArray, share: float) -> BoolArray:
    """Return who is needed to cover a share of what is above 0, and who is alike."""
    if not (values > 0).any():
        return np.zeros(values.shape, np.bool_)
    descending, last = _needed(values, share)
    # Equal differences of unequal numbers may be unequal in their last digits.
    return np.asarray(values >= descending[last] * (1 - _ROUNDING))


def _needed(values: FloatArray, share: float) -> tuple[FloatArray, int]:
    """Return what is above 0, the largest first, and the last place needed of it."""
    descending = np.sort(values[values > 0])[::-1]
    reached = np.cumsum(descending)
    target = share * reached[-1] * (1 - _ROUNDING)
    return descending, int(np.searchsorted(reached, target))


def _plain(share: float) -> str:
    return f"{100 * share:.10g} %"


def _marked(cell: str, ours: str) -> str:
    return f"[{cell}]" if cell == ours else cell
