"""How is the journey meant to be? Invariants, growth and views of the map."""

import copy
import itertools
import math
import pickle
import sys
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Hashable
from functools import partial
from graphlib import TopologicalSorter
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit.journeymap
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

SVG = "{http://www.w3.org/2000/svg}"
NEED, PURCHASE, USE = (DEFAULT_STAGES[place] for place in (0, 3, 5))
POSITIONING = BrandPositioning(
    brand="nappies",
    offer="dry nights",
    audience="families",
    attributes=[
        PositioningAttribute(name="dry", target=0.7),
        PositioningAttribute(name="cheap", target=0.9),
    ],
)


def touchpoint(key: Any, stage: Stage = PURCHASE, **fields: Any) -> Touchpoint[Any]:
    return Touchpoint(**({"id": key, "name": str(key), "stage": stage} | fields))


PLACES = [
    touchpoint("ad", NEED),
    touchpoint("shop"),
    touchpoint("checkout"),
    touchpoint("product", USE),
]
PATH = [("ad", "shop"), ("shop", "checkout"), ("checkout", "product")]


def plan(**fields: Any) -> JourneyMap[Any]:
    given_: dict[str, Any] = {
        "id": "nappies",
        "stages": [NEED, PURCHASE, USE],
        "touchpoints": PLACES,
        "order": PATH,
        "promises": [
            promise("dry"),
            promise("dry", "product"),
            promise("cheap", "product"),
        ],
        "positioning": POSITIONING,
        "pain_points": [pain("checkout", 0.7)],
        "moments": [MomentOfTruth(touchpoint="shop", kind="first")],
    }
    return JourneyMap(**(given_ | fields))


def promise(attribute: str, place: Any = None, level: float = 0.5) -> Promise:
    return Promise(attribute=attribute, level=level, touchpoint=place)


def pain(place: Any, severity: float, note: str = "") -> PainPoint[Any]:
    return PainPoint(touchpoint=place, severity=severity, note=note)


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def pickled(value: Any, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))  # noqa: S301  our own


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": partial(pickled, protocol=protocol)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}
# All ways by which a changed map can come about; none gets round an invariant.
CHANGES: dict[str, Callable[..., Any]] = {
    "constructor": plan,
    "evolve": lambda **fields: attrs.evolve(plan(), **fields),
}
if sys.version_info >= (3, 13):
    CHANGES["replace"] = lambda **fields: copy.replace(plan(), **fields)


def test_the_module_exports_what_the_contract_names() -> None:
    assert cxmkit.journeymap.__all__ == ["JourneyMap"]


