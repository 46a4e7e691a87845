"""Which cells of a table must be hidden, so that its totals do not give them away?

On plain arrays. A table is taken with all its totals: along each axis one place more,
the last, holds the sum of the others. A *line* is what stands along one axis: cells and
their total. What is hidden keeps four rules:

1. What gives somebody away is hidden, cells and totals alike.
2. In each line nothing, or at least two are hidden. If the total is not among them, the
   hidden cells together are a group that anyone can work out: it must be one that may
   be shown, and any of them could be all of it but one answer for each other.
3. No hidden number follows from several lines together.
4. Nor does what is left for it leave it no play: nothing hidden is less than 1, no
   point of the scale was chosen less than 0 times.

Each step only hides more, so this ends. It finds few cells, not the fewest: that is a
problem of integer programming. Nor do the rules find out all that can be found out:
rule 4 looks at one line at a time, again and again, not at all of them at once.
"""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from cxmkit._checks import BoolArray, FloatArray, IntArray

_ROUNDING = 1e-7  # of a leverage; those of numbers that can vary are well below 1
_ANYTHING = 1 << 40  # bounds what nothing bounds; sums of it stay within integers


def with_totals(array: npt.NDArray[Any], axes: int) -> npt.NDArray[Any]:
    """Put the totals behind the last place of each of the first *axes* axes."""
    for axis in range(axes):
        total = array.sum(axis=axis, keepdims=True)
        array = np.concatenate([array, total], axis=axis)
    return array


def over(hidden: BoolArray, table: npt.NDArray[Any]) -> BoolArray:
    """Lay a mask of groups over a table that may have points besides."""
    return np.asarray(hidden[(..., *[None] * (table.ndim - hidden.ndim))])


def revealing(counts: IntArray, min_n: int) -> BoolArray:
    """Where a group is small, or all of it gave the same answer (the last axis)."""
    n = counts.sum(axis=-1)
    return np.asarray((n > 0) & ((n < min_n) | _alike(counts)))


def _alike(counts: IntArray) -> BoolArray:
    return np.asarray(counts.max(axis=-1) == counts.sum(axis=-1))


def to_hide(table: IntArray, min_n: int) -> BoolArray:
    """Return which cells and totals of a table *with_totals* must be hidden."""
    hidden, n = revealing(table, min_n), table.sum(axis=-1)
    if not hidden.ndim:
        return hidden
    before = -1
    while (now := int(hidden.sum())) > before:
        before = now
        _close_lines(hidden, table, min_n)
        closed = hidden.copy()
        found = np.concatenate([determined(closed), pinned(closed, table)])
        for place in found[np.argsort(n[*found.T], kind="stable")]:
            _hide_block(hidden, closed, n, place)
    return hidden


# Line by line


def _close_lines(hidden: BoolArray, table: IntArray, min_n: int) -> None:
    """Hide more, in place, until every line keeps the second rule."""
    before = -1
    while (now := int(hidden.sum())) > before:
        before = now
        for axis in range(hidden.ndim):
            lines = np.moveaxis(hidden, axis, -1)  # views
            counts = np.moveaxis(table, axis, -2)
            for line in _broken(lines, counts, min_n):
                _hide_more(lines[*line], counts[*line])


def _broken(lines: BoolArray, counts: IntArray, min_n: int) -> IntArray:
    """Return the places of the lines that do not keep the second rule."""
    cells, counts = lines[..., :-1], counts[..., :-1, :]
    together = (counts * cells[..., None]).sum(axis=-2)
    number = cells.sum(axis=-1)
    spare = (~cells & (counts.sum(axis=-1) > 0)).any(axis=-1)
    short = (number > 0) & spare & ~_enough(together, number, min_n)
    return np.argwhere((lines.sum(axis=-1) == 1) | (short & ~lines[..., -1]))


def _enough(together: IntArray, number: Any, min_n: int) -> BoolArray:
    """Whether one of so many hidden cells could hold *min_n*, and not all alike."""
    most = together.sum(axis=-1) - (number - 1)
    return np.asarray((most >= min_n) & ~_alike(together))


def _hide_more(line: BoolArray, counts: IntArray) -> None:
    """Hide the smallest further cells of one line, in place, until it keeps the rule.

    Cells without answers hide nothing. If there is no other, the total has to go.
    """
    n = counts.sum(axis=-1)
    spare = np.flatnonzero(~line[:-1] & (n[:-1] > 0))
    if not spare.size:
        line[-1] = True
        return
    spare = spare[np.argsort(n[spare], kind="stable")]
    together = counts[:-1][line[:-1]].sum(axis=0) + counts[spare].cumsum(axis=0)
    # What may be shown is large enough: a second is needed only if all are alike.
    line[spare[: np.argmax(~_alike(together)) + 1]] = True


# All lines at once


