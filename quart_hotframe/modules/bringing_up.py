"""Tables of versions that are served without an operation: at a start, and after an outage."""

from __future__ import annotations

import time

from ..errors import DatabaseUnavailable
from ..errors import HotFrameError
from ..errors import LoadError
from .migrating import files_of
from .process import Process
from .state import Wanted

RETRY = 1.0
"""Seconds between two attempts to serve modules while the database is away."""


class BringingUp:
    """Lets versions find their tables that nobody enabled or upgraded in an operation."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._next_try = 0.0

    async def bring_up(self, wanted: Wanted) -> None:
        """Run the migrations that the database lacks for a version that is about to be loaded.

        :raises LoadError: they fail, or do more than add while other processes serve.
        """
        process = self._process
        try:
            await process.schema.bring_up(files_of(process.library, wanted), self._is_alone)
        except HotFrameError as error:
            raise LoadError(f"{wanted.name}: {error}", module=wanted.name) from error

    async def _is_alone(self) -> bool:
        live = (await self._process.store.participants()).values()
        serving = [one for one in live if one.kind == "worker" and one.revision is not None]
        return all(one.id == self._process.id for one in serving)

    def is_due(self) -> bool:
        """Say whether it is time to try again what could not reach its tables."""
        failures = self._process.mounting.failures.values()
        if not any(isinstance(one.__cause__, DatabaseUnavailable) for one in failures):
            return False
        now = time.monotonic()
        if now < self._next_try:
            return False
        self._next_try = now + RETRY
        return True
