"""How long do customers under contract stay, when some are more loyal than others?"""

import math
from typing import Any, Self, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _states
from cxmkit._checks import FloatArray, IntArray
from cxmkit._newton import Optimum, best
from cxmkit.errors import EmptySampleError, InvalidTypeError
from cxmkit.fitting import FitReport, as_html, report_on

__all__ = ["ShiftedBetaGeometric"]

Rng: TypeAlias = "int | np.random.Generator"  # loads numpy.random when used

_LEAST, _MOST = 1e-9, 1e9  # of parameters: beyond, all churn rates are 0, 1 or alike
_EDGE = 12.0  # of the search, in logarithms of the parameters
_CROWD = 1e15  # customers; sums of more may exceed what integers hold
_LONGEST = 1_000_000  # periods; survival multiplies one by one
_SMALLEST = 1e-9  # discount that is not 0
_STEP = 1 / 80  # of the integral; a shorter one changes nothing in the 15th digit
_NOTHING = 45.0  # exp(-45) is lost beside 1
# In logarithms. Tables that jump up and down can have a maximum where customers are
# nearly alike, and another where they are not.
_STARTS = tuple(map(np.array, ([0.0, 0.0], [6.0, 6.0], [4.0, -4.0])))
_BLOCK = 256  # integrals that are worked out at once

_NAMES = ("alpha", "beta")
_PERIODS = "be at most one million periods"


