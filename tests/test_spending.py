"""What customers spend per purchase, and what all purchases to come are worth."""

import copy
import math
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import betaprime, gamma, norm

from cxmkit import CxmError, _buying, _special, spending
from cxmkit._newton import Optimum
from cxmkit.errors import (
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.independence import SpendIndependence
from cxmkit.purchases import CustomerHistory
from cxmkit.spending import GammaGamma, residual_clv
from cxmkit.uncertainty import confidence_interval

CDNOW = GammaGamma(p=6.25, q=3.74, gamma=15.44)  # Fader & Hardie 2013
amounts = st.floats(0.01, 1e5)
shapes = st.floats(0.05, 50)


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


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


def log_likelihood(model: GammaGamma, history: CustomerHistory) -> float:
    """Return it by the density of scipy, which is that of beta primes."""
    again = history.frequency > 0
    assert history.spend is not None
    x, z = history.frequency[again], history.spend[again]
    density = betaprime.logpdf(z, model.p * x, model.q, scale=model.gamma / x)
    return float(history.weights[again] @ density)


def mean_of(model: GammaGamma, x: int, z: float) -> float:
    """Return the mean over customers who spent z, by integration over their rates."""

    def weight(v: float) -> float:
        prior = gamma.pdf(v, model.q, scale=1 / model.gamma)
        return float(prior * gamma.pdf(z, model.p * x, scale=1 / (v * x)))

    top = (model.p * x + model.q) / (model.gamma + x * z)
    ends = {"points": [top], "limit": 500, "epsabs": 0, "epsrel": 1e-11}
    whole = quad(weight, 0, 20 * top, **ends)[0]
    first = quad(lambda v: model.p / v * weight(v), 0, 20 * top, **ends)[0]
    return float(first / whole)


class Buyers:
    """A model of purchases that says whatever it was told."""

    def __init__(self, purchases: Any) -> None:
        self.purchases = purchases
        self.asked: list[float] = []

    def residual_purchases(self, history: CustomerHistory, discount: float) -> Any:
        assert isinstance(history, CustomerHistory)
        self.asked.append(discount)
        return self.purchases


# The likelihood and its top


@pytest.mark.parametrize("seed", range(5))
def test_the_likelihood_is_that_of_beta_primes(seed: int) -> None:
    history = drawn(CDNOW, 200, seed)
    model = GammaGamma.fit(history)
    report = model.fit_report
    assert report is not None
    expected = log_likelihood(model, history)
    assert report.log_likelihood == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("p", "q", "scale"), [(6.0, 3.0, 1.2), (0.05, 0.3, 0.1), (900, 2e4, 1), (3e4, 2, 2)]
)
def test_derivatives_are_those_of_the_likelihood(
    p: float, q: float, scale: float
) -> None:
    rng = np.random.default_rng(3)
    x = np.sort(rng.geometric(0.3, 60)).astype(np.float64)
    likelihood = spending._Likelihood.of(  # noqa: SLF001
        x, rng.normal(0, 1, 60), rng.uniform(0.5, 3, 60)
    )
    at, step = np.log([p, q, scale]), 1e-4
    value, gradient, hessian = likelihood(at)
    sides = [
        (likelihood(at + step * axis), likelihood(at - step * axis))
        for axis in np.eye(3)
    ]
    slopes = [(up[0] - down[0]) / (2 * step) for up, down in sides]
    curves = [(up[1] - down[1]) / (2 * step) for up, down in sides]
    noise = 1e-9 * abs(value) + 1e-11 * max(p, q) / step
    assert gradient == pytest.approx(np.array(slopes), rel=1e-6, abs=noise)
    assert hessian == pytest.approx(np.array(curves), rel=1e-6, abs=noise)
    assert hessian == pytest.approx(hessian.T, abs=0)


def test_digits_hold_where_all_are_nearly_alike() -> None:
    """The plain sum of log gamma functions is off by 1e-6 here."""
    rng = np.random.default_rng(3)
    x, logs = np.repeat([1.0, 2.0, 7.0], 40), rng.normal(0, 1e-3, 120)
    likelihood = spending._Likelihood.of(x, logs, np.ones(120))  # noqa: SLF001
    p, q = 1.5e5, 1.2e5
    value = likelihood(np.log([p, q, 1.0]))[0]
    with np.errstate(all="raise"):
        a, b, n = p * x, q, p * x + q
        front = (np.log(a / n * b) - math.log(math.tau)) / 2
        # Stirling's series has three terms worth printing here.
        front -= (1 / a + 1 / b - 1 / n) / 12
        # To the fourth power in the logarithms, of which no more is left.
        share = a / n
        bend = share * (1 - share)
        cubes = bend * (1 - 2 * share)
        fourths = bend * (1 - 6 * bend)
        drop = n * (bend * logs**2 / 2 + cubes * logs**3 / 6 + fourths * logs**4 / 24)
    assert value == pytest.approx(float((front - drop).sum()), abs=1e-8)


