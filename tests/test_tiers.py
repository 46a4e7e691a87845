"""Tiers, the matrix of values and needs, RFM scores: rules by hand, laws, refusals."""

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

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
from cxmkit.tiers import (
    CustomerTiers,
    RfmScores,
    ValueNeedMatrix,
    customer_tiers,
    rfm_scores,
    value_need_matrix,
)

MVC, MGC, REST, BZ = range(4)
NAMES = ["most-valuable", "most-growable", "rest", "below-zero"]

amounts = st.integers(-20, 40)
# Actual and potential value, cost to serve.
customers = st.lists(
    st.tuples(amounts, amounts, st.integers(0, 10)), min_size=1, max_size=12
)
tenths = st.integers(1, 9)
factors = st.floats(1e-6, 1e6)


def refused(build: Callable[[], object], error: type[CxmError], words: str) -> None:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    assert str(refusal.value) == words


def needed(values: list[int], share: Fraction) -> int | None:
    """Smallest number of the largest values above 0 that covers a share of them."""
    best = sorted((x for x in values if x > 0), reverse=True)
    sums = itertools.accumulate(best)
    return next((k for k, s in enumerate(sums, 1) if s >= share * sum(best)), None)


def covering(values: list[int], share: Fraction) -> list[bool]:
    number = needed(values, share)
    if number is None:
        return [False] * len(values)
    last = sorted(values, reverse=True)[number - 1]
    return [x >= last for x in values]


def by_hand(rows: list[tuple[int, int, int]], share: Fraction) -> list[int]:
    below = [a <= c and p <= c for a, p, c in rows]
    most = covering([a - c for a, _, c in rows], share)
    gains = [
        0 if b or m else p - a
        for (a, p, _), b, m in zip(rows, below, most, strict=True)
    ]
    grow = covering(gains, share)
    return [
        BZ if b else MVC if m else MGC if g else REST
        for b, m, g in zip(below, most, grow, strict=True)
    ]


def tiers_of(rows: list[Any], tenth: int = 8, unit: float = 1.0) -> CustomerTiers:
    actual, potential, cost = np.array(rows, dtype=float).T * unit
    return customer_tiers(actual, potential, cost_to_serve=cost, top_share=tenth / 10)


# Tiers


def test_what_only_rounding_leaves_is_no_value() -> None:
    for worth, cost in ((0.1 + 0.2, 0.3), (0.3, 0.1 + 0.2)):
        found = customer_tiers([worth, 0], [worth, 5], cost_to_serve=[cost, 0])
        assert found.labels.tolist() == ["below-zero", "most-growable"]
        assert found.actual.tolist() == [0, 0, 0, 0]
    found = customer_tiers([1e9, 5], [1e9, 9], cost_to_serve=[1e9 - 0.01, 10])
    assert found.actual[0] == pytest.approx(0.01)


@given(customers, tenths)
def test_tiers_follow_the_rules(rows: list[tuple[int, int, int]], tenth: int) -> None:
    found = tiers_of(rows, tenth)
    expected = by_hand(rows, Fraction(tenth, 10))
    assert found.codes.tolist() == expected
    assert found.labels.tolist() == [NAMES[code] for code in expected]
    assert found.counts.tolist() == [expected.count(code) for code in range(4)]
    assert found.top_share == tenth / 10
    assert len(found) == len(rows)
    for code in range(4):
        inside = [row for row, at in zip(rows, expected, strict=True) if at == code]
        assert found.actual[code] == sum(a - c for a, _, c in inside)
        assert found.potential[code] == sum(p - c for _, p, c in inside)


@given(customers, tenths, st.randoms())
def test_the_order_of_rows_does_not_matter(
    rows: list[tuple[int, int, int]], tenth: int, rng: Any
) -> None:
    order = rng.sample(range(len(rows)), len(rows))
    found = tiers_of(rows, tenth)
    shuffled = tiers_of([rows[at] for at in order], tenth)
    assert shuffled.codes.tolist() == [found.codes[at] for at in order]


@given(customers, tenths, factors)
def test_the_unit_of_money_does_not_matter(
    rows: list[tuple[int, int, int]], tenth: int, unit: float
) -> None:
    assert (
        tiers_of(rows, tenth, unit).codes.tolist()
        == tiers_of(rows, tenth).codes.tolist()
    )


