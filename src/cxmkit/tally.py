"""What must be kept of a million answers: small states that add up."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _hashes
from cxmkit._axes import Axes, Label, coders_of
from cxmkit._checks import Answers
from cxmkit.errors import InvalidValueError, ScaleMismatchError
from cxmkit.scale import Scale, point_codes

__all__ = ["Tally", "customer_groups"]

_OMIT = 'pass missing="omit" to leave it out'
_LEAST_WEIGHT = 1e-100  # its square, and sums of many, stay within floats
_ROUNDING = 0.01  # relative; reports print sums of weights with few digits


def _none_missing(tally: "Tally") -> _checks.IntArray:
    return np.zeros(tally.grid.shape, np.int64)


def _counts(values: npt.ArrayLike) -> _checks.IntArray:
    return _checks.read_only(_checks.counts(values, "counts"))


def _missing_counts(values: npt.ArrayLike) -> _checks.IntArray:
    return _checks.read_only(_checks.counts(values, "missing_counts"))


def _sum_weights(values: npt.ArrayLike | None) -> _checks.FloatArray | None:
    return _sums(values, "sum_weights")


def _sum_squared_weights(values: npt.ArrayLike | None) -> _checks.FloatArray | None:
    return _sums(values, "sum_squared_weights")


def _sums(values: npt.ArrayLike | None, name: str) -> _checks.FloatArray | None:
    return None if values is None else _checks.read_only(_checks.floats(values, name))


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Tally:
    r"""How often was each point of a scale chosen, in each group?

    A tally is all that NPS, CSAT, CES and their family need of any number of answers.
    Tallies of the same scale add, ``sum()`` included: partitions, months and branches
    merge to exactly what counting all answers at once would have given.

    Make one with `count`, `from_counts` or `from_rows`. Arrays are read-only and span
    the groups' axes, then the points of the scale.

    Parameters
    ----------
    scale : Scale
        The scale of the answers.
    counts : array_like of int
        Number of answers, shape (\*axes, points).
    grid : Axes
        Names and labels of the axes; none by default.
    missing_counts : array_like of int
        Number of missing answers, shape of the axes; 0 by default.
    sum_weights, sum_squared_weights : array_like of float, optional
        Sums of the weights and of their squares, in the shape of *counts*; both or
        neither.

    Raises
    ------
    InvalidValueError
        If shapes disagree, a count is negative or broken, or the sums of weights
        cannot belong to the counts.

    Notes
    -----
    Invariants: counts are not negative; where nobody answered, sums of weights are 0;
    elsewhere, with n answers, (sum w)² / n <= sum w² <= (sum w)². Tallies are equal
    when scale, axes and all arrays are, and have no hash. Integer counts merge
    exactly, sums of weights to rounding.

    Examples
    --------
    >>> from cxmkit import RECOMMEND_0_10, Tally, nps
    >>> monday = Tally.count([10, 9, 3], scale=RECOMMEND_0_10)
    >>> tuesday = Tally.count([8, 10], scale=RECOMMEND_0_10)
    >>> sum([monday, tuesday])
    Tally 0-10, n = 5, 0 missing
    >>> nps(monday + tuesday).value
    40.0
    """

    scale: Scale = attrs.field(validator=_checks.instance(Scale))
    counts: _checks.IntArray = attrs.field(converter=_counts)
    grid: Axes = attrs.field(factory=Axes, validator=_checks.instance(Axes))
    missing_counts: _checks.IntArray = attrs.field(
        default=attrs.Factory(_none_missing, takes_self=True),
        converter=_missing_counts,
    )
    sum_weights: _checks.FloatArray | None = attrs.field(
        default=None, converter=_sum_weights
    )
    sum_squared_weights: _checks.FloatArray | None = attrs.field(
        default=None, converter=_sum_squared_weights
    )

    def __attrs_post_init__(self) -> None:
        shape = (*self.grid.shape, self.scale.size)
        _refuse_shape("counts", self.counts, shape)
        _refuse_shape("missing_counts", self.missing_counts, self.grid.shape)
        if (self.sum_weights is None) != (self.sum_squared_weights is None):
            given = "sum_weights" if self.sum_weights is not None else "neither"
            raise _checks.refuse(
                "sum_squared_weights", "come together with sum_weights", given
            )
        if self.sum_weights is not None and self.sum_squared_weights is not None:
            _refuse_shape("sum_weights", self.sum_weights, shape)
            _refuse_shape("sum_squared_weights", self.sum_squared_weights, shape)
            self._refuse_impossible_weights(self.sum_weights, self.sum_squared_weights)

    def _refuse_impossible_weights(
        self, total: _checks.FloatArray, squares: _checks.FloatArray
    ) -> None:
        _checks.require("sum_weights", total, total >= 0, "not be negative")
        empty = self.counts == 0
        bare = ~empty | (total == 0)
        _checks.require("sum_weights", total, bare, "be 0 where nobody answered")
        with np.errstate(over="ignore"):  # then nothing finite is large enough
            least = total**2 / np.maximum(self.counts, 1) * (1 - _ROUNDING)
            most = total**2 * (1 + _ROUNDING)
        _checks.require(
            "sum_squared_weights",
            squares,
            (squares >= least) & (squares <= most),
            "lie between sum_weights**2 / counts and sum_weights**2",
        )

    # Counting

    @classmethod
    def count(
        cls,
        answers: Answers,
        *,
        scale: Scale,
        by: Any = None,
        weights: npt.ArrayLike | None = None,
        missing: Literal["raise", "omit"] = "raise",
    ) -> "Tally":
        """Count raw answers, in groups and with weights if wanted.

        Columns are matched by position: an index, such as that of pandas, is ignored.

        Parameters
        ----------
        answers : array_like
            One-dimensional column of answers, each a point of *scale* or missing.
        scale : Scale
            The scale on which they were given.
        by : column or mapping of str to column, optional
            Groups: axis name to column. A column is labels, or a pair (integer codes,
            labels) as pandas categoricals and Arrow dictionaries hand them over. A
            bare column makes the axis "group".
        weights : array_like, optional
            One weight per answer, finite and not negative.
        missing : {"raise", "omit"}, default: "raise"
            Whether a missing answer (None, NaN, pd.NA, masked) is an error, or left
            out and counted in `missing`.

        Returns
        -------
        Tally
            Read-only counts. Labels stand in order of first appearance; a pair keeps
            its vocabulary, labels without answers included.

        Raises
        ------
        InvalidValueError
            If an answer is off the scale, a weight is negative or not finite, or
            lengths differ.
        MissingValueError
            If a label or a weight is missing, or an answer is with "raise".
        InvalidTypeError
            If answers or weights are not numbers.

        Examples
        --------
        >>> from cxmkit import SATISFACTION_1_5, Tally
        >>> answers, branch = [5, 4, None, 2], ["north", "north", "south", "south"]
        >>> tally = Tally.count(
        ...     answers, scale=SATISFACTION_1_5, by={"branch": branch}, missing="omit"
        ... )
        >>> tally
        Tally 1-5, branch (2), n = 3, 1 missing
        >>> tally.at(branch="north").counts
        array([0, 0, 0, 1, 1])
        """
        _checks.require_instance("scale", scale, Scale)
        _checks.choice("missing", missing, ("raise", "omit"))
        column = _checks.Column.of(answers, "answers")
        length = len(column)
        weight = None
        if weights is not None:
            weight = _checks.Column.of(weights, "weights", length=length)
        coders = coders_of(by, length=length)
        return counted(
            column, scale=scale, coders=coders, weights=weight, missing=missing
        )

    @classmethod
    def from_counts(
        cls,
        counts: npt.ArrayLike,
        *,
        scale: Scale,
        by: Any = None,
        sum_weights: npt.ArrayLike | None = None,
        sum_squared_weights: npt.ArrayLike | None = None,
    ) -> "Tally":
        r"""Take counts that exist already, from a report or a table.

        Parameters
        ----------
        counts : array_like of int
            Answers per point from low to high, shape (\*axes, points).
        scale : Scale
            The scale of the answers.
        by : labels or mapping of str to labels, optional
            Axis name to the labels of that axis, in the order of the array.
        sum_weights, sum_squared_weights : array_like of float, optional
            Sums of weights and of squared weights in the shape of *counts*.

        Returns
        -------
        Tally
            The same counts, read-only.

        Raises
        ------
        InvalidValueError
            If shapes disagree or a count is negative or not whole.

        Examples
        --------
        >>> from cxmkit import SATISFACTION_1_5, Tally, csat
        >>> shop = Tally.from_counts([3, 2, 5, 20, 70], scale=SATISFACTION_1_5)
        >>> csat(shop).value
        90.0
        """
        return cls(
            scale=scale,
            counts=counts,
            grid=Axes.of(by),
            sum_weights=sum_weights,
            sum_squared_weights=sum_squared_weights,
        )

    @classmethod
    def from_rows(
        cls,
        answers: Answers,
        n: npt.ArrayLike,
        *,
        scale: Scale,
        by: Any = None,
        sum_weights: npt.ArrayLike | None = None,
        sum_squared_weights: npt.ArrayLike | None = None,
        missing: Literal["raise", "omit"] = "raise",
    ) -> "Tally":
        """Take the rows of a ``GROUP BY``: an answer, how often, and in which group.

        The fastest way from a database or a dataframe engine: the engine counts, the
        few rows come here.

        Parameters
        ----------
        answers : array_like
            The answer of each row; the NULL row of a ``GROUP BY`` is a missing one.
        n : array_like of int
            Number of answers that the row stands for.
        scale : Scale
            The scale of the answers.
        by : column or mapping of str to column, optional
            The group of each row, as in `count`.
        sum_weights, sum_squared_weights : array_like of float, optional
            Sum of weights and of squared weights of each row; both or neither.
        missing : {"raise", "omit"}, default: "raise"
            Whether a row without answer is an error, or its *n* counted in `missing`.

        Returns
        -------
        Tally
            The same as `count` of all answers.

        Raises
        ------
        InvalidValueError
            If an answer is off the scale, *n* is not a count, or lengths differ.
        MissingValueError
            If an answer is missing with "raise", or a label is.

        Examples
        --------
        >>> from cxmkit import RECOMMEND_0_10, Tally
        >>> rows = Tally.from_rows(
        ...     [10, 6, 10],
        ...     [40, 7, 12],
        ...     scale=RECOMMEND_0_10,
        ...     by=["web", "web", "shop"],
        ... )
        >>> rows
        Tally 0-10, group (2), n = 59, 0 missing
        """
        _checks.require_instance("scale", scale, Scale)
        _checks.choice("missing", missing, ("raise", "omit"))
        column = _checks.Column.of(answers, "answers")
        everything = slice(0, len(column))
        numbers, absent = column.part(everything)
        if absent is not None and missing == "raise":
            index = _checks.first(absent)
            raise _checks.refuse_missing("answers", index=index, hint=_OMIT)
        codes = point_codes(scale, numbers, "answers", missing=absent)
        coders = coders_of(by, length=len(column))
        groups = [c.codes(everything) for c in coders.values() if len(column)]
        grid = Axes(tuple(coders), tuple(c.labels for c in coders.values()))
        sums = np.zeros((*grid.shape, scale.size + 1))
        place = tuple(group.astype(np.intp) for group in (*groups, codes))

        def added(values: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
            if values.shape != codes.shape:
                rule = f"have as many values as answers ({codes.size})"
                raise _checks.refuse(name, rule, values.size)
            total = sums.astype(values.dtype)
            if codes.size:
                np.add.at(total, place, values)
            return total

        def weights(values: npt.ArrayLike | None, name: str) -> Any:
            if values is None:
                return None
            return added(_checks.floats(values, name), name)[..., :-1]

        totals = added(_checks.counts(n, "n"), "n")
        return cls(
            scale=scale,
            counts=totals[..., :-1],
            grid=grid,
            missing_counts=totals[..., -1],
            sum_weights=weights(sum_weights, "sum_weights"),
            sum_squared_weights=weights(sum_squared_weights, "sum_squared_weights"),
        )

    # Looking

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes, in the order of the array's dimensions."""
        return self.grid.names

    @property
    def labels(self) -> Mapping[str, tuple[Label, ...]]:
        """Axis name to labels."""
        return self.grid.labels

    @property
    def n(self) -> int:
        """Number of answers in all groups together."""
        return int(self.counts.sum())

    @property
    def missing(self) -> int:
        """Number of missing answers in all groups together."""
        return int(self.missing_counts.sum())

    @property
    def weighted(self) -> bool:
        """Whether sums of weights are kept."""
        return self.sum_weights is not None

    def __repr__(self) -> str:
        """Say scale, groups, n and missing in one line."""
        parts = [f"Tally {self.scale}", str(self.grid), f"n = {self.n:,}"]
        parts += [f"{self.missing:,} missing", "weighted" if self.weighted else ""]
        return ", ".join(part for part in parts if part)

    def summary(self) -> str:
        """Return one sentence for a reader who sees only this."""
        groups = f" by {self.grid}" if self.axes else ""
        weighted = ", weighted" if self.weighted else ""
        left_out = f"; {self.missing:,} more are missing" if self.missing else ""
        answers = f"{_draw.counted(self.n, 'answer')} on the {self.scale} scale"
        return f"{answers}{groups}{weighted}{left_out}."

    # Cutting and adding

    def by(self, *axes: str) -> "Tally":
        """Keep these axes, in this order, and add up over all others.

        Answers are taken as independent: where one person answered about several
        touchpoints, adding up over touchpoints overstates how sure the result is.

        Parameters
        ----------
        *axes : str
            Names of the axes to keep; none pools everything.

        Returns
        -------
        Tally
            A tally with these axes.

        Raises
        ------
        InvalidValueError
            If a name is no axis, or named twice.

        Examples
        --------
        >>> from cxmkit import samples
        >>> samples.airport().at(touchpoint="shops").by("year")
        Tally 1-5, year (4), n = 9,748, 0 missing, weighted
        """
        grid = self.grid.keep(axes)
        order = [self.grid.position(name) for name in axes]
        rest = [a for a in range(len(self.axes)) if a not in order]

        def kept(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
            tail = range(len(self.axes), array.ndim)
            moved = array.transpose(*rest, *order, *tail)
            return np.asarray(moved.sum(axis=tuple(range(len(rest)))))

        return self._with(grid, kept)

    def at(self, /, **labels: Any) -> "Tally":
        """Select one label on each named axis, and drop those axes.

        Parameters
        ----------
        **labels
            Axis name and the label wanted, such as ``year=2017``.

        Returns
        -------
        Tally
            The tally of that group, with the axes that remain.

        Raises
        ------
        InvalidValueError
            If there is no such axis or label.

        Examples
        --------
        >>> from cxmkit import samples
        >>> samples.airport_recommendation().at(purpose="business")
        Tally 0-10, n = 706, 0 missing, weighted
        """
        index, grid = self.grid.locate(labels)

        def selected(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return np.asarray(array[index])

        return self._with(grid, selected)

    def pooled(self) -> "Tally":
        """Return one tally without groups; like `by` with no axis at all.

        Examples
        --------
        >>> from cxmkit import samples
        >>> samples.airport_recommendation().pooled()
        Tally 0-10, n = 2,746, 0 missing, weighted
        """
        return self.by()

    def __add__(self, other: object) -> "Tally":
        """Merge two tallies of one scale; labels are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, Tally):
            return NotImplemented
        if other.scale != self.scale:
            raise ScaleMismatchError(
                f"other must be a tally on {self.scale!r}; got {other.scale!r}",
                argument="other",
                value=other.scale,
            )
        if other.weighted != self.weighted:
            raise InvalidValueError(
                "other must be weighted like this tally: both or neither; a plain one"
                " becomes weighted with sum_weights=counts, sum_squared_weights=counts",
                argument="other",
                value=other,
            )
        grid = self.grid.union(other.grid)

        def added(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return np.asarray(self.grid.spread(a, grid) + other.grid.spread(b, grid))

        return self._with(grid, added, other)

    __radd__ = __add__

    def _with(self, grid: Axes, change: Any, *others: "Tally") -> "Tally":
        """Return a tally whose arrays are *change* of ours (and of the others')."""
        fields: dict[str, Any] = {
            name: None if array is None else change(array, *rest)
            for name, array, *rest in zip(
                _ARRAYS,
                *(
                    [getattr(tally, name) for name in _ARRAYS]
                    for tally in (self, *others)
                ),
                strict=True,
            )
        }
        return Tally(scale=self.scale, grid=grid, **fields)

    def __eq__(self, other: object) -> bool:
        """Compare scale, axes and all arrays."""
        if not isinstance(other, Tally):
            return NotImplemented
        return (
            self.scale == other.scale
            and self.grid == other.grid
            and _checks.same_arrays(self, other, _ARRAYS)
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Going out

    def to_columns(self) -> dict[str, list[Any]]:
        """Return one row per group and point, as columns.

        The inverse of `from_rows`: axis names, "answer", "n", with weights also
        "sum_weights" and "sum_squared_weights". Missing answers are rows whose
        "answer" is None.

        Examples
        --------
        >>> from cxmkit import SATISFACTION_1_5, Tally
        >>> tally = Tally.count([5, 4, 5], scale=SATISFACTION_1_5)
        >>> tally.to_columns()
        {'answer': [1, 2, 3, 4, 5], 'n': [0, 0, 0, 1, 2]}
        """
        records = self.to_records()
        return {name: [record[name] for record in records] for name in self._columns()}

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per group and point, as dataframes take them.

        Examples
        --------
        >>> from cxmkit import SATISFACTION_1_5, Tally
        >>> Tally.count([5, 4, 5], scale=SATISFACTION_1_5).to_records()[-1]
        {'answer': 5, 'n': 2}
        """
        points: list[Any] = self.scale.points.tolist()
        if all(point.is_integer() for point in points):
            points = [int(point) for point in points]
        missing = self.missing_counts.reshape(-1)
        arrays = [
            np.reshape(getattr(self, name), (-1, self.scale.size))
            for name in ("counts", "sum_weights", "sum_squared_weights")
            if getattr(self, name) is not None
        ]
        names = self._columns()[len(self.axes) :]
        records: list[dict[str, Any]] = []
        for cell, address in enumerate(self.grid.cells()):
            for code, point in enumerate(points):
                values = (array[cell, code].item() for array in arrays)
                records.append(
                    address | dict(zip(names, (point, *values), strict=True))
                )
            if missing[cell]:
                empty = (None, int(missing[cell]), *(0.0,) * (len(names) - 2))
                records.append(address | dict(zip(names, empty, strict=True)))
        return records

    def _columns(self) -> tuple[str, ...]:
        weights = ("sum_weights", "sum_squared_weights") if self.weighted else ()
        return (*self.axes, "answer", "n", *weights)

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: scale, axes with labels, and nested lists.

        Examples
        --------
        >>> from cxmkit import SATISFACTION_1_5, Tally
        >>> Tally.count([5, 4, 5], scale=SATISFACTION_1_5).to_dict()["counts"]
        [0, 0, 0, 1, 2]
        """
        arrays = {
            name: None if getattr(self, name) is None else getattr(self, name).tolist()
            for name in _ARRAYS
        }
        axes = {name: list(labels) for name, labels in self.labels.items()}
        return {"scale": attrs.asdict(self.scale), "axes": axes, **arrays}

    def _repr_html_(self) -> str:
        """Show groups by points as a table in a notebook."""
        points = [f"{point:g}" for point in self.scale.points]
        rows = self.counts.reshape(-1, self.scale.size)
        columns = self.grid.text_columns() or {"": ["answers"]}
        columns |= {p: [f"{n:,}" for n in rows[:, k]] for k, p in enumerate(points)}
        return _draw.html_table(columns, caption=repr(self))


def customer_groups(ids: Any, *, n: int = 30) -> npt.NDArray[np.int64]:
    """Which group is each customer in? Codes that are the same wherever they are asked.

    Groups of whole customers, by a stable hash: count a `Tally` in each to see how much
    a result depends on who was asked (jackknife), or share work between processes.

    Parameters
    ----------
    ids : column
        Ids of customers, repeated ones included: numbers, texts, bytes, UUIDs or tuples
        of them.
    n : int, default: 30
        Number of groups, at least 1.

    Returns
    -------
    ndarray of int64
        Codes from 0 to n - 1, one per row; equal ids get equal codes in every process,
        whatever library holds them, and as in `JourneyLog.partition`.

    Raises
    ------
    InvalidTypeError
        If *n* is not a whole number, or an id is of another type.
    InvalidValueError
        If *n* is less than 1.
    MissingValueError
        If an id is missing.

    Notes
    -----
    Groups are about equally large if there are many customers; they are not random, so
    nobody needs a seed.

    Examples
    --------
    >>> from cxmkit.tally import customer_groups
    >>> customer_groups([7, 8, 7, 9], n=3)
    array([0, 1, 0, 1])
    """
    if (n := _checks.as_whole("n", n)) < 1:
        raise _checks.refuse("n", "be at least 1", n)
    array, mask = _checks.as_array(ids, "ids")
    if array.ndim != 1:
        raise _checks.refuse("ids", "be a column (one dimension)", ids)
    if mask is not None:
        raise _checks.refuse_missing("ids", index=_checks.first(mask))
    if array.dtype.kind not in "iub":
        for index, each in enumerate(array.tolist()):
            if _checks.is_missing(each):
                raise _checks.refuse_missing("ids", index=index)
    return (_hashes.hashes(array, "ids") % np.uint64(n)).astype(np.int64)


_ARRAYS = ("counts", "missing_counts", "sum_weights", "sum_squared_weights")


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


def counted(
    answers: _checks.Column,
    *,
    scale: Scale,
    coders: Mapping[str, Coding],
    weights: _checks.Column | None = None,
    missing: Literal["raise", "omit"] = "raise",
) -> Tally:
    """Count a column chunk by chunk, in the groups that one coder per axis says."""
    length = len(answers)
    bins = _Bins(scale.size + 1, len(coders), weighted=weights is not None)
    while (rows := bins.next_rows(length)).start < length:
        numbers, absent = answers.part(rows)
        if absent is not None and missing == "raise":
            index = rows.start + int(np.argmax(absent))
            raise _checks.refuse_missing(answers.argument, index=index, hint=_OMIT)
        codes = point_codes(
            scale, numbers, answers.argument, missing=absent, start=rows.start
        )
        groups = [coder.codes(rows) for coder in coders.values()]
        bins.grow(tuple(len(coder) for coder in coders.values()))
        bins.add(codes, groups, None if weights is None else _weights(weights, rows))
    levels = tuple(coder.labels for coder in coders.values())
    bins.grow(tuple(map(len, levels)))  # a vocabulary has a place without rows too
    return bins.tally(scale, Axes(tuple(coders), levels))


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

    def tally(self, scale: Scale, grid: Axes) -> Tally:
        """Return the finished tally; the last bin of each group holds the missing."""
        used = tuple(slice(0, size) for size in grid.shape)
        arrays = {name: array[used] for name, array in self._arrays.items()}
        return Tally(
            scale=scale,
            grid=grid,
            missing_counts=arrays["counts"][..., -1],
            **{name: array[..., :-1] for name, array in arrays.items()},
        )


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


def _refuse_shape(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        rule = f"have the shape (*axes, points) = {shape}"
        if name == "missing_counts":
            rule = f"have the shape of the axes {shape}"
        raise _checks.refuse(name, rule, array.shape)
