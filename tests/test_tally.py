"""What is kept of a million answers equals what a plain loop would have counted."""

import math
import os
import subprocess
import sys
from itertools import pairwise, product
from typing import Any
from uuid import UUID

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import _checks
from cxmkit.scale import SATISFACTION_1_5, Scale
from cxmkit.tally import Tally, customer_groups

TWO = Scale(0, 1, higher_is_better=True)
THREE = Scale(-1, 1, higher_is_better=False)
HALVES = Scale(0.5, 2, step=0.5, higher_is_better=True)

Address = tuple[tuple[str, Any], ...]
Cell = tuple[list[int], int, list[float], list[float]]


@attrs.frozen
class Sample:
    """Answers as a plain loop would read them."""

    scale: Scale
    answers: list[Any]
    by: dict[str, list[Any]]
    weights: list[float] | None

    def __len__(self) -> int:
        return len(self.answers)

    def rows(self, keep: list[int]) -> "Sample":
        return Sample(
            self.scale,
            [self.answers[row] for row in keep],
            {name: [labels[row] for row in keep] for name, labels in self.by.items()},
            None if self.weights is None else [self.weights[row] for row in keep],
        )

    def tally(self) -> Tally:
        return Tally.count(
            self.answers,
            scale=self.scale,
            by=self.by,
            weights=self.weights,
            missing="omit",
        )


@st.composite
def samples(draw: st.DrawFn, *, weighted: bool | None = None) -> Sample:
    scale = draw(st.sampled_from([TWO, THREE, HALVES]))
    points: list[float] = scale.points.tolist()
    names = draw(st.sampled_from([(), ("place",), ("place", "year")]))
    rows = draw(
        st.lists(
            st.tuples(
                st.none() | st.sampled_from(points),
                st.sampled_from("abcdefgh"),
                st.sampled_from([2016, 2017, 2018]),
                st.just(0.0) | st.floats(0.01, 100),
            ),
            max_size=30,
        )
    )
    with_weights = draw(st.booleans()) if weighted is None else weighted
    places = {"place": 1, "year": 2}
    return Sample(
        scale,
        [row[0] for row in rows],
        {name: [row[places[name]] for row in rows] for name in names},
        [row[3] for row in rows] if with_weights else None,
    )


def slow_count(sample: Sample) -> dict[Address, Cell]:
    """Count one answer after the other, cell by cell, as the docstring says."""
    order = {name: list(dict.fromkeys(sample.by[name])) for name in sample.by}
    points: list[float] = sample.scale.points.tolist()
    cells: dict[Address, Cell] = {}
    for labels in product(*order.values()):
        zeros = [0.0] * len(points)
        address = tuple(zip(order, labels, strict=True))
        cells[address] = ([0] * len(points), 0, zeros, list(zeros))
    for row, answer in enumerate(sample.answers):
        address = tuple((name, sample.by[name][row]) for name in order)
        counts, missing, sums, squares = cells[address]
        if answer is None:
            cells[address] = (counts, missing + 1, sums, squares)
            continue
        point = points.index(answer)
        counts[point] += 1
        if sample.weights is not None:
            sums[point] += sample.weights[row]
            squares[point] += sample.weights[row] ** 2
    return cells


def cells_of(tally: Tally) -> dict[Address, Cell]:
    """Read a tally cell by cell; axes come in their order, cells in any."""
    found: dict[Address, Cell] = {}
    for place, address in enumerate(tally.grid.cells()):
        index = np.unravel_index(place, tally.grid.shape) if address else ()
        zeros = [0.0] * tally.scale.size
        sums, squares = tally.sum_weights, tally.sum_squared_weights
        found[tuple(address.items())] = (
            tally.counts[index].tolist(),
            int(tally.missing_counts[index]),
            zeros if sums is None else sums[index].tolist(),
            zeros if squares is None else squares[index].tolist(),
        )
    return found


def assert_same(one: dict[Address, Cell], two: dict[Address, Cell]) -> None:
    assert one.keys() == two.keys()
    for address, (counts, missing, *sums) in one.items():
        assert two[address][:2] == (counts, missing)
        np.testing.assert_allclose(two[address][2:], sums, rtol=1e-12, atol=1e-9)


@pytest.fixture(params=[1, 2, 3, 7])
def _short_chunks(request: pytest.FixtureRequest, monkeypatch: Any) -> None:
    monkeypatch.setattr(_checks, "CHUNK", request.param)


