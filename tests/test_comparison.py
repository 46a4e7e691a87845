"""Is it different, or is it noise? Laws, oracles and words of `compare`."""

import copy
import math
import pickle
import xml.etree.ElementTree as ET
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import attrs
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from cxmkit import (
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    SATISFACTION_1_7,
    CxmError,
    Estimate,
    Estimates,
    Tally,
    compare,
    csat,
    mean_score,
    nps,
)
from cxmkit.comparison import CompareMethod, Comparison, Comparisons
from cxmkit.errors import InvalidTypeError, InvalidValueError, ScaleMismatchError
from cxmkit.metrics import BoxShare, MeanScore, NetScore

SCALE = SATISFACTION_1_5
NET = NetScore(name="Net", positive=(5,), negative=(1, 2))
SHARE = BoxShare(name="Share", points=(4, 5))
MEAN = MeanScore(name="Mean")
CASES: list[tuple[Any, str]] = [
    (NET, "adjusted-wald"),
    (NET, "wald"),
    (NET, "hybrid"),
    (SHARE, "newcombe"),
    (SHARE, "wald"),
    (MEAN, "welch"),
    (MEAN, "z"),
    (MeanScore(name="Rescaled", rescaled=True), "welch"),
]
every_case = pytest.mark.parametrize(
    ("metric", "method"), CASES, ids=[f"{m.name}-{method}" for m, method in CASES]
)
few = settings(max_examples=max(10, settings().max_examples // 3))

NUMBERS = ("difference", "se", "low", "high", "statistic", "p_value")

answers = st.lists(st.integers(1, 5), min_size=1, max_size=30)
weights = st.floats(0.2, 5)
levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])


@st.composite
def rows(draw: st.DrawFn, metric: Any) -> Estimate:
    """An estimate from a few answers, from many, or from weighted ones."""
    sample = draw(answers)
    times = draw(st.sampled_from([1, 1, 7, 400]))
    heavy = None
    if draw(st.booleans()):
        heavy = np.repeat(
            draw(st.lists(weights, min_size=len(sample), max_size=len(sample))), times
        )
    estimate: Estimate = metric(np.repeat(sample, times), scale=SCALE, weights=heavy)
    return estimate


def close(expected: Any, rel: float = 1e-10) -> Any:
    return pytest.approx(expected, rel=rel, abs=1e-9, nan_ok=True)


def numbers(comparison: Comparison) -> list[float]:
    return [getattr(comparison, name) for name in NUMBERS]


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


# Laws


@every_case
@few
@given(data=st.data(), level=levels)
def test_the_other_way_round_is_the_negative(
    metric: Any, method: Any, data: st.DataObject, level: float
) -> None:
    a, b = data.draw(rows(metric)), data.draw(rows(metric))
    there = compare(a, b, method=method, level=level)
    back = compare(b, a, method=method, level=level)
    assert there.difference == close(-back.difference)
    assert (there.low, there.high) == close((-back.high, -back.low))
    assert there.se == close(back.se)
    assert there.statistic == close(-back.statistic)
    assert there.p_value == close(back.p_value)
    assert there.n == back.n[::-1] == (a.n, b.n)
    assert there.level == back.level == level
    assert there.method == back.method == method


@every_case
@few
@given(data=st.data())
def test_nothing_differs_from_itself(
    metric: Any, method: Any, data: st.DataObject
) -> None:
    a = data.draw(rows(metric))
    same = compare(a, a, method=method)
    assert same.difference == 0
    if a.se > 0 or method in {"newcombe", "adjusted-wald", "hybrid"}:
        assert same.p_value == 1
        assert same.statistic == 0
        assert same.low == close(-same.high)
        assert same.high > 0
    else:  # nothing to test with
        assert math.isnan(same.p_value)
        assert math.isnan(same.statistic)
    assert not same.distinguishable


@every_case
@given(data=st.data(), level=levels)
def test_interval_and_test_never_contradict_each_other(
    metric: Any, method: Any, data: st.DataObject, level: float
) -> None:
    a, b = data.draw(rows(metric)), data.draw(rows(metric))
    change = compare(a, b, method=method, level=level)
    if math.isnan(change.p_value):
        assert not change.distinguishable
        unanimous = not (a.se > 0 and b.se > 0)
        assert unanimous if method == "welch" else not a.se + b.se > 0
        return
    assert 0 <= change.p_value <= 1
    assert change.low <= change.high
    if abs(change.p_value - (1 - level)) > 1e-9:
        excluded = change.low > 0 or change.high < 0
        assert excluded == (change.p_value < 1 - level) == change.distinguishable