@given(customers, tenths, st.integers(2, 4))
def test_copies_of_everybody_stay_where_they_are(
    rows: list[tuple[int, int, int]], tenth: int, times: int
) -> None:
    once, often = tiers_of(rows, tenth), tiers_of(rows * times, tenth)
    assert often.codes.tolist() == once.codes.tolist() * times


@given(customers)
def test_more_to_cover_takes_more_customers(rows: list[tuple[int, int, int]]) -> None:
    most = [tiers_of(rows, tenth).codes == MVC for tenth in range(1, 10)]
    for few, more in itertools.pairwise(most):
        assert (more >= few).all()


def test_equal_customers_are_treated_alike() -> None:
    assert customer_tiers([5] * 10, [5] * 10).labels.tolist() == NAMES[:1] * 10
    found = customer_tiers([50, 10, 10, 10, 10, 10], [50, 10, 10, 10, 10, 10])
    assert found.counts.tolist() == [6, 0, 0, 0]
    # Two of three equal gains are needed for 50 %: all three grow.
    found = customer_tiers([90, 1, 1, 1], [90, 5, 5, 5], top_share=0.5)
    assert found.codes.tolist() == [MVC, MGC, MGC, MGC]


def test_a_share_is_covered_to_the_last_digit() -> None:
    # 0.9 is three tenths of them all, of which the sum as floats is more than 3.
    values = [0.9, 0.8, 0.7, 0.4, 0.2]
    found = customer_tiers(values, values, top_share=0.3)
    assert found.counts[MVC] == 1
    # As floats 0.33 - 0.12 is more than 0.21, but both could bring the same.
    found = customer_tiers([1, 0, 0.12], [1, 0.21, 0.33], top_share=0.4)
    assert found.codes.tolist() == [MVC, MGC, MGC]
    # Half a percent is not rounding.
    assert customer_tiers([79.5, 20, 0.5], [80, 20, 1]).codes.tolist() == [
        MVC,
        MVC,
        MGC,
    ]


def test_only_what_is_above_zero_is_covered() -> None:
    found = customer_tiers([1, 0.26, -0.9], [1, 0.26, 0.5])
    assert found.codes.tolist() == [MVC, MVC, MGC]
    # Who is below zero has nothing to grow, however much less they could cost.
    found = customer_tiers([90, 5, 4, -50], [90, 10, 8, -1], top_share=0.5)
    assert found.codes.tolist() == [MVC, MGC, REST, BZ]


def test_what_a_customer_costs_is_taken_off() -> None:
    assert customer_tiers([10], [20], cost_to_serve=20).labels.tolist() == [
        "below-zero"
    ]
    assert customer_tiers([10], [21], cost_to_serve=20).labels.tolist() == [
        "most-growable"
    ]
    found = customer_tiers([10, 30], [21, 30], cost_to_serve=20)
    assert found.actual.tolist() == [10, -10, 0, 0]
    assert found.potential.tolist() == [10, 1, 0, 0]
    # A loss today that could be a profit is not below zero, and what is lost need not
    # be least to grow.
    assert customer_tiers([-5, 10], [3, 10]).codes.tolist() == [MGC, MVC]
    # A potential below the value of today is no potential.
    assert customer_tiers([10, 1], [5, 0]).codes.tolist() == [MVC, REST]
    assert customer_tiers([0.0], [0.0]).codes.tolist() == [BZ]


def test_tiers_speak() -> None:
    found = customer_tiers([90, 20, 5, 4, -10], [95, 30, 60, 6, -5])
    assert repr(found) == (
        "Tiers of 5 customers: 2 most valuable, 1 most growable, 1 below zero,"
        " 1 of the rest"
    )
    assert found.summary() == (
        "Most valuable: 2 of 5 customers (40.0 %), with 80 % or more of all value above"
        " zero; keep them. Most growable: 1 of 5 customers (20.0 %), with 80 % or more"
        " of what the others could bring beyond today; grow them. Below zero: 1 of 5"
        " customers (20.0 %), who bring nothing and could not; fix what they cost, or"
        " release them."
    )
    assert str(found).splitlines() == [
        repr(found),
        "tier           customers   share  actual  potential",
        "most-valuable          2  40.0 %  110.00     125.00",
        "most-growable          1  20.0 %    5.00      60.00",
        "rest                   1  20.0 %    4.00       6.00",
        "below-zero             1  20.0 %  -10.00      -5.00",
    ]
    records, columns = found.to_records(), found.to_columns()
    assert records[1] == {
        "tier": "most-growable",
        "customers": 1,
        "share": 0.2,
        "actual": 5.0,
        "potential": 60.0,
    }
    assert columns == {name: [r[name] for r in records] for name in records[0]}
    assert found.to_dict() == {
        "codes": [0, 0, 1, 2, 3],
        "actual": [110, 5, 4, -10],
        "potential": [125, 60, 6, -5],
        "top_share": 0.8,
    }
    html = found._repr_html_()
    assert "<td" in html
    assert "most-growable" in html
    one = customer_tiers([-1], [-1], top_share=0.75)
    assert one.summary() == (
        "Most valuable: none. Most growable: none. Below zero: 1 of 1 customer"
        " (100.0 %), who bring nothing and could not; fix what they cost, or release"
        " them."
    )


