"""Drawings of promises: are they kept, what is the distance made of, where are gaps?

They stand on the ground of `cxmkit._draw` and keep its promises: labels are cleaned
and escaped, what is left out is said, a drawing stays below 100 kB. No meaning hangs on
colours alone: signs, words and stripes tell the same.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence

import attrs

from cxmkit._draw import (
    _ABOVE,
    _BELOW,
    _GAP,
    _MIDDLE,
    _MUTED,
    _RIGHT,
    _ROW,
    _WIDTH,
    MAX_ROWS,
    _Axis,
    _full,
    _known,
    _more,
    _n,
    _notes,
    _number,
    _pixels,
    _room,
    _short,
    _svg,
    _text,
)
from cxmkit._draw_journeys import _when
from cxmkit._draw_matrix import (
    _BYTES,
    _CENTRED,
    _END,
    _FAINT,
    _SMALL,
    Cell,
    Look,
    Tint,
    _bytes,
    _nothing,
    _titled,
    draw,
    signed,
)

_ENDS, _WIDE, _TRACK, _PITCH = 320.0, 340.0, 48.0, 28.0  # widths of plots; a row
_WORDS = 900  # bytes of the words that appear where one points
_SIGN, _BOLDER = 20.0, 1.1  # width of a sign; how much wider bold words are
_VERDICT, _GROUP = 24, 40  # columns of words at the right, of a heading
_BOLD, _LEGEND = 'font-weight="600"', 'font-size="12" fill="currentColor" stroke="none"'
_KEPT, _TO_DO = "promise kept?", "what to do"
_LEVELS = ("promised", "delivered", "perceived", "expected")
_SIGNS = {"below": "▼", "above": "▲", "kept": "✓", "open": "?", "unknown": "–"}
_SIDES = {"below": _BELOW, "above": _ABOVE}
_BARS_SAY = (("below", "▼ falls short"), ("above", "▲ goes beyond"))
_SOFT = 'stroke="currentColor" stroke-opacity="0.25"'
_PARTS = (
    ("alignment", "all are off target together → re-position", _BELOW),
    ("coherence", "they differ from one another → harmonise", _ABOVE),
    ("reliability", "answers differ within each → train", "currentColor"),
)

Mark = Callable[[float, float], str]


def _decisive(row: "Dumbbell") -> str:
    return "perceived" if _known(row.perceived) else "delivered"


def _words(row: "Dumbbell") -> str:
    measured = "not measured" if _known(row.promised) else "nothing promised"
    return {
        "below": f"broken: less {row.decisive}",
        "above": f"exceeded: more {row.decisive}",
        "kept": "kept",
        "open": "cannot tell yet",
        "unknown": measured,
    }[row.verdict]


@attrs.frozen(kw_only=True)
class Dumbbell:
    """A line of `dumbbells`: levels from 0 to 1, NaN where they are unknown.

    Neighbours of one *group*, such as the attribute that is promised, stand below its
    name. The *decisive* level is the one of two, "perceived" or "delivered", that the
    verdict is about; *low* and *high* are the ends of its interval, or those of its
    distance to the promise, laid at the promise. The *verdict* is "below" or "above"
    the promise, "kept", "open" or "unknown"; *words* say it in other words than usual.
    """

    label: str
    group: str = ""
    promised: float = math.nan
    delivered: float = math.nan
    perceived: float = math.nan
    expected: float = math.nan
    low: float = math.nan
    high: float = math.nan
    verdict: str = "unknown"
    decisive: str = attrs.Factory(_decisive, takes_self=True)
    words: str = attrs.Factory(_words, takes_self=True)

    @property
    def levels(self) -> dict[str, float]:
        """What is known, by the name of its mark."""
        named = ((name, getattr(self, name)) for name in _LEVELS)
        return {name: level for name, level in named if _known(level)}

    @property
    def level(self) -> float:
        """The decisive level."""
        return self.levels.get(self.decisive, math.nan)

    @property
    def name(self) -> str:
        """The label, short enough to stand beside the plot."""
        return _short(self.label, 30)

    @property
    def figure(self) -> str:
        """By how much the decisive level misses the promise."""
        gap = self.level - self.promised
        return signed(gap) if _known(gap) else ""

    @property
    def said(self) -> str:
        """The verdict, short enough to stand beside the plot."""
        return _short(self.words, _VERDICT)

    @property
    def details(self) -> str:
        """All that is known, in words."""
        known = [f"{name} {_number(x, 2)}" for name, x in self.levels.items()]
        if _known(self.level, self.low, self.high):
            ends = f"{_number(self.low, 2)} to {_number(self.high, 2)}"
            known.append(f"{self.decisive} may be {ends}")
        return "; ".join(filter(None, [", ".join(known), self.words]))


@attrs.frozen(kw_only=True)
class Part:
    """A line of `parts`: what a squared distance is the sum of.

    Parts, in any unit, are at least 0, unless noise was taken out of them; NaN where
    answers do not tell. The *distance* is the root of their sum, with noise; the
    *remedy* is what would take most of it away.
    """

    label: str
    alignment: float
    coherence: float
    reliability: float
    distance: float = math.nan
    remedy: str = ""

    @property
    def values(self) -> list[float]:
        """The parts in their order."""
        return [self.alignment, self.coherence, self.reliability]

    @property
    def shares(self) -> list[float]:
        """What each part is of the whole; nothing if that is unknown or zero."""
        lengths = [max(value, 0.0) for value in self.values]
        whole = sum(lengths)
        known = all(map(math.isfinite, self.values)) and whole > 0
        return [length / whole for length in lengths] if known else []

    @property
    def silence(self) -> str:
        """Why there are no shares."""
        known = all(map(math.isfinite, self.values))
        return "nothing off target" if known else "not enough answers"

    @property
    def name(self) -> str:
        """The label, short enough to stand beside the bar."""
        return _short(self.label, 30)

    @property
    def advice(self) -> str:
        """The remedy, short enough to stand beside the bar."""
        return _short(self.remedy, _VERDICT)

    @property
    def details(self) -> str:
        """All that is known, in words."""
        pairs = zip(_PARTS, self.values, self.shares, strict=False)
        known = [
            f"{name} {'below 0' if value < 0 else f'{share:.1%}'}"
            for (name, *_), value, share in pairs
        ] or [self.silence]
        if _known(self.distance):
            known.append(f"distance {_number(self.distance, 2)}")
        return "; ".join(filter(None, [", ".join(known), self.remedy]))


def dumbbells(
    rows: Sequence[Dumbbell], *, title: str, notes: Sequence[str] = ()
) -> str:
    """Draw what was promised, delivered, perceived and expected, a line each.

    A bar joins the promise and the level that the verdict is about: orange where that
    falls short, blue where it goes beyond, faint where the promise is kept or answers
    do not tell. A whisker is the interval of that level.

    Parameters
    ----------
    rows : sequence of Dumbbell
        From top to bottom. Long labels are shortened in the middle, and whole in the
        ``<title>`` of the line.
    title : str
        What is shown; screen readers read it out.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    if not rows:
        return _nothing("no promises", title, notes)
    shown = rows[:MAX_ROWS]
    plot = _promise_plot(shown)
    legend, count = _legend(_marks(shown), plot.width)
    plot = attrs.evolve(plot, top=plot.top + 20 * count)
    lines = _notes([*_more([rows], MAX_ROWS), *notes], plot.bottom + 56)
    around = [legend, _levels(plot), *lines]
    room = _left_over([*around, _promises(plot, 0)], len(plot.lines))
    body = [*around, _promises(plot, room)]
    height = plot.bottom + 42 + 17 * len(lines)
    return _svg(plot.width, height, title, "".join(body))


