"""Does it go as designed?"""

import math
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _events, _logrules, _states
from cxmkit._checks import FloatArray, IntArray
from cxmkit._plans import Plan, plan_of
from cxmkit.journeylog import JourneyLog
from cxmkit.journeymap import JourneyMap

__all__ = ["Conformance", "conformance"]

_MAX_STATES = 1_024
_CELLS = 1 << 22  # states times journeys that are looked at together


def _frozen(values: Any) -> npt.NDArray[Any]:
    return _checks.read_only(np.asarray(values))


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Conformance:
    """How much of each journey goes as designed?

    Results for other customers add, ``sum()`` included: theirs follow ours.

    Parameters
    ----------
    customers : array_like
        Ids of the customers, each once.
    length : array_like of int
        Number of events of each customer, at least 1.
    cost : array_like of int
        The fewest events to take out of each journey so that the rest is as designed.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a customer is there twice, shapes disagree, or a cost exceeds the length.
    MissingValueError
        If an id is missing.

    Notes
    -----
    Invariants: ids are unique; 0 <= cost <= length, and length >= 1.

    Examples
    --------
    >>> from cxmkit.paths import Conformance
    >>> both = Conformance(customers=[7, 8], length=[4, 2], cost=[1, 0])
    >>> both
    Conformance of 2 journeys: mean fitness 0.875, 1 as designed
    >>> both.fitness
    array([0.75, 1.  ])
    >>> print(both)
    to take out  journeys   share
              0         1  50.0 %
              1         1  50.0 %
    """

    customers: npt.NDArray[Any] = attrs.field(converter=_frozen)
    length: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    cost: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )

    def __attrs_post_init__(self) -> None:
        """Check that there is one journey per customer, and none costs too much."""
        _require_customers(self.customers)
        for name in ("length", "cost"):
            _states.require_shape(name, getattr(self, name), self.customers.shape)
        _checks.require("length", self.length, self.length > 0, "be at least 1")
        good, rule = self.cost <= self.length, "not exceed the length of the journey"
        _checks.require("cost", self.cost, good, rule)

    @property
    def fitness(self) -> FloatArray:
        """Share of the events of each journey that fit the design, 0 to 1."""
        return np.asarray(1.0 - self.cost / self.length)

    @property
    def mean_fitness(self) -> float:
        """Mean of `fitness` over journeys, long or short; NaN if there are none."""
        return float(self.fitness.mean()) if len(self) else math.nan

    @property
    def conforming_share(self) -> float:
        """Share of the journeys that go entirely as designed; NaN if there are none."""
        return self._conforming / len(self) if len(self) else math.nan

    @property
    def _conforming(self) -> int:
        return int(np.count_nonzero(self.cost == 0))

    def __len__(self) -> int:
        """Return the number of journeys."""
        return len(self.customers)

    def __repr__(self) -> str:
        """Say how many journeys there are, and how well they fit, in one line."""
        journeys = f"Conformance of {_draw.counted(len(self), 'journey')}"
        if not len(self):
            return journeys
        fitness = f"mean fitness {self.mean_fitness:.3f}"
        return f"{journeys}: {fitness}, {self._conforming:,} as designed"

    def summary(self) -> str:
        """Return one sentence for a manager.

        Examples
        --------
        >>> from cxmkit.paths import Conformance
        >>> both = Conformance(customers=[7, 8], length=[4, 2], cost=[1, 0])
        >>> print(both.summary())
        1 of 2 journeys goes in the order of the design with nothing else between (50.0
        %); on average 87.5 % of the events of a journey fit. Skipping and repeating are
        free.
        """
        if not len(self):
            return "There are no journeys."
        goes = "goes" if self._conforming == 1 else "go"
        share = _states.percent(self.conforming_share)
        mean = _states.percent(self.mean_fitness)
        return (
            f"{self._conforming:,} of {_draw.counted(len(self), 'journey')} {goes} in"
            f" the order of the design with nothing else between ({share}); on average"
            f" {mean} of the events of a journey fit. Skipping and repeating are free."
        )

    def __add__(self, other: object) -> "Conformance":
        """Put the journeys of other customers behind these."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, Conformance):
            return NotImplemented
        _refuse_shared(self.customers, other.customers)
        return Conformance(
            customers=_joined(self.customers, other.customers),
            length=np.concatenate([self.length, other.length]),
            cost=np.concatenate([self.cost, other.cost]),
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare customers and numbers."""
        if not isinstance(other, Conformance):
            return NotImplemented
        return (
            self.customers.dtype == other.customers.dtype
            and self.customers.tolist() == other.customers.tolist()
            and _checks.same_arrays(self, other, ("length", "cost"))
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per journey.

        Examples
        --------
        >>> from cxmkit.paths import Conformance
        >>> Conformance(customers=[7], length=[4], cost=[1]).to_records()
        [{'customer': 7, 'length': 4, 'cost': 1, 'fitness': 0.75}]
        """
        columns = self.to_columns()
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return {
            "customer": self.customers.tolist(),
            "length": self.length.tolist(),
            "cost": self.cost.tolist(),
            "fitness": self.fitness.tolist(),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return _states.plain(self)

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        """Return how many journeys have each cost: they are too many to list."""
        cost, journeys = np.unique(self.cost, return_counts=True)
        return {
            "to take out": [f"{each:,}" for each in cost],
            "journeys": [f"{each:,}" for each in journeys],
            "share": [_states.percent(each / len(self)) for each in journeys],
        }


def _require_customers(customers: npt.NDArray[Any]) -> None:
    """Refuse ids that are missing or there twice."""
    whole = customers.ndim == 1 and customers.dtype.kind in "iu"
    if not (whole and _distinct(customers)):
        _logrules.require_customers(customers)


def _distinct(numbers: npt.NDArray[Any]) -> bool:
    ascending = (numbers[1:] > numbers[:-1]).all()
    return bool(ascending or np.unique(numbers).size == numbers.size)


def _refuse_shared(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> None:
    if ours.dtype == theirs.dtype and ours.dtype.kind in "iu":
        shared = np.isin(theirs, ours, kind="sort")  # a table cannot hold all ids
    else:  # two kinds of numbers would be compared as floats
        known = set(ours.tolist())
        shared = np.array([each in known for each in theirs.tolist()], np.bool_)
    if shared.any():
        index = int(np.argmax(shared))
        rule = "hold none of the customers of this result"
        hint = "add results of parts that share nobody, as log.partition(n) makes them"
        raise _checks.refuse("other", rule, theirs[index], index=index, hint=hint)


def _joined(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if ours.dtype == theirs.dtype or not ours.size or not theirs.size:
        kind = ours.dtype if ours.size else theirs.dtype
        return np.concatenate([ours, theirs]).astype(kind)
    joined = np.empty(ours.size + theirs.size, object)
    joined[: ours.size], joined[ours.size :] = ours, theirs
    return joined


def conformance(log: JourneyLog, design: JourneyMap[Any]) -> Conformance:
    r"""How much of each journey goes as designed?

    Each journey is aligned with the design: what is the least to take out, so that the
    rest is as designed? All touchpoints of a design are optional and may be repeated.

    Parameters
    ----------
    log : JourneyLog
        What happened.
    design : JourneyMap
        How it is meant to be. Events belong to the touchpoint whose id is the label in
        the log.

    Returns
    -------
    Conformance
        Length, cost and fitness of each journey, in the order of ``log.customers``;
        results of other customers add.

    Raises
    ------
    InvalidTypeError
        If *log* or *design* is no such thing.
    InvalidValueError
        If the order of the design leads back to an earlier stage, or its stages hold so
        many independent chains that there are more than 1,024 ways to be under way.

    Notes
    -----
    x comes before y by design if its stage stands earlier, or if both are in one stage
    and pairs of ``design.order`` lead from x to y. The rest of a journey is as designed
    if it has designed touchpoints only and no x after a y that x comes before. The
    *cost* of a journey is the smallest number of events to take out of it, the fitness
    1 - cost / length. This is an alignment in which an event without a counterpart
    costs 1 and the shortest way through the design is empty, so that nothing needs to
    be added.

    Every customer is one journey. Who buys again goes back to the first touchpoints,
    which costs: ``log.split(gap=...)`` makes a journey of each visit. That something is
    skipped or repeated costs nothing here; `planned_versus_actual` counts it.

    Exact by dynamic programming over the sets of touchpoints that are closed: all that
    come before something that was kept. If every stage has one touchpoint, the cost is
    the length less that of the longest non-decreasing subsequence.

    References
    ----------
    Adriansyah, A., van Dongen, B. F., & van der Aalst, W. M. P. (2011). Conformance
    checking using cost-based fitness analysis. Proceedings of the 15th IEEE
    International Enterprise Distributed Object Computing Conference, 55-64.
    doi:10.1109/EDOC.2011.12

    Examples
    --------
    Who goes back from the product to the shop leaves the design once:

    >>> from cxmkit import JourneyLog, JourneyMap
    >>> from cxmkit.paths import conformance
    >>> log, _ = JourneyLog.from_paths(
    ...     [["ad", "shop", "product", "shop"], ["shop", "product", "product"]],
    ...     conversions=[1, 1],
    ... )
    >>> design = JourneyMap.parse("need: ad\npurchase: shop\nuse: product", id=1)
    >>> conformance(log, design).fitness
    array([0.75, 1.  ])
    """
    plan = plan_of(log, design)
    fits = _Fits.of(plan)
    place = plan.places(log.touchpoints)
    cost = np.empty(log.n_customers, np.int64)
    for block in _events.blocks(log.offsets):
        events = place[log.touchpoint[block.rows]]
        cost[block.customers] = fits.removals(events, block)
    return Conformance(customers=log.customers, length=np.diff(log.offsets), cost=cost)


def _closures(plan: Plan) -> list[int]:
    """Return all sets of touchpoints that a journey can have behind it, parts first."""
    closed = {0}
    for before in dict.fromkeys(plan.before):
        closed |= {before | each for each in closed}
        if len(closed) > _MAX_STATES:
            rule = f"leave at most {_MAX_STATES:,} ways to be under way"
            got = f"more, by the chains up to stage {_stage_of(before, plan)!r}"
            hint = "put fewer independent chains into one stage"
            raise _checks.refuse("design", rule, got, hint=hint)
    return sorted(closed)  # as a number, a part is smaller than the whole


def _stage_of(before: int, plan: Plan) -> str:
    return plan.stages[plan.before.index(before)]


@attrs.frozen(eq=False)
class _Fits:
    """Which events fit after which, and how to count those that do not.

    A state is a set of touchpoints that are closed. `costs` has what an event at each
    place costs in each state; `steps` are pairs of states, the second closes more.
    """

    costs: npt.NDArray[np.uint8]
    steps: list[tuple[int, int]]

    @classmethod
    def of(cls, plan: Plan) -> "_Fits":
        """Look at all that a journey can have behind it."""
        closed = _closures(plan)
        costs = np.ones((len(closed), len(plan.ids) + 1), np.uint8)
        for row, state in enumerate(closed):
            for place, before in enumerate(plan.before):
                costs[row, place] = state >> place & 1 or before & ~state != 0
        return cls(costs, _steps(closed, set(plan.before)))

    def removals(self, events: npt.NDArray[np.intp], block: _events.Block) -> IntArray:
        """Return the fewest events to take out of each journey of a block."""
        lengths = block.lengths
        longest_first = np.argsort(-lengths, kind="stable")
        fewest = np.empty(lengths.size, np.int64)
        room = max(_CELLS // len(self.costs), 1)
        for first in range(0, lengths.size, room):
            some = longest_first[first : first + room]
            fewest[some] = self._aligned(events, block.offsets[some], lengths[some])
        return fewest

    def _aligned(
        self, events: npt.NDArray[np.intp], starts: IntArray, lengths: IntArray
    ) -> npt.NDArray[Any]:
        """Align journeys, longest first, one event of each after the other."""
        longest = int(lengths[0])
        kind = np.min_scalar_type(longest)
        costs = self.costs.astype(kind)
        removed = np.zeros((len(costs), lengths.size), kind)
        # How many journeys have an event at each place.
        under_way = np.searchsorted(-lengths, -np.arange(longest), "left")
        for place, journeys in enumerate(under_way.tolist()):
            event = events[starts[:journeys] + place]
            now = removed[:, :journeys]
            for state, cost in enumerate(costs):
                now[state] += cost.take(event)
            for smaller, larger in self.steps:
                np.minimum(now[larger], now[smaller], out=now[larger])
        # The last state closes all that any other does, so it is never worse.
        return np.asarray(removed[-1])


def _steps(closed: list[int], sets: set[int]) -> list[tuple[int, int]]:
    """Return the pairs of states with no other between them, parts first."""
    place = {state: number for number, state in enumerate(closed)}
    steps = []
    for state in closed:
        nearest: list[int] = []
        for larger in sorted({state | each for each in sets}):
            if larger != state and not any(each & larger == each for each in nearest):
                nearest.append(larger)
        steps += [(place[state], place[larger]) for larger in nearest]
    return steps
