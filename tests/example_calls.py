"""One good call of everything public, for tests that watch what a call does.

Instances are put through whatever needs no arguments; the rest is spelled out.
"""

import contextlib
import copy
import enum
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np

import cxmkit

Thunk = Callable[[], Any]

cx: Any = cxmkit  # with nulls in lists, which no array type admits

ANSWERS = [10, 9, 3, 8, None, 0]
GROUPS = ["a", "b", "a", "b", "a", "b"]
PAIR = ([0, 1, 0, 1, 0, 1], ["a", "b"])
WEIGHTS = [1.0, 0.5, 2.0, 1.0, 1.0, 0.25]


def _tally(**options: Any) -> Any:
    options = {"by": GROUPS, "weights": WEIGHTS, "missing": "omit"} | options
    return cx.Tally.count(ANSWERS, scale=cx.RECOMMEND_0_10, **options)


def _net() -> Any:
    metrics = importlib.import_module("cxmkit.metrics")
    return metrics.NetScore(name="Net", positive=[9, 10], negative=range(7))


def _share() -> Any:
    metrics = importlib.import_module("cxmkit.metrics")
    return metrics.BoxShare(name="Share", points=[9, 10])


def _mean() -> Any:
    metrics = importlib.import_module("cxmkit.metrics")
    return metrics.MeanScore(name="Mean", rescaled=True)


def _interval(definition: Any, method: str) -> Any:
    module = importlib.import_module("cxmkit.definition")
    worth = definition.worth(cx.RECOMMEND_0_10)
    return definition.interval(module._sample(_tally(), worth, spare=0), 0.9, method)  # noqa: SLF001  what methods see


def _estimates() -> Any:
    return cx.nps(ANSWERS, by=GROUPS, missing="omit")


def _comparison() -> Any:
    first, second = _estimates()
    return cx.compare(first, second)


def _value() -> Any:
    return importlib.import_module("cxmkit.value")


def _lifetime() -> Any:
    return importlib.import_module("cxmkit.lifetime")


def _history(**options: Any) -> Any:
    given = {
        "frequency": [2, 0, 1],
        "recency": [4, 0, 3],
        "age": [6, 5, 6],
        "spend": [9.5, None, 4],
        "unit": "week",
        "customers": [8, 7, 5],
    }
    return _lifetime().CustomerHistory.from_summary(**given | options)


def _offer(**changes: Any) -> Any:
    fields = {"product_quality": 8, "service_quality": 6, "cost": 40, "hassle": 10}
    return _value().PerceivedValue(**fields | changes)


def _curves() -> Any:
    return _value().AcquisitionRetention(
        margin=50,
        discount=0.1,
        acquisition_ceiling=0.4,
        acquisition_response=0.05,
        retention_ceiling=0.7,
        retention_response=0.05,
    )


def _buying() -> Any:
    return _lifetime().BetaGeometricNBD(
        r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week"
    )


def _leaving() -> Any:
    return _lifetime().ParetoNBD(
        r=0.553, alpha=10.578, s=0.606, beta=11.669, unit="week"
    )


def _paying() -> Any:
    return _lifetime().GammaGamma(p=6.25, q=3.74, gamma=15.44)


def _spent() -> Any:
    return _history(
        frequency=[2, 0, 1, 4, 3],
        recency=[4, 0, 3, 5, 2],
        age=[6, 5, 6, 6, 6],
        spend=[9.5, None, 4, 7, 12],
        customers=[8, 7, 5, 1, 2],
    )


def _contracts() -> Any:
    return _lifetime().ShiftedBetaGeometric.fit([30, 12, 6], [70, 58, 52])


def _survival() -> Any:
    return _lifetime().kaplan_meier([2, 3, 5], [True, False, True])


def _fit_report() -> Any:
    return _lifetime().FitReport(
        parameters=["alpha", "beta"],
        log_likelihood=-1680.27,
        iterations=6,
        converged=True,
        gradient_norm=1e-9,
        at_bound=[],
        covariance=[[0.0064, 0.012], [0.012, 0.0256]],
        n=1000,
        values=[0.704, 1.182],
    )


def _interval_of_survival(**options: Any) -> Any:
    return _lifetime().confidence_interval(
        _contracts(), lambda m: m.survival([2, 12]), **options
    )


def _link() -> Any:
    tally = cx.Tally.from_counts(
        [[60, 50, 50, 40, 30], [40, 50, 50, 60, 70]],
        scale=cx.STARS_1_5,
        by={"retained": [False, True]},
    )
    return _value().ExperienceLink(tally=tally)


def _party() -> Any:
    return cx.Ref("stakeholder", 7)


def _day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def _need() -> Any:
    return cx.Need(
        id="sleep",
        statement="dry nights",
        motivation=None,
        nature=cx.NeedNature.EMOTIONAL,
        met=0.5,
    )


def _membership() -> Any:
    return cx.Membership(segment=3, since=_day(1), until=_day(9))


def _relationship() -> Any:
    return cx.Relationship(
        id=1,
        a=_party(),
        b=cx.Ref("brand", "nappies"),
        role_a="customer",
        role_b="supplier",
        episodes=[cx.Episode(start=_day(2), end=_day(5)), cx.Episode(start=_day(9))],
    )


def _attribute() -> Any:
    return cx.PositioningAttribute(name="dry", target=0.9, weight=2)


def _encounter() -> Any:
    return cx.Encounter.two_sided(
        id=1,
        party=_party(),
        touchpoint="shop",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        counterpart=cx.Ref("brand", "nappies"),
        relationship=cx.Ref("relationship", 1),
    )


