"""Columns of other libraries in questions to a log, and their answers in tables."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxmkit import STARS_1_5, JourneyLog, JourneyMap, Tally, paths
from cxmkit.errors import MissingValueError


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def duckdb_rows(columns: dict[str, list[Any]]) -> dict[str, Any]:
    connection = duckdb.connect()
    connection.register("events", pa.table(columns))
    rows: dict[str, Any] = connection.sql("select * from events").fetchnumpy()
    return rows


LIBRARIES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "lists": dict,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrow": pa.table,
    "duckdb": duckdb_rows,
}
CONTACTS: dict[str, list[Any]] = {
    "customer": [7, 8, 7, 9],
    "time": [day(2), day(4), day(6), day(8)],
    "touchpoint": ["ad", "ad", "shop", "shop"],
    "two_sided": [False, False, True, True],
    "score": [4, None, 5, 2],
}
EPISODES: dict[str, list[Any]] = {
    "customer": [7, 7, 9, 10],
    "start": [day(1), day(5), day(9), day(1)],
    "end": [day(3), None, day(10), None],
}
DESIGN = JourneyMap.parse("need: ad\npurchase: shop", id=1)

every_library = pytest.mark.parametrize("library", LIBRARIES)


def log_of(library: str) -> JourneyLog:
    rows = LIBRARIES[library](CONTACTS)
    return JourneyLog.from_columns(
        **{name: rows[name] for name in CONTACTS}, scale=STARS_1_5
    )


@every_library
def test_a_log_is_that_of_the_lists(library: str) -> None:
    assert log_of(library) == log_of("lists")


@every_library
def test_standing_is_that_of_the_lists(library: str) -> None:
    rows = LIBRARIES[library](EPISODES)
    log = log_of("lists")
    codes, labels = paths.standing(log, **{name: rows[name] for name in EPISODES})
    assert [labels[code] for code in codes] == [
        "current",
        "current",
        "not-yet",
        "not-yet",
    ]
    tally = paths.experience_by(log, columns={"standing": (codes, labels)})
    assert tally.at(standing="current").n == 2


@every_library
def test_a_missing_customer_or_start_of_an_episode_is_named(library: str) -> None:
    for name in ("customer", "start"):
        broken = EPISODES | {name: [*EPISODES[name][:2], None, EPISODES[name][3]]}
        rows = LIBRARIES[library](broken)
        with pytest.raises(MissingValueError) as caught:
            paths.standing(log_of("lists"), **{each: rows[each] for each in EPISODES})
        assert (caught.value.argument, caught.value.index) == (name, 2)


@every_library
def test_the_ledger_is_that_of_the_lists(library: str) -> None:
    rows = LIBRARIES[library](EPISODES)
    log = log_of("lists")
    ledger = paths.one_sided(log, customer=rows["customer"], start=rows["start"])
    assert ledger.counts.tolist() == [[[1, 1], [0, 0]], [[0, 0], [1, 1]]]


@every_library
def test_outcomes_and_masks_are_those_of_the_lists(library: str) -> None:
    log = log_of("lists")
    rows = LIBRARIES[library]({"reached": [True, False, True], "padding": [1, 2, 3]})
    found = paths.transitions(log, outcome=rows["reached"])
    assert found.ends_converted is not None
    assert found.ends_converted.tolist() == [0, 2]
    events = LIBRARIES[library]({"kept": [True, False, True, True]})
    assert log.where(events["kept"]).time.tolist() == log.time[[0, 2, 3]].tolist()


@every_library
def test_labels_per_event_are_those_of_the_list(library: str) -> None:
    log = log_of("lists")
    rows = LIBRARIES[library]({"country": ["pl", "de", "pl", "pl"]})
    found = paths.experience_by(log, "touchpoint", columns={"country": rows["country"]})
    expected = Tally.count(
        log.score,
        scale=STARS_1_5,
        by={"touchpoint": ["ad", "shop", "ad", "shop"], "country": list("abaa")},
        missing="omit",
    )
    assert found.axes == ("touchpoint", "country")
    assert found.labels["country"] == ("pl", "de")
    assert np.array_equal(found.counts, expected.counts)


RESULTS: dict[str, Callable[[JourneyLog], Any]] = {
    "conformance": lambda log: paths.conformance(log, DESIGN),
    "critical_incidents": lambda log: paths.critical_incidents(log, threshold=2),
    "dwell": paths.dwell,
    "emotion_curve": lambda log: paths.emotion_curve(log, design=DESIGN),
    "friction": lambda log: paths.friction(log, design=DESIGN),
    "funnel": lambda log: paths.funnel(log, ["ad", "shop"]),
    "log": lambda log: log,
    "one_sided": lambda log: paths.one_sided(log, customer=[7], start=[day(3)]),
    "planned_versus_actual": lambda log: paths.planned_versus_actual(log, DESIGN),
    "sessions": lambda log: paths.sessions(log, gap=60),
    "transitions": paths.transitions,
    "variants": paths.variants,
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_become_tables(name: str) -> None:
    result = RESULTS[name](log_of("lists"))
    records, columns = result.to_records(), result.to_columns()
    frame = pd.DataFrame(records)
    assert len(frame) == len(records)
    assert list(frame) == list(columns)
    assert pl.DataFrame(records).columns == list(columns)
    assert pd.DataFrame(columns).shape == frame.shape
    assert pa.Table.from_pylist(records).num_rows == len(records)
