"""How many answers are enough? Laws, oracles, measured power and refusals."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import normal_sample_size_one_tail
from statsmodels.stats.proportion import samplesize_confint_proportion

from cxmkit import (
    SATISFACTION_1_5,
    CxmError,
    Scale,
    Tally,
    compare,
    csat,
    mean_score,
    nps,
)
from cxmkit.errors import InvalidTypeError, InvalidValueError, MissingValueError
from cxmkit.metrics import BoxShare, MeanScore, NetScore
from cxmkit.planning import margin_of_error, sample_size, sample_size_to_compare

Z = float(scipy.stats.norm.ppf(0.975))

shares = st.floats(1, 99)
pairs = st.tuples(st.floats(1, 50), st.floats(1, 50))
answers = shares | pairs
margins = st.floats(0.05, 60)
levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
effects = st.floats(0.5, 6)
populations = st.none() | st.integers(1, 10**7)

SIDES = Scale(-1, 1, higher_is_better=True)
SHARE = BoxShare(name="Share", points=[1])
NET = NetScore(name="Net", positive=[1], negative=[-1])


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-10)


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


# Published values


@pytest.mark.reference
def test_a_share_within_five_points() -> None:
    assert sample_size(5, expected=50) == 385  # 384.146
    assert sample_size(5, expected=50, population=500) == 218  # 217.487


@pytest.mark.reference
def test_a_net_score_within_ten_points() -> None:
    # Variance of .67, MeasuringU's estimate for an NPS of which nothing is known.
    assert sample_size(10, expected=(33.5, 33.5)) == 255  # 254.378


@pytest.mark.reference
@pytest.mark.parametrize(
    ("first", "second", "n"), [(65, 85, 70), (85, 65, 70)], ids=["more", "less"]
)
def test_two_shares_as_in_the_textbook(first: float, second: float, n: int) -> None:
    # Chow, Shao & Wang 2008, section 4.2: .65 and .85 with power .8.
    assert sample_size_to_compare(second - first, expected=first) == n


@pytest.mark.reference
def test_two_means_as_in_the_textbook() -> None:
    # Chow, Shao & Wang 2008, section 3.2: a difference of half a standard deviation.
    earlier = mean_score([40, 60] * 50, scale=Scale(0, 100, higher_is_better=True))
    deviation = earlier.se * 10
    assert sample_size_to_compare(deviation / 2, expected=earlier) == 63


def test_two_net_scores_need_twice_the_variance_of_one() -> None:
    # By hand, with 2 v for v = .67: (1.959964 + 0.841621)^2 * 1.34 / .1^2 - 3.
    assert math.ceil((Z + scipy.stats.norm.ppf(0.8)) ** 2 * 134 - 3) == 1049
    # The second group, (38.5, 28.5), has a variance of .66.
    assert sample_size_to_compare(10, expected=(33.5, 33.5)) == 1041
    # Groups at -5 and 5 have the same variance: .67 - .05^2, twice.
    assert sample_size_to_compare(10, expected=(31, 36)) == 1045


# Laws


@given(margins, answers, levels, populations, effects)
def test_the_least_number_that_is_enough(
    margin: float, expected: Any, level: float, population: int | None, effect: float
) -> None:
    options: dict[str, Any] = {
        "expected": expected,
        "level": level,
        "population": population,
        "design_effect": effect,
    }
    n = sample_size(margin, **options)
    assert isinstance(n, int)
    assert 1 <= n <= (population or math.inf)
    assert margin_of_error(n, **options) <= margin * (1 + 1e-9)
    if n > 1:
        assert margin_of_error(n - 1, **options) > margin


@given(st.integers(1, 10**6), answers, levels, populations, effects)
def test_rounding_adds_no_answer(
    n: int, expected: Any, level: float, population: int | None, effect: float
) -> None:
    if population is not None:
        population += n
    options: dict[str, Any] = {
        "expected": expected,
        "level": level,
        "population": population,
        "design_effect": effect,
    }
    margin = margin_of_error(n, **options)
    if margin < (200 if isinstance(expected, tuple) else 100):
        assert sample_size(margin, **options) == n


@given(margins, answers, effects)
def test_more_is_needed_to_be_closer_and_surer(
    margin: float, expected: Any, effect: float
) -> None:
    n = sample_size(margin, expected=expected)
    assert sample_size(margin / 2, expected=expected) >= n
    assert sample_size(margin, expected=expected, level=0.99) >= n
    assert sample_size(margin, expected=expected, design_effect=1 + effect) >= n
    assert sample_size(margin, expected=expected, population=1000) <= n
    assert sample_size(margin, expected=50) >= sample_size(margin, expected=30)


@given(st.integers(1, 5000), shares, pairs)
def test_turning_the_scale_round_changes_nothing(
    n: int, share: float, pair: tuple[float, float]
) -> None:
    there, back = (margin_of_error(n, expected=x) for x in (share, 100 - share))
    assert there == close(back)
    turned = margin_of_error(n, expected=pair[::-1])
    assert margin_of_error(n, expected=pair) == turned


@given(st.integers(1, 5000), st.floats(1.01, 99))
def test_a_share_is_a_net_score_without_a_negative_side(n: int, share: float) -> None:
    net = margin_of_error(n, expected=(share, 0))
    assert net == close(margin_of_error(n + 3, expected=share))


@given(st.floats(1, 40), st.floats(1, 50), effects)
def test_the_other_group_first_needs_as_many(
    difference: float, share: float, effect: float
) -> None:
    def plan(gap: float, expected: float) -> int:
        n: int = sample_size_to_compare(gap, expected=expected, design_effect=effect)
        return n

    n = plan(difference, share)
    assert abs(plan(-difference, share + difference) - n) <= 1
    assert abs(plan(-difference, 100 - share) - n) <= 1


@given(st.floats(1, 40), st.tuples(st.floats(1, 29), st.floats(21, 50)), effects)
def test_the_other_net_score_first_needs_as_many(
    difference: float, pair: tuple[float, float], effect: float
) -> None:
    def plan(gap: float, expected: tuple[float, float]) -> int:
        n: int = sample_size_to_compare(gap, expected=expected, design_effect=effect)
        return n

    positive, negative = pair
    n = plan(difference, pair)
    other = (positive + difference / 2, negative - difference / 2)
    assert abs(plan(-difference, other) - n) <= 1
    assert abs(plan(-difference, pair[::-1]) - n) <= 1


@pytest.mark.parametrize(
    ("difference", "first", "second"),
    [
        (-15, (95, 1), (87.5, 8.5)),
        (10, (80, 2), (88, 0)),  # the negative side ends at 0, the other takes 8
        (-20, (5, 30), (0, 45)),
        (100, (50, 50), (100, 0)),
        (-100, (20, 20), (0, 100)),
    ],
)
def test_a_net_score_moves_through_both_sides(
    difference: float, first: tuple[float, float], second: tuple[float, float]
) -> None:
    one, two = (
        100 * sum(sides) - (sides[0] - sides[1]) ** 2 for sides in (first, second)
    )
    needed = (Z + scipy.stats.norm.ppf(0.8)) ** 2 * (one + two) / difference**2 - 3
    found = sample_size_to_compare(difference, expected=first)
    assert found == max(math.ceil(needed - 1e-9), 1)
    both = sample_size_to_compare([difference, difference], expected=first)
    assert both.tolist() == [found, found]


@given(st.lists(margins, min_size=1, max_size=5), st.lists(shares, min_size=1))
def test_arrays_are_one_by_one(many: list[float], expected: list[float]) -> None:
    sizes = sample_size(np.array(many)[:, None], expected=np.array(expected))
    assert sizes.shape == (len(many), len(expected))
    assert sizes.dtype == np.int64
    for (i, margin), (j, share) in itertools.product(
        enumerate(many), enumerate(expected)
    ):
        assert sizes[i, j] == sample_size(margin, expected=share)


def test_every_argument_may_be_an_array() -> None:
    two = np.array([2, 3])
    halves = [sample_size(10, expected=50, design_effect=x) for x in (2, 3)]
    assert sample_size(10, expected=50, design_effect=two).tolist() == halves
    few = [sample_size(10, expected=50, population=x) for x in (2, 3)]
    assert sample_size(10, expected=50, population=two).tolist() == few
    sides = [sample_size(10, expected=(x, 20)) for x in (2, 3)]
    assert sample_size(10, expected=(two, 20)).tolist() == sides
    reach = margin_of_error(two, expected=50)
    assert reach.tolist() == [margin_of_error(x, expected=50) for x in (2, 3)]
    gaps = [sample_size_to_compare(x, expected=50) for x in (2, 3)]
    assert sample_size_to_compare(two, expected=50).tolist() == gaps
    assert isinstance(margin_of_error(4, expected=50), float)
    assert isinstance(sample_size_to_compare(4, expected=50), int)


# Oracles


@given(margins, shares, levels)
def test_a_share_is_statsmodels(margin: float, share: float, level: float) -> None:
    theirs = samplesize_confint_proportion(share / 100, margin / 100, alpha=1 - level)
    if abs(theirs - round(theirs)) > 1e-6:
        assert sample_size(margin, expected=share, level=level) == math.ceil(theirs)


@given(st.floats(0.5, 45), st.floats(1, 50), levels, st.floats(0.6, 0.99), pairs)
def test_two_groups_are_statsmodels(
    gap: float, share: float, level: float, power: float, pair: tuple[float, float]
) -> None:
    options = {"level": level, "power": power}
    other = share + gap
    both = math.sqrt(share * (100 - share) + other * (100 - other))
    theirs = normal_sample_size_one_tail(gap, power, (1 - level) / 2, std_null=both)
    if abs(theirs - round(theirs)) > 1e-6:
        ours = sample_size_to_compare(gap, expected=share, **options)
        assert ours == max(math.ceil(theirs), 1)
    less = min(gap / 2, pair[1])
    moved = (pair[0] + gap - less, pair[1] - less)
    net = math.sqrt(
        sum(100 * sum(each) - (each[0] - each[1]) ** 2 for each in (pair, moved))
    )
    theirs = normal_sample_size_one_tail(gap, power, (1 - level) / 2, std_null=net) - 3
    if abs(theirs - round(theirs)) > 1e-6:
        ours = sample_size_to_compare(gap, expected=pair, **options)
        assert ours == max(math.ceil(theirs), 1)


@pytest.mark.parametrize("n", [1, 3, 7, 8])
def test_a_small_population_is_drawn_from_in_every_way(n: int) -> None:
    people = [100] * 4 + [0] * 4
    drawn = [sum(some) / n for some in itertools.combinations(people, n)]
    spread = math.sqrt(sum((x - 50) ** 2 for x in drawn) / len(drawn))
    assert margin_of_error(n, expected=50, population=8) == close(Z * spread)


def test_a_net_score_of_all_has_no_margin() -> None:
    assert margin_of_error(8, expected=(50, 20), population=8) == 0
    assert margin_of_error(1, expected=(50, 20), population=1) == 0
    # An answer of a population of 9 is worth (9 - 1) / (9 - 5) answers.
    worth = margin_of_error(10, expected=(50, 20))
    assert margin_of_error(5, expected=(50, 20), population=9) == close(worth)


def test_an_earlier_survey_promises_its_own_margin() -> None:
    sample = [5] * 31 + [4] * 17 + [3] * 9 + [1] * 6
    share = csat(sample, scale=SATISFACTION_1_5, method="wald")
    reach = (share.high - share.low) / 2
    assert margin_of_error(share.n, expected=share) == close(reach)
    assert margin_of_error(share.n, expected=share.value) == close(reach)
    mean = mean_score(sample, scale=SATISFACTION_1_5, method="z")
    reach = (mean.high - mean.low) / 2
    assert margin_of_error(mean.n, expected=mean) == close(reach)
    net = nps([10] * 31 + [8] * 17 + [3] * 9, method="wald")
    reach = (net.high - net.low) / 2
    assert margin_of_error(net.n - 3, expected=net) == close(reach)
    assert net.shares is not None
    assert margin_of_error(9, expected=net) == margin_of_error(9, expected=net.shares)


def test_weights_count_as_a_design_effect() -> None:
    rng = np.random.default_rng(5)
    sample, weights = rng.integers(1, 6, 200), rng.uniform(0.5, 3, 200)
    options: dict[str, Any] = {"scale": SATISFACTION_1_5, "weights": weights}
    mean = mean_score(sample, **options, method="z")
    assert mean.n_effective < mean.n
    effect = mean.n / mean.n_effective
    reach = margin_of_error(mean.n, expected=mean, design_effect=effect)
    assert reach == close((mean.high - mean.low) / 2)


def test_a_rescaled_mean_is_in_points_of_100() -> None:
    metric = MeanScore(name="Ease", rescaled=True)
    sample = [5] * 31 + [4] * 17 + [3] * 9 + [1] * 6
    plain = mean_score(sample, scale=SATISFACTION_1_5)
    hundred = metric(sample, scale=SATISFACTION_1_5)
    assert sample_size(5, expected=hundred) == sample_size(5 / 25, expected=plain)
    assert sample_size_to_compare(-5, expected=hundred) == sample_size_to_compare(
        -0.2, expected=plain
    )


def test_the_design_effect_is_on_answers_not_on_the_imaginary_ones() -> None:
    # 254.378 answers of a simple sample, without the three.
    assert sample_size(10, expected=(33.5, 33.5), design_effect=2) == 509


def test_a_handful_may_be_enough_but_not_none() -> None:
    assert sample_size(60, expected=50) == 3
    assert sample_size(150, expected=(50, 20)) == 1
    assert sample_size_to_compare(99, expected=(49.5, 50)) == 6


# Measured power of the comparison that is planned for


def power_of_shares(first: float, second: float, n: int) -> float:
    """Enumerate all pairs of results."""
    count = np.arange(n + 1)
    one = Tally.from_counts(
        np.stack([n - count, count], axis=-1),
        scale=Scale(0, 1, higher_is_better=True),
        by={"row": count},
    )
    estimates = SHARE(one)
    power = 0.0
    chances = [scipy.stats.binom.pmf(count, n, p / 100) for p in (first, second)]
    for shift in range(n + 1):  # each result against one that is so far off
        moved = np.roll(one.counts, shift, axis=0)
        other = SHARE(Tally.from_counts(moved, scale=one.scale, by={"row": count}))
        found = compare(estimates, other).distinguishable
        power += float(chances[0] @ (found * np.roll(chances[1], shift)))
    return power


@pytest.mark.parametrize(
    ("first", "gap", "n", "power"), [(50, 40, 17, 0.7501), (10, 60, 7, 0.7015)]
)
def test_few_answers_keep_less_than_promised(
    first: float, gap: float, n: int, power: float
) -> None:
    assert sample_size_to_compare(gap, expected=first) == n
    assert power_of_shares(first, first + gap, n) == pytest.approx(power, abs=5e-5)


def test_the_power_of_shares_is_kept() -> None:
    n = sample_size_to_compare(15, expected=80)
    assert n == 73
    assert power_of_shares(80, 95, n) == pytest.approx(0.8114, abs=5e-5)


def power_of_nets(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Simulate surveys of the planned size."""
    gap = (second[0] - second[1]) - (first[0] - first[1])
    n = sample_size_to_compare(gap, expected=first)
    rng = np.random.default_rng(2026)
    runs = 4000
    results = []
    for positive, negative in (first, second):
        chances = [negative / 100, (100 - positive - negative) / 100, positive / 100]
        counts = rng.multinomial(n, chances, runs)
        tally = Tally.from_counts(counts, scale=SIDES, by={"run": range(runs)})
        results.append(NET(tally))
    return float(compare(*results).distinguishable.mean())