def test_tiers_are_values() -> None:
    found = customer_tiers([90, 20, 5], [95, 30, 60])
    assert found == customer_tiers([90, 20, 5], [95, 30, 60])
    assert found != customer_tiers([90, 20, 5], [95, 30, 61])
    assert found != customer_tiers([90, 20, 5], [95, 30, 60], top_share=0.81)
    assert found != 1
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301  our own
        assert twin == found
        assert not twin.codes.flags.writeable
    with pytest.raises(TypeError):
        hash(found)


def test_the_callers_columns_are_left_alone() -> None:
    actual = np.array([90.0, 20.0])
    customer_tiers(actual, actual, cost_to_serve=actual)
    assert actual.tolist() == [90, 20]


def test_tiers_that_cannot_be_are_refused() -> None:
    empty: Any = []
    text: Any = ["1", 2]
    null: Any = [1, None]
    cases: list[tuple[Callable[[], object], type[CxmError], str]] = [
        (
            lambda: customer_tiers(empty, empty),
            EmptySampleError,
            "actual must hold at least one customer",
        ),
        (
            lambda: customer_tiers(1, 1),
            InvalidValueError,
            "actual must be a column (one dimension); got 1",
        ),
        (
            lambda: customer_tiers([1, 2], [1]),
            InvalidValueError,
            "potential must have as many values as actual (2); got (1,)",
        ),
        (
            lambda: customer_tiers([1, 2], 1),
            InvalidValueError,
            "potential must have as many values as actual (2); got ()",
        ),
        (
            lambda: customer_tiers([1, 2], [1, 2], cost_to_serve=[1]),
            InvalidValueError,
            "cost_to_serve must be one number or as many as actual (2); got (1,)",
        ),
        (
            lambda: customer_tiers([1, 2], [1, 2], cost_to_serve=[1, -1]),
            InvalidValueError,
            "cost_to_serve[1] must not be negative; got -1",
        ),
        (
            lambda: customer_tiers([1], [1], top_share=80),
            InvalidValueError,
            "top_share must lie between 0 and 1; got 80; write top_share=0.95 for 95 %",
        ),
        (
            lambda: customer_tiers([1e308, 1e308], [1, 1]),
            InvalidValueError,
            "actual must have a finite sum; got inf",
        ),
        (
            lambda: customer_tiers([1e308, 1], [-1e308, 1], cost_to_serve=1e308),
            InvalidValueError,
            "potential must have a finite sum; got -inf",
        ),
        (
            lambda: customer_tiers(text, [1, 2]),
            InvalidTypeError,
            "actual[0] must be a number; got '1'",
        ),
        (
            lambda: customer_tiers([1, 2], null),
            MissingValueError,
            "potential[1] is missing",
        ),
        (
            lambda: customer_tiers([1, 2], [1, 2], cost_to_serve=null),
            MissingValueError,
            "cost_to_serve[1] is missing",
        ),
    ]
    for build, error, words in cases:
        refused(build, error, words)


