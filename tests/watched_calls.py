"""Make all example calls twice under an audit hook and report what was touched.

Run as a script by test_no_io.py, since an audit hook cannot be taken off again:
first argument example_calls.py, then the folders that may be read.
"""

import json
import os
import runpy
import socket
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
SYSTEM = ("os.", "socket.", "subprocess.", "shutil.", "tempfile.", "glob.", "pty.")


class Sealed(MutableMapping[str, str]):
    """An environment that nobody may look at."""

    def _refuse(self, *_: object) -> Any:
        raise AssertionError("the environment was looked at")

    __getitem__ = __setitem__ = __delitem__ = _refuse

    def __iter__(self) -> Iterator[str]:
        return self._refuse()  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return self._refuse()  # type: ignore[no-any-return]


def is_reading(event: str, args: tuple[Any, ...], folders: list[str]) -> bool:
    """Whether an event only reads from these folders, as imports do."""
    path = os.fsdecode(args[0]) if isinstance(args[0], str | bytes) else str(args[0])
    folder = os.path.join(os.path.abspath(path), "")  # noqa: PTH100, PTH118
    inside = folder.startswith(tuple(folders))
    if event == "open":
        _, mode, flags = args
        return inside and not (set(mode or "") & set("wax+") or flags & WRITES)
    return inside and event in {"os.listdir", "os.scandir"}


def main(examples: str, *folders: str) -> None:
    """Run, and print the report."""
    # Absolute paths, or an installation elsewhere would be let through by a prefix.
    roots = [os.path.join(os.path.abspath(folder), "") for folder in folders]  # noqa: PTH100, PTH118
    seen: dict[str, list[str]] = {"first": [], "second": [], "control": []}
    current: list[str] = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event != "open" and not event.startswith(SYSTEM):
            return
        if current and not (current[0] == "first" and is_reading(event, args, roots)):
            seen[current[0]].append(f"{event} {args}")

    run_all = runpy.run_path(examples)["run_all"]
    sys.addaudithook(hook)
    current[:] = ["first"]
    run_all()
    environment, os.environ = os.environ, Sealed()  # type: ignore[assignment]
    current[:] = ["second"]
    run_all()
    current[:] = ["control"]
    try:
        os.environ.get("HOME")
    except AssertionError:
        seen["control"].append("environment")
    os.environ = environment  # noqa: B003  put back what was there
    with open(examples, encoding="utf-8"):  # noqa: PTH123  an open that must be seen
        pass
    os.listdir(folders[0])  # noqa: PTH208
    socket.socket().close()
    current.clear()
    print(json.dumps(seen))  # noqa: T201  the report


if __name__ == "__main__":
    main(*sys.argv[1:])
