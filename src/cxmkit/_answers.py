"""The answers of a log, as points of their scale and as valences."""

import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _events
from cxmkit._checks import FloatArray, IntArray
from cxmkit.journeylog import JourneyLog
from cxmkit.scale import Scale


def answers_of(log: JourneyLog) -> tuple[FloatArray, Scale]:
    """Return the answers of a log and their scale; refuse a log without."""
    if log.score is None or log.scale is None:
        hint = "pass score= and scale= to JourneyLog.from_columns"
        raise _checks.refuse("log", "hold answers", log, hint=hint)
    return log.score, log.scale


def codes_of(answers: FloatArray, scale: Scale) -> npt.NDArray[np.intp]:
    """Return the point of each answer, ``scale.size`` where there is none.

    A log holds nothing but points, so nobody needs to look for others.
    """
    steps = (answers - np.float64(scale.low)) / scale.step
    steps[np.isnan(steps)] = scale.size
    return np.asarray(np.rint(steps).astype(np.intp))


def deviations_of(scale: Scale) -> IntArray:
    """Return how far each point lies on the good side of neutral, in half steps."""
    above = 2 * np.arange(scale.size) - (scale.size - 1)
    return above if scale.higher_is_better else -above


def distinct(values: IntArray) -> IntArray:
    """Return each value once, in ascending order."""
    ordered = np.sort(values)
    return np.asarray(ordered[_events.changes(ordered)])
