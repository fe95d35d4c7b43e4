"""Asks an ASGI application without a server, and says how long each event took.

This file needs nothing but Python, because peers read it in environments of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from .visitors import Answer
from .visitors import BROWSER
from .visitors import OfSocket
from .visitors import Request
from .visitors import Visitor

Application = Callable[[Any, Any, Any], Awaitable[Any]]
BASE: dict[str, Any] = {
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "query_string": b"",
    "root_path": "",
    "client": ("127.0.0.1", 40000),
    "server": ("127.0.0.1", 80),
    "extensions": {},
}


@asynccontextmanager
async def started(app: Application) -> AsyncIterator[dict[str, Any]]:
    """Start an application, and end it; gives the state that it shares with requests."""
    told: asyncio.Queue[Any] = asyncio.Queue()
    said: asyncio.Queue[Any] = asyncio.Queue()
    state: dict[str, Any] = {}
    scope = {"type": "lifespan", "asgi": BASE["asgi"], "state": state}
    task = asyncio.ensure_future(app(scope, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    if (first := await said.get())["type"] != "lifespan.startup.complete":
        raise RuntimeError(str(first))
    try:
        yield state
    finally:
        await told.put({"type": "lifespan.shutdown"})
        await task


def scope_of(request: Request, state: dict[str, Any]) -> dict[str, Any]:
    """Return what a server gives for a request."""
    headers = [(name.encode(), value.encode()) for name, value in request.headers]
    path = {"path": request.path, "raw_path": request.path.encode()}
    return {**BASE, **path, "type": "http", "scheme": "http", "method": request.method,
            "headers": headers, "state": state.copy()}  # fmt: skip


async def exchange(app: Application, request: Request, state: dict[str, Any]) -> Answer:
    """Ask once."""
    waiting = [{"type": "http.request", "body": request.body, "more_body": False}]
    ended = asyncio.Event()
    messages: list[Any] = []

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await ended.wait()
        return {"type": "http.disconnect"}  # as servers say after the last message

    async def send(message: Any) -> None:
        messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    await app(scope_of(request, state), receive, send)
    headers = [(bytes(n).decode().lower(), bytes(v).decode()) for n, v in messages[0]["headers"]]
    body = b"".join(one.get("body", b"") for one in messages[1:])
    return Answer(messages[0]["status"], headers, body)


def right(answer: Answer) -> Answer:
    """Return an answer that is one.

    :raises RuntimeError: it is refused.
    """
    if answer.status != 200:
        raise RuntimeError(f"The answer was {answer.status}: {answer.body[:2000].decode()}")
    return answer


class Asking:
    """Sends events as requests."""

    def __init__(self, app: Application, visitor: Visitor, state: dict[str, Any]) -> None:
        self._app = app
        self._visitor = visitor
        self._state = state

    async def open(self) -> None:
        """Load the page."""
        self._visitor.came(right(await exchange(self._app, self._visitor.page(), self._state)))

    async def vote(self, row: int) -> tuple[float, str]:
        """Vote for a row; return the seconds that the application took, and the HTML."""
        request = self._visitor.vote(row)
        begin = time.perf_counter()
        answer = await exchange(self._app, request, self._state)
        taken = time.perf_counter() - begin
        return taken, self._visitor.voted(right(answer))


class Socket:
    """Sends events over a websocket."""

    def __init__(self, app: Application, state: dict[str, Any], rows: int) -> None:
        self._rows = rows
        self._visitor = OfSocket()
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        self._said: asyncio.Queue[Any] = asyncio.Queue()
        headers = [(name.encode(), value.encode()) for name, value in BROWSER]
        scope = {**BASE, "type": "websocket", "scheme": "ws", "path": self._visitor.path,
                 "raw_path": self._visitor.path.encode(), "headers": headers, "subprotocols": [],
                 "state": state.copy()}  # fmt: skip
        self._task = asyncio.ensure_future(app(scope, self._told.get, self._said.put))

    async def open(self) -> None:
        """Connect, and make the component ready."""
        await self._told.put({"type": "websocket.connect"})
        if (first := await self._said.get())["type"] != "websocket.accept":
            raise RuntimeError(str(first))
        await self._exchange(self._visitor.attach(self._rows))

    async def vote(self, row: int) -> tuple[float, str]:
        """Vote for a row; return the seconds that the application took, and the HTML."""
        text = self._visitor.vote(row)
        begin = time.perf_counter()
        answer = await self._exchange(text)
        return time.perf_counter() - begin, self._visitor.voted(answer)

    async def weighed(self) -> tuple[str, str]:
        """Vote, and return what went and what came."""
        text = self._visitor.vote(0)
        return text, await self._exchange(text)

    async def _exchange(self, text: str) -> str:
        await self._told.put({"type": "websocket.receive", "text": text})
        return str((await self._said.get())["text"])

    async def close(self) -> None:
        """Go away."""
        await self._told.put({"type": "websocket.disconnect", "code": 1000})
        await self._task
