"""Drawings of many journeys: where they lead, who goes on, how it feels, what differs.

They stand on the ground of `cxmkit._draw` and keep its promises: labels are cleaned
and escaped, what is left out is said, a drawing stays below 100 kB. Words that appear
where one points get the bytes that the rest leaves.
"""

import html
import itertools
import math
from collections.abc import Iterable, Sequence

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
    _line,
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
from cxmkit._draw_journeys import (
    _MAX_POINTS,
    _TITLE,
    Point,
    _cut,
    _when,
    curve,
)

_MAX_SIDE, _MAX_KINDS = 40, 6  # of a matrix; of deviations
_BYTES = 95_000  # for all but the title of a drawing
_NAME, _LABEL = 24, 120  # columns of a name beside cells; its bytes where one points
_LEVELS, _NEGLIGIBLE = 20, 0.05  # shades; part of the largest value that has no figure
_SLOPE = 0.643, 0.766  # cosine and sine of 50 degrees, the slope of names above cells
_STEP, _BARS, _SHARES = 36.0, 260.0, 150.0  # of a funnel: pitch and widths of plots
_TRACK, _PITCH = 56.0, 158.0  # of a plan: widths of a longest bar and of a column
_MARKS = ((-1.0, "worst"), (0.0, "neutral"), (1.0, "best"))
_SMALL, _END, _CENTRED = 'font-size="11"', 'text-anchor="end"', 'text-anchor="middle"'
_FAINT = 'stroke="currentColor" stroke-opacity="0.15"'


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    *,
    title: str,
    row_label: str = "",
    column_label: str = "",
    shown: str = "{:.0%}",
    notes: Sequence[str] = (),
) -> str:
    """Draw a matrix of cells, the darker the larger their value.

    Parameters
    ----------
    rows, columns : sequence of str
        Labels at the left and above; up to 40 of each are shown.
    values : sequence of sequence of float
        From 0 to 1, by row; NaN where nothing is known. The largest has the darkest
        shade, zero has none. What is not negligible is printed where it fits in.
    title : str
        What is shown; screen readers read it out.
    row_label, column_label : str, optional
        What the rows and the columns are, such as "from" and "to".
    shown : str, default: "{:.0%}"
        Format of a value.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    if not (rows and columns):
        return _nothing("no cells", title, notes)
    corner = _corner(column_label, "→"), _corner(row_label, "↓")
    matrix = _matrix(rows, columns, values, shown, corner)
    bottom = matrix.bottom
    left_out = [
        *_cut(len(matrix.rows), len(rows), "rows"),
        *_cut(len(matrix.columns), len(columns), "columns"),
    ]
    unknown = [cell for cell in matrix.cells if not _known(cell.value)]
    legend = [*left_out, *_when(unknown, "– nothing known"), *notes]
    drawn = [
        *_headings(matrix, *corner),
        _lattice(matrix),
        _shades(matrix),
        _dashes(matrix, unknown),
        _scale(matrix, shown),
    ]
    kept = [*drawn, *_notes(legend, bottom), _targets(matrix, [])]
    said = _affordable(matrix, _BYTES - _bytes(kept))
    rest = sum(cell.value > 0 for cell in matrix.cells) - len(said)
    short = f"where one points, the smallest {rest:,} shaded cells share words by row"
    lines = _notes([*legend, *_when(rest > 0, short)], bottom + 50)
    body = [*drawn, _figures(matrix, said), _targets(matrix, said), *lines]
    height = bottom + 36 + 17 * len(lines)
    return _svg(max(matrix.width, _WIDTH), height, title, "".join(body))


@attrs.frozen(eq=False)
class _Cell:
    """A value in a matrix, how it is written, and its place."""

    row: int
    column: int
    value: float
    figure: str


@attrs.frozen
class _Matrix:
    """The cells of a matrix, where they lie, and labels for where one points."""

    rows: Sequence[str]
    columns: Sequence[str]
    starts: list[str]
    ends: list[str]
    cells: list[_Cell]
    largest: float
    left: int
    top: int
    wide: int

    @property
    def high(self) -> int:
        """The height of a cell, with its gap."""
        return int(_ROW)

    @property
    def right(self) -> int:
        """The edge of the last column."""
        return self.left + self.wide * len(self.columns)

    @property
    def bottom(self) -> int:
        """The edge of the last row."""
        return self.top + self.high * len(self.rows)

    @property
    def width(self) -> float:
        """The edge of the names above the columns, which lean to the right."""
        return max(
            self.left + self.wide * (i + 0.5) + 8 + _SLOPE[0] * _small(label)
            for i, label in enumerate(self.columns)
        )

    def middle(self, cell: _Cell) -> tuple[float, float]:
        """Return the centre of a cell."""
        x = self.left + self.wide * (cell.column + 0.5)
        return x, self.top + self.high * (cell.row + 0.5)

    def stroke(self, cell: _Cell) -> str:
        """Return the path that fills a cell when drawn as thick as cells are high."""
        x, y = self.left + self.wide * cell.column, self.middle(cell)[1]
        return f"M{x} {_n(y)}h{self.wide - 1}"


def _matrix(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    shown: str,
    corner: Iterable[str],
) -> _Matrix:
    """Give names the room they need and cells the rest."""
    rows, columns = rows[:_MAX_SIDE], columns[:_MAX_SIDE]
    cells = [
        _Cell(i, j, value, shown.format(value))
        for i, line in enumerate(values[:_MAX_SIDE])
        for j, value in enumerate(line[:_MAX_SIDE])
    ]
    left = math.ceil(_room([*map(_name, rows), *corner]))
    return _Matrix(
        rows=rows,
        columns=columns,
        starts=[_full(label, _LABEL) for label in rows],
        ends=[_full(label, _LABEL) for label in columns],
        cells=cells,
        largest=max((cell.value for cell in cells if _known(cell.value)), default=0.0),
        left=left,
        top=math.ceil(50 + _SLOPE[1] * max(map(_small, columns))),
        wide=int(min(max((_WIDTH - left) / len(columns), 30.0), 64.0)),
    )


def _headings(matrix: _Matrix, across: str, down: str) -> list[str]:
    """Name rows at the left, columns leaning above, and what both are."""
    drawn = []
    edge, top = matrix.left - _GAP / 2, matrix.top
    for index, (label, whole) in enumerate(
        zip(matrix.rows, matrix.starts, strict=True)
    ):
        y = top + matrix.high * (index + 0.5) + 4.5
        drawn.append(_titled(whole, _text(edge, y, _name(label), _END)))
    for index, (label, whole) in enumerate(
        zip(matrix.columns, matrix.ends, strict=True)
    ):
        x = matrix.left + matrix.wide * (index + 0.5) + 4
        lean = f'{_SMALL} transform="rotate(-50 {_n(x)} {top - 6})"'
        drawn.append(_titled(whole, _text(x, top - 6, _name(label), lean)))
    return [
        *drawn,
        _text(edge, top - 24, across, _RIGHT),
        _text(edge, top - 7, down, _RIGHT),
    ]


def _corner(label: str, arrow: str) -> str:
    """Say what lies in the direction of an arrow."""
    return f"{_short(label, 12)} {arrow}" if label else ""


def _titled(words: str, drawn: str) -> str:
    """Let words, already escaped, appear where one points at what is drawn."""
    return f"<g><title>{words}</title>{drawn}</g>" if drawn else ""


def _lattice(matrix: _Matrix) -> str:
    """Lead the eye along rows and columns."""
    across = range(matrix.top, matrix.bottom + 1, matrix.high)
    down = range(matrix.left, matrix.right + 1, matrix.wide)
    # Half a pixel off, between the cells, whose gap is at their right and below.
    lines = [f"M{matrix.left} {y - 0.5}H{matrix.right}" for y in across]
    lines += [f"M{x - 0.5} {matrix.top}V{matrix.bottom}" for x in down]
    return f'<path d="{"".join(lines)}" fill="none" {_FAINT}/>'


def _shades(matrix: _Matrix) -> str:
    """Shade the cells, all of one shade in one path."""
    paths: dict[int, list[str]] = {}
    for cell in matrix.cells:
        if cell.value > 0:
            level = _shade(cell.value, matrix.largest)
            paths.setdefault(level, []).append(matrix.stroke(cell))
    drawn = (
        f'<path d="{"".join(cells)}" stroke-opacity="{_n(_opacity(level))}"/>'
        for level, cells in sorted(paths.items())
    )
    style = f'fill="none" stroke="{_ABOVE}" stroke-width="{matrix.high - 1}"'
    return f"<g {style}>{''.join(drawn)}</g>"


def _shade(value: float, largest: float) -> int:
    """Return one of the shades."""
    return max(1, round(_LEVELS * value / largest))


def _opacity(level: int) -> float:
    """Return how dark a shade is; figures stay readable on all, on light and dark."""
    return 0.05 + 0.75 * level / _LEVELS


def _dashes(matrix: _Matrix, cells: Iterable[_Cell]) -> str:
    """Mark the cells of which nothing is known."""
    places = [matrix.middle(cell) for cell in cells]
    path = "".join(f"M{_n(x - 3)} {_n(y)}h6" for x, y in places)
    style = 'fill="none" stroke="currentColor" stroke-opacity="0.35"'
    return f'<path d="{path}" {style}/>' if path else ""


def _scale(matrix: _Matrix, shown: str) -> str:
    """Say below the matrix which shade is which value."""
    drawn, y = [], matrix.bottom + 19
    for index in range(5 if matrix.largest else 0):
        value = matrix.largest * (index + 1) / 5
        x = matrix.left + 48 * index
        opacity = _n(_opacity(_shade(value, matrix.largest)))
        place = f'x="{x}" y="{y - 9}" width="47" height="18"'
        drawn.append(f'<rect {place} fill="{_ABOVE}" fill-opacity="{opacity}"/>')
        words = _short(shown.format(value), 6)
        drawn.append(_text(x + 23.5, y + 4, words, f"{_SMALL} {_CENTRED}"))
    return "".join(drawn)


def _affordable(matrix: _Matrix, room: int) -> list[_Cell]:
    """Choose cells that get words, the largest first, up to so many bytes."""
    cells = sorted(matrix.cells, key=_size, reverse=True)
    words = (_figure(matrix, cell) + _target(matrix, cell) for cell in cells)
    sizes = itertools.accumulate(len(some.encode()) for some in words)
    return [cell for cell, size in zip(cells, sizes, strict=True) if size <= room]


def _figures(matrix: _Matrix, cells: Iterable[_Cell]) -> str:
    """Print the values of cells."""
    figures = "".join(_figure(matrix, cell) for cell in cells)
    return f'<g font-size="10" {_CENTRED}>{figures}</g>' if figures else ""


def _figure(matrix: _Matrix, cell: _Cell) -> str:
    """Print a value that is not negligible and fits into its cell."""
    x, y = matrix.middle(cell)
    if not (_known(cell.value) and cell.value > _NEGLIGIBLE * matrix.largest):
        return ""
    fits = _pixels(cell.figure) * 10 / 13 <= matrix.wide - 1
    return _text(x, y + 4, cell.figure, "") if fits else ""


def _targets(matrix: _Matrix, cells: Sequence[_Cell]) -> str:
    """Say what a cell is where one points at it; the others of its row share words."""
    said = {*cells}
    silent = (cell for cell in matrix.cells if cell not in said)
    by_row = itertools.groupby(silent, key=lambda cell: cell.row)
    strips = (_strip(matrix, row, [*members]) for row, members in by_row)
    drawn = "".join([*strips, *(_target(matrix, cell) for cell in cells)])
    style = f'fill="none" stroke="{_ABOVE}" stroke-opacity="0"'
    return f'<g {style} stroke-width="{matrix.high - 1}">{drawn}</g>'


def _strip(matrix: _Matrix, row: int, cells: Sequence[_Cell]) -> str:
    """Say below the cells of a row how large those without own words are at most."""
    known = sorted((cell for cell in cells if _known(cell.value)), key=_size)
    figures = [f"{'up to ' * (cell.value > 0)}{cell.figure}" for cell in known[-1:]]
    unknown = _when(len(known) < len(cells), "nothing known")
    size = html.escape(" or ".join([*figures, *unknown]))
    words = f"{matrix.starts[row]} → others: {size}"
    y = matrix.middle(cells[0])[1]
    path = f"M{matrix.left} {_n(y)}H{matrix.right}"
    return f'<path d="{path}"><title>{words}</title></path>'


def _target(matrix: _Matrix, cell: _Cell) -> str:
    """Say what a cell is."""
    start, end = matrix.starts[cell.row], matrix.ends[cell.column]
    words = f"{start} → {end}: {html.escape(_in_words(cell))}"
    return f'<path d="{matrix.stroke(cell)}"><title>{words}</title></path>'


def _in_words(cell: _Cell) -> str:
    """Return the value of a cell."""
    return cell.figure if _known(cell.value) else "nothing known"


def _size(cell: _Cell) -> float:
    """Order cells: those of which nothing is known between zero and the others."""
    return cell.value if _known(cell.value) else 1e-12


def _name(label: str) -> str:
    """Shorten a label to stand beside cells."""
    return _short(label, _NAME)


def _small(label: str) -> float:
    """Estimate the width of a name in small letters."""
    return _pixels(_name(label)) * 11 / 13


def _bytes(parts: Iterable[str]) -> int:
    """Count the bytes of markup."""
    return sum(len(part.encode()) for part in parts)


def _nothing(words: str, title: str, notes: Iterable[str]) -> str:
    """Draw that there is nothing to draw."""
    lines = _notes([words, *notes], 42)
    return _svg(_WIDTH, 30 + 17 * len(lines), title, "".join(lines))


def funnel(
    labels: Sequence[str],
    counts: Sequence[float],
    rates: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    title: str,
    notes: Sequence[str] = (),
) -> str:
    """Draw how many take each step: bars from zero, and shares with their intervals.

    Parameters
    ----------
    labels : sequence of str
        The steps in order. Long ones are shortened in the middle, and whole in the
        ``<title>`` of the step.
    counts : sequence of float
        How many got there. Between two bars stands the share that went on.
    rates, lows, highs : sequence of float
        Shares of the first step and the ends of their intervals, as fractions. A NaN
        share says nothing, a NaN end leaves out the whisker.
    title : str
        What is shown; screen readers read it out.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    every = zip(labels, counts, rates, lows, highs, strict=True)
    steps = [_Step(*values) for values in every]
    if not steps:
        return _nothing("no steps", title, notes)
    plot = _funnel_plot(steps[:MAX_ROWS])
    bottom = plot.y(len(plot.steps)) - _STEP / 2
    pairs = enumerate(itertools.pairwise(plot.steps))
    gaps = [_passage(a, b, i, plot) for i, (a, b) in pairs]
    legend = _when(any(gaps), "↓ went on from the step before")
    lines = _notes([*_more([steps], MAX_ROWS), *legend, *notes], bottom + 44)
    body = [
        _text(plot.shares.middle, 42, "share of the first step", _MIDDLE),
        *(_share_mark(share, bottom, plot) for share in (0.0, 0.5, 1.0)),
        *gaps,
        *(_step(step, i, plot) for i, step in enumerate(plot.steps)),
        *lines,
    ]
    return _svg(plot.width, bottom + 30 + 17 * len(lines), title, "".join(body))


