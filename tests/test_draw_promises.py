"""Tests of the drawings of promises: kept or not, what distances are made of, gaps."""

import itertools
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from cxmkit import _draw_promises
from cxmkit._draw import _ABOVE, _BELOW, _clean, _pixels
from cxmkit._draw_promises import Dumbbell, Part

NAN, INF = math.nan, math.inf
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
VERDICTS = ["below", "above", "kept", "open", "unknown"]
texts = st.text(max_size=40) | st.sampled_from(NASTY)
levels = st.sampled_from([NAN, INF, -INF]) | st.floats(0, 1)
gaps = st.sampled_from([NAN, INF, -INF]) | st.floats(-1, 1)


def parse(markup: str) -> ET.Element:
    """Parse what would be written to a file."""
    return ET.fromstring(markup.encode())  # noqa: S314  # our own output


def dumbbells(*rows: Dumbbell, **options: Any) -> ET.Element:
    """Draw promises."""
    return parse(_draw_promises.dumbbells(rows, **{"title": "Kept?"} | options))


def row(verdict: str = "below", **fields: Any) -> Dumbbell:
    """Return a promise of which all is known, if nothing else is said."""
    known: dict[str, Any] = {
        "promised": 0.75,
        "delivered": 0.5,
        "perceived": 0.25,
        "expected": 1.0,
        "low": 0.125,
        "high": 0.375,
    }
    return Dumbbell(**{"label": "shop"} | known | {"verdict": verdict} | fields)


def parts(*rows: Part, **options: Any) -> ET.Element:
    """Draw distances."""
    return parse(_draw_promises.parts(rows, **{"title": "Why?"} | options))


def part(alignment: float, coherence: float, reliability: float, **more: Any) -> Part:
    """Return a distance that is made of these."""
    fields = {"label": "shop"} | more
    return Part(
        alignment=alignment, coherence=coherence, reliability=reliability, **fields
    )


def gap_table(values: Sequence[Sequence[float]], **options: Any) -> ET.Element:
    """Draw gaps; rows are named a, b, ... and columns A, B, ... by default."""
    rows = options.pop("rows", [chr(97 + i) for i in range(len(values))])
    columns = options.pop("columns", [chr(65 + i) for i in range(len(values[0]))])
    named = {"title": "Where?"} | options
    return parse(_draw_promises.gap_table(rows, columns, values, **named))


def place(element: ET.Element | None, name: str) -> float:
    """Return a coordinate."""
    assert element is not None
    return float(element.attrib[name])


def numbers(text: str) -> list[float]:
    """Return all numbers in the data of a path."""
    return [float(x) for x in re.findall(r"-?[\d.]+", text)]


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


def lines(svg: ET.Element) -> list[ET.Element]:
    """Return what has words where one points: headings and rows."""
    return [g for g in svg.findall(f"{SVG}g") if g.find(f"{SVG}title") is not None]


def legend(svg: ET.Element) -> list[str]:
    """Return what is said of marks."""
    layers = (g for g in svg.findall(f"{SVG}g") if g.find(f"{SVG}title") is None)
    return [word for layer in layers for word in words(layer)]


def notes(svg: ET.Element) -> list[str]:
    """Return the lines below a drawing, which are the last of those at the left."""
    muted = (x for x in svg.findall(f"{SVG}text") if x.get("font-size") == "12")
    return [x.text or "" for x in muted if x.get("x") == "0"]


# --- promises --------------------------------------------------------------------


def marks(line: ET.Element) -> ET.Element:
    """Return the marks of a row."""
    layer = line.find(f"{SVG}g")
    assert layer is not None
    return layer


def scale(svg: ET.Element) -> Callable[[float], float]:
    """Return what finds the place of a level, by the numbers below the plot."""
    at = {x.text: place(x, "x") for x in svg.findall(f"{SVG}text")}
    return lambda level: round(at["0"] + (at["1"] - at["0"]) * level, 2)


def bar_of(line: ET.Element) -> ET.Element | None:
    """Return what joins the promise and what became of it."""
    paths = marks(line).findall(f"{SVG}path")
    return next((x for x in paths if x.get("stroke-width") == "7"), None)


