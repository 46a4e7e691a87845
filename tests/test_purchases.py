"""Histories of customers: published ones, fractions, laws, refusals, what is said."""

import copy
import pickle
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import floor
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cxmkit import CxmError
from cxmkit.errors import (
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.lifetime import CustomerHistory

Event = tuple[Any, Any, Any]
from_events = CustomerHistory.from_events
from_summary = CustomerHistory.from_summary

NAN = float("nan")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
UNITS = {"s": 1, "m": 60, "h": 3600, "D": 86400}
STATE = ("frequency", "recency", "age", "spend", "weights")


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


def same(found: dict[Any, Any], expected: dict[Any, Any]) -> bool:
    return found.keys() == expected.keys() and all(
        found[key] == close(tuple(map(float, expected[key]))) for key in found
    )


def days(*texts: str) -> Any:
    return np.array(texts, "datetime64[D]")


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


# Instants


def test_nothing_is_merged_or_cut_with_none() -> None:
    time = np.array(["2026-01-01T00", "2026-01-01T06", "2026-01-02T12"], "M8[h]")
    options: dict[str, Any] = {"unit": "day", "collapse": "none"}
    end = np.datetime64("2026-01-03T00:00:00.000000001")
    history = from_events(customer=[1, 1, 1], time=time, end=end, **options)
    assert (history.frequency[0], history.recency[0]) == (2, 1.5)
    assert history.age[0] == 2 + 1e-9 / 86400
    coarse = from_events(
        customer=[1, 1, 1], time=time, end=np.datetime64("2026-01-03"), **options
    )
    assert (coarse.recency[0], coarse.age[0]) == (1.5, 2.0)


def test_weeks_begin_on_monday() -> None:
    sunday, monday = "2026-03-01", "2026-03-02"
    options: dict[str, Any] = {"end": days("2026-03-31")[0], "unit": "week"}
    for time, repeats in (((sunday, monday), 1), ((monday, "2026-03-08"), 0)):
        history = from_events(
            customer=[1, 1], time=days(*time), collapse="week", **options
        )
        assert history.frequency.tolist() == [repeats]


def test_days_are_those_of_utc() -> None:
    there = timezone(timedelta(hours=-5))
    evening = datetime(2026, 3, 1, 18, tzinfo=there)
    night = datetime(2026, 3, 1, 20, tzinfo=there)  # 1 o'clock of the next day
    history = from_events(
        customer=[1, 1],
        time=[night, evening],
        end=datetime(2026, 3, 31, tzinfo=UTC),
        unit="day",
        collapse="day",
    )
    assert (history.frequency[0], history.recency[0], history.age[0]) == (1, 1, 30)


@pytest.mark.parametrize(
    "end", ["2026-01-09", "2026-01-09T23:59:59.999999999", "2026-01-09T00"]
)
def test_the_last_grain_counts_as_observed(end: str) -> None:
    time = np.array(["2026-01-02T10", "2026-01-09T22"], "datetime64[h]")
    history = from_events(
        customer=[1, 1],
        time=time,
        end=np.datetime64(end),
        unit="week",
        collapse="day",
    )
    assert (history.recency[0], history.age[0]) == (1.0, 1.0)


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
        frequency=[0, 0], recency=[0.0, -0.0], age=[-0.0, 0.0], unit="x"
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
    ("change", "error", "message"),
    [
        ({"frequency": [0.5, 2, 2]}, InvalidTypeError, "frequency must hold whole"),
        ({"frequency": [[0, 2, 2]]}, InvalidValueError, "one dimension"),
        ({"frequency": [-1, 2, 2]}, InvalidValueError, r"frequency[0] must not be"),
        ({"frequency": []}, EmptySampleError, "frequency holds no customers"),
        ({"recency": [0, 4]}, InvalidValueError, "recency must have the shape (3,)"),
        ({"recency": [0, 4, NAN]}, InvalidValueError, "recency[2] must be finite"),
        ({"recency": [0, 7, 7]}, InvalidValueError, "recency[1] must not lie beyond"),
        ({"recency": [1, 4, 4]}, InvalidValueError, "recency[0] must be 0 where"),
        ({"recency": [0, 0, 4]}, InvalidValueError, "recency[1] must be positive"),
        ({"recency": ["a", 4, 4]}, InvalidTypeError, "recency must hold numbers"),
        ({"age": [-5, 6, 6]}, InvalidValueError, "age[0] must not be negative; got -5"),
        ({"age": [5, 6]}, InvalidValueError, "age must have the shape"),
        ({"unit": " "}, InvalidValueError, "unit must have at least one"),
        ({"unit": None}, InvalidTypeError, "unit must be a str"),
        ({"spend": [1, 3.5, 4.5]}, InvalidValueError, "spend[0] must be NaN where"),
        ({"spend": [NAN, NAN, 4.5]}, InvalidValueError, "spend[1] must be positive"),
        ({"spend": [NAN, 0, 4.5]}, InvalidValueError, "spend[1] must be positive"),
        ({"spend": [NAN, 1, np.inf]}, InvalidValueError, "spend[2] must be positive"),
        ({"spend": [NAN, 4.5]}, InvalidValueError, "spend must have the shape"),
        ({"spend": ["a", "b", "c"]}, InvalidTypeError, "spend must hold numbers"),
        ({"spend": [NAN, 4.5, 3.5]}, InvalidValueError, "frequency[2] must ascend"),
        ({"spend": [NAN, 4.5, 4.5]}, InvalidValueError, "frequency[2] must ascend"),
        ({"spend": None}, InvalidValueError, "frequency[2] must ascend"),
        (
            {
                "frequency": [0, 0, 2],
                "recency": [0, 0, 4],
                "age": [5, 5, 6],
                "spend": [NAN, NAN, 4.5],
            },
            InvalidValueError,
            "frequency[1] must ascend with recency",
        ),
        (
            {"frequency": [2, 0, 2], "recency": [4, 0, 4], "age": [6, 7, 8]}
            | {"spend": None},
            InvalidValueError,
            "frequency[1] must ascend",
        ),
        ({"weights": [1, 0, 1]}, InvalidValueError, "weights[1] must be positive"),
        ({"weights": [1, 1]}, InvalidValueError, "weights must have the shape"),
        ({"weights": [1, 1, np.inf]}, InvalidValueError, "weights[2] must be finite"),
        ({"rows": [1, 0, 3]}, InvalidValueError, "rows[2] must be one of the 3 rows"),
        ({"rows": [1, 0, -1]}, InvalidValueError, "rows[2] must not be negative"),
        ({"rows": [1, 0, 1]}, InvalidValueError, "least once; got 'none for row 2'"),
        ({"rows": [[1, 0, 2]]}, InvalidValueError, "rows must be a column"),
        ({"rows": [1.0, 0, 2]}, InvalidTypeError, "rows must hold whole numbers"),
        ({"customers": ["a", "b"]}, InvalidValueError, "customers must have the shape"),
        ({"customers": ["a", "b", "a"]}, InvalidValueError, "customers[2] must be"),
        ({"customers": ["a", "b", None]}, MissingValueError, "customers[2] is missing"),
        ({"customers": [[1, 2, 3]]}, InvalidValueError, "customers must be a plain"),
        ({"customers": "abc"}, InvalidValueError, "customers must be a plain"),
    ],
)
def test_no_field_can_be_wrong(
    change: dict[str, Any], error: type[CxmError], message: str
) -> None:
    assert message in refused(lambda: CustomerHistory(**FIELDS | change), error)


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


