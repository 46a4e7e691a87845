"""What happened, and what was made of it? Encounters, perceptions, experiences."""

import copy
import math
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit.experience
from cxmkit.customer import Ref
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.experience import (
    Direction,
    Encounter,
    Evidence,
    Experience,
    ExperienceDimension,
    Initiator,
    Perception,
)
from cxmkit.scale import EFFORT_1_5, RECOMMEND_0_10, SATISFACTION_1_7, STARS_1_5, Scale

NO_SCALE = "; pass for example STARS_1_5 or Scale(1, 5, higher_is_better=True)"

BRAND = ExperienceDimension.BRAND
RELATIONSHIP = ExperienceDimension.RELATIONSHIP
TRANSACTION = ExperienceDimension.TRANSACTION
MOTHER, NAPPIES, CLUB = Ref("stakeholder", 7), Ref("brand", "n"), Ref("relationship", 1)
MASKED: Any = np.ma.masked_array(np.array(3), mask=True)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCALES = [
    STARS_1_5,
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_7,
    Scale(0, 1, step=0.1, higher_is_better=True),
    Scale(-3, 3, higher_is_better=False),
]


def encounter(**fields: Any) -> Encounter[int]:
    given: dict[str, Any] = {
        "id": 1,
        "party": MOTHER,
        "touchpoint": "shop",
        "at": NOON,
        "direction": Direction.TWO_SIDED,
        "counterpart": NAPPIES,
        "relationship": CLUB,
    }
    return Encounter(**(given | fields))


def perception(**fields: Any) -> Perception:
    given: dict[str, Any] = {"dimension": BRAND, "valence": 0.5}
    return Perception(**(given | fields))


def experience(**fields: Any) -> Experience[int]:
    given: dict[str, Any] = {
        "encounter": encounter(),
        "perceptions": (
            perception(expectation=1, attribute="soft"),
            perception(dimension=TRANSACTION),
        ),
    }
    return Experience(**(given | fields))


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def test_the_module_exports_what_the_contract_names() -> None:
    assert cxmkit.experience.__all__ == [
        "Direction",
        "Encounter",
        "Evidence",
        "Experience",
        "ExperienceDimension",
        "Initiator",
        "Perception",
    ]


def test_the_values_of_the_enums_never_change() -> None:
    enums = (ExperienceDimension, Direction, Initiator, Evidence)
    assert {e.__name__: {m.name: m.value for m in e} for e in enums} == {
        "ExperienceDimension": {
            "BRAND": "brand",
            "RELATIONSHIP": "relationship",
            "TRANSACTION": "transaction",
        },
        "Direction": {"ONE_SIDED": "one-sided", "TWO_SIDED": "two-sided"},
        "Initiator": {
            "STAKEHOLDER": "stakeholder",
            "ORGANISATION": "organisation",
            "THIRD_PARTY": "third-party",
        },
        "Evidence": {
            "ASSUMED": "assumed",
            "OBSERVED": "observed",
            "SELF_REPORTED": "self-reported",
            "FIRST_HAND": "first-hand",
        },
    }


