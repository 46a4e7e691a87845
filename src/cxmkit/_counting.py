"""Counting: answers become arrays, chunk by chunk, in groups that turn up on the way.

What comes back are the fields of a `Tally` but its scale.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Axes, Label
from cxmkit.scale import Scale, point_codes

_OMIT = 'pass missing="omit" to leave it out'
_FEW_STEPS = 3  # comparisons, beyond which looking up is as fast
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
    classes: npt.NDArray[np.intp] | None = None,
) -> dict[str, Any]:
    """Count a column chunk by chunk, in the groups that one coder per axis says.

    *classes* has a class 0, 1, ... for each point: points of one class are then counted
    together.
    """
    length = len(answers)
    sort = _Sort.of(scale, classes)
    # One bin more for the missing, where any may turn up.
    width = sort.width + (missing == "omit")
    bins = _Bins(width, len(coders), weighted=weights is not None)
    while (rows := bins.next_rows(length)).start < length:
        codes = sort.codes(answers, rows, missing)
        groups = [coder.codes(rows) for coder in coders.values()]
        bins.grow(tuple(len(coder) for coder in coders.values()))
        bins.add(codes, groups, None if weights is None else _weights(weights, rows))
    levels = tuple(coder.labels for coder in coders.values())
    bins.grow(tuple(map(len, levels)))  # a vocabulary has a place without rows too
    return _fields(Axes(tuple(coders), levels), bins.arrays(levels), sort.width)


@attrs.frozen(eq=False)
class _Sort:
    """Into which bin an answer goes: that of its point, or of its class."""

    scale: Scale
    classes: npt.NDArray[np.intp] | None
    steps: tuple[tuple[int, int], ...] | None  # at which answers the class rises

    @classmethod
    def of(cls, scale: Scale, classes: npt.NDArray[np.intp] | None) -> "_Sort":
        """Prepare for a scale; classes that rise few times need no look-up."""
        if classes is None:
            return cls(scale, None, None)
        rises = np.diff(classes, prepend=0)
        whole = scale.step == 1 and scale.low.is_integer()
        few = whole and rises[0] == 0 and np.count_nonzero(rises) <= _FEW_STEPS
        at = np.flatnonzero(rises).tolist()
        steps = tuple((int(scale.low) + k, int(rises[k])) for k in at)
        return cls(scale, classes, steps if few else None)

    @property
    def width(self) -> int:
        """Number of bins for answers; one more holds the missing."""
        return self.scale.size if self.classes is None else int(self.classes.max()) + 1

    def codes(
        self, answers: _checks.Column, rows: slice, missing: _checks.Missing
    ) -> npt.NDArray[Any]:
        """Return the bin of each answer of a chunk."""
        if self.steps is not None and (whole := _whole(answers, rows)) is not None:
            return self._stepped(whole, answers.argument, rows.start)
        codes = _codes(answers, rows, scale=self.scale, missing=missing)
        if self.classes is None:
            return codes
        bins: npt.NDArray[Any] = np.append(self.classes, self.width)[codes]
        return bins

    def _stepped(
        self, numbers: npt.NDArray[Any], argument: str, start: int
    ) -> npt.NDArray[np.int8]:
        """Compare instead of looking up: several times as fast on small numbers."""
        if numbers.min() < self.scale.low or numbers.max() > self.scale.high:
            point_codes(self.scale, numbers, argument, start=start)  # names the answer
        codes = np.zeros(numbers.shape, np.int8)
        for at, rise in self.steps or ():
            codes += (numbers >= at).view(np.int8) * np.int8(rise)
        return codes


def _whole(answers: _checks.Column, rows: slice) -> npt.NDArray[Any] | None:
    """Return a chunk of whole numbers of which none is missing, or None."""
    whole = answers.data.dtype.kind in "iu" and answers.mask is None
    return answers.data[rows] if whole else None


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
    return _fields(grid, {"counts": arrays.pop("n"), **arrays}, scale.size)


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


def _fields(grid: Axes, arrays: Mapping[str, Any], width: int) -> dict[str, Any]:
    """Take the bin after the last point, which holds the missing, apart."""
    answered = {name: array[..., :width] for name, array in arrays.items()}
    missing = arrays["counts"][..., width:].sum(axis=-1)
    return {"grid": grid, "missing_counts": missing, **answered}


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
        codes: npt.NDArray[Any],
        groups: Sequence[npt.NDArray[Any]],
        weights: _checks.FloatArray | None,
    ) -> None:
        """Count one chunk."""
        size = self._arrays["counts"].size
        # Small numbers are multiplied and added faster.
        kind: Any = np.int32 if size < 2**31 - 1 else np.intp
        first, *others = (*groups, codes)
        places: npt.NDArray[Any] = first.astype(kind)
        for part, room in zip(others, self._shape[1:], strict=True):
            places *= room
            places += part.astype(kind, copy=False)
        for group in groups:
            if group.min() < 0:  # without a label: to a bin that nobody reads
                places[group < 0] = size
        self._arrays["counts"] += self._binned(places, None)
        if weights is not None:
            self._arrays["sum_weights"] += self._binned(places, weights)
            squared = self._binned(places, weights**2)
            self._arrays["sum_squared_weights"] += squared

    def _binned(
        self, places: npt.NDArray[Any], weights: _checks.FloatArray | None
    ) -> npt.NDArray[Any]:
        size = self._arrays["counts"].size
        binned = np.bincount(places, weights, minlength=size)
        return binned[:size].reshape(self._shape)

    def arrays(self, levels: Sequence[Sequence[Label]]) -> dict[str, Any]:
        """Return what was counted for the labels that there are."""
        used = tuple(slice(0, len(labels)) for labels in levels)
        return {name: array[used] for name, array in self._arrays.items()}


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