@every_case
@few
@given(data=st.data())
def test_the_p_value_is_where_the_interval_meets_nothing(
    metric: Any, method: Any, data: st.DataObject
) -> None:
    a, b = data.draw(rows(metric)), data.draw(rows(metric))
    p = compare(a, b, method=method).p_value
    if 1e-9 < p < 0.9:
        touching = compare(a, b, method=method, level=1 - p)
        nearest = min(abs(touching.low), abs(touching.high))
        assert nearest <= 1e-5 * (touching.high - touching.low)


@every_case
@few
@given(data=st.data())
def test_intervals_widen_with_the_level(
    metric: Any, method: Any, data: st.DataObject
) -> None:
    a, b = data.draw(rows(metric)), data.draw(rows(metric))
    narrow, wide = (compare(a, b, method=method, level=x) for x in (0.8, 0.99))
    if not math.isnan(narrow.low):
        assert wide.low <= narrow.low <= narrow.high <= wide.high
    assert narrow.p_value == close(wide.p_value)
    assert narrow.se == close(wide.se)


@every_case
@few
@given(
    people=st.lists(
        st.tuples(
            st.integers(1, 5), st.sampled_from("abc"), st.sampled_from([2025, 2026])
        ),
        min_size=1,
        max_size=30,
    ),
    others=st.lists(st.integers(1, 5), min_size=6, max_size=30),
)
def test_groups_are_one_by_one_in_any_order(
    metric: Any,
    method: Any,
    people: list[tuple[int, str, int]],
    others: list[int],
) -> None:
    shops, years = list("abc"), [2025, 2026]
    first = metric(
        [answer for answer, _, _ in people],
        scale=SCALE,
        by={
            "shop": ([shops.index(s) for _, s, _ in people], shops),
            "year": ([years.index(y) for _, _, y in people], years),
        },
    )
    places = np.arange(len(others))
    second = metric(
        others,
        scale=SCALE,
        by={"year": (places % 2, years[::-1]), "shop": (places % 3, ["c", "a", "b"])},
    )
    together = compare(first, second, method=method, level=0.9)
    assert isinstance(together, Comparisons)
    assert together.axes == first.axes
    assert together.labels == first.labels
    for shop in shops:
        for year in years:
            cell = {"shop": shop, "year": year}
            alone = compare(
                first.at(**cell), second.at(**cell), method=method, level=0.9
            )
            one = together.at(**cell)
            assert isinstance(one, Comparison)
            assert numbers(one) == close(numbers(alone))
            for field in ("n", "level", "method", "definition", "scale"):
                assert getattr(one, field) == getattr(alone, field)
            if first.at(**cell).n == 0:
                assert all(map(math.isnan, numbers(one)))


# Oracles

two_samples = st.tuples(
    *[st.lists(st.integers(1, 5), min_size=2, max_size=40)] * 2
).filter(lambda pair: len(set(pair[0])) > 1 and len(set(pair[1])) > 1)


@given(pair=two_samples, level=levels)
def test_welch_is_scipys(pair: tuple[list[int], list[int]], level: float) -> None:
    a, b = (mean_score(sample, scale=SCALE) for sample in pair)
    change = compare(a, b, level=level)
    theirs = scipy.stats.ttest_ind(*pair, equal_var=False)
    ends = theirs.confidence_interval(level)
    assert change.method == "welch"
    assert change.statistic == close(theirs.statistic)
    assert change.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (change.low, change.high) == close((ends.low, ends.high))


def test_welch_needs_spread_on_both_sides() -> None:
    """Answers that are all alike do not tell how sure their mean is."""
    a, b = (mean_score(x, scale=SCALE) for x in ([5, 5, 5, 5], [5, 4, 1, 2, 3]))
    change = compare(a, b)
    assert change.difference == 2
    assert change.se == close(b.se)
    assert all(map(math.isnan, numbers(change)[2:]))


@given(pair=two_samples, level=levels)
def test_z_test_of_means(pair: tuple[list[int], list[int]], level: float) -> None:
    a, b = (np.array(sample) for sample in pair)
    change = compare(
        mean_score(a, scale=SCALE), mean_score(b, scale=SCALE), method="z", level=level
    )
    se = math.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    reach = scipy.stats.norm.isf((1 - level) / 2) * se
    d = a.mean() - b.mean()
    assert change.se == close(se)
    assert (change.low, change.high) == close((d - reach, d + reach))
    assert change.p_value == close(2 * scipy.stats.norm.sf(abs(d / se)))


counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(first=counts, second=counts, level=levels)
def test_newcombe_is_statsmodels(
    first: tuple[int, int], second: tuple[int, int], level: float
) -> None:
    a, b = (csat(of_two(x, n)) for x, n in (first, second))
    change = compare(a, b, level=level)
    theirs = confint_proportions_2indep(
        *first, *second, compare="diff", method="newcomb", alpha=1 - level
    )
    assert change.method == "newcombe"
    assert (change.low / 100, change.high / 100) == close(theirs)


@given(first=counts, second=counts, level=levels)
def test_wald_of_shares_is_statsmodels(
    first: tuple[int, int], second: tuple[int, int], level: float
) -> None:
    a, b = (csat(of_two(x, n)) for x, n in (first, second))
    change = compare(a, b, level=level, method="wald")
    p, q = first[0] / first[1], second[0] / second[1]
    theirs = confint_proportions_2indep(
        *first, *second, compare="diff", method="wald", alpha=1 - level
    )
    if change.se > 0:
        assert (change.low / 100, change.high / 100) == close(theirs)
    variance = p * (1 - p) / first[1] + q * (1 - q) / second[1]
    assert change.se / 100 == close(math.sqrt(variance))


def of_two(x: int, n: int) -> Tally:
    return Tally.from_counts([0, 0, n - x, 0, x], scale=SCALE)


cells = st.tuples(*[st.integers(0, 80)] * 3).filter(any)


@given(first=cells, second=cells, level=levels)
def test_net_scores_by_fractions(
    first: tuple[int, int, int], second: tuple[int, int, int], level: float
) -> None:
    a, b = (NET(Tally.from_counts([d, 0, n, 0, p], scale=SCALE)) for d, n, p in
            (first, second))  # fmt: skip
    z = scipy.stats.norm.isf((1 - level) / 2)
    for method, more in (("wald", 0), ("adjusted-wald", Fraction(3, 4))):
        centre, spread = Fraction(0), Fraction(0)
        for (d, n, p), sign in ((first, 1), (second, -1)):
            total = d + n + p + 4 * more
            score = Fraction(p - d) / total
            centre += sign * score
            spread += ((p + d + 2 * more) / Fraction(total) - score**2) / total
        se = 100 * math.sqrt(spread)
        middle = float(100 * centre)
        change = compare(a, b, method=method, level=level)  # type: ignore[call-overload]
        assert change.difference == close(a.value - b.value)
        assert change.se == close(se)
        ends = middle - z * se, middle + z * se
        if not se:
            assert all(map(math.isnan, numbers(change)[2:]))
            continue
        plain = change.difference
        if more:  # cut off at what is possible, stretched to hold the difference
            ends = (
                min(max(ends[0], -200), plain),
                max(min(ends[1], 200), plain),
            )
            if abs(plain) > 1e-9 > abs(middle) or middle * plain < 0:
                middle = 0.0
        assert (change.low, change.high) == close(ends)
        if abs(plain) > 1e-9:
            assert change.statistic == close(middle / se)
            expected = 2 * scipy.stats.norm.sf(abs(middle / se))
            assert change.p_value == close(expected)
        else:
            assert change.p_value == close(1.0)


def test_adjusted_interval_stays_in_the_possible() -> None:
    change = compare(nps([10]), nps([0]), level=0.9999)
    assert -200 < change.low < change.high == 200
    back = compare(nps([0]), nps([10]), level=0.9999)
    assert back.low == -200


def test_a_handful_against_many_is_no_evidence_for_the_contrary() -> None:
    """Three answers more pull a handful below the many, whom they do not move."""
    handful = NET([5, 5, 3], scale=SCALE)
    many = NET([5, 3] * 100_000, scale=SCALE)
    change = compare(handful, many)
    assert change.difference == close(50 / 3)
    assert (change.statistic, change.p_value) == (0, 1)
    assert change.low < 0 < change.difference <= change.high
    assert compare(many, handful).p_value == 1


def test_weights_enter_through_the_effective_number() -> None:
    heavy = [1, 2, 3, 4, 5, 6]
    a = csat([5, 1, 5, 4, 2, 5], scale=SCALE, weights=heavy)
    b = csat([5, 1, 1, 4, 2, 1], scale=SCALE, weights=heavy)
    x, y = a.value / 100, b.value / 100
    low, high = (np.array([e.low, e.high]) / 100 for e in (a, b))
    change = compare(a, b)
    assert change.low / 100 == close(x - y - math.hypot(x - low[0], high[1] - y))
    assert change.high / 100 == close(x - y + math.hypot(low[1] - x, y - high[0]))


