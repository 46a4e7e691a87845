"""Columns of events at the door: customers, instants, codes, truth values, numbers.

Each takes any column and the name of its argument, refuses the first bad row by its
place, and returns plain arrays of one length.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from numbers import Number
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Coder, Label, as_labels, is_pair
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.errors import InvalidTypeError, InvalidValueError
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
FARTHEST = 2**62 - 1  # differences of instants must stay within 64 bits
_WORDS = {
    "D": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
}
# Unit of numpy to the unit in which it is kept; what is finer is kept in nanoseconds.
_KEPT: dict[str, TimeUnit] = {
    "Y": "D",
    "M": "D",
    "W": "D",
    "D": "D",
    "h": "h",
    "m": "m",
    "s": "s",
    "ms": "ms",
    "us": "us",
    "generic": "s",
}
_SHORT = {"D": "d", "m": "min"}  # the rest as numpy has it
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OUT = "leave these rows out"


def column(values: Any, argument: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
    """Return a one-dimensional column and the mask of a masked one."""
    data, mask = _checks.as_array(values, argument)
    if data.ndim != 1:
        shape = f"{data.ndim} dimensions" if data.ndim else type(values).__name__
        hint = "np.fromiter(values, object) keeps tuples" if data.ndim > 1 else ""
        raise _checks.refuse(argument, "be a column (one dimension)", shape, hint=hint)
    return data, mask


def customers(
    values: Any, argument: str
) -> tuple[npt.NDArray[Any], Sequence[Label] | None]:
    """Return an integer key per row, and the ids by key; None if the keys are the ids.

    Keys of whole numbers ascend with them; others go by first appearance.
    """
    data, mask = column(values[0] if is_pair(values) else values, argument)
    if not is_pair(values):
        if data.dtype.kind in "iu" and mask is None:
            return data, None
        if data.dtype.kind == "f" and isinstance(values, list | tuple):
            values = np.array(values, object)  # floats would round large numbers
    length = data.size
    coder = Coder(argument, values, length=length)
    keys = _codes(coder, length)
    ids = coder.labels
    whole = [each for each in ids if type(each) is int]
    if len(whole) < len(ids):
        return keys, ids
    order = sorted(range(len(whole)), key=whole.__getitem__)
    rank = np.empty(len(whole), np.int64)
    rank[order] = np.arange(len(whole))
    return rank[keys], [whole[place] for place in order]


def require_like(
    argument: str,
    ids: Collection[Label],
    known: Collection[Label],
    *,
    shown: Label,
    index: int | None = None,
) -> None:
    """Refuse ids none of which can be that of a customer, texts instead of numbers."""
    if {_kind(each) for each in ids}.isdisjoint(map(_kind, known)):
        rule = f"be an id as those of the log are, such as {next(iter(known))!r}"
        hint = "ids are compared by value and type: 7 is not '7'"
        raise _checks.refuse(argument, rule, shown, index=index, hint=hint)


def _kind(id_: Label) -> type:
    """Return the type of an id; numbers of all types can be equal."""
    kinds: tuple[type, ...] = (Number, str)
    return next((kind for kind in kinds if isinstance(id_, kind)), type(id_))


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
    data, _ = column(values[0] if is_pair(values) else values, argument)
    require_length(argument, data.size, length)
    if vocabulary is not None:
        labels = as_labels(plural, vocabulary)
        require_labels(plural, labels)
        if is_pair(values):
            rule = f"be left out where {argument} is (codes, labels)"
            raise _checks.refuse(plural, rule, vocabulary)
        if data.dtype.kind in "iu":
            values = (values, labels)
    coder = Coder(argument, values, length=length, optional=optional)
    codes = _codes(coder, length)
    if vocabulary is None or is_pair(values):
        return codes, coder.labels
    return _recoded(codes, coder.labels, labels, argument), labels


def require_labels(argument: str, labels: Any) -> None:
    """Refuse a vocabulary that is no tuple, lacks a label or has one twice."""
    if not isinstance(labels, tuple):
        rule = "be a series of labels"
        raise _checks.refuse(argument, rule, labels, error=InvalidTypeError)
    for index, label in enumerate(labels):
        if not _checks.is_hashable(label):
            rule = "be a hashable label"
            raise _checks.refuse(
                argument, rule, label, index=index, error=InvalidTypeError
            )
        if _checks.is_missing(label):
            hint = "what is missing has no label"
            raise _checks.refuse_missing(argument, index=index, hint=hint)
    _checks.distinct(argument, labels, "the label")


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
            hint = f"{argument}s are {_checks.some(labels)}"
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
                raise _no_flag(argument, value, index)
        return data.astype(np.bool_)
    if data.dtype.kind != "b" and data.size:
        raise _no_flag(argument, data[0], 0)
    return data.astype(np.bool_)


def _no_flag(argument: str, value: Any, index: int) -> InvalidTypeError:
    number = isinstance(value, int | float | np.integer | np.floating)
    hint = "astype(bool) turns 0 and 1 into truth values" if number else ""
    return _checks.refuse(
        argument,
        "hold True or False",
        value,
        index=index,
        hint=hint,
        error=InvalidTypeError,
    )


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


def single(value: Any, argument: str) -> tuple[int, TimeUnit]:
    """Return one datetime as a whole number of its own unit, and the unit."""
    try:
        whole, own = instants([value], argument, unit=None)
    except InvalidValueError as error:  # which speaks of rows
        rule = "be in whole nanoseconds, and not absurdly far from 1970"
        raise _checks.refuse(argument, rule, str(value)) from error
    return int(whole[0]), own


def instant(value: Any, argument: str, unit: TimeUnit) -> int:
    """Return one instant, a number in the unit of a log or a datetime, as a number."""
    if isinstance(value, datetime | np.datetime64):
        if _checks.is_missing(value):
            raise _checks.refuse_missing(argument, hint="leave it out for none")
        plain = _checks.as_utc(value)
        if isinstance(plain, datetime):
            plain = _checks.instant(argument, plain)
        whole, own = single(plain, argument)
        # Between two units lies no event, so what is over can go.
        return whole * UNITS[own] // UNITS[unit]
    number = _number(value)
    if number is None:
        rule = f"be an instant: a datetime, or a number of {_WORDS[unit]}"
        hint = "give dates a time and a zone: datetime(2026, 3, 1, tzinfo=UTC)"
        raise _checks.refuse(argument, rule, value, hint=hint, error=InvalidTypeError)
    if not abs(number) <= FARTHEST:
        raise _checks.refuse(argument, "lie between -2**62 and 2**62", value)
    return int(number // 1)


def _from_objects(data: npt.NDArray[Any], argument: str) -> npt.NDArray[Any]:
    """Return objects as datetime64 or, if the first is a number, as whole numbers."""
    for index, value in enumerate(data):
        if _checks.is_missing(value):
            raise _checks.refuse_missing(argument, index=index, hint=_OUT)
    if data.size and _number(data[0]) is not None:
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
        number = _number(value)
        if number is None:
            rule = "be a number as the others are"
            raise _checks.refuse(
                argument, rule, value, index=index, error=InvalidTypeError
            )
        if number != number // 1 or int(value) != value or abs(int(value)) > FARTHEST:
            _refuse_fraction(argument, value, index)
        whole[index] = int(value)
    return whole


def _number(value: Any) -> int | float | None:
    """Return a whole number as it is, any other as a float; None if it is none."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return int(value)
    number = _checks.as_float(value)
    return number if isinstance(number, float) else None


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
        data = data.astype(np.float64)
        bad = ~((np.abs(data) < 2.0**62) & (np.rint(data) == data))
        if bad.any():
            index = int(np.argmax(bad))
            _refuse_fraction(argument, data[index], index)
    elif data.size and max(int(data.max()), -int(data.min())) > FARTHEST:
        index = int(np.argmax((data > FARTHEST) | (data < -FARTHEST)))
        _refuse_fraction(argument, data[index], index)
    return data.astype(np.int64, copy=False)


