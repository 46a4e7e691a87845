"""What is it worth, to the customer and to us?"""

from cxmkit.equity import Timing, clv
from cxmkit.perceived import perceived_value

__all__ = ["clv", "perceived_value"]
