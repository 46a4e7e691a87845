"""Hashes that are the same in every process, so that parts of the customers add up.

Python's own hash of a text differs from run to run, on purpose.
"""

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit.errors import InvalidTypeError

Hashes = npt.NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio: the step of splitmix64
_WORD = 2**64 - 1


def mixed(values: Hashes) -> Hashes:
    """Return integers whose every bit depends on every bit (finaliser of splitmix64).

    Steele, G. L., Lea, D., & Flood, C. H. (2014). Fast splittable pseudorandom number
    generators. doi:10.1145/2660193.2660195
    """
    mixed = values + np.uint64(_GOLDEN)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def hashes(ids: npt.NDArray[Any], argument: str) -> Hashes:
    """Return a hash per id; equal ids have equal ones, whatever type holds them."""
    if ids.dtype.kind in "iub":
        return mixed(ids.astype(np.uint64))
    words = (_word(each, argument, index) for index, each in enumerate(ids.tolist()))
    return mixed(np.fromiter(words, np.uint64, ids.size))


def _word(value: Any, argument: str, index: int) -> int:
    """Return 64 bits for one id; numbers stand for themselves, if they are whole."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str | bytes):
        data = (
            value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        )
        return (zlib.crc32(data) << 32) | zlib.adler32(data)
    if isinstance(value, tuple):
        word = len(value)
        for item in value:
            word = (word * _GOLDEN + _word(item, argument, index)) & _WORD
        return word
    number = getattr(value, "int", None)
    if isinstance(number, int):  # a UUID; its module, once loaded, asks the system
        return number & _WORD ^ number >> 64
    if isinstance(value, int | float):
        whole = value == value // 1  # neither a part nor infinite
        return int(value) & _WORD if whole else int(np.float64(value).view(np.uint64))
    rule = "be numbers, texts, bytes, UUIDs or tuples of them"
    hint = "their hash is the same in every process; turn other ids into texts"
    raise _checks.refuse(
        argument, rule, value, index=index, hint=hint, error=InvalidTypeError
    )
