"""What can never be: every invariant, tried at every door to the language."""

import copy
import math
import pickle
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any

import attrs
import cattrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxmkit import (
    DEFAULT_STAGES,
    BrandPositioning,
    Customer,
    Direction,
    Encounter,
    Episode,
    Experience,
    ExperienceDimension,
    Journey,
    JourneyMap,
    Membership,
    MomentOfTruth,
    Need,
    NeedNature,
    PainPoint,
    Perception,
    Phase,
    PositioningAttribute,
    Promise,
    Ref,
    Relationship,
    Scale,
    Segment,
    ServiceQuality,
    Stage,
    Stakeholder,
    Standing,
    Touchpoint,
    testing,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

BRAND, RELATIONSHIP, TRANSACTION = ExperienceDimension
TICK = timedelta(microseconds=1)
NAIVE = datetime(2026, 3, 1)  # noqa: DTZ001  what must be refused
MOTHER, FATHER, NAPPIES = Ref("party", 7), Ref("party", 8), Ref("brand", "nappies")
USE, OWN = DEFAULT_STAGES[5], Stage("fitting", Phase.PURCHASE)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def episodes(*spans: tuple[int, int | None]) -> list[Episode]:
    return [
        Episode(start=day(start), end=None if end is None else day(end))
        for start, end in spans
    ]


def perception(dimension: ExperienceDimension, **fields: Any) -> Perception:
    return Perception(dimension=dimension, valence=0, **fields)


def touchpoint(key: str, stage: Stage = USE) -> Touchpoint[str]:
    return Touchpoint(id=key, name=key, stage=stage)


def promise(attribute: str, place: str | None = None) -> Promise:
    return Promise(attribute=attribute, level=1, touchpoint=place)


# Legal objects, each of which a change below breaks

SLEEP = Need(
    id=1, statement="sleep", motivation="work", nature=NeedNature.SOCIAL, met=0.5
)
MEMBER = Membership(segment=3, since=day(2), until=day(4))
CLUB = Relationship(
    id=1,
    a=MOTHER,
    b=NAPPIES,
    role_a="customer",
    role_b="supplier",
    episodes=episodes((2, 4), (4, 6), (9, None)),
)
DRY = PositioningAttribute(name="dry", target=0.9)
NIGHTS = BrandPositioning(
    brand=1, offer="dry nights", audience="families", attributes=[DRY]
)
QUALITY = ServiceQuality(attribute="dry", touchpoint="shop")
POSTER = Encounter[int].one_sided(
    id=1, party=MOTHER, touchpoint="poster", at=day(1), duration=TICK
)
SHOP = Encounter[int].two_sided(
    id=2,
    party=MOTHER,
    touchpoint="shop",
    at=day(2),
    counterpart=NAPPIES,
    relationship=CLUB.ref,
)
FELT = perception(BRAND, expectation=0)
SEEN = Experience(encounter=POSTER, perceptions=[FELT])
BOUGHT = Experience(
    encounter=SHOP,
    perceptions=[FELT, perception(RELATIONSHIP), perception(TRANSACTION)],
)
STORY = Journey[int].of(MOTHER, "dry nights", [SEEN, BOUGHT])
CHECKOUT = Touchpoint(
    id="checkout", name="Checkout", stage=USE, importance=0.5, expected=0.5
)
PLAN = JourneyMap[str](
    id=1,
    stages=[USE],
    touchpoints=[touchpoint("product"), touchpoint("hotline")],
    order=[("product", "hotline")],
    promises=[promise("dry"), promise("dry", "product")],
    positioning=NIGHTS,
    pain_points=[PainPoint(touchpoint="hotline", severity=1)],
    moments=[MomentOfTruth(touchpoint="product", kind="second")],
)
STARS = Scale(1, 5, higher_is_better=True)

Broken = tuple[Any, dict[str, Any], type[CxmError], str]


def outside(value: Any, field: str, low: float, high: float) -> Iterator[Broken]:
    """Yield what is no number from *low* to *high*: just outside, and not a number."""
    beyond = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    for wrong in (*beyond, math.nan, math.inf):
        yield value, {field: wrong}, InvalidValueError, field


def blank(value: Any, *fields: str) -> Iterator[Broken]:
    for field in fields:
        yield value, {field: " \t"}, InvalidValueError, field


def no_id(value: Any, field: str = "id") -> Iterator[Broken]:
    yield value, {field: None}, MissingValueError, field
    yield value, {field: math.nan}, MissingValueError, field
    yield value, {field: [7]}, InvalidTypeError, field


INVARIANTS: dict[str, list[Broken]] = {
    "a reference has a kind and an id": [*blank(MOTHER, "kind"), *no_id(MOTHER)],
    "everything of the host's has an id": [
        *no_id(SLEEP),
        *no_id(Segment(id=1, name="x", basis="y")),
        *no_id(MEMBER, "segment"),
        *no_id(Stakeholder(id=1)),
        *no_id(Customer(id=1)),
        *no_id(CLUB),
        *no_id(NIGHTS, "brand"),
        *no_id(QUALITY, "touchpoint"),
        *no_id(POSTER),
        *no_id(POSTER, "touchpoint"),
        *no_id(CHECKOUT),
        *no_id(PLAN),
        *no_id(PLAN.pain_points[0], "touchpoint"),
        *no_id(PLAN.moments[0], "touchpoint"),
    ],
    "texts say something": [
        *blank(SLEEP, "statement", "motivation"),
        *blank(Segment(id=1, name="x", basis="y"), "name", "basis"),
        *blank(CLUB, "role_a", "role_b"),
        *blank(DRY, "name"),
        *blank(NIGHTS, "offer", "audience"),
        *blank(promise("dry"), "attribute"),
        *blank(QUALITY, "attribute"),
        *blank(FELT, "attribute"),
        *blank(USE, "name"),
        *blank(CHECKOUT, "name", "channel"),
        *blank(PLAN.moments[0], "kind"),
        *blank(STORY, "goal"),
        (Stakeholder(id=1), {"roles": {"member", " "}}, InvalidValueError, "roles"),
        (Customer(id=1), {"roles": {" "}}, InvalidValueError, "roles"),
        (CHECKOUT, {"attributes": {"\n"}}, InvalidValueError, "attributes"),
    ],
    "times are aware": [
        (MEMBER, {"since": NAIVE}, InvalidValueError, "since"),
        (MEMBER, {"until": NAIVE}, InvalidValueError, "until"),
        (CLUB.episodes[0], {"start": NAIVE}, InvalidValueError, "start"),
        (CLUB.episodes[0], {"end": NAIVE}, InvalidValueError, "end"),
        (POSTER, {"at": NAIVE}, InvalidValueError, "at"),
    ],
    "needs matter and are met from not at all to entirely": [
        *outside(SLEEP, "importance", 0, 1),
        *outside(SLEEP, "met", 0, 1),
    ],
    "needs of a customer can be told apart": [
        (Customer(id=1), {"needs": [SLEEP, SLEEP]}, InvalidValueError, "needs"),
    ],
    "a membership ends after it begins": [
        (MEMBER, {"until": day(2)}, InvalidValueError, "until"),
        (MEMBER, {"until": day(1)}, InvalidValueError, "until"),
        (MEMBER, {"since": day(4)}, InvalidValueError, "until"),
    ],
    "an episode ends after it begins": [
        (CLUB.episodes[0], {"end": day(2)}, InvalidValueError, "end"),
        (CLUB.episodes[0], {"end": day(1)}, InvalidValueError, "end"),
        (CLUB.episodes[0], {"start": day(4)}, InvalidValueError, "end"),
    ],
    "nobody is related to itself": [
        (CLUB, {"b": MOTHER}, InvalidValueError, "b"),
        (CLUB, {"a": NAPPIES}, InvalidValueError, "b"),
    ],
    "episodes follow one another, and only the last is open": [
        (CLUB, {"episodes": episodes(*spans)}, InvalidValueError, "episodes")
        for spans in (
            [(2, 5), (4, 6)],
            [(2, 9), (4, 6)],
            [(4, 6), (2, 4)],
            [(2, 4), (2, 4)],
            [(2, None), (4, 6)],
            [(2, None), (4, None)],
            [(1, 2), (3, None), (4, 5)],
        )
    ],
    "a positioning has attributes, each with one target and a weight": [
        *outside(DRY, "target", 0, 1),
        *outside(DRY, "tolerance", 0, 1),
        *outside(DRY, "weight", math.ulp(0), sys.float_info.max),
        (NIGHTS, {"attributes": []}, InvalidValueError, "attributes"),
        (NIGHTS, {"attributes": [DRY, DRY]}, InvalidValueError, "attributes"),
    ],
    "levels go from worst to best": [
        *outside(promise("dry"), "level", 0, 1),
        *outside(QUALITY, "expected", 0, 1),
        *outside(QUALITY, "promised", 0, 1),
        *outside(QUALITY, "delivered", 0, 1),
        *outside(QUALITY, "perceived", 0, 1),
        *outside(CHECKOUT, "importance", 0, 1),
        *outside(CHECKOUT, "expected", 0, 1),
        *outside(PLAN.pain_points[0], "severity", 0, 1),
    ],
    "two sides are two": [
        (SHOP, {"counterpart": None}, InvalidValueError, "counterpart"),
        (POSTER, {"direction": Direction.TWO_SIDED}, InvalidValueError, "counterpart"),
    ],
    "nothing ends before it begins": [
        (POSTER, {"duration": -TICK}, InvalidValueError, "duration"),
    ],
    "feelings go from worst to best, from not at all to as strong as can be": [
        *outside(FELT, "valence", -1, 1),
        *outside(FELT, "expectation", -1, 1),
        *outside(FELT, "intensity", 0, 1),
    ],
    "the relationship is felt in a relationship": [
        (
            SEEN,
            {"perceptions": [perception(RELATIONSHIP)]},
            InvalidValueError,
            "perceptions",
        ),
        (
            BOUGHT,
            {"encounter": attrs.evolve(SHOP, relationship=None)},
            InvalidValueError,
            "perceptions",
        ),
    ],
    "a transaction is felt by two": [
        (
            SEEN,
            {"perceptions": [FELT, perception(TRANSACTION)]},
            InvalidValueError,
            "perceptions",
        ),
        (
            BOUGHT,
            {"encounter": attrs.evolve(SHOP, direction=Direction.ONE_SIDED)},
            InvalidValueError,
            "perceptions",
        ),
    ],
    "one says one thing about one attribute": [
        (SEEN, {"perceptions": [FELT, FELT]}, InvalidValueError, "perceptions"),
        (
            SEEN,
            {"perceptions": [perception(BRAND, attribute="dry") for _ in "ab"]},
            InvalidValueError,
            "perceptions",
        ),
    ],
    "a touchpoint is for something": [
        (CHECKOUT, {"dimensions": []}, InvalidValueError, "dimensions"),
    ],
    "a journey is one party's": [
        (STORY, {"party": FATHER}, InvalidValueError, "steps"),
        (
            STORY,
            {"steps": [SEEN, Experience(encounter=attrs.evolve(SHOP, party=FATHER))]},
            InvalidValueError,
            "steps",
        ),
    ],
    "time does not go back": [
        (STORY, {"steps": [BOUGHT, SEEN]}, InvalidValueError, "steps"),
        (STORY, {"steps": [SEEN, BOUGHT, SEEN]}, InvalidValueError, "steps"),
    ],
    "parts of a map can be told apart": [
        (
            PLAN,
            {"stages": [USE, attrs.evolve(USE, phase=Phase.PURCHASE)]},
            InvalidValueError,
            "stages",
        ),
        (
            PLAN,
            {"touchpoints": [*PLAN.touchpoints, touchpoint("hotline")]},
            InvalidValueError,
            "touchpoints",
        ),
        (
            PLAN,
            {"promises": [promise("dry"), promise("dry")]},
            InvalidValueError,
            "promises",
        ),
    ],
    "whatever a map names is in it": [
        (PLAN, {"stages": [OWN]}, InvalidValueError, "touchpoints"),
        (PLAN, {"stages": []}, InvalidValueError, "touchpoints"),
        (
            PLAN,
            {"touchpoints": [*PLAN.touchpoints, touchpoint("tailor", OWN)]},
            InvalidValueError,
            "touchpoints",
        ),
        (PLAN, {"order": [("product", "?")]}, InvalidValueError, "order"),
        (PLAN, {"order": [(None, "product")]}, InvalidValueError, "order"),
        (PLAN, {"touchpoints": []}, InvalidValueError, "order"),
        (PLAN, {"promises": [promise("dry", "?")]}, InvalidValueError, "promises"),
        (
            PLAN,
            {"pain_points": [PainPoint(touchpoint="?", severity=0)]},
            InvalidValueError,
            "pain_points",
        ),
        (
            PLAN,
            {"moments": [MomentOfTruth(touchpoint="?", kind="first")]},
            InvalidValueError,
            "moments",
        ),
    ],
    "nothing comes before itself": [
        (PLAN, {"order": [("product", "product")]}, InvalidValueError, "order"),
        (
            PLAN,
            {"order": [("product", "hotline"), ("hotline", "product")]},
            InvalidValueError,
            "order",
        ),
    ],
    "promises have the frame of a positioning": [
        (PLAN, {"positioning": None}, InvalidValueError, "positioning"),
        (PLAN, {"promises": [promise("cheap")]}, InvalidValueError, "promises"),
        (
            PLAN,
            {
                "positioning": attrs.evolve(
                    NIGHTS, attributes=[attrs.evolve(DRY, name="cheap")]
                )
            },
            InvalidValueError,
            "promises",
        ),
    ],
    "a scale has points from low to high": [
        (STARS, {"low": 5}, InvalidValueError, "high"),
        (STARS, {"high": 0}, InvalidValueError, "high"),
        (STARS, {"low": math.nan}, InvalidValueError, "low"),
        (STARS, {"high": math.inf}, InvalidValueError, "high"),
        (STARS, {"step": 0}, InvalidValueError, "step"),
        (STARS, {"step": -1}, InvalidValueError, "step"),
        (STARS, {"step": 3}, InvalidValueError, "step"),
        (STARS, {"step": 1e-9}, InvalidValueError, "step"),
        (STARS, {"labels": ["bad", "good"]}, InvalidValueError, "labels"),
    ],
}
CASES = [
    pytest.param(*broken, id=f"{rule}, {number}")
    for rule, cases in INVARIANTS.items()
    for number, broken in enumerate(cases)
]
VALUES = [*dict.fromkeys(value for cases in INVARIANTS.values() for value, *_ in cases)]

DICTS = cattrs.Converter()
for kind in (datetime, timedelta):
    DICTS.register_structure_hook(kind, lambda value, _: value)


def fields_of(value: Any) -> dict[str, Any]:
    names = [field.name for field in attrs.fields(type(value))]
    return {name: getattr(value, name) for name in names}


def by_constructor(value: Any, **changes: Any) -> Any:
    return type(value)(**(fields_of(value) | changes))


def by_cattrs(value: Any, **changes: Any) -> Any:
    plain = DICTS.unstructure(value) | {
        name: DICTS.unstructure(change) for name, change in changes.items()
    }
    kind: Any = type(value)
    generic = getattr(kind, "__parameters__", ())
    return DICTS.structure(plain, kind[Any] if generic else kind)


@attrs.frozen
class Tampered:
    """Pickled as another object would be, had it had these fields."""

    reduced: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


def by_pickle(value: Any, **changes: Any) -> Any:
    rebuild, (kind, fields) = value.__reduce__()
    tampered = Tampered((rebuild, (kind, fields | changes)))
    return pickle.loads(pickle.dumps(tampered))  # noqa: S301


DOORS: dict[str, Callable[..., Any]] = {
    "constructor": by_constructor,
    "evolve": attrs.evolve,
    "pickle": by_pickle,
    "cattrs": by_cattrs,
}
if sys.version_info >= (3, 13):
    DOORS["replace"] = copy.replace


def refusals(error: BaseException) -> list[CxmError]:
    """Return ours among the errors that cattrs collects."""
    if isinstance(error, BaseExceptionGroup):
        return [ours for each in error.exceptions for ours in refusals(each)]
    return [error] if isinstance(error, CxmError) else []


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("value", "changes", "error", "argument"), CASES)
def test_no_door_lets_it_in(
    *,
    value: Any,
    changes: dict[str, Any],
    error: type[CxmError],
    argument: str,
    door: str,
) -> None:
    with pytest.raises((CxmError, cattrs.ClassValidationError)) as caught:
        DOORS[door](value, **changes)
    [refusal] = refusals(caught.value)
    assert type(refusal) is error
    assert refusal.argument == argument


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("place", range(len(VALUES)))
def test_all_doors_are_open_to_what_is_legal(place: int, door: str) -> None:
    value = VALUES[place]
    same = DOORS[door](value)
    assert type(same) is type(value)
    assert same == value
    assert hash(same) == hash(value)


