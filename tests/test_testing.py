"""Strategies for users' tests: all that is legal, nothing else, and nothing bigger."""

import contextlib
import enum
import importlib
import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

import attrs
import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import cxmkit as cx
from cxmkit import testing
from cxmkit.errors import CxmError, InvalidTypeError, InvalidValueError
from cxmkit.tally import Tally

NO_SCALE = "; pass for example STARS_1_5 or Scale(1, 5, higher_is_better=True)"

LANGUAGE = [
    "brand",
    "customer",
    "experience",
    "journey",
    "journeylog",
    "journeymap",
    "need",
    "scale",
    "tally",
    "touchpoint",
]
STRATEGIES: dict[type, Callable[..., st.SearchStrategy[Any]]] = {
    cx.BrandPositioning: testing.brand_positionings,
    cx.Customer: testing.customers,
    cx.Encounter: testing.encounters,
    cx.Episode: testing.episodes,
    cx.Experience: testing.experiences,
    cx.Journey: testing.journeys,
    cx.JourneyLog: testing.journey_logs,
    cx.JourneyMap: testing.journey_maps,
    cx.Membership: testing.memberships,
    cx.MomentOfTruth: testing.moments_of_truth,
    cx.Need: testing.needs,
    cx.PainPoint: testing.pain_points,
    cx.Perception: testing.perceptions,
    cx.PositioningAttribute: testing.positioning_attributes,
    cx.Promise: testing.promises,
    cx.Ref: testing.refs,
    cx.Relationship: testing.relationships,
    cx.Scale: testing.scales,
    cx.Segment: testing.segments,
    cx.ServiceQuality: testing.service_qualities,
    cx.Stage: testing.stages,
    cx.Stakeholder: testing.stakeholders,
    cx.Tally: testing.tallies,
    cx.Touchpoint: testing.touchpoints,
}
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
LAST = datetime(2026, 4, 1, tzinfo=UTC)
NAIVE = datetime(2026, 3, 1)  # noqa: DTZ001  what must be refused
MOTHER, NAPPIES = cx.Ref("stakeholder", 7), cx.Ref("brand", "nappies")
CLUB = cx.Relationship(
    id=1,
    a=MOTHER,
    b=NAPPIES,
    role_a="customer",
    role_b="supplier",
    episodes=[
        cx.Episode(start=FIRST, end=FIRST + DAY),
        cx.Episode(start=FIRST + DAY, end=FIRST + DAY + TICK),
        cx.Episode(start=LAST),
    ],
)
DRY = cx.BrandPositioning(
    brand="nappies",
    offer="dry nights",
    audience="families",
    attributes=[cx.PositioningAttribute(name="dry", target=0.9)],
)
# The same search each time; what is found is not explained, which takes long.
SEARCH = settings(derandomize=True, max_examples=3_000, phases=[Phase.generate])
SHRINK = settings(SEARCH, phases=[Phase.generate, Phase.shrink])


def found(strategy: st.SearchStrategy[Any], condition: Callable[[Any], Any]) -> Any:
    return find(strategy, condition, settings=SEARCH)


def simplest(strategy: st.SearchStrategy[Any]) -> Any:
    return find(strategy, lambda _: True, settings=SHRINK)


def classes_of_the_language() -> set[type]:
    modules = [importlib.import_module(f"cxmkit.{name}") for name in LANGUAGE]
    names = [(module, name) for module in modules for name in module.__all__]
    things = [getattr(module, name) for module, name in names if name != "Suppressed"]
    return {thing for thing in things if isinstance(thing, type) and attrs.has(thing)}


def test_the_module_exports_what_the_contract_names() -> None:
    assert testing.__all__ == [
        "brand_positionings",
        "customers",
        "encounters",
        "episodes",
        "experiences",
        "ids",
        "instants",
        "journey_logs",
        "journey_maps",
        "journeys",
        "memberships",
        "moments_of_truth",
        "needs",
        "pain_points",
        "perceptions",
        "positioning_attributes",
        "promises",
        "refs",
        "relationships",
        "scales",
        "segments",
        "service_qualities",
        "stages",
        "stakeholders",
        "tallies",
        "touchpoints",
    ]


def test_every_class_of_the_language_has_its_strategy() -> None:
    assert set(STRATEGIES) == classes_of_the_language()
    functions = {function.__name__ for function in STRATEGIES.values()}
    assert functions | {"ids", "instants"} == set(testing.__all__)


@pytest.mark.parametrize("kind", STRATEGIES)
@given(st.data())
@settings(max_examples=25)
def test_each_strategy_gives_objects_of_its_class(
    kind: type, data: st.DataObject
) -> None:
    assert type(data.draw(STRATEGIES[kind]())) is kind


# Corners: what users forget, and therefore has to come up


def touching(bond: cx.Relationship[Any]) -> list[bool]:
    return [before.end == after.start for before, after in pairwise(bond.episodes)]


