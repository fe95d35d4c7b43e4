"""Reading a stream event by event, as a browser does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import Any
from typing import NamedTuple

from quart.typing import TestClientProtocol

_LINES = re.compile("\r\n|\r|\n")


class StreamEvent(NamedTuple):
    """One event. ``data`` is what its JSON says; ``id`` is where an ``EventSource`` goes on."""

    name: str
    data: Any
    id: str | None = None


def parse_events(text: str) -> list[StreamEvent]:
    """Return the events in a text, their data as it stands there.

    They are read as the HTML standard says, section 9.2.6.
    """
    found: list[StreamEvent] = []
    fields: list[str] = []
    name, id = "", None
    for line in _LINES.split(text.removeprefix("\ufeff")):
        if not line:
            if fields:
                found.append(StreamEvent(name or "message", "\n".join(fields), id))
            fields, name = [], ""
            continue
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "data":
            fields.append(value)
        elif key == "event":
            name = value
        elif key == "id" and "\0" not in value:
            id = value
    return found


class StreamReader:
    """An open stream. ``raw`` is all that came so far.

    :param patience: seconds that it waits for an event, ``None`` for ever.
    """

    def __init__(self, connection: Any, patience: float | None) -> None:
        self._connection = connection
        self._patience = patience
        self._text = ""
        self._ready: list[StreamEvent] = []
        self.raw = ""

    @property
    def headers(self) -> Any:
        """The headers of the answer, as soon as something came."""
        return self._connection.headers

    @property
    def status(self) -> int | None:
        """The status of the answer, as soon as something came."""
        status: int | None = self._connection.status_code
        return status

    async def chunk(self) -> str:
        """Return what comes next, whatever it is; ``""`` is the end.

        :raises TimeoutError: nothing came.
        """
        async with asyncio.timeout(self._patience):
            data = await self._connection.receive()
        text = data.decode() if data else ""
        self.raw += text
        return text

    async def next(self) -> StreamEvent:
        """Return the next event.

        :raises AssertionError: the stream has ended.
        :raises TimeoutError: nothing came.
        """
        while not self._ready:
            text = await self.chunk()
            if not text:
                raise AssertionError(f"The stream has ended: {self.raw[-500:]!r}")
            self._text += text
            whole, _, self._text = self._text.rpartition("\n\n")
            found = parse_events(whole + "\n\n")
            self._ready = [one._replace(data=json.loads(one.data)) for one in found]
        return self._ready.pop(0)

    async def close(self) -> None:
        """Go away."""
        await self._connection.disconnect()


@asynccontextmanager
async def open_stream(
    client: TestClientProtocol,
    path: str,
    body: Any = None,
    *,
    headers: Mapping[str, str] | None = None,
    patience: float | None = 3.0,
) -> AsyncIterator[StreamReader]:
    """Open a stream, and close it at the end of the block.

    ::

        async with open_stream(running.client, "/hotframe/topics?topic=news") as stream:
            await running.hotframe.live.publish("news", "tea")
            assert (await stream.next()).data["payload"] == "tea"

    :param path: where the stream is.
    :param body: what is posted there as JSON, as pages with live components do.
    :param headers: further ones.
    :param patience: seconds that it waits for an event, ``None`` for ever.
    """
    given = {"Sec-Fetch-Site": "same-origin"}
    if body is not None:
        given |= {"HF-Request": "live", "Content-Type": "application/json"}
    method = "GET" if body is None else "POST"
    request = client.request(path, method=method, headers={**given, **(headers or {})})
    async with request as connection:
        if body is not None:
            await connection.send(json.dumps(body).encode())
        await connection.send_complete()
        reader = StreamReader(connection, patience)
        yield reader
        await reader.close()
