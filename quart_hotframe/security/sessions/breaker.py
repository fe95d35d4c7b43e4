"""A store that is away is not asked again and again."""

from __future__ import annotations

import logging
import time

from ...errors import SessionsUnavailable
from .record import Record
from .record import SessionStore

log = logging.getLogger("quart_hotframe.sessions")

PAUSE = 1.0
"""Seconds for which nobody asks a store that did not answer."""


class Breaker:
    """Reads from a store, and lets nobody wait for one that was away a moment ago.

    After a pause one request tries, and the others do not wait with it. So pages that do not use
    their session are as fast as ever. The log tells of an outage once.
    """

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._failure: SessionsUnavailable | None = None
        self._until = 0.0
        self._tries = False

    async def read(self, identifier: str) -> Record | None:
        """Return a session.

        :raises SessionsUnavailable: the store does not answer, or did not a moment ago.
        """
        if self._failure is not None and (self._tries or time.monotonic() < self._until):
            raise SessionsUnavailable(str(self._failure))
        tries = self._failure is not None
        self._tries |= tries
        try:
            record = await self._store.read(identifier)
        except SessionsUnavailable as error:
            self._failed(error)
            raise
        finally:
            self._tries &= not tries
        if self._failure is not None:
            self._failure = None
            log.warning("The store of sessions answers again.")
        return record

    def _failed(self, error: SessionsUnavailable) -> None:
        if self._failure is None:
            log.error("%s", error)
        self._failure = error
        self._until = time.monotonic() + PAUSE
