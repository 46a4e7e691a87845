"""Tables and drawings as strings: the one place that knows markup.

Pure functions from labels and numbers to text; the same input gives the same string.
They trust their callers: columns of equal length, labels as strings, ends in order.

- Labels come from surveys and databases: they lose what would break a line or XML 1.0
  and are escaped before they touch markup.
- Notebooks keep what they show: rows are capped, texts shortened, a drawing stays
  below 100 kB, and what is left out is said.
- Drawings stand side by side, on light or dark, or alone in a file: text takes the
  colour around it, nothing has an id, nothing refers to the outside.

A new drawing is a body for `_svg`, made of `_text` and `_line` at places that an
`_Axis` computes.
"""

import html
import itertools
import math
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from functools import lru_cache
from typing import Literal

import attrs

Align = Literal["left", "right"]

MAX_ROWS = 60

_ABOVE, _BELOW = "#3d85c6", "#d9722e"  # at least 3:1 on white and on #111
_HEADING = 'font-size="15" font-weight="600"'
_MUTED = 'font-size="12" fill-opacity="0.75"'
_MIDDLE = f'{_MUTED} text-anchor="middle"'
_RIGHT = f'{_MUTED} text-anchor="end"'

_WIDTH, _PLOT, _ROW, _GAP = 680.0, 340.0, 24.0, 20.0  # least widths of all, plot
_MAX_LINES = 12  # of notes
_TITLE_BYTES = 36_000  # shared by the full labels of one drawing
_TOO_LARGE = 1e15  # beyond, floats are too coarse for ticks

_BREAK = re.compile(r"\r\n|[\t-\r\x1c-\x1f\x85\u2028\u2029]")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NUMERIC = re.compile(r"[-+−≤≥<>±\d.,:% ()\[\]]*|[-−]?inf|nan")


