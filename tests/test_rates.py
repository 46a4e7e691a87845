"""Rates of counts: published examples, fractions, laws and refusals."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cxmkit import CxmError, Estimate, Estimates, Scale, Tally, compare
from cxmkit.errors import (
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
    ScaleMismatchError,
)
from cxmkit.metrics import BoxShare
from cxmkit.rates import Kind, first_contact_resolution, response_rate

KINDS: tuple[Kind, ...] = get_args(Kind)
rated: Any = response_rate  # of kinds and counts that no overload knows
counts = st.integers(0, 10**6)
NAMES = ("complete", "partial", "refusal", "non_contact", "other", "unknown")
parts = st.fixed_dictionaries(dict.fromkeys(NAMES, counts)).filter(
    lambda cases: cases["complete"] + cases["partial"] + cases["refusal"] > 0
)
tenths = st.integers(0, 10)


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-10, abs=1e-10, nan_ok=True)


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return str(refusal.value)


def eligible_for(kind: str, share: float) -> float | None:
    return share if kind in {"RR3", "RR4"} else None


def by_hand(kind: str, cases: dict[str, int], e: Fraction) -> tuple[int, Fraction]:
    """Numerator and denominator as the standard definitions print them."""
    I, P, R, NC, O, U = (cases[name] for name in NAMES)  # noqa: E741  their letters
    part = {"1": I, "2": I + P, "3": I, "4": I + P, "5": I, "6": I + P}[kind[-1]]
    whole: dict[str, Fraction | int] = {
        "RR1": (I + P) + (R + NC + O) + U,
        "RR2": (I + P) + (R + NC + O) + U,
        "RR3": (I + P) + (R + NC + O) + e * U,
        "RR4": (I + P) + (R + NC + O) + e * U,
        "RR5": (I + P) + (R + NC + O),
        "RR6": (I + P) + (R + NC + O),
        "COOP1": (I + P) + R + O,
        "COOP2": (I + P) + R + O,
        "COOP3": (I + P) + R,
        "COOP4": (I + P) + R,
    }
    return part, Fraction(whole[kind])


# Published values


@pytest.mark.reference
@pytest.mark.parametrize(
    ("kind", "rate"),
    [
        ("RR1", 36.4),
        ("RR2", 54.5),
        ("RR3", 37.0),
        ("RR4", 55.6),
        ("RR5", 44.4),
        ("RR6", 66.7),
        ("COOP1", 50.0),
        ("COOP2", 75.0),
        ("COOP3", 57.1),
        ("COOP4", 85.7),
    ],
)
def test_the_example_of_outcomerate(kind: Kind, rate: float) -> None:
    # Printed in the documentation of outcomerate 1.0.1 for R, with e = .9.
    result = response_rate(
        complete=4,
        partial=2,
        refusal=1,
        non_contact=1,
        other=1,
        unknown=2,
        kind=kind,
        eligible=eligible_for(kind, 0.9),
    )
    assert result.value == pytest.approx(rate, abs=0.05)


# Laws and oracles


@pytest.mark.parametrize("kind", KINDS)
@given(parts, tenths, st.sampled_from([0.8, 0.95]))
def test_rates_are_the_printed_fractions(
    kind: Kind, cases: dict[str, int], tenth: int, level: float
) -> None:
    e = Fraction(tenth, 10)
    eligible = eligible_for(kind, float(e))
    result = rated(**cases, kind=kind, eligible=eligible, level=level)
    assert isinstance(result, Estimate)
    part, whole = by_hand(kind, cases, e)
    share = part / whole
    assert result.value == close(float(100 * share))
    assert result.se == close(100 * math.sqrt(share * (1 - share) / whole))
    assert result.n_effective == close(float(whole))
    assert result.n == max(round(result.n_effective), 1)
    low, high = proportion_confint(
        float(part), float(whole), alpha=1 - level, method="wilson"
    )
    assert (result.low, result.high) == close((100 * low, 100 * high))
    assert (result.level, result.method, result.missing) == (level, "wilson", 0)
    words = "Response" if kind.startswith("RR") else "Cooperation"
    assert result.definition == BoxShare(name=f"{words} rate {kind}", points=(1,))
    assert result.scale.higher_is_better
    if eligible is None:
        assert isinstance(result.tally, Tally)
        assert result.tally.counts.tolist() == [int(whole) - part, part]
    else:
        assert result.tally is None


@given(parts, tenths)
def test_the_standard_kinds_are_ordered(cases: dict[str, int], tenth: int) -> None:
    def rate(kind: str) -> float:
        eligible = eligible_for(kind, tenth / 10)
        return float(rated(**cases, kind=kind, eligible=eligible))

    for strict, loose in (("RR1", "RR3"), ("RR3", "RR5"), ("RR5", "COOP1")):
        assert rate(strict) <= rate(loose) + 1e-8
    for strict, loose in (("RR2", "RR4"), ("RR4", "RR6"), ("COOP2", "COOP4")):
        assert rate(strict) <= rate(loose) + 1e-8
    for odd, even in zip(KINDS[::2], KINDS[1::2], strict=True):
        assert rate(odd) <= rate(even) + 1e-8


@given(parts)
def test_who_is_eligible_leads_from_one_kind_to_another(cases: dict[str, int]) -> None:
    for kind, none, every in (("RR3", "RR5", "RR1"), ("RR4", "RR6", "RR2")):
        for e, other in ((0, none), (1, every)):
            estimated = rated(**cases, kind=kind, eligible=e)
            counted = rated(**cases, kind=other)
            for name in ("value", "se", "low", "high", "n", "n_effective"):
                assert getattr(estimated, name) == close(getattr(counted, name))


@given(st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=4))
def test_groups_are_one_by_one(rows: list[tuple[int, int, int]]) -> None:
    resolved, unresolved, hopeless = np.array(rows).T
    contacts = resolved + unresolved
    names = [f"team {place}" for place in range(len(rows))]
    gross = first_contact_resolution(resolved, contacts, by={"team": names})
    net = first_contact_resolution(
        resolved, contacts + hopeless, unresolvable=hopeless, by={"team": names}
    )
    assert isinstance(gross, Estimates)
    assert gross.axes == ("team",)
    for place, name in enumerate(names):
        here = gross.at(team=name)
        assert net.at(team=name).value == close(here.value)
        if contacts[place]:
            alone = first_contact_resolution(int(resolved[place]), int(contacts[place]))
            assert here == alone
            assert alone.value == close(100 * resolved[place] / contacts[place])
        else:
            assert math.isnan(here.value)
            assert here.n == 0


def test_rates_of_groups() -> None:
    rates = rated(
        complete=[[4, 0], [1, 0]],
        unknown=[[2, 0], [0, 3]],
        refusal=1,
        eligible=[[0.5, 0.5], [1, 0]],
        kind="RR3",
        by={"year": [1, 2], "way": ["mail", "phone"]},
    )
    assert rates.value == close(np.array([[400 / 6, 0], [50, 0]]))
    assert rates.n.tolist() == [[6, 1], [2, 1]]
    assert rates.labels == {"year": (1, 2), "way": ("mail", "phone")}
    assert rates.tally is None
    one = rates.at(year=1, way="mail")
    single = response_rate(complete=4, unknown=2, refusal=1, eligible=0.5, kind="RR3")
    assert one == single


def test_groups_of_which_nobody_counts_are_unknown() -> None:
    for kind, e in (("RR1", None), ("RR3", 0.5), ("COOP1", None)):
        rates = rated(complete=[3, 0], kind=kind, eligible=e, by=["a", "b"])
        assert rates.value.tolist() == close([100, math.nan])
        assert rates.n.tolist() == [3, 0]
        assert rates.n_effective.tolist() == [3, 0]
        assert np.isnan([rates.low[1], rates.high[1], rates.se[1]]).all()
        assert rates.high[0] == 100


def test_a_fraction_of_a_case_is_one_case() -> None:
    rate = response_rate(complete=0, unknown=1, eligible=0.25, kind="RR3")
    assert (rate.value, rate.n, rate.n_effective) == (0, 1, 0.25)


def test_net_and_gross_are_not_compared() -> None:
    gross = first_contact_resolution(340, 500)
    net = first_contact_resolution(340, 500, unresolvable=0)
    assert net.value == gross.value == 68
    assert gross.definition.name == "First contact resolution"
    assert net.definition.name == "First contact resolution (net)"
    refused(lambda: compare(gross, net), ScaleMismatchError)
    later = first_contact_resolution(300, 500, unresolvable=20)
    assert later.value == 62.5
    assert later.n == 480
    assert compare(later, net).difference == -5.5


def test_rates_speak_and_merge() -> None:
    monday = first_contact_resolution(30, 50, level=0.9)
    tuesday = first_contact_resolution(10, 50)
    assert monday.summary() == (
        "First contact resolution is 60.0 % (90 % interval 48.4 to 70.6), from 50"
        " answers."
    )
    assert monday.tally is not None
    assert tuesday.tally is not None
    both = BoxShare(name="First contact resolution", points=(1,))(
        monday.tally + tuesday.tally
    )
    assert both.value == 40
    assert monday.definition.higher_is_better(monday.scale)


# Refusals


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: first_contact_resolution(6, 5),
            "resolved must not exceed contacts; got 6",
        ),
        (
            lambda: first_contact_resolution(5, 6, unresolvable=2),
            "resolved must not exceed contacts less unresolvable ones; got 5",
        ),
        (
            lambda: first_contact_resolution([1, 2], [9, 9], unresolvable=10, by="ab"),
            "by must be a series of labels; got 'ab'",
        ),
        (
            lambda: first_contact_resolution(
                [1, 2], [9, 9], unresolvable=[1, 10], by=["a", "b"]
            ),
            "unresolvable[1] must not exceed contacts; got 10",
        ),
        (
            lambda: first_contact_resolution([1, 5], [9, 4], by=["a", "b"]),
            "resolved[1] must not exceed contacts; got 5",
        ),
        (
            lambda: first_contact_resolution(-1, 5),
            "resolved must be a count (a whole number, not negative); got -1",
        ),
        (
            lambda: first_contact_resolution(1, 5, level=95),
            "level must lie between 0 and 1; got 95",
        ),
        (
            lambda: rated(complete=1.5),
            "complete must be a count (a whole number, not negative); got 1.5",
        ),
        (
            lambda: rated(complete=[1, 2]),
            "complete must be in the shape of the groups (); got (2,); for arrays pass",
        ),
        (
            lambda: rated(complete=[1, 2], partial=[1], by=["a", "b"]),
            "partial must be in the shape of the groups (2,); got (1,)",
        ),
        (
            lambda: rated(complete=1, kind="RR7"),
            'kind must be one of "RR1", "RR2", "RR3", "RR4", "RR5", "RR6", "COOP1"',
        ),
        (
            lambda: rated(complete=1, kind="RR3"),
            "eligible must be given for RR3; got None; (complete + partial",
        ),
        (
            lambda: rated(complete=1, eligible=0.5),
            "eligible must be left out; got 0.5; RR1 does not estimate who is eligible",
        ),
        (
            lambda: rated(complete=1, kind="RR4", eligible=30),
            "eligible must lie between 0 and 1; got 30; write 0.3 for 30 %",
        ),
        (
            lambda: rated(complete=1, kind="RR4", eligible=-0.1),
            "eligible must lie between 0 and 1; got -0.1",
        ),
        (
            lambda: rated(complete=1, kind="RR4", eligible=[0.1, 0.2]),
            "eligible must be in the shape of the groups (); got (2,)",
        ),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], Any], words: str) -> None:
    assert refused(call, InvalidValueError).startswith(words)


def test_nothing_is_no_rate() -> None:
    calls: list[tuple[Callable[[], Any], str]] = [
        (
            lambda: first_contact_resolution(0, 0),
            "contacts must leave at least one that could be resolved; got none",
        ),
        (
            lambda: first_contact_resolution(0, 5, unresolvable=5),
            "contacts must leave at least one that could be resolved; got none",
        ),
        (
            lambda: rated(complete=0),
            "complete and the other counts of RR1 must not all be 0",
        ),
        (
            lambda: rated(complete=0, unknown=9, eligible=0, kind="RR3"),
            "complete and the other counts of RR3 must not all be 0",
        ),
        (
            lambda: rated(complete=0, non_contact=9, kind="COOP2"),
            "complete and the other counts of COOP2 must not all be 0",
        ),
    ]
    for call, words in calls:
        assert refused(call, EmptySampleError) == words


def test_counts_are_numbers() -> None:
    text: Any = "5"
    missing: Any = None
    said = refused(lambda: first_contact_resolution(text, 9), InvalidTypeError)
    assert said == "resolved must be a number; got '5'"
    refused(lambda: rated(complete=True), InvalidTypeError)
    refused(lambda: rated(complete=5, partial=missing), MissingValueError)
    refused(
        lambda: rated(complete=5, eligible=math.nan, kind="RR3"),
        MissingValueError,
    )


# Word for word


def test_every_kind_bears_its_name_in_groups_and_alone() -> None:
    for kind in KINDS:
        share = eligible_for(kind, 0.5)
        options = {"refusal": 1, "unknown": 2, "kind": kind, "eligible": share}
        words = "Response" if kind.startswith("RR") else "Cooperation"
        groups = rated(complete=[4, 2], **options, by=["a", "b"], level=0.9)
        for rate in (rated(complete=4, **options, level=0.9), groups):
            assert rate.definition == BoxShare(name=f"{words} rate {kind}", points=(1,))
            assert (rate.level, rate.method) == (0.9, "wilson")
            assert rate.scale == Scale(0, 1, higher_is_better=True)
        assert rated(complete=4, partial=2, **options).value == close(
            100 * (6 if kind[-1] in "246" else 4) / groups_size(kind)
        )


def groups_size(kind: str) -> float:
    """Four complete, two partial, one refusal and two unknown, as a kind counts."""
    return 7 + {"RR1": 2, "RR2": 2, "RR3": 1, "RR4": 1}.get(kind, 0)
