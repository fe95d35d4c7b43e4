"""Every operation on a server with two workers, asked for by a request and by a command."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import Farm
from tests.support.servers import GRANIAN
from tests.support.servers import HYPERCORN
from tests.support.servers import Server
from tests.support.servers import UVICORN

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

LIFECYCLE = """\
import os
from pathlib import Path

def note(what):
    with Path({log!r}).open("a") as file:
        file.write(f"{{what}} {{os.getpid()}}\\n")

def install(): note("install")
def enable(): note("enable")
def upgrade(old, new): note(f"upgrade {{old}} {{new}}")
def disable(): note("disable")
def uninstall(keep_data): note("uninstall")
"""

REFUSING = """\
import os
from pathlib import Path
from quart import Blueprint

blueprint = Blueprint("blog", __name__)
if Path({file!r}).read_text() == str(os.getpid()):
    raise RuntimeError("not in this process")
"""


def answers(server: Server) -> tuple[set[int], set[tuple[int, str]]]:
    """Ask until both workers have told what they are; return their ids and all answers."""
    pids: set[int] = set()
    found: set[tuple[int, str]] = set()
    end = time.monotonic() + 10
    while len(pids) < len(server.pids) and time.monotonic() < end:
        found |= {server.ask("GET", "/blog/") for _ in range(5)}
        pids.add(server.who()["pid"])
    return pids, found


def serves(server: Server, version: str | None) -> None:
    """Assert that both workers serve this version right now, and none another."""
    pids, found = answers(server)
    assert pids == server.pids
    if version is None:
        assert {status for status, _ in found} == {404}
    else:
        assert found == {(200, f"blog {version}")}


def walk(farm: Farm, server: Server, done: Callable[..., dict[str, Any]]) -> list[float]:
    """Do every operation once; after each, no worker serves what was before."""
    log = str(farm.folder / "lifecycle.log")
    options = {"files": {"lifecycle.py": LIFECYCLE.format(log=log)}}
    first, second = (farm.source("blog", version, **options) for version in ("1.0", "2.0"))
    steps: list[tuple[tuple[Any, ...], str | None]] = [
        (("install", first), None),
        (("enable", "blog"), "1.0"),
        (("upgrade", "blog", second), "2.0"),
        (("rollback", "blog"), "1.0"),
        (("reload", "blog"), "1.0"),
        (("disable", "blog"), None),
        (("enable", "blog"), "1.0"),
        (("uninstall", "blog"), None),
    ]
    times = []
    for arguments, version in steps:
        began = time.monotonic()
        result = done(*arguments)
        times.append(time.monotonic() - began)
        assert list(result["acknowledged"].values()) == [True, True]
        serves(server, version)
    return times


def lifecycle_of(farm: Farm) -> tuple[list[str], set[int]]:
    lines = (farm.folder / "lifecycle.log").read_text().splitlines()
    return [line.rpartition(" ")[0] for line in lines], {int(x.split()[-1]) for x in lines}


RAN = [
    "install", "enable", "upgrade 1.0 2.0", "upgrade 2.0 1.0", "disable", "enable",
    "disable", "uninstall",
]  # fmt: skip


def test_both_workers_follow_every_operation_of_a_request(farm: Farm) -> None:
    server = farm.serve(workers=2)
    times = walk(farm, server, server.done)
    print(f"acknowledged: median {sorted(times)[len(times) // 2]:.3f} s, max {max(times):.3f} s")
    farm.becomes(lambda: len(lifecycle_of(farm)[0]) == len(RAN))
    assert lifecycle_of(farm)[0] == RAN
    farm.becomes(lambda: farm.folders() == set())


def test_both_workers_follow_every_operation_of_a_command(farm: Farm) -> None:
    server = farm.serve(workers=2)

    def done(*arguments: Any) -> dict[str, Any]:
        result = farm.command(*arguments)
        assert "error" not in result
        assert result["loaded"] == []
        return result

    walk(farm, server, done)
    farm.becomes(lambda: len(lifecycle_of(farm)[0]) == len(RAN))
    ran, pids = lifecycle_of(farm)
    assert ran == RAN
    assert pids <= server.pids


def test_a_command_without_workers_does_it_alone_and_the_next_start_serves_it(farm: Farm) -> None:
    assert farm.command("install", farm.source("blog", "1.0"))["acknowledged"] == {}
    assert farm.command("enable", "blog")["acknowledged"] == {}
    broken = farm.source("blog", "2.0", files={"views.py": "1 / 0\n"})
    refused = farm.command("upgrade", "blog", broken)
    assert refused["error"] == "LoadError"
    assert "views.py:1" in refused["message"]
    server = farm.serve(workers=2)
    serves(server, "1.0")
    assert farm.folders() == farm.named()


def test_a_restart_keeps_what_was_done(farm: Farm) -> None:
    server = farm.serve(workers=2)
    server.done("install", farm.source("blog", "1.0"))
    server.done("enable", "blog")
    server.done("upgrade", "blog", farm.source("blog", "2.0"))
    server.stop()
    again = farm.serve(workers=2)
    serves(again, "2.0")
    again.done("rollback", "blog")
    serves(again, "1.0")


@pytest.mark.parametrize("which", ["the coordinator", "the other"])
def test_one_worker_that_cannot_load_a_version_aborts_it_everywhere(farm: Farm, which: str) -> None:
    one, two = farm.serve(), farm.serve()
    one.done("install", farm.source("blog", "1.0"))
    one.done("enable", "blog")
    before, folders = farm.state().modules, farm.folders()
    flag = farm.folder / "refuses"
    [pid] = one.pids if which == "the coordinator" else two.pids
    flag.write_text(str(pid))
    code = REFUSING.format(file=str(flag))
    result = one.operate("upgrade", "blog", farm.source("blog", "2.0", files={
        "__init__.py": code, "views.py": "",
    }))  # fmt: skip
    expected = "LoadError" if which == "the coordinator" else "OperationAborted"
    assert result["error"] == expected
    assert "not in this process" in result["message"]
    assert which == "the coordinator" or f"process {pid}" in result["message"]
    serves(one, "1.0")
    serves(two, "1.0")
    assert farm.state().modules == before
    assert farm.folders() == folders


def test_two_processes_that_change_one_module_at_once_take_turns(farm: Farm) -> None:
    servers = [farm.serve(), farm.serve()]
    servers[0].done("install", farm.source("blog", "1.0"))
    servers[0].done("enable", "blog")
    sources = [farm.source("blog", version) for version in ("2.0", "3.0")]

    def upgrade(server: Server, source: Path) -> dict[str, Any]:
        return server.operate("upgrade", "blog", source)

    with ThreadPoolExecutor() as pool:
        results = list(pool.map(upgrade, servers, sources))
    refused = [one for one in results if "error" in one]
    assert all("is older than" in one["message"] for one in refused)
    version = farm.versions()["blog"]
    assert version == "3.0" if refused else version in ("2.0", "3.0")
    for server in servers:
        serves(server, version)
    assert farm.state().operation is None
    farm.becomes(lambda: farm.folders() == farm.named())


def test_two_workers_of_uvicorn_follow(farm: Farm, requires_uvicorn: str) -> None:
    server = farm.serve(workers=2, command=UVICORN)
    walk(farm, server, server.done)


def test_granian_follows(farm: Farm, requires_granian: str) -> None:
    server = farm.serve(workers=1, command=GRANIAN)
    server.done("install", farm.source("blog", "1.0"))
    server.done("enable", "blog")
    serves(server, "1.0")
    farm.command("upgrade", "blog", farm.source("blog", "2.0"))
    serves(server, "2.0")


WAITS = """\
import time
from pathlib import Path
Path({begun!r}).touch()
while not Path({go!r}).exists():
    time.sleep(0.01)
"""


@pytest.mark.parametrize(
    ("command", "workers"), [(HYPERCORN, 0), (HYPERCORN, 2), (UVICORN, 2), (GRANIAN, 1)]
)
def test_an_operation_goes_on_when_who_asked_has_stopped_waiting(
    farm: Farm, command: tuple[str, ...], workers: int,
    requires_uvicorn: str, requires_granian: str,
) -> None:  # fmt: skip
    """As with a proxy whose time is over: it closes the connection in the middle."""
    begun, go = farm.folder / "begun", farm.folder / "go"
    code = WAITS.format(begun=str(begun), go=str(go))
    server = farm.serve(workers, command)
    server.done("install", farm.source("blog", "1.0", files={"tasks.py": code}))
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", "/operate/enable", '["blog"]', {"Content-Type": "application/json"})
    farm.becomes(begun.exists)
    connection.close()
    assert server.ask("GET", "/who")[0] == 200
    assert farm.versions() == {}
    go.touch()
    farm.becomes(lambda: farm.versions() == {"blog": "1.0"})
    farm.becomes(lambda: server.ask("GET", "/blog/") == (200, "blog 1.0"))
