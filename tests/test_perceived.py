"""How much does the customer get for what the customer gives?"""

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, assert_type

import attrs
import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmkit import perceived
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.perceived import (
    Lever,
    LeverMove,
    PerceivedValue,
    ValueChange,
    decompose_value_change,
    perceived_value,
)

LEVERS: tuple[Lever, ...] = ("product_quality", "service_quality", "cost", "hassle")
UP, DOWN = LEVERS[:2], LEVERS[2:]

money = st.floats(0.01, 1e6)
quality = st.floats(0, 1e6)
states = st.tuples(quality, quality, money, money)
State = tuple[float, float, float, float]
levels = st.floats(0.01, 100)
offers = st.builds(
    PerceivedValue,
    product_quality=levels,
    service_quality=levels,
    cost=levels,
    hassle=levels,
    hassle_price=levels,
)
levers = st.sampled_from(LEVERS)
OFFER = PerceivedValue(product_quality=8, service_quality=6, cost=40, hassle=10)


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def moved(offer: PerceivedValue, lever: Lever, change: float) -> PerceivedValue:
    return attrs.evolve(offer, **{lever: getattr(offer, lever) + change})


def parts_of(change: ValueChange) -> list[float]:
    return [getattr(change, name) for name in (*LEVERS, "hassle_price")]


