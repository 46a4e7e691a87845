"""Retention, repeat purchases and earned growth: fractions, laws, refusals."""

import copy
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, assert_type

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.loyalty import (
    EarnedGrowth,
    churn_rate,
    earned_growth,
    gross_revenue_retention,
    net_revenue_retention,
    repeat_rate,
    retention_rate,
)

NAN = math.nan
counts = st.integers(0, 10**6)
money = st.floats(0, 1e9, allow_subnormal=False)
some_money = st.floats(1e-3, 1e9)
shares = st.floats(0, 1)


def refused(build: Callable[[], object], error: type[CxmError], words: str) -> None:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    assert str(refusal.value) == words


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


# Customers


@given(kept=counts, lost=counts, new=counts)
def test_who_was_there_is_kept_or_lost(kept: int, lost: int, new: int) -> None:
    assume(kept + lost)
    base = {"start": kept + lost, "end": kept + new, "new": new}
    stays, leaves = retention_rate(**base), churn_rate(**base)
    assert stays == float(Fraction(kept, kept + lost))
    assert leaves == float(Fraction(lost, kept + lost))
    assert stays + leaves == close(1)


def test_new_customers_keep_nobody() -> None:
    assert retention_rate(start=100, end=80, new=0) == 0.8
    assert retention_rate(start=100, end=100, new=20) == 0.8
    assert churn_rate(start=100, end=100, new=20) == 0.2
    assert retention_rate(start=100, end=500, new=400) == 1
    assert retention_rate(start=100, end=400, new=400) == 0
    assert churn_rate(start=100, end=400, new=400) == 1


def test_a_million_periods_are_one_call() -> None:
    rates = retention_rate(start=[[100], [200]], end=[90, 100, 80], new=[10, 0, 0])
    assert rates.tolist() == [[0.8, 1.0, 0.8], [0.4, 0.5, 0.4]]
    rates = churn_rate(start=[100, 0], end=[50, 7], new=[0, 7])
    assert rates.tolist() == close([0.5, NAN])
    rates = retention_rate(start=[100, 0], end=[50, 7], new=[0, 7])
    assert rates.tolist() == close([0.5, NAN])
    assert retention_rate(start=[0], end=7, new=7).tolist() == close([NAN])
    assert retention_rate(start=[], end=[], new=[]).shape == (0,)


def test_scalars_of_any_kind_give_a_python_float() -> None:
    assert_type(retention_rate(start=4, end=3, new=1), float)
    assert_type(churn_rate(start=4, end=3, new=1), float)
    fours: list[Any] = [4, 4.0, np.int8(4), np.array(4), Decimal(4)]
    for four in fours:
        for rate in (retention_rate, churn_rate):
            found = rate(start=four, end=3, new=1)
            assert type(found) is float
            assert found == 0.5


@pytest.mark.parametrize("rate", [retention_rate, churn_rate])
def test_counts_that_cannot_be_are_refused(rate: Any) -> None:
    hint = "count new customers only if they are still there at the end"
    refused(
        lambda: rate(start=10, end=[9, 3], new=4),
        InvalidValueError,
        f"new must not exceed end; got 4; {hint}",
    )
    refused(
        lambda: rate(start=10, end=[3, 12], new=[0, 1]),
        InvalidValueError,
        "end[1] must not exceed start + new; got 12; nobody can stay who was not there",
    )
    whole = "must be a count (a whole number, not negative)"
    refused(
        lambda: rate(start=0.9, end=1, new=0),
        InvalidValueError,
        f"start {whole}; got 0.9",
    )
    refused(
        lambda: rate(start=1, end=-1, new=0), InvalidValueError, f"end {whole}; got -1"
    )
    refused(
        lambda: rate(start=1, end=1, new=[0, 0.5]),
        InvalidValueError,
        f"new[1] {whole}; got 0.5",
    )
    refused(
        lambda: rate(start=[1, None], end=1, new=0),
        MissingValueError,
        "start[1] is missing",
    )
    refused(
        lambda: rate(start=[1, 2], end=[1, 1, 1], new=0),
        InvalidValueError,
        "end must have a shape that broadcasts with (2,); got (3,)",
    )
    refused(
        lambda: rate(start=0, end=[3], new=3),
        EmptySampleError,
        "start must be at least one customer; got none",
    )
    refused(
        lambda: rate(start="1", end=1, new=0),
        InvalidTypeError,
        "start must be a number; got '1'",
    )


