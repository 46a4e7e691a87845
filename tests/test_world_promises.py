"""What is promised in the company: planted as said, drawn from it and nothing else."""

import copy
import math
import pickle
from collections import Counter, defaultdict
from functools import cache
from itertools import product
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import (
    SATISFACTION_1_5,
    STARS_1_5,
    BrandPositioning,
    JourneyLog,
    Promise,
    Scale,
    Tally,
    _world_promises,
    mean_score,
    world,
)
from cxmkit.world import Company, Truth

TRUTH = Truth()
PLACES = TRUTH.touchpoints
ATTRIBUTES = TRUTH.attributes
BRANDS = ("nappies", "market leader", "store brand")
HELD = Scale(0, 1, higher_is_better=True)
N = 20_000
SPREAD = 4.5  # standard errors: a fair sample is further off once in 150,000 cases
IDS, WORDS = np.dtype(np.int64), np.dtype(object)
FLOATS = np.dtype(np.float64)
TABLES: dict[str, dict[str, np.dtype[Any]]] = {
    "impressions": {
        "customer": IDS,
        "time": np.dtype("datetime64[us]"),
        "touchpoint": WORDS,
        "attribute": WORDS,
        "rating": FLOATS,
    },
    "checks": {"touchpoint": WORDS, "attribute": WORDS, "held": IDS, "n": IDS},
    "market": {
        "respondent": IDS,
        "brand": WORDS,
        "attribute": WORDS,
        "rating": FLOATS,
    },
    "journeys": {"customer": IDS, "overall": FLOATS},
}
OLDER = ("contacts", "episodes", "purchases", "answers", "outcomes", "latent")

every_table = pytest.mark.parametrize("table", TABLES)


@cache
def company(customers: int = 2_000) -> Company:
    return Company(20_260_301, customers=customers)


