"""Tests of the drawing of survival: steps, bands, models and the words around them."""

import itertools
import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from cxmkit import _draw_survival
from cxmkit._draw import _ABOVE, _BELOW

NAN = math.nan
SVG = "{http://www.w3.org/2000/svg}"
TOP, BOTTOM, RIGHT = 58.0, 278.0, 668.0
POINTS = r"M[\d.]+ [\d.]+(L[\d.]+ [\d.]+)*"
BOX = r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H([\d.]+)z"
Points = list[tuple[float, float]]


def survival(**options: Any) -> ET.Element:
    """Draw two losses within 0 to 10, if nothing else is said."""
    given: dict[str, Any] = {
        "times": [2.0, 5.0],
        "survival": [0.8, 0.4],
        "low": [0.5, 0.2],
        "high": [0.9, 0.6],
        "said": "step {}".format,
        "ends": (0.0, 10.0),
        "title": "How long?",
        "axis_label": "months",
    }
    markup = _draw_survival.survival_curve(**given | options)
    return ET.fromstring(markup.encode())  # noqa: S314  our own output


def nobody_lost(**options: Any) -> ET.Element:
    """Draw a curve without a step."""
    nothing: dict[str, Any] = dict.fromkeys(("times", "survival", "low", "high"), ())
    return survival(**nothing | options)


def crowded(**options: Any) -> ET.Element:
    """Draw 5,000 steps from 1 to 0, which are too many to be told apart."""
    shares = np.linspace(0.99, 0.01, 5_000).tolist()
    every = dict.fromkeys(("survival", "low", "high"), shares)
    return survival(times=np.linspace(0.01, 9.99, 5_000).tolist(), **every | options)


def place(element: ET.Element, name: str) -> float:
    return float(element.attrib[name])


def left_of(svg: ET.Element) -> float:
    """Return where time begins."""
    return min(place(line, "x1") for line in svg.iter(f"{SVG}line"))


def texts(svg: ET.Element) -> list[ET.Element]:
    return svg.findall(f"{SVG}text")


def lines(svg: ET.Element, style: str) -> list[Points]:
    """Return lines of a style, as times from 0 to 10 and shares."""
    found = []
    for path in svg.findall(f"{SVG}path"):
        assert re.fullmatch(POINTS, path.attrib["d"])
        if path.get("stroke") == style:
            numbers = [float(x) for x in re.findall(r"[\d.]+", path.attrib["d"])]
            left = left_of(svg)
            found.append(
                [
                    (round(10 * (x - left) / (RIGHT - left), 2), round(height(y), 3))
                    for x, y in zip(numbers[::2], numbers[1::2], strict=True)
                ]
            )
    return found


def curve(svg: ET.Element) -> Points:
    (found,) = lines(svg, _ABOVE)
    return found


def height(y: float) -> float:
    """Return the share at a place."""
    return (BOTTOM - y) / (BOTTOM - TOP)


def boxes(svg: ET.Element) -> list[list[float]]:
    """Return the band of each step: left, top, right, bottom, left."""
    bands = [g for g in svg.findall(f"{SVG}g") if g.get("fill") == _ABOVE]
    assert {band.get("fill-opacity") for band in bands} <= {"0.25"}
    marks = [re.fullmatch(BOX, box.attrib["d"]) for band in bands for box in band]
    assert all(marks)
    return [[float(x) for x in mark.groups()] for mark in marks if mark]


def strips(svg: ET.Element) -> list[ET.Element]:
    """Return where words appear if one points there."""
    return [*svg.iter(f"{SVG}rect")]


def titles(svg: ET.Element) -> list[str]:
    """Return what appears where one points, without the title of the drawing."""
    return [title.text or "" for title in svg.iter(f"{SVG}title")][1:]


def notes(svg: ET.Element) -> list[ET.Element]:
    """Return the lines below a drawing."""
    return [x for x in texts(svg) if place(x, "y") > BOTTOM + 60]


def legend(svg: ET.Element) -> str:
    """Return what is said below a drawing, in one line."""
    return " ".join(x.text or "" for x in notes(svg))


def about(svg: ET.Element) -> str:
    return svg.findtext(f"{SVG}desc") or ""


def near(*expected: float) -> Any:
    """Allow for rounding to two decimals."""
    return pytest.approx(expected, abs=0.011)


def test_the_curve_goes_by_steps() -> None:
    svg = survival()
    assert curve(svg) == [*[(0, 1), (2, 1), (2, 0.8), (5, 0.8), (5, 0.4), (10, 0.4)]]
    (line,) = svg.findall(f"{SVG}path")
    assert (line.get("fill"), line.get("stroke-width")) == ("none", "2.5")
    assert about(svg) == "from 100 % at 0 to 40 % at 10"