def test_results_that_cannot_be_are_refused() -> None:
    good: dict[str, Any] = {
        "codes": [0, 3],
        "actual": [1, 0, 0, 0],
        "potential": [1, 0, 0, 0],
        "top_share": 0.8,
    }
    assert len(CustomerTiers(**good)) == 2
    assert (
        type(CustomerTiers(**good | {"top_share": np.float32(0.5)}).top_share) is float
    )
    cases: list[tuple[str, Any, type[CxmError], str]] = [
        ("top_share", "abc", InvalidTypeError, "top_share must be a number; got 'abc'"),
        ("top_share", None, InvalidTypeError, "top_share must be a number; got None"),
        (
            "codes",
            [0, 4],
            InvalidValueError,
            "codes[1] must be the code of a tier, 0 to 3; got 4",
        ),
        (
            "codes",
            [-1],
            InvalidValueError,
            "codes[0] must be the code of a tier, 0 to 3; got -1",
        ),
        (
            "codes",
            [0.5],
            InvalidTypeError,
            "codes must be a column of whole numbers; got dtype('float64')",
        ),
        (
            "codes",
            [[0]],
            InvalidTypeError,
            "codes must be a column of whole numbers; got dtype('int64')",
        ),
        ("codes", [], EmptySampleError, "codes must hold at least one customer"),
        ("actual", [1], InvalidValueError, "actual must have the shape (4,); got (1,)"),
        (
            "potential",
            [1],
            InvalidValueError,
            "potential must have the shape (4,); got (1,)",
        ),
        (
            "actual",
            [1, 0, 0, math.inf],
            InvalidValueError,
            "actual[3] must be finite; got inf",
        ),
        (
            "top_share",
            1,
            InvalidValueError,
            "top_share must lie between 0 and 1; got 1; write top_share=0.95 for 95 %",
        ),
    ]
    for name, value, error, words in cases:
        refused(
            lambda name=name, value=value: CustomerTiers(**good | {name: value}),  # type: ignore[misc]
            error,
            words,
        )


# Values and needs


@given(
    st.lists(st.tuples(amounts, st.integers(0, 4)), min_size=1, max_size=20).filter(
        lambda rows: any(x > 0 for x, _ in rows)
    ),
    st.randoms(),
)
def test_the_matrix_is_computed_as_defined(
    rows: list[tuple[int, int]], rng: Any
) -> None:
    value, needs = zip(*rows, strict=True)
    found = value_need_matrix(value, list(needs))
    number = needed(list(value), Fraction(8, 10))
    assert number is not None
    assert found.share_needed == number / len(rows)
    pairs = [a != b for a, b in itertools.product(needs, needs)]
    assert found.need_dispersion == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)
    assert (found.customers, found.needs) == (len(rows), len(set(needs)))
    again = rng.sample(rows, len(rows))
    value, needs = zip(*again, strict=True)
    same = value_need_matrix(np.array(value) * 7.5, [f"need {n}" for n in needs])
    assert same.share_needed == found.share_needed
    assert same.need_dispersion == pytest.approx(found.need_dispersion)


def test_the_four_cells() -> None:
    skewed, flat = [97, 1, 1, 1], [1, 1, 1, 1]
    same, other = ["a"] * 4, ["a", "b", "c", "d"]
    cells = [
        (flat, same, "mass"),
        (flat, other, "niche"),
        (skewed, same, "key-account"),
        (skewed, other, "one-to-one"),
    ]
    for value, needs, approach in cells:
        found = value_need_matrix(value, needs)
        assert found.approach == approach
        assert found.values_differ == (value is skewed)
        assert found.needs_differ == (needs is other)
        assert f"[{approach}]" in str(found)
        assert str(found).count("[") == 1
        assert repr(found).startswith(approach.capitalize())
    alike = value_need_matrix(flat, same)
    assert (alike.share_needed, alike.need_dispersion) == (1, 0)
    assert value_need_matrix([1] * 10, [1] * 10).share_needed == 0.8
    assert value_need_matrix(flat, other).need_dispersion == 0.75


def test_the_lines_belong_to_the_sides_that_differ() -> None:
    found = value_need_matrix([2, 2, 0, 0, 0], [1, 1, 2, 2, 3])
    assert found.share_needed == 0.4
    assert found.values_differ
    assert not value_need_matrix(
        [2, 2, 0, 0, 0], [1] * 5, skewed_up_to=0.39
    ).values_differ
    halves = value_need_matrix([1, 1], ["a", "b"])
    assert halves.need_dispersion == 0.5
    assert halves.needs_differ
    assert not value_need_matrix([1, 1], ["a", "b"], diverse_from=0.51).needs_differ


