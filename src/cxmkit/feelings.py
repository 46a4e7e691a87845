"""How good was it, and where? Answers of a log, ready for every metric."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns, _counting
from cxmkit._answers import answers_of
from cxmkit._axes import Coder, Label, is_pair
from cxmkit._checks import FloatArray
from cxmkit._counting import Coding
from cxmkit.errors import CxmError, InvalidTypeError
from cxmkit.journeylog import DIMENSIONS, JourneyLog
from cxmkit.journeymap import JourneyMap
from cxmkit.tally import Tally

__all__ = ["experience_by", "measured_share"]

_AXES = ("touchpoint", "channel", "dimension", "attribute", "stage")


def experience_by(
    log: JourneyLog,
    *by: str,
    design: JourneyMap[Any] | None = None,
    columns: Mapping[str, Any] | None = None,
) -> Tally:
    r"""How often was each answer given, where and about what?

    The way from journeys to every metric: NPS, CSAT and their family take the tally.

    Parameters
    ----------
    log : JourneyLog
        With answers.
    *by : str
        Axes of the tally: "touchpoint", "channel", "dimension", "attribute", "stage",
        or names in *columns*.
    design : JourneyMap, optional
        Says the stage of each touchpoint, by the touchpoint's id; comes with the axis
        "stage" and only with it.
    columns : mapping of str to column, optional
        Axes of your own: name to one label per event in the order of the log, or to a
        pair (integer codes, labels), such as `standing` returns. Those that *by* does
        not name come after the others.

    Returns
    -------
    Tally
        On the scale of the log, without groups if no axis is named. Labels of
        "touchpoint", "channel" and "attribute" are the vocabularies of the log, those
        of "dimension" the values of `ExperienceDimension`, those of "stage" the names
        of all stages of the design. Events without an answer count as missing in their
        group; those that lack a label besides are in no group and left out.

    Raises
    ------
    InvalidTypeError
        If *log*, *design* or *columns* is no such thing.
    InvalidValueError
        If the log has no answers, an axis is unknown, there twice, or its column is not
        in the log, a column has another length, or the design lacks a touchpoint that
        has answers.
    MissingValueError
        If an event with an answer has no label on one of the axes.

    Notes
    -----
    Answers are taken as independent: where one customer answered at several
    touchpoints, the pooled result looks surer than it is.

    Examples
    --------
    >>> from cxmkit import JourneyLog, STARS_1_5, csat
    >>> from cxmkit.paths import experience_by
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8],
    ...     time=[0, 60, 0],
    ...     touchpoint=["shop", "hotline", "shop"],
    ...     score=[5, 2, 3],
    ...     scale=STARS_1_5,
    ... )
    >>> tally = experience_by(log, "touchpoint")
    >>> tally.at(touchpoint="shop").counts
    array([0, 0, 1, 0, 1])
    >>> csat(tally)
    CSAT (top 2) by touchpoint (2): 0.0 (hotline) to 50.0 (shop), n = 3, 0 missing
    """
    _checks.require_instance("log", log, JourneyLog)
    given = _given_columns(columns)
    _require_axes(by, given)
    _require_design(design, needed="stage" in by)
    score, scale = answers_of(log)
    coders = {
        name: _coder(log, name, score, design, given)
        for name in dict.fromkeys((*by, *given))
    }
    column = _checks.Column.of(score, "score")
    fields = _counting.of_answers(
        column, scale=scale, coders=coders, weights=None, missing="omit"
    )
    return Tally(scale=scale, **fields)


def _given_columns(columns: Any) -> Mapping[str, Any]:
    given: Mapping[Any, Any] = {} if columns is None else columns
    _checks.require_instance("columns", given, Mapping)
    for name in given:
        if not isinstance(name, str):
            rule = "have texts as names of axes"
            raise _checks.refuse("columns", rule, name, error=InvalidTypeError)
        if name in _AXES:
            rule, hint = "not bear the name of an axis of the log", "rename the column"
            raise _checks.refuse("columns", rule, name, hint=hint)
    return given


def _require_axes(by: tuple[Any, ...], columns: Collection[str]) -> None:
    known = (*_AXES, *columns)
    for index, name in enumerate(by):
        if not isinstance(name, str) or name not in known:
            rule = f"be one of {', '.join(map(repr, known))}"
            hint = "columns={name: labels} adds others"
            raise _checks.refuse("by", rule, name, index=index, hint=hint)
    _checks.distinct("by", by, "the axis")


def _require_design(design: Any, *, needed: bool) -> None:
    if design is not None:
        _checks.require_instance("design", design, JourneyMap)
    if needed and design is None:
        hint = "it says which touchpoint is in which stage"
        raise _checks.refuse("design", 'come with the axis "stage"', design, hint=hint)
    if design is not None and not needed:
        rule, hint = 'be left out without the axis "stage"', 'name "stage" in by'
        raise _checks.refuse("design", rule, design.id, hint=hint)


@attrs.frozen(eq=False)
class _Coded:
    """A column of codes; a table translates them if there is one."""

    values: npt.NDArray[Any]
    labels: tuple[Label, ...]
    table: npt.NDArray[Any] | None = None

    def codes(self, rows: slice) -> npt.NDArray[Any]:
        part = self.values[rows]
        return part if self.table is None else np.asarray(self.table[part])

    def __len__(self) -> int:
        return len(self.labels)


@attrs.frozen(eq=False)
class _Answered:
    """Codes of a column in which events without an answer need no label."""

    source: Coding
    score: FloatArray
    refusal: Callable[[int], CxmError]

    def codes(self, rows: slice) -> npt.NDArray[Any]:
        codes = self.source.codes(rows)
        if codes.min() < 0:
            lacking = (codes < 0) & ~np.isnan(self.score[rows])
            if lacking.any():
                raise self.refusal(rows.start + int(np.argmax(lacking)))
        return codes

    def __len__(self) -> int:
        return len(self.source)

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.source.labels


def _coder(
    log: JourneyLog,
    name: str,
    score: FloatArray,
    design: JourneyMap[Any] | None,
    columns: Mapping[str, Any],
) -> Coding:
    """Return what says the group of each event on one axis."""
    if name == "stage" and design is not None:
        return _Answered(_staged(log, design), score, _unstaged(log))
    argument = f"columns[{name!r}]" if name in columns else f"log.{name}"
    source: Coding
    if name in columns:
        _require_rows(argument, columns[name], len(log))
        source = Coder(argument, columns[name], length=len(log), optional=True)
    else:
        source = _Coded(_column(log, name), _vocabulary(log, name))

    def refusal(row: int) -> CxmError:
        whose = log.customers.tolist()[np.searchsorted(log.offsets, row, "right") - 1]
        hint = (
            f"an answer of customer {whose!r} needs a label: give it one, or leave it"
            " out by log.where(...)"
        )
        return _checks.refuse_missing(argument, index=row, hint=hint)

    return _Answered(source, score, refusal)


def _require_rows(argument: str, column: Any, events: int) -> None:
    """Refuse a column that has not one label per event of the log."""
    labels = column[0] if is_pair(column) else column
    array = _checks.as_array(labels, argument)[0]
    if array.ndim == 1 and array.size != events:
        rule = f"have one label per event of the log ({events})"
        raise _checks.refuse(argument, rule, array.size)


def _column(log: JourneyLog, name: str) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] | None = getattr(log, name)
    if values is None:
        hint = f"pass {name}= to JourneyLog.from_columns"
        raise _checks.refuse("by", "name columns of the log", name, hint=hint)
    return values


def _vocabulary(log: JourneyLog, name: str) -> tuple[Label, ...]:
    labels: tuple[Label, ...] = DIMENSIONS
    return labels if name == "dimension" else getattr(log, f"{name}s")


def _staged(log: JourneyLog, design: JourneyMap[Any]) -> _Coded:
    """Look up the stage of each event by its touchpoint; -1 where there is none."""
    rank = {stage.name: rank for rank, stage in enumerate(design.stages)}
    stage_of = {each.id: rank[each.stage.name] for each in design.touchpoints}
    table = [stage_of.get(label, -1) for label in log.touchpoints]
    kind = _columns.signed(len(rank))
    return _Coded(log.touchpoint, tuple(rank), np.array(table, kind))


def _unstaged(log: JourneyLog) -> Callable[[int], CxmError]:
    def refusal(row: int) -> CxmError:
        label = log.touchpoints[int(log.touchpoint[row])]
        rule = "have each touchpoint with answers"
        hint = (
            "add it by design.with_touchpoint(...), or leave its events out by"
            " log.where(...)"
        )
        return _checks.refuse("design", rule, label, hint=hint)

    return refusal


def measured_share(log: JourneyLog, design: JourneyMap[Any]) -> float:
    """Of how many touchpoints of the design is anything known at all?

    What is designed and never asked about is steered blindly (S0.2).

    Parameters
    ----------
    log : JourneyLog
        With answers.
    design : JourneyMap
        With at least one touchpoint; its ids are the labels of the log.

    Returns
    -------
    float
        Share of the touchpoints of the design with at least one answer, from 0 to 1
        (best). Touchpoints of the log that the design lacks do not count.

    Raises
    ------
    InvalidTypeError
        If *log* is no log or *design* no map.
    InvalidValueError
        If the log has no answers or the design no touchpoints.

    Examples
    --------
    >>> from cxmkit import JourneyLog, JourneyMap, STARS_1_5
    >>> from cxmkit.paths import measured_share
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7],
    ...     time=[0, 60],
    ...     touchpoint=["shop", "hotline"],
    ...     score=[5, None],
    ...     scale=STARS_1_5,
    ... )
    >>> design = JourneyMap.parse("purchase: shop > checkout", id="nappies")
    >>> measured_share(log, design)
    0.5
    """
    _checks.require_instance("log", log, JourneyLog)
    _checks.require_instance("design", design, JourneyMap)
    if not design.touchpoints:
        raise _checks.refuse("design", "have touchpoints", design.id)
    answers = experience_by(log, "touchpoint").counts.sum(axis=-1)
    known = {label for label, n in zip(log.touchpoints, answers, strict=True) if n}
    return sum(each.id in known for each in design.touchpoints) / len(
        design.touchpoints
    )
