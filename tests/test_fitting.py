"""Reports on fits, and how sure we are of what fitted models say."""

import copy
import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Self

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cxmkit import CxmError
from cxmkit._newton import Optimum, maximise
from cxmkit.contracts import ShiftedBetaGeometric
from cxmkit.errors import EmptySampleError, InvalidTypeError, InvalidValueError
from cxmkit.errors import MissingValueError as Missing
from cxmkit.fitting import FitReport, report_on
from cxmkit.uncertainty import ConfidenceInterval, confidence_interval

NAN = math.nan
NUMBERS = ("value", "se", "low", "high")
Z = float(norm.ppf(0.975))


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


def a_report(**changes: Any) -> FitReport:
    fields: dict[str, Any] = {
        "parameters": ["alpha", "beta"],
        "log_likelihood": -1680.265,
        "iterations": 6,
        "converged": True,
        "gradient_norm": 1e-9,
        "at_bound": [],
        "covariance": [[0.0064, 0.012], [0.012, 0.0256]],
        "n": 1000,
        "values": [0.704, 1.182],
    }
    return FitReport(**(fields | changes))


def bounded(**changes: Any) -> FitReport:
    covariance = [[0.0064, NAN], [NAN, NAN]]
    return a_report(at_bound=["beta"], covariance=covariance, **changes)


@attrs.frozen(kw_only=True)
class Waits:
    """Exponential waiting times: all is known in closed form."""

    rate: float
    unit: str | None = None
    fit_report: FitReport | None = attrs.field(default=None, eq=False, repr=False)

    @classmethod
    def fit(cls, history: Any) -> Self:
        times = np.asarray(history, float)
        if not times.size:
            raise EmptySampleError("times must hold one", argument="times")
        rate = times.size / float(times.sum())
        made = a_report(
            parameters=["rate"],
            covariance=[[rate**2 / times.size]],
            n=times.size,
            values=[rate],
        )
        return cls(rate=rate, unit="day", fit_report=made)

    def simulate_like(self, history: Any, *, rng: np.random.Generator) -> Any:
        return rng.exponential(1 / self.rate, len(history))

    def mean(self) -> float:
        return 1 / self.rate


@attrs.frozen(kw_only=True)
class Pair:
    alpha: float = 0.704
    beta: float = 1.182
    fit_report: FitReport | None = attrs.field(factory=a_report, eq=False, repr=False)


WAITS = np.random.default_rng(3).exponential(2.5, 50)


# The report


def test_what_a_report_holds() -> None:
    it = a_report()
    assert it.parameters == ("alpha", "beta")
    assert it.at_bound == ()
    assert it.values == (0.704, 1.182)
    assert isinstance(it.log_likelihood, float)
    assert not it.covariance.flags.writeable
    assert it.standard_errors == pytest.approx({"alpha": 0.08, "beta": 0.16})
    assert it.aic == pytest.approx(2 * 1680.265 + 4)
    assert it.bic == pytest.approx(2 * 1680.265 + 2 * math.log(1000))


def test_standard_errors_at_a_bound_are_unknown() -> None:
    errors = bounded().standard_errors
    assert errors["alpha"] == pytest.approx(0.08)
    assert math.isnan(errors["beta"])


def test_uncertain_parameters() -> None:
    assert a_report().uncertain == ()
    assert a_report(values=[0.161, 0.319]).uncertain == ("beta",)
    assert a_report(values=[0.159, 0.319]).uncertain == ("alpha", "beta")
    assert a_report(values=[0.16, 1]).uncertain == ("alpha",)
    assert bounded().uncertain == ("beta",)
    assert a_report(values=[]).uncertain == ()


