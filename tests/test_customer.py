"""Who? References, parties, needs, relationships in episodes."""

import copy
import itertools
import math
import pickle
import uuid
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit.customer
from cxmkit.customer import (
    Customer,
    Episode,
    Membership,
    Need,
    NeedNature,
    NeedOrigin,
    PartyKind,
    Ref,
    Relationship,
    Segment,
    Stakeholder,
    Standing,
    need_coverage,
)
from cxmkit.errors import (
    CxmError,
    EmptySampleError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

IDS: list[Hashable] = [7, "a-7", ("crm", 7), uuid.UUID(int=7), b"8", frozenset({7})]
MOTHER, NAPPIES = Ref("stakeholder", 7), Ref("brand", "nappies")
START = datetime(2020, 3, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
NAIVE = datetime(2020, 3, 1)  # noqa: DTZ001  what must be refused
ECONOMIC, EMOTIONAL, SOCIAL = NeedNature


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def need(**fields: Any) -> Need[Any]:
    given: dict[str, Any] = {
        "id": "sleep",
        "statement": "dry nights",
        "motivation": "work begins at six",
        "nature": EMOTIONAL,
        "met": 0.5,
    }
    return Need(**(given | fields))


def membership(**fields: Any) -> Membership[int]:
    given: dict[str, Any] = {"segment": 3, "since": hour(0), "until": hour(9)}
    return Membership(**(given | fields))


def customer(**fields: Any) -> Customer[int]:
    given: dict[str, Any] = {
        "id": 7,
        "kind": PartyKind.HOUSEHOLD,
        "roles": {"member"},
        "needs": [need()],
        "memberships": [membership()],
    }
    return Customer(**(given | fields))


def relationship(*spans: tuple[int, int | None], **fields: Any) -> Relationship[int]:
    """Return a relationship with episodes given in hours."""
    given: dict[str, Any] = {
        "id": 1,
        "a": MOTHER,
        "b": NAPPIES,
        "role_a": "customer",
        "role_b": "supplier",
        "episodes": [
            Episode(start=hour(start), end=None if end is None else hour(end))
            for start, end in spans
        ],
    }
    return Relationship(**(given | fields))


def refused(build: Callable[[], object], error: type[CxmError]) -> CxmError:
    with pytest.raises(error) as refusal:
        build()
    assert type(refusal.value) is error
    return refusal.value


def by_constructor(value: Any, **changes: Any) -> Any:
    kept = {
        field.name: getattr(value, field.name) for field in attrs.fields(type(value))
    }
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
    Ref("stakeholder", ("crm", 7)),
    need(),
    Segment(id=3, name="families", basis="occasion"),
    membership(),
    Stakeholder(id=9, kind=PartyKind.THING, roles={"machine"}),
    customer(),
    Episode(start=hour(0), end=hour(1)),
    relationship((0, 2), (2, 4), (8, None)),
]
every_object = pytest.mark.parametrize("value", OBJECTS, ids=lambda v: type(v).__name__)
every_copy = pytest.mark.parametrize("route", COPIES)


def test_the_module_exports_what_the_contract_names() -> None:
    assert cxmkit.customer.__all__ == [
        "Customer",
        "Episode",
        "Membership",
        "Need",
        "NeedNature",
        "NeedOrigin",
        "PartyKind",
        "Ref",
        "Relationship",
        "Segment",
        "Stakeholder",
        "Standing",
        "need_coverage",
    ]


def test_the_values_of_the_enums_never_change() -> None:
    enums = (PartyKind, NeedNature, NeedOrigin, Standing)
    assert {e.__name__: {m.name: m.value for m in e} for e in enums} == {
        "PartyKind": {
            "PERSON": "person",
            "HOUSEHOLD": "household",
            "ORGANISATION": "organisation",
            "THING": "thing",
        },
        "NeedNature": {
            "ECONOMIC": "economic",
            "EMOTIONAL": "emotional",
            "SOCIAL": "social",
        },
        "NeedOrigin": {"EXISTING": "existing", "EVOKED": "evoked"},
        "Standing": {"NOT_YET": "not-yet", "CURRENT": "current", "FORMER": "former"},
    }


# References


@pytest.mark.parametrize("key", IDS)
def test_any_hashable_id_is_kept_as_it_is(key: Hashable) -> None:
    ref = Ref("stakeholder", key)
    assert ref.kind == "stakeholder"
    assert ref.id is key


def test_kind_and_id_make_the_identity() -> None:
    mother = Ref("stakeholder", 7)
    assert mother == Ref("stakeholder", 7)
    assert mother != Ref("brand", 7)
    assert mother != Ref("stakeholder", 8)
    assert {mother: "found"}[Ref("stakeholder", 7)] == "found"
    assert repr(mother) == "Ref(kind='stakeholder', id=7)"


@given(st.text(min_size=1).filter(str.strip), st.integers() | st.text())
def test_equal_fields_give_equal_hashes(kind: str, key: int | str) -> None:
    assert hash(Ref(kind, key)) == hash(Ref(kind, key))


def test_a_reference_cannot_be_changed() -> None:
    ref = Ref("stakeholder", 7)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ref.kind = "brand"  # type: ignore[misc]
    assert attrs.evolve(ref, kind="brand") == Ref("brand", 7)


@pytest.mark.parametrize(
    ("kind", "key", "error", "argument", "value", "message"),
    [
        ("", 7, InvalidValueError, "kind", "", "kind must have at least one"),
        (" \t", 7, InvalidValueError, "kind", " \t", "kind must have at least one"),
        (None, 7, InvalidTypeError, "kind", None, "kind must be a str; got None"),
        (7, "x", InvalidTypeError, "kind", 7, "kind must be a str; got 7"),
        ("brand", None, MissingValueError, "id", None, "id is missing"),
        ("brand", [7], InvalidTypeError, "id", [7], "id must be hashable; got [7]"),
    ],
)
def test_what_is_no_reference_is_refused(
    *,
    kind: Any,
    key: Any,
    error: type[CxmError],
    argument: str,
    value: Any,
    message: str,
) -> None:
    with pytest.raises(error) as refusal:
        Ref(kind, key)
    assert type(refusal.value) is error
    assert refusal.value.argument == argument
    assert refusal.value.index is None
    assert refusal.value.value == value
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("key", IDS)
def test_references_survive_a_pickle(key: Hashable, protocol: int) -> None:
    ref = Ref("stakeholder", key)
    assert pickle.loads(pickle.dumps(ref, protocol)) == ref  # noqa: S301


def test_references_become_plain_data() -> None:
    ref = Ref("stakeholder", ("crm", 7))
    assert attrs.asdict(ref) == {"kind": "stakeholder", "id": ("crm", 7)}


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
    others: dict[str, Any] = {
        "kind": "x" if isinstance(value, Ref) else PartyKind.ORGANISATION,
        "nature": SOCIAL,
        "origin": NeedOrigin.EVOKED,
        "importance": 1,
        "met": None,
        "since": hour(-1),
        "until": None,
        "start": hour(-1),
        "end": None,
        "a": Ref("x", 1),
        "b": Ref("x", 1),
        **dict.fromkeys(("roles", "needs", "memberships", "episodes"), ()),
    }
    for field in attrs.fields(type(value)):
        other = attrs.evolve(value, **{field.name: others.get(field.name, "other")})
        assert other != value, field.name


@every_object
def test_nothing_can_be_changed(value: Any) -> None:
    for field in attrs.fields(type(value)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, field.name, None)


@pytest.mark.parametrize(
    "kind", [Need, Segment, Membership, Stakeholder, Customer, Episode, Relationship]
)
def test_fields_are_passed_by_name(kind: type) -> None:
    with pytest.raises(TypeError, match="positional"):
        kind(1)
    assert all(field.kw_only for field in attrs.fields(kind))  # in every attrs


@pytest.mark.parametrize("member", [*PartyKind, *NeedNature, *NeedOrigin, *Standing])
def test_members_of_enums_stay_themselves(member: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickled(member, protocol) is member
    assert copy.deepcopy(member) is member


@pytest.mark.parametrize("key", IDS)
def test_ids_of_the_host_are_kept_as_they_are(key: Any) -> None:
    keyed: list[Any] = [
        need(id=key),
        customer(id=key),
        Stakeholder(id=key),
        Segment(id=key, name="x", basis="y"),
        relationship(id=key),
    ]
    for thing in keyed:
        assert thing.id is key
    assert membership(segment=key).segment is key


def test_classes_are_generic_over_the_id() -> None:
    key = uuid.UUID(int=7)
    mother: Customer[uuid.UUID] = Customer[uuid.UUID](id=key)
    ref: Ref[uuid.UUID] = mother.ref
    assert ref == Ref("stakeholder", key)
    numbered: Relationship[int] = relationship()
    number: Ref[int] = numbered.ref
    assert number == Ref("relationship", 1)


WRONG_IDS: list[tuple[Any, type[CxmError], str]] = [
    (None, MissingValueError, "{} is missing"),
    ([7], InvalidTypeError, "{} must be hashable; got [7]"),
]
WRONG_TEXTS: list[tuple[Any, type[CxmError], str]] = [
    (" ", InvalidValueError, "{} must have at least one visible character; got ' '"),
    (7, InvalidTypeError, "{} must be a str; got 7"),
]
WRONG_TIMES: list[tuple[Any, type[CxmError], str]] = [
    (
        NAIVE,
        InvalidValueError,
        (
            "{} must have a time zone; got 2020-03-01 00:00:00; say where the"
            " clock stood: value.replace(tzinfo=ZoneInfo(...))"
        ),
    ),
    (
        "today",
        InvalidTypeError,
        (
            "{} must be a datetime; got 'today'; "
            "parse texts, and give dates a time and a zone"
        ),
    ),
]
WRONG_LEVELS: list[tuple[Any, type[CxmError], str]] = [
    (-0.01, InvalidValueError, "{} must be between 0 and 1; got -0.01"),
    (1.01, InvalidValueError, "{} must be between 0 and 1; got 1.01"),
    (math.nan, InvalidValueError, "{} must be a finite number; got nan"),
    (math.inf, InvalidValueError, "{} must be a finite number; got inf"),
    ("0.5", InvalidTypeError, "{} must be a number; got '0.5'"),
    (True, InvalidTypeError, "{} must be a number; got True"),
]
WRONG_KINDS: list[tuple[Any, type[CxmError], str]] = [
    ("person", InvalidTypeError, "{} must be a PartyKind; got 'person'"),
]
WRONG_ROLES: list[tuple[Any, type[CxmError], str]] = [
    ("member", InvalidTypeError, "{} must be a series of str; got 'member'"),
    ([7], InvalidTypeError, "{} must be a str; got 7"),
    (
        ["member", " "],
        InvalidValueError,
        "{} must hold texts with at least one visible character; got ' '",
    ),
]
FIELDS: list[tuple[Any, str, list[tuple[Any, type[CxmError], str]]]] = [
    (need(), "id", WRONG_IDS),
    (need(), "statement", [*WRONG_TEXTS, (None, InvalidTypeError, "{} must be a str")]),
    (
        need(),
        "motivation",
        [
            (
                "\n",
                InvalidValueError,
                (
                    "{} must have at least one visible character; got '\\n'; pass None"
                    " if it is unknown"
                ),
            ),
            (7, InvalidTypeError, "{} must be a str; got 7"),
        ],
    ),
    (need(), "nature", [("social", InvalidTypeError, "{} must be a NeedNature; got")]),
    (need(), "origin", [("evoked", InvalidTypeError, "{} must be a NeedOrigin; got")]),
    (
        need(),
        "importance",
        [*WRONG_LEVELS, (None, InvalidTypeError, "{} must be a number; got None")],
    ),
    (need(), "met", WRONG_LEVELS),
    (OBJECTS[2], "id", WRONG_IDS),
    (OBJECTS[2], "name", WRONG_TEXTS),
    (OBJECTS[2], "basis", WRONG_TEXTS),
    (membership(), "segment", WRONG_IDS),
    (membership(), "since", WRONG_TIMES),
    (
        membership(),
        "until",
        [
            *WRONG_TIMES,
            *(
                (
                    hour(back),
                    InvalidValueError,
                    (
                        f"{{}} must come after since (2020-03-01 00:00:00+00:00); got"
                        f" {hour(back)}; leave until out while there is no end"
                    ),
                )
                for back in (0, -1)
            ),
        ],
    ),
    (Stakeholder(id=7), "id", WRONG_IDS),
    (Stakeholder(id=7), "kind", WRONG_KINDS),
    (Stakeholder(id=7), "roles", WRONG_ROLES),
    (customer(), "id", WRONG_IDS),
    (customer(), "kind", WRONG_KINDS),
    (customer(), "roles", WRONG_ROLES),
    (
        customer(),
        "needs",
        [
            (need(), InvalidTypeError, "{} must be a series of Need; got Need("),
            ([need(), "x"], InvalidTypeError, "{}[1] must be a Need; got 'x'"),
            (
                [need(id=1), need(), need(id=1.0)],
                InvalidValueError,
                (
                    "{}[2] must not repeat the id of needs[0]; got 1; give each need an"
                    " id of its own"
                ),
            ),
        ],
    ),
    (
        customer(),
        "memberships",
        [([3], InvalidTypeError, "{}[0] must be a Membership; got 3")],
    ),
    (OBJECTS[6], "start", WRONG_TIMES),
    (
        OBJECTS[6],
        "end",
        [
            *WRONG_TIMES,
            *(
                (
                    moment,
                    InvalidValueError,
                    (
                        f"{{}} must come after start (2020-03-01 00:00:00+00:00); got"
                        f" {moment}; leave end out while there is no end"
                    ),
                )
                for moment in (hour(0), hour(0) - TICK)
            ),
        ],
    ),
    (relationship(), "id", WRONG_IDS),
    (relationship(), "a", [(7, InvalidTypeError, "{} must be a Ref; got 7")]),
    (
        relationship(),
        "b",
        [
            (7, InvalidTypeError, "{} must be a Ref; got 7"),
            (
                Ref("stakeholder", 7),
                InvalidValueError,
                (
                    "{} must be another party than a; got Ref(kind='stakeholder',"
                    " id=7); name the two sides of the relationship"
                ),
            ),
        ],
    ),
    (relationship(), "role_a", WRONG_TEXTS),
    (relationship(), "role_b", WRONG_TEXTS),
    (
        relationship(),
        "episodes",
        [
            (None, InvalidTypeError, "{} must be a series of Episode; got None"),
            ([hour(0)], InvalidTypeError, "{}[0] must be an Episode; got 2020-03-01"),
            (
                [*relationship((0, 2)).episodes, *relationship((1, 3)).episodes],
                InvalidValueError,
                (
                    "{}[1] must not start before episodes[0] ends (2020-03-01"
                    " 02:00:00+00:00); got 2020-03-01 01:00:00+00:00; sort by start,"
                    " and join those that overlap"
                ),
            ),
            (
                [
                    *relationship((0, 1), (6, 7)).episodes,
                    *relationship((2, None)).episodes,
                ],
                InvalidValueError,
                "{}[2] must not start before episodes[1] ends (2020-03-01",
            ),
            (
                [
                    *relationship((0, 1), (2, None)).episodes,
                    *relationship((3, 4)).episodes,
                ],
                InvalidValueError,
                (
                    "{}[1] must have an end, since episodes[2] follows; got None; sort"
                    " by start; only the last may be open"
                ),
            ),
        ],
    ),
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


# Needs


class TestNeed:
    def test_why_has_to_be_said_or_to_be_unknown(self) -> None:
        fields: dict[str, Any] = {"id": 1, "statement": "sleep", "nature": SOCIAL}
        with pytest.raises(TypeError, match="motivation"):
            Need(**fields)
        assert Need(**fields, motivation=None).motivation is None
        assert Need(**fields, motivation="work").motivation == "work"

    def test_the_rest_has_a_default(self) -> None:
        wanted = Need(id=1, statement="sleep", motivation=None, nature=SOCIAL)
        assert wanted.origin is NeedOrigin.EXISTING
        assert (wanted.importance, wanted.met) == (0.5, None)

    @pytest.mark.parametrize("number", [np.float32(0.5), Decimal("0.5"), np.array(0.5)])
    def test_numbers_of_any_kind_become_floats(self, number: Any) -> None:
        wanted = need(importance=number, met=number)
        assert (wanted.importance, wanted.met) == (0.5, 0.5)
        assert type(wanted.importance) is type(wanted.met) is float

    def test_the_ends_of_a_range_belong_to_it(self) -> None:
        for end in (0, 1):
            wanted = need(importance=end, met=end)
            assert (wanted.importance, wanted.met) == (end, end)


levels = st.floats(0, 1)
needs_known = st.builds(
    lambda nature, importance, met: need(nature=nature, importance=importance, met=met),
    st.sampled_from(NeedNature),
    st.floats(0, 1, exclude_min=True),
    levels,
)


class TestNeedCoverage:
    def test_it_is_the_mean_of_the_nature_that_is_met_worst(self) -> None:
        needs = [
            need(nature=ECONOMIC, importance=0.75, met=1),
            need(nature=EMOTIONAL, importance=1, met=0.25),
            need(nature=ECONOMIC, importance=0.25, met=0),
            need(nature=SOCIAL, importance=0.1, met=0.5),
        ]
        assert need_coverage(needs) == 0.25
        assert need_coverage(needs[:1] + needs[2:]) == 0.5
        assert need_coverage(needs[:1] + needs[2:3]) == 0.75
        assert type(need_coverage(needs)) is float

    def test_what_is_unknown_is_no_zero(self) -> None:
        needs = [need(met=0.5), need(met=None, importance=1)]
        assert need_coverage(needs) == 0.5

    def test_a_nature_of_which_nothing_is_known_is_not_passed_over(self) -> None:
        needs = [
            need(nature=ECONOMIC, met=1),
            need(met=None),
            need(met=1, importance=0),
        ]
        error = refused(lambda: need_coverage(needs), EmptySampleError)
        assert (error.argument, error.index) == ("needs", None)
        assert str(error) == (
            "needs hold emotional ones, but of none it is known how well it is met;"
            " ask, or leave them out to judge the other natures alone"
        )
        assert need_coverage(needs[:1]) == 1

    def test_what_does_not_matter_does_not_count(self) -> None:
        nothing = [need(met=0, importance=0), need(met=None, importance=0)]
        assert need_coverage([need(nature=ECONOMIC, met=1), *nothing]) == 1
        assert need_coverage([need(met=0.5), *nothing]) == 0.5
        error = refused(lambda: need_coverage(nothing), EmptySampleError)
        assert str(error) == "needs hold no need with an importance above 0"

    def test_no_needs_are_refused(self) -> None:
        error = refused(lambda: need_coverage([]), EmptySampleError)
        assert error.argument == "needs"
        assert str(error) == "needs hold no need with an importance above 0"

    @pytest.mark.parametrize(
        ("needs", "index", "message"),
        [
            (need(), None, "needs must be a series of Need; got Need("),
            (None, None, "needs must be a series of Need; got None"),
            ("needs", None, "needs must be a series of Need; got 'needs'"),
            ([need(), 0.5], 1, "needs[1] must be a Need; got 0.5"),
        ],
    )
    def test_what_are_no_needs_is_refused(
        self, needs: Any, index: int | None, message: str
    ) -> None:
        error = refused(lambda: need_coverage(needs), InvalidTypeError)
        assert (error.argument, error.index) == ("needs", index)
        assert str(error).startswith(message)

    @given(st.lists(needs_known, min_size=1))
    def test_it_is_the_definition_spelled_out(self, needs: list[Need[Any]]) -> None:
        means = []
        for nature in {each.nature for each in needs}:
            alike = [each for each in needs if each.nature is nature]
            heights = [Fraction(each.met or 0) for each in alike]
            widths = [Fraction(each.importance) for each in alike]
            area = sum(h * w for h, w in zip(heights, widths, strict=True))
            means.append(area / sum(widths))
        assert need_coverage(iter(needs)) == float(min(means))

    @given(st.lists(needs_known, min_size=1))
    def test_it_lies_between_the_worst_and_the_best(self, needs: Any) -> None:
        met = [each.met for each in needs]
        assert min(met) <= need_coverage(needs) <= max(met)

    @given(
        st.lists(needs_known, min_size=1).flatmap(
            lambda needs: st.tuples(st.just(needs), st.permutations(needs))
        )
    )
    def test_order_does_not_matter(self, both: tuple[list[Any], list[Any]]) -> None:
        assert need_coverage(both[0]) == need_coverage(both[1])

    @given(st.lists(needs_known, min_size=1), st.data())
    def test_a_need_met_better_never_lowers_it(self, needs: Any, data: Any) -> None:
        place = data.draw(st.integers(0, len(needs) - 1))
        better = data.draw(st.floats(needs[place].met, 1))
        raised = [*needs]
        raised[place] = attrs.evolve(needs[place], met=better)
        assert need_coverage(raised) >= need_coverage(needs)

    @given(st.lists(needs_known, min_size=1), st.integers(1, 30))
    def test_only_importance_beside_the_others_counts(
        self, needs: Any, halvings: int
    ) -> None:
        fainter = [
            attrs.evolve(each, importance=max(each.importance, 1e-9) / 2**halvings)
            for each in needs
        ]
        needs = [
            attrs.evolve(each, importance=max(each.importance, 1e-9)) for each in needs
        ]
        assert need_coverage(fainter) == need_coverage(needs)

    @given(st.lists(needs_known, min_size=1), st.data())
    def test_one_more_unknown_of_a_known_nature_changes_nothing(
        self, needs: Any, data: Any
    ) -> None:
        nature = data.draw(st.sampled_from([each.nature for each in needs]))
        unknown = need(nature=nature, met=None, importance=1)
        assert need_coverage([*needs, unknown]) == need_coverage(needs)


# Parties


class TestParties:
    def test_only_the_id_must_be_said(self) -> None:
        somebody = Stakeholder(id=7)
        assert (somebody.kind, somebody.roles) == (PartyKind.PERSON, frozenset())
        mother = Customer(id=7)
        assert (mother.kind, mother.roles) == (PartyKind.PERSON, frozenset())
        assert (mother.needs, mother.memberships) == ((), ())

    def test_there_are_no_fields_for_personal_data(self) -> None:
        names = [field.name for field in attrs.fields(Customer)]
        assert names == ["id", "kind", "roles", "needs", "memberships"]

    def test_who_becomes_a_customer_remains_the_same_party(self) -> None:
        somebody, mother = Stakeholder(id=7), Customer(id=7)
        assert isinstance(mother, Stakeholder)
        assert mother.ref == somebody.ref == Ref("stakeholder", 7)
        # Snapshots of two classes; only the reference says who it is.
        assert len({mother, somebody}) == 2

    def test_snapshots_differ_where_references_do_not(self) -> None:
        assert customer() != customer(needs=[])
        assert customer().ref == customer(needs=[]).ref

    def test_series_of_any_kind_become_tuples_and_frozensets(self) -> None:
        mother = customer(needs=iter([need()]), roles=["a", "b", "a"])
        assert mother.needs == (need(),)
        assert mother.roles == frozenset({"a", "b"})
        assert type(mother.memberships) is tuple
        assert hash(mother) == hash(customer(roles={"b", "a"}))

    def test_needs_keep_their_order_and_one_segment_may_be_joined_twice(self) -> None:
        needs = [need(id=key) for key in ("z", 1, "a")]
        again = [membership(), membership(since=hour(20), until=None)]
        mother = customer(needs=needs, memberships=again)
        assert mother.needs == tuple(needs)
        assert mother.memberships == tuple(again)


# Episodes and relationships

offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


class TestEpisode:
    @given(st.integers(0, 99), st.integers(1, 99), offsets, offsets)
    def test_times_are_kept_as_the_same_instants_in_utc(
        self, start: int, length: int, one: timezone, other: timezone
    ) -> None:
        first, last = hour(start), hour(start + length)
        local = Episode(start=first.astimezone(one), end=last.astimezone(other))
        assert local == Episode(start=first, end=last)
        assert hash(local) == hash(Episode(start=first, end=last))
        assert local.end is not None
        assert local.start.tzinfo is local.end.tzinfo is UTC
        joined = membership(since=first.astimezone(one), until=last.astimezone(other))
        assert joined == membership(since=first, until=last)
        assert joined.until is not None
        assert joined.since.tzinfo is joined.until.tzinfo is UTC

    def test_instants_count_not_what_clocks_show(self) -> None:
        late, early = timezone(timedelta(hours=9)), timezone(timedelta(hours=-9))
        start = datetime(2020, 3, 1, 12, tzinfo=early)
        end = datetime(2020, 3, 1, 13, tzinfo=late)
        refused(lambda: Episode(start=start, end=end), InvalidValueError)
        assert Episode(start=end, end=start).start < start

    def test_a_moment_is_enough_and_no_end_is_an_end_still_to_come(self) -> None:
        assert Episode(start=START, end=START + TICK).end == START + TICK
        assert Episode(start=START).end is None
        assert Membership(segment=3, since=START).until is None
        assert membership(until=START + TICK).until == START + TICK


@st.composite
def spans(
    draw: st.DrawFn, *, ends: bool | None = None, min_size: int = 0
) -> list[tuple[int, int | None]]:
    """Draw episodes in hours, also such that follow each other at once."""
    at = 0
    drawn: list[tuple[int, int | None]] = []
    pairs = st.tuples(st.integers(0, 3), st.integers(1, 3))
    for gap, length in draw(st.lists(pairs, min_size=min_size, max_size=5)):
        drawn.append((at + gap, at + gap + length))
        at += gap + length
    open_end = draw(st.booleans()) if ends is None else not ends
    if drawn and open_end:
        drawn[-1] = drawn[-1][0], None
    return drawn


HORIZON = 40  # hours; no closed episode drawn goes on for so long


def lived(drawn: list[tuple[int, int | None]]) -> set[int]:
    """Return every hour inside an episode, by itself: slow, and plainly right."""
    return {h for start, end in drawn for h in range(start, end or HORIZON)}


class TestStanding:
    @given(spans(), offsets)
    def test_around_every_boundary_it_is_that_of_an_hour_by_hour_diary(
        self, drawn: list[tuple[int, int | None]], zone: timezone
    ) -> None:
        bond, inside = relationship(*drawn), lived(drawn)
        for at in range(-1, HORIZON):
            if at in inside:
                expected = Standing.CURRENT
            elif any(earlier <= at for earlier in inside):
                expected = Standing.FORMER
            else:
                expected = Standing.NOT_YET
            for moment in (hour(at), hour(at + 1) - TICK):
                assert bond.standing_at(moment) is expected
                assert bond.standing_at(moment.astimezone(zone)) is expected

    def test_nappies_are_wanted_before_the_birth_and_praised_long_after(self) -> None:
        bond = relationship((0, 2), (5, 7))
        standing = [bond.standing_at(hour(at)) for at in range(-1, 9)]
        not_yet, current, former = Standing
        expected = [not_yet, *[current] * 2, *[former] * 3, *[current] * 2]
        assert standing == [*expected, former, former]

    def test_before_any_contact_nobody_is_a_customer_yet(self) -> None:
        bond = relationship()
        assert bond.standing_at(hour(0)) is Standing.NOT_YET
        assert bond.tenure(hour(0)) == timedelta(0)

    @given(spans())
    def test_both_sides_stand_alike(self, drawn: list[tuple[int, int | None]]) -> None:
        bond = relationship(*drawn)
        for at in map(hour, range(-1, HORIZON)):
            assert bond.standing_at(at) is bond.reversed().standing_at(at)
            assert bond.tenure(at) == bond.reversed().tenure(at)


class TestTenure:
    @given(spans(), offsets)
    def test_it_counts_the_hours_of_a_diary(
        self, drawn: list[tuple[int, int | None]], zone: timezone
    ) -> None:
        bond, inside = relationship(*drawn), lived(drawn)
        for at in range(-1, HORIZON):
            expected = timedelta(hours=sum(h < at for h in inside))
            assert bond.tenure(hour(at)) == expected
            assert bond.tenure(hour(at).astimezone(zone)) == expected
            half = hour(at) + timedelta(minutes=30)
            within = timedelta(minutes=30 if at in inside else 0)
            assert bond.tenure(half) == expected + within

    @given(spans())
    def test_it_grows_while_the_standing_is_current(
        self, drawn: list[tuple[int, int | None]]
    ) -> None:
        bond = relationship(*drawn)
        for at in map(hour, range(-1, HORIZON)):
            grown = bond.tenure(at + TICK) - bond.tenure(at)
            current = bond.standing_at(at) is Standing.CURRENT
            assert grown == (TICK if current else timedelta(0))


class TestChange:
    @given(spans(ends=False, min_size=1), st.integers(1, HORIZON * 60))
    def test_end_and_resume_at_once_is_the_identity(
        self, drawn: list[tuple[int, int | None]], minutes: int
    ) -> None:
        bond = relationship(*drawn)
        at = bond.episodes[-1].start + timedelta(minutes=minutes)
        ended = bond.end(at)
        assert ended.standing_at(at) is Standing.FORMER
        assert ended.standing_at(at - TICK) is Standing.CURRENT
        assert ended.episodes[-1].end == at
        assert ended.episodes[:-1] == bond.episodes[:-1]
        assert ended.resume(at) == bond
        assert bond == relationship(*drawn)  # and nothing happened to the first

    @given(spans(ends=True, min_size=1))
    def test_resume_where_it_ended_and_end_again_is_the_identity(
        self, drawn: list[tuple[int, int | None]]
    ) -> None:
        bond = relationship(*drawn)
        at = bond.episodes[-1].end
        assert at is not None
        resumed = bond.resume(at)
        assert resumed.standing_at(at) is Standing.CURRENT
        assert len(resumed.episodes) == len(bond.episodes)
        assert resumed.end(at) == bond

    @given(spans(ends=True), st.integers(1, HORIZON))
    def test_resume_later_leaves_a_gap(
        self, drawn: list[tuple[int, int | None]], later: int
    ) -> None:
        bond = relationship(*drawn)
        ended = bond.episodes[-1].end if bond.episodes else None
        at = (ended or START) + timedelta(hours=later)
        resumed = bond.resume(at)
        assert resumed.episodes == (*bond.episodes, Episode(start=at))
        before = Standing.FORMER if bond.episodes else Standing.NOT_YET
        assert resumed.standing_at(at - TICK) is before
        assert resumed.standing_at(at) is Standing.CURRENT

    @given(spans())
    def test_reversed_is_an_involution(
        self, drawn: list[tuple[int, int | None]]
    ) -> None:
        bond = relationship(*drawn)
        other = bond.reversed()
        assert (other.a, other.role_a) == (bond.b, bond.role_b)
        assert (other.b, other.role_b) == (bond.a, bond.role_a)
        assert other != bond
        assert other.ref == bond.ref
        assert other.episodes == bond.episodes
        assert other.reversed() == bond
        assert hash(other.reversed()) == hash(bond)

    def test_only_the_episodes_change(self) -> None:
        bond = relationship((0, None))
        for changed in (bond.end(hour(5)), bond.end(hour(5)).resume(hour(9))):
            assert attrs.evolve(changed, episodes=bond.episodes) == bond

    def test_times_of_other_zones_are_kept_in_utc(self) -> None:
        cet = timezone(timedelta(hours=1))
        bond = relationship((0, None)).end(hour(5).astimezone(cet))
        bond = bond.resume(hour(9).astimezone(cet))
        assert bond == relationship((0, 5), (9, None))
        assert all(
            moment.tzinfo is UTC
            for moment in itertools.chain(*map(attrs.astuple, bond.episodes))
            if moment is not None
        )

    @pytest.mark.parametrize(
        ("bond", "change", "at", "message"),
        [
            (
                relationship(),
                "end",
                hour(5),
                (
                    "at must be the end of an open episode; got 2020-03-01"
                    " 05:00:00+00:00; there is no episode yet; begin with resume(...)"
                ),
            ),
            (
                relationship((0, 4)),
                "end",
                hour(5),
                (
                    "at must be the end of an open episode; got 2020-03-01"
                    " 05:00:00+00:00; the last ended at 2020-03-01 04:00:00+00:00; pass"
                    " other episodes to attrs.evolve to correct that"
                ),
            ),
            (
                relationship((0, 4)),
                "end",
                hour(2),
                "at must be the end of an open episode; got 2020-03-01 02:00:00+00:00;",
            ),
            *(
                (
                    relationship((0, 1), (4, None)),
                    "end",
                    at,
                    (
                        "at must come after the start of the open episode (2020-03-01"
                        f" 04:00:00+00:00); got {at}; pass other episodes to"
                        " attrs.evolve to take that back"
                    ),
                )
                for at in (hour(4), hour(4) - TICK, hour(0))
            ),
            (
                relationship((0, 1), (4, None)),
                "resume",
                hour(5),
                (
                    "at must follow the end of the last episode; got 2020-03-01"
                    " 05:00:00+00:00; it is open since 2020-03-01 04:00:00+00:00;"
                    " end(...) it first"
                ),
            ),
            (
                relationship((0, 4)),
                "resume",
                hour(4) - TICK,
                (
                    "at must not lie before the end of the last episode (2020-03-01"
                    " 04:00:00+00:00); got 2020-03-01 03:59:59.999999+00:00; pass other"
                    " episodes to attrs.evolve to correct that"
                ),
            ),
        ],
    )
    def test_what_cannot_follow_is_refused(
        self, bond: Relationship[int], change: str, at: datetime, message: str
    ) -> None:
        error = refused(lambda: getattr(bond, change)(at), InvalidValueError)
        assert (error.argument, error.index, error.value) == ("at", None, at)
        assert str(error).startswith(message)


@pytest.mark.parametrize(
    ("method", "argument"),
    [("standing_at", "t"), ("tenure", "as_of"), ("end", "at"), ("resume", "at")],
)
def test_what_is_no_instant_is_refused_by_name(method: str, argument: str) -> None:
    ask = getattr(relationship((0, 4)), method)
    for wrong, kind, message in WRONG_TIMES:
        error = refused(partial(ask, wrong), kind)
        assert (error.argument, error.value) == (argument, wrong)
        assert str(error) == message.format(argument)


def test_one_may_follow_the_other_at_once() -> None:
    bond = relationship((0, 2), (2, 4))
    assert len(bond.episodes) == 2
    assert bond.standing_at(hour(2)) is Standing.CURRENT
    assert bond.tenure(hour(9)) == timedelta(hours=4)


@given(spans(), spans())
def test_equal_relationships_have_equal_hashes(
    one: list[tuple[int, int | None]], other: list[tuple[int, int | None]]
) -> None:
    assert hash(relationship(*one)) == hash(relationship(*one))
    assert (relationship(*one) == relationship(*other)) == (one == other)


def test_objects_become_plain_data() -> None:
    plain = attrs.asdict(customer())
    assert plain["needs"][0]["statement"] == "dry nights"
    assert plain["memberships"][0]["segment"] == 3
    plain["needs"] = [Need(**fields) for fields in plain["needs"]]
    plain["memberships"] = [Membership(**fields) for fields in plain["memberships"]]
    assert Customer(**plain) == customer()
