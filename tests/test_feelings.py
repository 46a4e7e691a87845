"""What is read from many journeys equals what a plain loop would have found."""

import copy
import math
import pickle
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations, product
from statistics import fmean, stdev
from typing import Any

import attrs
import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmkit import (
    EFFORT_1_5,
    SATISFACTION_1_7,
    STARS_1_5,
    Encounter,
    Experience,
    ExperienceDimension,
    Journey,
    JourneyLog,
    JourneyMap,
    Perception,
    Ref,
    Scale,
    Tally,
    Touchpoint,
    mean_score,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.paths import (
    EmotionCurve,
    IncidentCounts,
    agreement,
    critical_incidents,
    emotion_curve,
    experience_by,
    measured_share,
    remembered,
)

HALVES = Scale(0.5, 2, step=0.5, higher_is_better=True)
TENTHS = Scale(0, 1, step=0.1, higher_is_better=False)
SCALES = (STARS_1_5, EFFORT_1_5, HALVES, TENTHS)
SVG = "{http://www.w3.org/2000/svg}"
PLACES = ("advertisement", "shop", "hotline", "friend")
CHANNELS = ("web", "phone")
ATTRIBUTES = ("dry", "soft")
DIMENSIONS = tuple(dimension.value for dimension in ExperienceDimension)
DESIGN = JourneyMap.parse(
    """
    need: advertisement
    purchase: checkout, shop
    use: product
    """,
    id="nappies",
)

Row = dict[str, Any]


def logged(rows: list[Row], scale: Scale = STARS_1_5, **fields: Any) -> JourneyLog:
    """Make a log of rows; what is no key of the first is no column."""
    names = [*rows[0]] if rows else ["customer", "time", "touchpoint", "score"]
    columns: dict[str, Any] = {
        name: np.array([row[name] for row in rows], object) for name in names
    }
    vocabularies = {"touchpoint": PLACES, "channel": CHANNELS, "attribute": ATTRIBUTES}
    given_here = {f"{n}s": v for n, v in vocabularies.items() if n in columns}
    columns["customer"] = np.array([row["customer"] for row in rows], np.int64)
    columns["time"] = np.array([row["time"] for row in rows], np.int64)
    return JourneyLog.from_columns(**columns, **(given_here | fields), scale=scale)


def simple(
    *stories: Sequence[tuple[str, float | None]], scale: Scale = STARS_1_5
) -> JourneyLog:
    """Make a log of one story per customer: touchpoints and answers."""
    return logged(
        [
            {"customer": who, "time": at, "touchpoint": place, "score": score}
            for who, story in enumerate(stories)
            for at, (place, score) in enumerate(story)
        ],
        scale,
    )


EMPTY = simple()
SILENT = simple([("shop", None), ("hotline", None)], [("shop", None)])


OPTIONAL = {"channel": CHANNELS, "dimension": DIMENSIONS, "attribute": ATTRIBUTES}


@st.composite
def row_lists(draw: st.DrawFn, scale: Scale, *, distinct: bool = False) -> list[Row]:
    """Draw events; those with an answer have every label."""
    event = st.fixed_dictionaries(
        {
            "customer": st.integers(0, 5),
            "time": st.integers(0, 99 if distinct else 5),
            "touchpoint": st.sampled_from(PLACES),
            **{name: st.sampled_from([None, *v]) for name, v in OPTIONAL.items()},
            "score": st.none() | st.sampled_from(scale.points.tolist()),
        }
    )
    when = (lambda row: row["time"]) if distinct else None
    rows = draw(st.lists(event, max_size=16, unique_by=when))
    first = {name: labels[0] for name, labels in OPTIONAL.items()}
    return [
        row if row["score"] is None else row | {n: row[n] or first[n] for n in first}
        for row in rows
    ]


@st.composite
def logs(draw: st.DrawFn, scale: Scale | None = None) -> JourneyLog:
    scale = draw(st.sampled_from(SCALES)) if scale is None else scale
    rows = draw(row_lists(scale))
    return logged(rows, scale) if rows else simple(scale=scale)


def stories(log: JourneyLog) -> list[list[Row]]:
    """Tell the log customer by customer, as dicts."""
    return [list(log.journey(customer)) for customer in log.customers.tolist()]


def valence(answer: float, scale: Scale) -> float:
    unit = (answer - scale.low) / (scale.high - scale.low)
    return 2 * (unit if scale.higher_is_better else 1 - unit) - 1


def same(one: Any, two: Any) -> bool:
    return bool(np.allclose(one, two, rtol=1e-9, atol=1e-9, equal_nan=True))


def scale_of(log: JourneyLog) -> Scale:
    assert log.scale is not None
    return log.scale


# experience_by

AXES = ("touchpoint", "channel", "dimension", "attribute")
LABELS = {
    "touchpoint": PLACES,
    "channel": CHANNELS,
    "dimension": DIMENSIONS,
    "attribute": ATTRIBUTES,
}


def slow_counts(
    events: list[Row], axes: tuple[str, ...], labels: dict[str, tuple[str, ...]]
) -> dict[tuple[str, ...], list[Any]]:
    """Return the answers and the missing ones of each cell, one event at a time."""
    cells: dict[tuple[str, ...], list[Any]] = {
        cell: [] for cell in product(*(labels[axis] for axis in axes))
    }
    for event in events:
        cell = tuple(event[axis] for axis in axes)
        if None not in cell:
            cells[cell].append(event["score"])
    return cells


def read_counts(tally: Tally) -> dict[tuple[str, ...], list[Any]]:
    points = tally.scale.points.tolist()
    cells: dict[tuple[str, ...], list[Any]] = {}
    for index, cell in zip(
        np.ndindex(tally.grid.shape), tally.grid.cells(), strict=True
    ):
        counts = tally.counts[index].tolist()
        answers = [p for p, n in zip(points, counts, strict=True) for _ in range(n)]
        empty = [None] * int(tally.missing_counts[index])
        cells[tuple(str(label) for label in cell.values())] = [*answers, *empty]
    return cells


def assert_counted(tally: Tally, cells: dict[tuple[str, ...], list[Any]]) -> None:
    found = read_counts(tally)
    assert found.keys() == cells.keys()
    for cell, answers in cells.items():
        known = sorted(answer for answer in answers if answer is not None)
        assert [answer for answer in found[cell] if answer is not None] == known
        assert found[cell].count(None) == answers.count(None)


@given(logs(), st.permutations(AXES), st.integers(0, 4))
def test_experience_is_what_a_loop_counts(
    log: JourneyLog, axes: list[str], size: int
) -> None:
    by = tuple(axis for axis in axes[:size] if getattr(log, axis) is not None)
    events = [event for story in stories(log) for event in story]
    tally = experience_by(log, *by)
    assert tally.axes == by
    assert tally.scale == log.scale
    assert tally.labels == {axis: LABELS[axis] for axis in by}
    assert_counted(tally, slow_counts(events, by, LABELS))


@given(st.data())
def test_experience_is_the_tally_of_the_columns_spelled_out(
    data: st.DataObject,
) -> None:
    scale = data.draw(st.sampled_from(SCALES))
    rows = [row for row in data.draw(row_lists(scale)) if row["score"] is not None]
    assume(rows)
    log = logged(rows, scale)
    by = tuple(data.draw(st.permutations(AXES))[: data.draw(st.integers(0, 4))])
    columns = log.to_columns()
    expanded = {
        axis: ([LABELS[axis].index(label) for label in columns[axis]], LABELS[axis])
        for axis in by
    }
    answers = columns["score"]
    assert experience_by(log, *by) == Tally.count(answers, scale=scale, by=expanded)


@given(logs(STARS_1_5))
def test_stages_come_from_the_design(log: JourneyLog) -> None:
    design = DESIGN
    for place in ("hotline", "friend"):
        stage = design.stages[-1]
        design = design.with_touchpoint(Touchpoint(id=place, name=place, stage=stage))
    stage_of = {each.id: each.stage.name for each in design.touchpoints}
    names = tuple(stage.name for stage in design.stages)
    events = [
        event | {"stage": stage_of[event["touchpoint"]]}
        for story in stories(log)
        for event in story
    ]
    tally = experience_by(log, "stage", design=design)
    assert tally.labels == {"stage": names}
    assert_counted(tally, slow_counts(events, ("stage",), {"stage": names}))


def test_touchpoints_that_the_design_lacks_are_left_out_without_answers() -> None:
    log = simple([("shop", 5), ("hotline", None)])
    tally = experience_by(log, "stage", design=DESIGN)
    assert (tally.n, tally.missing) == (1, 0)
    crossed = experience_by(log, "touchpoint", "stage", design=DESIGN)
    assert (crossed.n, crossed.missing) == (1, 0)
    assert crossed.labels["touchpoint"] == PLACES
    assert crossed.at(touchpoint="shop", stage="purchase").n == 1


@given(logs(), st.booleans(), st.booleans(), st.randoms())
def test_columns_of_your_own(
    log: JourneyLog,
    coded: bool,  # noqa: FBT001
    named: bool,  # noqa: FBT001
    random: Any,
) -> None:
    labels = ("not-yet", "current", "former")
    answered = ~np.isnan(log.score) if log.score is not None else np.zeros(0)
    column = [random.choice([*labels, *([] if a else [None])]) for a in answered]
    values: Any = np.array(column, object)
    if coded:
        codes = [-1 if each is None else labels.index(each) for each in column]
        values = np.array(codes, np.int8), labels
    by = ("standing", "touchpoint") if named else ("touchpoint",)
    tally = experience_by(log, *by, columns={"standing": values})
    axes = by if named else ("touchpoint", "standing")
    assert tally.axes == axes
    found = labels if coded else tuple(dict.fromkeys(c for c in column if c))
    assert tally.labels["standing"] == found
    events = [event for story in stories(log) for event in story]
    for event, label in zip(events, column, strict=True):
        event["standing"] = label
    assert_counted(
        tally, slow_counts(events, axes, {"touchpoint": PLACES, "standing": found})
    )


def test_no_axis_is_one_group() -> None:
    log = simple([("shop", 5), ("shop", None)])
    tally = experience_by(log)
    assert tally == Tally.count([5, None], scale=STARS_1_5, missing="omit")
    assert experience_by(EMPTY).n == 0
    assert experience_by(EMPTY, "touchpoint").counts.shape == (4, 5)


def test_more_rows_than_a_chunk_and_more_cells_than_labels() -> None:
    rng = np.random.default_rng(1)
    size = 200_000
    score = rng.integers(1, 6, size).astype(float)
    score[rng.random(size) < 0.2] = np.nan
    log = JourneyLog.from_columns(
        customer=rng.integers(0, 20_000, size),
        time=rng.integers(0, 10_000, size),
        touchpoint=rng.integers(0, 3, size),
        touchpoints=PLACES,
        score=score,
        scale=STARS_1_5,
    )
    answers: Any = log.score
    told = ~np.isnan(answers)
    label = rng.integers(-1, 300, size)
    label[told] = np.abs(label[told])
    tally = experience_by(log, "touchpoint", columns={"branch": (label, range(300))})
    known = label >= 0
    slow = np.zeros((4, 300, 5), np.int64)
    points = answers[told].astype(np.int64) - 1
    np.add.at(slow, (log.touchpoint[told].astype(np.int64), label[told], points), 1)
    assert (tally.counts == slow).all()
    assert tally.n + tally.missing == known.sum()


UNSCORED = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])
ONE = simple([("hotline", 5)])
THREE = JourneyLog.from_columns(
    customer=[7, 7, 8, 9],
    time=[0, 1, 0, 0],
    touchpoint=["shop"] * 4,
    score=[5, 4, 3, 2],
    scale=STARS_1_5,
)
FULL = logged(
    [
        {
            "customer": 7,
            "time": at,
            "touchpoint": "shop",
            "channel": channel,
            "score": score,
        }
        for at, (channel, score) in enumerate([("web", 5), (None, None), (None, 4)])
    ]
)
Refusal = tuple[Callable[[], Any], type[CxmError], str, Any, str]