@pytest.mark.parametrize(
    ("first", "second", "power"),
    [
        ((33.5, 33.5), (38.5, 28.5), 0.80),
        ((95, 1), (87.5, 8.5), 0.782),
        ((90, 2), (85, 7), 0.794),
        ((60, 15), (50, 25), 0.794),
        ((40, 10), (30, 20), 0.79),
        ((80, 2), (90, 2), 0.726),
        ((60, 15), (80, 15), 0.701),
        ((60, 15), (40, 15), 0.858),
        ((95, 1), (80, 1), 0.911),
    ],
)
def test_net_scores_keep_the_power_if_both_sides_move(
    first: tuple[float, float], second: tuple[float, float], power: float
) -> None:
    assert power_of_nets(first, second) == pytest.approx(power, abs=0.025)


# Refusals


@pytest.mark.parametrize("margin", [0, -5, 100, 250])
def test_impossible_margins_are_refused(margin: float) -> None:
    said = refused(lambda: sample_size(margin, expected=50), InvalidValueError)
    assert said.startswith("margin must be ")
    assert ("less than the scale is long (100 points)" in said) == (margin >= 100)


def test_the_scale_says_which_margin_is_too_long() -> None:
    mean = mean_score([1, 4, 5], scale=SATISFACTION_1_5)
    said = refused(lambda: sample_size(4, expected=mean), InvalidValueError)
    assert "less than the scale is long (4 points)" in said
    assert sample_size(199, expected=(50, 20)) == 1
    refused(lambda: sample_size(200, expected=(50, 20)), InvalidValueError)


