"""Premiums, savings and returns: quoted numbers recomputed, laws, refusals."""

import copy
import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any, assert_type

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.payback import (
    PricePremium,
    experience_roi,
    price_premium,
    service_savings,
)

shares = st.floats(0, 1)
premiums = st.floats(1e-6, 1)
money = st.floats(0, 1e6)
answers = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 5)), min_size=1, max_size=20
).filter(lambda rows: any(n for _, n in rows))


def refused(build: Callable[[], object], error: type[CxmError], words: str) -> None:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    assert str(refusal.value) == words


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12)


# Premiums

# RightNow and Harris Interactive (2010), North America: who would pay how much more.
AT_LEAST = {0.01: 0.85, 0.05: 0.76, 0.10: 0.55, 0.15: 0.27, 0.25: 0.10}
STATED = [0.0, *AT_LEAST]
PEOPLE = [15, 9, 21, 28, 17, 10]


@pytest.mark.reference
@pytest.mark.parametrize(("premium", "willing"), AT_LEAST.items())
def test_the_published_shares(premium: float, willing: float) -> None:
    found = price_premium(STATED, premium=premium, weights=PEOPLE)
    assert found.willing == close(willing)


@given(answers, st.integers(1, 31), st.randoms())
def test_those_who_would_pay_are_counted(
    rows: list[tuple[int, int]], percent: int, rng: Any
) -> None:
    stated = [x / 100 for x, _ in rows]
    number = [n for _, n in rows]
    found = price_premium(stated, premium=percent / 100, weights=number)
    part = sum(n for x, n in rows if x >= percent)
    assert found.willing == close(part / sum(number))
    assert found.premium == percent / 100
    singly = [x for x, n in zip(stated, number, strict=True) for _ in range(n)]
    rng.shuffle(singly)
    again = price_premium(singly, premium=percent / 100)
    assert again.willing == close(found.willing)
    scaled = price_premium(
        stated, premium=percent / 100, weights=np.array(number) * 1e-3
    )
    assert scaled.willing == close(found.willing)


@given(premiums, shares)
def test_revenue_follows_from_who_pays_what(premium: float, willing: float) -> None:
    found = PricePremium(premium=premium, willing=willing)
    q, s = Fraction(premium), Fraction(willing)
    assert found.change_if_others_stay == close(float((1 + q) * s + (1 - s) - 1))
    assert found.change_if_others_leave == close(float((1 + q) * s - 1))
    assert found.change_if_others_leave <= found.change_if_others_stay + 1e-12
    lost = found.tolerable_loss
    assert 0 <= lost <= 1
    # With just so many of the others gone revenue is that of today, or above it.
    left = found.change_if_others_stay - lost * (1 - willing)
    if lost < 1:
        assert left == pytest.approx(0, abs=1e-9)
    else:
        assert left >= -1e-9


def test_a_premium_for_all_can_cost_more_than_it_brings() -> None:
    found = price_premium(STATED, premium=0.1, weights=PEOPLE)
    assert found.change_if_others_stay == close(0.055)
    assert found.change_if_others_leave == close(-0.395)
    assert found.tolerable_loss == close(0.055 / 0.45)
    # The best offer beside the one of today is at 10 %, not where most would pay.
    gains = {
        premium: price_premium(
            STATED, premium=premium, weights=PEOPLE
        ).change_if_others_stay
        for premium in AT_LEAST
    }
    assert max(gains, key=lambda premium: gains[premium]) == 0.1
    everybody = price_premium([0.1, 0.2], premium=0.1)
    assert everybody.change_if_others_leave == everybody.change_if_others_stay
    assert everybody.change_if_others_stay == close(0.1)
    assert everybody.tolerable_loss == 1
    nobody = price_premium([0.0, 0.09], premium=0.1)
    assert nobody.to_dict() == {
        "premium": 0.1,
        "willing": 0,
        "change_if_others_stay": 0,
        "change_if_others_leave": -1,
        "tolerable_loss": 0,
    }


def test_weights_may_be_as_large_as_floats_are() -> None:
    found = price_premium([0, 1], premium=0.5, weights=[1e308, 1e308])
    assert found.willing == 0.5
    weights = np.array([2.0, 6.0])
    assert price_premium([0, 1], premium=0.5, weights=weights).willing == 0.75
    assert weights.tolist() == [2, 6]


