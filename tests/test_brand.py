"""What was promised? Positionings, promises, and the gaps between four levels."""

import copy
import itertools
import math
import pickle
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit.brand
from cxmkit.brand import (
    BrandPositioning,
    PositioningAttribute,
    Promise,
    ServiceQuality,
)
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

LEVELS = ("expected", "promised", "delivered", "perceived")
GAPS = {
    "disconfirmation": ("perceived", "expected"),
    "kept": ("perceived", "promised"),
    "coverage": ("delivered", "promised"),
    "recognition": ("perceived", "delivered"),
}


def attribute(**fields: Any) -> PositioningAttribute:
    given: dict[str, Any] = {"name": "dry", "target": 0.75}
    return PositioningAttribute(**(given | fields))


def positioning(**fields: Any) -> BrandPositioning:
    given: dict[str, Any] = {
        "brand": "nappies",
        "offer": "dry nights at a fair price",
        "audience": "families with small children",
        "attributes": [attribute(), attribute(name="cheap", weight=3)],
    }
    return BrandPositioning(**(given | fields))


def promise(**fields: Any) -> Promise:
    given: dict[str, Any] = {"attribute": "dry", "level": 0.5, "touchpoint": "shop"}
    return Promise(**(given | fields))


def quality(**fields: Any) -> ServiceQuality:
    given: dict[str, Any] = {"attribute": "dry", "touchpoint": "at home"}
    return ServiceQuality(**(given | fields))


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def by_constructor(value: Any, **changes: Any) -> Any:
    kept = {f.name: getattr(value, f.name) for f in attrs.fields(type(value))}
    return type(value)(**(kept | changes))


def pickled(value: Any, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))  # noqa: S301  our own


# All ways by which an object can come about; none of them may get round an invariant.
COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "evolve": attrs.evolve,
    "constructor": by_constructor,
    **{
        f"pickle {protocol}": partial(pickled, protocol=protocol)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}
OBJECTS = [
    attribute(),
    positioning(),
    promise(),
    quality(expected=0.75, promised=1, delivered=0.5, perceived=0.25),
]
every_object = pytest.mark.parametrize("value", OBJECTS, ids=lambda v: type(v).__name__)
every_copy = pytest.mark.parametrize("route", COPIES)


def test_the_module_exports_what_the_contract_names() -> None:
    assert cxmkit.brand.__all__ == [
        "BrandPositioning",
        "PositioningAttribute",
        "Promise",
        "ServiceQuality",
    ]


# What all objects have in common


@every_copy
@every_object
def test_copies_are_equal_and_have_the_same_hash(value: Any, route: str) -> None:
    twin = COPIES[route](value)
    assert twin == value
    assert hash(twin) == hash(value)
    assert type(twin) is type(value)


@every_object
def test_no_field_is_left_out_of_the_comparison(value: Any) -> None:
    texts = ("name", "brand", "offer", "audience", "attribute", "touchpoint")
    others: dict[str, Any] = dict.fromkeys(texts, "other")
    others["attributes"] = [attribute()]
    for field in attrs.fields(type(value)):
        other = attrs.evolve(value, **{field.name: others.get(field.name, 0.125)})
        assert other != value, field.name


@every_object
def test_nothing_can_be_changed(value: Any) -> None:
    for field in attrs.fields(type(value)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, field.name, None)


@every_object
def test_fields_are_passed_by_name(value: Any) -> None:
    with pytest.raises(TypeError, match="positional"):
        type(value)("dry", 0.5)