class TestPerceivedValue:
    def test_it_is_quality_received_over_sacrifices_made(self) -> None:
        assert perceived_value(8, 6, 40, 10) == 0.28
        assert perceived_value(8, 6, cost=40, hassle=10) == 0.28
        assert perceived_value(8, 6, cost=40, hassle=2, hassle_price=5) == 0.28
        assert perceived_value(8, 0, cost=0, hassle=10) == 0.8
        assert perceived_value(0, 0, cost=40, hassle=10) == 0

    @given(states, money, st.floats(0.01, 100))
    def test_one_factor_on_both_sides_changes_nothing(
        self, state: State, price: float, factor: float
    ) -> None:
        p, s, c, h = (factor * x for x in state)
        once = perceived_value(*state, hassle_price=price)
        assert perceived_value(p, s, c, h, hassle_price=price) == pytest.approx(once)

    @given(states, money, st.floats(0, 1e6))
    def test_quality_raises_it_and_sacrifice_lowers_it(
        self, state: State, price: float, more: float
    ) -> None:
        p, s, c, h = state
        now = perceived_value(p, s, c, h, hassle_price=price)
        better = [
            perceived_value(p + more, s, c, h, hassle_price=price),
            perceived_value(p, s + more, c, h, hassle_price=price),
        ]
        worse = [
            perceived_value(p, s, c + more, h, hassle_price=price),
            perceived_value(p, s, c, h + more / price, hassle_price=price),
            perceived_value(p, s, c, h, hassle_price=price + more / h),
        ]
        assert min(better) >= now * (1 - 1e-12)
        assert max(worse) <= now * (1 + 1e-12)
        if more >= 1 and p + s >= 1:
            assert min(better) > now > max(worse)

    @given(states, money)
    def test_it_agrees_with_exact_fractions(self, state: State, price: float) -> None:
        p, s, c, h = map(Fraction, state)
        exact = float((p + s) / (c + Fraction(price) * h))
        found = perceived_value(*state, hassle_price=price)
        assert found == pytest.approx(exact, rel=1e-14, abs=1e-300)

    def test_arrays_broadcast_like_a_ufunc(self) -> None:
        product = np.array([[1.0], [2.0]])
        cost = np.array([4.0, 5.0, 10.0])
        found = perceived_value(product, 3, cost, [1, 0, 0], hassle_price=np.array(1))
        assert found.shape == (2, 3)
        for row, column in np.ndindex(2, 3):
            assert found[row, column] == perceived_value(
                product[row, 0], 3, cost[column], [1, 0, 0][column]
            )

    def test_scalars_of_any_kind_give_a_python_float(self) -> None:
        assert_type(perceived_value(8, 6, 40, 10), float)
        eights: list[Any] = [8, 8.0, np.int8(8), np.float32(8), np.array(8), Decimal(8)]
        for eight in eights:
            found = perceived_value(eight, 6, 40, 10)
            assert type(found) is float
            assert found == 0.28

    @pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float32, np.int64, object])
    def test_columns_of_any_dtype_give_floats(self, dtype: type) -> None:
        found = perceived_value(np.array([100, 8], dtype=dtype), [100, 6], 40, 10)
        assert found.dtype == np.float64
        assert found.tolist() == [4.0, 0.28]

    def test_no_customers_give_no_values(self) -> None:
        assert perceived_value([], 6, 40, 10).shape == (0,)

    def test_the_callers_arrays_are_left_alone(self) -> None:
        product = np.array([8.0, 7.0])
        product.flags.writeable = False
        perceived_value(product, product, product, product)[0] = 9
        assert product.tolist() == [8.0, 7.0]

    @pytest.mark.parametrize(
        "argument",
        ["product_quality", "service_quality", "cost", "hassle", "hassle_price"],
    )
    @pytest.mark.parametrize(
        ("value", "error", "index", "offender", "message"),
        [
            (None, MissingValueError, None, None, " is missing"),
            ([1, None], MissingValueError, 1, None, "[1] is missing"),
            (math.nan, MissingValueError, None, None, " is missing"),
            (
                np.ma.masked_array([1, 2], [False, True]),
                MissingValueError,
                1,
                None,
                "[1] is",
            ),
            (math.inf, InvalidValueError, None, math.inf, " must be a finite number"),
            ("8", InvalidTypeError, None, "8", " must be a number; got '8'"),
            ([1, True], None, None, None, ""),  # numpy takes it for 1
            ([True], InvalidTypeError, 0, True, "[0] must be a number; got True"),
            (-1, InvalidValueError, None, -1, ""),
            ([[1, 2], [3, -4]], InvalidValueError, (1, 1), -4, "[1, 1] must "),
        ],
    )
    def test_a_wrong_argument_is_refused_by_name_and_place(
        self,
        *,
        argument: str,
        value: Any,
        error: type[CxmError] | None,
        index: Any,
        offender: Any,
        message: str,
    ) -> None:
        state: dict[str, Any] = {
            "product_quality": 8,
            "service_quality": 6,
            "cost": 40,
            "hassle": 10,
            argument: value,
        }
        if error is None:
            assert np.isfinite(perceived_value(**state)).all()
            return
        refusal = refused(lambda: perceived_value(**state), error)
        assert (refusal.argument, refusal.index) == (argument, index)
        assert refusal.value == offender
        assert str(refusal).startswith(f"{argument}{message}")

    @pytest.mark.parametrize(
        ("argument", "value", "message"),
        [
            ("product_quality", -1, "product_quality must not be negative; got -1"),
            ("service_quality", -1, "service_quality must not be negative; got -1"),
            ("cost", -0.5, "cost must not be negative; got -0.5"),
            ("hassle", -1e-9, "hassle must not be negative; got -1e-09"),
            ("hassle_price", 0, "hassle_price must be positive; got 0"),
            ("hassle_price", -2, "hassle_price must be positive; got -2"),
        ],
    )
    def test_the_rule_is_said(self, argument: str, value: float, message: str) -> None:
        state: dict[str, Any] = {
            "product_quality": 8,
            "service_quality": 6,
            "cost": 40,
            "hassle": 10,
            argument: value,
        }
        error = refused(lambda: perceived_value(**state), InvalidValueError)
        assert str(error) == message

    def test_something_must_be_sacrificed(self) -> None:
        error = refused(lambda: perceived_value(8, 6, 0, 0), InvalidValueError)
        assert (error.argument, error.index, error.value) == ("cost", None, 0)
        assert str(error) == (
            "cost must come to a positive finite sum with hassle_price * hassle; got 0;"
            " a value per nothing given would be infinite"
        )

    def test_the_place_is_that_in_the_argument_itself(self) -> None:
        cost, hassle = np.array([[1.0], [0.0]]), np.array([1.0, 2.0, 0.0])
        error = refused(lambda: perceived_value(8, 6, cost, hassle), InvalidValueError)
        assert (error.argument, error.index) == ("cost", (1, 0))
        error = refused(lambda: perceived_value(8, 6, 0, hassle), InvalidValueError)
        assert (error.argument, error.index) == ("cost", None)
        error = refused(lambda: perceived_value(8, 6, [3, 0], 0), InvalidValueError)
        assert (error.argument, error.index) == ("cost", 1)
        error = refused(lambda: perceived_value(8, 6, [3, 0, 0], 0), InvalidValueError)
        assert error.index == 1  # the first of several

    def test_what_no_float_can_hold_is_refused(self) -> None:
        huge = 1.7e308
        error = refused(lambda: perceived_value(huge, huge, 1, 1), InvalidValueError)
        assert (error.argument, error.value) == ("product_quality", huge)
        assert str(error).startswith("product_quality must leave a finite value; got")
        error = refused(lambda: perceived_value(8, 6, huge, huge), InvalidValueError)
        assert error.argument == "cost"
        error = refused(
            lambda: perceived_value([8, 8], 6, [1, 1e-320], 0), InvalidValueError
        )
        assert (error.argument, error.index) == ("product_quality", 1)

    @pytest.mark.parametrize(
        "argument", ["service_quality", "cost", "hassle", "hassle_price"]
    )
    def test_shapes_that_do_not_fit_are_refused_by_name(self, argument: str) -> None:
        state: dict[str, Any] = {
            "product_quality": [8, 8],
            "service_quality": 6,
            "cost": 40,
            "hassle": 10,
            argument: [1, 2, 3],
        }
        error = refused(lambda: perceived_value(**state), InvalidValueError)
        assert (error.argument, error.value) == (argument, (3,))
        assert str(error) == (
            f"{argument} must have a shape that broadcasts with (2,); got (3,)"
        )


