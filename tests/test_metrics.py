"""Definitions, the estimator and the functions, one by one.

What holds for every metric stands in test_laws.py; here are loops in plain Python,
oracles of other packages, and what each metric has for itself.
"""

import copy
import math
import pickle
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import attrs
import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.linear_model import WLS

from cxmkit import (
    EASE_1_5,
    EASE_1_7,
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    SATISFACTION_1_7,
    SATISFACTION_1_10,
    STARS_1_5,
    CxmError,
    Scale,
    Tally,
    _checks,
    box_share,
    ces,
    csat,
    mean_score,
    net_score,
    nps,
)
from cxmkit.errors import (
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.metrics import BoxShare, MeanScore, NetScore

NPS = NetScore(name="NPS", positive=(9, 10), negative=range(7))
TOP = BoxShare(name="Top", points=(5,))
MEAN = MeanScore(name="Mean")
RESCALED = MeanScore(name="Mean", rescaled=True)
FOUR = Scale(1, 4, higher_is_better=True)  # no midpoint
TENTHS = Scale(0.1, 0.7, step=0.1, higher_is_better=True)

recommendations = st.lists(st.integers(0, 10), min_size=1, max_size=40)
ratings = st.lists(st.integers(1, 7), min_size=1, max_size=40)
weights = st.floats(0.1, 10)
levels = st.floats(0.1, 0.999)


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-10, abs=1e-10, nan_ok=True)


def refused(
    build: Callable[[], object], argument: str, error: type[CxmError]
) -> CxmError:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    assert refusal.value.argument == argument
    return refusal.value


# Loops in plain Python


def percent(answers: Sequence[int], good: Callable[[int], bool]) -> float:
    inside = 0
    for answer in answers:
        if good(answer):
            inside += 1
    return 100 * inside / len(answers)


@given(answers=recommendations)
def test_nps_is_promoters_less_detractors(answers: list[int]) -> None:
    promoters = percent(answers, lambda a: a >= 9)
    detractors = percent(answers, lambda a: a <= 6)
    estimate = nps(answers)
    assert estimate.value == close(promoters - detractors)
    assert estimate.shares == close((promoters, detractors))
    classes = [(a >= 9) - (a <= 6) for a in answers]
    spread = statistics.pvariance(classes)
    assert estimate.se == close(100 * math.sqrt(spread / len(answers)))


@given(answers=ratings, boxes=st.integers(1, 6))
def test_csat_is_a_share_from_the_good_end(answers: list[int], boxes: int) -> None:
    top = csat(answers, scale=SATISFACTION_1_7, boxes=boxes)
    bottom = csat(answers, scale=SATISFACTION_1_7.reversed(), boxes=boxes)
    assert top.value == close(percent(answers, lambda a: a > 7 - boxes))
    assert bottom.value == close(percent(answers, lambda a: a <= boxes))
    p = top.value / 100
    assert top.se == close(100 * math.sqrt(p * (1 - p) / len(answers)))
    assert top.shares is None


@given(answers=ratings)
def test_ces_reads_ease_three_ways(answers: list[int]) -> None:
    easy = percent(answers, lambda a: a > 4)
    hard = percent(answers, lambda a: a < 4)
    for scale, good, bad in (
        (EASE_1_7, easy, hard),
        (EASE_1_7.reversed(), hard, easy),
    ):
        assert ces(answers, scale=scale).value == close(statistics.fmean(answers))
        assert ces(answers, scale=scale, summary="easy-share").value == close(good)
        net = ces(answers, scale=scale, summary="net-easy")
        assert net.value == close(good - bad)
        assert net.shares == close((good, bad))


@given(answers=ratings)
def test_mean_has_the_error_of_a_sample(answers: list[int]) -> None:
    estimate = mean_score(answers, scale=SATISFACTION_1_7)
    assert estimate.value == close(statistics.fmean(answers))
    n = len(answers)
    if n > 1:
        assert estimate.se == close(statistics.stdev(answers) / math.sqrt(n))
    else:
        assert all(map(math.isnan, (estimate.se, estimate.low, estimate.high)))
    unit = RESCALED(answers, scale=SATISFACTION_1_7.reversed())
    assert unit.value == close(100 * (7 - statistics.fmean(answers)) / 6)
    assert unit.se == close(estimate.se * 100 / 6)