def listed(names: tuple[str, ...]) -> str:
    """Write names as a list in a sentence, such as "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 answer``, ``1,203 answers``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def p_text(p: float) -> str:
    """Write a p value as papers do: ``p = .021``."""
    if math.isnan(p):
        return "p unknown"
    if p < 0.001:
        return "p < .001"
    if p > 0.99:
        return "p > .99"
    digits = 2 if p >= 0.1 else 3
    # A fourth digit tells .0499 from .0501, which three would both print as .050.
    digits += round(p, 3) in {0.05, 0.01} and p not in {0.05, 0.01}
    return f"p = {p:.{digits}f}".replace("0.", ".", 1)


def signed(number: float, decimals: int) -> str:
    """Write a difference with its sign; none at 0, and nothing for NaN."""
    text = "" if math.isnan(number) else f"{number:z.{decimals}f}"
    return f"+{text}" if number > 0 and float(text) else text


def items(noun: str) -> Callable[[Sized], str]:
    """Return what writes a long field in a ``repr``: ``<3 steps>``."""
    return lambda field: f"<{counted(len(field), noun)}>"


def columns(
    headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> dict[str, Sequence[str]]:
    """Turn rows into named columns, as tables want them."""
    return {name: [row[i] for row in rows] for i, name in enumerate(headings)}


def text_table(
    columns: Mapping[str, Sequence[str]], *, max_rows: int = MAX_ROWS
) -> str:
    """Lay out named columns as aligned plain text.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Cells by heading, in order. Columns of numbers go right.
    max_rows : int, default: 60
        Rows to show; a last line counts the others.

    Returns
    -------
    str
        Lines without trailing blanks or a final newline.

    Examples
    --------
    >>> print(
    ...     text_table({"touchpoint": ["check-in", "gate"], "score": ["81.2", "7.5"]})
    ... )
    touchpoint  score
    check-in     81.2
    gate          7.5
    """
    sides = _sides(columns)
    padded = [
        _padded([name, *cells[:max_rows]], sides[name])
        for name, cells in columns.items()
    ]
    lines = ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]
    return "\n".join([*lines, *_more(columns.values(), max_rows)])


def html_table(
    columns: Mapping[str, Sequence[str]], *, caption: str = "", note: str = ""
) -> str:
    """Lay out named columns as an HTML table; the first column heads the rows.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Cells by heading, in order. Columns of numbers go right.
    caption, note : str, optional
        Lines above and below.

    Returns
    -------
    str
        A ``<table>`` of at most `MAX_ROWS` rows, styled inline, well-formed XML.
    """
    sides = _sides(columns)
    head = "".join(_cell("th", name, side) for name, side in sides.items())
    tags = ["th", *["td"] * len(columns)]
    cells = [
        [_cell(tag, cell, sides[name]) for cell in columns[name][:MAX_ROWS]]
        for tag, name in zip(tags, columns, strict=False)
    ]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
    span = f'<tr><td colspan="{len(columns)}" style="text-align:left">'
    below = filter(None, [*_more(columns.values(), MAX_ROWS), note])
    foot = "".join(f"{span}{_safe(line)}</td></tr>" for line in below)
    return (
        '<table class="dataframe" style="border-collapse:collapse">'
        f'<caption style="text-align:left;white-space:nowrap">'
        f"{_safe(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot>"
        "</table>"
    )


def text_whiskers(
    value: float,
    low: float,
    high: float,
    *,
    bounds: tuple[float, float],
    width: int = 24,
) -> str:
    """Draw one value and its interval as a line of exactly *width* characters.

    Parameters
    ----------
    value, low, high : float
        A NaN value leaves the line blank, a NaN end leaves the value alone. What lies
        beyond the bounds is drawn at their edge.
    bounds : tuple of float
        Ends of the axis, the same for all lines of a table. Zero is dotted if inside.
    width : int, default: 24
        Length of the line.

    Returns
    -------
    str
        The line, padded on both sides.

    Examples
    --------
    >>> text_whiskers(50, 25, 75, bounds=(0, 100), width=21)
    '     ├────●────┤     '
    """
    if math.isnan(value):
        return " " * width
    axis = _Axis(*_span(bounds), 0, width - 1)
    line = [" "] * width
    if bounds[0] < 0 < bounds[1]:
        line[round(axis.at(0))] = "┊"
    if _known(low, high):
        start, end = round(axis.at(low)), round(axis.at(high))
        line[start : end + 1] = "─" * (end + 1 - start)
        line[start], line[end] = "├", "┤"
    line[round(axis.at(value))] = "●"
    return "".join(line)


def text_bounds(
    numbers: Iterable[float], *, within: tuple[float, float]
) -> tuple[float, float]:
    """Return round ends of an axis that shows all numbers.

    Dots and whiskers may stand on a cut axis; bars may not. The axis goes beyond
    *within*, what is possible, only where an interval does.
    """
    usable = [x for x in numbers if _drawable(x)]
    ticks = _ticks(*_span(usable))
    low = ticks[0] if min(usable, default=0.0) < within[0] else within[0]
    high = ticks[-1] if max(usable, default=0.0) > within[1] else within[1]
    return max(low, ticks[0]), min(high, ticks[-1])


def text_axis(*, bounds: tuple[float, float], width: int = 24) -> str:
    """Head a column of `text_whiskers` with the ends of its axis."""
    low, high = (f"{end:,.10g}" for end in bounds)
    return low + high.rjust(width - len(low))


def whiskers(
    labels: Sequence[str],
    values: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    title: str,
    axis_label: str = "",
    bounds: tuple[float, float] | None = None,
    reference: float | None = None,
    reference_label: str = "",
    digits: int = 1,
    notes: Sequence[str] = (),
) -> str:
    """Draw one value with its interval per label, the first on top.

    A value is a dot on its whisker. A bar joins it to zero where zero is on the axis;
    from anywhere else a bar would lie about proportions.

    Parameters
    ----------
    labels : sequence of str
        Long ones are shortened in the middle, and whole in the ``<title>`` of the row.
    values, lows, highs : sequence of float
        A NaN value says "no answers", a NaN end leaves out the whisker, an infinite
        end reaches the edge.
    title : str
        What is shown; screen readers read it out.
    axis_label : str, optional
        Unit of the values.
    bounds : tuple of float, optional
        Ends of the axis, such as those of the scale, exceeded only if the numbers
        exceed them. By default zero and the numbers, rounded out to ticks.
    reference : float, optional
        Where to draw a dashed line: a promise, the overall score.
    reference_label : str, optional
        What that line is.
    digits : int, default: 1
        Decimals of the figures at the right.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    every = zip(labels, values, lows, highs, strict=True)
    rows = [_Row(*row, digits) for row in every]
    shown, left_out = rows[:MAX_ROWS], _more([rows], MAX_ROWS)
    if not rows:
        lines = _notes(["no groups", *notes], 42)
        return _svg(_WIDTH, 30 + 17 * len(lines), title, "".join(lines))
    mark = math.nan if reference is None else reference
    plot = _plot(shown, mark, bounds)
    room = _TITLE_BYTES // len(shown)
    below = plot.bottom + (54 if axis_label else 38)
    lines = _notes([*left_out, *notes], below)
    body = [
        *(_tick(x, plot) for x in plot.ticks),
        _mark(mark, reference_label, plot),
        *(_row(row, i, plot, room) for i, row in enumerate(shown)),
        _text(plot.axis.middle, plot.bottom + 34, _short(axis_label, 60), _MIDDLE),
        *lines,
    ]
    return _svg(plot.width, below - 14 + 17 * len(lines), title, "".join(body))


