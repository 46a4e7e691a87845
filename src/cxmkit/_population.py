"""How large are groups of customers, and what is one estimate made of them?

What `weighting` and `raking` have in common: mappings of labels to shares or numbers of
customers, and the estimate at the end.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cxmkit import _checks, _intervals
from cxmkit._axes import Label
from cxmkit._checks import FloatArray
from cxmkit.definition import BoxShare, MeanScore, Metric, NetScore, _Sample
from cxmkit.errors import InvalidTypeError
from cxmkit.estimate import Estimate
from cxmkit.scale import Scale

SUM = 1e-6  # shares may miss 1 by so much: they are typed with a few digits


def require_metric(argument: str, definition: Any) -> Metric:
    if isinstance(definition, NetScore | BoxShare | MeanScore):
        return definition
    hint = 'pass .definition of an estimate, or for example MeanScore(name="Mean")'
    rule = "be a NetScore, BoxShare or MeanScore"
    raise _checks.refuse(argument, rule, definition, hint=hint, error=InvalidTypeError)


def numbers_of(
    argument: str, given: Any, labels: Sequence[Label] | None = None
) -> FloatArray:
    """Return the numbers of a mapping, in the order of labels; refuse bad ones."""
    if not isinstance(given, Mapping):
        rule = "be a mapping of label to number"
        hint = hint_of_mapping(given, "write {label: number, ...}")
        raise _checks.refuse(argument, rule, given, hint=hint, error=InvalidTypeError)
    labels = tuple(given) if labels is None else labels
    known = set(labels)
    for label in given:
        if label not in known:
            hint = f"labels are {_checks.some(labels)}"
            raise _checks.refuse(argument, "hold no other label", label, hint=hint)
    for label in labels:
        if label not in given:
            hint = f"it must say how large {label!r} is"
            raise _checks.refuse_missing(place_of(argument, label), hint=hint)
    numbers = [_checks.as_number(place_of(argument, x), given[x]) for x in labels]
    for label, number in zip(labels, numbers, strict=True):
        if not 0 <= number < math.inf:
            rule = "be finite and not negative"
            raise _checks.refuse(place_of(argument, label), rule, number)
    return np.array(numbers)


def hint_of_mapping(given: Any, hint: str) -> str:
    """Return the way out of what is no mapping; pandas has a shorter one."""
    return "pass its .to_dict()" if hasattr(given, "to_dict") else hint


def total_of(argument: str, numbers: FloatArray) -> float:
    """Return the sum, without error of rounding."""
    try:
        return math.fsum(numbers)
    except OverflowError:
        rule = "have a sum that is finite"
        hint = "pass shares that sum to 1, or numbers of customers"
        raise _checks.refuse(argument, rule, numbers.tolist(), hint=hint) from None


def place_of(argument: str, label: object) -> str:
    return f"{argument}[{_checks.show(label)}]"


def is_one(total: float) -> bool:
    return abs(total - 1) <= SUM


def refuse_bad_sum(argument: str, numbers: FloatArray, total: float) -> None:
    """Refuse what are neither shares nor numbers of customers."""
    if total == 0 or (numbers != np.rint(numbers)).any():
        rule = "be shares that sum to 1, or whole numbers of customers"
        hint = "divide each by the sum, if nothing is missing"
        raise _checks.refuse(argument, rule, f"a sum of {total:.10g}", hint=hint)


def three_more(
    definition: object, positive: Any, negative: Any, n: Any
) -> tuple[FloatArray, FloatArray]:
    """Add three answers of the greatest doubt; returns shares."""
    if isinstance(definition, NetScore):
        positive, negative, _ = _intervals.three_more(positive, negative, n)
        return positive, negative
    return (n * positive + 1.5) / (n + 3), 0 * negative


def one_estimate(
    metric: Metric,
    sample: _Sample,
    *,
    ends: tuple[Any, Any],
    level: float,
    method: str,
    scale: Scale,
    missing: int,
) -> Estimate:
    low, high = ends
    net = isinstance(metric, NetScore)
    return Estimate(
        value=float(sample.value),
        se=float(sample.se),
        low=float(low),
        high=float(high),
        n=int(sample.n),
        n_effective=float(sample.n_effective),
        missing=missing,
        level=level,
        method=method,
        definition=metric,
        scale=scale,
        shares=(float(sample.shares[0]), float(sample.shares[1])) if net else None,
    )