# Purchases


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.randoms())
def test_the_repeat_rate_counts_who_bought_twice(bought: list[int], rng: Any) -> None:
    expected = sum(n > 1 for n in bought) / len(bought)
    assert repeat_rate(bought) == close(expected)
    table = [bought.count(n) for n in range(1, 10)]
    assert repeat_rate(range(1, 10), weights=table) == close(expected)
    assert repeat_rate(range(1, 10), weights=np.array(table) / 7) == close(expected)
    shuffled = rng.sample(bought, len(bought))
    assert repeat_rate(shuffled) == repeat_rate(bought)


def test_the_repeat_rate_of_all_and_none() -> None:
    assert repeat_rate([1, 1]) == 0
    assert repeat_rate([2, 7]) == 1
    assert repeat_rate([1, 2], weights=[1e308, 1e308]) == 0.5
    assert repeat_rate([1, 2, 3], weights=[0, 0, 5e-324]) == 1
    assert type(repeat_rate([1, 2])) is float


def test_the_callers_weights_are_left_alone() -> None:
    weights = np.array([2.0, 6.0])
    assert repeat_rate([1, 2], weights=weights) == 0.75
    assert weights.tolist() == [2, 6]


def test_who_has_not_bought_is_no_buyer() -> None:
    hint = "leave out who has not bought, and count the first purchase of the others"
    refused(
        lambda: repeat_rate([1, 0]),
        InvalidValueError,
        f"purchases[1] must be at least 1; got 0; {hint}",
    )
    refused(
        lambda: repeat_rate(3),
        InvalidValueError,
        "purchases must be a column (one dimension); got 3",
    )
    refused(
        lambda: repeat_rate([1, 2], weights=[1]),
        InvalidValueError,
        "weights must have as many values as purchases (2); got (1,)",
    )
    refused(
        lambda: repeat_rate([1, 2], weights=[1, -1]),
        InvalidValueError,
        "weights[1] must not be negative; got -1",
    )
    nobody = "purchases must be those of somebody; got none"
    refused(lambda: repeat_rate([]), EmptySampleError, nobody)
    refused(lambda: repeat_rate([2], weights=[0]), EmptySampleError, nobody)
    missing: Any = [1, None]
    refused(lambda: repeat_rate(missing), MissingValueError, "purchases[1] is missing")


# Revenue


@given(some_money, shares, shares, money)
def test_revenue_is_kept_lost_or_won(
    start: float, less: float, gone: float, more: float
) -> None:
    contraction = start * less / 2
    churn = start * gone / 2
    lost = {"start": start, "contraction": contraction, "churn": churn}
    gross = gross_revenue_retention(**lost)
    net = net_revenue_retention(**lost, expansion=more)
    exact = 1 - (Fraction(contraction) + Fraction(churn)) / Fraction(start)
    assert gross == close(float(exact))
    assert net == pytest.approx(float(exact + Fraction(more) / Fraction(start)))
    assert 0 <= gross <= min(net, 1)
    assert net_revenue_retention(**lost, expansion=0) == gross


def test_which_loss_it_is_does_not_matter_to_the_rates() -> None:
    assert gross_revenue_retention(start=100, contraction=5, churn=10) == 0.85
    assert gross_revenue_retention(start=100, contraction=10, churn=5) == 0.85
    assert gross_revenue_retention(start=100, contraction=0, churn=100) == 0
    assert net_revenue_retention(
        start=100, expansion=20, contraction=5, churn=10
    ) == close(1.05)


def test_rounding_is_no_debt() -> None:
    assert 0.3 - 0.1 - 0.2 < 0
    assert gross_revenue_retention(start=0.3, contraction=0.1, churn=0.2) == 0
    lost = {"start": 0.3, "contraction": 0.1, "churn": 0.2}
    assert net_revenue_retention(**lost, expansion=0.3) == 1


def test_revenue_broadcasts() -> None:
    found = net_revenue_retention(
        start=[[100], [200]], expansion=[0, 10], contraction=0, churn=50
    )
    assert found.tolist() == [[0.5, 0.6], [0.75, 0.8]]
    found = gross_revenue_retention(start=[100, 0], contraction=0, churn=[5, 0])
    assert found.tolist() == close([0.95, NAN])
    found = net_revenue_retention(
        start=[100, 0], expansion=0, contraction=0, churn=[5, 0]
    )
    assert found.tolist() == close([0.95, NAN])
    found = gross_revenue_retention(start=[0, 0], contraction=0, churn=0)
    assert found.tolist() == close([NAN, NAN])
    assert_type(gross_revenue_retention(start=1, contraction=0, churn=0), float)
    assert_type(
        net_revenue_retention(start=1, expansion=0, contraction=0, churn=0), float
    )