@pytest.mark.parametrize("margin", [1e-7, 1e-300])
def test_nobody_asks_so_many(margin: float) -> None:
    said = refused(lambda: sample_size([5, margin], expected=50), InvalidValueError)
    assert said == (
        f"margin[1] must be within reach; got {margin}; it would take more than 9e15"
        " answers"
    )
    said = refused(
        lambda: sample_size_to_compare(margin, expected=50), InvalidValueError
    )
    assert said.startswith("difference must be within reach")
    assert said.endswith("it would take more than 9e15 answers")
    # A population has an end.
    assert sample_size(margin, expected=50, population=10**6) == 10**6


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (0, "expected must be a share between 0 and 100 percent; got 0; answers that"),
        (100, "expected must be a share between 0 and 100 percent; got 100; answers"),
        (-1, "expected must be a share between 0 and 100 percent; got -1"),
        (101, "expected must be a share between 0 and 100 percent; got 101"),
        ((80, 30), "expected must add up to at most 100 percent; got 110"),
        ((-1, 30), "expected[0] must be a share from 0 to 100 percent; got -1"),
        ((1, 130), "expected[1] must be a share from 0 to 100 percent; got 130"),
        ((0, 0), "expected must let answers differ; got 0; answers that are all"),
        ((0, 100), "expected must let answers differ; got 100; answers that are all"),
        (np.array([50, 0]), "expected[1] must be a share between 0 and 100 percent"),
        ((np.array([1, 2]), np.zeros(3)), "expected[1] must have a shape that"),
    ],
)
@pytest.mark.parametrize("plan", [sample_size, margin_of_error, sample_size_to_compare])
def test_impossible_expectations_are_refused(
    plan: Callable[..., Any], expected: Any, words: str
) -> None:
    said = refused(lambda: plan(5, expected=expected), InvalidValueError)
    assert said.startswith(words)
    assert (said.endswith("expect a few of either kind")) == (
        "all alike" in said or "; answers that" in words
    )


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ([50, 20], "write (50, 20) for a net score, numpy.array([50, 20]) for two"),
        ((50, 20, 30), "expected must be a pair (positive, negative); got (50, 20,"),
        ("50", "expected must be a number; got '50'"),
        (True, "expected must be a number; got True"),
        (nps([10, 3], by=["a", "b"]), "pass that of one group, estimates.at(...)"),
    ],
)
def test_expectations_of_the_wrong_kind_are_refused(expected: Any, words: str) -> None:
    said = refused(lambda: sample_size(5, expected=expected), InvalidTypeError)
    assert words in said


