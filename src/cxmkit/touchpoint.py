"""Where can the brand be experienced? The parts of a design.

A touchpoint is a place in the design, never an event: what happens there is an
`Encounter`, what somebody makes of it a `Perception`.
"""

from functools import total_ordering
from typing import Any, Generic

import attrs

from cxmkit import _checks
from cxmkit._checks import IdT
from cxmkit.experience import ExperienceDimension

__all__ = [
    "DEFAULT_STAGES",
    "Medium",
    "MomentOfTruth",
    "Owner",
    "PainPoint",
    "Phase",
    "Stage",
    "Touchpoint",
]


@total_ordering
class Phase(_checks.Code):
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


class Owner(_checks.Code):
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


class Medium(_checks.Code):
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


@attrs.frozen(getstate_setstate=False)
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

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


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


@attrs.frozen(kw_only=True, getstate_setstate=False)
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
        If *id* is missing: None or NaN.

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
        validator=[_checks.each(str, frozenset), _checks.all_filled],
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

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check that the touchpoint is for something."""
        if not self.dimensions:
            raise _checks.refuse(
                argument="dimensions",
                rule="hold at least one dimension",
                value=self.dimensions,
                hint="leave it out for a touchpoint of transactions",
            )


@attrs.frozen(kw_only=True, getstate_setstate=False)
class PainPoint(Generic[IdT]):
    """Where does it hurt, and how much? Friction known at a touchpoint (S3.108).

    Parameters
    ----------
    touchpoint : hashable
        Id of the touchpoint. The class is generic over its type.
    severity : float
        How much it hurts, 0 (not at all) to 1 (most).
    note : str, default: ""
        What it is.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If *severity* lies outside 0 to 1.
    MissingValueError
        If *touchpoint* is missing.

    Notes
    -----
    Invariants: severity from 0 to 1. It belongs to the design: what one stakeholder
    felt there is a `Perception`.

    Examples
    --------
    >>> from cxmkit import PainPoint
    >>> PainPoint(touchpoint="checkout", severity=0.7, note="asks for a fax number")
    PainPoint(touchpoint='checkout', severity=0.7, note='asks for a fax number')
    """

    touchpoint: IdT = attrs.field(validator=_checks.identifier)
    severity: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    note: str = attrs.field(default="", validator=_checks.instance(str))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class MomentOfTruth(Generic[IdT]):
    """Where is the brand won or lost? A touchpoint that decides more than others.

    Parameters
    ----------
    touchpoint : hashable
        Id of the touchpoint. The class is generic over its type.
    kind : str
        Which moment it is, in a word of the host's: "zero", "first", "second".

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If *kind* is blank.
    MissingValueError
        If *touchpoint* is missing.

    Notes
    -----
    Invariants: the kind has a visible character. It is a decision of the designers;
    what the answers say about it is another question.

    Examples
    --------
    >>> from cxmkit import MomentOfTruth
    >>> MomentOfTruth(touchpoint="shelf", kind="first")
    MomentOfTruth(touchpoint='shelf', kind='first')
    """

    touchpoint: IdT = attrs.field(validator=_checks.identifier)
    kind: str = attrs.field(validator=_checks.filled)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)
