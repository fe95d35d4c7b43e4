"""Programs of the benchmarks that run in a process of their own."""

from __future__ import annotations

import asyncio
import sys

PACKAGE = __name__.rpartition(".")[0]


def program(name: str, *arguments: str) -> list[str]:
    """Return the command line of one of the programs in this folder."""
    return [sys.executable, "-m", f"{PACKAGE}.{name}", *arguments]


async def output_of(*command: str) -> str:
    """Run a command to its end and return what it printed.

    :raises RuntimeError: when it fails.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, error = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{error.decode()}")
    return out.decode()
