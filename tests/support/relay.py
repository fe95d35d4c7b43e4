"""A relay in front of a server that a test can cut and mend, as a network does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url


class Relay:
    """Passes bytes between a port of its own and a server.

    :param host: of the server.
    :param port: of the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._passing: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._silent = False
        self.port = 0

    @property
    def connections(self) -> int:
        """How many connections there are that nobody has ended."""
        return len(self._passing)

    def leads_to(self, url: str) -> str:
        """Return the URL by which the database at *url* is reached through the relay."""
        changed = make_url(url).set(host="127.0.0.1", port=self.port)
        return changed.render_as_string(hide_password=False)

    async def mend(self) -> None:
        """Accept connections, always at the same port, and pass everything on."""
        self._silent = False
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End all connections, and accept none."""
        assert self._server is not None
        self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)
        await self._server.wait_closed()

    def fall_silent(self) -> None:
        """Accept connections and swallow what they send, until it is cut and mended."""
        self._silent = True

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        writers = [writer]
        try:
            other_reader, other_writer = await asyncio.open_connection(*self._target)
            writers.append(other_writer)
            await asyncio.gather(self._copy(reader, other_writer), self._copy(other_reader, writer))
        except asyncio.CancelledError:
            pass  # cut
        finally:
            for one in writers:
                one.transport.abort()
            self._passing.discard(task)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if not self._silent:
                    writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def relay(postgres_url: str) -> AsyncIterator[Relay]:
    """Return a relay in front of PostgreSQL, which passes everything on."""
    url = make_url(postgres_url)
    relay = Relay(str(url.host), url.port or 5432)
    await relay.mend()
    yield relay
    await relay.cut()