REFUSALS: dict[str, Refusal] = {
    "no log": (
        lambda: experience_by(3),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "be a JourneyLog",
    ),
    "no answers": (
        lambda: experience_by(UNSCORED, "touchpoint"),
        InvalidValueError,
        "log",
        None,
        "pass score= and scale=",
    ),
    "no axis": (
        lambda: experience_by(ONE, "touchpoint", "city"),
        InvalidValueError,
        "by",
        1,
        (
            "by[1] must be one of 'touchpoint', 'channel', 'dimension', 'attribute',"
            " 'stage'; got 'city'; columns={name: labels} adds others"
        ),
    ),
    "no text": (
        lambda: experience_by(ONE, ["touchpoint"]),  # type: ignore[arg-type]
        InvalidValueError,
        "by",
        0,
        "be one of",
    ),
    "an axis twice": (
        lambda: experience_by(ONE, "touchpoint", "touchpoint"),
        InvalidValueError,
        "by",
        1,
        "not repeat the axis of by[0]",
    ),
    "a column that the log lacks": (
        lambda: experience_by(ONE, "channel"),
        InvalidValueError,
        "by",
        None,
        (
            "by must name columns of the log; got 'channel'; pass channel= to"
            " JourneyLog.from_columns"
        ),
    ),
    "an answer without a label": (
        lambda: experience_by(FULL, "channel"),
        MissingValueError,
        "log.channel",
        2,
        (
            "log.channel[2] is missing; an answer of customer 7 needs a label: give it"
            " one, or leave it out by log.where(...)"
        ),
    ),
    "the first answer of a later customer without a label": (
        lambda: experience_by(THREE, columns={"city": ["Graz", "Bonn", None, None]}),
        MissingValueError,
        "columns['city']",
        2,
        (
            "columns['city'][2] is missing; an answer of customer 8 needs a label: give"
            " it one, or leave it out by log.where(...)"
        ),
    ),
    "an answer without a label of one's own": (
        lambda: experience_by(ONE, columns={"city": [None]}),
        MissingValueError,
        "columns['city']",
        0,
        "give it one",
    ),
    "stages without a design": (
        lambda: experience_by(ONE, "stage"),
        InvalidValueError,
        "design",
        None,
        (
            'design must come with the axis "stage"; got None; it says which touchpoint'
            " is in which stage"
        ),
    ),
    "a design without stages": (
        lambda: experience_by(ONE, design=DESIGN),
        InvalidValueError,
        "design",
        None,
        (
            "design must be left out without the axis \"stage\"; got 'nappies';"
            ' name "stage" in by'
        ),
    ),
    "no design": (
        lambda: experience_by(ONE, "stage", design=3),  # type: ignore[arg-type]
        InvalidTypeError,
        "design",
        None,
        "be a JourneyMap",
    ),
    "a touchpoint that the design lacks": (
        lambda: experience_by(ONE, "stage", design=DESIGN),
        InvalidValueError,
        "design",
        None,
        (
            "design must have each touchpoint with answers; got 'hotline'; add it by"
            " design.with_touchpoint(...), or leave its events out by log.where(...)"
        ),
    ),
    "columns that are none": (
        lambda: experience_by(ONE, columns=[1]),  # type: ignore[arg-type]
        InvalidTypeError,
        "columns",
        None,
        "be a Mapping",
    ),
    "a column without a name": (
        lambda: experience_by(ONE, columns={1: ["a"]}),  # type: ignore[dict-item]
        InvalidTypeError,
        "columns",
        None,
        "columns must have texts as names of axes; got 1",
    ),
    "a column with the name of another": (
        lambda: experience_by(ONE, columns={"stage": ["a"]}),
        InvalidValueError,
        "columns",
        None,
        (
            "columns must not bear the name of an axis of the log; got 'stage'; rename"
            " the column"
        ),
    ),
    "a column of another length": (
        lambda: experience_by(ONE, columns={"city": ["a", "b"]}),
        InvalidValueError,
        "columns['city']",
        None,
        "columns['city'] must have one label per event of the log (1); got 2",
    ),
    "a pair of another length": (
        lambda: experience_by(ONE, columns={"city": ([0, 0], ["a"])}),
        InvalidValueError,
        "columns['city']",
        None,
        "columns['city'] must have one label per event of the log (1); got 2",
    ),
    "labels of several lengths": (
        lambda: experience_by(FULL, columns={"city": [["a"], ["b", "c"], ["d"]]}),
        InvalidTypeError,
        "columns['city']",
        None,
        "columns['city'] must hold single values of one length; got",
    ),
    "one label for all": (
        lambda: experience_by(FULL, columns={"city": "Graz"}),
        InvalidValueError,
        "columns['city']",
        None,
        "columns['city'] must ",
    ),
    "remembered: no log": (
        lambda: remembered(3),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "be a JourneyLog",
    ),
    "remembered: no answers": (
        lambda: remembered(UNSCORED),
        InvalidValueError,
        "log",
        None,
        (
            "log must hold answers; got JourneyLog 1 event, 1 customer, 1 touchpoint;"
            " pass score= and scale= to JourneyLog.from_columns"
        ),
    ),
    "curve: no log": (
        lambda: emotion_curve(3),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "be a JourneyLog",
    ),
    "curve: no design": (
        lambda: emotion_curve(ONE, design=3),  # type: ignore[arg-type]
        InvalidTypeError,
        "design",
        None,
        "be a JourneyMap",
    ),
    "curve: no answers": (
        lambda: emotion_curve(UNSCORED),
        InvalidValueError,
        "log",
        None,
        "hold answers",
    ),
    "curve: no level": (
        lambda: emotion_curve(ONE).interval(level=95),
        InvalidValueError,
        "level",
        None,
        "lie between 0 and 1",
    ),
    "incidents: no log": (
        lambda: critical_incidents(3, threshold=2),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "be a JourneyLog",
    ),
    "incidents: no answers": (
        lambda: critical_incidents(UNSCORED, threshold=2),
        InvalidValueError,
        "log",
        None,
        "hold answers",
    ),
    "incidents: a threshold off the scale": (
        lambda: critical_incidents(ONE, threshold=6),
        InvalidValueError,
        "threshold",
        None,
        "be on the 1-5 scale",
    ),
    "incidents: a threshold between points": (
        lambda: critical_incidents(EMPTY, threshold=2.5),
        InvalidValueError,
        "threshold",
        None,
        "be on the 1-5 scale",
    ),
    "incidents: no threshold": (
        lambda: critical_incidents(ONE, threshold="2"),  # type: ignore[arg-type]
        InvalidTypeError,
        "threshold",
        None,
        "got '2'",
    ),
    "incidents: no level": (
        lambda: critical_incidents(ONE, threshold=2).interval(level=0),
        InvalidValueError,
        "level",
        None,
        "lie between 0 and 1",
    ),
    "agreement: no log": (
        lambda: agreement(3),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "be a JourneyLog",
    ),
    "agreement: no answers": (
        lambda: agreement(UNSCORED),
        InvalidValueError,
        "log",
        None,
        "hold answers",
    ),
    "agreement: no form": (
        lambda: agreement(ONE, form="icc"),  # type: ignore[arg-type]
        InvalidValueError,
        "form",
        None,
        '"icc-1", "icc-a1"',
    ),
    "agreement: an answer is lacking": (
        lambda: agreement(
            simple(
                [("shop", None)],
                [("shop", 5), ("hotline", 4)],
                [("shop", 5), ("hotline", None)],
            ),
            form="icc-a1",
        ),
        InvalidValueError,
        "log.customers",
        2,
        "have one answer at each touchpoint (2) for 'icc-a1'; got 2; leave",
    ),
    "agreement: an answer too many": (
        lambda: agreement(
            simple(
                [("shop", 5), ("hotline", 4), ("shop", 3)],
                [("shop", 5), ("hotline", 4)],
            ),
            form="icc-ck",
        ),
        InvalidValueError,
        "log.customers",
        0,
        'pass form="icc-1"',
    ),
    "agreement: twice at one touchpoint": (
        lambda: agreement(
            simple(
                [("shop", 5), ("hotline", 4)],
                [("shop", 5), ("shop", 4)],
            ),
            form="icc-c1",
        ),
        InvalidValueError,
        "log.customers",
        1,
        "got 1",
    ),
    "measured: no log": (
        lambda: measured_share(3, DESIGN),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "be a JourneyLog",
    ),
    "measured: no design": (
        lambda: measured_share(ONE, 3),  # type: ignore[arg-type]
        InvalidTypeError,
        "design",
        None,
        "be a JourneyMap",
    ),
    "measured: no answers": (
        lambda: measured_share(UNSCORED, DESIGN),
        InvalidValueError,
        "log",
        None,
        "hold answers",
    ),
    "measured: nothing designed": (
        lambda: measured_share(
            ONE, JourneyMap(id=1, stages=DESIGN.stages, touchpoints=[])
        ),
        InvalidValueError,
        "design",
        None,
        "design must have touchpoints; got 1",
    ),
}


