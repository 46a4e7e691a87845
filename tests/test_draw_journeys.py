"""Tests of the drawings of journeys: boxes in columns, and curves."""

import itertools
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from cxmkit import _draw_journeys
from cxmkit._draw import _ABOVE, _BELOW, _clean, _pixels
from cxmkit._draw_journeys import Box, Point

NAN = math.nan
SVG = "{http://www.w3.org/2000/svg}"
MARKS = [(-1.0, "worst"), (0.0, "neutral"), (1.0, "best")]
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
Places = tuple[float, float, float, float]  # left, top, right, bottom
Column = tuple[str, str, Sequence[str | Box]]


def parse(markup: str) -> ET.Element:
    """Parse what would be written to a file."""
    return ET.fromstring(markup.encode())  # noqa: S314  # our own output


def flow(
    *columns: Column, arrows: Iterable[tuple[int, int]] = (), title: str = "Map"
) -> ET.Element:
    """Draw boxes, whose keys count from 0 through all columns, and parse the result."""
    keys = itertools.count()
    keyed = [
        (
            group,
            heading,
            {
                next(keys): box if isinstance(box, Box) else Box(label=box)
                for box in boxes
            },
        )
        for group, heading, boxes in columns
    ]
    return parse(_draw_journeys.flow(keyed, arrows, title=title))


def curve(*points: Point | float, **options: Any) -> ET.Element:
    """Draw points, or values of points without a name, and parse the result."""
    given_: dict[str, Any] = {"title": "Journey", "marks": MARKS} | options
    named = [x if isinstance(x, Point) else Point(label="", value=x) for x in points]
    return parse(_draw_journeys.curve(named, **given_))


def place(element: ET.Element | None, name: str) -> float:
    """Return a coordinate."""
    assert element is not None
    return float(element.attrib[name])


def groups(svg: ET.Element) -> list[ET.Element]:
    """Return what has a title of its own: boxes, points and bands."""
    return svg.findall(f"{SVG}g")


def words(element: ET.Element) -> list[str]:
    """Return all texts below an element, in order."""
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def notes(svg: ET.Element) -> list[str]:
    """Return the lines below a drawing."""
    body = [*svg]
    at = max((i for i, x in enumerate(body) if x.tag == f"{SVG}g"), default=-1)
    below = (x for x in body[at + 1 :] if x.get("x") == "0")
    return [x.text or "" for x in below if x.get("font-size") == "12"]


def frames(svg: ET.Element) -> list[Places]:
    """Return the edges of all boxes."""
    rects = [group.find(f"{SVG}rect") for group in groups(svg)]
    corners = [[place(rect, name) for name in ("x", "y")] for rect in rects]
    sizes = [[place(rect, name) for name in ("width", "height")] for rect in rects]
    return [
        (x, y, round(x + wide, 2), round(y + high, 2))
        for (x, y), (wide, high) in zip(corners, sizes, strict=True)
    ]


def strokes(svg: ET.Element) -> list[ET.Element]:
    """Return the shafts of arrows, or the parts of a curve."""
    paths = svg.findall(f"{SVG}path")
    return [path for path in paths if path.get("fill") == "none"]


def numbers(path: str) -> list[tuple[str, list[float]]]:
    """Take the data of a path apart: letters and the numbers behind them."""
    steps = re.findall(r"([A-Za-z])([^A-Za-z]*)", path)
    return [
        (letter, [float(x) for x in re.findall(r"-?[\d.]+", rest)])
        for letter, rest in steps
    ]


def pieces(path: str) -> list[list[tuple[float, float]]]:
    """Return the parts of a shaft, each as points whose hull it does not leave."""
    (_, start), *steps = numbers(path)
    at, parts = (start[0], start[1]), []
    for letter, rest in steps:
        if letter == "C":
            points = [*zip(rest[::2], rest[1::2], strict=True)]
        else:
            points = [(rest[0], at[1]) if letter == "H" else (at[0], rest[0])]
        parts.append([at, *points])
        at = points[-1]
    return parts


def arrows(svg: ET.Element) -> list[tuple[list[list[tuple[float, float]]], Places]]:
    """Return shafts in pieces, and the point and direction of their tips."""
    tips = [path for path in svg.findall(f"{SVG}path") if path.get("fill") is None]
    found = []
    for shaft, tip in zip(strokes(svg), tips, strict=True):
        (_, point), (_, back), *_ = numbers(tip.attrib["d"])
        direction = (-back[0], 0.0) if abs(back[0]) == 7 else (0.0, -back[1])
        found.append((pieces(shaft.attrib["d"]), (point[0], point[1], *direction)))
    return found


