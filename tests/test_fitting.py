"""Reports on fits: how they are made, what they hold, say and refuse."""

import copy
import math
import pickle
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import pytest

from cxmkit import lifetime
from cxmkit._newton import Optimum, maximise
from cxmkit.errors import InvalidValueError
from cxmkit.fitting import FitReport, as_html, report_on

fitted = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("fitted_models.py")))
)
judge, Waits, WAITS = fitted.judge, fitted.Waits, fitted.WAITS
NAN = math.nan


def a_report(**changes: Any) -> FitReport:
    made: FitReport = fitted.a_report(**changes)
    return made


def bounded(**changes: Any) -> FitReport:
    covariance = [[0.0064, NAN], [NAN, NAN]]
    return a_report(at_bound=["beta"], covariance=covariance, **changes)


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


def unknown(*names: str, **changes: Any) -> FitReport:
    """Return a report whose parameters are all at a bound."""
    nothing = np.full((len(names), len(names)), NAN)
    about = {"parameters": names, "at_bound": names, "covariance": nothing}
    return a_report(values=[], **about, **changes)


def test_a_report_speaks_in_one_line() -> None:
    line = (
        "Fit of alpha, beta: log-likelihood -1680.27, n = 1,000, converged in 6 steps"
    )
    assert repr(a_report()) == line
    assert repr(bounded()) == f"{line}, at a bound: beta"
    lost = a_report(converged=False, n=2.5, iterations=1)
    assert repr(lost) == (
        "Fit of alpha, beta: log-likelihood -1680.27, n = 2.5, no top in 1 step"
    )
    assert repr(unknown("a", "b")) == (
        "Fit of a, b: log-likelihood -1680.27, n = 1,000, converged in 6 steps,"
        " at a bound: a, b"
    )


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (
            a_report(),
            (
                "The search ended at the best parameters for these data (n = 1,000)."
                " That is no proof that the model fits: test it on customers or periods"
                " that were kept aside."
            ),
        ),
        (
            a_report(values=[0.1, 0.2], n=2.5),
            (
                "The search ended at the best parameters for these data (n = 2.5)."
                " alpha and beta can hardly be told by them: the standard error is half"
                " of the value or more. That is no proof that the model fits: test it"
                " on customers or periods that were kept aside."
            ),
        ),
        (
            bounded(),
            (
                "beta ended at a bound: the data (n = 1,000) cannot tell how large it"
                " is, only that going on in that direction makes hardly a difference."
                " Do not read this parameter. Predictions may be good all the same:"
                " test them on customers or periods that were kept aside."
            ),
        ),
        (
            unknown("a", "b", "r", n=31.5),
            (
                "a, b and r ended at a bound: the data (n = 31.5) cannot tell how large"
                " they are, only that going on in that direction makes hardly a"
                " difference. Do not read these parameters. Predictions may be good all"
                " the same: test them on customers or periods that were kept aside."
            ),
        ),
        (
            bounded(converged=False),
            (
                "The search found no best parameters for these data (n = 1,000): do not"
                " rely on the fit. There may be too few customers, or they are too much"
                " alike."
            ),
        ),
    ],
)
def test_a_report_tells_a_manager_whether_to_believe_it(
    report: FitReport, said: str
) -> None:
    assert report.summary() == said


def test_a_report_prints_a_table() -> None:
    assert str(a_report()).splitlines() == [
        repr(a_report()),
        "parameter  value  standard_error",
        "alpha      0.704            0.08",
        "beta       1.182            0.16",
    ]
    assert str(bounded(values=[])).splitlines()[1:] == [
        "parameter  standard_error",
        "alpha                0.08",
        "beta                       at a bound",
    ]


def cells(markup: str) -> list[str]:
    """Return the texts of a table, one after the other."""
    return [*ET.fromstring(markup).itertext()]  # noqa: S314  our own markup


def test_a_report_in_a_notebook() -> None:
    shown = a_report()._repr_html_()
    assert cells(shown) == [
        repr(a_report()),
        *("parameter", "value", "standard_error"),
        *("alpha", "0.704", "0.08"),
        *("beta", "1.182", "0.16"),
    ]


def test_a_model_in_a_notebook_says_how_the_fit_went() -> None:
    model = fitted.Pair()
    names = ("alpha", "beta")
    report = [*cells(a_report()._repr_html_())[1:], repr(a_report())]
    assert cells(as_html(model, names)) == [repr(model), *report]
    plain = ["parameter", "value", "alpha", "0.704", "beta", "1.182"]
    bare = fitted.Pair(fit_report=None)
    assert cells(as_html(bare, names)) == [repr(bare), *plain]
    # Other parameters are not those of the report.
    other = fitted.Pair(beta=2.0)
    assert cells(as_html(other, names)) == [repr(other), *plain[:-1], "2"]