def assert_refused(refusal: Refusal) -> None:
    call, error, argument, index, words = refusal
    with pytest.raises(error) as caught:
        call()
    assert (caught.value.argument, caught.value.index) == (argument, index)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_name_argument_and_place(name: str) -> None:
    assert_refused(REFUSALS[name])


def test_the_row_of_a_refusal_is_that_of_the_log() -> None:
    size = 100_000
    score = np.full(size, np.nan)
    score[-1] = 3
    log = JourneyLog.from_columns(
        customer=np.arange(size),
        time=np.zeros(size, np.int64),
        touchpoint=np.zeros(size, np.int64),
        touchpoints=["shop"],
        channel=np.full(size, -1),
        channels=["web"],
        score=score,
        scale=STARS_1_5,
    )
    assert attrs.evolve(log, score=np.full(size, np.nan)).score is not None
    with pytest.raises(MissingValueError) as caught:
        experience_by(log, "channel")
    assert caught.value.index == size - 1


# remembered


def slow_memory(story: list[Row], scale: Scale) -> float:
    felt = [
        valence(event["score"], scale) for event in story if event["score"] is not None
    ]
    if not felt:
        return math.nan
    peak = felt[0]
    for each in felt:
        if round(abs(each), 9) >= round(abs(peak), 9):
            peak = each
    return (peak + felt[-1]) / 2


@given(logs())
def test_memories_are_those_of_a_loop(log: JourneyLog) -> None:
    slow = [slow_memory(story, scale_of(log)) for story in stories(log)]
    assert same(remembered(log), slow)


