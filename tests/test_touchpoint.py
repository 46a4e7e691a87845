"""Where can the brand be experienced? Stages, touchpoints, pain points, moments."""

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

import cxmkit.journey
import cxmkit.touchpoint
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)
from cxmkit.experience import ExperienceDimension
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

BRAND = ExperienceDimension.BRAND
TRANSACTION = ExperienceDimension.TRANSACTION
USE = Stage("use", Phase.POST_PURCHASE)
BLANK = "have at least one visible character; got"
LEVEL = "be between 0 and 1; got"


def touchpoint(**fields: Any) -> Touchpoint[str]:
    given: dict[str, Any] = {"id": "shop", "name": "Shop", "stage": USE}
    return Touchpoint(**(given | fields))


def pain(**fields: Any) -> PainPoint[str]:
    given: dict[str, Any] = {"touchpoint": "checkout", "severity": 0.7}
    return PainPoint(**(given | fields))


def moment(**fields: Any) -> MomentOfTruth[str]:
    given: dict[str, Any] = {"touchpoint": "shelf", "kind": "first"}
    return MomentOfTruth(**(given | fields))


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def test_the_module_exports_what_the_contract_names() -> None:
    assert cxmkit.touchpoint.__all__ == [
        "DEFAULT_STAGES",
        "Medium",
        "MomentOfTruth",
        "Owner",
        "PainPoint",
        "Phase",
        "Stage",
        "Touchpoint",
    ]


@pytest.mark.parametrize("name", cxmkit.touchpoint.__all__)
def test_the_module_of_journeys_exports_the_same_things(name: str) -> None:
    assert getattr(cxmkit.journey, name) is getattr(cxmkit.touchpoint, name)
    assert name in cxmkit.journey.__all__


class TestStagesAndPhases:
    def test_the_values_of_the_enums_never_change(self) -> None:
        enums = (Phase, Owner, Medium)
        assert {e.__name__: {m.name: m.value for m in e} for e in enums} == {
            "Phase": {
                "PRE_PURCHASE": "pre-purchase",
                "PURCHASE": "purchase",
                "POST_PURCHASE": "post-purchase",
            },
            "Owner": {
                "BRAND": "brand",
                "PARTNER": "partner",
                "CUSTOMER": "customer",
                "SOCIAL": "social",
            },
            "Medium": {
                "HUMAN": "human",
                "DIGITAL": "digital",
                "PRODUCT": "product",
                "COMMUNICATION": "communication",
                "ENVIRONMENT": "environment",
                "PEER": "peer",
            },
        }

    @pytest.mark.parametrize("enum", [Phase, Owner, Medium])
    def test_an_unknown_code_is_refused_with_those_there_are(
        self, enum: type[Phase | Owner | Medium]
    ) -> None:
        error = refused(lambda: enum("none"), InvalidValueError)
        codes = ", ".join(repr(member.value) for member in enum)
        assert str(error) == f"{enum.__name__} must be one of {codes}; got 'none'"
        assert (error.argument, error.value) == (enum.__name__, "none")

    def test_phases_are_ordered_by_position(self) -> None:
        order = [Phase.PRE_PURCHASE, Phase.PURCHASE, Phase.POST_PURCHASE]
        assert sorted([order[2], order[0], order[1]]) == order
        for (i, one), (j, other) in itertools.product(enumerate(order), repeat=2):
            assert (one < other, one <= other) == (i < j, i <= j)
            assert (one > other, one >= other) == (i > j, i >= j)

    def test_a_phase_has_no_order_with_anything_else(self) -> None:
        with pytest.raises(TypeError, match="'<' not supported"):
            Phase.PURCHASE < "use"  # noqa: B015

    def test_owners_and_media_have_no_order(self) -> None:
        for one, other in ((Owner.BRAND, Owner.SOCIAL), (Medium.HUMAN, Medium.PEER)):
            with pytest.raises(TypeError, match="'<' not supported"):
                one < other  # type: ignore[operator]  # noqa: B015

    def test_the_default_stages_lead_from_need_to_farewell(self) -> None:
        pre, post = Phase.PRE_PURCHASE, Phase.POST_PURCHASE
        assert [(stage.name, stage.phase) for stage in DEFAULT_STAGES] == [
            ("need", pre),
            ("research", pre),
            ("consideration", pre),
            ("purchase", Phase.PURCHASE),
            ("onboarding", post),
            ("use", post),
            ("support", post),
            ("advocacy", post),
            ("farewell", post),
        ]

    def test_a_stage_is_a_value(self) -> None:
        assert Stage("use", Phase.POST_PURCHASE) in set(DEFAULT_STAGES)
        assert Stage("use", Phase.PURCHASE) not in set(DEFAULT_STAGES)

    @pytest.mark.parametrize(
        ("name", "phase", "error", "message"),
        [
            ("", Phase.PURCHASE, InvalidValueError, f"name must {BLANK} ''"),
            (" \t", Phase.PURCHASE, InvalidValueError, f"name must {BLANK} ' \\t'"),
            (None, Phase.PURCHASE, InvalidTypeError, "name must be a str; got None"),
            (
                "use",
                "purchase",
                InvalidTypeError,
                (
                    "phase must be a Phase; got 'purchase'; pass Phase(...) of one of"
                    " 'pre-purchase', 'purchase', 'post-purchase'"
                ),
            ),
        ],
    )
    def test_what_is_no_stage_is_refused(
        self, name: Any, phase: Any, error: type[CxmError], message: str
    ) -> None:
        refusal = refused(lambda: Stage(name, phase), error)
        assert str(refusal) == message
        assert refusal.argument == message.split(maxsplit=1)[0]
        assert refusal.value == {"name": name, "phase": phase}[refusal.argument]


