"""How far may the truth lie? Score, posterior and resampled intervals, and coverage.

Oracles are written from the definitions: the score interval by bisection on its test,
the posterior by scipy's quadrature over the Dirichlet density, resampling by drawing
rows one by one.
"""

import math
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betainc
from scipy.stats import beta

from cxmkit import STARS_1_5, Scale, Tally, csat, mean_score, nps
from cxmkit._intervals import net_bayes, net_score_at
from cxmkit._stats import normal_quantile
from cxmkit.definition import BoxShare, NetScore
from cxmkit.errors import InvalidValueError, MissingValueError

SIGNS = Scale(-1, 1, higher_is_better=True)
NET = NetScore(name="Net", positive=[1], negative=[-1])
Z = normal_quantile(0.95)

counts = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).filter(
    any
)


def signs(*rows: tuple[int, int, int]) -> Tally:
    return Tally.from_counts(list(rows), scale=SIGNS, by=range(len(rows)))


def ends(row: tuple[int, int, int], **options: Any) -> tuple[float, float]:
    estimate = NET(signs(row).pooled(), **options)
    return estimate.low / 100, estimate.high / 100


# The score interval


def tango(delta: float, down: int, n: int, up: int) -> float:
    """Return the score statistic as Tango (1998) prints it."""
    a = 2 * n
    b = -down - up + (2 * n - up + down) * delta
    c = -down * delta * (1 - delta)
    q = (math.sqrt(max(b * b - 4 * a * c, 0)) - b) / (2 * a)
    spread = n * (2 * q + delta * (1 - delta))
    top = up - down - n * delta
    if spread <= 1e-13 * n:
        return math.copysign(math.inf, top) if abs(top) > 1e-9 * n else 0.0
    return top / math.sqrt(spread)


def bisected(row: tuple[int, int, int], z: float) -> tuple[float, float]:
    down, _, up = row
    n = sum(row)
    score = (up - down) / n

    def end(outer: float, sign: int) -> float:
        inside, outside = score, outer
        for _ in range(200):
            middle = (inside + outside) / 2
            if sign * tango(middle, down, n, up) <= z:
                inside = middle
            else:
                outside = middle
        return (inside + outside) / 2

    return end(-1.0, 1), end(1.0, -1)


@given(row=counts, z=st.floats(0.2, 5))
def test_score_intervals_by_bisection(row: tuple[int, int, int], z: float) -> None:
    down, _, up = (np.array(count / sum(row)) for count in row)
    low, high = net_score_at(up, down, np.array(float(sum(row))), z)
    assert (low, high) == pytest.approx(bisected(row, z), abs=1e-9)


@given(row=counts)
def test_score_intervals_mirror(row: tuple[int, int, int]) -> None:
    low, high = ends(row, method="score")
    assert ends(row[::-1], method="score") == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize("n", [1, 10, 10**6])
def test_score_intervals_of_the_unanimous(n: int) -> None:
    """All alike: the equation can be solved by hand."""
    far = Z**2 / (n + Z**2)
    assert ends((0, 0, n), method="score") == pytest.approx((1 - 2 * far, 1))
    assert ends((n, 0, 0), method="score") == pytest.approx((-1, 2 * far - 1))
    assert ends((0, n, 0), method="score") == pytest.approx((-far, far))


@pytest.mark.reference
@pytest.mark.parametrize(
    ("row", "expected", "digits"),
    [
        ((10, 20, 70), (0.452167, 0.712768), 6),  # R packages NPS 2.0 and PropCIs
        ((0, 0, 10), (0.444934, 1.0), 6),  # NPS 2.0
        ((395, 476, 291), (-0.133165, -0.045453), 6),  # NPS 2.0 and PropCIs
        ((362, 176, 462), (0.043822, 0.155495), 6),  # NPS::testdata
        ((7, 13, 1), (-0.517, -0.026), 3),  # Fagerland et al. 2014, airway data
        ((40, 100, 20), (-0.218064, -0.030865), 6),  # PropCIs, scoreci.mp
        ((86, 1364, 150), (0.021362, 0.058998), 6),  # Agresti, approval ratings
    ],
)
def test_published_score_intervals(
    row: tuple[int, int, int], expected: tuple[float, float], digits: int
) -> None:
    assert ends(row, method="score") == pytest.approx(expected, abs=0.51 * 10**-digits)


# The posterior


def posterior(net: float, row: tuple[int, int, int]) -> float:
    """Return P(p - d <= net): p + d and p / (p + d) are independent betas."""
    down, neither, up = (
        count + more for count, more in zip(row, (0.75, 1.5, 0.75), strict=True)
    )

    def density(both: float) -> float:
        share = min(max((1 + net / both) / 2, 0), 1)
        return float(betainc(up, down, share) * beta(up + down, neither).pdf(both))

    found, _ = quad(density, 0, 1, points=sorted({0, abs(net), 1}), limit=200)
    return float(found)


