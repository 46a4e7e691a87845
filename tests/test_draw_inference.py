"""Tests of the drawings of inference: charts over periods, league tables, bridges."""

import itertools
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from cxmkit import _draw_inference
from cxmkit._draw import _ABOVE, _BELOW, _clean, _pixels

NAN, INF = math.nan, math.inf
SVG = "{http://www.w3.org/2000/svg}"
TOP, BOTTOM, RIGHT = 58.0, 278.0, 680.0
NASTY = [
    "<script>alert('x')</script>",
    '" onload="alert(1)',
    "fish & chips &amp; &#0;",
    "]]><!-- -->",
    "خدمة العملاء \u202e reversed",
    "顧客体験" * 10,
    "nul \x00 escape \x1b[31m lone \ud800 surrogate \uffff",
    "line\r\nbreak\tand tab\u2028",
    "",
]
texts = st.text(max_size=40) | st.sampled_from(NASTY)
numbers = st.none() | st.floats() | st.floats(-100, 100)
Points = list[tuple[float, float]]


def parse(markup: str) -> ET.Element:
    """Parse what would be written to a file."""
    return ET.fromstring(markup.encode())  # noqa: S314  # our own output


def months(count: int, year: int = 2020) -> list[str]:
    """Name months from January on."""
    return [f"{year + i // 12}-{i % 12 + 1:02d}" for i in range(count)]


def chart(values: Sequence[float | None], **options: Any) -> ET.Element:
    """Draw values between limits of 20 and 60, without signals, if not said else."""
    count = len(values)
    columns: dict[str, Any] = {
        "labels": months(count),
        "values": values,
        "low": [20.0] * count,
        "high": [60.0] * count,
        "centre": 40.0,
        "signalled": [False] * count,
    }
    look: dict[str, Any] = {"title": "Stable?", "axis_label": "points", "digits": 1}
    return parse(_draw_inference.control_chart(**columns | look | options))


def trend(values: Sequence[float | None], **options: Any) -> ET.Element:
    """Draw values with intervals, and a line from 40 on, if nothing else is said."""
    known = [NAN if x is None else x for x in values]
    fitted = [40.0 + i for i in range(len(values))]
    columns: dict[str, Any] = {
        "labels": months(len(values)),
        "values": values,
        "low": [x - 10 for x in known],
        "high": [x + 20 for x in known],
        "fitted": fitted,
        "band_low": [x - 4 for x in fitted],
        "band_high": [x + 2 for x in fitted],
    }
    look: dict[str, Any] = {"title": "Whither?", "axis_label": "points", "digits": 1}
    return parse(_draw_inference.trend(**columns | look | options))


def league(scores: Sequence[float | None], **options: Any) -> ET.Element:
    """Draw scores, with raw ones 5 higher, if nothing else is said."""
    known = [NAN if x is None else x for x in scores]
    columns: dict[str, Any] = {
        "labels": [f"shop {i + 1}" for i in range(len(scores))],
        "scores": scores,
        "low": [x - 10 for x in known],
        "high": [x + 20 for x in known],
        "raw": [x + 5 for x in known],
        "ranks": [f"{i + 1} (1-9)" for i in range(len(scores))],
    }
    look: dict[str, Any] = {
        "mean": 40.0,
        "title": "Who?",
        "axis_label": "points",
        "digits": 1,
    }
    return parse(_draw_inference.league_table(**columns | look | options))


def bridge(
    changes: Sequence[float | None], start: float | None = 40.0, **options: Any
) -> ET.Element:
    """Draw changes with intervals that fit together, if nothing else is said."""
    known = [NAN if x is None else x for x in changes]
    columns: dict[str, Any] = {
        "labels": [f"change {i + 1}" for i in range(len(changes))],
        "changes": changes,
        "low": [x - 1 for x in known],
        "high": [x + 2 for x in known],
        "start": start,
        "end": (start or 0.0) + math.fsum(x for x in known if math.isfinite(x)),
    }
    look: dict[str, Any] = {"title": "Why?", "axis_label": "points", "digits": 1}
    return parse(_draw_inference.bridge(**columns | look | options))


def place(element: ET.Element | None, name: str) -> float:
    """Return a coordinate."""
    assert element is not None
    return float(element.attrib[name])


def words(element: ET.Element) -> list[str]:
    """Return all texts below an element, in order."""
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def text_of(svg: ET.Element, wanted: str) -> ET.Element:
    """Return the only text with some words."""
    (found,) = (x for x in svg.iter(f"{SVG}text") if x.text == wanted)
    return found


def groups(svg: ET.Element) -> list[ET.Element]:
    """Return the periods or rows."""
    return svg.findall(f"{SVG}g")


def titles(svg: ET.Element) -> list[str]:
    """Return all that appears where one points, without that of the drawing."""
    return [title.text or "" for title in svg.iter(f"{SVG}title")][1:]


def notes(svg: ET.Element) -> list[str]:
    """Return the lines below a drawing."""
    at_left = [x for x in svg.findall(f"{SVG}text") if x.get("x") == "0"]
    return [x.text or "" for x in at_left if x.get("font-size") == "12"]


def about(svg: ET.Element) -> str:
    """Return what describes a drawing."""
    return svg.findtext(f"{SVG}desc") or ""


def paths(svg: ET.Element) -> list[ET.Element]:
    """Return the lines and areas that no period or row has for itself."""
    return svg.findall(f"{SVG}path")


def points(path: str) -> list[Points]:
    """Return the points of each stretch of a path of straight lines."""
    found = []
    for stretch in path.removeprefix("M").split("M"):
        pairs = [pair.split() for pair in stretch.rstrip("z").split("L")]
        found.append([(float(x), float(y)) for x, y in pairs])
    return found


def figures(path: str) -> list[float]:
    """Return all numbers in the data of a path."""
    return [float(x) for x in re.findall(r"-?[\d.]+", path)]


def heights(svg: ET.Element) -> Callable[[float], float]:
    """Return what finds the height of a number, by the ends of the axis at the left."""
    at = {
        float((x.text or "").replace("−", "-").replace(",", "")): place(x, "y") - 4
        for x in svg.findall(f"{SVG}text")
        if x.get("text-anchor") == "end"
    }
    low, high = min(at), max(at)
    slope = (at[high] - at[low]) / (high - low)
    return lambda value: at[low] + slope * (value - low)


