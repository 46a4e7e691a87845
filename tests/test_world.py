"""A company with planted truth: its sample keeps the rules and shows the truth."""

import copy
import math
import pickle
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
import statsmodels.api

from cxmkit import (
    RECOMMEND_0_10,
    STARS_1_5,
    Episode,
    ExperienceDimension,
    JourneyMap,
    Ref,
    Relationship,
    Standing,
    Tally,
    csat,
    nps,
    world,
)
from cxmkit.errors import CxmError, InvalidTypeError, InvalidValueError
from cxmkit.world import Company, Truth

TRUTH = Truth()
PLACES = TRUTH.touchpoints
CHECKOUT = PLACES.index("checkout")
YEAR = timedelta(days=365)
SPREAD = 4.5  # standard errors: a fair sample is further off once in 150,000 cases
TABLES = {
    "contacts": {
        "customer": np.dtype(np.int64),
        "time": np.dtype("datetime64[us]"),
        "touchpoint": np.dtype(object),
        "channel": np.dtype(object),
        "two_sided": np.dtype(bool),
        "dimension": np.dtype(object),
        "stars": np.dtype(np.float64),
    },
    "episodes": {
        "customer": np.dtype(np.int64),
        "start": np.dtype("datetime64[us]"),
        "end": np.dtype("datetime64[us]"),
    },
    "purchases": {
        "customer": np.dtype(np.int64),
        "time": np.dtype("datetime64[us]"),
        "amount": np.dtype(np.float64),
    },
    "answers": {
        "customer": np.dtype(np.int64),
        "time": np.dtype("datetime64[us]"),
        "recommend": np.dtype(np.float64),
    },
    "outcomes": {
        "customer": np.dtype(np.int64),
        "bought": np.dtype(bool),
        "stayed": np.dtype(bool),
        "segment": np.dtype(object),
    },
    "latent": dict.fromkeys(
        ("customer", "mood", "stay_probability", *PLACES), np.dtype(np.float64)
    )
    | {"customer": np.dtype(np.int64)},
}

every_table = pytest.mark.parametrize("table", TABLES)


@cache
def company(customers: int = 2_000) -> Company:
    return Company(20_260_301, customers=customers)


class Contact(NamedTuple):
    place: int
    time: int
    stars: float


@cache
def journeys(customers: int) -> dict[int, list[Contact]]:
    """Return the contacts of each customer, taken row by row."""
    found: dict[int, list[Contact]] = defaultdict(list)
    contacts = company(customers).contacts
    names = ("customer", "touchpoint", "time", "stars")
    seconds = contacts | {"time": contacts["time"].astype("M8[s]").astype(np.int64)}
    rows = zip(*(seconds[name].tolist() for name in names), strict=True)
    for customer, place, time, stars in rows:
        found[customer].append(Contact(PLACES.index(place), time, stars))
    return found


@cache
def outcomes(customers: int) -> dict[int, dict[str, Any]]:
    """Return one dict for each customer."""
    columns = company(customers).outcomes
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    records = (dict(zip(columns, row, strict=True)) for row in rows)
    return {record["customer"]: record for record in records}


def near(
    found: npt.ArrayLike, truth: npt.ArrayLike, se: npt.ArrayLike, rest: float = 1e-12
) -> None:
    away = np.abs(np.asarray(found) - np.asarray(truth))
    assert (away <= SPREAD * np.asarray(se) + rest).all(), away / np.asarray(se)


def of_share(share: npt.NDArray[np.float64], n: Any) -> Any:
    return np.sqrt(share * (1 - share) / n)


# One seed, one company


@every_table
def test_the_same_seed_gives_the_same_company(table: str) -> None:
    first, twin, other = (getattr(Company(seed), table) for seed in (5, 5, 6))
    for name, column in first.items():
        same = column.tolist()
        assert repr(twin[name].tolist()) == repr(same)
        if name != "customer" or table not in {"outcomes", "latent"}:
            assert repr(other[name].tolist()) != repr(same)


