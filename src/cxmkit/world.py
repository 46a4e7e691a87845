"""On what can I try it, and be told whether the answer is right?

A simulated company with planted truth. Its columns look as those of a company do; what
an estimator should find in them is known, because everything was drawn from a model
whose numbers stand here. Nothing in it is about anybody.
"""

import math
from functools import cache
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _world_promises
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit._world_promises import Cell, Columns
from cxmkit.brand import BrandPositioning, Promise
from cxmkit.experience import ExperienceDimension
from cxmkit.journeymap import JourneyMap
from cxmkit.touchpoint import DEFAULT_STAGES, Medium, Owner, Touchpoint

__all__ = ["Company", "Truth"]

# What is planted, promises aside. Everything else is computed from it.

_MINUTE, _DAY = 60, 86_400  # seconds

# Touchpoint: stage, channel, owner, medium, dimension of its question, two-sided?
# What has no stage is met without having been designed.
_PLACES = {
    "advertisement": ("need", "media", "brand", "communication", "brand", False),
    "reviews": ("research", "web", "social", "peer", "brand", False),
    "website": ("research", "web", "brand", "digital", "brand", False),
    "sample": ("consideration", "home", "brand", "product", "transaction", True),
    "shop": ("purchase", "shop", "partner", "environment", "transaction", True),
    "checkout": ("purchase", "shop", "partner", "human", "transaction", True),
    "club": ("onboarding", "web", "brand", "digital", "relationship", True),
    "product": ("use", "home", "customer", "product", "transaction", True),
    "hotline": ("support", "phone", "brand", "human", "transaction", True),
    "letter": ("support", "post", "brand", "communication", "relationship", False),
    "friend": ("advocacy", "home", "social", "peer", "brand", True),
    "last pack": ("farewell", "home", "customer", "product", "relationship", False),
    "forum": ("", "web", "social", "peer", "brand", True),
}
_ORDER = [
    ("website", "sample"),
    ("shop", "checkout"),
    ("checkout", "club"),
    ("checkout", "product"),
    ("club", "product"),
    ("hotline", "letter"),
    ("product", "last pack"),
]

# Per cent that go from the touchpoint of the row to each touchpoint, in the same order;
# the others end there. What is judged in the relationship comes after a checkout only.
_STARTS = (40, 15, 15, 5, 15, 0, 0, 0, 0, 0, 0, 0, 10)
_MOVES = (
    (10, 15, 20, 5, 20, 0, 0, 0, 0, 0, 0, 0, 5),  # advertisement
    (0, 15, 20, 5, 20, 0, 0, 0, 0, 0, 0, 0, 10),  # reviews
    (5, 15, 10, 20, 30, 0, 0, 0, 0, 0, 0, 0, 0),  # website
    (0, 0, 10, 0, 50, 0, 0, 0, 0, 0, 0, 0, 5),  # sample
    (0, 0, 10, 0, 5, 60, 0, 0, 0, 0, 0, 0, 0),  # shop
    (0, 0, 0, 0, 0, 0, 25, 60, 5, 0, 0, 0, 0),  # checkout
    (0, 0, 0, 0, 0, 0, 5, 70, 10, 0, 0, 0, 0),  # club
    (0, 0, 0, 0, 20, 0, 0, 36, 12, 4, 8, 14, 0),  # product
    (0, 0, 0, 0, 0, 0, 0, 35, 10, 30, 0, 0, 5),  # hotline
    (0, 0, 5, 0, 15, 0, 0, 40, 5, 0, 0, 0, 0),  # letter
    (0, 0, 5, 0, 15, 0, 0, 30, 0, 0, 0, 0, 0),  # friend
    (0, 0, 0, 0, 30, 0, 0, 0, 0, 15, 20, 0, 5),  # last pack
    (0, 15, 15, 0, 20, 0, 0, 0, 0, 0, 0, 0, 10),  # forum
)

# Mean latent valence, share that answers, mean dwell time, effect on retention.
_FELT = {
    "advertisement": (0.1, 0.10, 6 * _DAY, 0.0),
    "reviews": (0.0, 0.10, 2 * _DAY, 0.1),
    "website": (0.3, 0.20, 3 * _DAY, 0.0),
    "sample": (0.6, 0.30, 10 * _DAY, 0.3),
    "shop": (0.2, 0.15, 20 * _MINUTE, 0.2),
    "checkout": (-0.1, 0.40, 4 * _DAY, 0.2),
    "club": (0.5, 0.30, 14 * _DAY, 0.3),
    "product": (0.7, 0.25, 45 * _DAY, 0.8),
    "hotline": (-0.5, 0.50, 2 * _DAY, 0.5),
    "letter": (0.2, 0.20, 10 * _DAY, 0.1),
    "friend": (0.5, 0.10, 20 * _DAY, 0.0),
    "last pack": (0.1, 0.30, 120 * _DAY, 0.0),
    "forum": (-0.2, 0.10, 5 * _DAY, -0.2),
}

# Share of the customers, shift of the mood, effect on retention: who is in a bad mood
# here stays all the same, so that leaving the segment out misleads.
_SEGMENTS = {
    "first child": (0.50, 0.3, 0.0),
    "more children": (0.35, -0.2, 0.5),
    "day nursery": (0.15, -0.8, 1.2),
}

