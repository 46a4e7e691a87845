"""Published values, each first computed again by other means.

A value agrees when it is within half a unit of the last digit printed. Every check
value is also derived here with mpmath from its formula, and the library must match that
to rounding, so that a misprint in a source cannot hide a mistake of ours.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from cxmkit import (
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    Estimate,
    Scale,
    Tally,
    box_share,
    compare,
    mean_score,
    net_score,
    nps,
)
from cxmkit.metrics import NetScore

pytestmark = pytest.mark.reference

Counts = tuple[int, int, int]  # detractors, passives, promoters

YES_NO = Scale(0, 1, higher_is_better=True)
SCORES_1_15 = Scale(1, 15, higher_is_better=True)
RECOMMENDED = (74, 10, 22, 35, 40, 140, 41, 57, 119, 227, 235)
APPLES, ORANGES = (83, 47, 120), (91, 49, 110)
Z = mpmath.sqrt(2) * mpmath.erfinv(mpmath.mpf("0.95"))


class Printed:
    """A printed number: equal to all that round to it, and to a rounding more."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.value = float(text)
        decimals = len(text.partition(".")[2])
        self.half_unit = 0.5 * 10.0**-decimals

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, int | float | mpmath.mpf):
            return NotImplemented
        return abs(float(other) - self.value) <= self.half_unit * (1 + 1e-9) + 1e-15

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


def printed(*texts: str) -> list[Printed]:
    return [Printed(text) for text in texts]


def answers(counts: Counts) -> Tally:
    """Put detractors at 0, passives at 7 and promoters at 10."""
    detractors, passives, promoters = counts
    row = [detractors, *[0] * 6, passives, 0, 0, promoters]
    return Tally.from_counts(row, scale=RECOMMEND_0_10)


def spread(estimate: Estimate) -> float:
    """Return the variance of one answer, as a fraction."""
    return (estimate.se / 100) ** 2 * estimate.n


def net(counts: Sequence[Any]) -> tuple[Any, Any, Any]:
    """Return net score, variance and n, exactly."""
    detractors, passives, promoters = (Fraction(count) for count in counts)
    n = detractors + passives + promoters
    score = (promoters - detractors) / n
    return score, (promoters + detractors) / n - score**2, n


def real(number: Fraction) -> Any:
    return mpmath.mpf(number.numerator) / number.denominator


def wald(counts: Sequence[Any]) -> tuple[Any, Any]:
    score, variance, n = net(counts)
    reach = Z * mpmath.sqrt(real(variance / n))
    return real(score) - reach, real(score) + reach


def adjusted(counts: Counts) -> tuple[Any, Any]:
    more = (Fraction(3, 4), Fraction(3, 2), Fraction(3, 4))
    low, high = wald([a + b for a, b in zip(counts, more, strict=True)])
    return max(low, -1), min(high, 1)


def wilson(x: int, n: int) -> tuple[Any, Any]:
    centre = (x + Z**2 / 2) / (n + Z**2)
    reach = Z / (n + Z**2) * mpmath.sqrt(mpmath.mpf(x * (n - x)) / n + Z**2 / 4)
    return centre - reach, centre + reach


def share(x: int, n: int, **options: Any) -> Estimate:
    tally = Tally.from_counts([n - x, x], scale=YES_NO)
    estimate: Estimate = box_share(tally, points=[1], **options)
    return estimate


def fractions(*percent: float) -> list[float]:
    return [number / 100 for number in percent]


def near(expected: Any) -> Any:
    numbers = [float(x) for x in np.atleast_1d(np.array(expected, dtype=object))]
    return pytest.approx(numbers, rel=1e-12, abs=1e-13)


# Net scores: the R package NPS 2.0, its unit tests (test_01_basics.R)