class TestTouchpoint:
    def test_most_fields_have_a_default(self) -> None:
        shop = touchpoint()
        assert shop.channel is None
        assert shop.owner is Owner.BRAND
        assert shop.medium is Medium.DIGITAL
        assert shop.dimensions == frozenset({TRANSACTION})
        assert shop.attributes == frozenset()
        assert (shop.importance, shop.expected) == (None, None)

    def test_collections_become_frozensets(self) -> None:
        shop = touchpoint(dimensions=[BRAND, BRAND], attributes=["soft", "dry"])
        assert shop.dimensions == frozenset({BRAND})
        assert shop.attributes == frozenset({"soft", "dry"})
        assert isinstance(shop.dimensions, frozenset)
        assert isinstance(shop.attributes, frozenset)

    def test_levels_become_floats(self) -> None:
        shop = touchpoint(importance=0, expected=1)
        assert (shop.importance, shop.expected) == (0.0, 1.0)
        assert type(shop.importance) is type(shop.expected) is float

    @pytest.mark.parametrize(
        ("field", "value", "error", "message"),
        [
            ("id", [1], InvalidTypeError, "must be hashable; got [1]"),
            ("name", " ", InvalidValueError, f"must {BLANK} ' '"),
            ("name", 3, InvalidTypeError, "must be a str; got 3"),
            ("stage", "use", InvalidTypeError, "must be a Stage; got 'use'"),
            ("channel", "", InvalidValueError, f"must {BLANK} ''"),
            ("channel", 3, InvalidTypeError, "must be a str; got 3"),
            (
                "owner",
                "brand",
                InvalidTypeError,
                (
                    "must be an Owner; got 'brand'; pass Owner(...) of one of 'brand',"
                    " 'partner', 'customer', 'social'"
                ),
            ),
            (
                "medium",
                None,
                InvalidTypeError,
                (
                    "must be a Medium; got None; pass Medium(...) of one of 'human',"
                    " 'digital', 'product', 'communication', 'environment', 'peer'"
                ),
            ),
            (
                "dimensions",
                frozenset(),
                InvalidValueError,
                (
                    "must hold at least one dimension; got frozenset(); leave it out"
                    " for a touchpoint of transactions"
                ),
            ),
            (
                "dimensions",
                "brand",
                InvalidTypeError,
                "must be a series of ExperienceDimension; got 'brand'",
            ),
            (
                "attributes",
                "soft",
                InvalidTypeError,
                "must be a series of str; got 'soft'",
            ),
            (
                "attributes",
                [["soft"]],
                InvalidTypeError,
                "must be a series of str; got [['soft']]",
            ),
            ("importance", 1.1, InvalidValueError, f"must {LEVEL} 1.1"),
            ("importance", -0.1, InvalidValueError, f"must {LEVEL} -0.1"),
            ("importance", True, InvalidTypeError, "must be a number; got True"),
            ("expected", 5, InvalidValueError, f"must {LEVEL} 5"),
            ("expected", -1, InvalidValueError, f"must {LEVEL} -1"),
            ("expected", "1", InvalidTypeError, "must be a number; got '1'"),
            (
                "expected",
                math.inf,
                InvalidValueError,
                "must be a finite number; got inf",
            ),
        ],
    )
    def test_a_wrong_field_is_refused_by_name(
        self, field: str, value: Any, error: type[CxmError], message: str
    ) -> None:
        refusal = refused(lambda: touchpoint(**{field: value}), error)
        assert str(refusal) == f"{field} {message}"
        assert (refusal.argument, refusal.index) == (field, None)
        assert refusal.value == value

    @pytest.mark.parametrize(
        ("fields", "error", "value", "message"),
        [
            (
                {"dimensions": {"brand"}},
                InvalidTypeError,
                "brand",
                (
                    "dimensions must be an ExperienceDimension; got 'brand'; pass"
                    " ExperienceDimension(...) of one of 'brand', 'relationship',"
                    " 'transaction'"
                ),
            ),
            (
                {"attributes": {3}},
                InvalidTypeError,
                3,
                "attributes must be a str; got 3",
            ),
            (
                {"attributes": ["soft", " "]},
                InvalidValueError,
                " ",
                f"attributes must hold texts with{BLANK.removeprefix('have')} ' '",
            ),
        ],
    )
    def test_a_wrong_member_is_refused(
        self, fields: dict[str, Any], error: type[CxmError], value: Any, message: str
    ) -> None:
        refusal = refused(lambda: touchpoint(**fields), error)
        assert str(refusal) == message
        assert refusal.argument == message.split(maxsplit=1)[0]
        assert (refusal.index, refusal.value) == (None, value)

    def test_evolve_passes_through_the_same_checks(self) -> None:
        refused(lambda: attrs.evolve(touchpoint(), dimensions=()), InvalidValueError)
        refused(lambda: attrs.evolve(touchpoint(), attributes=[""]), InvalidValueError)