def test_a_curve_without_steps_stays_at_the_top() -> None:
    svg = nobody_lost()
    assert curve(svg) == [(0, 1), (10, 1)]
    assert about(svg) == "from 100 % at 0 to 100 % at 10"
    assert not strips(svg)
    assert legend(svg) == "line: share still there"


def test_nothing_is_written_between_the_elements() -> None:
    written = {f"{SVG}{kind}" for kind in ("text", "title", "desc")}
    for element in survival(fitted=[(0, 1.0), (10, 0.5)]).iter():
        assert element.tail is None
        assert (element.text is None) == (element.tag not in written)


def test_the_band_is_drawn_where_it_is_known() -> None:
    svg = survival()
    left = left_of(svg)
    step = (RIGHT - left) / 10
    first, second = boxes(svg)
    assert first == near(
        left + 2 * step, BOTTOM - 198, left + 5 * step, BOTTOM - 110, left + 2 * step
    )
    assert second == near(
        left + 5 * step, BOTTOM - 132, RIGHT, BOTTOM - 44, left + 5 * step
    )


@pytest.mark.parametrize(("low", "high"), [(NAN, NAN), (NAN, 0.6), (0.2, NAN)])
def test_an_end_that_is_unknown_leaves_a_gap(low: float, high: float) -> None:
    svg = survival(low=[0.5, low], high=[0.9, high])
    assert boxes(svg) == boxes(survival())[:1]
    none = survival(low=[low, low], high=[high, high])
    assert not boxes(none)
    assert legend(none) == "line: share still there"


def test_a_model_is_a_dashed_line() -> None:
    svg = survival(fitted=[(0, 1.0), (5, 0.75), (10, 0.5)])
    assert lines(svg, _BELOW) == [[(0, 1), (5, 0.75), (10, 0.5)]]
    _, model = svg.findall(f"{SVG}path")
    look = [model.get(x) for x in ("fill", "stroke-width", "stroke-dasharray")]
    assert look == ["none", "2", "6 4"]
    assert not lines(survival(), _BELOW)


def test_the_legend_says_what_is_drawn() -> None:
    model = [(0, 1.0), (10, 0.5)]
    line, band = "line: share still there", "soft band: its interval at each time"
    assert legend(survival()) == f"{line}; {band}"
    assert legend(survival(fitted=model)) == f"{line}; {band}; dashed line: model"
    assert legend(nobody_lost(fitted=model)) == f"{line}; dashed line: model"
    svg = crowded(fitted=model, notes=["one", "two"])
    left_out = f"{5_000 - len(strips(svg)):,} steps too close to be drawn apart"
    assert legend(svg) == f"{line}; {band}; dashed line: model; {left_out} one two"


@pytest.mark.parametrize("count", [0, 1, 4])
def test_the_drawing_ends_below_its_last_line(count: int) -> None:
    svg = survival(notes=["note"] * count)
    assert [place(x, "y") for x in notes(svg)] == [
        BOTTOM + 62 + 17 * i for i in range(count + 1)
    ]
    below = place(notes(svg)[-1], "y") + 3
    assert svg.attrib["viewBox"] == f"-12 -10 704 {below + 20:.0f}"
    assert (place(svg, "width"), place(svg, "height")) == (704, below + 20)


def test_the_axes_are_named() -> None:
    svg = survival()
    heading, upward, *_ = texts(svg)
    assert heading.text == svg.get("aria-label") == "How long?"
    assert upward.text == "share still there"
    assert (place(upward, "x"), place(upward, "y")) == (0, 42)
    (across,) = (x for x in texts(svg) if x.text == "months")
    assert across.get("text-anchor") == "middle"
    assert place(across, "y") == BOTTOM + 40
    assert place(across, "x") == pytest.approx((left_of(svg) + RIGHT) / 2, abs=0.01)


def test_a_long_name_of_time_is_cut_to_sixty_characters() -> None:
    written = {x.text for x in texts(survival(axis_label="a" * 60))}
    assert "a" * 60 in written
    cut = {x.text for x in texts(survival(axis_label="a" * 61))}
    assert f"{'a' * 30}…{'a' * 29}" in cut


