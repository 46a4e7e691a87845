"""Are the groups alike, whose answers are better, which p values hold?"""

import copy
import itertools
import math
import pickle
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.nonparametric import rank_compare_2indep

from cxmkit import (
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_7,
    STARS_1_5,
    CxmError,
    Scale,
    Tally,
    compare,
    csat,
    nps,
)
from cxmkit import significance as sig
from cxmkit.errors import (
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    ScaleMismatchError,
)
from cxmkit.metrics import BoxShare, MeanScore, NetScore
from cxmkit.significance import (
    HomogeneityTest,
    adjust_p,
    homogeneity_test,
    rank_test,
)

THREE = Scale(1, 3, higher_is_better=True)
NET = NetScore(name="NPS", positive=[9, 10], negative=range(7))
MEAN = MeanScore(name="Mean")
few = settings(max_examples=max(10, settings().max_examples // 3))

tables = st.integers(2, 5).flatmap(
    lambda rows: st.lists(
        st.lists(st.integers(0, 40), min_size=5, max_size=5).filter(any),
        min_size=rows,
        max_size=rows,
    )
)
histograms = st.lists(st.integers(0, 30), min_size=5, max_size=5).filter(any)


def close(expected: Any, rel: float = 1e-10, abs: float = 1e-12) -> Any:  # noqa: A002
    return pytest.approx(expected, rel=rel, abs=abs, nan_ok=True)


def stars(counts: Any, scale: Scale = STARS_1_5) -> Tally:
    rows = np.asarray(counts)
    by = list(range(len(rows))) if rows.ndim == 2 else None
    return Tally.from_counts(rows, scale=scale, by=by)


def splits(n: int) -> list[tuple[int, ...]]:
    """Return all histograms of n answers on three points."""
    return [c for c in itertools.product(range(n + 1), repeat=3) if sum(c) == n]


def refused(call: Any, error: type[CxmError]) -> Any:
    with pytest.raises(error) as caught:
        call()
    return caught.value


# Homogeneity, published values and oracles


@pytest.mark.reference
def test_four_brands_as_in_r() -> None:
    counts = np.zeros((4, 11), int)
    counts[:, [3, 8, 10]] = [
        [83, 47, 120],
        [91, 49, 110],
        [91, 44, 115],
        [97, 36, 117],
    ]
    brands = ["apples", "oranges", "pears", "plums"]
    tally = Tally.from_counts(counts, scale=RECOMMEND_0_10, by={"brand": brands})
    for metric in (None, NET):
        test = homogeneity_test(tally, metric=metric)
        assert test.statistic == pytest.approx(3.7800698, abs=5e-8)
        assert test.df == 6
        assert test.p_value == pytest.approx(0.7064099, abs=5e-8)
    scores = [0.148, 0.076, 0.096, 0.080]
    assert nps(tally).value / 100 == pytest.approx(scores, abs=5e-4)


@pytest.mark.reference
def test_smokers_as_in_r() -> None:
    """Equality of four shares, as printed in R's help for its test of a trend."""
    yes, n = np.array([83, 90, 129, 70]), np.array([86, 93, 136, 82])
    counts = np.stack([n - yes, yes], axis=1)
    tally = Tally.from_counts(
        counts, scale=Scale(0, 1, higher_is_better=True), by=[1, 2, 3, 4]
    )
    test = homogeneity_test(tally)
    assert test.statistic == pytest.approx(12.600411, abs=5e-7)
    assert test.p_value == pytest.approx(0.005585477, abs=5e-10)


@given(table=tables)
def test_pearson_against_scipy(table: list[list[int]]) -> None:
    counts = np.array(table)
    test = homogeneity_test(stars(counts))
    chosen = counts[:, counts.any(axis=0)]
    expected = scipy.stats.chi2_contingency(chosen, correction=False)
    assert test.statistic == close(expected.statistic, abs=1e-9)
    assert test.p_value == close(expected.pvalue, rel=1e-9)
    assert test.df == expected.dof
    assert test.n == counts.sum()
    assert test.smallest_expected == close(expected.expected_freq.min())
    assert test.sparse_cells == (expected.expected_freq < 5 - 1e-9).sum()
    if test.df:
        size = scipy.stats.contingency.association(chosen, method="cramer")
        assert test.cramers_v == close(size, abs=1e-7)
    else:
        assert math.isnan(test.cramers_v)


@given(table=tables)
def test_pearson_by_fractions(table: list[list[int]]) -> None:
    rows, columns = [sum(r) for r in table], [sum(c) for c in zip(*table, strict=True)]
    n, total = sum(rows), Fraction(0)
    for i, j in itertools.product(range(len(rows)), range(5)):
        if columns[j]:
            expected = Fraction(rows[i] * columns[j], n)
            total += (table[i][j] - expected) ** 2 / expected
    assert homogeneity_test(stars(table)).statistic == close(float(total), abs=1e-9)


@given(table=tables)
def test_homogeneity_is_blind_to_order_and_direction(table: list[list[int]]) -> None:
    test = homogeneity_test(stars(table))
    for other in (
        stars(table[::-1]),
        stars([row[::-1] for row in table]),
        stars(table, EFFORT_1_5),
        stars([*table, [0] * 5]),
    ):
        again = homogeneity_test(other)
        assert again.statistic == close(test.statistic, abs=1e-9)
        assert again.p_value == close(test.p_value)
        assert again.df == test.df


@given(table=tables, times=st.integers(2, 10**12))
def test_homogeneity_grows_with_the_answers(table: list[list[int]], times: int) -> None:
    test = homogeneity_test(stars(table))
    more = homogeneity_test(stars(np.array(table) * times))
    assert more.statistic == close(test.statistic * times, rel=1e-6, abs=1e-3)
    assert more.cramers_v == close(test.cramers_v, rel=1e-6, abs=1e-7)


@given(row=histograms, times=st.lists(st.integers(1, 9), min_size=2, max_size=4))
def test_groups_with_the_same_shares_are_alike(
    row: list[int], times: list[int]
) -> None:
    test = homogeneity_test(stars([[k * n for n in row] for k in times]))
    assert test.statistic == close(0, abs=1e-9)
    assert test.p_value == close(1, rel=1e-6)
    assert not test.distinguishable


def test_all_axes_are_one_list_of_groups() -> None:
    counts = np.arange(20).reshape(2, 2, 5)
    both = Tally.from_counts(counts, scale=STARS_1_5, by={"a": [1, 2], "b": ["x", "y"]})
    test = homogeneity_test(both)
    assert test.statistic == homogeneity_test(stars(counts.reshape(4, 5))).statistic
    assert test.groups == 4


@given(table=tables)
def test_classes_of_a_metric_are_merged_points(table: list[list[int]]) -> None:
    counts = np.array(table)
    net = NetScore(name="Net", positive=[5], negative=[1, 2])
    box = BoxShare(name="Box", points=[4, 5])
    for metric, parts in ((net, ([0, 1], [2, 3], [4])), (box, ([0, 1, 2], [3, 4]))):
        merged = np.stack([counts[:, part].sum(axis=1) for part in parts], axis=1)
        test = homogeneity_test(stars(counts), metric=metric)
        expected = scipy.stats.chi2_contingency(
            merged[:, merged.any(axis=0)], correction=False
        )
        assert test.statistic == close(expected.statistic, abs=1e-9)
        assert test.metric == metric.name
        assert len(test.classes) + len(test.empty_classes) == len(parts)


def test_classes_name_their_points() -> None:
    tally = stars([[3, 0, 0, 0, 4], [1, 0, 0, 0, 9]])
    test = homogeneity_test(tally)
    assert test.classes == ((1.0,), (5.0,))
    assert test.empty_classes == ((2.0,), (3.0,), (4.0,))
    by_box = homogeneity_test(tally, metric=BoxShare(name="Box", points=[2, 3]))
    assert by_box.classes == ((1.0, 4.0, 5.0),)
    assert by_box.empty_classes == ((2.0, 3.0),)
    mean = homogeneity_test(tally, metric=MEAN)
    assert (mean.classes, mean.metric) == (test.classes, "Mean")


# Homogeneity, weights


@given(table=tables)
def test_weights_of_one_change_nothing(table: list[list[int]]) -> None:
    plain = stars(table)
    weighted = Tally.from_counts(
        table,
        scale=STARS_1_5,
        by=list(range(len(table))),
        sum_weights=table,
        sum_squared_weights=table,
    )
    a, b = homogeneity_test(plain), homogeneity_test(weighted)
    assert b.statistic == close(a.statistic, abs=1e-9)
    assert b.p_value == close(a.p_value)
    assert (a.method, b.method) == ("pearson", "scott-rao")


def weighted_rows(seed: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    answers, group = rng.integers(1, 6, 90), rng.integers(0, 3, 90)
    return answers, group, rng.gamma(3, 1, 90) + 0.1


@pytest.mark.parametrize("seed", range(8))
def test_weights_against_eigenvalues(seed: int) -> None:
    """The mean design effect is the mean eigenvalue of inverse(P) V n."""
    answers, group, w = weighted_rows(seed)
    tally = Tally.count(answers, scale=STARS_1_5, by=group, weights=w)
    effective, shares = [], []
    for g in tally.labels["group"]:
        mine, v = answers[group == g], w[group == g]
        hit = (mine[:, None] == np.arange(1, 6)).astype(float)
        p = v @ hit / v.sum()
        residual = (v[:, None] * (hit - p))[:, :4]
        covariance = residual.T @ residual / v.sum() ** 2
        simple = (np.diag(p) - np.outer(p, p))[:4, :4]
        eigenvalues = np.linalg.eigvals(np.linalg.solve(simple, covariance)).real
        kish = v.sum() ** 2 / (v**2).sum()
        effective.append(min(1 / eigenvalues.mean(), kish))
        shares.append(p)
    n, p = np.array(effective)[:, None], np.array(shares)
    mean = (n * p).sum(axis=0) / n.sum()
    test = homogeneity_test(tally)
    assert test.statistic == close((n * (p - mean) ** 2 / mean).sum())
    assert test.p_value == close(scipy.stats.chi2.sf(test.statistic, 8))
    assert test.n == 90
    assert test.smallest_expected == close((n * mean).min())


def test_heavier_units_of_weight_change_nothing() -> None:
    answers, group, w = weighted_rows(1)
    tests = [
        homogeneity_test(Tally.count(answers, scale=STARS_1_5, by=group, weights=x))
        for x in (w, 1000 * w)
    ]
    assert tests[0].statistic == close(tests[1].statistic)


def test_unequal_weights_make_less_sure() -> None:
    answers = [1, 5] * 60
    group = ["a", "b"] * 50 + ["a"] * 20
    plain = Tally.count(answers, scale=STARS_1_5, by=group, weights=[1.0] * 120)
    uneven = Tally.count(
        answers, scale=STARS_1_5, by=group, weights=[0.2, 0.2, 1.8, 1.8] * 30
    )
    assert homogeneity_test(uneven).statistic < 0.7 * homogeneity_test(plain).statistic


def test_light_answers_do_not_make_a_group_certain() -> None:
    """Linearisation alone would take ten answers for a thousand; Kish's bound holds."""
    by = ["a"] * 10 + ["b"] * 10
    weights = ([1.0] * 9 + [0.01]) * 2
    tally = Tally.count(
        [5] * 9 + [1] + [4] * 9 + [1], scale=STARS_1_5, by=by, weights=weights
    )
    kish = 9.01**2 / 9.0001
    shares = np.array([[0.01, 0.0, 9.0], [0.01, 9.0, 0.0]]) / 9.01
    mean = shares.mean(axis=0)
    expected = kish * ((shares - mean) ** 2 / mean).sum()
    assert homogeneity_test(tally).statistic == close(expected)


def test_groups_without_weight_are_left_out() -> None:
    tally = Tally.count(
        [1, 5, 2, 5, 3],
        scale=STARS_1_5,
        by=["a", "a", "b", "b", "c"],
        weights=[1, 2, 1, 1, 0],
    )
    test = homogeneity_test(tally)
    assert (test.groups, test.n, test.empty_groups) == (2, 4, ("c",))
    assert test.empty_classes == ((3.0,), (4.0,))


# Homogeneity, its level


def test_homogeneity_keeps_its_level() -> None:
    """Exactly, over all pairs of histograms of five answers on three points."""
    cells = splits(5)
    p = {
        (c, d): homogeneity_test(stars([c, d], THREE)).p_value
        for c in cells
        for d in cells
    }
    for shares in ((0.2, 0.3, 0.5), (0.1, 0.1, 0.8), (1 / 3, 1 / 3, 1 / 3)):
        chance = {c: scipy.stats.multinomial.pmf(c, 5, shares) for c in cells}
        size = sum(chance[c] * chance[d] for (c, d), x in p.items() if x < 0.05)
        assert 0.001 < size < 0.052


def test_small_groups_beside_large_ones_are_called_out_too_often() -> None:
    """As the docstring warns; the caution in the summary is there for that."""
    rng = np.random.default_rng(3)
    shares = [0.025] * 4 + [0.9]
    called = cautious = 0
    for _ in range(200):
        counts = [rng.multinomial(n, shares) for n in (5, 100)]
        test = homogeneity_test(stars(counts))
        called += test.distinguishable
        cautious += test.sparse
    assert 15 <= called <= 40  # 13 % of 200, give or take
    assert cautious == 200


# Homogeneity, words


def test_words_of_homogeneity() -> None:
    alike = homogeneity_test(stars([[10, 10, 10, 10, 10], [11, 9, 10, 10, 10]]))
    assert alike.summary() == (
        "The 2 groups could all be alike: differences like these turn up by luck"
        " (p > .99)."
    )
    apart = homogeneity_test(stars([[50, 10, 10, 10, 10], [10, 10, 10, 10, 50]]))
    assert apart.summary() == (
        "The 2 groups differ by more than noise (p < .001, Cramér's V 0.54)."
    )
    assert apart.distinguishable
    assert not apart.sparse
    assert repr(apart) == (
        "Homogeneity of 2 groups in 5 classes: chi-square 53.33, df 4, p < .001"
    )
    assert str(apart).splitlines()[0] == repr(apart)
    assert "smallest expected   10.0" in str(apart)


def test_words_when_all_answers_are_alike() -> None:
    test = homogeneity_test(stars([[0, 0, 0, 0, 3], [0, 0, 0, 0, 1]]))
    assert (test.statistic, test.p_value, test.df) == (0, 1, 0)
    assert test.summary() == (
        "The 2 groups are alike: all answers are of one class."
        " Left out: 4 of 5 points, which nobody chose."
    )
    assert "in 1 class:" in repr(test)
    assert test.to_dict()["cramers_v"] is None


def test_words_of_what_is_left_out() -> None:
    net = NetScore(name="Net", positive=[5], negative=[1])
    counts = [[0, 20, 0, 0, 20], [0, 0, 0, 0, 0], [0, 20, 0, 0, 20]]
    tally = Tally.from_counts(counts, scale=STARS_1_5, by=["a", "b", "c"])
    said = homogeneity_test(tally, metric=net).summary()
    assert said.endswith(
        "Left out: 1 of 3 groups, which have no answers and 1 of 3 classes, which"
        " nobody chose."
    )
    assert homogeneity_test(tally, metric=net).empty_groups == ("b",)


def test_cautions_follow_cochran() -> None:
    def test(least: list[float], cells: int) -> HomogeneityTest:
        base = homogeneity_test(stars([[50, 10, 10, 10, 10], [10, 10, 10, 10, 50]]))
        return attrs.evolve(base, smallest_expected=least[0], sparse_cells=cells)

    assert not test([4.0], 2).sparse  # a fifth of ten cells
    assert test([4.0], 3).sparse
    assert test([0.99], 1).sparse
    assert not test([1.0], 1).sparse
    assert "in 3 of 10 cells, 4.0 in the emptiest." in test([4.0], 3).summary()


@pytest.mark.parametrize(("p", "called"), [(0.0499, True), (0.05, False)])
def test_noise_begins_at_five_percent(p: float, called: bool) -> None:  # noqa: FBT001
    base = homogeneity_test(stars([[5, 1, 1, 1, 1], [1, 1, 1, 1, 5]]))
    assert attrs.evolve(base, p_value=p).distinguishable == called


def test_homogeneity_goes_out() -> None:
    test = homogeneity_test(stars([[5, 1, 1, 1, 1], [1, 1, 1, 1, 5]]))
    assert test.to_dict() == {
        "statistic": test.statistic,
        "df": 4,
        "p_value": test.p_value,
        "n": 18,
        "groups": 2,
        "classes": [[1.0], [2.0], [3.0], [4.0], [5.0]],
        "cramers_v": test.cramers_v,
        "smallest_expected": 1.0,
        "sparse_cells": 10,
        "empty_groups": [],
        "empty_classes": [],
        "method": "pearson",
        "metric": None,
        "scale": "1-5, 5 best",
    }
    assert {type(x) for x in test.to_dict().values()} <= {
        *(float, int, list, str, type(None)),
    }
    assert "Cram" in test._repr_html_()
    assert "Take p as rough" in test._repr_html_()
    for again in (pickle.loads(pickle.dumps(test)), copy.deepcopy(test)):  # noqa: S301
        assert again == test
    alike = [homogeneity_test(stars([[0, 0, 0, 0, 3]] * 2)) for _ in range(2)]
    assert alike[0] == alike[1]  # though Cramér's V is unknown


# Homogeneity, refusals


def test_homogeneity_wants_a_tally_with_groups() -> None:
    error = refused(lambda: homogeneity_test([1, 2]), InvalidTypeError)  # type: ignore[arg-type]
    assert "tally must be a Tally; got [1, 2]; count one with Tally.count(" in str(
        error
    )
    error = refused(lambda: homogeneity_test(stars([1] * 5)), InvalidValueError)
    assert "tally must have groups" in str(error)
    assert "by=" in str(error)


@pytest.mark.parametrize("counts", [[[1] * 5], [[1] * 5, [0] * 5], [[0] * 5] * 2])
def test_homogeneity_wants_two_groups_with_answers(counts: Any) -> None:
    error = refused(lambda: homogeneity_test(stars(counts)), EmptySampleError)
    have = sum(map(any, counts))
    assert f"at least two groups; got {have} of {len(counts)}" in str(error)


def test_homogeneity_wants_a_metric() -> None:
    tally = stars([[1] * 5] * 2)
    error = refused(
        lambda: homogeneity_test(tally, metric="nps"),  # type: ignore[arg-type]
        InvalidTypeError,
    )
    assert error.argument == "metric"
    assert "such as NetScore(" in str(error)
    off = BoxShare(name="Off", points=[9])
    refused(lambda: homogeneity_test(tally, metric=off), InvalidValueError)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("groups", 1),
        ("df", 3),
        ("statistic", -1.0),
        ("statistic", math.nan),
        ("p_value", 1.1),
        ("p_value", math.nan),
    ],
)
def test_impossible_homogeneity_is_refused(field: str, value: Any) -> None:
    test = homogeneity_test(stars([[5, 1, 1, 1, 1], [1, 1, 1, 1, 5]]))
    change = {field: value} | ({"df": 0} if field == "groups" else {})
    error = refused(lambda: attrs.evolve(test, **change), InvalidValueError)
    assert error.argument == field


# Ranks, oracles and laws


def spelled(counts: list[int]) -> list[int]:
    return [point for point, n in enumerate(counts, 1) for _ in range(n)]


@given(a=histograms, b=histograms)
def test_mann_whitney_against_scipy(a: list[int], b: list[int]) -> None:
    test = rank_test(stars(a), stars(b))
    x, y = spelled(a), spelled(b)
    pairs = len(x) * len(y)
    if len({*x, *y}) == 1:
        assert (test.superiority, test.statistic, test.p_value) == (0.5, 0, 1)
        return
    expected = scipy.stats.mannwhitneyu(x, y, method="asymptotic")
    assert test.superiority == close(expected.statistic / pairs)
    assert test.p_value == close(expected.pvalue)
    assert test.n == (len(x), len(y))


@given(a=histograms, b=histograms)
def test_superiority_by_counting_pairs(a: list[int], b: list[int]) -> None:
    won = sum(
        m * n * (2 * (i > j) + (i == j))
        for (i, m), (j, n) in itertools.product(enumerate(a), enumerate(b))
    )
    expected = won / (2 * sum(a) * sum(b))
    assert rank_test(stars(a), stars(b)).superiority == close(expected)
    effort = rank_test(stars(a, EFFORT_1_5), stars(b, EFFORT_1_5))
    assert effort.superiority == close(1 - expected)


@given(a=histograms, b=histograms)
def test_ranks_mirror(a: list[int], b: list[int]) -> None:
    test, back = rank_test(stars(a), stars(b)), rank_test(stars(b), stars(a))
    assert back.superiority == close(1 - test.superiority)
    assert (back.low, back.high) == (close(1 - test.high), close(1 - test.low))
    assert back.statistic == close(-test.statistic)
    assert back.p_value == close(test.p_value)
    turned = rank_test(stars(a[::-1], EFFORT_1_5), stars(b[::-1], EFFORT_1_5))
    assert turned.low == close(test.low)
    assert turned.statistic == close(test.statistic)


@given(a=histograms, b=histograms)
def test_only_order_matters(a: list[int], b: list[int]) -> None:
    """Points that nobody chose may lie between."""
    far = Scale(1, 9, higher_is_better=True)
    spread = [np.zeros(9, int), np.zeros(9, int)]
    for wide, counts in zip(spread, (a, b), strict=True):
        wide[[0, 3, 4, 7, 8]] = counts
    test = rank_test(stars(a), stars(b))
    other = rank_test(stars(spread[0], far), stars(spread[1], far))
    assert (other.low, other.high) == (close(test.low), close(test.high))
    assert other.p_value == close(test.p_value)


@given(a=histograms)
def test_a_sample_is_no_better_than_itself(a: list[int]) -> None:
    test = rank_test(stars(a), stars(a))
    assert (test.superiority, test.statistic, test.p_value) == (0.5, 0, 1)
    assert test.low == close(1 - test.high)
    assert test.low < 0.5
    assert not test.distinguishable


@pytest.mark.parametrize("shift", [0, 1])
def test_huge_counts_keep_their_digits(shift: int) -> None:
    """Counts near 1e15, against exact fractions; all but a few answers are alike."""
    a, b = [3, 10**15, 5 + shift], [5, 10**15, 2]
    n_a, n_b = sum(a), sum(b)
    n, pairs = n_a + n_b, n_a * n_b
    won = sum(
        Fraction(a[i] * b[j] * (2 * (i > j) + (i == j)), 2)
        for i, j in itertools.product(range(3), repeat=2)
    )
    ties = sum((x + y) ** 3 - x - y for x, y in zip(a, b, strict=True))
    variance = Fraction(pairs, 12) * ((n + 1) - Fraction(ties, n * (n - 1)))
    z = float(won - Fraction(pairs, 2) - Fraction(1, 2)) / math.sqrt(variance)
    test = rank_test(stars(a, THREE), stars(b, THREE))
    assert test.superiority == close(float(won / pairs), rel=1e-15)
    assert test.statistic == close(z)
    assert test.p_value == close(2 * scipy.stats.norm.sf(z))
    assert 0.5 - 1e-6 < test.low < test.superiority < test.high < 0.5 + 1e-6


# Ranks, the interval


@given(a=histograms, b=histograms)
def test_variance_against_statsmodels(a: list[int], b: list[int]) -> None:
    """Without the imaginary answers it is that of Brunner and Munzel."""
    assume(min(sum(a), sum(b)) > 1)
    n_a, n_b = sum(a), sum(b)
    centre, spread_a, spread_b = sig._brunner_munzel(  # noqa: SLF001
        np.array(a, dtype=float), np.array(b, dtype=float)
    )
    theirs = rank_compare_2indep(spelled(a), spelled(b), use_t=True)
    assert centre == close(theirs.prob1)
    variance = spread_a / (n_a - 1) + spread_b / (n_b - 1)
    assert variance == close(theirs.var / (n_a + n_b), abs=1e-9)


@given(a=histograms, b=histograms, level=st.sampled_from([0.5, 0.9, 0.99]))
def test_interval_by_its_equation(a: list[int], b: list[int], level: float) -> None:
    """Its ends are t errors away, with one imaginary answer on either side."""
    assume(sum(x + y > 0 for x, y in zip(a, b, strict=True)) > 1)
    n_a, n_b = sum(a), sum(b)
    more = (np.array(a) + np.array(b)) / (n_a + n_b)
    x, y = a + more, b + more
    below = [y[:k].sum() + y[k] / 2 for k in range(5)]
    above = [x[:k].sum() + x[k] / 2 for k in range(5)]
    won, lost = np.array(below) / y.sum(), np.array(above) / x.sum()
    centre = np.average(won, weights=x)
    var_a = np.average((won - centre) ** 2, weights=x) / n_a
    var_b = np.average((lost - 1 + centre) ** 2, weights=y) / n_b
    df = (var_a + var_b) ** 2 / (var_a**2 / n_a + var_b**2 / n_b)
    reach = scipy.stats.t.isf((1 - level) / 2, df)
    variance = (var_a + var_b) / (centre * (1 - centre))
    test = rank_test(stars(a), stars(b), level=level)
    for end in (test.low, test.high):
        assert (test.superiority - end) ** 2 == close(
            reach**2 * variance * end * (1 - end), rel=1e-6, abs=1e-9
        )
    assert test.low <= test.superiority <= test.high
    assert test.level == level


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 5), (100, 7)])
def test_interval_without_any_spread(m: int, n: int) -> None:
    """Hanley and McNeil's variance at one half: (m + n + 1) / (12 m n)."""
    test = rank_test(stars([0, 0, 0, 0, m]), stars([0, 0, 0, 0, n]))
    z2 = scipy.stats.norm.isf(0.025) ** 2
    for end in (test.low, test.high):
        variance = (m + n + 1) / (12 * m * n) * 4 * end * (1 - end)
        assert (0.5 - end) ** 2 == close(z2 * variance)


