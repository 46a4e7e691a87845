"""What is measured and what lies outside a relationship is what a loop would find."""

import copy
import math
import pickle
import xml.etree.ElementTree as ET
from collections.abc import Callable, Hashable, Iterable
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import STARS_1_5, JourneyLog, JourneyMap, Standing, _events
from cxmkit.blindness import BlindSpots, blind_spots
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.paths import measured_share, standing

PLACES = ("poster", "shop", "hotline", "forum", "friend")
DESIGN = JourneyMap.parse("need: poster\nuse: shop > hotline > app", id="nappies")
DESIGNED = ("poster", "shop", "hotline", "app")
STANDINGS = ("not-yet", "current", "former")

Event = tuple[int, int, str, float | None]
Span = tuple[int, int, int | None]

events = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(-3, 15),
        st.sampled_from(PLACES),
        st.sampled_from([None, None, 1.0, 3.0, 5.0]),
    ),
    max_size=30,
)
spans = st.lists(
    st.builds(
        lambda who, start, length: (who, start, length and start + length),
        st.integers(-1, 6),
        st.integers(-4, 16),
        st.none() | st.integers(1, 8),
    ),
    max_size=10,
)


def logged(rows: Iterable[Event], **fields: Any) -> JourneyLog:
    rows = list(rows)
    given_here: dict[str, Any] = {
        "customer": np.array([row[0] for row in rows], np.int64),
        "time": np.array([row[1] for row in rows], np.int64),
        "touchpoint": [PLACES.index(row[2]) for row in rows],
        "touchpoints": PLACES,
        "score": [row[3] for row in rows],
        "scale": STARS_1_5,
    }
    return JourneyLog.from_columns(**(given_here | fields))


def episodes(told: Iterable[Span]) -> dict[str, list[Any]]:
    told = list(told)
    return {
        "customer": [who for who, _, _ in told],
        "start": [start for _, start, _ in told],
        "end": [end for _, _, end in told],
    }


# A second opinion: loops over rows, without numpy


def slow_standing(event: Event, told: list[Span]) -> str:
    own = [span for span in told if span[0] == event[0] and span[1] <= event[1]]
    if not own:
        return "not-yet"
    running = any(end is None or event[1] < end for _, _, end in own)
    return "current" if running else "former"


def slow_spots(rows: list[Event], told: list[Span]) -> dict[str, Any]:
    counts: dict[tuple[Hashable, str], list[int]] = {
        (place, standing_): [0, 0]
        for place in (*DESIGNED, None)
        for standing_ in STANDINGS
    }
    for event in rows:
        place = event[2] if event[2] in DESIGNED else None
        cell = counts[place, slow_standing(event, told)]
        cell[0] += 1
        cell[1] += event[3] is not None
    answered = {event[2] for event in rows if event[3] is not None}
    outside = [event for event in rows if slow_standing(event, told) != "current"]
    heard = [event for event in rows if event[3] is not None]
    return {
        "counts": counts,
        "measured_share": sum(place in answered for place in DESIGNED) / len(DESIGNED),
        "unmeasured": tuple(place for place in DESIGNED if place not in answered),
        "answered_share": ratio(len(heard), len(rows)),
        "undesigned_share": ratio(
            sum(event[2] not in DESIGNED for event in rows), len(rows)
        ),
        "blind_share": ratio(len(outside), len(rows)),
        "heard_outside": ratio(
            sum(event[3] is not None for event in outside), len(heard)
        ),
    }


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


@given(events, spans)
def test_spots_are_what_a_loop_finds(rows: list[Event], told: list[Span]) -> None:
    spots = blind_spots(logged(rows), DESIGN, **episodes(told))
    slow = slow_spots(rows, told)
    for record in spots.to_records():
        cell = slow["counts"][record["touchpoint"], record["standing"]]
        assert [record["events"], record["answers"]] == cell
    assert spots.touchpoints == DESIGNED
    assert spots.unmeasured == slow["unmeasured"]
    for name in (
        "measured_share",
        "answered_share",
        "undesigned_share",
        "blind_share",
        "heard_outside",
    ):
        assert getattr(spots, name) == pytest.approx(slow[name], nan_ok=True), name


