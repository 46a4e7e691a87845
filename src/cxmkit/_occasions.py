"""Which purchases are one, and how much time lies between them?"""

from datetime import UTC, date, datetime
from typing import Any, Self

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns, _events
from cxmkit._checks import FloatArray, IntArray
from cxmkit._columns import UNITS
from cxmkit.errors import InvalidTypeError

GRAINS = {  # in nanoseconds; months and years have no length of their own
    "second": UNITS["s"],
    "minute": UNITS["m"],
    "hour": UNITS["h"],
    "day": UNITS["D"],
    "week": 7 * UNITS["D"],
}
_MONDAY = 3 * UNITS["D"]  # from the Monday before to the first day of 1970, a Thursday
_EXACT = 2.0**53  # beyond, floats no longer tell whole numbers apart
_ROUNDING = 4 * np.finfo(np.float64).eps  # of a quotient, relative


@attrs.frozen(eq=False)
class Timeline:
    """When purchases were: numbers of grains, the grain of the end, and its length.

    A grain is *factor* units long, or a unit *parts* grains: one of both is 1, since
    weeks must be days divided by 7, not multiplied by a rounded seventh.
    """

    at: npt.NDArray[Any]
    end: int | float
    merges: bool
    factor: float = 1.0
    parts: float = 1.0

    def spans(self, grains: npt.NDArray[Any]) -> FloatArray:
        """Return numbers of grains as times in the unit."""
        return np.asarray(grains * self.factor / self.parts)


def timeline(time: Any, end: Any, unit: Any, collapse: Any, *, length: int) -> Timeline:
    """Read when purchases were, as instants or as numbers."""
    data, _ = _columns.column(time, "time")
    _columns.require_length("time", data.size, length)
    if _are_numbers(data):
        return _from_numbers(time, end, collapse)
    return _from_instants(time, end, unit, collapse)


def _are_numbers(data: npt.NDArray[Any]) -> bool:
    """Whether a column, which is not empty, holds numbers instead of instants."""
    plain = data.dtype.kind in "iuf"
    return plain or (
        data.dtype.kind == "O" and isinstance(_checks.as_float(data[0]), float)
    )


