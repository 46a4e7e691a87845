"""BG/NBD: published values, arbitrary precision, brute force, laws and refusals."""

import copy
import itertools
import math
import pickle
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, assert_type

import attrs
import mpmath as mp
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln
from scipy.stats import nbinom

import cxmkit._betageometric as module
from cxmkit import _newton, _stats
from cxmkit.betageometric import BetaGeometricNBD
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.purchases import CustomerHistory

Numbers = npt.NDArray[np.float64]

# Of 2,357 customers of CDNOW, in weeks with two decimals; printed as .243, 4.414, .793
# and 2.426.
CDNOW = BetaGeometricNBD(
    r=0.24259291, alpha=4.41353156, a=0.79288615, b=2.42575344, unit="week"
)
NAMES = ("r", "alpha", "a", "b")

positive = st.floats(0.01, 50)
models = st.builds(BetaGeometricNBD, r=positive, alpha=positive, a=positive, b=positive)
counts = st.sampled_from([0, 0, 1, 2, 3, 10, 300])
customers = st.tuples(counts, st.floats(0.01, 1), st.floats(0.1, 100))


def history_of(*rows: tuple[int, float, float], unit: str = "week") -> CustomerHistory:
    """Return a history of (frequency, share of the age until the last, age)."""
    x, share, age = (list(column) for column in zip(*rows, strict=True))
    recency = [s * t if f else 0 for f, s, t in zip(x, share, age, strict=True)]
    return CustomerHistory.from_summary(
        frequency=x, recency=recency, age=age, unit=unit
    )


histories = st.lists(customers, min_size=1, max_size=8).map(
    lambda rows: history_of(*rows)
)


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


def likelihood_of(history: CustomerHistory) -> Any:
    return module.Likelihood.of(*history.timings())


def many(seed: int, n: int = 300) -> CustomerHistory:
    ages = np.random.default_rng(seed).uniform(20, 40, n)
    truth = BetaGeometricNBD(r=0.6, alpha=5, a=0.7, b=2.5, unit="week")
    return truth.simulate(n, rng=seed, age=ages)


# Oracles in arbitrary precision


def bought_exactly(n: float, a: float, b: float, s: float) -> Any:
    """E (1 - (1 + p s)^-n) / p with p ~ Beta(a, b), as the authors write it."""
    with mp.workdps(60):
        big = [mp.mpf(each) for each in (n, a, b, s)]
        n_, a_, b_, s_ = big
        if a_ == 1:
            a_ += mp.mpf(10) ** -25
        if a_ + b_ == 1:
            b_ += mp.mpf(10) ** -25
        c = a_ + b_ - 1
        hyper = mp.hyp2f1(c - n_, a_ - 1, c, s_ / (1 + s_), maxterms=10**6)
        return c / (a_ - 1) * (1 - (1 + s_) ** (1 - a_) * hyper)


def alive_exactly(n: float, a: float, b: float, s: float) -> Any:
    """E (1 + p s)^-n with p ~ Beta(a, b)."""
    with mp.workdps(50):
        n_, a_, b_, s_ = (mp.mpf(each) for each in (n, a, b, s))
        hyper = mp.hyp2f1(n_, b_, a_ + b_, s_ / (1 + s_), maxterms=10**6)
        return (1 + s_) ** -n_ * hyper


def worth_exactly(n: float, a: float, b: float, d: float) -> Any:
    """E g / (d + g p) with g ~ Gamma(n), p ~ Beta(a, b): what comes at each time."""
    with mp.workdps(18):
        n_, a_, b_, d_ = (mp.mpf(each) for each in (n, a, b, d))

        def rate(v: Any) -> Any:
            u = mp.e**v
            hyper = mp.hyp2f1(n_ + 1, b_, a_ + b_, u / (1 + u), maxterms=10**6)
            return mp.e ** (v - d_ * u) * (1 + u) ** (-n_ - 1) * hyper

        top = float(mp.log(60 / d_))
        ends = [-45.0, *np.arange(-16.0, top, 4).tolist(), top]
        return n_ * mp.quad(rate, ends, maxdegree=5)


def off_by(found: Numbers, exact: list[Any]) -> float:
    pairs = zip(found.tolist(), exact, strict=True)
    return max(float(abs(mp.mpf(here) / there - 1)) for here, there in pairs)


def one_by_one(f: Callable[..., Numbers], grid: Sequence[tuple[float, ...]]) -> Numbers:
    """Evaluate alone, since in company all share the finest grid that one needs."""
    rows = [f(*(np.array([each]) for each in row)) for row in grid]
    return np.concatenate(rows)


def a_wide_grid(seed: int, n: int) -> list[tuple[float, float, float, float]]:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        x = rng.choice([0, 0, 1, 2, 5, 20, 100, 2000])
        r, b = np.exp(rng.uniform(np.log(0.01), np.log(30), 2))
        a = rng.choice([1, 1 + 1e-9, 1 - 1e-12, np.exp(rng.uniform(-9, 3.4))])
        t = np.exp(rng.uniform(*rng.choice([[-18.0, 14.0], [-2.0, 2.5]])))
        rows.append((float(r + x), float(a), float(b + x), float(t)))
    return rows


# Published values


@pytest.mark.reference
@pytest.mark.parametrize(
    ("t", "printed"),
    [
        (0.1429, 0.0078),
        (1, 0.0532),
        (3, 0.1506),
        (31.8571, 1.0405),
        (32, 1.0437),
        (78, 1.8580),
    ],
)
def test_expected_purchases_of_cdnow(t: float, printed: float) -> None:
    # The spreadsheet of Fader, Hardie and Lee; it prints 1.8576 for the last, which
    # is what parameters with three decimals of b give.
    assert CDNOW.expected_purchases(t) == pytest.approx(printed, abs=5e-5)


@pytest.mark.reference
def test_conditional_expectation_of_a_customer_of_cdnow() -> None:
    known = CustomerHistory.from_summary(
        frequency=[2], recency=[30.43], age=[38.86], unit="week"
    )
    found = CDNOW.conditional_expected_purchases(known, 39)
    assert found == pytest.approx([1.226], abs=5e-4)
    assert found == pytest.approx([1.2259], abs=5e-5)


# Expectations against arbitrary precision


