"""Drawings of inference: is it stable, where does it go, who leads, what changed it?

They stand on the ground of `cxmkit._draw` and keep its promises: labels are cleaned
and escaped, what is left out is said, a drawing stays below 100 kB. Numbers are NaN or
None where nothing is known, which leaves a gap. No meaning hangs on colours alone:
shapes, signs and words tell the same.
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
    _PLOT,
    _RIGHT,
    _ROW,
    _WIDTH,
    MAX_ROWS,
    _Axis,
    _drawable,
    _full,
    _known,
    _line,
    _mark,
    _more,
    _n,
    _notes,
    _number,
    _pixels,
    _Plot,
    _room,
    _safe,
    _short,
    _svg,
    _text,
    _tick,
    _ticks,
    counted,
)
from cxmkit._draw_journeys import _cut, _when
from cxmkit._draw_matrix import _END, _nothing

__all__ = ["bridge", "control_chart", "league_table", "trend"]

Numbers = Sequence[float | None]
Column = Sequence[float]  # of which NaN is unknown
Lines = list[list[tuple[float, float]]]  # points, by stretches without a gap

_MAX_PERIODS, _LEAST = 120, 8.0  # periods drawn, and the least width of each
_TOP, _BOTTOM = 58.0, 278.0  # of a plot above periods
_STRIDES = (1, 2, 3, 4, 6, 12, 24, 36, 48, 60, 120)  # so that years keep step
_ROOMS = (24, 18, 12)  # columns to which the names of periods are cut
_APART = 10.0  # least gap between the names of periods
_NAMED = 6  # signals that are named below a chart
_WORDS = 24_000  # bytes of names that appear where one points, shared by all
_NAME, _RANK = 34, 16  # columns of the words beside a plot
_SMALL = 1 / 3  # changes within this part of the level need not begin at zero
_BOLDER = 1.1  # how much wider bold words are
_BOLD = 'font-weight="600"'
_STROKE = 'stroke="currentColor" stroke-width="2" stroke-opacity="0.55"'
_DASHED = 'stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3"'
_THIN = 'stroke="currentColor" stroke-width="1.5"'
_EDGE = f'stroke="{_ABOVE}" stroke-width="1.5"'
_FITTED = f'stroke="{_ABOVE}" stroke-width="2.5"'


def control_chart(  # noqa: PLR0917  # a column each
    labels: Sequence[str],
    values: Numbers,
    low: Numbers,
    high: Numbers,
    centre: float | Numbers | None,
    signalled: Sequence[bool],
    *,
    title: str,
    axis_label: str,
    digits: int,
    notes: Sequence[str] = (),
) -> str:
    """Draw values over periods, before the limits within which chance moves them.

    Parameters
    ----------
    labels : sequence of str
        The periods from left to right; the last 120 are shown. As many are named as
        there is room for, all where one points.
    values : sequence of float or None
        Joined by a line.
    low, high : sequence of float or None
        The limits of each period, drawn as steps; an infinite one reaches the edge.
    centre : float or sequence of float or None
        The centre line, which may have steps too.
    signalled : sequence of bool
        Which values are a signal: they are large diamonds, and named below.
    title : str
        What is shown; screen readers read it out.
    axis_label : str
        Unit of the values.
    digits : int
        Decimals of the figures where one points.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    middle = centre if isinstance(centre, Iterable) else [centre] * len(labels)
    rows = [*zip(labels, values, low, high, middle, signalled, strict=True)]
    if not rows:
        return _nothing("no periods", title, notes)
    names, *columns, flags = zip(*rows[-_MAX_PERIODS:], strict=True)
    values, low, high, centre = map(_numbers, columns)
    points = _finite(values)
    chart = _chart(names, [*points, *low, *high, *centre], range(len(names)))
    signs = [bool(sign) and _known(y) for sign, y in zip(flags, points, strict=True)]
    hidden = sum(bool(row[-1]) for row in rows[:-_MAX_PERIODS])
    band = _area(chart.steps, low, high)
    line = _strokes(chart.steps(_finite(centre)), _DASHED)
    drawn = [
        *band,
        *_strokes(chart.steps(_finite(low)), _EDGE),
        *_strokes(chart.steps(_finite(high)), _EDGE),
        *line,
        *_strokes(chart.curve(points), _STROKE),
    ]
    marks = [
        _diamond(x, y) if sign else _dot(x, y, chart.radius)
        for x, y, sign in zip(chart.places, chart.heights(points), signs, strict=True)
    ]
    said = [
        _said(row, digits, "limits") + ", signal" * sign
        for row, sign in zip(zip(values, low, high, strict=True), signs, strict=True)
    ]
    legend = [
        "● value" if any(map(_known, points)) else "no values known",
        *_when(band, "soft band: between the limits"),
        *_when(line, "dashed line: centre"),
    ]
    signals = [
        *_when(hidden, f"{counted(hidden, 'signal')} among those not shown"),
        *_signals([*itertools.compress(names, signs)]),
    ]
    about = "; ".join([_extent(names, points, digits), *signals])
    return _framed(
        chart,
        [*drawn, *_periods(chart, marks, said)],
        [title, axis_label, about],
        [*_earlier(rows), "; ".join(legend), *signals, *notes],
    )