def test_every_class_has_something_that_can_never_be() -> None:
    others = {"ids", "instants", "journey_logs", "tallies"}
    assert len({*map(type, VALUES)}) == len(set(testing.__all__) - others)


def test_the_why_of_a_need_cannot_be_forgotten() -> None:
    fields = fields_of(SLEEP)
    del fields["motivation"]
    with pytest.raises(TypeError, match="motivation"):
        Need(**fields)
    plain = DICTS.unstructure(SLEEP)
    del plain["motivation"]
    with pytest.raises(cattrs.ClassValidationError) as caught:
        DICTS.structure(plain, Need[int])
    assert [str(error) for error in caught.value.exceptions] == ["'motivation'"]


def test_which_end_of_a_scale_is_good_cannot_be_forgotten() -> None:
    fields = fields_of(STARS)
    del fields["higher_is_better"]
    with pytest.raises(TypeError, match="higher_is_better"):
        Scale(**fields)
    plain = DICTS.unstructure(STARS)
    del plain["higher_is_better"]
    with pytest.raises(cattrs.ClassValidationError) as caught:
        DICTS.structure(plain, Scale)
    assert [str(error) for error in caught.value.exceptions] == ["'higher_is_better'"]


# Laws, for whatever is legal


def just_before(instant: datetime) -> datetime:
    assume(instant > datetime.min.replace(tzinfo=UTC))
    return instant - TICK


