"""Where, and in which order? Stages, touchpoints, and journeys as they were."""

import copy
import itertools
import pickle
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit.journey
from cxmkit.customer import Ref
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.experience import (
    Encounter,
    Experience,
    ExperienceDimension,
    Perception,
)
from cxmkit.journey import (
    DEFAULT_STAGES,
    Journey,
    Medium,
    Owner,
    Phase,
    Stage,
    Touchpoint,
)

BRAND = ExperienceDimension.BRAND
RELATIONSHIP = ExperienceDimension.RELATIONSHIP
TRANSACTION = ExperienceDimension.TRANSACTION
MOTHER, NAPPIES = Ref("stakeholder", 7), Ref("brand", "nappies")
CLUB = Ref("relationship", 1)
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
USE = Stage("use", Phase.POST_PURCHASE)

Felt = tuple[ExperienceDimension, float, float]  # dimension, valence, intensity


def step(
    day: float, *felt: Felt, party: Ref[int] = MOTHER, touchpoint: str = "shop"
) -> Experience[int]:
    encounter = Encounter.two_sided(
        id=(touchpoint, day),
        party=party,
        touchpoint=touchpoint,
        at=FIRST_DAY + timedelta(days=day),
        counterpart=NAPPIES,
        relationship=CLUB,
    )
    return Experience(
        encounter=encounter,
        perceptions=[
            Perception(
                dimension=dimension,
                valence=valence,
                intensity=intensity,
                attribute=str(i),
            )
            for i, (dimension, valence, intensity) in enumerate(felt)
        ],
    )


def journey(*valences: float) -> Journey[int]:
    steps = [step(day, (BRAND, v, 1.0)) for day, v in enumerate(valences)]
    return Journey.of(MOTHER, "dry nights", steps)


def touchpoint(**fields: Any) -> Touchpoint[str]:
    given: dict[str, Any] = {"id": "shop", "name": "Shop", "stage": USE}
    return Touchpoint(**(given | fields))


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


valences = st.floats(-1, 1)
intensities = st.just(0.0) | st.floats(1e-6, 1)
felts = st.tuples(st.sampled_from(ExperienceDimension), valences, intensities)
stories = st.lists(st.lists(felts, max_size=4), max_size=8)
dimensions = st.none() | st.sampled_from(ExperienceDimension)


def told(story: Sequence[Sequence[Felt]]) -> Journey[int]:
    steps = [step(day, *felt) for day, felt in enumerate(story)]
    return Journey(party=MOTHER, goal="dry nights", steps=steps)


def scores_by_hand(
    story: Sequence[Sequence[Felt]], dimension: ExperienceDimension | None
) -> dict[int, float]:
    """Score each step as the docstring says, with nothing from the library."""
    scores = {}
    for day, felt in enumerate(story):
        above = below = 0.0
        for about, valence, intensity in felt:
            if dimension is None or about is dimension:
                above += valence * intensity
                below += intensity
        if below > 0:
            scores[day] = above / below
    return scores


def test_the_module_exports_what_the_contract_names() -> None:
    assert cxmkit.journey.__all__ == [
        "DEFAULT_STAGES",
        "Journey",
        "Medium",
        "Owner",
        "Phase",
        "Stage",
        "Touchpoint",
    ]


