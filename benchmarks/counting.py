"""How fast are answers counted, compared with copying them?

Machines differ and are noisy, so each promise is a ratio: the median of pairs of
timings, each pair taken in turn in one run.
"""

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from cxmkit import RECOMMEND_0_10, SATISFACTION_1_5, Tally, csat, nps

ROWS, GROUPS, RUNS = 10_000_000, 1_000, 15


def main() -> int:
    """Print all ratios; return 1 if a promise is broken."""
    rng = np.random.default_rng(2017)
    answers = rng.integers(0, 11, ROWS).astype(np.int8)
    stars = rng.integers(1, 6, ROWS).astype(np.int8)
    codes = rng.integers(0, GROUPS, ROWS).astype(np.int16)
    weights = rng.random(ROWS)
    groups = (codes, range(GROUPS))
    scale = RECOMMEND_0_10
    copy = np.empty_like(answers)

    def copying() -> object:
        return np.copyto(copy, answers)

    print(f"{ROWS:,} int8 answers, as multiples of copying them:")
    checks = [
        within("NPS", 8, lambda: nps(answers), copying),
        within(
            f"NPS of {GROUPS:,} groups", None, lambda: nps(answers, by=groups), copying
        ),
        within("CSAT", None, lambda: csat(stars, scale=SATISFACTION_1_5), copying),
        within("weighted NPS", None, lambda: nps(answers, weights=weights), copying),
    ]
    print("scratch memory, bytes:")
    for name, count in {
        "NPS": lambda n: nps(answers[:n]),
        f"{GROUPS:,} groups": lambda n: Tally.count(
            answers[:n], scale=scale, by=(codes[:n], range(GROUPS))
        ),
        "labels": lambda n: Tally.count(answers[:n], scale=scale, by=codes[:n]),
        "weights": lambda n: Tally.count(answers[:n], scale=scale, weights=weights[:n]),
    }.items():
        checks.append(constant(name, count))
    return 0 if all(checks) else 1


def within(
    name: str,
    most: float | None,
    candidate: Callable[[], object],
    peer: Callable[[], object],
) -> bool:
    """Time both in turn and print the median of their ratios."""
    ratio = statistics.median(seconds(candidate) / seconds(peer) for _ in range(RUNS))
    promise = f"(promised: at most {most:g})" if most else ""
    print(f"  {name:24} {ratio:7.1f} x  {promise}")
    return most is None or ratio <= most


def constant(name: str, count: Callable[[int], object]) -> bool:
    """Compare the peak memory of few and of many rows."""
    few, many = (peak(lambda rows=rows: count(rows)) for rows in (ROWS // 10, ROWS))
    print(f"  {name:24} {few:>10,} for {ROWS // 10:,} rows, {many:>10,} for {ROWS:,}")
    return many <= 1.1 * few


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def peak(call: Callable[[], object]) -> int:
    """Return the most memory a call holds at once."""
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


if __name__ == "__main__":
    sys.exit(main())
