"""What the inferences refuse: every rule with its whole message and its place."""

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import attrs
import numpy as np
import pytest

from cxmkit import (
    EFFORT_1_5,
    STARS_1_5,
    Estimates,
    Scale,
    Tally,
    csat,
    nps,
)
from cxmkit._axes import Axes
from cxmkit._checks import show, where
from cxmkit.definition import BoxShare, MeanScore
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    MissingValueError,
)
from cxmkit.inference import (
    adjust_p,
    compare,
    compare_paired,
    control_chart,
    design_effect,
    effective_n,
    explain_change,
    homogeneity_test,
    league_table,
    margin_of_error,
    nonresponse_bounds,
    poststratify,
    rank_test,
    sample_size,
    sample_size_to_compare,
    simpson_reversals,
    trend,
    xmr_chart,
)
from cxmkit.rates import first_contact_resolution, response_rate
from cxmkit.readings import csat_definitions

Refused = tuple[Callable[[], object], str]

TOP = BoxShare(name="Top", points=[4, 5])
MEAN = MeanScore(name="Mean")


def tally(counts: Any, scale: Scale = STARS_1_5, **by: Any) -> Tally:
    return Tally.from_counts(counts, scale=scale, by=by or None)


def refusal(call: Callable[[], object]) -> CxmError:
    with pytest.raises(CxmError) as caught:
        call()
    return caught.value


def judge(refused: Refused) -> None:
    """Compare with the last line of a traceback, and what an error holds with both."""
    call, said = refused
    error = refusal(call)
    assert f"{type(error).__name__}: {error}" == said
    place = where(error.argument, error.index)
    assert str(error).startswith(f"{place} ")
    if isinstance(error, MissingValueError | EmptySampleError):
        assert error.value is None
    elif error.argument not in {"after", "b"}:  # partners; they follow at the end
        assert f"; got {show(error.value)}" in said


# What is asked here stands in the wrong place now and then, of the wrong kind.
rated: Any = response_rate
solved: Any = first_contact_resolution
reach: Any = margin_of_error
size: Any = sample_size
sized: Any = sample_size_to_compare
paired: Any = compare_paired
compared: Any = compare
charted: Any = control_chart
lined: Any = trend
drawn: Any = xmr_chart
ranked: Any = league_table
alike: Any = homogeneity_test
better: Any = rank_test
corrected: Any = adjust_p
explained: Any = explain_change
reversed_by: Any = simpson_reversals
bounded: Any = nonresponse_bounds
read: Any = csat_definitions
weighted: Any = poststratify
priced: Any = design_effect
counted: Any = effective_n
changed: Any = attrs.evolve

PLAIN = tally([1, 2, 2, 1, 1])
NOBODY = tally([0, 0, 0, 0, 0])
ROWS = [[0, 1, 2, 3, 4], [4, 3, 3, 1, 1]]
GROUPS = tally(ROWS, branch=["a", "b"])
MONTHS = tally([[0, 1, 2, 3, 4], [1, 2, 2, 1, 1], [5, 0, 0, 2, 2]], month=[1, 2, 3])
TWO_AXES = tally([ROWS, ROWS[::-1]], month=[1, 2], branch=["a", "b"])
GAPS = tally([ROWS[0], [0] * 5, ROWS[1]], month=[1, 2, 3])
SILENT = tally([[0] * 5, ROWS[0], [0] * 5], month=[1, 2, 3])
LIGHT = Tally.count([5, 4], scale=STARS_1_5, weights=[1, 2])
BARE = attrs.evolve(nps([10, 9, 3, 8], by=["a", "a", "b", "b"]), shares=None)


class Function:
    """What is called as a metric is, and is no definition."""

    def __call__(self, _: Any) -> int:
        return 5

    def __repr__(self) -> str:
        return "function"


FUNCTION: Any = Function()


# Rates


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: solved(6, 5),
            "InvalidValueError: resolved must not exceed contacts; got 6",
        ),
        (
            lambda: solved("5", 9),
            "InvalidTypeError: resolved must be a number; got '5'",
        ),
        (
            lambda: solved(1, -5),
            (
                "InvalidValueError: contacts must be a count (a whole number, not"
                " negative); got -5"
            ),
        ),
        (
            lambda: solved([1, 2], [9, "x"], by=["a", "b"]),
            "InvalidTypeError: contacts[1] must be a number; got 'x'",
        ),
        (
            lambda: solved(1, 5, unresolvable=0.5),
            (
                "InvalidValueError: unresolvable must be a count (a whole number, not"
                " negative); got 0.5"
            ),
        ),
        (
            lambda: solved(5, 6, unresolvable=2),
            (
                "InvalidValueError: resolved must not exceed contacts less"
                " unresolvable ones; got 5"
            ),
        ),
        (
            lambda: solved([1, 2], [9, 9], unresolvable=[1, 10], by=["a", "b"]),
            "InvalidValueError: unresolvable[1] must not exceed contacts; got 10",
        ),
        (
            lambda: solved([1, 2], [9], by=["a", "b"]),
            (
                "InvalidValueError: contacts must be in the shape of the groups (2,);"
                " got (1,)"
            ),
        ),
        (
            lambda: solved([1, 2], 9),
            (
                "InvalidValueError: resolved must be in the shape of the groups ();"
                " got (2,); for arrays pass by=, the labels of the groups"
            ),
        ),
        (
            lambda: solved([1, 2], 9, unresolvable=[1], by=["a", "b"]),
            (
                "InvalidValueError: unresolvable must be in the shape of the groups"
                " (2,); got (1,)"
            ),
        ),
        (
            lambda: solved(0, 5, unresolvable=5),
            (
                "EmptySampleError: contacts must leave at least one that could be"
                " resolved; got none"
            ),
        ),
        (
            lambda: solved(1, 5, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: solved(1, 5, level="95"),
            "InvalidTypeError: level must be a number; got '95'",
        ),
        (
            lambda: rated(complete=1, kind="RR7"),
            (
                'InvalidValueError: kind must be one of "RR1", "RR2", "RR3", "RR4",'
                ' "RR5", "RR6", "COOP1", "COOP2", "COOP3", "COOP4"; got \'RR7\''
            ),
        ),
        (
            lambda: rated(complete=1, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: rated(complete=-1),
            (
                "InvalidValueError: complete must be a count (a whole number, not"
                " negative); got -1"
            ),
        ),
        (
            lambda: rated(complete=1, partial=-1),
            (
                "InvalidValueError: partial must be a count (a whole number, not"
                " negative); got -1"
            ),
        ),
        (
            lambda: rated(complete=1, refusal=None),
            "MissingValueError: refusal is missing",
        ),
        (
            lambda: rated(complete=1, non_contact=0.5),
            (
                "InvalidValueError: non_contact must be a count (a whole number, not"
                " negative); got 0.5"
            ),
        ),
        (
            lambda: rated(complete=1, other="1"),
            "InvalidTypeError: other must be a number; got '1'",
        ),
        (
            lambda: rated(complete=1, unknown=math.nan),
            "MissingValueError: unknown is missing",
        ),
        (
            lambda: rated(complete=[1, 2]),
            (
                "InvalidValueError: complete must be in the shape of the groups ();"
                " got (2,); for arrays pass by=, the labels of the groups"
            ),
        ),
        (
            lambda: rated(complete=[1, 2], partial=[1], by=["a", "b"]),
            (
                "InvalidValueError: partial must be in the shape of the groups (2,);"
                " got (1,)"
            ),
        ),
        (
            lambda: rated(complete=1, kind="RR3"),
            (
                "InvalidValueError: eligible must be given for RR3; got None;"
                " (complete + partial + refusal + non_contact + other) / (these +"
                " those known not to be eligible) is a usual estimate"
            ),
        ),
        (
            lambda: rated(complete=1, eligible=0.5),
            (
                "InvalidValueError: eligible must be left out; got 0.5; RR1 does not"
                " estimate who is eligible"
            ),
        ),
        (
            lambda: rated(complete=1, kind="RR4", eligible=30),
            (
                "InvalidValueError: eligible must lie between 0 and 1; got 30; write"
                " 0.3 for 30 %"
            ),
        ),
        (
            lambda: rated(complete=1, kind="RR4", eligible="half"),
            "InvalidTypeError: eligible must be a number; got 'half'",
        ),
        (
            lambda: rated(complete=1, kind="RR4", eligible=math.nan),
            "MissingValueError: eligible is missing",
        ),
        (
            lambda: rated(complete=[1, 2], kind="RR4", eligible=[0.1], by=["a", "b"]),
            (
                "InvalidValueError: eligible must be in the shape of the groups (2,);"
                " got (1,)"
            ),
        ),
        (
            lambda: rated(complete=0),
            "EmptySampleError: complete and the other counts of RR1 must not all be 0",
        ),
        (
            lambda: rated(complete=0, unknown=9, eligible=0, kind="RR3"),
            "EmptySampleError: complete and the other counts of RR3 must not all be 0",
        ),
    ],
)
def test_refusals_of_rates(refused: Refused) -> None:
    judge(refused)


# Readings