def test_needs_may_come_as_codes() -> None:
    found = value_need_matrix([1, 1, 1], ([0, 2, 0], ["a", "b", "c"]))
    assert found == value_need_matrix([1, 1, 1], ["a", "c", "a"])
    assert found.needs == 2


def test_the_matrix_speaks() -> None:
    found = value_need_matrix([90, 5, 3, 2], ["ease", "price", "ease", "price"])
    assert found.summary() == (
        "25.0 % of 4 customers bring 80 % of all value above zero, and two picked at"
        " random (with replacement) want different things in 50.0 % of cases. They"
        " differ in value and in needs: treat each as the one they are (one-to-one"
        " marketing). Where the lines are drawn (40 %, 50 %) is a convention."
    )
    assert str(found).splitlines()[1:] == [
        "customers are       alike in needs  different in needs",
        "alike in value      mass            niche",
        "different in value  key-account     [one-to-one]",
    ]
    assert "[one-to-one]</td>" in found._repr_html_()
    assert found.to_dict() == {
        "share_needed": 0.25,
        "need_dispersion": 0.5,
        "customers": 4,
        "needs": 2,
        "skewed_up_to": 0.4,
        "diverse_from": 0.5,
        "values_differ": True,
        "needs_differ": True,
        "approach": "one-to-one",
    }
    assert hash(found) == hash(pickle.loads(pickle.dumps(found)))  # noqa: S301  our own
    assert copy.deepcopy(found) == found


def test_a_matrix_that_cannot_be_is_refused() -> None:
    good: dict[str, Any] = {
        "share_needed": 0.2,
        "need_dispersion": 0.5,
        "customers": 9,
        "needs": 2,
    }
    found = ValueNeedMatrix(**good)
    assert (found.skewed_up_to, found.diverse_from) == (0.4, 0.5)
    assert found.approach == "one-to-one"
    words = "be from 1 to the number of customers (9)"
    for name, value, rule in [
        ("needs", 10, f"{words}; got 10"),
        ("needs", 0, f"{words}; got 0"),
        ("customers", -1, "not be negative; got -1"),
        ("customers", 2**63, "be below 2 ** 63; got 9223372036854775808"),
        ("customers", 10**400, f"be below 2 ** 63; got {'1' + 56 * '0'}..."),
        ("customers", 10**5000, "be below 2 ** 63; got int that cannot be shown"),
        *[
            (name, 1.5, "be between 0 and 1; got 1.5")
            for name in (
                "share_needed",
                "need_dispersion",
                "skewed_up_to",
                "diverse_from",
            )
        ],
    ]:
        refused(
            lambda name=name, value=value: ValueNeedMatrix(**good | {name: value}),  # type: ignore[misc]
            InvalidValueError,
            f"{name} must {rule}",
        )
    nobody = "value must be above 0 for somebody; got none"
    refused(lambda: value_need_matrix([0, -1], [1, 2]), EmptySampleError, nobody)
    refused(
        lambda: value_need_matrix([], []),
        EmptySampleError,
        "value must hold at least one customer",
    )
    refused(
        lambda: value_need_matrix([1e308, 1e308], [1, 2]),
        InvalidValueError,
        "value must have a finite sum; got inf",
    )
    refused(
        lambda: value_need_matrix([1, 2], [1, None]),
        MissingValueError,
        "needs[1] is missing; give these rows a label of their own or leave them out",
    )
    words = "needs must have as many labels as value (2); got 1"
    refused(lambda: value_need_matrix([1, 2], ["a"]), InvalidValueError, words)
    coded = [0], ["a"]
    refused(lambda: value_need_matrix([1, 2], coded), InvalidValueError, words)
    refused(
        lambda: value_need_matrix([1, 2], "ab"),
        InvalidValueError,
        "needs must be a column (one dimension); got 'ab'",
    )


# RFM


