"""Satisfaction by each definition in use, and flips, against plain loops."""

import copy
import itertools
import math
import pickle
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmkit import (
    EFFORT_1_5,
    RECOMMEND_0_10,
    SATISFACTION_1_5,
    SATISFACTION_1_7,
    SATISFACTION_1_10,
    Estimate,
    Estimates,
    Scale,
    Tally,
    compare,
    csat,
    mean_score,
    net_score,
)
from cxmkit import readings as module
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
)
from cxmkit.readings import CsatDefinitions, RankFlip, _eligible, csat_definitions

SCALE = SATISFACTION_1_5
few = settings(max_examples=max(10, settings().max_examples // 3))
CELL = st.lists(st.integers(0, 30), min_size=5, max_size=5)


def grouped(counts: Any, labels: Any = None, **options: Any) -> Tally:
    labels = list("abcdefgh"[: len(counts)] if labels is None else labels)
    scale = options.pop("scale", SCALE)
    return Tally.from_counts(np.array(counts), scale=scale, by=labels, **options)


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


def refused(build: Any, error: type[CxmError]) -> CxmError:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


# The definitions

SIZES: dict[Scale, list[str]] = {
    Scale(0, 1, higher_is_better=True): ["top-1"],
    Scale(1, 3, higher_is_better=True): ["top-1"],
    Scale(1, 4, higher_is_better=True): ["top-1", "top-2"],
    SATISFACTION_1_5: ["top-1", "top-2", "net-top-2"],
    EFFORT_1_5: ["top-1", "top-2", "net-top-2"],
    SATISFACTION_1_7: ["top-1", "top-2", "net-top-2"],
    Scale(1, 9, higher_is_better=True): ["top-1", "top-2", "net-top-2"],
    SATISFACTION_1_10: ["top-1", "top-2", "top-3", "net-top-2"],
    RECOMMEND_0_10: ["top-1", "top-2", "top-3", "net-top-2"],
}


@pytest.mark.parametrize("scale", SIZES, ids=lambda scale: scale.described)
def test_each_scale_has_the_definitions_in_use(scale: Scale) -> None:
    counts = np.arange(1, scale.size + 1) ** 2
    tally = Tally.from_counts(counts, scale=scale)
    found = csat_definitions(tally, level=0.9)
    assert list(found.estimates) == [*SIZES[scale], "mean", "mean-of-100"]
    assert len(found) == len(found.estimates)
    for k in (1, 2, 3):
        if f"top-{k}" in found.names:
            assert found.estimates[f"top-{k}"] == csat(tally, boxes=k, level=0.9)
    assert found.estimates["mean"] == mean_score(tally, level=0.9)
    unit = scale.to_unit(scale.points)
    rescaled = found.estimates["mean-of-100"]
    assert rescaled.value == close(100 * counts @ unit / counts.sum())
    if "net-top-2" in found.names:
        points = scale.points if scale.higher_is_better else scale.points[::-1]
        net = found.estimates["net-top-2"]
        ends: Any = {"positive": points[-2:], "negative": points[:2]}
        assert net.value == net_score(tally, level=0.9, **ends).value
        best, worst = counts[-2:].sum(), counts[:2].sum()
        way = 1 if scale.higher_is_better else -1
        assert net.value == close(way * 100 * (best - worst) / counts.sum())
    assert all(x.definition.higher_is_better(scale) for x in found.results[:-2])
    assert all(isinstance(x, Estimate) and x.level == 0.9 for x in found.results)
    assert (found.flips, found.judged, found.eligible) == ((), 0, 0)


@few
@given(cells=st.lists(CELL, min_size=2, max_size=4))
def test_groups_are_one_by_one(cells: list[list[int]]) -> None:
    tally = grouped(cells)
    found = csat_definitions(tally)
    for name, each in found.estimates.items():
        assert isinstance(each, Estimates)
        for label, cell in zip("abcd", cells, strict=False):
            if sum(cell):
                alone = csat_definitions(tally.at(group=label)).estimates[name]
                assert each.at(group=label) == alone


# Flips


def brute(tally: Tally, min_n: int, level: float) -> dict[Any, dict[str, Any]]:
    """Compare all pairs by all definitions, one by one."""
    found = csat_definitions(tally, min_n=min_n)
    results = {n: list(x) for n, x in found.estimates.items() if n != "mean-of-100"}
    cells = [tuple(cell.values()) for cell in tally.grid.cells()]
    good = [k for k, x in enumerate(results["mean"]) if x.n >= min_n and x.value > -9]
    pairs = list(itertools.combinations(good, 2))
    flips = {}
    for a, b in pairs:
        alone = 1 - (1 - level) / (len(pairs) * len(results))
        clear = {}
        for name, x in results.items():
            difference = compare(x[a], x[b], level=alone)
            if difference.distinguishable:
                clear[name] = difference
        ways = {
            (x.difference > 0) == x.definition.higher_is_better(x.scale)
            for x in clear.values()
        }
        if len(ways) == 2:
            flips[cells[a], cells[b]] = clear
    return flips


SHAPES = ([9, 1, 1, 1, 9], [0, 1, 6, 9, 4], [1, 1, 4, 9, 6], [3, 3, 3, 3, 9], [1] * 5)


@given(
    cells=st.lists(st.sampled_from(SHAPES) | CELL, min_size=2, max_size=5),
    times=st.sampled_from([1, 10, 40]),
    heavy=st.booleans(),
    options=st.sampled_from([(1, 0.5), (30, 0.95), (300, 0.8)]),
    scale=st.sampled_from([SATISFACTION_1_5, EFFORT_1_5]),
)
def test_flips_are_those_of_loops(
    cells: list[list[int]],
    times: int,
    heavy: bool,  # noqa: FBT001  drawn
    options: tuple[int, float],
    scale: Scale,
) -> None:
    counts = times * np.array(cells)
    each = 1 + np.arange(counts.size).reshape(counts.shape) % 3 / 2
    sums: Any = {"sum_weights": each * counts, "sum_squared_weights": each**2 * counts}
    tally = grouped(counts, scale=scale, **(sums if heavy else {}))
    min_n, level = options
    found = csat_definitions(tally, min_n=min_n, level=level)
    expected = brute(tally, min_n, level)
    assert [((x.first,), (x.second,)) for x in found.flips] == list(expected)
    for flip, clear in zip(found.flips, expected.values(), strict=True):
        assert flip.definitions == tuple(clear)
        assert flip.differences == tuple(clear.values())
    assert found.judged == found.eligible == (counts.sum(axis=1) >= min_n).sum()


LOVED_OR_HATED, FAIR = [400, 50, 50, 100, 400], [10, 40, 150, 600, 200]


def flipped() -> CsatDefinitions:
    return csat_definitions(grouped([LOVED_OR_HATED, FAIR], ["app", "shop"]))


def test_a_flip_by_hand() -> None:
    found = flipped()
    (flip,) = found.flips
    assert (flip.first, flip.second) == ("app", "shop")
    assert flip.first_ahead == ("top-1",)
    assert flip.second_ahead == ("top-2", "net-top-2", "mean")
    assert [x.difference for x in flip.differences] == close([20, -30, -70, -0.89])
    for each in flip.differences:
        assert each.level == close(1 - 0.05 / 4)
        assert each.n == (1000, 1000)
    assert (found.judged, found.eligible, found.min_n) == (2, 2, 30)


def test_a_flip_on_a_scale_turned_round() -> None:
    """Low is good: the same answers from the other end flip in the same way."""
    turned = grouped([LOVED_OR_HATED[::-1], FAIR[::-1]], "ab", scale=EFFORT_1_5)
    (flip,) = csat_definitions(turned).flips
    assert flip.first_ahead == ("top-1",)
    assert flip.second_ahead == ("top-2", "net-top-2", "mean")
    assert flip.differences[-1].difference > 0  # more effort


@pytest.mark.parametrize("up", [True, False])
def test_a_flip_of_top_1_and_mean_alone(*, up: bool) -> None:
    """Three points have room for no more; the second group is the larger one."""
    scale = Scale(1, 3, higher_is_better=up)
    counts = np.array([[400, 100, 500], [200, 1200, 600]])
    tally = grouped(counts if up else counts[:, ::-1], scale=scale)
    (flip,) = csat_definitions(tally).flips
    assert (flip.first, flip.second) == ("a", "b")
    assert (flip.first_ahead, flip.second_ahead) == (("top-1",), ("mean",))
    assert [x.difference for x in flip.differences] == close([20, -0.1 if up else 0.1])


def test_a_flip_names_the_clear_definitions_alone() -> None:
    """By top 2 both are alike."""
    counts = 3 * np.array([[300, 0, 200, 100, 400], [50, 150, 300, 300, 200]])
    (flip,) = csat_definitions(grouped(counts)).flips
    assert flip.definitions == ("top-1", "net-top-2", "mean")


def test_flips_over_several_axes_bear_all_labels() -> None:
    tally = Tally.from_counts(
        [[LOVED_OR_HATED, [0] * 5], [[0] * 5, FAIR]],
        scale=SCALE,
        by={"year": [1, 2], "place": ["app", "shop"]},
    )
    found = csat_definitions(tally)
    (flip,) = found.flips
    assert (flip.first, flip.second) == ((1, "app"), (2, "shop"))
    assert "(2, 'shop') is 20.0 (CSAT (top 1)) to 80.0" in found.summary()
    assert "order of 1 pair depends on them" in repr(found)


def test_few_answers_are_not_judged() -> None:
    counts = np.array([LOVED_OR_HATED, FAIR]) // 10
    found = csat_definitions(grouped(counts), min_n=101)
    assert (found.judged, found.flips) == (0, ())
    assert found.summary().endswith(
        "Too few groups with at least 101 answers to judge their order."
    )
    assert csat_definitions(grouped(counts), min_n=100).judged == 2
    assert csat_definitions(grouped(counts[:1])).judged == 1


def test_groups_whose_weights_are_nothing_are_not_judged() -> None:
    counts = np.array([LOVED_OR_HATED, FAIR])
    sums = counts * [[1], [0]]
    tally = grouped(counts, sum_weights=sums, sum_squared_weights=sums)
    found = csat_definitions(tally)
    assert found.eligible == 1
    assert "100.0" not in repr(found)


def test_of_very_many_groups_the_largest_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    tally = grouped([np.array(FAIR) // 10, LOVED_OR_HATED, FAIR, [50] * 5])
    found = csat_definitions(tally)
    assert (found.judged, found.eligible) == (2, 4)
    assert [(x.first, x.second) for x in found.flips] == [("b", "c")]
    assert found.flips[0].differences[0].level == close(1 - 0.05 / 4)
    assert "1 pair of the 2 largest of 4 groups with at least 30 answers is" in (
        found.summary()
    )


def test_a_thousand_groups_are_no_trouble() -> None:
    rng = np.random.default_rng(1)
    counts = rng.multinomial(200, [0.1, 0.1, 0.2, 0.3, 0.3], size=1_200)
    counts[7], counts[9] = LOVED_OR_HATED, FAIR
    found = csat_definitions(grouped(counts, range(1_200)))
    assert (found.judged, found.eligible) == (1_000, 1_200)
    assert (7, 9) in [(x.first, x.second) for x in found.flips]


def test_false_alarms_are_rare() -> None:
    """Top 1 and mean set two groups apart; by top 2 and net score they are alike."""
    rng = np.random.default_rng(4)
    first, second = [0.2, 0.1, 0.1, 0.1, 0.5], [0.1, 0.2, 0.1, 0.3, 0.3]
    alarms = 0
    for _ in range(runs := 100):
        counts = [rng.multinomial(2_500, p) for p in (first, second)]
        alarms += len(csat_definitions(grouped(counts)).flips)
    assert alarms <= 0.05 * runs


# What it says


def test_definitions_speak_without_groups() -> None:
    found = csat_definitions(
        Tally.from_counts([20, 30, 100, 550, 300], scale=SCALE), level=0.9
    )
    assert repr(found) == "CSAT by 5 definitions: 30.0 to 85.0 of 100, n = 1,000"
    assert found.summary() == (
        "The same 1,000 answers are 30.0 (CSAT (top 1)) to 85.0 (CSAT (top 2)) of 100,"
        " by 5 definitions in use. Say which one a number is by."
    )
    lines = str(found).splitlines()
    assert lines[0] == "CSAT by definition, 90 % intervals"
    assert [line.split() for line in lines[1:3]] == [
        ["definition", "value", "low", "high"],
        ["top-1", "30.0", "27.7", "32.4"],
    ]
    assert len(lines) == 7
    records = found.to_records()
    assert [x["metric"] for x in records][-2:] == ["Mean", "Mean (of 100)"]
    assert records[0]["value"] == close(30)
    assert found.to_columns()["value"][1] == close(85)
    assert found.to_dict()["definitions"]["mean"]["value"] == close(4.08)
    html = found._repr_html_()
    ET.fromstring(html)  # noqa: S314  our own
    assert "net-top-2" in html
    assert "Say which one a number is by." in html


def test_one_answer_has_no_error_of_its_mean() -> None:
    found = csat_definitions(Tally.count([4], scale=SCALE))
    assert "The same 1 answer are" not in found.summary()
    assert found.summary().startswith("The same answer is 0.0")
    assert "nan" not in str(found)
    assert found.to_records()[3]["low"] is None
    assert found.to_columns()["se"][3] is None


def test_definitions_speak_with_groups() -> None:
    found = flipped()
    assert repr(found) == (
        "CSAT by 5 definitions, group (2): order of 1 pair depends on them, n = 2,000"
    )
    assert found.summary() == (
        "5 definitions in use put the same answers up to 60.0 points of 100 apart:"
        " 'shop' is 20.0 (CSAT (top 1)) to 80.0 (CSAT (top 2)) of 100. 1 pair of the 2"
        " groups with at least 30 answers is clearly one way round by one definition"
        " and the other way round by another, such as 'app' and 'shop'."
    )
    assert str(found).splitlines() == [
        "CSAT by definition",
        "group  top-1  top-2  net-top-2  mean  mean-of-100      n",
        "app     40.0   50.0        5.0  3.05         51.2  1,000",
        "shop    20.0   80.0       75.0  3.94         73.5  1,000",
        "RankFlip: 'app' ahead by top-1; 'shop' by top-2, net-top-2, mean",
    ]
    columns, records = found.to_columns(), found.to_records()
    assert len(records) == 10
    assert records[3] == {name: column[3] for name, column in columns.items()}
    assert records[3]["group"] == "shop"
    assert records[3]["metric"] == "CSAT (top 2)"
    assert found.to_dict()["flips"] == [
        {
            "first": "app",
            "second": "shop",
            "first_ahead": ["top-1"],
            "second_ahead": ["top-2", "net-top-2", "mean"],
        }
    ]
    assert (found.to_dict()["judged"], found.to_dict()["min_n"]) == (2, 30)
    html = found._repr_html_()
    ET.fromstring(html)  # noqa: S314  our own
    assert f">{found!r}</caption>" in html
    assert "…" not in html


def test_many_flips_are_counted() -> None:
    counts = [LOVED_OR_HATED] * 4 + [FAIR] * 4
    found = csat_definitions(grouped(counts))
    assert len(found.flips) == 16
    assert str(found).splitlines()[-1] == "and 6 more flips"
    assert str(found).count("RankFlip") == 10
    assert "16 pairs of the 8 groups with at least 30 answers are" in found.summary()
    eleven = attrs.evolve(found, flips=found.flips[:11])
    assert str(eleven).splitlines()[-1] == "and 1 more flip"
    ten = attrs.evolve(found, flips=found.flips[:10])
    assert str(ten).splitlines()[-1].startswith("RankFlip")


def test_quiet_groups_and_empty_ones() -> None:
    quiet = csat_definitions(grouped([FAIR, FAIR, [0] * 5]))
    assert quiet.summary().endswith(
        "No two of the 2 groups with at least 30 answers change places beyond noise;"
        " within noise their order may still differ."
    )
    assert quiet.to_records()[2]["value"] is None
    assert "nan" not in str(quiet)
    empty = csat_definitions(grouped([[0] * 5, [0] * 5]))
    assert empty.summary() == "There are no answers."
    assert (empty.judged, empty.flips) == (0, ())
    none = csat_definitions(grouped(np.zeros((0, 5), int), []))
    assert none.summary() == "There are no answers."


def test_a_flip_speaks() -> None:
    (flip,) = flipped().flips
    assert repr(flip) == (
        "RankFlip: 'app' ahead by top-1; 'shop' by top-2, net-top-2, mean"
    )
    assert flip.summary() == (
        "'app' is ahead of 'shop' by top-1 (20.0); but 'shop' is ahead of 'app' by"
        " top-2 (30.0), net-top-2 (70.0), mean (0.89). Each of these differences is"
        " more than noise; which of them matters depends on what satisfaction is to"
        " mean."
    )
    assert str(flip) == repr(flip)
    records = flip.to_records()
    assert records[1]["definition"] == "top-2"
    assert records[1]["difference"] == close(-30)
    assert (records[1]["first"], records[1]["second"]) == ("app", "shop")
    assert flip == pickle.loads(pickle.dumps(flip))  # noqa: S301  our own
    assert hash(flip) == hash(copy.deepcopy(flip))


def test_definitions_compare_and_copy() -> None:
    found = flipped()
    assert found == flipped()
    assert found == pickle.loads(pickle.dumps(found))  # noqa: S301  our own
    assert found == copy.deepcopy(found)
    assert found != attrs.evolve(found, flips=())
    assert found != attrs.evolve(found, level=0.9)
    assert found != "definitions"
    with pytest.raises(TypeError):
        hash(found)
    with pytest.raises(TypeError):
        found.estimates["mean"] = 3  # type: ignore[index]
    unknown = csat_definitions(Tally.count([4], scale=SCALE))
    assert unknown == copy.copy(unknown)


# Refusals


def test_what_cannot_be_read() -> None:
    told = refused(lambda: csat_definitions([5, 4]), InvalidTypeError)  # type: ignore[arg-type]
    assert told.argument == "tally"
    empty = Tally.from_counts([0] * 5, scale=SCALE)
    told = refused(lambda: csat_definitions(empty), EmptySampleError)
    assert str(told) == "tally must hold at least one answer; got none"
    tally = grouped([FAIR])
    told = refused(lambda: csat_definitions(tally, min_n=0), InvalidValueError)
    assert told.argument == "min_n"
    refused(lambda: csat_definitions(tally, min_n=3.5), InvalidTypeError)  # type: ignore[arg-type]
    told = refused(lambda: csat_definitions(tally, level=95), InvalidValueError)
    assert told.argument == "level"


FIELDS: dict[str, tuple[Any, type[CxmError]]] = {
    "names": (["a"] * 5, InvalidValueError),
    "results": ([1] * 5, InvalidTypeError),
    "flips": ([1], InvalidTypeError),
    "judged": (-1, InvalidValueError),
    "eligible": (2.5, InvalidTypeError),
    "min_n": (True, InvalidTypeError),
    "level": (95, InvalidValueError),
}


@pytest.mark.parametrize("name", FIELDS)
def test_bad_fields_are_refused(name: str) -> None:
    value, error = FIELDS[name]
    told = refused(lambda: attrs.evolve(flipped(), **{name: value}), error)
    assert told.argument == name


def test_names_and_results_go_together() -> None:
    found = flipped()
    told = refused(lambda: attrs.evolve(found, results=()), InvalidValueError)
    assert str(told) == "results must be one per name (5); got 0"
    refused(lambda: attrs.evolve(found, results=3), InvalidTypeError)
    told = refused(lambda: attrs.evolve(found, names=(), results=()), InvalidValueError)
    assert told.argument == "names"


def test_a_flip_has_two_sides() -> None:
    (flip,) = flipped().flips
    told = refused(lambda: attrs.evolve(flip, differences=()), InvalidValueError)
    assert str(told) == "differences must be one per definition (4); got 0"
    for places in ([0], [1, 2]):
        fields = {
            name: [getattr(flip, name)[k] for k in places]
            for name in ("definitions", "differences")
        }
        told = refused(
            lambda fields=fields: attrs.evolve(flip, **fields), InvalidValueError
        )
        assert "put each group ahead at least once" in str(told)
    refused(lambda: attrs.evolve(flip, definitions=[1] * 4), InvalidTypeError)
    refused(lambda: attrs.evolve(flip, differences=[1] * 4), InvalidTypeError)
    told = refused(
        lambda: RankFlip(first=1, second=2, definitions=[], differences=[]),
        InvalidValueError,
    )
    assert told.argument == "differences"
    assert math.isclose(flip.differences[0].difference, 20)


def test_no_tally_is_told_how_to_make_one() -> None:
    told = refused(lambda: csat_definitions([1, 2]), InvalidTypeError)  # type: ignore[arg-type]
    assert "tally must be a Tally; got [1, 2]; count one with Tally.count(" in str(told)


# Word for word


def test_every_key_of_definitions() -> None:
    found = flipped()
    plain = found.to_dict()
    assert list(plain) == [
        *("definitions", "flips", "judged", "eligible", "min_n", "level")
    ]
    names = ("judged", "eligible", "min_n", "level")
    assert [plain[name] for name in names] == [2, 2, 30, 0.95]
    assert list(plain["definitions"]) == list(found.names)
    assert [each.definition.name for each in found.results] == [
        *("CSAT (top 1)", "CSAT (top 2)", "CSAT (top 2 less bottom 2)"),
        *("Mean", "Mean (of 100)"),
    ]
    assert list(found.flips[0].to_records()[0])[:4] == [
        *("first", "second", "definition", "difference")
    ]
    assert "<tfoot></tfoot>" in found._repr_html_()
    alone = csat_definitions(Tally.from_counts([1, 2, 3, 4, 5], scale=SCALE))
    assert f"{alone.summary()}</td></tr></tfoot>" in alone._repr_html_()


def test_several_definitions_put_the_first_ahead() -> None:
    (flip,) = flipped().flips
    turned = attrs.evolve(
        flip,
        first="shop",
        second="app",
        differences=[
            attrs.evolve(each, difference=-each.difference) for each in flip.differences
        ],
    )
    assert repr(turned) == (
        "RankFlip: 'shop' ahead by top-2, net-top-2, mean; 'app' by top-1"
    )


def test_groups_without_answers_leave_their_cells_empty() -> None:
    found = csat_definitions(grouped([[0] * 5, [0] * 5], ["a", "b"]))
    assert str(found).splitlines()[2:] == [f"{name:<51}0" for name in "ab"]


def test_groups_alike_in_size_keep_their_order() -> None:
    counts = [FAIR, LOVED_OR_HATED, [2 * n for n in FAIR]] * 100
    places = _eligible(csat(grouped(counts, list(range(300)))), 30)
    large = list(range(2, 300, 3))
    assert places.tolist() == large + [x for x in range(300) if x not in large]


def test_two_axes_stand_in_one_table() -> None:
    counts = [[LOVED_OR_HATED, FAIR], [FAIR, LOVED_OR_HATED]]
    axes = {"year": [1, 2], "shop": ["a", "b"]}
    found = csat_definitions(Tally.from_counts(counts, scale=SCALE, by=axes))
    assert [line.split() for line in str(found).splitlines()[1:6]] == [
        ["year", "shop", *found.names, "n"],
        ["1", "a", "40.0", "50.0", "5.0", "3.05", "51.2", "1,000"],
        ["1", "b", "20.0", "80.0", "75.0", "3.94", "73.5", "1,000"],
        ["2", "a", "20.0", "80.0", "75.0", "3.94", "73.5", "1,000"],
        ["2", "b", "40.0", "50.0", "5.0", "3.05", "51.2", "1,000"],
    ]
