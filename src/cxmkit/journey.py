"""Where, and in which order?"""

import math
from collections.abc import Iterable
from copy import copy
from datetime import datetime
from enum import Enum
from functools import total_ordering
from typing import Generic, Self

import attrs

from cxmkit import _checks
from cxmkit.customer import IdT, Ref
from cxmkit.experience import Experience, ExperienceDimension

__all__ = [
    "DEFAULT_STAGES",
    "Journey",
    "Medium",
    "Owner",
    "Phase",
    "Stage",
    "Touchpoint",
]


@total_ordering
class Phase(Enum):
    """Before, during or after the purchase? Phases are ordered.

    Attributes
    ----------
    PRE_PURCHASE
        Long before the first contact, too (S2.72).
    PURCHASE
        Choice, ordering and payment.
    POST_PURCHASE
        Use, support, advocacy and farewell.

    Examples
    --------
    >>> from cxmkit import Phase
    >>> Phase.PRE_PURCHASE < Phase.PURCHASE < Phase.POST_PURCHASE
    True
    """

    PRE_PURCHASE = "pre-purchase"
    PURCHASE = "purchase"
    POST_PURCHASE = "post-purchase"

    def __lt__(self, other: object) -> bool:
        """Whether this phase comes before *other*."""
        if not isinstance(other, Phase):
            return NotImplemented
        order = list(Phase)
        return order.index(self) < order.index(other)


class Owner(Enum):
    """In whose hands is a touchpoint?

    Attributes
    ----------
    BRAND
        Designed and run by the brand.
    PARTNER
        Shared with a partner, such as a retailer.
    CUSTOMER
        The customer's own doing.
    SOCIAL
        Other people and independent sources.

    References
    ----------
    Lemon, K. N., & Verhoef, P. C. (2016). Understanding customer experience throughout
    the customer journey. Journal of Marketing, 80(6), 69-96. doi:10.1509/jm.15.0420

    Examples
    --------
    >>> from cxmkit import Owner
    >>> Owner("social")
    <Owner.SOCIAL: 'social'>
    """

    BRAND = "brand"
    PARTNER = "partner"
    CUSTOMER = "customer"
    SOCIAL = "social"


class Medium(Enum):
    """Through what does a touchpoint speak (S1.44)?

    Attributes
    ----------
    HUMAN
        Contact employees.
    DIGITAL
        Web, app, mail and machine.
    PRODUCT
        The product itself, in use.
    COMMUNICATION
        What the brand publishes about itself.
    ENVIRONMENT
        Rooms and places.
    PEER
        Other customers.

    Examples
    --------
    >>> from cxmkit import Medium
    >>> Medium.PEER.value
    'peer'
    """

    HUMAN = "human"
    DIGITAL = "digital"
    PRODUCT = "product"
    COMMUNICATION = "communication"
    ENVIRONMENT = "environment"
    PEER = "peer"


@attrs.frozen
class Stage:
    """Which part of a journey is it? A name and its phase.

    A stage is a value: build your own where `DEFAULT_STAGES` do not fit.

    Parameters
    ----------
    name : str
        Name of the stage.
    phase : Phase
        The phase it belongs to.

    Raises
    ------
    InvalidTypeError
        If *name* is not a text or *phase* not a phase.
    InvalidValueError
        If *name* is blank.

    Notes
    -----
    Invariants: the name has a visible character; there is exactly one phase.

    Examples
    --------
    >>> from cxmkit import DEFAULT_STAGES, Phase, Stage
    >>> Stage("fitting", Phase.PURCHASE).name
    'fitting'
    >>> [stage.name for stage in DEFAULT_STAGES if stage.phase is Phase.PRE_PURCHASE]
    ['need', 'research', 'consideration']
    """

    name: str = attrs.field(validator=_checks.filled)
    phase: Phase = attrs.field(validator=_checks.instance(Phase))


DEFAULT_STAGES: tuple[Stage, ...] = (
    Stage("need", Phase.PRE_PURCHASE),
    Stage("research", Phase.PRE_PURCHASE),
    Stage("consideration", Phase.PRE_PURCHASE),
    Stage("purchase", Phase.PURCHASE),
    Stage("onboarding", Phase.POST_PURCHASE),
    Stage("use", Phase.POST_PURCHASE),
    Stage("support", Phase.POST_PURCHASE),
    Stage("advocacy", Phase.POST_PURCHASE),
    Stage("farewell", Phase.POST_PURCHASE),
)
"""From the first need to the farewell, in order."""


