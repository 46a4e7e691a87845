"""Histories of customers: published ones, fractions, laws, refusals, what is said."""

import copy
import pickle
import runpy
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cxmkit.lifetime import CustomerHistory

Event = tuple[Any, Any, Any]
from_events = CustomerHistory.from_events
from_summary = CustomerHistory.from_summary

refusals = runpy.run_path(str(Path(__file__).with_name("refusals.py")))
judge: Callable[[Callable[[], object], str], None] = refusals["judge"]
NAN = float("nan")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
UNITS = {"s": 1, "m": 60, "h": 3600, "D": 86400}
STATE = ("frequency", "recency", "age", "spend", "weights")


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


def same(found: dict[Any, Any], expected: dict[Any, Any]) -> bool:
    return found.keys() == expected.keys() and all(
        found[key] == close(tuple(map(float, expected[key]))) for key in found
    )


def of(events: Sequence[Event], **options: Any) -> CustomerHistory:
    customer, time, amount = zip(*events, strict=True)
    given: dict[str, Any] = {"customer": [*customer], "amount": [*amount]}
    return from_events(time=np.array(time), **given | options)


def numbered(events: Sequence[Event], **options: Any) -> CustomerHistory:
    return of(events, **{"end": 100, "unit": "x", "collapse": 1} | options)


# By hand: a dictionary per customer, exact fractions


def slow(
    events: Sequence[Event], grain: Fraction | None, end: Any, offset: Any = 0
) -> dict[Any, tuple[Any, ...]]:
    """Frequency, recency, age in the unit of the times, and mean of later amounts."""

    def cut(time: Any) -> Any:
        exact = Fraction(time) + offset
        return exact if grain is None else floor(exact / grain) * grain

    bills: dict[Any, dict[Any, Fraction]] = {}
    for customer, time, amount in events:
        at = cut(time)
        mine = bills.setdefault(customer, {})
        mine[at] = mine.get(at, Fraction(0)) + Fraction(amount)
    found = {}
    for customer, mine in bills.items():
        first, *later = sorted(mine)
        spend = sum(mine[at] for at in later) / len(later) if later else NAN
        recency = (later[-1] if later else first) - first
        found[customer] = (len(later), recency, cut(end) - first, spend)
    return found


def rows_of(history: CustomerHistory) -> dict[Any, tuple[Any, ...]]:
    columns = history.to_columns()
    names = ("frequency", "recency", "age", "spend")
    rows = zip(*(columns[name].tolist() for name in names), strict=True)
    return dict(zip(columns["customers"].tolist(), rows, strict=True))


amounts = st.integers(1, 64).map(lambda each: each / 8)


def events(times: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Event]]:
    return st.lists(st.tuples(st.integers(1, 5), times, amounts), min_size=1)


@given(
    rows=events(st.integers(-40, 40)),
    own=st.sampled_from([*UNITS]),
    unit=st.sampled_from([*SECONDS]),
    collapse=st.sampled_from([*SECONDS]),
    rest=st.integers(0, 10**6),
)
@example([(1, 3, 1), (1, 4, 1), (1, 10, 1), (1, 11, 1)], "D", "week", "week", 0)
@example([(1, -4, 1), (1, -3, 1), (1, 3, 1)], "D", "day", "week", 0)
@example([(1, -1, 1), (1, 0, 1)], "s", "second", "day", 0)
def test_instants_as_counted_by_hand(
    rows: list[Event], own: str, unit: str, collapse: str, rest: int
) -> None:
    size, ruler, grain = UNITS[own], SECONDS[unit], SECONDS[collapse]
    last = max(time for _, time, _ in rows) * size + rest
    ruled: Any = own
    moved = [(who, np.datetime64(time, ruled), amount) for who, time, amount in rows]
    history = of(moved, end=np.datetime64(last, "s"), unit=unit, collapse=collapse)
    # 1 January 1970 was a Thursday, and weeks begin on Monday.
    offset = 3 * 86400 if collapse == "week" else 0
    exact = [(customer, time * size, amount) for customer, time, amount in rows]
    expected = slow(exact, Fraction(grain), last, offset)
    ruled_rows = {
        who: (x, tx / ruler, t / ruler, z) for who, (x, tx, t, z) in expected.items()
    }
    assert same(rows_of(history), ruled_rows)


@given(
    rows=events(st.integers(-400, 400).map(lambda each: each / 8)),
    width=st.sampled_from([0.125, 0.5, 1, 3, 7.25, 1000]),
    rest=st.integers(0, 99),
)
def test_numbers_as_counted_by_hand(rows: list[Event], width: float, rest: int) -> None:
    last = max(time for _, time, _ in rows) + rest / 8
    history = numbered(rows, end=last, collapse=width)
    expected = slow(rows, Fraction(width), last)
    assert same(rows_of(history), expected)


floats = st.floats(-1e9, 1e9)


@given(rows=events(floats), rest=st.floats(0, 1e9))
@example([(1, -0.0, 1), (1, 1, 1), (2, 0.0, 1), (2, 1, 1)], 0.0)
@example([(1, -3.5, 1), (1, -7.25, 1), (1, 2.0, 1), (1, -1e-300, 1)], 1.0)
def test_numbers_that_are_not_collapsed(rows: list[Event], rest: float) -> None:
    last = max(time for _, time, _ in rows) + rest
    assume(len({(customer, time) for customer, time, _ in rows}) == len(rows))
    history = numbered(rows, end=last, collapse=None)
    expected = slow(rows, None, last)
    assert same(rows_of(history), expected)


