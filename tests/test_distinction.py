"""Differences from competitors, against plain loops over counts."""

import copy
import math
import pickle
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import EFFORT_1_5, STARS_1_5, Scale, Tally
from cxmkit.distinction import Differentiation, differentiation
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)

NAMES = ("gentle", "cheap", "dry")
Answers = dict[str, list[int]]


def stars(answers: Answers, scale: Scale = STARS_1_5) -> Tally:
    counts = np.reshape(list(answers.values()), (len(answers), 5))
    return Tally.from_counts(
        counts.astype(int), scale=scale, by={"attribute": list(answers)}
    )


def mean(counts: list[int] | None) -> float:
    """Return the mean level, NaN without answers."""
    if not counts or not sum(counts):
        return math.nan
    return sum(n * k for k, n in enumerate(counts)) / 4 / sum(counts)


CELLS = st.lists(st.integers(0, 60), min_size=5, max_size=5)
ANSWERS = st.dictionaries(st.sampled_from(NAMES), CELLS, min_size=1, max_size=3)
RIVALS = st.dictionaries(st.sampled_from(["A", "B", 3]), ANSWERS, min_size=1)


def built(ours: Answers, rivals: dict[Any, Answers], **options: Any) -> Differentiation:
    theirs = {name: stars(answers) for name, answers in rivals.items()}
    return differentiation(stars(ours), theirs, **options)


# Laws


@given(ANSWERS, RIVALS)
def test_levels_and_differences_are_those_of_loops(
    ours: Answers, rivals: dict[Any, Answers]
) -> None:
    result = built(ours, rivals)
    labels = list(
        dict.fromkeys([*ours, *(x for each in rivals.values() for x in each)])
    )
    assert list(result.attributes) == labels
    assert list(result.competitors) == list(rivals)
    for row, label in enumerate(labels):
        own = mean(ours.get(label))
        assert result.own_level[row] == pytest.approx(own, nan_ok=True)
        assert result.n_own[row] == sum(ours.get(label, []))
        for column, name in enumerate(rivals):
            rival = mean(rivals[name].get(label))
            place = row, column
            assert result.rival_level[place] == pytest.approx(rival, nan_ok=True)
            assert result.n_rival[place] == sum(rivals[name].get(label, []))
            low, high = result.low[place], result.high[place]
            if math.isnan(own - rival):
                assert math.isnan(low)
                assert math.isnan(high)
                assert not result.distinct[place]
            else:
                assert -1 <= low <= own - rival + 1e-12
                assert own - rival - 1e-12 <= high <= 1
                apart = low > 1e-9 or high < -1e-9
                assert result.distinct[place] == apart


@given(ANSWERS, ANSWERS)
def test_who_changes_sides_changes_the_sign(ours: Answers, theirs: Answers) -> None:
    one, other = built(ours, {"them": theirs}), built(theirs, {"us": ours})
    place = [other.attributes.index(label) for label in one.attributes]
    for mine, turned in (
        (one.difference, -other.difference),
        (one.low, -other.high),
        (one.high, -other.low),
    ):
        assert mine == pytest.approx(turned[place], nan_ok=True, abs=1e-12)
    assert {*one.behind} == {*other.ahead}
    assert {*one.ahead} == {*other.behind}


@given(ANSWERS, RIVALS)
def test_ahead_is_above_everybody(ours: Answers, rivals: dict[Any, Answers]) -> None:
    result = built(ours, rivals)
    for side, found in ((1, result.ahead), (-1, result.behind)):
        for row, label in enumerate(result.attributes):
            signs = np.sign(result.difference[row]) * result.distinct[row]
            assert (label in found) == bool((signs == side).all())
    assert {*result.ahead}.isdisjoint(result.behind)


@given(ANSWERS)
def test_nobody_is_distinct_from_himself(ours: Answers) -> None:
    result = built(ours, {"twin": ours})
    assert not result.distinct.any()
    known = ~np.isnan(result.difference)
    assert not result.difference[known].any()


@given(ANSWERS, RIVALS)
def test_all_differences_share_the_doubt(
    ours: Answers, rivals: dict[Any, Answers]
) -> None:
    result = built(ours, rivals)
    known = np.count_nonzero(~np.isnan(result.difference))
    for column, name in enumerate(rivals):
        judged = np.count_nonzero(~np.isnan(result.difference[:, column]))
        if judged:
            level = 1 - 0.05 * judged / known
            alone = built(ours, {name: rivals[name]}, level=level)
            rows = [result.attributes.index(label) for label in alone.attributes]
            for end in ("low", "high"):
                shared = getattr(result, end)[rows, column]
                single = getattr(alone, end)[:, 0]
                assert shared == pytest.approx(single, nan_ok=True)