def places(design: cx.JourneyMap[Any]) -> list[Any]:
    return [touchpoint.id for touchpoint in design.touchpoints]


def gaps(journey: cx.Journey[Any]) -> list[timedelta]:
    happened = [step.encounter for step in journey.steps]
    return [
        later.at - earlier.at - earlier.duration
        for earlier, later in pairwise(happened)
    ]


def ties(log: cx.JourneyLog) -> list[bool]:
    """Return of each event whether the next of the same customer is at its time."""
    rows = [(row["customer"], row["time"]) for row in log.to_records()]
    return [before == after for before, after in pairwise(rows)]


def dimensions(experience: cx.Experience[Any]) -> set[cx.ExperienceDimension]:
    return {perception.dimension for perception in experience.perceptions}


def corners(
    function: Callable[..., st.SearchStrategy[Any]],
    conditions: dict[str, Callable[[Any], Any]],
    **options: Any,
) -> Any:
    """Return one search for all that has to come up in one strategy."""
    plain = [f"{k}={v}" if isinstance(v, int | str) else k for k, v in options.items()]
    name = f"{function.__name__}({', '.join(plain)})"
    return pytest.param(function(**options), conditions, id=name)


def unseen(
    strategy: st.SearchStrategy[Any], conditions: dict[str, Callable[[Any], Any]]
) -> list[str]:
    """Return what does not come up however long one searches."""
    left = dict(conditions)

    def was_the_last(drawn: Any) -> bool:
        for name in [name for name, condition in left.items() if condition(drawn)]:
            del left[name]
        return not left

    with contextlib.suppress(NoSuchExample):
        found(strategy, was_the_last)
    return [*left]


