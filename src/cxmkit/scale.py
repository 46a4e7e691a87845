"""On what scale was it said, and which end is good?"""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit.errors import InvalidValueError

__all__ = [
    "EASE_1_5",
    "EASE_1_7",
    "EFFORT_1_5",
    "RECOMMEND_0_10",
    "SATISFACTION_1_5",
    "SATISFACTION_1_7",
    "SATISFACTION_1_10",
    "STARS_1_5",
    "Scale",
]

_MAX_POINTS = 10_001  # a slider of 0..100 in hundredths; more is a measurement
_OFF_GRID = 1e-9  # in steps: tells rounding of 0.1 + 0.2 from an answer off the scale


@attrs.frozen(getstate_setstate=False)
class Scale:
    """An answer scale: its points and which end is good.

    Polarity has no default. The same words run from 1 = hardest to 5 = hardest with
    different vendors, and a wrong guess turns a good score into a bad one.

    Parameters
    ----------
    low, high : float
        First and last point; *high* must lie above *low*.
    step : float, default: 1.0
        Distance between neighbouring points; must divide *high* - *low* evenly.
    higher_is_better : bool
        Whether *high* is the good end.
    labels : tuple of str, optional
        The wording of each point from *low* to *high*, or nothing.

    Raises
    ------
    InvalidTypeError
        If a bound is not a number, or the direction is not a bool.
    InvalidValueError
        If a bound is not finite, the step does not fit, the scale has more than
        10,001 points, or the labels are not one per point.

    Notes
    -----
    Invariants: (high - low) / step is a whole number of at least 1; `reversed` is an
    involution. Scales are equal when all five fields are.

    Examples
    --------
    >>> effort = Scale(1, 5, higher_is_better=False)
    >>> effort
    Scale 1-5, 5 worst
    >>> effort.size
    5
    >>> effort.to_unit([1, 2, 5])
    array([1.  , 0.75, 0.  ])
    """

    low: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    high: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    step: float = attrs.field(
        default=1.0,
        converter=_checks.as_float,
        validator=_checks.finite,
        kw_only=True,
    )
    higher_is_better: bool = attrs.field(kw_only=True, validator=_checks.instance(bool))
    labels: tuple[str, ...] = attrs.field(
        default=(),
        converter=_checks.as_tuple,
        validator=_checks.each(str),
        kw_only=True,
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        if self.high <= self.low:
            raise _checks.refuse("high", f"lie above low ({self.low:g})", self.high)
        if self.step <= 0:
            raise _checks.refuse("step", "be positive", self.step)
        steps = (self.high - self.low) / self.step
        if steps > _MAX_POINTS - 0.5:  # also when the division overflows to infinity
            rule = f"leave at most {_MAX_POINTS:,} points"
            raise _checks.refuse("step", rule, self.step)
        if steps < 0.5 or abs(steps - round(steps)) > _OFF_GRID * steps:
            rule = f"divide high - low ({self.high - self.low:g}) evenly"
            raise _checks.refuse("step", rule, self.step)
        if self.labels and len(self.labels) != self.size:
            rule = f"have one label per point ({self.size})"
            raise _checks.refuse("labels", rule, len(self.labels))

    def __repr__(self) -> str:
        """Say range, step and which end is good, in one line."""
        labels = f", labels {', '.join(self.labels)}" if self.labels else ""
        return f"Scale {self.described}{labels}"

    @property
    def described(self) -> str:
        """Range, step and which end is good, as in ``1-5, 5 worst``."""
        step = "" if self.step == 1 else f" by {self.step:g}"
        end = "best" if self.higher_is_better else "worst"
        return f"{self}{step}, {self.high:g} {end}"

    def __str__(self) -> str:
        """Return the bounds, as in ``0-10``."""
        return f"{self.low:g}-{self.high:g}"

    @property
    def size(self) -> int:
        """Number of points."""
        return round((self.high - self.low) / self.step) + 1

    @property
    def points(self) -> npt.NDArray[np.float64]:
        """All points from *low* to *high*.

        Examples
        --------
        >>> Scale(0, 1, step=0.25, higher_is_better=True).points
        array([0.  , 0.25, 0.5 , 0.75, 1.  ])
        """
        return np.linspace(self.low, self.high, self.size)

    def codes(self, values: npt.ArrayLike) -> Any:
        """Which point is each answer: 0 for *low*, ``size - 1`` for *high*?

        Parameters
        ----------
        values : array_like
            Answers of any shape; each must be a point of the scale.

        Returns
        -------
        int or ndarray of int
            Point numbers in the shape of *values*.

        Raises
        ------
        MissingValueError
            If an answer is missing.
        InvalidValueError
            If an answer is not a point of the scale.

        Examples
        --------
        >>> SATISFACTION_1_5.codes([1, 5, 4])
        array([0, 4, 3])
        """
        codes = point_codes(self, _checks.floats(values, "values"), "values")
        return codes if codes.ndim else int(codes)

    def to_unit(self, values: npt.ArrayLike) -> Any:
        """How good is each answer on 0..1, with 1 best whatever the direction?

        Means are welcome too: a value needs to lie on the range, not on a point.

        Parameters
        ----------
        values : array_like
            Answers or means between *low* and *high*, of any shape.

        Returns
        -------
        float or ndarray of float
            0 (worst) to 1 (best), in the shape of *values*.

        Raises
        ------
        MissingValueError
            If a value is missing.
        InvalidValueError
            If a value lies outside the range.

        Examples
        --------
        >>> RECOMMEND_0_10.to_unit([0, 5, 10])
        array([0. , 0.5, 1. ])
        >>> EFFORT_1_5.to_unit([1, 5])
        array([1., 0.])
        """
        numbers = _checks.floats(values, "values")
        # The mean of answers 0.1 + 0.2 may pass 0.3, by rounding alone.
        off = _off_grid(self, numbers.dtype) * self.step
        good = (numbers >= self.low - off) & (numbers <= self.high + off)
        _checks.require(
            "values", numbers, good, f"lie between {self.low:g} and {self.high:g}"
        )
        unit = np.clip((numbers - self.low) / (self.high - self.low), 0, 1)
        return _checks.scalar_or_array(unit if self.higher_is_better else 1.0 - unit)

    def reversed(self) -> "Scale":
        """Return the same points with the other end good.

        Examples
        --------
        >>> EASE_1_5.reversed() == EFFORT_1_5
        True
        """
        return attrs.evolve(self, higher_is_better=not self.higher_is_better)


def point_codes(
    scale: Scale,
    numbers: npt.NDArray[Any],
    argument: str,
    *,
    missing: npt.NDArray[np.bool_] | None = None,
    start: int = 0,
) -> npt.NDArray[np.intp]:
    """Return the point number of each answer, ``scale.size`` for missing ones.

    *numbers* may be a chunk that begins at row *start* of the whole column.
    """
    if missing is not None:  # what lies under a mask is arbitrary
        numbers = np.where(missing, numbers.dtype.type(scale.low), numbers)
    if numbers.dtype.kind in "iu" and scale.step == 1 and scale.low.is_integer():
        low, high = (numbers.min(), numbers.max()) if numbers.size else (scale.low,) * 2
        if low < scale.low or high > scale.high:
            on_scale = (numbers >= scale.low) & (numbers <= scale.high)
            raise _off_scale(scale, numbers, on_scale, argument, start)
        codes = numbers.astype(np.intp)
        codes -= int(scale.low)
    else:
        with np.errstate(invalid="ignore"):  # infinity - infinity, refused below
            steps = (numbers - np.float64(scale.low)) / scale.step
            nearest = np.rint(steps)
            on_scale = np.abs(steps - nearest) <= _off_grid(scale, numbers.dtype)
        on_scale &= (nearest >= 0) & (nearest < scale.size)
        if not on_scale.all():
            raise _off_scale(scale, numbers, on_scale, argument, start)
        codes = nearest.astype(np.intp)
    if missing is not None:
        codes[missing] = scale.size
    return codes


def _off_grid(scale: Scale, kind: np.dtype[Any]) -> float:
    """Return how many steps rounding may move a point of the scale, at most."""
    # float32 holds 1.3 as 1.2999999523: still a point, though far off in float64.
    exact = kind.kind in "iu"
    rounding = 0.0 if exact else float(np.finfo(kind).eps)
    largest = max(abs(scale.low), abs(scale.high))
    return max(_OFF_GRID * scale.size, rounding * largest / scale.step)


def _off_scale(
    scale: Scale,
    numbers: npt.NDArray[Any],
    on_scale: npt.NDArray[np.bool_],
    argument: str,
    start: int,
) -> InvalidValueError:
    index = _checks.first(~on_scale)
    value = numbers[() if index is None else index]
    step = "" if scale.step == 1 else f" in steps of {scale.step:g}"
    place = start + index if isinstance(index, int) else index
    return _checks.refuse(
        argument, f"be on the {scale} scale{step}", value, index=place
    )


RECOMMEND_0_10 = Scale(0, 10, higher_is_better=True)
"""Likelihood to recommend, 0 to 10: the question behind the Net Promoter Score."""

SATISFACTION_1_5 = Scale(1, 5, higher_is_better=True)
"""Satisfaction, 5 = very satisfied."""

SATISFACTION_1_7 = Scale(1, 7, higher_is_better=True)
"""Satisfaction, 7 = very satisfied."""

SATISFACTION_1_10 = Scale(1, 10, higher_is_better=True)
"""Satisfaction, 10 = very satisfied."""

EFFORT_1_5 = Scale(1, 5, higher_is_better=False)
"""Effort, 5 = very high effort: the Customer Effort Score of 2010; low is good."""

EASE_1_5 = Scale(1, 5, higher_is_better=True)
"""Ease, 5 = very easy."""

EASE_1_7 = Scale(1, 7, higher_is_better=True)
"""Agreement that it was easy, 7 = fully: the Customer Effort Score of 2013."""

STARS_1_5 = Scale(1, 5, higher_is_better=True)
"""Stars, 5 = best."""
