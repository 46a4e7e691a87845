"""Events in order, in blocks of whole customers, and hashes that never change."""

import os
import subprocess
import sys
import zlib
from itertools import chain, groupby
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxmkit import _checks, _events, _hashes
from cxmkit.errors import InvalidTypeError

Array = npt.NDArray[Any]

SMALL, LARGE = -(2**62), 2**62
TIMES = st.integers(-3, 3) | st.integers(SMALL, LARGE)
KINDS: list[tuple[type, st.SearchStrategy[int]]] = [
    (np.int8, st.integers(-128, 127)),
    (np.uint8, st.integers(0, 255)),
    (np.int32, st.integers(-5, 5)),
    (np.int64, st.integers(-(2**63), 2**63 - 1)),
    (np.uint64, st.integers(0, 2**64 - 1)),
]


def array(values: Any, kind: Any = np.int64) -> Array:
    return np.array(values, kind)


@st.composite
def rows(draw: st.DrawFn) -> tuple[Array, Array]:
    """Draw keys of some integer type and times; ties are common."""
    kind, keys = draw(st.sampled_from(KINDS))
    few = draw(st.lists(keys, min_size=1, max_size=4))
    drawn = draw(st.lists(st.tuples(st.sampled_from(few), TIMES), max_size=25))
    if draw(st.booleans()):
        drawn.sort(key=lambda row: row[1])
    return array([key for key, _ in drawn], kind), array([at for _, at in drawn])


def slow_order(keys: Array, time: Array) -> list[int]:
    return sorted(range(keys.size), key=lambda row: (int(keys[row]), int(time[row])))


def slow_starts(keys: Array, order: list[int]) -> list[int]:
    runs = [len([*run]) for _, run in groupby(order, key=lambda row: int(keys[row]))]
    return [sum(runs[:place]) for place in range(len(runs))]


@pytest.fixture(params=[1, 2, 3, 7])
def _short(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checks, "CHUNK", request.param)
    monkeypatch.setattr(_events, "_BLOCK", request.param)


# Order


@given(rows())
@example((array([0, 0]), array([1, 0])))
@example((array([2**64 - 1, 0, 2**63], np.uint64), array([SMALL, LARGE, 0])))
@example((array([127, -128, 127], np.int8), array([0, 0, -1])))
@example((array([], np.int64), array([])))
# The first row is the lowest, and later ones go back.
@example((array([1, 0, 0]), array([0, 5, 3])))
@example((array([0, 0, 0]), array([0, 5, 3])))
@example((array([0, 1, 0]), array([0, 1, 2])))
@example((array([0, 2, 1]), array([0, 1, 2])))
def test_rows_are_grouped_as_a_sort_by_key_time_and_row_would(
    drawn: tuple[Array, Array],
) -> None:
    keys, time = drawn
    expected = slow_order(keys, time)
    order, starts = _events.grouped(keys, time)
    found = [*range(keys.size)] if order is None else order.tolist()
    assert found == expected
    assert starts.tolist() == slow_starts(keys, expected)
    assert starts.dtype == np.int64
    # Nothing is moved that is in place already.
    assert (order is None) == (expected == sorted(expected))


@pytest.mark.usefixtures("_short")
def test_chunks_change_nothing() -> None:
    random = np.random.default_rng(5)
    for keys, time in (
        (random.integers(0, 4, 40), random.integers(0, 9, 40)),
        (random.integers(-(2**62), 2**62, 40), random.integers(SMALL, LARGE, 40)),
        (np.repeat(np.arange(8), 5), np.tile(np.arange(5), 8)),
        (np.repeat(np.arange(8), 5), np.tile([0, 1, 2, 4, 3], 8)),
        (np.tile(np.arange(8), 5), np.arange(40)),
    ):
        order, starts = _events.grouped(keys, time)
        expected = slow_order(keys, time)
        assert ([*range(40)] if order is None else order.tolist()) == expected
        assert starts.tolist() == slow_starts(keys, expected)