ONE_SIDED, TWO_SIDED = cx.Direction
CORNERS = [
    corners(
        testing.ids,
        {
            "a whole number as id": lambda x: isinstance(x, int),
            "a text as id": lambda x: isinstance(x, str),
            "an empty text as id": lambda x: x == "",
            "a tuple as id": lambda x: isinstance(x, tuple),
            "a UUID as id": lambda x: isinstance(x, UUID),
        },
    ),
    corners(
        testing.ids,
        {
            "a negative id": lambda x: x < 0,
        },
        kind="int",
    ),
    corners(
        testing.instants,
        {
            "a clock in the east": lambda x: x.utcoffset() > 9 * DAY / 24,
            "a clock in the west": lambda x: x.utcoffset() < -DAY / 24,
            "long ago": lambda x: x.year < 1000,
            "in the far future": lambda x: x.year > 9000,
            "a microsecond": lambda x: x.microsecond % 1000,
        },
    ),
    corners(
        testing.refs,
        {
            "beyond ASCII": lambda x: not x.kind.isascii(),
            "beyond the BMP": lambda x: max(x.kind) > "\uffff",
            "a line end in a text": lambda x: "\n" in x.kind,
            "blanks around a text": lambda x: x.kind != x.kind.strip(),
        },
    ),
    corners(
        testing.needs,
        {
            "an unknown motivation": lambda x: x.motivation is None,
            "a known motivation": lambda x: x.motivation,
            "of no importance": lambda x: x.importance == 0,
            "of all importance": lambda x: x.importance == 1,
            "not met at all": lambda x: x.met == 0,
            "entirely met": lambda x: x.met == 1,
            "unknown whether met": lambda x: x.met is None,
        },
    ),
    corners(
        testing.memberships,
        {
            "a member for ever": lambda x: x.until is None,
            "a former member": lambda x: x.until is not None,
        },
    ),
    corners(
        testing.stakeholders,
        {
            "no roles": lambda x: not x.roles,
            "two roles": lambda x: len(x.roles) == 2,
        },
    ),
    corners(
        testing.customers,
        {
            "no needs": lambda x: not x.needs,
            "two needs": lambda x: len(x.needs) == 2,
            "two memberships": lambda x: len(x.memberships) == 2,
        },
    ),
    corners(
        testing.episodes,
        {
            "an open episode": lambda x: x.end is None,
            "an episode that ended": lambda x: x.end is not None,
        },
    ),
    corners(
        testing.relationships,
        {
            "no episodes": lambda x: not x.episodes,
            "episodes that touch": lambda x: any(touching(x)),
            "a gap": lambda x: False in touching(x),
            "a relationship that ended": lambda x: (
                x.episodes and x.episodes[-1].end is not None
            ),
        },
    ),
    corners(
        testing.relationships,
        {
            "touch, gap and open end": lambda x: (
                touching(x) == [True, False] and x.episodes[-1].end is None
            ),
        },
        min_episodes=3,
    ),
    corners(
        testing.positioning_attributes,
        {
            "next to no weight": lambda x: x.weight < 1e-300,
            "all the weight": lambda x: x.weight > 1e300,
            "no tolerance": lambda x: x.tolerance == 0,
        },
    ),
    corners(
        testing.brand_positionings,
        {
            "several attributes": lambda x: len(x.attributes) == 3,
        },
    ),
    corners(
        testing.promises,
        {
            "promised everywhere": lambda x: x.touchpoint is None,
            "promised somewhere": lambda x: x.touchpoint is not None,
        },
    ),
    corners(
        testing.service_qualities,
        {
            "nothing known": lambda x: (
                {x.expected, x.promised, x.delivered, x.perceived} == {None}
            ),
            "all gaps known": lambda x: (
                None not in {x.disconfirmation, x.kept, x.coverage, x.recognition}
            ),
        },
    ),
    corners(
        testing.perceptions,
        {
            "the worst": lambda x: x.valence == -1,
            "the best": lambda x: x.valence == 1,
            "neutral": lambda x: x.valence == 0,
            "not felt at all": lambda x: x.intensity == 0,
            "felt as can be": lambda x: x.intensity == 1,
            "the worst was expected": lambda x: x.expectation == -1,
            "nothing was expected": lambda x: x.expectation is None,
            "of the whole": lambda x: x.attribute is None,
            "of an attribute": lambda x: x.attribute,
        },
    ),
    corners(
        testing.encounters,
        {
            "an instant": lambda x: not x.duration,
            "some hours": lambda x: timedelta(0) < x.duration < DAY,
            "many years": lambda x: x.duration > 9_999 * DAY,
            "an unknown initiator": lambda x: x.initiator is None,
            "two-sided without a relationship": lambda x: (
                x.direction is TWO_SIDED and x.relationship is None
            ),
            "one-sided within a relationship": lambda x: (
                x.direction is ONE_SIDED and x.relationship
            ),
            "one-sided with a counterpart": lambda x: (
                x.direction is ONE_SIDED and x.counterpart
            ),
            "one-sided without a counterpart": lambda x: (
                x.direction is ONE_SIDED and x.counterpart is None
            ),
        },
    ),
    corners(
        testing.experiences,
        {
            "nothing felt": lambda x: not x.perceptions,
            "felt in all dimensions": lambda x: len(dimensions(x)) > 2,
            "a dimension felt twice": lambda x: len(dimensions(x)) < len(x.perceptions),
        },
    ),
    corners(
        testing.stages,
        {
            "a usual stage": lambda x: x in cx.DEFAULT_STAGES,
            "a stage of one's own": lambda x: x not in cx.DEFAULT_STAGES,
        },
    ),
    corners(
        testing.touchpoints,
        {
            "a touchpoint of all dimensions": lambda x: len(x.dimensions) == 3,
            "a touchpoint for the brand alone": lambda x: (
                x.dimensions == {cx.ExperienceDimension.BRAND}
            ),
            "an unknown channel": lambda x: x.channel is None,
            "a known channel": lambda x: x.channel,
            "a touchpoint that shows attributes": lambda x: x.attributes,
            "the best is expected": lambda x: x.expected == 1,
            "nothing is expected": lambda x: x.expected is None,
            "a place of no importance": lambda x: x.importance == 0,
        },
    ),
    corners(
        testing.pain_points,
        {
            "no note": lambda x: not x.note,
            "no pain": lambda x: x.severity == 0,
            "the worst pain": lambda x: x.severity == 1,
        },
    ),
    corners(
        testing.journey_logs,
        {
            "no events": lambda x: not len(x),
            "several customers": lambda x: x.n_customers > 2,
            "several events of one": lambda x: max(np.diff(x.offsets), default=0) > 3,
            "equal times": lambda x: any(ties(x)),
            "equal events": lambda x: any(
                map(operator.eq, x.to_records(), x.to_records()[1:])
            ),
            "the farthest times": lambda x: len(x) and max(abs(x.time)) > 2**61,
            "texts as customers": lambda x: len(x) and isinstance(x.customers[0], str),
            "tuples as customers": lambda x: (
                len(x) and isinstance(x.customers[0], tuple)
            ),
            "whole numbers as customers": lambda x: (
                len(x) and x.customers.dtype == np.int64
            ),
            "days": lambda x: x.time_unit == "D",
            "channels, some unknown": lambda x: (
                x.channel is not None and {-1, 0} <= set(x.channel.tolist())
            ),
            "no channels": lambda x: x.channel is None,
            "attributes": lambda x: x.attribute is not None,
            "dimensions, some unknown": lambda x: (
                x.dimension is not None and {-1, 2} <= set(x.dimension.tolist())
            ),
            "both sides and one": lambda x: (
                x.two_sided is not None and len(set(x.two_sided.tolist())) == 2
            ),
            "amounts, some unknown": lambda x: (
                x.amount is not None and any(np.isnan(x.amount)) and max(x.amount)
            ),
            "answers, some missing": lambda x: (
                x.score is not None and 0 < sum(np.isnan(x.score)) < len(x)
            ),
            "no answers": lambda x: x.score is None,
        },
    ),
    corners(
        testing.journey_logs,
        {
            "a touchpoint without events": lambda x: (
                len(x.touchpoints) > max(x.touchpoint) + 1
            ),
        },
        min_events=1,
    ),
    corners(
        testing.journey_maps,
        {
            "an empty sheet": lambda x: not x.stages,
            "stages to be filled": lambda x: x.stages and not x.touchpoints,
            "a positioning and no promise": lambda x: x.positioning and not x.promises,
            "a moment of truth in a map": lambda x: x.moments,
        },
    ),
    corners(
        testing.journey_maps,
        {
            "stages of one's own": lambda x: x.stages != cx.DEFAULT_STAGES,
            "pain twice at one place": lambda x: (
                len({p.touchpoint for p in x.pain_points}) < len(x.pain_points)
            ),
        },
        min_touchpoints=1,
    ),
    corners(
        testing.journey_maps,
        {
            "an order against the list": lambda x: (
                set(x.order) == {tuple(reversed(places(x)))}
            ),
        },
        min_touchpoints=2,
        max_touchpoints=2,
    ),
    corners(
        testing.journey_maps,
        {
            "a chain with its short cut": lambda x: len(x.order) == 3,
            "one before two": lambda x: (
                len(x.order) == 2 and len({a for a, _ in x.order}) == 1
            ),
            "two before one": lambda x: (
                len(x.order) == 2 and len({b for _, b in x.order}) == 1
            ),
        },
        min_touchpoints=3,
        max_touchpoints=3,
    ),
    corners(
        testing.journey_maps,
        {
            "a promise here and everywhere": lambda x: (
                len({p.touchpoint is None for p in x.promises}) == 2
            ),
        },
        positioning=DRY,
    ),
    corners(
        testing.journeys,
        {
            "no steps": lambda x: not x.steps,
        },
    ),
    corners(
        testing.journeys,
        {
            "as many steps as may be": lambda x: len(x.steps) == 4,
        },
        min_steps=1,
        max_steps=4,
    ),
    corners(
        testing.journeys,
        {
            "steps at one instant": lambda x: timedelta(0) in gaps(x),
            "steps that overlap": lambda x: any(gap < timedelta(0) for gap in gaps(x)),
            "years without a step": lambda x: any(gap > 9_999 * DAY for gap in gaps(x)),
        },
        min_steps=2,
        max_steps=2,
    ),
    corners(
        testing.journeys,
        {
            "not yet, currently and no longer a customer": lambda x: (
                {CLUB.standing_at(s.encounter.at) for s in x.steps} == {*cx.Standing}
            ),
        },
        min_steps=3,
        max_steps=9,
        relationship=CLUB,
    ),
    corners(
        testing.scales,
        {
            "two points": lambda x: x.size == 2,
            "high is good": lambda x: x.higher_is_better,
            "high is bad": lambda x: not x.higher_is_better,
            "half points": lambda x: x.step == 0.5,
            "broken steps": lambda x: not (x.step * 10).is_integer(),
            "a broken end": lambda x: not x.low.is_integer(),
            "around zero": lambda x: x.low < 0 < x.high,
            "labels": lambda x: any(x.labels),
            "no labels": lambda x: not x.labels,
        },
    ),
    corners(
        testing.tallies,
        {
            "one group": lambda x: not x.axes,
            "two axes": lambda x: len(x.axes) == 2,
            "an axis without labels": lambda x: () in x.labels.values(),
            "labels of two types": lambda x: any(
                len({*map(type, row)}) == 2 for row in x.labels.values()
            ),
            "nobody answered": lambda x: not x.n,
            "answers are missing": lambda x: x.missing,
            "without weights": lambda x: not x.weighted,
        },
    ),
    corners(
        testing.tallies,
        {
            "all answers weigh nothing": lambda x: x.n and not x.sum_weights.any(),
            "equal weights": lambda x: np.any(
                (x.counts > 1) & (x.sum_squared_weights == x.sum_weights)
            ),
            "one has all the weight": lambda x: np.any(
                (x.counts > 1) & (x.sum_squared_weights == x.sum_weights**2)
            ),
        },
        weighted=True,
    ),
]
MEMBERS: list[tuple[st.SearchStrategy[Any], str, type[enum.Enum]]] = [
    (testing.needs(), "nature", cx.NeedNature),
    (testing.needs(), "origin", cx.NeedOrigin),
    (testing.stakeholders(), "kind", cx.PartyKind),
    (testing.customers(), "kind", cx.PartyKind),
    (testing.perceptions(), "dimension", cx.ExperienceDimension),
    (testing.perceptions(), "evidence", cx.Evidence),
    (testing.encounters(), "direction", cx.Direction),
    (testing.encounters(), "initiator", cx.Initiator),
    (testing.stages(), "phase", cx.Phase),
    (testing.touchpoints(), "owner", cx.Owner),
    (testing.touchpoints(), "medium", cx.Medium),
]