# Counting


@given(sample=samples())
def test_counting_equals_a_plain_loop(sample: Sample) -> None:
    expected = slow_count(sample)
    for chunk in (1, 3, 7, 1 << 16):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_checks, "CHUNK", chunk)
            tally = sample.tally()
        assert_same(expected, cells_of(tally))
        assert list(expected) == list(cells_of(tally))  # order of first appearance
        assert tally.axes == tuple(sample.by)
        assert tally.weighted == (sample.weights is not None)
        assert tally.n == sum(answer is not None for answer in sample.answers)
        assert tally.missing == sum(answer is None for answer in sample.answers)


@pytest.mark.usefixtures("_short_chunks")
def test_growth_over_many_labels_loses_nothing() -> None:
    rows = range(500)
    places = [row % 83 for row in rows]
    years = [row // 100 for row in rows]
    sample = Sample(
        TWO,
        [None if row % 11 == 0 else float(row % 2) for row in rows],
        {"place": places, "year": years},
        [float(row % 5) for row in rows],
    )
    assert_same(slow_count(sample), cells_of(sample.tally()))


def test_no_chunk_is_shorter_than_the_bins(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    part = _checks.Column.part

    def spy(column: _checks.Column, rows: slice) -> Any:
        sizes.append(rows.stop - rows.start)
        return part(column, rows)

    monkeypatch.setattr(_checks, "CHUNK", 1)
    monkeypatch.setattr(_checks.Column, "part", spy)
    Tally.count([0, 1] * 200, scale=TWO, by=list(range(400)))
    assert sum(sizes) == 400
    assert sizes[0] == 2
    assert sizes == sorted(sizes[:-1]) + sizes[-1:]
    assert len(sizes) < 12  # else the work would grow with the square of the labels


def test_bins_double_so_that_growing_stays_cheap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rooms: list[int] = []
    pad = np.pad

    def spy(array: Any, width: Any) -> Any:
        rooms.append(len(array) + width[0][1])
        return pad(array, width)

    monkeypatch.setattr(_checks, "CHUNK", 3)
    monkeypatch.setattr(np, "pad", spy)
    # A new label in every tenth row only: without doubling, each chunk would grow.
    Tally.count([0, 1] * 200, scale=TWO, by=[row // 10 for row in range(400)])
    assert all(new >= 2 * old for old, new in pairwise(rooms))


@pytest.mark.usefixtures("_short_chunks")
@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([1, 5, 3, None, 5], id="list"),
        pytest.param((1, 5, 3, math.nan, 5), id="tuple"),
        pytest.param(np.array([1, 5, 3, np.nan, 5], np.float32), id="float32"),
        pytest.param(np.array([1, 5, 3, None, 5], object), id="object"),
        pytest.param(
            np.ma.array(
                np.array([1, 5, 3, 77, 5], np.int8),
                mask=[False, False, False, True, False],
            ),
            id="masked int8",
        ),
        pytest.param(
            np.ma.array(
                np.array([1, 5, 3, 0, 5], np.uint8),
                mask=[False, False, False, True, False],
            ),
            id="masked uint8",
        ),
        pytest.param(
            np.ma.array([1, 5, 3, np.inf, 5], mask=[False] * 3 + [True, False]),
            id="masked float",
        ),
        pytest.param(
            np.ma.array(
                np.array([1, 5, 3, "x", 5], object), mask=[False] * 3 + [True, False]
            ),
            id="masked object",
        ),
    ],
)
def test_every_kind_of_column_gives_the_same_tally(answers: Any) -> None:
    weights = np.array([1, 2, 3, 4, 5], np.int8)
    tally = Tally.count(
        answers, scale=SATISFACTION_1_5, weights=weights, missing="omit"
    )
    assert tally.counts.tolist() == [1, 0, 1, 0, 2]
    assert tally.missing == 1
    assert tally.sum_weights is not None
    assert tally.sum_weights.tolist() == [1, 0, 3, 0, 7]
    assert tally.sum_squared_weights is not None
    assert tally.sum_squared_weights.tolist() == [1, 0, 9, 0, 29]


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.int64, np.uint64])
def test_every_kind_of_integer_gives_the_same_tally(kind: type) -> None:
    answers: Any = np.array([1, 5, 3, 5], kind)
    for scale in (SATISFACTION_1_5, Scale(0, 5, step=0.5, higher_is_better=True)):
        assert Tally.count(answers, scale=scale) == Tally.count(
            answers.astype(float), scale=scale
        )
    counted = Tally.count(answers, scale=SATISFACTION_1_5, by=answers)
    assert counted.labels == {"group": (1, 5, 3)}


