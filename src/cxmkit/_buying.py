"""What models of customers who buy without a contract have in common.

`betageometric` and `pareto` take the same histories, units and discounts, draw the same
kind of history and sum the same gamma functions.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._checks import FloatArray, IntArray
from cxmkit.errors import InvalidTypeError, ScaleMismatchError
from cxmkit.fitting import FitReport
from cxmkit.purchases import CustomerHistory

Rng: TypeAlias = "int | np.random.Generator"  # loads numpy.random when used
# Ages and a source of random numbers to counts and times of the last purchases.
Draw: TypeAlias = (
    "Callable[[FloatArray, np.random.Generator], tuple[IntArray, FloatArray]]"
)

_NEAR = 256  # counts up to here are summed one by one, beyond by Stirling's series
_MOST = 1e15  # purchases of one simulated customer; floats count them one by one
_PEOPLE = 100_000_000  # simulated at once; more would hardly find room
_SMALLEST = 1e-9  # discount that is not 0; integrals have no digits for less


class Model(Protocol):
    """What is asked of a model here."""

    @property
    def unit(self) -> str | None:
        """The unit of time, if it is known."""

    @property
    def fit_report(self) -> FitReport | None:
        """How the parameters were found."""


# What comes in


def require_history(history: object) -> None:
    """Refuse what is no history."""
    if not isinstance(history, CustomerHistory):
        rule = "be a CustomerHistory"
        hint = (
            "make one with CustomerHistory.from_summary(...) of a row per customer, or"
            " from_events(...) of a row per purchase"
        )
        raise _checks.refuse(
            "history", rule, history, hint=hint, error=InvalidTypeError
        )


def spend_of(history: Any) -> FloatArray:
    """Return the spend of a history; refuse one without."""
    require_history(history)
    spend: FloatArray | None = history.spend
    if spend is None:
        hint = "make it with amount= (from_events) or spend= (from_summary)"
        raise _checks.refuse("history", "have spend", history, hint=hint)
    return spend


def repeaters(history: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return frequency, spend and weight, one row for customers alike in both."""
    spend = spend_of(history)
    again = history.frequency > 0
    if not again.any():
        raise _checks.refuse_empty("history", "holds no customer with repeat purchases")
    x, spend, weights = (
        column[again] for column in (history.frequency, spend, history.weights)
    )
    order = np.lexsort((spend, x))
    x, spend, weights = x[order], spend[order], weights[order]
    new = np.append(True, (np.diff(x) > 0) | (np.diff(spend) > 0))
    sums = np.add.reduceat(weights, np.flatnonzero(new))
    return x[new].astype(np.float64), spend[new], sums


def require_own(model: Model, history: CustomerHistory) -> None:
    """Refuse what is not a history in the unit of the model."""
    require_history(history)
    if model.unit not in {None, history.unit}:
        raise _checks.refuse(
            "history",
            f"be in the unit of the model ({model.unit!r})",
            history.unit,
            hint="fit the model to a history in that unit",
            error=ScaleMismatchError,
        )


def log_discount(discount: float, name: str, shape: float) -> float:
    """Return the continuous rate of a discount.

    Without one there is no finite mean where the parameter *name*, which says how many
    customers hardly ever leave, is at most 1.
    """
    rate = _checks.as_number("discount", discount)
    _checks.discounts(rate)
    if 0 < rate < _SMALLEST:
        rule = f"be 0 or at least {_SMALLEST:g}"
        raise _checks.refuse("discount", rule, discount)
    if not rate and shape <= 1:
        raise _checks.refuse(
            "discount",
            f"be positive with {name} = {shape:.4g}",
            discount,
            hint=f"where {name} is at most 1, so many customers hardly ever leave that"
            " purchases without discount are infinitely many on average",
        )
    return math.log1p(rate)


# Drawing


def people(n: int) -> int:
    """Return a number of customers to draw."""
    number = _checks.as_whole("n", n)
    if number < 1:
        raise _checks.refuse("n", "be at least 1", n)
    if number > _PEOPLE:
        raise _checks.refuse("n", "be at most 100 million", n)
    return number


def drawn(
    model: Model, draw: Draw, ages: FloatArray, *, unit: str | None, rng: Rng
) -> CustomerHistory:
    """Return the history of new customers of some ages."""
    word = _own_unit(model, unit)
    x, recency = draw(ages, _checks.generator(rng))
    return CustomerHistory.from_summary(
        frequency=x, recency=recency, age=ages, unit=word
    )


