"""How often will customers buy again who may leave at any time (Pareto/NBD)?"""

import math
from typing import Any, Self, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _buying, _checks, _newton, _pareto
from cxmkit._buying import Rng
from cxmkit._checks import FloatArray, IntArray
from cxmkit.fitting import FitReport, as_html, report_on
from cxmkit.purchases import CustomerHistory

__all__ = ["ParetoNBD"]

_NAMES = ("r", "alpha", "s", "beta")
_LONGEST = 10.0  # age of the oldest customer while fitting, in a unit of its own
# In logarithms. A top may lie at a beta as small as the least recency.
_BOX = 24.0
_FEW = 500  # rows; with more, a top within all bounds has been the highest
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

    r: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
    alpha: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
    s: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
    beta: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
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
        likelihood = _pareto.Likelihood.of(x, recency / scale, age / scale, weights)
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
        time_left = _pareto.time_left(self.s, np.array(self.beta), times)
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
        time_left = _pareto.time_left(self.s, self.beta + history.age[column], times)
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
            time_left = known * _pareto.in_chunks(self._discounted, rate * known)
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

    def _repr_html_(self) -> str:
        return as_html(self, _NAMES)

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
            odds = _pareto.departures(parameters, x, recency, age).odds
            return np.asarray(np.exp(-np.logaddexp(0, odds)))

        return _pareto.in_chunks(alive, x, history.recency, history.age)

    def _rate_now(self, history: CustomerHistory) -> FloatArray:
        """Return the rate at which customers buy now, 0 for those who have left."""
        rate = (self.r + history.frequency) / (self.alpha + history.age)
        return np.asarray(self._alive(history) * rate)

    def _discounted(self, z: FloatArray) -> FloatArray:
        return _pareto.exponential_integral(self.s, z)

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
