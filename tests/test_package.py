"""What `import cxmkit` offers, and what it costs."""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cxmkit

HERE = Path(cxmkit.__file__).parent
TREE = ast.parse((HERE / "__init__.py").read_text(encoding="utf-8"))
MODULES = sorted(
    info.name
    for info in pkgutil.iter_modules(cxmkit.__path__)
    if not info.name.startswith("_")
)
MODULE_TREES = {
    path.stem: ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(HERE.glob("*.py"))
}

IMPORTS = [
    *(f"import cxmkit.{name}" for name in MODULES if name != "testing"),
    "from cxmkit import nps",
    "from cxmkit import *",
]

every_module = pytest.mark.parametrize("name", MODULES)


def module(name: str) -> ModuleType:
    return importlib.import_module(f"cxmkit.{name}")


def imported_names(tree: ast.AST) -> list[tuple[str, str]]:
    """Return (module, name) of each ``from cxmkit.module import name``."""
    return [
        (node.module.removeprefix("cxmkit."), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if node.module.startswith("cxmkit.") and alias.asname is None
    ]


# The package: four lists of the same names


def for_type_checkers() -> set[tuple[str, str]]:
    [block] = [
        node
        for node in TREE.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    return set(imported_names(block))


def at_run_time() -> list[tuple[str, str]]:
    [table] = [
        node.value
        for node in TREE.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOME"
    ]
    homes: dict[str, list[str]] = ast.literal_eval(table)
    return [(home, name) for home, names in homes.items() for name in names]


def test_type_checkers_and_run_time_see_the_same_names() -> None:
    assert for_type_checkers() == set(at_run_time())


def test_all_lists_what_can_be_resolved() -> None:
    names = [name for _, name in at_run_time()]
    assert sorted(names) == sorted(cxmkit.__all__)
    assert len(set(names)) == len(names)


def test_dir_lists_what_can_be_resolved() -> None:
    assert set(cxmkit.__all__) <= set(dir(cxmkit))
    assert dir(cxmkit) == sorted(dir(cxmkit))


@pytest.mark.parametrize(("home", "name"), at_run_time())
def test_every_name_is_the_object_of_its_module(home: str, name: str) -> None:
    assert name in module(home).__all__
    assert getattr(cxmkit, name) is getattr(module(home), name)
    assert cxmkit.__getattr__(name) is getattr(module(home), name)


def test_the_module_named_is_where_the_thing_is_defined() -> None:
    for home, name in at_run_time():
        defined_in = getattr(getattr(cxmkit, name), "__module__", f"cxmkit.{home}")
        assert defined_in in {f"cxmkit.{home}", "builtins"}, name


@pytest.mark.parametrize("name", MODULES)
def test_every_public_module_is_an_attribute(name: str) -> None:
    assert cxmkit.__getattr__(name) is module(name)


def test_modules_are_listed_before_they_are_loaded() -> None:
    # Once loaded they are attributes anyway, so a fresh interpreter has to say.
    loaded_by(f"import cxmkit; assert set({MODULES}) <= set(dir(cxmkit))")


def test_private_modules_are_not_offered() -> None:
    with pytest.raises(AttributeError, match="no attribute '_stats'"):
        cxmkit.__getattr__("_stats")


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'np'"):
        cxmkit.np  # noqa: B018  reading it is the point
    assert not hasattr(cxmkit, "nbs")


def test_a_star_import_gives_exactly_the_names_of_all() -> None:
    found: dict[str, object] = {}
    exec("from cxmkit import *", found)  # noqa: S102  no other way to see it
    assert set(found) - {"__builtins__"} == set(cxmkit.__all__)


# The modules


def defined_names(tree: ast.Module) -> set[str]:
    """Return the public functions, classes and constants that a module defines."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


@cache
def shared_names() -> set[tuple[str, str]]:
    """Return (module, name) of all that some module imports from another."""
    return set(chain.from_iterable(map(imported_names, MODULE_TREES.values())))


def is_alias(name: str) -> bool:
    """Whether a name is that of a type alias or a type variable: no one calls those."""
    return name[0].isupper() and not name.isupper()


@every_module
def test_every_public_name_of_a_module_is_in_all_or_shared(name: str) -> None:
    """What is public and not in ``__all__`` must serve another module."""
    tree = MODULE_TREES[name]
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    unlisted = {
        each
        for each in defined_names(tree) - set(module(name).__all__)
        if not (is_alias(each) and each not in classes)
    }
    assert {each for each in unlisted if (name, each) not in shared_names()} == set()


@every_module
def test_all_of_a_module_exists_and_is_its_own(name: str) -> None:
    listed = module(name).__all__
    assert len(set(listed)) == len(listed)
    borrowed = set(listed) - defined_names(MODULE_TREES[name])
    lent = {each for _, each in imported_names(MODULE_TREES[name])}
    assert borrowed <= lent
    for each in listed:
        assert not each.startswith("_")
        assert hasattr(module(name), each)


def test_nothing_bears_the_name_of_a_module() -> None:
    names = set(chain.from_iterable(module(name).__all__ for name in MODULES))
    assert names.isdisjoint(MODULES)
    assert set(cxmkit.__all__).isdisjoint(MODULES)


# The weight, counted in modules: a time would depend on the machine


def told_by(script: str) -> Any:
    """Return what a script prints in a fresh interpreter."""
    # A trusted call: this interpreter, a script of our own.
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return json.loads(result.stdout)


def third_party(modules: list[str]) -> set[str]:
    return {m for m in modules if m.split(".")[0] not in sys.stdlib_module_names}


@cache
def loaded_by(statement: str) -> set[str]:
    """Return what a statement loads in a fresh interpreter, standard library aside."""
    return third_party(
        told_by(
            f"import json, sys; before = set(sys.modules); {statement};"
            " print(json.dumps(sorted(set(sys.modules) - before)))"
        )
    )


@cache
def loaded_one_after_another() -> dict[str, list[str]]:
    """Return what each import loads that attrs, numpy and those before have not.

    One interpreter for all: whatever any of them brings along comes to light, with the
    first that does so, and nothing has to be loaded anew for each.
    """
    loaded: dict[str, list[str]] = told_by(f"""
import attr, attrs, json, numpy, numpy.typing, sys
loaded = dict()
for statement in {IMPORTS}:
    before = set(sys.modules)
    exec(statement, dict())
    loaded[statement] = sorted(set(sys.modules) - before)
print(json.dumps(loaded))
""")
    return loaded


def test_import_cxmkit_alone_loads_nothing() -> None:
    assert loaded_by("import cxmkit") == {"cxmkit"}
    assert loaded_by("import cxmkit; dir(cxmkit); cxmkit.__all__") == {"cxmkit"}
    assert "cxmkit.samples" in loaded_by("import cxmkit; cxmkit.samples.airport()")


@pytest.mark.parametrize("statement", IMPORTS)
def test_imports_load_attrs_and_numpy_and_nothing_else(statement: str) -> None:
    loaded = third_party(loaded_one_after_another()[statement])
    # Also without numpy.random and numpy.ma, unless numpy itself brings them along.
    assert {m for m in loaded if m.split(".")[0] != "cxmkit"} == set()


def test_all_imports_were_tried() -> None:
    loaded = set(chain.from_iterable(loaded_one_after_another().values()))
    assert loaded >= {f"cxmkit.{name}" for name in MODULES} - {"cxmkit.testing"}


def test_a_first_answer_loads_neither_random_numbers_nor_masked_arrays() -> None:
    needed = loaded_by("import attr, attrs, numpy, numpy.typing")
    loaded = loaded_by("from cxmkit import nps; nps([9, 10, 3])")
    assert {"numpy.random", "numpy.ma"} & (loaded - needed) == set()


# What is shipped


def test_type_checkers_are_told_that_there_are_types() -> None:
    assert (files("cxmkit") / "py.typed").is_file()


def test_there_is_one_version() -> None:
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["version"] == cxmkit.__version__