SPLIT = tally(
    [[400, 50, 50, 100, 400], [10, 40, 150, 600, 200]], branch=["app", "shop"]
)
READ = csat_definitions(SPLIT)
FLIP = READ.flips[0]


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: changed(FLIP, definitions=("top-1",)),
            "InvalidValueError: differences must be one per definition (1); got 4",
        ),
        (
            lambda: changed(FLIP, definitions="top-1"),
            "InvalidTypeError: definitions must be a series of str; got 'top-1'",
        ),
        (
            lambda: changed(FLIP, definitions=("top-1", 2, "net-top-2", "mean")),
            "InvalidTypeError: definitions[1] must be a str; got 2",
        ),
        (
            lambda: changed(FLIP, differences=3),
            "InvalidTypeError: differences must be a series of Comparison; got 3",
        ),
        (
            lambda: changed(FLIP, differences=(FLIP.differences[0], "x")),
            "InvalidTypeError: differences[1] must be a Comparison; got 'x'",
        ),
        (
            lambda: changed(
                FLIP, definitions=("top-1",), differences=FLIP.differences[:1]
            ),
            (
                "InvalidValueError: differences must put each group ahead at least"
                " once; got (CSAT (top 1) difference 20.0 [14.9, 24.9] 98.75 %, p <"
                " ...."
            ),
        ),
        (
            lambda: changed(READ, names=3),
            "InvalidTypeError: names must be a series of str; got 3",
        ),
        (
            lambda: changed(READ, names=("a", "a", "b", "c", "d")),
            "InvalidValueError: names[1] must not repeat the name of names[0]; got 'a'",
        ),
        (
            lambda: changed(READ, names=(), results=()),
            "InvalidValueError: names must hold at least one name; got ()",
        ),
        (
            lambda: changed(READ, names=("a", "b")),
            "InvalidValueError: results must be one per name (2); got 5",
        ),
        (
            lambda: changed(READ, results=5),
            "InvalidTypeError: results must be a tuple; got 5",
        ),
        (
            lambda: changed(READ, results=(READ.results[0], "x")),
            "InvalidTypeError: results[1] must be Estimate or Estimates; got 'x'",
        ),
        (
            lambda: changed(READ, flips=(FLIP, 1)),
            "InvalidTypeError: flips[1] must be a RankFlip; got 1",
        ),
        (
            lambda: changed(READ, judged=-1),
            "InvalidValueError: judged must not be negative; got -1",
        ),
        (
            lambda: changed(READ, eligible=0.5),
            "InvalidTypeError: eligible must be a whole number; got 0.5",
        ),
        (
            lambda: changed(READ, min_n="30"),
            "InvalidTypeError: min_n must be a whole number; got '30'",
        ),
        (
            lambda: changed(READ, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: read([5, 4]),
            (
                "InvalidTypeError: tally must be a Tally; got [5, 4]; count one with"
                " Tally.count(answers, scale=...)"
            ),
        ),
        (
            lambda: read(GROUPS, min_n=0),
            "InvalidValueError: min_n must be at least 1; got 0",
        ),
        (
            lambda: read(GROUPS, min_n=1.5),
            "InvalidTypeError: min_n must be a whole number; got 1.5",
        ),
        (
            lambda: read(GROUPS, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: read(NOBODY),
            "EmptySampleError: tally must hold at least one answer; got none",
        ),
    ],
)
def test_refusals_of_readings(refused: Refused) -> None:
    judge(refused)


# Trends


BY_MONTH = csat(MONTHS)
TREND = trend(BY_MONTH, [1, 2, 3])


class Period:
    """What a period of pandas is here: it can tell when it began."""

    def to_timestamp(self) -> None: ...

    def __repr__(self) -> str:
        return "2026-01"


PERIOD = Period()


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: lined(5, [1, 2, 3]),
            (
                "InvalidTypeError: estimates must be Estimates, one per period; got"
                ' 5; count with by={"month": months}'
            ),
        ),
        (
            lambda: lined(csat(TWO_AXES), [1, 2]),
            (
                "InvalidValueError: estimates must have one axis; got 'month (2) x"
                " branch (2)'; select with .at(...) until one is left"
            ),
        ),
        (
            lambda: lined(BY_MONTH, [1, 2, 3], level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: lined(BY_MONTH, [1, 2, 3], method="t"),
            (
                'InvalidValueError: method must be one of "cochran-armitage", "wls";'
                " got 't'"
            ),
        ),
        (
            lambda: lined(BY_MONTH, [1, 2]),
            (
                "InvalidValueError: times must have one value per label of 'month'"
                " (3); got 2"
            ),
        ),
        (
            lambda: lined(BY_MONTH, 5),
            (
                "InvalidValueError: times must have one value per label of 'month'"
                " (3); got 5"
            ),
        ),
        (
            lambda: lined(BY_MONTH, [[1], [2, 3], 4]),
            (
                "InvalidTypeError: times must hold single values of one length; got"
                " [[1], [2, 3], 4]"
            ),
        ),
        (
            lambda: lined(BY_MONTH, np.ma.array([1, 2, 3], mask=[False, True, False])),
            "MissingValueError: times[1] is missing",
        ),
        (
            lambda: lined(BY_MONTH, [1, 2, None]),
            "MissingValueError: times[2] is missing",
        ),
        (
            lambda: lined(BY_MONTH, [1, 3, 2]),
            (
                "InvalidValueError: times[2] must be later than the one before; got"
                " 2; labels come in the order in which they were first met: sort the"
                " answers by time before they are counted, and give times in that"
                " order"
            ),
        ),
        (
            lambda: lined(BY_MONTH, ["1", "2", "3"]),
            (
                "InvalidTypeError: times[0] must be a number or a date; got '1';"
                " texts and periods become dates by np.array(times,"
                ' dtype="datetime64[D]")'
            ),
        ),
        (
            lambda: lined(BY_MONTH, [1, 2, PERIOD]),
            (
                "InvalidTypeError: times[2] must be a number or a date; got 2026-01;"
                " texts and periods become dates by np.array(times,"
                ' dtype="datetime64[D]")'
            ),
        ),
        (
            lambda: lined(BY_MONTH, [date(2026, 1, 1), None, date(2026, 2, 1)]),
            "MissingValueError: times[1] is missing",
        ),
        (
            lambda: lined(BY_MONTH, [date(2026, 1, 1), 5, 6]),
            "InvalidTypeError: times[1] must be a date, as times[0] is; got 5",
        ),
        (
            lambda: lined(
                BY_MONTH, [date(2026, 1, 1), date(2026, 3, 1), date(2026, 2, 1)]
            ),
            (
                "InvalidValueError: times[2] must be later than the one before; got"
                " datetime.date(2026, 2, 1); labels come in the order in which they"
                " were first met: sort the answers by time before they are counted,"
                " and give times in that order"
            ),
        ),
        (
            lambda: lined(csat(SILENT), [1, 2, 3]),
            (
                "InvalidValueError: estimates must have answers in at least two"
                " periods; got 1"
            ),
        ),
        (
            lambda: changed(TREND, estimates=5),
            (
                "InvalidTypeError: estimates must be Estimates, one per period; got"
                ' 5; count with by={"month": months}'
            ),
        ),
        (
            lambda: changed(TREND, p_value=2),
            "InvalidValueError: p_value must be between 0 and 1, or NaN; got 2",
        ),
        (
            lambda: changed(TREND, departure_p_value=-1),
            (
                "InvalidValueError: departure_p_value must be between 0 and 1, or"
                " NaN; got -1"
            ),
        ),
        (
            lambda: changed(TREND, times=[1, 2]),
            "InvalidValueError: times must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TREND, fitted=[1, 2]),
            "InvalidValueError: fitted must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TREND, band_low=[1, 2]),
            "InvalidValueError: band_low must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TREND, band_high=[1, 2]),
            "InvalidValueError: band_high must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TREND, times=[1, 3, 2]),
            (
                "InvalidValueError: times[2] must be later than the one before; got"
                " 2; labels come in the order in which they were first met: sort the"
                " answers by time before they are counted, and give times in that"
                " order"
            ),
        ),
        (
            lambda: changed(TREND, slope=1, low=2, high=3),
            "InvalidValueError: low, high must hold the slope; got (2.0, 3.0)",
        ),
        (
            lambda: changed(TREND, slope=4, low=2, high=3),
            "InvalidValueError: low, high must hold the slope; got (2.0, 3.0)",
        ),
        (
            lambda: changed(TREND, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
    ],
)
def test_refusals_of_trends(refused: Refused) -> None:
    judge(refused)


# Charts


CHART = control_chart(csat(MONTHS))
XMR = xmr_chart([10, 12, 9])


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: charted(5),
            (
                "InvalidTypeError: estimates must be Estimates, one per period; got"
                ' 5; count with by={"month": months}'
            ),
        ),
        (
            lambda: charted(csat(TWO_AXES)),
            (
                "InvalidValueError: estimates must have one axis; got 'month (2) x"
                " branch (2)'; select with .at(...) until one is left"
            ),
        ),
        (
            lambda: charted(csat(MONTHS), method="p"),
            'InvalidValueError: method must be one of "shewhart", "laney"; got \'p\'',
        ),
        (
            lambda: charted(csat(MONTHS), rules=()),
            (
                "InvalidValueError: rules must name at least one; got (); choose from"
                ' "beyond-limits", "run", "two-of-three", "four-of-five", "trend"'
            ),
        ),
        (
            lambda: charted(csat(MONTHS), rules="run"),
            (
                "InvalidValueError: rules must name at least one; got 'run'; choose"
                ' from "beyond-limits", "run", "two-of-three", "four-of-five",'
                ' "trend"'
            ),
        ),
        (
            lambda: charted(csat(MONTHS), rules=["run", "steady"]),
            (
                'InvalidValueError: rules[1] must be one of "beyond-limits", "run",'
                ' "two-of-three", "four-of-five", "trend"; got \'steady\''
            ),
        ),
        (
            lambda: charted(csat(MONTHS), rules=["run", "run"]),
            (
                "InvalidValueError: rules[1] must not repeat the rule of rules[0];"
                " got 'run'"
            ),
        ),
        (
            lambda: charted(csat(tally(ROWS, month=[2, 1]))),
            (
                "InvalidValueError: labels['month'][1] must be later than the one"
                " before; got 1; labels come in the order in which they were first"
                " met: sort the answers by time before they are counted; numbers that"
                " begin anew, such as months after December, should be texts"
            ),
        ),
        (
            lambda: charted(csat(MONTHS), baseline=5),
            "InvalidTypeError: baseline must be a series of labels; got 5",
        ),
        (
            lambda: charted(csat(MONTHS), baseline=[1, 9]),
            (
                "InvalidValueError: baseline[1] must be one of the labels; got 9;"
                " labels are 1, 2, 3"
            ),
        ),
        (
            lambda: charted(csat(MONTHS), baseline=[1, [2]]),
            (
                "InvalidValueError: baseline[1] must be one of the labels; got [2];"
                " labels are 1, 2, 3"
            ),
        ),
        (
            lambda: charted(csat(MONTHS), baseline=[1, np.array([2, 3])]),
            (
                "InvalidValueError: baseline[1] must be one of the labels; got"
                " array([2, 3]); labels are 1, 2, 3"
            ),
        ),
        (
            lambda: charted(csat(MONTHS), baseline=[1, 2, 1]),
            (
                "InvalidValueError: baseline[2] must not repeat the label of"
                " baseline[0]; got 1"
            ),
        ),
        (
            lambda: charted(csat(SILENT)),
            (
                "InvalidValueError: estimates must have at least two periods with"
                " answers; got 1"
            ),
        ),
        (
            lambda: charted(csat(MONTHS), baseline=[1]),
            (
                "InvalidValueError: baseline must have at least two periods with"
                " answers; got 1"
            ),
        ),
        (
            lambda: charted(csat(GAPS), method="laney"),
            (
                "InvalidValueError: estimates must have two neighbours with answers"
                " in the baseline; got 'month (3)'"
            ),
        ),
        (
            lambda: changed(CHART, estimates=5),
            (
                "InvalidTypeError: estimates must be Estimates, one per period; got"
                ' 5; count with by={"month": months}'
            ),
        ),
        (
            lambda: changed(CHART, low=[1, 2]),
            "InvalidValueError: low must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(CHART, high=[1, 2]),
            "InvalidValueError: high must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(CHART, sigma=[1, 2]),
            "InvalidValueError: sigma must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(CHART, exact=[True]),
            "InvalidValueError: exact must have the shape (3,); got (1,)",
        ),
        (
            lambda: changed(CHART, signals=((), ())),
            "InvalidValueError: signals must have one entry per period (3); got 2",
        ),
        (
            lambda: changed(CHART, signals=((), ("steady",), ())),
            "InvalidValueError: signals[1] must name rules of the chart; got 'steady'",
        ),
        (
            lambda: drawn(csat(MONTHS)),
            (
                "InvalidTypeError: values must be numbers; got CSAT (top 2) by month"
                " (3): 28.6 (2) to 70.0 (1), n = 26, ...; take .value, or"
                " control_chart, which knows more"
            ),
        ),
        (
            lambda: drawn([1, None, 2]),
            (
                "MissingValueError: values[1] is missing; leave it out, and its"
                " label; those around it then count as neighbours"
            ),
        ),
        (
            lambda: drawn([1, "2", 3]),
            "InvalidTypeError: values[1] must be a number; got '2'",
        ),
        (
            lambda: drawn([1]),
            (
                "InvalidValueError: values must be a series of at least two numbers;"
                " got [1]"
            ),
        ),
        (
            lambda: drawn(5),
            "InvalidValueError: values must be a series of at least two numbers; got 5",
        ),
        (
            lambda: drawn([1, 2, -1e301]),
            (
                "InvalidValueError: values[2] must be less than 1e+300 in size; got"
                " -1e+301"
            ),
        ),
        (
            lambda: drawn([1, 2, 3], rules=("run", "limits")),
            (
                'InvalidValueError: rules[1] must be one of "beyond-limits",'
                ' "moving-range", "run", "two-of-three", "four-of-five", "trend"; got'
                " 'limits'"
            ),
        ),
        (
            lambda: drawn([1, 2, 3], rules=("run", "run")),
            (
                "InvalidValueError: rules[1] must not repeat the rule of rules[0];"
                " got 'run'"
            ),
        ),
        (
            lambda: drawn([1, 2, 3], rules=()),
            (
                "InvalidValueError: rules must name at least one; got (); choose from"
                ' "beyond-limits", "moving-range", "run", "two-of-three",'
                ' "four-of-five", "trend"'
            ),
        ),
        (
            lambda: drawn([1, 2, 3], labels=5),
            "InvalidValueError: labels must be a series of labels; got 5",
        ),
        (
            lambda: drawn([1, 2, 3], labels=[1, 2]),
            "InvalidValueError: labels must have one label per value (3); got 2",
        ),
        (
            lambda: drawn([1, 2, 3], labels=["a", None, "c"]),
            "MissingValueError: labels[1] is missing",
        ),
        (
            lambda: drawn([1, 2, 3], labels=["a", "b", "a"]),
            (
                "InvalidValueError: labels[2] must not repeat the label of labels[0];"
                " got 'a'"
            ),
        ),
        (
            lambda: drawn([1, 2, 3], labels=[1, 3, 2]),
            (
                "InvalidValueError: labels[2] must be later than the one before; got"
                " 2; sort values and labels by time; numbers that begin anew, such as"
                " months after December, should be texts"
            ),
        ),
        (
            lambda: drawn([1, 2, 3], baseline=[1, 3]),
            "InvalidValueError: baseline must hold two neighbours; got [1, 3]",
        ),
        (
            lambda: drawn([1, 2, 3], baseline=7),
            "InvalidTypeError: baseline must be a series of labels; got 7",
        ),
        (
            lambda: drawn([1, 2, 3], baseline=[1, 4]),
            (
                "InvalidValueError: baseline[1] must be one of the labels; got 4;"
                " labels are 1, 2, 3"
            ),
        ),
        (
            lambda: changed(XMR, labels=("a", "b", "a")),
            (
                "InvalidValueError: labels[2] must not repeat the label of labels[0];"
                " got 'a'"
            ),
        ),
        (
            lambda: changed(XMR, labels=("a", "b", None)),
            "MissingValueError: labels[2] is missing",
        ),
        (
            lambda: changed(XMR, values=[1, 2]),
            "InvalidValueError: values must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(XMR, signals=[()]),
            "InvalidValueError: signals must have one entry per period (3); got 1",
        ),
        (
            lambda: changed(XMR, signals=[(), (), ("steady",)]),
            "InvalidValueError: signals[2] must name rules of the chart; got 'steady'",
        ),
    ],
)
def test_refusals_of_charts(refused: Refused) -> None:
    judge(refused)