class TestStagesAndPhases:
    def test_the_values_of_the_enums_never_change(self) -> None:
        assert {e.__name__: {m.name: m.value for m in e} for e in (Phase, Owner)} == {
            "Phase": {
                "PRE_PURCHASE": "pre-purchase",
                "PURCHASE": "purchase",
                "POST_PURCHASE": "post-purchase",
            },
            "Owner": {
                "BRAND": "brand",
                "PARTNER": "partner",
                "CUSTOMER": "customer",
                "SOCIAL": "social",
            },
        }
        assert {medium.name: medium.value for medium in Medium} == {
            "HUMAN": "human",
            "DIGITAL": "digital",
            "PRODUCT": "product",
            "COMMUNICATION": "communication",
            "ENVIRONMENT": "environment",
            "PEER": "peer",
        }

    def test_phases_are_ordered_by_position(self) -> None:
        order = [Phase.PRE_PURCHASE, Phase.PURCHASE, Phase.POST_PURCHASE]
        assert sorted([order[2], order[0], order[1]]) == order
        for (i, one), (j, other) in itertools.product(enumerate(order), repeat=2):
            assert (one < other, one <= other) == (i < j, i <= j)
            assert (one > other, one >= other) == (i > j, i >= j)

    def test_a_phase_has_no_order_with_anything_else(self) -> None:
        with pytest.raises(TypeError, match="'<' not supported"):
            Phase.PURCHASE < "use"  # noqa: B015

    def test_owners_and_media_have_no_order(self) -> None:
        for one, other in ((Owner.BRAND, Owner.SOCIAL), (Medium.HUMAN, Medium.PEER)):
            with pytest.raises(TypeError, match="'<' not supported"):
                one < other  # type: ignore[operator]  # noqa: B015

    def test_the_default_stages_lead_from_need_to_farewell(self) -> None:
        pre, post = Phase.PRE_PURCHASE, Phase.POST_PURCHASE
        assert [(stage.name, stage.phase) for stage in DEFAULT_STAGES] == [
            ("need", pre),
            ("research", pre),
            ("consideration", pre),
            ("purchase", Phase.PURCHASE),
            ("onboarding", post),
            ("use", post),
            ("support", post),
            ("advocacy", post),
            ("farewell", post),
        ]

    def test_a_stage_is_a_value(self) -> None:
        assert Stage("use", Phase.POST_PURCHASE) in set(DEFAULT_STAGES)
        assert Stage("use", Phase.PURCHASE) not in set(DEFAULT_STAGES)

    @pytest.mark.parametrize(
        ("name", "phase", "error", "argument"),
        [
            ("", Phase.PURCHASE, InvalidValueError, "name"),
            (None, Phase.PURCHASE, InvalidTypeError, "name"),
            ("use", "purchase", InvalidTypeError, "phase"),
        ],
    )
    def test_what_is_no_stage_is_refused(
        self, name: Any, phase: Any, error: type[CxmError], argument: str
    ) -> None:
        assert refused(lambda: Stage(name, phase), error).argument == argument


