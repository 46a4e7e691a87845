"""What may be published: against plain loops, linear algebra and linear programming."""

import copy
import math
import pickle
from collections.abc import Iterator
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cxmkit import RECOMMEND_0_10, STARS_1_5, Scale, Tally, _suppression, csat, samples
from cxmkit._axes import Axes
from cxmkit.errors import CxmError, InvalidTypeError, InvalidValueError
from cxmkit.tally import Suppressed, suppress

Counts = npt.NDArray[np.int64]
THREE = Scale(1, 3, higher_is_better=True)
NAMES = ("shop", "year", "kind")


def tally(counts: Any, scale: Scale = THREE) -> Tally:
    array = np.asarray(counts)
    by = {n: range(k) for n, k in zip(NAMES, array.shape[:-1], strict=False)}
    return Tally.from_counts(array, scale=scale, by=by)


def spread(sizes: Any) -> Counts:
    """Return groups of these sizes that do not agree, as far as one can disagree."""
    sizes = np.asarray(sizes)
    return np.stack([sizes // 2, sizes - sizes // 2, 0 * sizes], axis=-1)


@st.composite
def counts_of(draw: st.DrawFn, axes: int | None = None) -> Counts:
    number = draw(st.integers(0, 3)) if axes is None else axes
    shape = [draw(st.integers(1, 4 if number < 3 else 3)) for _ in range(number)]
    cell = st.one_of(
        st.just([0, 0, 0]),
        st.lists(st.integers(0, 2), min_size=3, max_size=3),
        st.lists(st.integers(0, 9), min_size=3, max_size=3),
        st.integers(1, 9).map(lambda n: [0, 0, n]),
    )
    cells = [draw(cell) for _ in range(math.prod(shape))]
    return np.array(cells, np.int64).reshape(*shape, 3)


MIN_N = st.integers(2, 8)


# Oracles: a table with its totals as plain dicts, a total being None on its axis

Place = tuple[int | None, ...]


def cube(counts: Counts) -> dict[Place, list[int]]:
    found: dict[Place, list[int]] = {}
    shape = counts.shape[:-1]
    for cell in np.ndindex(shape):
        for size in range(len(shape) + 1):
            for summed in combinations(range(len(shape)), size):
                place = tuple(None if a in summed else i for a, i in enumerate(cell))
                sums = found.setdefault(place, [0] * counts.shape[-1])
                found[place] = [
                    a + int(b) for a, b in zip(sums, counts[cell], strict=True)
                ]
    return found


def hidden_places(result: Suppressed) -> set[Place]:
    """Return what is hidden, totals included, as places in the cube."""
    names = result.shown.axes
    found: set[Place] = set()
    for size in range(len(names) + 1):
        for kept in combinations(names, size):
            margin = result.margin(*kept)
            for cell in np.argwhere(margin.hidden):
                at = dict(zip(kept, cell.tolist(), strict=True))
                found.add(tuple(at.get(name) for name in names))
    return found


def lines(places: Any) -> Iterator[tuple[Place, list[Place]]]:
    """Yield each total along one axis with its cells."""
    known = set(places)
    for place in known:
        for axis, label in enumerate(place):
            if label is None:
                yield (
                    place,
                    [
                        p
                        for p in known
                        if p[axis] is not None
                        and (*p[:axis], None, *p[axis + 1 :]) == place
                    ],
                )


def equations(table: dict[Place, list[int]], hidden: list[Place]) -> Any:
    """Return a row per line with something hidden."""
    column = {place: index for index, place in enumerate(hidden)}
    rows = []
    for total, cells in lines(table):
        row = np.zeros(len(hidden))
        for place, sign in [(total, -1.0), *((cell, 1.0) for cell in cells)]:
            if place in column:
                row[column[place]] = sign
        if row.any():
            rows.append(row)
    return np.array(rows).reshape(len(rows), len(hidden))


def reveals(answers: list[int], min_n: int) -> bool:
    return 0 < sum(answers) < min_n or sum(n > 0 for n in answers) == 1


# Laws


@given(counts_of(), MIN_N)
def test_nothing_that_is_shown_gives_anybody_away(counts: Counts, min_n: int) -> None:
    result = suppress(tally(counts), min_n=min_n)
    table, hidden = cube(counts), hidden_places(result)
    for place, answers in table.items():
        if place not in hidden:
            assert not reveals(answers, min_n)
        else:
            assert any(answers)
    primary = [reveals(table[cell], min_n) for cell in np.ndindex(counts.shape[:-1])]
    assert result.primary.reshape(-1).tolist() == primary


@given(counts_of(), MIN_N)
def test_no_line_gives_a_hidden_number_away(counts: Counts, min_n: int) -> None:
    table = cube(counts)
    hidden = hidden_places(suppress(tally(counts), min_n=min_n))
    for total, cells in lines(table):
        away = [cell for cell in cells if cell in hidden]
        assert len(away) + (total in hidden) != 1
        if away and total not in hidden:
            left = [sum(x) for x in zip(*(table[cell] for cell in away), strict=True)]
            assert not reveals(left, min_n)
            further = [c for c in cells if c not in away and any(table[c])]
            assert not further or sum(left) - (len(away) - 1) >= min_n


@given(counts_of(), MIN_N)
def test_all_lines_together_determine_nothing(counts: Counts, min_n: int) -> None:
    table = cube(counts)
    hidden = sorted(hidden_places(suppress(tally(counts), min_n=min_n)), key=str)
    assume(len(hidden) > 1)
    rows = equations(table, hidden)
    span = np.diag(np.linalg.pinv(rows) @ rows)
    assert (span < 1 - 1e-8).all()


@settings(max_examples=15)
@given(counts_of())
def test_whoever_programs_finds_no_hidden_number(counts: Counts) -> None:
    table = cube(counts)
    hidden = sorted(hidden_places(suppress(tally(counts))), key=str)
    assume(len(hidden) > 1)
    rows = equations(table, hidden)
    n = np.array([sum(table[place]) for place in hidden], float)

    def end(index: int, sign: float) -> float:
        aim = sign * np.eye(n.size)[index]
        found = linprog(aim, A_eq=rows, b_eq=rows @ n)
        return math.inf if found.status == 3 else sign * float(found.fun)

    small = [index for index in range(n.size) if n[index] < 5]
    for index in small[:6]:
        assert end(index, 1) < n[index] - 0.1  # it could be fewer, for all one knows


@given(counts_of(), MIN_N)
def test_what_is_shown_is_what_was_counted(counts: Counts, min_n: int) -> None:
    whole = tally(counts)
    result = suppress(whole, min_n=min_n)
    for size in range(len(whole.axes) + 1):
        for kept in combinations(whole.axes, size):
            margin, wanted = result.margin(*kept), whole.by(*kept).counts.copy()
            wanted[margin.hidden] = 0
            assert margin.shown.counts.tolist() == wanted.tolist()
            assert margin.shown.grid == whole.grid.keep(kept)
    assert result.total == result.margin().shown


@given(counts_of(), MIN_N)
def test_what_is_shown_needs_no_more(counts: Counts, min_n: int) -> None:
    shown = suppress(tally(counts), min_n=min_n).shown
    again = suppress(shown, min_n=min_n)
    assert not again.hidden.any()
    assert again.shown == shown


@given(st.permutations(range(12)), st.permutations(range(3)), st.permutations(range(4)))
def test_labels_in_another_order_are_hidden_alike(
    sizes: list[int], rows: list[int], columns: list[int]
) -> None:
    # Powers of two: no two sums are equal, so there are no ties.
    counts = spread(2 ** np.reshape(sizes, (3, 4)))
    one = suppress(tally(counts)).hidden[np.ix_(rows, columns)]
    other = suppress(tally(counts[np.ix_(rows, columns)])).hidden
    assert one.tolist() == other.tolist()


@given(counts_of(2), st.data())
def test_more_answers_elsewhere_reveal_no_small_group(
    counts: Counts, data: st.DataObject
) -> None:
    before = suppress(tally(counts))
    large = np.argwhere(before.shown.counts.sum(axis=-1) > 0)
    assume(large.size)
    cell = tuple(data.draw(st.sampled_from(large.tolist())))
    counts[cell] += data.draw(st.integers(1, 50))
    after = suppress(tally(counts))
    assert after.primary.tolist() == before.primary.tolist()
    assert after.hidden[before.primary].all()


@given(counts_of(), st.integers(2, 7))
def test_a_higher_threshold_hides_whatever_gave_away_before(
    counts: Counts, min_n: int
) -> None:
    low, high = (suppress(tally(counts), min_n=n) for n in (min_n, min_n + 1))
    assert high.hidden[low.primary].all()
    assert (high.primary | ~low.primary).all()


# Line by line


def hidden_of(sizes: Any, **options: Any) -> Any:
    return suppress(tally(spread(sizes)), **options).hidden.tolist()


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ([3, 9, 102, 8], "1001"),  # one alone is the total less the others
        ([9, 3, 102, 9], "1100"),  # of equal ones the first
        ([3, 2, 102, 9], "1101"),  # 5 together, but 3 could be 4 at most
        ([3, 3, 102, 9], "1100"),
        ([1, 1, 1, 1, 1, 30, 60], "1111110"),  # five people in five groups
        ([4, 0, 2, 50], "1010"),  # nobody hides nobody
        ([4, 0, 0, 50], "1001"),
        ([0, 0, 0, 0], "0000"),
        ([5, 6, 7, 0], "0000"),
        ([3, 3], "11"),
        ([3, 4, 0], "110"),
        ([3, 0, 0], "100"),
    ],
)
def test_one_line(sizes: list[int], hidden: str) -> None:
    assert hidden_of(sizes) == [mark == "1" for mark in hidden]