@given(st.data())
def test_memories_are_those_of_journeys_told_as_objects(data: st.DataObject) -> None:
    scale = data.draw(
        st.sampled_from([STARS_1_5, EFFORT_1_5, SATISFACTION_1_7, TENTHS])
    )
    answer = st.none() | st.sampled_from(scale.points.tolist())
    told = data.draw(st.lists(st.lists(answer, min_size=1, max_size=6), max_size=6))
    journeys = [journey_of(who, answers, scale) for who, answers in enumerate(told)]
    log = JourneyLog.from_journeys(journeys, scale=scale)
    for journey, memory in zip(journeys, remembered(log), strict=True):
        if math.isnan(memory):
            with pytest.raises(CxmError):
                journey.remembered()
        else:
            assert journey.remembered() == memory  # to the last digit


def journey_of(who: int, answers: list[float | None], scale: Scale) -> Journey[int]:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    steps = [
        Experience(
            encounter=Encounter.one_sided(
                id=day,
                party=Ref("stakeholder", who),
                touchpoint=day,
                at=start + timedelta(days=day),
            ),
            perceptions=[]
            if answer is None
            else [
                Perception.from_answer(
                    answer, scale=scale, dimension=ExperienceDimension.BRAND
                )
            ],
        )
        for day, answer in enumerate(answers)
    ]
    return Journey.of(Ref("stakeholder", who), "dry nights", steps)


def test_the_peak_is_the_latest_of_equally_far_ones() -> None:
    log = simple(
        [("shop", 1), ("shop", 5), ("shop", 3)],
        [("shop", 5), ("shop", 1), ("shop", 3)],
        [("shop", 4), ("shop", None), ("hotline", None)],
        [("shop", None)],
    )
    assert same(remembered(log), [0.5, -0.5, 0.5, np.nan])
    assert same(
        remembered(attrs.evolve(log, scale=EFFORT_1_5)), [-0.5, 0.5, -0.5, np.nan]
    )


def test_nobody_remembers_nothing() -> None:
    assert remembered(EMPTY).shape == (0,)
    assert np.isnan(remembered(SILENT)).all()


# emotion_curve


def slow_quartiles(felt: list[float]) -> list[float]:
    if not felt:
        return [math.nan] * 3
    return [
        min(v for v in felt if 4 * sum(each <= v for each in felt) >= k * len(felt))
        for k in (1, 2, 3)
    ]


@given(logs())
def test_curves_are_those_of_a_loop(log: JourneyLog) -> None:
    curve = emotion_curve(log)
    scale = scale_of(log)
    felt: dict[str, list[float]] = {place: [] for place in PLACES}
    where: dict[str, list[float]] = {place: [] for place in PLACES}
    for story in stories(log):
        for index, event in enumerate(story):
            at = index / (len(story) - 1) if len(story) > 1 else 0.5
            where[event["touchpoint"]].append(at)
            if event["score"] is not None:
                felt[event["touchpoint"]].append(
                    round(valence(event["score"], scale), 9)
                )
    assert sorted(curve.touchpoints, key=str) == sorted(PLACES)
    places = dict(zip(curve.touchpoints, curve.places.tolist(), strict=True))
    low, high = curve.interval()
    for index, place in enumerate(curve.touchpoints):
        assert isinstance(place, str)
        answers = felt[place]
        assert curve.n[index] == len(answers)
        assert curve.missing[index] == len(where[place]) - len(answers)
        assert same(curve.mean[index], fmean(answers) if answers else math.nan)
        assert same(curve.quartiles[index], slow_quartiles(answers))
        assert same(places[place], fmean(where[place]) if where[place] else math.nan)
        ends = (math.nan, math.nan)
        if len(set(answers)) > 1:
            se = stdev(answers) / math.sqrt(len(answers))
            ends = scipy.stats.t.interval(0.95, len(answers) - 1, fmean(answers), se)
        assert same((low[index], high[index]), ends)
    visited = [place for place in curve.places if not math.isnan(place)]
    assert visited == sorted(visited)
    assert all(math.isnan(place) for place in curve.places[len(visited) :])


def test_a_wider_interval_for_a_higher_level() -> None:
    curve = emotion_curve(simple([("shop", 5), ("shop", 2)]))
    low, high = curve.interval(level=0.99)
    assert low[0] < curve.interval()[0][0] < curve.mean[0] < high[0]
    assert mean_score([5, 2], scale=STARS_1_5).value == (curve.mean[0] + 1) * 2 + 1


def test_a_design_gives_order_names_and_stages() -> None:
    shop = attrs.evolve(DESIGN.touchpoints[2], name="The shop")
    touchpoints = [DESIGN.touchpoints[3], DESIGN.touchpoints[1], shop]
    design = attrs.evolve(DESIGN, touchpoints=touchpoints)
    log = simple([("hotline", 1), ("shop", 5), ("advertisement", None)])
    curve = emotion_curve(log, design=design)
    assert curve.touchpoints[:3] == ("checkout", "shop", "product")
    assert curve.touchpoints[3:] == ("advertisement", "hotline", "friend")
    assert curve.names[:2] == ("checkout", "The shop")
    assert curve.stages == ("purchase", "purchase", "use", None, None, None)
    assert curve.n.tolist() == [0, 1, 0, 0, 1, 0]
    assert curve.missing.tolist() == [0, 0, 0, 1, 0, 0]
    assert same(curve.mean, [np.nan, 1, np.nan, np.nan, -1, np.nan])
    assert [row["stage"] for row in curve.to_records()] == list(curve.stages)
    assert "The shop" in str(curve)
    assert str(curve).split()[:2] == ["touchpoint", "stage"]
    assert emotion_curve(log).stages == (None,) * 4


