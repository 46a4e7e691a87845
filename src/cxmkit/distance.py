"""How far is the experience from what the brand stands for, and why?"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from cxmkit import _checks, _draw, _draw_promises, _levels, _parts, _states, _targets
from cxmkit._axes import Axes, Label, address
from cxmkit._checks import BoolArray, FloatArray
from cxmkit.brand import BrandPositioning
from cxmkit.errors import InvalidTypeError
from cxmkit.tally import Tally

__all__ = ["Consistency", "decompose"]

Targets = float | Mapping[Any, float] | BrandPositioning

_MOST_SAID = 5  # labels in a sentence
_NO_ANSWERS = "must hold at least one answer that weighs something; got none"
_REMEDIES = {
    "alignment": "re-position",
    "coherence": "harmonise",
    "reliability": "train",
}


# Fields


def _numbers(values: Any, name: str) -> FloatArray:
    array = _states.as_sums(values)
    if array.dtype != np.float64:
        rule = "hold numbers"
        raise _checks.refuse(name, rule, array.dtype, error=InvalidTypeError)
    return array


def _as_targets(values: Any) -> FloatArray:
    return _numbers(values, "targets")


def _as_tolerances(values: Any) -> FloatArray:
    return _numbers(values, "tolerances")


def _as_weights(values: Any) -> FloatArray | None:
    return None if values is None else _numbers(values, "weights")


def _reduced_cells(consistency: "Consistency") -> _parts.Cells:
    consistency._refuse_impossible()  # noqa: SLF001  the class's own helper
    tally = consistency.tally
    position = tally.grid.position(consistency.axis)
    return _parts.cells(tally, position, consistency.targets, consistency.weights)


def _reduced_parts(consistency: "Consistency") -> _parts.Parts:
    return _parts.parts(consistency._cells)  # noqa: SLF001  the class's own helper


@attrs.frozen(kw_only=True, eq=False, repr=False, str=False, getstate_setstate=False)
class Consistency:
    """How far are answers from their targets, and what is that distance made of?

    `decompose` makes them. Parts are floats, or arrays over the axes of the tally that
    remain beside *axis*: squares of differences between levels on 0..1, so that they
    add up. Groups without answers are NaN. ``print`` shows parts and labels.

    Parameters
    ----------
    tally : Tally
        The answers, with *axis* among the axes.
    targets : array_like of float
        The level that each cell is meant to have, 0 to 1, in the shape of the axes;
        NaN only where nobody answered.
    axis : str
        The axis whose labels are to agree.
    tolerances : array_like of float
        How far from the target still counts as on target, 0 to 1, in the shape of the
        axes.
    weights : array_like of float, optional
        How much each label of *axis* counts, in any unit; without them every answer
        counts as much as it weighs.
    level : float, default: 0.95
        Confidence level, between 0 and 1.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If shapes disagree, a target or a tolerance lies outside 0 to 1, weights are
        negative, not finite, or all 0 where there are answers, or *level* is not
        between 0 and 1.
    MissingValueError
        If a cell with answers has no target.
    EmptySampleError
        If there are no answers.

    Notes
    -----
    Invariants: `total` is the sum of the three parts, and the sum of the three without
    noise; it is the mean squared deviation of the answers. Results are equal when
    tally, targets, tolerances, axis, weights and level are; they have no hash. To
    decompose the answers of partitions together add their tallies first.

    Examples
    --------
    >>> from cxmkit import STARS_1_5, Tally
    >>> from cxmkit.consistency import decompose
    >>> stars = Tally.from_counts(
    ...     [[2, 3, 10, 40, 45], [30, 30, 20, 15, 5]],
    ...     scale=STARS_1_5,
    ...     by={"touchpoint": ["shop", "hotline"]},
    ... )
    >>> consistency = decompose(stars, 0.8)
    >>> consistency
    Consistency by touchpoint (2): distance 0.42 (alignment 29 %, coherence 31 %,
    reliability 39 %), harmonise?, n = 200
    >>> print(consistency)
    part         to do          share  as counted  without noise              95 %
    alignment    re-position   29.3 %      0.0518         0.0514  [0.0363, 0.0699]
    coherence    harmonise     31.3 %      0.0552         0.0549  [0.0376, 0.0722]
    reliability  train         39.4 %      0.0695         0.0702  [0.0574, 0.0859]
    total                     100.0 %      0.1765         0.1765  [0.1521, 0.2048]
    speaks for: harmonise (not beyond doubt)
    <BLANKLINE>
    touchpoint    n  level  target  deviation            95 %  verdict
    shop        100   0.81    0.80      +0.01  [-0.07, +0.07]  on target
    hotline     100   0.34    0.80      -0.46  [-0.55, -0.37]  below
    """

    tally: Tally = attrs.field(validator=_checks.instance(Tally))
    targets: FloatArray = attrs.field(converter=_as_targets)
    axis: str = attrs.field(validator=_checks.instance(str))
    tolerances: FloatArray = attrs.field(converter=_as_tolerances)
    weights: FloatArray | None = attrs.field(default=None, converter=_as_weights)
    level: float = attrs.field(default=0.95, converter=_checks.confidence)
    _cells: _parts.Cells = attrs.field(
        init=False, default=attrs.Factory(_reduced_cells, takes_self=True)
    )
    _reduced: _parts.Parts = attrs.field(
        init=False, default=attrs.Factory(_reduced_parts, takes_self=True)
    )

    def _refuse_impossible(self) -> None:
        """Check the fields against each other, before anything is computed."""
        _checks.require_instance("tally", self.tally, Tally)
        _checks.require_instance("axis", self.axis, str)
        grid = self.tally.grid
        position = grid.position(self.axis)
        _states.require_shape("targets", self.targets, grid.shape)
        there = _targets.answer_weights(self.tally) > 0
        if not there.any():
            raise _checks.refuse_empty("tally", _NO_ANSWERS)
        unknown = np.isnan(self.targets)
        if (unknown & there).any():
            index = _checks.first(unknown & there)
            raise _checks.refuse_missing("targets", index=index)
        good = unknown | ((self.targets >= 0) & (self.targets <= 1))
        _checks.require("targets", self.targets, good, "lie between 0 and 1")
        _states.require_shape("tolerances", self.tolerances, grid.shape)
        good = (self.tolerances >= 0) & (self.tolerances <= 1)
        _checks.require("tolerances", self.tolerances, good, "lie between 0 and 1")
        if self.weights is not None:
            _states.require_shape("weights", self.weights, (grid.shape[position],))
            _refuse_weights(self.weights, np.moveaxis(there, position, -1))

    # The parts

    @property
    def alignment(self) -> Any:
        """Are all labels off their targets together? Square of `shift`."""
        return _plain(self._reduced.values[0])

    @property
    def coherence(self) -> Any:
        """Do labels differ from one another? Variance of their mean deviations."""
        return _plain(self._reduced.values[1])

    @property
    def reliability(self) -> Any:
        """Do answers differ at one and the same label? Mean variance within labels."""
        return _plain(self._reduced.values[2])

    @property
    def total(self) -> Any:
        """Mean squared deviation of the answers from their targets, 0 (best) to 1."""
        return _plain(self._reduced.total)

    @property
    def alignment_without_noise(self) -> Any:
        """Estimate what `alignment` would be if everybody had been asked.

        Below 0 where the shift is smaller than chance alone would make it.
        """
        return _plain(self._reduced.without_noise[0])

    @property
    def coherence_without_noise(self) -> Any:
        """Estimate what `coherence` would be if everybody had been asked.

        Below 0 where labels differ by less than chance alone would make them. NaN where
        a label has a single answer, which does not tell how much chance there is.
        """
        return _plain(self._reduced.without_noise[1])

    @property
    def reliability_without_noise(self) -> Any:
        """Estimate what `reliability` would be if everybody had been asked."""
        return _plain(self._reduced.without_noise[2])

    @property
    def shift(self) -> Any:
        """By how much do answers lie above (+) or below (-) their targets, on average?

        From -1 to 1, in levels; 0 is on target.
        """
        return _plain(self._reduced.shift)

    @property
    def distance(self) -> Any:
        """Square root of `total`: how far answers lie from their targets, 0 to 1."""
        return _plain(np.sqrt(self._reduced.total))

    @property
    def systematic(self) -> Any:
        """How far do the labels lie from their targets, chance set aside? 0 to 1.

        Root of `alignment_without_noise` and `coherence_without_noise` together: the
        root mean square of the deviations that would be found if everybody had been
        asked. 0 where chance alone would make more than was found.
        """
        squares, _ = _parts.systematic(self._reduced)
        return _plain(np.sqrt(np.maximum(squares, 0.0)))

    @property
    def n(self) -> Any:
        """Number of answers that count."""
        counted = np.where(self._cells.share > 0, self._cells.n, 0).sum(axis=-1)
        return int(counted) if counted.ndim == 0 else counted.astype(np.int64)

    def interval(self, part: str, *, level: float | None = None) -> tuple[Any, Any]:
        """How sure is a part of the distance?

        Parameters
        ----------
        part : str
            What to give an interval for: "alignment", "coherence", "reliability" (what
            they would be without noise), "total", "shift" or "systematic".
        level : float, optional
            Confidence level, between 0 and 1; that of the result by default.

        Returns
        -------
        low, high : float or ndarray of float
            Ends of the interval, none beyond what is possible. NaN where answers cannot
            tell: a label has a single answer, or at every label all are alike. For
            reliability and total also: a label has fewer than four, or all lie equally
            far from their mean; for coherence, there is a single label.

        Raises
        ------
        InvalidValueError
            If there is no such part or *level* is not between 0 and 1.

        Notes
        -----
        Answers are taken as independent, and the number of answers at each label as
        given. A label whose answers are all alike counts as without noise. Simulated
        coverage of 95 % intervals on 5 points: shift, and alignment with it, .93 to .98
        from three answers at a label on; systematic .86 and more from twelve on;
        coherence .84 and more from eight on, lowest for two labels and where most
        answers are the best possible; total .88 and more from ten on. That of
        reliability needs about a hundred where most answers are the best possible (.80
        with twenty, .91 to .95 with a hundred).

        References
        ----------
        Satterthwaite, F. E. (1946). An approximate distribution of estimates of
        variance components. Biometrics Bulletin, 2(6), 110-114. doi:10.2307/3002019

        Examples
        --------
        >>> from cxmkit import samples
        >>> from cxmkit.consistency import decompose
        >>> airport = decompose(samples.airport().at(year=2017), 0.8)
        >>> low, high = airport.interval("shift")
        >>> round(low, 3), round(high, 3)
        (-0.028, -0.024)
        """
        names = (*_parts.NAMES, "total", "shift", "systematic")
        _checks.choice("part", part, names)
        level = self.level if level is None else _checks.open_unit("level", level)
        low, high = _parts.interval(self._reduced, part, level)
        return _plain(low), _plain(high)

    # What to do

    @property
    def speaks_for(self) -> Any:
        """What does the distance speak for?

        Where the labels together are beyond the tolerance (`systematic`), or one of
        them is beyond doubt (`deviations`): "re-position" if most of that is common to
        all of them, so that a different promise would be true, or a lift of all of
        them; "harmonise" if most of it is between them. Otherwise "train", as long as
        answers differ at one and the same label. "" where noise is unknown, and where
        there is nothing to do.

        A text, or a tuple of texts over the groups, the last axis moving fastest.
        """
        names = [_REMEDIES.get(name, "") for name in self._judged()[0]]
        return tuple(names) if self.groups.names else names[0]

    @property
    def decided(self) -> Any:
        """Is what it speaks for beyond doubt, at *level*?

        It takes four answers at each label. Within the tolerance the labels together
        are meant; single ones may be open still. False where `speaks_for` is "".
        """
        decided = self._judged()[1]
        return bool(decided) if decided.ndim == 0 else decided

    def _judged(self) -> tuple[list[str], BoolArray]:
        _, low, high = self._deviations()
        verdicts = _levels.verdicts(low, high, self.tolerances)
        off = np.isin(verdicts, ("below", "above")) & (self._share > 0)
        off = np.asarray(off.any(axis=self.tally.grid.position(self.axis)))
        edge = self._tolerance + _levels.GUARD
        return _parts.speaks_for(self._reduced, edge, off, self.level)

    @property
    def _share(self) -> FloatArray:
        """Return how much each cell counts in its group, in the order of the axes."""
        return np.moveaxis(self._cells.share, -1, self.tally.grid.position(self.axis))

    def _deviations(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return how far cells are from their targets, and the ends of the interval."""
        grid, position = self.tally.grid, self.tally.grid.position(self.axis)
        keys = [(*cell.values(),) for cell in grid.cells()]
        levels = _levels.Levels.of_answers(
            self.tally, grid.names, groups=self.groups.names
        ).over(keys)
        value = levels.value.reshape(grid.shape)
        counted = (self._share > 0).sum(axis=position, keepdims=True)
        known = np.maximum(counted, 1)
        alpha = np.broadcast_to((1 - self.level) / known, grid.shape).reshape(-1)
        ends = (end.reshape(grid.shape) for end in levels.interval(alpha))
        low, high = ends
        return value - self.targets, low - self.targets, high - self.targets

    @property
    def _tolerance(self) -> FloatArray:
        """Return the tolerance of each group: the root of the mean square."""
        position = self.tally.grid.position(self.axis)
        squares = np.moveaxis(self.tolerances, position, -1) ** 2
        return np.sqrt(self._cells.over(self._cells.share * squares))

    @property
    def groups(self) -> Axes:
        """The axes that remain beside *axis*."""
        return self.tally.grid.keep([x for x in self.tally.axes if x != self.axis])

    @property
    def silent(self) -> tuple[Label, ...]:
        """Labels of *axis* that nobody answered about: nothing is known of them."""
        answered = _targets.answered_labels(self.tally, self.axis)
        return tuple(label for label, known in answered.items() if not known)

    def at(self, /, **labels: Any) -> "Consistency":
        """Select one label on each named axis beside *axis*.

        Parameters
        ----------
        **labels
            Axis name and the label wanted, such as ``attribute="on time"``.

        Returns
        -------
        Consistency
            That of the group, or of the groups that remain.

        Raises
        ------
        InvalidValueError
            If there is no such axis or label, or the axis is *axis* itself.
        EmptySampleError
            If nobody answered there.
        """
        if self.axis in labels:
            rule, hint = "be left out: its labels are compared", "see deviations()"
            raise _checks.refuse(self.axis, rule, labels[self.axis], hint=hint)
        index, _ = self.tally.grid.locate(labels)
        return attrs.evolve(
            self,
            tally=self.tally.at(**labels),
            targets=self.targets[index],
            tolerances=self.tolerances[index],
        )

    def deviations(self) -> list[dict[str, Any]]:
        """Where is it off target, how far, and how sure is that?

        Returns
        -------
        list of dict
            One per cell: its labels, "n", "share" (how much it counts in its group),
            "level" (mean of the answers on 0..1), "target", "deviation" (level less
            target), the ends of its interval "low" and "high", and a "verdict": "below"
            or "above" where the interval lies beyond the tolerance, "on target" where
            it lies within, else "open". NaN and "" where nobody answered.

        Notes
        -----
        Intervals are those of `promise_ledger`: they hold for all labels of a group
        together, and also where answers are all alike.

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.consistency import decompose
        >>> stars = Tally.count([4, 5], scale=STARS_1_5, by={"touchpoint": ["a", "b"]})
        >>> [each["deviation"] for each in decompose(stars, 0.5).deviations()]
        [0.25, 0.5]
        """
        deviation, low, high = self._deviations()
        verdicts = _levels.verdicts(low, high, self.tolerances)
        arrays = {
            "n": self.tally.counts.sum(axis=-1),
            "share": self._share,
            "level": deviation + self.targets,
            "target": self.targets,
            "deviation": deviation,
            "low": low,
            "high": high,
            "verdict": np.select(
                [verdicts == "unknown", verdicts == "kept"], ["", "on target"], verdicts
            ),
        }
        columns: dict[str, list[Any]] = self.tally.grid.columns()
        columns |= {name: array.reshape(-1).tolist() for name, array in arrays.items()}
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    # Saying

    def __repr__(self) -> str:
        """Say what is compared, how far it is from its target, and why."""
        axes = ", ".join(
            filter(None, [f"{self.axis} ({self._size})", str(self.groups)])
        )
        counted = f"n = {int(np.sum(self.n)):,}"
        if self.groups.names:
            ends = self._nearest_and_furthest()
            shown = " to ".join(f"{text:.2f} ({label})" for label, text in ends)
            return f"Consistency by {axes}: distance {shown}, {counted}"
        if not self.total:
            return f"Consistency by {axes}: all on target, {counted}"
        parts = ", ".join(
            f"{name} {_percent(share)}"
            for name, share in zip(_parts.NAMES, self._shares(), strict=True)
        )
        speaks = f", {self.speaks_for}{'' if self.decided else '?'}"
        return (
            f"Consistency by {axes}: distance {self.distance:.2f} ({parts})"
            f"{speaks if self.speaks_for else ''}, {counted}"
        )

    @property
    def _size(self) -> int:
        return len(self.tally.labels[self.axis])

    def _shares(self) -> FloatArray:
        """Return the share of each part in the total, as counted."""
        return _states.ratios(self._reduced.values, self._reduced.total)

    def _nearest_and_furthest(self) -> list[tuple[str, float]]:
        """Return the groups at both ends, with their distances."""
        cells = self._addresses()
        distance = np.reshape(self.distance, -1)
        ends = dict.fromkeys((int(np.nanargmin(distance)), int(np.nanargmax(distance))))
        return [(cells[end], float(distance[end])) for end in ends]

    def summary(self) -> str:
        """Return what a manager needs: what to do, where it is worst, and how sure.

        Examples
        --------
        >>> from cxmkit import samples
        >>> from cxmkit.consistency import decompose
        >>> print(decompose(samples.airport().at(year=2017), 0.8).summary())
        By touchpoint, levels are 0.062 from the target on 0..1 (0.059 to 0.064), mostly
        apart from one another: harmonise. On average answers are 0.03 below the target
        (0.02 to 0.03). 92 % of the squared distance is between answers about one and
        the same touchpoint: only training can reduce it, as far as it is not tastes.
        Beyond the tolerance: shops, 0.14 below the target (0.12 to 0.16); restaurants,
        0.14 below the target (0.12 to 0.16). Intervals hold at 95 %, those by
        touchpoint for all of them together; 48,061 answers.
        """
        if self.groups.names:
            words = self._ends_in_words()
        elif self.total:
            words = [*self._verdict(), self._within(), self._beyond()]
        else:
            words = [f"{_draw.counted(self.n, 'answer')}, all of them on target."]
        return " ".join([*words, *self._silence()])

    def _ends_in_words(self) -> list[str]:
        """Name the groups whose labels are furthest from and nearest to their targets.

        Where a label has a single answer nobody knows.
        """
        systematic = np.reshape(self.systematic, -1)
        if np.isnan(systematic).all():
            return [
                "How far labels are from their targets is unknown: too few answers."
            ]
        ends = int(np.nanargmax(systematic)), int(np.nanargmin(systematic))
        cells, speaks_for = self._addresses(), self.speaks_for
        far, near = (
            f"{cells[end]} ({systematic[end]:.2f} on 0..1"
            f"{f': {speaks_for[end]}' if speaks_for[end] else ''})"
            for end in ends
        )
        words = f"Of {self.groups}, {far} is furthest from its target, chance set aside"
        return [words + ("." if ends[0] == ends[1] else f", and {near} nearest to it.")]

    def _verdict(self) -> list[str]:
        """Say how far labels are from their targets, and what that speaks for."""
        low, high = self.interval("systematic")
        if math.isnan(self.systematic):
            few = "a single answer does not tell how much of it is chance"
            how_far = f"it is unknown how far levels are from the target: {few}"
        else:
            sure = "" if math.isnan(low) else f" ({low:.3f} to {high:.3f})"
            how_far = f"levels are {self.systematic:.3f} from the target on 0..1{sure}"
        several = np.count_nonzero(self._cells.share) > 1
        speaks_for = self.speaks_for
        where = {
            "re-position": ", mostly all of them together" if several else "",
            "harmonise": ", mostly apart from one another",
            "train": (
                f", within the tolerance of {float(self._tolerance):.2f}: nothing to"
                " re-position or to harmonise, at most to"
            ),
            "": "",
        }[speaks_for]
        doubt = "" if self.decided else " (not beyond doubt)"
        joint = " " if speaks_for == "train" else ": "
        to_do = f"{joint}{speaks_for}{doubt}" if speaks_for else ""
        together = _off(self.shift, *self.interval("shift"))
        return [
            f"By {self.axis}, {how_far}{where}{to_do}.",
            f"On average answers are {together}.",
        ]

    def _within(self) -> str:
        """Say how much of the distance lies within labels."""
        share = _percent(self._shares()[2])
        return (
            f"{share} of the squared distance is between answers about one and the same"
            f" {self.axis}: only training can reduce it, as far as it is not tastes."
        )

    def _beyond(self) -> str:
        """Name the labels that are beyond the tolerance, the furthest first."""
        known = [each for each in self.deviations() if each["share"] > 0]
        known.sort(key=lambda each: -abs(each["deviation"]))
        off = [each for each in known if each["verdict"] in {"below", "above"}]
        said = [
            f"{each[self.axis]}, {_off(each['deviation'], each['low'], each['high'])}"
            for each in (off or known)[: _MOST_SAID if off else 1]
        ]
        more = [f"and {len(off) - len(said):,} more"] if len(off) > len(said) else []
        words = "Beyond the tolerance" if off else _none_beyond(known)
        level = f"{100 * self.level:.10g} %"
        return (
            f"{words}: {'; '.join([*said, *more])}. Intervals hold at {level}, those by"
            f" {self.axis} for all of them together;"
            f" {_draw.counted(self.n, 'answer')}."
        )

    def _silence(self) -> list[str]:
        """Say which labels nothing is known of."""
        names = _checks.some([str(label) for label in self.silent])
        return [f"No answers about {names}."] if self.silent else []

    def _addresses(self) -> list[str]:
        return [address(cell) for cell in self.groups.cells()]

    def __str__(self) -> str:
        """Return the parts as a table, and how far each label is from its target."""
        if self.groups.names:
            return _draw.text_table(self._group_table())
        parts, labels = map(_draw.text_table, (self._part_table(), self._label_table()))
        doubt = "" if self.decided else " (not beyond doubt)"
        speaks = f"speaks for: {self.speaks_for}{doubt}\n" if self.speaks_for else ""
        return f"{parts}\n{speaks}\n{labels}"

    def _part_table(self) -> dict[str, list[str]]:
        names = (*_parts.NAMES, "total")
        clean = [*self._reduced.without_noise.tolist(), self.total]
        shares = 100 * np.append(self._shares(), self._shares().sum())
        ends = [self.interval(name) for name in names]
        return {
            "part": [*names],
            "to do": [*_REMEDIES.values(), ""],
            "share": [f"{x:.1f} %" if self.total else "" for x in shares.tolist()],
            "as counted": [f"{getattr(self, name):z.4f}" for name in names],
            "without noise": [_figure(value, "z.4f") for value in clean],
            f"{100 * self.level:.10g} %": [_ends(*each, "z.4f") for each in ends],
        }

    def _label_table(self) -> dict[str, list[str]]:
        rows = self.deviations()
        figures = {"level": ".2f", "target": ".2f", "deviation": "+z.2f"}
        shares = [f"{100 * row['share']:.1f} %" for row in rows]
        return {
            self.axis: [str(row[self.axis]) for row in rows],
            "n": [f"{row['n']:,}" for row in rows],
            **({} if self.weights is None else {"share": shares}),
            **{
                name: [_figure(row[name], form) for row in rows]
                for name, form in figures.items()
            },
            f"{100 * self.level:.10g} %": [
                _ends(row["low"], row["high"], "+z.2f") for row in rows
            ],
            "verdict": [row["verdict"] for row in rows],
        }

    def _group_table(self) -> dict[str, list[str]]:
        shares = self._shares().reshape(len(_parts.NAMES), -1)
        speaks = zip(self.speaks_for, np.reshape(self.decided, -1), strict=True)
        figures = {"distance": ".2f", "systematic": ".2f", "shift": "+z.2f"}
        return {
            **self.groups.text_columns(),
            "n": [f"{n:,}" for n in np.reshape(self.n, -1)],
            **{
                name: [_figure(x, form) for x in np.reshape(getattr(self, name), -1)]
                for name, form in figures.items()
            },
            **{
                name: [*map(_percent, row)]
                for name, row in zip(_parts.NAMES, shares, strict=True)
            },
            "speaks for": [
                word if sure or not word else f"{word}?" for word, sure in speaks
            ],
        }

    # Going out

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dict per group: its parts, with and without noise.

        Examples
        --------
        >>> from cxmkit import STARS_1_5, Tally
        >>> from cxmkit.consistency import decompose
        >>> stars = Tally.count([1, 5], scale=STARS_1_5, by={"touchpoint": ["a", "b"]})
        >>> decompose(stars, 0.5).to_records()[0]["coherence"]
        0.25
        """
        columns = self.to_columns()
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def to_columns(self) -> dict[str, list[Any]]:
        """Return `to_records` as columns for a dataframe."""
        columns: dict[str, list[Any]] = self.groups.columns()
        for name in _FIGURES:
            columns[name] = np.reshape(getattr(self, name), -1).tolist()
        for name in (*_parts.NAMES, "total", "shift", "systematic"):
            for end, values in zip(("low", "high"), self.interval(name), strict=True):
                columns[f"{name}_{end}"] = np.reshape(values, -1).tolist()
        names, decided = self._judged()
        return columns | {
            "speaks_for": [_REMEDIES.get(name, "") for name in names],
            "decided": decided.reshape(-1).tolist(),
            "level": [self.level] * len(names),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values: how it was made, groups, and `deviations`."""
        return {
            "axis": self.axis,
            "level": self.level,
            "tolerances": self.tolerances.tolist(),
            "weights": None if self.weights is None else self.weights.tolist(),
            "groups": self.to_records(),
            "deviations": self.deviations(),
        }

    def to_svg(self) -> str:
        """Return the parts of each group as bars, complete as an SVG file."""
        labels = self._addresses() if self.groups.names else [f"by {self.axis}"]
        shares = self._shares().reshape(len(_parts.NAMES), -1).T.tolist()
        distances = np.reshape(self.distance, -1).tolist()
        speaks = self.speaks_for if self.groups.names else (self.speaks_for,)
        rows = [
            _draw_promises.Part(
                label=label,
                **dict(zip(_parts.NAMES, row, strict=True)),
                distance=distance,
                remedy=remedy,
            )
            for label, row, distance, remedy in zip(
                labels, shares, distances, speaks, strict=True
            )
        ]
        title = f"Distance from the target, by {self.axis}"
        return _draw_promises.parts(rows, title=title, notes=self._silence())

    def _repr_html_(self) -> str:
        if self.groups.names:
            return self.to_svg()
        rows = self.deviations()
        columns = ([row[name] for row in rows] for name in ("deviation", "low", "high"))
        labels = [str(row[self.axis]) for row in rows]
        level = f"{100 * self.level:.10g} % intervals"
        title = f"Above (+) or below (-) the target, {level}"
        places = _draw.whiskers(labels, *columns, title=title, digits=2)
        return self.to_svg() + places

    def __eq__(self, other: object) -> bool:
        """Compare tally, targets, tolerances, axis, weights and level."""
        if not isinstance(other, Consistency):
            return NotImplemented
        names = ("tally", "axis", "level")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return same and _checks.same_arrays(self, other, _ARRAYS)

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)


