"""What one process does for an operation: its part in each phase."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Set
from pathlib import Path

from ..errors import HotFrameError
from ..errors import LoadError
from . import lifecycle
from .doors import Doors
from .migrating import files_of
from .mounting import Prepared
from .process import Process
from .schema import Files
from .schema import Migration
from .state import Operation
from .state import Wanted

log = logging.getLogger("quart_hotframe.modules")


class Part:
    """The part of one process in one operation."""

    def __init__(self, operation: Operation, process: Process, doors: Doors) -> None:
        self.operation = operation
        self.prepared: Prepared | None = None
        self.failure: HotFrameError | None = None
        """Why this process could not follow."""
        self._process = process
        self._doors = doors
        self._acknowledged: Set[str] = frozenset()

    async def take(self, operation: Operation, broken: Callable[[], Set[str]]) -> None:
        """Do what a phase asks of this process, once, and acknowledge it.

        :param broken: returns the modules that may fail to load.
        """
        self.operation = operation
        doing: dict[str, Callable[[], Awaitable[None]]] = {
            "prepare": lambda: self._prepare(broken()),
            "close": self._close,
            "migrate": self._migrate,
            "start": lambda: self._start(broken()),
        }
        phase = operation.phase
        if phase not in doing or phase in self._acknowledged:
            return
        if phase == "migrate" and operation.runner != self._process.id:
            return
        await self._acknowledge(phase, doing[phase])

    async def _acknowledge(self, phase: str, doing: Callable[[], Awaitable[None]]) -> None:
        try:
            await doing()
        except HotFrameError as error:
            self.failure = error
        except Exception as error:
            log.exception("The %s of %r failed.", self.operation.kind, self.operation.module)
            self.failure = LoadError(f"{type(error).__name__}: {error}")
        self._acknowledged |= {phase}
        told = str(self.failure) if self.failure else None
        await self._process.store.acknowledge(self.operation.id, phase, told)

    async def _prepare(self, broken: Set[str]) -> None:
        """Load the new set beside the one that serves; it starts once its tables are there."""
        if self._process.settings.safe_mode or self.prepared is not None:
            return
        operation = self.operation
        self.prepared = await self._process.mounting.prepare(
            operation.target, operation.reload, broken,
            serve=not self._process.is_command, start=not operation.migrations,
        )  # fmt: skip

    async def _close(self) -> None:
        await self._doors.close(self.operation.closing)

    async def _migrate(self) -> None:
        if self.operation.migrations:
            await self._run_migrations()
        await self._run_before()

    async def _run_migrations(self) -> None:
        wanted = [(one, self._files(one)) for one in self.operation.migrations]
        if not await self._process.schema.has_run(self.operation.id):
            for one, files in wanted:
                if path := self.operation.detail.get("exports", {}).get(one.module):
                    await self._export(files, Path(path))
        await self._process.schema.run(self.operation.id, wanted, self._is_open)

    def _files(self, migration: Migration) -> Files:
        return files_of(
            self._process.library, Wanted(migration.module, migration.version, migration.source)
        )

    async def _export(self, files: Files, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        try:
            count = await self._process.schema.export(files, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        log.info("%d rows of %s were written to %s.", count, files.module, path)

    async def _is_open(self) -> bool:
        now = (await self._process.store.read()).operation
        return now is not None and (now.id, now.phase) == (self.operation.id, "migrate")

    async def _run_before(self) -> None:
        functions = self.operation.detail.get("before", ())
        if functions:
            await self._prepare(set())
        for name, function, args in functions:
            loaded = self.prepared.loaded.get(name) if self.prepared else None
            if loaded is not None:
                timeout = self._process.settings.lifecycle_timeout
                await lifecycle.run(self._process.runtime, loaded, function, *args, timeout=timeout)

    async def _start(self, broken: Set[str]) -> None:
        if not self._process.is_command:
            await self._prepare(broken)
        if not self._process.is_command and self.prepared is not None:
            await self._process.mounting.start(self.prepared)

    async def abandon(self) -> None:
        """Let go of what was prepared."""
        if self.prepared is not None:
            prepared, self.prepared = self.prepared, None
            await self._process.mounting.discard(prepared)
