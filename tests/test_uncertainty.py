"""How sure we are of what fitted models say: both methods, and the interval itself."""

import copy
import math
import pickle
import runpy
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cxmkit.contracts import ShiftedBetaGeometric
from cxmkit.errors import InvalidValueError
from cxmkit.fitting import FitReport
from cxmkit.uncertainty import ConfidenceInterval, confidence_interval

fitted = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("fitted_models.py")))
)
a_report, judge = fitted.a_report, fitted.judge
Pair, Waits, WAITS = fitted.Pair, fitted.Waits, fitted.WAITS
NAN = math.nan
NUMBERS = ("value", "se", "low", "high")
Z = float(norm.ppf(0.975))


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
    assert drawn(5, level=0.5).level == 0.5
    source = np.random.default_rng(5)
    assert drawn(source) != drawn(source)


def test_the_bootstrap_takes_tables_of_two_columns_and_bounds() -> None:
    table = ([30, 21, 15], [70, 49, 34])  # all alike: both parameters at a bound
    model = ShiftedBetaGeometric.fit(*table)
    assert model.fit_report is not None
    assert model.fit_report.at_bound
    with pytest.raises(InvalidValueError, match="have no parameter at a bound") as seen:
        confidence_interval(model, lambda m: m.survival(3))
    assert 'pass method="bootstrap"' in str(seen.value)
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


BLANK = np.full((2, 2), NAN)
PAIR_FLAT = (
    'got Pair(alpha=0.704, beta=1.182); pass method="bootstrap", history= and rng=;'
    " it is too narrow near a bound"
)


