"""How long do customers stay, when many have not left yet?"""

import copy
import math
import pickle
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom, norm
from statsmodels.duration.survfunc import SurvfuncRight

from cxmkit._checks import show, where
from cxmkit.contracts import ShiftedBetaGeometric
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.survival import SurvivalCurve, kaplan_meier

# Freireich et al. (1963): weeks of remission under 6-mercaptopurine; + was still well.
REMISSION = [
    *("6", "6", "6", "6+", "7", "9+", "10", "10+", "11+", "13", "16", "17+", "19+"),
    *("20+", "22", "23", "25+", "32+", "32+", "34+", "35+"),
]
NAN = math.nan
SVG = "{http://www.w3.org/2000/svg}"

rows = st.lists(
    st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 11)),
    min_size=1,
    max_size=40,
)


def refused(build: Callable[[], object], error: type[CxmError]) -> str:
    """Return what is said, once it agrees with what the error holds."""
    with pytest.raises(error) as refusal:
        build()
    found = refusal.value
    assert type(found) is error
    said = str(found)
    assert said.startswith(f"{where(found.argument, found.index)} ")
    if error in {MissingValueError, EmptySampleError}:
        assert found.value is None
    else:
        assert f"; got {show(found.value)}" in said
    return said


def outcome(build: Callable[[], SurvivalCurve]) -> SurvivalCurve | str:
    """Return a curve, or why there is none."""
    try:
        return build()
    except InvalidValueError as refusal:
        return str(refusal)


def remission(**options: Any) -> SurvivalCurve:
    weeks = [int(entry.rstrip("+")) for entry in REMISSION]
    return kaplan_meier(weeks, [not x.endswith("+") for x in REMISSION], **options)


def flags(*lost: int) -> list[bool]:
    return [bool(x) for x in lost]


def columns(
    drawn: Sequence[tuple[int, bool, int]],
) -> tuple[list[int], list[bool], list[int]]:
    """Return tenure, churned and an entry below the tenure."""
    tenure = [t for t, _, _ in drawn]
    return tenure, [d for _, d, _ in drawn], [min(e, t - 1) for t, _, e in drawn]


def by_definition(
    tenure: list[int], churned: list[bool], entry: list[int]
) -> dict[int, tuple[int, int]]:
    """Return at risk and lost by time, counted one by one."""
    customers = [*zip(tenure, churned, entry, strict=True)]
    return {
        t: (
            sum(since < t <= until for until, _, since in customers),
            sum(until == t and lost for until, lost, _ in customers),
        )
        for t in sorted({until for until, lost, _ in customers if lost})
    }


