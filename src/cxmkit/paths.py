"""What do many journeys look like? Every question that a log can answer."""

from cxmkit.accord import agreement
from cxmkit.deviations import PlannedVersusActual, planned_versus_actual
from cxmkit.emotions import EmotionCurve, emotion_curve, remembered
from cxmkit.feelings import experience_by, measured_share
from cxmkit.fidelity import Conformance, conformance
from cxmkit.funnels import FunnelCounts, funnel
from cxmkit.hurdles import FrictionCounts, friction
from cxmkit.incidents import IncidentCounts, critical_incidents
from cxmkit.lifecycle import OneSidedCounts, one_sided, standing
from cxmkit.pace import DwellTimes, SessionCounts, dwell, sessions
from cxmkit.routes import TransitionCounts, Variants, transitions, variants

__all__ = [
    "Conformance",
    "DwellTimes",
    "EmotionCurve",
    "FrictionCounts",
    "FunnelCounts",
    "IncidentCounts",
    "OneSidedCounts",
    "PlannedVersusActual",
    "SessionCounts",
    "TransitionCounts",
    "Variants",
    "agreement",
    "conformance",
    "critical_incidents",
    "dwell",
    "emotion_curve",
    "experience_by",
    "friction",
    "funnel",
    "measured_share",
    "one_sided",
    "planned_versus_actual",
    "remembered",
    "sessions",
    "standing",
    "transitions",
    "variants",
]
