"""Drawings of many journeys: where they lead, who goes on, how it feels, what differs.

They stand on the ground of `cxmkit._draw` and keep its promises: labels are cleaned
and escaped, what is left out is said, a drawing stays below 100 kB. The matrix of where
they lead is that of `cxmkit._draw_matrix`.
"""

import itertools
import math
from collections.abc import Sequence

import attrs

from cxmkit._draw import (
    _ABOVE,
    _BELOW,
    _GAP,
    _MIDDLE,
    _MUTED,
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
from cxmkit._draw_matrix import (
    _CENTRED,
    _END,
    _FAINT,
    _LABEL,
    _SMALL,
    _nothing,
    _titled,
    heat,
    signed,
)

__all__ = ["Mood", "emotions", "funnel", "heat", "plan"]

_MAX_KINDS = 6  # of deviations
_STEP, _BARS, _SHARES = 36.0, 260.0, 150.0  # of a funnel: pitch and widths of plots
_TRACK, _PITCH = 56.0, 158.0  # of a plan: widths of a longest bar and of a column
_MARKS = ((-1.0, "worst"), (0.0, "neutral"), (1.0, "best"))


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
            figures.append(_text(x + 138, y + 4, signed(cost), _sided(cost, sure=sure)))
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


def _sided(cost: float, *, sure: bool) -> str:
    """Colour an effect by its side of zero, as it is written; noise has no side."""
    side = round(cost, 2) if sure else 0.0
    return f'fill="{_ABOVE if side > 0 else _BELOW}"' if side else 'fill-opacity="0.6"'