@pytest.mark.parametrize("design", [None, DESIGN])
def test_touchpoints_of_equal_places_stay_in_order(
    design: JourneyMap[str] | None,
) -> None:
    labels = tuple(f"place {each}" for each in range(60))
    log = JourneyLog.from_columns(
        customer=[each // 2 for each in range(60)],  # from an even place to an odd one
        time=range(60),
        touchpoint=labels,
        score=[3] * 60,
        scale=STARS_1_5,
    )
    expected = labels[::2] + labels[1::2]
    if design is not None:
        expected = tuple(each.id for each in design.touchpoints) + labels
    assert emotion_curve(log, design=design).touchpoints == expected


def test_quartiles_are_points_from_worst_to_best() -> None:
    stars = simple([("shop", each) for each in (1, 2, 3, 4)])
    assert emotion_curve(stars).quartiles[0].tolist() == [-1.0, -0.5, 0.0]
    effort = simple([("shop", each) for each in (1, 2, 3, 4)], scale=EFFORT_1_5)
    assert emotion_curve(effort).quartiles[0].tolist() == [-0.5, 0.0, 0.5]


def test_the_curve_of_nobody() -> None:
    assert emotion_curve(EMPTY).n.sum() == 0
    nothing = JourneyLog.from_columns(
        customer=[], time=[], touchpoint=[], score=[], scale=STARS_1_5
    )
    curve = emotion_curve(nothing)
    assert (curve.touchpoints, curve.quartiles.shape) == ((), (0, 3))
    assert curve.to_columns()["touchpoint"] == []
    assert emotion_curve(nothing, design=DESIGN).touchpoints == (
        "advertisement",
        "checkout",
        "shop",
        "product",
    )


def test_a_curve_in_words() -> None:
    curve = emotion_curve(simple([("shop", 5), ("hotline", 2)], [("shop", 4)]))
    assert repr(curve) == "EmotionCurve 4 touchpoints, 3 answers: +0.75 (shop)"
    assert curve.summary() == (
        "It felt nowhere better than at shop (+0.75, 2 answers), from -1 to 1; single"
        " answers are left aside."
    )
    single = emotion_curve(simple([("shop", 5), ("hotline", 2)]))
    said = "EmotionCurve 4 touchpoints, 2 answers: -0.50 (hotline) to +1.00 (shop)"
    assert repr(single) == said
    assert single.summary() == (
        "It felt worst at hotline (-0.50, 1 answer) and best at shop (+1.00, 1"
        " answer), from -1 to 1."
    )
    story = [("shop", 5), ("hotline", 2), ("friend", 1)]
    most = emotion_curve(simple(story, story[:2], [("advertisement", 5)]))
    assert repr(most).endswith("6 answers: -0.50 (hotline) to +1.00 (shop)")
    assert most.summary().endswith(
        "best at shop (+1.00, 2 answers), from -1 to 1; single answers are left aside."
    )
    level = emotion_curve(simple([("shop", 4), ("hotline", 4)]))
    assert repr(level).endswith("2 answers: +0.50 (shop)")
    assert level.summary().startswith("It felt nowhere better than at shop (+0.50,")
    assert emotion_curve(SILENT).summary() == "Nobody answered."
    assert repr(emotion_curve(SILENT)) == "EmotionCurve 4 touchpoints, 0 answers"


TOLD = emotion_curve(
    JourneyLog.from_columns(
        customer=[7, 7, 8, 8, 9],
        time=[0, 60, 0, 60, 0],
        touchpoint=["shop", "hotline", "shop", "hotline", "shop"],
        score=[5, 2, 4, None, 4],
        scale=STARS_1_5,
    ),
    design=JourneyMap.parse("need: advertisement\npurchase: shop", id="nappies"),
)


def test_a_curve_as_a_table() -> None:
    assert str(TOLD).splitlines() == [
        "touchpoint     stage     n   mean            95 %   25 %   50 %   75 %  place",
        "advertisement  need      0",
        "shop           purchase  3  +0.67  [-0.05, +1.38]  +0.50  +0.50  +1.00   0.17",
        "hotline                  1  -0.50                  -0.50  -0.50  -0.50   1.00",
    ]


def test_a_curve_as_records() -> None:
    unknown, shop, hotline = TOLD.to_records()
    assert shop == {
        "touchpoint": "shop",
        "stage": "purchase",
        "n": 3,
        "missing": 0,
        "mean": pytest.approx(2 / 3),
        "low": pytest.approx(-0.0504, abs=1e-4),
        "high": pytest.approx(1.3838, abs=1e-4),
        "quarter": 0.5,
        "median": 0.5,
        "three_quarters": 1,
        "place": pytest.approx(1 / 6),
    }
    assert (hotline["stage"], hotline["n"], hotline["missing"]) == (None, 1, 1)
    assert (unknown["touchpoint"], unknown["n"]) == ("advertisement", 0)
    assert all(math.isnan(value) for value in [*unknown.values()][4:])


def test_a_curve_as_a_drawing() -> None:
    svg = ET.fromstring(TOLD.to_svg())  # noqa: S314  our own markup
    assert svg.attrib["aria-label"] == "How 4 answers felt along the way"
    assert [title.text for title in svg.iter(f"{SVG}title")] == [
        "How 4 answers felt along the way",
        "need",
        "purchase",
        "advertisement, 0 answers",
        "shop, +0.67, 3 answers",
        "hotline, -0.50, 1 answer",
    ]
    # The axis from worst to best is 170 high; the best stands at 70.
    heights = [float(dot.attrib["cy"]) for dot in svg.iter(f"{SVG}circle")]
    assert heights == pytest.approx([70 + 85 * (1 - 2 / 3), 70 + 85 * 1.5], abs=0.01)
    halves = [x for x in svg.iter(f"{SVG}rect") if x.get("width") == "14"]
    assert [float(half.attrib["height"]) for half in halves] == [42.5 + 2, 2]
    stems = [x for x in svg.iter(f"{SVG}line") if x.get("stroke-width")]
    ends = {float(stem.attrib[name]) for stem in stems for name in ("y1", "y2")}
    assert sorted(ends) == pytest.approx([70, 70 + 85 * 1.0504], abs=0.01)


CURVE = emotion_curve(simple([("shop", 5), ("hotline", None)]))
BAD_CURVES: dict[str, tuple[dict[str, Any], type[CxmError], str, Any, str]] = {
    "no tally": ({"tally": 3}, InvalidTypeError, "tally", None, "be a Tally"),
    "other axes": (
        {"tally": CURVE.tally.pooled()},
        InvalidValueError,
        "tally",
        None,
        'tally must have the axis "touchpoint" alone and no weights; got Tally',
    ),
    "weights": (
        {
            "tally": Tally.count(
                [5], scale=STARS_1_5, by={"touchpoint": ["shop"]}, weights=[2]
            )
        },
        InvalidValueError,
        "tally",
        None,
        'tally must have the axis "touchpoint" alone and no weights; got',
    ),
    "another shape": (
        {"sum_places": [0.0]},
        InvalidValueError,
        "sum_places",
        None,
        "have the shape (4,)",
    ),
    "texts": (
        {"sum_places": ["a"] * 4},
        InvalidTypeError,
        "sum_places",
        None,
        "hold numbers",
    ),
    "before the beginning": (
        {"sum_places": [0, -0.1, 0, 0]},
        InvalidValueError,
        "sum_places",
        1,
        "sum_places[1] must lie between 0 and the number of events; got -0.1",
    ),
    "after the end": (
        {"sum_places": [0, 0, 1.1, 0]},
        InvalidValueError,
        "sum_places",
        2,
        "sum_places[2] must lie between 0 and the number of events; got 1.1",
    ),
    "no design": ({"design": 3}, InvalidTypeError, "design", None, "be a JourneyMap"),
}


@pytest.mark.parametrize("name", BAD_CURVES)
def test_impossible_curves_are_refused(name: str) -> None:
    changes, *rest = BAD_CURVES[name]
    error, argument, index, words = rest
    assert_refused(
        (lambda: attrs.evolve(CURVE, **changes), error, argument, index, words)
    )


def test_curves_of_other_designs_or_scales_do_not_add() -> None:
    with pytest.raises(InvalidValueError, match="other must be counted with design="):
        CURVE + attrs.evolve(CURVE, design=DESIGN)
    effort = emotion_curve(simple([("shop", 5)], scale=EFFORT_1_5))
    with pytest.raises(ScaleMismatchError, match="other must be a tally on"):
        CURVE + effort


# critical_incidents


@given(st.data())
def test_incidents_are_those_of_a_loop(data: st.DataObject) -> None:
    log = data.draw(logs())
    scale = scale_of(log)
    threshold = data.draw(st.sampled_from(scale.points.tolist()))
    found = critical_incidents(log, threshold=threshold)
    answers, incidents = dict.fromkeys(PLACES, 0), dict.fromkeys(PLACES, 0)
    answering: dict[str, set[int]] = {place: set() for place in PLACES}
    affected: dict[str, set[int]] = {place: set() for place in PLACES}
    for who, story in enumerate(stories(log)):
        for event in story:
            place, score = event["touchpoint"], event["score"]
            if score is None:
                continue
            answers[place] += 1
            answering[place].add(who)
            worse = score <= threshold if scale.higher_is_better else score >= threshold
            if worse:
                incidents[place] += 1
                affected[place].add(who)
    assert found.touchpoints == PLACES
    assert found.answers.tolist() == [*answers.values()]
    assert found.incidents.tolist() == [*incidents.values()]
    assert found.customers_answering.tolist() == [len(s) for s in answering.values()]
    assert found.customers_affected.tolist() == [len(s) for s in affected.values()]
    pairs = zip(incidents.values(), answers.values(), strict=True)
    rates = [few / many if many else math.nan for few, many in pairs]
    assert same(found.rates, rates)
    low, high = found.interval()
    for place, (few, many) in enumerate(
        zip(incidents.values(), answers.values(), strict=True)
    ):
        if many:
            ends = scipy.stats.binomtest(few, many).proportion_ci(method="wilson")
            assert same((low[place], high[place]), (ends.low, ends.high))
        else:
            assert np.isnan([low[place], high[place]]).all()


def test_one_customer_with_many_incidents_counts_once() -> None:
    log = simple([("shop", 1), ("shop", 2), ("hotline", 1)], [("shop", 5)])
    found = critical_incidents(log, threshold=2)
    ends = scipy.stats.binomtest(2, 3).proportion_ci(method="wilson")
    assert found.to_records()[1] == {
        "touchpoint": "shop",
        "answers": 3,
        "incidents": 2,
        "customers_answering": 2,
        "customers_affected": 1,
        "rate": pytest.approx(2 / 3),
        "low": pytest.approx(ends.low),
        "high": pytest.approx(ends.high),
    }
    assert found.summary() == (
        "75.0 % of 4 answers are 2 or worse on the 1-5 scale; the rate, by the lower"
        " end of its 95 % interval, is highest at shop (66.7 % of 3 answers, 1 customer"
        " affected)."
    )
    assert repr(found) == (
        "IncidentCounts 3 of 4 answers are 2 or worse on 1-5, at 2 of 4 touchpoints"
    )


def test_one_bad_answer_is_not_the_worst_of_many() -> None:
    log = simple(*[[("hotline", 1 if i % 2 else 5)] for i in range(20)], [("shop", 1)])
    said = critical_incidents(log, threshold=2).summary()
    assert said.endswith(
        "highest at hotline (50.0 % of 20 answers, 10 customers affected)."
    )
    alone = critical_incidents(log.take([20]), threshold=2).summary()
    assert alone.endswith("highest at shop (100.0 % of 1 answer, 1 customer affected).")


def test_labels_are_said_as_they_are() -> None:
    log = JourneyLog.from_columns(
        customer=[1], time=[0], touchpoint=["50% coupon"], score=[1], scale=STARS_1_5
    )
    found = critical_incidents(log, threshold=2)
    assert " at 50% coupon (100.0 % of 1 answer, 1 " in found.summary()
    assert str(found).splitlines()[1].startswith("50% coupon ")


def test_no_incident_in_words() -> None:
    assert critical_incidents(ONE, threshold=2).summary() == (
        "None of 1 answer is 2 or worse."
    )
    assert critical_incidents(SILENT, threshold=2).summary() == "Nobody answered."
    assert critical_incidents(EMPTY, threshold=2).answers.tolist() == [0] * 4


INCIDENTS = critical_incidents(simple([("shop", 1), ("shop", 1)]), threshold=2)
BAD_INCIDENTS: dict[str, tuple[dict[str, Any], type[CxmError], str, Any, str]] = {
    "no scale": ({"scale": 3}, InvalidTypeError, "scale", None, "be a Scale"),
    "no number": (
        {"threshold": "low"},
        InvalidTypeError,
        "threshold",
        None,
        "be a number",
    ),
    "off the scale": (
        {"threshold": 0},
        InvalidValueError,
        "threshold",
        None,
        "be on the 1-5 scale",
    ),
    "a label twice": (
        {"touchpoints": ["a", "a", "b", "c"]},
        InvalidValueError,
        "touchpoints",
        1,
        "not repeat",
    ),
    "another shape": (
        {"answers": [3]},
        InvalidValueError,
        "answers",
        None,
        "have the shape (4,)",
    ),
    "fractions": (
        {"answers": [0.5] * 4},
        InvalidTypeError,
        "answers",
        None,
        "hold whole numbers",
    ),
    "more incidents than answers": (
        {"incidents": [0, 3, 0, 0]},
        InvalidValueError,
        "incidents",
        1,
        "not be more than answers",
    ),
    "more customers than answers": (
        {"customers_answering": [1, 1, 0, 0]},
        InvalidValueError,
        "customers_answering",
        0,
        "not be more than answers",
    ),
    "more customers than incidents": (
        {"customers_affected": [0, 3, 0, 0]},
        InvalidValueError,
        "customers_affected",
        1,
        "not be more than incidents",
    ),
    "more affected than answering": (
        {"customers_affected": [0, 2, 0, 0]},
        InvalidValueError,
        "customers_affected",
        1,
        "not be more than customers_answering",
    ),
}


@pytest.mark.parametrize("name", BAD_INCIDENTS)
def test_impossible_incidents_are_refused(name: str) -> None:
    changes, *rest = BAD_INCIDENTS[name]
    error, argument, index, words = rest
    assert_refused(
        (lambda: attrs.evolve(INCIDENTS, **changes), error, argument, index, words)
    )


def test_incidents_counted_in_another_way_do_not_add() -> None:
    with pytest.raises(InvalidValueError, match="other must be counted with threshold"):
        INCIDENTS + attrs.evolve(INCIDENTS, threshold=1)
    with pytest.raises(ScaleMismatchError, match="other must be counted on"):
        INCIDENTS + attrs.evolve(INCIDENTS, scale=EFFORT_1_5)


# Laws of both states

State = EmotionCurve | IncidentCounts


def states_of(log: JourneyLog) -> list[State]:
    threshold = float(scale_of(log).points[1])
    return [
        emotion_curve(log),
        emotion_curve(log, design=DESIGN),
        critical_incidents(log, threshold=threshold),
    ]


def assert_same_state(one: State, two: State) -> None:
    """Compare all that is exact exactly, and sums of fractions to rounding."""
    if isinstance(one, EmotionCurve) and isinstance(two, EmotionCurve):
        assert one.tally == two.tally
        assert one.design == two.design
        assert same(one.sum_places, two.sum_places)
    else:
        assert one == two


@given(logs())
def test_states_of_parts_add_up_to_the_whole(log: JourneyLog) -> None:
    parts = [states_of(part) for part in log.partition(3)]
    for whole, *pieces in zip(states_of(log), *parts, strict=True):
        assert_same_state(sum(pieces), whole)


@given(st.data())
def test_the_order_of_rows_does_not_matter(data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from(SCALES))
    rows = data.draw(row_lists(scale, distinct=True))
    assume(rows)
    one, two = logged(rows, scale), logged(data.draw(st.permutations(rows)), scale)
    assert states_of(one) == states_of(two)
    assert np.array_equal(remembered(one), remembered(two), equal_nan=True)
    assert experience_by(one, *AXES) == experience_by(two, *AXES)
    forms: Any = ("icc-1", "icc-1k", "alpha")
    ours, theirs = ([agreement(log, form=form) for form in forms] for log in (one, two))
    assert np.array_equal(ours, theirs, equal_nan=True)


@given(logs())
def test_what_others_did_does_not_matter(log: JourneyLog) -> None:
    memories = dict(zip(log.customers.tolist(), remembered(log).tolist(), strict=True))
    for customer in log.customers.tolist():
        alone = remembered(log.take([customer]))
        assert np.array_equal(alone, [memories[customer]], equal_nan=True)


@given(logs())
def test_states_come_back_as_they_went(log: JourneyLog) -> None:
    for state in states_of(log):
        for copied in (pickle.loads(pickle.dumps(state)), copy.deepcopy(state)):  # noqa: S301
            assert copied == state
            for field in attrs.fields(type(state)):
                value = getattr(copied, field.name)
                assert not isinstance(value, np.ndarray) or not value.flags.writeable
        assert state + 0 is state
        assert state != 3
        columns = state.to_columns()
        rows = [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
        assert repr(rows) == repr(state.to_records())  # NaN is none of its equals
        assert len(str(state).splitlines()) == len(state.to_records()) + 1
        ET.fromstring(state._repr_html_())  # noqa: S314  our own markup
        assert isinstance(repr(state.to_dict()), str)


@pytest.mark.parametrize("state", [CURVE, INCIDENTS])
def test_states_add_to_nothing_else(state: Any) -> None:
    for other in (1, "state", None):
        with pytest.raises(TypeError):
            state + other
    with pytest.raises(TypeError):
        hash(state)


def test_states_differ_by_each_field() -> None:
    assert attrs.evolve(CURVE, sum_places=[0, 0, 0.5, 0]) != CURVE
    assert attrs.evolve(CURVE, design=DESIGN) != CURVE
    assert emotion_curve(SILENT) != CURVE
    assert attrs.evolve(INCIDENTS, threshold=1) != INCIDENTS
    assert attrs.evolve(INCIDENTS, customers_affected=[0, 0, 0, 0]) != INCIDENTS


def test_states_as_plain_values() -> None:
    assert CURVE.to_dict()["sum_places"] == [0.0, 0.0, 1.0, 0.0]
    assert CURVE.to_dict()["design"] is None
    assert emotion_curve(ONE, design=DESIGN).to_dict()["design"] == "nappies"
    plain = INCIDENTS.to_dict()
    assert plain["scale"] == attrs.asdict(STARS_1_5)
    assert plain["touchpoints"] == list(PLACES)
    assert plain["incidents"] == [0, 2, 0, 0]


def test_touchpoints_of_parts_are_united() -> None:
    web = JourneyLog.from_columns(
        customer=[1], time=[0], touchpoint=["web"], score=[1], scale=STARS_1_5
    )
    both = critical_incidents(web, threshold=2) + INCIDENTS
    assert both.touchpoints == ("web", *PLACES)
    assert both.incidents.tolist() == [1, 0, 2, 0, 0]
    curve = emotion_curve(web) + CURVE
    assert set(curve.touchpoints) == {"web", *PLACES}
    assert curve.n.sum() == 2


# agreement

SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
ONE_TO_TEN = Scale(1, 10, higher_is_better=True)


def rated(table: list[list[Any]], scale: Scale) -> JourneyLog:
    """Make a log of one row per customer and one column per touchpoint."""
    return simple(*[list(zip(PLACES, row, strict=False)) for row in table], scale=scale)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("icc-1", 0.165742),
        ("icc-a1", 0.289764),
        ("icc-c1", 0.714841),
        ("icc-1k", 0.442797),
        ("icc-ak", 0.620051),
        ("icc-ck", 0.909316),
    ],
)
def test_agreement_of_shrout_and_fleiss(form: Any, value: float) -> None:
    log = rated(SHROUT_FLEISS, ONE_TO_TEN)
    assert agreement(log, form=form) == pytest.approx(value, abs=5e-7)


