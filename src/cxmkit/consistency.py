"""Are we what we promise, everywhere? And where not, how badly, and how sure is it?"""

from cxmkit.distance import Consistency, decompose

__all__ = ["Consistency", "decompose"]