@pytest.mark.parametrize("length", [1, 2, 3, 1 << 10])
@pytest.mark.parametrize("span", [0, 1, 2**33, 2**53, 2**54, 2**63, 2**64 - 1])
def test_any_span_is_sorted_stably_digit_by_digit(length: int, span: int) -> None:
    # 2**10 rows leave 54 bits for a value: what spans more takes two digits.
    random = np.random.default_rng(length)
    few = [-(2**63), -(2**63) + span // 2, -(2**63) + span]
    values = random.choice(array(few), length)
    order, starts = _events._stable_order(values)  # noqa: SLF001  no span is too large
    plain = values.tolist()
    expected = sorted(range(length), key=plain.__getitem__)
    assert order.tolist() == expected
    assert _events.stable_order(values).tolist() == expected
    assert starts.tolist() == slow_starts(values, expected)


def test_nothing_that_comes_in_is_changed() -> None:
    keys, time = array([3, 1, 2]), array([5, 4, 3])
    keys.flags.writeable = time.flags.writeable = False
    _events.grouped(keys, time)
    assert (keys.tolist(), time.tolist()) == ([3, 1, 2], [5, 4, 3])


# Blocks

LENGTHS = st.lists(st.integers(1, 9), max_size=12)


@given(LENGTHS, st.integers(1, 12), st.integers(0, 12))
def test_blocks_hold_each_customer_once_and_whole(
    lengths: list[int], least: int, bins: int
) -> None:
    offsets = array([0, *np.cumsum(lengths)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_events, "_BLOCK", least)
        blocks = [*_events.blocks(offsets, bins=bins)]
    customers = [range(len(lengths))[block.customers] for block in blocks]
    assert [*chain(*customers)] == [*range(len(lengths))]
    every_row = range(sum(lengths))
    assert [*chain(*(every_row[block.rows] for block in blocks))] == [*every_row]
    for block, there in zip(blocks, customers, strict=True):
        own = [lengths[customer] for customer in there]
        assert len(there) > 0
        assert block.offsets.tolist() == [0, *np.cumsum(own)]
        assert block.lengths.tolist() == own
        assert block.owners.tolist() == [
            place for place, length in enumerate(own) for _ in range(length)
        ]
        places = [place for length in own for place in range(length)]
        assert block.places.tolist() == places
        assert block.follows.tolist() == [place > 0 for place in places]
    sizes = [block.rows.stop - block.rows.start for block in blocks]
    longest = max(lengths, default=0)
    assert all(size >= max(least, bins) for size in sizes[:-1])
    assert all(size < max(least, bins) + longest for size in sizes)


@given(LENGTHS.filter(len), st.data())
def test_rows_of_equally_long_sequences_elsewhere(
    lengths: list[int], data: st.DataObject
) -> None:
    offsets = array([0, *np.cumsum(lengths)])
    [block] = _events.blocks(offsets)
    begins = data.draw(
        st.lists(st.integers(0, 50), min_size=len(lengths), max_size=len(lengths))
    )
    expected = [
        begin + step
        for begin, length in zip(begins, lengths, strict=True)
        for step in range(length)
    ]
    assert block.elsewhere(array(begins)).tolist() == expected


def test_without_customers_there_is_no_block() -> None:
    assert [*_events.blocks(array([0]))] == []


# Hashes


def slow_mixed(value: int) -> int:
    """Mix one number as splitmix64 does, in Python's unbounded integers."""
    word = 2**64 - 1
    value = (value + 0x9E3779B97F4A7C15) & word
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & word
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & word
    return value ^ (value >> 31)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=5))
def test_bits_are_mixed_as_published(values: list[int]) -> None:
    found = _hashes.mixed(array(values, np.uint64))
    assert found.tolist() == [slow_mixed(value) for value in values]


def test_mixing_begins_as_the_generator_does() -> None:
    # The first numbers of splitmix64 from the seed 0, known from many programs.
    seeds = array([0, 0x9E3779B97F4A7C15], np.uint64)
    assert [hex(word) for word in _hashes.mixed(seeds).tolist()] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
    ]


