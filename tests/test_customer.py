"""Who? References and their invariants."""

import copy
import pickle
import uuid
from collections.abc import Hashable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmkit.customer
from cxmkit.customer import Ref
from cxmkit.errors import (
    CxmError,
    InvalidTypeError,
    InvalidValueError,
    MissingValueError,
)

IDS: list[Hashable] = [7, "a-7", ("crm", 7), uuid.UUID(int=7), b"8", frozenset({7})]


def test_the_module_exports_what_the_contract_names() -> None:
    assert cxmkit.customer.__all__ == ["Ref"]


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


def test_nothing_can_be_changed() -> None:
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


def test_evolve_passes_through_the_same_checks() -> None:
    with pytest.raises(MissingValueError):
        attrs.evolve(Ref("stakeholder", 7), id=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("key", IDS)
def test_references_survive_a_pickle(key: Hashable, protocol: int) -> None:
    ref = Ref("stakeholder", key)
    assert pickle.loads(pickle.dumps(ref, protocol)) == ref  # noqa: S301


def test_copies_are_equal() -> None:
    ref = Ref("stakeholder", ("crm", 7))
    assert copy.copy(ref) == ref
    assert copy.deepcopy(ref) == ref
    assert attrs.asdict(ref) == {"kind": "stakeholder", "id": ("crm", 7)}