class TestOffer:
    @given(offers)
    def test_its_ratio_is_that_of_the_columns(self, offer: PerceivedValue) -> None:
        fields = [getattr(offer, lever) for lever in LEVERS]
        found = perceived_value(*fields, hassle_price=offer.hassle_price)
        assert offer.ratio == found

    def test_hassle_is_in_money_unless_it_has_a_price(self) -> None:
        assert OFFER.hassle_price == 1
        assert attrs.evolve(OFFER, hassle=2, hassle_price=5).ratio == OFFER.ratio

    @given(offers, levels)
    def test_all_is_homogeneous_of_degree_0(
        self, offer: PerceivedValue, factor: float
    ) -> None:
        scaled = {lever: factor * getattr(offer, lever) for lever in LEVERS}
        other = attrs.evolve(offer, **scaled)
        assert other.ratio == pytest.approx(offer.ratio)
        assert other.elasticities() == pytest.approx(offer.elasticities())
        assert other.relative_to(offer) == pytest.approx(1)
        assert other.exchange_rate("cost", "hassle") == pytest.approx(
            offer.exchange_rate("cost", "hassle")
        )
        assert decompose_value_change(offer, other).total == pytest.approx(
            0, abs=1e-12 * offer.ratio
        )

    def test_it_is_a_value(self) -> None:
        same = PerceivedValue(
            product_quality=np.int8(8), service_quality=6.0, cost=40, hassle=Decimal(10)
        )
        assert same == OFFER
        assert hash(same) == hash(OFFER)
        assert same != attrs.evolve(OFFER, cost=41)
        assert pickle.loads(pickle.dumps(OFFER)) == OFFER  # noqa: S301  our own
        assert copy.deepcopy(OFFER) == OFFER
        assert type(same.hassle) is float
        assert repr(OFFER).startswith("PerceivedValue(product_quality=8.0, ")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            OFFER.cost = 1  # type: ignore[misc]

    def test_a_copy_passes_the_constructor(self) -> None:
        build, (kind, fields) = OFFER.__reduce__()
        error = refused(lambda: build(kind, fields | {"cost": -1}), InvalidValueError)
        assert error.argument == "cost"

    @pytest.mark.parametrize("field", [*LEVERS, "hassle_price"])
    def test_a_wrong_field_is_refused_by_name(self, field: str) -> None:
        wrong: list[Any] = [None, "8", [8, 6], np.array([8.0]), True]
        for value in wrong:
            error = refused(
                lambda value=value: attrs.evolve(OFFER, **{field: value}),  # type: ignore[misc]
                InvalidTypeError,
            )
            assert error.argument == field
        for value in (-1, math.nan, math.inf):
            error = refused(
                lambda value=value: attrs.evolve(OFFER, **{field: value}),  # type: ignore[misc]
                InvalidValueError,
            )
            assert error.argument == field

    def test_something_must_be_given(self) -> None:
        error = refused(
            lambda: attrs.evolve(OFFER, cost=0, hassle=0), InvalidValueError
        )
        assert error.argument == "cost"
        error = refused(lambda: attrs.evolve(OFFER, hassle_price=0), InvalidValueError)
        assert str(error) == "hassle_price must be positive; got 0"

    def test_an_offer_without_quality_is_worth_nothing(self) -> None:
        nothing = attrs.evolve(OFFER, product_quality=0, service_quality=0)
        assert nothing.ratio == 0
        assert nothing.relative_to(OFFER) == 0
        assert nothing.summary() == (
            "Customers get no quality at all for what they give."
        )
        calls: dict[str, Callable[[], object]] = {
            "product_quality": nothing.elasticities,
            "other": lambda: OFFER.relative_to(nothing),
            "before": lambda: decompose_value_change(nothing, OFFER),
            "after": lambda: decompose_value_change(OFFER, nothing),
        }
        for argument, call in calls.items():
            error = refused(call, InvalidValueError)
            assert str(error) == (
                f"{argument} must give some quality, of product or service; got 0"
            )
        refused(lambda: nothing.exchange_rate("cost", "hassle"), InvalidValueError)

    def test_the_summary_names_every_lever(self) -> None:
        assert OFFER.summary() == (
            "Customers get 0.28 units of quality for each unit of money that they give."
            " One percent more product quality changes that by +0.57 %, service quality"
            " by +0.43 %, cost by -0.80 %, hassle by -0.20 %."
        )


class TestElasticities:
    def test_they_are_shares_of_either_side(self) -> None:
        assert attrs.evolve(OFFER, hassle=2, hassle_price=5).elasticities() == {
            "product_quality": pytest.approx(8 / 14),
            "service_quality": pytest.approx(6 / 14),
            "cost": pytest.approx(-40 / 50),
            "hassle": pytest.approx(-10 / 50),
        }

    @given(offers, levers)
    def test_they_are_logarithmic_derivatives(
        self, offer: PerceivedValue, lever: Lever
    ) -> None:
        step = 1e-5 * getattr(offer, lever)
        above, below = moved(offer, lever, step), moved(offer, lever, -step)
        slope = (math.log(above.ratio) - math.log(below.ratio)) / 2e-5
        assert offer.elasticities()[lever] == pytest.approx(slope, abs=1e-8)

    @given(offers)
    def test_they_sum_to_nothing(self, offer: PerceivedValue) -> None:
        found = offer.elasticities()
        assert tuple(found) == LEVERS
        assert math.fsum(found.values()) == pytest.approx(0, abs=1e-15)
        assert min(found[lever] for lever in UP) >= 0
        assert max(found[lever] for lever in DOWN) <= 0