# Composition


BEFORE = csat(GROUPS)
AFTER = csat(tally(ROWS[::-1], branch=["a", "b"]))
CHANGE = explain_change(BEFORE, AFTER, axis="branch")


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: explained(BEFORE, AFTER, axis="branch", level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: explained(BEFORE, AFTER, axis=1),
            "InvalidTypeError: axis must be a str; got 1",
        ),
        (
            lambda: explained(BEFORE.at(branch="a"), AFTER, axis="branch"),
            (
                "InvalidTypeError: before must be Estimates by 'branch'; got CSAT"
                " (top 2) 70.0 [39.7, 89.2] 95 %, n = 10, 0 missing; group the"
                " answers with by=..."
            ),
        ),
        (
            lambda: explained(BEFORE, 5, axis="branch"),
            (
                "InvalidTypeError: after must be Estimates by 'branch'; got 5; group"
                " the answers with by=..."
            ),
        ),
        (
            lambda: explained(csat(TWO_AXES), AFTER, axis="branch"),
            (
                "InvalidValueError: before must have the axis 'branch' and no other;"
                " got 'month (2) x branch (2)'; select others with .at(...), or count"
                " by 'branch' alone"
            ),
        ),
        (
            lambda: explained(BEFORE, AFTER, axis="month"),
            (
                "InvalidValueError: before must have the axis 'month' and no other;"
                " got 'branch (2)'; select others with .at(...), or count by 'month'"
                " alone"
            ),
        ),
        (
            lambda: explained(
                csat(tally([[0] * 5] * 2, branch=["a", "b"])), AFTER, axis="branch"
            ),
            "EmptySampleError: before must hold at least one answer; got none",
        ),
        (
            lambda: explained(
                BEFORE, csat(tally([[0] * 5] * 2, branch=["a", "b"])), axis="branch"
            ),
            "EmptySampleError: after must hold at least one answer; got none",
        ),
        (
            lambda: explained(BEFORE, MEAN(GROUPS), axis="branch"),
            (
                "ScaleMismatchError: after must be BoxShare(name='CSAT (top 2)',"
                " points=(4.0, 5.0)) on Scale 1-5, 5 best, as before is; got"
                " MeanScore(name='Mean', rescaled=False) on Scale 1-5, 5 best"
            ),
        ),
        (
            lambda: explained(
                BEFORE, csat(tally(ROWS, branch=["c", "d"])), axis="branch"
            ),
            (
                "InvalidValueError: after must have answers in a group of before on"
                " 'branch'; got \"'c', 'd'\"; are its labels spelt as those of before?"
            ),
        ),
        (
            lambda: explained(
                changed(
                    csat(
                        [5, 4, 2, 1],
                        scale=STARS_1_5,
                        by=["a", "a", "b", "b"],
                        weights=[1, 2, 3, 4],
                    ),
                    tally=None,
                ),
                csat(tally(ROWS, group=["a", "b"])),
                axis="group",
            ),
            (
                "InvalidValueError: before must come from a Tally if answers have"
                " weights; got 'weighted raw answers'; count a Tally of the answers"
                " with their weights, and pass that"
            ),
        ),
        (
            lambda: changed(CHANGE, axis=""),
            "InvalidValueError: axis must have at least one visible character; got ''",
        ),
        (
            lambda: changed(CHANGE, axis=5),
            "InvalidTypeError: axis must be a str; got 5",
        ),
        (
            lambda: changed(CHANGE, labels=("a", "a")),
            (
                "InvalidValueError: labels[1] must not repeat the label of labels[0];"
                " got 'a'"
            ),
        ),
        (
            lambda: changed(CHANGE, labels=("a", None)),
            "MissingValueError: labels[1] is missing",
        ),
        (
            lambda: changed(CHANGE, share_before=[60, 40, 0]),
            "InvalidValueError: share_before must have the shape (2,); got (3,)",
        ),
        (
            lambda: changed(CHANGE, share_before=["a", "b"]),
            "InvalidTypeError: share_before must hold numbers; got dtype('<U1')",
        ),
        (
            lambda: changed(CHANGE, share_before=[-10, 110]),
            "InvalidValueError: share_before[0] must not be negative; got -10",
        ),
        (
            lambda: changed(CHANGE, share_after=[110, -10]),
            "InvalidValueError: share_after[1] must not be negative; got -10",
        ),
        (
            lambda: changed(CHANGE, share_before=[60, 50]),
            "InvalidValueError: share_before must sum to 100; got 110",
        ),
        (
            lambda: changed(CHANGE, share_after=[60, 50]),
            "InvalidValueError: share_after must sum to 100; got 110",
        ),
        (
            lambda: changed(CHANGE, score_before=["a", "b"]),
            "InvalidTypeError: score_before must hold numbers; got dtype('<U1')",
        ),
        (
            lambda: changed(CHANGE, score_before=[50, math.nan]),
            (
                "InvalidValueError: score_before[1] must be a number where the group"
                " has a share, else NaN; got nan"
            ),
        ),
        (
            lambda: changed(CHANGE, share_after=[100, 0]),
            (
                "InvalidValueError: score_after[1] must be a number where the group"
                " has a share, else NaN; got 70"
            ),
        ),
        (
            lambda: changed(CHANGE, n_before=[5, -5]),
            "InvalidValueError: n_before[1] must not be negative; got -5",
        ),
        (
            lambda: changed(CHANGE, n_after=[5, 0.5]),
            "InvalidTypeError: n_after must hold whole numbers; got dtype('float64')",
        ),
        (
            lambda: changed(CHANGE, difference_se="1"),
            "InvalidTypeError: difference_se must be a number; got '1'",
        ),
        (
            lambda: changed(CHANGE, experience_se=-1),
            "InvalidValueError: experience_se must not be negative; got -1",
        ),
        (
            lambda: changed(CHANGE, mix_se=None),
            "InvalidTypeError: mix_se must be a number; got None",
        ),
        (
            lambda: changed(CHANGE, interaction_se=-1),
            "InvalidValueError: interaction_se must not be negative; got -1",
        ),
        (
            lambda: changed(CHANGE, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: changed(CHANGE, scale=5),
            (
                "InvalidTypeError: scale must be a Scale; got 5; pass for example"
                " STARS_1_5 or Scale(1, 5, higher_is_better=True)"
            ),
        ),
    ],
)
def test_refusals_of_composition(refused: Refused) -> None:
    judge(refused)