class TestAccuracy:
    def test_expected_purchases_hold_more_than_ten_digits(self) -> None:
        grid = a_wide_grid(1, 120)
        exact = [bought_exactly(*row) for row in grid]
        assert off_by(one_by_one(module.purchases_if_alive, grid), exact) < 2e-12
        assert off_by(one_by_one(module._bought, grid), exact) < 2e-13  # noqa: SLF001

    def test_series_and_integral_are_both_used(self) -> None:
        grid = np.array(a_wide_grid(1, 120)).T
        sure = module._series(*grid)[1]  # noqa: SLF001
        assert 0.2 < sure.mean() < 0.95

    def test_the_series_knows_when_it_is_cut_too_soon(self) -> None:
        # Terms grow far beyond where the ratio of two would say that they are done.
        row = (5.432124912589217, 16.909183033004517, 2.2974451760635226, 60.2972271872)
        one = [np.array([each]) for each in row]
        assert not module._series(*one)[1].any()  # noqa: SLF001
        found = module.purchases_if_alive(*one)
        assert off_by(found, [bought_exactly(*row)]) < 1e-13

    @pytest.mark.parametrize(
        "row",
        [
            (129.74720511056734, 0.08551674702133208, 0.01512401614624194, 23.8338),
            (122.13683536932040, 0.99999999999900002, 0.01660111091571851, 1.9e9),
            (1.0163433018506094, 3.6399032877589503, 1.0517708430908603, 376974536.8),
            (2.0537170034920320, 5.0121046731110890, 2.2547569215838010, 177866.8668),
        ],
    )
    def test_the_series_is_not_sure_where_digits_or_terms_are_lost(
        self, row: tuple[float, ...]
    ) -> None:
        # Terms of both signs cancel in the first two; the rest lacks the last terms.
        found = one_by_one(module.purchases_if_alive, [row])
        assert off_by(found, [bought_exactly(*row)]) < 1e-12

    @pytest.mark.parametrize(
        ("n", "a", "b", "s"), [(1e60, 0.8, 2.5, 1), (1e18, 1.3, 2, 3), (1e30, 2, 3, 1)]
    )
    def test_of_rates_without_measure_those_stay_who_hardly_ever_leave(
        self, n: float, a: float, b: float, s: float
    ) -> None:
        # Only p near 0 counts: E exp(-n s p) with a density like p^(a - 1) there.
        found = one_by_one(module.still_there, [(n, a, b, s)])
        exact = mp.gamma(a + b) / mp.gamma(b) * (mp.mpf(n) * s) ** -a
        assert off_by(found, [exact]) < 1e-12

    @pytest.mark.parametrize(
        ("a", "b", "power", "slope"),
        [(48, 1.4, 93, 3.7), (34, 1.05, 57, 11), (20, 3, 40, 5), (2, 2, 20, 50)],
    )
    def test_integrals_end_where_nothing_is_left(
        self, a: float, b: float, power: float, slope: float
    ) -> None:
        row = (np.array([float(each)]) for each in (a, b, power, slope))
        p, q, weights = (part[0] for part in module._nodes(*row))  # noqa: SLF001
        assert p + q == pytest.approx(1, rel=1e-12)
        assert weights.sum() == pytest.approx(1, rel=1e-12)
        assert weights @ p == pytest.approx(a / (a + b), rel=1e-12)
        density = np.log(weights)
        integrand = density - power * np.log1p(slope * p)
        assert integrand[0] - integrand.max() == pytest.approx(-30, abs=0.1)
        assert density[-1] - density.max() == pytest.approx(-30, abs=0.1)

    def test_scratch_is_for_some_rows_at_a_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sizes: list[tuple[str, int]] = []
        for name in ("_nodes", "_worth_of_few"):
            work = getattr(module, name)

            def watched(*row: Any, work: Any = work, name: str = name) -> Any:
                sizes.append((name, row[0].size))
                return work(*row)

            monkeypatch.setattr(module, name, watched)
        grid = a_wide_grid(5, 12)
        columns = np.array(grid).T
        monkeypatch.setattr(module, "_AT_ONCE", 5)
        kept, worth = module.still_there(*columns), module.worth(*columns)
        halves = [("_nodes", 5), ("_nodes", 5), ("_nodes", 2)]
        assert sizes[:3] == halves
        few = [each for each in sizes[3:] if each[0] == "_worth_of_few"]
        assert few == [("_worth_of_few", size) for size in (5, 5, 2)]
        assert len(sizes[3:]) == 6
        assert kept == pytest.approx(one_by_one(module.still_there, grid), rel=1e-12)
        assert worth == pytest.approx(one_by_one(module.worth, grid), rel=1e-12)

    def test_survival_holds_thirteen_digits(self) -> None:
        grid = a_wide_grid(2, 60)
        found = one_by_one(module.still_there, grid)
        assert off_by(found, [alive_exactly(*row) for row in grid]) < 2e-13

    @pytest.mark.parametrize(
        ("n", "a", "b", "s"),
        [
            (5e3, 900, 3, 0.05),
            (300, 1e3, 1e3, 0.5),
            (500, 0.5, 500, 3),
            (40, 1, 900, 2),
        ],
    )
    def test_narrow_peaks_are_not_stepped_over(
        self, n: float, a: float, b: float, s: float
    ) -> None:
        row = [(n, a, b, s)]
        kept = one_by_one(module.still_there, row)
        assert off_by(kept, [alive_exactly(*row[0])]) < 2e-12
        found = one_by_one(module._bought, row)  # noqa: SLF001
        assert off_by(found, [bought_exactly(*row[0])]) < 2e-12

    def test_discounted_purchases_hold_twelve_digits(self) -> None:
        rng = np.random.default_rng(3)
        grid = [
            (n, a, b, float(np.exp(rng.uniform(-12, 3))))
            for n, a, b, _ in a_wide_grid(3, 6)
            if n < 300
        ]
        found = one_by_one(module.worth, grid)
        assert off_by(found, [worth_exactly(*row) for row in grid]) < 1e-12

    @pytest.mark.parametrize("r", [6e-6, 1, 160_000])
    @pytest.mark.parametrize("a", [6e-6, 1, 160_000])
    @pytest.mark.parametrize("b", [6e-6, 1, 160_000])
    def test_where_fits_end_at_bounds_all_is_finite(
        self, r: float, a: float, b: float
    ) -> None:
        model = BetaGeometricNBD(r=r, alpha=1, a=a, b=b)
        known = history_of((0, 1, 5), (1, 0.5, 5), (4, 0.9, 5))
        alive = model.probability_alive(known)
        assert ((alive >= 0) & (alive <= 1)).all()
        times = np.array([0, 1e-6, 1, 1e6])
        will = model.conditional_expected_purchases(known, times)
        most = (r + known.frequency) / (1 + known.age)
        assert (np.diff(will) >= 0).all()
        assert (will <= alive[:, None] * most[:, None] * times * (1 + 1e-9)).all()
        kept = model.survival(times)
        assert (np.diff(kept) <= 1e-12).all()
        assert kept[0] == 1
        assert kept[-1] >= 0
        worth = model.residual_purchases(known, 0.01)
        assert (worth <= alive * most / math.log(1.01) * (1 + 1e-9)).all()
        assert (worth >= 0).all()

    def test_nobody_leaves_if_the_chance_is_nil(self) -> None:
        model = BetaGeometricNBD(r=2, alpha=4, a=6e-6, b=160_000)
        assert model.expected_purchases(8) == pytest.approx(4, rel=1e-9)
        assert model.survival(8) == pytest.approx(1, rel=1e-9)

    def test_everybody_leaves_at_once_if_the_chance_is_one(self) -> None:
        # Then at most one repeat purchase is made: 1 less the chance of none.
        model = BetaGeometricNBD(r=2, alpha=4, a=160_000, b=6e-6)
        none = (4 / 12) ** 2
        assert model.expected_purchases(8) == pytest.approx(1 - none, rel=1e-9)
        assert model.survival(8) == pytest.approx(none, rel=1e-9)