@given(a=histograms, b=histograms)
@few
def test_more_confidence_makes_longer_intervals(a: list[int], b: list[int]) -> None:
    tests = [rank_test(stars(a), stars(b), level=x) for x in (0.5, 0.8, 0.95, 0.999)]
    for shorter, longer in itertools.pairwise(tests):
        assert longer.low <= shorter.low
        assert longer.high >= shorter.high


def test_interval_of_complete_separation_stays_in_the_possible() -> None:
    test = rank_test(stars([0, 0, 0, 2, 3]), stars([3, 2, 0, 0, 0]))
    assert (test.superiority, test.high) == (1, 1)
    assert 0.4 < test.low < 0.9


def test_interval_covers() -> None:
    """A seeded simulation of ten against ten; the plain interval covers 70 %."""
    rng = np.random.default_rng(1)
    shares = [0.02, 0.03, 0.1, 0.25, 0.6], [0.4, 0.3, 0.2, 0.05, 0.05]
    truth = rank_test(*(stars((np.array(x) * 100).astype(int)) for x in shares))
    held = 0
    for _ in range(200):
        samples = (stars(rng.multinomial(10, x)) for x in shares)
        test = rank_test(*samples)
        held += test.low <= truth.superiority <= test.high
    assert 184 <= held <= 199


