"""``hotframe.cache``: what views and modules call."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Iterable
from typing import Any

from ..errors import BackendUnavailable
from .encoding import decode
from .encoding import encode
from .flights import Flights
from .naming import caller
from .naming import EVERYTHING
from .naming import Owner
from .naming import tag_named
from .naming import tag_of_module
from .owing import Owing
from .storage import CacheStorage

log = logging.getLogger("quart_hotframe.cache")

LARGEST = 8 * 1024 * 1024
"""Most bytes of a value that is kept."""
LONGEST = 366 * 86_400
"""Most seconds for which a value is kept."""


class Cache:
    """The cache of one app.

    ::

        products = await hotframe.cache.get_or_set("top", load_top, ttl=60, tags=["products"])
        await hotframe.cache.forget_tag("products")

    Values are bytes, text, or what JSON can hold. Each module has keys of its own, which go with
    it; another version of it never reads them. Tags are the same for all. While Redis is away
    nothing is found and nothing is kept, and what was to be forgotten is as soon as it is back.
    """

    def __init__(self, storage: CacheStorage) -> None:
        self._storage = storage
        self._owing = Owing(storage)
        self._flights = Flights(storage, self._owing)

    # These are no coroutines: they look at once whose code calls.

    def get(self, key: str, default: Any = None) -> Coroutine[Any, Any, Any]:
        """Return a copy of the value of a key, or *default*.

        :raises TypeError: the key is no text.
        """
        return self._get(caller().key(key), default)

    def set(
        self, key: str, value: Any, *, ttl: float, tags: Iterable[str] = ()
    ) -> Coroutine[Any, Any, None]:
        """Keep a value for *ttl* seconds.

        :param tags: what the value stands for, at most 16, for :meth:`forget_tag`.
        :raises TypeError: the value is not bytes, text, or what JSON can hold.
        :raises ValueError: *ttl* is no time, or there are too many tags.
        """
        owner = caller()
        return self._set(owner.key(key), owner.tags(tags), encode(value), _seconds(ttl))

    def delete(self, key: str) -> Coroutine[Any, Any, None]:
        """Forget a key. A value that is being made for it meanwhile is not kept."""
        return self._delete(caller().key(key))

    def get_or_set(
        self, key: str, make: Callable[[], Any | Awaitable[Any]], *, ttl: float,
        tags: Iterable[str] = (),
    ) -> Coroutine[Any, Any, Any]:  # fmt: skip
        """Return the value of a key; when there is none, make it and keep it.

        However many ask at the same time in this process, one of them makes it and all get it,
        or its error, which is not kept. If that one is cancelled, another makes it. With Redis
        other processes wait for it for some seconds, then they make it too. What was made while
        the key or a tag was forgotten is returned and not kept.

        :param make: called without arguments; may be async.
        :param ttl: seconds for which the value is kept.
        :param tags: what the value stands for, at most 16.
        :raises SetupError: *make* asks for the same key.
        :raises TypeError: the value is not bytes, text, or what JSON can hold.
        """
        owner = caller()
        return self._get_or_set(owner.key(key), owner.tags(tags), make, _seconds(ttl))

    def get_or_set_for(
        self, code: str, key: str, make: Callable[[], Any | Awaitable[Any]], *, ttl: float,
        tags: Iterable[str] = (),
    ) -> Coroutine[Any, Any, Any]:  # fmt: skip
        """Do as :meth:`get_or_set`, for other code than what calls.

        :param code: the ``__name__`` of the Python module whose value it is.
        """
        owner = Owner(code)
        return self._get_or_set(owner.key(key), owner.tags(tags), make, _seconds(ttl))

    async def forget_tag(self, tag: str) -> None:
        """Forget all values with a tag, in whatever module, and with Redis in all processes.

        Call it after the commit of what has changed, for example in ``db.on_commit``.
        """
        await self._forget(tag_named(tag))

    async def clear(self) -> None:
        """Forget all values of the app."""
        await self._forget(EVERYTHING)

    async def forget_module(self, app: Any = None, *, module: Any, **more: Any) -> None:
        """Forget what a module kept; the receiver of the signals that tell that it goes."""
        await self._forget(tag_of_module(module.name))

    async def close(self) -> None:
        """Let go of connections. It can go on."""
        await self._storage.close()

    async def _get(self, key: str, default: Any) -> Any:
        found = await self._read(key)
        return default if found is None else decode(found)

    async def _read(self, key: str) -> bytes | None:
        try:
            await self._owing.settle()
            return await self._storage.read(key)
        except BackendUnavailable:
            return None

    async def _set(self, key: str, tags: list[str], value: bytes, ttl: float) -> None:
        self._flights.forget_key(key)
        if not _is_small(value):
            await self._delete(key)
            return
        try:
            await self._owing.settle()
            making = await self._storage.begin(key, tags, force=True)
            await self._storage.finish(making, value, ttl)
        except BackendUnavailable:
            self._owing.add(key=key)

    async def _delete(self, key: str) -> None:
        self._flights.forget_key(key)
        self._owing.add(key=key)
        await self._settle()

    async def _forget(self, tag: str) -> None:
        self._flights.forget_tag(tag)
        self._owing.add(tag=tag)
        await self._settle()

    async def _settle(self) -> None:
        try:
            await self._owing.settle()
        except BackendUnavailable:
            log.debug("What is to be forgotten is, when the cache is back.")

    async def _get_or_set(
        self, key: str, tags: list[str], make: Callable[[], Any], ttl: float
    ) -> Any:
        while True:
            found = await self._read(key)
            if found is None:
                found = await self._flights.join(key, tags, make, ttl, _is_small)
            if found is not None:
                return decode(found)


def _seconds(ttl: float) -> float:
    if not 0 < ttl <= LONGEST or math.isnan(ttl):
        raise ValueError(f"ttl is a number of seconds, more than 0 and at most a year: not {ttl}.")
    return ttl


def _is_small(value: bytes) -> bool:
    if len(value) <= LARGEST:
        return True
    log.debug("A value of %d bytes is not kept: %d are the most.", len(value), LARGEST)
    return False