@given(events, spans)
def test_it_joins_two_questions_that_have_answers_of_their_own(
    rows: list[Event], told: list[Span]
) -> None:
    log = logged(rows)
    spots = blind_spots(log, DESIGN, **episodes(told))
    codes, labels = standing(log, **episodes(told))
    assert labels == STANDINGS == tuple(each.value for each in Standing)
    assert spots.measured_share == measured_share(log, DESIGN)
    assert spots.events_by_standing.tolist() == np.bincount(codes, minlength=3).tolist()
    answered = log.where(~np.isnan(np.asarray(log.score)))
    heard, _ = standing(answered, **episodes(told))
    assert (
        spots.answers_by_standing.tolist() == np.bincount(heard, minlength=3).tolist()
    )


@given(events, spans, st.integers(1, 5))
def test_the_size_of_blocks_changes_nothing(
    rows: list[Event], told: list[Span], size: int
) -> None:
    log = logged(rows)
    whole = blind_spots(log, DESIGN, **episodes(told))
    with patch.object(_events, "_BLOCK", size):
        assert blind_spots(log, DESIGN, **episodes(told)) == whole


@given(events, spans, st.integers(1, 4))
def test_parts_of_the_customers_add_up(
    rows: list[Event], told: list[Span], parts: int
) -> None:
    log, columns = logged(rows), episodes(told)
    each = [blind_spots(part, DESIGN, **columns) for part in log.partition(parts)]
    assert sum(each) == blind_spots(log, DESIGN, **columns)


