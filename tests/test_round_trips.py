"""Out and back in: copies, pickles and plain data give the same objects again."""

import copy
import importlib
import json
import operator
import pickle
import pkgutil
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

import attrs
import cattrs
import numpy as np
import pytest
from cattrs.preconf.json import JsonConverter, make_converter
from hypothesis import given, settings
from hypothesis import strategies as st

import cxmkit as cx
from cxmkit import testing
from cxmkit._axes import Axes

Strategy = st.SearchStrategy[Any]

ANY = testing.ids()
# What JSON gives back as it was; a tuple would come back as a list.
INTEGERS, TEXTS, UUIDS = (testing.ids(kind=kind) for kind in ("int", "str", "uuid"))
PLAIN = INTEGERS | TEXTS | UUIDS


def objects(ids: Strategy) -> dict[type, Strategy]:
    """Return strategies for all classes of values, with ids of one's own."""
    places = st.lists(ids, min_size=1, max_size=3)
    return {
        cx.BrandPositioning: testing.brand_positionings(ids=ids),
        cx.Customer: testing.customers(ids=ids),
        cx.Encounter: testing.encounters(ids=ids),
        cx.Episode: testing.episodes(),
        cx.Experience: testing.experiences(encounters=testing.encounters(ids=ids)),
        cx.Journey: testing.journeys(ids=ids, max_steps=3),
        cx.JourneyMap: testing.journey_maps(ids=ids),
        cx.Membership: testing.memberships(ids=ids),
        cx.MomentOfTruth: places.flatmap(
            lambda there: testing.moments_of_truth(touchpoints=there)
        ),
        cx.Need: testing.needs(ids=ids),
        cx.PainPoint: places.flatmap(
            lambda there: testing.pain_points(touchpoints=there)
        ),
        cx.Perception: testing.perceptions(),
        cx.PositioningAttribute: testing.positioning_attributes(),
        cx.Promise: places.flatmap(lambda there: testing.promises(touchpoints=there)),
        cx.Ref: testing.refs(ids=ids),
        cx.Relationship: testing.relationships(ids=ids),
        cx.Scale: testing.scales(),
        cx.Segment: testing.segments(ids=ids),
        cx.ServiceQuality: places.flatmap(
            lambda there: testing.service_qualities(touchpoints=there)
        ),
        cx.Stage: testing.stages(),
        cx.Stakeholder: testing.stakeholders(ids=ids),
        cx.Touchpoint: testing.touchpoints(ids=ids),
    }


