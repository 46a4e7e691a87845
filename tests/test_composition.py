"""Changes cut into mix and experience, and reversals, against plain loops."""

import copy
import itertools
import math
import pickle
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
    compare,
    csat,
    mean_score,
    nps,
)
from cxmkit.composition import (
    ChangeExplained,
    Reversal,
    explain_change,
    simpson_reversals,
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
    assert "too few answers" in change.summary()
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
    assert "Mean stayed at 2.20" in explained(MEAN, (easy, easy)).summary()


def test_unanimous_answers_have_nothing_to_judge_by() -> None:
    change = explained(
        SHARE, (counted({"a": [0, 0, 0, 0, 9]}), counted({"a": [9, 0, 0, 0, 0]}))
    )
    assert change.difference == -100
    assert change.difference_se == 0
    assert all(math.isnan(x) for ends in change.intervals.values() for x in ends)
    assert not any(change.distinguishable.values())
    assert "too much alike" in change.summary()
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


# Reversals

YES_NO = Scale(0, 1, higher_is_better=True)
YES = BoxShare(name="Yes", points=[1])


def table(counts: Any, rows: Any, columns: Any, **options: Any) -> Tally:
    """A tally over two axes, of pairs (no, yes) or of points of a scale."""
    by = {"row": list(rows), "column": list(columns)}
    scale = options.pop("scale", YES_NO)
    return Tally.from_counts(counts, scale=scale, by=by, **options)


def reversals(tally: Tally, metric: Any = YES, **options: Any) -> tuple[Reversal, ...]:
    axes: Any = {"across": "row", "within": "column"}
    return simpson_reversals(tally, quick(metric), **axes, **options)


# Bickel, Hammel & O'Connell 1975: refused and admitted, six largest departments.
MEN = [[313, 512], [207, 353], [205, 120], [279, 138], [138, 53], [351, 22]]
WOMEN = [[19, 89], [8, 17], [391, 202], [244, 131], [299, 94], [317, 24]]


@pytest.mark.reference
def test_berkeley_admissions_of_1973() -> None:
    """Rates by department, and at the mix of all applicants, as Freedman et al. have.

    44.5 % of men and 30.4 % of women; 39 % and 43 % at the common mix.
    """
    tally = table([MEN, WOMEN], ["men", "women"], list("ABCDEF"))
    (found,) = reversals(tally, min_n=25)
    assert (found.first, found.second) == ("men", "women")
    assert found.crude.difference == close(44.5 - 30.4, abs=0.1)
    assert found.adjusted.difference == close(39 - 43, abs=1)
    percents = [62 - 82, 63 - 68, 37 - 34, 33 - 35, 28 - 24, 6 - 7]
    assert found.differences == close(percents, abs=1)
    assert (found.as_crude, found.as_adjusted) == (2, 4)
    assert sum(found.shares) == close(100)
    assert found.shares[0] == close(100 * 933 / 4526)
    assert found.strata == tuple("ABCDEF")
    assert found.left_out == ()
    assert found.pairs == 1
    assert found.adjusted.n == found.crude.n == (2691, 1835)
    assert found.adjusted.high < 0 < found.crude.low
    # 25 women applied to department B.
    (strict,) = reversals(tally)
    assert strict.left_out == ("B",)
    assert strict.strata == tuple("ACDEF")
    assert strict.adjusted.n == (2691 - 560, 1835 - 25)
    assert strict.crude == found.crude
    assert reversals(tally, level=0.99, min_n=25) == ()
    assert reversals(tally, min_n=600) == ()


@pytest.mark.reference
def test_kidney_stones_are_not_beyond_noise() -> None:
    """Charig et al. 1986: 78 % against 83 %, yet both strata the other way; p = .13."""
    stones = [[[6, 81], [71, 192]], [[36, 234], [25, 55]]]
    tally = table(stones, ["open", "keyhole"], ["small", "large"])
    overall = YES(tally.by("row"))
    assert overall.value == close([78, 83], abs=0.5)
    assert not compare(
        overall.at(row="open"), overall.at(row="keyhole")
    ).distinguishable
    assert reversals(tally) == ()
    # Ten times the patients would tell, or a level that promises little.
    (found,) = reversals(table(np.multiply(stones, 10), ["o", "k"], ["s", "l"]))
    assert found.as_adjusted == 2
    assert reversals(tally, level=0.5)[0].crude.difference == close(-4.6, abs=0.05)


PLANTED = [[[40, 160], [400, 400]], [[300, 700], [144, 96]]]


def planted(times: int = 1) -> Tally:
    return table(np.multiply(PLANTED, times), ["phone", "chat"], ["easy", "hard"])


def test_a_planted_reversal_by_hand() -> None:
    (found,) = reversals(planted())
    assert found.crude.difference == close(100 * (560 / 1000 - 796 / 1240))
    mix = np.array([1200, 1040]) / 2240
    assert found.adjusted.difference == close(mix @ [10, 10])
    assert found.shares == close(100 * mix)
    # Squared errors by stratum, each with one more answer of typical spread.
    n = np.array([[200, 800], [1000, 240]])
    p = np.array([[0.8, 0.5], [0.7, 0.4]])
    inside = n * p * (1 - p)
    typical = inside.sum() / (n.sum() - 4)
    variance = mix**2 @ ((inside + typical) / n**2).sum(axis=0)
    assert found.adjusted.se == close(100 * math.sqrt(variance))
    assert found.adjusted.statistic == close(found.adjusted.difference
                                             / found.adjusted.se)  # fmt: skip
    reach = 1.959963984540054 * found.adjusted.se
    assert (found.adjusted.low, found.adjusted.high) == close((10 - reach, 10 + reach))
    assert found.adjusted.method == "standardised"
    assert found.crude == compare(
        YES(planted().at(row="phone").pooled()), YES(planted().at(row="chat").pooled())
    )


def brute(tally: Tally, metric: Any, min_n: int, level: float) -> list[tuple[Any, ...]]:
    """Find reversals pair by pair and stratum by stratum."""
    metric = quick(metric)
    rows, columns = tally.labels["row"], tally.labels["column"]
    cells = {
        (r, c): metric(tally.at(row=r, column=c))
        for r, c in itertools.product(rows, columns)
        if tally.at(row=r, column=c).n
    }

    def weight(r: Any, c: Any) -> float:
        sums = tally.at(row=r, column=c)
        array = sums.counts if sums.sum_weights is None else sums.sum_weights
        return float(array.sum())

    def enough(r: Any, c: Any) -> bool:
        return (r, c) in cells and cells[r, c].n >= min_n

    judged = {}
    for a, b in itertools.combinations(rows, 2):
        used = [c for c in columns if enough(a, c) and enough(b, c)]
        if len(used) >= 2:
            judged[a, b] = used
    found = []
    for (a, b), used in judged.items():
        alone = 1 - (1 - level) / len(judged)
        crude = compare(
            *(metric(tally.at(row=r).pooled()) for r in (a, b)), level=alone
        )
        mix = np.array([weight(a, c) + weight(b, c) for c in used])
        gaps = np.array([cells[a, c].value - cells[b, c].value for c in used])
        seen = [
            np.average(
                [cells[r, c].value for c in used], weights=[weight(r, c) for c in used]
            )
            for r in (a, b)
        ]
        adjusted = mix @ gaps / mix.sum()
        if crude.distinguishable and crude.difference * adjusted < 0:
            right = (seen[0] - seen[1]) * crude.difference > 0
            found.append((a, b, crude, adjusted, gaps, tuple(used), right))
    return found


SMALL = st.lists(st.integers(0, 9), min_size=5, max_size=5)


@every_metric
@few
@given(
    cells=st.lists(SMALL, min_size=9, max_size=9),
    times=st.sampled_from([1, 3, 40]),
    heavy=st.booleans(),
    options=st.sampled_from([(1, 0.5), (5, 0.95), (30, 0.5), (30, 0.95)]),
)
def test_reversals_are_those_of_loops(
    metric: Any,
    cells: list[list[int]],
    times: int,
    heavy: bool,  # noqa: FBT001  drawn
    options: tuple[int, float],
) -> None:
    min_n, level = options
    counts = times * np.reshape(cells, (3, 3, 5))
    each = 1 + np.arange(45).reshape(3, 3, 5) % 4 / 2  # weights by cell and point
    sums = {"sum_weights": each * counts, "sum_squared_weights": each**2 * counts}
    weights = sums if heavy else {}
    tally = table(counts, "abc", [1, 2, 3], scale=SCALE, **weights)
    found = {
        (x.first, x.second): x
        for x in reversals(tally, metric, min_n=min_n, level=level)
    }
    for a, b, crude, adjusted, gaps, used, right in brute(tally, metric, min_n, level):
        one = found.pop((a, b), None)
        if one is None:  # the common mix is within noise, or what was left out turns it
            continue
        assert right
        assert one.crude == crude
        assert one.adjusted.difference == close(adjusted)
        assert one.differences == close(gaps)
        assert one.strata == used
        assert {*one.strata, *one.left_out} == {1, 2, 3}
        assert one.adjusted.distinguishable
        assert one.adjusted.p_value < 1 - one.adjusted.level <= (1 - level)
        assert one.adjusted.low * one.adjusted.high > 0
    assert not found


@every_metric
@given(cells=st.lists(SMALL, min_size=6, max_size=6), order=st.permutations([0, 1, 2]))
def test_the_order_of_labels_turns_signs_alone(
    metric: Any, cells: list[list[int]], order: list[int]
) -> None:
    counts = 20 * np.reshape(cells, (3, 2, 5))
    names = np.array(["a", "b", "c"])
    one = reversals(table(counts, names, [1, 2], scale=SCALE), metric)
    other = reversals(
        table(counts[order][:, ::-1], names[order], [2, 1], scale=SCALE), metric
    )
    differences = {(x.first, x.second): x.adjusted.difference for x in one}
    both = {(x.second, x.first): -x.adjusted.difference for x in one} | differences
    assert len(one) == len(other)
    for each in other:
        assert each.adjusted.difference == close(both[each.first, each.second])


def test_reversals_of_every_kind_of_metric_are_found() -> None:
    """So that the loops above have something to compare."""
    low, high = [5, 3, 1, 0, 0], [0, 0, 1, 3, 5]

    def blend(part: float, n: int) -> Any:
        return np.rint(n * (part * np.array(high) + (1 - part) * np.array(low)))

    counts = [
        [blend(0.9, 20), blend(0.4, 180)],
        [blend(0.7, 180), blend(0.2, 20)],
    ]
    tally = table(np.array(counts, int), "ab", [1, 2], scale=SCALE)
    for metric in METRICS.values():
        (found,) = reversals(tally, metric)
        assert found.crude.difference < 0 < found.adjusted.difference
        assert found.as_adjusted == 2
    (found,) = reversals(tally, csat)
    assert found.crude.definition.name == "CSAT (top 2)"


def test_what_was_left_out_is_not_what_turns_the_difference() -> None:
    """Among the strata used, a is ahead of b, mix or not; a third one hides it."""
    counts = [
        [[100, 300], [150, 250], [2000, 20]],
        [[150, 250], [200, 200], [0, 10]],
    ]
    tally = table(counts, "ab", [1, 2, 3])
    overall = YES(tally.by("row"))
    assert compare(overall.at(row="b"), overall.at(row="a")).distinguishable
    assert reversals(tally) == ()


def test_one_stratum_is_no_mix() -> None:
    counts = [[[10, 90], [400, 120]], [[30, 70], [27, 1]]]
    tally = table(counts, "ab", [1, 2])
    overall = YES(tally.by("row"))
    assert compare(overall.at(row="b"), overall.at(row="a")).distinguishable
    assert reversals(tally) == ()
    (found,) = reversals(tally, min_n=10)
    assert found.left_out == ()
    # Nor do such pairs add to the doubt of others.
    (found,) = reversals(table([*PLANTED, [[10, 90], [1, 0]]], "abc", [1, 2]))
    assert found.pairs == 1


def test_both_differences_must_be_clear_and_opposed() -> None:
    same = table([PLANTED[0], [[60, 140], [480, 320]]], "ab", [1, 2])
    overall = YES(same.by("row"))
    assert compare(overall.at(row="a"), overall.at(row="b")).distinguishable
    assert reversals(same) == ()
    # Clear at the common mix, and within noise among all answers.
    faint = table([PLANTED[0], [[90, 210], [120, 80]]], "ab", [1, 2])
    overall = YES(faint.by("row"))
    change = compare(overall.at(row="a"), overall.at(row="b"))
    assert change.difference == close(-2)
    assert not change.distinguishable
    assert reversals(faint) == ()
    (found,) = reversals(faint, level=0.4)
    assert found.adjusted.p_value < 0.001


def test_pairs_share_the_doubt() -> None:
    """Three groups are three pairs, of which two change places."""
    counts = [*np.multiply(PLANTED, 4).tolist(), PLANTED[1]]
    found = reversals(table(counts, "abc", [1, 2]))
    assert [(x.first, x.second) for x in found] == [("a", "b"), ("a", "c")]
    for each in found:
        assert each.pairs == 3
        assert each.level == 0.95
        assert each.crude.level == each.adjusted.level == close(1 - 0.05 / 3)


def test_other_axes_are_added_up() -> None:
    halves = np.array(PLANTED)
    wide = Tally.from_counts(
        np.stack([halves, halves]),
        scale=YES_NO,
        by={"year": [1, 2], "row": ["phone", "chat"], "column": ["easy", "hard"]},
    )
    assert reversals(wide) == reversals(planted(2))


def test_unanimous_cells_prove_nothing() -> None:
    """Without any spread there is nothing to tell noise by."""
    counts = [[[0, 40], [400, 0]], [[0, 400], [40, 0]]]
    assert reversals(table(counts, "ab", [1, 2])) == ()
    turned = [[[0, 40], [400, 0]], [[0, 400], [400, 0]]]
    assert reversals(table(turned, "ab", [1, 2])) == ()


def test_groups_whose_weights_are_nothing_are_left_out() -> None:
    counts = np.array(
        [[[40, 160], [400, 400], [50, 0]], [[300, 700], [144, 96], [0, 50]]]
    )
    heavy = counts * [[[1], [1], [0]]]
    tally = table(counts, "ab", [1, 2, 3], sum_weights=heavy, sum_squared_weights=heavy)
    (found,) = reversals(tally)
    assert found.left_out == (3,)
    assert found.adjusted.difference == close(10)


def test_false_alarms_are_rare() -> None:
    """Only the mix sets groups apart; at the common mix there is no difference."""
    rng = np.random.default_rng(3)
    shares, good = np.array([[0.7, 0.3], [0.3, 0.7]]), np.array([0.8, 0.4])
    alarms = 0
    for _ in range(runs := 200):
        n = np.stack([rng.multinomial(500, share) for share in shares])
        happy = rng.binomial(n, good)
        tally = table(np.stack([n - happy, happy], axis=-1), "ab", [1, 2])
        alarms += len(reversals(tally))
    assert alarms <= 0.05 * runs


def test_a_reversal_speaks() -> None:
    (found,) = reversals(planted())
    assert repr(found) == (
        "Reversal of 'phone' and 'chat': Yes -8.2 in all, +10.0 at the same mix of"
        " column"
    )
    assert found.summary() == (
        "Yes: among all answers 'phone' lies below 'chat' by 8.2 percentage points; at"
        " the same mix of column it lies above by 10.0 (2 of 2 groups of column point"
        " that way). This is a composition effect: which difference answers your"
        " question depends on what causes what, and numbers cannot say that."
    )
    assert str(found).splitlines()[1:] == [
        "column          %  difference    low   high",
        "all answers              -8.2  -12.2   -4.1",
        "same mix                +10.0   +5.3  +14.7",
        "easy         53.6       +10.0",
        "hard         46.4       +10.0",
    ]
    numbers = found.to_dict()
    assert numbers["crude_difference"] == found.crude.difference
    assert numbers["adjusted_p_value"] == found.adjusted.p_value < 0.001
    assert numbers["strata"] == numbers["as_adjusted"] == 2
    assert numbers["as_crude"] == numbers["left_out"] == 0
    assert (numbers["first"], numbers["within"]) == ("phone", "column")
    assert (numbers["metric"], numbers["pairs"]) == ("Yes", 1)
    assert found.to_records()[1] == {
        "first": "phone",
        "second": "chat",
        "within": "column",
        "label": "hard",
        "share": close(100 * 1040 / 2240),
        "difference": close(10),
    }
    html = found._repr_html_()
    ET.fromstring(html)  # noqa: S314  our own
    assert "composition effect" in html
    assert found == pickle.loads(pickle.dumps(found))  # noqa: S301  our own
    assert hash(found) == hash(copy.deepcopy(found))
    tally = table([MEN, WOMEN], ["men", "women"], list("ABCDEF"))
    said = reversals(tally)[0].summary()
    assert "'men' lies above 'women' by 14.2" in said
    assert "lies below by 4.2 (3 of 5 groups of column point that way; 1 with" in said


def test_reversals_that_cannot_be_sought() -> None:
    tally = planted()
    told = refused(lambda: reversals([1, 2]), InvalidTypeError)  # type: ignore[arg-type]
    assert told.argument == "tally"
    told = refused(lambda: reversals(tally, "nps"), InvalidTypeError)
    assert str(told) == (
        "metric must be a metric of a tally; got 'nps'; pass nps, csat or NetScore(...)"
    )
    told = refused(lambda: reversals(tally, lambda _: 3), InvalidTypeError)
    assert "metric must give Estimates" in str(told)
    refused(lambda: reversals(tally, nps), ScaleMismatchError)
    assert refused(lambda: reversals(tally, min_n=0), InvalidValueError).argument == (
        "min_n"
    )
    refused(lambda: reversals(tally, min_n=2.5), InvalidTypeError)
    refused(lambda: reversals(tally, level=95), InvalidValueError)
    for across, within in (("row", "row"), ("row", "x"), ("x", "column")):
        told = refused(
            lambda a=across, b=within: simpson_reversals(
                tally, YES, across=a, within=b
            ),
            InvalidValueError,
        )
        assert told.argument == "axis"
    many = table(np.ones((1001, 1, 2), int), range(1001), [1])
    told = refused(lambda: reversals(many), InvalidValueError)
    assert str(told) == (
        "across must have at most 1,000 labels; got 1001; add some up, or select some"
    )
    assert reversals(table(np.ones((1000, 1, 2), int), range(1000), [1])) == ()
    assert reversals(table(np.ones((0, 1, 2), int), [], [1])) == ()