def middle(start: float, end: float) -> float:
    return round((start + end) / 2, 2)


def inside(points: Sequence[tuple[float, float]], frame: Places) -> bool:
    """Tell whether the hull of some points can reach into a box."""
    left, top, right, bottom = frame
    xs, ys = [x for x, _ in points], [y for _, y in points]
    beside = max(xs) < left + 0.02 or min(xs) > right - 0.02
    beyond = max(ys) < top + 0.02 or min(ys) > bottom - 0.02
    return not (beside or beyond)


GRID: list[Column] = [
    ("before", "need", ["ad", "leaflet", "friend"]),
    ("during", "purchase", ["shop"]),
    ("after", "use", ["product"]),
]


# --- boxes in columns ------------------------------------------------------------


def test_boxes_stand_below_their_heading_and_one_another() -> None:
    svg = flow(*GRID)
    assert frames(svg) == [
        (0, 104, 90, 133),
        (0, 153, 90, 182),
        (0, 202, 90, 231),
        (122, 104, 212, 133),
        (244, 104, 334, 133),
    ]
    titles = [group.findtext(f"{SVG}title") for group in groups(svg)]
    assert titles == ["ad", "leaflet", "friend", "shop", "product"]
    headings = [
        (text.text, place(text, "x"), place(text, "y"))
        for text in svg.findall(f"{SVG}text")
        if text.get("text-anchor") == "middle" and text.get("font-weight") == "600"
    ]
    assert headings == [("need", 45, 76), ("purchase", 167, 76), ("use", 289, 76)]


def test_a_group_is_named_once_above_the_middle_of_its_neighbours() -> None:
    stages = [("pre", "a"), ("pre", "b"), ("pre", "c"), ("", "d"), ("pre", "e")]
    svg = flow(*((group, name, ["box"]) for group, name in stages))
    names = [
        (text.text, place(text, "x"))
        for text in svg.findall(f"{SVG}text")
        if place(text, "y") == 46
    ]
    assert names == [("pre", 167), ("pre", 533)]
    lines = [
        tuple(place(x, end) for end in ("x1", "y1", "x2", "y2"))
        for x in svg.findall(f"{SVG}line")
    ]
    assert lines == [(0, 54, 334, 54), (366, 54, 456, 54), (488, 54, 578, 54)]
    assert "p" * 20 + "…" + "p" * 19 in words(flow(("p" * 41, "", [])))


def test_a_column_is_as_wide_as_its_widest_words() -> None:
    name = "nappy service week"
    (left, _, right, _), (start, *_) = frames(flow(("", "", [name]), ("", "", ["a"])))
    assert right - left == pytest.approx(_pixels(name) + 28, abs=0.02)
    assert start - right == pytest.approx(32)
    ((_, _, right, _),) = frames(flow(("", name, ["a"])))
    assert right == pytest.approx(_pixels(name) + 28, abs=0.02)
    ((_, _, right, _),) = frames(flow(("", "a", ["a"])))
    assert right == 90


def test_a_drawing_grows_with_its_columns_and_boxes() -> None:
    small = flow(("", "", ["a"]))
    assert (place(small, "width"), place(small, "height")) == (704, 161)
    wide = flow(*(("", "m" * 24, ["a"]) for _ in range(4)))
    assert place(wide, "width") == pytest.approx(frames(wide)[-1][2] + 24, abs=0.02)
    high = flow(("", "", ["a"] * 4), ("", "", ["a"]))
    assert place(high, "height") == frames(high)[3][3] + 28


def test_long_names_break_and_lose_their_middle() -> None:
    label = "a day at the hotline " + "x" * 40 + " and another"
    svg = flow(("", "h" * 30, [label, " ", "m"]))
    (_, top, _, bottom), empty, last = frames(svg)
    (box, *_) = groups(svg)
    assert words(box) == ["a day at the", "hotline", "xxx…xxxxxxxxxxx", "and another"]
    assert box.findtext(f"{SVG}title") == label
    assert bottom - top == 17 * 4 + 12
    assert [place(x, "y") for x in box.iter(f"{SVG}text")] == [123, 140, 157, 174]
    assert {place(x, "x") for x in box.iter(f"{SVG}text")} == {
        middle(frames(svg)[0][0], frames(svg)[0][2])
    }
    assert empty[1] - bottom == 20
    assert (empty[3] - empty[1], last[3] - last[1]) == (29, 29)
    assert "h" * 12 + "…" + "h" * 11 in words(svg)


