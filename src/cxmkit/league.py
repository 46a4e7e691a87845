"""Who is best, and who was only lucky?"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from statistics import NormalDist
from typing import Any, Literal, get_args

import attrs
import numpy as np

from cxmkit import (
    _checks,
    _draw,
    _draw_inference,
    _intervals,
    _spread,
    _states,
    _stats,
)
from cxmkit._axes import Label
from cxmkit._checks import BoolArray, FloatArray, IntArray
from cxmkit.definition import BoxShare, NetScore
from cxmkit.errors import InvalidTypeError
from cxmkit.estimate import Definition, Estimates, require_one_axis
from cxmkit.scale import Scale

__all__ = ["LeagueTable", "league_table"]

Ranks = Literal["each", "all"]


def _axis_name(_: Any, field: "attrs.Attribute[Any]", value: str) -> None:
    """Refuse what would be written over by a column of the records."""
    _checks.filled(_, field, value)
    if value in _COLUMNS:
        rule, hint = "not bear the name of a column of results", "rename the axis"
        raise _checks.refuse(field.name, rule, value, hint=hint)


def _ranks_choice(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    _checks.choice(field.name, value, get_args(Ranks))


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class LeagueTable:
    """Who is best, who was only lucky, and how sure is each rank?

    `league_table` makes them. Arrays are read-only and have one number per group, in
    the order of *labels*; `ranked` puts the best first. Groups without answers are NaN
    with rank 0, which stands for "unranked".

    Parameters
    ----------
    axis : str
        What the groups are, such as "branch".
    labels : series of labels
        The groups.
    value : array_like of float
        Raw scores, in the unit of the definition.
    shrunken : array_like of float
        Scores drawn towards the mean, the more, the fewer answers they rest on: the
        best guess at what is really there.
    low, high : array_like of float
        Ends of the interval of the true score; NaN where answers cannot tell, since all
        of them are alike.
    n : array_like of int
        Number of answers.
    n_effective : array_like of float
        Number of equally weighted answers that the score rests on; *n* without weights.
    credibility : array_like of float
        Share of its distance from the mean that a raw score keeps, 0 to 1; 1 is best.
    rank : array_like of int
        Rank by *shrunken*, 1 is best in the direction of the definition. Equal scores
        share the best of their ranks, as in sports: 1, 2, 2, 4.
    rank_low, rank_high : array_like of int
        Best and worst rank that the answers leave open.
    mean : float
        Common mean of the groups, in the unit of the definition; a large group counts
        little more than a small one where groups truly differ.
    between_sd : float
        How much true scores differ between groups: their standard deviation. At least
        0; 0 where raw scores differ no more than luck alone would make them.
    within_sd : float
        How much answers differ within groups: their standard deviation. At least 0.
    level : float, default: 0.95
        Confidence level of both intervals, between 0 and 1.
    ranks : {"each", "all"}
        Whether rank intervals hold for each group on its own, or for all together.
    definition : Definition
        What was computed.
    scale : Scale
        The scale of the answers.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If shapes disagree, a label is there twice, a credibility is not between 0 and
        1, an interval does not hold its score, or a rank is none.
    MissingValueError
        If a label is missing.

    Notes
    -----
    Invariants: labels are unique; low <= shrunken <= high, where known; 1 <= rank_low
    <= rank <= rank_high <= groups with answers, or all three are 0. Tables are equal
    when all fields are, and have no hash.

    Examples
    --------
    >>> from cxmkit import nps
    >>> from cxmkit.inference import league_table
    >>> by = ["North"] * 200 + ["South"] * 200 + ["Kiosk"] * 5
    >>> answers = [10] * 120 + [8] * 60 + [3] * 20
    >>> answers += [10] * 70 + [8] * 80 + [3] * 50 + [10] * 3 + [8] * 2
    >>> table = league_table(nps(answers, by={"branch": by}))
    >>> table
    NPS league of branch (3): first is North
    >>> table.shrunken
    array([49.5, 10.9, 45.6])
    >>> table.rank
    array([1, 3, 2])
    """

    axis: str = attrs.field(validator=_axis_name)
    labels: tuple[Label, ...] = attrs.field(
        converter=_checks.as_tuple, validator=_states.labels
    )
    value: FloatArray = attrs.field(converter=_states.as_sums)
    shrunken: FloatArray = attrs.field(converter=_states.as_sums)
    low: FloatArray = attrs.field(converter=_states.as_sums)
    high: FloatArray = attrs.field(converter=_states.as_sums)
    n: IntArray = attrs.field(converter=_states.as_counts, validator=_states.are_counts)
    n_effective: FloatArray = attrs.field(converter=_states.as_sums)
    credibility: FloatArray = attrs.field(converter=_states.as_sums)
    rank: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    rank_low: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    rank_high: IntArray = attrs.field(
        converter=_states.as_counts, validator=_states.are_counts
    )
    mean: float = attrs.field(converter=_checks.as_float, validator=_checks.finite)
    between_sd: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, math.inf)
    )
    within_sd: float = attrs.field(
        converter=_checks.as_float, validator=_checks.within(0, math.inf)
    )
    level: float = attrs.field(default=0.95, converter=_checks.confidence)
    ranks: Ranks = attrs.field(default="each", validator=_ranks_choice)
    definition: Definition
    scale: Scale = attrs.field(validator=_checks.instance(Scale))

    def __attrs_post_init__(self) -> None:
        """Check that arrays fit the labels and each other."""
        for name in _ARRAYS:
            array = getattr(self, name)
            _states.require_shape(name, array, (len(self.labels),))
            if array.dtype.kind not in "if":
                rule, hint = "hold numbers", "write NaN for what is unknown"
                raise _checks.refuse(
                    name, rule, array.dtype, hint=hint, error=InvalidTypeError
                )
        scored = self._scored
        for name in ("value", "n_effective", "credibility"):
            array = getattr(self, name)
            good = np.isfinite(array) == scored
            _checks.require(name, array, good, "be known where shrunken is, else NaN")
        good = ~scored | ((self.credibility >= 0) & (self.credibility <= 1))
        _checks.require("credibility", self.credibility, good, "be between 0 and 1")
        for name, order in (("low", 1), ("high", -1)):
            ends = getattr(self, name)
            good = np.isnan(ends) | (order * ends <= order * self.shrunken)
            rule = f"be at {'most' if order > 0 else 'least'} the shrunken score"
            _checks.require(name, ends, good, rule)
        most = int(np.count_nonzero(scored))
        chain = (np.where(scored, 1, 0), self.rank_low, self.rank, self.rank_high)
        for name, array, least in zip(_RANKS, chain[1:], chain[:-1], strict=True):
            good = (array >= least) & (array <= np.where(scored, most, 0))
            rule = f"be 1 to {most} in the order low, rank, high, and 0 if unranked"
            _checks.require(name, array, good, rule)

    # Judging

    @property
    def _scored(self) -> BoolArray:
        return ~np.isnan(self.shrunken)

    @property
    def luck(self) -> float:
        """Share of the variance of raw scores that is luck, 0 to 1.

        Variance of raw scores that answers within groups make, over all of it; 1 where
        nothing tells the groups apart. Fewer than ten groups say little of it, so that
        `summary` keeps it to itself.
        """
        if not self.between_sd:
            return 1.0
        noise = float((self.within_sd**2 / self.n_effective[self._scored]).mean())
        return noise / (noise + self.between_sd**2)

    @property
    def better(self) -> tuple[Label, ...]:
        """Groups that are clearly better than the mean: the interval leaves it out."""
        return self._beyond(better=True)

    @property
    def worse(self) -> tuple[Label, ...]:
        """Groups that are clearly worse than the mean."""
        return self._beyond(better=False)

    def _beyond(self, *, better: bool) -> tuple[Label, ...]:
        up = self.definition.higher_is_better(self.scale) == better
        beyond = self.low > self.mean if up else self.high < self.mean
        return tuple(self.labels[place] for place in np.flatnonzero(beyond))

    def ranked(self) -> "LeagueTable":
        """Return the groups from best to worst; those without answers come last.

        Groups of equal score keep their order.

        Returns
        -------
        LeagueTable
            The same table, sorted.

        Examples
        --------
        >>> from cxmkit import csat, samples
        >>> from cxmkit.inference import league_table
        >>> wifi = csat(samples.airport().at(touchpoint="free WiFi"))
        >>> league_table(wifi).ranked().labels
        (2016, 2017, 2015, 2014)
        """
        order = self._order
        sorted_arrays = {name: getattr(self, name)[order] for name in _ARRAYS}
        labels = tuple(self.labels[place] for place in order)
        return attrs.evolve(self, labels=labels, **sorted_arrays)

    @property
    def _order(self) -> IntArray:
        last = np.iinfo(np.int64).max
        keys = np.where(self._scored, self.rank, last)
        return np.argsort(keys, kind="stable").astype(np.int64)

    # Saying

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.labels)

    @property
    def _name(self) -> str:
        return f"{self.definition.name} league of {self.axis} ({len(self):,})"

    def __repr__(self) -> str:
        """Say who is best and, of many groups, how much is luck in one line."""
        if not self.between_sd:
            return f"{self._name}: nothing tells them apart"
        best = self.labels[int(self._order[0])]
        return "; ".join(filter(None, (f"{self._name}: first is {best}", self._luck)))

    @property
    def _luck(self) -> str:
        """Say the share that is luck, if groups are enough; only all of it is 100 %."""
        if np.count_nonzero(self._scored) < _ENOUGH:
            return ""
        percent = 100 * self.luck
        share = "less than 1 %" if percent < 1 else f"{min(percent, 99):.0f} %"
        return f"{share} of the variance of raw scores is luck"

    def summary(self) -> str:
        """Return some sentences for a manager: how much is luck, and who stands out.

        Examples
        --------
        >>> from cxmkit import csat, samples
        >>> from cxmkit.inference import league_table
        >>> wifi = csat(samples.airport().at(touchpoint="free WiFi"))
        >>> print(league_table(wifi).summary())
        CSAT (top 2) league of year (4): first is 2016 with 75.0 % (73.3 to 77.3; raw
        75.5 from 2,333 answers). Clearly better than the mean of 72.9 %: 1 (2016);
        clearly worse: 1 (2014). Surely in the better half: 0; in the worse: 1. Half of
        the ranks are unsure by 2 places or more (95 %, each on its own).
        """
        said = [] if self.between_sd else [self._alike_said()]
        if self.between_sd:
            said += [self._best_said(), self._mean_said(), self._ranks_said()]
        silent = len(self) - int(np.count_nonzero(self._scored))
        if silent:
            has = "has" if silent == 1 else "have"
            said.append(f"{silent:,} {has} no answers and no rank.")
        return " ".join(said)

    def _alike_said(self) -> str:
        return (
            f"{self._name}: nothing tells them apart; raw scores differ no more than"
            f" luck alone would make them, and all are put at the mean of"
            f" {self._score(self.mean)}."
        )

    def _best_said(self) -> str:
        best = int(self._order[0])
        score, low, high, raw = (
            f"{array[best]:z.{self.definition.decimals}f}"
            for array in (self.shrunken, self.low, self.high, self.value)
        )
        unit = self.definition.unit(self.scale)
        answers = _draw.counted(int(self.n[best]), "answer")
        said = (
            f"{self._name}: first is {self.labels[best]} with {score}{unit}"
            f" ({low} to {high}; raw {raw} from {answers})"
        )
        # The interval of one group on its own does not hold for one that was picked
        # for being first.
        if self.ranks == "all":
            places = f"{self.rank_low[best]:,} to {self.rank_high[best]:,}"
            said += f", which may rank {places}"
        luck = self._luck
        return f"{said}. {luck[0].upper()}{luck[1:]}." if luck else f"{said}."

    def _mean_said(self) -> str:
        table = self.ranked()
        better = _some(table.better, "better")
        worse = _some(table.worse[::-1], "worse")
        mean = self._score(self.mean)
        return (
            f"Clearly better than the mean of {mean}: {better}; clearly worse: {worse}."
        )

    def _ranks_said(self) -> str:
        """Say who is surely in which half, and how wide the ranks are."""
        scored = self._scored
        most = int(np.count_nonzero(scored))
        half = most // 2
        upper = int(np.count_nonzero(scored & (self.rank_high <= half)))
        lower = int(np.count_nonzero(self.rank_low > most - half))
        width = np.median((self.rank_high - self.rank_low)[scored])
        places = _draw.counted(math.floor(width), "place")
        halves = f"Surely in the better half: {upper:,}; in the worse: {lower:,}."
        if width >= _NEARLY_ALL * (most - 1):
            return (
                f"{halves} The ranks say next to nothing: half of them are unsure by"
                f" {places} of {most - 1:,} or more ({self._sure})."
            )
        return (
            f"{halves} Half of the ranks are unsure by {places} or more ({self._sure})."
        )

    @property
    def _sure(self) -> str:
        whom = "each on its own" if self.ranks == "each" else "all together"
        return f"{100 * self.level:.10g} %, {whom}"

    def _score(self, number: float) -> str:
        unit = self.definition.unit(self.scale)
        return f"{number:z.{self.definition.decimals}f}{unit}"

    def __str__(self) -> str:
        """Return a table, best first, for ``print``; of many groups both ends."""
        table = self.ranked()
        decimals = self.definition.decimals
        columns = {
            "rank": table._rank_texts(),  # noqa: SLF001  a table of the same kind
            self.axis: [str(label) for label in table.labels],
        }
        for name in ("shrunken", "low", "high", "value"):
            numbers = getattr(table, name)
            columns[name] = [f"{number:z.{decimals}f}" for number in numbers]
        columns["credibility"] = [f"{number:.2f}" for number in table.credibility]
        columns["n"] = [f"{count:,}" for count in table.n]
        heading = (
            f"{self.definition.name}, drawn towards the mean of"
            f" {self._score(self.mean)}; ranks: {self._sure}"
        )
        return f"{heading}\n{_both_ends(columns, len(table))}"

    def _rank_texts(self) -> list[str]:
        """Write ranks with their intervals: ``1 (1-7)``."""
        ranks = zip(self.rank, self.rank_low, self.rank_high, strict=True)
        return [f"{r} ({low}-{high})" if r else "" for r, low, high in ranks]

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per group; None is unknown.

        Examples
        --------
        >>> from cxmkit import csat, samples
        >>> from cxmkit.inference import league_table
        >>> wifi = csat(samples.airport().at(touchpoint="free WiFi"))
        >>> record = league_table(wifi).to_records()[-1]
        >>> record["year"], record["rank"], record["rank_low"], record["rank_high"]
        (2017, 2, 1, 3)
        """
        return [dict(zip(self._headings, row, strict=True)) for row in self._rows()]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return the same rows as `to_records`, as columns for a dataframe."""
        columns = map(list, zip(*self._rows(), strict=True))
        return dict(zip(self._headings, columns, strict=True))

    @property
    def _headings(self) -> tuple[str, ...]:
        return (self.axis, *_COLUMNS)

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        common = (self.level, self.definition.name, self.scale.described)
        columns = (self._plain(name) for name in _ARRAYS)
        for label, *numbers in zip(self.labels, *columns, strict=True):
            yield (label, *numbers, *common)

    def _plain(self, name: str) -> list[Any]:
        """Return an array as a list with None for what is unknown."""
        array = getattr(self, name)
        known = ~np.isnan(array) & (self._scored if name in _RANKS else True)
        pairs = zip(array.tolist(), known, strict=True)
        return [number if is_known else None for number, is_known in pairs]

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: every field, with arrays as lists."""
        return {
            "axis": self.axis,
            "labels": list(self.labels),
            **{name: self._plain(name) for name in _ARRAYS},
            "mean": self.mean,
            "between_sd": self.between_sd,
            "within_sd": self.within_sd,
            "level": self.level,
            "ranks": self.ranks,
            "metric": self.definition.name,
            "scale": self.scale.described,
        }

    def to_svg(self) -> str:
        """Return scores with intervals, best first, complete as an SVG file."""
        table = self.ranked()
        return _draw_inference.league_table(
            [str(label) for label in table.labels],
            table.shrunken.tolist(),
            table.low.tolist(),
            table.high.tolist(),
            table.value.tolist(),
            table._rank_texts(),  # noqa: SLF001  a table of the same kind
            mean=self.mean,
            title=self._name,
            axis_label=self.definition.unit(self.scale).strip(),
            digits=self.definition.decimals,
            notes=self._notes(),
        )

    def _notes(self) -> list[str]:
        ranks = f"Intervals of ranks: {self._sure}."
        if not self.between_sd:
            return [ranks, self._alike_said()]
        luck = self._luck
        return [ranks, f"{luck[0].upper()}{luck[1:]}."] if luck else [ranks]

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __eq__(self, other: object) -> bool:
        """Compare labels, arrays, numbers, definition and scale; NaN equals NaN."""
        if not isinstance(other, LeagueTable):
            return NotImplemented
        same = all(getattr(self, name) == getattr(other, name) for name in _COMMON)
        return same and _checks.same_arrays(self, other, _ARRAYS)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ENOUGH = 10  # groups that tell how much they differ; fewer say little of it
