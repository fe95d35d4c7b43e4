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

from .dressing import put_on
from .pin import Pin

if TYPE_CHECKING:
    from .runtime import Runtime

log = logging.getLogger("quart_hotframe.runtime")

Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Task = asyncio.Task[Any]

PATIENCE = 0.25
"""Seconds that a server has to say that a request ended before its handler is cancelled."""
CLEANING = 10.0
"""Seconds that a cancelled handler has to clean up before the whole call is cancelled."""


class Connection(Pin):
    """What requests and websockets share. The app sends through :meth:`send`.

    It becomes ``lasting`` when it is a stream: a websocket that was accepted, or an answer of
    server-sent events. ``call`` is the task of the whole ASGI call, ``task`` that of the handler.
    """

    request = None
    owner = None
    """The module whose code answers on an endpoint of HotFrame itself."""
    passing = False
    """Whether the messages of the answer just pass, as most do."""
    started = closing = ended = False
    cut = False
    """Whether :attr:`call` was ended from outside of the app."""
    farewell: list[Message]
    """What a stream of a changed owner is told."""
    refusal: list[Message]
    """What is told where nothing was answered yet."""
    _goodbye: asyncio.Task[None] | None = None
    _over: asyncio.Event | None = None

    def __init__(self, runtime: Runtime, scope: Any, receive: Receive, send: Send) -> None:
        self.generation = runtime.current
        self.runtime = runtime
        self.scope = scope
        self.call = current_task()
        self.receive = receive
        self._send = send

    def end(self) -> None:
        """Let go of the request too."""
        self.generation = self.request = self.scope = self.task = self.call = None
        if self._over is not None:
            self._over.set()

    def owned_by(self) -> str | None:
        """Return whose code answers: the owner of the endpoint, unless it is told otherwise."""
        if self.owner is not None:
            return self.owner
        if self.request is None or self.generation is None:
            return None
        return self.generation.owner_of(self.request.endpoint)

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message to the server, and notice when the connection becomes a stream."""
        if self.passing:
            return self._send(message)  # no frame of our own
        if self.lasting and not (self.ended or self.closing) and message.get("more_body"):
            return self._send(message)  # what a stream sends mostly
        if message["type"] == "http.response.start" and self.scope is not None:
            put_on(self.scope, message)
        if not self.started and _is_short(message):
            self.started = self.passing = True
            return self._send(message)
        return self._send_noticing(message)

    async def _send_noticing(self, message: Message) -> None:
        if self.ended or self.closing:
            await self._wait_for_goodbye()
            return
        self.started = True
        await self._send(message)
        if message["type"] in ("websocket.accept", "http.response.start"):
            self.lasting = True
            self.runtime.stream_opened(self)
        elif message["type"] == "websocket.close" or _is_last(message):
            self.ended = True

    def close(self) -> None:
        """Say goodbye in the stream's own way, then end it as if the client had gone."""
        if self.lasting:
            self._end_with(self.farewell)

    def abort(self) -> None:
        """Refuse what was not answered yet, and end it as if the client had gone.

        A goodbye that the client does not take is given up.
        """
        if self._goodbye is not None:
            self._goodbye.cancel()
        elif self.lasting:
            self.close()
        else:
            self._end_with([] if self.started else self.refusal)

    def break_off(self) -> None:
        """End it without a goodbye, for a client that takes nothing any more."""
        if self._goodbye is not None:
            self._goodbye.cancel()
        else:
            self._end_with([])

    def _end_with(self, messages: list[Message]) -> None:
        if not self.closing and not self.ended:
            self.closing, self.started, self.passing = True, True, False
            self._before_goodbye()
            self._goodbye = self.runtime.spawn(self._say(messages))

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
            self._after_goodbye()

    async def _wait_for_goodbye(self) -> None:
        # An app that returned before would let the server close the connection without it.
        if self._goodbye is not None:
            await asyncio.wait([self._goodbye])

    def _before_goodbye(self) -> None:
        pass

    def _after_goodbye(self) -> None:
        pass


class Exchange(Connection):
    """A request and its answer. The app reads from the server itself.

    After the last message of an answer the server says that the client has gone, which ends the
    app's call. Where it does not, as when an answer was broken off, the call is ended from here.
    """

    farewell = [
        {"type": "http.response.body", "body": b"event: bye\ndata: changed\n\n", "more_body": True},
        {"type": "http.response.body", "body": b"", "more_body": False},
    ]
    refusal = [
        {
            "type": "http.response.start",
            "status": 503,
            "headers": [(b"retry-after", b"1"), (b"content-type", b"text/plain; charset=utf-8")],
        },
        {
            "type": "http.response.body",
            "body": b"The module was replaced. Try again.\n",
            "more_body": False,  # the default, which Quart's test client wants to be told
        },
    ]

    def _before_goodbye(self) -> None:
        self._over = asyncio.Event()

    def _after_goodbye(self) -> None:
        self.runtime.spawn(self._see_off(self.task, self.call))

    async def _see_off(self, handler: Task | None, call: Task | None) -> None:
        """End what runs, unless what the server tells after the last message does so.

        Nothing is cancelled twice: that would cut short what a handler does to clean up.
        """
        if await self._is_over():
            return
        if handler is not None and not handler.done():
            if not handler.cancelling():
                handler.cancel()
            await asyncio.wait([handler], timeout=CLEANING)
        if call is not None and not await self._is_over():
            self.cut = call.cancel()

    async def _is_over(self) -> bool:
        assert self._over is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._over.wait()
        return self._over.is_set()


class Socket(Connection):
    """A websocket. The app's reader is told of the end before the client is.

    Granian sends no close while somebody waits in its ``receive()``.
    """

    farewell = refusal = [
        {"type": "websocket.close", "code": 1012, "reason": "The module changed."}
    ]
    _receiver: Task | None = None
    _woken = False

    def __init__(self, runtime: Runtime, scope: Any, receive: Receive, send: Send) -> None:
        super().__init__(runtime, scope, self._read, send)
        self._receive = receive

    def end(self) -> None:
        """Let go of itself too."""
        super().end()
        del self.receive

    async def _read(self) -> Message:
        """Return the next message, or a disconnect once the socket is closing."""
        if not self.closing:
            self._receiver = current_task()
            try:
                return await self._receive()
            except asyncio.CancelledError:
                if not self._woken or self._is_cancelled_by_others():
                    raise
            finally:
                self._receiver = None
        await self._wait_for_goodbye()
        return {"type": "websocket.disconnect", "code": 1012}

    def _is_cancelled_by_others(self) -> bool:
        # The task is no local of receive(): the exception's frame would keep it, and it the
        # exception, until the next garbage collection, for every socket.
        self._woken = False
        task = current_task()
        return task is None or task.uncancel() > 0

    def _before_goodbye(self) -> None:
        if self._receiver is not None:
            self._woken = True
            self._receiver.cancel()


CONNECTIONS: dict[str, type[Connection]] = {"http": Exchange, "websocket": Socket}
"""The kinds of connections, by the type of their ASGI scope."""


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
