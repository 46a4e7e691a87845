"""The promise ledger, against loops over dicts written from its definition."""

import copy
import enum
import itertools
import math
import pickle
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmkit import (
    STARS_1_5,
    BrandPositioning,
    ExperienceDimension,
    Perception,
    PositioningAttribute,
    Promise,
    ServiceQuality,
    Tally,
    _draw_promises,
    mean_score,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.ledger import GAPS, PromiseLedger, promise_ledger

NAMES = ("on time", "friendly", "cheap")
PLACES: tuple[Any, ...] = ("shop", "web", 3)
BETWEEN = {
    "coverage": ("delivered", "promised"),
    "recognition": ("perceived", "delivered"),
    "kept": ("perceived", "promised"),
    "disconfirmation": ("perceived", "expected"),
}
LEVELS = ("promised", "perceived", "delivered", "expected")


def positioning(*names: str, **fields: Any) -> BrandPositioning:
    given_fields: dict[str, Any] = {"target": 0.8, "tolerance": 0.1} | fields
    return BrandPositioning(
        brand="parcels",
        offer="parcels the next day",
        audience="people who shop from home",
        attributes=[
            PositioningAttribute(name=name, **given_fields) for name in names or NAMES
        ],
    )


def ledger_of(promises: Any, perceived: Any = None, **options: Any) -> PromiseLedger:
    """Return the ledger of one attribute "on time" unless names are given."""
    own = options.pop("positioning", positioning())
    return promise_ledger(own, promises, perceived or {}, **options)


def at(place: Any, level: float | None, name: str = "on time") -> dict[Any, Any]:
    return {(name, place): level}


def stars(counts: Any, names: Any = ("on time",), places: Any = ("shop",)) -> Tally:
    by = {"attribute": list(names), "touchpoint": list(places)}
    shape = (len(by["attribute"]), len(by["touchpoint"]), 5)
    return Tally.from_counts(np.reshape(counts, shape), scale=STARS_1_5, by=by)


def refused(kind: type[CxmError], *arguments: Any, **options: Any) -> CxmError:
    with pytest.raises(kind) as caught:
        promise_ledger(*arguments, **options)
    assert type(caught.value) is kind
    return caught.value


# The definition, as loops


def plain_rows(known: Mapping[str, Mapping[Any, Any]]) -> list[dict[str, Any]]:
    """Return the rows that four mappings make, general promises with None."""
    touchpoints: list[Any] = []
    for name in LEVELS:
        for (_, place), level in known[name].items():
            if level is not None and place is not None and place not in touchpoints:
                touchpoints.append(place)
    rows = []
    for attribute, place in itertools.product(NAMES, touchpoints):
        row = {name: known[name].get((attribute, place)) for name in LEVELS}
        if all(level is None for level in row.values()):
            continue
        if row["promised"] is None:
            row["promised"] = known["promised"].get((attribute, None))
        rows.append({"attribute": attribute, "touchpoint": place} | row)
    return rows


def plain_verdict(row: Mapping[str, Any], kind: str, tolerance: float) -> str:
    one, other = (row[name] for name in BETWEEN[kind])
    if one is None or other is None:
        return "unknown"
    if one - other < -tolerance - 1e-9:
        return "below"
    return "above" if one - other > tolerance + 1e-9 else "kept"


LEVEL = st.one_of(
    st.none(), st.floats(0, 1), st.sampled_from([0.0, 0.6, 0.7, 0.8, 0.9, 1.0])
)


def figures(*more: Any) -> st.SearchStrategy[dict[Any, Any]]:
    keys = st.tuples(st.sampled_from(NAMES), st.sampled_from([*PLACES, *more]))
    return st.dictionaries(keys, LEVEL, max_size=9)


KNOWN = st.fixed_dictionaries(
    {name: figures(*([None] if name == "promised" else [])) for name in LEVELS}
)
TOLERANCE = st.sampled_from([0.0, 0.1, 0.2])


def built(known: Mapping[str, Any], tolerance: float = 0.1) -> PromiseLedger:
    return promise_ledger(
        positioning(tolerance=tolerance),
        known["promised"],
        known["perceived"],
        expected=known["expected"],
        delivered=known["delivered"],
    )


@given(KNOWN, TOLERANCE)
def test_figures_are_judged_as_loops_judge_them(
    known: dict[str, Any], tolerance: float
) -> None:
    ledger = built(known, tolerance)
    rows = plain_rows(known)
    assert [attrs.asdict(row) for row in ledger.rows] == rows
    for kind in GAPS:
        expected = tuple(plain_verdict(row, kind, tolerance) for row in rows)
        assert ledger.verdicts(kind) == expected
    for name, kind, verdict in (
        ("cheated", "coverage", "below"),
        ("under_promised", "coverage", "above"),
        ("disappointed", "kept", "below"),
        ("surprised", "kept", "above"),
    ):
        assert getattr(ledger, name) == tuple(
            row
            for row, found in zip(ledger.rows, ledger.verdicts(kind), strict=True)
            if found == verdict
        )
    assert not ledger.undecided
    promised = {
        name: [
            level
            for (each, _), level in known["promised"].items()
            if each == name and level is not None
        ]
        for name in NAMES
    }
    assert ledger.disoriented == tuple(
        name
        for name, levels in promised.items()
        if levels and max(levels) - min(levels) > tolerance + 1e-9
    )
    told, measured = (
        {key[0] for name in names for key, x in known[name].items() if x is not None}
        for names in (("promised",), ("perceived", "delivered"))
    )
    assert {*ledger.unmeasured} == told - measured


@given(KNOWN)
def test_the_ends_of_what_is_exact_are_the_gaps(known: dict[str, Any]) -> None:
    ledger = built(known)
    gaps = [[getattr(row, kind) for kind in GAPS] for row in ledger.rows]
    expected = np.array(gaps, float).reshape(-1, 4)
    assert np.array_equal(ledger.low, expected, equal_nan=True)
    assert np.array_equal(ledger.high, expected, equal_nan=True)
    assert not ledger.low.flags.writeable
    assert not ledger.high.flags.writeable


@given(figures())
def test_who_delivers_what_was_promised_cheats_nobody(known: dict[Any, Any]) -> None:
    level = {name: next(iter(known.values()), None) for name in NAMES}
    promises = {key: level[key[0]] for key in known}
    ledger = promise_ledger(positioning(), promises, promises, delivered=promises)
    assert not (ledger.cheated)
    assert not (ledger.disappointed)
    assert not (ledger.disoriented)
    assert not (ledger.under_promised)
    assert not (ledger.surprised)
    assert not (ledger.unmeasured)


@given(KNOWN)
def test_promises_as_objects_are_promises_as_a_mapping(known: dict[str, Any]) -> None:
    objects = [
        Promise(attribute=name, touchpoint=place, level=level)
        for (name, place), level in known["promised"].items()
        if level is not None
    ]
    assert built(known | {"promised": objects}) == built(known)


CELLS = st.lists(st.integers(0, 9), min_size=5, max_size=5)


@given(st.lists(CELLS, min_size=4, max_size=4), st.floats(0, 1), TOLERANCE)
def test_verdicts_follow_from_the_ends(
    cells: Any, promised: float, tolerance: float
) -> None:
    answers = stars(cells, NAMES[:2], PLACES[:2])
    promises = {(name, place): promised for name in NAMES[:2] for place in PLACES[:2]}
    own = positioning(tolerance=tolerance)
    ledger = promise_ledger(own, promises, answers)
    column = GAPS.index("kept")
    edge = tolerance + 1e-9
    ends = zip(ledger.low[:, column], ledger.high[:, column], strict=True)
    for (low, high), verdict in zip(ends, ledger.verdicts("kept"), strict=True):
        assert verdict == (
            "unknown"
            if math.isnan(low)
            else "below"
            if high < -edge
            else "above"
            if low > edge
            else "kept"
            if -edge <= low <= high <= edge
            else "open"
        )
    means = (mean_score(answers).value - 1) / 4
    for row in ledger.rows:
        place = NAMES.index(row.attribute), PLACES.index(row.touchpoint)
        if row.perceived is None:
            assert math.isnan(means[place])
        else:
            assert row.perceived == pytest.approx(means[place])


@given(st.lists(CELLS, min_size=2, max_size=6))
def test_a_family_of_gaps_shares_its_doubt(cells: Any) -> None:
    places = list(range(len(cells)))
    answers = stars(cells, places=places)
    promises = dict.fromkeys((("on time", place) for place in places), 0.5)
    together = promise_ledger(positioning(), promises, answers)
    judged = sum(any(cell) for cell in cells)
    # One at a time, at the level that each has among the others.
    level = 1 - 0.05 / max(judged, 1)
    for row, place in enumerate(places):
        chosen = {("on time", place): 0.5}
        alone = promise_ledger(
            positioning(), chosen, stars([cells[place]], places=[place]), level=level
        )
        for name in ("low", "high"):
            ours, theirs = (getattr(each, name) for each in (together, alone))
            assert ours[row] == pytest.approx(theirs[0], nan_ok=True)


@given(KNOWN)
def test_ledgers_survive_copies_and_go_out(known: dict[str, Any]) -> None:
    ledger = built(known)
    copied = pickle.loads(pickle.dumps(ledger))  # noqa: S301  our own
    assert ledger == copied == copy.deepcopy(ledger)
    assert not copied.low.flags.writeable
    records, columns = ledger.to_records(), ledger.to_columns()
    assert len(records) == len(ledger) == len(columns["kept_low"])
    for index, record in enumerate(records):
        assert record == {name: column[index] for name, column in columns.items()}
        for kind in GAPS:
            assert record[kind] == getattr(ledger.rows[index], kind)
            assert record[f"{kind}_verdict"] == ledger.verdicts(kind)[index]
    ET.fromstring(ledger.to_svg())  # noqa: S314  our own
    assert "\n" not in repr(ledger)
    assert "\n" not in ledger.summary()
    assert "nan" not in str(ledger)


# Named cases


@pytest.mark.parametrize(
    ("promised", "delivered", "tolerance", "verdict"),
    [
        (0.8, 0.7, 0.1, "kept"),  # 0.8 - 0.7 is a little more than 0.1
        (0.8, 0.69, 0.1, "below"),
        (0.7, 0.8, 0.1, "kept"),
        (0.7, 0.81, 0.1, "above"),
        (0.5, 0.5, 0, "kept"),
        (0.3, 0.1 + 0.2, 0, "kept"),
        (0.5, 0.5001, 0, "above"),
        (0, 1, 1, "kept"),
        (1, 0, 1, "kept"),
    ],
)
def test_rounding_breaks_no_promise(
    promised: float, delivered: float, tolerance: float, verdict: str
) -> None:
    own = positioning(tolerance=tolerance)
    here = at("shop", delivered)
    ledger = ledger_of(at("shop", promised), delivered=here, positioning=own)
    assert ledger.verdicts("coverage") == (verdict,)
    assert ledger.verdicts("kept") == ("unknown",)


def test_promises_at_the_edge_do_not_contradict_each_other() -> None:
    assert not ledger_of(at("shop", 0.8) | at("web", 0.7)).disoriented
    assert ledger_of(at("shop", 0.8) | at("web", 0.69)).disoriented == ("on time",)


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ([0, 0, 0, 0, 1], "open"),  # a single answer says little
        ([0, 0, 0, 0, 5], "open"),
        ([0, 0, 0, 0, 1000], "kept"),  # all alike, and many
        ([1000, 0, 0, 0, 0], "below"),
        ([1, 0, 0, 0, 0], "open"),  # up to 0.975: no further
        ([50, 50, 0, 0, 0], "below"),
        ([0, 0, 0, 0, 0], "unknown"),
    ],
)
def test_answers_are_judged_as_sure_as_they_are(
    counts: list[int], verdict: str
) -> None:
    ledger = ledger_of(at("shop", 1.0), stars([counts]), delivered=at("shop", 1.0))
    assert ledger.verdicts("kept") == (verdict,)
    assert len(ledger.undecided) == (verdict == "open")


