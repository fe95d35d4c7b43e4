"""``quart routes`` and ``quart shell`` on an app with modules, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.modules import write_module

pytestmark = pytest.mark.by_turns

APP = """\
import click
from quart import Quart
from quart_hotframe import HotFrame

app = Quart(__name__)


@app.get("/own")
async def own() -> str:
    return "own"


@app.cli.command("count", with_appcontext=True)
def count() -> None:
    click.echo(sum(1 for rule in app.url_map.iter_rules()))


HotFrame(app)
"""
NOTES_WHO_LOADS = """\
from pathlib import Path

from . import blueprint

Path(__file__).parents[2].joinpath("loaded").touch()


@blueprint.get("/")
async def index() -> str:
    return "shop 1.0"


@blueprint.record
def bring(state):
    assert state.app.app_context().app is state.app
    state.app.shell_context_processor(lambda: {"stock": 12})
"""
SHELL = """\
print(sorted(str(rule) for rule in app.url_map.iter_rules()))
from quart_hotframe import current_hotframe
print([(one.name, one.state) for one in current_hotframe.modules])
print("stock is", stock)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Write an app whose modules ``shop`` and ``reviews`` are enabled, and return its folder."""
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    write_module(tmp_path / "modules", "shop", files={"views.py": NOTES_WHO_LOADS})
    write_module(tmp_path / "modules", "reviews")
    for name in ("shop", "reviews"):
        assert run(tmp_path, "hotframe", "modules", "enable", name).returncode == 0
    (tmp_path / "loaded").unlink()
    return tmp_path


def run(
    site: Path, *arguments: str, text: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "quart", "--app", "app", *arguments],
        cwd=site, input=text, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **variables},
    )  # fmt: skip


def routes(output: str) -> set[str]:
    return {line.split()[-1] for line in output.splitlines()[2:]}


def test_routes_lists_those_of_modules(site: Path) -> None:
    done = run(site, "routes")
    assert (done.returncode, done.stderr) == (0, "")
    assert {"/own", "/shop/", "/reviews/"} <= routes(done.stdout)
    assert "shop.index" in done.stdout


def test_the_shell_sees_routes_records_and_what_modules_bring_for_it(site: Path) -> None:
    done = run(site, "shell", text=SHELL)
    assert done.returncode == 0, done.stderr
    assert "'/own', '/reviews/'" in done.stdout
    assert "'/shop/'" in done.stdout
    assert "[('reviews', 'provisional'), ('shop', 'provisional')]" in done.stdout
    assert "stock is 12" in done.stdout


def test_a_module_that_fails_is_told_and_the_others_are_there(site: Path) -> None:
    write_module(site / "modules", "reviews", files={"views.py": "\nx = 1 / 0\n"})
    done = run(site, "routes")
    assert done.returncode == 0
    assert {"/own", "/shop/"} <= routes(done.stdout)
    assert "/reviews/" not in done.stdout
    told = done.stderr.splitlines()
    assert len(told) == 1
    assert told[0].startswith("The module 'reviews' is not there: ")
    assert told[0].endswith("views.py:2: ZeroDivisionError: division by zero")
    shell = run(site, "shell", text=SHELL)
    assert "('reviews', 'failed')" in shell.stdout


def test_a_store_that_cannot_be_read_is_told_and_the_apps_own_routes_are_there(site: Path) -> None:
    (site / "instance" / "hotframe" / "state.json").write_text("{", encoding="utf-8")
    done = run(site, "routes")
    assert done.returncode == 0
    assert "/own" in routes(done.stdout)
    assert done.stderr.startswith("The modules are not there: ")
    assert "state.json is damaged" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["routes", "shell"])
def test_safe_mode_shows_only_what_is_the_apps_own(site: Path, command: str) -> None:
    done = run(site, command, text=SHELL, HOTFRAME_SAFE_MODE="1")
    assert "/own" in done.stdout
    assert "/shop/" not in done.stdout
    assert not (site / "loaded").exists()


def test_another_command_of_the_app_loads_no_module(site: Path) -> None:
    done = run(site, "count")
    assert (done.returncode, done.stdout) == (0, "2\n")
    assert not (site / "loaded").exists()


def test_looking_leaves_no_trace_in_the_store(site: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (site / "instance").rglob("*")}
    run(site, "routes")
    assert {path: path.stat().st_mtime_ns for path in (site / "instance").rglob("*")} == before