@given(answers=ratings, level=levels)
def test_intervals_of_means(answers: list[int], level: float) -> None:
    n = len(answers)
    for method, quantile in (
        ("t", scipy.stats.t.isf((1 - level) / 2, max(n - 1, 1))),
        ("z", scipy.stats.norm.isf((1 - level) / 2)),
    ):
        options: dict[str, Any] = {"level": level, "method": method}
        estimate = MEAN(answers, scale=SATISFACTION_1_7, **options)
        if n == 1 or (method == "t" and estimate.se == 0):
            assert math.isnan(estimate.low)
            continue
        reach = quantile * estimate.se
        ends = estimate.value - reach, estimate.value + reach
        assert (estimate.low, estimate.high) == close(ends)


@given(answers=recommendations, level=levels)
def test_wald_intervals_reach_z_errors(answers: list[int], level: float) -> None:
    z = scipy.stats.norm.isf((1 - level) / 2)
    for estimate in (
        nps(answers, method="wald", level=level),
        box_share(
            answers, scale=RECOMMEND_0_10, points=[10], method="wald", level=level
        ),
    ):
        ends = estimate.value - z * estimate.se, estimate.value + z * estimate.se
        assert (estimate.low, estimate.high) == close(ends)


# Weights

METRICS = (
    (NPS, RECOMMEND_0_10, lambda a: 100 * ((a >= 9) - (a <= 6))),
    (TOP, RECOMMEND_0_10, lambda a: 100 * (a == 5)),
    (MEAN, RECOMMEND_0_10, lambda a: a),
    (RESCALED, RECOMMEND_0_10, lambda a: 10 * a),
)


@pytest.mark.parametrize("case", METRICS, ids=["net", "share", "mean", "rescaled"])
@given(sample=st.lists(st.tuples(st.integers(0, 10), weights), min_size=2, max_size=30))
def test_weighted_estimates_by_a_loop(
    case: tuple[Any, Scale, Callable[[int], float]], sample: list[tuple[int, float]]
) -> None:
    """Design notes of survey statistics: first-order linearisation, respondents i.i.d.

    Least squares on a constant with White's errors (HC1) is the same by another way.
    """
    metric, scale, worth = case
    answers = [answer for answer, _ in sample]
    heavy = [weight for _, weight in sample]
    n, total = len(sample), math.fsum(heavy)
    value = math.fsum(w * worth(a) for a, w in sample) / total
    spread = math.fsum((w * (worth(a) - value)) ** 2 for a, w in sample)
    variance = math.fsum(w * (worth(a) - value) ** 2 for a, w in sample) / total
    estimate = metric(answers, scale=scale, weights=heavy)
    assert estimate.value == close(value)
    assert estimate.se == close(math.sqrt(n / (n - 1) * spread) / total)
    if len({worth(a) for a in answers}) > 1:
        kish = total**2 / math.fsum(w * w for w in heavy)
        informative = min(variance * total**2 / spread, kish)
        assert estimate.n_effective == close(informative)
        x = np.array([worth(a) for a in answers], dtype=float)
        fit = WLS(x, np.ones(n), weights=np.array(heavy)).fit(cov_type="HC1")
        assert estimate.value == close(fit.params[0])
        assert estimate.se == pytest.approx(fit.bse[0], rel=1e-8)


def test_weighted_intervals_rest_on_the_effective_number() -> None:
    answers, heavy = [5, 5, 1, 5, 3, 5], [1, 2, 3, 1, 1, 4]
    estimate = csat(answers, scale=SATISFACTION_1_5, weights=heavy)
    total, squares = 12, [1, 4, 9, 1, 1, 16]
    p = 8 / 12
    spread = sum(
        w2 * (((a >= 4) - p) ** 2) for w2, a in zip(squares, answers, strict=True)
    )
    n = min(p * (1 - p) * total**2 / spread, total**2 / sum(squares))
    z = scipy.stats.norm.isf(0.025)
    reach = z / (n + z * z) * math.sqrt(n * p * (1 - p) + z * z / 4)
    centre = (n * p + z * z / 2) / (n + z * z)
    assert estimate.n_effective == close(n)
    assert (estimate.low, estimate.high) == close(
        (100 * (centre - reach), 100 * (centre + reach))
    )