# Reversals


CASES = tally([ROWS, ROWS[::-1]], branch=["a", "b"], case=["easy", "hard"])
AXES: dict[str, Any] = {"across": "branch", "within": "case"}
HEAVY_CASES = Tally.count(
    [5, 4, 1, 2],
    scale=STARS_1_5,
    by={"branch": ["a", "a", "b", "b"], "case": ["x", "x", "x", "x"]},
    weights=[1, 2, 3, 4],
)


def without_tally(counted_answers: Tally) -> Estimates:
    found: Estimates = changed(csat(counted_answers), tally=None)
    return found


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: reversed_by(5, csat, **AXES),
            (
                "InvalidTypeError: tally must be a Tally; got 5; count one with"
                " Tally.count(answers, scale=...)"
            ),
        ),
        (
            lambda: reversed_by(CASES, 5, **AXES),
            (
                "InvalidTypeError: metric must be a metric of a tally; got 5; pass"
                " nps, csat or NetScore(...)"
            ),
        ),
        (
            lambda: reversed_by(CASES, FUNCTION, **AXES),
            (
                "InvalidTypeError: metric must give Estimates of a tally with groups;"
                " got 5; pass nps, csat or NetScore(...)"
            ),
        ),
        (
            lambda: reversed_by(HEAVY_CASES, without_tally, **AXES),
            (
                "InvalidValueError: metric must come from a Tally if answers have"
                " weights; got 'weighted raw answers'; count a Tally of the answers"
                " with their weights, and pass that"
            ),
        ),
        (
            lambda: reversed_by(CASES, csat, **AXES, min_n=0),
            "InvalidValueError: min_n must be at least 1; got 0",
        ),
        (
            lambda: reversed_by(CASES, csat, **AXES, min_n=1.5),
            "InvalidTypeError: min_n must be a whole number; got 1.5",
        ),
        (
            lambda: reversed_by(CASES, csat, **AXES, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: reversed_by(CASES, csat, across="month", within="case"),
            (
                "InvalidValueError: axis must name an axis; got 'month'; axes are"
                " branch, case"
            ),
        ),
        (
            lambda: reversed_by(CASES, csat, across="case", within="case"),
            "InvalidValueError: axis must be named once; got 'case, case'",
        ),
        (
            lambda: reversed_by(
                tally(np.ones((1001, 1, 5), int), branch=range(1001), case=["easy"]),
                csat,
                **AXES,
            ),
            (
                "InvalidValueError: across must have at most 1,000 labels; got 1001;"
                " add some up, or select some"
            ),
        ),
    ],
)
def test_refusals_of_reversals(refused: Refused) -> None:
    judge(refused)


# League


TABLE = league_table(csat(MONTHS))


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: ranked(5),
            (
                "InvalidTypeError: estimates must be Estimates, one per group; got 5;"
                ' count with by={"branch": branches}'
            ),
        ),
        (
            lambda: ranked(csat(TWO_AXES)),
            (
                "InvalidValueError: estimates must have one axis; got 'month (2) x"
                " branch (2)'; select with .at(...) until one is left"
            ),
        ),
        (
            lambda: ranked(csat(MONTHS), level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: ranked(csat(MONTHS), ranks="some"),
            'InvalidValueError: ranks must be one of "each", "all"; got \'some\'',
        ),
        (
            lambda: ranked(csat(SILENT)),
            (
                "InvalidValueError: estimates must have at least two groups with"
                " answers; got 1"
            ),
        ),
        (
            lambda: ranked(csat(tally([[0] * 5] * 2, month=[1, 2]))),
            "EmptySampleError: estimates must have answers; got none",
        ),
        (lambda: changed(TABLE, axis=5), "InvalidTypeError: axis must be a str; got 5"),
        (
            lambda: changed(TABLE, axis=" "),
            "InvalidValueError: axis must have at least one visible character; got ' '",
        ),
        (
            lambda: changed(TABLE, axis="rank"),
            (
                "InvalidValueError: axis must not bear the name of a column of"
                " results; got 'rank'; rename the axis"
            ),
        ),
        (
            lambda: changed(TABLE, axis="metric"),
            (
                "InvalidValueError: axis must not bear the name of a column of"
                " results; got 'metric'; rename the axis"
            ),
        ),
        (
            lambda: changed(TABLE, labels=5),
            "InvalidTypeError: labels must be a tuple; got 5",
        ),
        (
            lambda: changed(TABLE, labels=(1, 2, None)),
            "MissingValueError: labels[2] is missing",
        ),
        (
            lambda: changed(TABLE, labels=(1, 2, [3])),
            "InvalidTypeError: labels[2] must be hashable; got [3]",
        ),
        (
            lambda: changed(TABLE, labels=(1, 2, 1)),
            (
                "InvalidValueError: labels[2] must not repeat the label of labels[0];"
                " got 1"
            ),
        ),
        (
            lambda: changed(TABLE, value=[1, 2]),
            "InvalidValueError: value must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, shrunken=[1, 2]),
            "InvalidValueError: shrunken must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, low=[1, 2]),
            "InvalidValueError: low must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, high=[1, 2]),
            "InvalidValueError: high must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, n=[1, 2]),
            "InvalidValueError: n must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, n_effective=[1, 2]),
            "InvalidValueError: n_effective must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, credibility=[1, 2]),
            "InvalidValueError: credibility must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, rank=[1, 2]),
            "InvalidValueError: rank must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, rank_low=[1, 2]),
            "InvalidValueError: rank_low must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, rank_high=[1, 2]),
            "InvalidValueError: rank_high must have the shape (3,); got (2,)",
        ),
        (
            lambda: changed(TABLE, value=["a", "b", "c"]),
            (
                "InvalidTypeError: value must hold numbers; got dtype('<U1'); write"
                " NaN for what is unknown"
            ),
        ),
        (
            lambda: changed(TABLE, low=["a", "b", "c"]),
            (
                "InvalidTypeError: low must hold numbers; got dtype('<U1'); write NaN"
                " for what is unknown"
            ),
        ),
        (
            lambda: changed(TABLE, n=[0.5, 1, 2]),
            "InvalidTypeError: n must hold whole numbers; got dtype('float64')",
        ),
        (
            lambda: changed(TABLE, n=[-1, 1, 2]),
            "InvalidValueError: n[0] must not be negative; got -1",
        ),
        (
            lambda: changed(TABLE, rank=[0.5, 1, 2]),
            "InvalidTypeError: rank must hold whole numbers; got dtype('float64')",
        ),
        (
            lambda: changed(TABLE, rank_low=[-1, 1, 2]),
            "InvalidValueError: rank_low[0] must not be negative; got -1",
        ),
        (
            lambda: changed(TABLE, rank_high=["a", "b", "c"]),
            "InvalidTypeError: rank_high must hold whole numbers; got dtype('<U1')",
        ),
        (
            lambda: changed(TABLE, value=[50, math.nan, 50]),
            (
                "InvalidValueError: value[1] must be known where shrunken is, else"
                " NaN; got nan"
            ),
        ),
        (
            lambda: changed(TABLE, n_effective=[math.inf, 1, 2]),
            (
                "InvalidValueError: n_effective[0] must be known where shrunken is,"
                " else NaN; got inf"
            ),
        ),
        (
            lambda: changed(TABLE, credibility=[1, 1, math.nan]),
            (
                "InvalidValueError: credibility[2] must be known where shrunken is,"
                " else NaN; got nan"
            ),
        ),
        (
            lambda: changed(TABLE, credibility=[1, 2, 1]),
            "InvalidValueError: credibility[1] must be between 0 and 1; got 2",
        ),
        (
            lambda: changed(TABLE, credibility=[1, 1, -0.5]),
            "InvalidValueError: credibility[2] must be between 0 and 1; got -0.5",
        ),
        (
            lambda: changed(TABLE, low=[0, 100, 0]),
            "InvalidValueError: low[1] must be at most the shrunken score; got 100",
        ),
        (
            lambda: changed(TABLE, high=[100, 100, 0]),
            "InvalidValueError: high[2] must be at least the shrunken score; got 0",
        ),
        (
            lambda: changed(TABLE, rank_low=[0, 1, 1]),
            (
                "InvalidValueError: rank_low[0] must be 1 to 3 in the order low,"
                " rank, high, and 0 if unranked; got 0"
            ),
        ),
        (
            lambda: changed(TABLE, rank=[4, 1, 2]),
            (
                "InvalidValueError: rank[0] must be 1 to 3 in the order low, rank,"
                " high, and 0 if unranked; got 4"
            ),
        ),
        (
            lambda: changed(TABLE, rank_high=[3, 3, 4]),
            (
                "InvalidValueError: rank_high[2] must be 1 to 3 in the order low,"
                " rank, high, and 0 if unranked; got 4"
            ),
        ),
        (
            lambda: changed(TABLE, mean="a"),
            "InvalidTypeError: mean must be a number; got 'a'",
        ),
        (
            lambda: changed(TABLE, mean=math.nan),
            "InvalidValueError: mean must be a finite number; got nan",
        ),
        (
            lambda: changed(TABLE, between_sd=-1),
            "InvalidValueError: between_sd must be between 0 and inf; got -1",
        ),
        (
            lambda: changed(TABLE, between_sd=None),
            "InvalidTypeError: between_sd must be a number; got None",
        ),
        (
            lambda: changed(TABLE, within_sd=-1),
            "InvalidValueError: within_sd must be between 0 and inf; got -1",
        ),
        (
            lambda: changed(TABLE, within_sd=math.inf),
            "InvalidValueError: within_sd must be a finite number; got inf",
        ),
        (
            lambda: changed(TABLE, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: changed(TABLE, ranks="some"),
            'InvalidValueError: ranks must be one of "each", "all"; got \'some\'',
        ),
        (
            lambda: changed(TABLE, scale=5),
            (
                "InvalidTypeError: scale must be a Scale; got 5; pass for example"
                " STARS_1_5 or Scale(1, 5, higher_is_better=True)"
            ),
        ),
    ],
)
def test_refusals_of_league(refused: Refused) -> None:
    judge(refused)


