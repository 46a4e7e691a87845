"""When is a period out of the ordinary? Rules of control charts, and their words."""

import math
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from numbers import Real
from typing import Any

import attrs
import numpy as np

from cxmkit import _checks, _draw
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray
from cxmkit.errors import InvalidTypeError
from cxmkit.estimate import Estimates, require_one_axis

RANGE = 1.128  # mean range of two normal values of spread 1
GUARD = 1e-9  # of the value; rounding is no signal
# Rule: beyond how many standard errors on one side, how many of the last how many.
_RUNS = {"run": (0, 8, 8), "two-of-three": (2, 2, 3), "four-of-five": (1, 4, 5)}


@attrs.frozen(eq=False)
class Course:
    """Values in the order of time, as rules look at them; NaN is missing."""

    value: FloatArray
    off: FloatArray  # from the centre, 0 within rounding
    sigma: FloatArray
    beyond: BoolArray
    wide: BoolArray  # moving ranges beyond their limit

    @classmethod
    def of(
        cls,
        value: FloatArray,
        centre: float,
        sigma: FloatArray,
        ends: tuple[FloatArray, FloatArray],
    ) -> "Course":
        guard = GUARD * np.maximum(np.abs(value), 1)
        off = value - centre
        low, high = ends
        return cls(
            value=value,
            off=np.where(np.abs(off) <= guard, 0, off),
            sigma=sigma,
            beyond=(value < low - guard) | (value > high + guard),
            wide=np.zeros(value.shape, np.bool_),
        )

    def broken(self, rule: str) -> BoolArray:
        """Return the periods that break a rule, each as the last of its run."""
        if rule == "beyond-limits":
            return self.beyond
        if rule == "moving-range":
            return self.wide
        if rule == "trend":
            step = np.diff(self.value, prepend=np.nan)
            # Six values are five steps.
            return self._gathered(step > 0, 5, 5) | self._gathered(step < 0, 5, 5)
        errors, most, last = _RUNS[rule]
        above = self.off > errors * self.sigma
        below = self.off < -errors * self.sigma
        if not errors:  # a side is a side where no spread is known
            above, below = self.off > 0, self.off < 0
        return self._gathered(above, most, last) | self._gathered(below, most, last)

    def _gathered(self, hit: BoolArray, most: int, last: int) -> BoolArray:
        """Whether a period is hit, and so many of the last; missing ones begin anew."""
        known = ~np.isnan(self.value)
        count = np.zeros(hit.shape, np.int64)
        joined = np.ones(hit.shape, np.bool_)
        for back in range(min(last, hit.size)):
            joined[back:] &= known[: hit.size - back]
            count[back:] += hit[: hit.size - back] & joined[back:]
        return hit & (count >= most)