_MOOD_SD, _NOISE_SD = 0.5, 0.8
_THRESHOLDS = (-1.2, -0.4, 0.3, 1.1)
_INTERCEPT = -0.4
_PACK, _LAST_PACK = 12.5, 0.4  # price of a pack, probability that one more is the last
_YEAR = 365 * _DAY
_LONGER, _SECOND = 1_200 * _DAY, 400 * _DAY
_RECOMMEND_RATE, _RECOMMEND_DELAY = 0.6, 7 * _DAY
_RECOMMEND = (6.5, 1.0, 2.0, 1.2)  # level, effects of mood and valence, noise

# What each change of hands takes from the journey as a whole, and at most.
_HANDOVER_COST, _MOST_HANDOVER_COST = 0.15, 0.6
_OVERALL_RATE, _OVERALL_SD = 0.5, 0.4
_RESPONDENTS, _CUSTOMERS_PER_RESPONDENT = 200, 4  # of the market, at least 200

_FIRST_ID = 100_001
_FROM, _ENTRIES_UNTIL, _UNTIL = (
    int(np.datetime64(day, "s").astype(np.int64))
    for day in ("2015-01-01", "2019-01-01", "2025-01-01")
)
_NEVER = 1 << 60  # seconds; a year later is still within int64

# What follows from it.

_NAMES = tuple(_PLACES)
_SIZE = len(_NAMES)
_CHECKOUT = _NAMES.index("checkout")
_VALENCE, _ANSWER_RATE, _DWELL, _EFFECTS = map(
    _checks.frozen_floats, zip(*_FELT.values(), strict=True)
)
_SHARES, _MOODS, _SEGMENT_EFFECTS = map(
    _checks.frozen_floats, zip(*_SEGMENTS.values(), strict=True)
)
_P0 = _checks.frozen_floats(np.array(_STARTS) / 100)
_Q = _checks.frozen_floats(np.array(_MOVES) / 100)
_ENDS = _checks.frozen_floats((100 - np.array(_MOVES).sum(axis=1)) / 100)
_F = np.linalg.inv(np.eye(_SIZE) - _Q)
_VISITS = _checks.frozen_floats(_P0 @ _F)
_REACH = _checks.frozen_floats(_VISITS / np.diag(_F))
_PROMISED, _DELIVERED, _PERCEIVED = _world_promises.levels(_NAMES)


def _star_probabilities() -> FloatArray:
    """Return how probable each star is: a mixture of normal distributions, cut up."""
    spread = math.hypot(_MOOD_SD, _NOISE_SD) * math.sqrt(2)
    bounds = (-math.inf, *_THRESHOLDS, math.inf)
    below = [
        [
            sum(
                share * (1 + math.erf((bound - mean - mood) / spread)) / 2
                for share, mood, _ in _SEGMENTS.values()
            )
            for bound in bounds
        ]
        for mean in _VALENCE.tolist()
    ]
    return _checks.frozen_floats(np.diff(below))


_STARS = _star_probabilities()
_MEAN_STARS = _checks.frozen_floats(_STARS @ np.arange(1.0, 6.0))


