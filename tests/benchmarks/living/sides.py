"""A side of the benchmark: what it is called, and the Python that runs it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from typing import NamedTuple

from ..processes import PACKAGE

ROOT = Path(__file__).parents[3]


class Side(NamedTuple):
    """What is measured beside the others.

    :param kind: as :func:`.kinds.site` has it.
    :param version: of a peer.
    """

    kind: str
    python: str = sys.executable
    version: str = ""

    @property
    def beside(self) -> str:
        """How a row says that it has a peer in the place of plain Quart."""
        return f", beside {self.kind.partition(' ')[0]} {self.version}" if self.version else ""

    def program(self, name: str, *arguments: object) -> list[str]:
        """Return the command line of a program in this folder."""
        return [self.python, "-m", f"{PACKAGE}.living.{name}", self.kind, *map(str, arguments)]

    async def told(self, name: str, *arguments: object) -> Any:
        """Return the JSON that a program prints.

        :raises RuntimeError: it fails.
        """
        process = await _started(self.program(name, *arguments))
        out, error = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"{self.kind}, {name}:\n{error.decode()}")
        return json.loads(out)


PLAIN, HOTFRAME = Side("plain"), Side("hotframe")


class Served(NamedTuple):
    """A server."""

    port: int
    pid: int


class Running:
    """A program that answers each line that it is given with a line of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ask(self, line: object) -> Any:
        """Return the answer to a line.

        :raises RuntimeError: the program has ended.
        """
        given, said = self.process.stdin, self.process.stdout
        assert given is not None and said is not None
        given.write(f"{line}\n".encode())
        answer = await said.readline()
        if not answer:
            _, error = await self.process.communicate()
            raise RuntimeError(error.decode())
        return json.loads(answer)


@asynccontextmanager
async def running(command: list[str]) -> AsyncIterator[Running]:
    """Start a program that answers lines, and end it."""
    process = await _started(command)
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _started(command: list[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command, limit=2**24, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