# Planning


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: reach(0, expected=50),
            "InvalidValueError: n must be at least 1; got 0",
        ),
        (
            lambda: reach("9", expected=50),
            "InvalidTypeError: n must be a number; got '9'",
        ),
        (
            lambda: reach(1.5, expected=50),
            (
                "InvalidValueError: n must be a count (a whole number, not negative);"
                " got 1.5"
            ),
        ),
        (
            lambda: reach(9, level=95, expected=50),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: reach(9, expected=50, population=0),
            "InvalidValueError: population must be at least 1; got 0",
        ),
        (
            lambda: reach(9, expected=50, population=0.5),
            (
                "InvalidValueError: population must be a count (a whole number, not"
                " negative); got 0.5"
            ),
        ),
        (
            lambda: reach([3, 9], expected=50, population=5),
            "InvalidValueError: n[1] must not exceed the population; got 9",
        ),
        (
            lambda: reach(9, expected=50, design_effect=0),
            "InvalidValueError: design_effect must be positive; got 0",
        ),
        (
            lambda: reach(9, expected=50, design_effect="1"),
            "InvalidTypeError: design_effect must be a number; got '1'",
        ),
        (
            lambda: reach([9, 9], expected=np.array([50, 20, 10])),
            (
                "InvalidValueError: expected must have a shape that broadcasts with"
                " (2,); got (3,)"
            ),
        ),
        (
            lambda: reach([9, 9], expected=50, population=[50, 20, 10]),
            (
                "InvalidValueError: population must have a shape that broadcasts with"
                " (2,); got (3,)"
            ),
        ),
        (
            lambda: reach([9, 9], expected=50, design_effect=[1, 2, 3]),
            (
                "InvalidValueError: design_effect must have a shape that broadcasts"
                " with (2,); got (3,)"
            ),
        ),
        (
            lambda: reach(9, expected=[50, 20]),
            (
                "InvalidTypeError: expected must be a number, a pair (positive,"
                " negative) or an Estimate; got [50, 20]; write (50, 20) for a net"
                " score, numpy.array([50, 20]) for two shares"
            ),
        ),
        (
            lambda: reach(9, expected=csat(MONTHS)),
            (
                "InvalidTypeError: expected must be a number, a pair (positive,"
                " negative) or an Estimate; got CSAT (top 2) by month (3): 28.6 (2)"
                " to 70.0 (1), n = 26, ...; pass that of one group, estimates.at(...)"
            ),
        ),
        (
            lambda: reach(9, expected="50"),
            "InvalidTypeError: expected must be a number; got '50'",
        ),
        (lambda: reach(9, expected=None), "MissingValueError: expected is missing"),
        (
            lambda: reach(9, expected=-5),
            (
                "InvalidValueError: expected must be a share between 0 and 100"
                " percent; got -5"
            ),
        ),
        (
            lambda: reach(9, expected=np.array([50, 105])),
            (
                "InvalidValueError: expected[1] must be a share between 0 and 100"
                " percent; got 105"
            ),
        ),
        (
            lambda: reach(9, expected=100),
            (
                "InvalidValueError: expected must be a share between 0 and 100"
                " percent; got 100; answers that are all alike do not tell how much"
                " others will differ; expect a few of either kind"
            ),
        ),
        (
            lambda: reach(9, expected=0),
            (
                "InvalidValueError: expected must be a share between 0 and 100"
                " percent; got 0; answers that are all alike do not tell how much"
                " others will differ; expect a few of either kind"
            ),
        ),
        (
            lambda: reach(9, expected=0.5),
            (
                "InvalidValueError: expected must be in percent; got 0.5; write 45"
                " for 45 %; for less than one percent pass the Estimate of an earlier"
                " survey"
            ),
        ),
        (
            lambda: reach(9, expected=(1, 2, 3)),
            (
                "InvalidTypeError: expected must be a pair (positive, negative); got"
                " (1, 2, 3)"
            ),
        ),
        (
            lambda: reach(9, expected=("a", 2)),
            "InvalidTypeError: expected[0] must be a number; got 'a'",
        ),
        (
            lambda: reach(9, expected=(2, [1, math.nan])),
            "MissingValueError: expected[1][1] is missing",
        ),
        (
            lambda: reach(9, expected=(50, -5)),
            (
                "InvalidValueError: expected[1] must be a share from 0 to 100"
                " percent; got -5"
            ),
        ),
        (
            lambda: reach(9, expected=([50, 105], 5)),
            (
                "InvalidValueError: expected[0][1] must be a share from 0 to 100"
                " percent; got 105"
            ),
        ),
        (
            lambda: reach(9, expected=([50, 10], [1, 2, 3])),
            (
                "InvalidValueError: expected[1] must have a shape that broadcasts"
                " with (2,); got (3,)"
            ),
        ),
        (
            lambda: reach(9, expected=(60, 50)),
            "InvalidValueError: expected must add up to at most 100 percent; got 110",
        ),
        (
            lambda: reach(9, expected=(100, 0)),
            (
                "InvalidValueError: expected must let answers differ; got 100;"
                " answers that are all alike do not tell how much others will differ;"
                " expect a few of either kind"
            ),
        ),
        (
            lambda: reach(9, expected=(0.5, 0.2)),
            (
                "InvalidValueError: expected must be in percent; got 0.7; write 45"
                " for 45 %; for less than one percent pass the Estimate of an earlier"
                " survey"
            ),
        ),
        (
            lambda: reach(9, expected=MEAN(tally([0, 0, 5, 0, 0]))),
            (
                "InvalidValueError: expected must come from answers that differ; got"
                " Mean 3.00 [nan, nan] 95 %, n = 5, 0 missing; answers that are all"
                " alike do not tell how much others will differ; expect a few of"
                " either kind"
            ),
        ),
        (
            lambda: reach(9, expected=TOP(tally([0, 0, 5, 0, 0]))),
            (
                "InvalidValueError: expected must be a share between 0 and 100"
                " percent; got 0; answers that are all alike do not tell how much"
                " others will differ; expect a few of either kind"
            ),
        ),
        (
            lambda: size(0, expected=50),
            "InvalidValueError: margin must be positive; got 0",
        ),
        (
            lambda: size("5", expected=50),
            "InvalidTypeError: margin must be a number; got '5'",
        ),
        (
            lambda: size(100, expected=50),
            (
                "InvalidValueError: margin must be less than the scale is long (100"
                " points); got 100"
            ),
        ),
        (
            lambda: size(200, expected=(50, 20)),
            (
                "InvalidValueError: margin must be less than the scale is long (200"
                " points); got 200"
            ),
        ),
        (
            lambda: size(5, level=95, expected=50),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: size(5, expected=-5),
            (
                "InvalidValueError: expected must be a share between 0 and 100"
                " percent; got -5"
            ),
        ),
        (
            lambda: size(5, expected=50, population=0),
            "InvalidValueError: population must be at least 1; got 0",
        ),
        (
            lambda: size(5, expected=50, design_effect=-1),
            "InvalidValueError: design_effect must be positive; got -1",
        ),
        (
            lambda: size([5, 9], expected=np.array([50, 20, 10])),
            (
                "InvalidValueError: expected must have a shape that broadcasts with"
                " (2,); got (3,)"
            ),
        ),
        (
            lambda: size([5, 9], expected=50, population=[50, 20, 10]),
            (
                "InvalidValueError: population must have a shape that broadcasts with"
                " (2,); got (3,)"
            ),
        ),
        (
            lambda: size([5, 9], expected=50, design_effect=[1, 2, 3]),
            (
                "InvalidValueError: design_effect must have a shape that broadcasts"
                " with (2,); got (3,)"
            ),
        ),
        (
            lambda: size([5, 1e-9], expected=50),
            (
                "InvalidValueError: margin[1] must be within reach; got 1e-09; it"
                " would take more than 9e15 answers"
            ),
        ),
        (
            lambda: sized(0, expected=50),
            "InvalidValueError: difference must not be 0; got 0",
        ),
        (
            lambda: sized("5", expected=50),
            "InvalidTypeError: difference must be a number; got '5'",
        ),
        (
            lambda: sized(5, expected=50, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: sized(5, expected=50, power=80),
            (
                "InvalidValueError: power must lie between 0 and 1; got 80; write"
                " power=0.8 for 80 %"
            ),
        ),
        (
            lambda: sized(5, expected=50, power="80"),
            "InvalidTypeError: power must be a number; got '80'",
        ),
        (
            lambda: sized(5, expected=50, power=0.04),
            (
                "InvalidValueError: power must be above 1 - level (0.05); got 0.04;"
                " luck alone finds a difference that often"
            ),
        ),
        (
            lambda: sized(5, expected=-50),
            (
                "InvalidValueError: expected must be a share between 0 and 100"
                " percent; got -50"
            ),
        ),
        (
            lambda: sized(5, expected=50, design_effect=0),
            "InvalidValueError: design_effect must be positive; got 0",
        ),
        (
            lambda: sized([5, 9], expected=np.array([50, 20, 10])),
            (
                "InvalidValueError: expected must have a shape that broadcasts with"
                " (2,); got (3,)"
            ),
        ),
        (
            lambda: sized([5, 9], expected=50, design_effect=[1, 2, 3]),
            (
                "InvalidValueError: design_effect must have a shape that broadcasts"
                " with (2,); got (3,)"
            ),
        ),
        (
            lambda: sized([5, 60], expected=50),
            (
                "InvalidValueError: difference[1] must lead to a result from 0 to"
                " 100; got 60; it is added to what is expected of the first group"
            ),
        ),
        (
            lambda: sized(-151, expected=(50, 20)),
            (
                "InvalidValueError: difference must lead to a result from -100 to"
                " 100; got -151; it is added to what is expected of the first group"
            ),
        ),
        (
            lambda: sized([5, 1e-9], expected=50),
            (
                "InvalidValueError: difference[1] must be within reach; got 1e-09; it"
                " would take more than 9e15 answers"
            ),
        ),
    ],
)
def test_refusals_of_planning(refused: Refused) -> None:
    judge(refused)