class TestEncounter:
    def test_only_what_happened_must_be_said(self) -> None:
        seen = Encounter(
            id=1,
            party=MOTHER,
            touchpoint="advertisement",
            at=NOON,
            direction=Direction.ONE_SIDED,
        )
        assert seen.duration == timedelta(0)
        assert (seen.initiator, seen.counterpart, seen.relationship) == (None,) * 3

    @given(
        st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1)),  # noqa: DTZ001
        st.integers(-14 * 60, 14 * 60),
    )
    def test_time_is_kept_as_the_same_instant_in_utc(
        self, local: datetime, minutes: int
    ) -> None:
        zoned = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
        kept = encounter(at=zoned).at
        assert kept == zoned
        assert kept.tzinfo is UTC

    def test_a_one_sided_one_may_happen_inside_a_relationship(self) -> None:
        bond = {"direction": Direction.ONE_SIDED, "counterpart": None}
        assert encounter(**bond).relationship == CLUB
        assert encounter(**bond, relationship=None).relationship is None

    def test_a_two_sided_one_needs_a_counterpart(self) -> None:
        error = refused(lambda: encounter(counterpart=None), InvalidValueError)
        assert error.argument == "counterpart"
        assert error.value is None
        assert str(error) == (
            "counterpart must name the other side of a two-sided encounter; got None;"
            " pass counterpart=Ref(...), or use Encounter.one_sided"
        )

    def test_a_thing_may_be_the_counterpart(self) -> None:
        product = Ref("product", "nappies")
        assert encounter(counterpart=product).counterpart == product

    def test_the_short_constructors_fill_in_the_direction(self) -> None:
        common: dict[str, Any] = {
            "id": 1,
            "party": MOTHER,
            "touchpoint": "shop",
            "at": NOON,
            "duration": timedelta(minutes=5),
            "initiator": Initiator.STAKEHOLDER,
            "relationship": CLUB,
        }
        assert Encounter.one_sided(**common) == Encounter(
            **common, direction=Direction.ONE_SIDED
        )
        assert Encounter.two_sided(**common, counterpart=NAPPIES) == Encounter(
            **common, direction=Direction.TWO_SIDED, counterpart=NAPPIES
        )

    def test_the_short_constructors_leave_the_same_things_out(self) -> None:
        seen = Encounter.one_sided(id=1, party=MOTHER, touchpoint="shop", at=NOON)
        assert seen == encounter(
            direction=Direction.ONE_SIDED, counterpart=None, relationship=None
        )
        bought = Encounter.two_sided(
            id=1, party=MOTHER, touchpoint="shop", at=NOON, counterpart=NAPPIES
        )
        assert bought == encounter(relationship=None)

    @pytest.mark.parametrize(
        ("field", "value", "error", "message"),
        [
            ("id", None, MissingValueError, "id is missing"),
            ("id", {}, InvalidTypeError, "id must be hashable; got {}"),
            ("party", 7, InvalidTypeError, "party must be a Ref; got 7"),
            ("touchpoint", None, MissingValueError, "touchpoint is missing"),
            (
                "at",
                "noon",
                InvalidTypeError,
                (
                    "at must be a datetime; got 'noon'; "
                    "parse texts, and give dates a time and a zone"
                ),
            ),
            ("at", NOON.replace(tzinfo=None), InvalidValueError, "at must have a time"),
            ("direction", "two-sided", InvalidTypeError, "direction must be a Direct"),
            ("duration", 5, InvalidTypeError, "duration must be a timedelta; got 5"),
            (
                "duration",
                timedelta(microseconds=-1),
                InvalidValueError,
                "duration must not be negative; got datetime.timedelta(days=-1",
            ),
            ("initiator", "x", InvalidTypeError, "initiator must be an Initiator; got"),
            (
                "counterpart",
                "n",
                InvalidTypeError,
                "counterpart must be a Ref; got 'n'",
            ),
            ("relationship", 1, InvalidTypeError, "relationship must be a Ref; got 1"),
        ],
    )
    def test_a_wrong_field_is_refused_by_name(
        self, field: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        refusal = refused(lambda: encounter(**{field: value}), error)
        assert refusal.argument == field
        assert refusal.index is None
        assert refusal.value == value
        assert str(refusal).startswith(message)

    def test_evolve_passes_through_the_same_checks(self) -> None:
        seen = Encounter.one_sided(id=1, party=MOTHER, touchpoint="shop", at=NOON)
        refused(
            lambda: attrs.evolve(seen, direction=Direction.TWO_SIDED), InvalidValueError
        )


class TestPerception:
    def test_only_dimension_and_valence_must_be_said(self) -> None:
        felt = Perception(dimension=BRAND, valence=-1)
        assert isinstance(felt.valence, float)
        assert (felt.intensity, felt.attribute, felt.expectation) == (1.0, None, None)
        assert felt.evidence is Evidence.SELF_REPORTED

    @pytest.mark.parametrize("number", [np.float32(0.5), Decimal("0.5"), np.array(0.5)])
    def test_numbers_of_any_kind_become_floats(self, number: Any) -> None:
        felt = perception(valence=number, intensity=number, expectation=number)
        assert (felt.valence, felt.intensity, felt.expectation) == (0.5,) * 3
        assert type(felt.valence) is type(felt.expectation) is float

    @pytest.mark.parametrize(
        ("field", "low", "high"),
        [("valence", -1, 1), ("intensity", 0, 1), ("expectation", -1, 1)],
    )
    def test_the_ends_of_a_range_belong_to_it(
        self, field: str, low: float, high: float
    ) -> None:
        assert getattr(perception(**{field: low}), field) == low
        assert getattr(perception(**{field: high}), field) == high
        for value in (math.nextafter(low, -9), math.nextafter(high, 9)):
            error = refused(
                lambda value=value: perception(**{field: value}),  # type: ignore[misc]
                InvalidValueError,
            )
            assert (error.argument, error.value) == (field, value)
            assert str(error).startswith(f"{field} must be between {low} and {high};")

    @pytest.mark.parametrize(
        ("field", "value", "error", "message"),
        [
            ("dimension", "brand", InvalidTypeError, "dimension must be an Experience"),
            ("dimension", None, InvalidTypeError, "dimension must be an Experience"),
            ("valence", None, InvalidTypeError, "valence must be a number; got None"),
            ("valence", "0.5", InvalidTypeError, "valence must be a number; got '0.5'"),
            ("valence", True, InvalidTypeError, "valence must be a number; got True"),
            ("valence", math.inf, InvalidValueError, "valence must be a finite number"),
            (
                "valence",
                3,
                InvalidValueError,
                "valence must be between -1 and 1; got 3",
            ),
            ("intensity", None, InvalidTypeError, "intensity must be a number; got"),
            ("expectation", "high", InvalidTypeError, "expectation must be a number"),
            ("attribute", " ", InvalidValueError, "attribute must have at least one"),
            ("attribute", 3, InvalidTypeError, "attribute must be a str; got 3"),
            ("evidence", "assumed", InvalidTypeError, "evidence must be an Evidence;"),
        ],
    )
    def test_a_wrong_field_is_refused_by_name(
        self, field: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        refusal = refused(lambda: perception(**{field: value}), error)
        assert refusal.argument == field
        assert refusal.index is None
        assert refusal.value == value
        assert str(refusal).startswith(message)

    @pytest.mark.parametrize("field", ["valence", "intensity", "expectation"])
    def test_not_a_number_is_refused(self, field: str) -> None:
        error = refused(lambda: perception(**{field: math.nan}), InvalidValueError)
        assert str(error) == f"{field} must be a finite number; got nan"

    def test_evolve_passes_through_the_same_checks(self) -> None:
        refused(lambda: attrs.evolve(perception(), valence=2), InvalidValueError)


class TestFromAnswer:
    @pytest.mark.parametrize(
        ("answer", "scale", "valence"),
        [
            (1, STARS_1_5, -1.0),
            (2, STARS_1_5, -0.5),
            (3, STARS_1_5, 0.0),
            (5, STARS_1_5, 1.0),
            (1, EFFORT_1_5, 1.0),
            (5, EFFORT_1_5, -1.0),
            (7, RECOMMEND_0_10, 0.4),
            (0.1 + 0.2, SCALES[4], -0.4),
        ],
    )
    def test_the_best_answer_is_one_and_the_worst_minus_one(
        self, answer: float, scale: Scale, valence: float
    ) -> None:
        felt = Perception.from_answer(answer, scale=scale, dimension=BRAND)
        assert felt.valence == valence
        assert felt == Perception(dimension=BRAND, valence=valence)

    @given(st.sampled_from(SCALES), st.data())
    def test_it_is_twice_the_unit_less_one(self, scale: Scale, data: Any) -> None:
        answer = data.draw(st.sampled_from(list(scale.points)))
        felt = Perception.from_answer(answer, scale=scale, dimension=BRAND)
        unit = float(scale.to_unit(answer))
        assert felt.valence == pytest.approx(2 * unit - 1, abs=1e-12)

    @given(st.sampled_from(SCALES), st.data())
    def test_turning_the_scale_round_flips_the_valence(
        self, scale: Scale, data: Any
    ) -> None:
        answer = data.draw(st.sampled_from(list(scale.points)))
        one, other = (
            Perception.from_answer(answer, scale=s, dimension=BRAND).valence
            for s in (scale, scale.reversed())
        )
        assert one == -other
        assert math.copysign(1, one) == 1 or one != 0  # no negative zero to print

    def test_the_other_fields_pass_through(self) -> None:
        fields: dict[str, Any] = {
            "dimension": TRANSACTION,
            "intensity": 0.25,
            "attribute": "on time",
            "expectation": -0.5,
            "evidence": Evidence.OBSERVED,
        }
        felt = Perception.from_answer(4, scale=STARS_1_5, **fields)
        assert felt == Perception(valence=0.5, **fields)

    @pytest.mark.parametrize("missing", [None, math.nan, MASKED])
    def test_no_answer_is_no_perception(self, missing: Any) -> None:
        error = refused(
            lambda: Perception.from_answer(missing, scale=STARS_1_5, dimension=BRAND),
            MissingValueError,
        )
        assert (error.argument, error.index) == ("value", None)
        assert str(error) == "value is missing; no answer is no perception"

    @pytest.mark.parametrize(
        ("answer", "error", "message"),
        [
            (6, InvalidValueError, "value must be on the 1-5 scale; got 6"),
            (0, InvalidValueError, "value must be on the 1-5 scale; got 0"),
            (4.5, InvalidValueError, "value must be on the 1-5 scale; got 4.5"),
            ("4", InvalidTypeError, "value must be a number; got '4'"),
            (True, InvalidTypeError, "value must be a number; got True"),
            ([4], InvalidValueError, "value must be one answer; got [4]"),
        ],
    )
    def test_what_is_no_answer_is_refused(
        self, answer: Any, error: type[CxmError], message: str
    ) -> None:
        refusal = refused(
            lambda: Perception.from_answer(answer, scale=STARS_1_5, dimension=BRAND),
            error,
        )
        assert (refusal.argument, refusal.value) == ("value", answer)
        assert str(refusal) == message

    def test_what_is_no_scale_is_refused(self) -> None:
        scale: Any = "1-5"
        error = refused(
            lambda: Perception.from_answer(4, scale=scale, dimension=BRAND),
            InvalidTypeError,
        )
        assert str(error) == f"scale must be a Scale; got '1-5'{NO_SCALE}"


class TestExperience:
    def test_there_may_be_no_perception_at_all(self) -> None:
        assert Experience(encounter=encounter()).perceptions == ()

    def test_a_list_becomes_a_tuple_in_its_order(self) -> None:
        felt = [perception(attribute=name) for name in ("soft", "dry", "cheap")]
        assert experience(perceptions=felt).perceptions == tuple(felt)
        assert experience(perceptions=iter(felt)).perceptions == tuple(felt)

    def test_one_encounter_may_carry_all_three_dimensions(self) -> None:
        felt = tuple(perception(dimension=d) for d in ExperienceDimension)
        assert experience(perceptions=felt).perceptions == felt

    def test_a_perception_of_the_brand_is_always_possible(self) -> None:
        seen = Encounter.one_sided(id=1, party=MOTHER, touchpoint="shop", at=NOON)
        felt = (perception(dimension=BRAND),)
        assert Experience(encounter=seen, perceptions=felt).perceptions == felt

    def test_one_of_the_relationship_needs_a_relationship(self) -> None:
        felt = [perception(), perception(dimension=RELATIONSHIP)]
        error = refused(
            lambda: experience(
                encounter=encounter(relationship=None), perceptions=felt
            ),
            InvalidValueError,
        )
        assert (error.argument, error.index) == ("perceptions", 1)
        assert error.value == "relationship"
        assert str(error) == (
            "perceptions[1] must be of another dimension, as the encounter names no"
            " relationship; got 'relationship'; take BRAND, or name the encounter's"
            " relationship"
        )

    def test_a_one_sided_encounter_may_be_felt_in_the_relationship(self) -> None:
        letter = Encounter.one_sided(
            id=1, party=MOTHER, touchpoint="mail", at=NOON, relationship=CLUB
        )
        felt = (perception(dimension=RELATIONSHIP),)
        assert Experience(encounter=letter, perceptions=felt).perceptions == felt

    def test_one_of_the_transaction_needs_two_sides(self) -> None:
        one_sided = encounter(direction=Direction.ONE_SIDED)
        felt = [perception(dimension=TRANSACTION)]
        error = refused(
            lambda: experience(encounter=one_sided, perceptions=felt),
            InvalidValueError,
        )
        assert (error.argument, error.index) == ("perceptions", 0)
        assert error.value == "transaction"
        assert str(error) == (
            "perceptions[0] must be of another dimension, as the encounter is"
            " one-sided; got 'transaction'; take BRAND, or Encounter.two_sided if"
            " another side took part"
        )

    def test_a_two_sided_encounter_needs_no_relationship_to_be_felt(self) -> None:
        felt = (perception(dimension=TRANSACTION), perception())
        bought = encounter(relationship=None)
        assert Experience(encounter=bought, perceptions=felt).perceptions == felt

    @pytest.mark.parametrize("attribute", [None, "soft"])
    def test_dimension_and_attribute_are_spoken_of_once(
        self, attribute: str | None
    ) -> None:
        felt = [
            perception(attribute="dry"),
            perception(attribute=attribute),
            perception(attribute=attribute, dimension=TRANSACTION),
            perception(attribute=attribute, valence=-1),
        ]
        assert len(experience(perceptions=felt[:3]).perceptions) == 3
        error = refused(lambda: experience(perceptions=felt), InvalidValueError)
        assert (error.argument, error.index) == ("perceptions", 3)
        assert error.value == ("brand", attribute)
        assert str(error) == (
            "perceptions[3] must not repeat dimension and attribute of perceptions[1];"
            f" got ('brand', {attribute!r}); name the attribute that each of them is"
            " about"
        )

    @pytest.mark.parametrize(
        ("field", "value", "index", "message"),
        [
            ("encounter", 1, None, "encounter must be an Encounter; got 1"),
            ("perceptions", 1, None, "perceptions must be a series of Perception;"),
            ("perceptions", "bad", None, "perceptions must be a series of Perception;"),
            ("perceptions", [0.5], 0, "perceptions[0] must be a Perception; got 0.5"),
        ],
    )
    def test_a_wrong_field_is_refused_by_name(
        self, field: str, value: Any, index: int | None, message: str
    ) -> None:
        error = refused(lambda: experience(**{field: value}), InvalidTypeError)
        assert (error.argument, error.index) == (field, index)
        assert str(error).startswith(message)

    def test_evolve_passes_through_the_same_checks(self) -> None:
        seen = Encounter.one_sided(id=1, party=MOTHER, touchpoint="shop", at=NOON)
        refused(lambda: attrs.evolve(experience(), encounter=seen), InvalidValueError)


OBJECTS = [encounter(duration=timedelta(hours=1)), perception(), experience()]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [*OBJECTS, *ExperienceDimension, *Evidence])
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


@pytest.mark.parametrize("kind", [Encounter, Perception, Experience])
def test_fields_are_passed_by_name(kind: type) -> None:
    with pytest.raises(TypeError, match="positional"):
        kind(1)