def test_companies_are_known_by_seed_and_size() -> None:
    five: Any = np.int32(5)
    assert Company(5) == Company(five) == Company(5, customers=2_000)
    assert hash(Company(5)) == hash(Company(5))
    assert Company(5) != Company(6)
    assert Company(5) != Company(5, customers=10)


def test_a_generator_gives_the_seed() -> None:
    rng = np.random.default_rng(5)
    first, second = Company(rng, customers=9), Company(rng, customers=9)
    assert first == Company(np.random.default_rng(5), customers=9)
    assert first != second
    assert Company(first.seed, customers=9) == first


def test_copies_and_pickles_are_the_same_again() -> None:
    first = Company(5, customers=30)
    pickled = pickle.loads(pickle.dumps(first))  # noqa: S301  our own
    for twin in (copy.copy(first), copy.deepcopy(first), attrs.evolve(first), pickled):
        assert twin == first
        assert twin.purchases["time"].tolist() == first.purchases["time"].tolist()
        assert not twin.purchases["time"].flags.writeable
    assert attrs.evolve(first, customers=31).customers == 31


def test_truth_is_one() -> None:
    pickled = pickle.loads(pickle.dumps(TRUTH))  # noqa: S301  our own
    for twin in (Truth(), copy.deepcopy(TRUTH), pickled, company().truth):
        assert twin == TRUTH
        assert hash(twin) == hash(TRUTH)
        for field in attrs.fields(Truth):
            value = getattr(twin, field.name)
            np.testing.assert_array_equal(value, getattr(TRUTH, field.name))  # NaN, too
            assert not getattr(getattr(value, "flags", None), "writeable", False)


def test_nothing_can_be_spoiled() -> None:
    it = Company(5, customers=30)
    it.contacts.clear()
    assert it.contacts
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        it.seed = 6  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        TRUTH.starts[0] = 1


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (InvalidTypeError, {"seed": "7"}, "seed must be a whole number"),
        (InvalidTypeError, {"seed": None}, "seed must be a whole number"),
        (InvalidTypeError, {"seed": 7.0}, "seed must be a whole number"),
        (InvalidTypeError, {"seed": True}, "seed must be a whole number"),
        (InvalidValueError, {"seed": -1}, "seed must not be negative; got -1"),
        (InvalidValueError, {"customers": 0}, "customers must be at least 1; got 0"),
        (InvalidValueError, {"customers": -3}, "customers must be at least 1; got -3"),
        (InvalidTypeError, {"customers": "9"}, "customers must be a whole number"),
        (InvalidTypeError, {"customers": 2e3}, "customers must be a whole number"),
        (InvalidTypeError, {"customers": True}, "customers must be a whole number"),
    ],
)
def test_bad_arguments_are_refused(
    kind: type[CxmError], arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        Company(**({"seed": 1} | arguments))
    [argument] = arguments
    assert isinstance(caught.value, CxmError)
    assert caught.value.argument == argument


def test_what_it_says() -> None:
    it = company()
    contacts, purchases = it.contacts, it.purchases
    n, buyers = len(contacts["time"]), len(set(purchases["customer"].tolist()))
    assert repr(it) == (
        f"Company seed 20260301, 2,000 customers, {n:,} contacts, {buyers:,} buyers"
    )
    rated = sum(not math.isnan(stars) for stars in contacts["stars"])
    stayed = sum(it.outcomes["stayed"].tolist())
    assert it.summary() == (
        f"2,000 customers had {n:,} contacts with the brand and rated {rated:,} of "
        f"them; {buyers:,} bought, and {stayed:,} were still there a year later."
    )
    assert repr(TRUTH) == "Truth of 13 touchpoints, 3 segments, conversion 37.6 %"
    head, *rows = str(TRUTH).splitlines()
    assert head.split("  ")[0] == "touchpoint"
    assert [row.split("  ")[0] for row in rows] == list(PLACES)
    assert rows[CHECKOUT].split()[1:3] == ["37.6", "%"]


# Its columns


@every_table
def test_columns_are_columns(table: str) -> None:
    it = company()
    columns = getattr(it, table)
    assert {name: column.dtype for name, column in columns.items()} == TABLES[table]
    assert len({column.shape for column in columns.values()}) == 1
    assert not any(column.flags.writeable for column in columns.values())
    assert set(columns["customer"].tolist()) <= set(it.outcomes["customer"].tolist())
    for column in columns.values():
        if column.dtype == object:
            assert {type(word) for word in column} == {str}


@pytest.mark.parametrize("customers", [1, 2, 3])
def test_small_companies_hold_together(customers: int) -> None:
    for seed in range(20):
        it = Company(seed, customers=customers)
        assert len(it.outcomes["customer"]) == customers
        assert len(it.contacts["time"]) >= customers
        assert it.outcomes["bought"].sum() <= len(it.purchases["time"])


def test_everybody_is_there_once_in_order() -> None:
    it = company()
    ids = it.outcomes["customer"].tolist()
    assert ids == sorted(set(ids)) == it.latent["customer"].tolist()
    assert ids == list(range(100_001, 102_001))
    assert sorted(it.answers["customer"].tolist()) == ids
    assert set(it.contacts["customer"].tolist()) == set(ids)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("contacts", "time"),
        ("episodes", "start"),
        ("purchases", "time"),
        ("answers", "time"),
    ],
)
def test_rows_are_in_order_of_time_and_within_the_observation(
    table: str, name: str
) -> None:
    it = company()
    times = getattr(it, table)[name]
    assert (times[1:] >= times[:-1]).all()
    assert it.observed_from <= times[0]
    assert times[-1] < it.observed_until
    assert len(set(times.tolist())) > 0.99 * len(times)


