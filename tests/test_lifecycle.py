"""Who was a customer when, found for many at once, is what each relationship says."""

import copy
import math
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import (
    STARS_1_5,
    Episode,
    JourneyLog,
    Ref,
    Relationship,
    Standing,
    Tally,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.paths import OneSidedCounts, experience_by, one_sided, standing

LABELS = ("not-yet", "current", "former")
PLACES = ("advertisement", "shop", "hotline")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Event = tuple[Any, int, str, bool]
Span = tuple[Any, int, int | None]

events = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(-5, 20), st.sampled_from(PLACES), st.booleans()
    ),
    max_size=25,
)
lengths = st.none() | st.integers(1, 10)
spans = st.lists(
    st.builds(
        lambda who, start, length: (who, start, length and start + length),
        st.integers(-1, 6),
        st.integers(-6, 22),
        lengths,
    ),
    max_size=15,
)


def logged(rows: list[Event], **fields: Any) -> JourneyLog:
    customer, time, touchpoint, two_sided = (
        zip(*rows, strict=True) if rows else [()] * 4
    )
    given_here: dict[str, Any] = {
        "customer": customer,
        "time": np.array(time, np.int64),
        "touchpoint": [PLACES.index(place) for place in touchpoint],
        "touchpoints": PLACES,
        "two_sided": np.array(two_sided, np.bool_),
    }
    return JourneyLog.from_columns(**(given_here | fields))


def columns(episodes: list[Span]) -> dict[str, Any]:
    return {
        "customer": [who for who, _, _ in episodes],
        "start": [start for _, start, _ in episodes],
        "end": [end for _, _, end in episodes],
    }


def starts(episodes: list[Span]) -> dict[str, Any]:
    return {"customer": [e[0] for e in episodes], "start": [e[1] for e in episodes]}


def told(log: JourneyLog, **episodes: Any) -> list[str]:
    codes, labels = standing(log, **episodes)
    assert codes.dtype == np.int8
    assert labels == LABELS
    return [labels[code] for code in codes]


def slow_standing(log: JourneyLog, episodes: list[Span]) -> list[str]:
    """Look at each event by itself, and at each episode of its customer."""
    found = []
    for event in log.to_records():
        own = [span[1:] for span in episodes if span[0] == event["customer"]]
        begun = [end for start, end in own if start <= event["time"]]
        if not begun:
            found.append("not-yet")
        elif any(end is None or event["time"] < end for end in begun):
            found.append("current")
        else:
            found.append("former")
    return found


@given(events, spans)
def test_standings_are_those_of_a_loop(rows: list[Event], episodes: list[Span]) -> None:
    log = logged(rows)
    assert told(log, **columns(episodes)) == slow_standing(log, episodes)


@given(events, st.data())
def test_standings_are_those_of_relationships(
    rows: list[Event], data: st.DataObject
) -> None:
    log = logged(rows)
    contracts: dict[int, Relationship[int]] = {}
    episodes: list[Span] = []
    for who in data.draw(st.sets(st.integers(0, 5))):
        cuts = sorted(data.draw(st.sets(st.integers(-6, 22), min_size=1, max_size=6)))
        pairs = [(cuts[i], cuts[i + 1]) for i in range(0, len(cuts) - 1, 2)]
        own: list[tuple[int, int | None]] = [*pairs]
        if len(cuts) % 2:
            own.append((cuts[-1], None))
        episodes += [(who, start, end) for start, end in own]
        contracts[who] = Relationship(
            id=who,
            a=Ref("stakeholder", who),
            b=Ref("brand", "nappies"),
            role_a="customer",
            role_b="supplier",
            episodes=[
                Episode(start=at(start), end=None if end is None else at(end))
                for start, end in own
            ],
        )
    order = data.draw(st.permutations(episodes))
    expected = [
        contracts[event["customer"]].standing_at(at(event["time"])).value
        if event["customer"] in contracts
        else Standing.NOT_YET.value
        for event in log.to_records()
    ]
    assert told(log, **columns(order)) == expected


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


ONE = logged([(7, t, "shop", True) for t in range(6)])


def test_episodes_are_half_open() -> None:
    found = told(ONE, customer=[7], start=[1], end=[3])
    assert found == ["not-yet", "current", "current", "former", "former", "former"]


def test_in_a_gap_one_is_a_former_customer() -> None:
    found = told(ONE, customer=[7, 7], start=[4, 0], end=[None, 2])
    assert found == ["current", "current", "former", "former", "current", "current"]


