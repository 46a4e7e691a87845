"""The best parameters of a smooth likelihood: Newton's method in a trust region."""

import math
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from cxmkit._checks import BoolArray, FloatArray

# Value, gradient and Hessian (of shape (k,) and (k, k)) of what is to be maximised.
Objective = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]
Found = tuple[float, FloatArray, FloatArray]

_BOX = 12.0  # in logarithms: from 6e-6 to 160,000
_SNAP = 1e-9  # as good as on the bound
_STEPS = 200
_ENOUGH = 1e-14  # a step that promises less gain than this is the last
_AT_THE_TOP = 1e-9  # gain that is left: 1 / 22,000 of a standard error
_NOTHING = 1e-200  # slopes and curvatures whose inverses would soon be no floats
_FLAT = 1e-12  # curvature relative to the greatest, below which it is rounding
_NOISE = 1e-11  # of a sum of many logarithms, relative
_WIDEST = 4.0  # of one step
_NARROWEST = 1e-12


@attrs.frozen(kw_only=True, eq=False)
class Optimum:
    """Where a search ended, and what was seen there.

    *converged* says that a step in any direction that is free (all but across a bound)
    leads down, and that less than 1e-9 can be gained by the best of them. On a flat
    ridge it is false: no point of it is better than the next.
    """

    at: FloatArray
    value: float
    gradient: FloatArray
    hessian: FloatArray
    iterations: int
    converged: bool
    bound: BoolArray


def maximise(objective: Objective, start: FloatArray, *, box: float = _BOX) -> Optimum:
    """Return the local maximum uphill of *start* within -*box* .. *box*.

    Never raises: a ridge of the likelihood ends at a bound, which is reported. Where
    *objective* is not finite, a shorter step is tried, and at the start a place nearer
    to 0. Parameters that press against a bound are held there as long as they do.
    """
    with np.errstate(all="ignore"):  # too far out; a shorter step follows
        at, found = _first_finite(objective, _snapped(np.asarray(start), box))
        iterations, radius, finite = 0, 1.0, _all_finite(found)
        while finite and iterations < _STEPS and radius > _NARROWEST:
            iterations += 1
            step = _inside(at, found, radius, box)
            promised = _promise(found, step)
            there = _snapped(at + step, box)
            tried = objective(there)
            gained = _gain(found, tried, promised, _free(at, found[1], box))
            length = float(np.linalg.norm(step))
            if gained is None:
                radius = min(radius, length) / 4
            else:
                if gained > 0.75 * promised and length > 0.8 * radius:
                    radius = min(2 * radius, _WIDEST)
                elif gained < 0.25 * promised:
                    radius = length / 2
                at, found = there, tried
            if promised < _ENOUGH:
                break
    free = _free(at, found[1], box)
    return Optimum(
        at=at,
        value=float(found[0]),
        gradient=found[1],
        hessian=found[2],
        iterations=iterations,
        converged=finite and _at_the_top(found[1][free], found[2][np.ix_(free, free)]),
        bound=np.abs(at) >= box,
    )


def best(objective: Objective, starts: Sequence[FloatArray]) -> Optimum:
    """Return the highest of the maxima that are found from several *starts*.

    Of those that are equally high, up to rounding, one that converged is preferred.
    """
    found = [maximise(objective, start) for start in starts]
    values = [each.value if math.isfinite(each.value) else -math.inf for each in found]
    least = max(values) - _NOISE * (1.0 + abs(max(values)))
    highest = [
        each for each, value in zip(found, values, strict=True) if value >= least
    ]
    return max(highest, key=lambda each: each.converged)


def _first_finite(objective: Objective, start: FloatArray) -> tuple[FloatArray, Found]:
    """Return the start, or the first place on the way from there to 0 that will do."""
    for share in (1.0, 0.5, 0.25, 0.0):
        found = objective(share * start)
        if _all_finite(found):
            return share * start, found
    return start, objective(start)


