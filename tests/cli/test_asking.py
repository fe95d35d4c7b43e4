"""What a command asks a person who sits at a terminal, on a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.modules import write_module
from tests.support.terminal import answered

pytestmark = pytest.mark.by_turns

APP = """\
from quart import Quart
from quart_hotframe import HotFrame

app = Quart(__name__)
app.config["HOTFRAME_POLL_INTERVAL"] = 0.02
HotFrame(app)
"""
COMMAND = [sys.executable, "-m", "quart", "--app", "app", "hotframe", "modules"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Write an app whose modules ``shop`` and ``reviews``, which needs it, are enabled."""
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    write_module(tmp_path / "modules", "shop")
    write_module(tmp_path / "modules", "reviews", manifest='requires = ["shop"]')
    subprocess.run([*COMMAND, "enable", "reviews"], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def uninstall(site: Path, answer: bytes, *arguments: str) -> tuple[int, str]:
    """Run an uninstall and answer its question; return exit code and what was shown."""
    environment = {**os.environ, "TERM": "dumb"}
    return answered([*COMMAND, "uninstall", *arguments], answer, site, environment)


def installed(site: Path) -> set[str]:
    done = subprocess.run([*COMMAND, "list"], cwd=site, check=True, capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    return {row[0] for row in rows if row[2] != "available"}


def test_yes_removes_it(site: Path) -> None:
    code, shown = uninstall(site, b"y\n", "reviews", "--data", "drop")
    assert code == 0, shown
    assert "Uninstall 'reviews' and drop its data? [y/N]:" in shown
    assert "reviews is uninstalled" in shown
    assert installed(site) == {"shop"}


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"\x04"], ids=["no", "nothing", "end of file"])
def test_any_other_answer_changes_nothing(site: Path, answer: bytes) -> None:
    code, shown = uninstall(site, answer, "reviews")
    assert code == 1
    assert "Uninstall 'reviews' and keep its data? [y/N]:" in shown
    assert "Aborted!" in shown
    assert "Traceback" not in shown
    assert installed(site) == {"reviews", "shop"}


def test_the_question_names_all_that_a_cascade_removes(site: Path) -> None:
    code, shown = uninstall(site, b"y\n", "shop", "--cascade")
    assert code == 0, shown
    assert "Uninstall 'reviews', 'shop' and keep their data?" in shown
    assert installed(site) == set()
