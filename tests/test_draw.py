"""Tests of the tables and drawings."""

import itertools
import math
import re
import unicodedata
import xml.etree.ElementTree as ET

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from cxmkit import _draw
from cxmkit._draw import _ABOVE, _BELOW, _n, _span, _ticks

NAN = math.nan
SVG = "{http://www.w3.org/2000/svg}"
FORBIDDEN = {*map(chr, (*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF))} | {
    "\u2028",
    "\u2029",
}
NASTY = [
    "<script>alert('x')</script>",
    '" onload="alert(1)',
    "fish & chips &amp; &#0;",
    "]]><!-- -->",
    "👨‍👩‍👧 family 👍🏽",
    "خدمة العملاء \u202e reversed",
    "顧客体験" * 20,
    "x" * 500,
    "nul \x00 bell \x07 escape \x1b[31m",
    "lone \ud800 surrogate \uffff",
    "line\r\nbreak\tand tab\u2028",
    "",
]
numbers = st.floats(allow_subnormal=True)
finite = st.floats(min_value=-1e9, max_value=1e9)
texts = st.text(max_size=40) | st.sampled_from(NASTY)


def draw(*rows: tuple[str, float, float, float], **options: object) -> ET.Element:
    """Draw rows of label, value, low, high and parse the result."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    given_ = {"title": "Scores"} | options
    return parse(_draw.whiskers(*columns, **given_))  # type: ignore[arg-type]


def parse(markup: str) -> ET.Element:
    """Parse what would be written to a file."""
    return ET.fromstring(markup.encode())  # noqa: S314  # our own output


def groups(svg: ET.Element) -> list[ET.Element]:
    """Return the rows of a drawing."""
    return svg.findall(f"{SVG}g")


def words(element: ET.Element) -> list[str]:
    """Return all texts below an element, in order."""
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def place(element: ET.Element | None, name: str) -> float:
    """Return a coordinate."""
    assert element is not None
    return float(element.attrib[name])


def grid(svg: ET.Element) -> dict[str, float]:
    """Return the place of each number on the axis."""
    bottom = max(place(line, "y2") for line in svg.findall(f"{SVG}line")) + 14
    return {
        (text.text or "").replace("−", "-"): place(text, "x")
        for text in svg.findall(f"{SVG}text")
        if place(text, "y") == bottom
    }


def dots(svg: ET.Element) -> list[float]:
    """Return the places of the values."""
    return [place(dot, "cx") for dot in svg.iter(f"{SVG}circle")]


def whisker(row: ET.Element) -> list[tuple[float, float]]:
    """Return the ends of the lines of a row: the whisker, then its caps."""
    return [(place(x, "x1"), place(x, "x2")) for x in row.iter(f"{SVG}line")]


def tidy(label: str) -> str:
    """Say again, independently, what cleaning a label means."""
    label = "\n".join(label.split("\r\n"))
    breaks = {"\n", "\r", "\t", "\v", "\f", "\x85", "\u2028", "\u2029"}
    breaks |= set("\x1c\x1d\x1e\x1f")
    return "".join(
        " "
        if char in breaks
        else "\ufffd"
        if char in FORBIDDEN or unicodedata.category(char) == "Cs"
        else char
        for char in label
    )


# --- text tables -----------------------------------------------------------------


def test_text_table_puts_labels_left_and_numbers_right() -> None:
    table = _draw.text_table(
        {
            "touchpoint": ["check-in", "gate"],
            "score": ["81.2", "-7.5"],
            "interval": ["[79.0, 83.1]", ""],
            "seen": ["1,203", "nan"],
            "was": ["no answers", "12"],
        }
    )
    assert table.splitlines() == [
        "touchpoint  score      interval   seen  was",
        "check-in     81.2  [79.0, 83.1]  1,203  no answers",
        "gate         -7.5                  nan  12",
    ]


def test_text_table_counts_wide_and_widthless_characters() -> None:
    table = _draw.text_table({"a": ["顧客", "e\u0301", "abcd"], "b": ["x", "y", "z"]})
    assert table.splitlines()[1:] == ["顧客  x", "e\u0301     y", "abcd  z"]


def test_text_table_keeps_each_row_on_its_line() -> None:
    table = _draw.text_table({"a": ["x\ny", "\x1b[31m", "w" * 200]})
    assert table.splitlines()[1:3] == ["x y", "\ufffd[31m"]
    assert table.splitlines()[3] == "w" * 40 + "…" + "w" * 39


def test_text_table_is_capped() -> None:
    lines = _draw.text_table({"n": [str(i) for i in range(1300)]}).splitlines()
    assert lines[0] == " n"
    assert lines[-2:] == ["59", "... and 1,240 more"]
    assert len(lines) == 62
    exact = _draw.text_table({"n": ["1", "2"]}, max_rows=2)
    assert exact == "n\n1\n2"
    assert _draw.text_table({"n": ["1", "2"]}, max_rows=1) == "n\n1\n... and 1 more"


def test_text_table_of_nothing() -> None:
    assert _draw.text_table({}) == ""
    assert _draw.text_table({"a": [], "b": []}) == "a  b"


def test_tables_refuse_columns_of_different_length() -> None:
    with pytest.raises(ValueError, match="zip"):
        _draw.text_table({"a": ["1"], "b": []})
    with pytest.raises(ValueError, match="zip"):
        _draw.html_table({"a": ["1"], "b": []})


@given(st.lists(texts, max_size=5))
def test_text_table_has_one_line_per_row(labels: list[str]) -> None:
    table = _draw.text_table({"label": labels, "end": ["|"] * len(labels)})
    lines = table.splitlines()
    assert len(lines) == 1 + len(labels)
    assert all(line.endswith("|") for line in lines[1:])


# --- HTML tables -----------------------------------------------------------------


def test_html_table_heads_rows_and_columns() -> None:
    table = parse(
        _draw.html_table(
            {"<b>": ["<i>", "&"], "n": ["1", "2"]}, caption="A & B", note="<note>"
        )
    )
    assert table.tag == "table"
    assert table.attrib["class"] == "dataframe"
    assert table.findtext("caption") == "A & B"
    assert [x.text for x in table.findall("thead/tr/th")] == ["<b>", "n"]
    assert [x.text for x in table.findall("tbody/tr/th")] == ["<i>", "&"]
    assert [x.text for x in table.findall("tbody/tr/td")] == ["1", "2"]
    assert [x.text for x in table.findall("tfoot/tr/td")] == ["<note>"]
    sides = [x.attrib["style"].split(";")[0] for x in table.iter() if x.tag == "td"]
    assert sides == ["text-align:right"] * 2 + ["text-align:left"]


def test_html_table_is_capped_and_says_so() -> None:
    labels = [f"row {i}" for i in range(200)]
    table = parse(_draw.html_table({"a": labels, "n": ["1"] * 200}, note="last"))
    assert [x.text for x in table.findall("tbody/tr/th")] == labels[:60]
    feet = table.findall("tfoot/tr/td")
    assert [x.text for x in feet] == ["... and 140 more", "last"]
    assert {x.attrib["colspan"] for x in feet} == {"2"}


@given(texts)
def test_html_table_escapes_any_label(label: str) -> None:
    table = parse(_draw.html_table({label: [label]}, caption=label, note=label))
    paths = ("caption", "thead/tr/th", "tbody/tr/th")
    cut = "x" * 100 + "…" + "x" * 99
    expected = cut if label == "x" * 500 else tidy(label)
    assert [table.findtext(path) for path in paths] == [expected] * 3
    assert len(list(table.iter())) == (11 if label else 9)


# --- whiskers as text ------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ((50, 25, 75), "     ├────●────┤     "),
        ((0, 0, 100), "●───────────────────┤"),
        ((100, 0, 100), "├───────────────────●"),
        ((50, 50, 50), "          ●          "),
        ((50, NAN, 75), "          ●          "),
        ((50, 25, NAN), "          ●          "),
        ((50, -math.inf, 300), "├─────────●─────────┤"),
        ((-20, -30, 10), "●─┤                  "),
        ((NAN, 25, 75), "                     "),
    ],
)
def test_text_whiskers(numbers: tuple[float, float, float], line: str) -> None:
    assert _draw.text_whiskers(*numbers, bounds=(0, 100), width=21) == line


def test_text_whiskers_dot_zero_inside_the_bounds_only() -> None:
    kept = _draw.text_whiskers(50, 30, 70, bounds=(-100, 100), width=21)
    assert kept == "          ┊  ├─●─┤   "
    over = _draw.text_whiskers(0, -30, 70, bounds=(-100, 100), width=21)
    assert over == "       ├──●──────┤   "
    assert "┊" not in _draw.text_whiskers(-50, NAN, NAN, bounds=(-100, 0))
    assert "┊" not in _draw.text_whiskers(3, 2, 4, bounds=(1, 5))


def test_text_whiskers_match_their_axis_by_default() -> None:
    line = _draw.text_whiskers(3, 2, 4, bounds=(1, 5))
    assert len(line) == len(_draw.text_axis(bounds=(1, 5))) == 24


def test_text_whiskers_survive_bounds_without_width() -> None:
    assert _draw.text_whiskers(3, 3, 3, bounds=(3, 3), width=5) == "●    "


@given(numbers, numbers, numbers, st.integers(2, 40))
def test_text_whiskers_have_their_width(
    a: float, b: float, value: float, width: int
) -> None:
    low, high = (min(a, b), max(a, b))
    line = _draw.text_whiskers(value, low, high, bounds=(-100, 100), width=width)
    assert len(line) == width
    assert line.count("●") == (not math.isnan(value))


def test_text_axis_heads_the_whiskers() -> None:
    assert _draw.text_axis(bounds=(-100, 100), width=12) == "-100     100"
    assert len(_draw.text_axis(bounds=(1, 5))) == 24


# --- ticks -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (-100, 100, [-100, -50, 0, 50, 100]),
        (1, 5, [1, 2, 3, 4, 5]),
        (1, 7, [1, 2, 3, 4, 5, 6, 7]),
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.1, 0.7, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]),
        (-3, 41, [-10, 0, 10, 20, 30, 40, 50]),
        (0, 55, [0, 10, 20, 30, 40, 50, 60]),
        (0, 1203, [0, 500, 1000, 1500]),
    ],
)
def test_ticks_of_known_scales(low: float, high: float, ticks: list[float]) -> None:
    assert _ticks(low, high) == ticks


@given(finite, finite)
@example(0.0, 0.3)
@example(0.0, 6e-9)
@example(-1e14, 9e14)
def test_ticks_cover_in_equal_steps_of_1_2_5(a: float, b: float) -> None:
    low, high = _span([a, b])
    ticks = _ticks(low, high)
    step = (ticks[-1] - ticks[0]) / (len(ticks) - 1)
    slack = 1e-6 * step
    assert ticks[0] <= low + slack < ticks[1] + 2 * slack
    assert ticks[-2] - 2 * slack < high - slack <= ticks[-1]
    gaps = [y - x for x, y in itertools.pairwise(ticks)]
    assert gaps == pytest.approx([step] * len(gaps), rel=1e-5)
    lead = step / 10 ** math.floor(math.log10(step * (1 + 1e-6)))
    assert min(abs(lead - nice) for nice in (1, 2, 5)) < 1e-4
    assert 3 <= len(ticks) <= 8


@given(st.lists(numbers, max_size=4))
def test_span_holds_what_can_be_drawn(values: list[float]) -> None:
    low, high = _span(values)
    assert low < high
    assert all(low <= x <= high for x in values if abs(x) < 1e15)


def test_span_opens_up_where_all_are_equal() -> None:
    assert _span([]) == (0, 1)
    assert _span([5, 5]) == (5, 10)
    assert _span([-0.5]) == (-0.5, 0.5)
    assert _span([NAN, math.inf, 1e15, 2, 3]) == (2, 3)


# --- drawings --------------------------------------------------------------------


def test_marks_lie_at_their_numbers() -> None:
    svg = draw(("a", 40, 20, 80), ("b", -60, -100, 0), bounds=(-100, 100))
    axis = grid(svg)
    assert list(axis) == ["-100", "-50", "0", "50", "100"]
    start, end = axis["-100"], axis["100"]
    assert axis["0"] == pytest.approx((start + end) / 2, abs=0.01)

    def at(value: float) -> float:
        return start + (value + 100) / 200 * (end - start)

    first, second = groups(svg)
    assert dots(svg) == pytest.approx([at(40), at(-60)], abs=0.02)
    spread = [(at(20), at(80)), (at(20), at(20)), (at(80), at(80))]
    for seen, expected in zip(whisker(first), spread, strict=True):
        assert seen == pytest.approx(expected, abs=0.02)
    assert whisker(second)[0] == pytest.approx((start, at(0)), abs=0.02)
    up, down = first.find(f".//{SVG}rect"), second.find(f".//{SVG}rect")
    assert place(up, "x") == pytest.approx(at(0), abs=0.02)
    assert place(up, "width") == pytest.approx(at(40) - at(0), abs=0.02)
    assert place(down, "x") == pytest.approx(at(-60), abs=0.02)
    assert place(down, "width") == pytest.approx(at(0) - at(-60), abs=0.02)
    colours = [row.find(f"{SVG}g") for row in (first, second)]
    assert [x is not None and x.attrib["fill"] for x in colours] == [
        "#3d85c6",
        "#d9722e",
    ]


def test_the_zero_line_is_the_strongest() -> None:
    svg = draw(("a", -4, -6, 2))
    strength = {
        place(line, "x1"): place(line, "stroke-opacity")
        for line in svg.findall(f"{SVG}line")
    }
    zero = grid(svg)["0"]
    assert [x for x in strength if strength[x] > 0.5] == [zero]


def test_rows_keep_their_order_and_line_up() -> None:
    svg = draw(*((name, 10.0, 5.0, 15.0) for name in "qazwsx"))
    names = [words(row)[0] for row in groups(svg)]
    assert names == list("qazwsx")
    heights = [place(dot, "cy") for dot in svg.iter(f"{SVG}circle")]
    assert [y - x for x, y in itertools.pairwise(heights)] == [24.0] * 5
    ends = [(place(x, "y1"), place(x, "y2")) for x in svg.findall(f"{SVG}line")]
    assert set(ends) == {(heights[0] - 12, heights[-1] + 16)}
    for row, height in zip(groups(svg), heights, strict=True):
        ends = [(place(x, "y1"), place(x, "y2")) for x in row.iter(f"{SVG}line")]
        assert ends == [(height, height), *[(height - 4, height + 4)] * 2]
        assert {place(x, "y") for x in row.iter(f"{SVG}text")} == {height + 4.5}
        assert place(row.find(f".//{SVG}rect"), "y") == height - 6


def test_a_row_says_its_numbers() -> None:
    svg = draw(("a", -1234.56, -2000, -0.004), digits=2)
    assert words(groups(svg)[0]) == ["a", "−1,234.56", "[−2,000.00, 0.00]"]
    plain = draw(("a", 81.25, 79, 83))
    assert words(groups(plain)[0]) == ["a", "81.2", "[79.0, 83.0]"]
    counts = draw(("a", 1203, NAN, NAN), digits=0)
    assert words(groups(counts)[0]) == ["a", "1,203"]


def test_columns_of_text_do_not_meet_the_plot() -> None:
    svg = draw(("touchpoint", 99, 98, 100), bounds=(0, 100))
    axis, (name, figure, interval) = grid(svg), groups(svg)[0].iter(f"{SVG}text")
    assert place(name, "x") == pytest.approx(axis["0"] - 10, abs=0.02)
    assert place(figure, "x") - 4 * 13 * 0.5 > axis["100"]
    assert place(interval, "x") - 13 * 12 * 0.4 > place(figure, "x")
    assert {x.attrib["text-anchor"] for x in (name, figure, interval)} == {"end"}
    wide = place(svg, "width")
    assert wide == 704
    assert place(interval, "x") == wide - 24


def test_wide_labels_widen_the_drawing_and_not_squeeze_the_plot() -> None:
    svg = draw(("M" * 90, 1, 0, 2), ("顧" * 90, 1, 0, 2), bounds=(0, 2))
    axis = grid(svg)
    assert axis["2"] - axis["0"] == pytest.approx(340, abs=0.02)
    assert place(svg, "width") > 704
    name = groups(svg)[0].find(f"{SVG}text")
    assert place(name, "x") > 29 * 13 * 0.9


def test_long_labels_lose_their_middle_but_not_in_the_title() -> None:
    label = "front " + "x" * 490 + " back"
    (row,) = groups(draw((label, 1, 0, 2)))
    assert row.findtext(f"{SVG}title") == label
    assert words(row)[0] == "front " + "x" * 11 + "…" + "x" * 11 + " back"
    (wide,) = groups(draw(("顧客" * 10, 1, 0, 2)))
    assert words(wide)[0] == "顧客" * 4 + "…" + "顧客" * 4
    (whole,) = groups(draw(("x" * 30, 1, 0, 2)))
    assert words(whole)[0] == "x" * 30


def test_no_answers() -> None:
    svg = draw(("a", NAN, NAN, NAN), ("b", NAN, 1, 3), ("c", 2, 1, 3))
    assert [words(row) for row in groups(svg)] == [
        ["a", "no answers"],
        ["b", "no answers"],
        ["c", "2.0", "[1.0, 3.0]"],
    ]
    assert [len(whisker(row)) for row in groups(svg)] == [0, 0, 3]
    assert len(dots(svg)) == 1
    nobody = draw(("a", NAN, NAN, NAN))
    assert dots(nobody) == []
    assert list(grid(nobody)) == ["0", "0.2", "0.4", "0.6", "0.8", "1"]


def test_a_value_without_interval_is_a_dot_on_its_bar() -> None:
    svg = draw(("a", 2, NAN, 3), ("b", 2, 1, NAN))
    assert [whisker(row) for row in groups(svg)] == [[], []]
    assert dots(svg) == [dots(svg)[0]] * 2
    assert [words(row) for row in groups(svg)] == [["a", "2.0"], ["b", "2.0"]]


def test_numbers_too_large_are_said_and_not_drawn() -> None:
    svg = draw(("a", math.inf, 1, 2), ("b", -1e15, 1, 2), ("c", 1, -math.inf, 1e300))
    assert [words(row)[1] for row in groups(svg)] == ["inf", "−1e+15", "1.0"]
    assert [len(whisker(row)) for row in groups(svg)] == [0, 0, 3]
    axis = grid(svg)
    assert whisker(groups(svg)[2])[0] == (axis["0"], axis["2"])


def test_no_bar_where_zero_is_off_the_axis() -> None:
    svg = draw(("a", 4.5, 4.25, 4.75), bounds=(1, 5))
    assert list(grid(svg)) == ["1", "2", "3", "4", "5"]
    assert list(svg.iter(f"{SVG}rect")) == []
    assert len(dots(svg)) == 1


def test_only_what_lies_below_zero_takes_the_other_colour() -> None:
    svg = draw(*(("a", x, NAN, NAN) for x in (0.0, 0.5, -0.5)))
    colours = [x.attrib["fill"] for row in groups(svg) for x in row.findall(f"{SVG}g")]
    assert colours == [_ABOVE, _ABOVE, _BELOW]


def test_a_bar_below_zero_ends_at_the_edge_that_is_zero() -> None:
    svg = draw(("a", -3, -5, -1))
    bar = svg.find(f".//{SVG}rect")
    assert place(bar, "x") + place(bar, "width") == pytest.approx(grid(svg)["0"])
    assert place(bar, "x") == dots(svg)[0]


def test_bounds_are_kept_unless_the_numbers_exceed_them() -> None:
    kept = draw(("a", 1, 1, 10), bounds=(1, 10))
    axis, (low, high) = grid(kept), whisker(groups(kept)[0])[0]
    assert list(axis) == ["2", "4", "6", "8", "10"]
    assert high == axis["10"]
    assert low == pytest.approx(axis["2"] - (axis["4"] - axis["2"]) / 2, abs=0.02)
    exceeded = draw(("a", 99, 96, 102), bounds=(0, 100))
    axis, (_, high) = grid(exceeded), whisker(groups(exceeded)[0])[0]
    assert list(axis) == ["0", "20", "40", "60", "80", "100"]
    per_point = (axis["100"] - axis["0"]) / 100
    assert high == pytest.approx(axis["0"] + 102 * per_point, abs=0.02)


def test_without_bounds_the_axis_holds_zero_and_ends_at_ticks() -> None:
    svg = draw(("a", 41, 38, 43))
    assert list(grid(svg)) == ["0", "10", "20", "30", "40", "50"]


def test_all_equal() -> None:
    svg = draw(("a", 5, 5, 5), ("b", 5, 5, 5), bounds=(5, 5))
    assert len(set(dots(svg))) == 1
    zeros = draw(("a", 0, 0, 0), ("b", 0, 0, 0))
    assert dots(zeros) == [grid(zeros)["0"]] * 2


def test_reference_is_dashed_behind_the_rows() -> None:
    svg = draw(
        ("a", 70, 60, 75),
        bounds=(0, 100),
        reference=80,
        reference_label="promised <80>",
    )
    dashed = [x for x in svg.findall(f"{SVG}line") if "stroke-dasharray" in x.attrib]
    assert [place(x, "x1") for x in dashed] == [grid(svg)["80"]]
    assert place(dashed[0], "x1") == place(dashed[0], "x2")
    label = next(x for x in svg.findall(f"{SVG}text") if x.text == "promised <80>")
    assert place(label, "x") == grid(svg)["80"]
    assert place(label, "y") < place(dashed[0], "y1")
    order = list(svg)
    assert order.index(dashed[0]) < order.index(groups(svg)[0])
    plain = draw(("a", 70, 60, 75), bounds=(0, 100))
    assert place(svg, "height") - place(plain, "height") == 22


def test_reference_widens_the_axis_and_its_label_stays_inside() -> None:
    svg = draw(("a", 1, 0, 2), reference=9, reference_label="m" * 200)
    assert list(grid(svg))[-1] == "10"
    label = next(x for x in svg.findall(f"{SVG}text") if "mm…mm" in (x.text or ""))
    half = 40 * 13 * 0.95 / 2
    assert place(label, "x") == pytest.approx(680 - half, abs=5)
    left = draw(("a", 1, 0, 2), reference=0, reference_label="m" * 200)
    label = next(x for x in left.findall(f"{SVG}text") if "mm…mm" in (x.text or ""))
    assert place(label, "x") == pytest.approx(half, abs=5)


@pytest.mark.parametrize("reference", [None, NAN, math.inf, -1e15])
def test_no_reference(reference: float | None) -> None:
    drawn = _draw.whiskers(["a"], [1], [0], [2], title="t", reference=reference)
    assert "stroke-dasharray" not in drawn
    assert drawn == _draw.whiskers(["a"], [1], [0], [2], title="t")


def test_title_axis_label_and_notes() -> None:
    svg = draw(
        ("a", 1, 0, 2),
        title="A & <B>",
        axis_label="percent",
        notes=["n = 3", "word " * 30],
    )
    assert svg.tag == f"{SVG}svg"
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == svg.findtext(f"{SVG}title") == "A & <B>"
    assert svg.attrib["fill"] == "currentColor"
    assert words(svg)[0] == "A & <B>"
    assert words(svg)[-4] == "percent"
    assert words(svg)[-3] == "n = 3"
    assert words(svg)[-2] == " ".join(["word"] * 20)
    assert words(svg)[-1] == " ".join(["word"] * 10)
    labelled = next(x for x in svg.findall(f"{SVG}text") if x.text == "percent")
    axis = list(grid(svg).values())
    assert place(labelled, "x") == pytest.approx((axis[0] + axis[-1]) / 2, abs=0.02)


def test_long_titles_and_axis_labels_are_shortened() -> None:
    svg = draw(("a", 1, 0, 2), title="t" * 150, axis_label="l" * 150)
    assert words(svg)[0] == "t" * 36 + "…" + "t" * 35
    assert svg.findtext(f"{SVG}title") == "t" * 150
    assert words(svg)[-1] == "l" * 30 + "…" + "l" * 29


def test_texts_around_the_plot_keep_their_distance() -> None:
    svg = draw(("a", 1, 0, 2), title="t", axis_label="l", notes=["n"])
    title, *ticks, label, note = (place(x, "y") for x in svg.findall(f"{SVG}text"))
    top = min(place(x, "y1") for x in svg.findall(f"{SVG}line"))
    assert top - title == 17
    assert {label - tick for tick in ticks} == {16}
    assert note - label == 20
    upper, lower = (draw((x * 20, 1, 0, 2), bounds=(0, 2)) for x in "Aa")
    assert grid(upper)["0"] > grid(lower)["0"]


def test_lines_stay_inside_the_drawing() -> None:
    for options in ({}, {"notes": ["a", "b"]}, {"axis_label": "x"}):
        for rows in ([], [("a", 1.0, 0.0, 2.0)]):
            svg = draw(*rows, **options)
            lowest = max(place(x, "y") for x in svg.iter(f"{SVG}text"))
            bottom = place(svg, "height") - 10
            assert 8 <= bottom - lowest <= 32
            left, top, *size = map(float, svg.attrib["viewBox"].split())
            assert (left, top) == (-12, -10)
            assert size == [place(svg, "width"), place(svg, "height")]


def test_notes_are_capped_and_say_so() -> None:
    full = draw(("a", 1, 0, 2), notes=[f"note {i}" for i in range(12)])
    assert words(full)[-12:] == [f"note {i}" for i in range(12)]
    over = draw(("a", 1, 0, 2), notes=[f"note {i}" for i in range(13)])
    assert words(over)[-12:] == [*(f"note {i}" for i in range(11)), "…"]
    heights = [place(x, "y") for x in list(over.findall(f"{SVG}text"))[-12:]]
    assert [y - x for x, y in itertools.pairwise(heights)] == [17.0] * 11


def test_a_note_takes_ten_lines_at_most() -> None:
    svg = draw(("a", 1, 0, 2), notes=["x" * 2000, "last"])
    assert words(svg)[-11:-1] == [
        *["x" * 100] * 5,
        "…" + "x" * 99,
        *["x" * 100] * 4,
    ]


def test_notes_of_wide_characters_break_earlier() -> None:
    svg = draw(("a", 1, 0, 2), notes=["顧" * 100, "\u0301" * 3, ""])
    assert words(svg)[-3:-1] == ["顧" * 50] * 2


def test_rows_are_capped_and_the_rest_is_counted() -> None:
    svg = draw(*((f"row {i}", 1.0, 0.0, 2.0 + 99 * (i > 59)) for i in range(64)))
    assert [words(row)[0] for row in groups(svg)] == [f"row {i}" for i in range(60)]
    assert words(svg)[-1] == "... and 4 more"
    assert list(grid(svg))[-1] == "2"  # what is not shown does not stretch the axis
    exact = draw(*((f"row {i}", 1.0, 0.0, 2.0) for i in range(60)))
    assert not any("more" in text for text in words(exact))


def test_no_groups() -> None:
    svg = draw(title="Nobody", notes=["asked"], axis_label="x", reference=3)
    assert words(svg) == ["Nobody", "no groups", "asked"]
    assert list(svg.iter(f"{SVG}line")) == []


def test_a_single_row() -> None:
    svg = draw(("only", 3, 2, 4))
    assert len(groups(svg)) == len(dots(svg)) == 1


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        _draw.whiskers(["a"], [1], [0], [], title="t")


@given(texts, texts)
@example(NASTY[0], NASTY[1])
@example("\x00\x1f\x7f\x9f\ud800\udfff\ufffe\uffff", "\t\n\v\f\r\x1c\x85\u2028")
def test_any_label_parses_and_returns_in_the_title(label: str, other: str) -> None:
    markup = _draw.whiskers(
        [label, other],
        [1, 2],
        [0, 1],
        [2, 3],
        title=label,
        axis_label=other,
        reference=1,
        reference_label=label,
        notes=[other],
    )
    svg = parse(markup)
    titles = [row.findtext(f"{SVG}title") for row in groups(svg)]
    assert titles == [tidy(label), tidy(other)]
    tags = {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert tags == {"svg", "title", "text", "g", "line", "rect", "circle"}
    names = {name for element in svg.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in names)
    assert "id" not in names
    assert "url(" not in "".join(v for x in svg.iter() for v in x.attrib.values())


@given(
    st.lists(st.tuples(texts, numbers, numbers, numbers), max_size=5),
    st.none() | st.tuples(finite, finite).map(lambda x: (min(x), max(x))),
    st.none() | numbers,
)
def test_any_numbers_stay_on_the_canvas(
    rows: list[tuple[str, float, float, float]],
    bounds: tuple[float, float] | None,
    reference: float | None,
) -> None:
    svg = draw(*rows, bounds=bounds, reference=reference)
    width, height = place(svg, "width"), place(svg, "height")
    for element in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, "0")) <= width - 24
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, "0")) <= height - 20


@pytest.mark.parametrize("char", ["&", '"', "👍", "x", "\u0301", "M"])
def test_any_drawing_stays_below_100_kb(char: str) -> None:
    long = char * 2_000
    size = len(
        _draw.whiskers(
            [long] * 200,
            [-123_456_789.123] * 200,
            [-999_999_999.9] * 200,
            [-0.123456] * 200,
            title=long,
            axis_label=long,
            reference=1,
            reference_label=long,
            digits=4,
            notes=[long] * 100,
        ).encode()
    )
    assert size < 100_000


def test_full_titles_share_a_budget() -> None:
    rows = [("&" * 500, 1.0, 0.0, 2.0)] * 60
    titles = [row.findtext(f"{SVG}title") or "" for row in groups(draw(*rows))]
    assert {len(title) for title in titles} == {120}
    assert "&…&" in titles[0]
    plain = [("x" * 500, 1.0, 0.0, 2.0)] * 60
    assert groups(draw(*plain))[59].findtext(f"{SVG}title") == "x" * 500
    exact = [("x" * 600, 1.0, 0.0, 2.0)] * 60
    assert groups(draw(*exact))[59].findtext(f"{SVG}title") == "x" * 600


def test_numbers_have_two_decimals_at_most() -> None:
    markup = _draw.whiskers(["a"] * 7, [1 / 3] * 7, [0.1] * 7, [0.7] * 7, title="t")
    places = re.findall(r' (?:[xy][12]?|c[xy]|width|height)="([^"]*)"', markup)
    assert len(places) > 50
    assert all(re.fullmatch(r"-?\d+(\.\d\d?)?", x) for x in places)
    assert not any(re.search(r"\.\d?0$", x) for x in places)
    assert _n(-0.001) == "0"
    assert _n(1234567.125) == "1234567.12"


def test_the_same_input_gives_the_same_string() -> None:
    first, second = (
        _draw.whiskers(["a", "b"], [1, 2], [0, 1], [2, 3], title="t", notes=["n"])
        for _ in range(2)
    )
    assert first == second


def contrast(colour: str, background: str) -> float:
    """Contrast ratio of two colours, after WCAG 2.1."""

    def luminance(code: str) -> float:
        parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = [
            x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts
        ]
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light = sorted([luminance(colour) + 0.05, luminance(background) + 0.05])
    return light[1] / light[0]


@pytest.mark.parametrize("background", ["#ffffff", "#111111"])
def test_marks_read_on_light_and_dark(background: str) -> None:
    assert contrast(_ABOVE, background) >= 3
    assert contrast(_BELOW, background) >= 3
