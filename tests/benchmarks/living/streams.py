"""What is published to many streams: when the last one has it, and what an idle one keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

from ..table import Row
from .listening import SIZE
from .listening import STREAMS
from .listening import TIMES
from .served_events import serving
from .sides import HOTFRAME
from .sides import PLAIN
from .sides import Running
from .sides import running
from .sides import Side

FEW = 100
"""Streams that are open before memory is looked at first, so that all code is there."""
BAR, MEMORY_BAR = "<= 90 ms", "<= 48 KiB"


class Published(NamedTuple):
    """What one publication took: seconds until all had it, and seconds of work for one stream."""

    until_all: float
    work: float


class Streaming:
    """A server with its streams.

    :param listeners: the program that has the streams open.
    """

    def __init__(self, server: psutil.Process, listeners: Running) -> None:
        self._server = server
        self._listeners = listeners
        self._number = 0

    async def open(self) -> float:
        """Open the streams, and return the bytes that an idle one keeps."""
        await self._listeners.ask(f"open {FEW}")
        before = self._server.memory_info().rss
        there = await self._listeners.ask(f"open {STREAMS - FEW}")
        if there != STREAMS:
            raise RuntimeError(f"Only {there} streams are open.")
        return float(self._server.memory_info().rss - before) / (STREAMS - FEW)

    async def publish(self) -> Published:
        """Publish once."""
        self._number += 1
        before = self._seconds()
        taken = await self._listeners.ask(f"publish {self._number}")
        return Published(taken, (self._seconds() - before) / STREAMS)

    def _seconds(self) -> float:
        times = self._server.cpu_times()
        return float(times.user + times.system)


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield rows for the time in process and over Hypercorn, and for memory."""
    sides, times = (PLAIN, HOTFRAME), max(int(TIMES * scale), 4)
    inside = [await one.told("streams_inside", root / one.kind, STREAMS, times) for one in sides]
    yield _row("in process", *map(median, inside))
    async with AsyncExitStack() as stack:
        both = [await _streaming(one, root, stack) for one in sides]
        plain, ours = [await one.open() / 1024 for one in both]
        found = [[await one.publish() for one in both] for _ in range(times)][1:]
    yield _row("Hypercorn", *(median(pair[n].until_all for pair in found) for n in (0, 1)))
    work = [sum(pair[n].work for pair in found) / len(found) * 1e6 for n in (0, 1)]
    yield Row(
        f"CPU of the server for one of {STREAMS:,} streams", f"{work[0]:.1f} µs",
        f"{work[1]:.1f} µs", work[1] / work[0],
    )  # fmt: skip
    yield Row(
        f"memory of an idle stream of {STREAMS:,}, Hypercorn", f"{plain:.1f} KiB",
        f"{ours:.1f} KiB", ours / plain, MEMORY_BAR, ours,
    )  # fmt: skip


def _row(where: str, plain: float, ours: float) -> Row:
    return Row(
        f"{SIZE} B to {STREAMS:,} streams, {where}", f"{plain * 1e3:.1f} ms",
        f"{ours * 1e3:.1f} ms", ours / plain, BAR, ours * 1e3,
    )  # fmt: skip


async def _streaming(side: Side, root: Path, stack: AsyncExitStack) -> Streaming:
    server = await stack.enter_async_context(serving(side, root, 1))
    command = side.program("streams_outside", server.port)
    return Streaming(psutil.Process(server.pid), await stack.enter_async_context(running(command)))