def test_nothing_is_not_expected() -> None:
    missing: Any = None
    refused(lambda: sample_size(5, expected=missing), MissingValueError)
    refused(lambda: sample_size(5, expected=(50, math.nan)), MissingValueError)


@pytest.mark.parametrize(
    "earlier",
    [
        mean_score([5], scale=SATISFACTION_1_5),
        mean_score([5, 5, 5], scale=SATISFACTION_1_5),
        csat([5, 5], scale=SATISFACTION_1_5),
        nps([10, 10]),
    ],
    ids=["one answer", "mean", "share", "net"],
)
def test_an_earlier_survey_must_show_how_much_answers_differ(earlier: Any) -> None:
    said = refused(lambda: sample_size(1, expected=earlier), InvalidValueError)
    assert said.endswith("expect a few of either kind")


def test_numbers_of_answers_are_checked() -> None:
    calls: list[tuple[Callable[[], Any], str]] = [
        (lambda: margin_of_error(0, expected=50), "n must be at least 1; got 0"),
        (lambda: margin_of_error(2.5, expected=50), "n must be a count (a whole"),
        (lambda: margin_of_error(-2, expected=50), "n must be a count (a whole"),
        (
            lambda: margin_of_error([5, 9], expected=50, population=8),
            "n[1] must not exceed the population; got 9",
        ),
        (
            lambda: sample_size(5, expected=50, population=0),
            "population must be at least 1; got 0",
        ),
        (
            lambda: sample_size(5, expected=50, design_effect=0),
            "design_effect must be positive; got 0",
        ),
        (
            lambda: sample_size([5, 6], expected=50, population=[7, 8, 9]),
            "population must have a shape that broadcasts with (2,); got (3,)",
        ),
        (
            lambda: sample_size(5, expected=50, level=95),
            "level must lie between 0 and 1; got 95; write level=0.95 for 95 %",
        ),
    ]
    for call, words in calls:
        assert refused(call, InvalidValueError).startswith(words)