BOUGHT: dict[str, Any] = {
    "customer": [1, 2, 1],
    "time": days("2026-01-01", "2026-01-03", "2026-01-05"),
    "end": np.datetime64("2026-02-01"),
    "unit": "week",
    "collapse": "day",
}
COUNTED: dict[str, Any] = {
    "customer": [1, 2, 1],
    "time": [0, 2.5, 4],
    "end": 9,
    "unit": "x",
    "collapse": 1,
}
NOT_CONVERTED = "months and years differ in length, and calendars are not converted"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"unit": "month"}, InvalidValueError, f"got 'month'; {NOT_CONVERTED}"),
        ({"unit": "years"}, InvalidValueError, f"got 'years'; {NOT_CONVERTED}"),
        ({"unit": "weeks"}, InvalidValueError, "'week', as times are datetimes"),
        ({"unit": "none"}, InvalidValueError, "unit must be one of 'second', 'minute'"),
        ({"unit": ["week"]}, InvalidValueError, "unit must be one of"),
        ({"collapse": "quarter"}, InvalidValueError, f"got 'quarter'; {NOT_CONVERTED}"),
        ({"collapse": None}, InvalidValueError, 'got None; "none" merges nothing'),
        (
            {"collapse": 1},
            InvalidValueError,
            "collapse must be one of 'none', 'second'",
        ),
        ({"end": "2026-02-01"}, InvalidTypeError, "end must be a datetime"),
        ({"end": 3}, InvalidTypeError, "end must be a datetime, as the times are"),
        ({"end": None}, InvalidTypeError, 'np.datetime64("1997-09-30") reads texts'),
        (
            {"end": datetime(2026, 2, 1).date()},  # noqa: DTZ001  that is the point
            InvalidTypeError,
            'got datetime.date(2026, 2, 1); np.datetime64("1997-09-30") reads texts',
        ),
        ({"end": np.datetime64("NaT", "s")}, MissingValueError, "end is missing"),
        (
            {
                "time": [datetime(2026, 1, 5, tzinfo=UTC)] * 3,
                "end": datetime(2026, 2, 1),  # noqa: DTZ001  that is the point
            },
            InvalidValueError,
            "end must have a time zone; got 2026-02-01 00:00:00; np.datetime64(end)",
        ),
        (
            {"end": np.datetime64("2026-01-04T23:59")},
            InvalidValueError,
            "after end ('2026-01-04T23:59'); got '2026-01-05'; leave later purchases",
        ),
        (
            {"end": np.datetime64(2**60, "D"), "collapse": "second"},
            InvalidValueError,
            "end must lie within 2**62 grains (1,000,000,000 ns) of 1970; got '31565",
        ),
        (
            {"time": np.array([1, 2, 2**60], "M8[D]"), "collapse": "second"},
            InvalidValueError,
            "time[2] must lie within 2**62 seconds of 1970",
        ),
        (
            {
                "time": days("2026-01-01", "2026-01-03", "2026-01-01"),
                "collapse": "none",
            },
            InvalidValueError,
            "time[2] must lie after the first purchase of the customer; got '2 purch",
        ),
        ({"amount": [1, 2]}, InvalidValueError, "amount must have as many rows"),
        (
            {"amount": [1, -2, 3]},
            InvalidValueError,
            "amount[1] must not be negative; got -2; a refund is no purchase",
        ),
        ({"amount": [1, np.inf, 3]}, InvalidValueError, "amount[1] must be a finite"),
        ({"amount": [1, None, 3]}, MissingValueError, "amount[1] is missing"),
        (
            {"amount": [1, 2, 0]},
            InvalidValueError,
            "amount[2] must leave the customer a mean of repeat purchases above 0",
        ),
        ({"amount": ["a", 2, 3]}, InvalidTypeError, "amount[0] must be a number"),
        ({"time": ["2026-01-01"] * 3}, InvalidTypeError, "time[0] must be a datetime"),
        ({"time": [None, 1, 2]}, MissingValueError, "time[0] is missing"),
        ({"time": days("2026-01-01", "NaT", "NaT")}, MissingValueError, "time[1] is"),
        (
            {"time": []},
            InvalidValueError,
            "time must have as many rows as customer (3)",
        ),
        ({"time": days("2026-01-01")[0]}, InvalidValueError, "time must be a column"),
        ({"customer": []}, EmptySampleError, "customer holds no purchases"),
        ({"customer": [1, None, 2]}, MissingValueError, "customer[1] is missing"),
    ],
)
def test_instants_that_are_refused(
    change: dict[str, Any], error: type[CxmError], message: str
) -> None:
    assert message in refused(lambda: from_events(**BOUGHT | change), error)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"unit": ""}, InvalidValueError, "unit must have"),
        ({"unit": 7}, InvalidTypeError, "unit must be a str"),
        ({"collapse": "day"}, InvalidTypeError, "collapse must be a number or None"),
        ({"collapse": 0}, InvalidValueError, "collapse must be positive and finite"),
        ({"collapse": -1}, InvalidValueError, "pass None to merge nothing"),
        ({"collapse": np.inf}, InvalidValueError, "positive and finite"),
        ({"collapse": NAN}, InvalidValueError, "positive and finite"),
        ({"collapse": True}, InvalidTypeError, "collapse must be a number"),
        ({"collapse": 1e-300}, InvalidValueError, "at least a 2**53rd of the times"),
        ({"collapse": 5e-324}, InvalidValueError, "at least a 2**53rd of the times"),
        (
            {"collapse": 0.5, "time": [0, -(2**53), 1]},
            InvalidValueError,
            "collapse must be at least a 2**53rd of the times",
        ),
        (
            {"collapse": 9 / 2**53 / 1.01, "time": [0, 0, 0]},
            InvalidValueError,
            "at least a 2**53rd of the times",
        ),
        ({"end": 3}, InvalidValueError, "time[2] must not lie after end (3); got 4"),
        (
            {"end": 3, "collapse": None},
            InvalidValueError,
            "time[2] must not lie after end (3); got 4",
        ),
        ({"end": NAN}, InvalidValueError, "end must lie between -2**53 and 2**53"),
        ({"end": 1e17}, InvalidValueError, "end must lie between -2**53 and 2**53"),
        (
            {"end": np.datetime64("2026-01-01")},
            InvalidTypeError,
            "end must be a number",
        ),
        ({"time": [0, NAN, 1]}, MissingValueError, "time[1] is missing"),
        ({"time": [0, np.inf, 1]}, InvalidValueError, "time[1] must be a finite"),
        ({"time": [0, -1e17, 1]}, InvalidValueError, "time[1] must lie between -2**53"),
        ({"time": [0, "x", 1]}, InvalidTypeError, "time[1] must be a number"),
        ({"time": [True, False, True]}, InvalidTypeError, "time[0] must hold instants"),
        (
            {"time": [0, 2, 0], "collapse": None},
            InvalidValueError,
            "time[2] must lie after the first purchase of the customer",
        ),
        (
            {"time": [4, 2, 0], "amount": [0, 1, 5]},
            InvalidValueError,
            "amount[0] must leave the customer a mean of repeat purchases above 0",
        ),
        (
            {"customer": [1, 1, 1], "amount": [1, 1.7e308, 1.7e308]},
            InvalidValueError,
            "amount[1] must leave the customer a mean of repeat purchases above 0 and",
        ),
    ],
)
def test_numbers_that_are_refused(
    change: dict[str, Any], error: type[CxmError], message: str
) -> None:
    assert message in refused(lambda: from_events(**COUNTED | change), error)


