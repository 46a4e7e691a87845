"""How is the journey meant to be? Stages, touchpoints and their order, by design."""

from graphlib import CycleError, TopologicalSorter
from itertools import chain, pairwise
from typing import Any, Generic, Self

import attrs

from cxmkit import _checks, _draw, _draw_journeys, _maptext
from cxmkit._checks import IdT
from cxmkit.brand import BrandPositioning, Promise
from cxmkit.errors import InvalidTypeError, InvalidValueError
from cxmkit.touchpoint import (
    DEFAULT_STAGES,
    MomentOfTruth,
    PainPoint,
    Phase,
    Stage,
    Touchpoint,
)

__all__ = ["JourneyMap"]

_PHASE_OF = {stage.name: stage.phase.value for stage in DEFAULT_STAGES}


def _as_pairs(value: Any) -> Any:
    """Convert a collection of pairs; leave the rest."""
    pairs = _checks.as_items(value)
    if not isinstance(pairs, tuple):
        return value
    return _checks.as_frozenset([_checks.as_tuple(pair) for pair in pairs])


def _pairs(_: Any, field: "attrs.Attribute[Any]", value: object) -> None:
    rule = "hold pairs (earlier, later) of ids of touchpoints"
    if not isinstance(value, frozenset):
        raise _checks.refuse(field.name, rule, value, error=InvalidTypeError)
    for pair in value:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise _checks.refuse(field.name, rule, pair, error=InvalidTypeError)


