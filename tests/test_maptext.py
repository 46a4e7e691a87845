"""A journey map as text: one line per stage, there and back."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from cxmkit import _maptext
from cxmkit._maptext import Line
from cxmkit.brand import BrandPositioning, PositioningAttribute, Promise
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.experience import ExperienceDimension
from cxmkit.journeymap import JourneyMap
from cxmkit.touchpoint import (
    DEFAULT_STAGES,
    Medium,
    MomentOfTruth,
    Owner,
    PainPoint,
    Phase,
    Stage,
    Touchpoint,
)

PHASES = {stage.name: stage.phase for stage in DEFAULT_STAGES}
NEED, PURCHASE, USE = (DEFAULT_STAGES[place] for place in (0, 3, 5))
POSITIONING = BrandPositioning(
    brand="nappies",
    offer="dry nights",
    audience="families",
    attributes=[PositioningAttribute(name="dry", target=0.7)],
)
PROMISE = Promise(attribute="dry", level=0.9)
PAIN = PainPoint(touchpoint="shop", severity=0.5)
MOMENT = MomentOfTruth(touchpoint="shop", kind="first")
PLAIN = JourneyMap.parse("need: ad\npurchase: shop > checkout, site", id="nappies")


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def names(signs: str) -> st.SearchStrategy[str]:
    """Draw names that are free of some signs, of line ends and of outer blanks."""
    alphabet = st.characters(codec="utf-8", exclude_characters=f"{signs}\n\r")
    wide = st.text(alphabet, min_size=1, max_size=8)
    usual = st.sampled_from(["shop", "a b", "顧客 体験", "x\u2028y", "-a", "#"])
    return (wide | usual).map(str.strip).filter(bool)


# Each kind of name may hold the signs of the other.
dashless = names(",>").filter(lambda name: not name.endswith("-"))
touchpoint_names = dashless | st.sampled_from(["a: b", "[a]", "]:[", ":"])
stage_names = names(":[]") | st.sampled_from(["need, want", "a ->", ","])
blanks = st.sampled_from(["", "", " ", "\t", "  ", "\u3000", "\xa0"])
line_ends = st.sampled_from(["\n", "\n", "\r\n", "\n \t\n", "\n\n"])


@attrs.frozen
class Told:
    """What one line of a text is to say."""

    stage: str
    phase: Phase | None
    chains: list[list[str]]

    @property
    def tokens(self) -> list[str]:
        phase = [] if self.phase is None else ["[", self.phase.value, "]"]
        chains: list[str] = []
        for chain in self.chains:
            chains += [",", *itertools.chain(*((">", name) for name in chain))][2:]
            chains.append(",")
        return [self.stage, *phase, ":", *chains[:-1]]

    @property
    def normal(self) -> str:
        default = self.phase in {None, PHASES.get(self.stage)}
        phase = "" if default or self.phase is None else f" [{self.phase.value}]"
        chains = ", ".join(" > ".join(chain) for chain in self.chains)
        return f"{self.stage}{phase}: {chains}" if chains else f"{self.stage}{phase}:"


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    """Draw stages, their phases if named, and chains of names."""
    any_stage = st.sampled_from([*PHASES]) | stage_names
    stages = draw(st.lists(any_stage, min_size=1, max_size=4, unique=True))
    words = iter(draw(st.lists(touchpoint_names, max_size=9, unique=True)))
    story = []
    for stage in stages:
        unnamed = st.none() if stage in PHASES else st.nothing()
        phase = draw(unnamed | st.sampled_from(Phase))
        sizes = draw(st.lists(st.integers(1, 3), max_size=3))
        chains = [list(itertools.islice(words, size)) for size in sizes]
        story.append(Told(stage, phase, [chain for chain in chains if chain]))
    return story


@st.composite
def texts(draw: st.DrawFn) -> tuple[list[Told], str]:
    """Draw a story and one of the many texts that tell it."""
    story = draw(stories())
    parts = [draw(st.sampled_from(["", "\n", " \r\n"]))]
    for told in story:
        for token in told.tokens:
            parts += [draw(blanks), token]
        parts += [draw(blanks), draw(line_ends)]
    return story, "".join(parts)


class TestThereAndBack:
    @given(texts())
    def test_a_map_says_what_its_text_says(self, drawn: tuple[list[Told], str]) -> None:
        story, text = drawn
        found = JourneyMap.parse(text, id=7)
        assert found.id == 7
        assert [(stage.name, stage.phase) for stage in found.stages] == [
            (told.stage, told.phase or PHASES[told.stage]) for told in story
        ]
        assert list(found.touchpoints) == [
            Touchpoint(id=name, name=name, stage=stage)
            for told, stage in zip(story, found.stages, strict=True)
            for name in itertools.chain(*told.chains)
        ]
        assert found.order == {
            pair
            for told in story
            for chain in told.chains
            for pair in itertools.pairwise(chain)
        }

    @given(texts())
    def test_text_and_map_are_inverses_and_the_text_is_a_normal_form(
        self, drawn: tuple[list[Told], str]
    ) -> None:
        story, text = drawn
        found = JourneyMap.parse(text, id=("crm", 7))
        normal = found.to_text()
        assert normal == "\n".join(told.normal for told in story)
        assert JourneyMap.parse(normal, id=found.id) == found
        assert JourneyMap.parse(normal, id=found.id).to_text() == normal

    def test_the_stages_of_others_name_their_phase(self) -> None:
        text = "use [purchase]: test drive\nfitting [post-purchase]:\nneed:"
        found = JourneyMap.parse(text, id=1)
        assert [stage.phase.value for stage in found.stages] == [
            "purchase",
            "post-purchase",
            "pre-purchase",
        ]
        assert found.to_text() == text

    def test_a_stage_may_end_with_a_dash(self) -> None:
        stages = [Stage("pre-", Phase.PURCHASE)]
        plan = JourneyMap[Any](id=1, stages=stages, touchpoints=[])
        assert JourneyMap.parse(plan.to_text(), id=1) == plan

    def test_a_text_for_the_whole_design(self) -> None:
        text = """
            need : advertisement ,friend

            purchase:shop>checkout  >  receipt,site
        """
        assert JourneyMap.parse(text, id=1).to_text() == (
            "need: advertisement, friend\npurchase: shop > checkout > receipt, site"
        )


def richer(**fields: Any) -> JourneyMap[Any]:
    return attrs.evolve(PLAIN, **fields)


def with_second(**fields: Any) -> JourneyMap[Any]:
    """Change the shop, which has no order then."""
    ad, shop, *rest = PLAIN.touchpoints
    shop = attrs.evolve(shop, **fields)
    return richer(touchpoints=[ad, shop, *rest], order=())


TOUCHPOINT_FIELDS: dict[str, Any] = {
    "id": 7,
    "channel": "web",
    "owner": Owner.PARTNER,
    "medium": Medium.HUMAN,
    "dimensions": frozenset({ExperienceDimension.BRAND}),
    "attributes": frozenset({"dry"}),
    "importance": 0.0,
    "expected": 0.5,
}


LEFT_OUT, IN_ORDER = "must be left out", "must stand in the order of its stage"
NEIGHBOURS = "must hold neighbours in one stage only"


class TestRicherMaps:
    def test_no_field_of_a_touchpoint_is_forgotten(self) -> None:
        fields = {field.name for field in attrs.fields(Touchpoint)}
        assert fields == {*TOUCHPOINT_FIELDS, "name", "stage"}

    @pytest.mark.parametrize("field", TOUCHPOINT_FIELDS)
    def test_a_field_of_a_touchpoint_beside_its_name_is_refused(
        self, field: str
    ) -> None:
        value = TOUCHPOINT_FIELDS[field]
        error = refused(with_second(**{field: value}).to_text, InvalidValueError)
        rule = "be the name" if field == "id" else "be left at its default"
        start = f"touchpoints[1].{field} must {rule} to be written as text; got "
        assert str(error).startswith(start)
        assert (error.argument, error.index) == (f"touchpoints[1].{field}", None)
        assert error.value == value

    @pytest.mark.parametrize(
        "name",
        [
            "a,b",
            "a>b",
            "a\nb",
            "a\rb",
            " a",
            "a\t",
            ",",
            ">",
            "a,",
            "\u3000a",
            "a-",
            "-",
        ],
    )
    def test_a_name_with_signs_of_the_text_is_refused(self, name: str) -> None:
        error = refused(with_second(name=name, id=name).to_text, InvalidValueError)
        assert str(error) == (
            "touchpoints[1].name must have no outer blanks, line ends, any of , > or a"
            f' final "-" to be written as text; got {name!r}'
        )
        assert (error.argument, error.value) == ("touchpoints[1].name", name)

    @pytest.mark.parametrize(
        "name", ["a:b", "a[b", "a]b", "a\nb", "a\rb", " a", "a\n", ":"]
    )
    def test_a_stage_with_signs_of_the_text_is_refused(self, name: str) -> None:
        stages = [NEED, Stage(name, Phase.PURCHASE)]
        plan = JourneyMap[Any](id=1, stages=stages, touchpoints=[])
        error = refused(plan.to_text, InvalidValueError)
        assert str(error) == (
            "stages[1].name must have no outer blanks, line ends or any of : [ ] to be"
            f" written as text; got {name!r}"
        )
        assert (error.argument, error.value) == ("stages[1].name", name)

    @pytest.mark.parametrize(
        ("fields", "argument", "rule", "value"),
        [
            (
                {"promises": [PROMISE], "positioning": POSITIONING},
                "promises",
                LEFT_OUT,
                (PROMISE,),
            ),
            ({"positioning": POSITIONING}, "positioning", LEFT_OUT, POSITIONING),
            ({"pain_points": [PAIN]}, "pain_points", LEFT_OUT, (PAIN,)),
            ({"moments": [MOMENT]}, "moments", LEFT_OUT, (MOMENT,)),
            (
                {"stages": (), "touchpoints": (), "order": ()},
                "stages",
                "must hold at least one stage",
                (),
            ),
            (
                {"order": [("ad", "shop"), ("shop", "checkout")]},
                "order",
                NEIGHBOURS,
                ("ad", "shop"),
            ),
            (
                {"order": [("shop", "checkout"), ("shop", "site")]},
                "order",
                NEIGHBOURS,
                ("shop", "site"),
            ),
            (
                {"order": [("checkout", "shop")]},
                "order",
                NEIGHBOURS,
                ("checkout", "shop"),
            ),
            (
                {"touchpoints": [*PLAIN.touchpoints[1:], PLAIN.touchpoints[0]]},
                "touchpoints[3]",
                IN_ORDER,
                "ad",
            ),
            ({"stages": [PURCHASE, NEED]}, "touchpoints[1]", IN_ORDER, "shop"),
        ],
    )
    def test_a_map_that_says_more_is_refused(
        self, fields: dict[str, Any], argument: str, rule: str, value: object
    ) -> None:
        error = refused(richer(**fields).to_text, InvalidValueError)
        message = f"{argument} {rule} to be written as text; got {value!r}"
        assert str(error) in {message, f"{message[: len(str(error)) - 3]}..."}
        assert (error.argument, error.index) == (argument, None)
        assert error.value == value

    def test_stages_apart_are_no_neighbours_though_their_touchpoints_are(self) -> None:
        text = "need: a\nresearch:\npurchase: b"
        plan = attrs.evolve(JourneyMap.parse(text, id=1), order=[("a", "b")])
        assert refused(plan.to_text, InvalidValueError).value == ("a", "b")


MORE = [
    *["far order", "turned order", "another sequence", "name", "stage"],
    *["promises", "positioning", "pain_points", "moments", *TOUCHPOINT_FIELDS],
]


@st.composite
def maps(draw: st.DrawFn) -> JourneyMap[Any]:
    """Draw any map; most of them say a thing or two more than text can."""
    more = draw(st.sets(st.sampled_from(MORE), max_size=2))
    phases = st.sampled_from(Phase)
    kinds = st.sampled_from([NEED, PURCHASE, USE, Stage("fitting", Phase.PURCHASE)])
    stages = draw(st.lists(kinds, min_size=1, max_size=4, unique=True))
    if "stage" in more:
        stages.append(draw(st.builds(Stage, st.sampled_from(["a: b", " x"]), phases)))
    ranks = draw(st.lists(st.integers(0, len(stages) - 1), min_size=1, max_size=6))
    if "another sequence" not in more:
        ranks.sort()
    odd = draw(st.integers(0, len(ranks) - 1))
    values = TOUCHPOINT_FIELDS | {"name": "a > b"}
    touchpoints = []
    for place, rank in enumerate(ranks):
        fields: dict[str, Any] = {"id": str(place), "name": str(place)}
        if place == odd:
            fields |= {name: values[name] for name in more & {*values}}
        touchpoints.append(Touchpoint[Any](stage=stages[rank], **fields))
    ids = [touchpoint.id for touchpoint in touchpoints]
    pairs = [*itertools.pairwise(ids)]
    if "far order" in more:
        pairs = [*itertools.combinations(ids, 2)]
    if "turned order" in more:
        pairs = [(later, earlier) for earlier, later in pairs]
    ordered = bool(pairs) and draw(st.booleans())
    framed = {"promises", "positioning"} & more
    return JourneyMap(
        id=draw(st.integers() | st.text()),
        stages=stages,
        touchpoints=touchpoints,
        order=draw(st.lists(st.sampled_from(pairs))) if ordered else (),
        promises=[PROMISE] if "promises" in more else (),
        positioning=POSITIONING if framed else None,
        pain_points=[PainPoint(touchpoint=ids[odd], severity=0)]
        if "pain_points" in more
        else (),
        moments=[MomentOfTruth(touchpoint=ids[odd], kind="first")]
        if "moments" in more
        else (),
    )


@given(maps())
def test_any_map_is_written_whole_or_refused_by_the_name_of_a_field(
    plan: JourneyMap[Any],
) -> None:
    try:
        text = plan.to_text()
    except InvalidValueError as error:
        refusal = error
    else:
        assert JourneyMap.parse(text, id=plan.id) == plan
        return
    found = re.fullmatch(r"(\w+)(?:\[(\d+)\](?:\.(\w+))?)?", refusal.argument)
    assert found is not None
    name, place, part = found.groups()
    value = getattr(plan, name)
    if name == "order":
        assert refusal.value in value
    elif place is None:
        assert refusal.value == value
    else:
        assert refusal.value == getattr(value[int(place)], part or "id")


FORM = 'have the form "stage: touchpoint, touchpoint > touchpoint"'
OWN = 'or "stage [phase]: ..." for a stage of your own'
GAP = "must hold a name here; got ''; or leave out the sign beside it"
STAGES = (
    "must be one of need, research, consideration, purchase, onboarding, use, support,"
    " advocacy, farewell, or name its phase; got"
)
TWICE = (
    "must name each {} once (it stands in line {}, too); got {!r}; names are ids; tell"
    " the two apart"
)
DASH = 'must not end with "-"; got'
PHASE = "must be one of pre-purchase, purchase, post-purchase; got"


class TestBadTexts:
    @pytest.mark.parametrize(
        ("text", "line", "column", "value", "message"),
        [
            ("", 1, 1, "", f"must {FORM}; got ''"),
            ("\n \n", 1, 1, "", f"must {FORM}; got ''"),
            ("need", 1, 1, "need", f"must {FORM}; got 'need'; {OWN}"),
            ("need: a\n  use", 2, 3, "use", f"must {FORM}; got 'use'; {OWN}"),
            ("\r\n need, a", 2, 2, "need, a", f"must {FORM}; got 'need, a'; {OWN}"),
            (
                "use [purchase: a",
                1,
                1,
                "use [purchase: a",
                f"must {FORM}; got 'use [purchase: a'; {OWN}",
            ),
            (
                "use [purchase] x: a",
                1,
                1,
                "use [purchase] x: a",
                f"must {FORM}; got 'use [purchase] x: a'; {OWN}",
            ),
            ("u]se: a", 1, 1, "u]se: a", f"must {FORM}; got 'u]se: a'; {OWN}"),
            (": a", 1, 1, "", GAP),
            ("need: a\n  [purchase]: b", 2, 3, "", GAP),
            ("need: a,", 1, 9, "", GAP),
            ("  need: a ,  , b", 1, 14, "", GAP),
            ("need: , a", 1, 7, "", GAP),
            ("need: a >", 1, 10, "", GAP),
            ("need: > a", 1, 7, "", GAP),
            ("need: a > > b", 1, 11, "", GAP),
            ("need: a,> b", 1, 9, "", GAP),
            ("need: a\nuse: b,\r\nsupport: c", 2, 8, "", GAP),
            ("use: a -> b", 1, 6, "a -", f"{DASH} 'a -'; an arrow is \">\" alone"),
            ("use: a, b-", 1, 9, "b-", f"{DASH} 'b-'; an arrow is \">\" alone"),
            (
                "fitting: tailor",
                1,
                1,
                "fitting",
                (
                    f"{STAGES} 'fitting'; a stage of your own is written"
                    ' "fitting [pre-purchase]: ..."'
                ),
            ),
            (
                "need: a\n Use : b",
                2,
                2,
                "Use",
                (
                    f"{STAGES} 'Use'; a stage of your own is written"
                    ' "Use [pre-purchase]: ..."'
                ),
            ),
            (
                "fitting [ later ]: a",
                1,
                11,
                "later",
                (f"{PHASE} 'later'"),
            ),
            (
                "need []: a",
                1,
                7,
                "",
                f"{PHASE} ''",
            ),
            (
                "need: a\n\nuse:\nneed: b",
                4,
                1,
                "need",
                TWICE.format("stage", 1, "need"),
            ),
            (
                "need: a\nuse:  b > a",
                2,
                11,
                "a",
                TWICE.format("touchpoint", 1, "a"),
            ),
            (
                "\nneed: a, a",
                2,
                10,
                "a",
                TWICE.format("touchpoint", 2, "a"),
            ),
        ],
    )
    def test_a_bad_text_is_refused_where_it_is_bad(
        self, text: str, line: int, column: int, value: str, message: str
    ) -> None:
        error = refused(lambda: JourneyMap.parse(text, id=1), InvalidValueError)
        assert str(error) == f"text, line {line}, column {column}, {message}"
        assert (error.argument, error.value) == ("text", value)
        assert error.index == (line, column)

    @given(texts(), st.data())
    def test_the_place_of_an_error_is_where_the_word_stands(
        self, drawn: tuple[list[Told], str], data: st.DataObject
    ) -> None:
        _, text = drawn
        rows = text.split("\n")
        told = [number for number, row in enumerate(rows) if row.strip()]
        at = data.draw(st.sampled_from(told))
        rows[at] = rows[at].replace(":", "]:", 1)
        broken = "\n".join(rows)
        error = refused(lambda: JourneyMap.parse(broken, id=1), InvalidValueError)
        column = len(rows[at]) - len(rows[at].lstrip()) + 1
        assert error.index == (at + 1, column)
        assert error.value == rows[at].strip()

    @pytest.mark.parametrize("text", [b"need: a", None, ["need: a"], 3])
    def test_what_is_no_text_is_refused(self, text: Any) -> None:
        error = refused(lambda: JourneyMap.parse(text, id=1), InvalidTypeError)
        assert str(error) == f"text must be a str; got {text!r}"
        assert (error.argument, error.index, error.value) == ("text", None, text)

    @pytest.mark.parametrize("key", [None, float("nan")])
    def test_a_missing_id_is_refused(self, key: object) -> None:
        error = refused(lambda: JourneyMap.parse("need:", id=key), MissingValueError)
        assert str(error) == "id is missing; None and NaN are no ids"
        assert error.argument == "id"


SIGNS = "".join(map(chr, range(0x21, 0x7F)))
NO_STAGE, NO_PLACE = (dict.fromkeys(map(ord, signs)) for signs in (":[]", ",>"))


class TestTheTextAlone:
    """The form without its meaning: any stages and phases will do."""

    KNOWN = {"breakfast": "morning", "tea": "afternoon"}  # noqa: RUF012  not changed
    LINES = [  # noqa: RUF012
        Line("breakfast", "morning", (("egg", "toast"), ("jam",))),
        Line("tea", "morning", ()),
        Line("supper", "night", (("soup",),)),
    ]
    TEXT = "breakfast: egg > toast, jam\ntea [morning]:\nsupper [night]: soup"

    def test_reading_and_writing_are_inverses(self) -> None:
        phases = ["morning", "afternoon", "night"]
        assert _maptext.write(self.LINES, known=self.KNOWN) == self.TEXT
        assert _maptext.read(self.TEXT, known=self.KNOWN, phases=phases) == self.LINES

    def test_the_hint_names_a_phase_that_there_is(self) -> None:
        def read() -> object:
            return _maptext.read("snack: nut", known=self.KNOWN, phases=["noon"])

        assert str(refused(read, InvalidValueError)) == (
            "text, line 1, column 1, must be one of breakfast, tea, or name its phase;"
            " got 'snack'; a stage of your own is written \"snack [noon]: ...\""
        )

    @pytest.mark.parametrize("name", [SIGNS.translate(NO_STAGE), "a b", "ä\u2028ö"])
    def test_a_stage_may_hold_the_signs_of_touchpoints(self, name: str) -> None:
        assert _maptext.can_be_stage(name)

    @pytest.mark.parametrize("name", [SIGNS.translate(NO_PLACE), "a b", ":", "顧客"])
    def test_a_touchpoint_may_hold_the_signs_of_stages(self, name: str) -> None:
        assert _maptext.can_be_touchpoint(name)