def test_no_tolerance_and_answers_are_never_sure_to_agree() -> None:
    own = positioning(tolerance=0)
    answers = stars([[100, 0, 0, 0, 100]])
    ledger = ledger_of(at("shop", 0.5), answers, positioning=own)
    assert ledger.verdicts("kept") == ("open",)


def test_a_general_promise_stands_where_anything_is_known_of_its_attribute() -> None:
    ledger = ledger_of(
        at(None, 0.9) | at("shop", 0.5),
        at("web", 0.4) | at("shop", None) | at("street", None),
        expected=at("app", 0.3),
        delivered=at("desk", 0.2) | at("app", 0.1, "cheap"),
    )
    promised = {(row.attribute, row.touchpoint): row.promised for row in ledger.rows}
    assert promised == {
        ("on time", "shop"): 0.5,
        ("on time", "web"): 0.9,
        ("on time", "desk"): 0.9,
        ("on time", "app"): 0.9,
        ("cheap", "app"): None,
    }
    assert ledger.disoriented == ("on time",)


def test_a_general_promise_of_which_nothing_is_known_is_said() -> None:
    ledger = ledger_of(at(None, 0.9))
    assert len(ledger) == 0
    assert ledger.unmeasured == ("on time",)
    assert repr(ledger) == "PromiseLedger of 0 promises"
    assert ledger.summary() == (
        "Nothing is known of any touchpoint. Promised, but neither delivery nor"
        " perception measured: on time."
    )
    assert str(ledger).endswith("measured: on time.")


