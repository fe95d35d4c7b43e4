"""A client for streams, in process: it reads what a browser would read, event by event."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from html import unescape
from typing import Any
from typing import NamedTuple

PATIENCE = 3.0
"""Seconds that a test waits for an event at the most."""
FOLLOWS = re.compile(r'hf-topic="([^"]*)" hf-cursor="([^"]*)"')


class Event(NamedTuple):
    """One event."""

    name: str
    data: Any
    id: str | None = None


def parse(text: str) -> list[Event]:
    """Read events as the HTML standard says, section 9.2.6; data that is no JSON stays text."""
    found: list[Event] = []
    fields: list[str] = []
    name, id = "", None
    for line in re.split("\r\n|\r|\n", text.removeprefix("\ufeff")):
        if not line:
            if fields:
                found.append(Event(name or "message", "\n".join(fields), id))
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


class Reader:
    """An open stream."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._text = ""
        self._ready: list[Event] = []
        self.raw = ""
        """All that came."""

    @property
    def headers(self) -> Any:
        return self._connection.headers

    async def chunk(self) -> str:
        """Return what comes next, whatever it is; ``""`` is the end."""
        async with asyncio.timeout(PATIENCE):
            data = await self._connection.receive()
        text = data.decode() if data else ""
        self.raw += text
        return text

    async def next(self) -> Event:
        """Return the next event."""
        while not self._ready:
            text = await self.chunk()
            assert text, f"The stream has ended: {self.raw[-500:]!r}"
            self._text += text
            whole, _, self._text = self._text.rpartition("\n\n")
            self._ready = [one._replace(data=json.loads(one.data)) for one in parse(whole + "\n\n")]
        return self._ready.pop(0)

    async def close(self) -> None:
        """Go away."""
        await self._connection.disconnect()


@asynccontextmanager
async def opened(client: Any, path: str, body: Any = None, **headers: str) -> AsyncIterator[Reader]:
    """Open a stream and close it at the end of the block; a body is posted as a page posts it."""
    given = {"Sec-Fetch-Site": "same-origin"}
    if body is not None:
        given |= {"HF-Request": "live", "Content-Type": "application/json"}
    method = "GET" if body is None else "POST"
    request = client.request(path, method=method, headers={**given, **headers})
    async with request as connection:
        if body is not None:
            await connection.send(json.dumps(body).encode())
        await connection.send_complete()
        reader = Reader(connection)
        yield reader
        await reader.close()


def body_of(topics: Mapping[str, str | None], instances: Any = None) -> dict[str, Any]:
    """Return what a page sends to open its stream."""
    return {"page": secrets.token_urlsafe(16), "topics": topics, "instances": instances or {}}


def followed_in(html: str) -> dict[str, str]:
    """Return the topics of a page with their cursors."""
    return {unescape(one[1]): unescape(one[2]) for one in FOLLOWS.finditer(html)}