class TestCompetitor:
    @given(offers, offers)
    def test_it_is_the_ratio_of_ratios(
        self, ours: PerceivedValue, theirs: PerceivedValue
    ) -> None:
        assert ours.relative_to(theirs) == ours.ratio / theirs.ratio
        back = theirs.relative_to(ours)
        assert ours.relative_to(theirs) * back == pytest.approx(1)
        assert ours.relative_to(ours) == 1

    def test_what_is_no_offer_is_refused(self) -> None:
        other: Any = 0.3
        error = refused(lambda: OFFER.relative_to(other), InvalidTypeError)
        assert str(error) == "other must be a PerceivedValue; got 0.3"

    @pytest.mark.parametrize("quality", [1e-320, 5e-324])
    def test_what_no_float_can_hold_is_refused(self, quality: float) -> None:
        # The second is so little that the ratio itself is 0.
        little = attrs.evolve(OFFER, product_quality=quality, service_quality=0)
        error = refused(lambda: OFFER.relative_to(little), InvalidValueError)
        assert error.argument == "other"
        assert str(error).startswith("other must leave a finite value; got")


class TestNeeded:
    def test_it_reaches_the_target_by_hand(self) -> None:
        # 0.4 x 50 = 20 units of quality, or 14 / 0.4 = 35 of sacrifice.
        assert OFFER.needed(0.4) == {
            "product_quality": 6,
            "service_quality": 6,
            "cost": -15,
            "hassle": None,
        }
        # 0.1 x 50 = 5: less than either quality leaves for the other.
        found = OFFER.needed(0.1)
        assert (found["product_quality"], found["service_quality"]) == (None, None)
        assert found["cost"] == found["hassle"] == pytest.approx(90)

    @given(offers, st.floats(0.01, 100))
    def test_each_lever_alone_reaches_it_or_cannot(
        self, offer: PerceivedValue, factor: float
    ) -> None:
        target = factor * offer.ratio
        for lever, change in offer.needed(target).items():
            if change is not None:
                reached = moved(offer, lever, change).ratio
                assert reached == pytest.approx(target, rel=1e-9)
            else:
                at_zero = {lever: 0.0}
                if lever in UP:
                    assert attrs.evolve(offer, **at_zero).ratio > target
                else:
                    assert attrs.evolve(offer, **at_zero).ratio < target

    @given(offers)
    def test_nothing_is_needed_to_stay(self, offer: PerceivedValue) -> None:
        sizes = (offer.product_quality + offer.service_quality,) * 2 + (
            offer.cost + offer.hassle * offer.hassle_price,
            offer.cost / offer.hassle_price + offer.hassle,
        )
        for change, size in zip(offer.needed(offer.ratio).values(), sizes, strict=True):
            assert change == pytest.approx(0, abs=1e-12 * size)

    @given(offers, st.sampled_from(DOWN))
    def test_a_lever_may_go_down_to_nothing(
        self, offer: PerceivedValue, lever: Lever
    ) -> None:
        target = attrs.evolve(offer, **{lever: 0.0}).ratio
        sacrifice = offer.cost + offer.hassle * offer.hassle_price
        price = {"cost": 1, "hassle": offer.hassle_price}[lever]
        assert offer.needed(target)[lever] == pytest.approx(
            -getattr(offer, lever), abs=1e-14 * sacrifice / price
        )
        assert offer.needed(target * (1 + 1e-9))[lever] is None

    def test_rounding_does_not_close_a_lever(self) -> None:
        offer = PerceivedValue(product_quality=1, service_quality=8, cost=1, hassle=7)
        target = attrs.evolve(offer, cost=0).ratio
        assert 9 / target < 7  # as floats have it
        assert offer.needed(target)["cost"] == -1

    def test_no_sacrifice_is_small_enough_without_quality(self) -> None:
        nothing = attrs.evolve(OFFER, product_quality=0, service_quality=0)
        assert nothing.needed(0.4) == {
            "product_quality": 20,
            "service_quality": 20,
            "cost": None,
            "hassle": None,
        }
        tiny = attrs.evolve(OFFER, product_quality=1e-300, service_quality=0, hassle=0)
        found = tiny.needed(1e300)
        assert (found["cost"], found["hassle"]) == (None, None)

    @pytest.mark.parametrize("target", [0, -1, math.inf, math.nan])
    def test_a_target_is_positive(self, target: float) -> None:
        error = refused(lambda: OFFER.needed(target), InvalidValueError)
        assert str(error).startswith("target must be positive and finite; got")

    def test_a_target_is_a_number(self) -> None:
        target: Any = "more"
        error = refused(lambda: OFFER.needed(target), InvalidTypeError)
        assert str(error) == "target must be a number; got 'more'"

    @pytest.mark.parametrize("target", [1e308, 1e-308])
    def test_what_no_float_can_hold_is_refused(self, target: float) -> None:
        error = refused(lambda: OFFER.needed(target), InvalidValueError)
        assert str(error).startswith("target must leave finite changes; got")


