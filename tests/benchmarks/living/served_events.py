"""How long an event takes over Hypercorn with one worker, and how many a second it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Sequence
from contextlib import asynccontextmanager
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from tests.support.ports import free_port

from ..sockets import listening
from ..table import Row
from .board import ROWS
from .events import rows
from .events import Times
from .sides import HOTFRAME
from .sides import PLAIN
from .sides import Running
from .sides import running
from .sides import Served
from .sides import Side

ROUNDS = 9
EVENTS = 300
MANY = 8
"""Connections at once."""


@asynccontextmanager
async def serving(side: Side, root: Path, rows: int = ROWS) -> AsyncIterator[Served]:
    """Serve a side in a process of its own."""
    port = free_port()
    command = side.program("serving", root / side.kind, rows, port)
    async with running(command) as found:
        await listening(port, found.process, 60)
        yield Served(port, found.process.pid)


async def run(root: Path, scale: float, peers: Sequence[Side]) -> AsyncIterator[Row]:
    """Yield rows for one connection, and for some at once."""
    sides = (PLAIN, HOTFRAME, *peers)
    times: dict[Side, list[Times]] = {one: [] for one in sides}
    speeds: dict[Side, list[float]] = {one: [] for one in sides}
    async with AsyncExitStack() as stack:
        alone: dict[Side, Running] = {}
        many: dict[Side, Running] = {}
        for one in sides:
            port = (await stack.enter_async_context(serving(one, root))).port
            for found, connections in ((alone, 1), (many, MANY)):
                voters = Side(one.kind).program("voters", port, ROWS, connections)
                found[one] = await stack.enter_async_context(running(voters))
                await found[one].ask(EVENTS // 2)
        for _ in range(max(int(ROUNDS * scale), 3)):
            for one in sides:
                times[one].append(Times.of((await alone[one].ask(EVENTS))[0]))
                seconds, taken = await many[one].ask(EVENTS)
                speeds[one].append(len(seconds) / taken)
    for row in rows(f"an event with {ROWS} rows, Hypercorn", times, {}):
        yield row
    for one in sides:
        if one is not HOTFRAME:
            yield _speed(one, speeds)


def _speed(other: Side, speeds: dict[Side, list[float]]) -> Row:
    pairs = zip(speeds[HOTFRAME], speeds[other], strict=True)
    return Row(
        f"events a second over {MANY} connections, Hypercorn{other.beside}",
        f"{median(speeds[other]):.0f} /s", f"{median(speeds[HOTFRAME]):.0f} /s",
        median(ours / theirs for ours, theirs in pairs),
    )  # fmt: skip