@attrs.frozen
class _Promises:
    """Where things lie: columns for names, plot, figures and verdicts."""

    rows: Sequence[Dumbbell]
    axis: _Axis
    figures: float
    width: float
    top: float

    @property
    def lines(self) -> list[str | Dumbbell]:
        """Rows from top to bottom, each group below its name, if it has one."""
        lines: list[str | Dumbbell] = []
        for name, members in itertools.groupby(self.rows, key=lambda row: row.group):
            lines += [*_when(name, name), *members]
        return lines

    @property
    def bottom(self) -> float:
        """The edge of the last row."""
        return self.top + _ROW * len(self.lines)


def _promise_plot(rows: Sequence[Dumbbell]) -> _Promises:
    """Give the columns of text what they need and the plot the rest."""
    left = _room(row.name for row in rows)
    figures = max(_room(row.figure for row in rows), 80.0)
    words = _BOLDER * max(_pixels(row.said) for row in rows)
    verdicts = _GAP + max(_SIGN + words, _pixels(_KEPT))
    width = max(left + _ENDS + figures + verdicts, _WIDTH)
    end = width - verdicts
    return _Promises(rows, _Axis(0.0, 1.0, left, end - figures), end, width, 52.0)


def _levels(plot: _Promises) -> str:
    """Draw the grid with its numbers above and below, and what the columns are."""
    top, bottom, drawn, path = plot.top, plot.bottom, [], []
    for step in range(6):
        x = plot.axis.at(step / 5)
        path.append(f"M{_n(x)} {_n(top)}V{_n(bottom)}")
        drawn += [
            _text(x, y, _number(step / 5), _MIDDLE) for y in (top - 6, bottom + 16)
        ]
    grid = f'<path d="{"".join(path)}" fill="none" {_FAINT}/>'
    middle = plot.axis.middle
    return "".join(
        [
            grid,
            *drawn,
            _text(middle, bottom + 34, "level, 0 worst to 1 best", _MIDDLE),
            _text(plot.figures, top - 6, "difference", _RIGHT),
            _text(plot.figures + _GAP, top - 6, _KEPT, _MUTED),
        ]
    )


