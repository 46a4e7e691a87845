"""Does it go as designed, and what does it cost where it does not?"""

import math
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _events, _logrules, _states, _stats
from cxmkit._axes import Label
from cxmkit._checks import FloatArray, IntArray
from cxmkit.errors import InvalidValueError
from cxmkit.journeylog import JourneyLog
from cxmkit.journeymap import JourneyMap

__all__ = ["Conformance", "PlannedVersusActual", "conformance", "planned_versus_actual"]

_MAX_STATES = 1_024
_CELLS = 1 << 22  # states times journeys that are looked at together

_KINDS = ("as planned", "skipped", "out of order", "repeated", "unplanned")
_PLANNED, _UNPLANNED = 0, 4  # places of the first and last of the kinds
_WORD = 32  # touchpoints; twice as many bits make a word of the processor
_ROUNDING = 1e-13  # share of a sum of squares that rounding may leave


@attrs.frozen
class _Plan:
    """The touchpoints of a design by stage, and what comes before each.

    A set of touchpoints is a whole number: bit k stands for the touchpoint at place k.
    """

    ids: tuple[Label, ...]
    stages: tuple[str, ...]
    before: tuple[int, ...]
    order: tuple[tuple[Label, Label], ...]

    @classmethod
    def of(cls, design: JourneyMap[Any]) -> "_Plan":
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
        near = _bits(chain)
        for middle in _bits(chain):
            near = [each for each in near if not chains[middle] >> each & 1]
        pairs += [(earlier, later) for earlier in near]
    return pairs


def _bits(members: int) -> list[int]:
    return [place for place in range(members.bit_length()) if members >> place & 1]


def _whole(log: JourneyLog, design: JourneyMap[Any]) -> _Plan:
    """Begin both questions of this module."""
    _checks.require_instance("log", log, JourneyLog)
    _checks.require_instance("design", design, JourneyMap)
    return _Plan.of(design)


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
    >>> from cxmkit.fidelity import Conformance
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
        >>> from cxmkit.fidelity import Conformance
        >>> both = Conformance(customers=[7, 8], length=[4, 2], cost=[1, 0])
        >>> print(both.summary())
        1 of 2 journeys goes entirely as designed (50.0 %); on average 87.5 % of the
        events of a journey fit the design.
        """
        if not len(self):
            return "There are no journeys."
        goes = "goes" if self._conforming == 1 else "go"
        share = _percent(self.conforming_share)
        return (
            f"{self._conforming:,} of {_draw.counted(len(self), 'journey')} {goes}"
            f" entirely as designed ({share}); on average {_percent(self.mean_fitness)}"
            " of the events of a journey fit the design."
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
        >>> from cxmkit.fidelity import Conformance
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
            "share": [_percent(each / len(self)) for each in journeys],
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
        shared = np.isin(theirs, ours)
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
    >>> from cxmkit.fidelity import conformance
    >>> log, _ = JourneyLog.from_paths(
    ...     [["ad", "shop", "product", "shop"], ["shop", "product", "product"]],
    ...     conversions=[1, 1],
    ... )
    >>> design = JourneyMap.parse("need: ad\npurchase: shop\nuse: product", id=1)
    >>> conformance(log, design).fitness
    array([0.75, 1.  ])
    """
    plan = _whole(log, design)
    fits = _Fits.of(plan)
    place = plan.places(log.touchpoints)
    cost = np.empty(log.n_customers, np.int64)
    for block in _events.blocks(log.offsets):
        events = place[log.touchpoint[block.rows]]
        cost[block.customers] = fits.removals(events, block)
    return Conformance(customers=log.customers, length=np.diff(log.offsets), cost=cost)


def _closures(plan: _Plan) -> list[int]:
    """Return all sets of touchpoints that a journey can have behind it, small first."""
    closed = {0}
    for before in dict.fromkeys(plan.before):
        closed |= {before | each for each in closed}
        if len(closed) > _MAX_STATES:
            rule = f"leave at most {_MAX_STATES:,} ways to be under way"
            got = f"more, by the chains up to stage {_stage_of(before, plan)!r}"
            hint = "put fewer independent chains into one stage"
            raise _checks.refuse("design", rule, got, hint=hint)
    return sorted(closed, key=lambda each: (each.bit_count(), each))


