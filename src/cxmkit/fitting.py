"""How good is a fit?"""

import math
from typing import Any

import attrs
import numpy as np

from cxmkit import _checks, _draw, _states
from cxmkit._checks import FloatArray
from cxmkit._newton import Optimum
from cxmkit.errors import InvalidTypeError

__all__ = ["FitReport"]

_FLAT = 1e-12  # curvature relative to the greatest, below which it is rounding
_SYMMETRIC = 1e-9
_NOT_NEGATIVE = "not be negative"
_NUMBERS_ONLY = "hold numbers"


def _series_of_floats(values: Any) -> Any:
    items = _checks.as_tuple(values)
    return tuple(map(_checks.as_float, items)) if isinstance(items, tuple) else items


def _names(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse what is no series of distinct names."""
    _checks.each(str)(_, field, value)
    _checks.all_filled(_, field, value)
    _checks.distinct(field.name, value, "the parameter")


def _number(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    """Refuse what is no number; NaN and infinity are, where a search failed."""
    _checks.as_number(field.name, value)


def _known_or_nan(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse an array of anything but numbers; NaN is what nobody can tell."""
    if value.dtype != np.float64:
        got = value.tolist()
        raise _checks.refuse(field.name, _NUMBERS_ONLY, got, error=InvalidTypeError)
    _checks.require(field.name, value, ~np.isinf(value), "be finite or NaN")


def _whole(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    if _checks.as_whole(field.name, value) < 0:
        raise _checks.refuse(field.name, _NOT_NEGATIVE, value)


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class FitReport:
    """How was a model fitted, and should it be believed?

    Models that were fitted have one in `fit_report`. The search for the parameters that
    make the data most likely never raises. Where the data cannot tell a parameter, its
    likelihood rises for ever, ever less: then the search ends at a bound, and the
    report says so. Read `summary` before you use a model.

    Parameters
    ----------
    parameters : series of str
        Names of the parameters.
    log_likelihood : float
        Of the data in their own unit of time, at the end of the search; higher is
        better.
    iterations : int
        Steps of the search.
    converged : bool
        Whether the search ended at a top: no small change of the parameters makes the
        data more likely, or only one across a bound. On a level ridge it is false.
    gradient_norm : float
        How steep the log-likelihood still is in the logarithms of the parameters that
        are not at a bound. About 0 at a top.
    at_bound : series of str
        Parameters that ended at a bound of the search; best none.
    covariance : array_like of float
        Covariance of the parameters, from the curvature of the log-likelihood; NaN for
        those at a bound, and everywhere if the end of the search is no top. That of the
        others then takes those at a bound as known.
    n : float
        Number of customers, or of decisions to renew; with weights, their sum: a row of
        weight 100 counts as 100 customers, not as one who stands for others.
    values : series of float, optional
        The parameters, in the order of *parameters*; none if unknown.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If there is no parameter, a name is there twice or at a bound but no parameter,
        shapes disagree, the covariance is none, or a number is out of range.

    Notes
    -----
    Invariants: *at_bound* are some of *parameters*; the covariance is symmetric, with
    nothing negative on its diagonal, and NaN for those at a bound. Reports are equal
    when all fields are (NaN equals NaN), and have no hash.

    Standard errors come from the curvature at the top (the observed information). They
    are good where customers are many and the model is right. A wrong model has small
    standard errors, too.

    Examples
    --------
    >>> from cxmkit.lifetime import FitReport
    >>> report = FitReport(
    ...     parameters=["alpha", "beta"],
    ...     log_likelihood=-1680.265,
    ...     iterations=6,
    ...     converged=True,
    ...     gradient_norm=1e-9,
    ...     at_bound=[],
    ...     covariance=[[0.0064, 0.012], [0.012, 0.0256]],
    ...     n=1000,
    ...     values=[0.704, 1.182],
    ... )
    >>> report
    Fit of alpha, beta: log-likelihood -1680.27, n = 1,000, converged in 6 steps
    >>> report.standard_errors
    {'alpha': 0.08, 'beta': 0.16}
    """

    parameters: tuple[str, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_names
    )
    log_likelihood: float = attrs.field(
        converter=_checks.as_float, validator=_checks.finite
    )
    iterations: int = attrs.field(validator=_whole)
    converged: bool = attrs.field(validator=_checks.instance(bool))
    gradient_norm: float = attrs.field(converter=_checks.as_float, validator=_number)
    at_bound: tuple[str, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_checks.each(str)
    )
    covariance: FloatArray = attrs.field(
        converter=_states.as_sums, validator=_known_or_nan
    )
    n: float = attrs.field(converter=_checks.as_float, validator=_checks.positive)
    values: tuple[float, ...] = attrs.field(
        default=(), converter=_series_of_floats, validator=_checks.each(float)
    )

    def __attrs_post_init__(self) -> None:
        """Check that all speak of the same parameters."""
        size = len(self.parameters)
        if not size:
            raise _checks.refuse("parameters", "hold at least one", self.parameters)
        if self.gradient_norm < 0:
            raise _checks.refuse("gradient_norm", _NOT_NEGATIVE, self.gradient_norm)
        for index, name in enumerate(self.at_bound):
            if name not in self.parameters:
                rule = f"be one of {_checks.some(self.parameters)}"
                raise _checks.refuse("at_bound", rule, name, index=index)
        if self.values and len(self.values) != size:
            rule = f"have one value per parameter ({size})"
            raise _checks.refuse("values", rule, len(self.values))
        if self.covariance.shape != (size, size):
            rule, got = f"have the shape ({size}, {size})", self.covariance.shape
            raise _checks.refuse("covariance", rule, got)
        self._refuse_no_covariance()

    def _refuse_no_covariance(self) -> None:
        given, turned = self.covariance, self.covariance.T
        width = np.sqrt(np.abs(np.outer(given.diagonal(), given.diagonal())))
        same = (np.abs(given - turned) <= _SYMMETRIC * width) | (
            np.isnan(given) & np.isnan(turned)
        )
        _checks.require("covariance", given, same, "be symmetric")
        good = ~(np.eye(len(given), dtype=bool) & (given < 0))
        _checks.require("covariance", given, good, "not be negative on its diagonal")
        on = np.isin(self.parameters, self.at_bound)
        good = ~(on[:, None] | on) | np.isnan(given)
        _checks.require("covariance", given, good, "be NaN for parameters at a bound")

    # Judging

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard error of each parameter; NaN where the data cannot tell it."""
        errors = np.sqrt(self.covariance.diagonal()).tolist()
        return dict(zip(self.parameters, errors, strict=True))

    @property
    def aic(self) -> float:
        """Akaike's criterion, to compare models of the same data: lower is better.

        2 k - 2 log-likelihood, with k parameters. Only differences mean something, and
        only between models that explain the same columns of the same customers in the
        same unit of time; those below 2 mean little.
        """
        return 2 * len(self.parameters) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion: as `aic`, but the more customers the stricter.

        k log(n) - 2 log-likelihood.
        """
        return len(self.parameters) * math.log(self.n) - 2 * self.log_likelihood

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Parameters whose standard error is half of them or more, or unknown.

        What a parameter alone is may be open while predictions are well known: when two
        parameters rise together, their ratio can be sure. `confidence_interval` says
        how sure a prediction is. Empty if *values* are unknown.
        """
        pairs = zip(self.standard_errors.items(), self.values, strict=False)
        return tuple(name for (name, se), value in pairs if not se < value / 2)

    # Saying

    def __repr__(self) -> str:
        """Say log-likelihood, n and how the search ended, in one line."""
        steps = _draw.counted(self.iterations, "step")
        end = f"converged in {steps}" if self.converged else f"no top in {steps}"
        bound = f", at a bound: {', '.join(self.at_bound)}" if self.at_bound else ""
        return f"Fit of {', '.join(self.parameters)}: {self._likelihood}, {end}{bound}"

    @property
    def _likelihood(self) -> str:
        return f"log-likelihood {self.log_likelihood:z.2f}, n = {self.n:,.10g}"

    def summary(self) -> str:
        """Return some sentences for a manager: is this fit to be believed?

        Examples
        --------
        >>> from cxmkit.lifetime import FitReport
        >>> ridge = FitReport(
        ...     parameters=["alpha", "beta"],
        ...     log_likelihood=-230.259,
        ...     iterations=14,
        ...     converged=True,
        ...     gradient_norm=1e-9,
        ...     at_bound=["alpha", "beta"],
        ...     covariance=[[float("nan")] * 2] * 2,
        ...     n=100,
        ... )
        >>> print(ridge.summary())
        alpha and beta ended at a bound: the data (n = 100) cannot tell how large they
        are, only that going on in that direction makes hardly a difference. Do not read
        these parameters. Predictions may be good all the same: test them on customers
        or periods that were kept aside.
        """
        if not self.converged:
            return (
                f"The search found no best parameters for these data (n ="
                f" {self.n:,.10g}): do not rely on the fit. There may be too few"
                " customers, or they are too much alike."
            )
        if self.at_bound:
            they, are, these = (
                ("it", "is", "this parameter")
                if len(self.at_bound) == 1
                else ("they", "are", "these parameters")
            )
            return (
                f"{_draw.listed(self.at_bound)} ended at a bound: the data (n ="
                f" {self.n:,.10g}) cannot tell how large {they} {are}, only that going"
                f" on in that direction makes hardly a difference. Do not read {these}."
                " Predictions may be good all the same: test them on customers or"
                " periods that were kept aside."
            )
        said = (
            "The search ended at the best parameters for these data (n ="
            f" {self.n:,.10g})."
        )
        if self.uncertain:
            said += (
                f" {_draw.listed(self.uncertain)} can hardly be told by them: the"
                " standard error is half of the value or more."
            )
        return (
            f"{said} That is no proof that the model fits: test it on customers or"
            " periods that were kept aside."
        )

    def __str__(self) -> str:
        """Return a table with a row per parameter, for ``print``."""
        return f"{self!r}\n{_draw.text_table(_table(self))}"

    def _repr_html_(self) -> str:
        return _draw.html_table(_table(self), caption=repr(self))

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per parameter; None is unknown.

        Examples
        --------
        >>> from cxmkit.lifetime import FitReport
        >>> report = FitReport(
        ...     parameters=["rate"],
        ...     log_likelihood=-12.5,
        ...     iterations=4,
        ...     converged=True,
        ...     gradient_norm=0,
        ...     at_bound=[],
        ...     covariance=[[0.01]],
        ...     n=25,
        ... )
        >>> report.to_records()
        [{'parameter': 'rate', 'value': None, 'standard_error': 0.1, 'at_bound': False}]
        """
        values = self.values or (None,) * len(self.parameters)
        return [
            {
                "parameter": name,
                "value": value,
                "standard_error": _known(se),
                "at_bound": name in self.at_bound,
            }
            for (name, se), value in zip(
                self.standard_errors.items(), values, strict=True
            )
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with None for what is unknown."""
        covariance = [[_known(x) for x in row] for row in self.covariance.tolist()]
        return {
            "parameters": list(self.parameters),
            "values": list(self.values) or None,
            "covariance": covariance,
            "log_likelihood": self.log_likelihood,
            "gradient_norm": _known(self.gradient_norm),
            "iterations": self.iterations,
            "converged": self.converged,
            "at_bound": list(self.at_bound),
            "n": self.n,
        }

    def __eq__(self, other: object) -> bool:
        """Compare all fields; NaN equals NaN."""
        if not isinstance(other, FitReport):
            return NotImplemented
        exact = "parameters", "log_likelihood", "iterations", "converged", "at_bound"
        same = all(getattr(self, name) == getattr(other, name) for name in exact)
        numbers = ("gradient_norm", "covariance", "values")
        same = same and self.n == other.n
        return same and _checks.same_arrays(self, other, numbers)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


def _table(report: FitReport) -> dict[str, list[str]]:
    """Return a row per parameter, without columns of which nothing is known."""
    records = report.to_records()
    table = {
        "parameter": [record["parameter"] for record in records],
        "value": [_text(record["value"]) for record in records],
        "standard_error": [_text(record["standard_error"]) for record in records],
        "": ["at a bound" * record["at_bound"] for record in records],
    }
    if not report.at_bound:
        del table[""]
    if not report.values:
        del table["value"]
    return table


def as_html(model: Any, names: tuple[str, ...]) -> str:
    """Return the parameters of a model and how they were found, for notebooks."""
    values = [getattr(model, name) for name in names]
    report: FitReport | None = model.fit_report
    if report and report.values == tuple(values):
        return _draw.html_table(_table(report), caption=repr(model), note=repr(report))
    table = {"parameter": list(names), "value": [*map(_text, values)]}
    return _draw.html_table(table, caption=repr(model))


def _known(number: float) -> float | None:
    """Return None for NaN."""
    return None if math.isnan(number) else number


def _text(number: float | None) -> str:
    return "" if number is None else f"{number:.4g}"


def report_on(
    optimum: Optimum, names: tuple[str, ...], scales: FloatArray, n: float
) -> FitReport:
    """Return the report on a fit in logarithms of parameters.

    *scales* are the parameters themselves, in the units in which they are reported.
    Data that no parameters explain are refused.
    """
    if not math.isfinite(optimum.value):
        rule, hint = "have a likelihood that a float can hold", "numbers are too large"
        raise _checks.refuse("history", rule, optimum.value, hint=hint)
    covariance = np.full((len(names), len(names)), np.nan)
    free = np.ix_(~optimum.bound, ~optimum.bound)
    curvature = -optimum.hessian[free]
    if optimum.converged and curvature.size and _curves_down(curvature):
        inverse = np.linalg.inv(curvature)
        covariance[free] = (inverse + inverse.T) / 2
    return FitReport(
        parameters=names,
        log_likelihood=optimum.value,
        iterations=optimum.iterations,
        converged=optimum.converged,
        gradient_norm=np.linalg.norm(optimum.gradient[~optimum.bound]),
        at_bound=[name for name, on in zip(names, optimum.bound, strict=True) if on],
        covariance=covariance * np.outer(scales, scales),
        n=n,
        values=scales,
    )


def _curves_down(curvature: FloatArray) -> bool:
    """Whether the top is one in all directions that are free."""
    ends = np.linalg.eigvalsh(curvature)
    return bool(ends[0] > _FLAT * ends[-1])
