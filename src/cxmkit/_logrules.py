"""What the columns of a journey log must hold, whoever fills them."""

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns, _events
from cxmkit._axes import Label, _scalars
from cxmkit._checks import FloatArray, IntArray
from cxmkit.errors import InvalidTypeError, InvalidValueError
from cxmkit.scale import Scale

# Fields are converted by these. What is no column is passed on, since only the rules
# below know the name of the field.


def _frozen(values: Any, kind: type) -> Any:
    """Return an array that nobody can write, an empty one of a kind.

    What is no array is passed on.
    """
    if values is None or _is_masked(values):
        return values
    try:
        array = np.asarray(values)
    except ValueError:  # of several lengths
        return values
    return _checks.read_only(array if array.size else array.astype(kind))


def as_codes(values: Any) -> Any:
    """Return a read-only array of whole numbers."""
    return _frozen(values, np.int64)


def as_flags(values: Any) -> Any:
    """Return a read-only array of truth values."""
    return _frozen(values, np.bool_)


def as_floats(values: Any) -> Any:
    """Return a read-only array of numbers."""
    return _frozen(values, np.float64)


def as_whole(values: Any) -> Any:
    """Return whole numbers as int64, if it can hold them."""
    array = as_codes(values)
    if isinstance(array, np.ndarray) and array.dtype.kind in "iu":
        fits = array.dtype.itemsize < 8 or not (array > 2**63 - 1).any()
        array = as_codes(array.astype(np.int64, copy=False)) if fits else array
    return array


def as_ids(values: Any) -> Any:
    """Return whole numbers as int64 (or uint64) and all other ids as objects."""
    array = as_codes(values)
    objects = isinstance(array, np.ndarray) and array.dtype.kind == "O"
    if objects and all(type(each) is int for each in array.flat):
        kind = np.uint64 if max(array.flat) >= 2**63 else np.int64
        with contextlib.suppress(OverflowError):  # beyond 64 bits they are objects
            array = array.astype(kind)
    return as_whole(array)


def as_labels(values: Any) -> Any:
    """Return labels as a tuple of Python scalars; pass on what is no series."""
    items = _checks.as_tuple(values)
    return tuple(_scalars(items)) if isinstance(items, tuple) else items


def _is_masked(values: Any) -> bool:
    plain = type(values) is np.ndarray or not isinstance(values, np.ndarray)
    return not plain and np.ma.is_masked(values)


# Rules


def require_kinds(log: Any) -> None:
    """Refuse columns that are no arrays, of another kind or of two dimensions."""
    kinds = {
        "offsets": "iu",
        "time": "iu",
        "touchpoint": "iu",
        "channel": "iu",
        "dimension": "iu",
        "attribute": "iu",
        "two_sided": "b",
        "amount": "f",
        "score": "f",
    }
    words = {"iu": "whole numbers", "b": "truth values", "f": "floats"}
    for name, kind in kinds.items():
        if getattr(log, name) is None and name not in {"offsets", "time", "touchpoint"}:
            continue
        values = _array(name, getattr(log, name))
        if values.dtype.kind not in kind:
            rule = f"hold {words[kind]}"
            raise _checks.refuse(name, rule, values.dtype, error=InvalidTypeError)


def _array(name: str, values: Any) -> npt.NDArray[Any]:
    rule = "be a plain array of one dimension"
    if type(values) is not np.ndarray:  # of several lengths, masked
        shown = "a masked one" if isinstance(values, np.ndarray) else values
        raise _checks.refuse(name, rule, shown, error=InvalidTypeError)
    if values.ndim != 1:
        raise _checks.refuse(name, rule, f"{values.ndim} dimensions")
    return values