WRONG_TEXTS: list[tuple[Any, type[CxmError], str]] = [
    (" ", InvalidValueError, "{} must have at least one visible character; got ' '"),
    (7, InvalidTypeError, "{} must be a str; got 7"),
    (None, InvalidTypeError, "{} must be a str; got None"),
]
WRONG_LEVELS: list[tuple[Any, type[CxmError], str]] = [
    (-0.01, InvalidValueError, "{} must be between 0 and 1; got -0.01"),
    (1.01, InvalidValueError, "{} must be between 0 and 1; got 1.01"),
    (math.nan, InvalidValueError, "{} must be a finite number; got nan"),
    (math.inf, InvalidValueError, "{} must be a finite number; got inf"),
    ("0.5", InvalidTypeError, "{} must be a number; got '0.5'"),
    (True, InvalidTypeError, "{} must be a number; got True"),
]
NO_LEVEL: tuple[Any, type[CxmError], str] = (
    None,
    InvalidTypeError,
    "{} must be a number; got None",
)
UNHASHABLE: tuple[Any, type[CxmError], str] = (
    [7],
    InvalidTypeError,
    "{} must be hashable; got [7]",
)
MISSING: tuple[Any, type[CxmError], str] = (None, MissingValueError, "{} is missing")
ABOVE_0 = "{} must be above 0; got %s; leave the attribute out if it does not count"
FIELDS: list[tuple[Any, str, list[tuple[Any, type[CxmError], str]]]] = [
    (attribute(), "name", WRONG_TEXTS),
    (attribute(), "target", [*WRONG_LEVELS, NO_LEVEL]),
    (attribute(), "tolerance", [*WRONG_LEVELS, NO_LEVEL]),
    (
        attribute(),
        "weight",
        [
            (0, InvalidValueError, ABOVE_0 % 0),
            (-1, InvalidValueError, ABOVE_0 % -1),
            (math.nan, InvalidValueError, "{} must be a finite number; got nan"),
            (math.inf, InvalidValueError, "{} must be a finite number; got inf"),
            ("1", InvalidTypeError, "{} must be a number; got '1'"),
            NO_LEVEL,
        ],
    ),
    (positioning(), "brand", [UNHASHABLE, MISSING]),
    (positioning(), "offer", WRONG_TEXTS),
    (positioning(), "audience", WRONG_TEXTS),
    (
        positioning(),
        "attributes",
        [
            (None, InvalidTypeError, "{} must be a series of PositioningAttribute;"),
            ("dry", InvalidTypeError, "{} must be a series of PositioningAttribute;"),
            (["dry"], InvalidTypeError, "{}[0] must be a PositioningAttribute; got"),
            (
                (),
                InvalidValueError,
                (
                    "{} must hold at least one attribute; got (); name what the brand"
                    " stands for, and to which level"
                ),
            ),
            (
                [attribute(name="x"), attribute(), attribute(target=0.5)],
                InvalidValueError,
                (
                    "{}[2] must not repeat the name of attributes[1]; got 'dry'; give"
                    " one target per attribute"
                ),
            ),
        ],
    ),
    (promise(), "attribute", WRONG_TEXTS),
    (promise(), "level", [*WRONG_LEVELS, NO_LEVEL]),
    (promise(), "touchpoint", [UNHASHABLE]),
    (quality(), "attribute", WRONG_TEXTS),
    (quality(), "touchpoint", [UNHASHABLE, MISSING]),
    *((quality(), level, WRONG_LEVELS) for level in LEVELS),
]
CASES = [
    pytest.param(value, field, *case, id=f"{type(value).__name__}.{field} {number}")
    for value, field, cases in FIELDS
    for number, case in enumerate(cases)
]


@every_copy
@pytest.mark.parametrize(("value", "field", "wrong", "error", "message"), CASES)
def test_no_way_leads_round_an_invariant(
    *,
    value: Any,
    field: str,
    wrong: Any,
    error: type[CxmError],
    message: str,
    route: str,
) -> None:
    change = by_constructor if route == "constructor" else attrs.evolve
    refusal = refused(lambda: change(COPIES[route](value), **{field: wrong}), error)
    assert refusal.argument == field
    assert str(refusal).startswith(message.format(field))
    index = str(refusal).split(" ")[0].removeprefix(field).strip("[]")
    assert refusal.index == (int(index) if index else None)
    if not isinstance(wrong, list):
        assert refusal.value == wrong or wrong != wrong  # noqa: PLR0124  NaN


# Positionings


def test_only_name_and_target_of_an_attribute_must_be_said() -> None:
    dry = PositioningAttribute(name="dry", target=1)
    assert (dry.tolerance, dry.weight) == (0.1, 1.0)


@pytest.mark.parametrize("number", [np.float32(0.5), Decimal("0.5"), np.array(0.5)])
def test_numbers_of_any_kind_become_floats(number: Any) -> None:
    dry = attribute(target=number, tolerance=number, weight=number)
    assert (dry.target, dry.tolerance, dry.weight) == (0.5,) * 3
    row = quality(**dict.fromkeys(LEVELS, number))
    numbers = [dry.target, dry.tolerance, dry.weight, promise(level=number).level]
    numbers += [getattr(row, level) for level in LEVELS]
    assert all(type(each) is float and each == 0.5 for each in numbers)


@pytest.mark.parametrize("end", [0, 1])
def test_the_ends_of_a_range_belong_to_it(end: int) -> None:
    dry = attribute(target=end, tolerance=end)
    assert (dry.target, dry.tolerance) == (end, end)
    assert promise(level=end).level == end
    for level in LEVELS:
        assert getattr(quality(**{level: end}), level) == end


def test_a_weight_may_be_as_small_as_can_be() -> None:
    assert attribute(weight=math.nextafter(0, 1)).weight > 0


def test_attributes_of_any_series_keep_their_order() -> None:
    named = [attribute(name=name) for name in ("z", "a", "m")]
    assert positioning(attributes=iter(named)).attributes == tuple(named)
    assert positioning(attributes=named) != positioning(attributes=named[::-1])


