"""How long do customers stay, and how much do they buy?"""

from cxmkit.betageometric import BetaGeometricNBD
from cxmkit.contracts import ShiftedBetaGeometric
from cxmkit.fitting import FitReport
from cxmkit.independence import SpendIndependence
from cxmkit.pareto import ParetoNBD
from cxmkit.purchases import CustomerHistory
from cxmkit.spending import GammaGamma, PurchaseModel, residual_clv
from cxmkit.survival import SurvivalCurve, kaplan_meier
from cxmkit.uncertainty import (
    ConfidenceInterval,
    FittedModel,
    SimulatedModel,
    confidence_interval,
)

__all__ = [
    "BetaGeometricNBD",
    "ConfidenceInterval",
    "CustomerHistory",
    "FitReport",
    "FittedModel",
    "GammaGamma",
    "ParetoNBD",
    "PurchaseModel",
    "ShiftedBetaGeometric",
    "SimulatedModel",
    "SpendIndependence",
    "SurvivalCurve",
    "confidence_interval",
    "kaplan_meier",
    "residual_clv",
]
