"""Events of many customers as columns: what comes in is told again, in order."""

import copy
import json
import math
import pickle
import runpy
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit as cx
from cxmkit import (
    EFFORT_1_5,
    STARS_1_5,
    Direction,
    Encounter,
    Evidence,
    Experience,
    ExperienceDimension,
    Initiator,
    Journey,
    JourneyLog,
    Perception,
    Ref,
    Scale,
    testing,
)
from cxmkit.errors import InvalidTypeError, InvalidValueError
from cxmkit.funnels import FunnelCounts
from cxmkit.journey import step_score
from cxmkit.journeylog import concat, outcome_of, row_order
from cxmkit.tally import customer_groups

TESTS = Path(__file__).parent
FIELDS = [field.name for field in attrs.fields(JourneyLog)]
EVENTS = ("time", "touchpoint", "channel", "dimension", "attribute", "two_sided")
ARRAYS = ("customers", "offsets", *EVENTS, "amount", "score")
OPTIONAL = ("channel", "dimension", "attribute", "two_sided", "amount", "score")
NAMES = ("customer", "time", "touchpoint", *OPTIONAL)
DIMENSIONS = [member.value for member in ExperienceDimension]
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3}
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HALVES = Scale(0, 2, step=0.5, higher_is_better=True)

Row = tuple[Any, ...]


def objects(values: Any) -> Any:
    return np.fromiter(values, object, len(values))


# Oracles: a log is read, and rows are sorted, one after the other


def rows_of(log: JourneyLog) -> list[Row]:
    """Read a log row by row, with labels for codes and None for what is missing."""
    labels = {
        "touchpoint": log.touchpoints,
        "channel": log.channels,
        "dimension": DIMENSIONS,
        "attribute": log.attributes,
    }
    rows = []
    for place, customer in enumerate(log.customers.tolist()):
        for row in range(log.offsets[place], log.offsets[place + 1]):
            told = [customer]
            for name in NAMES[1:]:
                values = getattr(log, name)
                value = None if values is None else values[row].item()
                if name in labels and value is not None:
                    value = None if value == -1 else labels[name][value]
                told.append(None if value != value else value)  # noqa: PLR0124  NaN
            rows.append(tuple(told))
    return rows


def in_order(rows: list[Row]) -> list[int]:
    """Sort rows by customer, time and row; only whole numbers ascend."""
    ids = [row[0] for row in rows]
    known = [*dict.fromkeys(ids)]
    if all(type(each) is int for each in known):
        known.sort()
    return sorted(range(len(rows)), key=lambda at: (known.index(ids[at]), rows[at][1]))


def sorted_rows(rows: list[Row]) -> list[Row]:
    return [rows[at] for at in in_order(rows)]


def repeated(rows: list[Row]) -> list[int]:
    """Return the places of rows that were there before."""
    seen: set[Row] = set()
    again = []
    for place, row in enumerate(rows):
        if row in seen:
            again.append(place)
        seen.add(row)
    return again


@st.composite
def tables(
    draw: st.DrawFn,
    *,
    ids: st.SearchStrategy[Any] | None = None,
    times: st.SearchStrategy[int] | None = None,
    scale: Scale | None = None,
    sides: bool | None = None,
) -> dict[str, Any]:
    """Draw columns of few different values, so that rows are often equal."""
    keys = st.integers(-1, 2) if ids is None else ids
    people = draw(st.lists(keys, min_size=1, max_size=4))
    scale = scale or draw(st.sampled_from([None, STARS_1_5, HALVES]))
    labels = st.none() | st.sampled_from("ab")
    values: dict[str, st.SearchStrategy[Any]] = {
        "customer": st.sampled_from(people),
        "time": times or st.integers(0, 2),
        "touchpoint": st.sampled_from("xyz"),
        "channel": labels,
        "dimension": st.none() | st.sampled_from(DIMENSIONS),
        "attribute": labels,
        "two_sided": st.booleans(),
        "amount": st.none() | st.sampled_from([1.0, 2.5]),
    }
    there = {name: draw(st.booleans()) for name in values}
    there |= dict.fromkeys(("customer", "time", "touchpoint"), True)
    there["two_sided"] = there["two_sided"] if sides is None else sides
    kept = {name: column for name, column in values.items() if there[name]}
    if scale is not None:
        kept["score"] = st.none() | st.sampled_from(scale.points.tolist())
    rows = draw(st.lists(st.tuples(*kept.values()), max_size=12))
    columns: dict[str, Any] = {
        name: [row[place] for row in rows] for place, name in enumerate(kept)
    }
    columns["customer"] = objects(columns["customer"])
    return columns | ({} if scale is None else {"scale": scale})


def rows_in(columns: dict[str, Any]) -> list[Row]:
    """Return columns as rows of all names."""
    size = len(columns["customer"])
    return [*zip(*(columns.get(name, [None] * size) for name in NAMES), strict=True)]


def is_closed(log: JourneyLog) -> bool:
    arrays = [getattr(log, name) for name in ARRAYS]
    return not any(array.flags.writeable for array in arrays if array is not None)


# Making one

WHOLE: dict[str, tuple[st.SearchStrategy[Any], Callable[[list[Any]], Any]]] = {
    "dense": (st.integers(0, 4), list),
    "negative": (st.integers(-5, 5), tuple),
    "sparse": (st.integers(-(2**63), 2**63 - 1), partial(np.array, dtype=np.int64)),
    "int8": (st.integers(-128, 127), partial(np.array, dtype=np.int8)),
    "uint8": (st.integers(0, 255), partial(np.array, dtype=np.uint8)),
    "uint64": (st.integers(0, 2**64 - 1), partial(np.array, dtype=np.uint64)),
    "large": (st.integers(2**63, 2**64 - 1), partial(np.array, dtype=np.uint64)),
    "objects": (st.integers(-3, 3), objects),
    "beyond 64 bits": (st.integers(-(2**70), 2**70), objects),
    "beyond 64 bits in a list": (st.integers(-(2**70), 2**70), list),
    "a pair": (st.integers(0, 9), lambda ids: (ids, [*range(9, -1, -1)])),
}
OTHERS: dict[str, tuple[st.SearchStrategy[Any], Callable[[list[Any]], Any]]] = {
    "texts": (st.text(max_size=2), list),
    "tuples": (testing.ids(kind="tuple"), objects),
    "UUIDs": (testing.ids(kind="uuid"), list),
    "mixed": (testing.ids(), objects),
    "floats": (st.floats(allow_nan=False), list),
}
INSTANTS: dict[str, tuple[st.SearchStrategy[int], Callable[[list[int]], Any]]] = {
    "few": (st.integers(0, 3), list),
    "all": (st.integers(-(2**62) + 1, 2**62 - 1), list),
    "floats": (st.integers(-9, 9), partial(np.array, dtype=np.float64)),
    "one": (st.just(7), list),
}


