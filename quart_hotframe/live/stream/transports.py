"""What asyncio knows of servers and connections, and ASGI does not tell an app.

A server closes its listening sockets and then waits for its streams, before it tells the app that
it ends; a connection whose client reads nothing is never closed. Both are looked up among the
objects of the process, by public names, where it matters and seldom. Servers that do not use
asyncio's own loop are not found; they send a signal, or end without waiting.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from weakref import WeakSet

Address = tuple[str, int]


class Listening:
    """The servers of this loop that listen."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._servers: WeakSet[asyncio.Server] = WeakSet(
            one for one in _instances(asyncio.Server)
            if one.is_serving() and one.get_loop() is loop
        )  # fmt: skip

    def has_ended(self) -> bool:
        """Say whether one of them does not listen any more, because it is about to end."""
        return any(not one.is_serving() for one in self._servers)


def abort(clients: Collection[Address]) -> None:
    """Cut connections from these addresses, with what was not sent."""
    if not clients:
        return
    for transport in _instances(asyncio.Transport):
        with suppress(Exception):  # it may be half made, or of another library
            if tuple(transport.get_extra_info("peername")[:2]) in clients:
                transport.abort()


def _instances(kind: type[Any]) -> list[Any]:
    return [one for one in gc.get_objects() if issubclass(type(one), kind)]