def test_nobody_is_at_two_places_at_once() -> None:
    for steps in journeys(2_000).values():
        assert all(a.time < b.time for a, b in pairwise(steps))


def test_answers_are_on_their_scales() -> None:
    it = company()
    contacts, recommend = it.contacts, it.answers["recommend"]
    rated = Tally.count(
        contacts["stars"],
        scale=STARS_1_5,
        by={"touchpoint": contacts["touchpoint"]},
        missing="omit",
    )
    assert rated.missing > rated.n > 0
    assert set(csat(rated).labels["touchpoint"]) == set(PLACES)
    asked = Tally.count(recommend, scale=RECOMMEND_0_10, missing="omit")
    assert asked.missing > 0
    assert -100 < nps(asked).value < 100
    assert (asked.counts > 0).all()


def test_the_design_is_that_of_the_brand() -> None:
    it = company()
    assert isinstance(it.design, JourneyMap)
    designed = {touchpoint.id: touchpoint for touchpoint in it.design.touchpoints}
    assert tuple(designed) == tuple(name for name in PLACES if name != "forum")
    assert ("shop", "checkout") in it.design.order
    for name in ("owner", "medium", "channel", "stage"):
        assert len({getattr(place, name) for place in designed.values()}) >= 4
    contacts = it.contacts
    columns = [contacts[name] for name in ("touchpoint", "channel", "dimension")]
    met = {tuple(row) for row in zip(*columns, strict=True)}
    assert len(met) == len(PLACES)
    for name, channel, dimension in met:
        if name in designed:
            assert designed[name].channel == channel
            assert designed[name].dimensions == {ExperienceDimension(dimension)}


def test_journeys_deviate_from_the_design() -> None:
    order = {
        (PLACES.index(earlier), PLACES.index(later))
        for earlier, later in company().design.order
    }
    moves = Counter(
        (a.place, b.place)
        for steps in journeys(2_000).values()
        for a, b in pairwise(steps)
    )
    repeats = sum(n for (a, b), n in moves.items() if a == b)
    back = sum(n for (a, b), n in moves.items() if b < a)
    assert min(repeats, back) > 100
    assert sum(n for pair, n in moves.items() if pair in order) > 100
    assert sum(PLACES.index("forum") in pair for pair in moves) > 5
    club = PLACES.index("club")
    joined = sum(
        any(step.place == club for step in steps) for steps in journeys(2_000).values()
    )
    assert joined < sum(each["bought"] for each in outcomes(2_000).values()) / 2