_NEARLY_ALL = 0.9  # of the places that there are
_RANKS = ("rank_low", "rank", "rank_high")
_ARRAYS = (
    *("value", "shrunken", "low", "high", "n", "n_effective", "credibility"),
    *("rank", "rank_low", "rank_high"),
)
_COLUMNS = (*_ARRAYS, "level", "metric", "scale")
_COMMON = (
    *("axis", "labels", "mean", "between_sd", "within_sd", "level", "ranks"),
    *("definition", "scale"),
)


def _some(labels: tuple[Label, ...], name: str) -> str:
    """Count labels, name three of them, and say where to find the others."""
    if not labels:
        return "none"
    more = f" and {len(labels) - 3:,} more in .{name}" if len(labels) > 3 else ""
    return f"{len(labels):,} ({', '.join(map(str, labels[:3]))}{more})"


def _both_ends(columns: dict[str, list[str]], size: int) -> str:
    """Lay out the first and the last rows, as the picture does."""
    half, rest = _draw.MAX_ROWS // 2, size - _draw.MAX_ROWS
    if rest <= 0:
        return _draw.text_table(columns)
    ends = {name: [*cells[:half], *cells[-half:]] for name, cells in columns.items()}
    lines = _draw.text_table(ends).split("\n")
    lines.insert(1 + half, f"... and {rest:,} more between")
    return "\n".join(lines)