def across(svg: ET.Element) -> Callable[[float], float]:
    """Return what finds the place of a number, by the ends of the axis below."""
    bottom = max(place(line, "y2") for line in svg.findall(f"{SVG}line")) + 14
    at = {
        float((x.text or "").replace("−", "-").replace(",", "")): place(x, "x")
        for x in svg.findall(f"{SVG}text")
        if place(x, "y") == bottom
    }
    low, high = min(at), max(at)
    slope = (at[high] - at[low]) / (high - low)
    return lambda value: at[low] + slope * (value - low)


def near(*expected: float) -> Any:
    """Allow for rounding to two decimals."""
    return pytest.approx(expected, abs=0.011)


def middles(svg: ET.Element, count: int) -> list[float]:
    """Return the middles of equal periods."""
    left = place(groups(svg)[0].find(f"{SVG}rect"), "x")
    step = (RIGHT - left) / count
    return [left + step * (i + 0.5) for i in range(count)]


def names(svg: ET.Element) -> list[ET.Element]:
    """Return the names below a chart."""
    return [x for x in svg.findall(f"{SVG}text") if place(x, "y") == BOTTOM + 19]


# --- control charts --------------------------------------------------------------


def test_values_lie_at_their_share_of_the_axis() -> None:
    svg = chart([30, 50, 45, 20])
    y = heights(svg)
    assert (y(20), y(60)) == near(BOTTOM, TOP)
    assert y(30) == pytest.approx(BOTTOM - (BOTTOM - TOP) / 4)
    dots = [group.find(f"{SVG}circle") for group in groups(svg)]
    assert [place(dot, "cy") for dot in dots] == near(y(30), y(50), y(45), y(20))
    assert [place(dot, "cx") for dot in dots] == near(*middles(svg, 4))
    assert {place(dot, "r") for dot in dots} == {3.5}
    (line,) = (x for x in paths(svg) if x.get("stroke-width") == "2")
    (stretch,) = points(line.attrib["d"])
    assert stretch == [(place(dot, "cx"), place(dot, "cy")) for dot in dots]


def test_limits_are_steps_that_differ_by_period() -> None:
    svg = chart([40, 40, 40], low=[20, 25, 30], high=[60, 55, 58])
    y = heights(svg)
    area, low, high, centre, _ = paths(svg)
    left = place(groups(svg)[0].find(f"{SVG}rect"), "x")
    step = (RIGHT - left) / 3
    edges = [left, left + step, left + step, left + 2 * step, left + 2 * step, RIGHT]
    for line, levels in ((low, [20, 25, 30]), (high, [60, 55, 58])):
        (stretch,) = points(line.attrib["d"])
        assert [x for x, _ in stretch] == near(*edges)
        assert [y for _, y in stretch] == near(*(y(x) for x in levels for _ in "ab"))
        assert line.get("stroke") == _ABOVE
    (around,) = points(area.attrib["d"])
    (below,), (above,) = points(low.attrib["d"]), points(high.attrib["d"])
    assert around == below + above[::-1]
    assert area.attrib["d"].endswith("z")
    assert (area.get("fill"), area.get("fill-opacity")) == (_ABOVE, "0.25")
    (middle,) = points(centre.attrib["d"])
    assert [y for _, y in middle] == near(*[y(40)] * 6)
    assert centre.get("stroke-dasharray")


def test_the_centre_may_have_steps() -> None:
    constant, column = chart([40, 41]), chart([40, 41], centre=[40, 40])
    assert ET.tostring(constant) == ET.tostring(column)
    svg = chart([40, 41], centre=[30, 50])
    y = heights(svg)
    (line,) = points(paths(svg)[3].attrib["d"])
    assert [y for _, y in line] == near(y(30), y(30), y(50), y(50))


def test_a_chart_may_have_neither_limits_nor_centre() -> None:
    svg = chart([40, 50], low=[NAN] * 2, high=[None] * 2, centre=None)
    assert len(paths(svg)) == 1
    assert notes(svg) == ["points", "● value"]
    assert titles(svg) == ["2020-01: 40.0", "2020-02: 50.0"]


@pytest.mark.parametrize("unknown", [NAN, None, INF, -INF, 1e300])
def test_what_is_unknown_leaves_a_gap(unknown: float | None) -> None:
    svg = chart([30, 40, unknown, 50, unknown, 20, 30])
    marked = [group.find(f"{SVG}circle") is not None for group in groups(svg)]
    assert marked == [True, True, False, True, False, True, True]
    places = [place(x, "cx") for x in svg.iter(f"{SVG}circle")]
    lines = points(paths(svg)[-1].attrib["d"])
    assert [[x for x, _ in line] for line in lines] == [places[:2], places[3:]]
    assert about(svg) == "7 periods, 2020-01 to 2020-07, values from 20.0 to 50.0"


def test_none_is_drawn_as_nan() -> None:
    for draw in (chart, trend, league, bridge):
        one, other = draw([30, None, 20]), draw([30, NAN, 20])
        assert ET.tostring(one) == ET.tostring(other)


def test_limits_are_cut_where_one_is_unknown() -> None:
    svg = chart([40, 70, 40, 40], low=[20, NAN, 30, 30], high=[60, 60, 60, INF])
    y = heights(svg)
    area, low, high, *_ = paths(svg)
    assert [len(x) for x in points(area.attrib["d"])] == [4, 8]
    assert [len(x) for x in points(low.attrib["d"])] == [2, 4]
    assert [len(x) for x in points(high.attrib["d"])] == [6]
    around = points(area.attrib["d"])[1]
    assert [y for _, y in around[4:]] == near(TOP, TOP, y(60), y(60))
    assert titles(svg)[3] == "2020-04: 40.0, limits 30.0 to inf"


def test_signals_differ_in_shape_weight_and_colour() -> None:
    svg = chart([30, 70, 45], signalled=[False, True, False])
    assert [group.find(f"{SVG}circle") is None for group in groups(svg)] == [
        False,
        True,
        False,
    ]
    diamond = groups(svg)[1].find(f"{SVG}path")
    assert diamond is not None
    left, y, *moves = figures(diamond.attrib["d"])
    assert (left + 7, y) == near(middles(svg, 3)[1], heights(svg)(70))
    assert moves == [7, -7, 7, 7, -7, 7]
    assert diamond.get("fill") == _BELOW
    assert diamond.get("stroke-width") == "1.5"
    assert notes(svg)[-1] == "◆ signal: 2020-02"
    assert titles(svg)[1] == "2020-02: 70.0, limits 20.0 to 60.0, signal"
    assert titles(svg)[2] == "2020-03: 45.0, limits 20.0 to 60.0"
    assert about(svg).endswith("values from 30.0 to 70.0; ◆ signal: 2020-02")