def test_one_contract_of_two_is_enough() -> None:
    found = told(ONE, customer=[7, 7, 7], start=[0, 1, 1], end=[5, 3, 3])
    assert found == [*["current"] * 5, "former"]


def test_one_contract_may_follow_upon_another_at_once() -> None:
    assert told(ONE, customer=[7, 7], start=[0, 3], end=[3, 6]) == ["current"] * 6


def test_accounts_without_contacts_do_not_matter() -> None:
    assert told(ONE, customer=[6, 8], start=[0, 0], end=[3, None]) == ["not-yet"] * 6


def test_events_at_the_same_time_have_the_same_standing() -> None:
    log = logged([(7, 1, "shop", True)] * 3 + [(7, 2, "shop", True)] * 2)
    found = told(log, customer=[7], start=[1], end=[2])
    assert found == ["current"] * 3 + ["former"] * 2


@pytest.mark.parametrize("missing", [[], np.array([]), np.array([], object)])
def test_without_episodes_nobody_is_a_customer(missing: Any) -> None:
    assert told(ONE, customer=missing, start=missing, end=missing) == ["not-yet"] * 6
    assert one_sided(ONE, customer=missing, start=missing).unseen == 1


def test_an_empty_log_has_no_standings() -> None:
    log = logged([])
    assert told(log, customer=[7], start=[0], end=[None]) == []
    assert told(log, customer=np.array([7]), start=[0], end=[3]) == []
    ledger = one_sided(log, customer=[7], start=[0])
    assert ledger.counts.tolist() == [[[0, 0], [0, 0]]] * 3
    assert math.isnan(ledger.unseen)
    assert np.isnan(ledger.unseen_by_touchpoint).all()
    assert ledger.summary() == "Nothing was observed."


def test_more_events_and_episodes_than_a_block_holds() -> None:
    rng = np.random.default_rng(1)
    size, customers = 200_000, 10_000
    log = JourneyLog.from_columns(
        customer=rng.integers(0, customers, size),
        time=rng.integers(0, 1_000, size),
        touchpoint=np.zeros(size, np.int64),
        touchpoints=["shop"],
        two_sided=rng.random(size) < 0.5,
    )
    who = rng.integers(0, customers + 100, 100_000)
    start = rng.integers(0, 1_000, who.size)
    end = start + rng.integers(1, 100, who.size).astype(float)
    end[rng.random(who.size) < 0.1] = np.nan
    codes, _ = standing(log, customer=who, start=start, end=end)
    owner = np.repeat(log.customers, np.diff(log.offsets))
    for row in rng.integers(0, size, 300):
        own = who == owner[row]
        begun = own & (start <= log.time[row])
        inside = begun & ~(end <= log.time[row])
        assert codes[row] == (1 if inside.any() else 2 if begun.any() else 0)
    first = np.full(customers + 100, 2_000)
    np.minimum.at(first, who, start)
    since = log.time >= first[owner]
    ledger = one_sided(log, customer=who, start=start)
    assert log.two_sided is not None
    assert ledger.counts[0].tolist() == [
        [int((~log.two_sided & ~since).sum()), int((~log.two_sided & since).sum())],
        [int((log.two_sided & ~since).sum()), int((log.two_sided & since).sum())],
    ]


# Columns of many kinds

IDS: dict[str, tuple[Any, Any]] = {
    "texts": (["b", "a", "b"], ["a", "c", "b"]),
    "small numbers": ([8, 7, 8], np.array([7, 9, 8], np.int8)),
    "large numbers": (
        np.array([2**63 + 2, 2**63, 2**63 + 2], np.uint64),
        np.array([2**63, 5, 2**63 + 2], np.uint64),
    ),
    "numbers with and without sign": (
        np.array([8, 7, 8], np.uint64),
        np.array([7, -9, 8], np.int64),
    ),
    "numbers without and with sign": (
        np.array([8, 7, 8]),
        np.array([7, 2**63 + 2, 8], np.uint64),
    ),
    "numbers as objects": ([8, 7, 8], np.array([7, 9, 8], object)),
    "numbers among texts": (np.array([8, "a", 8], object), [99, 98, 8]),
}


