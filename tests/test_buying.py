"""What both models of customers without a contract share: refusals, draws, sums."""

import math
from collections.abc import Callable
from typing import Any

import attrs
import mpmath as mp
import numpy as np
import numpy.typing as npt
import pytest

from cxmkit import _buying
from cxmkit.betageometric import BetaGeometricNBD
from cxmkit.errors import CxmError, EmptySampleError, MissingValueError
from cxmkit.fitting import FitReport
from cxmkit.pareto import ParetoNBD
from cxmkit.purchases import CustomerHistory

Model = BetaGeometricNBD | ParetoNBD
Numbers = npt.NDArray[np.float64]

SOON_GONE = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
MODELS: tuple[Model, ...] = (
    SOON_GONE,
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week"),
)
both = pytest.mark.parametrize("model", MODELS, ids=["bg", "pareto"])

WEEKS = CustomerHistory.from_summary(
    frequency=[0, 2], recency=[0, 30], age=[39, 38], unit="week"
)
DAYS = attrs.evolve(WEEKS, unit="day")
MAKE_ONE = (
    "make one with CustomerHistory.from_summary(...) of a row per customer, or"
    " from_events(...) of a row per purchase"
)
ANOTHER_UNIT = (
    "ScaleMismatchError: history must be in the unit of the model ('week'); got 'day';"
    " fit the model to a history in that unit"
)
DOUBTS = " The data do not determine all of its parameters: see fit_report."


def free(model: Model) -> Any:
    return attrs.evolve(model, unit=None)


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


def refused(call: Callable[[], object]) -> str:
    """Return the last line of the traceback."""
    error = refusal(call)
    return f"{type(error).__name__}: {error}"


def residual(discount: Any) -> Callable[[Any], object]:
    return lambda model: model.residual_purchases(WEEKS, discount)


def drawing(**wish: Any) -> Callable[[Any], object]:
    return lambda model: model.simulate(**({"n": 3, "age": 5, "rng": 1} | wish))


def built(**fields: Any) -> Callable[[Any], object]:
    return lambda model: type(model)(**(model.to_dict() | fields))


REFUSED: list[tuple[Callable[[Any], object], str]] = [
    (
        lambda model: model.fit([1]),
        f"InvalidTypeError: history must be a CustomerHistory; got [1]; {MAKE_ONE}",
    ),
    (
        lambda model: model.probability_alive(7),
        f"InvalidTypeError: history must be a CustomerHistory; got 7; {MAKE_ONE}",
    ),
    (lambda model: model.probability_alive(DAYS), ANOTHER_UNIT),
    (lambda model: model.conditional_expected_purchases(DAYS, 1), ANOTHER_UNIT),
    (lambda model: model.residual_purchases(DAYS, 0.1), ANOTHER_UNIT),
    (lambda model: model.simulate_like(DAYS, rng=1), ANOTHER_UNIT),
    (
        residual(-0.1),
        (
            "InvalidValueError: discount must lie between 0 and 1; got -0.1; write"
            " 0.1 for 10 %"
        ),
    ),
    (
        residual(1.5),
        (
            "InvalidValueError: discount must lie between 0 and 1; got 1.5; write"
            " 0.1 for 10 %"
        ),
    ),
    (
        residual(9e-10),
        "InvalidValueError: discount must be 0 or at least 1e-09; got 9e-10",
    ),
    (residual(math.nan), "MissingValueError: discount is missing"),
    (residual("1"), "InvalidTypeError: discount must be a number; got '1'"),
    (residual(np.True_), "InvalidTypeError: discount must be a number; got True"),
    (residual([0.1]), "InvalidTypeError: discount must be a number; got [0.1]"),
    (
        residual(math.inf),
        "InvalidValueError: discount must be a finite number; got inf",
    ),
    (drawing(n=0), "InvalidValueError: n must be at least 1; got 0"),
    (drawing(n=1.5), "InvalidTypeError: n must be a whole number; got 1.5"),
    (
        drawing(n=100_000_001),
        "InvalidValueError: n must be at most 100 million; got 100000001",
    ),
    (drawing(age=-1), "InvalidValueError: age must not be negative; got -1"),
    (drawing(age="1"), "InvalidTypeError: age must be a number; got '1'"),
    (drawing(age=[1, None, 2]), "MissingValueError: age[1] is missing"),
    (
        drawing(n=2_000, age=[1, 2, 3]),
        (
            "InvalidValueError: age must be one number, or one for each of 2,000"
            " customers; got (3,)"
        ),
    ),
    (
        drawing(n=2, age=[[1, 2]]),
        (
            "InvalidValueError: age must be one number, or one for each of 2"
            " customers; got (1, 2)"
        ),
    ),
    (
        drawing(unit="day"),
        (
            "ScaleMismatchError: unit must be that of the model ('week'); got 'day';"
            " leave it out"
        ),
    ),
    (drawing(unit=7), "InvalidTypeError: unit must be a str; got 7"),
    (
        lambda model: free(model).simulate(3, rng=1, age=5),
        "MissingValueError: unit is missing; the model has none: name it",
    ),
    (
        lambda model: free(model).simulate(3, rng=1, age=5, unit=7),
        "InvalidTypeError: unit must be a str; got 7",
    ),
    (
        drawing(rng="7"),
        "InvalidTypeError: rng must be a seed or a numpy.random.Generator; got '7'",
    ),
    (drawing(rng=-7), "InvalidValueError: rng must not be negative; got -7"),
    (
        lambda model: model.survival(-1),
        "InvalidValueError: t must not be negative; got -1",
    ),
    (
        lambda model: model.survival([1, math.inf]),
        "InvalidValueError: t[1] must be a finite number; got inf",
    ),
    (
        lambda model: model.expected_purchases([1, None]),
        "MissingValueError: t[1] is missing",
    ),
    (
        lambda model: model.conditional_expected_purchases(WEEKS, "1"),
        "InvalidTypeError: t must be a number; got '1'",
    ),
    (
        lambda model: model.conditional_expected_purchases(WEEKS, [1, -1]),
        "InvalidValueError: t[1] must not be negative; got -1",
    ),
    (
        built(unit=" "),
        "InvalidValueError: unit must have at least one visible character; got ' '",
    ),
    (built(unit=7), "InvalidTypeError: unit must be a str; got 7"),
    (
        built(fit_report="good"),
        "InvalidTypeError: fit_report must be a FitReport; got 'good'",
    ),
    (built(r=0), "InvalidValueError: r must be positive; got 0"),
    (built(alpha=-1), "InvalidValueError: alpha must be positive; got -1"),
    (built(r=math.nan), "InvalidValueError: r must be a finite number; got nan"),
    (built(alpha="1"), "InvalidTypeError: alpha must be a number; got '1'"),
]


