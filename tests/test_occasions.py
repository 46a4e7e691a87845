"""When purchases were: instants and numbers, grains, what merges, what is refused."""

import runpy
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxmkit.lifetime import CustomerHistory

from_events = CustomerHistory.from_events

refusals = runpy.run_path(str(Path(__file__).with_name("refusals.py")))
judge: Callable[[Callable[[], object], str], None] = refusals["judge"]
NAN = float("nan")


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


def days(*texts: str) -> Any:
    return np.array(texts, "datetime64[D]")


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
    history = from_events(time=time, end=LATEST, **ONCE)
    expected = from_events(time=TIMES, end=np.datetime64("2026-01-30T12:00"), **ONCE)
    assert history == expected
    assert history.age.tolist() == [0, 25.5]
    aware = LATEST.replace(tzinfo=timezone(timedelta(hours=-2)))
    later = from_events(time=time, end=aware, **ONCE)
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
    call = partial(from_events, time=time, end=LATEST, **ONCE)
    said = (
        "InvalidValueError: end must have a time zone; got 2026-01-30 12:00:00;"
        " np.datetime64(end) reads it as UTC"
    )
    judge(call, said)
    aware = LATEST.replace(tzinfo=UTC)
    history = from_events(time=time, end=aware, **ONCE)
    assert history.age.tolist() == [0, 25.5]


@pytest.mark.parametrize("unit", ["second", "day", "week", "days", "x"])
@pytest.mark.parametrize("kind", [int, float])
def test_dates_written_as_numbers_are_refused(unit: str, kind: type) -> None:
    dates = [kind(19970101), kind(19970201)]
    call = partial(from_events, customer=[1, 1], time=dates, unit=unit, collapse=1)
    said = (
        "InvalidValueError: time[0] must be numbers of units of time, not dates; got"
        ' 19970101; parse them: pandas.to_datetime(time, format="%Y%m%d"), end too'
    )
    judge(partial(call, end=19970930), said)


@pytest.mark.parametrize(
    "dates",
    [
        [19000101, 19000102],  # the first of the years in which numbers look like dates
        [21001230, 21001231],
        [19970131, 19971201],
        [19970101, 19971231],
    ],
)
def test_dates_are_known_up_to_the_ends_of_months_and_years(dates: list[int]) -> None:
    call = partial(from_events, customer=[1, 1], time=dates, unit="day", collapse=None)
    said = (
        "InvalidValueError: time[0] must be numbers of units of time, not dates; got"
        f' {dates[0]}; parse them: pandas.to_datetime(time, format="%Y%m%d"), end too'
    )
    judge(partial(call, end=dates[1]), said)
    assert call(end=dates[1] + 0.5).recency.tolist() == [dates[1] - dates[0]]


@pytest.mark.parametrize(
    ("time", "end"),
    [
        ([19970101, 19970201], 19970930.5),
        ([19970101, 19970201], 19970999),
        ([19970101, 19970200], 19970930),
        ([19970101, 19970132], 19970930),
        ([19970001, 19970201], 19970930),
        ([19970101, 19971301], 19980101),
        ([18991231, 19970201], 19970930),
        ([19970101, 19970201], 21010101),
        ([19970101.5, 19970201], 19970930),
    ],
)
def test_other_numbers_are_taken_as_they_are(time: list[float], end: float) -> None:
    history = from_events(
        customer=[1, 1], time=time, end=end, unit="day", collapse=None
    )
    assert history.recency.tolist() == [time[1] - time[0]]


def test_instants_are_cut_to_the_nanosecond() -> None:
    midnight = "2026-01-02T00:00:00.000000000"
    time = np.array(["2026-01-01T23:59:59.999999999", midnight], "M8[ns]")
    options: dict[str, Any] = {"customer": [1, 1], "end": time[1], "unit": "second"}
    cut = from_events(time=time, collapse="day", **options)
    assert (cut.frequency.tolist(), cut.recency.tolist()) == ([1], [86400])
    assert from_events(time=time[::-1], collapse="day", **options) == cut
    plain = from_events(time=time, collapse="none", **options)
    assert (plain.frequency.tolist(), plain.recency.tolist()) == ([1], [1e-9])
    assert from_events(time=time[::-1], collapse="none", **options) == plain


def test_the_end_may_be_as_far_as_differences_fit() -> None:
    options: dict[str, Any] = {"customer": [1], "unit": "second", "collapse": "second"}
    time = np.array([0], "M8[s]")
    history = from_events(time=time, end=np.datetime64(2**62 - 1, "s"), **options)
    assert history.age.tolist() == [2**62]
    ends = 2**62 // 60, -(2**62) // 60 - 1
    for last in ends:  # in minutes, the first beyond on each side
        beyond = np.datetime64(last + (last > 0), "m")
        said = (
            "InvalidValueError: end must lie within 2**62 grains (1,000,000,000 ns) of"
            f" 1970; got {str(beyond)!r}"
        )
        judge(partial(from_events, time=time, end=beyond, **options), said)