def test_what_is_unknown_is_no_signal() -> None:
    svg = chart([30, NAN, INF], signalled=[True] * 3)
    assert sum(x.find(f"{SVG}path") is not None for x in groups(svg)) == 1
    assert notes(svg)[-1] == "◆ signal: 2020-01"
    assert titles(svg)[1] == "2020-02: nothing known, limits 20.0 to 60.0"


def test_the_last_signals_are_named() -> None:
    assert notes(chart([40] * 6, signalled=[1] * 6))[-1] == (
        f"◆ signal: {', '.join(months(6))}"
    )
    assert notes(chart([40] * 8, signalled=[1] * 8))[-1] == (
        f"◆ signal: {', '.join(months(8)[2:])} ... and 2 more before them"
    )


def test_the_last_120_periods_are_shown() -> None:
    count = 300
    flags = [i in {3, 100, 299} for i in range(count)]
    svg = chart(range(count), labels=months(count), signalled=flags, notes=["last"])
    assert len(groups(svg)) == 120
    assert titles(svg)[0] == "2035-01: 180.0, limits 20.0 to 60.0"
    assert notes(svg)[1:] == [
        "... and 180 more before them",
        "● value; soft band: between the limits; dashed line: centre",
        "2 signals among those not shown",
        "◆ signal: 2044-12",
        "last",
    ]
    assert about(svg) == (
        "120 periods, 2035-01 to 2044-12, values from 180.0 to 299.0;"
        " 2 signals among those not shown; ◆ signal: 2044-12"
    )
    one = chart([40] * 121, signalled=[True] + [False] * 120)
    assert "1 signal among those not shown" in notes(one)
    whole = chart([40] * 120, signalled=[True] + [False] * 119)
    assert notes(whole)[-1] == "◆ signal: 2020-01"
    assert not any("more" in note for note in notes(whole))


def test_many_periods_have_small_dots_on_a_wide_plot() -> None:
    few, many = chart([40] * 50), chart([40] * 60)
    assert {place(x, "r") for x in few.iter(f"{SVG}circle")} == {3.5}
    assert {place(x, "r") for x in many.iter(f"{SVG}circle")} == {2.5}
    assert place(many, "width") == RIGHT + 24
    widest = chart([40] * 120)
    left = place(groups(widest)[0].find(f"{SVG}rect"), "x")
    assert place(widest, "width") - 24 == pytest.approx(left + 8 * 120)


def test_values_that_agree_lie_in_the_middle() -> None:
    same: dict[str, Any] = {"low": [NAN] * 3, "high": [NAN] * 3, "centre": None}
    for value in (0.0, 50.0, -50.0, 1e12):
        svg = chart([value] * 3, **same)
        marks = {place(x, "cy") for x in svg.iter(f"{SVG}circle")}
        assert marks == {(TOP + BOTTOM) / 2}
        written = [x.text for x in svg.iter(f"{SVG}text") if x.get("text-anchor")]
        assert len({*written}) == len(written)


def test_nothing_known_is_said() -> None:
    svg = chart([NAN, None], low=[NAN] * 2, high=[NAN] * 2, centre=NAN)
    assert notes(svg) == ["points", "no values known"]
    assert about(svg) == "2 periods, 2020-01 to 2020-02, nothing known"
    assert notes(chart([NAN]))[1] == (
        "no values known; soft band: between the limits; dashed line: centre"
    )


def test_the_axis_has_a_stronger_line_at_zero() -> None:
    svg = chart([-30, 50])
    every = svg.findall(f"{SVG}line")
    lines = {place(x, "y1"): x for x in every if place(x, "x2") == RIGHT}
    y = heights(svg)
    assert lines[round(y(0), 2)].get("stroke-opacity") == "0.7"
    assert lines[round(y(20), 2)].get("stroke-opacity") == "0.2"
    assert text_of(svg, "points").get("x") == "0"
    assert place(text_of(svg, "−40"), "x") == place(lines[BOTTOM], "x1") - 8


def test_one_points_anywhere_in_a_period() -> None:
    svg = chart([30, 50, 40])
    strips = [group.find(f"{SVG}rect") for group in groups(svg)]
    ends = [place(x, "x") + place(x, "width") for x in strips]
    assert ends == near(*[place(x, "x") for x in strips[1:]], RIGHT)
    for strip in strips:
        assert strip is not None
        assert (place(strip, "y"), place(strip, "height")) == (TOP, BOTTOM - TOP)
        assert strip.get("fill-opacity") == "0"


def test_marks_lie_above_lines_above_the_band_above_the_grid() -> None:
    svg = chart([30, 70, 45], signalled=[False, True, False])
    drawn = [x for x in svg if x.tag != f"{SVG}text"]
    kinds = [x.tag.removeprefix(SVG) for x in drawn]
    assert [kind for kind, _ in itertools.groupby(kinds)] == [
        *("title", "desc", "line", "path", "g")
    ]
    assert paths(svg)[0].get("fill-opacity") == "0.25"
    assert paths(svg)[-1].get("stroke-width") == "2"
    last = [x.tag for x in groups(svg)[1]][-1]
    assert last == f"{SVG}path"


# --- names of periods ------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "step"),
    [(1, 1), (5, 1), (24, 3), (30, 3), (48, 6), (90, 12), (60, 6), (120, 12)],
)
def test_months_are_named_at_equal_steps(count: int, step: int) -> None:
    svg = chart([40] * count)
    every = months(count)
    shown = [x.text or "" for x in names(svg)]
    last = [every[-1]] * (shown[-1] == every[-1] and shown[-1] not in every[::step])
    assert shown == every[::step] + last


def test_the_last_period_is_named_if_there_is_room() -> None:
    shown = [x.text for x in names(chart([40] * 60))]
    assert shown[-1] == "2024-07"
    shown = [x.text for x in names(chart([40] * 120))]
    assert shown[-2:] == ["2029-01", "2029-12"]
    few = chart([40] * 8, labels=[f"Week {i} of 2020" for i in range(8)])
    assert [x.text for x in names(few)] == [f"Week {i} of 2020" for i in (0, 2, 4, 6)]