class TestKaplanMeier:
    @pytest.mark.reference
    def test_remission_under_6_mercaptopurine(self) -> None:
        curve = remission()
        assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
        assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
        assert curve.lost.tolist() == [3, 1, 1, 1, 1, 1, 1]
        printed = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
        assert curve.survival == pytest.approx(np.array(printed), abs=5e-4)
        assert curve.se[[0, -1]] == pytest.approx(np.array([0.0764, 0.1346]), abs=5e-5)
        assert curve.median == 23

    @given(rows)
    def test_it_agrees_with_statsmodels(
        self, drawn: list[tuple[int, bool, int]]
    ) -> None:
        tenure, churned, _ = columns(drawn)
        assume(any(churned))
        curve = kaplan_meier(tenure, churned)
        other = SurvfuncRight(np.array(tenure), np.array(churned, int))
        left = curve.survival > 0
        assert curve.times.tolist() == other.surv_times.tolist()
        assert curve.survival == pytest.approx(other.surv_prob, rel=1e-10)
        assert curve.at_risk.tolist() == other.n_risk.tolist()
        assert curve.se[left] == pytest.approx(other.surv_prob_se[left], rel=1e-10)

    @given(rows)
    def test_it_agrees_with_statsmodels_on_delayed_entry(
        self, drawn: list[tuple[int, bool, int]]
    ) -> None:
        tenure, churned, entry = columns(drawn)
        assume(any(churned))
        curve = outcome(lambda: kaplan_meier(tenure, churned, entry=entry))
        assume(isinstance(curve, SurvivalCurve))
        assert isinstance(curve, SurvivalCurve)
        other = SurvfuncRight(
            np.array(tenure), np.array(churned, int), entry=np.array(entry)
        )
        left = curve.survival > 0
        assert curve.survival == pytest.approx(other.surv_prob, rel=1e-10)
        assert curve.se[left] == pytest.approx(other.surv_prob_se[left], rel=1e-10)
        assert curve.start == min(entry)
        counted = by_definition(tenure, churned, entry)
        assert curve.times.tolist() == [*counted]
        found = zip(curve.at_risk.tolist(), curve.lost.tolist(), strict=True)
        assert [*found] == [*counted.values()]

    @given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
    def test_if_all_are_lost_it_is_the_share_that_stayed_longer(
        self, tenure: list[int]
    ) -> None:
        curve = kaplan_meier(tenure, flags(*[1] * len(tenure)))
        for t in range(10):
            share = np.mean(np.array(tenure) > t)
            assert curve.at(t) == pytest.approx(share, abs=1e-12)
        assert curve.restricted_mean(max(tenure)) == pytest.approx(np.mean(tenure))
        p = curve.survival[:-1]
        error = np.sqrt(p * (1 - p) / len(tenure))
        assert curve.se[:-1] == pytest.approx(error)
        assert np.isnan(curve.se[-1])

    @given(rows, st.randoms(use_true_random=False))
    def test_the_order_of_customers_does_not_matter(
        self, drawn: list[tuple[int, bool, int]], random: Any
    ) -> None:
        tenure, churned, _ = columns(drawn)
        mixed = random.sample(range(len(drawn)), len(drawn))
        assert kaplan_meier(tenure, churned) == kaplan_meier(
            [tenure[i] for i in mixed], [churned[i] for i in mixed]
        )

    @given(rows, st.sampled_from([0.25, 7, 1024]))
    def test_another_unit_of_time_changes_times_alone(
        self, drawn: list[tuple[int, bool, int]], factor: float
    ) -> None:
        tenure, churned, _ = columns(drawn)
        curve = kaplan_meier(tenure, churned)
        scaled = kaplan_meier(factor * np.array(tenure), churned)
        assert scaled.times.tolist() == (factor * curve.times).tolist()
        assert scaled.survival.tolist() == curve.survival.tolist()
        mean = factor * curve.restricted_mean(max(tenure) / 2)
        found = scaled.restricted_mean(factor * max(tenure) / 2)
        assert found == pytest.approx(mean, rel=1e-12)

    @given(rows, st.lists(st.integers(0, 3), min_size=40, max_size=40))
    def test_weights_count_as_repeats(
        self, drawn: list[tuple[int, bool, int]], counts: list[int]
    ) -> None:
        weights = counts[: len(drawn)]
        assume(any(weights))
        repeated = [
            row for row, k in zip(drawn, weights, strict=True) for _ in range(k)
        ]
        tenure, churned, entry = columns(drawn)
        many, lost, since = columns(repeated)
        found = kaplan_meier(tenure, churned, weights=weights)
        assert found == kaplan_meier(many, lost)
        late, again = (
            outcome(lambda: kaplan_meier(many, lost, entry=since)),
            outcome(
                lambda: kaplan_meier(tenure, churned, entry=entry, weights=weights)
            ),
        )
        assert late == again

    def test_nobody_lost_is_a_flat_line(self) -> None:
        curve = kaplan_meier([3, 5], [False, False])
        assert curve.times.size == 0
        assert curve.at([0, 5]).tolist() == [1, 1]
        assert curve.median is None
        assert curve.restricted_mean(4) == 4
        assert "no" not in repr(curve)
        assert repr(curve).endswith("0 lost: 100.0 % are still there at 5")
        assert "100.0 % are expected to be there after 5" in curve.summary()
        assert "<svg" in curve.to_svg()

    def test_losses_come_before_those_last_seen_at_the_same_time(self) -> None:
        curve = kaplan_meier([4, 4, 4], flags(1, 0, 0))
        assert curve.at_risk.tolist() == [3]

    def test_a_loss_at_once_counts(self) -> None:
        curve = kaplan_meier([0, 2], flags(1, 0))
        assert curve.at([0, 1]).tolist() == [0.5, 0.5]
        assert kaplan_meier([0], [True]).restricted_mean(0) == 0

    def test_who_left_before_being_seen_is_missed_without_entry(self) -> None:
        rng = np.random.default_rng(1)
        tenure, entry = rng.exponential(10, 20_000), rng.uniform(0, 20, 20_000)
        seen = tenure > entry
        tenure, entry = np.append(tenure[seen], 0.01), np.append(entry[seen], 0)
        churned = np.append(np.ones(seen.sum(), bool), values=False)
        naive = kaplan_meier(tenure, churned).at(10)
        right = kaplan_meier(tenure, churned, entry=entry).at(10)
        assert right == pytest.approx(math.exp(-1), abs=0.02)
        assert naive > 0.5

    def test_many_customers_take_no_loop(self) -> None:
        rng = np.random.default_rng(1)
        tenure, seen = rng.exponential(10, (2, 300_000))
        curve = kaplan_meier(np.minimum(tenure, seen), tenure <= seen)
        assert curve.at(5) == pytest.approx(math.exp(-0.5), abs=0.005)
        assert len(curve.to_svg().encode()) < 100_000

    def test_the_callers_columns_are_left_alone(self) -> None:
        tenure, churned = np.array([3.0, 1.0]), np.array([True, False])
        kaplan_meier(tenure, churned, entry=[0, 0], weights=[1, 2])
        assert tenure.tolist() == [3, 1]
        assert churned.tolist() == [True, False]