@pytest.mark.parametrize(
    ("sizes", "total"),
    [([3, 3], 6), ([2, 3], 5), ([3, 0], 0), ([1, 1], 0), ([9, 9], 18)],
)
def test_a_total_goes_only_if_it_must(sizes: list[int], total: int) -> None:
    result = suppress(tally(spread(sizes)))
    assert result.total.n == total
    assert result.margin().hidden.item() == (total == 0)


def test_who_all_agree_are_hidden_however_many_they_are() -> None:
    many = [[0, 0, 900], [20, 30, 40], [200, 300, 400]]
    assert suppress(tally(many)).hidden.tolist() == [True, True, False]
    alike = [[0, 0, 3], [0, 0, 40], [2, 3, 20], [200, 300, 400]]
    # The first two together would be known to agree.
    assert suppress(tally(alike)).hidden.tolist() == [True, True, True, False]
    everybody = suppress(tally([[0, 0, 30], [0, 0, 40]]))
    assert everybody.hidden.all()
    assert everybody.total.n == 0


def test_the_smallest_that_do_are_taken() -> None:
    assert hidden_of([1, 60, 7, 50, 8]) == [True, False, True, False, False]
    assert hidden_of([1, 60, 7, 50, 8], min_n=9) == [True, False, True, False, True]
    assert hidden_of([1, 60, 7, 50, 6], min_n=2) == [True, False, False, False, True]