def _snapped(at: FloatArray, box: float) -> FloatArray:
    """Return a place inside the box, on the bound if it is as good as there."""
    return np.asarray(np.where(np.abs(at) > box - _SNAP, np.copysign(box, at), at))


def _free(at: FloatArray, gradient: FloatArray, box: float) -> BoolArray:
    """Return which parameters do not lie on a bound that uphill leads across."""
    return np.asarray((np.abs(at) < box) | (at * gradient <= 0))


def _all_finite(found: Found) -> bool:
    return all(bool(np.isfinite(part).all()) for part in found)


def _promise(found: Found, step: FloatArray) -> float:
    """Return what a step gains if the curvature stays as it is."""
    return float(found[1] @ step + step @ found[2] @ step / 2)


def _gain(found: Found, tried: Found, promised: float, free: BoolArray) -> float | None:
    """Return what a step gained, never less than noise explains; None if it is bad.

    Gains below the noise of the value cannot be seen in it. Then the gradient tells,
    which has more digits near the top: it must not become steeper.
    """
    if not _all_finite(tried):
        return None
    noise = _NOISE * (1.0 + abs(found[0]))
    gained = tried[0] - found[0] + noise
    if gained < 1e-4 * promised:
        return None
    if promised > noise:
        return gained
    steeper = np.linalg.norm(tried[1][free]) > np.linalg.norm(found[1][free])
    return None if steeper else gained


def _at_the_top(gradient: FloatArray, hessian: FloatArray) -> bool:
    """Whether all directions lead down, and next to nothing is left to be gained."""
    if not gradient.size:
        return True
    curvature, basis = np.linalg.eigh(-hessian)
    if curvature[0] <= _FLAT * curvature[-1]:
        return False
    return float(((basis.T @ gradient) ** 2 / curvature).sum() / 2) < _AT_THE_TOP


def _inside(at: FloatArray, found: Found, radius: float, box: float) -> FloatArray:
    """Return the step with the greatest promise that stays inside radius and box."""
    _, gradient, hessian = found
    free = _free(at, gradient, box)
    step = np.zeros_like(at)
    while True:
        step[:] = 0.0
        step[free] = _step(gradient[free], hessian[np.ix_(free, free)], radius)
        stuck = (np.abs(at) >= box) & (at * step > 0)
        if not stuck.any():
            break
        free &= ~stuck
    # Cut short the step always promises something; clipped it may promise more.
    clipped = np.clip(at + step, -box, box) - at
    room = (np.copysign(box, step) - at)[step != 0] / step[step != 0]
    short = step * float(room.min(initial=1.0))
    return max(short, clipped, key=lambda each: _promise(found, each))


def _step(gradient: FloatArray, hessian: FloatArray, radius: float) -> FloatArray:
    """Return the step with the greatest promise that is not beyond *radius*.

    In the basis of the eigenvectors the step is g / (c + shift), with curvatures c of
    the function turned upside down and a shift that makes all of them positive (Moré &
    Sorensen 1983). If uphill has no part in the direction that curves upwards, a step
    that way makes up the length: that is how a saddle is left.
    """
    if not gradient.size:
        return gradient
    curvature, basis = np.linalg.eigh(-hessian)
    uphill = basis.T @ gradient
    least = float(curvature[0])
    greatest = float(np.abs(curvature).max())
    floor = _FLAT * max(greatest, float(np.linalg.norm(uphill)) / radius)
    if floor < _NOTHING:  # nothing leads anywhere
        return np.zeros_like(gradient)
    shift = max(0.0, floor - least)
    part = uphill / (curvature + shift)
    if least < 0 and (rest := radius**2 - float(part[1:] @ part[1:])) > part[0] ** 2:
        part[0] = math.copysign(math.sqrt(rest), uphill[0])
        return np.asarray(basis @ part)
    # Newton's method on 1 / length, which nears the root from one side.
    while (length := float(np.linalg.norm(part))) > 1.01 * radius:
        slope = float(part**2 @ (1 / (curvature + shift)))
        shift += length**2 / slope * (length / radius - 1)
        part = uphill / (curvature + shift)
    return np.asarray(basis @ part)