def kind_of(ids: list[Any]) -> type:
    """Return in what an array of ids is kept."""
    if any(type(each) is not int for each in ids):
        return np.object_
    low, high = min([0, *ids]), max([0, *ids])
    if low >= -(2**63) and high < 2**63:
        return np.int64
    return np.uint64 if low >= 0 and high < 2**64 else np.object_


@pytest.mark.parametrize("ids", [*WHOLE, *OTHERS])
@given(st.data(), st.sampled_from([*INSTANTS]))
def test_rows_are_those_of_a_plain_sort(
    ids: str, data: st.DataObject, instants: str
) -> None:
    keys, as_column = (WHOLE | OTHERS)[ids]
    times, as_times = INSTANTS[instants]
    few = data.draw(st.lists(keys, min_size=1, max_size=4))
    rows = data.draw(
        st.lists(st.tuples(st.sampled_from(few), times, st.sampled_from("ab")))
    )
    if data.draw(st.booleans()):
        rows.sort(key=lambda row: row[1])
    if data.draw(st.booleans()):
        rows = sorted_rows(rows)
    told = customers = [row[0] for row in rows]
    log = JourneyLog.from_columns(
        customer=as_column(customers),
        time=as_times([row[1] for row in rows]),
        touchpoint=[row[2] for row in rows],
    )
    if ids == "a pair":  # codes into the numbers from 9 to 0
        rows = [(9 - customer, *rest) for customer, *rest in rows]
        customers = [row[0] for row in rows]
    assert [row[:3] for row in rows_of(log)] == sorted_rows(rows)
    order = row_order(customer=as_column(told), time=as_times([row[1] for row in rows]))
    assert order.tolist() == in_order(rows)
    if rows:
        assert log.customers.dtype == kind_of(customers)
    assert is_closed(log)
    assert len(log) == len(rows)
    assert log.n_customers == len(set(customers))
    assert log.touchpoints == tuple(dict.fromkeys(row[2] for row in rows))


@given(tables(ids=testing.ids(kind="int") | st.integers(0, 2)))
def test_all_columns_move_together(columns: dict[str, Any]) -> None:
    log = JourneyLog.from_columns(**columns)
    assert rows_of(log) == sorted_rows(rows_in(columns))
    for name in OPTIONAL:
        assert (getattr(log, name) is None) == (name not in columns)
    assert log.scale == columns.get("scale")


@pytest.mark.parametrize("given_as", ["it comes", "sorted"])
@given(tables(ids=testing.ids(kind="int") | st.integers(0, 2)))
def test_a_column_in_row_order_is_one_that_came_through(
    given_as: str, columns: dict[str, Any]
) -> None:
    customer, time = columns["customer"], np.array(columns["time"], np.int64)
    if given_as == "sorted":
        rows = in_order(rows_in(columns))
        customer, time = customer[rows], time[rows]
    column = np.array([f"row {at}" for at in range(time.size)], object)
    log = JourneyLog.from_columns(
        customer=customer, time=time, touchpoint=["x"] * time.size, attribute=column
    )
    assert log.attribute is not None
    order = row_order(customer=customer, time=time)
    through = [log.attributes[code] for code in log.attribute]
    assert column[order].tolist() == through
    assert order.dtype == np.intp
    if given_as == "sorted":
        assert order.tolist() == [*range(time.size)]


@pytest.mark.parametrize(
    ("customer", "time", "expected"),
    [
        ([8, 7, 7], [0, 9, 3], [2, 1, 0]),
        ([8, 7, 7, 8, 7], [5, 5, 5, 5, 5], [1, 2, 4, 0, 3]),  # equal times
        ([7, 7, 8], [0, 9, 3], [0, 1, 2]),  # in order
        ([8, 7], [0, 9], [1, 0]),  # of two customers, each in order
        (["b", "a", "b"], [9, 0, 3], [2, 0, 1]),  # texts do not ascend
        ([7], [0], [0]),
        ([], [], []),
        (np.array([], np.int64), np.array([], "M8[s]"), []),
        (([], ["never"]), [], []),
    ],
)
def test_rows_stand_by_customer_and_time_and_else_as_they_came(
    customer: Any, time: Any, expected: list[int]
) -> None:
    order = row_order(customer=customer, time=time)
    assert order.tolist() == expected
    assert order.dtype == np.intp
    column = np.arange(len(expected))
    assert column[order].tolist() == expected


def test_the_unit_of_time_may_be_asked_for_in_ordering_rows() -> None:
    times = [NOON + timedelta(hours=hours) for hours in (2, 0, 1)]
    for unit in (None, "s", "h", "ns"):
        order = row_order(customer=[7, 7, 7], time=times, time_unit=unit)
        assert order.tolist() == [1, 2, 0]


def test_labels_stand_in_order_of_first_appearance_or_of_the_vocabulary() -> None:
    columns: dict[str, Any] = {
        "customer": [2, 1, 1],
        "time": [0, 9, 5],
        "touchpoint": ["shop", "ad", "shop"],
        "channel": ["web", None, "till"],
        "attribute": [None, "dry", None],
    }
    log = JourneyLog.from_columns(**columns)
    assert log.touchpoints == ("shop", "ad")
    assert log.channels == ("web", "till")
    assert log.attributes == ("dry",)
    vocabularies: dict[str, Any] = {
        "touchpoints": ["letter", "ad", "shop"],
        "channels": ("till", "web", "post"),
        "attributes": np.array(["dry", "soft"]),
    }
    wide = JourneyLog.from_columns(**columns, **vocabularies)
    assert wide.touchpoints == ("letter", "ad", "shop")
    assert wide.channels == ("till", "web", "post")
    assert wide.attributes == ("dry", "soft")
    assert rows_of(wide) == rows_of(log)
    codes: dict[str, Any] = columns | {
        "touchpoint": [2, 1, 2],
        "channel": np.ma.array([1, 99, 0], mask=[False, True, False]),
        "attribute": np.array([-1, 0, -1], np.int8),
    }
    assert JourneyLog.from_columns(**codes, **vocabularies) == wide
    pairs: dict[str, Any] = columns | {
        "touchpoint": ([2, 1, 2], vocabularies["touchpoints"]),
        "channel": ([1, None, 0], vocabularies["channels"]),
        "attribute": ([np.nan, 0, np.nan], vocabularies["attributes"]),
    }
    assert JourneyLog.from_columns(**pairs) == wide