def trend(  # noqa: PLR0917  # a column each
    labels: Sequence[str],
    values: Numbers,
    low: Numbers,
    high: Numbers,
    fitted: Numbers,
    band_low: Numbers,
    band_high: Numbers,
    *,
    title: str,
    axis_label: str,
    digits: int,
    notes: Sequence[str] = (),
    places: Column | None = None,
) -> str:
    """Draw values with their intervals over periods, and the line fitted to them.

    Parameters
    ----------
    labels : sequence of str
        The periods from left to right; the last 120 are shown. As many are named as
        there is room for, all where one points.
    values, low, high : sequence of float or None
        Dots on whiskers. An unknown end leaves out the whisker, an infinite one reaches
        the edge.
    fitted, band_low, band_high : sequence of float or None
        Heights of the line at the periods, and the ends of its interval.
    title : str
        What is shown; screen readers read it out.
    axis_label : str
        Unit of the values.
    digits : int
        Decimals of the figures where one points.
    notes : sequence of str, optional
        Lines below the drawing.
    places : sequence of float, optional
        When the periods are, in any unit, ascending. By default equally far from each
        other.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    when = range(len(labels)) if places is None else places
    columns = [labels, when, values, low, high, fitted, band_low, band_high]
    rows = [*zip(*columns, strict=True)]
    if not rows:
        return _nothing("no periods", title, notes)
    names, times, *numbers = zip(*rows[-_MAX_PERIODS:], strict=True)
    values, low, high, fitted, band_low, band_high = map(_numbers, numbers)
    points = _finite(values)
    every = [*points, *low, *high, *fitted, *band_low, *band_high]
    chart = _chart(names, every, times)
    ends = zip(chart.heights(low), chart.heights(high), strict=True)
    marks = [
        _upright(x, *pair, chart.radius) * _known(y) + _dot(x, y, chart.radius)
        for x, y, pair in zip(chart.places, chart.heights(points), ends, strict=True)
    ]
    band = _area(chart.curve, band_low, band_high)
    line = _strokes(chart.curve(_finite(fitted)), _FITTED)
    said = [
        _said(row, digits) + _figure(", trend ", fit, digits)
        for row, fit in zip(zip(values, low, high, strict=True), fitted, strict=True)
    ]
    legend = [
        "● value" if any(map(_known, points)) else "no values known",
        *_when(any(map(_known, points, low, high)), "whisker: its interval"),
        *_when(line, "line: trend"),
        *_when(band, "soft band: its interval"),
    ]
    return _framed(
        chart,
        [*band, *line, *_periods(chart, marks, said)],
        [title, axis_label, _extent(names, points, digits)],
        [*_earlier(rows), "; ".join(legend), *notes],
    )


def league_table(  # noqa: PLR0917  # a column each
    labels: Sequence[str],
    scores: Numbers,
    low: Numbers,
    high: Numbers,
    raw: Numbers,
    ranks: Sequence[str],
    *,
    mean: float | None,
    title: str,
    axis_label: str,
    digits: int,
    notes: Sequence[str] = (),
) -> str:
    """Draw scores in the order of their ranks, each with its interval.

    Parameters
    ----------
    labels : sequence of str
        From best to worst. Of more than 60 the first and the last 30 are shown. Long
        ones are shortened in the middle, and whole where one points.
    scores, low, high : sequence of float or None
        Dots on whiskers. An unknown end leaves out the whisker, an infinite one reaches
        the edge.
    raw : sequence of float or None
        What the scores were before they were drawn towards the mean: hollow diamonds.
    ranks : sequence of str
        The ranks in words, such as "1 (1-7)".
    mean : float or None
        The score that all have in common: a dashed line.
    title : str
        What is shown; screen readers read it out.
    axis_label : str
        Unit of the scores.
    digits : int
        Decimals of the figures at the right.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    numbers = zip(*map(_numbers, (scores, low, high, raw)), strict=True)
    rows = [
        _Standing(label, rank, digits, *some)
        for label, rank, some in zip(labels, ranks, numbers, strict=True)
    ]
    if not rows:
        return _nothing("no groups", title, notes)
    half, rest = MAX_ROWS // 2, len(rows) - MAX_ROWS
    shown = rows if rest <= 0 else [*rows[:half], *rows[-half:]]
    gap = _when(rest > 0, f"⋮ {rest:,} more")
    table: list[_Standing | str] = [*shown[:half], *gap, *shown[half:]]
    common = math.nan if mean is None else mean
    plot = _league_plot(table, common)
    room = _WORDS // len(shown)
    legend = [
        "● score" if any(_drawable(row.score) for row in shown) else "no scores known",
        *_when(any(row.interval for row in shown), "whisker: its interval"),
        *_when(any(_drawable(row.raw) for row in shown), "◇ raw score, as measured"),
    ]
    average = f"mean {_number(common, digits)}"
    body = [
        _mark(common, average, attrs.evolve(plot, top=plot.top - 18)),
        _text(plot.ranks, plot.top - 8, "rank", _RIGHT),
        *(_standing(row, i, plot, room) for i, row in enumerate(table)),
    ]
    first, last = rows[0], rows[-1]
    about = f"{len(rows):,} rows, from {first.about} to {last.about}"
    return _tabled(
        plot,
        body,
        [title, axis_label, about],
        [*_cut(len(shown), len(rows), "rows"), "; ".join(legend), *notes],
    )