@pytest.mark.parametrize(
    "row", [(0, 0, 1), (1, 0, 0), (2, 5, 3), (0, 10, 1), (1, 2, 30), (40, 20, 40)]
)
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_posterior_intervals_by_quadrature(
    row: tuple[int, int, int], level: float
) -> None:
    low, high = ends(row, method="bayes", level=level)
    score = (row[2] - row[0]) / sum(row)
    if low < score:
        assert posterior(low, row) == pytest.approx((1 - level) / 2, abs=2e-5)
    if high > score:
        assert posterior(high, row) == pytest.approx((1 + level) / 2, abs=2e-5)
    assert low <= score <= high


@pytest.mark.parametrize(
    "row", [(0, 0, 0), (362, 176, 462), (1, 10**6, 0), (0, 0, 10**6), (10**9, 0, 10**9)]
)
def test_posterior_intervals_by_drawing(row: tuple[int, int, int]) -> None:
    n = max(sum(row), 1)
    down, _, up = (np.array([count / n]) for count in row)
    low, high = net_bayes(up, down, np.array([float(sum(row))]), 0.95)
    drawn = np.random.default_rng(3).dirichlet(
        np.array(row) + np.array([0.75, 1.5, 0.75]), 10**6
    )
    net = drawn[:, 2] - drawn[:, 0]
    assert np.mean(net < low) == pytest.approx(
        0.025 if low < up - down else 1, abs=7e-4
    )
    if high > up - down:
        assert np.mean(net > high) == pytest.approx(0.025, abs=7e-4)


def test_many_posteriors_are_one_by_one() -> None:
    rows = [(k % 7, k % 11, 1 + k % 5) for k in range(800)]
    many = NET(signs(*rows), method="bayes")
    for place in (0, 681, 682, 683, 799):  # the last of one block, the first of another
        one = ends(rows[place], method="bayes")
        assert (many.low[place], many.high[place]) == pytest.approx(
            [100 * end for end in one], abs=1e-9
        )


# Resampling


@pytest.mark.reference
def test_bootstrap_of_published_answers() -> None:
    """``NPS::testdata``: sd .0287, ends about .044 and .155 in 20,000 samples."""
    row = (362, 176, 462)
    low, high = ends(row, method="bootstrap", rng=1)
    assert (low, high) == pytest.approx((0.044, 0.155), abs=0.0025)
    narrow = [ends(row, method="bootstrap", rng=k, level=0.6827) for k in range(3)]
    for low, high in narrow:
        assert (high - low) / 2 == pytest.approx(0.0287, abs=0.001)


def test_bootstrap_is_drawing_answers_again() -> None:
    answers = np.array([1, 2, 2, 3, 5, 5, 5, 5, 4, 4, 1, 5])
    rng = np.random.default_rng(5)
    again = rng.choice(answers, (40_000, answers.size)).mean(axis=1)
    estimate = mean_score(answers, scale=STARS_1_5, method="bootstrap", rng=5)
    expected = np.quantile(again, [0.025, 0.975])
    assert [estimate.low, estimate.high] == pytest.approx(expected, abs=0.05)


def test_bootstrap_of_groups_is_that_of_each_in_turn() -> None:
    tally = Tally.from_counts(
        [[1, 2, 3, 4, 5], [0] * 5, [5, 0, 0, 0, 9]], scale=STARS_1_5, by=list("abc")
    )
    many = csat(tally, method="bootstrap", rng=np.random.default_rng(11))
    rng = np.random.default_rng(11)
    first = csat(tally.at(group="a"), method="bootstrap", rng=rng)
    third = csat(tally.at(group="c"), method="bootstrap", rng=rng)
    assert many.low.tolist() == pytest.approx(
        [first.low, np.nan, third.low], nan_ok=True
    )
    assert many.high[2] == third.high
    assert np.isnan(many.high[1])


def test_bootstrap_is_the_same_for_the_same_seed() -> None:
    once, again, other = (
        nps([10, 9, 3, 8, 0], method="bootstrap", rng=seed, level=0.9)
        for seed in (1, 1, 2)
    )
    assert once == again
    sizes = Tally.from_counts([3_000] * 5, scale=STARS_1_5)
    first, second = (mean_score(sizes, method="bootstrap", rng=k) for k in (1, 2))
    assert first.low != second.low
    assert other.method == "bootstrap"


def test_bootstrap_takes_as_long_for_many_answers() -> None:
    tally = Tally.from_counts([10**15] * 5, scale=STARS_1_5)
    estimate = csat(tally, method="bootstrap", rng=1)
    assert estimate.low < 40 < estimate.high
    assert estimate.high - estimate.low < 1e-4


def test_who_draws_says_from_what() -> None:
    with pytest.raises(MissingValueError, match=r"rng must be given .* pass a seed"):
        nps([10, 3], method="bootstrap")
    with pytest.raises(InvalidValueError, match="rng must be left out with 'wilson'"):
        csat([5, 3], scale=STARS_1_5, rng=1)
    with pytest.raises(InvalidValueError, match="method must be another"):
        nps([10, 3], weights=[1, 2], method="bootstrap", rng=1)


