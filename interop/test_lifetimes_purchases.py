"""The CDNOW study: summaries as `lifetimes` makes them, and as they were published."""

import warnings
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxmkit.lifetime import CustomerHistory

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lifetimes.datasets
    import lifetimes.utils

END = "1997-09-30"
LAST = np.datetime64(END)


@cache
def sample() -> Any:
    """Return the purchases of every tenth customer, with exact dates."""
    path = Path(lifetimes.datasets.__file__).parent / "CDNOW_sample.txt"
    names = ["id", "sample", "date", "quantity", "dollars"]
    frame = pd.read_csv(path, sep=r"\s+", names=names)
    frame["date"] = pd.to_datetime(frame["date"].astype(str), format="%Y%m%d")
    return frame


@cache
def calibration() -> Any:
    frame = sample()
    return frame[frame["date"] <= END]


def history(**options: Any) -> CustomerHistory:
    frame = calibration()
    given: dict[str, Any] = {
        "customer": frame["id"],
        "time": frame["date"],
        "amount": frame["dollars"],
        "end": LAST,
        "unit": "week",
        "collapse": "day",
    }
    return CustomerHistory.from_events(**given | options)


@cache
def theirs(freq: str = "D") -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lifetimes.utils.summary_data_from_transaction_data(
            calibration(),
            "id",
            "date",
            "dollars",
            observation_period_end=END,
            freq=freq,
        ).sort_index()


def test_the_summary_is_the_one_that_lifetimes_makes() -> None:
    ours = history().to_columns()
    expected = theirs()
    assert np.array_equal(ours["customers"], expected.index)
    assert np.array_equal(ours["frequency"], expected["frequency"])
    assert np.array_equal(ours["recency"], expected["recency"] / 7)
    assert np.array_equal(ours["age"], expected["T"] / 7)
    spend = np.nan_to_num(ours["spend"])
    assert spend == pytest.approx(expected["monetary_value"].to_numpy(), rel=1e-14)


def test_hours_are_cut_as_lifetimes_cuts_them() -> None:
    rng = np.random.default_rng(4)
    frame = calibration()
    moved = frame["date"] + pd.to_timedelta(rng.integers(0, 86400, len(frame)), "s")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = lifetimes.utils.summary_data_from_transaction_data(
            frame.assign(date=moved),
            "id",
            "date",
            observation_period_end=f"{END} 23:30",
            freq="h",
        ).sort_index()
    ours = history(
        amount=None,
        time=moved,
        end=np.datetime64(f"{END}T23:30"),
        unit="hour",
        collapse="hour",
    ).to_columns()
    for name, other in (("frequency",) * 2, ("recency",) * 2, ("age", "T")):
        assert np.array_equal(ours[name], expected[other])


def test_a_summary_of_lifetimes_comes_in() -> None:
    frame = theirs()
    again = CustomerHistory.from_summary(
        frequency=frame["frequency"],
        recency=frame["recency"] / 7,
        age=frame["T"] / 7,
        spend=frame["monetary_value"],
        customers=frame.index,
        unit="week",
    )
    ours = history()
    for name in ("frequency", "recency", "age", "weights", "rows", "customers"):
        assert np.array_equal(getattr(again, name), getattr(ours, name))
    assert np.allclose(again.spend, ours.spend, rtol=1e-14, equal_nan=True)


@pytest.mark.reference
def test_cdnow_as_published() -> None:
    """Fader and Hardie (2013), note 025, and Fader, Hardie and Lee (2005)."""
    ours = history()
    assert (len(ours), ours.n) == (2357, 2357)
    frequency, spend = (ours.expand(each) for each in (ours.frequency, ours.spend))
    again = frequency > 0
    assert again.sum() == 946
    assert ours.repeat_share == 946 / 2357
    assert spend[again].mean() == pytest.approx(35.08, abs=0.005)
    assert spend[again].std(ddof=1) == pytest.approx(30.28, abs=0.005)
    correlation = np.corrcoef(frequency[again], spend[again])[0, 1]
    assert correlation == pytest.approx(0.114, abs=0.0005)
    assert ours.age.max() == pytest.approx(38.86, abs=0.005)


