"""Commands in processes of their own, beside an app that Hypercorn serves with two workers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.modules import write_module

APP = """\
from quart import Quart
from quart_hotframe import HotFrame

app = Quart(__name__)
app.config["HOTFRAME_POLL_INTERVAL"] = 0.02
HotFrame(app)


@app.get("/")
async def home() -> str:
    return "home"
"""
COMMANDS = """\
import click

from . import blueprint


@blueprint.cli.command("import-products")
def import_products() -> None:
    click.echo("3 products")
"""
NOTES_WHO_LOADS = """\
import os
from pathlib import Path

from . import blueprint

with Path({file!r}).open("a") as file:
    file.write(f"{{os.getpid()}}\\n")


@blueprint.get("/")
async def index() -> str:
    return "shop 1.0"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Write an app with the module ``shop``, and return its folder."""
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    views = NOTES_WHO_LOADS.format(file=str(tmp_path / "loaded"))
    files = {"views.py": views, "commands.py": COMMANDS}
    write_module(tmp_path / "modules", "shop", files=files)
    return tmp_path


def start(site: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command], cwd=site, text=True, env=dict(os.environ),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(site, "quart", "--app", "app", *arguments)
    output, errors = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@contextmanager
def served(site: Path) -> Iterator[int]:
    """Serve the site with two workers, and give the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ["--workers", "2", "--bind", f"127.0.0.1:{port}", "app:app"]
    server = start(site, "hypercorn", *arguments)
    try:
        wait_for_workers(site, server)
        yield port
    finally:
        server.terminate()
        server.communicate(timeout=30)


def wait_for_workers(site: Path, server: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 30
    folder = site / "instance" / "hotframe"
    while len(list(folder.rglob("workers/*.json"))) < 2:
        assert server.poll() is None, server.communicate()
        assert time.monotonic() < end, "The workers did not start."
        time.sleep(0.05)


def get(port: int, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        text: str = response.read().decode()
    return text


@pytest.mark.server
def test_a_command_is_followed_by_both_workers_and_loads_no_code_itself(site: Path) -> None:
    with served(site) as port:
        done = run(site, "hotframe", "modules", "enable", "shop")
        assert done.returncode == 0, done.stderr
        assert done.stdout == "shop 1.0 is enabled (provisional); served by 2 workers.\n"
        assert get(port, "/shop/") == "shop 1.0"
        assert len(set((site / "loaded").read_text().split())) == 2
        explained = json.loads(run(site, "hotframe", "modules", "explain", "shop", "--json").stdout)
        assert [one["revision"] for one in explained["workers"]] == [1, 1]
        done = run(site, "hotframe", "modules", "disable", "shop")
        assert done.stdout == "shop is disabled; left by 2 workers.\n"


@pytest.mark.server
def test_a_version_that_cannot_be_loaded_changes_nothing_and_fails(site: Path) -> None:
    with served(site) as port:
        run(site, "hotframe", "modules", "enable", "shop")
        write_module(site / "modules", "shop", "2.0", files={"views.py": "\nx = 1 / 0\n"})
        done = run(site, "hotframe", "modules", "reload", "shop")
        assert done.returncode == 1
        assert "views.py" in done.stderr
        assert "Traceback" not in done.stderr
        assert get(port, "/shop/") == "shop 1.0"


def test_a_command_that_a_module_brings_is_found(site: Path) -> None:
    assert run(site, "hotframe", "modules", "enable", "shop").returncode == 0
    done = run(site, "shop", "import-products")
    assert (done.returncode, done.stdout) == (0, "3 products\n")
    assert "shop" in run(site, "--help").stdout


def test_the_script_is_the_same_without_quart(site: Path) -> None:
    code = "from quart_hotframe.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--app", "app", "modules", "list", "--json"],
        cwd=site, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [one["name"] for one in json.loads(done.stdout)] == ["shop"]


def test_an_app_that_is_not_there_is_wrong_use(site: Path) -> None:
    process = start(site, "quart", "--app", "nowhere", "hotframe", "modules", "list")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "nowhere" in errors
