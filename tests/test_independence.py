"""Whether customers who buy more often spend more, or less, per purchase."""

import copy
import math
import pickle
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cxmkit.independence import SpendIndependence
from cxmkit.purchases import CustomerHistory
from cxmkit.spending import GammaGamma

shared = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("spenders.py"))))
CDNOW: GammaGamma = shared.CDNOW
drawn: Callable[..., CustomerHistory] = shared.drawn
history_of: Callable[..., CustomerHistory] = shared.history_of
refused: Callable[[Callable[[], object]], str] = shared.refused
MAKE_ONE, MAKE_WITH_SPEND = shared.MAKE_ONE, shared.MAKE_WITH_SPEND
NO_LEVEL = "InvalidValueError: level must lie between 0 and 1"


def correlation(x: Any, z: Any, weights: Any) -> float:
    cov = np.cov(x, z, aweights=weights, ddof=0)
    return float(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))


def test_the_correlation_is_pearsons_of_repeat_customers() -> None:
    history = drawn(CDNOW, 300, 4)
    found = SpendIndependence.of(history)
    assert history.spend is not None
    again = history.frequency > 0
    x, z = history.frequency[again], history.spend[again]
    assert found.correlation == pytest.approx(np.corrcoef(x, z)[0, 1], abs=1e-12)
    assert found.n == again.sum() == 270
    assert GammaGamma.fit(history).independence == found
    weights = np.arange(1.0, 7)
    few = history_of([1, 2, 3, 4, 5, 9], [5, 9, 2, 7, 8, 6], weights=weights)
    expected = correlation([1, 2, 3, 4, 5, 9], [5, 9, 2, 7, 8, 6], weights)
    assert SpendIndependence.of(few).correlation == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_has_the_larger_of_two_errors(level: float) -> None:
    z_level = norm.ppf((1 + level) / 2)
    rng = np.random.default_rng(2)
    for n, power in ((12, 0.0), (400, 1.0)):
        x = rng.geometric(0.2, n)
        z = x**power * np.exp(rng.normal(0, 0.5, n))
        found = SpendIndependence.of(history_of(x, z), level=level)
        r, step = found.correlation, 1e-6
        # Influence: how r moves when the weight of one customer does.
        moved = [
            (correlation(x, z, 1 + step * one) - correlation(x, z, 1 - step * one))
            / (2 * step)
            for one in np.eye(n)
        ]
        jackknife = np.sqrt(np.sum(np.square(moved))) / (1 - r * r)
        fisher = 1 / np.sqrt(n - 3)
        reach = z_level * max(jackknife, fisher)
        assert found.low == pytest.approx(np.tanh(np.arctanh(r) - reach), abs=1e-6)
        assert found.high == pytest.approx(np.tanh(np.arctanh(r) + reach), abs=1e-6)
        assert (jackknife > fisher) == (n == 400)
        assert found.level == level


def test_rounding_never_puts_a_correlation_outside_its_interval() -> None:
    rng = np.random.default_rng(2)
    for spend in rng.uniform(1, 9, (150, 6)):
        found = SpendIndependence.of(history_of(np.arange(1, 7), spend), level=1e-300)
        assert found.low <= found.correlation <= found.high


def test_the_interval_keeps_its_level_where_the_model_holds() -> None:
    held = 0
    for seed in range(300):
        found = SpendIndependence.of(drawn(CDNOW, 80, seed, chance=0.2))
        held += found.low <= 0 <= found.high
    assert held >= 278  # 5 standard errors below 97.5 %


def test_what_goes_together_is_seen() -> None:
    rng = np.random.default_rng(2)
    x = rng.geometric(0.2, 500)
    rising = SpendIndependence.of(history_of(x, x * np.exp(rng.normal(0, 0.5, 500))))
    assert rising.low > 0.4
    assert rising.summary().startswith("Customers who buy more often spend more per")
    falling = SpendIndependence.of(history_of(x, np.exp(rng.normal(0, 0.3, 500)) / x))
    assert falling.high < -0.4
    assert falling.summary().startswith("Customers who buy more often spend less per")
    model = GammaGamma.fit(history_of(x, x * np.exp(rng.normal(0, 0.5, 500))))
    assert "unrelated. Customers who buy more often spend more per" in model.summary()