@pytest.mark.parametrize(
    ("counts", "score", "variance", "se"),
    [
        ((1, 2, 3), Fraction(1, 3), Fraction(5, 9), "0.304"),
        ((1, 0, 1), Fraction(0), Fraction(1), "0.707"),
        ((0, 1, 1), Fraction(1, 2), Fraction(1, 4), "0.354"),
        ((1, 1, 1), Fraction(0), Fraction(2, 3), "0.471"),
        ((5, 0, 0), Fraction(-1), Fraction(0), "0.000"),
        ((0, 5, 0), Fraction(0), Fraction(0), "0.000"),
        ((0, 0, 5), Fraction(1), Fraction(0), "0.000"),
        # stats.stackexchange.com/a/18609: shares 1/6, 1/3, 1/2 of 324
        ((54, 108, 162), Fraction(1, 3), Fraction(5, 9), "0.0414087"),
    ],
)
def test_small_net_scores(
    counts: Counts, score: Fraction, variance: Fraction, se: str
) -> None:
    assert net(counts) == (score, variance, sum(counts))
    estimate = nps(answers(counts))
    assert fractions(estimate.value, estimate.se) == [
        pytest.approx(float(score), abs=1e-15),
        Printed(se),
    ]
    assert spread(estimate) == pytest.approx(float(variance), rel=1e-13)


def test_novel_break_points() -> None:
    estimate = net_score(
        range(1, 16), scale=SCORES_1_15, positive=range(9, 16), negative=range(1, 7)
    )
    # The source prints 2/30 for what is (7 - 6) / 15.
    assert estimate.value / 100 == pytest.approx(2 / 30, rel=1e-14)
    score, variance, _ = net((6, 2, 7))
    assert (score, variance) == (Fraction(1, 15), Fraction(194, 225))
    assert spread(estimate) == pytest.approx(194 / 225)
    assert spread(estimate) == Printed("0.8622")


def test_ten_points_take_1024_answers() -> None:
    """A third each: the interval is about 320 / sqrt(n) points wide (cybaea, 2016)."""
    estimate = nps(answers((100, 100, 100)), method="wald")
    width = (estimate.high - estimate.low) * math.sqrt(estimate.n)
    assert width / 10 == Printed("32")  # "about 320" has two digits
    assert width / 2 / math.sqrt(1024) == Printed("5.00095")


def test_margin_of_a_forum_question() -> None:
    """talkstats.com, thread 58500: NPS -9 with a margin of 4.4."""
    estimate = nps(answers((395, 476, 291)), method="wald")
    margin = estimate.high - estimate.value
    assert estimate.value / 100 == Printed("-0.0895009")
    assert margin / 100 == Printed(".043877")
    assert (estimate.value, margin) == (Printed("-9"), Printed("4.4"))
    assert estimate.value == pytest.approx(100 * float(net((395, 476, 291))[0]))


@pytest.mark.parametrize("counts", [(15, 25, 60), (150, 250, 600)])
def test_sixty_less_fifteen(counts: Counts) -> None:
    assert nps(answers(counts)).value == 45  # apptriage.com, "What is NPS"


@pytest.mark.parametrize(
    ("counts", "plain", "more"),
    [
        ((10, 20, 70), (".469991", ".730009"), (".452698", ".712351")),
        # The source prints 1.063426 for the last; we cut it off at 1.
        ((0, 0, 10), ("1", "1"), (".475036", "1")),
        ((395, 476, 291), ("-.133378", "-.045624"), ("-.133084", "-.045457")),
    ],
)
def test_intervals_of_net_scores(
    counts: Counts, plain: tuple[str, str], more: tuple[str, str]
) -> None:
    """NPS 2.0 (R), methods of Wald and "adjusted Wald"."""
    for method, expected, formula in (
        ("wald", plain, wald),
        ("adjusted-wald", more, adjusted),
    ):
        estimate = nps(answers(counts), method=method)  # type: ignore[call-overload]
        ends = fractions(estimate.low, estimate.high)
        assert ends == printed(*expected)
        assert ends == near(formula(counts))


def test_the_unclipped_end_of_ten_promoters() -> None:
    score, variance, n = net((Fraction(3, 4), Fraction(3, 2), 10 + Fraction(3, 4)))
    high = real(score) + Z * mpmath.sqrt(real(variance / n))
    assert high == Printed("1.063426")


