"""Named axes with labels: how groups are told apart, selected and aligned.

Tallies, estimates and comparisons share this one notion of groups: an ordered set of
axes, each with its labels, spanning the leading dimensions of their arrays.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit.errors import InvalidTypeError, InvalidValueError

Label = Hashable

# Results go out as flat rows, axes beside numbers; an axis of the same name would be
# written over. A test compares this list with what results put out.
_COLUMNS = frozenset(
    {
        "answer",
        "credibility",
        "difference",
        "high",
        "interval_high",
        "interval_low",
        "invited",
        "level",
        "low",
        "method",
        "metric",
        "missing",
        "n",
        "n_effective",
        "n_first",
        "n_second",
        "p_value",
        "rank",
        "rank_high",
        "rank_low",
        "response_rate",
        "scale",
        "se",
        "shrunken",
        "silent_high",
        "silent_low",
        "statistic",
        "sum_squared_weights",
        "sum_weights",
        "value",
    }
)
Codes = npt.NDArray[np.intp]


@attrs.frozen
class Axes:
    """Axis names and, for each, its labels.

    Invariants: names are unique, labels are unique within their axis and never
    missing, so that every cell has exactly one address.
    """

    names: tuple[str, ...] = ()
    levels: tuple[tuple[Label, ...], ...] = ()

    def __attrs_post_init__(self) -> None:
        for name in self.names:
            if name in _COLUMNS:
                hint = f'rename the axis, for example "{name}_group"'
                rule = "not bear the name of a column of results"
                raise _checks.refuse("axis", rule, name, hint=hint)
        if len(set(self.names)) < len(self.names):
            raise _checks.refuse("axis", "be named once", ", ".join(self.names))
        for name, labels in zip(self.names, self.levels, strict=True):
            _refuse_bad_labels(f"by[{name!r}]", labels)

    @classmethod
    def of(cls, by: Any) -> "Axes":
        """Take a mapping of axis name to labels, bare labels ("group") or None."""
        levels = {name: as_labels(where, labels) for name, where, labels in _named(by)}
        return cls(tuple(levels), tuple(levels.values()))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of labels on each axis."""
        return tuple(len(labels) for labels in self.levels)

    @property
    def labels(self) -> Mapping[str, tuple[Label, ...]]:
        """Axis name to labels, read-only."""
        return MappingProxyType(dict(zip(self.names, self.levels, strict=True)))

    def __str__(self) -> str:
        """Describe the axes: ``year (4) x touchpoint (22)``."""
        sizes = zip(self.names, self.shape, strict=True)
        return " x ".join(f"{name} ({size})" for name, size in sizes)

    def position(self, name: str) -> int:
        """Return the place of an axis, or refuse a name that is none."""
        if name not in self.names:
            known = ", ".join(self.names) or "none: there are no groups"
            raise _checks.refuse("axis", "name an axis", name, hint=f"axes are {known}")
        return self.names.index(name)

    def keep(self, names: Sequence[str]) -> "Axes":
        """Return only the axes *names*, in that order."""
        kept = [self.levels[self.position(name)] for name in names]
        if len(set(names)) < len(names):
            raise _checks.refuse("axis", "be named once", ", ".join(names))
        return Axes(tuple(names), tuple(kept))

    def locate(self, where: Mapping[str, Label]) -> tuple[tuple[Any, ...], "Axes"]:
        """Return the indexer of the cells at *where*, and the axes that remain."""
        index: list[Any] = [slice(None)] * len(self.names)
        for name, label in where.items():
            axis = self.position(name)
            if not _checks.is_hashable(label) or label not in self.levels[axis]:
                hint = f"labels are {_checks.some(self.levels[axis])}"
                raise _checks.refuse(name, "be one of its labels", label, hint=hint)
            index[axis] = self.levels[axis].index(label)
        return tuple(index), self.keep([n for n in self.names if n not in where])

    def union(self, other: "Axes") -> "Axes":
        """Return axes that hold the labels of both, ours first."""
        if set(self.names) != set(other.names):
            raise InvalidValueError(
                f"other must have the axes {str(self) or 'none'};"
                f" got {str(other) or 'none'}; use .by(...) to keep common axes",
                argument="other",
                value=other.names,
            )
        theirs = other.keep(self.names).levels
        both = (
            tuple(dict.fromkeys(a + b))
            for a, b in zip(self.levels, theirs, strict=True)
        )
        return Axes(self.names, tuple(both))

    def spread(
        self, array: npt.NDArray[Any], onto: "Axes", fill: float = 0
    ) -> npt.NDArray[Any]:
        """Lay an array over these axes out over wider ones; new cells get *fill*."""
        order = [self.position(name) for name in onto.names]
        array = array.transpose(*order, *range(len(order), array.ndim))
        wide = np.full(onto.shape + array.shape[len(order) :], fill, array.dtype)
        places = []
        for axis, labels in zip(order, onto.levels, strict=True):
            place = {label: index for index, label in enumerate(labels)}
            places.append([place[label] for label in self.levels[axis]])
        wide[np.ix_(*places) if places else ...] = array
        return wide

    def cells(self) -> Iterator[dict[str, Label]]:
        """Yield the address of each cell, the last axis moving fastest."""
        for index in np.ndindex(self.shape):
            places = zip(self.names, self.levels, index, strict=True)
            yield {name: labels[i] for name, labels, i in places}

    def columns(self) -> dict[str, list[Any]]:
        """Return the addresses of all cells as one column per axis."""
        cells = list(self.cells())
        return {name: [cell[name] for cell in cells] for name in self.names}

    def text_columns(self) -> dict[str, list[str]]:
        """Return `columns` as texts, for tables."""
        columns = self.columns().items()
        return {name: [str(label) for label in labels] for name, labels in columns}


