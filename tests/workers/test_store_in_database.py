"""Workers that share a store in a database: swaps, hosts that vanish, a database that is away."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.support.relay import Relay
from tests.support.servers import Farm
from tests.support.servers import farm as made
from tests.support.servers import Server
from tests.support.watching import keep_asking
from tests.support.watching import page
from tests.support.watching import Watched

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
databases = pytest.mark.parametrize(
    "farm", ["files", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
CLIENTS = 8
SHORT, LONG = 6, 30


async def swaps(farm: Farm, number: int) -> list[float]:
    """Upgrade a module under load; return how long each upgrade took, in seconds."""
    sources = [farm.source("blog", f"{n}.0", files=page(f"{n}.0")) for n in range(1, number + 2)]
    server = await asyncio.to_thread(farm.serve, 2)
    for arguments in (("install", sources[0]), ("enable", "blog")):
        await asyncio.to_thread(server.done, *arguments)
    blog, stop = Watched("/blog/", ["1.0"]), asyncio.Event()
    seconds: list[float] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(keep_asking(server.port, [blog], stop))
        try:
            for n, source in enumerate(sources[1:], 2):
                blog.coming, began = f"{n}.0", time.monotonic()
                result = await asyncio.to_thread(server.done, "upgrade", "blog", source)
                seconds.append(time.monotonic() - began)
                blog.returned.append(f"{n}.0")
                blog.coming = None
                assert list(result["acknowledged"].values()) == [True, True]
        finally:
            stop.set()
    assert blog.wrong == []
    assert blog.answers > 10 * number
    return seconds


def print_times(seconds: list[float], where: str) -> None:
    median, most = statistics.median(seconds), max(seconds)
    print(f"{len(seconds)} swaps, {where}: median {median:.3f} s, longest {most:.3f} s")


@databases
@pytest.mark.load
async def test_nothing_is_lost_while_two_workers_swap(farm: Farm) -> None:
    print_times(await swaps(farm, SHORT), farm.database)


@databases
@pytest.mark.load
@pytest.mark.soak
async def test_nothing_is_lost_in_thirty_swaps(farm: Farm) -> None:
    print_times(await swaps(farm, LONG), farm.database)


def ready(farm: Farm) -> None:
    for version in ("1.0", "2.0", "3.0"):
        farm.source("blog", version)
    farm.command("install", farm.folder / "sources" / "1.0" / "blog")
    farm.command("enable", "blog")


def upgrade(server: Server, version: str) -> None:
    server.done("upgrade", "blog", server.farm.folder / "sources" / version / "blog")


def deaths(farm: Farm) -> list[str]:
    return [one.id for one in asyncio.run(farm.store.deaths())]


@pytest.mark.parametrize(
    "farm", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_a_host_that_vanishes_is_not_waited_for_and_follows_when_it_is_back(farm: Farm) -> None:
    farm.environment["HOTFRAME_HEARTBEAT_TIMEOUT"] = "2"
    ready(farm)
    first, second = farm.serve(trial=600), farm.serve(trial=600)
    os.kill(second.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    upgrade(first, "2.0")
    assert time.monotonic() - began < 15, "no longer than the operation timeout"
    upgrade(first, "3.0")
    os.kill(second.process.pid, signal.SIGCONT)
    farm.becomes(lambda: second.ask("GET", "/blog/") == (200, "blog 3.0"))
    farm.becomes(lambda: len(asyncio.run(farm.store.participants())) == 2)
    assert deaths(farm) == []
    assert farm.versions() == {"blog": "3.0"}
    second.done("rollback", "blog")
    assert first.ask("GET", "/blog/") == (200, "blog 2.0")


@databases
def test_workers_join_and_die_while_operations_go_on(farm: Farm) -> None:
    ready(farm)
    coordinator = farm.serve()
    for round in range(3):
        dying = farm.serve(2)
        upgrade(coordinator, "2.0")
        assert dying.ask("GET", "/blog/") == (200, "blog 2.0")
        os.killpg(dying.process.pid, signal.SIGKILL)
        coordinator.done("rollback", "blog")
        joining = farm.serve()
        assert joining.ask("GET", "/blog/") == (200, "blog 1.0")
        joining.kill()
        assert len(deaths(farm)) == 3 * (round + 1)


# The database is away


@pytest.fixture
async def relay(postgres_url: str) -> AsyncIterator[Relay]:
    url = make_url(postgres_url)
    relay = Relay(str(url.host), url.port or 5432)
    await relay.mend()
    yield relay
    await relay.cut()


@pytest.fixture
async def far(tmp_path: Path, postgres_url: str, relay: Relay) -> AsyncIterator[Farm]:
    """A farm whose database can be cut off."""
    url = make_url(postgres_url).set(host="127.0.0.1", port=relay.port)
    with made(tmp_path, url.render_as_string(hide_password=False)) as one:
        one.environment["HOTFRAME_HEARTBEAT_TIMEOUT"] = "2"
        yield one


@pytest.mark.postgres
async def test_workers_serve_on_while_the_database_is_away(far: Farm, relay: Relay) -> None:
    await asyncio.to_thread(ready, far)
    server = await asyncio.to_thread(far.serve, 2, trial=600)
    await asyncio.to_thread(upgrade, server, "2.0")
    stop, failed = asyncio.Event(), list[object]()

    async def ask() -> None:
        while not stop.is_set():
            try:
                answer = await asyncio.to_thread(server.ask, "GET", "/blog/")
            except (OSError, HTTPException) as error:
                failed.append(error)
            else:
                if answer != (200, "blog 2.0"):
                    failed.append(answer)

    asking = asyncio.create_task(ask())
    await relay.cut()
    await asyncio.sleep(5)
    error = await asyncio.to_thread(server.operate, "rollback", "blog")
    assert error["error"] == "StoreError"
    await relay.mend()
    stop.set()
    await asking
    assert failed == []
    await asyncio.to_thread(recovers, far, server)


def recovers(farm: Farm, server: Server) -> None:
    def can_upgrade() -> bool:
        with suppress(AssertionError):
            upgrade(server, "3.0")
            return True
        return False

    farm.becomes(can_upgrade)
    farm.becomes(lambda: server.ask("GET", "/blog/") == (200, "blog 3.0"))
    assert deaths(farm) == []
    log = farm.log.read_text()
    assert log.count("The store of modules cannot be followed") == 2, log
    assert log.count("can be followed again") == 2, log
    assert log.count("The trial of blog 2.0 goes on") <= 2, log


@pytest.mark.postgres
async def test_an_app_that_starts_without_its_database_serves_its_modules_later(
    far: Farm, relay: Relay
) -> None:
    await asyncio.to_thread(ready, far)
    await relay.cut()
    server = await asyncio.to_thread(far.serve)
    assert (await asyncio.to_thread(server.ask, "GET", "/blog/"))[0] == 404
    await relay.mend()
    await asyncio.to_thread(far.becomes, lambda: server.ask("GET", "/blog/") == (200, "blog 1.0"))