def test_revenue_that_cannot_be_is_refused() -> None:
    hint = "amounts lost are those of customers at the start, as positive numbers"
    rule = "must not exceed start less contraction"
    refused(
        lambda: gross_revenue_retention(start=100, contraction=60, churn=[40, 41]),
        InvalidValueError,
        f"churn[1] {rule}; got 41; {hint}",
    )
    refused(
        lambda: net_revenue_retention(
            start=100, expansion=500, contraction=60, churn=41
        ),
        InvalidValueError,
        f"churn {rule}; got 41; {hint}",
    )
    refused(
        lambda: gross_revenue_retention(start=0.0, contraction=[1e308], churn=1e308),
        EmptySampleError,
        "start must be above 0; got no revenue",
    )
    refused(
        lambda: gross_revenue_retention(start=[1.0], contraction=1e308, churn=1e308),
        InvalidValueError,
        f"churn {rule}; got 1e+308; {hint}",
    )
    for start, more in ((0.0, 5.0), (1e-9, 1e308)):
        refused(
            lambda start=start, more=more: net_revenue_retention(  # type: ignore[misc]
                start=[100.0, start], expansion=[0, more], contraction=0, churn=0
            ),
            InvalidValueError,
            f"expansion[1] must leave a finite share; got {5 if more == 5 else more}",
        )
    lost: dict[str, Any] = {"start": 1, "expansion": 1, "contraction": 0, "churn": 0}
    for name in lost:
        refused(
            lambda name=name: net_revenue_retention(**lost | {name: -1}),  # type: ignore[misc]
            InvalidValueError,
            f"{name} must not be negative; got -1",
        )
        refused(
            lambda name=name: net_revenue_retention(**lost | {name: [1, NAN]}),  # type: ignore[misc]
            MissingValueError,
            f"{name}[1] is missing",
        )
    refused(
        lambda: net_revenue_retention(
            start=[1, 2], expansion=[1, 2, 3], contraction=0, churn=0
        ),
        InvalidValueError,
        "expansion must have a shape that broadcasts with (2,); got (3,)",
    )


# Earned growth

BOOK = earned_growth(start=100, retained=85, earned=25, bought=20)


@pytest.mark.reference
def test_the_worked_example_of_winning_on_purpose() -> None:
    # Reichheld, Darnell & Burns (2021), appendix B, figure B-1.
    assert BOOK.end == 130
    assert BOOK.growth == close(0.30)
    assert BOOK.net_revenue_retention == close(0.85)
    assert BOOK.factor == close(1.10)
    assert BOOK.rate == close(0.10)
    assert BOOK.ratio is not None
    assert round(100 * BOOK.ratio) == 33


@given(some_money, money, money, money, st.floats(1e-3, 1e3))
def test_growth_is_earned_or_bought(
    start: float, retained: float, earned: float, bought: float, unit: float
) -> None:
    found = earned_growth(start=start, retained=retained, earned=earned, bought=bought)
    assert found.rate + bought / start == pytest.approx(
        found.growth, rel=1e-9, abs=1e-9
    )
    assert found.factor == pytest.approx(1 + found.rate, rel=1e-9, abs=1e-9)
    assert found.factor == pytest.approx(
        found.net_revenue_retention + earned / start, rel=1e-9
    )
    assert (found.ratio is None) == (found.growth <= 1e-12)
    assert found.ratio is None or found.ratio <= 1
    other = earned_growth(
        start=start * unit,
        retained=retained * unit,
        earned=earned * unit,
        bought=bought * unit,
    )
    assert other.rate == pytest.approx(found.rate, rel=1e-6, abs=1e-9)


def test_nothing_bought_is_all_earned() -> None:
    assert earned_growth(start=7, retained=6.1, earned=3.3, bought=0).ratio == 1
    lull = earned_growth(start=7, retained=7, earned=0, bought=7)
    assert lull.ratio == 0
    assert "earned growth of +0.0 %, which is 0.0 % of all" in lull.summary()
    loss = earned_growth(start=100, retained=60, earned=20, bought=40)
    assert loss.ratio == close(-1)
    assert "earned growth of -20.0 %. All growth and more, 40.0 %, was" in (
        loss.summary()
    )


