"""Weights, post-stratification and raking, against plain loops and dense tables."""

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxmkit import EFFORT_1_5, RECOMMEND_0_10, STARS_1_5, Scale, Tally, nps, samples
from cxmkit._axes import Axes
from cxmkit.definition import BoxShare, MeanScore, NetScore
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.estimate import Estimate
from cxmkit.raking import Raked, rake
from cxmkit.weighting import design_effect, effective_n, poststratify

NET = NetScore(name="Net", positive=[5], negative=[1, 2])
TOP = BoxShare(name="Top", points=[4, 5])
MEAN = MeanScore(name="Mean")
METRICS = (NET, TOP, MEAN)
POINTS = np.arange(1, 6)

Column = list[Any]


def sure(estimate: Estimate) -> list[float]:
    """Return the numbers of an estimate."""
    names = ("value", "se", "low", "high", "n_effective", "n", "missing")
    return [float(getattr(estimate, name)) for name in names]


# Kish


WEIGHTS = st.lists(st.floats(0.01, 100), min_size=1, max_size=40)


@pytest.mark.reference
def test_kish_published() -> None:
    assert effective_n([1] * 50 + [2] * 50) == 90
    assert design_effect([1] * 50 + [2] * 50) == pytest.approx(100 / 90)


@given(WEIGHTS, st.floats(0.01, 100))
def test_weights_cost_by_their_spread_alone(weights: list[float], by: float) -> None:
    price, left, n = design_effect(weights), effective_n(weights), len(weights)
    assert price == pytest.approx(1 + np.var(weights) / np.mean(weights) ** 2)
    assert price * left == pytest.approx(n)
    assert 1 - 1e-12 <= price <= n + 1e-9
    assert design_effect([by * w for w in weights[::-1]]) == pytest.approx(price)
    assert effective_n(weights * 3) == pytest.approx(3 * left)
    assert effective_n([*weights, 0]) == pytest.approx(left)


def test_weights_of_a_tally() -> None:
    weights, groups = [1.0, 0.5, 2.0, 4.0], ["a", "b", "b", "a"]
    answers = [1, 2, 2, 5]
    tally = Tally.count(answers, scale=STARS_1_5, by=groups, weights=weights)
    assert effective_n(tally) == pytest.approx(effective_n(weights))
    assert design_effect(tally) == pytest.approx(design_effect(weights))
    plain = Tally.count(answers, scale=STARS_1_5)
    assert (design_effect(plain), effective_n(plain)) == (1, 4)


def test_many_weights_are_read_in_parts() -> None:
    rng = np.random.default_rng(1)
    weights = rng.gamma(2, 1, 200_000)
    exact = math.fsum(weights) ** 2 / math.fsum(weights**2)
    assert effective_n(weights) == pytest.approx(exact, rel=1e-13)
    weights[150_001] = -1
    with pytest.raises(
        InvalidValueError, match=r"weights\[150001\] must be finite and"
    ):
        design_effect(weights)


@pytest.mark.parametrize("function", [design_effect, effective_n])
@pytest.mark.parametrize(
    ("weights", "error", "words"),
    [
        ([], EmptySampleError, "weights must hold at least one weight; got none"),
        ([0, 0], InvalidValueError, "weights must not all be 0; got '2 times 0'"),
        ([1, None], MissingValueError, r"weights\[1\] is missing"),
        ([1, math.nan], MissingValueError, r"weights\[1\] is missing"),
        ([1, math.inf], InvalidValueError, r"weights\[1\] must be finite"),
        ("abc", InvalidValueError, r"weights must be a column"),
        (["a"], InvalidTypeError, r"weights\[0\] must be a number"),
        ([[1, 2]], InvalidValueError, "weights must be a column"),
        (Tally.count([], scale=STARS_1_5), EmptySampleError, "at least one weight"),
        (
            Tally.count([1], scale=STARS_1_5, weights=[0]),
            InvalidValueError,
            "weights must not all be 0; got '1 times 0'",
        ),
    ],
)
def test_bad_weights(
    function: Any, weights: Any, error: type[CxmError], words: str
) -> None:
    with pytest.raises(error, match=words):
        function(weights)


# Post-stratification


CELLS = st.lists(st.integers(0, 20), min_size=5, max_size=5).filter(
    lambda counts: sum(counts) >= 2
)
STRATA = st.lists(CELLS, min_size=1, max_size=4)
SHARES = st.lists(st.floats(0.05, 1), min_size=4, max_size=4)
LABELS = ["a", "b", 3, ("d", 4)]


def tallied(strata: list[list[int]], scale: Scale = STARS_1_5) -> Tally:
    return Tally.from_counts(strata, scale=scale, by={"group": LABELS[: len(strata)]})


def population(sizes: list[float], strata: int) -> dict[Any, float]:
    total = sum(sizes[:strata])
    return {LABELS[h]: sizes[h] / total for h in range(strata)}


def by_hand(
    metric: Any, strata: list[list[int]], share: list[float], asked: list[float]
) -> tuple[float, float]:
    """Return value and error, stratum by stratum."""
    worth = metric.worth(STARS_1_5)
    value = variance = 0.0
    for counts, part, f in zip(strata, share, asked, strict=True):
        answers = np.repeat(worth, counts)
        value += part * answers.mean()
        variance += part**2 * (1 - f) * answers.var(ddof=1) / len(answers)
    return value, math.sqrt(variance)


@given(STRATA, SHARES, st.sampled_from(METRICS))
def test_strata_count_as_large_as_they_are(
    strata: list[list[int]], sizes: list[float], metric: Any
) -> None:
    people = population(sizes, len(strata))
    found = poststratify(metric(tallied(strata)), people)
    value, se = by_hand(metric, strata, [*people.values()], [0.0] * len(strata))
    assert found.value == pytest.approx(value, abs=1e-9)
    assert found.se == pytest.approx(se, abs=1e-6)
    assert found.n == np.sum(strata)
    assert found.method == f"post-stratified {metric.methods[0]}"
    assert (found.definition, found.scale) == (metric, STARS_1_5)
    if not math.isnan(found.low):
        assert found.low - 1e-9 <= found.value <= found.high + 1e-9
        assert found.low < found.high
        assert found.n_effective > 0
    else:  # all alike in each stratum: the mean of some does not tell
        assert metric is MEAN
        assert found.se == 0


@given(STRATA, SHARES, st.sampled_from(METRICS), st.randoms())
def test_the_order_of_strata_does_not_matter(
    strata: list[list[int]], sizes: list[float], metric: Any, random: Any
) -> None:
    people = population(sizes, len(strata))
    order = random.sample(range(len(strata)), len(strata))
    turned = Tally.from_counts(
        [strata[h] for h in order],
        scale=STARS_1_5,
        by={"group": [LABELS[h] for h in order]},
    )
    one, other = (poststratify(metric(x), people) for x in (tallied(strata), turned))
    assert sure(one) == pytest.approx(sure(other), nan_ok=True, abs=1e-6)


@given(CELLS, st.sampled_from(METRICS))
def test_one_stratum_is_the_plain_estimate(counts: list[int], metric: Any) -> None:
    found = poststratify(metric(tallied([counts])), {"a": 1})
    plain = metric(Tally.from_counts(counts, scale=STARS_1_5))
    for name in ("value", "low", "high", "n_effective"):
        ours, theirs = getattr(found, name), getattr(plain, name)
        assert ours == pytest.approx(theirs, nan_ok=True), name
    n = sum(counts)
    more = 1 if metric is MEAN else n / (n - 1)
    assert found.se == pytest.approx(plain.se * math.sqrt(more))


