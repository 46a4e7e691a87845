"""Where, and in which order? Journeys as they were."""

import copy
import itertools
import pickle
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit.journey
from cxmkit.customer import Episode, Ref, Relationship, Standing
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
)
from cxmkit.experience import (
    Encounter,
    Experience,
    ExperienceDimension,
    Perception,
)
from cxmkit.journey import Journey
from cxmkit.journeymap import JourneyMap
from cxmkit.scale import RECOMMEND_0_10
from cxmkit.touchpoint import Touchpoint

NO_MAP = "; make one with JourneyMap.parse(text, id=...)"

BRAND = ExperienceDimension.BRAND
RELATIONSHIP = ExperienceDimension.RELATIONSHIP
TRANSACTION = ExperienceDimension.TRANSACTION
MOTHER, NAPPIES = Ref("stakeholder", 7), Ref("brand", "nappies")
CLUB = Ref("relationship", 1)
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
NOT_YET, CURRENT, FORMER = Standing
SVG = "{http://www.w3.org/2000/svg}"

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


def club(*spans: tuple[int, int | None], party: Ref[Any] = MOTHER) -> Relationship[int]:
    """Return a relationship with episodes given in days."""

    def day(number: int) -> datetime:
        return FIRST_DAY + timedelta(days=number)

    return Relationship(
        id=1,
        a=party,
        b=NAPPIES,
        role_a="customer",
        role_b="supplier",
        episodes=[
            Episode(start=day(start), end=None if end is None else day(end))
            for start, end in spans
        ],
    )


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
        "JourneyMap",
        "Medium",
        "MomentOfTruth",
        "Owner",
        "PainPoint",
        "Phase",
        "Stage",
        "Touchpoint",
    ]


class TestSteps:
    def test_all_fields_go_by_name(self) -> None:
        anyhow: Any = Journey
        with pytest.raises(TypeError, match="takes 1 positional argument"):
            anyhow(MOTHER, "dry nights")

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


class TestDuring:
    @pytest.mark.parametrize(
        ("spans", "before", "within", "after"),
        [
            ([], [0, 1, 2, 3, 4, 5], [], []),
            ([(2, None)], [0, 1], [2, 3, 4, 5], []),
            ([(2, 4)], [0, 1], [2, 3], [4, 5]),  # half-open: the end is after
            ([(1, 2), (4, 5)], [0], [1, 4], [2, 3, 5]),  # a gap is after, too
            ([(1, 3), (3, 5)], [0], [1, 2, 3, 4], [5]),  # renewed without a gap
            ([(0, 6)], [], [0, 1, 2, 3, 4, 5], []),
            ([(-2, -1)], [], [], [0, 1, 2, 3, 4, 5]),
        ],
    )
    def test_each_step_is_before_within_or_after(
        self,
        spans: list[tuple[int, int | None]],
        before: list[int],
        within: list[int],
        after: list[int],
    ) -> None:
        told = Journey.of(MOTHER, "dry nights", [step(day) for day in range(6)])
        for standing, days in ((NOT_YET, before), (CURRENT, within), (FORMER, after)):
            part = told.during(standing, club(*spans))
            assert part == Journey.of(MOTHER, "dry nights", map(step, days))

    def test_the_begin_of_a_step_decides_and_not_its_end(self) -> None:
        begun = step(0)
        long = attrs.evolve(begun.encounter, duration=timedelta(days=9))
        steps = [Experience(encounter=long)]
        told = Journey.of(MOTHER, "dry nights", steps)
        assert told.during(NOT_YET, club((1, 2))) == told
        assert told.during(CURRENT, club((1, 2))).steps == ()

    @given(
        st.lists(st.integers(0, 9), max_size=12).map(sorted),
        st.lists(st.integers(0, 9), max_size=6, unique=True).map(sorted),
    )
    def test_the_three_parts_hold_every_step_once(
        self, days: list[int], cuts: list[int]
    ) -> None:
        ends = [*cuts[1::2], None] if len(cuts) % 2 else cuts[1::2]
        bond = club(*zip(cuts[::2], ends, strict=True))
        steps = [step(day, touchpoint=str(i)) for i, day in enumerate(days)]
        told = Journey.of(MOTHER, "dry nights", steps)
        parts = [told.during(standing, bond).steps for standing in Standing]
        assert sorted(itertools.chain(*parts), key=steps.index) == steps
        assert all(sorted(part, key=steps.index) == list(part) for part in parts)

    def test_either_side_of_the_relationship_may_ask(self) -> None:
        bond = club((1, 2))
        told = Journey.of(MOTHER, "dry nights", [step(0), step(1)])
        assert told.during(CURRENT, bond.reversed()) == told.during(CURRENT, bond)
        assert len(told.during(CURRENT, bond).steps) == 1

    def test_the_relationship_of_others_is_refused(self) -> None:
        other = Ref("stakeholder", 8)
        error = refused(
            lambda: journey(0.5).during(CURRENT, club((0, 1), party=other)),
            InvalidValueError,
        )
        assert (error.argument, error.index) == ("relationship", None)
        assert error.value == (other, NAPPIES)
        assert str(error) == (
            "relationship must be one of the journey's party, Ref(kind='stakeholder',"
            " id=7); got (Ref(kind='stakeholder', id=8), Ref(kind='brand', id='nap...;"
            " pass the relationship of the same stakeholder"
        )

    @pytest.mark.parametrize(
        ("standing", "relationship", "message"),
        [
            (
                "current",
                club((0, 1)),
                (
                    "standing must be a Standing; got 'current'; pass Standing(...) of"
                    " one of 'not-yet', 'current', 'former'"
                ),
            ),
            (
                CURRENT,
                CLUB,
                (
                    "relationship must be a Relationship; got Ref(kind='relationship',"
                    " id=1)"
                ),
            ),
        ],
    )
    def test_wrong_kinds_are_refused(
        self, standing: Any, relationship: Any, message: str
    ) -> None:
        error = refused(
            lambda: journey(0.5).during(standing, relationship), InvalidTypeError
        )
        assert str(error) == message
        assert error.argument == message.split(maxsplit=1)[0]


