"""How fast are a million journeys, compared with polars and duckdb?

Ten million events of a million customers at twenty touchpoints, in order of time as a
table of contacts is. Machines differ and are noisy, so each promise is a ratio: the
median over runs in which we and a peer took turns. Peers run on as many threads as they
like, cxmkit on one. What goes in and comes out are arrays of numpy, for everybody.
"""

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import duckdb
import numpy as np
import polars as pl

from cxmkit import JourneyLog, funnel, transitions
from cxmkit.paths import dwell, friction, sessions, variants

EVENTS, CUSTOMERS, TOUCHPOINTS, RUNS = 10_000_000, 1_000_000, 20, 5
YEAR, MONTH = 365 * 86_400, 30 * 86_400
NAMES = [f"touchpoint {code}" for code in range(TOUCHPOINTS)]
STEPS = NAMES[:4]

Call = Callable[[], object]


def main() -> int:
    """Print all ratios and memory; return 1 if a promise is broken."""
    rng = np.random.default_rng(2026)
    columns = {
        "customer": rng.integers(0, CUSTOMERS, EVENTS),
        "time": np.sort(rng.integers(0, YEAR, EVENTS)),
        "touchpoint": rng.integers(0, TOUCHPOINTS, EVENTS).astype(np.uint8),
    }
    build = partial(JourneyLog.from_columns, **columns, touchpoints=NAMES)
    log, frame = build(), pl.DataFrame(columns)
    ordered = frame.sort("customer", "time", maintain_order=True)
    connection = duckdb.connect()
    connection.register("events", frame.to_arrow())
    count_funnel = partial(funnel, log, STEPS, window=MONTH)
    print(f"{EVENTS:,} events; as many times as fast as")
    kept = [
        faster("order, polars", 3, build, partial(polars_order, frame)),
        faster("order, duckdb", 3, build, partial(duckdb_order, connection)),
        faster(
            "transitions, polars", 5, partial(transitions, log), lambda: over(ordered)
        ),
        faster(
            "transitions, polars as sorted columns",
            None,
            partial(transitions, log),
            lambda: shifted(ordered),
        ),
        faster(
            "exact funnel, polars greedy", 1 / 3, count_funnel, lambda: greedy(ordered)
        ),
        faster(
            "variants, polars", None, partial(variants, log), lambda: lists(ordered)
        ),
        faster("dwell, polars", 4, partial(dwell, log), lambda: waits_over(ordered)),
        faster(
            "dwell, polars as sorted columns",
            None,
            partial(dwell, log),
            lambda: waits_shifted(ordered),
        ),
    ]
    print("peak memory in bytes per event:")
    kept += [
        lean("order", 25, build),
        lean("transitions", 1, partial(transitions, log)),
        lean("funnel", 1, count_funnel),
        lean("dwell", 1, partial(dwell, log)),
        lean("sessions", 1, partial(sessions, log, gap=1_800)),
        lean("friction", 1, partial(friction, log)),
        lean("variants", 12, partial(variants, log)),
    ]
    return 0 if all(kept) else 1


def polars_order(frame: pl.DataFrame) -> list[object]:
    """Sort by customer and time, equal times as they came."""
    ordered = frame.sort("customer", "time", maintain_order=True)
    return [column.to_numpy() for column in ordered]


def duckdb_order(connection: duckdb.DuckDBPyConnection) -> object:
    """Sort by customer and time; equal times in whatever order."""
    return connection.sql("select * from events order by customer, time").fetchnumpy()


def over(ordered: pl.DataFrame) -> object:
    """Count what follows what, customer by customer."""
    following = pl.col("touchpoint").shift(-1).over("customer").alias("next")
    pairs = ordered.lazy().with_columns(following).drop_nulls("next")
    return pairs.group_by("touchpoint", "next").len().collect()


def shifted(ordered: pl.DataFrame) -> object:
    """Count what follows what in sorted columns."""
    pairs = ordered.lazy().with_columns(
        pl.col("touchpoint").shift(-1).alias("next"),
        pl.col("customer").shift(-1).alias("whose"),
    )
    same = pairs.filter(pl.col("customer") == pl.col("whose"))
    return same.group_by("touchpoint", "next").len().collect()


def greedy(ordered: pl.DataFrame) -> object:
    """Follow each customer from the first start alone, which undercounts."""
    rows = ordered.lazy()
    at = rows.filter(pl.col("touchpoint") == 0).group_by("customer")
    way = at.agg(pl.col("time").min().alias("start")).with_columns(
        pl.col("start").alias("before")
    )
    counts = [way.select(pl.len())]
    for code in range(1, 4):
        step = rows.filter(pl.col("touchpoint") == code).join(way, on="customer")
        later = pl.col("time") > pl.col("before")
        inside = pl.col("time") - pl.col("start") <= MONTH
        reached = step.filter(later & inside).group_by("customer")
        way = reached.agg(pl.col("time").min().alias("before"), pl.col("start").first())
        counts.append(way.select(pl.len()))
    return pl.collect_all(counts)


def lists(ordered: pl.DataFrame) -> object:
    """Count equal lists of touchpoints."""
    ways = ordered.lazy().group_by("customer").agg(pl.col("touchpoint"))
    return ways.group_by("touchpoint").len().collect()


def waits_over(ordered: pl.DataFrame) -> object:
    """Take mean and median of the time to the next event, customer by customer."""
    following = pl.col("time").shift(-1).over("customer")
    waits = (following - pl.col("time")).alias("wait")
    known = ordered.lazy().with_columns(waits).drop_nulls("wait")
    return known.group_by("touchpoint").agg(mean_and_median()).collect()


def waits_shifted(ordered: pl.DataFrame) -> object:
    """Take mean and median of the time to the next event in sorted columns."""
    waits = ordered.lazy().with_columns(
        (pl.col("time").shift(-1) - pl.col("time")).alias("wait"),
        pl.col("customer").shift(-1).alias("whose"),
    )
    same = waits.filter(pl.col("customer") == pl.col("whose"))
    return same.group_by("touchpoint").agg(mean_and_median()).collect()


def mean_and_median() -> list[pl.Expr]:
    """Summarise waits as `cxmkit.paths.dwell` does."""
    return [
        pl.col("wait").mean().alias("mean"),
        pl.col("wait").median().alias("median"),
    ]


def faster(name: str, least: float | None, ours: Call, peer: Call) -> bool:
    """Print by how much we are faster, and whether that keeps the promise."""
    pairs = [(seconds(ours), seconds(peer)) for _ in range(RUNS)]
    ratio = statistics.median(theirs / mine for mine, theirs in pairs)
    fastest = min(mine for mine, _ in pairs)
    promised = f"(promised: at least {least:.2g})" if least else ""
    print(f"  {name:40} {ratio:6.1f}  {promised:28} {fastest:6.3f} s", flush=True)
    return least is None or ratio >= least


def lean(name: str, most: float, call: Call) -> bool:
    """Print the most memory that a call holds at once, result included."""
    tracemalloc.start()
    call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"  {name:40} {peak / EVENTS:6.1f}  (promised: at most {most:g})", flush=True)
    return peak / EVENTS <= most


def seconds(call: Call) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