@pytest.mark.parametrize("name", IDS)
def test_ids_of_many_kinds(name: str) -> None:
    contacts, accounts = IDS[name]
    log = JourneyLog.from_columns(
        customer=contacts, time=[0, 5, 9], touchpoint=["shop"] * 3
    )
    found = told(log, customer=accounts, start=[4, 0, 5], end=[None, 9, None])
    by_customer: dict[Any, list[str]] = {}
    for event, label in zip(log.to_records(), found, strict=True):
        by_customer.setdefault(event["customer"], []).append(label)
    keys = np.asarray(contacts, object).tolist()
    first = "not-yet" if name == "numbers among texts" else "current"
    assert by_customer == {keys[0]: ["not-yet", "current"], keys[1]: [first]}


def test_large_ids_are_not_taken_for_negative_ones() -> None:
    account = np.array([2**64 - 1], np.uint64)
    log = logged([(-1, 0, "shop", True)])
    assert told(log, customer=account, start=[0], end=[None]) == ["not-yet"]
    log = logged([(7, 0, "shop", True)], customer=account)
    found = told(log, customer=np.array([-1]), start=[0], end=[None])
    assert found == ["not-yet"]
    assert told(log, customer=account, start=[0], end=[None]) == ["current"]


def test_ids_as_codes_and_in_any_order() -> None:
    log = JourneyLog(
        customers=np.array([9, 7]),
        offsets=[0, 1, 2],
        time=[5, 5],
        touchpoint=[0, 0],
        touchpoints=["shop"],
    )
    assert told(log, customer=[7], start=[0], end=[5]) == ["not-yet", "former"]
    pair = (np.array([1, 0]), ["7", 9])
    assert told(log, customer=pair, start=[0, 0], end=[None, 1]) == [
        "current",
        "not-yet",
    ]