def test_names_are_cut_before_they_are_left_out() -> None:
    label = "a very long name of a period"
    svg = chart([40] * 5, labels=[label] * 5)
    assert [x.text for x in names(svg)] == ["a very lo…a period"] * 5
    assert titles(svg)[0].startswith(f"{label}: 40.0")
    more = chart([40] * 7, labels=[label] * 7)
    assert [x.text for x in names(more)] == ["a very…eriod"] * 7
    alone = chart([40], labels=[label])
    assert [x.text for x in names(alone)] == ["a very long …of a period"]


@given(
    st.lists(st.tuples(texts, st.floats(0, 1e6)), min_size=1, max_size=130),
    st.sampled_from(["equal", "unequal"]),
)
@example([("W" * 24, float(i)) for i in range(12)], "unequal")
@example([("x", 0.0)] * 3, "unequal")
def test_names_never_touch(rows: list[tuple[str, float]], times: str) -> None:
    labels = [label for label, _ in rows]
    places = None if times == "equal" else sorted(x for _, x in rows)
    svg = trend([40.0] * len(rows), labels=labels, places=places)
    width = place(svg, "width") - 24
    spans = []
    for name in names(svg):
        half = _pixels(name.text or "") * 6 / 13
        spans.append((place(name, "x") - half, place(name, "x") + half))
    assert all(low >= -0.01 and high <= width + 0.01 for low, high in spans)
    assert all(b[0] - a[1] >= 9.98 for a, b in itertools.pairwise(spans))


def test_names_stand_at_ticks_below_their_places() -> None:
    svg = chart([40] * 60)
    ticks = [x for x in svg.findall(f"{SVG}line") if place(x, "y2") == BOTTOM + 5]
    assert [place(x, "x1") for x in ticks] == near(*middles(svg, 60)[::6])
    assert [place(x, "x") for x in names(svg)] == [place(x, "x1") for x in ticks]
    long = chart([40] * 60, labels=["M" * 12] * 60)
    first = names(long)[0]
    half = _pixels("M" * 12) * 6 / 13
    assert place(first, "x") == pytest.approx(half, abs=0.01)


# --- trends ----------------------------------------------------------------------


def test_a_trend_has_whiskers_line_and_band() -> None:
    svg = trend([30, 50, 45])
    y, middle = heights(svg), middles(svg, 3)
    for x, value, group in zip(middle, [30, 50, 45], groups(svg), strict=True):
        dot, whisker = group.find(f"{SVG}circle"), group.find(f"{SVG}path")
        assert (place(dot, "cx"), place(dot, "cy")) == near(x, y(value))
        assert whisker is not None
        low, high = y(value - 10), y(value + 20)
        assert figures(whisker.attrib["d"]) == near(
            *(x, low, high, x - 3.5, low, 7, x - 3.5, high, 7)
        )
        tags = [x.tag.removeprefix(SVG) for x in group]
        assert tags == ["title", "rect", "path", "circle"]
    band, line = paths(svg)
    (stretch,) = points(line.attrib["d"])
    assert [x for x, _ in stretch] == near(*middle)
    assert [y for _, y in stretch] == near(y(40), y(41), y(42))
    assert (line.get("stroke"), line.get("stroke-width")) == (_ABOVE, "2.5")
    (around,) = points(band.attrib["d"])
    assert [x for x, _ in around] == near(*middle, *middle[::-1])
    assert [y for _, y in around] == near(*map(y, (36, 37, 38, 44, 43, 42)))
    assert titles(svg)[0] == "2020-01: 30.0, interval 20.0 to 50.0, trend 40.0"
    assert notes(svg)[1] == (
        "● value; whisker: its interval; line: trend; soft band: its interval"
    )
    assert about(svg) == "3 periods, 2020-01 to 2020-03, values from 30.0 to 50.0"


def test_periods_may_be_unequally_far_from_each_other() -> None:
    even, svg = trend([30] * 4), trend([30] * 4, places=[2018, 2019, 2021, 2028])
    start, *_, end = [place(x, "cx") for x in even.iter(f"{SVG}circle")]
    expected = [start + (end - start) * share for share in (0, 0.1, 0.3, 1)]
    assert [place(x, "cx") for x in svg.iter(f"{SVG}circle")] == near(*expected)
    first, second = (group.find(f"{SVG}rect") for group in groups(svg)[:2])
    between = (expected[0] + expected[1]) / 2
    assert place(second, "x") == pytest.approx(between, abs=0.011)
    assert place(first, "width") == pytest.approx(
        between - place(first, "x"), abs=0.011
    )
    same = trend([30] * 2, places=[5.0, 5.0])
    assert len(groups(same)) == 2
    assert ET.tostring(trend([30] * 2, places=[5, 6])) == ET.tostring(trend([30] * 2))


def test_of_many_periods_the_last_places_are_shown() -> None:
    far = [-1e6] * 10 + [float(i) for i in range(120)]
    svg = trend([30.0] * 130, places=far)
    assert len(groups(svg)) == 120
    assert [place(x, "cx") for x in svg.iter(f"{SVG}circle")] == near(
        *(place(x, "cx") for x in trend([30.0] * 120).iter(f"{SVG}circle"))
    )
    assert notes(svg)[1] == "... and 10 more before them"


def test_what_is_unknown_in_a_trend_is_left_out() -> None:
    svg = trend(
        [30, NAN, 40, 50],
        low=[20, 20, NAN, -INF],
        high=[50, 60, 60, 70],
        fitted=[1, 2, NAN, 4],
        band_low=[0, NAN, 3, 3],
    )
    marks = [[x.tag.removeprefix(SVG) for x in group][2:] for group in groups(svg)]
    assert marks == [["path", "circle"], [], ["circle"], ["path", "circle"]]
    whisker = groups(svg)[3].find(f"{SVG}path")
    assert whisker is not None
    assert figures(whisker.attrib["d"])[1] == BOTTOM
    band, line = paths(svg)
    assert [len(x) for x in points(line.attrib["d"])] == [2]
    assert [len(x) for x in points(band.attrib["d"])] == [4]
    assert titles(svg) == [
        "2020-01: 30.0, interval 20.0 to 50.0, trend 1.0",
        "2020-02: nothing known, interval 20.0 to 60.0, trend 2.0",
        "2020-03: 40.0",
        "2020-04: 50.0, interval −inf to 70.0, trend 4.0",
    ]