@given(STRATA, SHARES)
def test_a_turned_scale_turns_the_net_score(
    strata: list[list[int]], sizes: list[float]
) -> None:
    people = population(sizes, len(strata))
    net = NetScore(name="Net", positive=[4, 5], negative=[1, 2])
    one = poststratify(net(tallied(strata)), people)
    turned = poststratify(net(tallied([x[::-1] for x in strata])), people)
    assert one.value == pytest.approx(-turned.value, abs=1e-9)
    assert (one.low, one.high) == pytest.approx((-turned.high, -turned.low), abs=1e-6)
    assert one.shares is not None
    assert turned.shares == pytest.approx(one.shares[::-1])
    assert one.shares[0] - one.shares[1] == pytest.approx(one.value, abs=1e-9)


def test_intervals_by_hand() -> None:
    strata, share = [[0, 0, 0, 0, 6], [4, 1, 2, 3, 2]], np.array([0.3, 0.7])
    n = np.array([6, 12])
    # Net score: 3/4, 3/2, 3/4 more in each stratum.
    up, down = (np.array([6, 2]) + 0.75) / (n + 3), (np.array([0, 5]) + 0.75) / (n + 3)
    each = up + down - (up - down) ** 2
    p, q = share @ up, share @ down
    left = (p + q - (p - q) ** 2) / (share**2 @ (each / n))
    found = poststratify(NET(tallied(strata)), {"a": 0.3, "b": 0.7})
    assert found.n_effective == pytest.approx(left)
    assert found.value == pytest.approx(100 * (0.3 + 0.7 * (2 - 5) / 12))
    # Share: half and half of three.
    up = (np.array([6, 5]) + 1.5) / (n + 3)
    left = (share @ up) * (1 - share @ up) / (share**2 @ (up * (1 - up) / n))
    found = poststratify(TOP(tallied(strata)), {"a": 0.3, "b": 0.7})
    assert found.n_effective == pytest.approx(left)
    test = stats.binomtest(5, 10)  # our Wilson is checked elsewhere; here it is called
    assert test.proportion_ci(method="wilson").low == pytest.approx(
        poststratify(TOP(tallied([[5, 0, 0, 0, 5]])), {"a": 1}).low / 100
    )
    # Mean: the first stratum has no spread, and gets what both have on average.
    second = np.repeat(POINTS, strata[1])
    terms = share**2 * second.var(ddof=1) * np.array([11 / 16, 1]) / n
    freedom = terms.sum() ** 2 / (terms**2 / (n - 1)).sum()
    found = poststratify(MEAN(tallied(strata)), {"a": 0.3, "b": 0.7}, level=0.9)
    reach = stats.t.ppf(0.95, freedom) * math.sqrt(terms.sum())
    assert found.n_effective == pytest.approx(freedom + 1)
    assert found.se == pytest.approx(0.7 * stats.sem(second))
    assert (found.low, found.high) == pytest.approx(
        (found.value - reach, found.value + reach)
    )
    assert found.level == 0.9


def test_the_level_is_that_of_the_strata() -> None:
    strata = TOP(tallied([[3, 0, 0, 0, 5], [1, 2, 3, 4, 5]]), level=0.8)
    found = poststratify(strata, {"a": 0.5, "b": 0.5})
    assert found.level == 0.8
    again = poststratify(strata, {"a": 0.5, "b": 0.5}, level=0.99)
    assert again.low < found.low < found.high < again.high


@given(STRATA, SHARES, st.sampled_from(METRICS), st.integers(1, 50))
def test_equal_weights_change_nothing(
    strata: list[list[int]], sizes: list[float], metric: Any, weight: int
) -> None:
    people = population(sizes, len(strata))
    plain, sums = tallied(strata), weight * np.array(strata, float)
    weighted = attrs.evolve(plain, sum_weights=sums, sum_squared_weights=weight * sums)
    one, other = (poststratify(metric(x), people) for x in (plain, weighted))
    assert sure(one) == pytest.approx(sure(other), nan_ok=True, abs=1e-5)


def test_weights_within_strata() -> None:
    rng = np.random.default_rng(3)
    answers, groups = rng.integers(1, 6, 60), rng.integers(0, 2, 60)
    weights = rng.gamma(3, 1, 60)
    for metric in METRICS:
        each = metric(answers, scale=STARS_1_5, by=groups, weights=weights)
        found = poststratify(each, {0: 0.8, 1: 0.2})
        value = se = 0.0
        for group, share in ((0, 0.8), (1, 0.2)):
            x = metric.worth(STARS_1_5)[answers[groups == group] - 1]
            w, n = weights[groups == group], (groups == group).sum()
            mean = np.average(x, weights=w)
            value += share * mean
            error = n / (n - 1) * (w**2 * (x - mean) ** 2).sum() / w.sum() ** 2
            se += share**2 * error
        assert found.value == pytest.approx(value)
        assert found.se == pytest.approx(math.sqrt(se))
        assert found.n_effective < 60


def test_numbers_of_customers_bring_their_correction() -> None:
    strata = [[1, 2, 3, 4, 5], [5, 0, 0, 0, 5]]
    for metric in METRICS:
        by = metric(tallied(strata))
        found = poststratify(by, {"a": 20, "b": 30})
        value, se = by_hand(metric, strata, [0.4, 0.6], [15 / 20, 10 / 30])
        assert (found.value, found.se) == pytest.approx((value, se))
        many = poststratify(by, {"a": 20e6, "b": 30e6})
        endless = poststratify(by, {"a": 0.4, "b": 0.6})
        assert many.se == pytest.approx(endless.se, rel=1e-6)
        assert (many.low, many.high) == pytest.approx((endless.low, endless.high))
        assert endless.low < found.low < found.value < found.high < endless.high
        all_of_one = poststratify(by, {"a": 15, "b": 30})
        _, se = by_hand(metric, strata, [1 / 3, 2 / 3], [1, 1 / 3])
        assert all_of_one.se == pytest.approx(se)
        assert all_of_one.low < all_of_one.value < all_of_one.high
        census = poststratify(by, {"a": 15, "b": 10})
        assert (census.low, census.se) == (census.value, 0)
        assert census.high == census.value
        assert math.isinf(census.n_effective)
        assert census.n == 25


def test_strata_that_differ_make_it_surer() -> None:
    strata = tallied([[50, 40, 8, 2, 0], [0, 2, 8, 40, 50]])
    found = poststratify(TOP(strata), {"a": 0.5, "b": 0.5})
    pooled = TOP(strata.pooled())
    assert found.value == pytest.approx(pooled.value)
    assert found.se < 0.5 * pooled.se
    assert found.high - found.low < 0.55 * (pooled.high - pooled.low)
    assert found.n_effective > 3 * 200


def test_missing_answers_are_counted() -> None:
    answers = [5, 1, None, 4, 2, None, None]
    by = TOP(answers, scale=STARS_1_5, by=list("aaabbbb"), missing="omit")
    assert poststratify(by, {"a": 0.5, "b": 0.5}).missing == 3