class TestDrawing:
    DESIGN = JourneyMap.parse("need: advertisement\npurchase: shop, site", id=1)

    @staticmethod
    def drawn(told: Journey[int], **options: Any) -> ET.Element:
        return ET.fromstring(told.to_svg(**options))  # noqa: S314  our own output

    @staticmethod
    def steps(svg: ET.Element) -> dict[str, tuple[list[str], str | None]]:
        """Return radii of marks and where the name stands, by the title of a step."""
        return {
            group.findtext(f"{SVG}title") or "": (
                [mark.attrib["r"] for mark in group.iter(f"{SVG}circle")],
                group.findtext(f"{SVG}text"),
            )
            for group in svg.findall(f"{SVG}g")
            if group.find(f"{SVG}text[@transform]") is not None
        }

    @staticmethod
    def bands(svg: ET.Element) -> list[str | None]:
        return [
            group.findtext(f"{SVG}title")
            for group in svg.findall(f"{SVG}g")
            if group.find(f"{SVG}text[@transform]") is None
        ]

    @staticmethod
    def lines(svg: ET.Element) -> list[str | None]:
        return [text.text for text in svg.findall(f"{SVG}text")]

    def test_peak_and_end_bear_a_ring(self) -> None:
        svg = self.drawn(journey(0.5, -1.0, 0.25, 0.125))
        assert self.steps(svg) == {
            "shop, 2026-01-01, +0.50": (["5"], "shop, 2026-01-01"),
            "shop, 2026-01-02, -1.00": (["5", "9"], "shop, 2026-01-02"),
            "shop, 2026-01-03, +0.25": (["5"], "shop, 2026-01-03"),
            "shop, 2026-01-04, +0.12": (["5", "9"], "shop, 2026-01-04"),
        }
        assert self.lines(svg) == [
            "dry nights",
            "worst",
            "neutral",
            "best",
            "○ peak and end, which are remembered",
            "steps one after the other, dates in UTC; dashed: nothing known",
        ]
        assert self.bands(svg) == []
        heights = [mark.attrib["cy"] for mark in svg.iter(f"{SVG}circle")]
        assert heights == ["112.5", "240", "240", "133.75", "144.38", "144.38"]
        levels = [line.attrib["y1"] for line in svg.findall(f"{SVG}line")]
        assert levels == ["240", "155", "70"]

    def test_of_equal_peaks_the_latest_bears_the_ring(self) -> None:
        svg = self.drawn(journey(1.0, -1.0, 0.5))
        assert [marks for marks, _ in self.steps(svg).values()] == [
            ["5"],
            ["5", "9"],
            ["5", "9"],
        ]

    def test_a_step_of_which_nothing_is_known_has_a_name_and_no_point(self) -> None:
        told_thrice = told([[(BRAND, 0.5, 1.0)], [], [(BRAND, -0.5, 1.0)]])
        svg = self.drawn(told_thrice)
        unknown = (list[str](), "shop, 2026-01-02")
        assert self.steps(svg)["shop, 2026-01-02, nothing known"] == unknown
        assert "stroke-dasharray" in told_thrice.to_svg()

    def test_a_dimension_is_drawn_alone(self) -> None:
        mixed = told([[(BRAND, 0.5, 1.0), (TRANSACTION, -1.0, 1.0)]])
        assert [*self.steps(self.drawn(mixed))] == ["shop, 2026-01-01, -0.25"]
        svg = self.drawn(mixed, dimension=BRAND)
        assert [*self.steps(svg)] == ["shop, 2026-01-01, +0.50"]
        assert self.lines(svg)[0] == "dry nights, brand only"
        svg = self.drawn(mixed, dimension=RELATIONSHIP)
        assert [*self.steps(svg)] == ["shop, 2026-01-01, nothing known"]
        assert self.lines(svg)[-2] == "no perceptions"

    def test_a_design_gives_names_and_stages(self) -> None:
        mall = attrs.evolve(self.DESIGN.touchpoints[1], name="Mall")
        others = (self.DESIGN.touchpoints[0], self.DESIGN.touchpoints[2])
        design = attrs.evolve(self.DESIGN, touchpoints=(mall, *others))
        places = ("advertisement", "shop", "site", "friend", "shop")
        steps = [step(day, touchpoint=place) for day, place in enumerate(places)]
        svg = self.drawn(Journey.of(MOTHER, "dry nights", steps), design=design)
        assert [name for _, name in self.steps(svg).values()] == [
            "advertisement, 2026-01-01",
            "Mall, 2026-01-02",
            "site, 2026-01-03",
            "friend, 2026-01-04",
            "Mall, 2026-01-05",
        ]
        assert self.bands(svg) == ["need", "purchase", "purchase"]

    def test_ids_of_any_kind_find_their_place_in_the_design(self) -> None:
        stage = self.DESIGN.stages[1]
        desk = Touchpoint(id=("crm", 3), name="Desk", stage=stage)
        design = JourneyMap[Any](id=1, stages=[stage], touchpoints=[desk])
        encounter = attrs.evolve(step(0).encounter, touchpoint=("crm", 3))
        told_once = Journey.of(MOTHER, "a bed", [Experience(encounter=encounter)])
        assert [*self.steps(self.drawn(told_once, design=design))] == [
            "Desk, 2026-01-01, nothing known"
        ]
        assert [*self.steps(self.drawn(told_once))] == [
            "('crm', 3), 2026-01-01, nothing known"
        ]

    def test_a_notebook_shows_the_curve_of_all_dimensions(self) -> None:
        shown = journey(0.5, -1.0)._repr_html_()
        assert shown == journey(0.5, -1.0).to_svg()

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (
                {"design": "map"},
                f"design must be a JourneyMap; got 'map'{NO_MAP}",
            ),
            (
                {"design": ()},
                f"design must be a JourneyMap; got (){NO_MAP}",
            ),
            (
                {"dimension": "brand"},
                (
                    "dimension must be an ExperienceDimension; got 'brand'; pass"
                    " ExperienceDimension(...) of one of 'brand', 'relationship',"
                    " 'transaction'"
                ),
            ),
        ],
    )
    def test_wrong_kinds_are_refused_even_without_steps(
        self, options: dict[str, Any], message: str
    ) -> None:
        error = refused(lambda: journey().to_svg(**options), InvalidTypeError)
        assert str(error) == message
        assert {error.argument: error.value} == options

    def test_an_empty_journey_is_drawn_and_printed(self) -> None:
        assert self.steps(self.drawn(journey())) == {}
        assert self.lines(self.drawn(journey()))[-2] == "no perceptions"
        assert str(journey()) == "at (UTC)  touchpoint  direction  score"

    def test_print_shows_a_table(self) -> None:
        seen = Encounter.one_sided(
            id=1, party=MOTHER, touchpoint=("crm", 3), at=FIRST_DAY
        )
        felt = step(4.25, (BRAND, 1.0, 1.0), (BRAND, 0.5, 1.0))
        bad = step(5.999, (BRAND, -0.375, 1.0))
        told_thrice = Journey.of(MOTHER, "x", [Experience(encounter=seen), felt, bad])
        assert [line.strip() for line in str(told_thrice).splitlines()] == [
            "at (UTC)  touchpoint  direction  score",
            "2026-01-01 00:00  ('crm', 3)  one-sided",
            "2026-01-05 06:00  shop        two-sided  +0.75",
            "2026-01-06 23:58  shop        two-sided  -0.38",
        ]

    def test_the_repr_counts_the_steps(self) -> None:
        assert repr(journey(0.5)) == (
            "Journey(party=Ref(kind='stakeholder', id=7), goal='dry nights',"
            " steps=<1 step>)"
        )
        assert repr(journey(*[0.5] * 1200)).endswith("steps=<1,200 steps>)")


