"""How much to spend on winning customers, and how much on keeping them?"""

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any, assert_type

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize

from cxmkit.acquisition import (
    AcquisitionRetention,
    MarginalCosts,
    SpendingOptimum,
    calibrate_response,
)
from cxmkit.equity import clv
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

CURVES = AcquisitionRetention(
    margin=50,
    discount=0.1,
    acquisition_ceiling=0.4,
    acquisition_response=0.05,
    retention_ceiling=0.7,
    retention_response=0.05,
)
# Nothing pays for keeping: 0.7 x 0.01 x 100 is below 1.
WINNING = attrs.evolve(
    CURVES, margin=100, acquisition_response=0.1, retention_response=0.01
)
FIELDS = [field.name for field in attrs.fields(AcquisitionRetention)]
SHARES = ("acquisition_ceiling", "retention_ceiling")

ceilings = st.floats(0.05, 1)
responses = st.floats(0.003, 1)
curves = st.builds(
    AcquisitionRetention,
    margin=st.floats(1, 500),
    discount=st.floats(0.001, 0.5),
    acquisition_ceiling=ceilings,
    acquisition_response=responses,
    retention_ceiling=ceilings,
    retention_response=responses,
)
spendings = st.floats(0, 100)


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


class TestOptimum:
    @pytest.mark.reference
    def test_spending_on_acquisition_alone(self) -> None:
        # Blattberg & Deighton (1996), with ceiling 40 %, response 0.1, margin 100:
        # ln(4) / 0.1, of which 30 % are won.
        best = WINNING.optimum()
        assert best.acquisition_spend == pytest.approx(13.863, abs=0.0005)
        assert best.acquisition_rate == pytest.approx(0.30, abs=1e-12)
        assert best.profit == pytest.approx(16.137, abs=0.0005)
        assert best.clv == 100

    @pytest.mark.reference
    def test_spending_on_retention(self) -> None:
        # After Pfeifer (2005): lifetime value and marginal cost are the same.
        best = CURVES.optimum()
        assert best.retention_spend == pytest.approx(13.05, abs=0.005)
        assert best.clv == pytest.approx(54.8711, abs=0.00005)
        assert best.marginal_retention_cost == pytest.approx(54.8711, abs=0.00005)
        assert best.acquisition_spend == pytest.approx(
            math.log(0.4 * 0.05 * 54.8711) / 0.05, abs=0.0005
        )

    @given(curves)
    def test_the_last_customers_cost_what_one_is_worth(
        self, model: AcquisitionRetention
    ) -> None:
        best = model.optimum()
        for spend, cost in (
            (best.acquisition_spend, best.marginal_acquisition_cost),
            (best.retention_spend, best.marginal_retention_cost),
        ):
            if spend > 0:
                assert cost == pytest.approx(best.clv, rel=1e-12)
            else:
                assert cost >= best.clv * (1 - 1e-12)

    @given(curves)
    def test_a_general_optimiser_finds_no_better(
        self, model: AcquisitionRetention
    ) -> None:
        best = model.optimum()

        def loss(spend: float) -> float:
            # At a margin of nothing but lifetime value: any who come are alike.
            r = model.retention_ceiling * -math.expm1(-model.retention_response * spend)
            m, d = model.margin, model.discount
            return -(m + (m * r - spend) / (1 + d - r))

        most = model.margin * (1 + model.discount)
        found = optimize.minimize_scalar(
            loss, bounds=(0, most), method="bounded", options={"xatol": 1e-10 * most}
        )
        assert best.clv >= -found.fun * (1 - 1e-12)
        assert best.clv == pytest.approx(-loss(best.retention_spend), rel=1e-12)
        if best.retention_spend > 1e-3 * most:
            assert best.retention_spend == pytest.approx(found.x, rel=1e-4)

    @given(curves)
    def test_no_point_of_a_grid_is_better(self, model: AcquisitionRetention) -> None:
        best = model.optimum()
        far = max(model.margin, 3 * best.acquisition_spend, 3 * best.retention_spend)
        grid = np.linspace(0, far, 60)
        values = model.value(grid[:, None], grid)
        assert values.max() <= best.profit + 1e-12 * model.margin
        near = np.linspace(0.99, 1.01, 11)
        values = model.value(
            best.acquisition_spend * near[:, None], best.retention_spend * near
        )
        assert values.max() <= best.profit + 1e-12 * best.clv

    @given(curves)
    def test_its_numbers_are_those_of_the_curves(
        self, model: AcquisitionRetention
    ) -> None:
        best = model.optimum()
        spends = best.acquisition_spend, best.retention_spend
        assert best.profit == model.value(*spends)
        costs = model.marginal_costs(*spends)
        assert (costs.acquisition, costs.retention, costs.clv) == (
            best.marginal_acquisition_cost,
            best.marginal_retention_cost,
            best.clv,
        )
        for rate, spend, side in (
            (best.acquisition_rate, spends[0], "acquisition"),
            (best.retention_rate, spends[1], "retention"),
        ):
            ceiling = getattr(model, f"{side}_ceiling")
            response = getattr(model, f"{side}_response")
            expected = ceiling * (1 - math.exp(-response * spend))
            assert rate == pytest.approx(expected, abs=1e-15)
        assert best.profit == pytest.approx(
            best.acquisition_rate * best.clv - best.acquisition_spend
        )

    @given(ceilings, responses, st.floats(0, 0.5), st.floats(-1e-6, 1e-6))
    def test_spending_starts_where_it_pays(
        self, c: float, k: float, d: float, beyond: float
    ) -> None:
        assume(abs(beyond) > 1e-9)
        for side, other in (
            ("acquisition", "retention"),
            ("retention", "acquisition"),
        ):
            margin = (1 + beyond) / (c * k)
            model = AcquisitionRetention(
                margin=margin,
                discount=d,
                **{
                    f"{side}_ceiling": c,
                    f"{side}_response": k,
                    f"{other}_ceiling": 0.5 * c,  # never pays
                    f"{other}_response": k,
                },
            )
            best = model.optimum()
            spent = getattr(best, f"{side}_spend")
            assert (spent > 0) is (beyond > 0)
            assert getattr(best, f"{other}_spend") == 0
            if beyond > 0:  # the expansion of both solutions at their corner
                slope = (1 + d) / (c * k * (1 + ((1 - c) + d) / c))
                first = 1 / k if side == "acquisition" else slope
                assert spent == pytest.approx(first * beyond, rel=1e-5)

    @given(curves, st.floats(0.01, 100))
    def test_the_currency_does_not_matter(
        self, model: AcquisitionRetention, rate: float
    ) -> None:
        other = attrs.evolve(
            model,
            margin=model.margin * rate,
            acquisition_response=model.acquisition_response / rate,
            retention_response=model.retention_response / rate,
        )
        one, same = model.optimum(), other.optimum()
        slack = 1e-9 * model.margin
        assert same.profit / rate == pytest.approx(one.profit, abs=slack)
        assert same.clv / rate == pytest.approx(one.clv)
        assert same.retention_rate == pytest.approx(one.retention_rate, abs=1e-9)
        assert same.acquisition_rate == pytest.approx(one.acquisition_rate, abs=1e-9)

    @given(curves, st.floats(1, 3))
    def test_a_better_customer_is_worth_more_effort(
        self, model: AcquisitionRetention, factor: float
    ) -> None:
        one = model.optimum()
        more = attrs.evolve(model, margin=model.margin * factor).optimum()
        assert more.clv >= one.clv * (1 - 1e-12)
        assert more.profit >= one.profit - 1e-12 * one.clv
        assert more.acquisition_spend >= one.acquisition_spend * (1 - 1e-9)
        assert more.retention_spend >= one.retention_spend * (1 - 1e-9)
        higher = min(1.0, model.discount * factor)
        dear = attrs.evolve(model, discount=higher).optimum()
        assert dear.clv <= one.clv * (1 + 1e-12)

    def test_an_average_ratio_of_costs_says_nothing(self) -> None:
        ratios = []
        for response in (0.02, 0.3):
            model = attrs.evolve(CURVES, margin=200, acquisition_response=response)
            best = model.optimum()
            won = best.acquisition_spend / best.acquisition_rate
            kept = best.retention_spend / best.retention_rate
            ratios.append(won / kept)
            assert best.marginal_acquisition_cost == pytest.approx(
                best.marginal_retention_cost
            )
        assert ratios[0] > 1.5
        assert ratios[1] < 0.5

    @pytest.mark.parametrize("margin", [0, -50])
    def test_who_brings_nothing_is_worth_no_effort(self, margin: float) -> None:
        best = attrs.evolve(CURVES, margin=margin).optimum()
        assert best.acquisition_spend == best.retention_spend == best.profit == 0
        assert best.clv == margin
        assert "-0.00" not in best.summary()
        assert "-0.00" not in str(best)

    def test_everybody_might_be_kept_without_a_discount(self) -> None:
        # d = 0 and c = 1: k (m - R) = 1.
        model = attrs.evolve(CURVES, discount=0, retention_ceiling=1)
        best = model.optimum()
        assert best.retention_spend == pytest.approx(50 - 1 / 0.05)
        assert best.clv == pytest.approx(20 / math.exp(-1.5))
        # It is the limit of small discounts.
        for discount in (1e-12, 1e-300):
            close = attrs.evolve(model, discount=discount).optimum()
            assert close.clv == pytest.approx(best.clv, rel=1e-9)

    def test_steep_curves_and_large_margins(self) -> None:
        model = attrs.evolve(CURVES, retention_response=50, margin=1e9)
        best = model.optimum()
        assert best.marginal_retention_cost == pytest.approx(best.clv, rel=1e-12)
        assert best.retention_rate == pytest.approx(0.7)
        # A discount so small that exp alone would overflow on the way.
        model = attrs.evolve(
            CURVES,
            margin=1e5,
            discount=1e-300,
            retention_ceiling=1,
            retention_response=1e5,
        )
        best = model.optimum()
        assert best.retention_spend == pytest.approx(310 * math.log(10) / 1e5)
        assert best.clv == pytest.approx(1e305)
        assert best.marginal_retention_cost == pytest.approx(best.clv, rel=1e-9)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"margin": 1e306}, "margin must leave a finite spending; got 1e+306"),
            (
                {"margin": 1e6, "discount": 0, "retention_ceiling": 1},
                "margin must leave a finite lifetime value; got 1000000",
            ),
            (
                {
                    "margin": 1e260,
                    "acquisition_response": 1e50,
                    "retention_response": 1e-50,
                },
                "margin must leave a finite lifetime value; got 1e+260",
            ),
        ],
    )
    def test_what_no_float_can_hold_is_refused(
        self, changes: dict[str, float], message: str
    ) -> None:
        error = refused(attrs.evolve(CURVES, **changes).optimum, InvalidValueError)
        assert error.argument == "margin"
        assert str(error) == message