# Who was a customer when: judged by the language itself


def instant(value: np.datetime64) -> datetime:
    return datetime.fromtimestamp(int(value.astype("M8[s]").astype(np.int64)), UTC)


@cache
def relationships(customers: int) -> dict[int, Relationship[int]]:
    """Return the relationship of each buyer; it refuses what overlaps."""
    found: dict[int, list[Episode]] = defaultdict(list)
    columns = company(customers).episodes
    for customer, start, end in zip(*columns.values(), strict=True):
        last = None if np.isnat(end) else instant(end)
        found[int(customer)].append(Episode(start=instant(start), end=last))
    return {
        customer: Relationship(
            id=customer,
            a=Ref("stakeholder", customer),
            b=Ref("brand", "nappies"),
            role_a="customer",
            role_b="supplier",
            episodes=episodes,
        )
        for customer, episodes in found.items()
    }


def checkouts(customers: int) -> dict[int, list[datetime]]:
    return {
        customer: [
            datetime.fromtimestamp(step.time, UTC)
            for step in steps
            if step.place == CHECKOUT
        ]
        for customer, steps in journeys(customers).items()
    }


def test_episodes_are_those_of_buyers_and_begin_at_a_checkout() -> None:
    bonds, bought = relationships(2_000), checkouts(2_000)
    for customer, outcome in outcomes(2_000).items():
        assert outcome["bought"] == bool(bought[customer]) == (customer in bonds)
        if outcome["bought"]:
            first, *more = bonds[customer].episodes
            assert first.start == bought[customer][0]
            assert len(more) <= 1
            assert all(episode.start in bought[customer] for episode in more)
    lengths = Counter(len(bond.episodes) for bond in bonds.values())
    assert lengths[1] > lengths[2] > 5
    assert any(bond.episodes[-1].end is None for bond in bonds.values())


def test_every_purchase_is_a_checkout_of_a_customer() -> None:
    bonds, bought = relationships(2_000), checkouts(2_000)
    found = defaultdict(list)
    columns = company().purchases
    for customer, time, amount in zip(*columns.values(), strict=True):
        found[int(customer)].append(instant(time))
        standing = bonds[int(customer)].standing_at(instant(time))
        assert standing is Standing.CURRENT
        assert amount > 0
        assert amount % 12.5 == 0
    assert found == {customer: times for customer, times in bought.items() if times}


def test_who_stayed_is_a_customer_at_the_end_of_the_year() -> None:
    bonds = relationships(2_000)
    for customer, outcome in outcomes(2_000).items():
        if not outcome["bought"]:
            assert not outcome["stayed"]
            continue
        bond = bonds[customer]
        current = bond.standing_at(bond.episodes[0].start + YEAR) is Standing.CURRENT
        assert outcome["stayed"] == current


def test_contacts_come_before_while_and_after_somebody_is_a_customer() -> None:
    bonds = relationships(2_000)
    found: Counter[tuple[str, Standing]] = Counter()
    columns = company().contacts
    names = ("customer", "time", "dimension", "two_sided")
    for customer, time, dimension, both in zip(*map(columns.get, names), strict=True):
        bond = bonds.get(int(customer))
        standing = bond.standing_at(instant(time)) if bond else Standing.NOT_YET
        found[dimension, standing] += 1
        assert both or dimension != "transaction"
    for standing in Standing:
        assert sum(n for (_, at), n in found.items() if at is standing) > 30
    assert found["relationship", Standing.NOT_YET] == 0
    assert found["relationship", Standing.CURRENT] > 100


def test_what_lies_beyond_the_observation_is_not_told() -> None:
    until = int(np.datetime64("2019-01-01", "s").astype(np.int64))
    for seed in range(20):
        rng = np.random.default_rng(seed)
        _, where, when = world._journeys(rng, 200, until=until)  # noqa: SLF001
        assert len(where) > 200
        assert when.max() < until
    end = int(company().observed_until.astype("M8[s]").astype(np.int64))
    who, at = np.arange(200), np.full(200, end - 7 * 86_400)
    rng, zeros = np.random.default_rng(1), np.zeros(200)
    asked, when, answer = world._recommended(rng, who, at, zeros, zeros)  # noqa: SLF001
    assert 50 < len(asked) == len(when) == len(answer) < 180
    assert when.max() < end


