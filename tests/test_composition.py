"""Changes cut into mix and experience, against plain loops."""

import copy
import math
import pickle
import re
from fractions import Fraction
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cxmkit import (
    EFFORT_1_5,
    SATISFACTION_1_5,
    Scale,
    Tally,
    _draw_inference,
    compare,
    csat,
    mean_score,
)
from cxmkit.composition import (
    ChangeExplained,
    explain_change,
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

SCALE = SATISFACTION_1_5
NET = NetScore(name="Net", positive=(5,), negative=(1, 2))
SHARE = BoxShare(name="Share", points=(4, 5))
MEAN = MeanScore(name="Mean")
RESCALED = MeanScore(name="Rescaled", rescaled=True)
few = settings(max_examples=max(10, settings().max_examples // 3))
METRICS = {"net": NET, "share": SHARE, "mean": MEAN, "rescaled": RESCALED}
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
PARTS = ("difference", "experience", "mix", "interaction")

CELL = st.lists(st.integers(0, 20), min_size=5, max_size=5)
GROUPS = st.dictionaries(st.sampled_from("abcd"), CELL, min_size=1)


def counted(groups: dict[Any, list[int]], scale: Scale = SCALE) -> Tally:
    return Tally.from_counts(
        np.array(list(groups.values()), dtype=int), scale=scale, by={"g": list(groups)}
    )


def weighted(groups: dict[Any, list[int]], seed: int) -> Tally:
    """Give each answer a weight, which leans on group and point."""
    rng = np.random.default_rng(seed)
    counts = np.array(list(groups.values()), dtype=int)
    rows = np.argwhere(counts >= 0).repeat(counts.reshape(-1), axis=0)
    heavy = rng.uniform(0.5, 3, len(rows)) * (1 + rows.sum(axis=1) / 4)
    by = {"g": (rows[:, 0], list(groups))}
    return Tally.count(rows[:, 1] + 1, scale=SCALE, by=by, weights=heavy)


@st.composite
def pairs_of_tallies(draw: st.DrawFn) -> tuple[Tally, Tally]:
    """Two tallies with a group in common, plain or weighted."""
    first, second = draw(GROUPS), draw(GROUPS)
    assume(any(sum(first[x]) and sum(second[x]) for x in {*first} & {*second}))
    if draw(st.booleans()):
        return counted(first), counted(second)
    return weighted(first, 1), weighted(second, 2)


def quick(metric: Any) -> Any:
    """Spare quantiles of Student's t, which nothing here looks at."""
    return partial(metric, method="z") if isinstance(metric, MeanScore) else metric


def explained(metric: Any, pair: tuple[Tally, Tally], **options: Any) -> Any:
    before, after = (quick(metric)(tally) for tally in pair)
    return explain_change(before, after, axis="g", **options)


def close(expected: Any, rel: float = 1e-9, abs: float = 1e-9) -> Any:  # noqa: A002
    return pytest.approx(expected, rel=rel, abs=abs, nan_ok=True)


def refused(build: Any, error: type[CxmError]) -> CxmError:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


# Laws of the parts


@every_metric
@given(pair=pairs_of_tallies())
def test_the_parts_sum_to_the_change_of_all_answers(
    metric: Any, pair: tuple[Tally, Tally]
) -> None:
    change = explained(metric, pair)
    before, after = (metric(tally.pooled()) for tally in pair)
    size = max(abs(before.value), abs(after.value), 1)
    total = change.experience + change.mix + change.interaction
    assert abs(total - change.difference) <= 1e-12 * size
    assert abs(change.difference - (after.value - before.value)) <= 1e-12 * size
    assert change.before == close(before.value)
    assert change.after == close(after.value)
    assert change.difference_se == close(math.hypot(before.se, after.se))
    for name in PARTS[1:]:
        parts = getattr(change, f"{name}_parts")
        assert getattr(change, name) == close(parts.sum())


@every_metric
@given(first=GROUPS, second=GROUPS)
def test_each_part_by_fractions(
    metric: Any, first: dict[str, list[int]], second: dict[str, list[int]]
) -> None:
    """The formulas of Kitagawa, with whole numbers."""
    assume(any(sum(first[x]) and sum(second[x]) for x in {*first} & {*second}))
    change = explained(metric, (counted(first), counted(second)))
    worth = [Fraction(x).limit_denominator(100) for x in metric.worth(SCALE).tolist()]

    def shares(groups: dict[str, list[int]]) -> dict[str, Fraction]:
        total = sum(map(sum, groups.values()))
        return {x: Fraction(sum(c), total) for x, c in groups.items()}

    def scores(groups: dict[str, list[int]]) -> dict[str, Fraction]:
        every = {x: c for x, c in groups.items() if sum(c)}
        return {
            x: sum(n * v for n, v in zip(c, worth, strict=True)) / Fraction(sum(c))
            for x, c in every.items()
        }

    w0, w1, s0, s1 = shares(first), shares(second), scores(first), scores(second)
    mean = sum(w0[x] * s for x, s in s0.items())
    assert change.labels == tuple(dict.fromkeys([*first, *second]))
    for place, label in enumerate(change.labels):
        a, b = w0.get(label, Fraction(0)), w1.get(label, Fraction(0))
        assert change.share_before[place] == close(float(100 * a))
        assert change.share_after[place] == close(float(100 * b))
        x = s0.get(label, s1.get(label, Fraction(0)))
        y = s1.get(label, s0.get(label, Fraction(0)))
        assert change.experience_parts[place] == close(float(a * (y - x)))
        assert change.mix_parts[place] == close(float((b - a) * (x - mean)))
        assert change.interaction_parts[place] == close(float((b - a) * (y - x)))
        assert (label in change.new) == (label in s1 and label not in s0)
        assert (label in change.gone) == (label in s0 and label not in s1)
        assert change.n_before[place] == sum(first.get(label, []))
        assert change.n_after[place] == sum(second.get(label, []))


@every_metric
@few
@given(pair=pairs_of_tallies())
def test_backwards_the_interaction_goes_to_the_parts(
    metric: Any, pair: tuple[Tally, Tally]
) -> None:
    there, back = explained(metric, pair), explained(metric, pair[::-1])
    assert back.difference == close(-there.difference)
    assert back.difference_se == close(there.difference_se)
    assert back.interaction == close(there.interaction)
    assert back.interaction_se == close(there.interaction_se)
    assert back.experience == close(-there.experience - there.interaction)
    assert back.mix == close(-there.mix - there.interaction)
    assert {*back.new} == {*there.gone}


@every_metric
@few
@given(pair=pairs_of_tallies(), order=st.permutations("abcd"))
def test_the_order_of_groups_does_not_matter(
    metric: Any, pair: tuple[Tally, Tally], order: list[str]
) -> None:
    def sorted_anew(tally: Tally) -> Any:
        """Sort estimates, whose tally keeps its own order."""
        estimates = quick(metric)(tally)
        labels = estimates.labels["g"]
        places = [labels.index(x) for x in order if x in labels]
        arrays = ("value", "se", "low", "high", "n", "n_effective", "missing", "shares")
        taken = {
            name: getattr(estimates, name)[places]
            for name in arrays
            if getattr(estimates, name) is not None
        }
        grid = type(estimates.grid)(("g",), (tuple(labels[x] for x in places),))
        return attrs.evolve(estimates, **taken, grid=grid)

    one = explained(metric, pair)
    before, after = (sorted_anew(tally) for tally in pair)
    other = explain_change(before, after, axis="g")
    for name in PARTS:
        assert getattr(one, name) == close(getattr(other, name))
        assert getattr(one, f"{name}_se") == close(getattr(other, f"{name}_se"))
        place = [other.labels.index(label) for label in one.labels]
        if name != "difference":
            parts = getattr(other, f"{name}_parts")[place]
            assert getattr(one, f"{name}_parts") == close(parts)


@every_metric
@few
@given(first=GROUPS, second=GROUPS)
def test_equal_weights_change_no_part(
    metric: Any, first: dict[str, list[int]], second: dict[str, list[int]]
) -> None:
    assume(any(sum(first[x]) and sum(second[x]) for x in {*first} & {*second}))
    plain = counted(first), counted(second)
    last, this = (
        attrs.evolve(
            tally, sum_weights=2 * tally.counts, sum_squared_weights=4 * tally.counts
        )
        for tally in plain
    )
    one, other = explained(metric, plain), explained(metric, (last, this))
    for name in PARTS:
        assert getattr(one, name) == close(getattr(other, name))
    for name in PARTS[1:]:
        assert getattr(one, f"{name}_se") == close(getattr(other, f"{name}_se"))


@every_metric
@few
@given(groups=GROUPS)
def test_nothing_changed_from_itself(metric: Any, groups: dict[str, list[int]]) -> None:
    assume(any(map(sum, groups.values())))
    tally = counted(groups)
    change = explained(metric, (tally, tally))
    for name in PARTS:
        assert getattr(change, name) == 0
        assert not change.distinguishable[name]
        p = change.p_values[name]
        assert p == 1 or math.isnan(p)


# Errors


def influence(tally: Tally, other: Tally, metric: Any, *, first: bool) -> np.ndarray:
    """Return the variance of each part through one side, by bumping every cell."""
    worth = metric.worth(SCALE)

    def sums(it: Tally) -> Any:
        return it.counts if it.sum_weights is None else it.sum_weights

    def parts(ours: Any) -> np.ndarray:
        sides = (ours, sums(other)) if first else (sums(other), ours)
        (w0, s0), (w1, s1) = (
            (w.sum(axis=1) / w.sum(), w @ worth / w.sum(axis=1)) for w in sides
        )
        d = w1 - w0
        both = (w0 @ (s1 - s0), d @ (s0 - w0 @ s0), d @ (s1 - s0))
        return np.array([sum(both), *both])

    own, step = sums(tally).astype(float), 1e-4
    squares = tally.counts if tally.sum_weights is None else tally.sum_squared_weights
    total = np.zeros(4)
    for cell in np.ndindex(own.shape):
        up, down = own.copy(), own.copy()
        up[cell] += step
        down[cell] -= step
        slope = (parts(up) - parts(down)) / (2 * step)
        total += squares[cell] * slope**2  # type: ignore[index]
    return total


@every_metric
@pytest.mark.parametrize("heavy", [False, True])
def test_errors_are_those_of_the_influence_of_each_answer(
    metric: Any, *, heavy: bool
) -> None:
    """The delta method, by numbers instead of by formulas; many answers a group."""
    first = {"a": [300, 100, 200, 700, 900], "b": [500, 100, 300, 100, 200]}
    second = {"a": [300, 200, 200, 700, 300], "b": [300, 400, 300, 600, 900]}
    build = weighted if heavy else lambda groups, _: counted(groups)
    pair = build(first, 1), build(second, 2)
    change = explained(metric, pair)
    expected = influence(pair[0], pair[1], metric, first=True)
    expected += influence(pair[1], pair[0], metric, first=False)
    for name, variance in zip(PARTS, expected, strict=True):
        assert getattr(change, f"{name}_se") == close(math.sqrt(variance), rel=1e-3)


def test_a_group_asked_once_has_one_score_on_both_sides() -> None:
    """By hand: a is asked twice, b only after; then only a moves as experience."""
    before, after = counted({"a": [6, 0, 0, 0, 14]}), counted(
        {"a": [8, 0, 0, 0, 12], "b": [10, 0, 0, 0, 30]}
    )  # fmt: skip
    change = explained(SHARE, (before, after))
    assert change.new == ("b",)
    assert change.gone == ()
    assert (change.before, change.after) == close((70, 70))
    assert change.experience == close(60 - 70)
    assert change.mix == close(2 / 3 * (75 - 70))
    assert change.interaction == close(-2 / 3 * (60 - 70))
    # One more answer of typical spread: p (1 - p) n + typical.
    old = 20 * 0.7 * 0.3
    assert change.experience_se == close(
        100 * math.sqrt((old + old / 19) / 20**2 + (20 * 0.24 + NEW) / 20**2)
    )
    # Shares of the new: a third and two thirds; scores before as they were, 70 and 75.
    mix = 2 / 9 * 5**2 / 60  # who was asked
    mix += (
        (2 / 3) ** 2 * 100**2 * (old + old / 19) / 20**2
    )  # the lead over a, through a
    mix += (2 / 3) ** 2 * 100**2 * (40 * 0.75 * 0.25 + NEW) / 40**2  # and through b
    assert change.mix_se == close(math.sqrt(mix))
    back = explained(SHARE, (after, before))
    assert back.gone == ("b",)
    assert back.interaction_se == close(change.interaction_se)


# What an answer of typical spread adds after, in the test above.
NEW = (20 * 0.24 + 40 * 0.1875) / (60 - 2)


def test_few_answers_that_agree_are_not_certain() -> None:
    """Each group has one more answer of typical spread: 280 in 122 answers less 2."""
    some = counted({"a": [30, 20, 20, 20, 30], "b": [0, 0, 0, 0, 2]})
    change = explained(MEAN, (some, some))
    typical = 280 / 120
    variance = (120 / 122) ** 2 * (280 + typical) / 120**2
    variance += (2 / 122) ** 2 * typical / 2**2
    assert change.experience_se == close(math.sqrt(2 * variance))


def test_answers_alone_in_their_groups_tell_no_error() -> None:
    lonely = counted({"a": [0, 0, 0, 0, 1], "b": [1, 0, 0, 0, 0]})
    change = explained(MEAN, (lonely, lonely))
    assert math.isnan(change.experience_se)
    assert math.isnan(change.mix_se)
    assert change.difference_se > 0
    said = "to tell customers' experience or who was asked or both together from"
    assert said in change.summary()
    one = counted({"a": [0, 0, 0, 0, 1]})
    assert math.isnan(explained(MEAN, (one, one)).difference_se)
    heavy = Tally.count([5], scale=SCALE, by={"g": ["a"]}, weights=[2])
    assert math.isnan(explained(SHARE, (heavy, heavy)).difference_se)
    assert explained(SHARE, (one, one)).difference_se == 0


def test_errors_and_intervals_in_simulation() -> None:
    """Shares and scores both change; 500 answers a side in three groups."""
    rng = np.random.default_rng(11)
    w = np.array([[0.5, 0.3, 0.2], [0.3, 0.3, 0.4]])
    p = np.array([[0.8, 0.5, 0.3], [0.85, 0.5, 0.4]])
    truth = {
        "difference": 100 * (w[1] @ p[1] - w[0] @ p[0]),
        "experience": 100 * w[0] @ (p[1] - p[0]),
        "mix": 100 * (w[1] - w[0]) @ p[0],
        "interaction": 100 * (w[1] - w[0]) @ (p[1] - p[0]),
    }
    scale, by = Scale(0, 1, higher_is_better=True), {"g": [0, 1, 2]}
    yes = BoxShare(name="Yes", points=[1])
    found: dict[str, list[float]] = {name: [] for name in PARTS}
    errors: dict[str, list[float]] = {name: [] for name in PARTS}
    held = dict.fromkeys(PARTS, 0)
    for _ in range(runs := 300):
        sides = []
        for share, good in zip(w, p, strict=True):
            n = rng.multinomial(500, share)
            happy = rng.binomial(n, good)
            counts = np.stack([n - happy, happy], axis=1)
            sides.append(yes(Tally.from_counts(counts, scale=scale, by=by)))
        change = explain_change(*sides, axis="g")
        for name in PARTS:
            found[name].append(getattr(change, name))
            errors[name].append(getattr(change, f"{name}_se"))
            low, high = change.intervals[name]
            held[name] += low <= truth[name] <= high
    for name in PARTS:
        spread = np.std(found[name])
        assert np.mean(found[name]) == close(truth[name], abs=4 * spread / runs**0.5)
        assert np.sqrt(np.mean(np.square(errors[name]))) == close(spread, rel=0.1)
        assert 0.91 <= held[name] / runs <= 0.98


# What it says

LAST = counted({"a": [35, 40, 75, 250, 200], "b": [70, 70, 60, 120, 80]})
THIS = counted({"a": [12, 13, 25, 85, 65], "b": [110, 120, 130, 250, 190]})


def moved(**options: Any) -> Any:
    return explain_change(csat(LAST), csat(THIS), axis="g", **options)


def test_numbers_of_a_change() -> None:
    change = moved()
    assert isinstance(change, ChangeExplained)
    assert len(change) == 2
    assert change.difference == close(-6)
    assert (change.experience, change.mix, change.interaction) == close((2, -10, 2))
    assert change.mix_parts == close([-4, -6])
    assert change.interaction_parts == close([0, 2])
    low, high = change.intervals["mix"]
    assert (low + high) / 2 == close(-10)
    assert high - low == close(2 * 1.959963984540054 * change.mix_se)
    assert change.p_values["difference"] == close(
        compare(csat(THIS.pooled()), csat(LAST.pooled()), method="wald").p_value
    )
    assert change.distinguishable == {
        "difference": True,
        "experience": False,
        "mix": True,
        "interaction": False,
    }
    wide = moved(level=0.999)
    assert not wide.distinguishable["difference"]
    assert wide.intervals["mix"][0] < low
    assert wide.level == 0.999
    assert "may be noise at 99.9 %" in wide.summary()
    assert "more than noise at 99.9 %" in wide.summary()
    assert "99.9 % intervals" in str(wide)


def test_a_change_speaks() -> None:
    change = moved()
    assert repr(change) == (
        "CSAT (top 2) -6.0 by g (2): experience +2.0, mix -10.0, interaction +2.0"
    )
    assert change.summary() == (
        "CSAT (top 2) fell by 6.0 percentage points (more than noise): customers'"
        " experience +2.0 (may be noise), who was asked -10.0 (more than noise), both"
        " together +2.0 (may be noise)."
    )
    records, columns = change.to_records(), change.to_columns()
    assert records[1] == {name: column[1] for name, column in columns.items()}
    assert records[1]["axis"] == "g"
    assert records[1]["label"] == "b"
    assert records[1]["interaction"] == close(2)
    assert records[1]["n_after"] == 800
    assert records[1]["scale"] == "1-5, 5 best"
    numbers = change.to_dict()
    assert numbers["mix"] == close(-10)
    assert numbers["mix_low"] < -10 < numbers["mix_high"] < 0
    assert numbers["mix_p_value"] < 0.001
    assert numbers["mix_se"] == change.mix_se
    assert (numbers["n_before"], numbers["n_after"]) == (1000, 1000)
    assert (numbers["before"], numbers["after"]) == close((65, 59))
    assert (numbers["axis"], numbers["metric"]) == ("g", "CSAT (top 2)")
    svg = change.to_svg()
    ET.fromstring(svg)  # noqa: S314  our own
    assert "who was asked" in svg
    assert "95 % intervals" in svg
    assert change._repr_html_() == svg


def test_groups_asked_once_are_said() -> None:
    first = counted({"a": [10, 10, 10, 10, 10], "old": [1, 1, 1, 1, 1]})
    second = counted(
        {"a": [9, 10, 10, 10, 10], "new": [1, 1, 1, 1, 1], "x": [1, 0, 0, 0, 0]}
    )
    change = explained(MEAN, (first, second))
    said = (
        "Counted as who was asked: 2 groups asked only after and 1 group asked only"
        " before."
    )
    assert change.summary().endswith(said)
    assert "2 groups asked only after" in change.to_svg()
    assert change.labels == ("a", "old", "new", "x")
    records = change.to_records()
    assert records[1]["score_after"] is None
    assert records[2]["score_before"] is None
    assert records[2]["experience"] == 0
    assert "nan" not in str(change)
    assert change.gone == ("old",)
    back = explained(MEAN, (second, counted({"a": [9, 10, 10, 10, 10]})))
    assert back.summary().endswith("2 groups asked only before.")


def test_effort_that_rises_is_worse() -> None:
    easy, hard = (
        counted({"a": counts}, EFFORT_1_5)
        for counts in ([40, 30, 10, 10, 10], [10, 10, 10, 30, 40])
    )
    change = explained(MEAN, (easy, hard))
    assert change.summary().startswith(
        "Mean rose by 1.60 on the 1-5 scale where 5 is worst, which is worse (more than"
    )
    assert "which is better" in explained(MEAN, (hard, easy)).summary()
    assert explained(MEAN, (easy, easy)).summary() == (
        "Mean stayed at 2.20: customers' experience 0.00, who was asked 0.00, both"
        " together 0.00."
    )


def test_unanimous_answers_have_nothing_to_judge_by() -> None:
    change = explained(
        SHARE, (counted({"a": [0, 0, 0, 0, 9]}), counted({"a": [9, 0, 0, 0, 0]}))
    )
    assert change.difference == -100
    assert change.difference_se == 0
    assert all(math.isnan(x) for ends in change.intervals.values() for x in ends)
    assert not any(change.distinguishable.values())
    assert change.summary() == (
        "Share fell by 100.0 percentage points: customers' experience -100.0, who was"
        " asked 0.0, both together 0.0. Too few answers, or too much alike, to tell any"
        " of this from noise."
    )
    assert str(change).count("unknown") == 4
    assert change.to_dict()["mix_low"] is None
    assert change.to_dict()["mix_p_value"] is None
    ET.fromstring(change.to_svg())  # noqa: S314  our own


def test_groups_without_answers_add_nothing() -> None:
    empty = counted({"a": [1, 2, 3, 4, 5], "b": [0] * 5})
    change = explained(MEAN, (empty, empty))
    assert change.labels == ("a", "b")
    assert change.mix_parts.tolist() == [0, 0]
    assert (change.new, change.gone) == ((), ())
    weightless = Tally.count(
        [5, 4, 1], scale=SCALE, by={"g": ["a", "a", "b"]}, weights=[1, 2, 0]
    )
    change = explained(MEAN, (weightless, weightless))
    assert change.share_before.tolist() == [100, 0]
    assert math.isnan(change.score_before[1])
    assert change.n_before.tolist() == [2, 1]


def test_changes_compare_and_copy() -> None:
    change = moved()
    assert change == moved()
    assert change == pickle.loads(pickle.dumps(change))  # noqa: S301  our own
    assert change == copy.deepcopy(change)
    assert change != moved(level=0.9)
    assert change != attrs.evolve(change, mix_se=1)
    assert change != attrs.evolve(change, score_after=[1, 2])
    assert change != "change"
    assert not change.share_before.flags.writeable
    with pytest.raises(TypeError):
        hash(change)
    once = explained(MEAN, (counted({"a": [1] * 5, "b": [1] * 5}),) * 2)
    lonely = attrs.evolve(once, mix_se=math.nan)
    assert lonely == copy.copy(lonely)


# Refusals of a change


def test_changes_that_cannot_be_explained() -> None:
    last, this = csat(LAST), csat(THIS)
    told = refused(lambda: explain_change(LAST, this, axis="g"), InvalidTypeError)  # type: ignore[arg-type]
    assert told.argument == "before"
    alone: Any = csat(THIS.pooled())
    told = refused(lambda: explain_change(last, alone, axis="g"), InvalidTypeError)
    assert str(told).startswith("after must be Estimates by 'g'; got CSAT (top 2) 59.0")
    told = refused(lambda: explain_change(last, this, axis="x"), InvalidValueError)
    assert str(told) == (
        "before must have the axis 'x' and no other; got 'g (2)'; select others with"
        " .at(...), or count by 'x' alone"
    )
    refused(lambda: explain_change(last, this, axis=3), InvalidTypeError)  # type: ignore[arg-type]
    two = csat([5, 4], scale=SCALE, by={"g": ["a", "b"], "h": [1, 2]})
    told = refused(lambda: explain_change(last, two, axis="g"), InvalidValueError)
    assert told.argument == "after"
    other = mean_score(THIS)
    told = refused(lambda: explain_change(last, other, axis="g"), ScaleMismatchError)
    assert "after must be BoxShare" in str(told)
    effort: Any = mean_score(
        counted({"a": [1, 2, 3, 4, 5], "b": [1, 2, 3, 4, 5]}, EFFORT_1_5)
    )
    told = refused(
        lambda: explain_change(mean_score(LAST), effort, axis="g"), ScaleMismatchError
    )
    assert told.argument == "after"
    none = csat(counted({"a": [0] * 5}))
    told = refused(lambda: explain_change(last, none, axis="g"), EmptySampleError)
    assert told.argument == "after"
    refused(lambda: explain_change(none, this, axis="g"), EmptySampleError)
    told = refused(
        lambda: explain_change(last, this, axis="g", level=95), InvalidValueError
    )
    assert told.argument == "level"


def test_groups_never_asked_twice_cannot_tell() -> None:
    last, this = csat(LAST), csat(counted({"A": [1, 2, 3, 4, 5], "a": [0] * 5}))
    told = refused(lambda: explain_change(last, this, axis="g"), InvalidValueError)
    assert str(told) == (
        "after must have answers in a group of before on 'g'; got \"'A', 'a'\"; are its"
        " labels spelt as those of before?"
    )


@every_metric
@pytest.mark.parametrize("seed", [1, 2])
def test_raw_answers_with_weights_are_refused(metric: Any, seed: int) -> None:
    answers, by = [5, 1, 4, 3, 5, 2], {"g": ["a", "b", "a", "b", "a", "b"]}
    heavy = np.random.default_rng(seed).uniform(1, 2, 6)
    raw = metric(answers, scale=SCALE, by=by, weights=heavy)
    plain = metric(answers, scale=SCALE, by=by)
    told = refused(lambda: explain_change(raw, plain, axis="g"), InvalidValueError)
    assert str(told) == (
        "before must come from a Tally if answers have weights; got 'weighted raw"
        " answers'; count a Tally of the answers with their weights, and pass that"
    )
    told = refused(lambda: explain_change(plain, raw, axis="g"), InvalidValueError)
    assert told.argument == "after"
    tally = metric(Tally.count(answers, scale=SCALE, by=by, weights=heavy))
    assert explain_change(plain, tally, axis="g").after == close(tally.tally and metric(
        tally.tally.pooled()
    ).value)  # fmt: skip
    assert explain_change(plain, plain, axis="g").difference == 0


def test_weights_that_are_equal_within_groups_show_in_shares() -> None:
    answers, by = [5, 1, 1, 3, 5, 5], {"g": ["a", "b", "a", "b", "a", "b"]}
    for metric in (NET, SHARE):
        raw: Any = metric(answers, scale=SCALE, by=by, weights=[1, 2, 1, 2, 1, 2])
        refused(lambda raw=raw: explain_change(raw, raw, axis="g"), InvalidValueError)


FIELDS: dict[str, tuple[Any, type[CxmError]]] = {
    "axis": ("", InvalidValueError),
    "labels": (["a", "a"], InvalidValueError),
    "share_before": ([50, 40], InvalidValueError),
    "share_after": ([150, -50], InvalidValueError),
    "score_before": ([np.nan, 1], InvalidValueError),
    "score_after": (["x", "y"], InvalidTypeError),
    "n_before": ([1, -1], InvalidValueError),
    "n_after": ([1, 2, 3], InvalidValueError),
    "difference_se": (-1, InvalidValueError),
    "mix_se": ("1", InvalidTypeError),
    "level": (1, InvalidValueError),
    "scale": ("1-5", InvalidTypeError),
}


@pytest.mark.parametrize("name", FIELDS)
def test_bad_fields_of_a_change_are_refused(name: str) -> None:
    value, error = FIELDS[name]
    told = refused(lambda: attrs.evolve(moved(), **{name: value}), error)
    assert told.argument == name


def test_a_score_needs_a_share() -> None:
    """Who was not asked has no score, and who was has one."""
    share = {"share_after": [100, 0]}
    told = refused(lambda: attrs.evolve(moved(), **share), InvalidValueError)
    assert told.argument == "score_after"
    assert told.index == 1
    gone = attrs.evolve(moved(), **share, score_after=[75, np.nan])
    assert gone.gone == ("b",)


def test_a_missing_label_is_refused() -> None:
    told = refused(lambda: attrs.evolve(moved(), labels=["a", None]), MissingValueError)
    assert told.argument == "labels"


def test_compared_with_itself_nothing_is_said_of_noise() -> None:
    groups = {"a": [3, 4, 7, 25, 20], "b": [7, 7, 6, 12, 8]}
    change = explained(SHARE, (counted(groups), counted(groups)))
    assert "noise" not in change.summary()
    assert change.summary().startswith("Share stayed at 65.7: customers' experience 0")


def test_what_is_unknown_is_said_once_and_only_of_what_moved() -> None:
    before = counted({"a": [9, 0, 9, 9, 9], "b": [2, 2, 2, 2, 2]})
    after = counted({"a": [0, 0, 9, 9, 9], "b": [2, 2, 2, 2, 2]})
    change = explained(SHARE, (before, after))
    errors = {"mix_se": 0.0, "interaction_se": math.nan}
    words = attrs.evolve(change, **errors).summary()
    assert words.count("too much alike") == 1
    assert words.endswith("to tell who was asked or both together from noise.")
    assert "Too few" not in change.summary()
    single = (counted({"a": [9, 0, 9, 9, 9]}), counted({"a": [0, 0, 9, 9, 9]}))
    assert "Too few" not in explained(SHARE, single).summary()


@few
@given(pairs_of_tallies())
def test_a_table_says_when_rounded_parts_do_not_sum(pair: tuple[Tally, Tally]) -> None:
    table = str(explained(SHARE, pair))
    rows = table.splitlines()[-4:]
    size = re.compile(r"\) +([+-]?[0-9.]+)")
    change, *parts = (float(size.findall(row)[0]) for row in rows)
    off = abs(change - sum(parts)) > 0.05
    assert ("parts are rounded" in table) == off


# Word for word


def test_every_word_of_a_change() -> None:
    change = moved()
    assert str(change).splitlines() == [
        "CSAT (top 2) by g, 65.0 to 59.0",
        "g  % before  % after  before  after  experience   mix  interaction",
        "a      60.0     20.0    75.0   75.0         0.0  -4.0          0.0",
        "b      40.0     80.0    50.0   55.0        +2.0  -6.0         +2.0",
        "95 % intervals, each on its own",
        "part                                change    low  high  verdict",
        "difference (in all)                   -6.0  -10.2  -1.8  more than noise",
        "experience (customers' experience)    +2.0   -2.8  +6.8  may be noise",
        "mix (who was asked)                  -10.0  -12.6  -7.4  more than noise",
        "interaction (both together)           +2.0   -1.7  +5.7  may be noise",
    ]
    arrays = ("share", "score", "n")
    assert list(change.to_columns()) == [
        *("axis", "label"),
        *(f"{name}_{side}" for name in arrays for side in ("before", "after")),
        *(*PARTS[1:], "metric", "scale"),
    ]
    record = change.to_records()[0]
    assert (record["metric"], record["scale"]) == ("CSAT (top 2)", "1-5, 5 best")
    numbers = change.to_dict()
    assert list(numbers) == [
        *("before", "after"),
        *(
            f"{name}{end}"
            for name in PARTS
            for end in ("", "_se", "_low", "_high", "_p_value")
        ),
        *("n_before", "n_after", "level", "axis", "metric", "scale"),
    ]
    assert (numbers["level"], numbers["scale"]) == (0.95, "1-5, 5 best")


def test_every_word_of_groups_asked_once() -> None:
    first = counted({"a": [0, 1, 2, 3, 4], "b": [4, 3, 3, 1, 1]})
    second = counted({"a": [4, 3, 2, 1, 1], "c": [1, 2, 3, 3, 1]})
    change = explained(SHARE, (first, second), level=0.9)
    noise, sure = "may be noise at 90 %", "more than noise at 90 %"
    assert str(change).splitlines() == [
        "Share by g, 40.9 to 28.6",
        "g  % before  % after  before  after  experience    mix  interaction",
        "a      45.5     52.4    70.0   18.2       -23.6   +2.0         -3.6",
        "b      54.5      0.0    16.7                0.0  +13.2          0.0",
        "c       0.0     47.6           40.0         0.0   -0.4          0.0",
        (
            "90 % intervals, each on its own; parts are rounded, so they do not sum to"
            " the change"
        ),
        "part                                change    low   high  verdict",
        f"difference (in all)                  -12.3  -36.0  +11.3  {noise}",
        f"experience (customers' experience)   -23.6  -40.7   -6.4  {sure}",
        f"mix (who was asked)                  +14.8   -4.8  +34.4  {noise}",
        f"interaction (both together)           -3.6  -16.7   +9.6  {noise}",
    ]
    unsure = attrs.evolve(change, mix_se=math.nan)
    assert str(unsure).splitlines()[-2] == (
        "mix (who was asked)                  +14.8                unknown"
    )
    numbered = explained(SHARE, (counted({1: [0, 1, 2, 3, 4]}),) * 2)
    assert str(numbered).splitlines()[2].split()[0] == "1"
    ends = change.intervals
    low, high = zip(*(ends[name] for name in PARTS[1:]), strict=True)
    assert change.to_svg() == _draw_inference.bridge(
        ["customers' experience", "who was asked", "both together"],
        [change.experience, change.mix, change.interaction],
        low,
        high,
        change.before,
        change.after,
        title="Share by g: what changed",
        axis_label="%",
        digits=1,
        notes=[
            "90 % intervals, each on its own.",
            (
                "Counted as who was asked: 1 group asked only after and 1 group asked"
                " only before."
            ),
        ],
    )


def test_errors_do_not_hang_on_the_size_of_weights() -> None:
    answers = [1, 5, 4, 2, 5, 3, 4, 4]
    weights = np.array([1, 2, 1, 3, 2, 1, 1, 2])

    def change(by: float) -> Any:
        before, after = (
            csat(
                Tally.count(order, scale=SCALE, by={"g": groups}, weights=by * weights)
            )
            for order, groups in (
                (answers, [*"aaaabbbb"]),
                (answers[::-1], [*"aabbbbbb"]),
            )
        )
        return explain_change(before, after, axis="g")

    for name in (*PARTS, *(f"{part}_se" for part in PARTS)):
        assert getattr(change(0.01), name) == close(getattr(change(1), name))