def ages_of(n: int, age: npt.ArrayLike) -> FloatArray:
    """Return the age of each of *n* customers."""
    number = people(n)
    ages = _checks.not_negative(age, "age")
    if ages.shape not in {(), (number,)}:
        rule = f"be one number, or one for each of {number:,} customers"
        raise _checks.refuse("age", rule, ages.shape)
    return np.broadcast_to(ages, (number,))


def drawn_like(
    model: Model, draw: Draw, history: CustomerHistory, rng: Rng
) -> CustomerHistory:
    """Return the history of other customers of the same ages."""
    require_own(model, history)
    source = _checks.generator(rng)
    times = np.ceil(history.weights).astype(np.int64)
    ages = np.repeat(history.age, times)
    x, recency = draw(ages, source)
    return CustomerHistory.from_summary(
        frequency=x,
        recency=recency,
        age=ages,
        unit=history.unit,
        weights=np.repeat(history.weights / times, times),
    )


def require_few(age: FloatArray, mean: FloatArray) -> None:
    """Refuse an age in which somebody would buy more often than can be counted."""
    _checks.require("age", age, mean < _MOST, "leave fewer than 1e15 purchases")


def _own_unit(model: Model, unit: object) -> str:
    """Return the unit of the model, or that which is given in its place."""
    own = model.unit
    if unit is None and own is None:
        raise _checks.refuse_missing("unit", hint="the model has none: name it")
    if unit is None:
        return str(own)
    _checks.require_instance("unit", unit, str)
    if own not in {None, unit}:
        rule, hint = f"be that of the model ({own!r})", "leave it out"
        raise _checks.refuse("unit", rule, unit, hint=hint, error=ScaleMismatchError)
    return str(unit)


# Saying


def in_one_line(model: Model, names: Sequence[str]) -> str:
    """Return the name of a model and its parameters."""
    numbers = ", ".join(f"{name}={getattr(model, name):.4g}" for name in names)
    unit = "" if model.unit is None else f", unit={model.unit!r}"
    return f"{type(model).__name__}({numbers}{unit})"


def plain(model: Model, names: Sequence[str]) -> dict[str, Any]:
    """Return parameters and unit."""
    return {name: getattr(model, name) for name in (*names, "unit")}


def doubts(model: Model) -> str:
    """Return a sentence on parameters that the data do not determine, or nothing."""
    report = model.fit_report
    if report is None or (report.converged and not report.at_bound):
        return ""
    return " The data do not determine all of its parameters: see fit_report."


# Sums of log s (s + 1) ... (s + x - 1)


@attrs.frozen(eq=False)
class Rising:
    """Sum over customers of log s (s + 1) ... (s + x - 1), with derivatives in s.

    Only the number of customers with more than j purchases is needed for that.
    """

    more: FloatArray
    far: FloatArray
    far_weights: FloatArray

    @classmethod
    def of(cls, x: IntArray, weights: FloatArray) -> Self:
        beyond = x > _NEAR
        return cls(
            more=_more_than(x, weights),
            far=x[beyond].astype(np.float64),
            far_weights=weights[beyond],
        )

    def at(self, s: FloatArray) -> FloatArray:
        """Return a row for each *s*: the sum and its first two derivatives."""
        base = s[:, None] + np.arange(self.more.size)
        terms = np.stack([np.log(base), 1 / base, -1 / base**2])
        sums = terms @ self.more
        if self.far.size:
            far = _log_gammas(s[:, None] + self.far) - _log_gammas(s[:, None] + _NEAR)
            sums += far @ self.far_weights
        return np.asarray(sums.T)


def _more_than(x: IntArray, weights: FloatArray) -> FloatArray:
    """Return the number of customers with more than 0, 1, 2, ... repeat purchases."""
    near = np.bincount(np.minimum(x, _NEAR), weights=weights)
    return np.asarray(near[::-1].cumsum()[::-1][1:])


def _log_gammas(z: FloatArray) -> FloatArray:
    """Return log Gamma less a constant and two derivatives by Stirling's series."""
    return np.stack(
        [
            (z - 0.5) * np.log(z) - z + (1 / 12 - 1 / (360 * z * z)) / z,
            np.log(z) - 0.5 / z - (1 / 12 - 1 / (120 * z * z)) / z**2,
            1 / z + 0.5 / z**2 + (1 / 6 - 1 / (30 * z * z)) / z**3,
        ]
    )