def test_answers_all_alike_are_not_certain() -> None:
    strata = tallied([[0, 0, 0, 0, 3], [0, 0, 0, 0, 9]])
    for metric in (NET, TOP):
        found = poststratify(metric(strata), {"a": 0.5, "b": 0.5})
        assert (found.value, found.se, found.high) == (100, 0, 100)
        plain = metric(strata.pooled())
        assert found.low < plain.low < 100
    nothing = poststratify(MEAN(strata), {"a": 0.5, "b": 0.5})
    assert math.isnan(nothing.low)
    assert math.isnan(nothing.high)
    assert nothing.n_effective == 12
    assert "no interval" in nothing.summary()


def outcomes(n: int, k: int) -> list[tuple[int, ...]]:
    if k == 1:
        return [(n,)]
    return [(x, *rest) for x in range(n + 1) for rest in outcomes(n - x, k - 1)]


@pytest.mark.parametrize(
    ("metric", "points", "floor"), [(NET, [0, 2, 4], 0.92), (TOP, [0, 4], 0.9)]
)
def test_intervals_keep_their_level(
    metric: Any, points: list[int], floor: float
) -> None:
    # All outcomes of 4 and 6 answers, in some populations.
    both = [outcomes(n, len(points)) for n in (4, 6)]
    pairs = list(itertools.product(*both))
    ends = []
    for pair in pairs:
        counts = np.zeros((2, 5), int)
        counts[:, points] = pair
        found = poststratify(metric(tallied(counts.tolist())), {"a": 0.4, "b": 0.6})
        ends.append((found.low, found.high))
    low, high = np.array(ends).T
    rng = np.random.default_rng(5)
    worth = metric.worth(STARS_1_5)[points]
    covered = []
    for _ in range(50):
        truth = rng.dirichlet(np.ones(len(points)), size=2)
        chance = np.outer(
            *(
                stats.multinomial.pmf(np.array(x), sum(x[0]), p)
                for x, p in zip(both, truth, strict=True)
            )
        ).reshape(-1)
        value = 0.4 * truth[0] @ worth + 0.6 * truth[1] @ worth
        covered.append(chance[(low <= value + 1e-9) & (value - 1e-9 <= high)].sum())
    assert min(covered) > floor - 0.06
    assert 0.94 < np.mean(covered) < 0.98


@pytest.mark.parametrize(
    ("population", "error", "words"),
    [
        (
            {"a": 0.5, "b": 0.4},
            InvalidValueError,
            "sum to 1, or whole .* sum of 0.9'; d",
        ),
        ({"a": 0.5, "b": 0.5 + 3e-6}, InvalidValueError, "a sum of 1.000003"),
        ({"a": 0, "b": 0}, InvalidValueError, r"population\['a'\] must be more than 0"),
        (
            {"a": 0.0, "b": 1.0},
            InvalidValueError,
            r"\['a'\] must be more than 0; got 0;",
        ),
        ({"a": -1, "b": 2}, InvalidValueError, r"\['a'\] must be finite and not neg"),
        ({"a": math.inf, "b": 2}, InvalidValueError, r"\['a'\] must be finite"),
        ({"a": math.nan, "b": 2}, InvalidValueError, r"\['a'\] must be finite"),
        ({"a": "x", "b": 2}, InvalidTypeError, r"\['a'\] must be a number; got 'x'"),
        ({"a": True, "b": 2}, InvalidTypeError, r"\['a'\] must be a number; got True"),
        ({"a": 1.0}, MissingValueError, r"population\['b'\] is missing; it must say"),
        (
            {"a": 0.5, "b": 0.4, "c": 0.1},
            InvalidValueError,
            "population must hold no other label; got 'c'; labels are 'a', 'b'",
        ),
        ({"a": 48, "b": 52}, InvalidValueError, "a sum of 100'; if these are percent"),
        (
            {"a": 4, "b": 52},
            InvalidValueError,
            r"\['a'\] must be at least .* \(5\); got 4",
        ),
        ({"a": 48.5, "b": 60}, InvalidValueError, "a sum of 108.5"),
        ([0.5, 0.5], InvalidTypeError, "population must be a mapping of label to"),
    ],
)
def test_bad_populations(population: Any, error: type[CxmError], words: str) -> None:
    strata = MEAN(tallied([[1, 1, 1, 1, 1], [2, 2, 2, 2, 2]]))
    with pytest.raises(error, match=words):
        poststratify(strata, population)


def test_shares_may_be_rounded() -> None:
    strata = MEAN(tallied([[1, 1, 1, 1, 1], [2, 2, 2, 0, 0], [0, 0, 0, 0, 2]]))
    thirds = poststratify(strata, dict.fromkeys(["a", "b", 3], 0.3333333))
    assert thirds.value == pytest.approx((3 + 2 + 5) / 3)


def test_bad_strata() -> None:
    good = tallied([[1, 1, 1, 1, 1], [2, 2, 2, 2, 2]])
    with pytest.raises(InvalidTypeError, match="estimates must be an Estimates; got 5"):
        poststratify(5, {})  # type: ignore[arg-type]
    with pytest.raises(
        InvalidTypeError, match="estimates must be an Estimates; got NPS"
    ):
        poststratify(nps([10, 3]), {})  # type: ignore[arg-type]
    for few, n in (([0, 0, 1, 0, 0], 1), ([0] * 5, 0)):
        lonely = tallied([[1, 1, 1, 1, 1], few])
        words = f"two answers in each stratum; got \"{n} in 'b'\"; .*join strata"
        with pytest.raises(InvalidValueError, match=words):
            poststratify(NET(lonely), {"a": 0.5, "b": 0.5})
    with pytest.raises(InvalidValueError, match=r"exactly one axis.*got 'year"):
        poststratify(TOP(samples.airport()), {})
    with pytest.raises(InvalidValueError, match="level must lie between 0 and 1"):
        poststratify(NET(good), {"a": 0.5, "b": 0.5}, level=95)
    bare = attrs.evolve(NET(good), shares=None)
    with pytest.raises(InvalidValueError, match="estimates must hold shares; got"):
        poststratify(bare, {"a": 0.5, "b": 0.5})
    odd = attrs.evolve(NET(good), definition=Scale(1, 5, higher_is_better=True))
    with pytest.raises(
        InvalidTypeError, match=r"estimates.definition must be a NetScore, B"
    ):
        poststratify(odd, {"a": 0.5, "b": 0.5})
    weightless = TOP(
        [1, 5, 2, 3], scale=STARS_1_5, by=list("aabb"), weights=[1, 2, 0, 0]
    )
    with pytest.raises(
        InvalidValueError, match='be known in each stratum; got "nan in'
    ):
        poststratify(weightless, {"a": 0.5, "b": 0.5})
    none = MEAN(Tally.count([], scale=STARS_1_5, by=[]))
    with pytest.raises(InvalidValueError, match="population must be shares that sum"):
        poststratify(none, {})


# Raking


AXES = ("age", "region", "kind")


def drawn(seed: int, n: int, axes: int = 2) -> dict[str, Column]:
    """Return columns in which every label occurs with every other."""
    rng = np.random.default_rng(seed)
    every = list(itertools.product("xyz", "pq", "uvw"[:2]))
    picks = [*every, *(every[k] for k in rng.integers(0, len(every), n))]
    rng.shuffle(picks)
    return {AXES[k]: [str(row[k]) for row in picks] for k in range(axes)}