def test_a_report_speaks() -> None:
    line = (
        "Fit of alpha, beta: log-likelihood -1680.27, n = 1,000, converged in 6 steps"
    )
    assert repr(a_report()) == line
    assert repr(bounded()) == f"{line}, at a bound: beta"
    lost = a_report(converged=False, n=2.5, iterations=1)
    assert repr(lost).endswith("n = 2.5, no top in 1 step")
    said = a_report().summary()
    assert said.startswith("The search ended at the best parameters")
    assert "hardly" not in said
    assert "test it on customers" in said
    doubtful = a_report(values=[0.1, 0.2]).summary()
    assert "alpha and beta can hardly be told by them" in doubtful
    one = bounded().summary()
    assert one.startswith("beta ended at a bound: the data (n = 1,000) cannot tell how")
    assert "large it is" in one
    assert "Do not read this parameter." in one
    both = a_report(at_bound=["alpha", "beta"], covariance=np.full((2, 2), NAN))
    assert "alpha and beta ended at a bound" in both.summary()
    assert "large they are" in both.summary()
    assert "Do not read these parameters." in both.summary()
    assert "do not rely on the fit" in lost.summary()


def test_a_report_prints_a_table() -> None:
    lines = str(a_report()).splitlines()
    assert lines[0] == repr(a_report())
    assert lines[1].split() == ["parameter", "value", "standard_error"]
    assert lines[2].split() == ["alpha", "0.704", "0.08"]
    lines = str(bounded(values=[])).splitlines()
    assert lines[1].split() == ["parameter", "standard_error"]
    assert lines[2].split() == ["alpha", "0.08"]
    assert lines[3].split() == ["beta", "at", "a", "bound"]


def test_a_report_as_plain_values() -> None:
    records = bounded().to_records()
    assert records[0]["standard_error"] == pytest.approx(0.08)
    assert records[1] == {
        "parameter": "beta",
        "value": 1.182,
        "standard_error": None,
        "at_bound": True,
    }
    plain = bounded(gradient_norm=NAN).to_dict()
    assert plain["covariance"] == [[0.0064, None], [None, None]]
    assert plain["log_likelihood"] == -1680.265
    assert plain["gradient_norm"] is None
    assert bounded().to_dict()["gradient_norm"] == 1e-9
    assert plain["at_bound"] == ["beta"]
    assert plain["values"] == [0.704, 1.182]
    assert a_report(values=[]).to_dict()["values"] is None


@pytest.mark.parametrize("make", [a_report, bounded])
def test_reports_travel_and_compare(make: Callable[..., FitReport]) -> None:
    it = make()
    for other in (pickle.loads(pickle.dumps(it)), copy.deepcopy(it), make()):  # noqa: S301
        assert other == it
        assert not other.covariance.flags.writeable
    for name, value in {
        "log_likelihood": -1.0,
        "iterations": 7,
        "converged": False,
        "gradient_norm": 1.0,
        "n": 999,
        "values": [1, 2],
        "parameters": ["a", "beta"],
    }.items():
        assert make(**{name: value}) != it
    assert make() != a_report(covariance=np.full((2, 2), NAN))
    assert it != "a report"
    assert a_report() != bounded()
    with pytest.raises(TypeError, match="unhashable"):
        hash(it)