def test_the_legend_of_a_trend_has_the_marks_that_are_there() -> None:
    alone = trend([30])
    assert paths(alone) == []
    assert notes(alone)[1] == "● value; whisker: its interval"
    bare = trend([30, 40], low=[NAN] * 2, band_low=[NAN] * 2)
    assert notes(bare)[1] == "● value; line: trend"
    assert notes(trend([NAN] * 2))[1] == (
        "no values known; line: trend; soft band: its interval"
    )


# --- league tables ---------------------------------------------------------------


def test_scores_lie_at_their_share_of_the_axis() -> None:
    svg = league([60, 45, 20])
    x = across(svg)
    for index, (score, row) in enumerate(zip([60, 45, 20], groups(svg), strict=True)):
        y = 66 + 24 * (index + 0.5)
        dot = row.find(f"{SVG}circle")
        assert (place(dot, "cx"), place(dot, "cy")) == near(x(score), y)
        raw, whisker = row.findall(f"{SVG}path")
        left, middle, *moves = figures(raw.attrib["d"])
        assert (left + 6, middle) == near(x(score + 5), y)
        assert moves == [6, -6, 6, 6, -6, 6]
        assert raw.get("fill") == "none"
        low, high = x(score - 10), x(score + 20)
        assert figures(whisker.attrib["d"]) == near(
            *(low, y, high, low, y - 4, 8, high, y - 4, 8)
        )
    assert words(groups(svg)[0]) == ["shop 1", "1 (1-9)", "60.0", "[50.0, 80.0]"]
    assert titles(svg)[0] == ("shop 1, 1 (1-9): 60.0, interval 50.0 to 80.0, raw 65.0")
    assert titles(league([50], ranks=[""])) == [
        "shop 1: 50.0, interval 40.0 to 70.0, raw 55.0"
    ]
    assert about(svg) == "3 rows, from shop 1, 60.0 to shop 3, 20.0"


def test_ranks_stand_between_names_and_plot() -> None:
    svg = league([60, 45])
    start = min(place(x, "x1") for x in svg.findall(f"{SVG}line"))
    rank = text_of(svg, "1 (1-9)")
    assert place(rank, "x") == place(text_of(svg, "rank"), "x")
    assert place(rank, "x") == pytest.approx(start - 10)
    name = text_of(svg, "shop 1")
    assert place(rank, "x") - _pixels("1 (1-9)") - place(name, "x") >= 19.9
    assert place(name, "x") - _pixels("shop 1") >= 0
    assert {rank.get("text-anchor"), name.get("text-anchor")} == {"end"}
    cut = league([60], ranks=["1 (between 1 and 7 of 9)"])
    assert "1 (betwe…7 of 9)" in words(cut)


def test_the_common_mean_is_a_dashed_line() -> None:
    svg = league([60, 45])
    (line,) = (x for x in svg.findall(f"{SVG}line") if x.get("stroke-dasharray"))
    assert place(line, "x1") == pytest.approx(across(svg)(40), abs=0.011)
    assert place(line, "x1") == place(line, "x2")
    assert (place(line, "y1"), place(line, "y2")) == (44, 66 + 48)
    assert place(text_of(svg, "mean 40.0"), "y") == 40
    for unknown in (None, NAN):
        bare = league([60, 45], mean=unknown)
        assert not any("mean" in word for word in words(bare))
        assert not any(x.get("stroke-dasharray") for x in bare.iter())


def test_the_mean_is_always_on_the_axis() -> None:
    svg = league([60, 45], mean=-200.0)
    (line,) = (x for x in svg.findall(f"{SVG}line") if x.get("stroke-dasharray"))
    assert place(line, "x1") == pytest.approx(across(svg)(-200), abs=0.011)


def test_scores_that_are_unknown_say_so() -> None:
    svg = league([60, NAN], raw=[NAN, 10])
    known, unknown = groups(svg)
    assert len(known.findall(f"{SVG}path")) == 1
    assert words(unknown) == ["shop 2", "2 (1-9)", "no answers"]
    assert unknown.find(f"{SVG}circle") is None
    assert len(unknown.findall(f"{SVG}path")) == 1
    assert titles(svg)[1] == "shop 2, 2 (1-9): nothing known, raw 10.0"
    assert about(svg).endswith("to shop 2, no answers")
    exact = league([60], low=[NAN], raw=[None])
    assert [x.tag for x in groups(exact)[0].findall(f"{SVG}path")] == []
    assert words(groups(exact)[0]) == ["shop 1", "1 (1-9)", "60.0"]


def test_the_legend_of_a_league_has_the_marks_that_are_there() -> None:
    assert notes(league([60])) == [
        "● score; whisker: its interval; ◇ raw score, as measured"
    ]
    assert notes(league([60], low=[NAN], raw=[NAN])) == ["● score"]
    assert notes(league([NAN], raw=[NAN])) == ["no scores known"]


def test_infinite_ends_reach_the_edge_and_infinite_scores_are_written() -> None:
    svg = league([60, INF], low=[-INF, 0], high=[INF, 1])
    _, whisker = groups(svg)[0].findall(f"{SVG}path")
    ticks = [place(x, "x1") for x in svg.findall(f"{SVG}line")]
    low, _, high, *_ = figures(whisker.attrib["d"])
    assert (low, high) == (min(ticks), max(ticks))
    assert words(groups(svg)[1]) == ["shop 2", "2 (1-9)", "inf", "[0.0, 1.0]"]
    assert groups(svg)[1].find(f"{SVG}circle") is None
    assert groups(svg)[1].find(f"{SVG}path") is None


def test_of_many_rows_the_first_and_the_last_are_shown() -> None:
    svg = league([200.0 - i for i in range(1061)], notes=["end"])
    assert [words(x)[0] for x in groups(svg)] == [
        f"shop {i}" for i in (*range(1, 31), *range(1032, 1062))
    ]
    gap = text_of(svg, "⋮ 1,001 more")
    assert place(gap, "y") == 66 + 24 * 30.5 + 4.5
    tops = [place(x.find(f"{SVG}circle"), "cy") for x in groups(svg)]
    assert (tops[0], tops[29], tops[30], tops[59]) == tuple(
        66 + 24 * (i + 0.5) for i in (0, 29, 31, 60)
    )
    assert notes(svg)[0] == "60 of 1,061 rows shown"
    assert notes(svg)[-1] == "end"
    assert about(svg) == "1,061 rows, from shop 1, 200.0 to shop 1061, −860.0"
    order = [*svg]
    assert (
        order.index(groups(svg)[29]) < order.index(gap) < order.index(groups(svg)[30])
    )


