"""The search for the best parameters, on functions whose top is known."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from cxmkit._newton import (
    Objective,
    _at_the_top,
    _first_finite,
    _free,
    _gain,
    _inside,
    _promise,
    _snapped,
    _step,
    best,
    maximise,
)

BOX = 12.0
numbers = st.floats(-10, 10)


def quadratic(curvature: Any, top: Any, value: float = 0.0) -> Objective:
    c, t = np.asarray(curvature, float), np.asarray(top, float)

    def f(x: Any) -> tuple[float, Any, Any]:
        away = x - t
        return value - away @ c @ away / 2, -c @ away, -c

    return f


def rosenbrock(x: Any) -> tuple[float, Any, Any]:
    """A bent valley turned upside down, with its top at (1, 1)."""
    a, b = x
    bend = b - a * a
    gradient = np.array([2 * (1 - a) + 400 * a * bend, -200 * bend])
    hessian = -np.array([[2 - 400 * (b - 3 * a * a), -400 * a], [-400 * a, 200.0]])
    return -((1 - a) ** 2) - 100 * bend**2, gradient, hessian


def ridge(rate: float) -> Objective:
    """Rises for ever along x + y, and less and less."""

    def f(x: Any) -> tuple[float, Any, Any]:
        rest = math.exp(-rate * float(x.sum()))
        across = float(x[0] - x[1])
        gradient = rate * rest * np.ones(2) - across * np.array([1.0, -1.0])
        hessian = -(rate**2) * rest * np.ones((2, 2))
        hessian -= np.array([[1.0, -1.0], [-1.0, 1.0]])
        return -rest - across**2 / 2, gradient, hessian

    return f


def saddle(x: Any) -> tuple[float, Any, Any]:
    """Two tops at (0, +-sqrt(1 / 2)) and between them a saddle without gradient."""
    a, b = x
    gradient = np.array([-2 * a, 2 * b - 4 * b**3])
    return -a * a + b * b - b**4, gradient, np.diag([-2, 2 - 12 * b * b])


def gamma(shape: float, n: float = 1.0) -> Objective:
    """The log-likelihood n (shape * x - exp(x)), which has its top at log(shape)."""

    def f(x: Any) -> tuple[float, Any, Any]:
        e = np.exp(x)
        value = n * float((shape * x - e).sum())
        return value, n * (shape - e), -n * np.diag(e)

    return f


# Tops inside


@given(st.lists(numbers, min_size=9, max_size=9), st.lists(numbers, min_size=6))
def test_the_top_of_any_quadratic_is_found(
    cells: list[float], more: list[float]
) -> None:
    root = np.reshape(cells, (3, 3))
    curvature = root @ root.T + np.eye(3)
    found = maximise(quadratic(curvature, more[:3], 7.0), np.array(more[3:6]))
    assert found.converged
    assert not found.bound.any()
    assert found.at == pytest.approx(np.array(more[:3]), abs=1e-7)
    assert found.value == pytest.approx(7.0, abs=1e-9)
    assert isinstance(found.value, float)


def test_a_near_top_takes_one_step_and_one_to_know_it() -> None:
    found = maximise(quadratic(np.eye(2), [0.3, -0.4]), np.zeros(2))
    assert found.iterations == 2
    assert found.at == pytest.approx([0.3, -0.4], abs=1e-15)
    np.testing.assert_allclose(found.gradient, 0, atol=1e-15)
    np.testing.assert_array_equal(found.hessian, -np.eye(2))


def test_steps_widen_on_the_way_to_a_far_top() -> None:
    # 1, 2, 4 and 3: the last is not restricted, and one more to know it.
    found = maximise(quadratic([[1.0]], [10.0]), np.zeros(1))
    assert (found.iterations, found.converged) == (5, True)


def lengths(*replies: tuple[float, float, float]) -> list[float]:
    """Return the steps from a first slope of 1 that a world of replies leads to.

    Each reply tells what was gained by the step before it, and the slope and the
    curvature that were found there. At the end the world is silent.
    """
    told = iter(((0.0, 1.0, 0.0), *replies))
    places: list[float] = []
    top = 0.0

    def world(x: Any) -> tuple[float, Any, Any]:
        nonlocal top
        places.append(float(x[0]))
        gain, slope, curvature = next(told, (math.nan, 1.0, 0.0))
        top += gain
        return top, np.array([slope]), np.array([[curvature]])

    maximise(world, np.zeros(1))
    at, found = places[0], []
    for place, (gain, _, _) in zip(places[1:], replies, strict=False):
        found.append(place - at)
        at = place if gain > 0 else at
    return [*found, places[len(replies) + 1] - at]


@pytest.mark.parametrize(
    ("share", "then"),
    [
        # Of what it promised, which on a straight line is its length of 1.
        (1.0, 2.0),
        (0.76, 2.0),
        (0.74, 1.0),
        (0.26, 1.0),
        (0.24, 0.5),
        (1.1e-4, 0.5),
    ],
)
def test_the_more_a_step_gains_the_further_goes_the_next(
    share: float, then: float
) -> None:
    assert lengths((share, 1.0, 0.0)) == pytest.approx([1.0, then], rel=1e-9)


def test_no_step_is_longer_than_four() -> None:
    straight = [(length, 1.0, 0.0) for length in (1.0, 2.0, 4.0)]
    assert lengths(*straight) == pytest.approx([1.0, 2.0, 4.0, 4.0], rel=1e-9)


def test_steps_that_stop_inside_do_not_lead_further_out() -> None:
    # Slope 1 and curvature 2 ask for a step of 1 / 2, which promises 1 / 4.
    assert lengths((0.5, 1.0, -2.0), (0.25, 1.0, 0.0)) == pytest.approx([1, 0.5, 1])
    # The same with twice the radius: 1.5 is inside 1.6, and 1.7 is not.
    for length, then in ((1.5, 2.0), (1.7, 4.0)):
        there = (length / 2, 1.0, 0.0)
        found = lengths((1.0, 1.0, -1 / length), there)
        assert found == pytest.approx([1.0, length, then])
    # A poor one draws the radius in to its half, a bad one to its quarter.
    assert lengths((0.5, 1.0, -2.0), (0.05, 1.0, 0.0)) == pytest.approx([1, 0.5, 0.25])
    bad = (math.nan, 1.0, 0.0)
    assert lengths((0.5, 1.0, -2.0), bad) == pytest.approx([1, 0.5, 0.125])


def test_after_a_step_that_leads_nowhere_a_quarter_of_it_is_tried() -> None:
    nowhere = (math.nan, 1.0, 0.0)
    assert lengths(nowhere, nowhere) == pytest.approx([1, 1 / 4, 1 / 16], rel=1e-9)


@given(st.lists(numbers, min_size=9, max_size=9), st.lists(numbers, min_size=6))
def test_a_step_on_a_quadratic_gains_what_it_promises(
    cells: list[float], more: list[float]
) -> None:
    square = np.reshape(cells, (3, 3))
    f = quadratic(square + square.T, np.zeros(3))
    at, step = np.array(more[:3]), np.array(more[3:6])
    gained = f(at + step)[0] - f(at)[0]
    assert _promise(f(at), step) == pytest.approx(gained, abs=1e-9)


@pytest.mark.parametrize("start", [(-1.2, 1), (0, 0), (3, -7), (-12, 12), (20, 20)])
def test_a_bent_valley(start: tuple[float, float]) -> None:
    found = maximise(rosenbrock, np.array(start, float))
    assert found.converged
    assert found.at == pytest.approx([1, 1], abs=1e-9)
    assert found.iterations < 60


@given(st.floats(0.01, 100), st.floats(1e-3, 1e9), numbers)
def test_concave_likelihoods(shape: float, n: float, start: float) -> None:
    found = maximise(gamma(shape, n), np.array([start]))
    assert found.converged
    assert found.at == pytest.approx([math.log(shape)], abs=1e-6)


@given(st.integers(0, 10_000))
def test_noise_of_a_long_sum_does_not_keep_it_from_the_top(seed: int) -> None:
    # At 1e-12 of a value of 1e4 gains below 1e-8 cannot be seen.
    rng = np.random.default_rng(seed)
    exact = quadratic([[500, 400], [400, 400]], [1.0, -2.0], -1e4)

    def noisy(x: Any) -> tuple[float, Any, Any]:
        value, gradient, hessian = exact(x)
        shaken = gradient + 1e-8 * rng.standard_normal(2)
        return value * (1 + 1e-12 * rng.standard_normal()), shaken, hessian

    found = maximise(noisy, np.zeros(2))
    assert found.converged
    assert found.at == pytest.approx([1, -2], abs=1e-8)


def test_the_same_as_a_library_with_the_same_method() -> None:
    rng = np.random.default_rng(5)
    rows, yes = rng.standard_normal((60, 3)), rng.random(60) < 0.6

    def logistic(x: Any) -> tuple[float, Any, Any]:
        line = rows @ x
        p = 1 / (1 + np.exp(-line))
        value = float((yes * line - np.logaddexp(0, line)).sum())
        return value, rows.T @ (yes - p), -(rows.T * (p * (1 - p))) @ rows

    found = maximise(logistic, np.zeros(3))
    other = minimize(
        lambda x: -logistic(x)[0],
        np.zeros(3),
        jac=lambda x: -logistic(x)[1],
        hess=lambda x: -logistic(x)[2],
        method="trust-exact",
        options={"gtol": 1e-12},
    )
    assert found.at == pytest.approx(other.x, abs=1e-9)
    assert found.iterations <= 8


# Places that are no top


def test_a_saddle_without_gradient_is_left() -> None:
    found = maximise(saddle, np.zeros(2))
    assert found.converged
    assert np.abs(found.at) == pytest.approx([0, math.sqrt(0.5)], abs=1e-9)
    assert found.value == pytest.approx(0.25)


def test_a_step_from_a_saddle_makes_up_the_length() -> None:
    # Uphill has a part in the first direction only; the second curves upwards.
    step = _step(np.array([0.3, 0.0]), np.diag([-1.0, 2.0]), 1.0)
    assert step[0] == pytest.approx(0.1)  # 0.3 / (1 + 2)
    assert abs(step[1]) == pytest.approx(math.sqrt(1 - 0.01))
    down = _step(np.array([0.0, -1e-300]), np.diag([-1.0, 2.0]), 1.0)
    assert down == pytest.approx([0, -1])
    up = _step(np.array([0.0, 1e-300]), np.diag([-1.0, 2.0]), 1.0)
    assert up == pytest.approx([0, 1])
    for radius in (0.5, 2.0):
        step = _step(np.array([0.3, 0.0]), np.diag([-1.0, 2.0]), radius)
        assert np.linalg.norm(step) == pytest.approx(radius)


def test_a_level_direction_is_not_walked() -> None:
    step = _step(np.array([0.0, 1.0]), np.diag([0.0, -1.0]), 2.0)
    assert step == pytest.approx([0, 1])


@given(st.floats(1e-6, 1e6), st.floats(1e-3, 4))
def test_a_step_along_one_line_ends_at_its_radius(slope: float, radius: float) -> None:
    for curvature in (-1e-9, 0.0, 1.0):
        step = _step(np.array([slope]), np.array([[curvature]]), radius)
        assert step == pytest.approx([radius], rel=1e-9)


@given(st.lists(numbers, min_size=9, max_size=9), st.floats(0.01, 5))
def test_steps_are_the_best_inside_their_radius(
    cells: list[float], radius: float
) -> None:
    symmetric = np.reshape(cells, (3, 3))
    symmetric = symmetric + symmetric.T
    gradient = np.array(cells[:3])
    size = float(np.abs(symmetric).max()) + float(np.abs(gradient).max())
    assume(not 0 < size < 1e-180)
    step = _step(gradient, symmetric, radius)
    length = float(np.linalg.norm(step))
    assert length <= 1.0101 * radius

    def promise(x: Any) -> Any:
        return x @ gradient + np.einsum("...i,ij,...j->...", x, symmetric, x) / 2

    rng = np.random.default_rng(0)
    others = rng.standard_normal((2_000, 3))
    others *= radius * rng.random((2_000, 1)) / np.linalg.norm(others, axis=1)[:, None]
    # It may be a hundredth too long or too short where the radius cuts it off.
    assert promise(step) >= promise(others).max() * 0.999 - 1e-9 * size


def test_what_is_nearly_flat_is_flat() -> None:
    for little in (5e-324, 1e-309, 1e-250):
        step = _step(np.array([0, little]), np.full((2, 2), little), 1.0)
        assert step.tolist() == [0, 0]


def test_a_plain_is_no_top() -> None:
    found = maximise(lambda x: (3.0, 0 * x, np.zeros((2, 2))), np.array([1.0, 2]))
    assert (found.converged, found.value) == (False, 3.0)
    np.testing.assert_array_equal(found.at, [1, 2])
    assert not found.bound.any()


def test_a_plain_at_the_bound_is_no_top() -> None:
    found = maximise(lambda x: (3.0, 0 * x, np.zeros((1, 1))), np.array([BOX]))
    assert (found.converged, found.bound.tolist()) == (False, [True])
    assert _free(np.array([BOX, BOX, -BOX]), np.array([0.0, 1, 1]), BOX).tolist() == [
        True,
        False,
        True,
    ]


def test_a_level_ridge_is_no_top_either() -> None:
    # Every x + y = 1 is as good as the next.
    found = maximise(quadratic(np.ones((2, 2)), [0.5, 0.5]), np.array([3.0, 0]))
    assert not found.converged
    assert found.value == pytest.approx(0, abs=1e-12)


def test_the_search_ends_where_every_step_is_worse_than_promised() -> None:
    # The gradient points the wrong way: shorter and shorter steps, and no claim.
    found = maximise(lambda x: (-float(x @ x), 2 * x + 1, -2 * np.eye(1)), np.ones(1))
    assert not found.converged
    assert found.iterations < 60


def test_the_search_gives_up_where_there_is_no_end() -> None:
    calls = 0

    def restless(x: Any) -> tuple[float, Any, Any]:
        nonlocal calls
        calls += 1
        return float(calls), np.full_like(x, (-1.0) ** calls), -np.eye(1)

    found = maximise(restless, np.zeros(1))
    assert (found.iterations, found.converged, calls) == (200, False, 201)


def test_close_is_not_there() -> None:
    # 1e-8 is left to be gained and no step is good: not the top.
    def stubborn(x: Any) -> tuple[float, Any, Any]:
        return -math.inf if x[0] else 0.0, np.array([left]), -np.eye(1)

    left = math.sqrt(2e-8)
    assert not maximise(stubborn, np.zeros(1)).converged
    left = math.sqrt(2.2e-9)
    assert not maximise(stubborn, np.zeros(1)).converged
    left = math.sqrt(1.8e-9)
    assert maximise(stubborn, np.zeros(1)).converged
    # Exactly 1e-9 is too much.
    assert not _at_the_top(np.ones(1), -5e8 * np.eye(1))


def seen(value: float, *slope: float) -> tuple[float, Any, Any]:
    return value, np.array(slope), np.eye(len(slope))


def test_which_steps_are_good() -> None:
    free = np.array([True, False])
    here = seen(-99.0, 1.0, 1.0)  # values are known to 1e-9
    # A step that loses, or gains next to nothing of much, is none.
    assert _gain(here, seen(-99.1, 0, 0), 1.0, free) is None
    assert _gain(here, seen(-99 + 0.9e-4, 0, 0), 1.0, free) is None
    assert _gain(here, seen(-99 + 1.1e-4, 9, 0), 1.0, free) == pytest.approx(
        1.1e-4, 1e-4
    )
    # Where gains cannot be seen, the slope along what is free must not grow.
    assert _gain(here, seen(-99 - 0.9e-9, 0.9, 9), 1e-10, free) is not None
    assert _gain(here, seen(-99 - 0.9e-9, 1.1, 0), 1e-10, free) is None
    assert _gain(here, seen(-99 - 1.1e-9, 0.9, 0), 1e-10, free) is None
    # As steep as before is not steeper.
    assert _gain(here, seen(-99, 1.0, 9), 1e-10, free) is not None
    assert _gain(seen(-99.0, 0.5, 1), seen(-99, 0.9, 0), 1e-10, free) is None
    # Values about 0 are known to 1e-11.
    near = seen(0.0, 1.0, 1.0)
    assert _gain(near, seen(-0.9e-11, 0.9, 0), 1e-13, free) is not None
    assert _gain(near, seen(-1.1e-11, 0.9, 0), 1e-13, free) is None
    assert _gain(here, seen(math.nan, 0, 0), 1.0, free) is None


# Bounds


@pytest.mark.parametrize("rate", [0.2, 0.5, 1.0])
def test_a_rising_ridge_ends_at_a_bound(rate: float) -> None:
    found = maximise(ridge(rate), np.array([0.5, -1]))
    assert found.bound.all()
    assert found.converged  # uphill leads across the bound
    assert found.at.tolist() == [12, 12]


def test_where_a_ridge_no_longer_rises_is_no_top() -> None:
    found = maximise(ridge(2.0), np.array([0.5, -1]))
    assert not found.bound.any()
    assert not found.converged
    assert found.value == pytest.approx(0, abs=1e-12)


def test_a_ridge_aslant_presses_one_parameter_and_frees_the_other() -> None:
    # b - a = 3 is best; the pair rises together.
    def aslant(x: Any) -> tuple[float, Any, Any]:
        value, gradient, hessian = ridge(0.5)(x + np.array([3.0, 0]))
        return value, gradient, hessian

    found = maximise(aslant, np.zeros(2))
    assert found.bound.tolist() == [False, True]
    assert found.converged
    assert found.at == pytest.approx([9, 12], abs=0.01)
    assert abs(found.gradient[0]) < 1e-9 < found.gradient[1]


@given(
    st.lists(st.floats(-30, 30), min_size=3, max_size=3),
    st.lists(st.floats(-3, 3), min_size=9, max_size=9),
)
def test_the_best_of_a_box_meets_the_conditions_of_a_bound(
    top: list[float], cells: list[float]
) -> None:
    root = np.reshape(cells, (3, 3))
    curvature = root @ root.T + 0.1 * np.eye(3)
    found = maximise(quadratic(curvature, top), np.zeros(3), box=5.0)
    assert found.converged
    assert (np.abs(found.at) <= 5).all()
    np.testing.assert_array_equal(found.bound, np.abs(found.at) == 5)
    assert (found.gradient[found.bound] * np.sign(found.at[found.bound]) > -1e-4).all()
    np.testing.assert_allclose(found.gradient[~found.bound], 0, atol=1e-3)
    other = minimize(
        lambda x: -quadratic(curvature, top)(x)[0],
        np.zeros(3),
        jac=lambda x: -quadratic(curvature, top)(x)[1],
        bounds=[(-5, 5)] * 3,
        options={"ftol": 1e-15, "gtol": 1e-10},
    )
    assert found.value >= -other.fun - 1e-6


@pytest.mark.parametrize("start", [12.5, 50.0])
def test_a_start_outside_begins_at_the_bound_and_comes_back(start: float) -> None:
    def watched(x: Any) -> tuple[float, Any, Any]:
        assert (np.abs(x) <= 12).all()
        return quadratic(np.eye(2), [1, -1])(x)

    found = maximise(watched, np.array([start, -start]))
    assert found.converged
    assert found.at == pytest.approx([1, -1])


def test_as_good_as_on_the_bound_is_on_it() -> None:
    at = np.array([12 - 0.9e-9, 0.9e-9 - 12, 12 - 1.1e-9, 12 + 0.9e-9, -50.0, 3.0])
    assert _snapped(at, BOX).tolist() == [12, -12, 12 - 1.1e-9, 12, -12, 3]


def test_steps_off_a_bound_that_correlation_would_push_across() -> None:
    # From the bound of a, uphill leads inside for both, but Newton's step outside.
    curvature = np.array([[1.0, -0.9], [-0.9, 1.0]])
    at = np.array([12.0, 0.0])
    gradient = np.array([-0.1, 1.0])
    step = _inside(at, (0.0, gradient, -curvature), 4.0, BOX)
    assert step[0] == 0
    assert step[1] == pytest.approx(1.0)
    assert np.linalg.solve(curvature, gradient)[0] > 0
    short = _inside(at, (0.0, gradient / 100, -curvature), 4.0, BOX)
    assert short == pytest.approx([0, 0.01])


def test_a_parameter_that_presses_stays_held_when_another_is_held_too() -> None:
    # The first presses against its bound. The second would go inside by itself, and
    # the third pushes it across. Free, the first would go inside with the third.
    curvature = np.array([[1.0, -0.9, 0.9], [-0.9, 1.0, -0.9], [0.9, -0.9, 1.0]])
    gradient = np.array([0.1, -0.1, 1.0])
    step = _inside(np.array([BOX, BOX, 0]), (0.0, gradient, -curvature), 4.0, BOX)
    assert step == pytest.approx([0, 0, 1])
    assert np.linalg.solve(curvature[1:, 1:], gradient[1:])[0] > 0
    assert np.linalg.solve(curvature[::2, ::2], gradient[::2])[0] < 0


def test_a_parameter_that_presses_against_the_lower_bound_stays() -> None:
    found = (0.0, np.array([-1.0, 1.0]), -np.eye(2))
    assert _inside(np.array([-BOX, 0]), found, 4.0, BOX) == pytest.approx([0, 1])


def test_of_a_cut_and_a_clipped_step_the_better_is_taken() -> None:
    free = (0.0, np.array([1.0, 1.0]), -np.diag([1.0, 1.0]))
    # Clipping keeps all of the second part ...
    assert _inside(np.array([11.5, 0]), free, 4.0, BOX) == pytest.approx([0.5, 1.0])
    down = (0.0, np.array([-1.0, 1.0]), -np.eye(2))
    assert _inside(np.array([-11.5, 0]), down, 4.0, BOX) == pytest.approx([-0.5, 1.0])
    # ... but with a strong correlation the second part alone would be a loss.
    tied = (0.0, np.array([1.0, -0.5]), -np.array([[1.0, 0.99], [0.99, 1.0]]))
    step = _inside(np.array([11.99, 0]), tied, 400.0, BOX)
    newton = np.linalg.solve([[1.0, 0.99], [0.99, 1.0]], [1.0, -0.5])
    assert step == pytest.approx(newton * 0.01 / newton[0])


# Values that are none


def test_a_step_to_where_there_is_no_value_is_tried_shorter() -> None:
    def cliff(x: Any) -> tuple[float, Any, Any]:
        value, gradient, hessian = gamma(2.0)(x)
        return (math.nan if x[0] > 0.75 else value), gradient, hessian

    found = maximise(cliff, np.array([-1.0]))
    assert found.converged
    assert found.at == pytest.approx([math.log(2)])


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf])
def test_a_start_without_value_moves_towards_nought(part: int, nothing: float) -> None:
    def narrow(x: Any) -> tuple[float, Any, Any]:
        parts = quadratic(np.eye(2), [1, 1])(x)
        spoilt = [nothing if i == part else 1.0 for i in range(3)]
        if (np.abs(x) <= 2.5).all():
            return parts
        return parts[0] * spoilt[0], parts[1] * spoilt[1], parts[2] * spoilt[2]

    found = maximise(narrow, np.array([9.0, -9]))
    assert found.converged
    assert found.at == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("widest", "tried"),
    [(9, [8]), (5, [8, 4]), (3, [8, 4, 2]), (1, [8, 4, 2, 0])],
)
def test_places_on_the_way_to_nought_are_tried_in_turn(
    widest: float, tried: list[float]
) -> None:
    places: list[float] = []

    def narrow(x: Any) -> tuple[float, Any, Any]:
        places.append(float(x[0]))
        return (math.nan if abs(x[0]) > widest else 0.0), np.zeros(1), np.eye(1)

    at, found = _first_finite(narrow, np.array([8.0]))
    assert places == tried
    assert (at.tolist(), found[0]) == (tried[-1:], 0)


def test_no_value_anywhere_is_reported_and_not_raised() -> None:
    def nowhere(_: Any) -> tuple[float, Any, Any]:
        return math.nan, np.full(2, np.nan), np.full((2, 2), np.nan)

    found = maximise(nowhere, np.array([1.0, 2]))
    assert (found.converged, found.iterations) == (False, 0)
    assert math.isnan(found.value)
    np.testing.assert_array_equal(found.at, [1, 2])


def test_warnings_of_the_objective_stay_inside() -> None:
    def loud(x: Any) -> tuple[float, Any, Any]:
        e = np.exp(x * 1000)  # overflows
        return float((-e).sum()), -1000 * e, -1e6 * np.diag(e)

    assert maximise(loud, np.array([5.0])).at < 0


# Several starts


def test_the_highest_of_several_starts() -> None:
    def hills(x: Any) -> tuple[float, Any, Any]:
        # Tops of 1 near -3 and of 2 near 4.
        parts = [(1.0, -3.0), (2.0, 4.0)]
        value, slope, bend = 0.0, 0.0, 0.0
        for height, at in parts:
            away = float(x[0]) - at
            e = height * math.exp(-(away**2) / 2)
            value, slope, bend = value + e, slope - away * e, bend + (away**2 - 1) * e
        return value, np.array([slope]), np.array([[bend]])

    low, high = np.array([-3.5]), np.array([4.5])
    for starts in ([low, high], [high, low]):
        assert best(hills, starts).at == pytest.approx([4], abs=1e-6)
    assert best(hills, [low]).at == pytest.approx([-3], abs=1e-4)


def at_place(values: dict[float, float], curvature: float) -> Callable[[Any], Any]:
    return lambda x: (
        values[float(x[0])],
        np.zeros(1),
        np.array([[-curvature if x[0] == 2 else 0.0]]),
    )


def test_of_equals_one_that_converged_is_preferred() -> None:
    starts = [np.array([1.0]), np.array([2.0])]
    same = best(at_place({1.0: -100.0, 2.0: -100.0 - 1e-10}, 1.0), starts)
    assert (same.at.tolist(), same.converged) == ([2], True)
    higher = best(at_place({1.0: -100.0, 2.0: -100.0 - 1e-8}, 1.0), starts)
    assert (higher.at.tolist(), higher.converged) == ([1], False)
    same = best(at_place({1.0: 0.0, 2.0: -0.9e-11}, 1.0), starts)
    assert (same.at.tolist(), same.converged) == ([2], True)
    higher = best(at_place({1.0: 0.0, 2.0: -1.1e-11}, 1.0), starts)
    assert (higher.at.tolist(), higher.converged) == ([1], False)


@pytest.mark.parametrize("nothing", [math.nan, math.inf])
def test_a_start_without_value_is_never_the_best(nothing: float) -> None:
    def partly(x: Any) -> tuple[float, Any, Any]:
        if x[0] <= 0:
            return nothing, np.zeros(1), -np.eye(1)
        return quadratic(np.eye(1), [1])(x)

    for starts in ([-1.0, 2.0], [2.0, -1.0]):
        found = best(partly, [np.array([start]) for start in starts])
        assert found.at == pytest.approx([1])
    assert not math.isfinite(best(partly, [np.array([-1.0])] * 2).value)
