"""Commands in processes of their own, beside an app that Hypercorn serves with two workers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.stores.filestore import FileStore
from tests.support.modules import write_module

APP = """\
from quart import Quart
from quart_hotframe import HotFrame

app = Quart(__name__)
app.config["HOTFRAME_POLL_INTERVAL"] = 0.02
app.config["HOTFRAME_ERROR_THRESHOLD"] = 3
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


def start(site: Path, *command: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command], cwd=site, text=True,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(site: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    process = start(site, "quart", "--app", "app", *arguments, **environment)
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


def workers(site: Path) -> list[Participant]:
    live = asyncio.run(FileStore(site / "instance" / "hotframe").participants())
    return [one for one in live.values() if one.kind == "worker"]


def becomes(true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "Not in time."
        time.sleep(0.02)


FAILS_IN_ONE = """\
import os

from quart import request
from . import blueprint


@blueprint.get("/")
async def index() -> str:
    if request.args.get("pid") == str(os.getpid()):
        raise ValueError("no price")
    return "shop"
"""


def fail_in(port: int, pid: int) -> None:
    """Ask until the worker has failed as often as it may."""
    failed = 0
    while failed < 3:
        try:
            get(port, f"/shop/?pid={pid}")
        except HTTPError as error:
            error.close()
            failed += 1


@pytest.mark.server
@pytest.mark.by_turns
def test_what_fails_in_one_worker_is_told_by_list_show_and_explain(site: Path) -> None:
    write_module(site / "modules", "shop", files={"views.py": FAILS_IN_ONE})
    with served(site) as port:
        run(site, "hotframe", "modules", "enable", "shop", HOTFRAME_PROVISIONAL_SECONDS="0")
        pid = workers(site)[0].pid
        fail_in(port, pid)
        becomes(lambda: any(one.troubles for one in workers(site)))
        told = f"degraded in 1 of 2 workers (pid {pid}): ValueError: no price at shop/views.py:10"
        done = run(site, "hotframe", "modules", "list")
        assert done.stdout.splitlines()[1].split()[:3] == ["shop", "1.0", "degraded"]
        assert done.stderr == f"shop is {told}\n"
        assert told in run(site, "hotframe", "modules", "show", "shop").stdout
        explained = run(site, "hotframe", "modules", "explain", "shop").stdout
        assert "shop 1.0 is degraded" in explained and f"It is {told}" in explained
        trouble = {"pid": pid, "state": "degraded", "error": told.partition("): ")[2]}
        for name in ("show", "explain"):
            found = json.loads(run(site, "hotframe", "modules", name, "shop", "--json").stdout)
            record = found["module"] if name == "explain" else found
            assert (record["state"], record["troubles"]) == ("degraded", [trouble])
        [record] = json.loads(run(site, "hotframe", "modules", "list", "--json").stdout)
        assert (record["state"], record["troubles"]) == ("degraded", [trouble])
        done = run(site, "hotframe", "modules", "reset", "shop")
        assert (done.returncode, done.stderr) == (0, "")
        becomes(lambda: not any(one.troubles for one in workers(site)))


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process stand still, as one that is swapped out or hangs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.server
@pytest.mark.by_turns
def test_a_worker_that_stands_still_is_named_and_nothing_changes(site: Path) -> None:
    with served(site) as port:
        run(site, "hotframe", "modules", "enable", "shop")
        pid = workers(site)[0].pid
        with stopped(pid):
            done = run(
                site, "hotframe", "modules", "disable", "shop", HOTFRAME_OPERATION_TIMEOUT="1"
            )
        assert (done.returncode, done.stdout) == (1, "")
        assert f"Worker processes {pid} did not follow within 1 s: nothing changed" in done.stderr
        assert "Traceback" not in done.stderr
        done = run(site, "hotframe", "modules", "disable", "shop")
        assert done.stdout == "shop is disabled; left by 2 workers.\n"
        with pytest.raises(HTTPError, match="404") as gone:
            get(port, "/shop/")
        gone.value.close()


STANDS_STILL = """\
import os, signal

def disable():
    pass

def enable():
    with open({file!r}) as file:
        os.kill(int(file.read()), signal.SIGSTOP)
"""


@pytest.mark.server
@pytest.mark.by_turns
def test_a_worker_that_stands_still_after_the_commit_is_named_and_catches_up(site: Path) -> None:
    """It prepares, and is stopped by the other worker's function before the new set is served."""
    file = site / "pid"
    write_module(
        site / "modules", "shop", files={"lifecycle.py": STANDS_STILL.format(file=str(file))}
    )
    with served(site) as port:
        first, second = sorted(workers(site), key=lambda one: one.id)
        file.write_text(str(second.pid))  # the first runs the functions
        try:
            done = run(
                site, "hotframe", "modules", "enable", "shop", HOTFRAME_OPERATION_TIMEOUT="2"
            )
            assert done.returncode == 1
            assert "shop 1.0 is enabled" in done.stdout and "served by 1 worker." in done.stdout
            assert (
                "The change is in the store, but 1 of 2 workers did not follow in time: "
                f"process {second.pid}."
            ) in done.stderr
            [behind] = [one for one in workers(site) if one.pid == second.pid]
            assert not behind.revision
        finally:
            os.kill(second.pid, signal.SIGCONT)
        becomes(lambda: {one.revision for one in workers(site)} == {1})
        for _ in range(20):
            assert get(port, "/shop/") == "shop 1.0"
        assert first.pid != second.pid


@pytest.mark.server
@pytest.mark.by_turns
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
@pytest.mark.by_turns
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
