"""Drawings of journeys: the design as boxes in columns, the experience as a curve.

They stand on the ground of `cxmkit._draw` and keep its promises: labels are cleaned
and escaped, what is left out is said, a drawing stays below 100 kB.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from cxmkit._draw import (
    _ABOVE,
    _BELOW,
    _GAP,
    _MIDDLE,
    _RIGHT,
    _WIDTH,
    MAX_ROWS,
    _Axis,
    _full,
    _known,
    _line,
    _more,
    _n,
    _notes,
    _pixels,
    _room,
    _short,
    _svg,
    _text,
    _wrap,
)

_COLUMN = 'font-weight="600" text-anchor="middle"'
_DASHES = ' stroke-dasharray="4 4"'
_MAX_COLUMNS, _MAX_ARROWS, _MAX_POINTS = 12, 120, 40
_TOP, _TURN, _ASIDE = 104.0, 14.0, 1.6 * _GAP  # where boxes begin; bends; gaps
_TITLE = 300  # bytes of the words that appear where one points
_LEAN = 0.79, 0.62  # cosine and sine of the slope of leaning names


@attrs.frozen(kw_only=True)
class Box:
    """A place in a `flow`, and what sets it apart."""

    label: str
    details: str = ""
    pain: float = 0.0
    decisive: bool = False


def flow(
    columns: Sequence[tuple[str, str, Mapping[int, Box]]],
    arrows: Iterable[tuple[int, int]],
    *,
    title: str,
) -> str:
    """Draw boxes in columns, and arrows between them.

    Parameters
    ----------
    columns : sequence of (str, str, mapping of int to Box)
        From left to right: the group, whose name neighbours share; the heading; the
        boxes below it, by key. Painful boxes bear a disc, the larger the worse;
        decisive ones a diamond.
    arrows : iterable of (int, int)
        From which box to which, by key.
    title : str
        What is shown; screen readers read it out.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    stacks = _stacks(columns)
    frames = {key: frame for stack in stacks for key, frame in stack.frames.items()}
    pairs = [*arrows]
    known = [(a, b) for a, b in pairs if a in frames and b in frames][:_MAX_ARROWS]
    boxes = [box for *_, inside in columns for box in inside.values()]
    notes = [
        *_when(any(box.decisive for box in boxes), "◆ moment of truth"),
        *_when(any(box.pain for box in boxes), "● pain point; a larger one hurts more"),
        *_cut(len(stacks), len(columns), "stages"),
        *_cut(len(frames), len(boxes), "touchpoints"),
        *_cut(len(known), len(pairs), "arrows"),
    ]
    bottom = max([_TOP, *(frame.bottom for frame in frames.values())])
    below = _notes(notes, bottom + 25)
    body = [
        *_group_names(stacks),
        *(_text(stack.middle, 76, stack.heading, _COLUMN) for stack in stacks),
        *(_arrow(frames[a], frames[b]) for a, b in known),
        *map(_framed, frames.values()),
        *below,
    ]
    width = max([_WIDTH, *(stack.right for stack in stacks)])
    return _svg(width, bottom + 8 + 17 * len(below), title, "".join(body))


