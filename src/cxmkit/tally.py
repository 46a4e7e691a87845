"""What must be kept of a million answers: small states that add up."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, Literal

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _counting, _draw, _hashes, _suppression
from cxmkit._axes import Axes, Label, coders_of
from cxmkit._checks import Answers
from cxmkit.errors import InvalidTypeError, InvalidValueError, ScaleMismatchError
from cxmkit.scale import Scale

__all__ = ["Suppressed", "Tally", "customer_groups", "suppress"]

_ROUNDING = 0.01  # relative; reports print sums of weights with few digits
_MOST = 2**63 - 1  # answers that a sum of counts can tell


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
        If shapes disagree, a count is negative or broken, counts sum to 2**63 or more,
        or the sums of weights cannot belong to the counts.

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
        _refuse_too_many("counts", self.counts)
        _refuse_too_many("missing_counts", self.missing_counts)
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
        fields = counted_fields(
            answers, scale=scale, by=by, weights=weights, missing=missing
        )
        return cls(scale=scale, **fields)

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
        numbers = _checks.counts(n, "n")
        _refuse_too_many("n", numbers)
        columns = {
            "n": numbers,
            "sum_weights": _sums(sum_weights, "sum_weights"),
            "sum_squared_weights": _sums(sum_squared_weights, "sum_squared_weights"),
        }
        coders = coders_of(by, length=len(column))
        options: dict[str, Any] = {"coders": coders, "missing": missing}
        fields = _counting.of_rows(column, columns, scale=scale, **options)
        return cls(scale=scale, **fields)

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
        for name in ("n", "missing"):
            if (total := getattr(self, name) + getattr(other, name)) > _MOST:
                what = "answers" if name == "n" else "missing answers"
                rule = f"have so few {what} that both together have at most {_MOST}"
                raise _checks.refuse("other", rule, total, hint=_TOO_MANY)
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


def _mask(values: npt.ArrayLike) -> npt.NDArray[Any]:
    return _checks.read_only(np.asarray(values))


def _are_truths(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    if value.dtype.kind != "b":
        rule = "hold truth values"
        raise _checks.refuse(field.name, rule, str(value.dtype), error=InvalidTypeError)


def _as_min_n(value: object) -> int:
    if (min_n := _checks.as_whole("min_n", value)) < 2:
        hint = "5 is common, some agencies take 3, others 10"
        raise _checks.refuse("min_n", "be at least 2", value, hint=hint)
    return min_n


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Suppressed:
    """What of a tally may be published, its totals included, and what is hidden?

    `suppress` makes them, and says what they do not protect from: this is no guarantee.
    No number that is hidden is in here, so the whole can be handed on, but for
    `primary`: it stays with you. Arrays are read-only.

    Parameters
    ----------
    shown : Tally
        The groups as they may be published: hidden ones have no answers, so every
        metric gives NaN there. It does not know what is hidden, and its own sums lack
        it: take totals from `margin` and `total`, never from ``shown.by(...)``.
    hidden : array_like of bool
        Which groups are hidden, in the shape of the axes.
    primary : array_like of bool
        Which of these would give somebody away. Not for publication: who knows it
        knows more of their size.
    min_n : int
        Least number of answers of a group that is shown, at least 2.
    margins : series of Suppressed
        The sums over each axis, one after the other; none without axes.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If shapes disagree, a group is shown that gives somebody away, a hidden one has
        answers, or margins are not those of the axes.

    Notes
    -----
    Invariants: a group that is shown has no answers, or at least *min_n* and not all
    alike; one that is hidden has none; *primary* is a part of *hidden*. Equal when all
    fields are; there is no hash.

    Examples
    --------
    >>> from cxmkit import STARS_1_5, Tally
    >>> from cxmkit.tally import suppress
    >>> shops = Tally.from_counts(
    ...     [[0, 0, 1, 2, 0], [1, 0, 2, 4, 2], [3, 9, 20, 40, 30]],
    ...     scale=STARS_1_5,
    ...     by={"shop": ["kiosk", "station", "mall"]},
    ... )
    >>> result = suppress(shops)
    >>> result
    Suppressed 1-5, shop (3), 2 of 3 groups hidden, min_n = 5
    >>> result.shown
    Tally 1-5, shop (3), n = 102, 0 missing
    >>> result.total
    Tally 1-5, n = 114, 0 missing
    """

    shown: Tally = attrs.field(validator=_checks.instance(Tally))
    hidden: _checks.BoolArray = attrs.field(converter=_mask, validator=_are_truths)
    primary: _checks.BoolArray = attrs.field(converter=_mask, validator=_are_truths)
    min_n: int = attrs.field(converter=_as_min_n)
    margins: tuple["Suppressed", ...] = attrs.field(
        default=(), converter=_checks.as_tuple
    )

    def __attrs_post_init__(self) -> None:
        grid, counts = self.shown.grid, self.shown.counts
        for name in ("hidden", "primary"):
            _refuse_shape(name, getattr(self, name), grid.shape)
        good = self.hidden | ~self.primary
        _checks.require("primary", self.primary, good, "be hidden, too")
        n = counts.sum(axis=-1)
        empty = (n == 0) & (self.shown.missing_counts == 0)
        rule = "be without answers where it is hidden"
        _checks.require("shown", n, ~self.hidden | empty, rule)
        rule = f"have no answers, or {self.min_n} or more and not all alike, per group"
        good = ~_suppression.revealing(counts, self.min_n)
        _checks.require("shown", n, good, rule)
        self._refuse_margins()

    def _refuse_margins(self) -> None:
        _checks.each(Suppressed)(self, attrs.fields(Suppressed).margins, self.margins)
        names = self.shown.axes
        wanted = [
            (self.shown.scale, self.min_n, self.shown.grid.keep(_without(names, name)))
            for name in names
        ]
        found = [
            (each.shown.scale, each.min_n, each.shown.grid) for each in self.margins
        ]
        if found != wanted:
            rule = "be the sums over each axis"
            raise _checks.refuse("margins", rule, [str(grid) for *_, grid in found])

    # Looking

    @property
    def total(self) -> Tally:
        """The total of all groups, hidden ones too; no answers if it is hidden."""
        return self.margin().shown

    @property
    def hidden_cells(self) -> list[dict[str, Label]]:
        """The addresses of the hidden groups."""
        masks = zip(self.shown.grid.cells(), self.hidden.flat, strict=True)
        return [cell for cell, hidden in masks if hidden]

    def margin(self, *axes: str) -> "Suppressed":
        """Keep these axes, in this order; sums over all others know what is hidden.

        Parameters
        ----------
        *axes : str
            Names of the axes to keep; none for the total.

        Returns
        -------
        Suppressed
            The totals that may be published, and those that may not.

        Raises
        ------
        InvalidValueError
            If a name is no axis, or named twice.

        Examples
        --------
        >>> from cxmkit import samples
        >>> from cxmkit.tally import suppress
        >>> suppress(samples.airport()).margin("year")
        Suppressed 1-5, year (4), 0 of 4 groups hidden, min_n = 5
        """
        names = self.shown.grid.keep(axes).names
        for place, name in enumerate(self.shown.axes):
            if name not in names:
                return self.margins[place].margin(*names)
        if names == self.shown.axes:
            return self
        order = [self.shown.grid.position(name) for name in names]
        return Suppressed(
            shown=self.shown.by(*names),
            hidden=self.hidden.transpose(order),
            primary=self.primary.transpose(order),
            min_n=self.min_n,
            margins=[self.margin(*_without(names, name)) for name in names],
        )

    # Saying

    def __len__(self) -> int:
        """Return the number of groups."""
        return self.hidden.size

    def __repr__(self) -> str:
        """Say scale, axes and how many groups are hidden in one line."""
        hidden = f"{np.count_nonzero(self.hidden):,} of {_groups(len(self))} hidden"
        parts = [f"Suppressed {self.shown.scale}", str(self.shown.grid), hidden]
        return ", ".join([*filter(None, parts), f"min_n = {self.min_n}"])

    def summary(self) -> str:
        """Return one or two sentences: how many groups are hidden, and why.

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.tally import suppress
        >>> shops = Tally.from_counts(
        ...     [[0, 0, 1, 2, 0], [1, 0, 2, 4, 2], [3, 9, 20, 40, 30]],
        ...     scale=STARS_1_5,
        ...     by={"shop": ["kiosk", "station", "mall"]},
        ... )
        >>> print(suppress(shops).summary())
        2 of 3 groups are hidden: 1 has fewer than 5 answers or only equal ones, 1 more
        so that this cannot be worked out from the totals.
        """
        if not self.hidden.any():
            return f"None of {_groups(len(self))} has to be hidden."
        number, first = (int(x.sum()) for x in (self.hidden, self.primary))
        said = f"{number:,} of {_groups(len(self))} {_are(number)} hidden"
        have, these = ("has", "this") if first == 1 else ("have", "these")
        why = f"{first:,} {have} fewer than {self.min_n} answers or only equal ones"
        if not first:
            them = "it" if number == 1 else "them"
            why = f"what is hidden elsewhere could be worked out from {them}"
        elif first < number:
            more = f"{number - first:,} more so that {these} cannot be worked out"
            why = f"{why}, {more} from the totals"
        totals = self._hidden_totals()
        also = f" {_draw.counted(totals, 'total')} {_are(totals)} hidden as well."
        return f"{said}: {why}.{also if totals else ''}"

    def _hidden_totals(self) -> int:
        names = self.shown.axes
        kept = (
            each for size in range(len(names)) for each in combinations(names, size)
        )
        return sum(int(self.margin(*each).hidden.sum()) for each in kept)

    def __str__(self) -> str:
        """Return a table with a row per group, for ``print``."""
        return _draw.text_table(self._table())

    def _table(self) -> dict[str, list[str]]:
        """Return numbers of answers as texts, those of hidden groups as "hidden"."""
        shown = self.shown
        columns = shown.grid.text_columns() or {"": ["answers"]}
        numbers = {"n": shown.counts.sum(axis=-1), "missing": shown.missing_counts}
        for code, point in enumerate(shown.scale.points):
            name = f"({point:g})" if f"{point:g}" in shown.axes else f"{point:g}"
            numbers[name] = shown.counts[..., code]
        for name, array in numbers.items():
            pairs = zip(array.flat, self.hidden.flat, strict=True)
            mark = "hidden" if name == "n" else ""
            columns[name] = [mark if hidden else f"{x:,}" for x, hidden in pairs]
        width = max(map(len, columns["n"]), default=0)
        columns["n"] = [text.rjust(width) for text in columns["n"]]
        return columns

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return the records of the tally, with None for numbers that are hidden.

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.tally import suppress
        >>> few = Tally.count([5, 4], scale=STARS_1_5)
        >>> suppress(few).to_records()[-1]
        {'answer': 5, 'n': None}
        """
        axes = self.shown.axes
        known = {*axes, "answer"}
        hidden = {tuple(cell.values()) for cell in self.hidden_cells}
        return [
            {name: value if name in known else None for name, value in record.items()}
            if tuple(record[name] for name in axes) in hidden
            else record
            for record in self.shown.to_records()
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        names = list(self.shown.to_columns())
        return {name: [record[name] for record in self.to_records()] for name in names}

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: the tally, None where hidden, and all margins."""
        plain = self.shown.to_dict()
        for name in _ARRAYS:
            if (array := getattr(self.shown, name)) is not None:
                array = array.astype(object)
                array[self.hidden] = None
                plain[name] = array.tolist()
        margins = [each.to_dict() for each in self.margins]
        masks = {name: getattr(self, name).tolist() for name in ("hidden", "primary")}
        return plain | masks | {"min_n": self.min_n, "margins": margins}

    def __eq__(self, other: object) -> bool:
        """Compare what is shown, what is hidden, and all margins."""
        if not isinstance(other, Suppressed):
            return NotImplemented
        names = ("shown", "min_n", "margins")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, ("hidden", "primary"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


def _groups(number: int) -> str:
    return _draw.counted(number, "group")


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _without(names: tuple[str, ...], name: str) -> list[str]:
    return [each for each in names if each != name]


def suppress(tally: Tally, *, min_n: int = 5) -> Suppressed:
    """Which figures may be published without giving anybody away?

    This is no guarantee. It defeats simple subtraction: groups that tell what single
    customers said are hidden, and others, so that no total less what is shown gives
    them away. In sparse tables with three axes or more some hidden numbers can still be
    worked out by who knows that hidden groups are not empty: 14 of 1,334 measured (see
    Notes). All totals, of each axis and of several together, are judged with the
    groups, as they will be published with them.

    Parameters
    ----------
    tally : Tally
        Counts, merged before: suppress last. Without axes there is nothing but the
        total to judge.
    min_n : int, default: 5
        Least number of answers of a group that is shown, at least 2. Agencies take 3
        or 5, health departments up to 10 or more. It protects people; how reliable a
        figure is, its interval says, and 30 is a habit for that, not for privacy.

    Returns
    -------
    Suppressed
        What may be published, and a note of what is hidden.

    Raises
    ------
    InvalidTypeError
        If *tally* is no tally or *min_n* no whole number.
    InvalidValueError
        If *min_n* is less than 2.

    Notes
    -----
    A group is hidden if 1 to *min_n* - 1 answered, or if all gave the same answer,
    however many they are: who took part is then known to have said it. The same answer
    means one point of the scale. A group of seven that chose only the worst two points
    is shown, and its CSAT of 0 % with n = 7 tells who knows a member that this one was
    not satisfied. Where only one metric is published, count what it tells apart as
    points of a shorter scale (not satisfied 0, satisfied 1), suppress that tally, and
    publish nothing finer: groups all on one side are then hidden, too. A group without
    answers tells nobody's and is shown as 0; it cannot hide others. The same holds for
    totals.

    Along each axis, where one number is hidden another must be, and if their total is
    shown, the hidden groups must be one that may be shown when taken together, and each
    could hold *min_n* answers as far as the total tells, as long as there is a further
    group to hide. The smallest ones are taken. Then nothing hidden may follow from all
    totals together (the rank of their equations), nor from what the totals leave for it
    when everything hidden is at least 1. Answers, missing ones and weights are hidden
    alike. The choice is not the least possible.

    What is hidden is only as safe as the rest:

    - Several groupings of the same answers, rolling windows, a later release with some
      more answers or another *min_n* can be subtracted from each other. Nothing here
      knows of them: put what will be published into one tally.
    - A hidden number is bounded by its totals, sometimes closely. Linear programming
      was tried on random tables with 2 to 4 labels per axis and about 1 to 4 answers
      per group. With one or two axes (500 tables, 1,261 hidden numbers below 5) it
      found none, and left each a range of at least 5; who adds that hidden groups are
      not empty knows of 242 that they are below 5. With three axes (60 tables, 1,334
      numbers) totals alone gave none away, but ranges went down to 3, and who adds that
      groups are not empty found 14 exactly; of 674 groups that agree, 5 were known to.
      Merge labels of sparse tables with three axes or more before.
    - Who is in a group knows an answer, and who knows these rules knows that smaller
      groups are hidden first.
    - Weights tell more than counts if one answer has most of the weight.

    References
    ----------
    Cox, L. H. (1980). Suppression methodology and statistical disclosure control.
    Journal of the American Statistical Association, 75(370), 377-385.
    Fellegi, I. P. (1972). On the question of statistical confidentiality. Journal of
    the American Statistical Association, 67(337), 7-18.
    Buzzigoli, L., & Giusti, A. (1999). An algorithm to calculate the lower and upper
    bounds of the elements of an array given its marginals. In Statistical Data
    Protection (SDP'98): Proceedings, 131-147. Eurostat.
    OECD. Glossary of Statistical Terms, entry 7010 (3 or 5).
    Washington State Department of Health (2018). Department of Health Agency Standards
    for Reporting Data with Small Numbers (less than 10, and secondary suppression).

    Examples
    --------
    >>> from cxmkit import STARS_1_5, Tally, csat
    >>> from cxmkit.tally import suppress
    >>> shops = Tally.from_counts(
    ...     [[0, 0, 1, 2, 0], [1, 0, 2, 4, 2], [3, 9, 20, 40, 30]],
    ...     scale=STARS_1_5,
    ...     by={"shop": ["kiosk", "station", "mall"]},
    ... )
    >>> result = suppress(shops)
    >>> print(result)
    shop          n  missing  1  2   3   4   5
    kiosk    hidden
    station  hidden
    mall        102        0  3  9  20  40  30
    >>> csat(result.shown).value
    array([  nan,   nan, 68.63])
    >>> csat(result.total).value
    68.42
    """
    require_tally("tally", tally)
    min_n, axes = _as_min_n(min_n), len(tally.axes)
    tables = {
        name: _suppression.with_totals(array, axes)
        for name in _ARRAYS
        if (array := getattr(tally, name)) is not None
    }
    masks = {
        "hidden": _suppression.to_hide(tables["counts"], min_n),
        "primary": _suppression.revealing(tables["counts"], min_n),
    }
    tables = {
        name: np.where(_suppression.over(masks["hidden"], table), 0, table)
        for name, table in tables.items()
    }
    return _published(tables, masks, tally.grid, scale=tally.scale, min_n=min_n)


_Arrays = Mapping[str, npt.NDArray[Any]]


def _published(
    tables: _Arrays, masks: _Arrays, grid: Axes, *, scale: Scale, min_n: int
) -> Suppressed:
    """Take tables with their totals apart into groups and margins."""

    def margin(axis: int) -> Suppressed:
        kept = grid.keep(_without(grid.names, grid.names[axis]))
        totals, hides = (
            {name: array.take(-1, axis) for name, array in arrays.items()}
            for arrays in (tables, masks)
        )
        return _published(totals, hides, kept, scale=scale, min_n=min_n)

    inner = (slice(0, -1),) * len(grid.names)
    fields: dict[str, Any] = {name: table[inner] for name, table in tables.items()}
    return Suppressed(
        shown=Tally(scale=scale, grid=grid, **fields),
        hidden=masks["hidden"][inner],
        primary=masks["primary"][inner],
        min_n=min_n,
        margins=[margin(axis) for axis in range(len(grid.names))],
    )


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


def counted_fields(
    answers: Answers,
    *,
    scale: Scale,
    by: Any,
    weights: npt.ArrayLike | None,
    missing: _checks.Missing,
    classes: npt.NDArray[np.intp] | None = None,
) -> dict[str, Any]:
    """Count raw answers; points of one class together, where *classes* are given."""
    column = _checks.Column.of(answers, "answers")
    length = len(column)
    weight = None
    if weights is not None:
        weight = _checks.Column.of(weights, "weights", length=length)
    return _counting.of_answers(
        column,
        scale=scale,
        coders=coders_of(by, length=length),
        weights=weight,
        missing=missing,
        classes=classes,
    )


def require_tally(argument: str, value: object) -> None:
    """Refuse what is no tally, and say how to make one."""
    if not isinstance(value, Tally):
        hint = "count one with Tally.count(answers, scale=...)"
        rule, error = "be a Tally", InvalidTypeError
        raise _checks.refuse(argument, rule, value, hint=hint, error=error)


_TOO_MANY = "are these numbers of answers? Take samples, or count in thousands"


def _refuse_too_many(name: str, counts: _checks.IntArray) -> None:
    """Refuse counts whose sum would silently start again below 0."""
    if int(counts.max(initial=0)) * counts.size <= _MOST:
        return
    if (total := sum(counts.reshape(-1).tolist())) > _MOST:
        rule = f"sum to at most {_MOST}"
        raise _checks.refuse(name, rule, total, hint=_TOO_MANY)


def _refuse_shape(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        rule = f"have the shape (*axes, points) = {shape}"
        if name in {"missing_counts", "hidden", "primary"}:
            rule = f"have the shape of the axes {shape}"
        raise _checks.refuse(name, rule, array.shape)
