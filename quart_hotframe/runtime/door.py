"""The ASGI door: where a request is pinned, and where its true end shows."""

from __future__ import annotations

from asyncio import CancelledError
from asyncio import current_task
from collections.abc import Awaitable
from collections.abc import Callable
from contextvars import Token
from typing import Any

from .connection import CONNECTIONS
from .connection import Receive
from .connection import Send
from .runtime import Runtime

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing."""
ASGIApplication = Callable[[Any, Receive, Send], Awaitable[None]]


def make_door(runtime: Runtime, inner: Any) -> ASGIApplication:
    """Return an ASGI application around the app's own, which pins every request and socket.

    :param inner: the app's ``asgi_app``, with what other extensions wrapped around it.
    """
    pin, let_go = runtime.pin, runtime.let_go

    async def door(scope: Any, receive: Receive, send: Send) -> None:
        kind = CONNECTIONS.get(scope["type"])
        if kind is None:
            await inner(scope, receive, send)  # the lifespan
            return
        while (gate := runtime.gate) is not None:
            if not await gate.let_in(scope):
                for message in kind.refusal:
                    await send(message)
                return
            if gate is runtime.gate:
                break
        for tell in runtime.arriving:
            tell(scope)
        connection = kind(runtime, scope, receive, send)
        runtime.current.pins.add(connection)
        token = pin.set(connection)
        try:
            await inner(scope, connection.receive, connection.send)
        except CancelledError:
            if not connection.cut or _is_cancelled_by_others():
                raise
        except RuntimeError:
            if not connection.cut:
                raise
        finally:
            connection.ended = True
            if runtime.watching is not None and scope.get("method") not in SAFE:
                runtime.watching(scope)
            if token.old_value is not Token.MISSING:  # a call within another; it costs too much
                pin.reset(token)  # for all, who see the current generation after it anyway
            let_go(connection)

    return door


def _is_cancelled_by_others() -> bool:
    task = current_task()
    return task is None or task.uncancel() > 0
