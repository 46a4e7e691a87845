"""Differences that a common mix turns round, against plain loops."""

import copy
import itertools
import math
import pickle
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmkit import (
    SATISFACTION_1_5,
    Scale,
    Tally,
    compare,
    csat,
    nps,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    ScaleMismatchError,
)
from cxmkit.inference import Reversal, simpson_reversals
from cxmkit.metrics import BoxShare, MeanScore, NetScore

SCALE = SATISFACTION_1_5
NET = NetScore(name="Net", positive=(5,), negative=(1, 2))
SHARE = BoxShare(name="Share", points=(4, 5))
MEAN = MeanScore(name="Mean")
RESCALED = MeanScore(name="Rescaled", rescaled=True)
few = settings(max_examples=max(10, settings().max_examples // 3))
METRICS = {"net": NET, "share": SHARE, "mean": MEAN, "rescaled": RESCALED}
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


def quick(metric: Any) -> Any:
    """Spare quantiles of Student's t, which nothing here looks at."""
    return partial(metric, method="z") if isinstance(metric, MeanScore) else metric


def close(expected: Any, rel: float = 1e-9, abs: float = 1e-9) -> Any:  # noqa: A002
    return pytest.approx(expected, rel=rel, abs=abs, nan_ok=True)


def refused(build: Any, error: type[CxmError]) -> CxmError:
    with pytest.raises(CxmError) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


YES_NO = Scale(0, 1, higher_is_better=True)
YES = BoxShare(name="Yes", points=[1])


def table(counts: Any, rows: Any, columns: Any, **options: Any) -> Tally:
    """A tally over two axes, of pairs (no, yes) or of points of a scale."""
    by = {"row": list(rows), "column": list(columns)}
    scale = options.pop("scale", YES_NO)
    return Tally.from_counts(counts, scale=scale, by=by, **options)


def reversals(tally: Tally, metric: Any = YES, **options: Any) -> tuple[Reversal, ...]:
    axes: Any = {"across": "row", "within": "column"}
    return simpson_reversals(tally, quick(metric), **axes, **options)


# Bickel, Hammel & O'Connell 1975: refused and admitted, six largest departments.
MEN = [[313, 512], [207, 353], [205, 120], [279, 138], [138, 53], [351, 22]]
WOMEN = [[19, 89], [8, 17], [391, 202], [244, 131], [299, 94], [317, 24]]


@pytest.mark.reference
def test_berkeley_admissions_of_1973() -> None:
    """Rates by department, and at the mix of all applicants, as Freedman et al. have.

    44.5 % of men and 30.4 % of women; 39 % and 43 % at the common mix.
    """
    tally = table([MEN, WOMEN], ["men", "women"], list("ABCDEF"))
    (found,) = reversals(tally, min_n=25)
    assert (found.first, found.second) == ("men", "women")
    assert found.crude.difference == close(44.5 - 30.4, abs=0.1)
    assert found.adjusted.difference == close(39 - 43, abs=1)
    percents = [62 - 82, 63 - 68, 37 - 34, 33 - 35, 28 - 24, 6 - 7]
    assert found.differences == close(percents, abs=1)
    assert (found.as_crude, found.as_adjusted) == (2, 4)
    assert sum(found.shares) == close(100)
    assert found.shares[0] == close(100 * 933 / 4526)
    assert found.strata == tuple("ABCDEF")
    assert found.left_out == ()
    assert found.pairs == 1
    assert found.adjusted.n == found.crude.n == (2691, 1835)
    assert found.adjusted.high < 0 < found.crude.low
    # 25 women applied to department B.
    (strict,) = reversals(tally)
    assert strict.left_out == ("B",)
    assert strict.strata == tuple("ACDEF")
    assert strict.adjusted.n == (2691 - 560, 1835 - 25)
    assert strict.crude == found.crude
    assert reversals(tally, level=0.99, min_n=25) == ()
    assert reversals(tally, min_n=600) == ()


@pytest.mark.reference
def test_kidney_stones_are_not_beyond_noise() -> None:
    """Charig et al. 1986: 78 % against 83 %, yet both strata the other way; p = .13."""
    stones = [[[6, 81], [71, 192]], [[36, 234], [25, 55]]]
    tally = table(stones, ["open", "keyhole"], ["small", "large"])
    overall = YES(tally.by("row"))
    assert overall.value == close([78, 83], abs=0.5)
    assert not compare(
        overall.at(row="open"), overall.at(row="keyhole")
    ).distinguishable
    assert reversals(tally) == ()
    # Ten times the patients would tell, or a level that promises little.
    (found,) = reversals(table(np.multiply(stones, 10), ["o", "k"], ["s", "l"]))
    assert found.as_adjusted == 2
    assert reversals(tally, level=0.5)[0].crude.difference == close(-4.6, abs=0.05)


PLANTED = [[[40, 160], [400, 400]], [[300, 700], [144, 96]]]


def planted(times: int = 1) -> Tally:
    return table(np.multiply(PLANTED, times), ["phone", "chat"], ["easy", "hard"])


def test_a_planted_reversal_by_hand() -> None:
    (found,) = reversals(planted())
    assert found.crude.difference == close(100 * (560 / 1000 - 796 / 1240))
    mix = np.array([1200, 1040]) / 2240
    assert found.adjusted.difference == close(mix @ [10, 10])
    assert found.shares == close(100 * mix)
    # Squared errors by stratum, each with one more answer of typical spread.
    n = np.array([[200, 800], [1000, 240]])
    p = np.array([[0.8, 0.5], [0.7, 0.4]])
    inside = n * p * (1 - p)
    typical = inside.sum() / (n.sum() - 4)
    variance = mix**2 @ ((inside + typical) / n**2).sum(axis=0)
    assert found.adjusted.se == close(100 * math.sqrt(variance))
    assert found.adjusted.statistic == close(found.adjusted.difference
                                             / found.adjusted.se)  # fmt: skip
    reach = 1.959963984540054 * found.adjusted.se
    assert (found.adjusted.low, found.adjusted.high) == close((10 - reach, 10 + reach))
    assert found.adjusted.method == "standardised"
    assert found.crude == compare(
        YES(planted().at(row="phone").pooled()), YES(planted().at(row="chat").pooled())
    )


def brute(tally: Tally, metric: Any, min_n: int, level: float) -> list[tuple[Any, ...]]:
    """Find reversals pair by pair and stratum by stratum."""
    metric = quick(metric)
    rows, columns = tally.labels["row"], tally.labels["column"]
    cells = {
        (r, c): metric(tally.at(row=r, column=c))
        for r, c in itertools.product(rows, columns)
        if tally.at(row=r, column=c).n
    }

    def weight(r: Any, c: Any) -> float:
        sums = tally.at(row=r, column=c)
        array = sums.counts if sums.sum_weights is None else sums.sum_weights
        return float(array.sum())

    def enough(r: Any, c: Any) -> bool:
        return (r, c) in cells and cells[r, c].n >= min_n

    judged = {}
    for a, b in itertools.combinations(rows, 2):
        used = [c for c in columns if enough(a, c) and enough(b, c)]
        if len(used) >= 2:
            judged[a, b] = used
    found = []
    for (a, b), used in judged.items():
        alone = 1 - (1 - level) / len(judged)
        crude = compare(
            *(metric(tally.at(row=r).pooled()) for r in (a, b)), level=alone
        )
        mix = np.array([weight(a, c) + weight(b, c) for c in used])
        gaps = np.array([cells[a, c].value - cells[b, c].value for c in used])
        seen = [
            np.average(
                [cells[r, c].value for c in used], weights=[weight(r, c) for c in used]
            )
            for r in (a, b)
        ]
        adjusted = mix @ gaps / mix.sum()
        if crude.distinguishable and crude.difference * adjusted < 0:
            right = (seen[0] - seen[1]) * crude.difference > 0
            found.append((a, b, crude, adjusted, gaps, tuple(used), right))
    return found


SMALL = st.lists(st.integers(0, 9), min_size=5, max_size=5)


@every_metric
@few
@given(
    cells=st.lists(SMALL, min_size=9, max_size=9),
    times=st.sampled_from([1, 3, 40]),
    heavy=st.booleans(),
    options=st.sampled_from([(1, 0.5), (5, 0.95), (30, 0.5), (30, 0.95)]),
)
def test_reversals_are_those_of_loops(
    metric: Any,
    cells: list[list[int]],
    times: int,
    heavy: bool,  # noqa: FBT001  drawn
    options: tuple[int, float],
) -> None:
    min_n, level = options
    counts = times * np.reshape(cells, (3, 3, 5))
    each = 1 + np.arange(45).reshape(3, 3, 5) % 4 / 2  # weights by cell and point
    sums = {"sum_weights": each * counts, "sum_squared_weights": each**2 * counts}
    weights = sums if heavy else {}
    tally = table(counts, "abc", [1, 2, 3], scale=SCALE, **weights)
    found = {
        (x.first, x.second): x
        for x in reversals(tally, metric, min_n=min_n, level=level)
    }
    for a, b, crude, adjusted, gaps, used, right in brute(tally, metric, min_n, level):
        one = found.pop((a, b), None)
        if one is None:  # the common mix is within noise, or what was left out turns it
            continue
        assert right
        assert one.crude == crude
        assert one.adjusted.difference == close(adjusted)
        assert one.differences == close(gaps)
        assert one.strata == used
        assert {*one.strata, *one.left_out} == {1, 2, 3}
        assert one.adjusted.distinguishable
        assert one.adjusted.p_value < 1 - one.adjusted.level <= (1 - level)
        assert one.adjusted.low * one.adjusted.high > 0
    assert not found


@every_metric
@given(cells=st.lists(SMALL, min_size=6, max_size=6), order=st.permutations([0, 1, 2]))
def test_the_order_of_labels_turns_signs_alone(
    metric: Any, cells: list[list[int]], order: list[int]
) -> None:
    counts = 20 * np.reshape(cells, (3, 2, 5))
    names = np.array(["a", "b", "c"])
    one = reversals(table(counts, names, [1, 2], scale=SCALE), metric)
    other = reversals(
        table(counts[order][:, ::-1], names[order], [2, 1], scale=SCALE), metric
    )
    differences = {(x.first, x.second): x.adjusted.difference for x in one}
    both = {(x.second, x.first): -x.adjusted.difference for x in one} | differences
    assert len(one) == len(other)
    for each in other:
        assert each.adjusted.difference == close(both[each.first, each.second])


def test_reversals_of_every_kind_of_metric_are_found() -> None:
    """So that the loops above have something to compare."""
    low, high = [5, 3, 1, 0, 0], [0, 0, 1, 3, 5]

    def blend(part: float, n: int) -> Any:
        return np.rint(n * (part * np.array(high) + (1 - part) * np.array(low)))

    counts = [
        [blend(0.9, 20), blend(0.4, 180)],
        [blend(0.7, 180), blend(0.2, 20)],
    ]
    tally = table(np.array(counts, int), "ab", [1, 2], scale=SCALE)
    for metric in METRICS.values():
        (found,) = reversals(tally, metric)
        assert found.crude.difference < 0 < found.adjusted.difference
        assert found.as_adjusted == 2
    (found,) = reversals(tally, csat)
    assert found.crude.definition.name == "CSAT (top 2)"


def test_what_was_left_out_is_not_what_turns_the_difference() -> None:
    """Among the strata used, a is ahead of b, mix or not; a third one hides it."""
    counts = [
        [[100, 300], [150, 250], [2000, 20]],
        [[150, 250], [200, 200], [0, 10]],
    ]
    tally = table(counts, "ab", [1, 2, 3])
    overall = YES(tally.by("row"))
    assert compare(overall.at(row="b"), overall.at(row="a")).distinguishable
    assert reversals(tally) == ()


def test_one_stratum_is_no_mix() -> None:
    counts = [[[10, 90], [400, 120]], [[30, 70], [27, 1]]]
    tally = table(counts, "ab", [1, 2])
    overall = YES(tally.by("row"))
    assert compare(overall.at(row="b"), overall.at(row="a")).distinguishable
    assert reversals(tally) == ()
    (found,) = reversals(tally, min_n=10)
    assert found.left_out == ()
    # Nor do such pairs add to the doubt of others.
    (found,) = reversals(table([*PLANTED, [[10, 90], [1, 0]]], "abc", [1, 2]))
    assert found.pairs == 1


def test_both_differences_must_be_clear_and_opposed() -> None:
    same = table([PLANTED[0], [[60, 140], [480, 320]]], "ab", [1, 2])
    overall = YES(same.by("row"))
    assert compare(overall.at(row="a"), overall.at(row="b")).distinguishable
    assert reversals(same) == ()
    # Clear at the common mix, and within noise among all answers.
    faint = table([PLANTED[0], [[90, 210], [120, 80]]], "ab", [1, 2])
    overall = YES(faint.by("row"))
    change = compare(overall.at(row="a"), overall.at(row="b"))
    assert change.difference == close(-2)
    assert not change.distinguishable
    assert reversals(faint) == ()
    (found,) = reversals(faint, level=0.4)
    assert found.adjusted.p_value < 0.001


def test_pairs_share_the_doubt() -> None:
    """Three groups are three pairs, of which two change places."""
    counts = [*np.multiply(PLANTED, 4).tolist(), PLANTED[1]]
    found = reversals(table(counts, "abc", [1, 2]))
    assert [(x.first, x.second) for x in found] == [("a", "b"), ("a", "c")]
    for each in found:
        assert each.pairs == 3
        assert each.level == 0.95
        assert each.crude.level == each.adjusted.level == close(1 - 0.05 / 3)


def test_other_axes_are_added_up() -> None:
    halves = np.array(PLANTED)
    wide = Tally.from_counts(
        np.stack([halves, halves]),
        scale=YES_NO,
        by={"year": [1, 2], "row": ["phone", "chat"], "column": ["easy", "hard"]},
    )
    assert reversals(wide) == reversals(planted(2))


def test_unanimous_cells_prove_nothing() -> None:
    """Without any spread there is nothing to tell noise by."""
    counts = [[[0, 40], [400, 0]], [[0, 400], [40, 0]]]
    assert reversals(table(counts, "ab", [1, 2])) == ()
    turned = [[[0, 40], [400, 0]], [[0, 400], [400, 0]]]
    assert reversals(table(turned, "ab", [1, 2])) == ()


def test_groups_whose_weights_are_nothing_are_left_out() -> None:
    counts = np.array(
        [[[40, 160], [400, 400], [50, 0]], [[300, 700], [144, 96], [0, 50]]]
    )
    heavy = counts * [[[1], [1], [0]]]
    tally = table(counts, "ab", [1, 2, 3], sum_weights=heavy, sum_squared_weights=heavy)
    (found,) = reversals(tally)
    assert found.left_out == (3,)
    assert found.adjusted.difference == close(10)


def test_false_alarms_are_rare() -> None:
    """Only the mix sets groups apart; at the common mix there is no difference."""
    rng = np.random.default_rng(3)
    shares, good = np.array([[0.7, 0.3], [0.3, 0.7]]), np.array([0.8, 0.4])
    alarms = 0
    for _ in range(runs := 200):
        n = np.stack([rng.multinomial(500, share) for share in shares])
        happy = rng.binomial(n, good)
        tally = table(np.stack([n - happy, happy], axis=-1), "ab", [1, 2])
        alarms += len(reversals(tally))
    assert alarms <= 0.05 * runs


def test_a_reversal_speaks() -> None:
    (found,) = reversals(planted())
    assert repr(found) == (
        "Reversal of 'phone' and 'chat': Yes -8.2 in all, +10.0 at the same mix of"
        " column"
    )
    assert found.summary() == (
        "Yes: among all answers 'phone' lies below 'chat' by 8.2 percentage points; at"
        " the same mix of column it lies above by 10.0 (2 of 2 groups of column point"
        " that way). This is a composition effect: which difference answers your"
        " question depends on what causes what, and numbers cannot say that."
    )
    assert str(found).splitlines()[1:] == [
        "column          %  difference    low   high",
        "all answers              -8.2  -12.2   -4.1",
        "same mix                +10.0   +5.3  +14.7",
        "easy         53.6       +10.0",
        "hard         46.4       +10.0",
    ]
    numbers = found.to_dict()
    assert numbers["crude_difference"] == found.crude.difference
    assert numbers["adjusted_p_value"] == found.adjusted.p_value < 0.001
    assert numbers["strata"] == numbers["as_adjusted"] == 2
    assert numbers["as_crude"] == numbers["left_out"] == 0
    assert (numbers["first"], numbers["within"]) == ("phone", "column")
    assert (numbers["metric"], numbers["pairs"]) == ("Yes", 1)
    assert found.to_records()[1] == {
        "first": "phone",
        "second": "chat",
        "within": "column",
        "label": "hard",
        "share": close(100 * 1040 / 2240),
        "difference": close(10),
    }
    html = found._repr_html_()
    ET.fromstring(html)  # noqa: S314  our own
    assert "composition effect" in html
    assert found == pickle.loads(pickle.dumps(found))  # noqa: S301  our own
    assert hash(found) == hash(copy.deepcopy(found))
    tally = table([MEN, WOMEN], ["men", "women"], list("ABCDEF"))
    said = reversals(tally)[0].summary()
    assert "'men' lies above 'women' by 14.2" in said
    assert "lies below by 4.2 (3 of 5 groups of column point that way; 1 with" in said


def test_reversals_that_cannot_be_sought() -> None:
    tally = planted()
    told = refused(lambda: reversals([1, 2]), InvalidTypeError)  # type: ignore[arg-type]
    assert told.argument == "tally"
    assert str(told).endswith("; count one with Tally.count(answers, scale=...)")
    told = refused(lambda: reversals(tally, "nps"), InvalidTypeError)
    assert str(told) == (
        "metric must be a metric of a tally; got 'nps'; pass nps, csat or NetScore(...)"
    )
    told = refused(lambda: reversals(tally, lambda _: 3), InvalidTypeError)
    assert "metric must give Estimates" in str(told)
    refused(lambda: reversals(tally, nps), ScaleMismatchError)
    assert refused(lambda: reversals(tally, min_n=0), InvalidValueError).argument == (
        "min_n"
    )
    refused(lambda: reversals(tally, min_n=2.5), InvalidTypeError)
    refused(lambda: reversals(tally, level=95), InvalidValueError)
    for across, within in (("row", "row"), ("row", "x"), ("x", "column")):
        told = refused(
            lambda a=across, b=within: simpson_reversals(
                tally, YES, across=a, within=b
            ),
            InvalidValueError,
        )
        assert told.argument == "axis"
    many = table(np.ones((1001, 1, 2), int), range(1001), [1])
    told = refused(lambda: reversals(many), InvalidValueError)
    assert str(told) == (
        "across must have at most 1,000 labels; got 1001; add some up, or select some"
    )
    assert reversals(table(np.ones((1000, 1, 2), int), range(1000), [1])) == ()
    assert reversals(table(np.ones((0, 1, 2), int), [], [1])) == ()


# Word for word


def test_every_key_of_a_reversal() -> None:
    (found,) = reversals(planted())
    numbers = found.to_dict()
    assert list(numbers) == [
        *("first", "second", "across", "within"),
        *(
            f"{kind}_{name}"
            for kind in ("crude", "adjusted")
            for name in ("difference", "low", "high", "p_value")
        ),
        *("strata", "as_crude", "as_adjusted", "left_out", "level", "pairs"),
        *("metric", "scale"),
    ]
    assert (numbers["level"], numbers["scale"]) == (0.95, "0-1, 1 best")
    assert (numbers["across"], numbers["second"]) == (found.across, "chat")
    html = found._repr_html_()
    caption = repr(found).replace("'", "&#x27;")
    assert f">{caption}</caption>" in html
    assert (
        ">A composition effect; what causes what decides which difference counts.</td>"
        "</tr></tfoot>"
    ) in html
