"""Tests of the drawings of many journeys: matrix, funnel, emotions, plan."""

import itertools
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from cxmkit import _draw_paths
from cxmkit._draw import _ABOVE, _BELOW, _clean, _pixels
from cxmkit._draw_paths import Mood

NAN = math.nan
SVG = "{http://www.w3.org/2000/svg}"
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
shares = st.just(NAN) | st.floats(0, 1)
feelings = st.just(NAN) | st.floats(-1, 1)


def parse(markup: str) -> ET.Element:
    """Parse what would be written to a file."""
    return ET.fromstring(markup.encode())  # noqa: S314  # our own output


def heat(values: Sequence[Sequence[float]], **options: Any) -> ET.Element:
    """Draw a matrix; rows are named a, b, ... and columns A, B, ... by default."""
    wide = len(values[0])
    rows = options.pop("rows", [chr(97 + i) for i in range(len(values))])
    columns = options.pop("columns", [chr(65 + i) for i in range(wide)])
    named = {"title": "Where next?"} | options
    return parse(_draw_paths.heat(rows, columns, values, **named))


def funnel(
    *steps: tuple[str, float, float, float, float], **options: Any
) -> ET.Element:
    """Draw steps of label, count, rate, low, high."""
    columns: Any = [*zip(*steps, strict=True)] or [()] * 5
    return parse(_draw_paths.funnel(*columns, **{"title": "How far?"} | options))


def counted(*counts: float) -> ET.Element:
    """Draw steps of which only counts are known."""
    return funnel(*(("step", count, NAN, NAN, NAN) for count in counts))


def emotions(*moods: Mood | float, **options: Any) -> ET.Element:
    """Draw moods, or means without a name."""
    named = [x if isinstance(x, Mood) else Mood(label="", mean=x) for x in moods]
    return parse(_draw_paths.emotions(named, **{"title": "How was it?"} | options))


def plan(
    rows: Sequence[tuple[str, str]],
    shares: Sequence[Sequence[float]],
    costs: Sequence[Sequence[float]] | None = None,
    **options: Any,
) -> ET.Element:
    """Draw deviations; kinds are named A, B, ... and costs unknown by default."""
    wide = len(shares[0])
    kinds = options.pop("kinds", [chr(65 + i) for i in range(wide)])
    effects = costs or [[NAN] * len(line) for line in shares]
    named = {"title": "As planned?"} | options
    return parse(_draw_paths.plan(rows, kinds, shares, effects, **named))


def place(element: ET.Element | None, name: str) -> float:
    """Return a coordinate."""
    assert element is not None
    return float(element.attrib[name])


def numbers(text: str) -> list[float]:
    """Return all numbers in the data of a path or in a transformation."""
    return [float(x) for x in re.findall(r"-?[\d.]+", text)]


def triples(path: ET.Element) -> list[tuple[float, float, float]]:
    """Return where the level strokes of a path begin, and how long they are."""
    every = numbers(path.attrib["d"])
    return [*zip(every[::3], every[1::3], every[2::3], strict=True)]


def words(element: ET.Element) -> list[str]:
    """Return all texts below an element, in order."""
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def text_of(svg: ET.Element, wanted: str) -> ET.Element:
    """Return the only text with some words."""
    (found,) = (x for x in svg.iter(f"{SVG}text") if x.text == wanted)
    return found


def titles(svg: ET.Element) -> list[str]:
    """Return all that appears where one points, without that of the drawing."""
    return [title.text or "" for title in svg.iter(f"{SVG}title")][1:]


def notes(svg: ET.Element) -> list[str]:
    """Return the lines below a drawing, which are its last texts at the left."""
    last: list[str] = []
    for text in reversed(svg.findall(f"{SVG}text")):
        if text.get("x") != "0" or text.get("font-size") != "12":
            break
        last.append(text.text or "")
    return last[::-1]


# --- a matrix of cells -----------------------------------------------------------


def shades(svg: ET.Element) -> dict[tuple[float, float], float]:
    """Return how opaque each cell is, by its left and middle."""
    layer = next(g for g in svg.findall(f"{SVG}g") if g.get("stroke-width") == "23")
    return {
        (x, y): place(path, "stroke-opacity")
        for path in layer
        for x, y, _ in triples(path)
    }


def targets(svg: ET.Element) -> list[ET.Element]:
    """Return what has words where one points into the matrix."""
    layer = next(g for g in svg.findall(f"{SVG}g") if g.get("stroke-opacity") == "0")
    return [*layer]


def target_words(svg: ET.Element) -> list[str]:
    return [path.findtext(f"{SVG}title") or "" for path in targets(svg)]


