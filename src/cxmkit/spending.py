"""How much does a customer spend per purchase, and what are all those to come worth?"""

from typing import Any, Protocol, Self, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _buying, _checks, _draw, _newton, _special
from cxmkit._checks import FloatArray, IntArray
from cxmkit._newton import Optimum
from cxmkit.errors import InvalidTypeError
from cxmkit.fitting import FitReport, as_html, report_on
from cxmkit.independence import SpendIndependence, correlated
from cxmkit.purchases import CustomerHistory

__all__ = ["GammaGamma", "PurchaseModel", "residual_clv"]

_NAMES = ("p", "q", "gamma")
_START = np.log([4.0, 4.0, 1.0])  # p, q and p gamma / q over the geometric mean
_STARTS = (np.zeros(3), np.array([0.0, 5.0, 0.0]), np.array([5.0, 0.0, 0.0]))
_MANY = 100  # rows; with fewer there may be more than one hill to climb
_EDGE = 16.0  # of the search, in logarithms; at 12 a likelihood may lack 0.01
_FAR = 600.0  # in logarithms of money; exp(-600) is lost beside 1, exp(600) is a float
_RICH = 1e70  # standard error; its fourth power, as that of its inverse, is a float
_LEAST, _MOST = np.finfo(np.float64).tiny, np.finfo(np.float64).max


Rng: TypeAlias = "int | np.random.Generator"  # loads numpy.random when used


# The likelihood


