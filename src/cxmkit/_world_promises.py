"""What a simulated company promises, delivers and is seen to deliver: planted, drawn.

`cxmkit.world` knows the touchpoints and the customers; here is what is said and kept
there, and how rows are drawn from it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cxmkit import _checks
from cxmkit._checks import FloatArray, IntArray
from cxmkit.brand import BrandPositioning, PositioningAttribute, Promise

Columns = dict[str, npt.NDArray[Any]]
Cell = tuple[str, str]  # attribute, touchpoint

# What is planted. Everything else is computed from it.

_TOLERANCE = 0.05
_TARGETS = {  # of each attribute: target, weight
    "dry": (0.80, 4.0),
    "gentle": (0.75, 3.0),
    "fair price": (0.70, 2.0),
    "quick help": (0.75, 1.0),
}
_GENERAL = {"gentle"}  # promised once, for all touchpoints
# Levels promised, delivered and perceived, wherever the attribute is asked about.
_LEVELS = {
    "dry": {  # all is well
        "advertisement": (0.80, 0.80, 0.80),
        "sample": (0.80, 0.80, 0.80),
        "product": (0.80, 0.80, 0.80),
        "last pack": (0.80, 0.80, 0.80),
    },
    "gentle": {  # alike everywhere, but not what the brand wants to be known for
        "advertisement": (0.60, 0.60, 0.60),
        "sample": (0.60, 0.60, 0.60),
        "product": (0.60, 0.60, 0.60),
        "last pack": (0.60, 0.60, 0.60),
    },
    "fair price": {  # on target in the mean, but customers hear and see two prices
        "website": (0.85, 0.85, 0.85),
        "shop": (0.70, 0.70, 0.70),
        "checkout": (0.70, 0.55, 0.55),
        "club": (0.70, 0.70, 0.70),
    },
    "quick help": {  # one promise; kept, exceeded, kept unseen, broken and broken
        "website": (0.75, 0.75, 0.75),
        "checkout": (0.75, 0.90, 0.90),
        "club": (0.75, 0.75, 0.55),
        "hotline": (0.75, 0.50, 0.50),
        "letter": (0.75, 0.45, 0.45),
    },
}
_CHECKS = 5_000  # so many that three standard errors stay within the tolerance

# How brands are perceived, attribute by attribute; the first is the company's own.
_BRANDS = {
    "nappies": (0.80, 0.60, 0.70, 0.55),
    "market leader": (0.70, 0.75, 0.70, 0.55),
    "store brand": (0.65, 0.70, 0.70, 0.55),
}

# What follows from it.

ATTRIBUTES = tuple(_TARGETS)
BRANDS = tuple(_BRANDS)
BRAND_LEVELS = _checks.frozen_floats(list(_BRANDS.values()))


def _cells(found: Callable[[float, float, float], bool]) -> tuple[Cell, ...]:
    """Return the cells whose promised, delivered and perceived levels are *found*."""
    return tuple(
        (attribute, touchpoint)
        for attribute, places in _LEVELS.items()
        for touchpoint, levels in places.items()
        if found(*levels)
    )


def _spread(attribute: str, kind: int) -> float:
    levels = [each[kind] for each in _LEVELS[attribute].values()]
    return max(levels) - min(levels)


def _away(attribute: str) -> float:
    """Return how far from its target the best perceived touchpoint is."""
    perceived = (levels[2] for levels in _LEVELS[attribute].values())
    return min(abs(level - _TARGETS[attribute][0]) for level in perceived)


OVER_PROMISED = _cells(lambda promised, delivered, _: promised - delivered > _TOLERANCE)
UNDER_PROMISED = _cells(
    lambda promised, delivered, _: delivered - promised > _TOLERANCE
)
UNSEEN = _cells(lambda _, delivered, perceived: delivered - perceived > _TOLERANCE)
DISORIENTED = tuple(name for name in ATTRIBUTES if _spread(name, 0) > _TOLERANCE)
INCOHERENT = tuple(name for name in ATTRIBUTES if _spread(name, 2) > _TOLERANCE)
MISALIGNED = tuple(name for name in ATTRIBUTES if _away(name) > _TOLERANCE)
_AHEAD_OF_ALL = BRAND_LEVELS[0] - BRAND_LEVELS[1:].max(axis=0) > _TOLERANCE
_BEHIND_ALL = BRAND_LEVELS[1:].min(axis=0) - BRAND_LEVELS[0] > _TOLERANCE
AHEAD = tuple(np.array(ATTRIBUTES)[_AHEAD_OF_ALL].tolist())
BEHIND = tuple(np.array(ATTRIBUTES)[_BEHIND_ALL].tolist())


def levels(touchpoints: tuple[str, ...]) -> list[FloatArray]:
    """Return what is promised, delivered and perceived: attributes by touchpoints."""
    nothing = (np.nan,) * 3
    table = np.array(
        [
            [_LEVELS[attribute].get(touchpoint, nothing) for touchpoint in touchpoints]
            for attribute in ATTRIBUTES
        ]
    )
    return [_checks.frozen_floats(table[..., kind].copy()) for kind in range(3)]


@cache
def positioning() -> BrandPositioning:
    """Return what the brand stands for."""
    return BrandPositioning(
        brand="nappies",
        offer="dry nights at a fair price, and somebody who helps",
        audience="families with small children, and day nurseries",
        attributes=[
            PositioningAttribute(
                name=name, target=target, tolerance=_TOLERANCE, weight=weight
            )
            for name, (target, weight) in _TARGETS.items()
        ],
    )


@cache
def promises() -> tuple[Promise, ...]:
    """Return all promises, those of one attribute after the other."""
    said = {
        (attribute, None if attribute in _GENERAL else touchpoint): promised
        for attribute, places in _LEVELS.items()
        for touchpoint, (promised, _, _) in places.items()
    }
    return tuple(
        Promise(attribute=attribute, level=level, touchpoint=touchpoint)
        for (attribute, touchpoint), level in said.items()
    )


# A sample of it


def impressions(
    rng: "np.random.Generator",
    contacts: Columns,
    where: IntArray,
    perceived: FloatArray,
    answer_rate: FloatArray,
) -> Columns:
    """Draw attributes and ratings at the contacts whose touchpoint has attributes."""
    there = ~np.isnan(perceived)
    choice = there.sum(axis=0)
    row = np.flatnonzero(choice[where])
    place = where[row]
    listed = np.argsort(~there, axis=0, kind="stable")  # those asked about come first
    asked = listed[rng.integers(0, choice[place]), place]
    rating = 1.0 + rng.binomial(4, perceived[asked, place])
    rating[rng.random(row.size) >= answer_rate[place]] = np.nan
    return {
        "customer": contacts["customer"][row],
        "time": contacts["time"][row],
        "touchpoint": contacts["touchpoint"][row],
        "attribute": np.array(ATTRIBUTES, dtype=object)[asked],
        "rating": rating,
    }


def checks(rng: "np.random.Generator") -> Columns:
    """Draw how often reality held and how often it did not, a row for each."""
    cells = _cells(lambda *_: True)
    delivered = [_LEVELS[attribute][touchpoint][1] for attribute, touchpoint in cells]
    held = rng.binomial(_CHECKS, delivered)
    names = np.repeat(np.array(cells, dtype=object), 2, axis=0)
    return {
        "touchpoint": names[:, 1].copy(),
        "attribute": names[:, 0].copy(),
        "held": np.array([1, 0] * len(cells), np.int64),
        "n": np.column_stack([held, _CHECKS - held]).ravel().astype(np.int64),
    }


def market(rng: "np.random.Generator", respondents: int) -> Columns:
    """Draw what each respondent thinks of each brand in each attribute."""
    shape = (respondents, *BRAND_LEVELS.shape)
    respondent, brand, attribute = (axis.ravel() for axis in np.indices(shape))
    return {
        "respondent": 1 + respondent.astype(np.int64),
        "brand": np.array(BRANDS, dtype=object)[brand],
        "attribute": np.array(ATTRIBUTES, dtype=object)[attribute],
        "rating": 1.0 + rng.binomial(4, BRAND_LEVELS, size=shape).ravel(),
    }