def _promises(plot: _Promises, room: int) -> str:
    """Draw headings and rows, with so many bytes for the words of each."""
    drawn = []
    for index, line in enumerate(plot.lines):
        y = plot.top + _ROW * (index + 0.5)
        if isinstance(line, str):
            drawn.append(_heading(line, y, plot, room))
        else:
            drawn.append(_promise(line, y, plot, room))
    return "".join(drawn)


def _heading(name: str, y: float, plot: _Promises, room: int) -> str:
    """Name a group below a line across."""
    edge = f'<path d="M0 {_n(y - 11)}H{_n(plot.width)}" fill="none" {_FAINT}/>'
    words = _text(0, y + 5, _short(name, _GROUP), _BOLD)
    return _titled(_full(name, room), edge + words)


def _promise(row: Dumbbell, y: float, plot: _Promises, room: int) -> str:
    """Draw a row as a group, so that its words appear wherever one points."""
    colour = f'fill="{_SIDES[row.verdict]}"' if row.verdict in _SIDES else ""
    weight = _BOLD if row.verdict in _SIDES else 'fill-opacity="0.75"'
    x = plot.figures + _GAP
    words = [
        _text(plot.axis.start - _GAP / 2, y + 4.5, row.name, _END),
        _text(plot.figures, y + 4.5, row.figure, f"{_BOLD} {_END}"),
        _text(x, y + 4.5, _SIGNS[row.verdict], colour),
        _text(x + _SIGN, y + 4.5, row.said, weight),
    ]
    title = f"<title>{_full(f'{row.label}: {row.details}', room)}</title>"
    return f"<g>{title}{_ends(row, y, plot.axis)}{''.join(words)}</g>"


def _ends(row: Dumbbell, y: float, axis: _Axis) -> str:
    """Draw the marks of a row: bar, whisker, levels."""
    x, promised = axis.at(row.level), axis.at(row.promised)
    drawn = []
    if _known(x, promised):
        drawn.append(_joint(promised, x, y, _side(row.verdict)))
    if _known(x, row.low, row.high):
        drawn.append(_whisker(axis.at(row.low), axis.at(row.high), y))
    drawn += [_MARKS[name](axis.at(at), y) for name, at in row.levels.items()]
    style = 'fill="none" stroke="currentColor" stroke-width="1.5"'
    return f"<g {style}>{''.join(drawn)}</g>" if drawn else ""