def test_a_corner_takes_three_more() -> None:
    sizes = [[3, 20, 40], [10, 50, 70], [30, 60, 80]]
    hidden = [[True, True, False], [True, True, False], [False, False, False]]
    assert hidden_of(sizes) == hidden


def test_a_small_total_is_hidden_with_what_it_sums() -> None:
    # Two kinds, each with its own label: totals are as small as the cells.
    result = suppress(tally(spread([[3, 0], [0, 30]])))
    assert result.hidden.tolist() == [[True, False], [False, True]]
    for name in ("shop", "year"):
        assert result.margin(name).hidden.tolist() == [True, True]
        assert result.margin(name).primary.tolist() == [True, False]
    assert result.total.n == 33


@pytest.mark.parametrize(
    ("cells", "before", "after"),
    [
        # Of a lone group its total tells; if nobody else answered, that has to go.
        ([[4, 5], [0, 0]], "100", "101"),
        # A hidden total tells nothing, however small the group.
        ([[1, 2], [30, 30]], "101", "101"),
        # A lone total follows from its groups, the smallest is hidden with it.
        ([[20, 20], [3, 3]], "001", "011"),
        # Two who agree are known to, so a third is needed.
        ([[0, 3], [0, 9], [5, 5], [9, 9]], "11000", "11100"),
        ([[0, 3], [0, 0], [0, 9], [5, 5]], "10000", "10110"),
    ],
)
def test_rules_of_one_line(cells: Any, before: str, after: str) -> None:
    table = _suppression.with_totals(np.array(cells), 1)
    mask = np.array([mark == "1" for mark in before])
    _suppression._close_lines(mask, table, 5)  # noqa: SLF001  alone, before the rest
    assert mask.tolist() == [mark == "1" for mark in after]