@given(ANSWERS, RIVALS)
def test_results_survive_copies_and_go_out(
    ours: Answers, rivals: dict[Any, Answers]
) -> None:
    result = built(ours, rivals)
    copied = pickle.loads(pickle.dumps(result))  # noqa: S301  our own
    assert result == copied == copy.deepcopy(result)
    for name in ("own_level", "rival_level", "low", "high", "n_own", "n_rival"):
        assert not getattr(copied, name).flags.writeable
    records, columns = result.to_records(), result.to_columns()
    assert len(records) == len(result) * len(rivals)
    for index, record in enumerate(records):
        assert record == {name: column[index] for name, column in columns.items()}
        row, column = divmod(index, len(rivals))
        assert record["attribute"] == result.attributes[row]
        assert record["competitor"] == result.competitors[column]
        known = not math.isnan(result.difference[row, column])
        assert (record["difference"] is not None) == known
    ET.fromstring(result.to_svg())  # noqa: S314  our own
    assert "\n" not in repr(result)
    assert "\n" not in result.summary()
    assert "nan" not in str(result)


# Named cases

FINE, FAIR, POOR = [1, 2, 7, 30, 60], [5, 15, 30, 30, 20], [40, 30, 20, 8, 2]


def market() -> Differentiation:
    ours = {"gentle": FINE, "cheap": POOR, "dry": FAIR, "soft": FAIR, "new": [0] * 5}
    dry = {"gentle": FAIR, "cheap": FAIR, "dry": FAIR, "soft": POOR, "old": FINE}
    soft = {"cheap": FINE, "dry": FAIR, "soft": FINE, "gentle": POOR}
    return built(ours, {"Dry & Co.": dry, "Soft": soft})


def test_where_we_stand_apart() -> None:
    result = market()
    assert result.attributes == ("gentle", "cheap", "dry", "soft", "new", "old")
    assert result.ahead == ("gentle",)
    assert result.behind == ("cheap",)
    assert result.distinct.tolist() == [
        [True, True],
        [True, True],
        [False, False],
        [True, True],
        [False, False],
        [False, False],
    ]
    assert repr(result) == (
        "Differentiation of 6 attributes from 2 competitors: ahead of all in 1, behind"
        " in 1"
    )
    assert result.summary() == (
        'Customers see us above both competitors on "gentle" (against Dry & Co. +0.25,'
        " +0.13 to +0.37; against Soft +0.61, +0.48 to +0.71). Customers see us below"
        ' both competitors on "cheap" (against Dry & Co. -0.36, -0.48 to -0.22; against'
        " Soft -0.61, -0.71 to -0.48). Different from some competitors only: soft."
        " Not told apart: dry. Nothing to compare: new, old. Intervals hold at 95 % for"
        " all differences together."
    )


def test_a_competitor_of_whom_nothing_is_known_might_be_better() -> None:
    result = built({"gentle": FINE}, {"A": {"gentle": POOR}, "B": {"cheap": POOR}})
    assert result.distinct[0].tolist() == [True, False]
    assert result.ahead == ()
    assert result.summary() == (
        "On no attribute customers see us above or below both competitors. Different"
        " from some competitors only: gentle. Nothing to compare: cheap. Intervals hold"
        " at 95 % for all differences together."
    )


def test_nothing_in_common() -> None:
    result = built({"gentle": FINE}, {"A": {"cheap": POOR}})
    assert result.summary() == (
        "Nothing can be compared: no attribute has answers on both sides."
    )
    empty = Tally.count([], scale=STARS_1_5, by={"attribute": []})
    assert len(differentiation(empty, {"A": empty})) == 0


def test_many_attributes_are_named_in_part() -> None:
    ours = {f"a{i}": FINE for i in range(5)}
    result = built(ours, {"them": dict.fromkeys(ours, POOR)})
    assert result.summary().startswith('Customers see us above them on "a0" (+0.61, ')
    assert " and 2 more. Intervals" in result.summary()


def test_a_scale_on_which_low_is_good() -> None:
    ours, theirs = (stars({"easy": x}, EFFORT_1_5) for x in (POOR, FINE))
    result = differentiation(ours, {"them": theirs})
    assert result.ahead == ("easy",)
    assert result.scale == EFFORT_1_5


def test_weights_count() -> None:
    counts, squares = [FINE], [[n * min(n, 2) for n in FINE]]
    weighted = Tally.from_counts(
        counts,
        scale=STARS_1_5,
        by={"attribute": ["gentle"]},
        sum_weights=counts,
        sum_squared_weights=squares,
    )
    plain = stars({"gentle": FINE})
    rival = {"A": stars({"gentle": FAIR})}
    ours, theirs = (differentiation(each, rival) for each in (weighted, plain))
    assert ours.difference == pytest.approx(theirs.difference)
    assert ours.low < theirs.low


def test_the_table_and_plain_values() -> None:
    lines = str(market()).splitlines()
    assert lines[0] == "Differences, 95 % for all differences together"
    assert lines[1].split() == [
        *("attribute", "competitor", "own", "rival", "difference", "verdict"),
        *("n_own", "n_rival"),
    ]
    assert "above" in lines[2]
    assert "below" in lines[4]
    assert market().to_dict()["scale"]["high"] == 5
    assert market().to_dict()["competitors"] == ["Dry & Co.", "Soft"]
    assert market()._repr_html_() == market().to_svg()