def _refuse_fraction(argument: str, value: Any, index: int) -> None:
    rule = "be a whole number between -2**62 and 2**62"
    hint = "multiply times and pass a finer time_unit, or round them"
    if not abs(value) < 2**62:
        hint = "count from a day nearby, or leave these rows out"
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
    kept: TimeUnit = _KEPT.get(own, "ns")
    data = data.astype(data.dtype.newbyteorder("="), copy=False)
    other = own != kept or count != 1  # months, weeks, spans of 10 ms, picoseconds
    if other:  # which may become more than numpy can hold
        steps = count * {"Y": 366, "M": 31, "W": 7}.get(own, 1)
        whole = data.view(np.int64)
        far = np.abs(whole) > FARTHEST // steps
        _require_kept(whole, argument, kept, far)
    plain = data.astype(f"datetime64[{kept}]", copy=False)
    if other:
        _require_kept(data, argument, kept, plain.astype(data.dtype) != data)
    whole = plain.view(np.int64)
    if unit is None:
        coarser = "hold them in a coarser unit, such as datetime64[s]"
        return rescaled(whole, argument, UNITS[kept], kept, coarser=coarser), kept
    return rescaled(whole, argument, UNITS[kept], unit), unit


def _require_kept(
    shown: npt.NDArray[Any], argument: str, kept: TimeUnit, changed: BoolArray
) -> None:
    """Refuse the first instant that would be another one in the unit that is kept."""
    if changed.any():
        index = int(np.argmax(changed))
        rule = f"be in whole {_WORDS[kept]} and less than 2**62 of them from 1970"
        hint = "round these times, or leave these rows out"
        raise _checks.refuse(argument, rule, str(shown[index]), index=index, hint=hint)