@pytest.mark.parametrize("key", [7, ("crm", 7), "nappies"])
def test_ids_of_the_host_are_kept_as_they_are(key: Any) -> None:
    assert positioning(brand=key).brand is key
    assert promise(touchpoint=key).touchpoint is key
    assert quality(touchpoint=key).touchpoint is key


weights = st.lists(st.floats(0, exclude_min=True, allow_infinity=False), min_size=1)


def weighted(given: list[float]) -> BrandPositioning:
    named = [attribute(name=str(i), weight=w) for i, w in enumerate(given)]
    return positioning(attributes=named)


class TestWeights:
    def test_they_are_kept_as_given_and_normalised_when_read(self) -> None:
        brand = positioning()
        assert [each.weight for each in brand.attributes] == [1, 3]
        assert brand.weights == {"dry": 0.25, "cheap": 0.75}
        assert list(brand.weights) == ["dry", "cheap"]
        assert {type(share) for share in brand.weights.values()} == {float}

    def test_what_is_done_to_them_leaves_the_positioning_alone(self) -> None:
        brand = positioning()
        brand.weights.clear()
        assert brand.weights == {"dry": 0.25, "cheap": 0.75}

    @given(weights)
    def test_they_add_up_to_one(self, given: list[float]) -> None:
        shares = list(weighted(given).weights.values())
        assert math.fsum(shares) == pytest.approx(1, rel=1e-15)
        assert all(0 <= share <= 1 for share in shares)

    @given(weights)
    def test_they_keep_the_order_of_the_weights(self, given: list[float]) -> None:
        shares = list(weighted(given).weights.values())
        for (one, share), (other, more) in itertools.permutations(
            zip(given, shares, strict=True), 2
        ):
            assert share <= more or one > other

    @given(st.lists(st.floats(1e-9, 1e9), min_size=1), st.integers(-99, 99))
    def test_their_unit_does_not_matter(self, given: list[float], power: int) -> None:
        scaled = [math.ldexp(weight, power) for weight in given]
        assert weighted(scaled).weights == weighted(given).weights

    def test_the_largest_numbers_do_not_overflow(self) -> None:
        assert weighted([1.7e308] * 4).weights == dict.fromkeys("0123", 0.25)


# Promises and gaps


def test_a_promise_may_be_given_for_all_touchpoints() -> None:
    assert Promise(attribute="dry", level=1).touchpoint is None


levels = st.none() | st.floats(0, 1)


class TestServiceQuality:
    def test_every_level_may_be_unknown(self) -> None:
        row = ServiceQuality(attribute="dry", touchpoint="at home")
        assert [getattr(row, level) for level in LEVELS] == [None] * 4

    def test_each_gap_is_that_of_its_own_levels(self) -> None:
        row = quality(expected=0.5, promised=1, delivered=0.75, perceived=0.625)
        assert row.disconfirmation == 0.125
        assert row.kept == -0.375
        assert row.coverage == -0.25
        assert row.recognition == -0.125

    @given(st.fixed_dictionaries(dict.fromkeys(LEVELS, levels)))
    def test_a_gap_of_an_unknown_is_unknown(
        self, drawn: dict[str, float | None]
    ) -> None:
        row = quality(**drawn)
        for gap, (level, against) in GAPS.items():
            one, other = getattr(row, level), getattr(row, against)
            found = getattr(row, gap)
            if one is None or other is None:
                assert found is None
            else:
                assert found == one - other
                assert -1 <= found <= 1
                assert (found < 0) == (one < other)

    @pytest.mark.parametrize("gap", GAPS)
    def test_zero_is_known(self, gap: str) -> None:
        level, against = GAPS[gap]
        assert getattr(quality(**{level: 0, against: 0.5}), gap) == -0.5
        assert getattr(quality(**{level: 0.5, against: 0}), gap) == 0.5
        assert getattr(quality(**{level: 0, against: 0}), gap) == 0

    @given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
    def test_a_promise_is_broken_in_the_delivery_or_in_what_is_seen_of_it(
        self, promised: float, delivered: float, perceived: float
    ) -> None:
        row = quality(promised=promised, delivered=delivered, perceived=perceived)
        assert row.coverage is not None
        assert row.recognition is not None
        assert row.kept == pytest.approx(row.coverage + row.recognition, abs=1e-15)


def test_objects_become_plain_data() -> None:
    plain = attrs.asdict(positioning())
    plain["attributes"] = [PositioningAttribute(**each) for each in plain["attributes"]]
    assert BrandPositioning(**plain) == positioning()
    row = OBJECTS[3]
    assert isinstance(row, ServiceQuality)
    assert ServiceQuality(**attrs.asdict(row)) == row
