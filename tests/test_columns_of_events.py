"""Columns of events at the door: each becomes a plain array, or names its bad row."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import STARS_1_5, _checks, _columns
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAIVE = datetime(2026, 5, 1, 12)  # noqa: DTZ001  what must be refused
TICK = timedelta(microseconds=1)
UNITS = [*_columns.UNITS]
OUT = "leave these rows out"
FAR = "be a whole number between -2**62 and 2**62"
NEARER = "count from a day nearby, or leave these rows out"
FINER = "multiply times and pass a finer time_unit, or round them"


def objects(*values: Any) -> Any:
    return np.fromiter(values, object, len(values))


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


def instants(values: Any, unit: Any = None) -> tuple[list[int], str]:
    found, kept = _columns.instants(values, "time", unit=unit)
    assert found.dtype == np.int64
    return found.tolist(), kept


@pytest.fixture(params=[1, 2, 1 << 16])
def _chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checks, "CHUNK", request.param)


# Instants


@given(st.lists(st.datetimes(timezones=st.timezones()), max_size=5))
def test_datetimes_are_told_in_microseconds_of_utc(moments: list[datetime]) -> None:
    expected = [(moment - EPOCH) // TICK for moment in moments]
    if moments:
        assert instants(moments) == (expected, "us")
    assert instants(objects(*moments)) == (expected, "us")
    assert instants(moments, "us") == (expected, "us")


@given(
    st.integers(-(2**62), 2**62),
    st.sampled_from(UNITS),
    st.sampled_from(UNITS),
)
def test_datetime64_is_converted_exactly_or_refused(
    count: int, own: str, unit: str
) -> None:
    column: Any = np.array([0, count], f"datetime64[{own}]")
    exact = Fraction(count * _columns.UNITS[own], _columns.UNITS[unit])
    if exact.denominator == 1 and abs(exact) < 2**62:
        assert instants(column, unit) == ([0, int(exact)], unit)
    else:
        error = refusal(lambda: instants(column, unit))
        assert (error.argument, error.index) == ("time", 1)
        finer = _columns.UNITS[unit] < _columns.UNITS[own]
        way = "pass a coarser time_unit" if finer else f'pass time_unit="{own}"'
        assert way in str(error) or abs(count) == 2**62
    if abs(count) < 2**62:
        assert instants(column) == ([0, count], own)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (np.array(["1971", "1969"], "M8[Y]"), ([365, -365], "D")),
        (np.array(["1970-02", "1970-03"], "M8[M]"), ([31, 59], "D")),
        (np.array([1, -2], "M8[W]"), ([7, -14], "D")),
        (np.array([1, -2], "M8[2D]"), ([2, -4], "D")),
        (np.array([1, -2], "M8[10ms]"), ([10, -20], "ms")),
        (np.array([3000, -1000], "M8[ps]"), ([3, -1], "ns")),
        (np.array([10**9], "M8[as]"), ([1], "ns")),
        (np.array([], "M8"), ([], "s")),
        (np.array([1, 2], ">M8[s]"), ([1, 2], "s")),
        (np.array([1, 2, 3, 4], "M8[s]")[::2], ([1, 3], "s")),
        ([np.datetime64("1970-01-02"), np.datetime64("1970-01-03")], ([1, 2], "D")),
        ([], ([], "s")),
        (objects(), ([], "us")),
        ([1, -2], ([1, -2], "s")),
        ((3.0, 4.0), ([3, 4], "s")),
        (np.array([1.0, 2.0], np.float16), ([1, 2], "s")),
        (np.array([1.7e9, -(2.0**61)]), ([1_700_000_000, -(2**61)], "s")),
        (np.array([1, 2], ">i4"), ([1, 2], "s")),
        (np.array([2**62 - 1], np.uint64), ([2**62 - 1], "s")),
        (np.array([-(2**62) + 1], np.int64), ([-(2**62) + 1], "s")),
        (objects(2**53 + 1, 2.0, Decimal(3), Fraction(4)), ([2**53 + 1, 2, 3, 4], "s")),
        (objects(np.int8(1), np.float32(2)), ([1, 2], "s")),
        (objects(Decimal(2**62 - 1), 1), ([2**62 - 1, 1], "s")),
    ],
)
def test_instants_come_in_many_kinds(
    column: Any, expected: tuple[list[int], str]
) -> None:
    assert instants(column) == expected


def test_numbers_are_in_the_unit_that_is_said() -> None:
    assert instants([1, 2], "D") == ([1, 2], "D")
    assert instants([1.0, 2.0], "ns") == ([1, 2], "ns")


def test_datetimes_may_be_kept_in_a_coarser_unit_if_nothing_is_lost() -> None:
    assert instants([NOON], "s") == ([int(NOON.timestamp())], "s")
    assert instants([NOON], "ns") == ([int(NOON.timestamp()) * 10**9], "ns")
    error = refusal(lambda: instants([NOON], "D"))
    assert str(error) == (
        "time[0] must be in whole days; got '2026-05-01T12:00:00.000000';"
        ' pass time_unit="us", or round these times'
    )


@pytest.mark.parametrize(
    ("column", "kind", "message", "index"),
    [
        ([1, None], MissingValueError, f"time[1] is missing; {OUT}", 1),
        ([NOON, None], MissingValueError, f"time[1] is missing; {OUT}", 1),
        ([1.0, np.nan], MissingValueError, f"time[1] is missing; {OUT}", 1),
        (
            np.array([1, "NaT"], "M8[s]"),
            MissingValueError,
            f"time[1] is missing; {OUT}",
            1,
        ),
        (
            np.ma.array([1, 2], mask=[False, True]),
            MissingValueError,
            f"time[1] is missing; {OUT}",
            1,
        ),
        (
            [0, 0.5],
            InvalidValueError,
            f"time[1] must {FAR}; got 0.5; {FINER}",
            1,
        ),
        (
            objects(0, Decimal("0.5")),
            InvalidValueError,
            f"time[1] must {FAR}; got Decimal('0.5'); {FINER}",
            1,
        ),
        (
            # As a float it would be whole.
            objects(0, Decimal("9007199254740993.5")),
            InvalidValueError,
            f"time[1] must {FAR}; got Decimal('9007199254740993.5'); {FINER}",
            1,
        ),
        (
            [0, math.inf],
            InvalidValueError,
            f"time[1] must {FAR}; got inf; {NEARER}",
            1,
        ),
        (
            objects(0, -math.inf),
            InvalidValueError,
            f"time[1] must {FAR}; got -inf; {NEARER}",
            1,
        ),
        (
            [2**62 - 1, 2**62],
            InvalidValueError,
            f"time[1] must {FAR}; got 4611686018427387904; {NEARER}",
            1,
        ),
        (
            [-(2**62) + 1, -(2**62)],
            InvalidValueError,
            f"time[1] must {FAR}; got -4611686018427387904; {NEARER}",
            1,
        ),
        (
            [0, 2**63],
            InvalidValueError,
            f"time[1] must {FAR}; got 9.223372036854776e+18; {NEARER}",
            1,
        ),
        (
            [0.5, 2.0**62][1:],
            InvalidValueError,
            f"time[0] must {FAR}; got 4.611686018427388e+18; {NEARER}",
            0,
        ),
        (
            np.array([1, np.inf], np.float16),
            InvalidValueError,
            f"time[1] must {FAR}; got inf; {NEARER}",
            1,
        ),
        (
            [0, 10**400],
            InvalidValueError,
            f"time[1] must {FAR}; got {str(10**400)[:57]}...; {NEARER}",
            1,
        ),
        (
            objects(2**62, 0),
            InvalidValueError,
            f"time[0] must {FAR}; got 4611686018427387904; {NEARER}",
            0,
        ),
        (
            [0, NOON],
            InvalidTypeError,
            f"time[1] must be a number as the others are; got {NOON}",
            1,
        ),
        (
            objects(0, "0"),
            InvalidTypeError,
            "time[1] must be a number as the others are; got '0'",
            1,
        ),
        (
            objects(0, np.True_),
            InvalidTypeError,
            "time[1] must be a number as the others are; got True",
            1,
        ),
        (
            [NOON, 0],
            InvalidTypeError,
            (
                "time[1] must be a datetime; got 0; parse texts, and give dates a time"
                " and a zone"
            ),
            1,
        ),
        (
            [NOON, NAIVE],
            InvalidValueError,
            (
                "time[1] must have a time zone; got 2026-05-01 12:00:00; say where the"
                " clock stood: value.replace(tzinfo=ZoneInfo(...))"
            ),
            1,
        ),
        (
            [date(2026, 5, 1)],
            InvalidTypeError,
            (
                "time[0] must be a datetime; got datetime.date(2026, 5, 1); parse"
                " texts, and give dates a time and a zone"
            ),
            0,
        ),
        (
            ["2026-05-01T12:00Z"],
            InvalidTypeError,
            (
                "time[0] must be a datetime; got '2026-05-01T12:00Z'; parse texts, and"
                " give dates a time and a zone"
            ),
            0,
        ),
        (
            np.array(["2026-05-01"]),
            InvalidTypeError,
            (
                "time[0] must hold instants; got '2026-05-01'; parse texts; pass"
                " datetimes, datetime64 or whole numbers"
            ),
            0,
        ),
        (
            [True],
            InvalidTypeError,
            (
                "time[0] must hold instants; got True; parse texts; pass datetimes,"
                " datetime64 or whole numbers"
            ),
            0,
        ),
        (
            np.array([], str),
            InvalidTypeError,
            (
                "time must hold instants; got '<U1'; parse texts; pass datetimes,"
                " datetime64 or whole numbers"
            ),
            None,
        ),
        (
            np.array([0, 1500], "M8[ps]"),
            InvalidValueError,
            (
                "time[1] must be in whole nanoseconds and less than 2**62 of them from"
                " 1970; got '1970-01-01T00:00:00.000000001500'; round these times, or"
                " leave these rows out"
            ),
            1,
        ),
        (
            np.array([0, 2**61], "M8[10ms]"),
            InvalidValueError,
            (
                "time[1] must be in whole milliseconds and less than 2**62 of them from"
                " 1970; got '2305843009213693952'; round these times, or leave"
                " these rows out"
            ),
            1,
        ),
        (
            "2026",
            InvalidValueError,
            "time must be a column (one dimension); got 'str'",
            None,
        ),
        (
            [[1], [2]],
            InvalidValueError,
            (
                "time must be a column (one dimension); got '2 dimensions';"
                " np.fromiter(values, object) keeps tuples"
            ),
            None,
        ),
    ],
)
def test_what_is_no_instant_is_refused_by_its_row(
    column: Any, kind: type[CxmError], message: str, index: int | None
) -> None:
    error = refusal(lambda: instants(column))
    assert type(error) is kind
    assert str(error) == message
    assert (error.argument, error.index) == ("time", index)


def test_instants_that_no_number_of_the_unit_can_tell_are_refused() -> None:
    last = datetime.max.replace(tzinfo=timezone(timedelta(hours=1)))
    error = refusal(lambda: instants([NOON, last], "ns"))
    assert str(error) == (
        "time[1] must lie within 2**62 nanoseconds of 1970; got 253402297199999999;"
        " pass a coarser time_unit"
    )
    error = refusal(lambda: instants(np.array([0, -(2**62)], "M8[s]")))
    assert str(error) == (
        f"time[1] must lie within 2**62 seconds of 1970; got {-(2**62)}; hold them in a"
        " coarser unit, such as datetime64[s]"
    )


def test_a_unit_is_one_of_seven() -> None:
    error = refusal(lambda: instants([1], "week"))
    assert str(error) == (
        'time_unit must be one of "D", "h", "m", "s", "ms", "us", "ns"; got \'week\''
    )


# One instant, and spans of time


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (5, "s", 5),
        (-5, "s", -5),
        (2**53 + 1, "ns", 2**53 + 1),
        (1.5, "s", 1),
        (-1.5, "s", -2),
        (EPOCH + 90 * 1000 * TICK, "s", 0),
        (EPOCH - TICK, "s", -1),
        (EPOCH + TICK, "ns", 1000),
        (EPOCH.astimezone(timezone(timedelta(hours=2))), "s", 0),
        (np.datetime64("1970-01-02"), "h", 24),
        (np.datetime64("1969-12-31T23:59"), "D", -1),
    ],
)
def test_an_instant_is_told_in_the_unit_of_a_log(
    value: Any, unit: Any, expected: int
) -> None:
    assert _columns.instant(value, "until", unit) == expected


INSTANT = "until must be an instant: a datetime, or a number of seconds; got"
DATES = "give dates a time and a zone: datetime(2026, 3, 1, tzinfo=UTC)"


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (
            "now",
            InvalidTypeError,
            f"{INSTANT} 'now'; {DATES}",
        ),
        (True, InvalidTypeError, f"{INSTANT} True; {DATES}"),
        (
            date(2026, 3, 1),
            InvalidTypeError,
            f"{INSTANT} datetime.date(2026, 3, 1); {DATES}",
        ),
        (
            datetime(2026, 3, 1),  # noqa: DTZ001
            InvalidValueError,
            (
                "until must have a time zone; got 2026-03-01 00:00:00; say where the"
                " clock stood: value.replace(tzinfo=ZoneInfo(...))"
            ),
        ),
        (
            datetime.min.replace(tzinfo=timezone(timedelta(hours=2))),
            InvalidValueError,
            (
                "until must have an equivalent in UTC; got 0001-01-01 00:00:00+02:00;"
                " its zone must have rules, its year lie between 1 and 9999"
            ),
        ),
        (
            2**62,
            InvalidValueError,
            "until must lie between -2**62 and 2**62; got 4611686018427387904",
        ),
        (
            math.inf,
            InvalidValueError,
            "until must lie between -2**62 and 2**62; got inf",
        ),
        (
            math.nan,
            InvalidValueError,
            "until must lie between -2**62 and 2**62; got nan",
        ),
        *(
            (
                far,
                InvalidValueError,
                (
                    "until must be in whole nanoseconds, and not absurdly far from"
                    f" 1970; got {str(far)!r}"
                ),
            )
            for far in (np.datetime64(2**62, "s"), np.datetime64(5, "ps"))
        ),
    ],
)
def test_what_is_no_single_instant_is_refused(
    value: Any, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: _columns.instant(value, "until", "s"))
    assert type(error) is kind
    assert str(error) == message
    assert (error.argument, error.index) == ("until", None)


@given(st.timedeltas(timedelta(0), timedelta(days=30_000)), st.sampled_from(UNITS))
def test_a_span_is_told_in_whole_units(span: timedelta, unit: Any) -> None:
    exact = Fraction(span // TICK * 1000, _columns.UNITS[unit])
    expected = exact.numerator // exact.denominator
    assert _columns.duration(span, "window", unit) == expected
    assert _columns.duration(np.timedelta64(span), "window", unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0, "s", 0),
        (7, "D", 7),
        (7.9, "D", 7),
        (2**53 + 1, "ns", 2**53 + 1),
        (np.int8(7), "s", 7),
        (Decimal("7.5"), "s", 7),
        (np.timedelta64(90, "m"), "h", 1),
        (np.timedelta64(1, "W"), "D", 7),
        (np.array(3, "m8[25s]")[()], "s", 75),
        (np.timedelta64(1, "ns"), "ns", 1),
        (np.timedelta64(2**61, "s"), "s", 2**61),
    ],
)
def test_spans_come_in_many_kinds(value: Any, unit: Any, expected: int) -> None:
    assert _columns.duration(value, "window", unit) == expected


SECONDS = "window must be a timedelta or a number of seconds; got"
DAYS = "for example timedelta(days=30)"


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (-1, InvalidValueError, "window must not be negative; got -1"),
        (-0.5, InvalidValueError, "window must not be negative; got -0.5"),
        (
            -TICK,
            InvalidValueError,
            (
                "window must not be negative; got datetime.timedelta(days=-1,"
                " seconds=86399, microseconds=9..."
            ),
        ),
        (
            0,
            InvalidValueError,
            ("window must be at least one of the seconds in which times are; got 0"),
        ),
        (
            TICK,
            InvalidValueError,
            (
                "window must be at least one of the seconds in which times are;"
                " got datetime.timedelta(microseconds=1)"
            ),
        ),
        (1e30, InvalidValueError, "window must be less than 2**62 seconds; got 1e+30"),
        (math.inf, InvalidValueError, "window must be finite; got inf"),
        (math.nan, InvalidValueError, "window must be finite; got nan"),
        ("1 day", InvalidTypeError, f"{SECONDS} '1 day'; {DAYS}"),
        (None, InvalidTypeError, f"{SECONDS} None; {DAYS}"),
        (True, InvalidTypeError, f"{SECONDS} True; {DAYS}"),
        (np.timedelta64("NaT", "s"), InvalidTypeError, f"{SECONDS} 'NaT'; {DAYS}"),
        (np.timedelta64(1, "M"), InvalidTypeError, f"{SECONDS} '1 months'; {DAYS}"),
    ],
)
def test_what_is_no_span_is_refused(
    value: Any, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: _columns.duration(value, "window", "s", zero=False))
    assert type(error) is kind
    assert str(error) == message
    assert error.argument == "window"


@pytest.mark.parametrize(
    ("time", "unit", "text"),
    [
        (90, "m", "1.5 h"),
        (36, "h", "1.5 d"),
        (90, "s", "1.5 min"),
        (0, "s", "0 s"),
        (1500, "us", "1.5 ms"),
        (0.25, "ns", "0.25 ns"),
        (1_800, "s", "30 min"),
        (30, "D", "30 d"),
        (5_440, "s", "1.51 h"),
        (59.99, "s", "60 s"),
        (0.999, "s", "999 ms"),
        (999, "D", "999 d"),
        (1_000, "D", "1,000 d"),
        (12_345, "D", "12,345 d"),
        (2**62, "D", "4,611,686,018,427,387,904 d"),
    ],
)
def test_a_time_is_spelt_in_the_largest_unit_there_is(
    time: float, unit: Any, text: str
) -> None:
    assert _columns.spell(time, unit) == text


# Customers


@pytest.mark.parametrize(
    ("column", "keys", "ids"),
    [
        (objects(9, -3, 9, 2**70), [1, 0, 1, 2], [-3, 9, 2**70]),
        (["b", "a", "b"], [0, 1, 0], ("b", "a")),
        (objects(("b", 1), ("a", 2), ("b", 1)), [0, 1, 0], (("b", 1), ("a", 2))),
        (objects(9, "a", 3), [0, 1, 2], (9, "a", 3)),
        ([9.0, 3.0], [0, 1], (9.0, 3.0)),
        ([9.5, 3], [0, 1], (9.5, 3)),
        ([2**63 + 1, 2**63, -1], [2, 1, 0], [-1, 2**63, 2**63 + 1]),
        (([1, 0, 1], ["x", "b", "a"]), [1, 0, 1], ("x", "b", "a")),
        (([1, 0, 1], [9, 3, 5]), [0, 2, 0], [3, 5, 9]),
        ([], [], []),
        ((np.array([], int), ["a"]), [], ("a",)),
    ],
)
def test_customers_have_keys_that_ascend_with_whole_numbers(
    column: Any, keys: list[int], ids: Any
) -> None:
    found, labels = _columns.customers(column, "customer")
    assert found.tolist() == keys
    assert labels == ids


@pytest.mark.parametrize("kind", ["int8", "int64", "uint64", ">i4"])
def test_whole_numbers_are_their_own_keys(kind: str) -> None:
    column: Any = np.array([7, 3, 7], kind)
    found, labels = _columns.customers(column, "customer")
    assert found is column
    assert labels is None


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        (
            [1, None],
            MissingValueError,
            (
                "customer[1] is missing; give these rows a label of their own or leave"
                " them out"
            ),
        ),
        (
            np.ma.array([1, 2], mask=[False, True]),
            MissingValueError,
            (
                "customer[1] is missing; give these rows a label of their own or leave"
                " them out"
            ),
        ),
        (
            objects("a", []),
            InvalidTypeError,
            "customer[1] must be a hashable label; got []",
        ),
        (
            [("a", 1), ("b", 2)],
            InvalidValueError,
            (
                "customer must be a column (one dimension); got '2 dimensions';"
                " np.fromiter(values, object) keeps tuples"
            ),
        ),
        (7, InvalidValueError, "customer must be a column (one dimension); got 'int'"),
        (
            (name for name in "ab"),
            InvalidValueError,
            "customer must be a column (one dimension); got 'generator'",
        ),
    ],
)
def test_what_is_no_column_of_customers_is_refused(
    column: Any, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: _columns.customers(column, "customer"))
    assert type(error) is kind
    assert str(error) == message


# Codes and labels


def coded(values: Any, **options: Any) -> tuple[list[int], tuple[Any, ...]]:
    codes, labels = _columns.coded(values, "channel", **options)
    return codes.tolist(), labels


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize(
    ("column", "vocabulary", "codes", "labels"),
    [
        (["b", "a", None, "b"], None, [0, 1, -1, 0], ("b", "a")),
        (["b", "a", None, "b"], ["x", "a", "b"], [2, 1, -1, 2], ("x", "a", "b")),
        ([1, 0, -1, 1], ["a", "b"], [1, 0, -1, 1], ("a", "b")),
        (objects(1, 0, 5, 1), [5, 1, 0], [1, 2, 0, 1], (5, 1, 0)),
        ([1, 0, 5, 1], None, [0, 1, 2, 0], (1, 0, 5)),
        ([1.0, np.nan, 5.0, 1.0], None, [0, -1, 1, 0], (1.0, 5.0)),
        (
            np.ma.array([1, 0, 99, 1], mask=[False, False, True, False]),
            ["a", "b"],
            [1, 0, -1, 1],
            ("a", "b"),
        ),
        (([1, 0, -1, 1], ["a", "b"]), None, [1, 0, -1, 1], ("a", "b")),
        (([1, 0, None, 1], ["a", "b"]), None, [1, 0, -1, 1], ("a", "b")),
        (
            objects("b", "a", ("a", 1), "b"),
            (("a", 1), "a", "b"),
            [2, 1, 0, 2],
            (("a", 1), "a", "b"),
        ),
        (np.array(["b", "a", "a", "b"]), np.array(["a", "b"]), [1, 0, 0, 1], None),
        ([None] * 4, None, [-1] * 4, ()),
        ([None] * 4, ["a"], [-1] * 4, ("a",)),
    ],
)
def test_labels_have_codes(
    column: Any, vocabulary: Any, codes: list[int], labels: tuple[Any, ...] | None
) -> None:
    expected = ("a", "b") if labels is None else labels
    assert coded(column, length=4, vocabulary=vocabulary) == (codes, expected)


def test_codes_grow_with_the_labels() -> None:
    for labels, kind in (
        (128, np.int8),
        (129, np.int16),
        (2**15, np.int16),
        (2**15 + 1, np.int32),
    ):
        codes, known = _columns.coded([*range(labels)], "channel", length=labels)
        assert codes.dtype == kind
        assert codes.tolist() == [*range(labels)]
        assert known == tuple(range(labels))
    assert [_columns.unsigned(2**bits).itemsize for bits in (8, 9, 16, 17)] == [
        1,
        2,
        2,
        4,
    ]


def test_no_rows_keep_the_vocabulary() -> None:
    assert coded([], length=0, vocabulary=["a"]) == ([], ("a",))
    assert coded(([], ["a"]), length=0) == ([], ("a",))


MANY = [f"channel {number}" for number in range(9)]


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize(
    ("column", "options", "kind", "message"),
    [
        (
            ["a", "z"],
            {"vocabulary": ["a", "b"]},
            InvalidValueError,
            "channel[1] must be one of channels; got 'z'; channels are 'a', 'b'",
        ),
        (
            [MANY[0], "z"],
            {"vocabulary": MANY},
            InvalidValueError,
            (
                "channel[1] must be one of channels; got 'z'; channels are"
                f" {', '.join(map(repr, MANY[:8]))}, ..."
            ),
        ),
        (
            [0, 2],
            {"vocabulary": ["a", "b"]},
            InvalidValueError,
            "channel[1] must be the code of one of the 2 labels, from 0; got 2",
        ),
        (
            [0, -2],
            {"vocabulary": ["a", "b"]},
            InvalidValueError,
            "channel[1] must be the code of one of the 2 labels, from 0; got -2",
        ),
        (
            [0, -1],
            {"vocabulary": ["a", "b"], "optional": False},
            MissingValueError,
            (
                "channel[1] is missing; give these rows a label of their own or leave"
                " them out"
            ),
        ),
        (
            ["a", None],
            {"optional": False},
            MissingValueError,
            (
                "channel[1] is missing; give these rows a label of their own or leave"
                " them out"
            ),
        ),
        (
            ["a", "b"],
            {"vocabulary": ["a", "b", "a"]},
            InvalidValueError,
            "channels[2] must not repeat the label of channels[0]; got 'a'",
        ),
        (
            ["a", "b"],
            {"vocabulary": ["a", None]},
            MissingValueError,
            "channels[1] is missing; what is missing has no label",
        ),
        (
            ["a", "b"],
            {"vocabulary": ["a", {}]},
            InvalidTypeError,
            "channels[1] must be a hashable label; got {}",
        ),
        (
            ["a", "b"],
            {"vocabulary": "ab"},
            InvalidValueError,
            "channels must be a series of labels; got 'ab'",
        ),
        (
            ([0, 1], ["a", "b"]),
            {"vocabulary": ["a", "b"]},
            InvalidValueError,
            (
                "channels must be left out where channel is (codes, labels);"
                " got ['a', 'b']"
            ),
        ),
        (
            ["a"],
            {},
            InvalidValueError,
            "channel must have as many rows as customer (2); got 1",
        ),
        (
            ([0], ["a"]),
            {},
            InvalidValueError,
            "channel must have as many rows as customer (2); got 1",
        ),
        (
            "ab",
            {},
            InvalidValueError,
            "channel must be a column (one dimension); got 'str'",
        ),
    ],
)
def test_what_has_no_code_is_refused(
    column: Any, options: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: coded(column, length=2, **options))
    assert type(error) is kind
    assert str(error) == message


def test_a_vocabulary_in_a_field_is_a_tuple() -> None:
    error = refusal(lambda: _columns.require_labels("channels", {"a"}))
    assert type(error) is InvalidTypeError
    assert str(error) == "channels must be a series of labels; got {'a'}"


# Truth values, money and answers


@pytest.mark.parametrize(
    "column",
    [
        [True, False],
        np.array([True, False]),
        objects(*[True, np.False_]),
        np.ma.array([True, False], mask=[False, False]),
    ],
)
def test_truth_values_are_taken(column: Any) -> None:
    found = _columns.flags(column, "mask", length=2)
    assert found.dtype == np.bool_
    assert found.tolist() == [True, False]


def test_no_truth_values_are_taken_too() -> None:
    empty: list[Any] = [[], np.array([], bool), objects()]
    for nothing in empty:
        assert _columns.flags(nothing, "mask", length=0).dtype == np.bool_


TRUTH = "must hold True or False; got"
CAST = "astype(bool) turns 0 and 1 into truth values"


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        ([1, 0], InvalidTypeError, f"mask[0] {TRUTH} 1; {CAST}"),
        (objects(*[True, 0]), InvalidTypeError, f"mask[1] {TRUTH} 0; {CAST}"),
        ([True, None], MissingValueError, f"mask[1] is missing; {OUT}"),
        (
            np.ma.array([True, True], mask=[False, True]),
            MissingValueError,
            f"mask[1] is missing; {OUT}",
        ),
        (
            [True],
            InvalidValueError,
            "mask must have as many rows as customer (2); got 1",
        ),
        (True, InvalidValueError, "mask must be a column (one dimension); got 'bool'"),
    ],
)
def test_what_is_no_truth_value_is_refused(
    column: Any, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: _columns.flags(column, "mask", length=2))
    assert type(error) is kind
    assert str(error) == message


@pytest.mark.parametrize("column", [np.array(["x", "y"]), ["x", True], ["False", "x"]])
def test_a_text_is_no_truth_value(column: Any) -> None:
    error = refusal(lambda: _columns.flags(column, "mask", length=2))
    assert type(error) is InvalidTypeError
    assert str(error) == f"mask[0] {TRUTH} '{column[0]}'"
    assert (error.index, error.value) == (0, column[0])


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize(
    "column",
    [
        [5, None, -2.5],
        [5, np.nan, -2.5],
        objects(5, Decimal("NaN"), Decimal("-2.5")),
        np.ma.array([5, 99, -2.5], mask=[False, True, False]),
        np.array([5, np.nan, -2.5], np.float32),
    ],
)
def test_amounts_are_floats_with_nan_for_none(column: Any) -> None:
    found = _columns.money(column, "amount", length=3)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [5, np.nan, -2.5])


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        (
            [None, 1, math.inf],
            InvalidValueError,
            "amount[2] must be a finite number; got inf",
        ),
        (
            np.ma.array([1, np.inf, np.inf], mask=[True, True, False]),
            InvalidValueError,
            "amount[2] must be a finite number; got inf",
        ),
        ([1, 2, "3"], InvalidTypeError, "amount[2] must be a number; got '3'"),
        (
            [1, 2],
            InvalidValueError,
            "amount must have as many rows as customer (3); got 2",
        ),
    ],
)
def test_what_is_no_amount_is_refused_by_its_row(
    column: Any, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: _columns.money(column, "amount", length=3))
    assert type(error) is kind
    assert str(error) == message


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize(
    "column",
    [
        [5, None, 1],
        [5.0, np.nan, 1.0],
        objects(Decimal(5), None, 1.0),
        np.ma.array([5, 99, 1], mask=[False, True, False], dtype=np.uint8),
    ],
)
def test_answers_are_points_with_nan_for_none(column: Any) -> None:
    found = _columns.scores(column, "score", scale=STARS_1_5, length=3)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [5, np.nan, 1])


@pytest.mark.usefixtures("_chunks")
@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        (
            [5, None, 6],
            InvalidValueError,
            "score[2] must be on the 1-5 scale; got 6",
        ),
        (
            [5, None, 1.5],
            InvalidValueError,
            "score[2] must be on the 1-5 scale; got 1.5",
        ),
        ([5, None, "1"], InvalidTypeError, "score[2] must be a number; got '1'"),
        ([5], InvalidValueError, "score must have as many rows as customer (3); got 1"),
    ],
)
def test_what_is_no_answer_is_refused_by_its_row(
    column: Any, kind: type[CxmError], message: str
) -> None:
    error = refusal(lambda: _columns.scores(column, "score", scale=STARS_1_5, length=3))
    assert type(error) is kind
    assert str(error) == message


@pytest.mark.parametrize(
    ("time", "unit", "rough", "exact"),
    [
        (0, "us", "0 us", "0 us"),
        (1_441, "m", "1 d", "1,441 min"),
        (5_000, "s", "1.39 h", "5,000 s"),
        (30 * 86_400 * 10**6, "us", "30 d", "30 d"),
        (9_996, "h", "416 d", "9,996 h"),
        (1_000, "D", "1,000 d", "1,000 d"),
        (999, "ns", "999 ns", "999 ns"),
    ],
)
def test_times_are_spelled_in_units_that_suit(
    time: int, unit: Any, rough: str, exact: str
) -> None:
    assert _columns.spell(time, unit) == rough
    assert _columns.spell_exactly(time, unit) == exact
    assert _columns.spell(999.6, "D") == "1,000 d"


def test_not_a_time_is_no_instant() -> None:
    with pytest.raises(MissingValueError) as caught:
        _columns.instant(np.datetime64("NaT", "s"), "observed_until", "s")
    assert str(caught.value) == "observed_until is missing; leave it out for none"
    assert caught.value.index is None


def test_an_instant_lies_as_near_as_those_of_a_log() -> None:
    for far in (2**62 - 1, -(2**62) + 1):
        assert _columns.instant(far, "observed_until", "s") == far
    for farther in (2**62, -(2**62)):
        error = refusal(lambda: _columns.instant(farther, "observed_until", "s"))  # noqa: B023
        assert str(error) == (
            f"observed_until must lie between -2**62 and 2**62; got {farther}"
        )