def test_every_level_has_its_mark() -> None:
    svg = dumbbells(row())
    at, (line,) = scale(svg), lines(svg)
    bar, whisker, promised, expected = marks(line).findall(f"{SVG}path")
    start, y, end = numbers(bar.attrib["d"])
    assert (start, end) == pytest.approx((at(0.75), at(0.25)), abs=0.01)
    assert numbers(promised.attrib["d"]) == [start, y - 9, 18]
    assert numbers(whisker.attrib["d"]) == pytest.approx(
        [at(0.125), y, at(0.375), at(0.125), y - 4, 8, at(0.375), y - 4, 8], abs=0.01
    )
    left, middle, *_ = numbers(expected.attrib["d"])
    assert (left, middle) == (at(1) - 6.5, y)
    square, dot = marks(line).find(f"{SVG}rect"), marks(line).find(f"{SVG}circle")
    assert place(square, "x") + place(square, "width") / 2 == at(0.5)
    assert place(square, "y") + place(square, "height") / 2 == y
    assert (place(dot, "cx"), place(dot, "cy")) == (end, y)


def test_a_row_says_what_became_of_its_promise() -> None:
    (line,) = lines(dumbbells(row()))
    assert words(line) == ["shop", "−0.50", "▼", "broken: less perceived"]
    assert line.findtext(f"{SVG}title") == (
        "shop: promised 0.75, delivered 0.50, perceived 0.25, expected 1.00,"
        " perceived may be 0.12 to 0.38; broken: less perceived"
    )
    exact = dumbbells(row(low=NAN))
    assert "may be" not in titles(exact)[0]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("below", ["▼", "broken: less perceived"]),
        ("above", ["▲", "exceeded: more perceived"]),
        ("kept", ["✓", "kept"]),
        ("open", ["?", "cannot tell yet"]),
        ("unknown", ["–", "not measured"]),
    ],
)
def test_a_verdict_has_sign_word_and_colour(verdict: str, said: list[str]) -> None:
    colours = {"below": _BELOW, "above": _ABOVE}
    (line,) = lines(dumbbells(row(verdict)))
    assert words(line)[2:] == said
    sign, word = text_of(line, said[0]), text_of(line, said[1])
    assert sign.get("fill") == colours.get(verdict)
    assert word.get("font-weight") == ("600" if verdict in colours else None)
    assert word.get("fill-opacity") == (None if verdict in colours else "0.75")
    bar = bar_of(line)
    assert bar is not None
    assert bar.get("stroke") == colours.get(verdict, "currentColor")
    assert bar.get("stroke-opacity") == (None if verdict in colours else "0.25")


def test_the_verdict_is_about_what_is_perceived_or_else_delivered() -> None:
    assert row().decisive == "perceived"
    assert row(perceived=NAN).decisive == "delivered"
    (line,) = lines(dumbbells(row(perceived=NAN)))
    assert words(line)[1:] == ["−0.25", "▼", "broken: less delivered"]
    (line,) = lines(dumbbells(row("above", promised=0.3, decisive="delivered")))
    assert words(line)[1:] == ["+0.20", "▲", "exceeded: more delivered"]
    bar = bar_of(line)
    assert bar is not None
    at = scale(dumbbells(row("above", promised=0.3, decisive="delivered")))
    start, _, end = numbers(bar.attrib["d"])
    assert (start, end) == pytest.approx((at(0.3), at(0.5)), abs=0.01)


def test_a_verdict_may_be_said_in_other_words() -> None:
    (line,) = lines(dumbbells(row(words="more was promised than is perceived")))
    assert words(line)[2:] == ["▼", "more was pro…s perceived"]
    title = line.findtext(f"{SVG}title") or ""
    assert title.endswith("; more was promised than is perceived")


@pytest.mark.parametrize(
    ("unknown", "said"),
    [
        (["promised"], "nothing promised"),
        (["delivered", "perceived"], "not measured"),
        (["promised", "delivered", "perceived"], "nothing promised"),
    ],
)
def test_what_is_unknown_has_neither_bar_nor_figure(
    unknown: list[str], said: str
) -> None:
    svg = dumbbells(row("unknown", **dict.fromkeys(unknown, NAN)))
    (line,) = lines(svg)
    assert words(line) == ["shop", "–", said]
    assert bar_of(line) is None
    assert not {*unknown} & {*legend(svg)}
    assert not any(f"{name} 0" in titles(svg)[0] for name in unknown)