@pytest.mark.parametrize(("far", "slope"), [(610.0, -2.0), (-640.0, 6.0)])
def test_amounts_beyond_floats_fall_off_by_a_power(far: float, slope: float) -> None:
    def value(log_spend: float) -> float:
        one = np.ones(1)
        row = spending._Likelihood.of(3 * one, log_spend * one, one)  # noqa: SLF001
        return row(np.log([2.0, 2.0, 1.0]))[0]

    for step in (-40.0, 30.0):
        assert value(far + step) - value(far) == pytest.approx(slope * step, rel=1e-12)


def test_no_rows_nearby_are_likelier() -> None:
    history = drawn(GammaGamma(p=2, q=4, gamma=30), 400, 1)
    model = GammaGamma.fit(history)
    report = model.fit_report
    assert report is not None
    assert report.converged
    assert report.at_bound == ()
    assert report.n == (history.weights * (history.frequency > 0)).sum()

    def loss(logs: Any) -> float:
        p, q, gamma = np.exp(logs).tolist()
        return -log_likelihood(GammaGamma(p=p, q=q, gamma=gamma), history)

    start = np.log([model.p, model.q, model.gamma])
    search = minimize(loss, start, method="Nelder-Mead", tol=1e-9)
    assert report.log_likelihood >= -search.fun - 1e-9
    assert np.exp(search.x) == pytest.approx([model.p, model.q, model.gamma], rel=1e-4)


def test_the_covariance_is_that_of_the_parameters_themselves() -> None:
    history = drawn(GammaGamma(p=2, q=4, gamma=30), 400, 1)
    model = GammaGamma.fit(history)
    report = model.fit_report
    assert report is not None
    at = np.array([model.p, model.q, model.gamma])
    assert report.values == tuple(at.tolist())
    steps = np.diag(1e-4 * at)

    def value(parameters: Any) -> float:
        p, q, gamma = parameters.tolist()
        return log_likelihood(GammaGamma(p=p, q=q, gamma=gamma), history)

    hessian = np.array(
        [
            [
                value(at + u + v)
                - value(at + u - v)
                - value(at - u + v)
                + value(at - u - v)
                for u in steps
            ]
            for v in steps
        ]
    ) / (4e-8 * np.outer(at, at))
    assert report.covariance == pytest.approx(np.linalg.inv(-hessian), rel=1e-3)


def test_parameters_that_were_planted_are_found() -> None:
    planted = GammaGamma(p=3, q=5, gamma=40)
    model = GammaGamma.fit(drawn(planted, 40_000, 7))
    report = model.fit_report
    assert report is not None
    for name, error in report.standard_errors.items():
        assert error < 0.1 * getattr(planted, name)
        assert abs(getattr(model, name) - getattr(planted, name)) < 3 * error


def test_standard_errors_are_those_of_repeated_samples() -> None:
    planted = GammaGamma(p=3, q=5, gamma=40)
    fits = [GammaGamma.fit(drawn(planted, 1_500, seed)) for seed in range(60)]
    logs = np.log([[m.p, m.q, m.gamma] for m in fits])
    reports = [m.fit_report for m in fits]
    said = np.mean(
        [np.sqrt(r.covariance.diagonal()) / r.values for r in reports if r], axis=0
    )
    assert logs.std(axis=0) == pytest.approx(said, rel=0.35)


# Laws of the fit


def as_tuple(model: GammaGamma) -> tuple[float, float, float]:
    return model.p, model.q, model.gamma


@pytest.mark.parametrize("rate", [1e-6, 0.01, 7.3, 1e6])
def test_other_money_changes_gamma_alone(rate: float) -> None:
    history = drawn(CDNOW, 300, 2)
    spend = history.spend
    assert spend is not None
    other = attrs.evolve(history, spend=rate * spend)
    model, exchanged = GammaGamma.fit(history), GammaGamma.fit(other)
    p, q, scale = as_tuple(model)
    assert as_tuple(exchanged) == pytest.approx((p, q, rate * scale), rel=1e-6)
    first, second = model.fit_report, exchanged.fit_report
    assert first is not None
    assert second is not None
    moved = first.log_likelihood - first.n * math.log(rate)
    assert second.log_likelihood == pytest.approx(moved, rel=1e-10)
    expected = rate * model.expected_spend(history)
    assert exchanged.expected_spend(other) == pytest.approx(expected, rel=1e-6)


