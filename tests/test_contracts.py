"""How long do customers under contract stay, when some are more loyal than others?"""

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import mpmath
import numpy as np
import numpy.typing as npt
import pytest
import scipy.optimize
import scipy.special
from hypothesis import example, given
from hypothesis import strategies as st

from cxmkit.contracts import ShiftedBetaGeometric
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.fitting import FitReport

# Fader & Hardie (2007), survivors of 1,000 customers per year. Both fits use the first
# seven renewals; the five-year tables of Fader, Hardie, Liu, Davin & Steenburgh (2018)
# the first four, as customers of five years have renewed four times.
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]

positive = st.floats(0.01, 100)
models = st.builds(ShiftedBetaGeometric, alpha=positive, beta=positive)
tables = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=8
).filter(lambda rows: any(map(any, rows)))


NOBODY = "lost must hold at least one customer, lost or kept; got 'nobody'"
COUNT = "be a count (a whole number, not negative)"
PERCENT = "write 0.1 for 10 %"
START = "the number at the start is no number kept: leave it out"
RATE = "it is a rate per period, as a fraction"
COHORTS = "one number per age; add up cohorts first"


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


def table(survivors: list[int], renewals: int) -> tuple[Any, Any]:
    there = np.array(survivors[: renewals + 1])
    return -np.diff(there), there[1:]


def log_likelihood(alpha: float, beta: float, lost: Any, kept: Any) -> float:
    """Return what is to be maximised, by the textbook."""
    value = 0.0
    for t, (gone, stayed) in enumerate(zip(lost, kept, strict=True), start=1):
        whole = alpha + beta + t - 1
        value += gone * math.log(alpha / whole) + stayed * math.log(
            (beta + t - 1) / whole
        )
    return value


def gauss(alpha: float, beta: float, discount: float, n: int) -> Any:
    """Return the lifetime as Fader & Hardie (2010) write it."""
    mpmath.mp.dps = 30
    a, b, d = map(mpmath.mpf, (alpha, beta, discount))
    # The hypergeometric function by Pfaff's transformation, which is faster.
    sums = (1 + d) / d * mpmath.hyp2f1(1, a, a + b + n, -1 / d)
    return (b + n - 1) / (a + b + n - 1) * sums if n else sums


def report_of(model: ShiftedBetaGeometric) -> FitReport:
    assert model.fit_report is not None
    return model.fit_report


class TestPublishedValues:
    @pytest.mark.reference
    @pytest.mark.parametrize(
        ("survivors", "renewals", "alpha", "beta", "likelihood"),
        [
            (REGULAR, 7, (0.704, 3), (1.182, 3), (-1680.27, 2)),
            (HIGH_END, 7, (0.668, 3), (3.806, 3), (-1611.16, 2)),
            (REGULAR, 4, (0.7637, 4), (1.2958, 4), (-1401.559, 3)),
            (HIGH_END, 4, (1.281, 3), (7.790, 3), (-1225.135, 3)),
        ],
    )
    def test_fits(
        self,
        survivors: list[int],
        renewals: int,
        alpha: tuple[float, int],
        beta: tuple[float, int],
        likelihood: tuple[float, int],
    ) -> None:
        model = ShiftedBetaGeometric.fit(*table(survivors, renewals))
        report = report_of(model)
        pairs = zip(
            (model.alpha, model.beta, report.log_likelihood),
            (alpha, beta, likelihood),
            strict=True,
        )
        for found, (printed, digits) in pairs:
            assert found == pytest.approx(printed, abs=0.5 * 10**-digits)
        assert report.converged
        assert report.at_bound == ()
        assert report.parameters == ("alpha", "beta")

    @pytest.mark.reference
    def test_churn_and_survival_of_seven_renewals(self) -> None:
        regular = ShiftedBetaGeometric.fit(*table(REGULAR, 7))
        high_end = ShiftedBetaGeometric.fit(*table(HIGH_END, 7))
        assert regular.mean_churn == pytest.approx(0.373, abs=5e-4)
        assert regular.survival(12) == pytest.approx(0.170, abs=5e-4)
        assert high_end.mean_churn == pytest.approx(0.149, abs=5e-4)

    @pytest.mark.reference
    @pytest.mark.parametrize(
        ("survivors", "now", "fifth", "polarisation"),
        [(REGULAR, 3.62, 5.68, 0.327), (HIGH_END, 5.46, 5.87, 0.099)],
    )
    def test_lifetimes_of_four_renewals(
        self, survivors: list[int], now: float, fifth: float, polarisation: float
    ) -> None:
        model = ShiftedBetaGeometric.fit(*table(survivors, 4))
        assert model.residual_lifetime(0.1) == pytest.approx(now, abs=5e-3)
        later = model.residual_lifetime(0.1, renewals=5)
        assert later == pytest.approx(fifth, abs=5e-3)
        assert model.polarisation == pytest.approx(polarisation, abs=5e-4)

    @pytest.mark.reference
    @pytest.mark.parametrize(
        ("alpha", "beta", "printed"), [(1, 1, -2115.5), (0.01, 0.01, -2741.7)]
    )
    def test_likelihoods_off_the_top(
        self, alpha: float, beta: float, printed: float
    ) -> None:
        found = log_likelihood(alpha, beta, *table(HIGH_END, 7))
        assert found == pytest.approx(printed, abs=0.05)

    def test_the_misprint_of_2007_is_no_maximum(self) -> None:
        lost, kept = table(REGULAR, 7)
        best = report_of(ShiftedBetaGeometric.fit(lost, kept)).log_likelihood
        assert best - log_likelihood(0.688, 1.182, lost, kept) > 0.1
        assert best - log_likelihood(0.704, 1.182, lost, kept) < 1e-4


