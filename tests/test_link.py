"""The link of experience and retention: counts, oracles, exact sizes, refusals."""

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression
from statsmodels.stats.contingency_tables import Table

from cxmkit import EFFORT_1_5, RECOMMEND_0_10, STARS_1_5, CxmError, Scale, Tally
from cxmkit.errors import (
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.link import ExperienceLink, _rising

STAYED = {"retained": [False, True]}
THREE = Scale(1, 3, higher_is_better=True)
Rows = list[tuple[int, int]]
rows = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=5).map(
    lambda each: each[:5]
)
some = rows.filter(lambda each: any(a + b for a, b in each))


def link(
    lost: Any, kept: Any, scale: Scale = STARS_1_5, *, level: float = 0.95
) -> ExperienceLink:
    tally = Tally.from_counts([lost, kept], scale=scale, by=STAYED)
    return ExperienceLink(tally=tally, level=level)


def linked(table: Rows, scale: Scale = STARS_1_5) -> ExperienceLink:
    lost, kept = np.transpose(table)
    return link(lost, kept, scale)


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


CLEAR = ([60, 50, 50, 40, 30], [40, 50, 50, 60, 70])
MIRRORED = ([30, 40, 50, 50, 60], [70, 60, 50, 50, 40])


# Counts


def test_customers_are_counted_by_score() -> None:
    found = ExperienceLink.fit(
        [5, 1, 5, 4, None, 1],
        [True, False, True, False, True, True],
        scale=STARS_1_5,
        missing="omit",
    )
    assert found.points.tolist() == [1, 2, 3, 4, 5]
    assert found.n.tolist() == [2, 0, 0, 1, 2]
    assert found.retained.tolist() == [1, 0, 0, 0, 2]
    np.testing.assert_array_equal(found.raw_rates, [0.5, np.nan, np.nan, 0, 1])
    assert found.scale == STARS_1_5
    assert found.level == 0.95


@pytest.mark.parametrize("stayed", [True, False])
def test_where_all_do_the_same_the_other_count_is_nought(*, stayed: bool) -> None:
    tally = Tally.count([1, 2], scale=STARS_1_5, by={"retained": [stayed] * 2})
    found = ExperienceLink(tally=tally)
    assert found.retained.tolist() == [stayed, stayed, 0, 0, 0]
    assert found.trend_p_value == 1
    assert not found.evidence
    assert found.summary().startswith("Nothing to compare: all gave one score, all")


def test_one_score_alone_has_nothing_to_compare() -> None:
    found = link([0, 0, 30, 0, 0], [0, 0, 40, 0, 0])
    assert (found.trend_p_value, found.evidence) == (1, False)
    assert found.summary().startswith("Nothing to compare")


def test_labels_may_stand_in_any_order_and_be_numbers() -> None:
    other = Tally.from_counts(CLEAR[::-1], scale=STARS_1_5, by={"retained": [1, 0]})
    assert ExperienceLink(tally=other).to_dict() == link(*CLEAR).to_dict()


# The test


@given(some)
def test_the_trend_is_that_of_an_association_of_orders(table: Rows) -> None:
    found = linked(table)
    counts = np.array(table)[np.sum(table, axis=1) > 0]
    if len(counts) < 2 or not counts.sum(axis=0).all():
        assert found.trend_p_value == 1
        return
    points = np.flatnonzero(np.sum(table, axis=1))
    oracle = Table(counts, shift_zeros=False).test_ordinal_association(
        row_scores=points, col_scores=np.arange(2)
    )
    assert found.trend_p_value == pytest.approx(oracle.pvalue, rel=1e-9, abs=1e-12)
    assert found.evidence == (oracle.zscore > 0 and oracle.pvalue < 0.05)


def test_the_variance_is_that_of_all_orders() -> None:
    scores = np.array([0, 0, 1, 2, 2, 2, 4])
    stayed = np.array([0, 1, 0, 1, 1, 0, 1])
    sums = [
        scores[list(chosen)].sum() for chosen in itertools.combinations(range(7), 4)
    ]
    z = (scores @ stayed - np.mean(sums)) / np.std(sums)
    found = ExperienceLink.fit(scores + 1, stayed.astype(bool), scale=STARS_1_5)
    assert found.trend_p_value == pytest.approx(math.erfc(abs(z) / math.sqrt(2)))


