"""What a request costs in instructions, counted by valgrind: the same on a busy machine.

A server runs under ``valgrind --tool=callgrind`` from its start to its end, once for few requests
and once for many. The difference is what the requests took, with the server's own part and the
collection of garbage. Without valgrind there are no rows.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from tests.support.ports import free_port

from . import catalogue
from . import protecting
from . import sites
from .client import ask
from .processes import program
from .sockets import CONNECTIONS
from .sockets import listening
from .sockets import MODULES
from .sockets import PATHS
from .table import Row

FEW, MANY = 400, 1600
SECONDS = 120.0
"""How long a server under valgrind may take to start."""
STILL = {"QUART_HOTFRAME_POLL_INTERVAL": "3600", "PYTHONHASHSEED": "0"}
"""Valgrind makes a program fifty times as slow: what runs by the clock would count too often."""


class Site(NamedTuple):
    """A page of one of the sites, and the cookie of who asks for it."""

    kind: str
    path: str
    cookie: str = ""


async def counted(valgrind: str, site: Site, root: Path, requests: int) -> int:
    """Return how many instructions a server took to start, to answer so often, and to end."""
    port = free_port()
    tool = [valgrind, "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
    server = await asyncio.create_subprocess_exec(
        *tool, *program("served", site.kind, str(root), str(MODULES), str(port)),
        env={**os.environ, **STILL},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await listening(port, server, SECONDS)
        each = requests // CONNECTIONS
        asking = [
            ask(port, site.path, lambda answers: answers < each, site.cookie)
            for _ in range(CONNECTIONS)
        ]
        await asyncio.gather(*asking)
    finally:
        if server.returncode is None:
            server.terminate()
        _, told = await server.communicate()
    found = re.search(r"Collected : (\d+)", told.decode())
    if found is None:
        raise RuntimeError(f"valgrind counted nothing:\n{told.decode()}")
    return int(found[1])


async def for_a_request(valgrind: str, site: Site, root: Path, scale: float) -> float:
    """Return how many instructions one request takes."""
    many = max(int(MANY * scale), 2 * FEW)
    few = await counted(valgrind, site, root, FEW)
    return (await counted(valgrind, site, root, many) - few) / (many - FEW)


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield a row for each kind of page."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        print("valgrind is absent: instructions are not counted", file=sys.stderr)
        return
    sites.write(root, MODULES)
    await catalogue.write(root)
    pairs: dict[str, tuple[Site, ...]]
    pairs = {what: (Site("plain", path), Site("hotframe", path)) for what, path in PATHS.items()}
    for page in protecting.PAGES:
        cookie = await protecting.cookie_of(root) if page.signed_in else ""
        both = (Site(kind, page.path, cookie) for kind in (page.plain, page.hotframe))
        pairs[page.what] = tuple(both)
    for what, pair in pairs.items():
        plain, hotframe = await asyncio.gather(
            *(for_a_request(valgrind, site, root, scale) for site in pair)
        )
        yield Row(
            f"{what}, Hypercorn, instructions",
            f"{plain / 1e6:.3f} million",
            f"{hotframe / 1e6:.3f} million",
            plain / hotframe,
            ">= 0.97",
        )