def test_a_row_of_which_nothing_is_known_has_its_name() -> None:
    svg = dumbbells(Dumbbell(label="shop"))
    (line,) = lines(svg)
    assert words(line) == ["shop", "–", "nothing promised"]
    assert line.find(f"{SVG}g") is None
    assert legend(svg) == []
    assert titles(svg) == ["shop: nothing promised"]


def test_the_legend_has_the_marks_that_are_there() -> None:
    every = ["promised", "delivered", "perceived", "expected"]
    ends = ["what the answers allow", "▼ falls short", "▲ goes beyond"]
    assert legend(dumbbells(row(), row("above"))) == every + ends
    assert legend(dumbbells(row("kept"))) == [*every, ends[0]]
    assert legend(dumbbells(row("open", low=NAN))) == every
    few = Dumbbell(label="", promised=0.5, perceived=0.5, verdict="kept")
    assert legend(dumbbells(few)) == ["promised", "perceived"]
    layer = dumbbells(row(), row("above")).find(f"{SVG}g")
    assert layer is not None
    strokes = [x.get("stroke") for x in layer.iter(f"{SVG}path")]
    assert strokes[-2:] == [_BELOW, _ABOVE]


def test_a_legend_that_is_too_long_goes_on_below() -> None:
    def heights(svg: ET.Element) -> list[float]:
        layer = svg.find(f"{SVG}g")
        assert layer is not None
        return sorted({place(x, "y") for x in layer.iter(f"{SVG}text")})

    long, short = dumbbells(row(), row("above")), dumbbells(row("kept"))
    assert (heights(long), heights(short)) == ([42, 62], [42])
    tops = [place(text_of(svg, "difference"), "y") for svg in (long, short)]
    assert tops == [86, 66]
    layer = long.find(f"{SVG}g")
    assert layer is not None
    for text in layer.iter(f"{SVG}text"):
        end = place(text, "x") + _pixels(text.text or "") * 12 / 13
        assert end <= place(long, "width") - 24


def test_groups_stand_below_their_name() -> None:
    named = [
        ("a", "on time"),
        ("b", "on time"),
        ("c", ""),
        ("d", "kind"),
        ("e", "on time"),
    ]
    svg = dumbbells(*(row(label=label, group=group) for label, group in named))
    first = [words(line)[0] for line in lines(svg)]
    assert first == ["on time", "a", "b", "c", "kind", "d", "on time", "e"]
    heights = [place(next(line.iter(f"{SVG}text")), "y") for line in lines(svg)]
    assert {b - a for a, b in itertools.pairwise(heights)} <= {23.5, 24, 24.5}
    assert text_of(svg, "kind").get("x") == "0"
    assert [place(text_of(svg, x), "x") for x in "abcde"] == [
        place(text_of(svg, "a"), "x")
    ] * 5


def test_levels_have_numbers_above_and_below() -> None:
    svg = dumbbells(row())
    for level in ("0", "0.2", "0.4", "0.6", "0.8", "1"):
        above, below = (x for x in svg.findall(f"{SVG}text") if x.text == level)
        assert above.get("x") == below.get("x")
    assert "level, 0 worst to 1 best" in words(svg)
    figure = text_of(svg, "−0.50")
    assert text_of(svg, "difference").get("x") == figure.get("x")
    assert text_of(svg, "promise kept?").get("x") == text_of(lines(svg)[0], "▼").get(
        "x"
    )


def test_promises_are_capped_and_the_rest_is_counted() -> None:
    svg = dumbbells(*[row()] * 1061, notes=["last"])
    assert len(lines(svg)) == 60
    assert notes(svg) == ["... and 1,001 more", "last"]
    assert notes(dumbbells(*[row()] * 60)) == []


def test_whisker_and_levels_beyond_the_axis_stop_at_its_ends() -> None:
    svg = dumbbells(row(perceived=-INF, low=-INF, high=INF))
    at, (line,) = scale(svg), lines(svg)
    _, whisker, *_ = marks(line).findall(f"{SVG}path")
    left, _, right, *_ = numbers(whisker.attrib["d"])
    assert (left, right) == (at(0), at(1))
    assert words(line)[1] == "−inf"
    (line,) = lines(dumbbells(row(promised=INF, perceived=INF)))
    assert words(line)[1] == "▼"


