"""Counting: answers become arrays, chunk by chunk, in groups that turn up on the way.

What comes back are the fields of a `Tally` but its scale.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Axes, Label
from cxmkit.scale import Scale, point_codes

_OMIT = 'pass missing="omit" to leave it out'
_LEAST_WEIGHT = 1e-100  # its square, and sums of many, stay within floats


class Coding(Protocol):
    """What says in which group a row is: a `Coder`, or what looks its code up."""

    def codes(self, rows: slice) -> npt.NDArray[Any]:
        """Return the code of each of some rows; -1 leaves a row out."""
        ...

    def __len__(self) -> int:
        """Return the number of labels met so far."""
        ...

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels met so far, in the order of their codes."""
        ...


def of_answers(
    answers: _checks.Column,
    *,
    scale: Scale,
    coders: Mapping[str, Coding],
    weights: _checks.Column | None,
    missing: _checks.Missing,
) -> dict[str, Any]:
    """Count a column chunk by chunk, in the groups that one coder per axis says."""
    length = len(answers)
    bins = _Bins(scale.size + 1, len(coders), weighted=weights is not None)
    while (rows := bins.next_rows(length)).start < length:
        codes = _codes(answers, rows, scale=scale, missing=missing)
        groups = [coder.codes(rows) for coder in coders.values()]
        bins.grow(tuple(len(coder) for coder in coders.values()))
        bins.add(codes, groups, None if weights is None else _weights(weights, rows))
    levels = tuple(coder.labels for coder in coders.values())
    bins.grow(tuple(map(len, levels)))  # a vocabulary has a place without rows too
    return bins.fields(Axes(tuple(coders), levels))


def of_rows(
    answers: _checks.Column,
    columns: Mapping[str, npt.NDArray[Any] | None],
    *,
    scale: Scale,
    coders: Mapping[str, Coding],
    missing: _checks.Missing,
) -> dict[str, Any]:
    """Add up columns of counts or sums: one row per answer and group, or several."""
    everything = slice(0, len(answers))
    codes = _codes(answers, everything, scale=scale, missing=missing)
    groups = [coder.codes(everything) for coder in coders.values() if len(answers)]
    grid = Axes(tuple(coders), tuple(coder.labels for coder in coders.values()))
    place = tuple(group.astype(np.intp) for group in (*groups, codes))

    def added(name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if values.shape != codes.shape:
            rule = f"have as many values as answers ({codes.size})"
            raise _checks.refuse(name, rule, values.size)
        total = np.zeros((*grid.shape, scale.size + 1), values.dtype)
        if codes.size:
            np.add.at(total, place, values)
        return total

    given = {name: values for name, values in columns.items() if values is not None}
    arrays = {name: added(name, values) for name, values in given.items()}
    return _fields(grid, {"counts": arrays.pop("n"), **arrays})


def _codes(
    answers: _checks.Column, rows: slice, *, scale: Scale, missing: _checks.Missing
) -> npt.NDArray[np.intp]:
    """Return the code of each answer; one more than the last if it is missing."""
    numbers, absent = answers.part(rows)
    name, start = answers.argument, rows.start
    if absent is not None and missing == "raise":
        index = start + int(np.argmax(absent))
        raise _checks.refuse_missing(name, index=index, hint=_OMIT)
    return point_codes(scale, numbers, name, missing=absent, start=start)


def _fields(grid: Axes, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """Take the last bin of each group, which holds the missing, apart."""
    answered = {name: array[..., :-1] for name, array in arrays.items()}
    return {"grid": grid, "missing_counts": arrays["counts"][..., -1], **answered}


class _Bins:
    """Counts under construction: they grow as new labels turn up."""

    def __init__(self, width: int, axes: int, *, weighted: bool) -> None:
        names = ("counts", "sum_weights", "sum_squared_weights")[: 3 if weighted else 1]
        kinds = (np.int64, np.float64, np.float64)
        shape = (1,) * axes + (width,)
        self._arrays = {
            name: np.zeros(shape, kind)
            for name, kind in zip(names, kinds, strict=False)
        }
        self._start = 0

    @property
    def _shape(self) -> tuple[int, ...]:
        return self._arrays["counts"].shape

    def next_rows(self, length: int) -> slice:
        """Return the next chunk; it never holds fewer rows than there are bins."""
        stop = self._start + max(_checks.CHUNK, self._arrays["counts"].size)
        rows = slice(self._start, min(stop, length))
        self._start = rows.stop
        return rows

    def grow(self, sizes: tuple[int, ...]) -> None:
        """Make room for so many labels on each axis, doubling to stay linear."""
        room = self._shape[:-1]
        if all(size <= r for size, r in zip(sizes, room, strict=True)):
            return
        more = [
            r if s <= r else max(s, 2 * r) for s, r in zip(sizes, room, strict=True)
        ]
        pad = [(0, m - r) for m, r in zip(more, room, strict=True)] + [(0, 0)]
        self._arrays = {name: np.pad(a, pad) for name, a in self._arrays.items()}

    def add(
        self,
        codes: npt.NDArray[np.intp],
        groups: Sequence[npt.NDArray[Any]],
        weights: _checks.FloatArray | None,
    ) -> None:
        """Count one chunk; *codes* is written over."""
        stride = self._shape[-1]
        for axis in reversed(range(len(groups))):
            codes += groups[axis].astype(np.intp) * stride
            stride *= self._shape[axis]
        for group in groups:
            if group.min() < 0:  # without a label: to a bin that nobody reads
                codes[group < 0] = stride
        self._arrays["counts"] += self._binned(codes, None, stride)
        if weights is not None:
            self._arrays["sum_weights"] += self._binned(codes, weights, stride)
            squared = self._binned(codes, weights**2, stride)
            self._arrays["sum_squared_weights"] += squared

    def _binned(
        self, codes: npt.NDArray[np.intp], weights: _checks.FloatArray | None, size: int
    ) -> npt.NDArray[Any]:
        binned = np.bincount(codes, weights, minlength=size)
        return binned[:size].reshape(self._shape)

    def fields(self, grid: Axes) -> dict[str, Any]:
        """Return what was counted in the groups of these axes."""
        used = tuple(slice(0, size) for size in grid.shape)
        return _fields(grid, {name: a[used] for name, a in self._arrays.items()})


def _weights(column: _checks.Column, rows: slice) -> _checks.FloatArray:
    numbers, absent = column.part(rows)
    weights = numbers.astype(np.float64, copy=False)
    if absent is not None:
        index = rows.start + int(np.argmax(absent))
        hint = "give each answer a weight, or leave the answer out"
        raise _checks.refuse_missing("weights", index=index, hint=hint)
    good = np.isfinite(weights) & (weights >= 0)
    if not good.all():
        index = int(np.argmax(~good))
        rule = "be finite and not negative"
        raise _checks.refuse("weights", rule, weights[index], index=rows.start + index)
    good = (weights == 0) | ((weights > _LEAST_WEIGHT) & (weights < 1 / _LEAST_WEIGHT))
    if not good.all():
        index = int(np.argmax(~good))
        rule = f"be 0 or between {_LEAST_WEIGHT:g} and {1 / _LEAST_WEIGHT:g}"
        hint = "rescale them: only their ratios matter"
        raise _checks.refuse(
            "weights", rule, weights[index], index=rows.start + index, hint=hint
        )
    return weights