# Ranks, its level


@pytest.mark.parametrize(
    ("m", "n", "least", "most"), [(3, 3, 0, 0.032), (4, 4, 0, 0.03), (8, 8, 0.02, 0.05)]
)
def test_ranks_keep_their_level(m: int, n: int, least: float, most: float) -> None:
    """Exactly, by enumerating all pairs of histograms on three points."""
    called = np.array(
        [
            [abs(sig._mann_whitney(list(a), list(b))[1]) > 1.959964 for b in splits(n)]  # noqa: SLF001
            for a in splits(m)
        ]
    )
    for shares in ((1 / 3, 1 / 3, 1 / 3), (0.125, 0.25, 0.625), (0.1, 0.1, 0.8)):
        chance = [
            scipy.stats.multinomial.pmf(splits(k), k, np.array(shares)) for k in (m, n)
        ]
        assert least <= chance[0] @ called @ chance[1] <= most


def test_ranks_find_what_is_there() -> None:
    """Power, exactly: ten against ten, four fifths good against two fifths."""
    cells = splits(10)
    called = np.array(
        [
            [sig._mann_whitney(list(a), list(b))[1] > 1.959964 for b in cells]  # noqa: SLF001
            for a in cells
        ]
    )
    better = scipy.stats.multinomial.pmf(cells, 10, [0.05, 0.15, 0.8])
    worse = scipy.stats.multinomial.pmf(cells, 10, [0.4, 0.4, 0.2])
    assert 0.7 < better @ called @ worse < 0.95