# Silence


ONE = csat(PLAIN)
SEVERAL = csat(MONTHS)
BOUNDS = nonresponse_bounds(ONE, invited=20)


class Series:
    """What a series of pandas is here: labels that may repeat."""

    def __init__(self, *pairs: tuple[Any, Any]) -> None:
        self.index, self._pairs = [label for label, _ in pairs], pairs

    def items(self) -> Any:
        return iter(self._pairs)


TWICE = Series((1, 20), (2, 20), (1, 30))


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: bounded(5, invited=20),
            "InvalidTypeError: estimate must be an Estimate; got 5",
        ),
        (
            lambda: bounded(ONE, invited="20"),
            "InvalidTypeError: invited must be a number; got '20'",
        ),
        (
            lambda: bounded(ONE, invited=-20),
            (
                "InvalidValueError: invited must be a count (a whole number, not"
                " negative); got -20"
            ),
        ),
        (lambda: bounded(ONE, invited=None), "MissingValueError: invited is missing"),
        (
            lambda: bounded(ONE, invited=5),
            (
                "InvalidValueError: invited must not be less than answers, missing"
                " ones included; got 5"
            ),
        ),
        (
            lambda: bounded(ONE, invited=[20]),
            (
                "InvalidValueError: invited must have the shape of the groups (); got"
                " (1,); one number"
            ),
        ),
        (
            lambda: bounded(SEVERAL, invited=20),
            (
                "InvalidValueError: invited must have the shape of the groups (3,);"
                " got (); one number for each group"
            ),
        ),
        (
            lambda: bounded(SEVERAL, invited=[20, 20, 5]),
            (
                "InvalidValueError: invited[2] must not be less than answers, missing"
                " ones included; got 5"
            ),
        ),
        (
            lambda: bounded(SEVERAL, invited=[20, 0.5, 20]),
            (
                "InvalidValueError: invited[1] must be a count (a whole number, not"
                " negative); got 0.5"
            ),
        ),
        (
            lambda: bounded(ONE, invited={"a": 20}),
            (
                "InvalidValueError: invited must be one number; got {'a': 20}; labels"
                " are for groups over one axis; axes are none"
            ),
        ),
        (
            lambda: bounded(csat(TWO_AXES), invited={"a": 20}),
            (
                "InvalidValueError: invited must be an array; got {'a': 20}; labels"
                " are for groups over one axis; axes are month (2) x branch (2)"
            ),
        ),
        (
            lambda: bounded(SEVERAL, invited=TWICE),
            (
                "InvalidValueError: invited[2] must not repeat the label of"
                " invited[0]; got 1"
            ),
        ),
        (
            lambda: bounded(SEVERAL, invited={1: 20, 9: 20}),
            (
                "InvalidValueError: invited must name labels of month; got 9; labels"
                " are 1, 2, 3"
            ),
        ),
        (
            lambda: bounded(SEVERAL, invited={1: 20, 3: 20}),
            "MissingValueError: invited[2] is missing; give 0 where nobody was asked",
        ),
        (
            lambda: bounded(SEVERAL, invited={1: 20, 2: "20", 3: 20}),
            "InvalidTypeError: invited[2] must be a number; got '20'",
        ),
        (
            lambda: bounded(SEVERAL, invited={1: 20, 2: [20], 3: 20}),
            "InvalidValueError: invited[2] must be one number; got [20]",
        ),
        (
            lambda: bounded(SEVERAL, invited={1: 20, 2: 5, 3: 20}),
            (
                "InvalidValueError: invited[2] must not be less than answers, missing"
                " ones included; got 5"
            ),
        ),
        (
            lambda: bounded(ONE, invited=20, silent=5),
            "InvalidTypeError: silent must be a pair of scores (low, high); got 5",
        ),
        (
            lambda: bounded(ONE, invited=20, silent=(5, 6, 7)),
            (
                "InvalidTypeError: silent must be a pair of scores (low, high); got"
                " (5.0, 6.0, 7.0)"
            ),
        ),
        (
            lambda: bounded(ONE, invited=20, silent=(5, "x")),
            "InvalidTypeError: silent[1] must be a float; got 'x'",
        ),
        (
            lambda: bounded(ONE, invited=20, silent=(5, 101)),
            "InvalidValueError: silent[1] must lie between 0 and 100; got 101",
        ),
        (
            lambda: bounded(ONE, invited=20, silent=(-5, 10)),
            "InvalidValueError: silent[0] must lie between 0 and 100; got -5",
        ),
        (
            lambda: bounded(ONE, invited=20, silent=(50, 10)),
            "InvalidValueError: silent must be in ascending order; got (50.0, 10.0)",
        ),
        (
            lambda: bounded(ONE, invited=20, silent=(0.5, 0.8)),
            (
                "InvalidValueError: silent must be in percent; got (0.5, 0.8); write"
                " (50, 80) for 50 to 80 %; NonresponseBounds(...) takes scores that"
                " are truly so small"
            ),
        ),
        (
            lambda: BOUNDS.break_even(FUNCTION),
            "InvalidTypeError: target must be a number; got function",
        ),
        (
            lambda: BOUNDS.break_even(101),
            "InvalidValueError: target must lie between 0 and 100; got 101",
        ),
        (
            lambda: changed(BOUNDS, estimate=None),
            "InvalidTypeError: estimate must be an Estimate; got None",
        ),
        (
            lambda: changed(BOUNDS, invited=[20, 20]),
            (
                "InvalidValueError: invited must have the shape of the groups (); got"
                " (2,); one number"
            ),
        ),
        (
            lambda: changed(BOUNDS, silent=(101, 102)),
            "InvalidValueError: silent[0] must lie between 0 and 100; got 101",
        ),
    ],
)
def test_refusals_of_silence(refused: Refused) -> None:
    judge(refused)


# Significance