# Without spread


@pytest.mark.parametrize(("metric", "method"), [(NET, "wald"), (MEAN, "z")])
def test_two_unanimous_sides_have_nothing_to_test_with(
    metric: Any, method: Any
) -> None:
    """The plain methods have no error to offer and claim nothing."""
    a, b = metric([5, 5], scale=SCALE), metric([1, 1], scale=SCALE)
    change = compare(a, b, method=method)
    assert change.difference > 0
    assert change.se == 0
    assert all(map(math.isnan, numbers(change)[2:]))
    assert not change.distinguishable
    assert compare(a, b, method="wald" if metric is NET else "welch").se == 0


def test_small_methods_can_tell_unanimous_sides_apart() -> None:
    for metric in (NET, SHARE):
        change = compare(metric([5] * 9, scale=SCALE), metric([1] * 9, scale=SCALE))
        assert change.distinguishable
        assert change.p_value < 0.001


def test_one_answer_says_nothing_of_a_mean() -> None:
    change = compare(mean_score([5], scale=SCALE), mean_score([1, 2], scale=SCALE))
    assert change.difference == 3.5
    assert all(map(math.isnan, numbers(change)[1:]))


# Refusals

GROUPED = csat([5, 4, 1], scale=SCALE, by=["a", "b", "b"])
ALONE = csat([5, 4, 1], scale=SCALE)


@pytest.mark.parametrize("metric", [NET, SHARE, MEAN], ids=["net", "share", "mean"])
@pytest.mark.parametrize("method", ["tango", "", "adjusted-wald", "newcombe", "z", "t"])
def test_methods_that_do_not_fit_are_refused(metric: Any, method: Any) -> None:
    a = metric([5, 1], scale=SCALE)
    fitting = {m for definition, m in CASES if definition is metric}
    if method in fitting:
        assert compare(a, a, method=method).method == method
    else:
        error = refused(lambda: compare(a, a, method=method), InvalidValueError)
        assert error.argument == "method"
        assert all(f'"{name}"' in str(error) for name in fitting)


@pytest.mark.parametrize(
    ("metric", "default"),
    [(NET, "adjusted-wald"), (SHARE, "newcombe"), (MEAN, "welch")],
    ids=["net", "share", "mean"],
)
def test_the_default_suits_the_definition(metric: Any, default: str) -> None:
    a = metric([5, 1, 3], scale=SCALE, level=0.8)
    assert compare(a, a).method == default
    assert compare(a, a).level == 0.95  # its own, not that of the estimates


@pytest.mark.parametrize("level", [0, 1, 95, math.nan])
def test_levels_are_shares(level: float) -> None:
    error = refused(lambda: compare(ALONE, ALONE, level=level), InvalidValueError)
    assert error.argument == "level"


@pytest.mark.parametrize(
    "other",
    [
        csat([5, 4, 1], scale=SATISFACTION_1_7),
        csat([5, 4, 1], scale=EFFORT_1_5),
        csat([5, 4, 1], scale=SCALE, boxes=1),
        SHARE([5, 4, 1], scale=SCALE),
        mean_score([5, 4, 1], scale=SCALE),
    ],
    ids=["longer", "reversed", "boxes", "name", "mean"],
)
def test_other_definitions_and_scales_are_refused(other: Estimate) -> None:
    error = refused(lambda: compare(ALONE, other), ScaleMismatchError)
    assert error.argument == "b"
    assert error.value == other.definition
    ours = "CSAT (top 2) on the 1-5 scale"
    theirs = f"{other.definition.name} on the {other.scale} scale"
    if ours == theirs:  # other points, or the other end is best
        ours, theirs = repr(ALONE.definition), repr(other.definition)
        assert repr(other.scale) in str(error)
    assert f"b must be {ours}" in str(error)
    assert f"got {theirs}" in str(error)


@pytest.mark.parametrize(
    ("a", "b", "argument"),
    [
        (ALONE, GROUPED, "b"),
        (GROUPED, ALONE, "b"),
        (70.0, ALONE, "a"),
        (ALONE, 70.0, "b"),
        (GROUPED, None, "b"),
    ],
    ids=["one-groups", "groups-one", "a", "b", "none"],
)
def test_only_results_of_one_kind_are_compared(a: Any, b: Any, argument: str) -> None:
    assert refused(lambda: compare(a, b), InvalidTypeError).argument == argument