def test_sixty_rows_are_shown_without_a_gap() -> None:
    svg = league([50.0] * 60)
    assert len(groups(svg)) == 60
    assert not any("more" in word or "shown" in word for word in words(svg))
    assert len(groups(league([50.0] * 61))) == 60
    assert "⋮ 1 more" in words(league([50.0] * 61))


# --- bridges ---------------------------------------------------------------------


def bars(svg: ET.Element) -> list[tuple[float, float]]:
    """Return the ends of all bars."""
    rects = svg.iter(f"{SVG}rect")
    return [(place(x, "x"), place(x, "x") + place(x, "width")) for x in rects]


def test_bars_lie_end_to_end() -> None:
    svg = bridge([20, -5, 10])
    x = across(svg)
    assert x(0) == min(place(line, "x1") for line in svg.findall(f"{SVG}line"))
    expected = [(0, 40), (40, 60), (55, 60), (55, 65), (0, 65)]
    for bar, (low, high) in zip(bars(svg), expected, strict=True):
        assert bar == near(x(low), x(high))
    tops = [place(bar, "y") for bar in svg.iter(f"{SVG}rect")]
    assert tops == [34 + 24 * (i + 0.5) - 7 for i in range(5)]
    assert [words(row)[:2] for row in groups(svg)] == [
        ["before", "40.0"],
        ["change 1", "+20.0"],
        ["change 2", "−5.0"],
        ["change 3", "+10.0"],
        ["after", "65.0"],
    ]
    assert about(svg) == "before 40.0, after 65.0, 3 changes between them"
    assert notes(svg) == ["whisker: its interval"]


def test_the_sign_of_a_change_has_colour_and_word() -> None:
    svg = bridge([20, -5, 0.0, 0.04, -0.04])
    fills = [bar.get("fill") for bar in svg.iter(f"{SVG}rect")]
    assert fills == [
        *("currentColor", _ABOVE, _BELOW, "currentColor", _ABOVE, _BELOW),
        "currentColor",
    ]
    assert [bar.get("stroke") for bar in svg.iter(f"{SVG}rect")] == fills
    signs = [words(row)[1] for row in groups(svg)[1:-1]]
    assert signs == ["+20.0", "−5.0", "0.0", "0.0", "0.0"]
    (_, huge, _) = (words(x)[1] for x in groups(bridge([3e11], digits=0)))
    assert huge == "+3e+11"
    (_, whole, _) = (words(x)[1] for x in groups(bridge([30.0], digits=0)))
    assert whole == "+30"


def test_intervals_are_laid_where_their_change_begins() -> None:
    svg = bridge([20, -5], low=[15, None], high=[30, -1])
    x, (_, first, second, _) = across(svg), groups(svg)
    whisker = first.find(f"{SVG}path")
    assert whisker is not None
    low, y, high, *_ = figures(whisker.attrib["d"])
    assert (low, high) == near(x(55), x(70))
    assert y == 34 + 24 * 1.5
    assert words(first) == ["change 1", "+20.0", "[15.0, 30.0]"]
    assert second.find(f"{SVG}path") is None
    assert words(second) == ["change 2", "−5.0"]
    assert titles(svg) == [
        "before: 40.0",
        "change 1: +20.0 [15.0, 30.0]",
        "change 2: −5.0",
        "after: 55.0",
    ]
    bare = bridge([20, -5], low=[None] * 2, high=[None] * 2)
    assert notes(bare) == []


def test_whiskers_are_on_the_axis() -> None:
    svg = bridge([20], high=[300])
    whisker = groups(svg)[1].find(f"{SVG}path")
    assert whisker is not None
    assert figures(whisker.attrib["d"])[2] == pytest.approx(across(svg)(340), abs=0.02)


def test_links_lead_from_bar_to_bar() -> None:
    svg = bridge([20, NAN, -5])
    (links,) = paths(svg)
    x = across(svg)
    found = figures(links.attrib["d"])
    assert found[::3] == near(x(40), x(60), x(60), x(55))
    assert found[1::3] == [34 + 24 * (i + 0.5) for i in range(4)]
    assert found[2::3] == [24] * 4
    assert [*svg].index(links) < [*svg].index(groups(svg)[0])


@pytest.mark.parametrize(("sign", "edge"), [(1, min), (-1, max)])
def test_small_changes_need_no_zero(
    sign: int, edge: Callable[[list[float]], float]
) -> None:
    svg = bridge([sign * 3, sign * -1], start=sign * 40)
    x = across(svg)
    ticks = [place(line, "x1") for line in svg.findall(f"{SVG}line")]
    first, *_, last = bars(svg)
    assert [edge([*first]), edge([*last])] == near(edge(ticks), edge(ticks))
    assert sorted(first) == near(*sorted([edge(ticks), x(sign * 40)]))
    assert notes(svg)[0] == (
        "0 is not on the axis: compare changes, not the first and the last bar"
    )
    breaks = [row.findall(f"{SVG}path") for row in groups(svg)]
    assert [len(some) for some in breaks] == [1, 1, 1, 1]
    left, low, *_ = figures(breaks[0][0].attrib["d"])
    assert (left + 5, low) == (edge(ticks), 34 + 12 + 10)
    # It leaves some of the first bar.
    assert first[1] - first[0] > 20


def test_large_changes_need_zero() -> None:
    # Whiskers count: from 40 - 1 to 40 + 18.5 is a third of 58.5, no less.
    svg = bridge([16.5], low=[-1], high=[18.5])
    assert across(svg)(0) == min(place(x, "x1") for x in svg.findall(f"{SVG}line"))
    assert not any("axis" in note for note in notes(svg))
    assert groups(svg)[0].find(f"{SVG}path") is None
    less = bridge([16.5], low=[-1], high=[18.4])
    assert any("axis" in note for note in notes(less))
    across_zero = bridge([-41], start=40.5, low=[NAN], high=[NAN])
    assert not any("axis" in note for note in notes(across_zero))
    level = bridge([0.0], low=[0.0], high=[0.0])
    assert not any("axis" in note for note in notes(level))
    assert bars(level)[0][0] == min(place(x, "x1") for x in level.findall(f"{SVG}line"))


