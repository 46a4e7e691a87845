"""How many were solved at once, and how many answered at all?"""

from typing import Any, Literal, get_args, overload

import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _intervals
from cxmkit._axes import Axes
from cxmkit._checks import FloatArray, IntArray
from cxmkit.definition import BoxShare
from cxmkit.estimate import Estimate, Estimates
from cxmkit.scale import Scale
from cxmkit.tally import Tally

__all__ = ["first_contact_resolution", "response_rate"]

_Response = Literal["RR1", "RR2", "RR3", "RR4", "RR5", "RR6"]
_Cooperation = Literal["COOP1", "COOP2", "COOP3", "COOP4"]
Kind = Literal[_Response, _Cooperation]

_NO_OR_YES = Scale(0, 1, higher_is_better=True)


@overload
def first_contact_resolution(
    resolved: int,
    contacts: int,
    *,
    unresolvable: int | None = None,
    by: None = None,
    level: float = 0.95,
) -> Estimate: ...
@overload
def first_contact_resolution(
    resolved: npt.ArrayLike,
    contacts: npt.ArrayLike,
    *,
    unresolvable: npt.ArrayLike | None = None,
    by: Any,
    level: float = 0.95,
) -> Estimates: ...
def first_contact_resolution(
    resolved: npt.ArrayLike,
    contacts: npt.ArrayLike,
    *,
    unresolvable: npt.ArrayLike | None = None,
    by: Any = None,
    level: float = 0.95,
) -> Any:
    """How many contacts were resolved at the first attempt?

    Range 0 to 100 %, 100 best.

    Parameters
    ----------
    resolved : int or array_like of int
        Contacts that were resolved at once: the customer did not have to come back.
        Within which time a second contact counts as coming back changes the number;
        report it.
    contacts : int or array_like of int
        All first contacts: count issues, one each, not calls. Repeat calls among them
        make another, lower metric.
    unresolvable : int or array_like of int, optional
        Contacts that nobody could have resolved at once, such as those that wait for a
        spare part. If given, be it 0, they are taken out and the rate is called net;
        net and gross rates are not to be compared.
    by : labels or mapping of str to labels, optional
        With arrays: axis name to the labels of that axis, in the order of the arrays,
        as in `Tally.from_counts`; bare labels make the axis "group". A single number
        then holds for each group.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.

    Returns
    -------
    Estimate or Estimates
        In percent with Wilson's interval; `Estimates` with *by*, NaN for a group
        without contacts. Its tally counts no (0) and yes (1).

    Raises
    ------
    InvalidTypeError
        If a count is not a number.
    InvalidValueError
        If a count is negative or not whole, more are resolved or unresolvable than
        there are contacts, shapes do not fit *by*, or *level* is not between 0 and 1.
    MissingValueError
        If a count is missing.
    EmptySampleError
        If no contact is left, without groups.

    Notes
    -----
    Of 100 issues 80 are solved at once, and 20 customers call again: that is 80 % of
    issues, which is meant here, and 66.7 % of 120 calls. Rates of either kind are not
    to be compared.

    The contacts of a month are all counted, so there is no sampling error in what
    happened. The interval says how far the same process could stray by luck alone: use
    it to tell a change from noise. It is too short where contacts hang together, as
    when one outage causes a hundred calls.

    Examples
    --------
    >>> from cxmkit.metrics import first_contact_resolution
    >>> first_contact_resolution(340, 500)
    First contact resolution 68.0 [63.8, 71.9] 95 %, n = 500, 0 missing
    >>> first_contact_resolution(340, 500, unresolvable=60)
    First contact resolution (net) 77.3 [73.1, 80.9] 95 %, n = 440, 0 missing
    >>> by = first_contact_resolution([90, 40], [100, 80], by=["phone", "chat"])
    >>> by.at(group="chat").value
    50.0
    """
    level = _checks.open_unit("level", level)
    grid = Axes.of(by)
    solved = _counts(resolved, "resolved", grid)
    whole = _counts(contacts, "contacts", grid)
    name = "First contact resolution"
    if unresolvable is not None:
        hopeless = _counts(unresolvable, "unresolvable", grid)
        good = hopeless <= whole
        _checks.require("unresolvable", hopeless, good, "not exceed contacts")
        whole, name = whole - hopeless, f"{name} (net)"
    rule = "not exceed contacts" + (
        "" if unresolvable is None else " less unresolvable ones"
    )
    _checks.require("resolved", solved, solved <= whole, rule)
    rule = "must leave at least one that could be resolved; got none"
    _refuse_nobody("contacts", whole, rule)
    return _rate(name, solved, whole, grid, level)