def _one_sided() -> Any:
    return cx.Encounter.one_sided(
        id=2, party=_party(), touchpoint="poster", at=datetime(2026, 3, 2, tzinfo=UTC)
    )


def _perception() -> Any:
    return cx.Perception.from_answer(
        4, scale=cx.STARS_1_5, dimension=cx.ExperienceDimension.TRANSACTION
    )


def _experience() -> Any:
    return cx.Experience(encounter=_encounter(), perceptions=[_perception()])


def _journey() -> Any:
    return cx.Journey.of(_party(), "dry nights", [_experience()])


def _stage() -> Any:
    return cx.Stage("need", cx.Phase.PRE_PURCHASE)


def _touchpoint() -> Any:
    return cx.Touchpoint(id=1, name="Hotline", stage=_stage(), importance=0.5)


def _map() -> Any:
    return cx.JourneyMap.parse("need: advertisement\npurchase: shop > till", id=1)


def _columns() -> dict[str, Any]:
    return {
        "customer": [8, 7, 7],
        "time": [_day(1), _day(3), _day(2)],
        "touchpoint": ["shop", "shop", "ad"],
        "channel": ["web", None, "web"],
        "dimension": ["brand", None, "transaction"],
        "attribute": ["dry", None, None],
        "two_sided": [True, False, False],
        "amount": [9.5, None, 0],
        "score": [5, None, 4],
        "scale": cx.STARS_1_5,
    }


def _log(**options: Any) -> Any:
    return cx.JourneyLog.from_columns(**_columns() | options)


def _paths() -> Any:
    return importlib.import_module("cxmkit.paths")


def _consistency() -> Any:
    return importlib.import_module("cxmkit.consistency")


def _impressions() -> Any:
    places = {"attribute": ["dry"] * 6, "touchpoint": GROUPS}
    return _tally(by=places, weights=None)


def _distance() -> Any:
    return _consistency().decompose(_impressions(), 0.8)


def _positioning() -> Any:
    return cx.BrandPositioning(
        brand="nappies",
        offer="dry nights",
        audience="families",
        attributes=[_attribute()],
    )


def _ledger() -> Any:
    promises = [cx.Promise(attribute="dry", level=0.9)]
    delivered = {("dry", "a"): 0.5}
    return cx.promise_ledger(
        _positioning(), promises, _impressions(), delivered=delivered
    )


def _differentiation() -> Any:
    own = _impressions().by("attribute")
    return _consistency().differentiation(own, {"rival": own})


def _blind_spots() -> Any:
    return _consistency().blind_spots(_log(), _map(), **_episodes())


def _journey_gap() -> Any:
    return _consistency().journey_gap(_log(), {7: 3, 8: 5})


def _curve() -> Any:
    return _paths().emotion_curve(_log())


def _episodes() -> dict[str, Any]:
    return {"customer": [7, 7], "start": [_day(1), _day(5)], "end": [_day(3), None]}


def _company() -> Any:
    return importlib.import_module("cxmkit.world").Company(7, customers=20)


def _contacts() -> list[Any]:
    return [SimpleNamespace(person=_party(), at=_day(1), place="shop")]


def _error(name: str) -> Thunk:
    return lambda: getattr(importlib.import_module("cxmkit.errors"), name)("message")


_SCALE = {"scale": cx.RECOMMEND_0_10}
_OPTIONS = {"missing": "omit", "level": 0.9}


def _inference() -> Any:
    return importlib.import_module("cxmkit.inference")


def _metrics() -> Any:
    return importlib.import_module("cxmkit.metrics")


def _stars(**options: Any) -> Any:
    return cx.Tally.count([5, 4, 1, 5], scale=cx.STARS_1_5, **options)


def _change() -> Any:
    return _inference().explain_change(_estimates(), _estimates(), axis="group")


def _reversals() -> Any:
    names = {"channel": ["phone", "chat"], "case": ["easy", "hard"]}
    scale = cx.Scale(0, 1, higher_is_better=True)
    counts = [[[40, 160], [400, 400]], [[300, 700], [144, 96]]]
    tally = cx.Tally.from_counts(counts, scale=scale, by=names)
    solved = _metrics().BoxShare(name="Solved", points=[1])
    return _inference().simpson_reversals(
        tally, solved, across="channel", within="case", min_n=30, level=0.95
    )


def _definitions() -> Any:
    counts = [[400, 50, 50, 100, 400], [10, 40, 150, 600, 200]]
    tally = cx.Tally.from_counts(counts, scale=cx.SATISFACTION_1_5, by=["app", "shop"])
    return _metrics().csat_definitions(tally, min_n=30, level=0.95)


def _raked() -> Any:
    targets = {"group": {"a": 0.4, "b": 0.6}}
    return _inference().rake({"group": GROUPS}, targets, weights=WEIGHTS)


def _bounds() -> Any:
    return _inference().nonresponse_bounds(_estimates(), invited=[5, 9])


def _suppressed() -> Any:
    return importlib.import_module("cxmkit.tally").suppress(_tally(), min_n=2)