def test_weight_of_nothing_is_an_answer_that_does_not_count() -> None:
    estimate = nps([10, 10, 0], weights=[1, 1, 0])
    assert (estimate.value, estimate.n, estimate.n_effective) == (100, 3, 2)
    assert estimate.se == 0


def test_a_group_of_no_weight_is_nan() -> None:
    by = nps([10, 9, 0], weights=[1, 1, 0], by=["a", "a", "b"])
    empty = by.at(group="b")
    assert (empty.n, empty.missing) == (1, 0)
    assert math.isnan(empty.value)
    assert math.isnan(empty.n_effective)
    assert by.at(group="a").value == 100


@pytest.mark.parametrize("metric", [TOP, MEAN, RESCALED])
def test_rounding_makes_no_spread(metric: Any) -> None:
    """Sums of weights round; a unanimous group must not look all but unanimous."""
    rng = np.random.default_rng(7)
    for _ in range(300):
        heavy = rng.random(3)
        estimate = metric([5, 5, 5], scale=SATISFACTION_1_5, weights=heavy)
        assert estimate.value == (5 if metric is MEAN else 100)
        assert estimate.se == 0


# The estimator


def test_groups_without_answers_are_nan_and_counted() -> None:
    by = csat(
        [5, math.nan, 4, math.nan],
        scale=SATISFACTION_1_5,
        by={"shop": (np.array([0, 1, 0, 0]), ["north", "south", "west"])},
        missing="omit",
    )
    assert by.n.tolist() == [2, 0, 0]
    assert by.missing.tolist() == [1, 1, 0]
    for shop in ("south", "west"):
        cell = by.at(shop=shop)
        numbers = (cell.value, cell.se, cell.low, cell.high)
        assert all(map(math.isnan, numbers))
        assert cell.n_effective == 0
    assert by.at(shop="north").value == 100


def test_no_groups_at_all() -> None:
    by = nps([], by=[])
    assert len(by) == 0
    assert by.axes == ("group",)


@pytest.mark.parametrize(
    ("answers", "said"),
    [([], "got none"), ([None, math.nan], "got none (all 2 are missing)")],
)
def test_no_answers_at_all(answers: list[Any], said: str) -> None:
    error = refused(lambda: nps(answers, missing="omit"), "answers", EmptySampleError)
    assert str(error).endswith(said)
    empty = Tally.count(answers, scale=RECOMMEND_0_10, missing="omit")
    assert str(refused(lambda: nps(empty), "answers", EmptySampleError)) == str(error)


def test_missing_answers_are_counted() -> None:
    answers: list[Any] = [10, None, 3, math.nan, np.ma.masked, 9]
    estimate = nps(answers, missing="omit")
    assert (estimate.n, estimate.missing) == (3, 3)
    assert estimate.value == close(100 / 3)


@pytest.mark.parametrize(("answers", "level"), [([10], 0.95), ([10] * 9, 0.5)])
def test_the_adjusted_interval_is_stretched_to_its_value(
    answers: list[int], level: float
) -> None:
    """Around the adjusted centre alone it would end before a unanimous score."""
    promoters = nps(answers, level=level)
    assert promoters.low < promoters.high == promoters.value == 100
    detractors = nps([0] * len(answers), level=level)
    assert detractors.high > detractors.low == detractors.value == -100


def test_answers_all_alike_do_not_tell_how_sure_their_mean_is() -> None:
    unanimous = mean_score([4, 4, 4], scale=SATISFACTION_1_7)
    assert (unanimous.value, unanimous.se) == (4, 0)
    assert math.isnan(unanimous.low)
    assert math.isnan(unanimous.high)


def test_two_axes() -> None:
    by = {"year": [2025, 2025, 2026, 2026], "shop": ["a", "b", "a", "a"]}
    grid = nps([10, 0, 9, 7], by=by)
    assert grid.axes == ("year", "shop")
    assert grid.value.tolist() == [
        [100, -100],
        [50, pytest.approx(np.nan, nan_ok=True)],
    ]
    assert grid.shares is not None
    assert grid.shares.shape == (2, 2, 2)
    assert grid.at(year=2026, shop="a").shares == (50, 0)