def test_data_of_the_package_nps() -> None:
    """``NPS::testdata``: value, variance, error, interval and mean."""
    tally = Tally.from_counts(RECOMMENDED, scale=RECOMMEND_0_10)
    estimate = nps(tally)
    groups = (sum(RECOMMENDED[:7]), sum(RECOMMENDED[7:9]), sum(RECOMMENDED[9:]))
    assert groups == (362, 176, 462)
    assert net(groups)[:2] == (Fraction(1, 10), Fraction(814, 1000))
    assert estimate.value == pytest.approx(10.0)
    assert spread(estimate) == pytest.approx(0.814, rel=1e-13)
    assert estimate.se / 100 == Printed(".0285306852")
    ends = fractions(estimate.low, estimate.high)
    assert ends == printed(".043897", ".155505")
    assert ends == near(adjusted(groups))
    assert mean_score(tally).value == pytest.approx(7.009, rel=1e-14)


def test_apples_and_oranges() -> None:
    """NPS 2.0 (R), two products compared with the plain test."""
    change = compare(nps(answers(APPLES)), nps(answers(ORANGES)), method="wald")
    # The source has .0797074652; the root of .00635328 is .07970746515, its last digit
    # one lower, so that digit is left out.
    assert fractions(change.difference, change.se) == printed(".072", ".079707465")
    assert net(APPLES)[1] / 250 + net(ORANGES)[1] / 250 == Fraction("0.00635328")
    assert fractions(change.low, change.high) == printed("-.0842238", ".2282238")
    assert change.p_value == Printed(".3663651")
    (a, v, n), (b, w, m) = net(APPLES), net(ORANGES)
    se = mpmath.sqrt(real(v / n + w / m))
    assert change.se / 100 == pytest.approx(float(se), rel=1e-13)
    p = mpmath.erfc(real(a - b) / se / mpmath.sqrt(2))
    assert change.p_value == pytest.approx(float(p), rel=1e-12)


def test_four_brands() -> None:
    brands = [APPLES, ORANGES, (91, 44, 115), (97, 36, 117)]
    rows = [answers(counts).counts for counts in brands]
    estimates = nps(Tally.from_counts(rows, scale=RECOMMEND_0_10, by=list("abcd")))
    assert [fractions(e.value)[0] for e in estimates] == printed(
        "0.148", "0.076", "0.096", "0.080"
    )
    assert [e.value for e in estimates] == near([100 * net(b)[0] for b in brands])


# Exact coverage of intervals for net scores, by enumeration of all samples

COVERAGE = [
    (10, (".10", ".20", ".70"), (".877", ".709"), (".951", ".754")),
    (10, (".33", ".34", ".33"), (".910", ".945"), (".962", ".826")),
    (10, (".02", ".08", ".90"), (".649", ".289"), (".930", ".621")),
    (10, (".15", ".25", ".60"), (".899", ".832"), (".956", ".793")),
    (20, (".10", ".20", ".70"), (".907", ".553"), (".961", ".557")),
    (20, (".02", ".08", ".90"), (".875", ".259"), (".954", ".415")),
    (50, (".02", ".08", ".90"), (".910", ".198"), (".966", ".240")),
    (100, (".33", ".34", ".33"), (".947", ".317"), (".949", ".311")),
    (100, (".02", ".08", ".90"), (".930", ".146"), (".962", ".161")),
]