@pytest.mark.reference
def test_agreement_of_krippendorff() -> None:
    table = [list(column) for column in zip(*KRIPPENDORFF, strict=True)]
    log = rated(table, STARS_1_5)
    assert agreement(log, form="alpha") == pytest.approx(0.849107, abs=5e-7)


def slow_one_way(groups: list[list[float]], form: str) -> float:
    n, size = len(groups), sum(map(len, groups))
    if n < 2 or size == n:
        return math.nan
    grand = fmean(each for group in groups for each in group)
    between = sum(len(g) * (fmean(g) - grand) ** 2 for g in groups) / (n - 1)
    within = sum((each - fmean(g)) ** 2 for g in groups for each in g) / (size - n)
    k0 = (size - sum(len(g) ** 2 for g in groups) / size) / (n - 1)
    one = between + (k0 - 1) * within
    if form == "icc-1":
        return (between - within) / one if one > 1e-12 else math.nan
    if between < 1e-12:
        return math.nan
    single = (between - within) / one
    return k0 * single / (1 + (k0 - 1) * single)  # Spearman and Brown


def slow_alpha(groups: list[list[float]]) -> float:
    groups = [group for group in groups if len(group) > 1]
    if len(groups) < 2:
        return math.nan
    every = [each for group in groups for each in group]
    observed = sum(
        (a - b) ** 2 / (len(group) - 1)
        for group in groups
        for a, b in permutations(group, 2)
    ) / len(every)
    expected = sum((a - b) ** 2 for a, b in permutations(every, 2))
    expected /= len(every) * (len(every) - 1)
    return 1 - observed / expected if expected > 1e-12 else math.nan