PAIRS = "hold pairs (earlier, later) of ids of touchpoints"
NAMED = (
    "name a touchpoint of the map by its id",
    "it has 'ad', 'shop', 'checkout', 'product'",
)
IN_STAGE = "be in a stage of the map", "add exactly this stage to stages"
TWICE = (
    "not repeat attribute and touchpoint of promises[0]",
    "promise one level per attribute and touchpoint",
)
ACYCLIC = "have no cycle", "leave out one of these pairs"


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class TestInvariants:
    def test_a_map_may_be_without_anything_but_its_id(self) -> None:
        empty = JourneyMap[Any](id=1, stages=[], touchpoints=[])
        assert (empty.stages, empty.touchpoints) == ((), ())
        assert (empty.order, empty.promises) == (frozenset(), ())
        assert (empty.positioning, empty.pain_points, empty.moments) == (None, (), ())

    def test_all_fields_go_by_name(self) -> None:
        anyhow: Any = JourneyMap
        with pytest.raises(TypeError, match="takes 1 positional argument"):
            anyhow("nappies", [NEED], [])

    @pytest.mark.parametrize(
        "name", ["stages", "touchpoints", "promises", "pain_points", "moments"]
    )
    def test_series_become_tuples(self, name: str) -> None:
        value = getattr(plan(), name)
        assert isinstance(value, tuple)
        assert getattr(plan(**{name: iter(value)}), name) == value

    @pytest.mark.parametrize(
        "order",
        [
            PATH[::-1] * 2,
            frozenset(PATH),
            [list(pair) for pair in PATH],
            np.array(PATH),
        ],
        ids=["turned", "set", "lists", "array"],
    )
    def test_pairs_in_any_form_and_order_make_the_same_map(self, order: Any) -> None:
        found = plan(order=order)
        assert isinstance(found.order, frozenset)
        assert {type(pair) for pair in found.order} == {tuple}
        assert (found, hash(found)) == (plan(), hash(plan()))

    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize(
        ("fields", "place", "value", "why"),
        [
            (
                {"stages": [NEED, PURCHASE, USE, Stage("need", Phase.PURCHASE)]},
                "stages[3]",
                "need",
                ("not repeat the name of stages[0]", "tell the stages apart"),
            ),
            (
                {"touchpoints": [*PLACES, touchpoint("ad", USE, name="Ad again")]},
                "touchpoints[4]",
                "ad",
                (
                    "not repeat the id of touchpoints[0]",
                    "give each touchpoint an id of its own",
                ),
            ),
            ({"stages": [NEED, PURCHASE]}, "touchpoints[3]", USE, IN_STAGE),
            (
                {"stages": [NEED, Stage("purchase", Phase.PRE_PURCHASE), USE]},
                "touchpoints[1]",
                PURCHASE,
                IN_STAGE,
            ),
            (
                {"touchpoints": PLACES[:3]},
                "order",
                "product",
                (NAMED[0], NAMED[1][:-11]),
            ),
            ({"order": [("ad", "shelf")]}, "order", "shelf", NAMED),
            ({"order": [("shelf", "ad")]}, "order", "shelf", NAMED),
            ({"order": [("ad", math.nan)]}, "order", math.nan, NAMED),
            (
                {"promises": [Promise(attribute="dry", level=1, touchpoint="shelf")]},
                "promises[0]",
                "shelf",
                NAMED,
            ),
            (
                {"pain_points": [pain(key, 0) for key in ("ad", "shelf")]},
                "pain_points[1]",
                "shelf",
                NAMED,
            ),
            (
                {"moments": [MomentOfTruth(touchpoint=7, kind="1")]},
                "moments[0]",
                7,
                NAMED,
            ),
            ({"order": [("ad", "ad")]}, "order", "ad > ad", ACYCLIC),
            (
                {"positioning": None},
                "positioning",
                None,
                (
                    "be given, since promises are",
                    "pass positioning=BrandPositioning(...) with their attributes",
                ),
            ),
            (
                {"promises": [promise("dry"), promise("soft")]},
                "promises[1]",
                "soft",
                ("be about an attribute of the positioning", "it has 'dry', 'cheap'"),
            ),
            (
                {"promises": [promise("dry"), promise("dry", level=1)]},
                "promises[1]",
                ("dry", None),
                TWICE,
            ),
            (
                {"promises": [promise(x, "ad") for x in ("cheap", "dry", "cheap")]},
                "promises[2]",
                ("cheap", "ad"),
                TWICE,
            ),
        ],
    )
    def test_what_does_not_fit_together_is_refused(
        self,
        change: str,
        fields: dict[str, Any],
        place: str,
        value: object,
        why: tuple[str, str],
    ) -> None:
        error = refused(lambda: CHANGES[change](**fields), InvalidValueError)
        rule, hint = why
        assert str(error) == f"{place} must {rule}; got {shown(value)}; {hint}"
        index = "" if error.index is None else f"[{error.index}]"
        assert f"{error.argument}{index}" == place
        assert error.value == value or error.value is value

    @pytest.mark.parametrize("keys", [("ad", "shop"), ("shop", "product", "ad")])
    def test_a_cycle_is_shown_along_its_arrows(self, keys: tuple[str, ...]) -> None:
        order = [*zip(keys, [*keys[1:], keys[0]], strict=True)]
        error = refused(lambda: plan(order=order), InvalidValueError)
        turns = [keys[i:] + keys[: i + 1] for i in range(len(keys))]
        assert error.value in {" > ".join(turn) for turn in turns}
        assert str(error) == (
            f"order must have no cycle; got {error.value!r}; leave out one of these"
            " pairs"
        )

    @pytest.mark.parametrize(
        ("order", "value"),
        [
            ("ab", "ab"),
            (3, 3),
            (["ab"], "ab"),
            ({"ad": "shop"}, {"ad": "shop"}),
            ([("ad",)], ("ad",)),
            ([["ad", "shop", "checkout"]], ("ad", "shop", "checkout")),
            ([None], None),
            ([(["ad"], "shop")], [(["ad"], "shop")]),
            ([("ad", {"shop": 1})], [("ad", {"shop": 1})]),
        ],
    )
    def test_what_is_no_collection_of_pairs_is_refused(
        self, order: Any, value: object
    ) -> None:
        error = refused(lambda: plan(order=order), InvalidTypeError)
        assert str(error) == f"order must {PAIRS}; got {value!r}"
        assert (error.argument, error.index, error.value) == ("order", None, value)

    @pytest.mark.parametrize("pair", [(None, "ad"), ("ad", None)])
    def test_none_is_no_touchpoint(self, pair: tuple[Any, Any]) -> None:
        error = refused(lambda: plan(order=[pair]), InvalidValueError)
        assert str(error) == f"order must {NAMED[0]}; got None; {NAMED[1]}"

    @pytest.mark.parametrize("kind", [set, frozenset])
    def test_a_set_is_no_pair_since_it_has_no_order(self, kind: type) -> None:
        order = [("ad", "shop"), kind(["shop", "checkout"])]
        error = refused(lambda: plan(order=order), InvalidTypeError)
        assert str(error).startswith(f"order must {PAIRS}; got ")
        assert error.argument == "order"

    @pytest.mark.parametrize(
        ("count", "hint"),
        [
            (0, "it has none yet"),
            (2, "it has 0, 1"),
            (9, "it has 0, 1, 2, 3, 4, 5, 6, 7, 8"),
            (10, "it has 0, 1, 2, 3, 4, 5, 6, 7, 8, ..."),
        ],
    )
    def test_an_unknown_touchpoint_is_told_those_there_are(
        self, count: int, hint: str
    ) -> None:
        def build() -> object:
            return JourneyMap[Any](
                id=1,
                stages=[PURCHASE],
                touchpoints=map(touchpoint, range(count)),
                order=[(99, 99)],
            )

        error = refused(build, InvalidValueError)
        assert str(error) == f"order must {NAMED[0]}; got 99; {hint}"

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("id", [1], "id must be hashable; got [1]"),
            ("stages", "need", "stages must be a series of Stage; got 'need'"),
            ("stages", ["need"], "stages[0] must be a Stage; got 'need'"),
            ("touchpoints", 3, "touchpoints must be a series of Touchpoint; got 3"),
            (
                "touchpoints",
                [PLACES[0], "shop"],
                "touchpoints[1] must be a Touchpoint; got 'shop'",
            ),
            ("promises", [1], "promises[0] must be a Promise; got 1"),
            ("promises", None, "promises must be a series of Promise; got None"),
            (
                "positioning",
                "dry",
                "positioning must be a BrandPositioning; got 'dry'",
            ),
            ("pain_points", [0.5], "pain_points[0] must be a PainPoint; got 0.5"),
            ("moments", ["ad"], "moments[0] must be a MomentOfTruth; got 'ad'"),
        ],
    )
    def test_a_field_of_a_wrong_kind_is_refused(
        self, field: str, value: Any, message: str
    ) -> None:
        error = refused(lambda: plan(**{field: value}), InvalidTypeError)
        assert str(error) == message
        assert error.argument == field
        assert error.index == (None if f"{field} " in message else len(value) - 1)

    @pytest.mark.parametrize("key", [None, math.nan, np.datetime64("NaT", "s")])
    def test_a_missing_id_is_refused(self, key: object) -> None:
        error = refused(lambda: plan(id=key), MissingValueError)
        assert str(error) == "id is missing; None and NaN are no ids"
        assert error.argument == "id"

    def test_the_same_attribute_may_be_promised_for_all_places_and_for_one(
        self,
    ) -> None:
        assert [promise.touchpoint for promise in plan().promises] == [
            None,
            "product",
            "product",
        ]
        assert plan(promises=()).positioning == POSITIONING

    @pytest.mark.parametrize(
        "keys",
        [
            (1, 2, 3),
            (("crm", 1), ("crm", 2), ("web", 1)),
            tuple(uuid.UUID(int=number) for number in range(3)),
        ],
    )
    def test_ids_are_the_hosts_own(self, keys: tuple[Hashable, ...]) -> None:
        a, b, c = keys
        found = JourneyMap[Any](
            id=keys,
            stages=[PURCHASE],
            touchpoints=[
                touchpoint(key, name=name)
                for key, name in zip(keys, "abc", strict=False)
            ],
            order=[[a, c], [b, c]],
            moments=[MomentOfTruth(touchpoint=c, kind="first")],
        )
        assert found.order == {(a, c), (b, c)}
        assert str(found).splitlines()[-1].split() == [
            "purchase",
            "purchase",
            "c",
            "a,",
            "b",
        ]
        refused(lambda: attrs.evolve(found, order=[(a, str(c))]), InvalidValueError)


