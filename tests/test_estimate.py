"""What results can do: select, rank, compare, go out, speak and draw."""

import copy
import math
import pickle
import xml.etree.ElementTree as ET
from typing import Any

import attrs
import numpy as np
import pytest

from cxmkit import (
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    CxmError,
    Estimate,
    Estimates,
    Tally,
    ces,
    csat,
    mean_score,
    nps,
)
from cxmkit.errors import InvalidValueError
from cxmkit.metrics import BoxShare

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
NUMBERS = ("value", "se", "low", "high", "n", "n_effective", "missing")
SCALE = SATISFACTION_1_5

ONE = nps([10, 9, 9, 8, 7, 6, 10, 3, 9, 10])
UNKNOWN = mean_score([4], scale=SCALE)  # one answer: error and interval are NaN
TALLY = Tally.count(
    [10, 9, 3, 8, 10, 0, math.nan, 7],
    scale=RECOMMEND_0_10,
    by={
        "shop": (np.array([0, 0, 0, 1, 1, 1, 1, 0]), ["north", "south", "west"]),
        "self": [2026, 2025, 2026, 2025, 2026, 2026, 2025, 2025],
    },
    missing="omit",
)
MANY = nps(TALLY)
SHOPS = nps(TALLY.by("shop"))
STRANGE = nps(
    [10, 9, 3],
    by={"not an identifier": ["<b>&", "x'\"", "]]>"], "class": [0, 1, 2]},
)
NOBODY = csat([math.nan], scale=SCALE, by=["a"], missing="omit")


def twins_of(result: Any) -> list[Any]:
    pickled = [
        pickle.loads(pickle.dumps(result, protocol))  # noqa: S301
        for protocol in PROTOCOLS
    ]
    return [copy.copy(result), copy.deepcopy(result), *pickled]


def refused(estimates: Estimates, /, **labels: Any) -> str:
    with pytest.raises(InvalidValueError) as refusal:
        estimates.at(**labels)
    return str(refusal.value)


# One


def test_an_estimate_is_its_value_as_a_float() -> None:
    assert float(ONE) == ONE.value == 40
    assert math.isnan(float(SHOPS.at(shop="west")))
    assert isinstance(ONE.value, float)
    kinds = {name: type(getattr(ONE, name)) for name in NUMBERS}
    assert {name for name, kind in kinds.items() if kind is int} == {"n", "missing"}
    assert set(kinds.values()) == {int, float}


def test_estimates_of_equal_fields_are_equal() -> None:
    again = nps([3, 6, 7, 8, 9, 9, 9, 10, 10, 10])
    assert again == ONE
    assert hash(ONE) == hash(again)
    assert len({ONE, again, UNKNOWN}) == 2
    for name in (*NUMBERS, "level", "method", "shares"):
        change: Any = {name: (1.5, 2.5) if name == "shares" else 7.5}
        other = attrs.evolve(ONE, **change)
        assert other != ONE, name
    assert attrs.evolve(ONE, scale=SCALE) != ONE
    assert attrs.evolve(ONE, definition=UNKNOWN.definition) != ONE


def test_nan_equals_nan_and_the_tally_is_ignored() -> None:
    for twin in twins_of(UNKNOWN):
        assert twin == UNKNOWN
        assert hash(twin) == hash(UNKNOWN)
    tally = Tally.count([4], scale=SCALE)
    assert mean_score(tally).tally == tally
    assert UNKNOWN.tally is None
    assert mean_score(tally) == UNKNOWN
    assert hash(mean_score(tally)) == hash(UNKNOWN)
    assert attrs.evolve(UNKNOWN, se=0.0) != UNKNOWN


def test_an_estimate_survives_copies() -> None:
    for estimate in (ONE, nps(TALLY.pooled())):
        for twin in twins_of(estimate):
            assert twin == estimate
            assert twin.tally == estimate.tally
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ONE.value = 41.0  # type: ignore[misc]


def test_an_estimate_as_a_dict() -> None:
    assert ONE.to_dict() == {name: getattr(ONE, name) for name in NUMBERS} | {
        "level": 0.95,
        "method": "adjusted-wald",
        "metric": "NPS",
        "scale": "0-10, 10 best",
    }