def test_unknown_gradients_are_equal() -> None:
    assert a_report(gradient_norm=NAN) == a_report(gradient_norm=NAN)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"parameters": []}, InvalidValueError, "parameters must hold at least one"),
        ({"parameters": "alpha"}, InvalidTypeError, "be a series of str"),
        ({"parameters": ["a", "a"]}, InvalidValueError, "not repeat the parameter"),
        ({"parameters": ["a", " "]}, InvalidValueError, "visible character"),
        ({"parameters": ["a", 1]}, InvalidTypeError, "parameters[1] must be a str"),
        ({"log_likelihood": "x"}, InvalidTypeError, "log_likelihood must be a number"),
        ({"log_likelihood": NAN}, InvalidValueError, "log_likelihood must be a finite"),
        ({"log_likelihood": -math.inf}, InvalidValueError, "log_likelihood must be a"),
        ({"iterations": -1}, InvalidValueError, "iterations must not be negative"),
        ({"iterations": 1.5}, InvalidTypeError, "iterations must be a whole number"),
        ({"converged": 1}, InvalidTypeError, "converged must be a bool"),
        ({"gradient_norm": -1}, InvalidValueError, "gradient_norm must not be negat"),
        ({"gradient_norm": None}, InvalidTypeError, "gradient_norm must be a number"),
        ({"at_bound": ["gamma"]}, InvalidValueError, "be one of 'alpha', 'beta'"),
        ({"at_bound": "beta"}, InvalidTypeError, "at_bound must be a series of str"),
        ({"covariance": "abc"}, InvalidTypeError, "covariance must hold numbers; got"),
        ({"covariance": None}, InvalidTypeError, "covariance must hold numbers; got"),
        ({"covariance": [[1, 0], [0, "1"]]}, InvalidTypeError, "must hold numbers"),
        ({"covariance": [[1], [0, 1]]}, InvalidTypeError, "must hold numbers"),
        (
            {"covariance": [[1, 0], [0, math.inf]]},
            InvalidValueError,
            "covariance[1, 1] must be finite or NaN; got inf",
        ),
        ({"covariance": [[1.0]]}, InvalidValueError, "have the shape (2, 2)"),
        ({"covariance": [[1, 0.5], [0.4, 1]]}, InvalidValueError, "be symmetric"),
        ({"covariance": [[1, NAN], [0.4, 1]]}, InvalidValueError, "be symmetric"),
        ({"covariance": [[1, 0], [0, -1]]}, InvalidValueError, "on its diagonal; got"),
        ({"at_bound": ["beta"]}, InvalidValueError, "covariance[0, 1] must be NaN"),
        ({"n": 0}, InvalidValueError, "n must be positive"),
        ({"n": NAN}, InvalidValueError, "n must be a finite number"),
        ({"n": None}, InvalidTypeError, "n must be a number"),
        ({"values": [1.0]}, InvalidValueError, "have one value per parameter (2)"),
        ({"values": ["x", 1]}, InvalidTypeError, "values[0] must be a float"),
        ({"values": 7}, InvalidTypeError, "values must be a series of float"),
    ],
)
def test_reports_that_cannot_be(
    changes: dict[str, Any], error: type[CxmError], words: str
) -> None:
    assert words in refused(lambda: a_report(**changes), error)


# Making a report


def an_optimum(**changes: Any) -> Optimum:
    fields: dict[str, Any] = {
        "at": np.zeros(2),
        "value": -10.0,
        "gradient": np.array([3e-8, 4e-8]),
        "hessian": -np.array([[4.0, 1.0], [1.0, 2.0]]),
        "iterations": 5,
        "converged": True,
        "bound": np.array([False, False]),
    }
    return Optimum(**(fields | changes))


def test_the_covariance_is_that_of_the_parameters_themselves() -> None:
    made = report_on(an_optimum(), ("a", "b"), np.array([10.0, 0.1]), 7)
    inverse = np.array([[2, -1], [-1, 4]]) / 7
    expected = inverse * np.outer([10, 0.1], [10, 0.1])
    np.testing.assert_allclose(made.covariance, expected, rtol=1e-12)
    assert made.gradient_norm == pytest.approx(5e-8)
    assert (made.values, made.n, made.iterations) == ((10.0, 0.1), 7.0, 5)
    assert (made.converged, made.at_bound, made.log_likelihood) == (True, (), -10.0)


def test_at_a_bound_the_rest_has_its_covariance_given_that() -> None:
    optimum = an_optimum(bound=np.array([True, False]), gradient=np.array([9.0, 1e-8]))
    made = report_on(optimum, ("a", "b"), np.array([10.0, 0.1]), 7)
    assert made.at_bound == ("a",)
    assert made.covariance[1, 1] == pytest.approx(0.5 * 0.1**2)
    assert np.isnan(made.covariance).tolist() == [[True, True], [True, False]]
    assert made.gradient_norm == 1e-8
    both = report_on(an_optimum(bound=np.ones(2, bool)), ("a", "b"), np.ones(2), 7)
    assert np.isnan(both.covariance).all()
    assert both.gradient_norm == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"converged": False},
        {"hessian": -np.ones((2, 2))},
        {"hessian": -np.diag([1.0, 1e-13])},
        {"hessian": -np.diag([1.0, -1.0])},
        {"hessian": np.full((2, 2), NAN), "converged": False},
    ],
)
def test_what_is_no_top_has_no_covariance(changes: dict[str, Any]) -> None:
    made = report_on(an_optimum(**changes), ("a", "b"), np.ones(2), 7)
    assert np.isnan(made.covariance).all()


