"""Where did it go wrong?"""

from typing import Any

import attrs
import numpy as np

from cxmkit import _checks, _draw, _events, _intervals, _states
from cxmkit._answers import answers_of, codes_of, distinct
from cxmkit._axes import Label
from cxmkit._checks import FloatArray, IntArray
from cxmkit.errors import ScaleMismatchError
from cxmkit.journeylog import JourneyLog
from cxmkit.scale import Scale, point_codes

__all__ = ["IncidentCounts", "critical_incidents"]


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class IncidentCounts:
    """Where do things go wrong, how often, and for how many?

    Counts of parts of the customers add, ``sum()`` included.

    Parameters
    ----------
    scale : Scale
        The scale of the answers.
    threshold : float
        A point of the scale; it and whatever is worse is an incident.
    touchpoints : series of labels
        Touchpoints in the order of the arrays.
    answers, incidents : array_like of int
        Number of answers, and of those among them that are incidents.
    customers_answering, customers_affected : array_like of int
        Number of customers with an answer, and with an incident, at each touchpoint.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If shapes disagree, the threshold is no point of the scale, or there are more
        incidents than answers, or more customers than there can be.
    MissingValueError
        If a label is missing.

    Notes
    -----
    Invariants: incidents <= answers; customers_answering <= answers; customers_affected
    <= incidents and <= customers_answering.

    Intervals take answers as independent of each other. Where customers answer several
    times at a touchpoint, they are too narrow: compare *answers* with
    *customers_answering*.

    Examples
    --------
    >>> from cxmkit import JourneyLog, STARS_1_5
    >>> from cxmkit.paths import critical_incidents
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 7, 8],
    ...     time=[0, 60, 90, 0],
    ...     touchpoint=["shop", "hotline", "hotline", "shop"],
    ...     score=[5, 2, 1, 4],
    ...     scale=STARS_1_5,
    ... )
    >>> incidents = critical_incidents(log, threshold=2)
    >>> incidents
    IncidentCounts 2 of 4 answers are 2 or worse on 1-5, at 1 of 2 touchpoints
    >>> print(incidents)
    touchpoint  answers  incidents    rate   95 %              customers  affected
    shop              2          0    0.0 %  [0.0 %, 65.8 %]           2         0
    hotline           2          2  100.0 %  [34.2 %, 100.0 %]         1         1
    """

    scale: Scale = attrs.field(validator=_checks.instance(Scale))
    threshold: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    touchpoints: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    answers: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    incidents: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    customers_answering: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    customers_affected: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )

    def __attrs_post_init__(self) -> None:
        """Check that the counts are possible."""
        _threshold_code(self.scale, self.threshold)
        for name in _INCIDENTS:
            array = getattr(self, name)
            _states.require_shape(name, array, (len(self.touchpoints),))
        for few, many in (
            ("incidents", "answers"),
            ("customers_answering", "answers"),
            ("customers_affected", "incidents"),
            ("customers_affected", "customers_answering"),
        ):
            part = getattr(self, few)
            good = part <= getattr(self, many)
            _checks.require(few, part, good, f"not be more than {many}")

    @property
    def rates(self) -> FloatArray:
        """Share of the answers that are incidents, 0 to 1; NaN without answers."""
        return _states.ratios(self.incidents, self.answers)

    def interval(self, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """How sure are the rates? Wilson intervals of each, 0 to 1.

        Parameters
        ----------
        level : float, default: 0.95
            Confidence level, between 0 and 1.

        Returns
        -------
        low, high : ndarray of float
            Ends of the interval of each of `rates`; NaN without answers.

        Raises
        ------
        InvalidValueError
            If *level* is not between 0 and 1.

        Notes
        -----
        Answers are taken as independent of each other. Those of one customer at a
        touchpoint are often alike; intervals are then too narrow, with ten answers each
        and strong moods by so much that half of them may miss.

        References
        ----------
        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
        inference. Journal of the American Statistical Association, 22(158), 209-212.
        """
        level = _checks.open_unit("level", level)
        return _intervals.wilson(self.rates, self.answers.astype(np.float64), level)

    # Saying

    def __repr__(self) -> str:
        """Say how many incidents there are, and at how many touchpoints."""
        answers = _draw.counted(int(self.answers.sum()), "answer")
        how = f"{self._described} on {self.scale}"
        where = f"{np.count_nonzero(self.incidents):,} of"
        places = _draw.counted(len(self.touchpoints), "touchpoint")
        count = f"{self.incidents.sum():,} of {answers}"
        return f"IncidentCounts {count} are {how}, at {where} {places}"

    @property
    def _described(self) -> str:
        return f"{self.threshold:g} or worse"

    def summary(self) -> str:
        """Return one sentence for a manager: how often, and where most often.

        Touchpoints are ranked by the lower end of their 95 % interval, so that a single
        bad answer does not come first.

        Examples
        --------
        >>> from cxmkit import JourneyLog, STARS_1_5
        >>> from cxmkit.paths import critical_incidents
        >>> log = JourneyLog.from_columns(
        ...     customer=[7, 8, 9, 7],
        ...     time=[0, 0, 0, 60],
        ...     touchpoint=["shop", "shop", "shop", "hotline"],
        ...     score=[1, 2, 5, 1],
        ...     scale=STARS_1_5,
        ... )
        >>> print(critical_incidents(log, threshold=2).summary())
        75.0 % of 4 answers are 2 or worse on the 1-5 scale; the rate, by the lower end
        of its 95 % interval, is highest at shop (66.7 % of 3 answers, 2 customers
        affected).
        """
        answers, incidents = int(self.answers.sum()), int(self.incidents.sum())
        if not answers:
            return "Nobody answered."
        if not incidents:
            return f"None of {_draw.counted(answers, 'answer')} is {self._described}."
        worst = int(np.nanargmax(self.interval()[0]))
        there = _draw.counted(int(self.answers[worst]), "answer")
        affected = _draw.counted(int(self.customers_affected[worst]), "customer")
        return (
            f"{_percent(incidents / answers)} of {_draw.counted(answers, 'answer')} are"
            f" {self._described} on the {self.scale} scale; the rate, by the lower end"
            f" of its 95 % interval, is highest at {self.touchpoints[worst]}"
            f" ({_percent(self.rates[worst])} of {there}, {affected} affected)."
        )

    # Adding and copying

    def __add__(self, other: object) -> "IncidentCounts":
        """Add the counts of other customers; touchpoints are united, ours first."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, IncidentCounts):
            return NotImplemented
        if other.scale != self.scale:
            raise ScaleMismatchError(
                f"other must be counted on {self.scale!r}; got {other.scale!r}",
                argument="other",
                value=other.scale,
            )
        _states.require_same(self, other, ("threshold",))
        union = _states.Union.of(self.touchpoints, other.touchpoints)
        sums: dict[str, Any] = {
            name: union.add(getattr(self, name), getattr(other, name))
            for name in _INCIDENTS
        }
        return attrs.evolve(self, touchpoints=union.labels, **sums)

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        """Compare scale, threshold, touchpoints and counts."""
        if not isinstance(other, IncidentCounts):
            return NotImplemented
        names = ("scale", "threshold", "touchpoints")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, _INCIDENTS)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per touchpoint; the interval has 95 %.

        Examples
        --------
        >>> from cxmkit import JourneyLog, STARS_1_5
        >>> from cxmkit.paths import critical_incidents
        >>> log = JourneyLog.from_columns(
        ...     customer=[7], time=[0], touchpoint=["shop"], score=[1], scale=STARS_1_5
        ... )
        >>> critical_incidents(log, threshold=2).to_records()[0]["rate"]
        1.0
        """
        arrays = [getattr(self, name) for name in _INCIDENTS]
        arrays += [self.rates, *self.interval()]
        columns = [self.touchpoints, *(array.tolist() for array in arrays)]
        names = self._names
        return [
            dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
        ]

    @property
    def _names(self) -> tuple[str, ...]:
        return ("touchpoint", *_INCIDENTS, "rate", "low", "high")

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        return _states.columns(self._names, self.to_records())

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: scale, threshold, touchpoints and counts."""
        return _states.plain(self) | {"scale": attrs.asdict(self.scale)}

    def __str__(self) -> str:
        return _draw.text_table(self._table())

    def _repr_html_(self) -> str:
        """Show the touchpoints as a table in a notebook."""
        return _draw.html_table(self._table(), caption=repr(self))

    def _table(self) -> dict[str, list[str]]:
        """Return counts and rates of each touchpoint as texts."""
        columns = (self.rates, *self.interval())
        rates, low, high = ([_percent(share) for share in each] for each in columns)
        ends = zip(low, high, strict=True)
        return {
            "touchpoint": [str(label) for label in self.touchpoints],
            "answers": [f"{n:,}" for n in self.answers],
            "incidents": [f"{n:,}" for n in self.incidents],
            "rate": rates,
            "95 %": [f"[{low}, {high}]" for low, high in ends],
            "customers": [f"{n:,}" for n in self.customers_answering],
            "affected": [f"{n:,}" for n in self.customers_affected],
        }


_INCIDENTS = ("answers", "incidents", "customers_answering", "customers_affected")


def _threshold_code(scale: Scale, threshold: float) -> int:
    return int(point_codes(scale, np.asarray(threshold), "threshold"))


def critical_incidents(log: JourneyLog, *, threshold: float) -> IncidentCounts:
    """Where do things go wrong, how often, and for how many customers?

    Parameters
    ----------
    log : JourneyLog
        With answers.
    threshold : float
        A point of the scale: an answer there or worse is an incident. Which way is
        worse, the scale says.

    Returns
    -------
    IncidentCounts
        Answers, incidents and customers by touchpoint; counts of other customers add.

    Raises
    ------
    InvalidTypeError
        If *log* is no log or *threshold* no number.
    InvalidValueError
        If the log has no answers or *threshold* is no point of the scale.

    Notes
    -----
    A threshold on answers finds candidates. What makes an incident critical is that it
    leads to something, and in the technique people tell what happened; a moment of
    truth also needs an outcome, which no answer alone can show.

    Intervals take answers as independent; see `IncidentCounts` for customers who answer
    several times.

    References
    ----------
    Flanagan, J. C. (1954). The critical incident technique. Psychological Bulletin,
    51(4), 327-358. doi:10.1037/h0061470

    Bitner, M. J., Booms, B. H., & Tetreault, M. S. (1990). The service encounter:
    Diagnosing favorable and unfavorable incidents. Journal of Marketing, 54(1), 71-84.
    doi:10.1177/002224299005400105

    Examples
    --------
    >>> from cxmkit import EFFORT_1_5, JourneyLog
    >>> from cxmkit.paths import critical_incidents
    >>> log = JourneyLog.from_columns(
    ...     customer=[7, 7, 8],
    ...     time=[0, 60, 0],
    ...     touchpoint=["shop", "hotline", "hotline"],
    ...     score=[1, 4, 5],
    ...     scale=EFFORT_1_5,
    ... )
    >>> critical_incidents(log, threshold=4).rates
    array([0., 1.])
    """
    _checks.require_instance("log", log, JourneyLog)
    score, scale = answers_of(log)
    threshold = _checks.as_float(threshold)
    _checks.require_instance("threshold", threshold, float)
    limit = _threshold_code(scale, threshold)
    size = len(log.touchpoints)
    counts = np.zeros((len(_INCIDENTS), size), np.int64)
    for block in _events.blocks(log.offsets, bins=size):
        codes = codes_of(score[block.rows], scale)
        told = codes < scale.size
        bad = told & (codes <= limit if scale.higher_is_better else codes >= limit)
        pairs = block.owners * size + log.touchpoint[block.rows]
        for row, chosen in enumerate((told, bad)):
            kept = pairs[chosen]
            counts[row] += np.bincount(kept % size, minlength=size)
            counts[2 + row] += np.bincount(distinct(kept) % size, minlength=size)
    return IncidentCounts(
        scale=scale,
        threshold=threshold,
        touchpoints=log.touchpoints,
        **dict(zip(_INCIDENTS, counts, strict=True)),
    )


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")
