"""What was promised?"""

from fractions import Fraction
from typing import Any

import attrs

from cxmkit import _checks

__all__ = ["BrandPositioning", "PositioningAttribute", "Promise", "ServiceQuality"]


def _above_zero(_: Any, field: "attrs.Attribute[Any]", value: float) -> None:
    if value <= 0:
        hint = "leave the attribute out if it does not count"
        raise _checks.refuse(field.name, "be above 0", value, hint=hint)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class PositioningAttribute:
    """For what does the brand want to be known, and how much of it?

    Parameters
    ----------
    name : str
        What it is called: "on time", "gentle to the skin".
    target : float
        The level it is meant to have at every touchpoint, 0 to 1, 1 best.
    tolerance : float, default: 0.1
        How far from the target still counts as on target, 0 to 1, to either side: a
        brand that does more than it stands for is off its positioning as well (S2.83).
    weight : float, default: 1.0
        How much it counts beside the others; above 0, in any unit.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If the name is blank, a level lies outside 0 to 1, or the weight is not a finite
        number above 0.

    Notes
    -----
    Invariants: the name has a visible character; target and tolerance from 0 to 1; the
    weight is above 0. It says what an experience is to hold (S1.30).

    Examples
    --------
    >>> from cxmkit import PositioningAttribute
    >>> PositioningAttribute(name="on time", target=0.9, weight=2)
    PositioningAttribute(name='on time', target=0.9, tolerance=0.1, weight=2.0)
    """

    name: str = attrs.field(validator=_checks.filled)
    target: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    tolerance: float = attrs.field(
        default=0.1, converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    weight: float = attrs.field(
        default=1.0,
        converter=_checks.as_float,
        validator=[_checks.finite, _above_zero],
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class BrandPositioning:
    """Who are we, what do we offer, to whom, and what do we stand for?

    Parameters
    ----------
    brand : hashable
        Who we are: the host's key of the brand, as in ``Ref("brand", key)``.
    offer : str
        What we offer, in a sentence.
    audience : str
        Who our customers are, in a sentence.
    attributes : series of PositioningAttribute
        What we stand for; at least one. Kept as a tuple, in the order given.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a text is blank, there is no attribute, or two have one name.
    MissingValueError
        If *brand* is missing: None or NaN.

    Notes
    -----
    Invariants: at least one attribute; their names are unique. Company, offer and users
    are what S2.85 says to remember; the attributes are the frame in which every
    touchpoint is designed (S1.38). Weights are kept as given, so that an attribute
    looks the same inside and outside a positioning, and normalised in `weights`.

    Examples
    --------
    A positioning need not claim the best of everything (S2.86):

    >>> from cxmkit import BrandPositioning, PositioningAttribute
    >>> positioning = BrandPositioning(
    ...     brand="nappies",
    ...     offer="dry nights at a fair price",
    ...     audience="families with small children",
    ...     attributes=[
    ...         PositioningAttribute(name="dry", target=0.7),
    ...         PositioningAttribute(name="cheap", target=0.9, weight=3),
    ...     ],
    ... )
    >>> positioning.weights
    {'dry': 0.25, 'cheap': 0.75}
    """

    brand: Any = attrs.field(validator=_checks.identifier)
    offer: str = attrs.field(validator=_checks.filled)
    audience: str = attrs.field(validator=_checks.filled)
    attributes: tuple[PositioningAttribute, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(PositioningAttribute)
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check that the attributes can be told apart."""
        if not self.attributes:
            raise _checks.refuse(
                argument="attributes",
                rule="hold at least one attribute",
                value=self.attributes,
                hint="name what the brand stands for, and to which level",
            )
        names = (attribute.name for attribute in self.attributes)
        hint = "give one target per attribute"
        _checks.distinct("attributes", names, "the name", hint=hint)

    @property
    def weights(self) -> dict[str, float]:
        """How much does each attribute count? Shares by name, which add up to 1."""
        # Exact until the last step, so that neither order nor size leaves a trace.
        exact = {each.name: Fraction(each.weight) for each in self.attributes}
        total = sum(exact.values())
        return {name: float(weight / total) for name, weight in exact.items()}


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Promise:
    """What level of an attribute does the organisation communicate, and where?

    Parameters
    ----------
    attribute : str
        Name of the attribute of the positioning that it is about.
    level : float
        What is promised, 0 to 1, 1 best.
    touchpoint : hashable, optional
        Id of the touchpoint where it is to be kept; None if it is given for all.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If the attribute is blank or the level lies outside 0 to 1.

    Notes
    -----
    Invariants: the attribute has a visible character; the level is from 0 to 1. A
    promise alone cannot know whether its attribute belongs to a positioning; whoever
    holds both checks that (S1.38).

    Examples
    --------
    >>> from cxmkit import Promise
    >>> Promise(attribute="on time", level=0.9, touchpoint="delivery").level
    0.9
    """

    attribute: str = attrs.field(validator=_checks.filled)
    level: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    touchpoint: Any = attrs.field(
        default=None, validator=attrs.validators.optional(_checks.identifier)
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class ServiceQuality:
    """Is what was promised expected, delivered and perceived? Four levels, four gaps.

    Parameters
    ----------
    attribute : str
        Name of the attribute that all four levels are about.
    touchpoint : hashable
        Id of the touchpoint that all four levels are about.
    expected : float, optional
        What customers anticipate, 0 to 1, 1 best; None if unknown.
    promised : float, optional
        What the organisation communicates; likewise.
    delivered : float, optional
        What is provided as a matter of fact; likewise.
    perceived : float, optional
        What customers make of it; likewise. A valence v of a `Perception` is the level
        (v + 1) / 2.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If the attribute is blank or a level lies outside 0 to 1.
    MissingValueError
        If *touchpoint* is missing: None or NaN.

    Notes
    -----
    Invariants: each level is from 0 to 1 or unknown. Gaps are from -1 to 1; below 0 the
    first-named level falls short of the second. A gap of an unknown level is unknown,
    never 0. Where all are known, `kept` is `coverage` plus `recognition`: a promise is
    broken in the delivery or in what is seen of it.

    Experiences have to be coherent and covered by reality (S2.84): `coverage` below 0
    is a promise above what is delivered (S2.86). A gap above 0 is a deviation as well,
    only a kinder one (S2.83).

    References
    ----------
    Parasuraman, A., Zeithaml, V. A., & Berry, L. L. (1985). A conceptual model of
    service quality and its implications for future research. Journal of Marketing,
    49(4), 41-50. doi:10.1177/002224298504900403

    Oliver, R. L. (1980). A cognitive model of the antecedents and consequences of
    satisfaction decisions. Journal of Marketing Research, 17(4), 460-469.
    doi:10.1177/002224378001700405

    Examples
    --------
    >>> from cxmkit import ServiceQuality
    >>> parcels = ServiceQuality(
    ...     attribute="on time",
    ...     touchpoint="delivery",
    ...     promised=0.9,
    ...     delivered=0.7,
    ...     perceived=0.6,
    ... )
    >>> parcels.coverage
    -0.20
    >>> parcels.kept
    -0.30
    >>> parcels.disconfirmation is None
    True
    """

    attribute: str = attrs.field(validator=_checks.filled)
    touchpoint: Any = attrs.field(validator=_checks.identifier)
    expected: float | None = attrs.field(
        default=None,
        converter=_checks.as_optional_float,
        validator=attrs.validators.optional(_checks.within(0, 1)),
    )
    promised: float | None = attrs.field(
        default=None,
        converter=_checks.as_optional_float,
        validator=attrs.validators.optional(_checks.within(0, 1)),
    )
    delivered: float | None = attrs.field(
        default=None,
        converter=_checks.as_optional_float,
        validator=attrs.validators.optional(_checks.within(0, 1)),
    )
    perceived: float | None = attrs.field(
        default=None,
        converter=_checks.as_optional_float,
        validator=attrs.validators.optional(_checks.within(0, 1)),
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    @property
    def disconfirmation(self) -> float | None:
        """Was it better than expected? Perceived less expected (Oliver)."""
        return _gap(self.perceived, self.expected)

    @property
    def kept(self) -> float | None:
        """Did customers find the promise kept? Perceived less promised."""
        return _gap(self.perceived, self.promised)

    @property
    def coverage(self) -> float | None:
        """Is the promise covered by reality? Delivered less promised (S2.84)."""
        return _gap(self.delivered, self.promised)

    @property
    def recognition(self) -> float | None:
        """Is what is done also seen? Perceived less delivered."""
        return _gap(self.perceived, self.delivered)


def _gap(level: float | None, against: float | None) -> float | None:
    return None if level is None or against is None else level - against
