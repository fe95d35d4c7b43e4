"""Two servers that share Redis or a database, which is away for a while."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import asynccontextmanager
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from .asking import Client
from .hypercorn import Hypercorn
from .hypercorn import hypercorn
from .relay import Relay
from .sites import becomes

away_for = pytest.mark.parametrize("seconds", [1, pytest.param(20, marks=pytest.mark.soak)])
"""Runs a proof with a short outage, and with a long one if asked for."""

TIMEOUT = 1.0
"""Seconds that the servers wait for an answer of what they share."""
PATIENCE = 3.0
"""Seconds in which every page is answered, also on a machine that is busy."""
AT_ONCE = 4
"""Most requests that a server gets at the same time, and connections that it needs for them."""


@asynccontextmanager
async def two_servers(
    folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[list[Hypercorn]]:
    """Serve the app with limits and a cache twice."""
    given = {
        "SERVED_FOLDER": str(folder),
        "HOTFRAME_LIMITS_TIMEOUT": str(TIMEOUT),
        "HOTFRAME_CACHE_TIMEOUT": str(TIMEOUT),
        **environment,
    }
    async with AsyncExitStack() as stack:
        starting = (hypercorn("tests.support.limited:app", folder, given) for _ in range(2))
        made = await asyncio.gather(*map(stack.enter_async_context, starting))
        for server in made:
            server.client.headers["Connection"] = "close"  # one that is kept has tasks
        yield made


@asynccontextmanager
async def leaves_nothing(servers: Sequence[Hypercorn], relay: Relay) -> AsyncIterator[None]:
    """Assert that no task and no connection stays of what happens in the block."""
    tasks = [min([await _tasks(one) for _ in range(5)]) for one in servers]
    connections = relay.connections
    yield
    async with asyncio.timeout(20):
        for one, kept in zip(servers, tasks, strict=True):
            while await _tasks(one) > kept:
                await asyncio.sleep(0.05)
    await becomes(lambda: relay.connections <= connections)


async def _tasks(server: Hypercorn) -> int:
    return int((await server.client.get("/tasks")).text)


async def outage(relay: Relay, clients: Sequence[Client], seconds: float, answers: int = 2) -> None:
    """Let clients ask while a relay is away: half of the time silent, then cut.

    :param clients: each asks twice at the same time.
    :param answers: the least that each gets in either half.
    """
    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        relay.fall_silent()
        for one in [*clients, *clients]:
            group.create_task(one.ask_until(done))
        await _answered(clients, seconds / 2, answers)
        assert relay.connections <= 2 * AT_ONCE
        await relay.cut()
        await _answered(clients, seconds / 2, answers)
        done.set()


async def _answered(clients: Sequence[Client], seconds: float, answers: int) -> None:
    begin = time.monotonic()

    def all_were() -> bool:
        return all(sum(one.statuses(begin).values()) >= answers for one in clients)

    await becomes(lambda: time.monotonic() > begin + seconds and all_were(), seconds + 30)


async def is_back(
    servers: Sequence[Hypercorn], ask: Callable[[Hypercorn], Awaitable[Any]]
) -> list[Any]:
    """Ask all servers until they say that what they share answers again; return the answers."""
    found = []
    async with asyncio.timeout(20):
        while not all("answers again" in "".join(one.told()) for one in servers):
            found += [await ask(one) for one in servers]
            await asyncio.sleep(0.05)
    return found


def assert_bounded(
    clients: Sequence[Client], seconds: float, record_property: Callable[[str, Any], None]
) -> None:
    """Assert that no client had to wait for long."""
    slowest = max(one.slowest for one in clients)
    record_property("slowest_in_seconds", slowest)
    statuses = sum((one.statuses() for one in clients), Counter())
    print(f"{seconds} s away: the slowest answer took {slowest:.2f} s, of {statuses}")
    assert slowest < PATIENCE


def assert_told_once(servers: Sequence[Hypercorn], what: str) -> None:
    """Assert that each server has told of the outage and of its end, and of nothing else."""
    for server in servers:
        lines = server.told()
        assert len(lines) == 2, lines
        went, returned = lines
        assert f"({what}) does not answer: " in went
        assert returned.endswith(f"({what}) answers again.")