# Ranks, words


def test_words_of_ranks() -> None:
    a, b = stars([2, 3, 10, 30, 55]), stars([10, 10, 20, 30, 30])
    test = rank_test(a, b)
    assert test.distinguishable
    assert rank_test(a, b, level=0.9).summary().count("at 90 %") == 1
    assert "at 90 %" in rank_test(stars([1] * 5), stars([1] * 5), level=0.9).summary()
    assert str(test).splitlines()[0] == repr(test)
    assert "answers, first" in str(test)
    assert "answers, second" in test._repr_html_()
    assert "more than noise" in test._repr_html_()


def test_words_when_only_the_spread_differs() -> None:
    """Nobody is better, yet the test alone would call it out."""
    apart = stars([500, 0, 0, 0, 540])
    close_by = stars([5, 20, 50, 20, 5])
    test = attrs.evolve(rank_test(apart, close_by), p_value=0.01)
    assert test.low < 0.5 < test.high
    assert not test.distinguishable
    assert test.summary().endswith(
        "the answers are spread differently, but neither side is better beyond doubt"
        " (p = .010)."
    )


def test_better_needs_both_the_test_and_the_interval() -> None:
    test = rank_test(stars([2, 3, 10, 30, 55]), stars([10, 10, 20, 30, 30]))
    assert not attrs.evolve(test, p_value=0.06).distinguishable
    assert not attrs.evolve(test, low=0.5).distinguishable
    worse = attrs.evolve(test, superiority=0.3, low=0.2, high=0.4, p_value=0.01)
    assert worse.distinguishable
    assert "not distinguishable" in attrs.evolve(test, p_value=0.06).summary()