CET = timezone(timedelta(hours=1))
TIMES: dict[str, tuple[Any, Any]] = {
    "datetimes": ([at(1), at(3)], [at(3), None]),
    "datetimes elsewhere": ([at(1).astimezone(CET), at(3)], [at(3), None]),
    "all open but one": ([at(1), at(3)], np.array([at(3), None], object)),
    "datetime64": (
        np.array([1, 3], "datetime64[s]"),
        np.array([3, "NaT"], "datetime64[s]"),
    ),
    "datetime64 of other units": (
        np.array([1_000, 3_000], "datetime64[ms]"),
        np.array([3_000_000_000, "NaT"], "datetime64[ns]"),
    ),
    "numbers as objects": ([1, 3], np.array([3, None], object)),
    "floats": ([1.0, 3.0], [3.0, math.nan]),
    "masked": ([1, 3], np.ma.masked_array([3, 0], [False, True])),
    "masked objects": (
        [1, 3],
        np.ma.masked_array(np.array([3, 0], object), [False, True]),
    ),
    "small numbers": (np.array([1, 3], np.uint8), [3, None]),
    # A part of a second is enough for the event that stands for the whole of it.
    "finer than the log": ([at(1.5), at(3.5)], [at(2.25), None]),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_of_many_kinds(name: str) -> None:
    start, end = TIMES[name]
    found = told(ONE, customer=[7, 7], start=start, end=end)
    assert found == ["not-yet", *["current"] * 5]
    assert one_sided(ONE, customer=[7, 7], start=start).counts[1].tolist() == [
        [0, 0],
        [1, 5],
    ]


def test_times_of_a_log_in_days() -> None:
    log = logged([(7, day, "shop", True) for day in range(4)], time_unit="D")
    noon = EPOCH + timedelta(days=1, hours=12)
    found = told(log, customer=[7], start=[noon], end=[noon + timedelta(days=1)])
    assert found == ["not-yet", "current", "current", "former"]
    days = np.array([1], "datetime64[D]")
    assert told(log, customer=[7], start=days, end=[None])[1] == "current"
    assert told(log, customer=[7], start=[1], end=[None])[1] == "current"


def test_an_event_stands_for_its_whole_unit_of_time() -> None:
    found = told(ONE, customer=[7], start=[at(1.25)], end=[at(1.75)])
    assert found == ["not-yet", "current", *["former"] * 4]
    assert one_sided(ONE, customer=[7], start=[at(1.75)]).counts[1, 1].tolist() == [
        1,
        5,
    ]


def test_on_the_days_of_the_purchase_and_of_the_end_one_is_a_customer() -> None:
    log = logged([(7, day, "shop", True) for day in range(5)], time_unit="D")
    ten, three = at(86_400 + 36_000), at(3 * 86_400 + 54_000)
    found = told(log, customer=[7], start=[ten], end=[three])
    assert found == ["not-yet", "current", "current", "current", "former"]
    found = told(log, customer=[7], start=[ten], end=[ten + timedelta(hours=1)])
    assert found == ["not-yet", "current", "former", "former", "former"]
    midnight = at(3 * 86_400)
    found = told(log, customer=[7], start=[ten], end=[midnight])
    assert found == ["not-yet", "current", "current", "former", "former"]


SECONDS = {"D": 86_400, "h": 3_600, "m": 60, "s": 1}


@given(st.data(), st.sampled_from([*SECONDS]), st.sampled_from(["s", "ms", "ns"]))
def test_an_event_is_current_if_an_episode_covers_part_of_its_unit(
    data: st.DataObject, unit: str, clock: str
) -> None:
    size = SECONDS[unit]
    seconds = st.integers(-3 * size, 6 * size)
    pairs = data.draw(st.lists(st.tuples(seconds, st.integers(1, 3 * size))))
    log = logged([(7, t, "shop", True) for t in range(-2, 5)], time_unit=unit)
    begins = np.array([start for start, _ in pairs], "datetime64[s]")
    ends = begins + np.array([length for _, length in pairs], "timedelta64[s]")
    expected = []
    for low in range(-2 * size, 5 * size, size):
        begun = [start + length for start, length in pairs if start < low + size]
        current = any(end > low for end in begun)
        expected.append("current" if current else "former" if begun else "not-yet")
    start, end = (each.astype(f"datetime64[{clock}]") for each in (begins, ends))
    who = [7] * len(pairs)
    assert told(log, customer=who, start=start, end=end) == expected
    assert told(log, customer=who, start=begins, end=end) == expected
    ledger = one_sided(log, customer=who, start=start)
    assert ledger.counts[1, 1, 0] == expected.count("not-yet")


# Times beyond those of the log

FINE = attrs.evolve(ONE, time_unit="ns")
LAST = datetime(9999, 12, 31, tzinfo=UTC)
FIRST = datetime(1700, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("unit", ["D", "s", "us", "ns"])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ([FIRST], [LAST]),
        (["1700-01-01", "datetime64[D]"], ["9999-12-31", "datetime64[D]"]),
        (["-90000-01-01", "datetime64[s]"], ["90000-12-31", "datetime64[s]"]),
        (["1700-01-01", "datetime64[ns]"], ["2262-04-11", "datetime64[ns]"]),
        (["1700-01", "datetime64[M]"], ["9999-12", "datetime64[M]"]),
        ([-(2**63) + 1, "datetime64[D]"], [2**63 - 1, "datetime64[D]"]),
    ],
)
def test_times_beyond_those_of_the_log_are_before_or_after_all_events(
    unit: Any, first: list[Any], last: list[Any]
) -> None:
    log = attrs.evolve(ONE, time_unit=unit)
    early, late = (
        [e[0]] if len(e) == 1 else np.array([e[0]], e[1]) for e in (first, last)
    )
    assert told(log, customer=[7], start=early, end=late) == ["current"] * 6
    assert told(log, customer=[7], start=early, end=[3])[2:4] == ["current", "former"]
    assert told(log, customer=[7], start=late, end=[None]) == ["not-yet"] * 6
    ledger = one_sided(log, customer=[7, 7], start=np.concatenate([late, late]))
    assert ledger.counts[1, 1].tolist() == [6, 0]


