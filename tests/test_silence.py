"""What silence could do: every completion, the formula at its source, words."""

import copy
import itertools
import math
import pickle
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmkit import (
    EFFORT_1_5,
    SATISFACTION_1_5,
    CxmError,
    Estimate,
    Scale,
    Tally,
    csat,
    mean_score,
    nps,
)
from cxmkit.errors import InvalidTypeError, InvalidValueError, MissingValueError
from cxmkit.metrics import BoxShare, MeanScore, NetScore
from cxmkit.silence import NonresponseBounds, nonresponse_bounds

SCALE = SATISFACTION_1_5
NET = NetScore(name="Net", positive=(5,), negative=(1, 2))
SHARE = BoxShare(name="Share", points=(4, 5))
MEAN = MeanScore(name="Mean")
RESCALED = MeanScore(name="Rescaled", rescaled=True)
every_metric = pytest.mark.parametrize(
    "metric", [NET, SHARE, MEAN, RESCALED], ids=lambda metric: metric.name
)
few = settings(max_examples=max(10, settings().max_examples // 3))

answers = st.lists(st.integers(1, 5), min_size=1, max_size=20)
NUMBERS = (*("value", "response_rate", "low", "high", "interval_low", "interval_high"),)


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def numbers(bounds: NonresponseBounds) -> list[Any]:
    return [getattr(bounds, name) for name in NUMBERS]


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


def score(metric: Any, sample: Sequence[int]) -> float:
    """Count by hand."""
    worth = metric.worth(SCALE)
    return float(sum(worth[answer - 1] for answer in sample)) / len(sample)


# The bounds


@every_metric
@few
@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(0, 3))
def test_every_completion_lies_between_the_bounds(
    metric: Any, sample: list[int], silent: int
) -> None:
    result = metric(sample, scale=SCALE)
    bounds = nonresponse_bounds(result, invited=len(sample) + silent)
    completed = [
        score(metric, [*sample, *rest])
        for rest in itertools.combinations_with_replacement(range(1, 6), silent)
    ]
    assert bounds.low == close(min(completed))
    assert bounds.high == close(max(completed))
    assert bounds.value == result.value
    assert bounds.response_rate == close(100 * len(sample) / (len(sample) + silent))


@every_metric
def test_beliefs_leave_out_completions(metric: Any) -> None:
    sample = [5, 4, 4, 2]
    completions = {
        rest: score(metric, rest)
        for rest in itertools.combinations_with_replacement(range(1, 6), 3)
    }
    scores = sorted(set(completions.values()))
    silent = scores[1], scores[-2]
    result = metric(sample, scale=SCALE)
    bounds = nonresponse_bounds(result, invited=7, silent=silent)
    believed = [
        score(metric, [*sample, *rest])
        for rest, own in completions.items()
        if silent[0] - 1e-9 <= own <= silent[1] + 1e-9
    ]
    assert bounds.low == close(min(believed))
    assert bounds.high == close(max(believed))


def test_answers_left_out_are_silent_too() -> None:
    sample: Any = [10, 9, 3, None, None]
    left_out = nonresponse_bounds(nps(sample, missing="omit"), invited=6)
    assert left_out.response_rate == 50
    plain = nonresponse_bounds(nps([10, 9, 3]), invited=6)
    assert numbers(left_out) == numbers(plain)


def test_weights_change_the_result_not_the_silence() -> None:
    weighted = csat([5, 1, 2, 4], scale=SCALE, weights=[3, 1, 1, 1])
    bounds = nonresponse_bounds(weighted, invited=10)
    assert weighted.value == close(400 / 6)
    assert bounds.response_rate == 40
    assert bounds.low == close(0.4 * 400 / 6)
    assert bounds.high == close(0.4 * 400 / 6 + 60)
    heads = csat([5, 1, 2, 4], scale=SCALE)
    wider = nonresponse_bounds(heads, invited=10)
    assert bounds.high - bounds.low == close(wider.high - wider.low)
    assert bounds.low - bounds.interval_low > wider.low - wider.interval_low


@every_metric
@few
@given(answers, st.integers(0, 60), st.data())
def test_more_silence_is_less_knowledge(
    metric: Any, sample: list[int], silent: int, data: st.DataObject
) -> None:
    result = metric(sample, scale=SCALE)
    least, greatest = metric.range(SCALE)
    bounds = nonresponse_bounds(result, invited=len(sample) + silent)
    more = nonresponse_bounds(result, invited=len(sample) + silent + 1)
    assert more.low <= bounds.low + 1e-9
    assert bounds.high <= more.high + 1e-9
    pair = st.tuples(st.floats(least, greatest), st.floats(least, greatest))
    belief = tuple(sorted(data.draw(pair)))
    narrow = attrs.evolve(bounds, silent=belief)
    assert bounds.low - 1e-9 <= narrow.low <= narrow.high + 1e-9
    assert narrow.high <= bounds.high + 1e-9
    for each in (bounds, more, narrow):
        ends = each.interval_low, each.interval_high
        assert math.isnan(ends[0]) == math.isnan(ends[1]) == math.isnan(result.low)
        if not math.isnan(result.low):
            assert least <= ends[0] <= each.low + 1e-9
            assert each.high - 1e-9 <= ends[1] <= greatest


@given(answers, st.integers(0, 60))
def test_turning_the_scale_round_turns_the_bounds(
    sample: list[int], silent: int
) -> None:
    invited = len(sample) + silent
    there = nonresponse_bounds(NET(sample, scale=SCALE), invited=invited)
    mirrored = NetScore(name="Net", positive=(1, 2), negative=(5,))
    back = nonresponse_bounds(mirrored(sample, scale=SCALE), invited=invited)
    ends = [-back.high, -back.low, -back.interval_high, -back.interval_low]
    assert [there.low, there.high, there.interval_low, there.interval_high] == close(
        ends
    )


def test_effort_is_bounded_on_its_own_scale() -> None:
    effort = nonresponse_bounds(mean_score([1, 2], scale=EFFORT_1_5), invited=4)
    assert (effort.low, effort.high) == (1.25, 3.25)


# The interval


@few
@given(answers, st.integers(1, 60), st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_the_interval_is_that_of_imbens_and_manski(
    sample: list[int], silent: int, level: float
) -> None:
    share = SHARE(sample, scale=SCALE, method="wald", level=level)
    invited = len(sample) + silent
    belief = (20, 75)
    bounds = nonresponse_bounds(share, invited=invited, silent=belief)
    ones = [100.0 if answer >= 4 else 0.0 for answer in sample]
    # The spread of all invited, were the silent ones known to be at one of the ends.
    errors = [
        float(np.std([*ones, *[score] * silent])) / math.sqrt(invited)
        for score in belief
    ]
    width = (bounds.high - bounds.low) / max(errors)

    def coverage(c: float) -> float:
        return float(scipy.stats.norm.cdf(c + width) - scipy.stats.norm.cdf(-c) - level)

    c = scipy.optimize.brentq(coverage, 0, 5, xtol=1e-14)
    assert bounds.interval_low == close(max(bounds.low - c * errors[0], 0))
    assert bounds.interval_high == close(min(bounds.high + c * errors[1], 100))


@every_metric
@given(answers)
def test_without_silence_it_is_the_interval_of_the_estimate(
    metric: Any, sample: list[int]
) -> None:
    result = metric(sample, scale=SCALE)
    bounds = nonresponse_bounds(result, invited=len(sample))
    assert bounds.low == bounds.high == close(result.value)
    least, greatest = metric.range(SCALE)
    assert bounds.interval_low == close(max(result.low, least))
    assert bounds.interval_high == close(min(result.high, greatest))


def test_far_apart_one_side_at_a_time_is_enough() -> None:
    share = csat([5, 1] * 200, scale=SCALE, method="wald")
    bounds = nonresponse_bounds(share, invited=800)
    error = math.sqrt((0.5 * share.se) ** 2 + 50**2 * 0.25 / 800)
    assert bounds.low - bounds.interval_low == close(1.6448536269514722 * error)
    known = nonresponse_bounds(share, invited=800, silent=(50, 50))
    assert known.low == known.high == 50
    assert known.high - known.interval_low == close(1.959963984540054 * share.se / 2)


def test_levels_below_a_half_do_not_cut_into_the_bounds() -> None:
    share = csat([5, 1] * 200, scale=SCALE, level=0.3)
    bounds = nonresponse_bounds(share, invited=800)
    assert bounds.interval_low == close(bounds.low)
    assert bounds.interval_high == close(bounds.high)


@pytest.mark.parametrize("metric", [NET, SHARE], ids=["net", "share"])
def test_unanimous_answers_are_not_certain(metric: Any) -> None:
    bounds = nonresponse_bounds(metric([5, 5, 5], scale=SCALE), invited=3)
    assert bounds.low == bounds.high == 100
    assert bounds.interval_low < 70
    assert bounds.interval_high == 100


def test_a_mean_of_equal_answers_has_bounds_but_no_interval() -> None:
    bounds = nonresponse_bounds(mean_score([4, 4], scale=SCALE), invited=4)
    assert (bounds.low, bounds.high) == (2.5, 4.5)
    assert math.isnan(bounds.interval_low)
    assert math.isnan(bounds.interval_high)
    assert "(no interval: too few answers, or all alike)" in bounds.summary()


def coverage_of_shares(
    invited: int, rate: float, share: float, silent: tuple[float, float]
) -> list[float]:
    """Enumerate all surveys; how often is the truth in the interval, at either end?"""
    cells = [
        (invited - answered, answered - satisfied, satisfied)
        for answered in range(1, invited + 1)
        for satisfied in range(answered + 1)
    ]
    chances = [1 - rate, rate * (1 - share), rate * share]
    weights = scipy.stats.multinomial.pmf(cells, invited, chances)
    tally = Tally.from_counts(
        np.array(cells)[:, 1:],
        scale=Scale(0, 1, higher_is_better=True),
        by=range(len(cells)),
    )
    satisfied = BoxShare(name="Satisfied", points=(1,))(tally)
    bounds = nonresponse_bounds(
        satisfied, invited=np.full(len(cells), invited), silent=silent
    )
    held = []
    for score in silent:
        truth = 100 * rate * share + (1 - rate) * score
        inside = bounds.interval_low <= truth + 1e-9
        inside &= truth - 1e-9 <= bounds.interval_high
        held.append(float(weights @ inside) / weights.sum())
    return held


@pytest.mark.parametrize(
    ("invited", "rate", "share", "silent", "held"),
    [
        (50, 0.3, 0.8, (0, 100), [0.979, 0.970]),
        (50, 0.7, 0.95, (0, 100), [0.954, 0.903]),
        (50, 0.3, 0.99, (0, 100), [0.978, 0.862]),
        (50, 0.1, 0.95, (40, 60), [0.994, 0.829]),
    ],
)
def test_how_often_the_interval_holds_the_truth(
    invited: int,
    rate: float,
    share: float,
    silent: tuple[float, float],
    held: list[float],
) -> None:
    found = coverage_of_shares(invited, rate, share, silent)
    assert found == pytest.approx(held, abs=0.002)


# Break-even


@every_metric
@few
@given(answers, st.integers(1, 60), st.floats(0, 1))
def test_the_break_even_score_breaks_even(
    metric: Any, sample: list[int], silent: int, place: float
) -> None:
    result = metric(sample, scale=SCALE)
    bounds = nonresponse_bounds(result, invited=len(sample) + silent)
    least, greatest = metric.range(SCALE)
    target = bounds.low + place * (bounds.high - bounds.low)
    needed = bounds.break_even(target)
    assert least <= needed <= greatest
    whole = (len(sample) * result.value + silent * needed) / (len(sample) + silent)
    assert whole == close(target)
    believed = attrs.evolve(bounds, silent=(needed, needed))
    assert believed.low == believed.high == close(target)
    for beyond in (bounds.low - 0.01, bounds.high + 0.01):
        if least <= beyond <= greatest:
            assert math.isnan(bounds.break_even(beyond))


@pytest.mark.parametrize("invited", [3, 6, 9, 12, 15])
def test_a_bound_is_reached_despite_rounding(invited: int) -> None:
    bounds = nonresponse_bounds(csat([5, 1], scale=SCALE), invited=invited)
    assert bounds.break_even(bounds.high) == close(100)
    assert bounds.break_even(bounds.low) == close(0)


def test_rounding_of_many_lets_nothing_impossible_through() -> None:
    many = Tally.from_counts([0, 10**15], scale=Scale(0, 1, higher_is_better=True))
    satisfied = BoxShare(name="Satisfied", points=(1,))(many)
    bounds = nonresponse_bounds(satisfied, invited=2 * 10**15)
    assert math.isnan(bounds.break_even(25))  # the silent would need -50
    assert bounds.break_even(50) == 0


def test_with_nobody_silent_nothing_can_be_changed() -> None:
    bounds = nonresponse_bounds(nps([10, 3]), invited=2)
    assert math.isnan(bounds.break_even(50))
    assert math.isnan(bounds.break_even(0))


def test_with_nobody_answering_the_silent_are_the_whole() -> None:
    groups = csat([5, 1], scale=SCALE, by=([0, 0], ["a", "b"]))
    bounds = nonresponse_bounds(groups, invited=[4, 4])
    assert bounds.break_even(60).tolist() == close([70, 60])
    assert bounds.break_even(20).tolist() == close([math.nan, 20])


# Groups


def by_shop() -> NonresponseBounds:
    sample: Any = [5, 5, 1, 4, 2, None, 5]
    shops = ["a", "a", "a", "b", "b", "b", "c"]
    codes = ["abcd".index(shop) for shop in shops]
    result = csat(
        sample, scale=SCALE, by={"shop": (codes, list("abcd"))}, missing="omit"
    )
    return nonresponse_bounds(result, invited=[10, 3, 1, 0], silent=(10, 90))


def test_groups_are_one_by_one() -> None:
    bounds = by_shop()
    assert len(bounds) == 4
    assert bounds.axes == ("shop",)
    assert bounds.labels == {"shop": ("a", "b", "c", "d")}
    for place, (shop, one) in enumerate(zip("abcd", bounds, strict=True)):
        assert one == bounds.at(shop=shop)
        assert isinstance(one.estimate, Estimate)
        assert one.invited == [10, 3, 1, 0][place]
        assert numbers(one) == close([x[place] for x in numbers(bounds)])
        assert one.break_even(50) == close(bounds.break_even(50)[place])
        assert one.silent == bounds.silent


def test_some_axes_may_stay() -> None:
    by = {"shop": ["a", "a", "b", "b"], "year": [1, 2, 1, 2]}
    bounds = nonresponse_bounds(
        csat([5, 1, 4, 2], scale=SCALE, by=by), invited=[[2, 3], [4, 5]]
    )
    second = bounds.at(year=2)
    assert second.axes == ("shop",)
    assert np.array_equal(second.invited, [3, 5])
    assert second.at(shop="b") == bounds.at(shop="b", year=2)
    assert [each.invited for each in bounds] == [2, 3, 4, 5]
    assert bounds.to_records()[2]["shop"] == "b"
    refused(lambda: bounds.at(month=1), InvalidValueError)


def test_one_result_is_its_own_only_group() -> None:
    bounds = nonresponse_bounds(nps([10, 3]), invited=4)
    assert bounds.at() == bounds
    assert list(bounds) == [bounds]
    assert len(bounds) == 1
    assert bounds.axes == ()
    assert not bounds.labels
    refused(lambda: bounds.at(year=1), InvalidValueError)


def test_groups_without_answers_or_invitations() -> None:
    codes = ([0, 0], ["a", "b", "c"])
    groups = mean_score([5, 1], scale=SCALE, by=codes)
    bounds = nonresponse_bounds(groups, invited=[2, 4, 0], silent=(2, 3))
    silent, absent = bounds.at(group="b"), bounds.at(group="c")
    assert math.isnan(silent.value)
    assert silent.response_rate == 0
    assert (silent.low, silent.high) == (2, 3)
    # Those who would answer may think anything.
    assert (silent.interval_low, silent.interval_high) == (1, 5)
    assert all(map(math.isnan, numbers(absent)))
    assert absent.summary() == "Nobody was invited, so Mean is unknown."
    assert silent.summary() == (
        "None of 4 invited has answered. For all invited it is between 2.00 and 3.00"
        " on the 1-5 scale where 5 is best, if the silent ones score 2.00 to 3.00"
        " (95 % interval 1.00 to 5.00)."
    )


@attrs.frozen
class Series:
    """What pandas' is here: numbers with an index."""

    index: list[Any]
    numbers: list[Any]

    def items(self) -> Any:
        return zip(self.index, self.numbers, strict=True)

    def __array__(self, *_: Any, **__: Any) -> Any:
        return np.array(self.numbers)


def two_shops() -> Any:
    return csat([5, 5, 1, 4], scale=SCALE, by={"shop": ["b", "b", "b", "a"]})


@pytest.mark.parametrize(
    "invited",
    [
        {"a": 5, "b": 9},
        {"b": np.int64(9), "a": 5.0},
        Series(["a", "b"], [5, 9]),
        Series(["b", "a"], [9, 5]),
    ],
)
def test_invited_by_label(invited: Any) -> None:
    bounds = nonresponse_bounds(two_shops(), invited=invited)
    assert bounds == nonresponse_bounds(two_shops(), invited=[9, 5])
    assert bounds.at(shop="a").invited == 5


@pytest.mark.parametrize(
    ("invited", "error", "words"),
    [
        ({"a": 5}, MissingValueError, "invited['b'] is missing; give 0 where nobody"),
        ({"a": 5, "b": None}, MissingValueError, "invited['b'] is missing"),
        (
            {"a": 5, "b": 9, "c": 2},
            InvalidValueError,
            "invited must name labels of shop; got 'c'; labels are 'b', 'a'",
        ),
        ({"a": 5, "b": 2}, InvalidValueError, "invited['b'] must not be less than"),
        ({"a": 5, "b": 9.5}, InvalidValueError, "invited['b'] must be a count"),
        ({"a": 5, "b": "9"}, InvalidTypeError, "invited['b'] must be a number"),
        ({"a": 5, "b": [9]}, InvalidValueError, "invited['b'] must be one number"),
        (
            Series(["a", "b", "a"], [5, 9, 6]),
            InvalidValueError,
            "invited[2] must not repeat the label of invited[0]; got 'a'",
        ),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    invited: Any, error: type[CxmError], words: str
) -> None:
    said = refused(lambda: nonresponse_bounds(two_shops(), invited=invited), error)
    assert said.startswith(words)


def test_missing_answers_are_invited_by_label_too() -> None:
    sample: Any = [5, None, 1]
    left_out = csat(sample, scale=SCALE, by=["a", "a", "b"], missing="omit")
    said = refused(
        lambda: nonresponse_bounds(left_out, invited={"a": 1, "b": 1}),
        InvalidValueError,
    )
    assert said.startswith("invited['a'] must not be less than answers, missing ones")
    assert nonresponse_bounds(left_out, invited={"b": 1, "a": 2}).high[0] == 100


def test_labels_are_for_one_axis() -> None:
    by = {"shop": ["a", "b"], "year": [1, 2]}
    invited: Any = {"a": 5, "b": 9}
    table = csat([5, 1], scale=SCALE, by=by)
    said = refused(
        lambda: nonresponse_bounds(table, invited=invited), InvalidValueError
    )
    assert said.startswith("invited must be an array; got {'a': 5, 'b': 9}; labels are")
    assert said.endswith("axes are shop (2) x year (2)")
    one = csat([5, 1], scale=SCALE)
    said = refused(lambda: nonresponse_bounds(one, invited=invited), InvalidValueError)
    assert said.startswith("invited must be one number; got {'a': 5, 'b': 9}")
    assert said.endswith("axes are none")


# Words


def test_what_is_said_of_one_result() -> None:
    result = csat([5, 5, 1, 4], scale=SCALE)
    bounds = nonresponse_bounds(result, invited=1500)
    start = (
        "Among the 0.3 % who answered (4 of 1,500) CSAT (top 2) is 75.0 %. For all"
        " invited it is between 0.2 and 99.9 %, "
    )
    ends = f"(95 % interval {bounds.interval_low:.1f} to {bounds.interval_high:.1f})"
    assert bounds.summary() == f"{start}whatever the silent ones think {ends}."
    name = "NonresponseBounds of CSAT (top 2)"
    inner = f"[{bounds.interval_low:.1f}, {bounds.interval_high:.1f}] 95 %"
    assert repr(bounds) == f"{name}: 0.2 to 99.9 {inner}, 4 of 1,500 answered"
    believed = nonresponse_bounds(result, invited=8, silent=(50, 50))
    assert "For all invited it is 62.5 %, if the silent ones score 50.0 (" in (
        believed.summary()
    )
    all_of_them = nonresponse_bounds(result, invited=4)
    assert all_of_them.summary() == (
        "Among the 100.0 % who answered (4 of 4) CSAT (top 2) is 75.0 %. Nobody is"
        " silent (95 % interval 30.1 to 95.4)."
    )


def test_what_is_said_of_a_target() -> None:
    bounds = nonresponse_bounds(csat([5, 5, 1, 4], scale=SCALE), invited=8)
    assert bounds.summary(target=50).endswith(
        " To bring it to 50.0, the silent ones would have to score 25.0."
    )
    assert bounds.summary(target=20).endswith(
        " No score of the silent ones brings it to 20.0."
    )
    # Shop a, were all silent ones satisfied; c has none, and d no invited.
    assert (
        by_shop()
        .summary(target=90)
        .endswith(" The silent ones could bring 1 of 4 to 90.0.")
    )


def test_what_is_said_of_groups() -> None:
    bounds = by_shop()
    assert repr(bounds) == (
        "NonresponseBounds of CSAT (top 2) by shop (4), 6 of 14 answered"
    )
    assert bounds.summary() == (
        "CSAT (top 2) by shop (4): silence matters least in c (100.0 to 100.0 %, 100.0"
        " % answered), most in a (27.0 to 83.0 %, 30.0 % answered), if the silent ones"
        " score 10.0 to 90.0."
    )
    one = csat([5, 1], scale=SCALE, by=["a", "a"])
    assert nonresponse_bounds(one, invited=[4]).summary() == (
        "CSAT (top 2) by group (1): in a (25.0 to 75.0 %, 50.0 % answered) as in all"
        " others, whatever the silent ones think."
    )
    nobody = csat([], scale=SCALE, by=([], ["a"]))
    assert nonresponse_bounds(nobody, invited=[0]).summary() == (
        "CSAT (top 2) by group (1): nobody was invited."
    )


def test_tables() -> None:
    bounds = by_shop()
    lines = str(bounds).splitlines()
    assert lines[0] == (
        "CSAT (top 2), if the silent ones score 10.0 to 90.0, 95 % intervals"
    )
    heading = "shop answered % value low high interval low interval high n invited"
    assert " ".join(lines[1].split()) == heading
    assert lines[2].split()[:5] == ["a", "30.0", "66.7", "27.0", "83.0"]
    assert lines[2].split()[-2:] == ["3", "10"]
    assert len(lines) == 6
    page = ET.fromstring(bounds._repr_html_())  # noqa: S314  our own
    assert "".join(page.itertext()).startswith(lines[0])
    assert len(page.findall("tbody/tr")) == 4
    alone = str(nonresponse_bounds(nps([10, 3]), invited=4)).splitlines()
    assert alone[1].split()[:2] == ["answered", "%"]
    assert len(alone) == 3


def test_records_are_plain() -> None:
    bounds = by_shop()
    records = bounds.to_records()
    assert list(records[0]) == [
        "shop",
        *NUMBERS,
        *("n", "missing", "invited", "silent_low", "silent_high"),
        *("level", "metric", "scale"),
    ]
    assert records[1] | {"interval_low": 0, "interval_high": 0} == {
        "shop": "b",
        "value": 50.0,
        "response_rate": close(200 / 3),
        "low": close(110 / 3),
        "high": close(190 / 3),
        "interval_low": 0,
        "interval_high": 0,
        "n": 2,
        "missing": 1,
        "invited": 3,
        "silent_low": 10.0,
        "silent_high": 90.0,
        "level": 0.95,
        "metric": "CSAT (top 2)",
        "scale": "1-5, 5 best",
    }
    assert [records[3][name] for name in NUMBERS] == [None] * 6
    columns = bounds.to_columns()
    assert columns["invited"] == [10, 3, 1, 0]
    assert columns["shop"] == ["a", "b", "c", "d"]
    whole = bounds.to_dict()
    assert whole["axes"] == {"shop": ["a", "b", "c", "d"]}
    assert whole["low"] == columns["low"]
    assert whole["silent_low"] == 10.0
    assert whole["level"] == 0.95
    one = nonresponse_bounds(nps([10, 3]), invited=4)
    assert one.to_dict() == one.to_records()[0]
    assert (one.to_dict()["silent_low"], one.to_dict()["silent_high"]) == (-100, 100)
    assert one.to_dict()["low"] == -50


def test_objects_are_values() -> None:
    bounds = by_shop()
    for twin in (copy.deepcopy(bounds), pickle.loads(pickle.dumps(bounds))):  # noqa: S301
        assert twin == bounds
        assert not np.asarray(twin.invited).flags.writeable
    assert not bounds.low.flags.writeable
    assert bounds != attrs.evolve(bounds, silent=None)
    assert bounds != attrs.evolve(bounds, invited=[10, 3, 1, 1])
    assert bounds.at(shop="a") != bounds.at(shop="b")
    assert bounds.at(shop="a") != attrs.evolve(bounds.at(shop="a"), invited=11)
    assert bounds != "bounds"
    with pytest.raises(TypeError):
        hash(bounds)


# Refusals


def test_what_cannot_be_is_refused() -> None:
    share = csat([5, 5, 1, 4], scale=SCALE)
    groups = csat([5, 5, 1, 4], scale=SCALE, by=["a", "a", "b", "b"])
    sample: Any = [5, 1, None]
    left_out = csat(sample, scale=SCALE, missing="omit")
    many: Any = [5, 6]
    calls: list[tuple[Callable[[], Any], str]] = [
        (
            lambda: nonresponse_bounds(share, invited=3),
            "invited must not be less than answers, missing ones included; got 3",
        ),
        (
            lambda: nonresponse_bounds(left_out, invited=2),
            "invited must not be less than answers, missing ones included; got 2",
        ),
        (
            lambda: nonresponse_bounds(groups, invited=[2, 1]),
            "invited[1] must not be less than answers, missing ones included; got 1",
        ),
        (
            lambda: nonresponse_bounds(groups, invited=9),
            "invited must have the shape of the groups (2,); got (); one number for",
        ),
        (
            lambda: nonresponse_bounds(share, invited=many),
            "invited must have the shape of the groups (); got (2,); one number",
        ),
        (
            lambda: nonresponse_bounds(groups, invited=[5.5, 9]),
            "invited[0] must be a count (a whole number, not negative); got 5.5",
        ),
        (
            lambda: nonresponse_bounds(share, invited=9, silent=(-1, 50)),
            "silent[0] must lie between 0 and 100; got -1",
        ),
        (
            lambda: nonresponse_bounds(share, invited=9, silent=(0, 101)),
            "silent[1] must lie between 0 and 100; got 101",
        ),
        (
            lambda: nonresponse_bounds(share, invited=9, silent=(50, math.nan)),
            "silent[1] must lie between 0 and 100; got nan",
        ),
        (
            lambda: nonresponse_bounds(share, invited=9, silent=(60, 50)),
            "silent must be in ascending order; got (60.0, 50.0)",
        ),
        (
            lambda: nonresponse_bounds(share, invited=9).break_even(101),
            "target must lie between 0 and 100; got 101",
        ),
        (
            lambda: nonresponse_bounds(share, invited=9).summary(target=-1),
            "target must lie between 0 and 100; got -1",
        ),
    ]
    for call, words in calls:
        assert refused(call, InvalidValueError).startswith(words)


@pytest.mark.parametrize("metric", [SHARE, NET, RESCALED], ids=lambda m: m.name)
@pytest.mark.parametrize("silent", [(0, 1), (0.5, 0.8), (1, 1), (0.2, 0.2)])
def test_beliefs_are_in_percent(metric: Any, silent: tuple[float, float]) -> None:
    result = metric([5, 4, 1], scale=SCALE)
    said = refused(
        lambda: nonresponse_bounds(result, invited=9, silent=silent),
        InvalidValueError,
    )
    assert said.startswith("silent must be in percent; got (")
    assert "; write (50, 80) for 50 to 80 %; NonresponseBounds(...) takes" in said
    small = NonresponseBounds(estimate=result, invited=9, silent=silent)
    assert small.silent == silent


def test_small_beliefs_that_are_no_fractions() -> None:
    share, net = (metric([5, 1], scale=SCALE) for metric in (SHARE, NET))
    for result, silent in [
        (share, (0, 0)),
        (share, (0, 1.01)),
        (net, (-1.01, 1)),
        (mean_score([5, 1], scale=SCALE), (1, 1)),
    ]:
        bounds = nonresponse_bounds(result, invited=9, silent=silent)
        assert bounds.silent == silent
    refused(
        lambda: nonresponse_bounds(net, invited=9, silent=(-1, 1)), InvalidValueError
    )


@pytest.mark.parametrize("silent", [5, "50", (1, 2, 3), (1,), {1, 2}, {1: 2, 3: 4}])
def test_a_belief_is_a_pair(silent: Any) -> None:
    share = csat([5, 1], scale=SCALE)
    said = refused(
        lambda: nonresponse_bounds(share, invited=9, silent=silent), InvalidTypeError
    )
    assert said.startswith("silent must be a pair of scores (low, high)")


def test_numbers_are_numbers() -> None:
    share = csat([5, 1], scale=SCALE)
    text: Any = "50"
    nothing: Any = None
    said = refused(
        lambda: nonresponse_bounds(share, invited=9, silent=(1, text)),
        InvalidTypeError,
    )
    assert said == "silent[1] must be a float; got '50'"
    said = refused(lambda: nonresponse_bounds(text, invited=9), InvalidTypeError)
    assert said == "estimate must be an Estimate; got '50'"
    said = refused(lambda: nonresponse_bounds(share, invited=text), InvalidTypeError)
    assert said == "invited must be a number; got '50'"
    refused(lambda: nonresponse_bounds(share, invited=nothing), MissingValueError)
    refused(
        lambda: nonresponse_bounds(share, invited=9).break_even(text), InvalidTypeError
    )


def test_one_silent_customer_leaves_everything_open() -> None:
    tally = Tally.from_counts(
        [[0, 1, 2, 3, 4], [0] * 5, [0] * 5], scale=SCALE, by={"shop": ["a", "b", "c"]}
    )
    bounds = nonresponse_bounds(SHARE(tally), invited=[20, 1, 0])
    assert bounds.interval_low.tolist()[1:] == close([0, math.nan])
    assert bounds.interval_high.tolist()[1:] == close([100, math.nan])