# All lines together


def test_two_blocks_give_the_number_between_them_away() -> None:
    mask = np.zeros((5, 5), np.bool_)
    mask[:2, :2] = mask[2:4, 2:4] = True
    assert not _suppression.determined(mask).size
    mask[0, 2] = True  # the sum of two rows less that of two columns
    assert _suppression.determined(mask).tolist() == [[0, 2]]
    mask[3, 1] = True  # now there is a way back
    assert not _suppression.determined(mask).size


def test_hidden_totals_count_as_what_they_sum() -> None:
    mask = np.zeros((3, 3), np.bool_)
    mask[0, 0] = mask[0, 2] = True
    assert _suppression.determined(mask).tolist() == [[0, 0], [0, 2]]
    mask[1, 0] = mask[1, 2] = True
    assert not _suppression.determined(mask).size
    mask[2, 2] = True
    assert _suppression.determined(mask).tolist() == [[2, 2]]


@given(st.lists(st.booleans(), min_size=27, max_size=27), st.integers(1, 3))
def test_determined_is_what_linear_algebra_says(bits: list[bool], axes: int) -> None:
    mask = np.reshape(bits[: 3**axes], (3,) * axes)
    places = [
        tuple(None if i == 2 else int(i) for i in cell) for cell in np.argwhere(mask)
    ]
    table = cube(np.ones((2,) * axes + (1,), np.int64))
    rows = equations(table, places)
    span = np.diag(np.linalg.pinv(rows) @ rows) if places else np.zeros(0)
    wanted = [place for place, x in zip(places, span, strict=True) if x > 1 - 1e-8]
    found = [
        tuple(None if i == 2 else int(i) for i in cell)
        for cell in _suppression.determined(mask)
    ]
    assert found == wanted


def test_a_number_between_two_blocks_gets_a_way_back() -> None:
    sizes = np.full((5, 5), 500)
    sizes[:2, :2] = sizes[2:4, 2:4] = 4
    sizes[0, 2] = 2
    sizes[3, 1] = 90
    table = _suppression.with_totals(spread(sizes), 2)
    small = _suppression.revealing(table, 5)
    assert _suppression.determined(small).tolist() == [[0, 2]]
    more = _suppression.to_hide(table, 5) & ~small
    assert np.argwhere(more).tolist() == [[3, 1]]  # 90 answers; elsewhere it takes 500