@pytest.mark.parametrize(
    ("difference", "expected", "words"),
    [
        (0, 50, "difference must not be 0; got 0"),
        (50, 51, "difference must lead to a result from 0 to 100; got 50; it is added"),
        (-52, 51, "difference must lead to a result from 0 to 100; got -52"),
        (80, (50, 20), "difference must lead to a result from -100 to 100; got 80"),
        (-140, (50, 20), "difference must lead to a result from -100 to 100; got -140"),
    ],
)
def test_impossible_differences_are_refused(
    difference: float, expected: Any, words: str
) -> None:
    said = refused(
        lambda: sample_size_to_compare(difference, expected=expected),
        InvalidValueError,
    )
    assert said.startswith(words)


def test_differences_may_reach_the_ends() -> None:
    assert sample_size_to_compare(49, expected=51) == 9
    assert sample_size_to_compare([70, -130], expected=(50, 20)).tolist() == [7, 1]
    mean = mean_score([1, 5, 5, 5], scale=SATISFACTION_1_5)
    assert sample_size_to_compare(1, expected=mean) > 1
    refused(lambda: sample_size_to_compare(1.1, expected=mean), InvalidValueError)


@pytest.mark.parametrize(("power", "level"), [(0.05, 0.95), (0.01, 0.95), (0.1, 0.9)])
def test_luck_is_not_planned_for(power: float, level: float) -> None:
    said = refused(
        lambda: sample_size_to_compare(5, expected=50, power=power, level=level),
        InvalidValueError,
    )
    assert said.startswith(f"power must be above 1 - level ({1 - level:.3g})")