@pytest.mark.parametrize("value", [NAN, -math.inf])
def test_data_that_nothing_explains_have_no_report(value: float) -> None:
    optimum = an_optimum(value=value, converged=False)
    words = refused(
        lambda: report_on(optimum, ("a", "b"), np.ones(2), 7), InvalidValueError
    )
    assert words == (
        "history must have a likelihood that a float can hold;"
        f" got {value}; numbers are too large"
    )


def test_a_fit_of_known_curvature() -> None:
    def likelihood(x: Any) -> tuple[float, Any, Any]:
        total = np.exp(x[0]) * WAITS.sum()
        gradient = np.array([WAITS.size - total])
        return WAITS.size * x[0] - total, gradient, np.array([[-total]])

    found = maximise(likelihood, np.zeros(1))
    made = report_on(found, ("rate",), np.exp(found.at), WAITS.size)
    expected = Waits.fit(WAITS).fit_report
    assert isinstance(expected, FitReport)
    assert made.converged
    assert made.values == pytest.approx(expected.values)
    np.testing.assert_allclose(made.covariance, expected.covariance)
    assert made.log_likelihood == pytest.approx(50 * (math.log(made.values[0]) - 1))


# The delta method


def test_the_interval_of_a_mean_on_each_scale() -> None:
    model = Waits.fit(WAITS)
    mean, error = WAITS.mean(), WAITS.mean() / math.sqrt(50)
    log = confidence_interval(model, lambda m: m.mean())
    assert log.value == pytest.approx(mean)
    assert log.se == pytest.approx(error, rel=1e-6)
    assert log.low == pytest.approx(mean * math.exp(-Z / math.sqrt(50)), rel=1e-6)
    assert log.high == pytest.approx(mean * math.exp(Z / math.sqrt(50)), rel=1e-6)
    assert (log.method, log.scale, log.level) == ("delta", "log", 0.95)
    assert isinstance(log.low, float)
    plain = confidence_interval(model, lambda m: m.mean(), scale="plain", level=0.8)
    reach = float(norm.ppf(0.9)) * error
    assert (plain.low, plain.high) == pytest.approx((mean - reach, mean + reach))
    assert (plain.scale, plain.level) == ("plain", 0.8)


def test_the_interval_of_a_share_stays_a_share() -> None:
    model = Waits.fit(WAITS)

    def late(m: Any) -> Any:
        return math.exp(-m.rate * 2.5)

    share = late(model)
    slope = share * model.rate * 2.5 / math.sqrt(50)
    logit = math.log(share / (1 - share))
    reach = Z * slope / (share * (1 - share))
    found = confidence_interval(model, late, scale="logit")
    assert found.low == pytest.approx(1 / (1 + math.exp(reach - logit)), rel=1e-6)
    assert found.high == pytest.approx(1 / (1 + math.exp(-reach - logit)), rel=1e-6)
    wide = confidence_interval(model, late, scale="logit", level=1 - 1e-12)
    assert 0 < wide.low < wide.high < 1


def test_parameters_that_go_together() -> None:
    pair = Pair()
    covariance = a_report().covariance
    a, b = pair.alpha, pair.beta
    product = confidence_interval(pair, lambda m: m.alpha * m.beta)
    relative = covariance[0, 0] / a**2 + covariance[1, 1] / b**2
    with_both = relative + 2 * covariance[0, 1] / (a * b)
    assert product.se == pytest.approx(a * b * math.sqrt(with_both), rel=1e-6)
    ratio = confidence_interval(pair, lambda m: m.alpha / m.beta)
    without = relative - 2 * covariance[0, 1] / (a * b)
    assert ratio.se == pytest.approx(a / b * math.sqrt(without), rel=1e-5)


