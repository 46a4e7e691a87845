"""Matrices of cells as drawings: the darker a cell, the further it is from zero.

A `Look` says how values are written and shaded; `heat` has one for shares, drawings of
other modules bring their own to `draw`. They stand on the ground of `cxmkit._draw` and
keep its promises: labels are cleaned and escaped, what is left out is said, a drawing
stays below 100 kB. Words that appear where one points get the bytes that the rest
leaves.
"""

import html
import itertools
import math
from collections.abc import Callable, Iterable, Sequence

import attrs

from cxmkit._draw import (
    _ABOVE,
    _GAP,
    _RIGHT,
    _ROW,
    _WIDTH,
    _full,
    _known,
    _n,
    _notes,
    _number,
    _pixels,
    _room,
    _short,
    _svg,
    _text,
)
from cxmkit._draw_journeys import _cut, _when

_MAX_SIDE = 40
_BYTES = 95_000  # for all but the title of a drawing
_NAME, _LABEL = 24, 120  # columns of a name beside cells; its bytes where one points
_LEVELS, _NEGLIGIBLE = 20, 0.05  # shades; part of the largest value that has no figure
_SLOPE = 0.643, 0.766  # cosine and sine of 50 degrees, the slope of names above cells
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
    return draw(
        rows,
        columns,
        values,
        Look(
            write=shown.format,
            tints=[Tint(1, _ABOVE)],
            darkest=0.0,
            least=_NEGLIGIBLE,
            fifths=(1, 2, 3, 4, 5),
            narrowest=30.0,
            joint=" → ",
            spread=_up_to,
        ),
        title=title,
        row_label=row_label,
        column_label=column_label,
        notes=notes,
    )


@attrs.frozen
class Tint:
    """How cells at one side of zero are shaded: 1 above, -1 below.

    Stripes, the dashes of a line across the cell, tell it from the other without
    colours.
    """

    side: int
    colour: str
    stripes: str = ""

    @property
    def stroke(self) -> str:
        """The look of a line that fills a cell."""
        dashes = f' stroke-dasharray="{self.stripes}"' if self.stripes else ""
        return f'stroke="{self.colour}"{dashes}'


@attrs.frozen(kw_only=True)
class Look:
    """How values are written, shaded and put into words.

    The largest value has the darkest shade, unless it is smaller than *darkest*. Values
    up to *least* times that one are not printed; the legend shows so many *fifths* of
    it. Cells are no smaller than *narrowest*. *joint* stands between the names of row
    and column; *spread* puts values that share words into words.
    """

    write: Callable[[float], str]
    tints: Sequence[Tint]
    darkest: float
    least: float
    fifths: Sequence[float]
    narrowest: float
    joint: str
    spread: Callable[[Sequence["Cell"]], str]


def draw(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    look: Look,
    *,
    title: str,
    row_label: str = "",
    column_label: str = "",
    notes: Sequence[str] = (),
) -> str:
    """Draw a matrix as `heat` does, with a look of its own."""
    if not (rows and columns):
        return _nothing("no cells", title, notes)
    corner = _corner(column_label, "→"), _corner(row_label, "↓")
    matrix = _matrix(rows, columns, values, look, corner)
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
        _scale(matrix),
    ]
    kept = [*drawn, *_notes(legend, bottom), _targets(matrix, [])]
    said = _affordable(matrix, _BYTES - _bytes(kept))
    rest = sum(abs(cell.value) > 0 for cell in matrix.cells) - len(said)
    short = f"where one points, the smallest {rest:,} shaded cells share words by row"
    lines = _notes([*legend, *_when(rest > 0, short)], bottom + 50)
    body = [*drawn, _figures(matrix, said), _targets(matrix, said), *lines]
    height = bottom + 36 + 17 * len(lines)
    return _svg(max(matrix.width, _WIDTH), height, title, "".join(body))


