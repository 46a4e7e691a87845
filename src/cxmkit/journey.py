"""Where, and in which order?

What is designed is a `JourneyMap` of `Touchpoint`; what one stakeholder lived through
is a `Journey`.
"""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, Self

import attrs

from cxmkit import _checks, _draw, _draw_journeys
from cxmkit._checks import IdT, KeyT
from cxmkit.customer import Ref, Relationship, Standing
from cxmkit.experience import Experience, ExperienceDimension
from cxmkit.journeymap import JourneyMap
from cxmkit.touchpoint import (
    DEFAULT_STAGES,
    Medium,
    MomentOfTruth,
    Owner,
    PainPoint,
    Phase,
    Stage,
    Touchpoint,
)

__all__ = [
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


@attrs.frozen(kw_only=True, getstate_setstate=False)
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
    A mother sees a brand of nappies before the birth and praises it years after her
    children outgrew them (S2.76). In between she researches, buys, uses, complains, is
    won back, and stops:

    >>> from datetime import datetime, timezone
    >>> from cxmkit import Direction, Encounter, Episode, Experience, Journey
    >>> from cxmkit import ExperienceDimension, Perception, Ref, Relationship, Standing
    >>> from cxmkit import STARS_1_5
    >>> BRAND, RELATIONSHIP, TRANSACTION = ExperienceDimension
    >>> def may(year):
    ...     return datetime(year, 5, 1, tzinfo=timezone.utc)
    >>> mother, brand = Ref("stakeholder", 7), Ref("brand", "nappies")
    >>> club = Relationship(
    ...     id=1,
    ...     a=mother,
    ...     b=brand,
    ...     role_a="customer",
    ...     role_b="supplier",
    ...     episodes=[Episode(start=may(2016), end=may(2020))],
    ... )
    >>> def step(year, touchpoint, counterpart, **stars):
    ...     encounter = Encounter(
    ...         id=(touchpoint, year),
    ...         party=mother,
    ...         touchpoint=touchpoint,
    ...         at=may(year),
    ...         direction=Direction.TWO_SIDED if counterpart else Direction.ONE_SIDED,
    ...         counterpart=counterpart,
    ...         relationship=club.ref if 2016 <= year < 2020 else None,
    ...     )
    ...     perceptions = [
    ...         Perception.from_answer(
    ...             answer, scale=STARS_1_5, dimension=ExperienceDimension(dimension)
    ...         )
    ...         for dimension, answer in stars.items()
    ...     ]
    ...     return Experience(encounter=encounter, perceptions=perceptions)
    >>> journey = Journey.of(
    ...     mother,
    ...     "dry nights",
    ...     [
    ...         step(2012, "advertisement", None, brand=4),
    ...         step(2015, "reviews", None, brand=4),
    ...         step(2016, "shop", brand, transaction=3),
    ...         step(2016, "at home", Ref("product", "nappies"), transaction=5),
    ...         step(2017, "hotline", brand, transaction=1, relationship=2),
    ...         step(2018, "letter", brand, transaction=4, relationship=5),
    ...         step(2019, "last pack", None, relationship=3),
    ...     ],
    ... ).then(step(2026, "friend", Ref("stakeholder", 8), brand=4))

    Her standing at each step follows from the episodes:

    >>> before, during, after = (journey.during(each, club) for each in Standing)
    >>> len(before.steps), len(during.steps), len(after.steps)
    (2, 5, 1)

    The best moment and the last one stay in mind, each from -1 to 1:

    >>> journey.remembered()
    0.75
    >>> journey.remembered(dimension=RELATIONSHIP)
    0.50

    A system that holds what brand and customer did together saw three steps of eight:

    >>> seen = [each for each in during.steps if each.encounter.counterpart == brand]
    >>> 1 - len(seen) / len(journey.steps)
    0.625
    """

    party: Ref[IdT] = attrs.field(validator=_checks.instance(Ref))
    goal: str = attrs.field(validator=_checks.filled)
    steps: tuple[Experience[IdT], ...] = attrs.field(
        default=(),
        converter=_checks.as_tuple,
        validator=_checks.each(Experience),
        repr=_draw.items("step"),
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check each step against the party and the step before it."""
        before = None
        for index, step in enumerate(self.steps):
            self._refuse_misplaced("steps", step, before, index)
            before = step

    @classmethod
    def of(
        cls, party: Ref[KeyT], goal: str, experiences: Iterable[Experience[KeyT]]
    ) -> "Journey[KeyT]":
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
        Journey(party=Ref(kind='stakeholder', id=7), goal='dry nights', steps=<0 steps>)
        """
        return Journey(party=party, goal=goal, steps=experiences)

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
        # The constructor would check all steps again.
        longer = object.__new__(type(self))
        for field in attrs.fields(type(self)):
            object.__setattr__(longer, field.name, getattr(self, field.name))
        object.__setattr__(longer, "steps", (*self.steps, experience))
        return longer

    def during(self, standing: Standing, relationship: Relationship[Any]) -> Self:
        """Return the part of the journey at a standing: before, within or after.

        Parameters
        ----------
        standing : Standing
            Not yet, currently, or no longer related.
        relationship : Relationship
            To which relationship; the party of the journey is one of its two.

        Returns
        -------
        Journey
            The same party and goal, and the steps that began at that standing. The
            parts of the three standings hold every step once.

        Raises
        ------
        InvalidTypeError
            If *standing* is not a standing or *relationship* not a relationship.
        InvalidValueError
            If the relationship is between others.

        Examples
        --------
        What did she live through before she became a customer?

        >>> from datetime import datetime, timezone
        >>> from cxmkit import Encounter, Episode, Experience, Journey, Ref
        >>> from cxmkit import Relationship, Standing
        >>> mother, brand = Ref("stakeholder", 7), Ref("brand", "nappies")
        >>> def may(year):
        ...     return datetime(year, 5, 1, tzinfo=timezone.utc)
        >>> club = Relationship(
        ...     id=1,
        ...     a=mother,
        ...     b=brand,
        ...     role_a="customer",
        ...     role_b="supplier",
        ...     episodes=[Episode(start=may(2020), end=may(2023))],
        ... )
        >>> def step(year, touchpoint):
        ...     encounter = Encounter.one_sided(
        ...         id=year, party=mother, touchpoint=touchpoint, at=may(year)
        ...     )
        ...     return Experience(encounter=encounter)
        >>> steps = [step(2019, "advertisement"), step(2020, "shop")]
        >>> journey = Journey.of(mother, "dry nights", steps)
        >>> before = journey.during(Standing.NOT_YET, club)
        >>> [step.encounter.touchpoint for step in before.steps]
        ['advertisement']
        """
        _checks.require_instance("standing", standing, Standing)
        _checks.require_instance("relationship", relationship, Relationship)
        if self.party not in (relationship.a, relationship.b):
            raise _checks.refuse(
                argument="relationship",
                rule=f"be one of the journey's party, {self.party}",
                value=(relationship.a, relationship.b),
                hint="pass the relationship of the same stakeholder",
            )
        steps = [
            step
            for step in self.steps
            if relationship.standing_at(step.encounter.at) is standing
        ]
        return attrs.evolve(self, steps=steps)

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
        felt = self._felt(dimension)
        if not felt:
            within = "" if dimension is None else f" in the {dimension.value} dimension"
            message = f"hold no perception{within} with an intensity above 0"
            raise _checks.refuse_empty(argument="steps", message=message)
        peak, end = _peak_and_end(felt)
        return (felt[peak] + felt[end]) / 2

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
        felt = self._felt(dimension).items()
        return tuple((self.steps[place].encounter.at, score) for place, score in felt)

    def to_svg(
        self,
        *,
        design: JourneyMap[Any] | None = None,
        dimension: ExperienceDimension | None = None,
    ) -> str:
        """Draw the emotion curve over the touchpoints, and over the stages of a design.

        Peak and end, which are remembered, bear a ring. Steps of which nothing is known
        have a name and no point.

        Parameters
        ----------
        design : JourneyMap, optional
            Where the touchpoints belong: gives their names and the stages above them.
            Steps at other touchpoints are drawn without a stage.
        dimension : ExperienceDimension, optional
            Look at perceptions of this dimension only; all by default.

        Returns
        -------
        str
            One ``<svg>`` element, to embed or to save as a file.

        Raises
        ------
        InvalidTypeError
            If *design* is not a journey map or *dimension* no experience dimension.

        Examples
        --------
        >>> from cxmkit import Journey, Ref
        >>> Journey(party=Ref("stakeholder", 7), goal="dry nights").to_svg()[:4]
        '<svg'
        """
        if design is not None:
            _checks.require_instance("design", design, JourneyMap)
        felt = self._felt(dimension)
        ringed = _peak_and_end(felt) if felt else ()
        designed = {each.id: each for each in design.touchpoints} if design else {}
        points = []
        for place, step in enumerate(self.steps):
            touchpoint = designed.get(step.encounter.touchpoint)
            name = touchpoint.name if touchpoint else str(step.encounter.touchpoint)
            point = _draw_journeys.Point(
                label=f"{name}, {step.encounter.at.date()}",
                value=felt.get(place, math.nan),
                band=touchpoint.stage.name if touchpoint else "",
                details=f"{felt[place]:+z.2f}" if place in felt else "nothing known",
                ringed=place in ringed,
            )
            points.append(point)
        inside = "" if dimension is None else f", {dimension.value} only"
        return _draw_journeys.curve(
            points,
            title=f"{self.goal}{inside}",
            marks=[(-1, "worst"), (0, "neutral"), (1, "best")],
            notes=[
                "○ peak and end, which are remembered" if felt else "no perceptions",
                "steps one after the other, dates in UTC; dashed: nothing known",
            ],
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __str__(self) -> str:
        felt = self._felt(None)
        rows = [
            (
                step.encounter.at.isoformat(" ")[:16],
                str(step.encounter.touchpoint),
                step.encounter.direction.value,
                f"{felt[place]:+z.2f}" if place in felt else "",
            )
            for place, step in enumerate(self.steps)
        ]
        return _draw.text_table(
            _draw.columns(("at (UTC)", "touchpoint", "direction", "score"), rows)
        )

    def _felt(self, dimension: ExperienceDimension | None) -> dict[int, float]:
        """Return the scores of the steps of which something is known, by place."""
        if dimension is not None:
            _checks.require_instance("dimension", dimension, ExperienceDimension)
        scores = (step_score(step, dimension) for step in self.steps)
        return {at: score for at, score in enumerate(scores) if score is not None}

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


def _peak_and_end(felt: dict[int, float]) -> tuple[int, int]:
    """Return the place farthest from neutral, the latest of equals, and the last."""
    latest_first = [*reversed(felt)]
    # Means of points such as .1 and .3 are equal only to rounding.
    peak = max(latest_first, key=lambda place: round(abs(felt[place]), 12))
    return peak, latest_first[0]


def step_score(
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