class TestFit:
    @given(tables)
    @example([(40, 1), (0, 0), (0, 29), (76, 0)])  # two maxima
    @example([(67, 0), (68, 42), (34, 15), (0, 0), (49, 9)])  # two, on other sides
    def test_nothing_in_the_box_is_better(self, rows: list[tuple[int, int]]) -> None:
        lost, kept = (np.array(column) for column in zip(*rows, strict=True))
        found = report_of(ShiftedBetaGeometric.fit(lost, kept)).log_likelihood
        grid = np.exp(np.linspace(-12, 12, 97))
        a, b, age = grid[:, None, None], grid[:, None], np.arange(lost.size)
        whole = np.log(a + b + age)
        likelihood = (np.log(a) - whole) @ lost + (np.log(b + age) - whole) @ kept
        assert found >= likelihood.max() - 1e-6

    @pytest.mark.parametrize("survivors", [REGULAR, HIGH_END])
    def test_a_search_of_another_kind_ends_at_the_same_place(
        self, survivors: list[int]
    ) -> None:
        lost, kept = table(survivors, 12)

        def loss(logs: npt.NDArray[np.float64]) -> float:
            a, b = np.exp(logs).tolist()
            return -log_likelihood(a, b, lost, kept)

        other = scipy.optimize.minimize(
            loss, (0.0, 0.0), method="Nelder-Mead", tol=1e-12
        )
        model = ShiftedBetaGeometric.fit(lost, kept)
        assert [model.alpha, model.beta] == pytest.approx(np.exp(other.x), rel=1e-5)
        assert report_of(model).log_likelihood == pytest.approx(-other.fun, rel=1e-12)

    @given(models, st.integers(2, 12))
    def test_its_likelihood_and_covariance_are_those_of_the_textbook(
        self, model: ShiftedBetaGeometric, periods: int
    ) -> None:
        lost, kept = model.simulate(5_000, rng=1, periods=periods)
        found = ShiftedBetaGeometric.fit(lost, kept)
        report = report_of(found)
        by_hand = log_likelihood(found.alpha, found.beta, lost, kept)
        assert report.log_likelihood == pytest.approx(by_hand, rel=1e-9, abs=1e-6)
        assert report.n == (lost + kept).sum()

    def test_standard_errors_come_from_the_curvature(self) -> None:
        lost, kept = table(REGULAR, 7)
        model = ShiftedBetaGeometric.fit(lost, kept)
        mpmath.mp.dps = 30

        def likelihood(a: Any, b: Any) -> Any:
            terms = (
                int(gone) * mpmath.log(a / (a + b + t))
                + int(stayed) * mpmath.log((b + t) / (a + b + t))
                for t, (gone, stayed) in enumerate(zip(lost, kept, strict=True))
            )
            return mpmath.fsum(terms)

        at = (mpmath.mpf(model.alpha), mpmath.mpf(model.beta))
        second = [
            [
                -mpmath.diff(likelihood, at, (2, 0)),
                -mpmath.diff(likelihood, at, (1, 1)),
            ],
            [
                -mpmath.diff(likelihood, at, (1, 1)),
                -mpmath.diff(likelihood, at, (0, 2)),
            ],
        ]
        exact = np.array((mpmath.matrix(second) ** -1).tolist(), dtype=float)
        assert report_of(model).covariance == pytest.approx(exact, rel=1e-6)

    @given(models)
    def test_merged_cohorts_fit_like_pooled_ones(
        self, model: ShiftedBetaGeometric
    ) -> None:
        old = model.simulate(2_000, rng=1, periods=7)
        young = (np.zeros(7, int), np.zeros(7, int))
        for whole, part in zip(
            young, model.simulate(3_000, rng=2, periods=4), strict=True
        ):
            whole[:4] = part
        pooled = [a + b for a, b in zip(old, young, strict=True)]
        together = ShiftedBetaGeometric.fit(*pooled)

        def apart(a: float, b: float) -> float:
            return sum(log_likelihood(a, b, *cohort) for cohort in (old, young))

        found = report_of(together).log_likelihood
        at = apart(together.alpha, together.beta)
        assert found == pytest.approx(at, rel=1e-9, abs=1e-6)
        for a, b in ((1.1, 1), (0.9, 1), (1, 1.1), (1, 0.9)):
            if max(together.alpha, together.beta) < 1e5:
                near = apart(a * together.alpha, b * together.beta)
                assert near <= found + 1e-6

    def test_customers_who_came_with_an_age_are_counted_from_there(self) -> None:
        lost, kept = ShiftedBetaGeometric(alpha=1, beta=3).simulate(
            200_000, rng=1, periods=8
        )
        late = ShiftedBetaGeometric.fit([0, 0, 0, *lost[3:]], [0, 0, 0, *kept[3:]])
        assert late.alpha == pytest.approx(1, rel=0.15)
        assert late.beta == pytest.approx(3, rel=0.15)

    @pytest.mark.parametrize(("alpha", "beta"), [(0.7, 1.2), (2, 6), (0.2, 4)])
    def test_known_parameters_are_recovered(self, alpha: float, beta: float) -> None:
        truth = ShiftedBetaGeometric(alpha=alpha, beta=beta)
        rng = np.random.default_rng(2)
        inside = 0
        for _ in range(60):
            found = ShiftedBetaGeometric.fit(*truth.simulate(2_000, rng=rng, periods=8))
            report = report_of(found)
            off = np.array([found.alpha - alpha, found.beta - beta])
            inside += int(off @ np.linalg.solve(report.covariance, off) < 5.991)
        assert 51 <= inside <= 60  # of 60 ellipses of 95 %

    @pytest.mark.parametrize(
        ("lost", "kept", "at_bound"),
        [
            ([0, 0, 0], [10, 10, 10], ("alpha", "beta")),
            ([0], [10], ("alpha", "beta")),
            ([10, 0], [0, 0], ("alpha", "beta")),
            ([3], [7], ("beta",)),
            ([7], [3], ("alpha",)),
            ([0, 0, 3], [0, 0, 7], ("beta",)),
            ([1, 2, 3, 4], [9, 7, 4, 0], ("beta",)),  # retention falls
            ([5, 5], [5, 0], ("alpha",)),  # all are lost
            ([0, 5], [5, 0], ("alpha", "beta")),
        ],
    )
    def test_ridges_end_at_a_bound_that_is_reported(
        self, lost: list[int], kept: list[int], at_bound: tuple[str, ...]
    ) -> None:
        model = ShiftedBetaGeometric.fit(lost, kept)
        report = report_of(model)
        assert report.at_bound == at_bound
        seen = sum(a + b > 0 for a, b in zip(lost, kept, strict=True))
        assert report.converged == (seen > 1)
        held = [name in at_bound for name in ("alpha", "beta")]
        assert np.isnan(np.diag(report.covariance))[held].all()
        assert "Take care" in model.summary()
        by_hand = log_likelihood(model.alpha, model.beta, lost, kept)
        assert report.log_likelihood == pytest.approx(by_hand, abs=1e-9)

    @pytest.mark.parametrize(("lost", "kept"), [(3, 7), (7, 3), (50, 50)])
    def test_one_age_alone_means_constant_churn(self, lost: int, kept: int) -> None:
        for zeros in ([], [0], [0, 0]):
            model = ShiftedBetaGeometric.fit([*zeros, lost], [*zeros, kept])
            retention = model.retention([1, 2, 10])
            assert retention == pytest.approx(kept / (lost + kept), abs=1e-4)
            assert max(model.alpha, model.beta) == pytest.approx(math.exp(12), rel=1e-4)
            report = report_of(model)
            assert report.iterations == 0
            ages = len(zeros) + 1
            columns = np.zeros((2, ages), np.int64)
            columns[:, -1] = lost, kept
            by_hand = log_likelihood(model.alpha, model.beta, *columns)
            assert report.log_likelihood == pytest.approx(by_hand, abs=1e-9)

    @pytest.mark.parametrize("age", [1_000, 100_000])
    @pytest.mark.parametrize(("lost", "kept"), [(300, 700), (700, 300), (999, 1)])
    def test_one_late_age_alone_is_met_there(
        self, age: int, lost: int, kept: int
    ) -> None:
        model = ShiftedBetaGeometric.fit([*[0] * age, lost], [*[0] * age, kept])
        assert model.retention(age + 1) == pytest.approx(kept / 1000, rel=1e-9)
        top = lost * math.log(lost / 1000) + kept * math.log(kept / 1000)
        assert report_of(model).log_likelihood == pytest.approx(top, rel=1e-12)

    def test_no_parameter_leaves_its_range(self) -> None:
        age = 200_000
        model = ShiftedBetaGeometric.fit([*[0] * age, 10**9], [*[0] * age, 1])
        assert model.alpha == pytest.approx(1e9)

    def test_nobody_lost_and_nobody_kept_are_opposite_limits(self) -> None:
        loyal = ShiftedBetaGeometric.fit([0], [10])
        fickle = ShiftedBetaGeometric.fit([10], [0])
        assert (loyal.alpha, loyal.beta) == (fickle.beta, fickle.alpha)
        assert loyal.survival(1000) > 1 - 1e-6
        assert fickle.survival(1) < 1e-6

    def test_a_single_customer_and_a_billion_are_fitted(self) -> None:
        assert report_of(ShiftedBetaGeometric.fit([1], [0])).n == 1
        lost, kept = (1_000_000_000 * np.array(x) for x in table(REGULAR, 7))
        model = ShiftedBetaGeometric.fit(lost, kept)
        assert model.alpha == pytest.approx(0.7040772, rel=1e-6)

    def test_any_column_will_do(self) -> None:
        lost, kept = table(REGULAR, 7)
        same = ShiftedBetaGeometric.fit(lost, kept)
        kinds: list[Callable[[Any], Any]] = [list, tuple, np.float64, np.int16]
        for kind in kinds:
            assert ShiftedBetaGeometric.fit(kind(lost), kind(kept)) == same

    @pytest.mark.parametrize(
        ("lost", "kept", "error", "message"),
        [
            ([], [], EmptySampleError, NOBODY),
            ([0, 0], [0, 0], EmptySampleError, NOBODY),
            (
                [1, 2],
                [3],
                InvalidValueError,
                f"kept must have as many ages as lost (2); got 1; {START}",
            ),
            ([1, -2], [3, 4], InvalidValueError, f"lost[1] must {COUNT}; got -2"),
            (
                [1],
                [2e15],
                InvalidValueError,
                "kept[0] must be at most 1e+15; got 2000000000000000",
            ),
            ([1, 2], [3, 86.9], InvalidValueError, f"kept[1] must {COUNT}; got 86.9"),
            ([1, None], [3, 4], MissingValueError, "lost[1] is missing"),
            (["a"], [3], InvalidTypeError, "lost[0] must be a number; got 'a'"),
            (
                [[1, 2]],
                [[3, 4]],
                InvalidValueError,
                f"lost must be a series; got (1, 2); {COHORTS}",
            ),
            (
                [1],
                3,
                InvalidValueError,
                f"kept must be a series; got (); {COHORTS}",
            ),
        ],
    )
    def test_what_cannot_be_fitted_is_refused(
        self, lost: Any, kept: Any, error: type[CxmError], message: str
    ) -> None:
        assert refused(lambda: ShiftedBetaGeometric.fit(lost, kept), error) == message