@attrs.frozen(repr=False, str=False, getstate_setstate=False)
class Truth:
    """What is true of the simulated company, whatever the seed?

    It takes no arguments: there is one truth, and every `Company` is a sample of it.
    Each number is planted or computed exactly from planted ones, none is estimated.
    Arrays are read-only and in the order of `touchpoints`; `print` shows a table.

    Attributes
    ----------
    touchpoints : tuple of str
        Names of the K touchpoints that are met; all but "forum" are in the design.
    starts : ndarray
        Probability that a journey starts there.
    transitions : ndarray
        Probability of each next touchpoint (columns) after each touchpoint (rows).
    ends : ndarray
        Probability that the journey ends after the touchpoint.
    mean_visits : ndarray
        Expected number of visits in a journey.
    reach : ndarray
        Probability of ever visiting the touchpoint.
    conversion : float
        Probability of ever reaching the checkout.
    mean_dwell : ndarray
        Expected time from a contact there to the next one of the same customer, if
        there is one, in seconds.
    answer_rate : ndarray
        Probability that a contact is rated in stars.
    mean_valence : ndarray
        Mean latent valence of customers whose mood is 0.
    mood_sd, noise_sd : float
        Standard deviations of the customer's own mood within a segment, and of what
        is particular to a single contact.
    star_thresholds : tuple of float
        Four levels of latent valence; who is at or above k of them gives k + 1 stars.
    star_probabilities : ndarray
        Probability of each number of stars from 1 to 5 (columns), over all segments.
    mean_stars : ndarray
        Expected number of stars.
    segments : tuple of str
        Names of the segments; the next three are in their order.
    segment_shares : ndarray
        Probability that a customer belongs to the segment.
    segment_moods : ndarray
        Mean mood in the segment.
    segment_effects : ndarray
        Effect of the segment on retention, in log-odds against the first.
    retention_intercept : float
        Log-odds of staying, in the first segment, of a customer with no valences.
    retention_effects : ndarray
        Effect on retention, in log-odds per unit of latent valence.
    mean_amount : float
        Expected amount of a purchase, in money.
    mean_longer_stay, mean_second_stay : float
        Expected time from the end of the first year to the end of the episode, for
        those who stayed, and from the last purchase of a second episode to its end;
        in seconds.
    recommend_rate : float
        Probability that the question for the recommendation is answered.
    recommend_effects : tuple of float
        Of the answer before it is rounded and cut to 0 to 10: its level, the effects
        of mood and of mean latent valence, and the standard deviation of its noise.
    overall_rate : float
        Probability that the question about the journey as a whole is answered.
    handover_cost, most_handover_cost : float
        What each contact after the first takes from the latent valence of the whole
        journey, and what all of them take at most.
    overall_noise_sd : float
        Standard deviation of what is particular to the answer about the whole journey.
    attributes : tuple of str
        Names of the A attributes of the positioning.
    promised, delivered, perceived : ndarray
        Levels from 0 to 1, 1 best, of attributes (rows) at touchpoints (columns): what
        is said, what is done and what customers see of it. NaN where the attribute is
        neither promised nor asked about.
    over_promised, under_promised : tuple of tuple
        Pairs (attribute, touchpoint) where more is promised than delivered, and where
        less is.
    unseen : tuple of tuple
        Pairs where the promise is kept and customers perceive less all the same: done,
        but not seen.
    disoriented : tuple of str
        Attributes of which customers hear different things: what is promised differs
        between touchpoints by more than the tolerance.
    incoherent : tuple of str
        Attributes of which customers see different things: so does what they perceive.
    misaligned : tuple of str
        Attributes that are perceived off their target, by more than the tolerance, at
        every touchpoint.
    brands : tuple of str
        Names of the brands in the market; the first is the company's own.
    brand_levels : ndarray
        Levels at which the market perceives brands (rows) in attributes (columns).
    ahead, behind : tuple of str
        Attributes in which the own brand is perceived above, or below, every other
        one. In the rest all brands are perceived alike.

    Notes
    -----
    Invariants: starts add up to 1, and so does every row of transitions with its end;
    rows of star probabilities and shares of segments, too. With Q the transitions and
    F = (I - Q)⁻¹, `mean_visits` is starts · F and `reach` is `mean_visits` by the
    diagonal of F. On average a customer makes as many purchases as `mean_visits` says
    of the checkout, each worth `mean_amount`, independently of everything else.

    Whether a contact is rated does not depend on what was felt: ratings are missing
    completely at random within a touchpoint, though not over touchpoints.

    `star_probabilities` is the distribution for a contact drawn at random. Contacts
    of one customer share the mood, so that standard errors have to regard customers.

    `promised`, `delivered` and `perceived` are known at the same places. They differ
    where the lists say so and nowhere else: `delivered` is exactly `promised` outside
    of `over_promised` and `under_promised`, `perceived` exactly `delivered` outside of
    `unseen`. What deviates does so by three tolerances or more, the rest by nothing;
    brands differ by 0.10 or more, or not at all. One attribute is right in all of this:
    leave it alone. Another one is only misaligned: promises are kept and perceived
    everywhere, and the target is missed.

    Examples
    --------
    >>> from cxmkit.world import Truth
    >>> truth = Truth()
    >>> truth
    Truth of 13 touchpoints, 3 segments, conversion 37.6 %
    >>> hotline = truth.touchpoints.index("hotline")
    >>> truth.star_probabilities[hotline].round(3)
    array([0.258, 0.293, 0.242, 0.154, 0.053])

    Which promises are broken, and which is kept without being seen?

    >>> for attribute, touchpoint in truth.over_promised:
    ...     print(attribute, "at the", touchpoint)
    fair price at the checkout
    quick help at the hotline
    quick help at the letter
    >>> truth.unseen
    (('quick help', 'club'),)
    """

    touchpoints: tuple[str, ...] = attrs.field(init=False, default=_NAMES)
    starts: FloatArray = attrs.field(init=False, eq=False, default=_P0)
    transitions: FloatArray = attrs.field(init=False, eq=False, default=_Q)
    ends: FloatArray = attrs.field(init=False, eq=False, default=_ENDS)
    mean_visits: FloatArray = attrs.field(init=False, eq=False, default=_VISITS)
    reach: FloatArray = attrs.field(init=False, eq=False, default=_REACH)
    conversion: float = attrs.field(init=False, default=float(_REACH[_CHECKOUT]))
    mean_dwell: FloatArray = attrs.field(init=False, eq=False, default=_DWELL)
    answer_rate: FloatArray = attrs.field(init=False, eq=False, default=_ANSWER_RATE)
    mean_valence: FloatArray = attrs.field(init=False, eq=False, default=_VALENCE)
    mood_sd: float = attrs.field(init=False, default=_MOOD_SD)
    noise_sd: float = attrs.field(init=False, default=_NOISE_SD)
    star_thresholds: tuple[float, ...] = attrs.field(init=False, default=_THRESHOLDS)
    star_probabilities: FloatArray = attrs.field(init=False, eq=False, default=_STARS)
    mean_stars: FloatArray = attrs.field(init=False, eq=False, default=_MEAN_STARS)
    segments: tuple[str, ...] = attrs.field(init=False, default=tuple(_SEGMENTS))
    segment_shares: FloatArray = attrs.field(init=False, eq=False, default=_SHARES)
    segment_moods: FloatArray = attrs.field(init=False, eq=False, default=_MOODS)
    segment_effects: FloatArray = attrs.field(
        init=False, eq=False, default=_SEGMENT_EFFECTS
    )
    retention_intercept: float = attrs.field(init=False, default=_INTERCEPT)
    retention_effects: FloatArray = attrs.field(init=False, eq=False, default=_EFFECTS)
    mean_amount: float = attrs.field(init=False, default=_PACK / _LAST_PACK)
    mean_longer_stay: float = attrs.field(init=False, default=float(_LONGER))
    mean_second_stay: float = attrs.field(init=False, default=float(_SECOND))
    recommend_rate: float = attrs.field(init=False, default=_RECOMMEND_RATE)
    recommend_effects: tuple[float, ...] = attrs.field(init=False, default=_RECOMMEND)
    overall_rate: float = attrs.field(init=False, default=_OVERALL_RATE)
    handover_cost: float = attrs.field(init=False, default=_HANDOVER_COST)
    most_handover_cost: float = attrs.field(init=False, default=_MOST_HANDOVER_COST)
    overall_noise_sd: float = attrs.field(init=False, default=_OVERALL_SD)
    attributes: tuple[str, ...] = attrs.field(
        init=False, default=_world_promises.ATTRIBUTES
    )
    promised: FloatArray = attrs.field(init=False, eq=False, default=_PROMISED)
    delivered: FloatArray = attrs.field(init=False, eq=False, default=_DELIVERED)
    perceived: FloatArray = attrs.field(init=False, eq=False, default=_PERCEIVED)
    over_promised: tuple[Cell, ...] = attrs.field(
        init=False, default=_world_promises.OVER_PROMISED
    )
    under_promised: tuple[Cell, ...] = attrs.field(
        init=False, default=_world_promises.UNDER_PROMISED
    )
    unseen: tuple[Cell, ...] = attrs.field(init=False, default=_world_promises.UNSEEN)
    disoriented: tuple[str, ...] = attrs.field(
        init=False, default=_world_promises.DISORIENTED
    )
    incoherent: tuple[str, ...] = attrs.field(
        init=False, default=_world_promises.INCOHERENT
    )
    misaligned: tuple[str, ...] = attrs.field(
        init=False, default=_world_promises.MISALIGNED
    )
    brands: tuple[str, ...] = attrs.field(init=False, default=_world_promises.BRANDS)
    brand_levels: FloatArray = attrs.field(
        init=False, eq=False, default=_world_promises.BRAND_LEVELS
    )
    ahead: tuple[str, ...] = attrs.field(init=False, default=_world_promises.AHEAD)
    behind: tuple[str, ...] = attrs.field(init=False, default=_world_promises.BEHIND)

    def __reduce__(self) -> tuple[Any, ...]:
        return Truth, ()  # the constructor takes nothing, so nothing is passed on

    def __repr__(self) -> str:
        """Say how much there is, in one line."""
        return (
            f"Truth of {_SIZE} touchpoints, {len(self.segments)} segments, "
            f"conversion {self.conversion:.1%}".replace("%", " %")
        )

    def __str__(self) -> str:
        columns = {
            "touchpoint": list(self.touchpoints),
            "reach": [f"{100 * share:.1f} %" for share in self.reach],
            "days to the next": [f"{t / _DAY:.2f}" for t in self.mean_dwell],
            "answers": [f"{100 * share:.0f} %" for share in self.answer_rate],
            "stars": [f"{stars:.2f}" for stars in self.mean_stars],
            "effect": [f"{effect:.1f}" for effect in self.retention_effects],
        }
        return _draw.text_table(columns)