@given(some)
def test_both_directions_are_one_test(table: Rows) -> None:
    good, bad = linked(table), linked(table, EFFORT_1_5)
    mirrored = linked(table[::-1], EFFORT_1_5)
    assert good.trend_p_value == pytest.approx(bad.trend_p_value)
    assert not (good.evidence and bad.evidence)
    assert mirrored.evidence == good.evidence
    np.testing.assert_allclose(mirrored.fitted_rates[::-1], good.fitted_rates)


def exact_size(n: Any, share: float) -> tuple[float, float]:
    """Return how often there is a trend, and evidence, where there is no link."""
    trend = evidence = 0.0
    for kept in itertools.product(*(range(k + 1) for k in n)):
        ways = math.prod(math.comb(k, x) for k, x in zip(n, kept, strict=True))
        chance = ways * share ** sum(kept) * (1 - share) ** (sum(n) - sum(kept))
        found = link(np.subtract(n, kept), kept, THREE)
        trend += chance * (found.trend_p_value < 0.05)
        evidence += chance * found.evidence
    return trend, evidence


@pytest.mark.parametrize(("n", "share"), [((6, 6, 6), 0.8), ((2, 4, 12), 0.8)])
def test_the_exact_size_of_small_samples(n: tuple[int, ...], share: float) -> None:
    trend, evidence = exact_size(n, share)
    assert 0.02 < trend < 0.075
    assert 0 < evidence < trend


def test_without_a_link_the_curve_rises_and_the_test_holds() -> None:
    # With K points equally often, pooling leaves one block in 1 / K of all samples.
    rng = np.random.default_rng(4)
    n, rises, passes = np.full(5, 40), 0, 0
    for _ in range(2_000):
        kept = rng.binomial(n, 0.8)
        curve = _rising(kept / n, n.astype(float))
        rises += curve[-1] > curve[0] + 1e-12
        passes += link(n - kept, kept).evidence
    assert rises / 2_000 == pytest.approx(1 - 1 / 5, abs=0.03)
    assert passes / 2_000 == pytest.approx(0.025, abs=0.0105)


# The curve


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 1000)), min_size=1, max_size=12)
)
def test_the_curve_is_that_of_scipy(cells: list[tuple[float, float]]) -> None:
    rates, weights = np.transpose(cells)
    oracle = isotonic_regression(rates, weights=weights).x
    np.testing.assert_allclose(_rising(rates, weights), oracle, rtol=1e-10, atol=1e-12)


@given(some)
def test_the_curve_never_falls_towards_the_good_end_and_keeps_the_mean(
    table: Rows,
) -> None:
    for scale, way in ((STARS_1_5, 1), (EFFORT_1_5, -1)):
        found = linked(table, scale)
        fitted = found.fitted_rates
        if not found.evidence:
            assert np.isnan(fitted).all()
            continue
        known = found.n > 0
        np.testing.assert_array_equal(np.isnan(fitted), ~known)
        assert (way * np.diff(fitted[known]) >= -1e-12).all()
        assert fitted[known] @ found.n[known] == pytest.approx(found.retained.sum())


def test_rates_that_rise_already_are_the_curve() -> None:
    found = link([57, 26, 26], [43, 74, 74], THREE)
    assert found.fitted_rates.tolist() == pytest.approx([0.43, 0.74, 0.74])
    assert found.retention_at(1) == pytest.approx(0.43)
    assert isinstance(found.retention_at(1), float)
    assert found.uplift(1, 2) == pytest.approx(0.31)


