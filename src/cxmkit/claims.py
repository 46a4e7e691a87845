"""Is what everybody quotes true for us?"""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from cxmkit import _checks

__all__ = ["CLAIMS", "Claim", "ClaimEvidence"]


class ClaimEvidence(_checks.Code):
    """On what does a quoted number rest?

    Attributes
    ----------
    STATED_INTENT
        People said what they would do; nobody saw them do it.
    SINGLE_CASE
        One company, observed; others may differ.
    CALCULATION
        Worked out from assumptions, not observed.
    NO_SOURCE
        Nobody could be found who measured it.

    Examples
    --------
    >>> from cxmkit.claims import ClaimEvidence
    >>> ClaimEvidence("stated-intent")
    <ClaimEvidence.STATED_INTENT: 'stated-intent'>
    """

    STATED_INTENT = "stated-intent"
    SINGLE_CASE = "single-case"
    CALCULATION = "calculation"
    NO_SOURCE = "no-source"


_SPOKEN = {
    ClaimEvidence.STATED_INTENT: "what people said they would do",
    ClaimEvidence.SINGLE_CASE: "one company",
    ClaimEvidence.CALCULATION: "a calculation from assumptions",
    ClaimEvidence.NO_SOURCE: "no source that could be found",
}


def _as_figure(value: Any) -> Any:
    """Convert a number, or two of them from low to high."""
    if isinstance(value, (tuple, list)):
        return tuple(_checks.as_float(each) for each in value)
    return _checks.as_float(value)


