"""What a journey log refuses: bad columns, broken fields, partners that do not fit."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest

from cxmkit import (
    EFFORT_1_5,
    SATISFACTION_1_7,
    STARS_1_5,
    Encounter,
    Experience,
    Journey,
    JourneyLog,
    Ref,
    _checks,
    _events,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.journeylog import concat, outcome_of, row_order

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LABELLED = "give these rows a label of their own or leave them out"
WRAP = "wrap a single one: [...]"
BY_TYPE = "ids are compared by value and type: 7 is not '7'"
BY_SET = "pass a set of ids for those who reached it"
CAST = "astype(bool) turns 0 and 1 into truth values"
NO_OUTCOME = "say False, or leave these customers out: log.take(...)"
SCALE = "pass for example STARS_1_5 or Scale(1, 5, higher_is_better=True)"


def objects(*values: Any) -> Any:
    return np.fromiter(values, object, len(values))


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


def judge(
    call: Callable[[], object], kind: type[CxmError], message: str, **about: Any
) -> None:
    error = refusal(call)
    assert type(error) is kind
    assert str(error) == message
    assert {name: getattr(error, name) for name in about} == about


GOOD: dict[str, Any] = {"customer": [7, 8], "time": [0, 1], "touchpoint": ["ad", "ad"]}
BARE = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["ad"])


# Columns; each kind of them is judged in test_columns_of_events.py


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (
            {"customer": [7, None]},
            MissingValueError,
            f"customer[1] is missing; {LABELLED}",
        ),
        (
            {"time": [0, None]},
            MissingValueError,
            "time[1] is missing; leave these rows out",
        ),
        (
            {"touchpoint": ["ad", None]},
            MissingValueError,
            f"touchpoint[1] is missing; {LABELLED}",
        ),
        (
            {"time": [0]},
            InvalidValueError,
            "time must have as many rows as customer (2); got 1",
        ),
        (
            {"touchpoint": ["ad"] * 3},
            InvalidValueError,
            "touchpoint must have as many rows as customer (2); got 3",
        ),
        (
            {"channel": ["web"]},
            InvalidValueError,
            "channel must have as many rows as customer (2); got 1",
        ),
        (
            {"attribute": ["dry"]},
            InvalidValueError,
            "attribute must have as many rows as customer (2); got 1",
        ),
        (
            {"dimension": ["brand"]},
            InvalidValueError,
            "dimension must have as many rows as customer (2); got 1",
        ),
        (
            {"two_sided": [True]},
            InvalidValueError,
            "two_sided must have as many rows as customer (2); got 1",
        ),
        (
            {"amount": [1]},
            InvalidValueError,
            "amount must have as many rows as customer (2); got 1",
        ),
        (
            {"score": [1], "scale": STARS_1_5},
            InvalidValueError,
            "score must have as many rows as customer (2); got 1",
        ),
        (
            {"touchpoints": ["shop"]},
            InvalidValueError,
            (
                "touchpoint[0] must be one of touchpoints; got 'ad'; touchpoints are"
                " 'shop'"
            ),
        ),
        (
            {"channels": ["web"]},
            InvalidValueError,
            "channels must come with channel; got ['web']",
        ),
        (
            {"attributes": []},
            InvalidValueError,
            "attributes must come with attribute; got []",
        ),
        (
            {"dimension": [None, "price"]},
            InvalidValueError,
            (
                "dimension[1] must be one of 'brand', 'relationship', 'transaction';"
                " got 'price'"
            ),
        ),
        (
            {"dimension": ([0, 0], ["brand", "price"])},
            InvalidValueError,
            (
                "dimension must be one of 'brand', 'relationship', 'transaction';"
                " got 'price'"
            ),
        ),
        (
            {"two_sided": [True, 1]},
            InvalidTypeError,
            f"two_sided[0] must hold True or False; got 1; {CAST}",
        ),
        (
            {"two_sided": [True, None]},
            MissingValueError,
            "two_sided[1] is missing; leave these rows out",
        ),
        (
            {"amount": [1, np.inf]},
            InvalidValueError,
            "amount[1] must be a finite number; got inf",
        ),
        (
            {"score": [1, 5]},
            InvalidValueError,
            (
                "scale must come with score; got None; for example scale=STARS_1_5;"
                " no scale is assumed"
            ),
        ),
        (
            {"scale": STARS_1_5},
            InvalidValueError,
            "score must come with scale; got None; leave out scale",
        ),
        (
            {"score": [1, 5], "scale": (1, 5)},
            InvalidTypeError,
            f"scale must be a Scale; got (1, 5); {SCALE}",
        ),
        (
            {"score": [1, 6], "scale": STARS_1_5},
            InvalidValueError,
            "score[1] must be on the 1-5 scale; got 6",
        ),
        (
            {"time_unit": "minutes"},
            InvalidValueError,
            (
                'time_unit must be one of "D", "h", "m", "s", "ms", "us", "ns";'
                " got 'minutes'"
            ),
        ),
        (
            {"duplicates": "first"},
            InvalidValueError,
            'duplicates must be one of "keep", "drop", "raise"; got \'first\'',
        ),
    ],
)
def test_bad_columns_are_refused(
    changes: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    options = GOOD | changes
    judge(lambda: JourneyLog.from_columns(**options), kind, message)


def test_the_row_of_a_bad_value_is_that_of_the_input() -> None:
    columns: dict[str, Any] = {"customer": [9, 7, 8], "time": [5, 4, 3]}
    columns |= {"touchpoint": ["ad"] * 3, "score": [1, 6, 5], "scale": STARS_1_5}
    assert refusal(lambda: JourneyLog.from_columns(**columns)).index == 1


def test_a_row_that_is_there_twice_is_shown() -> None:
    columns: dict[str, Any] = {"customer": [8, 8, 7, 7], "time": [0, 0, 0, 0]}
    columns |= {"touchpoint": ["ad"] * 4, "duplicates": "raise"}
    judge(
        lambda: JourneyLog.from_columns(**columns),
        InvalidValueError,
        (
            "columns[1] must hold no row twice; got {'customer': 8, 'time': 0,"
            " 'touchpoint': 'ad'}; pass duplicates=\"drop\" to keep the first of equal"
            " rows"
        ),
        index=1,
    )


# Fields: every invariant, broken alone

FIELDS: dict[str, Any] = {
    "customers": [7, 8],
    "offsets": [0, 2, 3],
    "time": [0, 9, 5],
    "touchpoint": [0, 1, 1],
    "touchpoints": ["ad", "shop"],
    "channel": [0, -1, 0],
    "channels": ["web"],
    "dimension": [0, -1, 2],
    "attribute": [-1, -1, 0],
    "attributes": ["dry"],
    "two_sided": [True, False, True],
    "amount": [1.0, np.nan, 0.0],
    "score": [1.0, np.nan, 5.0],
    "scale": STARS_1_5,
}
LOG = JourneyLog(**FIELDS)
PLAIN = "must be a plain array of one dimension; got"
BROKEN: list[tuple[dict[str, Any], type[CxmError], str]] = [
    ({"customers": None}, InvalidTypeError, f"customers {PLAIN} None"),
    ({"customers": 7}, InvalidValueError, f"customers {PLAIN} '0 dimensions'"),
    ({"customers": [[7, 8]]}, InvalidValueError, f"customers {PLAIN} '2 dimensions'"),
    (
        {"customers": np.ma.array([7, 8], mask=[False, True])},
        InvalidTypeError,
        f"customers {PLAIN} 'a masked one'",
    ),
    (
        {"customers": ["a", "b"]},
        InvalidTypeError,
        (
            "customers must be an array of whole numbers or objects; got dtype('<U1');"
            " JourneyLog.from_columns takes ids of all kinds"
        ),
    ),
    (
        {"customers": [7.0, 8.0]},
        InvalidTypeError,
        (
            "customers must be an array of whole numbers or objects; got"
            " dtype('float64'); JourneyLog.from_columns takes ids of all kinds"
        ),
    ),
    (
        {"customers": objects("a", None)},
        MissingValueError,
        "customers[1] is missing",
    ),
    (
        {"customers": objects("a", ["b"])},
        InvalidTypeError,
        "customers[1] must be hashable; got ['b']",
    ),
    (
        {"customers": [7, 7]},
        InvalidValueError,
        "customers[1] must be there once; got 7",
    ),
    (
        {"customers": [7, 8, 8], "offsets": [0, 1, 2, 3]},
        InvalidValueError,
        "customers[2] must be there once; got 8",
    ),
    (
        {"customers": objects("a", "a")},
        InvalidValueError,
        "customers[1] must be there once; got 'a'",
    ),
    (
        {"customers": [7]},
        InvalidValueError,
        "offsets must have one place more than there are customers (1); got 3",
    ),
    ({"offsets": None}, InvalidTypeError, f"offsets {PLAIN} None"),
    ({"offsets": 0}, InvalidValueError, f"offsets {PLAIN} '0 dimensions'"),
    (
        {"offsets": [0.0, 2.0, 3.0]},
        InvalidTypeError,
        "offsets must hold whole numbers; got dtype('float64')",
    ),
    (
        {"offsets": [1, 2, 3]},
        InvalidValueError,
        "offsets must begin with 0 and end with the number of events (3); got (1, 3)",
    ),
    (
        {"offsets": [0, 2, 4]},
        InvalidValueError,
        "offsets must begin with 0 and end with the number of events (3); got (0, 4)",
    ),
    (
        {"offsets": [0, 3, 3]},
        InvalidValueError,
        "offsets[2] must ascend: each customer has an event; got 3",
    ),
    (
        {
            "customers": [7, 8, 9],
            "offsets": np.array([0, 4, 2, 3], np.uint8),
        },
        InvalidValueError,
        "offsets[2] must ascend: each customer has an event; got 2",
    ),
    ({"time": None}, InvalidTypeError, f"time {PLAIN} None"),
    ({"time": [[0], [1, 2]]}, InvalidTypeError, f"time {PLAIN} [[0], [1, 2]]"),
    (
        {"time": [0.0, 1.0, 2.0]},
        InvalidTypeError,
        "time must hold whole numbers; got dtype('float64')",
    ),
    (
        {"time": [9, 0, 5]},
        InvalidValueError,
        (
            "time[1] must not go back (from 9) within a customer; got 0;"
            " JourneyLog.from_columns puts rows in order"
        ),
    ),
    (
        {"time": np.array([9, 0, 5], np.uint64)},
        InvalidValueError,
        (
            "time[1] must not go back (from 9) within a customer; got 0;"
            " JourneyLog.from_columns puts rows in order"
        ),
    ),
    (
        {"time": np.array([-100, 100, 5], np.int8), "offsets": [0, 1, 3]},
        InvalidValueError,
        (
            "time[2] must not go back (from 100) within a customer; got 5;"
            " JourneyLog.from_columns puts rows in order"
        ),
    ),
    (
        {"time": [2**62 - 1, 2**62, 5]},
        InvalidValueError,
        "time[1] must lie between -2**62 and 2**62; got 4611686018427387904",
    ),
    (
        {"time": [-(2**62) + 1, 0, -(2**62)]},
        InvalidValueError,
        "time[2] must lie between -2**62 and 2**62; got -4611686018427387904",
    ),
    (
        {"time": np.array([0, 2**63, 5], np.uint64)},
        InvalidValueError,
        "time[1] must lie between -2**62 and 2**62; got 9223372036854775808",
    ),
    (
        {"time_unit": None},
        InvalidValueError,
        'time_unit must be one of "D", "h", "m", "s", "ms", "us", "ns"; got None',
    ),
    ({"touchpoint": None}, InvalidTypeError, f"touchpoint {PLAIN} None"),
    (
        {"touchpoint": ["ad", "ad", "ad"]},
        InvalidTypeError,
        "touchpoint must hold whole numbers; got dtype('<U2')",
    ),
    (
        {"touchpoint": [0, 1]},
        InvalidValueError,
        "touchpoint must have one value per event, the shape (3,); got (2,)",
    ),
    (
        {"touchpoint": [0, 2, 0]},
        InvalidValueError,
        "touchpoint[1] must be the code of one of 2 labels; got 2",
    ),
    (
        {"touchpoint": [0, -1, 0]},
        InvalidValueError,
        "touchpoint[1] must be the code of one of 2 labels; got -1",
    ),
    (
        {"touchpoints": None},
        InvalidTypeError,
        "touchpoints must be a series of labels; got None",
    ),
    (
        {"touchpoints": "ab"},
        InvalidTypeError,
        "touchpoints must be a series of labels; got 'ab'",
    ),
    (
        {"touchpoints": {"ad"}},
        InvalidTypeError,
        "touchpoints must be a series of labels; got {'ad'}",
    ),
    (
        {"touchpoints": ["ad", None]},
        MissingValueError,
        "touchpoints[1] is missing; what is missing has no label",
    ),
    (
        {"touchpoints": ["ad", []]},
        InvalidTypeError,
        "touchpoints[1] must be a hashable label; got []",
    ),
    (
        {"touchpoints": ["ad", "ad"]},
        InvalidValueError,
        "touchpoints[1] must not repeat the label of touchpoints[0]; got 'ad'",
    ),
    (
        {"channel": [0, -2, 0]},
        InvalidValueError,
        "channel[1] must be the code of one of 1 labels; got -2",
    ),
    (
        {"channel": None},
        InvalidValueError,
        "channels must come with channel; got ('web',)",
    ),
    (
        {"channel": None, "channels": None},
        InvalidValueError,
        "channels must come with channel; got None",
    ),
    (
        {"channels": ["web", "web"]},
        InvalidValueError,
        "channels[1] must not repeat the label of channels[0]; got 'web'",
    ),
    (
        {"dimension": [0, -2, 0]},
        InvalidValueError,
        "dimension[1] must be the code of one of 3 labels; got -2",
    ),
    (
        {"dimension": [0, 3, 0]},
        InvalidValueError,
        "dimension[1] must be the code of one of 3 labels; got 3",
    ),
    (
        {"attribute": [0, -2, 0]},
        InvalidValueError,
        "attribute[1] must be the code of one of 1 labels; got -2",
    ),
    (
        {"attribute": [0, 1, 0]},
        InvalidValueError,
        "attribute[1] must be the code of one of 1 labels; got 1",
    ),
    (
        {"attribute": [0, 0]},
        InvalidValueError,
        "attribute must have one value per event, the shape (3,); got (2,)",
    ),
    (
        {"two_sided": [1, 0, 1]},
        InvalidTypeError,
        "two_sided must hold truth values; got dtype('int64')",
    ),
    (
        {"amount": [1, 2, 3]},
        InvalidTypeError,
        "amount must hold floats; got dtype('int64')",
    ),
    (
        {"amount": [1.0, -np.inf, 0.0]},
        InvalidValueError,
        "amount[1] must be finite, or NaN for none; got -inf",
    ),
    (
        {"score": [1.0, np.nan, 5.5]},
        InvalidValueError,
        "score[2] must be on the 1-5 scale; got 5.5",
    ),
    (
        {"score": [np.nan, np.nan, np.inf]},
        InvalidValueError,
        "score[2] must be on the 1-5 scale; got inf",
    ),
    (
        {"score": None},
        InvalidValueError,
        "score must come with scale; got None; leave out scale",
    ),
    (
        {"scale": None},
        InvalidValueError,
        (
            "scale must come with score; got None; for example scale=STARS_1_5;"
            " no scale is assumed"
        ),
    ),
    (
        {"scale": "stars"},
        InvalidTypeError,
        f"scale must be a Scale; got 'stars'; {SCALE}",
    ),
]


@pytest.mark.parametrize(("changes", "kind", "message"), BROKEN)
def test_no_broken_log_can_be_made_or_evolved(
    changes: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    judge(lambda: JourneyLog(**FIELDS | changes), kind, message)
    judge(lambda: attrs.evolve(LOG, **changes), kind, message)


@pytest.mark.parametrize("size", [1, 2])
def test_the_row_of_a_bad_field_is_that_of_the_whole_log(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_events, "_BLOCK", size)
    monkeypatch.setattr(_checks, "CHUNK", size)
    judge(
        lambda: attrs.evolve(LOG, offsets=[0, 1, 3]),
        InvalidValueError,
        (
            "time[2] must not go back (from 9) within a customer; got 5;"
            " JourneyLog.from_columns puts rows in order"
        ),
        index=2,
    )
    judge(
        lambda: attrs.evolve(LOG, score=[1.0, np.nan, 5.5]),
        InvalidValueError,
        "score[2] must be on the 1-5 scale; got 5.5",
        index=2,
    )


def test_no_broken_log_comes_out_of_a_pickle() -> None:
    rebuild, (kind, fields) = LOG.__reduce__()
    judge(
        lambda: rebuild(kind, fields | {"offsets": [0, 1, 2]}),
        InvalidValueError,
        "offsets must begin with 0 and end with the number of events (3); got (0, 2)",
    )


# Rows


@pytest.mark.parametrize(
    ("rows", "mapping", "kind", "message"),
    [
        (
            5,
            None,
            InvalidTypeError,
            (
                "rows must be a series of mappings; got 5; columns are for"
                " from_columns(**columns)"
            ),
        ),
        (
            {"customer": [7]},
            None,
            InvalidTypeError,
            (
                "rows must be a series of mappings; got {'customer': [7]}; columns are"
                " for from_columns(**columns)"
            ),
        ),
        (
            [5],
            None,
            InvalidTypeError,
            "rows[0] must be a mapping; got 5; from_attributes takes objects",
        ),
        (
            [{"customer": 7, "time": 0}],
            None,
            InvalidValueError,
            (
                "mapping must name touchpoint; got ['customer', 'time'];"
                " customer, time and touchpoint are needed"
            ),
        ),
        (
            [{"customer": 7, "time": 0, "touchpoint": "ad"}, {"customer": 7}],
            None,
            InvalidValueError,
            "rows[1] must have the key 'time' for time; got {'customer': 7}",
        ),
        (
            [5],
            {"customer": "a", "time": "b", "touchpoint": "c"},
            InvalidValueError,
            "rows[0] must have the key 'a' for customer; got 5",
        ),
        ([], 5, InvalidTypeError, "mapping must be a Mapping; got 5"),
        (
            [],
            {"who": "customer"},
            InvalidValueError,
            (
                "mapping must name columns of a log; got 'who'; columns are customer,"
                " time, touchpoint, channel, dimension, attribute, two_sided, amount,"
                " score"
            ),
        ),
    ],
)
def test_bad_records_are_refused(
    rows: Any, mapping: Any, kind: type[CxmError], message: str
) -> None:
    judge(lambda: JourneyLog.from_records(rows, mapping), kind, message)


NAMED = {"customer": "who", "time": "at", "touchpoint": "place.name"}


@pytest.mark.parametrize(
    ("items", "mapping", "kind", "message"),
    [
        (5, NAMED, InvalidTypeError, "objects must be a series of objects; got 5"),
        (
            [SimpleNamespace(who=7, at=0, place=None)],
            NAMED,
            InvalidValueError,
            (
                "objects[0] must have the attribute 'place.name' for touchpoint;"
                " got namespace(who=7, at=0, place=None)"
            ),
        ),
        (
            [],
            NAMED | {"time": 5},
            InvalidTypeError,
            "mapping must lead to names of attributes; got 5",
        ),
        (
            [],
            {"customer": "who"},
            InvalidValueError,
            (
                "mapping must name time; got ['customer']; customer, time and"
                " touchpoint are needed"
            ),
        ),
    ],
)
def test_bad_objects_are_refused(
    items: Any, mapping: Any, kind: type[CxmError], message: str
) -> None:
    judge(lambda: JourneyLog.from_attributes(items, mapping), kind, message)


# Journeys


def journey_of(kind: str) -> Journey[int]:
    party = Ref(kind, 7)
    poster = Encounter.one_sided(id=1, party=party, touchpoint="poster", at=NOON)
    return Journey.of(party, "dry nights", [Experience(encounter=poster)])


@pytest.mark.parametrize(
    ("journeys", "options", "kind", "message"),
    [
        (
            5,
            {},
            InvalidTypeError,
            f"journeys must be a series of Journey; got 5; {WRAP}",
        ),
        (
            [journey_of("stakeholder"), 5],
            {},
            InvalidTypeError,
            "journeys[1] must be a Journey; got 5",
        ),
        (
            [journey_of("stakeholder"), journey_of("brand")],
            {},
            InvalidValueError,
            (
                "journeys[1] must be of parties of one kind; that of id 7 was told"
                " before; got Ref(kind='brand', id=7); a log tells customers apart by"
                " id alone: make a log per kind"
            ),
        ),
        ([], {"scale": 5}, InvalidTypeError, f"scale must be a Scale; got 5; {SCALE}"),
        (
            [],
            {"dimension": "brand"},
            InvalidTypeError,
            (
                "dimension must be an ExperienceDimension; got 'brand'; pass"
                " ExperienceDimension(...) of one of 'brand', 'relationship',"
                " 'transaction'"
            ),
        ),
    ],
)
def test_what_are_no_journeys_is_refused(
    journeys: Any, options: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    judge(lambda: JourneyLog.from_journeys(journeys, **options), kind, message)


def test_one_journey_alone_is_refused_with_the_way_out() -> None:
    one: Any = journey_of("stakeholder")
    error = refusal(lambda: JourneyLog.from_journeys(one))
    assert str(error).endswith(WRAP)


# Paths

SPLIT = 'split texts: "ad > shop".split(" > ")'


@pytest.mark.parametrize(
    ("paths", "conversions", "nulls", "kind", "message"),
    [
        (5, [1], None, InvalidTypeError, "paths must be a series of paths; got 5"),
        (
            "ad",
            [1],
            None,
            InvalidTypeError,
            "paths must be a series of paths; got 'ad'",
        ),
        (
            [["ad"], "ad > shop"],
            [1, 1],
            None,
            InvalidTypeError,
            f"paths[1] must be a series of labels; got 'ad > shop'; {SPLIT}",
        ),
        (
            [{"ad"}],
            [1],
            None,
            InvalidTypeError,
            f"paths[0] must be a series of labels; got {{'ad'}}; {SPLIT}",
        ),
        (
            [["ad"], []],
            [1, 1],
            None,
            InvalidValueError,
            "paths[1] must have at least one touchpoint; got ()",
        ),
        (
            [["ad"], ["ad", None]],
            [1, 1],
            None,
            MissingValueError,
            "paths[1, 1] is missing",
        ),
        (
            [["ad", ["shop"]]],
            [1],
            None,
            InvalidTypeError,
            "paths[0, 1] must be a hashable label; got ['shop']",
        ),
        (
            [["ad"]],
            [-1],
            None,
            InvalidValueError,
            ("conversions[0] must be a count (a whole number, not negative); got -1"),
        ),
        (
            [["ad"]],
            [1, 2],
            None,
            InvalidValueError,
            "conversions must have one count per path (1); got (2,)",
        ),
        (
            [["ad"]],
            [1],
            2,
            InvalidValueError,
            "nulls must have one count per path (1); got ()",
        ),
        (
            [["ad"]],
            [1],
            [0.5],
            InvalidValueError,
            "nulls[0] must be a count (a whole number, not negative); got 0.5",
        ),
    ],
)
def test_what_are_no_paths_is_refused(
    paths: Any, conversions: Any, nulls: Any, kind: type[CxmError], message: str
) -> None:
    judge(
        lambda: JourneyLog.from_paths(paths, conversions=conversions, nulls=nulls),
        kind,
        message,
    )


# Cutting


@pytest.mark.parametrize(
    ("customers", "kind", "message"),
    [
        (
            7,
            InvalidTypeError,
            "customers must be a collection of ids; got 7; wrap a single one: [id]",
        ),
        (
            "7",
            InvalidTypeError,
            "customers must be a collection of ids; got '7'; wrap a single one: [id]",
        ),
        (
            [7, 9],
            InvalidValueError,
            f"customers[1] must be a customer of the log; got 9; {BY_TYPE}",
        ),
        (
            ["7"],
            InvalidValueError,
            f"customers[0] must be a customer of the log; got '7'; {BY_TYPE}",
        ),
        (
            np.array([7, 9]),
            InvalidValueError,
            f"customers[1] must be a customer of the log; got 9; {BY_TYPE}",
        ),
        (
            {9},
            InvalidValueError,
            f"customers must hold customers of the log; got 9; {BY_TYPE}",
        ),
        (
            [[7]],
            InvalidValueError,
            f"customers[0] must be a customer of the log; got [7]; {BY_TYPE}",
        ),
    ],
)
def test_customers_that_are_not_there_are_refused(
    customers: Any, kind: type[CxmError], message: str
) -> None:
    judge(lambda: LOG.take(customers), kind, message, argument="customers")


@pytest.mark.parametrize("customer", [6, 9, "7", [7], None])
def test_there_is_no_journey_of_a_stranger(customer: Any) -> None:
    judge(
        lambda: LOG.journey(customer),
        InvalidValueError,
        f"customer must be a customer of the log; got {customer!r}; {BY_TYPE}",
        argument="customer",
        index=None,
    )


@pytest.mark.parametrize(
    ("mask", "kind", "message"),
    [
        (True, InvalidValueError, "mask must be a column (one dimension); got 'bool'"),
        (
            [1, 0, 1],
            InvalidTypeError,
            f"mask[0] must hold True or False; got 1; {CAST}",
        ),
        (
            [True],
            InvalidValueError,
            "mask must have one value per event (3); got 1",
        ),
        (
            [True, None, True],
            MissingValueError,
            "mask[1] is missing; leave these rows out",
        ),
    ],
)
def test_a_mask_has_a_truth_value_per_event(
    mask: Any, kind: type[CxmError], message: str
) -> None:
    judge(lambda: LOG.where(mask), kind, message)


@pytest.mark.parametrize(
    ("touchpoints", "index", "shown"),
    [
        (("ads",), 0, "'ads'"),
        (("ad", None), 1, "None"),
        ((["ad"],), 0, "['ad']"),
        ((0,), 0, "0"),
        (("ad", "ad", b"ad"), 2, "b'ad'"),
    ],
)
def test_events_are_at_touchpoints_of_the_log(
    touchpoints: tuple[Any, ...], index: int, shown: str
) -> None:
    judge(
        lambda: BARE.is_at(*touchpoints),
        InvalidValueError,
        f"touchpoints[{index}] must be a touchpoint of the log; got {shown};"
        " touchpoints are 'ad'",
        argument="touchpoints",
        index=index,
        value=touchpoints[index],
    )


def test_of_many_touchpoints_the_first_are_named() -> None:
    many = JourneyLog.from_columns(
        customer=[7] * 9, time=range(9), touchpoint=[*"abcdefghi"]
    )
    judge(
        lambda: many.is_at("z"),
        InvalidValueError,
        "touchpoints[0] must be a touchpoint of the log; got 'z'; touchpoints are"
        " 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', ...",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"customer": [7, None]},
        {"customer": "ab"},
        {"time": [0, None]},
        {"time": ["noon", "noon"]},
        {"time": [0]},
        {"time": [0, 1, 2]},
        {"time": [NOON, NOON.replace(tzinfo=None)]},
        {"time": [NOON, NOON.replace(second=1)], "time_unit": "m"},
        {"time_unit": "minutes"},
    ],
)
def test_rows_that_make_no_log_have_no_order(changes: dict[str, Any]) -> None:
    columns = {name: GOOD[name] for name in ("customer", "time")} | changes
    error = refusal(lambda: JourneyLog.from_columns(**GOOD | changes))
    judge(
        lambda: row_order(**columns),
        type(error),
        str(error),
        argument=error.argument,
        index=error.index,
    )


def test_parts_are_counted_and_ids_have_hashes() -> None:
    judge(lambda: LOG.partition(0), InvalidValueError, "n must be at least 1; got 0")
    half: Any = 0.5
    judge(
        lambda: LOG.partition(half),
        InvalidTypeError,
        "n must be a whole number; got 0.5",
    )
    days = attrs.evolve(LOG, customers=objects(date(2026, 5, 1), date(2026, 5, 2)))
    error = refusal(lambda: days.partition(2))
    assert type(error) is InvalidTypeError
    assert "turn other ids into texts" in str(error)


# Joining


@pytest.mark.parametrize(
    ("logs", "kind", "message"),
    [
        ([], InvalidValueError, "logs must hold at least one log; got []"),
        (
            BARE,
            InvalidTypeError,
            (
                "logs must be a series of JourneyLog; got JourneyLog 1 event,"
                f" 1 customer, 1 touchpoint; {WRAP}"
            ),
        ),
        (
            [BARE, 5],
            InvalidTypeError,
            (
                "logs[1] must be a JourneyLog; got 5; make one with"
                " JourneyLog.from_columns(...)"
            ),
        ),
        (
            [LOG, BARE],
            InvalidValueError,
            (
                "logs[1] must say which events were two-sided, as others do; got"
                " JourneyLog 1 event, 1 customer, 1 touchpoint; attrs.evolve(log,"
                " two_sided=...) adds it"
            ),
        ),
        (
            [BARE, attrs.evolve(BARE, time_unit="D", time=[2**55]), BARE],
            InvalidValueError,
            (
                "logs[1].time[0] must lie within 2**62 seconds of 1970;"
                " got 36028797018963968; leave such rows out with .where(...)"
            ),
        ),
    ],
)
def test_what_cannot_be_joined_is_refused(
    logs: Any, kind: type[CxmError], message: str
) -> None:
    judge(lambda: concat(logs), kind, message)


def test_answers_on_different_scales_are_not_joined() -> None:
    effort = attrs.evolve(LOG, scale=EFFORT_1_5)
    judge(
        lambda: concat([LOG, LOG, effort]),
        ScaleMismatchError,
        ("logs[2] must have answers on Scale 1-5, 5 best; got Scale 1-5, 5 worst"),
        argument="logs",
        index=2,
        value=EFFORT_1_5,
    )


def test_of_many_scales_the_second_is_refused() -> None:
    effort = attrs.evolve(LOG, scale=EFFORT_1_5)
    seven = attrs.evolve(LOG, scale=SATISFACTION_1_7)
    judge(
        lambda: concat([LOG, effort, seven]),
        ScaleMismatchError,
        "logs[1] must have answers on Scale 1-5, 5 best; got Scale 1-5, 5 worst",
        argument="logs",
        index=1,
        value=EFFORT_1_5,
    )


# What became of whom


@pytest.mark.parametrize(
    ("outcome", "kind", "message"),
    [
        (
            [1, 0],
            InvalidTypeError,
            (
                "outcome must hold True or False per customer; got [1, 0]; pass a set"
                " of ids for those who reached it"
            ),
        ),
        (
            [True],
            InvalidValueError,
            (
                "outcome must have one value per customer (2); got 1; log.customers"
                " says their order; a set of ids needs none"
            ),
        ),
        (
            [[True], [True, False]],
            InvalidTypeError,
            (
                "outcome must hold single values of one length; got [[True], [True,"
                " False]]"
            ),
        ),
        (
            np.array(["ann", "bob"]),
            InvalidTypeError,
            (
                "outcome must hold True or False per customer; got array(['ann',"
                f" 'bob'], dtype='<U3'); {BY_SET}"
            ),
        ),
        (
            np.array(["2026-05-01", "2026-05-02"], "M8[D]"),
            InvalidTypeError,
            "outcome[0] must hold True or False; got datetime.date(2026, 5, 1)",
        ),
        (
            True,
            InvalidTypeError,
            (
                "outcome must hold True or False per customer; got True; pass a set"
                " of ids for those who reached it"
            ),
        ),
        (
            [True, None],
            MissingValueError,
            f"outcome[1] is missing; {NO_OUTCOME}",
        ),
        (
            objects(*[True, float("nan")]),
            MissingValueError,
            f"outcome[1] is missing; {NO_OUTCOME}",
        ),
        (
            objects(*[True, 0]),
            InvalidTypeError,
            f"outcome[1] must hold True or False per customer; got 0; {BY_SET}",
        ),
        (
            ["ann", True],
            InvalidTypeError,
            f"outcome[0] must hold True or False per customer; got 'ann'; {BY_SET}",
        ),
        (
            objects(*[True, "ann", None]),
            InvalidTypeError,
            f"outcome[1] must hold True or False per customer; got 'ann'; {BY_SET}",
        ),
        (
            objects(*[True, False, True]),
            InvalidValueError,
            (
                "outcome must have one value per customer (2); got 3; log.customers"
                " says their order; a set of ids needs none"
            ),
        ),
        (
            {9},
            InvalidValueError,
            f"outcome must hold customers of the log; got 9; {BY_TYPE}",
        ),
        (
            {7: True, 8: False, 9: True},
            InvalidValueError,
            f"outcome must hold customers of the log; got 9; {BY_TYPE}",
        ),
        (
            {7: True},
            InvalidValueError,
            (
                "outcome must say what became of each customer; got 8; it has no"
                " entry; a set of those who reached it needs none"
            ),
        ),
        (
            {7: True, 8: 0},
            InvalidTypeError,
            "outcome[8] must be True or False; got 0",
        ),
    ],
)
def test_what_says_nothing_about_customers_is_refused(
    outcome: Any, kind: type[CxmError], message: str
) -> None:
    judge(lambda: outcome_of(LOG, outcome), kind, message)


def test_a_masked_outcome_is_named_with_the_way_out() -> None:
    log = JourneyLog.from_columns(customer=[1, 2], time=[0, 0], touchpoint=["a", "a"])
    outcome = np.ma.MaskedArray([True, True], mask=[False, True])
    with pytest.raises(MissingValueError) as caught:
        outcome_of(log, outcome)
    assert str(caught.value) == (
        "outcome[1] is missing; say False, or leave these customers out: log.take(...)"
    )
