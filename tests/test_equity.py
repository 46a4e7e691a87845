"""What is a customer worth to us, and all of them?"""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, assert_type

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmkit.equity import (
    Mode,
    Timing,
    clv,
    convert_rate,
    customer_equity,
    expected_lifetime,
    retention_uplift,
    return_on_customer,
)
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

TIMINGS: tuple[Timing, ...] = ("immediate", "residual", "end-of-period")
MODES: tuple[Mode, ...] = ("points", "relative", "churn-relative")
PERIODS = np.arange(2_000)

money = st.floats(0.01, 1e6)
retentions = st.floats(0, 0.95)
discounts = st.floats(0, 0.5)
growths = st.floats(-0.5, 0.03)
timings = st.sampled_from(TIMINGS)
modes = st.sampled_from(MODES)


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


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
                "discount must lie between 0 and 1; got -0.01; write 0.1 for 10 %",
            ),
            (
                "discount",
                [0.1, 1, 10],
                InvalidValueError,
                2,
                "discount[2] must lie between 0 and 1; got 10; write 0.1 for 10 %",
            ),
            (
                "discount",
                np.ma.masked_array([0.1, 0.2], [True, False]),
                MissingValueError,
                0,
                "discount[0] is missing",
            ),
            (
                "growth",
                [1, 20],
                InvalidValueError,
                1,
                "growth[1] must be above -1 and at most 1; got 20; write 0.1 for 10 %",
            ),
            ("growth", -1, InvalidValueError, None, "growth must be above -1 and at"),
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


