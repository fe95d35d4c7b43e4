"""A version on trial whose workers crash goes back; an orderly end is never a crash."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psutil
import pytest

from tests.support.servers import Farm
from tests.support.servers import GRANIAN
from tests.support.servers import HYPERCORN
from tests.support.servers import Server
from tests.support.servers import UVICORN
from tests.support.stores import KINDS

everywhere = pytest.mark.parametrize("farm", KINDS, indirect=True)
pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

TRIAL = 600.0  # seconds


def on_trial(farm: Farm, workers: int, command: tuple[str, ...] = HYPERCORN) -> Server:
    """Serve the second version of a module, which is on trial."""
    farm.command("install", farm.source("blog", "1.0"))
    farm.command("enable", "blog")
    server = farm.serve(workers, command, trial=TRIAL)
    server.done("upgrade", "blog", farm.source("blog", "2.0"))
    assert farm.state().modules["blog"].provisional is not None
    return server


def deaths(farm: Farm) -> list[Any]:
    return list(asyncio.run(farm.store.deaths()))


@pytest.mark.parametrize(
    ("workers", "everyone", "farm"),
    [
        (0, True, "files"),
        (2, False, "files"),
        pytest.param(0, False, "postgres", marks=pytest.mark.postgres),
        pytest.param(2, True, "postgres", marks=pytest.mark.postgres),
    ],
    indirect=["farm"],
)
def test_an_orderly_stop_of_hypercorn_is_no_crash(farm: Farm, workers: int, everyone: bool) -> None:
    server = on_trial(farm, workers)
    for _ in range(2):
        server.stop(everyone=everyone)
        assert deaths(farm) == []
        server = farm.serve(workers, trial=TRIAL)
    assert farm.versions() == {"blog": "2.0"}
    assert server.ask("GET", "/blog/") == (200, "blog 2.0")


@pytest.mark.parametrize(("command", "workers"), [(UVICORN, 2), (GRANIAN, 1)])
def test_an_orderly_stop_of_other_servers_is_no_crash(
    farm: Farm, command: tuple[str, ...], workers: int,
    requires_uvicorn: str, requires_granian: str,
) -> None:  # fmt: skip
    server = on_trial(farm, workers, command)
    server.stop(everyone=True)
    assert deaths(farm) == []
    assert farm.versions() == {"blog": "2.0"}


@everywhere
def test_the_signal_still_ends_a_worker_as_before(farm: Farm) -> None:
    server = on_trial(farm, 2)
    children = psutil.Process(server.process.pid).children()
    [worker] = [one for one in children if one.pid == min(server.pids)]
    worker.terminate()
    server.process.wait(20)  # Hypercorn ends when one of its workers was ended
    assert deaths(farm) == []


LOADS_SLOWLY = """\
import os
import time
from pathlib import Path

if Path({hold!r}).exists():
    with Path({loading!r}).open("a") as file:
        file.write(f"{{os.getpid()}}\\n")
while Path({hold!r}).exists():
    time.sleep(0.01)
"""


@everywhere
def test_a_worker_that_is_ended_while_it_loads_at_its_start_is_no_crash(farm: Farm) -> None:
    hold, loading = farm.folder / "hold", farm.folder / "loading"
    code = LOADS_SLOWLY.format(hold=str(hold), loading=str(loading))
    server = on_trial(farm, 2)
    server.done("upgrade", "blog", farm.source("blog", "3.0", files={"hooks.py": code}))
    server.stop(everyone=True)
    hold.touch()
    with ThreadPoolExecutor() as pool:
        starting = pool.submit(farm.serve, 2, trial=TRIAL)
        farm.becomes(lambda: loading.exists() and len(loading.read_text().split()) == 2)
        pids = [int(pid) for pid in loading.read_text().split()]
        for pid in pids:
            with suppress(ProcessLookupError):  # the server ends all when one has ended
                os.kill(pid, signal.SIGTERM)
        hold.unlink()
        assert isinstance(starting.exception(60), AssertionError)  # the server has ended
    farm.becomes(lambda: not any(psutil.pid_exists(pid) for pid in pids))
    assert deaths(farm) == []


@everywhere
def test_two_crashes_soon_after_serving_take_the_version_back(farm: Farm) -> None:
    server = on_trial(farm, 0)
    server.kill()
    server = farm.serve(0, trial=TRIAL)
    assert server.ask("GET", "/blog/") == (200, "blog 2.0")  # one is not enough
    server.kill()
    server = farm.serve(0, trial=TRIAL)
    assert server.ask("GET", "/blog/") == (200, "blog 1.0")
    wanted = farm.state().modules["blog"]
    assert (wanted.version, wanted.provisional) == ("1.0", None)
    assert "workers died" in (wanted.error or "")
    farm.becomes(lambda: farm.folders() == farm.named())


@pytest.mark.parametrize("left_open", [False, True], ids=["", "with an operation left open"])
def test_a_version_that_crashes_while_it_is_loaded_goes_back(farm: Farm, left_open: bool) -> None:
    flag = farm.folder / "crash"
    server = on_trial(farm, 0)
    crashing = f"import os\nif os.path.exists({str(flag)!r}): os.kill(os.getpid(), 9)\n"
    third = farm.source("blog", "3.0", files={"hooks.py": crashing})
    server.done("upgrade", "blog", third)
    flag.touch()
    if left_open:  # nobody lives long enough to end it after the start
        kill_in_an_operation(farm, server)
    server.kill()
    with pytest.raises(AssertionError):
        farm.serve(0, trial=TRIAL)
    server = farm.serve(0, trial=TRIAL)
    assert server.ask("GET", "/blog/") == (200, "blog 2.0")


def kill_in_an_operation(farm: Farm, server: Server) -> None:
    farm.pause(server.process.pid, "journal:prepare")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(server.operate, "install", farm.source("news", "1.0"))
        farm.await_pause()
        server.kill()
        assert asked.exception(20) is not None
    farm.go_on()
    assert farm.state().operation is not None


def test_a_confirmed_version_is_not_taken_back(farm: Farm) -> None:
    farm.command("install", farm.source("blog", "1.0"))
    server = farm.serve(0)
    server.done("enable", "blog")
    server.done("upgrade", "blog", farm.source("blog", "2.0"))
    for _ in range(3):
        server.kill()
        server = farm.serve(0)
    assert farm.versions() == {"blog": "2.0"}
    assert len(deaths(farm)) == 3


def test_a_first_version_that_crashes_is_quarantined(farm: Farm) -> None:
    farm.command("install", farm.source("blog", "1.0"))
    server = farm.serve(0, trial=TRIAL)
    server.done("enable", "blog")
    for _ in range(2):
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        server = farm.serve(0, trial=TRIAL)
    assert server.who()["served"] == {}
    assert farm.state().modules["blog"].quarantined