@attrs.frozen
class _Frame:
    """Where a box lies."""

    box: Box
    lines: list[str]
    left: float
    right: float
    top: float

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + 17 * len(self.lines) + 12

    @property
    def middle(self) -> tuple[float, float]:
        """The centre."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@attrs.frozen
class _Stack:
    """A column of boxes with its heading."""

    group: str
    heading: str
    left: float
    right: float
    frames: dict[int, _Frame]

    @property
    def middle(self) -> float:
        """The place of the heading."""
        return (self.left + self.right) / 2


def _stacks(columns: Sequence[tuple[str, str, Mapping[int, Box]]]) -> list[_Stack]:
    """Put columns side by side, each as wide as its words, up to so many boxes."""
    stacks: list[_Stack] = []
    left, room = 0.0, MAX_ROWS
    for group, heading, boxes in columns[:_MAX_COLUMNS]:
        lines = {
            key: _wrap(_short(box.label, 48), 18) or [""]
            for key, box in [*boxes.items()][:room]
        }
        words = [line for some in lines.values() for line in some]
        name = _short(heading, 24)
        right = left + max(_room([name, *words]) + 8, 90.0)
        frames, top = {}, _TOP
        for key, some in lines.items():
            frames[key] = _Frame(boxes[key], some, left, right, top)
            top = frames[key].bottom + _GAP
        stacks.append(_Stack(group, name, left, right, frames))
        left, room = right + _ASIDE, room - len(frames)
    return stacks


def _group_names(stacks: Iterable[_Stack]) -> list[str]:
    """Head neighbouring columns of one group with its name above a line."""
    drawn = []
    for name, members in itertools.groupby(stacks, key=lambda stack: stack.group):
        first, *rest = members
        left, right = first.left, [first, *rest][-1].right
        style = 'stroke="currentColor" stroke-opacity="0.4"'
        drawn.append(_text((left + right) / 2, 46, _short(name, 40), _MIDDLE))
        drawn.append(_line(left, 54, right, 54, style))
    return drawn


def _framed(frame: _Frame) -> str:
    """Draw a box with its name and marks."""
    (x, y), box = frame.middle, frame.box
    start = y - 8.5 * len(frame.lines) + 13
    title = ", ".join(filter(None, [box.label, box.details]))
    wide, high = _n(frame.right - frame.left), _n(frame.bottom - frame.top)
    look = 'rx="6" fill-opacity="0.07" stroke="currentColor" stroke-opacity="0.4"'
    where = f'x="{_n(frame.left)}" y="{_n(frame.top)}" width="{wide}" height="{high}"'
    parts = [f"<title>{_full(title, _TITLE)}</title>", f"<rect {where} {look}/>"]
    for index, line in enumerate(frame.lines):
        parts.append(_text(x, start + 17 * index, line, 'text-anchor="middle"'))
    if box.decisive:
        where = f"M{_n(frame.left)} {_n(frame.top - 7)}"
        parts.append(f'<path d="{where}l7 7l-7 7l-7 -7z" fill="{_ABOVE}"/>')
    if box.pain:
        where = f'cx="{_n(frame.right)}" cy="{_n(frame.top)}"'
        parts.append(f'<circle {where} r="{_n(3 + 5 * box.pain)}" fill="{_BELOW}"/>')
    return f"<g>{''.join(parts)}</g>"


def _arrow(start: _Frame, end: _Frame) -> str:
    """Draw an arrow with its shaft and tip."""
    shaft, tip = _path(start, end)
    return (
        f'<path d="{shaft}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>'
        f'<path d="{tip}" fill-opacity="0.6"/>'
    )


def _path(start: _Frame, end: _Frame) -> tuple[str, str]:
    """Find a way around the other boxes: down, over the gap, or above the columns."""
    (x1, y1), (x2, y2) = start.middle, end.middle
    if start.left == end.left and start.bottom < end.top <= start.bottom + _GAP:
        down = f"M{_n(x1)} {_n(start.bottom)}V{_n(end.top - 4)}"
        return down, f"M{_n(x2)} {_n(end.top)}l-4 -7h8z"
    on = -1 if end.right < start.left else 1  # to the left, or to the right
    inside = start.left == end.left  # a loop at the right of the column
    side = -1 if inside else on
    x1 = start.right if on > 0 else start.left
    x2 = end.left if side > 0 else end.right
    turn, stop, above = x1 + on * _TURN, x2 - side * _TURN, _n(_TOP - _TURN)
    begin = f"M{_n(x1)} {_n(y1)}C{_n(turn)} {_n(y1)}"
    last = f"{_n(stop)} {_n(y2)} {_n(x2 - 4 * side)} {_n(y2)}"
    tip = f"M{_n(x2)} {_n(y2)}l{-7 * side} -4v8z"
    if inside or abs(x2 - x1) < 2 * _ASIDE:
        return f"{begin} {last}", tip
    up = f"{_n(turn)} {above} {_n(turn + on * _TURN)} {above}"
    return f"{begin} {up}H{_n(stop - side * _TURN)}C{_n(stop)} {above} {last}", tip


@attrs.frozen(kw_only=True)
class Point:
    """A place on a `curve`; NaN where nothing is known."""

    label: str
    value: float
    band: str = ""
    details: str = ""
    ringed: bool = False


def curve(
    points: Sequence[Point],
    *,
    title: str,
    marks: Sequence[tuple[float, str]],
    notes: Sequence[str] = (),
    behind: Callable[[int, float, _Axis], str] = lambda *_: "",
) -> str:
    """Draw a curve through values in their order, equally far from each other.

    Between two points it goes from one height to the other and never beyond, so that it
    shows no peak that is not there. It is dashed where it passes over unknown ones.

    Parameters
    ----------
    points : sequence of Point
        From left to right; neighbours of one band share its name above the plot.
    title : str
        What is shown; screen readers read it out.
    marks : sequence of (float, str)
        Heights with a line and a word each; the lowest and highest are the ends of the
        axis.
    notes : sequence of str, optional
        Lines below the drawing.
    behind : callable, optional
        Draws what lies behind the curve at a point, given its index, its place from the
        left, and the axis of heights.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    shown = points[:_MAX_POINTS]
    names = [_short(point.label, 30) for point in shown]
    step = min(max((_WIDTH - 120) / max(len(shown), 1), 30.0), 96.0)
    # A name leans to the left of its point, so the first ones need room there.
    lean = [_LEAN[0] * _pixels(name) - step * i for i, name in enumerate(names)]
    start = max([_room(word for _, word in marks) + step / 2, *lean])
    left, right = start - step / 2, start + step * (max(len(shown), 1) - 0.5)
    places = [start + step * i for i in range(len(shown))]
    axis = _Axis(marks[0][0], marks[-1][0], 240.0, 70.0)
    heights = [axis.at(point.value) for point in shown]  # of NaN: NaN
    depth = max(map(_pixels, names), default=0.0) * _LEAN[1]
    lines = _notes([*_more([points], _MAX_POINTS), *notes], 280 + depth)
    body = [
        *_bands(shown, left, step),
        *(_level(axis.at(at), word, left, right) for at, word in marks),
        *(behind(index, x, axis) for index, x in enumerate(places)),
        *_strokes(heights, places),
        *map(_dot, shown, names, places, heights),
        *lines,
    ]
    height = 266 + depth + 17 * len(lines)
    return _svg(max(right, _WIDTH), height, title, "".join(body))