def test_the_order_of_axes_and_of_rows() -> None:
    counts = np.ones((3, 2, 5), int)
    by = {"touchpoint": ["x", "y", "z"], "attribute": ["cheap", "on time"]}
    answers = Tally.from_counts(counts, scale=STARS_1_5, by=by)
    ledger = ledger_of(at("z", 0.5), answers)
    assert [(row.attribute, row.touchpoint) for row in ledger.rows] == [
        *(("on time", place) for place in "zxy"),
        *(("cheap", place) for place in "zxy"),
    ]


def test_a_label_without_answers_needs_no_attribute() -> None:
    answers = stars([[0] * 5, [1] * 5], ["quaint", "on time"])
    assert [row.attribute for row in ledger_of({}, answers).rows] == ["on time"]


def test_promises_that_come_from_answers_are_uncertain() -> None:
    read = stars([[2, 3, 5, 6, 4], [0, 0, 1, 3, 16]], places=["shop", "web"])
    ledger = ledger_of(read, {("on time", "shop"): 0.5})
    assert ledger.rows[0].promised == pytest.approx(0.5875)
    column = GAPS.index("kept")
    assert ledger.low[0, column] < ledger.rows[0].kept < ledger.high[0, column]
    assert ledger.disoriented == ("on time",)
    ET.fromstring(ledger.to_svg())  # noqa: S314  our own


def test_missing_values_of_all_kinds_are_unknown() -> None:
    nothing = {("on time", i): x for i, x in enumerate([None, math.nan, np.nan])}
    assert len(ledger_of(nothing, nothing)) == 0
    numbers = {("on time", 1): np.float32(0.5), ("on time", 2): np.int64(1)}
    assert [row.promised for row in ledger_of(numbers).rows] == [0.5, 1.0]


def test_huge_and_strange_labels() -> None:
    label = "x" * 100_000
    place = ("a", frozenset({1}))
    known = at(label, 0.1) | at(place, 0.9) | at("a\nb", 0.5)
    ledger = ledger_of(dict.fromkeys(known, 0.9), known)
    assert len(ledger.summary()) < 500
    assert "\n" not in ledger.summary()
    assert len(ledger.to_svg()) < 100_000
    assert len(str(ledger).splitlines()[1]) < 300
    assert ledger.rows[1].touchpoint == place


def test_gaps_by_attribute_and_touchpoint() -> None:
    known = at("shop", 0.2) | at("web", 0.9, "cheap")
    ledger = ledger_of(dict.fromkeys(known, 0.8), known)
    drawn = ledger.gap_map_svg("kept")
    assert "Perceived minus promised" in drawn
    ET.fromstring(drawn)  # noqa: S314  our own
    with pytest.raises(InvalidValueError) as caught:
        ledger.gap_map_svg("gap")
    assert str(caught.value) == (
        'kind must be one of "coverage", "recognition", "kept", "disconfirmation";'
        " got 'gap'"
    )
    with pytest.raises(InvalidValueError):
        ledger.verdicts("gap")


# What it says