@pytest.mark.parametrize(
    ("estimate", "line", "sentence"),
    [
        (
            ONE,
            "NPS 40.0 [-12.6, 74.1] 95 %, n = 10, 0 missing",
            "NPS is 40.0 points (95 % interval -12.6 to 74.1), from 10 answers.",
        ),
        (
            csat([5, math.nan, 1, 1] * 1000, scale=SCALE, level=0.999, missing="omit"),
            "CSAT (top 2) 33.3 [30.6, 36.2] 99.9 %, n = 3,000, 1,000 missing",
            (
                "CSAT (top 2) is 33.3 % (99.9 % interval 30.6 to 36.2), from 3,000"
                " answers; 1,000 more are missing."
            ),
        ),
        (
            ces([2, 2, 1, math.nan, math.nan], scale=EFFORT_1_5, missing="omit"),
            "CES 1.67 [0.23, 3.10] 95 %, n = 3, 2 missing",
            (
                "CES is 1.67 on the 1-5 scale where 5 is worst (95 % interval 0.23 to"
                " 3.10), from 3 answers; 2 more are missing."
            ),
        ),
        (
            attrs.evolve(ONE, value=-0.04),
            "NPS 0.0 [-12.6, 74.1] 95 %, n = 10, 0 missing",
            "NPS is 0.0 points (95 % interval -12.6 to 74.1), from 10 answers.",
        ),
    ],
    ids=["nps", "csat", "ces", "no minus zero"],
)
def test_words(estimate: Estimate, line: str, sentence: str) -> None:
    assert repr(estimate) == line
    assert str(estimate) == line
    assert estimate.summary() == sentence


def test_drawing_of_one() -> None:
    svg = ET.fromstring(ONE.to_svg())  # noqa: S314  our own output
    text = "".join(svg.itertext())
    for part in ("NPS, 95 % intervals", "40.0", "[−12.6, 74.1]", "points"):
        assert part in text
    assert ONE._repr_html_() == ONE.to_svg()


# Selecting


def test_selecting() -> None:
    assert MANY.axes == ("shop", "self")
    assert MANY.labels == {"shop": ("north", "south", "west"), "self": (2026, 2025)}
    assert len(MANY) == 6
    cell = MANY.at(shop="north", self=2026)
    assert isinstance(cell, Estimate)
    assert (cell.value, cell.n, cell.missing, cell.shares) == (0, 2, 0, (50, 50))
    row = MANY.at(self=2025)
    assert isinstance(row, Estimates)
    assert row.axes == ("shop",)
    assert row.missing.tolist() == [0, 1, 0]
    assert row.at(shop="south") == MANY.at(self=2025, shop="south")
    assert MANY.at(shop="south").at(self=2026).value == 0
    assert MANY.at() == MANY
    for estimates in (MANY, row):
        assert estimates.shares is not None
        assert estimates.shares.shape == (*estimates.value.shape, 2)


def test_selecting_what_is_not_there() -> None:
    assert "name an axis" in refused(MANY, town="x")
    assert "axes are shop, self" in refused(MANY, town="x")
    assert "labels are 'north', 'south', 'west'" in refused(MANY, shop="east")


def test_any_text_may_name_an_axis() -> None:
    cell = STRANGE.at(**{"not an identifier": "<b>&", "class": 0})
    assert cell.value == 100
    assert STRANGE.at(**{"class": 2}).axes == ("not an identifier",)
    assert STRANGE.to_records()[0]["class"] == 0


def test_iterating_moves_the_last_axis_fastest() -> None:
    cells = [(s, y) for s in ("north", "south", "west") for y in (2026, 2025)]
    assert list(MANY) == [MANY.at(shop=shop, self=year) for shop, year in cells]
    assert all(isinstance(one, Estimate) for one in MANY)


def test_each_group_keeps_its_tally() -> None:
    assert MANY.tally == TALLY
    assert MANY.at(shop="north", self=2026).tally == TALLY.at(shop="north", self=2026)
    assert MANY.at(shop="north").tally == TALLY.at(shop="north")
    for shop, one in zip(SHOPS.labels["shop"], SHOPS, strict=True):
        assert one.tally == TALLY.by("shop").at(shop=shop)
        assert one == SHOPS.at(shop=shop)
    raw = nps([10, 3], by=["a", "b"])
    assert raw.tally is None
    assert [one.tally for one in raw] == [None, None]
    assert raw.at(group="a").tally is None


