"""A cache in the memory of one process: the values that were not asked for longest go first."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Sequence

ENTRY, TAG = 600, 200
"""Bytes that an entry takes beside its value, and one more tag of it: rather more than it does."""


class _Tag:
    """A tag as long as something has it. Once forgotten, the next one is another object."""

    __slots__ = ("keys", "makings", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys: set[str] = set()
        self.makings = 0


class _Entry:
    __slots__ = ("expires", "tags", "value")

    def __init__(self, value: bytes, expires: float, tags: Sequence[_Tag]) -> None:
        self.value = value
        self.expires = expires
        self.tags = tags

    @property
    def size(self) -> int:
        return ENTRY + len(self.value) + TAG * len(self.tags)


class Making:
    """A value that is being made."""

    def __init__(self, key: str, tags: Sequence[_Tag]) -> None:
        self.key = key
        self.tags = tags


class MemoryCache:
    """The cache of one process.

    :param size: most bytes, with what entries take beside their values.
    :param clock: seconds that never go back.
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._room = size
        self._size = size
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._tags: dict[str, _Tag] = {}
        self._makings: dict[str, Making] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def read(self, key: str) -> bytes | None:
        """Return what is kept, or ``None``."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() >= entry.expires:
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    async def begin(self, key: str, tags: Sequence[str], *, force: bool = False) -> Making:
        """Take note that a value is about to be made."""
        making = Making(key, [self._tags.setdefault(name, _Tag(name)) for name in tags])
        for tag in making.tags:
            tag.makings += 1
        self._makings[key] = making
        return making

    async def finish(self, making: Making, value: bytes, ttl: float) -> None:
        """Keep a value, unless its key or a tag was forgotten meanwhile."""
        fresh = self._makings.get(making.key) is making
        if fresh and all(self._tags.get(tag.name) is tag for tag in making.tags):
            self._keep(making.key, _Entry(value, self._clock() + ttl, making.tags))
        await self.abandon(making)

    async def abandon(self, making: Making) -> None:
        """Take note that no value was made."""
        if self._makings.get(making.key) is making:
            del self._makings[making.key]
        for tag in making.tags:
            tag.makings -= 1
            self._let_go(tag)

    async def delete(self, key: str) -> None:
        """Forget a key."""
        self._makings.pop(key, None)
        self._remove(key)

    async def forget(self, tag: str) -> None:
        """Forget all that has a tag."""
        gone = self._tags.pop(tag, None)
        for key in list(gone.keys) if gone is not None else ():
            self._remove(key)

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _keep(self, key: str, entry: _Entry) -> None:
        self._remove(key)
        if entry.size > self._size:
            return
        for tag in entry.tags:
            tag.keys.add(key)
        self._entries[key] = entry
        self._room -= entry.size
        while self._room < 0:
            self._remove(next(iter(self._entries)))

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._room += entry.size
        for tag in entry.tags:
            tag.keys.discard(key)
            self._let_go(tag)

    def _let_go(self, tag: _Tag) -> None:
        if not tag.keys and not tag.makings and self._tags.get(tag.name) is tag:
            del self._tags[tag.name]