def _parameter(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    number = _checks.as_number(field.name, value)
    if not _LEAST <= number <= _MOST:
        rule = f"be between {_LEAST:g} and {_MOST:g}"
        raise _checks.refuse(field.name, rule, value)


@attrs.frozen(kw_only=True)
class ShiftedBetaGeometric:
    """How long do customers under contract stay, when some are more loyal than others?

    The shifted-beta-geometric model (sBG). Once per period each customer stays or
    leaves, and each has a churn probability of their own that never changes. These
    probabilities follow a beta distribution over customers. The disloyal leave first,
    so retention among those who remain rises from period to period, although nobody
    becomes more loyal. A single average retention rate overlooks that and undervalues
    the customers who stay.

    For contracts and subscriptions, where a loss is seen when it happens. `fit` finds
    the parameters.

    Parameters
    ----------
    alpha, beta : float
        Parameters of the beta distribution of churn probabilities, from 1e-9 to 1e9.
        Their mean is alpha / (alpha + beta); the smaller their sum, the more customers
        differ.
    fit_report : FitReport, optional
        How the parameters were found, set by `fit`. Its `n` counts decisions (a
        customer who was seen to decide three times counts three times).

    Raises
    ------
    InvalidTypeError
        If a parameter is not a number.
    InvalidValueError
        If a parameter is out of range.

    Notes
    -----
    The probability of staying for t periods is the product over j = 0 .. t - 1 of
    (beta + j) / (alpha + beta + j). The model knows no other reason for rising
    retention than that customers differ, and does not allow it to fall.

    Models are equal if their parameters are, however these were found.

    References
    ----------
    Fader, P. S., & Hardie, B. G. S. (2007). How to project customer retention. Journal
    of Interactive Marketing, 21(1), 76-90. (The text prints alpha = 0.688 for "Regular"
    customers; the data give 0.704, and 0.668 for "High End".)

    Fader, P. S., & Hardie, B. G. S. (2010). Customer-base valuation in a contractual
    setting: The perils of ignoring heterogeneity. Marketing Science, 29(1), 85-93.

    Examples
    --------
    Of 1,000 customers 631 were still there after one year, 468 after two, and so on.

    >>> import numpy as np
    >>> from cxmkit.lifetime import ShiftedBetaGeometric
    >>> customers = np.array([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> model = ShiftedBetaGeometric.fit(lost=-np.diff(customers), kept=customers[1:])
    >>> model
    ShiftedBetaGeometric(alpha=0.7041, beta=1.182)
    >>> model.survival(12)
    0.170
    >>> model.retention([1, 5, 12])
    array([0.627, 0.880, 0.945])
    """

    alpha: float = attrs.field(
        converter=_checks.as_float, validator=_parameter, repr="{:.4g}".format
    )
    beta: float = attrs.field(
        converter=_checks.as_float, validator=_parameter, repr="{:.4g}".format
    )
    fit_report: FitReport | None = attrs.field(
        default=None,
        eq=False,
        repr=False,
        validator=attrs.validators.optional(_checks.instance(FitReport)),
    )

    @classmethod
    def fit(cls, lost: npt.ArrayLike, kept: npt.ArrayLike) -> Self:
        """Find the parameters under which the losses seen are most likely.

        All that is needed is, for each age, how many customers were lost and how many
        were kept. Add up whatever cohorts there are, at the same age. Customers who
        came over from another system with an age of 3 simply count from age 4 on.

        Parameters
        ----------
        lost : array_like of int
            Number of customers lost in their first period, in their second, and so on.
        kept : array_like of int
            Number of customers who were there and stayed, in the same periods.

        Returns
        -------
        ShiftedBetaGeometric
            With `fit_report`. See there before use: `at_bound` names parameters at the
            edge of the search, exp(-12) to exp(12), which the data do not determine.

        Raises
        ------
        InvalidTypeError
            If a number is none.
        InvalidValueError
            If a number is negative, not whole or above 1e15, or there are not as many
            of one kind as of the other.
        MissingValueError
            If a number is missing.
        EmptySampleError
            If nobody was lost or kept.

        Notes
        -----
        Limits, which are reported and not refused:

        - Nobody was lost: alpha is as small and beta as large as can be.
        - Nobody was kept: the other way round.
        - Decisions of one age only: how much customers differ is not seen. They are
          taken to be alike, and `converged` is false.
        - Retention falls with age, or customers are alike: both are large, and churn is
          constant.

        For a table of survivors, such as 1000, 869, 743, see the example. Percentages
        give nearly the same parameters, but no idea how sure they are; fractions are
        therefore refused.

        Examples
        --------
        >>> import numpy as np
        >>> from cxmkit.lifetime import ShiftedBetaGeometric
        >>> customers = np.array([1000, 869, 743, 653, 593, 551, 517, 491])
        >>> model = ShiftedBetaGeometric.fit(
        ...     lost=-np.diff(customers), kept=customers[1:]
        ... )
        >>> model
        ShiftedBetaGeometric(alpha=0.6681, beta=3.806)
        >>> model.fit_report.log_likelihood
        -1611.16
        """
        gone, stayed = _decisions(lost, kept)
        all_n, age = gone + stayed, np.arange(gone.size)
        seen = all_n > 0
        counts = (gone[seen], stayed[seen], age[seen].astype(np.float64))
        found = _alike(*counts) if counts[2].size == 1 else _search(*counts)
        alpha, beta = np.exp(found.at).tolist()
        scales = np.array([alpha, beta])
        report = report_on(found, _NAMES, scales, float(all_n.sum(dtype=np.float64)))
        return cls(alpha=alpha, beta=beta, fit_report=report)

    @property
    def mean_churn(self) -> float:
        """Mean churn probability of new customers, 0 to 1: that of the first period."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def polarisation(self) -> float:
        """How much customers differ: 0 if all are alike, 1 if some stay and some go.

        It is 1 / (alpha + beta + 1), the variance of churn probabilities relative to
        the greatest that their mean allows.
        """
        return 1 / (self.alpha + self.beta + 1)

    def survival(self, t: npt.ArrayLike) -> Any:
        """What share of new customers is still there after *t* periods?

        Parameters
        ----------
        t : array_like of int
            Number of periods, 0 to one million.

        Returns
        -------
        float or ndarray
            Between 0 and 1, in the shape of *t*.

        Raises
        ------
        InvalidTypeError
            If *t* is not a number.
        InvalidValueError
            If *t* is negative, not whole or beyond a million.
        MissingValueError
            If a value is missing.

        Examples
        --------
        >>> from cxmkit.lifetime import ShiftedBetaGeometric
        >>> ShiftedBetaGeometric(alpha=1, beta=3).survival([0, 1, 2, 3])
        array([1. , 0.75, 0.6 , 0.5 ])
        """
        periods = _periods(t, "t")
        age = np.arange(np.max(periods, initial=0))
        losses = np.log1p(self.alpha / (self.beta + age))
        sums = np.concatenate([[0.0], np.cumsum(losses)])
        return _checks.scalar_or_array(np.exp(-sums[periods]))

    def retention(self, t: npt.ArrayLike) -> Any:
        """What share of those who reach period *t* stays at its end?

        Parameters
        ----------
        t : array_like of int
            Number of the period, counted from 1.

        Returns
        -------
        float or ndarray
            Between 0 and 1, in the shape of *t*; rises with *t* towards 1.

        Raises
        ------
        InvalidTypeError
            If *t* is not a number.
        InvalidValueError
            If *t* is below 1, not whole or beyond a million.
        MissingValueError
            If a value is missing.

        Examples
        --------
        >>> from cxmkit.lifetime import ShiftedBetaGeometric
        >>> ShiftedBetaGeometric(alpha=1, beta=3).retention([1, 2, 3])
        array([0.75 , 0.8  , 0.833])
        """
        periods = _periods(t, "t")
        hint = "the first renewal decision ends period 1"
        _checks.require("t", periods, periods >= 1, "be at least 1", hint)
        return _checks.scalar_or_array(self._retention(periods))

    def _retention(self, period: IntArray) -> FloatArray:
        loyal = self.beta + (period - 1)
        return np.asarray(loyal / (self.alpha + loyal))

    def residual_lifetime(
        self, discount: npt.ArrayLike, *, renewals: npt.ArrayLike = 0
    ) -> Any:
        """How many payments are to be expected from a customer, in today's money?

        One payment falls due at the start and one with each renewal. Times the margin
        per period it is a customer lifetime value.

        Parameters
        ----------
        discount : array_like of float
            Discount rate per period, as a fraction: 0.1 for 10 %. 0, or 1e-9 to 1.
        renewals : array_like of int, default: 0
            Which renewal is due now. 0: none, the customer signs the contract, and the
            payment of today counts ("discounted expected lifetime", DEL). n: the
            customer has renewed n - 1 times and is about to decide for the n-th time;
            nothing counts but what comes if the answer is yes ("discounted expected
            residual lifetime", DERL). So 5 is for a customer near the end of the fifth
            period, who has renewed four times.

        Returns
        -------
        float or ndarray
            Payments, 0 or more, in the broadcast shape; a float if both are scalars.

        Raises
        ------
        InvalidTypeError
            If an argument is not a number.
        InvalidValueError
            If *discount* is negative, above 1, or below 1e-9 and not 0, *renewals* is
            not a count, shapes do not broadcast, or the lifetime is infinite: without
            discount it is where alpha is 1 or less, as some customers hardly ever
            leave.
        MissingValueError
            If a value is missing.

        Notes
        -----
        With survival S and discount d it is the sum of S(t) / (1 + d)^t over t = 0, 1,
        2, ..., and before the n-th renewal that of S(t) / S(n - 1) / (1 + d)^(t - n)
        from t = n on. Fader & Hardie (2010) write both with Gauss's hypergeometric
        function. Here the lifetime (1 + d) / (d + p) of a customer with churn
        probability p is averaged over p, which keeps 13 digits for all parameters.

        References
        ----------
        Fader, P. S., & Hardie, B. G. S. (2010). Customer-base valuation in a
        contractual setting: The perils of ignoring heterogeneity. Marketing Science,
        29(1), 85-93.

        Examples
        --------
        >>> from cxmkit.lifetime import ShiftedBetaGeometric
        >>> model = ShiftedBetaGeometric(alpha=0.7637, beta=1.2958)
        >>> model.residual_lifetime(0.1)
        3.62
        >>> model.residual_lifetime(0.1, renewals=[1, 5]).round(2)
        array([2.88, 5.68])
        """
        rate = _checks.discounts(discount)
        good = (rate == 0) | (rate >= _SMALLEST)
        hint = "it is a rate per period, as a fraction"
        _checks.require("discount", rate, good, f"be 0 or at least {_SMALLEST:g}", hint)
        if self.alpha <= 1:
            rule = "be above 0 where alpha is 1 or less"
            hint = f"alpha is {self.alpha:.4g}: undiscounted lifetime is infinite"
            _checks.require("discount", rate, rate > 0, rule, hint)
        due = _checks.counts(renewals, "renewals")
        _checks.require_one_shape(discount=rate, renewals=due.astype(np.float64))
        rate, due = np.broadcast_arrays(rate, due)
        payments = _mean_lifetime(self.alpha, np.asarray(self.beta + due), rate)
        renewed = np.where(due > 0, self._retention(np.maximum(due, 1)), 1.0)
        return _checks.scalar_or_array(renewed * payments)

    def simulate(self, n: int, *, rng: Rng, periods: int) -> tuple[IntArray, IntArray]:
        """Draw how many of *n* new customers are lost and kept in each period.

        Parameters
        ----------
        n : int
            Number of customers, 1 to 1e15.
        rng : int or numpy.random.Generator
            Seed or source of random numbers; the same seed draws the same.
        periods : int
            For how many periods, 1 to one million.

        Returns
        -------
        lost, kept : ndarray of int
            One number per period, as `fit` takes them.

        Raises
        ------
        InvalidTypeError
            If a number is not whole, or *rng* is neither a seed nor a generator.
        InvalidValueError
            If *n* or *periods* is out of range, or the seed is negative.

        Examples
        --------
        >>> from cxmkit.lifetime import ShiftedBetaGeometric
        >>> model = ShiftedBetaGeometric(alpha=1, beta=3)
        >>> lost, kept = model.simulate(1000, rng=1, periods=8)
        >>> int(lost[0] + kept[0])
        1000
        """
        start = _at_least_one("n", n)
        if start > _CROWD:
            raise _checks.refuse("n", f"be at most {_CROWD:g}", n)
        length = int(_periods(_at_least_one("periods", periods), "periods"))
        source = _checks.generator(rng)
        kept = np.zeros(length, np.int64)
        there = start
        for period, rate in enumerate(self._retention(1 + np.arange(length)).tolist()):
            there = int(source.binomial(there, rate))
            kept[period] = there
            if not there:
                break
        return -np.diff(kept, prepend=start), kept

    def simulate_like(
        self,
        history: tuple[npt.ArrayLike, npt.ArrayLike],
        *,
        rng: Rng,
    ) -> tuple[IntArray, IntArray]:
        """Draw other decisions of as many customers at each age.

        Parameters
        ----------
        history : tuple of array_like of int
            Lost and kept, as `fit` takes them.
        rng : int or numpy.random.Generator
            Seed or source of random numbers; the same seed draws the same.

        Returns
        -------
        lost, kept : ndarray of int
            With the same sum at each age.

        Raises
        ------
        InvalidTypeError
            If *history* is no pair, *rng* is neither a seed nor a generator, or as
            `fit` does.
        InvalidValueError, MissingValueError, EmptySampleError
            As `fit` does.

        Notes
        -----
        Cohorts cannot be told apart in pooled numbers, so the number of customers who
        decide at each age is kept as it is, as it is in the likelihood.

        Examples
        --------
        >>> from cxmkit.lifetime import ShiftedBetaGeometric
        >>> model = ShiftedBetaGeometric(alpha=1, beta=3)
        >>> lost, kept = model.simulate_like(([30, 10], [70, 60]), rng=1)
        >>> (lost + kept).tolist()
        [100, 70]
        """
        pair: Any = history
        if not isinstance(pair, tuple) or len(pair) != 2:
            rule = "be a pair (lost, kept)"
            raise _checks.refuse("history", rule, history, error=InvalidTypeError)
        gone, stayed = _decisions(*pair)
        source = _checks.generator(rng)
        customers = gone + stayed
        kept = source.binomial(customers, self._retention(1 + np.arange(gone.size)))
        return customers - kept, kept

    def _repr_html_(self) -> str:
        return as_html(self, _NAMES)

    def summary(self) -> str:
        """Return some sentences for a manager: who stays, and how customers differ.

        Examples
        --------
        >>> from cxmkit.lifetime import ShiftedBetaGeometric
        >>> print(ShiftedBetaGeometric(alpha=0.704, beta=1.182).summary())
        37.3 % of new customers are expected to leave after one period, and 17.0 % to be
        there after 12. Among those who remain, retention rises from 62.7 % to 94.5 % in
        period 12, because the disloyal leave first. Customers differ with polarisation
        0.35, from 0 (all alike) to 1 (each is either sure to stay or sure to go).
        """
        first, twelfth = map(_states.percent, self.retention([1, 12]).tolist())
        retention = f"Retention stays at {first}."
        if first != twelfth:
            retention = (
                f"Among those who remain, retention rises from {first} to {twelfth} in"
                " period 12, because the disloyal leave first."
            )
        leave, stay = map(_states.percent, (self.mean_churn, self.survival(12)))
        said = (
            f"{leave} of new customers are expected to leave after one period, and"
            f" {stay} to be there after 12. {retention} Customers differ with"
            f" polarisation {self.polarisation:.2f}, from 0 (all alike) to 1 (each is"
            " either sure to stay or sure to go)."
        )
        if self.fit_report and self.fit_report.at_bound:
            names = self.fit_report.at_bound
            said += (
                f" Take care: {' and '.join(names)} {'lie' if names[1:] else 'lies'} at"
                " the edge of what was searched, so the data do not say how customers"
                " differ."
            )
        return said


# What comes in


def _decisions(lost: npt.ArrayLike, kept: npt.ArrayLike) -> tuple[IntArray, IntArray]:
    """Return customers lost and kept by age."""
    gone, stayed = _checks.counts(lost, "lost"), _checks.counts(kept, "kept")
    for argument, column in (("lost", gone), ("kept", stayed)):
        if column.ndim != 1:
            rule, hint = "be a series", "one number per age; add up cohorts first"
            raise _checks.refuse(argument, rule, column.shape, hint=hint)
        rule = f"be at most {_CROWD:g}"
        _checks.require(argument, column, column <= _CROWD, rule)
    if gone.size != stayed.size:
        rule = f"have as many ages as lost ({gone.size})"
        hint = "the number at the start is no number kept: leave it out"
        raise _checks.refuse("kept", rule, stayed.size, hint=hint)
    if not (gone.any() or stayed.any()):
        rule = "hold at least one customer, lost or kept"
        raise _checks.refuse("lost", rule, "nobody", error=EmptySampleError)
    return gone, stayed


def _periods(values: npt.ArrayLike, argument: str) -> IntArray:
    periods = _checks.counts(values, argument)
    _checks.require(argument, periods, periods <= _LONGEST, _PERIODS)
    return periods


def _at_least_one(argument: str, value: object) -> int:
    number = _checks.as_whole(argument, value)
    if number < 1:
        raise _checks.refuse(argument, "be at least 1", value)
    return number


# Fitting


def _search(lost: IntArray, kept: IntArray, age: FloatArray) -> Optimum:
    """Return the best logarithms of alpha and beta."""
    n = lost + kept
    all_lost = float(lost.sum(dtype=np.float64))

    def likelihood(logs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        a, b = np.exp(logs)
        loyal, all_there = b + age, a + b + age
        churn, newcomers = a / all_there, b / all_there
        value = lost @ np.log(churn) - kept @ np.log1p(a / loyal)
        gradient = [all_lost - n @ churn, kept @ (b / loyal) - n @ newcomers]
        mixed = n @ (churn * newcomers)
        hessian = [
            [-(n @ (churn * (loyal / all_there))), mixed],
            [
                mixed,
                kept @ (b * age / loyal**2) - n @ (newcomers * ((a + age) / all_there)),
            ],
        ]
        return float(value), np.array(gradient), np.array(hessian)

    return best(likelihood, _STARTS)


def _alike(lost: IntArray, kept: IntArray, age: FloatArray) -> Optimum:
    """Return the limit of customers who are alike, for decisions of a single age.

    Only the ratio of alpha and beta + age is then seen, along a flat ridge.
    """
    gone, stayed = int(lost[0]), int(kept[0])
    if gone and stayed:
        odds = math.log(gone / stayed)
        beta = min(_EDGE, _EDGE - odds)
        loyal = math.log(math.exp(beta) + age[0])
        at = np.array([min(loyal + odds, math.log(_MOST)), beta])
    else:
        at = np.array([_EDGE, -_EDGE]) if gone else np.array([-_EDGE, _EDGE])
    churn = math.exp(at[0]) / (math.exp(at[0]) + math.exp(at[1]) + age[0])
    value = gone * math.log(churn) + stayed * math.log1p(-churn)
    return Optimum(
        at=at,
        value=value,
        gradient=np.zeros(2),
        hessian=np.zeros((2, 2)),
        iterations=0,
        converged=False,
        bound=np.abs(at) >= _EDGE,
    )


# The mean of lifetimes


def _mean_lifetime(alpha: float, beta: FloatArray, rate: FloatArray) -> FloatArray:
    """Return the mean of (1 + rate) / (rate + p) over beta variables p.

    That is 2F1(1, beta; alpha + beta; 1 / (1 + rate)). Without discount there is a
    closed form, if alpha is above 1.
    """
    means = np.empty(rate.shape)
    free = rate == 0
    means[free] = (alpha - 1 + beta[free]) / (alpha - 1)
    b, d = beta[~free], rate[~free]
    parts = [slice(at, at + _BLOCK) for at in range(0, d.size, _BLOCK)]
    found = [_mean_by_integral(alpha, b[part], d[part]) for part in parts]
    means[~free] = np.concatenate([*found, np.empty(0)])
    return means


def _mean_by_integral(alpha: float, beta: FloatArray, rate: FloatArray) -> FloatArray:
    """Integrate over the log odds of p by the trapezoidal rule.

    All terms are positive, and the weights are divided by their own sum, so that no
    gamma function is needed. Odds are stretched by sinh, which reaches both tails,
    however long.
    """
    a, b, d = alpha, beta[:, None], rate[:, None]
    centre = np.log(a / b)
    scale = np.minimum(1.0, np.sqrt(1 / a + 1 / b))
    # Beyond, weights are less than exp(-45) of the greatest: on the left their drop is
    # at least a (-odds - log(1 + b / a) - 1), on the right the same with b.
    tail = _NOTHING * np.maximum(1 / a, 1 / b) + 2
    reach = tail + np.abs(centre) + np.abs(np.log(d))
    half = math.ceil(np.arcsinh(np.max(reach / scale)) / _STEP)
    t = _STEP * np.arange(-half, half + 1)
    odds = centre + scale * np.sinh(t)
    log_p, log_stay = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    weight = a * log_p + b * log_stay + np.logaddexp(t, -t)
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    lifetime = (1 + d) / (d + np.exp(log_p))
    return np.asarray((weight * lifetime).sum(axis=1) / weight.sum(axis=1))
