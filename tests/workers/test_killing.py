"""Processes killed at every moment of an operation: afterwards all agree."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException

import pytest

from tests.support.servers import Farm
from tests.support.servers import Server
from tests.support.stores import KINDS

everywhere = pytest.mark.parametrize("farm", KINDS, indirect=True)
pytestmark = [pytest.mark.server, pytest.mark.timeout(300), everywhere]

LIFECYCLE = "def upgrade(old, new): pass\n"

KEPT = {
    "journal:prepare": "1.0",
    "acknowledge:prepare": "1.0",
    "journal:migrate": "1.0",
    "acknowledge:migrate": "1.0",
    "journal:commit": "1.0",
    "served": "2.0",
    "journal:finished": "2.0",
    "acknowledge:drained": "2.0",
}
"""Each moment at which the coordinator may die, and the version that all serve afterwards."""

OTHERS = ["acknowledge:prepare", "served", "acknowledge:drained"]
"""The moments of a worker that follows; without it the others go on."""


def begin(farm: Farm) -> None:
    """Install both versions, with the first enabled, whatever was before."""
    files = {"lifecycle.py": LIFECYCLE}
    for version in ("1.0", "2.0"):
        farm.source("blog", version, files=files)
    farm.source("bystander", "1.0")


def source(farm: Farm, version: str) -> str:
    return str(farm.folder / "sources" / version / "blog")


def upgrade(server: Server, path: str) -> None:
    with suppress(OSError, HTTPException):  # it may be killed before it answers
        server.operate("upgrade", "blog", path)


def agree(farm: Farm, servers: list[Server], version: str) -> None:
    """Assert that store, every server and the disk agree, and that the bystander is untouched."""
    expected = {"blog": version, "bystander": "1.0"}
    farm.becomes(lambda: farm.state().operation is None)
    assert farm.versions() == expected
    for server in servers:
        farm.becomes(lambda server=server: server.who()["served"] == expected)  # type: ignore[misc]
        assert server.ask("GET", "/blog/") == (200, f"blog {version}")
        assert server.ask("GET", "/bystander/") == (200, "bystander 1.0")
    farm.becomes(lambda: farm.folders() == farm.named())


def first(farm: Farm, server: Server) -> None:
    begin(farm)
    for name, path in (
        ("bystander", str(farm.folder / "sources" / "1.0" / "bystander")),
        ("blog", source(farm, "1.0")),
    ):
        server.done("install", path)
        server.done("enable", name)


def back(farm: Farm, server: Server) -> None:
    """Serve the first version again, with no other known."""
    if farm.versions()["blog"] == "2.0":
        server.done("uninstall", "blog")
        server.done("install", source(farm, "1.0"))
        server.done("enable", "blog")


def test_a_coordinator_killed_at_any_moment_leaves_all_in_agreement(farm: Farm) -> None:
    coordinator, other = farm.serve(), farm.serve()
    first(farm, other)
    for moment, version in KEPT.items():
        back(farm, other)
        farm.pause(coordinator.process.pid, moment)
        with ThreadPoolExecutor() as pool:
            pool.submit(upgrade, coordinator, source(farm, "2.0"))
            farm.await_pause()
            coordinator.kill()
            farm.go_on()
        agree(farm, [other], version)
        coordinator = farm.serve()
        agree(farm, [coordinator, other], version)


def test_a_worker_killed_at_any_moment_does_not_stop_the_others(farm: Farm) -> None:
    coordinator, other = farm.serve(), farm.serve()
    first(farm, coordinator)
    for moment in OTHERS:
        back(farm, coordinator)
        farm.pause(other.process.pid, moment)
        with ThreadPoolExecutor() as pool:
            done = pool.submit(coordinator.operate, "upgrade", "blog", source(farm, "2.0"))
            farm.await_pause()
            other.kill()
            assert "error" not in done.result(20)
        farm.go_on()
        agree(farm, [coordinator], "2.0")
        other = farm.serve()
        agree(farm, [coordinator, other], "2.0")


def test_a_worker_killed_while_it_runs_lifecycle_functions_aborts(farm: Farm) -> None:
    """A command leads; the worker that it chose for the functions dies."""
    server = farm.serve()
    first(farm, server)
    farm.pause(server.process.pid, "acknowledge:migrate")
    with ThreadPoolExecutor() as pool:
        done = pool.submit(farm.command, "upgrade", "blog", source(farm, "2.0"))
        farm.await_pause()
        server.kill()
        result = done.result(30)
    farm.go_on()
    assert result["error"] == "OperationAborted"
    agree(farm, [farm.serve()], "1.0")


@pytest.mark.parametrize("workers", [0, 2])
def test_a_whole_server_killed_at_any_moment_agrees_when_it_starts_again(
    farm: Farm, workers: int
) -> None:
    server = farm.serve(workers)
    first(farm, server)
    for moment, version in KEPT.items():
        back(farm, server)
        pid = min(server.pids)
        farm.pause(pid, moment)
        with ThreadPoolExecutor() as pool:
            lead_in(farm, server, pid, pool)
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait(10)
            farm.go_on()
        server = farm.serve(workers)
        agree(farm, [server], version)


def lead_in(farm: Farm, server: Server, pid: int, pool: ThreadPoolExecutor) -> None:
    """Upgrade by a request that the worker *pid* gets, and wait until it has stopped."""
    paused = farm.folder / "paused"
    for _ in range(100):
        asked = pool.submit(server.operate_in, pid, "upgrade", "blog", source(farm, "2.0"))
        farm.becomes(lambda: asked.done() or paused.exists())  # noqa: B023
        if paused.exists() or asked.result() is not None:
            break
    farm.await_pause()


def test_kill_in_the_middle_of_an_install_leaves_nothing_behind(farm: Farm) -> None:
    server = farm.serve()
    first(farm, server)
    named = farm.named()
    path = farm.source("news", "1.0")
    for moment, known in (("journal:prepare", False), ("journal:finished", True)):
        farm.pause(server.process.pid, moment)
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(server.operate, "install", path)
            farm.await_pause()
            server.kill()
            assert isinstance(asked.exception(10), (OSError, HTTPException))
        farm.go_on()
        server = farm.serve()
        agree(farm, [server], "1.0")
        assert ("news" in farm.state().modules) is known
        assert len(farm.folders()) == len(named) + known