def grouped(**axes: list[Any]) -> Estimates:
    estimates: Estimates = csat([5, 4, 1], scale=SCALE, by=axes)
    return estimates


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (grouped(x=list("abb")), grouped(x=list("abc")), "on 'x' only .* has 'c'"),
        (grouped(x=list("abc")), grouped(x=list("abb")), "on 'x' only .* has 'c'"),
        (grouped(x=list("abb")), grouped(y=list("abb")), "on 'x' only .* has 'a', 'b'"),
        (
            grouped(x=list("abb")),
            grouped(x=list("abb"), y=[1, 1, 1]),
            r"axes \('x',\); got \('x', 'y'\)",
        ),
        (
            grouped(x=list("abb"), y=[1, 1, 1]),
            grouped(x=list("abb")),
            "on 'y' only .* has 1",
        ),
    ],
    ids=["more", "fewer", "axis", "more axes", "fewer axes"],
)
def test_other_groups_are_refused(a: Estimates, b: Estimates, said: str) -> None:
    error = refused(lambda: compare(a, b), InvalidValueError)
    assert error.argument == "b"
    with pytest.raises(InvalidValueError, match=said):
        compare(a, b)


# What a comparison says


def net_of(promoters: int, passives: int, detractors: int) -> Estimate:
    return nps([10] * promoters + [8] * passives + [3] * detractors)


WORDS: list[tuple[Comparison, str, str]] = [
    (
        compare(net_of(60, 25, 15), net_of(45, 25, 30)),
        "NPS difference 30.0 [7.3, 50.9] 95 %, p = .009",
        "Higher by 30.0 points; more than noise (p = .009).",
    ),
    (
        compare(net_of(45, 25, 30), net_of(60, 25, 15), level=0.999),
        "NPS difference -30.0 [-65.7, 7.5] 99.9 %, p = .009",
        (
            "Lower by 30.0 points; not distinguishable from no difference at 99.9 %"
            " (p = .009)."
        ),
    ),
    (
        compare(net_of(90, 5, 5), net_of(5, 5, 90)),
        "NPS difference 170.0 [151.2, 178.9] 95 %, p < .001",
        "Higher by 170.0 points; more than noise (p < .001).",
    ),
    (
        compare(csat([5, 1], scale=SCALE), csat([5, 1, 1, 5], scale=SCALE)),
        "CSAT (top 2) difference 0.0 [-53.6, 53.6] 95 %, p > .99",
        "No difference (p > .99).",
    ),
    (
        compare(csat([5, 4, 5, 1], scale=SCALE), csat([5, 1], scale=SCALE)),
        "CSAT (top 2) difference 25.0 [-35.5, 70.4] 95 %, p = .54",
        (
            "Higher by 25.0 percentage points; not distinguishable from no difference"
            " (p = .54)."
        ),
    ),
    (
        compare(mean_score([5], scale=SCALE), mean_score([1], scale=SCALE)),
        "Mean difference 4.00 [nan, nan] 95 %, p unknown",
        (
            "Higher by 4.00 on the 1-5 scale where 5 is best; too few answers,"
            " or too much alike, to tell it from noise."
        ),
    ),
]


@pytest.mark.parametrize(
    ("change", "line", "sentence"), WORDS, ids=["up", "down", "sure", "no", "pp", "?"]
)
def test_words(change: Comparison, line: str, sentence: str) -> None:
    assert repr(change) == line
    assert str(change) == line
    assert change.summary() == sentence


def test_nothing_to_compare_is_said() -> None:
    by = csat([5, math.nan], scale=SCALE, by={"x": [1, 2]}, missing="omit")
    empty = by.at(x=2)
    change = compare(empty, ALONE)
    assert change.summary() == "There is nothing to compare: one side has no answers."
    assert change.n == (0, 3)
    assert all(map(math.isnan, numbers(change)))


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "p < .001"),
        (0.00099, "p < .001"),
        (0.001, "p = .001"),
        (0.0214, "p = .021"),
        (0.0999, "p = .100"),
        (0.1, "p = .10"),
        (0.0499, "p = .0499"),
        (0.0501, "p = .0501"),
        (0.05, "p = .050"),
        (0.0104, "p = .0104"),
        (0.99, "p = .99"),
        (0.991, "p > .99"),
        (1.0, "p > .99"),
        (math.nan, "p unknown"),
    ],
)
def test_p_values_are_written_as_in_papers(p: float, text: str) -> None:
    change = attrs.evolve(compare(ALONE, ALONE), p_value=p)
    assert repr(change).endswith(f", {text}")


