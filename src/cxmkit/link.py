"""Do customers with better experiences stay, and how much is a point worth?"""

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _columns, _draw, _states, _stats
from cxmkit._checks import Answers, FloatArray, IntArray
from cxmkit.errors import CxmError, InvalidValueError
from cxmkit.scale import Scale
from cxmkit.tally import Tally

__all__ = ["ExperienceLink"]

_AXIS = "retained"
_MANY = 12  # levels that a sentence can hold


def _of_customers(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse a tally that does not tell who stayed."""
    _checks.require_instance(field.name, value, Tally)
    hint = 'ExperienceLink.fit counts such a tally; write by={"retained": ...}'
    if value.axes != (_AXIS,):
        rule = f'have the axis "{_AXIS}" and no other'
        raise _checks.refuse(field.name, rule, value.axes, hint=hint)
    for label in value.labels[_AXIS]:
        if label not in {False, True}:
            rule = f'have the labels True and False on its axis "{_AXIS}"'
            raise _checks.refuse(field.name, rule, label, hint=hint)
    if not value.n:
        raise _checks.refuse_empty(field.name, "must hold at least one answer")
    if _weightless(value):
        rule = "must hold at least one answer with a weight above 0"
        raise _checks.refuse_empty(field.name, rule)


@contextmanager
def _called_scores() -> Generator[None]:
    """Call what a tally calls answers scores, as the caller does."""
    try:
        yield
    except CxmError as error:
        if error.argument != "answers":
            raise
        raise type(error)(
            str(error).replace("answers", "scores", 1),
            argument="scores",
            index=error.index,
            value=error.value,
        ) from None


def _weightless(tally: Tally) -> bool:
    return tally.sum_weights is not None and not tally.sum_weights.any()


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class ExperienceLink:
    r"""Do customers with better experiences stay, and how much is a point worth?

    Counts, for each point of a scale, how many customers chose it and how many of them
    were still there a period later. If retention rises with the score by more than
    noise, a curve that never falls on the way to the good end (isotonic regression)
    says how much. If it does not, there is no curve: whoever asks for it is refused.

    Make one with `fit`. Links of the same scale add (``+``, ``sum()``): months and
    branches merge to exactly what all customers at once would have given. Arrays have
    one number per point of the scale, from low to high.

    Parameters
    ----------
    tally : Tally
        Scores, with the axis "retained" (True, False) and no other.
    level : float, default: 0.95
        Confidence level at which the trend must show, between 0 and 1.

    Raises
    ------
    InvalidTypeError
        If *tally* is none, or *level* no number.
    InvalidValueError
        If the tally has other axes or labels, or *level* is not between 0 and 1.
    EmptySampleError
        If nobody gave a score, or only customers of weight 0 did.

    Notes
    -----
    **Association, not cause.** Customers who are happy may stay for other reasons, such
    as low prices, and who is about to leave may be cross. What a better experience
    would do, an experiment tells.

    The trend is tested first, because a curve that may only rise finds a rise in
    anything. Where score and retention have nothing to do with each other and K points
    are equally common, the curve rises from end to end in 1 - 1 / K of all samples,
    however many customers there are: with five points in 80 %, with seven in 86 %, with
    eleven in 91 %. A percentile bootstrap of 95 % takes this rise for more than noise
    in 16 to 18 %, 29 to 30 % and 45 % (200 and 1,000 customers, 600 samples each). The
    test lets 2.2 to 3.3 % pass as evidence (100 to 10,000 customers, 10,000 samples
    each); with 10 to 40 customers up to 6.7 %, the most where nearly all gave good
    scores and stayed (70 kinds of samples for each number, 20,000 of each).

    **A rise that only just shows is flattered.** If retention really goes from 76 to 84
    % along five points, 200 customers show it in 17 % of samples, and then the curve
    rises by 21 points on average instead of 8; with 500 customers by 14, with 2,000 by
    9 (4,000 samples each).

    The test is that of Cochran (1954) and Armitage (1955) for a trend of shares along
    the points of the scale, two-sided, with the variance of all orders of the customers
    (Mantel 1963). With weights it is the larger of two: weights stay with the scores,
    or with who stayed. Equal weights change nothing, weights of 0 neither. False
    evidence was found in 0 to 2.7 % of samples where weights depended on one of both,
    such as the inverse of a response rate of 25 % among those who stayed and 5 % among
    those who left (4,000 samples each). Weights that depend on both may raise it: where
    a quarter of those who stayed answered, and of those who left 2 % with the worst
    score to 40 % with the best, it was 5 % of samples, and the p-value was below .05,
    up or down, in 27 %.

    References
    ----------
    Cochran, W. G. (1954). Some methods for strengthening the common chi-square tests.
    Biometrics, 10(4), 417-451.

    Armitage, P. (1955). Tests for linear trends in proportions and frequencies.
    Biometrics, 11(3), 375-386.

    Ayer, M., Brunk, H. D., Ewing, G. M., Reid, W. T., & Silverman, E. (1955). An
    empirical distribution function for sampling with incomplete information. Annals of
    Mathematical Statistics, 26(4), 641-647. The curve: pool adjacent violators.

    Kriss, P. (2014). The value of customer experience, quantified. Harvard Business
    Review, 1 August 2014.

    Mantel, N. (1963). Chi-square tests with one degree of freedom: Extensions of the
    Mantel-Haenszel procedure. Journal of the American Statistical Association,
    58(303), 690-700.

    Examples
    --------
    In a subscription business 43 % of those who gave the lowest score were members a
    year later, and 74 % of those who gave one of the two highest (Kriss 2014). With 100
    customers at each of three points, that looks like this:

    >>> from cxmkit import Scale, Tally
    >>> from cxmkit.value import ExperienceLink
    >>> tally = Tally.from_counts(
    ...     [[57, 26, 26], [43, 74, 74]],
    ...     scale=Scale(1, 3, higher_is_better=True),
    ...     by={"retained": [False, True]},
    ... )
    >>> link = ExperienceLink(tally=tally)
    >>> print(link)
    Retention rises with the score 1-3, 3 best: p < .001, n = 300
    score    n  retained  raw_rate  fitted_rate
    1      100        43     43.0 %        43.0 %
    2      100        74     74.0 %        74.0 %
    3      100        74     74.0 %        74.0 %
    >>> link.uplift(1, 0.5)
    0.155
    """

    tally: Tally = attrs.field(validator=_of_customers)
    level: float = attrs.field(default=0.95, converter=_checks.confidence)

    @classmethod
    def fit(
        cls,
        scores: Answers,
        retained: npt.ArrayLike,
        *,
        scale: Scale,
        weights: npt.ArrayLike | None = None,
        missing: _checks.Missing = "raise",
        level: float = 0.95,
    ) -> Self:
        """Count who stayed, by the score they gave.

        Parameters
        ----------
        scores : array_like
            One score per customer, each a point of *scale* or missing. One customer,
            one row: who answers often would count as many.
        retained : array_like of bool
            Whether the customer was still there a period later, the same for all: who
            answered last week has had no time to leave.
        scale : Scale
            The scale of the scores; it says which end is good.
        weights : array_like, optional
            One weight per customer, finite and not negative, not all 0. Who has weight
            0 counts in ``n`` and ``retained`` and says nothing of the rates.
        missing : {"raise", "omit"}, default: "raise"
            Whether a missing score is an error, or the customer left out. The silent
            often leave sooner than those who answer.
        level : float, default: 0.95
            Confidence level at which the trend must show, between 0 and 1.

        Returns
        -------
        ExperienceLink
            The counts, and what follows from them.

        Raises
        ------
        InvalidTypeError
            If *retained* holds anything but True and False, or scores or weights are
            not numbers.
        InvalidValueError
            If a score is off the scale, a weight is negative or not finite, lengths
            differ, or *level* is not between 0 and 1.
        MissingValueError
            If a truth value or a weight is missing, or a score is with "raise".
        EmptySampleError
            If there is no score, or none with a weight above 0.

        Examples
        --------
        >>> from cxmkit import STARS_1_5
        >>> from cxmkit.value import ExperienceLink
        >>> stars = [1, 1, 1, 1, 3, 3, 3, 3, 5, 5, 5, 5]
        >>> stayed = [False] * 4 + [True, False] * 2 + [True] * 4
        >>> link = ExperienceLink.fit(stars, stayed, scale=STARS_1_5)
        >>> link.raw_rates
        array([0. ,  nan, 0.5,  nan, 1. ])
        >>> link.retention_at(4)
        0.75
        """
        _checks.require_instance("scale", scale, Scale)
        length = len(_checks.Column.of(scores, "scores"))
        stayed = _columns.flags(retained, "retained", length=length)
        with _called_scores():
            tally = Tally.count(
                scores,
                scale=scale,
                by={_AXIS: (stayed.view(np.int8), (False, True))},
                weights=weights,
                missing=missing,
            )
        if tally.n and _weightless(tally):
            raise _checks.refuse_empty("weights", "must not all be 0")
        return cls(tally=tally, level=level)

    # Counts

    @property
    def scale(self) -> Scale:
        """The scale of the scores."""
        return self.tally.scale

    @property
    def points(self) -> FloatArray:
        """The points of the scale, from low to high."""
        return self.scale.points

    @property
    def n(self) -> IntArray:
        """Number of customers who gave each score."""
        return np.asarray(self.tally.counts.sum(axis=0))

    @property
    def retained(self) -> IntArray:
        """How many of them stayed."""
        return self._part(self.tally.counts, stayed=True)

    def _part(self, array: npt.NDArray[Any], *, stayed: bool) -> npt.NDArray[Any]:
        labels = self.tally.labels[_AXIS]
        if stayed not in labels:
            return np.zeros(array.shape[1:], array.dtype)
        return np.asarray(array[labels.index(stayed)])

    @property
    def raw_rates(self) -> FloatArray:
        """Share of them who stayed, 0 to 1, weighted if weights are.

        NaN where nobody gave the score, or only customers of weight 0.
        """
        sums = self._sums
        return _states.ratios(self._part(sums, stayed=True), sums.sum(axis=0))

    @property
    def _sums(self) -> npt.NDArray[Any]:
        """Customers by whether they stayed and score, weighted if weights are."""
        sums = self.tally.sum_weights
        return self.tally.counts if sums is None else sums

    # Judging

    @property
    def trend_p_value(self) -> float:
        """Probability of such a trend, up or down, if score and retention had no link.

        1 where there is nothing to compare: all gave one score, all stayed, or none.
        """
        z = self._statistic
        return float(_stats.normal_two_sided(np.asarray(z)))

    @property
    def _statistic(self) -> float:
        """Return the trend in standard errors, above 0 if good scores go with staying.

        The sum over customers of (score - mean) (stayed - rate) over the root of its
        variance if there is no trend: over all orders of the scores among customers.
        """
        if not self._comparable:
            return 0.0
        lost, kept = (self._part(self._sums, stayed=x) for x in (False, True))
        both = lost + kept
        n, rate = both.sum(), kept.sum() / both.sum()
        code = np.arange(self.scale.size) * (1 if self.scale.higher_is_better else -1)
        off = code - both @ code / n
        weighted = self.tally.sum_squared_weights
        squares = self.tally.counts if weighted is None else weighted
        left, stay = (self._part(squares, stayed=x) for x in (False, True))
        # Weights go with the score, or with who stayed; the larger of the two is safe.
        by_score = rate * (1 - rate) * (off**2 @ (left + stay))
        by_fate = (rate**2 * left.sum() + (1 - rate) ** 2 * stay.sum()) * (
            off**2 @ both / n
        )
        share_of_one = squares.sum() / n**2  # 1 / n without weights
        return float(off @ kept * np.sqrt((1 - share_of_one) / max(by_score, by_fate)))

    @property
    def _comparable(self) -> bool:
        """Whether there are two scores, and somebody stayed and somebody did not."""
        lost, kept = (self._part(self._sums, stayed=x) for x in (False, True))
        return bool(lost.any() and kept.any() and np.count_nonzero(lost + kept) > 1)

    @property
    def evidence(self) -> bool:
        """Whether retention rises towards the good end by more than noise."""
        return self._statistic > 0 and self.trend_p_value < 1 - self.level

    @property
    def fitted_rates(self) -> FloatArray:
        """Retention on the curve that never falls towards the good end, 0 to 1.

        NaN where `raw_rates` are, and everywhere if there is no `evidence`.
        """
        weight = self._sums.sum(axis=0).astype(np.float64)
        rates = np.full(self.scale.size, np.nan)
        if not self.evidence:
            return rates
        known = np.flatnonzero(weight)
        order = known if self.scale.higher_is_better else known[::-1]
        rates[order] = _rising(self.raw_rates[order], weight[order])
        return rates

    def retention_at(self, score: npt.ArrayLike) -> Any:
        """What share of customers with this score stays, by the curve?

        Range 0 to 1, 1 best.

        Parameters
        ----------
        score : float or array_like
            A score, or a mean of scores, between the lowest and the highest that
            customers gave. Between two of them the curve is straight.

        Returns
        -------
        float or ndarray of float
            Fitted retention, in the shape of *score*.

        Raises
        ------
        InvalidTypeError
            If *score* is not a number.
        MissingValueError
            If a score is missing.
        InvalidValueError
            If there is no evidence that retention rises with the score, or a score lies
            beyond those that were given.

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.value import ExperienceLink
        >>> tally = Tally.from_counts(
        ...     [[60, 50, 50, 40, 30], [40, 50, 50, 60, 70]],
        ...     scale=STARS_1_5,
        ...     by={"retained": [False, True]},
        ... )
        >>> ExperienceLink(tally=tally).retention_at([3, 3.5, 4])
        array([0.5 , 0.55, 0.6 ])
        """
        return _checks.scalar_or_array(self._at(_checks.floats(score, "score")))

    def uplift(self, score: npt.ArrayLike, change: npt.ArrayLike) -> Any:
        """How many more customers stay if their score rises by some points?

        A difference on the curve: an association. It says what those were like who gave
        a better score, not what happens to others once they give it.

        Parameters
        ----------
        score : float or array_like
            The score as it is, or a mean of scores.
        change : float or array_like
            By how many points of the scale it rises; negative if it falls, which is
            better where the low end is good.

        Returns
        -------
        float or ndarray of float
            Change of retention as a fraction, -1 to 1, in the broadcast shape. For its
            worth in money see `retention_uplift`.

        Raises
        ------
        InvalidTypeError
            If an argument is not a number.
        MissingValueError
            If a number is missing.
        InvalidValueError
            If there is no evidence that retention rises with the score, a score lies
            beyond those that were given, before the change or after, or shapes do not
            broadcast.

        Notes
        -----
        There is no interval. A bootstrap of such a curve does not hold its level: where
        nothing rises, the curve still does, and its percentile interval excludes 0 far
        too often.

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.value import ExperienceLink
        >>> tally = Tally.from_counts(
        ...     [[60, 50, 50, 40, 30], [40, 50, 50, 60, 70]],
        ...     scale=STARS_1_5,
        ...     by={"retained": [False, True]},
        ... )
        >>> ExperienceLink(tally=tally).uplift(3, 1)
        0.1
        """
        before = _checks.floats(score, "score")
        by = _checks.floats(change, "change")
        _checks.require_one_shape(score=before, change=by)
        here, there = self._at(before), self._at(before + by, "score + change")
        return _checks.scalar_or_array(np.asarray(there - here))

    def _at(self, score: FloatArray, argument: str = "score") -> FloatArray:
        """Read the curve; refuse where there is none."""
        if not self.evidence:
            raise InvalidValueError(
                "link must show that retention rises with the score before its curve is"
                f" read; got no evidence ({self._p}); see its summary()",
                argument="link",
                value=self.trend_p_value,
            )
        rates = self.fitted_rates
        known = ~np.isnan(rates)
        points = self.points[known]
        off = 1e-9 * self.scale.step  # rounding of 4.1 + 0.9
        good = (score >= points[0] - off) & (score <= points[-1] + off)
        rule = (
            f"lie between {points[0]:g} and {points[-1]:g}, the scores that were given"
        )
        _checks.require(argument, score, good, rule)
        return np.asarray(np.interp(score, points, rates[known]))

    # Adding

    def __add__(self, other: object) -> "ExperienceLink":
        """Merge the customers of two links of one scale and level."""
        if isinstance(other, int) and other == 0:  # where sum() starts
            return self
        if not isinstance(other, ExperienceLink):
            return NotImplemented
        _states.require_same(self, other, ("level",))
        return ExperienceLink(tally=self.tally + other.tally, level=self.level)

    __radd__ = __add__

    # Saying

    def __repr__(self) -> str:
        """Say the verdict, p and n in one line."""
        return f"{self._verdict}: {self._p}, n = {self.tally.n:,}"

    @property
    def _verdict(self) -> str:
        scale = f"score {self.scale.described}"
        if not self.evidence:
            return f"No evidence that retention rises with the {scale}"
        better = "rises" if self.scale.higher_is_better else "falls"
        return f"Retention {better} with the {scale}"

    @property
    def _p(self) -> str:
        return _draw.p_text(self.trend_p_value)

    def summary(self) -> str:
        """Return some sentences for a manager: is there a link, and what is it not?

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.value import ExperienceLink
        >>> tally = Tally.from_counts(
        ...     [[6, 5, 5, 4, 3], [4, 5, 5, 6, 7]],
        ...     scale=STARS_1_5,
        ...     by={"retained": [False, True]},
        ... )
        >>> print(ExperienceLink(tally=tally).summary())
        No evidence that retention rises or falls with the score (p = .16). Retained: 1:
        40.0 % of 10; 2: 50.0 % of 10; 3: 50.0 % of 10; 4: 60.0 % of 10; 5: 70.0 % of
        10.
        """
        said = f"{self._trend_said()} Retained: {self._rates_said()}."
        if not self.evidence:
            return said
        return (
            f"{said} This is an association: other things may make the same customers"
            " happy and loyal. What a better score would bring, an experiment tells."
        )

    def _trend_said(self) -> str:
        if self.evidence:
            return f"Better scores go with more customers who stay ({self._p})."
        if self.trend_p_value < 1 - self.level:
            return (
                "Retention is lower where scores are better"
                f" ({self._p}): is the right end of the scale the good one?"
            )
        if not self._comparable:
            return "Nothing to compare: all gave one score, all stayed, or none."
        return f"No evidence that retention rises or falls with the score ({self._p})."

    def _rates_said(self) -> str:
        """Write raw rates with the number of customers, of the ends if many."""
        cells = [
            f"{point:g}: {_states.percent(rate)} of {n:,}"
            for point, rate, n in zip(self.points, self.raw_rates, self.n, strict=True)
            if not math.isnan(rate)  # nobody, or only customers of weight 0
        ]
        if len(cells) > _MANY:
            cells = [*cells[:3], "...", *cells[-3:]]
        return "; ".join(cells)

    def __str__(self) -> str:
        """Return a table with a row per point, for ``print``."""
        return f"{self!r}\n{_draw.text_table(self._table())}"

    def _table(self) -> dict[str, Sequence[str]]:
        return {
            "score": [f"{point:g}" for point in self.points],
            "n": [f"{n:,}" for n in self.n],
            "retained": [f"{n:,}" for n in self.retained],
            "raw_rate": [_states.percent(rate) for rate in self.raw_rates],
            "fitted_rate": [_states.percent(rate) for rate in self.fitted_rates],
        }

    def _repr_html_(self) -> str:
        return _draw.html_table(self._table(), caption=repr(self))

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per point of the scale; None is unknown.

        Examples
        --------
        >>> from cxmkit import Scale
        >>> from cxmkit.value import ExperienceLink
        >>> thumbs = Scale(0, 1, higher_is_better=True)
        >>> link = ExperienceLink.fit([0, 1], [False, True], scale=thumbs)
        >>> link.to_records()[1]
        {'score': 1.0, 'n': 1, 'retained': 1, 'raw_rate': 1.0, 'fitted_rate': None}
        """
        columns = {
            "score": self.points.tolist(),
            "n": self.n.tolist(),
            "retained": self.retained.tolist(),
            "raw_rate": _plain(self.raw_rates),
            "fitted_rate": _plain(self.fitted_rates),
        }
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: the test, and a list with a dict per point."""
        return {
            "scale": attrs.asdict(self.scale),
            "level": self.level,
            "n": self.tally.n,
            "trend_p_value": self.trend_p_value,
            "evidence": self.evidence,
            "points": self.to_records(),
        }

    def __eq__(self, other: object) -> bool:
        """Compare counts, scale and level."""
        if not isinstance(other, ExperienceLink):
            return NotImplemented
        return self.tally == other.tally and self.level == other.level

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


def _plain(numbers: FloatArray) -> list[float | None]:
    """Return None for NaN."""
    return [None if math.isnan(x) else x for x in numbers.tolist()]


def _rising(rates: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the nearest rates that never fall: pool adjacent violators.

    A block that is lower than the one before it is merged with it, again and again.
    """
    blocks: list[tuple[float, float, int]] = []  # rate, weight, number of points
    for rate, weight in zip(rates.tolist(), weights.tolist(), strict=True):
        block = (rate, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            both = before[1] + block[1]
            mean = (before[0] * before[1] + block[0] * block[1]) / both
            block = (mean, both, before[2] + block[2])
        blocks.append(block)
    return np.repeat([rate for rate, _, _ in blocks], [size for _, _, size in blocks])