def swing() -> PromiseLedger:
    """Return a ledger in which something of everything happens."""
    own = positioning("on time", "friendly", "cheap", "green", "quiet")
    promises = {
        ("on time", "ad"): 0.95,
        ("on time", "door"): 0.8,
        ("friendly", "door"): 0.7,
        ("friendly", "web"): 0.5,
        ("cheap", "web"): 0.5,
        ("cheap", "door"): 0.5,
        ("green", None): 0.9,
    }
    answers = stars(
        [
            [[20, 30, 25, 15, 10], [0, 1, 4, 30, 65]],
            [[1, 0, 3, 4, 2], [0, 0, 0, 0, 0]],
        ],
        ["on time", "friendly"],
        ["ad", "door"],
    )
    delivered = {
        ("on time", "ad"): 0.6,
        ("on time", "door"): 0.9,
        ("friendly", "web"): 0.9,
        ("cheap", "web"): 0.45,
        ("cheap", "door"): 0.3,
    }
    return promise_ledger(own, promises, answers, delivered=delivered)


def test_the_summary_says_what_is_broken_where_how_badly_and_how_sure() -> None:
    assert swing().summary() == (
        "Of 6 promises (each at a touchpoint) 2 are broken, 1 is undecided for want "
        "of answers, 1 is exceeded, 1 is delivered and not asked about, 1 is not "
        'measured (95 % for all of them together). Broken, the worst first: "on time"'
        " at ad by 0.54 (0.44 to 0.63): promised 0.95, delivered 0.60, perceived "
        '0.41; "cheap" at door by 0.20: promised 0.50, delivered 0.30. Exceeded: '
        '"friendly" at web. Undecided: "on time" at door. Touchpoints promise '
        'different things of "friendly": 0.50 at web and 0.70 at door; the same is '
        'true of 1 other attribute. Promised off the target: "on time" at ad, 0.95 '
        'with a target of 0.80; "friendly" at web, 0.50 with a target of 0.80; '
        '"cheap" at door, 0.50 with a target of 0.80; "cheap" at web, 0.50 with a '
        'target of 0.80. Promised where nothing is measured: "friendly" at door. '
        'Measured where nothing is promised: "friendly" at ad. Promised, but neither '
        "delivery nor perception measured: green."
    )


def test_the_summary_names_no_more_than_five() -> None:
    places = [f"shop {number}" for number in range(7)]
    promises = {("on time", place): 0.9 for place in places}
    delivered = {key: 0.6 - 0.01 * i for i, key in enumerate(promises)}
    words = ledger_of(promises, delivered=delivered).summary()
    assert words.count("promised 0.90") == 5
    assert '"on time" at shop 6 by 0.36: promised 0.90, delivered 0.54; ' in words
    assert words.endswith("; and 2 more.")


def test_what_is_delivered_and_not_seen_is_said() -> None:
    ledger = ledger_of(at("shop", 0.9), at("shop", 0.5), delivered=at("shop", 0.9))
    assert ledger.summary() == (
        "Of 1 promise (each at a touchpoint) 1 is broken. Broken, the worst first: "
        '"on time" at shop by 0.40: promised 0.90, delivered 0.90, perceived 0.50, '
        "though delivered as promised."
    )


@pytest.mark.parametrize(
    ("promises", "perceived", "words"),
    [
        ({}, {}, "Nothing is known of any touchpoint."),
        (
            {},
            at("shop", 0.5),
            "No row has a promise.",
        ),
        (
            at("shop", 0.5),
            {},
            (
                "No promise can be judged: nothing is delivered or perceived of any."
                ' Promised off the target: "on time" at shop, 0.50 with a target of'
                " 0.80. Promised, but neither delivery nor perception measured: on"
                " time."
            ),
        ),
        (
            at("shop", 0.8),
            at("shop", 0.8),
            "Of 1 promise (each at a touchpoint) 1 is kept.",
        ),
        (
            at("shop", 0.8),
            stars([[200, 0, 0, 0, 800]]),
            (
                "Of 1 promise (each at a touchpoint) 1 is kept (95 % for all of them"
                " together)."
            ),
        ),
        (
            at("shop", 0.8) | at("web", 0.8),
            stars([[2, 0, 0, 0, 8], [0, 0, 0, 0, 1000]], places=["shop", "web"]),
            (
                "Of 2 promises (each at a touchpoint) 1 is undecided for want of "
                "answers, 1 is exceeded (95 % for all of them together). Exceeded: "
                '"on time" at web. Undecided: "on time" at shop.'
            ),
        ),
    ],
)
def test_the_summary_is_honest_about_what_is_not_known(
    promises: Any, perceived: Any, words: str
) -> None:
    assert ledger_of(promises, perceived).summary() == words


def test_the_table_says_it_by_row() -> None:
    ledger = swing()
    lines = str(ledger).splitlines()
    assert lines[0] == "Promises, intervals at 95 % for all rows together"
    assert lines[1].split("  ")[0] == "attribute"
    verdicts = [line.rsplit("  ", 1)[-1] for line in lines[2:9]]
    assert verdicts[0] == "promised more than delivered; perceived less than promised"
    assert [line.split("  ")[0] for line in lines[2:9]] == [
        *("on time", "on time", "friendly", "friendly", "friendly", "cheap", "cheap")
    ]
    assert "-0.54 [-0.63, -0.44]" in lines[2]
    assert lines[-1].endswith("green.")
    assert repr(ledger) == (
        "PromiseLedger of 6 promises: 2 broken, 1 open, 1 exceeded, 1 delivered, 1 "
        "unmeasured"
    )
    assert ledger._repr_html_() == ledger.to_svg()


def test_plain_values() -> None:
    ledger = ledger_of(at("shop", 0.9), at("shop", 0.5), level=0.9)
    plain = ledger.to_dict()
    assert plain["positioning"]["attributes"][0]["name"] == "on time"
    assert plain["rows"][0]["perceived"] == 0.5
    assert plain["level"] == 0.9
    assert plain["low"][0][2] == plain["high"][0][2] == pytest.approx(-0.4)
    assert plain["unmeasured"] == []