class TestRefusals:
    @both
    @pytest.mark.parametrize("case", REFUSED)
    def test_every_rule_is_said_in_whole(
        self, model: Model, case: tuple[Callable[[Any], object], str]
    ) -> None:
        call, said = case
        assert refused(lambda: call(model)) == said

    @pytest.mark.parametrize(
        ("model", "name"),
        [
            (SOON_GONE, "a = 0.793"),
            (attrs.evolve(SOON_GONE, a=1), "a = 1"),
            (MODELS[1], "s = 0.606"),
            (ParetoNBD(r=1, alpha=1, s=1, beta=1, unit="week"), "s = 1"),
        ],
    )
    def test_customers_who_stay_for_ever_need_a_discount(
        self, model: Model, name: str
    ) -> None:
        said = refused(lambda: model.residual_purchases(WEEKS, 0))
        assert said == (
            f"InvalidValueError: discount must be positive with {name}; got 0; where"
            f" {name[0]} is at most 1, so many customers hardly ever leave that"
            " purchases without discount are infinitely many on average"
        )

    @pytest.mark.parametrize(
        ("call", "argument", "index", "value"),
        [
            (lambda: SOON_GONE.probability_alive(DAYS), "history", None, "day"),
            (lambda: SOON_GONE.residual_purchases(WEEKS, 0), "discount", None, 0),
            (
                lambda: SOON_GONE.residual_purchases(WEEKS, 9e-10),
                "discount",
                None,
                9e-10,
            ),
            (lambda: SOON_GONE.simulate(0, rng=1, age=3), "n", None, 0),
            (lambda: SOON_GONE.simulate(10**9, rng=1, age=3), "n", None, 10**9),
            (lambda: SOON_GONE.simulate(2, rng=1, age=[3, 1e30]), "age", 1, 1e30),
            (
                lambda: SOON_GONE.simulate(2, rng=1, age=3, unit="day"),
                "unit",
                None,
                "day",
            ),
            (lambda: free(SOON_GONE).simulate(2, rng=1, age=3), "unit", None, None),
        ],
    )
    def test_errors_hold_what_was_wrong(
        self, call: Callable[[], object], argument: str, index: Any, value: Any
    ) -> None:
        error = refusal(call)
        assert (error.argument, error.index, error.value) == (argument, index, value)

    def test_more_purchases_than_can_be_counted_are_refused(self) -> None:
        age = np.array([3.0, 4.0])
        _buying.require_few(age, np.array([0, math.nextafter(1e15, 0)]))
        assert refused(lambda: _buying.require_few(age, np.array([0, 1e15]))) == (
            "InvalidValueError: age[1] must leave fewer than 1e15 purchases; got 4"
        )

    def test_at_the_limits_all_is_well(self) -> None:
        assert _buying.people(1) == 1
        assert _buying.people(100_000_000) == 100_000_000
        assert _buying.log_discount(1e-9, "a", 0.5) == math.log1p(1e-9)
        assert _buying.log_discount(1, "a", 0.5) == math.log(2)
        assert _buying.log_discount(0, "a", math.nextafter(1, 2)) == 0