# The truth: computed once more, another way


def test_probabilities_add_up() -> None:
    assert TRUTH.starts.sum() == pytest.approx(1)
    assert TRUTH.transitions.sum(axis=1) + TRUTH.ends == pytest.approx(1)
    assert TRUTH.star_probabilities.sum(axis=1) == pytest.approx(1)
    assert TRUTH.segment_shares.sum() == pytest.approx(1)
    for name in ("starts", "transitions", "ends", "reach", "star_probabilities"):
        assert ((getattr(TRUTH, name) >= 0) & (getattr(TRUTH, name) <= 1)).all()
    assert (TRUTH.ends > 0).all()
    assert ((TRUTH.answer_rate > 0) & (TRUTH.answer_rate < 1)).all()


def test_reach_is_the_chance_of_ever_coming_there() -> None:
    """By iteration of h = q_j + Q h without j, which no inverse is needed for."""
    for place in range(len(PLACES)):
        others = [other for other in range(len(PLACES)) if other != place]
        chance = np.zeros(len(others))
        for _ in range(500):
            onwards = TRUTH.transitions[np.ix_(others, others)] @ chance
            chance = TRUTH.transitions[others, place] + onwards
        reached = TRUTH.starts[place] + TRUTH.starts[others] @ chance
        assert TRUTH.reach[place] == pytest.approx(reached, rel=1e-12)
    assert TRUTH.conversion == TRUTH.reach[CHECKOUT]
    assert 0.3 < TRUTH.conversion < 0.5


def test_visits_balance() -> None:
    arrivals = TRUTH.starts + TRUTH.mean_visits @ TRUTH.transitions
    assert TRUTH.mean_visits == pytest.approx(arrivals, rel=1e-12)
    assert TRUTH.mean_visits @ TRUTH.ends == pytest.approx(1)


def test_stars_are_slices_of_normal_distributions() -> None:
    sd = math.sqrt(TRUTH.mood_sd**2 + TRUTH.noise_sd**2)
    for place, mean in enumerate(TRUTH.mean_valence):
        below = np.zeros(6)
        for share, mood in zip(TRUTH.segment_shares, TRUTH.segment_moods, strict=True):
            bounds = [-np.inf, *TRUTH.star_thresholds, np.inf]
            below += share * scipy.stats.norm(mean + mood, sd).cdf(bounds)
        exact = np.diff(below)
        assert TRUTH.star_probabilities[place] == pytest.approx(exact, abs=1e-14)
        mean_stars = sum(star * p for star, p in enumerate(exact, 1))
        assert TRUTH.mean_stars[place] == pytest.approx(mean_stars, abs=1e-12)


def test_seconds_are_seconds() -> None:
    dwell = dict(zip(PLACES, TRUTH.mean_dwell.tolist(), strict=True))
    assert dwell["shop"] == 20 * 60
    assert dwell["hotline"] == 2 * 24 * 60 * 60
    assert TRUTH.mean_longer_stay == 1_200 * 24 * 60 * 60
    assert TRUTH.mean_second_stay == 400 * 24 * 60 * 60


# The sample: within so many standard errors of the truth

N = 20_000


def test_starts_transitions_and_ends_are_those_of_the_truth() -> None:
    size = len(PLACES)
    starts, moves = np.zeros(size), np.zeros((size, size + 1))
    for steps in journeys(N).values():
        starts[steps[0].place] += 1
        for a, b in pairwise(steps):
            moves[a.place, b.place] += 1
        moves[steps[-1].place, size] += 1
    near(starts / N, TRUTH.starts, of_share(TRUTH.starts, N))
    visits = moves.sum(axis=1, keepdims=True)
    truth = np.column_stack([TRUTH.transitions, TRUTH.ends])
    near(moves / visits, truth, of_share(truth, visits))
    assert (moves[truth == 0] == 0).all()


