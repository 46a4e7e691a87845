"""What is it worth, to the customer and to us?"""

import importlib

import pytest

import cxmkit.value

BEHIND = (
    "acquisition",
    "equity",
    "link",
    "loyalty",
    "payback",
    "perceived",
    "shares",
    "tiers",
)
CONTRACT = {
    "AcquisitionRetention",
    "ExperienceLink",
    "PerceivedValue",
    "ValueChange",
    "churn_rate",
    "clv",
    "convert_rate",
    "customer_equity",
    "customer_tiers",
    "decompose_value_change",
    "earned_growth",
    "expected_lifetime",
    "gross_revenue_retention",
    "market_share",
    "net_revenue_retention",
    "perceived_value",
    "price_premium",
    "repeat_rate",
    "retention_rate",
    "retention_uplift",
    "return_on_customer",
    "rfm_scores",
    "service_savings",
    "share_of_customer",
    "value_need_matrix",
    "wallet_allocation",
}


def test_the_module_exports_what_the_contract_names() -> None:
    assert set(cxmkit.value.__all__) >= CONTRACT


@pytest.mark.parametrize("name", BEHIND)
def test_it_offers_all_that_stands_behind_it(name: str) -> None:
    module = importlib.import_module(f"cxmkit.{name}")
    for public in module.__all__:
        assert public in cxmkit.value.__all__
        assert getattr(cxmkit.value, public) is getattr(module, public)


def test_it_offers_nothing_of_its_own() -> None:
    behind = [
        public
        for name in BEHIND
        for public in importlib.import_module(f"cxmkit.{name}").__all__
    ]
    assert sorted(cxmkit.value.__all__) == sorted(behind)