@pytest.mark.reference
def test_two_decimals_of_the_published_summary() -> None:
    published = lifetimes.datasets.load_cdnow_summary(index_col=[0])
    ours = history(customer=calibration()["sample"], amount=None).to_columns()
    assert np.array_equal(ours["customers"], published.index)
    assert np.array_equal(ours["frequency"], published["frequency"])
    assert ours["recency"] == pytest.approx(published["recency"].to_numpy(), abs=0.0051)
    assert ours["age"] == pytest.approx(published["T"].to_numpy(), abs=0.0051)


def test_days_and_weeks_differ_by_seven() -> None:
    days, weeks = history(unit="day"), history()
    assert np.array_equal(days.age / 7, weeks.age)
    assert np.array_equal(days.recency / 7, weeks.recency)
    assert np.array_equal(days.rows, weeks.rows)


COLUMNS = {
    "pandas ns": lambda t: t.astype("datetime64[ns]"),
    "pandas s": lambda t: t.astype("datetime64[s]"),
    "pandas zone": lambda t: t.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
    "pandas arrow": lambda t: t.astype(pd.ArrowDtype(pa.timestamp("us"))),
    "numpy": lambda t: t.to_numpy().astype("datetime64[D]"),
    "numpy ns": lambda t: t.to_numpy().astype("datetime64[ns]"),
    "polars": lambda t: pl.Series(t.to_numpy().astype("datetime64[us]")),
    "polars date": lambda t: pl.Series(t.to_numpy()).cast(pl.Date),
    "arrow date": lambda t: pa.array(t.dt.date),
    "arrow zone": lambda t: pa.array(t.dt.tz_localize("UTC")),
    "aware": lambda t: [each.replace(tzinfo=UTC) for each in t.dt.to_pydatetime()],
}


@pytest.mark.parametrize("library", COLUMNS)
def test_dates_of_other_libraries_give_the_same(library: str) -> None:
    time = COLUMNS[library](calibration()["date"])
    assert history(time=time) == history()


@pytest.mark.parametrize(
    "end",
    [
        LAST,
        np.datetime64(f"{END}T23:59:59"),
        datetime(1997, 9, 30, 15, tzinfo=UTC),
        pd.Timestamp(END, tz="UTC"),
        np.datetime64(date(1997, 9, 30)),
        np.datetime64(pd.Timestamp(END)),
    ],
)
def test_the_last_day_counts_as_a_whole(end: Any) -> None:
    assert history(end=end) == history()


def test_summaries_that_polars_grouped_come_in() -> None:
    frame = pl.DataFrame(
        {
            "id": calibration()["id"].to_numpy(),
            "day": calibration()["date"].to_numpy().astype("datetime64[D]"),
            "dollars": calibration()["dollars"].to_numpy(),
        }
    )
    daily = frame.group_by("id", "day").agg(pl.col("dollars").sum())
    first = pl.col("day").min()
    grouped = (
        daily.group_by("id")
        .agg(
            frequency=pl.len() - 1,
            recency=(pl.col("day").max() - first).dt.total_days(),
            age=(pl.lit(date(1997, 9, 30)) - first).dt.total_days(),
            spend=pl.col("dollars").filter(pl.col("day") > first).mean(),
        )
        .sort("id")
    )
    again = CustomerHistory.from_summary(
        frequency=grouped["frequency"],
        recency=grouped["recency"],
        age=grouped["age"],
        spend=grouped["spend"],
        customers=grouped["id"],
        unit="day",
    )
    ours = history(unit="day")
    assert np.array_equal(again.frequency, ours.frequency)
    assert np.array_equal(again.recency, ours.recency)
    assert np.array_equal(again.age, ours.age)
    assert np.allclose(again.spend, ours.spend, rtol=1e-14, equal_nan=True)