# Told at once, and grown step by step, past the constructor.
OBJECTS = [journey(), journey(0.5, -1.0), journey(0.5, -1.0).then(step(9))]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", OBJECTS, ids=["empty", "told", "grown"])
def test_a_journey_survives_a_pickle(value: Journey[int], protocol: int) -> None:
    assert pickle.loads(pickle.dumps(value, protocol)) == value  # noqa: S301


@pytest.mark.parametrize("value", OBJECTS, ids=["empty", "told", "grown"])
def test_copies_are_equal_and_values_can_be_keys(value: Any) -> None:
    for twin in (copy.copy(value), copy.deepcopy(value), attrs.evolve(value)):
        assert twin == value
        assert hash(twin) == hash(value)


@pytest.mark.parametrize("value", OBJECTS, ids=["empty", "told", "grown"])
@pytest.mark.parametrize("name", ["party", "goal", "steps"])
def test_nothing_can_be_changed(value: Any, name: str) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, None)


def test_evolve_checks_the_steps_that_came_in_by_then() -> None:
    grown = journey(0.5).then(step(9))
    stranger = Ref("stakeholder", 8)
    refused(lambda: attrs.evolve(grown, party=stranger), InvalidValueError)
    refused(lambda: attrs.evolve(grown, steps=grown.steps[::-1]), InvalidValueError)