def test_ranks_go_out() -> None:
    test = rank_test(stars([2, 3, 10, 30, 55]), stars([10, 10, 20, 30, 30]))
    assert test.to_dict() == {
        "superiority": test.superiority,
        "low": test.low,
        "high": test.high,
        "statistic": test.statistic,
        "p_value": test.p_value,
        "n_first": 100,
        "n_second": 100,
        "level": 0.95,
        "scale": "1-5, 5 best",
    }
    assert {type(x) for x in test.to_dict().values()} == {float, int, str}
    for again in (pickle.loads(pickle.dumps(test)), copy.deepcopy(test)):  # noqa: S301
        assert again == test


# Ranks, refusals

ONE = stars([1, 2, 3, 4, 5])
GROUPED = stars([[1] * 5] * 2)
WEIGHTED = Tally.count([1, 5], scale=STARS_1_5, weights=[1, 2])
EMPTY = stars([0] * 5)


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        ([1, 2], InvalidTypeError, "must be a Tally"),
        (csat([1, 5], scale=STARS_1_5), InvalidTypeError, "must be a Tally"),
        (GROUPED, InvalidValueError, "must have no axes"),
        (WEIGHTED, InvalidValueError, "must have no weights"),
        (EMPTY, EmptySampleError, "has no answers"),
    ],
    ids=["list", "estimate", "groups", "weights", "empty"],
)
def test_what_is_no_sample_is_refused(
    bad: Any, error: type[CxmError], words: str
) -> None:
    for argument, call in (
        ("a", lambda: rank_test(bad, ONE)),
        ("b", lambda: rank_test(ONE, bad)),
    ):
        caught = refused(call, error)
        assert caught.argument == argument
        assert words in str(caught)