class TestDelayedEntry:
    def test_an_early_end_is_refused(self) -> None:
        said = refused(
            lambda: kaplan_meier([2, 9, 8], flags(1, 1, 0), entry=[0, 2, 5]),
            InvalidValueError,
        )
        assert said == (
            "entry must leave somebody at risk after 2, when all at risk were lost; got"
            " 'nobody'; the curve would be 0 for those who came later; begin it later:"
            " leave out who was gone by 2, and raise earlier entries to 2"
        )
        mended = kaplan_meier([9, 8], flags(1, 0), entry=[2, 5])
        assert mended.start == 2
        assert mended.at([1, 2, 8]).tolist() == pytest.approx([NAN, 1, 1], nan_ok=True)

    def test_a_gap_is_refused(self) -> None:
        said = refused(
            lambda: kaplan_meier([2, 9, 3], flags(0, 1, 0), entry=[0, 5, 1]),
            InvalidValueError,
        )
        assert said == (
            "entry must leave somebody under observation after 3; got 5; pass only"
            " customers who entered after 3, or only those before"
        )
        kaplan_meier(
            [2, 9, 3], flags(0, 1, 0), entry=[0, 3, 1]
        )  # one follows the other

    def test_all_may_be_lost_at_the_end(self) -> None:
        curve = kaplan_meier([2, 9], flags(0, 1), entry=[0, 1])
        assert curve.survival.tolist() == [0]
        assert curve.at([8, 9, 100]).tolist() == [1, 0, 0]

    def test_rows_of_nobody_do_not_fill_a_gap(self) -> None:
        refused(
            lambda: kaplan_meier(
                [2, 9, 6], flags(0, 1, 0), entry=[0, 5, 1], weights=[1, 1, 0]
            ),
            InvalidValueError,
        )

    def test_the_summary_says_of_whom_shares_are(self) -> None:
        curve = kaplan_meier([5, 9, 9], flags(1, 0, 0), entry=[2, 3, 2.5])
        assert curve.summary().endswith(
            "All shares are of those who reach 2, the earliest time."
        )
        soon = kaplan_meier([5, 9, 9], flags(1, 0, 0), entry=[0.5, 3, 2.5])
        assert soon.summary().endswith(
            "All shares are of those who reach 0.5, the earliest time."
        )
        assert "earliest" not in remission().summary()
        assert curve.restricted_mean(9) == pytest.approx(3 + 4 * 2 / 3)