# Counting signs alone


def fast(answers: npt.ArrayLike, metric: NetScore = NPS) -> Any:
    return metric(np.asarray(answers), scale=RECOMMEND_0_10)


def slow(answers: npt.ArrayLike, metric: NetScore = NPS) -> Any:
    return metric(Tally.count(answers, scale=RECOMMEND_0_10))


DTYPES = ["int8", "int16", "int32", "int64", "uint8", "uint64", ">i2", "<u4"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [1, 1000, _checks.CHUNK, 2 * _checks.CHUNK + 5])
def test_columns_longer_than_a_chunk(dtype: str, rows: int) -> None:
    answers = np.random.default_rng(rows).integers(0, 11, rows).astype(dtype)
    found, counted = fast(answers), slow(answers)
    assert found.shares == counted.shares
    assert found.se == close(counted.se)
    assert attrs.evolve(found, se=counted.se) == counted


@pytest.mark.parametrize(
    ("positive", "negative"),
    [((10,), (0,)), ((5, 6, 7, 8, 9, 10), (0, 1)), ((9, 10), range(9)), ((0,), (10,))],
)
def test_any_cut(positive: Sequence[int], negative: Sequence[int]) -> None:
    metric = NetScore(name="Net", positive=positive, negative=negative)
    answers = np.array([0, 1, 2, 4, 5, 7, 8, 9, 9, 10, 10])
    expected = percent(answers.tolist(), lambda a: a in positive) - percent(
        answers.tolist(), lambda a: a in negative
    )
    assert fast(answers, metric).value == close(expected)
    assert slow(answers, metric).value == close(expected)


def test_sides_with_gaps_are_counted_point_by_point() -> None:
    metric = NetScore(name="Net", positive=(10, 6), negative=(0, 7))
    assert fast([10, 6, 7, 9], metric).value == 25
    assert fast([10, 8, 9, 9], metric).shares == (25, 0)


@pytest.mark.parametrize("place", [0, 3, _checks.CHUNK, _checks.CHUNK + 9])
@pytest.mark.parametrize("answer", [-1, 11, 120, -128])
def test_the_place_of_a_wrong_answer(place: int, answer: int) -> None:
    answers = np.full(_checks.CHUNK + 10, 7, dtype=np.int8)
    answers[place] = answer
    said = f"answers[{place}] must be on the 0-10 scale; got {answer}"
    for count in (fast, slow):
        error = refused(partial(count, answers), "answers", InvalidValueError)
        assert (str(error), error.index, error.value) == (said, place, answer)


def test_whole_numbers_on_a_scale_of_halves() -> None:
    """Two comparisons would misplace them; the histogram does not."""
    halves = Scale(0.5, 3.5, step=0.5, higher_is_better=True)
    metric = NetScore(name="Net", positive=(3, 3.5), negative=(0.5, 1))
    assert metric(np.array([3, 2, 1, 3]), scale=halves).value == 25
    odd = Scale(0.5, 3.5, higher_is_better=True)
    metric = NetScore(name="Net", positive=(3.5,), negative=(0.5,))
    error = refused(
        lambda: metric(np.array([3]), scale=odd), "answers", InvalidValueError
    )
    assert error.index == 0


def test_masked_whole_numbers_are_missing() -> None:
    answers = np.ma.masked_array([10, 0, 9], mask=[False, True, False])
    estimate = nps(answers, missing="omit")
    assert (estimate.value, estimate.n, estimate.missing) == (100, 2, 1)
    refused(lambda: nps(answers), "answers", MissingValueError)


# Definitions


def test_definitions_sort_their_points() -> None:
    assert NPS.positive == (9.0, 10.0)
    assert NetScore(name="x", positive=(10, 9), negative={3, 1}).negative == (1.0, 3.0)
    assert BoxShare(name="x", points=np.array([5, 4])).points == (4.0, 5.0)
    assert NetScore(name="NPS", positive=[10, 9], negative=range(7)) == NPS
    assert hash(NetScore(name="NPS", positive=[10, 9], negative=range(7))) == hash(NPS)


