"""What customers spend per purchase, and what all purchases to come are worth."""

import copy
import math
import pickle
import runpy
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import betaprime, gamma

from cxmkit import _buying, _special, spending
from cxmkit._checks import show
from cxmkit._newton import Optimum
from cxmkit.independence import SpendIndependence
from cxmkit.purchases import CustomerHistory
from cxmkit.spending import GammaGamma, residual_clv
from cxmkit.uncertainty import confidence_interval

shared = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("spenders.py"))))
CDNOW: GammaGamma = shared.CDNOW
drawn: Callable[..., CustomerHistory] = shared.drawn
history_of: Callable[..., CustomerHistory] = shared.history_of
refused: Callable[[Callable[[], object]], str] = shared.refused
MAKE_ONE, MAKE_WITH_SPEND = shared.MAKE_ONE, shared.MAKE_WITH_SPEND
FURTHEST = math.exp(16)  # the edge of the search
RICHEST = 1e70  # standard error
UNRELATED = "Frequency and spend are taken to be unrelated."
USUAL = (
    "A purchase brings 35.22 on average over all customers. A customer's own mean"
    " counts 70 % of what is expected after 1 repeat purchase and 92 % after 5, the"
    " mean of all customers counts the rest."
)
INFINITE = "their expected spend is infinite: leave them out, or get more data"
NO_SEED = "InvalidTypeError: rng must be a seed or a numpy.random.Generator"
amounts = st.floats(0.01, 1e5)
shapes = st.floats(0.05, 50)


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
    assert model.q == pytest.approx(FURTHEST, rel=1e-12)
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


def test_seeds_do_where_generators_do() -> None:
    history = history_of([0, 1, 3], None)
    drawn = CDNOW.simulate_like(history, rng=7)
    assert drawn == CDNOW.simulate_like(history, rng=np.random.default_rng(7))
    assert drawn != CDNOW.simulate_like(history, rng=8)


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


def test_the_better_hill_is_climbed_to_the_edge() -> None:
    """On the other one amounts never vary, and the likelihood is 1.6 lower."""
    model = GammaGamma.fit(history_of([4, 5, 6, 7, 7, 10], [98, 1, 19, 40, 1, 35]))
    assert model.fit_report is not None
    assert model.fit_report.at_bound == ("q", "gamma")
    assert model.q == pytest.approx(FURTHEST, rel=1e-12)


def test_customers_with_as_many_purchases_are_summed_as_one() -> None:
    x, logs = np.array([1.0, 1, 2, 7, 7, 7]), np.array([0.1, -2, 0.3, 1, 1, 0])
    weights = np.array([1.0, 2, 1, 0.5, 1, 4])
    likelihood = spending._Likelihood.of(x, logs, weights)  # noqa: SLF001
    assert likelihood.x.tolist() == [1, 2, 7]
    assert likelihood.n.tolist() == [3, 1, 5.5]
    assert likelihood.place.tolist() == [0, 0, 1, 2, 2, 2]


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
        assert refused(ask) == (
            f"InvalidValueError: q must be above 1 for customers with 0 repeat"
            f" purchases; got 0.8; {INFINITE}"
        )
    only = history_of([1, 3], [9, 9])
    expected = [2 * (5 + 9) / 1.8, 2 * (5 + 27) / 5.8]
    assert model.expected_spend(only) == pytest.approx(expected)
    heavy = GammaGamma(p=0.1, q=0.8, gamma=5)
    assert refused(lambda: heavy.expected_spend(only)) == (
        "InvalidValueError: q must be above 0.9 for customers with 1 repeat purchase;"
        f" got 0.8; {INFINITE}"
    )
    edge = GammaGamma(p=0.5, q=0.5, gamma=5)
    assert refused(lambda: edge.expected_spend(only)) == (
        "InvalidValueError: q must be above 0.5 for customers with 1 repeat purchase;"
        f" got 0.5; {INFINITE}"
    )
    one = GammaGamma(p=1, q=1, gamma=5)
    assert refused(lambda: one.mean) == (
        "InvalidValueError: q must be above 1 for customers with 0 repeat purchases;"
        f" got 1; {INFINITE}"
    )


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


# What it says