def test_between_points_the_curve_is_straight() -> None:
    found = link(*CLEAR)
    np.testing.assert_allclose(found.retention_at([1, 1.5, 3.25]), [0.4, 0.45, 0.525])
    np.testing.assert_allclose(
        found.uplift([[1], [3]], [0.0, 1.0]), [[0, 0.1], [0, 0.1]], atol=1e-12
    )
    assert found.uplift(5, -1) == pytest.approx(-0.1)
    assert found.uplift(4.1, 0.9) == pytest.approx(0.09)


def test_rounding_does_not_leave_the_scale() -> None:
    slider = Scale(0, 3.3, step=1.1, higher_is_better=True)
    found = link([90, 90, 10, 10], [10, 10, 90, 90], slider)
    assert 1.1 + 2.2 > 3.3
    assert found.uplift(1.1, 2.2) == pytest.approx(0.8)


def test_where_low_is_good_a_fall_of_the_score_is_a_rise_of_retention() -> None:
    found = link(*MIRRORED, EFFORT_1_5)
    assert found.evidence
    assert found.retention_at(1) == pytest.approx(0.7)
    assert found.uplift(3, -1) == pytest.approx(0.1)


def test_points_that_nobody_chose_are_bridged() -> None:
    lost, kept = [0, 90, 0, 10, 0], [0, 10, 0, 90, 0]
    found = link(lost, kept)
    assert found.retention_at(3) == pytest.approx(0.5)
    for score in (1, 1.99, 4.01, 5):
        words = refused(lambda s=score: found.retention_at(s), InvalidValueError)  # type: ignore[misc]
        assert "lie between 2 and 4, the scores that were given" in words
    words = refused(lambda: found.uplift([2, 3], 1.5), InvalidValueError)
    assert words.startswith("score + change[1] must lie between 2 and 4")


# Weights


def weighted(weights: Any, **options: Any) -> ExperienceLink:
    rng = np.random.default_rng(8)
    scores = rng.integers(1, 6, 300)
    stayed = rng.random(300) < 0.3 + 0.1 * scores
    return ExperienceLink.fit(
        scores, stayed, scale=STARS_1_5, weights=weights, **options
    )


def test_weights_weigh_rates_and_curve_and_widen_the_test() -> None:
    rng = np.random.default_rng(9)
    w = rng.exponential(size=300)
    found, plain = weighted(w), weighted(None)
    assert found.n.tolist() == plain.n.tolist()
    assert found.trend_p_value > plain.trend_p_value
    assert not np.allclose(found.raw_rates, plain.raw_rates)
    oracle = isotonic_regression(
        found.raw_rates,
        weights=found.tally.sum_weights.sum(axis=0),  # type: ignore[union-attr]
    )
    np.testing.assert_allclose(found.fitted_rates, oracle.x)
    for factor in (1e-6, 7.0, 1e6):
        assert weighted(factor * w).trend_p_value == pytest.approx(found.trend_p_value)


@pytest.mark.parametrize(
    ("scores", "larger"), [([1, 2, 2, 5, 5], "by fate"), ([3, 2, 3, 5, 3], "by score")]
)
def test_the_weighted_statistic_by_hand(scores: list[int], larger: str) -> None:
    stayed, w = np.array([0, 0, 1, 1, 1]), np.array([1.0, 2.0, 0.5, 3.0, 1.0])
    found = ExperienceLink.fit(scores, stayed == 1, scale=STARS_1_5, weights=w)
    off = scores - w @ scores / w.sum()
    rate = w @ stayed / w.sum()
    variances = {
        "by score": rate * (1 - rate) * ((w * off) ** 2).sum(),
        "by fate": ((w * (stayed - rate)) ** 2).sum() * (w @ off**2) / w.sum(),
    }
    assert max(variances, key=lambda name: variances[name]) == larger
    n = w.sum() ** 2 / (w @ w)
    z = (w * off) @ stayed / math.sqrt(variances[larger] * n / (n - 1))
    assert found.trend_p_value == pytest.approx(math.erfc(abs(z) / math.sqrt(2)))


def test_equal_weights_are_none() -> None:
    same, none = weighted(np.full(300, 3.0)), weighted(None)
    np.testing.assert_allclose(same.raw_rates, none.raw_rates)
    assert same.trend_p_value == pytest.approx(none.trend_p_value, rel=1e-9)