def address(cell: Mapping[str, Label]) -> str:
    """Return the labels of a cell as one text."""
    return " / ".join(map(str, cell.values()))


def _named(by: Any) -> tuple[tuple[str, str, Any], ...]:
    """Return (axis name, argument, column); a bare column makes the axis "group"."""
    if by is None:
        return ()
    if not isinstance(by, Mapping):
        return (("group", "by", by),)
    for name in by:
        if not isinstance(name, str):
            rule = "have texts as names of axes"
            raise _checks.refuse("by", rule, name, error=InvalidTypeError)
    return tuple((name, f"by[{name!r}]", column) for name, column in by.items())


def as_labels(argument: str, labels: Any) -> tuple[Label, ...]:
    """Return a vocabulary as a tuple of Python scalars."""
    if isinstance(labels, list | tuple) and any(isinstance(v, tuple) for v in labels):
        return tuple(_scalars(labels))  # numpy would make a table of them
    array, mask = _checks.as_array(labels, argument)
    if array.ndim != 1:
        raise _checks.refuse(argument, "be a series of labels", labels)
    if mask is not None:
        raise _missing_label(argument, _checks.first(mask))
    return tuple(_scalars(labels if isinstance(labels, list | tuple) else array))


class Coder:
    """Turns one column of labels into codes 0, 1, ... chunk by chunk.

    Labels given as values get their codes in order of first appearance; a pair
    (integer codes, labels) keeps its vocabulary, labels without answers included.
    Missing labels are refused or, where they are *optional*, get the code -1.
    """

    def __init__(
        self, argument: str, column: Any, *, length: int, optional: bool = False
    ) -> None:
        self._argument = argument
        self._optional = optional
        self._known: dict[Label, int] = {}
        self._labels: list[Label] = []
        coded = is_pair(column)
        values, self._mask = _checks.as_array(
            column[0] if coded else column, self._argument
        )
        if values.ndim != 1:
            raise _checks.refuse(self._argument, "be a column (one dimension)", column)
        if values.size != length:
            rule = f"have one label per answer ({length})"
            hint = "for several axes pass a mapping of name to column"
            raise _checks.refuse(self._argument, rule, values.size, hint=hint)
        if (
            coded
            and optional
            and (self._mask is not None or values.dtype.kind in {"f", "O"})
        ):
            values, self._mask = _with_absent_codes(values, self._mask), None
        self._values = values
        self.codes = self._from_values
        if coded:
            if values.size and values.dtype.kind not in "iu":
                if not optional:
                    self._refuse_missing_codes(values)
                rule = "hold integer codes and their labels"
                raise _checks.refuse(
                    self._argument, rule, str(values.dtype), error=InvalidTypeError
                )
            labels = as_labels(self._argument, column[1])
            _refuse_bad_labels(self._argument, labels)
            self._labels = [*labels]
            self.codes = self._from_codes

    def __len__(self) -> int:
        """Return the number of labels met so far."""
        return len(self._labels)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels met so far, in the order of their codes."""
        # Objects of numpy in a column of objects are known as they came.
        return tuple(_scalars(self._labels))

    def _from_codes(self, rows: slice) -> npt.NDArray[Any]:
        codes = self._values[rows]
        self._refuse_masked(rows)
        least = -1 if self._optional else 0
        if codes.min() < least or codes.max() >= len(self):
            bad = (codes < least) | (codes >= len(self))
            index = int(np.argmax(bad))
            if codes[index] == -1:  # pandas' code for a missing category
                raise _missing_label(self._argument, rows.start + index)
            rule = f"be the code of one of the {len(self)} labels, from 0"
            raise _checks.refuse(
                self._argument, rule, codes[index], index=rows.start + index
            )
        return codes

    def _from_values(self, rows: slice) -> Codes:
        values = self._values[rows]
        if self._mask is not None and self._optional and self._mask[rows].any():
            # Nanoseconds as objects would be numbers; they know NaT for None.
            values = values.astype(
                values.dtype if values.dtype.kind in "mM" else object
            )
            values[self._mask[rows]] = None  # what lies beneath is arbitrary
        else:
            self._refuse_masked(rows)
        if values.dtype.kind in "iubfmM":
            return self._sorted_codes(values, rows.start)
        scalars = _scalars(values)
        for index, label in enumerate(scalars):
            # A label already known cannot be missing, so only new ones are judged.
            try:
                new = label not in self._known
            except TypeError:  # no hash: refused below, unless it is missing
                new = True
                if self._optional and _checks.is_missing(label):
                    scalars[index] = None
            if new:
                self._learn(scalars[index], rows.start + index)
        known = self._known
        return np.fromiter((known[s] for s in scalars), np.intp, len(scalars))

    def _sorted_codes(self, values: npt.NDArray[Any], start: int) -> Codes:
        distinct, at, inverse = np.unique(
            values, return_index=True, return_inverse=True
        )
        labels = _scalars(distinct)
        for place in np.argsort(at, kind="stable"):
            if labels[place] not in self._known:
                self._learn(labels[place], start + int(at[place]))
        lookup = np.array([self._known[label] for label in labels], dtype=np.intp)
        return lookup[inverse]

    def _learn(self, label: Any, index: int) -> None:
        if self._optional and _checks.is_missing(label):
            self._known[label] = -1
            return
        _refuse_bad_label(self._argument, label, index)
        self._known[label] = len(self._labels)
        self._labels.append(label)

    def _refuse_missing_codes(self, codes: npt.NDArray[Any]) -> None:
        # Integers with a null come out of Arrow and polars as floats with NaN.
        for index, code in enumerate(codes):
            if _checks.is_missing(code):
                raise _missing_label(self._argument, index)

    def _refuse_masked(self, rows: slice) -> None:
        if self._mask is not None and self._mask[rows].any():
            raise _missing_label(
                self._argument, rows.start + int(np.argmax(self._mask[rows]))
            )


def coders_of(by: Any, *, length: int) -> dict[str, Coder]:
    """Return a coder for each axis that *by* names."""
    return {name: Coder(where, c, length=length) for name, where, c in _named(by)}


def is_pair(column: Any) -> bool:
    """Whether a column is (integer codes, labels): a 2-tuple of two columns."""
    return (
        isinstance(column, tuple)
        and len(column) == 2
        and all(
            hasattr(part, "__len__") and not isinstance(part, str | bytes)
            for part in column
        )
    )


def _with_absent_codes(
    codes: npt.NDArray[Any], mask: npt.NDArray[np.bool_] | None
) -> npt.NDArray[Any]:
    """Return codes with -1 where they are masked, None or NaN.

    Integers with a null come out of Arrow and polars as floats with NaN.
    """
    there = np.ones(codes.shape, np.bool_) if mask is None else ~mask
    if codes.dtype.kind == "f":
        known = codes[there := there & ~np.isnan(codes)]
        good = bool((np.abs(known) < 2**31).all()) and not (known % 1).any()
    elif codes.dtype.kind == "O":
        known = codes[there := there & [not _checks.is_missing(c) for c in codes]]
        good = all(
            isinstance(c, int | np.integer) and abs(int(c)) < 2**31 for c in known
        )
    else:
        known, good = codes[there], codes.dtype.kind in "iu"
    if not good:
        return codes  # refused as what they are
    every = np.full(codes.shape, -1, np.int64)
    every[there] = known
    return every


def _scalars(values: Any) -> Any:
    """Return labels as a list of Python scalars; the one of an array without axes."""
    if isinstance(values, list | tuple):
        return [
            _scalars(np.asarray(v)) if isinstance(v, np.generic) else v for v in values
        ]
    if values.dtype.kind in "mM" and np.datetime_data(values.dtype)[0] == "ns":
        # Nanoseconds, pandas' old default, have no Python scalar; microseconds do.
        values = values.astype(f"{values.dtype.kind}8[us]")
    return values.tolist()


def _missing_label(argument: str, index: _checks.Index) -> Exception:
    hint = "give these rows a label of their own or leave them out"
    return _checks.refuse_missing(argument, index=index, hint=hint)


def _refuse_bad_label(argument: str, label: Any, index: int) -> None:
    if _checks.is_missing(label):
        raise _missing_label(argument, index)
    if not _checks.is_hashable(label):
        rule = "be a hashable label"
        raise _checks.refuse(argument, rule, label, index=index, error=InvalidTypeError)


def _refuse_bad_labels(argument: str, labels: Sequence[Any]) -> None:
    seen = set()
    for index, label in enumerate(labels):
        _refuse_bad_label(argument, label, index)
        if label in seen:
            rule = "have each label once"
            raise _checks.refuse(argument, rule, label, index=index)
        seen.add(label)