# Making one


def league_table(
    estimates: Estimates, *, level: float = 0.95, ranks: Ranks = "each"
) -> LeagueTable:
    """Who is best, and who was only lucky?

    At the top and at the bottom of a list of branches stand those with few answers:
    a handful of answers is all good or all bad by luck. Here each score is drawn
    towards the mean of all groups, the more, the fewer answers it rests on, and each
    rank comes with the ranks that the answers leave open.

    Parameters
    ----------
    estimates : Estimates
        Results over exactly one axis, such as ``nps(tally)`` by branch; at least two
        groups must have answers. Groups without are listed, but not ranked.
    level : float, default: 0.95
        Confidence level of the intervals of scores and ranks, between 0 and 1.
    ranks : {"each", "all"}, default: "each"
        "each": the interval of each rank holds on its own, for the manager of one
        branch. "all": all of them hold together, for who reads the whole table or
        asks who is first; they are wider. The "each" interval of a group that is picked
        for being first is too kind: of tables of equal groups it puts the first wrongly
        above some other in 9 % with 5 groups, 24 % with 20, 61 % with 100 and 80 %
        with 300 ("all": 3 to 5 %; simulated shares of 80 %, 200 answers a group).

    Returns
    -------
    LeagueTable
        The groups in the order of *estimates*; `LeagueTable.ranked` sorts them.

    Raises
    ------
    InvalidTypeError
        If *estimates* are no `Estimates`.
    InvalidValueError
        If there is more than one axis, fewer than two groups have answers, or an option
        is not one of those above.
    EmptySampleError
        If no group has answers.

    Notes
    -----
    **Scores.** The best linear guess of Bühlmann and Straub: Z y + (1 - Z) mean, with
    credibility Z = n / (n + s2 / tau2), where s2 is the variance of answers within
    groups (pooled, unbiased) and tau2 that of true scores between them, estimated from
    how much more raw scores differ than s2 explains, at least 0. It is best on average
    over all groups. It is not fair to each: an outstanding branch with few answers is
    held back. Fewer than about ten groups say little of tau2, and so of what is luck.
    Groups are taken as different people: where the same customers judge several, such
    as touchpoints, their scores move together, and differences are surer than said.

    **Intervals of scores** are credible intervals of a hierarchical Bayes model (Morris
    & Lysy): mean and spread of the true score given the answers, averaged over all
    means and all tau2, each equally likely beforehand (flat priors), so that not
    knowing them counts. s2 is taken as known. tau2 ends where the scale does, at the
    square of half its range; with two or three groups, which hardly tell of tau2, it
    is this bound that decides how wide intervals are. The ends are those of a bell
    curve with that mean and spread, clipped to the possible range, and stretched to
    hold the score. Groups are taken as drawn from a common bell curve, and answers as
    equally spread in all of them. Measured at 95 %
    on shares, net scores and means, 5 to 5,000 answers a group, equal and unequal: they
    hold the truth in about 94 to 100 % of 4, 20 or 300 groups, on average over groups,
    and more often than 95 % where there is little to tell groups apart.

    **Intervals of ranks** after Mogstad et al.: 1 + the number of groups that are
    significantly better, to all but the number that are significantly worse, stretched
    to hold the rank. Raw scores are compared, not shrunken ones. The limit of "each" is
    that of the largest of all differences of one group from others (Dunnett's), the
    limit of "all" that of all pairs (Tukey's, with Kramer's variances); the former is
    computed for eight classes of precision, rounded to the safe side. The variance of
    a difference is the greater of two, with each group's own spread and with the spread
    of both taken together; each group counts some imaginary answers more: a share one
    inside and one outside, a net score three in the manner of Rocks, a mean one at
    either end of the scale for its variance. So no group is certain because its few
    answers agree.

    Measured at 95 % where luck is all there is: shares of 50 to 98 %, net scores and
    means, answers alike in all groups or in their mean only, 5 to 2,000 answers a
    group, equal and unequal, 20 or 300 groups. No group was wrongly called better or
    worse in 94 to 100 % of groups ("each") and of tables ("all"). With 5 answers
    everywhere, or with little between groups, hardly any rank is told from another.

    References
    ----------
    Al Mohamad, D., Goeman, J. J., & van Zwet, E. W. (2022). Simultaneous confidence
    intervals for ranks with application to ranking institutions. Biometrics, 78(1),
    238-247.

    Bühlmann, H., & Straub, E. (1970). Glaubwürdigkeit für Schadensätze. Mitteilungen
    der Vereinigung schweizerischer Versicherungsmathematiker, 70, 111-133.

    Dunnett, C. W. (1955). A multiple comparison procedure for comparing several
    treatments with a control. Journal of the American Statistical Association, 50(272),
    1096-1121.

    Efron, B., & Morris, C. (1975). Data analysis using Stein's estimator and its
    generalizations. Journal of the American Statistical Association, 70(350), 311-319.

    Hayter, A. J. (1984). A proof of the conjecture that the Tukey-Kramer multiple
    comparisons procedure is conservative. Annals of Statistics, 12(1), 61-75.

    Mogstad, M., Romano, J. P., Shaikh, A. M., & Wilhelm, D. (2024). Inference for ranks
    with applications to mobility across neighbourhoods and academic achievement across
    countries. Review of Economic Studies, 91(1), 476-518.

    Morris, C. N., & Lysy, M. (2012). Shrinkage estimation in multilevel normal models.
    Statistical Science, 27(1), 115-134. arXiv:1203.5610.

    Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American
    Statistician, 70(4), 365-372. arXiv:1601.07235.

    Examples
    --------
    >>> from cxmkit import SATISFACTION_1_5, Tally, csat
    >>> from cxmkit.inference import league_table
    >>> answers = {
    ...     "Airport": [10, 20, 60, 180, 130],
    ...     "Centre": [30, 50, 90, 150, 80],
    ...     "Harbour": [4, 8, 18, 40, 30],
    ...     "Kiosk": [0, 0, 1, 1, 3],
    ...     "Market": [25, 40, 60, 55, 20],
    ...     "Station": [1, 1, 3, 4, 1],
    ... }
    >>> tally = Tally.from_counts(
    ...     list(answers.values()), scale=SATISFACTION_1_5, by={"branch": list(answers)}
    ... )
    >>> table = league_table(csat(tally))
    >>> print(table)
    CSAT (top 2), drawn towards the mean of 61.0 %; ranks: 95 %, each on its own
       rank  branch   shrunken   low   high  value  credibility    n
    1 (1-4)  Airport      77.2  72.7   81.8   77.5         0.98  400
    2 (1-5)  Harbour      69.4  60.6   78.5   70.0         0.93  100
    3 (1-6)  Kiosk        68.5  39.5  100.0   80.0         0.40    5
    4 (2-5)  Centre       57.6  53.0   62.1   57.5         0.98  400
    5 (1-6)  Station      54.7  28.9   78.1   50.0         0.57   10
    6 (4-6)  Market       38.4  31.7   44.6   37.5         0.96  200
    >>> print(table.summary())
    CSAT (top 2) league of branch (6): first is Airport with 77.2 % (72.7 to 81.8;
    raw 77.5 from 400 answers). Clearly better than the mean of 61.0 %: 1 (Airport);
    clearly worse: 1 (Market). Surely in the better half: 0; in the worse: 1. Half of
    the ranks are unsure by 3 places or more (95 %, each on its own).
    """
    level = _checks.open_unit("level", level)
    _checks.choice("ranks", ranks, get_args(Ranks))
    estimates = _require_groups(estimates)
    there = ~np.isnan(estimates.value)
    value, n = estimates.value[there], estimates.n_effective[there]
    within = _within(estimates, value, n)
    between, credibility, mean = _credibility(value, n, within)
    shrunken = mean + credibility * (value - mean)
    low, high = _interval(estimates, shrunken, within, level)
    rank = _ranks(shrunken if _upwards(estimates) else -shrunken)
    rank_low, rank_high = _rank_interval(_rivals(estimates), level, ranks)
    if not _upwards(estimates):
        rank_low, rank_high = value.size + 1 - rank_high, value.size + 1 - rank_low

    def every(numbers: FloatArray) -> FloatArray:
        return _among_all(numbers, there, math.nan)

    def ranked(numbers: IntArray) -> IntArray:
        return _among_all(numbers, there, 0).astype(np.int64)

    return LeagueTable(
        axis=estimates.axes[0],
        labels=estimates.grid.levels[0],
        value=estimates.value,
        shrunken=every(shrunken),
        low=every(low),
        high=every(high),
        n=estimates.n,
        n_effective=every(n),
        credibility=every(credibility),
        rank=ranked(rank),
        rank_low=ranked(np.minimum(rank_low, rank)),
        rank_high=ranked(np.maximum(rank_high, rank)),
        mean=mean,
        between_sd=math.sqrt(between),
        within_sd=math.sqrt(within),
        level=level,
        ranks=ranks,
        definition=estimates.definition,
        scale=estimates.scale,
    )