def test_groups_without_answers() -> None:
    west = SHOPS.at(shop="west")
    assert (west.n, west.missing, west.n_effective) == (0, 0, 0)
    assert all(math.isnan(x) for x in (west.value, west.se, west.low, west.high))
    assert west.shares is not None
    assert all(map(math.isnan, west.shares))
    assert repr(west) == "NPS nan [nan, nan] 95 %, n = 0, 0 missing"
    assert NOBODY.missing.tolist() == [1]


# Ranking


def test_best_first() -> None:
    by = csat(
        [5, 5, 1, 1, 5, 1, math.nan],
        scale=SCALE,
        by={"shop": ["a", "b", "a", "c", "b", "c", "d"]},
        missing="omit",
    )
    assert by.ranked().labels["shop"] == ("b", "a", "c", "d")
    assert by.ranked().value[:3].tolist() == [100, 50, 0]
    assert math.isnan(by.ranked().value[3])
    for shop in "abcd":
        assert by.ranked().at(shop=shop) == by.at(shop=shop)
    assert by.ranked().ranked() == by.ranked()


def test_least_effort_first() -> None:
    by = ces(
        [5, 1, 3, math.nan],
        scale=EFFORT_1_5,
        by=np.array(["a", "b", "c", "d"]),
        missing="omit",
    )
    assert by.ranked().labels["group"] == ("b", "c", "a", "d")
    assert repr(by) == "CES by group (4): 5.00 (a) to 1.00 (b), n = 3, 1 missing"
    unhappy = BoxShare(name="Unhappy", points=(1, 2))
    share = unhappy([1, 5, 1, 1], scale=SCALE, by=["a", "b", "c", "b"])
    assert share.ranked().labels["group"] == ("b", "a", "c")


def test_ranking_moves_shares_and_keeps_tallies() -> None:
    ranked = nps(TALLY.by("self")).ranked()
    assert ranked.labels["self"] == (2025, 2026)
    assert [one.shares for one in ranked] == [
        nps(TALLY.by("self")).at(self=year).shares for year in (2025, 2026)
    ]
    assert [one.tally for one in ranked] == [
        TALLY.by("self").at(self=year) for year in (2025, 2026)
    ]
    equal = nps([10, 9, 0, 1], by=["d", "c", "b", "a"])
    assert equal.ranked().labels["group"] == ("d", "c", "b", "a")


def test_only_one_axis_can_be_ranked() -> None:
    with pytest.raises(CxmError, match=r"axes must be one; got .*select with .at"):
        MANY.ranked()


# Going out


def test_records_columns_and_dict_agree() -> None:
    for estimates in (MANY, SHOPS, STRANGE, NOBODY):
        records, columns = estimates.to_records(), estimates.to_columns()
        assert len(records) == len(estimates)
        assert repr(records) == repr(
            [
                dict(zip(columns, row, strict=True))
                for row in zip(*columns.values(), strict=True)
            ]
        )
        cells = list(estimates.grid.cells())
        assert repr(records) == repr(
            [cell | one.to_dict() for cell, one in zip(cells, estimates, strict=True)]
        )
        nested = estimates.to_dict()
        assert nested["axes"] == {a: list(x) for a, x in estimates.labels.items()}
        for name in NUMBERS:
            flat = np.array(nested[name]).reshape(-1).tolist()
            assert repr(flat) == repr(columns[name])
        assert {nested["metric"]} == set(columns["metric"])
        kinds = {type(x) for record in records for x in record.values()}
        assert kinds <= {str, int, float}


# Speaking


def test_words_for_many() -> None:
    line = "NPS by shop (3): 0.0 (south) to 25.0 (north), n = 7, 1 missing"
    assert repr(SHOPS) == line
    assert repr(MANY).startswith("NPS by shop (3) x self (2): 0.0 (north / 2026) to 50")
    sentence = SHOPS.summary()
    assert sentence.startswith(
        "NPS by shop (3): best is north with 25.0 (-44.2 to 72.7"
    )
    assert "worst is south with 0.0 (-61.1 to 61.1" in sentence
    assert "95 % intervals" in sentence
    assert repr(NOBODY) == "CSAT (top 2) by group (1): no answers, n = 0, 1 missing"
    assert NOBODY.summary() == "CSAT (top 2) by group (1): there are no answers."