# An instance of each class. Whatever it offers without arguments is tried as well.
INSTANCES: dict[str, Thunk] = {
    "pareto.ParetoNBD": _leaving,
    "spending.GammaGamma": _paying,
    "independence.SpendIndependence": lambda: _lifetime().SpendIndependence.of(
        _spent()
    ),
    "acquisition.AcquisitionRetention": _curves,
    "acquisition.MarginalCosts": lambda: _curves().marginal_costs(20, 5),
    "acquisition.SpendingOptimum": lambda: _curves().optimum(),
    "betageometric.BetaGeometricNBD": _buying,
    "perceived.LeverMove": lambda: _offer().cheapest(0.35, unit_costs={"hassle": 3}),
    "perceived.PerceivedValue": _offer,
    "perceived.ValueChange": lambda: _value().decompose_value_change(
        _offer(), _offer(cost=44, hassle=2, hassle_price=3)
    ),
    "contracts.ShiftedBetaGeometric": _contracts,
    "uncertainty.ConfidenceInterval": _interval_of_survival,
    "fitting.FitReport": _fit_report,
    "link.ExperienceLink": _link,
    "loyalty.EarnedGrowth": lambda: _value().earned_growth(
        start=100, retained=85, earned=25, bought=20
    ),
    "payback.PricePremium": lambda: _value().price_premium([0, 0.1], premium=0.1),
    "purchases.CustomerHistory": _history,
    "shares.MarketShare": lambda: _value().market_share([60, 0, 30], [80, 50, 300]),
    "survival.SurvivalCurve": _survival,
    "tiers.CustomerTiers": lambda: _value().customer_tiers([90, 5, -9], [95, 60, -5]),
    "tiers.RfmScores": lambda: _value().rfm_scores([3, 40], [12, 1], [900, 0]),
    "tiers.ValueNeedMatrix": lambda: _value().value_need_matrix([9, 1], ["a", "b"]),
    "claims.Claim": lambda: importlib.import_module("cxmkit.claims").CLAIMS["pay-more"],
    "brand.BrandPositioning": _positioning,
    "brand.PositioningAttribute": _attribute,
    "brand.Promise": lambda: cx.Promise(attribute="dry", level=0.9, touchpoint="shop"),
    "brand.ServiceQuality": lambda: cx.ServiceQuality(
        attribute="dry", touchpoint="at home", promised=0.9, perceived=0.7
    ),
    "customer.Customer": lambda: cx.Customer(
        id=7, roles={"member"}, needs=[_need()], memberships=[_membership()]
    ),
    "customer.Episode": lambda: cx.Episode(start=_day(2), end=_day(5)),
    "customer.Membership": _membership,
    "customer.Ref": _party,
    "customer.Relationship": _relationship,
    "customer.Segment": lambda: cx.Segment(id=3, name="families", basis="occasion"),
    "customer.Stakeholder": lambda: cx.Stakeholder(id=7, kind=cx.PartyKind.HOUSEHOLD),
    "definition.BoxShare": _share,
    "definition.MeanScore": _mean,
    "definition.NetScore": _net,
    "errors.CxmError": _error("CxmError"),
    "errors.EmptySampleError": _error("EmptySampleError"),
    "errors.InvalidTypeError": _error("InvalidTypeError"),
    "errors.InvalidValueError": _error("InvalidValueError"),
    "errors.MissingValueError": _error("MissingValueError"),
    "errors.ScaleMismatchError": _error("ScaleMismatchError"),
    "estimate.Estimate": lambda: cx.nps([10, 9, 3, 8, 0]),
    "estimate.Estimates": _estimates,
    "experience.Encounter": _encounter,
    "experience.Experience": _experience,
    "experience.Perception": _perception,
    "charts.ControlChart": lambda: _inference().control_chart(_estimates()),
    "composition.ChangeExplained": _change,
    "individuals.XmrChart": lambda: _inference().xmr_chart([3, 5, 4]),
    "league.LeagueTable": lambda: _inference().league_table(_estimates()),
    "raking.Raked": _raked,
    "readings.CsatDefinitions": _definitions,
    "readings.RankFlip": lambda: _definitions().flips[0],
    "reversals.Reversal": lambda: _reversals()[0],
    "significance.HomogeneityTest": lambda: _inference().homogeneity_test(_tally()),
    "significance.RankTest": lambda: _inference().rank_test(_stars(), _stars()),
    "silence.NonresponseBounds": lambda: _inference().nonresponse_bounds(
        _estimates(), invited=[5, 9], silent=(-50, 50)
    ),
    "tally.Suppressed": _suppressed,
    "trends.Trend": lambda: _inference().trend(_estimates(), [1, 2]),
    "comparison.Comparison": _comparison,
    "comparison.Comparisons": lambda: cx.compare(_estimates(), _estimates()),
    "journey.Journey": _journey,
    "journeylog.JourneyLog": _log,
    "deviations.PlannedVersusActual": lambda: _paths().planned_versus_actual(
        _log(), _map()
    ),
    "blindness.BlindSpots": _blind_spots,
    "distance.Consistency": _distance,
    "distinction.Differentiation": _differentiation,
    "emotions.EmotionCurve": _curve,
    "fidelity.Conformance": lambda: _paths().conformance(_log(), _map()),
    "funnels.FunnelCounts": lambda: _paths().funnel(_log(), ["ad", "shop"]),
    "hurdles.FrictionCounts": lambda: _paths().friction(_log()),
    "incidents.IncidentCounts": lambda: _paths().critical_incidents(
        _log(), threshold=4
    ),
    "ledger.PromiseLedger": _ledger,
    "lifecycle.OneSidedCounts": lambda: _paths().one_sided(
        _log(), customer=[7], start=[_day(1)]
    ),
    "wholeness.JourneyGap": _journey_gap,
    "pace.DwellTimes": lambda: _paths().dwell(_log()),
    "pace.SessionCounts": lambda: _paths().sessions(_log(), gap=60),
    "routes.TransitionCounts": lambda: _paths().transitions(_log()),
    "routes.Variants": lambda: _paths().variants(_log()),
    "world.Company": _company,
    "world.Truth": lambda: _company().truth,
    "journeymap.JourneyMap": _map,
    "need.Need": _need,
    "scale.Scale": lambda: cx.Scale(0, 1, step=0.25, higher_is_better=True),
    "tally.Tally": _tally,
    "touchpoint.MomentOfTruth": lambda: cx.MomentOfTruth(touchpoint=1, kind="first"),
    "touchpoint.PainPoint": lambda: cx.PainPoint(touchpoint=1, severity=0.5),
    "touchpoint.Stage": _stage,
    "touchpoint.Touchpoint": _touchpoint,
}