def test_it_says_its_parameters_in_one_line() -> None:
    assert repr(CDNOW) == "GammaGamma(p=6.25, q=3.74, gamma=15.44)"
    assert CDNOW.to_dict() == {"p": 6.25, "q": 3.74, "gamma": 15.44}
    assert GammaGamma(p=6.25, q=3.74, gamma=15.44) == CDNOW
    assert attrs.evolve(CDNOW, gamma=15.45) != CDNOW


def test_the_summary_says_what_an_own_mean_counts() -> None:
    assert CDNOW.summary() == f"{USUAL} {UNRELATED}"
    assert GammaGamma(p=2, q=1.5, gamma=2500).summary() == (
        "A purchase brings 10,000.00 on average over all customers. A customer's own"
        " mean counts 80 % of what is expected after 1 repeat purchase and 95 % after"
        f" 5, the mean of all customers counts the rest. {UNRELATED}"
    )
    found = SpendIndependence(correlation=0.02, low=-0.1, high=0.14, n=946)
    said = attrs.evolve(CDNOW, independence=found).summary()
    assert said == f"{USUAL} {UNRELATED} {found.summary()}"


@pytest.mark.parametrize("q", [0.8, 1.0])
def test_the_summary_says_where_the_mean_is_infinite(q: float) -> None:
    assert GammaGamma(p=2, q=q, gamma=5).summary() == (
        "The mean over all customers is infinite, as the largest spend without bound (q"
        f" is {q:g}, not above 1): nothing can be said of customers without"
        f" repeat purchases. {UNRELATED}"
    )


def test_the_summary_says_how_the_search_ended() -> None:
    report = GammaGamma.fit(drawn(CDNOW, 300, 1)).fit_report
    assert report is not None
    sure = attrs.evolve(CDNOW, fit_report=report)
    assert sure.summary() == f"{USUAL} {UNRELATED}"
    lost = attrs.evolve(CDNOW, fit_report=attrs.evolve(report, converged=False))
    assert lost.summary() == (
        f"{USUAL} {UNRELATED} Take care: the search for parameters did not come to an"
        " end."
    )
    nan = np.full((3, 3), np.nan)
    for bound, lie in (("gamma",), "gamma lies"), (("q", "gamma"), "q and gamma lie"):
        edge = attrs.evolve(report, at_bound=bound, covariance=nan, converged=False)
        assert attrs.evolve(CDNOW, fit_report=edge).summary() == (
            f"{USUAL} {UNRELATED} Take care: {lie} at the edge of what was searched, as"
            " the data do not tell how amounts differ."
        )


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


def optimum(**changes: Any) -> Optimum:
    fields: dict[str, Any] = {
        "at": np.zeros(3),
        "value": -1.0,
        "gradient": np.zeros(3),
        "hessian": np.zeros((3, 3)),
        "iterations": 3,
        "converged": True,
        "bound": np.zeros(3, bool),
    }
    return Optimum(**(fields | changes))


def test_a_report_without_a_top_knows_no_covariance() -> None:
    lost = optimum(converged=False, bound=np.array([False, False, True]))
    report = spending._report(lost, (1.0, 2.0, 3.0), 5.0)  # noqa: SLF001
    assert np.isnan(report.covariance).all()
    assert report.at_bound == ("gamma",)
    assert report.values == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("gamma", "known"),
    [
        (RICHEST / 2, True),
        (math.nextafter(RICHEST / 2, math.inf), False),
        (1 / RICHEST / 2, True),
        (math.nextafter(1 / RICHEST / 2, 0), False),
        (3.0, True),
    ],
)
def test_standard_errors_beyond_all_money_are_unknown(
    gamma: float, *, known: bool
) -> None:
    # Variances of log p, log q and the logarithm of p gamma / q are 1, 1 and 2; so
    # that of log gamma is 4, and its covariance with log p is -1, with log q 1.
    top = optimum(hessian=np.diag([-1.0, -1.0, -0.5]))
    report = spending._report(top, (1.0, 1.0, gamma), 9.0)  # noqa: SLF001
    assert report.covariance[:2, :2].tolist() == [[1, 0], [0, 1]]
    if known:
        expected = [-gamma, gamma, 4 * gamma**2]
        assert report.covariance[2] == pytest.approx(expected, rel=1e-15)
        assert (report.covariance[:, 2] == report.covariance[2]).all()
    else:
        assert np.isnan(report.covariance[2]).all()
        assert np.isnan(report.covariance[:, 2]).all()
    assert report.at_bound == ()
    assert report.n == 9