def rescaled(
    whole: npt.NDArray[np.int64],
    argument: str,
    own: int,
    unit: TimeUnit,
    *,
    coarser: str = "pass a coarser time_unit",
) -> IntArray:
    """Return whole numbers of *own* nanoseconds in another unit, exactly."""
    wanted = UNITS[unit]
    if own >= wanted:
        factor = own // wanted
        far = (whole > FARTHEST // factor) | (whole < -(FARTHEST // factor))
        if far.any():
            index = int(np.argmax(far))
            rule = f"lie within 2**62 {_WORDS[unit]} of 1970"
            raise _checks.refuse(
                argument, rule, whole[index], index=index, hint=coarser
            )
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
    plain = _checks.as_timedelta(value)
    if isinstance(value, np.timedelta64):
        span = _nanoseconds(value, argument, unit) // UNITS[unit]
    elif isinstance(plain, timedelta):
        span = plain // _MICROSECOND * 1_000 // UNITS[unit]
    else:
        number = _number(value)
        if number is None:
            raise _no_span(argument, value, unit)
        if number != number or number in {np.inf, -np.inf}:  # noqa: PLR0124  NaN
            raise _checks.refuse(argument, "be finite", value)
        span = int(number // 1)
    if span < 0:
        raise _checks.refuse(argument, "not be negative", value)
    if span < 1 and not zero:
        rule = f"be at least one of the {_WORDS[unit]} in which times are"
        raise _checks.refuse(argument, rule, value)
    if span > FARTHEST:
        raise _checks.refuse(argument, f"be less than 2**62 {_WORDS[unit]}", value)
    return span


def _nanoseconds(value: np.timedelta64, argument: str, unit: TimeUnit) -> int:
    """Return a time span of numpy; a number without a unit is in *unit*."""
    own, count = np.datetime_data(value.dtype)
    sizes = UNITS | {"W": 7 * UNITS["D"], "generic": UNITS[unit]}
    if np.isnat(value) or own not in sizes:  # months have no length
        raise _no_span(argument, str(value), unit)
    return int(value.astype(np.int64)) * count * sizes[own]


def _no_span(argument: str, value: Any, unit: TimeUnit) -> InvalidTypeError:
    rule = f"be a timedelta or a number of {_WORDS[unit]}"
    hint = "for example timedelta(days=30)"
    return _checks.refuse(argument, rule, value, hint=hint, error=InvalidTypeError)


def spell(time: float, unit: TimeUnit) -> str:
    """Write a time to three digits, in the largest unit of which there is one."""
    nanoseconds = time * UNITS[unit]
    names = [name for name, size in UNITS.items() if nanoseconds >= size]
    name = names[0] if names else unit
    number = nanoseconds / UNITS[name]
    return f"{number:{',.0f' if number >= 999.5 else '.3g'}} {_SHORT.get(name, name)}"


def spell_exactly(time: int, unit: TimeUnit) -> str:
    """Write a time as a whole number of the largest unit that allows it."""
    nanoseconds = time * UNITS[unit]
    whole = (name for name, size in UNITS.items() if nanoseconds % size == 0)
    name = next(whole) if time else unit
    return f"{nanoseconds // UNITS[name]:,} {_SHORT.get(name, name)}"


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