_ARRAYS = ("targets", "tolerances", "weights")
_FIGURES = (
    "n",
    *_parts.NAMES,
    "total",
    *(f"{name}_without_noise" for name in _parts.NAMES),
    "shift",
    "systematic",
    "distance",
)


# In words


def _percent(share: float) -> str:
    """Write a share; nothing for NaN."""
    return "" if math.isnan(share) else f"{100 * share:z.0f} %"


def _figure(value: float, form: str) -> str:
    return "" if math.isnan(value) else format(value, form)


def _ends(low: float, high: float, form: str) -> str:
    return "" if math.isnan(low) else f"[{low:{form}}, {high:{form}}]"


def _off(deviation: float, low: float, high: float) -> str:
    """Say how far something is off, to which side, and how sure that is."""
    if f"{abs(deviation):.2f}" == "0.00":
        words = "on target"
    else:
        side = "below" if deviation < 0 else "above"
        words = f"{abs(deviation):.2f} {side} the target"
    if math.isnan(low):
        return words
    if low <= 0 <= high or words == "on target":
        return f"{words} ({low:+z.2f} to {high:+z.2f})"
    near, far = sorted((abs(low), abs(high)))
    return f"{words} ({near:.2f} to {far:.2f})"


def _none_beyond(known: Sequence[Mapping[str, Any]]) -> str:
    """Say that no label is off target, or not for sure."""
    if all(each["verdict"] == "on target" for each in known):
        return "Each of them is within the tolerance; furthest off"
    return "None is beyond the tolerance for sure; furthest off"


