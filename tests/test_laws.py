"""What every metric obeys: one table of metrics, one list of laws.

A new metric is one line in `METRICS` and inherits all laws. An entry names its scale,
how to compute it and, where it names points of the scale, how to compute it when the
scale is read from the other end.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmkit import (
    EASE_1_5,
    EASE_1_7,
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    SATISFACTION_1_7,
    SATISFACTION_1_10,
    STARS_1_5,
    Estimate,
    Estimates,
    Scale,
    Tally,
    box_share,
    ces,
    csat,
    mean_score,
    net_score,
    nps,
)
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.metrics import BoxShare, MeanScore, NetScore

HALVES = Scale(0.5, 5, step=0.5, higher_is_better=True)
TENTHS = Scale(0.1, 0.7, step=0.1, higher_is_better=True)  # its midpoint is rounded
PAIN_0_10 = Scale(0, 10, higher_is_better=False)
BALANCE = Scale(-2, 2, higher_is_better=True)


def any_nps(answers: Any, *, scale: Scale | None = None, **options: Any) -> Any:
    """NPS knows its scale; a given one is no more than a reminder."""
    assert scale in {None, RECOMMEND_0_10}
    return nps(answers, **options)


@attrs.frozen
class Metric:
    name: str
    compute: Callable[..., Any]
    scale: Scale
    mirrored: Callable[..., Any] = attrs.Factory(lambda s: s.compute, takes_self=True)

    def __call__(self, answers: Any, **options: Any) -> Any:
        return self.compute(answers, scale=self.scale, **options)

    def tally(self, answers: Any, **options: Any) -> Tally:
        return Tally.count(answers, scale=self.scale, **options)

    def answers(self, places: Sequence[int]) -> npt.NDArray[np.float64]:
        """Take arbitrary whole numbers for points of the scale."""
        return self.scale.points[np.array(places, dtype=np.intp) % self.scale.size]

    @property
    def definition(self) -> Any:
        return self([self.scale.low]).definition


def net(positive: Sequence[int], negative: Sequence[int]) -> Callable[..., Any]:
    return partial(net_score, positive=positive, negative=negative)


def box(*points: float) -> Callable[..., Any]:
    return partial(box_share, points=points)


WARNED = NetScore(name="NPS from 10 to 0", positive=(0, 1), negative=range(4, 11))
HAPPY = BoxShare(name="Happy", points=(4, 5))
UNHAPPY = BoxShare(name="Happy", points=(1, 2))
RESCALED = MeanScore(name="Rescaled", rescaled=True)

METRICS = (
    Metric("NPS", any_nps, RECOMMEND_0_10, WARNED),
    Metric("CSAT 1 of 5", partial(csat, boxes=1), SATISFACTION_1_5),
    Metric("CSAT 2 of 5", csat, SATISFACTION_1_5),
    Metric("CSAT 2 of 7", csat, SATISFACTION_1_7),
    Metric("CSAT 1 of 10", partial(csat, boxes=1), SATISFACTION_1_10),
    Metric("CSAT 2 of 10", csat, SATISFACTION_1_10),
    Metric("CSAT 1 of 5 down", partial(csat, boxes=1), EFFORT_1_5),
    Metric("CSAT 2 of 11 down", csat, PAIN_0_10),
    Metric("CSAT 2 of halves", csat, HALVES),
    *(
        Metric(f"CES {summary} {end} {scale}", partial(ces, summary=summary), scale)
        for end, scale in (("1 best", EFFORT_1_5), ("best", EASE_1_5), ("", EASE_1_7))
        for summary in ("mean", "easy-share", "net-easy")
    ),
    Metric("CES net of tenths", partial(ces, summary="net-easy"), TENTHS),
    Metric("star net", net([5], [1, 2, 3]), STARS_1_5, net([1], [3, 4, 5])),
    Metric("effort net", net([1, 2], [5]), EFFORT_1_5, net([4, 5], [1])),
    Metric("balance net", net([1, 2], [-1, -2]), BALANCE, net([-1, -2], [1, 2])),
    Metric("top box", box(5), STARS_1_5, box(1)),
    Metric("bottom box", box(1), SATISFACTION_1_5, box(5)),
    Metric("all boxes", box(1, 2, 3, 4, 5), STARS_1_5),
    Metric("own share", HAPPY, SATISFACTION_1_5, UNHAPPY),
    Metric("mean", mean_score, SATISFACTION_1_10),
    Metric("mean down", mean_score, PAIN_0_10),
    Metric("mean of tenths", mean_score, TENTHS),
    Metric("rescaled", RESCALED, BALANCE),
    Metric("rescaled down", RESCALED, EFFORT_1_5),
)

# A law sees as many samples of one metric as this, of all together some 30 times more.
few = settings(max_examples=max(6, settings().max_examples // 8))
every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
every_method = pytest.mark.parametrize(
    ("metric", "method"),
    [
        pytest.param(metric, method, id=f"{metric.name}-{method}")
        for metric in METRICS
        for method in metric.definition.methods
    ],
)

places = st.integers(0, 10_000)
samples = st.lists(places, min_size=1, max_size=30)
weights = st.floats(0.1, 10)
weighted_samples = st.lists(st.tuples(places, weights), min_size=1, max_size=20)
Weighted = list[tuple[int, float]]

NUMBERS = ("value", "se", "low", "high", "n_effective")
FACTS = ("n", "missing", "level", "method", "definition", "scale")


def close(number: Any) -> Any:
    return pytest.approx(number, rel=1e-11, abs=1e-10, nan_ok=True)


def assert_alike(a: Estimate, b: Estimate) -> None:
    """Hold every field but the tally equal, numbers to rounding."""
    for name in NUMBERS:
        assert getattr(a, name) == close(getattr(b, name)), name
    for name in FACTS:
        assert getattr(a, name) == getattr(b, name), name
    assert (a.shares is None) == (b.shares is None)
    assert (a.shares or ()) == close(b.shares or ())


def split(sample: Weighted) -> tuple[list[int], list[float]]:
    where, heavy = zip(*sample, strict=True)
    return list(where), list(heavy)


def goodness(estimate: Estimate) -> float:
    """Return how good the value is, 0 worst and 1 best."""
    low, high = estimate.definition.range(estimate.scale)
    unit = (estimate.value - low) / (high - low)
    return unit if estimate.definition.higher_is_better(estimate.scale) else 1 - unit


# Who answers first, how often and where


@every_metric
@few
@given(sample=samples.flatmap(lambda s: st.tuples(st.just(s), st.permutations(s))))
def test_order_of_respondents_is_immaterial(
    metric: Metric, sample: tuple[list[int], list[int]]
) -> None:
    before, after = sample
    assert metric(metric.answers(before)) == metric(metric.answers(after))


@every_metric
@few
@given(sample=weighted_samples, times=st.integers(2, 4))
def test_asking_everybody_again_sharpens_but_moves_nothing(
    metric: Metric, sample: Weighted, times: int
) -> None:
    where, heavy = split(sample)
    answers = metric.answers(where)
    for options in ({}, {"weights": heavy}):
        once = metric(answers, **options)
        again = metric(
            np.tile(answers, times),
            **{name: column * times for name, column in options.items()},
        )
        assert again.value == close(once.value)
        assert again.n == times * once.n
        assert again.n_effective == close(times * once.n_effective)
        if once.n > 1:
            assert again.se < once.se or once.se == again.se == 0
        if once.se > 0:
            assert again.high - again.low <= once.high - once.low + 1e-10


@every_metric
@few
@given(first=weighted_samples, second=weighted_samples)
def test_merging_counts_is_counting_together(
    metric: Metric, first: Weighted, second: Weighted
) -> None:
    one, other = split(first), split(second)
    plain = [metric.tally(metric.answers(where)) for where, _ in (one, other)]
    together = metric.answers(one[0] + other[0])
    assert metric(sum(plain)) == metric(plain[0] + plain[1])
    assert_alike(metric(plain[0] + plain[1]), metric(together))
    heavy = [metric.tally(metric.answers(w), weights=h) for w, h in (one, other)]
    assert_alike(metric(sum(heavy)), metric(together, weights=one[1] + other[1]))


# How high, how low, and which way is up


@every_metric
@few
@given(sample=weighted_samples)
def test_values_stay_in_range(metric: Metric, sample: Weighted) -> None:
    where, heavy = split(sample)
    for estimate in (
        metric(metric.answers(where)),
        metric(metric.answers(where), weights=heavy),
    ):
        low, high = estimate.definition.range(estimate.scale)
        assert low <= estimate.value <= high
        assert 0 < estimate.n_effective <= estimate.n * (1 + 1e-12)


@every_metric
@few
@given(sample=weighted_samples, place=places)
def test_unanimous_answers_leave_no_spread(
    metric: Metric, sample: Weighted, place: int
) -> None:
    answers = metric.answers([place] * len(sample))
    _, heavy = split(sample)
    one = metric(answers[:1])
    for estimate in (metric(answers), metric(answers, weights=heavy)):
        assert estimate.value == one.value
        assert estimate.se == 0 or estimate.n == 1
    # Without spread, Kish's number: no answer can tell which weights were heavy.
    kish = sum(heavy) ** 2 / sum(weight**2 for weight in heavy)
    assert metric(answers, weights=heavy).n_effective == close(kish)


def test_best_and_worst_answers_reach_the_ends() -> None:
    for metric in METRICS:
        ends = (metric([metric.scale.low]), metric([metric.scale.high]))
        worst, best = sorted(map(goodness, ends))
        assert best == close(1.0), metric.name
        assert worst == close(1.0 if metric.name == "all boxes" else 0.0), metric.name


@every_metric
@few
@given(sample=samples, who=places)
def test_a_better_answer_never_makes_it_worse(
    metric: Metric, sample: list[int], who: int
) -> None:
    size = metric.scale.size
    codes = [place % size for place in sample]
    better = list(codes)
    who %= len(codes)
    step = 1 if metric.scale.higher_is_better else -1
    better[who] = min(max(codes[who] + step, 0), size - 1)
    before, after = metric(metric.answers(codes)), metric(metric.answers(better))
    assert goodness(after) >= goodness(before) - 1e-12


@every_metric
@few
@given(sample=weighted_samples)
def test_reading_the_scale_from_the_other_end_changes_nothing(
    metric: Metric, sample: Weighted
) -> None:
    where, heavy = split(sample)
    codes = np.array(where) % metric.scale.size
    for options in ({}, {"weights": heavy}):
        estimate = metric(metric.answers(where), **options)
        mirrored = metric.mirrored(
            metric.scale.points[::-1][codes], scale=metric.scale.reversed(), **options
        )
        assert goodness(mirrored) == close(goodness(estimate))
        assert mirrored.se == close(estimate.se)
        assert mirrored.n_effective == close(estimate.n_effective)
        assert mirrored.high - mirrored.low == close(estimate.high - estimate.low)


# Groups, tallies, kinds of columns


@every_metric
@few
@given(
    rows=st.lists(
        st.tuples(st.none() | places, weights, st.sampled_from("abc")), max_size=25
    )
)
def test_groups_are_one_by_one(
    metric: Metric, rows: list[tuple[int | None, float, str]]
) -> None:
    answers = [None if p is None else metric.answers([p])[0] for p, _, _ in rows]
    heavy = np.array([weight for _, weight, _ in rows])
    group = np.array([label for _, _, label in rows], dtype="U1")
    for options in ({}, {"weights": heavy}):
        together = metric(answers, by=group, missing="omit", **options)
        assert isinstance(together, Estimates)
        assert together.labels["group"] == tuple(dict.fromkeys(group.tolist()))
        for label in together.labels["group"]:
            members = group == label
            own = [a for a, inside in zip(answers, members, strict=True) if inside]
            cut = {name: column[members] for name, column in options.items()}
            cell = together.at(group=label)
            try:
                assert_alike(cell, metric(own, missing="omit", **cut))
            except EmptySampleError:  # alone it is refused, among others it is NaN
                assert cell.n == 0
                assert cell.missing == len(own)
                assert all(np.isnan([cell.value, cell.se, cell.low, cell.high]))


@every_metric
@few
@given(sample=weighted_samples, absent=st.integers(0, 3))
def test_raw_answers_are_their_tally(
    metric: Metric, sample: Weighted, absent: int
) -> None:
    where, heavy = split(sample)
    answers: list[Any] = [*metric.answers(where).tolist(), *[None] * absent]
    raw = metric(answers, missing="omit")
    tally = metric.tally(answers, missing="omit")
    assert_alike(raw, metric(tally))
    assert raw.tally is None
    assert metric(tally).tally == tally
    heavy += [1.0] * absent
    weighed = metric.tally(answers, weights=heavy, missing="omit")
    assert_alike(metric(answers, weights=heavy, missing="omit"), metric(weighed))


KINDS: dict[str, Callable[[npt.NDArray[np.float64]], Any]] = {
    "list": np.ndarray.tolist,
    "tuple": lambda a: tuple(a.tolist()),
    "objects": lambda a: a.astype(object),
    "float64": lambda a: a,
    "masked floats": lambda a: np.ma.masked_array(a, mask=False),
    "negative stride": lambda a: a[::-1],
}
WHOLE_KINDS: dict[str, Callable[[npt.NDArray[np.float64]], Any]] = {
    "list of int": lambda a: a.astype(int).tolist(),
    "float32": lambda a: a.astype(np.float32),
    "masked ints": lambda a: np.ma.masked_array(a.astype(np.int16), mask=False),
    **{
        kind: partial(np.ndarray.astype, dtype=kind)
        for kind in ("int8", "int16", "int64", ">i4", "uint8", "uint16", "uint64")
    },
}


@every_metric
@few
@given(sample=samples)
def test_the_kind_of_column_is_immaterial(metric: Metric, sample: list[int]) -> None:
    answers = metric.answers(sample)
    counted = metric(metric.tally(answers))
    kinds = dict(KINDS)
    if all(point.is_integer() for point in metric.scale.points.tolist()):
        kinds |= WHOLE_KINDS
    for name, kind in kinds.items():
        if answers.min() < 0 and name.startswith("uint"):
            continue
        assert_alike(metric(kind(answers)), counted)


# Weights


@every_metric
@few
@given(sample=samples)
def test_equal_weights_are_none(metric: Metric, sample: list[int]) -> None:
    answers = metric.answers(sample)
    plain, weighed = metric(answers), metric(answers, weights=[1] * len(answers))
    assert weighed.value == close(plain.value)
    assert weighed.n_effective == close(plain.n_effective) == plain.n == weighed.n
    if plain.n == 1:
        assert np.isnan(weighed.se)
        return
    # The weighted error is the sample's own, which for means the plain one is too.
    own = isinstance(plain.definition, MeanScore)
    more = 1.0 if own else np.sqrt(plain.n / (plain.n - 1))
    assert weighed.se == close(more * plain.se)
    assert (weighed.low, weighed.high) == close((plain.low, plain.high))


@every_metric
@few
@given(sample=weighted_samples, constant=st.floats(1e-3, 1e3))
def test_weights_have_no_unit(
    metric: Metric, sample: Weighted, constant: float
) -> None:
    where, heavy = split(sample)
    answers = metric.answers(where)
    scaled = [constant * weight for weight in heavy]
    assert_alike(metric(answers, weights=scaled), metric(answers, weights=heavy))


@every_metric
@few
@given(sample=samples, times=st.data())
def test_whole_weights_count_as_often(
    metric: Metric, sample: list[int], times: st.DataObject
) -> None:
    often = times.draw(
        st.lists(st.integers(1, 4), min_size=len(sample), max_size=len(sample))
    )
    answers = metric.answers(sample)
    weighed = metric(answers, weights=often)
    assert weighed.value == close(metric(np.repeat(answers, often)).value)
    assert weighed.n == len(sample)


# Intervals

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


@every_method
@few
@given(sample=weighted_samples)
def test_intervals_hold_the_value_and_widen_with_the_level(
    metric: Metric, method: str, sample: Weighted
) -> None:
    where, heavy = split(sample)
    both: tuple[dict[str, Any], ...] = ({}, {"weights": heavy})
    for options in both if method != "bootstrap" else ({"rng": 7},):
        estimates = [
            metric(metric.answers(where), level=level, method=method, **options)
            for level in LEVELS
        ]
        lows, highs = (
            np.array([getattr(e, end) for e in estimates]) for end in ("low", "high")
        )
        assert [estimate.level for estimate in estimates] == list(LEVELS)
        if np.isnan(lows).any():
            assert method in {"t", "z", "wald"}
            assert not estimates[0].se > 0
            assert np.isnan(lows).all()
            assert np.isnan(highs).all()
            continue
        # Compared, not subtracted: the ends may be infinite.
        assert (lows[1:] <= lows[:-1] + 1e-12).all()
        assert (highs[1:] >= highs[:-1] - 1e-12).all()
        assert (lows <= highs).all()
        # Half of the samples drawn may lie on one side of the value.
        sure = estimates if method != "bootstrap" else estimates[2:]
        assert all(e.low - 1e-10 <= e.value <= e.high + 1e-10 for e in sure)


@every_method
@few
@given(sample=samples)
def test_clipped_intervals_stay_in_range(
    metric: Metric, method: str, sample: list[int]
) -> None:
    rng = 7 if method == "bootstrap" else None
    estimate = metric(metric.answers(sample), method=method, level=0.99, rng=rng)
    if method not in {"wald", "t", "z"}:
        low, high = estimate.definition.range(estimate.scale)
        assert low <= estimate.low <= estimate.high <= high
        assert estimate.low < estimate.high or method == "bootstrap"


# Refusals

Refusal = type[CxmError]

BAD: dict[str, tuple[Callable[[Scale], Any], dict[str, Any], Refusal, str]] = {
    "above": (lambda s: [s.low, s.high + s.step], {}, InvalidValueError, "answers"),
    "below": (lambda s: [s.low, s.low - s.step], {}, InvalidValueError, "answers"),
    "int above": (
        lambda s: np.array([s.low, s.high + 2]).astype(int),
        {},
        InvalidValueError,
        "answers",
    ),
    "between": (
        lambda s: [s.low, s.high - s.step / 2],
        {},
        InvalidValueError,
        "answers",
    ),
    "infinite": (lambda s: [s.low, np.inf], {}, InvalidValueError, "answers"),
    "None": (lambda s: [s.low, None], {}, MissingValueError, "answers"),
    "NaN": (lambda s: [s.low, np.nan], {}, MissingValueError, "answers"),
    "masked": (
        lambda s: np.ma.masked_array([s.low, s.low], mask=[False, True]),
        {},
        MissingValueError,
        "answers",
    ),
    "text": (lambda s: [s.low, "9"], {}, InvalidTypeError, "answers"),
    "negative weight": (
        lambda s: [s.low, s.low],
        {"weights": [1, -1]},
        InvalidValueError,
        "weights",
    ),
    "infinite weight": (
        lambda s: [s.low, s.low],
        {"weights": [1, np.inf]},
        InvalidValueError,
        "weights",
    ),
    "missing weight": (
        lambda s: [s.low, s.low],
        {"weights": [1, None]},
        MissingValueError,
        "weights",
    ),
    "missing label": (
        lambda s: [s.low, s.low],
        {"by": ["a", None]},
        MissingValueError,
        "by",
    ),
}


@every_metric
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_entry_is_named_with_its_place(metric: Metric, bad: str) -> None:
    answers, options, error, argument = BAD[bad]
    if bad == "int above" and metric.scale.step != 1:
        return  # no whole number lies below
    with pytest.raises(CxmError) as refusal:
        metric(answers(metric.scale), **options)
    assert type(refusal.value) is error
    assert refusal.value.argument == argument
    assert refusal.value.index == 1
    assert str(refusal.value).startswith(f"{argument}[1] ")


REFUSED: dict[str, tuple[list[int], dict[str, Any], Refusal, str]] = {
    "fewer weights": ([0, 1], {"weights": [1]}, InvalidValueError, "weights"),
    "weights of 0": ([0, 1], {"weights": [0, 0]}, InvalidValueError, "weights"),
    "fewer labels": ([0, 1], {"by": ["a"]}, InvalidValueError, "by"),
    "nobody": ([], {}, EmptySampleError, "answers"),
    "other method": ([0], {"method": "tea-leaves"}, InvalidValueError, "method"),
    "no method": ([0], {"method": ""}, InvalidValueError, "method"),
    "level 0": ([0], {"level": 0}, InvalidValueError, "level"),
    "level 1": ([0], {"level": 1}, InvalidValueError, "level"),
    "level 95": ([0], {"level": 95}, InvalidValueError, "level"),
    "level NaN": ([0], {"level": np.nan}, InvalidValueError, "level"),
    "level text": ([0], {"level": "95 %"}, InvalidTypeError, "level"),
    "other missing": ([0], {"missing": "drop"}, InvalidValueError, "missing"),
}


@every_metric
@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_argument_is_named(metric: Metric, case: str) -> None:
    codes, options, error, argument = REFUSED[case]
    with pytest.raises(CxmError) as refusal:
        metric(metric.answers(codes), **options)
    assert type(refusal.value) is error
    assert refusal.value.argument == argument
    assert str(refusal.value).startswith(argument)


@every_metric
def test_methods_of_other_metrics_are_refused(metric: Metric) -> None:
    known = {m for other in METRICS for m in other.definition.methods}
    assert known == {
        "adjusted-wald",
        "agresti-coull",
        "bayes",
        "bootstrap",
        "score",
        "t",
        "wald",
        "wilson",
        "z",
    }
    for method in known - set(metric.definition.methods):
        with pytest.raises(InvalidValueError, match="method must be one of"):
            metric([metric.scale.low], method=method)


@pytest.mark.parametrize(
    "metric", [m for m in METRICS if m.compute is not any_nps], ids=lambda m: m.name
)
def test_no_scale_is_assumed(metric: Metric) -> None:
    with pytest.raises(MissingValueError, match="scale must be given"):
        metric.compute([metric.scale.low])
    with pytest.raises(InvalidTypeError, match="scale must be a Scale"):
        metric.compute([metric.scale.low], scale="1-5")


@every_metric
@pytest.mark.parametrize("option", ["by", "weights", "missing"])
def test_what_a_tally_has_settled_is_refused(metric: Metric, option: str) -> None:
    tally = metric.tally([metric.scale.low])
    with pytest.raises(InvalidValueError, match="is settled when answers are") as bad:
        metric(tally, **{option: "omit" if option == "missing" else [1]})
    assert bad.value.argument == option
    assert metric(tally, missing="raise", by=None, weights=None) == metric(tally)


@every_metric
def test_a_tally_has_its_own_scale(metric: Metric) -> None:
    tally = metric.tally([metric.scale.low])
    assert metric.compute(tally).scale == metric.scale
    assert metric(tally) == metric.compute(tally)
    other = Tally.count([1], scale=Scale(1, 6, higher_is_better=True))
    with pytest.raises(ScaleMismatchError):
        metric(other)