def test_a_purchase_may_cost_nothing_if_others_do_not() -> None:
    rows = [(1, 0, 0), (1, 1, 0), (1, 2, 6), (2, 0, 0)]
    assert rows_of(numbered(rows))[1] == (2, 2, 100, 3)


@pytest.mark.parametrize("kind", [float, Decimal, np.float32])
def test_numbers_may_be_objects(kind: Any) -> None:
    time = [kind(each) for each in COUNTED["time"]]
    column = np.fromiter(time, object, 3)
    expected = from_events(**COUNTED)
    assert from_events(**COUNTED | {"time": time}) == expected
    assert from_events(**COUNTED | {"time": column}) == expected


def test_as_many_grains_as_floats_can_tell_apart() -> None:
    assert from_events(**COUNTED | {"collapse": 9 / 2**53}).age.max() == close(9)
    at_most = numbered([(1, 0, 1), (1, 1, 1)], end=2**53, collapse=1)
    assert at_most.age.tolist() == [2**53]
    alone = from_events(customer=[1], time=[0.5], end=0.5, unit="x", collapse=None)
    assert (alone.age[0], alone.repeat_share) == (0, 0)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"frequency": [1.5, 0, 2]}, InvalidValueError, "frequency[0] must be a count"),
        ({"frequency": [2, -1, 2]}, InvalidValueError, "frequency[1] must be a count"),
        ({"frequency": [2, None, 2]}, MissingValueError, "frequency[1] is missing"),
        ({"frequency": 2}, InvalidValueError, "frequency must be a column"),
        ({"frequency": []}, EmptySampleError, "frequency holds no customers"),
        ({"recency": [4, 0]}, InvalidValueError, "one value per frequency"),
        ({"recency": [7, 0, 4]}, InvalidValueError, "recency[0] must not lie beyond"),
        ({"recency": [4, 1, 4]}, InvalidValueError, "recency[1] must be 0 where"),
        ({"recency": [4, 0, 0]}, InvalidValueError, "recency[2] must be positive"),
        ({"recency": [4, -1, 4]}, InvalidValueError, "recency[1] must not be negative"),
        ({"recency": [4, np.inf, 4]}, InvalidValueError, "recency[1] must be a finite"),
        ({"age": [6, -5, 6]}, InvalidValueError, "age[1] must not be negative"),
        ({"age": [6, None, 6]}, MissingValueError, "age[1] is missing"),
        ({"age": [[6, 5, 6]]}, InvalidValueError, "the shape (3,); got (1, 3)"),
        ({"spend": [3.5, 2, 4.5]}, InvalidValueError, "spend[1] must be missing or 0"),
        (
            {"spend": [3.5, 0, None]},
            MissingValueError,
            "spend[2] is missing; it may be",
        ),
        ({"spend": [3.5, 0, 0]}, InvalidValueError, "spend[2] must be positive"),
        ({"spend": [3.5, 0, -1]}, InvalidValueError, "spend[2] must be positive"),
        ({"spend": [3.5, 0, np.inf]}, InvalidValueError, "spend[2] must be a finite"),
        ({"spend": [3.5, 0]}, InvalidValueError, "one value per frequency"),
        ({"spend": 3.5}, InvalidValueError, "spend must be a column"),
        ({"weights": [1, 0, 1]}, InvalidValueError, "weights[1] must be positive; got"),
        ({"weights": [1, 1, -2]}, InvalidValueError, "weights[2] must be positive"),
        ({"weights": [1, 1]}, InvalidValueError, "one value per frequency"),
        ({"customers": ["a", "b"]}, InvalidValueError, "one value per frequency"),
        ({"customers": ["a", "b", "a"]}, InvalidValueError, "customers[2] must be"),
        ({"customers": ["a", None, "b"]}, MissingValueError, "customers[1] is missing"),
        ({"customers": "abc"}, InvalidValueError, "customers must be a column"),
        ({"unit": 7}, InvalidTypeError, "unit must be a str"),
    ],
)
def test_summaries_that_are_refused(
    change: dict[str, Any], error: type[CxmError], message: str
) -> None:
    assert message in refused(lambda: small(**change), error)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"unit": "day"}, ScaleMismatchError, "other.unit must be 'week', as here"),
        ({"spend": None}, InvalidValueError, "other.spend must be known, as here"),
        ({"customers": None}, InvalidValueError, "make both with customers, or both"),
        (
            {"customers": ["kim", "bob", "liz"]},
            InvalidValueError,
            "other.customers[1] must be somebody else than the customers here; got 'b",
        ),
    ],
)
def test_histories_that_cannot_be_merged(
    change: dict[str, Any], error: type[CxmError], message: str
) -> None:
    others = {"customers": ["kim", "liz", "moe"]}
    assert message in refused(lambda: small() + small(**others | change), error)
    if change.keys() <= {"spend"}:
        back = refused(lambda: small(**others | change) + small(), error)
        assert "other.spend must be None, as here" in back


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
    wrong = partial(history.expand, [1, 2])
    message = refused(wrong, InvalidValueError)
    assert "values must have one value per row of the history (3)" in message
    assert "got 'the shape (2,)'" in message
    refused(lambda: history.expand(5), InvalidValueError)
    hidden = np.ma.MaskedArray([1, 2, 3], mask=[False, True, False])
    assert refused(lambda: history.expand(hidden), MissingValueError) == (
        "values[1] is missing"
    )


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


