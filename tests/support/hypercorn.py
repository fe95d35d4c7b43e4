"""Hypercorn in a process of its own, for tests that do other things while it serves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from .ports import free_port

ROOT = Path(__file__).parents[2]


@dataclass
class Hypercorn:
    """A server.

    :param log: the file that has what it wrote.
    :param client: one of its clients.
    """

    url: str
    log: Path
    client: httpx.AsyncClient

    def told(self) -> list[str]:
        """Return the lines of its log, without those of Hypercorn about itself."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if "[INFO]" not in line]


def client_of(url: str, **options: Any) -> httpx.AsyncClient:
    """Return a client for an address, which waits long for an answer."""
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=30, **options)


@asynccontextmanager
async def hypercorn(
    app: str, folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[Hypercorn]:
    """Serve an app, and give the server as soon as it answers at ``/plain``.

    :param app: of a module in *folder* or of the tests, such as ``"site_app:app"``.
    :param environment: all of it but the path of Python.
    """
    port = free_port()
    log = folder / f"log_of_{port}.txt"
    with log.open("wb") as file:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hypercorn", app, "--bind", f"127.0.0.1:{port}",
            cwd=folder, env={"PYTHONPATH": str(ROOT), **environment}, stdout=file, stderr=file,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        async with client_of(url) as client:
            made = Hypercorn(url, log, client)
            await _answers(made, server)
            yield made
    finally:
        server.terminate()
        await asyncio.wait_for(server.wait(), 30)


async def _answers(made: Hypercorn, server: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60):
        while True:
            assert server.returncode is None, made.log.read_text()
            try:
                await made.client.get("/plain")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.02)