def rows(columns: dict[str, npt.NDArray[Any]], *names: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table: all columns, or those named."""
    wanted = [columns[name].tolist() for name in names or columns]
    return list(zip(*wanted, strict=True))


def known(levels: npt.NDArray[np.float64]) -> dict[tuple[str, str], float]:
    """Return what an array of the truth knows, by attribute and touchpoint."""
    return {
        (attribute, touchpoint): float(levels[a, k])
        for a, attribute in enumerate(ATTRIBUTES)
        for k, touchpoint in enumerate(PLACES)
        if not math.isnan(levels[a, k])
    }


PROMISED = known(TRUTH.promised)
DELIVERED = known(TRUTH.delivered)
PERCEIVED = known(TRUTH.perceived)
ASKED = {
    touchpoint: [name for name in ATTRIBUTES if (name, touchpoint) in PROMISED]
    for touchpoint in PLACES
}


def near(found: Any, truth: Any, se: Any) -> None:
    assert abs(found - truth) <= SPREAD * se + 1e-12, (found, truth, se)


def near_share(count: int, n: int, truth: float) -> None:
    near(count / n, truth, math.sqrt(truth * (1 - truth) / n))


def near_binomial(ratings: list[float], level: float) -> None:
    """Compare ratings with 1 + a binomial number of 4 trials: mean and all points."""
    n = len(ratings)
    mean = (sum(ratings) / n - 1) / 4
    near(mean, level, math.sqrt(level * (1 - level) / 4 / n))
    counts = Counter(ratings)
    assert set(counts) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    for point in range(5):
        chance = math.comb(4, point) * level**point * (1 - level) ** (4 - point)
        near_share(counts[1.0 + point], n, chance)


# What is planted


def test_levels_are_planted_as_said() -> None:
    assert ATTRIBUTES == ("dry", "gentle", "fair price", "quick help")
    home = ("advertisement", "sample", "product", "last pack")
    assert {
        **{("dry", touchpoint): 0.8 for touchpoint in home},
        **{("gentle", touchpoint): 0.6 for touchpoint in home},
        ("fair price", "website"): 0.85,
        ("fair price", "shop"): 0.7,
        ("fair price", "checkout"): 0.7,
        ("fair price", "club"): 0.7,
        ("quick help", "website"): 0.75,
        ("quick help", "checkout"): 0.75,
        ("quick help", "club"): 0.75,
        ("quick help", "hotline"): 0.75,
        ("quick help", "letter"): 0.75,
    } == PROMISED
    broken = {
        ("fair price", "checkout"): 0.55,
        ("quick help", "hotline"): 0.5,
        ("quick help", "letter"): 0.45,
    }
    exceeded = {("quick help", "checkout"): 0.9}
    assert PROMISED | broken | exceeded == DELIVERED
    assert PERCEIVED == DELIVERED | {("quick help", "club"): 0.55}


def test_the_truth_lists_what_is_to_be_found() -> None:
    assert TRUTH.over_promised == (
        ("fair price", "checkout"),
        ("quick help", "hotline"),
        ("quick help", "letter"),
    )
    assert TRUTH.under_promised == (("quick help", "checkout"),)
    assert TRUTH.unseen == (("quick help", "club"),)
    assert TRUTH.disoriented == ("fair price",)
    assert TRUTH.incoherent == ("fair price", "quick help")
    assert TRUTH.misaligned == ("gentle",)
    assert TRUTH.ahead == ("dry",)
    assert TRUTH.behind == ("gentle",)


def by_attribute(levels: dict[tuple[str, str], float]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for (attribute, _), level in levels.items():
        found[attribute].append(level)
    return found


def test_what_is_in_a_list_is_clear_and_what_is_not_is_nothing() -> None:
    tolerance = {each.name: each.tolerance for each in company().positioning.attributes}
    target = {each.name: each.target for each in company().positioning.attributes}
    for cell, promised in PROMISED.items():
        clear = 3 * tolerance[cell[0]] - 1e-9
        assert (promised - DELIVERED[cell] >= clear) == (cell in TRUTH.over_promised)
        assert (DELIVERED[cell] - promised >= clear) == (cell in TRUTH.under_promised)
        assert (DELIVERED[cell] - PERCEIVED[cell] >= clear) == (cell in TRUTH.unseen)
        listed = {*TRUTH.over_promised, *TRUTH.under_promised}
        assert (promised == DELIVERED[cell]) == (cell not in listed)
        assert (PERCEIVED[cell] == DELIVERED[cell]) == (cell not in TRUTH.unseen)
    for levels, names in (
        (PROMISED, TRUTH.disoriented),
        (PERCEIVED, TRUTH.incoherent),
    ):
        for name, found in by_attribute(levels).items():
            clear = 3 * tolerance[name] - 1e-9
            assert (max(found) - min(found) >= clear) == (name in names)
            assert (max(found) == min(found)) == (name not in names)
    for name, found in by_attribute(PERCEIVED).items():
        nearest = min(abs(level - target[name]) for level in found)
        assert (nearest >= 3 * tolerance[name] - 1e-9) == (name in TRUTH.misaligned)
        assert (nearest == 0) == (name not in TRUTH.misaligned)


def test_one_attribute_is_as_it_should_be_and_one_on_target_in_the_mean_only() -> None:
    target = {each.name: each.target for each in company().positioning.attributes}
    listed = {*TRUTH.disoriented, *TRUTH.incoherent, *TRUTH.misaligned}
    cells = (*TRUTH.over_promised, *TRUTH.under_promised, *TRUTH.unseen)
    assert set(ATTRIBUTES) - listed - {name for name, _ in cells} == {"dry"}
    perceived = by_attribute(PERCEIVED)
    assert set(perceived["dry"]) == {target["dry"]}
    assert np.mean(perceived["fair price"]) == pytest.approx(target["fair price"])
    assert max(perceived["gentle"]) < target["gentle"]


def test_broken_promises_are_where_there_are_many_answers_and_few() -> None:
    visits = dict(zip(PLACES, TRUTH.mean_visits * TRUTH.answer_rate, strict=True))
    answers = [visits[touchpoint] for _, touchpoint in TRUTH.over_promised]
    assert max(answers) == max(visits.values())
    assert min(answers) < max(answers) / 8


def test_levels_look_like_levels() -> None:
    assert TRUTH.promised.shape == (4, 13)
    for levels in (TRUTH.promised, TRUTH.delivered, TRUTH.perceived):
        known_here = ~np.isnan(levels)
        assert np.array_equal(known_here, ~np.isnan(TRUTH.promised))
        assert levels[known_here].min() >= 0.45
        assert levels[known_here].max() <= 0.92
    designed = {touchpoint.id for touchpoint in company().design.touchpoints}
    assert {touchpoint for _, touchpoint in PROMISED} < designed


def test_the_positioning_says_what_the_brand_stands_for() -> None:
    positioning = company().positioning
    assert isinstance(positioning, BrandPositioning)
    assert positioning is Company(1, customers=1).positioning
    assert positioning.brand == "nappies"
    found = [attrs.astuple(attribute) for attribute in positioning.attributes]
    assert found == [
        ("dry", 0.8, 0.05, 4.0),
        ("gentle", 0.75, 0.05, 3.0),
        ("fair price", 0.7, 0.05, 2.0),
        ("quick help", 0.75, 0.05, 1.0),
    ]
    assert tuple(positioning.weights) == ATTRIBUTES


def test_promises_are_those_of_the_truth_and_one_is_general() -> None:
    promises = company().promises
    assert isinstance(promises, tuple)
    assert promises is Company(1, customers=1).promises
    assert all(isinstance(promise, Promise) for promise in promises)
    general = [promise for promise in promises if promise.touchpoint is None]
    assert general == [Promise(attribute="gentle", level=0.6)]
    said = {(each.attribute, each.touchpoint): each.level for each in promises}
    assert len(said) == len(promises) == 14
    for (attribute, touchpoint), level in PROMISED.items():
        place = None if attribute == "gentle" else touchpoint
        assert said.pop((attribute, place), level) == level
    assert not said


def test_the_design_takes_them_in() -> None:
    it = company()
    assert it.design.promises == ()
    assert it.design.positioning is None
    full = attrs.evolve(
        it.design, positioning=it.positioning, promises=list(it.promises)
    )
    assert full.promises == it.promises


def test_the_market_is_planted_as_said() -> None:
    assert TRUTH.brands == BRANDS
    assert TRUTH.brand_levels.tolist() == [
        [0.8, 0.6, 0.7, 0.55],
        [0.7, 0.75, 0.7, 0.55],
        [0.65, 0.7, 0.7, 0.55],
    ]
    for name, (own, *others) in zip(ATTRIBUTES, TRUTH.brand_levels.T, strict=True):
        assert (own > max(others)) == (name in TRUTH.ahead)
        assert (own < min(others)) == (name in TRUTH.behind)
        gaps = [abs(own - other) for other in others]
        assert max(gaps) == 0 or min(gaps) >= 0.1 - 1e-9
        assert (set(others) == {own}) == (name not in {*TRUTH.ahead, *TRUTH.behind})


# One seed, one company, as before


def test_older_tables_are_those_of_before() -> None:
    """Numbers from the time before there were promises."""
    it = Company(7)
    assert repr(it) == ("Company seed 7, 2,000 customers, 9,138 contacts, 723 buyers")
    assert np.nansum(it.contacts["stars"]) == 6_372
    assert it.purchases["amount"].sum() == 31_512.5
    assert np.nansum(it.answers["recommend"]) == 8_004
    small = Company(7, customers=40)
    assert len(small.contacts["time"]) == 184
    assert small.contacts["customer"][-1] == 100_034
    assert str(small.contacts["time"][-1]) == "2021-02-06T16:23:45.000000"
    assert str(small.episodes["end"][0]) == "2021-06-21T08:45:22.000000"
    moods = [-0.25585097479207985, -0.7447679283752597, -0.16810911287246905]
    assert small.latent["mood"][:3].tolist() == pytest.approx(moods, rel=1e-12)


@pytest.mark.parametrize(
    ("table", "owner", "function"),
    [
        ("journeys", world, "_overall"),
        ("impressions", _world_promises, "impressions"),
        ("checks", _world_promises, "checks"),
        ("market", _world_promises, "market"),
    ],
)
def test_a_newer_table_changes_no_other(
    table: str, owner: Any, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, draw = Company(5, customers=300), getattr(owner, function)

    def after_one_more_number(rng: np.random.Generator, *others: Any) -> Any:
        rng.random()
        return draw(rng, *others)

    monkeypatch.setattr(owner, function, after_one_more_number)
    odd = Company(5, customers=300)
    for name in (*OLDER, *TABLES):
        same = repr(rows(getattr(odd, name))) == repr(rows(getattr(usual, name)))
        assert same == (name != table)


@every_table
def test_the_same_seed_gives_the_same_company(table: str) -> None:
    first, twin, other = (rows(getattr(Company(seed), table)) for seed in (5, 5, 6))
    assert repr(first) == repr(twin) != repr(other)


def test_checks_do_not_depend_on_customers() -> None:
    few, many = Company(5, customers=3).checks, Company(5).checks
    assert rows(few) == rows(many)


@every_table
def test_copies_pickles_and_generators_give_the_same(table: str) -> None:
    first = Company(np.random.default_rng(5), customers=30)
    pickled = pickle.loads(pickle.dumps(first))  # noqa: S301  our own
    again = Company(first.seed, customers=30)
    for twin in (copy.copy(first), copy.deepcopy(first), pickled, again):
        assert repr(rows(getattr(twin, table))) == repr(rows(getattr(first, table)))
        assert not any(c.flags.writeable for c in getattr(twin, table).values())


def test_truth_is_one() -> None:
    twin = pickle.loads(pickle.dumps(TRUTH))  # noqa: S301  our own
    assert twin == copy.deepcopy(TRUTH) == TRUTH
    for name in ("promised", "delivered", "perceived", "brand_levels"):
        levels = getattr(twin, name)
        assert np.array_equal(levels, getattr(TRUTH, name), equal_nan=True)
        with pytest.raises(ValueError, match="read-only"):
            levels[0] = 1


# The columns


@every_table
def test_columns_are_columns(table: str) -> None:
    columns: dict[str, npt.NDArray[Any]] = getattr(company(), table)
    kinds = {name: column.dtype for name, column in columns.items()}
    assert kinds == TABLES[table]
    assert list(kinds) == list(TABLES[table])
    assert len({column.shape for column in columns.values()}) == 1
    for column in columns.values():
        assert not column.flags.writeable
        assert column.base is None or not column.base.flags.writeable
        if column.dtype == object:
            assert {type(word) for word in column} == {str}
    columns.clear()
    assert getattr(company(), table)


def test_impressions_are_in_order_of_time() -> None:
    times = company().impressions["time"]
    assert (times[1:] >= times[:-1]).all()


def test_checks_are_two_rows_for_each_pair() -> None:
    checks = company().checks
    found = Counter(rows(checks, "attribute", "touchpoint"))
    assert found == dict.fromkeys(PROMISED, 2)
    assert list(found) == sorted(found, key=lambda pair: ATTRIBUTES.index(pair[0]))
    assert checks["held"].tolist() == [1, 0] * len(PROMISED)
    assert (checks["n"] >= 0).all()
    assert (checks["n"][::2] + checks["n"][1::2] == 5_000).all()


@pytest.mark.parametrize(("customers", "respondents"), [(1, 200), (2_000, 500)])
def test_respondents_rate_each_brand_in_each_attribute(
    customers: int, respondents: int
) -> None:
    market = company(customers).market
    found = rows(market, "respondent", "brand", "attribute")
    people = range(1, respondents + 1)
    assert found == list(product(people, BRANDS, ATTRIBUTES))
    assert set(market["rating"].tolist()) <= {1, 2, 3, 4, 5}


def test_few_customers_mean_at_least_200_respondents() -> None:
    for customers, respondents in ((803, 200), (804, 201), (807, 201)):
        assert Company(1, customers=customers).market["respondent"][-1] == respondents


@given(st.integers(0, 1 << 40), st.integers(1, 30))
def test_small_companies_hold_together(seed: int, customers: int) -> None:
    it = Company(seed, customers=customers)
    events = rows(it.contacts, "customer", "time", "touchpoint")
    met = rows(it.impressions, "customer", "time", "touchpoint")
    assert met == [event for event in events if ASKED[event[2]]]
    assert set(rows(it.impressions, "attribute", "touchpoint")) <= set(PROMISED)
    for answers in (it.impressions["rating"], it.journeys["overall"]):
        given_ones = answers[~np.isnan(answers)].tolist()
        assert set(given_ones) <= {1, 2, 3, 4, 5}
    assert it.journeys["customer"].tolist() == it.outcomes["customer"].tolist()
    assert it.checks["n"].sum() == 5_000 * len(PROMISED)
    assert len(it.market["rating"]) == 200 * 3 * 4
    assert Company(seed, customers=customers) == it


def test_a_company_may_have_no_impressions() -> None:
    sizes = {len(Company(s, customers=1).impressions["time"]) for s in range(20)}
    assert 0 in sizes
    assert max(sizes) > 0


# The sample: within so many standard errors of the truth


@cache
def asked() -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    columns = company(N).impressions
    for attribute, touchpoint, rating in rows(
        columns, "attribute", "touchpoint", "rating"
    ):
        found[attribute, touchpoint].append(rating)
    return found


def answered(ratings: list[float]) -> list[float]:
    return [rating for rating in ratings if not math.isnan(rating)]


def test_attributes_of_a_touchpoint_are_asked_about_equally_often() -> None:
    for touchpoint, attributes in ASKED.items():
        counts = [len(asked()[attribute, touchpoint]) for attribute in attributes]
        for count in counts:
            near_share(count, sum(counts), 1 / len(counts))


def test_impressions_are_answered_as_often_as_stars() -> None:
    for (_, touchpoint), ratings in asked().items():
        rate = TRUTH.answer_rate[PLACES.index(touchpoint)]
        near_share(len(answered(ratings)), len(ratings), rate)


@pytest.mark.parametrize("cell", PERCEIVED)
def test_ratings_are_at_the_level_perceived(cell: tuple[str, str]) -> None:
    near_binomial(answered(asked()[cell]), PERCEIVED[cell])


def test_ratings_have_nothing_to_do_with_moods_stars_and_one_another() -> None:
    it = company(N)
    contacts, impressions = it.contacts, it.impressions
    here = np.array([bool(ASKED[name]) for name in contacts["touchpoint"]])
    level = [PERCEIVED[c] for c in rows(impressions, "attribute", "touchpoint")]
    away = (impressions["rating"] - 1) / 4 - np.array(level)
    stars = contacts["stars"][here]
    valid = ~np.isnan(away)
    mood = it.latent["mood"][impressions["customer"] - 100_001]
    both = valid & ~np.isnan(stars)
    for x, y in ((mood[valid], away[valid]), (stars[both], away[both])):
        correlation = scipy.stats.spearmanr(x, y).statistic
        near(correlation, 0, 1 / math.sqrt(len(x)))
    # Nor does being answered: the chance of both is the product.
    rate = TRUTH.answer_rate[
        [PLACES.index(touchpoint) for touchpoint in impressions["touchpoint"]]
    ]
    expected = (rate**2).sum()
    near(both.sum(), expected, math.sqrt((rate**2 * (1 - rate**2)).sum()))
    # Nor the ratings of one customer, taken in pairs that follow each other.
    last: dict[int, float] = {}
    products = []
    for customer, rating in zip(
        impressions["customer"][valid].tolist(), away[valid].tolist(), strict=True
    ):
        if customer in last:
            products.append(rating * last[customer])
        last[customer] = rating
    assert len(products) > 1_000
    error = np.array(products).std() / math.sqrt(len(products))
    near(sum(products) / len(products), 0, error)


def test_checks_hold_as_often_as_is_delivered() -> None:
    held: Counter[tuple[str, str]] = Counter()
    seeds = range(40)
    for seed in seeds:
        checks = Company(seed, customers=1).checks
        for attribute, touchpoint, result, n in rows(
            checks, "attribute", "touchpoint", "held", "n"
        ):
            held[attribute, touchpoint] += result * n
            if result:
                near_share(n, 5_000, DELIVERED[attribute, touchpoint])
    for cell, level in DELIVERED.items():
        near_share(held[cell], 5_000 * len(seeds), level)


def test_the_market_rates_at_the_levels_of_the_brands() -> None:
    found = defaultdict(list)
    for brand, attribute, rating in rows(
        company(N).market, "brand", "attribute", "rating"
    ):
        found[brand, attribute].append(rating)
    for (b, brand), (a, attribute) in product(enumerate(BRANDS), enumerate(ATTRIBUTES)):
        assert len(found[brand, attribute]) == 5_000
        near_binomial(found[brand, attribute], TRUTH.brand_levels[b, a])
    table = np.array([found[pair] for pair in product(BRANDS, ATTRIBUTES)])
    correlations = np.corrcoef(table)[np.triu_indices(12, 1)]
    assert np.abs(correlations).max() < SPREAD / math.sqrt(5_000)


@cache
def lives(customers: int) -> dict[int, list[tuple[str, float]]]:
    """Return touchpoint and stars of the contacts of each customer."""
    found: dict[int, list[tuple[str, float]]] = defaultdict(list)
    contacts = company(customers).contacts
    for customer, *contact in rows(contacts, "customer", "touchpoint", "stars"):
        found[customer].append((contact[0], contact[1]))
    return found


def test_half_of_the_journeys_are_rated() -> None:
    assert TRUTH.overall_rate == 0.5
    overall = company(N).journeys["overall"].tolist()
    near_share(len(answered(overall)), N, 0.5)
    for low, high in ((1, 1), (2, 4), (5, 999)):  # however long they were
        some = [
            rating
            for customer, rating in rows(company(N).journeys)
            if low <= len(lives(N)[customer]) <= high
        ]
        near_share(len(answered(some)), len(some), 0.5)


def test_journeys_are_rated_by_the_model() -> None:
    """Given its touchpoints, the valence of a journey is normal within a segment."""
    assert TRUTH.handover_cost == 0.15
    assert TRUTH.most_handover_cost == 0.6
    assert TRUTH.overall_noise_sd == 0.4
    valence = dict(zip(PLACES, TRUTH.mean_valence.tolist(), strict=True))
    moods = dict(zip(TRUTH.segments, TRUTH.segment_moods.tolist(), strict=True))
    segments = dict(rows(company(N).outcomes, "customer", "segment"))
    rated, lengths, means = [], [], []
    for customer, rating in rows(company(N).journeys):
        if not math.isnan(rating):
            felt = [valence[touchpoint] for touchpoint, _ in lives(N)[customer]]
            mean = sum(felt) / len(felt) + moods[segments[customer]]
            rated.append(rating)
            lengths.append(len(felt))
            means.append(mean - min(0.15 * (len(felt) - 1), 0.6))
    n = np.array(lengths)[:, np.newaxis]
    spread = np.sqrt(0.5**2 + 0.8**2 / n + 0.4**2)
    bounds = np.array([-np.inf, *TRUTH.star_thresholds, np.inf])
    chance = np.diff(scipy.stats.norm.cdf((bounds - np.c_[means]) / spread))
    away = (np.c_[rated] == np.arange(1, 6)) - chance
    for length in range(1, 8):
        there = np.minimum(lengths, 7) == length
        assert there.sum() > 300
        se = np.sqrt((chance * (1 - chance))[there].sum(axis=0))
        assert (np.abs(away[there].sum(axis=0)) <= SPREAD * se).all()


def test_touchpoints_are_green_and_the_journey_is_red() -> None:
    gaps: dict[int, list[float]] = defaultdict(list)
    for customer, rating in rows(company(N).journeys):
        stars = answered([stars for _, stars in lives(N)[customer]])
        if stars and not math.isnan(rating):
            length = min(len(lives(N)[customer]), 5)
            gaps[length].append((sum(stars) / len(stars) - rating) / 4)
    means = {length: float(np.mean(gap)) for length, gap in gaps.items()}
    errors = {length: np.std(gap) / math.sqrt(len(gap)) for length, gap in gaps.items()}
    near(means[1], 0, errors[1])  # nothing is handed over there
    assert means[2] > 0.03
    assert means[2] < means[3] < means[4] < means[5]
    assert means[5] > 0.14


# They fit what is there


def test_tables_become_tallies() -> None:
    it = company()
    impressions, checks, market = it.impressions, it.checks, it.market
    names = ("attribute", "touchpoint")
    perceived = Tally.count(
        impressions["rating"],
        scale=SATISFACTION_1_5,
        by={name: impressions[name] for name in names},
        missing="omit",
    )
    assert perceived.n == np.isfinite(impressions["rating"]).sum()
    delivered = Tally.from_rows(
        checks["held"],
        checks["n"],
        scale=HELD,
        by={name: checks[name] for name in names},
    )
    assert delivered.n == 5_000 * len(PROMISED)
    hotline = delivered.at(attribute="quick help", touchpoint="hotline")
    assert mean_score(hotline).value == pytest.approx(0.5, abs=0.04)
    rated = Tally.count(
        market["rating"],
        scale=SATISFACTION_1_5,
        by={name: market[name] for name in ("brand", "attribute")},
    )
    assert rated.labels == {"brand": BRANDS, "attribute": ATTRIBUTES}
    assert (rated.counts.sum(axis=-1) == 500).all()
    journeys = Tally.count(it.journeys["overall"], scale=STARS_1_5, missing="omit")
    assert journeys.missing > 0
    assert (journeys.counts > 0).all()


def test_impressions_become_a_log() -> None:
    columns = company().impressions
    log = JourneyLog.from_columns(
        customer=columns["customer"],
        time=columns["time"],
        touchpoint=columns["touchpoint"],
        attribute=columns["attribute"],
        score=columns["rating"],
        scale=SATISFACTION_1_5,
    )
    assert set(log.attributes) == set(ATTRIBUTES)
    assert len(log) == len(columns["time"])
