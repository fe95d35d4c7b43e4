"""The functions behind a commit run although the worker that owes them is killed."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from tests.support.servers import Farm
from tests.support.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

LIFECYCLE = """\
import asyncio
import os
from pathlib import Path

folder = Path({folder!r})

async def note(what):
    with (folder / "ran").open("a") as file:
        file.write(f"{{what}} {{os.getpid()}}\\n")
    while (folder / "hold").exists():
        await asyncio.sleep(0.01)
    with (folder / "ran").open("a") as file:
        file.write(f"{{what}} ended\\n")

async def disable(): await note("disable")
async def uninstall(keep_data): await note("uninstall")
"""


def ran(farm: Farm) -> list[str]:
    path = farm.folder / "ran"
    return path.read_text().splitlines() if path.exists() else []


def hold(farm: Farm) -> None:
    """Let the functions begin, but not end."""
    (farm.folder / "hold").touch()


def release(farm: Farm) -> None:
    (farm.folder / "hold").unlink()


def first(farm: Farm, server: Server) -> None:
    files = {"lifecycle.py": LIFECYCLE.format(folder=str(farm.folder))}
    server.done("install", farm.source("blog", "1.0", files=files))
    server.done("enable", "blog")


def kill(server: Server) -> None:
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait(10)


def refuses(server: Server) -> bool:
    try:
        server.ask("GET", "/")
    except OSError:
        return True
    return False


def nothing_is_owed(farm: Farm) -> None:
    farm.becomes(lambda: farm.state().owed == ())
    farm.becomes(lambda: farm.folders() == farm.named())


def test_a_function_whose_runner_is_killed_in_it_runs_again_in_another_worker(farm: Farm) -> None:
    runner, other = farm.serve(), farm.serve()
    first(farm, runner)
    hold(farm)
    runner.done("uninstall", "blog")  # it returns before the functions end
    [pid], [another] = runner.pids, other.pids
    farm.becomes(lambda: ran(farm) == [f"disable {pid}"])
    kill(runner)
    farm.becomes(lambda: ran(farm) == [f"disable {pid}", f"disable {another}"])
    release(farm)
    nothing_is_owed(farm)
    assert ran(farm)[1:] == [
        f"disable {another}", "disable ended", f"uninstall {another}", "uninstall ended",
    ]  # fmt: skip
    assert "blog" not in farm.state().modules


@pytest.mark.parametrize("moment", ["served", "journal:finished"])
def test_a_runner_killed_between_commit_and_its_functions_is_replaced(
    farm: Farm, moment: str
) -> None:
    runner, other = farm.serve(), farm.serve()
    first(farm, runner)
    hold(farm)
    farm.pause(runner.process.pid, moment)
    with ThreadPoolExecutor() as pool:
        asked: Future[Any] = pool.submit(runner.operate, "disable", "blog")
        farm.await_pause()
        kill(runner)
        assert asked.exception(20) is not None
    farm.go_on()
    release(farm)
    nothing_is_owed(farm)
    [another] = other.pids
    assert ran(farm)[-2:] == [f"disable {another}", "disable ended"]


def test_what_a_killed_server_owes_runs_when_it_starts_again(farm: Farm) -> None:
    server = farm.serve(workers=2)
    first(farm, server)
    hold(farm)
    farm.command("uninstall", "blog")
    farm.becomes(lambda: len(ran(farm)) == 1)
    kill(server)
    release(farm)
    server = farm.serve(workers=2)  # the start removes files that nobody needs, but not these
    nothing_is_owed(farm)
    assert [line.split()[0] for line in ran(farm)[1:]] == ["disable", "disable"] + 2 * ["uninstall"]
    assert int(ran(farm)[1].split()[1]) in server.pids


def test_nobody_disables_in_the_place_of_another_what_is_enabled_again(farm: Farm) -> None:
    runner, other = farm.serve(), farm.serve()
    first(farm, runner)
    hold(farm)
    runner.done("disable", "blog")
    farm.becomes(lambda: len(ran(farm)) == 1)
    other.done("enable", "blog")
    kill(runner)
    release(farm)
    nothing_is_owed(farm)
    assert ran(farm) == [f"disable {min(runner.pids)}"]
    assert other.ask("GET", "/blog/") == (200, "blog 1.0")


def test_a_worker_that_stops_in_order_runs_what_it_owes_first(farm: Farm) -> None:
    runner, other = farm.serve(), farm.serve()
    first(farm, runner)
    hold(farm)
    runner.done("disable", "blog")
    farm.becomes(lambda: len(ran(farm)) == 1)
    runner.process.terminate()
    farm.becomes(lambda: refuses(runner))
    other.done("install", farm.source("news", "1.0"))  # followed by the one that ends, too
    assert len(ran(farm)) == 1
    release(farm)
    runner.process.wait(30)
    nothing_is_owed(farm)
    [pid] = runner.pids
    assert ran(farm) == [f"disable {pid}", "disable ended"]
    assert other.who()["served"] == {}


def test_a_function_that_kills_its_workers_is_given_up(farm: Farm) -> None:
    code = "import os\ndef disable(): os.kill(os.getpid(), 9)\n"
    server = farm.serve()
    server.done("install", farm.source("blog", "1.0", files={"lifecycle.py": code}))
    server.done("enable", "blog")
    farm.command("disable", "blog")
    server.process.wait(20)
    for _ in range(2):
        with suppress(AssertionError):  # it may die before it answers
            farm.serve().process.wait(20)
    server = farm.serve()
    nothing_is_owed(farm)
    assert server.who()["served"] == {}
    assert "blog.lifecycle.disable() did not end in 3 processes" in farm.log.read_text()
