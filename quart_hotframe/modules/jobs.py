"""Operations as jobs of their own, which outlive whoever asked for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Mapping
from typing import Any

from .. import signals
from ..errors import HotFrameError
from ..errors import OperationBusy
from .announcing import Announcer
from .library import Library
from .listing import Listing
from .operation import Coordinator
from .plan import Plan
from .planning import Planned
from .records import Module
from .state import Operation
from .worker import Worker


class Jobs:
    """Plans and leads the operations that are asked for in one process, one at a time.

    :param serving: returns what follows the store here.
    :param initialise: awaited before the first change of the store.
    """

    def __init__(
        self, library: Library, listing: Listing, announcer: Announcer,
        serving: Callable[[], Worker], initialise: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:  # fmt: skip
        self.acknowledged: Mapping[str, bool] = {}
        """Which workers served the result of the last operation."""
        self._library = library
        self._listing = listing
        self._announcer = announcer
        self._serving = serving
        self._initialise = initialise
        self._lock = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, planned: Planned) -> Module | None:
        """Do what is planned, also when the caller is cancelled; return the module's record."""
        runtime = self._serving().runtime
        job = runtime.spawn(self._run(planned))
        self._running.add(job)
        job.add_done_callback(self._running.discard)
        with runtime.waiting():
            return await asyncio.shield(job)

    async def done(self) -> None:
        """Wait until nothing runs."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, planned: Planned) -> Module | None:
        async with self._lock:
            try:
                opened = await self._open(planned)
                return await self._lead(*opened) if opened is not None else None
            except BaseException:
                await self._serving().clean()
                await self._listing.refresh()
                raise

    async def _open(self, planned: Planned) -> tuple[Coordinator, Operation, Plan] | None:
        """Plan until the plan fits the state, and take the slot for operations."""
        worker = self._serving()
        await self._initialise()  # a command that only looks must not write the first state
        await worker.join()
        coordinator = Coordinator(worker.store, worker.settings, worker.schema, worker)
        give_up = time.monotonic() + worker.settings.operation_timeout
        while True:
            revision, plan = await planned()
            if plan is None:
                return None
            try:
                operation = await coordinator.open(revision, plan)
            except OperationBusy:
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(worker.settings.poll_interval)
                continue
            if operation is None:
                continue
            if await self._has_files(plan):
                return coordinator, operation, plan
            await coordinator.abandon(operation, "its files were removed by another process")

    async def _has_files(self, plan: Plan) -> bool:
        """Say whether what was just taken in is there still: nothing removes it from now on."""
        wanted = plan.target.get(plan.module)
        if wanted is None or plan.kind not in ("install", "upgrade"):
            return True
        return await asyncio.to_thread(self._library.folder(wanted).is_dir)

    async def _lead(
        self, coordinator: Coordinator, operation: Operation, plan: Plan
    ) -> Module | None:
        there = self._listing.names()
        going = [self._listing[name] for name in plan.detail.get("modules", ()) if name in there]
        await self._announcer.tell(signals.operation_started, operation=operation)
        error: HotFrameError | None = None
        try:
            self.acknowledged = await coordinator.lead(operation)
        except HotFrameError as failure:
            error = failure
            await self._announcer.tell_failure(plan.module, failure)
            raise
        finally:
            await self._announcer.tell(
                signals.operation_finished, operation=operation, exception=error
            )
        return await self._conclude(plan, going)

    async def _conclude(self, plan: Plan, going: list[Module]) -> Module | None:
        await self._serving().caught_up()
        await self._listing.refresh()
        if plan.kind == "uninstall":
            for module in going:
                await self._announcer.tell(
                    signals.module_uninstalled, module=module, data=plan.detail["data"]
                )
            return None
        if plan.kind == "install":
            await self._announcer.tell(signals.module_installed, module=self._listing[plan.module])
        return self._listing[plan.module]
