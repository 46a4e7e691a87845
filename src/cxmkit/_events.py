"""Events of many customers, one customer after the other: order and blocks.

Everything here works on plain arrays. Rows are put in order by sorting packed integers,
which numpy does several times faster than any sort that returns a permutation.
"""

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit._checks import BoolArray, IntArray, chunks

Rows = npt.NDArray[np.intp]
_BLOCK = 1 << 16  # rows; what a block takes in a computation stays in the cache


def grouped(
    keys: npt.NDArray[Any], time: IntArray
) -> tuple[Rows | None, npt.NDArray[np.int64]]:
    """Return the rows by key, time and row, and where in that order each key begins.

    No rows are returned if they are in this order already. Keys are integers.
    """
    if _are_grouped(keys, time):
        return None, changes(keys)
    by_time = None if _ascending(time) else _stable_order(time)[0]
    by_key, starts = _stable_order(keys if by_time is None else keys[by_time])
    return (by_key if by_time is None else by_time[by_key]), starts


def stable_order(values: npt.NDArray[Any]) -> Rows:
    """Return the rows of integers in ascending order, equal ones as they came."""
    return _stable_order(values)[0]


def _stable_order(
    values: npt.NDArray[Any],
) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Sort integers; return their rows, equal ones as they came, and where each begins.

    A value and its row are packed into one integer of 64 bits; what does not fit is
    sorted digit by digit, the lowest first.
    """
    low, high = int(values.min()), int(values.max())
    row_bits = (values.size - 1).bit_length()
    digit_bits = 64 - row_bits
    shift, order, starts = 0, None, None
    while order is None or (high - low) >> shift:
        packed = _above(values, low)
        if order is not None:
            packed = packed[order]
        packed >>= np.uint64(shift)
        packed <<= np.uint64(row_bits)  # what stands above this digit falls off
        for rows in chunks(values.size):
            packed[rows] |= np.arange(rows.start, rows.stop, dtype=np.uint64)
        packed.sort()
        if not (high - low) >> digit_bits:  # one digit holds the whole value
            starts = changes(packed, row_bits)
        packed &= np.uint64((1 << row_bits) - 1)
        rows_now = packed.view(np.int64)
        order = rows_now if order is None else order[rows_now]
        shift += digit_bits
    return order, changes(values[order]) if starts is None else starts


def _above(values: npt.NDArray[Any], low: int) -> npt.NDArray[np.uint64]:
    """Return how far each value lies above the lowest; differences wrap around."""
    unsigned = values.astype(np.uint64)
    unsigned -= np.uint64(low % 2**64)
    return unsigned


def _ascending(values: npt.NDArray[Any]) -> bool:
    parts = (values[rows] for rows in chunks(values.size, overlap=1))
    return all(bool((part[1:] >= part[:-1]).all()) for part in parts)


def _are_grouped(keys: npt.NDArray[Any], time: IntArray) -> bool:
    for rows in chunks(keys.size, overlap=1):
        key, at = keys[rows], time[rows]
        later = (key[1:] == key[:-1]) & (at[1:] >= at[:-1])
        if not (later | (key[1:] > key[:-1])).all():
            return False
    return True


def changes(values: npt.NDArray[Any], bits: int = 0) -> npt.NDArray[np.int64]:
    """Return where a sorted value differs from the one before, lowest bits aside."""
    found = [np.zeros(min(values.size, 1), np.int64)]
    for rows in chunks(values.size, overlap=1):
        part = values[rows] >> values.dtype.type(bits) if bits else values[rows]
        found.append(np.flatnonzero(part[1:] != part[:-1]) + (rows.start + 1))
    return np.concatenate(found)


@attrs.frozen
class Block:
    """Some customers with all of their events: from which row to which.

    `offsets` say where each begins, counted from the first row of the block, and where
    the last one ends.
    """

    customers: slice
    rows: slice
    offsets: npt.NDArray[np.int64]

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Number of events of each customer."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> Rows:
        """Which customer of the block each event is of."""
        return np.repeat(np.arange(self.offsets.size - 1), self.lengths)

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """How many events of the same customer come before each event."""
        events = np.arange(self.offsets[-1])
        return events - np.repeat(self.offsets[:-1], self.lengths)

    def elsewhere(self, begins: npt.NDArray[np.int64]) -> Rows:
        """Return the rows of equally long sequences that begin at other places."""
        rows = np.repeat(begins - self.offsets[:-1], self.lengths)
        rows += np.arange(rows.size)
        return rows

    @property
    def follows(self) -> BoolArray:
        """Whether each event comes after another one of the same customer."""
        follows = np.ones(self.offsets[-1], np.bool_)
        follows[self.offsets[:-1]] = False
        return follows


def blocks(offsets: npt.NDArray[np.int64], *, bins: int = 0) -> Iterator[Block]:
    """Yield blocks of whole customers; none but the last has fewer rows than *bins*.

    What is counted in so many bins per block then takes linear time.
    """
    first, customers, least = 0, offsets.size - 1, max(_BLOCK, bins)
    while first < customers:
        begin = offsets[first]
        last = min(int(np.searchsorted(offsets, begin + least)), customers)
        rows = slice(int(begin), int(offsets[last]))
        yield Block(slice(first, last), rows, offsets[first : last + 1] - begin)
        first = last