@pytest.mark.parametrize("definition", [NPS, TOP, MEAN, RESCALED])
def test_definitions_are_values(definition: Any) -> None:
    assert copy.deepcopy(definition) == definition
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        twin = pickle.loads(pickle.dumps(definition, protocol))  # noqa: S301
        assert twin == definition
        assert hash(twin) == hash(definition)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        definition.name = "other"


BAD_POINTS: dict[str, tuple[Any, type[CxmError], int | None]] = {
    "nothing": ((), InvalidValueError, None),
    "twice": ((5, 4, 5.0), InvalidValueError, None),
    "a number": (5, InvalidTypeError, None),
    "None": (None, InvalidTypeError, None),
    "a text": ("45", InvalidTypeError, None),
    "texts": ((4, "5"), InvalidTypeError, 1),
    "missing": ((4, None), InvalidTypeError, 1),
    "bools": ((4, True), InvalidTypeError, 1),
    "not a number": ((4, math.nan), InvalidValueError, 1),
    "infinite": ((4, math.inf), InvalidValueError, 1),
}


@pytest.mark.parametrize("case", BAD_POINTS)
def test_bad_points_are_refused(case: str) -> None:
    points, error, index = BAD_POINTS[case]
    for argument, build in (
        ("points", lambda: BoxShare(name="x", points=points)),
        ("positive", lambda: NetScore(name="x", positive=points, negative=[1])),
        ("negative", lambda: NetScore(name="x", positive=[1], negative=points)),
        ("points", lambda: box_share([5], scale=STARS_1_5, points=points)),
    ):
        assert refused(build, argument, error).index == index


def test_no_point_is_on_both_sides() -> None:
    error = refused(
        lambda: NetScore(name="x", positive=(5, 4, 3), negative=(3, 1, 4)),
        "negative",
        InvalidValueError,
    )
    assert error.value == 3


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_metrics_have_names(name: Any) -> None:
    for build in (
        lambda: NetScore(name=name, positive=[1], negative=[2]),
        lambda: BoxShare(name=name, points=[1]),
        lambda: MeanScore(name=name),
    ):
        with pytest.raises(CxmError, match=r"^name must"):
            build()


def test_rescaled_is_yes_or_no() -> None:
    refused(
        lambda: MeanScore(name="x", rescaled=1),  # type: ignore[arg-type]
        "rescaled",
        InvalidTypeError,
    )


@pytest.mark.parametrize("argument", ["points", "positive", "negative"])
def test_points_lie_on_the_scale(argument: str) -> None:
    options: dict[str, Any] = {"positive": [5], "negative": [1]}
    metric = box_share if argument == "points" else net_score
    if argument == "points":
        options = {}
    options[argument] = [2, 6]
    error = refused(
        lambda: metric([3, 3], scale=STARS_1_5, **options), argument, InvalidValueError
    )
    assert str(error) == f"{argument}[1] must be on the 1-5 scale; got 6"


def test_what_definitions_say_of_themselves() -> None:
    down = EFFORT_1_5
    assert [d.decimals for d in (NPS, TOP, MEAN, RESCALED)] == [1, 1, 2, 1]
    assert [d.unit(down) for d in (NPS, TOP, RESCALED)] == [" points", " %", " of 100"]
    assert "5 is worst" in MEAN.unit(down)
    assert "7 is best" in MEAN.unit(EASE_1_7)
    assert [d.range(down) for d in (NPS, TOP, MEAN, RESCALED)] == [
        (-100, 100),
        (0, 100),
        (1, 5),
        (0, 100),
    ]
    assert [d.higher_is_better(down) for d in (NPS, MEAN, RESCALED)] == [1, 0, 1]
    assert MEAN.higher_is_better(EASE_1_7)


