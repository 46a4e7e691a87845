"""What happened, and what was made of it?"""

from datetime import datetime, timedelta
from typing import Any, Generic, Self

import attrs

from cxmkit import _checks
from cxmkit._checks import IdT, KeyT
from cxmkit.customer import Ref
from cxmkit.scale import Scale, point_codes

__all__ = [
    "Direction",
    "Encounter",
    "Evidence",
    "Experience",
    "ExperienceDimension",
    "Initiator",
    "Perception",
]

_AN_INSTANT = timedelta(0)


class ExperienceDimension(_checks.Code):
    """What is a perception about? Exactly one of three (S1.34).

    Attributes
    ----------
    BRAND
        The brand and what it stands for; staff who live the brand included.
    RELATIONSHIP
        The bond between the two parties over time.
    TRANSACTION
        What both sides did in this encounter: co-creation.

    Examples
    --------
    >>> from cxmkit import ExperienceDimension
    >>> ExperienceDimension("brand")
    <ExperienceDimension.BRAND: 'brand'>
    """

    BRAND = "brand"
    RELATIONSHIP = "relationship"
    TRANSACTION = "transaction"


class Direction(_checks.Code):
    """Did both sides take part, or one alone (S2.56, S2.57)?

    Attributes
    ----------
    ONE_SIDED
        The party met the brand and nobody answered: seeing an advertisement.
    TWO_SIDED
        Somebody or something took part: a shop assistant, a web shop, the product.

    Examples
    --------
    >>> from cxmkit import Direction
    >>> Direction("two-sided").name
    'TWO_SIDED'
    """

    ONE_SIDED = "one-sided"
    TWO_SIDED = "two-sided"


class Initiator(_checks.Code):
    """Who began the encounter?

    Attributes
    ----------
    STAKEHOLDER
        The party itself.
    ORGANISATION
        The brand's side.
    THIRD_PARTY
        Anybody else: a friend, the press, a comparison site.

    Examples
    --------
    >>> from cxmkit import Initiator
    >>> [initiator.value for initiator in Initiator]
    ['stakeholder', 'organisation', 'third-party']
    """

    STAKEHOLDER = "stakeholder"
    ORGANISATION = "organisation"
    THIRD_PARTY = "third-party"