class TestCurves:
    @given(models, st.integers(0, 200))
    def test_survival_is_a_ratio_of_beta_functions(
        self, model: ShiftedBetaGeometric, t: int
    ) -> None:
        a, b = model.alpha, model.beta
        exact = math.exp(scipy.special.betaln(a, b + t) - scipy.special.betaln(a, b))
        assert model.survival(t) == pytest.approx(exact, rel=1e-10)

    @pytest.mark.parametrize(
        ("alpha", "beta", "t"),
        [(0.7, 1.2, 12), (1e-6, 1e-6, 1000), (1e5, 3e4, 30), (3, 1e-3, 1_000_000)],
    )
    def test_survival_keeps_its_digits(self, alpha: float, beta: float, t: int) -> None:
        mpmath.mp.dps = 40
        a, b = mpmath.mpf(alpha), mpmath.mpf(beta)
        exact = mpmath.beta(a, b + t) / mpmath.beta(a, b)
        found = ShiftedBetaGeometric(alpha=alpha, beta=beta).survival(t)
        assert abs(found / exact - 1) < 1e-12

    @given(models)
    def test_survival_falls_and_retention_rises_towards_one(
        self, model: ShiftedBetaGeometric
    ) -> None:
        survival, retention = (
            model.survival(range(60)),
            model.retention(range(1, 60)),
        )
        assert survival[0] == 1
        assert (np.diff(survival) < 0).all()
        assert (np.diff(retention) > 0).all()
        assert survival[1:] == pytest.approx(np.cumprod(retention), rel=1e-12)
        assert retention[0] == pytest.approx(1 - model.mean_churn, rel=1e-12)
        assert model.retention(1_000_000) > 1 - 2e-4

    @given(models)
    def test_polarisation_is_the_variance_relative_to_its_greatest(
        self, model: ShiftedBetaGeometric
    ) -> None:
        mean = model.mean_churn
        again = 1 - model.survival(1) - (model.survival(1) - model.survival(2))
        variance = again - mean**2  # E[p^2] = p lost at once - lost in the second
        found = variance / (mean * (1 - mean))
        assert model.polarisation == pytest.approx(found, rel=1e-6, abs=1e-9)

    def test_shapes_are_kept_and_scalars_are_floats(self) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=3)
        for curve in (model.survival, model.retention):
            assert type(curve(2)) is float
            assert type(curve(np.int8(2))) is float
            assert curve([[1, 2], [3, 4]]).shape == (2, 2)
            assert curve([]).shape == (0,)
            assert curve([5, 1])[1] == curve(1)
        assert model.survival([3, 0, 3]).tolist() == pytest.approx([0.5, 1, 0.5])

    @pytest.mark.parametrize(
        ("t", "error", "message"),
        [
            (-1, InvalidValueError, "t must be a count"),
            (1.5, InvalidValueError, "t must be a count"),
            ([1, 1_000_001], InvalidValueError, "t[1] must be at most one million"),
            (None, MissingValueError, "t is missing"),
            ("1", InvalidTypeError, "t must be a number"),
        ],
    )
    def test_other_times_are_refused(
        self, t: Any, error: type[CxmError], message: str
    ) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=3)
        assert refused(lambda: model.survival(t), error).startswith(message)
        assert refused(lambda: model.retention(t), error).startswith(message)

    def test_there_is_no_period_0(self) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=3)
        said = refused(lambda: model.retention([1, 0]), InvalidValueError)
        assert said.startswith("t[1] must be at least 1; got 0; the first renewal")