def test_merged_histories_fit_like_whole_ones() -> None:
    x = np.array([1, 2, 1, 5, 3, 1, 2, 0, 4, 6])
    z = np.array([9, 80, 22, 31, 54, 12, 36, np.nan, 17, 44.0])
    parts = history_of(x[:4], z[:4]) + history_of(x[4:], z[4:])
    whole = GammaGamma.fit(history_of(x, z))
    assert as_tuple(GammaGamma.fit(parts)) == pytest.approx(as_tuple(whole), rel=1e-9)
    turned = GammaGamma.fit(history_of(x[::-1], z[::-1]))
    assert as_tuple(turned) == as_tuple(whole)
    twice = GammaGamma.fit(history_of([*x, *x], [*z, *z]))
    weighted = GammaGamma.fit(history_of(x, z, weights=np.full(10, 2.0)))
    assert as_tuple(twice) == pytest.approx(as_tuple(whole), rel=1e-6)
    assert as_tuple(weighted) == as_tuple(twice)
    assert weighted.fit_report == twice.fit_report
    assert weighted.independence == twice.independence


def test_times_and_customers_without_repeats_do_not_count() -> None:
    x, z = [0, 1, 1, 2, 3, 3], [np.nan, 9, 70, 22, 31, 31]
    model = GammaGamma.fit(history_of(x, z))
    early = GammaGamma.fit(history_of(x[1:], z[1:], recency=[1, 2, 3, 4, 9]))
    assert as_tuple(model) == as_tuple(early)
    assert model.fit_report == early.fit_report
    rows = _buying.repeaters(history_of(x, z, recency=[0, 2, 3, 4, 5, 6]))
    assert [column.tolist() for column in rows] == [
        [1, 1, 2, 3],
        [9, 70, 22, 31],
        [1, 1, 1, 2],
    ]


def test_many_rows_fit_like_few_rows_with_weights() -> None:
    """A hundred thousand rows are summed in more than one chunk."""
    rng = np.random.default_rng(11)
    x = np.sort(rng.integers(1, 5, 150_000)).astype(np.float64)
    logs = rng.choice(np.linspace(-1, 1, 9), x.size)
    long = spending._Likelihood.of(x, logs, np.ones(x.size))  # noqa: SLF001
    keys, weights = np.unique(np.stack([x, logs]), axis=1, return_counts=True)
    total = weights.astype(np.float64)
    short = spending._Likelihood.of(keys[0], keys[1], total)  # noqa: SLF001
    at = np.log([2.0, 3.0, 1.1])
    for one, other in zip(long(at), short(at), strict=True):
        assert one == pytest.approx(other, rel=1e-9)


# Ridges and other limits


def test_customers_who_are_alike_leave_q_and_gamma_open() -> None:
    rng = np.random.default_rng(5)
    x = rng.geometric(0.3, 300)
    model = GammaGamma.fit(history_of(x, rng.gamma(5 * x) / x))
    report = model.fit_report
    assert report is not None
    assert report.converged
    assert report.at_bound == ("q", "gamma")
    assert model.p == pytest.approx(5, rel=0.3)
    assert np.isnan(report.covariance[1:]).all()
    assert np.isnan(report.covariance[:, 1:]).all()
    assert 0 < report.standard_errors["p"] < 1
    history = history_of([0, 1, 9], [np.nan, 0.1, 0.1])
    assert model.expected_spend(history) == pytest.approx([model.mean] * 3, rel=1e-2)
    assert "Take care: q and gamma lie at the edge" in model.summary()


def test_amounts_that_never_vary_leave_p_and_gamma_open() -> None:
    rng = np.random.default_rng(5)
    x = np.tile([1, 2, 30], 60)
    history = history_of(x, 30 / rng.gamma(3.0, size=180))
    model = GammaGamma.fit(history)
    report = model.fit_report
    assert report is not None
    assert report.at_bound == ("p", "gamma")
    assert model.q == pytest.approx(3, rel=0.3)
    assert report.standard_errors["q"] == pytest.approx(model.q / 9, rel=0.5)
    expected = model.expected_spend(history)
    assert expected == pytest.approx(np.asarray(history.spend), rel=1e-2)


@pytest.mark.parametrize(
    ("frequency", "spend"),
    [
        ([3], [20]),
        ([1], [1e-12]),
        ([1] * 50, [19.99] * 50),
        ([1, 2, 3, 200], [5.0] * 4),
        ([1, 100_000], [1e-9, 1e9]),
        ([1, 1], [1e-150, 1e150]),
        ([2**40, 1], [3, 4]),
    ],
)
def test_a_fit_never_raises(frequency: list[int], spend: list[float]) -> None:
    history = history_of(frequency, spend)
    model = GammaGamma.fit(history)
    report = model.fit_report
    assert report is not None
    assert np.isfinite(report.log_likelihood)
    assert model.summary()
    assert pickle.loads(pickle.dumps(model)).fit_report == report  # noqa: S301