@pytest.mark.parametrize(
    "model",
    [
        lifetime.ShiftedBetaGeometric(alpha=1, beta=2),
        lifetime.BetaGeometricNBD(r=1, alpha=2, a=3, b=4),
        lifetime.ParetoNBD(r=1, alpha=2, s=3, beta=4),
        lifetime.GammaGamma(p=1, q=2, gamma=3),
    ],
)
def test_all_models_are_shown_so(model: Any) -> None:
    names = [f.name for f in attrs.fields(type(model)) if f.type is float]
    assert model._repr_html_() == as_html(model, tuple(names))


def test_a_report_as_records() -> None:
    assert bounded().to_records() == [
        {
            "parameter": "alpha",
            "value": 0.704,
            "standard_error": pytest.approx(0.08),
            "at_bound": False,
        },
        {
            "parameter": "beta",
            "value": 1.182,
            "standard_error": None,
            "at_bound": True,
        },
    ]
    assert [each["value"] for each in a_report(values=[]).to_records()] == [None] * 2


def test_a_report_as_plain_values() -> None:
    plain = bounded().to_dict()
    assert plain == {
        "parameters": ["alpha", "beta"],
        "values": [0.704, 1.182],
        "covariance": [[0.0064, None], [None, None]],
        "log_likelihood": -1680.265,
        "gradient_norm": 1e-9,
        "iterations": 6,
        "converged": True,
        "at_bound": ["beta"],
        "n": 1000.0,
    }
    unsure = bounded(gradient_norm=NAN, values=[]).to_dict()
    assert unsure == plain | {"gradient_norm": None, "values": None}


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
    ("changes", "said"),
    [
        (
            {"parameters": []},
            "InvalidValueError: parameters must hold at least one; got ()",
        ),
        (
            {"parameters": "alpha"},
            "InvalidTypeError: parameters must be a series of str; got 'alpha'",
        ),
        (
            {"parameters": ["a", "a"]},
            (
                "InvalidValueError: parameters[1] must not repeat the parameter of"
                " parameters[0]; got 'a'"
            ),
        ),
        (
            {"parameters": ["a", " "]},
            (
                "InvalidValueError: parameters must hold texts with at least one"
                " visible character; got ' '"
            ),
        ),
        (
            {"parameters": ["a", 1]},
            "InvalidTypeError: parameters[1] must be a str; got 1",
        ),
        (
            {"log_likelihood": "x"},
            "InvalidTypeError: log_likelihood must be a number; got 'x'",
        ),
        (
            {"log_likelihood": NAN},
            "InvalidValueError: log_likelihood must be a finite number; got nan",
        ),
        (
            {"log_likelihood": -math.inf},
            "InvalidValueError: log_likelihood must be a finite number; got -inf",
        ),
        (
            {"iterations": -1},
            "InvalidValueError: iterations must not be negative; got -1",
        ),
        (
            {"iterations": 1.5},
            "InvalidTypeError: iterations must be a whole number; got 1.5",
        ),
        ({"converged": 1}, "InvalidTypeError: converged must be a bool; got 1"),
        (
            {"gradient_norm": -1},
            "InvalidValueError: gradient_norm must not be negative; got -1",
        ),
        (
            {"gradient_norm": None},
            "InvalidTypeError: gradient_norm must be a number; got None",
        ),
        (
            {"at_bound": ["gamma"]},
            (
                "InvalidValueError: at_bound[0] must be one of 'alpha', 'beta'; got"
                " 'gamma'"
            ),
        ),
        (
            {"at_bound": ["alpha", "gamma"]},
            (
                "InvalidValueError: at_bound[1] must be one of 'alpha', 'beta'; got"
                " 'gamma'"
            ),
        ),
        (
            {"at_bound": "beta"},
            "InvalidTypeError: at_bound must be a series of str; got 'beta'",
        ),
        (
            {"covariance": "abc"},
            "InvalidTypeError: covariance must hold numbers; got 'abc'",
        ),
        (
            {"covariance": None},
            "InvalidTypeError: covariance must hold numbers; got None",
        ),
        (
            {"covariance": [[1, 0], [0, "1"]]},
            (
                "InvalidTypeError: covariance must hold numbers; got"
                " [['1', '0'], ['0', '1']]"
            ),
        ),
        (
            {"covariance": [[1], [0, 1]]},
            "InvalidTypeError: covariance must hold numbers; got None",
        ),
        (
            {"covariance": [[1, 0], [0, math.inf]]},
            "InvalidValueError: covariance[1, 1] must be finite or NaN; got inf",
        ),
        (
            {"covariance": [[1.0]]},
            "InvalidValueError: covariance must have the shape (2, 2); got (1, 1)",
        ),
        (
            {"covariance": [1.0, 2.0]},
            "InvalidValueError: covariance must have the shape (2, 2); got (2,)",
        ),
        (
            {"covariance": [[1, 0.5], [0.4, 1]]},
            "InvalidValueError: covariance[0, 1] must be symmetric; got 0.5",
        ),
        (
            {"covariance": [[1, NAN], [0.4, 1]]},
            "InvalidValueError: covariance[0, 1] must be symmetric; got nan",
        ),
        (
            {"covariance": [[1, -2], [-2, -1]]},
            (
                "InvalidValueError: covariance[1, 1] must not be negative on its"
                " diagonal; got -1"
            ),
        ),
        (
            {"at_bound": ["beta"]},
            (
                "InvalidValueError: covariance[0, 1] must be NaN for parameters at a"
                " bound; got 0.012"
            ),
        ),
        (
            {"at_bound": ["beta"], "covariance": [[1, NAN], [NAN, 1]]},
            (
                "InvalidValueError: covariance[1, 1] must be NaN for parameters at a"
                " bound; got 1"
            ),
        ),
        ({"n": 0}, "InvalidValueError: n must be positive; got 0"),
        ({"n": -1.5}, "InvalidValueError: n must be positive; got -1.5"),
        ({"n": NAN}, "InvalidValueError: n must be a finite number; got nan"),
        ({"n": None}, "InvalidTypeError: n must be a number; got None"),
        (
            {"values": [1.0]},
            "InvalidValueError: values must have one value per parameter (2); got 1",
        ),
        (
            {"values": ["x", 1]},
            "InvalidTypeError: values[0] must be a float; got 'x'",
        ),
        ({"values": 7}, "InvalidTypeError: values must be a series of float; got 7"),
    ],
)
def test_reports_that_cannot_be(changes: dict[str, Any], said: str) -> None:
    judge(lambda: a_report(**changes), said)