def test_an_unknown_change_has_no_bar_and_what_it_hides_is_said() -> None:
    svg = bridge([10, None, -20], end=35.0)
    assert len(bars(svg)) == 4
    row = groups(svg)[2]
    assert words(row) == ["change 2", "not known"]
    assert row.find(f"{SVG}path") is None
    assert "+5.0 of the difference is in no bar" in notes(svg)
    assert titles(svg)[2] == "change 2: not known"
    less = bridge([10, None], end=40.0)
    assert "−10.0 of the difference is in no bar" in notes(less)
    infinite = bridge([10, INF, -20])
    assert words(groups(infinite)[2])[:2] == ["change 2", "+inf"]
    assert [
        figures(x.attrib["d"]) for x in groups(infinite)[2].iter(f"{SVG}path")
    ] == []


def test_rounding_hides_nothing() -> None:
    for rest in (0.04, -0.04, 0.0):
        assert not any("difference" in x for x in notes(bridge([9], end=49 + rest)))
    huge = bridge([0.1] * 10, start=1e9, end=1e9 + 1.0000005, digits=7)
    assert not any("difference" in x for x in notes(huge))


@pytest.mark.parametrize(("start", "end"), [(None, 50.0), (40.0, None), (NAN, NAN)])
def test_ends_may_be_unknown(start: float | None, end: float | None) -> None:
    svg = bridge([10, -20], start=start, end=end)
    unknown = [start is None or math.isnan(start), end is None or math.isnan(end)]
    first, *_, last = groups(svg)
    assert ["not known" in words(row) for row in (first, last)] == unknown
    assert [row.find(f"{SVG}rect") is None for row in (first, last)] == unknown
    assert [words(row)[1] for row in groups(svg)[1:-1]] == ["+10.0", "−20.0"]
    assert len(bars(svg)) == (not unknown[0]) * 3 + (not unknown[1])
    assert not any("difference" in note for note in notes(svg))
    if unknown[0]:
        assert notes(svg) == []
        assert "before not known, after" in about(svg)


def test_a_bridge_without_changes_has_its_ends() -> None:
    svg = bridge([], ends=("May", "June"))
    assert [words(row) for row in groups(svg)] == [["May", "40.0"], ["June", "40.0"]]
    assert about(svg) == "May 40.0, June 40.0, 0 changes between them"
    assert about(bridge([1])).endswith("1 change between them")


def test_changes_beyond_the_cap_are_one_bar() -> None:
    svg = bridge([1.0] * 1057 + [NAN, INF], start=100.0)
    assert len(groups(svg)) == 60
    assert words(groups(svg)[57])[:2] == ["change 57", "+1.0"]
    rest = groups(svg)[58]
    assert words(rest) == ["... and 1,002 more, together", "+1,000.0"]
    assert rest.find(f"{SVG}path") is None
    x = across(svg)
    assert bars(svg)[58] == near(x(157), x(1157))
    assert not any("difference" in note for note in notes(svg))
    assert len(groups(bridge([1.0] * 58))) == 60
    assert words(groups(bridge([1.0] * 58))[58])[0] == "change 58"
    assert words(groups(bridge([1.0] * 59))[58])[0] == "... and 2 more, together"
    blank = bridge([1.0] * 57 + [NAN] * 9)
    assert words(groups(blank)[58]) == ["... and 9 more, together", "not known"]


# --- nothing to draw -------------------------------------------------------------


@pytest.mark.parametrize(
    ("svg", "said"),
    [
        (chart([], notes=["n"], title="T"), "no periods"),
        (trend([], notes=["n"], title="T"), "no periods"),
        (trend([], places=[], notes=["n"], title="T"), "no periods"),
        (league([], notes=["n"], title="T"), "no groups"),
    ],
)
def test_a_drawing_of_nothing_says_so(svg: ET.Element, said: str) -> None:
    assert words(svg) == ["T", said, "n"]
    assert (place(svg, "width"), place(svg, "height")) == (704, 84)


@pytest.mark.parametrize("draw", [chart, trend, league, bridge])
def test_columns_of_different_lengths_are_refused(draw: Callable[..., object]) -> None:
    for name in ("labels", "low", "high"):
        with pytest.raises(ValueError, match="zip"):
            draw([1.0, 2.0], **{name: ["1"]})


# --- any words and numbers -------------------------------------------------------


LOOKS = "fill fill-opacity stroke stroke-opacity stroke-width stroke-dasharray"
FONTS = "font-family font-size font-weight text-anchor"
FORMS = "x y x1 y1 x2 y2 cx cy r d width height viewBox"
HARMLESS = {*LOOKS.split(), *FONTS.split(), *FORMS.split()}
Draw = Callable[[str, int], str]


def full_chart(label: str, count: int) -> str:
    """Draw a chart of which all is known and everything differs."""
    steps = [i / 7 for i in range(count)]
    return _draw_inference.control_chart(
        [label] * count,
        [50 + x for x in steps],
        [40 - x for x in steps],
        [60 + 2 * x for x in steps],
        [50 + x / 3 for x in steps],
        [i % 2 > 0 for i in range(count)],
        title=label,
        axis_label=label,
        digits=2,
        notes=[label] * 12,
    )


def full_trend(label: str, count: int) -> str:
    """Draw a trend of which all is known and everything differs."""
    steps = [i / 7 for i in range(count)]
    return _draw_inference.trend(
        [label] * count,
        [50 + x for x in steps],
        [40 - x for x in steps],
        [60 + 2 * x for x in steps],
        [50 + x / 3 for x in steps],
        [49 + x / 3 for x in steps],
        [52 + x / 3 for x in steps],
        title=label,
        axis_label=label,
        digits=2,
        notes=[label] * 12,
        places=[x**2 for x in steps],
    )


def full_league(label: str, count: int) -> str:
    """Draw a league of which all is known and everything differs."""
    steps = [-1000 * i / 7 for i in range(count)]
    return _draw_inference.league_table(
        [label] * count,
        [50 + x for x in steps],
        [40 + x for x in steps],
        [60 + x / 2 for x in steps],
        [50 + 1.1 * x for x in steps],
        [label] * count,
        mean=-55.5,
        title=label,
        axis_label=label,
        digits=2,
        notes=[label] * 12,
    )