@attrs.frozen
class _Step:
    """A step of a funnel and its numbers."""

    label: str
    count: float
    rate: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """The label, short enough to stand beside the bar."""
        return _short(self.label, 34)

    @property
    def figure(self) -> str:
        """The count."""
        return _number(self.count, 0) if _known(self.count) else "–"

    @property
    def share(self) -> str:
        """The share of the first step."""
        return _percent(self.rate) if _known(self.rate) else ""

    @property
    def interval(self) -> str:
        """The interval of the share."""
        ends = self.low, self.high
        return f" [{_percent(ends[0])}, {_percent(ends[1])}]" if _known(*ends) else ""


@attrs.frozen
class _Funnel:
    """Where things lie: columns for names, bars, counts, shares and whiskers."""

    steps: Sequence[_Step]
    bars: _Axis
    shares: _Axis
    figures: float
    width: float

    def y(self, index: float) -> float:
        """Return the middle of a bar."""
        return 66 + _STEP * index


def _funnel_plot(steps: Sequence[_Step]) -> _Funnel:
    """Give the columns of text what they need and the bars the rest."""
    left = _room(step.name for step in steps)
    counts = _room(step.figure for step in steps)
    shares = _room(step.share for step in steps)
    bars = max(_BARS, _WIDTH - left - counts - shares - _SHARES - 2 * _GAP)
    largest = max((step.count for step in steps if _known(step.count)), default=0.0)
    figures = left + bars + counts + shares
    start = figures + _GAP
    return _Funnel(
        steps=steps,
        bars=_Axis(0.0, largest or 1.0, left, left + bars),
        shares=_Axis(0.0, 1.0, start, start + _SHARES),
        figures=figures,
        width=start + _SHARES + _GAP,
    )


