"""Arrays, objects and columns are three doors to one core."""

from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import (
    EFFORT_1_5,
    SATISFACTION_1_7,
    STARS_1_5,
    Encounter,
    Experience,
    ExperienceDimension,
    Journey,
    Perception,
    Ref,
    Scale,
    Tally,
    mean_score,
    net_score,
)
from cxmkit.metrics import MeanScore

GUEST, HOTEL = Ref("stakeholder", 42), Ref("brand", "hotel")
START = datetime(2026, 5, 1, tzinfo=UTC)

scales = st.sampled_from([EFFORT_1_5, SATISFACTION_1_7, STARS_1_5])


def journey_of(answers: list[int], scale: Scale) -> Journey[int]:
    """Tell the answers as one stay, a perception a day."""
    steps = [
        Experience(
            encounter=Encounter.two_sided(
                id=day,
                party=GUEST,
                touchpoint="room",
                at=START + timedelta(days=day),
                counterpart=HOTEL,
            ),
            perceptions=[
                Perception.from_answer(
                    answer, scale=scale, dimension=ExperienceDimension.TRANSACTION
                )
            ],
        )
        for day, answer in enumerate(answers)
    ]
    return Journey.of(GUEST, "a good night", steps)


@given(st.data())
def test_the_same_mean_through_every_door(data: st.DataObject) -> None:
    scale = data.draw(scales)
    points = st.integers(int(scale.low), int(scale.high))
    answers = data.draw(st.lists(points, min_size=1, max_size=20))
    ease = MeanScore(name="Goodness", rescaled=True)

    from_array = ease(answers, scale=scale).value
    from_columns = ease(Tally.count(answers, scale=scale)).value
    scores = [score for _, score in journey_of(answers, scale).emotion_curve()]
    from_objects = 50 * (fmean(scores) + 1)

    assert from_array == pytest.approx(from_columns, abs=1e-12)
    assert from_array == pytest.approx(from_objects, abs=1e-9)
    if scale.higher_is_better:
        plain = mean_score(answers, scale=scale).value
        assert scale.to_unit(plain) == pytest.approx(from_objects / 100, abs=1e-9)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20))
def test_the_same_net_score_from_answers_and_from_what_was_felt(
    answers: list[int],
) -> None:
    net = net_score(answers, scale=STARS_1_5, positive=[5], negative=[1, 2, 3])
    scores = [score for _, score in journey_of(answers, STARS_1_5).emotion_curve()]
    delighted = sum(score == 1 for score in scores)
    unmoved = sum(score <= 0 for score in scores)
    felt = 100 * (delighted - unmoved) / len(scores)
    assert net.value == pytest.approx(felt)