def test_a_box_says_what_it_is() -> None:
    svg = flow(("", "", [Box(label="Shop", details="branch, human")]))
    assert groups(svg)[0].findtext(f"{SVG}title") == "Shop, branch, human"
    assert words(groups(svg)[0]) == ["Shop"]


def test_pain_is_a_disc_that_grows_and_a_moment_of_truth_a_diamond() -> None:
    pains = [Box(label="a", pain=pain) for pain in (0.0, 0.2, 1.0)]
    both = Box(label="b", pain=0.5, decisive=True)
    svg = flow(("", "", [*pains, both]), ("", "", [Box(label="c", decisive=True)]))
    discs = [*svg.iter(f"{SVG}circle")]
    assert {disc.attrib["fill"] for disc in discs} == {_BELOW}
    assert [place(disc, "r") for disc in discs] == [4, 8, 5.5]
    corners = [(right, top) for _, top, right, _ in frames(svg)]
    assert [(place(x, "cx"), place(x, "cy")) for x in discs] == corners[1:4]
    diamonds = [group.find(f"{SVG}path") for group in groups(svg)]
    assert [x is not None for x in diamonds] == [False, False, False, True, True]
    for mark, (left, top, _, _) in zip(diamonds[3:], frames(svg)[3:], strict=True):
        assert mark is not None
        assert mark.attrib["fill"] == _ABOVE
        steps = numbers(mark.attrib["d"])
        assert steps[0] == ("M", [left, top - 7])
        assert [rest for _, rest in steps[1:]] == [[7, 7], [-7, 7], [-7, -7], []]
    legend = ["◆ moment of truth", "● pain point; a larger one hurts more"]
    assert notes(svg) == legend
    bottom = max(frame[3] for frame in frames(svg))
    lines = [place(x, "y") for x in svg.findall(f"{SVG}text")[-2:]]
    assert lines == [bottom + 25, bottom + 42]
    assert place(svg, "height") == bottom + 62
    assert notes(flow(("", "", [pains[1]]))) == legend[1:]
    assert notes(flow(("", "", [pains[0]]))) == []


# --- arrows ----------------------------------------------------------------------

LEFT, TOP, RIGHT, BOTTOM = range(4)


@pytest.mark.parametrize(
    ("start", "end", "edges", "direction", "turns"),
    [
        (0, 1, (BOTTOM, TOP), (0, 1), 1),  # straight down
        (0, 2, (RIGHT, RIGHT), (-1, 0), 1),  # a loop past the one between
        (1, 0, (RIGHT, RIGHT), (-1, 0), 1),  # a loop up
        (1, 3, (RIGHT, LEFT), (1, 0), 1),  # to the next column
        (2, 4, (RIGHT, LEFT), (1, 0), 3),  # above those between
        (3, 1, (LEFT, RIGHT), (-1, 0), 1),  # back
        (4, 0, (LEFT, RIGHT), (-1, 0), 3),  # back above those between
    ],
)
def test_an_arrow_leads_from_edge_to_edge(
    start: int,
    end: int,
    edges: tuple[int, int],
    direction: tuple[float, float],
    turns: int,
) -> None:
    svg = flow(*GRID, arrows=[(start, end)])
    ((shaft, (*tip, dx, dy)),) = arrows(svg)
    expected = []
    for key, edge in zip((start, end), edges, strict=True):
        frame = frames(svg)[key]
        across, along = middle(*frame[::2]), middle(*frame[1::2])
        sideways = edge in {LEFT, RIGHT}
        expected.append((frame[edge], along) if sideways else (across, frame[edge]))
    assert (shaft[0][0], tuple(tip)) == tuple(expected)
    assert (dx / 7, dy / 7) == direction
    # The shaft ends where the tip is wide enough to hide its end.
    gap = (tip[0] - shaft[-1][-1][0], tip[1] - shaft[-1][-1][1])
    assert gap == (4 * direction[0], 4 * direction[1])
    assert len(shaft) == turns


