"""The text form of a designed journey, one line per stage.

``need: advertisement``, ``purchase: shop > checkout``, ``fitting [purchase]: tailor``.
Commas separate touchpoints, ``>`` puts one before the next. `read` and `write` are
inverses on what `read` can give. What the words mean is the business of
`cxmkit.journeymap`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import chain

import attrs

from cxmkit import _checks
from cxmkit.errors import InvalidValueError

_ROW = re.compile(r"([^:\[\]]*)(?:\[([^:\[\]]*)\]\s*)?:(.*)")
_FORM = 'have the form "stage: touchpoint, touchpoint > touchpoint"'


@attrs.frozen
class Line:
    """A stage, its phase, and its touchpoints in chains of fixed order."""

    stage: str
    phase: str
    chains: tuple[tuple[str, ...], ...]


def can_be_stage(name: str) -> bool:
    """Tell whether the text can hold this name of a stage."""
    return name == name.strip() and not set(name) & set(":[]\n\r")


def can_be_touchpoint(name: str) -> bool:
    """Tell whether the text can hold this name of a touchpoint."""
    plain = name == name.strip() and not set(name) & set(",>\n\r")
    return plain and not name.endswith("-")  # or "a -> b" would make "a -"


def write(lines: Iterable[Line], *, known: Mapping[str, str]) -> str:
    """Return the text of some lines; stages of a *known* phase do not name it."""
    return "\n".join(_written(line, known) for line in lines)


def _written(line: Line, known: Mapping[str, str]) -> str:
    phase = "" if known.get(line.stage) == line.phase else f" [{line.phase}]"
    chains = ", ".join(" > ".join(names) for names in line.chains)
    return f"{line.stage}{phase}: {chains}".rstrip()


def read(text: str, *, known: Mapping[str, str], phases: Collection[str]) -> list[Line]:
    """Return the lines of a text; stages of a *known* phase need not name it."""
    pieces = [_piece(row, at) for at, row in enumerate(_rows(text), 1)]
    rows = [_row(piece) for piece in pieces if piece.words]
    if not rows:
        raise pieces[0].refuse(_FORM)
    _refuse_repeated("stage", [row.stage for row in rows])
    _refuse_repeated(
        "touchpoint", [name for row in rows for name in chain(*row.chains)]
    )
    return [
        Line(
            stage=row.stage.words,
            phase=_phase(row, known, phases),
            chains=tuple(tuple(name.words for name in names) for names in row.chains),
        )
        for row in rows
    ]


@attrs.frozen
class _Piece:
    """A part of the text without the blanks around it, and where it stands."""

    words: str
    line: int
    column: int

    def refuse(self, rule: str, hint: str = "") -> InvalidValueError:
        """Return the error for what stands here."""
        return _checks.refuse_text(
            "text", rule, self.words, line=self.line, column=self.column, hint=hint
        )


@attrs.frozen
class _Row:
    """A line taken apart; without a phase, or with one in brackets."""

    stage: _Piece
    phase: _Piece | None
    chains: list[list[_Piece]]


def _rows(text: str) -> list[str]:
    """Split at the line ends of all systems, and at nothing else."""
    plain = text.removeprefix("\ufeff")  # which some editors put before a file
    return plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _piece(text: str, line: int, column: int = 1) -> _Piece:
    blanks = len(text) - len(text.lstrip())
    return _Piece(text.strip(), line, column + blanks)


def _parts(piece: _Piece, sign: str) -> list[_Piece]:
    parts, column = [], piece.column
    for part in piece.words.split(sign):
        parts.append(_piece(part, piece.line, column))
        column += len(part) + len(sign)
    return parts


def _row(piece: _Piece) -> _Row:
    match = _ROW.fullmatch(piece.words)
    if match is None:
        raise piece.refuse(_FORM, 'or "stage [phase]: ..." for a stage of your own')

    def group(number: int) -> _Piece:
        start = piece.column + match.start(number)
        return _piece(match[number], piece.line, start)

    names = group(3)
    chains = [_parts(part, ">") for part in _parts(names, ",")] if names.words else []
    touchpoints = [*chain(*chains)]
    for name in (group(1), *touchpoints):
        if not name.words:
            raise name.refuse("hold a name here", "or leave out the sign beside it")
    for name in touchpoints:
        if name.words.endswith("-"):
            raise name.refuse('not end with "-"', 'an arrow is ">" alone')
    return _Row(group(1), None if match[2] is None else group(2), chains)


def _phase(row: _Row, known: Mapping[str, str], phases: Collection[str]) -> str:
    if row.phase is None and row.stage.words in known:
        return known[row.stage.words]
    if row.phase is None:
        some = f"{row.stage.words} [{next(iter(phases))}]: ..."
        rule = f"be one of {', '.join(known)}, or name its phase"
        raise row.stage.refuse(rule, f'a stage of your own is written "{some}"')
    if row.phase.words not in phases:
        raise row.phase.refuse(f"be one of {', '.join(phases)}")
    return row.phase.words


def _refuse_repeated(what: str, pieces: Iterable[_Piece]) -> None:
    first: dict[str, _Piece] = {}
    for piece in pieces:
        earlier = first.setdefault(piece.words, piece)
        if earlier is not piece:
            rule = f"name each {what} once (it stands in line {earlier.line}, too)"
            raise piece.refuse(rule, "names are ids; tell the two apart")
