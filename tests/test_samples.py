"""The figures of the samples, added up and judged again without the library."""

import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest

from cxmkit import RECOMMEND_0_10, SATISFACTION_1_5, Tally, csat, nps, samples

Z = NormalDist().inv_cdf(0.975)
YEARS = (2014, 2015, 2016, 2017)
RESPONDENTS = {"business": 706, "leisure": 1135, "other or unstated": 905}


def bins(tally: Tally) -> list[tuple[int, float, float, float]]:
    """Return n, sum of weights, sum of squared weights and point of each bin."""
    assert tally.sum_weights is not None
    assert tally.sum_squared_weights is not None
    columns = (tally.counts, tally.sum_weights, tally.sum_squared_weights)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    points = tally.scale.points.tolist()
    return [(*row, point) for row, point in zip(rows, points, strict=True)]


def weighted(
    tally: Tally, positive: set[int], negative: set[int]
) -> tuple[float, float, int, float]:
    """Return value, standard error, n and effective n, by loops over the bins."""
    total = value = spread = variance = 0.0
    n = 0
    for count, weight, _, point in bins(tally):
        n += count
        total += weight
        value += weight * ((point in positive) - (point in negative))
    value /= total
    for _, weight, squared, point in bins(tally):
        away = ((point in positive) - (point in negative) - value) ** 2
        spread += squared * away
        variance += weight * away / total
    se = math.sqrt(n / (n - 1) * spread) / total
    kish = total**2 / sum(squared for _, _, squared, _ in bins(tally))
    return 100 * value, 100 * se, n, min(variance * total**2 / spread, kish)


def test_airport_is_all_ratings_of_four_years() -> None:
    tally = samples.airport()
    assert tally.scale == SATISFACTION_1_5
    assert tally.axes == ("year", "touchpoint")
    assert tally.labels["year"] == YEARS
    assert len(set(tally.labels["touchpoint"])) == 22
    assert tally.weighted
    assert tally.missing == 0
    total = 0
    for year in YEARS:
        ratings = sum(sum(row) for row in samples._COUNTS[year])  # noqa: SLF001
        assert tally.by("year").at(year=year).n == ratings
        total += ratings
    assert tally.n == total == 196_076


@pytest.mark.parametrize("year", YEARS)
def test_airport_literals_are_where_they_belong(year: int) -> None:
    tally = samples.airport().at(year=year)
    for place, touchpoint in enumerate(samples._TOUCHPOINTS):  # noqa: SLF001
        cell = tally.at(touchpoint=touchpoint)
        assert cell.counts.tolist() == list(samples._COUNTS[year][place])  # noqa: SLF001
        assert [row[1:3] for row in bins(cell)] == list(
            zip(
                samples._WEIGHTS[year][place],  # noqa: SLF001
                samples._SQUARED_WEIGHTS[year][place],  # noqa: SLF001
                strict=True,
            )
        )


def test_weights_belong_to_their_counts() -> None:
    """By Cauchy and Schwarz (sum w)² <= n sum w², and the mean weight is about 1."""
    recommended = samples.airport_recommendation()
    cells = [
        samples.airport().at(year=year, touchpoint=touchpoint)
        for year, touchpoint in itertools.product(YEARS, samples._TOUCHPOINTS)  # noqa: SLF001
    ] + [recommended.at(purpose=purpose) for purpose in RESPONDENTS]
    for cell in cells:
        for n, weight, squared, _ in bins(cell):
            assert weight**2 <= n * squared * (1 + 1e-4)
            assert squared <= weight**2 * (1 + 1e-4)
        assert cell.sum_weights is not None
        assert 0.8 < cell.sum_weights.sum() / cell.n < 1.25


def test_recommendations_are_the_respondents_of_2017() -> None:
    tally = samples.airport_recommendation()
    assert tally.scale == RECOMMEND_0_10
    assert tally.axes == ("purpose",)
    assert {
        purpose: tally.at(purpose=purpose).n for purpose in tally.labels["purpose"]
    } == RESPONDENTS
    literals = samples._RECOMMEND_COUNTS.values()  # noqa: SLF001
    assert tally.n == sum(map(sum, literals)) == 2_746
    assert tally.missing == 0


def test_net_promoter_scores_of_2017() -> None:
    tally = samples.airport_recommendation()
    overall = nps(tally.pooled())
    assert (overall.value, overall.se, overall.n, overall.n_effective) == pytest.approx(
        weighted(tally.pooled(), {9, 10}, set(range(7))), rel=1e-12
    )
    assert overall.value == pytest.approx(40.4, abs=0.05)
    by = nps(tally)
    for purpose, printed in zip(RESPONDENTS, (35.8, 42.3, 42.1), strict=True):
        cell = by.at(purpose=purpose)
        assert (cell.value, cell.se, cell.n, cell.n_effective) == pytest.approx(
            weighted(tally.at(purpose=purpose), {9, 10}, set(range(7))), rel=1e-12
        )
        assert cell.value == pytest.approx(printed, abs=0.05)


def test_satisfaction_with_each_touchpoint() -> None:
    tally = samples.airport()
    estimates = csat(tally)
    for year, touchpoint in itertools.product(YEARS, samples._TOUCHPOINTS):  # noqa: SLF001
        cell = estimates.at(year=year, touchpoint=touchpoint)
        value, se, n, effective = weighted(
            tally.at(year=year, touchpoint=touchpoint), {4, 5}, set()
        )
        assert (cell.value, cell.se, cell.n) == pytest.approx((value, se, n), rel=1e-12)
        p = value / 100
        reach = Z * math.sqrt(effective * p * (1 - p) + Z**2 / 4)
        ends = [
            100 * (effective * p + Z**2 / 2 + sign * reach) / (effective + Z**2)
            for sign in (-1, 1)
        ]
        assert [cell.low, cell.high] == pytest.approx(ends, rel=1e-12)


def test_samples_cannot_be_spoiled() -> None:
    with pytest.raises(ValueError, match="read-only"):
        samples.airport().counts[0, 0, 0] = 1
    assert samples.airport() == samples.airport()
    assert np.array_equal(
        samples.airport().by("touchpoint", "year").counts.transpose(1, 0, 2),
        samples.airport().counts,
    )
