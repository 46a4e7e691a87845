"""Ids keep their type: type checkers know it everywhere, and refuse any other.

Read by mypy and pyright as well as run: `assert_type` is theirs, and an ``ignore`` that
is not needed is an error of its own, so that each of them stands for a refusal.
"""

from datetime import UTC, datetime
from typing import Any, assert_type
from uuid import UUID

import pytest

from cxmkit import (
    DEFAULT_STAGES,
    Customer,
    CxmError,
    Encounter,
    Episode,
    Experience,
    Journey,
    JourneyMap,
    Membership,
    MomentOfTruth,
    Need,
    NeedNature,
    PainPoint,
    Ref,
    Relationship,
    Segment,
    Stakeholder,
    Standing,
    Touchpoint,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 4, 1, tzinfo=UTC)
KEY = UUID(int=7)
BRAND = Ref("brand", "nappies")


def poster(party: Ref[int]) -> Experience[int]:
    encounter = Encounter.one_sided(id=1, party=party, touchpoint="poster", at=START)
    return Experience(encounter=encounter)


def bond(a: Ref[Any]) -> Relationship[UUID]:
    return Relationship(
        id=KEY,
        a=a,
        b=BRAND,
        role_a="customer",
        role_b="supplier",
        episodes=[Episode(start=START)],
    )


def shop(key: int) -> Touchpoint[int]:
    return Touchpoint(id=key, name="Shop", stage=DEFAULT_STAGES[3])


def sleep(key: str) -> Need[str]:
    return Need(id=key, statement="sleep", motivation=None, nature=NeedNature.EMOTIONAL)


def test_the_type_is_taken_from_the_value() -> None:
    assert_type(Ref("stakeholder", 7), Ref[int])
    assert_type(Stakeholder(id="a"), Stakeholder[str])
    assert_type(Customer(id=KEY), Customer[UUID])
    assert_type(Segment(id=KEY, name="families", basis="occasion"), Segment[UUID])
    assert_type(Membership(segment=3, since=START), Membership[int])
    assert_type(PainPoint(touchpoint="till", severity=1), PainPoint[str])
    assert_type(MomentOfTruth(touchpoint=3, kind="first"), MomentOfTruth[int])


def test_fields_have_the_type_of_the_class() -> None:
    assert_type(Customer[int](id=7).id, int)
    assert_type(Customer[UUID](id=KEY).ref, Ref[UUID])
    assert_type(Customer[UUID](id=KEY).ref.id, UUID)
    assert_type(Stakeholder[str](id="a").id, str)
    assert_type(Stakeholder[str](id="a").ref, Ref[str])
    assert_type(sleep("sleep").id, str)
    assert_type(Membership(segment=3, since=START).segment, int)
    assert_type(bond(Ref("stakeholder", 7)).id, UUID)
    assert_type(bond(Ref("stakeholder", 7)).ref, Ref[UUID])
    assert_type(shop(3).id, int)
    assert_type(PainPoint(touchpoint="till", severity=1).touchpoint, str)
    assert_type(MomentOfTruth(touchpoint=3, kind="first").touchpoint, int)


def test_a_customer_is_a_stakeholder_of_the_same_type() -> None:
    party: Stakeholder[int] = Customer(id=7)
    assert_type(party.ref, Ref[int])


def test_encounters_hand_on_the_type_of_their_party() -> None:
    party = Ref("stakeholder", 7)
    alone = Encounter.one_sided(id=1, party=party, touchpoint="poster", at=START)
    both = Encounter.two_sided(
        id=2, party=party, touchpoint="shop", at=START, counterpart=BRAND
    )
    assert_type(alone, Encounter[int])
    assert_type(both, Encounter[int])
    assert_type(Experience(encounter=both), Experience[int])
    assert_type(Experience(encounter=both).encounter.party.id, int)