def aims(seed: int, columns: dict[str, Column]) -> dict[str, dict[Any, float]]:
    rng = np.random.default_rng(seed)
    found = {}
    for name, column in columns.items():
        labels = sorted(set(column))
        share = rng.dirichlet(np.full(len(labels), 5.0))
        found[name] = dict(zip(labels, share.tolist(), strict=True))
    return found


def dense(
    columns: dict[str, Column],
    targets: dict[str, dict[Any, float]],
    weights: npt.ArrayLike,
) -> npt.NDArray[np.float64]:
    """Rake row by row, a margin after the other, until nothing moves."""
    result = np.array(weights, dtype=float)
    rows = [
        (np.equal(columns[name], label), share * len(result))
        for name, target in targets.items()
        for label, share in target.items()
    ]
    for _ in range(60):
        for chosen, total in rows:
            result[chosen] *= total / result[chosen].sum()
    return result


SEEDS = st.integers(0, 10_000)
SIZES = st.integers(0, 60)


@pytest.mark.reference
def test_published_table() -> None:
    # Wikipedia, "Iterative proportional fitting": rows, then columns, three times.
    table = np.array(
        [
            [40, 30, 20, 10],
            [35, 50, 100, 75],
            [30, 80, 70, 120],
            [20, 30, 40, 50],
        ]
    )
    rows, columns = (axis.reshape(-1) for axis in np.indices((4, 4)))
    each = table.reshape(-1)
    raked = rake(
        {"row": np.repeat(rows, each), "column": np.repeat(columns, each)},
        {
            "row": dict(enumerate([150, 300, 400, 150])),
            "column": dict(enumerate([200, 300, 400, 100])),
        },
        max_iterations=3,
    )
    cells = np.repeat(np.arange(16), each)
    fitted = np.bincount(cells, raked.weights).reshape(4, 4) * 1000 / table.sum()
    printed = [
        [64.61, 46.28, 35.42, 3.83],
        [49.95, 68.15, 156.49, 25.37],
        [56.70, 144.40, 145.06, 53.76],
        [28.74, 41.18, 63.03, 17.03],
    ]
    assert np.abs(fitted - printed).max() <= 0.005


@given(SEEDS, SIZES, st.integers(1, 3))
def test_margins_are_met_as_by_loops(seed: int, n: int, axes: int) -> None:
    columns = drawn(seed, n, axes)
    targets = aims(seed, columns)
    raked = rake(columns, targets)
    assert raked.converged
    assert raked.discrepancy <= 1e-10
    assert raked.weights == pytest.approx(dense(columns, targets, np.ones(n + 12)))
    assert raked.weights.mean() == pytest.approx(1)
    for name, target in targets.items():
        assert raked.targets[name] == pytest.approx(target)
        for label, share in target.items():
            rows = np.array(columns[name]) == label
            assert raked.weights[rows].sum() / (n + 12) == pytest.approx(share)
            assert raked.margins[name][label] == pytest.approx(share)
    assert raked.design_effect == pytest.approx(design_effect(raked.weights))
    assert raked.effective_n == pytest.approx(effective_n(raked.weights))
    ratio = raked.weights.max() / raked.weights.min()
    assert raked.weight_ratio == pytest.approx(ratio)
    assert len(raked) == n + 12


@given(SEEDS, SIZES, st.floats(0.01, 100))
def test_weights_to_start_from(seed: int, n: int, by: float) -> None:
    columns = drawn(seed, n)
    targets = aims(seed, columns)
    start = np.random.default_rng(seed).gamma(3, 1, n + 12)
    raked = rake(columns, targets, weights=start)
    assert raked.weights == pytest.approx(dense(columns, targets, start))
    scaled = rake(columns, targets, weights=by * start)
    assert scaled.weights == pytest.approx(raked.weights)
    again = rake(columns, targets, weights=raked.weights, tolerance=1e-9)
    assert again.iterations == 0
    assert again.weights == pytest.approx(raked.weights)
    least = np.full(n + 12, 2.0)
    assert rake(columns, targets, weights=least).weights == pytest.approx(
        rake(columns, targets).weights
    )


@given(SEEDS, SIZES, st.randoms())
def test_rows_axes_and_labels_may_come_in_any_order(
    seed: int, n: int, random: Any
) -> None:
    columns = drawn(seed, n, 3)
    targets = aims(seed, columns)
    raked = rake(columns, targets)
    order = random.sample(range(n + 12), n + 12)
    mixed = {name: [column[i] for i in order] for name, column in columns.items()}
    assert rake(mixed, targets).weights.tolist() == raked.weights[order].tolist()
    names = random.sample(list(columns), 3)
    turned = rake(
        {name: columns[name] for name in names},
        {
            name: dict(random.sample(list(targets[name].items()), len(targets[name])))
            for name in columns
        },
    )
    assert turned.weights == pytest.approx(raked.weights, abs=1e-8)
    twice = rake({name: 2 * column for name, column in columns.items()}, targets)
    assert twice.weights == pytest.approx(np.tile(raked.weights, 2))


@given(SEEDS, SIZES)
def test_numbers_are_as_good_as_shares(seed: int, n: int) -> None:
    columns = drawn(seed, n)
    counts = np.random.default_rng(seed).integers(1, 9, 3).tolist()
    whole = {
        "age": dict(
            zip("xyz", [counts[0], counts[1], 30 - sum(counts[:2])], strict=True)
        ),
        "region": {"p": counts[2], "q": 30 - counts[2]},
    }
    shares = {n: {k: v / 30 for k, v in each.items()} for n, each in whole.items()}
    one, other = rake(columns, whole), rake(columns, shares)
    assert one.weights == pytest.approx(other.weights)


def test_pairs_of_codes_and_many_rows() -> None:
    rng = np.random.default_rng(2)
    n = 150_000
    ages, regions = rng.integers(0, 3, n), rng.integers(0, 2, n)
    targets = {
        "age": {"old": 0.5, "young": 0.3, "middle": 0.2, "unborn": 0},
        "region": {"n": 0.6, "s": 0.4},
    }
    names = ["young", "middle", "old", "nobody"]
    pairs = rake({"age": (ages, names), "region": (regions, ["s", "n"])}, targets)
    texts = rake(
        {"age": np.array(names)[ages], "region": np.array(["s", "n"])[regions]}, targets
    )
    assert pairs == texts
    assert pairs.cells.dtype == np.uint8
    assert pairs.combinations.tolist() == [list(x) for x in np.ndindex(3, 2)]
    assert pairs.margins["age"]["unborn"] == 0
    assert not pairs.weights.flags.writeable
    rows = (ages == 2) & (regions == 0)
    assert np.ptp(pairs.weights[rows]) == 0
    cell = pairs.cells[np.argmax(rows)]
    assert pairs.combinations[cell].tolist() == [0, 1]
    ages[140_000] = 3
    words = r"columns\['age'\]\[140000\] must be a label of its target; got 'nobody'"
    with pytest.raises(InvalidValueError, match=words):
        rake({"age": (ages, names)}, {"age": targets["age"]})