@overload
def response_rate(
    *,
    complete: int,
    partial: int = 0,
    refusal: int = 0,
    non_contact: int = 0,
    other: int = 0,
    unknown: int = 0,
    eligible: float | None = None,
    kind: Kind = "RR1",
    by: None = None,
    level: float = 0.95,
) -> Estimate: ...
@overload
def response_rate(
    *,
    complete: npt.ArrayLike,
    partial: npt.ArrayLike = 0,
    refusal: npt.ArrayLike = 0,
    non_contact: npt.ArrayLike = 0,
    other: npt.ArrayLike = 0,
    unknown: npt.ArrayLike = 0,
    eligible: npt.ArrayLike | None = None,
    kind: Kind = "RR1",
    by: Any,
    level: float = 0.95,
) -> Estimates: ...
def response_rate(
    *,
    complete: npt.ArrayLike,
    partial: npt.ArrayLike = 0,
    refusal: npt.ArrayLike = 0,
    non_contact: npt.ArrayLike = 0,
    other: npt.ArrayLike = 0,
    unknown: npt.ArrayLike = 0,
    eligible: npt.ArrayLike | None = None,
    kind: Kind = "RR1",
    by: Any = None,
    level: float = 0.95,
) -> Any:
    """How many of those we asked have answered, by which definition?

    The standard definitions of the American Association for Public Opinion Research.
    Response rates are of all who were asked, cooperation rates of those reached.
    Range 0 to 100 %, the more the better, though a high rate does not make answers
    representative, nor a low one useless: `nonresponse_bounds` says what is at stake.
    Say with each number which kind it is.

    All of them are for those who were picked from a list. Whoever sees an open link or
    a pop-up, or belongs to a panel of volunteers, was not: the share of them that
    answers is no response rate.

    Parameters
    ----------
    complete : int or array_like of int
        Complete interviews or questionnaires (I).
    partial : int or array_like of int, default: 0
        Partial ones that are good enough to be used (P).
    refusal : int or array_like of int, default: 0
        Those who refused or broke off (R).
    non_contact : int or array_like of int, default: 0
        Those who belong to the sample but were never reached (NC).
    other : int or array_like of int, default: 0
        Those who were reached and belong to it, but could not answer (O).
    unknown : int or array_like of int, default: 0
        Those of whom nobody knows whether they belong to it (UH + UO), such as
        invitations that may never have arrived. Who is known not to belong is in none
        of the counts.
    eligible : float or array_like, optional
        Share of *unknown* that does belong, from 0 to 1 (e); for "RR3" and "RR4", which
        need it. Report it, and what it is based on, beside the rate.
    kind : str, default: "RR1"
        Which rate, with "RR1" the least favourable:

        - "RR1": complete, of all; "RR2": partial ones count as answers.
        - "RR3", "RR4": the same, unknown cases counted as far as they are eligible.
        - "RR5", "RR6": the same, with unknown cases left out, as if none of them
          belonged to the sample; the most favourable.
        - "COOP1": complete, of those reached only, so no response rate; "COOP2":
          partial ones count.
        - "COOP3", "COOP4": the same, without those who could not answer.
    by : labels or mapping of str to labels, optional
        With arrays: axis name to the labels of that axis, in the order of the arrays,
        as in `Tally.from_counts`; bare labels make the axis "group". A single number
        then holds for each group.
    level : float, default: 0.95
        Confidence level of the interval, between 0 and 1.

    Returns
    -------
    Estimate or Estimates
        In percent with Wilson's interval; `Estimates` with *by*, NaN for a group of
        which nobody counts. *n* is the denominator; with "RR3" and "RR4" it need not be
        whole, *n_effective* has it, *n* is rounded, and there is no tally.

    Raises
    ------
    InvalidTypeError
        If a count is not a number.
    InvalidValueError
        If a count is negative or not whole, *kind* is unknown, shapes do not fit *by*,
        *eligible* is not from 0 to 1, missing where it is needed or given where it is
        not, or *level* is not between 0 and 1.
    MissingValueError
        If a count is missing.
    EmptySampleError
        If nobody counts, without groups.

    Notes
    -----
    With U = UH + UO: RR1 = I / (I + P + R + NC + O + U), RR3 has e U for U and RR5 no
    U; COOP1 = I / (I + P + R + O), COOP3 has no O; even numbers have I + P above the
    line.

    For a fixed list of people the rate is a fact without sampling error. The interval
    is about the process: how far the rate of the next such invitation could stray by
    luck alone. It says nothing of how unlike the answers of the silent are, and with
    "RR3" and "RR4" it takes *eligible* as known. Each case counts once: where some had
    a better chance to be drawn than others, the rate is that of the sample, not that
    of the customers.

    References
    ----------
    American Association for Public Opinion Research (2023). Standard definitions:
    Final dispositions of case codes and outcome rates for surveys (10th ed.).

    Examples
    --------
    >>> from cxmkit.metrics import response_rate
    >>> cases = dict(
    ...     complete=400, partial=50, refusal=150, non_contact=300, unknown=100
    ... )
    >>> response_rate(**cases)
    Response rate RR1 40.0 [37.0, 43.1] 95 %, n = 1,000, 0 missing
    >>> response_rate(**cases, kind="RR4", eligible=0.5).value
    47.37
    >>> response_rate(**cases, kind="COOP1").value
    66.67
    """
    _checks.choice("kind", kind, get_args(Kind))
    level = _checks.open_unit("level", level)
    grid = Axes.of(by)
    cases = {
        name: _counts(values, name, grid)
        for name, values in {
            "complete": complete,
            "partial": partial,
            "refusal": refusal,
            "non_contact": non_contact,
            "other": other,
            "unknown": unknown,
        }.items()
    }
    share = _eligible(eligible, kind, grid)
    answered = cases["complete"] + (cases["partial"] if kind[-1] in "246" else 0)
    known = np.sum([cases[name] for name in _DENOMINATOR[kind]], axis=0)
    title = f"{'Response' if kind.startswith('RR') else 'Cooperation'} rate {kind}"
    nobody = f"and the other counts of {kind} must not all be 0"
    if share is None:
        _refuse_nobody("complete", known, nobody)
        return _rate(title, answered, known, grid, level)
    whole = known + share * cases["unknown"]
    _refuse_nobody("complete", whole, nobody)
    return _estimated_rate(title, answered, whole, grid, level)