class TestCheapest:
    def test_the_least_expense_wins_not_the_least_change(self) -> None:
        # To 0.35: 3.5 more quality, or 10 less to give.
        costs: dict[Lever, float] = {
            "product_quality": 4,
            "service_quality": 3.5,
            "cost": 1.3,
            "hassle": 1.2,
        }
        best = OFFER.cheapest(0.35, unit_costs=costs)
        assert best == LeverMove(lever="hassle", change=-10, expense=12)
        best = OFFER.cheapest(0.35, unit_costs=costs | {"hassle": 1.3})
        assert best.lever == "service_quality"
        assert best.expense == pytest.approx(12.25)
        assert best.change == pytest.approx(3.5)

    def test_levers_without_a_price_are_left_alone(self) -> None:
        best = OFFER.cheapest(0.35, unit_costs={"product_quality": 1e6})
        assert best.lever == "product_quality"
        assert best.expense == pytest.approx(3.5e6)

    def test_a_lever_that_cannot_do_it_is_passed_by(self) -> None:
        best = OFFER.cheapest(0.4, unit_costs={"hassle": 0, "cost": 5})
        assert best == LeverMove(lever="cost", change=-15, expense=75)

    def test_of_equals_the_first(self) -> None:
        best = OFFER.cheapest(0.35, unit_costs=dict.fromkeys(reversed(LEVERS), 0))
        assert best.lever == "product_quality"

    @given(
        offers,
        st.floats(1.01, 2),
        st.lists(levels, min_size=4, max_size=4),
        st.tuples(levers, levers),
        st.floats(0, 1),
    )
    def test_no_mix_of_two_is_cheaper_where_both_can_do_it(
        self,
        offer: PerceivedValue,
        factor: float,
        prices: list[float],
        two: tuple[Lever, Lever],
        share: float,
    ) -> None:
        target = factor * offer.ratio
        costs = dict(zip(LEVERS, prices, strict=True))
        first, then = two
        needed = offer.needed(target)
        one, other = needed[first], needed[then]
        assume(first != then and one is not None and other is not None)
        assert one is not None
        # Move the one lever a part of the way, and the other for the rest.
        half = moved(offer, first, share * one)
        rest = half.needed(target)[then]
        assert rest is not None
        mixed = share * abs(one) * costs[first] + abs(rest) * costs[then]
        best = offer.cheapest(target, unit_costs=costs)
        assert best.expense <= mixed * (1 + 1e-9)

    def test_what_is_reached_already_is_refused(self) -> None:
        for target in (0.28, 0.2):
            error = refused(
                lambda target=target: OFFER.cheapest(target, unit_costs={"cost": 1}),  # type: ignore[misc]
                InvalidValueError,
            )
            assert str(error) == (
                f"target must be above the present ratio (0.28); got {target}"
            )

    def test_levers_that_cannot_do_it_are_refused(self) -> None:
        error = refused(
            lambda: OFFER.cheapest(0.4, unit_costs={"hassle": 1}), InvalidValueError
        )
        assert str(error) == (
            "unit_costs must name a lever that reaches the target alone; got ['hassle']"
        )
        refused(lambda: OFFER.cheapest(0.4, unit_costs={}), InvalidValueError)

    @pytest.mark.parametrize(
        ("costs", "error", "message"),
        [
            ([1, 2], InvalidTypeError, "unit_costs must be a mapping of levers to"),
            ({"price": 1}, InvalidValueError, "unit_costs must be one of "),
            (
                {"cost": -1},
                InvalidValueError,
                "unit_costs['cost'] must be finite and not negative; got -1",
            ),
            (
                {"cost": math.inf},
                InvalidValueError,
                "unit_costs['cost'] must be finite and not negative; got inf",
            ),
            (
                {"cost": None},
                InvalidTypeError,
                "unit_costs['cost'] must be a number; got None",
            ),
            ({"cost": 1e308}, InvalidValueError, "expense must be a finite number"),
        ],
    )
    def test_wrong_costs_are_refused(
        self, costs: Any, error: type[CxmError], message: str
    ) -> None:
        refusal = refused(lambda: OFFER.cheapest(0.4, unit_costs=costs), error)
        assert str(refusal).startswith(message)

    def test_a_move_says_itself(self) -> None:
        move = LeverMove(lever="service_quality", change=0.5, expense=1234.5)
        assert move.summary() == (
            "The cheapest single lever is service quality: change it by +0.5, for"
            " 1,234.50."
        )
        assert pickle.loads(pickle.dumps(move)) == move  # noqa: S301  our own

    @pytest.mark.parametrize(
        ("fields", "error", "argument"),
        [
            ({"lever": "price"}, InvalidValueError, "lever"),
            ({"expense": -1}, InvalidValueError, "expense"),
            ({"expense": math.inf}, InvalidValueError, "expense"),
            ({"change": math.nan}, InvalidValueError, "change"),
            ({"change": None}, InvalidTypeError, "change"),
        ],
    )
    def test_a_wrong_move_is_refused(
        self, fields: dict[str, Any], error: type[CxmError], argument: str
    ) -> None:
        move = LeverMove(lever="cost", change=-1, expense=0)
        refusal = refused(lambda: attrs.evolve(move, **fields), error)
        assert refusal.argument == argument