def pinned(mask: Any, n: Any) -> Any:
    """Return what is pinned if each group is ambivalent, or would be if it could."""
    return _suppression.pinned(mask, np.stack([n // 2, n - n // 2], axis=-1))


def test_numbers_without_play_are_found() -> None:
    n = np.array([1, 1, 1, 9, 12])
    mask = np.array([True, True, True, False, False])
    assert pinned(mask, n).tolist() == [[0], [1], [2]]
    assert not pinned(mask, np.array([1, 1, 2, 9, 13])).size
    mask[-1] = True  # without a total there is no end
    assert not pinned(mask, n).size
    assert not pinned(mask, n << 50).size  # however large


def test_one_bound_moves_the_next() -> None:
    # 1 + 1 leaves no play in the first row, so none in the columns either.
    n = _suppression.with_totals(np.array([[1, 1], [6, 8]]), 2)
    mask = np.zeros((3, 3), np.bool_)
    mask[:2, :2] = True
    assert len(pinned(mask, n)) == 4
    n = _suppression.with_totals(np.array([[1, 2], [6, 8]]), 2)
    assert not pinned(mask, n).size


def test_answers_that_can_only_be_at_one_point_are_found() -> None:
    # In the first row all answers at the low point are those that are shown.
    table = _suppression.with_totals(np.array([[[0, 4], [0, 9]], [[7, 9], [8, 1]]]), 2)
    mask = np.zeros((3, 3), np.bool_)
    mask[:2, :2] = True
    assert _suppression.pinned(mask, table).tolist() == [[0, 0], [0, 1]]
    table = _suppression.with_totals(np.array([[[0, 4], [1, 9]], [[7, 9], [8, 1]]]), 2)
    assert not _suppression.pinned(mask, table).size


@given(counts_of(), MIN_N)
def test_nothing_hidden_is_left_without_play(counts: Counts, min_n: int) -> None:
    table = _suppression.with_totals(counts, counts.ndim - 1)
    hidden = _suppression.to_hide(table, min_n)
    assert not _suppression.pinned(hidden, table).size or not hidden.ndim


def test_who_has_no_play_gets_more_company() -> None:
    # Both of the first row agree; the columns leave no other answers for them.
    counts = [[[0, 4], [0, 9], [5, 5]], [[7, 9], [8, 1], [30, 30]], [[40, 40]] * 3]
    result = suppress(tally(counts, Scale(0, 1, higher_is_better=True)))
    table = _suppression.with_totals(np.array(counts), 2)
    hidden = _suppression.to_hide(table, 5)
    assert result.hidden.tolist() == hidden[:-1, :-1].tolist()
    assert result.hidden[0].all()


# Weights and missing answers


def test_weights_and_missing_answers_are_hidden_with_the_rest() -> None:
    counts = spread([[3, 20, 40], [10, 50, 70], [30, 60, 80]])
    whole = attrs.evolve(
        tally(counts),
        missing_counts=np.arange(9).reshape(3, 3),
        sum_weights=counts * 1.5,
        sum_squared_weights=counts * 2.25,
    )
    result = suppress(whole)
    assert result.hidden.sum() == 4
    for kept in (("shop", "year"), ("year",), ()):
        margin, wanted = result.margin(*kept), whole.by(*kept)
        for name in ("missing_counts", "sum_weights", "sum_squared_weights"):
            shown, full = getattr(margin.shown, name), getattr(wanted, name)
            assert (shown[~margin.hidden] == full[~margin.hidden]).all()
            assert not shown[margin.hidden].any()
    assert result.total == whole.pooled()


def test_metrics_of_hidden_groups_are_unknown() -> None:
    result = suppress(tally(spread([3, 9, 102]), THREE))
    values = csat(result.shown, boxes=1).value
    assert np.isnan(values).tolist() == [True, True, False]


# What it says

SHOPS = Tally.from_counts(
    [[0, 0, 1, 2, 0], [1, 0, 2, 4, 2], [3, 900, 20, 40, 3000]],
    scale=STARS_1_5,
    by={"shop": ["kiosk", "station", "mall"]},
)
RESULT = suppress(SHOPS)


def test_a_table_says_hidden() -> None:
    assert str(RESULT) == (
        "shop     n       missing  1    2   3   4      5\n"
        "kiosk    hidden\n"
        "station  hidden\n"
        "mall      3,963        0  3  900  20  40  3,000"
    )
    caption, *cells = ET.fromstring(RESULT._repr_html_()).itertext()  # noqa: S314
    assert caption == repr(RESULT)
    assert cells.count("hidden") == 2
    assert "3,963" in [cell.strip() for cell in cells]
    assert str(RESULT.margin()).splitlines()[1].split()[:2] == ["answers", "3,975"]


def test_a_label_that_looks_like_a_point_keeps_its_column() -> None:
    odd = Tally.from_counts([[5, 6, 7]], scale=THREE, by={"1": ["a"]})
    assert " ".join(str(suppress(odd)).split()[:6]) == "1 n missing (1) 2 3"


FEW = "fewer than 5 answers or only equal ones"
FOUR = " 4 totals are hidden as well."
MORE = "cannot be worked out from the totals."


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([9, 9], "None of 2 groups has to be hidden."),
        (
            [3, 9, 102],
            f"2 of 3 groups are hidden: 1 has {FEW}, 1 more so that this {MORE}",
        ),
        (
            [3, 2, 9, 102],
            f"3 of 4 groups are hidden: 2 have {FEW}, 1 more so that these {MORE}",
        ),
        ([3, 3, 102], f"2 of 3 groups are hidden: 2 have {FEW}."),
        (
            [3, 0],
            f"1 of 2 groups is hidden: 1 has {FEW}. 1 total is hidden as well.",
        ),
        (
            [[3, 0], [0, 30]],
            f"2 of 4 groups are hidden: 1 has {FEW}, 1 more so that this {MORE}{FOUR}",
        ),
        ([1, 1], f"2 of 2 groups are hidden: 2 have {FEW}. 1 total is hidden as well."),
        (4, f"1 of 1 group is hidden: 1 has {FEW}."),
        (40, "None of 1 group has to be hidden."),
    ],
)
def test_the_summary_says_why(sizes: Any, said: str) -> None:
    assert suppress(tally(spread(sizes))).summary() == said


def test_totals_hidden_for_the_sake_of_others_say_so() -> None:
    # Six groups with six answers: each has one, if the six are known.
    total = suppress(tally([[1, 0, 0], [0, 1, 0]] * 3)).margin()
    assert total.summary() == (
        "1 of 1 group is hidden: what is hidden elsewhere could be worked out from it."
    )
    assert not total.primary


def test_one_line_says_the_rest() -> None:
    assert repr(RESULT) == "Suppressed 1-5, shop (3), 2 of 3 groups hidden, min_n = 5"
    assert repr(RESULT.margin()) == "Suppressed 1-5, 0 of 1 group hidden, min_n = 5"
    assert len(RESULT) == 3
    assert RESULT.hidden_cells == [{"shop": "kiosk"}, {"shop": "station"}]
    assert suppress(samples.airport()).hidden_cells == []


def test_records_hold_nothing_that_is_hidden() -> None:
    records = RESULT.to_records()
    assert records[0] == {"shop": "kiosk", "answer": 1, "n": None}
    assert records[-1] == {"shop": "mall", "answer": 5, "n": 3000}
    assert [record["n"] is None for record in records] == [True] * 10 + [False] * 5
    columns = RESULT.to_columns()
    assert list(columns) == ["shop", "answer", "n"]
    assert columns["n"] == [record["n"] for record in records]
    weights = np.ones(5)
    few = Tally.count(
        [1, 2, 3, 3, 1], scale=THREE, weights=weights, by=["a"] * 4 + ["b"]
    )
    assert {record["sum_weights"] for record in suppress(few).to_records()} == {None}


def test_plain_values_hold_nothing_that_is_hidden() -> None:
    plain = RESULT.to_dict()
    assert plain["counts"] == [[None] * 5, [None] * 5, [3, 900, 20, 40, 3000]]
    assert plain["missing_counts"] == [None, None, 0]
    assert plain["sum_weights"] is None
    assert plain["hidden"] == [True, True, False]
    assert plain["primary"] == [True, False, False]
    assert plain["min_n"] == 5
    assert plain["axes"] == {"shop": ["kiosk", "station", "mall"]}
    [total] = plain["margins"]
    assert total["counts"] == [4, 900, 23, 46, 3002]
    assert total["margins"] == []


# Margins


def test_margins_come_in_the_order_asked_for() -> None:
    counts = spread(np.arange(1, 25).reshape(2, 3, 4))
    result = suppress(tally(counts))
    turned = result.margin("kind", "shop", "year")
    assert turned.shown == result.shown.by("kind", "shop", "year")
    assert turned.hidden.tolist() == result.hidden.transpose(2, 0, 1).tolist()
    assert turned.primary.tolist() == result.primary.transpose(2, 0, 1).tolist()
    assert turned.margin("shop", "year", "kind") == result
    assert turned.margin("year", "kind") == result.margin("year", "kind")
    assert result.margin("shop", "year", "kind") is result


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (["town"], "axis must name an axis; got 'town'; axes are shop"),
        (["shop", "shop"], "axis must be named once; got 'shop, shop'"),
    ],
)
def test_margins_are_those_of_axes(axes: list[str], message: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        RESULT.margin(*axes)
    assert str(caught.value) == message


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 1, 3)])
def test_where_nobody_answered_nothing_is_hidden(shape: tuple[int, ...]) -> None:
    result = suppress(tally(np.zeros((*shape, 3), int)))
    assert not result.hidden.any()
    assert result.total.n == 0
    assert len(result) == math.prod(shape)
    assert str(result)