# Bad input


@pytest.mark.parametrize("name", ["p", "q", "gamma"])
def test_parameters_must_be_positive(name: str) -> None:
    for value, said in (
        (0, "InvalidValueError: {} must be positive; got 0"),
        (-1, "InvalidValueError: {} must be positive; got -1"),
        (math.inf, "InvalidValueError: {} must be a finite number; got inf"),
        (math.nan, "InvalidValueError: {} must be a finite number; got nan"),
        ("1", "InvalidTypeError: {} must be a number; got '1'"),
        (None, "InvalidTypeError: {} must be a number; got None"),
        (True, "InvalidTypeError: {} must be a number; got True"),
        ([1], "InvalidTypeError: {} must be a number; got [1]"),
    ):
        wrong: Any = {"p": 1.0, "q": 2.0, "gamma": 3.0} | {name: value}
        assert refused(partial(GammaGamma, **wrong)) == said.format(name)


# What is asked here is of the wrong kind now and then.
made: Any = partial(attrs.evolve, CDNOW)
fitted: Any = GammaGamma.fit
expect: Any = CDNOW.expected_spend
simulate: Any = CDNOW.simulate
simulate_like: Any = CDNOW.simulate_like

BARE = history_of([1, 2], None)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: made(fit_report="fine"),
            "InvalidTypeError: fit_report must be a FitReport; got 'fine'",
        ),
        (
            lambda: made(independence="fine"),
            "InvalidTypeError: independence must be a SpendIndependence; got 'fine'",
        ),
        (
            lambda: fitted(BARE),
            (
                "InvalidValueError: history must have spend; got CustomerHistory of 2"
                f" customers, 2 with repeat purchases, ...; {MAKE_WITH_SPEND}"
            ),
        ),
        (
            lambda: expect(BARE),
            (
                "InvalidValueError: history must have spend; got CustomerHistory of 2"
                f" customers, 2 with repeat purchases, ...; {MAKE_WITH_SPEND}"
            ),
        ),
        (
            lambda: fitted([1, 2]),
            (
                "InvalidTypeError: history must be a CustomerHistory; got [1, 2];"
                f" {MAKE_ONE}"
            ),
        ),
        (
            lambda: expect({"frequency": [1]}),
            (
                "InvalidTypeError: history must be a CustomerHistory; got"
                f" {{'frequency': [1]}}; {MAKE_ONE}"
            ),
        ),
        (
            lambda: simulate_like(3, rng=1),
            f"InvalidTypeError: history must be a CustomerHistory; got 3; {MAKE_ONE}",
        ),
        (
            lambda: fitted(history_of([0, 0], [None, None])),
            "EmptySampleError: history holds no customer with repeat purchases",
        ),
        (
            lambda: expect(history_of([0, 1, 3], [None, 10, 1e308])),
            (
                "InvalidValueError: history[2] must have a finite expected spend; got"
                " inf"
            ),
        ),
        (lambda: simulate(0, rng=1), "InvalidValueError: n must be at least 1; got 0"),
        (
            lambda: simulate(100_000_001, rng=1),
            "InvalidValueError: n must be at most 100 million; got 100000001",
        ),
        (
            lambda: simulate(10**400, rng=1),
            (
                "InvalidValueError: n must be at most 100 million; got"
                f" {'1' + 56 * '0'}..."
            ),
        ),
        (
            lambda: simulate(1.5, rng=1),
            "InvalidTypeError: n must be a whole number; got 1.5",
        ),
        (
            lambda: simulate("3", rng=1),
            "InvalidTypeError: n must be a whole number; got '3'",
        ),
        (
            lambda: simulate(n=True, rng=1),
            "InvalidTypeError: n must be a whole number; got True",
        ),
        (lambda: simulate(1, rng=None), f"{NO_SEED}; got None"),
        (lambda: simulate(1, rng=1.5), f"{NO_SEED}; got 1.5"),
        (lambda: simulate(1, rng=True), f"{NO_SEED}; got True"),
        (lambda: simulate(1, rng="1"), f"{NO_SEED}; got '1'"),
        (lambda: simulate_like(BARE, rng=0.5), f"{NO_SEED}; got 0.5"),
        (
            lambda: simulate(1, rng=-1),
            "InvalidValueError: rng must not be negative; got -1",
        ),
    ],
)
def test_what_the_model_refuses(call: Callable[[], object], said: str) -> None:
    assert refused(call) == said


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