def test_each_fifth_of_the_customers_has_a_line_with_its_share() -> None:
    svg = survival()
    left = left_of(svg)
    grid = [x for x in svg.findall(f"{SVG}line") if place(x, "x1") < place(x, "x2")]
    shares = [x for x in texts(svg) if (x.text or "").endswith("%")]
    assert [x.text for x in shares] == [f"{20 * i} %" for i in range(6)]
    heights = [BOTTOM - 44 * i for i in range(6)]
    for line, share, y in zip(grid, shares, heights, strict=True):
        ends = [place(line, name) for name in ("x1", "y1", "x2", "y2")]
        assert ends == near(left, y, RIGHT, y)
        assert line.get("stroke") == "currentColor"
        assert (place(share, "x"), place(share, "y")) == near(left - 8, y + 4)
        assert share.get("text-anchor") == "end"
    assert [x.get("stroke-opacity") for x in grid] == ["0.7", *["0.2"] * 5]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0, 10), ["0", "2", "4", "6", "8", "10"]),
        ((3, 9.5), ["4", "6", "8"]),
        ((0, 1_200), ["0", "200", "400", "600", "800", "1,000", "1,200"]),
        ((0, 0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ((5, 5), ["5", "6", "7", "8", "9", "10"]),
    ],
)
def test_marks_of_time_lie_within_the_curve(
    ends: tuple[float, float], expected: list[str]
) -> None:
    svg = nobody_lost(ends=ends)
    written = [x for x in texts(svg) if place(x, "y") == BOTTOM + 19]
    assert [x.text for x in written] == expected
    assert {x.get("text-anchor") for x in written} == {"middle"}
    marks = [x for x in svg.findall(f"{SVG}line") if place(x, "x1") == place(x, "x2")]
    left, (start, end) = left_of(svg), ends
    last = end if end > start else float(expected[-1])  # room for an instant
    for mark, words in zip(marks, written, strict=True):
        time = float((words.text or "").replace(",", ""))
        x = left + (RIGHT - left) * (time - start) / (last - start)
        assert (place(mark, "x1"), place(words, "x")) == near(x, x)
        assert (place(mark, "y1"), place(mark, "y2")) == (BOTTOM, BOTTOM + 5)
        assert mark.get("stroke") == "currentColor"
        assert mark.get("stroke-opacity") == "0.7"


@pytest.mark.parametrize("start", [0.0, 5.0, 1e9, 1e17, 1e300, -1e17])
def test_an_instant_can_be_drawn(start: float) -> None:
    svg = survival(
        times=[start], survival=[0.5], low=[NAN], high=[NAN], ends=(start, start)
    )
    assert curve(svg) == [(0, 1), (0, 1), (0, 0.5), (0, 0.5)]


def test_steps_say_what_they_are_where_one_points() -> None:
    svg = survival()
    left = left_of(svg)
    step = (RIGHT - left) / 10
    assert titles(svg) == ["step 0", "step 1"]
    places = [
        [place(strip, name) for name in ("x", "y", "width", "height")]
        for strip in strips(svg)
    ]
    assert places[0] == near(left + 2 * step, TOP, 3 * step, BOTTOM - TOP)
    assert places[1] == near(left + 5 * step, TOP, 5 * step, BOTTOM - TOP)
    assert {strip.get("fill-opacity") for strip in strips(svg)} == {"0"}


def test_what_steps_say_shares_its_room() -> None:
    def one(size: int) -> list[str]:
        only: dict[str, Any] = {"survival": [0.8], "low": [0.5], "high": [0.9]}
        return titles(survival(times=[2.0], said=lambda _: "a" * size, **only))

    def two(size: int) -> list[str]:
        return titles(survival(said=lambda _: "a" * size))

    assert one(24_000) == ["a" * 24_000]
    assert two(12_000) == ["a" * 12_000] * 2
    assert "…" in one(24_001)[0]
    assert all("…" in words for words in two(12_001))


def test_steps_too_close_are_drawn_as_one() -> None:
    svg = crowded()
    points = curve(svg)
    assert 300 < len(points) < 500
    assert points[-1] == pytest.approx((10, 0.01))
    for x, y in points[2::2]:
        assert abs((1 - x / 10) - y) < 0.012
    assert len(strips(svg)) == len(points) // 2 - 1
    ends = [place(strip, "x") for strip in strips(svg)]
    assert all(b > a for a, b in itertools.pairwise(ends))


def test_words_are_escaped_and_size_is_capped() -> None:
    nasty = "<script>alert('x')</script>\x00"
    svg = survival(title=nasty, axis_label=nasty, notes=[nasty], said=lambda _: nasty)
    assert not [*svg.iter(f"{SVG}script")]
    assert titles(svg) == ["<script>alert('x')</script>\ufffd"] * 2
    times = np.linspace(0.01, 9.99, 5_000).tolist()
    shares = np.linspace(0.99, 0.01, 5_000).tolist()
    markup = _draw_survival.survival_curve(
        times,
        shares,
        shares,
        shares,
        lambda _: "&" * 1_000,
        ends=(0.0, 10.0),
        title="&" * 1_000,
        axis_label="&" * 1_000,
        fitted=[(t / 12, 0.5) for t in range(120)],
        notes=["&" * 10_000],
    )
    assert len(markup.encode()) < 100_000