def scores_by_hand(values: list[float], bins: int) -> list[int]:
    return [
        1 + int(Fraction(bins * sum(y < x for y in values), len(values)))
        for x in values
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(-3, 9)),
        min_size=1,
        max_size=25,
    ),
    st.integers(2, 9),
    st.randoms(),
)
def test_a_score_counts_those_who_are_worse(
    rows: list[tuple[int, int, int]], bins: int, rng: Any
) -> None:
    since, often, much = (list(column) for column in zip(*rows, strict=True))
    found = rfm_scores(since, often, much, bins=bins)
    assert found.recency.tolist() == scores_by_hand([-x for x in since], bins)
    assert found.frequency.tolist() == scores_by_hand(list(often), bins)
    assert found.monetary.tolist() == scores_by_hand(list(much), bins)
    assert found.cells.tolist() == [
        int(f"{r}{f}{m}")
        for r, f, m in zip(found.recency, found.frequency, found.monetary, strict=True)
    ]
    order = rng.sample(range(len(rows)), len(rows))
    a, b, c = zip(*[rows[at] for at in order], strict=True)
    shuffled = rfm_scores(a, b, np.array(c) * 2.5, bins=bins)
    assert shuffled.cells.tolist() == [found.cells[at] for at in order]
    twice = rfm_scores(since * 2, often * 2, much * 2, bins=bins)
    assert twice.cells.tolist() == found.cells.tolist() * 2


def test_quintiles_of_different_customers_are_even() -> None:
    values = np.random.default_rng(7).permutation(1000)
    found = rfm_scores(values, values, values)
    assert np.bincount(found.recency).tolist() == [0, 200, 200, 200, 200, 200]
    assert (found.recency + found.frequency == 6).all()
    assert (found.frequency == found.monetary).all()
    assert found.recency[values == 0].tolist() == [5]


def test_ties_leave_bins_empty() -> None:
    found = rfm_scores([1] * 10, [1] * 7 + [2, 3, 4], [0] * 10)
    assert found.recency.tolist() == [1] * 10
    assert found.frequency.tolist() == [1] * 7 + [4, 5, 5]
    assert found.monetary.tolist() == [1] * 10


def test_scores_speak() -> None:
    found = rfm_scores([3, 10, 40, 90, 200], [12, 2, 1, 2, 1], [900, 20, 30, 50, 0])
    assert repr(found) == (
        "RFM scores 1 to 5 of 5 customers: 1 has the best score in all three"
    )
    assert found.summary().startswith(
        "1 of 5 customers (20.0 %) bought more recently, more often and for more than"
        " at least 80.0 % of all customers each."
    )
    assert str(found).splitlines() == [
        repr(found),
        "score  recency  frequency  monetary",
        "    1        1          2         1",
        "    2        1          0         1",
        "    3        1          2         1",
        "    4        1          0         1",
        "    5        1          1         1",
    ]
    assert "monetary</th>" in found._repr_html_()
    records, columns = found.to_records(), found.to_columns()
    assert records[1] == {"recency": 4, "frequency": 3, "monetary": 2, "cells": 432}
    assert columns == {name: [r[name] for r in records] for name in records[0]}
    assert found.to_dict() == {
        "recency": [5, 4, 3, 2, 1],
        "frequency": [5, 3, 1, 3, 1],
        "monetary": [5, 2, 3, 4, 1],
        "bins": 5,
    }
    assert len(found) == 5
    two = RfmScores(recency=[2, 2], frequency=[2, 2], monetary=[2, 2], bins=2)
    assert repr(two).endswith("2 customers: 2 have the best score in all three")
    assert repr(rfm_scores([1], [1], [1])).endswith(
        "1 customer: none has the best score in all three"
    )


def test_scores_are_values() -> None:
    found = rfm_scores([3, 10], [12, 2], [900, 20])
    assert found == rfm_scores([3, 10], [12, 2], [900, 20])
    assert found != rfm_scores([3, 10], [12, 2], [900, 2000])
    assert found != attrs_evolve(found, bins=6)
    assert found != 1
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301  our own
        assert twin == found
        assert not twin.recency.flags.writeable
    with pytest.raises(TypeError):
        hash(found)


def attrs_evolve(scores: RfmScores, **changes: Any) -> RfmScores:
    fields: dict[str, Any] = scores.to_dict()
    return RfmScores(**fields | changes)


