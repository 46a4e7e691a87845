"""The boundary: coerce and validate once, then trust.

Public functions begin with calls from here; private ones have none. All refusals are
worded here, so that each says argument, index, rule and value in the same order.
"""

from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from collections.abc import (
    Set as AbstractSet,
)
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Literal, TypeVar, cast

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

Index = int | tuple[int, ...] | None
Missing = Literal["raise", "omit"]
# numpy's ArrayLike has no room for lists with None in them.
Answers = npt.ArrayLike | Sequence[Any]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
ErrorT = TypeVar("ErrorT", bound=CxmError)
IdT = TypeVar("IdT", bound=Hashable)  # an id: opaque, of the host's own type
# The same for a constructor of a generic class: type checkers then learn the type from
# what is passed, as they do with the class itself.
KeyT = TypeVar("KeyT", bound=Hashable)

# Ways out for who passes something else instead.
_MAKERS = {
    "JourneyLog": "make one with JourneyLog.from_columns(...)",
    "JourneyMap": "make one with JourneyMap.parse(text, id=...)",
    "Scale": "pass for example STARS_1_5 or Scale(1, 5, higher_is_better=True)",
    "timedelta": "pass for example timedelta(seconds=90)",
}

CHUNK = 1 << 16  # rows; a chunk of any dtype then stays in the processor's cache


# Refusals


def show(value: object) -> str:
    """Return *value* as a reader of an error wants it: a short Python literal."""
    value = value.item() if isinstance(value, np.generic) else value
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    try:
        plain = str(value) if isinstance(value, datetime) else repr(value)
    except (ValueError, RecursionError, NotImplementedError):
        # Numbers and nesting beyond Python's limits, instants in zones without rules.
        plain = f"{type(value).__name__} that cannot be shown"
    if "\n" in plain:  # tables and such
        plain = " ".join(plain.split())
    text = f"{value:.0f}" if whole else plain  # 11, also from a float column
    return text if len(text) <= 60 else f"{text[:57]}..."


def where(argument: str, index: Index = None) -> str:
    """Return the place inside an argument, such as ``answers[3]``."""
    if index is None:
        return argument
    places = index if isinstance(index, tuple) else (index,)
    return f"{argument}[{', '.join(map(str, places))}]"


def some(labels: Sequence[Any], most: int = 8) -> str:
    """Write the first of many labels, for a hint."""
    more = ", ..." if len(labels) > most else ""
    return ", ".join(map(repr, labels[:most])) + more


def refuse(
    argument: str,
    rule: str,
    value: object,
    *,
    index: Index = None,
    hint: str = "",
    error: type[ErrorT] = InvalidValueError,  # type: ignore[assignment]
) -> ErrorT:
    """Return the error for a value that breaks a rule ("must *rule*; got *value*")."""
    message = f"{where(argument, index)} must {rule}; got {show(value)}"
    plain = value.item() if isinstance(value, np.generic) else value
    return error(
        f"{message}; {hint}" if hint else message,
        argument=argument,
        index=index,
        value=plain,
    )


def refuse_missing(
    argument: str, *, index: Index = None, hint: str = ""
) -> MissingValueError:
    """Return the error for a value that is missing."""
    message = f"{where(argument, index)} is missing"
    return MissingValueError(
        f"{message}; {hint}" if hint else message, argument=argument, index=index
    )


def refuse_text(
    argument: str, rule: str, value: object, *, line: int, column: int, hint: str = ""
) -> InvalidValueError:
    """Return the error for a place in a text, lines and columns counted from 1."""
    message = f"{argument}, line {line}, column {column}, must {rule}"
    message = f"{message}; got {show(value)}"
    return InvalidValueError(
        f"{message}; {hint}" if hint else message,
        argument=argument,
        index=(line, column),
        value=value,
    )


def refuse_empty(argument: str, message: str) -> EmptySampleError:
    """Return the error for a sample in which nothing is left to judge."""
    return EmptySampleError(f"{argument} {message}", argument=argument)


# Options


class Code(Enum):
    """A closed set of codes; whatever is none of them is refused as all values are."""

    @classmethod
    def listed(cls) -> str:
        """Write the codes one after the other."""
        return ", ".join(repr(member.value) for member in cls)

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise refuse(cls.__name__, f"be one of {cls.listed()}", value)


