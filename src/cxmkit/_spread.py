"""How much do answers differ within groups?

Per answer and in the unit of the definition, squared. What judges many groups at once
needs it: a group whose few answers happen to agree has no error of its own, yet is not
known for certain.
"""

import numpy as np

from cxmkit._checks import FloatArray
from cxmkit._intervals import net_variance
from cxmkit.definition import BoxShare, NetScore
from cxmkit.estimate import Estimates


def variance(estimates: Estimates) -> FloatArray:
    """Return the variance of one answer in each group; NaN where it is unknown.

    Net scores and shares: over n, as their errors have it. Means: over n - 1, so one
    answer tells nothing.
    """
    if isinstance(estimates.definition, NetScore) and estimates.shares is not None:
        positive, negative = np.moveaxis(estimates.shares / 100, -1, 0)
        return 100**2 * net_variance(positive, negative)
    if isinstance(estimates.definition, BoxShare):
        return estimates.value * (100 - estimates.value)
    return estimates.se**2 * estimates.n_effective


def pooled_variance(estimates: Estimates) -> float:
    """Return the mean variance within groups, each counted as often as it was asked.

    NaN where no group tells.
    """
    spread, n = variance(estimates).reshape(-1), estimates.n_effective.reshape(-1)
    spare = 0 if isinstance(estimates.definition, NetScore | BoxShare) else 1
    known = ~np.isnan(spread)
    freedom = n[known] - spare
    if not freedom.sum() > 0:
        return float("nan")
    return float(freedom @ spread[known] / freedom.sum())