def test_arrays_keep_their_shape() -> None:
    found = confidence_interval(
        Pair(), lambda m: np.outer([1, 2, 3], [m.alpha, m.beta])
    )
    assert found.value.shape == found.low.shape == found.se.shape == (3, 2)
    np.testing.assert_allclose(found.se, np.outer([1, 2, 3], [0.08, 0.16]), rtol=1e-6)
    assert not found.high.flags.writeable


def test_what_does_not_depend_on_the_parameters_is_certain() -> None:
    found = confidence_interval(Pair(), lambda m: [0.0, 1.0, -2.0, m.alpha])
    assert found.low.tolist()[:3] == found.high.tolist()[:3] == [0, 1, -2]
    assert found.low[3] < found.value[3] < found.high[3]
    share = confidence_interval(Pair(), lambda _: [0.0, 1.0, 0.5], scale="logit")
    assert share.se.tolist() == [0, 0, 0]
    assert share.low.tolist() == share.high.tolist() == [0, 1, 0.5]


@given(st.floats(1e-6, 1e6), st.floats(0.1, 10))
def test_the_unit_of_a_quantity_does_not_matter(unit: float, power: float) -> None:
    one = confidence_interval(Pair(), lambda m: m.alpha**power)
    other = confidence_interval(Pair(), lambda m: unit * m.alpha**power)
    for name in ("value", "se", "low", "high"):
        assert getattr(other, name) == pytest.approx(unit * getattr(one, name))


def test_neighbours_keep_all_but_their_parameters() -> None:
    seen: list[Any] = []

    def watch(m: Any) -> float:
        seen.append(m)
        return float(m.rate)

    model = Waits.fit(WAITS)
    confidence_interval(model, watch)
    assert seen[0] is model
    assert [m.unit for m in seen] == ["day"] * 3
    assert [m.fit_report for m in seen[1:]] == [None, None]
    assert seen[1].rate / model.rate == pytest.approx(math.exp(1e-3))


@pytest.mark.reference
def test_the_standard_errors_of_published_parameters() -> None:
    # A quantity that is a parameter has the standard error of the report.
    model = ShiftedBetaGeometric.fit(
        [369, 163, 86, 56, 37, 27, 21], [631, 468, 382, 326, 289, 262, 241]
    )
    fit = model.fit_report
    assert isinstance(fit, FitReport)
    found = confidence_interval(model, lambda m: [m.alpha, m.beta])
    np.testing.assert_allclose(found.se, [*fit.standard_errors.values()], rtol=1e-6)
    assert round(model.survival(12), 3) == 0.170


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    # With small samples; those of real models stand in the docstring.
    rng = np.random.default_rng(1)
    hits = {"log": 0, "plain": 0}
    for _ in range(1_000):
        model = Waits.fit(rng.exponential(2.5, 30))
        for scale in ("log", "plain"):
            found = ci(model, lambda m: m.mean(), scale=scale)
            hits[scale] += found.low <= 2.5 <= found.high
    assert 936 <= hits["log"] <= 964  # two standard errors about 950
    assert hits["plain"] < hits["log"]


def test_intervals_of_a_real_model_hold_the_truth() -> None:
    truth = ShiftedBetaGeometric(alpha=0.7041, beta=1.182)

    def said(m: Any) -> Any:
        return np.array([m.survival(12), m.residual_lifetime(0.1)])

    rng = np.random.default_rng(1)
    hits = np.zeros(2)
    for _ in range(100):
        model = ShiftedBetaGeometric.fit(*truth.simulate(300, rng=rng, periods=7))
        found = confidence_interval(model, said)
        hits += (found.low <= said(truth)) & (said(truth) <= found.high)
    assert (hits >= 90).all()