@pytest.mark.parametrize("width", [0.1, 0.3, 1 / 7, 1e-3, 2.2])
def test_rounding_does_not_move_a_time_into_the_grain_before(width: float) -> None:
    places = np.arange(1, 2_000)
    times = [
        x for place in places for x in (place * width, place * (1 - 1e-13) * width)
    ]
    history = numbered(
        [(1, time, 1) for time in times], end=2_000 * width, collapse=width
    )
    assert history.frequency.tolist() == [1_999]  # 0 to 1999: grains, not boundaries
    assert history.age == close([2_000 * width])


def test_whole_grains_only_where_there_is_a_grain() -> None:
    rows = [(1, 0.9, 1), (1, 1.1, 2), (1, 3.5, 4), (1, 3.6, 8)]
    assert rows_of(numbered(rows, end=5.5)) == {1: (2, 3.0, 5.0, 7.0)}
    plain = numbered(rows, end=5.5, collapse=None)
    assert rows_of(plain) == {1: (3, close(2.7), close(4.6), close(14 / 3))}


def test_what_merges_with_the_first_purchase_is_part_of_it() -> None:
    rows = [(1, 0.2, 100), (1, 0.8, 100), (1, 3, 2), (1, 3.5, 2), (2, 7, 5), (2, 7, 6)]
    assert rows_of(numbered(rows)) == {1: (1, 3, 100, 4), 2: close((0, 0, 93, NAN))}


def test_of_two_first_purchases_at_one_time_the_later_row_is_a_repeat() -> None:
    rows: list[Event] = [(1, 5, 7), (1, 0, 10), (1, 0, 3)]
    assert rows_of(numbered(rows, collapse=None)) == {1: (2, 5, 100, 5)}
    rows = [(1, 5, 7), (1, 0.0, 10), (1, -0.0, 3)]
    assert rows_of(numbered(rows, collapse=None)) == {1: (2, 5, 100, 5)}


@given(rows=events(st.integers(-5_000, 5_000)), collapse=st.sampled_from([*SECONDS]))
def test_all_units_tell_of_the_same_people(rows: list[Event], collapse: str) -> None:
    moved = [(who, np.datetime64(time, "h"), amount) for who, time, amount in rows]
    told = {
        unit: of(moved, end=np.datetime64(5_000, "h"), unit=unit, collapse=collapse)
        for unit in SECONDS
    }
    for history in told.values():
        assert np.array_equal(history.rows, told["week"].rows)
        assert np.array_equal(history.frequency, told["week"].frequency)
    whole = collapse in {"day", "week"}
    for name in ("age", "recency"):
        found = {unit: getattr(history, name) for unit, history in told.items()}
        assert found["day"] / 7 == close(found["week"])
        assert found["minute"] / 60 == close(found["hour"])
        if whole:
            assert np.array_equal(found["day"] / 7, found["week"])
            assert np.array_equal(found["day"] * 86400, found["second"])


# Published


@pytest.mark.reference
def test_the_first_customers_of_the_cdnow_study() -> None:
    """Fader, Hardie and Lee (2005); amounts as in Fader and Hardie (2013)."""
    bought = [
        (1, "1997-01-01", 29.33),
        (1, "1997-01-18", 29.73),
        (1, "1997-08-02", 14.96),
        (2, "1997-01-01", 63.34),
        (2, "1997-01-13", 11.77),
        (3, "1997-01-01", 6.79),
    ]
    history = of(
        [(who, np.datetime64(day), amount) for who, day, amount in bought],
        end=np.datetime64("1997-09-30"),
        unit="week",
        collapse="day",
    )
    published = {1: (2, 30.43, 38.86, 22.35), 2: (1, 1.71, 38.86, 11.77)}
    for customer, row in published.items():
        assert rows_of(history)[customer] == pytest.approx(row, abs=0.0051)
    assert rows_of(history)[3] == pytest.approx(
        (0, 0, 38.86, NAN), abs=5e-3, nan_ok=True
    )


# Who is who


def test_customers_stand_as_in_a_log() -> None:
    numbers = numbered([(9, 0, 1), (2, 0, 1), (9, 1, 1)])
    assert numbers.customers is not None
    assert numbers.customers.tolist() == [2, 9]
    assert numbers.expand(numbers.frequency).tolist() == [0, 1]
    texts = numbered([("z", 0, 1), ("a", 0, 1), ("z", 1, 1)])
    assert texts.customers is not None
    assert texts.customers.tolist() == ["z", "a"]
    assert texts.expand(texts.frequency).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (np.array([2**63 + 5, 2**63, 2**63], np.uint64), [2**63, 2**63 + 5]),
        (np.array([7, 3, 3], np.int8), [3, 7]),
        (([2, 0, 0], ["a", "never", "c"]), ["a", "c"]),
        (np.fromiter([(2, "x"), (1, "y"), (1, "y")], object, 3), [(2, "x"), (1, "y")]),
        (["a", 7, 7], ["a", 7]),
        ([1.5, 0.5, 0.5], [1.5, 0.5]),
    ],
)
def test_ids_of_all_kinds(column: Any, expected: list[Any]) -> None:
    history = from_events(
        customer=column, time=[0, 0, 2], end=3, unit="x", collapse=None
    )
    assert history.customers is not None
    assert history.customers.tolist() == expected
    assert sorted(history.expand(history.recency).tolist()) == [0, 2]
    assert pickle.loads(pickle.dumps(history)) == history  # noqa: S301  our own