def test_other_scales_are_refused() -> None:
    for other in (stars([1] * 5, EFFORT_1_5), stars([1] * 7, SATISFACTION_1_7)):
        error = refused(lambda b=other: rank_test(ONE, b), ScaleMismatchError)
        assert error.argument == "b"


@pytest.mark.parametrize("level", [0, 1, 95, math.nan])
def test_levels_are_shares(level: float) -> None:
    error = refused(lambda: rank_test(ONE, ONE, level=level), InvalidValueError)
    assert error.argument == "level"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("superiority", 1.1),
        ("low", -0.1),
        ("low", 0.9),
        ("high", 0.1),
        ("high", 1.1),
        ("p_value", math.nan),
        ("level", 95),
        ("superiority", math.nan),
    ],
)
def test_impossible_ranks_are_refused(field: str, value: Any) -> None:
    test = rank_test(ONE, ONE)
    change: dict[str, Any] = {field: value}
    error = refused(lambda: attrs.evolve(test, **change), InvalidValueError)
    assert error.argument == field


def test_results_name_their_scale() -> None:
    wrong: dict[str, Any] = {"scale": "1-5"}
    for test in (rank_test(ONE, ONE), homogeneity_test(GROUPED)):
        refused(lambda test=test: attrs.evolve(test, **wrong), InvalidTypeError)