@given(st.floats(1e-150, 1e150))
def test_money_has_no_influence_on_a_correlation(rate: float) -> None:
    x, z = [1, 2, 3, 4, 5], np.array([4, 1, 3, 5, 2.0])
    one, other = (SpendIndependence.of(history_of(x, each)) for each in (z, rate * z))
    assert other.correlation == pytest.approx(one.correlation, abs=1e-12)
    assert other.low == pytest.approx(one.low, abs=1e-9)


def test_too_few_or_too_much_alike_are_unknown() -> None:
    for x, z in (([1], [5]), ([1, 1], [5, 6]), ([1, 2], [5, 5])):
        found = SpendIndependence.of(history_of(x, z))
        assert np.isnan([found.correlation, found.low, found.high]).all()
        assert found.summary() == (
            "Whether customers who buy more often spend more per purchase cannot be"
            f" told among {len(x)} customers with repeat purchases: one of the two does"
            " not vary."
        )
        assert found.to_dict() == {
            "correlation": None,
            "low": None,
            "high": None,
            "level": 0.95,
            "n": len(x),
        }
    few = SpendIndependence.of(history_of([1, 2, 3], [5, 9, 8]))
    assert few.correlation == pytest.approx(np.corrcoef([1, 2, 3], [5, 9, 8])[0, 1])
    assert np.isnan(few.low)
    assert few.summary() == (
        "There are too few customers, so no interval can be told: the correlation is"
        " +0.72 among 3 customers with repeat purchases."
    )
    four = SpendIndependence.of(history_of([1, 2, 3, 4], [5, 9, 8, 7]))
    assert four.low < four.correlation < four.high
    exact = SpendIndependence.of(history_of([1, 2, 3, 4], [10, 20, 30, 40]))
    assert exact.correlation == pytest.approx(1)
    assert exact.summary() == (
        "All lie on a line, so no interval can be told: the correlation is +1.00 among"
        " 4 customers with repeat purchases."
    )
    assert np.isnan(exact.high)


@pytest.mark.parametrize(
    ("spend", "expected"), [([10, 20, 40], 1.0), ([90, 80, 60], -1.0)]
)
def test_rounding_never_puts_a_correlation_beyond_one(
    spend: list[float], expected: float
) -> None:
    """The sum of products is off by one bit here."""
    assert SpendIndependence.of(history_of([1, 2, 4], spend)).correlation == expected


def test_it_says_what_was_found() -> None:
    found = SpendIndependence(correlation=0.02, low=-0.1, high=0.14, level=0.9, n=1946)
    assert found.summary() == (
        "No correlation can be told between how often customers buy and how much they"
        " spend per purchase: it is +0.02 (-0.10 to +0.14 at 90 %) among 1,946"
        " customers with repeat purchases. Single large amounts may hide one."
    )
    said = "SpendIndependence(correlation=0.020, low=-0.100, high=0.140, level=0.9, n="
    assert repr(found) == f"{said}1946)"
    touching = attrs.evolve(found, low=0.0)
    assert touching.summary().startswith("No correlation can be told")
    touching = attrs.evolve(found, correlation=-0.05, high=0.0)
    assert touching.summary().startswith("No correlation can be told")
    nearly = attrs.evolve(found, correlation=-0.001, low=-0.004, high=0.004)
    assert "it is +0.00 (+0.00 to +0.00 at 90 %)" in nearly.summary()
    assert found.to_dict() == {
        "correlation": 0.02,
        "low": -0.1,
        "high": 0.14,
        "level": 0.9,
        "n": 1946,
    }
    rising = attrs.evolve(found, low=0.01)
    assert rising.summary() == (
        "Customers who buy more often spend more per purchase: the correlation is +0.02"
        " (+0.01 to +0.14 at 90 %) among 1,946 customers with repeat purchases."
    )
    falling = SpendIndependence(correlation=-0.5, low=-0.7, high=-0.3, n=12.5)
    assert falling.summary() == (
        "Customers who buy more often spend less per purchase: the correlation is -0.50"
        " (-0.70 to -0.30 at 95 %) among 12.5 customers with repeat purchases."
    )