@given(st.data(), testing.relationships(min_episodes=1))
def test_ended_and_resumed_at_once_it_is_the_same(
    data: st.DataObject, bond: Relationship[Any]
) -> None:
    last = bond.episodes[-1]
    if last.end is None:
        assume(last.start < datetime.max.replace(tzinfo=UTC) - TICK)
        at = data.draw(testing.instants(after=last.start + TICK))
        assert bond.end(at).resume(at) == bond
        assert bond.end(at).standing_at(at) is Standing.FORMER
    else:
        assert bond.resume(last.end).end(last.end) == bond
        assert bond.resume(last.end).standing_at(last.end) is Standing.CURRENT


@given(testing.relationships(), testing.instants())
def test_both_sides_see_the_same(bond: Relationship[Any], at: datetime) -> None:
    other = bond.reversed()
    assert other != bond
    assert other.reversed() == bond
    assert hash(other.reversed()) == hash(bond)
    assert other.standing_at(at) is bond.standing_at(at)
    assert other.tenure(at) == bond.tenure(at)


@given(testing.relationships())
def test_standing_changes_at_the_ends_of_episodes_and_nowhere_else(
    bond: Relationship[Any],
) -> None:
    ends = {episode.end for episode in bond.episodes}
    starts = {episode.start for episode in bond.episodes}
    for index, episode in enumerate(bond.episodes):
        before = Standing.FORMER if index else Standing.NOT_YET
        before = Standing.CURRENT if episode.start in ends else before
        assert bond.standing_at(just_before(episode.start)) is before
        assert bond.standing_at(episode.start) is Standing.CURRENT
        if episode.end is not None:
            after = Standing.CURRENT if episode.end in starts else Standing.FORMER
            assert bond.standing_at(just_before(episode.end)) is Standing.CURRENT
            assert bond.standing_at(episode.end) is after