def test_the_least_that_a_report_may_hold() -> None:
    it = a_report(iterations=0, n=1e-9, gradient_norm=0, covariance=np.zeros((2, 2)))
    assert (it.iterations, it.n, it.gradient_norm) == (0, 1e-9, 0)
    assert it.standard_errors == {"alpha": 0, "beta": 0}


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_a_covariance_is_symmetric_up_to_rounding_in_any_unit(unit: float) -> None:
    def askew(by: float) -> FitReport:
        return a_report(covariance=unit * np.array([[1, 0.5 + by], [0.5, 1]]))

    assert askew(0.9e-9).covariance[1, 0] == 0.5 * unit
    with pytest.raises(InvalidValueError, match="be symmetric"):
        askew(1.1e-9)


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
        {"hessian": -np.diag([1.0, 1e-12])},
        {"hessian": -np.diag([1e3, 0.9e-9])},
        {"hessian": -np.diag([1e-3, 0.9e-15])},
        {"hessian": -np.diag([1.0, -1.0])},
        {"hessian": np.full((2, 2), NAN), "converged": False},
    ],
)
def test_what_is_no_top_has_no_covariance(changes: dict[str, Any]) -> None:
    made = report_on(an_optimum(**changes), ("a", "b"), np.ones(2), 7)
    assert np.isnan(made.covariance).all()


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_a_top_may_be_almost_flat_in_one_direction(unit: float) -> None:
    optimum = an_optimum(hessian=-unit * np.diag([1.0, 1.1e-12]))
    made = report_on(optimum, ("a", "b"), np.ones(2), 7)
    expected = np.array([1, 1 / 1.1e-12]) / unit
    np.testing.assert_allclose(made.covariance.diagonal(), expected, rtol=1e-6)


@pytest.mark.parametrize("value", [NAN, -math.inf])
def test_data_that_nothing_explains_have_no_report(value: float) -> None:
    optimum = an_optimum(value=value, converged=False)
    judge(
        lambda: report_on(optimum, ("a", "b"), np.ones(2), 7),
        "InvalidValueError: history must have a likelihood that a float can hold;"
        f" got {value}; numbers are too large",
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
