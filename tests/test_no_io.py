"""Nothing is read, written, printed, timed, drawn at random or asked of the system."""

import ast
import json
import runpy
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import cxmkit

HERE = Path(cxmkit.__file__).parent
SOURCES = sorted(HERE.rglob("*.py"))
TESTS = Path(__file__).parent
EXAMPLES: dict[str, Any] = runpy.run_path(str(TESTS / "example_calls.py"))

# The source

FORBIDDEN_MODULES = {
    *("os", "io", "sys", "pathlib", "posixpath", "shutil", "glob", "tempfile"),
    *("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "asyncio"),
    *("subprocess", "threading", "multiprocessing", "concurrent", "signal", "ctypes"),
    *("time", "random", "secrets", "locale", "platform", "getpass", "uuid"),
    *("logging", "warnings", "sqlite3", "dbm", "shelve"),
}
FORBIDDEN_CALLS = {
    *("print", "open", "input", "eval", "exec", "compile", "breakpoint", "__import__"),
}
# Methods and functions of modules, whatever they are called on.
FORBIDDEN_ATTRIBUTES = {
    *("now", "today", "utcnow", "localtime", "getenv", "environ"),
    *("load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt"),
    *("fromfile", "tofile", "fromregex", "memmap", "open_memmap", "DataSource"),
    *("seterr", "seterrcall", "set_printoptions", "setbufsize", "set_string_function"),
}
# These look at the system's zone or entropy unless they are told what to use.
NEED_ARGUMENTS = {"default_rng", "astimezone", "SeedSequence", "PCG64"}


def offences(source: str) -> list[str]:
    """Return what a source must not contain, each with its line."""
    return [
        f"line {node.lineno}: {found}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt | ast.expr)
        for found in _found_in(node)
    ]


def _found_in(node: ast.stmt | ast.expr) -> list[str]:
    match node:
        case ast.Import(names=names):
            modules = [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            modules = [module]
        case ast.Global():
            return ["global"]
        case ast.Name(id=name) if name in FORBIDDEN_CALLS:
            return [name]
        case ast.Attribute(attr=name) if name in FORBIDDEN_ATTRIBUTES:
            return [f".{name}"]
        case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=words):
            bare = name in NEED_ARGUMENTS and not (args or words)
            unzoned = name == "fromtimestamp" and len(args) + len(words) < 2
            legacy = ast.unparse(node.func).startswith(("np.random.", "numpy.random."))
            drawn = legacy and name not in {"default_rng", "Generator"}
            return [f".{name}()"] if bare or unzoned or drawn else []
        case _:
            return []
    return [f"import {m}" for m in modules if m.split(".")[0] in FORBIDDEN_MODULES]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_source_asks_nothing_of_the_system(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []


def test_only_one_module_draws() -> None:
    drawing = [p.name for p in SOURCES if "<svg xmlns" in p.read_text(encoding="utf-8")]
    assert drawing == ["_draw.py"]


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import os.path as p",
        "from os import path",
        "from urllib.request import urlopen",
        "def f():\n    import time",
        "print(1)",
        "say = print",
        "x = open('x')",
        "from datetime import datetime\nx = datetime.now(UTC)",
        "x = date.today()",
        "x = moment.astimezone()",
        "x = datetime.fromtimestamp(0)",
        "x = np.random.default_rng()",
        "x = np.random.normal()",
        "x = np.load('x')",
        "x.tofile('x')",
        "np.seterr(all='ignore')",
        "def f():\n    global x\n    x = 1",
    ],
)
def test_each_offence_would_be_noticed(source: str) -> None:
    assert offences(source) != []


def test_what_is_harmless_passes() -> None:
    harmless = (
        "from datetime import UTC\nx = moment.astimezone(UTC)\n"
        "rng = np.random.default_rng(seed)\nfrom importlib import import_module"
    )
    assert offences(harmless) == []


# The calls


def test_every_public_callable_has_an_example() -> None:
    classes, calls, enums = EXAMPLES["public_callables"]()
    assert set(EXAMPLES["INSTANCES"]) == set(classes)
    assert set(EXAMPLES["CALLS"]) == set(calls)
    assert set(EXAMPLES["ENUMS"]) == {kind.__name__ for kind in enums}


def test_the_inventory_is_not_blind() -> None:
    classes, calls, enums = EXAMPLES["public_callables"]()
    assert {"tally.Tally", "journey.Journey"} <= set(classes)
    assert {"equity.clv", "tally.Tally.count", "journey.Journey.then"} <= set(calls)
    assert cxmkit.Phase in enums


@pytest.mark.parametrize("name", EXAMPLES["INSTANCES"])
def test_examples_are_of_the_class_they_stand_for(name: str) -> None:
    classes, _, _ = EXAMPLES["public_callables"]()
    assert type(EXAMPLES["INSTANCES"][name]()) is classes[name]


def test_no_call_prints(capfd: pytest.CaptureFixture[str]) -> None:
    EXAMPLES["run_all"]()
    assert capfd.readouterr() == ("", "")


@cache
def watched() -> dict[str, list[str]]:
    paths = sysconfig.get_paths()
    readable = {sys.prefix, sys.base_prefix, paths["purelib"], paths["stdlib"]}
    script, examples = TESTS / "watched_calls.py", TESTS / "example_calls.py"
    # Without -B the interpreter itself would write bytecode; a trusted call.
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-B", script, examples, *readable, HERE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    report: dict[str, list[str]] = json.loads(result.stdout)
    return report


def test_first_calls_only_read_what_is_installed() -> None:
    assert watched()["first"] == []


def test_later_calls_touch_nothing_and_ask_no_environment() -> None:
    assert watched()["second"] == []


def test_the_watch_is_awake() -> None:
    control = watched()["control"]
    for event in ("environment", "open", "os.listdir", "socket."):
        assert any(entry.startswith(event) for entry in control), event