# All of these are at the package's own door.
ENUMS = {
    "ClaimEvidence": "claims",
    "Direction": "experience",
    "Evidence": "experience",
    "ExperienceDimension": "experience",
    "Initiator": "experience",
    "Medium": "touchpoint",
    "NeedNature": "need",
    "NeedOrigin": "need",
    "Owner": "touchpoint",
    "PartyKind": "customer",
    "Phase": "touchpoint",
    "Standing": "customer",
}

# Functions, and methods that take arguments.
CALLS: dict[str, Thunk] = {
    "pareto.ParetoNBD.fit": lambda: type(_leaving()).fit(_history()),
    "pareto.ParetoNBD.survival": lambda: _leaving().survival([0, 52]),
    "pareto.ParetoNBD.expected_purchases": lambda: _leaving().expected_purchases(52),
    "pareto.ParetoNBD.probability_alive": lambda: _leaving().probability_alive(
        _history()
    ),
    "pareto.ParetoNBD.conditional_expected_purchases": lambda: (
        _leaving().conditional_expected_purchases(_history(), [13, 39])
    ),
    "pareto.ParetoNBD.residual_purchases": lambda: _leaving().residual_purchases(
        _history(), 0.003
    ),
    "pareto.ParetoNBD.simulate": lambda: _leaving().simulate(20, rng=1, age=39),
    "pareto.ParetoNBD.simulate_like": lambda: _leaving().simulate_like(
        _history(), rng=np.random.default_rng(1)
    ),
    "spending.GammaGamma.fit": lambda: type(_paying()).fit(_spent()),
    "spending.GammaGamma.expected_spend": lambda: _paying().expected_spend(_spent()),
    "spending.GammaGamma.simulate": lambda: _paying().simulate(20, rng=1),
    "spending.GammaGamma.simulate_like": lambda: _paying().simulate_like(
        _spent(), rng=np.random.default_rng(1)
    ),
    "independence.SpendIndependence.of": lambda: _lifetime().SpendIndependence.of(
        _spent(), level=0.9
    ),
    "spending.residual_clv": lambda: _lifetime().residual_clv(
        _buying(), _paying(), _spent(), discount=0.003
    ),
    "acquisition.AcquisitionRetention.marginal_costs": lambda: _curves().marginal_costs(
        20, 5
    ),
    "acquisition.AcquisitionRetention.value": lambda: _curves().value([1, 20], 5),
    "acquisition.calibrate_response": lambda: _value().calibrate_response(
        10, 0.2, ceiling=0.4
    ),
    "betageometric.BetaGeometricNBD.fit": lambda: type(_buying()).fit(_history()),
    "betageometric.BetaGeometricNBD.survival": lambda: _buying().survival([0, 52]),
    "betageometric.BetaGeometricNBD.expected_purchases": lambda: (
        _buying().expected_purchases([0, 52])
    ),
    "betageometric.BetaGeometricNBD.purchase_distribution": lambda: (
        _buying().purchase_distribution(39, up_to=3)
    ),
    "betageometric.BetaGeometricNBD.probability_alive": lambda: (
        _buying().probability_alive(_history())
    ),
    "betageometric.BetaGeometricNBD.conditional_expected_purchases": lambda: (
        _buying().conditional_expected_purchases(_history(), [13, 39])
    ),
    "betageometric.BetaGeometricNBD.residual_purchases": lambda: (
        _buying().residual_purchases(_history(), 0.003)
    ),
    "betageometric.BetaGeometricNBD.simulate": lambda: _buying().simulate(
        20, rng=1, age=39
    ),
    "betageometric.BetaGeometricNBD.simulate_like": lambda: _buying().simulate_like(
        _history(), rng=np.random.default_rng(1)
    ),
    "equity.convert_rate": lambda: _value().convert_rate([0.1, 0.2], periods=1 / 12),
    "equity.customer_equity": lambda: _value().customer_equity(
        [408, 33.3], customers=[10, 50]
    ),
    "equity.expected_lifetime": lambda: _value().expected_lifetime([0.43, 0.74]),
    "equity.retention_uplift": lambda: _value().retention_uplift(
        [100, 50],
        retention=0.8,
        change=0.05,
        discount=0.1,
        mode="relative",
        timing="residual",
    ),
    "equity.return_on_customer": lambda: _value().return_on_customer(
        [10, 20], equity_before=100, equity_after=[105, 75]
    ),
    "perceived.PerceivedValue.cheapest": lambda: _offer().cheapest(
        0.35, unit_costs={"cost": 1, "hassle": 3}
    ),
    "perceived.PerceivedValue.exchange_rate": lambda: _offer().exchange_rate(
        "service_quality", "cost"
    ),
    "perceived.PerceivedValue.needed": lambda: _offer().needed(0.4),
    "perceived.PerceivedValue.relative_to": lambda: _offer().relative_to(
        _offer(cost=30)
    ),
    "perceived.decompose_value_change": lambda: _value().decompose_value_change(
        _offer(), _offer(cost=30)
    ),
    "contracts.ShiftedBetaGeometric.fit": _contracts,
    "contracts.ShiftedBetaGeometric.survival": lambda: _contracts().survival([0, 3]),
    "contracts.ShiftedBetaGeometric.retention": lambda: _contracts().retention([1, 3]),
    "contracts.ShiftedBetaGeometric.residual_lifetime": lambda: (
        _contracts().residual_lifetime(0.1, renewals=[0, 5])
    ),
    "contracts.ShiftedBetaGeometric.simulate": lambda: _contracts().simulate(
        50, rng=1, periods=3
    ),
    "contracts.ShiftedBetaGeometric.simulate_like": lambda: _contracts().simulate_like(
        ([3, 1], [7, 6]), rng=np.random.default_rng(1)
    ),
    "uncertainty.confidence_interval": lambda: _interval_of_survival(
        method="bootstrap", history=([30, 12, 6], [70, 58, 52]), rng=1, draws=99
    ),
    "link.ExperienceLink.fit": lambda: _value().ExperienceLink.fit(
        [1, 5, None],
        [False, True, True],
        scale=cx.STARS_1_5,
        weights=[1, 2, 1],
        missing="omit",
        level=0.9,
    ),
    "link.ExperienceLink.retention_at": lambda: _link().retention_at([1, 3.5]),
    "link.ExperienceLink.uplift": lambda: _link().uplift(3, [1, 2]),
    "loyalty.retention_rate": lambda: _value().retention_rate(
        start=[100, 80], end=[90, 70], new=[10, 0]
    ),
    "loyalty.churn_rate": lambda: _value().churn_rate(start=100, end=90, new=10),
    "loyalty.repeat_rate": lambda: _value().repeat_rate([1, 2, 3], weights=[6, 3, 1]),
    "loyalty.net_revenue_retention": lambda: _value().net_revenue_retention(
        start=100, expansion=[20, 0], contraction=5, churn=10
    ),
    "loyalty.gross_revenue_retention": lambda: _value().gross_revenue_retention(
        start=100, contraction=5, churn=10
    ),
    "loyalty.earned_growth": lambda: _value().earned_growth(
        start=100, retained=85, earned=25, bought=20
    ),
    "payback.price_premium": lambda: _value().price_premium(
        [0, 0.1, 0.2], premium=0.1, weights=[1, 2, 1]
    ),
    "payback.service_savings": lambda: _value().service_savings(
        [1000, 500], reduction=0.1, cost_per_contact=6
    ),
    "payback.experience_roi": lambda: _value().experience_roi([3, 1], investment=2),
    "purchases.CustomerHistory.from_events": lambda: (
        _lifetime().CustomerHistory.from_events(
            customer=[8, 7, 7],
            time=[_day(1), _day(3), _day(2)],
            amount=[9.5, 2, 4],
            end=_day(9),
            unit="week",
            collapse="day",
        )
    ),
    "purchases.CustomerHistory.from_summary": _history,
    "purchases.CustomerHistory.expand": lambda: _history().expand([1, 2, 3]),
    "shares.share_of_customer": lambda: _value().share_of_customer([60, 0], [80, 0]),
    "shares.market_share": lambda: _value().market_share(
        [60, 0, 30], [80, 50, 300], weights=[1, 2, 0.5]
    ),
    "shares.wallet_allocation": lambda: _value().wallet_allocation([1, 1.5], [2, 3]),
    "survival.SurvivalCurve.at": lambda: _survival().at([0, 3]),
    "survival.SurvivalCurve.restricted_mean": lambda: _survival().restricted_mean(4),
    "survival.SurvivalCurve.to_svg": lambda: _survival().to_svg(
        fitted=_contracts().survival
    ),
    "survival.kaplan_meier": lambda: _lifetime().kaplan_meier(
        [2, 9, 5], [True, False, True], entry=[0, 1, 1], weights=[2, 1, 1], level=0.9
    ),
    "tiers.customer_tiers": lambda: _value().customer_tiers(
        [90, 20, 5], [95, 30, 60], cost_to_serve=[1, 2, 3], top_share=0.7
    ),
    "tiers.rfm_scores": lambda: _value().rfm_scores([3, 40], [12, 1], [900, 0], bins=3),
    "tiers.value_need_matrix": lambda: _value().value_need_matrix(
        [9, 1, 2], ["a", "b", "a"], skewed_up_to=0.3, diverse_from=0.4
    ),
    "charts.control_chart": lambda: _inference().control_chart(
        _estimates(), baseline=["a", "b"], method="laney"
    ),
    "composition.explain_change": _change,
    "individuals.xmr_chart": lambda: _inference().xmr_chart(
        [3, 5, 4], labels=["a", "b", "c"], baseline=["a", "b"]
    ),
    "league.league_table": lambda: _inference().league_table(
        _estimates(), level=0.9, ranks="all"
    ),
    "pairing.compare_paired": lambda: _inference().compare_paired(
        [[1, 2], [3, 4]],
        scale=cx.Scale(0, 1, higher_is_better=True),
        metric=_metrics().BoxShare(name="Yes", points=[1]),
    ),
    "planning.margin_of_error": lambda: _inference().margin_of_error(
        [100, 400], expected=(50, 20), population=[500, 600]
    ),
    "planning.sample_size": lambda: _inference().sample_size(
        [2, 5], expected=50, design_effect=1.5
    ),
    "planning.sample_size_to_compare": lambda: _inference().sample_size_to_compare(
        10, expected=60
    ),
    "raking.Raked.estimate": lambda: _raked().estimate(
        _net(), ANSWERS, scale=cx.RECOMMEND_0_10, level=0.9, missing="omit"
    ),
    "raking.rake": _raked,
    "rates.first_contact_resolution": lambda: _metrics().first_contact_resolution(
        [3, 4], [5, 6], unresolvable=1, by=["a", "b"]
    ),
    "rates.response_rate": lambda: _metrics().response_rate(
        complete=[3, 4], unknown=[5, 6], kind="RR3", eligible=0.5, by=["a", "b"]
    ),
    "readings.csat_definitions": _definitions,
    "reversals.simpson_reversals": _reversals,
    "significance.adjust_p": lambda: _inference().adjust_p(
        [0.01, None, 0.04], method="hochberg"
    ),
    "significance.homogeneity_test": lambda: _inference().homogeneity_test(
        _tally(), metric=_net()
    ),
    "significance.rank_test": lambda: _inference().rank_test(
        _stars(), _stars(), level=0.9
    ),
    "silence.NonresponseBounds.at": lambda: _bounds().at(group="a"),
    "silence.NonresponseBounds.break_even": lambda: _bounds().break_even(10),
    "silence.NonresponseBounds.summary": lambda: _bounds().summary(target=10),
    "silence.nonresponse_bounds": _bounds,
    "tally.Suppressed.margin": lambda: _suppressed().margin("group"),
    "tally.suppress": _suppressed,
    "trends.trend": lambda: _inference().trend(_estimates(), [1, 2]),
    "weighting.design_effect": lambda: _inference().design_effect(WEIGHTS),
    "weighting.effective_n": lambda: _inference().effective_n(_tally()),
    "weighting.poststratify": lambda: _inference().poststratify(
        _estimates(), {"a": 0.4, "b": 0.6}, level=0.9
    ),
    "customer.Relationship.end": lambda: _relationship().end(_day(12)),
    "customer.Relationship.resume": lambda: (
        _relationship().end(_day(12)).resume(_day(20))
    ),
    "customer.Relationship.standing_at": lambda: _relationship().standing_at(_day(7)),
    "customer.Relationship.tenure": lambda: _relationship().tenure(_day(12)),
    "definition.BoxShare.higher_is_better": lambda: _share().higher_is_better(
        cx.RECOMMEND_0_10
    ),
    "definition.BoxShare.interval": lambda: _interval(_share(), "agresti-coull"),
    "definition.BoxShare.range": lambda: _share().range(cx.RECOMMEND_0_10),
    "definition.BoxShare.unit": lambda: _share().unit(cx.RECOMMEND_0_10),
    "definition.BoxShare.worth": lambda: _share().worth(cx.RECOMMEND_0_10),
    "definition.BoxShare.__call__": lambda: _share()(ANSWERS, **_SCALE, **_OPTIONS),
    "definition.MeanScore.higher_is_better": lambda: _mean().higher_is_better(
        cx.EFFORT_1_5
    ),
    "definition.MeanScore.interval": lambda: _interval(_mean(), "t"),
    "definition.MeanScore.range": lambda: _mean().range(cx.RECOMMEND_0_10),
    "definition.MeanScore.unit": lambda: _mean().unit(cx.RECOMMEND_0_10),
    "definition.MeanScore.worth": lambda: _mean().worth(cx.RECOMMEND_0_10),
    "definition.MeanScore.__call__": lambda: _mean()(ANSWERS, **_SCALE, **_OPTIONS),
    "definition.NetScore.higher_is_better": lambda: _net().higher_is_better(
        cx.RECOMMEND_0_10
    ),
    "definition.NetScore.interval": lambda: _interval(_net(), "adjusted-wald"),
    "definition.NetScore.range": lambda: _net().range(cx.RECOMMEND_0_10),
    "definition.NetScore.unit": lambda: _net().unit(cx.RECOMMEND_0_10),
    "definition.NetScore.worth": lambda: _net().worth(cx.RECOMMEND_0_10),
    "definition.NetScore.__call__": lambda: _net()(ANSWERS, **_SCALE, **_OPTIONS),
    "estimate.Estimates.at": lambda: _estimates().at(group="a"),
    "experience.Encounter.one_sided": _one_sided,
    "experience.Encounter.two_sided": _encounter,
    "experience.Perception.from_answer": _perception,
    "comparison.Comparisons.at": lambda: cx.compare(_estimates(), _estimates()).at(
        group="b"
    ),
    "comparison.compare": _comparison,
    "journey.Journey.during": lambda: _journey().during(
        cx.Standing.CURRENT, _relationship()
    ),
    "journey.Journey.emotion_curve": lambda: _journey().emotion_curve(
        dimension=cx.ExperienceDimension.TRANSACTION
    ),
    "journey.Journey.of": _journey,
    "journey.Journey.remembered": lambda: _journey().remembered(
        dimension=cx.ExperienceDimension.TRANSACTION
    ),
    "journey.Journey.then": lambda: _journey().then(_experience()),
    "journey.Journey.to_svg": lambda: _journey().to_svg(design=_map()),
    "accord.agreement": lambda: _paths().agreement(_log(), form="alpha"),
    "blindness.blind_spots": _blind_spots,
    "distance.Consistency.at": lambda: (
        _consistency().decompose(_impressions(), 0.8).at(attribute="dry")
    ),
    "distance.Consistency.interval": lambda: _distance().interval("total", level=0.9),
    "distance.decompose": _distance,
    "distinction.differentiation": _differentiation,
    "ledger.PromiseLedger.gap_map_svg": lambda: _ledger().gap_map_svg("kept"),
    "ledger.PromiseLedger.verdicts": lambda: _ledger().verdicts("coverage"),
    "ledger.promise_ledger": _ledger,
    "wholeness.JourneyGap.interval": lambda: _journey_gap().interval(level=0.9),
    "wholeness.journey_gap": _journey_gap,
    "deviations.PlannedVersusActual.interval": lambda: (
        _paths().planned_versus_actual(_log(), _map()).interval(level=0.9)
    ),
    "deviations.planned_versus_actual": lambda: _paths().planned_versus_actual(
        _log(), _map()
    ),
    "emotions.EmotionCurve.interval": lambda: _curve().interval(level=0.9),
    "emotions.emotion_curve": _curve,
    "emotions.remembered": lambda: _paths().remembered(_log()),
    "feelings.experience_by": lambda: _paths().experience_by(
        _log(), columns={"standing": _paths().standing(_log(), **_episodes())}
    ),
    "feelings.measured_share": lambda: _paths().measured_share(_log(), _map()),
    "fidelity.conformance": lambda: _paths().conformance(_log(), _map()),
    "funnels.FunnelCounts.interval": lambda: (
        _paths().funnel(_log(), ["ad", "shop"]).interval(level=0.9)
    ),
    "funnels.funnel": lambda: _paths().funnel(
        _log(), ["ad", "shop"], window=60, order="any", observed_until=_day(9)
    ),
    "hurdles.friction": lambda: _paths().friction(_log(), design=_map()),
    "incidents.IncidentCounts.interval": lambda: (
        _paths().critical_incidents(_log(), threshold=4).interval(level=0.9)
    ),
    "incidents.critical_incidents": lambda: _paths().critical_incidents(
        _log(), threshold=4
    ),
    "lifecycle.one_sided": lambda: _paths().one_sided(
        _log(), customer=[7], start=[_day(1)]
    ),
    "lifecycle.standing": lambda: _paths().standing(_log(), **_episodes()),
    "pace.DwellTimes.quantile": lambda: _paths().dwell(_log()).quantile(0.9),
    "pace.dwell": lambda: _paths().dwell(_log()),
    "pace.sessions": lambda: _paths().sessions(_log(), gap=60),
    "routes.Variants.most_common": lambda: _paths().variants(_log()).most_common(3),
    "routes.transitions": lambda: _paths().transitions(
        _log(), outcome={7}, observed_until=_day(2), window=60
    ),
    "routes.variants": lambda: _paths().variants(_log()),
    "journeylog.JourneyLog.from_attributes": lambda: cx.JourneyLog.from_attributes(
        _contacts(), {"customer": "person.id", "time": "at", "touchpoint": "place"}
    ),
    "journeylog.JourneyLog.from_columns": lambda: _log(
        touchpoint=[1, 1, 0], touchpoints=["ad", "shop"], duplicates="drop"
    ),
    "journeylog.JourneyLog.from_journeys": lambda: cx.JourneyLog.from_journeys(
        [_journey()], scale=cx.STARS_1_5, dimension=cx.ExperienceDimension.TRANSACTION
    ),
    "journeylog.JourneyLog.from_paths": lambda: cx.JourneyLog.from_paths(
        [["ad", "shop"], ["shop"]], conversions=[2, 0], nulls=[1, 1]
    ),
    "journeylog.JourneyLog.from_records": lambda: cx.JourneyLog.from_records(
        _log().to_records(), scale=cx.STARS_1_5, time_unit="us"
    ),
    "journeylog.JourneyLog.journey": lambda: _log().journey(7),
    "journeylog.JourneyLog.partition": lambda: _log().partition(2),
    "journeylog.JourneyLog.take": lambda: _log().take({7}),
    "journeylog.JourneyLog.where": lambda: _log().where([True, False, True]),
    "journeylog.JourneyLog.split": lambda: _log().split(gap=60),
    "journeylog.JourneyLog.is_at": lambda: _log().is_at("shop"),
    "journeylog.row_order": lambda: importlib.import_module(
        "cxmkit.journeylog"
    ).row_order(customer=[8, 7, 7], time=[0, 9, 3]),
    "journeylog.concat": lambda: importlib.import_module("cxmkit.journeylog").concat(
        [_log(), _log(customer=["ann", "bob", "bob"])]
    ),
    "journeymap.JourneyMap.parse": _map,
    "journeymap.JourneyMap.with_touchpoint": lambda: cx.JourneyMap(
        id=1, stages=[_stage()], touchpoints=[]
    ).with_touchpoint(_touchpoint()),
    "metrics.box_share": lambda: cx.box_share(
        ANSWERS, **_SCALE, **_OPTIONS, points=[9, 10], by=PAIR
    ),
    "metrics.ces": lambda: [
        cx.ces(ANSWERS, **_SCALE, **_OPTIONS, summary=summary)
        for summary in ("mean", "easy-share", "net-easy")
    ],
    "metrics.csat": lambda: cx.csat(
        ANSWERS, **_SCALE, **_OPTIONS, weights=WEIGHTS, boxes=3
    ),
    "metrics.mean_score": lambda: cx.mean_score(
        ANSWERS, **_SCALE, **_OPTIONS, by={"branch": GROUPS}
    ),
    "metrics.net_score": lambda: cx.net_score(
        ANSWERS, **_SCALE, **_OPTIONS, positive=[10], negative=[0]
    ),
    "metrics.nps": lambda: cx.nps(ANSWERS, **_OPTIONS, by=GROUPS),
    "need.need_coverage": lambda: importlib.import_module("cxmkit.need").need_coverage(
        [_need()]
    ),
    "samples.airport": lambda: importlib.import_module("cxmkit.samples").airport(),
    "samples.airport_recommendation": lambda: importlib.import_module(
        "cxmkit.samples"
    ).airport_recommendation(),
    "scale.Scale.codes": lambda: cx.RECOMMEND_0_10.codes([9, 10]),
    "scale.Scale.to_unit": lambda: cx.EFFORT_1_5.to_unit([1, 2.5]),
    "tally.customer_groups": lambda: importlib.import_module(
        "cxmkit.tally"
    ).customer_groups([7, "ann"], n=5),
    "tally.Tally.at": lambda: _tally().at(group="a"),
    "tally.Tally.by": lambda: _tally().by("group"),
    "tally.Tally.count": _tally,
    "tally.Tally.from_counts": lambda: cx.Tally.from_counts(
        [[1, 2, 3, 4, 5]], scale=cx.STARS_1_5, by=["a"]
    ),
    "tally.Tally.from_rows": lambda: cx.Tally.from_rows(
        [1, 5, 5], [3, 1, 2], scale=cx.STARS_1_5, by=["a", "a", "b"]
    ),
    "equity.clv": lambda: cx.clv(
        [100, 50], retention=0.8, discount=0.1, timing="residual", growth=0.02
    ),
    "perceived.perceived_value": lambda: cx.perceived_value(
        8, 6, cost=[40, 36], hassle=10, hassle_price=2
    ),
}