@pytest.mark.parametrize(("strategy", "conditions"), CORNERS)
def test_they_come_up(
    strategy: st.SearchStrategy[Any], conditions: dict[str, Callable[[Any], Any]]
) -> None:
    assert unseen(strategy, conditions) == []


@pytest.mark.parametrize(("strategy", "field", "kind"), MEMBERS)
def test_every_member_of_an_enum_comes_up(
    strategy: st.SearchStrategy[Any], field: str, kind: type[enum.Enum]
) -> None:
    members = strategy.map(operator.attrgetter(field))
    assert (
        unseen(members, {each.name: partial(operator.is_, each) for each in kind}) == []
    )


# Shrinking: a failure is shown in the simplest words


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (testing.ids(), 0),
        (testing.instants(), datetime(2000, 1, 1, tzinfo=UTC)),
        (testing.instants(after=FIRST), FIRST),
        (testing.refs(), cx.Ref("0", 0)),
        (
            testing.needs(),
            cx.Need(
                id=0,
                statement="0",
                motivation=None,
                nature=cx.NeedNature.ECONOMIC,
                importance=0,
            ),
        ),
        (testing.customers(), cx.Customer(id=0)),
        (
            testing.perceptions(attributes=["dry"]),
            cx.Perception(
                dimension=cx.ExperienceDimension.BRAND,
                valence=0,
                intensity=0,
                evidence=cx.Evidence.ASSUMED,
            ),
        ),
        (
            testing.journeys(),
            cx.Journey(party=cx.Ref("0", 0), goal="0"),
        ),
        (testing.journey_maps(), cx.JourneyMap(id=0, stages=(), touchpoints=())),
        (
            testing.journey_logs(),
            cx.JourneyLog(
                customers=[], offsets=[0], time=[], touchpoint=[], touchpoints=[0]
            ),
        ),
        (testing.scales(), cx.Scale(0, 1, higher_is_better=False)),
        (
            testing.tallies(weighted=False),
            Tally.from_counts([0, 0], scale=cx.Scale(0, 1, higher_is_better=False)),
        ),
    ],
)
def test_the_simplest_is_small(strategy: st.SearchStrategy[Any], expected: Any) -> None:
    assert simplest(strategy) == expected