# Numbers


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (0.0, 1e-20),
        (-1e-20, 0.0),
        (np.nextafter(-1.0, -2), -1.0),
        (1.0, np.nextafter(1.0, 2)),
        (-5e-324, 5e-324),
    ],
)
def test_numbers_are_told_apart_to_the_last_bit(first: float, last: float) -> None:
    for time in ([first, last], [last, first]):
        history = from_events(
            customer=[1, 1], time=time, end=last, unit="x", collapse=None
        )
        assert history.frequency.tolist() == [1]
        assert history.recency.tolist() == [last - first]


@pytest.mark.parametrize("kind", [float, Decimal, np.float32])
def test_numbers_may_be_objects(kind: Any) -> None:
    time = [kind(each) for each in COUNTED["time"]]
    column = np.fromiter(time, object, 3)
    expected = from_events(**COUNTED)
    assert from_events(**COUNTED | {"time": time}) == expected
    assert from_events(**COUNTED | {"time": column}) == expected


def test_as_many_grains_as_floats_can_tell_apart() -> None:
    assert from_events(**COUNTED | {"collapse": 9 / 2**53}).age.max() == close(9)
    at_most = from_events(**COUNTED | {"end": 2**53})
    assert at_most.age.tolist() == [2**53 - 2, 2**53]
    alone = from_events(customer=[1], time=[0.5], end=0.5, unit="x", collapse=None)
    assert (alone.age[0], alone.repeat_share) == (0, 0)


