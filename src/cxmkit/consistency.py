"""Are we what we promise, everywhere? Where not, how badly, and how sure is that?"""

from cxmkit.blindness import BlindSpots, blind_spots
from cxmkit.distance import Consistency, decompose
from cxmkit.distinction import Differentiation, differentiation
from cxmkit.ledger import GAPS, PromiseLedger, promise_ledger
from cxmkit.wholeness import JourneyGap, journey_gap

__all__ = [
    "GAPS",
    "BlindSpots",
    "Consistency",
    "Differentiation",
    "JourneyGap",
    "PromiseLedger",
    "blind_spots",
    "decompose",
    "differentiation",
    "journey_gap",
    "promise_ledger",
]