class TestTouchpoint:
    def test_most_fields_have_a_default(self) -> None:
        shop = touchpoint()
        assert shop.channel is None
        assert shop.owner is Owner.BRAND
        assert shop.medium is Medium.DIGITAL
        assert shop.dimensions == frozenset({TRANSACTION})
        assert shop.attributes == frozenset()
        assert (shop.importance, shop.expected) == (None, None)

    def test_collections_become_frozensets(self) -> None:
        shop = touchpoint(dimensions=[BRAND, BRAND], attributes=["soft", "dry"])
        assert shop.dimensions == frozenset({BRAND})
        assert shop.attributes == frozenset({"soft", "dry"})
        assert isinstance(shop.dimensions, frozenset)

    def test_levels_become_floats(self) -> None:
        shop = touchpoint(importance=0, expected=1)
        assert (shop.importance, shop.expected) == (0.0, 1.0)
        assert type(shop.importance) is type(shop.expected) is float

    @pytest.mark.parametrize(
        ("field", "value", "error", "message"),
        [
            ("id", None, MissingValueError, "id is missing"),
            ("name", " ", InvalidValueError, "name must have at least one visible"),
            ("stage", "use", InvalidTypeError, "stage must be a Stage; got 'use'"),
            ("channel", "", InvalidValueError, "channel must have at least one vis"),
            ("owner", "brand", InvalidTypeError, "owner must be an Owner; got 'brand'"),
            ("medium", None, InvalidTypeError, "medium must be a Medium; got None"),
            (
                "dimensions",
                frozenset(),
                InvalidValueError,
                "dimensions must hold at least one dimension; got frozenset(); leave",
            ),
            ("dimensions", "brand", InvalidTypeError, "dimensions must be a series of"),
            ("attributes", "soft", InvalidTypeError, "attributes must be a series of"),
            ("importance", 1.1, InvalidValueError, "importance must be between 0 and"),
            ("importance", -0.1, InvalidValueError, "importance must be between 0 and"),
            ("expected", 5, InvalidValueError, "expected must be between 0 and 1; got"),
            (
                "expected",
                -1,
                InvalidValueError,
                "expected must be between 0 and 1; got",
            ),
            ("expected", "1", InvalidTypeError, "expected must be a number; got '1'"),
        ],
    )
    def test_a_wrong_field_is_refused_by_name(
        self, field: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        refusal = refused(lambda: touchpoint(**{field: value}), error)
        assert (refusal.argument, refusal.value) == (field, value)
        assert str(refusal).startswith(message)

    def test_a_wrong_member_is_refused(self) -> None:
        error = refused(lambda: touchpoint(dimensions={"brand"}), InvalidTypeError)
        assert (error.argument, error.value) == ("dimensions", "brand")
        error = refused(lambda: touchpoint(attributes={3}), InvalidTypeError)
        assert (error.argument, error.value) == ("attributes", 3)

    def test_evolve_passes_through_the_same_checks(self) -> None:
        refused(lambda: attrs.evolve(touchpoint(), dimensions=()), InvalidValueError)


class TestSteps:
    def test_a_journey_may_be_empty(self) -> None:
        assert Journey(party=MOTHER, goal="dry nights").steps == ()

    def test_a_journey_goes_on_before_and_after_a_relationship(self) -> None:
        outside = Encounter.one_sided(id=1, party=MOTHER, touchpoint="a", at=FIRST_DAY)
        inside, after = step(1, (RELATIONSHIP, 1, 1)), step(2)
        after = attrs.evolve(
            after, encounter=attrs.evolve(after.encounter, relationship=None)
        )
        steps = (Experience(encounter=outside), inside, after)
        assert Journey.of(MOTHER, "dry nights", steps).steps == steps

    @given(st.lists(st.integers(0, 5), max_size=8))
    def test_step_by_step_and_all_at_once_give_the_same(self, days: list[int]) -> None:
        steps = [step(day) for day in sorted(days)]
        grown = Journey(party=MOTHER, goal="dry nights")
        for experience in steps:
            grown = grown.then(experience)
        at_once = Journey.of(MOTHER, "dry nights", iter(steps))
        assert grown == at_once
        assert grown == Journey(party=MOTHER, goal="dry nights", steps=steps)
        assert grown.steps == at_once.steps == tuple(steps)
        assert hash(grown) == hash(at_once)

    @given(st.permutations(range(4)))
    def test_order_is_refused_or_kept_never_made(self, days: list[int]) -> None:
        steps = [step(day) for day in days]
        if days == sorted(days):
            assert Journey.of(MOTHER, "dry nights", steps).steps == tuple(steps)
            return
        back = next(i for i in range(1, 4) if days[i] < days[i - 1])
        error = refused(
            lambda: Journey.of(MOTHER, "dry nights", steps), InvalidValueError
        )
        assert (error.argument, error.index) == ("steps", back)
        assert error.value == steps[back].encounter.at

    def test_a_step_back_says_since_when_and_the_way_out(self) -> None:
        steps = [step(0), step(2), step(1)]
        error = refused(
            lambda: Journey(party=MOTHER, goal="dry nights", steps=steps),
            InvalidValueError,
        )
        assert str(error).startswith(
            "steps[2] must not begin before the step before it (2026-01-03"
            " 00:00:00+00:00); got 2026-01-02 00:00:00+00:00"
        )
        assert str(error).endswith("; sort by encounter.at first")

    def test_equal_times_keep_the_order_given(self) -> None:
        steps = [step(1, touchpoint="b"), step(1, touchpoint="a")]
        assert Journey.of(MOTHER, "dry nights", steps).steps == tuple(steps)

    def test_another_partys_step_is_refused(self) -> None:
        stranger = Ref("stakeholder", 8)
        steps = [step(0), step(1, party=stranger)]
        error = refused(
            lambda: Journey.of(MOTHER, "dry nights", steps), InvalidValueError
        )
        assert (error.argument, error.index, error.value) == ("steps", 1, stranger)
        assert str(error) == (
            "steps[1] must be an experience of the journey's party,"
            " Ref(kind='stakeholder', id=7); got Ref(kind='stakeholder', id=8);"
            " tell each party's journey by itself"
        )

    @pytest.mark.parametrize(
        ("field", "value", "error", "message"),
        [
            ("party", 7, InvalidTypeError, "party must be a Ref; got 7"),
            ("goal", "", InvalidValueError, "goal must have at least one visible"),
            ("goal", None, InvalidTypeError, "goal must be a str; got None"),
            ("steps", 3, InvalidTypeError, "steps must be a series of Experience;"),
            ("steps", [3], InvalidTypeError, "steps[0] must be an Experience; got 3"),
        ],
    )
    def test_a_wrong_field_is_refused_by_name(
        self, field: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        fields: dict[str, Any] = {"party": MOTHER, "goal": "dry nights", field: value}
        refusal = refused(lambda: Journey(**fields), error)
        assert refusal.argument == field
        assert str(refusal).startswith(message)


class TestThen:
    def test_the_journey_itself_stays_as_it_is(self) -> None:
        before = journey(0.5)
        after = before.then(step(9))
        assert type(after) is Journey
        assert len(before.steps) == 1
        assert after.steps == (*before.steps, step(9))
        assert (after.party, after.goal) == (before.party, before.goal)

    def test_an_equal_time_is_no_step_back(self) -> None:
        assert len(journey(0.5).then(step(0)).steps) == 2

    @pytest.mark.parametrize(
        ("experience", "error", "message"),
        [
            (step(0.5), InvalidValueError, "experience must not begin before the step"),
            (
                step(5, party=Ref("brand", 7)),
                InvalidValueError,
                "experience must be an experience of the journey's party, Ref(kind=",
            ),
            (FIRST_DAY, InvalidTypeError, "experience must be an Experience; got"),
            (None, InvalidTypeError, "experience must be an Experience; got None"),
        ],
    )
    def test_a_wrong_step_is_refused(
        self, experience: Any, error: type[CxmError], message: str
    ) -> None:
        refusal = refused(lambda: journey(0, 0).then(experience), error)
        assert (refusal.argument, refusal.index) == ("experience", None)
        assert str(refusal).startswith(message)

    def test_the_first_step_must_be_the_partys_too(self) -> None:
        empty = Journey(party=MOTHER, goal="dry nights")
        stranger = step(0, party=Ref("stakeholder", 8))
        refused(lambda: empty.then(stranger), InvalidValueError)

    def test_the_steps_before_are_not_looked_at_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long = journey(*[0.0] * 50)
        seen: list[str] = []
        check = Journey._refuse_misplaced  # noqa: SLF001  to count its calls

        def watched(self: Any, argument: str, *rest: Any) -> None:
            seen.append(argument)
            check(self, argument, *rest)

        monkeypatch.setattr(Journey, "_refuse_misplaced", watched)
        long.then(step(60))
        assert seen == ["experience"]


class TestRemembered:
    @pytest.mark.reference
    @pytest.mark.parametrize(("last", "pain"), [(7, 7.5), (1, 4.5)])
    def test_two_patients(self, last: int, pain: float) -> None:
        # Kahneman, D. (2011). Thinking, fast and slow, chapter 35: the worst moment of
        # both patients is 8 on a scale of pain from 0 to 10; the printed step is 0.5.
        worst_eight = journey(-0.2, -0.8, -last / 10)
        assert -10 * worst_eight.remembered() == pytest.approx(pain, abs=0.25)
        assert -10 * worst_eight.remembered() == pytest.approx(pain, abs=1e-12)

    @given(stories, dimensions)
    def test_it_is_what_a_plain_loop_finds(
        self, story: list[list[Felt]], dimension: ExperienceDimension | None
    ) -> None:
        scores = list(scores_by_hand(story, dimension).values())
        if not scores:
            refused(
                lambda: told(story).remembered(dimension=dimension), EmptySampleError
            )
            return
        distance = max(abs(score) for score in scores)
        # Rounding may untie two peaks of opposite sign; then either is right.
        peaks = [score for score in scores if abs(score) >= distance - 1e-12]
        found = told(story).remembered(dimension=dimension)
        assert any(
            found == pytest.approx((peak + scores[-1]) / 2, abs=1e-9) for peak in peaks
        )
        assert -1 <= found <= 1

    @pytest.mark.parametrize(
        ("scores", "expected"),
        [
            ((0.5,), 0.5),
            ((0.0, 0.0), 0.0),
            ((0.5, -1.0, 0.0), -0.5),
            ((-0.5, 1.0, 0.0), 0.5),
            ((-0.8, 0.8, 0.0), 0.4),  # equally far: the latest
            ((0.8, -0.8, 0.0), -0.4),
            ((0.1, -0.3, 0.3), 0.3),
            ((0.2, 0.2, -0.9), -0.9),  # the end is the peak
        ],
    )
    def test_the_peak_is_the_farthest_from_neutral_the_latest_on_ties(
        self, scores: tuple[float, ...], expected: float
    ) -> None:
        assert journey(*scores).remembered() == expected

    @given(st.lists(valences, min_size=1, max_size=6), st.integers(0, 5))
    def test_lasting_longer_changes_nothing(
        self, scores: list[float], times: int
    ) -> None:
        middle = [0.0] * times  # neutral: neither peak nor end
        longer = [scores[0], *middle, *scores[1:], scores[-1]]
        assert journey(*longer).remembered() == journey(*scores).remembered()

    @given(st.lists(valences, min_size=1, max_size=6))
    def test_the_opposite_feelings_leave_the_opposite_memory(
        self, scores: list[float]
    ) -> None:
        opposite = journey(*(-score for score in scores)).remembered()
        assert opposite == -journey(*scores).remembered()

    def test_valences_weigh_by_intensity(self) -> None:
        told_once = told([[(BRAND, 1.0, 0.25), (TRANSACTION, -1.0, 0.75)]])
        assert told_once.remembered() == -0.5

    @pytest.mark.parametrize(
        ("dimension", "expected"),
        [(None, -0.5625), (BRAND, 0.5), (TRANSACTION, -0.75), (RELATIONSHIP, 0.25)],
    )
    def test_one_dimension_may_be_looked_at_alone(
        self, dimension: ExperienceDimension | None, expected: float
    ) -> None:
        story: list[list[Felt]] = [
            [(BRAND, 0.5, 1.0)],
            [(TRANSACTION, -1.0, 1.0)],
            [(TRANSACTION, -0.5, 0.5), (RELATIONSHIP, 0.25, 0.5)],
        ]
        assert told(story).remembered(dimension=dimension) == expected

    def test_steps_without_a_felt_perception_are_skipped(self) -> None:
        story: list[list[Felt]] = [
            [(BRAND, -0.5, 1.0)],
            [(BRAND, 0.25, 1.0)],
            [(BRAND, 1.0, 0.0)],  # not felt at all
            [],
        ]
        assert told(story).remembered() == -0.125

    def test_an_intensity_of_nought_takes_no_part(self) -> None:
        assert told([[(BRAND, 0.1, 0.3), (BRAND, 1.0, 0.0)]]).remembered() == 0.1

    def test_one_feeling_is_its_own_mean_to_the_last_digit(self) -> None:
        # 0.1 * 0.2 / 0.1 is above 0.2 in floats, and would make a peak of step one.
        tie: list[list[Felt]] = [[(BRAND, -0.2, 0.1)], [(BRAND, 0.2, 1.0)]]
        assert (0.1 * 0.2) / 0.1 > 0.2
        assert told(tie).remembered() == 0.2

    @pytest.mark.parametrize(
        ("dimension", "message"),
        [
            (None, "steps hold no perception with an intensity above 0"),
            (
                RELATIONSHIP,
                "steps hold no perception in the relationship dimension with an inten",
            ),
        ],
    )
    def test_nothing_felt_is_nothing_remembered(
        self, dimension: ExperienceDimension | None, message: str
    ) -> None:
        story: list[list[Felt]] = [[], [(BRAND, 1.0, 0.0)]]
        if dimension is not None:
            story.append([(BRAND, 1.0, 1.0)])
        error = refused(
            lambda: told(story).remembered(dimension=dimension), EmptySampleError
        )
        assert error.argument == "steps"
        assert str(error).startswith(message)

    def test_what_is_no_dimension_is_refused(self) -> None:
        dimension: Any = "brand"
        error = refused(
            lambda: journey(0.5).remembered(dimension=dimension), InvalidTypeError
        )
        assert (error.argument, error.value) == ("dimension", "brand")


class TestEmotionCurve:
    @given(stories, dimensions)
    def test_it_has_the_score_of_each_felt_step_in_order(
        self, story: list[list[Felt]], dimension: ExperienceDimension | None
    ) -> None:
        curve = told(story).emotion_curve(dimension=dimension)
        by_hand = scores_by_hand(story, dimension)
        assert isinstance(curve, tuple)
        assert [at for at, _ in curve] == [
            FIRST_DAY + timedelta(days=day) for day in by_hand
        ]
        scores = [score for _, score in curve]
        assert scores == pytest.approx(list(by_hand.values()), abs=1e-9)
        assert all(-1 <= score <= 1 for score in scores)

    def test_steps_at_one_time_keep_their_order(self) -> None:
        steps = [step(0, (BRAND, v, 1.0)) for v in (0.5, -0.5, 0.0)]
        curve = Journey.of(MOTHER, "dry nights", steps).emotion_curve()
        assert [score for _, score in curve] == [0.5, -0.5, 0.0]

    def test_an_empty_journey_has_an_empty_curve(self) -> None:
        assert journey().emotion_curve() == ()

    def test_what_is_no_dimension_is_refused_even_without_steps(self) -> None:
        dimension: Any = "brand"
        error = refused(
            lambda: journey().emotion_curve(dimension=dimension), InvalidTypeError
        )
        assert str(error) == (
            "dimension must be an ExperienceDimension; got 'brand'; pass"
            " ExperienceDimension(...) of one of 'brand', 'relationship', 'transaction'"
        )


OBJECTS = [
    USE,
    touchpoint(attributes=["soft"], importance=0.5),
    journey(0.5, -1.0).then(step(9)),
]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [*OBJECTS, *Phase, *Owner, *Medium])
def test_everything_survives_a_pickle(value: object, protocol: int) -> None:
    assert pickle.loads(pickle.dumps(value, protocol)) == value  # noqa: S301


@pytest.mark.parametrize("value", OBJECTS)
def test_copies_are_equal_and_values_can_be_keys(value: Any) -> None:
    for twin in (copy.copy(value), copy.deepcopy(value), attrs.evolve(value)):
        assert twin == value
        assert hash(twin) == hash(value)


@pytest.mark.parametrize("value", OBJECTS)
def test_nothing_can_be_changed(value: Any) -> None:
    name = attrs.fields(type(value))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, None)


def test_evolve_checks_the_steps_that_came_in_by_then() -> None:
    grown = journey(0.5).then(step(9))
    stranger = Ref("stakeholder", 8)
    refused(lambda: attrs.evolve(grown, party=stranger), InvalidValueError)
    refused(lambda: attrs.evolve(grown, steps=grown.steps[::-1]), InvalidValueError)


def test_a_grown_journey_is_frozen_like_any_other() -> None:
    grown: Any = journey(0.5).then(step(9))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        grown.steps = ()