def test_a_difference_that_rounds_to_nothing_is_none() -> None:
    change = attrs.evolve(compare(ALONE, ALONE), difference=-0.04)
    assert change.summary().startswith("No difference (p ")
    assert " 0.0 [" in repr(change)
    assert "Higher by 0.1 " in attrs.evolve(change, difference=0.06).summary()


def test_comparison_as_a_dict() -> None:
    change = compare(net_of(6, 2, 2), net_of(4, 3, 4))
    assert change.to_dict() == {name: getattr(change, name) for name in NUMBERS} | {
        "n_first": 10,
        "n_second": 11,
        "level": 0.95,
        "method": "adjusted-wald",
        "metric": "NPS",
        "scale": "0-10, 10 best",
    }


def test_comparisons_are_values() -> None:
    for change, *_ in WORDS:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            twin = pickle.loads(pickle.dumps(change, protocol))  # noqa: S301
            assert twin == change
            assert hash(twin) == hash(change)
        assert change != attrs.evolve(change, difference=17.0)
        assert change != attrs.evolve(change, p_value=0.123)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        WORDS[0][0].p_value = 0  # type: ignore[misc]


# Many at once

BEFORE = nps(
    [10, 9, 3, 8, 10, 10, 2, 9] * 30,
    by={"shop": list("aabbccdd") * 30, "self": [1, 2] * 120},
)
AFTER = nps(
    [0, 1, 3, 9, 10, 7, 2, 9] * 30,
    by={"self": [1, 2] * 120, "shop": list("aabbccdd") * 30},
)
CHANGE = compare(BEFORE, AFTER)
ONE_AXIS = CHANGE.at(self=1)
GAPS = csat(
    [5, math.nan, 4], scale=SCALE, by={"x <&>": ["<b>", "&", "c"]}, missing="omit"
)
UNKNOWN = compare(GAPS, GAPS)


def test_selecting() -> None:
    assert CHANGE.axes == ("shop", "self")
    assert CHANGE.labels == {"shop": ("a", "b", "c", "d"), "self": (1, 2)}
    assert len(CHANGE) == 8
    assert len(ONE_AXIS) == 4
    assert ONE_AXIS.axes == ("shop",)
    cell = CHANGE.at(shop="a", self=1)
    assert cell == ONE_AXIS.at(shop="a") == next(iter(CHANGE))
    assert cell.n == (30, 30)
    assert cell.difference == 200
    assert CHANGE.at(self=2).at(shop="d").difference == 0
    assert CHANGE.n.shape == (4, 2, 2)
    for wrong in ({"shop": "z"}, {"town": "a"}):
        refused(partial(CHANGE.at, **wrong), InvalidValueError)


def test_iterating_moves_the_last_axis_fastest() -> None:
    expected = [CHANGE.at(shop=s, self=y) for s in "abcd" for y in (1, 2)]
    assert list(CHANGE) == expected
    assert [one.distinguishable for one in CHANGE] == (
        CHANGE.distinguishable.reshape(-1).tolist()
    )
    assert list(CHANGE.distinguishable.shape) == [4, 2]


def test_records() -> None:
    records = CHANGE.to_records()
    assert len(records) == 8
    assert (
        records[1] == {"shop": "a", "self": 2} | CHANGE.at(shop="a", self=2).to_dict()
    )


def test_words_for_many() -> None:
    found = int(CHANGE.distinguishable.sum())
    assert 0 < found < 8
    assert repr(CHANGE) == (
        f"NPS difference by shop (4) x self (2): {found} of 8 more than noise at 95 %"
    )
    assert CHANGE.summary().startswith(f"{found} of 8 groups differ by more than noise")
    twenty = nps([10, 0] * 20, by=[*range(20), *range(20)])
    unchanged = compare(twenty, twenty)
    words = (
        "of {} groups differ by more than noise, each judged on its own; if none had"
    )
    few, many = words.format(8), words.format(20)
    assert CHANGE.summary() == f"{found} {few} changed, fewer than 1 would."
    assert unchanged.summary() == f"0 {many} changed, about 1 would."
    wide = compare(twenty, twenty, level=0.5)
    assert wide.summary() == f"0 {many} changed, about 10 would."


def test_the_difference_is_the_plain_one_whatever_the_method() -> None:
    pairs: list[tuple[Estimate, Estimate, tuple[CompareMethod, ...]]] = [
        (net_of(7, 2, 3), net_of(1, 5, 9), ("adjusted-wald", "wald", "hybrid")),
        (ALONE, csat([5, 1, 2], scale=SCALE), ("newcombe", "wald")),
        (MEAN([5, 4], scale=SCALE), MEAN([1, 3], scale=SCALE), ("welch", "z")),
    ]
    for a, b, methods in pairs:
        for method in methods:
            one = compare(a, b, method=method)
            assert one.difference == a.value - b.value, method