# Refusals go other ways than answers do.
REFUSALS: dict[str, Thunk] = {
    "an answer off the scale": lambda: cx.nps([11]),
    "a missing answer": lambda: cx.nps([None]),
    "no answers": lambda: cx.nps([]),
    "a text": lambda: cx.clv("x", retention=1, discount=1, timing="residual"),
    "no scale": lambda: cx.csat([1, 2]),
    "a missing label": lambda: cx.nps([9], by=[None]),
    "nothing known": lambda: importlib.import_module("cxmkit.customer").need_coverage(
        []
    ),
    "time that goes back": lambda: cx.Episode(start=_day(2), end=_day(1)),
    "an end before the start": lambda: _relationship().end(_day(1)),
    "a log without a time": lambda: _log(time=[_day(1), None, _day(2)]),
    "a row told twice": lambda: _log(
        customer=[7] * 3,
        **dict.fromkeys(("time", "touchpoint"), [1] * 3),
        **dict.fromkeys(("channel", "dimension", "attribute", "amount")),
        two_sided=None,
        score=None,
        scale=None,
        duplicates="raise",
    ),
    "a customer of another log": lambda: _log().journey(9),
    "a text that is no map": lambda: cx.JourneyMap.parse("need", id=1),
    "another time zone": lambda: cx.Encounter.one_sided(
        id=1,
        party=_party(),
        touchpoint=1,
        at=datetime(2026, 1, 1),  # noqa: DTZ001
    ),
}


