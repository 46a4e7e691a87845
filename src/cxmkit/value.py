"""What is it worth, to the customer and to us?"""

from cxmkit.acquisition import (
    AcquisitionRetention,
    MarginalCosts,
    SpendingOptimum,
    calibrate_response,
)
from cxmkit.equity import (
    clv,
    convert_rate,
    customer_equity,
    expected_lifetime,
    retention_uplift,
    return_on_customer,
)
from cxmkit.link import ExperienceLink
from cxmkit.loyalty import (
    EarnedGrowth,
    churn_rate,
    earned_growth,
    gross_revenue_retention,
    net_revenue_retention,
    repeat_rate,
    retention_rate,
)
from cxmkit.payback import PricePremium, experience_roi, price_premium, service_savings
from cxmkit.perceived import (
    LeverMove,
    PerceivedValue,
    ValueChange,
    decompose_value_change,
    perceived_value,
)
from cxmkit.shares import (
    MarketShare,
    market_share,
    share_of_customer,
    wallet_allocation,
)
from cxmkit.tiers import (
    CustomerTiers,
    RfmScores,
    ValueNeedMatrix,
    customer_tiers,
    rfm_scores,
    value_need_matrix,
)

__all__ = [
    "AcquisitionRetention",
    "CustomerTiers",
    "EarnedGrowth",
    "ExperienceLink",
    "LeverMove",
    "MarginalCosts",
    "MarketShare",
    "PerceivedValue",
    "PricePremium",
    "RfmScores",
    "SpendingOptimum",
    "ValueChange",
    "ValueNeedMatrix",
    "calibrate_response",
    "churn_rate",
    "clv",
    "convert_rate",
    "customer_equity",
    "customer_tiers",
    "decompose_value_change",
    "earned_growth",
    "expected_lifetime",
    "experience_roi",
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
]