class TestExchangeRate:
    def test_quality_is_worth_money_at_the_present_ratio(self) -> None:
        dear = attrs.evolve(OFFER, hassle=2, hassle_price=5)
        assert dear.exchange_rate("service_quality", "cost") == pytest.approx(1 / 0.28)
        assert dear.exchange_rate("cost", "product_quality") == pytest.approx(0.28)
        assert dear.exchange_rate("product_quality", "service_quality") == 1
        assert dear.exchange_rate("hassle", "cost") == 5
        assert dear.exchange_rate("hassle", "product_quality") == pytest.approx(1.4)

    @given(offers, levers, levers, st.floats(0.001, 10))
    def test_a_trade_at_this_rate_changes_nothing(
        self, offer: PerceivedValue, give: Lever, take: Lever, units: float
    ) -> None:
        assume(give != take)
        rate = offer.exchange_rate(give, take)
        same_side = (give in UP) == (take in UP)
        other_way = moved(offer, give, units)
        change = -units * rate if same_side else units * rate
        assume(getattr(other_way, take) + change > 0)
        traded = moved(other_way, take, change)
        assert traded.ratio == pytest.approx(offer.ratio, rel=1e-9)

    @given(offers)
    def test_rates_chain(self, offer: PerceivedValue) -> None:
        for one, two, three in itertools.product(LEVERS, repeat=3):
            direct = offer.exchange_rate(one, three)
            by_way = offer.exchange_rate(one, two) * offer.exchange_rate(two, three)
            assert direct == pytest.approx(by_way)

    def test_a_lever_is_one_of_four(self) -> None:
        wrong: Any = "price"
        for argument, call in {
            "give": lambda: OFFER.exchange_rate(wrong, "cost"),
            "take": lambda: OFFER.exchange_rate("cost", wrong),
        }.items():
            error = refused(call, InvalidValueError)
            assert str(error).startswith(f'{argument} must be one of "product_quality"')

    def test_what_no_float_can_hold_is_refused(self) -> None:
        little = attrs.evolve(OFFER, product_quality=1e-310, service_quality=0)
        error = refused(
            lambda: little.exchange_rate("product_quality", "cost"), InvalidValueError
        )
        assert str(error) == ("give must leave a finite rate; got 'product_quality'")
        # The least value of a unit of quality that a finite ratio leaves.
        much = PerceivedValue(
            product_quality=1.7e308, service_quality=0, cost=1, hassle=0
        )
        assert much.exchange_rate("cost", "product_quality") == pytest.approx(1.7e308)
        assert much.exchange_rate("product_quality", "cost") > 0


