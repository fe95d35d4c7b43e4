"""A proxy between a browser and its server that a test lets hold back, cut and reset."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

Writer = asyncio.StreamWriter
LINGER = struct.pack("ii", 1, 0)
"""Makes the end of a connection a reset."""


class Wire:
    """Passes bytes on, in a thread of its own.

    :param port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._streams: dict[Writer, bytearray] = {}
        self._held: set[Writer] = set()
        self._holds = False
        self.opened = 0
        """How many streams there were."""
        self.port = 0

    def hold(self, *, anew: bool = True) -> None:
        """Keep back what the server sends in streams, from now on.

        :param anew: also in streams that are opened later.
        """
        self._do(lambda: self._hold(anew))

    def release(self) -> None:
        """Bring what was kept back, and keep back no more."""
        self._do(self._release)

    def cut(self, how: str) -> None:
        """End the streams: by ``"reset"``, or ``"half"``, by which only the server's half ends."""
        self._do(lambda: self._cut(how))

    def _do(self, what: Callable[[], None]) -> None:
        async def done() -> None:
            what()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)

    def _hold(self, anew: bool) -> None:
        self._holds = anew
        self._held = {*self._streams}

    def _release(self) -> None:
        self._holds, self._held = False, set()
        for writer, kept in self._streams.items():
            writer.write(bytes(kept))
            kept.clear()

    def _cut(self, how: str) -> None:
        for writer in [*self._streams]:
            if how == "half":
                writer.write_eof()
                continue
            one: socket.socket = writer.get_extra_info("socket")
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
            writer.transport.abort()

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _pass(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ways = (self._up(reader, other_writer), self._down(other_reader, writer))
        try:
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self._streams.pop(writer, None)
            self._held.discard(writer)
            for one in (writer, other_writer):
                one.transport.abort()

    async def _up(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        while data := await reader.read(65536):
            if b"text/event-stream" in data:
                self._begin(writer)
                head, _, data = data.partition(b"\r\n\r\n")
                writer.write(head + b"\r\n\r\n")
            if writer in self._held:
                self._streams[writer] += data
            else:
                writer.write(data)
        writer.close()

    def _begin(self, writer: Writer) -> None:
        self._streams[writer] = bytearray()
        self.opened += 1
        if self._holds:
            self._held.add(writer)

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted ends


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    """Give a proxy in front of the server at a port."""
    made = Wire(port)
    thread = Thread(target=made._loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(made._serve(), made._loop).result(10)
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made._end(), made._loop).result(10)
        made._loop.call_soon_threadsafe(made._loop.stop)
        thread.join()
        made._loop.close()
