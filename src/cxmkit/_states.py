"""States of many journeys: small, frozen, and they add up.

A state holds a tuple of touchpoints and integer or float arrays that span them. Sums of
states unite their touchpoints, ours first.
"""

import math
from collections.abc import Sequence
from typing import Any, Self

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Label
from cxmkit._checks import FloatArray, IntArray
from cxmkit.errors import InvalidTypeError, InvalidValueError

# Fields with arrays are converted by as_counts or as_sums and then validated by
# are_counts or are_sums, which know the name of the field.


def as_counts(values: Any) -> IntArray:
    """Convert a field to a read-only array of int64, if it holds whole numbers."""
    return _checks.read_only(_as(values, np.int64, "iu"))


def as_sums(values: Any) -> FloatArray:
    """Convert a field to a read-only array of float64, if it holds numbers."""
    return _checks.read_only(_as(values, np.float64, "iuf"))


def as_optional_counts(values: Any) -> IntArray | None:
    """Convert a field to an array of counts and keep None."""
    return None if values is None else as_counts(values)


def as_codes(values: Any) -> npt.NDArray[Any]:
    """Convert a field to a read-only array of the type it has."""
    array = _array(values)
    return _checks.read_only(array if array.size else array.astype(np.uint8))


def _array(values: Any) -> npt.NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError:  # rows of different lengths
        return np.array(None)


def _as(values: Any, kind: type, kinds: str) -> npt.NDArray[Any]:
    array = _array(values)
    fits = array.dtype.kind in kinds or not array.size
    return array.astype(kind, copy=False) if fits else array


def are_counts(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse an array of anything but whole numbers that are not negative."""
    if value.dtype != np.int64:
        rule = "hold whole numbers"
        raise _checks.refuse(field.name, rule, value.dtype, error=InvalidTypeError)
    _checks.require(field.name, value, value >= 0, "not be negative")


def are_sums(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse an array of anything but finite numbers."""
    if value.dtype != np.float64:
        rule = "hold numbers"
        raise _checks.refuse(field.name, rule, value.dtype, error=InvalidTypeError)
    _checks.require(field.name, value, np.isfinite(value), "be finite")


def count(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse what is not a count."""
    if _checks.as_whole(field.name, value) < 0:
        raise _checks.refuse(field.name, "not be negative", value)


def labels(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse labels that are missing or there twice."""
    repeatable_labels(_, field, value)
    _checks.distinct(field.name, value, "the label")


def repeatable_labels(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse labels that are missing or cannot be one."""
    _checks.require_instance(field.name, value, tuple)
    for index, label in enumerate(value):
        if _checks.is_missing(label):
            raise _checks.refuse_missing(field.name, index=index)
        if not _checks.is_hashable(label):
            rule = "be hashable"
            raise _checks.refuse(
                field.name, rule, label, index=index, error=InvalidTypeError
            )


def require_shape(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse an array of another shape."""
    if array.shape != shape:
        raise _checks.refuse(name, f"have the shape {shape}", array.shape)


def require_rows(offsets: IntArray, rows: int, length: int) -> None:
    """Refuse offsets that leave something out or hold an empty row."""
    if offsets.shape != (rows + 1,):
        raise _checks.refuse("offsets", f"have the shape ({rows + 1},)", offsets.shape)
    if offsets[0] != 0 or offsets[-1] != length:
        rule = f"begin with 0 and end with {length}"
        raise _checks.refuse("offsets", rule, (int(offsets[0]), int(offsets[-1])))
    ascends = np.append(True, np.diff(offsets) > 0)
    _checks.require("offsets", offsets, ascends, "ascend")


def require_codes(name: str, codes: npt.NDArray[Any], labels: int) -> None:
    """Refuse what are not codes of so many labels."""
    if codes.ndim != 1 or codes.dtype.kind not in "iu":
        rule = "be a column of whole numbers"
        raise _checks.refuse(name, rule, codes.dtype, error=InvalidTypeError)
    if codes.size and (int(codes.min()) < 0 or int(codes.max()) >= labels):
        good = (codes >= 0) & (codes < labels)
        rule = f"be the code of one of {labels} labels"
        _checks.require(name, codes, good, rule)


def columns(
    names: Sequence[str], records: Sequence[dict[str, Any]]
) -> dict[str, list[Any]]:
    """Turn flat dicts into columns; the names also serve where there are none."""
    return {name: [record[name] for record in records] for name in names}


def ratios(part: npt.NDArray[Any], whole: Any) -> FloatArray:
    """Divide; NaN where there is nothing of nothing."""
    with np.errstate(invalid="ignore"):
        return np.asarray(part / whole)


def percent(share: float) -> str:
    """Write a share, nothing for NaN; only all is 100.0 %, only none 0.0 %."""
    if math.isnan(share):
        return ""
    words = f"{100 * share:.1f}"
    almost = {"100.0": ">99.9", "0.0": "<0.1"}.get(words, words)
    return f"{words if share in {0, 1} else almost} %"


def plain(state: Any) -> dict[str, Any]:
    """Return the fields of a state as plain Python values."""
    fields = {
        field.name: getattr(state, field.name) for field in attrs.fields(type(state))
    }
    return {
        name: value.tolist()
        if isinstance(value, np.ndarray)
        else list(value)
        if isinstance(value, tuple)
        else value.item()
        if isinstance(value, np.generic)
        else value
        for name, value in fields.items()
    }


def require_same(ours: object, theirs: object, names: Sequence[str]) -> None:
    """Refuse to add states that were counted in different ways."""
    for name in names:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine != other:
            raise InvalidValueError(
                f"other must be counted with {name}={mine!r}; got {other!r}",
                argument="other",
                value=other,
            )


@attrs.frozen
class Union:
    """Labels of two states, and where those of each stand in it."""

    labels: tuple[Label, ...]
    ours: npt.NDArray[np.intp]
    theirs: npt.NDArray[np.intp]

    @classmethod
    def of(cls, ours: Sequence[Label], theirs: Sequence[Label]) -> Self:
        """Unite labels, ours first."""
        united = tuple(dict.fromkeys((*ours, *theirs)))
        place = {label: index for index, label in enumerate(united)}
        places = [place[label] for label in theirs]
        return cls(united, np.arange(len(ours)), np.array(places, np.intp))

    def add(
        self, ours: npt.NDArray[Any], theirs: npt.NDArray[Any], *, axes: int = 1
    ) -> npt.NDArray[Any]:
        """Add arrays whose first axes span the labels; what one lacks counts as 0."""
        shape = (len(self.labels),) * axes + ours.shape[axes:]
        total = np.zeros(shape, np.result_type(ours, theirs))
        total[np.ix_(*[self.ours] * axes)] += ours
        total[np.ix_(*[self.theirs] * axes)] += theirs
        return total