@pytest.mark.parametrize("rich", [1e-300, 1e-160, 1e-60, 1e60, 1e160, 1e300])
def test_money_of_any_size_is_fitted(rich: float) -> None:
    frequency, spend = [1, 1, 2, 3, 6, 2], np.array([20, 45, 31, 38, 60, 25.0])
    plain = GammaGamma.fit(history_of(frequency, spend))
    model = GammaGamma.fit(history_of(frequency, spend * rich))
    assert (model.p, model.q) == pytest.approx((plain.p, plain.q), rel=1e-6)
    assert model.gamma == pytest.approx(plain.gamma * rich, rel=1e-6)
    report, known = model.fit_report, plain.fit_report
    assert report is not None
    assert known is not None
    errors, expected = report.standard_errors, known.standard_errors
    assert errors["p"] == pytest.approx(expected["p"], rel=1e-6)
    assert errors["q"] == pytest.approx(expected["q"], rel=1e-6)
    if 1e-70 < rich < 1e70:
        assert errors["gamma"] == pytest.approx(expected["gamma"] * rich, rel=1e-6)
    else:
        assert math.isnan(errors["gamma"])
    found = model.expected_spend(history_of(frequency, spend * rich))
    usual = plain.expected_spend(history_of(frequency, spend))
    assert found / rich == pytest.approx(usual, rel=1e-6)


def test_an_expectation_beyond_floats_is_refused() -> None:
    history = history_of([0, 1, 3], [None, 10, 1e308])
    said = refused(lambda: CDNOW.expected_spend(history), InvalidValueError)
    assert said == "history[2] must have a finite expected spend; got inf"


@pytest.mark.parametrize("n", [100_000_001, 10**400])
def test_nobody_draws_so_many(n: int) -> None:
    said = refused(lambda: CDNOW.simulate(n, rng=1), InvalidValueError)
    assert said.startswith("n must be at most 100 million; got")


def test_seeds_do_where_generators_do() -> None:
    history = history_of([0, 1, 3], None)
    drawn = CDNOW.simulate_like(history, rng=7)
    assert drawn == CDNOW.simulate_like(history, rng=np.random.default_rng(7))
    assert drawn != CDNOW.simulate_like(history, rng=8)
    seed: Any = 0.5
    said = refused(lambda: CDNOW.simulate_like(history, rng=seed), InvalidTypeError)
    assert said.startswith("rng must be a seed or a numpy.random.Generator; got 0.5")


def test_a_table_is_no_history_and_the_way_out_is_named() -> None:
    table: Any = {"frequency": [1]}
    for call in (GammaGamma.fit, CDNOW.expected_spend, SpendIndependence.of):
        said = refused(partial(call, table), InvalidTypeError)
        assert "CustomerHistory.from_summary(...)" in said


def test_all_spend_alike_is_expected_again() -> None:
    model = GammaGamma.fit(history_of([1, 2, 5, 9], [19.99] * 4))
    assert model.fit_report is not None
    assert model.fit_report.at_bound == ("p", "q", "gamma")
    assert model.mean == pytest.approx(19.99, rel=1e-4)


def test_few_rows_are_searched_from_several_places() -> None:
    """From the first start these end in a hollow that is 0.62 lower."""
    x = np.array([1, 3])
    likelihoods = []
    for seed in range(40):
        z = np.exp(np.random.default_rng(seed).normal(0, 2, 2))
        history = history_of(x, z)
        report = GammaGamma.fit(history).fit_report
        assert report is not None
        best = max(
            log_likelihood(GammaGamma(p=p, q=q, gamma=q / p * m), history)
            for p, q in [(0.3, 1e5), (1, 1e5), (3, 1e5), (1e5, 0.5), (1e5, 1), (1e5, 3)]
            for m in (z.mean(), np.sqrt(z.prod()), z[0], z[1])
        )
        likelihoods.append(report.log_likelihood - best)
    assert min(likelihoods) > -1e-6


# What is expected


@pytest.mark.parametrize(("x", "z"), [(1, 20.0), (1, 200.0), (4, 3.0), (25, 37.21)])
def test_expected_spend_is_the_mean_over_customers_like_that(x: int, z: float) -> None:
    found = CDNOW.expected_spend(history_of([x], [z]))
    assert found == pytest.approx([mean_of(CDNOW, x, z)], rel=1e-8)


def test_the_mean_over_all_customers() -> None:
    assert CDNOW.mean == pytest.approx(6.25 * 15.44 / 2.74, rel=1e-14)
    found = CDNOW.expected_spend(history_of([0, 0], [None, None], age=[3, 4]))
    assert found.tolist() == [CDNOW.mean] * 2
    assert CDNOW.simulate(200_000, rng=5).mean() == pytest.approx(CDNOW.mean, rel=0.01)


