"""The Python of README and documentation compiles; what is marked as runnable runs.

A block is runnable when a line ``<!-- runnable -->`` stands before it. It runs alone, in a process
of its own and in an empty folder, and must end with exit code 0.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(
    r"^(?P<mark><!-- runnable -->\n+)?(?P<indent>[ ]*)```python[^\n]*\n"
    r"(?P<code>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """One ```python block and where it stands."""

    path: Path
    line: int
    code: str
    runnable: bool


def blocks_of(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("code")) + 1
        indent = match["indent"]
        code = re.sub(rf"^{indent}", "", match["code"], flags=re.MULTILINE)
        found.append(Block(path, line, code, match["mark"] is not None))
    return found


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


BLOCKS = [block for page in pages() if page.exists() for block in blocks_of(page)]


def name_of(block: Block) -> str:
    return f"{block.path.relative_to(ROOT).as_posix()}:{block.line}"


def test_the_readme_exists() -> None:
    assert (ROOT / "README.md").is_file()


def run(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    (folder / "block.py").write_text(block.code, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", "block.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("block", BLOCKS, ids=name_of)
def test_a_block_compiles(block: Block) -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compile("\n" * (block.line - 1) + block.code, str(block.path), "exec", flags)


def test_a_block_that_is_marked_is_runnable_and_others_are_not(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- runnable -->\n```python\n1\n```\n\n1. x\n\n   ```python\n   2\n   ```\n")
    assert blocks_of(page) == [Block(page, 3, "1\n", True), Block(page, 9, "2\n", False)]


def test_the_runnable_blocks_run(tmp_path: Path) -> None:
    failures = {}
    for block in (block for block in BLOCKS if block.runnable):
        done = run(block, tmp_path / name_of(block).replace("/", "_"))
        if done.returncode:
            failures[name_of(block)] = done.stderr
    assert failures == {}


def test_a_block_that_fails_is_noticed(tmp_path: Path) -> None:
    block = Block(tmp_path / "page.md", 1, "raise SystemExit(3)\n", True)
    assert run(block, tmp_path / "block").returncode == 3