class TestRetentionUplift:
    @pytest.mark.reference
    @pytest.mark.parametrize(
        ("retention", "points", "relative"),
        [(0.6, 20, 12), (0.7, 22, 15), (0.8, 27.5, 21), (0.9, 41, 35)],
    )
    def test_five_percent_is_two_things(
        self, retention: float, points: float, relative: float
    ) -> None:
        # Margin multiples r / (1 + d - r) of Gupta & Lehmann (2005) at d = 10 %.
        rates: dict[str, Any] = {
            "retention": retention,
            "discount": 0.1,
            "timing": "residual",
        }
        percents = [
            100 * retention_uplift(1, change=0.05, mode=mode, **rates) / clv(1, **rates)
            for mode in MODES[:2]
        ]
        digits = 0.05 if points == 27.5 else 0.5
        assert percents[0] == pytest.approx(points, abs=digits)
        assert percents[1] == pytest.approx(relative, abs=0.5)

    @pytest.mark.parametrize(
        ("retention", "discount", "percent", "tolerance"),
        [(0.85, 0.1, 25, 1e-9), (0.95, 0.1, 50, 1e-9), (0.8974, 0, 95, 0.5)],
    )
    def test_where_the_quoted_range_comes_from(
        self, retention: float, discount: float, percent: float, tolerance: float
    ) -> None:
        rates: dict[str, Any] = {"retention": retention, "discount": discount}
        rates["timing"] = "end-of-period"
        uplift = retention_uplift(7, change=0.05, mode="points", **rates)
        assert 100 * uplift / clv(7, **rates) == pytest.approx(percent, abs=tolerance)

    @given(st.floats(0, 0.95))
    def test_no_base_gives_95_percent_at_a_tenth_discount(self, r: float) -> None:
        rates: dict[str, Any] = {"retention": r, "discount": 0.1}
        for timing in ("immediate", "end-of-period"):
            uplift = retention_uplift(
                1, change=0.05, mode="points", timing=timing, **rates
            )
            assert uplift / clv(1, timing=timing, **rates) <= 0.5 * (1 + 1e-9)

    def test_for_good_and_once(self) -> None:
        rates: dict[str, Any] = {"retention": 0.8, "discount": 0.1}
        for timing in ("immediate", "residual"):
            uplift = retention_uplift(
                100, change=0.01, mode="points", timing=timing, **rates
            )
            assert uplift == pytest.approx(12.64, abs=0.005)
            # Who is kept once is then worth what one who has just stayed is.
            once = 0.01 * clv(100, timing="immediate", **rates) / 1.1
            assert once == pytest.approx(3.33, abs=0.005)

    @pytest.mark.parametrize(
        ("mode", "then"),
        [("points", 0.85), ("relative", 0.84), ("churn-relative", 0.81)],
    )
    def test_the_modes_by_hand(self, mode: Mode, then: float) -> None:
        found = retention_uplift(
            1,
            retention=0.8,
            change=0.05,
            discount=0,
            mode=mode,
            timing="end-of-period",
        )
        assert found == pytest.approx(1 / (1 - then) - 5)

    @given(
        st.floats(-1e6, 1e6),
        st.tuples(retentions, discounts),
        st.floats(-1, 1),
        modes,
        timings,
    )
    def test_it_is_the_difference_of_two_values(
        self,
        m: float,
        rates: tuple[float, float],
        x: float,
        mode: Mode,
        timing: Timing,
    ) -> None:
        r, d = rates
        then = r + x * {"points": 1, "relative": r, "churn-relative": 1 - r}[mode]
        assume(0 <= then <= 0.96)
        now, later = (clv(m, retention=s, discount=d, timing=timing) for s in (r, then))
        found = retention_uplift(
            m, retention=r, change=x, discount=d, mode=mode, timing=timing
        )
        size = max(abs(now), abs(later), abs(m))
        assert found == pytest.approx(later - now, rel=1e-9, abs=1e-12 * size)

    @given(st.floats(0, 1), st.floats(-1, 1), st.floats(1e-6, 1), modes, timings)
    def test_it_agrees_with_exact_fractions(
        self, r: float, x: float, d: float, mode: Mode, timing: Timing
    ) -> None:
        r_, x_, d_ = map(Fraction, (r, x, d))
        points = (
            x_ * {"points": Fraction(1), "relative": r_, "churn-relative": 1 - r_}[mode]
        )
        assume(0 <= r_ + points <= 1)
        tops: list[Callable[[Fraction], Fraction]] = [
            lambda _: 1 + d_,
            lambda each: each,
            lambda _: Fraction(1),
        ]
        top = tops[TIMINGS.index(timing)]
        then = r_ + points
        exact = top(then) / (1 + d_ - then) - top(r_) / (1 + d_ - r_)
        found = retention_uplift(
            1, retention=r, change=x, discount=d, mode=mode, timing=timing
        )
        # Where hardly anybody leaves the new churn is a small difference itself.
        slack = 1e-15 / (d + float(1 - then))
        assert found == pytest.approx(float(exact), rel=1e-12 + slack, abs=1e-300)

    @given(money, retentions, st.floats(1e-12, 1e-9), discounts, timings)
    def test_tiny_changes_keep_their_digits(
        self, m: float, r: float, x: float, d: float, timing: Timing
    ) -> None:
        found = retention_uplift(
            m, retention=r, change=x, discount=d, mode="points", timing=timing
        )
        slope = m / (1 + d - r) ** 2 * (1 if timing == "end-of-period" else 1 + d)
        assert found == pytest.approx(slope * x, rel=1e-7)

    @given(st.floats(0, 0.8), st.floats(0.001, 0.1), discounts, modes, timings)
    def test_two_steps_together_bring_more_than_each_alone(
        self, r: float, x: float, d: float, mode: Mode, timing: Timing
    ) -> None:
        rates: dict[str, Any] = {
            "retention": r,
            "discount": d,
            "mode": mode,
            "timing": timing,
        }
        one, both = (retention_uplift(9, change=k * x, **rates) for k in (1, 2))
        assert both >= 2 * one * (1 - 1e-12) - 1e-300
        worse = retention_uplift(9, change=-x if r > 0.1 else 0, **rates)
        assert worse <= 0 <= one

    @given(retentions, discounts, modes, timings)
    def test_no_change_is_no_uplift(
        self, r: float, d: float, mode: Mode, timing: Timing
    ) -> None:
        found = retention_uplift(
            100, retention=r, change=0, discount=d, mode=mode, timing=timing
        )
        assert found == 0

    def test_the_way_back_takes_it_away(self) -> None:
        rates: dict[str, Any] = {
            "discount": 0.1,
            "mode": "points",
            "timing": "residual",
        }
        there = retention_uplift(50, retention=0.7, change=0.2, **rates)
        back = retention_uplift(50, retention=0.9, change=-0.2, **rates)
        assert there == pytest.approx(-back)

    # 0.8 x 1.25 and 0.7 + 0.3 are 1 but for rounding.
    @pytest.mark.parametrize(
        ("retention", "change", "mode"),
        [
            (0.8, 0.25, "relative"),
            (0.7, 0.3, "points"),
            (0.1, 9.0, "relative"),
            (0.55, 1.0, "churn-relative"),
            (1 / 3, 2.0, "relative"),
            (0.95 / 3, 1 - 0.95 / 3, "points"),
        ],
    )
    def test_everybody_may_stay_if_there_is_a_discount(
        self, retention: float, change: float, mode: Mode
    ) -> None:
        found = retention_uplift(
            1,
            retention=retention,
            change=change,
            discount=0.1,
            mode=mode,
            timing="end-of-period",
        )
        assert found == pytest.approx(10 - 1 / (1.1 - retention))

    @pytest.mark.parametrize(
        ("change", "mode"),
        [(-0.8, "points"), (-1, "relative"), (-4, "churn-relative")],
    )
    def test_nobody_may_stay(self, change: float, mode: Mode) -> None:
        found = retention_uplift(
            1,
            retention=0.8,
            change=change,
            discount=0.1,
            mode=mode,
            timing="residual",
        )
        assert found == pytest.approx(-0.8 / 0.3)

    def test_arrays_broadcast_like_a_ufunc(self) -> None:
        margin, retention = np.array([[10.0], [-20.0]]), np.array([0.5, 0.6, 0.7])
        change, discount = [0.1, 0.2, 0], [[0.1], [0.2]]
        for mode in MODES:
            found = retention_uplift(
                margin,
                retention=retention,
                change=change,
                discount=discount,
                mode=mode,
                timing="residual",
            )
            assert found.shape == (2, 3)
            for row, column in np.ndindex(2, 3):
                assert found[row, column] == retention_uplift(
                    margin[row, 0],
                    retention=retention[column],
                    change=change[column],
                    discount=discount[row][0],
                    mode=mode,
                    timing="residual",
                )

    @pytest.mark.parametrize("mode", MODES)
    def test_the_shape_is_that_of_all_arguments(self, mode: Mode) -> None:
        for name in ("margin", "retention", "change", "discount"):
            given: dict[str, Any] = {
                "margin": 100,
                "retention": 0.5,
                "change": 0.1,
                "discount": 0.1,
            }
            given[name] = [given[name]] * 4
            found = retention_uplift(**given, mode=mode, timing="immediate")
            assert found.shape == (4,)
        assert retention_uplift(
            [], retention=0.5, change=0, discount=0, mode=mode, timing="residual"
        ).shape == (0,)

    def test_scalars_give_a_python_float(self) -> None:
        found = retention_uplift(
            1, retention=0.5, change=0.1, discount=0, mode="points", timing="residual"
        )
        assert_type(found, float)
        assert type(found) is float

    @pytest.mark.parametrize(
        ("argument", "value", "error", "index", "message"),
        [
            ("margin", None, MissingValueError, None, "margin is missing"),
            ("margin", "a", InvalidTypeError, None, "margin must be a number"),
            (
                "margin",
                [1, 1e308],
                InvalidValueError,
                1,
                "margin[1] must leave a finite value; got 1e+308",
            ),
            (
                "retention",
                80,
                InvalidValueError,
                None,
                "retention must lie between 0 and 1; got 80; write 0.8 for 80 %",
            ),
            ("discount", -0.1, InvalidValueError, None, "discount must lie between"),
            (
                "discount",
                10,
                InvalidValueError,
                None,
                "discount must lie between 0 and 1; got 10; write 0.1 for 10 %",
            ),
            ("change", math.nan, MissingValueError, None, "change is missing"),
            (
                "change",
                [0.01, 5],
                InvalidValueError,
                1,
                (
                    "change[1] must leave a retention between 0 and 1; got 5;"
                    " retention of 0.9 would become 5.9; write 0.05 for 5 %"
                ),
            ),
            (
                "change",
                0.11,
                InvalidValueError,
                None,
                (
                    "change must leave a retention between 0 and 1; got 0.11;"
                    " retention of 0.9 would become 1.01"
                ),
            ),
            ("change", -0.91, InvalidValueError, None, "change must leave a retention"),
            ("change", 1e308, InvalidValueError, None, "change must leave a retention"),
            (
                "mode",
                "percent",
                InvalidValueError,
                None,
                'mode must be one of "points"',
            ),
            ("mode", None, InvalidValueError, None, "mode must be one of"),
            ("timing", "now", InvalidValueError, None, "timing must be one of"),
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
            "retention": 0.9,
            "change": 0.09,
            "discount": 0.001,
            "mode": "points",
            "timing": "immediate",
            argument: value,
        }
        refusal = refused(lambda: retention_uplift(**given), error)
        assert (refusal.argument, refusal.index) == (argument, index)
        assert str(refusal).startswith(message)

    @pytest.mark.parametrize(
        ("mode", "change", "index", "words"),
        [
            ("points", 0.05, None, "got 0.05; retention[1] of 0.99 would become 1.04"),
            ("relative", 0.1, None, "got 0.1; retention[1] of 0.99 would become 1.089"),
            (
                "points",
                [[0.01], [-0.6]],
                (1, 0),
                "got -0.6; retention[0] of 0.5 would become -0.1",
            ),
            (
                "churn-relative",
                [-0.5, -101],
                1,
                "got -101; retention[1] of 0.99 would become -0.02; write 0.05 for 5 %",
            ),
        ],
    )
    def test_the_retention_that_goes_too_far_is_named(
        self, mode: Any, change: Any, index: Any, words: str
    ) -> None:
        error = refused(
            lambda: retention_uplift(
                1,
                retention=[0.5, 0.99],
                change=change,
                discount=0.1,
                mode=mode,
                timing="residual",
            ),
            InvalidValueError,
        )
        assert (error.argument, error.index) == ("change", index)
        assert str(error).endswith(f"must leave a retention between 0 and 1; {words}")

    @pytest.mark.parametrize("argument", ["retention", "change", "discount"])
    def test_shapes_that_do_not_fit_are_refused_by_name(self, argument: str) -> None:
        given: dict[str, Any] = {"retention": 0.5, "change": 0, "discount": 0.1}
        given[argument] = [0.5] * 3
        error = refused(
            lambda: retention_uplift([1, 2], **given, mode="points", timing="residual"),
            InvalidValueError,
        )
        assert (error.argument, error.value) == (argument, (3,))

    def test_mode_and_timing_have_no_default(self) -> None:
        rates: dict[str, Any] = {"retention": 0.8, "change": 0.05, "discount": 0.1}
        with pytest.raises(TypeError, match="mode"):
            retention_uplift(100, **rates, timing="residual")
        with pytest.raises(TypeError, match="timing"):
            retention_uplift(100, **rates, mode="points")

    def test_an_infinite_value_is_refused_with_the_reason(self) -> None:
        def uplift(retention: float, change: float) -> float:
            return retention_uplift(
                1,
                retention=retention,
                change=change,
                discount=0,
                mode="points",
                timing="residual",
            )

        error = refused(lambda: uplift(1, -0.5), InvalidValueError)
        assert str(error) == (
            "retention must be below 1 where discount is 0; got 1; the value would be"
            " infinite, as nobody would ever leave"
        )
        for retention, change in ((0.5, 0.5), (0.9, 0.1), (0.7, 0.3)):
            error = refused(
                lambda r=retention, x=change: uplift(r, x),  # type: ignore[misc]
                InvalidValueError,
            )
            assert str(error).startswith(
                "change must leave a retention below 1 where discount is 0; got 0."
            )


class TestConvertRate:
    def test_years_and_months(self) -> None:
        assert convert_rate(0.01, periods=12) == pytest.approx(1.01**12 - 1)
        assert convert_rate(0.1, periods=1 / 12) == pytest.approx(1.1 ** (1 / 12) - 1)
        assert convert_rate(0.21, periods=0.5) == pytest.approx(0.1)
        assert convert_rate(0.1, periods=1) == pytest.approx(0.1, rel=1e-15)
        assert convert_rate(0, periods=12) == 0

    @given(st.floats(-0.9, 2), st.floats(0.01, 20), st.floats(0.01, 20))
    def test_there_and_back_and_by_steps(self, rate: float, a: float, b: float) -> None:
        there = convert_rate(rate, periods=a)
        assume(there > -0.999)
        assert convert_rate(there, periods=1 / a) == pytest.approx(
            rate, rel=1e-9, abs=1e-9
        )
        by_steps = convert_rate(there, periods=b)
        assert by_steps == pytest.approx(
            convert_rate(rate, periods=a * b), rel=1e-9, abs=1e-9
        )

    @given(st.floats(-0.9, 10), st.integers(1, 60))
    def test_it_is_compounding(self, rate: float, periods: int) -> None:
        exact = float((1 + Fraction(rate)) ** periods - 1)
        found = convert_rate(rate, periods=periods)
        assert found == pytest.approx(exact, rel=1e-12, abs=1e-300)

    @given(st.floats(1e-15, 1e-9))
    def test_small_rates_keep_their_digits(self, rate: float) -> None:
        assert convert_rate(rate, periods=1 / 365.25) == pytest.approx(
            rate / 365.25, rel=1e-8
        )

    @given(st.floats(0.01, 1), st.floats(0.01, 60))
    def test_churn_is_a_growth_below_zero(
        self, retention: float, periods: float
    ) -> None:
        lost = -convert_rate(retention - 1, periods=periods)
        assert 1 - lost == pytest.approx(retention**periods)

    @given(money, retentions, st.floats(0.001, 0.5), st.integers(2, 24))
    def test_a_finer_clock_gives_the_same_customers(
        self, m: float, r: float, d: float, months: int
    ) -> None:
        # All margin of a period at its start: the value by months is the sum over
        # months of which each first one of a year brings something.
        monthly = convert_rate(d, periods=1 / months)
        t = np.arange(400)
        by_months = m * (r**t / (1 + monthly) ** (months * t)).sum()
        yearly = clv(m, retention=r, discount=d, timing="immediate")
        assert by_months == pytest.approx(yearly, rel=1e-6)

    def test_arrays_broadcast(self) -> None:
        found = convert_rate([[0.1], [0.2]], periods=[1, 2, 3])
        assert found.shape == (2, 3)
        assert found[1].tolist() == pytest.approx([0.2, 0.44, 0.728])
        assert convert_rate([], periods=12).shape == (0,)
        one = convert_rate(np.float32(0.5), periods=Decimal(2))  # type: ignore[call-overload]
        assert type(one) is float
        assert one == pytest.approx(1.25)
        assert_type(convert_rate(0.1, periods=2), float)

    @pytest.mark.parametrize(
        ("argument", "value", "error", "message"),
        [
            (
                "rate",
                [0.1, -1],
                InvalidValueError,
                "rate[1] must be above -1; got -1; write 0.1 for 10 %",
            ),
            ("rate", None, MissingValueError, "rate is missing"),
            ("rate", "10 %", InvalidTypeError, "rate must be a number; got '10 %'"),
            ("periods", 0, InvalidValueError, "periods must be positive; got 0"),
            ("periods", -12, InvalidValueError, "periods must be positive; got -12"),
            ("periods", math.inf, InvalidValueError, "periods must be a finite number"),
            ("periods", None, MissingValueError, "periods is missing"),
            ("periods", [1, 2, 3], InvalidValueError, "periods must have a shape"),
        ],
    )
    def test_a_wrong_argument_is_refused(
        self, argument: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        given: dict[str, Any] = {"rate": [0.1, 0.2], "periods": 12, argument: value}
        refusal = refused(lambda: convert_rate(**given), error)
        assert refusal.argument == argument
        assert str(refusal).startswith(message)

    def test_what_no_float_can_hold_is_refused(self) -> None:
        error = refused(lambda: convert_rate([0.1, 9], periods=400), InvalidValueError)
        assert str(error) == "rate[1] must leave a finite rate; got 9"


class TestExpectedLifetime:
    @pytest.mark.reference
    def test_published_lifetimes(self) -> None:
        # Reichheld & Sasser (1990): defection from 10 to 5 % doubles the lifetime.
        assert expected_lifetime([0.9, 0.95]).tolist() == pytest.approx([10, 20])
        # Kriss (2014) quotes 43 and 74 % with "a little over a year" and "another six
        # years": the first follows, the second does not.
        worst, best = expected_lifetime([0.43, 0.74])
        assert worst == pytest.approx(1.75, abs=0.005)
        assert best == pytest.approx(3.85, abs=0.005)

    @given(retentions)
    def test_it_is_the_mean_of_periods(self, r: float) -> None:
        survivors = r**PERIODS
        assert expected_lifetime(r) == pytest.approx(survivors.sum(), rel=1e-10)
        undiscounted = clv(1, retention=r, discount=0, timing="end-of-period")
        assert expected_lifetime(r) == undiscounted

    def test_the_first_period_counts(self) -> None:
        assert expected_lifetime(0) == 1
        assert type(expected_lifetime(0.5)) is float
        assert_type(expected_lifetime(0.5), float)
        assert expected_lifetime([[0.5, 0]]).tolist() == [[2, 1]]
        assert expected_lifetime([]).shape == (0,)

    @pytest.mark.parametrize(
        ("value", "error", "message"),
        [
            (
                [0.5, 1],
                InvalidValueError,
                "retention[1] must be below 1; got 1; the lifetime would be infinite",
            ),
            (1 - 1e-16, InvalidValueError, "retention must be below 1; got 0.99"),
            (80, InvalidValueError, "retention must lie between 0 and 1; got 80"),
            (-0.1, InvalidValueError, "retention must lie between 0 and 1; got -0.1"),
            (None, MissingValueError, "retention is missing"),
            ("x", InvalidTypeError, "retention must be a number"),
        ],
    )
    def test_what_is_no_retention_is_refused(
        self, value: Any, error: type[CxmError], message: str
    ) -> None:
        assert str(refused(lambda: expected_lifetime(value), error)).startswith(message)


class TestCustomerEquity:
    def test_it_is_the_sum(self) -> None:
        assert customer_equity([10, 20.5, -3]) == 27.5
        assert customer_equity([10, 20], customers=[3, 0.5]) == 40
        assert customer_equity(10, customers=4) == 40
        assert customer_equity(10, customers=[4, 1]) == 50
        assert customer_equity([[1], [2]], customers=[1, 10]) == 33
        assert_type(customer_equity([1, 2]), float)
        assert type(customer_equity(np.int8(100), customers=np.int8(100))) is float
        assert customer_equity(np.int8(100), customers=np.int8(100)) == 10_000

    @given(
        st.lists(
            st.tuples(st.floats(-1e6, 1e6), st.integers(0, 20)), min_size=1, max_size=8
        )
    )
    def test_segments_are_customers_taken_together(
        self, segments: list[tuple[float, int]]
    ) -> None:
        worth, sizes = zip(*segments, strict=True)
        assume(sum(sizes))
        each = np.repeat(worth, sizes)
        size = max(1.0, np.abs(each).sum())
        together = customer_equity(worth, customers=sizes)
        assert together == pytest.approx(customer_equity(each), abs=1e-12 * size)
        assert together == pytest.approx(
            customer_equity(worth[::-1], customers=sizes[::-1]), abs=1e-12 * size
        )
        doubled = customer_equity(worth, customers=[2 * n for n in sizes])
        assert doubled == pytest.approx(2 * together)

    def test_two_firms_are_worth_what_each_is(self) -> None:
        a, b = [1.5, 2.5], [10.0]
        assert customer_equity(a + b) == customer_equity(a) + customer_equity(b)

    @pytest.mark.parametrize(
        ("given", "error", "message"),
        [
            (
                {"values": []},
                EmptySampleError,
                "values must hold at least one customer",
            ),
            (
                {"values": [1, 2], "customers": [0, 0]},
                EmptySampleError,
                "customers must hold at least one customer",
            ),
            (
                {"values": 5, "customers": []},
                EmptySampleError,
                "customers must hold at least one customer",
            ),
            ({"values": [1, None]}, MissingValueError, "values[1] is missing"),
            ({"values": "x"}, InvalidTypeError, "values must be a number"),
            (
                {"values": [1, 2], "customers": [1, -1]},
                InvalidValueError,
                "customers[1] must not be negative; got -1",
            ),
            (
                {"values": [1, 2], "customers": [1, 2, 3]},
                InvalidValueError,
                "customers must have a shape that broadcasts with (2,); got (3,)",
            ),
            (
                {"values": [1e308, 1e308]},
                InvalidValueError,
                "values must leave a finite sum; got inf",
            ),
            (
                {"values": [1e308, -1e308], "customers": 10},
                InvalidValueError,
                "values must leave a finite sum; got nan",
            ),
        ],
    )
    def test_what_has_no_sum_is_refused(
        self, given: dict[str, Any], error: type[CxmError], message: str
    ) -> None:
        assert str(refused(lambda: customer_equity(**given), error)) == message or (
            error is InvalidTypeError
        )


class TestReturnOnCustomer:
    def test_it_is_profit_and_growth_over_what_was_there(self) -> None:
        assert return_on_customer(10, equity_before=100, equity_after=105) == 0.15
        assert return_on_customer(20, equity_before=100, equity_after=75) == -0.05
        assert return_on_customer(0, equity_before=50, equity_after=50) == 0
        assert return_on_customer(-5, equity_before=50, equity_after=-20) == -1.5

    @given(money, st.floats(0.05, 0.95), st.floats(0.001, 0.5))
    def test_customers_as_expected_return_the_discount(
        self, m: float, r: float, d: float
    ) -> None:
        paid: dict[Timing, float] = {"residual": r * m, "end-of-period": m}
        for timing, profit in paid.items():
            before = clv(m, retention=r, discount=d, timing=timing)
            found = return_on_customer(
                profit, equity_before=before, equity_after=r * before
            )
            assert found == pytest.approx(d, rel=1e-9)

    @given(st.floats(-100, 100), money, st.floats(-1e6, 1e6), money)
    def test_the_currency_does_not_matter(
        self, profit: float, before: float, after: float, rate: float
    ) -> None:
        found = return_on_customer(profit, equity_before=before, equity_after=after)
        other = return_on_customer(
            profit * rate, equity_before=before * rate, equity_after=after * rate
        )
        size = (abs(profit) + abs(after) + before) / before
        assert other == pytest.approx(found, abs=1e-12 * size)

    def test_arrays_broadcast(self) -> None:
        found = return_on_customer(
            [[10], [20]], equity_before=[100, 200], equity_after=100
        )
        assert found == pytest.approx(np.array([[0.1, -0.45], [0.2, -0.4]]))
        for name in ("profit", "equity_before", "equity_after"):
            given: dict[str, Any] = {
                "profit": 1,
                "equity_before": 1,
                "equity_after": 1,
                name: [1, 1, 1],
            }
            assert return_on_customer(**given).shape == (3,)
        one = return_on_customer(1, equity_before=1, equity_after=1)
        assert_type(one, float)
        assert type(one) is float

    @pytest.mark.parametrize(
        ("argument", "value", "error", "message"),
        [
            ("profit", None, MissingValueError, "profit is missing"),
            ("profit", "x", InvalidTypeError, "profit must be a number"),
            (
                "equity_before",
                [5, 0],
                InvalidValueError,
                "equity_before[1] must be positive; got 0; a return on nothing has",
            ),
            ("equity_before", -1, InvalidValueError, "equity_before must be positive"),
            (
                "equity_before",
                1e-320,
                InvalidValueError,
                "profit[0] must leave a finite value; got 10",
            ),
            ("equity_after", math.nan, MissingValueError, "equity_after is missing"),
            (
                "equity_after",
                [1, 2, 3],
                InvalidValueError,
                "equity_after must have a shape",
            ),
        ],
    )
    def test_a_wrong_argument_is_refused(
        self, argument: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        given: dict[str, Any] = {
            "profit": [10, 10],
            "equity_before": 100,
            "equity_after": 100,
            argument: value,
        }
        refusal = refused(lambda: return_on_customer(**given), error)
        assert str(refusal).startswith(message)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (0.5, "got 0.5; retention of 0.8 would become 1.3"),
        (1, "got 1; retention of 0.8 would become 1.8; write 0.05 for 5 %"),
        (1.5, "got 1.5; retention of 0.8 would become 2.3; write 0.05 for 5 %"),
    ],
)
def test_a_change_of_whole_numbers_is_taken_for_percent(
    change: float, words: str
) -> None:
    error = refused(
        lambda: retention_uplift(
            100,
            retention=0.8,
            change=change,
            discount=0.1,
            mode="points",
            timing="residual",
        ),
        InvalidValueError,
    )
    assert str(error) == f"change must leave a retention between 0 and 1; {words}"


def test_a_return_needs_equities_that_fit() -> None:
    nothing: Any = None
    error = refused(
        lambda: return_on_customer(1, equity_before=nothing, equity_after=1),
        MissingValueError,
    )
    assert str(error) == "equity_before is missing"
    error = refused(
        lambda: return_on_customer([1, 2], equity_before=[1, 2, 3], equity_after=1),
        InvalidValueError,
    )
    said = "equity_before must have a shape that broadcasts with (2,); got (3,)"
    assert str(error) == said