@pytest.mark.parametrize(
    ("points", "up"),
    [
        ((5,), True),
        ((4, 5), True),
        ((1,), False),
        ((1, 2, 3), False),
        ((2, 3, 4), True),  # neither; a greater share is no worse
        ((1, 2, 3, 4, 5), True),
    ],
)
def test_a_share_of_bad_points_is_bad(points: tuple[int, ...], up: bool) -> None:  # noqa: FBT001
    metric = BoxShare(name="x", points=points)
    assert metric.higher_is_better(SATISFACTION_1_5) is up
    mirrored = BoxShare(name="x", points=[6 - p for p in points])
    assert mirrored.higher_is_better(EFFORT_1_5) is up


def test_what_points_are_worth() -> None:
    assert NPS.worth(RECOMMEND_0_10).tolist() == [-100] * 7 + [0] * 2 + [100] * 2
    assert TOP.worth(STARS_1_5).tolist() == [0, 0, 0, 0, 100]
    assert MEAN.worth(EFFORT_1_5).tolist() == [1, 2, 3, 4, 5]
    assert RESCALED.worth(EFFORT_1_5).tolist() == [100, 75, 50, 25, 0]


# The functions


@pytest.mark.parametrize("boxes", [1, 4, np.int64(2), np.uint8(2)])
def test_csat_says_how_many_boxes(boxes: Any) -> None:
    estimate = csat([5, 4, 1], scale=SATISFACTION_1_5, boxes=boxes)
    assert estimate.definition.name == f"CSAT (top {int(boxes)})"
    assert estimate.definition == BoxShare(
        name=estimate.definition.name, points=range(6 - int(boxes), 6)
    )


@pytest.mark.parametrize("boxes", [0, 5, -1])
def test_csat_leaves_points_in_and_out(boxes: int) -> None:
    error = refused(
        lambda: csat([5], scale=SATISFACTION_1_5, boxes=boxes),
        "boxes",
        InvalidValueError,
    )
    assert "1 to 4" in str(error)


@pytest.mark.parametrize("boxes", [1.5, "2", None, True])
def test_csat_counts_boxes(boxes: Any) -> None:
    refused(
        lambda: csat([5], scale=SATISFACTION_1_5, boxes=boxes),
        "boxes",
        InvalidTypeError,
    )


@pytest.mark.parametrize(
    ("scale", "easy", "hard"),
    [
        (EFFORT_1_5, (1, 2), (4, 5)),
        (EASE_1_5, (4, 5), (1, 2)),
        (EASE_1_7, (5, 6, 7), (1, 2, 3)),
        (FOUR, (3, 4), (1, 2)),
        (Scale(0, 1, higher_is_better=False), (0,), (1,)),
        (TENTHS, (0.5, 0.6, 0.7), (0.1, 0.2, 0.3)),
    ],
)
def test_easy_lies_strictly_beyond_the_midpoint(
    scale: Scale, easy: tuple[float, ...], hard: tuple[float, ...]
) -> None:
    answers = scale.points[:1]
    net = ces(answers, scale=scale, summary="net-easy").definition
    share = ces(answers, scale=scale, summary="easy-share").definition
    mean = ces(answers, scale=scale).definition
    assert isinstance(net, NetScore)
    assert (net.positive, net.negative) == (close(easy), close(hard))
    assert isinstance(share, BoxShare)
    assert share.points == net.positive
    assert [d.name for d in (net, share, mean)] == [
        "Net Easy",
        "CES (easy share)",
        "CES",
    ]


@pytest.mark.parametrize(
    ("summary", "methods"),
    [
        ("mean", ("t", "z")),
        ("easy-share", ("wilson", "agresti-coull", "wald")),
        ("net-easy", ("adjusted-wald", "wald")),
    ],
)
def test_ces_has_the_methods_of_its_summary(
    summary: Literal["mean", "easy-share", "net-easy"], methods: tuple[Any, ...]
) -> None:
    answers = [7, 6, 2, 4]
    estimate = ces(answers, scale=EASE_1_7, summary=summary)
    assert estimate.method == methods[0]
    for method in methods:
        chosen = ces(answers, scale=EASE_1_7, summary=summary, method=method)
        assert (chosen.method, chosen.value) == (method, estimate.value)


def test_ces_knows_its_summaries() -> None:
    refused(
        lambda: ces([1], scale=EASE_1_7, summary="median"),  # type: ignore[call-overload]
        "summary",
        InvalidValueError,
    )