class TestValue:
    @given(curves, spendings, spendings)
    def test_it_is_lifetime_value_of_those_who_are_won(
        self, model: AcquisitionRetention, winning: float, keeping: float
    ) -> None:
        # The spending that falls due with each margin but the first.
        a = model.acquisition_ceiling * -math.expm1(
            -model.acquisition_response * winning
        )
        r = model.retention_ceiling * -math.expm1(-model.retention_response * keeping)
        rates: dict[str, Any] = {"retention": r, "discount": model.discount}
        worth = clv(model.margin, **rates, timing="immediate") - clv(
            keeping, **rates, timing="end-of-period"
        )
        found = model.value(winning, keeping)
        size = model.margin + keeping + winning + abs(worth)
        assert found == pytest.approx(a * worth - winning, abs=1e-11 * size)

    def test_nothing_spent_nothing_won(self) -> None:
        assert CURVES.value(0, 0) == 0
        assert CURVES.value(10, 0) == pytest.approx(
            50 * 0.4 * (1 - math.exp(-0.5)) - 10
        )

    def test_arrays_broadcast(self) -> None:
        found = CURVES.value([[1], [2]], [0, 5, 10])
        assert found.shape == (2, 3)
        for row, column in np.ndindex(2, 3):
            assert found[row, column] == CURVES.value(row + 1, 5 * column)
        assert CURVES.value([], 1).shape == (0,)
        assert type(CURVES.value(1, 2)) is float
        assert_type(CURVES.value(1, 2), float)

    @pytest.mark.parametrize(
        ("argument", "value", "error", "message"),
        [
            (
                "acquisition_spend",
                [1, -1],
                InvalidValueError,
                "acquisition_spend[1] mu",
            ),
            ("acquisition_spend", None, MissingValueError, "acquisition_spend is miss"),
            ("retention_spend", -1, InvalidValueError, "retention_spend must not be n"),
            ("retention_spend", "x", InvalidTypeError, "retention_spend must be a num"),
            (
                "retention_spend",
                [1, 2, 3],
                InvalidValueError,
                "retention_spend must ha",
            ),
        ],
    )
    def test_a_wrong_spending_is_refused(
        self, argument: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        given: dict[str, Any] = {
            "acquisition_spend": [1, 1],
            "retention_spend": 1,
            argument: value,
        }
        refusal = refused(lambda: CURVES.value(**given), error)
        assert str(refusal).startswith(message)

    def test_what_no_float_can_hold_is_refused(self) -> None:
        # Without discount nobody ever leaves, and each costs a fortune per period.
        model = attrs.evolve(CURVES, discount=0, retention_ceiling=1)
        error = refused(lambda: model.value([1, 1], [1, 1e5]), InvalidValueError)
        assert str(error) == "retention_spend[1] must leave a finite value; got 100000"
        error = refused(lambda: model.marginal_costs(1, 1e5), InvalidValueError)
        assert str(error) == "retention_spend must leave a finite value; got 100000"


class TestMarginalCosts:
    @given(curves, st.floats(0.1, 20), st.floats(0.1, 20))
    def test_they_are_one_over_the_slopes(
        self, model: AcquisitionRetention, winning: float, keeping: float
    ) -> None:
        costs = model.marginal_costs(winning, keeping)
        for cost, side, spend in (
            (costs.acquisition, "acquisition", winning),
            (costs.retention, "retention", keeping),
        ):
            c = getattr(model, f"{side}_ceiling")
            k = getattr(model, f"{side}_response")
            step = 1e-4 / k
            rate = [-c * math.expm1(-k * (spend + x)) for x in (step, -step)]
            assume(k * spend < 5)
            slope = (rate[0] - rate[1]) / (2 * step)
            assert cost == pytest.approx(1 / slope, rel=1e-6)

    @given(curves, spendings, spendings)
    def test_they_say_in_which_direction_more_is_left(
        self, model: AcquisitionRetention, winning: float, keeping: float
    ) -> None:
        assume(model.acquisition_response * winning < 20)
        assume(model.retention_response * keeping < 20)
        costs = model.marginal_costs(winning, keeping)
        tiny = 1e-5
        now = model.value(winning, keeping)
        if abs(costs.acquisition / costs.clv - 1) > 0.01 and costs.clv > 0:
            more = model.value(winning + tiny / model.acquisition_response, keeping)
            if costs.acquisition < costs.clv:
                assert more > now
            else:
                assert more < now
        if abs(costs.retention / costs.clv - 1) > 0.01 and costs.clv > 0:
            more = keeping + tiny / model.retention_response
            worth = model.marginal_costs(winning, more).clv
            if costs.retention < costs.clv:
                assert worth > costs.clv
            else:
                assert worth < costs.clv

    def test_they_are_said(self) -> None:
        assert CURVES.marginal_costs(20, 5).summary() == (
            "Winning one more customer costs 135.91, more than the 52.90 one is worth."
            " Keeping one more costs 36.69, less than that."
        )
        best = CURVES.optimum()
        costs = CURVES.marginal_costs(best.acquisition_spend, best.retention_spend)
        assert costs.summary() == (
            "Winning one more customer costs 54.87, as much as the 54.87 one is worth."
            " Keeping one more costs 54.87, as much as that."
        )
        assert costs.to_dict() == {
            "acquisition": costs.acquisition,
            "retention": costs.retention,
            "clv": costs.clv,
        }

    @pytest.mark.parametrize("argument", ["acquisition_spend", "retention_spend"])
    def test_a_wrong_spending_is_refused(self, argument: str) -> None:
        given: dict[str, Any] = {"acquisition_spend": 1, "retention_spend": 1}
        cases: list[tuple[Any, type[CxmError], str]] = [
            (-1, InvalidValueError, "be finite and not negative; got -1"),
            (math.inf, InvalidValueError, "be finite and not negative; got inf"),
            (math.nan, InvalidValueError, "be finite and not negative; got nan"),
            (None, InvalidTypeError, "be a number; got None"),
            ([1, 2], InvalidTypeError, "be a number; got [1, 2]"),
        ]
        for value, error, message in cases:
            refusal = refused(
                lambda value=value: CURVES.marginal_costs(**given | {argument: value}),  # type: ignore[misc]
                error,
            )
            assert str(refusal) == f"{argument} must {message}"
        refusal = refused(
            lambda: CURVES.marginal_costs(**given | {argument: 1e5}), InvalidValueError
        )
        assert str(refusal) == (
            f"{argument} must leave customers who could still be had; got 100000"
        )

    @pytest.mark.parametrize("field", ["acquisition", "retention", "clv"])
    def test_wrong_costs_are_refused(self, field: str) -> None:
        costs = MarginalCosts(acquisition=1, retention=2, clv=-3)
        wrong: list[tuple[Any, type[CxmError]]] = [
            (math.nan, InvalidValueError),
            (None, InvalidTypeError),
        ]
        if field != "clv":
            wrong.append((0, InvalidValueError))
        for value, error in wrong:
            refusal = refused(
                lambda value=value: attrs.evolve(costs, **{field: value}),  # type: ignore[misc]
                error,
            )
            assert refusal.argument == field
        assert pickle.loads(pickle.dumps(costs)) == costs  # noqa: S301  our own


class TestModel:
    def test_a_rate_in_percent_is_refused_with_the_way_out(self) -> None:
        error = refused(lambda: attrs.evolve(CURVES, discount=10), InvalidValueError)
        assert str(error) == (
            "discount must lie between 0 and 1; got 10; write 0.1 for 10 %"
        )
        assert attrs.evolve(CURVES, discount=1).discount == 1

    @given(
        st.lists(st.sampled_from([1e-50, 1e-9, 0.5, 1]), min_size=2, max_size=2),
        st.lists(st.sampled_from([1e-50, 1e-9, 1, 1e50]), min_size=2, max_size=2),
        st.sampled_from([-1e305, -1, 0, 1e-300, 1, 1e200, 1e257, 1e258, 1e305, 1e308]),
        st.sampled_from([0, 1e-300, 0.1, 1]),
    )
    def test_what_was_not_passed_is_not_complained_of(
        self, tops: list[float], speeds: list[float], margin: float, discount: float
    ) -> None:
        model = AcquisitionRetention(
            margin=margin,
            discount=discount,
            acquisition_ceiling=tops[0],
            acquisition_response=speeds[0],
            retention_ceiling=tops[1],
            retention_response=speeds[1],
        )
        blamed = "margin"
        try:
            model.optimum()
        except InvalidValueError as error:
            blamed = error.argument
        assert blamed == "margin"

    @pytest.mark.parametrize("field", FIELDS)
    def test_a_wrong_field_is_refused_by_name(self, field: str) -> None:
        wrong: list[tuple[Any, type[CxmError]]] = [
            (None, InvalidTypeError),
            ("5", InvalidTypeError),
            ([5], InvalidTypeError),
            (math.nan, InvalidValueError),
            (math.inf, InvalidValueError),
        ]
        if field != "margin":
            wrong.append((-0.01, InvalidValueError))
        if field.endswith(("response", "ceiling")):
            wrong.append((9e-51, InvalidValueError))
        if field.endswith("response"):
            wrong.append((1.1e50, InvalidValueError))
            wrong.append((1e308, InvalidValueError))
        if field == "discount":
            wrong.append((10, InvalidValueError))
        if field not in {"margin", "discount"}:
            wrong.append((0, InvalidValueError))
        for value, error in wrong:
            refusal = refused(
                lambda value=value: attrs.evolve(CURVES, **{field: value}),  # type: ignore[misc]
                error,
            )
            assert refusal.argument == field

    @pytest.mark.parametrize("field", SHARES)
    def test_percentages_are_told_what_to_write(self, field: str) -> None:
        error = refused(lambda: attrs.evolve(CURVES, **{field: 40}), InvalidValueError)
        assert str(error) == (
            f"{field} must be above 0 and at most 1; got 40; write 0.4 for 40 %"
        )
        attrs.evolve(CURVES, **{field: 1})

    def test_it_is_a_value(self) -> None:
        assert pickle.loads(pickle.dumps(CURVES)) == CURVES  # noqa: S301  our own
        assert copy.deepcopy(CURVES) == CURVES != WINNING
        assert hash(copy.copy(CURVES)) == hash(CURVES)
        build, (kind, fields) = CURVES.__reduce__()
        refused(lambda: build(kind, fields | {"discount": -1}), InvalidValueError)
        assert attrs.evolve(CURVES, discount=0).discount == 0


class TestOptimumSays:
    def test_one_line(self) -> None:
        assert repr(CURVES.optimum()) == (
            "Best spending: 1.86 per prospect (3.6 % won), 13.05 per customer and"
            " period (33.6 % stay)"
        )

    def test_what_to_spend_and_why_no_more(self) -> None:
        assert CURVES.optimum().summary() == (
            "Spend 1.86 on each prospect: 3.6 % are won, and the last one costs the"
            " 54.87 that a customer is worth. Spend 13.05 on each customer and period:"
            " 33.6 % stay, and the last one kept costs 54.87. That leaves 0.09 per"
            " prospect, if the response curves hold."
        )
        assert WINNING.optimum().summary() == (
            "Spend 13.86 on each prospect: 30.0 % are won, and the last one costs the"
            " 100.00 that a customer is worth. Spend nothing on keeping customers: the"
            " first one kept would cost 142.86. That leaves 16.14 per prospect, if the"
            " response curves hold."
        )
        slow = attrs.evolve(CURVES, acquisition_response=0.01).optimum()
        assert slow.summary().startswith(
            "Spend nothing on prospects: the first customer would cost 250.00, and one"
            " is worth 54.87. Spend 13.05 on each"
        )

    def test_a_table(self) -> None:
        assert str(WINNING.optimum()).splitlines() == [
            "what                        value",
            "acquisition spend           13.86",
            "retention spend              0.00",
            "acquisition rate           30.0 %",
            "retention rate              0.0 %",
            "clv                        100.00",
            "marginal acquisition cost  100.00",
            "marginal retention cost    142.86",
            "profit                      16.14",
        ]
        page = WINNING.optimum()._repr_html_()
        assert "<table" in page
        assert "That leaves 16.14 per prospect" in page

    def test_plain_values(self) -> None:
        best = CURVES.optimum()
        assert SpendingOptimum(**best.to_dict()) == best
        assert all(type(number) is float for number in best.to_dict().values())
        assert pickle.loads(pickle.dumps(best)) == best  # noqa: S301  our own
        assert hash(copy.deepcopy(best)) == hash(best)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("acquisition_spend", -1),
            ("retention_spend", -1),
            ("acquisition_rate", 1.01),
            ("retention_rate", -0.01),
            ("marginal_acquisition_cost", 0),
            ("marginal_retention_cost", 0),
            *((field.name, math.nan) for field in attrs.fields(SpendingOptimum)),
        ],
    )
    def test_wrong_numbers_are_refused(self, field: str, value: float) -> None:
        best = CURVES.optimum()
        error = refused(lambda: attrs.evolve(best, **{field: value}), InvalidValueError)
        assert error.argument == field