# A frozen value


@given(counts_of())
def test_copies_are_equal_and_cannot_be_written(counts: Counts) -> None:
    result = suppress(tally(counts))
    copied = pickle.loads(pickle.dumps(result))  # noqa: S301  our own
    assert result == copied == copy.deepcopy(result)
    for name in ("hidden", "primary"):
        assert not getattr(copied, name).flags.writeable


def test_what_differs_is_not_equal() -> None:
    assert suppress(SHOPS) == RESULT
    assert suppress(SHOPS, min_n=4) != RESULT
    assert attrs.evolve(RESULT, primary=[False] * 3) != RESULT
    other = attrs.evolve(RESULT.margins[0], shown=SHOPS.pooled() + SHOPS.pooled())
    assert attrs.evolve(RESULT, margins=[other]) != RESULT
    empty = suppress(
        Tally.from_counts(np.zeros((3, 5)), scale=STARS_1_5, by=list("abc"))
    )
    assert attrs.evolve(empty, hidden=[True, False, False]) != empty
    assert RESULT.__eq__(1) is NotImplemented
    with pytest.raises(TypeError):
        hash(RESULT)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        (
            {"shown": SHOPS.counts},
            InvalidTypeError,
            "shown must be a Tally; got ",
        ),
        (
            {"hidden": [1, 1, 0]},
            InvalidTypeError,
            "hidden must hold truth values; got 'int64'",
        ),
        ({"primary": None}, InvalidTypeError, "primary must hold truth values; got "),
        (
            {"hidden": [True]},
            InvalidValueError,
            "hidden must have the shape of the axes (3,); got (1,)",
        ),
        (
            {"primary": [[True] * 3]},
            InvalidValueError,
            "primary must have the shape of the axes (3,); got (1, 3)",
        ),
        (
            {"primary": [False, False, True]},
            InvalidValueError,
            "primary[2] must be hidden, too; got True",
        ),
        (
            {"hidden": [True] * 3},
            InvalidValueError,
            "shown[2] must be without answers where it is hidden; got 3963",
        ),
        (
            {"min_n": 4000},
            InvalidValueError,
            "shown[2] must have no answers, or 4000 or more and not all alike, per ",
        ),
        (
            {"shown": attrs.evolve(RESULT.shown, missing_counts=[0, 2, 5])},
            InvalidValueError,
            "shown[1] must be without answers where it is hidden; got 0",
        ),
        ({"min_n": 1}, InvalidValueError, "min_n must be at least 2; got 1; 5 is "),
        ({"margins": 5}, InvalidTypeError, "margins must be a series of Suppressed"),
        (
            {"margins": [SHOPS]},
            InvalidTypeError,
            "margins[0] must be a Suppressed; got Tally",
        ),
        ({"margins": []}, InvalidValueError, "margins must be the sums over each axis"),
        (
            {"margins": [RESULT]},
            InvalidValueError,
            "margins must be the sums over each axis; got ['shop (3)']",
        ),
        (
            {"margins": [suppress(SHOPS, min_n=4).margin()]},
            InvalidValueError,
            "margins must be the sums over each axis",
        ),
        (
            {"margins": [suppress(Tally.from_counts([0] * 11, scale=RECOMMEND_0_10))]},
            InvalidValueError,
            "margins must be the sums over each axis",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    fields: dict[str, Any], error: type[CxmError], message: str
) -> None:
    with pytest.raises(error) as caught:
        attrs.evolve(RESULT, **fields)
    assert str(caught.value).startswith(message)