def test_weights_raise_no_false_alarm_where_nearly_all_gave_good_scores() -> None:
    rng, shares = np.random.default_rng(7), [0.02, 0.03, 0.05, 0.2, 0.7]
    found = [
        ExperienceLink.fit(
            rng.choice(5, 200, p=shares) + 1,
            rng.random(200) < 0.95,
            scale=STARS_1_5,
            weights=rng.choice([0.5, 1.0, 1.5], 200),
        ).trend_p_value
        for _ in range(400)
    ]
    assert np.mean(np.array(found) < 0.05) < 0.09  # 12 % and more with residuals


@pytest.mark.parametrize(
    ("lost", "kept", "weights"),
    [(20, 400, (10.0, 1.0)), (100, 900, (5.0, 1.0)), (20, 400, (20.0, 4.0))],
)
def test_weights_by_who_stayed_raise_no_false_alarm(
    lost: int, kept: int, weights: tuple[float, float]
) -> None:
    rng, shares = np.random.default_rng(6), [0.05, 0.05, 0.1, 0.3, 0.5]
    w = np.array(weights)[:, None]
    found = []
    for _ in range(1_000):
        counts = np.stack([rng.multinomial(n, shares) for n in (lost, kept)])
        tally = Tally.from_counts(
            counts,
            scale=STARS_1_5,
            by={"retained": [False, True]},
            sum_weights=w * counts,
            sum_squared_weights=w**2 * counts,
        )
        found.append(ExperienceLink(tally=tally).trend_p_value)
    # 11 to 16 % if weights are taken to go with the scores
    assert 0.03 < np.mean(np.array(found) < 0.05) < 0.07


def test_who_has_no_weight_has_no_say() -> None:
    scores, stayed = [2, 4, 4, 4], [False, True, True, True]
    few = ExperienceLink.fit(scores, stayed, scale=STARS_1_5, weights=[1] * 4)
    many = ExperienceLink.fit(
        scores + [3] * 100,
        stayed + [True] * 100,
        scale=STARS_1_5,
        weights=[1] * 4 + [0] * 100,
    )
    assert few.trend_p_value == pytest.approx(0.0833, abs=5e-5)
    assert many.trend_p_value == pytest.approx(few.trend_p_value, rel=1e-12)


def test_customers_without_weight_do_not_count() -> None:
    scores, stayed = [1, 3, 3, 5, 5, 5], [False, False, True, True, True, False]
    some_of = ExperienceLink.fit(
        scores * 40, stayed * 40, scale=STARS_1_5, weights=[0, 1, 1, 1, 1, 1] * 40
    )
    assert some_of.evidence
    np.testing.assert_array_equal(np.isnan(some_of.fitted_rates), [1, 1, 0, 1, 0])
    assert some_of.n.tolist() == [40, 0, 80, 0, 120]
    assert "Retained: 3: 50.0 % of 80; 5: 66.7 % of 120." in some_of.summary()
    assert some_of.to_records()[0]["raw_rate"] is None
    # Nor do they keep their neighbours from being pooled.
    sums = np.array([[80.0, 50, 0, 60, 10], [20, 50, 0, 40, 90]])
    tally = Tally(
        scale=STARS_1_5,
        grid=link(*CLEAR).tally.grid,
        counts=np.where(sums, sums, 5).astype(int),
        sum_weights=sums,
        sum_squared_weights=sums,
    )
    found = ExperienceLink(tally=tally).fitted_rates
    np.testing.assert_allclose(found, [0.2, 0.45, np.nan, 0.45, 0.9])


# No evidence


def test_nobody_gets_a_number_where_there_is_no_evidence() -> None:
    found = link([6, 5, 5, 4, 3], [4, 5, 5, 6, 7])
    assert not found.evidence
    assert np.isnan(found.fitted_rates).all()
    assert found.to_records()[0]["fitted_rate"] is None
    for call in (lambda: found.retention_at(3), lambda: found.uplift(3, 1)):
        words = refused(call, InvalidValueError)
        assert "got no evidence (p = .16); see its summary()" in words
    with pytest.raises(InvalidValueError) as refusal:
        found.uplift(3, 1)
    assert refusal.value.argument == "link"
    assert refusal.value.value == found.trend_p_value