class TestCalibrateResponse:
    @pytest.mark.reference
    def test_the_curve_of_the_example(self) -> None:
        assert calibrate_response(13.863, 0.3, ceiling=0.4) == pytest.approx(
            0.1, abs=0.00001
        )

    @given(st.floats(0.01, 1000), ceilings, st.floats(0.001, 0.999))
    def test_the_curve_passes_through_the_point(
        self, spend: float, ceiling: float, part: float
    ) -> None:
        rate = part * ceiling
        response = calibrate_response(spend, rate, ceiling=ceiling)
        reached = -ceiling * math.expm1(-response * spend)
        assert reached == pytest.approx(rate, rel=1e-12)

    @given(st.floats(0.01, 0.5), st.floats(0.51, 0.7), st.floats(0.71, 1))
    def test_a_lower_ceiling_is_a_faster_response(
        self, rate: float, low: float, high: float
    ) -> None:
        fast, slow = (calibrate_response(10, rate, ceiling=c) for c in (low, high))
        assert fast > slow > 0

    def test_today_is_on_the_curves_that_it_makes(self) -> None:
        model = attrs.evolve(
            CURVES,
            acquisition_response=calibrate_response(10, 0.2, ceiling=0.4),
            retention_response=calibrate_response(5, 0.6, ceiling=0.7),
        )
        worth = (50 * 1.1 - 5) / (1.1 - 0.6)
        assert model.marginal_costs(10, 5).clv == pytest.approx(worth)
        assert model.value(10, 5) == pytest.approx(0.2 * worth - 10)

    @pytest.mark.parametrize(
        ("argument", "value", "error", "message"),
        [
            ("spend", 0, InvalidValueError, "spend must be positive and finite; got 0"),
            ("spend", math.inf, InvalidValueError, "spend must be positive and finite"),
            ("spend", None, InvalidTypeError, "spend must be a number; got None"),
            ("spend", 1e-320, InvalidValueError, "spend must leave a response that"),
            (
                "rate",
                0.4,
                InvalidValueError,
                "rate must be above 0 and below ceiling (0.4); got 0.4; write 0.2 for",
            ),
            ("rate", 0, InvalidValueError, "rate must be above 0 and below ceiling"),
            ("rate", 20, InvalidValueError, "rate must be above 0 and below ceiling"),
            ("rate", math.nan, InvalidValueError, "rate must be above 0 and below ce"),
            ("rate", "a", InvalidTypeError, "rate must be a number; got 'a'"),
            (
                "ceiling",
                40,
                InvalidValueError,
                "ceiling must be above 0 and at most 1; got 40; write 0.4 for 40 %",
            ),
            ("ceiling", 0, InvalidValueError, "ceiling must be above 0 and at most 1"),
            ("ceiling", None, InvalidTypeError, "ceiling must be a number; got None"),
        ],
    )
    def test_a_wrong_argument_is_refused(
        self, argument: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        given: dict[str, Any] = {"spend": 10, "rate": 0.2, "ceiling": 0.4}
        refusal = refused(
            lambda: calibrate_response(**given | {argument: value}), error
        )
        assert refusal.argument == argument
        assert str(refusal).startswith(message)

    def test_everybody_might_be_won(self) -> None:
        assert calibrate_response(10, 0.5, ceiling=1) == pytest.approx(math.log(2) / 10)


class TestWhatIsSaidInFull:
    @pytest.mark.parametrize(
        ("field", "value", "rule", "hint"),
        [
            (
                "acquisition_ceiling",
                0,
                "be above 0 and at most 1",
                "; write 0.4 for 40 %",
            ),
            (
                "retention_ceiling",
                1.5,
                "be above 0 and at most 1",
                "; write 0.4 for 40 %",
            ),
            ("discount", 10, "lie between 0 and 1", "; write 0.1 for 10 %"),
            ("acquisition_response", 1e300, "lie between 1e-50 and 1e+50", ""),
            ("retention_response", 1e-300, "lie between 1e-50 and 1e+50", ""),
            ("retention_response", 0, "be positive", ""),
        ],
    )
    def test_curves_that_cannot_be(
        self, field: str, value: float, rule: str, hint: str
    ) -> None:
        error = refused(
            lambda: attrs.evolve(CURVES, **{field: value}), InvalidValueError
        )
        assert str(error) == f"{field} must {rule}; got {value:g}{hint}"

    def test_responses_at_the_ends_are_allowed(self) -> None:
        for end in (1e-50, 1e50):
            curves = attrs.evolve(CURVES, acquisition_response=end)
            assert curves.acquisition_response == end

    def test_spending_is_not_negative(self) -> None:
        best = CURVES.optimum()
        for field in ("acquisition_spend", "retention_spend"):
            error = refused(
                lambda field=field: attrs.evolve(best, **{field: -1}),  # type: ignore[misc]
                InvalidValueError,
            )
            assert str(error) == f"{field} must not be negative; got -1"

    def test_a_response_must_be_known_from_a_point_on_the_curve(self) -> None:
        error = refused(
            lambda: calibrate_response(5, 0.3, ceiling=1.5), InvalidValueError
        )
        assert str(error) == (
            "ceiling must be above 0 and at most 1; got 1.5; write 0.4 for 40 %"
        )
        error = refused(
            lambda: calibrate_response(1e-320, 0.1, ceiling=0.4), InvalidValueError
        )
        said = "spend must leave a response that is finite; got 1e-320"
        assert str(error) == said

    def test_little_money_is_spent_as_well(self) -> None:
        best = attrs.evolve(
            CURVES.optimum(), acquisition_spend=0.5, retention_spend=0.2
        )
        assert best.summary().startswith("Spend 0.50 on each prospect:")
        assert " Spend 0.20 on each customer and period:" in best.summary()
        much = attrs.evolve(best, acquisition_rate=0.9)
        assert repr(much) == (
            "Best spending: 0.50 per prospect (90.0 % won), 0.20 per customer and"
            " period (33.6 % stay)"
        )
        assert ">Best spending</caption>" in best._repr_html_()

    def test_a_cost_that_nobody_tells_apart_is_the_same(self) -> None:
        costs = MarginalCosts(acquisition=55.00001, retention=54.999, clv=55)
        assert costs.summary() == (
            "Winning one more customer costs 55.00, as much as the 55.00 one is worth."
            " Keeping one more costs 55.00, less than that."
        )
