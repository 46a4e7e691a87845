"""How often will customers buy again who may leave at any time (Pareto/NBD)?"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _buying, _checks, _newton
from cxmkit._buying import NEAR, Rng, log_gammas
from cxmkit._checks import FloatArray, IntArray
from cxmkit.fitting import FitReport, report_on
from cxmkit.purchases import CustomerHistory

__all__ = ["ParetoNBD"]

_NAMES = ("r", "alpha", "s", "beta")
_LONGEST = 10.0  # age of the oldest customer while fitting, in a unit of its own
# The shape and scale of lifetimes from which to search, and the shape of rates. The
# second finds the tops at which some customers leave at once and the others never.
_STARTS = ((1.0, 1.0, 10.0), (2.0, 0.05, 1e-3))
# In logarithms. A top may lie at a beta as small as the least recency.
_BOX = 24.0
_FEW = 500  # rows; with more, a top within all bounds has been the highest
_SAMPLE = 40_000  # rows that lead to the top; all of them only find it exactly
_AT_ONCE = 512  # rows with all nodes, so that they stay in the processor's cache
_NOTHING = 34.0  # exp(-34) = 2e-15 of the integrand at the start is where it ends
_SLACK = 1.3  # how much farther it may go; 24 nodes are good for exp(-50)
_LEAST = float(np.finfo(np.float64).eps)  # of a life, when the last purchase was


@attrs.frozen(kw_only=True, repr=False, getstate_setstate=False)
class ParetoNBD:
    """How often will customers buy again who may leave at any time?

    The Pareto/NBD model of customers without a contract. As long as they stay,
    customers buy at random, each at a rate of their own. Each leaves at some moment,
    whether or not they have just bought, and nobody sees it: all that shows is silence.
    Rates of purchase and rates of leaving follow gamma distributions of their own.
    `fit` finds both from how often customers bought again and when they did so last.

    Unlike `BetaGeometricNBD` it doubts customers who never bought again.

    Parameters
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates; positive. Customers
        buy r / alpha times per unit of time on average. The smaller r, the more they
        differ.
    s, beta : float
        Shape and rate of the gamma distribution of rates of leaving; positive. The
        smaller s, the more customers differ. With s at most 1 the mean time to leaving
        is infinite: some hardly ever leave.
    unit : str, optional
        The unit of time, such as "week", that *alpha* and *beta* are in. `fit` takes it
        from the history. Histories in another one are refused; None takes any.
    fit_report : FitReport, optional
        How the parameters were found, set by `fit`.

    Raises
    ------
    InvalidTypeError
        If a parameter is not a number, or *unit* or *fit_report* of the wrong kind.
    InvalidValueError
        If a parameter is not positive and finite, or *unit* has no visible character.

    Notes
    -----
    Models are equal if their parameters and units are, however these were found.
    Nothing here knows of seasons, of prices or of the customer's age in years, and
    customers who left do not come back. Rates of purchase and of leaving are taken as
    unrelated.

    References
    ----------
    Schmittlein, D. C., Morrison, D. G., & Colombo, R. (1987). Counting your customers:
    Who are they and what will they do next? Management Science, 33(1), 1-24.

    Fader, P. S., & Hardie, B. G. S. (2005). A note on deriving the Pareto/NBD model and
    related expressions. http://brucehardie.com/notes/009/

    Examples
    --------
    The parameters that Fader, Hardie and Lee (2005) report for customers of CDNOW, in
    weeks:

    >>> from cxmkit.lifetime import CustomerHistory, ParetoNBD
    >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week")
    >>> model.expected_purchases([13, 52])
    array([0.5312, 1.473 ])

    Two bought twice in their 39 weeks, one never again: who is still there, and what
    will come?

    >>> history = CustomerHistory.from_summary(
    ...     frequency=[2, 2, 0], recency=[30, 10, 0], age=[39, 39, 39], unit="week"
    ... )
    >>> history.expand(model.probability_alive(history))
    array([0.8583, 0.2670, 0.2945])
    >>> history.expand(model.conditional_expected_purchases(history, 39))
    array([1.4335, 0.4459 , 0.1065])
    """

    r: float = attrs.field(converter=_checks.as_float, validator=_buying.positive)
    alpha: float = attrs.field(converter=_checks.as_float, validator=_buying.positive)
    s: float = attrs.field(converter=_checks.as_float, validator=_buying.positive)
    beta: float = attrs.field(converter=_checks.as_float, validator=_buying.positive)
    unit: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(_checks.filled)
    )
    fit_report: FitReport | None = attrs.field(
        default=None,
        eq=False,
        validator=attrs.validators.optional(_checks.instance(FitReport)),
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    # Making one

    @classmethod
    def fit(cls, history: CustomerHistory) -> Self:
        """Find the parameters under which a history is most likely.

        Parameters
        ----------
        history : CustomerHistory
            How often customers bought again, when last, and for how long they are
            known. Amounts are not used.

        Returns
        -------
        ParetoNBD
            In the unit of the history, with a `fit_report`. Read it: where the data do
            not say what a parameter is (nobody bought again, all are alike, nobody has
            left yet), there is no best value, and `fit_report.at_bound` names those
            that ran into the bounds of the search. That is no error, and expectations
            within the time observed are still good.

        Raises
        ------
        InvalidTypeError
            If *history* is none.

        Notes
        -----
        By Newton's method in a trust region, with exact derivatives in the logarithms
        of the parameters, on customers who differ. Where these are fewer than 500, or
        the search runs into a bound, there may be a second top: it starts again from
        elsewhere, and the higher top is taken. Of more than 40,000 an even sample leads
        to the top, and all of them find it exactly. Time is rescaled so that the oldest
        customer has the age 10; in that unit all parameters lie between 4e-11 and
        3e10. The log-likelihood is that of the data in their own unit: in units
        k times as long it is larger by the number of repeat purchases times log k,
        with the same customers and the same r and s.

        The likelihood is summed over the time at which a customer may have left, by
        Gauss and Legendre in the logarithm of that time. It needs no hypergeometric
        function, which overflows, and is good to 1e-12 for parameters of any size.

        Examples
        --------
        >>> from cxmkit.lifetime import ParetoNBD
        >>> truth = ParetoNBD(r=0.5, alpha=5, s=1, beta=20, unit="week")
        >>> history = truth.simulate(20_000, rng=1, age=52)
        >>> ParetoNBD.fit(history)
        ParetoNBD(r=0.5007, alpha=5.021, s=1.026, beta=21, unit='week')
        """
        _buying.require_history(history)
        x, recency, age, weights = history.timings()
        scale = float(age.max()) / _LONGEST or 1.0
        likelihood = _Likelihood.of(x, recency / scale, age / scale, weights)
        sample = likelihood.thinned()
        first, second = sample.starts()
        found = _newton.maximise(sample, first, box=_BOX)
        if x.size < _FEW or not found.converged or found.bound.any():
            other = _newton.maximise(sample, second, box=_BOX)
            found = max(found, other, key=lambda each: each.value)
        if sample is not likelihood:
            found = _newton.maximise(likelihood, found.at, box=_BOX)
        value = found.value - float(weights @ x) * math.log(scale)
        parameters = np.exp(found.at) * [1, scale, 1, scale]
        report = report_on(
            attrs.evolve(found, value=value), _NAMES, parameters, float(weights.sum())
        )
        r, alpha, s, beta = parameters.tolist()
        return cls(
            r=r, alpha=alpha, s=s, beta=beta, unit=history.unit, fit_report=report
        )

    # Of a new customer

    @overload
    def survival(self, t: float) -> float: ...

    @overload
    def survival(self, t: npt.ArrayLike) -> Any: ...

    def survival(self, t: npt.ArrayLike) -> Any:
        """How many customers are still there so long after their first purchase?

        Parameters
        ----------
        t : array_like
            Time since the first purchase, in the unit of the model; not negative.

        Returns
        -------
        float or ndarray
            Share of a cohort that has not left, 0 (worst) to 1, in the shape of *t*.

        Raises
        ------
        InvalidTypeError, InvalidValueError, MissingValueError
            If *t* is not a number, negative, not finite, or missing.

        Notes
        -----
        (beta / (beta + t))^s, a Pareto distribution of the second kind, from which the
        model has its name.

        Examples
        --------
        >>> from cxmkit.lifetime import ParetoNBD
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> model.survival([0, 52, 520])
        array([1.    , 0.3576, 0.0988])
        """
        return _checks.scalar_or_array(self._stays(_checks.not_negative(t, "t")))

    @overload
    def expected_purchases(self, t: float) -> float: ...

    @overload
    def expected_purchases(self, t: npt.ArrayLike) -> Any: ...

    def expected_purchases(self, t: npt.ArrayLike) -> Any:
        """How often does a new customer buy again within a time, on average?

        Parameters
        ----------
        t : array_like
            Time since the first purchase, in the unit of the model; not negative.

        Returns
        -------
        float or ndarray
            Repeat purchases, without the first one, 0 and up, in the shape of *t*.

        Raises
        ------
        InvalidTypeError, InvalidValueError, MissingValueError
            If *t* is not a number, negative, not finite, or missing.

        Examples
        --------
        >>> from cxmkit.lifetime import ParetoNBD
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> model.expected_purchases(52)
        1.4730
        """
        times = _checks.not_negative(t, "t")
        time_left = _time_left(self.s, np.array(self.beta), times)
        return _checks.scalar_or_array(self.r / self.alpha * time_left)

    # Of customers who are known

    def probability_alive(self, history: CustomerHistory) -> FloatArray:
        """How likely is each customer still there?

        Parameters
        ----------
        history : CustomerHistory
            In the unit of the model.

        Returns
        -------
        ndarray, shape (rows,)
            Probabilities from 0 (surely gone) to 1, by row of the history; its
            `expand` takes them to customers. 1 for who bought at the very end of
            observation.

        Raises
        ------
        InvalidTypeError
            If *history* is none.
        ScaleMismatchError
            If it is in another unit than the model.

        Notes
        -----
        At the end of observation. It is a belief about something that is never seen:
        no customer is alive by 0.6, some in ten are and some are not.

        Examples
        --------
        Five repeat purchases and then silence say more than two, or none.

        >>> from cxmkit.lifetime import CustomerHistory, ParetoNBD
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0, 2, 5], recency=[0, 20, 20], age=[39, 39, 39], unit="week"
        ... )
        >>> model.probability_alive(history)
        array([0.2945, 0.5996 , 0.3615])
        """
        _buying.require_own(self, history)
        return self._alive(history)

    def conditional_expected_purchases(
        self, history: CustomerHistory, t: npt.ArrayLike
    ) -> FloatArray:
        """How often will each customer buy within a time from now, on average?

        Parameters
        ----------
        history : CustomerHistory
            In the unit of the model.
        t : array_like
            Time from now on, that is from the end of observation; in the unit of the
            model, not negative.

        Returns
        -------
        ndarray, shape (rows, ...)
            Purchases, 0 and up, by row of the history and for each of *t*. `expand` of
            the history takes them to customers.

        Raises
        ------
        InvalidTypeError, InvalidValueError, MissingValueError
            If *history* is none, or *t* is not a number, negative, not finite, or
            missing.
        ScaleMismatchError
            If the history is in another unit than the model.

        Notes
        -----
        P(alive) times the rate of who has bought so often, (r + x) / (alpha + T), times
        the time that is left to who is alive, up to *t*. It has no 0 / 0 at s = 1.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory, ParetoNBD
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0, 2], recency=[0, 30.43], age=[39, 38.86], unit="week"
        ... )
        >>> model.conditional_expected_purchases(history, [13, 39])
        array([[0.0398, 0.1065],
               [0.5434, 1.4551]])
        """
        _buying.require_own(self, history)
        times = _checks.not_negative(t, "t")
        column = (slice(None), *(None for _ in times.shape))
        time_left = _time_left(self.s, self.beta + history.age[column], times)
        return np.asarray(self._rate_now(history)[column] * time_left)

    def residual_purchases(
        self, history: CustomerHistory, discount: float
    ) -> FloatArray:
        """How many purchases is each customer still worth, from now on and for ever?

        Times the margin of a purchase that is the residual lifetime value: see
        `residual_clv`.

        Parameters
        ----------
        history : CustomerHistory
            In the unit of the model.
        discount : float
            Effective discount rate per unit of time of the model, as a fraction: 0, or
            1e-9 to 1. A yearly rate of 15 % is 1.15 ** (1 / 52) - 1 per week. 0 counts
            purchases as they are.

        Returns
        -------
        ndarray, shape (rows,)
            Discounted number of purchases, 0 and up, by row of the history; its
            `expand` takes them to customers. It depends on *discount* more than on
            anything else that one may choose.

        Raises
        ------
        InvalidTypeError
            If *history* is none, or *discount* not a number.
        InvalidValueError
            If *discount* is negative, above 1, below 1e-9 and not 0, or 0 where
            *s* is at most 1.
        ScaleMismatchError
            If the history is in another unit than the model.

        Notes
        -----
        P(alive) (r + x) / (alpha + T) times the discounted time that is left to who is
        alive, b exp(d b) E_s(d b) with b = beta + T, d = log(1 + discount) and the
        exponential integral E_s. This is the DERT of the authors without their
        confluent hypergeometric function, and good to twelve digits. Without discount
        the time left is b / (s - 1); with s <= 1 so many customers hardly ever leave
        that the mean is infinite. Purchases are discounted from the moment they are
        made to the end of observation.

        References
        ----------
        Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). RFM and CLV: Using
        iso-value curves for customer base analysis. Journal of Marketing Research,
        42(4), 415-430.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory, ParetoNBD
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0, 2], recency=[0, 30.43], age=[39, 38.86], unit="week"
        ... )
        >>> model.residual_purchases(history, discount=1.15 ** (1 / 52) - 1)
        array([0.4763, 6.5017])
        """
        _buying.require_own(self, history)
        rate = _buying.log_discount(discount, "s", self.s)
        known = self.beta + history.age
        if rate:
            time_left = known * _in_chunks(self._discounted, rate * known)
        else:
            time_left = known / (self.s - 1)
        return np.asarray(self._rate_now(history) * time_left)

    # Drawing

    def simulate(
        self, n: int, *, rng: Rng, age: npt.ArrayLike, unit: str | None = None
    ) -> CustomerHistory:
        """Draw the history of customers who behave as the model says.

        Parameters
        ----------
        n : int
            Number of customers, 1 to 100 million.
        rng : int or numpy.random.Generator
            Source of random numbers; the same seed draws the same history.
        age : array_like
            How long customers are observed, in the unit of the model: one number for
            all, or one for each.
        unit : str, optional
            The unit of time, where the model has none.

        Returns
        -------
        CustomerHistory
            Without amounts.

        Raises
        ------
        InvalidTypeError, InvalidValueError, MissingValueError
            If *n* is not a whole number from 1 to 100 million, *age* not a number or
            one for each customer, negative, missing, or so long that somebody would buy
            1e15 times, or there is no unit.
        ScaleMismatchError
            If *unit* is another one than that of the model.

        Examples
        --------
        >>> from cxmkit.lifetime import ParetoNBD
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week")
        >>> model.simulate(1000, rng=1, age=39)
        CustomerHistory of 1,000 customers, 421 with repeat purchases, unit week
        """
        ages = _buying.ages_of(n, age)
        return _buying.drawn(self, self._drawn, ages, unit=unit, rng=rng)

    def simulate_like(self, history: CustomerHistory, *, rng: Rng) -> CustomerHistory:
        """Draw other histories of as many customers, observed for as long.

        Parameters
        ----------
        history : CustomerHistory
            In the unit of the model.
        rng : int or numpy.random.Generator
            Source of random numbers; the same seed draws the same history.

        Returns
        -------
        CustomerHistory
            With the same number of customers of each age, without amounts and names. A
            weight that is no whole number is shared by as many customers as it needs.

        Raises
        ------
        InvalidTypeError
            If *history* is none, or *rng* is neither a seed nor a generator.
        InvalidValueError
            If the seed is negative.
        ScaleMismatchError
            If it is in another unit than the model.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory, ParetoNBD
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0, 2], recency=[0, 30], age=[39, 38], unit="week"
        ... )
        >>> model.simulate_like(history, rng=1).unit
        'week'
        """
        return _buying.drawn_like(self, self._drawn, history, rng)

    # Saying

    def __repr__(self) -> str:
        """Say the parameters in one line."""
        return _buying.in_one_line(self, _NAMES)

    def summary(self) -> str:
        """Return some sentences for a manager: how customers buy and leave.

        Examples
        --------
        >>> from cxmkit.lifetime import ParetoNBD
        >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week")
        >>> print(model.summary())
        While they stay, customers buy again 0.052 times per week on average, and half
        of them have left after 25 (unit: week). Nobody sees them leave: the model
        (Pareto/NBD) infers it from silence.
        """
        unit = self.unit or "unit of time"
        with np.errstate(over="ignore"):
            half = self.beta * float(np.expm1(math.log(2) / self.s))
        leave = f"half of them have left after {half:.2g} (unit: {unit})"
        if half > 1e6 * self.beta:  # for most, too far to write down
            after = self.alpha / self.r
            left = 1 - self.survival(after)
            leave = f"{left:.1%} have left after {after:.2g} (unit: {unit})"
            leave = leave.replace("%", " %")
        text = (
            f"While they stay, customers buy again {self.r / self.alpha:.2g} times per"
            f" {unit} on average, and {leave}. Nobody sees them leave: the model"
            " (Pareto/NBD) infers it from silence."
        )
        return text + _buying.doubts(self)

    def to_dict(self) -> dict[str, Any]:
        """Return parameters and unit as plain Python values.

        Examples
        --------
        >>> from cxmkit.lifetime import ParetoNBD
        >>> ParetoNBD(r=0.5, alpha=5, s=1, beta=20).to_dict()
        {'r': 0.5, 'alpha': 5.0, 's': 1.0, 'beta': 20.0, 'unit': None}
        """
        return _buying.plain(self, _NAMES)

    # Behind that

    def _stays(self, t: FloatArray) -> FloatArray:
        return np.asarray(np.exp(-self.s * np.log1p(t / self.beta)))

    def _alive(self, history: CustomerHistory) -> FloatArray:
        parameters = (self.r, self.alpha, self.s, self.beta)
        x = history.frequency.astype(np.float64)

        def alive(x: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
            odds = _departures(parameters, x, recency, age).odds
            return np.asarray(np.exp(-np.logaddexp(0, odds)))

        return _in_chunks(alive, x, history.recency, history.age)

    def _rate_now(self, history: CustomerHistory) -> FloatArray:
        """Return the rate at which customers buy now, 0 for those who have left."""
        rate = (self.r + history.frequency) / (self.alpha + history.age)
        return np.asarray(self._alive(history) * rate)

    def _discounted(self, z: FloatArray) -> FloatArray:
        return _exponential_integral(self.s, z)

    def _drawn(
        self, age: FloatArray, rng: "np.random.Generator"
    ) -> tuple[IntArray, FloatArray]:
        """Return counts and times of the last purchases.

        Given their number, purchases are spread evenly over the life; the last of x is
        at the x-th root of a uniform share of it.
        """
        rate = rng.gamma(self.r, 1 / self.alpha, age.size)
        leaving = rng.gamma(self.s, 1 / self.beta, age.size)
        with np.errstate(divide="ignore", over="ignore"):  # who never leaves
            life = np.minimum(rng.standard_exponential(age.size) / leaving, age)
        mean = rate * life
        _buying.require_few(age, mean)
        x = rng.poisson(mean)
        share = (1 - rng.random(age.size)) ** (1 / np.maximum(x, 1))
        return x, np.where(x > 0, life * np.maximum(share, _LEAST), 0.0)


def _in_chunks(
    f: Callable[..., FloatArray], first: FloatArray, *rest: FloatArray
) -> FloatArray:
    """Return f of columns, with scratch for some of their rows at a time."""
    found = np.empty(first.shape)
    for start in range(0, first.size, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        found[rows] = f(first[rows], *(column[rows] for column in rest))
    return found


# Time that is left


def _time_left(s: float, known: FloatArray, t: FloatArray) -> FloatArray:
    """Return the mean time from now to leaving, counted up to *t* at most.

    The integral of (1 + u / known)^-s from 0 to t, where *known* is beta + age.
    """
    logs, more = np.log1p(t / known), s - 1
    return np.asarray(known * (-np.expm1(-more * logs) / more if more else logs))


def _exponential_integral(s: float, z: FloatArray) -> FloatArray:
    """Return exp(z) E_s(z), the integral of exp(-z u) (1 + u)^-s over all u > 0.

    In log(1 + u) the integrand has no kinks, so that Gauss and Legendre are good for
    any z. The continued fraction of E_s is not: it needs some 100 / z terms.
    """
    ends = np.log1p(_NOTHING / z)
    if s > 1:
        ends = np.minimum(ends, _NOTHING / (s - 1))
    nodes, weights = _legendre(float(ends.max()), least=48)
    w = nodes[:, None] * ends
    return np.asarray(weights @ np.exp((1 - s) * w - z * np.expm1(w)) * ends)


def _legendre(width: float, *, least: int = 24) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights on 0 .. 1 that are enough for some width in logarithms.

    Factors such as (1 + c exp(v))^-n are smooth on the scale 1 of v. So few nodes do
    for a short way, however steep, and a long one needs them in proportion.
    """
    return _nodes(8 * math.ceil(max(least, 12 + 3 * width) / 8))


