"""This process among the participants of the store: known, and up to which revision it follows."""

from __future__ import annotations

import asyncio

from .process import Process


class Attendance:
    """Registers one process, once, and tells which revision it serves."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._joining = asyncio.Lock()
        self._told: int | None = None
        self.joined = False

    async def join(self) -> None:
        """Make the process known to the others that follow the store, once."""
        async with self._joining:
            if not self.joined:
                await self._process.store.register(self._process.identity)
                self.joined = True

    async def tell(self, revision: int | None) -> None:
        """Say which revision is served; a store that fails is told at the next step."""
        if self.joined and revision is not None and self._told != revision:
            await self._process.store.served(revision)
            self._told = revision
