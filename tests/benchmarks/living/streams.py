"""What is published to many streams: when the last one has it, and what an idle one keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

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


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield rows for the time in process and over Hypercorn, and for memory."""
    sides, times = (PLAIN, HOTFRAME), max(int(TIMES * scale), 4)
    inside = [median(await one.told("streams_inside", root / one.kind, STREAMS, times))
              for one in sides]  # fmt: skip
    yield _row("in process", *inside)
    served = [await _served(one, root, times) for one in sides]
    outside, busy, kept = zip(*served, strict=True)
    yield _row("Hypercorn", *outside)
    yield Row(
        "CPU of the server for one of them, Hypercorn", f"{busy[0] * 1e6:.1f} µs",
        f"{busy[1] * 1e6:.1f} µs", busy[1] / busy[0],
    )  # fmt: skip
    plain, ours = (one / 1024 for one in kept)
    yield Row(
        f"memory of an idle stream of {STREAMS:,}, Hypercorn", f"{plain:.1f} KiB",
        f"{ours:.1f} KiB", ours / plain, MEMORY_BAR, ours,
    )  # fmt: skip


def _row(where: str, plain: float, ours: float) -> Row:
    return Row(
        f"{SIZE} B to {STREAMS:,} streams, {where}", f"{plain * 1e3:.1f} ms",
        f"{ours * 1e3:.1f} ms", ours / plain, BAR, ours * 1e3,
    )  # fmt: skip


async def _served(side: Side, root: Path, times: int) -> tuple[float, float, float]:
    """Return what a server takes for its streams.

    :returns: seconds until the last one has what is published, seconds that the server works for
        one of them, and bytes of an idle one.
    """
    async with serving(side, root, 1) as server:
        async with running(side.program("streams_outside", server.port)) as listeners:
            process = psutil.Process(server.pid)
            kept = await _bytes_of_one(process, listeners)
            await listeners.ask("publish 0")
            before = sum(process.cpu_times()[:2])
            found = [await listeners.ask(f"publish {number}") for number in range(1, times)]
            busy = sum(process.cpu_times()[:2]) - before
    return median(found), busy / len(found) / STREAMS, kept


async def _bytes_of_one(server: psutil.Process, listeners: Running) -> float:
    await listeners.ask(f"open {FEW}")
    before = server.memory_info().rss
    there = await listeners.ask(f"open {STREAMS - FEW}")
    if there != STREAMS:
        raise RuntimeError(f"Only {there} streams are open.")
    return float(server.memory_info().rss - before) / (STREAMS - FEW)