def test_journeys_hand_on_the_type_of_their_party() -> None:
    party = Ref("stakeholder", 7)
    journey = Journey[int](party=party, goal="dry nights")
    assert_type(journey.party.id, int)
    assert_type(journey.steps, tuple[Experience[int], ...])
    assert_type(Journey.of(party, "dry nights", [poster(party)]), Journey[int])
    assert_type(journey.then(poster(party)), Journey[int])
    assert_type(journey.during(Standing.CURRENT, bond(party)), Journey[int])


def test_relationships_keep_their_type_through_every_change() -> None:
    relationship = bond(Ref("stakeholder", 7))
    assert_type(relationship.end(LATER), Relationship[UUID])
    assert_type(relationship.end(LATER).resume(LATER), Relationship[UUID])
    assert_type(relationship.reversed(), Relationship[UUID])


def test_maps_have_the_type_of_their_touchpoints() -> None:
    design = JourneyMap[int](id="web", stages=DEFAULT_STAGES, touchpoints=[shop(3)])
    assert_type(design.touchpoints, tuple[Touchpoint[int], ...])
    assert_type(design.order, frozenset[tuple[int, int]])
    assert_type(design.pain_points, tuple[PainPoint[int], ...])
    assert_type(design.moments, tuple[MomentOfTruth[int], ...])
    assert_type(design.with_touchpoint(shop(4)), JourneyMap[int])
    assert_type(JourneyMap.parse("use: product", id=1), JourneyMap[str])


def test_any_type_is_taken_where_only_the_reference_counts() -> None:
    def name(party: Stakeholder[Any]) -> Ref[Any]:
        return party.ref

    assert name(Customer(id=7)) == name(Stakeholder(id=7))


# What a checker refuses. Much of it is no error at run time: ids are never looked at.


def test_a_class_refuses_ids_of_another_type() -> None:
    Ref[int]("stakeholder", "7")  # type: ignore[arg-type]
    Customer[int](id="7")  # type: ignore[arg-type]
    Stakeholder[str](id=7)  # type: ignore[arg-type]
    Need[str](
        id=7,  # type: ignore[arg-type]
        statement="sleep",
        motivation=None,
        nature=NeedNature.SOCIAL,
    )
    Segment[UUID](id="7", name="x", basis="y")  # type: ignore[arg-type]
    Membership[int](segment="3", since=START)  # type: ignore[arg-type]
    PainPoint[str](touchpoint=3, severity=1)  # type: ignore[arg-type]
    MomentOfTruth[int](touchpoint="3", kind="first")  # type: ignore[arg-type]


def test_a_variable_refuses_objects_of_another_type() -> None:
    customer: Customer[int] = Customer(id="7")  # type: ignore[arg-type]
    reference: Ref[str] = Customer[int](id=7).ref  # type: ignore[assignment]
    assert str(customer.id) == str(reference.id)


def test_a_journey_refuses_parties_and_steps_of_another_type() -> None:
    party = Ref("stakeholder", 7)
    journey = Journey[int](party=party, goal="dry nights")
    Journey[str](party=party, goal="dry nights")  # type: ignore[arg-type]
    alone = Encounter.one_sided(
        id=1, party=Ref("stakeholder", "7"), touchpoint="poster", at=START
    )
    other = Experience(encounter=alone)
    with pytest.raises(CxmError, match="be an experience of the journey's party"):
        journey.then(other)  # type: ignore[arg-type]


def test_a_map_refuses_touchpoints_of_another_type() -> None:
    design = JourneyMap.parse("purchase: till", id=1)
    design.with_touchpoint(shop(3))  # type: ignore[arg-type]


def test_checkers_refuse_what_has_no_hash() -> None:
    with pytest.raises(CxmError, match="id must be hashable"):
        Customer(id=[7])  # type: ignore[type-var]
    with pytest.raises(CxmError, match="id must be hashable"):
        Ref("stakeholder", {7})  # type: ignore[type-var]
    with pytest.raises(CxmError, match="touchpoint must be hashable"):
        PainPoint(touchpoint=[7], severity=1)  # type: ignore[type-var]