@attrs.frozen(kw_only=True)
class Touchpoint(Generic[IdT]):
    """Where can the brand be experienced? A place in the design, never an event.

    Parameters
    ----------
    id : hashable
        The host's key.
    name : str
        What people call it.
    stage : Stage
        The stage of the journey it belongs to.
    channel : str, optional
        An open code of the host's: "web", "branch".
    owner : Owner, default: BRAND
        In whose hands it is.
    medium : Medium, default: DIGITAL
        Through what it speaks.
    dimensions : collection of ExperienceDimension, default: {TRANSACTION}
        The dimensions it is designed for; at least one. Kept as a frozenset.
    attributes : collection of str, optional
        The attributes of the positioning it shows. Kept as a frozenset.
    importance : float, optional
        How much it matters, 0 (not at all) to 1 (most); None if unknown.
    expected : float, optional
        Level that customers expect of it, 0 to 1, 1 best; None if unknown.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a text is blank, a level lies outside 0 to 1, or no dimension is given.
    MissingValueError
        If *id* is None.

    Notes
    -----
    Invariants: at least one dimension; importance and expected level from 0 to 1.

    Examples
    --------
    >>> from cxmkit import DEFAULT_STAGES, Medium, Touchpoint
    >>> hotline = Touchpoint(
    ...     id="hotline",
    ...     name="Hotline",
    ...     stage=DEFAULT_STAGES[6],
    ...     medium=Medium.HUMAN,
    ...     importance=0.8,
    ... )
    >>> hotline.stage
    Stage(name='support', phase=<Phase.POST_PURCHASE: 'post-purchase'>)
    """

    id: IdT = attrs.field(validator=_checks.identifier)
    name: str = attrs.field(validator=_checks.filled)
    stage: Stage = attrs.field(validator=_checks.instance(Stage))
    channel: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(_checks.filled)
    )
    owner: Owner = attrs.field(default=Owner.BRAND, validator=_checks.instance(Owner))
    medium: Medium = attrs.field(
        default=Medium.DIGITAL, validator=_checks.instance(Medium)
    )
    dimensions: frozenset[ExperienceDimension] = attrs.field(
        default=frozenset({ExperienceDimension.TRANSACTION}),
        converter=_checks.as_frozenset,
        validator=_checks.each(ExperienceDimension, frozenset),
    )
    attributes: frozenset[str] = attrs.field(
        default=frozenset[str](),
        converter=_checks.as_frozenset,
        validator=_checks.each(str, frozenset),
    )
    importance: float | None = attrs.field(
        default=None,
        converter=_checks.as_optional_float,
        validator=attrs.validators.optional(_checks.within(0, 1)),
    )
    expected: float | None = attrs.field(
        default=None,
        converter=_checks.as_optional_float,
        validator=attrs.validators.optional(_checks.within(0, 1)),
    )

    def __attrs_post_init__(self) -> None:
        """Check that the touchpoint is for something."""
        if not self.dimensions:
            raise _checks.refuse(
                argument="dimensions",
                rule="hold at least one dimension",
                value=self.dimensions,
                hint="leave it out for a touchpoint of transactions",
            )


