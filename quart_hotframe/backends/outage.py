"""A server that is away is asked seldom, and told of once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..errors import BackendUnavailable

log = logging.getLogger("quart_hotframe.backends")

PAUSE = 1.0
"""Seconds for which nobody asks a server that did not answer; then one request tries."""


class Outage:
    """Knows whether a server is away.

    :param what: the server and what it is for, for messages, without passwords.
    :param timeout: seconds that one question may take.
    :param failures: what the client library raises when the server is away.
    """

    def __init__(self, what: str, timeout: float, failures: tuple[type[Exception], ...]) -> None:
        self._what = what
        self._timeout = timeout
        self._failures: tuple[type[Exception], ...] = (OSError, TimeoutError, *failures)
        self._since: float | None = None
        self._next_try = 0.0

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        """Ask the server in the block.

        :raises BackendUnavailable: it does not answer, or did not a moment ago.
        """
        now = time.monotonic()
        if self._since is not None:
            if now < self._next_try:
                raise BackendUnavailable(f"{self._what} does not answer.")
            self._next_try = now + self._timeout + PAUSE  # the others do not wait with this one
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except self._failures as error:
            self._went(error)
            raise BackendUnavailable(f"{self._what} does not answer: {error!r}") from error
        if self._since is not None:
            self._returned()

    def _went(self, error: Exception) -> None:
        self._next_try = time.monotonic() + PAUSE
        if self._since is None:
            self._since = time.monotonic()
            log.error("%s does not answer: %r", self._what, error)

    def _returned(self) -> None:
        log.warning("%s answers again.", self._what)
        self._since = None
