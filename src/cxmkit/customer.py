"""Who?"""

from collections.abc import Hashable
from typing import Generic, TypeVar

import attrs

from cxmkit import _checks

__all__ = ["Ref"]

IdT = TypeVar("IdT", bound=Hashable)


@attrs.frozen
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
        If *id* is None.

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
