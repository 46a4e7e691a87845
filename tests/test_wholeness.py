"""The gap between touchpoints and journey is what one customer after another shows."""

import copy
import math
import pickle
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from statistics import fmean, stdev
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import (
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    SATISFACTION_1_7,
    SATISFACTION_1_10,
    STARS_1_5,
    JourneyLog,
    Scale,
    _events,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.wholeness import JourneyGap, journey_gap

TENTHS = Scale(0, 1, step=0.1, higher_is_better=False)
SCALES = (STARS_1_5, EFFORT_1_5, RECOMMEND_0_10, TENTHS)
GOODS = (0.0, 0.3, 0.5, 0.75, 0.8, 1.0)
PLACES = ("shop", "hotline", "forum")

Event = tuple[int, str, float | None]
Journeys = dict[int, float | None]


def logged(rows: Iterable[Event], scale: Scale = STARS_1_5) -> JourneyLog:
    rows = list(rows)
    return JourneyLog.from_columns(
        customer=np.array([row[0] for row in rows], np.int64),
        time=range(len(rows)) if rows else np.zeros(0, np.int64),
        touchpoint=[PLACES.index(row[1]) for row in rows],
        touchpoints=PLACES,
        score=[row[2] for row in rows],
        scale=scale,
    )


@attrs.frozen
class Case:
    """Answers at touchpoints and about the journey, and how they are to be read."""

    rows: list[Event]
    scale: Scale
    journeys: Journeys
    journey_scale: Scale
    good: float

    @property
    def log(self) -> JourneyLog:
        return logged(self.rows, self.scale)

    def gap(self, rows: list[Event] | None = None) -> JourneyGap:
        log = logged(self.rows if rows is None else rows, self.scale)
        scale = self.journey_scale
        return journey_gap(log, self.journeys, scale=scale, good=self.good)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    scale, journey_scale = (draw(st.sampled_from(SCALES)) for _ in range(2))
    event = st.tuples(
        st.integers(0, 7),
        st.sampled_from(PLACES),
        st.none() | st.sampled_from(scale.points.tolist()),
    )
    about = st.none() | st.sampled_from(journey_scale.points.tolist())
    return Case(
        rows=draw(st.lists(event, max_size=30)),
        scale=scale,
        journeys=draw(st.dictionaries(st.integers(0, 9), about)),
        journey_scale=journey_scale,
        good=draw(st.sampled_from(GOODS)),
    )


# A second opinion: one customer after the other, in fractions, without numpy


def place_on(scale: Scale, answer: float) -> Fraction:
    step = Fraction(round((answer - scale.low) / scale.step), scale.size - 1)
    return step if scale.higher_is_better else 1 - step


def is_good(level: Fraction, case: Case) -> bool:
    return level >= Fraction(str(case.good))


def slow_gap(case: Case) -> dict[str, Any]:
    told: dict[int, list[Fraction]] = {customer: [] for customer, _, _ in case.rows}
    for customer, _, answer in case.rows:
        if answer is not None:
            told[customer].append(place_on(case.scale, answer))
    about = {
        customer: place_on(case.journey_scale, answer)
        for customer, answer in case.journeys.items()
        if answer is not None
    }
    both = [
        customer for customer, answers in told.items() if answers and customer in about
    ]
    means = [sum(told[each]) / len(told[each]) for each in both]
    kinds = Counter(
        (
            all(is_good(level, case) for level in told[each]),
            is_good(about[each], case),
        )
        for each in both
    )
    return {
        "kinds": kinds,
        "touchpoints": means,
        "journeys": [about[each] for each in both],
        "only_touchpoints": sum(
            bool(answers) and who not in about for who, answers in told.items()
        ),
        "only_journey": sum(
            not answers and who in about for who, answers in told.items()
        ),
        "neither": sum(
            not answers and who not in about for who, answers in told.items()
        ),
    }


def mean(values: list[Fraction]) -> float:
    return float(sum(values) / len(values)) if values else math.nan


@given(cases())
def test_the_gap_is_what_a_loop_finds(case: Case) -> None:
    gap, slow = case.gap(), slow_gap(case)
    kinds: Counter[tuple[bool, bool]] = slow["kinds"]
    touchpoints, journeys = slow["touchpoints"], slow["journeys"]
    assert gap.counts.tolist() == [
        [kinds[green, fine] for fine in (False, True)] for green in (False, True)
    ]
    assert gap.customers == len(touchpoints)
    for name in ("only_touchpoints", "only_journey", "neither"):
        assert getattr(gap, name) == slow[name], name
    differences = [t - j for t, j in zip(touchpoints, journeys, strict=True)]
    assert gap.touchpoint_level == pytest.approx(mean(touchpoints), nan_ok=True)
    assert gap.journey_level == pytest.approx(mean(journeys), nan_ok=True)
    assert gap.gap == pytest.approx(mean(differences), abs=1e-12, nan_ok=True)
    squares = [difference**2 for difference in differences]
    assert gap.sum_squares == pytest.approx(float(sum(squares)), abs=1e-12)
    green = kinds[True, True] + kinds[True, False]
    red = kinds[True, False] + kinds[False, False]
    hidden = kinds[True, False]
    assert (gap.green, gap.red, gap.green_but_red) == (green, red, hidden)
    assert gap.red_among_green == pytest.approx(
        hidden / green if green else math.nan, nan_ok=True
    )
    assert gap.green_among_red == pytest.approx(
        hidden / red if red else math.nan, nan_ok=True
    )


@given(cases(), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_the_interval_is_that_of_a_paired_t_test(case: Case, level: float) -> None:
    slow = slow_gap(case)
    pairs = zip(slow["touchpoints"], slow["journeys"], strict=True)
    differences = [t - j for t, j in pairs]
    low, high = case.gap().interval(level=level)
    if len(set(differences)) < 2:
        assert math.isnan(low)
        assert math.isnan(high)
        return
    found = scipy.stats.ttest_rel(
        [float(t) for t in slow["touchpoints"]],
        [float(j) for j in slow["journeys"]],
    ).confidence_interval(level)
    cut = max(found.low, -1), min(found.high, 1)
    assert (low, high) == pytest.approx(cut, abs=1e-9)


@given(cases())
def test_a_column_says_what_a_mapping_does(case: Case) -> None:
    log, gap = case.log, case.gap()
    ids = log.customers.tolist()
    column = [case.journeys.get(customer) for customer in ids]
    floats = np.array(column, np.float64)
    masked = np.ma.masked_invalid(floats)
    for told in (column, floats, masked, np.array(column, object)):
        assert journey_gap(log, told, scale=case.journey_scale, good=case.good) == gap


@given(cases(), st.integers(1, 5))
def test_the_size_of_blocks_changes_nothing(case: Case, size: int) -> None:
    whole = case.gap()
    with patch.object(_events, "_BLOCK", size):
        assert_close(case.gap(), whole)


@given(cases(), st.integers(1, 4))
def test_parts_of_the_customers_add_up(case: Case, parts: int) -> None:
    logs = case.log.partition(parts)
    options: Any = {"scale": case.journey_scale, "good": case.good}
    gaps = (journey_gap(log, case.journeys, **options) for log in logs)
    assert_close(sum(gaps), case.gap())


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_customers_does_not_matter(case: Case, random: Any) -> None:
    mixed = random.sample([*case.journeys.items()], len(case.journeys))
    shuffled = attrs.evolve(case, journeys=dict(mixed))
    assert_close(shuffled.gap(random.sample(case.rows, len(case.rows))), case.gap())


@given(cases())
def test_the_same_answers_on_a_reversed_scale(case: Case) -> None:
    def mirrored(scale: Scale, answer: float | None) -> float | None:
        if answer is None:
            return None
        return float(scale.points[scale.size - 1 - scale.codes(answer)])

    rows = [(who, where, mirrored(case.scale, x)) for who, where, x in case.rows]
    journeys = {
        who: mirrored(case.journey_scale, x) for who, x in case.journeys.items()
    }
    turned = Case(
        rows=rows,
        scale=case.scale.reversed(),
        journeys=journeys,
        journey_scale=case.journey_scale.reversed(),
        good=case.good,
    ).gap()
    scales: Any = {"scale": case.scale, "journey_scale": case.journey_scale}
    assert_close(attrs.evolve(turned, **scales), case.gap())


def assert_close(ours: Any, theirs: JourneyGap) -> None:
    """Compare two results, sums to rounding."""
    for field in attrs.fields(JourneyGap):
        one, two = getattr(ours, field.name), getattr(theirs, field.name)
        if field.name.startswith("sum_"):
            assert one == pytest.approx(two, abs=1e-12), field.name
        else:
            assert np.array_equal(one, two), field.name


def test_more_customers_than_a_block_holds() -> None:
    rng = np.random.default_rng(3)
    size, people = 200_000, 60_000
    log = JourneyLog.from_columns(
        customer=rng.integers(0, people, size),
        time=np.arange(size),
        touchpoint=np.zeros(size, np.int64),
        touchpoints=["shop"],
        score=rng.integers(1, 6, size),
        scale=STARS_1_5,
    )
    about = rng.integers(0, 11, log.n_customers).astype(np.float64)
    about[::7] = np.nan
    gap = journey_gap(log, about, scale=RECOMMEND_0_10)
    answers: Any = log.score
    owners = np.repeat(np.arange(log.n_customers), np.diff(log.offsets))
    means = (np.bincount(owners, answers) / np.bincount(owners) - 1) / 4
    told = ~np.isnan(about)
    green = np.minimum.reduceat(answers, log.offsets[:-1])[told] >= 4
    red = about[told] < 8
    differences = means[told] - about[told] / 10
    assert gap.customers == differences.size
    assert gap.gap == pytest.approx(differences.mean(), abs=1e-12)
    low, high = scipy.stats.t.interval(
        0.95,
        differences.size - 1,
        differences.mean(),
        differences.std(ddof=1) / math.sqrt(differences.size),
    )
    assert gap.interval() == pytest.approx((low, high), abs=1e-9)
    assert gap.green_but_red == np.count_nonzero(green & red)
    assert gap.only_touchpoints == np.count_nonzero(~told)


def test_many_who_differ_by_the_same_have_no_spread() -> None:
    rows: list[Event] = [
        (who, "shop", x) for who in range(3_000) for x in ((5, 5, 4), (4, 3))[who % 2]
    ]
    about = {who: (4, 3)[who % 2] for who in range(3_000)}
    thirds = journey_gap(logged(row for row in rows if row[0] % 2 == 0), about)
    assert thirds.gap == pytest.approx(11 / 12 - 3 / 4)
    assert all(map(math.isnan, thirds.interval()))
    assert not any(map(math.isnan, journey_gap(logged(rows), about).interval()))
    assert all(map(math.isnan, sum([thirds] * 9).interval()))  # type: ignore[union-attr]


def test_one_who_differs_from_thousands_makes_a_spread() -> None:
    rows: list[Event] = [(who, "shop", 5) for who in range(5_000)]
    low, high = journey_gap(logged(rows), [2] * 4_999 + [3]).interval()
    assert low < 0.75 - 0.25 / 5_000 < high


def test_one_customer_with_more_answers_than_a_byte_counts() -> None:
    rows: list[Event] = [(7, "shop", 5 - i % 2) for i in range(300)]
    gap = journey_gap(logged(rows), {7: 5})
    assert (gap.customers, gap.touchpoint_level, gap.green) == (1, 0.875, 1)


def test_sums_may_be_rounded() -> None:
    rounded = attrs.evolve(
        GAP, sum_touchpoints=3 * (1 + 1e-12), sum_journey=3, sum_squares=0
    )
    assert rounded.gap == pytest.approx(0, abs=1e-11)
    least = (GAP.sum_touchpoints - GAP.sum_journey) ** 2 / 3
    alike = attrs.evolve(GAP, sum_squares=least * (1 - 1e-12))
    assert all(map(math.isnan, alike.interval()))
    one = attrs.evolve(
        GAP,
        counts=[[1, 0], [0, 0]],
        sum_touchpoints=0.3,
        sum_journey=0.1 + 0.2,
        sum_squares=0,
    )
    assert one.gap != 0
    assert "came out no other than its touchpoints" in one.summary()


# Named cases

ROWS: list[Event] = [
    (7, "shop", 5),
    (7, "hotline", 4),
    (8, "shop", 4),
    (8, "hotline", 4),
    (9, "shop", 3),
    (10, "shop", 5),
    (11, "forum", None),
    (12, "forum", None),
]
LOG = logged(ROWS)
ABOUT: Journeys = {7: 3, 8: 4, 9: 1, 12: 2, 99: 5, 100: None}
GAP = journey_gap(LOG, ABOUT)


def test_a_story() -> None:
    assert GAP.customers == 3
    assert GAP.counts.tolist() == [[1, 0], [1, 1]]
    assert GAP.sum_touchpoints == 0.875 + 0.75 + 0.5
    assert GAP.sum_journey == 0.5 + 0.75
    assert GAP.sum_squares == 0.375**2 + 0.5**2
    assert (GAP.only_touchpoints, GAP.only_journey, GAP.neither) == (1, 1, 1)
    assert (GAP.green, GAP.red, GAP.green_but_red) == (2, 2, 1)
    assert (GAP.red_among_green, GAP.green_among_red) == (0.5, 0.5)
    differences = [0.375, 0, 0.5]
    reach = float(scipy.stats.t.ppf(0.975, 2)) * stdev(differences) / math.sqrt(3)
    centre = fmean(differences)
    assert GAP.interval() == pytest.approx((centre - reach, centre + reach))


def test_a_story_in_words() -> None:
    assert repr(GAP) == (
        "JourneyGap +0.29 [-0.35, +0.94] of 3 customers: touchpoints 0.71, journey 0.42"
    )
    assert GAP.summary() == (
        "The journey as a whole is not for sure better or worse than its touchpoints:"
        " 0.42 against 0.71, from 0 (worst) to 1 (best), for the same 3 customers (gap"
        " +0.29, 95 %: -0.35 to +0.94). Of 2 customers who found every touchpoint"
        " good, 1 (50.0 %) did not find the journey good. Left out: 1 who answered at"
        " touchpoints only, 1 who answered about the journey only, 1 who did not"
        " answer."
    )
    assert [" ".join(line.split()) for line in str(GAP).splitlines()] == [
        "touchpoints customers journey good not good share not good",
        "all good 2 1 1 50.0 %",
        "not all good 1 0 1 100.0 %",
        "all 3 1 2 66.7 %",
        "touchpoints 0.71, journey 0.42, gap +0.29 [-0.35, +0.94]",
    ]
    markup = GAP._repr_html_()
    assert "gap +0.29" in markup
    ET.fromstring(markup)  # noqa: S314  our own markup


def test_the_journey_is_for_sure_worse_or_better() -> None:
    rows: list[Event] = [(who, "shop", 5 - who % 2) for who in range(20)]
    worse = journey_gap(logged(rows), {who: 1 + who % 3 for who in range(20)})
    assert worse.summary().startswith("The journey as a whole is worse than its")
    assert worse.red_among_green == 1
    rows = [(who, "shop", 1 + who % 3) for who in range(20)]
    better = journey_gap(logged(rows), {who: 5 - who % 2 for who in range(20)})
    assert better.summary().startswith("The journey as a whole is better than its")
    assert better.gap == -worse.gap
    assert better.interval() == pytest.approx(tuple(-x for x in worse.interval()[::-1]))
    assert "Nobody found every touchpoint good." in better.summary()
    assert math.isnan(better.red_among_green)
    assert math.isnan(better.green_among_red)


@pytest.mark.parametrize(
    ("about", "verdict", "number"),
    [
        (4, "came out worse than its touchpoints: 0.75 against 1.00", "+0.25"),
        (5, "came out no other than its touchpoints: 1.00 against 1.00", "+0.00"),
    ],
)
def test_one_customer_has_no_interval(about: int, verdict: str, number: str) -> None:
    gap = journey_gap(logged([(7, "shop", 5)]), {7: about})
    assert all(map(math.isnan, gap.interval()))
    assert repr(gap).startswith(f"JourneyGap {number} of 1 customer:")
    assert gap.summary().startswith(
        f"The journey as a whole {verdict}, from 0 (worst) to 1 (best), for the same"
        f" 1 customer (gap {number}, how sure is unknown: they are too few, or"
        " differ by the same)."
    )


def test_two_who_differ_by_the_same_have_no_interval() -> None:
    gap = journey_gap(logged([(7, "shop", 4), (8, "shop", 2)]), {7: 5, 8: 3})
    assert (gap.customers, gap.gap) == (2, -0.25)
    assert all(map(math.isnan, gap.interval()))
    assert "came out better than its touchpoints" in gap.summary()


@pytest.mark.parametrize(
    ("rows", "about", "left_out"),
    [
        ([], {}, ""),
        ([], {7: 3}, ""),
        ([(7, "shop", 5)], {}, " Left out: 1 who answered at touchpoints only."),
        ([(7, "shop", None)], {7: None}, " Left out: 1 who did not answer."),
        (
            [(7, "shop", 5), (8, "shop", None)],
            {8: 5},
            (
                " Left out: 1 who answered at touchpoints only, 1 who answered about"
                " the journey only."
            ),
        ),
    ],
)
def test_nobody_answered_both(
    rows: list[Event], about: Journeys, left_out: str
) -> None:
    gap = journey_gap(logged(rows), about)
    assert gap.customers == 0
    shares = (gap.gap, gap.touchpoint_level, gap.journey_level, *gap.interval())
    assert all(map(math.isnan, (*shares, gap.red_among_green, gap.green_among_red)))
    assert repr(gap) == "JourneyGap of 0 customers"
    assert gap.summary() == (
        f"Nobody answered both at touchpoints and about the journey.{left_out}"
    )
    assert str(gap).splitlines()[-1].split() == ["all", "0", "0", "0"]
    assert math.isnan(gap.to_records()[0]["gap"])
    ET.fromstring(gap._repr_html_())  # noqa: S314  our own markup


def test_different_scales_are_said() -> None:
    gap = journey_gap(LOG, {7: 9, 8: 6, 9: 2}, scale=RECOMMEND_0_10)
    assert gap.journey_level == pytest.approx(17 / 30)
    assert (
        " The answers are on different scales (1-5, 5 best; 0-10, 10 best): trust the"
        " gap less, even its direction."
    ) in gap.summary()
    worded = attrs.evolve(STARS_1_5, labels=[*"abcde"])
    same = journey_gap(LOG, ABOUT, scale=worded)
    assert "different scales" not in same.summary()
    assert same.gap == GAP.gap


@pytest.mark.parametrize(
    ("scale", "first"),
    [
        (SATISFACTION_1_5, 4),
        (SATISFACTION_1_7, 6),
        (SATISFACTION_1_10, 8),
        (RECOMMEND_0_10, 8),
        (EFFORT_1_5, 2),
    ],
)
def test_what_is_good_by_default(scale: Scale, first: float) -> None:
    for point in scale.points.tolist():
        gap = journey_gap(logged([(7, "shop", point)], scale), {7: point})
        good = point >= first if scale.higher_is_better else point <= first
        assert gap.counts.tolist() == ([[0, 0], [0, 1]] if good else [[1, 0], [0, 0]])


def test_a_level_between_two_points_and_one_that_rounding_misses() -> None:
    tenths = Scale(0, 1, step=0.1, higher_is_better=True)
    log = logged([(7, "shop", 0.3), (8, "shop", 0.2)], tenths)
    assert journey_gap(log, [0.3, 0.2], good=0.1 + 0.2).green == 1
    assert journey_gap(log, [0.3, 0.2], good=0.31).green == 0
    assert journey_gap(log, [0.3, 0.2], good=0).green == 2
    assert journey_gap(log, [0.3, 1], good=1).red == 1


def test_events_without_an_answer_spoil_nothing() -> None:
    gap = journey_gap(logged([(7, "shop", 5), (7, "forum", None)]), {7: 5})
    assert (gap.green, gap.touchpoint_level) == (1, 1)


class Answers(Mapping[Any, Any]):
    """A mapping that is no dict."""

    def __init__(self, told: dict[Any, Any]) -> None:
        self._told = told

    def __getitem__(self, key: Any) -> Any:
        return self._told[key]

    def __iter__(self) -> Any:
        return iter(self._told)

    def __len__(self) -> int:
        return len(self._told)


def test_columns_without_answers() -> None:
    nothing: list[Any] = [[], np.zeros(0, np.str_), {}]
    for column in nothing:
        assert journey_gap(logged([]), column).customers == 0
    silent: Any = [None] * LOG.n_customers
    assert journey_gap(LOG, silent).only_touchpoints == 4


def test_ids_of_all_kinds() -> None:
    assert journey_gap(LOG, Answers({**ABOUT})) == GAP
    assert journey_gap(LOG, {np.int64(k): v for k, v in ABOUT.items()}) == GAP
    assert journey_gap(LOG, {7.0: 3, 8.0: 4, 9.0: 1, 12.0: 2, "a": 5}) == GAP
    texts = JourneyLog.from_columns(
        customer=["ann", "bob"],
        time=[0, 0],
        touchpoint=["shop", "shop"],
        score=[5, 1],
        scale=STARS_1_5,
    )
    assert journey_gap(texts, {"bob": 5, "cid": 5}).gap == -1
    assert journey_gap(texts, {"cid": 5}).only_journey == 0


def test_journeys_that_were_cut_have_pairs_as_ids() -> None:
    log = logged([(7, "shop", 5), (8, "shop", 3), (7, "shop", 4)]).split(gap=1)
    gap = journey_gap(log, {(7, 1): 5, (7, 2): 1, (8, 1): 3, (8, 2): 4})
    assert (gap.customers, gap.gap, gap.only_journey) == (3, 0.25, 0)


# States


def test_states_come_back_as_they_went() -> None:
    for copied in (pickle.loads(pickle.dumps(GAP)), copy.deepcopy(GAP)):  # noqa: S301
        assert copied == GAP
        assert not copied.counts.flags.writeable
    with pytest.raises(TypeError):
        hash(GAP)


def test_states_as_plain_values() -> None:
    low, high = GAP.interval()
    assert GAP.to_records() == [
        {
            "customers": 3,
            "touchpoint_level": GAP.touchpoint_level,
            "journey_level": GAP.journey_level,
            "gap": GAP.gap,
            "low": low,
            "high": high,
            "green": 2,
            "red": 2,
            "green_but_red": 1,
            "red_among_green": 0.5,
            "green_among_red": 0.5,
            "only_touchpoints": 1,
            "only_journey": 1,
            "neither": 1,
        }
    ]
    assert GAP.to_columns() == {k: [v] for k, v in GAP.to_records()[0].items()}
    assert GAP.to_dict() == {
        "scale": attrs.asdict(STARS_1_5),
        "journey_scale": attrs.asdict(STARS_1_5),
        "good": 0.75,
        "counts": [[1, 0], [1, 1]],
        "sum_touchpoints": 2.125,
        "sum_journey": 1.25,
        "sum_squares": 0.390625,
        "only_touchpoints": 1,
        "only_journey": 1,
        "neither": 1,
    }


def test_states_add() -> None:
    assert GAP + 0 is GAP
    assert sum([GAP]) is GAP
    twice = GAP + GAP
    assert (twice.customers, twice.gap) == (6, GAP.gap)
    assert (twice.only_touchpoints, twice.only_journey, twice.neither) == (2, 2, 2)
    assert twice.interval()[0] > GAP.interval()[0]
    for nothing in (1, "gap", None):
        with pytest.raises(TypeError):
            GAP + nothing


@pytest.mark.parametrize(
    "changes",
    [
        {"scale": SATISFACTION_1_7},
        {"journey_scale": SATISFACTION_1_7},
        {"good": 0.5},
        {"counts": [[0, 1], [1, 1]]},
        {"sum_touchpoints": 2.1},
        {"sum_journey": 1.3},
        {"sum_squares": 0.4},
        {"only_touchpoints": 0},
        {"only_journey": 0},
        {"neither": 0},
    ],
)
def test_states_differ_by_each_field(changes: dict[str, Any]) -> None:
    assert attrs.evolve(GAP, **changes) != GAP
    assert GAP != 3


# Refusals

Refusal = tuple[Callable[[], Any], type[CxmError], str, Any, str]
UNSCORED = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])