@lru_cache(maxsize=64)
def _nodes(count: int) -> tuple[FloatArray, FloatArray]:
    at, weights = np.polynomial.legendre.leggauss(count)
    return (at + 1) / 2, weights / weights.sum()


# When customers may have left


@attrs.frozen(eq=False)
class _Departures:
    """What is known of the moment y at which customers left, by node and row.

    The last node is the end of observation: not having left by then.
    """

    odds: FloatArray  # logarithm of those of having left, by row
    chances: FloatArray  # of each node; they sum to 1
    of_alpha: FloatArray  # log(1 + y / alpha)
    of_beta: FloatArray  # log(1 + y / beta)


def _departures(
    parameters: tuple[float, float, float, float],
    x: FloatArray,
    recency: FloatArray,
    age: FloatArray,
) -> _Departures:
    """Integrate over the moment y at which customers left, by row.

    Relative to its value at the last purchase, the integrand of Fader and Hardie,
    (alpha + y)^-(r + x) (beta + y)^-(s + 1), is exp(-fall q) (1 + part (exp(q) - 1))
    ^-bend in q = log((low + y) / (low + recency)), with the lower of alpha and beta.
    It has one top in q, no kinks, and can be cut off where it has come to nothing.
    """
    r, alpha, s, beta = parameters
    low, high = min(alpha, beta), max(alpha, beta)
    n = r + x
    fall, bend = (n - 1, s + 1) if alpha <= beta else (s, n)
    part = (low + recency) / (high + recency)
    whole = np.log1p((age - recency) / (low + recency))
    ends = _ends(fall, bend, part, whole)
    nodes, weights = _legendre(float(ends.max()))
    q = np.vstack([nodes[:, None] * ends, whole])
    grown = np.log1p(part * np.expm1(q))
    left = weights[:, None] * np.exp(-fall * q[:-1] - bend * grown[:-1])
    mass = left.sum(axis=0)
    since_alpha, since_beta = (q, grown) if alpha <= beta else (grown, q)
    with np.errstate(divide="ignore"):  # who has just bought cannot have left
        odds = np.log(s * ends * mass * (low + recency) / (beta + recency))
    odds += n * since_alpha[-1] + s * since_beta[-1]
    left *= np.exp(-np.logaddexp(0, -odds)) / mass
    return _Departures(
        odds=odds,
        chances=np.vstack([left, np.exp(-np.logaddexp(0, odds))]),
        of_alpha=np.log1p(recency / alpha) + since_alpha,
        of_beta=np.log1p(recency / beta) + since_beta,
    )


