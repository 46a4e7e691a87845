"""Tables of other libraries in the questions about promises, and back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxmkit import (
    SATISFACTION_1_5,
    STARS_1_5,
    BrandPositioning,
    JourneyLog,
    JourneyMap,
    PositioningAttribute,
    Tally,
    promise_ledger,
)
from cxmkit.consistency import (
    blind_spots,
    decompose,
    differentiation,
    journey_gap,
)

LIBRARIES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "lists": dict,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrow": pa.table,
}
ANSWERS: dict[str, list[Any]] = {
    "attribute": ["on time", "on time", "friendly", "on time"],
    "touchpoint": ["door", "shop", "door", "door"],
    "rating": [2, 5, None, 1],
}
CONTACTS: dict[str, list[Any]] = {
    "customer": [7, 8, 7, 9],
    "time": [2, 4, 6, 8],
    "touchpoint": ["ad", "ad", "shop", "shop"],
    "score": [4, None, 5, 2],
}
EPISODES: dict[str, list[Any]] = {
    "customer": [7, 9, 10],
    "start": [5, 9, 1],
    "end": [None, 10, None],
}
POSITIONING = BrandPositioning(
    brand="parcels",
    offer="parcels at your door the next day",
    audience="people who shop from home",
    attributes=[
        PositioningAttribute(name="on time", target=0.9),
        PositioningAttribute(name="friendly", target=0.7),
    ],
)
DESIGN = JourneyMap.parse("need: ad\npurchase: shop", id=1)

every_library = pytest.mark.parametrize("library", LIBRARIES)


def perceived(library: str) -> Tally:
    rows = LIBRARIES[library](ANSWERS)
    by = {name: rows[name] for name in ("attribute", "touchpoint")}
    return Tally.count(rows["rating"], scale=SATISFACTION_1_5, by=by, missing="omit")


def log_of(library: str) -> JourneyLog:
    rows = LIBRARIES[library](CONTACTS)
    return JourneyLog.from_columns(
        **{name: rows[name] for name in CONTACTS}, scale=STARS_1_5
    )


@every_library
def test_ledgers_are_those_of_the_lists(library: str) -> None:
    promises = {("on time", None): 0.9}
    found = promise_ledger(POSITIONING, promises, perceived(library))
    assert found == promise_ledger(POSITIONING, promises, perceived("lists"))
    assert len(found) == 2


@every_library
def test_distances_are_those_of_the_lists(library: str) -> None:
    found = decompose(perceived(library), POSITIONING)
    assert found == decompose(perceived("lists"), POSITIONING)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_spreadsheet_of_promises(missing: Any) -> None:
    sheet = pd.DataFrame(
        {
            "attribute": ["on time", "on time"],
            "touchpoint": ["shop", missing],
            "level": [0.8, 0.9],
        }
    )
    promises = sheet.set_index(["attribute", "touchpoint"])["level"].to_dict()
    found = promise_ledger(POSITIONING, promises, perceived("lists"))
    levels = {row.touchpoint: row.promised for row in found.rows}
    assert levels == {"shop": 0.8, "door": 0.9}


@every_library
def test_blind_spots_are_those_of_the_lists(library: str) -> None:
    rows = LIBRARIES[library](EPISODES)
    found = blind_spots(log_of(library), DESIGN, **{k: rows[k] for k in EPISODES})
    assert found == blind_spots(log_of("lists"), DESIGN, **EPISODES)
    assert found.blind_share == 0.75


@every_library
def test_answers_about_journeys_are_those_of_the_list(library: str) -> None:
    rows = LIBRARIES[library]({"overall": [3, None, 2]})
    found = journey_gap(log_of(library), rows["overall"])
    assert found == journey_gap(log_of("lists"), {7: 3, 9: 2})


RESULTS: dict[str, Callable[[], Any]] = {
    "blind_spots": lambda: blind_spots(log_of("lists"), DESIGN, **EPISODES),
    "decompose": lambda: decompose(perceived("lists"), POSITIONING),
    "differentiation": lambda: differentiation(
        perceived("lists").by("attribute"), {"A": perceived("lists").by("attribute")}
    ),
    "journey_gap": lambda: journey_gap(log_of("lists"), [3, None, 2]),
    "promise_ledger": lambda: promise_ledger(
        POSITIONING, {("on time", None): 0.9}, perceived("lists")
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_become_tables(name: str) -> None:
    result = RESULTS[name]()
    records, columns = result.to_records(), result.to_columns()
    frame = pd.DataFrame(records)
    assert len(frame) == len(records)
    assert list(frame) == list(columns)
    assert pl.DataFrame(records).columns == list(columns)
    assert pd.DataFrame(columns).shape == frame.shape
    assert pa.Table.from_pylist(records).num_rows == len(records)