def test_an_arrow_leaves_and_arrives_level_and_bends_in_the_gaps() -> None:
    svg = flow(*GRID, arrows=[(2, 4), (4, 2), (0, 2)])
    forward, backward, loop = (shaft for shaft, _ in arrows(svg))
    y, top = 216.5, 90.0
    assert forward == [
        [(90, y), (104, y), (104, top), (118, top)],
        [(118, top), (216, top)],
        [(216, top), (230, top), (230, 118.5), (240, 118.5)],
    ]
    assert backward == [
        [(244, 118.5), (230, 118.5), (230, top), (216, top)],
        [(216, top), (118, top)],
        [(118, top), (104, top), (104, y), (94, y)],
    ]
    assert loop == [[(90, 118.5), (104, 118.5), (104, y), (94, y)]]


@given(
    st.lists(st.lists(texts, max_size=4), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=6),
)
def test_no_arrow_runs_through_a_box(
    columns: list[list[str]], pairs: list[tuple[int, int]]
) -> None:
    count = sum(map(len, columns))
    pairs = [(a, b) for a, b in pairs if a != b]
    wanted = [pair for pair in pairs if max(pair) < count]
    svg = flow(*(("", "", boxes) for boxes in columns), arrows=pairs)
    found = arrows(svg)
    assert len(found) == len(wanted)
    for (shaft, (*tip, dx, dy)), (start, end) in zip(found, wanted, strict=True):
        assert not any(inside(p, f) for p in shaft for f in frames(svg))
        assert touches(shaft[0][0], frames(svg)[start])
        assert touches((tip[0], tip[1]), frames(svg)[end])
        assert inside([(tip[0] + dx, tip[1] + dy)] * 2, frames(svg)[end])


def touches(point: tuple[float, float], frame: Places) -> bool:
    """Tell whether a point is the middle of an edge."""
    left, top, right, bottom = frame
    x, y = middle(left, right), middle(top, bottom)
    edges = [(left, y), (right, y), (x, top), (x, bottom)]
    return any(point == pytest.approx(edge, abs=0.02) for edge in edges)


def test_an_arrow_without_both_of_its_boxes_is_not_drawn() -> None:
    assert arrows(flow(("", "", ["a"]), arrows=[(0, 7), (7, 0), (7, 8)])) == []


def test_arrows_lie_below_boxes() -> None:
    body = [*flow(*GRID, arrows=[(0, 3)])]
    tags = [element.tag.removeprefix(SVG) for element in body]
    assert max(i for i, tag in enumerate(tags) if tag == "path") < tags.index("g")


# --- how much is drawn -----------------------------------------------------------


def test_what_is_left_out_is_said() -> None:
    many: list[Column] = [("", str(i), ["a"] * 110) for i in range(13)]
    every = [(a, b) for a in range(12) for b in range(a)]
    svg = flow(*many, arrows=[*every, *every])
    assert len(frames(svg)) == 60
    assert len(arrows(svg)) == 120
    assert notes(svg) == [
        "12 of 13 stages shown",
        "60 of 1,430 touchpoints shown",
        "120 of 132 arrows shown",
    ]
    assert [x for x in words(svg) if x.isdigit()] == [str(i) for i in range(12)]


def test_as_much_as_fits_is_drawn_whole() -> None:
    columns: list[Column] = [("", "", ["a"] * 5) for _ in range(12)]
    every = [(a, b) for a in range(16) for b in range(a)]
    svg = flow(*columns, arrows=every)
    assert (len(frames(svg)), len(arrows(svg)), notes(svg)) == (60, 120, [])


def test_boxes_left_out_take_their_arrows_along() -> None:
    svg = flow(("", "", ["a"] * 61), arrows=[(59, 60), (0, 1)])
    assert len(arrows(svg)) == 1
    assert notes(svg) == ["60 of 61 touchpoints shown", "1 of 2 arrows shown"]


@pytest.mark.parametrize("columns", [[], [("", "", [])], [("pre", "need", [])] * 3])
def test_a_drawing_without_boxes_has_its_headings(columns: list[Column]) -> None:
    svg = flow(*columns, title="Nothing yet")
    assert (frames(svg), arrows(svg)) == ([], [])
    assert words(svg)[0] == svg.attrib["aria-label"] == "Nothing yet"
    assert words(svg).count("need") == len([name for _, name, _ in columns if name])
    assert words(svg).count("pre") == any(group for group, _, _ in columns)
    assert (place(svg, "width"), place(svg, "height")) == (704, 132)