class TestReading:
    @given(rows)
    def test_the_curve_falls_from_one_and_its_interval_holds_it(
        self, drawn: list[tuple[int, bool, int]]
    ) -> None:
        tenure, churned, _ = columns(drawn)
        curve = kaplan_meier(tenure, churned)
        shares = curve.at(np.arange(max(tenure) + 1))
        assert shares[0] == 1
        assert (np.diff(shares) <= 0).all()
        left = curve.survival > 0
        low, high, share = curve.low[left], curve.high[left], curve.survival[left]
        assert ((low >= 0) & (low < share) & (share < high) & (high <= 1)).all()
        for end in (curve.low, curve.high, curve.se):
            assert np.isnan(end[~left]).all()
        wide = kaplan_meier(tenure, churned, level=0.99)
        assert (wide.low[left] < low).all()
        assert (wide.high[left] > high).all()

    def test_intervals_are_symmetric_in_log_minus_log(self) -> None:
        curve = remission(level=0.9)
        z = norm.ppf(0.95)
        share = curve.survival
        spread = curve.se / (share * -np.log(share))
        centre = np.log(-np.log(share))
        for end, side in ((curve.low, 1), (curve.high, -1)):
            exact = np.exp(-np.exp(centre + side * z * spread))
            assert end == pytest.approx(exact, rel=1e-10)

    @pytest.mark.parametrize(("n", "least"), [(20, 0.95), (50, 0.95), (200, 0.945)])
    @pytest.mark.parametrize("share", [0.9, 0.7, 0.5, 0.2])
    def test_they_keep_their_level_if_all_are_seen(
        self, n: int, least: float, share: float
    ) -> None:
        """Samples in which none or all are lost have no interval."""
        stayed = np.arange(1, n)
        ends = []
        for k in stayed:
            curve = kaplan_meier([1, 2], flags(1, 0), weights=[n - k, k])
            ends.append((curve.low[0], curve.high[0]))
        low, high = np.transpose(ends)
        chance = binom.pmf(stayed, n, share)
        held = chance[(low <= share) & (share <= high)].sum() / chance.sum()
        assert least <= held <= 0.995

    def test_the_median_is_where_half_are_lost(self) -> None:
        assert kaplan_meier([1, 2, 3, 4], [True] * 4).median == 2
        assert kaplan_meier([1, 2, 3, 4], flags(1, 0, 0, 0)).median is None
        many = kaplan_meier(range(1, 25), [True] * 24)
        assert many.survival[11] > 0.5  # by rounding
        assert many.median == 12
        assert type(many.median) is float

    @given(rows, st.floats(0, 12))
    def test_the_restricted_mean_is_the_area(
        self, drawn: list[tuple[int, bool, int]], until: float
    ) -> None:
        tenure, churned, _ = columns(drawn)
        curve = kaplan_meier(tenure, churned)
        limit = min(until, max(tenure))
        places = np.linspace(0, limit, 4001)
        middles = (places[1:] + places[:-1]) / 2
        area = curve.at(middles).mean() * limit
        assert curve.restricted_mean(limit) == pytest.approx(area, abs=0.05)

    def test_the_restricted_mean_by_hand(self) -> None:
        curve = kaplan_meier([2, 3, 3, 5, 8], flags(1, 1, 0, 1, 0))
        assert curve.restricted_mean(2) == 2
        assert curve.restricted_mean(4) == pytest.approx(2 + 0.8 + 0.6)
        assert curve.restricted_mean(8) == pytest.approx(2 + 0.8 + 2 * 0.6 + 3 * 0.3)
        assert type(curve.restricted_mean(8)) is float
        lost = kaplan_meier([2, 4], [True, True])
        assert lost.restricted_mean(100) == 3

    @pytest.mark.parametrize(
        ("until", "error", "message"),
        [
            (
                36,
                InvalidValueError,
                (
                    "until must be between 0 and 35; got 36; nobody was under"
                    " observation at other times"
                ),
            ),
            (
                -1,
                InvalidValueError,
                (
                    "until must be between 0 and 35; got -1; nobody was under"
                    " observation at other times"
                ),
            ),
            (NAN, MissingValueError, "until is missing"),
            (math.inf, InvalidValueError, "until must be a finite number; got inf"),
            (None, InvalidTypeError, "until must be a number; got None"),
            ([1, 2], InvalidTypeError, "until must be a number; got [1, 2]"),
        ],
    )
    def test_a_mean_of_what_is_not_known_is_refused(
        self, until: Any, error: type[CxmError], message: str
    ) -> None:
        said = refused(lambda: remission().restricted_mean(until), error)
        assert said == message

    def test_at_is_nan_where_nobody_was_seen(self) -> None:
        curve = remission()
        assert type(curve.at(6)) is float
        assert curve.at(5.999) == 1
        assert curve.at(6) == curve.survival[0]
        assert curve.at(35) == curve.survival[-1]
        assert np.isnan(curve.at([35.001, -0.001])).all()
        assert curve.at([[1, 2], [3, 4]]).shape == (2, 2)
        said = refused(lambda: curve.at("6"), InvalidTypeError)
        assert said == "t must be a number; got '6'"
        assert refused(lambda: curve.at([1, NAN]), MissingValueError) == (
            "t[1] is missing"
        )


