"""Columns of events at the door: customers, instants, codes, truth values, numbers.

Each takes any column and the name of its argument, refuses the first bad row by its
place, and returns plain arrays of one length.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Coder, Label, as_labels, is_pair
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.errors import InvalidTypeError
from cxmkit.scale import Scale, point_codes

TimeUnit = Literal["D", "h", "m", "s", "ms", "us", "ns"]

UNITS: dict[str, int] = {  # in nanoseconds; from coarse to fine
    "D": 86_400_000_000_000,
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}
FARTHEST = 2**62  # differences of instants must stay within 64 bits
_WORDS = {
    "D": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OUT = "leave these rows out"


def column(values: Any, argument: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
    """Return a one-dimensional column and the mask of a masked one."""
    data, mask = _checks.as_array(values, argument)
    if data.ndim != 1:
        shape = f"{data.ndim} dimensions" if data.ndim else type(values).__name__
        raise _checks.refuse(argument, "be a column (one dimension)", shape)
    return data, mask


def customers(
    values: Any, argument: str
) -> tuple[npt.NDArray[Any], Sequence[Label] | None]:
    """Return an integer key per row, and the ids by key; None if the keys are the ids.

    Keys of whole numbers ascend with them; others go by first appearance.
    """
    if not is_pair(values):
        data, mask = column(values, argument)
        if data.dtype.kind in "iu" and mask is None:
            return data, None
    length = len(values[0] if is_pair(values) else values)
    coder = Coder(argument, values, length=length)
    keys = _codes(coder, length)
    ids = coder.labels
    whole = [each for each in ids if type(each) is int]
    if is_pair(values) or len(whole) < len(ids):
        return keys, ids
    order = sorted(range(len(whole)), key=whole.__getitem__)
    rank = np.empty(len(whole), np.int64)
    rank[order] = np.arange(len(whole))
    return rank[keys], [whole[place] for place in order]


def coded(
    values: Any,
    argument: str,
    *,
    length: int,
    vocabulary: Any = None,
    optional: bool = True,
) -> tuple[npt.NDArray[Any], tuple[Label, ...]]:
    """Return the code of each row and the labels; -1 for a missing optional one."""
    plural = f"{argument}s"
    labels: tuple[Label, ...] = ()
    if vocabulary is not None:
        labels = as_labels(plural, vocabulary)
        _checks.distinct(plural, labels, "the label")
        if is_pair(values):
            rule = f"be left out where {argument} is (codes, labels)"
            raise _checks.refuse(plural, rule, vocabulary)
        if column(values, argument)[0].dtype.kind in "iu":
            values = (values, labels)
    coder = Coder(argument, values, length=length, optional=optional)
    codes = _codes(coder, length)
    if vocabulary is None or is_pair(values):
        return codes, coder.labels
    return _recoded(codes, coder.labels, labels, argument), labels


def _codes(coder: Coder, length: int) -> npt.NDArray[Any]:
    """Return all codes in one array, which grows in width with the labels."""
    codes = np.empty(length, np.int8)
    for rows in _checks.chunks(length):
        part = coder.codes(rows)
        wide = signed(len(coder))
        if wide.itemsize > codes.itemsize:
            codes = codes.astype(wide)
        codes[rows] = part
    return codes


def signed(labels: int) -> np.dtype[Any]:
    """Return the smallest signed type that holds the codes of so many labels."""
    return np.dtype(
        np.int8 if labels <= 2**7 else np.int16 if labels <= 2**15 else np.int32
    )


def unsigned(labels: int) -> np.dtype[Any]:
    """Return the smallest unsigned type that holds the codes of so many labels."""
    return np.dtype(
        np.uint8 if labels <= 2**8 else np.uint16 if labels <= 2**16 else np.uint32
    )


def _recoded(
    codes: npt.NDArray[Any],
    known: Sequence[Label],
    labels: Sequence[Label],
    argument: str,
) -> npt.NDArray[Any]:
    """Translate codes to those of a vocabulary that was given."""
    place = {label: code for code, label in enumerate(labels)}
    for code, label in enumerate(known):
        if label not in place:
            index = int(np.argmax(codes == code))
            shown = ", ".join(map(repr, labels[:8])) + (
                ", ..." if len(labels) > 8 else ""
            )
            hint = f"{argument}s are {shown}"
            rule = f"be one of {argument}s"
            raise _checks.refuse(argument, rule, label, index=index, hint=hint)
    table = np.array([*(place[label] for label in known), -1], signed(len(labels)))
    return np.asarray(table[codes])


def flags(values: Any, argument: str, *, length: int) -> BoolArray:
    """Return truth values; numbers and texts are none."""
    data, mask = column(values, argument)
    require_length(argument, data.size, length)
    if mask is not None:
        raise _checks.refuse_missing(argument, index=_checks.first(mask), hint=_OUT)
    if data.dtype.kind == "O":
        for index, value in enumerate(data):
            if _checks.is_missing(value):
                raise _checks.refuse_missing(argument, index=index, hint=_OUT)
            if not isinstance(value, bool | np.bool_):
                rule = "hold True or False"
                raise _checks.refuse(
                    argument, rule, value, index=index, error=InvalidTypeError
                )
        return data.astype(np.bool_)
    if data.dtype.kind != "b" and data.size:
        rule = "hold True or False"
        raise _checks.refuse(argument, rule, data[0], index=0, error=InvalidTypeError)
    return data.astype(np.bool_)


def money(values: Any, argument: str, *, length: int) -> FloatArray:
    """Return amounts, NaN where there is none; infinite ones are refused."""
    source = _checks.Column.of(values, argument)
    require_length(argument, len(source), length)
    amounts = np.empty(length)
    for rows in _checks.chunks(length):
        numbers, missing = source.part(rows)
        amounts[rows] = numbers
        good = np.isfinite(amounts[rows]) | (False if missing is None else missing)
        _require_rows(argument, numbers, good, "be a finite number", rows.start)
    return amounts


def scores(values: Any, argument: str, *, scale: Scale, length: int) -> FloatArray:
    """Return answers as points of their scale, NaN where there is none."""
    source = _checks.Column.of(values, argument)
    require_length(argument, len(source), length)
    points = np.append(scale.points, np.nan)
    answers = np.empty(length)
    for rows in _checks.chunks(length):
        numbers, missing = source.part(rows)
        codes = point_codes(scale, numbers, argument, missing=missing, start=rows.start)
        answers[rows] = points[codes]
    return answers


def instants(
    values: Any, argument: str, *, unit: TimeUnit | None
) -> tuple[IntArray, TimeUnit]:
    """Return instants as whole numbers of a unit, and the unit.

    Numbers are in *unit*, seconds by default. Datetimes are in UTC; without a *unit*
    they keep their own resolution.
    """
    if unit is not None:
        _checks.choice("time_unit", unit, tuple(UNITS))
    data, mask = column(values, argument)
    if mask is not None:
        index = int(np.argmax(mask))
        raise _checks.refuse_missing(argument, index=index, hint=_OUT)
    if data.dtype.kind == "M":
        return _from_datetime64(data, argument, unit)
    if data.dtype.kind == "O":
        data = _from_objects(data, argument)
        if data.dtype.kind == "M":
            return _from_datetime64(data, argument, unit)
    return _from_numbers(data, argument), unit or "s"


def _from_objects(data: npt.NDArray[Any], argument: str) -> npt.NDArray[Any]:
    """Return objects as datetime64 or, if the first is a number, as whole numbers."""
    for index, value in enumerate(data):
        if _checks.is_missing(value):
            raise _checks.refuse_missing(argument, index=index, hint=_OUT)
    if data.size and not isinstance(data[0], datetime):
        first = _checks.as_float(data[0])
        if isinstance(first, float):
            return _whole_objects(data, argument)
    micros = np.empty(data.size, np.int64)
    for index, value in enumerate(data):
        moment = _checks.instant(argument, value, index=index)
        micros[index] = (moment - _EPOCH) // _MICROSECOND
    return micros.view("datetime64[us]")


def _whole_objects(data: npt.NDArray[Any], argument: str) -> npt.NDArray[Any]:
    """Return whole numbers that came as objects; floats would round large ones."""
    whole = np.empty(data.size, np.int64)
    for index, value in enumerate(data):
        number = _checks.as_float(value)
        if not isinstance(number, float) or isinstance(value, datetime):
            rule = "be a number as the others are"
            raise _checks.refuse(
                argument, rule, value, index=index, error=InvalidTypeError
            )
        if not number.is_integer() or abs(number) > FARTHEST:
            _refuse_fraction(argument, value, index)
        whole[index] = int(value)
    return whole


def _from_numbers(data: npt.NDArray[Any], argument: str) -> IntArray:
    """Return whole numbers as int64; refuse fractions and what is absurdly large."""
    if data.dtype.kind not in "iuf":
        value = data[0] if data.size else str(data.dtype)
        hint = "parse texts; pass datetimes, datetime64 or whole numbers"
        raise _checks.refuse(
            argument,
            "hold instants",
            value,
            index=0 if data.size else None,
            hint=hint,
            error=InvalidTypeError,
        )
    if data.dtype.kind == "f":
        missing = np.isnan(data)
        if missing.any():
            index = int(np.argmax(missing))
            raise _checks.refuse_missing(argument, index=index, hint=_OUT)
        bad = ~((np.abs(data) <= FARTHEST) & (np.rint(data) == data))
        if bad.any():
            index = int(np.argmax(bad))
            _refuse_fraction(argument, data[index], index)
    elif data.size and max(int(data.max()), -int(data.min())) > FARTHEST:
        bad = data > FARTHEST
        if data.dtype.kind == "i":
            bad |= data < -FARTHEST
        index = int(np.argmax(bad))
        _refuse_fraction(argument, data[index], index)
    return data.astype(np.int64, copy=False)


def _refuse_fraction(argument: str, value: Any, index: int) -> None:
    rule = "be a whole number between -2**62 and 2**62"
    hint = "scale times to a finer time_unit and round them"
    raise _checks.refuse(argument, rule, value, index=index, hint=hint)


def _from_datetime64(
    data: npt.NDArray[Any], argument: str, unit: TimeUnit | None
) -> tuple[IntArray, TimeUnit]:
    """Return instants of numpy in a unit; refuse what the unit cannot hold."""
    missing = np.isnat(data)
    if missing.any():
        index = int(np.argmax(missing))
        raise _checks.refuse_missing(argument, index=index, hint=_OUT)
    own, count = np.datetime_data(data.dtype)
    if own not in UNITS or count != 1:  # months, weeks, spans of 10 ms
        data = data.astype(
            "datetime64[ns]" if own in {"ps", "fs", "as"} else _plain(own)
        )
        own = np.datetime_data(data.dtype)[0]
    unit = unit or _unit(own)
    return rescaled(data.view(np.int64), argument, UNITS[own], unit), unit


def _plain(own: str) -> str:
    return f"datetime64[{own if own in UNITS else 'D' if own in 'YMW' else 's'}]"


def _unit(name: str) -> TimeUnit:
    return next(unit for unit in ("D", "h", "m", "s", "ms", "us", "ns") if unit == name)


def rescaled(
    whole: npt.NDArray[np.int64], argument: str, own: int, unit: TimeUnit
) -> IntArray:
    """Return whole numbers of *own* nanoseconds in another unit, exactly."""
    wanted = UNITS[unit]
    if own >= wanted:
        factor = own // wanted
        far = (whole > FARTHEST // factor) | (whole < -(FARTHEST // factor))
        if far.any():
            index = int(np.argmax(far))
            rule = f"lie within 2**62 {_WORDS[unit]} of 1970"
            hint = "pass a coarser time_unit"
            raise _checks.refuse(argument, rule, whole[index], index=index, hint=hint)
        return whole * factor if factor > 1 else whole
    factor = wanted // own
    broken = whole % factor != 0
    if broken.any():
        index = int(np.argmax(broken))
        finer = next(name for name, size in UNITS.items() if size == own)
        rule = f"be in whole {_WORDS[unit]}"
        hint = f'pass time_unit="{finer}", or round these times'
        shown = str(whole[index : index + 1].view(f"datetime64[{finer}]")[0])
        raise _checks.refuse(argument, rule, shown, index=index, hint=hint)
    return whole // factor


def duration(value: Any, argument: str, unit: TimeUnit, *, zero: bool = True) -> int:
    """Return a time span, a number of units or a timedelta, as whole units.

    Parts of a unit are cut off: no two events lie a part of a unit apart.
    """
    if isinstance(value, np.timedelta64):
        value = value.astype("timedelta64[us]").item()
    plain = _checks.as_timedelta(value)
    if isinstance(plain, timedelta):
        span = plain // _MICROSECOND * 1_000 // UNITS[unit]
    else:
        number = _checks.as_float(value)
        if not isinstance(number, float):
            rule = f"be a timedelta or a number of {_WORDS[unit]}"
            raise _checks.refuse(argument, rule, value, error=InvalidTypeError)
        if not np.isfinite(number):
            raise _checks.refuse(argument, "be finite", value)
        span = int(number // 1)
    least = 0 if zero else 1
    if span < least or span > FARTHEST:
        rule = (
            "not be negative" if span < 0 else f"be at least one of the {_WORDS[unit]}"
        )
        raise _checks.refuse(argument, rule, value)
    return span


def require_length(argument: str, found: int, length: int) -> None:
    """Refuse a column that is longer or shorter than the others."""
    if found != length:
        rule = f"have as many rows as customer ({length})"
        raise _checks.refuse(argument, rule, found)


def _require_rows(
    argument: str, values: npt.NDArray[Any], good: Any, rule: str, start: int
) -> None:
    if not good.all():
        index = int(np.argmax(~good))
        raise _checks.refuse(argument, rule, values[index], index=start + index)
