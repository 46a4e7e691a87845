"""What holds for every question to a log, whatever it asks."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmkit import (
    STARS_1_5,
    JourneyLog,
    JourneyMap,
    _events,
    consistency,
    paths,
    testing,
)

DESIGN = JourneyMap.parse("need: ad\nuse: shop > hotline", id=1)
USUAL = {"ad": 0.0, "shop": 0.5, "hotline": -0.5, "forum": 0.0}
PLACES = tuple(USUAL)

# Questions whose answers add over parts of the customers.
STATES: dict[str, Callable[[JourneyLog], Any]] = {
    "blind_spots": lambda log: consistency.blind_spots(
        log, DESIGN, customer=[1, 1, 3], start=[2, 8, 0], end=[4, None, 9]
    ),
    "critical_incidents": lambda log: paths.critical_incidents(log, threshold=2),
    "dwell": paths.dwell,
    "emotion_curve": lambda log: paths.emotion_curve(log, design=DESIGN),
    "experience_by": lambda log: paths.experience_by(log, "touchpoint"),
    "friction": lambda log: paths.friction(log, design=DESIGN),
    "funnel": lambda log: paths.funnel(log, ["ad", "shop"], window=20),
    "funnel in any order": lambda log: paths.funnel(log, ["ad", "shop"], order="any"),
    "journey_gap": lambda log: consistency.journey_gap(
        log, {1: 5, 2: 2, 3: None, 9: 1}
    ),
    "one_sided": lambda log: paths.one_sided(log, customer=[1, 2], start=[5, 9]),
    "planned_versus_actual": lambda log: paths.planned_versus_actual(
        log, DESIGN, usual=USUAL
    ),
    "sessions": lambda log: paths.sessions(log, gap=3),
    "transitions": lambda log: paths.transitions(log, observed_until=30, window=4),
    "variants": paths.variants,
}
# Those that give one value per customer or event, or one of all.
VALUES: dict[str, Callable[[JourneyLog], Any]] = {
    "agreement": paths.agreement,
    "conformance": lambda log: paths.conformance(log, DESIGN).cost,
    "measured_share": lambda log: paths.measured_share(log, DESIGN),
    "remembered": paths.remembered,
    "standing": lambda log: paths.standing(
        log, customer=[1, 1, 3], start=[2, 8, 0], end=[4, None, 9]
    )[0],
}
QUESTIONS = STATES | VALUES


@st.composite
def logs(draw: st.DrawFn) -> JourneyLog:
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(1, 6),
                st.integers(0, 40),
                st.sampled_from(PLACES),
                st.sampled_from([None, 1, 2, 3, 4, 5]),
                st.booleans(),
            ),
            min_size=1,
            max_size=40,
        )
    )
    customer, time, touchpoint, score, two_sided = zip(*rows, strict=True)
    return JourneyLog.from_columns(
        customer=customer,
        time=time,
        touchpoint=np.array(touchpoint, object),
        touchpoints=PLACES,
        channel=[place[:1] for place in touchpoint],
        two_sided=two_sided,
        score=score,
        scale=STARS_1_5,
        time_unit="h",
    )


def close(ours: Any, theirs: Any) -> bool:
    """Tell whether two results are equal, float sums to rounding."""
    if not attrs.has(type(ours)):
        return bool(np.allclose(ours, theirs, rtol=0, atol=1e-12, equal_nan=True))
    for field in attrs.fields(type(ours)):
        one, two = getattr(ours, field.name), getattr(theirs, field.name)
        if isinstance(one, np.ndarray) or attrs.has(type(one)):
            if not close(one, two):
                return False
        elif one != two:
            return False
    return True


@pytest.mark.parametrize("question", QUESTIONS)
@settings(max_examples=20)
@given(log=logs(), size=st.integers(1, 5))
def test_the_size_of_blocks_changes_nothing(
    question: str, log: JourneyLog, size: int
) -> None:
    ask = QUESTIONS[question]
    whole = ask(log)
    with patch.object(_events, "_BLOCK", size):
        assert close(ask(log), whole)


@pytest.mark.parametrize("question", STATES)
@settings(max_examples=20)
@given(log=logs())
def test_parts_of_the_customers_add_up(question: str, log: JourneyLog) -> None:
    ask = STATES[question]
    assert close(sum(map(ask, log.partition(3))), ask(log))


@pytest.mark.parametrize("question", STATES)
@settings(max_examples=5)
@given(log=logs())
def test_the_unit_of_time_is_kept(question: str, log: JourneyLog) -> None:
    state = STATES[question](log)
    if hasattr(state, "time_unit"):
        assert state.time_unit == (state + state).time_unit == "h"


# A journey gap knows customers only.
NAMED = [q for q in STATES if "any order" not in q and q != "journey_gap"]


@pytest.mark.parametrize("question", NAMED)
def test_every_touchpoint_is_named_in_tables_and_drawings(question: str) -> None:
    log = JourneyLog.from_columns(
        customer=[1, 1, 2],
        time=[0, 1, 2],
        touchpoint=["ad", "shop", "ad"],
        two_sided=[True, False, True],
        score=[5, 1, 3],
        scale=STARS_1_5,
    )
    result = STATES[question](log)
    if question == "experience_by":
        result = result.by("touchpoint")
    for shown in (str(result), result._repr_html_()):
        if question == "experience_by" and "\n" not in shown and "<" not in shown:
            continue  # a tally is printed in one line
        assert "ad" in shown
        assert "shop" in shown


@given(log=testing.journey_logs())
def test_any_log_has_transitions_and_variants(log: JourneyLog) -> None:
    ways, every = paths.transitions(log), paths.variants(log)
    assert ways.customers == every.customers == log.n_customers
    assert ways.visits.sum() == every.counts @ every.lengths == len(log)