@given(shapes, st.floats(1.01, 50), amounts, st.integers(1, 1000), amounts)
def test_it_lies_between_the_own_mean_and_that_of_all(
    p: float, q: float, gamma: float, x: int, z: float
) -> None:
    model = GammaGamma(p=p, q=q, gamma=gamma)
    (found,) = model.expected_spend(history_of([x], [z]))
    low, high = sorted([model.mean, z])
    assert low * (1 - 1e-12) <= found <= high * (1 + 1e-12)
    share = p * x / (p * x + q - 1)
    mixed = share * z + (1 - share) * model.mean
    assert found == pytest.approx(mixed, rel=1e-9)
    (more,) = model.expected_spend(history_of([x], [1.5 * z]))
    assert more > found
    (surer,) = model.expected_spend(history_of([x + 1], [z]))
    assert abs(surer - z) <= abs(found - z) * (1 + 1e-9) + 1e-12 * z


@given(shapes, shapes, amounts, amounts, st.floats(1e-6, 1e6))
def test_it_is_homogeneous_in_money(
    p: float, q: float, gamma: float, z: float, rate: float
) -> None:
    history, other = history_of([1], [z]), history_of([1], [rate * z])
    if p + q <= 1.0001:
        return
    once = GammaGamma(p=p, q=q, gamma=gamma).expected_spend(history)
    again = GammaGamma(p=p, q=q, gamma=rate * gamma).expected_spend(other)
    assert again == pytest.approx(rate * once, rel=1e-9)


def test_rows_become_customers() -> None:
    history = history_of([2, 0, 2], [50, None, 50])
    rows = CDNOW.expected_spend(history)
    assert rows.shape == (2,)
    assert history.expand(rows).tolist() == [rows[1], rows[0], rows[1]]
    assert rows[1] == pytest.approx(6.25 * (15.44 + 100) / (12.5 + 2.74), rel=1e-14)


def test_what_is_infinite_is_refused_with_the_reason() -> None:
    model = GammaGamma(p=2, q=0.8, gamma=5)
    for ask in (
        lambda: model.mean,
        lambda: model.expected_spend(history_of([0, 1], [None, 9])),
    ):
        assert refused(ask, InvalidValueError) == (
            "q must be above 1 for customers with 0 repeat purchases; got 0.8; their"
            " expected spend is infinite: leave them out, or get more data"
        )
    only = history_of([1, 3], [9, 9])
    expected = [2 * (5 + 9) / 1.8, 2 * (5 + 27) / 5.8]
    assert model.expected_spend(only) == pytest.approx(expected)
    heavy = GammaGamma(p=0.1, q=0.8, gamma=5)
    message = refused(lambda: heavy.expected_spend(only), InvalidValueError)
    assert "q must be above 0.9 for customers with 1 repeat purchase;" in message
    edge = GammaGamma(p=0.5, q=0.5, gamma=5)
    refused(lambda: edge.expected_spend(only), InvalidValueError)
    refused(lambda: GammaGamma(p=1, q=1, gamma=5).mean, InvalidValueError)


# Drawing


def test_drawn_means_have_the_distribution_of_the_model() -> None:
    draws = CDNOW.simulate(20_000, rng=1)
    share = (CDNOW.p * CDNOW.gamma / draws).mean()  # of rates, gamma distributed
    assert share == pytest.approx(CDNOW.q, rel=0.02)
    below = gamma.sf(CDNOW.p * CDNOW.gamma / 30, CDNOW.q)
    assert (draws < 30).mean() == pytest.approx(below, abs=0.01)
    assert (CDNOW.simulate(5, rng=1) == CDNOW.simulate(5, rng=1)).all()
    source = np.random.default_rng(1)
    assert (CDNOW.simulate(5, rng=source) == CDNOW.simulate(5, rng=1)).all()
    assert (CDNOW.simulate(5, rng=source) != CDNOW.simulate(5, rng=1)).all()
    seed: Any = np.int64(3)
    assert (CDNOW.simulate(5, rng=seed) == CDNOW.simulate(5, rng=3)).all()


def test_drawn_spend_has_the_distribution_of_the_model() -> None:
    x = np.repeat([1, 7], 10_000)
    history = CDNOW.simulate_like(history_of(x, None), rng=np.random.default_rng(1))
    assert history.spend is not None
    for many in (1, 7):
        z = history.spend[history.frequency == many]
        share = betaprime.cdf(30, CDNOW.p * many, CDNOW.q, scale=CDNOW.gamma / many)
        assert (z < 30).mean() == pytest.approx(share, abs=0.015)
        assert z.mean() == pytest.approx(CDNOW.mean, rel=0.03)