def _bands(points: Sequence[Point], left: float, step: float) -> list[str]:
    """Head neighbouring points of one band with its name."""
    drawn, at = [], 0
    for name, members in itertools.groupby(points, key=lambda point: point.band):
        count = len([*members])
        x, width = left + step * at, step * count
        if name:
            place = f'x="{_n(x + 1)}" y="34" width="{_n(width - 2)}" height="214"'
            area = f'<rect {place} rx="4" fill-opacity="0.05"/>'
            room = int(width / 7)
            shown = _short(name, room) if room >= 5 else ""
            words = _text(x + width / 2, 50, shown, _MIDDLE)
            drawn.append(f"<g><title>{_full(name, _TITLE)}</title>{area}{words}</g>")
        at += count
    return drawn


def _level(y: float, word: str, left: float, right: float) -> str:
    """Draw a line across the plot and say at its left what it is."""
    style = 'stroke="currentColor" stroke-opacity="0.25"'
    return _line(left, y, right, y, style) + _text(left - 8, y + 4, word, _RIGHT)


def _strokes(heights: Sequence[float], places: Sequence[float]) -> list[str]:
    """Draw the curve from one known point to the next."""
    style = 'fill="none" stroke="currentColor" stroke-width="2" stroke-opacity="0.55"'
    known = [i for i, height in enumerate(heights) if _known(height)]
    drawn = []
    for i, j in itertools.pairwise(known):
        middle, end = _n((places[i] + places[j]) / 2), _n(heights[j])
        start = f"M{_n(places[i])} {_n(heights[i])}C{middle} {_n(heights[i])}"
        dashes = "" if j == i + 1 else _DASHES
        drawn.append(
            f'<path d="{start} {middle} {end} {_n(places[j])} {end}" {style}{dashes}/>'
        )
    return drawn


def _dot(point: Point, name: str, x: float, y: float) -> str:
    """Draw a point, and its name leaning below the plot."""
    title = ", ".join(filter(None, [point.label, point.details]))
    lean = f'text-anchor="end" transform="rotate(-38 {_n(x)} 258)"'
    parts = [f"<title>{_full(title, _TITLE)}</title>", _text(x, 262, name, lean)]
    if _known(y):
        sides = {1: _ABOVE, -1: _BELOW, 0: "currentColor"}
        colour = sides[(point.value > 0) - (point.value < 0)]
        where = f'cx="{_n(x)}" cy="{_n(y)}"'
        parts.append(f'<circle {where} r="5" fill="{colour}"/>')
        if point.ringed:
            ring = f'fill="none" stroke="{colour}" stroke-width="2"'
            parts.append(f'<circle {where} r="9" {ring}/>')
    return f"<g>{''.join(parts)}</g>"


def _when(condition: object, words: str) -> list[str]:
    """Return words on one condition."""
    return [words] if condition else []


def _cut(shown: int, there: int, what: str) -> list[str]:
    """Say how many things there are if not all are shown."""
    return _when(shown < there, f"{shown} of {there:,} {what} shown")