def test_a_link_the_wrong_way_round_is_no_evidence_and_said() -> None:
    found = link(*CLEAR, EFFORT_1_5)
    assert found.trend_p_value < 0.001
    assert not found.evidence
    assert repr(found).startswith("No evidence that retention rises with the score")
    assert "Retention is lower where scores are better (p < .001)" in found.summary()
    assert "is the right end of the scale the good one?" in found.summary()
    assert "no evidence" in refused(lambda: found.uplift(3, 1), InvalidValueError)


def test_the_level_moves_the_bar() -> None:
    table = ([12, 10, 10, 8, 6], [8, 10, 10, 12, 14])
    p = link(*table).trend_p_value
    assert 0.04 < p < 0.06
    assert link(*table, level=1 - 1.01 * p).evidence
    assert not link(*table, level=1 - 0.99 * p).evidence


# Adding


@given(some, some)
def test_parts_add_to_the_whole(first: Rows, second: Rows) -> None:
    both = linked(first) + linked(second)
    assert both == linked(np.add(first, second).tolist())
    assert sum([linked(first), linked(second)]) == both
    assert linked(second) + linked(first) == both


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=2), st.randoms())
def test_the_order_of_customers_does_not_matter(
    customers: list[tuple[int, bool]], random: Any
) -> None:
    def counted(pairs: list[tuple[int, bool]]) -> ExperienceLink:
        scores, stayed = zip(*pairs, strict=True)
        return ExperienceLink.fit(list(scores), list(stayed), scale=STARS_1_5)

    shuffled = random.sample(customers, len(customers))
    assert counted(customers) == counted(shuffled)
    assert counted(customers[:1]) + counted(customers[1:]) == counted(customers)


def test_links_that_do_not_add() -> None:
    ours = link(*CLEAR)
    other = link(*CLEAR, EFFORT_1_5)
    assert "tally on" in refused(lambda: ours + other, ScaleMismatchError)
    words = refused(lambda: ours + link(*CLEAR, level=0.9), InvalidValueError)
    assert "level=0.95; got" in words
    assert (ours + link(*CLEAR)).level == 0.95
    assert (link(*CLEAR, level=0.9) + link(*CLEAR, level=0.9)).level == 0.9
    with pytest.raises(TypeError, match="unsupported operand"):
        ours + 1


# Saying and going out


def test_a_link_speaks() -> None:
    found = link(*CLEAR)
    assert repr(found) == (
        "Retention rises with the score 1-5, 5 best: p < .001, n = 500"
    )
    said = found.summary()
    assert said.startswith("Better scores go with more customers who stay (p < .001).")
    assert "1: 40.0 % of 100; 2: 50.0 % of 100; 3: 50.0 % of 100" in said
    assert "This is an association" in said
    low = link(*MIRRORED, EFFORT_1_5)
    assert repr(low).startswith("Retention falls with the score 1-5, 5 worst: p < .001")
    unsure = link([1, 0, 0, 0, 0], [0, 0, 0, 0, 1])
    assert unsure.summary() == (
        "No evidence that retention rises or falls with the score (p = .32). Retained:"
        " 1: 0.0 % of 1; 5: 100.0 % of 1."
    )


def test_a_long_scale_is_told_by_its_ends() -> None:
    lost, kept = np.full(11, 50), np.linspace(50, 450, 11).astype(int)
    said = link(lost, kept, RECOMMEND_0_10).summary()
    assert "10: 90.0 % of 500" in said
    assert "..." not in said
    slider = Scale(0, 12, higher_is_better=True)
    wide = link(np.full(13, 50), np.arange(50, 180, 10), slider).summary()
    assert "2: 58.3 % of 120; ...; 10: 75.0 % of 200" in wide