# Bounds


INTEGERS = testing.ids(kind="int")
KEYED: list[Callable[..., st.SearchStrategy[Any]]] = [
    testing.brand_positionings,
    testing.customers,
    testing.encounters,
    testing.journey_maps,
    testing.journeys,
    testing.memberships,
    testing.needs,
    testing.refs,
    testing.relationships,
    testing.segments,
    testing.stakeholders,
    testing.touchpoints,
]
TYPES: list[tuple[Any, type]] = [
    ("int", int),
    ("str", str),
    ("tuple", tuple),
    ("uuid", UUID),
]


def keys_in(plain: Any) -> list[Any]:
    """Return all ids that stand anywhere in an object made plain."""
    if isinstance(plain, list | tuple):
        return [key for each in plain for key in keys_in(each)]
    if not isinstance(plain, dict):
        return []
    own = [plain[name] for name in ("id", "segment", "touchpoint") if name in plain]
    if isinstance(plain.get("brand"), int | str):
        own.append(plain["brand"])
    own += [key for pair in plain.get("order", ()) for key in pair]
    return [key for key in own if key is not None] + keys_in([*plain.values()])


@pytest.mark.parametrize(("kind", "expected"), TYPES)
@given(st.data())
def test_ids_may_be_of_one_type(kind: Any, expected: type, data: st.DataObject) -> None:
    assert isinstance(data.draw(testing.ids(kind=kind)), expected)


@pytest.mark.parametrize("strategy", KEYED)
@given(st.data())
@settings(max_examples=10)
def test_ids_are_the_hosts_all_the_way_down(
    strategy: Callable[..., st.SearchStrategy[Any]], data: st.DataObject
) -> None:
    drawn = data.draw(strategy(ids=INTEGERS))
    keys = keys_in(attrs.asdict(drawn))
    assert keys
    assert all(isinstance(key, int) for key in keys)


@given(testing.instants())
def test_instants_are_aware(instant: datetime) -> None:
    assert instant.utcoffset() is not None


@given(testing.instants(after=FIRST, before=LAST))
def test_instants_keep_to_their_half_open_bounds(instant: datetime) -> None:
    assert FIRST <= instant < LAST


@given(testing.instants(after=FIRST, before=FIRST + TICK))
def test_the_first_instant_may_be_drawn_and_the_end_not(instant: datetime) -> None:
    assert instant == FIRST