def bridge(  # noqa: PLR0917  # a column each
    labels: Sequence[str],
    changes: Numbers,
    low: Numbers,
    high: Numbers,
    start: float | None,
    end: float | None,
    *,
    title: str,
    axis_label: str,
    digits: int,
    notes: Sequence[str] = (),
    ends: tuple[str, str] = ("before", "after"),
) -> str:
    """Draw by which changes a number came from its start to its end.

    A bar each: the start, every change from where the one above it ends, the end. The
    axis begins at zero unless the changes are small against the level, which is said.

    Parameters
    ----------
    labels : sequence of str
        What changed. Of more than 58 the others are one bar. Long ones are shortened in
        the middle, and whole where one points.
    changes, low, high : sequence of float or None
        By how much, with an interval, laid at where the change begins. An unknown
        change has no bar; what it leaves unexplained is said.
    start, end : float or None
        The number before and after.
    title : str
        What is shown; screen readers read it out.
    axis_label : str
        Unit of the number.
    digits : int
        Decimals of the figures at the right.
    notes : sequence of str, optional
        Lines below the drawing.
    ends : tuple of str, optional
        Names of the first and of the last bar.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    first, last = _numbers([start, end])
    rows = [*zip(labels, *map(_numbers, (changes, low, high)), strict=True)]
    moves, reached = _moves(_gathered(rows), first, digits)
    bars = [_total(ends[0], first, digits), *moves, _total(ends[1], last, digits)]
    levels = [x for bar in bars for x in bar.levels]
    begins = _begins(levels)
    plot = _bridge_plot(bars, [*levels, begins])
    rest = last - reached
    left = _change(rest, digits) if abs(rest) > 1e-9 * max(1.0, abs(last)) else "0"
    cut = "0 is not on the axis: compare changes, not the first and the last bar"
    said = [
        *_when(begins, cut),
        *_when(left[0] in "+−", f"{left} of the difference is in no bar"),
        *_when(any(_known(x.low, x.high) for x in moves), "whisker: its interval"),
        *notes,
    ]
    room = _WORDS // len(bars)
    body = [
        _links(bars, plot),
        *(_bar(bar, i, plot, room) for i, bar in enumerate(bars)),
    ]
    between = counted(len(rows), "change")
    about = f"{bars[0].about}, {bars[-1].about}, {between} between them"
    return _tabled(plot, body, [title, axis_label, about], said)


# --- numbers and words -----------------------------------------------------------


def _numbers(column: Numbers) -> list[float]:
    """Write what is unknown as NaN."""
    return [math.nan if x is None else float(x) for x in column]


def _finite(column: Column) -> list[float]:
    """Let what cannot lie on an axis be unknown."""
    return [x if _drawable(x) else math.nan for x in column]


def _apart(numbers: Iterable[float]) -> tuple[float, float]:
    """Find ends that hold the numbers; a single one lies between them."""
    usable = [x for x in numbers if _drawable(x)]
    low, high = min(usable, default=0.0), max(usable, default=0.0)
    least = max(1.0, abs(low), abs(high))
    spare = 0.0 if high - low > 1e-9 * least else 0.1 * least
    return low - spare, high + spare


def _figure(before: str, value: float, digits: int) -> str:
    """Write a number behind some words; nothing if it is unknown."""
    return f"{before}{_number(value, digits)}" if _known(value) else ""


def _said(numbers: Column, digits: int, ends: str = "interval") -> str:
    """Write a value and its ends."""
    value, low, high = numbers
    words = _figure("", value, digits) or "nothing known"
    if _known(low, high):
        words += f", {ends} {_number(low, digits)} to {_number(high, digits)}"
    return words


def _change(value: float, digits: int) -> str:
    """Write a change with its sign, unless it is zero as it is written."""
    words = _number(value, digits)
    return f"+{words}" if value > 0 and words.strip("0.") else words


def _earlier(rows: Sequence[object]) -> list[str]:
    """Say how many periods are left out at the left, if any."""
    return [f"{line} before them" for line in _more([rows], _MAX_PERIODS)]


def _signals(names: Sequence[str]) -> list[str]:
    """Name the last signals and count the others."""
    named = ", ".join(_short(name, 24) for name in names[-_NAMED:])
    before = [f"{line} before them" for line in _more([names], _NAMED)]
    return _when(names, " ".join([f"◆ signal: {named}", *before]))


def _extent(names: Sequence[str], points: Column, digits: int) -> str:
    """Sum up values over periods."""
    known = [x for x in points if _known(x)]
    ends = f"{_short(names[0], 40)} to {_short(names[-1], 40)}"
    words = f"{counted(len(names), 'period')}, {ends}"
    if not known:
        return f"{words}, nothing known"
    ends = f"{_number(min(known), digits)} to {_number(max(known), digits)}"
    return f"{words}, values from {ends}"


def _described(words: str) -> str:
    """Describe a drawing to who cannot see it."""
    return f"<desc>{_safe(words, 400)}</desc>"


# --- drawings over periods -------------------------------------------------------


@attrs.frozen
class _Chart:
    """Where periods lie from left to right, and numbers from bottom to top."""

    names: Sequence[str]
    places: Column
    edges: Column
    axis: _Axis
    ticks: Column
    width: float

    @property
    def step(self) -> float:
        """The width that a period has on average."""
        return (self.edges[-1] - self.edges[0]) / len(self.names)

    @property
    def radius(self) -> float:
        """The radius of a dot; where periods are many, dots are small."""
        return 3.5 if self.step >= 12 else 2.5

    def heights(self, column: Column) -> list[float]:
        """Return where numbers lie; NaN where they are unknown."""
        return [self.axis.at(x) for x in column]

    def curve(self, column: Column) -> Lines:
        """Return a line from place to place; a place alone has none."""
        heights = self.heights(column)
        return [
            [(self.places[i], heights[i]) for i in stretch]
            for stretch in _stretches(column)
            if len(stretch) > 1
        ]

    def steps(self, column: Column) -> Lines:
        """Return a line that is level over each period."""
        heights = self.heights(column)
        return [
            [(self.edges[i + k], heights[i]) for i in stretch for k in (0, 1)]
            for stretch in _stretches(column)
        ]


def _chart(names: Sequence[str], numbers: Iterable[float], times: Column) -> _Chart:
    """Give the numbers of the axis what they need and the periods the rest."""
    ticks = _ticks(*_apart(numbers))
    left = _room(map(_number, ticks))
    width = max(_WIDTH, left + _LEAST * len(names))
    inset = (width - left) / len(names) / 2
    since = [time - times[0] for time in times]
    axis = _Axis(0.0, since[-1] or 1.0, left + inset, width - inset)
    places = [axis.at(time) for time in since]
    between = [(a + b) / 2 for a, b in itertools.pairwise(places)]
    return _Chart(
        names=names,
        places=places,
        edges=[left, *between, width],
        axis=_Axis(ticks[0], ticks[-1], _BOTTOM, _TOP),
        ticks=ticks,
        width=width,
    )


def _stretches(column: Column) -> list[list[int]]:
    """Return where a column is known, neighbours together."""
    runs = itertools.groupby(range(len(column)), key=lambda i: _known(column[i]))
    return [[*members] for known, members in runs if known]


def _strokes(lines: Lines, style: str) -> list[str]:
    """Draw lines."""
    path = "".join(map(_through, lines))
    return _when(path, f'<path d="{path}" fill="none" {style}/>')


def _area(line: Callable[[Column], Lines], low: Column, high: Column) -> list[str]:
    """Shade what lies between two lines, where both are known."""
    there = [_known(*pair) for pair in zip(low, high, strict=True)]
    ends = (
        line([x if both else math.nan for x, both in zip(column, there, strict=True)])
        for column in (low, high)
    )
    around = (lower + upper[::-1] for lower, upper in zip(*ends, strict=True))
    path = "".join(f"{_through(points)}z" for points in around)
    return _when(path, f'<path d="{path}" fill="{_ABOVE}" fill-opacity="0.25"/>')


def _through(points: Iterable[tuple[float, float]]) -> str:
    """Return the path through some points."""
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _dot(x: float, y: float, radius: float) -> str:
    """Draw a value, if it is known."""
    if not _known(y):
        return ""
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'


def _diamond(x: float, y: float) -> str:
    """Draw a value that is a signal."""
    path = f"M{_n(x - 7)} {_n(y)}l7 -7l7 7l-7 7z"
    return f'<path d="{path}" fill="{_BELOW}" {_THIN}/>'


def _upright(x: float, low: float, high: float, half: float) -> str:
    """Draw an interval from bottom to top, if it is known."""
    if not _known(low, high):
        return ""
    caps = (f"M{_n(x - half)} {_n(end)}h{_n(2 * half)}" for end in (low, high))
    path = f"M{_n(x)} {_n(low)}V{_n(high)}{''.join(caps)}"
    return f'<path d="{path}" fill="none" {_THIN} stroke-opacity="0.7"/>'


def _periods(chart: _Chart, marks: Sequence[str], said: Sequence[str]) -> list[str]:
    """Draw the marks of periods, with words wherever one points above a name."""
    room = _WORDS // len(chart.names)
    every = zip(chart.names, marks, said, itertools.pairwise(chart.edges), strict=True)
    drawn = []
    for name, mark, words, (left, right) in every:
        place = f'x="{_n(left)}" y="{_n(_TOP)}" width="{_n(right - left)}"'
        strip = f'<rect {place} height="{_n(_BOTTOM - _TOP)}" fill-opacity="0"/>'
        title = f"<title>{_full(name, room)}: {words}</title>"
        drawn.append(f"<g>{title}{strip}{mark}</g>")
    return drawn


def _framed(
    chart: _Chart, body: Sequence[str], heads: Sequence[str], said: Iterable[str]
) -> str:
    """Put a grid behind what is drawn, names and lines below, words above it."""
    title, axis_label, about = heads
    lines = _notes(said, _BOTTOM + 46)
    parts = [
        _described(about),
        _text(0, 42, _short(axis_label, 60), _MUTED),
        *(_level(x, chart) for x in chart.ticks),
        *_names(chart),
        *body,
        *lines,
    ]
    height = _BOTTOM + 32 + 17 * len(lines)
    return _svg(chart.width, height, title, "".join(parts))


def _level(value: float, chart: _Chart) -> str:
    """Draw a line of the grid, stronger at zero, and its number."""
    y, left = chart.axis.at(value), chart.edges[0]
    style = f'stroke="currentColor" stroke-opacity="{0.2 if value else 0.7}"'
    line = _line(left, y, chart.width, y, style)
    return line + _text(left - 8, y + 4, _number(value), _RIGHT)


@attrs.frozen
class _Name:
    """A name below a place, inside the drawing."""

    words: str
    place: float
    left: float
    right: float

    @property
    def middle(self) -> float:
        """Where the words are centred."""
        return (self.left + self.right) / 2


def _laid(chart: _Chart, room: int) -> list[_Name]:
    """Cut the names of periods to so many columns and lay them below their places."""
    names = []
    for label, place in zip(chart.names, chart.places, strict=True):
        words = _short(label, room)
        long = _pixels(words) * 12 / 13
        left = max(min(place - long / 2, chart.width - long), 0.0)
        names.append(_Name(words, place, left, left + long))
    return names


def _names(chart: _Chart) -> list[str]:
    """Name as many periods as there is room for, at equal steps, and what else fits."""
    tries = itertools.product(_STRIDES, [_laid(chart, room) for room in _ROOMS])
    stride, every = next(one for one in tries if _clear(one[1][:: one[0]]))
    chosen = every[::stride]
    for name in [every[-1], *every]:
        more = sorted([*chosen, name], key=lambda one: one.left)
        chosen = more if _clear(more) else chosen
    style = 'stroke="currentColor" stroke-opacity="0.7"'
    return [
        _line(name.place, _BOTTOM, name.place, _BOTTOM + 5, style)
        + _text(name.middle, _BOTTOM + 19, name.words, _MIDDLE)
        for name in chosen
    ]


def _clear(names: Sequence[_Name]) -> bool:
    """Tell whether names, from left to right, do not touch."""
    return all(a.right + _APART <= b.left for a, b in itertools.pairwise(names))


# --- rows from top to bottom -----------------------------------------------------


def _tabled(
    plot: _Plot, body: Sequence[str], heads: Sequence[str], said: Iterable[str]
) -> str:
    """Put a grid behind what is drawn, its numbers and lines below."""
    title, axis_label, about = heads
    below = plot.bottom + (54 if axis_label else 38)
    lines = _notes(said, below)
    parts = [
        _described(about),
        *(_tick(x, plot) for x in plot.ticks),
        *body,
        _text(plot.axis.middle, plot.bottom + 34, _short(axis_label, 60), _MIDDLE),
        *lines,
    ]
    return _svg(plot.width, below - 14 + 17 * len(lines), title, "".join(parts))


def _bracketed(value: float, low: float, high: float, digits: int) -> str:
    """Write an interval as brackets, if that and its value are known."""
    if not _known(value, low, high):
        return ""
    return f"[{_number(low, digits)}, {_number(high, digits)}]"


def _level_whisker(low: float, high: float, y: float) -> str:
    """Draw an interval from left to right."""
    caps = (f"M{_n(end)} {_n(y - 4)}v8" for end in (low, high))
    path = f"M{_n(low)} {_n(y)}H{_n(high)}{''.join(caps)}"
    return f'<path d="{path}" fill="none" {_THIN}/>'


# --- league tables ---------------------------------------------------------------


@attrs.frozen
class _Standing:
    """A row of a league table."""

    label: str
    rank: str
    digits: int
    score: float
    low: float
    high: float
    raw: float

    @property
    def name(self) -> str:
        """The label, short enough to stand beside the plot."""
        return _short(self.label, _NAME)

    @property
    def place(self) -> str:
        """The rank, short enough to stand beside the plot."""
        return _short(self.rank, _RANK)

    @property
    def figure(self) -> str:
        """The score in words."""
        return _figure("", self.score, self.digits)

    @property
    def interval(self) -> str:
        """The interval in words."""
        return _bracketed(self.score, self.low, self.high, self.digits)

    @property
    def details(self) -> str:
        """All that is known, in words."""
        raw = _figure(", raw ", self.raw, self.digits)
        return _said([self.score, self.low, self.high], self.digits) + raw

    @property
    def about(self) -> str:
        """The row in a few words."""
        return f"{_short(self.label, 40)}, {self.figure or 'no answers'}"


@attrs.frozen
class _League(_Plot):
    """Where things lie, with columns for ranks and names at the left."""

    names: float

    @property
    def ranks(self) -> float:
        """Where ranks end."""
        return self.axis.start - _GAP / 2


def _league_plot(table: Sequence[_Standing | str], mean: float) -> _League:
    """Give the columns of text what they need and the plot the rest."""
    rows = [row for row in table if isinstance(row, _Standing)]
    gaps = [row for row in table if isinstance(row, str)]
    numbers = [x for row in rows for x in (row.score, row.low, row.high, row.raw)]
    ticks = _ticks(*_apart([*numbers, mean]))
    names = _room(row.name for row in rows)
    left = names + _room(["rank", *gaps, *(row.place for row in rows)])
    figures = _BOLDER * _room(row.figure for row in rows)
    intervals = _room(row.interval for row in rows)
    width = max(left + _PLOT + figures + intervals, _WIDTH)
    return _League(
        axis=_Axis(ticks[0], ticks[-1], left, width - figures - intervals),
        ticks=ticks,
        top=66.0,
        bottom=66.0 + _ROW * len(table),
        figures=width - intervals,
        width=width,
        names=names - _GAP / 2,
    )


def _standing(row: _Standing | str, index: int, plot: _League, room: int) -> str:
    """Draw a row as a group, so that its title appears wherever one points."""
    axis, y = plot.axis, plot.top + _ROW * (index + 0.5)
    if isinstance(row, str):
        return _text(plot.ranks, y + 4.5, row, _RIGHT)
    drawn = [
        _text(plot.names, y + 4.5, row.name, _END),
        _text(plot.ranks, y + 4.5, row.place, _RIGHT),
        _text(plot.figures, y + 4.5, row.figure, f"{_BOLD} {_END}"),
        _text(plot.width, y + 4.5, row.interval, _RIGHT),
    ]
    if not _known(row.score):
        drawn.append(_text(axis.start + 8, y + 4.5, "no answers", _MUTED))
    if _drawable(row.raw):
        drawn.append(_hollow(axis.at(row.raw), y))
    if _drawable(row.score):
        if row.interval:
            drawn.append(_level_whisker(axis.at(row.low), axis.at(row.high), y))
        drawn.append(_dot(axis.at(row.score), y, 4))
    words = f"{row.label}, {row.rank}" if row.rank else row.label
    title = f"<title>{_full(words, room)}: {row.details}</title>"
    return f"<g>{title}{''.join(drawn)}</g>"


def _hollow(x: float, y: float) -> str:
    """Draw a diamond that can be seen around a dot."""
    path = f"M{_n(x - 6)} {_n(y)}l6 -6l6 6l-6 6z"
    return f'<path d="{path}" fill="none" {_THIN} stroke-opacity="0.7"/>'


# --- bridges ---------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class _Bar:
    """A bar from one number to another, with how it is written."""

    label: str
    begin: float
    end: float
    low: float = math.nan
    high: float = math.nan
    figure: str
    interval: str = ""
    side: float = 0.0
    whole: bool = False

    @property
    def name(self) -> str:
        """The label, short enough to stand beside the plot."""
        return _short(self.label, _NAME)

    @property
    def levels(self) -> list[float]:
        """The numbers that are to be on the axis."""
        return [self.begin, self.end, self.low, self.high][self.whole :]

    @property
    def details(self) -> str:
        """All that is known, in words."""
        return " ".join(filter(None, [self.figure or "not known", self.interval]))

    @property
    def about(self) -> str:
        """The bar in a few words."""
        return f"{_short(self.label, 40)} {self.figure or 'not known'}"


def _total(label: str, value: float, digits: int) -> _Bar:
    """Make a bar of all there is."""
    figure = _figure("", value, digits)
    return _Bar(label=label, begin=0.0, end=value, figure=figure, whole=True)


Change = tuple[str, float, float, float]


def _gathered(rows: Sequence[Change]) -> list[Change]:
    """Let the changes beyond the cap be one."""
    most = MAX_ROWS - 2
    if len(rows) <= most:
        return [*rows]
    rest = rows[most - 1 :]
    known = [change for _, change, *_ in rest if _drawable(change)]
    together = math.fsum(known) if known else math.nan
    words = f"... and {len(rest):,} more, together"
    return [*rows[: most - 1], (words, together, math.nan, math.nan)]


def _moves(
    rows: Iterable[Change], level: float, digits: int
) -> tuple[list[_Bar], float]:
    """Lay changes end to end, and return the level that they reach."""
    bars = []
    for label, change, low, high in rows:
        moves = _drawable(change)
        end = level + change if moves else level
        bars.append(
            _Bar(
                label=label,
                begin=level,
                end=end,
                low=level + low if moves else math.nan,
                high=level + high if moves else math.nan,
                figure=_change(change, digits) if _known(change) else "",
                interval=_bracketed(change, low, high, digits),
                side=change if moves else 0.0,
            )
        )
        level = end
    return bars, level


def _begins(levels: Iterable[float]) -> float:
    """Return where an axis without zero begins or ends; zero where it needs zero."""
    usable = [x for x in levels if _drawable(x)]
    low, high = min(usable, default=0.0), max(usable, default=0.0)
    spread = high - low
    if low > 0 and 1e-9 * high < spread < _SMALL * high:
        return low - spread / 4
    if high < 0 and 1e-9 * -low < spread < _SMALL * -low:
        return high + spread / 4
    return 0.0


def _bridge_plot(bars: Sequence[_Bar], levels: Iterable[float]) -> _Plot:
    """Give the columns of text what they need and the plot the rest."""
    ticks = _ticks(*_apart(levels))
    left = _room(bar.name for bar in bars)
    figures = _BOLDER * _room(bar.figure for bar in bars)
    intervals = _room(bar.interval for bar in bars)
    width = max(left + _PLOT + figures + intervals, _WIDTH)
    return _Plot(
        axis=_Axis(ticks[0], ticks[-1], left, width - figures - intervals),
        ticks=ticks,
        top=34.0,
        bottom=34.0 + _ROW * len(bars),
        figures=width - intervals,
        width=width,
    )


def _links(bars: Sequence[_Bar], plot: _Plot) -> str:
    """Lead the eye from where a bar ends to the one below."""
    ends = [plot.axis.at(bar.end) for bar in bars[:-1]]
    path = "".join(
        f"M{_n(x)} {_n(plot.top + _ROW * (i + 0.5))}v{_n(_ROW)}"
        for i, x in enumerate(ends)
        if _known(x)
    )
    style = 'fill="none" stroke="currentColor" stroke-opacity="0.5"'
    return f'<path d="{path}" {style}/>' if path else ""


def _bar(bar: _Bar, index: int, plot: _Plot, room: int) -> str:
    """Draw a row as a group, so that its title appears wherever one points."""
    y, axis = plot.top + _ROW * (index + 0.5), plot.axis
    drawn = [
        _text(axis.start - _GAP / 2, y + 4.5, bar.name, _END),
        _text(plot.figures, y + 4.5, bar.figure, f"{_BOLD} {_END}"),
        _text(plot.width, y + 4.5, bar.interval, _RIGHT),
    ]
    begin, end = axis.at(bar.begin), axis.at(bar.end)
    if not bar.figure:
        drawn.append(_text(axis.start + 8, y + 4.5, "not known", _MUTED))
    elif _known(begin, end):
        drawn.append(_beam(begin, end, y, bar.side))
        drawn += _when(bar.whole and not axis.low <= 0 <= axis.high, _break(begin, y))
    low, high = axis.at(bar.low), axis.at(bar.high)
    drawn += _when(_known(low, high), _level_whisker(low, high, y))
    title = f"<title>{_full(bar.label, room)}: {bar.details}</title>"
    return f"<g>{title}{''.join(drawn)}</g>"


def _beam(begin: float, end: float, y: float, side: float) -> str:
    """Draw a bar in the colour of its side of zero; a whole has none."""
    colour = _ABOVE if side > 0 else _BELOW if side < 0 else "currentColor"
    place = f'x="{_n(min(begin, end))}" y="{_n(y - 7)}" width="{_n(abs(end - begin))}"'
    look = f'fill="{colour}" fill-opacity="0.4" stroke="{colour}"'
    return f'<rect {place} height="14" {look}/>'


def _break(x: float, y: float) -> str:
    """Draw that a bar is cut off where it begins."""
    path = f"M{_n(x - 5)} {_n(y + 10)}l6 -20M{_n(x - 1)} {_n(y + 10)}l6 -20"
    return f'<path d="{path}" fill="none" {_THIN}/>'