class TestResidualLifetime:
    @pytest.mark.parametrize("discount", [1e-5, 0.001, 0.1, 1.0])
    @pytest.mark.parametrize(
        ("alpha", "beta"),
        [
            *[(0.7, 1.2), (1.281, 7.79), (1, 1), (2, 3), (1e-5, 0.5), (0.3, 1e-5)],
            *[(40, 900), (22, 22), (5, 5), (300, 8), (1e5, 3e4)],
        ],
    )
    @pytest.mark.parametrize("renewals", [0, 1, 5])
    def test_it_is_gauss_s_hypergeometric_function(
        self, alpha: float, beta: float, discount: float, renewals: int
    ) -> None:
        exact = gauss(alpha, beta, discount, renewals)
        model = ShiftedBetaGeometric(alpha=alpha, beta=beta)
        found = model.residual_lifetime(discount, renewals=renewals)
        assert abs(found / exact - 1) < 1e-14

    @pytest.mark.parametrize(
        ("alpha", "beta", "discount"),
        [
            (0.9, 2.0, 1e-9),
            (0.5, 1e-6, 1e-9),
            (0.3, 1e-9, 1e-9),
            (1.0, 1.0, 1e-9),
            (1.2, 2.0, 1e-9),
            (0.05, 30.0, 1e-9),
            (1e-6, 1e6, 1e-9),
            (1e6, 1e-6, 1e-3),
            (1e-9, 1e-9, 0.1),
            (1e-9, 1e9, 1e-9),
            (3e3, 1e-3, 0.01),
        ],
    )
    def test_it_keeps_its_digits_at_the_ends(
        self, alpha: float, beta: float, discount: float
    ) -> None:
        found = ShiftedBetaGeometric(alpha=alpha, beta=beta).residual_lifetime(discount)
        assert abs(found / gauss(alpha, beta, discount, 0) - 1) < 1e-14

    @given(
        st.floats(-3, 4).map(lambda x: 10**x),
        st.floats(-3, 3).map(lambda x: 10**x),
        st.floats(-4, 0).map(lambda x: 10**x),
    )
    def test_it_is_exact_anywhere(
        self, alpha: float, beta: float, discount: float
    ) -> None:
        found = ShiftedBetaGeometric(alpha=alpha, beta=beta).residual_lifetime(discount)
        assert abs(found / gauss(alpha, beta, discount, 0) - 1) < 1e-14

    @given(models, st.floats(0.05, 1), st.integers(0, 6))
    def test_it_is_the_discounted_sum_of_survival(
        self, model: ShiftedBetaGeometric, discount: float, renewals: int
    ) -> None:
        t = np.arange(renewals, renewals + 800)
        reached = model.survival(max(renewals - 1, 0))
        terms = model.survival(t) / reached * (1 + discount) ** -(t - renewals * 1.0)
        found = model.residual_lifetime(discount, renewals=renewals)
        assert found == pytest.approx(terms.sum(), rel=1e-10)

    @given(models, st.floats(0.01, 1))
    def test_a_contract_is_worth_its_payment_and_what_is_to_come(
        self, model: ShiftedBetaGeometric, discount: float
    ) -> None:
        signed, first = model.residual_lifetime(discount, renewals=[0, 1])
        assert signed == pytest.approx(1 + first / (1 + discount), rel=1e-12)

    @given(models, st.floats(0.001, 0.5), st.floats(0.001, 0.5))
    def test_it_falls_with_the_discount(
        self, model: ShiftedBetaGeometric, one: float, more: float
    ) -> None:
        low, high = model.residual_lifetime([one + more, one])
        assert 1 <= low < high

    @given(models)
    def test_it_rises_with_each_renewal(self, model: ShiftedBetaGeometric) -> None:
        later = model.residual_lifetime(0.1, renewals=range(1, 30))
        assert (np.diff(later) > 0).all()
        assert later[-1] < 11

    @given(st.floats(1.01, 50), positive, st.integers(0, 9))
    def test_without_discount_there_is_a_closed_form(
        self, alpha: float, beta: float, renewals: int
    ) -> None:
        model = ShiftedBetaGeometric(alpha=alpha, beta=beta)
        free, nearly = model.residual_lifetime([0, 1e-9], renewals=renewals)
        beyond = beta + renewals - 1 if renewals else alpha + beta - 1
        assert free == pytest.approx(beyond / (alpha - 1), rel=1e-12)
        if alpha > 2:
            assert nearly == pytest.approx(free, rel=1e-5)

    def test_constant_retention_of_74_percent_gives_less(self) -> None:
        constant = 0.74 / 0.26
        assert constant == pytest.approx(2.8, abs=0.05)
        alike = ShiftedBetaGeometric(alpha=0.26e8, beta=0.74e8)
        further = alike.residual_lifetime(0, renewals=1)
        assert further == pytest.approx(constant, rel=1e-6)
        gains = [
            ShiftedBetaGeometric(alpha=0.26 * s, beta=0.74 * s).residual_lifetime(
                0, renewals=1
            )
            for s in (100, 20, 10, 5)
        ]
        assert constant < gains[0] < gains[1] < gains[2] < gains[3]
        assert gains[2] == pytest.approx(7.4 / 1.6)
        forever = ShiftedBetaGeometric(alpha=0.26, beta=0.74)
        assert forever.residual_lifetime(0.05, renewals=1) > 0.74 / (1.05 - 0.74)

    def test_arguments_broadcast(self) -> None:
        model = ShiftedBetaGeometric(alpha=2, beta=3)
        found = model.residual_lifetime([[0.0], [0.1]], renewals=[0, 1, 4])
        assert found.shape == (2, 3)
        for i, j in itertools.product(range(2), range(3)):
            one = model.residual_lifetime((0.0, 0.1)[i], renewals=(0, 1, 4)[j])
            assert type(one) is float
            assert found[i, j] == pytest.approx(one, rel=1e-13)
        assert model.residual_lifetime([]).shape == (0,)

    def test_many_are_worked_out_as_one_by_one(self) -> None:
        model = ShiftedBetaGeometric(alpha=0.7, beta=1.2)
        many = model.residual_lifetime(0.1, renewals=range(1000))
        for n in (0, 255, 256, 999):
            one = model.residual_lifetime(0.1, renewals=n)
            assert many[n] == pytest.approx(one, rel=1e-13)

    def test_rows_that_differ_beyond_floats_do_not_drown_each_other(self) -> None:
        model = ShiftedBetaGeometric(alpha=700, beta=1)
        both = model.residual_lifetime(0.1, renewals=[1, 1_000_000])
        for n, found in zip((1, 1_000_000), both.tolist(), strict=True):
            one = model.residual_lifetime(0.1, renewals=n)
            assert found == pytest.approx(one, rel=1e-13)

    @pytest.mark.parametrize("alpha", [0.5, 1])
    def test_an_infinite_lifetime_is_refused_with_the_reason(
        self, alpha: float
    ) -> None:
        model = ShiftedBetaGeometric(alpha=alpha, beta=3)
        said = refused(lambda: model.residual_lifetime([0.1, 0]), InvalidValueError)
        assert said == (
            "discount[1] must be above 0 where alpha is 1 or less; got 0; alpha is"
            f" {alpha:g}: undiscounted lifetime is infinite"
        )
        assert math.isfinite(
            ShiftedBetaGeometric(alpha=1.001, beta=3).residual_lifetime(0)
        )

    @pytest.mark.parametrize(
        ("discount", "renewals", "error", "message"),
        [
            (
                -0.1,
                0,
                InvalidValueError,
                f"discount must lie between 0 and 1; got -0.1; {PERCENT}",
            ),
            (
                10,
                0,
                InvalidValueError,
                f"discount must lie between 0 and 1; got 10; {PERCENT}",
            ),
            (
                [0.1, 1.01],
                0,
                InvalidValueError,
                f"discount[1] must lie between 0 and 1; got 1.01; {PERCENT}",
            ),
            (
                1e-10,
                0,
                InvalidValueError,
                f"discount must be 0 or at least 1e-09; got 1e-10; {RATE}",
            ),
            (
                math.inf,
                0,
                InvalidValueError,
                "discount must be a finite number; got inf",
            ),
            (None, 0, MissingValueError, "discount is missing"),
            ("10 %", 0, InvalidTypeError, "discount must be a number; got '10 %'"),
            (0.1, -1, InvalidValueError, f"renewals must {COUNT}; got -1"),
            (0.1, 1.5, InvalidValueError, f"renewals must {COUNT}; got 1.5"),
            (
                [0.1, 0.2],
                [1, 2, 3],
                InvalidValueError,
                "renewals must have a shape that broadcasts with (2,); got (3,)",
            ),
        ],
    )
    def test_wrong_arguments_are_refused(
        self, discount: Any, renewals: Any, error: type[CxmError], message: str
    ) -> None:
        model = ShiftedBetaGeometric(alpha=2, beta=3)
        said = refused(
            lambda: model.residual_lifetime(discount, renewals=renewals), error
        )
        assert said == message


