"""Is it different, is it changing, is it enough, and how sure is that?"""

from cxmkit.comparison import Comparison, Comparisons, compare
from cxmkit.pairing import compare_paired

__all__ = ["Comparison", "Comparisons", "compare", "compare_paired"]
