"""What the tutorial lets its readers write is the example that it shows."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
BOARD = ROOT / "examples" / "board"
FENCE = re.compile(r"^```(?!console)\S+\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"`((?:[\w.]+/)*[\w]+\.(?:py|html|toml))`")


def written() -> dict[str, list[str]]:
    """Return the lines that the page lets its readers write into each file."""
    files: dict[str, list[str]] = defaultdict(list)
    text = (ROOT / "docs" / "tutorial" / "board.md").read_text("utf-8")
    *parts, _ = FENCE.split(text)
    name = ""
    for said, code in zip(parts[::2], parts[1::2], strict=True):
        name = ([name] + NAME.findall(said))[-1]
        files[name] += code.splitlines()
    return {name: told(lines) for name, lines in files.items()}


def told(lines: list[str]) -> list[str]:
    """Return lines that are not empty, in whatever order and at whatever indentation."""
    return sorted(line.strip() for line in lines if line)


def test_the_files_of_the_tutorial_are_those_of_the_board() -> None:
    paths = [path for kind in ("py", "html", "toml") for path in BOARD.rglob(f"*.{kind}")]
    there = {
        path.relative_to(BOARD).as_posix(): told(path.read_text("utf-8").splitlines())
        for path in paths
    }
    assert written() == there
