"""Who?"""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Generic, Self

import attrs

from cxmkit import _checks
from cxmkit._checks import IdT
from cxmkit.need import Need, NeedNature, NeedOrigin, need_coverage

__all__ = [
    "Customer",
    "Episode",
    "Membership",
    "Need",
    "NeedNature",
    "NeedOrigin",
    "PartyKind",
    "Ref",
    "Relationship",
    "Segment",
    "Stakeholder",
    "Standing",
    "need_coverage",
]


@attrs.frozen(getstate_setstate=False)
class Ref(Generic[IdT]):
    """Which object is meant? A pointer to anything, by kind and id.

    Parties, relationships and products are named by reference, so that an encounter
    can speak of a customer without holding one, and two systems can agree on whom they
    mean without sharing a class.

    Parameters
    ----------
    kind : str
        What it is, in a word of the host's: "stakeholder", "relationship", "brand".
    id : hashable
        The host's own key: a str, int, UUID or tuple. Never parsed, never ordered.

    Raises
    ------
    InvalidTypeError
        If *kind* is not a text or *id* has no hash.
    InvalidValueError
        If *kind* is blank.
    MissingValueError
        If *id* is missing: None or NaN.

    Notes
    -----
    Invariants: *kind* has a visible character and *id* a hash, so references are keys
    of mappings. They are equal when both kind and id are.

    Examples
    --------
    >>> from cxmkit import Ref
    >>> Ref("stakeholder", 7)
    Ref(kind='stakeholder', id=7)
    >>> Ref("stakeholder", 7) == Ref("brand", 7)
    False
    """

    kind: str = attrs.field(validator=_checks.filled)
    id: IdT = attrs.field(validator=_checks.identifier)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


class PartyKind(_checks.Code):
    """Of what kind is a party? Anybody or anything can be one (S0.7).

    Attributes
    ----------
    PERSON
        One human being.
    HOUSEHOLD
        People who live, decide or pay together.
    ORGANISATION
        A firm, an authority, a club.
    THING
        A product, a machine, a place.

    Examples
    --------
    >>> from cxmkit import PartyKind
    >>> PartyKind("thing")
    <PartyKind.THING: 'thing'>
    """

    PERSON = "person"
    HOUSEHOLD = "household"
    ORGANISATION = "organisation"
    THING = "thing"


class Standing(_checks.Code):
    """Is somebody a customer at an instant: not yet, currently, or no longer (S2.74)?

    Follows from the episodes of a `Relationship` and is never stored.

    Attributes
    ----------
    NOT_YET
        Before the first episode.
    CURRENT
        Inside an episode.
    FORMER
        After an episode and outside all others: in a gap, too.

    Examples
    --------
    >>> from cxmkit import Standing
    >>> [standing.value for standing in Standing]
    ['not-yet', 'current', 'former']
    """

    NOT_YET = "not-yet"
    CURRENT = "current"
    FORMER = "former"


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Segment(Generic[IdT]):
    """Which customers are looked at together, and on what basis?

    Parameters
    ----------
    id : hashable
        The host's key. The class is generic over its type.
    name : str
        What people call it.
    basis : str
        What its members have in common, in a word of the host's: "value", "needs",
        "occasion".

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a text is blank.
    MissingValueError
        If *id* is missing: None or NaN.

    Notes
    -----
    Invariants: name and basis have a visible character. A segment makes transparent of
    whom a target group consists (S1.52); it is no way to treat a customer, who wants to
    be more than an element of a target group (S2.60).

    Examples
    --------
    >>> from cxmkit import Segment
    >>> Segment(id=3, name="young families", basis="occasion").name
    'young families'
    """

    id: IdT = attrs.field(validator=_checks.identifier)
    name: str = attrs.field(validator=_checks.filled)
    basis: str = attrs.field(validator=_checks.filled)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