# The bootstrap


def test_the_bootstrap_of_a_mean() -> None:
    model = Waits.fit(WAITS)
    found = confidence_interval(
        model, lambda m: m.mean(), method="bootstrap", history=WAITS, rng=1
    )
    assert (found.method, found.scale) == ("bootstrap", "plain")
    assert found.value == pytest.approx(WAITS.mean())
    assert found.se == pytest.approx(WAITS.mean() / math.sqrt(50), rel=0.1)
    rng = np.random.default_rng(1)
    means = [
        1 / Waits.fit(rng.exponential(1 / model.rate, 50)).rate for _ in range(999)
    ]
    assert found.low == pytest.approx(np.quantile(means, 0.025))
    assert found.high == pytest.approx(np.quantile(means, 0.975))
    assert found.se == pytest.approx(np.std(means, ddof=1))


def test_a_seed_draws_the_same_and_a_generator_goes_on() -> None:
    model = Waits.fit(WAITS)

    def drawn(rng: Any, draws: int = 99, level: float = 0.95) -> ConfidenceInterval:
        return confidence_interval(
            model,
            lambda m: [m.rate, m.mean()],
            method="bootstrap",
            history=WAITS,
            rng=rng,
            draws=draws,
            level=level,
        )

    assert drawn(5) == drawn(5) == drawn(np.random.default_rng(5))
    assert drawn(5) != drawn(6)
    assert drawn(5, draws=100) != drawn(5)
    assert (drawn(5, level=0.5).low > drawn(5).low).all()
    source = np.random.default_rng(5)
    assert drawn(source) != drawn(source)


def test_the_bootstrap_takes_tables_of_two_columns_and_bounds() -> None:
    table = ([30, 21, 15], [70, 49, 34])  # all alike: both parameters at a bound
    model = ShiftedBetaGeometric.fit(*table)
    assert model.fit_report is not None
    assert model.fit_report.at_bound
    words = refused(
        lambda: confidence_interval(model, lambda m: m.survival(3)), InvalidValueError
    )
    assert "have no parameter at a bound" in words
    assert 'pass method="bootstrap"' in words
    found = confidence_interval(
        model,
        lambda m: m.survival(3),
        method="bootstrap",
        history=table,
        rng=1,
        draws=99,
    )
    assert found.low < 0.34 < found.high


# Refusals