def test_integers_masked_on_a_scale_they_cannot_hold() -> None:
    answers = np.ma.array(np.array([0, 2], np.uint8), mask=[True, False])
    for scale in (Scale(-3, 3, higher_is_better=True), HALVES):
        tally = Tally.count(answers, scale=scale, missing="omit")
        assert (tally.n, tally.missing) == (1, 1)


def test_no_answers_are_counted_as_none() -> None:
    assert Tally.count([], scale=TWO).counts.tolist() == [0, 0]
    by_value = Tally.count([], scale=TWO, by=[], weights=[])
    assert by_value.counts.shape == (0, 2)
    assert by_value.labels == {"group": ()}


@pytest.mark.parametrize("codes", [[], np.array([], np.int8)])
def test_a_vocabulary_keeps_its_place_without_answers(codes: Any) -> None:
    pair = (codes, ["a", "b", "c"])
    empty = Tally.count([], scale=TWO, by=pair, weights=[])
    assert empty.labels == {"group": ("a", "b", "c")}
    assert empty.counts.tolist() == [[0, 0]] * 3
    assert empty + empty == empty
    assert Tally.from_rows([], [], scale=TWO, by=pair).labels == empty.labels
    rows = Tally.count([1], scale=TWO, by=([1], ["a", "b", "c"]))
    assert rows.counts.tolist() == [[0, 0], [0, 1], [0, 0]]


def test_what_is_passed_in_is_not_changed_and_not_shared() -> None:
    answers = np.array([1, 0, 1])
    codes = np.array([0, 1, 1])
    weights = np.array([1.0, 2.0, 3.0])
    Tally.count(answers, scale=TWO, by=(codes, ["a", "b"]), weights=weights)
    assert answers.tolist() == [1, 0, 1]
    assert codes.tolist() == [0, 1, 1]
    assert weights.tolist() == [1, 2, 3]
    counts = np.array([3, 4])
    tally = Tally.from_counts(counts, scale=TWO)
    counts[0] = 99
    assert tally.counts.tolist() == [3, 4]


# Laws


@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(sample: Sample, random: Any) -> None:
    order = list(range(len(sample)))
    random.shuffle(order)
    shuffled = sample.rows(order).tally()
    assert_same(cells_of(sample.tally()), cells_of(shuffled))


@given(samples(), st.data())
def test_counting_parts_and_adding_equals_counting_all(
    sample: Sample, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(sample)))
    rows = list(range(len(sample)))
    whole, one, two = (
        sample.rows(part).tally() for part in (rows, rows[:cut], rows[cut:])
    )
    merged = one + two
    assert merged.grid == whole.grid
    np.testing.assert_array_equal(merged.counts, whole.counts)
    np.testing.assert_array_equal(merged.missing_counts, whole.missing_counts)
    assert_same(cells_of(whole), cells_of(merged))
    assert_same(cells_of(two + one), cells_of(merged))  # commutes up to label order


@given(samples(weighted=False), st.data())
def test_adding_is_associative_with_0_as_identity(
    sample: Sample, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.integers(0, len(sample))) for _ in range(2))
    rows = list(range(len(sample)))
    parts = [rows[: cuts[0]], rows[cuts[0] : cuts[1]], rows[cuts[1] :]]
    a, b, c = (sample.rows(part).tally() for part in parts)
    assert (a + b) + c == a + (b + c) == sum([a, b, c])
    assert a + 0 == a == 0 + a
    assert sum([a]) == a


@given(samples())
def test_keeping_axes_equals_counting_by_them_alone(sample: Sample) -> None:
    tally = sample.tally()
    for names in [(), *((n,) for n in sample.by), tuple(reversed(list(sample.by)))]:
        alone = attrs.evolve(sample, by={name: sample.by[name] for name in names})
        kept = tally.by(*names)
        assert kept.axes == names
        assert_same(slow_count(alone), cells_of(kept))
    assert tally.pooled() == tally.by()
    assert (tally.pooled().n, tally.pooled().missing) == (tally.n, tally.missing)