def determined(hidden: BoolArray) -> IntArray:
    """Return the places of hidden numbers that the lines determine, one per row.

    Each line says that its hidden cells, less the total if that is hidden, add up to
    something known. A number follows from the lines if its unit vector lies in the span
    of their coefficients, so that the projection onto that span, whose diagonal is the
    leverage, leaves it as it is. That does not depend on signs: with each total taken
    negative, totals of totals positive again, all coefficients are 1. Lines along one
    axis have nothing in common, so the projection onto these is a mean; only the other
    axes need a decomposition.
    """
    places = np.argwhere(hidden)
    if not places.size:
        return places
    lines = [_Lines(places, axis, hidden.shape) for axis in range(hidden.ndim)]
    lines.sort(key=lambda each: each.sizes.size, reverse=True)
    leverage = 1 / lines[0].sizes[lines[0].ids]
    if others := lines[1:]:
        rest = lines[0].without(np.hstack([each.coefficients() for each in others]))
        values, vectors = np.linalg.eigh(rest.T @ rest)
        real = values > _ROUNDING * max(values[-1], 1)
        leverage += ((rest @ vectors[:, real]) ** 2 / values[real]).sum(axis=1)
    return np.asarray(places[leverage > 1 - _ROUNDING])


class _Lines:
    """The lines along one axis that hold hidden numbers, as rows of coefficients."""

    def __init__(self, places: IntArray, axis: int, shape: tuple[int, ...]) -> None:
        elsewhere = places.copy()
        elsewhere[:, axis] = 0
        flat = np.ravel_multi_index(tuple(elsewhere.T), shape)
        _, self.ids, self.sizes = np.unique(
            flat, return_inverse=True, return_counts=True
        )

    def coefficients(self) -> FloatArray:
        """Return 1 or 0 for each number (rows) in each line (columns)."""
        return np.asarray(self.ids[:, None] == np.arange(self.sizes.size), np.float64)

    def without(self, matrix: FloatArray) -> FloatArray:
        """Return what remains of columns when their part in the span is taken out."""
        sums = np.zeros((self.sizes.size, matrix.shape[1]))
        np.add.at(sums, self.ids, matrix)
        return np.asarray(matrix - (sums / self.sizes[:, None])[self.ids])


def pinned(hidden: BoolArray, table: IntArray) -> IntArray:
    """Return the places of hidden groups without play, one per row.

    Their number can be no other, or all their answers can only be at one point.
    """
    low, high = _bounds(hidden, table.sum(axis=-1), least=1, axes=hidden.ndim)
    _, most = _bounds(over(hidden, table), table, least=0, axes=hidden.ndim)
    alike = (most > 0).sum(axis=-1) == 1
    return np.argwhere(hidden & ((low == high) | alike))


def _bounds(
    hidden: BoolArray, table: IntArray, *, least: int, axes: int
) -> tuple[IntArray, ...]:
    """Return the least and the most that each number can be, line by line.

    What the others of a line leave for a number bounds it; its bounds bound others in
    turn, until nothing moves (the shuttle algorithm of Buzzigoli and Giusti).
    """
    anything = max(_ANYTHING, 4 * int(table.max(initial=0)))
    low, high = np.where(hidden, least, table), np.where(hidden, anything, table)
    before = None
    while (now := (low.sum(), high.sum())) != before:
        before = now
        for axis in range(axes):
            _tighten(*(np.moveaxis(each, axis, -1) for each in (low, high)))
    return low, high


def _tighten(low: IntArray, high: IntArray) -> None:
    """Bound cells by their total, and the total by its cells, in place."""
    least, most = low[..., :-1], high[..., :-1]
    sums = least.sum(axis=-1), most.sum(axis=-1)
    np.maximum(low[..., -1], sums[0], out=low[..., -1])
    np.minimum(high[..., -1], sums[1], out=high[..., -1])
    left = low[..., -1:] - (sums[1][..., None] - most)
    room = high[..., -1:] - (sums[0][..., None] - least)
    np.maximum(least, left, out=least)
    np.minimum(most, room, out=most)


def _hide_block(
    hidden: BoolArray, closed: BoolArray, n: IntArray, place: IntArray
) -> None:
    """Hide the smallest block with a corner at *place* that was not *closed* to anyone.

    A block is two labels, or one and the total, on each axis. Its corners can be
    traded, some more here, as many less there, and no other number of the table moves.
    The one whose opposite corner is the grand total is always there.
    """
    fee = np.where(n > 0, n, np.inf)
    fee[hidden] = 0.5  # hidden just now, for another place: it may help here, too
    fee[closed] = 0
    cost = np.zeros(n.shape)
    for far in product((False, True), repeat=n.ndim):
        sides = zip(far, place, strict=True)
        cost += fee[*(slice(None) if free else slice(p, p + 1) for free, p in sides)]
    cost[cost == 0] = np.inf
    for axis, p in enumerate(place):
        np.moveaxis(cost, axis, 0)[p] = np.inf
    opposite = np.unravel_index(np.argmin(cost), cost.shape)
    hidden[np.ix_(*zip(place, opposite, strict=True))] = True