class TestPainPointsAndMoments:
    def test_a_pain_point_needs_no_note(self) -> None:
        assert attrs.astuple(pain()) == ("checkout", 0.7, "")
        assert pain(note="asks for a fax number").note == "asks for a fax number"

    @pytest.mark.parametrize("severity", [0, 1, np.float32(0.5)])
    def test_a_severity_becomes_a_float(self, severity: Any) -> None:
        assert pain(severity=severity).severity == severity
        assert type(pain(severity=severity).severity) is float

    def test_a_moment_of_truth_is_of_a_kind(self) -> None:
        assert (moment().touchpoint, moment().kind) == ("shelf", "first")

    def test_all_fields_go_by_name(self) -> None:
        kinds: list[Any] = [Touchpoint, PainPoint, MomentOfTruth]
        for kind in kinds:
            with pytest.raises(TypeError, match="takes 1 positional argument"):
                kind("checkout", "first")

    @pytest.mark.parametrize(
        ("build", "field", "value", "error", "message"),
        [
            (pain, "touchpoint", {}, InvalidTypeError, "must be hashable; got {}"),
            (pain, "severity", 1.01, InvalidValueError, f"must {LEVEL} 1.01"),
            (pain, "severity", -0.01, InvalidValueError, f"must {LEVEL} -0.01"),
            (pain, "severity", None, InvalidTypeError, "must be a number; got None"),
            (pain, "severity", "1", InvalidTypeError, "must be a number; got '1'"),
            (pain, "note", None, InvalidTypeError, "must be a str; got None"),
            (moment, "touchpoint", [1], InvalidTypeError, "must be hashable; got [1]"),
            (moment, "kind", "\n", InvalidValueError, f"must {BLANK} '\\n'"),
            (moment, "kind", 1, InvalidTypeError, "must be a str; got 1"),
        ],
    )
    def test_a_wrong_field_is_refused_by_name(
        self,
        build: Callable[..., object],
        field: str,
        value: Any,
        error: type[CxmError],
        message: str,
    ) -> None:
        refusal = refused(lambda: build(**{field: value}), error)
        assert str(refusal) == f"{field} {message}"
        assert (refusal.argument, refusal.index) == (field, None)
        assert refusal.value == value


@pytest.mark.parametrize("key", [None, math.nan, np.datetime64("NaT", "s")])
@pytest.mark.parametrize(
    ("build", "field"),
    [(touchpoint, "id"), (pain, "touchpoint"), (moment, "touchpoint")],
)
def test_a_missing_id_is_refused(
    build: Callable[..., object], field: str, key: object
) -> None:
    refusal = refused(lambda: build(**{field: key}), MissingValueError)
    assert str(refusal) == f"{field} is missing; None and NaN are no ids"
    assert (refusal.argument, refusal.index) == (field, None)


OBJECTS = [
    USE,
    touchpoint(attributes=["soft"], importance=0.5),
    pain(note="asks for a fax number"),
    moment(),
]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [*OBJECTS, *Phase, *Owner, *Medium])
def test_everything_survives_a_pickle(value: object, protocol: int) -> None:
    assert pickle.loads(pickle.dumps(value, protocol)) == value  # noqa: S301


@pytest.mark.parametrize("value", OBJECTS)
def test_copies_are_equal_and_values_can_be_keys(value: Any) -> None:
    for twin in (copy.copy(value), copy.deepcopy(value), attrs.evolve(value)):
        assert twin == value
        assert hash(twin) == hash(value)


@pytest.mark.parametrize("value", OBJECTS)
def test_nothing_can_be_changed(value: Any) -> None:
    name = attrs.fields(type(value))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, None)