@given(testing.instants(before=datetime.min.replace(tzinfo=UTC) + DAY / 24))
def test_the_first_hour_of_the_world_is_told_on_every_clock_that_can(
    instant: datetime,
) -> None:
    assert cx.Episode(start=instant).start == instant


@given(testing.relationships(a=MOTHER, b=NAPPIES, min_episodes=1, max_episodes=2))
def test_relationships_keep_to_their_parties_and_numbers(
    relationship: cx.Relationship[Any],
) -> None:
    assert (relationship.a, relationship.b) == (MOTHER, NAPPIES)
    assert 1 <= len(relationship.episodes) <= 2


@given(testing.promises(attributes=["dry"], touchpoints=("shop",)))
def test_promises_keep_to_attributes_and_touchpoints(promise: cx.Promise) -> None:
    assert promise.attribute == "dry"
    assert promise.touchpoint in {None, "shop"}


@given(testing.service_qualities(attributes=[*DRY.weights], touchpoints={"shop", 7}))
def test_service_qualities_keep_to_attributes_and_touchpoints(
    quality: cx.ServiceQuality,
) -> None:
    assert quality.attribute == "dry"
    assert quality.touchpoint in {"shop", 7}


@given(
    testing.perceptions(
        dimensions={cx.ExperienceDimension.BRAND}, attributes=frozenset({"dry"})
    )
)
def test_perceptions_keep_to_dimensions_and_attributes(felt: cx.Perception) -> None:
    assert felt.dimension is cx.ExperienceDimension.BRAND
    assert felt.attribute in {None, "dry"}


@given(
    testing.encounters(
        party=NAPPIES,
        touchpoints=["shop"],
        after=FIRST,
        before=LAST,
        direction=ONE_SIDED,
        relationship=CLUB,
    )
)
def test_encounters_keep_to_what_is_given(encounter: cx.Encounter[Any]) -> None:
    assert encounter.party == NAPPIES
    assert encounter.touchpoint == "shop"
    assert FIRST <= encounter.at < LAST
    assert encounter.direction is ONE_SIDED
    assert encounter.relationship in {None, CLUB.ref}


@pytest.mark.parametrize("standing", cx.Standing)
@pytest.mark.parametrize("named", [CLUB.ref, None])
def test_a_relationship_is_named_or_not_at_every_standing(
    standing: cx.Standing, named: cx.Ref[int] | None
) -> None:
    encounter = found(
        testing.encounters(relationship=CLUB),
        lambda x: CLUB.standing_at(x.at) is standing and x.relationship == named,
    )
    assert encounter.party in {MOTHER, NAPPIES}


@pytest.mark.parametrize("edge", [FIRST, FIRST + DAY, FIRST + DAY + TICK, LAST])
def test_encounters_come_up_at_the_ends_of_episodes(edge: datetime) -> None:
    found(testing.encounters(relationship=CLUB), lambda x: x.at == edge)


@given(testing.encounters(before=LAST, relationship=attrs.evolve(CLUB, episodes=())))
def test_a_relationship_may_be_still_to_come(encounter: cx.Encounter[Any]) -> None:
    assert encounter.at < LAST
    assert encounter.relationship in {CLUB.ref, None}


@given(testing.experiences(encounters=testing.encounters(party=MOTHER)))
def test_experiences_are_of_the_encounters_given(
    experience: cx.Experience[Any],
) -> None:
    assert experience.encounter.party == MOTHER


@given(testing.touchpoints(stages=cx.DEFAULT_STAGES[3:5]))
def test_touchpoints_keep_to_their_stages(touchpoint: cx.Touchpoint[Any]) -> None:
    assert touchpoint.stage in cx.DEFAULT_STAGES[3:5]


@given(
    testing.pain_points(touchpoints=["till"]),
    testing.moments_of_truth(touchpoints=["shelf"]),
)
def test_parts_of_a_map_keep_to_their_touchpoints(
    pain: cx.PainPoint[str], moment: cx.MomentOfTruth[str]
) -> None:
    assert (pain.touchpoint, moment.touchpoint) == ("till", "shelf")


@given(testing.journey_maps(min_touchpoints=2, max_touchpoints=3, positioning=DRY))
def test_maps_keep_to_their_numbers_and_their_frame(
    design: cx.JourneyMap[Any],
) -> None:
    assert 2 <= len(design.touchpoints) <= 3
    assert design.positioning == DRY
    assert {promise.attribute for promise in design.promises} <= {"dry"}


@given(
    testing.journeys(
        party=MOTHER,
        touchpoints=["shop"],
        min_steps=1,
        max_steps=2,
        relationship=CLUB,
    )
)
def test_journeys_keep_to_what_is_given(journey: cx.Journey[Any]) -> None:
    assert journey.party == MOTHER
    assert 1 <= len(journey.steps) <= 2
    parts = [journey.during(standing, CLUB).steps for standing in cx.Standing]
    assert sorted(map(id, sum(parts, ()))) == sorted(map(id, journey.steps))
    for step in journey.steps:
        assert step.encounter.touchpoint == "shop"
        assert step.encounter.relationship in {None, CLUB.ref}