def test_premiums_speak() -> None:
    found = PricePremium(premium=0.1, willing=0.55)
    assert repr(found) == (
        "55.0 % would pay 10 % more: revenue +5.5 % if the others stay, -39.5 % if they"
        " leave"
    )
    assert found.summary() == (
        "55.0 % say they would pay 10 % more. If all others go on paying today's price,"
        " revenue changes by +5.5 %; if they leave, by -39.5 %. It falls as soon as"
        " more than 12.2 % of the others leave. What people say they would pay is more"
        " than they pay."
    )
    assert str(found).splitlines() == [
        "figure                    value",
        "premium                  10.0 %",
        "willing                  55.0 %",
        "change if others stay    +5.5 %",
        "change if others leave  -39.5 %",
        "tolerable loss           12.2 %",
    ]
    assert "12.2 %</td>" in found._repr_html_()
    rich = PricePremium(premium=1, willing=0.75)
    assert rich.tolerable_loss == 1
    assert "revenue changes by +75.0 %; if they leave, by +50.0 %. What people" in (
        rich.summary()
    )
    assert PricePremium(premium=0.125, willing=1).summary() == (
        "100.0 % say they would pay 12.5 % more. What people say they would pay is more"
        " than they pay."
    )


def test_premiums_are_values() -> None:
    found = PricePremium(premium=0.1, willing=0.55)
    assert found != PricePremium(premium=0.1, willing=0.56)
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301  our own
        assert twin == found
        assert hash(twin) == hash(found)


def test_premiums_that_cannot_be_are_refused() -> None:
    text: Any = "0.1"
    null: Any = [0.1, None]
    above = "must be above 0 and at most 1; got 0; write 0.1 for 10 % more"
    cases: list[tuple[Callable[[], object], type[CxmError], str]] = [
        (
            lambda: price_premium([0.1], premium=0),
            InvalidValueError,
            f"premium {above}",
        ),
        (
            lambda: PricePremium(premium=0, willing=0.5),
            InvalidValueError,
            f"premium {above}",
        ),
        (
            lambda: price_premium([1, 0.5], premium=10),
            InvalidValueError,
            f"premium {above.replace('got 0', 'got 10')}",
        ),
        (
            lambda: PricePremium(premium=math.inf, willing=0.5),
            InvalidValueError,
            "premium must be a finite number; got inf",
        ),
        (
            lambda: PricePremium(premium=0.1, willing=55),
            InvalidValueError,
            "willing must be between 0 and 1; got 55",
        ),
        (
            lambda: price_premium([0.1], premium=text),
            InvalidTypeError,
            "premium must be a number; got '0.1'",
        ),
        (
            lambda: price_premium([0.1, -0.1], premium=0.1),
            InvalidValueError,
            "stated[1] must lie between 0 and 1; got -0.1; write 0.1 for 10 % more",
        ),
        (
            lambda: price_premium([0, 10], premium=0.1),
            InvalidValueError,
            "stated[1] must lie between 0 and 1; got 10; write 0.1 for 10 % more",
        ),
        (
            lambda: price_premium(0.1, premium=0.1),
            InvalidValueError,
            "stated must be a column (one dimension); got 0.1",
        ),
        (
            lambda: price_premium([0.1, 0.2], premium=0.1, weights=[1]),
            InvalidValueError,
            "weights must have as many values as stated (2); got (1,)",
        ),
        (
            lambda: price_premium([0.1], premium=0.1, weights=[-1]),
            InvalidValueError,
            "weights[0] must not be negative; got -1",
        ),
        (
            lambda: price_premium([], premium=0.1),
            EmptySampleError,
            "stated must be that of somebody; got none",
        ),
        (
            lambda: price_premium([0.1], premium=0.1, weights=[0]),
            EmptySampleError,
            "stated must be that of somebody; got none",
        ),
        (
            lambda: price_premium(null, premium=0.1),
            MissingValueError,
            "stated[1] is missing",
        ),
    ]
    for build, error, words in cases:
        refused(build, error, words)


# Savings


@pytest.mark.reference
def test_the_quoted_saving_needs_a_budget_of_six_million() -> None:
    # The quote: up to USD 600,000 a year by 10 % fewer service calls.
    for contacts, cost in ((1_000_000, 6), (500_000, 12), (6_000_000, 1)):
        found = service_savings(contacts, reduction=0.1, cost_per_contact=cost)
        assert found == close(600_000)
        assert contacts * cost == 6_000_000