def public_callables() -> tuple[dict[str, type], dict[str, Any], list[type[enum.Enum]]]:
    """Return classes to make, functions and methods to call, and enums."""
    classes: dict[str, type] = {}
    calls: dict[str, Any] = {}
    enums: list[type[enum.Enum]] = []
    for info in pkgutil.iter_modules(cx.__path__):
        # Strategies are Hypothesis's, which keeps a database; users test with them.
        if info.name.startswith("_") or info.name == "testing":
            continue
        module = importlib.import_module(f"cxmkit.{info.name}")
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)):
                continue
            home = f"{thing.__module__.removeprefix('cxmkit.')}.{name}"
            if inspect.isfunction(thing):
                calls[home] = thing
            elif issubclass(thing, enum.Enum):
                enums.append(thing)
            elif not getattr(thing, "_is_protocol", False):
                classes[home] = thing
                calls |= {f"{home}.{m}": f for m, f in _methods(thing, bare=False)}
    return classes, calls, enums


def _methods(kind: type, *, bare: bool) -> list[tuple[str, Any]]:
    """Return public methods that take no arguments (bare) or some."""
    found = []
    for name, member in vars(kind).items():
        function = getattr(member, "__func__", member)
        if inspect.isfunction(function) and (
            name == "__call__" or not name.startswith("_")
        ):
            takes = len(inspect.signature(function).parameters) > 1
            if takes is not bare:
                found.append((name, function))
    return found