def test_results_are_equal_if_all_is() -> None:
    assert market() == market()
    assert market() != attrs.evolve(market(), low=market().low - 0.01)
    assert market() != attrs.evolve(market(), level=0.9)
    assert market() != "market"


# Refusals


US = stars({"gentle": FINE})


@pytest.mark.parametrize(
    ("own", "competitors", "kind", "message"),
    [
        (5, {"A": US}, InvalidTypeError, "own must be a Tally; got 5"),
        (
            US,
            [1],
            InvalidTypeError,
            "competitors must be a mapping; got [1]; write {name: tally, ...}",
        ),
        (
            US,
            {},
            InvalidValueError,
            "competitors must hold at least one competitor; got {}",
        ),
        (
            US,
            {"A": 5},
            InvalidTypeError,
            "competitors['A'] must be a Tally; got 5",
        ),
        (
            US,
            {None: US},
            MissingValueError,
            "competitors[None] is missing; name the competitor",
        ),
        (
            US,
            {"A": stars({"gentle": FINE}, EFFORT_1_5)},
            ScaleMismatchError,
            (
                "competitors['A'] must be a tally on Scale 1-5, 5 best; got Scale 1-5,"
                " 5 worst; compare what was asked on one scale"
            ),
        ),
        (
            Tally.count([5], scale=STARS_1_5),
            {"A": US},
            InvalidValueError,
            (
                "own must have the axis attribute, and no other; got (); count"
                ' by={...} with these names; own.by("attribute") adds up over others'
            ),
        ),
        (
            US,
            {"A": Tally.count([5], scale=STARS_1_5, by={"brand": [1]})},
            InvalidValueError,
            (
                "competitors['A'] must have the axis attribute, and no other; got"
                " ('brand',); count by={...} with these names;"
                " competitors['A'].by(\"attribute\") adds up over others"
            ),
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(
    own: Any, competitors: Any, kind: type[CxmError], message: str
) -> None:
    with pytest.raises(kind) as caught:
        differentiation(own, competitors)
    assert type(caught.value) is kind
    assert str(caught.value) == message


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValueError) as caught:
        differentiation(US, {"A": US}, level=95)
    assert str(caught.value) == (
        "level must lie between 0 and 1; got 95; write level=0.95 for 95 %"
    )


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (
            {"competitors": []},
            InvalidValueError,
            "competitors must hold at least one competitor; got ()",
        ),
        (
            {"attributes": ["a", "a"]},
            InvalidValueError,
            "attributes[1] must not repeat the label of attributes[0]; got 'a'",
        ),
        (
            {"low": [0.0]},
            InvalidValueError,
            "low must have the shape (1, 1); got (1,)",
        ),
        (
            {"own_level": [0.5, 0.5]},
            InvalidValueError,
            "own_level must have the shape (1,); got (2,)",
        ),
        (
            {"own_level": [1.5]},
            InvalidValueError,
            "own_level[0] must be between 0 and 1; got 1.5",
        ),
        (
            {"n_rival": [[0]]},
            InvalidValueError,
            "rival_level[0, 0] must be NaN where nobody answered; got 0.25",
        ),
        (
            {"n_own": [-1]},
            InvalidValueError,
            "n_own[0] must not be negative; got -1",
        ),
        (
            {"high": [[0.125]]},
            InvalidValueError,
            "high[0, 0] must not lie below the gap; got 0.125",
        ),
        (
            {"scale": 5},
            InvalidTypeError,
            (
                "scale must be a Scale; got 5; pass for example STARS_1_5 or"
                " Scale(1, 5, higher_is_better=True)"
            ),
        ),
    ],
)
def test_a_result_that_contradicts_itself_is_refused(
    changes: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    good: dict[str, Any] = {
        "attributes": ["a"],
        "competitors": ["A"],
        "own_level": [0.5],
        "rival_level": [[0.25]],
        "low": [[0.125]],
        "high": [[0.5]],
        "n_own": [3],
        "n_rival": [[4]],
        "scale": STARS_1_5,
    }
    assert Differentiation(**good).ahead == ("a",)
    with pytest.raises(kind) as caught:
        Differentiation(**(good | changes))
    assert str(caught.value) == message


def test_rows_are_named_in_print_and_drawing() -> None:
    result = market()
    rows = [line.split("  ")[0] for line in str(result).splitlines()[2:]]
    assert rows[:2] == ["gentle", "gentle"]
    assert " Soft " in str(result)
    assert "no difference" in result.to_svg()
    lacking = [line for line in str(result).splitlines() if line.startswith("new")]
    assert all("XX" not in line and "nan" not in line for line in lacking)


def test_a_competitor_without_a_name_is_refused() -> None:
    with pytest.raises(CxmError) as error:
        built({"gentle": FINE}, {None: {"gentle": POOR}})
    assert "name the competitor" in str(error.value)
    assert "None" in str(error.value)