def signals_of(course: Course, rules: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the rules that each period breaks, in the order in which they stand."""
    broken = [course.broken(rule) for rule in rules]
    every = zip(*broken, strict=True)
    return tuple(
        tuple(rule for rule, sign in zip(rules, signs, strict=True) if sign)
        for signs in every
    )


def as_rules(values: Any, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the rules asked for, or refuse what is none."""
    rules = _checks.as_tuple(values)
    if not isinstance(rules, tuple) or not rules:
        hint = "choose from " + ", ".join(f'"{rule}"' for rule in allowed)
        raise _checks.refuse("rules", "name at least one", values, hint=hint)
    for index, rule in enumerate(rules):
        _checks.choice(_checks.where("rules", index), rule, allowed)
    _checks.distinct("rules", rules, "the rule")
    return rules


def reason(signals: Sequence[str], off: float, ends: str) -> str:
    """Say in words why a period is a signal: the first rule that it breaks."""
    side = "above" if off > 0 else "below"
    words = {
        "beyond-limits": f"{side} the limits {ends}",
        "moving-range": "a leap from the one before",
        "run": f"the last 8 all {side} the centre",
        "two-of-three": f"2 of the last 3 far {side} the centre",
        "four-of-five": f"4 of the last 5 well {side} the centre",
        "trend": "the last 6 steadily rising or falling",
    }
    return words[signals[0]]


def found_said(said: Sequence[str], known: int, centre: str, noun: str) -> str:
    """Say which periods are signals; the first and the last of many."""
    number = f"{len(said):,}" if said else "none"
    verb = "are" if len(said) > 1 else "is"
    head = f"{number} of {_draw.counted(known, noun)} {verb} out of the ordinary around"
    if not said:
        return f"{head} {centre}."
    if len(said) <= 2:
        return f"{head} {centre}: {' and '.join(said)}."
    return f"{head} {centre}: first {said[0]}, last {said[-1]}."


def listed(labels: Sequence[Label], most: int = 5) -> str:
    more = f" and {len(labels) - most:,} more" if len(labels) > most else ""
    return ", ".join(texts_of(labels)[:most]) + more


def texts_of(labels: Sequence[Label]) -> tuple[str, ...]:
    """Return labels as texts; instants as dates if all of them are at midnight."""
    days = [
        x.date() for x in labels if isinstance(x, datetime) and x.time() == time.min
    ]
    return tuple(map(str, days if len(set(days)) == len(labels) else labels))


def require_ascent(argument: str, labels: Sequence[Label], hint: str) -> None:
    """Refuse numbers or dates that do not ascend; other labels tell no order."""
    if not (_are_numbers(labels) or all(isinstance(x, _DATES) for x in labels)):
        return
    for index in range(1, len(labels)):
        earlier, label = labels[index - 1 : index + 1]
        if not _is_later(label, earlier):
            rule = "be later than the one before"
            raise _checks.refuse(argument, rule, label, index=index, hint=hint)


_DATES = (date, np.datetime64)


def _are_numbers(labels: Sequence[Label]) -> bool:
    return all(
        isinstance(x, Real | Decimal) and not isinstance(x, bool | np.bool_)
        for x in labels
    )


def _is_later(label: Any, earlier: Any) -> bool:
    try:
        return bool(label > earlier)
    except TypeError:  # a date and an instant, or instants with zone and without
        return True


def in_baseline(baseline: Any, labels: tuple[Label, ...]) -> BoolArray:
    """Return which periods tell what is ordinary."""
    if baseline is None:
        return np.ones(len(labels), np.bool_)
    chosen = _checks.as_items(baseline)
    if not isinstance(chosen, tuple):
        rule = "be a series of labels"
        raise _checks.refuse("baseline", rule, baseline, error=InvalidTypeError)
    for index, label in enumerate(chosen):
        if not _checks.is_hashable(label) or label not in labels:
            hint = f"labels are {_checks.some(labels)}"
            raise _checks.refuse(
                "baseline", "be one of the labels", label, index=index, hint=hint
            )
    _checks.distinct("baseline", chosen, "the label")
    return np.array([label in chosen for label in labels], np.bool_)


def mean_range_of(values: FloatArray, inside: BoolArray) -> tuple[float, int]:
    """Return the mean distance of neighbours that are both inside, and their number."""
    both = inside[1:] & inside[:-1]
    ranges = np.abs(np.diff(values))[both]
    return (float(ranges.mean()) if ranges.size else math.nan), ranges.size


def plain(numbers: Any) -> list[float | None]:
    """Return None for NaN."""
    return [None if math.isnan(x) else float(x) for x in numbers]


def signal_tuples(values: Any) -> Any:
    return tuple(map(_checks.as_tuple, _checks.as_tuple(values)))


def require_signals(signals: Any, rules: tuple[str, ...], periods: int) -> None:
    """Refuse signals that are not one tuple of rules per period."""
    if len(signals) != periods:
        rule = f"have one entry per period ({periods})"
        raise _checks.refuse("signals", rule, len(signals))
    for index, broken in enumerate(signals):
        for rule in broken:
            if rule not in rules:
                said = "name rules of the chart"
                raise _checks.refuse("signals", said, rule, index=index)


def require_periods(argument: str, value: object) -> Estimates:
    """Return estimates over exactly one axis, the periods; refuse all else."""
    return require_one_axis(argument, value, "period", '{"month": months}')
