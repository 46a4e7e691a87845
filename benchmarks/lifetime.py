"""How fast are models of customer lifetime, compared with lifetimes?

Machines differ and are noisy, so each promise is a ratio: the median over runs in which
we and the peer took turns. Warnings of the peer are switched off.
"""

import resource
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from cxmkit.lifetime import BetaGeometricNBD, CustomerHistory, GammaGamma, ParetoNBD

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lifetimes
    import lifetimes.datasets

RUNS = 7
MANY = 1_000_000  # simulated customers
MEGABYTES = 200  # that a fit to them may take
BG_CDNOW, BG_MANY, PARETO_CDNOW, SPENDING = 10, 20, 10, 4  # times as fast, at least
PARETO_SECONDS = 30  # that a fit to many may take

Call = Callable[[], object]


def main() -> int:
    """Print all ratios; return 1 if a promise is broken."""
    warnings.simplefilter("ignore")
    return 0 if all(beta_geometric() + pareto() + spending()) else 1


def beta_geometric() -> list[bool]:
    """Compare the fits of BG/NBD."""
    frame = lifetimes.datasets.load_cdnow_summary()
    columns = frame["frequency"], frame["recency"], frame["T"]
    cdnow = history_of(*columns)
    truth = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    ages = np.random.default_rng(2026).uniform(27, 39, MANY)
    many = truth.simulate(MANY, rng=2026, age=ages)
    of_many = tuple(map(many.expand, (many.frequency, many.recency, many.age)))
    fit, peer = BetaGeometricNBD.fit, lifetimes.BetaGeoFitter
    print("BG/NBD, as many times as fast as lifetimes")
    return [
        faster("CDNOW", BG_CDNOW, partial(fit, cdnow), lambda: peer().fit(*columns)),
        faster(
            f"{MANY:,} customers",
            BG_MANY,
            partial(fit, many),
            lambda: peer().fit(*of_many),
            runs=3,
        ),
        frugal(f"{MANY:,} customers", MEGABYTES, partial(fit, many)),
    ]


def pareto() -> list[bool]:
    """Compare the fits of Pareto/NBD."""
    frame = lifetimes.datasets.load_cdnow_summary()
    columns = frame["frequency"], frame["recency"], frame["T"]
    cdnow = history_of(*columns)
    truth = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week")
    ages = np.random.default_rng(2026).uniform(27, 39, MANY)
    many = truth.simulate(MANY, rng=2026, age=ages)
    fit, peer = ParetoNBD.fit, lifetimes.ParetoNBDFitter
    print("Pareto/NBD, as many times as fast as lifetimes")
    return [
        faster(
            "CDNOW", PARETO_CDNOW, partial(fit, cdnow), lambda: peer().fit(*columns)
        ),
        soon(f"{MANY:,} customers", PARETO_SECONDS, partial(fit, many)),
        frugal(f"{MANY:,} customers", MEGABYTES, partial(fit, many)),
    ]


def spending() -> list[bool]:
    """Compare the fits of Gamma-Gamma."""
    frame = lifetimes.datasets.load_cdnow_summary_data_with_monetary_value()
    again = frame[frame["frequency"] > 0]
    columns = again["frequency"], again["monetary_value"]
    history = CustomerHistory.from_summary(
        frequency=frame["frequency"],
        recency=frame["recency"],
        age=frame["T"],
        spend=frame["monetary_value"],
        unit="week",
    )
    fit, peer = partial(GammaGamma.fit, history), lifetimes.GammaGammaFitter
    print("Gamma-Gamma, as many times as fast as lifetimes")
    return [faster("CDNOW", SPENDING, fit, lambda: peer().fit(*columns))]


def history_of(frequency: object, recency: object, age: object) -> CustomerHistory:
    """Return a history in weeks."""
    return CustomerHistory.from_summary(
        frequency=np.asarray(frequency),
        recency=np.asarray(recency),
        age=np.asarray(age),
        unit="week",
    )


def faster(
    name: str, least: float, ours: Call, peer: Call, *, runs: int = RUNS
) -> bool:
    """Print by how much we are faster, and whether that keeps the promise."""
    pairs = [(seconds(ours), seconds(peer)) for _ in range(runs)]
    ratio = statistics.median(theirs / mine for mine, theirs in pairs)
    fastest = min(mine for mine, _ in pairs)
    print(
        f"  {name:32} {ratio:6.1f}  (promised: at least {least:g}) {fastest:8.4f} s",
        flush=True,
    )
    return ratio >= least


def soon(name: str, most: float, call: Call) -> bool:
    """Print how long a call takes, and whether that keeps the promise."""
    took = seconds(call)
    print(f"  {name:32} {took:6.1f} s  (promised: at most {most:g})", flush=True)
    return took <= most


def frugal(name: str, most: float, call: Call) -> bool:
    """Print the greatest memory of a call, and whether that keeps the promise."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"  {name:32} {peak:6.0f} MB  (promised: at most {most:g};"
        f" the process with the peer: {whole:.0f})",
        flush=True,
    )
    return peak <= most


def seconds(call: Call) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