def test_what_was_hidden_for_agreeing_cannot_be_shown() -> None:
    agree = Tally.from_counts([0, 0, 9], scale=THREE, by=None)
    with pytest.raises(InvalidValueError, match="not all alike"):
        Suppressed(shown=agree, hidden=False, primary=False, min_n=2)


@pytest.mark.parametrize(
    ("given", "options", "error", "message"),
    [
        (
            [1, 2],
            {},
            InvalidTypeError,
            "tally must be a Tally; got [1, 2]; count one with Tally.count(",
        ),
        (None, {}, InvalidTypeError, "tally must be a Tally; got None; count one "),
        (SHOPS, {"min_n": 1}, InvalidValueError, "min_n must be at least 2; got 1"),
        (SHOPS, {"min_n": -3}, InvalidValueError, "min_n must be at least 2; got -3"),
        (SHOPS, {"min_n": True}, InvalidTypeError, "min_n must be a whole number; "),
        (SHOPS, {"min_n": 5.0}, InvalidTypeError, "min_n must be a whole number; "),
        (SHOPS, {"min_n": "5"}, InvalidTypeError, "min_n must be a whole number; "),
        (SHOPS, {"min_n": None}, InvalidTypeError, "min_n must be a whole number; "),
    ],
)
def test_bad_input_is_refused(
    given: Any, options: dict[str, Any], error: type[CxmError], message: str
) -> None:
    with pytest.raises(error) as caught:
        suppress(given, **options)
    assert str(caught.value).startswith(message)