# Many p values

P_1995 = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
]
METHODS: dict[Any, str] = {
    "holm": "holm",
    "bonferroni": "bonferroni",
    "hochberg": "simes-hochberg",
    "benjamini-hochberg": "fdr_bh",
    "benjamini-yekutieli": "fdr_by",
}
every_method = pytest.mark.parametrize("method", METHODS)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.reference
def test_the_example_of_benjamini_and_hochberg() -> None:
    screened = adjust_p(P_1995, method="benjamini-hochberg")
    assert screened == pytest.approx(
        [
            *(0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571, 0.0638571, 0.0645),
            *(0.0765, 0.486, 0.5811818, 0.714875, 0.7532308, 0.8132143, 1),
        ],
        abs=5e-8,
    )
    holm = adjust_p(P_1995)
    assert holm[:9] == pytest.approx(
        [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213], abs=5e-5
    )
    assert (holm[9:] == 1).all()
    rejected = {m: (adjust_p(P_1995, method=m) <= 0.05).sum() for m in METHODS}
    assert rejected["benjamini-hochberg"] == 4
    assert rejected["holm"] == rejected["bonferroni"] == 3


@pytest.mark.reference
def test_five_as_in_r() -> None:
    five = [0.01, 0.02, 0.03, 0.04, 0.05]
    assert adjust_p(five) == close([0.05, 0.08, 0.09, 0.09, 0.09])
    assert adjust_p(five, method="benjamini-hochberg") == close([0.05] * 5)


@every_method
@given(p=p_values)
@few
def test_adjustment_against_statsmodels(method: Any, p: list[float]) -> None:
    expected = multipletests(p, method=METHODS[method])[1]
    assert adjust_p(p, method=method) == close(expected)


@every_method
@given(p=p_values, data=st.data())
def test_adjustment_is_blind_to_order_shape_and_gaps(
    method: Any, p: list[float], data: st.DataObject
) -> None:
    adjusted = adjust_p(p, method=method)
    order = data.draw(st.permutations(range(len(p))))
    shuffled = adjust_p(np.array(p)[order], method=method)
    assert shuffled == close(adjusted[order])
    gaps = np.array([[x, math.nan] for x in p])
    wide = adjust_p(gaps, method=method)
    assert wide.shape == gaps.shape
    assert wide[:, 0] == close(adjusted)
    assert np.isnan(wide[:, 1]).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    assert (adjusted >= np.array(p) * (1 - 1e-12)).all()
    assert (adjusted <= 1).all()


@given(p=p_values)
def test_stronger_methods_give_smaller_p_values(p: list[float]) -> None:
    by = {method: adjust_p(p, method=method) * (1 - 1e-12) for method in METHODS}
    assert (by["holm"] <= adjust_p(p, method="bonferroni")).all()
    assert (by["hochberg"] <= adjust_p(p, method="holm")).all()
    assert (by["benjamini-hochberg"] <= adjust_p(p, method="hochberg")).all()
    harmonic = sum(1 / k for k in range(1, len(p) + 1))
    raised = np.minimum(adjust_p(p, method="benjamini-hochberg") * harmonic, 1)
    assert (by["benjamini-yekutieli"] <= raised).all()
    assert (adjust_p(p, method="benjamini-yekutieli") >= raised * (1 - 1e-12)).all()


