"""The ASGI door: where a request is pinned, and where its true end shows."""

from __future__ import annotations

from typing import Any

from .pin import Connection
from .pin import Receive
from .pin import Send
from .runtime import Runtime


class Door:
    """An ASGI application around the app's own, which pins every request and socket.

    :param inner: the app's ``asgi_app``, with what other extensions wrapped around it.
    """

    def __init__(self, runtime: Runtime, inner: Any) -> None:
        self.runtime = runtime
        self.inner = inner

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request or socket; the lifespan passes."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self.inner(scope, receive, send)
            return
        runtime = self.runtime
        connection = Connection(runtime, kind, receive, send)
        runtime.current.pins.add(connection)
        token = runtime.pin.set(connection)
        try:
            await self.inner(scope, connection.receive, connection.send)
        finally:
            connection.ended = True
            runtime.pin.reset(token)
            runtime.let_go(connection)