# The likelihood


def log_likelihood(logs: Any, x: Any, recency: Any, age: Any) -> Any:
    """Equation 6 of the authors, customer by customer, in logarithms of parameters."""
    r, alpha, a, b = (mp.e**each for each in logs)
    total = mp.mpf(0)
    for k, tx, t in zip(x.tolist(), recency.tolist(), age.tolist(), strict=True):
        start = mp.loggamma(r + k) - mp.loggamma(r) + r * mp.log(alpha)
        there = mp.beta(a, b + k) / mp.beta(a, b) * (alpha + t) ** -(r + k)
        if k:
            left = mp.beta(a + 1, b + k - 1) / mp.beta(a, b)
            there += left * (alpha + tx) ** -(r + k)
        total += start + mp.log(there)
    return total


class TestLikelihood:
    known = history_of(
        (0, 1, 30), (0, 1, 3), (1, 0.5, 20), (2, 1, 25), (7, 0.3, 30), (700, 0.9, 30)
    )

    @pytest.mark.parametrize("at", [(-1.4, 1.5, -0.2, 0.9), (1.0, -1.0, 2.0, -2.0)])
    def test_value_and_derivatives_are_those_of_the_formula(self, at: Any) -> None:
        x, recency, age, _ = self.known.timings()
        value, gradient, hessian = likelihood_of(self.known)(np.array(at))
        with mp.workdps(30):

            def f(*logs: Any) -> Any:
                return log_likelihood(logs, x, recency, age)

            assert value == pytest.approx(float(f(*at)), rel=1e-13)
            for i in range(4):
                order = [int(i == k) for k in range(4)]
                exact = float(mp.diff(f, at, tuple(order)))
                assert gradient[i] == pytest.approx(exact, rel=1e-10)
                for j in range(i, 4):
                    both = tuple(o + int(j == k) for k, o in enumerate(order))
                    exact = float(mp.diff(f, at, both))
                    assert hessian[i, j] == pytest.approx(exact, rel=1e-9, abs=1e-9)
                    assert hessian[j, i] == pytest.approx(hessian[i, j], rel=1e-12)

    def test_the_gradient_is_that_of_a_complex_step(self) -> None:
        history = many(1)
        x, recency, age, weights = history.timings()
        likelihood = likelihood_of(history)
        more = likelihood.rising.more

        def f(logs: Any) -> Any:
            r, alpha, a, b = np.exp(logs)
            k = np.arange(more.size)
            left = np.where(x > 0, a / (b + np.maximum(x, 1) - 1), 0)
            left = left * (alpha + recency) ** -(r + x)
            rows = r * np.log(alpha) + np.log((alpha + age) ** -(r + x) + left)
            steps = np.log(r + k) + np.log(b + k) - np.log(a + b + k)
            return more @ steps + weights @ rows

        at = np.array([-0.4, 1.4, -0.3, 0.8])
        value, gradient, hessian = likelihood(at)
        assert value == pytest.approx(f(at), rel=1e-13)
        for i, unit in enumerate(np.eye(4)):
            step = f(at + 1e-30j * unit).imag / 1e-30
            assert gradient[i] == pytest.approx(step, rel=1e-11)
            sides = (likelihood(at + s * 1e-5 * unit)[1] for s in (1, -1))
            slope = np.subtract(*sides) / 2e-5
            assert hessian[i] == pytest.approx(slope, rel=1e-6, abs=1e-6)

    def test_chunks_and_weights_change_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at = np.array([-0.4, 1.4, -0.3, 0.8])
        history = many(2)
        once = likelihood_of(history)(at)
        monkeypatch.setattr(module, "_ROWS", 7)
        for here, there in zip(likelihood_of(history)(at), once, strict=True):
            assert here == pytest.approx(there, rel=1e-12)
        twice = likelihood_of(history + history)(at)
        for here, there in zip(twice, once, strict=True):
            assert here == pytest.approx(2 * there, rel=1e-12)

    def test_counts_may_be_huge(self) -> None:
        history = history_of((10**9, 0.9, 30), (5_000, 0.4, 30), (1, 0.5, 20))
        x, recency, age, _ = history.timings()
        at = (0.5, -1.0, 0.3, 0.7)
        with mp.workdps(30):
            exact = float(log_likelihood(at, x, recency, age))
        value, *derivatives = likelihood_of(history)(np.array(at))
        assert value == pytest.approx(exact, rel=1e-13)
        assert all(np.isfinite(each).all() for each in derivatives)


# Fitting


