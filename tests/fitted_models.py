"""Reports on fits and models that were fitted, of which all is known in closed form."""

import math
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import attrs
import numpy as np

from cxmkit.errors import EmptySampleError
from cxmkit.fitting import FitReport

refusals = runpy.run_path(str(Path(__file__).with_name("refusals.py")))
judge: Callable[[Callable[[], object], str], None] = refusals["judge"]
NAN = math.nan
WAITS = np.random.default_rng(3).exponential(2.5, 50)


def a_report(**changes: Any) -> FitReport:
    fields: dict[str, Any] = {
        "parameters": ["alpha", "beta"],
        "log_likelihood": -1680.265,
        "iterations": 6,
        "converged": True,
        "gradient_norm": 1e-9,
        "at_bound": [],
        "covariance": [[0.0064, 0.012], [0.012, 0.0256]],
        "n": 1000,
        "values": [0.704, 1.182],
    }
    return FitReport(**(fields | changes))


@attrs.frozen(kw_only=True)
class Waits:
    """Exponential waiting times: all is known in closed form."""

    rate: float
    unit: str | None = None
    fit_report: FitReport | None = attrs.field(default=None, eq=False, repr=False)

    @classmethod
    def fit(cls, history: Any) -> Self:
        times = np.asarray(history, float)
        if not times.size:
            raise EmptySampleError("times must hold one", argument="times")
        rate = times.size / float(times.sum())
        made = a_report(
            parameters=["rate"],
            covariance=[[rate**2 / times.size]],
            n=times.size,
            values=[rate],
        )
        return cls(rate=rate, unit="day", fit_report=made)

    def simulate_like(self, history: Any, *, rng: np.random.Generator) -> Any:
        return rng.exponential(1 / self.rate, len(history))

    def mean(self) -> float:
        return 1 / self.rate


@attrs.frozen(kw_only=True)
class Pair:
    """Two parameters that were estimated together, and no way to fit them again."""

    alpha: float = 0.704
    beta: float = 1.182
    fit_report: FitReport | None = attrs.field(factory=a_report, eq=False, repr=False)
