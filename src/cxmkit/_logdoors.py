"""What comes in at the doors of a log: rows, objects, journeys and counted paths."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns
from cxmkit._axes import Label
from cxmkit._checks import FloatArray
from cxmkit.errors import InvalidTypeError, InvalidValueError
from cxmkit.experience import ExperienceDimension
from cxmkit.journey import Journey
from cxmkit.scale import Scale

COLUMNS = (
    "customer",
    "time",
    "touchpoint",
    "channel",
    "dimension",
    "attribute",
    "two_sided",
    "amount",
    "score",
)
NEEDED = COLUMNS[:3]


def objects(values: Sequence[Any]) -> npt.NDArray[Any]:
    """Return a column of objects; numpy would make a table of tuples."""
    return np.fromiter(values, object, len(values))


def dimensions(column: Any, length: int) -> npt.NDArray[Any]:
    """Return the place of each dimension in the enum, -1 where it is unknown."""
    codes, labels = _columns.coded(column, "dimension", length=length)
    place = {dimension: code for code, dimension in enumerate(ExperienceDimension)}
    table = []
    for code, label in enumerate(labels):
        try:
            table.append(place[ExperienceDimension(label)])
        except InvalidValueError:
            rows = np.flatnonzero(codes == code)  # none for a label without events
            index = int(rows[0]) if rows.size else None
            rule = f"be one of {ExperienceDimension.listed()}"
            raise _checks.refuse("dimension", rule, label, index=index) from None
    return np.asarray(np.array([*table, -1], np.int8)[codes])


def looked_up(codes: npt.NDArray[Any], labels: Sequence[Label]) -> npt.NDArray[Any]:
    """Return the label of each code, None for -1."""
    return np.asarray(objects([*labels, None])[codes])


def listed(values: Any, argument: str, kind: str, *, hint: str = "") -> list[Any]:
    """Return a series as a list; refuse a single thing."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        rule = f"be a series of {kind}"
        raise _checks.refuse(argument, rule, values, hint=hint, error=InvalidTypeError)
    return list(values)


def keys_of(row: Any) -> Collection[Any]:
    """Return the keys of a mapping, or of a row of sqlite that is nearly one."""
    keys = getattr(row, "keys", None)
    if keys is None:
        rule, hint = "be a mapping", "from_attributes takes objects"
        raise _checks.refuse(
            "rows", rule, row, index=0, hint=hint, error=InvalidTypeError
        )
    return [*keys()]


def require_mapping(mapping: Any) -> None:
    """Refuse a mapping that names no columns, or not those that are needed."""
    _checks.require_instance("mapping", mapping, Mapping)
    for name in mapping:
        if name not in COLUMNS:
            hint = f"columns are {', '.join(COLUMNS)}"
            raise _checks.refuse("mapping", "name columns of a log", name, hint=hint)
    for name in NEEDED:
        if name not in mapping:
            hint = "customer, time and touchpoint are needed"
            raise _checks.refuse("mapping", f"name {name}", [*mapping], hint=hint)


def keys_getter(name: str, key: str) -> Any:
    """Return what reads a column from rows by key."""

    def get(index: int, row: Any) -> Any:
        try:
            return row[key]
        except (KeyError, IndexError, TypeError):
            rule = f"have the key {key!r} for {name}"
            raise _checks.refuse("rows", rule, row, index=index) from None

    return get


def attributes_getter(name: str, key: Any) -> Any:
    """Return what reads a column from objects by attribute."""
    if not isinstance(key, str):
        rule = "lead to names of attributes"
        raise _checks.refuse("mapping", rule, key, error=InvalidTypeError)
    read = attrgetter(key)

    def get(index: int, item: Any) -> Any:
        try:
            return read(item)
        except AttributeError:
            rule = f"have the attribute {key!r} for {name}"
            raise _checks.refuse("objects", rule, item, index=index) from None

    return get


def refuse_namesakes(journeys: Sequence[Journey[Any]]) -> None:
    """Refuse parties of different kinds with one id."""
    kinds: dict[Label, str] = {}
    for index, journey in enumerate(journeys):
        party = journey.party
        if kinds.setdefault(party.id, party.kind) != party.kind:
            rule = f"be of parties of one kind; that of id {party.id!r} was told before"
            hint = "a log tells customers apart by id alone: make a log per kind"
            raise _checks.refuse("journeys", rule, party, index=index, hint=hint)


def nearest(valences: FloatArray, scale: Scale) -> FloatArray:
    """Return the nearest point of a scale to each valence, the worse of two."""
    steps = (valences + 1) / 2 * (scale.size - 1)
    best_first = np.ceil(np.round(steps - 0.5, 9))
    codes = best_first if scale.higher_is_better else scale.size - 1 - best_first
    known = ~np.isnan(codes)
    points = np.full(codes.shape, np.nan)
    points[known] = scale.points[codes[known].astype(np.intp)]
    return points


def way(index: int, path: Any) -> tuple[Label, ...]:
    """Return the touchpoints of a path."""
    way = _checks.as_tuple(path)
    if not isinstance(way, tuple):
        rule = "be a series of labels"
        hint = 'split texts: "ad > shop".split(" > ")'
        raise _checks.refuse(
            "paths", rule, path, index=index, hint=hint, error=InvalidTypeError
        )
    if not way:
        raise _checks.refuse("paths", "have at least one touchpoint", way, index=index)
    for step, label in enumerate(way):
        place = (index, step)
        if _checks.is_missing(label):
            raise _checks.refuse_missing("paths", index=place)
        if not _checks.is_hashable(label):
            rule = "be a hashable label"
            raise _checks.refuse(
                "paths", rule, label, index=place, error=InvalidTypeError
            )
    return tuple(way)