@given(samples())
def test_selecting_a_label_equals_counting_its_rows(sample: Sample) -> None:
    tally = sample.tally()
    assert tally.at() == tally
    for name, labels in sample.by.items():
        for label in set(labels):
            rows = [row for row, other in enumerate(labels) if other == label]
            part = sample.rows(rows)
            rest = {other: column for other, column in part.by.items() if other != name}
            selected = cells_of(tally.at(**{name: label}))
            counted = slow_count(attrs.evolve(part, by=rest))
            assert_same(counted, {key: selected[key] for key in counted})
            left = [cell for key, cell in selected.items() if key not in counted]
            assert not any(sum(counts) + missing for counts, missing, *_ in left)


def test_selecting_on_every_axis_leaves_one_cell() -> None:
    sample = Sample(TWO, [1, 0, 1], {"a": [1, 1, 2], "b": ["x", "y", "y"]}, None)
    tally = sample.tally()
    assert tally.at(a=2, b="y").counts.tolist() == [0, 1]
    assert tally.at(a=2, b="x").counts.tolist() == [0, 0]
    assert tally.at(b="y").labels == {"a": (1, 2)}


@given(samples(weighted=False))
def test_counts_that_exist_already_give_the_same_tally(sample: Sample) -> None:
    answered = sample.rows(
        [row for row, answer in enumerate(sample.answers) if answer is not None]
    )
    tally = answered.tally()
    again = Tally.from_counts(tally.counts, scale=tally.scale, by=tally.labels)
    assert again == tally


@given(samples())
def test_columns_and_rows_are_inverse(sample: Sample) -> None:
    tally = sample.tally()
    columns = tally.to_columns()
    again = Tally.from_rows(
        columns["answer"],
        columns["n"],
        scale=tally.scale,
        by={name: columns[name] for name in tally.axes},
        sum_weights=columns.get("sum_weights"),
        sum_squared_weights=columns.get("sum_squared_weights"),
        missing="omit",
    )
    assert again == tally
    records = tally.to_records()
    assert {name: [r[name] for r in records] for name in columns} == columns


@given(samples(), st.booleans())
def test_rows_of_a_group_by_equal_counting(sample: Sample, split: bool) -> None:  # noqa: FBT001
    groups: dict[Any, list[float]] = {}
    for row, answer in enumerate(sample.answers):
        labels = tuple(column[row] for column in sample.by.values())
        # An engine may hand over several rows for one group, one per partition.
        key = (answer, labels, row % 2 if split else 0)
        weight = 0.0 if sample.weights is None else sample.weights[row]
        group = groups.setdefault(key, [0, 0.0, 0.0])
        group[0] += 1
        group[1] += weight
        group[2] += weight**2
    by = {name: [key[1][k] for key in groups] for k, name in enumerate(sample.by)}
    weighted = sample.weights is not None
    tally = Tally.from_rows(
        [key[0] for key in groups],
        [int(group[0]) for group in groups.values()],
        scale=sample.scale,
        by=by,
        sum_weights=[group[1] for group in groups.values()] if weighted else None,
        sum_squared_weights=(
            [group[2] for group in groups.values()] if weighted else None
        ),
        missing="omit",
    )
    assert tally.weighted == weighted
    assert_same(slow_count(sample), cells_of(tally))
    if weighted:
        return
    assert tally.counts.dtype == np.int64
    assert tally.grid == sample.tally().grid


def test_counts_stay_exact_beyond_what_a_float_holds() -> None:
    many = 2**53
    tally = Tally.from_rows([1, 1], [many, 1], scale=TWO)
    assert tally.counts.tolist() == [0, many + 1]
    assert (tally + tally).n == 2 * many + 2


def test_labels_are_united_ours_first() -> None:
    one = Sample(TWO, [1, None], {"group": ["b", "a"]}, None).tally()
    two = Sample(TWO, [0, 1, None], {"group": ["c", "b", "b"]}, None).tally()
    both = one + two
    assert both.labels == {"group": ("b", "a", "c")}
    assert both.counts.tolist() == [[0, 2], [0, 0], [1, 0]]
    assert both.missing_counts.tolist() == [1, 1, 0]
    assert (two + one).labels == {"group": ("c", "b", "a")}


def test_axes_align_by_name_not_by_place() -> None:
    one = Tally.count([1], scale=TWO, by={"x": ["a"], "y": [1]})
    two = Tally.count([0], scale=TWO, by={"y": [2], "x": ["a"]})
    both = one + two
    assert both.axes == ("x", "y")
    assert both.counts.tolist() == [[[0, 1], [1, 0]]]


