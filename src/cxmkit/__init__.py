"""cxmkit: customer experience management in numbers and objects.

Names are resolved when first used, so that ``import cxmkit`` costs next to nothing;
the rest of each module is imported from there, as in ``from cxmkit import samples``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxmkit.brand import (
        BrandPositioning,
        PositioningAttribute,
        Promise,
        ServiceQuality,
    )
    from cxmkit.comparison import compare
    from cxmkit.customer import (
        Customer,
        Episode,
        Membership,
        PartyKind,
        Ref,
        Relationship,
        Segment,
        Stakeholder,
        Standing,
    )
    from cxmkit.equity import clv
    from cxmkit.errors import CxmError
    from cxmkit.estimate import Estimate, Estimates
    from cxmkit.experience import (
        Direction,
        Encounter,
        Evidence,
        Experience,
        ExperienceDimension,
        Initiator,
        Perception,
    )
    from cxmkit.feelings import experience_by
    from cxmkit.funnels import funnel
    from cxmkit.journey import Journey
    from cxmkit.journeylog import JourneyLog
    from cxmkit.journeymap import JourneyMap
    from cxmkit.ledger import PromiseLedger, promise_ledger
    from cxmkit.metrics import box_share, ces, csat, mean_score, net_score, nps
    from cxmkit.need import Need, NeedNature, NeedOrigin
    from cxmkit.perceived import perceived_value
    from cxmkit.purchases import CustomerHistory
    from cxmkit.routes import transitions
    from cxmkit.scale import (
        EASE_1_5,
        EASE_1_7,
        EFFORT_1_5,
        RECOMMEND_0_10,
        SATISFACTION_1_5,
        SATISFACTION_1_7,
        SATISFACTION_1_10,
        STARS_1_5,
        Scale,
    )
    from cxmkit.tally import Tally
    from cxmkit.touchpoint import (
        DEFAULT_STAGES,
        Medium,
        MomentOfTruth,
        Owner,
        PainPoint,
        Phase,
        Stage,
        Touchpoint,
    )

__version__ = "0.1.0"

_HOME = {
    "brand": ["BrandPositioning", "PositioningAttribute", "Promise", "ServiceQuality"],
    "comparison": ["compare"],
    "customer": [
        "Customer",
        "Episode",
        "Membership",
        "PartyKind",
        "Ref",
        "Relationship",
        "Segment",
        "Stakeholder",
        "Standing",
    ],
    "equity": ["clv"],
    "errors": ["CxmError"],
    "estimate": ["Estimate", "Estimates"],
    "experience": [
        "Direction",
        "Encounter",
        "Evidence",
        "Experience",
        "ExperienceDimension",
        "Initiator",
        "Perception",
    ],
    "feelings": ["experience_by"],
    "funnels": ["funnel"],
    "journey": ["Journey"],
    "journeylog": ["JourneyLog"],
    "journeymap": ["JourneyMap"],
    "ledger": ["PromiseLedger", "promise_ledger"],
    "metrics": ["box_share", "ces", "csat", "mean_score", "net_score", "nps"],
    "need": ["Need", "NeedNature", "NeedOrigin"],
    "perceived": ["perceived_value"],
    "purchases": ["CustomerHistory"],
    "routes": ["transitions"],
    "scale": [
        "EASE_1_5",
        "EASE_1_7",
        "EFFORT_1_5",
        "RECOMMEND_0_10",
        "SATISFACTION_1_5",
        "SATISFACTION_1_7",
        "SATISFACTION_1_10",
        "STARS_1_5",
        "Scale",
    ],
    "tally": ["Tally"],
    "touchpoint": [
        "DEFAULT_STAGES",
        "Medium",
        "MomentOfTruth",
        "Owner",
        "PainPoint",
        "Phase",
        "Stage",
        "Touchpoint",
    ],
}
_SUBMODULES = (
    *_HOME,
    "accord",
    "acquisition",
    "betageometric",
    "blindness",
    "charts",
    "claims",
    "composition",
    "consistency",
    "contracts",
    "definition",
    "deviations",
    "distance",
    "distinction",
    "emotions",
    "fidelity",
    "fitting",
    "hurdles",
    "incidents",
    "independence",
    "individuals",
    "inference",
    "league",
    "lifecycle",
    "lifetime",
    "link",
    "loyalty",
    "pace",
    "pairing",
    "pareto",
    "paths",
    "payback",
    "planning",
    "raking",
    "rates",
    "readings",
    "reversals",
    "samples",
    "shares",
    "significance",
    "silence",
    "spending",
    "survival",
    "testing",
    "tiers",
    "trends",
    "uncertainty",
    "value",
    "weighting",
    "wholeness",
    "world",
)
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "DEFAULT_STAGES",
    "EASE_1_5",
    "EASE_1_7",
    "EFFORT_1_5",
    "RECOMMEND_0_10",
    "SATISFACTION_1_5",
    "SATISFACTION_1_7",
    "SATISFACTION_1_10",
    "STARS_1_5",
    "BrandPositioning",
    "Customer",
    "CustomerHistory",
    "CxmError",
    "Direction",
    "Encounter",
    "Episode",
    "Estimate",
    "Estimates",
    "Evidence",
    "Experience",
    "ExperienceDimension",
    "Initiator",
    "Journey",
    "JourneyLog",
    "JourneyMap",
    "Medium",
    "Membership",
    "MomentOfTruth",
    "Need",
    "NeedNature",
    "NeedOrigin",
    "Owner",
    "PainPoint",
    "PartyKind",
    "Perception",
    "Phase",
    "PositioningAttribute",
    "Promise",
    "PromiseLedger",
    "Ref",
    "Relationship",
    "Scale",
    "Segment",
    "ServiceQuality",
    "Stage",
    "Stakeholder",
    "Standing",
    "Tally",
    "Touchpoint",
    "box_share",
    "ces",
    "clv",
    "compare",
    "csat",
    "experience_by",
    "funnel",
    "mean_score",
    "net_score",
    "nps",
    "perceived_value",
    "promise_ledger",
    "transitions",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE:
        value = getattr(import_module(f"cxmkit.{_MODULE[name]}"), name)
        globals()[name] = value  # found without detour next time
        return value
    if name in _SUBMODULES:
        return import_module(f"cxmkit.{name}")
    message = f"module 'cxmkit' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*__all__, *_SUBMODULES, "__version__"})