class TestSaying:
    def test_the_repr_tells_what_is_left(self) -> None:
        assert repr(remission()) == (
            "Survival curve of 21 customers, 9 lost: 44.8 % are still there at 35"
        )

    def test_the_summary(self) -> None:
        assert remission().summary() == (
            "Of 21 customers 9 were lost while under observation. Of all, 44.8 % (95 %"
            " interval 18.8 % to 68.0 %) are expected to be there after 35, the longest"
            " time observed. Half are lost by 23."
        )
        one = kaplan_meier([2, 3, 3], flags(1, 0, 0), level=0.9).summary()
        assert one.startswith("Of 3 customers 1 was lost")
        assert "(90 % interval" in one
        assert one.endswith("When half are lost is not known yet.")
        none = kaplan_meier([2, 3], flags(1, 1)).summary()
        assert "Of all, 0.0 % are expected to be there after 3" in none

    def test_the_table_has_a_row_per_time(self) -> None:
        lines = str(kaplan_meier([1.5, 2], flags(1, 1))).splitlines()
        assert [line.split() for line in lines[1:]] == [
            ["time", "at_risk", "lost", "survival", "se", "low", "high"],
            ["1.5", "2", "1", "0.5000", "0.3536", "0.0060", "0.9104"],
            ["2", "1", "1", "0.0000"],
        ]

    def test_large_counts_are_grouped_and_times_are_not(self) -> None:
        curve = kaplan_meier([1_500, 2e6, 3e6], flags(1, 1, 0), weights=[1_200, 1, 999])
        assert [line.split()[:4] for line in str(curve).splitlines()[2:]] == [
            ["1500", "2,200", "1,200", "0.4545"],
            ["2000000", "1,000", "1", "0.4541"],
        ]

    def test_columns_hold_plain_values(self) -> None:
        found = kaplan_meier([1.5, 2], flags(1, 1)).to_columns()
        assert [*found] == ["time", "at_risk", "lost", "survival", "se", "low", "high"]
        assert found["time"] == [1.5, 2.0]
        assert found["at_risk"] == [2, 1]
        assert found["lost"] == [1, 1]
        assert found["survival"] == [0.5, 0.0]
        assert found["se"] == [pytest.approx(0.125**0.5), None]
        assert found["low"][1] is None
        assert found["high"][1] is None
        assert found["low"][0] < 0.5 < found["high"][0]
        assert {type(x) for x in found["at_risk"]} == {int}


