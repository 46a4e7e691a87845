"""Pareto/NBD on the customers of CDNOW and on random ones, beside `lifetimes`."""

import math
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pandas as pd
import pytest

from cxmkit.pareto import ParetoNBD
from cxmkit.purchases import CustomerHistory

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lifetimes
    import lifetimes.datasets

NAMES = ("r", "alpha", "s", "beta")


def parameters(model: ParetoNBD) -> list[float]:
    return [getattr(model, name) for name in NAMES]


# The customers of CDNOW


@cache
def exact() -> CustomerHistory:
    """Return every tenth customer of the first quarter of 1997, with exact dates."""
    path = Path(lifetimes.datasets.__file__).parent / "CDNOW_sample.txt"
    names = ["id", "sample", "date", "quantity", "dollars"]
    frame = pd.read_csv(path, sep=r"\s+", names=names)
    dates = pd.to_datetime(frame["date"].astype(str), format="%Y%m%d")
    within = dates <= "1997-09-30"
    return CustomerHistory.from_events(
        customer=frame["id"][within],
        time=dates[within],
        end=np.datetime64("1997-09-30"),
        unit="week",
        collapse="day",
    )


@cache
def rounded() -> CustomerHistory:
    """Return the summary with two decimals that `lifetimes` brings along."""
    frame = lifetimes.datasets.load_cdnow_summary(index_col=[0])
    return CustomerHistory.from_summary(
        frequency=frame["frequency"],
        recency=frame["recency"],
        age=frame["T"],
        unit="week",
    )


@cache
def fitted() -> ParetoNBD:
    return ParetoNBD.fit(exact())


def report(model: ParetoNBD) -> Any:
    assert model.fit_report is not None
    return model.fit_report


@pytest.mark.reference
@pytest.mark.parametrize("history", [exact, rounded])
def test_parameters_are_those_of_fader_hardie_and_lee(history: Any) -> None:
    model = ParetoNBD.fit(history())
    assert model.r == pytest.approx(0.553, abs=5e-4)
    assert model.alpha == pytest.approx(10.578, abs=5e-4)
    assert model.s == pytest.approx(0.606, abs=5e-4)
    assert model.beta == pytest.approx(11.669, abs=1.5e-3)  # 11.668 if rounded
    assert report(model).log_likelihood == pytest.approx(-9595.0, abs=0.05)
    assert report(model).converged


@pytest.mark.reference
def test_log_likelihood_and_errors_are_those_of_clvtools() -> None:
    assert report(fitted()).log_likelihood == pytest.approx(-9594.976, abs=5e-4)
    errors = np.sqrt(np.diag(report(fitted()).covariance))
    assert errors[:3] == pytest.approx([0.0476, 0.8427, 0.1873], abs=5e-5)
    # 6.2105 there, by numerical differences; 6.2111 by exact derivatives.
    assert errors[3] == pytest.approx(6.2105, abs=7e-4)


@pytest.mark.reference
def test_the_good_customer_of_btyd() -> None:
    customer = CustomerHistory.from_summary(
        frequency=[26], recency=[30.86], age=[31], unit="week"
    )
    ahead = fitted().conditional_expected_purchases(customer, 52)
    assert ahead == pytest.approx([25.46], abs=0.005)
    alive = fitted().probability_alive(customer)
    assert alive == pytest.approx([0.9979], abs=5e-5)
    assert fitted().expected_purchases(52) == pytest.approx(1.4734, abs=5e-5)


def test_the_error_of_beta_is_that_of_the_exact_curvature() -> None:
    """From the hypergeometric form of the likelihood, with 40 digits."""
    x, recency, age, weights = rounded().timings()
    some = slice(None, None, 60)
    part = CustomerHistory.from_summary(
        frequency=x[some],
        recency=recency[some],
        age=age[some],
        weights=weights[some],
        unit="week",
    )
    ours = ParetoNBD.fit(part)

    def value(beta: Any) -> Any:
        r, alpha, s = (mpmath.mpf(each) for each in parameters(ours)[:3])
        high, apart = max(alpha, beta), abs(alpha - beta)
        total = mpmath.mpf(0)
        for n, t, end, w in zip(
            x[some], recency[some], age[some], weights[some], strict=True
        ):
            k, m = int(n), r + s + int(n)
            other = s + 1 if alpha >= beta else r + k
            left = [
                mpmath.hyp2f1(m, other, m + 1, apart / (high + y)) / (high + y) ** m
                for y in (mpmath.mpf(t), mpmath.mpf(end))
            ]
            there = (alpha + end) ** -(r + k) * (beta + end) ** -s
            there += s / m * (left[0] - left[1])
            total += w * (s * mpmath.log(beta) + mpmath.log(there))
        return total

    with mpmath.workdps(40):
        slope = mpmath.diff(value, mpmath.mpf(ours.beta), 1, h=mpmath.mpf(10) ** -12)
        bend = mpmath.diff(value, mpmath.mpf(ours.beta), 2, h=mpmath.mpf(10) ** -10)
    information = np.linalg.inv(report(ours).covariance)
    assert float(slope) == pytest.approx(0, abs=1e-7)
    assert information[3, 3] == pytest.approx(float(-bend), rel=1e-6)


@cache
def theirs() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        columns = rounded().to_columns()
        return lifetimes.ParetoNBDFitter().fit(
            columns["frequency"], columns["recency"], columns["age"]
        )


def test_lifetimes_finds_the_same() -> None:
    model = ParetoNBD.fit(rounded())
    expected = [theirs().params_[name] for name in NAMES]
    assert parameters(model) == pytest.approx(expected, rel=2e-3)