@attrs.frozen(eq=False)
class _Likelihood:
    """The log-likelihood of mean amounts z, in logarithms of p, q and p gamma / q.

    With a = p x and b = q the share u = x z / (x z + gamma) is a beta variable with
    these parameters. Let v be z over p gamma / q, and D the mean of v and 1 with
    weights a and b. Then the log-likelihood of log z is, with log Gamma(y) - y log y +
    y for g(y),

        g(a + b) - g(a) - g(b) + a log(v / D) - b log D

    which keeps its digits where all customers are nearly alike, and a and b are huge.
    Of the rows of each x only four sums are needed, and derivatives of them are made.
    """

    x: FloatArray  # distinct, ascending
    n: FloatArray  # customers of each
    place: IntArray  # of each row in x, ascending
    log_spend: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, x: FloatArray, log_spend: FloatArray, weights: FloatArray) -> Self:
        new = np.append(True, np.diff(x) > 0)
        place = np.cumsum(new) - 1
        n = np.add.reduceat(weights, np.flatnonzero(new))
        return cls(x[new], n, place, log_spend, weights)

    def __call__(self, logs: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return value, gradient and Hessian."""
        p, b = np.exp(logs[:2])
        a, n = p * self.x, self.n
        both = a + b
        own, other = a / both, b / both  # weights of v and 1 in D
        excess = _special.log_gamma_excess(np.concatenate([both, a, [b]]))
        (g, g1, g2), (a0, a1, a2) = np.split(excess[:, :-1], 2, axis=1)
        b0, b1, b2 = excess[:, -1]
        up, down, pull, square = self._sums(logs[2], own, other)
        value = n @ (g - a0 - b0) + a @ up + b * down.sum()
        in_a = n * (g1 - a1) + up - other * pull
        in_b = n * (g1 - b1) + down + own * pull
        in_s = -a * other * pull
        gradient = np.array([a @ in_a, b * in_b.sum(), -in_s.sum()])
        pp = a * in_a + a * a * (n * (g2 - a2) + other * other * square / both)
        pq = a * b * (n * g2 - own * other * square / both)
        qq = b * in_b + b * b * (n * (g2 - b2) + own * own * square / both)
        pm = a * other * other * (pull - own * square)
        qm = b * own * own * (pull + other * square)
        mm = -a * other * (n + (other - own) * pull - own * other * square)
        rows = [[pp, pq, pm], [pq, qq, qm], [pm, qm, mm]]
        return float(value), gradient, np.array(rows).sum(axis=2)

    def _sums(
        self, log_scale: float, own: FloatArray, other: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return sums of log(v / D), -log D, e = (v - 1) / D and e^2 for each x."""
        sums = np.zeros((4, self.x.size))
        for rows in _checks.chunks(self.place.size):
            place, weights = self.place[rows], self.weights[rows]
            s = self.log_spend[rows] - log_scale
            large, size = s > 0, np.abs(s)
            grown = np.expm1(np.minimum(size, _FAR))
            lack = grown / (1 + grown)
            share = np.where(large, other[place], own[place])
            rest = np.where(large, own[place], other[place])
            # As log1p of something both keep their digits, where a or b is huge.
            near = -np.log1p(-share * lack)
            far = -np.log1p(rest * grown) - np.maximum(size - _FAR, 0)
            pull = np.copysign(lack, s) / (rest + share / (1 + grown))
            terms = (
                np.where(large, near, far),
                np.where(large, far, near),
                pull,
                pull * pull,
            )
            here = slice(place[0], place[-1] + 1)
            for row, term in zip(sums, terms, strict=True):
                row[here] += np.bincount(place - place[0], weights=weights * term)
        up, down, pull, square = sums
        return up, down, pull, square


# The model


@attrs.frozen(kw_only=True, getstate_setstate=False)
class GammaGamma:
    """How much does a customer spend per purchase, if only a few purchases are known?

    The Gamma-Gamma model of spend. Amounts of one customer vary from purchase to
    purchase around a mean of their own, and these means differ between customers. So
    the mean of a few purchases is part habit and part chance: the model moves it
    towards the mean of all customers, the further the fewer purchases there are.

    `fit` finds the parameters. The model takes frequency and spend to be unrelated:
    look at `independence` before use.

    Parameters
    ----------
    p : float
        Shape of the amounts of one customer, positive: their standard deviation over
        their mean is 1 / sqrt(p).
    q : float
        Shape of the differences between customers, positive; the larger, the more they
        are alike. Where it is 1 or less, some spend so much that the mean over all
        customers is infinite.
    gamma : float
        Scale, positive; the only one of the three that is in money.
    fit_report : FitReport, optional
        How the parameters were found, set by `fit`. Its `n` is the number of customers
        with repeat purchases.
    independence : SpendIndependence, optional
        Whether frequency and spend were unrelated in the data, set by `fit`.

    Raises
    ------
    InvalidTypeError
        If a parameter is not a number.
    InvalidValueError
        If a parameter is not positive and finite.

    Notes
    -----
    Amounts of a customer are gamma distributed with shape p and rate v, and v over
    customers with shape q and rate gamma. The mean z of x purchases then has the
    density

    Gamma(px + q) / (Gamma(px) Gamma(q)) (x z / (x z + gamma))^(px)
    (gamma / (x z + gamma))^q / z

    Models are equal if their parameters are, however these were found.

    References
    ----------
    Fader, P. S., & Hardie, B. G. S. (2013). The gamma-gamma model of monetary value.
    http://www.brucehardie.com/notes/025/

    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). RFM and CLV: Using iso-value
    curves for customer base analysis. Journal of Marketing Research, 42(4), 415-430.

    Examples
    --------
    The parameters of Fader & Hardie (2013) for buyers of CDs:

    >>> from cxmkit.lifetime import CustomerHistory, GammaGamma
    >>> model = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> model.mean
    35.22

    Three customers, of whom two spent 100 per repeat purchase:

    >>> history = CustomerHistory.from_summary(
    ...     frequency=[0, 1, 10],
    ...     recency=[0, 9, 38],
    ...     age=[39, 39, 39],
    ...     spend=[None, 100, 100],
    ...     unit="week",
    ... )
    >>> model.expected_spend(history)
    array([35.22 , 80.26, 97.28])
    """

    p: float = attrs.field(
        converter=_checks.as_float, validator=_checks.positive, repr="{:.4g}".format
    )
    q: float = attrs.field(
        converter=_checks.as_float, validator=_checks.positive, repr="{:.4g}".format
    )
    gamma: float = attrs.field(
        converter=_checks.as_float, validator=_checks.positive, repr="{:.4g}".format
    )
    fit_report: FitReport | None = attrs.field(
        default=None,
        eq=False,
        repr=False,
        validator=attrs.validators.optional(_checks.instance(FitReport)),
    )
    independence: SpendIndependence | None = attrs.field(
        default=None,
        eq=False,
        repr=False,
        validator=attrs.validators.optional(_checks.instance(SpendIndependence)),
    )

    @classmethod
    def fit(cls, history: CustomerHistory) -> Self:
        """Find the parameters under which the amounts seen are most likely.

        Only customers with repeat purchases count, and of these only how many and their
        mean amount.

        Parameters
        ----------
        history : CustomerHistory
            With spend.

        Returns
        -------
        GammaGamma
            With `fit_report` and `independence`. See there before use: `at_bound` names
            parameters at the edge of the search, which the data do not determine.

        Raises
        ------
        InvalidTypeError
            If *history* is none.
        InvalidValueError
            If *history* has no spend.
        EmptySampleError
            If nobody bought again.

        Notes
        -----
        Limits, which are reported and not refused:

        - Amounts of a customer do not vary: p is as large, and gamma as small, as can
          be.
        - Customers are alike in their means: q and gamma are large.
        - A single customer, or all spend alike: both.
        - Amounts are beyond all money: gamma has no standard error if that would be
          below 1e-70 or above 1e70.

        The log-likelihood is that of the mean amounts in their own money, as in the
        literature. In other money gamma grows by the rate of exchange, p and q stay,
        and the log-likelihood falls by log(rate) per customer.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory, GammaGamma
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[0, 1, 1, 2, 2, 3, 4, 6, 8],
        ...     recency=[0, 5, 9, 20, 25, 30, 31, 35, 38],
        ...     age=[39] * 9,
        ...     spend=[None, 12, 140, 20, 61, 30, 95, 18, 40],
        ...     unit="week",
        ... )
        >>> model = GammaGamma.fit(history)
        >>> model
        GammaGamma(p=1.948, q=3.597, gamma=67.09)
        >>> model.fit_report.log_likelihood
        -38.21
        """
        x, spend, weights = _buying.repeaters(history)
        log_spend = np.log(spend)
        n = float(weights.sum())
        centre = float(weights @ log_spend) / n
        likelihood = _Likelihood.of(x, log_spend - centre, weights)
        found = _newton.maximise(likelihood, _START, box=_EDGE)
        if spend.size < _MANY:
            others = (_newton.maximise(likelihood, s, box=_EDGE) for s in _STARTS)
            found = max(found, *others, key=lambda each: each.value)
        value = found.value - float(weights @ log_spend)
        log_p, log_q, log_scale = found.at
        p, q = np.exp(found.at[:2]).tolist()
        gamma = float(_positive_floats(log_scale + log_q - log_p + centre))
        return cls(
            p=p,
            q=q,
            gamma=gamma,
            fit_report=_report(attrs.evolve(found, value=value), (p, q, gamma), n),
            independence=SpendIndependence(**correlated(x, spend, weights, 0.95)),
        )

    @property
    def mean(self) -> float:
        """Mean amount of a purchase over all customers; refused where infinite."""
        self._require_finite(0)
        return self.p * self.gamma / (self.q - 1)

    def _require_finite(self, frequency: int) -> None:
        """Refuse to expect anything where customers may spend without bound."""
        if self.p * frequency + self.q > 1:
            return
        rule = f"be above {max(1 - self.p * frequency, 0):.4g}"
        rule += f" for customers with {_draw.counted(frequency, 'repeat purchase')}"
        hint = "their expected spend is infinite: leave them out, or get more data"
        raise _checks.refuse("q", rule, self.q, hint=hint)

    def expected_spend(self, history: CustomerHistory) -> FloatArray:
        """What will each customer spend per purchase, on average, from now on?

        Parameters
        ----------
        history : CustomerHistory
            With spend, in the money of *gamma*.

        Returns
        -------
        ndarray of float, shape (rows,)
            Money per purchase, one value per row of *history*; its `expand` gives one
            per customer. Those without repeat purchases get `mean`.

        Raises
        ------
        InvalidTypeError
            If *history* is none.
        InvalidValueError
            If *history* has no spend, or an expected spend is infinite, as q is too
            small: for customers without repeat purchases where q is 1 or less.

        Notes
        -----
        For x repeat purchases of mean z it is p (gamma + x z) / (p x + q - 1): a mean
        of z and `mean`, in which z has the weight p x / (p x + q - 1).

        It is revenue. Multiply by the margin (a share of revenue) for contribution.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory, GammaGamma
        >>> model = GammaGamma(p=6.25, q=3.74, gamma=15.44)
        >>> history = CustomerHistory.from_summary(
        ...     frequency=[2, 0], recency=[4, 0], age=[6, 5], spend=[50, 0], unit="week"
        ... )
        >>> history.expand(model.expected_spend(history))
        array([47.34, 35.22 ])
        """
        spend = _buying.spend_of(history)
        x = history.frequency
        self._require_finite(int(x[0]))
        with np.errstate(over="ignore"):  # refused
            total = np.where(x > 0, x * spend, 0.0)
            found = self.p * (self.gamma + total) / (self.p * x + self.q - 1)
        rule = "have a finite expected spend"
        _checks.require("history", found, np.isfinite(found), rule)
        return np.asarray(found)

    # Drawing

    def simulate(self, n: int, *, rng: Rng) -> FloatArray:
        """Draw what *n* new customers spend per purchase in the long run.

        Parameters
        ----------
        n : int
            Number of customers, 1 to 100 million.
        rng : int or numpy.random.Generator
            Seed or source of random numbers; the same seed draws the same.

        Returns
        -------
        ndarray of float, shape (n,)
            The mean that each customer's purchases vary around, in money. For means of
            a few purchases see `simulate_like`.

        Raises
        ------
        InvalidTypeError
            If *n* is not whole, or *rng* is neither a seed nor a generator.
        InvalidValueError
            If *n* is below 1 or above 100 million, or the seed is negative.

        Examples
        --------
        >>> from cxmkit.lifetime import GammaGamma
        >>> spend = GammaGamma(p=6.25, q=3.74, gamma=15.44).simulate(100_000, rng=1)
        >>> bool(abs(spend.mean() - 35.22) < 0.5)
        True
        """
        number = _buying.people(n)
        rate = _log_gammas(_checks.generator(rng), self.q, number)
        return _positive_floats(np.log(self.p * self.gamma) - rate)

    def simulate_like(self, history: CustomerHistory, *, rng: Rng) -> CustomerHistory:
        """Draw other amounts for the customers of a history.

        Parameters
        ----------
        history : CustomerHistory
            With or without spend, for example from `BetaGeometricNBD.simulate`.
        rng : int or numpy.random.Generator
            Seed or source of random numbers; the same seed draws the same.

        Returns
        -------
        CustomerHistory
            With the same purchases and new spend. A row that stands for several
            customers is drawn for each of them; a weight that is no whole number is
            shared by as many as it needs. Ids are kept where no weight is above 1.

        Raises
        ------
        InvalidTypeError
            If *history* is none, or *rng* is neither a seed nor a generator.
        InvalidValueError
            If the seed is negative.

        Examples
        --------
        >>> from cxmkit.lifetime import CustomerHistory, GammaGamma
        >>> model = GammaGamma(p=6.25, q=3.74, gamma=15.44)
        >>> purchases = CustomerHistory.from_summary(
        ...     frequency=[0, 1, 3], recency=[0, 9, 38], age=[39, 39, 39], unit="week"
        ... )
        >>> drawn = model.simulate_like(purchases, rng=1)
        >>> drawn.spend is not None
        True
        """
        _buying.require_history(history)
        source = _checks.generator(rng)
        each = history.weights / np.bincount(history.rows)
        draws = np.ceil(each).astype(np.int64)
        index = np.repeat(history.rows, draws[history.rows])
        x = history.frequency[index].astype(np.float64)
        spend, again = np.full(x.size, np.nan), x > 0
        shape = self.p * x[again]
        amount = _log_gammas(source, shape, shape.size) - np.log(x[again])
        rate = _log_gammas(source, self.q, shape.size) - np.log(self.gamma)
        spend[again] = _positive_floats(amount - rate)
        return CustomerHistory.from_summary(
            frequency=history.frequency[index],
            recency=history.recency[index],
            age=history.age[index],
            unit=history.unit,
            spend=spend,
            weights=(each / draws)[index],
            customers=history.customers if index.size == history.rows.size else None,
        )

    # Saying

    def _repr_html_(self) -> str:
        return as_html(self, _NAMES)

    def summary(self) -> str:
        """Return some sentences for a manager: mean, what an own mean counts, doubts.

        Examples
        --------
        >>> from cxmkit.lifetime import GammaGamma
        >>> print(GammaGamma(p=6.25, q=3.74, gamma=15.44).summary())
        A purchase brings 35.22 on average over all customers. A customer's own mean
        counts 70 % of what is expected after 1 repeat purchase and 92 % after 5, the
        mean of all customers counts the rest. Frequency and spend are taken to be
        unrelated.
        """
        said = [self._mean_said(), self._independence_said()]
        if self.fit_report and self.fit_report.at_bound:
            names = self.fit_report.at_bound
            said.append(
                f"Take care: {' and '.join(names)} {'lie' if names[1:] else 'lies'} at"
                " the edge of what was searched, as the data do not tell how amounts"
                " differ."
            )
        elif self.fit_report and not self.fit_report.converged:
            said.append("Take care: the search for parameters did not come to an end.")
        return " ".join(said)

    def to_dict(self) -> dict[str, float]:
        """Return the parameters as plain Python values."""
        return {name: getattr(self, name) for name in _NAMES}

    def _mean_said(self) -> str:
        if self.q <= 1:
            return (
                "The mean over all customers is infinite, as the largest spend without"
                f" bound (q is {self.q:.3g}, not above 1): nothing can be said of"
                " customers without repeat purchases."
            )
        once, five = (self.p * x / (self.p * x + self.q - 1) for x in (1, 5))
        return (
            f"A purchase brings {self.mean:,.2f} on average over all customers. A"
            f" customer's own mean counts {100 * once:.0f} % of what is expected after"
            f" 1 repeat purchase and {100 * five:.0f} % after 5, the mean of all"
            " customers counts the rest."
        )

    def _independence_said(self) -> str:
        taken = "Frequency and spend are taken to be unrelated."
        if self.independence is None:
            return taken
        return f"{taken} {self.independence.summary()}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


def _report(
    found: Optimum,
    parameters: tuple[float, float, float],
    n: float,
) -> FitReport:
    """Return the report on p, q and gamma from a search in p, q and p gamma / q.

    Covariances are found for gamma in units of itself. Where its variance in money
    would be no float or nearly none, as amounts are beyond all money, it is unknown.
    """
    p, q, gamma = parameters
    report = report_on(found, ("p", "q", "scale"), np.array([p, q, p / q]), n)
    slopes = np.array([[1, 0, 0], [0, 1, 0], [-1 / p, 1 / q, q / p]])
    covariance = slopes @ np.nan_to_num(report.covariance) @ slopes.T
    unknown = np.isnan(report.covariance.diagonal())
    spread = np.sqrt(covariance[2, 2]) * gamma
    unknown[2] = unknown.any() or not 1 / _RICH <= spread <= _RICH
    covariance[unknown] = covariance[:, unknown] = np.nan
    covariance[2] *= gamma
    covariance[:, 2] *= gamma
    edge = [name for name in report.at_bound if name != "scale"]
    return attrs.evolve(
        report,
        parameters=_NAMES,
        values=(p, q, gamma),
        at_bound=[*edge, "gamma"] if report.at_bound else [],
        covariance=covariance,
    )


def _log_gammas(
    rng: "np.random.Generator", shape: float | FloatArray, size: int
) -> FloatArray:
    """Draw logarithms of gamma variables; of small shapes floats would be 0."""
    larger = np.log(rng.standard_gamma(np.asarray(shape) + 1, size))
    return np.asarray(larger - rng.standard_exponential(size) / shape)


def _positive_floats(logs: npt.ArrayLike) -> FloatArray:
    """Return amounts, the nearest float where there is none so small or so large."""
    with np.errstate(over="ignore"):
        return np.asarray(np.clip(np.exp(logs), _LEAST, _MOST))


# Purchases times spend


class PurchaseModel(Protocol):
    """A model that tells how many purchases are still to come, such as BG/NBD.

    Whatever has this method can be given to `residual_clv`.
    """

    def residual_purchases(
        self, history: CustomerHistory, discount: float
    ) -> npt.NDArray[Any]:
        """Return the discounted number of purchases to come, for each row.

        Parameters
        ----------
        history : CustomerHistory
            Whose purchases.
        discount : float
            Discount rate per `unit` of *history*, as a fraction.

        Returns
        -------
        ndarray of float, shape (rows,)
            Purchases, one value per row of *history*.
        """
        ...


def residual_clv(
    model: PurchaseModel,
    spend: GammaGamma | npt.ArrayLike,
    history: CustomerHistory,
    *,
    discount: float,
) -> FloatArray:
    """What is each customer worth from now on, in today's money?

    The number of purchases still to come, each discounted to today, times what the
    customer is expected to spend per purchase.

    Parameters
    ----------
    model : PurchaseModel
        A model of purchases with `residual_purchases`, such as a fitted
        `BetaGeometricNBD` or `ParetoNBD`.
    spend : GammaGamma, float or array_like of float, shape (rows,)
        What a purchase brings: a fitted model, or money, one amount for all or one for
        each row of *history*.
    history : CustomerHistory
        Whom to value, in the unit of *model*.
    discount : float
        Discount rate per `unit` of *history*, as a fraction, 0 to 1. A rate per year
        must be converted to one per week if time is counted in weeks; see Notes.

    Returns
    -------
    ndarray of float, shape (rows,)
        Money, one value per row of *history*; its `expand` gives one per customer.

    Raises
    ------
    InvalidTypeError
        If an argument is of the wrong kind.
    InvalidValueError
        If *discount* is negative or above 1, *spend* has neither one value nor one per
        row, or a value is infinite.
    MissingValueError
        If an amount is missing.

    Notes
    -----
    - It is revenue as long as *spend* is. Multiply by the margin, a share of revenue,
      for the value that a customer contributes, and compare costs of acquisition and
      service with that.
    - It is residual: what was bought so far is not in it, and the purchase of today
      counts only if it is still to come. Values of other definitions, such as
      ``clv(timing="immediate")``, are larger by one margin.
    - The discount is per unit of the history, and nothing converts it by itself. 10 % a
      year are ``convert_rate(0.1, periods=1/52)`` per week, that is 1.1^(1/52) - 1 or
      0.18 %. A rate per year that is used per week makes customers look worth a
      fraction of what they are.
    - It has no horizon, but discounting leaves little beyond one. For a value over h
      units cut these into periods and sum up
      ``model.conditional_expected_purchases(history, t)``: what is bought between the
      ends of a period, times (1 + discount)^(-end), times spend.
    - Purchases and spend must be unrelated: look at `GammaGamma.independence`.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). RFM and CLV: Using iso-value
    curves for customer base analysis. Journal of Marketing Research, 42(4), 415-430.

    Examples
    --------
    Three customers of a shop, of whom two spent 50 per repeat purchase. The parameters
    are those that the literature gives for CDNOW, and the rate is 15 % a year.

    >>> from cxmkit.lifetime import (
    ...     BetaGeometricNBD,
    ...     CustomerHistory,
    ...     GammaGamma,
    ...     residual_clv,
    ... )
    >>> from cxmkit.value import convert_rate
    >>> purchases = BetaGeometricNBD(
    ...     r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week"
    ... )
    >>> spend = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> history = CustomerHistory.from_summary(
    ...     frequency=[0, 2, 10],
    ...     recency=[0, 30.43, 38],
    ...     age=[39, 38.86, 39],
    ...     spend=[None, 50, 50],
    ...     unit="week",
    ... )
    >>> weekly = convert_rate(0.15, periods=1 / 52)
    >>> residual_clv(purchases, spend, history, discount=weekly)
    array([  35.80,  244.7, 1232.0])

    A quarter of revenue is left when all is paid for:

    >>> 0.25 * residual_clv(purchases, spend, history, discount=weekly)
    array([  8.95,  61.18, 308.0])
    """
    _buying.require_history(history)
    if isinstance(model, type):
        rule, hint = "be a fitted model", f"fit it first: {model.__name__}.fit(history)"
        raise _checks.refuse("model", rule, model, hint=hint, error=InvalidTypeError)
    if not callable(getattr(model, "residual_purchases", None)):
        rule, hint = "have residual_purchases", "pass for example a BetaGeometricNBD"
        raise _checks.refuse("model", rule, model, hint=hint, error=InvalidTypeError)
    rate = _checks.as_number("discount", discount)
    _checks.discounts(rate)
    size = history.frequency.size
    money = _money(spend, history)
    purchases = _checks.floats(model.residual_purchases(history, rate), "model")
    if purchases.shape != (size,):
        rule = f"give one number per row of history, the shape ({size},)"
        raise _checks.refuse("model", rule, purchases.shape)
    with np.errstate(over="ignore"):  # refused
        worth = purchases * money
    finite = np.isfinite(worth)
    _checks.require_cells("spend", money, finite, "leave a finite value")
    return worth


def _money(spend: Any, history: CustomerHistory) -> FloatArray:
    """Return what a purchase brings: one amount, or one per row."""
    if isinstance(spend, GammaGamma):
        return spend.expected_spend(history)
    money = _checks.floats(spend, "spend")
    size = history.frequency.size
    if money.shape not in {(), (size,)}:
        rule = f"be one amount or one per row of history, the shape ({size},)"
        hint = ""
        if money.shape == history.rows.shape:
            hint = "history.rows says which row is each customer's"
        raise _checks.refuse("spend", rule, money.shape, hint=hint)
    return money