# What is refused

FIELDS: dict[str, Any] = {"correlation": 0.1, "low": 0.0, "high": 0.2, "n": 9}
BARE = history_of([1, 2], None)
asked: Any = SpendIndependence.of


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"correlation": 1.2},
            "InvalidValueError: correlation must be between -1 and 1; got 1.2",
        ),
        (
            {"correlation": "x"},
            "InvalidTypeError: correlation must be a number; got 'x'",
        ),
        ({"low": -1.2}, "InvalidValueError: low must be between -1 and 1; got -1.2"),
        (
            {"low": 0.15},
            "InvalidValueError: low must not lie above correlation; got 0.15",
        ),
        (
            {"correlation": math.nan},
            "InvalidValueError: low must not lie above correlation; got 0",
        ),
        ({"low": "x"}, "InvalidTypeError: low must be a number; got 'x'"),
        ({"low": None}, "InvalidTypeError: low must be a number; got None"),
        (
            {"low": math.nan},
            "InvalidValueError: low must be known if high is; got nan",
        ),
        (
            {"high": math.nan},
            "InvalidValueError: high must be known if low is; got nan",
        ),
        ({"high": 1.2}, "InvalidValueError: high must be between -1 and 1; got 1.2"),
        (
            {"high": 0.05},
            "InvalidValueError: high must not lie below correlation; got 0.05",
        ),
        ({"high": True}, "InvalidTypeError: high must be a number; got True"),
        ({"n": 0}, "InvalidValueError: n must be positive; got 0"),
        ({"n": math.nan}, "InvalidValueError: n must be a finite number; got nan"),
        ({"n": "9"}, "InvalidTypeError: n must be a number; got '9'"),
        ({"level": 95}, f"{NO_LEVEL}; got 95; write level=0.95 for 95 %"),
        ({"level": "x"}, "InvalidTypeError: level must be a number; got 'x'"),
    ],
)
def test_an_impossible_interval_is_refused(change: dict[str, Any], said: str) -> None:
    assert refused(lambda: SpendIndependence(**FIELDS | change)) == said


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: asked(BARE),
            (
                "InvalidValueError: history must have spend; got CustomerHistory of 2"
                f" customers, 2 with repeat purchases, ...; {MAKE_WITH_SPEND}"
            ),
        ),
        (
            lambda: asked([1, 2]),
            (
                "InvalidTypeError: history must be a CustomerHistory; got [1, 2];"
                f" {MAKE_ONE}"
            ),
        ),
        (
            lambda: asked({"frequency": [1]}),
            (
                "InvalidTypeError: history must be a CustomerHistory; got"
                f" {{'frequency': [1]}}; {MAKE_ONE}"
            ),
        ),
        (
            lambda: asked(history_of([0, 0], [None, None])),
            "EmptySampleError: history holds no customer with repeat purchases",
        ),
        (
            lambda: asked(BARE, level=95),
            f"{NO_LEVEL}; got 95; write level=0.95 for 95 %",
        ),
        (
            lambda: asked(BARE, level=1),
            f"{NO_LEVEL}; got 1; write level=0.95 for 95 %",
        ),
        (
            lambda: asked(BARE, level=0),
            f"{NO_LEVEL}; got 0; write level=0.95 for 95 %",
        ),
        (
            lambda: asked(BARE, level="x"),
            "InvalidTypeError: level must be a number; got 'x'",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(
    call: Callable[[], object], said: str
) -> None:
    assert refused(call) == said


def test_what_is_unknown_stays_unknown_in_copies() -> None:
    unknown = SpendIndependence(**FIELDS | {"low": math.nan, "high": math.nan})
    for twin in (
        copy.deepcopy(unknown),
        pickle.loads(pickle.dumps(unknown)),  # noqa: S301
    ):
        assert twin.to_dict() == {
            "correlation": 0.1,
            "low": None,
            "high": None,
            "level": 0.95,
            "n": 9,
        }