IDS: list[Any] = [
    0,
    7,
    -7,
    2**63,
    2**64 - 1,
    2**64,
    10**30,
    -(10**30),
    0.5,
    -0.25,
    1e300,
    float("inf"),
    "",
    "7",
    "Zoë",
    "\ud800",
    b"",
    b"\xff",
    UUID(int=7),
    UUID(int=2**100 + 7),
    (),
    ("",),
    ("a", 1),
    (1, "a"),
    (("a",), 1),
]


def hashed(*values: Any) -> list[int]:
    ids = np.fromiter(values, object, len(values))
    found: list[int] = _hashes.hashes(ids, "ids").tolist()
    return found


def test_different_ids_of_one_kind_have_different_hashes() -> None:
    for kind in (int, float, str, bytes, UUID, tuple):
        # Of a number the lowest bits count: 1e300 ends with 64 zeros, as 0 does.
        own = {each for each in IDS if type(each) is kind and each != 2**64}
        assert len(set(hashed(*own))) == len(own)
    texts = [f"customer {number}" for number in range(10_000)]
    assert len(set(hashed(*texts))) == 10_000


def test_texts_and_uuids_stay_in_the_part_of_customers_that_they_were_in() -> None:
    text = zlib.crc32(b"Zo\xc3\xab") << 32 | zlib.adler32(b"Zo\xc3\xab")
    halves = UUID(int=5 << 64 | 3)
    assert hashed("Zoë", halves) == [slow_mixed(text), slow_mixed(5 ^ 3)]


@pytest.mark.parametrize(
    "same",
    [
        [7, 7.0, np.int8(7), np.uint64(7), np.float32(7)],
        [1, True, np.True_, 1.0],
        [-7, -7.0, np.int64(-7)],
        [10**22, 1e22],
        [0.5, np.float32(0.5)],
        ["a", np.str_("a")],
        [b"a", np.bytes_(b"a")],
        [(7, "a"), (7.0, "a"), (np.int8(7), np.str_("a"))],
    ],
)
def test_equal_ids_have_equal_hashes(same: list[Any]) -> None:
    assert all(one == same[0] for one in same)
    assert len(set(hashed(*same))) == 1


@given(st.integers(-(2**63), 2**63 - 1))
def test_arrays_of_integers_hash_as_their_numbers_do(number: int) -> None:
    kinds = [np.dtype(kind) for kind in ("int8", "uint8", "int32", "int64", "uint64")]
    for kind in kinds:
        bounds = np.iinfo(kind)
        if bounds.min <= number <= bounds.max:
            found = _hashes.hashes(array([number], kind), "ids")
            assert found.tolist() == hashed(number)


def test_arrays_of_texts_and_floats_hash_as_their_objects_do() -> None:
    for values in (["a", "Zoë"], [b"a", b"b"], [0.5, 7.0], [True, False]):
        assert _hashes.hashes(np.array(values), "ids").tolist() == hashed(*values)


SCRIPT = """
from uuid import UUID
import numpy as np
from cxmkit import _hashes
ids = np.fromiter(eval(input()), object)
print(_hashes.hashes(ids, "ids").tolist())
"""


def test_hashes_are_the_same_in_every_process() -> None:
    plain = repr([each for each in IDS if each != float("inf")])
    expected = str(hashed(*eval(plain)))  # noqa: S307  our own text
    for seed in ("1", "2"):
        run = subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-c", SCRIPT],
            input=plain,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
        assert run.stdout.strip() == expected


# Python's own hash of these changes from run to run, or with the place in memory.
@pytest.mark.parametrize("value", [object(), frozenset("a"), None, ("a", object())])
def test_ids_without_a_stable_hash_are_refused(value: object) -> None:
    with pytest.raises(InvalidTypeError) as caught:
        hashed("a", value)
    assert str(caught.value).startswith(
        "ids[1] must be numbers, texts, bytes, UUIDs or tuples of them; got "
    )
    assert str(caught.value).endswith(
        "; their hash is the same in every process; turn other ids into texts"
    )
    assert caught.value.index == 1