def test_drawn_histories_are_of_the_same_customers() -> None:
    rng = np.random.default_rng(1)
    history = history_of(
        [2, 0, 1, 2], [5, None, 6, 5], customers=["a", "b", "c", "d"], unit="day"
    )
    other = CDNOW.simulate_like(history, rng=rng)
    assert other.unit == "day"
    assert other.customers is not None
    assert other.customers.tolist() == ["a", "b", "c", "d"]
    for name in ("frequency", "recency", "age"):
        ours, theirs = getattr(history, name), getattr(other, name)
        assert other.expand(theirs).tolist() == history.expand(ours).tolist()
    assert other.spend is not None
    assert len(set(other.expand(other.spend).tolist()[::3])) == 2  # each for themselves
    assert other.weights.tolist() == [1, 1, 1, 1]


def test_weights_are_customers_to_be_drawn() -> None:
    rng = np.random.default_rng(1)
    history = history_of([0, 1, 2, 3], None, weights=[5, 3, 1.5, 0.5])
    other = CDNOW.simulate_like(history, rng=rng)
    assert other.frequency.tolist() == [0, 1, 1, 1, 2, 2, 3]
    assert other.weights.tolist() == [5, 1, 1, 1, 0.75, 0.75, 0.5]
    named = attrs.evolve(history, customers=[1, 2, 3, 4])
    assert CDNOW.simulate_like(named, rng=rng).customers is None
    shared = history_of([1, 1], [4, 4], weights=[2, 4])  # one row of six customers
    assert CDNOW.simulate_like(shared, rng=rng).weights.tolist() == [1] * 6


def test_amounts_stay_positive_for_the_smallest_shapes() -> None:
    rng = np.random.default_rng(1)
    wild = GammaGamma(p=1e-4, q=1e-4, gamma=1)
    history = wild.simulate_like(history_of(np.ones(200, int), None), rng=rng)
    assert history.spend is not None
    assert (history.spend > 0).all()
    assert np.isfinite(history.spend).all()
    assert GammaGamma.fit(history).fit_report is not None


def test_intervals_work_on_it() -> None:
    history = drawn(GammaGamma(p=3, q=5, gamma=40), 500, 1)
    model = GammaGamma.fit(history)
    delta = confidence_interval(model, lambda m: m.mean)
    assert delta.low < model.mean < delta.high
    boot = confidence_interval(
        model, lambda m: m.mean, method="bootstrap", history=history, rng=1, draws=99
    )
    assert (boot.low, boot.high) == pytest.approx((delta.low, delta.high), rel=0.05)


# Independence


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
        assert "cannot be told" in found.summary()
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
    assert few.summary().startswith(
        "There are too few customers, so no interval can be told: the corr"
    )
    four = SpendIndependence.of(history_of([1, 2, 3, 4], [5, 9, 8, 7]))
    assert four.low < four.correlation < four.high
    exact = SpendIndependence.of(history_of([1, 2, 3, 4], [10, 20, 30, 40]))
    assert exact.correlation == pytest.approx(1)
    assert exact.summary().startswith("All lie on a line, so no interval can be told")
    assert np.isnan(exact.high)


def test_it_says_what_was_found() -> None:
    found = SpendIndependence(correlation=0.02, low=-0.1, high=0.14, level=0.9, n=1946)
    assert found.summary() == (
        "No sign that customers who buy more often spend more or less per purchase: the"
        " correlation is +0.02 (-0.10 to +0.14 at 90 %) among 1,946 customers with"
        " repeat purchases."
    )
    said = "SpendIndependence(correlation=0.020, low=-0.100, high=0.140, level=0.9, n="
    assert repr(found) == f"{said}1946)"
    touching = attrs.evolve(found, low=0.0)
    assert touching.summary().startswith("No sign")
    touching = attrs.evolve(found, correlation=-0.05, high=0.0)
    assert touching.summary().startswith("No sign")
    assert found.to_dict()["level"] == 0.9


def test_an_impossible_interval_is_refused() -> None:
    fields: dict[str, Any] = {"correlation": 0.1, "low": 0.0, "high": 0.2, "n": 9}
    for name, value, message in (
        ("correlation", 1.2, "correlation must be between -1 and 1; got 1.2"),
        ("low", -1.2, "low must be between -1 and 1"),
        ("high", 0.05, "high must not lie below correlation; got 0.05"),
        ("low", 0.15, "low must not lie above correlation; got 0.15"),
        ("n", 0, "n must be positive; got 0"),
        ("level", 95, "level must lie between 0 and 1"),
    ):
        wrong: Any = fields | {name: value}
        build = partial(SpendIndependence, **wrong)
        assert message in refused(build, InvalidValueError)
    refused(lambda: SpendIndependence(**fields | {"low": "x"}), InvalidTypeError)
    unknown = SpendIndependence(**fields | {"low": math.nan, "high": math.nan})
    assert copy.deepcopy(unknown).correlation == 0.1


