"""Did the same people change? Published values, oracles and laws of pairs."""

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cxmkit import (
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    STARS_1_5,
    Scale,
    Tally,
    nps,
)
from cxmkit.definition import BoxShare, MeanScore, NetScore
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.inference import Comparison, compare_paired

YES_NO = Scale(0, 1, higher_is_better=True)
YES = BoxShare(name="Yes", points=[1])
HAPPY = BoxShare(name="Happy", points=[4, 5])
NET = NetScore(name="Net", positive=[5], negative=[1, 2, 3])
MEAN = MeanScore(name="Mean")

tables = hnp.arrays(np.int64, (5, 5), elements=st.integers(0, 6)).filter(np.any)
seen = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=40
)


def discordant(gained: int, lost: int, n: int, **options: Any) -> Comparison:
    return compare_paired(
        [[n - gained - lost, gained], [lost, 0]], scale=YES_NO, metric=YES, **options
    )


@pytest.mark.reference
@pytest.mark.parametrize(
    ("counts", "method", "expected", "digits"),
    [
        ((1, 7, 21), "score", (-0.517, -0.026), 3),  # Fagerland et al. 2014, airways
        ((1, 7, 21), "score", (-0.517232, -0.026003), 6),
        ((20, 40, 160), "score", (-0.218064, -0.030865), 6),  # R package PropCIs
        ((9, 3, 32), "wald", (-0.014482, 0.389482), 6),  # PropCIs
        ((150, 86, 1600), "score", (0.021362, 0.058998), 6),  # Agresti, approval
        ((150, 86, 1600), "wald", (0.021284, 0.058716), 6),
    ],
)
def test_published_intervals(
    counts: tuple[int, int, int],
    method: str,
    expected: tuple[float, float],
    digits: int,
) -> None:
    gained, lost, n = counts
    change = discordant(gained, lost, n, method=method)
    assert change.difference == pytest.approx(100 * (gained - lost) / n)
    ends = (change.low / 100, change.high / 100)
    assert ends == pytest.approx(expected, abs=0.51 * 10**-digits)


@given(gained=st.integers(0, 30), lost=st.integers(0, 30), more=st.integers(0, 50))
def test_the_score_test_is_that_of_mcnemar(gained: int, lost: int, more: int) -> None:
    n = gained + lost + more
    if not n:
        return
    change = discordant(gained, lost, n)
    assert change.method == "score"
    both = gained + lost
    square = (gained - lost) ** 2 / both if both else 0.0
    assert change.statistic**2 == pytest.approx(square)
    assert change.p_value == pytest.approx(scipy.stats.chi2.sf(square, 1), rel=1e-10)
    assert math.copysign(1, change.statistic or 1) == (1 if gained >= lost else -1)
    # Interval and test agree, but for rounding at the very edge.
    if abs(change.p_value - 0.05) > 1e-9:
        outside = not change.low <= 0 <= change.high
        assert outside == change.distinguishable


@pytest.mark.parametrize("metric", [NET, MEAN, MeanScore(name="m", rescaled=True)])
@pytest.mark.parametrize("level", [0.9, 0.95])
@given(pairs=seen)
def test_people_one_by_one(
    metric: Any, level: float, pairs: list[tuple[int, int]]
) -> None:
    """Student's t of each person's change, by scipy."""
    before, after = np.array(pairs).T
    moves = Tally.count(after, scale=STARS_1_5, by={"before": before})
    change = compare_paired(moves, metric=metric, level=level)
    worth = metric.worth(STARS_1_5)
    changes = worth[after - 1] - worth[before - 1]
    assert change.difference == pytest.approx(changes.mean(), abs=1e-10)
    assert change.n == (len(pairs), len(pairs))
    assert change.method == "t"
    if len(set(changes)) == 1:
        assert change.se == pytest.approx(0, abs=1e-10)
        assert math.isnan(change.low)
        assert math.isnan(change.p_value)
        return
    test = scipy.stats.ttest_1samp(changes, 0)
    reach = test.confidence_interval(level)
    assert change.p_value == pytest.approx(test.pvalue, rel=1e-9)
    assert change.statistic == pytest.approx(test.statistic, rel=1e-10, abs=1e-10)
    most = float(np.ptp(metric.range(STARS_1_5)))
    ends = np.clip(reach, -most, most)
    assert (change.low, change.high) == pytest.approx(ends, rel=1e-9, abs=1e-9)
    normal = compare_paired(moves, metric=metric, level=level, method="z")
    z = scipy.stats.norm.isf((1 - level) / 2)
    end = min(normal.difference + z * change.se, most)
    assert normal.high == pytest.approx(end, rel=1e-10, abs=1e-10)
    assert normal.p_value == pytest.approx(
        2 * scipy.stats.norm.sf(abs(test.statistic)), rel=1e-9
    )


