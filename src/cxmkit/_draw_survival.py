"""Drawings of survival: a curve of steps with its band over time.

They stand on the ground of `cxmkit._draw` and keep its promises: words are cleaned and
escaped, what is left out is said, a drawing stays below 100 kB. No meaning hangs on
colours alone.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import attrs

from cxmkit._draw import (
    _ABOVE,
    _BELOW,
    _MIDDLE,
    _MUTED,
    _RIGHT,
    _WIDTH,
    _Axis,
    _full,
    _known,
    _line,
    _n,
    _notes,
    _number,
    _room,
    _safe,
    _short,
    _svg,
    _text,
    _ticks,
)
from cxmkit._draw_journeys import _when

__all__ = ["survival_curve"]

Column = Sequence[float]  # of which NaN is unknown

_TOP, _BOTTOM = 58.0, 278.0
_STRIP = 3.0  # width within which steps are drawn as one
_WORDS = 24_000  # bytes of what appears where one points, shared by all
_SHORTEST = 1e-200  # time that an axis can be drawn for
_EDGE = f'fill="none" stroke="{_ABOVE}" stroke-width="2.5"'
_FITTED = f'fill="none" stroke="{_BELOW}" stroke-width="2" stroke-dasharray="6 4"'
_PERCENTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def survival_curve(
    times: Column,
    survival: Column,
    low: Column,
    high: Column,
    said: Callable[[int], str],
    *,
    ends: tuple[float, float],
    title: str,
    axis_label: str,
    fitted: Sequence[tuple[float, float]] = (),
    notes: Sequence[str] = (),
) -> str:
    """Draw which share is left as time goes by, with its band.

    Parameters
    ----------
    times : sequence of float
        When the share falls, ascending; steps closer than three pixels are drawn as
        one, to where the last of them leads.
    survival, low, high : sequence of float
        The share from each of these times on, 0 to 1, and the ends of its interval; NaN
        leaves a gap in the band.
    said : callable
        What appears where one points at a step, of its index.
    ends : tuple of float
        First and last time of the curve, which begins with a share of 1.
    title : str
        What is shown; screen readers read it out.
    axis_label : str
        What time means.
    fitted : sequence of tuple of float, optional
        Times and shares of a model, drawn as a dashed line.
    notes : sequence of str, optional
        Lines below the drawing.

    Returns
    -------
    str
        One ``<svg>`` element below 100 kB, to embed or to save as a file.
    """
    plot = _plot(*ends)
    shown = _thinned([plot.across.at(time) for time in times])
    steps = [*itertools.pairwise([ends[0], *(times[i] for i in shown), ends[1]])]
    shares = [1.0, *(survival[i] for i in shown)]
    line = [(time, y) for step, y in zip(steps, shares, strict=True) for time in step]
    area = "".join(
        _box(plot, step, (low[i], high[i]))
        for step, i in zip(steps[1:], shown, strict=True)
        if _known(low[i], high[i])
    )
    left_out = len(times) - len(shown)
    legend = [
        "line: share still there",
        *_when(area, "soft band: its interval at each time"),
        *_when(fitted, "dashed line: model"),
        *_when(left_out, f"{left_out:,} steps too close to be drawn apart"),
    ]
    lines = _notes(["; ".join(legend), *notes], _BOTTOM + 62)
    about = f"from 100 % at {_number(ends[0])} to {_percent(shares[-1])} at "
    body = [
        f"<desc>{_safe(about + _number(ends[1]))}</desc>",
        _text(0, 42, "share still there", _MUTED),
        *_grid(plot),
        _text(plot.across.middle, _BOTTOM + 40, _short(axis_label, 60), _MIDDLE),
        *_when(area, f'<g fill="{_ABOVE}" fill-opacity="0.25">{area}</g>'),
        f'<path d="{_path(plot, line)}" {_EDGE}/>',
        *_when(fitted, f'<path d="{_path(plot, fitted)}" {_FITTED}/>'),
        *_hints(plot, steps[1:], [said(i) for i in shown]),
        *lines,
    ]
    height = _BOTTOM + 48 + 17 * len(lines)
    return _svg(_WIDTH, height, title, "".join(body))


@attrs.frozen
class _Plot:
    """Where times lie from left to right, and shares from bottom to top."""

    across: _Axis
    upward: _Axis
    ticks: Column


def _plot(start: float, end: float) -> _Plot:
    """Give the numbers of the axis what they need and time the rest."""
    last = end if end - start > _SHORTEST else start + max(1.0, abs(start))
    left = _room(map(_percent, _PERCENTS))
    return _Plot(
        across=_Axis(start, last, left, _WIDTH - 12),
        upward=_Axis(0.0, 1.0, _BOTTOM, _TOP),
        ticks=[x for x in _ticks(start, last) if start <= x <= last],
    )


def _thinned(places: Column) -> list[int]:
    """Return the last of all steps that fall into the same strip."""
    strips = [math.floor(place / _STRIP) for place in places]
    return [i for i, strip in enumerate(strips) if [strip] != strips[i + 1 : i + 2]]


def _box(plot: _Plot, step: tuple[float, float], edges: tuple[float, float]) -> str:
    """Shade the band of a step."""
    left, right = map(plot.across.at, step)
    bottom, top = map(plot.upward.at, edges)
    return f'<path d="M{_n(left)} {_n(top)}H{_n(right)}V{_n(bottom)}H{_n(left)}z"/>'


def _path(plot: _Plot, points: Sequence[tuple[float, float]]) -> str:
    """Return the path through some points."""
    places = (f"{_n(plot.across.at(t))} {_n(plot.upward.at(y))}" for t, y in points)
    return "M" + "L".join(places)


def _hints(
    plot: _Plot, steps: Sequence[tuple[float, float]], words: Sequence[str]
) -> list[str]:
    """Let words appear wherever one points above a step."""
    room = _WORDS // max(len(words), 1)
    drawn = []
    for step, line in zip(steps, words, strict=True):
        left, right = map(plot.across.at, step)
        place = f'x="{_n(left)}" y="{_n(_TOP)}" width="{_n(right - left)}"'
        strip = f'<rect {place} height="{_n(_BOTTOM - _TOP)}" fill-opacity="0"/>'
        drawn.append(f"<g><title>{_full(line, room)}</title>{strip}</g>")
    return drawn


def _grid(plot: _Plot) -> list[str]:
    """Draw a line for each share and a mark for each time, with their numbers."""
    left, right = plot.across.start, plot.across.end
    drawn = []
    for share in _PERCENTS:
        y = plot.upward.at(share)
        style = f'stroke="currentColor" stroke-opacity="{0.2 if share else 0.7}"'
        drawn += [_line(left, y, right, y, style)]
        drawn += [_text(left - 8, y + 4, _percent(share), _RIGHT)]
    style = 'stroke="currentColor" stroke-opacity="0.7"'
    for time in plot.ticks:
        x = plot.across.at(time)
        drawn += [_line(x, _BOTTOM, x, _BOTTOM + 5, style)]
        drawn += [_text(x, _BOTTOM + 19, _number(time), _MIDDLE)]
    return drawn


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
