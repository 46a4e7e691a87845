"""How often will customers buy again who may leave after any purchase (BG/NBD)?"""

import math
from typing import Any, Self, overload

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _betageometric, _buying, _checks, _newton, _stats
from cxmkit._buying import Rng
from cxmkit._checks import FloatArray, IntArray
from cxmkit.fitting import FitReport, as_html, report_on
from cxmkit.purchases import CustomerHistory

__all__ = ["BetaGeometricNBD"]

_NAMES = ("r", "alpha", "a", "b")
_LONGEST = 10.0  # age of the oldest customer while fitting, in a unit of its own
# In logarithms of the parameters. The second is for likelihoods that have no top.
_STARTS = (np.log([0.5, 5.0, 0.5, 2.0]), np.log([2.0, 20.0, 1.0, 1.0]))
_LONG = 1_000_000  # numbers of purchases that a distribution tells
_LATEST = 1e100  # time over alpha; squares of its inverse must not vanish
_EPS = float(np.finfo(np.float64).eps)


@attrs.frozen(kw_only=True, repr=False, getstate_setstate=False)
class BetaGeometricNBD:
    """How often will customers buy again who may leave after any purchase?

    The BG/NBD model of customers without a contract. As long as they stay, customers
    buy at random, each at a rate of their own. After every repeat purchase some leave
    for good, each with a probability of their own, and nobody sees it. Rates follow a
    gamma distribution, probabilities to leave a beta distribution. `fit` finds both
    from how often customers bought again and when they did so last.

    The model believes every customer without a repeat purchase to be alive, with
    certainty and for ever: in its story people leave after a repeat purchase only. Do
    not use it to find the lost ones among those who bought once; `ParetoNBD` lets
    customers leave at any time.

    Parameters
    ----------
    r, alpha : float
        Shape and rate of the gamma distribution of purchase rates; positive. Customers
        buy r / alpha times per unit of time on average. The smaller r, the more they
        differ.
    a, b : float
        Parameters of the beta distribution of the probability to leave after a repeat
        purchase; positive. Its mean is a / (a + b). The smaller a + b, the more
        customers differ.
    unit : str, optional
        The unit of time, such as "week", that *alpha* is in. `fit` takes it from the
        history. Histories in another one are refused; None takes any.
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
    customers who left do not come back.

    Expectations are exact to ten digits or more, also at a = 1, for any count and for
    times up to 1e100 alpha; later ones are refused.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). "Counting your customers" the
    easy way: An alternative to the Pareto/NBD model. Marketing Science, 24(2), 275-284.

    Examples
    --------
    The parameters that the authors found for customers of CDNOW, in weeks:

    >>> from cxmkit.lifetime import BetaGeometricNBD, CustomerHistory
    >>> model = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> model.expected_purchases([13, 39])
    array([0.5344, 1.1967])

    Two bought twice in their 39 weeks: who of them is still there, and what will come?

    >>> history = CustomerHistory.from_summary(
    ...     frequency=[2, 2], recency=[32, 10], age=[39, 39], unit="week"
    ... )
    >>> history.expand(model.probability_alive(history))
    array([0.7444, 0.2670])
    >>> history.expand(model.conditional_expected_purchases(history, 39))
    array([1.2526, 0.4493])
    """

    r: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
    alpha: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
    a: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
    b: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
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
        BetaGeometricNBD
            In the unit of the history, with a `fit_report`. Read it: where the data do
            not say what a parameter is (nobody bought again, or only a handful did),
            there is no best value, and `fit_report.at_bound` names those that ran into
            the bounds of the search. That is no error, and expectations within the
            time observed are still good.

        Raises
        ------
        InvalidTypeError
            If *history* is none.

        Notes
        -----
        By Newton's method in a trust region, with exact derivatives in the logarithms
        of the parameters, on customers who differ. Time is rescaled so that the oldest
        customer has the age 10; in that unit all parameters lie between 6e-6 and
        160,000. The log-likelihood is that of the data in their own unit: in units
        k times as long it is larger by the number of repeat purchases times log k,
        with the same customers and the same r, a and b.

        Examples
        --------
        >>> from cxmkit.lifetime import BetaGeometricNBD
        >>> truth = BetaGeometricNBD(r=0.5, alpha=5, a=1, b=3, unit="week")
        >>> history = truth.simulate(20_000, rng=1, age=52)
        >>> BetaGeometricNBD.fit(history)
        BetaGeometricNBD(r=0.492, alpha=4.827, a=0.987, b=2.82, unit='week')
        """
        _buying.require_history(history)
        x, recency, age, weights = history.timings()
        scale = float(age.max()) / _LONGEST or 1.0
        likelihood = _betageometric.Likelihood.of(
            x, recency / scale, age / scale, weights
        )
        found = _newton.maximise(likelihood, _STARTS[0])
        if not found.converged or found.bound.any():
            found = _newton.best(likelihood, _STARTS)
        value = found.value - float(weights @ x) * math.log(scale)
        parameters = np.exp(found.at) * [1, scale, 1, 1]
        report = report_on(
            attrs.evolve(found, value=value), _NAMES, parameters, float(weights.sum())
        )
        r, alpha, a, b = parameters.tolist()
        return cls(r=r, alpha=alpha, a=a, b=b, unit=history.unit, fit_report=report)

    # Of a new customer

    @overload
    def survival(self, t: float) -> float: ...

    @overload
    def survival(self, t: npt.ArrayLike) -> Any: ...

    def survival(self, t: npt.ArrayLike) -> Any:
        """How many customers are still alive so long after their first purchase?

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
            If *t* is not a number, negative, above 1e100 alpha, or missing.

        Notes
        -----
        2F1(r, a; a + b; -t / alpha), a hypergeometric function. Slow buyers count as
        alive until they buy again, so the curve has a long tail: with rates that
        differ, some customers hardly ever get the occasion to leave.

        Examples
        --------
        >>> from cxmkit.lifetime import BetaGeometricNBD
        >>> model = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> model.survival([0, 52, 520])
        array([1.    , 0.7644, 0.5085])
        """
        s = self._times(t) / self.alpha
        flat = s.reshape(-1)
        found = np.ones(flat.shape)
        later = flat > 0
        found[later] = _betageometric.still_there(*self._alike(flat[later]))
        return _checks.scalar_or_array(found.reshape(s.shape))

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
            If *t* is not a number, negative, above 1e100 alpha, or missing.

        Examples
        --------
        >>> from cxmkit.lifetime import BetaGeometricNBD
        >>> model = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> model.expected_purchases(52)
        1.4461
        """
        s = self._times(t) / self.alpha
        found = _betageometric.purchases_if_alive(*self._alike(s.reshape(-1)))
        return _checks.scalar_or_array(found.reshape(s.shape))

    def purchase_distribution(self, t: npt.ArrayLike, *, up_to: int) -> FloatArray:
        """How likely does a new customer buy again 0, 1, 2, ... times within a time?

        Compare it with how often customers did, to see whether the model fits.

        Parameters
        ----------
        t : array_like
            Time since the first purchase, in the unit of the model; not negative.
        up_to : int
            The last number of repeat purchases to tell, 0 to one million.

        Returns
        -------
        ndarray, shape (..., up_to + 1)
            Probabilities of 0 to *up_to* repeat purchases along the last axis, for
            each of *t*. What is left to 1 belongs to larger numbers.

        Raises
        ------
        InvalidTypeError, InvalidValueError, MissingValueError
            If *t* is not a number, negative, above 1e100 alpha, or missing, or *up_to*
            not a whole number from 0 to one million.

        Notes
        -----
        Equation 8 of the authors. Absolute errors are below 1e-13.

        Examples
        --------
        >>> from cxmkit.lifetime import BetaGeometricNBD
        >>> model = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> model.purchase_distribution(39, up_to=3)
        array([0.5738, 0.1994, 0.0854, 0.0459])
        """
        s = self._times(t)[..., None] / self.alpha
        last = _checks.as_whole("up_to", up_to)
        if last < 0:
            raise _checks.refuse("up_to", "not be negative", up_to)
        if last > _LONG:
            raise _checks.refuse("up_to", "be at most one million", up_to)
        k = np.arange(1, last + 1)
        stays = np.cumsum(np.log((self.b + k - 1) / (self.a + self.b + k - 1)))
        ways = np.cumsum(np.log((self.r + k - 1) / k))
        never = -self.r * np.log1p(s)
        with np.errstate(divide="ignore"):  # nobody buys in no time
            path = k * (np.log(s) - np.log1p(s)) + never
        bought = np.exp(stays + ways + path)  # each of the three may be out of range
        left = np.exp(stays) * self.a / (self.b + k - 1)
        tails = _stats.beta_below(s / (1 + s), k.astype(np.float64), np.array(self.r))
        return np.concatenate([np.exp(never), bought + left * tails], axis=-1)

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
            `expand` takes them to customers. Exactly 1 for everyone without a repeat
            purchase, which is a belief of the model and not a finding.

        Raises
        ------
        InvalidTypeError
            If *history* is none.
        ScaleMismatchError
            If it is in another unit than the model.

        Examples
        --------
        Five repeat purchases and then silence say more than two.

        >>> from cxmkit.lifetime import BetaGeometricNBD, CustomerHistory
        >>> model = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0, 2, 5], recency=[0, 20, 20], age=[39, 39, 39], unit="week"
        ... )
        >>> model.probability_alive(history)
        array([1.    , 0.5429, 0.2838])
        """
        _buying.require_own(self, history)
        return self._alive(history.frequency, history.recency, history.age)

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
            If *history* is none, or *t* is not a number, negative, above 1e100 alpha,
            or missing.
        ScaleMismatchError
            If the history is in another unit than the model.

        Notes
        -----
        Equation 10 of the authors: what is expected of whoever is alive, times the
        probability to be alive. In a form without their overflow for many purchases and
        without their 0 / 0 at a = 1.

        Examples
        --------
        >>> from cxmkit.lifetime import BetaGeometricNBD, CustomerHistory
        >>> model = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0, 2], recency=[0, 30.43], age=[39, 38.86], unit="week"
        ... )
        >>> model.conditional_expected_purchases(history, [13, 39])
        array([[0.0697, 0.1945],
               [0.4572, 1.2260]])
        """
        _buying.require_own(self, history)
        times = self._times(t)
        x, age, place = _betageometric.distinct(history.frequency, history.age)
        s = times.reshape(-1) / (self.alpha + age)[:, None]
        n, a, b = (
            np.repeat(each, times.size)
            for each in (self.r + x, np.full(x.shape, self.a), self.b + x)
        )
        found = _betageometric.purchases_if_alive(n, a, b, s.reshape(-1)).reshape(
            s.shape
        )[place]
        found *= self._alive(history.frequency, history.recency, history.age)[:, None]
        return found.reshape(place.shape + times.shape)

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
            *a* is at most 1.
        ScaleMismatchError
            If the history is in another unit than the model.

        Notes
        -----
        P(alive) E[l / (d + l p)] with d = log(1 + discount), l ~ Gamma(r + x, alpha +
        T) and p ~ Beta(a, b + x), by numerical integration over both. Without discount
        it is P(alive) (a + b + x - 1) / (a - 1); with a <= 1 so many customers hardly
        ever leave that the mean is infinite. Purchases are discounted from the moment
        they are made to the end of observation.

        Examples
        --------
        >>> from cxmkit.lifetime import BetaGeometricNBD, CustomerHistory
        >>> model = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0, 2], recency=[0, 30.43], age=[39, 38.86], unit="week"
        ... )
        >>> model.residual_purchases(history, discount=1.15 ** (1 / 52) - 1)
        array([1.0166, 5.1696])
        """
        _buying.require_own(self, history)
        rate = _buying.log_discount(discount, "a", self.a)
        x, age, place = _betageometric.distinct(history.frequency, history.age)
        if rate:
            found = _betageometric.by_curves(
                self._worth, x, np.log(rate) + np.log(self.alpha + age)
            )
        else:
            found = (self.a + self.b + x - 1) / (self.a - 1)
        alive = self._alive(history.frequency, history.recency, history.age)
        return np.asarray(alive * found[place])

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
        >>> from cxmkit.lifetime import BetaGeometricNBD
        >>> model = BetaGeometricNBD(
        ...     r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week"
        ... )
        >>> model.simulate(1000, rng=1, age=39)
        CustomerHistory of 1,000 customers, 406 with repeat purchases, unit week
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
        >>> from cxmkit.lifetime import BetaGeometricNBD, CustomerHistory
        >>> model = BetaGeometricNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
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
        >>> from cxmkit.lifetime import BetaGeometricNBD
        >>> model = BetaGeometricNBD(
        ...     r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week"
        ... )
        >>> print(model.summary())
        While they stay, customers buy again 0.055 times per week on average, and 25 %
        leave after their first repeat purchase. Whoever has never bought again counts
        as alive with certainty: that is a belief of this model (BG/NBD) and not a
        finding.
        """
        rate, leave = self.r / self.alpha, self.a / (self.a + self.b)
        text = (
            f"While they stay, customers buy again {rate:.2g} times per"
            f" {self.unit or 'unit of time'} on average, and {100 * leave:.0f} % leave"
            " after their first repeat purchase. Whoever has never bought again counts"
            " as alive with certainty: that is a belief of this model (BG/NBD) and not"
            " a finding."
        )
        return text + _buying.doubts(self)

    def to_dict(self) -> dict[str, Any]:
        """Return parameters and unit as plain Python values.

        Examples
        --------
        >>> from cxmkit.lifetime import BetaGeometricNBD
        >>> BetaGeometricNBD(r=0.5, alpha=5, a=1, b=3).to_dict()
        {'r': 0.5, 'alpha': 5.0, 'a': 1.0, 'b': 3.0, 'unit': None}
        """
        return _buying.plain(self, _NAMES)

    # Behind that

    def _times(self, t: npt.ArrayLike) -> FloatArray:
        times = _checks.not_negative(t, "t")
        rule = f"be at most {_LATEST:g} times alpha ({self.alpha:.4g})"
        _checks.require("t", times, times <= _LATEST * self.alpha, rule)
        return times

    def _alike(self, s: FloatArray) -> tuple[FloatArray, ...]:
        """Return r, a and b once for each of *s*, and *s*."""
        return *(np.full(s.shape, each) for each in (self.r, self.a, self.b)), s

    def _worth(self, x: FloatArray, logs: FloatArray) -> FloatArray:
        """Return E l / (rate + l p) for the logarithm of rate * (alpha + age)."""
        return _betageometric.worth(
            self.r + x, np.full(x.shape, self.a), self.b + x, np.exp(logs)
        )

    def _alive(self, x: IntArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        silence = np.log1p((age - recency) / (self.alpha + recency))
        odds = np.log(self.a / np.where(x > 0, self.b + x - 1, 1))
        gone = odds + (self.r + x) * silence
        return np.where(x > 0, np.exp(-np.logaddexp(0, gone)), 1.0)

    def _drawn(
        self, age: FloatArray, rng: "np.random.Generator"
    ) -> tuple[IntArray, FloatArray]:
        """Return counts and times of the last of them.

        Of purchases that would be made by somebody who never leaves, the times are in
        no order, so the k-th of N is Beta(k, N - k + 1) of the age.
        """
        mean = rng.gamma(self.r, 1 / self.alpha, age.size) * age
        _buying.require_few(age, mean)
        made = rng.poisson(mean)
        with np.errstate(divide="ignore"):  # who never leaves, and who always does
            tries = -np.log1p(-rng.beta(self.a, self.b, age.size))
            until = 1 + np.floor(rng.standard_exponential(age.size) / tries)
        x = np.minimum(made, until).astype(np.int64)
        again = np.flatnonzero(x)
        recency = np.zeros(age.size)
        part = rng.beta(x[again], made[again] - x[again] + 1)
        recency[again] = np.maximum(part, _EPS) * age[again]
        return x, recency