def changed(model: Any, **fields: Any) -> Any:
    return attrs.evolve(model, fit_report=a_report(**fields))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ci(7), InvalidTypeError, "model must be a fitted model; got 7"),
        (lambda: ci(Optimum), InvalidTypeError, "be a fitted model; got <class"),
        (lambda: ci(an_optimum()), InvalidTypeError, "model must be a fitted model"),
        (lambda: ci(Waits(rate=1.0)), InvalidValueError, "model must have a fit_rep"),
        (lambda: ci(Waits(rate=1.0)), InvalidValueError, "fit it with .fit(...)"),
        (lambda: ci(Pair(alpha=1.0)), InvalidValueError, "parameters that were fitted"),
        (lambda: ci(changed(Pair(), converged=False)), InvalidValueError, "converged"),
        (
            lambda: ci(changed(Pair(), covariance=np.full((2, 2), NAN))),
            InvalidValueError,
            "have a known covariance",
        ),
        (lambda: ci(Pair(), "alpha"), InvalidTypeError, "be a function of a model"),
        (
            lambda: ci(Pair(), lambda _: "x"),
            InvalidTypeError,
            "quantity must be a numb",
        ),
        (lambda: ci(Pair(), lambda _: NAN), Missing, "quantity is missing"),
        (lambda: ci(Pair(), level=95), InvalidValueError, "write level=0.95 for 95 %"),
        (lambda: ci(Pair(), method="exact"), InvalidValueError, '"delta", "bootstrap"'),
        (lambda: ci(Pair(), scale="probit"), InvalidValueError, '"log", "logit", "pl'),
        (
            lambda: ci(Pair(), rng=1),
            InvalidValueError,
            'rng must be left out with "del',
        ),
        (
            lambda: ci(Pair(), history=[1]),
            InvalidValueError,
            "history must be left out",
        ),
        (lambda: ci(Pair(), draws=99), InvalidValueError, "draws must be left out"),
        (
            lambda: ci(Pair(), lambda m: -m.alpha),
            InvalidValueError,
            'be positive on the log scale; got -0.704; pass scale="plain"',
        ),
        (
            lambda: ci(Pair(), lambda m: [m.alpha, m.beta], scale="logit"),
            InvalidValueError,
            "quantity[1] must lie between 0 and 1 on the logit scale; got 1.182",
        ),
        (
            lambda: ci(Pair(), lambda m: np.ones(1 + (m.alpha > 0.704))),
            InvalidValueError,
            "have the same shape for all models (1,)",
        ),
        (
            lambda: boot(history=None),
            Missing,
            "history is missing; pass what the model",
        ),
        (lambda: boot(rng=None), Missing, "rng is missing; pass a seed, such as rng=1"),
        (
            lambda: boot(draws=98),
            InvalidValueError,
            "draws must be at least 99; got 98",
        ),
        (lambda: boot(draws=99.0), InvalidTypeError, "draws must be a whole number"),
        (
            lambda: boot(rng="x"),
            InvalidTypeError,
            "rng must be a seed or a numpy.random.Generator",
        ),
        (lambda: boot(rng=-1), InvalidValueError, "rng must not be negative; got -1"),
        (
            lambda: ci(Pair(), method="bootstrap", history=[1], rng=1),
            InvalidValueError,
            'have a method simulate_like for "bootstrap"',
        ),
        (lambda: boot(scale="log"), InvalidValueError, "scale must be left out with"),
        (
            lambda: boot(history=[]),
            InvalidValueError,
            "history must hold enough customers to be drawn again; got []; times must",
        ),
    ],
)
def test_calls_that_cannot_be(
    call: Callable[[], object], error: type[CxmError], words: str
) -> None:
    assert words in refused(call, error)


def ci(model: Any, quantity: Any = lambda m: m.alpha, **options: Any) -> Any:
    return confidence_interval(model, quantity, **options)


def boot(**options: Any) -> Any:
    known: dict[str, Any] = {"history": WAITS, "rng": 1}
    return ci(Waits.fit(WAITS), lambda m: m.rate, method="bootstrap", **known | options)


def test_a_quantity_that_neighbours_lack_is_refused_with_their_reason() -> None:
    def finite(m: Any) -> float:
        if m.alpha < 0.704:
            raise InvalidValueError("alpha must be above 0.704", argument="alpha")
        return float(m.alpha)

    words = refused(lambda: ci(Pair(), finite), InvalidValueError)
    assert "quantity must be known for all models near the fitted one" in words
    assert words.endswith("alpha must be above 0.704")
    # What the model itself refuses, it says itself.
    words = refused(
        lambda: ci(Pair(), lambda m: finite(attrs.evolve(m, alpha=0.1))),
        InvalidValueError,
    )
    assert words == "alpha must be above 0.704"


# The interval


def an_interval(**changes: Any) -> ConfidenceInterval:
    fields: dict[str, Any] = {
        "value": 1.2,
        "se": 0.1,
        "low": 1.02,
        "high": 1.41,
        "method": "delta",
        "scale": "log",
    }
    return ConfidenceInterval(**(fields | changes))


def several(**changes: Any) -> ConfidenceInterval:
    fields = {
        "value": [1.2, 3],
        "se": [0.1, 0],
        "low": [1.3, 3],
        "high": [1.4, 3],
        "method": "bootstrap",
        "scale": "plain",
    }
    return an_interval(**(fields | changes))