def changed(model: Any, **fields: Any) -> Any:
    return attrs.evolve(model, fit_report=a_report(**fields))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ci(7), "InvalidTypeError: model must be a fitted model; got 7"),
        (
            lambda: ci(ConfidenceInterval),
            (
                "InvalidTypeError: model must be a fitted model; got"
                " <class 'cxmkit.uncertainty.ConfidenceInterval'>"
            ),
        ),
        (
            lambda: ci(an_interval()),
            (
                "InvalidTypeError: model must be a fitted model; got"
                " 1.2 [1.02, 1.41] 95 %, delta method on the log scale"
            ),
        ),
        (
            lambda: ci(Waits(rate=1.0)),
            (
                "InvalidValueError: model must have a fit_report; got"
                " Waits(rate=1.0, unit=None); fit it with .fit(...): parameters alone"
                " do not tell how sure they are"
            ),
        ),
        (
            lambda: ci(Pair(alpha=1.0)),
            (
                "InvalidValueError: model must have the parameters that were fitted;"
                " got Pair(alpha=1.0, beta=1.182); fit it again"
            ),
        ),
        (
            lambda: ci(changed(Pair(), converged=False)),
            f'InvalidValueError: model must have converged for "delta"; {PAIR_FLAT}',
        ),
        (
            lambda: ci(changed(Pair(), at_bound=["alpha", "beta"], covariance=BLANK)),
            (
                "InvalidValueError: model must have no parameter at a bound for"
                f' "delta" (alpha and beta); {PAIR_FLAT}'
            ),
        ),
        (
            lambda: ci(changed(Pair(), covariance=BLANK)),
            (
                "InvalidValueError: model must have a known covariance for"
                f' "delta"; {PAIR_FLAT}'
            ),
        ),
        (
            lambda: ci(Pair(), "alpha"),
            (
                "InvalidTypeError: quantity must be a function of a model; got 'alpha';"
                " write lambda model: ..."
            ),
        ),
        (
            lambda: ci(Pair(), lambda _: "x"),
            "InvalidTypeError: quantity must be a number; got 'x'",
        ),
        (lambda: ci(Pair(), lambda _: NAN), "MissingValueError: quantity is missing"),
        (
            lambda: ci(Pair(), lambda _: [1, math.inf]),
            "InvalidValueError: quantity[1] must be a finite number; got inf",
        ),
        (
            lambda: ci(Pair(), level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95;"
                " write level=0.95 for 95 %"
            ),
        ),
        (
            lambda: ci(Pair(), method="exact"),
            (
                'InvalidValueError: method must be one of "delta", "bootstrap";'
                " got 'exact'"
            ),
        ),
        (
            lambda: ci(Pair(), scale="probit"),
            (
                'InvalidValueError: scale must be one of "log", "logit", "plain";'
                " got 'probit'"
            ),
        ),
        (
            lambda: ci(Pair(), rng=1),
            'InvalidValueError: rng must be left out with "delta"; got 1',
        ),
        (
            lambda: ci(Pair(), history=[1]),
            'InvalidValueError: history must be left out with "delta"; got [1]',
        ),
        (
            lambda: ci(Pair(), draws=99),
            'InvalidValueError: draws must be left out with "delta"; got 99',
        ),
        (
            lambda: ci(Pair(), lambda m: -m.alpha),
            (
                "InvalidValueError: quantity must be positive on the log scale;"
                ' got -0.704; pass scale="plain"'
            ),
        ),
        (
            lambda: ci(Pair(), lambda m: m.alpha - 0.704),
            (
                "InvalidValueError: quantity must be positive on the log scale;"
                ' got 0; pass scale="plain"'
            ),
        ),
        (
            lambda: ci(Pair(), lambda m: [m.alpha, m.beta], scale="logit"),
            (
                "InvalidValueError: quantity[1] must lie between 0 and 1 on the logit"
                ' scale; got 1.182; pass scale="plain"'
            ),
        ),
        (
            lambda: ci(Pair(), lambda m: m.alpha / 0.704, scale="logit"),
            (
                "InvalidValueError: quantity must lie between 0 and 1 on the logit"
                ' scale; got 1; pass scale="plain"'
            ),
        ),
        (
            lambda: ci(Pair(), lambda m: np.ones(1 + (m.alpha > 0.704))),
            (
                "InvalidValueError: quantity must have the same shape for all models"
                " (1,); got (2,)"
            ),
        ),
        (
            lambda: boot(history=None),
            "MissingValueError: history is missing; pass what the model was fitted to",
        ),
        (
            lambda: boot(rng=None),
            (
                "MissingValueError: rng is missing; pass a seed, such as rng=1, to get"
                " the same interval again"
            ),
        ),
        (
            lambda: boot(draws=98),
            "InvalidValueError: draws must be at least 99; got 98",
        ),
        (
            lambda: boot(draws=99.0),
            "InvalidTypeError: draws must be a whole number; got 99",
        ),
        (
            lambda: boot(rng="x"),
            "InvalidTypeError: rng must be a seed or a numpy.random.Generator; got 'x'",
        ),
        (lambda: boot(rng=-1), "InvalidValueError: rng must not be negative; got -1"),
        (
            lambda: ci(Pair(), method="bootstrap", history=[1], rng=1),
            (
                "InvalidValueError: model must have a method simulate_like for"
                ' "bootstrap"; got Pair(alpha=0.704, beta=1.182)'
            ),
        ),
        (
            lambda: boot(scale="log"),
            "InvalidValueError: scale must be left out with \"bootstrap\"; got 'log'",
        ),
        (
            lambda: boot(history=[]),
            (
                "InvalidValueError: history must hold enough customers to be drawn"
                " again; got []; times must hold one"
            ),
        ),
    ],
)
def test_calls_that_cannot_be(call: Callable[[], object], said: str) -> None:
    judge(call, said)


def ci(model: Any, quantity: Any = lambda m: m.alpha, **options: Any) -> Any:
    return confidence_interval(model, quantity, **options)


def boot(**options: Any) -> Any:
    known: dict[str, Any] = {"history": WAITS, "rng": 1}
    return ci(Waits.fit(WAITS), lambda m: m.rate, method="bootstrap", **known | options)