class TestSimulate:
    def test_it_draws_customers_with_churn_of_their_own(self) -> None:
        model = ShiftedBetaGeometric(alpha=0.7, beta=1.2)
        lost, kept = model.simulate(400_000, rng=3, periods=6)
        assert lost[0] + kept[0] == 400_000
        assert (lost[1:] + kept[1:] == kept[:-1]).all()
        share = kept / 400_000
        error = np.sqrt(share * (1 - share) / 400_000)
        assert (np.abs(share - model.survival(range(1, 7))) < 4 * error).all()

    def test_the_spread_is_that_of_independent_customers(self) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=2)
        rng = np.random.default_rng(4)
        last = [model.simulate(50, rng=rng, periods=3)[1][-1] for _ in range(3_000)]
        share = model.survival(3)
        assert np.var(last) == pytest.approx(50 * share * (1 - share), rel=0.1)

    def test_a_seed_draws_the_same(self) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=2)
        one, same, other = (
            np.array(model.simulate(1000, rng=rng, periods=5))
            for rng in (5, np.random.default_rng(5), 6)
        )
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)

    def test_one_customer_and_one_period_are_enough(self) -> None:
        lost, kept = ShiftedBetaGeometric(alpha=1, beta=2).simulate(1, rng=5, periods=1)
        assert (lost + kept).tolist() == [1]

    def test_when_all_are_lost_nothing_follows(self) -> None:
        model = ShiftedBetaGeometric(alpha=1e6, beta=1e-6)
        lost, kept = model.simulate(10, rng=1, periods=4)
        assert lost.tolist() == [10, 0, 0, 0]
        assert kept.tolist() == [0, 0, 0, 0]

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"n": 0}, InvalidValueError, "n must be at least 1; got 0"),
            ({"n": 1.5}, InvalidTypeError, "n must be a whole number; got 1.5"),
            (
                {"n": 10**15 + 1},
                InvalidValueError,
                "n must be at most 1e+15; got 1000000000000001",
            ),
            ({"periods": 0}, InvalidValueError, "periods must be at least 1; got 0"),
            (
                {"periods": True},
                InvalidTypeError,
                "periods must be a whole number; got True",
            ),
            (
                {"periods": 2_000_000},
                InvalidValueError,
                "periods must be at most one million periods; got 2000000",
            ),
            (
                {"rng": None},
                InvalidTypeError,
                "rng must be a seed or a numpy.random.Generator; got None",
            ),
            (
                {"rng": True},
                InvalidTypeError,
                "rng must be a seed or a numpy.random.Generator; got True",
            ),
            ({"rng": -1}, InvalidValueError, "rng must not be negative; got -1"),
        ],
    )
    def test_wrong_arguments_are_refused(
        self, options: dict[str, Any], error: type[CxmError], message: str
    ) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=2)
        given: dict[str, Any] = {"n": 10, "rng": 1, "periods": 3} | options
        assert refused(lambda: model.simulate(**given), error) == message

    def test_a_bootstrap_keeps_who_decides_at_each_age(self) -> None:
        model = ShiftedBetaGeometric.fit(*table(REGULAR, 7))
        history = table(REGULAR, 7)
        rng = np.random.default_rng(8)
        drawn = [model.simulate_like(history, rng=rng) for _ in range(200)]
        for lost, kept in drawn:
            assert (lost + kept == history[0] + history[1]).all()
            assert (lost >= 0).all()
        rate = np.mean([kept / (lost + kept) for lost, kept in drawn], axis=0)
        assert rate == pytest.approx(model.retention(range(1, 8)), abs=5e-3)
        alphas = [ShiftedBetaGeometric.fit(*each).alpha for each in drawn]
        spread = math.sqrt(report_of(model).covariance[0, 0])
        assert np.std(alphas) == pytest.approx(spread, rel=0.25)

    def test_a_bootstrap_of_nobody_is_refused(self) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=2)
        rng = np.random.default_rng(1)
        refused(lambda: model.simulate_like(([], []), rng=rng), EmptySampleError)

    @pytest.mark.parametrize("history", [[[1], [2]], ([1],), None])
    def test_a_bootstrap_of_anything_but_a_pair_is_refused(self, history: Any) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=2)
        rng = np.random.default_rng(1)
        said = refused(lambda: model.simulate_like(history, rng=rng), InvalidTypeError)
        assert said == f"history must be a pair (lost, kept); got {history!r}"

    def test_as_many_customers_as_integers_hold_are_added_up(self) -> None:
        age = 10_000
        model = ShiftedBetaGeometric.fit([10**15] * age, [10**15] * age)
        assert report_of(model).n == 2e19
        assert model.retention(1) == pytest.approx(0.5, abs=0.03)


