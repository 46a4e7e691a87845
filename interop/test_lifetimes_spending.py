"""Spend as `lifetimes` fits it, and the published values of the CDNOW study."""

import math
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from scipy.stats import betaprime

from cxmkit.betageometric import BetaGeometricNBD
from cxmkit.independence import SpendIndependence
from cxmkit.purchases import CustomerHistory
from cxmkit.spending import GammaGamma

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lifetimes
    import lifetimes.datasets
    from lifetimes.utils import ConvergenceError

END = np.datetime64("1997-09-30")
SEEDS = range(300)


@cache
def exact() -> CustomerHistory:
    """Return the calibration period of the CDNOW sample, with exact dates."""
    path = Path(lifetimes.datasets.__file__).parent / "CDNOW_sample.txt"
    rows = np.loadtxt(path)
    texts = rows[:, 2].astype(int).astype(str).tolist()
    days = np.array([f"{t[:4]}-{t[4:6]}-{t[6:]}" for t in texts], "datetime64[D]")
    seen = days <= END
    return CustomerHistory.from_events(
        customer=rows[seen, 1].astype(int),
        time=days[seen],
        amount=rows[seen, 4],
        end=END,
        unit="week",
        collapse="day",
    )


@cache
def summary() -> Any:
    """Return the same in two decimals, as the package has it."""
    return lifetimes.datasets.load_cdnow_summary_data_with_monetary_value()


@cache
def history() -> CustomerHistory:
    table = summary()
    return CustomerHistory.from_summary(
        frequency=table["frequency"],
        recency=table["recency"],
        age=table["T"],
        spend=table["monetary_value"],
        unit="week",
    )