def test_scores_that_cannot_be_are_refused() -> None:
    null: Any = [1, None]
    number: Any = 5.0
    cases: list[tuple[Callable[[], object], type[CxmError], str]] = [
        (
            lambda: rfm_scores([], [], []),
            EmptySampleError,
            "recency must hold at least one customer",
        ),
        (
            lambda: rfm_scores([1, -1], [1, 1], [1, 1]),
            InvalidValueError,
            "recency[1] must not be negative; got -1",
        ),
        (
            lambda: rfm_scores([1, 1], [1, -1], [1, 1]),
            InvalidValueError,
            "frequency[1] must not be negative; got -1",
        ),
        (
            lambda: rfm_scores([1, 1], [1], [1, 1]),
            InvalidValueError,
            "frequency must have as many values as recency (2); got (1,)",
        ),
        (
            lambda: rfm_scores([1, 1], [1, 1], 1),
            InvalidValueError,
            "monetary must have as many values as recency (2); got ()",
        ),
        (
            lambda: rfm_scores([[1]], [1], [1]),
            InvalidValueError,
            "recency must be a column (one dimension); got [[1]]",
        ),
        (
            lambda: rfm_scores(null, [1, 1], [1, 1]),
            MissingValueError,
            "recency[1] is missing",
        ),
        (
            lambda: rfm_scores([1, 1], null, [1, 1]),
            MissingValueError,
            "frequency[1] is missing",
        ),
        (
            lambda: rfm_scores([1, 1], [1, 1], null),
            MissingValueError,
            "monetary[1] is missing",
        ),
        (
            lambda: rfm_scores([1], [1], [1], bins=1),
            InvalidValueError,
            "bins must be from 2 to 9; got 1",
        ),
        (
            lambda: rfm_scores([1], [1], [1], bins=10),
            InvalidValueError,
            "bins must be from 2 to 9; got 10",
        ),
        (
            lambda: rfm_scores([1], [1], [1], bins=number),
            InvalidTypeError,
            "bins must be a whole number; got 5",
        ),
    ]
    for build, error, words in cases:
        refused(build, error, words)
    good: dict[str, Any] = {
        "recency": [1, 5],
        "frequency": [1, 2],
        "monetary": [1, 2],
        "bins": 5,
    }
    results: list[tuple[str, Any, type[CxmError], str]] = [
        ("recency", [0, 5], InvalidValueError, "recency[0] must be from 1 to 5; got 0"),
        (
            "frequency",
            [1, 6],
            InvalidValueError,
            "frequency[1] must be from 1 to 5; got 6",
        ),
        (
            "monetary",
            [1],
            InvalidValueError,
            "monetary must have the shape (2,); got (1,)",
        ),
        (
            "monetary",
            [0.5, 1],
            InvalidTypeError,
            "monetary must hold whole numbers; got dtype('float64')",
        ),
        ("bins", 10, InvalidValueError, "bins must be from 2 to 9; got 10"),
        ("recency", [], EmptySampleError, "recency must hold at least one customer"),
    ]
    for name, value, error, words in results:
        refused(
            lambda name=name, value=value: RfmScores(**good | {name: value}),  # type: ignore[misc]
            error,
            words,
        )


def test_scores_that_nobody_has_are_counted_as_none() -> None:
    lines = str(rfm_scores([3, 3], [1, 1], [0, 0])).splitlines()
    assert [line.split() for line in lines[2:]] == [
        ["1", "2", "2", "2"],
        *([str(score), "0", "0", "0"] for score in (2, 3, 4, 5)),
    ]


def test_all_is_said_in_full() -> None:
    matrix = value_need_matrix([9, 1, 1, 1], ["a", "b", "a", "b"])
    assert repr(matrix) == (
        "Niche: 50.0 % of customers bring 80 % of value, needs differ in 50.0 %"
    )
    scores = rfm_scores([3, 40, 200], [12, 1, 2], [900, 0, 50])
    assert scores.summary() == (
        "0 of 3 customers (0.0 %) bought more recently, more often and for more than at"
        " least 80.0 % of all customers each. Scores compare customers with each other:"
        " they say nothing of how good the best are, or what they will do."
    )
    tiers = customer_tiers([90, 5, -9], [95, 60, -5])
    for each in (matrix, scores, tiers):
        head = repr(each).splitlines()[0]
        assert f">{head}" in each._repr_html_()


def test_needs_may_have_fewer_labels_than_customers() -> None:
    found = value_need_matrix([1, 2, 3], ([0, 1, 1], ["a", "b"]))
    assert found == value_need_matrix([1, 2, 3], ["a", "b", "b"])
    refused(
        lambda: value_need_matrix([1, 2], [[1, 2], [3]]),
        InvalidTypeError,
        "needs must hold single values of one length; got [[1, 2], [3]]",
    )
