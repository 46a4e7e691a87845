"""The first thing a newcomer runs."""

import re
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(
    monkeypatch: pytest.MonkeyPatch, *arguments: str, script: str = "airport.py"
) -> None:
    path = str(EXAMPLES / script)
    monkeypatch.setattr("sys.argv", [path, *arguments])
    runpy.run_path(path, run_name="__main__")


def test_the_airport_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert (
        "NPS is 40.4 points (95 % interval 37.5 to 43.2), from 2,746 answers." in lines
    )
    figures = re.compile(r".{34} +[\d.]+ % +[\d.]+ to [\d.]+ +[+-][\d.]+( \*)?")
    rows = [line for line in lines if figures.fullmatch(line)]
    assert len(rows) == 22
    assert rows[0].startswith("roadway signs")
    assert sum(line.endswith("*") for line in rows) == 6
    assert max(map(len, lines)) <= 88
    assert any(line.startswith("Best:  feeling of safety,") for line in lines)
    assert any(line.startswith("Worst: shops,") for line in lines)
    assert any(line.startswith("Net Easy is 85.1 points") for line in lines)


def test_the_picture_is_saved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    picture = tmp_path / "satisfied.svg"
    run(monkeypatch, "--svg", str(picture))
    root = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314  our own
    assert root.tag.endswith("svg")
    assert "feeling of safety" in "".join(root.itertext())


def test_the_promises_are_told(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    picture = tmp_path / "promises.svg"
    run(monkeypatch, "--svg", str(picture), script="promises.py")
    *lines, saved = capsys.readouterr().out.splitlines()
    assert saved == f"Picture saved as {picture}."
    assert max(map(len, lines)) <= 88
    words = " ".join(lines)
    assert "Of 17 promises (each at a touchpoint) 4 are broken" in words
    for verdict in ("gentle: re-position", "dry: train", "quick help: harmonise"):
        assert verdict in lines
    assert "The journey as a whole is worse than its touchpoints" in words
    root = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314  our own
    assert "quick help" in "".join(root.itertext())
