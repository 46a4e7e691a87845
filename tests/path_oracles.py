"""Slow and plain answers for paths: loops over rows of (customer, time, touchpoint).

Written from definitions alone, with neither numpy nor cxmkit, so that they can be
compared with what is fast. Nothing here is clever: a funnel tries every choice of
events there is.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, NamedTuple

Label = Hashable
Row = tuple[Hashable, int, Label]


class Event(NamedTuple):
    """One row of one customer."""

    time: int
    touchpoint: Label


def journeys(rows: Iterable[Row]) -> dict[Hashable, list[Event]]:
    """Return the events of each customer, by time; ties stay in the order of rows."""
    told: dict[Hashable, list[Event]] = {}
    for customer, time, touchpoint in rows:
        told.setdefault(customer, []).append(Event(time, touchpoint))
    for events in told.values():
        events.sort(key=lambda event: event.time)
    return told


def transitions(
    rows: Iterable[Row],
    *,
    converted: Collection[Hashable] = (),
    observed_until: int | None = None,
    window: int = 0,
) -> dict[str, Any]:
    """Count what follows what, and who is left out because it began too late."""
    counts: Counter[tuple[Label, Label]] = Counter()
    starts: Counter[Label] = Counter()
    ends: Counter[Label] = Counter()
    ends_converted: Counter[Label] = Counter()
    open_ = 0
    for customer, events in journeys(rows).items():
        if observed_until is not None and events[0].time + window > observed_until:
            open_ += 1
            continue
        starts[events[0].touchpoint] += 1
        ends[events[-1].touchpoint] += 1
        if customer in converted:
            ends_converted[events[-1].touchpoint] += 1
        for place in range(1, len(events)):
            before, after = events[place - 1], events[place]
            counts[before.touchpoint, after.touchpoint] += 1
    return {
        "counts": counts,
        "starts": starts,
        "ends": ends,
        "ends_converted": ends_converted,
        "open": open_,
    }


def variants(rows: Iterable[Row]) -> Counter[tuple[Label, ...]]:
    """Count identical journeys."""
    return Counter(
        tuple(event.touchpoint for event in events)
        for events in journeys(rows).values()
    )


class Funnel(NamedTuple):
    """How many customers come to each number of steps; who cannot be judged yet."""

    counts: list[int]
    left_out: int


class Rules(NamedTuple):
    """How a funnel is to be counted."""

    steps: Sequence[Label]
    window: int | None
    order: str
    ties: str
    start: str
    observed_until: int | None


def funnel(
    rows: Iterable[Row],
    steps: Sequence[Label],
    *,
    window: int | None = None,
    order: str = "ordered",
    ties: str = "allow",
    start: str = "any",
    observed_until: int | None = None,
) -> Funnel:
    """Count the customers with events for each number of steps.

    Left out is who would begin if nothing were ever too late to be judged, and does
    not begin as it is.
    """
    rules = Rules(steps, window, order, ties, start, observed_until)
    endless = rules._replace(observed_until=None)
    everybody = journeys(rows).values()
    counts = [
        sum(_comes_to(k, events, rules) for events in everybody)
        for k in range(1, len(steps) + 1)
    ]
    left_out = sum(
        _comes_to(1, events, endless) and not _comes_to(1, events, rules)
        for events in everybody
    )
    return Funnel(counts, left_out)


def _comes_to(k: int, events: list[Event], rules: Rules) -> bool:
    """Try every choice of k events, which stand in order."""
    return any(
        _begins_well(places[0], events, rules)
        and _are_the_steps([events[place] for place in places], rules)
        and _are_in_time([events[place] for place in places], rules)
        and _follow(places, events, rules)
        for places in combinations(range(len(events)), k)
    )


def _begins_well(place: int, events: list[Event], rules: Rules) -> bool:
    """Tell whether a way may begin here."""
    wanted = rules.steps if rules.order == "any" else rules.steps[:1]
    starts = [i for i, event in enumerate(events) if event.touchpoint in wanted]
    if rules.start == "first" and [place] != starts[:1]:
        return False
    if rules.observed_until is None:
        return True
    assert rules.window is not None
    return events[place].time + rules.window <= rules.observed_until


def _are_the_steps(chosen: list[Event], rules: Rules) -> bool:
    """Tell whether these touchpoints are the first steps or, in any order, some."""
    met = [event.touchpoint for event in chosen]
    if rules.order == "any":
        return all(met.count(place) <= list(rules.steps).count(place) for place in met)
    return met == list(rules.steps[: len(met)])


def _are_in_time(chosen: list[Event], rules: Rules) -> bool:
    """Tell whether no more time passed than there is."""
    return rules.window is None or chosen[-1].time - chosen[0].time <= rules.window


def _follow(places: Sequence[int], events: list[Event], rules: Rules) -> bool:
    """Tell whether each event comes as strictly after the one before as wanted."""
    for before, after in pairwise(places):
        if rules.order == "strict" and after != before + 1:
            return False
        if rules.ties == "strict" and not events[after].time > events[before].time:
            return False
    return True


def greedy_funnel(
    rows: Iterable[Row], steps: Sequence[Label], window: int
) -> list[int]:
    """Count as simple queries do: only the first event of each step is looked at."""
    counts = [0] * len(steps)
    for events in journeys(rows).values():
        place, began = 0, None
        for k, step in enumerate(steps):
            while place < len(events) and events[place].touchpoint != step:
                place += 1
            if place == len(events):
                break
            began = events[place].time if began is None else began
            if events[place].time - began > window:
                break
            counts[k] += 1
            place += 1
    return counts


def dwells(rows: Iterable[Row]) -> dict[Label, list[int]]:
    """Return the times until the next event, ascending, by touchpoint."""
    times: dict[Label, list[int]] = {}
    for events in journeys(rows).values():
        for before, after in pairwise(events):
            times.setdefault(before.touchpoint, []).append(after.time - before.time)
    for some in times.values():
        some.sort()
    return times


def mean(times: Sequence[int]) -> Fraction:
    """Return the mean without rounding."""
    return Fraction(sum(times), len(times))


def quantile(times: Sequence[int], share: Fraction) -> int:
    """Return the smallest of the times that at least this share did not exceed."""
    return min(
        t for t in times if Fraction(sum(u <= t for u in times), len(times)) >= share
    )


def visits(rows: Iterable[Row], gap: int) -> Iterator[list[Event]]:
    """Cut each journey where a pause is longer than the gap."""
    for events in journeys(rows).values():
        visit = [events[0]]
        for event in events[1:]:
            if event.time - visit[-1].time > gap:
                yield visit
                visit = []
            visit.append(event)
        yield visit


def sessions(rows: Iterable[Row], gap: int) -> dict[str, Any]:
    """Count sessions, and where they begin and end."""
    rows = list(rows)
    cut = list(visits(rows, gap))
    return {
        "n": len(cut),
        "customers": len(journeys(rows)),
        "events": Counter(touchpoint for _, _, touchpoint in rows),
        "starts": Counter(visit[0].touchpoint for visit in cut),
        "ends": Counter(visit[-1].touchpoint for visit in cut),
        "single": Counter(visit[0].touchpoint for visit in cut if len(visit) == 1),
    }
