"""States of many journeys: small, frozen, and they add up.

A state holds a tuple of touchpoints and integer or float arrays that span them. Sums of
states unite their touchpoints, ours first.
"""

from collections.abc import Sequence
from typing import Any, Self

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Label
from cxmkit._checks import FloatArray, IntArray
from cxmkit.errors import InvalidValueError


def counts(values: Any, name: str) -> IntArray:
    """Convert a field to a read-only array of counts."""
    return _checks.read_only(_checks.counts(values, name))


def sums(values: Any, name: str) -> FloatArray:
    """Convert a field to a read-only array of finite sums."""
    return _checks.read_only(_checks.floats(values, name))


def labels(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse labels that are missing or there twice."""
    _checks.require_instance(field.name, value, tuple)
    _checks.distinct(field.name, value, "the label")
    for index, label in enumerate(value):
        if _checks.is_missing(label):
            raise _checks.refuse_missing(field.name, index=index)


def require_shape(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse an array of another shape."""
    if array.shape != shape:
        raise _checks.refuse(name, f"have the shape {shape}", array.shape)


def require_same(ours: object, theirs: object, names: Sequence[str]) -> None:
    """Refuse to add states that were counted in different ways."""
    for name in names:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine != other:
            raise InvalidValueError(
                f"other must be counted with {name}={mine!r}; got {other!r}",
                argument="other",
                value=other,
            )


@attrs.frozen
class Union:
    """Labels of two states, and where those of each stand in it."""

    labels: tuple[Label, ...]
    ours: npt.NDArray[np.intp]
    theirs: npt.NDArray[np.intp]

    @classmethod
    def of(cls, ours: Sequence[Label], theirs: Sequence[Label]) -> Self:
        """Unite labels, ours first."""
        united = tuple(dict.fromkeys((*ours, *theirs)))
        place = {label: index for index, label in enumerate(united)}
        places = [place[label] for label in theirs]
        return cls(united, np.arange(len(ours)), np.array(places, np.intp))

    def add(
        self, ours: npt.NDArray[Any], theirs: npt.NDArray[Any], *, axes: int = 1
    ) -> npt.NDArray[Any]:
        """Add arrays whose first axes span the labels; what one lacks counts as 0."""
        shape = (len(self.labels),) * axes + ours.shape[axes:]
        total = np.zeros(shape, np.result_type(ours, theirs))
        total[np.ix_(*[self.ours] * axes)] += ours
        total[np.ix_(*[self.theirs] * axes)] += theirs
        return total