def test_many_combinations_are_kept_sparse() -> None:
    n = 300
    columns = {f"a{k}": [(i * (k + 1)) % 100 for i in range(n)] for k in range(9)}
    targets = {name: dict.fromkeys(range(100), 0.01) for name in columns}
    for column in columns.values():
        column[:100] = range(100)
    raked = rake(columns, targets, max_iterations=5)
    assert len(raked.combinations) <= n
    wider = {f"b{k}": column for k, column in enumerate(columns.values())} | columns
    with pytest.raises(
        InvalidValueError, match="at most 4,611,686,018,427,387,904 comb"
    ):
        rake(wider, {name: dict.fromkeys(range(100), 0.01) for name in wider})


def test_what_cannot_be_met_is_said() -> None:
    columns = {"age": ["o", "o", "y"], "region": ["n", "s", "s"]}
    targets = {"age": {"o": 0.3, "y": 0.7}, "region": {"n": 0.5, "s": 0.5}}
    raked = rake(columns, targets, max_iterations=50)
    assert not raked.converged
    assert raked.iterations == 50
    assert raked.discrepancy > 0.05
    assert "NOT CONVERGED (off by" in repr(raked)
    assert repr(raked) in str(raked)
    assert (
        "do not match the customers in age and region: after 50 iterations a share is"
        " still off by 20 points. More iterations do not help: the targets contradict"
        " each other in these answers. The margin farthest off is age, where 'o' has"
        " 50.0 % instead of 30.0 %."
    ) in raked.summary()
    assert raked.weights.mean() == pytest.approx(1)
    assert not raked.to_dict()["converged"]
    longer = rake(columns, targets, max_iterations=3000)
    assert np.isfinite(longer.weights).all()
    assert longer.discrepancy > 0.05
    assert longer.estimate(TOP, [1, 5, 2], scale=STARS_1_5).n == 3
    once = rake(
        {"age": ["o", "y", "y"]}, {"age": {"o": 0.5, "y": 0.5}}, max_iterations=1
    )
    assert once.converged
    assert repr(once).endswith("1 iteration")


def test_respondents_of_weight_0_keep_it() -> None:
    columns = {"age": ["o", "o", "y", "y", "y"], "region": list("nsnsn")}
    targets = {"age": {"o": 0.6, "y": 0.4}, "region": {"n": 0.5, "s": 0.5}}
    start = [1, 2, 3, 0, 1]
    raked = rake(columns, targets, weights=start, max_iterations=5)
    assert raked.weights[3] == 0
    assert raked.weights.mean() == pytest.approx(1)
    positive = raked.weights[raked.weights > 0]
    assert raked.weight_ratio == pytest.approx(positive.max() / positive.min())
    for metric in METRICS:
        found = raked.estimate(metric, [5, 3, 4, 1, 2], scale=STARS_1_5)
        assert math.isfinite(found.se)


GOOD = {"age": ["o", "o", "y"], "region": ["n", "s", "s"]}
AIM = {"age": {"o": 0.5, "y": 0.5}, "region": {"n": 0.5, "s": 0.5}}


@pytest.mark.parametrize(
    ("columns", "targets", "error", "words"),
    [
        (["o"], AIM, InvalidTypeError, "columns must be a mapping of axis names"),
        (GOOD, [AIM], InvalidTypeError, "targets must be a mapping of axis names"),
        ({}, {}, InvalidValueError, "columns must hold at least one axis"),
        ({"age": GOOD["age"]}, AIM, MissingValueError, r"columns\['region'\] is miss"),
        (GOOD, {"age": AIM["age"]}, MissingValueError, r"targets\['region'\] is missi"),
        ({"age": []}, {"age": {"o": 1}}, EmptySampleError, "columns must hold at l"),
        (
            GOOD | {"age": ["o"]},
            AIM,
            InvalidValueError,
            r"columns\['region'\] must ha",
        ),
        (
            GOOD | {"age": "ooy"},
            AIM,
            InvalidValueError,
            r"columns\['age'\] must be a c",
        ),
        (
            GOOD | {"age": ["o", None, "y"]},
            AIM,
            MissingValueError,
            r"columns\['age'\]\[1\] is missing",
        ),
        (
            GOOD | {"age": ["o", "y", "x"]},
            AIM,
            InvalidValueError,
            r"columns\['age'\]\[2\] must be a label of its.*got 'x'; targets are 'o'",
        ),
        (
            GOOD,
            AIM | {"age": {"o": 0.5, "y": 0.4}},
            InvalidValueError,
            r"targets\['age'\] must be shares that sum to 1.*a sum of 0.9",
        ),
        (
            GOOD,
            AIM | {"age": {"o": 40, "y": 60}},
            InvalidValueError,
            r"\['region'\] must have the total of targets\['age'\] \(100\); .* of 1'",
        ),
        (
            GOOD,
            {"age": {"o": 40, "y": 60}, "region": {"n": 10, "s": 91}},
            InvalidValueError,
            r"targets\['region'\] must have the total .* sum of 101",
        ),
        (GOOD, AIM | {"age": {}}, InvalidValueError, "a sum of 0"),
        (
            GOOD,
            AIM | {"age": 1},
            InvalidTypeError,
            r"\['age'\] must be a mapping of la",
        ),
        (
            GOOD,
            AIM | {"age": {"o": -0.5, "y": 1.5}},
            InvalidValueError,
            r"targets\['age'\]\['o'\] must be finite and not negative; got -0.5",
        ),
        (
            GOOD,
            AIM | {"age": {"o": 0.5, "y": 0.4, "z": 0.1}},
            InvalidValueError,
            r"\['age'\]\['z'\] must be 0, since no respondent has .*got 0.1; join",
        ),
        (
            GOOD,
            AIM | {"age": {"o": 0, "y": 1}},
            InvalidValueError,
            r"\['o'\] must be more than 0 for 2 respondents with this.*got 0; leave",
        ),
        (
            {"n": [1]},
            {"n": {1: 1}},
            InvalidValueError,
            "axis must not bear the name of a column of results; got 'n'",
        ),
        (
            {1: [1]},
            {1: {1: 1}},
            InvalidTypeError,
            "texts as names of axes",
        ),
        (
            {"age": ["o"]},
            {"age": {"o": 1, None: 0}},
            MissingValueError,
            "is missing",
        ),
    ],
)
def test_bad_margins(
    columns: Any, targets: Any, error: type[CxmError], words: str
) -> None:
    with pytest.raises(error, match=words):
        rake(columns, targets)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"weights": [1, 2]},
            InvalidValueError,
            r"weights must be one per.*\(3\); got 2",
        ),
        ({"weights": [1, -2, 1]}, InvalidValueError, r"weights\[1\] must be finite"),
        ({"weights": [1, None, 1]}, MissingValueError, r"weights\[1\] is missing"),
        (
            {"weights": [1, 1, 0]},
            InvalidValueError,
            r"\['y'\] must be 0, since no respondent of any weight has this",
        ),
        ({"max_iterations": 0}, InvalidValueError, "max_iterations must be at least 1"),
        ({"max_iterations": 2.5}, InvalidTypeError, "max_iterations must be a whole"),
        ({"tolerance": 0}, InvalidValueError, "tolerance must lie between 0 and 1"),
        ({"tolerance": "x"}, InvalidTypeError, "tolerance must be a number"),
    ],
)
def test_bad_options(
    options: dict[str, Any], error: type[CxmError], words: str
) -> None:
    with pytest.raises(error, match=words):
        rake(GOOD, AIM, **options)


