import copy
import pickle
from typing import Any

import attrs
import pytest

import cxmkit.value
from cxmkit.claims import CLAIMS, Claim, ClaimEvidence
from cxmkit.errors import InvalidTypeError, InvalidValueError
from cxmkit.value import clv, expected_lifetime, retention_uplift


def a_claim(**changes: Any) -> Claim:
    return attrs.evolve(CLAIMS["pay-more"], **changes)


class TestTheNumbersOfTheDocuments:
    def test_are_these_and_no_others(self) -> None:
        assert {key: claim.figure for key, claim in CLAIMS.items()} == {
            "pay-more": 0.85,
            "years-with-us": (1.0, 6.0),
            "less-churn": 0.95,
            "more-retention": (0.25, 0.95),
            "fewer-calls": 600_000.0,
        }

    def test_name_the_rows_that_quote_them(self) -> None:
        rows = [row for claim in CLAIMS.values() for row in claim.cited_in]
        assert rows == ["S1.47", "S1.48", "S3.100", "S3.102", "S3.103"]

    def test_rest_on_what_their_sources_are(self) -> None:
        assert [claim.evidence.value for claim in CLAIMS.values()] == [
            "stated-intent",
            "single-case",
            "calculation",
            "calculation",
            "no-source",
        ]

    @pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS.keys())
    def test_have_a_function_that_works_them_out(self, claim: Claim) -> None:
        assert claim.recomputed_by in cxmkit.value.__all__
        assert callable(getattr(cxmkit.value, claim.recomputed_by))

    def test_are_found_by_their_keys(self) -> None:
        assert all(key == claim.key for key, claim in CLAIMS.items())

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            CLAIMS["pay-more"] = CLAIMS["fewer-calls"]  # type: ignore[index]
        with pytest.raises(AttributeError):
            CLAIMS.more = ()  # type: ignore[attr-defined]

    def test_who_asks_for_another_is_told_which_there_are(self) -> None:
        with pytest.raises(KeyError) as error:
            CLAIMS["pay-less"]
        assert error.value.args == (
            (
                "no claim has the key 'pay-less'; there are pay-more, years-with-us,"
                " less-churn, more-retention, fewer-calls"
            ),
        )
        assert "pay-less" not in CLAIMS
        assert CLAIMS.get("pay-less") is None
        with pytest.raises(KeyError):
            CLAIMS[[]]  # type: ignore[index]

    def test_speak_and_travel(self) -> None:
        assert repr(CLAIMS) == (
            "5 claims: pay-more, years-with-us, less-churn, more-retention, fewer-calls"
        )
        assert len(CLAIMS) == 5
        assert pickle.loads(pickle.dumps(CLAIMS)) is CLAIMS  # noqa: S301
        assert copy.deepcopy(CLAIMS) is CLAIMS
        assert dict(copy.copy(CLAIMS)) == {
            claim.key: claim for claim in CLAIMS.values()
        }


class TestWhatIsSaidOfASource:
    """The figures in the texts are worked out here with the functions themselves."""

    @pytest.mark.parametrize(("retention", "said"), [(0.74, "3.8"), (0.43, "1.8")])
    def test_years_that_follow_from_constant_retention(
        self, retention: float, said: str
    ) -> None:
        text = CLAIMS["years-with-us"].what_the_source_says
        assert f"{retention:.0%}".replace("%", " %") in text
        assert f"{expected_lifetime(retention):.1f}" == said
        assert said in text

    def test_five_per_cent_of_the_churn(self) -> None:
        gain = retention_uplift(
            1,
            retention=0.8,
            change=0.05,
            discount=0.1,
            mode="churn-relative",
            timing="residual",
        )
        before = clv(1, retention=0.8, discount=0.1, timing="residual")
        assert round(100 * gain / before) == 5

    @pytest.mark.parametrize(("retention", "gain"), [(0.85, 0.25), (0.95, 0.5)])
    def test_five_points_more(self, retention: float, gain: float) -> None:
        more = retention_uplift(
            1,
            retention=retention,
            change=0.05,
            discount=0.1,
            mode="points",
            timing="end-of-period",
        )
        before = clv(1, retention=retention, discount=0.1, timing="end-of-period")
        assert more / before == pytest.approx(gain, abs=1e-12)

    def test_another_six_years_or_six_in_all(self) -> None:
        text = CLAIMS["years-with-us"].what_the_source_says
        assert (
            "another six years ask for 85.7 % each year (six in all for 83.3 %)" in text
        )
        assert expected_lifetime(6 / 7) - 1 == pytest.approx(6)
        assert f"{600 / 7:.1f}" == "85.7"
        assert expected_lifetime(5 / 6) == pytest.approx(6)
        assert f"{500 / 6:.1f}" == "83.3"

    @pytest.mark.parametrize("discount", [0, 0.02, 0.05])
    def test_where_95_per_cent_would_be(self, discount: float) -> None:
        text = CLAIMS["more-retention"].what_the_source_says
        assert "churn and discount that make 10.3 % together, such as 89.7 %" in text
        both = 0.05 + 0.05 / 0.95  # churn and discount: x / (both - x) = 0.95
        assert (f"{both:.1%}", f"{1 - both:.1%}") == ("10.3%", "89.7%")
        rates: dict[str, Any] = {"retention": 1 - both + discount, "discount": discount}
        more = retention_uplift(
            1, change=0.05, mode="points", timing="end-of-period", **rates
        )
        assert more / clv(1, timing="end-of-period", **rates) == pytest.approx(0.95)

    def test_calls_cost_six_million_before(self) -> None:
        assert CLAIMS["fewer-calls"].figure == pytest.approx(6e6 * 0.1)