def figures(svg: ET.Element) -> list[str]:
    """Return what is printed into cells."""
    layers = (g for g in svg.findall(f"{SVG}g") if g.get("font-size") == "10")
    return [word for layer in layers for word in words(layer)]


def test_every_cell_says_what_it_is_the_largest_first() -> None:
    svg = heat([[0.25, 0], [NAN, 1]])
    assert target_words(svg) == [
        "b → B: 100%",
        "a → A: 25%",
        "b → A: nothing known",
        "a → B: 0%",
    ]
    assert notes(svg) == ["– nothing known"]


def test_cells_stand_in_their_row_below_their_column() -> None:
    svg = heat([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    by_place = sorted(
        (y, x, path.findtext(f"{SVG}title"))
        for path in targets(svg)
        for x, y, _ in [numbers(path.attrib["d"])]
    )
    assert [name for *_, name in by_place] == [
        "a → A: 10%",
        "a → B: 20%",
        "b → A: 30%",
        "b → B: 40%",
        "c → A: 50%",
        "c → B: 60%",
    ]
    (y, x, _), (_, right, _), (below, *_) = by_place[:3]
    assert (right - x, below - y) == (64, 24)
    assert place(text_of(svg, "a"), "y") == y + 4.5
    assert place(text_of(svg, "b"), "y") == below + 4.5
    assert [place(text_of(svg, c), "x") for c in "AB"] == [x + 36, right + 36]
    assert shades(svg).keys() == {(x, y) for y, x, _ in by_place}


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_larger_values_are_darker(values: list[float]) -> None:
    svg = heat([values])
    there = [value for value in values if value > 0]
    opacities = [opacity for _, opacity in sorted(shades(svg).items())]
    assert len(opacities) == len(there)
    for (a, dark), (b, other) in itertools.permutations(
        zip(there, opacities, strict=True), 2
    ):
        assert dark <= other or a > b
        assert dark < other or b < a + 0.1 * max(there)
    assert all(0.05 < dark <= 0.8 for dark in opacities)


def test_the_scale_says_which_shade_is_which_value() -> None:
    svg = heat([[0.5, 0.1]])
    boxes = svg.findall(f"{SVG}rect")
    assert [place(box, "fill-opacity") for box in boxes] == [
        0.2,
        0.35,
        0.5,
        0.65,
        0.8,
    ]
    below = [x for x in svg.findall(f"{SVG}text") if x.get("text-anchor") == "middle"]
    assert [x.text for x in below] == ["10%", "20%", "30%", "40%", "50%"]
    assert sorted(shades(svg).values()) == [0.2, 0.8]


@pytest.mark.parametrize("values", [[[0.0, 0.0]], [[NAN, NAN]], [[NAN, 0]]])
def test_a_matrix_of_nothing_has_neither_shades_nor_scale(
    values: list[list[float]],
) -> None:
    svg = heat(values)
    assert (shades(svg), svg.findall(f"{SVG}rect"), figures(svg)) == ({}, [], [])
    assert len(targets(svg)) == 2


def test_negligible_values_are_not_printed() -> None:
    assert figures(heat([[0.8, 0.041, 0.04, 0.0, NAN]])) == ["80%", "4%"]


def test_a_figure_is_printed_where_it_fits() -> None:
    def printed(count: int, form: str) -> bool:
        return bool(figures(heat([[1.0, *[0.0] * (count - 1)]], shown=form)))

    assert printed(31, "{:.0%}")
    assert not printed(31, "{:.1%}")
    assert printed(8, "{:.1%}")
    assert not printed(1, "{:.9%}")


def test_cells_shrink_with_their_number_down_to_a_least_width() -> None:
    def width(count: int) -> float:
        path, *_ = targets(heat([[0.5] * count]))
        return numbers(path.attrib["d"])[2] + 1

    widths = [width(count) for count in (1, 10, 11, 12, 21, 22, 40)]
    assert widths == [64, 64, 59, 54, 31, 30, 30]


def test_what_rows_and_columns_are_is_said_beside_both() -> None:
    svg = heat([[0.5]], row_label="from", column_label="to")
    down, across = text_of(svg, "from ↓"), text_of(svg, "to →")
    assert place(down, "x") == place(across, "x") == place(text_of(svg, "a"), "x")
    assert place(across, "y") < place(down, "y") < place(text_of(svg, "a"), "y")
    assert not {"↓", "→"} & {x[-1] for x in words(heat([[0.5]]))}
    wide = text_of(heat([[0.5]], row_label="M" * 12), "M" * 12 + " ↓")
    assert place(wide, "x") >= _pixels(wide.text or "")


@given(st.lists(texts, min_size=1, max_size=6))
def test_names_of_columns_lean_and_stay_on_the_canvas(names: list[str]) -> None:
    svg = heat([[0.5] * len(names)], columns=names)
    leaning = [x for x in svg.iter(f"{SVG}text") if "transform" in x.attrib]
    assert len(leaning) == sum(bool(name) for name in names)
    for text in leaning:
        turn, x, y = numbers(text.attrib["transform"])
        assert (turn, x, y) == (-50, place(text, "x"), place(text, "y"))
        long = _pixels(text.text or "") * 11 / 13
        assert x + long * math.cos(math.radians(50)) <= place(svg, "width") - 24
        assert y - long * math.sin(math.radians(50)) >= 34


def test_a_shortened_name_is_whole_where_one_points() -> None:
    name = "recommendation to other families"
    svg = heat([[0.5]], rows=[name], columns=[name])
    assert words(svg).count("recommendati…er families") == 2
    assert titles(svg)[:2] == [name, name]
    assert target_words(svg) == [f"{name} → {name}: 50%"]


def test_rows_and_columns_are_capped_and_the_rest_is_counted() -> None:
    names = [str(i) for i in range(1041)]
    values = [[float(i == j) for j in range(41)] for i in range(1041)]
    svg = heat(values, rows=names, columns=names[:41], notes=["last"])
    assert notes(svg) == ["40 of 1,041 rows shown", "40 of 41 columns shown", "last"]
    assert len(shades(svg)) == 40
    assert "40" not in words(svg)
    fits = heat([[1.0] * 40] * 40, rows=names[:40], columns=names[:40])
    assert "where one points" in notes(fits)[0]
    assert len(shades(fits)) == 1600


def test_cells_of_a_crowded_matrix_share_words_by_row() -> None:
    names = [f"touchpoint number {i}" for i in range(40)]
    values = [[(40 * i + j + 1) / 1600 for j in range(40)] for i in range(40)]
    svg = heat(values, rows=names, columns=names)
    own = [x for x in target_words(svg) if "→ touchpoint" in x]
    others = [x for x in target_words(svg) if "→ others" in x]
    assert own[0] == f"{names[39]} → {names[39]}: 100%"
    assert 300 < len(own) < 1300
    assert len(own) + len(others) == len(targets(svg))
    assert others[0] == "touchpoint number 0 → others: up to 2%"
    silent = 1600 - len(own)
    assert len(others) == math.ceil(silent / 40)
    said = f"where one points, the smallest {silent:,} shaded cells share words by row"
    assert notes(svg) == [said]
    last = numbers(targets(svg)[0].attrib["d"])
    assert (last[0], last[2]) == (min(x for x, _ in shades(svg)), last[0] + 1200)


def test_empty_cells_that_share_words_are_nothing_left_out() -> None:
    names = ["t" * 24 + str(i) for i in range(40)]
    values = [[float(i == j) for j in range(40)] for i in range(40)]
    values[39] = [NAN] * 40
    svg = heat(values, rows=names, columns=names)
    assert f"{names[38]} → others: 0%" in target_words(svg)
    assert f"{names[39]} → {names[0]}: nothing known" in target_words(svg)
    assert notes(svg) == ["– nothing known"]


def test_shared_words_tell_unknown_from_zero() -> None:
    names = ["t" * 24 + str(i) for i in range(40)]
    values = [[0.0] + [NAN] * 39 for _ in range(39)] + [[NAN] * 40]
    shared = target_words(heat(values, rows=names, columns=names))
    assert f"{names[38]} → others: 0% or nothing known" in shared
    assert f"{names[39]} → others: nothing known" in shared


# --- funnels ---------------------------------------------------------------------


def bars(svg: ET.Element) -> list[float]:
    """Return the lengths of the bars."""
    return [place(rect, "width") for rect in svg.iter(f"{SVG}rect")]


def test_bars_are_as_long_as_their_counts() -> None:
    svg = counted(1200, 900, 300, 0)
    longest, *others = bars(svg)
    assert longest >= 260
    assert others == pytest.approx([longest * 0.75, longest * 0.25, 0], abs=0.01)
    assert len({rect.attrib["x"] for rect in svg.iter(f"{SVG}rect")}) == 1


def test_a_later_step_may_be_the_largest() -> None:
    first, longest = bars(counted(100, 400))
    assert first == pytest.approx(longest / 4, abs=0.01)


def test_a_step_is_written_beside_its_bar() -> None:
    svg = funnel(("shop", 1203.4, 0.625, 0.6, 0.65), ("hotline", 7, NAN, NAN, NAN))
    first, second = svg.findall(f"{SVG}g")
    assert words(first) == ["shop", "1,203", "62.5%"]
    assert words(second) == ["hotline", "7"]
    assert [x.findtext(f"{SVG}title") for x in (first, second)] == [
        "shop: 1,203, 62.5% of the first step [60.0%, 65.0%]",
        "hotline: 7",
    ]
    bar = first.find(f"{SVG}rect")
    assert place(text_of(first, "1,203"), "x") == pytest.approx(
        place(bar, "x") + place(bar, "width") + 8
    )


def test_between_two_bars_stands_who_went_on() -> None:
    svg = counted(1000, 500, 600, 0, 3, NAN, 4)
    *between, legend = [x for x in words(svg) if x.startswith("↓")]
    assert notes(svg) == [legend] == ["↓ went on from the step before"]
    assert between == ["↓ 50.0%", "↓ 120.0%", "↓ 0.0%"]
    areas = svg.findall(f"{SVG}path")
    assert len(areas) == 3
    rects = [*svg.iter(f"{SVG}rect")]
    for area, upper, lower in zip(areas, rects[:3], rects[1:4], strict=True):
        left, top, right, end, low, back = numbers(area.attrib["d"])
        assert left == back == place(upper, "x")
        assert top == place(upper, "y") + 18
        assert low == place(lower, "y")
        assert right - left == pytest.approx(place(upper, "width"), abs=0.02)
        assert end - left == pytest.approx(place(lower, "width"), abs=0.02)


def test_a_share_lies_between_the_ends_of_its_interval() -> None:
    svg = funnel(
        ("a", 4, 1.0, 0.5, 1.5), ("b", 2, 0.5, 0.25, 0.75), ("c", 1, 0.25, NAN, 0.5)
    )
    grid = {x.text: place(x, "x") for x in svg.findall(f"{SVG}text")}
    zero, whole = grid["0%"], grid["100%"]
    assert grid["50%"] == (zero + whole) / 2 == grid["share of the first step"]
    assert whole - zero == pytest.approx(150)
    dots = [place(x, "cx") for x in svg.iter(f"{SVG}circle")]
    assert dots == pytest.approx([zero + 150 * x for x in (1, 0.5, 0.25)], abs=0.01)
    lines = [
        [(place(x, "x1"), place(x, "x2")) for x in group.iter(f"{SVG}line")]
        for group in svg.findall(f"{SVG}g")
    ]
    low, high = lines[1][0]
    assert (low, high) == pytest.approx((zero + 37.5, zero + 112.5), abs=0.02)
    assert lines[1][1:] == [(low, low), (high, high)]
    assert lines[0][0][1] == whole
    assert lines[2] == []


def test_a_step_of_which_nothing_is_known_has_its_name() -> None:
    svg = funnel(("shop", NAN, NAN, NAN, NAN))
    assert words(svg.findall(f"{SVG}g")[0]) == ["shop", "–"]
    assert (bars(svg), [*svg.iter(f"{SVG}circle")]) == ([], [])
    assert bars(counted(0)) == [0]


def test_steps_are_capped_and_the_rest_is_counted() -> None:
    steps = [(str(i), 1.0, 1.0, 1.0, 1.0) for i in range(1061)]
    svg = funnel(*steps, notes=["last"])
    assert len(svg.findall(f"{SVG}g")) == 60
    first, *_, last = notes(svg)
    assert (first, last) == ("... and 1,001 more", "last")
    assert len(notes(funnel(*steps[:60]))) == 1
    assert notes(funnel(steps[0])) == []


def test_bars_shrink_for_long_names_and_the_drawing_grows() -> None:
    short, long = (funnel((x, 1e9, 1.0, 1.0, 1.0)) for x in ("a", "M" * 34))
    assert bars(long) == [260]
    assert bars(short)[0] > 260
    assert place(long, "width") > place(short, "width")


# --- emotions --------------------------------------------------------------------


def dots(svg: ET.Element) -> list[tuple[float, float]]:
    return [(place(x, "cx"), place(x, "cy")) for x in svg.iter(f"{SVG}circle")]


def strokes(svg: ET.Element) -> list[ET.Element]:
    """Return the parts of the curve."""
    return svg.findall(f"{SVG}path")


def test_a_mood_has_a_dot_a_whisker_and_a_soft_bar() -> None:
    mood = Mood(
        label="shop", mean=0.5, low=0.25, high=0.75, quarter=-0.5, three_quarters=1
    )
    svg = emotions(mood)
    ((x, y),) = dots(svg)
    assert y == 112.5
    stem, *caps = (x for x in svg.findall(f"{SVG}line") if x.get("stroke-width"))
    ends = [place(stem, name) for name in ("x1", "y1", "x2", "y2")]
    assert ends == [x, 133.75, x, 91.25]
    assert [(place(c, "x1"), place(c, "y1"), place(c, "x2")) for c in caps] == [
        (x - 4, 133.75, x + 4),
        (x - 4, 91.25, x + 4),
    ]
    (bar,) = svg.findall(f"{SVG}rect")
    assert place(bar, "x") + place(bar, "width") / 2 == x
    assert (place(bar, "y"), place(bar, "height")) == (69, 129.5)
    assert notes(svg) == [
        "● mean, whisker: its interval, soft bar: the middle half of the answers"
    ]


def test_only_what_is_known_is_drawn_and_explained() -> None:
    no_end = emotions(Mood(label="", mean=0.5, low=0.1))
    assert len([x for x in no_end.iter(f"{SVG}line") if x.get("stroke-width")]) == 0
    assert notes(no_end) == ["● mean"]
    no_mean = emotions(Mood(label="", mean=NAN, low=0, high=1, three_quarters=1))
    assert (dots(no_mean), [*no_mean.iter(f"{SVG}rect")]) == ([], [])
    assert len([*no_mean.iter(f"{SVG}line")]) == 3
    assert notes(no_mean) == ["nothing known"]
    spread = emotions(Mood(label="", mean=NAN, quarter=0, three_quarters=0))
    assert [place(x, "height") for x in spread.iter(f"{SVG}rect")] == [2]
    assert notes(spread) == ["soft bar: the middle half of the answers"]


def test_axis_and_bands_are_those_of_a_curve() -> None:
    moods = [Mood(label="x", mean=0, band=band) for band in ("need", "need", "use")]
    svg = emotions(*moods)
    assert [x for x in words(svg) if x not in {"x", "● mean"}] == [
        "How was it?",
        "need",
        "use",
        "worst",
        "neutral",
        "best",
    ]
    assert titles(svg) == ["need", "use", "x", "x", "x"]
    heights = [place(x, "y1") for x in svg.findall(f"{SVG}line")]
    assert heights == [240, 155, 70]


def test_a_mood_says_what_it_is() -> None:
    svg = emotions(Mood(label="shop", mean=-0.5, details="−0.50 of 12 answers"))
    assert titles(svg) == ["shop, −0.50 of 12 answers"]
    assert [x.attrib["fill"] for x in svg.iter(f"{SVG}circle")] == [_BELOW]


@given(st.lists(feelings, min_size=1, max_size=8))
def test_the_curve_stays_within_its_points(means: list[float]) -> None:
    svg = emotions(*means)
    known = [i for i, mean in enumerate(means) if not math.isnan(mean)]
    gaps = [*itertools.pairwise(known)]
    ends = itertools.pairwise(dots(svg))
    assert len(strokes(svg)) == len(gaps)
    for path, (i, j), (start, end) in zip(strokes(svg), gaps, ends, strict=True):
        x0, y0, x1, y1, x2, y2, x3, y3 = numbers(path.attrib["d"])
        assert ((x0, y0), (x3, y3)) == (start, end)
        assert (y1, y2) == (y0, y3)  # level handles: monotone between its ends
        assert x0 <= x1 == x2 <= x3
        assert (path.get("stroke-dasharray") is None) == (j == i + 1)


def test_thirty_touchpoints_can_be_told_apart() -> None:
    svg = emotions(*[Mood(label="touchpoint", mean=0.0)] * 30)
    xs = [x for x, _ in dots(svg)]
    assert {round(b - a, 2) for a, b in itertools.pairwise(xs)} == {30}
    assert place(svg, "width") <= 1200


def test_moods_are_capped_and_the_rest_is_counted() -> None:
    svg = emotions(*[0.5] * 1041, notes=["last"])
    assert len(dots(svg)) == 40
    assert notes(svg) == ["... and 1,001 more", "● mean", "last"]
    assert notes(emotions(*[0.5] * 40)) == ["● mean"]


@given(st.lists(texts, min_size=1, max_size=5))
def test_names_of_moods_lean_and_stay_on_the_canvas(names: list[str]) -> None:
    svg = emotions(*(Mood(label=name, mean=0) for name in names))
    leaning = [x for x in svg.iter(f"{SVG}text") if "transform" in x.attrib]
    for text in leaning:
        long = _pixels(text.text or "")
        assert place(text, "x") >= long * math.cos(math.radians(38)) - 0.02
        deep = 258 + long * math.sin(math.radians(38))
        assert deep + 10 < place(svg.findall(f"{SVG}text")[-1], "y")


# --- plans -----------------------------------------------------------------------


def deviations(svg: ET.Element) -> list[list[float]]:
    """Return the lengths of the bars, by row."""
    rows = [g for g in svg.findall(f"{SVG}g") if g.find(f"{SVG}g") is not None]
    return [
        [x for path in row.findall(f"{SVG}path") for *_, x in triples(path)]
        for row in rows
    ]


def test_bars_have_one_scale_for_all_kinds() -> None:
    svg = plan([("", "a"), ("", "b")], [[0.31, 0.155], [0.0, NAN]])
    assert deviations(svg) == [[43.4, 21.7], []]
    assert words(svg).count("40%") == 2
    whole = plan([("", "a")], [[1.0, 0.5]])
    assert deviations(whole) == [[56, 28]]
    assert "100%" in words(whole)
    assert deviations(plan([("", "a")], [[0.3]])) == [[56]]
    for nothing in ([[0.0]], [[NAN]]):
        assert deviations(plan([("", "a")], nothing)) == [[]]
        assert "10%" in words(plan([("", "a")], nothing))


def test_bars_begin_at_zero_below_their_heading() -> None:
    svg = plan([("", "a")], [[0.5, 0.25]], kinds=["skipped", "repeated"])
    starts = [place(text_of(svg, name), "x") for name in ("skipped", "repeated")]
    zeros = [place(x, "x") for x in svg.iter(f"{SVG}text") if x.text == "0"]
    lines = [place(x, "x1") for x in svg.iter(f"{SVG}line")]
    row = svg.findall(f"{SVG}g")[-1]
    path = row.find(f"{SVG}path")
    assert path is not None
    begun = [x for x, *_ in triples(path)]
    assert starts == zeros == lines[::2] == begun
    assert lines[1::2] == [x + 56 for x in starts]


@pytest.mark.parametrize(
    ("share", "words_"),
    [
        (0.0, "0%"),
        (0.001, "<1%"),
        (0.0049, "<1%"),
        (0.0051, "1%"),
        (0.254, "25%"),
        (1.0, "100%"),
        (NAN, "–"),
    ],
)
def test_shares_are_written_in_whole_percent(share: float, words_: str) -> None:
    row = plan([("", "a")], [[share]]).findall(f"{SVG}g")[-1]
    assert words(row) == ["a", words_]
    faded = text_of(row, words_).get("fill-opacity")
    assert faded == (None if share > 0 else "0.45")


@pytest.mark.parametrize(
    ("cost", "words_", "colour"),
    [
        (-0.314, "−0.31", _BELOW),
        (0.12, "+0.12", _ABOVE),
        (1.0, "+1.00", _ABOVE),
        (0.001, "0.00", None),
        (-0.001, "0.00", None),
        (0.0, "0.00", None),
        (-0.0, "0.00", None),
    ],
)
def test_effects_have_the_colour_of_their_side(
    cost: float, words_: str, colour: str | None
) -> None:
    row = plan([("", "a")], [[0.5]], [[cost]]).findall(f"{SVG}g")[-1]
    assert words(row) == ["a", "50%", words_]
    assert text_of(row, words_).get("fill") == colour


def test_what_was_felt_stands_below_its_heading() -> None:
    svg = plan([("", "a")], [[0.5, 0.25]], [[-0.3, 0.4]], kinds=["A", "B"])
    headings = [x for x in svg.iter(f"{SVG}text") if x.text == "felt"]
    row = svg.findall(f"{SVG}g")[-1]
    felt = [text_of(row, words_) for words_ in ("−0.30", "+0.40")]
    assert [place(x, "x") for x in headings] == [place(x, "x") for x in felt]


def test_effects_that_may_be_noise_have_no_colour() -> None:
    drawn = _draw_paths.plan(
        [("", "a")],
        ["skipped", "repeated"],
        [[0.5, 0.5]],
        [[-0.3, -0.4]],
        title="As planned?",
        sure=[[True, False]],
    )
    row = parse(drawn).findall(f"{SVG}g")[-1]
    colours = [text_of(row, words_).get("fill") for words_ in ("−0.30", "−0.40")]
    assert colours == [_BELOW, None]


def test_a_stage_is_named_where_it_begins() -> None:
    rows = [("need", "a"), ("need", "b"), ("", "c"), ("use", "d"), ("need", "e")]
    svg = plan(rows, [[0.5]] * 5)
    heights = {x.text: place(x, "y") for x in svg.iter(f"{SVG}text")}
    named = [
        (x.text, place(x, "y")) for x in svg.iter(f"{SVG}text") if x.get("x") == "0"
    ]
    assert named == [
        ("As planned?", 17),
        ("need", heights["a"] - 0.5),
        ("use", heights["d"] - 0.5),
        ("need", heights["e"] - 0.5),
    ]
    lines = svg.find(f"{SVG}path")
    assert lines is not None
    begun = [y for _, y, _ in triples(lines)]
    assert begun == [heights[name] - 16.5 for name in "acde"]


def test_rows_and_kinds_are_capped_and_the_rest_is_counted() -> None:
    rows = [(str(i // 10), str(i)) for i in range(1061)]
    svg = plan(rows, [[0.5] * 8] * 1061, [[0.5] * 8] * 1061, notes=["last"])
    assert len(deviations(svg)) == 60
    assert {len(some) for some in deviations(svg)} == {6}
    assert words(svg).count("50%") == 360 + 6  # and the ends of the scales
    assert words(svg).count("+0.50") == 360
    assert notes(svg) == ["... and 1,001 more", "6 of 8 kinds shown", "last"]
    assert notes(plan(rows[:60], [[0.5] * 6] * 60)) == []


def test_a_name_is_whole_where_one_points() -> None:
    stage, label, kind = "s" * 17, "l" * 31, "k" * 19
    svg = plan([(stage, label)], [[0.5]], kinds=[kind])
    assert titles(svg) == [kind, stage, label]
    assert {"sssssss…" + "s" * 7, "l" * 15 + "…" + "l" * 14} & {*words(svg)}


def test_a_plan_grows_with_its_kinds() -> None:
    few, many = (plan([("", "a")], [[0.5] * count]) for count in (1, 6))
    assert place(few, "width") == 704
    edge = max(place(x, "x1") for x in many.iter(f"{SVG}line"))
    assert place(many, "width") - 24 > edge + 80


# --- nothing to draw -------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (_draw_paths.heat([], [], [], title="T", notes=["n"]), "no cells"),
        (_draw_paths.heat(["a"], [], [[]], title="T", notes=["n"]), "no cells"),
        (_draw_paths.heat([], ["a"], [], title="T", notes=["n"]), "no cells"),
        (_draw_paths.funnel([], [], [], [], [], title="T", notes=["n"]), "no steps"),
        (_draw_paths.emotions([], title="T", notes=["n"]), "no touchpoints"),
        (
            _draw_paths.plan([], ["a"], [], [], title="T", notes=["n"]),
            "nothing planned to compare with",
        ),
        (
            _draw_paths.plan([("", "a")], [], [[]], [[]], title="T", notes=["n"]),
            "nothing planned to compare with",
        ),
    ],
)
def test_a_drawing_of_nothing_says_so(drawn: str, said: str) -> None:
    svg = parse(drawn)
    assert words(svg) == ["T", said, "n"]
    assert (place(svg, "width"), place(svg, "height")) == (704, 84)


# --- any words -------------------------------------------------------------------


LOOKS = "fill fill-opacity stroke stroke-opacity stroke-width stroke-dasharray"
FONTS = "font-family font-size font-weight text-anchor transform"
FORMS = "x y x1 y1 x2 y2 cx cy r rx d width height viewBox"
HARMLESS = {*LOOKS.split(), *FONTS.split(), *FORMS.split()}
Draw = Callable[[str, int], str]


def full_heat(label: str, count: int) -> str:
    """Draw a matrix of which every cell is known and shaded."""
    values = [
        [(i * count + j + 1) / count**2 for j in range(count)] for i in range(count)
    ]
    return _draw_paths.heat(
        [label] * count,
        [label] * count,
        values,
        title=label,
        row_label=label,
        column_label=label,
        notes=[label] * count,
    )


def full_funnel(label: str, count: int) -> str:
    """Draw steps of which all is known."""
    thirds = [1 / 3] * count
    counts = [1e8 / (i + 3) for i in range(count)]
    columns = (counts, thirds, thirds, thirds)
    return _draw_paths.funnel(
        [label] * count, *columns, title=label, notes=[label] * count
    )


def full_emotions(label: str, count: int) -> str:
    """Draw moods of which all is known, each on a band of its own."""
    moods = [
        Mood(
            label=label,
            mean=1 / 3,
            low=1 / 7,
            high=0.7,
            quarter=-1 / 3,
            three_quarters=0.8,
            band=f"{label}{i}",
            details=label,
        )
        for i in range(count)
    ]
    return _draw_paths.emotions(moods, title=label, notes=[label] * count)


def full_plan(label: str, count: int) -> str:
    """Draw deviations of which all is known, each row in a stage of its own."""
    rows = [(f"{i}{label}", label) for i in range(count)]
    kinds, line = [label] * min(count, 9), [1 / 3] * min(count, 9)
    return _draw_paths.plan(
        rows,
        kinds,
        [line] * count,
        [[-x for x in line]] * count,
        title=label,
        notes=[label] * count,
    )


EVERY: list[Draw] = [full_heat, full_funnel, full_emotions, full_plan]


@pytest.mark.parametrize("draw", EVERY)
@given(texts)
@example("\x00\x1f\x7f\x9f\ud800\udfff\ufffe\uffff\t\n\v\f\r\x1c\x85\u2028")
def test_any_words_are_harmless(draw: Draw, label: str) -> None:
    svg = parse(draw(label, 2))
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == _clean(label)
    names = {name for element in svg.iter() for name in element.attrib}
    assert names <= HARMLESS | {"role", "aria-label", "style"}
    tags = {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert tags <= {"svg", "title", "text", "g", "line", "rect", "circle", "path"}
    for element in svg.iter():
        assert not element.tail
        assert not element.text or element.tag in {f"{SVG}text", f"{SVG}title"}
        assert not any("url(" in value for value in element.attrib.values())
        data = element.get("d", "M")
        assert re.fullmatch(r"([MCHVLhz](-?\d+(\.\d+)?[ -]?)*)+", data), data
    paints = {x.get(name, "none") for x in svg.iter() for name in ("fill", "stroke")}
    assert paints <= {"currentColor", "none", _ABOVE, _BELOW}
    if label:
        assert any(_clean(label) in title for title in titles(svg))


@pytest.mark.parametrize("draw", EVERY)
@pytest.mark.parametrize("char", ["&", '"', "👍", "\u0301", "M"])
def test_any_drawing_stays_below_100_kb(draw: Draw, char: str) -> None:
    for label in (char * 400, char * 24):
        assert len(draw(label, 99).encode()) < 100_000


def test_even_sparse_matrices_stay_below_100_kb() -> None:
    label = '"' * 60
    for value in (0.0, NAN):
        values = [[value] * 40] * 40
        drawn = _draw_paths.heat([label] * 40, [label] * 40, values, title=label)
        assert len(drawn.encode()) < 100_000


@pytest.mark.parametrize("draw", EVERY)
def test_the_same_input_gives_the_same_string(draw: Draw) -> None:
    assert draw("shop", 41) == draw("shop", 41)


@pytest.mark.parametrize("draw", EVERY)
@given(texts, st.integers(1, 7))
def test_all_places_lie_on_the_canvas(draw: Draw, label: str, count: int) -> None:
    svg = parse(draw(label, count))
    width, height = place(svg, "width"), place(svg, "height")
    for element in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, "0")) <= width - 24
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, "0")) <= height - 20