# Refusals


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"unit": "month"},
            (
                "InvalidValueError: unit must be one of 'second', 'minute', 'hour',"
                " 'day', 'week', as times are datetimes; got 'month'; months and"
                " years differ in length, and calendars are not converted"
            ),
        ),
        (
            {"unit": "years"},
            (
                "InvalidValueError: unit must be one of 'second', 'minute', 'hour',"
                " 'day', 'week', as times are datetimes; got 'years'; months and"
                " years differ in length, and calendars are not converted"
            ),
        ),
        (
            {"unit": "weeks"},
            (
                "InvalidValueError: unit must be one of 'second', 'minute', 'hour',"
                " 'day', 'week', as times are datetimes; got 'weeks'"
            ),
        ),
        (
            {"unit": "none"},
            (
                "InvalidValueError: unit must be one of 'second', 'minute', 'hour',"
                " 'day', 'week', as times are datetimes; got 'none'"
            ),
        ),
        (
            {"unit": ["week"]},
            (
                "InvalidValueError: unit must be one of 'second', 'minute', 'hour',"
                " 'day', 'week', as times are datetimes; got ['week']"
            ),
        ),
        (
            {"collapse": "quarter"},
            (
                "InvalidValueError: collapse must be one of 'none', 'second',"
                " 'minute', 'hour', 'day', 'week', as times are datetimes; got"
                " 'quarter'; months and years differ in length, and calendars are not"
                " converted"
            ),
        ),
        (
            {"collapse": None},
            (
                "InvalidValueError: collapse must be one of 'none', 'second',"
                " 'minute', 'hour', 'day', 'week', as times are datetimes; got None;"
                ' "none" merges nothing'
            ),
        ),
        (
            {"collapse": 1},
            (
                "InvalidValueError: collapse must be one of 'none', 'second',"
                " 'minute', 'hour', 'day', 'week', as times are datetimes; got 1"
            ),
        ),
        (
            {"end": "2026-02-01"},
            (
                "InvalidTypeError: end must be a datetime, as the times are; got"
                " '2026-02-01'; np.datetime64(\"1997-09-30\") reads texts and dates, as"
                " UTC"
            ),
        ),
        (
            {"end": 3},
            (
                "InvalidTypeError: end must be a datetime, as the times are; got 3;"
                ' np.datetime64("1997-09-30") reads texts and dates, as UTC'
            ),
        ),
        (
            {"end": None},
            (
                "InvalidTypeError: end must be a datetime, as the times are; got"
                ' None; np.datetime64("1997-09-30") reads texts and dates, as UTC'
            ),
        ),
        (
            {"end": date(2026, 2, 1)},
            (
                "InvalidTypeError: end must be a datetime, as the times are; got"
                ' datetime.date(2026, 2, 1); np.datetime64("1997-09-30") reads texts'
                " and dates, as UTC"
            ),
        ),
        (
            {"end": np.datetime64(5, "ps")},
            (
                "InvalidValueError: end must be in whole nanoseconds, and not absurdly"
                " far from 1970; got '1970-01-01T00:00:00.000000000005'"
            ),
        ),
        (
            {"end": np.datetime64(2**62, "h")},
            (
                "InvalidValueError: end must be in whole nanoseconds, and not absurdly"
                f" far from 1970; got {str(np.datetime64(2**62, 'h'))!r}"
            ),
        ),
        (
            {"end": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))},
            (
                "InvalidValueError: end must have an equivalent in UTC; got"
                " 9999-12-31 23:00:00-05:00; its zone must have rules, its year lie"
                " between 1 and 9999"
            ),
        ),
        ({"end": np.datetime64("NaT", "s")}, "MissingValueError: end is missing"),
        (
            {
                "time": [datetime(2026, 1, 5, tzinfo=UTC)] * 3,
                "end": datetime(2026, 2, 1),  # noqa: DTZ001  that is the point
            },
            (
                "InvalidValueError: end must have a time zone; got 2026-02-01"
                " 00:00:00; np.datetime64(end) reads it as UTC"
            ),
        ),
        (
            {"end": np.datetime64("2026-01-04T23:59")},
            (
                "InvalidValueError: time[2] must not lie after end"
                " ('2026-01-04T23:59'); got '2026-01-05'; leave later purchases out:"
                " what follows the end is what models predict"
            ),
        ),
        (
            {"end": np.datetime64(2**60, "D"), "collapse": "second"},
            (
                "InvalidValueError: end must lie within 2**62 grains (1,000,000,000"
                " ns) of 1970; got '3156591865972789-04-28'"
            ),
        ),
        (
            {"time": np.array([1, 2, 2**60], "M8[D]"), "collapse": "second"},
            (
                "InvalidValueError: time[2] must lie within 2**62 seconds of 1970;"
                " got 1152921504606846976; leave these rows out"
            ),
        ),
        (
            {
                "time": days("2026-01-01", "2026-01-03", "2026-01-01"),
                "collapse": "none",
            },
            (
                "InvalidValueError: time[2] must lie after the first purchase of the"
                " customer; got '2 purchases at one time'; collapse merges purchases"
                " that are one"
            ),
        ),
        (
            {"amount": [1, 2]},
            "InvalidValueError: amount must have as many rows as customer (3); got 2",
        ),
        (
            {"amount": [1, -2, 3]},
            (
                "InvalidValueError: amount[1] must not be negative; got -2; a refund"
                " is no purchase: subtract it from what it refunds first"
            ),
        ),
        (
            {"amount": [1, np.inf, 3]},
            "InvalidValueError: amount[1] must be a finite number; got inf",
        ),
        (
            {"amount": [1, None, 3]},
            (
                "MissingValueError: amount[1] is missing; leave such rows out, or"
                " amount altogether"
            ),
        ),
        (
            {"amount": [1, 2, 0]},
            (
                "InvalidValueError: amount[2] must leave the customer a mean of"
                " repeat purchases above 0 and finite; got 0; leave purchases that"
                " cost nothing out, or amount altogether"
            ),
        ),
        (
            {"amount": ["a", 2, 3]},
            "InvalidTypeError: amount[0] must be a number; got 'a'",
        ),
        (
            {"time": ["2026-01-01"] * 3},
            (
                "InvalidTypeError: time[0] must be a datetime; got '2026-01-01';"
                " parse texts, and give dates a time and a zone"
            ),
        ),
        (
            {"time": [None, 1, 2]},
            "MissingValueError: time[0] is missing; leave these rows out",
        ),
        (
            {"time": days("2026-01-01", "NaT", "NaT")},
            "MissingValueError: time[1] is missing; leave these rows out",
        ),
        (
            {"time": []},
            "InvalidValueError: time must have as many rows as customer (3); got 0",
        ),
        (
            {"time": days("2026-01-01")[0]},
            (
                "InvalidValueError: time must be a column (one dimension); got"
                " 'datetime64'"
            ),
        ),
        ({"customer": []}, "EmptySampleError: customer holds no purchases"),
        (
            {"customer": [1, None, 2]},
            (
                "MissingValueError: customer[1] is missing; give these rows a label"
                " of their own or leave them out"
            ),
        ),
    ],
)
def test_instants_that_are_refused(change: dict[str, Any], said: str) -> None:
    judge(lambda: from_events(**BOUGHT | change), said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"unit": ""},
            "InvalidValueError: unit must have at least one visible character; got ''",
        ),
        ({"unit": 7}, "InvalidTypeError: unit must be a str; got 7"),
        (
            {"collapse": "day"},
            (
                "InvalidTypeError: collapse must be a number or None, as times are"
                " numbers; got 'day'"
            ),
        ),
        (
            {"collapse": 0},
            (
                "InvalidValueError: collapse must be positive and finite; got 0; pass"
                " None to merge nothing"
            ),
        ),
        (
            {"collapse": -1},
            (
                "InvalidValueError: collapse must be positive and finite; got -1;"
                " pass None to merge nothing"
            ),
        ),
        (
            {"collapse": np.inf},
            (
                "InvalidValueError: collapse must be positive and finite; got inf;"
                " pass None to merge nothing"
            ),
        ),
        (
            {"collapse": NAN},
            (
                "InvalidValueError: collapse must be positive and finite; got nan;"
                " pass None to merge nothing"
            ),
        ),
        ({"collapse": True}, "InvalidTypeError: collapse must be a number; got True"),
        (
            {"collapse": 1e-300},
            (
                "InvalidValueError: collapse must be at least a 2**53rd of the times;"
                " got 1e-300"
            ),
        ),
        (
            {"collapse": 5e-324},
            (
                "InvalidValueError: collapse must be at least a 2**53rd of the times;"
                " got 5e-324"
            ),
        ),
        (
            {"collapse": 0.5, "time": [0, -(2**53), 1]},
            (
                "InvalidValueError: collapse must be at least a 2**53rd of the times;"
                " got 0.5"
            ),
        ),
        (
            {"collapse": 9 / 2**53 / 1.01, "time": [0, 0, 0]},
            (
                "InvalidValueError: collapse must be at least a 2**53rd of the times;"
                " got 9.893076457055851e-16"
            ),
        ),
        (
            {"end": 3},
            (
                "InvalidValueError: time[2] must not lie after end (3); got 4; leave"
                " later purchases out: what follows the end is what models predict"
            ),
        ),
        (
            {"end": 3, "collapse": None},
            (
                "InvalidValueError: time[2] must not lie after end (3); got 4; leave"
                " later purchases out: what follows the end is what models predict"
            ),
        ),
        (
            {"end": NAN},
            (
                "InvalidValueError: end must lie between -2**53 and 2**53; got nan;"
                " count from a day nearby"
            ),
        ),
        (
            {"end": 1e17},
            (
                "InvalidValueError: end must lie between -2**53 and 2**53; got 1e+17;"
                " count from a day nearby"
            ),
        ),
        *(
            (
                {"end": end},
                (
                    "InvalidTypeError: end must be a number, as the times are; got"
                    f" {str(end)!r}"
                ),
            )
            for end in (np.datetime64("2026-01-01"), date(2026, 1, 1))
        ),
        (
            {"end": np.inf},
            (
                "InvalidValueError: end must lie between -2**53 and 2**53; got inf;"
                " count from a day nearby"
            ),
        ),
        ({"time": [0, NAN, 1]}, "MissingValueError: time[1] is missing"),
        (
            {"time": [0, np.inf, 1]},
            "InvalidValueError: time[1] must be a finite number; got inf",
        ),
        (
            {"time": [0, -1e17, 1]},
            (
                "InvalidValueError: time[1] must lie between -2**53 and 2**53; got"
                " -1e+17; count from a day nearby"
            ),
        ),
        ({"time": [0, "x", 1]}, "InvalidTypeError: time[1] must be a number; got 'x'"),
        (
            {"time": [True, False, True]},
            (
                "InvalidTypeError: time[0] must hold instants; got True; parse texts;"
                " pass datetimes, datetime64 or whole numbers"
            ),
        ),
        (
            {"time": [0, 2, 0], "collapse": None},
            (
                "InvalidValueError: time[2] must lie after the first purchase of the"
                " customer; got '2 purchases at one time'; collapse merges purchases"
                " that are one"
            ),
        ),
        (
            {"time": [4, 2, 0], "amount": [0, 1, 5]},
            (
                "InvalidValueError: amount[0] must leave the customer a mean of"
                " repeat purchases above 0 and finite; got 0; leave purchases that"
                " cost nothing out, or amount altogether"
            ),
        ),
        (
            {"customer": [1, 1, 1], "amount": [1, 1.7e308, 1.7e308]},
            (
                "InvalidValueError: amount[1] must leave the customer a mean of"
                " repeat purchases above 0 and finite; got inf; leave purchases that"
                " cost nothing out, or amount altogether"
            ),
        ),
        (
            {"customer": [1, 2, 2], "time": [0, 3, 3], "collapse": None},
            (
                "InvalidValueError: time[2] must lie after the first purchase of the"
                " customer; got '2 purchases at one time'; collapse merges purchases"
                " that are one"
            ),
        ),
        (
            {
                "customer": [2, 1, 2, 2, 1],
                "time": [4, 3, 0, 5, 2],
                "amount": [0, 1, 3, 0, 1],
            },
            (
                "InvalidValueError: amount[0] must leave the customer a mean of"
                " repeat purchases above 0 and finite; got 0; leave purchases that"
                " cost nothing out, or amount altogether"
            ),
        ),
    ],
)
def test_numbers_that_are_refused(change: dict[str, Any], said: str) -> None:
    judge(lambda: from_events(**COUNTED | change), said)
