"""Requests over sockets to Hypercorn, one worker, each server in a process of its own.

The load comes from ``wrk`` where it is installed, else from :mod:`.client`.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.ports import free_port

from . import sites
from .pairs import in_turn
from .pairs import Measure
from .processes import output_of
from .processes import program
from .table import Row

MODULES = 20
CONNECTIONS = 8
SECONDS = 1.0
ROUNDS = 9
PATHS = {"hello of the app": "/", "Jinja page of a module": "/part7/page"}


@asynccontextmanager
async def serving(kind: str, root: Path) -> AsyncIterator[int]:
    """Serve a site in another process and give its port."""
    port = free_port()
    arguments = program("served", kind, str(root), str(MODULES), str(port))
    server = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    try:
        await listening(port, server, 30)
        yield port
    finally:
        if server.returncode is None:
            server.terminate()
        await server.wait()


async def listening(port: int, server: asyncio.subprocess.Process, seconds: float) -> None:
    """Wait until a server takes connections.

    :raises RuntimeError: when it ends before.
    """
    async with asyncio.timeout(seconds):
        while server.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
    raise RuntimeError(f"The server ended with code {server.returncode}.")


def requests_per_second(port: int, path: str, seconds: float, cookie: str = "") -> Measure:
    """Return a measure of how many requests a server answers."""
    wrk = shutil.which("wrk")

    async def measure() -> float:
        if wrk is None:
            figures = (str(port), path, str(CONNECTIONS), str(seconds), cookie)
            return float(await output_of(*program("client", *figures)))
        text = await output_of(
            wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", f"-HCookie: {cookie}",
            f"http://127.0.0.1:{port}{path}",
        )  # fmt: skip
        if "Non-2xx" in text:
            raise RuntimeError(f"{path} did not always answer 200:\n{text}")
        found = re.search(r"Requests/sec:\s+([\d.]+)", text)
        if found is None:
            raise RuntimeError(f"wrk said nothing of use:\n{text}")
        return float(found[1])

    return measure


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield a row for each kind of page."""
    sites.write(root, MODULES)
    rounds = max(int(ROUNDS * scale), 2)
    async with serving("plain", root) as plain, serving("hotframe", root) as hotframe:
        for what, path in PATHS.items():
            pair = await in_turn(
                requests_per_second(plain, path, SECONDS),
                requests_per_second(hotframe, path, SECONDS),
                rounds,
            )
            yield Row(
                f"{what}, Hypercorn",
                f"{pair.plain:.0f} /s",
                f"{pair.hotframe:.0f} /s",
                pair.ratio,
                ">= 0.97",
            )
