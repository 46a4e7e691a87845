"""What is wanted, and why?"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Generic

import attrs

from cxmkit import _checks
from cxmkit._checks import IdT
from cxmkit.errors import InvalidTypeError

__all__ = ["Need", "NeedNature", "NeedOrigin", "need_coverage"]


class NeedNature(_checks.Code):
    """Of what nature is a need? All natures have to be met, not one of them (S4.141).

    Attributes
    ----------
    ECONOMIC
        To be better off: price, time, function.
    EMOTIONAL
        To feel well: safe, pleased, proud.
    SOCIAL
        To belong and to be seen by others.

    Examples
    --------
    >>> from cxmkit import NeedNature
    >>> NeedNature.EMOTIONAL.value
    'emotional'
    """

    ECONOMIC = "economic"
    EMOTIONAL = "emotional"
    SOCIAL = "social"


class NeedOrigin(_checks.Code):
    """Was a need there before the brand, or did the brand evoke it (S2.63)?

    Attributes
    ----------
    EXISTING
        The party had it anyway.
    EVOKED
        The party did not feel it until the brand showed what could be.

    Examples
    --------
    >>> from cxmkit import NeedOrigin
    >>> NeedOrigin("evoked").name
    'EVOKED'
    """

    EXISTING = "existing"
    EVOKED = "evoked"


def _said_or_unknown(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    if value is None:
        return
    _checks.require_instance(field.name, value, str)
    if not str(value).strip():
        rule, hint = "have at least one visible character", "pass None if it is unknown"
        raise _checks.refuse(field.name, rule, value, hint=hint)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Need(Generic[IdT]):
    """What is wanted, and why?

    Parameters
    ----------
    id : hashable
        The host's key. The class is generic over its type.
    statement : str
        What is wanted, in the party's words.
    motivation : str or None
        Why it is wanted; None if that is unknown. There is no default: nobody is to
        forget to ask (S4.134).
    nature : NeedNature
        Whether it is economic, emotional or social.
    origin : NeedOrigin, default: EXISTING
        Whether it was there or the brand evoked it.
    importance : float, default: 0.5
        How much it matters to the party, 0 (not at all) to 1 (most).
    met : float, optional
        How well it is met, 0 (not at all) to 1 (entirely); None if unknown.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a text is blank or a number lies outside 0 to 1.
    MissingValueError
        If *id* is missing: None or NaN.

    Notes
    -----
    Invariants: the why is said or explicitly unknown (S4.134); there is one nature
    (S4.141) and one origin (S2.63); importance and *met* are from 0 to 1.

    Examples
    --------
    >>> from cxmkit import Need, NeedNature
    >>> need = Need(
    ...     id="sleep",
    ...     statement="nights without changing nappies",
    ...     motivation="work begins at six",
    ...     nature=NeedNature.EMOTIONAL,
    ... )
    >>> need.origin
    <NeedOrigin.EXISTING: 'existing'>
    """

    id: IdT = attrs.field(validator=_checks.identifier)
    statement: str = attrs.field(validator=_checks.filled)
    motivation: str | None = attrs.field(validator=_said_or_unknown)
    nature: NeedNature = attrs.field(validator=_checks.instance(NeedNature))
    origin: NeedOrigin = attrs.field(
        default=NeedOrigin.EXISTING, validator=_checks.instance(NeedOrigin)
    )
    importance: float = attrs.field(
        default=0.5, converter=_checks.as_float, validator=_checks.within(0, 1)
    )
    met: float | None = attrs.field(
        default=None,
        converter=_checks.as_optional_float,
        validator=attrs.validators.optional(_checks.within(0, 1)),
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


def need_coverage(needs: Iterable[Need[Any]]) -> float:
    """How well are the needs met, by the nature that is met worst?

    For each nature the mean of `met`, weighted by importance; of these the lowest. A
    mean over natures would let a low price make up for feeling cheated, but a
    relationship succeeds only if all needs are met, economic and emotional (S4.141).

    Parameters
    ----------
    needs : iterable of Need
        The needs of one party, or of many as if they were one.

    Returns
    -------
    float
        0 (the worst nature is not met at all) to 1 (all are met entirely).

    Raises
    ------
    EmptySampleError
        If no need matters, or of a nature that matters nothing is known: its mean could
        be the lowest.
    InvalidTypeError
        If *needs* is not a series of needs.

    Notes
    -----
    - Needs whose *met* is unknown are left out of the mean of their nature.
    - A nature of which everything is unknown is refused, not left out: otherwise a firm
      that never asks how its customers feel would look better than one that does. To
      judge the other natures alone, leave its needs out of the call.
    - A nature without any need, or only with needs of importance 0, is not judged:
      what nobody wants cannot be unmet.

    The arithmetic is exact until the last rounding: order does not matter, and a need
    that is met better never lowers the result.

    Examples
    --------
    >>> from cxmkit import Need, NeedNature
    >>> from cxmkit.need import need_coverage
    >>> def need(id, nature, importance, met):
    ...     return Need(
    ...         id=id,
    ...         statement=id,
    ...         motivation=None,
    ...         nature=NeedNature(nature),
    ...         importance=importance,
    ...         met=met,
    ...     )
    >>> needs = [
    ...     need("low price", "economic", 0.75, 1),
    ...     need("home delivery", "economic", 0.25, 0),
    ...     need("being taken seriously", "emotional", 1, 0.25),
    ...     need("being welcome", "emotional", 0.5, None),
    ... ]
    >>> need_coverage(needs)
    0.25
    """
    given = _checks.as_items(needs)
    if not isinstance(given, tuple):
        rule = "be a series of Need"
        raise _checks.refuse("needs", rule, needs, error=InvalidTypeError)
    for index, need in enumerate(given):
        _checks.require_instance("needs", need, Need, index=index)
    by_nature = {
        nature: [
            need for need in given if need.nature is nature and need.importance > 0
        ]
        for nature in NeedNature
    }
    means = [_mean_met(alike, nature) for nature, alike in by_nature.items() if alike]
    if not means:
        message = "hold no need with an importance above 0"
        raise _checks.refuse_empty(argument="needs", message=message)
    return float(min(means))


def _mean_met(needs: list[Need[Any]], nature: NeedNature) -> Fraction:
    known = [
        (Fraction(need.importance), Fraction(need.met))
        for need in needs
        if need.met is not None
    ]
    if not known:
        message = (
            f"hold {nature.value} ones, but of none it is known how well it is met;"
            " ask, or leave them out to judge the other natures alone"
        )
        raise _checks.refuse_empty(argument="needs", message=message)
    total = sum(importance for importance, _ in known)
    return sum((importance * met for importance, met in known), Fraction(0)) / total