def changed(**changes: Any) -> Callable[[], JourneyGap]:
    return lambda: attrs.evolve(GAP, **changes)


def asked(journey: Any, **options: Any) -> Callable[[], JourneyGap]:
    return lambda: journey_gap(LOG, journey, **options)


REFUSALS: dict[str, Refusal] = {
    "no log": (
        lambda: journey_gap(3, {}),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "log must be a JourneyLog; got 3; make one with JourneyLog.from_columns(...)",
    ),
    "a log without answers": (
        lambda: journey_gap(UNSCORED, {}),
        InvalidValueError,
        "log",
        None,
        (
            "log must hold answers; got JourneyLog 1 event, 1 customer, 1 touchpoint;"
            " pass score= and scale= to JourneyLog.from_columns"
        ),
    ),
    "no scale": (
        asked(ABOUT, scale="1-5"),
        InvalidTypeError,
        "scale",
        None,
        (
            "scale must be a Scale; got '1-5'; pass for example STARS_1_5 or Scale(1,"
            " 5, higher_is_better=True)"
        ),
    ),
    "good is a text": (
        asked(ABOUT, good="4"),
        InvalidTypeError,
        "good",
        None,
        "good must be a number; got '4'",
    ),
    "good is a point": (
        asked(ABOUT, good=4),
        InvalidValueError,
        "good",
        None,
        (
            "good must be between 0 and 1; got 4; it is a level from 0 (worst) to 1"
            " (best): 0.75 is 4 on a scale from 1 to 5"
        ),
    ),
    "good is unknown": (
        asked(ABOUT, good=math.nan),
        InvalidValueError,
        "good",
        None,
        (
            "good must be between 0 and 1; got nan; it is a level from 0 (worst) to 1"
            " (best): 0.75 is 4 on a scale from 1 to 5"
        ),
    ),
    "no column": (
        asked({7}),
        InvalidTypeError,
        "journey",
        None,
        (
            "journey must be a mapping of id to answer, or a column with one answer per"
            " customer; got {7}"
        ),
    ),
    "nothing": (
        asked(None),
        InvalidTypeError,
        "journey",
        None,
        (
            "journey must be a mapping of id to answer, or a column with one answer per"
            " customer; got None"
        ),
    ),
    "a table": (
        asked([[5, 4], [3, 2]]),
        InvalidTypeError,
        "journey",
        None,
        (
            "journey must be a mapping of id to answer, or a column with one answer per"
            " customer; got [[5, 4], [3, 2]]"
        ),
    ),
    "a column of another length": (
        asked([5, 4]),
        InvalidValueError,
        "journey",
        None,
        (
            "journey must have one answer per customer (6); got 2; log.customers says"
            " their order; a mapping {id: answer} needs none"
        ),
    ),
    "off the scale": (
        asked([5, 4, 6, None, None, None]),
        InvalidValueError,
        "journey",
        2,
        (
            "journey[2] must be on the 1-5 scale; got 6;"
            " pass the scale of these answers: scale=..."
        ),
    ),
    "off the scale in a mapping": (
        asked({8: 4, 7: 0}),
        InvalidValueError,
        "journey[7]",
        None,
        (
            "journey[7] must be on the 1-5 scale; got 0;"
            " pass the scale of these answers: scale=..."
        ),
    ),
    "off the scale of somebody unknown": (
        asked({"ann": 9, 7: 1}),
        InvalidValueError,
        "journey['ann']",
        None,
        (
            "journey['ann'] must be on the 1-5 scale; got 9;"
            " pass the scale of these answers: scale=..."
        ),
    ),
    "between two points": (
        asked({7: 2.5}, scale=TENTHS),
        InvalidValueError,
        "journey[7]",
        None,
        (
            "journey[7] must be on the 0-1 scale in steps of 0.1; got 2.5;"
            " pass the scale of these answers: scale=..."
        ),
    ),
    "a text": (
        asked([None, None, "good", None, None, None]),
        InvalidTypeError,
        "journey",
        2,
        "journey[2] must be a number; got 'good'",
    ),
    "a text in a mapping": (
        asked({7: 5, 8: "good"}),
        InvalidTypeError,
        "journey[8]",
        None,
        "journey[8] must be a number; got 'good'",
    ),
    "several answers of one customer": (
        asked({7: [5, 4], 8: [3, 3]}),
        InvalidTypeError,
        "journey[7]",
        None,
        "journey[7] must be a number; got [5, 4]",
    ),
    "an id is missing": (
        asked({7: 5, None: 4}),
        MissingValueError,
        "journey",
        None,
        "journey must have ids as keys; got None; leave out answers of nobody",
    ),
    "texts for numbers": (
        asked({"7": 5, "8": 4}),
        InvalidValueError,
        "journey",
        None,
        (
            "journey must be an id as those of the log are, such as 7; got '7'; ids are"
            " compared by value and type: 7 is not '7'"
        ),
    ),
    "a level of confidence": (
        lambda: GAP.interval(level=95),
        InvalidValueError,
        "level",
        None,
        "level must lie between 0 and 1; got 95; write level=0.95 for 95 %",
    ),
    "state: counts of another shape": (
        changed(counts=[1, 2, 3, 4]),
        InvalidValueError,
        "counts",
        None,
        "counts must have the shape (2, 2); got (4,)",
    ),
    "state: fewer than none": (
        changed(counts=[[1, 0], [3, -1]]),
        InvalidValueError,
        "counts",
        (1, 1),
        "counts[1, 1] must not be negative; got -1",
    ),
    "state: no scale": (
        changed(journey_scale=5),
        InvalidTypeError,
        "journey_scale",
        None,
        (
            "journey_scale must be a Scale; got 5; pass for example STARS_1_5 or"
            " Scale(1, 5, higher_is_better=True)"
        ),
    ),
    "state: good beyond the best": (
        changed(good=1.1),
        InvalidValueError,
        "good",
        None,
        "good must be between 0 and 1; got 1.1",
    ),
    "state: more than all at their best": (
        changed(sum_touchpoints=3.5),
        InvalidValueError,
        "sum_touchpoints",
        None,
        ("sum_touchpoints must lie between 0 and the number of customers (3); got 3.5"),
    ),
    "state: less than nothing": (
        changed(sum_journey=-0.5),
        InvalidValueError,
        "sum_journey",
        None,
        "sum_journey must lie between 0 and the number of customers (3); got -0.5",
    ),
    "state: an unknown sum": (
        changed(sum_squares=math.nan),
        InvalidValueError,
        "sum_squares",
        None,
        "sum_squares must be a finite number; got nan",
    ),
    "state: squares too small for the gap": (
        changed(sum_squares=0.2),
        InvalidValueError,
        "sum_squares",
        None,
        (
            "sum_squares must be at least what the mean gap alone makes (0.255208); got"
            " 0.2"
        ),
    ),
    "state: half a customer": (
        changed(neither=0.5),
        InvalidTypeError,
        "neither",
        None,
        "neither must be a whole number; got 0.5",
    ),
    "another scale": (
        lambda: GAP + attrs.evolve(GAP, scale=EFFORT_1_5),
        ScaleMismatchError,
        "other",
        None,
        "other must have scale Scale 1-5, 5 best; got Scale 1-5, 5 worst",
    ),
    "another scale of the journey": (
        lambda: GAP + attrs.evolve(GAP, journey_scale=RECOMMEND_0_10),
        ScaleMismatchError,
        "other",
        None,
        "other must have journey_scale Scale 1-5, 5 best; got Scale 0-10, 10 best",
    ),
    "another idea of what is good": (
        lambda: GAP + attrs.evolve(GAP, good=0.5),
        InvalidValueError,
        "other",
        None,
        "other must be counted with good=0.75; got 0.5",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_say_what_is_wrong_and_where(name: str) -> None:
    call, error, argument, index, message = REFUSALS[name]
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
    assert (caught.value.argument, caught.value.index) == (argument, index)