def choice(argument: str, value: object, options: Collection[str]) -> None:
    """Refuse an option that is not one of the literals."""
    if not isinstance(value, str) or value not in options:
        allowed = ", ".join(f'"{option}"' for option in options)
        raise refuse(argument, f"be one of {allowed}", value)


def open_unit(argument: str, value: float) -> float:
    """Return *value* if it lies strictly between 0 and 1, as levels must."""
    number = as_float(value)
    if not isinstance(number, float):
        raise refuse(argument, "be a number", value, error=InvalidTypeError)
    if not 0 < number < 1:
        raise refuse(
            argument,
            "lie between 0 and 1",
            value,
            hint=f"write {argument}=0.95 for 95 %",
        )
    return number


# Fields of frozen classes: converters pass on what they cannot convert, because only
# the validator that follows knows the name of the field.


def as_float(value: Any) -> Any:
    """Convert a number of any kind to float; anything else is left as it is."""
    if isinstance(value, np.ndarray | np.generic):
        if value.ndim or value.dtype.kind not in "iufO" or value is np.ma.masked:
            return value
        value = value.item()  # None where it is masked
    if isinstance(value, str | bytes | bool):  # float would take them
        return value
    try:
        return float(value) if np.ndim(value) == 0 else value
    except (TypeError, ValueError, OverflowError):
        return value


def as_optional_float(value: Any) -> Any:
    """Convert a number to float and keep None."""
    return None if value is None else as_float(value)


def as_tuple(value: Any) -> Any:
    """Convert a series of any kind to a tuple; leave the rest: a set has no order."""
    return value if isinstance(value, AbstractSet) else as_items(value)


def as_items(value: Any) -> Any:
    """Convert any collection but a text or a mapping to a tuple; leave the rest."""
    return tuple(value) if _is_series(value) else value


def as_frozenset(value: Any) -> Any:
    """Convert any collection but a text or a mapping to a frozenset; leave the rest."""
    items = as_items(value)
    try:
        return frozenset(items) if isinstance(items, tuple) else value
    except TypeError:  # an item without a hash
        return value if isinstance(value, Collection) else items


def as_utc(value: Any) -> Any:
    """Convert an aware datetime of any kind to a plain one in UTC; leave the rest."""
    if not isinstance(value, datetime) or getattr(value, "nanosecond", None):
        return value
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    try:
        if value.utcoffset() is None:
            return value
        there = value.astimezone(UTC)
        # Subclasses of other libraries compute in types and ranges of their own.
        clock = there.hour, there.minute, there.second, there.microsecond
        return datetime(there.year, there.month, there.day, *clock, tzinfo=UTC)
    except (ValueError, OverflowError, NotImplementedError):
        return value  # NaT, the first and last day of the world, zones without rules


def as_timedelta(value: Any) -> Any:
    """Convert a timedelta of any kind to a plain one; leave the rest."""
    if type(value) is timedelta or not isinstance(value, timedelta):
        return value
    if getattr(value, "nanoseconds", None):
        return value
    return timedelta(value.days, value.seconds, value.microseconds)


def as_number(argument: str, value: Any) -> float:
    """Return a number, whole ones too; refuse everything else."""
    number: Any = as_float(value)
    if not isinstance(number, float):
        raise refuse(argument, "be a number", value, error=InvalidTypeError)
    return number


def as_level(argument: str, value: Any, *, hint: str = "") -> float:
    """Return a number from 0 to 1."""
    number = as_number(argument, value)
    if not 0 <= number <= 1:
        raise refuse(argument, "be between 0 and 1", value, hint=hint)
    return number


def confidence(value: Any) -> float:
    """Convert a confidence level; refuse what is none."""
    return open_unit("level", value)


def plain_float(value: Any) -> float:
    """Convert a number of our own making, also one of numpy."""
    return float(value)