# Errors of residuals


def residual_error(
    columns: dict[str, Column],
    weights: npt.NDArray[np.float64],
    numbers: npt.NDArray[np.float64],
) -> tuple[float, float, npt.NDArray[np.float64]]:
    """Return value, error and residuals by a regression on dummies of all labels."""
    dummies = [np.ones(len(numbers))]
    for column in columns.values():
        labels = sorted(set(column))[1:]
        dummies += [np.equal(column, label).astype(float) for label in labels]
    fitted = sm.WLS(numbers, np.array(dummies).T, weights=weights).fit()
    errors = numbers - fitted.fittedvalues
    n, total = len(numbers), weights.sum()
    se = math.sqrt(n / (n - 1) * (weights**2 * errors**2).sum()) / total
    return float(np.average(numbers, weights=weights)), se, errors


@given(SEEDS, SIZES, st.sampled_from(METRICS), st.sampled_from([None, 3]))
def test_errors_are_those_of_residuals(
    seed: int, n: int, metric: Any, shape: int | None
) -> None:
    columns = drawn(seed, n)
    rng = np.random.default_rng(seed)
    start = rng.gamma(shape, 1, n + 12) if shape else None
    raked = rake(columns, aims(seed, columns), weights=start)
    answers = rng.integers(1, 6, n + 12)
    found = raked.estimate(metric, answers, scale=STARS_1_5)
    numbers = metric.worth(STARS_1_5)[answers - 1]
    value, se, errors = residual_error(columns, raked.weights, numbers)
    assert found.value == pytest.approx(value, rel=1e-10, abs=1e-8)
    assert found.se == pytest.approx(se, rel=1e-8)
    assert found.method == f"raked {metric.methods[0]}"
    assert (found.n, found.missing) == (n + 12, 0)
    there = np.ones(n + 12, bool)
    effective = effective_by_hand(metric, (raked.weights, errors, numbers), there)
    assert found.n_effective == pytest.approx(effective, rel=1e-6)
    assert found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high
    if metric is MEAN:
        reach = stats.t.ppf(0.975, effective - 1) * se * math.sqrt((n + 11) / (n + 8))
        assert (found.low, found.high) == pytest.approx((value - reach, value + reach))


def effective_by_hand(
    metric: Any,
    columns: tuple[npt.NDArray[np.float64], ...],
    there: npt.NDArray[np.bool_],
) -> float:
    """Return what the interval takes; four labels can be told apart."""
    weights, errors, numbers = columns
    own, x, n = weights[there], numbers[there], there.sum()
    spread = (weights * errors**2).sum() / own.sum()
    squared = (weights**2 * errors**2).sum() / own.sum() ** 2
    kish = own.sum() ** 2 / (own**2).sum()
    effective = min(spread / squared, kish)
    left = max(n - 4, 0) / (n - 1)
    if metric is MEAN:
        return float(effective * left)
    up, down = (np.average(side, weights=own) for side in (x > 0, x < 0))
    more = (0.75, 0.75) if metric is NET else (1.5, 0)
    each = effective / 4
    p, q = ((x * each + k) / (each + 3) for x, k in zip((up, down), more, strict=True))
    variance = p + q - (p - q) ** 2
    value = np.average(x, weights=own)
    explained = (np.average((x - value) ** 2, weights=own) - spread) / 100**2
    gain = variance / (variance - explained * each / (each + 3))
    return float(effective * left * gain)


@given(SEEDS, SIZES, st.sampled_from(METRICS))
def test_skipped_answers(seed: int, n: int, metric: Any) -> None:
    columns = drawn(seed, n)
    rng = np.random.default_rng(seed)
    raked = rake(columns, aims(seed, columns))
    answers = rng.integers(1, 6, n + 12).astype(float)
    there = rng.random(n + 12) < 0.8
    there[:2] = True
    found = raked.estimate(
        metric, np.where(there, answers, np.nan), scale=STARS_1_5, missing="omit"
    )
    numbers = metric.worth(STARS_1_5)[answers.astype(int) - 1]
    value = np.average(numbers[there], weights=raked.weights[there])
    linear = np.where(there, numbers - value, 0)
    _, _, errors = residual_error(columns, raked.weights, linear)
    k, total = there.sum(), raked.weights[there].sum()
    se = math.sqrt(k / (k - 1) * (raked.weights**2 * errors**2).sum()) / total
    assert found.value == pytest.approx(value)
    assert found.se == pytest.approx(se, rel=1e-6, abs=1e-9)
    assert (found.n, found.missing) == (k, (~there).sum())
    effective = effective_by_hand(metric, (raked.weights, errors, numbers), there)
    assert found.n_effective == pytest.approx(effective, rel=1e-6)


@given(STRATA, SHARES, st.sampled_from(METRICS))
def test_one_margin_is_post_stratification(
    strata: list[list[int]], sizes: list[float], metric: Any
) -> None:
    people = population(sizes, len(strata))
    answers = np.concatenate([np.repeat(POINTS, counts) for counts in strata])
    groups = np.repeat(np.arange(len(strata)), [sum(counts) for counts in strata])
    raked = rake({"group": (groups, LABELS[: len(strata)])}, {"group": people})
    found = raked.estimate(metric, answers, scale=STARS_1_5)
    other = poststratify(metric(tallied(strata)), people)
    assert found.value == pytest.approx(other.value, abs=1e-9)
    # Within strata, n stands for n - 1; over all, n / (n - 1) is added.
    total = len(answers)
    squared = 0.0
    for counts, share in zip(strata, people.values(), strict=True):
        x = np.repeat(metric.worth(STARS_1_5), counts)
        squared += share**2 * x.var() / len(x)
    assert found.se == pytest.approx(math.sqrt(squared * total / (total - 1)), abs=1e-6)


@given(CELLS, st.sampled_from(METRICS))
def test_one_label_explains_nothing(counts: list[int], metric: Any) -> None:
    answers = np.repeat(POINTS, counts)
    raked = rake({"all": ["us"] * len(answers)}, {"all": {"us": 1}})
    found = raked.estimate(metric, answers, scale=STARS_1_5)
    weights = np.ones(len(answers))
    plain = metric(answers, scale=STARS_1_5, weights=weights)
    assert sure(found) == pytest.approx(sure(plain), nan_ok=True, abs=1e-6)


def test_margins_that_explain_make_it_surer() -> None:
    rng = np.random.default_rng(8)
    age = rng.integers(0, 2, 500)
    answers = np.where(rng.random(500) < 0.05, 3, np.where(age, 5, 1))
    raked = rake({"age": age}, {"age": {0: 0.3, 1: 0.7}})
    found = raked.estimate(NET, answers, scale=STARS_1_5)
    plain = NET(answers, scale=STARS_1_5, weights=raked.weights)
    assert found.value == plain.value
    assert found.shares == plain.shares
    assert found.se < 0.5 * plain.se
    assert found.high - found.low < 0.6 * (plain.high - plain.low)
    assert found.n_effective > 500