def test_table() -> None:
    heading, names, *lines = str(ONE_AXIS).splitlines()
    assert heading == "NPS difference, 95 % intervals"
    assert names.split() == ["shop", "difference", "low", "high", "p"]
    for shop, line in zip("abcd", lines, strict=True):
        one = ONE_AXIS.at(shop=shop)
        figures = [f"{x:+z.1f}" for x in (one.difference, one.low, one.high)]
        assert line.split(maxsplit=4)[:4] == [shop, *figures]
    assert lines[0].endswith("  < .001")
    assert lines[3].endswith("  > .99")
    assert str(UNKNOWN).splitlines()[3].endswith("  unknown")


def test_drawing_holds_every_label() -> None:
    for change in (CHANGE, ONE_AXIS, UNKNOWN):
        svg = ET.fromstring(change.to_svg())  # noqa: S314  our own output
        texts = "".join(svg.itertext())
        for record in change.to_records():
            labels = [str(record[axis]) for axis in change.axes]
            assert " / ".join(labels) in texts
        assert change._repr_html_() == change.to_svg()
        assert f"{change.definition.name} difference, 95 % intervals" in texts
    assert ">percentage points<" in UNKNOWN.to_svg()


def test_a_drawing_of_means_has_two_decimals() -> None:
    by = MEAN([1, 2, 3, 3, 4, 4], scale=SCALE, by=["a", "b"] * 3)
    svg = compare(by, by).to_svg()
    assert ">0.00<" in svg
    assert "where 5 is best" in svg