def test_ids_of_a_summary_keep_their_order() -> None:
    history = from_summary(
        frequency=[1, 0], recency=[1, 0], age=[2, 2], unit="x", customers=[9, 2]
    )
    assert history.customers is not None
    assert history.customers.tolist() == [9, 2]
    assert history.expand(history.frequency).tolist() == [1, 0]


# Rows and weights


def summaries(*, spend: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Few values, so that customers are alike."""

    def row(parts: tuple[int, int, int, int]) -> tuple[Any, ...]:
        x, tx, rest, z = parts
        return (x, tx if x else 0, (tx if x else 0) + rest, z / 2 if x else NAN)

    one = st.tuples(*(st.integers(0, 2), *[st.integers(1, 2)] * 3)).map(row)

    def columns(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
        names = ("frequency", "recency", "age", *("spend",) * spend)
        return dict(zip(names, map(list, zip(*rows, strict=True)), strict=False))

    return st.lists(one, min_size=1, max_size=20).map(columns)


@given(summaries(spend=True) | summaries(spend=False))
def test_rows_are_those_that_differ(columns: dict[str, Any]) -> None:
    history = from_summary(**columns, unit="x")
    told = [*zip(*columns.values(), strict=True)]
    key = {row: tuple(np.nan_to_num(row).tolist()) for row in told}
    distinct = sorted({key[row] for row in told})
    found = [
        tuple(np.nan_to_num(row).tolist())
        for row in zip(*(getattr(history, name) for name in columns), strict=True)
    ]
    assert found == distinct
    assert [found[row] for row in history.rows] == [key[row] for row in told]
    counts = [sum(key[row] == each for row in told) for each in distinct]
    assert history.weights.tolist() == counts
    assert len(history) == history.n == len(told)


@given(summaries(spend=True))
def test_times_alone_are_those_of_a_history_without_amounts(
    columns: dict[str, Any],
) -> None:
    without = {name: values for name, values in columns.items() if name != "spend"}
    bare = from_summary(**without, unit="x")
    timings = from_summary(**columns, unit="x").timings()
    for found, expected in zip(timings, bare.timings(), strict=True):
        assert np.array_equal(found, expected)
    names = ("frequency", "recency", "age", "weights")
    for found, name in zip(bare.timings(), names, strict=True):
        assert found is getattr(bare, name)


@given(summaries(spend=True), st.data())
def test_weights_say_how_many_are_alike(
    columns: dict[str, Any], data: st.DataObject
) -> None:
    size = len(columns["age"])
    weights = data.draw(st.lists(st.integers(1, 5), min_size=size, max_size=size))
    weighted = from_summary(**columns, unit="x", weights=weights)
    repeated = {name: np.repeat(values, weights) for name, values in columns.items()}
    whole = from_summary(**repeated, unit="x")
    for name in STATE:
        assert np.array_equal(
            getattr(weighted, name), getattr(whole, name), equal_nan=True
        )
    assert (len(weighted), weighted.n) == (size, sum(weights))
    assert weighted.repeat_share == whole.repeat_share
    again = from_summary(**weighted.to_columns(), unit="x")
    assert np.array_equal(again.rows, weighted.rows)
    assert again.weights == close(weighted.weights)
    assert ("weights" in weighted.to_columns()) == (set(weights) != {1})


def test_zero_has_no_sign() -> None:
    history = from_summary(
        frequency=[0, 0], recency=[-0.0, 0.0], age=[-0.0, 0.0], unit="x"
    )
    assert len(history.frequency) == 1
    assert not np.signbit([*history.recency, *history.age]).any()


@pytest.mark.parametrize("nothing", [0, None, NAN, -0.0])
def test_no_spend_without_repeats(nothing: Any) -> None:
    history = from_summary(
        frequency=[0, 0, 1],
        recency=[0, 0, 1],
        age=[2, 2, 2],
        spend=[nothing, 0, 3],
        unit="x",
    )
    assert history.spend is not None
    assert history.spend.tolist() == close([NAN, 3])
    assert history.weights.tolist() == [2, 1]


def test_a_sum_holds_the_rows_of_both_in_order() -> None:
    other = small(
        frequency=[0, 2], recency=[0, 4], age=[5, 6], spend=[0, 4], customers=[7, 8]
    )
    expected = {
        "frequency": [0, 2, 2, 2],
        "recency": [0, 4, 4, 4],
        "age": [5, 6, 6, 6],
        "unit": "week",
        "spend": close([NAN, 3.5, 4, 4.5]),
        "weights": [2, 1, 1, 1],
        "rows": [1, 0, 3, 0, 2],
        "customers": ["ann", "bob", "eve", 7, 8],
    }
    assert (small() + other).to_dict() == expected


# Laws


money = st.floats(0.01, 1e6)


@given(
    rows=st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 9), money), min_size=2, max_size=60
    ),
    chosen=st.sets(st.integers(1, 9)),
)
def test_merged_histories_are_the_whole_bit_for_bit(
    rows: list[Event], chosen: set[int]
) -> None:
    parts = [
        [row for row in rows if (row[0] in chosen) == wanted]
        for wanted in (True, False)
    ]
    assume(all(parts))
    whole = numbered(rows)
    first, second = (numbered(part) for part in parts)
    merged = first + second
    for name in STATE:
        found, expected = (getattr(each, name) for each in (merged, whole))
        assert found.tobytes() == expected.tobytes()
    assert same(rows_of(merged), rows_of(whole))
    assert merged.customers is not None
    assert merged.customers.tolist() == [
        *first.customers.tolist(),  # type: ignore[union-attr]
        *second.customers.tolist(),  # type: ignore[union-attr]
    ]
    assert sum([first, second]) == merged
    assert len(merged) == len(first) + len(second)
    assert first + 0 is first


@given(rows=events(st.integers(0, 30)), seed=st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(rows: list[Event], seed: Any) -> None:
    shuffled = copy.copy(rows)
    seed.shuffle(shuffled)
    assert numbered(shuffled, collapse=3) == numbered(rows, collapse=3)


@given(rows=events(st.integers(0, 30)), shift=st.integers(-99, 99))
def test_whole_grains_later_it_is_the_same(rows: list[Event], shift: int) -> None:
    moved = [(who, time + 3 * shift, amount) for who, time, amount in rows]
    later = numbered(moved, collapse=3, end=31 + 3 * shift)
    assert later == numbered(rows, collapse=3, end=31)


@given(rows=events(st.integers(0, 60)))
def test_coarser_grains_have_fewer_purchases(rows: list[Event]) -> None:
    fine, middle, coarse = (
        numbered(rows, collapse=width, end=60) for width in (1, 2, 6)
    )
    for some, fewer in ((fine, middle), (middle, coarse)):
        assert (some.expand(some.frequency) >= fewer.expand(fewer.frequency)).all()


@given(summaries(spend=True))
def test_out_and_in_again(columns: dict[str, Any]) -> None:
    names = [f"c{number}" for number in range(len(columns["age"]))]
    history = from_summary(**columns, unit="x", customers=names)
    assert from_summary(**history.to_columns(), unit="x") == history
    assert CustomerHistory(**history.to_dict()) == history
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(history, protocol))  # noqa: S301  our own
        assert again == history
        assert not again.age.flags.writeable
    assert copy.deepcopy(history) == history == copy.copy(history)
    assert history.to_columns().keys() == {"customers", *columns}
    records = history.to_records()
    assert [record["customers"] for record in records] == names
    assert [record["spend"] for record in records] == [
        z if x else None
        for x, z in zip(columns["frequency"], columns["spend"], strict=True)
    ]


# What a history is


def small(**options: Any) -> CustomerHistory:
    given: dict[str, Any] = {
        "frequency": [2, 0, 2],
        "recency": [4, 0, 4],
        "age": [6, 5, 6],
        "spend": [3.5, 0, 4.5],
        "unit": "week",
        "customers": ["ann", "bob", "eve"],
    }
    return from_summary(**given | options)


FIELDS: dict[str, Any] = {
    "frequency": [0, 2, 2],
    "recency": [0, 4, 4],
    "age": [5, 6, 6],
    "spend": [NAN, 3.5, 4.5],
    "weights": [1, 1, 1],
    "rows": [1, 0, 2],
    "unit": "week",
    "customers": ["ann", "bob", "eve"],
}


def test_fields_are_what_the_doors_make() -> None:
    assert CustomerHistory(**FIELDS) == small()
    kinds = {"frequency": np.int64, "rows": np.int64, "weights": np.float64}
    for name in ("frequency", "recency", "age", "spend", "weights", "rows"):
        column = getattr(small(), name)
        assert column.dtype == kinds.get(name, np.float64)
        assert not column.flags.writeable
    customers = small().customers
    assert customers is not None
    assert not customers.flags.writeable


def test_arrays_of_the_caller_are_left_alone() -> None:
    age = np.array([5.0, 6.0])
    history = from_summary(frequency=[0, 0], recency=[0, 0], age=age, unit="x")
    age[0] = 9
    assert history.age.tolist() == [5, 6]
    assert age.flags.writeable


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "day"},
        {"spend": [3.5, 0, 5]},
        {"spend": None},
        {"customers": None},
        {"customers": ["ann", "bob", "kim"]},
        {"customers": [1, 2, 3]},
        {"age": [6, 4, 6]},
        {"weights": [1, 2, 1]},
        {"spend": [4.5, 0, 3.5]},
    ],
)
def test_equal_is_what_is_equal_in_all_fields(change: dict[str, Any]) -> None:
    assert small() == small()
    assert small(**change) != small()
    assert small() != small(**change)
    with pytest.raises(TypeError, match="unhashable"):
        hash(small())
    assert small() != "history"
    assert small(customers=None) == small(customers=None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"frequency": [0.5, 2, 2]},
            "InvalidTypeError: frequency must hold whole numbers; got dtype('float64')",
        ),
        (
            {"frequency": [[0, 2, 2]]},
            (
                "InvalidValueError: frequency must be a column (one dimension); got"
                " '2 dimensions'"
            ),
        ),
        (
            {"frequency": [-1, 2, 2]},
            "InvalidValueError: frequency[0] must not be negative; got -1",
        ),
        ({"frequency": []}, "EmptySampleError: frequency holds no customers"),
        (
            {"recency": [0, 4]},
            "InvalidValueError: recency must have the shape (3,); got (2,)",
        ),
        (
            {"recency": [0, 4, NAN]},
            "InvalidValueError: recency[2] must be finite; got nan",
        ),
        (
            {"recency": [0, 7, 7]},
            (
                "InvalidValueError: recency[1] must not lie beyond age; got 7;"
                " recency is the time from the first purchase to the last one"
            ),
        ),
        (
            {"recency": [1, 4, 4]},
            (
                "InvalidValueError: recency[0] must be 0 where frequency is 0; got 1;"
                " recency is the time from the first purchase to the last one"
            ),
        ),
        (
            {"recency": [0, 0, 4]},
            (
                "InvalidValueError: recency[1] must be positive where frequency is;"
                " got 0; purchases of the same time are one; frequency leaves the"
                " first one out"
            ),
        ),
        (
            {"recency": ["a", 4, 4]},
            "InvalidTypeError: recency must hold numbers; got dtype('<U21')",
        ),
        ({"age": [-5, 6, 6]}, "InvalidValueError: age[0] must not be negative; got -5"),
        ({"age": [5, 6]}, "InvalidValueError: age must have the shape (3,); got (2,)"),
        (
            {"unit": " "},
            "InvalidValueError: unit must have at least one visible character; got ' '",
        ),
        ({"unit": None}, "InvalidTypeError: unit must be a str; got None"),
        (
            {"spend": [1, 3.5, 4.5]},
            "InvalidValueError: spend[0] must be NaN where frequency is 0; got 1",
        ),
        (
            {"spend": [NAN, NAN, 4.5]},
            (
                "InvalidValueError: spend[1] must be positive and finite where there"
                " are repeat purchases; got nan; leave such customers out, or spend"
                " altogether"
            ),
        ),
        (
            {"spend": [NAN, 0, 4.5]},
            (
                "InvalidValueError: spend[1] must be positive and finite where there"
                " are repeat purchases; got 0; leave such customers out, or spend"
                " altogether"
            ),
        ),
        (
            {"spend": [NAN, 1, np.inf]},
            (
                "InvalidValueError: spend[2] must be positive and finite where there"
                " are repeat purchases; got inf; leave such customers out, or spend"
                " altogether"
            ),
        ),
        (
            {"spend": [NAN, 4.5]},
            "InvalidValueError: spend must have the shape (3,); got (2,)",
        ),
        (
            {"spend": ["a", "b", "c"]},
            "InvalidTypeError: spend must hold numbers; got dtype('<U1')",
        ),
        (
            {"spend": [NAN, 4.5, 3.5]},
            (
                "InvalidValueError: frequency[2] must ascend with recency, age and"
                " spend, without a row twice; got 2; CustomerHistory.from_summary"
                " puts rows in order"
            ),
        ),
        (
            {"spend": [NAN, 4.5, 4.5]},
            (
                "InvalidValueError: frequency[2] must ascend with recency, age and"
                " spend, without a row twice; got 2; CustomerHistory.from_summary"
                " puts rows in order"
            ),
        ),
        (
            {"spend": None},
            (
                "InvalidValueError: frequency[2] must ascend with recency, age and"
                " spend, without a row twice; got 2; CustomerHistory.from_summary"
                " puts rows in order"
            ),
        ),
        (
            {
                "frequency": [0, 0, 2],
                "recency": [0, 0, 4],
                "age": [5, 5, 6],
                "spend": [NAN, NAN, 4.5],
            },
            (
                "InvalidValueError: frequency[1] must ascend with recency, age and"
                " spend, without a row twice; got 0; CustomerHistory.from_summary"
                " puts rows in order"
            ),
        ),
        (
            {"frequency": [2, 0, 2], "recency": [4, 0, 4], "age": [6, 7, 8]}
            | {"spend": None},
            (
                "InvalidValueError: frequency[1] must ascend with recency, age and"
                " spend, without a row twice; got 0; CustomerHistory.from_summary"
                " puts rows in order"
            ),
        ),
        (
            {"weights": [1, 0, 1]},
            "InvalidValueError: weights[1] must be positive; got 0",
        ),
        (
            {"weights": [1, 1]},
            "InvalidValueError: weights must have the shape (3,); got (2,)",
        ),
        (
            {"weights": [1, 1, np.inf]},
            "InvalidValueError: weights[2] must be finite; got inf",
        ),
        (
            {"rows": [1, 0, 3]},
            "InvalidValueError: rows[2] must be one of the 3 rows, from 0; got 3",
        ),
        (
            {"rows": [1, 0, -1]},
            "InvalidValueError: rows[2] must not be negative; got -1",
        ),
        (
            {"rows": [1, 0, 1]},
            (
                "InvalidValueError: rows must name each row at least once; got 'none"
                " for row 2'"
            ),
        ),
        (
            {"rows": [[1, 0, 2]]},
            "InvalidValueError: rows must be a column; got '2 dimensions'",
        ),
        (
            {"rows": [1.0, 0, 2]},
            "InvalidTypeError: rows must hold whole numbers; got dtype('float64')",
        ),
        (
            {"customers": ["a", "b"]},
            "InvalidValueError: customers must have the shape (3,); got (2,)",
        ),
        (
            {"customers": ["a", "b", "a"]},
            "InvalidValueError: customers[2] must be there once; got 'a'",
        ),
        ({"customers": ["a", "b", None]}, "MissingValueError: customers[2] is missing"),
        (
            {"customers": [[1, 2, 3]]},
            (
                "InvalidValueError: customers must be a plain array of one dimension;"
                " got '2 dimensions'"
            ),
        ),
        (
            {"customers": "abc"},
            (
                "InvalidValueError: customers must be a plain array of one dimension;"
                " got '0 dimensions'"
            ),
        ),
        (
            # What comes later in recency or age is no later if frequency descends.
            {"frequency": [3, 2, 1], "recency": [4, 4, 5], "age": [5, 6, 6]}
            | {"spend": None},
            (
                "InvalidValueError: frequency[1] must ascend with recency, age and"
                " spend, without a row twice; got 2; CustomerHistory.from_summary"
                " puts rows in order"
            ),
        ),
    ],
)
def test_no_field_can_be_wrong(change: dict[str, Any], said: str) -> None:
    judge(lambda: CustomerHistory(**FIELDS | change), said)


@pytest.mark.parametrize("kind", ["U3", "O", "int8", "uint64", "float64"])
def test_ids_in_fields_are_whole_numbers_or_objects(kind: str) -> None:
    ids = np.array([1, 2, 3]).astype(kind)
    history = CustomerHistory(**FIELDS | {"customers": ids})
    assert history.customers is not None
    assert history.customers.dtype == (
        np.int64 if kind in {"int8", "uint64", "O"} else object
    )
    assert history.customers.tolist() == ids.tolist()
    assert not history.customers.flags.writeable


# Refusals


def test_a_purchase_may_cost_nothing_if_others_do_not() -> None:
    rows = [(1, 0, 0), (1, 1, 0), (1, 2, 6), (2, 0, 0)]
    assert rows_of(numbered(rows))[1] == (2, 2, 100, 3)


def test_weights_have_a_sum() -> None:
    for frequency in ([1, 2], [1, 1]):
        summary: dict[str, Any] = {"frequency": frequency, "recency": [1, 1]}
        judge(
            lambda summary=summary: from_summary(  # type: ignore[misc]
                **summary, age=[3, 3], unit="week", weights=[1e308, 1e308]
            ),
            "InvalidValueError: weights must have a sum that a float can hold; got"
            " 1e+308",
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"frequency": [1.5, 0, 2]},
            (
                "InvalidValueError: frequency[0] must be a count (a whole number, not"
                " negative); got 1.5"
            ),
        ),
        (
            {"frequency": [2, -1, 2]},
            (
                "InvalidValueError: frequency[1] must be a count (a whole number, not"
                " negative); got -1"
            ),
        ),
        ({"frequency": [2, None, 2]}, "MissingValueError: frequency[1] is missing"),
        (
            {"frequency": 2},
            (
                "InvalidValueError: frequency must be a column (one dimension); got"
                " '0 dimensions'; one customer is a column of one: [2]"
            ),
        ),
        ({"frequency": []}, "EmptySampleError: frequency holds no customers"),
        (
            {"recency": [4, 0]},
            (
                "InvalidValueError: recency must have one value per frequency, the"
                " shape (3,); got (2,)"
            ),
        ),
        (
            {"recency": [7, 0, 4]},
            (
                "InvalidValueError: recency[0] must not lie beyond age; got 7;"
                " recency is the time from the first purchase to the last one"
            ),
        ),
        (
            {"recency": [4, 1, 4]},
            (
                "InvalidValueError: recency[1] must be 0 where frequency is 0; got 1;"
                " recency is the time from the first purchase to the last one"
            ),
        ),
        (
            {"recency": [4, 0, 0]},
            (
                "InvalidValueError: recency[2] must be positive where frequency is;"
                " got 0; purchases of the same time are one; frequency leaves the"
                " first one out"
            ),
        ),
        (
            {"recency": [4, -1, 4]},
            "InvalidValueError: recency[1] must not be negative; got -1",
        ),
        (
            {"recency": [4, np.inf, 4]},
            "InvalidValueError: recency[1] must be a finite number; got inf",
        ),
        ({"age": [6, -5, 6]}, "InvalidValueError: age[1] must not be negative; got -5"),
        ({"age": [6, None, 6]}, "MissingValueError: age[1] is missing"),
        (
            {"age": [[6, 5, 6]]},
            (
                "InvalidValueError: age must have one value per frequency, the shape"
                " (3,); got (1, 3)"
            ),
        ),
        (
            {"spend": [3.5, 2, 4.5]},
            (
                "InvalidValueError: spend[1] must be missing or 0 where frequency is"
                " 0; got 2; spend is the mean of repeat purchases: the first one is"
                " none"
            ),
        ),
        (
            {"spend": [3.5, 0, None]},
            (
                "MissingValueError: spend[2] is missing; it may be so only where"
                " frequency is 0"
            ),
        ),
        (
            {"spend": [3.5, 0, 0]},
            (
                "InvalidValueError: spend[2] must be positive and finite where there"
                " are repeat purchases; got 0; leave such customers out, or spend"
                " altogether"
            ),
        ),
        (
            {"spend": [3.5, 0, -1]},
            (
                "InvalidValueError: spend[2] must be positive and finite where there"
                " are repeat purchases; got -1; leave such customers out, or spend"
                " altogether"
            ),
        ),
        (
            {"spend": [3.5, 0, np.inf]},
            "InvalidValueError: spend[2] must be a finite number; got inf",
        ),
        (
            {"spend": [3.5, 0]},
            (
                "InvalidValueError: spend must have one value per frequency, the"
                " shape (3,); got (2,)"
            ),
        ),
        (
            {"spend": 3.5},
            "InvalidValueError: spend must be a column (one dimension); got 'float'",
        ),
        (
            {"weights": [1, 0, 1]},
            "InvalidValueError: weights[1] must be positive; got 0",
        ),
        (
            {"weights": [1, 1, -2]},
            "InvalidValueError: weights[2] must be positive; got -2",
        ),
        (
            {"weights": [1, 1]},
            (
                "InvalidValueError: weights must have one value per frequency, the"
                " shape (3,); got (2,)"
            ),
        ),
        (
            {"customers": ["a", "b"]},
            (
                "InvalidValueError: customers must have one value per frequency, the"
                " shape (3,); got (2,)"
            ),
        ),
        (
            {"customers": ["a", "b", "a"]},
            "InvalidValueError: customers[2] must be there once; got 'a'",
        ),
        (
            {"customers": ["a", None, "b"]},
            (
                "MissingValueError: customers[1] is missing; give these rows a label"
                " of their own or leave them out"
            ),
        ),
        (
            {"customers": "abc"},
            "InvalidValueError: customers must be a column (one dimension); got 'str'",
        ),
        ({"unit": 7}, "InvalidTypeError: unit must be a str; got 7"),
        (
            {"frequency": [[2, 0, 2]]},
            (
                "InvalidValueError: frequency must be a column (one dimension); got"
                " '2 dimensions'"
            ),
        ),
    ],
)
def test_summaries_that_are_refused(change: dict[str, Any], said: str) -> None:
    judge(lambda: small(**change), said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"unit": "day"},
            "ScaleMismatchError: other.unit must be 'week', as here; got 'day'",
        ),
        (
            {"spend": None},
            (
                "InvalidValueError: other.spend must be known, as here; got None;"
                " make both with spend, or both without"
            ),
        ),
        (
            {"customers": None},
            (
                "InvalidValueError: other.customers must be known, as here; got None;"
                " make both with customers, or both without"
            ),
        ),
        (
            {"customers": ["kim", "bob", "liz"]},
            (
                "InvalidValueError: other.customers[1] must be somebody else than the"
                " customers here; got 'bob'; join the purchases of one customer"
                " before from_events"
            ),
        ),
    ],
)
def test_histories_that_cannot_be_merged(change: dict[str, Any], said: str) -> None:
    others = {"customers": ["kim", "liz", "moe"]}
    judge(lambda: small() + small(**others | change), said)


def test_what_one_history_lacks_the_other_may_not_know() -> None:
    said = (
        "InvalidValueError: other.spend must be None, as here; got array([nan, 3.5,"
        " 4.5]); make both with spend, or both without"
    )
    judge(lambda: small(spend=None) + small(), said)
    said = (
        "InvalidValueError: other.customers must be None, as here; got array(['ann',"
        " 'bob', 'eve'], dtype=object); make both with customers, or both without"
    )
    judge(lambda: small(customers=None) + small(), said)


@pytest.mark.parametrize("other", [5, 0.5, None, 1])
def test_only_histories_are_merged(other: Any) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        small() + other
    with pytest.raises(TypeError, match="unsupported operand"):
        other + small()


def test_numbers_and_texts_as_ids_stay_what_they_are() -> None:
    merged = small() + small(customers=[1, 2, 3])
    assert merged.customers is not None
    assert merged.customers.tolist() == ["ann", "bob", "eve", 1, 2, 3]
    nobody = small(customers=None, spend=None) + small(customers=None, spend=None)
    assert nobody.customers is None
    assert nobody.weights.tolist() == [2, 4]
    huge = small(customers=np.array([2**63 + 1, 1, 2], np.uint64))
    both = (small(customers=[7, 8, 9]) + huge).to_dict()["customers"]
    assert both == [7, 8, 9, 2**63 + 1, 1, 2]


def test_rows_are_expanded_to_customers() -> None:
    history = small()
    assert history.expand([10, 20, 30]).tolist() == [20, 10, 30]
    table = np.arange(6).reshape(3, 2)
    assert history.expand(table).tolist() == [[2, 3], [0, 1], [4, 5]]
    assert history.expand(["a", "b", "c"]).tolist() == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            [1, 2],
            (
                "InvalidValueError: values must have one value per row of the history"
                " (3); got 'the shape (2,)'; expand leads from rows to customers, not"
                " back"
            ),
        ),
        (
            5,
            (
                "InvalidValueError: values must have one value per row of the history"
                " (3); got 'the shape ()'; expand leads from rows to customers, not"
                " back"
            ),
        ),
        (
            np.ma.MaskedArray([1, 2, 3], mask=[False, True, False]),
            "MissingValueError: values[1] is missing",
        ),
        (
            [[1], [1, 2], [3]],
            (
                "InvalidTypeError: values must hold single values of one length; got"
                " [[1], [1, 2], [3]]"
            ),
        ),
    ],
)
def test_only_values_of_rows_are_expanded(values: Any, said: str) -> None:
    judge(lambda: small().expand(values), said)


# What is said


def test_a_history_speaks() -> None:
    history = small()
    assert repr(history) == (
        "CustomerHistory of 3 customers, 2 with repeat purchases, unit week"
    )
    assert history.repeat_share == 2 / 3
    assert history.summary() == (
        "2 of 3 customers (66.7 %) came back, with 2.0 repeat purchases each on"
        " average, of 4.00 (mean over customers). They are known for 5 to 6 weeks"
        " since the first purchase. Who has not come back yet may still do so."
    )
    assert str(history).splitlines() == [
        repr(history),
        "repeat purchases  customers   share  mean recency  mean age  mean spend",
        "               0          1  33.3 %           0.0       5.0",
        "               1          0   0.0 %",
        "               2          2  66.7 %           4.0       6.0        4.00",
    ]
    page = history._repr_html_()
    assert page.startswith("<table")
    assert repr(history) in page
    assert "66.7 %" in page


def test_who_came_back_once_came_back() -> None:
    once = from_summary(frequency=[0, 1], recency=[0, 1], age=[2, 2], unit="day")
    assert repr(once) == (
        "CustomerHistory of 2 customers, 1 with repeat purchases, unit day"
    )


def test_weights_are_spoken_of() -> None:
    history = small(weights=[1, 0.5, 2], customers=None)
    assert (history.n, len(history)) == (3.5, 3)
    assert history.repeat_share == 6 / 7
    assert repr(history).startswith("CustomerHistory of 3.5 customers, 3 with repeat")
    assert ", of 4.17 (mean over customers)" in history.summary()
    assert "3.5 customers" in history.summary()
    last = str(history).splitlines()[-1].split()
    assert last == ["2", "3", "85.7", "%", "4.0", "6.0", "4.17"]
    assert history.to_columns()["weights"].tolist() == [1, 0.5, 2]
    assert "customers" not in history.to_columns()


def test_who_never_comes_back_is_spoken_of() -> None:
    one = from_summary(frequency=[0], recency=[0], age=[1], unit="week", spend=[0])
    assert one.summary() == (
        "0 of 1 customer (0.0 %) came back. They are known for 1 week since the first"
        " purchase. Who has not come back yet may still do so."
    )
    assert repr(one) == (
        "CustomerHistory of 1 customer, 0 with repeat purchases, unit week"
    )
    assert "mean spend" in str(one)


def test_other_units_are_spoken_of() -> None:
    ages = from_summary(
        frequency=[1, 3], recency=[1, 2], age=[1234.4, 2000], unit="4 weeks"
    )
    assert "with 2.0 repeat purchases each on average. They" in ages.summary()
    assert "known for 1,234 to 2,000 (unit: 4 weeks) since" in ages.summary()
    assert "mean spend" not in str(ages)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (0.00001234, "1.23e-05 weeks"),
        (0.12345, "0.123 weeks"),
        (5.714, "5.71 weeks"),
        (999.4, "999 weeks"),
        (999.5, "1,000 weeks"),
        (1000.6, "1,001 weeks"),
    ],
)
def test_ages_have_three_digits_and_more_only_before_the_point(
    age: float, words: str
) -> None:
    history = from_summary(frequency=[0], recency=[0], age=[age], unit="week")
    assert f"They are known for {words} since" in history.summary()


def test_frequent_buyers_share_a_line() -> None:
    history = from_summary(
        frequency=[6, 7, 8, 90], recency=[1] * 4, age=[1, 1, 1, 5], unit="x"
    )
    table = str(history).splitlines()[2:]
    assert [line.split()[0] for line in table] == [*"0123456", "7+"]
    assert table[-1].split() == ["7+", "3", "75.0", "%", "1.0", "2.3"]
    assert table[-2].split() == ["6", "1", "25.0", "%", "1.0", "1.0"]


def test_nobody_shares_a_line_before_there_are_seven_repeats() -> None:
    history = from_summary(frequency=[6, 0], recency=[2, 0], age=[3, 1], unit="x")
    assert str(history).splitlines()[1:] == [
        "repeat purchases  customers   share  mean recency  mean age",
        "               0          1  50.0 %           0.0       1.0",
        "               1          0   0.0 %",
        "               2          0   0.0 %",
        "               3          0   0.0 %",
        "               4          0   0.0 %",
        "               5          0   0.0 %",
        "               6          1  50.0 %           2.0       3.0",
    ]


def test_without_amounts_nothing_is_said_of_them() -> None:
    bare = small(spend=None)
    assert bare.to_columns().keys() == {"customers", "frequency", "recency", "age"}
    assert bare.to_records()[1] == {
        "customers": "bob",
        "frequency": 0,
        "recency": 0.0,
        "age": 5.0,
    }
    assert bare.to_dict()["spend"] is None


def test_fields_can_be_changed_by_evolve() -> None:
    assert attrs.evolve(small(), customers=None) == small(customers=None)
