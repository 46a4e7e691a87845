"""Shares of customers, markets and wallets: identities, published values, refusals."""

import copy
import math
import pickle
import warnings
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
from cxmkit.shares import (
    MarketShare,
    market_share,
    share_of_customer,
    wallet_allocation,
)

NAN = math.nan
Customer = tuple[int, int, int]
# What is spent with us, with others, and how many customers do so.
customers = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 5)), min_size=1
).filter(lambda rows: any((ours or theirs) and n for ours, theirs, n in rows))


def refused(build: Callable[[], object], error: type[CxmError], words: str) -> None:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    assert str(refusal.value) == words


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


def columns(rows: list[Customer]) -> tuple[Any, Any, Any]:
    ours, theirs, number = np.array(rows).T
    return ours, ours + theirs, number


# Share of customer


@given(customers)
def test_the_share_of_a_customer_is_a_fraction(rows: list[Customer]) -> None:
    ours, whole, _ = columns(rows)
    expected = [
        float(Fraction(int(x), int(y))) if y else NAN
        for x, y in zip(ours, whole, strict=True)
    ]
    assert share_of_customer(ours, whole).tolist() == pytest.approx(
        expected, rel=0, abs=0, nan_ok=True
    )


def test_shares_of_scalars_and_tables() -> None:
    assert_type(share_of_customer(3, 4), float)
    assert share_of_customer(3, 4) == 0.75
    assert share_of_customer(0, 4) == 0
    assert share_of_customer([[1], [2]], [2, 4]).tolist() == [[0.5, 0.25], [1, 0.5]]
    assert share_of_customer([], []).shape == (0,)


def test_rounding_is_no_excess() -> None:
    assert 0.1 + 0.2 > 0.3
    assert share_of_customer(0.1 + 0.2, 0.3) == 1
    result = market_share([0.1 + 0.2], [0.3])
    assert result.share == close(1)


@pytest.mark.parametrize("share", [share_of_customer, market_share])
def test_nobody_spends_more_with_us_than_in_all(share: Any) -> None:
    hint = "what is spent with us is part of what is spent in all"
    refused(
        lambda: share([1, 3, 2], [1, 2, 2]),
        InvalidValueError,
        f"spend[1] must not exceed category_spend; got 3; {hint}",
    )
    refused(
        lambda: share([1, 1e-300], [1, 0]),
        InvalidValueError,
        f"spend[1] must not exceed category_spend; got 1e-300; {hint}",
    )
    refused(
        lambda: share([1.000001], [1]),
        InvalidValueError,
        f"spend[0] must not exceed category_spend; got 1.000001; {hint}",
    )
    refused(
        lambda: share([1, -1], [1, 1]),
        InvalidValueError,
        "spend[1] must not be negative; got -1",
    )
    refused(
        lambda: share([1, 1], [1, NAN]),
        MissingValueError,
        "category_spend[1] is missing",
    )
    refused(
        lambda: share([1, 1], ["1", 1]),
        InvalidTypeError,
        "category_spend[0] must be a number; got '1'",
    )
    refused(
        lambda: share([1, 1], [1, 1, 1]),
        InvalidValueError,
        "category_spend must have a shape that broadcasts with (2,); got (3,)",
    )


def test_no_spending_has_no_shares() -> None:
    refused(
        lambda: share_of_customer(0, 0),
        EmptySampleError,
        "category_spend must be above 0; got no spending",
    )
    words = "category_spend must be above 0 for somebody; got no spending"
    refused(lambda: market_share([0, 0], [0, 0]), EmptySampleError, words)
    refused(lambda: market_share([], []), EmptySampleError, words)
    refused(
        lambda: market_share([1, 0], [1, 0], weights=[0, 1]), EmptySampleError, words
    )


# Market share


@given(customers)
def test_penetration_wallet_and_usage_make_the_share(rows: list[Customer]) -> None:
    ours, whole, number = columns(rows)
    found = market_share(ours, whole, weights=number)
    spend = int((ours * number).sum())
    category = int((whole * number).sum())
    buyers = int(number[ours > 0].sum())
    everybody = int(number[whole > 0].sum())
    assert float(found) == found.share == close(spend / category)
    assert found.penetration == close(buyers / everybody)
    if not buyers:
        assert spend == 0
        assert found.share_of_wallet is found.usage_index is None
        return
    theirs = int((whole * number)[ours > 0].sum())
    assert found.share_of_wallet == close(spend / theirs)
    assert found.usage_index == close((theirs / buyers) / (category / everybody))
    assert found.share_of_wallet is not None
    assert found.usage_index is not None
    product = found.penetration * found.share_of_wallet * found.usage_index
    assert product == close(found.share)


@given(customers)
def test_it_is_the_wallet_weighted_mean_of_shares(rows: list[Customer]) -> None:
    ours, whole, number = columns(rows)
    there = whole > 0
    shares = share_of_customer(ours[there], whole[there])
    mean = np.average(shares, weights=(whole * number)[there])
    assert float(market_share(ours, whole, weights=number)) == close(mean)