_TRUTH = Truth()


@cache
def _design() -> JourneyMap[str]:
    """Return the one design; made when asked for: it would load numpy.ma."""
    return JourneyMap(
        id="nappies",
        stages=DEFAULT_STAGES,
        touchpoints=[
            Touchpoint(
                id=name,
                name=name,
                stage=stage,
                channel=channel,
                owner=Owner(owner),
                medium=Medium(medium),
                dimensions={ExperienceDimension(dimension)},
            )
            for name, (place, channel, owner, medium, dimension, _) in _PLACES.items()
            for stage in DEFAULT_STAGES
            if stage.name == place
        ],
        order=_ORDER,
    )


# A sample of it


def _as_seed(value: "int | np.random.Generator") -> int:
    if isinstance(value, np.random.Generator):
        return int(value.integers(1 << 63))
    seed = _checks.as_whole("seed", value)
    if seed < 0:
        raise _checks.refuse("seed", "not be negative", seed)
    return seed


def _as_size(value: int) -> int:
    size = _checks.as_whole("customers", value)
    if size < 1:
        raise _checks.refuse("customers", "be at least 1", size)
    return size


def _sampled(company: "Company") -> dict[str, Columns]:
    return _simulated(np.random.default_rng(company.seed), company.customers)


@attrs.frozen(repr=False, getstate_setstate=False)
class Company:
    r"""Does my estimator find what is true? A simulated company with planted truth.

    A brand of nappies: its design and its promises, what customers met, felt and saw of
    them, what they bought and whether they stayed. `truth` says what there is to be
    found. Tables are dicts of columns of equal length, made for
    ``pandas.DataFrame(company.contacts)`` and its like; the arrays in them are
    read-only.

    Parameters
    ----------
    seed : int or numpy.random.Generator
        Which sample of the truth; not negative. A generator is asked for one number,
        which is then the seed.
    customers : int, default: 2000
        How many customers to be; at least 1.

    Attributes
    ----------
    truth : Truth
        What was planted. It does not depend on the seed.
    design : JourneyMap
        How the brand wants the journey to be.
    positioning : BrandPositioning
        What the brand stands for: four attributes with their targets.
    promises : tuple of Promise
        What is promised at which touchpoint, and of one attribute in general.
    contacts : dict of str to ndarray
        Columns "customer" (int64), "time" (datetime64[us], UTC), "touchpoint" and
        "channel" (str), "two_sided" (bool), "dimension" (str, what the question of the
        touchpoint is about: "brand", "relationship" or "transaction") and "stars"
        (float, 1 to 5 on `STARS_1_5`, NaN where not asked or not answered), in order
        of time.
    episodes : dict of str to ndarray
        Columns "customer", "start" and "end" (datetime64[us], UTC): when somebody was a
        customer, in order of start, half-open. NaT while there is no end.
    purchases : dict of str to ndarray
        Columns "customer", "time" and "amount" (float, money), in order of time: one
        for each contact at the checkout.
    answers : dict of str to ndarray
        Columns "customer", "time" and "recommend" (float, 0 to 10 on `RECOMMEND_0_10`,
        NaN where not answered), in order of time: everybody is asked once, after the
        last contact.
    journeys : dict of str to ndarray
        Columns "customer" and "overall" (float, 1 to 5 on `STARS_1_5`, NaN where not
        answered), in the rows of *outcomes*: how was the journey as a whole?
    impressions : dict of str to ndarray
        Columns "customer", "time", "touchpoint", "attribute" (str) and "rating" (float,
        1 to 5 on `SATISFACTION_1_5`, NaN where not answered): the contacts at which an
        attribute of the positioning was asked about, in order of time.
    checks : dict of str to ndarray
        Columns "touchpoint", "attribute", "held" (int64, 1 or 0) and "n" (int64): facts
        of operations. How often was looked, and the attribute held, and how often it
        did not; two rows for each pair, as a ``GROUP BY`` gives them.
    market : dict of str to ndarray
        Columns "respondent" (int64), "brand", "attribute" (str) and "rating" (float, 1
        to 5 on `SATISFACTION_1_5`): what people who need not be customers think of our
        brand and of two others. Each rated each brand in each attribute.
    outcomes : dict of str to ndarray
        Columns "customer" (ascending, everybody), "bought" (bool), "stayed" (bool:
        still a customer 365 days after the first purchase; False for those who never
        bought) and "segment" (str).
    latent : dict of str to ndarray
        What no company can see, in the rows of *outcomes*: "customer", "mood",
        "stay_probability" (NaN for those who never bought) and, by the name of each
        touchpoint, the mean valence felt there until the end of the year after the
        first purchase: 0 if it was not visited until then. For those who never bought
        it is the mean of all visits.
    observed_from, observed_until : numpy.datetime64
        The first instant of the observation, and the first after it.

    Raises
    ------
    InvalidTypeError
        If *seed* is neither a whole number nor a generator, or *customers* is not a
        whole number.
    InvalidValueError
        If *seed* is negative or *customers* is below 1.

    Notes
    -----
    Invariants: columns of a table have one length, and ids of customers are those of
    *outcomes*. Everybody has a contact, and those of one customer are at different
    seconds; different customers may share one. The first episode begins at the first
    contact at the checkout; episodes of one customer are disjoint, there are at most
    two, a second one begins at a checkout, and only the last may be open. Every
    purchase lies in an episode. *stayed* is true exactly where an episode holds the
    instant 365 days after the first purchase. Questions about the relationship stand
    at contacts after the first purchase only, those about the transaction at two-sided
    ones. Every impression is at a contact, at most one at each; pairs of attribute and
    touchpoint in *impressions* and *checks* are those of which `Truth` knows levels.

    The design carries neither positioning nor promises; `attrs.evolve` puts them in.

    Companies are equal when seed and number of customers are: all else follows from
    them, with the same numpy. Pickles and copies hold these two and draw again. A
    company of more customers does not continue one of fewer.

    The model. All customers are independent.

    1. *Journeys.* One for each, a Markov chain of first order with `Truth.starts`,
       `Truth.transitions` and `Truth.ends`, independent of segment and mood. It begins
       at a second of 2015 to 2018, all being equally likely. From one contact to the
       next it takes a geometric number of seconds, at least 1, with the mean
       `Truth.mean_dwell` of the former. What would come at `observed_until` or later
       is not recorded, six years after the last start: less than one journey in a
       million.
    2. *Experience.* Segments are drawn by their shares. The mood of customer i is
       normal around that of the segment, :math:`m_i \sim N(\mu_s, 0.5^2)`. At each
       contact the latent valence is :math:`v = \mu_k + m_i + \varepsilon`,
       :math:`\varepsilon \sim N(0, 0.8^2)`. Stars count the thresholds that it reaches.
       Whether it is rated is drawn apart: ratings are missing at random.
    3. *Retention.* Who bought stays with :math:`\operatorname{logit} p = \alpha +
       \sum_k \beta_k \bar v_{ik} + \gamma_s`, where :math:`\bar v_{ik}` are the columns
       of *latent*. What happens after the year has no effect. The segment shifts the
       mood and the log-odds in opposite directions: who does not regard it
       underestimates the effects of experience.
    4. *Episodes.* Who does not stay leaves at a second after the last purchase of the
       year, until its end, all being equally likely. Who stays leaves a geometric time
       after the year. Purchases after that make one more episode, from the first to a
       geometric time after the last of them. An end at `observed_until` or later is
       open.
    5. *Purchases.* An amount is 12.50 for each pack; their number is geometric with
       mean 2.5.
    6. *Recommendation.* A geometric time of mean 7 days after the last contact, a
       normal number around 6.5 + mood + 2 · mean latent valence of all contacts, with
       standard deviation 1.2, is rounded and cut to 0 to 10. Whether it is answered is
       drawn apart.
    7. *The journey as a whole.* Each handover costs: the latent valence of a journey of
       n contacts is their mean, rated or not, less 0.15 · (n - 1) but at most 0.60,
       plus :math:`N(0, 0.4^2)`. It is cut by the thresholds of the stars; whether it is
       answered is drawn apart. Touchpoints can be green and the journey red.
    8. *Impressions.* At a contact whose touchpoint has attributes in the truth, one of
       them is asked about, all being equally likely, and answered with the probability
       `Truth.answer_rate`. The rating is 1 + a binomial number of 4 trials with the
       probability `Truth.perceived`, independent of all else: (rating - 1) / 4 has
       exactly this mean.
    9. *Checks.* Of 5,000 for each pair a binomial number held, with the probability
       `Truth.delivered`. They do not depend on customers: companies of one seed have
       the same ones.
    10. *Market.* Respondents are a quarter of the customers in number, but 200 at
        least. Their ratings are drawn as impressions are, with the probability
        `Truth.brand_levels`; their ids, from 1, have nothing to do with customers.

    Examples
    --------
    >>> from cxmkit.world import Company
    >>> company = Company(7)
    >>> company
    Company seed 7, 2,000 customers, ... contacts, ... buyers
    >>> list(company.contacts)
    ['customer', 'time', 'touchpoint', 'channel', 'two_sided', 'dimension', 'stars']

    Is the conversion of the sample that of the truth?

    >>> bought = company.outcomes["bought"]
    >>> se = (bought.var() / bought.size) ** 0.5
    >>> bool(abs(bought.mean() - company.truth.conversion) < 4 * se)
    True

    What was promised, what was done?

    >>> from cxmkit import Scale, Tally
    >>> [each.level for each in company.promises if each.touchpoint == "hotline"]
    [0.75]
    >>> by = {name: company.checks[name] for name in ("attribute", "touchpoint")}
    >>> answers, n = company.checks["held"], company.checks["n"]
    >>> fact = Scale(0, 1, higher_is_better=True)
    >>> delivered = Tally.from_rows(answers, n, scale=fact, by=by)
    >>> failed, held = delivered.at(attribute="quick help", touchpoint="hotline").counts
    >>> bool(0.48 < held / (failed + held) < 0.52)
    True
    """

    seed: int = attrs.field(converter=_as_seed)
    customers: int = attrs.field(default=2_000, kw_only=True, converter=_as_size)
    _tables: dict[str, Columns] = attrs.field(
        init=False, eq=False, default=attrs.Factory(_sampled, takes_self=True)
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.seed, self.customers)

    @property
    def truth(self) -> Truth:
        """What is there to be found?"""
        return _TRUTH

    @property
    def design(self) -> JourneyMap[str]:
        """How is the journey meant to be?"""
        return _design()

    @property
    def positioning(self) -> BrandPositioning:
        """What does the brand stand for?"""
        return _world_promises.positioning()

    @property
    def promises(self) -> tuple[Promise, ...]:
        """What is promised, and where?"""
        return _world_promises.promises()

    @property
    def contacts(self) -> Columns:
        """Who met the brand when and where, and how was it rated?"""
        return dict(self._tables["contacts"])

    @property
    def episodes(self) -> Columns:
        """Who was a customer from when to when?"""
        return dict(self._tables["episodes"])

    @property
    def purchases(self) -> Columns:
        """Who bought when, and for how much?"""
        return dict(self._tables["purchases"])

    @property
    def answers(self) -> Columns:
        """Who would recommend the brand?"""
        return dict(self._tables["answers"])

    @property
    def journeys(self) -> Columns:
        """How was the journey as a whole?"""
        return dict(self._tables["journeys"])

    @property
    def impressions(self) -> Columns:
        """What did customers perceive of what is promised?"""
        return dict(self._tables["impressions"])

    @property
    def checks(self) -> Columns:
        """How often is done what is promised?"""
        return dict(self._tables["checks"])

    @property
    def market(self) -> Columns:
        """What do people think of us, and of others?"""
        return dict(self._tables["market"])

    @property
    def outcomes(self) -> Columns:
        """Who bought, and who stayed?"""
        return dict(self._tables["outcomes"])

    @property
    def latent(self) -> Columns:
        """What did customers feel, which no company can see?"""
        return dict(self._tables["latent"])

    @property
    def observed_from(self) -> np.datetime64:
        """The first instant of the observation."""
        return np.datetime64(_FROM * 10**6, "us")

    @property
    def observed_until(self) -> np.datetime64:
        """The first instant after the observation."""
        return np.datetime64(_UNTIL * 10**6, "us")

    def __repr__(self) -> str:
        """Say seed and size, in one line."""
        contacts, buyers = self._tables["contacts"], self._tables["outcomes"]["bought"]
        return (
            f"Company seed {self.seed}, {_draw.counted(self.customers, 'customer')}, "
            f"{_draw.counted(contacts['time'].size, 'contact')}, "
            f"{_draw.counted(int(buyers.sum()), 'buyer')}"
        )

    def summary(self) -> str:
        """Say in one sentence what happened in this sample."""
        outcomes, stars = self._tables["outcomes"], self._tables["contacts"]["stars"]
        bought, stayed = (int(outcomes[name].sum()) for name in ("bought", "stayed"))
        return (
            f"{_draw.counted(self.customers, 'customer')} had "
            f"{_draw.counted(stars.size, 'contact')} with the brand and rated "
            f"{int((stars > 0).sum()):,} of them; {bought:,} bought, and {stayed:,} "
            f"were still there a year later."
        )


