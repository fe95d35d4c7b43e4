"""Faults that the load must find. Each is laid around the whole app, as a bad server would be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ASKED = ("/shop/fast", "/shop/slow", "/shop/failing")


class Faulty:
    """An ASGI application that passes everything on, but for its fault.

    Requests go wrong while a swap runs, streams and sockets when they are told of one.
    """

    def __init__(self, inner: Any, fault: str) -> None:
        self.inner = inner
        self.swaps = 0
        self.answer = ANSWERS.get(fault)
        self.change = CHANGES.get(fault, _keep)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if path.startswith("/swap/"):
            await self._swap(scope, receive, send)
        elif self.answer is not None and self.swaps and path in ASKED:
            await self.answer(send)
        else:
            await self._pass(scope, receive, send)

    async def _swap(self, scope: Any, receive: Any, send: Any) -> None:
        self.swaps += 1
        try:
            await self.inner(scope, receive, send)
        finally:
            self.swaps -= 1

    async def _pass(self, scope: Any, receive: Any, send: Any) -> None:
        swallowed = False

        async def changing(message: Any) -> None:
            nonlocal swallowed
            changed = self.change(message)
            if changed is None:
                swallowed = True
            else:
                await send(changed)

        await self.inner(scope, receive, changing)
        while swallowed and (await receive())["type"] != "websocket.disconnect":
            pass  # the server would close the socket if we returned


async def fail(send: Any) -> None:
    """Answer 500."""
    await _start(send, 500, 0)
    await send({"type": "http.response.body", "body": b""})


async def drop(send: Any) -> None:
    """Begin an answer and never end it, so that the server drops the connection."""
    await _start(send, 200, 100)
    await send({"type": "http.response.body", "body": b"half", "more_body": True})


async def _start(send: Any, status: int, length: int) -> None:
    headers = [(b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})


def _keep(message: Any) -> Any:
    return message


def without_bye(message: Any) -> Any:
    """Take the goodbye from a stream."""
    if b"event: bye" in message.get("body", b""):
        return {**message, "body": b""}
    return message


def without_close(message: Any) -> Any:
    """Swallow what closes a socket."""
    return None if message["type"] == "websocket.close" else message


ANSWERS: dict[str, Callable[[Any], Any]] = {"fails": fail, "drops": drop}
CHANGES: dict[str, Callable[[Any], Any]] = {"cuts": without_bye, "is silent": without_close}