def test_no_growth_has_no_ratio() -> None:
    assert earned_growth(start=100, retained=90, earned=0, bought=10).ratio is None
    assert earned_growth(start=100, retained=10, earned=0, bought=10).ratio is None
    # 0.7 + 0.1 + 0.2 may be more than 1 by the last digit.
    for amounts in ((0.7, 0.1, 0.2), (0.1, 0.2, 0.7), (0.6, 0.3, 0.1)):
        retained, earned, bought = amounts
        found = earned_growth(
            start=1 - 1e-15, retained=retained, earned=earned, bought=bought
        )
        assert found.ratio is None
    down = earned_growth(start=100, retained=70, earned=5, bought=10)
    assert down.summary().endswith(
        "growth of -25.0 %. No share of the growth can be called earned, as revenue did"
        " not grow. Another 10.0 % was bought."
    )
    still = earned_growth(start=100, retained=100, earned=0, bought=0)
    assert repr(still) == "Earned growth +0.0 % of +0.0 % in all"


def test_earned_growth_speaks() -> None:
    assert repr(BOOK) == "Earned growth +10.0 % of +30.0 % in all"
    assert BOOK.summary().endswith(
        "33.3 % of all growth. The rest was bought: 20.0 % of last revenue."
    )
    assert str(BOOK).splitlines()[-1] == "this period     130  130.0 %"
    assert "130.0 %</td>" in BOOK._repr_html_()
    assert BOOK.to_dict() == {
        "start": 100,
        "retained": 85,
        "earned": 25,
        "bought": 20,
        "end": 130,
        "growth": 0.3,
        "net_revenue_retention": 0.85,
        "factor": 1.1,
        "rate": 0.1,
        "ratio": close(1 / 3),
    }


def test_earned_growth_is_a_value() -> None:
    same = EarnedGrowth(start=100, retained=85, earned=25, bought=20)
    assert same == BOOK
    assert hash(same) == hash(BOOK)
    assert same != EarnedGrowth(start=100, retained=85, earned=25, bought=21)
    for twin in (pickle.loads(pickle.dumps(BOOK)), copy.deepcopy(BOOK)):  # noqa: S301  our own
        assert twin == BOOK
    one: Any = np.int8(1)
    assert type(EarnedGrowth(start=one, retained=1, earned=1, bought=1).start) is float


def test_growth_that_cannot_be_is_refused() -> None:
    good: dict[str, Any] = {"start": 1, "retained": 1, "earned": 1, "bought": 1}
    for name in good:
        refused(
            lambda name=name: earned_growth(**good | {name: -1}),  # type: ignore[misc]
            InvalidValueError,
            f"{name} must not be negative; got -1",
        )
        refused(
            lambda name=name: earned_growth(**good | {name: "1"}),  # type: ignore[misc]
            InvalidTypeError,
            f"{name} must be a number; got '1'",
        )
        refused(
            lambda name=name: earned_growth(**good | {name: math.inf}),  # type: ignore[misc]
            InvalidValueError,
            f"{name} must be a finite number; got inf",
        )
    refused(
        lambda: earned_growth(**good | {"start": 0}),
        InvalidValueError,
        "start must be above 0; got 0; nothing can be said to grow from nothing",
    )
    refused(
        lambda: earned_growth(**good | {"start": 1e-300, "bought": 1e300}),
        InvalidValueError,
        "start must be large enough to compare the other amounts with; got 1e-300",
    )


def test_earned_growth_as_a_table() -> None:
    assert str(BOOK).splitlines() == [
        "Earned growth +10.0 % of +30.0 % in all",
        "revenue      amount  of last",
        "last period     100  100.0 %",
        "retained         85   85.0 %",
        "earned           25   25.0 %",
        "bought           20   20.0 %",
        "this period     130  130.0 %",
    ]


def test_columns_that_do_not_fit_are_named() -> None:
    said = "must have a shape that broadcasts with (2,); got (3,)"
    two, three = [1, 2], [1, 2, 3]
    calls: list[tuple[str, Callable[[], object]]] = [
        ("new", lambda: retention_rate(start=two, end=two, new=three)),
        (
            "expansion",
            lambda: net_revenue_retention(
                start=two, expansion=three, contraction=0, churn=0
            ),
        ),
        (
            "contraction",
            lambda: gross_revenue_retention(start=two, contraction=three, churn=0),
        ),
        (
            "churn",
            lambda: gross_revenue_retention(start=1, contraction=two, churn=three),
        ),
    ]
    for argument, call in calls:
        refused(call, InvalidValueError, f"{argument} {said}")


def test_earned_growth_is_told_in_full() -> None:
    growth = earned_growth(start=200, retained=170, earned=50, bought=40)
    assert growth.summary() == (
        "Revenue has changed by +30.0 %. Customers of the last period bring 85.0 % of"
        " what they brought then, new ones who came by recommendation 25.0 %: earned"
        " growth of +10.0 %, which is 33.3 % of all growth. The rest was bought: 20.0 %"
        " of last revenue."
    )
    assert f">{growth!r}</caption>" in growth._repr_html_()
