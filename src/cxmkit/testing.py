"""On what can users test their own code? Hypothesis strategies for every class.

One function per class, named by its plural, gives a strategy for ``@given``: whatever
is legal may be drawn, corners included, and nothing else. The simplest objects are
small, so that failures are easy to read. Keywords narrow the choice; what cannot be
met is refused at once, as a `CxmError`. Texts hold any characters that UTF-8 can say.
It needs ``pip install cxmkit[testing]``.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import combinations, pairwise, product
from typing import Any, Literal

import attrs
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from hypothesis.strategies import SearchStrategy

import cxmkit as cx
from cxmkit import _checks, _columns
from cxmkit._axes import _COLUMNS, Axes
from cxmkit.errors import InvalidTypeError

__all__ = [
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

Strategy = SearchStrategy[Any]

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)
_TEXTS = st.text(min_size=1).filter(str.strip)
_SOME_TEXTS = st.frozensets(_TEXTS, max_size=3)
_LEVELS = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
_VALENCES = st.sampled_from([0.0, 1.0, -1.0]) | st.floats(-1, 1)
_DIMENSIONS = st.sampled_from(cx.ExperienceDimension)
_DIRECTIONS = st.sampled_from(cx.Direction)
_STAGES = st.sampled_from(cx.DEFAULT_STAGES) | st.builds(
    cx.Stage, _TEXTS, st.sampled_from(cx.Phase)
)
_DURATIONS = st.timedeltas(timedelta(0), timedelta(1)) | st.timedeltas(timedelta(0))
_ZONES = st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))
_MOST_POINTS = 10_001  # of a scale
_MOST_WORDED = 11  # nobody words the points of a longer scale


# What the caller gives


def _count(argument: str, value: int, floor: int = 0, shown: str = "") -> int:
    number = _checks.as_whole(argument, value)
    if number < floor:
        raise _checks.refuse(argument, f"be at least {shown or floor}", value)
    return number


def _sizes(what: str, least: int, most: int, floor: int = 0) -> dict[str, Any]:
    """Return both ends of a range under the names that Hypothesis has for them."""
    least = _count(f"min_{what}", least, floor)
    most = _count(f"max_{what}", most, least, f"min_{what} ({least})")
    return {"min_size": least, "max_size": most}


def _given(argument: str, value: Any, kind: type, otherwise: Strategy) -> Strategy:
    if value is None:
        return otherwise
    _checks.require_instance(argument, value, kind)
    return st.just(value)


def _chosen(argument: str, values: Any, kind: type, otherwise: Strategy) -> Strategy:
    """Draw one of the values that the caller gives."""
    if values is None:
        return otherwise
    return st.sampled_from(_choices(argument, values, kind))


def _choices(argument: str, values: Any, kind: type) -> tuple[Any, ...]:
    """Return the values that the caller gives, in the same order each time."""
    # The order of a set changes from run to run, but failures must be found again.
    series = sorted(values, key=repr) if isinstance(values, AbstractSet) else values
    given = _checks.as_items(series)
    if not isinstance(given, tuple):
        rule = "be a series to choose from"
        raise _checks.refuse(argument, rule, values, error=InvalidTypeError)
    if not given:
        raise _checks.refuse(argument, "hold something to choose from", values)
    for index, value in enumerate(given):
        _checks.require_instance(argument, value, kind, index=index)
    return given


def _keys(given: Strategy | None) -> Strategy:
    if given is None:
        return ids()
    _checks.require_instance("ids", given, SearchStrategy)
    return given


def _parties(
    party: cx.Ref[Any] | None, bond: cx.Relationship[Any] | None, keys: Strategy
) -> Strategy:
    if bond is None:
        return _given("party", party, cx.Ref, refs(ids=keys))
    _checks.require_instance("relationship", bond, cx.Relationship)
    if party not in (None, bond.a, bond.b):
        raise _checks.refuse("party", "be one of the relationship's two", party)
    return _given("party", party, cx.Ref, st.sampled_from([bond.a, bond.b]))


def _times(
    bond: cx.Relationship[Any] | None,
    after: datetime | None = None,
    before: datetime | None = None,
) -> SearchStrategy[datetime]:
    """Draw instants; with a relationship as many around its ends as anywhere else."""
    anywhere = instants(after=after, before=before)
    if bond is None:
        return anywhere
    ends = [at for each in bond.episodes for at in (each.start, each.end) if at]
    cuts = sorted(
        at
        for at in set(ends)
        if (after or _BEGINNING) < at and (before is None or at < before)
    )
    spans = pairwise([after, *cuts, before])
    parts = [instants(after=first, before=last) for first, last in spans]
    return st.one_of(*parts, *map(st.just, cuts))


# Ids and instants


def ids(*, kind: Literal["int", "str", "tuple", "uuid"] | None = None) -> Strategy:
    """With which keys may a host come? Whole numbers, texts, tuples and UUIDs.

    Parameters
    ----------
    kind : {"int", "str", "tuple", "uuid"}, optional
        The type of all of them; by default types are mixed.

    Returns
    -------
    SearchStrategy of hashable
        Ids. Strategies can be joined: ``ids(kind="int") | ids(kind="str")``.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(ids(kind="tuple"), lambda key: True)
    ('', 0)
    """
    strategies: dict[str, Strategy] = {
        "int": st.integers(),
        "str": st.text(),
        "tuple": st.tuples(st.text(), st.integers()),
        "uuid": st.uuids(),
    }
    if kind is None:
        return st.one_of(*strategies.values())
    _checks.choice("kind", kind, strategies)
    return strategies[kind]


def instants(
    *, after: datetime | None = None, before: datetime | None = None
) -> SearchStrategy[datetime]:
    """When? Instants, told on clocks of all time zones.

    Parameters
    ----------
    after : datetime, optional
        The first instant that may be drawn; aware.
    before : datetime, optional
        The first instant that may no longer be drawn; aware.

    Returns
    -------
    SearchStrategy of datetime
        Aware; zones are fixed offsets from UTC in whole minutes.

    Examples
    --------
    >>> from hypothesis import given
    >>> start = datetime(2026, 3, 1, tzinfo=UTC)
    >>> @given(instants(after=start))
    ... def test_nothing_is_drawn_before_the_start(instant):
    ...     assert instant >= start
    >>> test_nothing_is_drawn_before_the_start()
    """
    first = _BEGINNING if after is None else _checks.instant("after", after)
    last = _END
    if before is not None:
        last = _checks.instant("before", before)
        if last <= first:
            raise _checks.refuse("before", f"come later than after ({first})", last)
        last -= timedelta(microseconds=1)
    ends = first.replace(tzinfo=None), last.replace(tzinfo=None)
    return st.builds(_on_clock, st.datetimes(*ends, timezones=st.just(UTC)), _ZONES)


def _on_clock(moment: datetime, zone: timezone) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:  # the first and last day of the world
        return moment


# Customers


def refs(*, ids: Strategy | None = None) -> SearchStrategy[cx.Ref[Any]]:
    """Which object is meant? Pointers to anything.

    Parameters
    ----------
    ids : SearchStrategy, optional
        A strategy for their ids, such as ``st.uuids()``.

    Returns
    -------
    SearchStrategy of Ref
        References.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(refs(), lambda ref: True)
    Ref(kind='0', id=0)
    """
    return st.builds(cx.Ref, _TEXTS, _keys(ids))


def needs(*, ids: Strategy | None = None) -> SearchStrategy[cx.Need[Any]]:
    """What is wanted, and why?

    Parameters
    ----------
    ids : SearchStrategy, optional
        A strategy for their ids.

    Returns
    -------
    SearchStrategy of Need
        Needs; why, and how well they are met, may be unknown.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(needs(), lambda need: need.met == 1).met
    1.0
    """
    return st.builds(
        cx.Need,
        id=_keys(ids),
        statement=_TEXTS,
        motivation=st.none() | _TEXTS,
        nature=st.sampled_from(cx.NeedNature),
        origin=st.sampled_from(cx.NeedOrigin),
        importance=_LEVELS,
        met=st.none() | _LEVELS,
    )


def segments(*, ids: Strategy | None = None) -> SearchStrategy[cx.Segment[Any]]:
    """Which customers are looked at together, and on what basis?

    Parameters
    ----------
    ids : SearchStrategy, optional
        A strategy for their ids.

    Returns
    -------
    SearchStrategy of Segment
        Segments.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(segments(), lambda segment: True)
    Segment(id=0, name='0', basis='0')
    """
    return st.builds(cx.Segment, id=_keys(ids), name=_TEXTS, basis=_TEXTS)


def memberships(*, ids: Strategy | None = None) -> SearchStrategy[cx.Membership[Any]]:
    """When does somebody belong to a segment?

    Parameters
    ----------
    ids : SearchStrategy, optional
        A strategy for the ids of the segments.

    Returns
    -------
    SearchStrategy of Membership
        Memberships, with an end and without.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(memberships(), lambda membership: membership.until is None).until is None
    True
    """
    return st.builds(
        lambda key, time: cx.Membership(segment=key, since=time.start, until=time.end),
        _keys(ids),
        episodes(),
    )


def stakeholders(*, ids: Strategy | None = None) -> SearchStrategy[cx.Stakeholder[Any]]:
    """With whom or what can a relationship be had?

    Parameters
    ----------
    ids : SearchStrategy, optional
        A strategy for their ids.

    Returns
    -------
    SearchStrategy of Stakeholder
        Stakeholders, none of them regarded as a `Customer`.

    Examples
    --------
    >>> from cxmkit import PartyKind
    >>> from hypothesis import find
    >>> find(stakeholders(), lambda party: party.kind is PartyKind.THING).kind.value
    'thing'
    """
    kinds = st.sampled_from(cx.PartyKind)
    return st.builds(cx.Stakeholder, id=_keys(ids), kind=kinds, roles=_SOME_TEXTS)


def customers(*, ids: Strategy | None = None) -> SearchStrategy[cx.Customer[Any]]:
    """Who buys or uses what the brand offers, might do so, or once did?

    Parameters
    ----------
    ids : SearchStrategy, optional
        A strategy for the ids of customers, needs and segments.

    Returns
    -------
    SearchStrategy of Customer
        Customers with needs and memberships, or without.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(customers(ids=st.uuids()))
    ... def test_the_reference_leads_to_the_customer(customer):
    ...     assert customer.ref.id == customer.id
    >>> test_the_reference_leads_to_the_customer()
    """
    keys = _keys(ids)
    return st.builds(
        cx.Customer,
        id=keys,
        kind=st.sampled_from(cx.PartyKind),
        roles=_SOME_TEXTS,
        needs=st.lists(needs(ids=keys), max_size=3, unique_by=lambda need: need.id),
        memberships=st.lists(memberships(ids=keys), max_size=3),
    )


def episodes() -> SearchStrategy[cx.Episode]:
    """From when to when did a relationship exist?

    Returns
    -------
    SearchStrategy of Episode
        Episodes from a microsecond to all time, and open ones.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(episodes(), lambda episode: episode.end is None).end is None
    True
    """
    return _episodes({"min_size": 1, "max_size": 1}).map(lambda drawn: drawn[0])


@cache
def _moments(size: int) -> SearchStrategy[list[datetime]]:
    """Draw different instants, from one strategy: to build it takes longest."""
    return st.lists(instants(), min_size=size, max_size=size, unique=True)


@st.composite
def _episodes(draw: st.DrawFn, sizes: dict[str, Any]) -> list[cx.Episode]:
    """Draw episodes in order; each may begin where the one before it ends."""
    many = draw(st.integers(*sizes.values()))
    touching = [i > 0 and draw(st.booleans()) for i in range(many)]
    open_end = many > 0 and draw(st.booleans())
    size = 2 * many - sum(touching) - open_end
    drawn = draw(_moments(size))
    moments = iter(sorted(drawn))
    found: list[cx.Episode] = []
    for touches in touching:
        start: Any = found[-1].end if touches else next(moments)
        found.append(cx.Episode(start=start, end=next(moments, None)))
    return found


def relationships(
    *,
    a: cx.Ref[Any] | None = None,
    b: cx.Ref[Any] | None = None,
    min_episodes: int = 0,
    max_episodes: int = 3,
    ids: Strategy | None = None,
) -> SearchStrategy[cx.Relationship[Any]]:
    """What is there between two parties, and when?

    Parameters
    ----------
    a, b : Ref, optional
        The two parties; any two by default.
    min_episodes, max_episodes : int, default: 0 and 3
        How many episodes each of them has.
    ids : SearchStrategy, optional
        A strategy for all ids that are not given.

    Returns
    -------
    SearchStrategy of Relationship
        Still to come, current and over, with gaps and with episodes that touch.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(relationships())
    ... def test_there_and_back_again(relationship):
    ...     assert relationship.reversed().reversed() == relationship
    >>> test_there_and_back_again()
    """
    keys = _keys(ids)
    sizes = _sizes("episodes", min_episodes, max_episodes)
    first = _given("a", a, cx.Ref, refs(ids=keys))
    second = _given("b", b, cx.Ref, refs(ids=keys))
    if a is not None and a == b:
        raise _checks.refuse("b", "be another party than a", b)
    return st.builds(
        lambda pair, **fields: cx.Relationship(a=pair[0], b=pair[1], **fields),
        st.tuples(first, second).filter(lambda pair: pair[0] != pair[1]),
        id=keys,
        role_a=_TEXTS,
        role_b=_TEXTS,
        episodes=_episodes(sizes),
    )


# Brands


def positioning_attributes() -> SearchStrategy[cx.PositioningAttribute]:
    """For what does the brand want to be known, and how much of it?

    Returns
    -------
    SearchStrategy of PositioningAttribute
        Attributes.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(
    ...     positioning_attributes(), lambda attribute: attribute.weight > 1
    ... ).weight > 1
    True
    """
    return st.builds(
        cx.PositioningAttribute,
        name=_TEXTS,
        target=_LEVELS,
        tolerance=_LEVELS,
        weight=st.floats(0, exclude_min=True, allow_infinity=False),
    )


def brand_positionings(
    *, ids: Strategy | None = None
) -> SearchStrategy[cx.BrandPositioning]:
    """Who are we, what do we offer, to whom, and what do we stand for?

    Parameters
    ----------
    ids : SearchStrategy, optional
        A strategy for the ids of the brands.

    Returns
    -------
    SearchStrategy of BrandPositioning
        Positionings of up to four attributes.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(brand_positionings(), lambda positioning: True).weights
    {'0': 1.0}
    """
    named = positioning_attributes()
    return st.builds(
        cx.BrandPositioning,
        brand=_keys(ids),
        offer=_TEXTS,
        audience=_TEXTS,
        attributes=st.lists(named, min_size=1, max_size=4, unique_by=lambda a: a.name),
    )


def promises(
    *,
    attributes: Collection[str] | None = None,
    touchpoints: Collection[Any] | None = None,
) -> SearchStrategy[cx.Promise]:
    """What level of an attribute does the organisation communicate, and where?

    Parameters
    ----------
    attributes : collection of str, optional
        Names to choose from; any by default.
    touchpoints : collection of hashable, optional
        Ids to choose from; any by default.

    Returns
    -------
    SearchStrategy of Promise
        Promises for one touchpoint and for all of them.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(promises(attributes=["dry"]), lambda promise: True)
    Promise(attribute='dry', level=0.0, touchpoint=None)
    """
    return st.builds(
        cx.Promise,
        attribute=_chosen("attributes", attributes, str, _TEXTS),
        level=_LEVELS,
        touchpoint=st.none() | _chosen("touchpoints", touchpoints, object, ids()),
    )


def service_qualities(
    *,
    attributes: Collection[str] | None = None,
    touchpoints: Collection[Any] | None = None,
) -> SearchStrategy[cx.ServiceQuality]:
    """Is what was promised expected, delivered and perceived?

    Parameters
    ----------
    attributes : collection of str, optional
        Names to choose from; any by default.
    touchpoints : collection of hashable, optional
        Ids to choose from; any by default.

    Returns
    -------
    SearchStrategy of ServiceQuality
        Each of the four levels may be unknown.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(service_qualities(), lambda quality: quality.kept is not None).kept is None
    False
    """
    level = st.none() | _LEVELS
    return st.builds(
        cx.ServiceQuality,
        attribute=_chosen("attributes", attributes, str, _TEXTS),
        touchpoint=_chosen("touchpoints", touchpoints, object, ids()),
        expected=level,
        promised=level,
        delivered=level,
        perceived=level,
    )


# Experiences


def perceptions(
    *,
    dimensions: Collection[cx.ExperienceDimension] | None = None,
    attributes: Collection[str] | None = None,
) -> SearchStrategy[cx.Perception]:
    """What did one stakeholder make of one encounter?

    Parameters
    ----------
    dimensions : collection of ExperienceDimension, optional
        Dimensions to choose from; all three by default.
    attributes : collection of str, optional
        Names to choose from; any by default. A perception may also be of the whole.

    Returns
    -------
    SearchStrategy of Perception
        From worst to best, felt strongly or not at all.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(perceptions(), lambda felt: felt.valence == -1).valence
    -1.0
    """
    return st.builds(
        cx.Perception,
        dimension=_chosen(
            "dimensions", dimensions, cx.ExperienceDimension, _DIMENSIONS
        ),
        valence=_VALENCES,
        intensity=_LEVELS,
        attribute=st.none() | _chosen("attributes", attributes, str, _TEXTS),
        expectation=st.none() | _VALENCES,
        evidence=st.sampled_from(cx.Evidence),
    )


def encounters(
    *,
    party: cx.Ref[Any] | None = None,
    touchpoints: Collection[Any] | None = None,
    after: datetime | None = None,
    before: datetime | None = None,
    direction: cx.Direction | None = None,
    relationship: cx.Relationship[Any] | None = None,
    ids: Strategy | None = None,
) -> SearchStrategy[cx.Encounter[Any]]:
    """What happened? One-sided and two-sided, for an instant and for long.

    Parameters
    ----------
    party : Ref, optional
        Who had all of them; anybody by default.
    touchpoints : collection of hashable, optional
        Ids to choose from; any by default.
    after, before : datetime, optional
        When they may begin, as for `instants`.
    direction : Direction, optional
        Whether the other side took part; both by default.
    relationship : Relationship, optional
        Whose parties had them, before, within and after its episodes. They name it or
        none; by default they may name any.
    ids : SearchStrategy, optional
        A strategy for all ids that are not given.

    Returns
    -------
    SearchStrategy of Encounter
        Encounters.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(encounters(touchpoints=["poster"]), lambda encounter: True).touchpoint
    'poster'
    """
    keys = _keys(ids)
    return _encounters(
        parties=_parties(party, relationship, keys),
        places=_chosen("touchpoints", touchpoints, object, keys),
        times=_times(relationship, after, before),
        directions=_given("direction", direction, cx.Direction, _DIRECTIONS),
        bond=relationship,
        keys=keys,
    )


def _encounters(
    *,
    parties: Strategy,
    places: Strategy,
    times: Strategy,
    bond: cx.Relationship[Any] | None,
    keys: Strategy,
    directions: Strategy = _DIRECTIONS,
) -> SearchStrategy[cx.Encounter[Any]]:
    others = refs(ids=keys)

    def encounter(*, answered: bool, **fields: Any) -> cx.Encounter[Any]:
        if fields["direction"] is cx.Direction.ONE_SIDED and not answered:
            fields["counterpart"] = None
        return cx.Encounter(**fields)

    return st.builds(
        encounter,
        id=keys,
        party=parties,
        touchpoint=places,
        at=times,
        direction=directions,
        duration=_DURATIONS,
        initiator=st.none() | st.sampled_from(cx.Initiator),
        counterpart=others,
        answered=st.booleans(),
        relationship=st.none() | (st.just(bond.ref) if bond else others),
    )


def experiences(
    *, encounters: SearchStrategy[cx.Encounter[Any]] | None = None
) -> SearchStrategy[cx.Experience[Any]]:
    """What happened, and what was made of it?

    Parameters
    ----------
    encounters : SearchStrategy of Encounter, optional
        A strategy for what happened.

    Returns
    -------
    SearchStrategy of Experience
        With up to three perceptions, in the dimensions that the encounter allows.

    Examples
    --------
    >>> from cxmkit import Direction, ExperienceDimension
    >>> from hypothesis import given
    >>> @given(experiences(encounters=encounters(direction=Direction.ONE_SIDED)))
    ... def test_nobody_transacts_alone(experience):
    ...     for perception in experience.perceptions:
    ...         assert perception.dimension is not ExperienceDimension.TRANSACTION
    >>> test_nobody_transacts_alone()
    """
    if encounters is not None:
        _checks.require_instance("encounters", encounters, SearchStrategy)
    felt = st.lists(
        perceptions(),
        max_size=3,
        unique_by=lambda perception: (perception.dimension, perception.attribute),
    )
    happened = _ANY_ENCOUNTERS if encounters is None else encounters
    return st.builds(_experience, happened, felt)


def _experience(
    encounter: cx.Encounter[Any], felt: list[cx.Perception]
) -> cx.Experience[Any]:
    """Leave out what cannot have been felt."""
    two_sided = encounter.direction is cx.Direction.TWO_SIDED
    possible = {
        cx.ExperienceDimension.BRAND: True,
        cx.ExperienceDimension.RELATIONSHIP: encounter.relationship is not None,
        cx.ExperienceDimension.TRANSACTION: two_sided,
    }
    kept = [perception for perception in felt if possible[perception.dimension]]
    return cx.Experience(encounter=encounter, perceptions=kept)


_ANY_ENCOUNTERS = encounters()


# Journeys


def stages() -> SearchStrategy[cx.Stage]:
    """Which part of a journey is it?

    Returns
    -------
    SearchStrategy of Stage
        The usual stages, and stages of one's own.

    Examples
    --------
    >>> from cxmkit import Phase
    >>> from hypothesis import find
    >>> find(stages(), lambda stage: stage.phase is Phase.PURCHASE).phase.value
    'purchase'
    """
    return _STAGES


def touchpoints(
    *, stages: Collection[cx.Stage] | None = None, ids: Strategy | None = None
) -> SearchStrategy[cx.Touchpoint[Any]]:
    """Where can the brand be experienced?

    Parameters
    ----------
    stages : collection of Stage, optional
        Stages to choose from; any by default.
    ids : SearchStrategy, optional
        A strategy for their ids.

    Returns
    -------
    SearchStrategy of Touchpoint
        Touchpoints.

    Examples
    --------
    >>> from cxmkit import Medium
    >>> from hypothesis import find
    >>> find(touchpoints(), lambda place: place.medium is Medium.PEER).medium.value
    'peer'
    """
    return st.builds(
        cx.Touchpoint,
        id=_keys(ids),
        name=_TEXTS,
        stage=_chosen("stages", stages, cx.Stage, _STAGES),
        channel=st.none() | _TEXTS,
        owner=st.sampled_from(cx.Owner),
        medium=st.sampled_from(cx.Medium),
        dimensions=st.frozensets(_DIMENSIONS, min_size=1),
        attributes=_SOME_TEXTS,
        importance=st.none() | _LEVELS,
        expected=st.none() | _LEVELS,
    )


def pain_points(
    *, touchpoints: Collection[Any] | None = None
) -> SearchStrategy[cx.PainPoint[Any]]:
    """Where does it hurt, and how much?

    Parameters
    ----------
    touchpoints : collection of hashable, optional
        Ids to choose from; any by default.

    Returns
    -------
    SearchStrategy of PainPoint
        Pain points, with a note and without.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(pain_points(touchpoints=["till"]), lambda pain_point: True)
    PainPoint(touchpoint='till', severity=0.0, note='')
    """
    places = _chosen("touchpoints", touchpoints, object, ids())
    return st.builds(cx.PainPoint, touchpoint=places, severity=_LEVELS, note=st.text())


def moments_of_truth(
    *, touchpoints: Collection[Any] | None = None
) -> SearchStrategy[cx.MomentOfTruth[Any]]:
    """Where is the brand won or lost?

    Parameters
    ----------
    touchpoints : collection of hashable, optional
        Ids to choose from; any by default.

    Returns
    -------
    SearchStrategy of MomentOfTruth
        Moments of truth.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(moments_of_truth(touchpoints=["shelf"]), lambda moment: True)
    MomentOfTruth(touchpoint='shelf', kind='0')
    """
    places = _chosen("touchpoints", touchpoints, object, ids())
    return st.builds(cx.MomentOfTruth, touchpoint=places, kind=_TEXTS)


def journey_maps(
    *,
    min_touchpoints: int = 0,
    max_touchpoints: int = 5,
    positioning: cx.BrandPositioning | None = None,
    ids: Strategy | None = None,
) -> SearchStrategy[cx.JourneyMap[Any]]:
    """How is the journey meant to be? From an empty sheet to a full design.

    Parameters
    ----------
    min_touchpoints, max_touchpoints : int, default: 0 and 5
        How many touchpoints each of them has.
    positioning : BrandPositioning, optional
        The frame of all promises; any or none by default.
    ids : SearchStrategy, optional
        A strategy for the ids of maps, touchpoints and brands.

    Returns
    -------
    SearchStrategy of JourneyMap
        Maps, in any order that has no cycle.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(journey_maps(max_touchpoints=3))
    ... def test_three_touchpoints_have_three_pairs_at_most(design):
    ...     assert len(design.order) <= 3
    >>> test_three_touchpoints_have_three_pairs_at_most()
    """
    keys = _keys(ids)
    sizes = _sizes("touchpoints", min_touchpoints, max_touchpoints)
    any_frame = st.none() | brand_positionings(ids=keys)
    frames = _given("positioning", positioning, cx.BrandPositioning, any_frame)
    own = st.lists(
        _STAGES,
        min_size=min(sizes["min_size"], 1),
        max_size=4,
        unique_by=lambda stage: stage.name,
    )
    columns = own | st.just(list(cx.DEFAULT_STAGES))
    # All of one stage, which is cheap; the map says which are its stages.
    places = touchpoints(stages=cx.DEFAULT_STAGES[:1], ids=keys)
    placed = st.lists(places, **sizes, unique_by=lambda place: place.id)

    @st.composite
    def designs(draw: st.DrawFn) -> cx.JourneyMap[Any]:
        def some(values: list[Any], most: int = 3, *, unique: bool) -> list[Any]:
            few = st.lists(st.sampled_from(values), max_size=most, unique=unique)
            return draw(few) if values else []

        stages = draw(columns)
        drawn = draw(placed) if stages else []
        one_of_them = st.sampled_from(stages)
        there = [place.id for place in drawn]
        pairs = [*combinations(draw(st.permutations(there)), 2)]
        frame = draw(frames)
        promised = product(frame.weights if frame else (), [None, *there])
        return cx.JourneyMap(
            id=draw(keys),
            stages=stages,
            touchpoints=[
                attrs.evolve(place, stage=draw(one_of_them)) for place in drawn
            ],
            order=some(pairs, len(pairs), unique=True),
            promises=[
                cx.Promise(attribute=name, level=draw(_LEVELS), touchpoint=place)
                for name, place in some([*promised], unique=True)
            ],
            positioning=frame,
            pain_points=[
                cx.PainPoint(
                    touchpoint=at, severity=draw(_LEVELS), note=draw(st.text())
                )
                for at in some(there, unique=False)
            ],
            moments=[
                cx.MomentOfTruth(touchpoint=at, kind=draw(_TEXTS))
                for at in some(there, unique=False)
            ],
        )

    return designs()


def journeys(
    *,
    party: cx.Ref[Any] | None = None,
    touchpoints: Collection[Any] | None = None,
    relationship: cx.Relationship[Any] | None = None,
    min_steps: int = 0,
    max_steps: int = 8,
    ids: Strategy | None = None,
) -> SearchStrategy[cx.Journey[Any]]:
    """How did one stakeholder move toward a goal?

    Parameters
    ----------
    party, touchpoints, relationship
        As for `encounters`.
    min_steps, max_steps : int, default: 0 and 8
        How many steps each of them has.
    ids : SearchStrategy, optional
        A strategy for all ids that are not given.

    Returns
    -------
    SearchStrategy of Journey
        Journeys; steps may begin at the same instant, and overlap.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(journeys(max_steps=3))
    ... def test_a_curve_has_no_more_points_than_steps(journey):
    ...     assert len(journey.emotion_curve()) <= len(journey.steps)
    >>> test_a_curve_has_no_more_points_than_steps()
    """
    keys = _keys(ids)
    sizes = _sizes("steps", min_steps, max_steps)
    parties = _parties(party, relationship, keys)
    places = _chosen("touchpoints", touchpoints, object, keys)
    # Steps choose from a few instants, or no two would ever begin at the same one.
    some = st.lists(_times(relationship), min_size=1, max_size=max(1, max_steps))
    # All of nobody at one instant, which is cheap; the journey says whose and when.
    happened = _encounters(
        parties=st.just(cx.Ref("nobody", 0)),
        places=places,
        times=st.just(_BEGINNING),
        bond=relationship,
        keys=keys,
    )
    lived = st.lists(experiences(encounters=happened), **sizes)

    @st.composite
    def told(draw: st.DrawFn) -> cx.Journey[Any]:
        who = draw(parties)
        times = st.sampled_from(draw(some))

        def placed(step: cx.Experience[Any]) -> cx.Experience[Any]:
            encounter = attrs.evolve(step.encounter, party=who, at=draw(times))
            return attrs.evolve(step, encounter=encounter)

        steps = [placed(step) for step in draw(lived)]
        steps.sort(key=lambda step: step.encounter.at)
        return cx.Journey.of(who, draw(_TEXTS), steps)

    return told()


# Logs


def journey_logs(
    *,
    touchpoints: Collection[Any] | None = None,
    scale: cx.Scale | None = None,
    min_events: int = 0,
    max_events: int = 12,
    ids: Strategy | None = None,
) -> SearchStrategy[cx.JourneyLog]:
    """What did several customers live through, and in which order?

    Parameters
    ----------
    touchpoints : collection of hashable, optional
        The vocabulary of all of them; any of up to four by default.
    scale : Scale, optional
        The scale of the answers, which all of them then have; any or none by default.
    min_events, max_events : int, default: 0 and 12
        How many events each of them has.
    ids : SearchStrategy, optional
        A strategy for the ids of customers; of one type per log by default.

    Returns
    -------
    SearchStrategy of JourneyLog
        Logs of up to four customers, with equal times and equal events, labels without
        events, and each optional column or not.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(journey_logs())
    ... def test_parts_hold_all_events(log):
    ...     assert sum(len(part) for part in log.partition(2)) == len(log)
    >>> test_parts_hold_all_events()
    """
    if ids is not None:
        _checks.require_instance("ids", ids, SearchStrategy)
    people = _LABELS if ids is None else _vocabularies(ids)
    places = _LABELS
    if touchpoints is not None:
        given = _choices("touchpoints", touchpoints, object)
        _columns.require_labels("touchpoints", given)
        places = st.just(given)
    sizes = _sizes("events", min_events, max_events)
    ruled = _given("scale", scale, cx.Scale, st.none() | scales())

    @st.composite
    def logged(draw: st.DrawFn) -> cx.JourneyLog:
        rows = range(draw(st.integers(*sizes.values())))
        chosen = draw(ruled)

        def column(values: Strategy) -> list[Any]:
            return [draw(values) for _ in rows]

        def coded(labels: Strategy, least: int = 0) -> tuple[list[int], Any]:
            known = draw(labels)
            return column(st.integers(least, len(known) - 1)), known

        def perhaps(what: Any, *arguments: Any) -> Any:
            return what(*arguments) if draw(st.booleans()) else None

        codes, known = coded(people)
        few = draw(st.lists(_WHOLES, min_size=1, max_size=3))
        points = [] if chosen is None else chosen.points.tolist()
        return cx.JourneyLog.from_columns(
            customer=np.fromiter((known[code] for code in codes), object),
            time=column(st.sampled_from(few)),
            time_unit=draw(_UNITS),
            touchpoint=coded(places),
            channel=perhaps(coded, _LABELS, -1),
            dimension=perhaps(column, st.none() | _DIMENSIONS),
            attribute=perhaps(coded, _LABELS, -1),
            two_sided=perhaps(column, st.booleans()),
            amount=perhaps(column, st.none() | _AMOUNTS),
            score=chosen and column(st.none() | st.sampled_from(points)),
            scale=chosen,
        )

    return logged()


def _vocabularies(labels: Strategy) -> SearchStrategy[tuple[Any, ...]]:
    return st.lists(labels, min_size=1, max_size=4, unique=True).map(tuple)


_LABELS = st.one_of(
    _vocabularies(ids(kind="int")),
    _vocabularies(ids(kind="str")),
    _vocabularies(ids(kind="tuple")),
    _vocabularies(ids(kind="uuid")),
)
_WHOLES = st.integers(0, 9) | st.integers(-_columns.FARTHEST, _columns.FARTHEST)
_UNITS: Strategy = st.sampled_from(["s", "D", "h", "m", "ms", "us", "ns"])
_AMOUNTS = st.integers(-100, 100).map(float) | st.floats(
    allow_nan=False, allow_infinity=False
)


# Scales and tallies


def scales(
    *,
    min_points: int = 2,
    max_points: int = 11,
    higher_is_better: bool | None = None,
) -> SearchStrategy[cx.Scale]:
    """On what scale was it said, and which end is good?

    Parameters
    ----------
    min_points, max_points : int, default: 2 and 11
        How many points each of them has, up to 10,001.
    higher_is_better : bool, optional
        Which end of all of them is good; both by default.

    Returns
    -------
    SearchStrategy of Scale
        Scales within -1000 to 1000 and on, with whole steps and others; those of up to
        11 points may have labels.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(
    ...     scales(higher_is_better=False), lambda scale: scale.size == 5
    ... ).higher_is_better
    False
    """
    sizes = _sizes("points", min_points, max_points, floor=2)
    if sizes["max_size"] > _MOST_POINTS:
        raise _checks.refuse("max_points", f"be at most {_MOST_POINTS:,}", max_points)
    better = _given("higher_is_better", higher_is_better, bool, st.booleans())

    @st.composite
    def ruled(draw: st.DrawFn) -> cx.Scale:
        size = draw(st.integers(*sizes.values()))
        # No sum of these is ever rounded so much that the steps would not fit.
        low = draw(st.integers(-1000, 1000).map(float) | st.floats(-1000, 1000))
        step = draw(st.sampled_from([1.0, 0.5, 0.1]) | st.floats(0.01, 100))
        worded = size <= _MOST_WORDED and draw(st.booleans())
        return cx.Scale(
            low,
            low + (size - 1) * step,
            step=step,
            higher_is_better=draw(better),
            labels=[draw(st.text()) for _ in range(size * worded)],
        )

    return ruled()


def tallies(
    *,
    scale: cx.Scale | None = None,
    max_axes: int = 2,
    max_labels: int = 3,
    weighted: bool | None = None,
) -> SearchStrategy[cx.Tally]:
    """How often was each point of a scale chosen, in each group?

    Parameters
    ----------
    scale : Scale, optional
        The scale of all of them; any of up to 11 points by default.
    max_axes, max_labels : int, default: 2 and 3
        How many axes there are at most, and labels on each; there may be none.
    weighted : bool, optional
        Whether sums of weights are kept; both by default.

    Returns
    -------
    SearchStrategy of Tally
        Tallies of nobody up to 1000 answers per point and group, with mean weights of
        0 and from 0.001 to 1000.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(tallies())
    ... def test_groups_add_up_to_all(tally):
    ...     assert tally.pooled().n == tally.n
    >>> test_groups_add_up_to_all()
    """
    levels = st.lists(
        ids(kind="int") | ids(kind="str"),
        max_size=_count("max_labels", max_labels),
        unique=True,
    )
    names = st.text().filter(lambda name: name not in _COLUMNS)
    groups = st.dictionaries(names, levels, max_size=_count("max_axes", max_axes))
    ruled = _given("scale", scale, cx.Scale, scales())
    weighing = _given("weighted", weighted, bool, st.booleans())
    answers = st.integers(0, 1000).map(float)

    @st.composite
    def counted(draw: st.DrawFn) -> cx.Tally:
        def array(shape: tuple[int, ...], elements: Strategy) -> Any:
            return draw(npst.arrays(np.float64, shape, elements=elements))

        chosen, grid = draw(ruled), Axes.of(draw(groups))
        shape = (*grid.shape, chosen.size)
        counts, missing = array(shape, answers), array(grid.shape, answers)
        sums: dict[str, Any] = {}
        if draw(weighing):
            total = counts * array(shape, st.just(0.0) | st.floats(0.001, 1000))
            # Squares add up to least if weights are alike, to most if one has all.
            least = 1 / np.maximum(counts, 1)
            share = least + (1 - least) * array(shape, _LEVELS)
            sums = {"sum_weights": total, "sum_squared_weights": share * total**2}
        return cx.Tally(
            scale=chosen, counts=counts, grid=grid, missing_counts=missing, **sums
        )

    return counted()