def theirs(x: Any, z: Any, weights: Any = None) -> Any:
    """Fit their model; numpy complains on the way."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return lifetimes.GammaGammaFitter().fit(x, z, weights=weights)


@cache
def their_cdnow() -> Any:
    again = summary()[summary()["frequency"] > 0]
    return theirs(again["frequency"], again["monetary_value"])


# Published values


@pytest.mark.reference
def test_the_parameters_that_fader_and_hardie_found() -> None:
    # Fader & Hardie (2013), note 025: p, q, gamma; the log-likelihood as CLVTools has
    # it for the same data.
    model = GammaGamma.fit(exact())
    assert model.p == pytest.approx(6.25, abs=0.005)
    assert model.q == pytest.approx(3.74, abs=0.005)
    assert model.gamma == pytest.approx(15.44, abs=0.005)
    report = model.fit_report
    assert report is not None
    assert report.log_likelihood == pytest.approx(-4055.918, abs=0.0005)
    assert report.converged
    assert report.at_bound == ()


@pytest.mark.reference
def test_the_repeat_customers_of_cdnow() -> None:
    # Note 025: 946 customers, mean 35.08, standard deviation 30.28, correlation .11
    # (.114), and .06 without one of them.
    known = exact()
    again = known.frequency > 0
    assert known.spend is not None
    x, z, n = (
        column[again] for column in (known.frequency, known.spend, known.weights)
    )
    assert n.sum() == 946
    mean = float(n @ z / n.sum())
    assert mean == pytest.approx(35.08, abs=0.005)
    spread = math.sqrt(n @ (z - mean) ** 2 / (n.sum() - 1))
    assert spread == pytest.approx(30.28, abs=0.005)
    found = SpendIndependence.of(known)
    assert found.n == 946
    assert found.correlation == pytest.approx(0.114, abs=0.0005)
    usual = z < z.max()
    without = CustomerHistory.from_summary(
        frequency=x[usual],
        recency=known.recency[again][usual],
        age=known.age[again][usual],
        spend=z[usual],
        weights=n[usual],
        unit="week",
    )
    assert SpendIndependence.of(without).correlation == pytest.approx(0.06, abs=0.005)


# The same as lifetimes


def test_parameters_and_errors_are_the_same() -> None:
    model, fitter = GammaGamma.fit(history()), their_cdnow()
    ours = [model.p, model.q, model.gamma]
    assert ours == pytest.approx(fitter.params_[["p", "q", "v"]].tolist(), rel=1e-5)
    report = model.fit_report
    assert report is not None
    value = -fitter._negative_log_likelihood_ * 946
    assert report.log_likelihood == pytest.approx(value, abs=1e-6)
    # Their covariances are not symmetric, so variances are compared.
    errors = fitter.standard_errors_[["p", "q", "v"]].tolist()
    assert list(report.standard_errors.values()) == pytest.approx(errors, rel=1e-4)


def test_expected_spend_is_the_same() -> None:
    fitter = their_cdnow()
    p, q, v = fitter.params_[["p", "q", "v"]].tolist()
    known = history()
    ours = known.expand(GammaGamma(p=p, q=q, gamma=v).expected_spend(known))
    expected = fitter.conditional_expected_average_profit(
        summary()["frequency"], summary()["monetary_value"]
    )
    assert ours == pytest.approx(expected.to_numpy(), rel=1e-12)


@cache
def their_values() -> Any:
    table = summary()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        buyers = lifetimes.BetaGeoFitter()
        buyers.fit(table["frequency"], table["recency"], table["T"])
        values = their_cdnow().customer_lifetime_value(
            buyers,
            table["frequency"],
            table["recency"],
            table["T"],
            table["monetary_value"],
            time=12,
            discount_rate=0.01,
            freq="W",
        )
    return values.to_numpy()


def value_of_a_year(weeks_per_month: float) -> Any:
    """Return what customers buy in twelve months, discounted at 1 % a month."""
    known = history()
    buyers, spend = BetaGeometricNBD.fit(known), GammaGamma.fit(known)
    ends = weeks_per_month * np.arange(13)
    bought = np.diff(buyers.conditional_expected_purchases(known, ends), axis=1)
    value = bought @ 1.01 ** -np.arange(1.0, 13) * spend.expected_spend(known)
    return known.expand(value)


def test_value_over_a_year_by_the_documented_recipe() -> None:
    ours = value_of_a_year(4.345)
    assert ours == pytest.approx(their_values(), rel=1e-4)
    # A month of 30 days is shorter, and so is what is bought in it.
    assert ours.mean() == pytest.approx(30.34, abs=0.005)
    assert value_of_a_year(30 / 7).mean() == pytest.approx(30.01, abs=0.005)


# Random data


def random_data(seed: int) -> tuple[Any, Any]:
    """Draw customers, among them ridges, single ones, and money of any size."""
    rng = np.random.default_rng([20131, seed])
    n = int(np.exp(rng.uniform(1, 7)))
    x = rng.geometric(rng.uniform(0.05, 0.9), n)
    if seed % 13 == 0:
        x[:] = rng.integers(1, 5)
    kind = seed % 12
    if kind in {0, 7, 8, 9, 10, 11}:  # as the model has it
        p, q = np.exp(rng.uniform(-1, 3, 2))
        z = rng.gamma(p * x) / x / rng.gamma(q, size=n)
    elif kind == 1:  # customers are alike
        z = rng.gamma(5.0 * x) / x
    elif kind == 2:  # amounts of a customer never vary
        z = 1 / rng.gamma(3.0, size=n)
    elif kind == 3:  # another distribution
        z = np.exp(rng.normal(0, rng.uniform(0.01, 3), n))
    elif kind == 4:  # prices from a list
        z = rng.choice([4.99, 9.99, 19.99], n)
    elif kind == 5:  # all alike, or but for a few
        z = np.where(rng.random(n) < rng.choice([0, 0.05]), 25.0, 19.99)
    else:  # two kinds of customers
        z = np.where(rng.random(n) < 0.05, 1000, 10) * rng.gamma(20, 0.05, n)
    z = np.maximum(z, 1e-9) * rng.choice([1e-6, 1, 1, 1e6])
    return (x[:1], z[:1]) if seed % 30 == 0 else (x, z)


def log_likelihood(fitter: Any, x: Any, z: Any) -> float:
    """Return theirs by ours, as digits of theirs are lost on ridges."""
    p, q, v = fitter.params_[["p", "q", "v"]].tolist()
    return float(betaprime.logpdf(z, p * x, q, scale=v / x).sum())


def test_no_fit_fails_or_is_worse_than_theirs() -> None:
    compared, worse = 0, []
    for seed in SEEDS:
        x, z = random_data(seed)
        known = CustomerHistory.from_summary(
            frequency=x, recency=x / 2, age=x, spend=z, unit="week"
        )
        report = GammaGamma.fit(known).fit_report
        assert report is not None
        assert report.converged
        assert math.isfinite(report.log_likelihood)
        try:
            fitter = theirs(x, z)
        except (ConvergenceError, np.linalg.LinAlgError):
            continue
        compared += 1
        better = log_likelihood(fitter, x, z) - report.log_likelihood
        if not better <= 0.01:
            worse.append((seed, better))
    assert worse == []
    assert 100 < compared < 300  # theirs fails on the others


@pytest.mark.parametrize("seed", [0, 30, 60, 5, 12])
def test_money_times_a_million_is_fitted_alike(seed: int) -> None:
    x, z = random_data(seed)
    known = CustomerHistory.from_summary(
        frequency=x, recency=x / 2, age=x, spend=z, unit="week"
    )
    other = attrs.evolve(known, spend=1e6 * np.asarray(known.spend))
    first, second = GammaGamma.fit(known).fit_report, GammaGamma.fit(other).fit_report
    assert first is not None
    assert second is not None
    assert first.at_bound == second.at_bound
    moved = first.log_likelihood - first.n * math.log(1e6)
    assert second.log_likelihood == pytest.approx(moved, rel=1e-9, abs=1e-6)
