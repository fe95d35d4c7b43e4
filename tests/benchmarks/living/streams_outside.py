"""Opens many streams of a server: a line in says how many more, or lets something be published.

::

    python -m tests.benchmarks.living.streams_outside hotframe PORT

``open 100`` is answered with how many are open, ``publish 3`` with the seconds from the begin of
the request until the last stream has the text.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from .asgi import right
from .listening import FIRST
from .listening import publishing
from .listening import stream_of
from .wire import Connection
from .wire import written

AT_ONCE = 50
"""Streams that are opened together."""


class Listener(asyncio.Protocol):
    """One stream, of which the end of what came is kept."""

    def __init__(self, all: Listeners) -> None:
        self._all = all
        self._tail = b""

    def data_received(self, data: bytes) -> None:
        text = self._tail + data
        if self._all.mark in text:
            self._all.one_has_it()
            text = b""
        self._tail = text[-len(self._all.mark) :]

    def connection_lost(self, error: Exception | None) -> None:
        self._all.lost += 1


class Listeners:
    """All of them."""

    def __init__(self, kind: str, port: int) -> None:
        self._request = written(stream_of(kind))
        self._port = port
        self._transports: list[asyncio.BaseTransport] = []
        self._all = asyncio.Event()
        self._left = 0
        self.mark = FIRST
        self.lost = 0

    def one_has_it(self) -> None:
        """Take note that one has what is waited for."""
        self._left -= 1
        if not self._left:
            self._all.set()

    def _wait_for(self, mark: bytes, count: int) -> None:
        self.mark, self._left = mark, count
        self._all.clear()

    async def open(self, count: int) -> int:
        """Open so many more, and return how many are open."""
        while count > 0:
            some = min(count, AT_ONCE)
            self._wait_for(FIRST, some)
            await asyncio.gather(*(self._open() for _ in range(some)))
            await asyncio.wait_for(self._all.wait(), 60)
            count -= some
        return len(self._transports) - self.lost

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: Listener(self), "127.0.0.1", self._port)
        self._transports.append(transport)
        transport.write(self._request)

    async def publish(self, number: int) -> float:
        """Return the seconds until all have it."""
        request, mark = publishing(number)
        connection = await Connection.to(self._port)
        self._wait_for(mark, len(self._transports))
        begin = time.perf_counter()
        right(await connection.exchange(request))
        await asyncio.wait_for(self._all.wait(), 60)
        taken = time.perf_counter() - begin
        connection.writer.close()
        return taken


async def main(kind: str, port: str) -> None:
    """Answer until the input ends."""
    listeners = Listeners(kind, int(port))
    told = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    while line := await told.readline():
        what, _, number = line.decode().partition(" ")
        answer = listeners.open if what == "open" else listeners.publish
        print(json.dumps(await answer(int(number))), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