def test_an_empty_column_keeps_its_place() -> None:
    svg = flow(("", "a", ["x"]), ("", "b", []), ("", "c", ["y"]), arrows=[(0, 1)])
    assert [frame[0] for frame in frames(svg)] == [0, 244]
    assert len(arrows(svg)[0][0]) == 3


# --- curves ----------------------------------------------------------------------


def dots(svg: ET.Element, radius: str = "5") -> list[tuple[float, float]]:
    """Return where the points (or rings) of a curve are."""
    marks = [x for x in svg.iter(f"{SVG}circle") if x.attrib["r"] == radius]
    return [(place(x, "cx"), place(x, "cy")) for x in marks]


def bands(svg: ET.Element) -> list[tuple[str | None, float, float]]:
    """Return name, left and width of each band."""
    body = [*svg]
    tags = [element.tag.removeprefix(SVG) for element in body]
    named = [x for x in body[: tags.index("line")] if x.tag == f"{SVG}g"]
    return [
        (group.findtext(f"{SVG}title"), place(rect, "x"), place(rect, "width"))
        for group, rect in zip(named, svg.iter(f"{SVG}rect"), strict=True)
    ]


def test_points_lie_at_their_values_and_equally_far_apart() -> None:
    svg = curve(1, 0.5, 0, -0.25, -1)
    xs, ys = zip(*dots(svg), strict=True)
    assert ys == (70, 112.5, 155, 176.25, 240)
    assert {round(b - a, 2) for a, b in itertools.pairwise(xs)} == {96}
    levels = {place(x, "y1"): place(x, "y2") for x in svg.findall(f"{SVG}line")}
    assert levels == {240: 240, 155: 155, 70: 70}


def test_values_beyond_the_marks_lie_at_the_edge() -> None:
    assert [y for _, y in dots(curve(7, -7, math.inf, -math.inf))] == [70, 240, 70, 240]


@pytest.mark.parametrize(("count", "step"), [(1, 96), (5, 96), (10, 56), (40, 30)])
def test_points_move_together_down_to_a_least_distance(count: int, step: float) -> None:
    svg = curve(*[0] * count)
    xs = [x for x, _ in dots(svg)]
    left, right = level_ends(svg)
    assert [round(b - a, 2) for a, b in itertools.pairwise(xs)] == [step] * (count - 1)
    assert (xs[0] - left, right - xs[-1]) == pytest.approx((step / 2, step / 2))
    assert place(svg, "width") == pytest.approx(max(right, 680) + 24)


def level_ends(svg: ET.Element) -> tuple[float, float]:
    """Return where the lines across a curve begin and end."""
    ((left, right),) = {
        (place(line, "x1"), place(line, "x2")) for line in svg.findall(f"{SVG}line")
    }
    return left, right


def test_levels_are_named_at_the_left_of_the_plot() -> None:
    svg = curve(0, marks=[(-5, "worse"), (0, "as expected"), (5, "better")])
    left, _ = level_ends(svg)
    named = [x for x in svg.findall(f"{SVG}text") if x.get("text-anchor") == "end"]
    assert [(x.text, place(x, "y")) for x in named] == [
        ("worse", 244),
        ("as expected", 159),
        ("better", 74),
    ]
    assert {place(x, "x") for x in named} == {left - 8}
    assert left - 8 - _pixels("as expected") >= 0


def test_points_take_the_colour_of_their_side() -> None:
    values = (-0.0, 0.0, 0.001, -0.001)
    points = [Point(label="", value=x, ringed=True) for x in values]
    svg = curve(*points)
    colours_ = ["currentColor", "currentColor", _ABOVE, _BELOW]
    marks = [*svg.iter(f"{SVG}circle")]
    assert [mark.attrib["fill"] for mark in marks[::2]] == colours_
    assert {mark.attrib["fill"] for mark in marks[1::2]} == {"none"}
    assert [mark.get("stroke") for mark in marks[1::2]] == colours_
    assert dots(svg, "9") == dots(svg, "5")


def test_nothing_rings_what_is_unknown_or_not_to_be_ringed() -> None:
    svg = curve(Point(label="a", value=NAN, ringed=True), Point(label="b", value=0.0))
    assert (len(dots(svg)), dots(svg, "9")) == (1, [])
    assert words(svg)[-2:] == ["a", "b"]