class TestFit:
    def test_it_finds_the_parameters_that_made_the_data(self) -> None:
        truth = BetaGeometricNBD(r=0.5, alpha=5, a=1.2, b=3, unit="week")
        ages = np.random.default_rng(4).uniform(26, 78, 20_000)
        fitted = BetaGeometricNBD.fit(truth.simulate(20_000, rng=4, age=ages))
        report = fitted.fit_report
        assert report is not None
        assert report.converged
        assert report.at_bound == ()
        assert report.n == 20_000
        errors = np.sqrt(np.diag(report.covariance))
        for name, error in zip(NAMES, errors.tolist(), strict=True):
            assert 0 < error < 0.15 * getattr(truth, name)
            assert abs(getattr(fitted, name) - getattr(truth, name)) < 3.5 * error

    def test_the_top_is_where_the_slope_is_nothing(self) -> None:
        history = many(5)
        fitted = BetaGeometricNBD.fit(history)
        logs = np.log([getattr(fitted, name) for name in NAMES])
        value, gradient, hessian = likelihood_of(history)(logs)
        report = fitted.fit_report
        assert report is not None
        assert report.log_likelihood == pytest.approx(value, rel=1e-12)
        assert np.abs(gradient).max() < 1e-5
        scales = np.exp(logs)
        covariance = np.linalg.inv(-hessian) * np.outer(scales, scales)
        assert report.covariance == pytest.approx(covariance, rel=1e-4)

    @pytest.mark.parametrize("factor", [7, 1 / 7, 1e6])
    def test_days_and_weeks_give_the_same_people(self, factor: float) -> None:
        weeks = many(6)
        days = CustomerHistory.from_summary(
            frequency=weeks.frequency,
            recency=factor * weeks.recency,
            age=factor * weeks.age,
            unit="day",
            weights=weeks.weights,
        )
        slow, fast = BetaGeometricNBD.fit(weeks), BetaGeometricNBD.fit(days)
        assert fast.unit == "day"
        for name, by in (("r", 1), ("alpha", factor), ("a", 1), ("b", 1)):
            expected = by * getattr(slow, name)
            assert getattr(fast, name) == pytest.approx(expected, rel=1e-6)
        before, after = slow.fit_report, fast.fit_report
        assert before is not None
        assert after is not None
        shift = math.log(factor) * float(weeks.weights @ weeks.frequency)
        assert after.log_likelihood == pytest.approx(
            before.log_likelihood - shift, rel=1e-9
        )
        assert fast.probability_alive(days) == pytest.approx(
            slow.probability_alive(weeks), rel=1e-5
        )
        assert fast.conditional_expected_purchases(days, 10 * factor) == pytest.approx(
            slow.conditional_expected_purchases(weeks, 10), rel=1e-5
        )

    def test_merged_histories_fit_like_whole_ones(self) -> None:
        first, second = many(7), many(8)
        merged = BetaGeometricNBD.fit(first + second)
        whole = BetaGeometricNBD.fit(
            CustomerHistory.from_summary(
                frequency=np.append(second.frequency, first.frequency),
                recency=np.append(second.recency, first.recency),
                age=np.append(second.age, first.age),
                weights=np.append(second.weights, first.weights),
                unit="week",
            )
        )
        assert merged == whole

    def test_nobody_repeats(self) -> None:
        fitted = BetaGeometricNBD.fit(history_of((0, 1, 30), (0, 1, 20)))
        report = fitted.fit_report
        assert report is not None
        assert "r" in report.at_bound
        assert report.log_likelihood == pytest.approx(0, abs=1e-3)
        assert fitted.expected_purchases(30) < 1e-3
        assert "The data do not determine all of its parameters" in fitted.summary()

    def test_nobody_is_known_for_any_time(self) -> None:
        fitted = BetaGeometricNBD.fit(history_of((0, 1, 0), (0, 1, 0)))
        assert fitted.fit_report is not None
        assert fitted.fit_report.log_likelihood == 0

    @pytest.mark.parametrize("row", [(1, 0.5, 30), (3, 1, 30), (5, 0.01, 30)])
    def test_one_customer(self, row: Any) -> None:
        fitted = BetaGeometricNBD.fit(history_of(row))
        assert fitted.fit_report is not None
        assert fitted.fit_report.at_bound
        assert np.isfinite(fitted.fit_report.log_likelihood)

    def test_no_start_finds_a_higher_top(self) -> None:
        rng = np.random.default_rng(9)
        for seed in range(25):
            r, alpha, a, b = np.exp(rng.uniform(-2, 1.5, 4)).tolist()
            truth = BetaGeometricNBD(r=r, alpha=alpha, a=a, b=b, unit="week")
            number = int(rng.integers(2, 300))
            ages = rng.uniform(1, 10, number)
            history = truth.simulate(number, rng=seed, age=ages)
            likelihood = likelihood_of(history)
            scale = history.age.max() / 10
            scaled = likelihood_of(
                CustomerHistory.from_summary(
                    frequency=history.frequency,
                    recency=history.recency / scale,
                    age=history.age / scale,
                    weights=history.weights,
                    unit="week",
                )
            )
            starts = rng.uniform(-3, 3, (4, 4))
            tops = [_newton.maximise(scaled, s).value for s in starts]
            fitted = BetaGeometricNBD.fit(history)
            found = np.log([getattr(fitted, name) for name in NAMES])
            found[1] -= math.log(scale)
            assert scaled(found)[0] > max(tops) - 1e-6
            found[1] += math.log(scale)
            report = fitted.fit_report
            assert report is not None
            assert report.log_likelihood == pytest.approx(likelihood(found)[0])

    def test_a_second_start_is_tried_on_a_ridge(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[int] = []
        best = _newton.best

        def watched(objective: Any, starts: Any) -> Any:
            asked.append(len(starts))
            return best(objective, starts)

        monkeypatch.setattr(_newton, "best", watched)
        BetaGeometricNBD.fit(many(5))
        assert asked == []
        BetaGeometricNBD.fit(history_of((0, 1, 30)))
        assert asked == [2]
        steep = BetaGeometricNBD.fit(history_of((3, 1, 30))).fit_report
        assert steep is not None
        assert steep.converged
        assert steep.at_bound == ("alpha", "a", "b")
        assert asked == [2, 2]

    @pytest.mark.parametrize("age", [30, 7e5])
    def test_the_bounds_are_those_of_an_oldest_age_of_ten(self, age: float) -> None:
        fitted = BetaGeometricNBD.fit(history_of((3, 1, age), (3, 1, age / 2)))
        assert fitted.alpha == pytest.approx(math.exp(12) * age / 10, rel=1e-12)
        assert fitted.a == pytest.approx(math.exp(-12), rel=1e-12)

    def test_it_wants_a_history(self) -> None:
        fit: Any = BetaGeometricNBD.fit
        assert "CustomerHistory" in refused(lambda: fit([1, 2]), InvalidTypeError)


# Predicting


class TestAlive:
    @given(models, histories)
    def test_it_is_the_formula_of_the_authors(
        self, model: BetaGeometricNBD, history: CustomerHistory
    ) -> None:
        found = model.probability_alive(history)
        rows = zip(history.frequency, history.recency, history.age, strict=True)
        for here, (x, tx, t) in zip(found.tolist(), rows, strict=True):
            if not x:
                assert here == 1
                continue
            with mp.workdps(30):
                power = mp.mpf(model.r) + int(x)
                base = (mp.mpf(model.alpha) + t) / (mp.mpf(model.alpha) + tx)
                odds = mp.mpf(model.a) / (mp.mpf(model.b) + int(x) - 1) * base**power
                exact = float(1 / (1 + odds))
            assert here == pytest.approx(exact, rel=1e-10, abs=1e-300)

    def test_longer_silence_leaves_less_hope(self) -> None:
        silent = history_of(*((5, 10 / age, age) for age in (10.0, 20.0, 40.0, 1e6)))
        alive = CDNOW.probability_alive(silent)
        assert (np.diff(alive) < 0).all()


class TestExpectations:
    @given(models, histories)
    @settings(max_examples=15)
    def test_more_time_brings_more_purchases(
        self, model: BetaGeometricNBD, history: CustomerHistory
    ) -> None:
        times = np.array([0, 0.1, 1, 10, 100, 1000])
        will = model.conditional_expected_purchases(history, times)
        assert will.shape == (history.frequency.size, 6)
        assert (will[:, 0] == 0).all()
        assert (np.diff(will) >= -1e-12 * will[:, 1:]).all()
        alone = model.expected_purchases(times)
        assert (np.diff(alone) >= 0).all()
        assert (np.diff(model.survival(times)) <= 0).all()

    def test_what_is_known_of_nobody_is_what_is_expected(self) -> None:
        new = CustomerHistory.from_summary(
            frequency=[0], recency=[0], age=[0], unit="week"
        )
        times = [0, 1, 39, 500]
        found = CDNOW.conditional_expected_purchases(new, times)
        assert found[0] == pytest.approx(CDNOW.expected_purchases(times), rel=1e-12)

    def test_purchases_come_at_a_rate_among_survivors(self) -> None:
        # Who is alive at t bought and stayed: E X(t) grows by E l exp(-l p t).
        times = np.linspace(0, 40, 4001)
        grown = np.diff(CDNOW.expected_purchases(times)) / np.diff(times)
        model = attrs.evolve(CDNOW, r=CDNOW.r + 1)
        middle = (times[1:] + times[:-1]) / 2
        rate = CDNOW.r / CDNOW.alpha * model.survival(middle)
        assert grown == pytest.approx(rate, rel=1e-5)

    def test_shapes_follow_the_times(self) -> None:
        history = history_of((0, 1, 30), (2, 0.5, 30), (2, 0.9, 30), (2, 0.9, 20))
        one = CDNOW.conditional_expected_purchases(history, 39)
        assert one.shape == (4,)
        table = CDNOW.conditional_expected_purchases(history, [[1, 39], [2, 3]])
        assert table.shape == (4, 2, 2)
        assert table[:, 0, 1] == pytest.approx(one, rel=1e-12)
        assert CDNOW.expected_purchases([[1, 2]]).shape == (1, 2)
        assert CDNOW.survival([[1, 2]]).shape == (1, 2)
        assert CDNOW.expected_purchases([]).shape == (0,)
        assert CDNOW.survival([]).shape == (0,)
        assert CDNOW.conditional_expected_purchases(history, []).shape == (4, 0)

    def test_scalars_give_python_floats(self) -> None:
        assert_type(CDNOW.expected_purchases(1), float)
        assert_type(CDNOW.survival(1), float)
        for t in (1, 1.0, np.float32(1), np.int8(1)):
            assert type(CDNOW.expected_purchases(t)) is float
            assert type(CDNOW.survival(t)) is float
        assert CDNOW.survival(0) == 1.0
        assert CDNOW.expected_purchases(0) == 0.0

    @pytest.mark.parametrize(
        "ask",
        [
            CDNOW.expected_purchases,
            CDNOW.survival,
            lambda t: CDNOW.purchase_distribution(t, up_to=2),
            lambda t: CDNOW.conditional_expected_purchases(many(1, 3), t),
        ],
        ids=["expected", "survival", "distribution", "conditional"],
    )
    def test_times_that_are_none(self, ask: Any) -> None:
        assert "t must not be negative" in refused(lambda: ask(-1), InvalidValueError)
        assert "t[1]" in refused(lambda: ask([1, None]), MissingValueError)
        assert "finite" in refused(lambda: ask(math.inf), InvalidValueError)
        assert "number" in refused(lambda: ask("1"), InvalidTypeError)


class TestDistribution:
    @given(models, st.floats(0.1, 50))
    @settings(max_examples=15)
    def test_its_first_moment_is_the_expectation(
        self, model: BetaGeometricNBD, t: float
    ) -> None:
        model = attrs.evolve(model, alpha=model.alpha + model.r)  # few purchases
        chances = model.purchase_distribution(t, up_to=4_000)
        assert (chances >= -1e-15).all()
        assert chances.sum() == pytest.approx(1, abs=1e-9)
        mean = chances @ np.arange(4_001)
        assert mean == pytest.approx(model.expected_purchases(t), rel=1e-6)

    def test_it_is_the_formula_of_the_authors(self) -> None:
        r, alpha, a, b, t = 0.6, 3.0, 0.8, 1.7, 20.0

        def beta(c: float, d: float) -> float:
            return math.exp(gammaln(c) + gammaln(d) - gammaln(c + d) - base)

        base = float(gammaln(a) + gammaln(b) - gammaln(a + b))

        def poisson(j: int) -> float:
            ways = float(np.exp(gammaln(r + j) - gammaln(r) - gammaln(j + 1)))
            return float(ways * (alpha / (alpha + t)) ** r * (t / (alpha + t)) ** j)

        model = BetaGeometricNBD(r=r, alpha=alpha, a=a, b=b)
        found = model.purchase_distribution([0, t], up_to=12)
        assert found.shape == (2, 13)
        assert found[0].tolist() == [1] + 12 * [0]
        for x, here in enumerate(found[1].tolist()):
            exact = beta(a, b + x) * poisson(x)
            if x:
                tail = 1 - math.fsum(poisson(j) for j in range(x))
                exact += beta(a + 1, b + x - 1) * tail
            assert here == pytest.approx(exact, rel=1e-11)

    @pytest.mark.parametrize(
        ("wrong", "error", "told"),
        [
            (-1, InvalidValueError, "not be negative; got -1"),
            (1.5, InvalidTypeError, "be a whole number; got 1.5"),
            ("3", InvalidTypeError, "be a whole number; got '3'"),
            (1_000_001, InvalidValueError, "be at most one million; got 1000001"),
        ],
    )
    def test_what_is_asked_must_be_a_count(
        self, wrong: Any, error: Any, told: str
    ) -> None:
        ask: Any = CDNOW.purchase_distribution
        assert refused(partial(ask, 1, up_to=wrong), error) == f"up_to must {told}"

    def test_any_count_up_to_a_million_may_be_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask: Any = CDNOW.purchase_distribution
        assert ask(5, up_to=0).shape == (1,)
        told = refused(partial(ask, 1, up_to=10**400), InvalidValueError)
        assert told.startswith("up_to must be at most one million; got 1000")
        # The chances of so many take their time; here it is the number that matters.
        monkeypatch.setattr(_stats, "beta_below", lambda _x, k, _r: np.zeros(k.shape))
        assert ask(5, up_to=1_000_000).shape == (1_000_001,)

    @pytest.mark.parametrize(
        ("r", "t", "up_to"),
        [(300, 3, 2_000), (1_000, 1, 1_500), (1.6e5, 1e-3, 300), (100, 9_000, 60_000)],
    )
    def test_of_those_who_stay_it_is_negative_binomial(
        self, r: float, t: float, up_to: int
    ) -> None:
        loyal = BetaGeometricNBD(r=r, alpha=1, a=1e-9, b=1e9)
        exact = nbinom.pmf(np.arange(up_to + 1), r, 1 / (1 + t))
        found = loyal.purchase_distribution(t, up_to=up_to)
        assert found == pytest.approx(exact, rel=1e-9, abs=1e-13)


class TestResidual:
    known = history_of((0, 1, 30), (1, 0.5, 20), (4, 0.95, 38))

    def test_it_is_the_limit_of_discounted_sums(self) -> None:
        rate = 0.01
        times = np.append(0, np.geomspace(1e-3, 6_000, 6_000))
        steps = np.diff(CDNOW.conditional_expected_purchases(self.known, times))
        middle = np.exp(-math.log1p(rate) * (times[1:] + times[:-1]) / 2)
        found = CDNOW.residual_purchases(self.known, rate)
        assert found == pytest.approx(steps @ middle, rel=1e-5)

    def test_without_discount_it_is_the_mean_number_until_one_leaves(self) -> None:
        model = attrs.evolve(CDNOW, a=2.5)
        found = model.residual_purchases(self.known, 0)
        x = self.known.frequency
        alive = model.probability_alive(self.known)
        assert found == pytest.approx(alive * (2.5 + model.b + x - 1) / 1.5, rel=1e-12)
        # With r = 0.24 those without a repeat purchase take for ever to get there.
        near = model.residual_purchases(self.known, 1e-9)
        assert near[1:] == pytest.approx(found[1:], rel=1e-6)
        far = model.conditional_expected_purchases(self.known, 1e13)
        assert far[1:] == pytest.approx(found[1:], rel=1e-9)
        assert near[0] < found[0]
        assert far[0] < found[0]

    @pytest.mark.parametrize("a", [0.8, 1])
    def test_without_discount_it_may_be_infinite(self, a: float) -> None:
        model = attrs.evolve(CDNOW, a=a)
        told = refused(
            lambda: model.residual_purchases(self.known, 0), InvalidValueError
        )
        assert "discount must be positive with a =" in told
        assert "infinitely many" in told

    def test_impatience_lowers_it(self) -> None:
        rates = [1e-9, 1e-4, 0.01, 0.1, 1]
        found = [CDNOW.residual_purchases(self.known, rate) for rate in rates]
        assert (np.diff(found, axis=0) < 0).all()

    def test_curves_between_ages_lose_nothing(self) -> None:
        rng = np.random.default_rng(10)
        x = rng.choice([0, 1, 7], 400)
        age = np.where(x == 7, rng.uniform(0, 5000, 400), rng.uniform(5, 60, 400))
        history = CustomerHistory.from_summary(
            frequency=x, recency=np.where(x, 0.9 * age, 0), age=age, unit="week"
        )
        found = CDNOW.residual_purchases(history, 0.01)
        some = np.sort(rng.choice(history.frequency.size, 40, replace=False))
        few = CustomerHistory.from_summary(
            frequency=history.frequency[some],
            recency=history.recency[some],
            age=history.age[some],
            unit="week",
        )
        alone = CDNOW.residual_purchases(few, 0.01)
        assert found[some] == pytest.approx(alone, rel=1e-12)

    def test_curves_are_used_where_many_are_alike(self) -> None:
        asked: list[int] = []

        def f(x: Numbers, logs: Numbers) -> Numbers:
            asked.append(x.size)
            return np.asarray(x + np.exp(-logs))

        x = np.repeat([0.0, 1, 2, 3], [70, 3, 70, 70])
        logs = np.concatenate(
            [np.linspace(0, 4, 70), [1, 2, 3], np.linspace(0, 6, 70), np.full(70, 1.0)]
        )
        found = module.by_curves(f, x, logs)
        assert asked == [32, 32, 73]
        assert found == pytest.approx(x + np.exp(-logs), rel=1e-12)

    @pytest.mark.parametrize(
        ("rows", "widest", "asked"),
        [(64, 1, [64]), (65, 1, [32, 0]), (65, 5, [65]), (65, 4.99, [32, 0])],
    )
    def test_curves_are_for_more_than_64_ages_within_a_factor_of_148(
        self, rows: int, widest: float, asked: list[int]
    ) -> None:
        sizes: list[int] = []

        def f(x: Numbers, logs: Numbers) -> Numbers:
            sizes.append(x.size)
            return np.asarray(x + np.exp(-logs))

        logs = np.linspace(0, widest, rows)
        found = module.by_curves(f, np.ones(rows), logs)
        assert sizes == asked
        assert found == pytest.approx(1 + np.exp(-logs), rel=1e-12)

    def test_a_curve_goes_through_all_its_points(self) -> None:
        def f(_: Numbers, logs: Numbers) -> Numbers:
            return np.asarray(np.cos(31 * np.arccos(np.clip(logs / 2, -1, 1))))

        logs = np.linspace(-2, 2, 99)
        found = module.by_curves(f, np.ones(99), logs)
        assert found == pytest.approx(f(np.ones(99), logs), abs=1e-9)

    def test_customers_alike_in_count_and_age_are_one(self) -> None:
        x = np.array([2, 0, 2, 2, 0, 2])
        age = np.array([3.0, 1, 2, 3, 2, 4])
        counts, ages, place = module.distinct(x, age)
        assert list(zip(counts.tolist(), ages.tolist(), strict=True)) == [
            (0, 1),
            (0, 2),
            (2, 2),
            (2, 3),
            (2, 4),
        ]
        assert place.tolist() == [3, 0, 2, 3, 1, 4]

    @pytest.mark.parametrize(
        ("rate", "error", "told"),
        [
            (-0.1, InvalidValueError, "lie between 0 and 1; got -0.1"),
            (math.inf, InvalidValueError, "be a finite number; got inf"),
            (math.nan, MissingValueError, "discount is missing"),
            ("0.1", InvalidTypeError, "be a number"),
            ([0.1], InvalidTypeError, "be a number"),
            (True, InvalidTypeError, "be a number"),
        ],
    )
    def test_rates_that_are_none(self, rate: Any, error: Any, told: str) -> None:
        assert told in refused(
            lambda: CDNOW.residual_purchases(self.known, rate), error
        )


@pytest.mark.parametrize(
    "ask",
    [
        CDNOW.probability_alive,
        lambda h: CDNOW.conditional_expected_purchases(h, 1),
        lambda h: CDNOW.residual_purchases(h, 0.1),
        lambda h: CDNOW.simulate_like(h, rng=np.random.default_rng(1)),
    ],
    ids=["alive", "will buy", "residual", "like"],
)
def test_histories_in_another_unit_are_refused(ask: Any) -> None:
    told = refused(lambda: ask(history_of((1, 1, 5), unit="day")), ScaleMismatchError)
    assert "history must be in the unit of the model ('week'); got 'day'" in told
    assert "CustomerHistory" in refused(lambda: ask([1]), InvalidTypeError)


def test_a_model_without_unit_takes_any() -> None:
    model = attrs.evolve(CDNOW, unit=None)
    days = history_of((1, 1, 5), unit="day")
    assert model.probability_alive(days).shape == (1,)


def test_rows_with_other_amounts_are_told_apart() -> None:
    history = CustomerHistory.from_summary(
        frequency=[2, 2, 1],
        recency=[4, 4, 4],
        age=[9, 9, 9],
        spend=[3, 5, 4],
        unit="week",
    )
    assert history.frequency.size == 3
    will = CDNOW.conditional_expected_purchases(history, 5)
    assert will.shape == (3,)
    assert will[1] == will[2]
    assert BetaGeometricNBD.fit(history).fit_report is not None


# Drawing


class TestSimulation:
    def test_it_agrees_with_the_distribution(self) -> None:
        number, t = 40_000, 20.0
        history = CDNOW.simulate(number, rng=11, age=t)
        chances = CDNOW.purchase_distribution(t, up_to=5)
        x = history.expand(history.frequency)
        for k, chance in enumerate(chances.tolist()):
            share = float(np.mean(x == k))
            assert abs(share - chance) < 4 * math.sqrt(chance * (1 - chance) / number)
        mean = CDNOW.expected_purchases(t)
        assert x.mean() == pytest.approx(mean, abs=4 * x.std() / math.sqrt(number))
        assert history.unit == "week"
        assert (history.age == t).all()

    def test_times_of_last_purchases_are_those_of_a_play_in_full(self) -> None:
        model, t, number = BetaGeometricNBD(r=1.5, alpha=2, a=1, b=2), 6.0, 20_000
        rng = np.random.default_rng(12)
        played = np.zeros((number, 2))
        for row in played:
            rate, leave = rng.gamma(1.5, 1 / 2), rng.beta(1, 2)
            now = rng.exponential(1 / rate)
            while now <= t:
                row[:] = row[0] + 1, now
                now = (
                    math.inf
                    if rng.random() < leave
                    else now + rng.exponential(1 / rate)
                )
        history = model.simulate(number, rng=13, age=t, unit="day")
        x = history.expand(history.frequency)
        recency = history.expand(history.recency)
        for k in (1, 2, 3, 6):
            ours, theirs = recency[x == k], played[played[:, 0] == k, 1]
            spread = math.hypot(
                ours.std() / math.sqrt(ours.size), theirs.std() / math.sqrt(theirs.size)
            )
            assert abs(ours.mean() - theirs.mean()) < 4 * spread
            assert ours.std() == pytest.approx(theirs.std(), rel=0.15)

    def test_a_seed_draws_the_same(self) -> None:
        ages = np.linspace(1, 30, 50)
        first = CDNOW.simulate(50, rng=14, age=ages)
        assert first == CDNOW.simulate(50, rng=np.random.default_rng(14), age=ages)
        assert first != CDNOW.simulate(50, rng=15, age=ages)
        assert np.sort(first.expand(first.age)).tolist() == ages.tolist()

    @pytest.mark.parametrize(
        ("a", "b", "low", "high"), [(6e-6, 9, 9_000, math.inf), (9, 6e-6, 0, 1)]
    )
    def test_nobody_or_everybody_leaves(
        self, a: float, b: float, low: float, high: float
    ) -> None:
        model = BetaGeometricNBD(r=1e4, alpha=1, a=a, b=b, unit="week")
        x = model.simulate(100, rng=16, age=1).frequency
        assert ((x >= low) & (x <= high)).all()

    def test_like_a_history(self) -> None:
        known = CustomerHistory.from_summary(
            frequency=[0, 3, 3],
            recency=[0, 2, 2],
            age=[4, 5, 5],
            weights=[2, 1, 1.5],
            unit="week",
        )
        drawn = CDNOW.simulate_like(known, rng=np.random.default_rng(17))
        assert drawn.unit == "week"
        for age, weight in ((4, 2), (5, 2.5)):
            assert drawn.weights[drawn.age == age].sum() == pytest.approx(weight)
        history = many(18, 2_000)
        again = CDNOW.simulate_like(history, rng=np.random.default_rng(19))
        assert again.rows.size == 2_000
        assert BetaGeometricNBD.fit(again).r == pytest.approx(CDNOW.r, rel=0.3)

    @pytest.mark.parametrize(
        ("options", "error", "told"),
        [
            ({"n": 0}, InvalidValueError, "n must be at least 1"),
            ({"n": 1.5}, InvalidTypeError, "n must be a whole number"),
            ({"age": -1}, InvalidValueError, "age must not be negative"),
            ({"age": [1, 2]}, InvalidValueError, "or one for each of 3 customers"),
            ({"age": 1e30}, InvalidValueError, "fewer than 1e15 purchases"),
            ({"age": [1, None, 2]}, MissingValueError, "age[1] is missing"),
            ({"unit": "day"}, ScaleMismatchError, "that of the model ('week')"),
            ({"unit": 7}, InvalidTypeError, "unit must be a str"),
        ],
    )
    def test_wrong_wishes(self, options: Any, error: Any, told: str) -> None:
        draw: Any = CDNOW.simulate
        wish = {"n": 3, "age": 5, "rng": 1} | options
        assert told in refused(lambda: draw(**wish), error)

    def test_a_unit_must_come_from_somewhere(self) -> None:
        model = attrs.evolve(CDNOW, unit=None)
        told = refused(lambda: model.simulate(3, rng=1, age=5), MissingValueError)
        assert "unit is missing" in told
        assert model.simulate(3, rng=1, age=5, unit="day").unit == "day"
        assert CDNOW.simulate(3, rng=1, age=5, unit="week").unit == "week"


# The value that a model is


class TestModel:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        ("value", "error", "told"),
        [
            (0, InvalidValueError, "be positive; got 0"),
            (-1, InvalidValueError, "be positive; got -1"),
            (math.nan, InvalidValueError, "be a finite number; got nan"),
            (math.inf, InvalidValueError, "be a finite number; got inf"),
            (None, InvalidTypeError, "be a number"),
            ("1", InvalidTypeError, "be a number"),
            (True, InvalidTypeError, "be a number"),
            ([1.0], InvalidTypeError, "be a number"),
        ],
    )
    def test_parameters_are_positive_numbers(
        self, name: str, value: Any, error: Any, told: str
    ) -> None:
        build: Any = BetaGeometricNBD
        fields = dict.fromkeys(NAMES, 1) | {name: value}
        assert f"{name} must {told}" in refused(lambda: build(**fields), error)

    def test_the_rest_is_checked(self) -> None:
        build: Any = BetaGeometricNBD
        fields: Any = dict.fromkeys(NAMES, 1)
        assert "unit" in refused(lambda: build(**fields, unit=" "), InvalidValueError)
        assert "unit" in refused(lambda: build(**fields, unit=7), InvalidTypeError)
        told = refused(lambda: build(**fields, fit_report="good"), InvalidTypeError)
        assert "fit_report must be a FitReport" in told

    def test_numbers_of_numpy_become_floats(self) -> None:
        model = BetaGeometricNBD(r=np.float32(1), alpha=np.int8(2), a=np.array(3), b=4)
        assert model.to_dict() == {"r": 1, "alpha": 2, "a": 3, "b": 4, "unit": None}
        assert {type(model.to_dict()[name]) for name in NAMES} == {float}

    def test_copies_are_equal_and_keep_the_report(self) -> None:
        fitted = BetaGeometricNBD.fit(many(20))
        for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):  # noqa: S301
            assert other == fitted
            assert hash(other) == hash(fitted)
            assert other.fit_report == fitted.fit_report
        assert attrs.evolve(fitted, fit_report=None) == fitted
        assert attrs.evolve(fitted, unit=None) != fitted

    def test_it_speaks(self) -> None:
        assert repr(CDNOW) == (
            "BetaGeometricNBD(r=0.2426, alpha=4.414, a=0.7929, b=2.426, unit='week')"
        )
        bare = attrs.evolve(CDNOW, unit=None)
        assert repr(bare).endswith("b=2.426)")
        for model, unit in ((CDNOW, "week"), (bare, "unit of time")):
            assert model.summary() == (
                "While they stay, customers buy again 0.055 times per"
                f" {unit} on average, and 25 % leave after their first repeat purchase."
                " Whoever has never bought again counts as alive with certainty: that"
                " is a belief of this model (BG/NBD) and not a finding."
            )
        most = BetaGeometricNBD(r=1, alpha=4, a=9, b=1).summary()
        assert "buy again 0.25 times per unit of time on average, and 90 % leav" in most
        assert "do not determine" not in BetaGeometricNBD.fit(many(20)).summary()

    def test_the_first_repeat_is_the_last_for_the_mean_chance(self) -> None:
        # What summary() says: a / (a + b), whatever the rates are.
        chances = CDNOW.purchase_distribution(1e12, up_to=1)
        never = chances[0]
        share = CDNOW.a / (CDNOW.a + CDNOW.b)
        assert chances[1] / (1 - never) == pytest.approx(share, rel=1e-2)