# Refusals


ON_TIME = "those are 'on time', 'friendly', 'cheap'"


@pytest.mark.parametrize(
    ("promises", "perceived", "kind", "message"),
    [
        (
            [
                Promise(attribute="on time", level=0.9, touchpoint="shop"),
                Promise(attribute="cheap", level=0.9),
                Promise(attribute="on time", level=0.8, touchpoint="shop"),
            ],
            {},
            InvalidValueError,
            (
                "promises[2] must not repeat attribute and touchpoint of promises[0];"
                " got ('on time', 'shop'); give one level per place"
            ),
        ),
        (
            [Promise(attribute="late", level=0.9)],
            {},
            InvalidValueError,
            (
                "promises[0] must be about an attribute of the positioning; got 'late';"
                f" {ON_TIME}"
            ),
        ),
        (
            [0.9],
            {},
            InvalidTypeError,
            "promises[0] must be a Promise; got 0.9",
        ),
        (
            0.9,
            {},
            InvalidTypeError,
            (
                "promises must be a series of Promise, a mapping or a Tally; got 0.9; a"
                " mapping has the form {(attribute, touchpoint): level}"
            ),
        ),
        (
            {},
            None,
            InvalidTypeError,
            (
                "perceived must be a Tally or a mapping; got None; a mapping has the"
                " form {(attribute, touchpoint): level}"
            ),
        ),
        (
            {},
            at("shop", 0.5, "late"),
            InvalidValueError,
            (
                "perceived[('late', 'shop')] must be about an attribute of the"
                f" positioning; got 'late'; {ON_TIME}"
            ),
        ),
        (
            {},
            at("shop", 1.5),
            InvalidValueError,
            (
                "perceived[('on time', 'shop')] must be between 0 and 1; got 1.5; 1 is"
                " best; divide what is in percent by 100"
            ),
        ),
        (
            at("shop", -0.5),
            {},
            InvalidValueError,
            (
                "promises[('on time', 'shop')] must be between 0 and 1; got -0.5; 1 is"
                " best; divide what is in percent by 100"
            ),
        ),
        (
            {},
            at("shop", True),  # noqa: FBT003  refused
            InvalidTypeError,
            "perceived[('on time', 'shop')] must be a number; got True",
        ),
        (
            {},
            {("on time", "shop"): "0.5"},
            InvalidTypeError,
            "perceived[('on time', 'shop')] must be a number; got '0.5'",
        ),
        (
            {},
            {"on time": 0.5},
            InvalidTypeError,
            "perceived must have pairs (attribute, touchpoint) as keys; got 'on time'",
        ),
        (
            {},
            at(None, 0.5),
            MissingValueError,
            "perceived[('on time', None)] is missing; name the touchpoint",
        ),
        (
            at(None, 0.5) | at(math.nan, 0.6),
            {},
            InvalidValueError,
            (
                "promises must have each place once; got ('on time', None); give one"
                " level per place"
            ),
        ),
        (
            {},
            {(None, "shop"): 0.5},
            MissingValueError,
            "perceived[(None, 'shop')] is missing; name the attribute",
        ),
        (
            {},
            Tally.count([5], scale=STARS_1_5, by={"attribute": ["on time"]}),
            InvalidValueError,
            (
                "perceived must have the axes attribute and touchpoint, and no other;"
                " got ('attribute',); count by={...} with these names;"
                ' perceived.by("attribute", "touchpoint") adds up over others'
            ),
        ),
        (
            {},
            Tally.count([5], scale=STARS_1_5),
            InvalidValueError,
            (
                "perceived must have the axes attribute and touchpoint, and no other;"
                " got (); count by={...} with these names;"
                ' perceived.by("attribute", "touchpoint") adds up over others'
            ),
        ),
        (
            {},
            stars([[1] * 5], ["late"]),
            InvalidValueError,
            (
                "perceived[('late', 'shop')] must be about an attribute of the"
                f" positioning; got 'late'; {ON_TIME}"
            ),
        ),
    ],
)
def test_what_cannot_be_right_is_refused(
    promises: Any, perceived: Any, kind: type[CxmError], message: str
) -> None:
    assert str(refused(kind, positioning(), promises, perceived)) == message


def test_other_arguments_are_refused() -> None:
    refusal = refused(InvalidTypeError, NAMES, {}, {})
    assert str(refusal).startswith("positioning must be a BrandPositioning; got ")
    refusal = refused(InvalidValueError, positioning(), {}, {}, level=95)
    assert str(refusal) == (
        "level must lie between 0 and 1; got 95; write level=0.95 for 95 %"
    )
    for name in ("expected", "delivered"):
        options: Any = {name: [0.5]}
        refusal = refused(InvalidTypeError, positioning(), {}, {}, **options)
        assert str(refusal).startswith(f"{name} must be a Tally or a mapping; got")


def quality(
    name: str = "on time", place: Any = "shop", **levels: Any
) -> ServiceQuality:
    return ServiceQuality(attribute=name, touchpoint=place, **levels)


