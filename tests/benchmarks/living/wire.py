"""A small client for HTTP and websockets on one connection, which costs little itself."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Self

from .asgi import right
from .visitors import Answer
from .visitors import BROWSER
from .visitors import OfSocket
from .visitors import Request
from .visitors import Visitor

SHORT, MIDDLE = 125, 126
"""Lengths of websocket frames: up to the first they stand in one byte, then two more follow."""


def written(request: Request) -> bytes:
    """Return a request as it travels."""
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    return "\r\n".join([*lines, "", ""]).encode() + request.body


class Connection:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, port: int) -> Self:
        """Return a new one."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**24))

    async def head(self) -> tuple[int, list[tuple[str, str]]]:
        """Return status and headers of the next answer."""
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        return int(first.split()[1]), [(n.lower(), value.strip()) for n, _, value in pairs]

    async def exchange(self, request: Request) -> Answer:
        """Ask once."""
        self.writer.write(written(request))
        status, headers = await self.head()
        length = int(dict(headers)["content-length"])
        return Answer(status, headers, await self.reader.readexactly(length))


class Asking:
    """Sends events as requests on one connection."""

    def __init__(self, connection: Connection, visitor: Visitor) -> None:
        self._connection = connection
        self._visitor = visitor

    async def open(self) -> None:
        """Load the page."""
        self._visitor.came(right(await self._connection.exchange(self._visitor.page())))

    async def vote(self, row: int) -> tuple[float, str]:
        """Vote for a row; return the seconds until the answer was there, and the HTML."""
        request = self._visitor.vote(row)
        begin = time.perf_counter()
        answer = await self._connection.exchange(request)
        taken = time.perf_counter() - begin
        return taken, self._visitor.voted(right(answer))


class Socket:
    """Sends events over a websocket."""

    def __init__(self, connection: Connection, rows: int) -> None:
        self._connection = connection
        self._visitor = OfSocket()
        self._rows = rows

    async def open(self) -> None:
        """Shake hands, and make the component ready."""
        own = (
            ("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13"),
            ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        )  # fmt: skip
        request = Request("GET", self._visitor.path, (*BROWSER, *own))
        self._connection.writer.write(written(request))
        if (status := (await self._connection.head())[0]) != 101:
            raise RuntimeError(f"The websocket was answered with {status}.")
        await self._exchange(self._visitor.attach(self._rows))

    async def vote(self, row: int) -> tuple[float, str]:
        """Vote for a row; return the seconds until the answer was there, and the HTML."""
        text = self._visitor.vote(row)
        begin = time.perf_counter()
        answer = await self._exchange(text)
        return time.perf_counter() - begin, self._visitor.voted(answer)

    async def _exchange(self, text: str) -> str:
        data, mask = text.encode(), os.urandom(4)
        length = bytes([len(data)]) if len(data) <= SHORT else b"\x7e" + len(data).to_bytes(2)
        masked = bytes(one ^ mask[at % 4] for at, one in enumerate(data))
        head = bytes([0x81, length[0] | 0x80]) + length[1:]
        self._connection.writer.write(head + mask + masked)
        return (await self._frame()).decode()

    async def _frame(self) -> bytes:
        reader = self._connection.reader
        _, length = await reader.readexactly(2)
        if length > SHORT:
            length = int.from_bytes(await reader.readexactly(2 if length == MIDDLE else 8))
        return await reader.readexactly(length)
