"""When did customers buy, how often and for how much?"""

from typing import Any, Self

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns, _draw, _logrules, _occasions, _states
from cxmkit._axes import _scalars
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.errors import InvalidTypeError, ScaleMismatchError

__all__ = ["CustomerHistory"]

_TOP = 7  # repeat purchases; whoever has more shares the last line of the table


def _as_customers(values: Any) -> Any:
    """Return ids as whole numbers or objects; pass on what is no column."""
    ids = _logrules.as_ids(values)
    if isinstance(ids, np.ndarray) and ids.ndim == 1 and ids.dtype.kind not in "iuO":
        ids = _checks.read_only(_objects(_scalars(ids)))
    return ids


def _objects(values: list[Any]) -> npt.NDArray[Any]:
    """Return a column of objects; numpy would make a table of tuples."""
    return np.fromiter(values, object, len(values))


def _as_spend(values: Any) -> FloatArray | None:
    """Convert a field to numbers and keep None."""
    return None if values is None else _states.as_sums(values)


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class CustomerHistory:
    """When did customers buy, how often and for how much?

    All that models of repeat purchases need to know of a customer is how many purchases
    followed the first one, when the last of them was, and until when we looked.
    Customers who are alike in this share a row, so that a million of them are often a
    few thousand rows. Make one with `from_events` or `from_summary`; these fields are
    what comes out.

    Parameters
    ----------
    frequency : array_like of int, shape (rows,)
        Number of repeat purchases: all but the first one.
    recency : array_like of float, shape (rows,)
        Time from the first purchase to the last one, in *unit*; 0 without repeats. The
        larger, the more recent: it does not count back from today.
    age : array_like of float, shape (rows,)
        Time from the first purchase to the end of observation, in *unit*.
    unit : str
        The unit of all times, such as "week". Models that are fitted take it over.
    spend : array_like of float, shape (rows,), optional
        Mean amount of a repeat purchase; NaN without repeats. The first purchase is
        left out, as it often differs from those that follow.
    weights : array_like of float, shape (rows,)
        Number of customers (or sum of their weights) in each row.
    rows : array_like of int, shape (customers,)
        The row of each customer.
    customers : array_like, shape (customers,), optional
        Ids of the customers, each once.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If lengths disagree, *recency* lies beyond *age* or does not fit *frequency*,
        *spend* is not positive, rows are not in order, or an id is there twice.
    MissingValueError
        If an id is missing.
    EmptySampleError
        If there is no customer.

    Notes
    -----
    Invariants: 0 <= recency <= age; recency is 0 where, and only where, frequency is;
    spend is NaN there and positive elsewhere; rows ascend strictly by frequency,
    recency, age, spend; each is the row of some customer; weights are positive. Arrays
    are read-only. Histories are equal when all fields are, and have no hash.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). "Counting your customers" the
    easy way: An alternative to the Pareto/NBD model. Marketing Science, 24(2), 275-284.

    Fader, P. S., & Hardie, B. G. S. (2013). The gamma-gamma model of monetary value.
    http://www.brucehardie.com/notes/025/

    Examples
    --------
    >>> import numpy as np
    >>> from cxmkit.lifetime import CustomerHistory
    >>> history = CustomerHistory.from_events(
    ...     customer=["ann", "bob", "ann", "ann"],
    ...     time=np.array(
    ...         ["2026-01-01", "2026-01-03", "2026-01-15", "2026-01-29"],
    ...         "datetime64[D]",
    ...     ),
    ...     amount=[80, 20, 10, 30],
    ...     end=np.datetime64("2026-02-12"),
    ...     unit="week",
    ...     collapse="day",
    ... )
    >>> history
    CustomerHistory of 2 customers, 1 with repeat purchases, unit week
    >>> history.frequency, history.recency, history.age, history.spend
    (array([0, 2]), array([0., 4.]), array([5.71, 6. ]), array([nan, 20.]))
    >>> history.customers, history.expand(history.frequency)
    (array(['ann', 'bob'], dtype=object), array([2, 0]))
    """

    frequency: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    recency: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    age: FloatArray = attrs.field(converter=_states.as_sums, validator=_states.are_sums)
    unit: str = attrs.field(validator=_checks.filled)
    spend: FloatArray | None = attrs.field(default=None, converter=_as_spend)
    weights: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    rows: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    customers: npt.NDArray[Any] | None = attrs.field(
        default=None, converter=_as_customers
    )

    def __attrs_post_init__(self) -> None:
        """Check that rows can be, stand in order and are those of customers."""
        if self.frequency.ndim != 1:
            rule = "be a column (one dimension)"
            shown = f"{self.frequency.ndim} dimensions"
            raise _checks.refuse("frequency", rule, shown)
        if not self.frequency.size:
            raise _checks.refuse_empty("frequency", "holds no customers")
        for name in ("recency", "age", "weights"):
            _states.require_shape(name, getattr(self, name), self.frequency.shape)
        _require_times(self.frequency, self.recency, self.age)
        if self.spend is not None:
            _states.require_shape("spend", self.spend, self.frequency.shape)
            _require_spend(self.frequency, self.spend)
        _require_order(_keys(self.frequency, self.recency, self.age, self.spend))
        _require_weights(self.weights)
        _require_rows(self.rows, self.frequency.size)
        if self.customers is not None:
            _logrules.require_customers(self.customers)
            _states.require_shape("customers", self.customers, self.rows.shape)

    # Making one

    @classmethod
    def from_events(
        cls,
        *,
        customer: Any,
        time: Any,
        amount: Any = None,
        end: Any,
        unit: str,
        collapse: str | float | None,
    ) -> Self:
        """Take one row per purchase, in any order.

        Columns are whatever `numpy.asarray` takes and are matched by position.

        Parameters
        ----------
        customer : column
            Whose purchase it is: whole numbers (fastest), texts or any other ids.
        time : column
            When it was: datetimes with a zone, datetime64 (read as UTC), or numbers.
        amount : column, optional
            What it brought, in money, not negative. Without it `spend` is None.
        end : datetime, datetime64 or float
            Until when purchases are known of all customers, as *time* is: a datetime
            without a zone if *time* is a column of such, which is read as UTC. With
            *collapse* the whole grain in which it lies counts as observed: an end of
            30 September admits all purchases of that day.
        unit : str
            The ruler. For datetimes "second", "minute", "hour", "day" or "week", and
            nothing else: months and years differ in length, and calendars are not
            converted. For numbers any text that says what a 1 stands for; the numbers
            are taken as they are. Dates written as numbers, such as 19970930, are none.
        collapse : str, float or None
            The grain: purchases of a customer within the same one are one purchase,
            and their amounts add up. For datetimes "second", "minute", "hour", "day"
            or "week" (from Monday), in UTC, or "none"; for numbers a positive width or
            None. There is no default, as this decides what a repeat purchase is.

        Returns
        -------
        CustomerHistory
            Customers ascending if their ids are whole numbers, else in the order of
            first appearance, as in `JourneyLog.from_columns`.

        Raises
        ------
        InvalidTypeError
            If a column is of the wrong kind.
        InvalidValueError
            If lengths differ, a purchase lies after *end*, an amount is negative or not
            finite, all repeat purchases of a customer cost nothing, *unit* or
            *collapse* is not on offer, numbers in one of the units named there are
            dates such as 19970930, or nothing is collapsed and all purchases of a
            customer have the same time. The error names the first such row.
        MissingValueError
            If a value is missing.
        EmptySampleError
            If there are no purchases.

        Notes
        -----
        With a grain, times are cut to whole grains before they are subtracted, *end*
        too. So `recency` and `age` are whole numbers of grains, whatever the unit: with
        days as grain and weeks as unit they are sevenths of a week, as in the CDNOW
        study. Two orders of one afternoon are one purchase, those before and after
        midnight (UTC) are two. For days of another zone pass local times as if they
        were UTC.

        `spend` is the mean over repeat purchases, the first one left out, as in the
        literature on the gamma-gamma model. Refunds are no purchases: subtract them
        from what they refund first.

        Numbers are cut at multiples of the width. A time that rounding alone keeps
        below a multiple counts as reaching it: 0.3 is three widths of 0.1.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory
        >>> history = CustomerHistory.from_events(
        ...     customer=[7, 7, 7, 8],
        ...     time=[0.2, 3.1, 3.9, 5.0],
        ...     end=10,
        ...     unit="week",
        ...     collapse=1,
        ... )
        >>> history.frequency, history.recency, history.age
        (array([0, 1]), array([0., 3.]), array([ 5., 10.]))
        """
        keys, ids = _columns.customers(customer, "customer")
        if not keys.size:
            raise _checks.refuse_empty("customer", "holds no purchases")
        line = _occasions.timeline(time, end, unit, collapse, length=keys.size)
        amounts = None if amount is None else _occasions.amounts(amount, keys.size)
        occasions = _occasions.Occasions.of(keys, line, amounts)
        present = keys[occasions.sources(occasions.starts)]
        x, tx, t = occasions.times()
        return cls._of(
            x,
            tx,
            t,
            None if amounts is None else occasions.spend(x),
            unit=unit,
            weights=np.ones(x.size),
            customers=present if ids is None else _objects([*ids])[present],
        )

    @classmethod
    def from_summary(
        cls,
        *,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        age: npt.ArrayLike,
        unit: str,
        spend: npt.ArrayLike | None = None,
        weights: npt.ArrayLike | None = None,
        customers: Any = None,
    ) -> Self:
        """Take one row per customer, from a ``GROUP BY`` or another package.

        Parameters
        ----------
        frequency : array_like of int
            Number of repeat purchases: one less than all purchases.
        recency : array_like of float
            Time from the first purchase to the last one; 0 without repeats.
        age : array_like of float
            Time from the first purchase to the end of observation.
        unit : str
            What a 1 stands for in *recency* and *age*; taken as it is.
        spend : array_like of float, optional
            Mean amount of a repeat purchase, positive; where there is none, missing or
            0.
        weights : array_like of float, optional
            For how many customers each row stands, positive; 1 by default.
        customers : column, optional
            Ids, each once.

        Returns
        -------
        CustomerHistory
            Customers in the order in which they came.

        Raises
        ------
        InvalidTypeError
            If a column is of the wrong kind.
        InvalidValueError
            If lengths differ, *recency* lies beyond *age* or does not fit *frequency*,
            a number is negative or not finite, *spend* or a weight is not positive, or
            an id is there twice. The error names the first such row.
        MissingValueError
            If a value is missing.
        EmptySampleError
            If there are no rows.

        Notes
        -----
        Rows that are alike become one, and their weights add up. If they had different
        weights, `to_columns` gives each of them the mean.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[2, 0, 2], recency=[4, 0, 4], age=[6, 5, 6], unit="week"
        ... )
        >>> history.frequency, history.weights, history.rows
        (array([0, 2]), array([1., 2.]), array([1, 0, 1]))
        """
        x = _checks.counts(frequency, "frequency")
        if x.ndim != 1:
            rule, shown = "be a column (one dimension)", f"{x.ndim} dimensions"
            hint = "" if x.ndim else "one customer is a column of one: [2]"
            raise _checks.refuse("frequency", rule, shown, hint=hint)
        if not x.size:
            raise _checks.refuse_empty("frequency", "holds no customers")
        tx = _numbers(recency, "recency", x.size)
        t = _numbers(age, "age", x.size)
        _require_times(x, tx, t)
        w = np.ones(x.size)
        if weights is not None:
            w = _numbers(weights, "weights", x.size)
            _require_weights(w)
        return cls._of(
            x,
            tx,
            t,
            None if spend is None else _mean_spend(spend, x),
            unit=unit,
            weights=w,
            customers=None if customers is None else _ids(customers, x.size),
        )

    @classmethod
    def _of(
        cls,
        frequency: IntArray,
        recency: FloatArray,
        age: FloatArray,
        spend: FloatArray | None,
        *,
        unit: str,
        weights: FloatArray,
        customers: npt.NDArray[Any] | None,
        rows: IntArray | None = None,
    ) -> Self:
        """Unite rows that are alike; *rows* are those of customers if they have some.

        Rows are put in order by one sort and summed where they begin.
        """
        keys = _keys(frequency, recency + 0.0, age + 0.0, spend)  # no zero has a sign
        order = np.lexsort(keys[::-1])
        new = np.append(True, _later([key[order] for key in keys]))
        kept = order[new]
        place = np.empty(order.size, np.int64)
        place[order] = np.cumsum(new) - 1
        return cls(
            frequency=frequency[kept],
            recency=keys[1][kept],
            age=keys[2][kept],
            unit=unit,
            spend=None if spend is None else spend[kept],
            weights=np.add.reduceat(weights[order], np.flatnonzero(new)),
            rows=place if rows is None else place[rows],
            customers=customers,
        )

    def __add__(self, other: object) -> "CustomerHistory":
        """Join histories of other customers, theirs after ours; ``sum`` works, too.

        What is fitted to the sum is what would be fitted to all customers at once.
        """
        if isinstance(other, int) and other == 0:
            return self
        if not isinstance(other, CustomerHistory):
            return NotImplemented
        _require_like(self, other)
        return CustomerHistory._of(
            np.concatenate([self.frequency, other.frequency]),
            np.concatenate([self.recency, other.recency]),
            np.concatenate([self.age, other.age]),
            _joined(self.spend, other.spend),
            unit=self.unit,
            weights=np.concatenate([self.weights, other.weights]),
            customers=_joined(self.customers, other.customers),
            rows=np.concatenate([self.rows, other.rows + self.frequency.size]),
        )

    __radd__ = __add__

    # Using

    def expand(self, values: npt.ArrayLike) -> npt.NDArray[Any]:
        """Give each customer what was computed for the row.

        Parameters
        ----------
        values : array_like, shape (rows, ...)
            One value, or one line of a table, per row.

        Returns
        -------
        ndarray, shape (customers, ...)
            In the order of `customers`.

        Raises
        ------
        InvalidValueError
            If there is not one value per row.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[2, 0, 2], recency=[4, 0, 4], age=[6, 5, 6], unit="week"
        ... )
        >>> history.expand(history.age)
        array([6., 5., 6.])
        """
        array, mask = _checks.as_array(values, "values")
        if array.shape[:1] != self.frequency.shape:
            rule = f"have one value per row of the history ({self.frequency.size})"
            shown = f"the shape {array.shape}"
            hint = "expand leads from rows to customers, not back"
            raise _checks.refuse("values", rule, shown, hint=hint)
        if mask is not None:
            raise _checks.refuse_missing("values", index=_checks.first(mask))
        return np.asarray(array[self.rows])

    def timings(self) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        """Return frequency, recency, age and weights of rows that differ in these.

        Models that know no amounts have fewer rows to go through.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[1, 1], recency=[4, 4], age=[6, 6], spend=[5, 9], unit="week"
        ... )
        >>> history.timings()
        (array([1]), array([4.]), array([6.]), array([2.]))
        """
        if self.spend is None:
            return self.frequency, self.recency, self.age, self.weights
        keys = (self.frequency, self.recency, self.age)
        starts = np.flatnonzero(np.append(True, _later(keys)))
        weights = np.add.reduceat(self.weights, starts)
        return (self.frequency[starts], self.recency[starts], self.age[starts], weights)

    @property
    def n(self) -> float:
        """Number of customers, or the sum of their weights."""
        return float(self.weights.sum())

    @property
    def repeat_share(self) -> float:
        """Share of customers who came back at least once, 0 to 1, 1 best.

        It rises with age: who was won yesterday has hardly had the time.
        """
        return float(self.weights[self.frequency > 0].sum()) / self.n

    # Saying

    def __len__(self) -> int:
        """Return the number of customers, or of the weighted rows that came in."""
        return self.rows.size

    def __repr__(self) -> str:
        """Say how many customers there are and how many came back, in one line."""
        again = _whole(float(self.weights[self.frequency > 0].sum()))
        who = f"{_whole(self.n)} customer{'' if self.n == 1 else 's'}"
        return (
            f"CustomerHistory of {who}, {again} with repeat purchases, unit {self.unit}"
        )

    def summary(self) -> str:
        """Return some sentences for a manager: who came back, how often, how long.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[3, 0], recency=[4, 0], age=[6, 5], unit="week", spend=[9, 0]
        ... )
        >>> print(history.summary())
        1 of 2 customers (50.0 %) came back, with 3.0 repeat purchases each on average,
        of 9.00 (mean over customers). They are known for 5 to 6 weeks since the first
        purchase. Who has not come back yet may still do so.
        """
        repeats = self.frequency > 0
        again = float(self.weights[repeats].sum())
        all_of = f"{_whole(self.n)} customer{'' if self.n == 1 else 's'}"
        said = f"{_whole(again)} of {all_of} ({_states.percent(self.repeat_share)})"
        said = f"{said} came back"
        if again:
            mean = float(self.weights @ self.frequency) / again
            said = f"{said}, with {mean:,.1f} repeat purchases each on average"
            if self.spend is not None:
                money = float(self.weights[repeats] @ self.spend[repeats]) / again
                said = f"{said}, of {money:,.2f} (mean over customers)"
        low, high = (_three(float(x)) for x in (self.age.min(), self.age.max()))
        span = low if low == high else f"{low} to {high}"
        plural = f"{self.unit}{'' if span == '1' else 's'}"
        units = plural if self.unit in _occasions.GRAINS else f"(unit: {self.unit})"
        known = f"They are known for {span} {units} since the first purchase."
        return f"{said}. {known} Who has not come back yet may still do so."

    def __str__(self) -> str:
        """Return a table of customers by number of repeat purchases, for ``print``."""
        return f"{self!r}\n{_draw.text_table(self._table())}"

    def _repr_html_(self) -> str:
        """Show the same table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        """Return how many came back how often, and their means, as texts."""
        level = np.minimum(self.frequency, _TOP)
        n = np.bincount(level, self.weights)
        size = n.size
        labels = [f"{number}" for number in range(size)]
        labels[_TOP:] = [f"{_TOP}+"] * (size > _TOP)
        table = {"repeat purchases": labels, "customers": [*map(_whole, n.tolist())]}
        table["share"] = [_states.percent(each) for each in (n / self.n).tolist()]
        for name, values in (("recency", self.recency), ("age", self.age)):
            sums = np.bincount(level, self.weights * values)
            table[f"mean {name}"] = _means(sums, n, 1)
        if self.spend is not None:
            sums = np.bincount(level, self.weights * self.spend)
            n = np.append(0.0, n[1:])  # who has no repeats, has no spend
            table["mean spend"] = _means(sums, n, 2)
        return table

    # Going out

    def to_columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return one row per customer, as columns for a dataframe.

        Weights are among them unless each customer counts as one. With the unit,
        `from_summary` makes the same history of them.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[2, 0], recency=[4, 0], age=[6, 5], unit="week"
        ... )
        >>> history.to_columns()["frequency"]
        array([2, 0])
        >>> CustomerHistory.from_summary(**history.to_columns(), unit="week") == history
        True
        """
        columns = {} if self.customers is None else {"customers": self.customers}
        for name in ("frequency", "recency", "age", "spend"):
            values = getattr(self, name)
            if values is not None:
                columns[name] = values[self.rows]
        members = np.bincount(self.rows)
        if (members != self.weights).any():
            columns["weights"] = (self.weights / members)[self.rows]
        return columns

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per customer; None where there is no spend.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0], recency=[0], age=[5], unit="week", customers=["ann"]
        ... )
        >>> history.to_records()
        [{'customers': 'ann', 'frequency': 0, 'recency': 0.0, 'age': 5.0}]
        """
        columns = {name: values.tolist() for name, values in self.to_columns().items()}
        if self.spend is not None:
            pairs = zip(columns["spend"], columns["frequency"], strict=True)
            columns["spend"] = [spend if x else None for spend, x in pairs]
        return [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return _states.plain(self)

    # Comparing and copying

    def __eq__(self, other: object) -> bool:
        """Compare all fields; NaN equals NaN."""
        if not isinstance(other, CustomerHistory):
            return NotImplemented
        return (
            self.unit == other.unit
            and _same_ids(self.customers, other.customers)
            and _checks.same_arrays(self, other, _ARRAYS)
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ARRAYS = ("frequency", "recency", "age", "spend", "weights", "rows")


# From a summary to rows


def _numbers(values: Any, argument: str, length: int) -> FloatArray:
    """Return a column of as many finite numbers as there are frequencies."""
    numbers = _checks.floats(values, argument)
    _require_length(argument, numbers.shape, length)
    return numbers


def _require_length(argument: str, shape: tuple[int, ...], length: int) -> None:
    if shape != (length,):
        rule = f"have one value per frequency, the shape ({length},)"
        raise _checks.refuse(argument, rule, shape)


def _mean_spend(spend: Any, frequency: IntArray) -> FloatArray:
    """Return the mean amount of repeat purchases, NaN where there are none."""
    data, _ = _columns.column(spend, "spend")
    _require_length("spend", data.shape, frequency.size)
    amounts = _columns.money(spend, "spend", length=frequency.size)
    never, unknown = frequency == 0, np.isnan(amounts)
    if (missing := unknown & ~never).any():
        hint = "it may be so only where frequency is 0"
        raise _checks.refuse_missing("spend", index=_checks.first(missing), hint=hint)
    hint = "spend is the mean of repeat purchases: the first one is none"
    nothing = ~never | unknown | (amounts == 0)
    rule = "be missing or 0 where frequency is 0"
    _checks.require("spend", amounts, nothing, rule, hint)
    amounts[never] = np.nan
    _require_spend(frequency, amounts)
    return amounts


def _ids(customers: Any, length: int) -> npt.NDArray[Any]:
    """Return ids in the order in which they came."""
    keys, ids = _columns.customers(customers, "customers")
    _require_length("customers", keys.shape, length)
    return keys if ids is None else np.asarray(_objects([*ids])[keys])


# What rows must be


def _keys(
    frequency: IntArray,
    recency: FloatArray,
    age: FloatArray,
    spend: FloatArray | None,
) -> tuple[npt.NDArray[Any], ...]:
    """Return that by which rows differ, the most important first."""
    times = (frequency, recency, age)
    return times if spend is None else (*times, spend)


def _later(keys: Any) -> BoolArray:
    """Return which rows but the first stand after the one before; NaN never does."""
    size = keys[0].size - 1
    later, tied = np.zeros(size, np.bool_), np.ones(size, np.bool_)
    for key in keys:
        before, own = key[:-1], key[1:]
        later |= tied & (own > before)
        tied &= own == before
    return later


def _require_order(keys: tuple[npt.NDArray[Any], ...]) -> None:
    good = np.append(True, _later(keys))
    rule = "ascend with recency, age and spend, without a row twice"
    hint = "CustomerHistory.from_summary puts rows in order"
    _checks.require("frequency", keys[0], good, rule, hint)


def _require_rows(rows: IntArray, size: int) -> None:
    """Refuse places of customers in rows that are not there, and rows of nobody."""
    if rows.ndim != 1:
        raise _checks.refuse("rows", "be a column", f"{rows.ndim} dimensions")
    _checks.require("rows", rows, rows < size, f"be one of the {size} rows, from 0")
    empty = np.bincount(rows, minlength=size) == 0
    if empty.any():
        rule = "name each row at least once"
        raise _checks.refuse("rows", rule, f"none for row {int(np.argmax(empty))}")


def _require_weights(weights: FloatArray) -> None:
    """Refuse numbers of customers that are none or cannot be added up."""
    _checks.require("weights", weights, weights > 0, "be positive")
    with np.errstate(over="ignore"):  # refused
        total = weights.sum()
    if not np.isfinite(total):
        rule = "have a sum that a float can hold"
        raise _checks.refuse("weights", rule, weights.max())


def _require_times(frequency: IntArray, recency: FloatArray, age: FloatArray) -> None:
    """Refuse what cannot be: times that go back, and repeats that took no time."""
    _checks.require("recency", recency, recency >= 0, "not be negative")
    _checks.require("age", age, age >= 0, "not be negative")
    hint = "recency is the time from the first purchase to the last one"
    rule = "not lie beyond age"
    _checks.require("recency", recency, recency <= age, rule, hint)
    never = frequency == 0
    rule = "be 0 where frequency is 0"
    _checks.require("recency", recency, ~never | (recency == 0), rule, hint)
    rule = "be positive where frequency is"
    hint = "purchases of the same time are one; frequency leaves the first one out"
    _checks.require("recency", recency, never | (recency > 0), rule, hint)


def _require_spend(frequency: IntArray, spend: Any) -> None:
    """Refuse spend without repeats, and repeats without spend."""
    if spend.dtype != np.float64:
        rule = "hold numbers"
        raise _checks.refuse("spend", rule, spend.dtype, error=InvalidTypeError)
    never = frequency == 0
    rule = "be NaN where frequency is 0"
    _checks.require("spend", spend, ~never | np.isnan(spend), rule)
    rule = "be positive and finite where there are repeat purchases"
    hint = "leave such customers out, or spend altogether"
    good = never | ((spend > 0) & np.isfinite(spend))
    _checks.require("spend", spend, good, rule, hint)


# Joining


def _require_like(ours: CustomerHistory, theirs: CustomerHistory) -> None:
    """Refuse histories that know other things, or the same customers."""
    if ours.unit != theirs.unit:
        rule = f"be {ours.unit!r}, as here"
        raise _checks.refuse("other.unit", rule, theirs.unit, error=ScaleMismatchError)
    for name in ("spend", "customers"):
        other = getattr(theirs, name)
        if (getattr(ours, name) is None) != (other is None):
            rule = "be known, as here" if other is None else "be None, as here"
            hint = f"make both with {name}, or both without"
            raise _checks.refuse(f"other.{name}", rule, other, hint=hint)
    if ours.customers is None or theirs.customers is None:
        return
    known = set(ours.customers.tolist())
    for index, each in enumerate(theirs.customers.tolist()):
        if each in known:
            hint = "join the purchases of one customer before from_events"
            raise _checks.refuse(
                "other.customers",
                "be somebody else than the customers here",
                each,
                index=index,
                hint=hint,
            )


def _joined(ours: Any, theirs: Any) -> npt.NDArray[Any] | None:
    """Return columns one after the other; whole numbers beside texts stay numbers."""
    if ours is None:
        return None
    if ours.dtype != theirs.dtype:  # numpy would turn them into floats
        ours, theirs = ours.astype(object), theirs.astype(object)
    return np.concatenate([ours, theirs])


def _same_ids(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return bool(ours.tolist() == theirs.tolist())


# Texts


def _whole(number: float) -> str:
    """Write a number of customers, which weights can make a fraction."""
    return f"{number:,.10g}"


def _three(number: float) -> str:
    """Write a number to three digits, more only before the point."""
    return f"{number:{',.0f' if number >= 999.5 else '.3g'}}"


def _means(sums: npt.NDArray[Any], n: npt.NDArray[Any], digits: int) -> list[str]:
    """Write means, nothing where there is nobody."""
    pairs = zip(sums.tolist(), n.tolist(), strict=True)
    return [f"{total / count:,.{digits}f}" if count else "" for total, count in pairs]
