"""What is to be forgotten, and was not yet because the storage is away."""

from __future__ import annotations

from .naming import EVERYTHING
from .storage import CacheStorage

MOST = 1000
"""Keys and tags that are remembered; of more, everything is forgotten."""


class Owing:
    """Keys and tags to forget. What is read is read after they were forgotten."""

    def __init__(self, storage: CacheStorage) -> None:
        self._storage = storage
        self._owed: dict[tuple[str, str], None] = {}

    def add(self, *, key: str = "", tag: str = "") -> None:
        """Take note of a key or tag to forget."""
        if len(self._owed) >= MOST:
            self._owed = {("", EVERYTHING): None}
        self._owed[key, tag] = None

    async def settle(self) -> None:
        """Forget what is to be forgotten.

        :raises BackendUnavailable: the storage is away; nothing is lost.
        """
        while self._owed:
            one = next(iter(self._owed))
            del self._owed[one]  # before: it may be owed again meanwhile
            try:
                await self._forget(*one)
            except BaseException:
                self._owed[one] = None
                raise

    async def _forget(self, key: str, tag: str) -> None:
        if key:
            await self._storage.delete(key)
        else:
            await self._storage.forget(tag)