def test_reach_visits_and_conversion_are_those_of_the_truth() -> None:
    visits = np.zeros((N, len(PLACES)))
    for row, steps in enumerate(journeys(N).values()):
        for step in steps:
            visits[row, step.place] += 1
    near((visits > 0).mean(axis=0), TRUTH.reach, of_share(TRUTH.reach, N))
    near(visits.mean(axis=0), TRUTH.mean_visits, visits.std(axis=0) / math.sqrt(N))
    bought = np.mean([outcome["bought"] for outcome in outcomes(N).values()])
    near(bought, TRUTH.conversion, of_share(TRUTH.reach, N)[CHECKOUT])


def test_times_to_the_next_contact_are_those_of_the_truth() -> None:
    times: dict[int, list[int]] = defaultdict(list)
    for steps in journeys(N).values():
        for a, b in pairwise(steps):
            times[a.place].append(b.time - a.time)
    for place, mean in enumerate(TRUTH.mean_dwell):
        p, n = 1 / mean, len(times[place])
        assert min(times[place]) >= 1
        near(np.mean(times[place]), mean, math.sqrt((1 - p) / n) / p)
        # Not only the mean: of a geometric distribution this share is longer.
        longer = (1 - p) ** int(mean)
        share = np.mean([time > int(mean) for time in times[place]])
        near(share, longer, math.sqrt(longer * (1 - longer) / n))


def test_stars_and_answers_are_those_of_the_truth() -> None:
    """Contacts of one customer share the mood, so customers are the units."""
    for place, name in enumerate(PLACES):
        counts = []
        contacts = answers = 0
        for steps in journeys(N).values():
            here = [step.stars for step in steps if step.place == place]
            given = [int(stars) for stars in here if not math.isnan(stars)]
            contacts += len(here)
            answers += len(given)
            if given:
                counts.append([given.count(star) for star in range(1, 6)])
        table = np.array(counts)
        truth = TRUTH.star_probabilities[place]
        away = table - table.sum(axis=1, keepdims=True) * truth
        se = np.sqrt((away**2).sum(axis=0)) / answers
        near(table.sum(axis=0) / answers, truth, se)
        points = np.arange(1, 6)
        se = np.sqrt(((away @ points) ** 2).sum()) / answers
        near(table.sum(axis=0) @ points / answers, TRUTH.mean_stars[place], se)
        rate = TRUTH.answer_rate[place]
        near(answers / contacts, rate, math.sqrt(rate * (1 - rate) / contacts))
        assert answers > 100, name


def test_segments_and_moods_are_those_of_the_truth() -> None:
    mood = dict(
        zip(company(N).outcomes["customer"], company(N).latent["mood"], strict=True)
    )
    for place, segment in enumerate(TRUTH.segments):
        moods = [
            mood[customer]
            for customer, outcome in outcomes(N).items()
            if outcome["segment"] == segment
        ]
        share = TRUTH.segment_shares[place]
        near(len(moods) / N, share, math.sqrt(share * (1 - share) / N))
        sd, n = TRUTH.mood_sd, len(moods)
        near(np.mean(moods), TRUTH.segment_moods[place], sd / math.sqrt(n))
        near(np.std(moods), sd, sd / math.sqrt(2 * n))


def test_valences_become_stars_by_the_thresholds() -> None:
    latent = company(N).latent
    row = {customer: index for index, customer in enumerate(latent["customer"])}
    seen = set()
    for customer, steps in journeys(N).items():
        if outcomes(N)[customer]["bought"]:
            continue
        visits = Counter(step.place for step in steps)
        for step in steps:
            if visits[step.place] == 1 and not math.isnan(step.stars):
                valence = latent[PLACES[step.place]][row[customer]]
                reached = sum(valence >= level for level in TRUTH.star_thresholds)
                assert step.stars == 1 + reached
                seen.add(step.stars)
    assert seen == {1, 2, 3, 4, 5}