def test_an_interval_speaks() -> None:
    assert repr(an_interval()) == "1.2 [1.02, 1.41] 95 %, delta method on the log scale"
    assert repr(several()) == "2 numbers with intervals of 95 %, parametric bootstrap"
    one = an_interval(level=0.8).summary()
    assert one.startswith("1.2, 80 % interval 1.02 to 1.41 (delta method on the log")
    assert "It says how well" in one
    assert several().summary().startswith("2 numbers with intervals of 95 % each (par")
    assert "They say how well" in several().summary()
    assert str(an_interval()).splitlines()[1:] == [
        "value   se   low  high",
        "  1.2  0.1  1.02  1.41",
    ]
    assert str(several()).splitlines()[2].split() == ["0", "1.2", "0.1", "1.3", "1.4"]


def test_an_interval_as_plain_values() -> None:
    assert an_interval().to_records() == [
        {"index": (), "value": 1.2, "se": 0.1, "low": 1.02, "high": 1.41}
    ]
    grid = [[1.0, 2.0]]
    wide = several(value=grid, se=grid, low=grid, high=grid).to_records()
    assert [each["index"] for each in wide] == [(0, 0), (0, 1)]
    assert wide[1]["value"] == 2.0
    assert several().to_dict() == {
        "value": [1.2, 3.0],
        "se": [0.1, 0.0],
        "low": [1.3, 3.0],
        "high": [1.4, 3.0],
        "level": 0.95,
        "method": "bootstrap",
        "scale": "plain",
    }


@pytest.mark.parametrize("make", [an_interval, several])
def test_intervals_travel_and_compare(make: Callable[..., ConfidenceInterval]) -> None:
    it = make()
    for other in (pickle.loads(pickle.dumps(it)), copy.deepcopy(it), make()):  # noqa: S301
        assert other == it
        assert type(other.low) is type(it.low)
    assert make(level=0.9) != it
    assert make(scale="logit") != it
    assert make(se=np.asarray(it.se) + 1) != it
    assert make(method="bootstrap" if it.method == "delta" else "delta") != it
    assert it != 1.2
    with pytest.raises(TypeError, match="unhashable"):
        hash(it)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"se": -0.1}, "se must not be negative"),
        ({"low": 1.5}, "low must not lie above high"),
        ({"low": [1.0]}, "low must have the shape of value ()"),
        ({"high": NAN}, "high must be a finite number"),
        ({"value": NAN}, "value must be a finite number"),
        *[({name: math.inf}, f"{name} must be a finite") for name in NUMBERS],
        ({"low": [1, -math.inf]}, "low[1] must be a finite number; got -inf"),
        ({"method": "exact"}, 'be one of "delta", "bootstrap"'),
        ({"scale": "probit"}, 'be one of "log", "logit", "plain"'),
        ({"level": 95}, "write level=0.95"),
    ],
)
def test_intervals_that_cannot_be(changes: dict[str, Any], words: str) -> None:
    assert words in refused(lambda: an_interval(**changes), InvalidValueError)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["abc", None, ["1", "2"], [[1], [1, 2]], True])
def test_an_interval_is_made_of_numbers(name: str, value: Any) -> None:
    words = refused(lambda: an_interval(**{name: value}), InvalidTypeError)
    assert words.startswith(f"{name} must hold numbers; got ")


def test_an_interval_takes_numbers_of_all_kinds() -> None:
    found = an_interval(value=np.float32(1.25), se=Fraction(1, 8), high=2)
    assert [type(getattr(found, name)) for name in NUMBERS] == [float] * 4
    assert (found.value, found.se, found.high) == (1.25, 0.125, 2.0)


@pytest.mark.parametrize(
    ("scale", "quantity", "hint"),
    [
        ("log", lambda m: m.alpha - 0.70399, 'pass scale="plain"'),
        ("plain", lambda m: 1e308 * m.alpha**2, "the data hardly tell it"),
    ],
)
def test_an_interval_without_end_is_refused(
    scale: str, quantity: Any, hint: str
) -> None:
    words = refused(lambda: ci(Pair(), quantity, scale=scale), InvalidValueError)
    assert words.startswith("quantity must have an interval that ends somewhere; got ")
    assert words.endswith(hint)
