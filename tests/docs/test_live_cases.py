"""The table of what live components survive names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "live_cases.md"
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
NAME = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LATER = {3, *range(51, 59)}
"""What needs several workers."""
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))


@cache
def named_in(path: str) -> set[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {one.name for one in tree.body if isinstance(one, kinds) and one.name[:5] == "test_"}


def test_every_case_is_there_once() -> None:
    assert [int(number) for number, _, _ in ROWS] == sorted({*range(1, 63)} - LATER)


@pytest.mark.parametrize(("number", "case", "tests"), ROWS, ids=[row[0] for row in ROWS])
def test_every_test_of_a_case_exists(number: str, case: str, tests: str) -> None:
    names = NAME.findall(tests)
    assert len(names) == tests.count("::") > 0
    assert [name for path, name in names if name not in named_in(path)] == []