def test_table() -> None:
    heading, names, *lines = str(SHOPS).splitlines()
    assert heading == "NPS, 95 % intervals"
    assert names.split()[:5] == ["shop", "value", "low", "high", "n"]
    for line, one, shop in zip(lines, SHOPS, SHOPS.labels["shop"], strict=True):
        figures = [f"{x:z.1f}" for x in (one.value, one.low, one.high)]
        assert line.split()[:5] == [shop, *figures, str(one.n)]
        assert ("●" in line) == (one.n > 0)
        assert ("├" in line) == (one.n > 0)
    assert len({line.index("●") for line in lines if "●" in line}) == 2
    thousands = str(nps([10, 0] * 900, by=["a", "b"] * 900))
    assert " 900 " in thousands
    assert "1,800" in str(nps([10, 0] * 900, by=["a"] * 1800))


def test_drawing_holds_every_label_escaped() -> None:
    for estimates in (MANY, SHOPS, STRANGE, NOBODY):
        markup = estimates.to_svg()
        svg = ET.fromstring(markup)  # noqa: S314  our own output
        text = "".join(svg.itertext())
        for cell in estimates.grid.cells():
            assert " / ".join(map(str, cell.values())) in text
        assert "<b>" not in markup
        assert f"{estimates.definition.name}, 95 % intervals" in text
        assert estimates.definition.unit(estimates.scale).strip() in text
        assert estimates._repr_html_() == markup


def test_the_axis_is_that_of_the_definition() -> None:
    by = mean_score([4, 4, 3, 3] * 9, scale=SCALE, by=["a", "b"] * 18)
    words = {*ET.fromstring(by.to_svg()).itertext()}  # noqa: S314  our own output
    assert {"1", "5"} <= words
    assert not {"0", "6"} & words
    assert "3.50" in words  # two decimals, as means have


# Values


def test_many_survive_copies_read_only() -> None:
    for estimates in (MANY, SHOPS, STRANGE, NOBODY):
        for twin in twins_of(estimates):
            assert twin == estimates
            assert twin.tally == estimates.tally
            for name in (*NUMBERS, "shares"):
                array = getattr(twin, name)
                if array is None:
                    assert getattr(estimates, name) is None
                    continue
                assert np.array_equal(array, getattr(estimates, name), equal_nan=True)
                assert not array.flags.writeable
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 0


def test_arrays_of_the_caller_are_copied() -> None:
    mine = np.array([1.0, 2.0, 3.0])
    estimates = attrs.evolve(SHOPS, value=mine)
    mine[0] = 7
    assert estimates.value.tolist() == [1, 2, 3]


def test_many_are_equal_by_value() -> None:
    assert nps(TALLY) == MANY
    assert attrs.evolve(MANY, tally=None) == MANY
    for name in NUMBERS:
        assert attrs.evolve(SHOPS, **{name: getattr(SHOPS, name) + 1}) != SHOPS, name
    assert SHOPS.shares is not None
    assert attrs.evolve(SHOPS, shares=SHOPS.shares + 1) != SHOPS
    assert attrs.evolve(SHOPS, level=0.9) != SHOPS
    assert attrs.evolve(SHOPS, method="wald") != SHOPS
    assert attrs.evolve(SHOPS, scale=SCALE) != SHOPS
    assert attrs.evolve(SHOPS, definition=NOBODY.definition) != SHOPS
    assert nps(TALLY.by("self")) != SHOPS
    assert SHOPS.at(shop="north") != SHOPS
    assert SHOPS != "SHOPS"
    with pytest.raises(TypeError):
        hash(SHOPS)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        SHOPS.value = np.zeros(3)


# Without a difference, without an interval


def test_equal_groups_have_no_best_and_no_worst() -> None:
    by = csat([5, 1, 5, 1], scale=SCALE, by=["a", "a", "b", "b"])
    assert by.summary() == (
        "CSAT (top 2) by group (2): 50.0 in every group that has answers."
    )
    assert repr(by).startswith("CSAT (top 2) by group (2): 50.0 (a)")
    assert " to " not in repr(by)


def test_an_unknown_interval_is_said() -> None:
    assert "no interval: too few answers, or all alike" in UNKNOWN.summary()
    assert "nan" not in UNKNOWN.summary()
    assert "interval 2.70 to 5.30" in mean_score([5, 4, 4, 3], scale=SCALE).summary()


def test_a_whisker_beyond_the_scale_is_not_cut() -> None:
    table = str(mean_score([1, 5, 5] * 2, scale=SATISFACTION_1_5, by=list("aaabbb")))
    low, high = mean_score([1, 5, 5], scale=SATISFACTION_1_5).low, 9.4
    left, right = map(float, table.splitlines()[1].split()[-2:])
    assert left <= low
    assert right >= high
