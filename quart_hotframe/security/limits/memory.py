"""Counts in the memory of one process, with room for a fixed number of keys."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from collections.abc import Sequence

from .storage import Hit
from .storage import Outcome
from .window import counted
from .window import fits
from .window import used
from .window import Window

SAMPLE = 8
"""Keys that are looked at to find one that may go."""


class _Entry:
    __slots__ = ("hit", "place", "window")

    def __init__(self, hit: Hit, window: Window, place: int) -> None:
        self.hit = hit
        self.window = window
        self.place = place

    def share(self, now: float) -> float:
        """Return how much of the limit is used up; 0 when the entry says nothing any more."""
        return used(self.window, now, self.hit.seconds) / self.hit.limit if self.lives(now) else 0

    def lives(self, now: float) -> bool:
        return now < self.window.start + 2 * self.hit.seconds


class MemoryLimits:
    """Counts of one process.

    When it is full, the one of a few keys taken by chance goes that has used least of its limit.
    So who floods it with new keys drives out his own, each of which has one request, and hardly
    ever a key near its limit: for that each of his keys must come as near, which costs him as
    many requests.

    :param size: most keys.
    :param clock: seconds that never go back.
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = max(size, 1)
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._keys: list[str] = []  # for taking one by chance

    def __len__(self) -> int:
        return len(self._keys)

    async def hit(self, hits: Sequence[Hit]) -> Outcome:
        """Count a request under all keys or under none."""
        now = self._clock()
        passed, windows = True, []
        for key, limit, seconds in hits:
            window = counted(self._window(key), now, seconds)
            windows.append(window)
            passed = passed and fits(window, limit, now, seconds)
        if passed:
            for index, one in enumerate(hits):
                self._keep(one, windows[index], now)
        return Outcome(passed, now, windows)

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _window(self, key: str) -> Window | None:
        entry = self._entries.get(key)
        return entry.window if entry is not None else None

    def _keep(self, hit: Hit, window: Window, now: float) -> None:
        entry = self._entries.get(hit.key)
        if entry is not None:
            entry.hit, entry.window = hit, window
            return
        if len(self._keys) >= self._size:
            self._evict(now)
        self._entries[hit.key] = _Entry(hit, window, len(self._keys))
        self._keys.append(hit.key)

    def _evict(self, now: float) -> None:
        sample = [self._entries[random.choice(self._keys)] for _ in range(SAMPLE)]
        entry = min(sample, key=lambda one: one.share(now))
        last = self._keys.pop()
        if last != entry.hit.key:
            self._keys[entry.place] = last
            self._entries[last].place = entry.place
        del self._entries[entry.hit.key]