@pytest.mark.parametrize("power", [80, 0, 1])
def test_power_is_a_probability(power: float) -> None:
    said = refused(
        lambda: sample_size_to_compare(5, expected=50, power=power), InvalidValueError
    )
    rule = "power must lie between 0 and 1"
    assert said == f"{rule}; got {power}; write power=0.8 for 80 %"
    text: Any = "80"
    refused(
        lambda: sample_size_to_compare(5, expected=50, power=text), InvalidTypeError
    )


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (0.45, "expected must be in percent; got 0.45; write 45 for 45 %"),
        (0.999, "expected must be in percent; got 0.999; write 45"),
        (np.array([50, 0.5]), "expected[1] must be in percent; got 0.5; write 45"),
        ((0.6, 0.15), "expected must be in percent; got 0.75; write 45"),
        ((0.57, 0.43), "expected must be in percent; got 1; write 45"),
        ((0.5, 0), "expected must be in percent; got 0.5; write 45"),
    ],
)
@pytest.mark.parametrize("plan", [sample_size, margin_of_error, sample_size_to_compare])
def test_fractions_are_not_percent(
    plan: Callable[..., Any], expected: Any, words: str
) -> None:
    said = refused(lambda: plan(5, expected=expected), InvalidValueError)
    assert said.startswith(words)
    assert said.endswith(
        "for less than one percent pass the Estimate of an earlier survey"
    )


def test_less_than_a_percent_is_planned_for_with_an_earlier_survey() -> None:
    assert sample_size(5, expected=1) == 16
    assert sample_size(5, expected=(0.6, 0.6)) > 1
    rare = csat([5] + [1] * 499, scale=SATISFACTION_1_5)
    assert sample_size(0.1, expected=rare) == math.ceil((Z / 0.1) ** 2 * 0.2 * 99.8)
    few = nps([10] + [7] * 499)
    spread = 100 * 0.2 - 0.2**2
    assert sample_size(0.1, expected=few) == math.ceil((Z / 0.1) ** 2 * spread - 3)