def test_the_grid_of_bounds_is_complete() -> None:
    grid = list(itertools.product((6e-6, 1, 160_000), repeat=2))
    for a, b in grid:
        model = BetaGeometricNBD(r=1, alpha=1, a=a, b=b)
        chances = model.purchase_distribution(3, up_to=2_000)
        assert chances.sum() == pytest.approx(1, abs=1e-4)


class TestLimits:
    """Numbers beyond which nothing sensible could be told are refused, not passed."""

    known = history_of((0, 1, 30), (1, 0.5, 20), (50, 0.95, 38))

    @pytest.mark.parametrize(
        "model",
        [
            CDNOW,
            BetaGeometricNBD(r=5, alpha=1e-3, a=3, b=1, unit="week"),
            BetaGeometricNBD(r=0.01, alpha=100, a=1, b=100, unit="week"),
        ],
    )
    def test_times_up_to_the_limit_have_finite_expectations(
        self, model: BetaGeometricNBD
    ) -> None:
        latest = 1e100 * model.alpha
        new = model.expected_purchases([latest / 1e3, latest])
        rows = model.conditional_expected_purchases(self.known, [latest / 1e3, latest])
        for found in (new, *rows):
            assert np.isfinite(found).all()
            assert 0 < found[0] <= found[1] * (1 + 1e-9)
        # With s = t / alpha far out, expectations grow as s^(1 - a), or no more.
        growth = new[1] / new[0]
        if model.a < 1:
            assert growth == pytest.approx(1e3 ** min(model.r, 1 - model.a), rel=0.01)
        assert 0 <= model.survival(latest) < 1

    @pytest.mark.parametrize("t", [1.01e100 * CDNOW.alpha, 1e155, 1e200, 1e308])
    def test_later_times_are_refused(self, t: float) -> None:
        calls: list[Callable[[], object]] = [
            partial(CDNOW.survival, t),
            partial(CDNOW.expected_purchases, t),
            partial(CDNOW.purchase_distribution, t, up_to=2),
            partial(CDNOW.conditional_expected_purchases, self.known, t),
        ]
        for call in calls:
            told = refused(call, InvalidValueError)
            assert told.startswith("t must be at most 1e+100 times alpha (4.414); got ")
        told = refused(lambda: CDNOW.survival([1, t]), InvalidValueError)
        assert told.startswith("t[1] must be at most")

    @pytest.mark.parametrize("rate", [1e-200, 1e-310, 1e-60, 0.99e-9])
    def test_discounts_next_to_nothing_are_refused(self, rate: float) -> None:
        patient = attrs.evolve(CDNOW, a=2.5)
        for model in (CDNOW, patient):
            told = refused(
                partial(model.residual_purchases, self.known, rate), InvalidValueError
            )
            assert told.startswith("discount must be 0 or at least 1e-09; got")
        least = CDNOW.residual_purchases(self.known, 1e-9)
        assert (least > CDNOW.residual_purchases(self.known, 2e-9)).all()

    @pytest.mark.parametrize("rate", [15, 1.0001, 100])
    def test_percent_is_no_fraction(self, rate: float) -> None:
        told = refused(
            lambda: CDNOW.residual_purchases(self.known, rate), InvalidValueError
        )
        assert told.startswith("discount must lie between 0 and 1; got")
        assert told.endswith("write 0.1 for 10 %")
        assert np.isfinite(CDNOW.residual_purchases(self.known, 1)).all()

    @pytest.mark.parametrize("n", [100_000_001, 10**400])
    def test_nobody_draws_so_many(self, n: int) -> None:
        told = refused(lambda: CDNOW.simulate(n, rng=1, age=3), InvalidValueError)
        assert told.startswith("n must be at most 100 million; got")

    def test_seeds_do_where_generators_do(self) -> None:
        drawn = CDNOW.simulate_like(self.known, rng=7)
        assert drawn == CDNOW.simulate_like(self.known, rng=np.random.default_rng(7))
        assert drawn != CDNOW.simulate_like(self.known, rng=8)
        text: Any = "7"
        told = refused(
            lambda: CDNOW.simulate_like(self.known, rng=text), InvalidTypeError
        )
        assert told.startswith("rng must be a seed or a numpy.random.Generator; got")

    def test_a_table_is_no_history_and_the_way_out_is_named(self) -> None:
        table: Any = {"frequency": [1], "recency": [2], "age": [3]}
        calls: list[Callable[[], object]] = [
            partial(BetaGeometricNBD.fit, table),
            partial(CDNOW.probability_alive, table),
            partial(CDNOW.simulate_like, table, rng=1),
        ]
        for call in calls:
            told = refused(call, InvalidTypeError)
            assert told.startswith("history must be a CustomerHistory; got {'freq")
            assert "CustomerHistory.from_summary(...)" in told
