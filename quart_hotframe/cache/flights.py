"""Single flight: one makes a value, and all who want it meanwhile wait for that one."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any
from typing import NamedTuple

from ..errors import BackendUnavailable
from ..errors import SetupError
from .encoding import encode
from .owing import Owing
from .storage import CacheStorage

PATIENCE = 5.0
"""Seconds to wait for a value that another process makes."""
LOOK = 0.05
"""Seconds between two looks for it."""


class Flight(NamedTuple):
    """A value that somebody in this process makes."""

    value: asyncio.Future[bytes]
    tags: Sequence[str]


_own: ContextVar[tuple[Flight, ...]] = ContextVar("hotframe_cache_flights", default=())
"""The values that the running code is making."""


class Flights:
    """The values that this process makes now; there are no more than requests."""

    def __init__(self, storage: CacheStorage, owing: Owing) -> None:
        self._storage = storage
        self._owing = owing
        self._flying: dict[str, Flight] = {}

    def forget_key(self, key: str) -> None:
        """Let who asks from now on not get what is being made now."""
        self._flying.pop(key, None)

    def forget_tag(self, tag: str) -> None:
        """The same for all that has a tag."""
        for key, flight in list(self._flying.items()):
            if tag in flight.tags:
                del self._flying[key]

    async def join(
        self, key: str, tags: Sequence[str], make: Callable[[], Any], ttl: float,
        keep: Callable[[bytes], bool],
    ) -> bytes | None:  # fmt: skip
        """Make a value, or wait for who does.

        :returns: the value, or ``None`` when who made it was cancelled: then ask again.
        """
        flight = self._flying.get(key)
        if flight is None:
            return await self._lead(key, tags, make, ttl, keep)
        if any(flight is one for one in _own.get()):
            raise SetupError("The function that makes a value of the cache asks for that value.")
        await asyncio.wait([flight.value])
        return None if flight.value.cancelled() else flight.value.result()

    async def _lead(
        self, key: str, tags: Sequence[str], make: Callable[[], Any], ttl: float,
        keep: Callable[[bytes], bool],
    ) -> bytes:  # fmt: skip
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        flight = self._flying[key] = Flight(future, tags)
        token = _own.set((*_own.get(), flight))
        try:
            value = await self._made(key, tags, make, ttl, keep)
            future.set_result(value)
        except Exception as error:
            future.set_exception(error)
            future.exception()  # perhaps nobody else waits
            raise
        finally:
            _own.reset(token)
            future.cancel()  # for who was cancelled; else it is done
            if self._flying.get(key) is flight:
                del self._flying[key]
        return value

    async def _made(
        self, key: str, tags: Sequence[str], make: Callable[[], Any], ttl: float,
        keep: Callable[[bytes], bool],
    ) -> bytes:  # fmt: skip
        found, making = await self._begin(key, tags)
        if found is not None:
            return found
        try:
            value = make()
            data = encode(await value if inspect.isawaitable(value) else value)
        except BaseException:
            await self._end(key, making, None, ttl)
            raise
        await self._end(key, making, data if keep(data) else None, ttl)
        return data

    async def _begin(self, key: str, tags: Sequence[str]) -> tuple[bytes | None, Any]:
        """Return the value, when somebody else makes it meanwhile, or what to end with."""
        end = asyncio.get_running_loop().time() + PATIENCE
        try:
            await self._owing.settle()
            while True:
                late = asyncio.get_running_loop().time() >= end
                making = await self._storage.begin(key, tags, force=late)
                found = await self._storage.read(key)
                if found is not None and making is not None:
                    await self._storage.abandon(making)
                if found is not None or making is not None:
                    return found, making
                await asyncio.sleep(LOOK)
        except BackendUnavailable:
            return None, None

    async def _end(self, key: str, making: Any, value: bytes | None, ttl: float) -> None:
        if making is None:
            return
        try:
            if value is None:
                await self._storage.abandon(making)
            else:
                await self._storage.finish(making, value, ttl)
        except BackendUnavailable:
            pass  # the note that it is being made expires