# What it says


def test_it_says_its_parameters_in_one_line() -> None:
    assert repr(CDNOW) == "GammaGamma(p=6.25, q=3.74, gamma=15.44)"
    assert CDNOW.to_dict() == {"p": 6.25, "q": 3.74, "gamma": 15.44}
    assert GammaGamma(p=6.25, q=3.74, gamma=15.44) == CDNOW
    assert attrs.evolve(CDNOW, gamma=15.45) != CDNOW


def test_the_summary_owns_up() -> None:
    heavy = GammaGamma(p=2, q=0.8, gamma=5)
    assert "infinite, as the largest spend without bound (q is 0.8" in heavy.summary()
    assert "counts 70 % of what is expected after 1 repeat" in CDNOW.summary()
    report = GammaGamma.fit(drawn(CDNOW, 300, 1)).fit_report
    assert report is not None
    assert "Take care" not in attrs.evolve(CDNOW, fit_report=report).summary()
    lost = attrs.evolve(report, converged=False)
    said = attrs.evolve(CDNOW, fit_report=lost).summary()
    assert said.endswith("Take care: the search for parameters did not come to an end.")
    nan = np.full((3, 3), np.nan)
    edge = attrs.evolve(report, at_bound=["gamma"], covariance=nan)
    said = attrs.evolve(CDNOW, fit_report=edge).summary()
    assert "Take care: gamma lies at the edge" in said


def test_copies_keep_everything() -> None:
    model = GammaGamma.fit(drawn(CDNOW, 300, 1))
    for twin in (
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),  # noqa: S301
    ):
        assert twin == model
        assert hash(twin) == hash(model)
        assert twin.fit_report == model.fit_report
        assert twin.independence == model.independence


def test_a_report_without_a_top_knows_no_covariance() -> None:
    report = spending._report(  # noqa: SLF001
        Optimum(
            at=np.zeros(3),
            value=-1.0,
            gradient=np.zeros(3),
            hessian=np.zeros((3, 3)),
            iterations=3,
            converged=False,
            bound=np.array([False, False, True]),
        ),
        (1.0, 2.0, 3.0),
        5.0,
    )
    assert np.isnan(report.covariance).all()
    assert report.at_bound == ("gamma",)
    assert report.values == (1.0, 2.0, 3.0)


# Bad input


@pytest.mark.parametrize("name", ["p", "q", "gamma"])
def test_parameters_must_be_positive(name: str) -> None:
    for value in (0, -1, math.inf, math.nan):
        wrong: Any = {"p": 1.0, "q": 2.0, "gamma": 3.0} | {name: value}
        message = refused(partial(GammaGamma, **wrong), InvalidValueError)
        rule = "be positive" if value <= 0 else "be a finite number"
        assert message == f"{name} must {rule}; got {value}"
    kinds: list[Any] = ["1", None, True, [1]]
    for kind in kinds:
        wrong = {"p": 1.0, "q": 2.0, "gamma": 3.0} | {name: kind}
        refused(partial(GammaGamma, **wrong), InvalidTypeError)


def test_reports_of_another_kind_are_refused() -> None:
    wrong: Any = "fine"
    for name in ("fit_report", "independence"):
        refused(partial(attrs.evolve, CDNOW, **{name: wrong}), InvalidTypeError)


def test_histories_must_have_spend() -> None:
    bare = history_of([1, 2], None)
    for ask in (GammaGamma.fit, CDNOW.expected_spend, SpendIndependence.of):
        message = refused(partial(ask, bare), InvalidValueError)
        assert message.startswith("history must have spend; got CustomerHistory of 2")
        assert "amount=" in message
        wrong: Any = [1, 2]
        message = refused(partial(ask, wrong), InvalidTypeError)
        assert message.startswith("history must be a CustomerHistory; got [1, 2]")
    nobody = history_of([0, 0], [None, None])
    for ask in (GammaGamma.fit, SpendIndependence.of):
        message = refused(partial(ask, nobody), EmptySampleError)
        assert message == "history holds no customer with repeat purchases"
    wrong = 3
    rng = np.random.default_rng(1)
    refused(lambda: CDNOW.simulate_like(wrong, rng=rng), InvalidTypeError)
    refused(lambda: SpendIndependence.of(bare, level=95), InvalidValueError)


def test_draws_need_a_number_and_a_seed() -> None:
    wrong: Any
    assert "n must be at least 1" in refused(
        lambda: CDNOW.simulate(0, rng=1), InvalidValueError
    )
    for wrong in (1.5, "3", True):
        refused(partial(CDNOW.simulate, wrong, rng=1), InvalidTypeError)
    for wrong in (None, 1.5, True, "1"):
        message = refused(partial(CDNOW.simulate, 1, rng=wrong), InvalidTypeError)
        assert message.startswith("rng must be a seed or a numpy.random.Generator;")
    message = refused(lambda: CDNOW.simulate(1, rng=-1), InvalidValueError)
    assert message == "rng must not be negative; got -1"


