"""Levels with intervals, against a likelihood ratio written from its definition."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, multinomial

from cxmkit import EFFORT_1_5, STARS_1_5, Scale, Tally, mean_score
from cxmkit import _levels as levels_module
from cxmkit._levels import Levels, gap_interval, shared_alpha

YES_NO = Scale(0, 1, higher_is_better=True)
POINTS = (0.0, 0.25, 0.5, 0.75, 1.0)
ALPHAS = st.sampled_from([0.5, 0.1, 0.05, 0.01, 0.05 / 20, 1e-6])
COUNTS = st.lists(
    st.one_of(st.integers(0, 6), st.integers(0, 3000)), min_size=5, max_size=5
).filter(any)


def tally(*counts: Any, scale: Scale = STARS_1_5, **weights: Any) -> Tally:
    labels = [f"a{i}" for i in range(len(counts))]
    return Tally.from_counts(counts, scale=scale, by={"attribute": labels}, **weights)


def of(*counts: Any, scale: Scale = STARS_1_5, **weights: Any) -> Levels:
    return Levels.of_answers(tally(*counts, scale=scale, **weights), ["attribute"])


def ends(counts: Any, alpha: float, scale: Scale = STARS_1_5) -> tuple[float, float]:
    low, high = of(counts, scale=scale).interval(alpha)
    return float(low[0]), float(high[0])


def assert_close(found: Any, expected: Any) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-12)


# The definition: how much less likely are answers if their mean is another?


def farther(counts: list[int], mean: float) -> float:
    """Return n times the relative entropy to the nearest distribution with this mean.

    By convex duality the greatest sum of log(1 + slope (x - mean)) over all slopes that
    leave every term positive.
    """
    chosen = [(n, x - mean) for n, x in zip(counts, POINTS, strict=True) if n]

    def less(slope: float) -> float:
        return -sum(n * math.log1p(slope * d) for n, d in chosen)

    bounds = (-1 / (1 - mean) * (1 - 1e-12), 1 / mean * (1 - 1e-12))
    found = minimize_scalar(less, bounds=bounds, method="bounded", options=_FINE)
    return max(-float(found.fun), -less(bounds[0]), -less(bounds[1]))


_FINE = {"xatol": 1e-12, "maxiter": 500}


@given(COUNTS, ALPHAS)
def test_ends_are_the_means_at_which_answers_become_too_unlikely(
    counts: list[int], alpha: float
) -> None:
    low, high = ends(counts, alpha)
    mean = sum(n * x for n, x in zip(counts, POINTS, strict=True)) / sum(counts)
    limit = math.log(2 / alpha)
    assert 0 <= low <= mean <= high <= 1
    for end in (low, high):
        if 1e-6 < end < 1 - 1e-6:
            assert farther(counts, end) == pytest.approx(limit, rel=1e-4)
    if mean == 1:
        assert high == 1
    elif high < 1 - 1e-6:
        assert farther(counts, (high + 1) / 2) > limit
    if mean == 0:
        assert low == 0


@given(st.integers(0, 400), st.integers(0, 400), ALPHAS)
def test_of_yes_and_no_it_is_the_bound_of_chernoff(
    no: int, yes: int, alpha: float
) -> None:
    n = max(no + yes, 1)
    yes += n - no - yes
    low, high = ends([no, yes], alpha, YES_NO)

    def entropy(truth: float) -> float:
        parts = ((yes / n, truth), (no / n, 1 - truth))
        return sum(p * math.log(p / q) for p, q in parts if p)

    for end in (low, high):
        if 0 < end < 1:
            assert n * entropy(end) == pytest.approx(math.log(2 / alpha), rel=1e-6)


@pytest.mark.parametrize("n", [1, 5, 20, 100])
@pytest.mark.parametrize("alpha", [0.05, 0.0025])
def test_yes_and_no_never_err_more_often_than_announced(n: int, alpha: float) -> None:
    answers = [[n - yes, yes] for yes in range(n + 1)]
    low, high = of(*answers, scale=YES_NO).interval(alpha)
    for truth in (0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 0.9, 0.97, 0.999):
        chance = binom.pmf(np.arange(n + 1), n, truth)
        assert chance[high < truth].sum() <= alpha / 2
        assert chance[low > truth].sum() <= alpha / 2


SHAPES = {
    "two ends": [0.1, 0, 0, 0, 0.9],
    "rare bad answers": [0.02, 0.01, 0.02, 0.25, 0.7],
    "rarer": [0.01, 0, 0, 0.01, 0.98],
    "rarest": [0.005, 0, 0, 0, 0.995],
    "even": [0.2] * 5,
    "all alike but few": [0.02, 0, 0, 0.96, 0.02],
    "worst that was found": [0.738, 0.001, 0.261, 0, 0],
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twenty_rows_together_err_in_fewer_than_one_of_twenty_cases(
    shape: list[float],
) -> None:
    """Exact: all answers that five people can give."""
    every = [c for c in itertools.product(range(6), repeat=5) if sum(c) == 5]
    low, high = of(*every).interval(0.05 / 20)
    truth = float(np.dot(shape, POINTS))
    chance = multinomial.pmf(every, 5, shape)
    wrong = chance[(high < truth - 1e-9) | (low > truth + 1e-9)].sum()
    assert 1 - (1 - wrong) ** 20 < 0.05


# Laws


@given(COUNTS, ALPHAS)
def test_who_turns_the_scale_round_turns_the_interval_round(
    counts: list[int], alpha: float
) -> None:
    low, high = ends(counts, alpha)
    turned = ends(counts, alpha, EFFORT_1_5)
    assert turned == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(COUNTS, st.integers(2, 50))
def test_more_of_the_same_makes_surer(counts: list[int], times: int) -> None:
    low, high = ends(counts, 0.05)
    more_low, more_high = ends([times * n for n in counts], 0.05)
    assert low <= more_low + 1e-12
    assert more_high <= high + 1e-12


@given(COUNTS)
def test_who_wants_to_be_surer_says_less(counts: list[int]) -> None:
    outer, inner = ends(counts, 0.001), ends(counts, 0.05)
    assert outer[0] <= inner[0] + 1e-12
    assert inner[1] <= outer[1] + 1e-12


@given(st.integers(0, 4), st.integers(1, 10**6))
def test_answers_that_are_all_alike(point: int, n: int) -> None:
    counts = [0] * 5
    counts[point] = n
    rest = (0.05 / 2) ** (1 / n)  # the chance of n answers alike is then alpha / 2
    level = POINTS[point]
    expected = (level * rest, 1 - (1 - level) * rest)
    assert ends(counts, 0.05) == pytest.approx(expected, abs=1e-12)


def test_a_single_answer() -> None:
    assert ends([0, 0, 0, 1, 0], 0.05) == pytest.approx((0.01875, 0.99375))


def test_many_answers_are_judged_as_the_normal_distribution_has_it() -> None:
    counts = [10**8, 2 * 10**8, 3 * 10**8, 3 * 10**8, 10**8]
    low, high = ends(counts, 0.05)
    mean, spread = 0.525, math.sqrt(0.080625)
    reach = math.sqrt(2 * math.log(40) / 1e9) * spread
    assert (low, high) == pytest.approx((mean - reach, mean + reach), abs=reach / 1000)


def test_more_answers_than_anybody_has() -> None:
    low, high = ends([10**15, 0, 0, 10**17, 10**17], 0.05)
    assert 0 < high - low < 1e-8


def test_ten_thousand_points() -> None:
    slider = Scale(0, 100, step=0.01, higher_is_better=True)
    counts = np.zeros(10_001, int)
    counts[[100, 7000, 9000]] = 10
    low, high = ends(counts, 0.05, slider)
    assert 0 < low < 161 / 300 < high < 1


# What answers are reduced to


@given(st.lists(COUNTS, min_size=1, max_size=4))
def test_levels_are_those_of_mean_score(rows: list[list[int]]) -> None:
    answers = tally(*rows)
    levels = Levels.of_answers(answers, ["attribute"])
    expected = (mean_score(answers).value - 1) / 4
    assert levels.value == pytest.approx(expected)
    assert levels.n.tolist() == [sum(row) for row in rows]
    assert levels.doubtful.all()


@given(COUNTS, st.sampled_from([1.0, 0.25, 3.0]))
def test_weights_that_are_all_equal_change_nothing(
    counts: list[int], weight: float
) -> None:
    total = [weight * n for n in counts]
    squares = [weight**2 * n for n in counts]
    weighted = of(counts, sum_weights=[total], sum_squared_weights=[squares])
    assert_close(weighted.interval(0.05), of(counts).interval(0.05))


def test_uneven_weights_make_less_sure() -> None:
    counts = [10, 0, 0, 0, 90]
    uneven = of(counts, sum_weights=[counts], sum_squared_weights=[[50, 0, 0, 0, 450]])
    assert uneven.n_effective == pytest.approx([20])
    assert uneven.value == of(counts).value
    assert_close(uneven.interval(0.05), of([2, 0, 0, 0, 18]).interval(0.05))


def test_weights_move_the_shares_that_the_interval_starts_from() -> None:
    counts, total, squares = [10, 0, 0, 0, 10], [2, 0, 0, 0, 18], [1, 0, 0, 0, 40]
    uneven = of(counts, sum_weights=[total], sum_squared_weights=[squares])
    assert uneven.value == pytest.approx([0.9])
    for end in uneven.interval(0.05):
        entropy = 0.9 * np.log(0.9 / end) + 0.1 * np.log(0.1 / (1 - end))
        assert uneven.n_effective * entropy == pytest.approx(math.log(40))


def test_what_weighs_nothing_is_unknown() -> None:
    nothing = [[0, 0, 0, 0, 0], [0, 0, 0, 0, 2]]
    levels = of(
        [3, 0, 0, 0, 0],
        [0, 0, 0, 0, 2],
        sum_weights=nothing,
        sum_squared_weights=nothing,
    )
    assert levels.keys == (("a1",),)


def test_cells_go_along_the_first_axis() -> None:
    counts = np.ones((2, 3, 5), int)
    counts[0, 1] = 0
    answers = Tally.from_counts(
        counts,
        scale=STARS_1_5,
        by={"touchpoint": "xy", "attribute": "abc"}
        | {"touchpoint": ["x", "y"], "attribute": ["a", "b", "c"]},
    )
    levels = Levels.of_answers(answers, ["attribute", "touchpoint"])
    assert levels.keys == tuple(zip("acabc", "xxyyy", strict=True))


def test_keys_that_are_not_there_are_unknown() -> None:
    levels = of([0, 0, 0, 0, 3], [3, 0, 0, 0, 0]).over([("a1",), ("z",), ("a0",)])
    assert levels.value.tolist() == pytest.approx([0, math.nan, 1], nan_ok=True)
    assert levels.n.tolist() == [3, 0, 3]
    assert levels.doubtful.tolist() == [True, False, True]
    low, high = levels.interval(0.05)
    assert np.isnan([low[1], high[1]]).all()
    assert low[0] == 0
    assert high[2] == 1


def test_figures_are_exact() -> None:
    known: dict[Any, float] = {("a", 1): 0.3, ("b", 1): 1.0, ("c", None): 0.0}
    figures = Levels.of_figures(known)
    low, high = figures.interval(0.05)
    assert low.tolist() == high.tolist() == [0.3, 1.0, 0.0]
    assert not figures.doubtful.any()
    assert Levels.of_figures({}).interval(0.05)[0].tolist() == []


# Gaps


@given(COUNTS, COUNTS, ALPHAS)
def test_the_gap_recovers_variances_from_both_intervals(
    ours: list[int], theirs: list[int], alpha: float
) -> None:
    a, b = of(ours), of(theirs)
    (a_low, a_high), (b_low, b_high) = ends(ours, alpha), ends(theirs, alpha)
    x, y = a.value[0], b.value[0]
    low, high = gap_interval(a, b, alpha)
    assert low[0] == pytest.approx(x - y - math.hypot(x - a_low, b_high - y))
    assert high[0] == pytest.approx(x - y + math.hypot(a_high - x, y - b_low))
    assert -1 <= low[0] <= x - y <= high[0] <= 1
    back_low, back_high = gap_interval(b, a, alpha)
    assert (-back_high[0], -back_low[0]) == pytest.approx((low[0], high[0]))


@given(COUNTS, st.floats(0, 1))
def test_the_gap_to_a_figure_is_the_interval_moved(
    counts: list[int], figure: float
) -> None:
    exact = Levels.of_figures({("a0",): figure})
    low, high = gap_interval(of(counts), exact, 0.05)
    expected = np.array(ends(counts, 0.05)) - figure
    assert (low[0], high[0]) == pytest.approx(tuple(expected), abs=1e-12)


def test_doubt_is_shared_by_the_gaps_that_have_any() -> None:
    keys = [(f"a{i}",) for i in range(5)]
    a = of([1] * 5, [2] * 5, [3] * 5).over(keys)
    b = Levels.of_figures(dict.fromkeys(keys[1:], 0.5)).over(keys)
    assert shared_alpha(0.95, [(a, b)]) == pytest.approx(0.05 / 2)
    assert shared_alpha(0.95, [(a, b), (b, b), (a, a)]) == pytest.approx(0.05 / 5)
    assert shared_alpha(0.9, [(b, b)]) == pytest.approx(0.1)


# Words


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((math.nan, math.nan, math.nan), ""),
        ((0.25, 0.25, 0.25), "+0.25"),
        ((-0.001, -0.1, 0.1), "+0.00 [-0.10, +0.10]"),
    ],
)
def test_gaps_are_written_as_sure_as_they_are(
    numbers: tuple[float, float, float], words: str
) -> None:
    assert levels_module.gap_text(*numbers) == words


def test_labels_are_written_short_and_in_one_line() -> None:
    assert levels_module.said("a\n  b") == "a b"
    assert levels_module.said(10**80) == "1" + "0" * 56 + "..."
    assert levels_module.listed([1, 2, 3], most=2) == "1, 2 and 1 more"
    assert levels_module.listed(["a", ("b", 1)]) == "a, ('b', 1)"
