"""Who is best, and who was only lucky? Laws, oracles and words of `league_table`."""

import copy
import itertools
import math
import pickle
import xml.etree.ElementTree as ET
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmkit import (
    EFFORT_1_5,
    SATISFACTION_1_5,
    CxmError,
    Estimates,
    Scale,
    Tally,
    _draw_inference,
    csat,
    mean_score,
    nps,
)
from cxmkit.errors import EmptySampleError, InvalidTypeError, InvalidValueError
from cxmkit.league import (
    LeagueTable,
    _all_pairs,
    _credibility,
    _one_to_others,
    _posterior,
    _rank_interval,
    _rivals,
    _within,
    league_table,
)
from cxmkit.metrics import BoxShare, MeanScore, NetScore

SCALE = SATISFACTION_1_5
NET = NetScore(name="Net", positive=(5,), negative=(1, 2))
SHARE = BoxShare(name="Share", points=(4, 5))
MEAN = MeanScore(name="Mean")
METRICS: list[Any] = [NET, SHARE, MEAN]
every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
few = settings(max_examples=max(10, settings().max_examples // 2))

ARRAYS = (
    *("value", "shrunken", "low", "high", "n", "n_effective", "credibility"),
    *("rank", "rank_low", "rank_high"),
)

row = st.lists(st.integers(0, 8), min_size=5, max_size=5)
filled_row = row.filter(any)
tables = st.lists(filled_row, min_size=2, max_size=7)


def estimates(metric: Any, counts: Any, scale: Scale = SCALE) -> Estimates:
    labels = [f"b{i}" for i in range(len(counts))]
    tally = Tally.from_counts(counts, scale=scale, by={"branch": labels})
    found: Estimates = metric(tally)
    return found


def league(metric: Any, counts: Any, **options: Any) -> LeagueTable:
    return league_table(estimates(metric, counts), **options)


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


def close(expected: Any, rel: float = 1e-9) -> Any:
    return pytest.approx(expected, rel=rel, abs=1e-9, nan_ok=True)


# Published figures

# Average bodily injury claims and their number, five states, twelve quarters from July
# 1970 to June 1973 (Hachemeister 1975).
AMOUNTS = [
    [1738, 1642, 1794, 2051, 2079, 2234, 2032, 2035, 2115, 2262, 2267, 2517],
    [1364, 1408, 1597, 1444, 1342, 1675, 1470, 1448, 1464, 1831, 1612, 1471],
    [1759, 1685, 1479, 1763, 1674, 2103, 1502, 1622, 1828, 2155, 2233, 2059],
    [1223, 1146, 1010, 1257, 1426, 1532, 1953, 1123, 1343, 1243, 1762, 1306],
    [1456, 1499, 1609, 1741, 1482, 1572, 1606, 1735, 1607, 1573, 1613, 1690],
]
CLAIMS = [
    [7861, 9251, 8706, 8575, 7917, 8263, 9456, 8003, 7365, 7832, 7849, 9077],
    [1622, 1742, 1523, 1515, 1622, 1602, 1964, 1515, 1527, 1748, 1654, 1861],
    [1147, 1357, 1329, 1204, 998, 1077, 1277, 1218, 896, 1003, 1108, 1121],
    [407, 396, 348, 341, 315, 328, 352, 331, 287, 384, 321, 342],
    [2902, 3172, 3046, 3068, 2693, 2910, 3275, 2697, 2663, 3017, 3242, 3425],
]


@pytest.mark.reference
def test_the_credibility_of_five_states() -> None:
    # Within: 139120026, means and weights (actuar's documentation of `cm`); mean 1,684
    # and between 89,639 (lecture notes of the same data, unbiased estimators).
    amounts, claims = np.array(AMOUNTS, float), np.array(CLAIMS, float)
    n = claims.sum(axis=1)
    value = (claims * amounts).sum(axis=1) / n
    within = (claims * (amounts - value[:, None]) ** 2).sum() / (5 * 11)
    assert within == pytest.approx(139_120_026, abs=0.5)
    assert n.tolist() == [100_155, 19_895, 13_735, 4_152, 36_110]
    published = [2060.921, 1511.224, 1805.843, 1352.976, 1599.829]
    assert value == pytest.approx(published, abs=5e-4)
    between, credibility, mean = _credibility(value, n, within)
    assert between == pytest.approx(89_639, abs=0.5)
    assert mean == pytest.approx(1684, abs=0.5)
    premiums = mean + credibility * (value - mean)
    assert premiums == pytest.approx([2055, 1524, 1793, 1443, 1603], abs=0.5)


@pytest.mark.reference
def test_dunnett_s_limits_of_differences_from_one_other() -> None:
    published = [1.96, 2.21, 2.35, 2.44, 2.51, 2.57, 2.61, 2.65, 2.69]
    limits = [_one_to_others(np.ones(k + 1), 0.95)[0] for k in range(1, 10)]
    assert limits == pytest.approx(published, abs=5e-3)


@pytest.mark.reference
def test_tukey_s_limits_of_all_pairs() -> None:
    published = [2.77, 3.31, 3.63, 3.86, 4.03, 4.17, 4.29, 4.39, 4.47]
    limits = [math.sqrt(2) * _all_pairs(k, 0.95) for k in range(2, 11)]
    assert limits == pytest.approx(published, abs=5e-3)


# Oracles


@pytest.mark.parametrize("size", [2, 3, 12, 60])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_all_pairs_is_the_studentised_range(size: int, level: float) -> None:
    expected = scipy.stats.studentized_range.ppf(level, size, np.inf) / math.sqrt(2)
    assert _all_pairs(size, level) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_one_to_others_keeps_its_level_and_wastes_little(level: float) -> None:
    rng = np.random.default_rng(4)
    error = 1 / np.sqrt(np.concatenate([[5.0, 200.0], rng.integers(5, 200, 18)]))
    limits = _one_to_others(error, level)
    norm = scipy.stats.norm

    def below(place: int) -> float:
        own, others = error[place], np.delete(error, place)
        reach = limits[place] * np.hypot(own, others)

        def inside(luck: float) -> float:
            ends = (own * luck + reach) / others, (own * luck - reach) / others
            chance = np.prod(norm.cdf(ends[0]) - norm.cdf(ends[1]))
            return float(norm.pdf(luck) * chance)

        return float(scipy.integrate.quad(inside, -9, 9, limit=200)[0])

    kept = np.array([below(place) for place in range(5)])
    assert (kept > level - 1e-5).all()
    assert (kept < level + 0.5 * (1 - level)).all()


def test_who_is_less_sure_than_all_others_needs_hardly_more_than_one_test() -> None:
    limits = _one_to_others(np.array([0.01] * 19 + [1.0]), 0.95)
    assert 1.96 < limits[-1] < 2.01
    alone = _one_to_others(np.array([1.0] * 19 + [0.001]), 0.95)
    sidak = scipy.stats.norm.ppf((1 + 0.95 ** (1 / 19)) / 2)
    assert alone[-1] == pytest.approx(sidak, abs=1e-3)


@few
@given(
    groups=st.lists(
        st.tuples(st.integers(-9, 9), st.integers(1, 50)), min_size=2, max_size=6
    ),
    within=st.integers(1, 9),
)
def test_credibility_is_that_of_fractions(
    groups: list[tuple[int, int]], within: int
) -> None:
    y, n = ([Fraction(pair[i]) for pair in groups] for i in (0, 1))
    total = sum(n)
    mean = sum(a * b for a, b in zip(n, y, strict=True)) / total
    strayed = sum(a * (b - mean) ** 2 for a, b in zip(n, y, strict=True))
    scale = total - sum(a * a for a in n) / total
    between = max((strayed - (len(n) - 1) * within) / scale, Fraction(0))
    z = [a * between / (a * between + within) for a in n]
    if between:
        mean = sum(a * b for a, b in zip(z, y, strict=True)) / sum(z)
    arrays = np.array([p[0] for p in groups], float), np.array([p[1] for p in groups])
    found = _credibility(*arrays, within)
    assert found[0] == close(float(between))
    assert found[1] == close([float(x) for x in z])
    assert found[2] == close(float(mean))


def test_the_posterior_is_that_of_an_integral() -> None:
    value = np.array([60.0, 72.0, 75.0, 50.0])
    noise = np.array([90.0, 20.0, 4.0, 150.0])

    def at(between: float) -> tuple[float, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        weights = 1 / (between + noise)
        mean = weights @ value / weights.sum()
        density = np.sqrt(weights.prod() / weights.sum())
        density *= math.exp(-(weights @ (value - mean) ** 2) / 2)
        kept = between * weights
        spread = noise * kept + (1 - kept) ** 2 / weights.sum()
        return density, mean + kept * (value - mean), spread

    def integral(of: Callable[[float], float]) -> float:
        pieces = itertools.pairwise([0, 5, 50, 300, 2500])
        return float(sum(scipy.integrate.quad(of, *ends)[0] for ends in pieces))

    centre, sd = _posterior(value, noise, 2500.0)
    total = integral(lambda t: at(t)[0])
    for place in range(4):

        def first(t: float, place: int = place) -> float:
            return float(at(t)[0] * at(t)[1][place])

        def second(t: float, place: int = place) -> float:
            return float(at(t)[0] * (at(t)[2][place] + at(t)[1][place] ** 2))

        expected = integral(first) / total
        assert centre[place] == pytest.approx(expected, rel=2e-4)
        variance = integral(second) / total - expected**2
        assert sd[place] == pytest.approx(math.sqrt(variance), rel=2e-3)


def _differ(metric: Any, first: list[int], second: list[int], limit: float) -> int:
    """Say whether two groups differ, and in which way, from counts one by one."""
    found = []
    for counts in (first, second):
        points = np.repeat(np.arange(1, 6), counts).astype(float)
        n = len(points)
        if metric is NET:
            worth = np.select([points == 5, points <= 2], [100.0, -100.0])
            extra, times = [100.0, 0.0, -100.0], [0.75, 1.5, 0.75]
        elif metric is SHARE:
            worth = 100.0 * (points >= 4)
            extra, times = [100.0, 0.0], [1.0, 1.0]
        else:
            worth, extra, times = points, [], []
        numbers = np.concatenate([worth, extra])
        heavy = np.concatenate([np.ones(n), times])
        centre = np.average(numbers, weights=heavy)
        spread = np.average((numbers - centre) ** 2, weights=heavy)
        if metric is MEAN:
            ends = sum((centre - end) ** 2 for end in (1, 5))
            spread = (n * spread + ends) / (n + 1)
        found.append((worth.mean(), centre, spread, heavy.sum()))
    (y1, c1, v1, n1), (y2, c2, v2, n2) = found
    apart = max(v1 / n1 + v2 / n2, v1 / n2 + v2 / n1) + (c1 - c2) ** 2 / (n1 + n2)
    sure = abs(c1 - c2) > limit * math.sqrt(apart)
    same_way = (c1 - c2) * (y1 - y2) > 0
    return int(np.sign(c1 - c2)) if sure and same_way else 0


def _are_those_of_pairs(metric: Any, counts: list[list[int]], level: float) -> int:
    """Compare with pairs one by one; return how many differ."""
    table = league(metric, counts, ranks="all", level=level)
    limit = _all_pairs(len(counts), level)
    found = 0
    for place, mine in enumerate(counts):
        signs = [_differ(metric, mine, other, limit) for other in counts]
        low, high = 1 + signs.count(-1), len(counts) - signs.count(1)
        assert table.rank_low[place] == min(low, table.rank[place])
        assert table.rank_high[place] == max(high, table.rank[place])
        found += len(counts) - signs.count(0)
    return found


@every_metric
@few
@given(
    rows=st.lists(
        st.tuples(filled_row, st.sampled_from([1, 5, 40])), min_size=2, max_size=5
    ),
    level=st.sampled_from([0.3, 0.8, 0.95]),
)
def test_all_ranks_are_those_of_pairs_one_by_one(
    metric: Any, rows: list[tuple[list[int], int]], level: float
) -> None:
    counts = [[times * count for count in row] for row, times in rows]
    _are_those_of_pairs(metric, counts, level)


@every_metric
def test_all_ranks_are_those_of_pairs_of_any_size(metric: Any) -> None:
    rng = np.random.default_rng(12)
    found = 0
    for _ in range(10):
        n = rng.choice([3, 12, 60, 400], 16)
        chances = rng.dirichlet([0.7] * 5, 16)
        counts = [
            rng.multinomial(*row).tolist() for row in zip(n, chances, strict=True)
        ]
        found += _are_those_of_pairs(metric, counts, 0.7)
    assert 300 < found < 2000


def test_imaginary_answers() -> None:
    counts = [[1, 0, 0, 0, 4], [0, 0, 10, 0, 0]]
    share, net = (_rivals(estimates(metric, counts)) for metric in (SHARE, NET))
    assert share.n.tolist() == [7, 12]
    assert share.centre == close([500 / 7, 100 / 12])
    assert share.variance == close(100**2 * np.array([5 * 2 / 49, 11 / 144]))
    assert net.n.tolist() == [8, 13]
    assert net.centre == close([300 / 8, 0])
    assert net.variance == close(100**2 * np.array([6.5 / 8 - 9 / 64, 1.5 / 13]))
    mean = _rivals(estimates(MEAN, counts))
    assert mean.n.tolist() == [5, 10]
    assert mean.centre.tolist() == mean.value.tolist() == [4.2, 3]
    strayed = 5 * 2.56 + 3.2**2 + 0.8**2
    assert mean.variance == close([strayed / 6, 8 / 11])


def test_imaginary_answers_do_not_turn_a_difference_round() -> None:
    found = estimates(NET, [[0, 0, 0, 0, 1], [80, 0, 0, 0, 320]])
    rivals = _rivals(found)
    assert rivals.value[0] > rivals.value[1]
    assert rivals.centre[0] < rivals.centre[1]
    low, high = _rank_interval(rivals, 0.3, "each")
    assert (low.tolist(), high.tolist()) == ([1, 1], [2, 2])


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 30, (40, 5))
    whole = league(NET, counts)
    monkeypatch.setattr("cxmkit._checks.CHUNK", 120)  # three rows
    assert league(NET, counts) == whole
    monkeypatch.setattr("cxmkit._checks.CHUNK", 7)  # less than one
    assert league(NET, counts) == whole


# Laws


@every_metric
@given(counts=tables, times=st.sampled_from([1, 3, 50]))
def test_a_shrunken_score_lies_between_raw_and_mean(
    metric: Any, counts: list[list[int]], times: int
) -> None:
    table = league(metric, times * np.array(counts))
    ends = np.sort([table.value, np.full(len(table), table.mean)], axis=0)
    hair = 1e-12 * np.abs(ends).max()
    assert (ends[0] - hair <= table.shrunken).all()
    assert (table.shrunken <= ends[1] + hair).all()
    assert ((table.credibility >= 0) & (table.credibility < 1)).all()
    assert table.value.min() - hair <= table.mean <= table.value.max() + hair
    known = ~np.isnan(table.low)
    assert (table.low[known] <= table.shrunken[known]).all()
    assert (table.shrunken[known] <= table.high[known]).all()
    least, most = table.definition.range(table.scale)
    assert (table.low[known] >= least).all()
    assert (table.high[known] <= most).all()
    assert (table.rank_low <= table.rank).all()
    assert (table.rank <= table.rank_high).all()
    assert 0 < table.luck <= 1


@every_metric
@given(counts=tables)
def test_more_answers_more_credibility(metric: Any, counts: list[list[int]]) -> None:
    table = league(metric, counts)
    order = np.argsort(table.n, kind="stable")
    assert (np.diff(table.credibility[order]) >= 0).all()
    if table.between_sd:
        more = np.diff(table.n[order]) > 0
        assert (np.diff(table.credibility[order])[more] > 0).all()
        ratio = table.within_sd**2 / table.between_sd**2
        assert table.credibility == close(table.n / (table.n + ratio))


@every_metric
@few
@given(counts=tables, data=st.data())
def test_permuting_groups_permutes_results(
    metric: Any, counts: list[list[int]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(counts))))
    here, there = league(metric, counts), league(metric, [counts[i] for i in order])
    for name in ARRAYS:
        assert getattr(there, name) == close(getattr(here, name)[order])
    assert (there.mean, there.luck) == close((here.mean, here.luck))


@few
@given(counts=tables)
def test_the_other_direction_reverses_ranks(counts: list[list[int]]) -> None:
    up = league_table(estimates(MEAN, counts, SATISFACTION_1_5))
    down = league_table(estimates(MEAN, counts, EFFORT_1_5))
    assert up.shrunken.tolist() == down.shrunken.tolist()
    assert up.low.tolist() == close(down.low.tolist())
    size = len(counts)
    for place in range(size):
        equal = int((up.shrunken == up.shrunken[place]).sum())
        assert down.rank[place] == size + 2 - equal - up.rank[place]
        if equal == 1:
            assert down.rank_low[place] == size + 1 - up.rank_high[place]
            assert down.rank_high[place] == size + 1 - up.rank_low[place]
    assert up.better == down.worse
    assert up.worse == down.better


@every_metric
@few
@given(counts=tables)
def test_turning_answers_and_scale_changes_no_rank(
    metric: Any, counts: list[list[int]]
) -> None:
    turned = {
        NET: NetScore(name="Net", positive=(1,), negative=(4, 5)),
        SHARE: BoxShare(name="Share", points=(1, 2)),
        MEAN: MEAN,
    }[metric]
    here = league(metric, counts)
    mirrored = estimates(turned, [row[::-1] for row in counts], EFFORT_1_5)
    there = league_table(mirrored)
    assert there.rank.tolist() == here.rank.tolist()
    assert there.rank_low.tolist() == here.rank_low.tolist()
    assert there.rank_high.tolist() == here.rank_high.tolist()


@every_metric
@few
@given(one=filled_row, times=st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_equal_groups_are_not_told_apart(
    metric: Any, one: list[int], times: list[int]
) -> None:
    table = league(metric, np.outer(times, one))
    assert table.between_sd == 0
    assert table.luck == 1
    assert table.credibility.tolist() == [0] * len(times)
    assert table.shrunken.tolist() == [table.mean] * len(times)
    assert table.rank.tolist() == [1] * len(times)
    assert table.rank_low.tolist() == [1] * len(times)
    assert table.rank_high.tolist() == [len(times)] * len(times)
    assert not table.better
    assert not table.worse
    assert "nothing tells them apart" in repr(table)


@every_metric
@few
@given(counts=tables, times=st.sampled_from([1, 10, 100]))
def test_intervals_nest(metric: Any, counts: list[list[int]], times: int) -> None:
    found = estimates(metric, times * np.array(counts))
    each, every = league_table(found), league_table(found, ranks="all")
    assert (every.rank_low <= each.rank_low).all()
    assert (every.rank_high >= each.rank_high).all()
    assert (every.ranks, each.ranks) == ("all", "each")
    sure = league_table(found, level=0.999)
    assert (sure.rank_low <= each.rank_low).all()
    assert (sure.rank_high >= each.rank_high).all()
    known = ~np.isnan(sure.low)
    assert (sure.low[known] <= each.low[known]).all()
    assert (sure.high[known] >= each.high[known]).all()
    assert sure.shrunken.tolist() == each.shrunken.tolist()


def test_with_many_answers_scores_stay_and_ranks_are_sure() -> None:
    counts = 10_000 * np.array([[2, 2, 2, 2, 2], [1, 1, 2, 3, 3], [1, 1, 1, 3, 4]])
    table = league(MEAN, counts, ranks="all")
    assert table.shrunken == pytest.approx(table.value, abs=1e-3)
    assert table.rank.tolist() == [3, 2, 1]
    assert table.rank_low.tolist() == table.rank_high.tolist() == [3, 2, 1]
    assert table.luck < 0.001
    assert (table.better, table.worse) == (("b1", "b2"), ("b0",))


def test_equal_answers_keep_the_order_of_raw_scores() -> None:
    rng = np.random.default_rng(1)
    counts = rng.multinomial(40, [0.1, 0.1, 0.2, 0.3, 0.3], size=30)
    table = league(SHARE, counts)
    if table.between_sd:
        by_raw = scipy.stats.rankdata(-table.value, method="min")
        assert table.rank.tolist() == by_raw.tolist()


def test_equals_share_the_best_rank() -> None:
    counts = [[0, 0, 0, 50, 50], [50, 50, 0, 0, 0], [20, 30, 20, 30, 0]]
    table = league(MEAN, [counts[0], counts[2], counts[2], counts[1]])
    assert table.between_sd > 0
    assert table.rank.tolist() == [1, 2, 2, 4]


def test_a_rank_lies_in_its_interval_even_if_raw_scores_say_otherwise() -> None:
    # Many equal groups, and a smaller one so far above that pairs say it is better;
    # drawn to the mean it still falls behind the steady one that is a little better.
    rng = np.random.default_rng(2)
    stretched = np.zeros(2)
    for turn in range(60):
        n = rng.choice([15, 2000], 12)
        share = rng.choice([0.5, 0.55, 0.99], 12, p=[0.6, 0.3, 0.1])
        yes = rng.binomial(n, share if turn % 2 else 1 - share)
        counts = np.stack([n - yes, 0 * n, 0 * n, 0 * n, yes], axis=1)
        found = estimates(SHARE, counts)
        low, high = _rank_interval(_rivals(found), 0.95, "each")
        table = league_table(found)
        stretched += (table.rank < low).sum(), (table.rank > high).sum()
        assert (table.rank_low == np.minimum(low, table.rank)).all()
        assert (table.rank_high == np.maximum(high, table.rank)).all()
    assert (stretched > 0).all()


@pytest.mark.parametrize(("metric", "half"), [(NET, 100), (SHARE, 50), (MEAN, 2)])
def test_groups_differ_no_more_than_the_scale_has_room_for(
    metric: Any, half: float
) -> None:
    table = league(metric, [[2, 2, 2, 2, 3], [3, 2, 3, 2, 2]], level=0.6)
    noise = table.within_sd**2 / table.n
    centre, sd = _posterior(table.value, noise, half**2)
    reach = scipy.stats.norm.ppf(0.8) * sd
    assert table.low == close(centre - reach)
    assert table.high == close(centre + reach)


# Simulation


def _world(
    rng: np.random.Generator, groups: int, sd: float
) -> tuple[Estimates, np.ndarray[Any, Any]]:
    """Draw shares around 70 % with 5 to 200 answers each."""
    n = rng.integers(5, 201, groups)
    size = 0.21 / sd**2 - 1
    truth = rng.beta(0.7 * size, 0.3 * size, groups)
    yes = rng.binomial(n, truth)
    counts = np.stack([n - yes, 0 * n, 0 * n, 0 * n, yes], axis=1)
    return estimates(SHARE, counts), 100 * truth


def test_shrunken_scores_are_closer_to_the_truth_and_intervals_hold_it() -> None:
    rng = np.random.default_rng(20)
    shrunken = raw = held = ranks = order = 0.0
    runs = 25
    for _ in range(runs):
        found, truth = _world(rng, 40, 0.06)
        table = league_table(found)
        shrunken += ((table.shrunken - truth) ** 2).mean()
        raw += ((table.value - truth) ** 2).mean()
        held += ((table.low <= truth) & (truth <= table.high)).mean()
        rank = scipy.stats.rankdata(-truth)
        ranks += ((table.rank_low <= rank) & (rank <= table.rank_high)).mean()
        by_raw = scipy.stats.spearmanr(table.value, truth).statistic
        order += scipy.stats.spearmanr(table.shrunken, truth).statistic > by_raw
    assert shrunken < 0.5 * raw
    assert 0.93 < held / runs < 0.98
    assert ranks / runs > 0.97
    assert order > 0.7 * runs  # ranks are closer to the truth, too


@pytest.mark.parametrize("ranks", ["each", "all"])
def test_alike_groups_are_rarely_called_better(ranks: Any) -> None:
    rng = np.random.default_rng(3)
    n = np.tile([5, 20, 60, 200], 5)
    false = []
    for _ in range(60):
        yes = rng.binomial(n, 0.9)
        counts = np.stack([n - yes, 0 * n, 0 * n, 0 * n, yes], axis=1)
        rivals = _rivals(estimates(SHARE, counts))
        low, high = _rank_interval(rivals, 0.8, ranks)
        wrong = (low > 1) | (high < 20)
        false.append(wrong.mean() if ranks == "each" else wrong.any())
    assert 0 < np.mean(false) < 0.2


# Corners


def test_groups_without_answers_are_listed_but_not_ranked() -> None:
    full = [[5, 5, 5, 5, 9], [1, 2, 3, 9, 20], [9, 9, 1, 1, 1]]
    with_empty = [full[0], [0] * 5, *full[1:], [0] * 5]
    table, without = league(NET, with_empty), league(NET, full)
    there = [0, 2, 3]
    for name in ARRAYS:
        assert getattr(table, name)[there].tolist() == getattr(without, name).tolist()
    for name in ("value", "shrunken", "low", "high", "n_effective", "credibility"):
        assert np.isnan(getattr(table, name)[[1, 4]]).all()
    for name in ("n", "rank", "rank_low", "rank_high"):
        assert getattr(table, name)[[1, 4]].tolist() == [0, 0]
    assert table.ranked().labels == ("b2", "b0", "b3", "b1", "b4")
    assert table.summary().endswith("2 have no answers and no rank.")
    assert (
        league(NET, [*full, [0] * 5])
        .summary()
        .endswith("1 has no answers and no rank.")
    )
    record = table.to_records()[1]
    assert record["n"] == 0
    assert record["rank"] is record["rank_low"] is record["shrunken"] is None
    assert "(" not in str(table).splitlines()[-1]
    ET.fromstring(table.to_svg())  # noqa: S314  our own


@every_metric
def test_all_alike_leaves_no_interval(metric: Any) -> None:
    table = league(metric, [[0, 0, 0, 0, 3], [0, 0, 0, 0, 900]])
    assert table.between_sd == table.within_sd == 0
    assert table.shrunken.tolist() == table.value.tolist()
    assert np.isnan([table.low, table.high]).all()
    assert table.rank.tolist() == [1, 1]
    assert table.rank_high.tolist() == [2, 2]
    ET.fromstring(table.to_svg())  # noqa: S314  our own
    assert "nothing tells them apart" in table.summary()


@every_metric
def test_unanimous_groups_are_not_certain(metric: Any) -> None:
    table = league(metric, [[0, 0, 0, 0, 2], [2, 0, 0, 0, 0], [0, 0, 0, 0, 2]])
    assert table.within_sd > 0
    assert (table.credibility < 1).all()
    assert (table.low < table.high).all()
    assert table.rank_low.tolist() == [1, 1, 1]
    assert table.rank_high.tolist() == [3, 3, 3]
    # Variance of all answers, 3 groups of 2: over 4 degrees of freedom.
    worth = np.array([1, -1, 1]) * {NET: 100, SHARE: 50, MEAN: 2}[metric]
    strayed = 2 * ((worth - worth.mean()) ** 2).sum() / 5
    assert table.within_sd**2 == close(strayed / 4)


@every_metric
def test_one_answer_each_tells_nothing(metric: Any) -> None:
    rng = np.random.default_rng(5)
    for size in range(2, 40):
        one_each = np.eye(5, dtype=int)[rng.integers(0, 5, size)]
        found = estimates(metric, one_each)
        within = _within(found, found.value, found.n_effective)
        assert within == close(np.var(found.value, ddof=1))
        # Nothing is left between groups, not even by rounding.
        assert _credibility(found.value, found.n_effective, within)[0] == 0


def test_variance_within_groups_is_without_bias() -> None:
    counts = [[1, 0, 0, 0, 2], [0, 1, 0, 3, 0]]
    # Shares: 2 of 3 and 3 of 4; squares 2/3 and 3/4 over 7 - 2.
    table = league(SHARE, counts)
    assert table.within_sd**2 == close(100**2 * (2 / 3 + 3 / 4) / 5)
    net = league(NET, counts)
    squares = [3 - 1 / 3, 1 - 1 / 4]
    assert net.within_sd**2 == close(100**2 * sum(squares) / 5)
    answers = [np.repeat(np.arange(1, 6), row) for row in counts]
    expected = sum(np.var(x) * len(x) for x in answers) / 5
    assert league(MEAN, counts).within_sd ** 2 == close(expected)


def test_luck_is_noise_over_noise_and_signal() -> None:
    table = league(SHARE, [[20, 0, 0, 10, 10], [3, 3, 3, 1, 0], [0, 5, 5, 50, 40]])
    noise = (table.within_sd**2 / np.array([40, 10, 100])).mean()
    assert table.luck == close(noise / (noise + table.between_sd**2))


def test_weights_count_by_effective_answers() -> None:
    rng = np.random.default_rng(8)
    answers, by = rng.integers(1, 6, 300), rng.choice(list("abc"), 300)
    heavy = rng.uniform(0.2, 5, 300)
    found = csat(answers, scale=SCALE, by={"branch": by}, weights=heavy)
    table = league_table(found)
    assert table.n_effective.tolist() == found.n_effective.tolist()
    ratio = table.within_sd**2 / table.between_sd**2 if table.between_sd else math.inf
    assert table.credibility == close(found.n_effective / (found.n_effective + ratio))
    rivals = _rivals(found)
    assert rivals.n == close(found.n_effective + 2)
    same = csat(answers, scale=SCALE, by={"branch": by}, weights=np.ones(300))
    plain = league_table(csat(answers, scale=SCALE, by={"branch": by}))
    assert league_table(same).shrunken == close(plain.shrunken)


def test_a_single_answer_to_a_mean_has_a_variance() -> None:
    found = estimates(MEAN, [[0, 0, 0, 0, 1], [1, 2, 3, 4, 5]])
    assert math.isnan(found.se[0])
    rivals = _rivals(found)
    assert rivals.variance[0] == close((5 - 1) ** 2 / 2)
    assert rivals.n.tolist() == [1, 15]
    assert league_table(found).rank_high.tolist() == [2, 2]


def test_thousands_of_groups_are_fast_enough_to_wait_for() -> None:
    rng = np.random.default_rng(6)
    counts = rng.multinomial(50, [0.1, 0.1, 0.2, 0.3, 0.3], size=1500)
    table = league(NET, counts)
    assert len(table) == 1500
    assert table.ranked().rank[0] == 1


# Words


TEN = [
    [100 - x, 0, 0, 0, 100 + x] if i % 2 == 0 else [100 + x, 0, 0, 0, 100 - x]
    for i, x in enumerate(range(40, 90, 5))
]


@pytest.fixture
def five() -> LeagueTable:
    counts = [
        [10, 20, 60, 180, 130],
        [30, 50, 90, 150, 80],
        [0, 0, 1, 1, 3],
        [100, 120, 160, 15, 5],
        [0, 0, 0, 0, 0],
    ]
    names = ["Airport", "Centre", "Kiosk", "Market", "Closed"]
    tally = Tally.from_counts(counts, scale=SCALE, by={"branch": names})
    return league_table(csat(tally))


def test_what_a_table_says(five: LeagueTable) -> None:
    best = five.ranked()
    assert best.labels == ("Airport", "Kiosk", "Centre", "Market", "Closed")
    assert repr(five) == "CSAT (top 2) league of branch (5): first is Airport"
    said = five.summary()
    assert said.startswith(f"{five!r} with {five.shrunken[0]:.1f} % (")
    assert (
        f"Clearly better than the mean of {five.mean:.1f} %: 1 (Airport); clearly"
        " worse: 1 (Market)."
    ) in said
    # Who was picked for being first has no interval of a rank on its own.
    assert "may rank" not in said
    together = attrs.evolve(five, ranks="all").summary()
    low, high = five.rank_low[0], five.rank_high[0]
    assert f" from 400 answers), which may rank {low} to {high}. Clearly" in together
    assert "luck" not in said + together + five.to_svg()
    text = str(five)
    assert text.startswith("CSAT (top 2), drawn towards the mean of")
    assert text.splitlines()[0].endswith("ranks: 95 %, each on its own")
    assert text.splitlines()[1].split()[:3] == ["rank", "branch", "shrunken"]
    low, high = best.rank_low[0], best.rank_high[0]
    assert f"1 ({low}-{high})" in text.splitlines()[2]


def test_what_goes_out(five: LeagueTable) -> None:
    records, columns = five.to_records(), five.to_columns()
    assert [record["branch"] for record in records] == list(five.labels)
    assert columns["branch"] == list(five.labels)
    assert columns["rank"] == [record["rank"] for record in records]
    assert columns["rank"][-1] is None
    assert records[0]["shrunken"] == five.shrunken[0]
    assert records[0]["level"] == 0.95
    assert records[0]["metric"] == "CSAT (top 2)"
    assert records[0]["scale"] == SCALE.described
    assert list(records[0]) == list(columns)
    plain = five.to_dict()
    assert plain["labels"] == list(five.labels)
    assert plain["credibility"] == columns["credibility"]
    assert plain["mean"] == five.mean
    assert (plain["axis"], plain["ranks"]) == ("branch", "each")
    assert type(records[0]["n"]) is int


def test_a_drawing_is_complete(five: LeagueTable) -> None:
    svg = five.to_svg()
    ET.fromstring(svg)  # noqa: S314  our own
    assert svg.index("Airport") < svg.index("Centre") < svg.index("Market")
    assert "1 (1-" in svg
    assert five._repr_html_() == svg


def test_tables_are_equal_by_content_and_survive_copies(five: LeagueTable) -> None:
    assert pickle.loads(pickle.dumps(five)) == five  # noqa: S301  our own
    assert copy.deepcopy(five) == five
    assert five != five.ranked()
    assert five.ranked() == five.ranked().ranked()
    assert (five == 1) is False
    with pytest.raises(TypeError, match="unhashable"):
        hash(five)
    for name in ARRAYS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(five, name)[0] = 0
    assert attrs.evolve(five, mean=five.mean + 1) != five
    assert len(five) == 5


@pytest.mark.parametrize(
    ("luck", "words"),
    [
        (0.001, "less than 1 %"),
        (0.006, "less than 1 %"),
        (0.0149, "1 %"),
        (0.997, "99 %"),
        (0.5, "50 %"),
    ],
)
def test_only_all_of_it_is_all(luck: float, words: str) -> None:
    ten = league(SHARE, [*TEN, [0] * 5])
    noise = (ten.within_sd**2 / ten.n_effective[:10]).mean()
    between = math.sqrt(noise * (1 - luck) / luck)
    table = attrs.evolve(ten, between_sd=between)
    assert table.luck == close(luck)
    assert repr(table).endswith(f"; {words} of the variance of raw scores is luck")
    said = f"{words[0].upper()}{words[1:]} of the variance of raw scores is luck."
    assert f" answers). {said} Clearly better" in table.summary()
    assert said in table.to_svg()


def test_luck_is_said_of_ten_groups_with_answers() -> None:
    nine = league(SHARE, [*TEN[:9], [0] * 5])
    assert nine.between_sd > 0
    assert "luck" not in repr(nine) + nine.summary() + nine.to_svg()
    alike = league(SHARE, [[5, 0, 0, 0, 5]] * 3)
    assert "raw scores differ no more than luck alone" in alike.to_svg()


def test_three_of_those_beyond_the_mean_are_named_the_farthest_first() -> None:
    table = league(SHARE, TEN)
    assert table.better == ("b0", "b2", "b4", "b6", "b8")
    assert table.worse == ("b1", "b3", "b5", "b7", "b9")
    assert (
        ": 5 (b8, b6, b4 and 2 more in .better);"
        " clearly worse: 5 (b9, b7, b5 and 2 more in .worse)."
    ) in table.summary()
    one = league(SHARE, [[5, 0, 0, 0, 5], [3, 0, 0, 0, 3], [0, 0, 0, 0, 90]])
    some = attrs.evolve(one, high=[100] * 3)
    assert some.better == ("b2",)
    assert not some.worse
    assert ": 1 (b2); clearly worse: none." in some.summary()


def test_ranks_that_are_nearly_all_in_doubt_say_nothing() -> None:
    ten = league(SHARE, TEN)
    assert "next to nothing" not in ten.summary()
    table = attrs.evolve(ten, rank_low=[1] * 10, rank_high=[10] * 10)
    assert table.summary().endswith(
        " The ranks say next to nothing: half of them are unsure by 9 places of 9 or"
        " more (95 %, each on its own)."
    )
    last = ten.rank == 10
    eight = attrs.evolve(ten, rank_low=1 + last, rank_high=9 + last)
    assert "Half of the ranks are unsure by 8 places or more" in eight.summary()


def test_a_long_table_shows_both_ends() -> None:
    def lines(groups: int) -> list[str]:
        counts = [[i, 0, 0, 0, 100 - i] for i in range(groups)]
        return str(league(SHARE, counts)).splitlines()

    assert len(lines(60)) == 62
    long = lines(63)
    assert len(long) == 63
    names = [line.split()[2] for line in long[2:]]
    assert names[:30] == [f"b{i}" for i in range(30)]
    assert long[32] == "... and 3 more between"
    assert names[31:] == [f"b{i}" for i in range(33, 63)]


def test_half_of_the_ranks_are_at_least_so_unsure(five: LeagueTable) -> None:
    assert five.rank.tolist() == [1, 3, 2, 4, 0]
    table = attrs.evolve(five, rank_low=five.rank, rank_high=[1, 4, 3, 4, 0])
    assert "Half of the ranks are unsure by 0 places or more" in table.summary()


def test_halves_are_counted_in_both_directions() -> None:
    counts = 400 * np.array(
        [[9, 1, 0, 0, 0], [6, 2, 1, 1, 0], [0, 1, 2, 4, 3], [1, 1, 1, 1, 6], [2] * 5]
    )
    table = league(MEAN, counts)
    assert table.rank.tolist() == [5, 4, 2, 1, 3]
    assert "Surely in the better half: 2; in the worse: 2." in table.summary()
    assert "unsure by 0 places or more (95 %, each on its own)" in table.summary()
    together = league(MEAN, counts, ranks="all", level=0.9)
    assert "(90 %, all together)" in together.summary()


# Refusals


def test_what_estimates_must_be() -> None:
    one = nps([10, 9, 3])
    message = refused(lambda: league_table(one), InvalidTypeError)  # type: ignore[arg-type]
    assert message.startswith("estimates must be Estimates, one per group; got NPS")
    assert "count with by=" in message
    refused(lambda: league_table([1, 2]), InvalidTypeError)  # type: ignore[arg-type]
    two_axes = nps([10, 3], by={"year": [1, 2], "branch": ["a", "b"]})
    message = refused(lambda: league_table(two_axes), InvalidValueError)
    assert "estimates must have one axis; got 'year (2) x branch (2)'" in message
    empty = estimates(NET, [[0] * 5, [0] * 5])
    message = refused(lambda: league_table(empty), EmptySampleError)
    assert message == "estimates must have answers; got none"
    lonely = estimates(NET, [[0] * 5, [0, 0, 0, 1, 1]])
    message = refused(lambda: league_table(lonely), InvalidValueError)
    assert message == "estimates must have at least two groups with answers; got 1"


def test_what_options_must_be() -> None:
    found = estimates(NET, [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1]])
    message = refused(lambda: league_table(found, level=95), InvalidValueError)
    assert message.startswith("level must lie between 0 and 1; got 95")
    wrong: Any = "every"
    message = refused(lambda: league_table(found, ranks=wrong), InvalidValueError)
    assert message == 'ranks must be one of "each", "all"; got \'every\''
    by = {"rank": ["a", "a", "b", "b"]}
    message = refused(
        lambda: league_table(mean_score([1, 2, 3, 4], scale=SCALE, by=by)),
        InvalidValueError,
    )
    assert message.startswith("axis must not bear the name of a column of results")


CHANGES: list[tuple[dict[str, Any], type[CxmError], str]] = [
    ({"axis": " "}, InvalidValueError, "axis must have"),
    ({"axis": "rank_low"}, InvalidValueError, "axis must not bear"),
    ({"labels": "abcde"}, InvalidTypeError, "labels must be a tuple"),
    ({"labels": ("a", "b", "c", "d", "d")}, InvalidValueError, "labels[4]"),
    ({"value": [1.0]}, InvalidValueError, "value must have the shape (5,)"),
    ({"value": list("abcde")}, InvalidTypeError, "value must hold numbers"),
    ({"value": [1.0] * 5}, InvalidValueError, "value[4] must be known where"),
    ({"credibility": [0, 1, 2, 0, np.nan]}, InvalidValueError, "credibility[2]"),
    ({"credibility": [0, -0.1, 0, 0, np.nan]}, InvalidValueError, "credibility[1]"),
    ({"low": [99.0] * 5}, InvalidValueError, "low[0] must be at most the shrunken"),
    ({"high": [0.0] * 5}, InvalidValueError, "high[0] must be at least the shrunken"),
    ({"rank": [1, 2, 3, 4, 5]}, InvalidValueError, "rank[4] must be 1 to 4"),
    ({"rank": [5, 2, 3, 4, 0]}, InvalidValueError, "rank[0] must be 1 to 4"),
    ({"rank_low": [4, 4, 4, 4, 0]}, InvalidValueError, "rank[0] must be 1 to 4"),
    ({"rank_low": [0, 1, 1, 1, 0]}, InvalidValueError, "rank_low[0] must be 1 to 4"),
    ({"rank_high": [1, 1, 1, 1, 0]}, InvalidValueError, "rank_high["),
    ({"rank": [-1, 2, 3, 4, 0]}, InvalidValueError, "rank[0] must not be negative"),
    ({"rank": [1.5] * 5}, InvalidTypeError, "rank must hold whole numbers"),
    ({"n": [-1, 2, 3, 4, 0]}, InvalidValueError, "n[0] must not be negative"),
    ({"mean": math.nan}, InvalidValueError, "mean must be a finite number"),
    ({"between_sd": -1.0}, InvalidValueError, "between_sd must be between 0"),
    ({"within_sd": "x"}, InvalidTypeError, "within_sd must be a number"),
    ({"level": 1.0}, InvalidValueError, "level must lie"),
    ({"ranks": "some"}, InvalidValueError, "ranks must be one of"),
    ({"scale": 5}, InvalidTypeError, "scale must be a Scale"),
]


@pytest.mark.parametrize(("change", "error", "message"), CHANGES)
def test_what_fields_must_be(
    five: LeagueTable, change: dict[str, Any], error: type[CxmError], message: str
) -> None:
    assert refused(lambda: attrs.evolve(five, **change), error).startswith(message)


def test_recommendations_by_branch_from_rows() -> None:
    answers, by = [10, 9, 3, 8, 10, 9, 2, 2], list("aabbccdd")
    table = league_table(nps(answers, by={"branch": by}))
    assert table.labels == tuple("abcd")
    assert table.value.tolist() == [100, -50, 100, -100]
    assert table.axis == "branch"


# Word for word


def test_every_word_of_a_table() -> None:
    counts = [[0, 0, 0, 3, 5], [0] * 5, [9, 9, 1, 1, 0], [1, 2, 3, 2, 1]]
    table = league(SHARE, counts)
    assert str(table).splitlines() == [
        "Share, drawn towards the mean of 45.7 %; ranks: 95 %, each on its own",
        "   rank  branch  shrunken   low   high  value  credibility   n",
        "1 (1-1)  b0          97.5  75.9  100.0  100.0         0.95   8",
        "2 (2-3)  b3          33.8  15.3   52.9   33.3         0.96   9",
        "3 (2-3)  b2           5.8   0.0   19.0    5.0         0.98  20",
        "         b1           nan   nan    nan    nan          nan   0",
    ]
    assert table.summary() == (
        "Share league of branch (4): first is b0 with 97.5 % (75.9 to 100.0; raw 100.0"
        " from 8 answers). Clearly better than the mean of 45.7 %: 1 (b0); clearly"
        " worse: 1 (b2). Surely in the better half: 1; in the worse: 0. Half of the"
        " ranks are unsure by 1 place or more (95 %, each on its own). 1 has no"
        " answers and no rank."
    )
    plain = table.to_dict()
    assert list(plain) == [
        *("axis", "labels", *ARRAYS, "mean", "between_sd", "within_sd"),
        *("level", "ranks", "metric", "scale"),
    ]
    same = ("axis", "mean", "between_sd", "within_sd", "level", "ranks")
    assert [plain[name] for name in same] == [getattr(table, name) for name in same]
    assert (plain["metric"], plain["scale"]) == ("Share", "1-5, 5 best")
    assert plain["rank"] == [1, None, 3, 2]
    assert plain["low"] == [*table.low[:1], None, *table.low[2:]]
    assert list(table.to_columns()) == [
        *("branch", *ARRAYS, "level", "metric", "scale")
    ]


def test_every_word_of_groups_that_are_alike() -> None:
    table = league(SHARE, [[1, 1, 1, 1, 2]] * 3)
    assert repr(table) == "Share league of branch (3): nothing tells them apart"
    assert table.summary() == (
        "Share league of branch (3): nothing tells them apart; raw scores differ no"
        " more than luck alone would make them, and all are put at the mean of 50.0 %."
    )
    drawn = " ".join(ET.fromstring(table.to_svg()).itertext())  # noqa: S314  our own
    assert "Intervals of ranks: 95 %, each on its own." in drawn


def test_a_drawing_is_of_the_table(five: LeagueTable) -> None:
    table = five.ranked()
    ranks = zip(table.rank, table.rank_low, table.rank_high, strict=True)
    assert five.to_svg() == _draw_inference.league_table(
        list(map(str, table.labels)),
        table.shrunken.tolist(),
        table.low.tolist(),
        table.high.tolist(),
        table.value.tolist(),
        [f"{r} ({low}-{high})" if r else "" for r, low, high in ranks],
        mean=five.mean,
        title="CSAT (top 2) league of branch (5)",
        axis_label="%",
        digits=1,
        notes=["Intervals of ranks: 95 %, each on its own."],
    )


def test_equal_scores_keep_their_order_among_many() -> None:
    table = league(SHARE, [[9, 0, 0, 0, 1], [1, 0, 0, 0, 9]] * 100)
    assert table.ranked().labels == (*table.labels[1::2], *table.labels[::2])


def test_who_is_worse_where_less_is_better() -> None:
    counts = [[40, 5, 0, 0, 0], [0, 0, 0, 5, 40], [9, 9, 9, 9, 9]]
    table = league_table(estimates(MEAN, counts, EFFORT_1_5))
    assert (table.better, table.worse) == (("b0",), ("b1",))


def test_ranks_of_all_together_are_wider() -> None:
    counts = [[60 - 4 * i, 0, 0, 0, 40 + 4 * i] for i in range(8)]
    each, every = league(SHARE, counts), league(SHARE, counts, ranks="all")
    assert (each.ranks, every.ranks) == ("each", "all")
    widths = [int((x.rank_high - x.rank_low).sum()) for x in (each, every)]
    assert widths[0] < widths[1]