def _share_mark(share: float, bottom: float, plot: _Funnel) -> str:
    """Draw a line of the grid behind the shares."""
    x = plot.shares.at(share)
    return _line(x, 50, x, bottom, _FAINT) + _text(
        x, bottom + 15, f"{share:.0%}", _MIDDLE
    )


def _step(step: _Step, index: int, plot: _Funnel) -> str:
    """Draw a step as a group: its name, bar, count and share."""
    y, start, end = plot.y(index), plot.bars.start, plot.bars.start
    details = f"{step.figure}, {step.share} of the first step{step.interval}"
    words = f"{step.label}: {details if step.share else step.figure}"
    parts = [
        f"<title>{_full(words, _TITLE)}</title>",
        _text(start - _GAP / 2, y + 4.5, step.name, _END),
    ]
    if _known(step.count):
        end = plot.bars.at(step.count)
        place = f'x="{_n(start)}" y="{_n(y - 9)}" width="{_n(end - start)}"'
        parts.append(f'<rect {place} height="18" fill="{_ABOVE}" fill-opacity="0.55"/>')
    return "".join(
        [
            "<g>",
            *parts,
            _text(end + 8, y + 4.5, step.figure, 'font-weight="600"'),
            _text(plot.figures, y + 4.5, step.share, _END),
            _whisker(step, y, plot.shares),
            "</g>",
        ]
    )


