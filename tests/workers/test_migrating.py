"""Processes killed at every moment of an operation that changes tables: all agree afterwards."""

from __future__ import annotations

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from threading import Event

import pytest

from tests.support.servers import Farm
from tests.support.servers import Server
from tests.support.shops import shop

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

OLD, NEW = "2.0: lamp None, rug None", "3.0: lamp None, rug None"

LEFT = {
    "journal:prepare": OLD,
    "acknowledge:prepare": OLD,
    "journal:close": OLD,
    "acknowledge:close": OLD,
    "journal:migrate": OLD,
    "acknowledge:migrate": NEW,
    "journal:start": NEW,
    "acknowledge:start": NEW,
    "journal:commit": NEW,
    "served": NEW,
    "journal:finished": NEW,
}
"""Each moment at which the coordinator may die, and what is served afterwards.

It runs the migration too, which is done before it acknowledges ``migrate``.
"""


@pytest.fixture
def farm(farm: Farm, database_url: str) -> Farm:
    """A farm with a database, and the store where it is by default then."""
    if database_url.startswith("postgresql"):
        farm.use_database(database_url)
    farm.environment["HOTFRAME_DATABASE_URL"] = database_url
    return farm


def source(farm: Farm, version: str) -> str:
    return str(shop(farm.folder / "sources" / version, version))


def begin(farm: Farm, server: Server) -> None:
    server.done("install", source(farm, "2.0"))
    server.done("enable", "shop")


def back(server: Server) -> None:
    """Serve the first version again, with its tables and rows, and with no other known."""
    if page(server) != OLD:
        server.done("uninstall_and_drop", "shop")
        begin(server.farm, server)


def page(server: Server) -> str:
    status, text = server.ask("GET", "/shop/")
    return text if status == 200 else str(status)


def upgrade(server: Server, path: str) -> None:
    with suppress(OSError, HTTPException):  # it may be killed before it answers
        server.operate("upgrade", "shop", path)


def agree(farm: Farm, servers: list[Server], expected: str) -> None:
    farm.becomes(lambda: farm.state().operation is None)
    for server in servers:
        farm.becomes(lambda server=server: page(server) == expected)  # type: ignore[misc]


def test_a_coordinator_killed_at_any_moment_leaves_all_in_agreement(farm: Farm) -> None:
    coordinator, other = farm.serve(), farm.serve()
    begin(farm, other)
    for moment, expected in LEFT.items():
        back(other)
        farm.pause(coordinator.process.pid, moment)
        with ThreadPoolExecutor() as pool:
            pool.submit(upgrade, coordinator, source(farm, "3.0"))
            farm.await_pause()
            coordinator.kill()
            farm.go_on()
        agree(farm, [other], expected)
        coordinator = farm.serve()
        agree(farm, [coordinator, other], expected)


def test_a_server_killed_at_any_moment_agrees_when_it_starts_again(farm: Farm) -> None:
    server = farm.serve()
    begin(farm, server)
    for moment, expected in LEFT.items():
        back(server)
        farm.pause(server.process.pid, moment)
        with ThreadPoolExecutor() as pool:
            pool.submit(upgrade, server, source(farm, "3.0"))
            farm.await_pause()
            server.kill()
            farm.go_on()
        server = farm.serve()
        agree(farm, [server], expected)


@pytest.mark.parametrize("moment", ["acknowledge:migrate", "acknowledge:start"])
def test_a_runner_killed_after_its_migration_is_replaced(farm: Farm, moment: str) -> None:
    """A command leads; the worker that it chose dies, and another one goes on."""
    servers = {one.process.pid: one for one in (farm.serve(), farm.serve())}
    begin(farm, next(iter(servers.values())))
    farm.becomes(lambda: len(farm.live()) == 2)
    runner = servers.pop(farm.live()[min(farm.live())])
    (other,) = servers.values()
    agree(farm, [other], OLD)
    farm.pause(runner.process.pid, moment)
    with ThreadPoolExecutor() as pool:
        done = pool.submit(farm.command, "upgrade", "shop", source(farm, "3.0"))
        farm.await_pause()
        runner.kill()
        farm.go_on()
        assert "error" not in done.result(60)
    agree(farm, [other, farm.serve()], NEW)


def test_a_process_killed_inside_a_migration_leaves_nothing_of_it(farm: Farm) -> None:
    runner, other = farm.serve(), farm.serve()
    begin(farm, runner)
    (farm.folder / "migrating").touch()
    with ThreadPoolExecutor() as pool:
        pool.submit(upgrade, runner, source(farm, "3.1"))
        farm.becomes((farm.folder / "migrates").exists)
        runner.kill()
    (farm.folder / "migrating").unlink()
    agree(farm, [other, farm.serve()], OLD)
    other.done("upgrade", "shop", source(farm, "3.1"))
    agree(farm, [other], NEW.replace("3.0", "3.1"))


def test_who_starts_while_tables_change_serves_when_that_is_over(farm: Farm) -> None:
    """The first server waits inside the migration; the second starts and must not serve yet."""
    first = farm.serve()
    begin(farm, first)
    farm.pause(first.process.pid, "acknowledge:migrate")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(upgrade, first, source(farm, "3.0"))
        farm.await_pause()
        starting = pool.submit(farm.serve)
        farm.becomes(lambda: len(farm.live()) == 2)
        with pytest.raises(TimeoutError):
            starting.result(2)
        farm.go_on()
        asked.result(30)
        second = starting.result(30)
    assert page(second) == page(first) == NEW


def test_the_whole_group_killed_and_only_a_command_comes(farm: Farm) -> None:
    server = farm.serve()
    begin(farm, server)
    farm.pause(server.process.pid, "acknowledge:migrate")
    with ThreadPoolExecutor() as pool:
        pool.submit(upgrade, server, source(farm, "3.0"))
        farm.await_pause()
        os.killpg(server.process.pid, signal.SIGKILL)
        farm.go_on()
    farm.command("refresh")
    assert farm.state().operation is None
    assert farm.versions() == {"shop": "3.0"}
    agree(farm, [farm.serve()], NEW)


def test_nobody_fails_while_two_servers_change_tables(farm: Farm) -> None:
    servers = [farm.serve(2), farm.serve()]
    begin(farm, servers[0])
    agree(farm, servers, OLD)
    seen: Counter[str] = Counter()
    ended = Event()

    def ask(server: Server) -> None:
        while not ended.is_set():
            seen[page(server)] += 1

    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask, server) for server in servers * 3]
        for _ in range(3):
            servers[0].done("upgrade", "shop", source(farm, "3.0"))
            count = seen[NEW]
            farm.becomes(lambda count=count: seen[NEW] > count + 20)  # type: ignore[misc]
            servers[1].done("rollback_and_downgrade", "shop")
            count = seen[OLD]
            farm.becomes(lambda count=count: seen[OLD] > count + 20)  # type: ignore[misc]
        ended.set()
        for one in asking:
            one.result(30)
    assert set(seen) == {OLD, NEW}, seen