KEPT = quality(promised=0.5, perceived=0.25)
ENDS = [[math.nan, math.nan, -0.25, math.nan]]


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (
            {"rows": [quality("late", perceived=0.5)]},
            InvalidValueError,
            (
                "rows[0] must be about an attribute of the positioning; got 'late';"
                f" {ON_TIME}"
            ),
        ),
        (
            {"rows": [KEPT, KEPT]},
            InvalidValueError,
            (
                "rows[1] must not repeat attribute and touchpoint of rows[0]; got ('on"
                " time', 'shop')"
            ),
        ),
        (
            {"rows": [0.5]},
            InvalidTypeError,
            "rows[0] must be a ServiceQuality; got 0.5",
        ),
        (
            {"low": [[0.5]]},
            InvalidValueError,
            "low must have the shape (1, 4); got (1, 1)",
        ),
        (
            {"low": [["a"] * 4]},
            InvalidTypeError,
            "low must hold numbers; got dtype('<U1'); write NaN for what is unknown",
        ),
        (
            {"low": [[0, math.nan, -0.25, math.nan]]},
            InvalidValueError,
            "low[0, 0] must be NaN where the gap is unknown, only there; got 0",
        ),
        (
            {"high": [[math.nan] * 4]},
            InvalidValueError,
            "high[0, 2] must be NaN where the gap is unknown, only there; got nan",
        ),
        (
            {"low": [[math.nan, math.nan, -0.125, math.nan]]},
            InvalidValueError,
            "low[0, 2] must not lie above the gap; got -0.125",
        ),
        (
            {"high": [[math.nan, math.nan, -0.5, math.nan]]},
            InvalidValueError,
            "high[0, 2] must not lie below the gap; got -0.5",
        ),
        (
            {"unmeasured": ["late"]},
            InvalidValueError,
            (
                "unmeasured[0] must be about an attribute of the positioning; got"
                f" 'late'; {ON_TIME}"
            ),
        ),
        (
            {"unmeasured": ["cheap", "cheap"]},
            InvalidValueError,
            "unmeasured[1] must not repeat the label of unmeasured[0]; got 'cheap'",
        ),
        (
            {"unmeasured": ["on time"]},
            InvalidValueError,
            (
                "unmeasured[0] must name attributes of which no row has anything"
                " measured; got 'on time'"
            ),
        ),
        (
            {"rows": [quality(promised=0.5)], "low": [[math.nan] * 4]}
            | {"high": [[math.nan] * 4]},
            InvalidValueError,
            "unmeasured must name 'on time', of which rows have promises only; got ()",
        ),
        (
            {"level": 1},
            InvalidValueError,
            "level must lie between 0 and 1; got 1; write level=0.95 for 95 %",
        ),
        (
            {"positioning": 1},
            InvalidTypeError,
            "positioning must be a BrandPositioning; got 1",
        ),
    ],
)
def test_a_ledger_that_contradicts_itself_is_refused(
    changes: dict[str, Any], kind: type[CxmError], message: str
) -> None:
    good: dict[str, Any] = {
        "positioning": positioning(),
        "rows": [KEPT],
        "low": ENDS,
        "high": ENDS,
        "unmeasured": [],
    }
    assert PromiseLedger(**good).verdicts("kept") == ("below",)
    with pytest.raises(kind) as caught:
        PromiseLedger(**(good | changes))
    assert str(caught.value) == message


def test_ledgers_are_equal_if_all_is() -> None:
    one = ledger_of(at("shop", 0.5), at("shop", 0.5))
    assert one == ledger_of(at("shop", 0.5), at("shop", 0.5))
    assert one != ledger_of(at("shop", 0.5), at("shop", 0.5), level=0.9)
    assert one != ledger_of(at("shop", 0.5), at("shop", 0.6))
    assert one != "ledger"
    wider = attrs.evolve(one, low=one.low - 0.1)
    assert one != wider


@pytest.mark.parametrize("delivered", [0.2, 0.7])
def test_what_is_not_delivered_decides_what_is_broken(delivered: float) -> None:
    answers = stars([[900, 0, 0, 0, 600]])
    ledger = ledger_of(at("shop", 0.95), answers, delivered=at("shop", delivered))
    assert ledger.cheated == ledger.disappointed == ledger.rows
    levels = f"promised 0.95, delivered {delivered:.2f}, perceived 0.40."
    assert levels in ledger.summary()
    assert "broken: less delivered" in ledger.to_svg()


@pytest.mark.parametrize("delivered", [0.9, 0.4])
def test_what_is_delivered_decides_what_is_exceeded(delivered: float) -> None:
    answers = stars([[600, 0, 0, 0, 900]])
    ledger = ledger_of(at("shop", 0.2), answers, delivered=at("shop", delivered))
    assert ledger.under_promised == ledger.surprised == ledger.rows
    assert "exceeded: more delivered" in ledger.to_svg()
    words = "delivered more than promised; perceived more than promised"
    assert str(ledger).endswith(words)


def test_general_promises_are_heard_where_no_other_is_given() -> None:
    promises = [
        Promise(attribute="on time", level=0.9),
        Promise(attribute="on time", level=0.5, touchpoint="shop"),
    ]
    ledger = promise_ledger(positioning(), promises, {})
    assert ledger.general == (promises[0],)
    assert ledger.disoriented == ("on time",)
    assert "0.50 at shop and 0.90 in general" in ledger.summary()
    assert ledger.to_dict()["general"] == [
        {"attribute": "on time", "level": 0.9, "touchpoint": None}
    ]
    assert ledger != attrs.evolve(ledger, general=())


def test_answers_about_delivery_are_told_from_those_about_perception() -> None:
    few = stars([[1, 0, 0, 0, 1]])
    seen = ledger_of(at("shop", 0.5), few, delivered=at("shop", 0.5))
    assert str(seen).endswith("  delivered as promised; not enough answers")
    assert str(ledger_of(at("shop", 0.5), few)).endswith("  not enough answers")