@pytest.mark.parametrize("draw", EVERY)
def test_places_have_two_decimals_at_most(draw: Draw) -> None:
    numeric = r' (?:[xy][12]?|c[xy]|r|d|width|height)="([^"]*)"'
    places = re.findall(numeric, draw("W" * 9, 7))
    found = [x for some in places for x in re.findall(r"[\d.]+", some)]
    assert len(found) > 60
    assert all(re.fullmatch(r"\d+(\.\d?[1-9])?", x) for x in found)


@given(
    st.lists(st.tuples(texts, shares, shares, shares, shares), min_size=1, max_size=4),
    st.lists(st.tuples(texts, *[feelings] * 5), min_size=1, max_size=4),
)
def test_whatever_is_unknown_can_be_drawn(
    steps: list[tuple[str, float, float, float, float]],
    moods: list[tuple[str, float, float, float, float, float]],
) -> None:
    assert len(funnel(*steps).findall(f"{SVG}g")) == len(steps)
    names = ("label", "mean", "low", "high", "quarter", "three_quarters")
    drawn = emotions(*(Mood(**dict(zip(names, mood, strict=True))) for mood in moods))  # type: ignore[arg-type]
    assert len(dots(drawn)) == sum(not math.isnan(mood[1]) for mood in moods)
    values = [step[1:] for step in steps]
    assert targets(heat(values))
    rows = [("", step[0]) for step in steps]
    assert len(deviations(plan(rows, values, values))) == len(steps)
