"""How fast are many groups, compared with polars and duckdb?

Ten million answers in a thousand groups, and in a thousand by twenty-four: we count and
judge (value, error, interval), peers only count. Machines differ and are noisy, so each
promise on a peer is a ratio: the median over runs in which we and the peer took turns.
Peers run on as many threads as they like, cxmkit on one; with an argument, such as
``python benchmarks/groups.py alone``, peers run on one thread as well.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

ALONE = len(sys.argv) > 1
if ALONE:  # polars asks when it is imported
    os.environ["POLARS_MAX_THREADS"] = "1"

import duckdb  # noqa: E402
import numpy as np  # noqa: E402
import polars as pl  # noqa: E402

from cxmkit import (  # noqa: E402
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    Tally,
    compare,
    csat,
    nps,
)

ROWS, BRANCHES, HOURS, MANY, RUNS = 10_000_000, 1_000, 24, 100_000, 7

Call = Callable[[], object]


def main() -> int:
    """Print all ratios and times; return 1 if a promise is broken."""
    rng = np.random.default_rng(2026)
    columns = {
        "answer": rng.integers(0, 11, ROWS).astype(np.int8),
        "branch": rng.integers(0, BRANCHES, ROWS).astype(np.int16),
        "hour": rng.integers(0, HOURS, ROWS).astype(np.int8),
    }
    frame = pl.DataFrame(columns)
    connection = duckdb.connect(config={"threads": 1} if ALONE else {})
    connection.register("arrow", frame.to_arrow())
    connection.execute("create table answers as select * from arrow")
    branch = (columns["branch"], range(BRANCHES))
    both = {"branch": branch, "hour": (columns["hour"], range(HOURS))}
    print(f"{ROWS:,} answers; NPS with intervals, as many times as fast as")
    kept = []
    for groups, by, least in ((["branch"], branch, 2), (["branch", "hour"], both, 2.5)):
        ours = partial(nps, columns["answer"], by=by)
        name = " x ".join(groups)
        for peer, query in (
            ("polars, sums", partial(polars_sums, frame, groups)),
            ("polars, histogram", partial(polars_histogram, frame, groups)),
            ("duckdb, sums", partial(duckdb_sums, connection, groups)),
            ("duckdb, histogram", partial(duckdb_histogram, connection, groups)),
        ):
            kept.append(faster(f"{name}, {peer}", least, ours, query))
    tally, stars = many_groups(rng)
    print(f"{MANY:,} groups that are counted already, in seconds:")
    kept += [
        within("NPS", 0.05, partial(nps, tally)),
        within("NPS, score intervals", 1, partial(nps, tally, method="score")),
        within("CSAT", 0.05, partial(csat, stars)),
        within("NPS against NPS", None, lambda: compare(nps(tally), nps(tally))),
    ]
    return 0 if all(kept) else 1


def many_groups(rng: np.random.Generator) -> tuple[Tally, Tally]:
    """Return tallies of many groups on two scales."""
    names = range(MANY)
    recommended = rng.integers(0, 30, (MANY, 11))
    stars = rng.integers(0, 30, (MANY, 5))
    return (
        Tally.from_counts(recommended, scale=RECOMMEND_0_10, by=names),
        Tally.from_counts(stars, scale=SATISFACTION_1_5, by=names),
    )


def polars_sums(frame: pl.DataFrame, groups: list[str]) -> object:
    """Count promoters, detractors and all answers of each group."""
    answer = pl.col("answer")
    counts = (answer >= 9).sum(), (answer <= 6).sum().alias("low"), pl.len()
    return frame.lazy().group_by(groups).agg(counts).collect()


def polars_histogram(frame: pl.DataFrame, groups: list[str]) -> object:
    """Count each answer of each group."""
    return frame.lazy().group_by([*groups, "answer"]).len().collect()


def duckdb_sums(
    connection: duckdb.DuckDBPyConnection, groups: list[str]
) -> dict[str, object]:
    """Count promoters, detractors and all answers of each group."""
    names = ", ".join(groups)
    return connection.sql(
        f"select {names}, count(*) filter (answer >= 9) as high,"  # noqa: S608
        f" count(*) filter (answer <= 6) as low, count(*) as n"
        f" from answers group by {names}"
    ).fetchnumpy()


def duckdb_histogram(
    connection: duckdb.DuckDBPyConnection, groups: list[str]
) -> dict[str, object]:
    """Count each answer of each group."""
    names = ", ".join([*groups, "answer"])
    return connection.sql(
        f"select {names}, count(*) as n from answers group by {names}"  # noqa: S608
    ).fetchnumpy()


def faster(name: str, least: float, ours: Call, peer: Call) -> bool:
    """Print by how much we are faster, and whether that keeps the promise."""
    pairs = [(seconds(ours), seconds(peer)) for _ in range(RUNS)]
    ratio = statistics.median(theirs / mine for mine, theirs in pairs)
    fastest = min(mine for mine, _ in pairs)
    print(
        f"  {name:32} {ratio:6.1f}  (promised: at least {least:g}) {fastest:8.3f} s",
        flush=True,
    )
    return ratio >= least


def within(name: str, most: float | None, call: Call) -> bool:
    """Print the least time of a call, and whether that keeps the promise."""
    least = min(seconds(call) for _ in range(RUNS))
    promise = f"(promised: at most {most:g})" if most else ""
    print(f"  {name:32} {least:6.3f}  {promise}", flush=True)
    return most is None or least <= most


def seconds(call: Call) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