class TestChange:
    def test_it_is_exact_where_one_side_stays(self) -> None:
        # With the sacrifice at 50 a unit of quality is 1 / 50, whatever the size.
        after = attrs.evolve(OFFER, product_quality=10, service_quality=5)
        change = decompose_value_change(OFFER, after)
        assert parts_of(change) == pytest.approx([0.04, -0.02, 0, 0, 0])
        assert change.total == pytest.approx(0.02)
        # 1/70 and 1/35 for a quality of 14: the levers share by their changes.
        after = attrs.evolve(OFFER, cost=50, hassle=20)
        change = decompose_value_change(OFFER, after)
        assert parts_of(change) == pytest.approx([0, 0, -0.04, -0.04, 0])

    @given(offers, offers)
    def test_it_agrees_with_many_digits(
        self, before: PerceivedValue, after: PerceivedValue
    ) -> None:
        change = decompose_value_change(before, after)
        with mpmath.workdps(50):
            sides = [
                [mpmath.mpf(getattr(offer, name)) for name in (*LEVERS, "hassle_price")]
                for offer in (before, after)
            ]
            q0, q1 = (p + s for p, s, *_ in sides)
            y0, y1 = (c + w * h for *_, c, h, w in sides)
            value = _mean_of(q0 / y0, q1 / y1)
            up, down = value / _mean_of(q0, q1), -value / _mean_of(y0, y1)
            d = [b - a for a, b in zip(*sides, strict=True)]
            w, h = ((sides[0][i] + sides[1][i]) / 2 for i in (4, 3))
            exact = [
                up * d[0],
                up * d[1],
                down * d[2],
                down * w * d[3],
                down * h * d[4],
            ]
            assert abs(mpmath.fsum(exact) - (q1 / y1 - q0 / y0)) < 1e-40 * value
        expected = [float(x) for x in exact]
        assert parts_of(change) == pytest.approx(
            expected, rel=1e-11, abs=1e-13 * max(before.ratio, after.ratio)
        )

    @given(offers, offers)
    def test_the_parts_sum_to_the_change(
        self, before: PerceivedValue, after: PerceivedValue
    ) -> None:
        change = decompose_value_change(before, after)
        parts = parts_of(change)
        assert math.fsum(parts) == change.total
        size = max(before.ratio, after.ratio) + math.fsum(map(abs, parts))
        assert change.total == pytest.approx(
            after.ratio - before.ratio, abs=1e-14 * size
        )

    @given(offers, offers)
    def test_back_again_is_the_same_with_other_signs(
        self, before: PerceivedValue, after: PerceivedValue
    ) -> None:
        there = decompose_value_change(before, after)
        back = decompose_value_change(after, before)
        assert parts_of(back) == [-part for part in parts_of(there)]
        assert back.total == -there.total

    @given(offers, offers)
    def test_better_levers_help_and_worse_ones_hurt(
        self, before: PerceivedValue, after: PerceivedValue
    ) -> None:
        change = decompose_value_change(before, after)
        for lever in (*LEVERS, "hassle_price"):
            better = getattr(after, lever) - getattr(before, lever)
            if lever not in UP:
                better = -better
            assert np.sign(getattr(change, lever)) == np.sign(better)

    @given(offers)
    def test_nothing_changed_is_nothing_gained(self, offer: PerceivedValue) -> None:
        change = decompose_value_change(offer, offer)
        assert parts_of(change) == [0] * 5
        assert change.total == 0

    @given(offers, st.lists(st.floats(-1, 1), min_size=4, max_size=4))
    def test_small_changes_are_elasticities(
        self, offer: PerceivedValue, percents: list[float]
    ) -> None:
        tiny = 1e-6
        after = attrs.evolve(
            offer,
            **{
                lever: getattr(offer, lever) * (1 + tiny * x)
                for lever, x in zip(LEVERS, percents, strict=True)
            },
        )
        change = decompose_value_change(offer, after)
        for lever, x in zip(LEVERS, percents, strict=True):
            linear = offer.ratio * offer.elasticities()[lever] * tiny * x
            found = getattr(change, lever)
            assert found == pytest.approx(linear, rel=1e-5, abs=1e-5 * tiny)

    @given(offers, st.floats(0.01, 100))
    def test_a_price_of_hassle_is_nobodys_lever(
        self, offer: PerceivedValue, price: float
    ) -> None:
        after = attrs.evolve(offer, hassle_price=price)
        change = decompose_value_change(offer, after)
        assert parts_of(change)[:4] == [0] * 4
        assert change.hassle_price == pytest.approx(
            change.total, rel=1e-9, abs=1e-13 * offer.ratio
        )

    @given(offers, offers, levels)
    def test_units_of_hassle_do_not_matter(
        self, before: PerceivedValue, after: PerceivedValue, minutes: float
    ) -> None:
        other = [
            attrs.evolve(
                offer,
                hassle=offer.hassle * minutes,
                hassle_price=offer.hassle_price / minutes,
            )
            for offer in (before, after)
        ]
        assert parts_of(decompose_value_change(*other)) == pytest.approx(
            parts_of(decompose_value_change(before, after)),
            rel=1e-9,
            abs=1e-12 * max(before.ratio, after.ratio),
        )

    @pytest.mark.parametrize("gap", [1e-15, 1e-9, 1e-3, 0.99, 1.01, 1e3, 1e300])
    def test_the_logarithmic_mean_keeps_its_digits(self, gap: float) -> None:
        for low in (1.0, 1e-5):
            high = low + low * gap
            with mpmath.workdps(400):
                exact = float(_mean_of(mpmath.mpf(low), mpmath.mpf(high)))
            for a, b in ((low, high), (high, low)):
                found = perceived._log_mean(a, b)  # noqa: SLF001  the formula itself
                assert found == pytest.approx(exact, rel=1e-14)

    def test_a_ratio_beyond_all_floats_has_a_logarithmic_mean(self) -> None:
        exact = 1e300 / (600 * math.log(10))
        assert perceived._log_mean(1e-300, 1e300) == pytest.approx(exact)  # noqa: SLF001

    def test_numbers_far_apart_still_sum(self) -> None:
        tiny = attrs.evolve(OFFER, product_quality=1e-290, service_quality=0)
        change = decompose_value_change(tiny, OFFER)
        assert math.fsum(parts_of(change)) == pytest.approx(0.28)

    def test_what_is_no_offer_is_refused(self) -> None:
        wrong: Any = 0.28
        for argument, call in {
            "before": lambda: decompose_value_change(wrong, OFFER),
            "after": lambda: decompose_value_change(OFFER, wrong),
        }.items():
            error = refused(call, InvalidTypeError)
            assert str(error) == f"{argument} must be a PerceivedValue; got 0.28"

    def test_a_value_that_no_float_can_hold_is_refused(self) -> None:
        little = attrs.evolve(OFFER, product_quality=5e-324, service_quality=0)
        error = refused(
            lambda: decompose_value_change(OFFER, little), InvalidValueError
        )
        assert str(error) == "after must leave a value above 0; got 0"


def _mean_of(a: Any, b: Any) -> Any:
    return a if a == b else (b - a) / mpmath.log(b / a)


