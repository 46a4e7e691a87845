"""Customers who may leave at any time: against closed forms, integrals and laws."""

import copy
import math
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any, assert_type

import attrs
import mpmath
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from cxmkit import _newton, _pareto, pareto
from cxmkit._checks import FloatArray
from cxmkit._pareto import Likelihood, exponential_integral
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.pareto import ParetoNBD
from cxmkit.purchases import CustomerHistory

# Fitted to the customers of CDNOW with exact dates (interop/test_lifetimes_pareto.py):
# what is published for these was computed from estimates that were not rounded.
CDNOW = ParetoNBD(
    r=0.55327705, alpha=10.577683, s=0.60623999, beta=11.668735, unit="week"
)
NAMES = ("r", "alpha", "s", "beta")

logs = st.floats(-4, 4)
models = st.builds(
    lambda r, alpha, s, beta: ParetoNBD(
        r=math.exp(r), alpha=math.exp(alpha), s=math.exp(s), beta=math.exp(beta)
    ),
    *(logs for _ in NAMES),
)
people = st.lists(
    st.tuples(st.integers(0, 60), st.floats(0.001, 1), st.floats(0.1, 100)),
    min_size=1,
    max_size=8,
)
People = list[tuple[int, float, float]]


def known(
    frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike, **more: Any
) -> CustomerHistory:
    given_too = {"unit": "week"} | more
    return CustomerHistory.from_summary(
        frequency=np.atleast_1d(frequency),
        recency=np.atleast_1d(recency),
        age=np.atleast_1d(age),
        **given_too,
    )


def history_of(who: People) -> CustomerHistory:
    x, share, age = (np.array(column) for column in zip(*who, strict=True))
    return known(x, np.where(x > 0, share * age, 0.0), age)


def likelihood(history: CustomerHistory) -> Likelihood:
    return Likelihood.of(*history.timings())


def tops(history: CustomerHistory) -> list[_newton.Optimum]:
    """Return what is found from each start, of customers with an oldest age of 10."""
    target = likelihood(history)
    return [_newton.maximise(target, start, box=24) for start in target.starts()]


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def parameters(model: ParetoNBD) -> list[float]:
    return [getattr(model, name) for name in NAMES]


# Oracles


def closed(logarithms: Any, x: int, recency: float, age: float) -> tuple[Any, Any]:
    """Return log-likelihood and P(alive) by hypergeometric functions (note 009)."""
    r, alpha, s, beta = (mpmath.exp(each) for each in logarithms)
    x, recency, age = (mpmath.mpf(each) for each in (x, recency, age))
    high, apart, n = max(alpha, beta), abs(alpha - beta), r + s + x
    other = s + 1 if alpha >= beta else r + x

    def term(t: Any) -> Any:
        found = mpmath.hyp2f1(n, other, n + 1, apart / (high + t))
        return found / (high + t) ** n

    there = (alpha + age) ** -(r + x) * (beta + age) ** -s
    gone = s / n * (term(recency) - term(age))
    front = mpmath.loggamma(r + x) - mpmath.loggamma(r)
    front += r * mpmath.log(alpha) + s * mpmath.log(beta)
    return front + mpmath.log(there + gone), there / (there + gone)


def integrated(logarithms: Any, x: int, recency: float, age: float) -> Any:
    """Return the log-likelihood by integration over the time of leaving."""
    r, alpha, s, beta = (mpmath.exp(each) for each in logarithms)
    x, recency, age = (mpmath.mpf(each) for each in (x, recency, age))

    def at(t: Any, more: int) -> Any:
        front = -x * mpmath.log(alpha + t) - r * mpmath.log1p(t / alpha)
        front -= s * mpmath.log1p(t / beta)
        return front + more * mpmath.log(s / (beta + t))

    low = min(alpha, beta) + recency
    whole, top = mpmath.log1p((age - recency) / low), at(recency, 1)
    places = [0, *(whole / 2**k for k in range(20, -1, -1))]
    gone = mpmath.quad(
        lambda q: mpmath.exp(at(recency + low * mpmath.expm1(q), 1) - top + q) * low,
        places,
    )
    front = mpmath.loggamma(r + x) - mpmath.loggamma(r)
    return front + mpmath.log(mpmath.exp(at(age, 0)) + gone * mpmath.exp(top))


def exact_logs(model: ParetoNBD) -> list[Any]:
    return [mpmath.log(mpmath.mpf(value)) for value in parameters(model)]