OBJECTS, PLAIN_OBJECTS = objects(ANY), objects(PLAIN)
# Tuples as ids, which JSON cannot hold, are tried with copies alone, and less often.
few = settings(max_examples=max(6, settings().max_examples // 5))
every_class = pytest.mark.parametrize("kind", OBJECTS)


def pickled(value: Any, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))  # noqa: S301  our own


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "evolve": attrs.evolve,
    **{
        f"pickle {protocol}": partial(pickled, protocol=protocol)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}
if sys.version_info >= (3, 13):
    COPIES["replace"] = copy.replace


def json_converter() -> JsonConverter:
    """Return cattrs' converter for JSON, which has no word for durations and UUIDs."""
    converter = make_converter()
    tick = timedelta(microseconds=1)  # a float of seconds would be rounded
    converter.register_unstructure_hook(timedelta, lambda value: value // tick)
    converter.register_structure_hook(timedelta, lambda value, _: value * tick)
    # Of a UUID where any id may stand nobody would know that it is none but a text.
    converter.register_unstructure_hook(UUID, lambda key: {"uuid": str(key)})
    converter.register_structure_hook(UUID, lambda value, _: UUID(value["uuid"]))
    converter.register_structure_hook_func(
        lambda kind: kind is Any,
        lambda value, _: UUID(value["uuid"]) if isinstance(value, dict) else value,
    )
    return converter


def plain_converter() -> cattrs.Converter:
    """Return a converter that leaves times of `attrs.asdict` as they are."""
    converter = cattrs.Converter()
    for kind in (datetime, timedelta):
        converter.register_structure_hook(kind, lambda value, _: value)
    return converter


JSON, DICTS = json_converter(), plain_converter()


def with_ids(kind: type, ids: Any) -> Any:
    """Return a class with the type of its ids, if it is generic over them."""
    generic: Any = kind
    return generic[ids] if getattr(kind, "__parameters__", ()) else kind


def through_json(value: object, kind: Any) -> Any:
    # Out as the same type, or cattrs passes over what is of the type of the ids.
    text = json.dumps(JSON.unstructure(value, unstructure_as=kind))
    return JSON.structure(json.loads(text), kind)


def assert_copied(value: Any, kind: type) -> None:
    for route in COPIES.values():
        assert_same(route(value), value)
    assert_same(DICTS.structure(attrs.asdict(value), with_ids(kind, Any)), value)


def assert_same(twin: object, value: object) -> None:
    assert type(twin) is type(value)
    assert twin == value
    assert hash(twin) == hash(value)


def test_all_classes_of_values_are_tried() -> None:
    others = {"ids", "instants", "journey_logs", "tallies"}
    assert len(OBJECTS) == len(set(testing.__all__) - others)


@every_class
@given(st.data())
def test_copies_dicts_and_json_are_the_same_again(
    kind: type, data: st.DataObject
) -> None:
    value = data.draw(PLAIN_OBJECTS[kind])
    assert_copied(value, kind)
    assert_same(through_json(value, with_ids(kind, Any)), value)


@every_class
@few
@given(st.data())
def test_with_ids_of_any_type_copies_and_dicts_are_the_same_again(
    kind: type, data: st.DataObject
) -> None:
    assert_copied(data.draw(OBJECTS[kind]), kind)


# With a type of ids


@given(testing.customers(ids=INTEGERS))
def test_customers_with_whole_numbers(value: cx.Customer[int]) -> None:
    assert_same(through_json(value, cx.Customer[int]), value)


@given(testing.customers(ids=UUIDS))
def test_customers_with_uuids(value: cx.Customer[UUID]) -> None:
    assert_same(through_json(value, cx.Customer[UUID]), value)


@given(testing.journeys(ids=INTEGERS, max_steps=3))
def test_journeys_with_whole_numbers(value: cx.Journey[int]) -> None:
    assert_same(through_json(value, cx.Journey[int]), value)


@given(testing.journeys(ids=UUIDS, max_steps=3))
def test_journeys_with_uuids(value: cx.Journey[UUID]) -> None:
    assert_same(through_json(value, cx.Journey[UUID]), value)


@given(testing.journey_maps(ids=TEXTS))
def test_maps_with_texts(value: cx.JourneyMap[str]) -> None:
    assert_same(through_json(value, cx.JourneyMap[str]), value)


@given(testing.segments(ids=INTEGERS | TEXTS))
def test_ids_of_either_type(value: cx.Segment[int | str]) -> None:
    assert_same(through_json(value, cx.Segment[int | str]), value)


def test_ids_of_json_are_made_to_the_type_that_is_said() -> None:
    assert through_json(cx.Ref("stakeholder", "7"), cx.Ref[int]).id == 7


@given(st.timedeltas(timedelta(0)))
def test_durations_are_exact_to_the_microsecond(duration: timedelta) -> None:
    assert through_json(duration, timedelta) == duration


# Tallies hold arrays and have their own ways


@given(testing.tallies())
def test_copies_of_tallies_are_the_same_again(tally: cx.Tally) -> None:
    for route in COPIES.values():
        twin = route(tally)
        assert type(twin) is cx.Tally
        assert twin == tally
        assert not twin.counts.flags.writeable
    with pytest.raises(TypeError, match="unhashable"):
        hash(tally)


@given(testing.tallies())
def test_dicts_of_tallies_are_json_and_hold_everything(tally: cx.Tally) -> None:
    plain = json.loads(json.dumps(tally.to_dict()))
    grid = Axes.of(plain.pop("axes"))
    scale = JSON.structure(plain.pop("scale"), cx.Scale)
    shapes = dict.fromkeys(plain, (*grid.shape, scale.size))
    shapes["missing_counts"] = grid.shape
    arrays: dict[str, Any] = {
        name: None if cells is None else np.reshape(cells, shapes[name])
        for name, cells in plain.items()
    }
    assert cx.Tally(scale=scale, grid=grid, **arrays) == tally


# Names and values of enums stand in the data of hosts and never change

ENUMS: dict[str, dict[str, str]] = {
    "ClaimEvidence": {
        "STATED_INTENT": "stated-intent",
        "SINGLE_CASE": "single-case",
        "CALCULATION": "calculation",
        "NO_SOURCE": "no-source",
    },
    "Direction": {"ONE_SIDED": "one-sided", "TWO_SIDED": "two-sided"},
    "Evidence": {
        "ASSUMED": "assumed",
        "OBSERVED": "observed",
        "SELF_REPORTED": "self-reported",
        "FIRST_HAND": "first-hand",
    },
    "ExperienceDimension": {
        "BRAND": "brand",
        "RELATIONSHIP": "relationship",
        "TRANSACTION": "transaction",
    },
    "Initiator": {
        "STAKEHOLDER": "stakeholder",
        "ORGANISATION": "organisation",
        "THIRD_PARTY": "third-party",
    },
    "Medium": {
        "HUMAN": "human",
        "DIGITAL": "digital",
        "PRODUCT": "product",
        "COMMUNICATION": "communication",
        "ENVIRONMENT": "environment",
        "PEER": "peer",
    },
    "NeedNature": {
        "ECONOMIC": "economic",
        "EMOTIONAL": "emotional",
        "SOCIAL": "social",
    },
    "NeedOrigin": {"EXISTING": "existing", "EVOKED": "evoked"},
    "Owner": {
        "BRAND": "brand",
        "PARTNER": "partner",
        "CUSTOMER": "customer",
        "SOCIAL": "social",
    },
    "PartyKind": {
        "PERSON": "person",
        "HOUSEHOLD": "household",
        "ORGANISATION": "organisation",
        "THING": "thing",
    },
    "Phase": {
        "PRE_PURCHASE": "pre-purchase",
        "PURCHASE": "purchase",
        "POST_PURCHASE": "post-purchase",
    },
    "Standing": {"NOT_YET": "not-yet", "CURRENT": "current", "FORMER": "former"},
}


def public_enums() -> dict[str, type[Enum]]:
    names = [info.name for info in pkgutil.iter_modules(cx.__path__)]
    modules = [
        importlib.import_module(f"cxmkit.{name}")
        for name in names
        if not name.startswith("_")
    ]
    things = [getattr(module, name) for module in modules for name in module.__all__]
    return {
        thing.__name__: thing
        for thing in things
        if isinstance(thing, type) and issubclass(thing, Enum)
    }


def test_names_and_values_of_enums_never_change() -> None:
    found = {
        name: [(member.name, member.value) for member in kind]
        for name, kind in public_enums().items()
    }
    assert found == {name: [*members.items()] for name, members in ENUMS.items()}


@pytest.mark.parametrize("name", ENUMS)
def test_members_come_back_as_themselves(name: str) -> None:
    for member in public_enums()[name]:
        assert all(
            operator.is_(route(member), member)
            for label, route in COPIES.items()
            if label not in {"evolve", "replace"}
        )
        assert through_json(member, type(member)) is member