def _require_groups(given: object) -> Estimates:
    way = '{"branch": branches}'
    estimates = require_one_axis("estimates", given, "group", way)
    answered = int(np.count_nonzero(~np.isnan(estimates.value)))
    if not answered:
        raise _checks.refuse_empty("estimates", "must have answers; got none")
    if answered == 1:
        rule = "have at least two groups with answers"
        raise _checks.refuse("estimates", rule, answered)
    return estimates


def _upwards(estimates: Estimates) -> bool:
    return estimates.definition.higher_is_better(estimates.scale)


def _among_all(numbers: Any, there: BoolArray, fill: float) -> FloatArray:
    """Put the numbers of groups with answers in their places among all groups."""
    every = np.full(there.shape, fill)
    every[there] = numbers
    return every


# Scores


def _within(estimates: Estimates, value: FloatArray, n: FloatArray) -> float:
    """Return the variance of one answer within groups, without bias."""
    pooled, spare = _spread.pooled_variance(estimates), n.sum() - n.size
    if pooled > 0 and spare > 0:
        over_n = isinstance(estimates.definition, NetScore | BoxShare)
        return float(pooled * n.sum() / spare if over_n else pooled)
    # Answers agree within every group, or each has but one. Then groups are told apart
    # no better than if one answer more had strayed as far as all answers do.
    strayed = n @ (value - n @ value / n.sum()) ** 2 / (n.sum() - 1)
    return float(strayed / (max(spare, 0) + 1))