@attrs.frozen(kw_only=True, getstate_setstate=False)
class JourneyMap(Generic[IdT]):
    """How is the journey meant to be? Stages, touchpoints and their intended order.

    Designed long before the first data arrive (S2.72), so it carries no perceptions.
    `parse` reads it from a few lines of text; in a notebook it is drawn, and `print`
    shows a table.

    Parameters
    ----------
    id : hashable
        The host's key of the map.
    stages : series of Stage
        The stages in their order, `DEFAULT_STAGES` or your own. Kept as a tuple.
    touchpoints : series of Touchpoint
        The places of the design. Kept as a tuple, in the order given. The class is
        generic over the type of their ids.
    order : collection of pairs of ids, optional
        Which touchpoint is to come before which other. Kept as a frozenset of tuples.
    promises : series of Promise, optional
        What is promised, everywhere or at single touchpoints. Kept as a tuple.
    positioning : BrandPositioning, optional
        What the brand stands for: the frame of all promises (S1.38).
    pain_points : series of PainPoint, optional
        Where it hurts. Kept as a tuple.
    moments : series of MomentOfTruth, optional
        Where the brand is won or lost. Kept as a tuple.

    Raises
    ------
    InvalidTypeError
        If a field is of the wrong kind.
    InvalidValueError
        If names of stages or ids of touchpoints repeat, a stage or touchpoint is not in
        the map, the order has a cycle, or a promise has no positioning with its
        attribute or is given twice.
    MissingValueError
        If *id* is missing.

    Notes
    -----
    Invariants: names of stages and ids of touchpoints are unique; every stage and
    touchpoint that is named exists; the order has no cycle; promises need
    a positioning that has their attribute (S1.38, S1.41), and there is one per
    attribute and touchpoint. A loop in what customers do is an observation and belongs
    to journeys, not to the design.

    Examples
    --------
    >>> from cxmkit import JourneyMap
    >>> nappies = JourneyMap.parse(
    ...     '''
    ...     need: advertisement
    ...     purchase: shop > checkout
    ...     use: product, hotline
    ...     advocacy: friend
    ...     ''',
    ...     id="nappies",
    ... )
    >>> print(nappies)
    stage     phase          touchpoint     after
    need      pre-purchase   advertisement
    purchase  purchase       shop
    purchase  purchase       checkout       shop
    use       post-purchase  product
    use       post-purchase  hotline
    advocacy  post-purchase  friend
    """

    id: Any = attrs.field(validator=_checks.identifier)
    stages: tuple[Stage, ...] = attrs.field(
        converter=_checks.as_tuple,
        validator=_checks.each(Stage),
        repr=_draw.items("stage"),
    )
    touchpoints: tuple[Touchpoint[IdT], ...] = attrs.field(
        converter=_checks.as_tuple,
        validator=_checks.each(Touchpoint),
        repr=_draw.items("touchpoint"),
    )
    order: frozenset[tuple[IdT, IdT]] = attrs.field(
        default=frozenset[tuple[Any, Any]](),
        converter=_as_pairs,
        validator=_pairs,
        repr=_draw.items("pair"),
    )
    promises: tuple[Promise, ...] = attrs.field(
        default=(),
        converter=_checks.as_tuple,
        validator=_checks.each(Promise),
        repr=_draw.items("promise"),
    )
    positioning: BrandPositioning | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(_checks.instance(BrandPositioning)),
    )
    pain_points: tuple[PainPoint[IdT], ...] = attrs.field(
        default=(),
        converter=_checks.as_tuple,
        validator=_checks.each(PainPoint),
        repr=_draw.items("pain point"),
    )
    moments: tuple[MomentOfTruth[IdT], ...] = attrs.field(
        default=(),
        converter=_checks.as_tuple,
        validator=_checks.each(MomentOfTruth),
        repr=_draw.items("moment"),
    )

    def __reduce__(self) -> tuple[Any, ...]:
        return _checks.by_constructor(self)

    def __attrs_post_init__(self) -> None:
        """Check that all parts of the design fit together."""
        names = [stage.name for stage in self.stages]
        _checks.distinct("stages", names, "the name", hint="tell the stages apart")
        ids = [touchpoint.id for touchpoint in self.touchpoints]
        hint = "give each touchpoint an id of its own"
        _checks.distinct("touchpoints", ids, "the id", hint=hint)
        self._refuse_unknown_stages()
        self._refuse_unknown_touchpoints()
        self._refuse_cycles()
        self._refuse_unframed_promises()

    @classmethod
    def parse(cls, text: str, *, id: Any) -> "JourneyMap[str]":  # noqa: A002
        """Read a map from text: one line per stage, touchpoints by name.

        A line is ``stage: touchpoint, touchpoint > touchpoint``. Commas separate
        touchpoints; ``>`` puts one before the next. A stage that is none of
        `DEFAULT_STAGES` names its phase: ``fitting [purchase]: tailor``. Blank lines
        and blanks around names do not matter. `to_text` is the way back.

        Parameters
        ----------
        text : str
            At least one line.
        id : hashable
            The host's key of the map.

        Returns
        -------
        JourneyMap
            With the stages of the text in its order, and touchpoints whose ids are
            their names and whose other fields have their defaults.

        Raises
        ------
        InvalidTypeError
            If *text* is not a text.
        InvalidValueError
            If a line has another form, a stage is unknown and names no phase, or a name
            is missing or comes twice. The message says line and column; both are also
            the ``index`` of the error, counted from 1.

        Examples
        --------
        >>> from cxmkit import JourneyMap
        >>> suit = JourneyMap.parse("fitting [purchase]: tailor > mirror", id="suit")
        >>> suit.stages
        (Stage(name='fitting', phase=<Phase.PURCHASE: 'purchase'>),)
        >>> suit.order
        frozenset({('tailor', 'mirror')})
        >>> JourneyMap.parse("need: advertisement,", id="suit")
        Traceback (most recent call last):
            ...
        cxmkit.errors.InvalidValueError: text, line 1, column 21, must ...
        """
        _checks.require_instance("text", text, str)
        phases = [phase.value for phase in Phase]
        lines = _maptext.read(text, known=_PHASE_OF, phases=phases)
        stages = [Stage(line.stage, Phase(line.phase)) for line in lines]
        return JourneyMap(
            id=id,
            stages=stages,
            touchpoints=[
                Touchpoint(id=name, name=name, stage=stage)
                for stage, line in zip(stages, lines, strict=True)
                for name in chain(*line.chains)
            ],
            order=[
                pair
                for line in lines
                for names in line.chains
                for pair in pairwise(names)
            ],
        )

    def to_text(self) -> str:
        """Write the map as text that `parse` reads.

        Returns
        -------
        str
            One line per stage, without a final newline;
            ``JourneyMap.parse(m.to_text(), id=m.id) == m``.

        Raises
        ------
        InvalidValueError
            If the map holds more than text can: the error names the field. Text holds
            names of stages and touchpoints, in the order of the stages, and which of
            two neighbours in a stage comes before the other.

        Examples
        --------
        >>> from cxmkit import DEFAULT_STAGES, JourneyMap, Medium, Touchpoint
        >>> JourneyMap.parse(" use :product>  hotline", id=1).to_text()
        'use: product > hotline'
        >>> product = Touchpoint(
        ...     id="product",
        ...     name="product",
        ...     stage=DEFAULT_STAGES[5],
        ...     medium=Medium.PRODUCT,
        ... )
        >>> JourneyMap(id=1, stages=DEFAULT_STAGES, touchpoints=[product]).to_text()
        Traceback (most recent call last):
            ...
        cxmkit.errors.InvalidValueError: touchpoints[0].medium must be left at its ...
        """
        self._refuse_what_text_cannot_hold()
        return _maptext.write(self._lines(), known=_PHASE_OF)

    def with_touchpoint(self, touchpoint: Touchpoint[IdT]) -> Self:
        r"""Return the map with one more touchpoint, the last of its stage.

        Parameters
        ----------
        touchpoint : Touchpoint
            With an id that is new to the map, in one of its stages.

        Returns
        -------
        JourneyMap
            A new one; this one stays as it is. The touchpoint stands behind those of
            its own and earlier stages and has no place in the order yet.

        Raises
        ------
        InvalidTypeError
            If it is not a touchpoint.
        InvalidValueError
            If its stage is not in the map or its id is.

        Examples
        --------
        >>> from cxmkit import JourneyMap, Touchpoint
        >>> plan = JourneyMap.parse("purchase: shop > checkout\nuse: product", id=1)
        >>> site = Touchpoint(id="web shop", name="web shop", stage=plan.stages[0])
        >>> print(plan.with_touchpoint(site).to_text())
        purchase: shop > checkout, web shop
        use: product
        """
        _checks.require_instance("touchpoint", touchpoint, Touchpoint)
        rank = {stage: rank for rank, stage in enumerate(self.stages)}
        if touchpoint.stage not in rank:
            hint = "add the stage to the map first"
            rule, value = "be in a stage of the map", touchpoint.stage
            raise _checks.refuse("touchpoint", rule, value, hint=hint)
        if any(touchpoint.id == other.id for other in self.touchpoints):
            hint = "pass other touchpoints to attrs.evolve to change one"
            rule = "have an id that is new to the map"
            raise _checks.refuse("touchpoint", rule, touchpoint.id, hint=hint)
        before = [
            index
            for index, other in enumerate(self.touchpoints)
            if rank[other.stage] <= rank[touchpoint.stage]
        ]
        place = before[-1] + 1 if before else 0
        head, rest = self.touchpoints[:place], self.touchpoints[place:]
        return attrs.evolve(self, touchpoints=(*head, touchpoint, *rest))

    def to_mermaid(self) -> str:
        """Write the map as a flowchart for Mermaid, which many wikis draw.

        Returns
        -------
        str
            A ``flowchart`` with a frame per stage, a box per touchpoint and an arrow
            per pair of the order. What else the map holds is not drawn there.

        Examples
        --------
        >>> from cxmkit import JourneyMap
        >>> print(JourneyMap.parse("purchase: shop > checkout", id=1).to_mermaid())
        flowchart LR
          subgraph s0["purchase"]
            t0["shop"]
            t1["checkout"]
          end
          t0 --> t1
        """
        lines = ["flowchart LR"]
        for number, stage in enumerate(self.stages):
            boxes = [
                f'    t{index}["{_mermaid_label(touchpoint.name)}"]'
                for index, touchpoint in enumerate(self.touchpoints)
                if touchpoint.stage == stage
            ]
            frame = f'  subgraph s{number}["{_mermaid_label(stage.name)}"]'
            lines += [frame, *boxes, "  end"]
        lines += [f"  t{start} --> t{end}" for start, end in self._arrows()]
        return "\n".join(lines)

    def to_svg(self) -> str:
        """Draw the stages as columns of touchpoints, in the phases they belong to.

        Returns
        -------
        str
            One ``<svg>`` element, to embed or to save as a file.

        Examples
        --------
        >>> from cxmkit import JourneyMap
        >>> JourneyMap.parse("purchase: shop > checkout", id=1).to_svg()[:4]
        '<svg'
        """
        columns = [
            (
                stage.phase.value,
                stage.name,
                {index: self._box(index) for index, _ in self._within(stage)},
            )
            for stage in self.stages
        ]
        return _draw_journeys.flow(
            columns, self._arrows(), title=f"Journey map {self.id}"
        )

    def _repr_html_(self) -> str:
        return self.to_svg()

    def __str__(self) -> str:
        names = [touchpoint.name for touchpoint in self.touchpoints]
        before: dict[int, list[str]] = {}
        for earlier, later in self._arrows():
            before.setdefault(later, []).append(names[earlier])
        rows = [
            (stage.name, stage.phase.value, name, ", ".join(before.get(index, [])))
            for stage in self.stages
            for index, name in self._within(stage) or [(-1, "")]
        ]
        heads = ("stage", "phase", "touchpoint", "after")
        return _draw.text_table(_draw.columns(heads, rows))

    def _within(self, stage: Stage) -> list[tuple[int, str]]:
        """Return place and name of the touchpoints of a stage."""
        return [
            (index, touchpoint.name)
            for index, touchpoint in enumerate(self.touchpoints)
            if touchpoint.stage == stage
        ]

    def _box(self, index: int) -> _draw_journeys.Box:
        """Return what is drawn of a touchpoint, and said where one points at it."""
        touchpoint = self.touchpoints[index]
        pains = [pain for pain in self.pain_points if pain.touchpoint == touchpoint.id]
        kinds = [each.kind for each in self.moments if each.touchpoint == touchpoint.id]
        details = [
            f"channel: {touchpoint.channel}" if touchpoint.channel else "",
            f"medium: {touchpoint.medium.value}",
            f"owner: {touchpoint.owner.value}",
            *sorted(f"for: {each.value}" for each in touchpoint.dimensions),
            *sorted(f"shows: {attribute}" for attribute in touchpoint.attributes),
            *(f"moment of truth: {kind}" for kind in kinds),
            *(f"pain {pain.severity:.2g}: {pain.note}".rstrip(": ") for pain in pains),
        ]
        return _draw_journeys.Box(
            label=touchpoint.name,
            details=", ".join(filter(None, details)),
            pain=max((pain.severity for pain in pains), default=0.0),
            decisive=bool(kinds),
        )

    def _arrows(self) -> list[tuple[int, int]]:
        """Return the order as places of touchpoints, sorted."""
        place = {each.id: index for index, each in enumerate(self.touchpoints)}
        return sorted((place[earlier], place[later]) for earlier, later in self.order)

    def _lines(self) -> list[_maptext.Line]:
        """Return what the text of the map says: neighbours in order form chains."""
        arrows = set(self._arrows())
        lines = []
        for stage in self.stages:
            chains: list[list[str]] = []
            last = -1
            for index, name in self._within(stage):
                if (last, index) in arrows:
                    chains[-1].append(name)
                else:
                    chains.append([name])
                last = index
            line = _maptext.Line(
                stage.name, stage.phase.value, tuple(map(tuple, chains))
            )
            lines.append(line)
        return lines

    def _refuse_unknown_stages(self) -> None:
        known = set(self.stages)
        for index, touchpoint in enumerate(self.touchpoints):
            if touchpoint.stage not in known:
                raise _checks.refuse(
                    argument="touchpoints",
                    rule="be in a stage of the map",
                    value=touchpoint.stage,
                    index=index,
                    hint="add exactly this stage to stages",
                )

    def _refuse_unknown_touchpoints(self) -> None:
        known = {touchpoint.id for touchpoint in self.touchpoints}
        named: list[tuple[str, int | None, object]] = [
            ("order", None, key)
            for pair in sorted(self.order, key=_checks.show)  # the same one in each run
            for key in pair
        ]
        for argument in ("promises", "pain_points", "moments"):
            parts = enumerate(getattr(self, argument))
            named += [(argument, index, part.touchpoint) for index, part in parts]
        for argument, index, touchpoint in named:
            everywhere = argument == "promises" and touchpoint is None
            if touchpoint not in known and not everywhere:
                some = ", ".join(repr(each.id) for each in self.touchpoints[:9])
                more = ", ..." if len(known) > 9 else ""
                raise _checks.refuse(
                    argument=argument,
                    rule="name a touchpoint of the map by its id",
                    value=touchpoint,
                    index=index,
                    hint=f"it has {some}{more}" if known else "it has none yet",
                )

    def _refuse_cycles(self) -> None:
        ids = [touchpoint.id for touchpoint in self.touchpoints]
        sorter = TopologicalSorter[int]()
        for earlier, later in self._arrows():
            sorter.add(later, earlier)
        try:
            sorter.prepare()
        except CycleError as error:
            cycle = " > ".join(str(ids[place]) for place in error.args[1])
            hint = "leave out one of these pairs"
            raise _checks.refuse("order", "have no cycle", cycle, hint=hint) from None

    def _refuse_unframed_promises(self) -> None:
        if self.promises and self.positioning is None:
            raise _checks.refuse(
                argument="positioning",
                rule="be given, since promises are",
                value=None,
                hint="pass positioning=BrandPositioning(...) with their attributes",
            )
        attributes = self.positioning.weights if self.positioning else {}
        for index, promise in enumerate(self.promises):
            if promise.attribute not in attributes:
                raise _checks.refuse(
                    argument="promises",
                    rule="be about an attribute of the positioning",
                    value=promise.attribute,
                    index=index,
                    hint=f"it has {', '.join(map(repr, attributes))}",
                )
        about = [(promise.attribute, promise.touchpoint) for promise in self.promises]
        hint = "promise one level per attribute and touchpoint"
        _checks.distinct("promises", about, "attribute and touchpoint", hint=hint)

    def _refuse_what_text_cannot_hold(self) -> None:
        for name in ("promises", "positioning", "pain_points", "moments"):
            value = getattr(self, name)
            if value:
                raise _refuse_as_text(name, "be left out", value)
        if not self.stages:
            raise _refuse_as_text("stages", "hold at least one stage", self.stages)
        for index, stage in enumerate(self.stages):
            if not _maptext.can_be_stage(stage.name):
                rule = "have no outer blanks, line ends or any of : [ ]"
                raise _refuse_as_text(f"stages[{index}].name", rule, stage.name)
        for index, touchpoint in enumerate(self.touchpoints):
            _refuse_more_than_a_name(touchpoint, f"touchpoints[{index}]")
        self._refuse_another_order()

    def _refuse_another_order(self) -> None:
        ranks = [self.stages.index(each.stage) for each in self.touchpoints]
        for index, (rank, following) in enumerate(pairwise(ranks), 1):
            if following < rank:
                rule = "stand in the order of its stage"
                value = self.touchpoints[index].id
                raise _refuse_as_text(f"touchpoints[{index}]", rule, value)
        for earlier, later in self._arrows():
            if later != earlier + 1 or ranks[earlier] != ranks[later]:
                rule = "hold neighbours in one stage only"
                pair = self.touchpoints[earlier].id, self.touchpoints[later].id
                raise _refuse_as_text("order", rule, pair)


def _refuse_as_text(argument: str, rule: str, value: object) -> InvalidValueError:
    return _checks.refuse(argument, f"{rule} to be written as text", value)


def _refuse_more_than_a_name(touchpoint: Touchpoint[Any], argument: str) -> None:
    name = touchpoint.name
    if not _maptext.can_be_touchpoint(name):
        rule = 'have no outer blanks, line ends, any of , > or a final "-"'
        raise _refuse_as_text(f"{argument}.name", rule, name)
    plain = Touchpoint(id=name, name=name, stage=touchpoint.stage)
    for field in attrs.fields(Touchpoint):
        value = getattr(touchpoint, field.name)
        if value != getattr(plain, field.name):
            rule = "be the name" if field.name == "id" else "be left at its default"
            raise _refuse_as_text(f"{argument}.{field.name}", rule, value)


def _mermaid_label(words: str) -> str:
    """Write what Mermaid could read as markup as entities."""
    plain = " -_/'"
    return "".join(
        char if char.isalnum() or char in plain else f"#{ord(char)};" for char in words
    )