def _from_instants(time: Any, end: Any, unit: Any, collapse: Any) -> Timeline:
    """Count the grains since 1970, in UTC."""
    whole, own = _columns.instants(time, "time", unit=None)
    _require_grain("unit", unit, tuple(GRAINS))
    _require_grain("collapse", collapse, ("none", *GRAINS))
    last, end_own = _end(end, naive=_without_zone(time))
    grain = GRAINS.get(collapse, min(UNITS[own], UNITS[end_own]))
    offset = _MONDAY if collapse == "week" else 0
    at = _grains(whole, UNITS[own], grain, offset)
    final = (last * UNITS[end_own] + offset) // grain
    if abs(final) > _columns.FARTHEST:
        rule = f"lie within 2**62 grains ({grain:,} ns) of 1970"
        raise _checks.refuse("end", rule, str(end))
    dates = whole.view(f"datetime64[{own}]")
    _require_by(at, final, dates, np.datetime64(last, end_own))
    ruler = GRAINS[unit]
    factor, parts = max(grain // ruler, 1), max(ruler // grain, 1)
    return Timeline(at, final, collapse != "none", float(factor), float(parts))


def _grains(whole: IntArray, size: int, grain: int, offset: int) -> IntArray:
    """Return how many grains lie before each instant, counted in *size* nanoseconds."""
    if size > grain:
        name: Any = next(name for name, each in UNITS.items() if each == grain)
        return _columns.rescaled(
            whole, "time", size, name, coarser="leave these rows out"
        )
    if size == grain:  # nothing to cut, and two copies less
        return whole
    return np.asarray((whole + offset // size) // (grain // size))


def _without_zone(time: Any) -> bool:
    """Whether a column says that its instants have no zone.

    Types of numpy have none, those of other libraries tell it by an attribute. Whatever
    says nothing may have lost its zone on the way.
    """
    kind = getattr(time, "dtype", None) or getattr(time, "type", None)
    if isinstance(kind, np.dtype):
        return kind.kind == "M"
    return getattr(kind, "time_zone", getattr(kind, "tz", "unknown")) is None


def _end(end: Any, *, naive: bool) -> tuple[int, Any]:
    """Return the end of observation as a whole number of a unit of numpy.

    Without a zone it is in UTC if the times are *naive*, as these are then.
    """
    if not isinstance(end, datetime | np.datetime64):
        rule = "be a datetime, as the times are"
        hint = 'np.datetime64("1997-09-30") reads texts and dates, as UTC'
        raise _checks.refuse("end", rule, end, hint=hint, error=InvalidTypeError)
    if _checks.is_missing(end):
        raise _checks.refuse_missing("end")
    if isinstance(end, datetime):
        if end.tzinfo is None and not naive:
            hint = "np.datetime64(end) reads it as UTC"
            raise _checks.refuse("end", "have a time zone", end, hint=hint)
        end = end.replace(tzinfo=end.tzinfo or UTC)
        end = _checks.instant("end", end)
    return _columns.single(end, "end")


def _from_numbers(time: Any, end: Any, collapse: Any) -> Timeline:
    """Count widths from 0, or take numbers as they are."""
    at = _checks.floats(time, "time")
    if isinstance(end, date | np.datetime64):
        rule = "be a number, as the times are"
        raise _checks.refuse("end", rule, str(end), error=InvalidTypeError)
    last = _checks.as_number("end", end)
    hint = "count from a day nearby"
    good = np.abs(at) <= _EXACT
    _checks.require("time", at, good, "lie between -2**53 and 2**53", hint)
    if not abs(last) <= _EXACT:
        raise _checks.refuse("end", "lie between -2**53 and 2**53", end, hint=hint)
    if _look_like_dates(np.append(at, last)):
        hint = 'parse them: pandas.to_datetime(time, format="%Y%m%d"), end too'
        rule = "be numbers of units of time, not dates"
        raise _checks.refuse("time", rule, at[0], index=0, hint=hint)
    if collapse is None:
        _require_by(at, last, at, end)
        return Timeline(at, last, merges=False)
    if isinstance(collapse, str):
        rule = "be a number or None, as times are numbers"
        raise _checks.refuse("collapse", rule, collapse, error=InvalidTypeError)
    width = _checks.as_number("collapse", collapse)
    if not 0 < width < np.inf:
        hint = "pass None to merge nothing"
        raise _checks.refuse("collapse", "be positive and finite", width, hint=hint)
    with np.errstate(over="ignore"):  # refused
        quotients, final = at / width, np.divide(last, width)
    if not max(np.abs(quotients).max(), np.abs(final)) <= _EXACT:
        rule = "be at least a 2**53rd of the times"
        raise _checks.refuse("collapse", rule, width)
    widths, final = _floors(quotients), float(_floors(final))
    _require_by(widths, final, at, end)
    return Timeline(widths.astype(np.int64), final, merges=True, factor=width)


def _look_like_dates(numbers: FloatArray) -> bool:
    """Whether numbers are all written as 19970930 is."""
    month, day = numbers // 100 % 100, numbers % 100
    year = (numbers >= 1900_01_01) & (numbers <= 2100_12_31)
    within = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return bool((year & within & (np.rint(numbers) == numbers)).all())


def _floors(quotients: npt.NDArray[Any]) -> FloatArray:
    """Return the whole number below, or the one that rounding alone keeps away."""
    near = np.rint(quotients)
    close = np.abs(quotients - near) <= _ROUNDING * np.abs(near)
    return np.asarray(np.where(close, near, np.floor(quotients)))


def _require_by(
    at: npt.NDArray[Any], last: float, shown: npt.NDArray[Any], end: object
) -> None:
    """Refuse the first purchase after the end."""
    if (late := at > last).any():
        index = int(np.argmax(late))
        value, until = (
            str(each) if isinstance(each, np.datetime64) else each
            for each in (shown[index], end)
        )
        rule = f"not lie after end ({_checks.show(until)})"
        hint = "leave later purchases out: what follows the end is what models predict"
        raise _checks.refuse("time", rule, value, index=index, hint=hint)


def _require_grain(argument: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Refuse what is no grain of instants, calendars above all."""
    if isinstance(value, str) and value in allowed:
        return
    hint = ""
    if isinstance(value, str) and value.startswith(("month", "quarter", "year")):
        hint = "months and years differ in length, and calendars are not converted"
    elif value is None:
        hint = '"none" merges nothing'
    rule = f"be one of {', '.join(map(repr, allowed))}, as times are datetimes"
    raise _checks.refuse(argument, rule, value, hint=hint)


def _ascending(at: npt.NDArray[Any]) -> IntArray:
    """Return whole numbers that ascend as floats do: their bits, nearly."""
    if at.dtype.kind == "i":
        return at
    bits = (at + 0.0).view(np.int64)  # no zero has a sign
    return np.asarray(bits ^ ((bits >> 63) & (2**63 - 1)))


# From events to customers


def amounts(amount: Any, length: int) -> FloatArray:
    """Return what purchases brought."""
    amounts = _columns.money(amount, "amount", length=length)
    if (missing := np.isnan(amounts)).any():
        hint = "leave such rows out, or amount altogether"
        raise _checks.refuse_missing("amount", index=_checks.first(missing), hint=hint)
    hint = "a refund is no purchase: subtract it from what it refunds first"
    _checks.require("amount", amounts, amounts >= 0, "not be negative", hint)
    return amounts


@attrs.frozen(eq=False)
class Occasions:
    """Purchases by customer and time, and from which row each came (None: as it is)."""

    line: Timeline
    amounts: Any
    starts: IntArray
    order: IntArray | None

    @classmethod
    def of(
        cls, keys: npt.NDArray[Any], line: Timeline, amounts: FloatArray | None
    ) -> Self:
        """Put purchases in order."""
        order, starts = _events.grouped(keys, _ascending(line.at))
        if order is not None:
            line = attrs.evolve(line, at=line.at[order])
            amounts = None if amounts is None else amounts[order]
        return cls(line, amounts, starts, order)

    @property
    def ends(self) -> IntArray:
        """Where those of each customer end."""
        return np.append(self.starts[1:], self.line.at.size)

    def sources(self, places: Any) -> Any:
        """Return from which rows the purchases at some places came."""
        return places if self.order is None else self.order[places]

    def times(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return frequency, recency and age per customer."""
        line, starts, ends = self.line, self.starts, self.ends
        at = line.at
        first, last = at[starts], at[ends - 1]
        new = np.ones(at.size, np.bool_)
        if line.merges:
            new[1:] = at[1:] != at[:-1]
            new[starts] = True
        frequency = np.diff(np.cumsum(new)[ends - 1], prepend=0) - 1
        if (at_once := (frequency > 0) & (last == first)).any():
            customer = int(np.argmax(at_once))
            raise _checks.refuse(
                "time",
                "lie after the first purchase of the customer",
                f"{int(frequency[customer]) + 1} purchases at one time",
                index=int(self.sources(ends[customer] - 1)),
                hint="collapse merges purchases that are one",
            )
        return frequency, line.spans(last - first), line.spans(line.end - first)

    def spend(self, frequency: IntArray) -> FloatArray:
        """Return the mean amount of repeat purchases per customer, NaN where none."""
        line, starts, amounts = self.line, self.starts, self.amounts
        repeat = np.ones(line.at.size, np.bool_)
        repeat[starts] = False
        if line.merges:  # what merged with the first purchase is part of it
            repeat = line.at > np.repeat(line.at[starts], self.ends - starts)
        again = frequency > 0
        with np.errstate(over="ignore"):  # refused
            sums = np.add.reduceat(np.where(repeat, amounts, 0.0), starts)
        spend = np.divide(sums, frequency, np.full(sums.size, np.nan), where=again)
        if (bad := again & ~((spend > 0) & np.isfinite(spend))).any():
            begin = int(starts[np.argmax(bad)])
            raise _checks.refuse(
                "amount",
                "leave the customer a mean of repeat purchases above 0 and finite",
                spend[bad][0],
                index=int(self.sources(begin + np.argmax(repeat[begin:]))),
                hint="leave purchases that cost nothing out, or amount altogether",
            )
        return np.asarray(spend)
