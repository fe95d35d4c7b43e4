"""Requests and sockets, seen at the ASGI door, where their true end shows."""

from __future__ import annotations

import asyncio
import logging
from asyncio import current_task
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from typing import TYPE_CHECKING

from .pin import Pin

if TYPE_CHECKING:
    from .runtime import Runtime

log = logging.getLogger("quart_hotframe.runtime")

Message = Any
Task = asyncio.Task[Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATIENCE = 0.25
"""Seconds that a server has to say that a connection ended before its handler is cancelled."""
CLEANING = 10.0
"""Seconds that a cancelled handler has to clean up before the whole call is cancelled."""


class Connection(Pin):
    """A request or a websocket, which sends through :meth:`send`.

    It becomes ``lasting`` when it is a stream: a websocket that was accepted, an answer of
    server-sent events. ``call`` is the task of the whole ASGI call, ``task`` that of the handler.
    """

    request = None
    passing = False
    """Whether the messages of the answer just pass, as most do."""
    started = False
    closing = False
    ended = False
    cut = False
    """Whether :attr:`call` was cancelled from here."""
    over: asyncio.Event | None = None
    goodbye: list[Message]
    """What a stream of a changed owner is told."""

    def __init__(self, runtime: Runtime, send: Send) -> None:
        self.generation = runtime.current
        self.runtime = runtime
        self._send = send
        self.call = current_task()

    def end(self) -> None:
        """Let go of the request too."""
        self.generation = self.request = self.task = self.call = None
        if self.over is not None:
            self.over.set()

    def owned_by(self) -> str | None:
        """Return the owner of the endpoint that was matched."""
        if self.request is None or self.generation is None:
            return None
        return self.generation.owner_of(self.request.endpoint)

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message to the server, and notice when the connection becomes a stream."""
        if self.passing:
            return self._send(message)  # no frame of our own
        if not self.started and _is_short(message):
            self.started = self.passing = True
            return self._send(message)
        return self._send_noticing(message)

    async def _send_noticing(self, message: Message) -> None:
        if self.ended or self.closing:
            return
        self.started = True
        await self._send(message)
        if message["type"] in ("websocket.accept", "http.response.start"):
            self.lasting = True
            self.runtime.stream_opened(self)
        elif message["type"] == "websocket.close" or _is_last(message):
            self.ended = True

    def close(self) -> None:
        """Say goodbye in the stream's own way, then end its handler as if the client had gone."""
        if self.lasting:
            self._end_with(self.goodbye)

    def _end_with(self, messages: list[Message]) -> None:
        if not self.closing and not self.ended:
            self.closing, self.started, self.passing = True, True, False
            self.over = asyncio.Event()
            self.runtime.spawn(self._say(messages))

    async def _say(self, messages: list[Message]) -> None:
        try:
            for message in messages:
                if not self.ended:
                    await self._send(message)
        except Exception as error:  # each server has its own for a client that is gone
            log.debug("A goodbye did not arrive: %r", error)
        finally:
            self.ended = True
            await self._see_off(self.task, self.call)

    async def _see_off(self, handler: Task | None, call: Task | None) -> None:
        """End what runs, unless what the server tells after the last message does so.

        Nothing is cancelled twice: that would cut short what a handler does to clean up. The call
        itself is left when an answer was not complete, so that the server breaks it off.
        """
        if await self._is_over(PATIENCE):
            return
        if handler is not None and not handler.done():
            if not handler.cancelling():
                handler.cancel()
            await asyncio.wait([handler], timeout=CLEANING)
        if call is not None and not await self._is_over(PATIENCE):
            self.cut = call.cancel()

    async def _is_over(self, seconds: float) -> bool:
        assert self.over is not None
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)
        return self.over.is_set()


class Exchange(Connection):
    """A request and its answer."""

    goodbye = [
        {"type": "http.response.body", "body": b"event: bye\ndata: changed\n\n", "more_body": True},
        {"type": "http.response.body", "body": b"", "more_body": False},
    ]

    def abort(self) -> None:
        """Answer 503 where nothing was answered yet, and end it as if the client had gone."""
        if self.lasting:
            self.close()
        else:
            self._end_with([] if self.started else UNAVAILABLE)


class Socket(Connection):
    """A websocket."""

    goodbye = [{"type": "websocket.close", "code": 1012, "reason": "The module changed."}]

    def abort(self) -> None:
        """Close it, accepted or not."""
        self._end_with(self.goodbye)


CONNECTIONS: dict[str, type[Connection]] = {"http": Exchange, "websocket": Socket}
"""The kinds of connections, by the type of their ASGI scope."""

UNAVAILABLE: list[Message] = [
    {
        "type": "http.response.start",
        "status": 503,
        "headers": [(b"retry-after", b"1"), (b"content-type", b"text/plain; charset=utf-8")],
    },
    {"type": "http.response.body", "body": b"The module was replaced. Try again.\n"},
]
"""The answer to a request that outlived the drain of its module."""


def _is_last(message: Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body", False)


def _is_short(message: Message) -> bool:
    """Say whether a message begins an answer that is no stream."""
    if message["type"] != "http.response.start":
        return False
    for name, value in message["headers"]:
        if name == b"content-type" or name.lower() == b"content-type":
            return not value.startswith(b"text/event-stream")
    return True