class TestChangeSays:
    CHANGE = ValueChange(
        product_quality=0, service_quality=0.02, cost=-0.03, hassle=0.02, total=0.01
    )
    PRICED = ValueChange(
        product_quality=0,
        service_quality=0,
        cost=0,
        hassle=0.01,
        hassle_price=-0.03,
        total=-0.02,
    )
    SAME = ValueChange(
        product_quality=0, service_quality=0, cost=0.5, hassle=-0.5, total=0
    )

    def test_what_helped_and_what_hurt(self) -> None:
        assert self.CHANGE.summary() == (
            "Customers get 0.01 more quality for each unit of money. Helped: service"
            " quality (+0.02), hassle (+0.02). Hurt: cost (-0.03)."
        )
        assert self.PRICED.summary() == (
            "Customers get 0.02 less quality for each unit of money. Helped: hassle"
            " (+0.01). Hurt: price of hassle (-0.03)."
        )
        assert self.SAME.summary() == (
            "Customers get as much quality as before for each unit of money. Helped:"
            " cost (+0.5). Hurt: hassle (-0.5)."
        )
        nothing = decompose_value_change(OFFER, OFFER)
        assert nothing.summary() == (
            "Customers get as much quality as before for each unit of money."
        )

    def test_one_line(self) -> None:
        assert repr(self.CHANGE) == (
            "Value change +0.01: product quality 0, service quality +0.02, cost -0.03,"
            " hassle +0.02"
        )
        assert repr(self.PRICED).endswith("hassle +0.01, price of hassle -0.03")

    def test_a_table(self) -> None:
        assert str(self.CHANGE).splitlines() == [
            "lever            change of value",
            "product quality                0",
            "service quality            +0.02",
            "cost                       -0.03",
            "hassle                     +0.02",
            "total                      +0.01",
        ]
        assert "price of hassle" in str(self.PRICED)
        page = self.CHANGE._repr_html_()
        assert "<table" in page
        assert "Hurt: cost (-0.03)." in page

    def test_plain_values(self) -> None:
        assert self.PRICED.to_dict() == {
            "product_quality": 0,
            "service_quality": 0,
            "cost": 0,
            "hassle": 0.01,
            "total": -0.02,
            "hassle_price": -0.03,
        }

    def test_it_is_a_value(self) -> None:
        assert pickle.loads(pickle.dumps(self.PRICED)) == self.PRICED  # noqa: S301
        assert copy.copy(self.CHANGE) == self.CHANGE != self.PRICED
        assert hash(copy.deepcopy(self.CHANGE)) == hash(self.CHANGE)

    def test_parts_sum_to_the_total(self) -> None:
        error = refused(
            lambda: attrs.evolve(self.CHANGE, total=0.0101), InvalidValueError
        )
        assert str(error) == "total must be the sum of the parts (0.01); got 0.0101"
        refused(lambda: attrs.evolve(self.CHANGE, hassle_price=1e-6), InvalidValueError)
        attrs.evolve(self.CHANGE, hassle_price=1e-12)  # rounding
        error = refused(
            lambda: attrs.evolve(self.CHANGE, cost=math.inf), InvalidValueError
        )
        assert error.argument == "cost"
        nothing: Any = None
        error = refused(
            lambda: attrs.evolve(self.CHANGE, total=nothing), InvalidTypeError
        )
        assert error.argument == "total"


def test_levers_that_cancel_leave_nothing() -> None:
    before = PerceivedValue(product_quality=8.1, service_quality=6.3, cost=41, hassle=9)
    after = PerceivedValue(
        product_quality=16.2, service_quality=12.6, cost=82, hassle=18
    )
    change = decompose_value_change(before, after)
    assert change.total == 0
    assert change.product_quality > 0 > change.cost
    assert "Customers get as much quality as before" in change.summary()


def test_a_move_costs_something_or_nothing() -> None:
    with pytest.raises(InvalidValueError) as caught:
        LeverMove(lever="cost", change=-1, expense=-2)
    assert str(caught.value) == "expense must not be negative; got -2"


def test_a_change_has_a_caption_in_notebooks() -> None:
    before = PerceivedValue(product_quality=8, service_quality=6, cost=40, hassle=10)
    change = decompose_value_change(before, attrs.evolve(before, cost=30))
    assert "Change of perceived value" in change._repr_html_()
    assert "more quality" in change.summary()


# Whole refusals, and what is said in full

NOTHING = PerceivedValue(product_quality=0, service_quality=0, cost=0, hassle=10)
RICH = PerceivedValue(product_quality=1e300, service_quality=6, cost=40, hassle=10)
POOR = attrs.evolve(RICH, product_quality=1e-300, service_quality=0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: RICH.needed(1e-300),
            InvalidValueError,
            "target must leave finite changes; got 1e-300",
        ),
        (
            lambda: RICH.needed(-1),
            InvalidValueError,
            "target must be positive and finite; got -1",
        ),
        (
            lambda: RICH.relative_to(POOR),
            InvalidValueError,
            "other must leave a finite value; got 2e-302",
        ),
        (
            lambda: NOTHING.exchange_rate("cost", "hassle"),
            InvalidValueError,
            "product_quality must give some quality, of product or service; got 0",
        ),
        (
            lambda: RICH.cheapest(2e300, unit_costs=[1]),  # type: ignore[arg-type]
            InvalidTypeError,
            "unit_costs must be a mapping of levers to what a unit costs; got [1]",
        ),
    ],
)
def test_refusals_in_full(
    call: Callable[[], object], error: type[CxmError], words: str
) -> None:
    assert str(refused(call, error)) == words


def test_without_quality_nothing_is_given_up() -> None:
    needed = NOTHING.needed(0.5)
    assert (needed["cost"], needed["hassle"]) == (None, None)


def test_little_quality_is_some() -> None:
    little = PerceivedValue(
        product_quality=0.2, service_quality=0.3, cost=40, hassle=10
    )
    assert little.summary() == (
        "Customers get 0.01 units of quality for each unit of money that they give. One"
        " percent more product quality changes that by +0.40 %, service quality by"
        " +0.60 %, cost by -0.80 %, hassle by -0.20 %."
    )


def test_a_change_in_a_notebook_has_a_caption() -> None:
    shown = decompose_value_change(POOR, RICH)._repr_html_()
    assert ">Change of perceived value</caption>" in shown