def test_nps_asks_on_its_own_scale() -> None:
    tally = Tally.count([10, 9, 3], scale=RECOMMEND_0_10)
    worded = attrs.evolve(RECOMMEND_0_10, labels=tuple("abcdefghijk"))
    assert nps(tally).value == nps([10, 9, 3]).value
    assert nps(Tally.count([10, 9, 3], scale=worded)).scale == worded
    for scale in (SATISFACTION_1_10, RECOMMEND_0_10.reversed()):
        other = Tally.count([10, 9, 3], scale=scale)
        error = refused(partial(nps, other), "answers", ScaleMismatchError)
        assert error.value == scale
        assert "use net_score" in str(error)


@pytest.mark.parametrize(
    "compute",
    [
        csat,
        ces,
        mean_score,
        TOP,
        lambda tally, **options: box_share(tally, points=[5], **options),
        lambda tally, **options: net_score(
            tally, positive=[5], negative=[1], **options
        ),
    ],
    ids=["csat", "ces", "mean_score", "definition", "box_share", "net_score"],
)
def test_a_scale_beside_a_tally_must_be_its_own(compute: Callable[..., Any]) -> None:
    tally = Tally.count([5, 4, 2], scale=SATISFACTION_1_5)
    assert compute(tally, scale=SATISFACTION_1_5) == compute(tally)
    for other in (SATISFACTION_1_7, EFFORT_1_5):
        error = refused(
            partial(compute, tally, scale=other),
            "scale",
            ScaleMismatchError,
        )
        assert error.value == other


def test_functions_and_definitions_agree() -> None:
    answers, scale = [5, 4, 4, 1, 3], STARS_1_5
    by = ["a", "b", "a", "b", "a"]
    for function, definition in (
        (
            net_score(answers, scale=scale, positive=[5], negative=[1], by=by),
            NetScore(name="Net score", positive=[5], negative=[1]),
        ),
        (
            box_share(answers, scale=scale, points=[5], by=by, level=0.9),
            BoxShare(name="Share", points=[5]),
        ),
        (mean_score(answers, scale=scale, by=by), MeanScore(name="Mean")),
    ):
        assert function == definition(answers, scale=scale, by=by, level=function.level)


def test_options_reach_the_estimate() -> None:
    heavy, answers = [1, 2, 3], np.array([5, None, 1])
    for estimate in (
        nps(
            np.array([9, None, 1]),
            weights=heavy,
            level=0.8,
            method="wald",
            missing="omit",
        ),
        csat(
            answers,
            scale=SATISFACTION_1_5,
            weights=heavy,
            level=0.8,
            method="wald",
            missing="omit",
        ),
        ces(
            answers,
            scale=EASE_1_5,
            summary="net-easy",
            weights=heavy,
            level=0.8,
            method="wald",
            missing="omit",
        ),
        net_score(
            answers,
            scale=STARS_1_5,
            positive=[5],
            negative=[1],
            weights=heavy,
            level=0.8,
            method="wald",
            missing="omit",
        ),
        box_share(
            answers,
            scale=STARS_1_5,
            points=[5],
            weights=heavy,
            level=0.8,
            method="wald",
            missing="omit",
        ),
        mean_score(
            answers,
            scale=STARS_1_5,
            weights=heavy,
            level=0.8,
            method="z",
            missing="omit",
        ),
    ):
        assert (estimate.n, estimate.missing, estimate.level) == (2, 1, 0.8)
        assert estimate.method in {"wald", "z"}
        # Kish: 4² / (1² + 3²), below .1875 * 4² / 1.125, so no more than that.
        assert estimate.n_effective == close(1.6)


# Words of refusals, and the short cut

