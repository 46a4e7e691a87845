"""What do many journeys look like? Every question that a log can answer."""

from cxmkit.funnels import FunnelCounts, funnel
from cxmkit.pace import DwellTimes, SessionCounts, dwell, sessions
from cxmkit.routes import TransitionCounts, Variants, transitions, variants

__all__ = [
    "DwellTimes",
    "FunnelCounts",
    "SessionCounts",
    "TransitionCounts",
    "Variants",
    "dwell",
    "funnel",
    "sessions",
    "transitions",
    "variants",
]
