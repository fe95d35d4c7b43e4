"""What a command asks a person who sits at a terminal, on a real one."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.modules import write_module

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


def answered(site: Path, answer: bytes, *arguments: str) -> tuple[int, str]:
    """Run an uninstall at a terminal, answer its question; return exit code and what was shown."""
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "uninstall", *arguments], cwd=site, stdin=terminal, stdout=terminal,
        stderr=terminal, env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    os.close(terminal)
    try:
        shown = read(person, until=b"[y/N]:")
        os.write(person, answer)
        shown += read(person, until=None)
        return process.wait(timeout=30), shown.decode()
    finally:
        os.close(person)
        if process.poll() is None:
            process.kill()
            process.wait()


def read(person: int, until: bytes | None, seconds: float = 60.0) -> bytes:
    """Return what is shown up to some words, or to the end."""
    shown, end = b"", time.monotonic() + seconds
    while until is None or until not in shown:
        ready, _, _ = select.select([person], [], [], max(end - time.monotonic(), 0))
        assert ready, f"It does not go on: {shown!r}"
        try:
            more = os.read(person, 4096)
        except OSError:  # Linux: nobody has the terminal open any more
            more = b""
        if not more:
            assert until is None, f"It ended early: {shown!r}"
            return shown
        shown += more
    return shown


def installed(site: Path) -> set[str]:
    done = subprocess.run([*COMMAND, "list"], cwd=site, check=True, capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    return {row[0] for row in rows if row[2] != "available"}


def test_yes_removes_it(site: Path) -> None:
    code, shown = answered(site, b"y\n", "reviews", "--data", "drop")
    assert code == 0, shown
    assert "Uninstall 'reviews' and drop its data? [y/N]:" in shown
    assert "reviews is uninstalled" in shown
    assert installed(site) == {"shop"}


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"\x04"], ids=["no", "nothing", "end of file"])
def test_any_other_answer_changes_nothing(site: Path, answer: bytes) -> None:
    code, shown = answered(site, answer, "reviews")
    assert code == 1
    assert "Uninstall 'reviews' and keep its data? [y/N]:" in shown
    assert "Aborted!" in shown
    assert "Traceback" not in shown
    assert installed(site) == {"reviews", "shop"}


def test_the_question_names_all_that_a_cascade_removes(site: Path) -> None:
    code, shown = answered(site, b"y\n", "shop", "--cascade")
    assert code == 0, shown
    assert "Uninstall 'reviews', 'shop' and keep their data?" in shown
    assert installed(site) == set()