@given(testing.journeys(max_steps=0))
def test_a_journey_may_be_bound_to_have_no_steps(journey: cx.Journey[Any]) -> None:
    assert journey.steps == ()


@given(
    testing.journey_logs(
        touchpoints={"shop", "ad"},
        scale=cx.STARS_1_5,
        min_events=2,
        max_events=3,
        ids=testing.ids(kind="uuid"),
    )
)
def test_logs_keep_to_what_is_given(log: cx.JourneyLog) -> None:
    assert log.touchpoints == ("ad", "shop")
    assert log.scale == cx.STARS_1_5
    assert 2 <= len(log) <= 3
    assert all(isinstance(each, UUID) for each in log.customers)


@given(testing.scales(min_points=3, max_points=4, higher_is_better=False))
def test_scales_keep_to_their_points_and_direction(scale: cx.Scale) -> None:
    assert 3 <= scale.size <= 4
    assert not scale.higher_is_better


@given(testing.scales(min_points=10_001, max_points=10_001))
def test_the_longest_scale_can_be_drawn(scale: cx.Scale) -> None:
    assert scale.size == 10_001
    assert scale.labels == ()


@given(
    testing.tallies(scale=cx.STARS_1_5, max_axes=1, max_labels=2, weighted=True),
    testing.tallies(weighted=False),
)
def test_tallies_keep_to_scale_groups_and_weights(
    tally: cx.Tally, plain: cx.Tally
) -> None:
    assert tally.scale == cx.STARS_1_5
    assert len(tally.axes) <= 1
    assert all(len(labels) <= 2 for labels in tally.labels.values())
    assert tally.weighted
    assert not plain.weighted


