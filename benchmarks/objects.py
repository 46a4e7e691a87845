"""How fast are objects made, and do journeys grow in proportion to their steps?

The fastest of several runs is reported, since noise only ever adds time.
"""

import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs

from cxmkit import Direction, Encounter, Experience, Journey, Ref

PARTY, BRAND = Ref("stakeholder", 7), Ref("brand", "nappies")
START = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = 16_000

fields = [field.name for field in attrs.fields(Encounter)]
Unchecked = attrs.make_class("Unchecked", fields, frozen=True, slots=True, kw_only=True)


def main() -> int:
    """Print all times; return 1 if a promise is broken."""
    values = {
        "id": 1,
        "party": PARTY,
        "touchpoint": "shop",
        "at": START,
        "direction": Direction.TWO_SIDED,
        "counterpart": BRAND,
    }
    rest = {"duration": timedelta(0), "initiator": None, "relationship": None}
    checked = fastest(lambda: Encounter(**values), number=20_000)
    plain = fastest(lambda: Unchecked(**values, **rest), number=20_000)
    steps = [
        Experience(
            encounter=Encounter.one_sided(
                id=hour, party=PARTY, touchpoint="app", at=START + timedelta(hours=hour)
            )
        )
        for hour in range(STEPS)
    ]
    chain = fastest(lambda: chained(steps[:1_000]), number=1)
    whole = fastest(lambda: Journey.of(PARTY, "rest", steps), number=1)
    quarter = fastest(lambda: Journey.of(PARTY, "rest", steps[: STEPS // 4]), number=1)
    promises = [
        promise("Encounter, microseconds", 1e6 * checked, 12),
        promise("Encounter, against one without checks", checked / plain, None),
        promise("1,000 calls of then, milliseconds", 1e3 * chain, 50),
        promise("Journey.of four times the steps, factor", whole / quarter, 6),
    ]
    return 0 if all(promises) else 1


def chained(steps: list[Experience[int]]) -> Journey[int]:
    """Tell a journey step by step."""
    journey = Journey(party=PARTY, goal="rest")
    for step in steps:
        journey = journey.then(step)
    return journey


def fastest(call: Callable[[], object], *, number: int) -> float:
    """Return the seconds of one call in the fastest of several runs."""
    return min(timeit.repeat(call, number=number, repeat=9)) / number


def promise(name: str, value: float, most: float | None) -> bool:
    """Print a figure and whether it keeps its promise."""
    promised = f"(promised: at most {most:g})" if most else ""
    print(f"  {name:40} {value:7.2f}  {promised}")
    return most is None or value <= most


if __name__ == "__main__":
    sys.exit(main())