def test_names_are_whole_where_one_points() -> None:
    group, label = "g" * 41, "l" * 31
    svg = dumbbells(row(group=group, label=label))
    assert titles(svg)[0] == group
    assert titles(svg)[1].startswith(f"{label}: promised")
    assert {"g" * 20 + "…" + "g" * 19, "l" * 15 + "…" + "l" * 14} <= {*words(svg)}


def test_words_where_one_points_shrink_before_a_drawing_gets_too_large() -> None:
    few, many = (
        titles(dumbbells(*(row(label='"' * 24, group=str(i)) for i in range(count))))
        for count in (5, 60)
    )
    assert few[1].endswith("less perceived")
    assert len(many) == 120
    huge = [
        row(label="&" * 99, group=f"{i}{'&' * 99}", words="&" * 99) for i in range(60)
    ]
    assert all("…" in title for title in titles(dumbbells(*huge))[1::2])


# --- what distances are made of --------------------------------------------------


def segments(svg: ET.Element) -> list[list[tuple[float, str]]]:
    """Return length and colour of what each bar is made of."""
    return [
        [(place(x, "width"), x.attrib["fill"]) for x in line.iter(f"{SVG}rect")]
        for line in lines(svg)
    ]


def test_segments_are_as_long_as_their_shares() -> None:
    svg = parts(part(0.02, 0.01, 0.01, distance=0.2))
    ((first, second, third),) = segments(svg)
    at = {x.text: place(x, "x") for x in svg.findall(f"{SVG}text")}
    whole = at["100%"] - at["0%"]
    assert first[0] + 2 == pytest.approx(whole / 2, abs=0.01)
    assert second[0] == third[0] == pytest.approx(whole / 4 - 2, abs=0.01)
    assert (first[1], second[1], third[1]) == (_BELOW, _ABOVE, "currentColor")
    starts = [place(x, "x") for x in lines(svg)[0].iter(f"{SVG}rect")]
    assert starts[0] == at["0%"] + 1
    assert starts[1] == pytest.approx(at["50%"] + 1)


def test_a_segment_says_what_it_is_as_far_as_it_fits() -> None:
    svg = parts(part(0.8, 0.12, 0.08, distance=1.0), part(0.96, 0.04, 0))
    said = [words(line) for line in lines(svg)]
    assert said[0] == ["shop", "alignment 80%", "12%", "8%", "1.00"]
    assert said[1] == ["shop", "alignment 96%"]


def test_a_row_says_all_where_one_points() -> None:
    svg = parts(part(0.02, -0.01, 0.02, distance=0.173, remedy="train"))
    said = "alignment 50.0%, coherence below 0, reliability 50.0%, distance 0.17"
    assert titles(svg) == [f"shop: {said}; train"]
    assert words(lines(svg)[0])[-2:] == ["0.17", "train"]


def test_what_is_below_zero_is_not_drawn_and_said() -> None:
    one = parts(part(0.02, -0.01, 0.02))
    assert [len(some) for some in segments(one)] == [2]
    rest = "below 0, less than chance alone would make: drawn as nothing"
    assert notes(one) == [f"1 part is {rest}"]
    two = parts(part(-0.02, -0.01, 0.02), part(1, 0, -0.0))
    assert notes(two) == [f"2 parts are {rest}"]
    assert notes(parts(part(1, 0, 0))) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((NAN, 0.1, 0.1), "not enough answers"),
        ((0.1, 0.1, NAN), "not enough answers"),
        ((0.1, INF, 0.1), "not enough answers"),
        ((0.0, 0.0, 0.0), "nothing off target"),
        ((-0.1, 0.0, -0.1), "nothing off target"),
    ],
)
def test_a_row_without_shares_says_why(
    values: tuple[float, float, float], said: str
) -> None:
    svg = parts(part(*values))
    assert segments(svg) == [[]]
    assert words(lines(svg)[0]) == ["shop", said]
    assert titles(svg) == [f"shop: {said}"]