def test_the_worst_is_the_one_that_is_surest_to_be_bad() -> None:
    perceived = stars([[4, 3, 2, 1, 0], [1000, 0, 1000, 0, 0]], places=["few", "many"])
    promises = at("few", 0.95) | at("many", 0.95)
    ledger = ledger_of(promises, perceived)
    column = GAPS.index("kept")
    few, many = ledger.low[:, column], ledger.high[:, column]
    assert few[0] < few[1]
    assert many[0] > many[1]
    summary = ledger.summary()
    assert summary.index('"on time" at many by') < summary.index('"on time" at few by')
    assert len(ledger.disappointed) == 2


@pytest.mark.parametrize(
    ("general", "message"),
    [
        (
            [Promise(attribute="on time", level=0.5, touchpoint="shop")],
            "general[0] must be given for all touchpoints; got ",
        ),
        (
            [Promise(attribute="quiet", level=0.5)],
            "general[0] must be about an attribute of the positioning; got 'quiet'",
        ),
        ([Promise(attribute="on time", level=x) for x in (0.5, 0.6)], "general"),
        (["on time"], "general[0] must be a Promise; got 'on time'"),
    ],
)
def test_general_promises_are_checked(general: Any, message: str) -> None:
    ledger = ledger_of(at("shop", 0.5), at("shop", 0.5))
    with pytest.raises(CxmError) as error:
        attrs.evolve(ledger, general=general)
    assert str(error.value).startswith(message)


def test_promises_off_the_target_are_named_whether_they_are_kept_or_not() -> None:
    promises = [
        Promise(attribute="on time", level=0.6),
        Promise(attribute="on time", level=0.9 + 1e-12, touchpoint="web"),
        Promise(attribute="on time", level=0.95, touchpoint="shop"),
    ]
    seen = {("on time", place): 0.6 for place in ("web", "shop", "door")}
    ledger = promise_ledger(positioning(), promises, seen)
    off = [(each.touchpoint, each.level) for each in ledger.off_target]
    assert off == [(None, 0.6), ("shop", 0.95), ("door", 0.6)]
    assert (
        'Promised off the target: "on time" in general, 0.60 with a target of 0.80;'
        ' "on time" at shop, 0.95 with a target of 0.80.'
    ) in ledger.summary()


def test_no_more_than_five_are_named_of_any_kind() -> None:
    places = [f"shop {number}" for number in range(7)]
    promises = {("on time", place): 0.5 for place in places}
    seen = dict.fromkeys(promises, 0.9)
    words = ledger_of(promises, seen).summary()
    assert '"on time" at shop 4 and 2 more. Promised off' in words
    assert words.endswith("0.50 with a target of 0.80; and 2 more.")


def test_what_is_printed_and_drawn_is_what_is_in_the_rows() -> None:
    ledger = swing()
    lines = str(ledger).splitlines()
    heading = " ".join(lines[1].split())
    assert heading == (
        "attribute touchpoint target tolerance expected promised delivered perceived"
        " delivered - promised perceived - promised verdict"
    )
    assert [line for line in lines if line.endswith("  delivered; not asked about")]
    drawn = ledger.gap_map_svg("coverage")
    assert "−0.35" in drawn
    assert "attribute ↓" in drawn
    assert "touchpoint →" in drawn
    whole = ledger.to_svg()
    assert "Intervals: 95 % for all rows together." in whole
    assert "Touchpoints promise different things of" in whole
    assert "Promised, but neither delivery nor perception measured: green." in whole


@pytest.mark.parametrize("method", ["verdicts", "gap_map_svg"])
def test_there_are_four_kinds_of_gaps(method: str) -> None:
    with pytest.raises(CxmError) as error:
        getattr(swing(), method)("gap")
    assert error.value.argument == "kind"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["on time", "friendly"]),
            st.sampled_from(["shop", "door"]),
            st.integers(1, 5),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_perceptions_as_objects_are_answers_as_columns(
    answers: list[tuple[str, str, int]],
) -> None:
    own = positioning("on time", "friendly")
    promises = [Promise(attribute="on time", level=0.9)]
    felt: dict[Any, list[float]] = {}
    for attribute, touchpoint, answer in answers:
        perception = Perception.from_answer(
            answer,
            scale=STARS_1_5,
            dimension=ExperienceDimension.TRANSACTION,
            attribute=attribute,
        )
        level = (perception.valence + 1) / 2
        felt.setdefault((attribute, touchpoint), []).append(level)
    objects = promise_ledger(
        own, promises, {key: sum(levels) / len(levels) for key, levels in felt.items()}
    )
    attributes, touchpoints, scores = zip(*answers, strict=True)
    by = {"attribute": attributes, "touchpoint": touchpoints}
    tally = Tally.count(scores, scale=STARS_1_5, by=by)
    columns = promise_ledger(own, promises, tally)
    found = {(row.attribute, row.touchpoint): row for row in columns.rows}
    assert len(objects.rows) == len(found)
    for row in objects.rows:
        same = found[row.attribute, row.touchpoint]
        assert row.promised == same.promised
        assert row.perceived == pytest.approx(same.perceived, abs=1e-12)


class At(str, enum.Enum):  # noqa: UP042  as older code has it
    """Keys of a platform that are texts and more."""

    ON_TIME = "on time"


def test_attributes_may_be_texts_of_an_enum() -> None:
    promises = [Promise(attribute=At.ON_TIME, level=0.9)]
    seen: Any = {(At.ON_TIME, "shop"): 0.5}
    ledger = promise_ledger(positioning(), promises, seen)
    assert ledger == promise_ledger(positioning(), [*promises], at("shop", 0.5))
    (row,) = ledger.rows
    assert (type(row.attribute), row.promised) == (str, 0.9)