def test_valences_scatter_around_touchpoint_and_mood() -> None:
    latent = company(N).latent
    row = {customer: index for index, customer in enumerate(latent["customer"])}
    noise = []
    for customer, steps in journeys(N).items():
        visits = Counter(step.place for step in steps)
        for place, times in visits.items():
            if times == 1 and not outcomes(N)[customer]["bought"]:
                valence = latent[PLACES[place]][row[customer]]
                mood = latent["mood"][row[customer]]
                noise.append(valence - mood - TRUTH.mean_valence[place])
    sd, n = TRUTH.noise_sd, len(noise)
    assert n > 10_000
    near(np.mean(noise), 0, sd / math.sqrt(n))
    near(np.std(noise), sd, sd / math.sqrt(2 * n))


def test_what_was_not_visited_until_the_year_was_over_is_0() -> None:
    latent = company(N).latent
    row = {customer: index for index, customer in enumerate(latent["customer"])}
    late = 0
    for customer, steps in journeys(N).items():
        bought = [step.time for step in steps if step.place == CHECKOUT]
        until = min(bought, default=math.inf) + YEAR.total_seconds()
        early = {step.place for step in steps if step.time < until}
        late += len({step.place for step in steps} - early)
        felt = {
            place
            for place, name in enumerate(PLACES)
            if latent[name][row[customer]] != 0
        }
        assert felt == early
    assert late > 20


def test_a_place_visited_often_counts_with_its_mean() -> None:
    who, where = np.array([0, 1, 0, 0, 1]), np.array([2, 2, 2, 0, 1])
    valence = np.array([1.0, 5.0, 4.0, -3.0, 7.0])
    early = np.array([True, True, True, True, False])
    felt = world._felt(who, where, valence, early=early, size=3)  # noqa: SLF001
    assert felt[:3].tolist() == [[-3, 0, 0], [0, 0, 0], [2.5, 5, 0]]
    assert (felt[3:] == 0).all()


def test_the_probability_of_staying_is_the_formula() -> None:
    latent, gamma = company().latent, TRUTH.segment_effects
    for index, outcome in enumerate(outcomes(2_000).values()):
        log_odds = TRUTH.retention_intercept
        log_odds += gamma[TRUTH.segments.index(outcome["segment"])]
        for name, effect in zip(PLACES, TRUTH.retention_effects, strict=True):
            log_odds += effect * latent[name][index]
        chance = latent["stay_probability"][index]
        if outcome["bought"]:
            assert chance == pytest.approx(1 / (1 + math.exp(-log_odds)), rel=1e-12)
        else:
            assert math.isnan(chance)


LARGE = 200_000


@cache
def regression(*, segments: bool) -> tuple[Any, Any]:
    """Return effects and standard errors of a logistic regression among buyers."""
    it = company(LARGE)
    latent, found = it.latent, it.outcomes
    columns = [np.ones(LARGE)]
    if segments:
        columns += [found["segment"] == name for name in TRUTH.segments[1:]]
    columns += [latent[name] for name in PLACES]
    design = np.column_stack(columns)[found["bought"]].astype(np.float64)
    fit = statsmodels.api.Logit(found["stayed"][found["bought"]], design).fit(disp=0)
    return fit.params, fit.bse


def test_a_regression_finds_the_effects_on_retention() -> None:
    effects, se = regression(segments=True)
    truth = [
        TRUTH.retention_intercept,
        *TRUTH.segment_effects[1:],
        *TRUTH.retention_effects,
    ]
    assert TRUTH.segment_effects[0] == 0
    assert (np.abs(effects - truth) < 4 * se).all()
    assert (se < 0.1).all()


def test_without_the_segment_effects_are_underestimated() -> None:
    effects, se = regression(segments=False)
    away = effects[1:] - TRUTH.retention_effects
    precision = 1 / se[1:] ** 2
    mean, of_mean = away @ precision / precision.sum(), 1 / math.sqrt(precision.sum())
    assert mean < -6 * of_mean
    product = PLACES.index("product")
    assert away[product] < -4 * se[1:][product]


