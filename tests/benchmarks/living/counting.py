"""What an event costs in instructions, counted by valgrind: the same on a busy machine.

Each side runs in process under ``valgrind --tool=callgrind``, once with few events and once with
many; the difference is what the events took. Without valgrind there is no row.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from ..instructions import STILL
from ..processes import program
from ..table import Row
from .board import ROWS

FEW, MANY = 60, 260


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield the one row."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        print("valgrind is absent: instructions are not counted", file=sys.stderr)
        return
    plain, hotframe = await asyncio.gather(
        *(for_an_event(valgrind, kind, root / kind, scale) for kind in ("plain", "hotframe"))
    )
    yield Row(
        f"an event with {ROWS} rows, in process, instructions",
        f"{plain / 1e6:.3f} million",
        f"{hotframe / 1e6:.3f} million",
        hotframe / plain,
    )


async def for_an_event(valgrind: str, kind: str, root: Path, scale: float = 1) -> float:
    """Return how many instructions one event takes."""
    many = max(int(MANY * scale), 2 * FEW)
    few = await _counted(valgrind, kind, root, FEW)
    return (await _counted(valgrind, kind, root, many) - few) / (many - FEW)


async def _counted(valgrind: str, kind: str, root: Path, events: int) -> int:
    """Return how many instructions a process took to start, for so many events, and to end."""
    tool = [valgrind, "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
    process = await asyncio.create_subprocess_exec(
        *tool, *program("living.batches", kind, str(root), str(ROWS)),
        env={**os.environ, **STILL}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, told = await process.communicate(f"{events}\n".encode())
    found = re.search(r"Collected : (\d+)", told.decode())
    if process.returncode or found is None:
        raise RuntimeError(f"valgrind counted nothing:\n{told.decode()}")
    return int(found[1])