def test_codes_of_touchpoints_are_as_narrow_as_can_be() -> None:
    for labels, kind in ((1, np.uint8), (257, np.uint16)):
        log = JourneyLog.from_columns(
            customer=[1], time=[0], touchpoint=([0], range(labels))
        )
        assert log.touchpoint.dtype == kind


def test_dimensions_come_as_members_values_or_codes() -> None:
    brand, _, transaction = ExperienceDimension
    for column in (
        [transaction, None, brand],
        ["transaction", None, "brand"],
        ([1, -1, 0], ["brand", "transaction"]),
    ):
        log = JourneyLog.from_columns(
            customer=[1, 2, 3], time=[0] * 3, touchpoint=["shop"] * 3, dimension=column
        )
        assert log.dimension is not None
        assert log.dimension.tolist() == [2, -1, 0]


def test_what_comes_in_is_neither_changed_nor_shared() -> None:
    for sorted_already in (True, False):
        columns: dict[str, Any] = {
            "customer": np.array([1, 1, 2] if sorted_already else [2, 1, 1]),
            "time": np.array([0, 1, 0]),
            "touchpoint": np.array([0, 0, 0], np.uint8),
            "channel": np.array([0, 0, 0], np.int8),
            "two_sided": np.array([True, True, True]),
            "amount": np.array([1.0, 1.0, 1.0]),
            "score": np.array([1.0, 1.0, 1.0]),
        }
        before = copy.deepcopy(columns)
        views = {name: column.view() for name, column in columns.items()}
        for view in views.values():
            view.flags.writeable = False  # as pandas hands its columns over
        options: dict[str, Any] = {"scale": STARS_1_5, "touchpoints": ["x"]}
        logs = [
            JourneyLog.from_columns(**given, channels=["x"], **options)
            for given in (columns, views)
        ]
        rows = rows_of(logs[0])
        for name, column in columns.items():
            assert column.flags.writeable
            assert column.tolist() == before[name].tolist()
            column[:] = 0
        assert rows_of(logs[0]) == rows_of(logs[1]) == rows


def test_the_fields_take_arrays_of_others_without_sharing_them() -> None:
    time = np.array([0, 1])
    view = time.view()
    view.flags.writeable = False
    log = attrs.evolve(LOG.take([7]), time=view, offsets=[0, 2])
    time[:] = 99
    assert log.time.tolist() == [0, 1]


LOG = JourneyLog.from_columns(
    customer=[7, 8, 7],
    time=[60, 5, 0],
    touchpoint=["shop", "shop", "ad"],
    touchpoints=["ad", "shop", "hotline"],
    channel=["web", None, "till"],
    dimension=["brand", None, "transaction"],
    attribute=[None, "dry", None],
    two_sided=[True, False, False],
    amount=[None, 2.5, 0],
    score=[5, None, 4],
    scale=STARS_1_5,
    time_unit="ms",
)
BARE = JourneyLog.from_columns(customer=["b", "a"], time=[0, 0], touchpoint=["x", "x"])
NOBODY = JourneyLog.from_columns(customer=[], time=[], touchpoint=[])
LOGS = [LOG, BARE, NOBODY]


# Out and in again


def with_options(log: JourneyLog) -> dict[str, Any]:
    """Return what `from_columns` must be told beside the columns."""
    options: dict[str, Any] = {
        "touchpoints": log.touchpoints,
        "time_unit": log.time_unit,
        "scale": log.scale,
    }
    for name in ("channel", "attribute"):
        if getattr(log, name) is not None:
            options[f"{name}s"] = getattr(log, f"{name}s")
    return options


def from_columns(*columns: dict[str, Any]) -> JourneyLog:
    """Take columns and options from mappings of anything."""
    given: dict[str, Any] = {}
    for each in columns:
        given |= each
    return JourneyLog.from_columns(**given)


def pickled(log: JourneyLog, protocol: int) -> JourneyLog:
    twin: JourneyLog = pickle.loads(pickle.dumps(log, protocol))  # noqa: S301  our own
    return twin