def exercise(make: Thunk) -> None:
    """Use an instance in all the ways that need no arguments."""
    it = make()
    for name, member in vars(type(it)).items():
        if isinstance(member, property):
            getattr(it, name)
    for name, _ in _methods(type(it), bare=True):
        with contextlib.suppress(cx.CxmError):  # not every journey ends well
            getattr(it, name)()
    for name in ("__float__", "__len__", "__iter__", "_repr_html_"):
        if hasattr(it, name):
            part = getattr(it, name)()
            list(part) if name == "__iter__" else part
    assert str(it)
    assert repr(it)
    if not isinstance(it, Exception):
        assert it == make()
        assert it == copy.deepcopy(it) == copy.copy(it)
        assert it == pickle.loads(pickle.dumps(it))  # noqa: S301  our own
    if hasattr(it, "__radd__"):
        assert sum([it]) == it
        with contextlib.suppress(cxmkit.CxmError):  # some share no customers
            assert sum([it, it]) == it + it
    if type(it).__hash__ is not None:
        hash(it)


def run_all() -> None:
    """Make, call and refuse everything once."""
    for name in cx.__all__:
        getattr(cxmkit, name)
    dir(cxmkit)
    for make in INSTANCES.values():
        exercise(make)
    for call in CALLS.values():
        repr(call())
    for refused in REFUSALS.values():
        try:
            refused()
        except cx.CxmError as error:
            repr(error)
        else:
            raise AssertionError(refused)
    for kind, home in ENUMS.items():
        enum_of = getattr(importlib.import_module(f"cxmkit.{home}"), kind)
        members = list(enum_of)
        assert [enum_of(member.value) for member in members] == members
        assert "__lt__" not in vars(enum_of) or sorted(members) == members