def test_frequent_buyers_share_a_line() -> None:
    history = from_summary(
        frequency=[6, 7, 8, 90], recency=[1] * 4, age=[1, 1, 1, 5], unit="x"
    )
    table = str(history).splitlines()[2:]
    assert [line.split()[0] for line in table] == [*"0123456", "7+"]
    assert table[-1].split() == ["7+", "3", "75.0", "%", "1.0", "2.3"]
    assert table[-2].split() == ["6", "1", "25.0", "%", "1.0", "1.0"]


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


class Told:
    """A column of another library, which tells its zone or does not."""

    def __init__(self, values: Any, **told: Any) -> None:
        self.values = values
        self.__dict__ |= told

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values, dtype)


class Kind:
    def __init__(self, **told: Any) -> None:
        self.__dict__ |= told


TIMES = np.array(["2026-01-05", "2026-01-19", "2026-01-30T12:00"], "M8[s]")
LATEST = datetime(2026, 1, 30, 12)  # noqa: DTZ001  as the last of the times
ONCE: dict[str, Any] = {"customer": [1, 1, 2], "unit": "day", "collapse": "hour"}


@pytest.mark.parametrize(
    "time",
    [
        TIMES,
        Told(TIMES, dtype=np.dtype("M8[s]")),
        Told(TIMES, dtype=Kind(time_zone=None)),
        Told(TIMES, type=Kind(tz=None)),
    ],
)
def test_an_end_without_a_zone_is_as_times_without_one_are(time: Any) -> None:
    history = CustomerHistory.from_events(time=time, end=LATEST, **ONCE)
    expected = CustomerHistory.from_events(
        time=TIMES, end=np.datetime64("2026-01-30T12:00"), **ONCE
    )
    assert history == expected
    assert history.age.tolist() == [0, 25.5]
    aware = LATEST.replace(tzinfo=timezone(timedelta(hours=-2)))
    later = CustomerHistory.from_events(time=time, end=aware, **ONCE)
    assert later.age.tolist() == close([2 / 24, 25.5 + 2 / 24])