APART = homogeneity_test(GROUPS)
RANKS = rank_test(tally(ROWS[0]), tally(ROWS[1]))


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: alike(5),
            (
                "InvalidTypeError: tally must be a Tally; got 5; count one with"
                " Tally.count(answers, scale=...)"
            ),
        ),
        (
            lambda: alike(PLAIN),
            (
                "InvalidValueError: tally must have groups; got Tally 1-5, n = 7, 0"
                ' missing; count with by={"branch": branches}'
            ),
        ),
        (
            lambda: alike(GROUPS, metric=FUNCTION),
            (
                "InvalidTypeError: metric must be a NetScore, a BoxShare or a"
                ' MeanScore; got function; such as NetScore(name="NPS", positive=[9,'
                " 10], negative=range(7))"
            ),
        ),
        (
            lambda: alike(GROUPS, metric=BoxShare(name="Top", points=[9])),
            "InvalidValueError: points[0] must be on the 1-5 scale; got 9",
        ),
        (
            lambda: alike(SILENT),
            (
                "EmptySampleError: tally must have answers in at least two groups;"
                " got 1 of 3"
            ),
        ),
        (
            lambda: changed(APART, groups=1),
            "InvalidValueError: groups must be at least 2; got 1",
        ),
        (
            lambda: changed(APART, df=9),
            "InvalidValueError: df must be (groups - 1) (classes - 1) = 4; got 9",
        ),
        (
            lambda: changed(APART, statistic=-1),
            "InvalidValueError: statistic must not be negative; got -1",
        ),
        (
            lambda: changed(APART, p_value=2),
            "InvalidValueError: p_value must be between 0 and 1; got 2",
        ),
        (
            lambda: changed(APART, scale=5),
            (
                "InvalidTypeError: scale must be a Scale; got 5; pass for example"
                " STARS_1_5 or Scale(1, 5, higher_is_better=True)"
            ),
        ),
        (
            lambda: better(5, PLAIN),
            (
                "InvalidTypeError: a must be a Tally; got 5; count one with"
                " Tally.count(answers, scale=...)"
            ),
        ),
        (
            lambda: better(PLAIN, 5),
            (
                "InvalidTypeError: b must be a Tally; got 5; count one with"
                " Tally.count(answers, scale=...)"
            ),
        ),
        (
            lambda: better(GROUPS, PLAIN),
            (
                "InvalidValueError: a must have no axes; got Tally 1-5, branch (2), n"
                " = 22, 0 missing; select with .at(...), or take .pooled()"
            ),
        ),
        (
            lambda: better(PLAIN, GROUPS),
            (
                "InvalidValueError: b must have no axes; got Tally 1-5, branch (2), n"
                " = 22, 0 missing; select with .at(...), or take .pooled()"
            ),
        ),
        (
            lambda: better(LIGHT, PLAIN),
            (
                "InvalidValueError: a must have no weights; got Tally 1-5, n = 2, 0"
                " missing, weighted; ranks count answers, and a weighted one is more"
                " or less than one; compare means with compare(...), or count without"
                " weights"
            ),
        ),
        (
            lambda: better(PLAIN, LIGHT),
            (
                "InvalidValueError: b must have no weights; got Tally 1-5, n = 2, 0"
                " missing, weighted; ranks count answers, and a weighted one is more"
                " or less than one; compare means with compare(...), or count without"
                " weights"
            ),
        ),
        (lambda: better(NOBODY, PLAIN), "EmptySampleError: a has no answers"),
        (lambda: better(PLAIN, NOBODY), "EmptySampleError: b has no answers"),
        (
            lambda: better(PLAIN, tally([1] * 5, scale=EFFORT_1_5)),
            (
                "ScaleMismatchError: b must be a tally on Scale 1-5, 5 best, as a is;"
                " got Scale 1-5, 5 worst"
            ),
        ),
        (
            lambda: better(PLAIN, PLAIN, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: changed(RANKS, superiority=2),
            "InvalidValueError: superiority must be between 0 and 1; got 2",
        ),
        (
            lambda: changed(RANKS, low=-1),
            "InvalidValueError: low must be between 0 and 1; got -1",
        ),
        (
            lambda: changed(RANKS, high=2),
            "InvalidValueError: high must be between 0 and 1; got 2",
        ),
        (
            lambda: changed(RANKS, p_value=-1),
            "InvalidValueError: p_value must be between 0 and 1; got -1",
        ),
        (
            lambda: changed(RANKS, superiority=0.5, low=0.6, high=0.7),
            "InvalidValueError: low must be at most superiority (0.5); got 0.6",
        ),
        (
            lambda: changed(RANKS, superiority=0.5, low=0.1, high=0.25),
            "InvalidValueError: high must be at least superiority (0.5); got 0.25",
        ),
        (
            lambda: changed(RANKS, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: changed(RANKS, level="95"),
            "InvalidTypeError: level must be a number; got '95'",
        ),
        (
            lambda: changed(RANKS, scale=5),
            (
                "InvalidTypeError: scale must be a Scale; got 5; pass for example"
                " STARS_1_5 or Scale(1, 5, higher_is_better=True)"
            ),
        ),
        (
            lambda: corrected([0.1, 2]),
            (
                "InvalidValueError: p[1] must be between 0 and 1; got 2; p values are"
                " shares of 1, not percentages"
            ),
        ),
        (
            lambda: corrected([[0.1, 0.2], [0.3, -1]]),
            (
                "InvalidValueError: p[1, 1] must be between 0 and 1; got -1; p values"
                " are shares of 1, not percentages"
            ),
        ),
        (
            lambda: corrected(5),
            (
                "InvalidValueError: p must be between 0 and 1; got 5; p values are"
                " shares of 1, not percentages"
            ),
        ),
        (
            lambda: corrected([[0.1], [0.2, 0.3]]),
            (
                "InvalidTypeError: p must hold single values of one length; got"
                " [[0.1], [0.2, 0.3]]"
            ),
        ),
        (
            lambda: corrected([0.1, "x"]),
            "InvalidTypeError: p[1] must be a number; got 'x'",
        ),
        (lambda: corrected(["x"]), "InvalidTypeError: p[0] must be a number; got 'x'"),
        (
            lambda: corrected([0.1], method="sidak"),
            (
                'InvalidValueError: method must be one of "holm", "bonferroni",'
                ' "hochberg", "benjamini-hochberg", "benjamini-yekutieli"; got'
                " 'sidak'"
            ),
        ),
        (
            lambda: corrected(RANKS),
            (
                "InvalidTypeError: p must hold p values; got Superiority 0.83 [0.60,"
                " 0.94] 95 %, p = .008; pass its .p_value"
            ),
        ),
        (
            lambda: corrected([RANKS]),
            (
                "InvalidTypeError: p must hold p values; got [Superiority 0.83 [0.60,"
                " 0.94] 95 %, p = .008]; pass [each.p_value for each in ...]"
            ),
        ),
    ],
)
def test_refusals_of_significance(refused: Refused) -> None:
    judge(refused)


# Weighting


STRATA = csat(GROUPS)
EVEN = {"a": 0.5, "b": 0.5}
LONE = csat([5, 4, 1], scale=STARS_1_5, by=["a", "a", "b"])
HEAVY = csat(
    [5, 4, 1, 2], scale=STARS_1_5, by=["a", "a", "b", "b"], weights=[1, 1, 0, 0]
)


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: priced([]),
            "EmptySampleError: weights must hold at least one weight; got none",
        ),
        (
            lambda: priced([0, 0]),
            "InvalidValueError: weights must not all be 0; got '2 times 0'",
        ),
        (
            lambda: priced([1, None]),
            (
                "MissingValueError: weights[1] is missing; give each answer a weight,"
                " or leave the answer out"
            ),
        ),
        (
            lambda: priced([1, -1]),
            "InvalidValueError: weights[1] must be finite and not negative; got -1",
        ),
        (
            lambda: counted(["a"]),
            "InvalidTypeError: weights[0] must be a number; got 'a'",
        ),
        (
            lambda: counted([[1, 2]]),
            (
                "InvalidValueError: weights must be a column (one dimension); got '2"
                " dimensions'"
            ),
        ),
        (
            lambda: counted(NOBODY),
            "EmptySampleError: weights must hold at least one weight; got none",
        ),
        (
            lambda: weighted(5, EVEN),
            "InvalidTypeError: estimates must be an Estimates; got 5",
        ),
        (
            lambda: weighted(changed(STRATA, definition=5), EVEN),
            (
                "InvalidTypeError: estimates.definition must be a NetScore, BoxShare"
                " or MeanScore; got 5; pass .definition of an estimate, or for"
                ' example MeanScore(name="Mean")'
            ),
        ),
        (
            lambda: weighted(STRATA, EVEN, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: weighted(csat(TWO_AXES), EVEN),
            (
                "InvalidValueError: estimates must have exactly one axis, the strata;"
                " got 'month (2) x branch (2)'; select with .at(...), or count by one"
                " axis"
            ),
        ),
        (
            lambda: weighted(
                changed(
                    STRATA,
                    value=1,
                    se=1,
                    low=1,
                    high=1,
                    n=1,
                    n_effective=1,
                    missing=0,
                    grid=Axes(),
                ),
                EVEN,
            ),
            (
                "InvalidValueError: estimates must have exactly one axis, the strata;"
                " got 'none'; select with .at(...), or count by one axis"
            ),
        ),
        (
            lambda: weighted(BARE, EVEN),
            (
                "InvalidValueError: estimates must hold shares; got NPS by group (2):"
                " -50.0 (b) to 100.0 (a), n = 4, 0 missing; take what nps or"
                " net_score return"
            ),
        ),
        (
            lambda: weighted(LONE, EVEN),
            (
                "InvalidValueError: estimates must have at least two answers in each"
                " stratum; got \"1 in 'b'\"; one does not show how much others differ:"
                " join strata"
            ),
        ),
        (
            lambda: weighted(HEAVY, EVEN),
            (
                'InvalidValueError: estimates must be known in each stratum; got "nan'
                " in 'b'\"; all its weights are 0: join strata"
            ),
        ),
        (
            lambda: weighted(STRATA, [0.5, 0.5]),
            (
                "InvalidTypeError: population must be a mapping of label to number;"
                " got [0.5, 0.5]; write {label: number, ...}"
            ),
        ),
        (
            lambda: weighted(STRATA, EVEN | {"c": 0.5}),
            (
                "InvalidValueError: population must hold no other label; got 'c';"
                " labels are 'a', 'b'"
            ),
        ),
        (
            lambda: weighted(STRATA, {"a": 1}),
            (
                "MissingValueError: population['b'] is missing; it must say how large"
                " 'b' is"
            ),
        ),
        (
            lambda: weighted(STRATA, {"a": 0.5, "b": "x"}),
            "InvalidTypeError: population['b'] must be a number; got 'x'",
        ),
        (
            lambda: weighted(STRATA, {"a": 2, "b": -1}),
            (
                "InvalidValueError: population['b'] must be finite and not negative;"
                " got -1"
            ),
        ),
        (
            lambda: weighted(STRATA, {"a": 1, "b": 0}),
            (
                "InvalidValueError: population['b'] must be more than 0; got 0; leave"
                " out a stratum that nobody belongs to, here and in the estimates"
            ),
        ),
        (
            lambda: weighted(STRATA, {"a": 1e308, "b": 1e308}),
            (
                "InvalidValueError: population must have a sum that is finite; got"
                " [1e+308, 1e+308]; pass shares that sum to 1, or numbers of"
                " customers"
            ),
        ),
        (
            lambda: weighted(STRATA, {"a": 0.5, "b": 0.7}),
            (
                "InvalidValueError: population must be shares that sum to 1, or whole"
                " numbers of customers; got 'a sum of 1.2'; divide each by the sum,"
                " if nothing is missing"
            ),
        ),
        (
            lambda: weighted(STRATA, {"a": 60, "b": 40}),
            (
                "InvalidValueError: population must be shares that sum to 1, or"
                " numbers of customers; got 'a sum of 100'; if these are percentages,"
                " divide them by 100; for 100 customers pass shares, too: the"
                " interval is then somewhat wider"
            ),
        ),
        (
            lambda: weighted(STRATA, {"a": 600, "b": 5}),
            (
                "InvalidValueError: population['b'] must be at least the number of"
                " answers (12); got 5; pass shares that sum to 1 where customers may"
                " answer repeatedly"
            ),
        ),
    ],
)
def test_refusals_of_weighting(refused: Refused) -> None:
    judge(refused)


