"""Targets, tolerances and weights: one number, one per label, or a positioning.

All end as arrays over the axes of a tally, or over the labels of one of them.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Label
from cxmkit._checks import FloatArray
from cxmkit.brand import BrandPositioning
from cxmkit.tally import Tally

_UNIT = "a point of a scale becomes a level by scale.to_unit(...)"
_HOUSE_DEFAULT = 0.1  # that of an attribute of a positioning, too


def answer_weights(tally: Tally) -> npt.NDArray[Any]:
    """Return what the answers of each cell weigh."""
    weights = tally.counts if tally.sum_weights is None else tally.sum_weights
    return np.asarray(weights.sum(axis=-1))


def answered_labels(tally: Tally, axis: str) -> dict[Label, bool]:
    """Return which labels of an axis have answers that weigh something."""
    there, position = answer_weights(tally) > 0, tally.grid.position(axis)
    others = tuple(other for other in range(there.ndim) if other != position)
    known = np.asarray(there.any(axis=others)).tolist()
    return dict(zip(tally.labels[axis], known, strict=True))


def spread_targets(tally: Tally, targets: Any, axis: str) -> FloatArray:
    """Return the target of each cell; NaN where there is none."""
    if isinstance(targets, BrandPositioning):
        if "attribute" not in tally.axes:
            rule = 'have the axis "attribute", for which a positioning has targets'
            raise _checks.refuse("tally", rule, str(tally.grid))
        axis, levels = "attribute", {x.name: x.target for x in targets.attributes}
    elif isinstance(targets, Mapping):
        levels = {
            key: _checks.as_level(f"targets[{key!r}]", target, hint=_UNIT)
            for key, target in targets.items()
        }
    else:
        level = _checks.as_level("targets", targets, hint=_UNIT)
        return np.full(tally.grid.shape, level)
    return _along(tally, axis, _looked_up(tally, axis, levels, "targets"))


def spread_tolerances(tally: Tally, targets: Any, tolerance: Any) -> FloatArray:
    """Return the tolerance of each cell."""
    if tolerance is not None or not isinstance(targets, BrandPositioning):
        everywhere = _HOUSE_DEFAULT if tolerance is None else tolerance
        return np.full(tally.grid.shape, _checks.as_level("tolerance", everywhere))
    known: dict[Label, float] = {x.name: x.tolerance for x in targets.attributes}
    # Attributes without answers need none, whether the positioning knows them or not.
    column = [known.get(label, 0.0) for label in tally.labels["attribute"]]
    return _along(tally, "attribute", np.array(column))


def _along(tally: Tally, axis: str, column: FloatArray) -> FloatArray:
    """Spread one number per label of an axis over all axes."""
    shape = [1] * len(tally.axes)
    shape[tally.grid.position(axis)] = column.size
    return np.broadcast_to(column.reshape(shape), tally.grid.shape)


def label_weights(tally: Tally, weights: Any, axis: str) -> FloatArray | None:
    """Return the weight of each label; 0 where nobody answered and none is given."""
    if weights is None:
        return None
    _checks.require_instance("weights", weights, Mapping)
    numbers = {
        key: _checks.as_number(f"weights[{key!r}]", x) for key, x in weights.items()
    }
    for key, number in numbers.items():
        if not 0 <= number < math.inf:
            rule = "be finite and not negative"
            raise _checks.refuse(f"weights[{key!r}]", rule, number)
    found = _looked_up(tally, axis, numbers, "weights")
    return np.where(np.isnan(found), 0.0, found)


def _looked_up(
    tally: Tally, axis: str, numbers: Mapping[Any, float], argument: str
) -> FloatArray:
    """Return the number of each label; NaN where there is none and nobody answered."""
    answered = answered_labels(tally, axis)
    for label, known in answered.items():
        if known and label not in numbers:
            rule = f"have the {axis} {label!r}, which has answers"
            raise _checks.refuse(argument, rule, tuple(numbers))
    return np.array([numbers.get(label, math.nan) for label in answered])