def test_comparisons_of_groups_are_values() -> None:
    twins = [copy.copy(CHANGE), copy.deepcopy(CHANGE)] + [
        pickle.loads(pickle.dumps(CHANGE, protocol))  # noqa: S301
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for twin in [*twins, compare(BEFORE, AFTER)]:
        assert twin == CHANGE
        for name in (*NUMBERS, "n"):
            array = getattr(twin, name)
            assert not array.flags.writeable
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
    assert copy.deepcopy(UNKNOWN) == UNKNOWN  # NaN equals NaN
    assert compare(BEFORE, AFTER, level=0.9) != CHANGE
    assert compare(BEFORE, AFTER, method="wald") != CHANGE
    assert attrs.evolve(CHANGE, n=CHANGE.n + 1) != CHANGE
    assert attrs.evolve(CHANGE, p_value=CHANGE.p_value / 2) != CHANGE
    assert CHANGE != ONE_AXIS
    assert CHANGE != "CHANGE"
    with pytest.raises(TypeError):
        hash(CHANGE)


def test_a_group_without_answers_is_unknown_among_others() -> None:
    empty = UNKNOWN.at(**{"x <&>": "&"})
    assert empty.n == (0, 0)
    assert all(map(math.isnan, numbers(empty)))
    assert not empty.distinguishable
    assert len(UNKNOWN) == 3
    assert UNKNOWN.difference[[0, 2]].tolist() == [0, 0]


def test_scales_with_labels_differ() -> None:
    """Points may read differently; only the same wording is the same question."""
    worded = attrs.evolve(RECOMMEND_0_10, labels=tuple("abcdefghijk"))
    a = nps(Tally.count([10, 3], scale=RECOMMEND_0_10))
    b = nps(Tally.count([10, 3], scale=worded))
    refused(lambda: compare(a, b), ScaleMismatchError)


def test_where_low_is_good_the_words_say_better_or_worse() -> None:
    harder = MeanScore(name="CES")([5, 4, 4, 5, 3], scale=EFFORT_1_5)
    easier = MeanScore(name="CES")([1, 2, 2, 1, 3], scale=EFFORT_1_5)
    assert (
        compare(harder, easier)
        .summary()
        .startswith(
            "Higher by 2.40 on the 1-5 scale where 5 is worst (worse); more than noise"
        )
    )
    assert "(better)" in compare(easier, harder).summary()
    assert (
        "better"
        not in compare(SHARE([5], scale=SCALE), SHARE([1], scale=SCALE)).summary()
    )


def test_the_words_name_a_level_that_is_not_the_usual_one() -> None:
    a, b = net_of(60, 25, 15), net_of(45, 25, 30)
    assert "more than noise (p" in compare(a, b).summary()
    assert "more than noise at 80 % (p" in compare(a, b, level=0.8).summary()


# The hybrid of two score intervals


@given(first=cells, second=cells, level=levels)
def test_hybrid_by_hand(
    first: tuple[int, int, int], second: tuple[int, int, int], level: float
) -> None:
    """Squares of the distances to the nearer ends add up (Newcombe 1998, method 10)."""
    a, b = (
        NET(
            Tally.from_counts([d, 0, n, 0, p], scale=SCALE),
            method="score",
            level=level,
        )
        for d, n, p in (first, second)
    )
    change = compare(a, b, method="hybrid", level=level)
    below = math.hypot(a.value - a.low, b.high - b.value)
    above = math.hypot(a.high - a.value, b.value - b.low)
    ends = (change.difference - below, change.difference + above)
    assert (change.low, change.high) == close(ends, rel=1e-9)
    assert -200 - 1e-9 <= change.low <= change.difference <= change.high <= 200 + 1e-9
    if 1e-6 < change.p_value < 0.999:
        edge = compare(a, b, method="hybrid", level=1 - change.p_value)
        nearest = edge.low if change.difference > 0 else edge.high
        assert nearest == pytest.approx(0, abs=1e-5)


def enumerated(n: int) -> tuple[Any, Any]:
    """Return all pairs of samples of n answers each, as two lists of groups."""
    every = [(d, n - d - p, p) for d in range(n + 1) for p in range(n + 1 - d)]
    rows = np.array([[d, 0, neither, 0, p] for d, neither, p in every])
    pairs = len(every) ** 2
    first = Tally.from_counts(
        np.repeat(rows, len(every), axis=0), scale=SCALE, by=range(pairs)
    )
    second = Tally.from_counts(
        np.tile(rows, (len(every), 1)), scale=SCALE, by=range(pairs)
    )
    return first, second


def false_alarms(n: int, shares: tuple[float, float, float], method: Any) -> float:
    """Return how often equal net scores are called different at 95 %."""
    first, second = enumerated(n)
    change = compare(NET(first), NET(second), method=method)

    def chances(tally: Tally) -> Any:
        counts = tally.counts[:, [0, 2, 4]]
        ways = [math.factorial(n) // math.prod(map(math.factorial, row)) for row in
                counts.tolist()]  # fmt: skip
        return np.array(ways) * np.prod(np.array(shares) ** counts, axis=1)

    both = chances(first) * chances(second)
    assert both.sum() == pytest.approx(1.0)
    return float(both[change.distinguishable].sum())


@pytest.mark.parametrize(
    ("n", "shares", "adjusted", "hybrid"),
    [
        (10, (0.02, 0.08, 0.90), 0.0004, 0.0007),
        (10, (0.1, 0.2, 0.7), 0.0176, 0.0244),
        (10, (0.33, 0.34, 0.33), 0.0446, 0.0485),
        (10, (0.5, 0.0, 0.5), 0.0422, 0.0422),
        (5, (0.5, 0.0, 0.5), 0.0215, 0.0605),
    ],
)
def test_how_often_equal_scores_are_called_different(
    n: int, shares: tuple[float, float, float], adjusted: float, hybrid: float
) -> None:
    assert false_alarms(n, shares, "adjusted-wald") == pytest.approx(adjusted, abs=6e-5)
    assert false_alarms(n, shares, "hybrid") == pytest.approx(hybrid, abs=6e-5)


def test_a_difference_too_small_to_print_keeps_its_direction() -> None:
    many = 4 * 10**9
    a, b = (
        csat(Tally.from_counts([0, 0, many - x, 0, many + x], scale=SCALE))
        for x in (10**6, 0)
    )
    said = compare(a, b).summary()
    assert said.startswith("Higher by less than 0.1 percentage points; more than noise")
    assert compare(b, a).summary().startswith("Lower by less than 0.1")
    assert compare(b, b).summary() == "No difference (p > .99)."


def test_two_axes_stand_in_one_table_of_differences() -> None:
    axes = {"year": [1, 2], "shop": ["a", "b"]}
    first, second = (
        SHARE(Tally.from_counts(np.reshape(counts, (2, 2, 5)), scale=SCALE, by=axes))
        for counts in ([9, 0, 0, 0, 1] * 4, [1, 0, 0, 0, 9] * 4)
    )
    rows = [line.split() for line in str(compare(second, first)).splitlines()[2:]]
    assert [row[:3] for row in rows] == [
        ["1", "a", "+80.0"],
        ["1", "b", "+80.0"],
        ["2", "a", "+80.0"],
        ["2", "b", "+80.0"],
    ]