def full_bridge(label: str, count: int) -> str:
    """Draw a bridge of which all is known, with a break in the axis."""
    changes = [(-1) ** i * i / 7 for i in range(count)]
    return _draw_inference.bridge(
        [label] * count,
        changes,
        [x - 1 / 3 for x in changes],
        [x + 1 / 3 for x in changes],
        -1234.5,
        -1200.25,
        title=label,
        axis_label=label,
        digits=2,
        notes=[label] * 12,
        ends=(label, label),
    )


EVERY: list[Draw] = [full_chart, full_trend, full_league, full_bridge]


@pytest.mark.parametrize("draw", EVERY)
@given(texts)
@example("\x00\x1f\x7f\x9f\ud800\udfff\ufffe\uffff\t\n\v\f\r\x1c\x85\u2028")
def test_any_words_are_harmless(draw: Draw, label: str) -> None:
    svg = parse(draw(label, 2))
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == _clean(label)
    assert svg.findtext(f"{SVG}title") == _clean(label)
    attributes = {name for element in svg.iter() for name in element.attrib}
    assert attributes <= HARMLESS | {"role", "aria-label", "style"}
    tags = {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert tags <= {"svg", "title", "desc", "text", "g", "rect"} | {
        *("line", "circle", "path")
    }
    for element in svg.iter():
        assert not element.tail
        wordy = {f"{SVG}text", f"{SVG}title", f"{SVG}desc"}
        assert not element.text or element.tag in wordy
        assert not any("url(" in value for value in element.attrib.values())
        data = element.get("d", "M")
        assert re.fullmatch(r"([MLHVhlvz](-?\d+(\.\d+)?[ -]?)*)+", data), data
    paints = {x.get(name, "none") for x in svg.iter() for name in ("fill", "stroke")}
    assert paints <= {"currentColor", "none", _ABOVE, _BELOW}
    assert all(_clean(label) in title for title in titles(svg))


@pytest.mark.parametrize("draw", EVERY)
@pytest.mark.parametrize("char", ["&", '"', "👍", "\u0301", "M"])
def test_any_drawing_stays_below_100_kb(draw: Draw, char: str) -> None:
    for label in (char * 2_000, char * 34):
        assert len(draw(label, 300).encode()) < 100_000


@pytest.mark.parametrize("draw", EVERY)
def test_the_same_input_gives_the_same_string(draw: Draw) -> None:
    assert draw("shop", 41) == draw("shop", 41)


def spans(svg: ET.Element) -> list[tuple[float, float, float]]:
    """Return where texts lie: height, left and right, by the width that is kept free.

    Full capitals in bold are wider than what columns allow for; they are not looked at.
    """
    found = []
    for text in svg.iter(f"{SVG}text"):
        long = _pixels(text.text or "") * float(text.get("font-size", "13")) / 13
        back = {"end": long, "middle": long / 2}.get(text.get("text-anchor", ""), 0.0)
        left = place(text, "x") - back
        found.append((place(text, "y"), left, left + long))
    return found


@pytest.mark.parametrize("draw", EVERY)
@given(texts, st.integers(1, 14))
def test_all_places_lie_on_the_canvas(draw: Draw, label: str, count: int) -> None:
    svg = parse(draw(label, count))
    left, top, width, height = figures(svg.attrib["viewBox"])
    for element in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, "0")) <= width - 24
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, "0")) <= height - 20
    assert (left, top) == (-12, -10)


@pytest.mark.parametrize("draw", EVERY)
@given(st.sampled_from(["shop", "a shop with a long name in a street", *NASTY]))
def test_texts_do_not_overlap(draw: Draw, label: str) -> None:
    svg = parse(draw(label, 13))
    width = place(svg, "width") - 24
    notes_from = max(place(x, "y") for x in names(svg)) if names(svg) else INF
    texts_ = [x for x in spans(svg) if x[0] > 20 and x[0] <= notes_from + 5]
    by_height = itertools.groupby(sorted(texts_), key=lambda span: span[0])
    for _, members in by_height:
        for one, other in itertools.pairwise(sorted(members, key=lambda x: x[1])):
            assert one[2] <= other[1] + 0.02
    assert all(low >= -12 and high <= width + 12 for _, low, high in texts_)


@pytest.mark.parametrize("draw", [league, bridge])
def test_lines_stand_below_the_unit(draw: Callable[..., ET.Element]) -> None:
    svg, bare = draw([30.0]), draw([30.0], axis_label="")
    unit, line = text_of(svg, "points"), text_of(svg, notes(svg)[0])
    assert place(line, "y") - place(unit, "y") == 20
    assert place(text_of(bare, notes(bare)[0]), "y") == place(unit, "y") + 4


@pytest.mark.parametrize("draw", EVERY)
def test_places_have_two_decimals_at_most(draw: Draw) -> None:
    numeric = r' (?:x|y|x1|y1|x2|y2|cx|cy|r|d|width|height)="([^"]*)"'
    places = re.findall(numeric, draw("W" * 9, 7))
    found = [x for some in places for x in re.findall(r"[\d.]+", some)]
    assert len(found) > 60
    assert all(re.fullmatch(r"\d+(\.\d?[1-9])?", x) for x in found)


@given(
    st.lists(st.tuples(texts, *[numbers] * 6, st.booleans()), max_size=6),
    numbers,
    numbers,
)
def test_whatever_is_unknown_can_be_drawn(
    rows: list[tuple[Any, ...]], start: float | None, end: float | None
) -> None:
    every: Any = [*zip(*rows, strict=True)] or [()] * 8
    labels, *columns, flags = every
    look: dict[str, Any] = {"title": "T", "axis_label": "points", "digits": 1}
    a, b, c, d, e, f = columns
    drawn = [
        _draw_inference.control_chart(labels, a, b, c, d, flags, **look),
        _draw_inference.trend(labels, a, b, c, d, e, f, **look),
        _draw_inference.league_table(labels, a, b, c, d, labels, mean=end, **look),
        _draw_inference.bridge(labels, a, b, c, start, end, **look),
    ]
    for svg, ends in zip(map(parse, drawn), (0, 0, 0, 2), strict=True):
        assert len(groups(svg)) == len(rows) + ends
        for element in svg.iter():
            assert not any("nan" in x for k, x in element.items() if k != "aria-label")
