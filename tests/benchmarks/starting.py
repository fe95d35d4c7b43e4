"""From the start of a process to its first answer, and the memory it has by then."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from . import sites
from .pairs import in_turn
from .pairs import Measure
from .processes import program
from .table import Row

COUNTS = (1, 50, 200)
MEMORY_OF = 100
ROUNDS = 5


def seconds_to_first_answer(kind: str, root: Path, count: int) -> Measure:
    """Return a measure of the time until a new process gives its first answer."""

    async def measure() -> float:
        return (await started(kind, root, count))[0]

    return measure


def memory(kind: str, root: Path, count: int) -> Measure:
    """Return a measure of the resident memory at the first answer, in MiB."""

    async def measure() -> float:
        return (await started(kind, root, count))[1]

    return measure


async def started(kind: str, root: Path, count: int) -> tuple[float, float]:
    """Start a site in a process; return the seconds to its first answer, and its MiB then."""
    begin = time.perf_counter()
    arguments = program("start", kind, str(root), str(count), f"/{sites.name_of(count - 1)}/page")
    process = await asyncio.create_subprocess_exec(
        *arguments, env=environment(), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = await process.stdout.readline()
    seconds = time.perf_counter() - begin
    if await process.wait() or not line:
        raise RuntimeError(f"{' '.join(arguments)} failed.")
    return seconds, float(line)


def environment() -> dict[str, str]:
    """Return that of a process which keeps compiled code, as an installed package has it."""
    return {k: value for k, value in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield a row for each number of modules, and one for the memory."""
    rounds = max(int(ROUNDS * scale), 1)
    for count in COUNTS:
        place = root / str(count)
        sites.write(place, count)
        pair = await in_turn(
            seconds_to_first_answer("plain", place, count),
            seconds_to_first_answer("hotframe", place, count),
            rounds,
        )
        yield Row(
            f"start with {count} modules",
            f"{pair.plain:.2f} s",
            f"{pair.hotframe:.2f} s",
            pair.ratio,
            "<= 2.0" if count == max(COUNTS) else "",
        )
    sites.write(root / "memory", MEMORY_OF)
    place = root / "memory"
    pair = await in_turn(
        memory("plain", place, MEMORY_OF), memory("hotframe", place, MEMORY_OF), min(rounds, 3)
    )
    what = f"memory with {MEMORY_OF} modules"
    yield Row(what, f"{pair.plain:.1f} MiB", f"{pair.hotframe:.1f} MiB", pair.ratio)