def test_distances_have_one_scale() -> None:
    distances = (0.4, 0.1, NAN, 0.0, INF)
    svg = parts(*(part(1, 0, 0, distance=x) for x in distances))
    ends = [
        [numbers(x.attrib["d"]) for x in line.findall(f"{SVG}path")]
        for line in lines(svg)
    ]
    lengths = [[end - start for start, _, end in some] for some in ends]
    assert lengths == [[48], [12], [], [0], [48]]
    assert [words(line)[2:] for line in lines(svg)] == [
        ["0.40"],
        ["0.10"],
        [],
        ["0.00"],
        ["inf"],
    ]


def test_the_three_words_have_remedies() -> None:
    svg = parts(part(1, 1, 1))
    assert [x for x in words(svg) if "→" in x] == [
        "alignment: all are off target together → re-position",
        "coherence: they differ from one another → harmonise",
        "reliability: answers differ within each → train",
    ]
    swatches = svg.findall(f"{SVG}rect")
    assert [x.get("stroke") for x in swatches] == [_BELOW, _ABOVE, "currentColor"]
    assert "what to do" not in words(svg)
    assert "what to do" in words(parts(part(1, 1, 1, remedy="train"), part(1, 1, 1)))


def test_distances_are_capped_and_the_rest_is_counted() -> None:
    svg = parts(*[part(1, 1, 1)] * 1061, notes=["last"])
    assert len(lines(svg)) == 60
    assert notes(svg) == ["... and 1,001 more", "last"]
    assert notes(parts(*[part(1, 1, -1)] * 61))[1].startswith("60 parts are")


# --- gaps ------------------------------------------------------------------------


def shaded(svg: ET.Element) -> list[ET.Element]:
    """Return the layers of shades, one per side of zero."""
    every = svg.findall(f"{SVG}g")
    layers = [g for g in every if g.get("stroke-width") == "23"]
    return [g for g in layers if g.get("stroke-opacity") != "0"]


def cells(layer: ET.Element) -> int:
    """Count the cells of a layer."""
    return sum(path.attrib["d"].count("M") for path in layer)


def test_gaps_have_sign_and_shade_of_their_side() -> None:
    svg = gap_table([[-0.3, 0.1], [NAN, 0.0]])
    below, above = shaded(svg)
    assert (below.get("stroke"), above.get("stroke")) == (_BELOW, _ABOVE)
    assert (below.get("stroke-dasharray"), above.get("stroke-dasharray")) == (
        "8 1",
        None,
    )
    assert (cells(below), cells(above)) == (1, 1)
    dark, soft = (place(layer[0], "stroke-opacity") for layer in (below, above))
    assert (dark, soft) == (0.8, 0.31)
    assert titles(svg)[-4:] == [
        "a, A: −0.30",
        "a, B: +0.10",
        "b, A: nothing known",
        "b, B: 0.00",
    ]
    printed = next(g for g in svg.findall(f"{SVG}g") if g.get("font-size") == "10")
    assert words(printed) == ["−0.30", "+0.10", "0.00"]
    assert notes(svg) == [
        "– nothing known",
        "−, striped: falls short; +, plain: goes beyond",
    ]


def test_only_sides_that_are_there_are_explained() -> None:
    assert notes(gap_table([[-0.1, 0]], notes=["n"])) == [
        "−, striped: falls short",
        "n",
    ]
    assert notes(gap_table([[0.1, 0]])) == ["+, plain: goes beyond"]
    assert notes(gap_table([[0.0]])) == []


def test_small_gaps_do_not_look_large() -> None:
    svg = gap_table([[-0.02, 0.02]])
    assert [place(layer[0], "stroke-opacity") for layer in shaded(svg)] == [0.12, 0.12]
    assert [x for x in words(svg) if x.endswith("20")] == ["−0.20", "+0.20"]