@given(testing.relationships(min_episodes=2))
def test_in_a_gap_one_was_and_will_be_a_customer(bond: Relationship[Any]) -> None:
    for before, after in pairwise(bond.episodes):
        assert before.end is not None
        assume(before.end < after.start)
        middle = before.end + (after.start - before.end) / 2
        assert bond.standing_at(middle) is Standing.FORMER
        assert bond.tenure(after.start) == bond.tenure(before.end)
        assert bond.standing_at(after.start) is Standing.CURRENT


@given(testing.relationships(), testing.instants())
def test_nobody_is_a_customer_before_having_been_none(
    bond: Relationship[Any], at: datetime
) -> None:
    first = bond.episodes[0].start if bond.episodes else None
    not_yet = bond.standing_at(at) is Standing.NOT_YET
    assert not_yet == (first is None or at < first)
    assert not_yet <= (bond.tenure(at) == timedelta(0))


@given(testing.relationships(), testing.instants())
def test_whoever_comes_back_is_a_customer_again(
    bond: Relationship[Any], at: datetime
) -> None:
    last = bond.episodes[-1].end if bond.episodes else None
    assume(not bond.episodes or (last is not None and last <= at))
    again = bond.resume(at)
    assert again.standing_at(at) is Standing.CURRENT
    assert again.tenure(at) == bond.tenure(at)
    assert len(again.episodes) == len(bond.episodes) + (last != at)