def finite(m: Any) -> float:
    """Return alpha, if it is as large as that of `Pair`."""
    if m.alpha < 0.704:
        raise InvalidValueError(
            f"alpha must be 0.704 or more; got {m.alpha:.4f}",
            argument="alpha",
            value=m.alpha,
        )
    return float(m.alpha)


def test_a_quantity_that_neighbours_lack_is_refused_with_their_reason() -> None:
    near = Pair(alpha=0.704 * math.exp(-1e-3))
    judge(
        lambda: ci(Pair(), finite),
        "InvalidValueError: quantity must be known for all models near the fitted one;"
        f" got {near}; alpha must be 0.704 or more; got 0.7033",
    )
    judge(
        lambda: ci(Pair(), lambda m: NAN if m.beta > 1.182 else m.alpha),
        "InvalidValueError: quantity must be known for all models near the fitted one;"
        f" got {Pair(beta=1.182 * math.exp(1e-3))}; quantity is missing",
    )
    # What the model itself refuses, it says itself.
    judge(
        lambda: ci(Pair(), lambda m: finite(attrs.evolve(m, alpha=0.1))),
        "InvalidValueError: alpha must be 0.704 or more; got 0.1000",
    )


def test_a_quantity_that_models_fitted_again_lack_is_refused_as_well() -> None:
    model = Waits.fit(WAITS)
    drawn = np.random.default_rng(1).exponential(1 / model.rate, 50)
    again = Waits.fit(drawn)

    def lost(m: Any) -> float:
        return NAN if m != model else 1.0

    def grown(m: Any) -> list[float]:
        return [1.0] * (1 + (m != model))

    options = {"method": "bootstrap", "history": WAITS, "rng": 1}
    judge(
        lambda: ci(model, lost, **options),
        "InvalidValueError: quantity must be known for all models near the fitted one;"
        f" got {again}; quantity is missing",
    )
    judge(
        lambda: ci(model, grown, **options),
        "InvalidValueError: quantity must have the same shape for all models (1,);"
        " got (2,)",
    )


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


def test_an_interval_speaks_in_one_line() -> None:
    assert repr(an_interval()) == "1.2 [1.02, 1.41] 95 %, delta method on the log scale"
    assert repr(several()) == "2 numbers with intervals of 95 %, parametric bootstrap"


def test_an_interval_tells_a_manager_what_it_is_sure_of() -> None:
    assert an_interval(level=0.8).summary() == (
        "1.2, 80 % interval 1.02 to 1.41 (delta method on the log scale). It says how"
        " well the data tell the model, if the model is right; what customers do will"
        " scatter more."
    )
    assert several().summary() == (
        "2 numbers with intervals of 95 % each (parametric bootstrap). They say how"
        " well the data tell the model, if the model is right; what customers do will"
        " scatter more."
    )


def test_an_interval_in_a_notebook() -> None:
    assert an_interval()._repr_html_() is None
    page = ET.fromstring(several()._repr_html_() or "")  # noqa: S314  our own markup
    assert [*page.itertext()] == [
        repr(several()),
        *("at", "value", "se", "low", "high"),
        *("0", "1.2", "0.1", "1.3", "1.4"),
        *("1", "3", "0", "3", "3"),
    ]