def finite(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    """Refuse what is not a finite number."""
    _finite_number(field.name, value)


def positive(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    """Refuse what is not a finite number above 0."""
    if _finite_number(field.name, value) <= 0:
        raise refuse(field.name, "be positive", value)


def within(low: float, high: float) -> "Callable[..., None]":
    """Return a validator for finite numbers from *low* to *high*."""

    def check(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
        if not low <= _finite_number(field.name, value) <= high:
            raise refuse(field.name, f"be between {low:g} and {high:g}", value)

    return check


def instance(kind: type, /) -> "Callable[..., None]":
    """Return a validator for instances of *kind*."""

    def check(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
        require_instance(field.name, value, kind)

    return check


def each(kind: type, /, container: type = tuple) -> "Callable[..., None]":
    """Return a validator for a *container* of instances of *kind*."""

    def check(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
        items: Any = value
        if not isinstance(value, container):
            rule = f"be a series of {kind.__name__}"
            raise refuse(field.name, rule, value, error=InvalidTypeError)
        for index, item in enumerate(items):
            place = index if container is tuple else None
            require_instance(field.name, item, kind, index=place)

    return check


def utc(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    """Refuse what is not an instant: naive datetimes and everything else."""
    _require_utc(field.name, value)


def instant(argument: str, value: object, *, index: Index = None) -> datetime:
    """Return an instant in UTC; refuse naive datetimes and everything else."""
    moment = as_utc(value)
    _require_utc(argument, moment, index=index)
    return cast("datetime", moment)


def filled(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    """Refuse what is not a text with at least one visible character."""
    require_instance(field.name, value, str)
    if not str(value).strip():
        raise refuse(field.name, "have at least one visible character", value)


def all_filled(_: Any, field: "attrs.Attribute[Any]", values: Collection[str]) -> None:
    """Refuse a collection of texts of which one has no visible character."""
    for value in values:
        if not value.strip():
            rule = "hold texts with at least one visible character"
            raise refuse(field.name, rule, value)


def distinct(
    argument: str, keys: Iterable[Hashable], what: str, *, hint: str = ""
) -> None:
    """Refuse the first item whose key an earlier one has."""
    first_index: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        earlier = first_index.setdefault(key, index)
        if earlier != index:
            rule = f"not repeat {what} of {where(argument, earlier)}"
            raise refuse(argument, rule, key, index=index, hint=hint)


def identifier(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    """Refuse ids that cannot be one: what is missing and what has no hash."""
    if not is_hashable(value):
        raise refuse(field.name, "be hashable", value, error=InvalidTypeError)
    if is_missing(value):  # NaN, too: it would not be found again
        raise refuse_missing(field.name, hint="None and NaN are no ids")


def require_instance(
    argument: str, value: object, kind: type, *, index: Index = None
) -> None:
    """Refuse *value* unless it is an instance of *kind*."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        rule, hint = f"be {article} {kind.__name__}", ""
        if issubclass(kind, Code):
            hint = f"pass {kind.__name__}(...) of one of {kind.listed()}"
        elif isinstance(getattr(value, "ref", None), kind):
            hint = "pass its .ref"
        elif kind.__name__ in _MAKERS:
            hint = _MAKERS[kind.__name__]
        raise refuse(
            argument, rule, value, index=index, hint=hint, error=InvalidTypeError
        )


def as_whole(argument: str, value: object) -> int:
    """Return a whole number of any kind as an int; a bool is not one."""
    other = isinstance(value, bool | np.timedelta64)  # both are integers by descent
    if other or not isinstance(value, int | np.integer):
        raise refuse(argument, "be a whole number", value, error=InvalidTypeError)
    return int(value)


def _require_utc(argument: str, value: object, *, index: Index = None) -> None:
    if not isinstance(value, datetime):
        rule, hint = "be a datetime", "parse texts, and give dates a time and a zone"
        raise refuse(
            argument, rule, value, index=index, hint=hint, error=InvalidTypeError
        )
    if is_missing(value):  # NaT
        hint = "NaT is no instant; an open end is None"
        raise refuse_missing(argument, index=index, hint=hint)
    if value.tzinfo is UTC and type(value) is datetime:
        return
    rule, hint = (
        "have an equivalent in UTC",
        ("its zone must have rules, its year lie between 1 and 9999"),
    )
    if getattr(value, "nanosecond", None):
        rule, hint = "be in whole microseconds", "round it: value.floor('us')"
    elif value.tzinfo is None:
        rule = "have a time zone"
        hint = "say where the clock stood: value.replace(tzinfo=ZoneInfo(...))"
    raise refuse(argument, rule, value, index=index, hint=hint)


def _finite_number(argument: str, value: object) -> float:
    if not isinstance(value, float):
        raise refuse(argument, "be a number", value, error=InvalidTypeError)
    if not np.isfinite(value):
        raise refuse(argument, "be a finite number", value)
    return value


def is_hashable(value: object) -> bool:
    """Whether a value has a hash; a tuple that holds a list only seems to."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _is_series(value: object) -> bool:
    # What a mapping says of its keys would be lost.
    many = isinstance(value, Iterable) and getattr(value, "ndim", 1) > 0
    return many and not isinstance(value, str | bytes | Mapping)


# Arrays


def as_array(values: Any, argument: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
    """Return any column-like object as an array and the mask of a masked one.

    `numpy.asarray` drops the mask, which would turn a null of duckdb's `fetchnumpy`
    into a zero: a detractor.
    """
    _refuse_table(values, argument)
    try:
        data = np.asarray(_unchunked(values))
        if data.dtype.kind == "O" and _holds_instants(values):
            data = np.asarray(values, dtype="datetime64[us]")
    except (TypeError, ValueError) as error:
        rule = "hold single values of one length"
        raise refuse(argument, rule, values, error=InvalidTypeError) from error
    if isinstance(values, list | tuple):
        # numpy turns a list of numbers with one text into texts; as objects each
        # value is judged for itself, and the error names the text.
        mixed = data.dtype.kind in "US"
        return np.asarray(values, dtype=object) if mixed else data, None
    if type(values) is np.ndarray or not isinstance(values, np.ndarray):
        return data, None
    mask = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None
    return data, mask if mask is not None and mask.any() else None


def _refuse_table(values: Any, argument: str) -> None:
    """Refuse a dataframe of one column.

    As an array it has two dimensions, and beside a column it would become a square.
    """
    shape: tuple[int, ...] = getattr(values, "shape", ())
    if hasattr(values, "columns") and len(shape) == 2 and shape[1] == 1:
        rule, hint = "be a column, not a table", 'pass df["a"] instead of df[["a"]]'
        shown = type(values).__name__
        raise refuse(argument, rule, shown, hint=hint, error=InvalidTypeError)


def _unchunked(values: Any) -> Any:
    """Join the chunks of a dictionary column of Arrow.

    pyarrow's own conversion gives a null in one the value of some other row.
    """
    dictionary = hasattr(getattr(values, "type", None), "index_type")
    chunked = dictionary and hasattr(values, "combine_chunks")
    return values.combine_chunks() if chunked else values


def _holds_instants(values: Any) -> bool:
    """Whether a column says that it holds timestamps.

    pandas hands those with a time zone over as objects of its own unless asked for
    numpy's, which are UTC, as with all other libraries.
    """
    kind = getattr(getattr(values, "dtype", None), "type", None)
    return isinstance(kind, type) and issubclass(kind, datetime)


def is_missing(value: Any) -> bool:
    """Whether one object stands for "no answer": None, NaN, NaT, pd.NA, masked."""
    if value is None or value is np.ma.masked:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124  NaN and NaT differ from themselves
    except TypeError:  # pd.NA has no truth value
        return True
    except ArithmeticError:  # a signalling NaN of decimal refuses to be compared
        return True
    except ValueError:  # an array compares item by item
        return False


@attrs.frozen(eq=False)
class Column:
    """One column of numbers, read chunk by chunk, with what is missing in it."""

    argument: str
    data: npt.NDArray[Any]
    mask: BoolArray | None

    @classmethod
    def of(cls, values: Any, argument: str, *, length: int | None = None) -> "Column":
        """Take any one-dimensional column of numbers."""
        data, mask = as_array(values, argument)
        if data.ndim != 1:
            shape = f"{data.ndim} dimensions" if data.ndim else type(values).__name__
            raise refuse(argument, "be a column (one dimension)", shape)
        if length is not None and data.size != length:
            raise refuse(
                argument, f"have as many values as answers ({length})", data.size
            )
        if data.dtype.kind not in "iufO":
            _refuse_kind(argument, data)
        return cls(argument, data, mask)

    def __len__(self) -> int:
        return self.data.size

    def part(self, rows: slice) -> tuple[npt.NDArray[Any], BoolArray | None]:
        """Return the numbers of some rows, and a mask of missing ones or None."""
        values = self.data[rows]
        if self.mask is not None and self.mask[rows].any():
            # What lies under a mask is arbitrary, and nobody may judge it.
            values = np.where(self.mask[rows], np.nan, values)
        if values.dtype.kind in "iu":
            return values, None
        if values.dtype.kind == "O":
            values = _numbers(values, self.argument, start=rows.start)
        missing = np.isnan(values)
        return values, missing if missing.any() else None


def chunks(rows: int, *, overlap: int = 0) -> Iterator[slice]:
    """Yield slices that cover *rows* rows, a chunk at a time.

    To compare neighbours let each hold the first rows of the next one, too.
    """
    starts = range(0, rows - overlap, CHUNK)
    return (slice(at, min(at + CHUNK + overlap, rows)) for at in starts)


def floats(values: Any, argument: str, *, hint: str = "") -> FloatArray:
    """Return finite numbers of any shape as float64; refuse everything else."""
    data, mask = as_array(values, argument)
    if data.dtype.kind == "O":
        data = _numbers(
            data if mask is None else np.where(mask, np.nan, data), argument
        )
    elif data.dtype.kind not in "iuf":
        _refuse_kind(argument, data)
    numbers = data.astype(np.float64)
    missing = np.isnan(numbers) if mask is None else np.isnan(numbers) | mask
    if missing.any():
        raise refuse_missing(argument, index=first(missing), hint=hint)
    require(argument, numbers, np.isfinite(numbers), "be a finite number")
    return numbers


def not_negative(values: Any, argument: str) -> FloatArray:
    """Return numbers of 0 or more as an array of floats."""
    numbers = floats(values, argument)
    require(argument, numbers, numbers >= 0, "not be negative")
    return numbers


def weights_of(weights: Any, argument: str, column: npt.NDArray[Any]) -> FloatArray:
    """Return a weight for each value of a column; one each if none are given."""
    if weights is None:
        return np.ones(column.shape)
    numbers = not_negative(weights, "weights")
    if numbers.shape != column.shape:
        rule = f"have as many values as {argument} ({column.size})"
        raise refuse("weights", rule, numbers.shape)
    return numbers


def generator(rng: Any) -> "np.random.Generator":
    """Return the generator that *rng* is, or the one of a seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        rule = "be a seed or a numpy.random.Generator"
        raise refuse("rng", rule, rng, error=InvalidTypeError)
    if rng < 0:
        raise refuse("rng", "not be negative", rng)
    return np.random.default_rng(rng)


def fractions(
    values: Any, argument: str, hint: str = "write 0.8 for 80 %"
) -> FloatArray:
    """Return numbers from 0 to 1 as an array of floats."""
    numbers = floats(values, argument)
    in_range = (numbers >= 0) & (numbers <= 1)
    require(argument, numbers, in_range, "lie between 0 and 1", hint)
    return numbers


def discounts(values: Any, argument: str = "discount") -> FloatArray:
    """Return discount rates per period: from 0 to 1, as above 1 they are percent."""
    return fractions(values, argument, "write 0.1 for 10 %")


def growths(values: Any, argument: str = "growth") -> FloatArray:
    """Return growth rates per period: above -1 to 1, as above 1 they are percent."""
    numbers = floats(values, argument)
    in_range = (numbers > -1) & (numbers <= 1)
    rule = "be above -1 and at most 1"
    require(argument, numbers, in_range, rule, "write 0.1 for 10 %")
    return numbers


def counts(values: Any, argument: str) -> IntArray:
    """Return counts of any shape as int64: whole numbers that are not negative."""
    numbers = floats(values, argument)
    good = (numbers >= 0) & (numbers == np.rint(numbers)) & (numbers < 2**63)
    require(argument, numbers, good, "be a count (a whole number, not negative)")
    # Counts above 2**53 would be rounded by the detour over float64.
    exact = np.asarray(values)
    return (
        exact.astype(np.int64) if exact.dtype.kind in "iu" else numbers.astype(np.int64)
    )


def require(
    argument: str, values: npt.NDArray[Any], good: BoolArray, rule: str, hint: str = ""
) -> None:
    """Refuse the first of *values* that is not *good*."""
    if not good.all():
        index = first(~good)
        value = values[() if index is None else index]
        raise refuse(argument, rule, value, index=index, hint=hint)


def require_one_shape(**arrays: FloatArray) -> None:
    """Refuse the first array that does not broadcast with those before it."""
    shape: tuple[int, ...] = ()
    for argument, array in arrays.items():
        try:
            shape = np.broadcast_shapes(shape, array.shape)
        except ValueError as error:
            rule = f"have a shape that broadcasts with {shape}"
            raise refuse(argument, rule, array.shape) from error


def require_cells(
    argument: str, values: FloatArray, good: BoolArray, rule: str, hint: str = ""
) -> None:
    """Refuse the first cell of the broadcast shape that is not *good*.

    The error names the place that the cell has in *values* itself.
    """
    if not good.all():
        value, index = guilty(values, good)
        raise refuse(argument, rule, value, index=index, hint=hint)


def guilty(values: FloatArray, good: BoolArray) -> tuple[np.float64, Index]:
    """Return the value of the first cell that is not *good*, and its place in *values*.

    There is one such cell, in the broadcast shape.
    """
    places = np.arange(values.size).reshape(values.shape)
    index = _place(int(np.broadcast_to(places, good.shape)[~good][0]), values.shape)
    return values[() if index is None else index], index


def first(mask: BoolArray) -> Index:
    """Return the place of the first true value; None for a scalar."""
    return _place(int(np.argmax(mask)), mask.shape)


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a copy that cannot be written, or the array itself if nobody can.

    What looks at the memory of another array may change with that.
    """
    if array.flags.writeable or array.base is not None:
        array = array.copy()
        array.flags.writeable = False
    return array


def frozen_floats(values: npt.ArrayLike) -> FloatArray:
    """Convert a field to a read-only float array."""
    return read_only(np.asarray(values, dtype=np.float64))


def frozen_ints(values: npt.ArrayLike) -> IntArray:
    """Convert a field to a read-only integer array."""
    return read_only(np.asarray(values, dtype=np.int64))


def scalar_or_array(values: FloatArray) -> Any:
    """Return a Python float for a scalar result, the array otherwise."""
    return float(values) if values.ndim == 0 else values


def same_arrays(a: object, b: object, names: Iterable[str]) -> bool:
    """Whether two objects hold equal arrays (or None) there; NaN equals NaN."""
    pairs = ((getattr(a, name), getattr(b, name)) for name in names)
    return all(
        x is y
        or (x is not None and y is not None and np.array_equal(x, y, equal_nan=True))
        for x, y in pairs
    )


def by_constructor(self: Any) -> tuple[Any, ...]:
    """Return what ``__reduce__`` must, so that copies pass through the constructor.

    Pickles of other hands and of other versions are then checked as all input is, and
    arrays, which come back writeable from pickle and deepcopy, are frozen again.
    """
    names = [field.name for field in attrs.fields(type(self)) if field.init]
    return _rebuild, (type(self), {name: getattr(self, name) for name in names})


def _rebuild(kind: type, fields: dict[str, Any]) -> Any:
    return kind(**fields)


def _numbers(values: npt.NDArray[Any], argument: str, *, start: int = 0) -> FloatArray:
    """Return an array of objects as floats; NaN where missing."""
    numbers = np.full(values.shape, np.nan)
    flat = numbers.reshape(-1)
    for index, value in enumerate(values.flat):
        if is_missing(value):
            continue
        number = as_float(value)
        if not isinstance(number, float):
            raise _refuse_number(argument, value, _place(index, values.shape, start))
        flat[index] = number
    return numbers


def _place(flat: int, shape: tuple[int, ...], start: int = 0) -> Index:
    """Return a place counted along a flat array as an index; None for a scalar."""
    if len(shape) <= 1:
        return start + flat if shape else None
    return tuple(int(axis) for axis in np.unravel_index(flat, shape))


def _refuse_number(argument: str, value: object, index: Index) -> InvalidTypeError:
    return refuse(argument, "be a number", value, index=index, error=InvalidTypeError)


def _refuse_kind(argument: str, data: npt.NDArray[Any]) -> None:
    if data.size == 0:
        raise refuse(argument, "hold numbers", str(data.dtype), error=InvalidTypeError)
    index = first(np.ones(data.shape, dtype=np.bool_))
    raise _refuse_number(argument, data[() if index is None else index], index)