@pytest.mark.parametrize(("n", "shares", "plain", "more"), COVERAGE)
def test_how_often_intervals_hold_the_truth(
    n: int,
    shares: tuple[str, str, str],
    plain: tuple[str, str],
    more: tuple[str, str],
) -> None:
    """Coverage and mean width of the 95 % intervals, cut off at -1 and 1."""
    samples = [(d, n - d - p, p) for d in range(n + 1) for p in range(n + 1 - d)]
    factorial = math.factorial
    chances = np.array(
        [
            float(
                math.prod(
                    Fraction(share) ** count
                    for share, count in zip(shares, sample, strict=True)
                )
            )
            * (factorial(n) // math.prod(map(factorial, sample)))
            for sample in samples
        ]
    )
    assert chances.sum() == pytest.approx(1.0)
    truth = float(Fraction(shares[2]) - Fraction(shares[0]))
    net_of: Any = NetScore(name="Net", positive=[1], negative=[-1])
    tally = Tally.from_counts(
        samples, scale=Scale(-1, 1, higher_is_better=True), by=range(len(samples))
    )
    for method, expected in (("wald", plain), ("adjusted-wald", more)):
        estimates = net_of(tally, method=method)
        low = np.clip(estimates.low / 100, -1, 1)
        high = np.clip(estimates.high / 100, -1, 1)
        holds = (low - 1e-12 <= truth) & (truth <= high + 1e-12)
        found = [chances[holds].sum(), (chances * (high - low)).sum()]
        assert found == printed(*expected)


# Shares


@pytest.mark.parametrize(
    ("x", "n", "expected"),
    [
        (81, 263, (".2553", ".3662")),  # Newcombe 1998, table I
        (81, 263, (".255289", ".366210")),
        (15, 148, (".0624", ".1605")),
        (0, 20, ("0", ".1611")),
        (0, 20, ("0", ".161125")),
        (1, 29, (".0061", ".1718")),
        (1, 29, (".006113", ".171755")),
        (29, 29, (".883030", "1")),
        (23, 60, (".270883", ".509824")),  # VassarStats' example
    ],
)
def test_wilson(x: int, n: int, expected: tuple[str, str]) -> None:
    estimate = share(x, n)
    ends = fractions(estimate.low, estimate.high)
    assert ends == printed(*expected)
    assert ends == near(wilson(x, n))


@pytest.mark.parametrize(("x", "n"), [(38, 38), (0, 77), (0, 20), (29, 29)])
def test_wilson_ends_exactly(x: int, n: int) -> None:
    """Rounding led others outside (statsmodels, pull request 10010)."""
    estimate = share(x, n)
    assert (estimate.low == 0) == (x == 0)
    assert (estimate.high == 100) == (x == n)
    assert 0 <= estimate.low <= estimate.high <= 100


def test_agresti_coull() -> None:
    estimate = share(81, 263, method="agresti-coull")
    ends = fractions(estimate.low, estimate.high)
    assert ends == printed(".2552207", ".3662774")  # statsmodels
    wide = 263 + Z**2
    centre = (81 + Z**2 / 2) / wide
    reach = Z * mpmath.sqrt(centre * (1 - centre) / wide)
    assert ends == near([centre - reach, centre + reach])


def test_newcombe() -> None:
    """Newcombe 1998 (differences), his example 56/70 - 48/80, method 10."""
    change = compare(share(56, 70), share(48, 80))
    ends = fractions(change.low, change.high)
    assert ends == printed(".0524", ".3339")
    assert ends == printed(".0524315", ".3338727")
    (l1, u1), (l2, u2) = wilson(56, 70), wilson(48, 80)
    p, q = mpmath.mpf(56) / 70, mpmath.mpf(48) / 80
    low = p - q - mpmath.sqrt((p - l1) ** 2 + (u2 - q) ** 2)
    high = p - q + mpmath.sqrt((u1 - p) ** 2 + (q - l2) ** 2)
    assert ends == near([low, high])


# Weights

ONES_AND_TWOS = [1] * 50 + [2] * 50


@pytest.mark.parametrize(
    ("answers", "equal"),
    [
        ([5] * 100, True),  # no spread: Kish's number by definition
        ([5, 1] * 50, True),  # both kinds of weights answer alike
        ([5] * 49 + [1] + [5, 1] * 25, False),  # heavy answers vary more
    ],
)
def test_kish(answers: list[int], equal: bool) -> None:  # noqa: FBT001
    """50 weights of 1 and 50 of 2 are worth (sum w)^2 / sum w^2 = 90 answers."""
    assert Fraction(sum(ONES_AND_TWOS) ** 2, sum(w * w for w in ONES_AND_TWOS)) == 90
    estimate = box_share(
        answers, scale=SATISFACTION_1_5, points=[5], weights=ONES_AND_TWOS
    )
    assert (estimate.n_effective == pytest.approx(90.0, rel=1e-13)) == equal
    assert estimate.n == 100