@attrs.frozen(kw_only=True)
class Journey(Generic[IdT]):
    """How did one stakeholder move toward a goal? Experiences in their order.

    A journey may begin before the first relationship and go on after the last (S2.74).

    Parameters
    ----------
    party : Ref
        Whose journey it is. The class is generic over the type of the party's id.
    goal : str
        What the party is after.
    steps : series of Experience, optional
        The experiences in order of time. Kept as a tuple.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If the goal is blank, a step is another party's, or time goes back.

    Notes
    -----
    Invariants: every encounter is the party's own; each begins no earlier than the one
    before it (they may overlap, and equal times keep the order given).

    Examples
    --------
    A mother wants a brand of nappies before the birth and praises it years after her
    children outgrew it:

    >>> from datetime import datetime, timezone
    >>> from cxmkit import Direction, Encounter, Experience, ExperienceDimension
    >>> from cxmkit import Journey, Perception, Ref, STARS_1_5
    >>> mother, brand = Ref("stakeholder", 7), Ref("brand", "nappies")
    >>> club = Ref("relationship", 1)
    >>> def step(year, touchpoint, direction, dimension, stars):
    ...     encounter = Encounter(
    ...         id=(touchpoint, year),
    ...         party=mother,
    ...         touchpoint=touchpoint,
    ...         at=datetime(year, 5, 1, tzinfo=timezone.utc),
    ...         direction=Direction(direction),
    ...         counterpart=brand,
    ...         relationship=club if 2020 <= year < 2023 else None,
    ...     )
    ...     felt = Perception.from_answer(
    ...         stars, scale=STARS_1_5, dimension=ExperienceDimension(dimension)
    ...     )
    ...     return Experience(encounter=encounter, perceptions=[felt])
    >>> steps = [
    ...     step(2019, "advertisement", "one-sided", "brand", 4),
    ...     step(2020, "shop", "two-sided", "transaction", 2),
    ...     step(2021, "at home", "two-sided", "transaction", 5),
    ...     step(2022, "newsletter", "one-sided", "relationship", 3),
    ... ]
    >>> journey = Journey.of(mother, "dry nights", steps)
    >>> journey = journey.then(step(2026, "friend", "one-sided", "brand", 4))

    The best moment and the last one stay in mind, both on -1 to 1:

    >>> journey.remembered()
    0.75
    >>> [(at.year, score) for at, score in journey.emotion_curve()]
    [(2019, 0.5), (2020, -0.5), (2021, 1.0), (2022, 0.0), (2026, 0.5)]
    """

    party: Ref[IdT] = attrs.field(validator=_checks.instance(Ref))
    goal: str = attrs.field(validator=_checks.filled)
    steps: tuple[Experience[IdT], ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(Experience)
    )

    def __attrs_post_init__(self) -> None:
        """Check each step against the party and the step before it."""
        before = None
        for index, step in enumerate(self.steps):
            self._refuse_misplaced("steps", step, before, index)
            before = step

    @classmethod
    def of(
        cls, party: Ref[IdT], goal: str, experiences: Iterable[Experience[IdT]]
    ) -> Self:
        """Tell a journey from experiences that are in order of time.

        Takes linear time, unlike a chain of `then`, each of which copies the steps.

        Parameters
        ----------
        party : Ref
            Whose journey it is.
        goal : str
            What the party is after.
        experiences : iterable of Experience
            The steps, in order; a step back in time is refused, not sorted away.

        Returns
        -------
        Journey
            With all of them as steps.

        Raises
        ------
        CxmError
            As for `Journey`; experiences are named ``steps`` there.

        Examples
        --------
        >>> from cxmkit import Journey, Ref
        >>> Journey.of(Ref("stakeholder", 7), "dry nights", [])
        Journey(party=Ref(kind='stakeholder', id=7), goal='dry nights', steps=())
        """
        return cls(party=party, goal=goal, steps=experiences)

    def then(self, experience: Experience[IdT]) -> Self:
        """Return the journey with one more step at its end.

        Checks only the new step; the others were checked when they came in.

        Parameters
        ----------
        experience : Experience
            The new step: the same party's, not earlier than the last one.

        Returns
        -------
        Journey
            A new one; this one stays as it is.

        Raises
        ------
        InvalidTypeError
            If it is not an experience.
        InvalidValueError
            If it is another party's or begins before the last step.

        Examples
        --------
        >>> from datetime import datetime, timezone
        >>> from cxmkit import Encounter, Experience, Journey, Ref
        >>> mother = Ref("stakeholder", 7)
        >>> advertisement = Encounter.one_sided(
        ...     id=1,
        ...     party=mother,
        ...     touchpoint="advertisement",
        ...     at=datetime(2019, 5, 1, tzinfo=timezone.utc),
        ... )
        >>> journey = Journey(party=mother, goal="dry nights")
        >>> len(journey.then(Experience(encounter=advertisement)).steps)
        1
        """
        _checks.require_instance("experience", experience, Experience)
        last = self.steps[-1] if self.steps else None
        self._refuse_misplaced("experience", experience, last)
        # A copy does not pass through the constructor, which would check all steps.
        longer = copy(self)
        object.__setattr__(longer, "steps", (*self.steps, experience))
        return longer

    def remembered(self, *, dimension: ExperienceDimension | None = None) -> float:
        """How will the journey be remembered? By its peak and its end.

        The score of a step is the mean of its valences, weighted by intensity. The
        peak is the score farthest from neutral, the latest of equally far ones; the
        end is the last score. How long it all took does not count (duration neglect).

        Parameters
        ----------
        dimension : ExperienceDimension, optional
            Look at perceptions of this dimension only; all by default.

        Returns
        -------
        float
            (peak + end) / 2, from -1 (worst) to 1 (best).

        Raises
        ------
        EmptySampleError
            If no step has a perception (in this dimension) with an intensity above 0;
            such steps are skipped.
        InvalidTypeError
            If *dimension* is not an experience dimension.

        Notes
        -----
        The rule was found for episodes with a definite beginning and end; for a
        relationship of decades read it as a summary, not as a law.

        References
        ----------
        Fredrickson, B. L., & Kahneman, D. (1993). Duration neglect in retrospective
        evaluations of affective episodes. Journal of Personality and Social
        Psychology, 65(1), 45-55. doi:10.1037/0022-3514.65.1.45

        Redelmeier, D. A., & Kahneman, D. (1996). Patients' memories of painful medical
        treatments: real-time and retrospective evaluations of two minimally invasive
        procedures. Pain, 66(1), 3-8. doi:10.1016/0304-3959(96)02994-6

        Examples
        --------
        A bad moment weighs more than a good one that was less intense:

        >>> from datetime import datetime, timezone
        >>> from cxmkit import Encounter, Experience, ExperienceDimension
        >>> from cxmkit import Journey, Perception, Ref
        >>> guest = Ref("stakeholder", 7)
        >>> def step(hour, valence):
        ...     encounter = Encounter.one_sided(
        ...         id=hour,
        ...         party=guest,
        ...         touchpoint="queue",
        ...         at=datetime(2026, 5, 1, hour, tzinfo=timezone.utc),
        ...     )
        ...     felt = Perception(dimension=ExperienceDimension.BRAND, valence=valence)
        ...     return Experience(encounter=encounter, perceptions=[felt])
        >>> day = Journey.of(guest, "a ride", [step(9, 0.5), step(10, -1), step(11, 0)])
        >>> day.remembered()
        -0.5
        """
        scores = [score for _, score in self.emotion_curve(dimension=dimension)]
        if not scores:
            within = "" if dimension is None else f" in the {dimension.value} dimension"
            message = f"hold no perception{within} with an intensity above 0"
            raise _checks.refuse_empty(argument="steps", message=message)
        peak = scores[0]
        for score in scores:
            peak = score if abs(score) >= abs(peak) else peak
        return (peak + scores[-1]) / 2

    def emotion_curve(
        self, *, dimension: ExperienceDimension | None = None
    ) -> tuple[tuple[datetime, float], ...]:
        """How did it feel along the way? One point per step that was felt.

        Parameters
        ----------
        dimension : ExperienceDimension, optional
            Look at perceptions of this dimension only; all by default.

        Returns
        -------
        tuple of (datetime, float)
            When each step began (UTC) and its score, the mean of its valences weighted
            by intensity, from -1 (worst) to 1 (best); in the order of the steps. Steps
            without a perception (in this dimension) with an intensity above 0 are left
            out: nothing is known of them, and neutral is not nothing.

        Raises
        ------
        InvalidTypeError
            If *dimension* is not an experience dimension.

        Examples
        --------
        >>> from cxmkit import Journey, Ref
        >>> Journey(party=Ref("stakeholder", 7), goal="dry nights").emotion_curve()
        ()
        """
        if dimension is not None:
            _checks.require_instance("dimension", dimension, ExperienceDimension)
        scores = ((step, _step_score(step, dimension)) for step in self.steps)
        return tuple(
            (step.encounter.at, score) for step, score in scores if score is not None
        )

    def _refuse_misplaced(
        self,
        argument: str,
        step: Experience[IdT],
        before: Experience[IdT] | None,
        index: int | None = None,
    ) -> None:
        encounter = step.encounter
        if encounter.party != self.party:
            rule = f"be an experience of the journey's party, {self.party}"
            hint = "tell each party's journey by itself"
            raise _checks.refuse(
                argument, rule, encounter.party, index=index, hint=hint
            )
        if before is not None and encounter.at < before.encounter.at:
            rule = f"not begin before the step before it ({before.encounter.at})"
            hint = "sort by encounter.at first"
            raise _checks.refuse(argument, rule, encounter.at, index=index, hint=hint)


def _step_score(
    step: Experience[IdT], dimension: ExperienceDimension | None
) -> float | None:
    """Return the intensity-weighted mean valence of a step, None if there is none."""
    felt = [
        (perception.intensity, perception.valence)
        for perception in step.perceptions
        if perception.intensity > 0 and dimension in (None, perception.dimension)
    ]
    if not felt:
        return None
    if len({valence for _, valence in felt}) == 1:
        return felt[0][1]  # its own mean, to the last digit: peaks are compared
    total = math.fsum(intensity for intensity, _ in felt)
    return math.fsum(intensity * valence for intensity, valence in felt) / total