def test_the_curve_is_dashed_over_what_is_unknown() -> None:
    svg = curve(NAN, 1, 0, NAN, NAN, -1, NAN)
    (a, b, c) = dots(svg)
    ends = [(p[0][0], p[-1][-1]) for p in (pieces(x.attrib["d"]) for x in strokes(svg))]
    assert ends == [(a, b), (b, c)]
    assert [x.get("stroke-dasharray") for x in strokes(svg)] == [None, "4 4"]


@given(st.lists(st.just(NAN) | st.floats(-1, 1), max_size=8))
def test_the_curve_passes_all_points_and_never_exceeds_their_heights(
    values: list[float],
) -> None:
    svg = curve(*values)
    curves = [pieces(x.attrib["d"]) for x in strokes(svg)]
    gaps = itertools.pairwise(dots(svg))
    for (piece,), (start, end) in zip(curves, gaps, strict=True):
        half = pytest.approx((start[0] + end[0]) / 2, abs=0.02)
        # With level handles at the middle, a cubic is monotone between its ends.
        assert piece == [start, (half, start[1]), (half, end[1]), end]
    assert len(dots(svg)) == sum(not math.isnan(value) for value in values)
    assert len(groups(svg)) == len(values)


def test_neighbours_of_one_band_share_its_name() -> None:
    names = ["need", "need", "", "use", "need"]
    svg = curve(*(Point(label="x", value=0, band=name) for name in names))
    x, (left, _) = [x for x, _ in dots(svg)], level_ends(svg)
    assert bands(svg) == [
        ("need", left + 1, 2 * 96 - 2),
        ("use", round(left + 3 * 96 + 1, 2), 94),
        ("need", round(left + 4 * 96 + 1, 2), 94),
    ]
    heads = [x for x in svg.iter(f"{SVG}text") if x.get("y") == "50"]
    assert [(head.text, place(head, "x")) for head in heads] == [
        ("need", middle(x[0], x[1])),
        ("use", x[3]),
        ("need", x[4]),
    ]


def test_a_band_too_narrow_for_its_name_says_it_in_the_title() -> None:
    def heading(count: int) -> list[str]:
        names = ["need", *[""] * (count - 1)]
        svg = curve(*(Point(label="x", value=0, band=name) for name in names))
        assert bands(svg)[0][0] == "need"
        return words(groups(svg)[0])

    assert heading(5) == ["need"]
    assert (heading(16), heading(17)) == (["need"], [])


def test_a_band_shortens_its_name_to_its_width() -> None:
    names = ["consideration", *[""] * 13]
    svg = curve(*(Point(label="x", value=0, band=name) for name in names))
    assert bands(svg)[0][0] == "consideration"
    assert words(groups(svg)[0]) == ["co…on"]


@given(st.lists(texts, min_size=1, max_size=5))
def test_names_lean_below_their_points_and_stay_on_the_canvas(names: list[str]) -> None:
    svg = curve(*(Point(label=name, value=0) for name in names), notes=["below"])
    leaning = [x for x in svg.iter(f"{SVG}text") if "transform" in x.attrib]
    deep = 258.0
    for text in leaning:
        x, (turn, *pivot) = place(text, "x"), numbers_in(text.attrib["transform"])
        assert (turn, pivot, place(text, "y")) == (-38, [x, 258], 262)
        assert re.fullmatch(r"rotate\(-38 [\d.]+ 258\)", text.attrib["transform"])
        assert text.attrib["text-anchor"] == "end"
        assert x in {a for a, _ in dots(svg)}
        wide = _pixels(text.text or "")
        assert x - wide * math.cos(math.radians(38)) >= -0.02
        deep = max(deep, 258 + wide * math.sin(math.radians(38)))
    (note,) = (x for x in svg.findall(f"{SVG}text") if x.text == "below")
    assert 10 < place(note, "y") - deep < 30
    assert place(svg, "height") - 10 > place(note, "y")


def test_the_plot_begins_where_levels_and_names_leave_room() -> None:
    def starts(*names: str) -> float:
        svg = curve(*(Point(label=name, value=0) for name in names))
        return dots(svg)[0][0]

    assert starts("a") == pytest.approx(_pixels("neutral") + 20 + 48, abs=0.02)
    wide = "m" * 28
    assert starts(wide) == pytest.approx(0.79 * _pixels(wide), abs=0.02)
    assert starts("a", wide) == pytest.approx(0.79 * _pixels(wide) - 96, abs=0.02)