def _require_order(names: tuple[str, str], first: datetime, last: datetime) -> None:
    """Refuse a time that ends before it begins, or at once."""
    if last <= first:
        raise _checks.refuse(
            argument=names[1],
            rule=f"come after {names[0]} ({first})",
            value=last,
            hint=f"leave {names[1]} out while there is no end",
        )


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Membership(Generic[IdT]):
    """When does somebody belong to a segment?

    Parameters
    ----------
    segment : hashable
        Id of the segment. The class is generic over its type.
    since : datetime
        The first instant of it; aware, kept as UTC.
    until : datetime, optional
        The first instant after it; None while there is no end.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a time has no zone, or *until* does not come after *since*.
    MissingValueError
        If *segment* is missing: None or NaN.

    Notes
    -----
    Invariants: times are in UTC; *since* < *until*; half-open, as an `Episode`.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> from cxmkit import Membership
    >>> Membership(segment=3, since=datetime(2020, 3, 1, tzinfo=timezone.utc)).until
    """

    segment: IdT = attrs.field(validator=_checks.identifier)
    since: datetime = attrs.field(converter=_checks.as_utc, validator=_checks.utc)
    until: datetime | None = attrs.field(
        default=None,
        converter=_checks.as_utc,
        validator=attrs.validators.optional(_checks.utc),
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check that it ends after it begins."""
        if self.until is not None:
            _require_order(("since", "until"), self.since, self.until)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Stakeholder(Generic[IdT]):
    """With whom or what can a relationship be had? The x of xRM (S0.7).

    There are no fields for personal data, on purpose: they stay with the host, and the
    id finds them there.

    Parameters
    ----------
    id : hashable
        The host's key: a str, int, UUID or tuple. The class is generic over its type.
    kind : PartyKind, default: PERSON
        A person, a household, an organisation or a thing.
    roles : collection of str, optional
        What it is to others, in words of the host's: "supplier", "member of staff".
        Kept as a frozenset.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a role is blank.
    MissingValueError
        If *id* is missing: None or NaN.

    Notes
    -----
    Invariants: the id has a hash; roles have a visible character. Objects are
    snapshots, equal when all fields are; whether two of them are the same party, `ref`
    says.

    Examples
    --------
    >>> from cxmkit import PartyKind, Stakeholder
    >>> supplier = Stakeholder(id=9, kind=PartyKind.ORGANISATION, roles={"supplier"})
    >>> supplier.ref
    Ref(kind='stakeholder', id=9)
    """

    id: IdT = attrs.field(validator=_checks.identifier)
    kind: PartyKind = attrs.field(
        default=PartyKind.PERSON, validator=_checks.instance(PartyKind)
    )
    roles: frozenset[str] = attrs.field(
        default=frozenset[str](),
        converter=_checks.as_frozenset,
        validator=[_checks.each(str, frozenset), _checks.all_filled],
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    @property
    def ref(self) -> Ref[IdT]:
        """Who is it? The reference by which encounters and relationships name it."""
        return Ref("stakeholder", self.id)


# The one class that inherits. kw_only is said on both: attrs before 25.4 applies it to
# inherited fields as well, later ones to own fields only; here both come to the same.
@attrs.frozen(kw_only=True, getstate_setstate=False)
class Customer(Stakeholder[IdT]):
    """Who buys or uses what the brand offers, might do so, or once did?

    A stakeholder regarded as a customer: with needs, and with segments it belongs to.
    Whether it is a customer yet or still is not a field; ask
    `Relationship.standing_at`.

    Parameters
    ----------
    id : hashable
        The host's key: a str, int, UUID or tuple. The class is generic over its type.
    kind : PartyKind, default: PERSON
        A person, a household, an organisation or a thing.
    roles : collection of str, optional
        What it is to others, in words of the host's. Kept as a frozenset.
    needs : series of Need, optional
        What it wants, and why. Kept as a tuple.
    memberships : series of Membership, optional
        Segments it belongs or belonged to. Kept as a tuple.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a role is blank, or two needs have one id.
    MissingValueError
        If *id* is missing: None or NaN.

    Notes
    -----
    Invariants: those of `Stakeholder`; ids of needs are unique, since a need held twice
    would count twice. `ref` is that of the stakeholder: who becomes a customer remains
    the same party.

    Examples
    --------
    >>> from cxmkit import Customer, Need, NeedNature, Stakeholder
    >>> sleep = Need(
    ...     id="sleep",
    ...     statement="nights without changing nappies",
    ...     motivation=None,
    ...     nature=NeedNature.EMOTIONAL,
    ... )
    >>> mother = Customer(id=7, needs=[sleep])
    >>> mother.ref == Stakeholder(id=7).ref
    True
    """

    needs: tuple[Need[Any], ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(Need)
    )
    memberships: tuple[Membership[Any], ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(Membership)
    )

    def __attrs_post_init__(self) -> None:
        """Check that needs can be told apart."""
        ids = (need.id for need in self.needs)
        hint = "give each need an id of its own"
        _checks.distinct("needs", ids, "the id", hint=hint)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Episode:
    """From when to when did a relationship exist? Half-open, perhaps without an end.

    Parameters
    ----------
    start : datetime
        The first instant of it; aware, kept as UTC.
    end : datetime, optional
        The first instant after it; None while there is no end.

    Raises
    ------
    InvalidTypeError
        If a field is not a datetime.
    InvalidValueError
        If a time has no zone, or *end* does not come after *start*.

    Notes
    -----
    Invariants: times are in UTC; *start* < *end*. The start belongs to the episode, the
    end does not, so that episodes can follow each other without a gap or an instant in
    both.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> from cxmkit import Episode
    >>> episode = Episode(start=datetime(2020, 3, 1, tzinfo=timezone.utc))
    >>> episode.end is None
    True
    """

    start: datetime = attrs.field(converter=_checks.as_utc, validator=_checks.utc)
    end: datetime | None = attrs.field(
        default=None,
        converter=_checks.as_utc,
        validator=attrs.validators.optional(_checks.utc),
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check that it ends after it begins."""
        if self.end is not None:
            _require_order(("start", "end"), self.start, self.end)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Relationship(Generic[IdT]):
    """What is there between two parties, and when? A two-sided bond in episodes.

    This is the life cycle of relationship management; the experiences of a `Journey`
    begin before it and go on after it (S2.74, S2.75).

    Parameters
    ----------
    id : hashable
        The host's key. The class is generic over its type.
    a, b : Ref
        The two parties.
    role_a, role_b : str
        What each of them is to the other, in words of the host's: "customer",
        "supplier".
    episodes : series of Episode
        When it existed, in order of time; only the last may be open. None at all means
        that the first contact is still to come. Kept as a tuple.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a party is related to itself, a role is blank, or episodes overlap, go back
        in time or follow an open one.
    MissingValueError
        If *id* is missing: None or NaN.

    Notes
    -----
    Invariants: two different parties, and a bond that starts with contact (S2.56);
    episodes are sorted and disjoint, and only the last may be open. One may begin at
    the instant at which the one before it ends: a contract renewed. The bond is an
    interval, not an event, since relationships deepen over time and not within an
    interaction (S1.28, S1.29).

    Examples
    --------
    A mother wants a brand of nappies before the birth of her child, buys it twice for
    some years, and praises it long after (S2.76):

    >>> from datetime import datetime, timezone
    >>> from cxmkit import Episode, Ref, Relationship
    >>> def day(year):
    ...     return datetime(year, 3, 1, tzinfo=timezone.utc)
    >>> club = Relationship(
    ...     id=1,
    ...     a=Ref("stakeholder", 7),
    ...     b=Ref("brand", "nappies"),
    ...     role_a="customer",
    ...     role_b="supplier",
    ...     episodes=[
    ...         Episode(start=day(2010), end=day(2012)),
    ...         Episode(start=day(2015), end=day(2017)),
    ...     ],
    ... )
    >>> [club.standing_at(day(year)).value for year in (2009, 2011, 2013, 2016, 2026)]
    ['not-yet', 'current', 'former', 'current', 'former']
    >>> club.tenure(day(2026)).days
    1462
    """

    id: IdT = attrs.field(validator=_checks.identifier)
    a: Ref[Any] = attrs.field(validator=_checks.instance(Ref))
    b: Ref[Any] = attrs.field(validator=_checks.instance(Ref))
    role_a: str = attrs.field(validator=_checks.filled)
    role_b: str = attrs.field(validator=_checks.filled)
    episodes: tuple[Episode, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(Episode)
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check that there are two parties, and each episode against the next."""
        if self.a == self.b:
            raise _checks.refuse(
                argument="b",
                rule="be another party than a",
                value=self.b,
                hint="name the two sides of the relationship",
            )
        for index, (before, episode) in enumerate(pairwise(self.episodes)):
            if before.end is None:
                raise _checks.refuse(
                    argument="episodes",
                    rule=f"have an end, since episodes[{index + 1}] follows",
                    value=before.end,
                    index=index,
                    hint="sort by start; only the last may be open",
                )
            if episode.start < before.end:
                raise _checks.refuse(
                    argument="episodes",
                    rule=f"not start before episodes[{index}] ends ({before.end})",
                    value=episode.start,
                    index=index + 1,
                    hint="sort by start, and join those that overlap",
                )

    @property
    def ref(self) -> Ref[IdT]:
        """Which relationship is it? The reference by which encounters name it."""
        return Ref("relationship", self.id)

    def standing_at(self, t: datetime) -> Standing:
        """Are the parties related at an instant: not yet, currently, or no longer?

        Parameters
        ----------
        t : datetime
            The instant; aware.

        Returns
        -------
        Standing
            NOT_YET before the first episode, CURRENT inside one, FORMER after one and
            in the gap before the next (S2.74).

        Raises
        ------
        InvalidTypeError
            If *t* is not a datetime.
        InvalidValueError
            If *t* has no time zone.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import Episode, Ref, Relationship
        >>> start = datetime(2020, 3, 1, tzinfo=timezone.utc)
        >>> club = Relationship(
        ...     id=1,
        ...     a=Ref("stakeholder", 7),
        ...     b=Ref("brand", "nappies"),
        ...     role_a="customer",
        ...     role_b="supplier",
        ...     episodes=[Episode(start=start)],
        ... )
        >>> club.standing_at(start)
        <Standing.CURRENT: 'current'>
        """
        t = _checks.instant("t", t)
        begun = [episode for episode in self.episodes if episode.start <= t]
        if not begun:
            return Standing.NOT_YET
        end = begun[-1].end  # of the latest; all before it have ended
        return Standing.CURRENT if end is None or t < end else Standing.FORMER

    def tenure(self, as_of: datetime) -> timedelta:
        """How long have the parties been related? Time inside episodes, without gaps.

        Parameters
        ----------
        as_of : datetime
            The instant up to which time counts; aware. What comes later is left out.

        Returns
        -------
        timedelta
            Not negative; 0 before the first episode.

        Raises
        ------
        InvalidTypeError
            If *as_of* is not a datetime.
        InvalidValueError
            If *as_of* has no time zone.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import Episode, Ref, Relationship
        >>> def day(number):
        ...     return datetime(2020, 3, number, tzinfo=timezone.utc)
        >>> club = Relationship(
        ...     id=1,
        ...     a=Ref("stakeholder", 7),
        ...     b=Ref("brand", "nappies"),
        ...     role_a="customer",
        ...     role_b="supplier",
        ...     episodes=[Episode(start=day(1), end=day(5)), Episode(start=day(20))],
        ... )
        >>> club.tenure(day(23)).days
        7
        """
        as_of = _checks.instant("as_of", as_of)
        spent = (
            (as_of if episode.end is None else min(episode.end, as_of)) - episode.start
            for episode in self.episodes
            if episode.start < as_of
        )
        return sum(spent, timedelta(0))

    def end(self, at: datetime) -> Self:
        """Return the relationship with its open episode ended.

        Parameters
        ----------
        at : datetime
            The first instant after the episode; aware, and after its start.

        Returns
        -------
        Relationship
            A new one; this one stays as it is.

        Raises
        ------
        InvalidTypeError
            If *at* is not a datetime.
        InvalidValueError
            If *at* has no time zone or does not come after the start of the open
            episode, or if none is open: an end once recorded is not overwritten.

        Notes
        -----
        ``relationship.end(at).resume(at)`` is the same relationship again.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import Episode, Ref, Relationship, Standing
        >>> def day(number):
        ...     return datetime(2020, 3, number, tzinfo=timezone.utc)
        >>> club = Relationship(
        ...     id=1,
        ...     a=Ref("stakeholder", 7),
        ...     b=Ref("brand", "nappies"),
        ...     role_a="customer",
        ...     role_b="supplier",
        ...     episodes=[Episode(start=day(1))],
        ... )
        >>> club.end(day(5)).standing_at(day(5)) is Standing.FORMER
        True
        """
        at = _checks.instant("at", at)
        last = self.episodes[-1] if self.episodes else None
        if last is None or last.end is not None:
            there = (
                "there is no episode yet; begin with resume(...)"
                if last is None
                else f"the last ended at {last.end}; pass other episodes to"
                " attrs.evolve to correct that"
            )
            raise _checks.refuse("at", "be the end of an open episode", at, hint=there)
        if at <= last.start:
            raise _checks.refuse(
                argument="at",
                rule=f"come after the start of the open episode ({last.start})",
                value=at,
                hint="pass other episodes to attrs.evolve to take that back",
            )
        return self._with_last(attrs.evolve(last, end=at))

    def resume(self, at: datetime) -> Self:
        """Return the relationship as begun, or begun again, without an end.

        Parameters
        ----------
        at : datetime
            The first instant of the new episode; aware, and not before the end of the
            last one. At that very end the last episode is reopened instead: no time
            has passed, so nothing was interrupted.

        Returns
        -------
        Relationship
            A new one; this one stays as it is.

        Raises
        ------
        InvalidTypeError
            If *at* is not a datetime.
        InvalidValueError
            If *at* has no time zone or lies before the end of the last episode, or if
            that is still open.

        Notes
        -----
        ``relationship.resume(at).end(at)`` is the same relationship again if *at* is
        the end of its last episode. A later *at* begins an episode, which cannot end
        at its own start.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import Episode, Ref, Relationship
        >>> def day(number):
        ...     return datetime(2020, 3, number, tzinfo=timezone.utc)
        >>> club = Relationship(
        ...     id=1,
        ...     a=Ref("stakeholder", 7),
        ...     b=Ref("brand", "nappies"),
        ...     role_a="customer",
        ...     role_b="supplier",
        ...     episodes=[Episode(start=day(1), end=day(5))],
        ... )
        >>> len(club.resume(day(9)).episodes)
        2
        >>> club.resume(day(5)).end(day(5)) == club
        True
        """
        at = _checks.instant("at", at)
        last = self.episodes[-1] if self.episodes else None
        if last is None:
            return attrs.evolve(self, episodes=(Episode(start=at),))
        if last.end is None:
            raise _checks.refuse(
                argument="at",
                rule="follow the end of the last episode",
                value=at,
                hint=f"it is open since {last.start}; end(...) it first",
            )
        if at < last.end:
            raise _checks.refuse(
                argument="at",
                rule=f"not lie before the end of the last episode ({last.end})",
                value=at,
                hint="pass other episodes to attrs.evolve to correct that",
            )
        if at == last.end:
            return self._with_last(attrs.evolve(last, end=None))
        return attrs.evolve(self, episodes=(*self.episodes, Episode(start=at)))

    def reversed(self) -> Self:
        """Return the same relationship seen from the other side.

        Parties and roles change places. Twice is the identity.

        Returns
        -------
        Relationship
            A new one, with the same id.

        Examples
        --------
        >>> from cxmkit import Ref, Relationship
        >>> wanted = Relationship(
        ...     id=1,
        ...     a=Ref("stakeholder", 7),
        ...     b=Ref("brand", "nappies"),
        ...     role_a="customer",
        ...     role_b="supplier",
        ...     episodes=[],
        ... )
        >>> wanted.reversed().role_a
        'supplier'
        """
        return attrs.evolve(
            self, a=self.b, b=self.a, role_a=self.role_b, role_b=self.role_a
        )

    def _with_last(self, episode: Episode) -> Self:
        return attrs.evolve(self, episodes=(*self.episodes[:-1], episode))