def test_the_scale_shows_both_sides() -> None:
    svg = gap_table([[-0.4, 0.2]])
    below = [x.text for x in svg.findall(f"{SVG}text") if x.get("font-size") == "11"]
    assert below[-4:] == ["−0.40", "−0.20", "+0.20", "+0.40"]
    striped = [x for x in svg.findall(f"{SVG}path") if x.get("stroke-width") == "18"]
    plain = svg.findall(f"{SVG}rect")
    assert [x.get("stroke") for x in striped] == [_BELOW] * 2
    assert [x.get("stroke-dasharray") for x in striped] == ["8 1"] * 2
    assert [x.get("fill") for x in plain] == [_ABOVE] * 2
    assert [place(x, "stroke-opacity") for x in striped] == [0.8, 0.42]
    assert [place(x, "fill-opacity") for x in plain] == [0.42, 0.8]
    lefts = [numbers(x.attrib["d"])[0] for x in striped] + [
        place(x, "x") for x in plain
    ]
    assert {b - a for a, b in itertools.pairwise(lefts)} == {48}


@pytest.mark.parametrize("odd", [NAN, INF, -INF])
def test_what_is_not_finite_is_unknown(odd: float) -> None:
    svg = gap_table([[odd, odd]])
    assert titles(svg)[-1] == "a, B: nothing known"
    assert [cells(layer) for layer in shaded(svg)] == [0, 0]
    assert notes(svg) == ["– nothing known"]


def test_rows_and_columns_are_named_where_they_begin() -> None:
    assert {"attribute ↓", "touchpoint →"} <= {*words(gap_table([[0.1]]))}
    svg = gap_table([[0.1]], row_label="promise", column_label="")
    assert [x for x in words(svg) if x[-1] in "↓→"] == ["promise ↓"]


def test_every_figure_fits_into_its_cell() -> None:
    svg = gap_table([[-0.23] * 40], columns=[str(i) for i in range(40)])
    assert words(svg).count("−0.23") == 40 + 1  # and the scale
    (stroke,) = {numbers(x.attrib["d"])[2] for x in shaded(svg)[0]}
    assert stroke == 37 > _pixels("−0.23") * 10 / 13 + 8


def test_cells_of_a_crowded_table_share_words_by_row() -> None:
    names = [f"touchpoint number {i}" for i in range(41)]
    values = [
        [(-1) ** j * (41 * i + j + 1) / 1681 for j in range(41)] for i in range(41)
    ]
    svg = gap_table(values, rows=names, columns=names)
    assert notes(svg)[:3] == [
        "40 of 41 rows shown",
        "40 of 41 columns shown",
        "−, striped: falls short; +, plain: goes beyond",
    ]
    assert notes(svg)[3].startswith("where one points, the smallest")
    shared = [x for x in titles(svg) if ", others: " in x]
    assert shared[0] == "touchpoint number 0, others: −0.02 to +0.02"
    assert [cells(layer) for layer in shaded(svg)] == [800, 800]
    level = gap_table([[0.3] * 40] * 40, rows=["r" * 24] * 40, columns=["c" * 24] * 40)
    assert f"{'r' * 24}, others: +0.30" in titles(level)


# --- nothing to draw -------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (_draw_promises.dumbbells([], title="T", notes=["n"]), "no promises"),
        (_draw_promises.parts([], title="T", notes=["n"]), "no distances"),
        (_draw_promises.gap_table([], [], [], title="T", notes=["n"]), "no cells"),
        (_draw_promises.gap_table(["a"], [], [[]], title="T", notes=["n"]), "no cells"),
    ],
)
def test_a_drawing_of_nothing_says_so(drawn: str, said: str) -> None:
    svg = parse(drawn)
    assert words(svg) == ["T", said, "n"]
    assert (place(svg, "width"), place(svg, "height")) == (704, 84)


# --- any words -------------------------------------------------------------------


LOOKS = "fill fill-opacity stroke stroke-opacity stroke-width stroke-dasharray"
FONTS = "font-family font-size font-weight text-anchor transform"
FORMS = "x y cx cy r d width height viewBox"
HARMLESS = {*LOOKS.split(), *FONTS.split(), *FORMS.split()}
Draw = Callable[[str, int], str]


def full_dumbbells(label: str, count: int) -> str:
    """Draw promises of which all is known, each in a group of its own."""
    rows = [
        Dumbbell(
            label=label,
            group=f"{label}{i}",
            promised=0.8765,
            delivered=2 / 3,
            perceived=1 / 7,
            expected=0.777,
            low=1 / 9,
            high=2 / 9,
            verdict="below",
            words=label,
        )
        for i in range(count)
    ]
    return _draw_promises.dumbbells(rows, title=label, notes=[label] * count)