@given(table=tables)
def test_a_share_by_the_normal_distribution(table: Any) -> None:
    change = compare_paired(table, scale=SATISFACTION_1_5, metric=HAPPY, method="wald")
    n = table.sum()
    gained, lost = table[:3, 3:].sum(), table[3:, :3].sum()
    spread = (gained + lost - (gained - lost) ** 2 / n) / n
    assert change.se == pytest.approx(100 * math.sqrt(max(spread, 0) / n), abs=1e-9)
    assert change.difference == pytest.approx(100 * (gained - lost) / n, abs=1e-12)


@pytest.mark.parametrize("metric", [HAPPY, NET, MEAN])
@given(table=tables)
def test_before_and_after_change_places(metric: Any, table: Any) -> None:
    there, back = (
        compare_paired(t, scale=SATISFACTION_1_5, metric=metric)
        for t in (table, table.T)
    )
    assert there.difference == pytest.approx(-back.difference, abs=1e-10)
    assert (there.low, there.high) == pytest.approx(
        (-back.high, -back.low), abs=1e-7, nan_ok=True
    )
    assert there.p_value == pytest.approx(back.p_value, nan_ok=True)


@given(table=tables)
def test_a_table_and_a_tally_say_the_same(table: Any) -> None:
    order = [2, 0, 4, 1, 3]  # labels come in any order
    tally = Tally.from_counts(
        table[order], scale=STARS_1_5, by={"first answer": [3, 1, 5, 2, 4]}
    )
    assert compare_paired(tally, metric=MEAN) == compare_paired(
        table, scale=STARS_1_5, metric=MEAN
    )


def test_who_never_answered_so_before_has_no_row() -> None:
    moves = Tally.count([5, 5, 2], scale=STARS_1_5, by={"before": [4, 4, 1]})
    assert compare_paired(moves, metric=MEAN).difference == 1


def test_pairs_are_surer_than_two_samples() -> None:
    table = np.diag([10, 20, 30, 25, 15]) + np.diag([3, 3, 3, 3], 1)
    change = compare_paired(table, scale=SATISFACTION_1_5, metric=MEAN)
    assert change.distinguishable
    assert change.summary().startswith("Higher by 0.11 on the 1-5 scale")


def test_more_effort_is_worse() -> None:
    table = np.diag([10, 20, 30, 25, 15]) + np.diag([9, 3, 3, 3], 1)
    change = compare_paired(table, scale=EFFORT_1_5, metric=MEAN)
    assert "(worse)" in change.summary()


def test_one_person_tells_nothing_of_spread() -> None:
    change = compare_paired(
        np.eye(5, dtype=int)[[0] * 5] * [[1], [0], [0], [0], [0]],
        scale=STARS_1_5,
        metric=MEAN,
    )
    assert change.n == (1, 1)
    assert math.isnan(change.se)
    assert math.isnan(change.low)


# Hardly anybody changes


def test_ends_are_those_of_a_difference() -> None:
    few = np.zeros((5, 5), int)
    few[0, 4], few[0, 3] = 1, 1  # two people, from the worst to the best or nearly so
    for metric, most in (
        (NetScore(name="Net", positive=[5], negative=[1]), 200),
        (MEAN, 4),
        (MeanScore(name="Of 100", rescaled=True), 100),
    ):
        for table, end in ((few, "high"), (few.T, "low")):
            change = compare_paired(table, scale=STARS_1_5, metric=metric)
            inner = "low" if end == "high" else "high"
            sign = 1 if end == "high" else -1
            assert getattr(change, end) == sign * most
            test = scipy.stats.t.isf(0.025, 1) * change.se
            plain = max(abs(change.difference) - test, -most)
            assert sign * getattr(change, inner) == pytest.approx(plain)
    normal = compare_paired(few, scale=STARS_1_5, metric=MEAN, method="z")
    assert normal.high == 4
    assert normal.low == pytest.approx(3.5 - 1.959963984540054 * 0.5)


def test_ends_of_a_share_by_the_normal_distribution() -> None:
    change = discordant(3, 0, 4, method="wald")
    se = 100 * math.sqrt(0.75 * 0.25 / 4)
    assert change.high == 100
    assert change.low == pytest.approx(75 - 1.959963984540054 * se)
    assert discordant(0, 3, 4, method="wald").low == -100


def test_how_often_t_holds_the_truth_if_few_move() -> None:
    n, truth = 50, 2.0
    held = missing = 0.0
    for moved in range(n + 1):
        chance = float(scipy.stats.binom.pmf(moved, n, truth / 100))
        table = [[0, 0, 0], [0, n - moved, moved], [0, 0, 0]]
        change = compare_paired(
            table,
            scale=Scale(-1, 1, higher_is_better=True),
            metric=NetScore(name="Net", positive=[1], negative=[-1]),
        )
        missing += chance * math.isnan(change.low)
        held += chance * (change.low <= truth <= change.high)
    assert (held, missing) == pytest.approx((0.6354, 0.3642), abs=5e-5)


# Refusals