def test_few_who_fit_by_chance_are_not_certain() -> None:
    age = ["y"] * 3 + ["o"] * 3
    raked = rake({"age": age}, {"age": {"y": 0.5, "o": 0.5}})
    found = raked.estimate(NET, [5, 5, 5, 1, 1, 1], scale=STARS_1_5)
    assert found.se == 0
    assert found.high - found.low > 80
    alike = raked.estimate(TOP, [5] * 6, scale=STARS_1_5)
    assert (alike.value, alike.se, alike.high) == (100, 0, 100)
    assert alike.low < 60
    mean = raked.estimate(MEAN, [5, 5, 5, 1, 1, 1], scale=STARS_1_5)
    assert (mean.value, mean.se) == (3, 0)
    assert math.isnan(mean.low)
    rng = np.random.default_rng(3)
    ages, regions = rng.integers(0, 3, 50), rng.integers(0, 2, 50)
    aim = {"age": {0: 0.1, 1: 0.2, 2: 0.7}, "region": {0: 0.35, 1: 0.65}}
    raked = rake({"age": ages, "region": regions}, aim, weights=rng.gamma(3, 1, 50))
    mean = raked.estimate(MEAN, 1 + ages + 2 * regions, scale=STARS_1_5)
    assert mean.value == pytest.approx(1 + 0.2 + 1.4 + 1.3)
    assert mean.se == 0
    assert math.isnan(mean.low)
    for _ in range(10):
        split = np.where(regions, 4, 1) + rng.integers(0, 2, 50)
        assert raked.estimate(TOP, split, scale=STARS_1_5).se == 0
    split = np.where(regions, 4, 1)
    few = np.where(np.arange(50) < 2, split, np.nan)
    rest = raked.estimate(TOP, few, scale=STARS_1_5, missing="omit")
    assert (rest.n, rest.n_effective, rest.low, rest.high) == (2, 0, 0, 100)
    lone = rake({"age": ["y"]}, {"age": {"y": 1}}).estimate(NET, [5], scale=STARS_1_5)
    assert lone.value == 100
    assert math.isnan(lone.se)
    assert lone.low < 0
    saturated = rake({"age": ["y", "o"]}, {"age": {"y": 0.5, "o": 0.5}})
    found = saturated.estimate(TOP, [5, 1], scale=STARS_1_5)
    assert (found.value, found.low, found.high) == (50, 0, 100)


def test_errors_are_those_of_repeated_samples() -> None:
    joint = np.array([[0.25, 0.15], [0.2, 0.4]])
    answering = joint * [[0.5, 0.5], [1.5, 1.5]]
    rng = np.random.default_rng(12)
    targets = {"age": {0: 0.4, 1: 0.6}, "region": {0: 0.45, 1: 0.55}}
    chance = {0: [0.6, 0.2, 0.2], 1: [0.4, 0.2, 0.4], 2: [0.2, 0.2, 0.6]}
    values, errors, plain, hits = [], [], [], 0
    truth = sum(
        joint[a, r] * 100 * (chance[a + r][2] - chance[a + r][0])
        for a in (0, 1)
        for r in (0, 1)
    )
    for _ in range(200):
        cells = rng.choice(4, 150, p=answering.reshape(-1) / answering.sum())
        age, region = cells // 2, cells % 2
        level = np.cumsum([chance[k] for k in (age + region).tolist()], axis=1)
        answers = np.array([1, 3, 5])[(rng.random(150)[:, None] > level).sum(1)]
        raked = rake({"age": age, "region": region}, targets)
        found = raked.estimate(NET, answers, scale=STARS_1_5)
        values.append(found.value)
        errors.append(found.se)
        hits += found.low <= truth <= found.high
        plain.append(NET(answers, scale=STARS_1_5, weights=raked.weights).se)
    spread = float(np.std(values))
    assert np.mean(values) == pytest.approx(truth, abs=3 * spread / math.sqrt(200))
    assert np.mean(errors) == pytest.approx(spread, rel=0.12)
    assert np.mean(plain) > 1.02 * np.mean(errors)
    assert 0.92 <= hits / 200 <= 0.985


def test_bad_estimates() -> None:
    raked = rake(GOOD, AIM)
    with pytest.raises(
        InvalidTypeError, match="metric must be a NetScore, BoxShare or"
    ):
        raked.estimate(nps, [1, 2, 3], scale=RECOMMEND_0_10)  # type: ignore[arg-type]
    with pytest.raises(
        InvalidValueError, match=r"answers must be one per .*\(3\); got 2"
    ):
        raked.estimate(NET, [1, 2], scale=STARS_1_5)
    with pytest.raises(InvalidValueError, match=r"answers\[1\] must"):
        raked.estimate(NET, [1, 7, 2], scale=STARS_1_5)
    with pytest.raises(MissingValueError, match=r"answers\[1\] is missing"):
        raked.estimate(NET, [1, None, 2], scale=STARS_1_5)
    with pytest.raises(MissingValueError, match="scale must be given"):
        raked.estimate(NET, [1, 2, 3], scale=None)  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match="level must lie"):
        raked.estimate(NET, [1, 2, 3], scale=STARS_1_5, level=95)
    with pytest.raises(InvalidValueError, match="missing must be one of"):
        raked.estimate(NET, [1, 2, 3], scale=STARS_1_5, missing="drop")  # type: ignore[arg-type]
    with pytest.raises(EmptySampleError, match="all 3 are missing"):
        raked.estimate(NET, [None] * 3, scale=STARS_1_5, missing="omit")
    with pytest.raises(InvalidTypeError, match=r"answers\[0\] must be a number"):
        raked.estimate(NET, ["a", "b", "c"], scale=STARS_1_5)
    easy = raked.estimate(MEAN, [1, 2, 3], scale=EFFORT_1_5, level=0.5)
    assert (easy.scale, easy.level) == (EFFORT_1_5, 0.5)


# The result


def test_words_and_plain_values() -> None:
    columns = {"age": ["y"] * 3 + ["o"] * 7}
    raked = rake(columns, {"age": {"y": 0.5, "o": 0.5}})
    assert repr(raked) == (
        "Raked, 10 respondents to age (2): design effect 1.19, 1 iteration"
    )
    assert raked.summary() == (
        "With these weights the 10 respondents match the customers in age. They are as"
        " good as 8.4 answers of equal weight (design effect 1.19); the largest weight"
        " is 2.3 times the smallest."
    )
    assert str(raked).splitlines()[1:] == [
        "axis  label  n  sample  target  weighted",
        "age   y      3  30.0 %  50.0 %    50.0 %",
        "age   o      7  70.0 %  50.0 %    50.0 %",
    ]
    first, second = raked.to_records()
    assert first == {
        "axis": "age",
        "label": "y",
        "n": 3,
        "sample": 30.0,
        "target": 50.0,
        "weighted": pytest.approx(50),
    }
    assert second["n"] == 7
    assert raked.to_columns()["label"] == ["y", "o"]
    plain = raked.to_dict()
    assert plain["margins"] == raked.to_records()
    assert plain["weights"] == raked.weights.tolist()
    assert plain["respondents"] == 10
    assert (plain["converged"], plain["iterations"]) == (True, 1)
    assert plain["design_effect"] == pytest.approx(0.5**2 / 0.3 + 0.5**2 / 0.7)
    assert plain["effective_n"] == pytest.approx(10 / plain["design_effect"])
    assert plain["weight_ratio"] == pytest.approx(7 / 3)
    assert plain["discrepancy"] == pytest.approx(0, abs=1e-12)
    assert raked._repr_html_().count("<tr") == 3