def full_parts(label: str, count: int) -> str:
    """Draw distances of which all is known."""
    one = part(1 / 3, 1 / 7, 1 / 9, label=label, distance=0.7777, remedy=label)
    return _draw_promises.parts([one] * count, title=label, notes=[label] * count)


def full_gaps(label: str, count: int) -> str:
    """Draw a matrix of which every cell is known and shaded."""
    values = [
        [(-1) ** (i + j) * (i * count + j + 1) / count**2 for j in range(count)]
        for i in range(count)
    ]
    return _draw_promises.gap_table(
        [label] * count,
        [label] * count,
        values,
        title=label,
        row_label=label,
        column_label=label,
        notes=[label] * count,
    )


EVERY: list[Draw] = [full_dumbbells, full_parts, full_gaps]


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
    assert tags <= {"svg", "title", "text", "g", "rect", "circle", "path"}
    for element in svg.iter():
        assert not element.tail
        assert not element.text or element.tag in {f"{SVG}text", f"{SVG}title"}
        assert not any("url(" in value for value in element.attrib.values())
        data = element.get("d", "M")
        assert re.fullmatch(r"([MHVhlvz](-?\d+(\.\d+)?[ -]?)*)+", data), data
    paints = {x.get(name, "none") for x in svg.iter() for name in ("fill", "stroke")}
    assert paints <= {"currentColor", "none", _ABOVE, _BELOW}
    if label:
        assert any(_clean(label) in title for title in titles(svg))


@pytest.mark.parametrize("draw", EVERY)
@pytest.mark.parametrize("char", ["&", '"', "👍", "\u0301", "M"])
def test_any_drawing_stays_below_100_kb(draw: Draw, char: str) -> None:
    for label in (char * 2_000, char * 24):
        assert len(draw(label, 99).encode()) < 100_000


@pytest.mark.parametrize("draw", EVERY)
def test_the_same_input_gives_the_same_string(draw: Draw) -> None:
    assert draw("shop", 41) == draw("shop", 41)


@pytest.mark.parametrize("draw", EVERY)
@given(texts, st.integers(1, 7))
def test_all_places_lie_on_the_canvas(draw: Draw, label: str, count: int) -> None:
    svg = parse(draw(label, count))
    width, height = place(svg, "width"), place(svg, "height")
    for element in svg.iter():
        for name in ("x", "cx"):
            assert 0 <= float(element.get(name, "0")) <= width - 24
        for name in ("y", "cy"):
            assert 0 <= float(element.get(name, "0")) <= height - 20
        if element.tag == f"{SVG}text" and "transform" not in element.attrib:
            long = _pixels(element.text or "") * int(element.get("font-size", 13)) / 13
            if "text-anchor" not in element.attrib and element.get("x") != "0":
                assert place(element, "x") + long <= width - 24


@pytest.mark.parametrize("draw", EVERY)
def test_places_have_two_decimals_at_most(draw: Draw) -> None:
    numeric = r' (?:x|y|cx|cy|r|d|width|height)="([^"]*)"'
    places = re.findall(numeric, draw("W" * 9, 7))
    found = [x for some in places for x in re.findall(r"[\d.]+", some)]
    assert len(found) > 60
    assert all(re.fullmatch(r"\d+(\.\d?[1-9])?", x) for x in found)


@given(
    st.lists(
        st.tuples(texts, *[levels] * 6, st.sampled_from(VERDICTS)),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.tuples(texts, *[gaps] * 4), min_size=1, max_size=4),
)
def test_whatever_is_unknown_can_be_drawn(
    rows: list[tuple[Any, ...]], bars: list[tuple[Any, ...]]
) -> None:
    names = ["label", "promised", "delivered", "perceived", "expected"]
    names += ["low", "high", "verdict"]
    promises = [Dumbbell(**dict(zip(names, x, strict=True))) for x in rows]
    assert len(lines(dumbbells(*promises))) == len(rows)
    fields = ["label", "alignment", "coherence", "reliability", "distance"]
    distances = [Part(**dict(zip(fields, x, strict=True))) for x in bars]
    assert len(lines(parts(*distances))) == len(bars)
    assert shaded(gap_table([x[1:] for x in bars]))