class TestTheCurveItself:
    def test_it_is_frozen_equal_by_content_and_survives_copies(self) -> None:
        curve = remission()
        assert curve == remission()
        assert curve != remission(level=0.9)
        assert curve != kaplan_meier([6], [True])
        assert curve.__eq__(1) is NotImplemented
        for twin in (copy.deepcopy(curve), pickle.loads(pickle.dumps(curve))):  # noqa: S301  our own
            assert twin == curve
            with pytest.raises(ValueError, match="read-only"):
                twin.times[0] = 1
        with pytest.raises(TypeError):
            hash(curve)

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"times": [3, 2]}, InvalidValueError, "times[1] must ascend; got 2"),
            ({"times": [2, 2]}, InvalidValueError, "times[1] must ascend; got 2"),
            (
                {"times": [2, 9.5]},
                InvalidValueError,
                "times[1] must lie between start and end; got 9.5",
            ),
            (
                {"start": 2.5},
                InvalidValueError,
                "times[0] must lie between start and end; got 2",
            ),
            ({"start": 10}, InvalidValueError, "end must not be before start; got 9"),
            (
                {"times": [2]},
                InvalidValueError,
                "at_risk must have the shape (1,); got (2,)",
            ),
            (
                {"lost": [1]},
                InvalidValueError,
                "lost must have the shape (2,); got (1,)",
            ),
            ({"times": 2}, InvalidValueError, "times must be a series; got ()"),
            (
                {"times": [[2, 5]]},
                InvalidValueError,
                "times must be a series; got (1, 2)",
            ),
            (
                {"times": ["a", "b"]},
                InvalidTypeError,
                "times must hold numbers; got dtype('<U1')",
            ),
            (
                {"at_risk": [3.5, 2]},
                InvalidTypeError,
                "at_risk must hold whole numbers; got dtype('float64')",
            ),
            ({"lost": [1, 0]}, InvalidValueError, "lost[1] must be at least 1; got 0"),
            (
                {"lost": [1, 3]},
                InvalidValueError,
                "lost[1] must not exceed at_risk, nor reach it before the end; got 3",
            ),
            (
                {"lost": [1, 2]},
                InvalidValueError,
                "lost[1] must not exceed at_risk, nor reach it before the end; got 2",
            ),
            ({"n": 3}, InvalidValueError, "at_risk[0] must not exceed n; got 4"),
            ({"n": -1}, InvalidValueError, "n must not be negative; got -1"),
            ({"n": 4.0}, InvalidTypeError, "n must be a whole number; got 4"),
            ({"end": NAN}, InvalidValueError, "end must be a finite number; got nan"),
            ({"start": "0"}, InvalidTypeError, "start must be a number; got '0'"),
            (
                {"level": 95},
                InvalidValueError,
                "level must lie between 0 and 1; got 95; write level=0.95 for 95 %",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, options: dict[str, Any], error: type[CxmError], message: str
    ) -> None:
        fields: dict[str, Any] = {
            "times": [2, 5],
            "at_risk": [4, 2],
            "lost": [1, 1],
            "n": 4,
            "start": 0,
            "end": 9,
        }
        SurvivalCurve(**fields)
        said = refused(lambda: SurvivalCurve(**fields | options), error)
        assert said == message

    def test_all_may_be_lost_at_the_very_end(self) -> None:
        curve = SurvivalCurve(times=[5], at_risk=[2], lost=[2], n=2, start=0, end=5)
        assert curve.survival.tolist() == [0]


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            (
                {"tenure": []},
                EmptySampleError,
                "tenure must hold at least one customer",
            ),
            (
                {"tenure": [1, -2]},
                InvalidValueError,
                "tenure[1] must not be negative; got -2",
            ),
            ({"tenure": [1, None]}, MissingValueError, "tenure[1] is missing"),
            (
                {"tenure": [1, math.inf]},
                InvalidValueError,
                "tenure[1] must be a finite number; got inf",
            ),
            (
                {"tenure": ["1", 2]},
                InvalidTypeError,
                "tenure[0] must be a number; got '1'",
            ),
            (
                {"tenure": 5},
                InvalidValueError,
                "tenure must be a series, one number per customer; got 5",
            ),
            (
                {"tenure": [[1], [2]]},
                InvalidValueError,
                "tenure must be a series, one number per customer; got [[1], [2]]",
            ),
            (
                {"churned": [1, 0]},
                InvalidTypeError,
                (
                    "churned[0] must hold True or False; got 1; astype(bool) turns 0"
                    " and 1 into truth values"
                ),
            ),
            (
                {"churned": [True, None]},
                MissingValueError,
                "churned[1] is missing; leave these rows out",
            ),
            (
                {"churned": [True]},
                InvalidValueError,
                "churned must have as many rows as tenure (2); got 1",
            ),
            (
                {"churned": [[True, False]]},
                InvalidValueError,
                (
                    "churned must be a column (one dimension); got '2 dimensions';"
                    " np.fromiter(values, object) keeps tuples"
                ),
            ),
            (
                {"entry": [0]},
                InvalidValueError,
                "entry must have as many rows as tenure (2); got 1",
            ),
            (
                {"entry": 0},
                InvalidValueError,
                "entry must be a series, one number per customer; got 0",
            ),
            (
                {"entry": [0, 2]},
                InvalidValueError,
                (
                    "entry[1] must be below tenure; got 2; nobody can be seen before"
                    " entering"
                ),
            ),
            (
                {"entry": [-1, 0]},
                InvalidValueError,
                "entry[0] must not be negative; got -1",
            ),
            ({"entry": [None, 0]}, MissingValueError, "entry[0] is missing"),
            (
                {"weights": [1]},
                InvalidValueError,
                "weights must have the shape (2,); got (1,)",
            ),
            (
                {"weights": [1, 0.5]},
                InvalidValueError,
                "weights[1] must be a count (a whole number, not negative); got 0.5",
            ),
            (
                {"weights": [1, -1]},
                InvalidValueError,
                "weights[1] must be a count (a whole number, not negative); got -1",
            ),
            (
                {"weights": [10**15, 1]},
                InvalidValueError,
                "weights must not add up to more than 1e+15; got 1000000000000001.0",
            ),
            (
                {"weights": [2**62, 2**62]},
                InvalidValueError,
                "weights must not add up to more than 1e+15; got 9.223372036854776e+18",
            ),
            ({"weights": [0, 0]}, EmptySampleError, "weights must not all be 0"),
            (
                {"level": 95},
                InvalidValueError,
                "level must lie between 0 and 1; got 95; write level=0.95 for 95 %",
            ),
            (
                {"level": 1},
                InvalidValueError,
                "level must lie between 0 and 1; got 1; write level=0.95 for 95 %",
            ),
            ({"level": "0.9"}, InvalidTypeError, "level must be a number; got '0.9'"),
        ],
    )
    def test_it_is_refused_by_name_and_place(
        self, options: dict[str, Any], error: type[CxmError], message: str
    ) -> None:
        given: dict[str, Any] = {"tenure": [1, 2], "churned": [True, False]} | options
        assert refused(lambda: kaplan_meier(**given), error) == message

    def test_as_many_customers_as_are_counted_exactly_may_be_weighed(self) -> None:
        curve = kaplan_meier([1, 2], flags(1, 0), weights=[1, 10**15 - 1])
        assert curve.n == 10**15