class TestTheLikelihood:
    @pytest.mark.parametrize("seed", range(40))
    def test_it_is_the_closed_form_for_parameters_of_usual_size(
        self, seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        at = rng.normal(0, 1.5, 4)
        age = float(10 ** rng.uniform(-1, 2))
        x = int(rng.integers(0, 40)) if seed % 4 else 0
        recency = age * (1.0 if seed % 7 == 1 else rng.random()) if x else 0.0
        with mpmath.workdps(50):
            exact, alive = closed(map(mpmath.mpf, at), x, recency, age)
        value, _, _ = likelihood(known(x, recency, age))(at)
        assert value == pytest.approx(float(exact), rel=1e-12, abs=1e-13)
        r, alpha, s, beta = np.exp(at)
        model = ParetoNBD(r=r, alpha=alpha, s=s, beta=beta)
        found = model.probability_alive(known(x, recency, age))
        assert found == pytest.approx([float(alive)], rel=1e-11)

    # Logarithms of r, alpha, s, beta; frequency, recency, age.
    @pytest.mark.parametrize(
        "case",
        [
            ((0, 9, 0, -9), 3, 2.0, 10.0),  # alpha far above beta
            ((0, -9, 0, 9), 3, 2.0, 10.0),  # and far below
            ((-6, -11, 6, 1), 0, 0.0, 10.0),  # rises for long, then falls steeply
            ((0, 0, -11, 0), 5, 3.0, 10.0),  # nobody leaves
            ((11, 11, 11, 11), 2, 3.0, 10.0),  # all are alike
            ((0, 3, 0, 3), 2, 1e5, 1e7),  # very old
            ((-1, -12, 1, -3), 0, 0.0, 1e6),  # old and low: a long way in logarithms
            ((0, 1, 0, 2), 3000, 9.0, 10.0),  # many purchases
            ((1, 1, 1, 1), 7, 10.0, 10.0),  # bought at the very end
            ((0.5, 4, 0.5, -8), 40, 0.01, 10.0),
            ((0, 1, 0, -9), 300, 1e-3, 10.0),  # level first, then a cliff
            ((-4, -5, 6.8, -1.6), 0, 0.0, 0.13),  # so steep that nothing is left soon
        ],
    )
    def test_it_is_the_integral_for_parameters_of_any_size(self, case: Any) -> None:
        at, x, recency, age = case
        with mpmath.workdps(30):
            exact = float(integrated(at, x, recency, age))
        value, _, _ = likelihood(known(x, recency, age))(np.array(at, dtype=float))
        assert value == pytest.approx(exact, rel=1e-12, abs=1e-12)

    def test_an_integral_that_falls_late_is_cut_off_in_time(self) -> None:
        at = (0, math.log(10), 0, 0)
        with mpmath.workdps(60):
            alive = [float(closed(at, x, 0.01, 10)[1]) for x in (100, 140, 180)]
        model = ParetoNBD(r=1, alpha=10, s=1, beta=1)
        found = model.probability_alive(known([100, 140, 180], [0.01] * 3, [10] * 3))
        assert found == pytest.approx(alive, rel=3e-13)

    @pytest.mark.parametrize("seed", range(6))
    def test_its_derivatives_are_those_of_the_closed_form(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        at, age, x = rng.normal(0, 1, 4), 8.0, (0, 1, 3, 20, 6, 300)[seed]
        recency = age * rng.random() if x else 0.0
        with mpmath.workdps(60):
            step = mpmath.mpf(10) ** -15

            def there(*moves: tuple[int, int]) -> Any:
                place = [mpmath.mpf(each) for each in at]
                for index, sign in moves:
                    place[index] += sign * step
                return closed(place, x, recency, age)[0]

            slope = [(there((i, 1)) - there((i, -1))) / (2 * step) for i in range(4)]
            bend = [
                [
                    (
                        there((i, 1), (j, 1))
                        - there((i, 1), (j, -1))
                        - there((i, -1), (j, 1))
                        + there((i, -1), (j, -1))
                    )
                    / (4 * step**2)
                    for j in range(4)
                ]
                for i in range(4)
            ]
        _, gradient, hessian = likelihood(known(x, recency, age))(at)
        exact = np.array(bend, dtype=float)
        assert gradient == pytest.approx(np.array(slope, dtype=float), abs=1e-11)
        assert hessian == pytest.approx(exact, abs=1e-10 * np.abs(exact).max())

    def test_rows_add_up_with_their_weights(self) -> None:
        at = np.array([0.3, 1.0, -0.5, 0.7])
        x, recency, age = np.array([0, 4, 400]), np.array([0, 3, 5.0]), np.full(3, 9.0)
        weights = np.array([2.0, 0.5, 3.0])
        found = likelihood(known(x, recency, age, weights=weights))(at)
        parts = [likelihood(known(x[i], recency[i], age[i]))(at) for i in range(x.size)]
        for both, each in zip(found, zip(*parts, strict=True), strict=True):
            expected = sum(w * np.array(e) for w, e in zip(weights, each, strict=True))
            assert both == pytest.approx(expected, rel=1e-13)

    def test_many_rows_go_through_in_pieces(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rng = np.random.default_rng(1)
        age = rng.uniform(1, 10, 40)
        many = known(rng.integers(1, 9, 40), age * rng.random(40), age)
        at = np.array([0.3, 1.0, -0.5, 0.7])
        monkeypatch.setattr(_pareto, "_AT_ONCE", 16)
        value, _, _ = likelihood(many)(at)
        one_by_one = sum(
            likelihood(known(*row))(at)[0]
            for row in zip(many.frequency, many.recency, many.age, strict=True)
        )
        assert value == pytest.approx(one_by_one, rel=1e-12)

    def test_scratch_is_for_some_rows_at_a_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sizes: list[tuple[int, int]] = []

        def total(first: FloatArray, second: FloatArray) -> FloatArray:
            sizes.append((first.size, second.size))
            return first + second

        monkeypatch.setattr(_pareto, "_AT_ONCE", 5)
        rows = np.arange(12.0)
        found = _pareto.in_chunks(total, rows, 10 * rows)
        assert found.tolist() == (11 * rows).tolist()
        assert sizes == [(5, 5), (5, 5), (2, 2)]

    @pytest.mark.parametrize(
        ("width", "nodes"), [(0.5, 24), (4, 24), (4.1, 32), (12, 48), (20, 72)]
    )
    def test_a_long_way_needs_nodes_in_proportion(
        self, width: float, nodes: int
    ) -> None:
        places, weights = _pareto._legendre(width)  # noqa: SLF001
        assert places.shape == weights.shape == (nodes,)

    @given(logs, logs, st.one_of(st.integers(1, 300), st.integers(257, 10**6)))
    def test_who_has_just_bought_is_a_gamma_poisson_customer(
        self, r: float, alpha: float, x: int
    ) -> None:
        """No integral is left; counts beyond 256 go by Stirling's series."""
        value, gradient, hessian = likelihood(known(x, 3, 3))(
            np.array([r, alpha, -20, 0])
        )
        with mpmath.workdps(40):
            shape, a = mpmath.exp(r), mpmath.exp(alpha)
            late = shape * mpmath.log1p(3 / a)
            rise = mpmath.loggamma(shape + x) - mpmath.loggamma(shape)
            first = shape * (mpmath.digamma(shape + x) - mpmath.digamma(shape))
            bend = mpmath.polygamma(1, shape + x) - mpmath.polygamma(1, shape)
            exact = rise - x * mpmath.log(a + 3) - late
            exact -= mpmath.exp(-20) * mpmath.log1p(3)
            second = first + shape**2 * bend
        size = abs(float(rise)) + x
        assert value == pytest.approx(float(exact), abs=1e-11 + 1e-14 * size)
        assert gradient[0] == pytest.approx(float(first - late), abs=1e-13 * size)
        assert hessian[0, 0] == pytest.approx(float(second - late), abs=1e-12 * size)


class TestANewCustomer:
    @pytest.mark.reference
    def test_as_the_walkthrough_of_btyd_has_it(self) -> None:
        assert CDNOW.expected_purchases(52) == pytest.approx(1.4734, abs=5e-5)

    @pytest.mark.reference
    def test_as_the_manual_of_btyd_has_it(self) -> None:
        # From other parameters, so less than half a unit cannot be asked for.
        published = [0.0508, 0.0992, 0.1454, 0.1898, 0.2325]
        published += [0.2736, 0.3134, 0.3518, 0.3891]
        found = CDNOW.expected_purchases(np.arange(1, 10))
        assert found == pytest.approx(published, abs=0.003)

    @given(models, st.floats(0, 1e4))
    def test_survival_is_that_of_a_pareto_distribution(
        self, model: ParetoNBD, t: float
    ) -> None:
        expected = stats.lomax.sf(t, model.s, scale=model.beta)
        assert model.survival(t) == pytest.approx(expected, rel=1e-11)

    @given(models, st.floats(0.01, 100))
    def test_purchases_are_the_rate_times_the_time_that_is_survived(
        self, model: ParetoNBD, t: float
    ) -> None:
        time, _ = integrate.quad(model.survival, 0, t, epsabs=0, epsrel=1e-11)
        found = model.expected_purchases(t)
        assert found == pytest.approx(model.r / model.alpha * time, rel=1e-9)

    def test_nothing_happens_at_s_of_1(self) -> None:
        at_one = ParetoNBD(r=0.5, alpha=5, s=1, beta=20).expected_purchases([0, 7, 1e9])
        assert at_one[1] == pytest.approx(0.1 * 20 * math.log1p(7 / 20), rel=1e-15)
        for s in (1 - 1e-9, 1 + 1e-9):
            near = ParetoNBD(r=0.5, alpha=5, s=s, beta=20)
            found = near.expected_purchases([0, 7, 1e9])
            assert found == pytest.approx(at_one, rel=1e-7)
            assert found[0] == 0

    @given(models, st.lists(st.floats(0, 1e4), min_size=2))
    def test_survival_falls_and_purchases_rise(
        self, model: ParetoNBD, times: list[float]
    ) -> None:
        t = np.sort(times)
        stays = model.survival(t)
        assert (np.diff(stays) <= 0).all()
        assert ((stays >= 0) & (stays <= 1)).all()
        assert (np.diff(model.expected_purchases(t)) >= -1e-12).all()

    def test_scalars_give_floats_and_arrays_their_shape(self) -> None:
        assert_type(CDNOW.survival(3), float)
        assert_type(CDNOW.expected_purchases(3), float)
        for method in (CDNOW.survival, CDNOW.expected_purchases):
            assert type(method(np.float32(3))) is float
            assert method([[1, 2, 3]]).shape == (1, 3)
            assert method([]).shape == (0,)
        assert CDNOW.survival(0) == 1
        assert CDNOW.expected_purchases(0) == 0

    def test_times_are_checked(self) -> None:
        for method in (CDNOW.survival, CDNOW.expected_purchases):
            for wrong, kind, said in (
                (-1, InvalidValueError, "t must not be negative; got -1"),
                (math.inf, InvalidValueError, "t must be a finite number; got inf"),
                ([1, None], MissingValueError, "t[1] is missing"),
                ("week", InvalidTypeError, "t must be a number; got 'week'"),
            ):
                ask: Any = method
                assert str(refused(partial(ask, wrong), kind)) == said


VIGNETTE = known(26, 30.86, 31)


class TestKnownCustomers:
    @pytest.mark.reference
    def test_as_the_walkthrough_of_btyd_has_it(self) -> None:
        found = CDNOW.conditional_expected_purchases(VIGNETTE, 52)
        assert found == pytest.approx([25.46], abs=0.005)
        assert CDNOW.probability_alive(VIGNETTE) == pytest.approx([0.9979], abs=5e-5)

    @given(models, people)
    def test_who_has_just_bought_is_alive_and_nobody_is_more_than_that(
        self, model: ParetoNBD, who: People
    ) -> None:
        history = history_of(who)
        alive = model.probability_alive(history)
        assert ((alive >= 0) & (alive <= 1)).all()
        assert (alive[history.recency == history.age] == 1).all()

    @given(models, st.integers(0, 60), st.floats(0.1, 50))
    def test_doubt_grows_with_silence(
        self, model: ParetoNBD, x: int, recency: float
    ) -> None:
        recency = recency if x else 0.0
        ages = recency + np.array([0.1, 1, 3, 10, 100])
        alive = model.probability_alive(known([x] * 5, [recency] * 5, ages))
        assert (np.diff(alive) <= 1e-14).all()
        assert alive[0] > alive[-1]

    def test_silence_means_more_from_who_bought_often(self) -> None:
        history = known([1, 2, 5, 9, 400], [20.0] * 5, [39.0] * 5)
        alive = CDNOW.probability_alive(history)
        assert (np.diff(alive) < 0).all()
        assert alive[-1] < 1e-80  # not nothing

    def test_nobody_leaves_or_everybody_has(self) -> None:
        history = known([0, 3], [0, 1], [39, 39])
        stays = ParetoNBD(r=1, alpha=1, s=1e-300, beta=1)
        assert stays.probability_alive(history) == pytest.approx([1, 1])
        leaves = ParetoNBD(r=1, alpha=1e9, s=1e5, beta=1)
        assert leaves.probability_alive(history) == pytest.approx([0, 0], abs=1e-300)

    @given(models, people, st.floats(0.01, 50))
    @settings(max_examples=30)
    def test_what_will_come_is_the_integral_of_the_rate(
        self, model: ParetoNBD, who: People, t: float
    ) -> None:
        history = history_of(who)
        known_for = model.beta + history.age[0]
        time, _ = integrate.quad(
            lambda u: (1 + u / known_for) ** -model.s, 0, t, epsabs=0, epsrel=1e-11
        )
        rate = (model.r + history.frequency[0]) / (model.alpha + history.age[0])
        expected = model.probability_alive(history)[0] * rate * time
        found = model.conditional_expected_purchases(history, t)
        assert found.shape == history.age.shape
        assert found[0] == pytest.approx(expected, rel=1e-9)

    @given(models, people)
    def test_more_time_brings_more_but_never_all_there_is(
        self, model: ParetoNBD, who: People
    ) -> None:
        model = attrs.evolve(model, s=1 + model.s)
        history = history_of(who)
        times = [0, 1, 5, 50, 1e4, 1e12]
        found = model.conditional_expected_purchases(history, times)
        bound = model.residual_purchases(history, 0)[:, None]
        assert found.shape == (*history.age.shape, 6)
        assert (found[:, 0] == 0).all()
        assert (np.diff(found, axis=1) >= 0).all()
        assert (found <= bound * (1 + 1e-12)).all()

    def test_times_of_any_shape_follow_the_rows(self) -> None:
        history = known([0, 2, 5], [0, 10, 20], [39, 39, 30])
        times = np.array([[1.0, 2.0], [3.0, 4.0]])
        found = CDNOW.conditional_expected_purchases(history, times)
        assert found.shape == (3, 2, 2)
        for place in np.ndindex(2, 2):
            each = CDNOW.conditional_expected_purchases(history, times[place])
            assert found[(slice(None), *place)].tolist() == each.tolist()
        assert CDNOW.conditional_expected_purchases(history, []).shape == (3, 0)

    def test_nothing_happens_at_s_of_1(self) -> None:
        history = known([0, 2], [0, 10], [39, 39])
        found = [
            ParetoNBD(r=0.5, alpha=5, s=s, beta=20).conditional_expected_purchases(
                history, [1, 1e6]
            )
            for s in (1 - 1e-9, 1, 1 + 1e-9)
        ]
        assert found[0] == pytest.approx(found[1], rel=1e-6)
        assert found[2] == pytest.approx(found[1], rel=1e-6)

    def test_a_new_customer_is_one_of_no_age(self) -> None:
        found = CDNOW.conditional_expected_purchases(known(0, 0, 0), [1, 52])
        assert found[0] == pytest.approx(CDNOW.expected_purchases([1, 52]), rel=1e-14)

    @given(models, people, st.sampled_from([1e-6, 7.0, 1e6]))
    def test_the_unit_of_time_is_a_matter_of_taste(
        self, model: ParetoNBD, who: People, k: float
    ) -> None:
        history = history_of(who)
        other = attrs.evolve(model, alpha=k * model.alpha, beta=k * model.beta)
        scaled = known(history.frequency, k * history.recency, k * history.age)
        for found, expected in (
            (other.survival(5 * k), model.survival(5)),
            (other.expected_purchases(5 * k), model.expected_purchases(5)),
            (other.probability_alive(scaled), model.probability_alive(history)),
            (
                other.conditional_expected_purchases(scaled, 3 * k),
                model.conditional_expected_purchases(history, 3),
            ),
        ):
            assert found == pytest.approx(expected, rel=1e-9)

    def test_units_must_agree(self) -> None:
        days = known(1, 2, 3, unit="day")
        calls: list[Callable[[], object]] = [
            lambda: CDNOW.probability_alive(days),
            lambda: CDNOW.conditional_expected_purchases(days, 1),
            lambda: CDNOW.residual_purchases(days, 0.1),
            lambda: CDNOW.simulate_like(days, rng=np.random.default_rng(1)),
        ]
        for call in calls:
            error = refused(call, ScaleMismatchError)
            assert str(error) == (
                "history must be in the unit of the model ('week'); got 'day'; fit the"
                " model to a history in that unit"
            )
        free = attrs.evolve(CDNOW, unit=None)
        weeks = attrs.evolve(days, unit="week")
        assert free.probability_alive(days) == CDNOW.probability_alive(weeks)

    def test_a_history_is_one(self) -> None:
        wrong: Any = [1, 2, 3]
        calls: list[Callable[[], object]] = [
            lambda: ParetoNBD.fit(wrong),
            lambda: CDNOW.probability_alive(wrong),
            lambda: CDNOW.conditional_expected_purchases(wrong, 1),
            lambda: CDNOW.residual_purchases(wrong, 0.1),
        ]
        for call in calls:
            error = refused(call, InvalidTypeError)
            assert "history must be a CustomerHistory" in str(error)
        ahead = partial(CDNOW.conditional_expected_purchases, VIGNETTE, [1, -1])
        assert "t[1] must not be negative" in str(refused(ahead, InvalidValueError))


class TestResidualPurchases:
    @pytest.mark.parametrize("s", [1e-5, 0.3, 0.606, 1, 1 + 1e-7, 2, 5.5, 60, 3e4])
    @pytest.mark.parametrize("z", [1e-9, 1e-4, 0.02, 0.7, 1, 30, 1e5])
    def test_the_time_left_is_anexponential_integral(self, s: float, z: float) -> None:
        with mpmath.workdps(40):
            a, b = mpmath.mpf(s), mpmath.mpf(z)
            far = 60 / (a + b) if s > 100 else 0
            exact = (
                mpmath.quad(
                    lambda q: mpmath.exp((1 - a) * q - b * mpmath.expm1(q)),
                    [0, far / 4, far / 2, far],
                )
                if far
                else mpmath.exp(b) * mpmath.expint(a, b)
            )
        found = exponential_integral(s, np.array([z]))
        assert found == pytest.approx([float(exact)], rel=3e-13)

    @pytest.mark.parametrize("s", [0.2, 0.606, 1.0, 2.5])
    def test_they_are_the_discounted_integral_of_the_rate(self, s: float) -> None:
        model = ParetoNBD(r=0.553, alpha=10.578, s=s, beta=11.669)
        history = known([0, 2, 30], [0, 30.43, 20], [39, 38.86, 21])
        found = model.residual_purchases(history, 0.02)
        for row, (x, age) in enumerate(
            zip(history.frequency, history.age, strict=True)
        ):
            here = (model.r + x) / (model.alpha + age), model.beta + age

            def flow(t: float, rate: float = here[0], b: float = here[1]) -> float:
                return float(1.02**-t * rate * (1 + t / b) ** -s)

            worth, _ = integrate.quad(flow, 0, math.inf, epsabs=0, epsrel=1e-12)
            alive = model.probability_alive(history)[row]
            assert found[row] == pytest.approx(alive * worth, rel=1e-10)

    def test_they_agree_with_the_confluent_function_of_the_authors(self) -> None:
        # DERT of Fader, Hardie and Lee (2005), with Tricomi's function.
        history = known([0, 2], [0, 30.43], [39, 38.86])
        d = math.log1p(0.15) / 52
        m = CDNOW
        n, b = m.r + history.frequency, d * (m.beta + history.age)
        tricomi = [float(mpmath.hyperu(m.s, m.s, each)) for each in b]
        expected = d ** (m.s - 1) * n * tricomi * (m.beta + history.age) ** m.s
        expected *= m.probability_alive(history) / (m.alpha + history.age)
        found = m.residual_purchases(history, 1.15 ** (1 / 52) - 1)
        assert found == pytest.approx(expected, rel=1e-11)

    def test_without_discount_they_are_finite_for_s_above_1_only(self) -> None:
        model = ParetoNBD(r=2, alpha=4, s=3, beta=6, unit="week")
        assert model.residual_purchases(known(4, 4, 4), 0) == pytest.approx(
            [(2 + 4) / (4 + 4) * (6 + 4) / (3 - 1)]
        )
        near = model.residual_purchases(known([0, 4], [0, 3], [4, 4]), 1e-9)
        whole = model.residual_purchases(known([0, 4], [0, 3], [4, 4]), 0)
        assert near == pytest.approx(whole, rel=1e-7)
        for s in (0.6, 1):
            endless = attrs.evolve(model, s=s)
            call = partial(endless.residual_purchases, VIGNETTE, 0)
            error = refused(call, InvalidValueError)
            assert str(error) == (
                f"discount must be positive with s = {s:g}; got 0; where s is at most"
                " 1, so many customers hardly ever leave that purchases without"
                " discount are infinitely many on average"
            )

    def test_discounts_are_checked(self) -> None:
        for wrong, kind, rule in (
            (-0.1, InvalidValueError, "must lie between 0 and 1; got -0.1"),
            (10, InvalidValueError, "write 0.1 for 10 %"),
            (math.inf, InvalidValueError, "must be a finite number"),
            (math.nan, MissingValueError, "is missing"),
            (1e-10, InvalidValueError, "must be 0 or at least 1e-09"),
        ):
            call = partial(CDNOW.residual_purchases, VIGNETTE, wrong)
            assert rule in str(refused(call, kind))
        text: Any = "10 %"
        refused(lambda: CDNOW.residual_purchases(VIGNETTE, text), InvalidTypeError)

    @given(models, people, st.floats(1e-6, 0.1), st.floats(1.01, 10))
    def test_they_fall_with_the_discount(
        self, model: ParetoNBD, who: People, discount: float, factor: float
    ) -> None:
        history = history_of(who)
        less = model.residual_purchases(history, discount * factor)
        more = model.residual_purchases(history, discount)
        alive = model.probability_alive(history)
        assert less.shape == history.age.shape
        assert (less <= more).all()
        assert (less[alive > 1e-200] < more[alive > 1e-200]).all()

    def test_many_rows_go_through_in_pieces(self) -> None:
        rng = np.random.default_rng(1)
        age = rng.uniform(1, 10, 2_500)
        many = known(rng.integers(1, 9, 2_500), age * rng.random(2_500), age)
        found = CDNOW.residual_purchases(many, 0.01)
        for row in (0, 511, 512, 2_499):
            alone = known(many.frequency[row], many.recency[row], many.age[row])
            expected = CDNOW.residual_purchases(alone, 0.01)
            assert found[row] == pytest.approx(expected[0], rel=1e-12)


TRUTH = ParetoNBD(r=0.6, alpha=6, s=0.8, beta=15, unit="week")


class TestSearching:
    def test_an_even_sample_has_every_kind_and_all_the_weight(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target = likelihood(known(np.arange(10), np.arange(10), np.full(10, 10)))
        for size in (11, 10):
            monkeypatch.setattr(_pareto, "_SAMPLE", size)
            assert target.thinned() is target
        # The middles of four parts of 10 customers are after 1.25, 3.75, 6.25, 8.75.
        monkeypatch.setattr(_pareto, "_SAMPLE", 4)
        few = target.thinned()
        assert few.x.tolist() == few.recency.tolist() == [1, 3, 6, 8]
        assert few.age.tolist() == [10] * 4
        assert few.weights.tolist() == [2.5] * 4
        assert few.rising.at(np.array([2.0])) == pytest.approx(
            likelihood(
                known([1, 3, 6, 8], [1, 3, 6, 8], [10] * 4, weights=[2.5] * 4)
            ).rising.at(np.array([2.0]))
        )
        weights = np.array([0.5, 20, 0.4, 1.1, 2])
        heavy = likelihood(known(np.arange(5), np.arange(5), [9] * 5, weights=weights))
        few = heavy.thinned()  # after 3, 9, 15 and 21 of 24
        assert few.x.tolist() == [1, 3]
        assert few.weights.tolist() == [18, 6]

    @pytest.mark.parametrize(
        ("history", "rate"),
        [
            (known([0, 5, 2], [0, 9, 9], [10, 10, 10], weights=[4, 1, 2]), 9 / 70),
            (known([1, 0], [0.2, 0], [0.3, 0.2]), 2),
            (known([0, 0], [0, 0], [30, 20]), 0.01),
            (known(0, 0, 0), 500),
        ],
    )
    def test_it_starts_at_the_mean_rate_of_the_customers(
        self, history: CustomerHistory, rate: float
    ) -> None:
        for start in likelihood(history).starts():
            r, alpha, _, _ = np.exp(start)
            assert r / alpha == pytest.approx(rate, rel=1e-12)

    @pytest.mark.parametrize(
        ("more", "sample", "searches"),
        [(0, 10**6, 1), (1, 10**6, 2), (0, 100, 2), (1, 100, 3)],
    )
    def test_few_customers_are_searched_twice_within_the_same_bounds(
        self, monkeypatch: pytest.MonkeyPatch, more: int, sample: int, searches: int
    ) -> None:
        boxes: list[float] = []
        maximise = _newton.maximise

        def watched(*args: Any, box: float = 0, **rest: Any) -> Any:
            boxes.append(box)
            return maximise(*args, box=box, **rest)

        history = TRUTH.simulate(900, rng=3, age=40)
        monkeypatch.setattr(_newton, "maximise", watched)
        monkeypatch.setattr(pareto, "_FEW", history.age.size + more)
        monkeypatch.setattr(_pareto, "_SAMPLE", sample)
        assert ParetoNBD.fit(history).fit_report is not None
        assert boxes == [24] * searches


class TestFitting:
    def test_it_recovers_what_the_data_were_drawn_from(self) -> None:
        history = TRUTH.simulate(60_000, rng=1, age=np.linspace(20, 52, 60_000))
        fitted = ParetoNBD.fit(history)
        report = fitted.fit_report
        assert report is not None
        assert report.converged
        assert report.at_bound == ()
        assert report.n == 60_000
        assert report.parameters == NAMES
        assert report.gradient_norm < 1e-4
        error = np.sqrt(np.diag(report.covariance))
        away = (np.array(parameters(fitted)) - parameters(TRUTH)) / error
        assert np.abs(away).max() < 3
        assert fitted.unit == "week"

    def test_its_covariance_is_that_of_repeated_samples(self) -> None:
        fits = [
            ParetoNBD.fit(TRUTH.simulate(3_000, rng=seed, age=52)) for seed in range(30)
        ]
        assert all(fit.fit_report is not None for fit in fits)
        spread = np.std([np.log(parameters(fit)) for fit in fits], axis=0, ddof=1)
        promised = [
            np.sqrt(np.diag(fit.fit_report.covariance)) / parameters(fit)
            for fit in fits
            if fit.fit_report is not None
        ]
        assert spread == pytest.approx(np.median(promised, axis=0), rel=0.3)

    def test_no_place_near_by_is_more_likely(self) -> None:
        history = TRUTH.simulate(2_000, rng=3, age=40)
        fitted = ParetoNBD.fit(history)
        assert fitted.fit_report is not None
        best = fitted.fit_report.log_likelihood
        at = np.log(parameters(fitted))
        assert likelihood(history)(at)[0] == pytest.approx(best, rel=1e-13)
        for move in np.vstack([np.eye(4), -np.eye(4)]):
            assert likelihood(history)(at + 0.01 * move)[0] < best

    @pytest.mark.parametrize("k", [1 / 7, 4.0, 1e6, 1e-6])
    def test_time_in_other_units_gives_the_same_people(self, k: float) -> None:
        history = TRUTH.simulate(1_500, rng=4, age=40)
        x, recency, age, weights = history.timings()
        other = known(x, k * recency, k * age, weights=weights)
        one, two = ParetoNBD.fit(history), ParetoNBD.fit(other)
        assert two.r == pytest.approx(one.r, rel=1e-7)
        assert two.alpha == pytest.approx(k * one.alpha, rel=1e-7)
        assert two.s == pytest.approx(one.s, rel=1e-7)
        assert two.beta == pytest.approx(k * one.beta, rel=1e-7)
        assert one.fit_report is not None
        assert two.fit_report is not None
        shift = (weights @ x) * math.log(k)
        assert two.fit_report.log_likelihood == pytest.approx(
            one.fit_report.log_likelihood - shift, rel=1e-12
        )

    def test_merged_histories_are_fitted_like_whole_ones(self) -> None:
        parts = [TRUTH.simulate(700, rng=seed, age=30 + seed) for seed in range(3)]
        merged = ParetoNBD.fit(parts[0] + parts[1] + parts[2])
        columns = [part.to_columns() for part in reversed(parts)]
        whole = known(
            *(
                np.concatenate([each[name] for each in columns])
                for name in ("frequency", "recency", "age")
            )
        )
        assert parameters(merged) == pytest.approx(parameters(ParetoNBD.fit(whole)))

    def test_a_weight_of_three_is_three_customers(self) -> None:
        history = TRUTH.simulate(400, rng=5, age=40)
        thrice = ParetoNBD.fit(history + history + history)
        heavy = ParetoNBD.fit(attrs.evolve(history, weights=3 * history.weights))
        assert thrice == heavy
        once = ParetoNBD.fit(history)
        assert parameters(thrice) == pytest.approx(parameters(once), rel=1e-6)

    def test_large_histories_are_led_to_the_top_by_a_sample(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        history = TRUTH.simulate(4_000, rng=6, age=40)
        sizes: list[int] = []
        score = Likelihood.__call__

        def watched(self: Any, at: FloatArray) -> Any:
            sizes.append(self.x.size)
            return score(self, at)

        monkeypatch.setattr(Likelihood, "__call__", watched)
        whole, often = ParetoNBD.fit(history), len(sizes)
        monkeypatch.setattr(_pareto, "_SAMPLE", 700)
        sizes.clear()
        led = ParetoNBD.fit(history)
        assert parameters(led) == pytest.approx(parameters(whole), rel=1e-7)
        sample = sizes[0]
        assert 300 < sample <= 700
        assert set(sizes) == {sample, history.age.size}
        assert sizes.count(history.age.size) < often

    def test_the_second_start_finds_tops_that_the_first_misses(self) -> None:
        # Some left at once, the others bought at the very end.
        rng = np.random.default_rng(8)
        x = np.append(np.zeros(20, int), rng.poisson(5, 40) + 1)
        history = known(x, np.where(x > 0, 10.0, 0.0), np.full(60, 10.0))
        first, second = tops(history)
        assert second.value > first.value + 0.1
        fitted = ParetoNBD.fit(history)
        assert fitted.fit_report is not None
        assert fitted.fit_report.log_likelihood == pytest.approx(second.value)
        assert "beta" in fitted.fit_report.at_bound

    def test_a_top_at_a_bound_is_reason_enough_to_look_for_another(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        age = np.append(np.linspace(3.2, 10, 25), [6.7, 3.5, 6.2])
        recency = np.append(np.zeros(25), [1.5, 2.4, 4.5])
        history = known(np.append(np.zeros(25, int), [1, 1, 2]), recency, age)
        first, second = tops(history)
        assert first.converged
        assert first.bound.any()
        assert second.value > first.value + 0.02
        monkeypatch.setattr(pareto, "_FEW", 0)
        fitted = ParetoNBD.fit(history)
        assert fitted.fit_report is not None
        assert fitted.fit_report.log_likelihood == pytest.approx(second.value, abs=1e-3)

    def test_few_customers_may_have_two_tops(self) -> None:
        rng = np.random.default_rng(323)
        x = rng.poisson(2, 12)
        last = np.ceil(10 * rng.random(12) ** (1 / np.maximum(x, 1)))
        history = known(x, np.where(x > 0, last, 0), np.full(12, 10.0))
        first, second = tops(history)
        assert first.converged
        assert not first.bound.any()
        assert second.value > first.value + 0.1
        fitted = ParetoNBD.fit(history)
        assert fitted.fit_report is not None
        assert fitted.fit_report.log_likelihood == pytest.approx(second.value)

    def test_a_top_at_a_tiny_beta_is_within_reach(self) -> None:
        # One customer bought again at once, so whoever never did may have left then.
        rng = np.random.default_rng(2)
        x = np.append(np.zeros(25, int), rng.poisson(9, 25) + 2)
        recency = np.where(x > 0, 10.0, 0.0)
        x[25], recency[25] = 1, 1e-6
        history = known(x, recency, np.full(50, 10.0))
        fitted = ParetoNBD.fit(history)
        assert fitted.beta < 6e-6
        pair = known([0, 1], [0, 1e-9], [1e-3, 1e6])
        report = ParetoNBD.fit(pair).fit_report
        assert report is not None
        assert math.isfinite(report.log_likelihood)

    @pytest.mark.parametrize(
        "history",
        [
            known([0] * 3, [0] * 3, [5, 6, 7]),  # nobody repeats
            known(0, 0, 39),  # one customer
            known(2, 30.43, 38.86),
            known(3, 10, 10),  # who has just bought
            known([4] * 9, np.arange(1, 10), [10] * 9),  # all as often
            known([0, 3], [0, 4e6], [5e6, 5e6]),
            known([0, 10**7], [0, 39], [39, 39]),
            known(0, 0, 0),  # of no age
            known([0, 0], [0, 0], [0, 39], weights=[1e-6, 1e9]),
        ],
    )
    def test_a_ridge_is_reported_and_not_raised(self, history: CustomerHistory) -> None:
        fitted = ParetoNBD.fit(history)
        report = fitted.fit_report
        assert report is not None
        assert math.isfinite(report.log_likelihood)
        bound = [report.parameters.index(name) for name in report.at_bound]
        assert np.isnan(np.diag(report.covariance)[bound]).all()
        alive = fitted.probability_alive(history)
        assert ((alive >= 0) & (alive <= 1)).all()
        assert np.isfinite(fitted.conditional_expected_purchases(history, 1)).all()
        assert bool(report.at_bound) or not report.converged
        assert "do not determine all of its parameters" in fitted.summary()

    def test_nobody_repeats_so_no_repeats_are_expected(self) -> None:
        fitted = ParetoNBD.fit(known([0] * 30, [0] * 30, np.linspace(5, 7, 30)))
        assert fitted.expected_purchases(7) < 0.01

    def test_amounts_do_not_matter(self) -> None:
        x, recency, age = [2, 2, 0, 1, 5], [5, 5, 0, 3, 6], [9, 9, 9, 8, 9]
        plain = ParetoNBD.fit(known(x, recency, age))
        spent = ParetoNBD.fit(known(x, recency, age, spend=[3, 4, 0, 5, 6]))
        assert plain == spent


class TestDrawing:
    def test_the_same_seed_draws_the_same_history(self) -> None:
        one = CDNOW.simulate(50, rng=7, age=39)
        assert one == CDNOW.simulate(50, rng=np.random.default_rng(7), age=39)
        assert one != CDNOW.simulate(50, rng=8, age=39)
        assert one.unit == "week"
        assert one.rows.size == 50
        assert one.spend is None

    def test_what_is_drawn_is_as_the_model_says(self) -> None:
        n = 100_000
        ages = np.where(np.arange(n) < n // 2, 10.0, 50.0)
        history = TRUTH.simulate(n, rng=1, age=ages)
        x, recency = history.expand(history.frequency), history.expand(history.recency)
        assert history.expand(history.age).tolist() == ages.tolist()
        for age in (10.0, 50.0):
            here = ages == age
            error = x[here].std() / math.sqrt(here.sum())
            assert x[here].mean() == pytest.approx(
                TRUTH.expected_purchases(age), abs=4 * error
            )
            never = np.exp(likelihood(known(0, 0, age))(np.log(parameters(TRUTH)))[0])
            assert (x[here] == 0).mean() == pytest.approx(never, abs=0.008)
        # The last of x purchases is at x / (x + 1) of a life without end, on average.
        stays = ParetoNBD(r=50, alpha=50, s=1e-9, beta=1, unit="week")
        drawn = stays.simulate(20_000, rng=2, age=4)
        x, recency = drawn.frequency, drawn.recency
        for count in (1, 4):
            part = recency[x == count] / 4
            expected = count / (count + 1)
            assert part.mean() == pytest.approx(expected, abs=0.02)
            assert stats.kstest(part**count, "uniform").pvalue > 1e-3
        assert special.gammaln(1) == 0

    def test_probabilities_hold_among_those_who_are_drawn(self) -> None:
        """Who is predicted to buy so often in the second half does so on average."""
        n, half = 60_000, 20.0
        rng = np.random.default_rng(3)
        rate = rng.gamma(TRUTH.r, 1 / TRUTH.alpha, n)
        life = rng.exponential(size=n) / rng.gamma(TRUTH.s, 1 / TRUTH.beta, n)
        first = np.minimum(life, half)
        x = rng.poisson(rate * first)
        recency = np.where(x > 0, first * rng.random(n) ** (1 / np.maximum(x, 1)), 0)
        later = rng.poisson(rate * np.clip(life - half, 0, half))
        history = known(x, recency, np.full(n, half))
        alive = history.expand(TRUTH.probability_alive(history))
        ahead = history.expand(TRUTH.conditional_expected_purchases(history, half))
        for decile in np.array_split(np.argsort(alive), 10):
            share = (life[decile] > half).mean()
            assert share == pytest.approx(alive[decile].mean(), abs=0.03)
        for decile in np.array_split(np.argsort(ahead), 10):
            error = later[decile].std() / math.sqrt(decile.size)
            assert later[decile].mean() == pytest.approx(
                ahead[decile].mean(), abs=4 * error + 0.005
            )

    def test_extreme_models_can_be_drawn_from(self) -> None:
        for r, s in ((1e-6, 1e-6), (1e5, 1e-9), (1, 1e-3), (1e5, 1e5)):
            model = ParetoNBD(r=r, alpha=1e5, s=s, beta=1e5, unit="week")
            assert model.simulate(500, rng=1, age=50).rows.size == 500
        assert not CDNOW.simulate(5, rng=1, age=0).frequency.any()

    def test_drawing_is_checked(self) -> None:
        free = attrs.evolve(CDNOW, unit=None)
        half: Any = 1.5
        number: Any = 3
        refused(lambda: CDNOW.simulate(0, rng=1, age=1), InvalidValueError)
        refused(lambda: CDNOW.simulate(half, rng=1, age=1), InvalidTypeError)
        refused(lambda: CDNOW.simulate(2, rng=1, age=-1), InvalidValueError)
        error = refused(
            lambda: CDNOW.simulate(2, rng=1, age=[1, 2, 3]), InvalidValueError
        )
        assert "age must be one number, or one for each of 2 customers" in str(error)
        refused(lambda: CDNOW.simulate(2, rng=1, age=[[1, 2]]), InvalidValueError)
        error = refused(lambda: free.simulate(2, rng=1, age=1), MissingValueError)
        assert str(error) == "unit is missing; the model has none: name it"
        refused(lambda: CDNOW.simulate(2, rng=1, age=1, unit="day"), ScaleMismatchError)
        refused(lambda: free.simulate(2, rng=1, age=1, unit=number), InvalidTypeError)
        assert free.simulate(2, rng=1, age=1, unit="day").unit == "day"
        assert CDNOW.simulate(2, rng=1, age=1, unit="week").unit == "week"
        busy = ParetoNBD(r=9, alpha=1e-30, s=1e-9, beta=1, unit="week")
        error = refused(lambda: busy.simulate(2, rng=1, age=[0, 1]), InvalidValueError)
        assert "age[1] must leave fewer than 1e15 purchases" in str(error)

    def test_another_history_of_the_same_customers(self) -> None:
        history = known([0, 2, 3], [0, 9, 9], [10, 20, 20], weights=[3, 2.5, 1])
        drawn = CDNOW.simulate_like(history, rng=np.random.default_rng(1))
        ages = [drawn.weights[drawn.age == age].sum() for age in (10, 20)]
        assert ages == pytest.approx([3, 3.5])
        assert drawn.rows.size == 3 + 3 + 1
        assert drawn.unit == "week"
        assert drawn.spend is None
        large = TRUTH.simulate(20_000, rng=1, age=40)
        again = TRUTH.simulate_like(large, rng=np.random.default_rng(2))
        means = [h.weights @ h.frequency / 20_000 for h in (large, again)]
        assert means == pytest.approx([TRUTH.expected_purchases(40)] * 2, rel=0.05)


class TestTheModel:
    @pytest.mark.parametrize("name", NAMES)
    def test_parameters_are_positive_numbers(self, name: str) -> None:
        good: dict[str, Any] = dict.fromkeys(NAMES, 1)
        for wrong in (0, -1, math.nan, math.inf):
            error = refused(
                partial(ParetoNBD, **good | {name: wrong}), InvalidValueError
            )
            rule = "be positive" if wrong <= 0 else "be a finite number"
            assert f"{name} must {rule}; got {wrong}" in str(error)
        for kind in ("1", None, True, [1]):
            error = refused(partial(ParetoNBD, **good | {name: kind}), InvalidTypeError)
            assert f"{name} must be a number" in str(error)
        model = ParetoNBD(**good | {name: np.float32(0.5)})
        assert type(getattr(model, name)) is float

    def test_unit_and_report_are_of_their_kind(self) -> None:
        good: dict[str, Any] = dict.fromkeys(NAMES, 1)
        for name, wrong in (("unit", " "), ("unit", 7), ("fit_report", "good")):
            error = InvalidTypeError if wrong != " " else InvalidValueError
            refused(partial(ParetoNBD, **good | {name: wrong}), error)

    def test_it_compares_by_parameters_and_unit(self) -> None:
        fitted = ParetoNBD.fit(TRUTH.simulate(300, rng=1, age=30))
        typed = attrs.evolve(fitted, fit_report=None)
        assert fitted == typed
        assert hash(fitted) == hash(typed)
        assert fitted != attrs.evolve(fitted, unit="day")
        assert fitted != attrs.evolve(fitted, beta=1)
        for copied in (copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):  # noqa: S301
            assert copied == fitted
            assert copied.fit_report == fitted.fit_report

    def test_it_says_what_it_is(self) -> None:
        assert repr(CDNOW) == (
            "ParetoNBD(r=0.5533, alpha=10.58, s=0.6062, beta=11.67, unit='week')"
        )
        free = ParetoNBD(r=1, alpha=4, s=1, beta=12)
        assert repr(free) == "ParetoNBD(r=1, alpha=4, s=1, beta=12)"
        assert free.summary() == (
            "While they stay, customers buy again 0.25 times per unit of time on"
            " average, and half of them have left after 12 (unit: unit of time). Nobody"
            " sees them leave: the model (Pareto/NBD) infers it from silence."
        )
        for s, share in ((0.04, "1.1 %"), (0.01, "0.3 %"), (1e-5, "0.0 %")):
            stays = attrs.evolve(free, s=s).summary()
            assert f"on average, and {share} have left after 4 (unit: unit" in stays
        busy = ParetoNBD(r=2, alpha=4, s=0.04, beta=12, unit="week")
        assert busy.summary() == (
            "While they stay, customers buy again 0.5 times per week on average, and"
            " 0.6 % have left after 2 (unit: week). Nobody sees them leave: the model"
            " (Pareto/NBD) infers it from silence."
        )

    @pytest.mark.parametrize(
        ("beta", "times", "said"),
        [
            (12, 999_999, "half of them have left after 1.2e+07 "),
            (12, 1_000_000.5, "1.4 % have left after 4 "),
            (0.01, 999_999, "half of them have left after 1e+04 "),
            (0.01, 1_000_000.5, "26.0 % have left after 4 "),
        ],
    )
    def test_a_half_life_is_said_up_to_a_million_times_beta(
        self, beta: float, times: float, said: str
    ) -> None:
        s = math.log(2) / math.log1p(times)
        model = ParetoNBD(r=1, alpha=4, s=s, beta=beta)
        assert f"on average, and {said}(unit: unit of time)." in model.summary()

    def test_the_half_that_has_left_is_half(self) -> None:
        assert CDNOW.survival(CDNOW.beta * (2 ** (1 / CDNOW.s) - 1)) == pytest.approx(
            0.5
        )

    def test_a_good_fit_says_nothing_of_doubt(self) -> None:
        fitted = ParetoNBD.fit(TRUTH.simulate(3_000, rng=1, age=40))
        assert fitted.summary().endswith("infers it from silence.")
        report = fitted.fit_report
        assert report is not None
        poor = attrs.evolve(fitted, fit_report=attrs.evolve(report, converged=False))
        assert poor.summary().endswith("see fit_report.")
        bound = attrs.evolve(
            report, at_bound=("r",), covariance=np.full((4, 4), np.nan)
        )
        assert attrs.evolve(fitted, fit_report=bound).summary().endswith("fit_report.")

    def test_it_becomes_a_dict(self) -> None:
        expected = {"r": 0.55327705, "alpha": 10.577683}
        expected |= {"s": 0.60623999, "beta": 11.668735}
        assert CDNOW.to_dict() == {**expected, "unit": "week"}
        assert ParetoNBD(**CDNOW.to_dict()) == CDNOW


class TestLimits:
    @pytest.mark.parametrize("n", [100_000_001, 10**400])
    def test_nobody_draws_so_many(self, n: int) -> None:
        error = refused(lambda: CDNOW.simulate(n, rng=1, age=3), InvalidValueError)
        assert str(error).startswith("n must be at most 100 million; got")

    def test_seeds_do_where_generators_do(self) -> None:
        drawn = CDNOW.simulate_like(VIGNETTE, rng=7)
        assert drawn == CDNOW.simulate_like(VIGNETTE, rng=np.random.default_rng(7))
        assert drawn.age.tolist() == VIGNETTE.age.tolist()
        refused(lambda: CDNOW.simulate_like(VIGNETTE, rng=-7), InvalidValueError)

    def test_a_table_is_no_history_and_the_way_out_is_named(self) -> None:
        table: Any = {"frequency": [1], "recency": [2], "age": [3]}
        error = refused(lambda: ParetoNBD.fit(table), InvalidTypeError)
        assert "CustomerHistory.from_summary(...)" in str(error)