def numbers_in(words_: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?[\d.]+", words_)]


def test_a_point_says_what_it_is() -> None:
    svg = curve(Point(label="Shop " + "x" * 40, value=0.5, details="+0.50"))
    assert groups(svg)[0].findtext(f"{SVG}title") == "Shop " + "x" * 40 + ", +0.50"
    assert words(groups(svg)[0]) == ["Shop " + "x" * 10 + "…" + "x" * 14]


def test_points_are_capped_and_the_rest_is_counted() -> None:
    names = [Point(label=str(i), value=i % 3 - 1) for i in range(1043)]
    svg = curve(*names, notes=["last"])
    assert [words(group)[0] for group in groups(svg)] == [str(i) for i in range(40)]
    assert notes(svg) == ["... and 1,003 more", "last"]
    assert notes(curve(*names[:40], notes=["last"])) == ["last"]


@pytest.mark.parametrize("values", [[], [NAN], [NAN, NAN]])
def test_a_curve_of_nothing_known_has_its_levels(values: list[float]) -> None:
    svg = curve(*values, notes=["no perceptions"])
    assert (dots(svg), strokes(svg)) == ([], [])
    assert len(svg.findall(f"{SVG}line")) == 3
    assert words(svg) == ["Journey", "worst", "neutral", "best", "no perceptions"]
    assert place(svg.findall(f"{SVG}text")[-1], "y") == 280
    assert (place(svg, "width"), place(svg, "height")) == (704, 303)


# --- any words -------------------------------------------------------------------


LOOKS = "fill fill-opacity stroke stroke-opacity stroke-width stroke-dasharray"
FONTS = "font-family font-size font-weight text-anchor transform"
FORMS = "x y x1 y1 x2 y2 cx cy r rx d width height viewBox"
HARMLESS = {*LOOKS.split(), *FONTS.split(), *FORMS.split()}


def marks_of(svg: ET.Element) -> set[str]:
    """Return the tags, having looked for what could do harm, and for stray text."""
    names = {name for element in svg.iter() for name in element.attrib}
    assert names <= HARMLESS | {"role", "aria-label", "style"}
    for element in svg.iter():
        assert not element.tail
        assert not element.text or element.tag in {f"{SVG}text", f"{SVG}title"}
        assert not any("url(" in value for value in element.attrib.values())
        data = element.get("d", "M")
        assert re.fullmatch(r"([MCHVlhvz](-?\d+(\.\d+)?[ -]?)*)+", data), data
    return {element.tag.removeprefix(SVG) for element in svg.iter()}


def colours(svg: ET.Element) -> set[str]:
    """Return all colours; those of `_draw` are tested to read on light and dark."""
    both = ("fill", "stroke")
    return {x.attrib[name] for x in svg.iter() for name in both if name in x.attrib}


@given(texts, texts)
@example(NASTY[0], NASTY[1])
@example("\x00\x1f\x7f\x9f\ud800\udfff\ufffe\uffff", "\t\n\v\f\r\x1c\x85\u2028")
def test_any_words_parse_and_return_in_the_title(label: str, other: str) -> None:
    box = Box(label=label, details=other, pain=1.0, decisive=True)
    svg = flow((other, label, [box, other]), arrows=[(0, 1), (1, 0)], title=label)
    whole = _clean(", ".join(filter(None, [label, other])))
    titles = [group.findtext(f"{SVG}title") for group in groups(svg)]
    assert titles == [whole, _clean(other)]
    tags = {"svg", "title", "text", "g", "line", "rect", "circle", "path"}
    assert marks_of(svg) == tags
    assert colours(svg) == {"currentColor", "none", _ABOVE, _BELOW}
    points = [
        Point(label=label, value=x, band=other, details=other, ringed=True)
        for x in (1.0, -1.0)
    ]
    svg = curve(*points, title=label, notes=[other])
    titles = [group.findtext(f"{SVG}title") for group in groups(svg)]
    assert titles == [*[_clean(other)] * bool(other), whole, whole]
    assert tags - {"rect"} <= marks_of(svg) <= tags
    assert colours(svg) == {"currentColor", "none", _ABOVE, _BELOW}


@given(
    st.lists(st.tuples(texts, texts, st.lists(texts, max_size=4)), max_size=4),
    st.lists(st.tuples(texts, texts, st.floats()), max_size=6),
)
def test_all_places_lie_on_the_canvas(
    columns: list[Column], points: list[tuple[str, str, float]]
) -> None:
    pairs = list(itertools.permutations(range(8), 2))
    given_ = [Point(label=a, band=b, value=c, ringed=True) for a, b, c in points]
    for svg in (flow(*columns, arrows=pairs), curve(*given_)):
        width, height = place(svg, "width"), place(svg, "height")
        for element in svg.iter():
            for name in ("x", "x1", "x2", "cx"):
                assert 0 <= float(element.get(name, "0")) <= width - 24
            for name in ("y", "y1", "y2", "cy"):
                assert 0 <= float(element.get(name, "0")) <= height - 20
        for path in svg.findall(f"{SVG}path[@fill='none']"):
            for x, y in itertools.chain(*pieces(path.attrib["d"])):
                assert -12 <= x <= width - 10  # bends; the curve itself stays inside
                assert 0 <= y <= height - 20


@pytest.mark.parametrize("count", [300, 301])
def test_titles_are_whole_up_to_300_bytes(count: int) -> None:
    label = "x" * count
    svg = flow(("", "", [label]))
    of_points = curve(Point(label=label, value=0, band=label))
    titles = [x.findtext(f"{SVG}title") for x in [*groups(svg), *groups(of_points)]]
    cut = "x" * 30 + "…" + "x" * 29
    assert titles == [label if count == 300 else cut] * 3


def full_flow(label: str, details: str, words_: str) -> str:
    """Draw as much as is ever drawn."""
    box = Box(label=label, details=details, pain=1 / 3, decisive=True)
    boxes = [{5 * i + j: box for j in range(5)} for i in range(13)]
    far = [(a, b) for a in range(60) for b in range(60) if abs(a // 5 - b // 5) > 2]
    columns = [(words_ + str(i), words_, inside) for i, inside in enumerate(boxes)]
    return _draw_journeys.flow(columns, far, title=words_)


@pytest.mark.parametrize("char", ["&", '"', "👍", "x", "\u0301", "M"])
def test_any_drawing_stays_below_100_kb(char: str) -> None:
    long = char * 2_000
    assert len(full_flow(long, long, long).encode()) < 100_000
    points = [
        Point(label=long, value=1 / 3, band=f"{long}{i}", details=long, ringed=True)
        for i in range(99)
    ]
    marks = [(-1.0, long), (1.0, long)]
    drawn = _draw_journeys.curve(points, title=long, marks=marks, notes=[long] * 99)
    assert len(drawn.encode()) < 100_000


def test_even_the_worst_words_stay_below_100_kb() -> None:
    # Quotes take one byte in titles and six in texts, ampersands five in both.
    label = " ".join(['"' * 12] * 4)[:48]
    assert len(full_flow(label, "&" * 70, '"' * 200).encode()) < 100_000


def test_the_same_input_gives_the_same_string() -> None:
    assert full_flow("a", "b", "c") == full_flow("a", "b", "c")


def test_places_have_two_decimals_at_most() -> None:
    columns = [(str(i), "M" * i, {i: Box(label="W" * i, pain=1 / 3)}) for i in range(9)]
    points = [Point(label="W" * i, value=i / 7) for i in range(7)]
    for markup in (
        _draw_journeys.flow(columns, [(0, 4), (4, 5), (7, 2)], title="t"),
        _draw_journeys.curve(points, title="t", marks=MARKS),
    ):
        numeric = r' (?:[xy][12]?|c[xy]|r|d|width|height)="([^"]*)"'
        places = re.findall(numeric, markup)
        found = [x for some in places for x in re.findall(r"[\d.]+", some)]
        assert len(found) > 60
        assert all(re.fullmatch(r"\d+(\.\d?[1-9])?", x) for x in found)


def test_every_line_can_be_seen() -> None:
    columns: list[Column] = [("before", "", ["a"]), ("after", "", ["b"])]
    lines = [
        line
        for svg in (flow(*columns, arrows=[(0, 1)]), curve(Point(label="a", value=0)))
        for line in svg.iter(f"{SVG}line")
    ]
    assert len(lines) == 2 + len(MARKS)
    assert {line.get("stroke") for line in lines} == {"currentColor"}


def test_a_box_without_a_name_stays_empty() -> None:
    [frame] = groups(flow(("", "", [""])))
    assert words(frame) == []