class TestCopies:
    @pytest.mark.parametrize("route", COPIES)
    @pytest.mark.parametrize("value", [plan(), JourneyMap.parse("need: a > b", id=1)])
    def test_copies_are_equal_and_work(
        self, route: str, value: JourneyMap[Any]
    ) -> None:
        twin = COPIES[route](value)
        assert (twin, hash(twin)) == (value, hash(value))
        assert (str(twin), twin.to_svg()) == (str(value), value.to_svg())

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_changed_copy_differs_in_the_change(self, change: str) -> None:
        changed = CHANGES[change](order=(), id="others")
        assert (changed.id, changed.order) == ("others", frozenset())
        assert changed != plan()
        assert CHANGES["evolve"]() == plan()

    @pytest.mark.parametrize("name", [each.name for each in attrs.fields(JourneyMap)])
    def test_nothing_can_be_changed(self, name: str) -> None:
        fixed: Any = plan()
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(fixed, name, None)

    @pytest.mark.parametrize("name", [each.name for each in attrs.fields(JourneyMap)])
    def test_every_field_counts_for_equality(self, name: str) -> None:
        others: dict[str, Any] = {
            "id": "others",
            "stages": [NEED, PURCHASE, USE, DEFAULT_STAGES[-1]],
            "touchpoints": PLACES[::-1],
            "positioning": attrs.evolve(POSITIONING, offer="a fair price"),
        }
        assert plan(**{name: others.get(name, ())}) != plan()

    def test_an_order_longer_than_one_hash_bucket_has_one_hash(self) -> None:
        places = [touchpoint(key) for key in range(40)]
        pairs = [*itertools.combinations(range(40), 2)]
        one, other = (
            plan(
                touchpoints=places, order=order, promises=(), pain_points=(), moments=()
            )
            for order in (pairs, pairs[::-1])
        )
        assert (one, hash(one)) == (other, hash(other))