def parse(markup: str) -> ET.Element:
    """Parse what would be written to a file."""
    return ET.fromstring(markup.encode())  # noqa: S314  our own output


def words(svg: ET.Element) -> list[str]:
    """Return all that is written, but the numbers at the axes."""
    written = (text.text or "" for text in svg.iter(f"{SVG}text"))
    return [each for each in written if re.search("[a-z]", each)]


def dashed(svg: ET.Element) -> list[tuple[float, float]]:
    """Return the line of a model, as shares of the width and height of the plot."""
    (line,) = (p for p in svg.iter(f"{SVG}path") if p.get("stroke-dasharray"))
    numbers = [float(x) for x in re.findall(r"[\d.]+", line.get("d") or "")]
    left = min(float(line.get("x1") or 0) for line in svg.iter(f"{SVG}line"))
    return [
        (round((x - left) / (668 - left), 3), round((278 - y) / 220, 3))
        for x, y in zip(numbers[::2], numbers[1::2], strict=True)
    ]


class TestDrawing:
    def test_it_says_what_is_drawn(self) -> None:
        svg = parse(kaplan_meier([2, 3, 5], flags(1, 0, 0)).to_svg())
        assert words(svg) == [
            "How long do 3 customers stay?",
            "share still there",
            "tenure",
            "line: share still there; soft band: its interval at each time",
            "Intervals: 95 % for each time on its own",
        ]
        assert svg.get("aria-label") == "How long do 3 customers stay?"
        assert [title.text for title in svg.iter(f"{SVG}title")][1:] == [
            "2: 66.7 %, 3 at risk, 1 lost"
        ]
        assert svg.findtext(f"{SVG}desc") == "from 100 % at 0 to 67 % at 5"

    def test_one_customer_is_spoken_of_as_one(self) -> None:
        svg = parse(kaplan_meier([2], flags(0), level=0.9).to_svg())
        assert words(svg) == [
            "How long does 1 customer stay?",
            "share still there",
            "tenure",
            "line: share still there",
            "Intervals: 90 % for each time on its own",
        ]

    def test_steps_group_counts_where_one_points(self) -> None:
        curve = kaplan_meier([1500.5, 2e6], flags(1, 0), weights=[1_200, 1_000])
        said = "<title>1500.5: 45.5 %, 2,200 at risk, 1,200 lost</title>"
        assert said in curve.to_svg()

    def test_the_band_goes_with_the_curve(self) -> None:
        curve = remission()
        svg = parse(curve.to_svg())
        (band,) = (g for g in svg.iter(f"{SVG}g") if g.get("fill-opacity"))
        tops, bottoms = [], []
        for box in band:
            _, top, _, bottom, _ = re.findall(r"[\d.]+", box.get("d") or "")
            tops.append((278 - float(top)) / 220)
            bottoms.append((278 - float(bottom)) / 220)
        assert tops == pytest.approx(curve.high.tolist(), abs=1e-4)
        assert bottoms == pytest.approx(curve.low.tolist(), abs=1e-4)

    def test_a_model_is_a_dashed_line(self) -> None:
        model = ShiftedBetaGeometric(alpha=1, beta=9)
        curve = kaplan_meier([2, 3, 10], flags(1, 0, 0))
        points = dashed(parse(curve.to_svg(fitted=model.survival)))
        assert points == [(t / 10, round(model.survival(t), 3)) for t in range(11)]

    def test_a_model_is_asked_at_whole_periods_that_were_seen(self) -> None:
        asked = []

        def fitted(periods: Any) -> Any:
            assert periods.dtype == np.int64
            asked.append(periods.tolist())
            return np.ones(periods.shape)

        kaplan_meier([7.5, 9.9], flags(1, 0), entry=[3.2, 4]).to_svg(fitted=fitted)
        kaplan_meier([0.9, 0.8], flags(1, 0), entry=[0.2, 0.2]).to_svg(fitted=fitted)
        kaplan_meier([1e6, 9e5], flags(1, 0)).to_svg(fitted=fitted)
        assert asked[:2] == [[4, 5, 6, 7, 8, 9], []]
        assert len(asked[2]) == 120
        assert asked[2][-1] == 1_000_000

    @pytest.mark.parametrize(
        ("fitted", "error", "message"),
        [
            (
                0.5,
                InvalidTypeError,
                (
                    "fitted must be a function of whole numbers; got 0.5; pass"
                    " model.survival"
                ),
            ),
            (
                lambda t: t,
                InvalidValueError,
                "fitted[2] must lie between 0 and 1; got 2; write 0.8 for 80 %",
            ),
            (lambda t: t * NAN, MissingValueError, "fitted[0] is missing"),
            (
                lambda _: 0.5,
                InvalidValueError,
                "fitted must have the shape (4,); got ()",
            ),
        ],
    )
    def test_what_is_no_model_is_refused(
        self, fitted: Any, error: type[CxmError], message: str
    ) -> None:
        curve = kaplan_meier([2, 3], flags(1, 0))
        assert refused(lambda: curve.to_svg(fitted=fitted), error) == message

    def test_notebooks_show_the_drawing(self) -> None:
        curve = remission()
        assert curve._repr_html_() == curve.to_svg()

    @pytest.mark.parametrize("end", [0.0, 5e-324, 1e-9, 1e12])
    def test_any_length_of_time_can_be_drawn(self, end: float) -> None:
        assert kaplan_meier([end, 0], flags(1, 0)).to_svg()
