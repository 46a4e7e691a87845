"""The gamma function and its derivatives against mpmath."""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import _special

FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "log_gamma": (_special.log_gamma, mpmath.loggamma),
    "digamma": (_special.digamma, mpmath.digamma),
    "trigamma": (_special.trigamma, lambda x: mpmath.polygamma(1, x)),
}
ZERO = 1.4616321449683622  # of digamma
rng = np.random.default_rng(20250807)
EVERYWHERE = np.concatenate(
    [
        np.exp(rng.uniform(-30, 30, 300)),
        np.exp(rng.uniform(-350, 350, 60)),
        rng.uniform(0, 12, 500),
        1 + rng.normal(0, 1e-3, 40),
        2 + rng.normal(0, 1e-6, 40),
        ZERO + 10.0 ** rng.uniform(-15, -1, 40),
        ZERO - 10.0 ** rng.uniform(-15, -1, 40),
        [edge for k in range(1, 22) for edge in (np.nextafter(k / 2, 0), k / 2)],
        [1e-300, 1e-10, 1e5, 1e15, 1e100, 1e300],
    ]
)
every = pytest.mark.parametrize("name", FUNCTIONS)
numbers = st.floats(1e-100, 1e100)

Floats = Any


def at(*values: float) -> Floats:
    return np.array(values)


def worst(found: Floats, expected: list[Any]) -> float:
    """Return the largest relative error, where it is not below 1e-15 absolutely."""
    pairs = zip(found.tolist(), expected, strict=True)
    errors = [(abs(f - e), abs(e)) for f, e in pairs if math.isfinite(f)]
    return max((float(e / size) for e, size in errors if e > 1e-15), default=0.0)


@every
def test_fourteen_digits_hold_everywhere(name: str) -> None:
    ours, theirs = FUNCTIONS[name]
    with mpmath.workdps(60):
        expected = [theirs(mpmath.mpf(x)) for x in EVERYWHERE.tolist()]
    found = ours(EVERYWHERE)
    largest = [float(e) for e in expected]
    assert np.isfinite(found).tolist() == np.isfinite(largest).tolist()
    assert worst(found, expected) < 5e-15


def test_log_gamma_keeps_its_digits_at_its_zeros() -> None:
    x = at(1 + 1e-9, 1 - 1e-9, 2 + 1e-9, 2 - 1e-9, 1 + 2e-16, 2 + 5e-16, 1.0, 2.0)
    with mpmath.workdps(60):
        expected = [float(mpmath.loggamma(mpmath.mpf(v))) for v in x.tolist()]
    assert _special.log_gamma(x) == pytest.approx(expected, rel=1e-14, abs=0)


def test_digamma_is_good_to_1e_15_at_its_zero() -> None:
    x = ZERO + at(-1e-3, -1e-8, -1e-15, 0, 1e-15, 1e-8, 1e-3)
    with mpmath.workdps(60):
        expected = [float(mpmath.digamma(mpmath.mpf(v))) for v in x.tolist()]
    assert _special.digamma(x) == pytest.approx(expected, rel=0, abs=1e-15)


@pytest.mark.reference
def test_values_that_are_in_every_book() -> None:
    # DLMF 5.4.6, 5.4.12 to 5.4.14; Euler's constant in 5.2.3.
    euler = 0.57721566490153286
    assert _special.log_gamma(at(0.5)) == pytest.approx([math.log(math.pi) / 2])
    assert _special.digamma(at(1, 0.5)) == pytest.approx(
        [-euler, -euler - 2 * math.log(2)], rel=1e-15
    )
    assert _special.trigamma(at(1, 0.5)) == pytest.approx(
        [math.pi**2 / 6, math.pi**2 / 2], rel=1e-15
    )


def test_whole_numbers_are_factorials() -> None:
    x = np.arange(1.0, 60)
    exact = [math.log(math.factorial(k)) for k in range(59)]
    assert _special.log_gamma(x) == pytest.approx(exact, rel=1e-14)