@pytest.mark.parametrize("nothing", [None, math.nan, np.datetime64("NaT", "s")])
def test_a_missing_touchpoint_in_a_mapping_means_all_of_them(nothing: Any) -> None:
    ledger = promise_ledger(positioning(), {("on time", nothing): 0.9}, at("web", 0.5))
    assert ledger.general == (Promise(attribute="on time", level=0.9),)


def test_answers_that_weigh_much_may_be_the_missing_ones() -> None:
    answers, weights = [5] * 99 + [1], [1.0] * 99 + [20.0]
    by = {"attribute": ["on time"] * 200, "touchpoint": ["shop"] * 100 + ["web"] * 100}
    tally = Tally.count(
        [5] * 100 + answers, scale=STARS_1_5, by=by, weights=[1.0] * 100 + weights
    )
    ledger = promise_ledger(positioning(), {}, tally, expected=at("shop", 0.5))
    shop = [row.touchpoint for row in ledger.rows].index("shop")
    alone = tally.at(touchpoint="shop", attribute="on time")
    few = Tally.count([5] * 5, scale=STARS_1_5, by={k: v[:5] for k, v in by.items()})
    same = promise_ledger(positioning(), {}, few, expected=at("shop", 0.5))
    column = GAPS.index("disconfirmation")
    assert alone.n == 100
    assert ledger.low[shop, column] == pytest.approx(same.low[0, column], abs=1e-12)


def test_an_open_perception_is_not_hidden_by_what_is_delivered() -> None:
    few = stars([[2, 1, 0, 0, 0]])
    ledger = ledger_of(at("shop", 0.5), few, delivered=at("shop", 0.9))
    assert (ledger.verdicts("coverage"), ledger.verdicts("kept")) == (
        ("above",),
        ("open",),
    )
    assert "1 is undecided for want of answers" in ledger.summary()
    assert str(ledger).endswith("  delivered more than promised; not enough answers")


def test_a_promise_that_nobody_was_asked_about_is_delivered_and_no_more() -> None:
    ledger = ledger_of(at("shop", 0.8), delivered=at("shop", 0.8))
    assert ledger.summary() == (
        "Of 1 promise (each at a touchpoint) 1 is delivered and not asked about."
    )
    assert "✓" in ledger.to_svg()
    seen = ledger_of(at("shop", 0.8), at("shop", 0.8))
    assert seen.summary() == "Of 1 promise (each at a touchpoint) 1 is kept."


def test_the_worst_of_both_gaps_is_said() -> None:
    promises = at("shop", 0.95) | at("web", 0.95)
    perceived = at("shop", 0.1) | at("web", 0.7)
    delivered = at("shop", 0.8) | at("web", 0.7)
    words = ledger_of(promises, perceived, delivered=delivered).summary()
    first = '"on time" at shop by 0.85: promised 0.95, delivered 0.80, perceived 0.10;'
    assert f"Broken, the worst first: {first}" in words


def test_what_was_expected_and_not_perceived_is_said() -> None:
    expected = at("shop", 0.9)
    ledger = ledger_of({}, at("shop", 0.5), expected=expected)
    assert 'Perceived below expectations: "on time" at shop.' in ledger.summary()


def test_touchpoints_that_do_not_meet_are_named() -> None:
    words = ledger_of(at("Shop", 0.8), at("shop", 0.8)).summary()
    assert 'Promised where nothing is measured: "on time" at Shop.' in words
    assert 'Measured where nothing is promised: "on time" at shop.' in words


def test_a_drawn_line_holds_the_levels_and_the_interval_of_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: dict[str, Any] = {}

    def draw(rows: Any, *, title: str, notes: Any) -> str:
        told.update(rows=rows, title=title, notes=notes)
        return "<svg/>"

    monkeypatch.setattr(_draw_promises, "dumbbells", draw)
    ledger = swing()
    ledger.to_svg()
    assert told["title"] == "Promised, delivered, perceived"
    for line, row, ends in zip(
        told["rows"],
        ledger.rows,
        zip(ledger.low, ledger.high, strict=True),
        strict=True,
    ):
        assert (line.label, line.group) == (row.touchpoint, row.attribute)
        for name in ("promised", "delivered", "perceived", "expected"):
            level, drawn = getattr(row, name), getattr(line, name)
            assert math.isnan(drawn) if level is None else drawn == level
        column = GAPS.index("coverage" if line.decisive == "delivered" else "kept")
        if row.promised is not None and not math.isnan(ends[0][column]):
            places = [min(max(row.promised + end[column], 0), 1) for end in ends]
            assert [line.low, line.high] == pytest.approx(places)


def test_a_printed_line_holds_the_levels_of_its_row() -> None:
    ledger = ledger_of(at("shop", 0.8), at("shop", 0.8), expected=at("shop", 0.75))
    assert " ".join(str(ledger).splitlines()[-1].split()) == (
        "on time shop 0.80 0.10 0.75 0.80 0.80 +0.00 kept"
    )


def test_records_hold_the_ends_of_every_gap() -> None:
    ledger = swing()
    for record, low, high in zip(
        ledger.to_records(), ledger.low, ledger.high, strict=True
    ):
        for kind, start, end in zip(GAPS, low.tolist(), high.tolist(), strict=True):
            known = [record[f"{kind}_low"], record[f"{kind}_high"]]
            assert known == ([None, None] if math.isnan(start) else [start, end])


def test_a_single_contradiction_is_said_alone() -> None:
    ledger = ledger_of(at("shop", 0.6) | at("web", 0.9), {})
    assert (
        'Touchpoints promise different things of "on time": 0.60 at shop and 0.90 at'
        " web. "
    ) in ledger.summary()