def _rebuilt(seed: int, customers: int) -> Company:
    return Company(seed, customers=customers)


def _simulated(rng: "np.random.Generator", size: int) -> dict[str, Columns]:
    """Draw all tables; customers are places 0, 1, ... until they get their ids."""
    # A later table has a generator of its own: it changes no other, nor does the next.
    of_journeys, of_impressions, of_checks, of_market = rng.spawn(4)
    truth, ids = _TRUTH, np.arange(_FIRST_ID, _FIRST_ID + size, dtype=np.int64)
    segment = rng.choice(len(truth.segments), size=size, p=truth.segment_shares)
    mood = truth.segment_moods[segment] + rng.normal(0, truth.mood_sd, size)
    who, where, when = _journeys(rng, size, until=_UNTIL)
    noise = rng.normal(0, truth.noise_sd, who.size)
    valence = truth.mean_valence[where] + mood[who] + noise
    stars = _stars(valence)
    stars[rng.random(who.size) >= truth.answer_rate[where]] = np.nan

    paid = where == _CHECKOUT
    buyer, bought_at = who[paid], when[paid]
    first = np.full(size, _NEVER)
    np.minimum.at(first, buyer, bought_at)
    bought = first < _NEVER
    felt = _felt(who, where, valence, early=when < (first + _YEAR)[who], size=size)
    log_odds = truth.retention_intercept + truth.retention_effects @ felt
    chance = 1 / (1 + np.exp(-log_odds - truth.segment_effects[segment]))
    stayed = bought & (rng.random(size) < chance)
    customer, start, end = _episodes(rng, buyer, bought_at, first, stayed)
    packs = rng.geometric(_LAST_PACK, buyer.size)
    asked, asked_at, recommend = _recommended(rng, who, when, valence, mood)

    _, channels, _, _, dimensions, sides = zip(*_PLACES.values(), strict=True)
    tables: dict[str, Columns] = {
        "contacts": {
            "customer": ids[who],
            "time": _instants(when),
            "touchpoint": _words(truth.touchpoints)[where],
            "channel": _words(channels)[where],
            "two_sided": np.array(sides)[where],
            "dimension": _words(dimensions)[where],
            "stars": stars,
        },
        "episodes": {
            "customer": ids[customer],
            "start": _instants(start),
            "end": _instants(end),
        },
        "purchases": {
            "customer": ids[buyer],
            "time": _instants(bought_at),
            "amount": _PACK * packs,
        },
        "answers": {
            "customer": ids[asked],
            "time": _instants(asked_at),
            "recommend": recommend,
        },
        "outcomes": {
            "customer": ids,
            "bought": bought,
            "stayed": stayed,
            "segment": _words(truth.segments)[segment],
        },
        "latent": {
            "customer": ids,
            "mood": mood,
            "stay_probability": np.where(bought, chance, np.nan),
            **dict(zip(truth.touchpoints, felt, strict=True)),
        },
        "journeys": {
            "customer": ids,
            "overall": _overall(of_journeys, who, valence),
        },
        "checks": _world_promises.checks(of_checks),
        "market": _world_promises.market(
            of_market, max(_RESPONDENTS, size // _CUSTOMERS_PER_RESPONDENT)
        ),
    }
    tables["impressions"] = _world_promises.impressions(
        of_impressions,
        tables["contacts"],
        where,
        truth.perceived,
        truth.answer_rate,
    )
    for table in tables.values():
        for column in table.values():
            column.flags.writeable = False
    return tables


def _journeys(
    rng: "np.random.Generator", size: int, *, until: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Return customer, touchpoint and second of all contacts, in order of time."""
    # The last row is that of those who have not begun. Per cent are added up as whole
    # numbers: 1 less some rounding there would let a journey end before it begins.
    bounds = np.cumsum([*_MOVES, _STARTS], axis=1) / 100
    who = np.arange(size)
    where = _drawn(rng, bounds[np.full(size, _SIZE)])
    when = rng.integers(_FROM, _ENTRIES_UNTIL, size)
    steps = []
    while who.size:
        steps.append((who, where, when))
        following = _drawn(rng, bounds[where])
        when = when + rng.geometric(1 / _DWELL[where])
        on = (following < _SIZE) & (when < until)
        who, where, when = who[on], following[on], when[on]
    who, where, when = (np.concatenate(part) for part in zip(*steps, strict=True))
    order = np.argsort(when, kind="stable")
    return who[order], where[order], when[order]


def _drawn(rng: "np.random.Generator", bounds: FloatArray) -> IntArray:
    """Draw one column per row of cumulated probabilities; one more is the rest."""
    passed: IntArray = (rng.random((len(bounds), 1)) >= bounds).sum(axis=1)
    return passed


def _stars(valence: FloatArray) -> FloatArray:
    """Return 1 star and one more for each threshold that is reached."""
    reached = np.searchsorted(_THRESHOLDS, valence, side="right")
    return 1.0 + reached.astype(np.float64)


def _felt(
    who: IntArray, where: IntArray, valence: FloatArray, *, early: BoolArray, size: int
) -> FloatArray:
    """Return the mean valence of early contacts, touchpoints by customers, or 0."""
    cell = where[early] * size + who[early]
    visits = np.bincount(cell, minlength=_SIZE * size)
    sums = np.bincount(cell, weights=valence[early], minlength=_SIZE * size)
    return (sums / np.maximum(visits, 1)).reshape(_SIZE, size)


def _episodes(
    rng: "np.random.Generator",
    buyer: IntArray,
    bought_at: IntArray,
    first: IntArray,
    stayed: BoolArray,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return customer, start and end of all episodes, in order of start."""
    year_end = first + _YEAR
    soon = bought_at < year_end[buyer]
    latest = first.copy()
    np.maximum.at(latest, buyer[soon], bought_at[soon])
    leaves = rng.integers(latest + 1, year_end, endpoint=True)
    end = np.where(stayed, year_end + rng.geometric(1 / _LONGER, first.size), leaves)

    # All that is bought once the first episode is over belongs to a second one.
    late = bought_at >= end[buyer]
    again, last = np.full(first.size, _NEVER), np.zeros(first.size, np.int64)
    np.minimum.at(again, buyer[late], bought_at[late])
    np.maximum.at(last, buyer[late], bought_at[late])
    over = last + rng.geometric(1 / _SECOND, first.size)

    once, twice = np.flatnonzero(first < _NEVER), np.flatnonzero(again < _NEVER)
    customer = np.concatenate([once, twice])
    starts = np.concatenate([first[once], again[twice]])
    ends = np.concatenate([end[once], over[twice]])
    order = np.argsort(starts, kind="stable")
    return customer[order], starts[order], ends[order]


def _recommended(
    rng: "np.random.Generator",
    who: IntArray,
    when: IntArray,
    valence: FloatArray,
    mood: FloatArray,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return customer, second and answer of everybody, in order of time."""
    last = np.zeros(mood.size, np.int64)
    np.maximum.at(last, who, when)
    level, of_mood, of_valence, sd = _RECOMMEND
    mean = np.bincount(who, weights=valence) / np.bincount(who)
    raw = level + of_mood * mood + of_valence * mean + rng.normal(0, sd, mood.size)
    answer = np.clip(np.rint(raw), 0, 10)
    answer[rng.random(mood.size) >= _RECOMMEND_RATE] = np.nan
    asked_at = last + rng.geometric(1 / _RECOMMEND_DELAY, mood.size)
    order = np.argsort(asked_at, kind="stable")
    order = order[asked_at[order] < _UNTIL]
    return order, asked_at[order], answer[order]


def _overall(
    rng: "np.random.Generator", who: IntArray, valence: FloatArray
) -> FloatArray:
    """Return how everybody rates the journey as a whole."""
    contacts = np.bincount(who)
    cost = np.minimum(_HANDOVER_COST * (contacts - 1), _MOST_HANDOVER_COST)
    mean = np.bincount(who, weights=valence) / contacts
    overall = _stars(mean - cost + rng.normal(0, _OVERALL_SD, contacts.size))
    overall[rng.random(contacts.size) >= _OVERALL_RATE] = np.nan
    return overall


def _instants(seconds: IntArray) -> npt.NDArray[np.datetime64]:
    """Return instants, NaT for an end that has not been observed."""
    # Not all libraries know datetimes in seconds; microseconds they all do.
    instants = seconds.astype("datetime64[s]").astype("datetime64[us]")
    instants[seconds >= _UNTIL] = np.datetime64("NaT", "us")
    return instants


def _words(values: Any) -> npt.NDArray[np.object_]:
    return np.array(values, dtype=object)