def test_a_link_as_tables() -> None:
    found = link([0, 90, 0, 10, 0], [0, 10, 0, 90, 0])
    lines = str(found).splitlines()
    assert lines[0] == repr(found)
    assert lines[1].split() == ["score", "n", "retained", "raw_rate", "fitted_rate"]
    assert lines[2].split() == ["1", "0", "0"]
    assert lines[3].split() == ["2", "100", "10", "10.0", "%", "10.0", "%"]
    html = found._repr_html_()
    assert "90.0 %" in html
    assert repr(found).replace("<", "&lt;") in html
    assert found.to_records()[0] == {
        "score": 1.0,
        "n": 0,
        "retained": 0,
        "raw_rate": None,
        "fitted_rate": None,
    }
    plain = found.to_dict()
    assert plain["points"] == found.to_records()
    assert plain["trend_p_value"] == found.trend_p_value
    assert (plain["n"], plain["evidence"], plain["level"]) == (200, True, 0.95)
    assert plain["scale"]["high"] == 5


def test_links_travel_and_compare() -> None:
    found = link(*CLEAR)
    for other in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301
        assert other == found
    assert found != link(*CLEAR, level=0.9)
    assert found != link(*CLEAR[::-1])
    assert found != "a link"
    with pytest.raises(TypeError, match="unhashable"):
        hash(found)


# Refusals


def fit(scores: Any = (1, 5), retained: Any = (True, False), **options: Any) -> Any:
    return ExperienceLink.fit(
        list(scores), list(retained), **({"scale": STARS_1_5} | options)
    )


def weightless() -> Tally:
    return Tally.count(
        [1, 5], scale=STARS_1_5, by={"retained": [True, False]}, weights=[0, 0]
    )


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: fit(retained=[1, 0]), InvalidTypeError, "retained[0] must hold True"),
        (lambda: fit(retained=[0.8, 0.2]), InvalidTypeError, "got 0.8"),
        (lambda: fit(retained=["yes", "no"]), InvalidTypeError, "got 'yes'"),
        (lambda: fit(retained=[True, None]), MissingValueError, "retained[1] is miss"),
        (lambda: fit(retained=[True]), InvalidValueError, "retained must have"),
        (lambda: fit(scores=[1, 6]), InvalidValueError, "must be on the 1-5 scale"),
        (lambda: fit(scores=[1, None]), MissingValueError, "[1] is missing"),
        (lambda: fit(scores=[], retained=[]), EmptySampleError, "at least one answer"),
        (
            lambda: fit(scores=[None], retained=[True], missing="omit"),
            EmptySampleError,
            "tally must hold at least one answer",
        ),
        (lambda: fit(scale="1-5"), InvalidTypeError, "scale must be a Scale"),
        (lambda: fit(weights=[0, 0]), EmptySampleError, "weights must not all be 0"),
        (
            lambda: fit(scores=[1, None], weights=[0, 1], missing="omit"),
            EmptySampleError,
            "must not all be 0",
        ),
        (
            lambda: ExperienceLink(tally=weightless()),
            EmptySampleError,
            "tally must hold at least one answer with a weight above 0",
        ),
        (lambda: fit(weights=[1, -1]), InvalidValueError, "weights[1] must be finite"),
        (lambda: fit(level=95), InvalidValueError, "write level=0.95 for 95 %"),
        (lambda: ExperienceLink(tally=7), InvalidTypeError, "tally must be a Tally"),  # type: ignore[arg-type]
        (
            lambda: ExperienceLink(tally=Tally.count([1], scale=STARS_1_5)),
            InvalidValueError,
            'have the axis "retained" and no other',
        ),
        (
            lambda: ExperienceLink(
                tally=Tally.count([1], scale=STARS_1_5, by={"retained": ["yes"]})
            ),
            InvalidValueError,
            "have the labels True and False",
        ),
        (lambda: link(*CLEAR).retention_at("5"), InvalidTypeError, "be a number"),
        (
            lambda: link(*CLEAR).uplift(3, np.nan),
            MissingValueError,
            "change is missing",
        ),
        (
            lambda: link(*CLEAR).uplift([1, 2], [1, 2, 3]),
            InvalidValueError,
            "broadcast",
        ),
    ],
)
def test_calls_that_cannot_be(
    call: Callable[[], object], error: type[CxmError], words: str
) -> None:
    assert words in refused(call, error)