@every_method
def test_one_alone_stays_as_it_is(method: Any) -> None:
    found = adjust_p(0.03, method=method)
    assert found == close(0.03)
    assert type(found) is float
    assert math.isnan(adjust_p(math.nan, method=method))
    assert adjust_p([], method=method).shape == (0,)
    assert np.isnan(adjust_p([math.nan, None], method=method)).all()


def test_missing_p_values_of_any_kind_do_not_count() -> None:
    masked = np.ma.masked_array([0.01, 0.5, 0.04], mask=[False, True, False])
    expected = [0.02, math.nan, 0.04]
    assert adjust_p(masked) == close(expected)
    assert adjust_p([0.01, None, 0.04]) == close(expected)


def test_p_values_of_comparisons_are_welcome() -> None:
    before = csat([5, 4, 1, 1, 3], scale=STARS_1_5, by=["a", "a", "a", "b", "b"])
    after = csat([5, 5, 1, 5, 5], scale=STARS_1_5, by=["a", "a", "a", "b", "b"])
    p = compare(after, before).p_value
    assert adjust_p(p).shape == (2,)


def test_adjustment_leaves_its_input_alone() -> None:
    p = np.array([0.01, 0.02])
    adjust_p(p)
    assert p.tolist() == [0.01, 0.02]


@pytest.mark.parametrize(
    ("bad", "index"), [([0.1, -0.1], 1), ([1.1], 0), ([[0.1, 0.2], [0.3, 3]], (1, 1))]
)
def test_what_is_no_p_value_is_refused(bad: Any, index: Any) -> None:
    error = refused(lambda: adjust_p(bad), InvalidValueError)
    assert (error.argument, error.index) == ("p", index)
    assert "p values are shares of 1" in str(error)


@pytest.mark.parametrize("bad", ["0.05", ["a"], [True], {"a": 1}])
def test_other_things_than_numbers_are_refused(bad: Any) -> None:
    assert refused(lambda: adjust_p(bad), InvalidTypeError).argument == "p"


def test_infinite_p_values_are_refused() -> None:
    refused(lambda: adjust_p([math.inf]), InvalidValueError)


@pytest.mark.parametrize("method", ["bh", "", None])
def test_unknown_methods_are_refused(method: Any) -> None:
    error = refused(lambda: adjust_p([0.1], method=method), InvalidValueError)
    assert '"benjamini-hochberg"' in str(error)


def test_comparisons_are_told_where_their_p_values_are() -> None:
    two = [csat([1, 5, 5, 4, 2], scale=STARS_1_5) for _ in range(2)]
    one = compare(*two)
    told = refused(lambda: adjust_p(one), InvalidTypeError)  # type: ignore[arg-type]
    assert str(told).endswith("; pass its .p_value")
    told = refused(lambda: adjust_p([one, one]), InvalidTypeError)
    assert str(told).endswith("; pass [each.p_value for each in ...]")


# Word for word


def test_every_word_of_a_test_of_groups() -> None:
    tally = Tally.from_counts(
        [[0, 1, 2, 3, 4], [4, 3, 3, 1, 1]], scale=STARS_1_5, by=["a", "b"]
    )
    test = homogeneity_test(tally)
    assert str(test).splitlines() == [
        "Homogeneity of 2 groups in 5 classes: chi-square 7.88, df 4, p = .096",
        "what                 value",
        "answers                 22",
        "groups                   2",
        "classes                  5",
        "chi-square            7.88",
        "degrees of freedom       4",
        "p                   0.0959",
        "Cramér's V            0.60",
        "smallest expected      1.8",
    ]
    assert test.method == "pearson"
    html = test._repr_html_()
    assert f">{test!r}</caption>" in html
    assert f">{test.summary()}</td></tr></tfoot>" in html
    weighted = Tally.count(
        [1, 2, 3, 5], scale=STARS_1_5, by=["a", "a", "b", "b"], weights=[1, 2, 3, 4]
    )
    assert homogeneity_test(weighted).method == "scott-rao"


def test_every_word_of_a_test_of_ranks() -> None:
    test = rank_test(stars([0, 1, 2, 3, 4]), stars([4, 3, 3, 1, 1]))
    assert str(test).splitlines() == [
        "Superiority 0.83 [0.60, 0.94] 95 %, p = .008",
        "what               value",
        "answers, first        10",
        "answers, second       12",
        "first better       0.833",
        "low                0.603",
        "high               0.943",
        "statistic           2.66",
        "p                0.00787",
    ]
    said = (
        "The first answers are better in 83 of 100 pairs (60 to 94), equal ones counted"
        " half;"
    )
    assert test.summary() == f"{said} more than noise (p = .008)."
    assert attrs.evolve(test, p_value=0.3).summary() == (
        f"{said} not distinguishable from no difference (p = .30)."
    )
    html = test._repr_html_()
    assert f">{test!r}</caption>" in html
    assert f">{test.summary()}</td></tr></tfoot>" in html
    counts = rank_test(stars([0, 1, 2, 3, 4]), stars([4, 3, 3, 1, 1])).to_dict()
    assert (counts["n_first"], counts["n_second"]) == (10, 12)