def test_an_interval_prints_a_table() -> None:
    assert str(an_interval()).splitlines() == [
        repr(an_interval()),
        "value   se   low  high",
        "  1.2  0.1  1.02  1.41",
    ]
    assert str(several()).splitlines()[1:] == [
        "at  value   se  low  high",
        " 0    1.2  0.1  1.3   1.4",
        " 1      3    0    3     3",
    ]
    grid = [[1.0, 2.0]]
    assert str(several(value=grid, se=grid, low=grid, high=grid)).splitlines() == [
        "2 numbers with intervals of 95 %, parametric bootstrap",
        "  at  value  se  low  high",
        "0, 0      1   1    1     1",
        "0, 1      2   2    2     2",
    ]


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
    ("changes", "said"),
    [
        ({"se": -0.1}, "InvalidValueError: se must not be negative; got -0.1"),
        ({"low": 1.5}, "InvalidValueError: low must not lie above high; got 1.5"),
        (
            {"se": [0.1]},
            "InvalidValueError: se must have the shape of value (); got (1,)",
        ),
        (
            {"low": [1.0]},
            "InvalidValueError: low must have the shape of value (); got (1,)",
        ),
        (
            {"high": [[1.41]]},
            "InvalidValueError: high must have the shape of value (); got (1, 1)",
        ),
        ({"high": NAN}, "InvalidValueError: high must be a finite number; got nan"),
        ({"value": NAN}, "InvalidValueError: value must be a finite number; got nan"),
        *[
            (
                {name: math.inf},
                f"InvalidValueError: {name} must be a finite number; got inf",
            )
            for name in NUMBERS
        ],
        (
            {"low": [1, -math.inf]},
            "InvalidValueError: low[1] must be a finite number; got -inf",
        ),
        (
            {"method": "exact"},
            (
                'InvalidValueError: method must be one of "delta", "bootstrap";'
                " got 'exact'"
            ),
        ),
        (
            {"scale": "probit"},
            (
                'InvalidValueError: scale must be one of "log", "logit", "plain";'
                " got 'probit'"
            ),
        ),
        (
            {"level": 95},
            (
                "InvalidValueError: level must lie between 0 and 1; got 95;"
                " write level=0.95 for 95 %"
            ),
        ),
    ],
)
def test_intervals_that_cannot_be(changes: dict[str, Any], said: str) -> None:
    judge(lambda: an_interval(**changes), said)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("abc", "'abc'"),
        (None, "None"),
        (["1", "2"], "['1', '2']"),
        ([[1], [1, 2]], "None"),
        (True, "True"),
    ],
)
def test_an_interval_is_made_of_numbers(name: str, value: Any, got: str) -> None:
    judge(
        lambda: an_interval(**{name: value}),
        f"InvalidTypeError: {name} must hold numbers; got {got}",
    )


def test_one_number_of_many_that_does_not_fit_is_named_with_its_place() -> None:
    judge(
        lambda: several(se=[0.1, -1]),
        "InvalidValueError: se[1] must not be negative; got -1",
    )
    judge(
        lambda: several(low=[1.3, 3.5]),
        "InvalidValueError: low[1] must not lie above high; got 3.5",
    )


def test_an_interval_takes_numbers_of_all_kinds() -> None:
    found = an_interval(value=np.float32(1.25), se=Fraction(1, 8), high=2)
    assert [type(getattr(found, name)) for name in NUMBERS] == [float] * 4
    assert (found.value, found.se, found.high) == (1.25, 0.125, 2.0)


@pytest.mark.parametrize(
    ("scale", "quantity", "hint"),
    [
        ("log", lambda m: m.alpha - 0.70399, 'pass scale="plain"'),
        ("plain", lambda m: 1e308 * m.alpha**2, "the data hardly tell it"),
        # Here not even the slopes can be held.
        ("log", lambda m: 1e308 * (m.alpha / 0.704) ** 3, 'pass scale="plain"'),
        (
            "plain",
            lambda m: 1e308 * (m.alpha / 0.704 / m.beta * 1.182) ** 3,
            "the data hardly tell it",
        ),
    ],
    ids=["steep", "large", "steep and large", "up and down"],
)
def test_an_interval_without_end_is_refused(
    scale: str, quantity: Any, hint: str
) -> None:
    got = f"{quantity(Pair())!r}"
    judge(
        lambda: ci(Pair(), quantity, scale=scale),
        f"InvalidValueError: quantity must have an interval that ends somewhere; got"
        f" {got}; {hint}",
    )