@given(customers, st.randoms(), st.floats(1e-3, 1e3))
def test_order_units_and_copies_do_not_matter(
    rows: list[Customer], rng: Any, unit: float
) -> None:
    ours, whole, number = columns(rows)
    found = market_share(ours, whole, weights=number)
    others = [
        market_share(ours * unit, whole * unit, weights=number),
        market_share(ours, whole, weights=number * unit),
        market_share(np.repeat(ours, number), np.repeat(whole, number)),
    ]
    shuffled = columns(rng.sample(rows, len(rows)))
    others.append(market_share(*shuffled[:2], weights=shuffled[2]))
    for other in others:
        for name in ("share", "penetration", "share_of_wallet", "usage_index"):
            figure = getattr(found, name)
            assert getattr(other, name) == (None if figure is None else close(figure))


@given(st.lists(customers, min_size=1, max_size=4))
def test_disjoint_groups_add(parts: list[list[Customer]]) -> None:
    found = [market_share(x, y, weights=n) for x, y, n in map(columns, parts)]
    x, y, n = columns([row for part in parts for row in part])
    whole = market_share(x, y, weights=n)
    total: Any = sum(found)
    for name, figure in whole.to_dict().items():
        assert total.to_dict()[name] == (None if figure is None else close(figure))


@given(customers, st.data())
def test_more_spent_with_us_is_more_share(rows: list[Customer], data: Any) -> None:
    ours, whole, number = columns(rows)
    at = data.draw(st.integers(0, len(rows) - 1))
    more = ours.copy()
    more[at] = whole[at]
    before = market_share(ours, whole, weights=number)
    after = market_share(more, whole, weights=number)
    assert after.share >= before.share
    assert after.penetration >= before.penetration


@pytest.mark.reference
def test_the_example_of_marketing_metrics() -> None:
    # Farris et al., section 2.5: AloeHa sunscreen, a million bottles of the two million
    # that its buyers buy. 2.6: Shower Fun shampoo, whose buyers use six bottles where
    # users of the category use four.
    aloeha = MarketShare(
        spend=1e6,
        buyers_category_spend=2e6,
        category_spend=8e6,
        buyers=3,
        category_buyers=9,
    )
    assert aloeha.share_of_wallet == 0.5
    shower_fun = market_share([1, 0, 0], [6, 3, 3])
    assert shower_fun.usage_index == close(1.5)


def test_market_shares_speak() -> None:
    found = market_share([60, 0, 30], [80, 50, 300])
    assert repr(found) == (
        "Market share 20.9 % = 66.7 % of buyers x 23.7 % of their wallet x usage 1.33"
    )
    assert found.summary().startswith("We get 20.9 % of all spending in the category.")
    assert str(found).splitlines() == [
        "part              value",
        "penetration      0.6667",
        "share of wallet  0.2368",
        "usage index      1.3256",
        "market share     0.2093",
    ]
    assert "0.2093</td>" in found._repr_html_()
    assert found.to_dict() == {
        "spend": 90,
        "category_spend": 430,
        "buyers_category_spend": 380,
        "buyers": 2,
        "category_buyers": 3,
        "share": close(90 / 430),
        "penetration": close(2 / 3),
        "share_of_wallet": close(90 / 380),
        "usage_index": close(380 / 2 / (430 / 3)),
    }
    nobody = market_share([0, 0], [1, 2])
    assert repr(nobody) == "Market share 0.0 %: no buyers"
    assert nobody.summary() == (
        "We get 0.0 % of all spending in the category. None of its buyers buys from us."
    )
    assert "usage index" in str(nobody)
    assert nobody.to_dict()["share_of_wallet"] is None


def test_market_shares_are_values() -> None:
    found = market_share([60, 0, 30], [80, 50, 300])
    assert hash(found) == hash(market_share([30, 0, 60], [300, 50, 80]))
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301  our own
        assert twin == found
    for other in (1, "x", 0.5):
        with pytest.raises(TypeError):
            found + other
    assert 0 + found is found


def test_market_shares_that_cannot_be_are_refused() -> None:
    good: dict[str, Any] = {
        "spend": 1,
        "category_spend": 4,
        "buyers_category_spend": 2,
        "buyers": 1,
        "category_buyers": 3,
    }
    assert MarketShare(**good).share == 0.25
    cases: list[tuple[str, Any, str]] = [
        ("spend", 3, "not exceed buyers_category_spend (2); got 3"),
        ("buyers_category_spend", 5, "not exceed category_spend (4); got 5"),
        ("buyers", 4, "not exceed category_buyers (3); got 4"),
        ("buyers", 0, "be above 0 where spend is, and nowhere else; got 0"),
        ("category_spend", 0, "be above 0; got 0"),
        ("category_buyers", 0, "be above 0; got 0"),
        *[(name, -1, "not be negative; got -1") for name in good],
        *[(name, math.inf, "be a finite number; got inf") for name in good],
    ]
    for name, value, words in cases:
        refused(
            lambda name=name, value=value: MarketShare(**good | {name: value}),  # type: ignore[misc]
            InvalidValueError,
            f"{name} must {words}",
        )
    refused(
        lambda: MarketShare(**good | {"spend": 0}),
        InvalidValueError,
        "buyers must be above 0 where spend is, and nowhere else; got 1",
    )
    refused(
        lambda: MarketShare(**good | {"spend": None}),
        InvalidTypeError,
        "spend must be a number; got None",
    )