class TestRowsOfRepeaters:
    def test_customers_alike_in_count_and_spend_are_one_row(self) -> None:
        history = CustomerHistory.from_summary(
            frequency=[3, 0, 1, 3, 3, 1, 3],
            recency=[5, 0, 2, 6, 5, 3, 8],
            age=[9, 9, 9, 9, 8, 9, 9],
            spend=[4, 0, 4, 4, 2, 4, 2],
            weights=[1, 9, 2, 0.5, 3, 4, 5],
            unit="week",
        )
        x, spend, weights = _buying.repeaters(history)
        assert x.dtype == np.float64
        assert x.tolist() == [1, 3, 3]
        assert spend.tolist() == [4, 2, 4]
        assert weights.tolist() == [6, 8, 1.5]
        assert _buying.spend_of(history) is history.spend

    def test_spend_and_repeats_are_wanted(self) -> None:
        assert refused(lambda: _buying.spend_of(WEEKS)) == (
            "InvalidValueError: history must have spend; got CustomerHistory of 2"
            " customers, 1 with repeat purchases, ...; make it with amount="
            " (from_events) or spend= (from_summary)"
        )
        said = f"InvalidTypeError: history must be a CustomerHistory; got 3; {MAKE_ONE}"
        assert refused(lambda: _buying.spend_of(3)) == said
        once = CustomerHistory.from_summary(
            frequency=[0], recency=[0], age=[3], spend=[0], unit="day"
        )
        error = refusal(lambda: _buying.repeaters(once))
        assert type(error) is EmptySampleError
        assert str(error) == "history holds no customer with repeat purchases"


