"""BG/NBD next to `lifetimes`: the CDNOW study, equal parameters, no worse fit."""

import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxmkit._betageometric as module
from cxmkit.betageometric import BetaGeometricNBD
from cxmkit.purchases import CustomerHistory

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lifetimes
    import lifetimes.datasets

NAMES = ("r", "alpha", "a", "b")
WORSE = 0.01  # by which no log-likelihood may be worse than that of lifetimes


@cache
def summary() -> CustomerHistory:
    """Return CDNOW as it was published: in weeks with two decimals."""
    frame = lifetimes.datasets.load_cdnow_summary()
    return CustomerHistory.from_summary(
        frequency=frame["frequency"],
        recency=frame["recency"],
        age=frame["T"],
        unit="week",
    )


@cache
def exact() -> CustomerHistory:
    """Return CDNOW from the dates of purchases."""
    path = Path(lifetimes.datasets.__file__).parent / "CDNOW_sample.txt"
    names = ["id", "sample", "date", "quantity", "dollars"]
    frame = pd.read_csv(path, sep=r"\s+", names=names)
    days = pd.to_datetime(frame["date"].astype(str), format="%Y%m%d")
    frame["day"] = (days - pd.Timestamp("1997-09-30")).dt.days
    known = frame[frame["day"] <= 0].drop_duplicates(["id", "day"])
    of_each = known.groupby("id")["day"].agg(["count", "min", "max"])
    return CustomerHistory.from_summary(
        frequency=of_each["count"] - 1,
        recency=(of_each["max"] - of_each["min"]) / 7,
        age=-of_each["min"] / 7,
        unit="week",
    )


@cache
def peer() -> Any:
    frame = lifetimes.datasets.load_cdnow_summary()
    fitter = lifetimes.BetaGeoFitter()
    return fitter.fit(frame["frequency"], frame["recency"], frame["T"])


@pytest.mark.reference
def test_the_parameters_of_cdnow() -> None:
    # Fader, Hardie and Lee (2005), table 2.
    model = BetaGeometricNBD.fit(summary())
    printed = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    for name, value in printed.items():
        assert getattr(model, name) == pytest.approx(value, abs=5e-4)
    report = model.fit_report
    assert report is not None
    assert report.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert report.log_likelihood == pytest.approx(-9582.426, abs=5e-4)
    assert report.n == 2357


@pytest.mark.reference
def test_the_parameters_of_cdnow_from_dates() -> None:
    model = BetaGeometricNBD.fit(exact())
    # As other programs find them; the likelihood is so flat that the last digits of a
    # and b depend on when they stop.
    found = {"r": 0.24259, "alpha": 4.41360, "a": 0.79292, "b": 2.42589}
    for name, value in found.items():
        assert getattr(model, name) == pytest.approx(value, abs=2e-5)
    assert model.fit_report is not None
    assert model.fit_report.log_likelihood == pytest.approx(-9582.429, abs=5e-4)


@pytest.mark.reference
def test_time_in_units_of_four_weeks() -> None:
    weeks = exact()
    months = CustomerHistory.from_summary(
        frequency=weeks.frequency,
        recency=weeks.recency / 4,
        age=weeks.age / 4,
        weights=weeks.weights,
        unit="four weeks",
    )
    model = BetaGeometricNBD.fit(months)
    assert model.alpha == pytest.approx(1.1034, abs=5e-5)
    assert model.fit_report is not None
    assert model.fit_report.log_likelihood == pytest.approx(-6176.304, abs=5e-4)


@pytest.mark.reference
def test_what_is_expected_of_cdnow() -> None:
    model = BetaGeometricNBD.fit(summary())
    found = model.expected_purchases([0.1429, 1, 3, 31.8571, 32])
    printed = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437]
    assert found == pytest.approx(printed, abs=5e-5)
    assert model.expected_purchases(78) == pytest.approx(1.8576, abs=5e-4)
    known = CustomerHistory.from_summary(
        frequency=[2], recency=[30.43], age=[38.86], unit="week"
    )
    will = model.conditional_expected_purchases(known, 39)
    assert will == pytest.approx([1.226], abs=5e-4)