class Labelled:
    """What a crosstab of pandas is here: counts with labels."""

    def __init__(self, index: Any, columns: Any) -> None:
        self.index, self.columns = index, columns

    def __array__(self, *_: Any, **__: Any) -> Any:
        return SQUARE + np.eye(5, dtype=int)


def test_labels_of_a_table_are_the_points() -> None:
    points = [1, 2, 3, 4, 5]
    plain = compare_paired(np.array(SQUARE + np.eye(5, dtype=int)), **STARS)
    table: Any = Labelled(points, points)
    assert compare_paired(table, **STARS) == plain
    for index, columns, side in (
        (points[::-1], points, "rows"),
        (points, points[::-1], "columns"),
        (points, [1, 2, 3, 4, 6], "columns"),
    ):
        wrong: Any = Labelled(index, columns)
        with pytest.raises(InvalidValueError) as refusal:
            compare_paired(wrong, **STARS)
        said = str(refusal.value)
        rule = "be the points of the scale in ascending order"
        assert said.startswith(f"{side} of table[")
        assert f"must {rule}; got " in said
        assert said.endswith(WAY_OUT)
    words: Any = Labelled(["a", "b", "c", "d", "e"], points)
    with pytest.raises(InvalidTypeError, match="rows of table"):
        compare_paired(words, **STARS)


def test_refusals_say_the_way_out() -> None:
    with pytest.raises(InvalidValueError) as refusal:
        compare_paired(np.ones((350, 2), int), **STARS)
    assert str(refusal.value).endswith(f"got (350, 2); {WAY_OUT}")
    function: Any = nps
    with pytest.raises(InvalidTypeError) as wrong:
        compare_paired(SQUARE, scale=STARS_1_5, metric=function)
    assert str(wrong.value).endswith(
        "; pass a definition: nps(...).definition, or NetScore(name=..., positive=...,"
        " negative=...)"
    )


SQUARE = np.ones((5, 5), dtype=int)
STARS: dict[str, Any] = {"scale": STARS_1_5, "metric": MEAN}
WAY_OUT = 'count them first: Tally.count(after, scale=..., by={"before": before})'


@pytest.mark.parametrize(
    ("table", "options", "error", "said"),
    [
        (SQUARE, {"metric": MEAN}, MissingValueError, "scale must be given"),
        (SQUARE[:4], {}, InvalidValueError, "a row and a column for each of the 5"),
        ([1, 2], {}, InvalidValueError, "a row and a column"),
        (0 * SQUARE, {}, EmptySampleError, "at least one person who answered twice"),
        (-SQUARE, {}, InvalidValueError, r"table\[0, 0\] must"),
        (SQUARE + 0.5, {}, InvalidValueError, r"table\[0, 0\] must"),
        (SQUARE, {"metric": "nps"}, InvalidTypeError, "metric must be a NetScore"),
        (SQUARE, {"method": "score"}, InvalidValueError, "method must be one of"),
        (SQUARE, {"metric": HAPPY, "method": "t"}, InvalidValueError, "method must"),
        (SQUARE, {"level": 95}, InvalidValueError, "level must"),
        (SQUARE, {"scale": RECOMMEND_0_10}, InvalidValueError, "each of the 11"),
    ],
)
def test_refusals(
    table: Any, options: dict[str, Any], error: type[CxmError], said: str
) -> None:
    known: dict[str, Any] = (
        {} if "must be given" in said else {"scale": STARS_1_5, "metric": MEAN}
    )
    with pytest.raises(error, match=said):
        compare_paired(table, **known | options)


def test_refused_tallies() -> None:
    def moves(**options: Any) -> Tally:
        defaults: dict[str, Any] = {"by": {"before": [1, 2]}}
        return Tally.count([5, 4], scale=STARS_1_5, **defaults | options)

    with pytest.raises(InvalidValueError, match=r"one axis.*by=\{\"before\""):
        compare_paired(moves(by=None), metric=MEAN)
    with pytest.raises(InvalidValueError, match="without weights"):
        compare_paired(moves(weights=[1, 2]), metric=MEAN)
    with pytest.raises(InvalidValueError, match="labels of 'before'"):
        compare_paired(moves(by={"before": [1, 9]}), metric=MEAN)
    with pytest.raises(InvalidTypeError, match="labels of 'before'"):
        compare_paired(moves(by={"before": ["low", "high"]}), metric=MEAN)
    with pytest.raises(ScaleMismatchError, match="scale must be that of the tally"):
        compare_paired(moves(), metric=MEAN, scale=EFFORT_1_5)
    assert compare_paired(moves(), metric=MEAN, scale=STARS_1_5).n == (2, 2)


def test_the_method_of_a_change_is_named() -> None:
    for method in ("t", "z"):
        assert compare_paired(SQUARE, **STARS, method=method).method == method
    assert compare_paired(SQUARE, **STARS).method == "t"
    for method in ("score", "wald"):
        assert discordant(3, 1, 9, method=method).method == method