SEEN = "have at least one visible character"
WAY = (
    "pass ClaimEvidence(...) of one of 'stated-intent', 'single-case', 'calculation',"
    " 'no-source'"
)


class TestAClaim:
    def test_speaks(self) -> None:
        claim = CLAIMS["fewer-calls"]
        assert claim.summary() == (
            '"10 % fewer service calls save up to USD 600,000 a year" (S3.103) rests '
            "on no source that could be found; work it out with your own figures: "
            "cxmkit.value.service_savings."
        )
        said, source = str(claim).split("\n\n")
        assert " ".join(said.splitlines()) == claim.summary()
        assert " ".join(source.splitlines()) == claim.what_the_source_says
        assert 80 < max(map(len, str(claim).splitlines())) <= 88
        several = attrs.evolve(claim, cited_in=("S1.1", "S2.2")).summary()
        assert "(S1.1, S2.2)" in several

    def test_takes_a_pair_as_a_list(self) -> None:
        assert a_claim(figure=[1, 2]).figure == (1.0, 2.0)

    def test_is_a_value(self) -> None:
        claim = CLAIMS["pay-more"]
        assert pickle.loads(pickle.dumps(claim)) == claim  # noqa: S301
        assert hash(a_claim()) == hash(claim)

    @pytest.mark.parametrize(
        ("changes", "error", "message"),
        [
            ({"key": " "}, InvalidValueError, f"key must {SEEN}; got ' '"),
            (
                {"figure": (2, 1)},
                InvalidValueError,
                "figure must run from low to high; got (2.0, 1.0)",
            ),
            (
                {"figure": (1, 2, 3)},
                InvalidValueError,
                "figure must be a number or a pair (low, high); got (1.0, 2.0, 3.0)",
            ),
            ({"figure": "85"}, InvalidTypeError, "figure must be a number; got '85'"),
            (
                {"figure": float("nan")},
                InvalidValueError,
                "figure must be a finite number; got nan",
            ),
            (
                {"cited_in": ()},
                InvalidValueError,
                "cited_in must name at least one row; got ()",
            ),
            (
                {"cited_in": "S1.47"},
                InvalidTypeError,
                "cited_in must be a series of str; got 'S1.47'",
            ),
            (
                {"cited_in": ("",)},
                InvalidValueError,
                "cited_in must hold texts with at least one visible character; got ''",
            ),
            (
                {"evidence": "stated-intent"},
                InvalidTypeError,
                f"evidence must be a ClaimEvidence; got 'stated-intent'; {WAY}",
            ),
            (
                {"recomputed_by": ""},
                InvalidValueError,
                f"recomputed_by must {SEEN}; got ''",
            ),
        ],
    )
    def test_refuses(
        self, changes: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error) as refusal:
            a_claim(**changes)
        assert str(refusal.value) == message

    def test_evidence_codes_are_stable(self) -> None:
        assert [each.value for each in ClaimEvidence] == [
            "stated-intent",
            "single-case",
            "calculation",
            "no-source",
        ]
