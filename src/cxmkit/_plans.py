"""The order of a design: which touchpoint is to come before which other."""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._axes import Label
from cxmkit.errors import InvalidValueError
from cxmkit.journeylog import JourneyLog
from cxmkit.journeymap import JourneyMap


@attrs.frozen
class Plan:
    """The touchpoints of a design by stage, and what comes before each.

    A set of touchpoints is a whole number: bit k stands for the touchpoint at place k.
    """

    ids: tuple[Label, ...]
    stages: tuple[str, ...]
    before: tuple[int, ...]
    order: tuple[tuple[Label, Label], ...]

    @classmethod
    def of(cls, design: JourneyMap[Any]) -> "Plan":
        """Read a design; refuse one whose order goes against its stages."""
        rank = {stage: number for number, stage in enumerate(design.stages)}
        planned = sorted(design.touchpoints, key=lambda each: rank[each.stage])
        ids = tuple(each.id for each in planned)
        ranks = [rank[each.stage] for each in planned]
        place = {each: number for number, each in enumerate(ids)}
        chains = [0] * len(ids)
        for earlier, later in sorted((place[a], place[b]) for a, b in design.order):
            if ranks[earlier] > ranks[later]:
                raise _refuse_backward(ids[earlier], ids[later])
            if ranks[earlier] == ranks[later]:
                chains[later] |= 1 << earlier
        _close(chains)
        stages = [(1 << ranks.index(number)) - 1 for number in ranks]
        return cls(
            ids=ids,
            stages=tuple(each.stage.name for each in planned),
            before=tuple(a | b for a, b in zip(chains, stages, strict=True)),
            order=tuple((ids[a], ids[b]) for a, b in _neighbours(chains)),
        )

    def places(self, labels: tuple[Label, ...]) -> npt.NDArray[np.intp]:
        """Return the place of each label; unplanned ones have the one after all."""
        place = {each: number for number, each in enumerate(self.ids)}
        return np.array([place.get(each, len(place)) for each in labels], np.intp)


def _refuse_backward(earlier: Label, later: Label) -> InvalidValueError:
    rule = "have no pair in its order that leads back to an earlier stage"
    hint = "leave the pair out, or move one of the two to another stage"
    return _checks.refuse("design", rule, (earlier, later), hint=hint)


def _close(chains: list[int]) -> None:
    """Let each set of predecessors hold those of its members, too."""
    for middle in range(len(chains)):
        for later, chain in enumerate(chains):
            if chain >> middle & 1:
                chains[later] = chain | chains[middle]


def _neighbours(chains: list[int]) -> list[tuple[int, int]]:
    """Return pairs with nothing in between: one form of all that say the same."""
    pairs = []
    for later, chain in enumerate(chains):
        near = bits(chain)
        for middle in bits(chain):
            near = [each for each in near if not chains[middle] >> each & 1]
        pairs += [(earlier, later) for earlier in near]
    return pairs


def bits(members: int) -> list[int]:
    """Return the places of the members of a set."""
    return [place for place in range(members.bit_length()) if members >> place & 1]


def plan_of(log: JourneyLog, design: JourneyMap[Any]) -> Plan:
    """Check what comes in, and read the design."""
    _checks.require_instance("log", log, JourneyLog)
    _checks.require_instance("design", design, JourneyMap)
    return Plan.of(design)