def _is_figure(_: Any, field: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse what is neither a finite number nor two of them in order."""
    ends = value if isinstance(value, tuple) else (value, value)
    if len(ends) != 2:
        raise _checks.refuse(field.name, "be a number or a pair (low, high)", value)
    for end in ends:
        _checks.finite(_, field, end)
    if ends[0] > ends[1]:
        raise _checks.refuse(field.name, "run from low to high", value)


def _are_rows(_: Any, field: "attrs.Attribute[Any]", value: tuple[str, ...]) -> None:
    """Refuse to quote a claim that nobody makes."""
    if not value:
        raise _checks.refuse(field.name, "name at least one row", value)
    _checks.all_filled(_, field, value)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class Claim:
    """What is quoted, what does its source really say, and what is it for us?

    Parameters
    ----------
    key : str
        A short name, stable for ever: "pay-more".
    statement : str
        The claim in the words in which it goes round.
    figure : float or tuple of float
        The number quoted, or the pair (low, high).
    unit : str
        Of what it is the number: "fraction of customers".
    cited_in : series of str
        Rows of the source documents that quote it, such as "S1.47".
    what_the_source_says : str
        Who measured what, on whom, and what does not follow from it.
    evidence : ClaimEvidence
        On what the number rests.
    recomputed_by : str
        The function of `cxmkit.value` that works it out with figures of one's own.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If a text is blank, no row is named, or the figure is neither a finite number
        nor two of them in order.

    Notes
    -----
    Invariants: every text has a visible character; a pair of figures runs from low to
    high. `CLAIMS` holds those of the source documents.

    Examples
    --------
    >>> from cxmkit.claims import CLAIMS
    >>> claim = CLAIMS["fewer-calls"]
    >>> claim.figure, claim.unit
    (600000.0, 'USD per year')
    >>> claim.evidence
    <ClaimEvidence.NO_SOURCE: 'no-source'>
    >>> claim.recomputed_by
    'service_savings'
    """

    key: str = attrs.field(validator=_checks.filled)
    statement: str = attrs.field(validator=_checks.filled)
    figure: float | tuple[float, float] = attrs.field(
        converter=_as_figure, validator=_is_figure
    )
    unit: str = attrs.field(validator=_checks.filled)
    cited_in: tuple[str, ...] = attrs.field(
        converter=_checks.as_tuple, validator=[_checks.each(str), _are_rows]
    )
    what_the_source_says: str = attrs.field(validator=_checks.filled)
    evidence: ClaimEvidence = attrs.field(validator=_checks.instance(ClaimEvidence))
    recomputed_by: str = attrs.field(validator=_checks.filled)

    def summary(self) -> str:
        """Say what is claimed and on what it rests.

        Examples
        --------
        >>> from cxmkit.claims import CLAIMS
        >>> print(CLAIMS["pay-more"].summary())
        "85 % of customers pay more for a better experience" (S1.47) rests on what
        people said they would do; work it out with your own figures:
        cxmkit.value.price_premium.
        """
        return (
            f'"{self.statement}" ({", ".join(self.cited_in)}) rests on '
            f"{_SPOKEN[self.evidence]}; work it out with your own figures: "
            f"cxmkit.value.{self.recomputed_by}."
        )

    def __str__(self) -> str:
        """Return the summary and what the source says, in lines of 88 letters."""
        parts = self.summary(), self.what_the_source_says
        return "\n\n".join(textwrap.fill(part, 88) for part in parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ZERO_DEFECTIONS = (
    "Reichheld and Sasser (1990, Zero defections, Harvard Business Review 68(5)) "
    "worked out what the customers of some firms would be worth if five in a hundred "
    "fewer defected each year: percentage points, which at a defection of 10 % is "
    "half of it. They reported 85 % more profit for branches of a bank, 50 % for an "
    "insurance broker, 30 % for car service, with margins that grow the longer a "
    "customer stays. This was calculated, not seen to happen. "
)

_QUOTED = (
    Claim(
        key="pay-more",
        statement="85 % of customers pay more for a better experience",
        figure=0.85,
        unit="fraction of customers",
        cited_in=("S1.47",),
        what_the_source_says=(
            "Customer Experience Report, North America 2010, by Harris "
            "Interactive for RightNow: 85 % of the consumers asked said that they "
            "would be willing to pay more than the standard price to ensure a "
            "superior experience; 76 % said 5 % more or above, 55 % said 10 %, 27 % "
            "said 15 %, 10 % said 25 %. A vendor of customer service software paid "
            "for it, and what people say is not what they pay: a year before, 60 % "
            "said that they would do so always or often."
        ),
        evidence=ClaimEvidence.STATED_INTENT,
        recomputed_by="price_premium",
    ),
    Claim(
        key="years-with-us",
        statement="with bad experiences customers stay 1 year, with the best over 6",
        figure=(1.0, 6.0),
        unit="years",
        cited_in=("S1.48",),
        what_the_source_says=(
            "Kriss (2014, The value of customer experience, quantified, Harvard "
            "Business Review, 1 August): members of one subscription firm. With the "
            "lowest score 43 % could be expected to be there a year later, with the "
            "two best scores 74 %; a little over a year is foretold for the first and "
            "another six years for those with the highest score. If 74 % stayed each "
            "year, customers would stay for 3.8 years in all, and for 1.8 at 43 %: "
            "another six years ask for 85.7 % each year (six in all for 83.3 %), or "
            "for a retention that rises the longer they are there. So never chain the "
            "two pairs of numbers."
        ),
        evidence=ClaimEvidence.SINGLE_CASE,
        recomputed_by="expected_lifetime",
    ),
    Claim(
        key="less-churn",
        statement="5 % less churn brings up to 95 % more profit",
        figure=0.95,
        unit="fraction of profit",
        cited_in=("S3.100",),
        what_the_source_says=(
            _ZERO_DEFECTIONS
            + "Five per cent less of the churn itself, as this sentence says it, is "
            "another thing: at 80 % retention it takes 20 % churn to 19 %, and at a "
            "discount of 10 % a customer who has just paid is worth 5 % more, not 95 "
            "%. It contradicts S3.102, where retention rises by 5 %."
        ),
        evidence=ClaimEvidence.CALCULATION,
        recomputed_by="retention_uplift",
    ),
    Claim(
        key="more-retention",
        statement="5 % more retention brings 25 to 95 % more profit",
        figure=(0.25, 0.95),
        unit="fraction of profit",
        cited_in=("S3.102",),
        what_the_source_says=(
            _ZERO_DEFECTIONS
            + "The range is the one of Reichheld and Schefter (2000, E-loyalty, "
            "Harvard Business Review 78(4)). With a constant margin, a discount of "
            "10 % and margins at the end of each year, 5 points more are worth 25 % "
            "at 85 % retention, and never more than 50 %, when nobody leaves any "
            "more. 95 % takes churn and discount that make 10.3 % together, such as "
            "89.7 % retention without any discount, or margins that grow."
        ),
        evidence=ClaimEvidence.CALCULATION,
        recomputed_by="retention_uplift",
    ),
    Claim(
        key="fewer-calls",
        statement="10 % fewer service calls save up to USD 600,000 a year",
        figure=600_000.0,
        unit="USD per year",
        cited_in=("S3.103",),
        what_the_source_says=(
            "No source was found that measured it. It is a scenario: the saving is "
            "calls times cost per call times the share that is no longer made, so "
            "that 600,000 says no more than that the calls cost 6 million before, and "
            "that all of their cost can be saved, wages and rents as well."
        ),
        evidence=ClaimEvidence.NO_SOURCE,
        recomputed_by="service_savings",
    ),
)


class _Claims(Mapping[str, Claim]):
    """Claims by key, which nobody can change."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Claim:
        """Return the claim of a key, or say which keys there are."""
        for claim in _QUOTED:
            if claim.key == key:
                return claim
        message = f"no claim has the key {_checks.show(key)}; there are"
        raise KeyError(f"{message} {', '.join(self)}")

    def __iter__(self) -> Iterator[str]:
        return (claim.key for claim in _QUOTED)

    def __len__(self) -> int:
        return len(_QUOTED)

    def __repr__(self) -> str:
        """Name the keys."""
        return f"{len(self)} claims: {', '.join(self)}"

    def __reduce__(self) -> str:
        return "CLAIMS"  # found by its name: there is only one


CLAIMS: Mapping[str, Claim] = _Claims()
"""The numbers that the source documents quote, by key, read-only."""