@given(money, shares, money)
def test_savings_are_a_part_of_what_is_spent(
    contacts: float, part: float, cost: float
) -> None:
    found = service_savings(contacts, reduction=part, cost_per_contact=cost)
    exact = Fraction(contacts) * Fraction(part) * Fraction(cost)
    assert found == pytest.approx(float(exact), rel=1e-14, abs=1e-300)
    assert 0 <= found <= contacts * cost * (1 + 1e-12)


def test_savings_broadcast() -> None:
    assert_type(service_savings(1, reduction=0.5, cost_per_contact=2), float)
    found = service_savings([[10], [20]], reduction=[0, 0.5, 1], cost_per_contact=2)
    assert found.tolist() == [[0, 10, 20], [0, 20, 40]]


def test_savings_that_cannot_be_are_refused() -> None:
    good: dict[str, Any] = {"contacts": 10, "reduction": 0.1, "cost_per_contact": 2}
    for name, value, words in [
        ("contacts", -1, "must not be negative; got -1"),
        ("cost_per_contact", -1, "must not be negative; got -1"),
        ("reduction", 10, "must lie between 0 and 1; got 10; write 0.8 for 80 %"),
        ("contacts", math.inf, "must be a finite number; got inf"),
    ]:
        refused(
            lambda name=name, value=value: service_savings(**good | {name: value}),  # type: ignore[misc]
            InvalidValueError,
            f"{name} {words}",
        )
    refused(
        lambda: service_savings([1, 1e308], reduction=1, cost_per_contact=10),
        InvalidValueError,
        "contacts[1] must leave a finite result; got 1e+308",
    )
    refused(
        lambda: service_savings([1, 2], reduction=[1, 1, 1], cost_per_contact=10),
        InvalidValueError,
        "reduction must have a shape that broadcasts with (2,); got (3,)",
    )


# Returns


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(1e-3, 1e3))
def test_a_return_is_what_comes_back_beyond_the_investment(
    benefit: float, investment: float, unit: float
) -> None:
    found = experience_roi(benefit, investment=investment)
    exact = Fraction(benefit) / Fraction(investment) - 1
    assert found == pytest.approx(float(exact), rel=1e-9, abs=1e-9)
    other = experience_roi(benefit * unit, investment=investment * unit)
    assert other == pytest.approx(found, rel=1e-6, abs=1e-6)


def test_returns_of_nothing_and_of_just_enough() -> None:
    assert_type(experience_roi(3, investment=2), float)
    assert experience_roi(3, investment=2) == 0.5
    assert experience_roi(2, investment=2) == 0
    assert experience_roi(0, investment=2) == -1
    assert experience_roi([1, 3], investment=2).tolist() == [-0.5, 0.5]


def test_returns_that_cannot_be_are_refused() -> None:
    refused(
        lambda: experience_roi(1, investment=[1, 0]),
        InvalidValueError,
        "investment[1] must be above 0; got 0",
    )
    refused(
        lambda: experience_roi([1, 1e308], investment=1e-5),
        InvalidValueError,
        "benefit[1] must leave a finite result; got 1e+308",
    )
    refused(
        lambda: experience_roi([1, 2], investment=[1, 1, 1]),
        InvalidValueError,
        "investment must have a shape that broadcasts with (2,); got (3,)",
    )


def test_what_is_asked_is_named_in_full() -> None:
    nothing: Any = None
    percent = "write 0.1 for 10 % more"
    refused(
        lambda: PricePremium(premium=1.5, willing=0.5),
        InvalidValueError,
        f"premium must be above 0 and at most 1; got 1.5; {percent}",
    )
    refused(
        lambda: price_premium([0, 1.5], premium=0.1),
        InvalidValueError,
        f"stated[1] must lie between 0 and 1; got 1.5; {percent}",
    )
    refused(
        lambda: service_savings([1, 2], reduction=0.1, cost_per_contact=[1, 2, 3]),
        InvalidValueError,
        "cost_per_contact must have a shape that broadcasts with (2,); got (3,)",
    )
    refused(
        lambda: experience_roi(nothing, investment=1),
        MissingValueError,
        "benefit is missing",
    )
    refused(
        lambda: experience_roi(1, investment=nothing),
        MissingValueError,
        "investment is missing",
    )


def test_a_premium_in_a_notebook_has_a_caption() -> None:
    found = price_premium([0, 0.1, 0.2], premium=0.1)
    assert f">{found!r}</caption>" in found._repr_html_()