def ranks(found: JourneyMap[Any]) -> list[int]:
    return [found.stages.index(each.stage) for each in found.touchpoints]


@st.composite
def designs(draw: st.DrawFn) -> JourneyMap[Any]:
    """Draw a map whose touchpoints stand in any order, with an order without cycle."""
    stages = draw(st.permutations([NEED, PURCHASE, USE]))
    places = draw(st.lists(st.sampled_from(stages), max_size=6))
    pairs = [*itertools.combinations(draw(st.permutations(range(len(places)))), 2)]
    return JourneyMap(
        id=1,
        stages=stages,
        touchpoints=[touchpoint(key, stage) for key, stage in enumerate(places)],
        order=draw(st.lists(st.sampled_from(pairs))) if pairs else (),
    )


class TestGrowth:
    @given(designs(), st.sampled_from([NEED, PURCHASE, USE]))
    def test_a_new_touchpoint_stands_behind_its_own_and_earlier_stages(
        self, found: JourneyMap[Any], stage: Stage
    ) -> None:
        new = touchpoint("new", stage)
        grown = found.with_touchpoint(new)
        place = grown.touchpoints.index(new)
        assert grown.touchpoints[:place] == found.touchpoints[:place]
        assert grown.touchpoints[place + 1 :] == found.touchpoints[place:]
        own = found.stages.index(stage)
        assert all(rank > own for rank in ranks(grown)[place + 1 :])
        assert place == 0 or ranks(grown)[place - 1] <= own
        assert attrs.evolve(grown, touchpoints=found.touchpoints) == found

    @given(designs(), st.lists(st.sampled_from([NEED, PURCHASE, USE]), max_size=4))
    def test_the_order_stays_acyclic_however_a_map_grows(
        self, found: JourneyMap[Any], stages: list[Stage]
    ) -> None:
        grown = found
        for number, stage in enumerate(stages):
            grown = grown.with_touchpoint(touchpoint(f"new {number}", stage))
        assert grown.order == found.order
        sorter = TopologicalSorter[Any]()
        for earlier, later in grown.order:
            sorter.add(later, earlier)
        rank = {key: number for number, key in enumerate(sorter.static_order())}
        assert all(rank[earlier] < rank[later] for earlier, later in grown.order)

    @given(st.lists(st.sampled_from([NEED, PURCHASE, USE]), max_size=6))
    def test_touchpoint_by_touchpoint_and_all_at_once_give_the_same(
        self, stages: list[Stage]
    ) -> None:
        new = [touchpoint(str(number), stage) for number, stage in enumerate(stages)]
        grown = JourneyMap[Any](id=1, stages=[NEED, PURCHASE, USE], touchpoints=[])
        for each in new:
            grown = grown.with_touchpoint(each)
        at_once = sorted(new, key=lambda each: [NEED, PURCHASE, USE].index(each.stage))
        assert grown.touchpoints == tuple(at_once)
        assert JourneyMap.parse(grown.to_text(), id=1) == grown

    def test_the_map_itself_stays_as_it_is(self) -> None:
        before = plan()
        after = before.with_touchpoint(touchpoint("site"))
        assert before == plan()
        assert type(after) is JourneyMap
        assert [each.id for each in after.touchpoints] == [
            "ad",
            "shop",
            "checkout",
            "site",
            "product",
        ]
        assert attrs.evolve(after, touchpoints=before.touchpoints) == before

    @pytest.mark.parametrize(
        ("new", "error", "index", "message"),
        [
            (
                touchpoint("ad", USE),
                InvalidValueError,
                None,
                (
                    "touchpoint must have an id that is new to the map; got 'ad'; pass"
                    " other touchpoints to attrs.evolve to change one"
                ),
            ),
            (
                touchpoint("site", DEFAULT_STAGES[1]),
                InvalidValueError,
                None,
                (
                    "touchpoint must be in a stage of the map; got"
                    f" {shown(DEFAULT_STAGES[1])}; add the stage to the map first"
                ),
            ),
            (
                "site",
                InvalidTypeError,
                None,
                "touchpoint must be a Touchpoint; got 'site'",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, new: Any, error: type[CxmError], index: int | None, message: str
    ) -> None:
        refusal = refused(lambda: plan().with_touchpoint(new), error)
        assert str(refusal) == message
        assert refusal.index == index


class TestViews:
    def test_print_shows_a_table(self) -> None:
        found = plan(
            stages=[NEED, PURCHASE, DEFAULT_STAGES[4], USE],
            order=[*PATH, ("ad", "product")],
        )
        assert str(found).splitlines() == [
            "stage       phase          touchpoint  after",
            "need        pre-purchase   ad",
            "purchase    purchase       shop        ad",
            "purchase    purchase       checkout    shop",
            "onboarding  post-purchase",
            "use         post-purchase  product     ad, checkout",
        ]

    def test_a_table_follows_the_stages_and_names_what_has_ids(self) -> None:
        places = [touchpoint(2, USE, name="Car"), touchpoint(1, NEED, name="Ad")]
        found = JourneyMap[Any](
            id=1, stages=[NEED, USE], touchpoints=places, order=[(1, 2)]
        )
        assert [line.split()[2:] for line in str(found).splitlines()[1:]] == [
            ["Ad"],
            ["Car", "Ad"],
        ]

    def test_the_repr_counts_what_is_long(self) -> None:
        assert repr(JourneyMap.parse("need: a\nuse: b > c", id="x")) == (
            "JourneyMap(id='x', stages=<2 stages>, touchpoints=<3 touchpoints>,"
            " order=<1 pair>, promises=<0 promises>, positioning=None,"
            " pain_points=<0 pain points>, moments=<0 moments>)"
        )

    def test_mermaid_draws_frames_boxes_and_arrows(self) -> None:
        found = JourneyMap[Any](
            id=1,
            stages=[NEED, Stage('say "hi"', Phase.PURCHASE), USE],
            touchpoints=[
                touchpoint("product", USE, name="Wagen (neu) 車"),
                touchpoint("ad", NEED, name="ad's #1 <b>&amp;"),
                touchpoint("friend", NEED, name="mother-in-law/friend_2"),
            ],
            order=[("friend", "product"), ("ad", "friend")],
        )
        assert found.to_mermaid().splitlines() == [
            "flowchart LR",
            '  subgraph s0["need"]',
            '    t1["ad\'s #35;1 #60;b#62;#38;amp#59;"]',
            '    t2["mother-in-law/friend_2"]',
            "  end",
            '  subgraph s1["say #34;hi#34;"]',
            "  end",
            '  subgraph s2["use"]',
            '    t0["Wagen #40;neu#41; 車"]',
            "  end",
            "  t1 --> t2",
            "  t2 --> t0",
        ]

    @given(st.text(min_size=1).filter(str.strip))
    def test_no_name_breaks_out_of_its_label_in_mermaid(self, name: str) -> None:
        found = JourneyMap[Any](
            id=1, stages=[NEED], touchpoints=[touchpoint(1, NEED, name=name)]
        )
        _, _, box, _ = found.to_mermaid().split("\n")
        label = box.removeprefix('    t0["').removesuffix('"]')
        assert not {*label} & {*'"[]<>{}|\\`\r\t'}
        read = "".join(
            chr(int(part[1:])) if part.startswith("#") else part
            for part in label.replace("#", ";#").split(";")
        )
        assert read == name

    def test_boxes_stand_in_their_stages_and_say_what_they_are(self) -> None:
        rich = touchpoint(
            "shop",
            name="Shop",
            channel="branch",
            owner=Owner.PARTNER,
            medium=Medium.HUMAN,
            dimensions=ExperienceDimension,
            attributes=["dry", "cheap"],
        )
        found = plan(
            touchpoints=[PLACES[0], rich, *PLACES[2:]],
            pain_points=[
                pain("checkout", 0.75, "asks for a fax"),
                pain("checkout", 0.25),
            ],
        )
        svg = ET.fromstring(found.to_svg())  # noqa: S314  our own output
        assert svg.attrib["aria-label"] == "Journey map nappies"
        boxes = svg.findall(f"{SVG}g")
        plain = "medium: digital, owner: brand, for: transaction"
        assert [box.findtext(f"{SVG}title") for box in boxes] == [
            f"ad, {plain}",
            (
                "Shop, channel: branch, medium: human, owner: partner, for: brand, for:"
                " relationship, for: transaction, shows: cheap, shows: dry, moment of"
                " truth: first"
            ),
            f"checkout, {plain}, pain 0.75: asks for a fax, pain 0.25",
            f"product, {plain}",
        ]
        assert [box.find(f"{SVG}path") is not None for box in boxes] == [
            False,
            True,
            False,
            False,
        ]
        lefts = [box.find(f"{SVG}rect") for box in boxes]
        columns = [rect is not None and rect.attrib["x"] for rect in lefts]
        assert columns == ["0", "122", "122", "244"]
        said = [text.text for text in svg.findall(f"{SVG}text")]
        assert said == [
            "Journey map nappies",
            "pre-purchase",
            "purchase",
            "post-purchase",
            "need",
            "purchase",
            "use",
            "◆ moment of truth",
            "● pain point; a larger one hurts more",
        ]
        assert len(svg.findall(f"{SVG}path[@fill='none']")) == len(PATH)

    @pytest.mark.parametrize("severities", [(0.25, 0.75), (0.75, 0.25)])
    def test_the_worst_of_several_pains_is_drawn(
        self, severities: tuple[float, ...]
    ) -> None:
        found = plan(pain_points=[pain("ad", severity) for severity in severities])
        svg = ET.fromstring(found.to_svg())  # noqa: S314  our own output
        assert [mark.attrib["r"] for mark in svg.iter(f"{SVG}circle")] == ["6.75"]

    def test_a_notebook_shows_the_drawing(self) -> None:
        assert plan()._repr_html_() == plan().to_svg()