@attrs.frozen(eq=False)
class Cell:
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
    look: Look
    cells: list[Cell]
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

    def middle(self, cell: Cell) -> tuple[float, float]:
        """Return the centre of a cell."""
        x = self.left + self.wide * (cell.column + 0.5)
        return x, self.top + self.high * (cell.row + 0.5)

    def stroke(self, cell: Cell) -> str:
        """Return the path that fills a cell when drawn as thick as cells are high."""
        x, y = self.left + self.wide * cell.column, self.middle(cell)[1]
        return f"M{x} {_n(y)}h{self.wide - 1}"


def _matrix(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    look: Look,
    corner: Iterable[str],
) -> _Matrix:
    """Give names the room they need and cells the rest."""
    rows, columns = rows[:_MAX_SIDE], columns[:_MAX_SIDE]
    cells = [
        Cell(i, j, value, look.write(value))
        for i, line in enumerate(values[:_MAX_SIDE])
        for j, value in enumerate(line[:_MAX_SIDE])
    ]
    left = math.ceil(_room([*map(_name, rows), *corner]))
    return _Matrix(
        rows=rows,
        columns=columns,
        starts=[_full(label, _LABEL) for label in rows],
        ends=[_full(label, _LABEL) for label in columns],
        look=look,
        cells=cells,
        largest=max([look.darkest, *(abs(x.value) for x in cells if _known(x.value))]),
        left=left,
        top=math.ceil(50 + _SLOPE[1] * max(map(_small, columns))),
        wide=int(min(max((_WIDTH - left) / len(columns), look.narrowest), 64.0)),
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
    """Shade the cells, those of each side of zero in its tint."""
    return "".join(_shaded(matrix, tint) for tint in matrix.look.tints)


def _shaded(matrix: _Matrix, tint: Tint) -> str:
    """Shade the cells at one side of zero, all of one shade in one path."""
    paths: dict[int, list[str]] = {}
    for cell in matrix.cells:
        if cell.value * tint.side > 0:
            level = _shade(cell.value, matrix.largest)
            paths.setdefault(level, []).append(matrix.stroke(cell))
    drawn = (
        f'<path d="{"".join(cells)}" stroke-opacity="{_n(_opacity(level))}"/>'
        for level, cells in sorted(paths.items())
    )
    style = f'fill="none" {tint.stroke} stroke-width="{matrix.high - 1}"'
    return f"<g {style}>{''.join(drawn)}</g>"


def _shade(value: float, largest: float) -> int:
    """Return one of the shades."""
    return max(1, round(_LEVELS * abs(value) / largest))


def _opacity(level: int) -> float:
    """Return how dark a shade is; figures stay readable on all, on light and dark."""
    return 0.05 + 0.75 * level / _LEVELS


def _dashes(matrix: _Matrix, cells: Iterable[Cell]) -> str:
    """Mark the cells of which nothing is known."""
    places = [matrix.middle(cell) for cell in cells]
    path = "".join(f"M{_n(x - 3)} {_n(y)}h6" for x, y in places)
    style = 'fill="none" stroke="currentColor" stroke-opacity="0.35"'
    return f'<path d="{path}" {style}/>' if path else ""


def _scale(matrix: _Matrix) -> str:
    """Say below the matrix which shade is which value."""
    drawn, y = [], matrix.bottom + 19
    for index, fifths in enumerate(matrix.look.fifths if matrix.largest else ()):
        value = matrix.largest * fifths / 5
        x = matrix.left + 48 * index
        words = _short(matrix.look.write(value), 6)
        drawn += [_box(tint, value, x, y, matrix) for tint in matrix.look.tints]
        drawn.append(_text(x + 23.5, y + 4, words, f"{_SMALL} {_CENTRED}"))
    return "".join(drawn)


def _box(tint: Tint, value: float, x: int, y: int, matrix: _Matrix) -> str:
    """Draw the shade of a value, if it lies at the side of the tint."""
    if not value * tint.side > 0:
        return ""
    opacity = _n(_opacity(_shade(value, matrix.largest)))
    if tint.stripes:
        style = f'{tint.stroke} stroke-width="18" stroke-opacity="{opacity}"'
        return f'<path d="M{x} {y}h47" fill="none" {style}/>'
    place = f'x="{x}" y="{y - 9}" width="47" height="18"'
    return f'<rect {place} fill="{tint.colour}" fill-opacity="{opacity}"/>'


def _affordable(matrix: _Matrix, room: int) -> list[Cell]:
    """Choose cells that get words, the largest first, up to so many bytes."""
    cells = sorted(matrix.cells, key=_size, reverse=True)
    words = (_figure(matrix, cell) + _target(matrix, cell) for cell in cells)
    sizes = itertools.accumulate(len(some.encode()) for some in words)
    return [cell for cell, size in zip(cells, sizes, strict=True) if size <= room]


def _figures(matrix: _Matrix, cells: Iterable[Cell]) -> str:
    """Print the values of cells."""
    figures = "".join(_figure(matrix, cell) for cell in cells)
    return f'<g font-size="10" {_CENTRED}>{figures}</g>' if figures else ""


def _figure(matrix: _Matrix, cell: Cell) -> str:
    """Print a value that is not negligible and fits into its cell."""
    x, y = matrix.middle(cell)
    if not abs(cell.value) > matrix.look.least * matrix.largest:
        return ""
    fits = _pixels(cell.figure) * 10 / 13 <= matrix.wide - 1
    return _text(x, y + 4, cell.figure, "") if fits else ""


def _targets(matrix: _Matrix, cells: Sequence[Cell]) -> str:
    """Say what a cell is where one points at it; the others of its row share words."""
    said = {*cells}
    silent = (cell for cell in matrix.cells if cell not in said)
    by_row = itertools.groupby(silent, key=lambda cell: cell.row)
    strips = (_strip(matrix, row, [*members]) for row, members in by_row)
    drawn = "".join([*strips, *(_target(matrix, cell) for cell in cells)])
    style = f'fill="none" stroke="{_ABOVE}" stroke-opacity="0"'
    return f'<g {style} stroke-width="{matrix.high - 1}">{drawn}</g>'


def _strip(matrix: _Matrix, row: int, cells: Sequence[Cell]) -> str:
    """Say below the cells of a row how large those without own words are at most."""
    known = [cell for cell in cells if _known(cell.value)]
    figures = [matrix.look.spread(known)] if known else []
    unknown = _when(len(known) < len(cells), "nothing known")
    size = html.escape(" or ".join([*figures, *unknown]))
    words = f"{matrix.starts[row]}{matrix.look.joint}others: {size}"
    y = matrix.middle(cells[0])[1]
    path = f"M{matrix.left} {_n(y)}H{matrix.right}"
    return f'<path d="{path}"><title>{words}</title></path>'


def _target(matrix: _Matrix, cell: Cell) -> str:
    """Say what a cell is."""
    start, end = matrix.starts[cell.row], matrix.ends[cell.column]
    words = f"{start}{matrix.look.joint}{end}: {html.escape(_in_words(cell))}"
    return f'<path d="{matrix.stroke(cell)}"><title>{words}</title></path>'


def _in_words(cell: Cell) -> str:
    """Return the value of a cell."""
    return cell.figure if _known(cell.value) else "nothing known"


def _size(cell: Cell) -> float:
    """Order cells: those of which nothing is known between zero and the others."""
    return abs(cell.value) if _known(cell.value) else 1e-12


def _up_to(cells: Sequence[Cell]) -> str:
    """Return the largest value, which the others do not exceed."""
    largest = max(cells, key=_size)
    return f"{'up to ' * (largest.value > 0)}{largest.figure}"


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


def signed(value: float) -> str:
    """Write a difference with its sign."""
    words = _number(value, 2)
    return f"+{words}" if value > 0 and words != "0.00" else words