REFUSED: list[tuple[Callable[[], object], type[CxmError], str, str]] = [
    (
        lambda: testing.ids(kind="float"),  # type: ignore[arg-type]
        InvalidValueError,
        "kind",
        'kind must be one of "int", "str", "tuple", "uuid"; got \'float\'',
    ),
    (
        lambda: testing.refs(ids=int),  # type: ignore[arg-type]
        InvalidTypeError,
        "ids",
        "ids must be a SearchStrategy; got <class 'int'>",
    ),
    (
        lambda: testing.instants(after=NAIVE),
        InvalidValueError,
        "after",
        (
            "after must have a time zone; got 2026-03-01 00:00:00; say where the"
            " clock stood: value.replace(tzinfo=ZoneInfo(...))"
        ),
    ),
    (
        lambda: testing.instants(before="today"),  # type: ignore[arg-type]
        InvalidTypeError,
        "before",
        (
            "before must be a datetime; got 'today'; "
            "parse texts, and give dates a time and a zone"
        ),
    ),
    (
        lambda: testing.instants(after=FIRST, before=FIRST),
        InvalidValueError,
        "before",
        (
            "before must come later than after (2026-03-01 00:00:00+00:00); got"
            " 2026-03-01 00:00:00+00:00"
        ),
    ),
    (
        lambda: testing.encounters(after=NAIVE, relationship=CLUB),
        InvalidValueError,
        "after",
        (
            "after must have a time zone; got 2026-03-01 00:00:00; say where the"
            " clock stood: value.replace(tzinfo=ZoneInfo(...))"
        ),
    ),
    (
        lambda: testing.relationships(a=7),  # type: ignore[arg-type]
        InvalidTypeError,
        "a",
        "a must be a Ref; got 7",
    ),
    (
        lambda: testing.relationships(a=MOTHER, b=MOTHER),
        InvalidValueError,
        "b",
        "b must be another party than a; got Ref(kind='stakeholder', id=7)",
    ),
    (
        lambda: testing.relationships(min_episodes=-1),
        InvalidValueError,
        "min_episodes",
        "min_episodes must be at least 0; got -1",
    ),
    (
        lambda: testing.relationships(min_episodes=4),
        InvalidValueError,
        "max_episodes",
        "max_episodes must be at least min_episodes (4); got 3",
    ),
    (
        lambda: testing.promises(attributes=[]),
        InvalidValueError,
        "attributes",
        "attributes must hold something to choose from; got []",
    ),
    (
        lambda: testing.promises(attributes=["dry", 7]),  # type: ignore[list-item]
        InvalidTypeError,
        "attributes",
        "attributes[1] must be a str; got 7",
    ),
    (
        lambda: testing.pain_points(touchpoints="shop"),
        InvalidTypeError,
        "touchpoints",
        "touchpoints must be a series to choose from; got 'shop'",
    ),
    (
        lambda: testing.perceptions(dimensions=["brand"]),  # type: ignore[list-item]
        InvalidTypeError,
        "dimensions",
        (
            "dimensions[0] must be an ExperienceDimension; got 'brand'; pass"
            " ExperienceDimension(...) of one of 'brand', 'relationship', 'transaction'"
        ),
    ),
    (
        lambda: testing.encounters(party=7),  # type: ignore[arg-type]
        InvalidTypeError,
        "party",
        "party must be a Ref; got 7",
    ),
    (
        lambda: testing.encounters(direction="one-sided"),  # type: ignore[arg-type]
        InvalidTypeError,
        "direction",
        (
            "direction must be a Direction; got 'one-sided'; pass Direction(...) of one"
            " of 'one-sided', 'two-sided'"
        ),
    ),
    (
        lambda: testing.encounters(relationship=CLUB.ref),  # type: ignore[arg-type]
        InvalidTypeError,
        "relationship",
        ("relationship must be a Relationship; got Ref(kind='relationship', id=1)"),
    ),
    (
        lambda: testing.journeys(party=cx.Ref("x", 1), relationship=CLUB),
        InvalidValueError,
        "party",
        "party must be one of the relationship's two; got Ref(kind='x', id=1)",
    ),
    (
        lambda: testing.experiences(encounters=[]),  # type: ignore[arg-type]
        InvalidTypeError,
        "encounters",
        "encounters must be a SearchStrategy; got []",
    ),
    (
        lambda: testing.touchpoints(stages=["use"]),  # type: ignore[list-item]
        InvalidTypeError,
        "stages",
        "stages[0] must be a Stage; got 'use'",
    ),
    (
        lambda: testing.journey_maps(min_touchpoints=1.5),  # type: ignore[arg-type]
        InvalidTypeError,
        "min_touchpoints",
        "min_touchpoints must be a whole number; got 1.5",
    ),
    (
        lambda: testing.journey_maps(positioning="dry"),  # type: ignore[arg-type]
        InvalidTypeError,
        "positioning",
        "positioning must be a BrandPositioning; got 'dry'",
    ),
    (
        lambda: testing.journeys(min_steps=3, max_steps=2),
        InvalidValueError,
        "max_steps",
        "max_steps must be at least min_steps (3); got 2",
    ),
    (
        lambda: testing.journey_logs(min_events=13),
        InvalidValueError,
        "max_events",
        "max_events must be at least min_events (13); got 12",
    ),
    (
        lambda: testing.journey_logs(touchpoints=[]),
        InvalidValueError,
        "touchpoints",
        "touchpoints must hold something to choose from; got []",
    ),
    (
        lambda: testing.journey_logs(touchpoints=["ad", "ad"]),
        InvalidValueError,
        "touchpoints",
        "touchpoints[1] must not repeat the label of touchpoints[0]; got 'ad'",
    ),
    (
        lambda: testing.journey_logs(scale=5),  # type: ignore[arg-type]
        InvalidTypeError,
        "scale",
        f"scale must be a Scale; got 5{NO_SCALE}",
    ),
    (
        lambda: testing.journey_logs(ids=["ann"]),  # type: ignore[arg-type]
        InvalidTypeError,
        "ids",
        "ids must be a SearchStrategy; got ['ann']",
    ),
    (
        lambda: testing.scales(min_points=1),
        InvalidValueError,
        "min_points",
        "min_points must be at least 2; got 1",
    ),
    (
        lambda: testing.scales(max_points=10_002),
        InvalidValueError,
        "max_points",
        "max_points must be at most 10,001; got 10002",
    ),
    (
        lambda: testing.scales(higher_is_better=1),  # type: ignore[arg-type]
        InvalidTypeError,
        "higher_is_better",
        "higher_is_better must be a bool; got 1",
    ),
    (
        lambda: testing.tallies(max_axes=-1),
        InvalidValueError,
        "max_axes",
        "max_axes must be at least 0; got -1",
    ),
    (
        lambda: testing.tallies(max_labels=-1),
        InvalidValueError,
        "max_labels",
        "max_labels must be at least 0; got -1",
    ),
    (
        lambda: testing.tallies(scale="stars"),  # type: ignore[arg-type]
        InvalidTypeError,
        "scale",
        f"scale must be a Scale; got 'stars'{NO_SCALE}",
    ),
]


@pytest.mark.parametrize(("call", "error", "argument", "message"), REFUSED)
def test_what_cannot_be_met_is_refused_at_once(
    call: Callable[[], object], error: type[CxmError], argument: str, message: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert type(refusal.value) is error
    assert refusal.value.argument == argument
    assert str(refusal.value) == message


def test_what_is_chosen_from_a_set_is_found_again_in_the_next_run() -> None:
    drawn = testing.promises(attributes={"c", "a", "b"}, touchpoints={3, 1, 2})
    assert simplest(drawn) == cx.Promise(attribute="a", level=0)