@pytest.mark.parametrize(
    "time",
    [
        [moment.replace(tzinfo=UTC) for moment in TIMES.tolist()],
        Told(TIMES, dtype=Kind(time_zone="Europe/Berlin")),
        Told(TIMES, type=Kind(tz="UTC")),
        Told(TIMES, dtype=Kind(name="timestamp[us, tz=UTC]")),
        Told(TIMES),
    ],
)
def test_an_end_without_a_zone_is_refused_if_times_may_have_one(time: Any) -> None:
    call = partial(CustomerHistory.from_events, time=time, end=LATEST, **ONCE)
    said = refused(call, InvalidValueError)
    assert said == (
        "end must have a time zone; got 2026-01-30 12:00:00; np.datetime64(end) reads"
        " it as UTC"
    )
    aware = LATEST.replace(tzinfo=UTC)
    history = CustomerHistory.from_events(time=time, end=aware, **ONCE)
    assert history.age.tolist() == [0, 25.5]


@pytest.mark.parametrize("unit", ["second", "minute", "hour", "day", "week"])
@pytest.mark.parametrize("kind", [int, float])
def test_dates_written_as_numbers_are_refused(unit: str, kind: type) -> None:
    dates = [kind(19970101), kind(19970201)]
    call = partial(
        CustomerHistory.from_events, customer=[1, 1], time=dates, unit=unit, collapse=1
    )
    said = refused(partial(call, end=19970930), InvalidValueError)
    assert said == (
        f"time[0] must be numbers of {unit}s, not dates; got 19970101; parse them:"
        ' pandas.to_datetime(time, format="%Y%m%d"), end too'
    )


@pytest.mark.parametrize(
    ("time", "end", "unit"),
    [
        ([19970101, 19970201], 19970930, "x"),
        ([19970101, 19970201], 19970930.5, "day"),
        ([19970101, 19970201], 19970999, "day"),
        ([19970101, 19970200], 19970930, "day"),
        ([19970101, 19970132], 19970930, "day"),
        ([19970001, 19970201], 19970930, "day"),
        ([19970101, 19971301], 19980101, "day"),
        ([18991231, 19970201], 19970930, "day"),
        ([19970101, 19970201], 21010101, "day"),
        ([19970101.5, 19970201], 19970930, "day"),
    ],
)
def test_other_numbers_are_taken_as_they_are(
    time: list[float], end: float, unit: str
) -> None:
    history = CustomerHistory.from_events(
        customer=[1, 1], time=time, end=end, unit=unit, collapse=None
    )
    assert history.recency.tolist() == [time[1] - time[0]]