@given(numbers)
def test_one_step_adds_a_logarithm_and_its_derivatives(x: float) -> None:
    here, there = at(x), at(x + 1)
    step = there - here  # may be nothing at all
    if step[0] != 1:
        return
    added = _special.log_gamma(there) - _special.log_gamma(here)
    size = abs(_special.log_gamma(there)) + abs(math.log(x))
    assert abs(added - math.log(x)) <= 1e-14 * size
    added = _special.digamma(there) - _special.digamma(here)
    assert abs(added - 1 / x) <= 1e-14 * (1 / x + abs(_special.digamma(there)) + 1)


@given(st.floats(1e-3, 1e6), st.floats(0.1, 10))
def test_log_gamma_is_convex_and_digamma_rises(x: float, more: float) -> None:
    ends = at(x, x + more)
    assert (_special.trigamma(ends) > 0).all()
    rise = np.diff(_special.digamma(ends))
    if more > 1e-6 * x:
        assert rise > 0


@given(st.floats(1e-3, 1e5))
def test_they_agree_with_scipy(x: float) -> None:
    there = at(x)
    assert _special.log_gamma(there) == pytest.approx(
        scipy.special.gammaln(there), rel=1e-12, abs=1e-14
    )
    assert _special.trigamma(there) == pytest.approx(
        scipy.special.polygamma(1, there), rel=1e-12
    )


# Less their bulk


def test_excesses_keep_digits_that_differences_lose() -> None:
    own = np.random.default_rng(8)
    x = np.concatenate([own.uniform(0, 10, 100), np.exp(own.uniform(2.31, 70, 100))])
    with mpmath.workdps(150):
        exact = [
            (
                mpmath.loggamma(v) - v * mpmath.log(v) + v,
                mpmath.digamma(v) - mpmath.log(v),
                mpmath.polygamma(1, v) - 1 / v,
            )
            for v in map(mpmath.mpf, x.tolist())
        ]
    found = _special.log_gamma_excess(x)
    assert found.shape == (3, 200)
    for order in range(3):
        expected = [row[order] for row in exact]
        for value, e in zip(found[order, :100].tolist(), expected[:100], strict=True):
            assert abs(value - e) <= 1e-14 + 2e-13 * abs(e)  # the first has a root
        far = [float(e) for e in expected[100:]]
        assert found[order, 100:] == pytest.approx(far, rel=1e-14, abs=0)


@given(st.floats(0.01, 1e4))
def test_excesses_are_what_they_say(x: float) -> None:
    there = at(x)
    value, slope, curve = _special.log_gamma_excess(there)
    whole = _special.log_gamma(there) - x * math.log(x) + x
    scale = 1e-14 * (1 + abs(x * math.log(x)) + x)
    assert abs(value - whole) <= scale
    assert abs(slope - (_special.digamma(there) - math.log(x))) <= 1e-13 * (1 + 1 / x)
    assert abs(curve - (_special.trigamma(there) - 1 / x)) <= 1e-13 * (1 + 1 / x**2)


# Shapes and ends


@every
def test_any_shape_is_kept(name: str) -> None:
    ours, _ = FUNCTIONS[name]
    x = np.linspace(0.1, 30, 24)
    assert ours(x.reshape(2, 3, 4)) == pytest.approx(ours(x).reshape(2, 3, 4))
    assert ours(np.array(3.5)).shape == ()
    assert ours(x[:0]).shape == (0,)
    assert _special.log_gamma_excess(x.reshape(4, 6)).shape == (3, 4, 6)


@every
def test_many_numbers_are_what_each_of_them_is(name: str) -> None:
    ours, _ = FUNCTIONS[name]
    x = np.linspace(0.01, 40, 10_001)
    alone = [ours(at(x[i]))[0] for i in (0, 4_095, 4_096, 8_192, 10_000)]
    assert ours(x)[[0, 4_095, 4_096, 8_192, 10_000]] == pytest.approx(alone, rel=1e-14)


def test_beyond_floats_lies_infinity() -> None:
    assert _special.trigamma(at(1e-200)).tolist() == [math.inf]
    assert _special.log_gamma(at(3e305)).tolist() == [math.inf]
    assert _special.digamma(at(1e-300)) == pytest.approx([-1e300], rel=1e-15)
    assert _special.digamma(at(5e-324)).tolist() == [-math.inf]
    assert np.isnan(_special.log_gamma(at(math.nan))).all()