def require_offsets(offsets: IntArray, customers: int, events: int) -> None:
    """Refuse offsets that leave out an event or hold a customer without any."""
    if offsets.size != customers + 1:
        rule = f"have one place more than there are customers ({customers})"
        raise _checks.refuse("offsets", rule, offsets.size)
    if offsets[0] != 0 or offsets[-1] != events:
        rule = f"begin with 0 and end with the number of events ({events})"
        raise _checks.refuse("offsets", rule, (int(offsets[0]), int(offsets[-1])))
    rising = offsets[1:] > offsets[:-1]
    if not rising.all():
        index = int(np.argmin(rising)) + 1
        rule = "ascend: each customer has an event"
        raise _checks.refuse("offsets", rule, offsets[index], index=index)


def require_customers(customers: npt.NDArray[Any]) -> None:
    """Refuse ids that are missing or there twice."""
    _array("customers", customers)
    if customers.dtype.kind not in "iuO":
        rule = "be an array of whole numbers or objects"
        hint = "JourneyLog.from_columns takes ids of all kinds"
        raise _checks.refuse(
            "customers", rule, customers.dtype, hint=hint, error=InvalidTypeError
        )
    if customers.dtype.kind in "iu" and (customers[1:] > customers[:-1]).all():
        return
    seen = set()
    for index, each in enumerate(customers.tolist()):
        if _checks.is_missing(each):
            raise _checks.refuse_missing("customers", index=index)
        if not _checks.is_hashable(each):
            rule = "be hashable"
            raise _checks.refuse(
                "customers", rule, each, index=index, error=InvalidTypeError
            )
        if each in seen:
            raise _checks.refuse("customers", "be there once", each, index=index)
        seen.add(each)


def require_times(time: IntArray, offsets: IntArray) -> None:
    """Refuse times that go back within a customer or are absurdly far away."""
    if not time.size:
        return
    far = max(int(time.max()), -int(time.min())) > _columns.FARTHEST
    if far:
        good = (time <= _columns.FARTHEST) & (time >= -_columns.FARTHEST)
        _checks.require("time", time, good, "lie between -2**62 and 2**62")
    for block in _events.blocks(offsets):
        later = np.diff(time[block.rows]) >= 0
        later[block.offsets[1:-1] - 1] = True  # the next customer may begin earlier
        if not later.all():
            index = block.rows.start + int(np.argmin(later)) + 1
            rule = f"not go back (from {int(time[index - 1])}) within a customer"
            hint = "JourneyLog.from_columns puts rows in order"
            raise _checks.refuse("time", rule, time[index], index=index, hint=hint)


def require_codes(
    name: str, codes: npt.NDArray[Any] | None, labels: Sequence[Label], *, least: int
) -> None:
    """Refuse codes without a label, and labels without a column."""
    plural = f"{name}s"
    if codes is None:
        if labels != () and name != "dimension":
            raise _checks.refuse(plural, f"come with {name}", labels)
        return
    _columns.require_labels(plural, labels)
    if codes.size and (codes.min() < least or codes.max() >= len(labels)):
        good = (codes >= least) & (codes < len(labels))
        _checks.require(
            name, codes, good, f"be the code of one of {len(labels)} labels"
        )


def require_scored(score: FloatArray | None, scale: Scale | None) -> None:
    """Refuse answers that are no points of their scale."""
    if (score is None) != (scale is None):
        raise unscaled(score, scale)
    if score is not None and scale is not None:
        points = scale.points
        for rows in _checks.chunks(score.size):
            part = score[rows]
            known = part == part  # noqa: PLR0124  NaN differs from itself
            place = np.searchsorted(points, part[known]).clip(max=points.size - 1)
            good = points[place] == part[known]
            if not good.all():
                index = int(np.flatnonzero(known)[np.argmin(good)])
                rule = f"be on the {scale} scale"
                raise _checks.refuse(
                    "score", rule, part[index], index=rows.start + index
                )


def unscaled(score: Any, scale: Any) -> InvalidValueError:
    """Return the error for a score without a scale, or a scale without a score."""
    if scale is None:
        hint = "for example scale=STARS_1_5; no scale is assumed"
        return _checks.refuse("scale", "come with score", scale, hint=hint)
    return _checks.refuse("score", "come with scale", score, hint="leave out scale")