# Coverage, by enumeration of all samples


@cache
def samples(n: int, classes: int) -> tuple[tuple[int, ...], ...]:
    if classes == 1:
        return ((n,),)
    return tuple(
        (first, *rest)
        for first in range(n + 1)
        for rest in samples(n - first, classes - 1)
    )


@cache
def coefficients(n: int, classes: int) -> Any:
    """Return how many orders of answers make each sample, as logarithms."""
    return np.array(
        [
            math.lgamma(n + 1) - sum(math.lgamma(k + 1) for k in row)
            for row in samples(n, classes)
        ]
    )


def chances(n: int, shares: tuple[float, ...]) -> Any:
    """Return the probability of each sample."""
    rows = np.array(samples(n, len(shares)))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(rows > 0, rows * np.log(shares), 0.0)
    return np.exp(coefficients(n, len(shares)) + logs.sum(axis=1))


# Shares of detractors, passives and promoters: fine towards all edges and corners.
FINE = [0, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03]
FINE += [
    0.04,
    0.05,
    0.075,
    0.1,
    0.12,
    0.16,
    0.18,
    0.2,
    0.25,
    0.3,
    0.32,
    0.38,
    0.44,
    0.5,
]
GRID = sorted(
    {
        truth
        for x, y in product(FINE, repeat=2)
        for rest in [abs(round(1 - x - y, 12))]
        for truth in ((x, y, rest), (x, rest, y), (rest, x, y))
    }
)


@cache
def net_coverage(n: int, method: Any) -> Any:
    """Return the exact coverage at each point of the grid."""
    estimates = NET(signs(*samples(n, 3)), method=method)  # type: ignore[arg-type]
    covered = []
    for shares in GRID:
        truth = 100 * (shares[2] - shares[0])
        holds = (estimates.low - 1e-9 <= truth) & (truth <= estimates.high + 1e-9)
        covered.append(chances(n, shares)[holds].sum())
    return np.array(covered)


@pytest.mark.parametrize(
    ("method", "n", "least", "mixed"),
    [
        ("adjusted-wald", 10, 0.865, 0.923),
        ("adjusted-wald", 20, 0.897, 0.935),
        ("adjusted-wald", 50, 0.915, 0.943),
        ("score", 10, 0.851, 0.940),
        ("score", 20, 0.852, 0.942),
        ("score", 50, 0.852, 0.937),
        ("bayes", 10, 0.456, 0.785),
        ("wald", 10, 0.002, 0.649),
    ],
)
def test_least_coverage_of_net_scores(
    method: str, n: int, least: float, mixed: float
) -> None:
    """The figures that docstrings and the page on methods tell.

    Over all truths, and where each of the three kinds has 5 % at least.
    """
    covered = net_coverage(n, method)
    assert covered.min() == pytest.approx(least, abs=6e-4)
    inside = np.array([min(truth) >= 0.05 for truth in GRID])
    assert covered[inside].min() == pytest.approx(mixed, abs=6e-4)


def test_score_intervals_hold_unless_nearly_all_agree() -> None:
    for n, least in ((10, 0.924), (20, 0.927), (50, 0.934)):
        covered = net_coverage(n, "score")
        agreed = np.array([max(truth) > 0.9 for truth in GRID])
        assert covered[~agreed].min() >= least - 6e-4
        assert covered[agreed].min() < 0.86


@pytest.mark.parametrize(
    ("method", "n", "least", "middle"),
    [
        ("wilson", 10, 0.835, 0.916),
        ("wilson", 50, 0.839, 0.931),
        ("agresti-coull", 10, 0.9245, 0.9245),
        ("agresti-coull", 50, 0.9345, 0.9345),
        ("wald", 10, 0.0005, 0.650),
    ],
)
def test_least_coverage_of_shares(
    method: Any, n: int, least: float, middle: float
) -> None:
    """Over 0..100 %, and between 10 % and 90 %."""
    rows = [(n - k, k) for k in range(n + 1)]
    tally = Tally.from_counts(
        rows, scale=Scale(0, 1, higher_is_better=True), by=range(n + 1)
    )
    estimates = BoxShare(name="Share", points=[1])(tally, method=method)
    shares = np.append(np.linspace(0, 1, 2001), np.linspace(0, 0.05, 1001))
    covered = []
    for share in shares:
        holds = (estimates.low / 100 - 1e-12 <= share) & (
            share <= estimates.high / 100 + 1e-12
        )
        chance = [
            math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)
        ]
        covered.append(np.array(chance)[holds].sum())
    inside = (shares >= 0.1) & (shares <= 0.9)
    assert min(covered) == pytest.approx(least, abs=6e-4)
    assert np.array(covered)[inside].min() == pytest.approx(middle, abs=6e-4)


def test_posteriors_do_not_reach_into_the_last_tails() -> None:
    with pytest.raises(InvalidValueError, match=r"level must be at most 0.999 with"):
        nps([10, 3], method="bayes", level=0.9999)
    assert nps([10, 3], method="bayes", level=0.999).low > -100