def _stage_of(before: int, plan: _Plan) -> str:
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
    def of(cls, plan: _Plan) -> "_Fits":
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
    """Return the pairs of states with no other between them, small ones first."""
    place = {state: number for number, state in enumerate(closed)}
    steps = []
    for state in closed:
        nearest: list[int] = []
        for larger in sorted({state | each for each in sets}, key=int.bit_count):
            if larger != state and not any(each & larger == each for each in nearest):
                nearest.append(larger)
        steps += [(place[state], place[larger]) for larger in nearest]
    return steps


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class PlannedVersusActual:
    r"""Where do journeys leave the design, and what goes along with it?

    Counts of other customers add, ``sum()`` included, if the design is the same.

    Parameters
    ----------
    touchpoints : series of labels
        Touchpoints of the design, by stage, then those that it lacks.
    stages : series of str
        Stage of each touchpoint, "" where the design lacks it.
    order : series of pairs, optional
        Which touchpoint is to come right before which other of its stage.
    journeys : int
        Number of customers, one journey each.
    counts : array_like of int
        Number of journeys by touchpoint and kind, in the order of `kinds`.
    scored : array_like of int
        How many of them have a score.
    sums, squares : array_like of float
        Sum of these scores, and of their squares.
    totals : array_like of float
        Number of all journeys with a score, sum of their scores, and of their squares.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If shapes disagree, a designed touchpoint follows an unplanned one, or counts
        exceed what they are part of.
    MissingValueError
        If a label is missing.

    Notes
    -----
    Invariants: scored <= counts <= journeys; what the design lacks stands last. The
    score of a journey is the mean valence of its answers, from -1 to 1.

    Examples
    --------
    >>> from cxmkit import JourneyLog, JourneyMap
    >>> from cxmkit.fidelity import planned_versus_actual
    >>> log, _ = JourneyLog.from_paths(
    ...     [["ad", "shop"], ["shop", "ad"], ["shop", "forum"]], conversions=[6, 3, 1]
    ... )
    >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
    >>> actual = planned_versus_actual(log, design)
    >>> actual
    PlannedVersusActual of 10 journeys at 2 designed touchpoints, 1 other
    >>> print(actual)
    stage     touchpoint  as planned  skipped  out of order  repeated  unplanned
    need      ad                   6        1             3         0
    purchase  shop                10        0             0         0
              forum                                                            1
    """

    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    stages: tuple[str, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(str)
    )
    order: tuple[tuple[Label, Label], ...] = attrs.field(
        default=(), converter=_checks.as_tuple, validator=_checks.each(tuple)
    )
    journeys: int = attrs.field(validator=_states.count)
    counts: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    scored: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    sums: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    squares: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )
    totals: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_states.are_sums
    )

    def __attrs_post_init__(self) -> None:
        """Check that parts are no larger than the whole."""
        size = len(self.touchpoints)
        if len(self.stages) != size:
            rule = f"have one stage per touchpoint ({size})"
            raise _checks.refuse("stages", rule, len(self.stages))
        if any(self.stages[self._planned :]):
            rule = "name those of the design first"
            raise _checks.refuse("stages", rule, self.stages)
        for name in _CELLED:
            _states.require_shape(name, getattr(self, name), (size, len(_KINDS)))
        _states.require_shape("totals", self.totals, (3,))
        good, rule = self.counts <= self.journeys, "not exceed the number of journeys"
        _checks.require("counts", self.counts, good, rule)
        good, rule = self.scored <= self.counts, "not exceed the counts"
        _checks.require("scored", self.scored, good, rule)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the columns of the arrays are.

        Out of order: an event there comes after one that it should come before.
        Repeated: there is more than one event. As planned: met, and neither of these.
        Skipped: not met, though something was that should come after it. Unplanned: met
        though the design lacks it.
        """
        return _KINDS

    @property
    def design(self) -> tuple[tuple[Label, str], ...]:
        """Touchpoints of the design, each with its stage."""
        pairs = zip(self.touchpoints, self.stages, strict=True)
        return tuple(pairs)[: self._planned]

    @property
    def _planned(self) -> int:
        """Number of designed touchpoints."""
        return self.stages.index("") if "" in self.stages else len(self.stages)

    @property
    def shares(self) -> FloatArray:
        """Share of all journeys by touchpoint and kind, 0 to 1; NaN without any."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.counts / np.float64(self.journeys))

    @property
    def scores(self) -> FloatArray:
        """Mean score by touchpoint and kind, -1 to 1; NaN where nothing is known."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.sums / self.scored)

    @property
    def cost(self) -> FloatArray:
        """How much better or worse is the experience of those who leave the design?

        Mean score of the journeys of each kind less that of journeys as planned at the
        touchpoint or, where the design lacks it, of journeys that did not meet it.
        Below zero for the worse; NaN where either is unknown, and for journeys as
        planned.

        An association, not an effect: those who leave the design may differ from others
        in more than this, and a bad experience may be why they left it.
        """
        return self._sides()[0]

    def interval(self, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        r"""How sure is the cost? Welch's interval of each difference of means.

        Parameters
        ----------
        level : float, default: 0.95
            Confidence level, between 0 and 1.

        Returns
        -------
        low, high : ndarray of float
            Ends of the interval of each of `cost`; NaN where either side has fewer than
            two journeys with a score, or scores that are all alike. Each is judged on
            its own: of twenty without a difference, one leaves out 0 by luck.

        Raises
        ------
        InvalidTypeError
            If *level* is not a number.
        InvalidValueError
            If *level* is not between 0 and 1.

        References
        ----------
        Welch, B. L. (1947). The generalization of "Student's" problem when several
        different population variances are involved. Biometrika, 34(1-2), 28-35.
        doi:10.1093/biomet/34.1-2.28

        Examples
        --------
        >>> from cxmkit import STARS_1_5, JourneyLog, JourneyMap
        >>> from cxmkit.fidelity import planned_versus_actual
        >>> log = JourneyLog.from_columns(
        ...     customer=[1, 1, 2, 3, 3, 4, 4],
        ...     time=[0, 1, 0, 0, 1, 0, 1],
        ...     touchpoint=["ad", "shop", "ad", "shop", "ad", "shop", "ad"],
        ...     score=[5, None, 4, 2, None, 1, None],
        ...     scale=STARS_1_5,
        ... )
        >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
        >>> actual = planned_versus_actual(log, design)
        >>> low, high = actual.interval()
        >>> [float(each[0, 2]) for each in (actual.cost, low, high)]
        [-1.50, -3.02, 0.02]
        """
        level = _checks.open_unit("level", level)
        difference, variance, degrees = self._sides()
        with np.errstate(invalid="ignore"):
            reach = _stats.student_quantile(level, degrees) * np.sqrt(variance)
        return difference - reach, difference + reach

    def _sides(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return differences of means, their variances, and degrees of freedom."""
        theirs = self.scored.astype(np.float64), self.sums, self.squares
        baseline = [np.zeros(self.counts.shape) for _ in theirs]
        for plain, cells, total in zip(baseline, theirs, self.totals, strict=True):
            plain[:, 1:_UNPLANNED] = cells[:, :1]
            plain[self._planned :, _UNPLANNED] = (
                total - cells[self._planned :, _UNPLANNED]
            )
        largest = self.totals[0]
        mean, spread, degrees = _moments(*theirs, largest=largest)
        usual, usual_spread, usual_degrees = _moments(*baseline, largest=largest)
        with np.errstate(invalid="ignore", divide="ignore"):
            terms = spread**2 / degrees + usual_spread**2 / usual_degrees
            freedom = (spread + usual_spread) ** 2 / terms
        return mean - usual, spread + usual_spread, freedom

    def __repr__(self) -> str:
        """Say how many journeys and touchpoints there are, in one line."""
        others = len(self.touchpoints) - self._planned
        where = _draw.counted(self._planned, "designed touchpoint")
        journeys = _draw.counted(self.journeys, "journey")
        return f"PlannedVersusActual of {journeys} at {where}, {others:,} other"

    def summary(self) -> str:
        r"""Return one sentence for a manager: what is most frequent, and its cost.

        Examples
        --------
        >>> from cxmkit import JourneyLog, JourneyMap
        >>> from cxmkit.fidelity import planned_versus_actual
        >>> log, _ = JourneyLog.from_paths(
        ...     [["ad", "shop"], ["shop", "ad"]], conversions=[6, 4]
        ... )
        >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
        >>> print(planned_versus_actual(log, design).summary())
        The most frequent departure from the design: ad is out of order in 4 of 10
        journeys (40.0 %); how that was felt is unknown.
        """
        if not self.journeys:
            return "There are no journeys."
        departed = self.counts[:, 1:]
        if not departed.size or not departed.max():
            journeys = _draw.counted(self.journeys, "journey")
            return f"Nothing departs from the design in {journeys}."
        row, column = np.unravel_index(int(departed.argmax()), departed.shape)
        place = int(row), int(column) + 1
        count = int(self.counts[place])
        return (
            "The most frequent departure from the design:"
            f" {self.touchpoints[place[0]]} is {_KINDS[place[1]]} in {count:,} of"
            f" {_draw.counted(self.journeys, 'journey')}"
            f" ({_percent(self.shares[place])}); {self._felt(place)}."
        )

    def _felt(self, place: tuple[int, int]) -> str:
        """Say what goes along with a departure."""
        cost = float(self.cost[place])
        if math.isnan(cost):
            return "how that was felt is unknown"
        low, high = (float(end[place]) for end in self.interval())
        words = f"their experience is {cost:+z.2f} against others (from -1 to 1"
        if math.isnan(low):
            return f"{words}; too few answers, or too much alike, for an interval)"
        return f"{words}, 95 % interval {low:+z.2f} to {high:+z.2f})"

    def __add__(self, other: object) -> "PlannedVersusActual":
        """Add the counts of other customers; other touchpoints are united."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, PlannedVersusActual):
            return NotImplemented
        _states.require_same(self, other, ("design", "order"))
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        unplanned = len(union.labels) - self._planned
        return PlannedVersusActual(
            touchpoints=union.labels,
            stages=(*self.stages[: self._planned], *[""] * unplanned),
            order=self.order,
            journeys=self.journeys + other.journeys,
            totals=self.totals + other.totals,
            **{
                name: union.add(getattr(self, name), getattr(other, name))
                for name in _CELLED
            },
        )

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare all fields."""
        if not isinstance(other, PlannedVersusActual):
            return NotImplemented
        plain = ("touchpoints", "stages", "order", "journeys")
        same = all(getattr(self, name) == getattr(other, name) for name in plain)
        return same and _checks.same_arrays(self, other, (*_CELLED, "totals"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        r"""Return one flat dict per touchpoint and kind that it can have.

        Examples
        --------
        >>> from cxmkit import JourneyLog, JourneyMap
        >>> from cxmkit.fidelity import planned_versus_actual
        >>> log, _ = JourneyLog.from_paths([["ad", "ad"]], conversions=[4])
        >>> design = JourneyMap.parse("need: ad", id=1)
        >>> planned_versus_actual(log, design).to_records()[3]["share"]
        1.0
        """
        low, high = self.interval()
        columns = (
            self.counts,
            self.shares,
            self.scored,
            self.scores,
            self.cost,
            low,
            high,
        )
        return [
            {
                "touchpoint": self.touchpoints[row],
                "stage": self.stages[row],
                "kind": _KINDS[kind],
            }
            | dict(
                zip(_NUMBERS, (each[row, kind].item() for each in columns), strict=True)
            )
            for row, kind in self._possible()
        ]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        names = ("touchpoint", "stage", "kind", *_NUMBERS)
        return _states.columns(names, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return _states.plain(self)

    def _possible(self) -> list[tuple[int, int]]:
        """Return the cells that a journey can be counted in."""
        every = np.ndindex(self.counts.shape)
        return [
            (row, kind)
            for row, kind in every
            if (kind == _UNPLANNED) == (row >= self._planned)
        ]

    # Showing

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        """Return stage, touchpoint, and numbers of journeys with their cost by kind."""
        cost = self.cost
        cells = np.full(self.counts.shape, "", object)
        for place in self._possible():
            known = not math.isnan(cost[place])
            price = f" ({cost[place]:+z.2f})" if known else ""
            cells[place] = f"{self.counts[place]:,}{price}"
        names = [str(label) for label in self.touchpoints]
        table = {"stage": list(self.stages), "touchpoint": names}
        return table | {kind: list(cells[:, k]) for k, kind in enumerate(_KINDS)}


_CELLED = ("counts", "scored", "sums", "squares")
_NUMBERS = ("journeys", "share", "scored", "score", "cost", "low", "high")


def planned_versus_actual(
    log: JourneyLog, design: JourneyMap[Any]
) -> PlannedVersusActual:
    r"""Where do journeys leave the design, and what goes along with it?

    Touchpoints are skipped, met out of order or repeated, and others come in that the
    design lacks. How was the experience of those to whom that happened?

    Parameters
    ----------
    log : JourneyLog
        What happened. Without scores nothing is known of the experience.
    design : JourneyMap
        How it is meant to be. Events belong to the touchpoint whose id is the label in
        the log.

    Returns
    -------
    PlannedVersusActual
        Number of journeys by touchpoint and kind, with their scores; results of other
        customers add.

    Raises
    ------
    InvalidTypeError
        If *log* or *design* is no such thing.
    InvalidValueError
        If the order of the design leads back to an earlier stage.

    Notes
    -----
    x comes before y by design if its stage stands earlier, or if both are in one stage
    and pairs of ``design.order`` lead from x to y. A journey with a touchpoint x of the
    design is

    - *out of order* there, if an event at x comes after one at some y that x comes
      before,
    - *repeated* there, if it has more than one event at x,
    - *as planned* there, if neither is so.

    x is *skipped* by a journey without x that has some y that x comes before. A
    touchpoint that the design lacks is *unplanned* for each journey that has it.

    The score of a journey is the mean valence of its answers, from -1 to 1; journeys
    without answers have none. What is said of the experience is an association, not a
    cause.

    References
    ----------
    Halvorsrud, R., Kvale, K., & Følstad, A. (2016). Improving service quality through
    customer journey analysis. Journal of Service Theory and Practice, 26(6), 840-867.
    doi:10.1108/JSTP-05-2015-0111 (ad hoc and missing touchpoints, and irregularities in
    their sequence, between the planned and the actual journey)

    Examples
    --------
    >>> from cxmkit import STARS_1_5, JourneyLog, JourneyMap
    >>> from cxmkit.fidelity import planned_versus_actual
    >>> log = JourneyLog.from_columns(
    ...     customer=[1, 1, 2, 2, 3],
    ...     time=[0, 1, 0, 1, 0],
    ...     touchpoint=["ad", "shop", "shop", "ad", "shop"],
    ...     score=[5, 5, 2, 2, 3],
    ...     scale=STARS_1_5,
    ... )
    >>> design = JourneyMap.parse("need: ad\npurchase: shop", id=1)
    >>> print(planned_versus_actual(log, design))
    stage     touchpoint  as planned    skipped  out of order  repeated  unplanned
    need      ad                   1  1 (-1.00)     1 (-1.50)         0
    purchase  shop                 3          0             0         0
    """
    plan = _whole(log, design)
    planned = set(plan.ids)
    others = tuple(each for each in log.touchpoints if each not in planned)
    touchpoints = plan.ids + others
    place = {label: number for number, label in enumerate(touchpoints)}
    places = np.array([place[label] for label in log.touchpoints], np.intp)
    words = _words(plan, len(touchpoints))
    cells = np.zeros((len(touchpoints), len(_KINDS), 4))
    totals = np.zeros(4)
    for block in _events.blocks(log.offsets, bins=len(touchpoints)):
        events, worth = places[log.touchpoint[block.rows]], _worth(log, block)
        totals += worth.sum(axis=0)
        for first, word in enumerate(words):
            part = cells[_WORD * first : min(_WORD * (first + 1), len(plan.ids))]
            part[:, :_UNPLANNED] += _departures(events, block, word, worth, len(part))
        cells[len(plan.ids) :, _UNPLANNED] += _additions(
            events - len(plan.ids), block, worth, len(others)
        )
    return PlannedVersusActual(
        touchpoints=touchpoints,
        stages=(*plan.stages, *[""] * len(others)),
        order=plan.order,
        journeys=log.n_customers,
        counts=cells[..., 0].astype(np.int64),
        scored=cells[..., 1].astype(np.int64),
        sums=cells[..., 2],
        squares=cells[..., 3],
        totals=totals[1:],
    )


def _worth(log: JourneyLog, block: _events.Block) -> FloatArray:
    """Return what each journey adds to a cell: 1, whether scored, score, its square."""
    worth = np.zeros((block.lengths.size, 4))
    worth[:, 0] = 1
    if log.score is None or log.scale is None:
        return worth
    score, starts = log.score[block.rows], block.offsets[:-1]
    known = ~np.isnan(score)
    unit = log.scale.to_unit(np.where(known, score, log.scale.low))
    valence = np.where(known, 2 * unit - 1, 0.0)
    answers = np.add.reduceat(known, starts, dtype=np.int64)
    scored = answers > 0
    worth[:, 1] = scored
    worth[scored, 2] = np.add.reduceat(valence, starts)[scored] / answers[scored]
    worth[:, 3] = worth[:, 2] ** 2
    return worth


@attrs.frozen
class _Word:
    """What an event says of some touchpoints of the design, by its own place.

    The lower half of the bits of `marks` says which of them was met, the upper half
    which are to come before it; `asks` has the bit of the touchpoint in both halves.
    """

    marks: npt.NDArray[np.uint64]
    asks: npt.NDArray[np.uint64]


def _words(plan: _Plan, size: int) -> list[_Word]:
    """Return what events say of the touchpoints of a design, some at a time."""
    words = []
    for first in range(0, len(plan.ids), _WORD):
        marks, asks = np.zeros((2, size), np.uint64)
        for place, before in enumerate(plan.before):
            inside = 0 <= place - first < _WORD
            bit = 1 << place - first if inside else 0
            upper = (before >> first) % (1 << _WORD) << _WORD
            marks[place], asks[place] = upper | bit, bit << _WORD | bit
        words.append(_Word(marks, asks))
    return words


def _departures(
    events: npt.NDArray[np.intp],
    block: _events.Block,
    word: _Word,
    worth: FloatArray,
    width: int,
) -> FloatArray:
    """Add up what journeys are worth, by designed touchpoint and kind."""
    marks, starts = word.marks[events], block.offsets[:-1]
    met_again = np.bitwise_or.reduceat(
        _before(marks, block) & word.asks[events], starts
    )
    met, due = _halves(np.bitwise_or.reduceat(marks, starts))
    again, late = _halves(met_again)
    kinds = (met & ~(again | late), due & ~met, late, again)
    return np.stack(
        [_flags(kind, width).T.astype(np.float64) @ worth for kind in kinds], axis=1
    )


def _before(
    marks: npt.NDArray[np.uint64], block: _events.Block
) -> npt.NDArray[np.uint64]:
    """Return all marks of earlier events of the same customer.

    Each pass doubles how far back events have looked.
    """
    seen = np.zeros_like(marks)
    seen[1:] = marks[:-1]
    seen[block.offsets[:-1]] = 0
    places, reach, longest = block.places, 1, int(block.lengths.max())
    while reach < longest - 1:
        further = np.where(places[reach:] > reach, seen[:-reach], np.uint64(0))
        seen[reach:] |= further
        reach *= 2
    return seen


def _halves(
    words: npt.NDArray[np.uint64],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Return the lower and the upper half of the bits."""
    return words.astype(np.uint32), (words >> np.uint64(_WORD)).astype(np.uint32)


def _flags(words: npt.NDArray[np.uint32], width: int) -> npt.NDArray[np.uint8]:
    """Return the first bits of each word, the lowest first, as a row of 0 and 1."""
    parts = words.astype("<u4").view(np.uint8).reshape(-1, _WORD // 8)
    return np.unpackbits(parts, axis=1, count=width, bitorder="little")


def _additions(
    others: npt.NDArray[np.intp], block: _events.Block, worth: FloatArray, size: int
) -> FloatArray:
    """Add up what journeys are worth, by touchpoint that the design lacks."""
    rows = np.flatnonzero(others >= 0)
    owners = np.searchsorted(block.offsets, rows, "right") - 1
    owner, other = np.divmod(np.unique(owners * size + others[rows]), max(size, 1))
    columns = [np.bincount(other, column[owner], size) for column in worth.T]
    return np.stack(columns, axis=1).astype(np.float64)


def _moments(
    n: FloatArray, total: FloatArray, squares: FloatArray, *, largest: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the mean, the variance of the mean, and its degrees of freedom.

    The variance is NaN where there is nothing to judge it by.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        deviations = squares - total * mean
        variance = deviations / (n - 1) / n
    # What rounding left of scores that are all alike is no spread.
    spread = (n >= 2) & (deviations > _ROUNDING * largest)
    return mean, np.where(spread, variance, np.nan), n - 1


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