def _whisker(step: _Step, y: float, axis: _Axis) -> str:
    """Draw a share and its interval."""
    if not _known(step.rate):
        return ""
    marks = [
        f'<circle cx="{_n(axis.at(step.rate))}" cy="{_n(y)}" r="3.5" stroke="none"/>'
    ]
    if _known(step.low, step.high):
        low, high = axis.at(step.low), axis.at(step.high)
        marks.append(_line(low, y, high, y))
        marks += [_line(end, y - 6, end, y + 6) for end in (low, high)]
    return f'<g fill="{_ABOVE}" stroke="{_ABOVE}" stroke-width="2">{"".join(marks)}</g>'


def _passage(start: _Step, end: _Step, index: int, plot: _Funnel) -> str:
    """Draw between two bars how many of the first went on to the second."""
    if not (_known(start.count, end.count) and start.count):
        return ""
    left, top, low = plot.bars.start, plot.y(index) + 9, plot.y(index + 1) - 9
    ends = _n(plot.bars.at(start.count)), _n(plot.bars.at(end.count))
    edge = f"M{_n(left)} {_n(top)}H{ends[0]}L{ends[1]} {_n(low)}H{_n(left)}z"
    words = f"↓ {_percent(end.count / start.count)}"
    area = f'<path d="{edge}" fill="{_ABOVE}" fill-opacity="0.15"/>'
    return area + _text(left + 6, low - 5, words, _SMALL)