# Pairing


SQUARE = np.ones((5, 5), int)
STARS: dict[str, Any] = {"scale": STARS_1_5, "metric": MEAN}
MOVES = Tally.count([5, 4], scale=STARS_1_5, by={"before": [1, 2]})
HEAVIER = Tally.count([5, 4], scale=STARS_1_5, by={"before": [1, 2]}, weights=[1, 2])
BELOW = Tally.count([5, 4], scale=STARS_1_5, by={"before": [1, 9]})
NAMED = Tally.count([5, 4], scale=STARS_1_5, by={"before": ["low", "high"]})


class Crosstab:
    """What a crosstab of pandas is here: counts with labels."""

    def __init__(self, index: Any, columns: Any) -> None:
        self.index, self.columns = index, columns

    def __array__(self, *_: Any, **__: Any) -> Any:
        return SQUARE


POINTS = [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: paired(SQUARE, **STARS, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: paired(SQUARE, scale=STARS_1_5, metric=FUNCTION),
            (
                "InvalidTypeError: metric must be a NetScore, BoxShare or MeanScore;"
                " got function; pass a definition: nps(...).definition, or"
                " NetScore(name=..., positive=..., negative=...)"
            ),
        ),
        (
            lambda: paired(SQUARE, scale=STARS_1_5, metric="nps"),
            (
                "InvalidTypeError: metric must be a NetScore, BoxShare or MeanScore;"
                " got 'nps'"
            ),
        ),
        (
            lambda: paired(SQUARE, **STARS, method="score"),
            'InvalidValueError: method must be one of "t", "z"; got \'score\'',
        ),
        (
            lambda: paired(SQUARE, scale=STARS_1_5, metric=TOP, method="t"),
            'InvalidValueError: method must be one of "score", "wald"; got \'t\'',
        ),
        (
            lambda: paired(SQUARE, metric=MEAN),
            (
                "MissingValueError: scale must be given: 1-5, 1-7 and 1-10 are all in"
                " use, and either end may be good; pass scale=SATISFACTION_1_5, say,"
                " or EFFORT_1_5 if 5 is hardest"
            ),
        ),
        (
            lambda: paired(SQUARE, metric=MEAN, scale=5),
            (
                "InvalidTypeError: scale must be a Scale; got 5; pass for example"
                " STARS_1_5 or Scale(1, 5, higher_is_better=True)"
            ),
        ),
        (
            lambda: paired(SQUARE[:4], **STARS),
            (
                "InvalidValueError: table must have a row and a column for each of"
                " the 5 points; got (4, 5); count them first: Tally.count(after,"
                ' scale=..., by={"before": before})'
            ),
        ),
        (
            lambda: paired(-SQUARE, **STARS),
            (
                "InvalidValueError: table[0, 0] must be a count (a whole number, not"
                " negative); got -1"
            ),
        ),
        (
            lambda: paired(0 * SQUARE, **STARS),
            (
                "EmptySampleError: table must hold at least one person who answered"
                " twice; got none"
            ),
        ),
        (
            lambda: paired(Crosstab(POINTS[::-1], POINTS), **STARS),
            (
                "InvalidValueError: rows of table[0] must be the points of the scale"
                " in ascending order; got 5; count them first: Tally.count(after,"
                ' scale=..., by={"before": before})'
            ),
        ),
        (
            lambda: paired(Crosstab(POINTS, [1, 2, 3, 4, 6]), **STARS),
            (
                "InvalidValueError: columns of table[4] must be the points of the"
                " scale in ascending order; got 6; count them first:"
                ' Tally.count(after, scale=..., by={"before": before})'
            ),
        ),
        (
            lambda: paired(Crosstab(list("abcde"), POINTS), **STARS),
            "InvalidTypeError: rows of table[0] must be a number; got 'a'",
        ),
        (
            lambda: paired(Crosstab(POINTS, [1, 2, 3, 4, None]), **STARS),
            (
                "MissingValueError: columns of table[4] is missing; count them first:"
                ' Tally.count(after, scale=..., by={"before": before})'
            ),
        ),
        (
            lambda: paired(PLAIN, metric=MEAN),
            (
                "InvalidValueError: table must have one axis, the answers before; got"
                " 'Tally 1-5, n = 7, 0 missing'; count the answers after with"
                ' by={"before": the answers before}'
            ),
        ),
        (
            lambda: paired(HEAVIER, metric=MEAN),
            (
                "InvalidValueError: table must count people without weights; got"
                " 'Tally 1-5, before (2), n = 2, 0 missing, weighted'"
            ),
        ),
        (
            lambda: paired(BELOW, metric=MEAN),
            "InvalidValueError: labels of 'before'[1] must be on the 1-5 scale; got 9",
        ),
        (
            lambda: paired(NAMED, metric=MEAN),
            "InvalidTypeError: labels of 'before'[0] must be a number; got 'low'",
        ),
        (
            lambda: paired(MOVES, metric=MEAN, scale=EFFORT_1_5),
            (
                "ScaleMismatchError: scale must be that of the tally, Scale 1-5, 5"
                " best; got Scale 1-5, 5 worst; leave it out"
            ),
        ),
    ],
)
def test_refusals_of_pairing(refused: Refused) -> None:
    judge(refused)


# Comparison


OURS = csat(GROUPS)
ELSEWHERE = csat(tally(ROWS, branch=["a", "c"]))
ONE_RESULT = csat(PLAIN)


@pytest.mark.parametrize(
    "refused",
    [
        (
            lambda: compared(5, ONE_RESULT),
            (
                "InvalidTypeError: a must be an Estimate or Estimates; got 5; compare"
                " results, such as compare(nps(a), nps(b))"
            ),
        ),
        (
            lambda: compared(ONE_RESULT, PLAIN),
            (
                "InvalidTypeError: b must be an Estimate or Estimates; got Tally 1-5,"
                " n = 7, 0 missing; compare results, such as compare(nps(a), nps(b))"
            ),
        ),
        (
            lambda: compared(ONE_RESULT, OURS),
            (
                "InvalidTypeError: b must be one result; got CSAT (top 2) by branch"
                " (2): 16.7 (b) to 70.0 (a), n = 22,...; select one with .at(...), or"
                " compare groups with the same groups"
            ),
        ),
        (
            lambda: compared(OURS, ONE_RESULT),
            (
                "InvalidTypeError: b must have groups as a has; got CSAT (top 2) 28.6"
                " [8.2, 64.1] 95 %, n = 7, 0 missing; select one with .at(...), or"
                " compare groups with the same groups"
            ),
        ),
        (
            lambda: compared(ONE_RESULT, MEAN(PLAIN)),
            (
                "ScaleMismatchError: b must be CSAT (top 2) on the 1-5 scale, as a"
                " is; got Mean on the 1-5 scale"
            ),
        ),
        (
            lambda: compared(TOP(PLAIN), BoxShare(name="Top", points=[5])(PLAIN)),
            (
                "ScaleMismatchError: b must be BoxShare(name='Top', points=(4.0,"
                " 5.0)) on Scale 1-5, 5 best, as a is; got BoxShare(name='Top',"
                " points=(5.0,)) on Scale 1-5, 5 best"
            ),
        ),
        (
            lambda: compared(ONE_RESULT, ONE_RESULT, level=95),
            (
                "InvalidValueError: level must lie between 0 and 1; got 95; write"
                " level=0.95 for 95 %"
            ),
        ),
        (
            lambda: compared(ONE_RESULT, ONE_RESULT, method="z"),
            'InvalidValueError: method must be one of "newcombe", "wald"; got \'z\'',
        ),
        (
            lambda: compared(OURS, ELSEWHERE),
            (
                "InvalidValueError: b must have the groups of a; on 'branch' only one"
                " of them has 'b', 'c'"
            ),
        ),
        (
            lambda: compared(OURS, csat(TWO_AXES)),
            (
                "InvalidValueError: b must have the axes ('branch',); got ('month',"
                " 'branch')"
            ),
        ),
        (
            lambda: compared(csat(TWO_AXES), OURS),
            (
                "InvalidValueError: b must have the groups of a; on 'month' only one"
                " of them has 1, 2"
            ),
        ),
        (
            lambda: compared(OURS, csat(tally(ROWS, branch=["a", 2]))),
            (
                "InvalidValueError: b must have the groups of a; on 'branch' only one"
                " of them has 2, 'b'"
            ),
        ),
        (
            lambda: csat(TWO_AXES).ranked(),
            (
                "InvalidValueError: axes must be one; got 'month (2) x branch (2)';"
                " select with .at(...) until one is left"
            ),
        ),
        (
            lambda: OURS.at(month=1),
            "InvalidValueError: axis must name an axis; got 'month'; axes are branch",
        ),
        (
            lambda: OURS.at(branch="c"),
            (
                "InvalidValueError: branch must be one of its labels; got 'c'; labels"
                " are 'a', 'b'"
            ),
        ),
        (
            lambda: compare(OURS, OURS).at(branch="c"),
            (
                "InvalidValueError: branch must be one of its labels; got 'c'; labels"
                " are 'a', 'b'"
            ),
        ),
    ],
)
def test_refusals_of_comparison(refused: Refused) -> None:
    judge(refused)


# Partners that do not fit


@pytest.mark.parametrize(
    ("call", "argument", "value"),
    [
        (lambda: compared(ONE_RESULT, MEAN(PLAIN)), "b", MEAN),
        (lambda: compared(OURS, ELSEWHERE), "b", ("a", "c")),
        (lambda: explained(BEFORE, MEAN(GROUPS), axis="branch"), "after", MEAN),
        (lambda: paired(MOVES, metric=MEAN, scale=EFFORT_1_5), "scale", EFFORT_1_5),
        (lambda: better(PLAIN, tally([1] * 5, EFFORT_1_5)), "b", EFFORT_1_5),
    ],
)
def test_partners_that_do_not_fit_are_held(
    call: Callable[[], object], argument: str, value: object
) -> None:
    error = refusal(call)
    assert (error.argument, error.index, error.value) == (argument, None, value)