def test_the_farthest_event_of_a_log_comes_before_what_lies_beyond() -> None:
    log = logged([(7, 2**62 - 1, "shop", True)], time_unit="ns")
    for unit, far in (("ns", 2**62), ("us", 2**62 // 1_000 + 1)):
        end = np.array([far], f"datetime64[{unit}]")
        assert told(log, customer=[7], start=[0], end=end) == ["current"]
        assert told(log, customer=[7], start=end, end=[None]) == ["not-yet"]


def test_episodes_beyond_the_log_are_compared_exactly() -> None:
    early = np.array(["2200-01-01"], "datetime64[ns]")
    late = np.array(["2250-01-01"], "datetime64[ns]")
    days = [each.astype("datetime64[D]") for each in (early, late)]
    for start in (early, days[0]):
        for end in (late, days[1]):
            found = told(FINE, customer=[7], start=start, end=end)
            assert found == ["not-yet"] * 6
    for start, end in ((late, early), (days[1], early), (late, days[0])):
        with pytest.raises(InvalidValueError, match="lie after start"):
            standing(FINE, customer=[7], start=start, end=end)


def test_dates_of_customers_whom_the_log_lacks_may_be_any() -> None:
    found = ["not-yet", *["current"] * 5]
    for far in (np.datetime64(2**62, "D"), np.datetime64("1600-01-01", "s")):
        dates = np.array([1, far.astype("M8[D]").astype(int)], "datetime64[D]")
        log = attrs.evolve(ONE, time_unit="D")
        who = [7, 99]
        assert told(log, customer=who, start=dates, end=[None, None]) == found
        assert one_sided(log, customer=who, start=dates).counts[1, 1, 1] == 5
    numbers = np.array([1, 2**63 - 1])
    assert told(ONE, customer=[7, 99], start=numbers, end=[None, 0]) == found
    assert told(ONE, customer=[99, 7], start=numbers[::-1], end=[0.5, None]) == found
    assert told(ONE, customer=[99], start=["any"], end=[None]) == ["not-yet"] * 6


def test_a_start_may_be_missing_for_nobody() -> None:
    for start in ([1, None], np.array([1, "NaT"], "datetime64[s]")):
        with pytest.raises(MissingValueError) as caught:
            standing(ONE, customer=[7, 99], start=start, end=[None, None])
        assert (caught.value.argument, caught.value.index) == ("start", 1)


# Ids of other types

OTHERS: dict[str, tuple[list[Any], Any, Any]] = {
    "texts for numbers": ([7, 8], ["7", "8"], "'7'"),
    "numbers for texts": (["7", "8"], [8, 7], "8"),
    "an array of numbers for texts": (["7", "8"], np.array([8, 7]), "8"),
    "codes of texts for numbers": ([7, 8], (np.array([1, 0]), ["7", "8"]), "'8'"),
    "bytes for texts": (["a"], [b"a"], "b'a'"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_ids_of_another_type_are_refused(name: str) -> None:
    contacts, accounts, shown = OTHERS[name]
    rows = [(who, 0, "shop", True) for who in contacts]
    log = logged(rows, customer=np.array(contacts, object))
    size = 2 if isinstance(accounts, tuple) else len(accounts)
    start, end = [0] * size, [None] * size
    such = log.customers.tolist()[0]
    message = (
        f"customer[0] must be an id as those of the log are, such as {such!r}; got"
        f" {shown}; ids are compared by value and type: 7 is not '7'"
    )
    for call in (
        lambda: standing(log, customer=accounts, start=start, end=end),
        lambda: one_sided(log, customer=accounts, start=start),
    ):
        with pytest.raises(InvalidValueError) as caught:
            call()
        assert str(caught.value) == message
        assert (caught.value.argument, caught.value.index) == ("customer", 0)


@pytest.mark.parametrize(
    ("contacts", "accounts"),
    [
        ([7], [8]),
        ([7], [8.5]),
        ([7], [8, "7"]),
        (["a"], ["b"]),
        ([7, "a"], ["b"]),
        ([(7, 1)], [(7, 2)]),
        ([], ["a"]),
        ([7], []),
        ([7], (np.array([], np.int64), ["a"])),
    ],
)
def test_ids_that_the_log_may_lack(contacts: list[Any], accounts: Any) -> None:
    rows = [(who, 0, "shop", True) for who in contacts]
    log = logged(rows, customer=objects(contacts))
    size = 0 if isinstance(accounts, tuple) else len(accounts)
    who = accounts if isinstance(accounts, tuple) else objects(accounts)
    found = told(log, customer=who, start=[0] * size, end=[None] * size)
    assert found == ["not-yet"] * len(contacts)


def objects(values: list[Any]) -> Any:
    """Return a column of objects, tuples among them."""
    return np.fromiter(values, object, len(values))


def test_all_open() -> None:
    for end in ([None, None], [math.nan] * 2, np.array(["NaT"] * 2, "datetime64[s]")):
        found = told(ONE, customer=[7, 7], start=[2, 4], end=end)
        assert found == ["not-yet"] * 2 + ["current"] * 4


# Refusals

Refusal = tuple[Callable[[], Any], type[CxmError], str, Any, str]
MUTE = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])

REFUSALS: dict[str, Refusal] = {
    "no log": (
        lambda: standing(3, customer=[], start=[], end=[]),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "be a JourneyLog",
    ),
    "a customer is missing": (
        lambda: standing(ONE, customer=["a", None], start=[0, 0], end=[1, 1]),
        MissingValueError,
        "customer",
        1,
        "is missing",
    ),
    "no column": (
        lambda: standing(ONE, customer=7, start=[0], end=[1]),
        InvalidValueError,
        "customer",
        None,
        "be a column",
    ),
    "starts of another length": (
        lambda: standing(ONE, customer=[7, 8], start=[0], end=[1, 1]),
        InvalidValueError,
        "start",
        None,
        "have as many rows as customer (2)",
    ),
    "ends of another length": (
        lambda: standing(ONE, customer=[7, 8], start=[0, 0], end=[1]),
        InvalidValueError,
        "end",
        None,
        "have as many rows as customer (2)",
    ),
    "a start is missing": (
        lambda: standing(ONE, customer=[7, 8], start=[0, None], end=[1, 1]),
        MissingValueError,
        "start",
        1,
        "is missing",
    ),
    "a start is no instant": (
        lambda: standing(ONE, customer=[7], start=["2026"], end=[None]),
        InvalidTypeError,
        "start",
        0,
        "got '2026'",
    ),
    "an end is no instant": (
        lambda: standing(ONE, customer=[7, 7], start=[0, 0], end=[None, "2026"]),
        InvalidTypeError,
        "end",
        1,
        "got '2026'",
    ),
    "a text among datetimes": (
        lambda: standing(
            ONE, customer=[8, 7, 7], start=[0, at(0), "b"], end=[None] * 3
        ),
        InvalidTypeError,
        "start",
        2,
        "got 'b'",
    ),
    "a column of texts": (
        lambda: standing(ONE, customer=[8, 7], start=["a", "b"], end=[None] * 2),
        InvalidTypeError,
        "start",
        1,
        "got 'b'",
    ),
    "an array of texts": (
        lambda: one_sided(ONE, customer=[8, 7], start=np.array(["a", "b"])),
        InvalidTypeError,
        "start",
        0,
        "got 'b'",
    ),
    "a fraction among numbers": (
        lambda: one_sided(
            ONE, customer=[8, 7, 7], start=np.array([0.5, 1, 1.5], object)
        ),
        InvalidValueError,
        "start",
        2,
        "be a whole number",
    ),
    "an end has no zone": (
        lambda: standing(
            ONE,
            customer=[7, 7],
            start=[at(0), at(0)],
            end=[None, at(3).replace(tzinfo=None)],
        ),
        InvalidValueError,
        "end",
        1,
        "have a time zone",
    ),
    "an end before its start": (
        lambda: standing(ONE, customer=[8, 7, 7], start=[0, 2, 5], end=[1, None, 4]),
        InvalidValueError,
        "end",
        2,
        "lie after start (5); got 4; an episode lasts",
    ),
    "an end at its start": (
        lambda: standing(ONE, customer=[7], start=[5], end=[5]),
        InvalidValueError,
        "end",
        0,
        "lie after start (5); got 5",
    ),
    "an end just before its start": (
        lambda: standing(
            ONE,
            customer=[7],
            start=[at(5.5)],
            end=np.array([5_250], "datetime64[ms]"),
        ),
        InvalidValueError,
        "end",
        0,
        "(1970-01-01 00:00:05.500000+00:00); got '1970-01-01T00:00:05.250'",
    ),
    "a fraction": (
        lambda: standing(ONE, customer=[7], start=[0.5], end=[None]),
        InvalidValueError,
        "start",
        0,
        "be a whole number",
    ),
    "a number beyond those of any log": (
        lambda: standing(ONE, customer=[8, 7], start=[0, 2**62], end=[None, None]),
        InvalidValueError,
        "start",
        1,
        "be a whole number between -2**62 and 2**62",
    ),
    "ledger: no log": (
        lambda: one_sided(3, customer=[], start=[]),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "be a JourneyLog",
    ),
    "ledger: no directions": (
        lambda: one_sided(MUTE, customer=[], start=[]),
        InvalidValueError,
        "log",
        None,
        "pass two_sided= to JourneyLog.from_columns",
    ),
    "ledger: a start is missing": (
        lambda: one_sided(ONE, customer=[7], start=[None]),
        MissingValueError,
        "start",
        0,
        "is missing",
    ),
    "ledger: starts of another length": (
        lambda: one_sided(ONE, customer=[7], start=[1, 2]),
        InvalidValueError,
        "start",
        None,
        "have as many rows as customer (1)",
    ),
}


def assert_refused(refusal: Refusal) -> None:
    call, error, argument, index, words = refusal
    with pytest.raises(error) as caught:
        call()
    assert (caught.value.argument, caught.value.index) == (argument, index)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_name_argument_and_row(name: str) -> None:
    assert_refused(REFUSALS[name])


# What standings are good for


@given(events, spans)
def test_standings_are_an_axis_of_experience(
    rows: list[Event], episodes: list[Span]
) -> None:
    score = np.arange(len(rows)) % 5 + 1.0
    score[::3] = np.nan
    log = logged(rows, score=score, scale=STARS_1_5)
    pair = standing(log, **columns(episodes))
    tally = experience_by(log, "touchpoint", columns={"standing": pair})
    labels = slow_standing(log, episodes)
    answers: Any = log.score
    spelled = Tally.count(
        answers,
        scale=STARS_1_5,
        by={
            "touchpoint": (log.touchpoint, PLACES),
            "standing": ([LABELS.index(label) for label in labels], LABELS),
        },
        missing="omit",
    )
    assert tally == spelled
    assert Tally.count(
        answers, scale=STARS_1_5, by={"standing": pair}, missing="omit"
    ) == tally.by("standing")


# The one-sided ledger


def slow_ledger(log: JourneyLog, episodes: list[Span]) -> list[Any]:
    counts = [[[0, 0], [0, 0]] for _ in PLACES]
    for event in log.to_records():
        own = [start for who, start, _ in episodes if who == event["customer"]]
        since = bool(own) and event["time"] >= min(own)
        place = PLACES.index(event["touchpoint"])
        counts[place][int(event["two_sided"])][int(since)] += 1
    return counts


@given(events, spans)
def test_the_ledger_is_that_of_a_loop(rows: list[Event], episodes: list[Span]) -> None:
    log = logged(rows)
    ledger = one_sided(log, **starts(episodes))
    counts = slow_ledger(log, episodes)
    assert ledger.touchpoints == PLACES
    assert ledger.counts.tolist() == counts
    assert ledger.events == len(log)
    seen = sum(count[1][1] for count in counts)
    assert ledger.unseen == pytest.approx(1 - seen / len(log)) if rows else True
    for share, count in zip(ledger.unseen_by_touchpoint, counts, strict=True):
        here = sum(map(sum, count))
        assert here or math.isnan(share)
        assert not here or share == pytest.approx(1 - count[1][1] / here)


@given(events, spans)
def test_ledgers_of_parts_add_up_to_the_whole(
    rows: list[Event], episodes: list[Span]
) -> None:
    log = logged(rows)
    parts = [one_sided(part, **starts(episodes)) for part in log.partition(3)]
    assert sum(parts) == one_sided(log, **starts(episodes))


@given(events, spans, st.randoms())
def test_the_order_of_rows_does_not_matter(
    rows: list[Event], episodes: list[Span], random: Any
) -> None:
    distinct = [*{row[1]: row for row in rows}.values()]
    mixed = random.sample(distinct, len(distinct))
    others = random.sample(episodes, len(episodes))
    one, two = logged(distinct), logged(mixed)
    assert told(one, **columns(episodes)) == told(two, **columns(others))
    assert one_sided(one, **starts(episodes)) == one_sided(two, **starts(others))


@given(events, spans)
def test_what_others_did_does_not_matter(
    rows: list[Event], episodes: list[Span]
) -> None:
    log = logged(rows)
    every = told(log, **columns(episodes))
    for place, customer in enumerate(log.customers.tolist()):
        own = [span for span in episodes if span[0] == customer]
        alone = told(log.take([customer]), **columns(own))
        assert alone == every[log.offsets[place] : log.offsets[place + 1]]


LEDGER = OneSidedCounts(
    touchpoints=["shop", "web"], counts=[[[1, 2], [3, 4]], [[0, 0], [0, 0]]]
)


def test_a_ledger_in_words() -> None:
    assert repr(LEDGER) == "OneSidedCounts 10 events at 2 touchpoints, 6 unseen"
    assert LEDGER.summary() == (
        "60.0 % of 10 events are never seen by a system of relationships: 30.0 % are"
        " one-sided, and 30.0 % are two-sided but came before a relationship or"
        " without one."
    )
    assert str(LEDGER).splitlines()[1].split() == ["shop", *"1234", "60.0", "%"]
    assert "<table" in LEDGER._repr_html_()


def test_a_ledger_as_plain_values() -> None:
    assert LEDGER.to_records()[0] == {
        "touchpoint": "shop",
        "one_sided_before": 1,
        "one_sided_since": 2,
        "two_sided_before": 3,
        "two_sided_since": 4,
        "unseen": 0.6,
    }
    assert LEDGER.to_columns()["two_sided_before"] == [3, 0]
    assert LEDGER.to_dict()["counts"][0] == [[1, 2], [3, 4]]
    assert list(one_sided(logged([]), customer=[], start=[]).to_columns()) == [
        *LEDGER.to_records()[0]
    ]


def test_a_ledger_comes_back_as_it_went() -> None:
    for copied in (pickle.loads(pickle.dumps(LEDGER)), copy.deepcopy(LEDGER)):  # noqa: S301
        assert copied == LEDGER
        assert not copied.counts.flags.writeable
    with pytest.raises(TypeError):
        hash(LEDGER)


def test_ledgers_add() -> None:
    assert LEDGER + 0 is LEDGER
    assert sum([LEDGER]) is LEDGER
    other = OneSidedCounts(touchpoints=["ad", "shop"], counts=[[[5, 0], [0, 0]]] * 2)
    both = LEDGER + other
    assert both.touchpoints == ("shop", "web", "ad")
    assert both.counts[:, 0, 0].tolist() == [6, 0, 5]
    for nothing in (1, "ledger", None):
        with pytest.raises(TypeError):
            LEDGER + nothing
    assert LEDGER != 3
    assert both != LEDGER
    assert attrs.evolve(LEDGER, touchpoints=["shop", "hotline"]) != LEDGER


@pytest.mark.parametrize(
    ("changes", "error", "argument", "index", "words"),
    [
        ({"counts": [[1, 2]]}, InvalidValueError, "counts", None, "(2, 2, 2)"),
        (
            {"counts": [[[1, 2], [3, -4]]] * 2},
            InvalidValueError,
            "counts",
            (0, 1, 1),
            "not be negative",
        ),
        (
            {"touchpoints": ["shop", "shop"]},
            InvalidValueError,
            "touchpoints",
            1,
            "not repeat",
        ),
        (
            {"touchpoints": ["shop", None]},
            MissingValueError,
            "touchpoints",
            1,
            "is missing",
        ),
    ],
)
def test_impossible_ledgers_are_refused(
    changes: dict[str, Any],
    error: type[CxmError],
    argument: str,
    index: Any,
    words: str,
) -> None:
    assert_refused(
        (lambda: attrs.evolve(LEDGER, **changes), error, argument, index, words)
    )


def test_an_episode_may_begin_with_a_day_and_end_within_it() -> None:
    log = JourneyLog.from_columns(
        customer=[1, 1],
        time=np.array(["2026-01-01T11", "2026-01-01T13"], "datetime64[h]"),
        touchpoint=["shop", "shop"],
    )
    codes, labels = standing(
        log,
        customer=[1],
        start=np.array(["2026-01-01"], "datetime64[D]"),
        end=np.array(["2026-01-01T12"], "datetime64[h]"),
    )
    assert [labels[code] for code in codes] == ["current", "former"]


def test_an_episode_without_a_start_has_a_way_out() -> None:
    log = JourneyLog.from_columns(customer=[1], time=[0], touchpoint=["shop"])
    with pytest.raises(MissingValueError) as refused:
        standing(log, customer=[1], start=[None], end=[3])
    assert str(refused.value) == "start[0] is missing; leave these rows out"


def test_the_ledger_says_how_to_tell_sides_and_heads_its_columns() -> None:
    blind = JourneyLog.from_columns(customer=[1], time=[0], touchpoint=["shop"])
    with pytest.raises(InvalidValueError) as refused:
        one_sided(blind, customer=[1], start=[0])
    assert str(refused.value).startswith(
        "log must say which events were two-sided; got"
    )
    assert str(refused.value).endswith("pass two_sided= to JourneyLog.from_columns")
    log = JourneyLog.from_columns(
        customer=[1], time=[0], touchpoint=["shop"], two_sided=[False]
    )
    heading = " ".join(
        str(one_sided(log, customer=[1], start=[0])).splitlines()[0].split()
    )
    assert heading == "touchpoint one-sided before since two-sided before since unseen"