def _ends(
    fall: FloatArray | float,
    bend: FloatArray | float,
    part: FloatArray,
    whole: FloatArray,
) -> FloatArray:
    """Return where the integrand comes to nothing, or *whole* if it does not.

    Its logarithm bends down only. So the tangent at 0 leads too far, and Newton's
    method comes back without ever passing the end.
    """
    steep = fall + bend * part
    with np.errstate(divide="ignore"):
        q = np.where(steep > 0, np.minimum(_NOTHING / np.abs(steep), whole), whole)
    while True:
        grown = part * np.expm1(q)
        height = -fall * q - bend * np.log1p(grown)
        far = height < -_SLACK * _NOTHING
        if not far.any():
            return np.asarray(q)
        steep = fall + bend * (part + grown) / (1 + grown)
        q = np.where(far, q + (height + _NOTHING) / np.where(far, steep, 1.0), q)


# The likelihood


@attrs.frozen(eq=False)
class _Likelihood:
    """The log-likelihood of rows with weights, in logarithms of the parameters."""

    x: IntArray
    recency: FloatArray
    age: FloatArray
    weights: FloatArray
    more: FloatArray  # customers with more than 0, 1, 2, ... repeat purchases

    @classmethod
    def of(
        cls, x: IntArray, recency: FloatArray, age: FloatArray, weights: FloatArray
    ) -> Self:
        return cls(x, recency, age, weights, _buying.more_than(x, weights))

    def thinned(self) -> Self:
        """Return that of an even sample of customers, if they are many.

        Rows are in order, so that no kind of customer is missed.
        """
        if self.x.size <= _SAMPLE:
            return self
        until = self.weights.cumsum()
        drawn = (np.arange(_SAMPLE) + 0.5) / _SAMPLE * until[-1]
        times = np.bincount(np.searchsorted(until, drawn), minlength=self.x.size)
        some = np.flatnonzero(times)
        return self.of(
            self.x[some],
            self.recency[some],
            self.age[some],
            times[some] * (until[-1] / _SAMPLE),
        )

    def starts(self) -> list[FloatArray]:
        """Return where to search, with a mean rate like that of the customers."""
        purchases = max(float(self.weights @ self.x), 0.5)  # a few, if there are none
        time = max(float(self.weights @ self.age), 1e-3)
        return [
            np.log([shape, shape * time / purchases, s, beta])
            for shape, s, beta in _STARTS
        ]

    def __call__(self, logs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return value, gradient and Hessian."""
        r, alpha, s, beta = np.exp(logs).tolist()
        value, gradient, hessian = self._counts(r)
        for start in range(0, self.x.size, _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            part = _timings(
                (r, alpha, s, beta),
                self.x[rows].astype(np.float64),
                self.recency[rows],
                self.age[rows],
                self.weights[rows],
            )
            value += part[0]
            gradient += part[1]
            hessian += part[2]
        return value, gradient, hessian

    def _counts(self, r: float) -> tuple[float, FloatArray, FloatArray]:
        """Return the part without times, log r (r + 1) ... (r + x - 1)."""
        base = r + np.arange(self.more.size)
        value = self.more @ np.log(base)
        first = self.more @ (r / base)
        second = self.more @ (r / base * (1 - r / base))
        far = self.x > NEAR
        if far.any():
            high = self.x[far].astype(np.float64)
            rise = log_gammas(r + high) - log_gammas(np.full(1, r + NEAR))
            log, slope, bend = rise @ self.weights[far]
            value += log
            first += r * slope
            second += r * slope + r * r * bend
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[0], hessian[0, 0] = first, second
        return float(value), gradient, hessian


def _timings(
    parameters: tuple[float, float, float, float],
    x: FloatArray,
    recency: FloatArray,
    age: FloatArray,
    weights: FloatArray,
) -> tuple[float, FloatArray, FloatArray]:
    """Return the part of the log-likelihood in which times occur.

    Had we seen a customer leave at y (*gone* is 1 then, 0 for not having left), the
    logarithm would be

        -x log(alpha + y) - r log(1 + y / alpha) - s log(1 + y / beta)
        + gone log(s / (beta + y)).

    The gradient of the mixture is the mean of the gradients of these, and its Hessian
    the mean of their Hessians and the covariance of their gradients.
    """
    r, alpha, s, _ = parameters
    left = _departures(parameters, x, recency, age)
    gone = np.ones((left.chances.shape[0], 1))
    gone[-1] = 0
    n, of_alpha, of_beta = r + x, left.of_alpha, left.of_beta
    value = weights @ (
        np.logaddexp(0, left.odds)
        - x * np.log(alpha + age)
        - r * of_alpha[-1]
        - s * of_beta[-1]
    )
    past, late = -np.expm1(-of_alpha), -np.expm1(-of_beta)  # y / (alpha + y), beta too
    slopes = np.stack(
        [-r * of_alpha, n * past - x, gone - s * of_beta, (s + gone) * late - gone]
    )
    chances = left.chances * weights
    weighted = slopes * left.chances
    mean = weighted.sum(axis=1)
    gradient = mean @ weights
    weighted *= weights
    hessian = np.tensordot(weighted, slopes, ((1, 2), (1, 2)))
    hessian -= (mean * weights) @ mean.T
    past_here, late_here = chances * past, chances * late
    hessian[0, 0] += gradient[0]
    hessian[[0, 1], [1, 0]] += r * past_here.sum()
    hessian[1, 1] -= (past_here * (1 - past)).sum(axis=0) @ n
    hessian[2, 2] += gradient[2] - chances[:-1].sum()
    hessian[[2, 3], [3, 2]] += s * late_here.sum()
    hessian[3, 3] -= ((s + gone) * late_here * (1 - late)).sum()
    return float(value), gradient, hessian