@given(events, spans, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_episodes_does_not_matter(
    rows: list[Event], told: list[Span], random: Any
) -> None:
    mixed = blind_spots(
        logged(random.sample(rows, len(rows))),
        DESIGN,
        **episodes(random.sample(told, len(told))),
    )
    assert mixed == blind_spots(logged(rows), DESIGN, **episodes(told))


@given(events, spans)
def test_a_vocabulary_without_events_changes_nothing(
    rows: list[Event], told: list[Span]
) -> None:
    labels = np.array([row[2] for row in rows], object)
    plain = logged(rows, touchpoint=labels, touchpoints=None)
    ours = blind_spots(plain, DESIGN, **episodes(told))
    assert ours == blind_spots(logged(rows), DESIGN, **episodes(told))


def test_more_events_than_a_block_holds() -> None:
    rng = np.random.default_rng(5)
    size = 200_000
    score = rng.integers(1, 6, size).astype(np.float64)
    score[rng.random(size) < 0.6] = np.nan
    log = JourneyLog.from_columns(
        customer=rng.integers(0, 20_000, size),
        time=rng.integers(0, 1_000, size),
        touchpoint=rng.integers(0, len(PLACES), size),
        touchpoints=PLACES,
        score=score,
        scale=STARS_1_5,
    )
    starts = rng.integers(0, 500, 15_000)
    columns = {"customer": np.arange(15_000), "start": starts, "end": starts + 300}
    spots = blind_spots(log, DESIGN, **columns)
    codes, _ = standing(log, **columns)
    slow = np.zeros((len(PLACES), 3, 2), np.int64)
    told = ~np.isnan(np.asarray(log.score))
    np.add.at(slow, (log.touchpoint, codes, told.astype(int)), 1)
    assert (spots.events[:3] == slow[:3].sum(axis=-1)).all()
    assert (spots.answers[:3] == slow[:3, :, 1]).all()
    assert not spots.events[3].any()
    assert (spots.undesigned_events == slow[3:].sum(axis=(0, 2))).all()
    assert (spots.undesigned_answers == slow[3:, :, 1].sum(axis=0)).all()


# Named cases

STORY: list[Event] = [
    (7, 0, "poster", None),
    (7, 10, "shop", 4),
    (7, 20, "hotline", 5),
    (8, 10, "poster", None),
    (8, 12, "forum", 2),
]
SPOTS = blind_spots(logged(STORY), DESIGN, customer=[7], start=[5], end=[15])


def test_a_story() -> None:
    assert SPOTS.events.tolist() == [[2, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert SPOTS.answers.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert SPOTS.undesigned_events.tolist() == [1, 0, 0]
    assert SPOTS.undesigned_answers.tolist() == [1, 0, 0]
    assert SPOTS.measured_share == 0.5
    assert SPOTS.unmeasured == ("poster", "app")
    assert (SPOTS.answered_share, SPOTS.undesigned_share) == (0.6, 0.2)
    assert SPOTS.blind_share == 0.8
    assert SPOTS.heard_outside == pytest.approx(2 / 3)


def test_a_story_in_words() -> None:
    assert repr(SPOTS) == (
        "BlindSpots 2 of 4 touchpoints measured, 4 of 5 events outside a relationship"
    )
    assert SPOTS.summary() == (
        "Answers were given at 60.0 % of the events, and at 2 of 4 designed "
        "touchpoints (50.0 %), none from poster, app; 80.0 % of 5 events, but 66.7 % "
        "of 3 answers, came from outside a relationship, where a CRM does not look; "
        "20.0 % of the events took place where nothing was designed."
    )
    assert [" ".join(line.split()) for line in str(SPOTS).splitlines()] == [
        "touchpoint not-yet answered current answered former answered",
        "all 3 33.3 % 1 100.0 % 1 100.0 %",
        "(not in the design) 1 100.0 % 0 0",
        "poster 2 0.0 % 0 0",
        "shop 0 1 100.0 % 0",
        "hotline 0 0 1 100.0 %",
        "app 0 0 0",
        "no answers from poster, app",
    ]


def test_everything_is_measured_and_known() -> None:
    design = JourneyMap.parse("use: shop > hotline", id=1)
    log = logged([(7, 0, "shop", 4), (7, 1, "hotline", 5)])
    spots = blind_spots(log, design, customer=[7], start=[0], end=[None])
    assert (spots.measured_share, spots.unmeasured) == (1, ())
    assert (spots.blind_share, spots.heard_outside, spots.undesigned_share) == (0, 0, 0)
    assert spots.summary() == (
        "Answers were given at 100.0 % of the events, and at 2 of 2 designed "
        "touchpoints (100.0 %); 0.0 % of 2 events, and 0.0 % of 2 answers, came from "
        "outside a relationship, where a CRM does not look."
    )
    assert str(spots).splitlines()[-1].startswith("hotline")
    assert "design" not in str(spots)


def test_nothing_is_measured() -> None:
    log = logged([(7, 0, "poster", None)])
    spots = blind_spots(log, DESIGN, customer=[], start=[], end=[])
    assert (spots.measured_share, spots.answered_share, spots.blind_share) == (0, 0, 1)
    assert math.isnan(spots.heard_outside)
    assert spots.summary() == (
        "Answers were given at 0.0 % of the events, and at 0 of 4 designed "
        "touchpoints (0.0 %); 100.0 % of 1 event came from outside a relationship, "
        "where a CRM does not look."
    )
    assert str(spots).splitlines()[-1] == ("no answers from poster, shop, hotline, app")


def test_nothing_was_observed() -> None:
    bare: dict[str, Any] = {"touchpoint": [], "touchpoints": None}
    for fields in ({}, bare):
        log = logged([], **fields)
        spots = blind_spots(log, DESIGN, customer=[7], start=[0], end=[None])
        assert spots.measured_share == 0
        assert math.isnan(spots.answered_share)
        assert math.isnan(spots.undesigned_share)
        assert math.isnan(spots.blind_share)
        assert math.isnan(spots.heard_outside)
        assert spots.summary() == "Nothing was observed."
        assert repr(spots) == (
            "BlindSpots 0 of 4 touchpoints measured, 0 of 0 events outside a"
            " relationship"
        )


def test_a_touchpoint_is_met_but_all_answers_are_from_elsewhere() -> None:
    log = logged([(7, 0, "shop", None), (7, 1, "forum", 3)])
    spots = blind_spots(log, DESIGN, customer=[7], start=[1], end=[None])
    assert spots.measured_share == 0
    assert (spots.blind_share, spots.heard_outside) == (0.5, 0)
    assert "(0.0 %); 50.0 % of 2 events, but 0.0 % of 1 answer," in spots.summary()


def test_only_what_nobody_designed_was_observed() -> None:
    log = logged([(7, 0, "forum", None)])
    spots = blind_spots(log, DESIGN, customer=[7], start=[0], end=[None])
    assert (spots.undesigned_share, spots.blind_share) == (1, 0)
    assert spots.summary().endswith(
        "; 100.0 % of the events took place where nothing was designed."
    )


@pytest.mark.parametrize(
    ("designed", "words"),
    [
        ("a, b, c, d, e", "a, b, c, d, e"),
        ("a, b, c, d, e, f", "a, b, c, d, e and 1 other"),
    ],
)
def test_what_is_not_measured_is_listed(designed: str, words: str) -> None:
    design = JourneyMap.parse(f"use: {designed}", id=1)
    spots = blind_spots(logged([]), design, customer=[], start=[], end=[])
    assert str(spots).splitlines()[-1] == f"no answers from {words}"


def test_many_touchpoints_are_not_all_listed() -> None:
    many = BlindSpots(
        touchpoints=range(70),
        events=[[1, 0, 0]] * 70,
        answers=[[0, 0, 0]] * 69 + [[1, 0, 0]],
        undesigned_events=[0, 0, 0],
        undesigned_answers=[0, 0, 0],
    )
    assert many.unmeasured == tuple(range(69))
    assert "none from 0, 1, 2, 3, 4 and 64 others;" in many.summary()
    lines = str(many).splitlines()
    assert lines[1].split()[:2] == ["all", "70"]
    assert lines[-2:] == [
        "... and 11 more",
        "no answers from 0, 1, 2, 3, 4 and 64 others",
    ]
    markup = many._repr_html_()
    assert "no answers from 0, 1, 2, 3, 4 and 64 others" in markup
    ET.fromstring(markup)  # noqa: S314  our own markup


# States


def test_states_come_back_as_they_went() -> None:
    for copied in (pickle.loads(pickle.dumps(SPOTS)), copy.deepcopy(SPOTS)):  # noqa: S301
        assert copied == SPOTS
        for name in ("events", "answers", "undesigned_events", "undesigned_answers"):
            assert not getattr(copied, name).flags.writeable
    with pytest.raises(TypeError):
        hash(SPOTS)


def test_states_as_plain_values() -> None:
    records = SPOTS.to_records()
    assert len(records) == 15
    assert records[0] == {
        "touchpoint": "poster",
        "standing": "not-yet",
        "events": 2,
        "answers": 0,
    }
    assert records[-3] == {
        "touchpoint": None,
        "standing": "not-yet",
        "events": 1,
        "answers": 1,
    }
    columns = SPOTS.to_columns()
    assert list(columns) == ["touchpoint", "standing", "events", "answers"]
    assert columns["events"] == [record["events"] for record in records]
    assert SPOTS.to_dict() == {
        "touchpoints": ["poster", "shop", "hotline", "app"],
        "events": [[2, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]],
        "answers": [[0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]],
        "undesigned_events": [1, 0, 0],
        "undesigned_answers": [1, 0, 0],
    }
    assert BlindSpots(**SPOTS.to_dict()) == SPOTS


def test_states_add() -> None:
    assert SPOTS + 0 is SPOTS
    assert sum([SPOTS]) is SPOTS
    twice = SPOTS + SPOTS
    assert twice.events.tolist() == (2 * SPOTS.events).tolist()
    assert twice.undesigned_answers.tolist() == [2, 0, 0]
    assert twice.blind_share == SPOTS.blind_share
    for nothing in (1, "spots", None):
        with pytest.raises(TypeError):
            SPOTS + nothing


@pytest.mark.parametrize(
    "changes",
    [
        {"touchpoints": ["poster", "shop", "hotline", "web"]},
        {"events": [[3, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]},
        {"answers": [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]},
        {"undesigned_events": [2, 0, 0]},
        {"undesigned_answers": [0, 0, 0]},
    ],
)
def test_states_differ_by_each_field(changes: dict[str, Any]) -> None:
    assert attrs.evolve(SPOTS, **changes) != SPOTS
    assert SPOTS != 3


# Refusals

Refusal = tuple[Callable[[], Any], type[CxmError], str, Any, str]
NONE: dict[str, Any] = {"customer": [], "start": [], "end": []}
UNSCORED = JourneyLog.from_columns(customer=[7], time=[0], touchpoint=["shop"])
EMPTY_DESIGN = JourneyMap[str](id="nothing", stages=DESIGN.stages, touchpoints=())


def changed(**changes: Any) -> Callable[[], BlindSpots]:
    return lambda: attrs.evolve(SPOTS, **changes)


REFUSALS: dict[str, Refusal] = {
    "no log": (
        lambda: blind_spots(3, DESIGN, **NONE),  # type: ignore[arg-type]
        InvalidTypeError,
        "log",
        None,
        "log must be a JourneyLog; got 3; make one with JourneyLog.from_columns(...)",
    ),
    "no design": (
        lambda: blind_spots(logged(STORY), "a > b", **NONE),  # type: ignore[arg-type]
        InvalidTypeError,
        "design",
        None,
        (
            "design must be a JourneyMap; got 'a > b'; make one with"
            " JourneyMap.parse(text, id=...)"
        ),
    ),
    "a design without touchpoints": (
        lambda: blind_spots(logged(STORY), EMPTY_DESIGN, **NONE),
        InvalidValueError,
        "design",
        None,
        "design must have touchpoints; got 'nothing'",
    ),
    "a log without answers": (
        lambda: blind_spots(UNSCORED, DESIGN, **NONE),
        InvalidValueError,
        "log",
        None,
        (
            "log must hold answers; got JourneyLog 1 event, 1 customer, 1 touchpoint;"
            " pass score= and scale= to JourneyLog.from_columns"
        ),
    ),
    "an end before its start": (
        lambda: blind_spots(logged(STORY), DESIGN, customer=[7], start=[5], end=[4]),
        InvalidValueError,
        "end",
        0,
        (
            "end[0] must lie after start (5); got 4; an episode lasts until just before"
            " its end"
        ),
    ),
    "ids of another type": (
        lambda: blind_spots(
            logged(STORY), DESIGN, customer=["7"], start=[5], end=[None]
        ),
        InvalidValueError,
        "customer",
        0,
        (
            "customer[0] must be an id as those of the log are, such as 7; got '7'; ids"
            " are compared by value and type: 7 is not '7'"
        ),
    ),
    "a start is missing": (
        lambda: blind_spots(
            logged(STORY), DESIGN, customer=[7], start=[None], end=[None]
        ),
        MissingValueError,
        "start",
        0,
        "start[0] is missing; leave these rows out",
    ),
    "state: no touchpoints": (
        changed(touchpoints=[], events=[], answers=[]),
        InvalidValueError,
        "touchpoints",
        None,
        "touchpoints must hold at least one; got ()",
    ),
    "state: a touchpoint twice": (
        changed(touchpoints=["a", "b", "c", "a"]),
        InvalidValueError,
        "touchpoints",
        3,
        "touchpoints[3] must not repeat the label of touchpoints[0]; got 'a'",
    ),
    "state: a touchpoint is missing": (
        changed(touchpoints=["a", "b", None, "d"]),
        MissingValueError,
        "touchpoints",
        2,
        "touchpoints[2] is missing",
    ),
    "state: events of another shape": (
        changed(events=[[1, 2, 3]]),
        InvalidValueError,
        "events",
        None,
        "events must have the shape (4, 3); got (1, 3)",
    ),
    "state: answers of another shape": (
        changed(answers=[1, 2, 3]),
        InvalidValueError,
        "answers",
        None,
        "answers must have the shape (4, 3); got (3,)",
    ),
    "state: a standing too few": (
        changed(undesigned_events=[1, 2]),
        InvalidValueError,
        "undesigned_events",
        None,
        "undesigned_events must have the shape (3,); got (2,)",
    ),
    "state: halves": (
        changed(undesigned_events=[1.5, 0, 0]),
        InvalidTypeError,
        "undesigned_events",
        None,
        "undesigned_events must hold whole numbers; got dtype('float64')",
    ),
    "state: fewer than none": (
        changed(undesigned_answers=[0, -1, 0]),
        InvalidValueError,
        "undesigned_answers",
        1,
        "undesigned_answers[1] must not be negative; got -1",
    ),
    "state: more answers than events": (
        changed(answers=[[0, 0, 0], [0, 1, 0], [0, 0, 2], [0, 0, 0]]),
        InvalidValueError,
        "answers",
        (2, 2),
        "answers[2, 2] must not be more than events; got 2",
    ),
    "state: more undesigned answers than events": (
        changed(undesigned_answers=[1, 1, 0]),
        InvalidValueError,
        "undesigned_answers",
        1,
        "undesigned_answers[1] must not be more than undesigned_events; got 1",
    ),
    "another design": (
        lambda: SPOTS + attrs.evolve(SPOTS, touchpoints=["a", "b", "c", "d"]),
        InvalidValueError,
        "other",
        None,
        (
            "other must have the touchpoints 'poster', 'shop', 'hotline', 'app'; got"
            " ('a', 'b', 'c', 'd'); pass the same design to blind_spots for all parts"
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_say_what_is_wrong_and_where(name: str) -> None:
    call, error, argument, index, message = REFUSALS[name]
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
    assert (caught.value.argument, caught.value.index) == (argument, index)