_REACHED = ("complete", "partial", "refusal")
_KNOWN = (*_REACHED, "non_contact", "other")
_DENOMINATOR = {
    **dict.fromkeys(("RR1", "RR2"), (*_KNOWN, "unknown")),
    **dict.fromkeys(("RR3", "RR4", "RR5", "RR6"), _KNOWN),
    **dict.fromkeys(("COOP1", "COOP2"), (*_REACHED, "other")),
    **dict.fromkeys(("COOP3", "COOP4"), _REACHED),
}


def _counts(values: npt.ArrayLike, argument: str, grid: Axes) -> IntArray:
    return _spread_out(_checks.counts(values, argument), argument, grid)


def _eligible(eligible: Any, kind: str, grid: Axes) -> FloatArray | None:
    """Return the share of unknown cases that count; None where it is not asked."""
    if kind not in {"RR3", "RR4"}:
        if eligible is not None:
            rule, hint = "be left out", f"{kind} does not estimate who is eligible"
            raise _checks.refuse("eligible", rule, eligible, hint=hint)
        return None
    if eligible is None:
        rule = f"be given for {kind}"
        hint = (
            "(complete + partial + refusal + non_contact + other) / (these + those"
            " known not to be eligible) is a usual estimate"
        )
        raise _checks.refuse("eligible", rule, eligible, hint=hint)
    share = _checks.floats(eligible, "eligible")
    good = (share >= 0) & (share <= 1)
    hint = "write 0.3 for 30 %"
    _checks.require("eligible", share, good, "lie between 0 and 1", hint)
    return _spread_out(share, "eligible", grid)


def _spread_out(
    values: npt.NDArray[Any], argument: str, grid: Axes
) -> npt.NDArray[Any]:
    """Return an array in the shape of the groups; one number serves all of them."""
    if values.ndim and values.shape != grid.shape:
        rule = f"be in the shape of the groups {grid.shape}"
        hint = "" if grid.names else "for arrays pass by=, the labels of the groups"
        raise _checks.refuse(argument, rule, values.shape, hint=hint)
    return np.broadcast_to(values, grid.shape)


def _refuse_nobody(argument: str, whole: npt.NDArray[Any], message: str) -> None:
    """Refuse a rate of nothing; in a group it is NaN."""
    if not whole.ndim and not whole > 0:
        raise _checks.refuse_empty(argument, message)


def _rate(
    name: str, part: IntArray, whole: IntArray, grid: Axes, level: float
) -> Estimate | Estimates:
    """Return the share of whole counts, with the tally it came from."""
    tally = Tally(
        scale=_NO_OR_YES, counts=np.stack([whole - part, part], axis=-1), grid=grid
    )
    rate: Estimate | Estimates = BoxShare(name=name, points=(1,))(tally, level=level)
    return rate


def _estimated_rate(
    name: str, part: IntArray, whole: FloatArray, grid: Axes, level: float
) -> Any:
    """Return the share of a number that is estimated, and need not be whole."""
    with np.errstate(invalid="ignore"):  # a group of which nobody counts
        share = part / whole
        low, high = _intervals.wilson(share, whole, level)
        se = np.sqrt(share * (1 - share) / whole)
    estimates = Estimates(
        value=100 * share,
        se=100 * se,
        low=100 * low,
        high=100 * high,
        n=np.where(whole > 0, np.maximum(np.rint(whole), 1), 0),
        n_effective=whole,
        missing=np.zeros(grid.shape),
        level=level,
        method="wilson",
        definition=BoxShare(name=name, points=(1,)),
        scale=_NO_OR_YES,
        grid=grid,
    )
    return estimates if grid.names else estimates.at()