class Evidence(_checks.Code):
    """How do we know what was perceived (S2.64, S2.89)?

    Attributes
    ----------
    ASSUMED
        Somebody thinks so.
    OBSERVED
        Inferred from behaviour.
    SELF_REPORTED
        The party said so.
    FIRST_HAND
        Lived by ourselves in the party's place.

    Examples
    --------
    >>> from cxmkit import Evidence
    >>> Evidence.SELF_REPORTED.value
    'self-reported'
    """

    ASSUMED = "assumed"
    OBSERVED = "observed"
    SELF_REPORTED = "self-reported"
    FIRST_HAND = "first-hand"


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Encounter(Generic[IdT]):
    """What happened? One occurrence at a touchpoint, at one instant or interval.

    The touchpoint is a place in the design, the encounter what took place there; what
    somebody made of it is a `Perception`. `one_sided` and `two_sided` say in one word
    which kind it was.

    Parameters
    ----------
    id : hashable
        The host's key of this occurrence.
    party : Ref
        Who had it. The class is generic over the type of the party's id.
    touchpoint : hashable
        Id of the touchpoint where it took place.
    at : datetime
        When it began; aware, kept as UTC.
    direction : Direction
        Whether the other side took part.
    duration : timedelta, default: 0
        How long it went on; not negative. 0 is an instant, or not measured.
    initiator : Initiator, optional
        Who began it; None if unknown.
    counterpart : Ref, optional
        The other side: a person, an organisation or a thing, as precisely as you know
        it. Using the product is two-sided, with the product as the counterpart (S1.36).
    relationship : Ref, optional
        The relationship it belongs to, if any; also after it has ended, as when
        somebody is to be won back.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind, such as a text for a datetime.
    InvalidValueError
        If *at* has no time zone, *duration* is negative, or a two-sided encounter has
        no counterpart.
    MissingValueError
        If an id is missing: None or NaN.

    Notes
    -----
    Invariants: *at* is in UTC; *duration* is not negative; a two-sided encounter has a
    counterpart. A one-sided one never requires a relationship, but may happen inside
    one.

    Examples
    --------
    >>> from datetime import datetime, timedelta, timezone
    >>> from cxmkit import Direction, Encounter, Ref
    >>> cet = timezone(timedelta(hours=1))
    >>> advertisement = Encounter(
    ...     id=1,
    ...     party=Ref("stakeholder", 7),
    ...     touchpoint="advertisement",
    ...     at=datetime(2026, 3, 1, 9, 30, tzinfo=cet),
    ...     direction=Direction.ONE_SIDED,
    ... )
    >>> advertisement.at.isoformat()
    '2026-03-01T08:30:00+00:00'
    """

    id: Any = attrs.field(validator=_checks.identifier)
    party: Ref[IdT] = attrs.field(validator=_checks.instance(Ref))
    touchpoint: Any = attrs.field(validator=_checks.identifier)
    at: datetime = attrs.field(converter=_checks.as_utc, validator=_checks.utc)
    direction: Direction = attrs.field(validator=_checks.instance(Direction))
    duration: timedelta = attrs.field(
        default=_AN_INSTANT,
        converter=_checks.as_timedelta,
        validator=_checks.instance(timedelta),
    )
    initiator: Initiator | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(_checks.instance(Initiator)),
    )
    counterpart: Ref[Any] | None = attrs.field(
        default=None, validator=attrs.validators.optional(_checks.instance(Ref))
    )
    relationship: Ref[Any] | None = attrs.field(
        default=None, validator=attrs.validators.optional(_checks.instance(Ref))
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check the rules across fields."""
        if self.duration < _AN_INSTANT:
            raise _checks.refuse(
                argument="duration", rule="not be negative", value=self.duration
            )
        if self.direction is Direction.TWO_SIDED and self.counterpart is None:
            raise _checks.refuse(
                argument="counterpart",
                rule="name the other side of a two-sided encounter",
                value=None,
                hint="pass counterpart=Ref(...), or use Encounter.one_sided",
            )

    @classmethod
    def one_sided(
        cls,
        *,
        id: Any,  # noqa: A002  one name per concept: the field's own
        party: Ref[KeyT],
        touchpoint: Any,
        at: datetime,
        duration: timedelta = _AN_INSTANT,
        initiator: Initiator | None = None,
        relationship: Ref[Any] | None = None,
    ) -> "Encounter[KeyT]":
        """Build an encounter in which nobody took part but the party.

        Parameters
        ----------
        id, party, touchpoint, at, duration, initiator, relationship
            The fields of `Encounter`.

        Returns
        -------
        Encounter
            With direction ONE_SIDED and without a counterpart.

        Raises
        ------
        CxmError
            As for `Encounter`.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import Encounter, Ref
        >>> advertisement = Encounter.one_sided(
        ...     id=1,
        ...     party=Ref("stakeholder", 7),
        ...     touchpoint="advertisement",
        ...     at=datetime(2026, 3, 1, tzinfo=timezone.utc),
        ... )
        >>> advertisement.direction
        <Direction.ONE_SIDED: 'one-sided'>
        """
        return Encounter(
            id=id,
            party=party,
            touchpoint=touchpoint,
            at=at,
            direction=Direction.ONE_SIDED,
            duration=duration,
            initiator=initiator,
            relationship=relationship,
        )

    @classmethod
    def two_sided(
        cls,
        *,
        id: Any,  # noqa: A002  one name per concept: the field's own
        party: Ref[KeyT],
        touchpoint: Any,
        at: datetime,
        counterpart: Ref[Any],
        duration: timedelta = _AN_INSTANT,
        initiator: Initiator | None = None,
        relationship: Ref[Any] | None = None,
    ) -> "Encounter[KeyT]":
        """Build an encounter in which the party and a counterpart took part.

        Parameters
        ----------
        id, party, touchpoint, at, counterpart, duration, initiator, relationship
            The fields of `Encounter`; here the counterpart must be given.

        Returns
        -------
        Encounter
            With direction TWO_SIDED.

        Raises
        ------
        CxmError
            As for `Encounter`.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import Encounter, Ref
        >>> use = Encounter.two_sided(
        ...     id=2,
        ...     party=Ref("stakeholder", 7),
        ...     touchpoint="at home",
        ...     at=datetime(2026, 3, 2, tzinfo=timezone.utc),
        ...     counterpart=Ref("product", "nappies"),
        ... )
        >>> use.counterpart
        Ref(kind='product', id='nappies')
        """
        return Encounter(
            id=id,
            party=party,
            touchpoint=touchpoint,
            at=at,
            direction=Direction.TWO_SIDED,
            duration=duration,
            initiator=initiator,
            counterpart=counterpart,
            relationship=relationship,
        )


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Perception:
    """What did one stakeholder make of one encounter, in one dimension?

    Parameters
    ----------
    dimension : ExperienceDimension
        What it is about: the brand, the relationship or the transaction.
    valence : float
        How good it was: -1 (worst) over 0 (neutral) to 1 (best).
    intensity : float, default: 1.0
        How strongly it was felt, 0 (not at all) to 1 (as strongly as can be).
    attribute : str, optional
        What it is about in particular: an attribute of the positioning, or a question
        of its own such as "effort"; None for the whole.
    expectation : float, optional
        Valence anticipated before the encounter, -1 to 1; None if unknown.
    evidence : Evidence, default: SELF_REPORTED
        How we know.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a number lies outside its range or the attribute is blank.

    Notes
    -----
    Invariants: exactly one dimension; valence and expectation from -1 to 1; intensity
    from 0 to 1.

    Examples
    --------
    >>> from cxmkit import ExperienceDimension, Perception
    >>> felt = Perception(dimension=ExperienceDimension.BRAND, valence=0.5)
    >>> felt.evidence
    <Evidence.SELF_REPORTED: 'self-reported'>
    """

    dimension: ExperienceDimension = attrs.field(
        validator=_checks.instance(ExperienceDimension)
    )
    valence: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(-1, 1)
    )
    intensity: float = attrs.field(
        default=1.0, converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    attribute: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(_checks.filled)
    )
    expectation: float | None = attrs.field(
        default=None,
        converter=_checks.as_optional_float,
        validator=attrs.validators.optional(_checks.within(-1, 1)),
    )
    evidence: Evidence = attrs.field(
        default=Evidence.SELF_REPORTED, validator=_checks.instance(Evidence)
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    @classmethod
    def from_answer(
        cls,
        value: float,
        *,
        scale: Scale,
        dimension: ExperienceDimension,
        intensity: float = 1.0,
        attribute: str | None = None,
        expectation: float | None = None,
        evidence: Evidence = Evidence.SELF_REPORTED,
    ) -> Self:
        """Build a perception from an answer on a scale.

        The valence is ``2 * scale.to_unit(value) - 1``: the best point of the scale
        becomes 1, the worst -1, the midpoint 0, whichever end is good.

        Parameters
        ----------
        value : float
            One answer: a point of *scale*.
        scale : Scale
            The scale on which it was given.
        dimension, intensity, attribute, expectation, evidence
            The other fields of `Perception`; *expectation* is a valence, not a point
            of the scale.

        Returns
        -------
        Perception
            With a valence from -1 (worst) to 1 (best).

        Raises
        ------
        InvalidTypeError
            If *value* is not a number or *scale* not a scale.
        InvalidValueError
            If *value* is not a point of the scale, or not a single one.
        MissingValueError
            If *value* is missing: no answer is no perception.

        Examples
        --------
        >>> from cxmkit import EFFORT_1_5, ExperienceDimension, Perception, STARS_1_5
        >>> two_stars = Perception.from_answer(
        ...     2, scale=STARS_1_5, dimension=ExperienceDimension.TRANSACTION
        ... )
        >>> two_stars.valence
        -0.5
        >>> little_effort = Perception.from_answer(
        ...     2, scale=EFFORT_1_5, dimension=ExperienceDimension.TRANSACTION
        ... )
        >>> little_effort.valence
        0.5
        """
        return cls(
            dimension=dimension,
            valence=_valence(value, scale),
            intensity=intensity,
            attribute=attribute,
            expectation=expectation,
            evidence=evidence,
        )


def _valence(value: float, scale: Scale) -> float:
    _checks.require_instance("scale", scale, Scale)
    answer = _checks.floats(value, "value", hint="no answer is no perception")
    if answer.ndim:
        raise _checks.refuse(argument="value", rule="be one answer", value=value)
    # From the whole-numbered code, so that turning the scale round flips the valence
    # exactly; 2 * (1 - unit) - 1 would be off in the last digit.
    top = scale.size - 1
    above_midpoint = 2 * int(point_codes(scale, answer, "value")) - top
    return above_midpoint / top if scale.higher_is_better else -above_midpoint / top


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Experience(Generic[IdT]):
    """What happened, and what was made of it? One encounter and its perceptions.

    Parameters
    ----------
    encounter : Encounter
        What happened.
    perceptions : series of Perception, optional
        What was made of it; none if nobody knows (yet). Kept as a tuple.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a perception cannot come from this encounter, or a second one speaks of the
        same dimension and attribute.

    Notes
    -----
    Invariants: a perception of the brand is always possible; one of the relationship
    needs an encounter inside a relationship; one of the transaction needs a two-sided
    encounter; there is one perception per dimension and attribute.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> from cxmkit import Encounter, Experience, ExperienceDimension, Perception
    >>> from cxmkit import Ref, STARS_1_5
    >>> purchase = Encounter.two_sided(
    ...     id=2,
    ...     party=Ref("stakeholder", 7),
    ...     touchpoint="shop",
    ...     at=datetime(2026, 3, 2, tzinfo=timezone.utc),
    ...     counterpart=Ref("brand", "nappies"),
    ... )
    >>> felt = Perception.from_answer(
    ...     2, scale=STARS_1_5, dimension=ExperienceDimension.TRANSACTION
    ... )
    >>> experience = Experience(encounter=purchase, perceptions=[felt])
    >>> experience.perceptions[0].valence
    -0.5
    """

    encounter: Encounter[IdT] = attrs.field(validator=_checks.instance(Encounter))
    perceptions: tuple[Perception, ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(Perception)
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check each perception against the encounter and those before it."""
        for index, perception in enumerate(self.perceptions):
            self._refuse_impossible(perception.dimension, index)
        _checks.distinct(
            "perceptions",
            ((each.dimension.value, each.attribute) for each in self.perceptions),
            "dimension and attribute",
            hint="name the attribute that each of them is about",
        )

    def _refuse_impossible(self, dimension: ExperienceDimension, index: int) -> None:
        relationship = dimension is ExperienceDimension.RELATIONSHIP
        if relationship and self.encounter.relationship is None:
            raise _checks.refuse(
                argument="perceptions",
                rule="be of another dimension, as the encounter names no relationship",
                value=dimension.value,
                index=index,
                hint="take BRAND, or name the encounter's relationship",
            )
        transaction = dimension is ExperienceDimension.TRANSACTION
        if transaction and self.encounter.direction is Direction.ONE_SIDED:
            raise _checks.refuse(
                argument="perceptions",
                rule="be of another dimension, as the encounter is one-sided",
                value=dimension.value,
                index=index,
                hint="take BRAND, or Encounter.two_sided if another side took part",
            )