def test_the_same_parameters_say_the_same() -> None:
    r, alpha, s, beta = (theirs().params_[name] for name in NAMES)
    model = ParetoNBD(r=r, alpha=alpha, s=s, beta=beta)
    history = rounded()
    columns = (history.frequency, history.recency, history.age)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alive = theirs().conditional_probability_alive(*columns)
        ahead = [
            theirs().conditional_expected_number_of_purchases_up_to_time(t, *columns)
            for t in (1, 39)
        ]
        new = theirs().expected_number_of_purchases_up_to_time(39)
    assert model.probability_alive(history) == pytest.approx(
        np.asarray(alive), rel=1e-7
    )
    found = model.conditional_expected_purchases(history, [1, 39])
    assert found == pytest.approx(np.stack(ahead, axis=1), rel=1e-7)
    assert model.expected_purchases(39) == pytest.approx(new, rel=1e-9)


def test_time_in_days_is_for_the_same_people() -> None:
    weeks = exact()
    days = CustomerHistory.from_summary(
        frequency=weeks.frequency,
        recency=np.rint(7 * weeks.recency),
        age=np.rint(7 * weeks.age),
        weights=weeks.weights,
        unit="day",
    )
    model = ParetoNBD.fit(days)
    expected = np.array(parameters(fitted())) * [1, 7, 1, 7]
    assert parameters(model) == pytest.approx(expected, rel=1e-8)
    shift = (weeks.weights @ weeks.frequency) * math.log(7)
    assert report(model).log_likelihood == pytest.approx(
        report(fitted()).log_likelihood - shift, rel=1e-12
    )
    assert model.conditional_expected_purchases(days, 364) == pytest.approx(
        fitted().conditional_expected_purchases(weeks, 52), rel=1e-7
    )


# Random ones


def drawn(seed: int) -> CustomerHistory:
    """Return customers of one of ten kinds; the last digit of the seed says which."""
    rng, kind = np.random.default_rng(seed), seed % 10
    n = {0: 1, 1: int(rng.integers(2, 30))}.get(kind, int(rng.integers(30, 150)))
    longest = 10 ** rng.uniform(-1, 3) * (1e6 if kind == 2 else 1)
    age = longest * (rng.uniform(0.3, 1, n) if rng.random() < 0.7 else np.ones(n))
    r, s = np.exp(rng.normal(0, 1.2, 2))
    alpha, beta = longest * np.exp(rng.normal(-1, 1.5, 2))
    if kind == 3:  # as good as nobody leaves
        s = 1e-3
    if kind == 4:  # all buy at one rate
        r, alpha = 1e4 * r, 1e4 * alpha
    if kind == 5:  # all leave at one rate
        s, beta = 1e4 * s, 1e4 * beta
    if kind == 6:  # nobody repeats
        alpha = 1e9 * longest
    leaving = np.maximum(rng.gamma(s, size=n) / beta, 1e-300)
    life = np.minimum(rng.exponential(size=n) / leaving, age)
    x = rng.poisson(np.minimum(rng.gamma(r, size=n) / alpha * life, 1e4))
    share = (1 - rng.random(n)) ** (1 / np.maximum(x, 1))
    recency = np.where(x > 0, life * share, 0)
    if kind == 7:  # who repeats has just bought
        recency = np.where(x > 0, age, 0)
    if kind == 8:  # in whole days
        day = longest / 50
        age = np.ceil(age / day) * day
        recency = np.minimum(np.ceil(recency / day) * day, age)
    return CustomerHistory.from_summary(
        frequency=x, recency=recency, age=age, unit="week"
    )


def log_likelihood(values: Any, history: CustomerHistory) -> float:
    """Return that of parameters by 400 Gauss-Legendre nodes, in 16 pieces."""
    r, alpha, s, beta = values
    x, recency, age, weights = history.timings()
    nodes, parts = np.polynomial.legendre.leggauss(25)
    pieces = np.append(0, 2.0 ** np.arange(-15, 1))
    nodes = (pieces[:-1, None] + np.diff(pieces)[:, None] * (nodes + 1) / 2).ravel()
    parts = np.outer(np.diff(pieces), parts / 2).ravel()
    low = min(alpha, beta) + recency
    whole = np.log1p((age - recency) / low)
    q = nodes[:, None] * whole
    y = recency + low * np.expm1(q)
    there = -x * np.log(alpha + age) - r * np.log1p(age / alpha)
    there -= s * np.log1p(age / beta)
    gone = q - x * np.log(alpha + y) - r * np.log1p(y / alpha) + np.log(s * low)
    gone -= s * np.log1p(y / beta) + np.log(beta + y)
    top = np.maximum(gone.max(axis=0), there)
    both = np.exp(there - top) + parts @ np.exp(gone - top) * whole
    rise = [np.log(r + np.arange(each)).sum() for each in x]
    return float(weights @ (rise + np.log(both) + top))


@pytest.mark.parametrize("start", range(0, 300, 10))
def test_random_customers_are_fitted_at_least_as_well(
    start: int, compared: range
) -> None:
    """`lifetimes` may fail; this may not, nor be less likely by more than 0.01."""
    for seed in range(start, start + 10):
        history = drawn(seed)
        model = ParetoNBD.fit(history)
        ours = report(model).log_likelihood
        assert math.isfinite(ours)
        judged = log_likelihood(parameters(model), history)
        assert ours == pytest.approx(judged, rel=1e-9, abs=1e-8)
        if seed not in compared:
            continue
        columns = history.to_columns()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                other = lifetimes.ParetoNBDFitter().fit(
                    columns["frequency"], columns["recency"], columns["age"]
                )
            except Exception:  # noqa: BLE001, S112  whatever it is that went wrong
                continue
            values = [float(other.params_[name]) for name in NAMES]
            expected = log_likelihood(values, history)
        assert not expected > ours + 0.01, (seed, values, expected, ours)