def test_whole_numbers_of_numpy_are_numbers() -> None:
    least: Any = np.int8(5)
    assert suppress(SHOPS, min_n=least) == RESULT
    assert type(suppress(SHOPS, min_n=least).min_n) is int
    assert Axes(("shop",), (("kiosk", "station", "mall"),)) == RESULT.shown.grid


def test_large_tables_are_no_trouble() -> None:
    sizes = np.random.default_rng(3).poisson(np.linspace(0, 60, 24), (300, 24))
    table = _suppression.with_totals(spread(sizes), 2)
    hidden = _suppression.to_hide(table, 5)
    assert not _suppression.determined(hidden).size
    assert not _suppression.pinned(hidden, table).size
    share = hidden.mean() - _suppression.revealing(table, 5).mean()
    assert 0 < share < 0.05


def test_who_all_count_alike_are_hidden_on_the_scale_that_tells_only_that() -> None:
    stars = tally([[4, 3, 0, 0, 0], [9, 9, 9, 9, 9]], STARS_1_5)
    assert csat(suppress(stars).shown).value[0] == 0  # 7 are known not to be satisfied
    two = Scale(0, 1, higher_is_better=True)
    classes = np.stack([stars.counts[:, :3].sum(1), stars.counts[:, 3:].sum(1)], axis=1)
    assert suppress(tally(classes, two)).hidden.tolist() == [True, True]