def _side(verdict: str) -> str:
    """Return the colour of a bar; faint where a verdict has no side."""
    return f'stroke="{_SIDES[verdict]}"' if verdict in _SIDES else _SOFT


def _joint(start: float, end: float, y: float, style: str) -> str:
    """Draw a bar from one level to another."""
    return f'<path d="M{_n(start)} {_n(y)}H{_n(end)}" {style} stroke-width="7"/>'


def _whisker(low: float, high: float, y: float) -> str:
    """Draw an interval."""
    caps = (f"M{_n(end)} {_n(y - 4)}v8" for end in (low, high))
    return f'<path d="M{_n(low)} {_n(y)}H{_n(high)}{"".join(caps)}"/>'


def _promised(x: float, y: float) -> str:
    """Draw a bar to be reached."""
    return f'<path d="M{_n(x)} {_n(y - 9)}v18" stroke-width="3"/>'


def _delivered(x: float, y: float) -> str:
    """Draw a square, through which a dot can be seen."""
    place = f'x="{_n(x - 5)}" y="{_n(y - 5)}" width="10" height="10"'
    return f'<rect {place} fill="currentColor" fill-opacity="0.3"/>'


def _perceived(x: float, y: float) -> str:
    """Draw a dot."""
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.5" fill="currentColor"/>'


def _expected(x: float, y: float) -> str:
    """Draw a hollow diamond, softer than what is promised and done."""
    place = f"M{_n(x - 6.5)} {_n(y)}l6.5 -6.5l6.5 6.5l-6.5 6.5z"
    return f'<path d="{place}" stroke-opacity="0.7"/>'


_MARKS: dict[str, Mark] = {
    "promised": _promised,
    "delivered": _delivered,
    "perceived": _perceived,
    "expected": _expected,
}


def _marks(rows: Sequence[Dumbbell]) -> list[tuple[Mark, str]]:
    """Say what the marks are that rows have."""
    there = {name for row in rows for name in row.levels}
    ranges = any(_known(row.level, row.low, row.high) for row in rows)
    verdicts = {row.verdict for row in rows if row.figure}
    return [
        *((_MARKS[name], name) for name in _LEVELS if name in there),
        *[(_whole_whisker, "what the answers allow")] * ranges,
        *((_bar(x), word) for x, word in _BARS_SAY if x in verdicts),
    ]


def _whole_whisker(x: float, y: float) -> str:
    return _whisker(x - 9, x + 9, y)


def _bar(verdict: str) -> Mark:
    return lambda x, y: _joint(x - 9, x + 9, y, _side(verdict))


def _legend(marks: Iterable[tuple[Mark, str]], width: float) -> tuple[str, int]:
    """Draw marks beside their words, and count the lines that this takes."""
    drawn, x, line = [], 0.0, 0
    for mark, words in marks:
        room = 28 + _pixels(words) * 12 / 13 + _GAP
        if x + room > width:
            x, line = 0.0, line + 1
        y = 42 + 20 * line
        drawn += [mark(x + 10, y - 4), _text(x + 28, y, words, _LEGEND)]
        x += room
    style = 'fill="none" stroke="currentColor" stroke-width="1.5"'
    return (f"<g {style}>{''.join(drawn)}</g>", line + 1) if drawn else ("", 0)