def test_doubling_a_tally_doubles_everything_but_the_groups() -> None:
    sample = Sample(TWO, [1, None, 0], {"x": ["a", "a", "b"]}, [1.0, 2.0, 3.0])
    tally = sample.tally()
    double = sum([tally, tally])
    assert isinstance(double, Tally)
    assert (double.n, double.missing) == (4, 2)
    assert double.grid == tally.grid
    assert double.sum_weights is not None
    assert double.sum_weights.tolist() == [[0, 2], [6, 0]]


# Groups of whole customers

KEYS: list[Any] = [
    7,
    -7,
    2**70,
    0.5,
    "7",
    "Zoë",
    "",
    b"7",
    UUID(int=7),
    ("a", (1, "b")),
]
SCRIPT = """
from uuid import UUID
import numpy as np
from cxmkit.tally import customer_groups
keys = eval(input())
print(customer_groups(np.fromiter(keys, object, len(keys)), n=1000).tolist())
"""


def grouped(*ids: Any, n: int = 1000) -> list[int]:
    """Return the group of each id on its own, as objects."""
    codes: list[int] = customer_groups(np.fromiter(ids, object, len(ids)), n=n).tolist()
    return codes


def test_groups_are_the_same_in_every_process() -> None:
    for seed in ("1", "2"):
        run = subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-c", SCRIPT],
            input=ascii(KEYS),
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
        assert run.stdout.strip() == str(grouped(*KEYS))


def test_groups_never_change() -> None:
    # What was counted by them last year must add up with what is counted next year.
    assert customer_groups([0, 1, 2, 3, -1]).tolist() == [25, 5, 10, 3, 26]
    assert customer_groups(["0", "1", "ann", "bob", ""]).tolist() == [18, 4, 17, 7, 5]
    assert grouped(*KEYS) == [487, 752, 535, 309, 449, 577, 465, 449, 487, 785]


@pytest.mark.parametrize(
    "column",
    [
        [7, 8, 7],
        (7.0, 8.0, 7.0),
        np.array([7, 8, 7], np.int8),
        np.array([7, 8, 7], np.uint64),
        np.array([7, 8, 7], ">i4"),
        np.array([7, 8, 7], np.float32),
        np.array([7, 8, 7], object),
        np.array([np.int8(7), 8.0, np.float16(7)], object),
        np.ma.array([7, 8, 7], mask=[False] * 3),
        np.array([7, 0, 8, 0, 7])[::2],
    ],
)
def test_equal_numbers_are_in_one_group_whatever_holds_them(column: Any) -> None:
    found = customer_groups(column, n=1000)
    assert found.dtype == np.int64
    assert found.tolist() == grouped(7, 8, 7)


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.text() | st.uuids(), max_size=9),
    st.integers(1, 40),
)
def test_a_group_depends_on_the_id_alone(ids: list[Any], n: int) -> None:
    together = grouped(*ids, n=n)
    assert together == [grouped(each, n=n)[0] for each in ids]
    assert all(0 <= group < n for group in together)


@pytest.mark.parametrize(
    "ids",
    [
        range(30_000),
        range(0, 900_000, 30),
        [*range(-30_000, 0)],
        [f"{number:08d}" for number in range(30_000)],
        [f"customer-{number}@example.com" for number in range(30_000)],
    ],
    ids=["numbers", "thirties", "negative", "digits", "addresses"],
)
def test_groups_are_about_equally_large(ids: Any) -> None:
    sizes = np.bincount(customer_groups(ids), minlength=30)
    assert len(sizes) == 30
    # Five standard errors of a binomial around 1000.
    assert np.abs(sizes - 1000).max() < 5 * math.sqrt(1000)


def test_one_group_holds_all_and_no_ids_are_in_none() -> None:
    assert customer_groups(["a", "b"], n=1).tolist() == [0, 0]
    assert customer_groups([]).tolist() == []


def test_tallies_of_the_groups_add_up_to_that_of_all() -> None:
    customers = np.arange(300) % 90
    answers = np.arange(300) % 2
    groups = customer_groups(customers, n=7)
    parts = [Tally.count(answers[groups == each], scale=TWO) for each in range(7)]
    assert sum(parts) == Tally.count(answers, scale=TWO)