FIVE = Tally.count([5, 4], scale=SATISFACTION_1_5)
REFUSALS: dict[str, tuple[Callable[[], object], str, object]] = {
    "points": (
        lambda: BoxShare(name="x", points=5),
        "points must be a series of points; got 5",
        5,
    ),
    "no points": (
        lambda: BoxShare(name="x", points=()),
        "points must hold at least one point; got ()",
        (),
    ),
    "infinite": (
        lambda: BoxShare(name="x", points=(4, math.inf)),
        "points[1] must be a finite point; got inf",
        math.inf,
    ),
    "twice": (
        lambda: BoxShare(name="x", points=(5, 5)),
        "points must hold each point once; got (5.0, 5.0)",
        (5, 5),
    ),
    "both sides": (
        lambda: NetScore(name="x", positive=[5], negative=[1, 5]),
        "negative must hold no point that is positive too; got 5",
        5,
    ),
    "no scale": (
        lambda: csat([4, 5]),  # type: ignore[call-overload]
        (
            "scale must be given: 1-5, 1-7 and 1-10 are all in use, and either end may"
            " be good; pass scale=SATISFACTION_1_5, say, or EFFORT_1_5 if 5 is hardest"
        ),
        None,
    ),
    "another scale": (
        lambda: csat(FIVE, scale=EFFORT_1_5),
        (
            "scale must be that of the tally, Scale 1-5, 5 best; got Scale 1-5, 5"
            " worst; leave it out"
        ),
        EFFORT_1_5,
    ),
    "groups of a tally": (
        lambda: csat(FIVE, by=["a", "b"]),  # type: ignore[call-overload]
        (
            "by must be left out for a tally: it is settled when answers are counted;"
            " pass by to Tally.count"
        ),
        ["a", "b"],
    ),
    "no weight": (
        lambda: nps([9, 8], weights=[0, 0]),
        "weights must sum to more than 0; got 0",
        0,
    ),
    "no column": (
        lambda: nps(9),
        "answers must be a column (one dimension); got 'int'",
        "int",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_say_what_to_do(case: str) -> None:
    call, message, value = REFUSALS[case]
    with pytest.raises(CxmError) as caught:
        call()
    assert str(caught.value) == message
    assert caught.value.value == value
    assert message.startswith(caught.value.argument)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64])
def test_whole_numbers_take_the_short_cut(
    kind: type[np.integer[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [10, 9, 7, 0, 3]
    expected = nps(Tally.count(answers, scale=RECOMMEND_0_10))

    def count(*_: object, **__: object) -> object:
        pytest.fail("a histogram was counted")

    monkeypatch.setattr(Tally, "count", count)
    assert nps(np.array(answers, kind)).value == expected.value


@pytest.mark.parametrize("answers_type", [np.int8, np.uint16, np.int64, np.float64])
@pytest.mark.parametrize("by", [None, "two"])
@given(places=st.lists(st.integers(0, 10), min_size=1, max_size=40))
def test_points_counted_together_are_points_counted_one_by_one(
    answers_type: Any, by: str | None, places: list[int]
) -> None:
    """Raw answers are counted by what they are worth; a tally holds every point."""
    answers = np.array(places).astype(answers_type)
    groups = None if by is None else [k % 3 for k in range(len(places))]
    weights = np.arange(1, 1 + len(places)) / 7
    tally = Tally.count(answers, scale=RECOMMEND_0_10, by=groups, weights=weights)
    scattered = NetScore(name="n", positive=[1, 4, 9], negative=[0, 3, 10])
    steps = BoxShare(name="s", points=[3, 4, 5])
    for metric in (scattered, steps, nps):
        options: dict[str, Any] = {} if metric is nps else {"scale": RECOMMEND_0_10}
        raw = metric(answers, by=groups, weights=weights, **options)
        whole = metric(tally)
        for name in ("value", "se", "low", "high", "n", "n_effective"):
            assert np.asarray(getattr(raw, name)) == pytest.approx(
                np.asarray(getattr(whole, name)), rel=1e-9, abs=1e-9, nan_ok=True
            )


def test_all_points_alike_are_one_class() -> None:
    everything = BoxShare(name="All", points=range(11))
    by = everything([1, 2, 10], scale=RECOMMEND_0_10, by=[0, 0, 1])
    assert by.value.tolist() == [100, 100]
    with pytest.raises(InvalidValueError, match=r"answers\[2\] must"):
        nps(np.array([1, 2, 11]), by=[0, 0, 1])
    with pytest.raises(InvalidValueError, match=r"answers\[1\] must"):
        nps(np.array([1, -2, 9], dtype=np.int8), by=[0, 0, 1])