def _left_over(drawn: Iterable[str], count: int) -> int:
    """Share what bytes a drawing leaves among so many words where one points."""
    return min((_BYTES - _bytes(drawn)) // count, _WORDS)


def parts(rows: Sequence[Part], *, title: str, notes: Sequence[str] = ()) -> str:
    """Draw what distances are made of: a bar each, and how long the distance is.

    Parameters
    ----------
    rows : sequence of Part
        From top to bottom. Long labels are shortened in the middle, and whole in the
        ``<title>`` of the line.
    title : str
        What is shown; screen readers read it out.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    if not rows:
        return _nothing("no distances", title, notes)
    plot = _part_plot(rows[:MAX_ROWS])
    said = [*_more([rows], MAX_ROWS), *_below_zero(plot.rows), *notes]
    lines = _notes(said, plot.bottom + 40)
    around = [*map(_meaning, range(len(_PARTS))), _shares(plot), *lines]
    room = _left_over([*around, _distances(plot, 0)], len(plot.rows))
    body = [*around, _distances(plot, room)]
    return _svg(plot.width, plot.bottom + 26 + 17 * len(lines), title, "".join(body))


@attrs.frozen
class _Parts:
    """Where things lie: columns for names, bars, distances and remedies."""

    rows: Sequence[Part]
    bars: _Axis
    distances: _Axis
    width: float
    top: float = 120.0

    @property
    def bottom(self) -> float:
        """The edge of the last row."""
        return self.top + _PITCH * len(self.rows)

    @property
    def figures(self) -> float:
        """Where the figures of distances begin."""
        return self.distances.end + 8

    @property
    def remedies(self) -> float:
        """Where remedies begin."""
        return self.figures + 60


def _part_plot(rows: Sequence[Part]) -> _Parts:
    """Give the columns of text what they need and the bars the rest."""
    left = _room(row.name for row in rows)
    words = _BOLDER * max(_pixels(row.advice) for row in rows)
    fixed = _GAP + _TRACK + 68 + max(words, _pixels(_heads(rows)))
    width = max(left + _WIDE + fixed, _WIDTH)
    end = width - fixed
    longest = max((x.distance for x in rows if math.isfinite(x.distance)), default=0.0)
    track = end + _GAP
    return _Parts(
        rows,
        _Axis(0.0, 1.0, left, end),
        _Axis(0.0, longest or 1.0, track, track + _TRACK),
        width,
    )


def _meaning(index: int) -> str:
    """Say what a part is and what takes it away."""
    name, meaning, colour = _PARTS[index]
    y = 42 + 18 * index
    swatch = _segment(0, 16, y - 4, colour)
    words = _text(26, y, f"{name}: {meaning}", _MUTED)
    return swatch + words


def _shares(plot: _Parts) -> str:
    """Draw the grid of the bars, and what the columns are."""
    top, bottom, drawn, path = plot.top, plot.bottom, [], []
    for share in (0.0, 0.5, 1.0):
        x = plot.bars.at(share)
        path.append(f"M{_n(x)} {_n(top)}V{_n(bottom)}")
        drawn.append(_text(x, bottom + 16, f"{share:.0%}", _MIDDLE))
    grid = f'<path d="{"".join(path)}" fill="none" {_FAINT}/>'
    return "".join(
        [
            grid,
            *drawn,
            _text(plot.bars.start, top - 8, "made of (shares of its square)", _MUTED),
            _text(plot.distances.start, top - 8, "distance", _MUTED),
            _text(plot.remedies, top - 8, _heads(plot.rows), _MUTED),
        ]
    )


def _heads(rows: Iterable[Part]) -> str:
    """Head the column of remedies, if there are any."""
    return _TO_DO if any(row.remedy for row in rows) else ""


def _distances(plot: _Parts, room: int) -> str:
    """Draw rows, with so many bytes for the words of each."""
    return "".join(_part(row, i, plot, room) for i, row in enumerate(plot.rows))


def _part(row: Part, index: int, plot: _Parts, room: int) -> str:
    """Draw a row as a group, so that its words appear wherever one points."""
    y = plot.top + _PITCH * (index + 0.5)
    drawn = [_text(plot.bars.start - _GAP / 2, y + 4.5, row.name, _END)]
    if row.shares:
        drawn += _segments(row, y, plot.bars)
    else:
        drawn.append(_text(plot.bars.start + 8, y + 4.5, row.silence, _MUTED))
    if _known(row.distance):
        start, end = plot.distances.start, plot.distances.at(row.distance)
        path = f"M{_n(start)} {_n(y)}H{_n(end)}"
        style = 'stroke="currentColor" stroke-opacity="0.55" stroke-width="8"'
        drawn.append(f'<path d="{path}" fill="none" {style}/>')
        figure = _number(row.distance, 2)
        drawn.append(_text(plot.figures, y + 4.5, figure, _BOLD))
    drawn.append(_text(plot.remedies, y + 4.5, row.advice, _BOLD))
    title = f"<title>{_full(f'{row.label}: {row.details}', room)}</title>"
    return f"<g>{title}{''.join(drawn)}</g>"


def _segments(row: Part, y: float, axis: _Axis) -> list[str]:
    """Draw the parts of a row beside one another, each with its share."""
    drawn, ends = [], [0.0, *itertools.accumulate(row.shares)]
    parts = zip(_PARTS, row.shares, itertools.pairwise(ends), strict=True)
    for (name, _, colour), share, (start, end) in parts:
        left, right = axis.at(start) + 1, axis.at(end) - 1
        if right > left:
            drawn.append(_segment(left, right, y, colour))
        words = next((x for x in _said(name, share) if _fits(x, right - left)), "")
        drawn.append(_text((left + right) / 2, y + 4, words, f"{_SMALL} {_CENTRED}"))
    return drawn


def _said(name: str, share: float) -> tuple[str, str]:
    """Say which part it is and how large, or at least how large."""
    return f"{name} {share:.0%}", f"{share:.0%}"


def _fits(words: str, room: float) -> bool:
    """Tell whether small words fit into a segment."""
    return _pixels(words) * 11 / 13 <= room - 4


def _segment(left: float, right: float, y: float, colour: str) -> str:
    """Draw a soft area within a line that is strong enough to be seen."""
    place = f'x="{_n(left)}" y="{_n(y - 8)}" width="{_n(right - left)}" height="16"'
    return f'<rect {place} fill="{colour}" fill-opacity="0.25" stroke="{colour}"/>'


def _below_zero(rows: Iterable[Part]) -> list[str]:
    """Say how many parts cannot be drawn since they are negative."""
    count = sum(value < 0 for row in rows for value in row.values)
    them = "1 part is" if count == 1 else f"{count} parts are"
    words = f"{them} below 0, less than chance alone would make: drawn as nothing"
    return _when(count, words)


def gap_table(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    *,
    title: str,
    row_label: str = "attribute",
    column_label: str = "touchpoint",
    notes: Sequence[str] = (),
) -> str:
    """Draw gaps as a matrix of cells, the darker the larger they are.

    Parameters
    ----------
    rows, columns : sequence of str
        Labels at the left and above; up to 40 of each are shown.
    values : sequence of sequence of float
        From -1 to 1, by row: below 0 striped and orange, above 0 blue. NaN, or what is
        not finite, is unknown.
    title : str
        What is shown; screen readers read it out.
    row_label, column_label : str, optional
        What the rows and the columns are.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    known = [[x if math.isfinite(x) else math.nan for x in line] for line in values]
    there = [*itertools.chain.from_iterable(known)]
    sides = [
        *_when(any(x < 0 for x in there), "−, striped: falls short"),
        *_when(any(x > 0 for x in there), "+, plain: goes beyond"),
    ]
    return draw(
        rows,
        columns,
        known,
        _GAPS,
        title=title,
        row_label=row_label,
        column_label=column_label,
        notes=[*_when(sides, "; ".join(sides)), *notes],
    )


def _from_to(cells: Sequence[Cell]) -> str:
    """Return the least and the greatest value."""
    ordered = sorted(cells, key=lambda cell: cell.value)
    ends = [ordered[0].figure, ordered[-1].figure]
    return " to ".join(dict.fromkeys(ends))


_GAPS = Look(
    write=signed,
    tints=[Tint(-1, _BELOW, "8 1"), Tint(1, _ABOVE)],
    darkest=0.2,
    least=-1.0,
    fifths=(-5, -2.5, 2.5, 5),
    narrowest=38.0,
    joint=", ",
    spread=_from_to,
)