@attrs.frozen
class _Axis:
    """A linear map from numbers to places that stops at its ends."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the place of a number."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(max(share, 0.0), 1.0)

    @property
    def middle(self) -> float:
        """Return the place between the ends."""
        return (self.start + self.end) / 2


@attrs.frozen
class _Row:
    """A label, its numbers, and how they are written."""

    label: str
    value: float
    low: float
    high: float
    digits: int

    @property
    def name(self) -> str:
        """The label, short enough to stand beside the plot."""
        return _short(self.label, 34)

    @property
    def figure(self) -> str:
        """The value in words."""
        return _number(self.value, self.digits) if _known(self.value) else ""

    @property
    def interval(self) -> str:
        """The interval in words."""
        if not _known(self.value, self.low, self.high):
            return ""
        return f"[{_number(self.low, self.digits)}, {_number(self.high, self.digits)}]"


@attrs.frozen
class _Plot:
    """Where things lie: columns for names, plot, figures and intervals."""

    axis: _Axis
    ticks: list[float]
    top: float
    bottom: float
    figures: float
    width: float


def _plot(
    rows: Sequence[_Row], mark: float, bounds: tuple[float, float] | None
) -> _Plot:
    """Give the columns of text what they need and the plot the rest."""
    numbers = [x for row in rows for x in (row.value, row.low, row.high)]
    low, high = _span([*(bounds or [0.0]), *numbers, mark])
    ticks = _ticks(low, high)
    if bounds is None:
        low, high = ticks[0], ticks[-1]
    left = _room(row.name for row in rows)
    figures = _room(row.figure for row in rows)
    intervals = _room(row.interval for row in rows)
    width = max(left + _PLOT + figures + intervals, _WIDTH)
    top = 56.0 if _drawable(mark) else 34.0
    return _Plot(
        axis=_Axis(low, high, left, width - figures - intervals),
        ticks=[x for x in ticks if low <= x <= high],
        top=top,
        bottom=top + _ROW * len(rows),
        figures=width - intervals,
        width=width,
    )


def _row(row: _Row, index: int, plot: _Plot, room: int) -> str:
    """Draw a row as a group, so that its title appears wherever one points."""
    y = plot.top + _ROW * (index + 0.5)
    words = [
        _text(plot.axis.start - _GAP / 2, y + 4.5, row.name, 'text-anchor="end"'),
        _text(plot.figures, y + 4.5, row.figure, 'font-weight="600" text-anchor="end"'),
        _text(plot.width, y + 4.5, row.interval, _RIGHT),
    ]
    if not _known(row.value):
        words.append(_text(plot.axis.start + 8, y + 4.5, "no answers", _MUTED))
    title = f"<title>{_full(row.label, room)}</title>"
    return f"<g>{title}{_bar(row, y, plot.axis)}{''.join(words)}</g>"


def _bar(row: _Row, y: float, axis: _Axis) -> str:
    """Draw the marks of a row: bar, whisker, dot."""
    if not _drawable(row.value):
        return ""
    colour = _ABOVE if row.value >= 0 else _BELOW
    x, zero = axis.at(row.value), axis.at(0.0)
    marks = []
    if axis.low <= 0 <= axis.high:
        marks.append(
            f'<rect x="{_n(min(x, zero))}" y="{_n(y - 6)}" width="{_n(abs(x - zero))}"'
            ' height="12" fill-opacity="0.4" stroke="none"/>'
        )
    if _known(row.low, row.high):
        low, high = axis.at(row.low), axis.at(row.high)
        marks.append(_line(low, y, high, y))
        marks += [_line(end, y - 4, end, y + 4) for end in (low, high)]
    marks.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="4" stroke="none"/>')
    return f'<g fill="{colour}" stroke="{colour}" stroke-width="2">{"".join(marks)}</g>'


def _tick(value: float, plot: _Plot) -> str:
    """Draw a line of the grid, stronger at zero, and its number."""
    x = plot.axis.at(value)
    style = f'stroke="currentColor" stroke-opacity="{0.2 if value else 0.7}"'
    line = _line(x, plot.top, x, plot.bottom + 4, style)
    return line + _text(x, plot.bottom + 18, _number(value), _MIDDLE)


def _mark(value: float, label: str, plot: _Plot) -> str:
    """Draw the reference line, its label above and inside the plot."""
    if not _drawable(value):
        return ""
    x, half = plot.axis.at(value), _pixels(_short(label, 40)) / 2
    style = 'stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3"'
    middle = max(min(x, plot.width - half), half)
    words = _text(middle, plot.top - 8, _short(label, 40), _MIDDLE)
    return words + _line(x, plot.top - 4, x, plot.bottom, style)


def _notes(notes: Iterable[str], y: float) -> list[str]:
    """Write lines below one another."""
    lines = [line for note in notes for line in _wrap(note, 100)]
    if len(lines) > _MAX_LINES:
        lines = [*lines[: _MAX_LINES - 1], "…"]
    return [_text(0, y + 17 * i, line, _MUTED) for i, line in enumerate(lines)]


def _svg(width: float, height: float, title: str, body: str) -> str:
    """Put a body under its title; it scales down and can stand alone as a file."""
    words, wide, high = _safe(title), _n(width + 24), _n(height + 20)
    heading = _text(0, 17, _short(title, 72), _HEADING)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{words}"'
        f' width="{wide}" height="{high}" viewBox="-12 -10 {wide} {high}"'
        ' style="max-width:100%;height:auto"'
        ' font-family="system-ui, sans-serif" font-size="13" fill="currentColor">'
        f"<title>{words}</title>{heading}{body}</svg>"
    )


def _text(x: float, y: float, words: str, style: str) -> str:
    """Write one line on its baseline; nothing for no words."""
    where = f'x="{_n(x)}" y="{_n(y)}"'
    return f"<text {where} {style}>{_safe(words)}</text>" if words else ""


def _line(x1: float, y1: float, x2: float, y2: float, style: str = "") -> str:
    """Draw a straight line."""
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" {style}/>'


def _n(place: float) -> str:
    """Write a place with two decimals at most."""
    return f"{place:z.2f}".rstrip("0").rstrip(".")


def _number(value: float, digits: int | None = None) -> str:
    """Write a number with a true minus; huge ones in powers of ten."""
    form = ",.10g" if digits is None else f"z,.{digits}f"
    return format(value, form if abs(value) < 1e9 else ".4g").replace("-", "−")


def _known(*numbers: float) -> bool:
    """Tell whether no number is NaN."""
    return not any(map(math.isnan, numbers))


def _drawable(number: float) -> bool:
    """Tell whether a number can lie on an axis; NaN cannot."""
    return abs(number) < _TOO_LARGE


def _span(numbers: Iterable[float]) -> tuple[float, float]:
    """Find ends that hold the numbers and lie apart."""
    usable = [x for x in numbers if _drawable(x)]
    low, high = min(usable, default=0.0), max(usable, default=0.0)
    least = max(1.0, abs(low), abs(high))
    return (low, high) if high - low > 1e-9 * least else (low, low + least)


def _ticks(low: float, high: float) -> list[float]:
    """Cover low to high in about five equal steps of 1, 2 or 5 times a power of ten."""
    least = (high - low) / 6
    exponent = math.floor(math.log10(least))
    # A hair of tolerance, or 0.3 / 0.1 = 2.999... would add a tick beyond the end.
    factor = next(m for m in (1, 2, 5, 10) if m * 10.0**exponent >= least * (1 - 1e-9))
    step = factor * 10.0**exponent
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, -exponent) for k in range(first, last + 1)]


def _sides(columns: Mapping[str, Sequence[str]]) -> dict[str, Align]:
    """Put columns of numbers at the right."""
    return {
        name: "right" if all(map(_NUMERIC.fullmatch, cells)) else "left"
        for name, cells in columns.items()
    }


def _padded(cells: Sequence[str], side: Align) -> list[str]:
    """Bring the cells of a column to one width."""
    clean = [_short(cell, 80) for cell in cells]
    width = max(map(_cells, clean))
    gaps = [" " * (width - _cells(cell)) for cell in clean]
    pairs = zip(clean, gaps, strict=True)
    return [gap + cell if side == "right" else cell + gap for cell, gap in pairs]


def _cell(tag: str, words: str, side: Align) -> str:
    """Write a cell of an HTML table."""
    return f'<{tag} style="text-align:{side};padding:2px 8px">{_safe(words)}</{tag}>'


def _more(columns: Iterable[Sequence[object]], shown: int) -> list[str]:
    """Say how many rows were left out, if any."""
    rest = max(map(len, columns), default=0) - shown
    return [f"... and {rest:,} more"] if rest > 0 else []


def _clean(words: str) -> str:
    """Keep to one line and to the characters of XML 1.0."""
    return _FORBIDDEN.sub("\ufffd", _BREAK.sub(" ", words))


def _safe(words: str, room: int = 200) -> str:
    """Clean, shorten and escape."""
    return html.escape(_short(words, room))


def _full(words: str, room: int) -> str:
    """Clean and escape; shorten only what takes more than *room* bytes."""
    safe = html.escape(_clean(words), quote=False)
    if len(safe.encode()) <= room:
        return safe
    return html.escape(_short(words, room // 5), quote=False)  # & takes five bytes


def _short(words: str, room: int) -> str:
    """Clean and cut out the middle, since names often differ at their ends."""
    clean = _clean(words)
    if len(_start(clean, room)) == len(clean):
        return clean
    head, tail = _start(clean, room // 2), _start(clean[::-1], (room - 1) // 2)
    return f"{head}…{tail[::-1]}"


def _start(words: str, room: int) -> str:
    """Take what fits."""
    # Marks without width count here: thousands of them would fit into any room.
    ends = itertools.accumulate(max(1, _width(char)) for char in words[:room])
    return words[: sum(end <= room for end in ends)]


def _wrap(words: str, room: int) -> list[str]:
    """Break into lines; wide characters halve what a line holds."""
    clean = _short(words, 10 * room)
    return textwrap.wrap(clean, max(1, room * len(clean) // max(1, _cells(clean))))


def _cells(words: str) -> int:
    """Count the columns that words take in a terminal."""
    return sum(map(_width, words))


@lru_cache(maxsize=4096)  # tables look at the same few characters again and again
def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _room(column: Iterable[str]) -> float:
    """Estimate the pixels that a column of texts takes, with a gap."""
    return max(map(_pixels, column), default=0.0) + _GAP


def _pixels(words: str) -> float:
    """Estimate the width of words; generous, as the fonts of the host are unknown."""
    return sum(map(_em, words)) * 13


def _em(char: str) -> float:
    """Estimate the width of a character."""
    if char in " .,:;'|!()[]/ijlIftr":
        return 0.38
    if char in "mwMW@%&":
        return 0.95
    return _cells(char) * (0.72 if char.isupper() else 0.6)