ONE_EACH = "spend must be one amount or one per row of history, the shape (2,)"
PER_ROW = "model must give one number per row of history, the shape (2,)"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"discount": -0.1},
            (
                "InvalidValueError: discount must lie between 0 and 1; got -0.1; write"
                " 0.1 for 10 %"
            ),
        ),
        (
            {"discount": 15},
            (
                "InvalidValueError: discount must lie between 0 and 1; got 15; write"
                " 0.1 for 10 %"
            ),
        ),
        (
            {"discount": math.inf},
            "InvalidValueError: discount must be a finite number; got inf",
        ),
        ({"discount": math.nan}, "MissingValueError: discount is missing"),
        (
            {"discount": [0.1]},
            "InvalidTypeError: discount must be a number; got [0.1]",
        ),
        (
            {"discount": "10 %"},
            "InvalidTypeError: discount must be a number; got '10 %'",
        ),
        (
            {"model": GammaGamma},
            (
                "InvalidTypeError: model must be a fitted model; got <class"
                " 'cxmkit.spending.GammaGamma'>; fit it first: GammaGamma.fit(history)"
            ),
        ),
        (
            {"model": CDNOW},
            (
                "InvalidTypeError: model must have residual_purchases; got"
                " GammaGamma(p=6.25, q=3.74, gamma=15.44); pass for example a"
                " BetaGeometricNBD"
            ),
        ),
        (
            {"model": Buyers([1.0])},
            f"InvalidValueError: {PER_ROW}; got (1,)",
        ),
        ({"model": Buyers(1.0)}, f"InvalidValueError: {PER_ROW}; got ()"),
        ({"model": Buyers([1, None])}, "MissingValueError: model[1] is missing"),
        (
            {"model": Buyers([1, math.inf])},
            "InvalidValueError: model[1] must be a finite number; got inf",
        ),
        ({"model": Buyers("x")}, "InvalidTypeError: model must be a number; got 'x'"),
        (
            {"history": [1]},
            f"InvalidTypeError: history must be a CustomerHistory; got [1]; {MAKE_ONE}",
        ),
        (
            {"history": BARE, "spend": CDNOW},
            (
                "InvalidValueError: history must have spend; got CustomerHistory of 2"
                f" customers, 2 with repeat purchases, ...; {MAKE_WITH_SPEND}"
            ),
        ),
        ({"spend": [1, None]}, "MissingValueError: spend[1] is missing"),
        ({"spend": "x"}, "InvalidTypeError: spend must be a number; got 'x'"),
        (
            {"spend": [1, 2, 3]},
            (
                f"InvalidValueError: {ONE_EACH}; got (3,); history.rows says which row"
                " is each customer's"
            ),
        ),
        ({"spend": [[1, 2]]}, f"InvalidValueError: {ONE_EACH}; got (1, 2)"),
        ({"spend": [1] * 5}, f"InvalidValueError: {ONE_EACH}; got (5,)"),
        (
            {"spend": [1, 1e308]},
            "InvalidValueError: spend[1] must leave a finite value; got 1e+308",
        ),
        (
            {"spend": 1e308},
            "InvalidValueError: spend must leave a finite value; got 1e+308",
        ),
    ],
)
def test_wrong_questions_about_value_are_refused(
    change: dict[str, Any], said: str
) -> None:
    given: dict[str, Any] = {
        "model": Buyers([1.0, 2.0]),
        "spend": 1.0,
        "history": history_of([1, 1, 2], [5, 5, 6]),
        "discount": 0.1,
    }
    assert refused(lambda: residual_clv(**given | change)) == said


def test_an_unfitted_model_is_told_by_its_class() -> None:
    unfitted: Any = Buyers
    history = history_of([1], [5])
    assert refused(lambda: residual_clv(unfitted, 1, history, discount=0)) == (
        f"InvalidTypeError: model must be a fitted model; got {show(Buyers)}; fit it"
        " first: Buyers.fit(history)"
    )


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