def _credibility(
    value: FloatArray, n: FloatArray, within: float
) -> tuple[float, FloatArray, float]:
    """Return variance between groups, credibility of each and mean.

    The unbiased estimators of Bühlmann & Straub (1970). Without variance between groups
    the mean is what its formula then tends to: that of all answers.
    """
    total = n.sum()
    mean = n @ value / total
    strayed = n @ (value - mean) ** 2
    excess = strayed - (n.size - 1) * within
    if excess <= 1e-12 * strayed:  # rounding is no difference
        return 0.0, np.zeros(n.size), float(mean)
    between = float(excess / (total - n @ n / total))
    credibility = n / (n + within / between)
    return between, credibility, float(credibility @ value / credibility.sum())


def _interval(
    estimates: Estimates, shrunken: FloatArray, within: float, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the intervals of scores; NaN if all answers are alike."""
    if not within:
        return np.full((2, shrunken.size), math.nan)  # type: ignore[return-value]
    there = ~np.isnan(estimates.value)
    least, most = estimates.definition.range(estimates.scale)
    centre, sd = _posterior(
        estimates.value[there],
        within / estimates.n_effective[there],
        ((most - least) / 2) ** 2,
    )
    low, high = _intervals.wald(centre, sd, level)
    low, high = np.maximum(low, least), np.minimum(high, most)
    return np.minimum(low, shrunken), np.maximum(high, shrunken)


def _posterior(
    value: FloatArray, noise: FloatArray, widest: float
) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of true scores, given the raw ones.

    All means and all variances between groups up to the *widest* possible are equally
    likely beforehand. Sums over a grid of variances: a wide one first, then a fine one
    where it matters.
    """
    wide = np.linspace(math.log(1e-5 * noise.min()), math.log(widest), 200)
    matter = np.flatnonzero(_chances(value, noise, wide) > 1e-8)
    ends = wide[max(matter[0] - 1, 0)], wide[min(matter[-1] + 1, wide.size - 1)]
    logs = np.linspace(*ends, 100)
    chances = _chances(value, noise, logs)
    chances[[0, -1]] /= 2  # the trapezium rule: the widest may still be likely
    chances /= chances.sum()
    weights, means = _weighted(value, noise, logs)
    kept = np.exp(logs)[:, None] * weights
    scores = means + kept * (value - means)
    centre = chances @ scores
    unsure_mean = 1 / weights.sum(axis=1, keepdims=True)
    spread = noise * kept + (1 - kept) ** 2 * unsure_mean
    return centre, np.sqrt(chances @ (spread + (scores - centre) ** 2))


def _chances(value: FloatArray, noise: FloatArray, logs: FloatArray) -> FloatArray:
    """Return how likely variances between groups are, over the likeliest of them."""
    weights, means = _weighted(value, noise, logs)
    misfit = (weights * (value - means) ** 2).sum(axis=1)
    likely = np.log(weights).sum(axis=1) - np.log(weights.sum(axis=1)) - misfit
    # The last term turns equal chances of variances into those of logarithms.
    likely = likely / 2 + logs
    return np.asarray(np.exp(likely - likely.max()))


def _weighted(
    value: FloatArray, noise: FloatArray, logs: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return weights of groups and their mean for each variance between groups."""
    weights = 1 / (np.exp(logs)[:, None] + noise)
    return weights, (weights @ value / weights.sum(axis=1))[:, None]


# Ranks


def _ranks(goodness: FloatArray) -> IntArray:
    """Return 1 for the best; equals share the best of their ranks."""
    better = np.searchsorted(np.sort(goodness), goodness, side="right")
    return (goodness.size - better + 1).astype(np.int64)


@attrs.frozen(eq=False)
class _Rivals:
    """What tells groups apart: raw scores, and the same with imaginary answers."""

    value: FloatArray
    centre: FloatArray
    variance: FloatArray  # of one answer
    n: FloatArray


def _rivals(estimates: Estimates) -> _Rivals:
    """Add to each group a few answers that nobody gave."""
    there = ~np.isnan(estimates.value)
    value, n = estimates.value[there], estimates.n_effective[there]
    if isinstance(estimates.definition, NetScore) and estimates.shares is not None:
        positive, negative = (estimates.shares[there] / 100).T
        positive, negative, more = _intervals.three_more(positive, negative, n)
        variance = 100**2 * _intervals.net_variance(positive, negative)
        return _Rivals(value, 100 * (positive - negative), variance, more)
    if isinstance(estimates.definition, BoxShare):
        centre = (n * value + 100) / (n + 2)
        return _Rivals(value, centre, centre * (100 - centre), n + 2)
    own = _spread.variance(estimates)[there]
    strayed = np.where(n > 1, (n - 1) * own, 0.0)
    for end in estimates.definition.range(estimates.scale):
        strayed = strayed + (value - end) ** 2
    return _Rivals(value, value, strayed / (n + 1), n)


def _rank_interval(
    rivals: _Rivals, level: float, ranks: Ranks
) -> tuple[IntArray, IntArray]:
    """Return best and worst rank where the highest score is best."""
    size = rivals.value.size
    error = np.sqrt(rivals.variance / rivals.n)
    limits = (
        _one_to_others(error, level)
        if ranks == "each"
        else np.full(size, _all_pairs(size, level))
    )
    above, below = np.zeros((2, size), np.int64)
    rows = max(1, _checks.CHUNK // size)
    for start in range(0, size, rows):
        some = slice(start, start + rows)
        above[some], below[some] = _beaten(rivals, some, limits[some])
    return 1 + above, size - below


def _beaten(
    rivals: _Rivals, some: slice, limits: FloatArray
) -> tuple[IntArray, IntArray]:
    """Count groups significantly above and below each of some groups."""
    value, centre, variance, n = (
        array[:, None]
        for array in (rivals.value, rivals.centre, rivals.variance, rivals.n)
    )
    gap = centre.T - centre[some]
    apart = variance.T / n.T + variance[some] / n[some]
    crossed = variance.T / n[some] + variance[some] / n.T
    # Were the two one group, its answers would spread as "crossed" and "together" say.
    together = gap**2 / (n.T + n[some])
    spread = np.maximum(apart, crossed) + together
    beyond = gap**2 > limits[:, None] ** 2 * spread
    raw = value.T - value[some]
    above = (beyond & (gap > 0) & (raw > 0)).sum(axis=1)
    below = (beyond & (gap < 0) & (raw < 0)).sum(axis=1)
    return above, below


# Limits of statistics, in standard errors


_BANDS = 8


def _one_to_others(error: FloatArray, level: float) -> FloatArray:
    """Return for each group what the largest of its differences stays below by luck.

    Differences of one group from all others, each over its own standard error, share
    the error of that one (Dunnett 1955). The surer the others, the more they share and
    the lower the limit; so within bands of equal precision own errors are rounded down
    and those of others up.
    """
    steps = np.log(error / error.min())
    place = np.minimum(_BANDS * steps / max(steps.max(), 1e-9), _BANDS - 1)
    _, band = np.unique(place.astype(np.int64), return_inverse=True)
    sizes = np.bincount(band)
    own, other = np.full(sizes.size, np.inf), np.zeros(sizes.size)
    np.minimum.at(own, band, error)
    np.maximum.at(other, band, error)
    rivals = (sizes - np.eye(sizes.size))[:, :, None]
    luck, chance = _bell(361)
    shift = own[:, None, None] * luck / other[:, None]
    reach = (np.hypot(own[:, None], other) / other)[:, :, None]

    def below(limit: FloatArray) -> FloatArray:
        ends = limit[:, None, None] * reach
        inside = _cdf(shift + ends) - _cdf(shift - ends)
        return np.asarray((inside**rivals).prod(axis=1) @ chance)

    return _solve(below, level, np.ones(sizes.size), error.size - 1)[band]


def _all_pairs(size: int, level: float) -> float:
    """Return what the largest difference of all pairs stays below by luck.

    The range of so many normal numbers (Tukey), over the error of a difference.
    """
    luck, chance = _bell(901)

    def below(limit: FloatArray) -> FloatArray:
        inside = _cdf(luck) - _cdf(luck - math.sqrt(2) * limit[:, None])
        return np.asarray(size * inside ** (size - 1) @ chance)

    return float(_solve(below, level, np.ones(1), size * (size - 1) // 2)[0])


def _solve(
    below: Callable[[FloatArray], FloatArray],
    level: float,
    like: FloatArray,
    tests: int,
) -> FloatArray:
    """Find the limit between that of one test and Bonferroni's for so many."""
    low = _stats.normal_quantile(level) * like
    high = -NormalDist().inv_cdf((1 - level) / tests / 2) * like
    for _ in range(10):
        middle = (low + high) / 2
        short = below(middle) < level
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    less, more = below(low), below(high)  # straight enough between them
    share = np.divide(level - less, more - less, out=0 * like + 1, where=more > less)
    return np.asarray(low + np.clip(share, 0, 1) * (high - low))


def _bell(points: int) -> tuple[FloatArray, FloatArray]:
    """Return places of a standard normal number, and the chance of each."""
    places = np.linspace(-9, 9, points)
    chance = np.exp(-(places**2) / 2)
    return places, chance / chance.sum()


def _cdf(z: FloatArray) -> FloatArray:
    """Return P(Z <= z), from a table that is good for seven digits."""
    return np.interp(z, *_table())


@lru_cache(maxsize=1)
def _table() -> tuple[FloatArray, FloatArray]:
    places = np.linspace(-9, 9, 18_001)
    tail = np.frompyfunc(math.erfc, 1, 1)(-places / math.sqrt(2))
    return places, np.asarray(tail, dtype=np.float64) / 2