class Clerk:
    """Draws one purchase at half of each age, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[float], int]] = []

    def __call__(self, ages: Any, rng: np.random.Generator) -> Any:
        self.asked.append((ages.tolist(), int(rng.integers(1_000))))
        return np.ones(ages.size, np.int64), ages / 2


FIRST_OF_7 = int(np.random.default_rng(7).integers(1_000))


class TestDrawing:
    @both
    def test_ages_and_source_go_to_the_draw(self, model: Model) -> None:
        clerk = Clerk()
        ages = np.array([4.0, 4.0, 10.0])
        found = _buying.drawn(model, clerk, ages, unit=None, rng=7)
        assert clerk.asked == [([4, 4, 10], FIRST_OF_7)]
        assert found == CustomerHistory.from_summary(
            frequency=[1, 1, 1], recency=[2, 2, 5], age=[4, 4, 10], unit="week"
        )
        named = _buying.drawn(free(model), clerk, ages, unit="day", rng=7)
        assert named.unit == "day"
        again = _buying.drawn(model, clerk, ages, unit="week", rng=7)
        assert again.unit == "week"

    def test_an_age_is_for_all_or_one_for_each(self) -> None:
        assert _buying.ages_of(3, 5).tolist() == [5, 5, 5]
        assert _buying.ages_of(3, [5, 0, 6]).tolist() == [5, 0, 6]
        assert _buying.ages_of(1, [5]).tolist() == [5]

    @both
    def test_weights_are_shared_by_as_many_customers_as_they_need(
        self, model: Model
    ) -> None:
        known = CustomerHistory.from_summary(
            frequency=[0, 2, 5],
            recency=[0, 9, 9],
            age=[10, 20, 30],
            weights=[3, 2.5, 0.25],
            unit="week",
        )
        for own in (model, free(model)):
            clerk = Clerk()
            found = _buying.drawn_like(own, clerk, known, 7)
            assert clerk.asked == [([10] * 3 + [20] * 3 + [30], FIRST_OF_7)]
            assert found == CustomerHistory.from_summary(
                frequency=[1] * 7,
                recency=[5] * 3 + [10] * 3 + [15],
                age=[10] * 3 + [20] * 3 + [30],
                weights=[1] * 3 + [2.5 / 3] * 3 + [0.25],
                unit="week",
            )


def report(*, converged: bool = True, at_bound: tuple[str, ...] = ()) -> FitReport:
    fitted = SOON_GONE.fit(WEEKS).fit_report
    assert fitted is not None
    return attrs.evolve(
        fitted,
        converged=converged,
        at_bound=at_bound,
        covariance=np.full((4, 4), math.nan) if at_bound else np.eye(4),
    )


class TestSaying:
    def test_a_model_in_one_line(self) -> None:
        assert [repr(model) for model in MODELS] == [
            "BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, unit='week')",
            "ParetoNBD(r=0.553, alpha=10.58, s=0.606, beta=11.67, unit='week')",
        ]
        assert [repr(free(model)) for model in MODELS] == [
            "BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)",
            "ParetoNBD(r=0.553, alpha=10.58, s=0.606, beta=11.67)",
        ]

    def test_as_a_dict(self) -> None:
        numbers = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
        assert SOON_GONE.to_dict() == numbers | {"unit": "week"}
        assert free(SOON_GONE).to_dict() == numbers | {"unit": None}

    @pytest.mark.parametrize(
        ("fit_report", "said"),
        [
            (None, ""),
            (report(), ""),
            (report(converged=False), DOUBTS),
            (report(at_bound=("r",)), DOUBTS),
            (report(converged=False, at_bound=("r", "a")), DOUBTS),
        ],
    )
    def test_doubts_are_said_where_the_fit_has_them(
        self, fit_report: FitReport | None, said: str
    ) -> None:
        model = attrs.evolve(SOON_GONE, fit_report=fit_report)
        assert _buying.doubts(model) == said
        assert model.summary() == SOON_GONE.summary() + said


class TestRising:
    """The sum of log s (s + 1) ... (s + x - 1), and two derivatives in s."""

    @pytest.mark.parametrize(
        "counts", [[0], [0, 1], [3, 0, 1, 3], [255, 256, 257], [256], [2, 9_000, 10**9]]
    )
    def test_it_is_the_sum_of_log_gammas(self, counts: list[int]) -> None:
        x, weights = np.array(counts), np.arange(1.0, len(counts) + 1) / 2
        at = np.array([1e-3, 0.7, 1, 40])
        found = _buying.Rising.of(x, weights).at(at)
        assert found.shape == (4, 3)
        for s, row in zip(at.tolist(), found, strict=True):
            with mp.workdps(40):
                exact = [
                    mp.fsum(
                        w * (f(mp.mpf(s) + k) - f(mp.mpf(s)))
                        for k, w in zip(counts, weights.tolist(), strict=True)
                    )
                    for f in (mp.loggamma, mp.digamma, lambda z: mp.polygamma(1, z))
                ]
            assert row == pytest.approx([float(each) for each in exact], rel=1e-13)

    def test_few_more_than_many_counts_are_stored(self) -> None:
        rising = _buying.Rising.of(np.array([0, 256, 300]), np.array([2.0, 3.0, 4.0]))
        assert rising.more.tolist() == [7.0] * 256
        assert rising.far.tolist() == [300]
        assert rising.far_weights.tolist() == [4]

    @pytest.mark.parametrize("z", [20.0, 31.0, 50.0])
    def test_the_series_is_off_by_less_than_its_first_term_left_out(
        self, z: float
    ) -> None:
        with mp.workdps(40):
            big = mp.mpf(z)
            exact = [
                mp.loggamma(big) - mp.log(2 * mp.pi) / 2,
                mp.digamma(big),
                mp.polygamma(1, big),
            ]
        left_out = [1 / (1260 * z**5), 1 / (252 * z**6), 1 / (42 * z**7)]
        found = _buying._log_gammas(np.array([z]))[:, 0]  # noqa: SLF001
        for here, there, most in zip(found.tolist(), exact, left_out, strict=True):
            assert abs(here - there) < most + 2e-15 * abs(there)


def test_what_is_missing_is_no_value() -> None:
    error = refusal(lambda: SOON_GONE.residual_purchases(WEEKS, math.nan))
    assert type(error) is MissingValueError
    assert error.value is None