# Taking arguments


def _plain(values: npt.NDArray[Any]) -> Any:
    """Return a float, or an array that cannot be written."""
    return _checks.scalar_or_array(_checks.read_only(values))


def _refuse_weights(weights: FloatArray, there: BoolArray) -> None:
    good = np.isfinite(weights) & (weights >= 0)
    _checks.require("weights", weights, good, "be finite and not negative")
    some = (there & (weights > 0)).any(axis=-1) | ~there.any(axis=-1)
    if not some.all():
        rule = "be above 0 for some label with answers"
        raise _checks.refuse("weights", rule, weights.tolist())


def decompose(
    tally: Tally,
    targets: Targets,
    *,
    axis: str = "touchpoint",
    tolerance: float | None = None,
    weights: Mapping[Any, float] | None = None,
    level: float = 0.95,
) -> Consistency:
    r"""Are we what we promise, everywhere alike, every time? And if not, which of it?

    The mean squared deviation of answers from what the brand stands for, cut into three
    parts that add up to it: all labels are off together (re-position), they differ from
    one another (harmonise), or answers differ at one and the same label (train). The
    experience is to follow the positioning at all touchpoints (S1.41), and too good is
    a deviation as well (S2.83).

    Parameters
    ----------
    tally : Tally
        Answers with the axis *axis*, such as those of `experience_by`; on a scale of
        any direction. Over other axes every group is decomposed on its own.
    targets : float, mapping or BrandPositioning
        The level that is meant, 0 to 1, 1 best: one for all, one per label of *axis*,
        or the targets of a positioning, for which the tally needs the axis "attribute".
        Labels of a mapping or a positioning without answers do no harm.
    axis : str, default: "touchpoint"
        The axis whose labels are to agree.
    tolerance : float, optional
        How far from the target still counts as on target, 0 to 1. By default that of
        each attribute of the positioning, or 0.1.
    weights : mapping, optional
        How much each label of *axis* counts, in any unit, however many have answered.
        Without it every answer counts as much as it weighs; where *axis* is "attribute"
        and the targets are a positioning, attributes count by its weights.
    level : float, default: 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    Consistency
        `alignment`, `coherence`, `reliability` and their sum `total`, with intervals,
        and without sampling noise.

    Raises
    ------
    InvalidTypeError
        If an argument is of the wrong kind.
    InvalidValueError
        If there is no such axis, a target or *tolerance* lies outside 0 to 1, a label
        with answers has no target or no weight, or weights are negative or all 0.
    EmptySampleError
        If there are no answers.

    Notes
    -----
    With levels u on 0..1, target t_k of label k, its share p_k of the answers (of the
    weights), and the mean deviation m_k = mean(u) - t_k with d = sum(p_k m_k):

    .. math::

        \underbrace{\sum_k p_k\,\overline{(u - t_k)^2}}_{\text{total}}
        = \underbrace{d^2}_{\text{alignment}}
        + \underbrace{\sum_k p_k (m_k - d)^2}_{\text{coherence}}
        + \underbrace{\sum_k p_k v_k}_{\text{reliability}}

    with the population variance v_k within a label: a squared bias and the law of total
    variance, as in Taguchi's loss, which is the mean squared deviation from a target.

    Reliability is nearly always the largest part, since people differ, however well a
    service is run. So what the distance speaks for is decided by the other two
    (`Consistency.systematic`): beyond the tolerance, or where a single label is beyond
    it for sure, by the larger one of them; otherwise there is nothing left to do but to
    train.

    Means of few answers differ by chance alone. Without noise is what would be found if
    everybody had been asked: with s_k² the estimated variance of a mean, alignment is
    lower by sum(p_k² s_k²), coherence by sum(p_k (1 - p_k) s_k²), and reliability is
    higher by their sum, so that the total stays. What is left may be below 0.

    What it cannot tell: differences within a label are those of service and those of
    tastes; `cxmkit.paths.agreement` says how much of them customers bring along.
    Answers are taken as independent of each other.

    References
    ----------
    Taguchi, G. (1986). Introduction to quality engineering: Designing quality into
    products and processes. Asian Productivity Organization.

    Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance components. Wiley.
    doi:10.1002/9780470316856

    Examples
    --------
    >>> from cxmkit import STARS_1_5, Tally
    >>> from cxmkit.consistency import decompose
    >>> stars = Tally.from_counts(
    ...     [[2, 3, 10, 40, 45], [30, 30, 20, 15, 5]],
    ...     scale=STARS_1_5,
    ...     by={"touchpoint": ["shop", "hotline"]},
    ... )
    >>> decompose(stars, {"shop": 0.8, "hotline": 0.6})
    Consistency by touchpoint (2): distance 0.32 (alignment 16 %, coherence 18 %,
    reliability 67 %), harmonise?, n = 200
    """
    _checks.require_instance("tally", tally, Tally)
    _checks.require_instance("axis", axis, str)
    tally.grid.position(axis)
    if weights is None and isinstance(targets, BrandPositioning):
        weights = targets.weights if axis == "attribute" else None
    return Consistency(
        tally=tally,
        targets=_targets.spread_targets(tally, targets, axis),
        tolerances=_targets.spread_tolerances(tally, targets, tolerance),
        axis=axis,
        weights=_targets.label_weights(tally, weights, axis),
        level=level,
    )