def slow_agreement(log: JourneyLog, form: str) -> float:
    """Take the mean answer of each customer at each touchpoint, one at a time."""
    groups = []
    for story in stories(log):
        cells: dict[str, list[float]] = {}
        for event in story:
            if event["score"] is not None:
                cells.setdefault(event["touchpoint"], []).append(event["score"])
        if cells:
            groups.append([fmean(answers) for answers in cells.values()])
    return slow_alpha(groups) if form == "alpha" else slow_one_way(groups, form)


ONE_WAY: Any = st.sampled_from(["icc-1", "icc-1k", "alpha"])


@given(logs(), ONE_WAY)
def test_agreement_of_any_number_of_answers(log: JourneyLog, form: Any) -> None:
    assert same(agreement(log, form=form), slow_agreement(log, form))


@st.composite
def repeated(draw: st.DrawFn) -> list[list[tuple[str, float]]]:
    """Draw customers with up to four answers at each of three touchpoints."""
    answers = st.lists(st.integers(1, 5), max_size=4)
    people = st.lists(st.tuples(*[answers] * 3), min_size=1, max_size=8)
    return [
        [(place, x) for place, own in zip(PLACES, each, strict=False) for x in own]
        for each in draw(people)
    ]


@given(repeated(), ONE_WAY, st.randoms(use_true_random=False))
def test_repeated_answers_at_a_touchpoint_count_as_their_mean(
    told: list[list[tuple[str, float]]], form: Any, random: Any
) -> None:
    log = simple(*told)
    found = agreement(log, form=form)
    assert same(found, slow_agreement(log, form))
    mixed = [random.sample(story, len(story)) for story in told]
    random.shuffle(mixed)
    assert same(agreement(simple(*mixed), form=form), found)
    silent: list[tuple[str, float | None]] = [("friend", None)]
    assert same(agreement(simple(*told, silent), form=form), found)
    twice = [[pair for pair in story for _ in range(2)] for story in told]
    assert same(agreement(simple(*twice), form=form), found)


@pytest.mark.parametrize("form", ["icc-1", "icc-1k", "alpha"])
def test_answers_at_one_touchpoint_are_no_agreement_between_two(form: Any) -> None:
    log = simple(*[[("shop", x), ("shop", x)] for x in (1, 3, 5)])
    assert math.isnan(agreement(log, form=form))
    log = simple(*[[("shop", x), ("shop", x)] for x in (1, 3, 5)], [("hotline", 2)])
    assert math.isnan(agreement(log, form=form))


@pytest.mark.parametrize("form", ["icc-1", "alpha"])
def test_many_alike_answers_do_not_hide_that_touchpoints_disagree(form: Any) -> None:
    mirrored = simple(
        *[[*[("shop", x)] * 6, ("hotline", 6 - x)] for x in (1, 2, 4, 5) * 5]
    )
    assert agreement(mirrored, form=form) < -0.9
    once = simple(*[[("shop", x), ("hotline", 6 - x)] for x in (1, 2, 4, 5) * 5])
    assert agreement(mirrored, form=form) == pytest.approx(agreement(once, form=form))


@pytest.mark.parametrize("form", ["icc-1", "icc-1k", "alpha"])
@pytest.mark.parametrize("answers", [(1, 1, 2), (2, 5, 5, 1, 4, 3, 1), (3,)])
def test_means_that_are_all_alike_have_no_spread(
    form: Any, answers: tuple[float, ...]
) -> None:
    story = [(place, x) for place in PLACES[:3] for x in answers]
    many = simple(*[story] * 7, story[: 2 * len(answers)], story[: len(answers)])
    assert math.isnan(agreement(many, form=form))