def test_means_that_are_equal_but_for_rounding_tie() -> None:
    def step(hour: int, *answers: int) -> Experience[int]:
        return Experience(
            encounter=Encounter.one_sided(
                id=hour,
                party=Ref("stakeholder", 7),
                touchpoint="queue",
                at=datetime(2026, 1, 1, hour, tzinfo=UTC),
            ),
            perceptions=[
                Perception.from_answer(
                    answer,
                    scale=RECOMMEND_0_10,
                    dimension=ExperienceDimension.BRAND,
                    attribute=str(place),
                )
                for place, answer in enumerate(answers)
            ],
        )

    party = Ref("stakeholder", 7)
    journey = Journey.of(party, "a ride", [step(1, 1, 3), step(2, 8), step(3, 5)])
    assert journey.remembered() == pytest.approx(0.3)


@attrs.frozen(kw_only=True)
class Annotated(Journey[int]):
    note: str = ""


def test_a_journey_of_a_kind_of_its_own_keeps_its_fields() -> None:
    party = Ref("stakeholder", 7)
    alone = Encounter.one_sided(
        id=1, party=party, touchpoint="poster", at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    longer = Annotated(party=party, goal="a ride", note="mine").then(
        Experience(encounter=alone)
    )
    assert longer == Annotated(
        party=party, goal="a ride", steps=[Experience(encounter=alone)], note="mine"
    )