class TestTheModelItself:
    def test_it_is_frozen_and_equal_by_its_parameters(self) -> None:
        fitted = ShiftedBetaGeometric.fit(*table(REGULAR, 7))
        same = ShiftedBetaGeometric(alpha=fitted.alpha, beta=fitted.beta)
        assert fitted == same
        assert hash(fitted) == hash(same)
        assert fitted != attrs.evolve(same, alpha=1)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            same.alpha = 2  # type: ignore[misc]

    def test_it_survives_copies(self) -> None:
        fitted = ShiftedBetaGeometric.fit(*table(REGULAR, 7))
        for twin in (copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):  # noqa: S301  our own
            assert twin == fitted
            assert twin.fit_report == fitted.fit_report

    def test_it_says_what_it_is(self) -> None:
        model = ShiftedBetaGeometric(alpha=0.70407, beta=1)
        assert repr(model) == "ShiftedBetaGeometric(alpha=0.7041, beta=1)"
        assert type(model.beta) is float

    def test_the_summary_tells_who_stays(self) -> None:
        assert ShiftedBetaGeometric.fit(*table(REGULAR, 7)).summary() == (
            "37.3 % of new customers are expected to leave after one period, and 17.0 %"
            " to be there after 12. Among those who remain, retention rises from 62.7 %"
            " to 94.5 % in period 12, because the disloyal leave first. Customers"
            " differ with polarisation 0.35, from 0 (all alike) to 1 (each is either"
            " sure to stay or sure to go)."
        )

    def test_the_summary_does_not_call_constant_retention_rising(self) -> None:
        said = ShiftedBetaGeometric.fit([500, 250, 125], [500, 250, 125]).summary()
        assert "Retention stays at 50.0 %." in said
        assert "rises" not in said
        assert said.endswith(
            "Take care: alpha lies at the edge of what was searched, so the data do not"
            " say how customers differ."
        )
        both = ShiftedBetaGeometric.fit([0], [10]).summary()
        assert "alpha and beta lie at the edge" in both

    @pytest.mark.parametrize("name", ["alpha", "beta"])
    @pytest.mark.parametrize(
        ("value", "error", "message"),
        [
            (0, InvalidValueError, " must be between 1e-09 and 1e+09; got 0"),
            (-1, InvalidValueError, " must be between 1e-09 and 1e+09; got -1"),
            (1.1e9, InvalidValueError, " must be between 1e-09 and 1e+09"),
            (math.nan, InvalidValueError, " must be between"),
            (math.inf, InvalidValueError, " must be between"),
            (None, InvalidTypeError, " must be a number; got None"),
            ("1", InvalidTypeError, " must be a number; got '1'"),
            (True, InvalidTypeError, " must be a number; got True"),
        ],
    )
    def test_parameters_out_of_range_are_refused(
        self, name: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        given: dict[str, Any] = {"alpha": 1, "beta": 1} | {name: value}
        said = refused(lambda: ShiftedBetaGeometric(**given), error)
        assert said.startswith(name + message)

    @pytest.mark.parametrize("edge", [1e-9, 1e9])
    def test_the_ends_of_the_range_are_allowed(self, edge: float) -> None:
        model = ShiftedBetaGeometric(alpha=edge, beta=edge)
        assert model.mean_churn == 0.5
        assert 1 <= model.residual_lifetime(0.1) <= 11

    def test_a_report_of_another_kind_is_refused(self) -> None:
        report: Any = "fine"
        said = refused(
            lambda: ShiftedBetaGeometric(alpha=1, beta=1, fit_report=report),
            InvalidTypeError,
        )
        assert said.startswith("fit_report must be a FitReport")


class TestLimits:
    @pytest.mark.parametrize("n", [10**15 + 1, 10**400])
    def test_nobody_draws_so_many(self, n: int) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=3)
        said = refused(lambda: model.simulate(n, rng=1, periods=2), InvalidValueError)
        assert said.startswith("n must be at most 1e+15; got")
        lost, kept = model.simulate(10**15, rng=1, periods=2)
        assert lost[0] + kept[0] == 10**15

    def test_seeds_do_where_generators_do(self) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=3)
        seen = ([30, 10], [70, 60])
        lost, kept = model.simulate_like(seen, rng=7)
        again = model.simulate_like(seen, rng=np.random.default_rng(7))
        assert (lost.tolist(), kept.tolist()) == tuple(each.tolist() for each in again)
        seed: Any = None
        said = refused(lambda: model.simulate_like(seen, rng=seed), InvalidTypeError)
        assert said.startswith("rng must be a seed or a numpy.random.Generator")
