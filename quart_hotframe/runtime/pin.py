"""Pins: every request, socket, event and task sees the generation that it began in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .generation import Generation
    from .runtime import Runtime

log = logging.getLogger("quart_hotframe.runtime")

Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Pin:
    """A user of a generation. Without a generation the reader sees the current one.

    ``task`` is what a drain that takes too long cancels; ``owner`` is the module whose code runs,
    where it is known.
    """

    __slots__ = ("generation", "owner", "task", "__weakref__")
    stream = False
    request: Any = False
    """The request of a connection: ``None`` until it is known."""

    def __init__(self, generation: Generation | None, owner: str | None = None) -> None:
        self.generation = generation
        self.owner = owner
        self.task: asyncio.Task[Any] | None = None

    def owned_by(self) -> str | None:
        """Return the module whose code answers."""
        return self.owner

    def end(self) -> None:
        """Let go of everything, or pin, task and context would keep each other alive."""
        self.generation = None
        self.task = None

    def close(self) -> None:
        """Ask the user to end; a plain one only ends by itself."""

    def abort(self) -> None:
        """End the user now, because a drain takes too long."""
        if self.task is not None:
            self.task.cancel()


class Connection(Pin):
    """A request or socket, seen at the ASGI door, where its true end shows."""

    __slots__ = ("runtime", "kind", "request", "closing", "ended", "started", "stream", "_receive",
                 "_send", "_receiver", "_woken", "_heard", "_goodbye")  # fmt: skip

    def __init__(self, runtime: Runtime, kind: str, receive: Receive, send: Send) -> None:
        self.generation = runtime.current
        self.owner = None
        self.task = None
        self.runtime = runtime
        self.kind = kind
        self.request: Any = None
        self.stream = False
        self.closing = False
        self.ended = False
        self.started = False
        self._receive = receive
        self._send = send
        self._receiver: asyncio.Task[Any] | None = None
        self._woken = False
        self._heard = False
        self._goodbye: asyncio.Task[None] | None = None

    def end(self) -> None:
        """Let go of the request too."""
        self.generation = None
        self.request = None

    def owned_by(self) -> str | None:
        """Return the owner of the endpoint that was matched."""
        if self.request is None or self.generation is None:
            return None
        return self.generation.owner_of(self.request.endpoint)

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message to the server, and notice when the connection becomes a stream."""
        if self.kind == "http" and not (self.stream or self.closing or self.ended):
            if self.started or not _is_stream(message):
                self.started = True
                return self._send(message)  # no frame of our own: most messages pass here
        return self._send_noticing(message)

    async def _send_noticing(self, message: Message) -> None:
        if self.ended or self.closing:
            await self._wait_for_goodbye()
            return
        self.started = True
        await self._send(message)
        kind = message["type"]
        if kind in ("websocket.accept", "http.response.start"):
            self.stream = True
            self.runtime.stream_opened(self)
        elif kind == "websocket.close" or _is_last(message):
            self.ended = True

    def receive(self) -> Awaitable[Message]:
        """Return the next message from the client, or a disconnect once the stream is closing."""
        if self._heard or self.closing:
            return self._receive_watched()
        self._heard = True  # the first message is there already: it needs no frame of our own
        return self._receive()

    async def _receive_watched(self) -> Message:
        if not self.closing:
            self._receiver = asyncio.current_task()
            try:
                return await self._receive()
            except asyncio.CancelledError:
                if not self._woken or self._is_cancelled_by_others():
                    raise
            finally:
                self._receiver = None
        await self._wait_for_goodbye()
        return self._disconnect()

    def _is_cancelled_by_others(self) -> bool:
        # The task is no local of receive(): the exception's frame would keep it, and it the
        # exception, until the next garbage collection, for every request.
        self._woken = False
        task = asyncio.current_task()
        return task is None or task.uncancel() > 0

    def _disconnect(self) -> Message:
        if self.kind == "websocket":
            return {"type": "websocket.disconnect", "code": 1012}
        return {"type": "http.disconnect"}

    def close(self) -> None:
        """Say goodbye in the stream's own way, then end it as if the client had gone."""
        if self.stream:
            self._end_with(GOODBYE[self.kind])

    def abort(self) -> None:
        """Answer 503 where nothing was answered yet, and end it as if the client had gone.

        A goodbye that the client does not take is given up.
        """
        if self._goodbye is not None:
            self._goodbye.cancel()
            return
        if self.stream or self.kind == "websocket":
            self._end_with(GOODBYE[self.kind])
        else:
            self._end_with([] if self.started else UNAVAILABLE)

    def _end_with(self, messages: list[Message]) -> None:
        if not self.closing and not self.ended:
            self.closing = True
            self._wake()
            self._goodbye = self.runtime.spawn(self._say(messages))

    def _wake(self) -> None:
        # Before the goodbye: Granian sends no close while somebody waits in its receive().
        if self._receiver is not None:
            self._woken = True
            self._receiver.cancel()

    async def _wait_for_goodbye(self) -> None:
        # An app that returned before would let the server close the connection without it.
        if self._goodbye is not None:
            await asyncio.wait([self._goodbye])

    async def _say(self, messages: list[Message]) -> None:
        try:
            for message in messages:
                if not self.ended:
                    await self._send(message)
        except Exception as error:  # each server has its own for a client that is gone
            log.debug("A goodbye did not arrive: %r", error)
        finally:
            self.ended = True
            self._goodbye = None


GOODBYE: dict[str, list[Message]] = {
    "websocket": [{"type": "websocket.close", "code": 1012, "reason": "The module changed."}],
    "http": [
        {"type": "http.response.body", "body": b"event: bye\ndata: changed\n\n", "more_body": True},
        {"type": "http.response.body", "body": b"", "more_body": False},
    ],
}
"""What a stream of a changed owner is told: SSE an event ``bye``, a websocket code 1012."""

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


def _is_stream(message: Message) -> bool:
    for name, value in message.get("headers", ()):
        if name == b"content-type" or name.lower() == b"content-type":
            return bool(value.startswith(b"text/event-stream"))
    return False
