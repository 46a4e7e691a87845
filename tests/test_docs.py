"""The documentation names only what exists."""

import importlib
import re
from pathlib import Path

import pytest

import cxmkit

ROOT = Path(__file__).parents[1]
SOURCES = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(cxmkit\.[\w.]+)`", SOURCES)))
ROWS = re.findall(r"^\| (S\d\.\d+) \|(.*)\|(.*)\|$", SOURCES, flags=re.MULTILINE)


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


@pytest.mark.parametrize("name", NAMED)
def test_every_name_on_the_sources_page_resolves(name: str) -> None:
    assert resolve(name) is not None


def test_a_name_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(ModuleNotFoundError):
        resolve("cxmkit.Tally.no_such_thing")


def test_every_row_says_something_and_names_what_serves_it() -> None:
    assert len(ROWS) >= 40
    for row, statement, served_by in ROWS:
        assert statement.strip(), row
        assert "`cxmkit." in served_by, row


def test_rows_stand_in_order_and_once() -> None:
    numbers = [int(row.split(".")[1]) for row, *_ in ROWS]
    assert numbers == sorted(set(numbers))


def test_every_row_cited_in_the_source_stands_on_the_page() -> None:
    cited = set()
    for module in (ROOT / "src" / "cxmkit").glob("*.py"):
        cited |= set(re.findall(r"\bS\d\.\d+", module.read_text(encoding="utf-8")))
    assert cited
    assert cited <= {row for row, *_ in ROWS}


def test_every_public_module_has_its_place_in_the_api() -> None:
    api = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (ROOT / "src" / "cxmkit").glob("[!_]*.py")}
    assert {
        name for name in modules if f"automodule:: cxmkit.{name}" not in api
    } == set()