def test_copies_pass_through_the_constructor() -> None:
    raked = rake(GOOD | {"age": ["o", "y", "y"]}, AIM)
    copied = pickle.loads(pickle.dumps(raked))  # noqa: S301  our own
    assert raked == copied == copy.deepcopy(raked)
    assert raked != 5
    assert raked != attrs.evolve(raked, iterations=77)
    assert raked != attrs.evolve(raked, weights=raked.weights[::-1])
    for name in ("weights", "cells", "combinations", "target"):
        assert not getattr(copied, name).flags.writeable
    with pytest.raises(TypeError):
        hash(raked)


def built(**changes: Any) -> Raked:
    fields: dict[str, Any] = {
        "weights": [0.5, 1.5],
        "cells": [0, 1],
        "combinations": [[0], [1]],
        "grid": Axes.of({"age": ["y", "o"]}),
        "target": [0.25, 0.75],
        "iterations": 1,
        "tolerance": 1e-10,
    }
    return Raked(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        (
            {"weights": [1.0, 1.5]},
            InvalidValueError,
            "weights must have a mean of 1; got",
        ),
        (
            {"weights": [-0.5, 2.5]},
            InvalidValueError,
            r"weights\[0\] must not be negati",
        ),
        ({"weights": [math.nan, 1]}, InvalidValueError, r"weights\[0\] must be finite"),
        ({"weights": ["a", "b"]}, InvalidTypeError, "weights must hold numbers"),
        (
            {"weights": [[1, 1]]},
            InvalidValueError,
            r"weights must have the shape \(2,\)",
        ),
        (
            {"weights": []},
            EmptySampleError,
            "weights must hold at least one respondent",
        ),
        ({"cells": [0]}, InvalidValueError, r"cells must have the shape \(2,\)"),
        (
            {"cells": [0, 2]},
            InvalidValueError,
            r"cells\[1\] must be the code of one of 2",
        ),
        ({"cells": [0.5, 1]}, InvalidTypeError, "cells must be a column of whole numb"),
        (
            {"combinations": [[0], [2]]},
            InvalidValueError,
            r"combinations\[1\] must be th",
        ),
        (
            {"combinations": [0, 1]},
            InvalidValueError,
            "combinations must have the shape",
        ),
        ({"grid": 1}, InvalidTypeError, "grid must be an Axes"),
        ({"target": [0.25]}, InvalidValueError, r"target must have the shape \(2,\)"),
        ({"target": [0.25, 0.5]}, InvalidValueError, "target must sum to 1 over 'age'"),
        (
            {"target": [-0.25, 1.25]},
            InvalidValueError,
            r"target\[0\] must not be negati",
        ),
        ({"iterations": -1}, InvalidValueError, "iterations must not be negative"),
        ({"tolerance": 2}, InvalidValueError, "tolerance must be between 0 and 1"),
    ],
)
def test_bad_fields(changes: dict[str, Any], error: type[CxmError], words: str) -> None:
    assert built().converged
    assert not built(target=[0.25 + 3e-10, 0.75 - 3e-10]).converged
    with pytest.raises(error, match=words):
        built(**changes)


@pytest.mark.parametrize("rounds", [1, 50, 1000])
def test_targets_that_contradict_each_other_are_told_from_slow_ones(
    rounds: int,
) -> None:
    twins: dict[str, Any] = {"r": ["A", "A", "B"], "y": [1, 1, 2]}
    aim: dict[str, Any] = {"r": {"A": 0.5, "B": 0.5}, "y": {1: 0.2, 2: 0.8}}
    told = rake(twins, aim, max_iterations=rounds).summary()
    assert "contradict each other" in told
    assert "farthest off is r, where 'B' has 80.0 % instead of 50.0 %" in told
    # These are met in the end, by weights of 0, but ever more slowly.
    slow = {"a": ["x", "x", "y"], "b": ["u", "v", "v"]}
    halves = {"a": {"x": 0.5, "y": 0.5}, "b": {"u": 0.5, "v": 0.5}}
    told = rake(slow, halves, max_iterations=rounds).summary()
    assert "contradict" not in told
    assert "Allow more" in told


def test_what_is_off_by_rounding_is_no_contradiction() -> None:
    rng = np.random.default_rng(1)
    columns = {name: rng.integers(0, 4, 300).tolist() for name in "abc"}
    aim = {name: {0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4} for name in "abc"}
    raked = rake(columns, aim, tolerance=1e-300, max_iterations=200)
    assert not raked.converged
    assert "contradict" not in raked.summary()


class _Series:
    """As a series of pandas: no mapping, but it can become one."""

    def to_dict(self) -> dict[str, float]:
        return {}


def test_series_are_told_how_to_become_mappings() -> None:
    strata = NET(Tally.count([1, 5, 5, 4], scale=STARS_1_5, by=["a", "b", "a", "b"]))
    given: Any = _Series()
    calls: list[Callable[[], object]] = [
        lambda: poststratify(strata, given),
        lambda: rake({"a": ["x"]}, {"a": given}),
        lambda: rake({"a": ["x"]}, given),
    ]
    for call in calls:
        with pytest.raises(InvalidTypeError, match=r"pass its \.to_dict\(\)"):
            call()


def test_sums_beyond_floats_are_refused() -> None:
    strata = NET(Tally.count([1, 5, 5, 4], scale=STARS_1_5, by=["a", "b", "a", "b"]))
    with pytest.raises(InvalidValueError, match="population must have a sum that is"):
        poststratify(strata, {"a": 1e308, "b": 1e308})
    with pytest.raises(InvalidValueError, match=r"targets\['a'\] must have a sum that"):
        rake({"a": ["x", "y"]}, {"a": {"x": 1e308, "y": 1e308}})


def test_only_ratios_of_targets_count() -> None:
    percent = rake({"a": ["x", "y"]}, {"a": {"x": 30, "y": 70}})
    assert percent == rake({"a": ["x", "y"]}, {"a": {"x": 0.3, "y": 0.7}})


def test_the_method_of_strata_is_named() -> None:
    strata = [[0, 1, 2, 3, 4], [4, 3, 3, 1, 1]]
    for metric, method in ((NET, "adjusted-wald"), (TOP, "wilson"), (MEAN, "t")):
        found = poststratify(metric(tallied(strata)), population([0.5, 0.5], 2))
        assert found.method == f"post-stratified {metric.methods[0]}"
        assert found.method == f"post-stratified {method}"


def test_nobody_s_label_is_named_wherever_it_stands() -> None:
    strata = TOP(tallied([[0, 1, 2, 3, 4], [1, 1, 1, 1, 1], [4, 3, 3, 1, 1]]))
    first, second, third = strata.grid.levels[0]
    for label in (second, third):
        sizes = {first: 1.0, second: 1.0, third: 1.0, label: 0.0}
        with pytest.raises(InvalidValueError, match="be more than 0") as told:
            poststratify(strata, sizes)
        assert told.value.argument == f"population[{label!r}]"
        crowd = {first: 600.0, second: 600.0, third: 600.0, label: 1.0}
        with pytest.raises(InvalidValueError, match="number of answers") as told:
            poststratify(strata, crowd)
        assert told.value.argument == f"population[{label!r}]"