def test_columns_that_do_not_fit_are_refused() -> None:
    refused(
        lambda: market_share(1, 2),
        InvalidValueError,
        "spend must be a column (one dimension); got 1",
    )
    refused(
        lambda: market_share([1, 1], [2]),
        InvalidValueError,
        "category_spend must have as many values as spend (2); got (1,)",
    )
    refused(
        lambda: market_share([1, 1], [2, 2], weights=[1]),
        InvalidValueError,
        "weights must have as many values as spend (2); got (1,)",
    )
    refused(
        lambda: market_share([1, 1], [2, 2], weights=[1, -1]),
        InvalidValueError,
        "weights[1] must not be negative; got -1",
    )
    refused(
        lambda: market_share([1, 1], [1e308, 1e308]),
        InvalidValueError,
        "category_spend must have a finite sum; got inf",
    )
    refused(
        lambda: market_share([0.1, 0.1], [0.1, 0.1], weights=[1e308, 1e308]),
        InvalidValueError,
        "weights must have a finite sum; got inf",
    )


# Wallet allocation


@pytest.mark.reference
@pytest.mark.parametrize(
    ("n_brands", "shares"),
    [
        (1, [1.000]),
        (2, [0.667, 0.333]),
        (3, [0.500, 0.333, 0.167]),
        (4, [0.400, 0.300, 0.200, 0.100]),
        (5, [0.333, 0.267, 0.200, 0.133, 0.067]),
    ],
)
def test_the_published_table(n_brands: int, shares: list[float]) -> None:
    # (1 - rank / (n + 1)) x 2 / n: Keiningham et al. (2011); book (2015), appendix A.
    found = wallet_allocation(np.arange(1, n_brands + 1), n_brands)
    assert found.tolist() == pytest.approx(shares, abs=0.0005)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_the_wallet_is_shared_out_ties_or_not(liking: list[int]) -> None:
    # Mean ranks by definition: one more than are better, and half of those alike.
    ranks = [1 + sum(y > x for y in liking) + (liking.count(x) - 1) / 2 for x in liking]
    found = wallet_allocation(ranks, len(liking))
    assert found.sum() == close(1)
    assert (found > 0).all()
    order = np.argsort(ranks, kind="stable")
    assert (np.diff(found[order]) <= 0).all()


@given(st.integers(1, 1000), st.data())
def test_it_is_the_rule(n_brands: int, data: Any) -> None:
    rank = data.draw(st.integers(2, 2 * n_brands)) / 2
    exact = (1 - Fraction(rank) / (n_brands + 1)) * 2 / n_brands
    assert wallet_allocation(rank, n_brands) == pytest.approx(float(exact), rel=1e-15)


def test_wallets_broadcast() -> None:
    assert_type(wallet_allocation(1.5, 2), float)
    assert wallet_allocation(1.5, 2) == 0.5
    found = wallet_allocation([[1], [2]], [2, 3])
    assert found.tolist() == [close([2 / 3, 0.5]), close([1 / 3, 1 / 3])]
    assert wallet_allocation([], []).shape == (0,)


def test_ranks_that_cannot_be_are_refused() -> None:
    rule = "must be a whole or half number of at least 1"
    hint = "brands that are liked alike share the mean of their places"
    for rank in (0, 0.5, -1, 1.25):
        refused(
            lambda rank=rank: wallet_allocation([1, rank], 2),  # type: ignore[misc]
            InvalidValueError,
            f"rank[1] {rule}; got {rank}; {hint}",
        )
    refused(
        lambda: wallet_allocation([[1], [3]], [3, 2]),
        InvalidValueError,
        "rank[1, 0] must not exceed n_brands; got 3",
    )
    with warnings.catch_warnings():  # not even a warning of numpy's on the way
        warnings.simplefilter("error")
        refused(
            lambda: wallet_allocation(1e308, 5),
            InvalidValueError,
            "rank must not exceed n_brands; got 1e+308",
        )
    refused(
        lambda: wallet_allocation(1, [1, 0]),
        InvalidValueError,
        "n_brands[1] must be at least 1; got 0",
    )
    refused(
        lambda: wallet_allocation(1, 2.5),
        InvalidValueError,
        "n_brands must be a count (a whole number, not negative); got 2.5",
    )
    refused(
        lambda: wallet_allocation([1, 1], [2, 2, 2]),
        InvalidValueError,
        "n_brands must have a shape that broadcasts with (2,); got (3,)",
    )
    missing: Any = [1, None]
    refused(
        lambda: wallet_allocation(missing, 2), MissingValueError, "rank[1] is missing"
    )


def test_what_is_unknown_is_left_empty() -> None:
    found = market_share([0, 0], [80, 50])
    assert str(found).splitlines() == [
        "part              value",
        "penetration      0.0000",
        "share of wallet",
        "usage index",
        "market share     0.0000",
    ]
    assert f">{found!r}</caption>" in found._repr_html_()