@given(testing.episodes(), st.integers(-1439, 1439))
def test_the_same_instants_on_other_clocks_are_the_same_episode(
    episode: Episode, minutes: int
) -> None:
    clock = timezone(timedelta(minutes=minutes))
    day_of_the_world = timedelta(days=1)
    earliest = datetime.min.replace(tzinfo=UTC) + day_of_the_world
    latest = datetime.max.replace(tzinfo=UTC) - day_of_the_world
    assume(earliest < episode.start < (episode.end or latest) <= latest)
    end = episode.end and episode.end.astimezone(clock)
    local = Episode(start=episode.start.astimezone(clock), end=end)
    assert local == episode
    assert hash(local) == hash(episode)


@given(testing.journeys(max_steps=4))
def test_step_by_step_it_is_the_same_journey(journey: Journey[Any]) -> None:
    told = Journey[Any](party=journey.party, goal=journey.goal)
    for step in journey.steps:
        told = told.then(step)
    assert told == journey
    assert hash(told) == hash(journey)


@given(testing.journey_maps())
def test_every_map_can_be_walked_in_its_order(design: JourneyMap[Any]) -> None:
    before = {place.id: set[Any]() for place in design.touchpoints}
    for earlier, later in design.order:
        before[later].add(earlier)
    walk = [*TopologicalSorter(before).static_order()]
    assert sorted(map(repr, walk)) == sorted(map(repr, before))
    assert all(walk.index(a) < walk.index(b) for a, b in design.order)


ALIKE = st.sampled_from([1, 1.0, True, "1", ("1",), 2])


@given(ALIKE, ALIKE)
def test_equal_ids_make_equal_objects_with_equal_hashes(one: Any, other: Any) -> None:
    first, second = Customer[Any](id=one), Customer[Any](id=other)
    assert (first == second) == (one == other) == (first.ref == second.ref)
    if one == other:
        assert hash(first) == hash(second)
        assert hash(first.ref) == hash(second.ref)


@pytest.mark.parametrize("place", range(len(VALUES)))
def test_nothing_is_changed_behind_the_constructor(place: int) -> None:
    assert not hasattr(VALUES[place], "__setstate__")
    assert not hasattr(VALUES[place], "__dict__")
