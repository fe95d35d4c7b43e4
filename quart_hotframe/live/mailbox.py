"""One event at a time for each instance, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .refusing import Refused

RETRY = {"Retry-After": "1"}


class Mailbox:
    """Lets one in at a time.

    :param most: how many may wait.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = asyncio.Lock()
        self._waiting = 0

    @property
    def busy(self) -> bool:
        """Whether somebody is in it."""
        return self._lock.locked()

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Run alone; who came before goes first.

        :raises Refused: too many wait already.
        """
        if self._waiting >= self._most:
            raise Refused(429, "limit", "Too many events at once. Try again soon.", headers=RETRY)
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._lock.release()