def test_the_same_parameters_give_the_same_predictions() -> None:
    history, theirs = summary(), peer()
    fitted = BetaGeometricNBD.fit(history)
    for name in NAMES:
        assert getattr(fitted, name) == pytest.approx(theirs.params_[name], rel=1e-4)
    model = BetaGeometricNBD(**theirs.params_.to_dict())
    columns = history.frequency, history.recency, history.age
    alive = theirs.conditional_probability_alive(*columns)
    assert model.probability_alive(history) == pytest.approx(alive, rel=1e-10)
    for t in (1, 39, 200):
        ask = theirs.conditional_expected_number_of_purchases_up_to_time
        will = model.conditional_expected_purchases(history, t)
        assert will == pytest.approx(np.asarray(ask(t, *columns)), rel=1e-8)
    times = np.array([1.0, 39, 200])
    expected = theirs.expected_number_of_purchases_up_to_time(times)
    assert model.expected_purchases(times) == pytest.approx(expected, rel=1e-8)
    for x in (0, 1, 5):
        chance = theirs.probability_of_n_purchases_up_to_time(39, x)
        found = model.purchase_distribution(39, up_to=x)[-1]
        assert found == pytest.approx(chance, rel=1e-8)


# Random data


def random_history(seed: int) -> CustomerHistory:
    """Return one of ten kinds of customer bases, most of them awkward."""
    rng = np.random.default_rng(seed)
    number = int(np.exp(rng.uniform(np.log(8), np.log(400))))
    r, alpha, a, b = np.exp(rng.uniform(-2, 1.5, 4))
    ages = rng.uniform(5, 40, number)
    kind = seed % 10
    if kind == 0:  # one customer
        ages = ages[:1]
    elif kind == 1:  # hardly anybody repeats
        r = 0.01
    elif kind == 2:  # a < 1
        a = rng.uniform(0.05, 0.5)
    elif kind == 3:  # rates hardly differ: a ridge in r and alpha
        r, alpha = 100 * r, 100 * alpha
    elif kind == 4:  # chances to leave hardly differ: a ridge in a and b
        a, b = 50 * a, 50 * b
    elif kind == 5:  # a million times as long
        alpha, ages = 1e6 * alpha, 1e6 * ages
    elif kind == 7:  # a handful
        ages = ages[:5]
    elif kind == 8:  # people leave at once or never
        a, b = 0.05, 0.05
    model = BetaGeometricNBD(r=r, alpha=alpha, a=a, b=b, unit="week")
    drawn = model.simulate(ages.size, rng=rng, age=ages)
    if seed % 20 == 9:  # nobody repeats
        drawn = CustomerHistory.from_summary(
            frequency=np.zeros(ages.size), recency=0 * ages, age=ages, unit="week"
        )
    return drawn


def log_likelihood(history: CustomerHistory, parameters: Any) -> float:
    likelihood = module.Likelihood.of(*history.timings())
    with np.errstate(all="ignore"):
        return likelihood(np.log(parameters))[0]


def by_lifetimes(history: CustomerHistory) -> Any:
    """Return the parameters that lifetimes finds, or None if it raises."""
    columns = history.frequency, history.recency, history.age
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fitter = lifetimes.BetaGeoFitter().fit(*columns, weights=history.weights)
        except Exception:  # noqa: BLE001  whatever it is that it raises
            return None
    return [fitter.params_[name] for name in NAMES]


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_no_fit_is_worse_than_that_of_lifetimes(start: int) -> None:
    for seed in range(start, start + 50):
        history = random_history(seed)
        model = BetaGeometricNBD.fit(history)
        report = model.fit_report
        assert report is not None
        ours = report.log_likelihood
        again = log_likelihood(history, [getattr(model, name) for name in NAMES])
        assert ours == pytest.approx(again, rel=1e-9, abs=1e-6)
        found = by_lifetimes(history)
        if found is not None:
            theirs = log_likelihood(history, found)
            assert not ours < theirs - WORSE, (seed, ours, theirs, found)
