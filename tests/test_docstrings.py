"""Every public function and class says what it takes, gives and is good for."""

import enum
import importlib
import inspect
import pkgutil
from typing import Any, Self

import attrs
import pytest

import cxmkit
from cxmkit.estimate import Definition

THINGS: dict[str, Any] = {
    f"{info.name}.{name}": getattr(module, name)
    for info in pkgutil.iter_modules(cxmkit.__path__)
    if not info.name.startswith("_")
    for module in [importlib.import_module(f"cxmkit.{info.name}")]
    for name in module.__all__
}
FUNCTIONS: dict[str, Any] = {
    name: t for name, t in THINGS.items() if inspect.isfunction(t)
}
CLASSES: dict[str, Any] = {name: t for name, t in THINGS.items() if inspect.isclass(t)}
METHODS: dict[str, Any] = {
    f"{owner}.{name}": function
    for owner, kind in CLASSES.items()
    for name, member in vars(kind).items()
    for function in [getattr(member, "__func__", member)]
    if inspect.isfunction(function) and not name.startswith("_")
}
# What the package asks of a definition takes the scale, in one sentence; nobody else
# calls it.
SPOKEN_BY_THE_PACKAGE = {
    f"{owner}.{name}"
    for owner, kind in CLASSES.items()
    if all(hasattr(kind, n) for n in vars(Definition) if not n.startswith("_"))
    for name in ("unit", "range", "higher_is_better", "worth", "interval")
} & set(METHODS)
EVERYTHING = FUNCTIONS | CLASSES | METHODS


def text_of(thing: Any) -> list[str]:
    return inspect.cleandoc(thing.__doc__ or "").splitlines()


def sections(lines: list[str]) -> dict[str, list[str]]:
    """Return heading to lines; what comes before the first heading stands under ""."""
    found: dict[str, list[str]] = {"": []}
    current = found[""]
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and set(below) == {"-"}:
            current = found.setdefault(line, [])
        elif set(line) != {"-"}:
            current.append(line)
    return found


def documented(lines: list[str]) -> list[str]:
    """Return the names that a Parameters section explains, without their stars."""
    heads = [
        line.partition(" : ")[0]
        for line in sections(lines).get("Parameters", [])
        if line and not line.startswith(" ")
    ]
    return [name.strip().lstrip("\\*") for head in heads for name in head.split(",")]


def parameters(thing: Any) -> list[str]:
    """Return the names of the arguments that a caller may give."""
    if attrs.has(thing):
        return [field.name for field in attrs.fields(thing) if field.init]
    if getattr(thing, "_is_protocol", False):
        return []
    if inspect.isclass(thing) and "__init__" not in vars(thing):
        return []  # enums, and errors that inherit theirs
    names = inspect.signature(thing).parameters
    return [name for name in names if name not in {"self", "cls"}]


def gives_something(function: Any) -> bool:
    result = inspect.signature(function).return_annotation
    return result not in {None, Self, inspect.Signature.empty, "None"}


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_summary_is_one_line(name: str) -> None:
    lines = text_of(EVERYTHING[name])
    assert lines, f"{name} has no docstring"
    assert lines[0][-1] in ".?", f"{name}: summary without an end: {lines[0]}"
    assert lines[1:2] in ([], [""]), f"{name}: summary of more than one line"


@pytest.mark.parametrize("name", sorted(EVERYTHING.keys() - SPOKEN_BY_THE_PACKAGE))
def test_each_parameter_is_documented_in_its_order(name: str) -> None:
    thing = EVERYTHING[name]
    lines = text_of(thing)
    there, wanted = documented(lines), parameters(thing)
    lacking = ", ".join(n for n in wanted if n not in there)
    unknown = ", ".join(n for n in there if n not in wanted)
    assert not lacking, f"{name} does not document {lacking}"
    assert not unknown, f"{name} documents {unknown}, which it does not take"
    assert there == wanted or inspect.isclass(thing), f"{name}: another order"


@pytest.mark.parametrize(
    "name", sorted((FUNCTIONS | METHODS).keys() - SPOKEN_BY_THE_PACKAGE)
)
def test_what_comes_back_is_documented(name: str) -> None:
    function = EVERYTHING[name]
    # A method without parameters gives what its summary says.
    if gives_something(function) and (name in FUNCTIONS or parameters(function)):
        assert sections(text_of(function)).get("Returns"), f"{name} lacks Returns"


@pytest.mark.parametrize("name", FUNCTIONS | CLASSES)
def test_there_is_an_example(name: str) -> None:
    thing = EVERYTHING[name]
    heir = inspect.isclass(thing) and issubclass(thing, Exception)
    if heir and thing is not cxmkit.CxmError:
        return  # caught by its parent's example
    if getattr(thing, "_is_protocol", False):
        return  # nobody makes one
    lines = sections(text_of(thing)).get("Examples", [])
    assert any(line.startswith(">>> ") for line in lines), f"{name} lacks Examples"


def test_members_of_enums_are_explained() -> None:
    for name, kind in CLASSES.items():
        if issubclass(kind, enum.Enum):
            lines = sections(text_of(kind)).get("Attributes", [])
            lacking = {member.name for member in kind} - set(lines)
            assert not lacking, f"{name} does not explain {lacking}"


# The reader itself

SAMPLE = """Do it?

    More.

    Parameters
    ----------
    a, b : int
        Two numbers: a : b.
    *rest, **named
        All others.

    Returns
    -------
    int
        One.
    """


def test_sections_are_read() -> None:
    lines = inspect.cleandoc(SAMPLE).splitlines()
    assert list(sections(lines)) == ["", "Parameters", "Returns"]
    assert documented(lines) == ["a", "b", "rest", "named"]
    assert documented(["No section"]) == []


def test_the_inventory_is_not_blind() -> None:
    assert {"metrics.nps", "equity.clv"} <= FUNCTIONS.keys()
    assert {"tally.Tally", "scale.Scale", "journey.Phase"} <= CLASSES.keys()
    assert {"tally.Tally.count", "scale.Scale.codes"} <= METHODS.keys()