def test_lengths_of_episodes_are_those_of_the_truth() -> None:
    """With ends unobserved: seconds at risk for each end that was seen."""
    it = company(LARGE)
    until = it.observed_until
    year = np.timedelta64(YEAR, "s")
    stayed = dict(zip(it.outcomes["customer"], it.outcomes["stayed"], strict=True))
    latest: dict[int, np.datetime64] = {}
    soon: dict[int, np.datetime64] = {}
    opened: dict[int, np.datetime64] = {}
    for customer, start in zip(
        it.episodes["customer"], it.episodes["start"], strict=True
    ):
        opened.setdefault(customer, start)
    for customer, time in zip(
        it.purchases["customer"], it.purchases["time"], strict=True
    ):
        latest[customer] = time
        if time < opened[customer] + year:
            soon[customer] = time
    ends: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    places = []
    for customer, start, end in zip(*it.episodes.values(), strict=True):
        first = start == opened[customer]
        if first and not stayed[customer]:
            room = start + year - soon[customer]
            places.append((end - soon[customer]) / room)
            assert 0 < places[-1] <= 1
            continue
        kind = "longer" if first else "second"
        begin = start + year if first else latest[customer]
        ends[kind] += not np.isnat(end)
        over = until if np.isnat(end) else end
        seconds[kind] += max(0, int((over - begin) / np.timedelta64(1, "s")))
    for kind, mean in (
        ("longer", TRUTH.mean_longer_stay),
        ("second", TRUTH.mean_second_stay),
    ):
        assert ends[kind] > 300
        near(seconds[kind] / ends[kind], mean, mean / math.sqrt(ends[kind]))
    n = len(places)
    near(np.mean(places), 0.5, math.sqrt(1 / 12 / n), rest=1e-5)


def test_amounts_are_those_of_the_truth() -> None:
    amounts = company(N).purchases["amount"]
    assert TRUTH.mean_amount == 31.25
    near(amounts.mean(), TRUTH.mean_amount, amounts.std() / math.sqrt(len(amounts)))
    packs = amounts / 12.5
    near((packs == 1).mean(), 0.4, math.sqrt(0.24 / len(packs)))


def test_recommendations_follow_mood_and_experience() -> None:
    it = company(N)
    latent, answers = it.latent, it.answers
    row = {customer: index for index, customer in enumerate(latent["customer"])}
    near(
        (~np.isnan(answers["recommend"])).mean(),
        TRUTH.recommend_rate,
        math.sqrt(TRUTH.recommend_rate * (1 - TRUTH.recommend_rate) / N),
    )
    mood, mean, answer, delays = [], [], [], []
    last = {customer: steps[-1].time for customer, steps in journeys(N).items()}
    columns = zip(*(column.tolist() for column in answers.values()), strict=True)
    for customer, time, recommend in columns:
        delays.append(time.replace(tzinfo=UTC).timestamp() - last[customer])
        steps = journeys(N)[customer]
        places = {step.place for step in steps}
        # Where each place was visited once, latent columns give the mean of all.
        if len(places) == len(steps) and not math.isnan(recommend):
            index = row[customer]
            felt = [latent[PLACES[place]][index] for place in places]
            if all(felt):
                mood.append(latent["mood"][index])
                mean.append(np.mean(felt))
                answer.append(recommend)
    week = 7 * 24 * 60 * 60
    assert min(delays) >= 1
    near(np.mean(delays), week, week / math.sqrt(N))
    level, of_mood, of_valence, sd = TRUTH.recommend_effects
    expected = level + of_mood * np.array(mood) + of_valence * np.array(mean)
    n, inner = len(answer), np.abs(expected - 5) < 1.5  # hardly any is cut there
    away = (np.array(answer) - expected)[inner]
    assert n > 4_000
    near(away.mean(), 0, away.std() / math.sqrt(inner.sum()), rest=0.01)
    rounded = math.sqrt(sd**2 + 1 / 12)
    assert away.std() == pytest.approx(rounded, rel=0.05)
