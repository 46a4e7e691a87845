"""Customers who spend: a model from the literature, histories by hand and by chance."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cxmkit.purchases import CustomerHistory
from cxmkit.spending import GammaGamma

refusals = runpy.run_path(str(Path(__file__).with_name("refusals.py")))
refused: Callable[[Callable[[], object]], str] = refusals["refused"]
CDNOW = GammaGamma(p=6.25, q=3.74, gamma=15.44)  # Fader & Hardie 2013
MAKE_ONE = (
    "make one with CustomerHistory.from_summary(...) of a row per customer, or"
    " from_events(...) of a row per purchase"
)
MAKE_WITH_SPEND = "make it with amount= (from_events) or spend= (from_summary)"


def history_of(frequency: Any, spend: Any, **options: Any) -> CustomerHistory:
    x = np.asarray(frequency)
    filled: dict[str, Any] = {"recency": x / 2, "age": x + 99.0, "unit": "week"}
    filled |= options
    return CustomerHistory.from_summary(frequency=x, spend=spend, **filled)


def drawn(model: GammaGamma, n: int, seed: int, chance: float = 0.4) -> CustomerHistory:
    """Draw customers of whom the first tenth has not bought again."""
    rng = np.random.default_rng(seed)
    x = rng.geometric(chance, n)
    x[: n // 10] = 0
    return model.simulate_like(history_of(x, None), rng=rng)