any_log = testing.journey_logs()
ROUTES: dict[str, Callable[[JourneyLog], JourneyLog]] = {
    "fields": lambda log: JourneyLog(**{name: getattr(log, name) for name in FIELDS}),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "evolve": attrs.evolve,
    "columns": lambda log: from_columns(log.to_columns(), with_options(log)),
    **{
        f"pickle {protocol}": partial(pickled, protocol=protocol)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


def assert_same(twin: JourneyLog, log: JourneyLog) -> None:
    assert type(twin) is JourneyLog
    assert twin == log
    assert rows_of(twin) == rows_of(log)
    assert is_closed(twin)


@pytest.mark.parametrize("route", ROUTES)
@given(any_log)
def test_copies_and_columns_are_the_same_again(route: str, log: JourneyLog) -> None:
    assert_same(ROUTES[route](log), log)


@given(testing.journey_logs(ids=testing.ids(kind="int")))
def test_the_order_of_rows_does_not_matter_for_whole_numbers(log: JourneyLog) -> None:
    # By time, so that equal rows keep their order and customers are mixed.
    order = np.argsort(log.time, kind="stable")
    columns = {name: column[order] for name, column in log.to_columns().items()}
    assert_same(from_columns(columns, with_options(log)), log)


@given(testing.journey_logs(min_events=1))
def test_records_are_the_same_again(log: JourneyLog) -> None:
    records = log.to_records()
    assert [*map(tuple, [record.values() for record in records])] == [
        tuple(value for name, value in zip(NAMES, row, strict=True) if name in record)
        for row, record in zip(rows_of(log), records, strict=True)
    ]
    assert_same(JourneyLog.from_records(records, **with_options(log)), log)


@given(
    testing.journey_logs(
        min_events=1, ids=testing.ids(kind="str"), touchpoints=["ad", "shop"]
    )
)
def test_records_with_texts_are_json(log: JourneyLog) -> None:
    log = attrs.evolve(
        log, channel=None, channels=(), attribute=None, attributes=()
    )  # of any labels, tuples and UUIDs among them
    records = json.loads(json.dumps(log.to_records(), allow_nan=False))
    assert_same(JourneyLog.from_records(records, **with_options(log)), log)


def test_no_records_are_no_events() -> None:
    assert JourneyLog.from_records([]) == NOBODY
    assert NOBODY.to_records() == []
    assert {name: column.size for name, column in NOBODY.to_columns().items()} == {
        "customer": 0,
        "time": 0,
        "touchpoint": 0,
    }


def test_records_are_told_apart_by_their_keys() -> None:
    rows = [{"who": 7, "at": NOON, "where": ("shop", 1), "how": 5, "more": None}]
    mapping = {"customer": "who", "time": "at", "touchpoint": "where", "channel": "how"}
    log = JourneyLog.from_records(iter(rows), mapping, channels=[4, 5])
    assert log.touchpoints == (("shop", 1),)
    assert log.channel is not None
    assert log.channel.tolist() == [1]  # a label, though it is a number
    assert log.time_unit == "us"
    tuples: Any = [(7, 0, "ad")]
    places: Any = {"customer": 0, "time": 1, "touchpoint": 2}
    assert rows_of(JourneyLog.from_records(tuples, places))[0][:3] == tuples[0]


class NearlyMapping:
    """What sqlite3 returns: keys and values, but no mapping."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    def keys(self) -> list[str]:
        return [*self._values]

    def __getitem__(self, key: str) -> Any:
        return self._values[key]


def test_rows_that_are_nearly_mappings_are_read() -> None:
    rows: Any = [NearlyMapping(customer=7, time=0, touchpoint="ad", other=1)]
    assert rows_of(JourneyLog.from_records(rows))[0][:3] == (7, 0, "ad")


def test_attributes_are_followed_along_dots() -> None:
    items = [
        SimpleNamespace(person=SimpleNamespace(pk=key), at=0, place=("shop", key))
        for key in (8, 7)
    ]
    mapping = {"customer": "person.pk", "time": "at", "touchpoint": "place"}
    log = JourneyLog.from_attributes(iter(items), mapping, time_unit="D")
    assert [row[:3] for row in rows_of(log)] == [
        (7, 0, ("shop", 7)),
        (8, 0, ("shop", 8)),
    ]
    assert log.time_unit == "D"


def test_a_dict_holds_every_field_as_plain_values() -> None:
    plain = json.loads(json.dumps(LOG.to_dict()))
    assert list(plain) == FIELDS
    assert plain["scale"] == attrs.asdict(STARS_1_5) | {"labels": []}
    fields = plain | {"scale": STARS_1_5}
    for name in ("amount", "score", "two_sided"):
        fields[name] = np.array(fields[name])
    assert JourneyLog(**fields) == LOG
    assert BARE.to_dict()["scale"] is None


def test_fields_without_rows_may_be_empty_lists() -> None:
    nothing = JourneyLog(**LOG.where([False] * 3).to_dict() | {"scale": STARS_1_5})
    assert nothing == LOG.take([])
    assert {name: getattr(nothing, name).dtype.kind for name in ARRAYS} == {
        **dict.fromkeys(ARRAYS, "i"),
        "two_sided": "b",
        "amount": "f",
        "score": "f",
    }
    assert str(nothing).splitlines()[-1].split() == ["hotline", "0", "0"]
    assert concat([nothing, LOG]) == LOG


# Equal and unequal


@given(any_log)
def test_a_log_equals_its_like_and_has_no_hash(log: JourneyLog) -> None:
    assert log == log  # noqa: PLR0124  itself
    assert log != "a log"
    with pytest.raises(TypeError, match="unhashable"):
        hash(log)


CHANGES: dict[str, dict[str, Any]] = {
    "customers": {"customers": [7, 9]},
    "kind of customers": {"customers": objects(["7", "8"])},
    "offsets": {"offsets": [0, 1, 3], "time": [0, 5, 60]},
    "time": {"time": [0, 61, 5]},
    "touchpoint": {"touchpoint": [0, 1, 2]},
    "touchpoints": {"touchpoints": ["ad", "shop", "letter"]},
    "time_unit": {"time_unit": "s"},
    "channel": {"channel": [0, 0, -1]},
    "channels": {"channels": ["till", "shop"]},
    "dimension": {"dimension": [0, 0, 0]},
    "no dimension": {"dimension": None},
    "attribute": {"attribute": [0, 0, 0]},
    "attributes": {"attributes": ["soft"]},
    "two_sided": {"two_sided": [True, True, True]},
    "amount": {"amount": [0.0, math.nan, 3.0]},
    "score": {"score": [4.0, 5.0, 5.0]},
    "no score": {"score": None, "scale": None},
    "scale": {"scale": Scale(1, 5, higher_is_better=False)},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_log_differs_if_any_field_does(change: str) -> None:
    assert attrs.evolve(LOG, **CHANGES[change]) != LOG


def test_whole_numbers_are_the_same_in_whatever_they_came() -> None:
    fields = {name: getattr(LOG, name) for name in FIELDS}
    for kind in (object, np.int8, np.uint64):
        twin = JourneyLog(**fields | {"customers": LOG.customers.astype(kind)})
        assert twin == LOG
        assert twin.customers.dtype == np.int64
    for name in ("time", "offsets", "touchpoint"):
        for each in (np.int8, np.uint64):
            assert attrs.evolve(LOG, **{name: getattr(LOG, name).astype(each)}) == LOG
    edge = attrs.evolve(BARE, customers=np.array([2**63 - 1, 5], np.uint64))
    assert edge.customers.dtype == np.int64
    large = attrs.evolve(BARE, customers=objects([2**63, 5]))
    assert large.customers.dtype == np.uint64
    larger = attrs.evolve(BARE, customers=objects([2**64, 5]))
    assert larger.customers.dtype == np.object_
    negative = attrs.evolve(BARE, customers=objects([2**63, -5]))
    assert negative.customers.tolist() == [2**63, -5]
    assert attrs.evolve(BARE, customers=objects([-5, 5])).customers.dtype == np.int64


def test_fields_may_come_as_arrays_of_any_kind() -> None:
    bare = attrs.evolve(BARE, touchpoints=np.array([5]))
    assert [(label, type(label)) for label in bare.touchpoints] == [(5, int)]
    masked = np.ma.array(LOG.time, mask=False)  # nothing is
    assert attrs.evolve(LOG, time=masked) == LOG


def test_times_may_be_as_far_apart_as_can_be() -> None:
    far = 2**62 - 1
    log = JourneyLog.from_columns(
        customer=[1, 1], time=[far, -far], touchpoint=[0, 0], touchpoints=["x"]
    )
    assert log.time.tolist() == [-far, far]
    assert (log.time[1] - log.time[0]) > 0


# Equal rows


@given(tables(ids=st.integers(0, 1) | st.sampled_from("ab")), st.booleans())
def test_equal_rows_are_kept_dropped_or_refused(
    columns: dict[str, Any],
    presorted: bool,  # noqa: FBT001
) -> None:
    if presorted:
        order = in_order(rows_in(columns))
        scale = columns.pop("scale", None)
        columns = {
            name: objects([column[at] for at in order])
            for name, column in columns.items()
        }
        columns |= {} if scale is None else {"scale": scale}
    rows = rows_in(columns)
    again = repeated(rows)
    kept = [row for place, row in enumerate(rows) if place not in again]
    log = JourneyLog.from_columns(**columns)
    assert rows_of(log) == sorted_rows(rows)
    dropped = JourneyLog.from_columns(**columns, duplicates="drop")
    assert rows_of(dropped) == sorted_rows(kept)
    assert dropped.touchpoints == log.touchpoints
    if not again:
        assert JourneyLog.from_columns(**columns, duplicates="raise") == log
        return
    with pytest.raises(InvalidValueError) as caught:
        JourneyLog.from_columns(**columns, duplicates="raise")
    assert caught.value.index == again[0]
    assert str(caught.value).startswith(f"columns[{again[0]}] must hold no row twice; ")
    assert str(caught.value).endswith(
        '; pass duplicates="drop" to keep the first of equal rows'
    )
    event: Any = caught.value.value
    assert tuple(event.get(name) for name in NAMES) == rows[again[0]]


def test_missing_answers_equal_each_other() -> None:
    columns: dict[str, Any] = {"customer": [1, 1], "time": [0, 0], "touchpoint": [5, 5]}
    columns |= {"score": [None, np.nan], "scale": STARS_1_5, "amount": [np.nan, None]}
    assert len(JourneyLog.from_columns(**columns, duplicates="drop")) == 1


def test_what_is_missing_equals_nothing_that_is_known() -> None:
    columns: dict[str, Any] = {"customer": [1, 1], "time": [0, 0], "touchpoint": [5, 5]}
    for values in ([None, 2.5], [2.5, None]):
        log = JourneyLog.from_columns(**columns, amount=values, duplicates="drop")
        assert log.to_columns()["amount"].tolist() == pytest.approx(
            [math.nan if each is None else each for each in values], nan_ok=True
        )


def test_equal_rows_are_dropped_wherever_they_stand() -> None:
    rows = [(1, 0), (1, 0), (1, 3), (1, 3), (1, 3), (2, 3), (3, 5), (3, 6), (3, 6)]
    log = JourneyLog.from_columns(
        customer=[customer for customer, _ in rows],
        time=[time for _, time in rows],
        touchpoint=["shop"] * len(rows),
        duplicates="drop",
    )
    assert [row[:2] for row in rows_of(log)] == [*dict.fromkeys(rows)]


# From objects

MOTHER = Ref("stakeholder", 7)
BRAND, RELATIONSHIP, TRANSACTION = ExperienceDimension


@st.composite
def told(draw: st.DrawFn) -> list[Journey[Any]]:
    keys = draw(st.lists(testing.ids(), max_size=4))
    return [
        draw(testing.journeys(party=Ref("stakeholder", key), max_steps=3))
        for key in keys
    ]


def nearest(valence: float, scale: Scale) -> float:
    """Try all points, from the worst to the best; the first of equally near is it."""
    points = scale.points.tolist()
    if not scale.higher_is_better:
        points.reverse()
    wanted = (Fraction(valence) + 1) / 2 * (scale.size - 1)
    near = [abs(wanted - place) for place in range(scale.size)]
    # Sums of floats are rounded: what is this near to the middle is the middle.
    best = next(at for at in near if at <= min(near) + Fraction(1, 10**8))
    return float(points[near.index(best)])


@given(
    told(),
    st.none() | testing.scales(),
    st.none() | st.sampled_from(ExperienceDimension),
)
def test_journeys_are_told_as_rows(
    journeys: list[Journey[Any]],
    scale: Scale | None,
    dimension: ExperienceDimension | None,
) -> None:
    rows: list[Row] = []
    for journey in journeys:
        for step in journey.steps:
            felt = None if scale is None else step_score(step, dimension)
            happened = step.encounter
            since = happened.at - datetime(1970, 1, 1, tzinfo=UTC)
            rows.append(
                (
                    happened.party.id,
                    since // timedelta(microseconds=1),
                    happened.touchpoint,
                    None,
                    None if dimension is None else dimension.value,
                    None,
                    happened.direction is Direction.TWO_SIDED,
                    None,
                    None if felt is None or scale is None else nearest(felt, scale),
                )
            )
    log = JourneyLog.from_journeys(iter(journeys), scale=scale, dimension=dimension)
    assert rows_of(log) == sorted_rows(rows)
    assert log.time_unit == "us"
    assert log.scale == scale


@pytest.mark.parametrize(
    ("valence", "stars", "effort"),
    [
        (-1, 1, 5),
        (-0.75, 1, 5),
        (-0.74, 2, 4),
        (-0.25, 2, 4),
        (0, 3, 3),
        (0.25, 3, 3),
        (0.26, 4, 2),
        (1, 5, 1),
    ],
)
def test_the_worse_of_two_equally_near_points_is_taken(
    valence: float, stars: int, effort: int
) -> None:
    assert not EFFORT_1_5.higher_is_better
    for scale, expected in ((STARS_1_5, stars), (EFFORT_1_5, effort)):
        log = JourneyLog.from_journeys([journey_of(felt(valence=valence))], scale=scale)
        assert log.score is not None
        assert log.score.tolist() == [expected] == [nearest(valence, scale)]


def felt(**changes: Any) -> Perception:
    fields: dict[str, Any] = {
        "dimension": BRAND,
        "valence": 0.5,
        "intensity": 1,
        "expectation": None,
        "evidence": Evidence.OBSERVED,
        "attribute": None,
    }
    return Perception(**fields | changes)


def journey_of(
    *perceptions: Perception, goal: str = "x", **changes: Any
) -> Journey[Any]:
    fields: dict[str, Any] = {
        "id": 1,
        "party": MOTHER,
        "touchpoint": "shop",
        "at": NOON,
        "direction": Direction.TWO_SIDED,
        "duration": timedelta(0),
        "initiator": Initiator.STAKEHOLDER,
        "counterpart": Ref("brand", "nappies"),
        "relationship": Ref("relationship", 1),
    }
    encounter: Encounter[Any] = Encounter(**fields | changes)
    step = Experience(encounter=encounter, perceptions=perceptions or [felt()])
    return Journey.of(encounter.party, goal, [step])


DROPPED: dict[str, Journey[Any]] = {
    "goal": journey_of(goal="another"),
    "kind of party": journey_of(party=Ref("household", 7)),
    "encounter id": journey_of(id=2),
    "duration": journey_of(duration=timedelta(hours=1)),
    "initiator": journey_of(initiator=Initiator.ORGANISATION),
    "counterpart": journey_of(counterpart=Ref("brand", "soap")),
    "relationship": journey_of(relationship=None),
    "intensity": journey_of(felt(intensity=0.1)),
    "expectation": journey_of(felt(expectation=1)),
    "evidence": journey_of(felt(evidence=Evidence.ASSUMED)),
    "attribute": journey_of(felt(attribute="dry")),
    "dimension": journey_of(felt(dimension=TRANSACTION)),
    "separate perceptions": journey_of(
        felt(valence=0), felt(valence=1, dimension=TRANSACTION)
    ),
    "valence within the nearest point": journey_of(felt(valence=0.6)),
}
KEPT: dict[str, Journey[Any]] = {
    "party": journey_of(party=Ref("stakeholder", 8)),
    "touchpoint": journey_of(touchpoint="hotline"),
    "at": journey_of(at=NOON + timedelta(microseconds=1)),
    "direction": journey_of(direction=Direction.ONE_SIDED),
    "valence": journey_of(felt(valence=-0.5)),
    "felt or not": journey_of(felt(intensity=0)),
}


@pytest.mark.parametrize("what", [*DROPPED, *KEPT])
def test_this_is_left_behind_and_that_is_kept(what: str) -> None:
    plain, other = (
        JourneyLog.from_journeys([journey], scale=STARS_1_5)
        for journey in (journey_of(), (DROPPED | KEPT)[what])
    )
    assert (plain == other) == (what in DROPPED)


def test_nothing_of_an_encounter_is_forgotten_here() -> None:
    known = {"encounter id": "id", "kind of party": "party"}
    names = {known.get(what, what) for what in (*DROPPED, *KEPT)}
    fields = {
        field.name for kind in (Encounter, Perception) for field in attrs.fields(kind)
    }
    assert fields <= names


def test_scores_of_one_dimension_are_kept_alone() -> None:
    journey = journey_of(felt(valence=1), felt(valence=-1, dimension=TRANSACTION))
    for dimension, score in ((BRAND, 5), (TRANSACTION, 1), (None, 3)):
        log = JourneyLog.from_journeys([journey], scale=STARS_1_5, dimension=dimension)
        assert rows_of(log)[0][-1] == score
    log = JourneyLog.from_journeys([journey], scale=STARS_1_5, dimension=RELATIONSHIP)
    assert rows_of(log)[0][-1] is None


def test_journeys_of_one_party_are_joined() -> None:
    later = journey_of(at=NOON + timedelta(days=1), touchpoint="hotline")
    log = JourneyLog.from_journeys([later, journey_of()])
    assert log.customers.tolist() == [7]
    assert [row[2] for row in rows_of(log)] == ["shop", "hotline"]
    assert JourneyLog.from_journeys([]).touchpoints == ()


# From paths


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abc") | testing.ids(), min_size=1, max_size=4),
            st.integers(0, 3),
            st.integers(0, 3),
        ),
        max_size=4,
    )
)
def test_paths_are_gone_as_often_as_they_were_counted(
    counted: list[tuple[list[Hashable], int, int]],
) -> None:
    rows: list[Row] = []
    expected: list[bool] = []
    for path, conversions, nulls in counted:
        for reached in [True] * conversions + [False] * nulls:
            rows += [(len(expected), step, label) for step, label in enumerate(path)]
            expected.append(reached)
    log, outcome = JourneyLog.from_paths(
        [path for path, _, _ in counted],
        conversions=[each for _, each, _ in counted],
        nulls=[each for _, _, each in counted],
    )
    assert [row[:3] for row in rows_of(log)] == rows
    assert outcome.dtype == np.bool_
    assert outcome.tolist() == expected
    labels = dict.fromkeys(label for path, _, _ in counted for label in path)
    assert log.touchpoints == tuple(labels)
    won, bought = JourneyLog.from_paths(
        (path for path, _, _ in counted), conversions=[each for _, each, _ in counted]
    )
    assert bought.tolist() == [True] * sum(expected)
    gone = [[row[2] for row in rows_of(won.take([each]))] for each in won.customers]
    assert gone == [path for path, often, _ in counted for _ in range(often)]


def test_a_path_may_be_an_array() -> None:
    path: Any = np.array([5, 6])
    log, _ = JourneyLog.from_paths([path], conversions=[1])
    assert log.touchpoints == (5, 6)
    assert [type(label) for label in log.touchpoints] == [int, int]
    assert log.touchpoint.dtype == np.uint8


# Looking

TABLE = """\
touchpoint  events  answers
ad               1        1
shop             2        1
hotline          0        0"""


def test_a_log_says_what_it_holds() -> None:
    assert len(LOG) == 3
    assert LOG.n_customers == 2
    assert repr(LOG) == (
        "JourneyLog 3 events, 2 customers, 3 touchpoints, 2 answers on 1-5"
    )
    assert repr(BARE) == "JourneyLog 2 events, 2 customers, 1 touchpoint"
    assert LOG.summary() == (
        "3 events of 2 customers at 2 touchpoints, 1.5 each on average; 2 of them"
        " answered."
    )
    assert BARE.summary() == (
        "2 events of 2 customers at 1 touchpoint, 1.0 each on average."
    )
    assert NOBODY.summary() == "0 events of 0 customers at 0 touchpoints."
    assert str(LOG) == TABLE
    assert str(BARE).splitlines() == ["touchpoint  events", "x                2"]
    assert str(NOBODY)


def test_a_notebook_shows_touchpoints_with_labels_escaped() -> None:
    log = JourneyLog.from_columns(customer=[1], time=[0], touchpoint=["<b>"])
    shown = log._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert repr(log) in shown


@given(testing.journey_logs(min_events=1))
def test_a_journey_holds_the_records_of_one_customer(log: JourneyLog) -> None:
    records = log.to_records()
    for customer in log.customers.tolist():
        expected = [each for each in records if each["customer"] == customer]
        assert log.journey(customer) == tuple(expected)


def test_a_number_is_found_among_ids_of_other_kinds() -> None:
    ids = [8, "b", ("a", 1), 3]
    log = JourneyLog.from_columns(
        customer=objects(ids), time=range(4), touchpoint=["shop"] * 4
    )
    for time, customer in enumerate(ids):
        assert [event["time"] for event in log.journey(customer)] == [time]


# Cutting


class Opaque:
    """A column whose items equal nothing but their like, as those of Arrow do."""

    def __iter__(self) -> Iterator[object]:
        return iter([object(), object()])

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([8, 7], dtype)


def test_ids_of_a_column_are_those_of_its_array() -> None:
    column: Any = Opaque()
    assert LOG.take(column) == LOG


@given(any_log, st.data())
def test_taking_customers_keeps_their_rows(
    log: JourneyLog, data: st.DataObject
) -> None:
    ids = log.customers.tolist()
    some = data.draw(st.lists(st.sampled_from(ids))) if ids else []
    expected = [row for row in rows_of(log) if row[0] in some]
    for kind in (list, tuple, set, dict.fromkeys, objects):
        part = log.take(kind(some))
        assert rows_of(part) == expected
        assert part.touchpoints == log.touchpoints
        assert part.channels == log.channels
        assert is_closed(part)
    assert log.take(log.customers) == log


@given(any_log, st.data())
def test_masks_keep_rows_and_only_customers_that_have_some(
    log: JourneyLog, data: st.DataObject
) -> None:
    size = len(log)
    mask = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    expected = [row for row, kept in zip(rows_of(log), mask, strict=True) if kept]
    part = log.where(mask)
    assert rows_of(part) == expected
    assert part.customers.tolist() == [*dict.fromkeys(row[0] for row in expected)]
    assert part.attributes == log.attributes
    assert log.where(np.ones(size, np.bool_)) == log


@given(any_log, st.data())
def test_events_at_touchpoints_are_those_a_loop_finds(
    log: JourneyLog, data: st.DataObject
) -> None:
    wanted: list[Any] = []
    if log.touchpoints:
        wanted = data.draw(st.lists(st.sampled_from(log.touchpoints), max_size=4))
    found = log.is_at(*wanted)
    assert found.dtype == np.bool_
    assert found.shape == (len(log),)
    assert found.tolist() == [row[2] in wanted for row in rows_of(log)]
    assert log.is_at(*log.touchpoints).all()
    assert not log.is_at().any()
    kept = [row for row in rows_of(log) if row[2] not in wanted]
    assert rows_of(log.where(~found)) == kept


def test_touchpoints_of_any_kind_are_found_with_events_or_without() -> None:
    labels: list[Any] = [("web", "home"), 7, "shop", "never"]
    log = JourneyLog.from_columns(
        customer=[1, 1, 2], time=[0, 1, 0], touchpoint=(np.array([0, 2, 1]), labels)
    )
    assert log.is_at(("web", "home")).tolist() == [True, False, False]
    assert log.is_at(7, "shop").tolist() == [False, True, True]
    assert log.is_at("never").tolist() == [False] * 3
    mine = log.is_at(7)
    mine[:] = True  # a mask is the caller's own
    assert log.is_at(7).tolist() == [False, False, True]


@given(any_log, st.integers(1, 5))
def test_partitions_hold_each_customer_once(log: JourneyLog, n: int) -> None:
    groups = customer_groups(log.customers, n=n).tolist()
    group = dict(zip(log.customers.tolist(), groups, strict=True))
    parts = log.partition(n)
    assert len(parts) == n
    for place, part in enumerate(parts):
        expected = [row for row in rows_of(log) if group[row[0]] == place]
        assert rows_of(part) == expected
        assert part.touchpoints == log.touchpoints
    assert all(
        set(part.customers.tolist()).isdisjoint(later.customers.tolist())
        for part, later in pairwise(parts)
    )


# Joining


@given(testing.journey_logs(ids=testing.ids(kind="int")), st.integers(1, 4))
def test_parts_joined_are_the_whole(log: JourneyLog, n: int) -> None:
    assert_same(concat(log.partition(n)), log)


UNSIGNED = st.integers(0, 2**64 - 1)


@given(testing.journey_logs(ids=UNSIGNED), st.integers(1, 4))
def test_parts_with_the_largest_numbers_joined_are_the_whole(
    log: JourneyLog, n: int
) -> None:
    assert_same(concat(log.partition(n)), log)


@st.composite
def parts(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Draw tables of which some have columns that others lack, and their units."""
    keys = draw(st.sampled_from([None, testing.ids(), st.sampled_from("abc")]))
    sides = draw(st.booleans())
    scale = draw(st.sampled_from([STARS_1_5, HALVES]))
    table = tables(ids=keys, scale=scale, sides=sides)
    drawn = draw(st.lists(table, min_size=1, max_size=3))
    for columns in drawn:
        if draw(st.booleans()):
            del columns["scale"], columns["score"]
    return [(draw(st.sampled_from([*NANOSECONDS])), columns) for columns in drawn]


@given(parts())
def test_logs_are_joined_row_by_row(drawn: list[tuple[str, dict[str, Any]]]) -> None:
    logs: list[JourneyLog] = []
    for unit, columns in drawn:
        options: dict[str, Any] = columns | {"time_unit": unit}
        logs.append(JourneyLog.from_columns(**options))
    finest = min((log.time_unit for log in logs), key=NANOSECONDS.__getitem__)
    rows: list[Row] = []
    for log in logs:
        factor = NANOSECONDS[log.time_unit] // NANOSECONDS[finest]
        rows += [(row[0], row[1] * factor, *row[2:]) for row in rows_of(log)]
    joined = concat(iter(logs))
    assert rows_of(joined) == sorted_rows(rows)
    assert joined.time_unit == finest
    for name in ("touchpoint", "channel", "attribute"):
        united = dict.fromkeys(
            label for log in logs for label in getattr(log, f"{name}s")
        )
        assert getattr(joined, f"{name}s") == tuple(united)
    for name in OPTIONAL:
        there = any(getattr(log, name) is not None for log in logs)
        assert (getattr(joined, name) is not None) == there
    assert is_closed(joined)


def test_on_equal_times_the_earlier_log_comes_first() -> None:
    first, second = (
        JourneyLog.from_columns(customer=[7, 7], time=[0, 9], touchpoint=labels)
        for labels in (["a", "b"], ["c", "d"])
    )
    for logs, expected in (([first, second], "acbd"), ([second, first], "cadb")):
        assert "".join(row[2] for row in rows_of(concat(logs))) == expected


def test_numbers_joined_with_texts_are_both_kept() -> None:
    assert concat([LOG.take([8]), BARE_SIDED]).customers.tolist() == [8, "b", "a"]
    large = attrs.evolve(LOG, customers=np.array([2**63, 2**64 - 1], np.uint64))
    assert concat([large, LOG]).customers.tolist() == [7, 8, 2**63, 2**64 - 1]


BARE_SIDED = attrs.evolve(BARE, two_sided=[True, False])


# What became of whom


def test_outcomes_come_per_customer_as_a_set_or_a_mapping() -> None:
    expected = [False, True]
    for outcome in (
        [False, True],
        np.array(expected),
        objects(expected),
        {8},
        frozenset({8}),
        {8: True, 7: False},
        {7: np.False_, 8: np.True_},
    ):
        found = outcome_of(LOG, outcome)
        assert found.dtype == np.bool_
        assert found.tolist() == expected
    nothing: list[Any] = [[], set(), {}]
    for outcome in nothing:
        found = outcome_of(NOBODY, outcome)
        assert found.dtype == np.bool_
        assert found.tolist() == []


# The running example of process mining


def running_example() -> dict[str, Any]:
    columns: dict[str, Any] = runpy.run_path(str(TESTS / "running_example.py"))[
        "running_example"
    ]()
    return columns


@pytest.mark.reference
def test_the_running_example_is_as_published() -> None:
    log = JourneyLog.from_columns(**running_example(), time_unit="s")
    assert (len(log), log.n_customers, len(log.touchpoints)) == (42, 6, 8)
    assert log.customers.tolist() == [1, 2, 3, 4, 5, 6]
    lengths = dict(
        zip(log.customers.tolist(), np.diff(log.offsets).tolist(), strict=True)
    )
    # In the order of the file.
    assert [lengths[case] for case in (3, 2, 1, 6, 5, 4)] == [9, 5, 5, 5, 13, 5]
    journeys = [log.journey(case) for case in log.customers.tolist()]
    assert {journey[0]["touchpoint"] for journey in journeys} == {"register request"}
    ends = sorted(journey[-1]["touchpoint"] for journey in journeys)
    assert ends == ["pay compensation"] * 3 + ["reject request"] * 3
    assert (
        len({tuple(each["touchpoint"] for each in journey) for journey in journeys})
        == 6
    )
    assert sorted(journey[-1]["time"] - journey[0]["time"] for journey in journeys) == [
        520920,
        703320,
        779580,
        852300,
        1368780,
        1576440,
    ]


def test_all_doors_lead_to_the_same_log() -> None:
    columns = running_example()
    log = JourneyLog.from_columns(**columns)
    rows = [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    assert JourneyLog.from_records(rows) == log
    items = [SimpleNamespace(**row) for row in rows]
    mapping = {name: name for name in columns}
    assert JourneyLog.from_attributes(items, mapping) == log
    assert cx.JourneyLog is JourneyLog


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 30)), max_size=20),
    st.integers(0, 8),
)
def test_every_long_pause_begins_a_journey(
    rows: list[tuple[int, int]], gap: int
) -> None:
    log = JourneyLog.from_columns(
        customer=np.array([who for who, _ in rows], np.int64),
        time=np.array([when for _, when in rows], np.int64),
        touchpoint=np.array([0] * len(rows)),
        touchpoints=["shop"],
    )
    told: dict[tuple[int, int], list[int]] = {}
    last: dict[int, tuple[int, int]] = {}
    for who, when in sorted(rows):
        number, before = last.get(who, (0, -gap - 1))
        number += when - before > gap
        last[who] = number, when
        told.setdefault((who, number), []).append(when)
    found = log.split(gap=gap)
    ends = zip(found.offsets[:-1], found.offsets[1:], strict=True)
    times = [found.time[start:end].tolist() for start, end in ends]
    assert dict(zip(found.customers.tolist(), times, strict=True)) == told


def test_a_pause_is_a_time() -> None:
    log = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])
    for gap, kind in ((-1, InvalidValueError), ("30 min", InvalidTypeError)):
        with pytest.raises(kind) as caught:
            log.split(gap=gap)
        assert caught.value.argument == "gap"


def test_a_view_of_somebody_else_is_copied() -> None:
    memory = np.array([2, 1])
    view = memory[:]
    view.flags.writeable = False
    state = FunnelCounts(steps=["ad", "shop"], counts=view, customers=2)
    memory[1] = 77
    assert state.counts.tolist() == [2, 1]