def test_records_hold_the_rates_of_every_score() -> None:
    found = link([60, 50, 50, 40, 30], [40, 50, 50, 60, 70])
    assert found.to_records()[3] == {
        "score": 4.0,
        "n": 100,
        "retained": 60,
        "raw_rate": 0.6,
        "fitted_rate": 0.6,
    }


@pytest.mark.parametrize(
    ("scores", "error", "message"),
    [
        ([1, None], MissingValueError, "scores[1] is missing"),
        ([1, 6], InvalidValueError, "scores[1] must be on the 1-5 scale; got 6"),
    ],
)
def test_scores_are_refused_by_their_name(
    scores: Any, error: type[CxmError], message: str
) -> None:
    with pytest.raises(error) as caught:
        ExperienceLink.fit(scores, [True, False], scale=STARS_1_5)
    assert str(caught.value).startswith(message)
    assert (caught.value.argument, caught.value.index) == ("scores", 1)


def test_weights_are_refused_by_theirs() -> None:
    with pytest.raises(InvalidValueError, match=r"^weights\[1\] must") as caught:
        ExperienceLink.fit([1, 2], [True, False], scale=STARS_1_5, weights=[1, -1])
    assert caught.value.argument == "weights"


# Whole refusals, and what is said in full

WAY = '; ExperienceLink.fit counts such a tally; write by={"retained": ...}'
RISING = link([0, 90, 50, 10, 0], [0, 10, 50, 90, 0])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: ExperienceLink(
                tally=Tally.from_counts(
                    [[1, 2, 3, 4, 5]], scale=STARS_1_5, by={"year": [1]}
                )
            ),
            InvalidValueError,
            f"tally must have the axis \"retained\" and no other; got ('year',){WAY}",
        ),
        (
            lambda: ExperienceLink(
                tally=Tally.from_counts(
                    [[1, 2, 3, 4, 5]] * 2,
                    scale=STARS_1_5,
                    by={"retained": [True, "no"]},
                )
            ),
            InvalidValueError,
            (
                'tally must have the labels True and False on its axis "retained"; got'
                f" 'no'{WAY}"
            ),
        ),
        (
            lambda: RISING.retention_at(1),
            InvalidValueError,
            "score must lie between 2 and 4, the scores that were given; got 1",
        ),
        (
            lambda: RISING.retention_at("x"),
            InvalidTypeError,
            "score must be a number; got 'x'",
        ),
        (
            lambda: RISING.uplift("7", 1),
            InvalidTypeError,
            "score must be a number; got '7'",
        ),
        (
            lambda: link([6, 5, 5, 4, 3], [4, 5, 5, 6, 7]).retention_at(3),
            InvalidValueError,
            (
                "link must show that retention rises with the score before its curve is"
                " read; got no evidence (p = .16); see its summary()"
            ),
        ),
    ],
)
def test_refusals_in_full(
    call: Callable[[], object], error: type[CxmError], words: str
) -> None:
    assert refused(call, error) == words


def test_a_rise_is_told_in_full() -> None:
    assert RISING.summary() == (
        "Better scores go with more customers who stay (p < .001). Retained: 2: 10.0 %"
        " of 100; 3: 50.0 % of 100; 4: 90.0 % of 100. This is an association: other"
        " things may make the same customers happy and loyal. What a better score would"
        " bring, an experiment tells."
    )


def test_twelve_points_are_told_one_by_one() -> None:
    for points in (12, 13):
        scale = Scale(1, points, higher_is_better=True)
        by = {"retained": [False, True]}
        tally = Tally.from_counts([[9] * points] * 2, scale=scale, by=by)
        said = ExperienceLink(tally=tally).summary()
        assert ("; ...; " in said) == (points == 13)
        assert said.count("50.0 %") == (12 if points == 12 else 6)