def _percent(share: float) -> str:
    """Write a share in percent."""
    return f"{share:,.1%}"


@attrs.frozen(kw_only=True)
class Mood:
    """How it feels at a place of `emotions`, from -1 to 1; NaN where nothing is known.

    The mean has an interval from *low* to *high*; the middle half of the answers lies
    between *quarter* and *three_quarters*.
    """

    label: str
    mean: float
    low: float = math.nan
    high: float = math.nan
    quarter: float = math.nan
    three_quarters: float = math.nan
    band: str = ""
    details: str = ""

    @property
    def point(self) -> Point:
        """The mean as a point of a curve."""
        return Point(
            label=self.label, value=self.mean, band=self.band, details=self.details
        )


def emotions(points: Sequence[Mood], *, title: str, notes: Sequence[str] = ()) -> str:
    """Draw the emotions of many: a curve through means, with their spread.

    A dot is a mean, on a whisker that is its interval, before a soft bar that holds the
    middle half of the answers. The curve is that of `cxmkit._draw_journeys`: never
    beyond its points, dashed where it passes over unknown ones.

    Parameters
    ----------
    points : sequence of Mood
        From left to right; neighbours of one band share its name above the plot.
    title : str
        What is shown; screen readers read it out.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    if not points:
        return _nothing("no touchpoints", title, notes)
    return curve(
        [mood.point for mood in points],
        title=title,
        marks=_MARKS,
        notes=[*_legend(points[:_MAX_POINTS]), *notes],
        behind=lambda index, x, axis: _spread(points[index], x, axis),
    )


def _legend(moods: Sequence[Mood]) -> list[str]:
    """Say what the marks of emotions are, if they are there."""
    means = any(_known(mood.mean) for mood in moods)
    ends = any(_known(mood.mean, mood.low, mood.high) for mood in moods)
    halves = any(_known(mood.quarter, mood.three_quarters) for mood in moods)
    marks = [
        *_when(means, "● mean"),
        *_when(ends, "whisker: its interval"),
        *_when(halves, "soft bar: the middle half of the answers"),
    ]
    return [", ".join(marks) or "nothing known"]


def _spread(mood: Mood, x: float, axis: _Axis) -> str:
    """Draw the middle half of the answers, and the interval of their mean."""
    parts = []
    if _known(mood.quarter, mood.three_quarters):
        top, low = axis.at(mood.three_quarters), axis.at(mood.quarter)
        place = f'x="{_n(x - 7)}" y="{_n(top - 1)}" width="14"'
        look = 'rx="3" fill-opacity="0.2"'
        parts.append(f'<rect {place} height="{_n(low - top + 2)}" {look}/>')
    if _known(mood.mean, mood.low, mood.high):
        low, top = axis.at(mood.low), axis.at(mood.high)
        style = 'stroke="currentColor" stroke-width="1.5"'
        parts.append(_line(x, low, x, top, style))
        parts += [_line(x - 4, end, x + 4, end, style) for end in (low, top)]
    return "".join(parts)


def plan(
    rows: Sequence[tuple[str, str]],
    kinds: Sequence[str],
    shares: Sequence[Sequence[float]],
    costs: Sequence[Sequence[float]],
    *,
    title: str,
    sure: Sequence[Sequence[bool]] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Draw how often journeys leave their plan at each touchpoint, and what it costs.

    Parameters
    ----------
    rows : sequence of (str, str)
        Stage and touchpoint, in order; a stage is named where it begins.
    kinds : sequence of str
        Headings of the columns: ways to leave the plan, of which six are shown.
    shares : sequence of sequence of float
        Share of the journeys by row and kind, from 0 to 1; NaN where nothing is known.
        All bars begin at zero and have one scale.
    costs : sequence of sequence of float
        What it did to the experience, below zero for the worse; NaN leaves it out.
    title : str
        What is shown; screen readers read it out.
    sure : sequence of sequence of bool, optional
        Whether what it did is more than noise; where it is not, it has no colour.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    if not (rows and kinds):
        return _nothing("nothing planned to compare with", title, notes)
    grid = _plan_grid(rows[:MAX_ROWS], kinds[:_MAX_KINDS], shares)
    bottom = grid.y(len(grid.rows)) - 12
    left_out = [
        *_more([rows], MAX_ROWS),
        *_cut(len(grid.kinds), len(kinds), "kinds"),
    ]
    lines = _notes([*left_out, *notes], bottom + 22)
    sure = sure or [[True] * len(line) for line in costs]
    effects = [[*zip(*pair, strict=True)] for pair in zip(costs, sure, strict=True)]
    every = zip(grid.rows, shares, effects, strict=False)
    body = [
        *(_kind(kind, k, bottom, grid) for k, kind in enumerate(grid.kinds)),
        *_stages(grid),
        *(_place(label, s, c, i, grid) for i, ((_, label), s, c) in enumerate(every)),
        *lines,
    ]
    return _svg(grid.width, bottom + 8 + 17 * len(lines), title, "".join(body))


@attrs.frozen
class _Plan:
    """Where things lie: columns for stages, names and kinds of deviation."""

    rows: Sequence[tuple[str, str]]
    kinds: Sequence[str]
    largest: float
    left: int

    @property
    def width(self) -> float:
        """The edge of the last column."""
        return max(_WIDTH, self.left + _PITCH * len(self.kinds) - _GAP / 2)

    def y(self, index: int) -> int:
        """Return the middle of a row."""
        return 84 + int(_ROW) * index

    def x(self, kind: int) -> int:
        """Return where the bars of a kind begin."""
        return self.left + int(_PITCH) * kind

    def bar(self, share: float) -> float:
        """Return the length of a bar."""
        return _Axis(0.0, self.largest, 0.0, _TRACK).at(share)


def _plan_grid(
    rows: Sequence[tuple[str, str]],
    kinds: Sequence[str],
    shares: Sequence[Sequence[float]],
) -> _Plan:
    """Find one scale for all bars, rounded up to tenths, and room for names."""
    shown = (line[: len(kinds)] for line in shares[: len(rows)])
    known = (x for x in itertools.chain.from_iterable(shown) if _known(x))
    largest = math.ceil(10 * max(known, default=0.0) - 1e-9) / 10
    stages = _room(_short(stage, 16) for stage, _ in rows)
    names = _room(_short(label, 30) for _, label in rows)
    return _Plan(rows, kinds, max(largest, 0.1), math.ceil(stages + names))


def _kind(kind: str, index: int, bottom: float, grid: _Plan) -> str:
    """Head a column, and lead the eye down from both ends of its scale."""
    x, end = grid.x(index), grid.x(index) + _TRACK
    title = f"<title>{_full(kind, _TITLE)}</title>"
    heading = _text(x, 46, _short(kind, 18), 'font-weight="600"')
    muted = f'{_SMALL} fill-opacity="0.75"'
    scale = [
        _text(x, 64, "0", f"{muted} {_CENTRED}"),
        _text(end, 64, f"{grid.largest:.0%}", f"{muted} {_CENTRED}"),
        _text(x + 138, 64, "felt", f"{muted} {_END}"),
        _line(x, 70, x, bottom, 'stroke="currentColor" stroke-opacity="0.5"'),
        _line(end, 70, end, bottom, _FAINT),
    ]
    return f"<g>{title}{heading}{''.join(scale)}</g>"


def _stages(grid: _Plan) -> list[str]:
    """Name stages where they begin, below a line."""
    drawn, lines = [], []
    stages = itertools.groupby(enumerate(grid.rows), key=lambda pair: pair[1][0])
    for stage, members in stages:
        y = grid.y(next(members)[0])
        name = _text(0, y + 4, _short(stage, 16), _MUTED)
        drawn.append(_titled(_full(stage, _LABEL), name))
        lines.append(f"M0 {y - 12}H{_n(grid.width)}")
    return [f'<path d="{"".join(lines)}" fill="none" {_FAINT}/>', *drawn]


def _place(
    label: str,
    shares: Sequence[float],
    effects: Sequence[tuple[float, bool]],
    index: int,
    grid: _Plan,
) -> str:
    """Draw a touchpoint as a group: its name, and the deviations from its plan."""
    y, bars, figures = grid.y(index), [], []
    cells = zip(shares[: len(grid.kinds)], effects, strict=False)
    for kind, (share, (cost, sure)) in enumerate(cells):
        x = grid.x(kind)
        figures.append(_text(x + 92, y + 4, _rounded(share), _faded(share)))
        if share > 0:
            bars.append(f"M{x} {y}h{_n(grid.bar(share))}")
        if _known(cost):
            figures.append(
                _text(x + 138, y + 4, _signed(cost), _sided(cost, sure=sure))
            )
    look = 'stroke="currentColor" stroke-opacity="0.45" stroke-width="12"'
    path = f'<path d="{"".join(bars)}" fill="none" {look}/>' if bars else ""
    name = _text(grid.left - _GAP / 2, y + 4.5, _short(label, 30), _END)
    words = f'<g font-size="12" {_END}>{"".join(figures)}</g>'
    return f"<g><title>{_full(label, _LABEL)}</title>{name}{path}{words}</g>"


def _rounded(share: float) -> str:
    """Write a share in whole percent; what is there is never 0%."""
    if not _known(share):
        return "–"
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def _faded(share: float) -> str:
    """Let what did not happen step back."""
    return "" if share > 0 else 'fill-opacity="0.45"'


def _signed(cost: float) -> str:
    """Write an effect with its sign."""
    words = _number(cost, 2)
    return f"+{words}" if cost > 0 and words != "0.00" else words


def _sided(cost: float, *, sure: bool) -> str:
    """Colour an effect by its side of zero, as it is written; noise has no side."""
    side = round(cost, 2) if sure else 0.0
    return f'fill="{_ABOVE if side > 0 else _BELOW}"' if side else 'fill-opacity="0.6"'
