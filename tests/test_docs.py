"""The documentation names only what exists."""

import importlib
import re
from pathlib import Path

import pytest

import cxmkit

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MODULES = sorted(path.stem for path in (ROOT / "src" / "cxmkit").glob("[!_]*.py"))
SOURCES = (DOCS / "sources.md").read_text(encoding="utf-8")
NAME = re.compile(r"`(cxmkit\.[\w.]+)`")
LINK = re.compile(r"\]\(([^)#]*)")
EXCUSE = re.compile(r"(later|deliberately not): \S.*")
NAMED = sorted(set(NAME.findall(SOURCES)))
ROWS: list[tuple[str, str, str]] = re.findall(
    r"^\| (S\d+\.\d+) \|([^|]*)\|([^|]*)\|$", SOURCES, flags=re.MULTILINE
)
STATEMENTS = {  # the numbers run through all five documents
    "S0": range(1, 20),
    "S1": range(20, 55),
    "S2": range(55, 91),
    "S3": range(91, 128),
    "S4": range(128, 144),
}


def resolve(name: str) -> object:
    """Import the longest module of a dotted name and follow the rest."""
    found: object = cxmkit
    path = "cxmkit"
    for part in name.split(".")[1:]:
        path = f"{path}.{part}"
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(path)
    return found


def promised(served_by: str) -> set[str]:
    """Return the names, without their attributes, that are to come later."""
    _, _, to_come = served_by.partition("later: ")
    return set(re.findall(r"`(\w+)[\w.]*`", to_come))


def answers(served_by: str) -> bool:
    """Whether it names what serves a row, says why nothing does, or links a page."""
    pages = LINK.findall(served_by)
    if not all((DOCS / page).is_file() for page in pages):
        return False
    return bool(NAME.search(served_by) or EXCUSE.fullmatch(served_by) or pages)


@pytest.mark.parametrize("name", NAMED)
def test_every_name_on_the_sources_page_resolves(name: str) -> None:
    assert resolve(name) is not None


def test_a_name_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(ModuleNotFoundError):
        resolve("cxmkit.Tally.no_such_thing")


def test_all_statements_stand_on_the_page_in_order_and_once() -> None:
    expected = [f"{name}.{n}" for name, numbers in STATEMENTS.items() for n in numbers]
    assert len(expected) == 143
    assert [row for row, *_ in ROWS] == expected


@pytest.mark.parametrize(
    ("statement", "served_by"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_every_row_says_something_and_has_an_answer(
    statement: str, served_by: str
) -> None:
    assert statement.strip()
    assert answers(served_by.strip())


@pytest.mark.parametrize(
    "served_by",
    [
        "",
        "`Touchpoint`",
        "later:",
        "deliberately not: ",
        "[a page](no-such-page.md)",
        "`cxmkit.Touchpoint`, [a page](no-such-page.md)",
    ],
)
def test_a_row_without_an_answer_would_be_noticed(served_by: str) -> None:
    assert not answers(served_by)


def test_what_a_row_promises_for_later_is_not_there_yet() -> None:
    to_come = set[str]().union(*(promised(served_by) for *_, served_by in ROWS))
    assert to_come
    there = set(MODULES)
    for name in MODULES:
        there |= set(getattr(importlib.import_module(f"cxmkit.{name}"), "__all__", ()))
    assert to_come & there == set()


def test_every_row_cited_in_the_source_stands_on_the_page() -> None:
    cited = set()
    for module in (ROOT / "src" / "cxmkit").glob("*.py"):
        cited |= set(re.findall(r"\bS\d\.\d+", module.read_text(encoding="utf-8")))
    assert cited
    assert cited <= {row for row, *_ in ROWS}


def test_every_public_module_has_its_place_in_the_api() -> None:
    api = (DOCS / "api.md").read_text(encoding="utf-8")
    assert {
        name for name in MODULES if f"automodule:: cxmkit.{name}" not in api
    } == set()


@pytest.mark.parametrize(
    "module", ["customer", "brand", "experience", "journey", "scale"]
)
def test_every_class_has_its_place_on_the_language_page(module: str) -> None:
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    names = importlib.import_module(f"cxmkit.{module}").__all__
    classes = {name for name in names if name[0].isupper() and not name.isupper()}
    words = set(re.findall(r"\w+", page))
    assert {name for name in classes if "_" not in name} - words == set()
