"""What is it worth, to the customer and to us?"""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, assert_type

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cxmkit.value
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.value import Timing, clv, perceived_value

TIMINGS: tuple[Timing, ...] = ("immediate", "residual", "end-of-period")
PERIODS = np.arange(2_000)

money = st.floats(0.01, 1e6)
quality = st.floats(0, 1e6)
states = st.tuples(quality, quality, money, money)
State = tuple[float, float, float, float]
retentions = st.floats(0, 0.95)
discounts = st.floats(0, 0.5)
growths = st.floats(-0.5, 0.03)
timings = st.sampled_from(TIMINGS)


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def test_the_module_exports_what_the_contract_names() -> None:
    assert cxmkit.value.__all__ == ["clv", "perceived_value"]


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


class TestClv:
    @pytest.mark.reference
    @pytest.mark.parametrize(
        ("retention", "multiples"),
        [
            (0.6, (1.20, 1.15, 1.11, 1.07)),
            (0.7, (1.75, 1.67, 1.59, 1.52)),
            (0.8, (2.67, 2.50, 2.35, 2.22)),
            (0.9, (4.50, 4.09, 3.75, 3.46)),
        ],
    )
    def test_margin_multiples(
        self, retention: float, multiples: tuple[float, ...]
    ) -> None:
        # Gupta, S., & Lehmann, D. R. (2005). Managing customers as investments.
        discount = [0.10, 0.12, 0.14, 0.16]
        found = clv(1, retention=retention, discount=discount, timing="residual")
        assert found.tolist() == pytest.approx(multiples, abs=0.005)

    @pytest.mark.reference
    def test_profit_of_a_customer_base(self) -> None:
        # After Berger, P. D., & Nasr, N. I. (1998): 100,000 customers won at 30 each,
        # who bring 100 at a cost of 50 for goods and 10 for marketing per period.
        each = clv(100 - 50 - 10, retention=0.5, discount=0.15, timing="immediate")
        assert 100_000 * (each - 30) == pytest.approx(4_076_923.08, abs=0.005)

    def test_five_points_more_retention_add_a_quarter_at_85_percent(self) -> None:
        now, then = clv(1, retention=[0.85, 0.90], discount=0.1, timing="end-of-period")
        assert then / now == pytest.approx(1.25)

    @given(money, retentions, discounts, growths)
    def test_it_is_the_sum_of_discounted_margins(
        self, m: float, r: float, d: float, g: float
    ) -> None:
        arriving = m * (r * (1 + g) / (1 + d)) ** PERIODS  # from now on
        residual = m * (r * (1 + g) / (1 + d)) ** (PERIODS + 1)
        in_arrears = arriving / (1 + d)
        sums = (arriving.sum(), residual.sum(), in_arrears.sum())
        for timing, total in zip(TIMINGS, sums, strict=True):
            found = clv(m, retention=r, discount=d, growth=g, timing=timing)
            assert found == pytest.approx(total, rel=1e-10, abs=1e-300)

    @given(money, st.floats(0, 1), st.floats(1e-9, 1), st.floats(-0.9, 0))
    def test_it_agrees_with_exact_fractions(
        self, m: float, r: float, d: float, g: float
    ) -> None:
        m_, r_, d_, g_ = map(Fraction, (m, r, d, g))
        lost = 1 + d_ - r_ * (1 + g_)
        tops = (m_ * (1 + d_), m_ * r_ * (1 + g_), m_)
        for timing, top in zip(TIMINGS, tops, strict=True):
            found = clv(m, retention=r, discount=d, growth=g, timing=timing)
            assert found == pytest.approx(float(top / lost), rel=1e-13, abs=1e-300)

    def test_a_small_discount_is_not_lost_beside_one(self) -> None:
        found = clv(1, retention=1, discount=1e-11, timing="end-of-period")
        assert found == pytest.approx(1e11, rel=1e-14)

    @given(money, retentions, discounts, growths)
    def test_the_three_timings_differ_by_known_amounts(
        self, m: float, r: float, d: float, g: float
    ) -> None:
        now, residual, arrears = (
            clv(m, retention=r, discount=d, growth=g, timing=t) for t in TIMINGS
        )
        assert now == pytest.approx(arrears * (1 + d))
        assert now - residual == pytest.approx(m)

    @given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), retentions, discounts, timings)
    def test_it_is_linear_in_the_margin(
        self, one: float, other: float, r: float, d: float, timing: Timing
    ) -> None:
        def worth(margin: float) -> float:
            return clv(margin, retention=r, discount=d, timing=timing)

        assert worth(one + other) == pytest.approx(worth(one) + worth(other), abs=1e-6)
        assert worth(3 * one) == pytest.approx(3 * worth(one))
        assert worth(-one) == -worth(one)
        assert worth(0) == 0

    @given(money, st.lists(retentions, min_size=2, max_size=2), discounts, growths)
    def test_who_stays_longer_is_worth_more(
        self, m: float, r: list[float], d: float, g: float
    ) -> None:
        assume(abs(r[0] - r[1]) > 1e-6)
        for timing in TIMINGS:
            less, more = clv(
                m, retention=sorted(r), discount=d, growth=g, timing=timing
            )
            assert less < more

    @given(money, retentions, st.lists(discounts, min_size=2, max_size=2), timings)
    def test_a_higher_discount_never_raises_it(
        self, m: float, r: float, d: list[float], timing: Timing
    ) -> None:
        more, less = clv(m, retention=r, discount=sorted(d), timing=timing)
        assert less <= more * (1 + 1e-12)

    @pytest.mark.parametrize("timing", TIMINGS)
    def test_who_never_comes_back_brings_one_margin_at_most(
        self, timing: Timing
    ) -> None:
        expected = {"immediate": 100, "residual": 0, "end-of-period": 80}[timing]
        assert clv(100, retention=0, discount=0.25, timing=timing) == expected

    def test_arrays_broadcast_like_a_ufunc(self) -> None:
        margin, retention = np.array([[10.0], [-20.0]]), np.array([0.5, 0.6, 0.7])
        growth = [0, 0.1, -0.1]
        for timing in TIMINGS:
            found = clv(
                margin, retention=retention, discount=0.1, growth=growth, timing=timing
            )
            assert found.shape == (2, 3)
            for row, column in np.ndindex(2, 3):
                assert found[row, column] == clv(
                    margin[row, 0],
                    retention=retention[column],
                    discount=0.1,
                    growth=growth[column],
                    timing=timing,
                )

    @pytest.mark.parametrize("timing", TIMINGS)
    def test_the_shape_is_that_of_all_arguments(self, timing: Timing) -> None:
        for name in ("margin", "retention", "discount", "growth"):
            given: dict[str, Any] = {
                "margin": 100,
                "retention": 0.5,
                "discount": 0.1,
                "growth": 0.0,
            }
            given[name] = [given[name]] * 4
            assert clv(**given, timing=timing).shape == (4,)

    def test_scalars_of_any_kind_give_a_python_float(self) -> None:
        rates: dict[str, Any] = {"retention": np.array(0.5), "discount": Decimal(1)}
        found = clv(np.int8(100), **rates, timing="end-of-period")
        assert type(found) is float
        assert found == pytest.approx(66.67, abs=0.005)
        assert_type(clv(1, retention=0.5, discount=0.1, timing="residual"), float)

    def test_no_customers_give_no_values(self) -> None:
        assert clv([], retention=0.8, discount=0.1, timing="residual").shape == (0,)

    def test_the_callers_arrays_are_left_alone(self) -> None:
        margin = np.array([100.0, 200.0])
        worth = clv(margin, retention=0, discount=0, timing="immediate")
        worth[0] = 9
        assert margin.tolist() == [100.0, 200.0]

    @pytest.mark.parametrize(
        ("argument", "value", "error", "index", "message"),
        [
            ("margin", None, MissingValueError, None, "margin is missing"),
            ("margin", [1, math.nan], MissingValueError, 1, "margin[1] is missing"),
            ("margin", math.inf, InvalidValueError, None, "margin must be a finite n"),
            ("margin", "a", InvalidTypeError, None, "margin must be a number; got 'a'"),
            (
                "retention",
                [0.5, 80],
                InvalidValueError,
                1,
                "retention[1] must lie between 0 and 1; got 80; write 0.8 for 80 %",
            ),
            ("retention", 1.01, InvalidValueError, None, "retention must lie between"),
            ("retention", -0.01, InvalidValueError, None, "retention must lie between"),
            ("retention", None, MissingValueError, None, "retention is missing"),
            (
                "discount",
                -0.01,
                InvalidValueError,
                None,
                "discount must not be negative; got -0.01",
            ),
            (
                "discount",
                np.ma.masked_array([0.1, 0.2], [True, False]),
                MissingValueError,
                0,
                "discount[0] is missing",
            ),
            ("growth", -1, InvalidValueError, None, "growth must be above -1; got -1"),
            ("growth", [[0], [-2]], InvalidValueError, (1, 0), "growth[1, 0] must be"),
            ("growth", None, MissingValueError, None, "growth is missing"),
            (
                "timing",
                "now",
                InvalidValueError,
                None,
                'timing must be one of "immediate", "residual", "end-of-period"; got',
            ),
            ("timing", None, InvalidValueError, None, "timing must be one of"),
        ],
    )
    def test_a_wrong_argument_is_refused_by_name_and_place(
        self,
        *,
        argument: str,
        value: Any,
        error: type[CxmError],
        index: Any,
        message: str,
    ) -> None:
        given: dict[str, Any] = {
            "margin": 100,
            "retention": 0.8,
            "discount": 0.1,
            "timing": "immediate",
            argument: value,
        }
        refusal = refused(lambda: clv(**given), error)
        assert (refusal.argument, refusal.index) == (argument, index)
        assert str(refusal).startswith(message)

    def test_timing_and_rates_have_no_default(self) -> None:
        with pytest.raises(TypeError, match="timing"):
            clv(100, retention=0.8, discount=0.1)  # type: ignore[call-overload]

    def test_an_infinite_value_is_refused_with_the_reason(self) -> None:
        error = refused(
            lambda: clv(1, retention=1, discount=0, timing="residual"),
            InvalidValueError,
        )
        assert (error.argument, error.index, error.value) == ("retention", None, 1)
        assert str(error) == (
            "retention must be below (1 + discount) / (1 + growth); got 1; the value"
            " would be infinite, as discounted margins would never shrink"
        )

    @pytest.mark.parametrize(
        ("retention", "discount", "growth"),
        [(0.9, 0.08, 0.2), (0.8, 0.0, 0.25), (0.7, 0.05, 0.5), (0.9, 0.1, 0.5)],
    )
    def test_growth_that_makes_up_for_all_loss_is_refused(
        self, retention: float, discount: float, growth: float
    ) -> None:
        for timing in TIMINGS:
            error = refused(
                lambda timing=timing: clv(  # type: ignore[misc]
                    1,
                    retention=retention,
                    discount=discount,
                    growth=growth,
                    timing=timing,
                ),
                InvalidValueError,
            )
            assert error.argument == "retention"

    def test_the_place_is_that_in_the_argument_itself(self) -> None:
        error = refused(
            lambda: clv(
                [1, 2, 3],
                retention=[[0.5], [1.0]],
                discount=[0.1, 0.1, 0],
                timing="immediate",
            ),
            InvalidValueError,
        )
        assert (error.index, error.value) == ((1, 0), 1.0)
        error = refused(
            lambda: clv(1, retention=1, discount=[0.1, 0], timing="immediate"),
            InvalidValueError,
        )
        assert error.index is None

    def test_what_no_float_can_hold_is_refused(self) -> None:
        error = refused(
            lambda: clv([1, 1e308], retention=0.99, discount=0, timing="immediate"),
            InvalidValueError,
        )
        assert (error.argument, error.index, error.value) == ("margin", 1, 1e308)
        assert str(error) == "margin[1] must leave a finite value; got 1e+308"

    @pytest.mark.parametrize("argument", ["retention", "discount", "growth"])
    def test_shapes_that_do_not_fit_are_refused_by_name(self, argument: str) -> None:
        given: dict[str, Any] = {"retention": 0.5, "discount": 0.1, argument: [0.5] * 3}
        error = refused(
            lambda: clv([1, 2], **given, timing="end-of-period"), InvalidValueError
        )
        assert (error.argument, error.value) == (argument, (3,))
