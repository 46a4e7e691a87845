"""What is known of each attribute at each touchpoint, from objects, figures or answers.

Every argument of a ledger becomes `Levels` by (attribute, touchpoint); rows are the
pairs of which any of them knows something.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from cxmkit import _checks, _levels
from cxmkit._axes import Label
from cxmkit._levels import Levels
from cxmkit.brand import BrandPositioning, Promise, ServiceQuality
from cxmkit.errors import InvalidTypeError
from cxmkit.tally import Tally

Place = tuple[Label, ...]  # an attribute, and a touchpoint or None for all

_WAY_OUT = "a mapping has the form {(attribute, touchpoint): level}"


def names_of(positioning: BrandPositioning) -> tuple[str, ...]:
    return tuple(attribute.name for attribute in positioning.attributes)


def require_attribute(place: str, name: object, names: Sequence[str]) -> None:
    if name not in names:
        rule = "be about an attribute of the positioning"
        raise _checks.refuse(place, rule, name, hint=f"those are {_checks.some(names)}")


def general(promised: Levels) -> list[Promise]:
    """Return the promises that are given for all touchpoints."""
    pairs = zip(promised.keys, promised.value.tolist(), strict=True)
    return [
        Promise(attribute=str(attribute), level=level)
        for (attribute, touchpoint), level in pairs
        if touchpoint is None
    ]


def read_promises(promises: Any, names: Sequence[str]) -> Levels:
    """Return what is promised, in general where the touchpoint is None."""
    if isinstance(promises, Tally | Mapping):
        return read(promises, "promises", names, general=True)
    series = _checks.as_tuple(promises)
    if not isinstance(series, tuple):
        rule, hint = "be a series of Promise, a mapping or a Tally", _WAY_OUT
        raise _checks.refuse(
            "promises", rule, promises, hint=hint, error=InvalidTypeError
        )
    for index, each in enumerate(series):
        _checks.require_instance("promises", each, Promise, index=index)
        place = _checks.where("promises", index)
        require_attribute(place, each.attribute, names)
    own = {name: name for name in names}
    places = [(own[each.attribute], each.touchpoint) for each in series]
    hint = "give one level per place"
    _checks.distinct("promises", places, "attribute and touchpoint", hint=hint)
    levels = (each.level for each in series)
    return Levels.of_figures(dict(zip(places, levels, strict=True)))


def read(
    figures: Any, argument: str, names: Sequence[str], *, general: bool = False
) -> Levels:
    """Return the levels of a tally or mapping; what is unknown is not among them."""
    if isinstance(figures, Tally):
        levels = _levels.read_tally(figures, argument, ("attribute", "touchpoint"))
    elif isinstance(figures, Mapping):
        levels = _levels.read_figures(figures, argument, general=general)
    else:
        rule = "be a Tally or a mapping"
        raise _checks.refuse(
            argument, rule, figures, hint=_WAY_OUT, error=InvalidTypeError
        )
    for key in levels.keys:
        require_attribute(f"{argument}[{_checks.show(key)}]", key[0], names)
    # Texts that are equal need not be alike: those of an enum are more than texts.
    own: dict[Label, str] = {name: name for name in names}
    keys = tuple((own[attribute], touchpoint) for attribute, touchpoint in levels.keys)
    return attrs.evolve(levels, keys=keys)


def places_of(names: Sequence[str], known: Mapping[str, Levels]) -> list[Place]:
    """Return the pairs of which something is known, in the order of rows."""
    keys = dict.fromkeys(
        key for levels in known.values() for key in levels.keys if key[1] is not None
    )
    touchpoints: dict[Label, list[Place]] = {}
    for key in keys:
        touchpoints.setdefault(key[1], []).append(key)
    ordered = (key for each in touchpoints.values() for key in each)
    rank: dict[Label, int] = {name: place for place, name in enumerate(names)}
    return sorted(ordered, key=lambda key: rank[key[0]])


def rows_of(
    places: Sequence[Place], aligned: Mapping[str, Levels]
) -> list[ServiceQuality]:
    """Return what is known of each place."""
    columns = {
        name: [known(level) for level in levels.value]
        for name, levels in aligned.items()
    }
    return [
        ServiceQuality(
            attribute=str(attribute),
            touchpoint=touchpoint,
            **{name: column[row] for name, column in columns.items()},
        )
        for row, (attribute, touchpoint) in enumerate(places)
    ]


def known(number: float) -> float | None:
    return None if math.isnan(number) else float(number)