def test_customers_alike_on_the_whole_have_no_reliability() -> None:
    thirds, sevenths = [1, 1, 2], [2, 5, 5, 1, 4, 3, 1]
    one = [*[("shop", x) for x in thirds], *[("hotline", x) for x in sevenths]]
    two = [*[("hotline", x) for x in thirds], *[("shop", x) for x in sevenths]]
    log = simple(*[[*each, ("friend", 5)] for each in (one, two) * 9])
    assert math.isnan(agreement(log, form="icc-1k"))
    assert agreement(log) == pytest.approx(-0.5)


def test_agreement_of_more_answers_than_a_block_holds() -> None:
    rng = np.random.default_rng(7)
    size = 150_000
    log = JourneyLog.from_columns(
        customer=rng.integers(0, 30_000, size),
        time=np.arange(size),
        touchpoint=rng.integers(0, 3, size),
        touchpoints=PLACES,
        score=rng.integers(1, 6, size),
        scale=STARS_1_5,
    )
    answers: Any = log.score
    cells = np.repeat(np.arange(log.n_customers), np.diff(log.offsets)) * 3
    cells += log.touchpoint
    _, first, which = np.unique(cells, return_index=True, return_inverse=True)
    means = np.bincount(which, answers) / np.bincount(which)
    rows = cells[first] // 3
    edges = np.flatnonzero(np.diff(rows)) + 1
    groups = [each.tolist() for each in np.split(means, edges)]
    assert agreement(log) == pytest.approx(slow_one_way(groups, "icc-1"), abs=1e-9)


def slow_two_way(table: list[list[float]], form: str) -> float:
    x = np.array(table)
    n, k = x.shape
    if n < 2 or k < 2:
        return math.nan
    rows, columns = x.mean(axis=1), x.mean(axis=0)
    rest = x - rows[:, None] - columns + x.mean()
    msr = k * ((rows - x.mean()) ** 2).sum() / (n - 1)
    msc = n * ((columns - x.mean()) ** 2).sum() / (k - 1)
    mse = (rest**2).sum() / ((n - 1) * (k - 1))
    whole = {
        "icc-c1": msr + (k - 1) * mse,
        "icc-ck": msr,
        "icc-a1": msr + (k - 1) * mse + k / n * (msc - mse),
        "icc-ak": msr + (msc - mse) / n,
    }[form]
    return float((msr - mse) / whole) if abs(whole) > 1e-12 else math.nan


@given(st.data(), st.sampled_from(["icc-c1", "icc-ck", "icc-a1", "icc-ak"]))
def test_agreement_of_complete_tables(data: st.DataObject, form: Any) -> None:
    scale = data.draw(st.sampled_from(SCALES))
    k = data.draw(st.integers(1, 4))
    row = st.lists(st.sampled_from(scale.points.tolist()), min_size=k, max_size=k)
    table = data.draw(st.lists(row, min_size=1, max_size=6))
    assert same(agreement(rated(table, scale), form=form), slow_two_way(table, form))


@pytest.mark.parametrize("form", ["icc-1", "icc-1k", "icc-a1", "icc-ak", "alpha"])
def test_perfect_agreement(form: Any) -> None:
    table = [[5, 5, 5], [2, 2, 2], [3, 3, 3]]
    assert agreement(rated(table, STARS_1_5), form=form) == 1


@pytest.mark.parametrize(
    "form", ["icc-1", "icc-1k", "icc-a1", "icc-ak", "icc-c1", "icc-ck", "alpha"]
)
def test_answers_that_cannot_tell(form: Any) -> None:
    alike = rated([[3, 3], [3, 3]], STARS_1_5)
    alone = rated([[3, 4]], STARS_1_5)
    once = rated([[3], [4]], STARS_1_5)
    for log in (EMPTY, SILENT, alike, alone, once):
        assert math.isnan(agreement(log, form=form))


def test_where_everybody_differs_in_the_same_way_there_is_no_reliability() -> None:
    log = rated([[5, 1], [5, 1], [5, 1]], STARS_1_5)
    assert agreement(log) == pytest.approx(-1)
    assert math.isnan(agreement(log, form="icc-1k"))
    assert math.isnan(agreement(log, form="icc-ck"))


@given(st.data())
def test_agreement_does_not_hang_on_direction_or_labels(data: st.DataObject) -> None:
    rows = data.draw(row_lists(STARS_1_5))
    assume(rows)
    stars, effort = logged(rows), logged(rows, EFFORT_1_5)
    assert same(agreement(stars), agreement(effort))


def test_touchpoints_without_answers_are_no_raters() -> None:
    log = simple(
        [("shop", 5), ("hotline", 4), ("friend", None)],
        [("shop", 2), ("hotline", 2)],
        [("friend", None)],
    )
    table: list[list[float]] = [[5, 4], [2, 2]]
    assert agreement(log, form="icc-a1") == pytest.approx(slow_two_way(table, "icc-a1"))


# measured_share


@given(logs(), st.sets(st.sampled_from([*PLACES, "product", "checkout"]), min_size=1))
def test_the_measured_share_is_that_of_a_loop(log: JourneyLog, ids: set[str]) -> None:
    design = JourneyMap.parse(f"purchase: {', '.join(ids)}", id=1)
    answered = {
        event["touchpoint"]
        for story in stories(log)
        for event in story
        if event["score"] is not None
    }
    assert measured_share(log, design) == len(ids & answered) / len(ids)


def test_nothing_and_everything_measured() -> None:
    assert measured_share(EMPTY, DESIGN) == 0
    design = JourneyMap.parse("purchase: shop", id=1)
    assert measured_share(simple([("shop", 5), ("hotline", 4)]), design) == 1
    assert measured_share(simple([("shop", None)]), design) == 0


def test_the_same_mean_through_every_door() -> None:
    answers: list[float | None] = [5, 2, None, 4]
    log = simple([("shop", answer) for answer in answers])
    from_array = mean_score([5, 2, 4], scale=STARS_1_5).value
    from_columns = mean_score(experience_by(log)).value
    journey = journey_of(7, answers, STARS_1_5)
    from_object = fmean(score for _, score in journey.emotion_curve())
    assert from_array == from_columns
    assert emotion_curve(log).mean[0] == pytest.approx(from_object)
    assert STARS_1_5.to_unit(from_array) == pytest.approx((from_object + 1) / 2)


def test_all_axes_can_be_crossed() -> None:
    row = dict.fromkeys(("customer", "time"), 0) | {
        "touchpoint": "shop",
        "channel": "web",
        "dimension": "brand",
        "attribute": "dry",
        "score": 5,
    }
    log = logged([row])
    for size in range(5):
        for by in combinations(AXES, size):
            assert experience_by(log, *by).pooled() == experience_by(log)


def test_a_curve_says_where_it_felt_worst_and_where_best() -> None:
    log = JourneyLog.from_columns(
        customer=[1, 1, 2, 2],
        time=[0, 1, 0, 1],
        touchpoint=["shop", "hotline", "shop", "hotline"],
        score=[5, 2, 4, 1],
        scale=STARS_1_5,
    )
    curve = emotion_curve(log)
    assert curve.summary() == (
        "It felt worst at hotline (-0.75, 2 answers) and best at shop (+0.75, 2"
        " answers), from -1 to 1."
    )
    assert list(curve.to_dict()) == ["tally", "sum_places", "design"]
    assert curve.to_dict()["tally"] == curve.tally.to_dict()