# Purchases times spend


def test_value_is_purchases_times_spend() -> None:
    history = history_of([2, 0, 2, 5], [50, None, 50, 9])
    buyers = Buyers(np.array([1.0, 2.5, 4.0]))
    found = residual_clv(buyers, CDNOW, history, discount=0.003)
    assert found.tolist() == (buyers.purchases * CDNOW.expected_spend(history)).tolist()
    assert buyers.asked == [0.003]
    assert history.expand(found).tolist() == found[[1, 0, 1, 2]].tolist()


def test_spend_may_be_money() -> None:
    history = history_of([0, 1, 2], None)
    buyers = Buyers([1, 2, 4])
    assert residual_clv(buyers, 10, history, discount=0).tolist() == [10, 20, 40]
    each = residual_clv(buyers, [10, 1, -2.5], history, discount=np.float64(0.1))
    assert each.tolist() == [10, 2, -10]
    assert type(buyers.asked[-1]) is float


@settings(max_examples=25)
@given(st.floats(1e-6, 1e6))
def test_value_is_homogeneous_in_money(rate: float) -> None:
    history, buyers = history_of([0, 1, 2], [None, 3, 9]), Buyers([1, 2, 4])
    once = residual_clv(buyers, CDNOW, history, discount=0.01)
    other = attrs.evolve(history, spend=rate * np.asarray(history.spend))
    model = attrs.evolve(CDNOW, gamma=rate * CDNOW.gamma)
    again = residual_clv(buyers, model, other, discount=0.01)
    assert again == pytest.approx(rate * once, rel=1e-12)


def test_wrong_questions_about_value_are_refused() -> None:
    history, buyers = history_of([1, 1, 2], [5, 5, 6]), Buyers([1.0, 2.0])

    def ask(**changes: Any) -> Callable[[], object]:
        given: dict[str, Any] = {"model": buyers, "spend": 1.0, "history": history}
        return lambda: residual_clv(**given | {"discount": 0.1} | changes)

    for change, error, message in (
        (
            {"discount": -0.1},
            InvalidValueError,
            "discount must lie between 0 and 1",
        ),
        ({"discount": math.inf}, InvalidValueError, "discount must be a finite number"),
        ({"discount": math.nan}, MissingValueError, "discount is missing"),
        (
            {"discount": 15},
            InvalidValueError,
            "discount must lie between 0 and 1; got 15; write 0.1 for 10 %",
        ),
        (
            {"model": Buyers},
            InvalidTypeError,
            "model must be a fitted model; got <class",
        ),
        ({"discount": [0.1]}, InvalidTypeError, "discount must be a number"),
        ({"discount": "10 %"}, InvalidTypeError, "discount must be a number"),
        (
            {"model": CDNOW},
            InvalidTypeError,
            "model must have residual_purchases; got G",
        ),
        ({"history": [1]}, InvalidTypeError, "history must be a CustomerHistory"),
        ({"spend": [1, None]}, MissingValueError, "spend[1] is missing"),
        ({"spend": "x"}, InvalidTypeError, "spend must be a number"),
        (
            {"spend": [1, 2, 3]},
            InvalidValueError,
            "the shape (2,); got (3,); history.rows says which row is each customer's",
        ),
        ({"spend": [[1, 2]]}, InvalidValueError, "the shape (2,); got (1, 2)"),
        ({"spend": [1] * 5}, InvalidValueError, "the shape (2,); got (5,)"),
        (
            {"spend": [1, 1e308]},
            InvalidValueError,
            "spend[1] must leave a finite value",
        ),
        ({"spend": 1e308}, InvalidValueError, "spend must leave a finite value"),
        ({"model": Buyers([1.0])}, InvalidValueError, "model must give one number per"),
        ({"model": Buyers(1.0)}, InvalidValueError, "model must give one number per"),
    ):
        assert message in refused(ask(**change), error)
    assert not refused(ask(spend=[1] * 5), InvalidValueError).endswith("customer's")


def test_the_mean_amount_is_that_of_other_parameters_as_well() -> None:
    """Gamma functions of moments: E(z^2) of one purchase, by hand."""
    model = GammaGamma(p=2.5, q=6, gamma=40)
    p, q, g = as_tuple(model)
    second = math.exp(
        float(
            np.diff(_special.log_gamma(np.array([p, p + 2])))[0]
            + np.diff(_special.log_gamma(np.array([q, q - 2])))[0]
        )
    )
    assert second * g**2 == pytest.approx(betaprime.moment(2, p, q, scale=g))
