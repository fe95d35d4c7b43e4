"""Leading one operation through its phases, across all live workers.

``prepare``: every worker loads the new set beside the old and acknowledges. ``migrate``: one of
them runs the modules' own functions. ``commit``: the revision rises and every worker publishes.
Until commit, any failure or death leaves everything as it was; after it, everybody follows.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..config import Settings
from ..errors import OperationAborted
from ..errors import OperationBusy
from .plan import Plan
from .store import ModuleStore
from .store import Operation
from .store import Participant
from .store import Provisional
from .store import State
from .store import Wanted

LOOK = 0.02
"""Seconds between two looks at what the workers acknowledged."""


class Coordinator:
    """Leads operations from one process.

    :param wake: called after each change of the store, so that this process follows at once.
    """

    def __init__(
        self, store: ModuleStore, settings: Settings, identity: Participant,
        wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self.store = store
        self.settings = settings
        self.identity = identity
        self._wake = wake

    async def open(self, revision: int, plan: Plan) -> Operation | None:
        """Take the one slot for an operation; ``None`` when the state is no longer *revision*.

        :raises OperationBusy: when another operation is still open.
        """
        operation = Operation(
            id=f"{int(time.time())}-{uuid.uuid4().hex[:8]}",
            kind=plan.kind,
            module=plan.module,
            target=plan.target,
            reload=plan.reload,
            coordinator=self.identity.id,
            started=time.time(),
            detail={
                **plan.detail,
                "before": [[name, function, list(args)] for name, function, args in plan.before],
                "after": [[name, function, list(args)] for name, function, args in plan.after],
            },
        )

        def take(state: State) -> State:
            if state.operation is not None:
                raise OperationBusy(
                    f"The {state.operation.kind} of {state.operation.module!r} is still running: "
                    "wait for it, then try again."
                )
            if state.revision != revision:
                return state
            return replace(state, operation=operation)

        state = await self.store.change(take)
        taken = state.operation is not None and state.operation.id == operation.id
        return operation if taken else None

    async def lead(self, operation: Operation) -> dict[str, bool]:
        """Lead an opened operation to its end; return which workers serve the result.

        :raises OperationAborted: when a worker could not follow; nothing changed then.
        """
        try:
            await self._enter(operation, "prepare")
            await self._acknowledged(operation, "prepare", await self._workers())
            operation = await self._choose_runner(operation)
            if operation.detail["before"] and operation.runner is not None:
                await self._enter(operation, "migrate")
                await self._acknowledged(operation, "migrate", {operation.runner})
            revision = await self._commit(operation)
        except BaseException as error:
            await asyncio.shield(self._close(operation, "aborted", str(error) or repr(error)))
            raise
        served = await self._served(revision)
        await self._close(operation, "finished", None)
        return served

    async def _enter(self, operation: Operation, phase: str) -> None:
        await self.store.journal(operation.id, {
            "phase": phase, "kind": operation.kind, "module": operation.module,
        })  # fmt: skip
        if phase != "prepare":
            await self._update(operation, lambda state: replace(state, operation=operation))
        self._wake()

    async def _update(self, operation: Operation, change: Callable[[State], State]) -> State:
        def checked(state: State) -> State:
            if state.operation is None or state.operation.id != operation.id:
                raise OperationAborted(
                    f"The {operation.kind} of {operation.module!r} was taken over by another "
                    "process: see `modules explain`."
                )
            return change(state)

        return await self.store.change(checked)

    async def _workers(self) -> set[str]:
        """Return the ids of the live workers, or of this process when there is none."""
        live = await self.store.participants()
        workers = {one.id for one in live.values() if one.kind == "worker"}
        return workers or {self.identity.id}

    async def _acknowledged(self, operation: Operation, phase: str, wanted: set[str]) -> None:
        give_up = time.monotonic() + self.settings.operation_timeout
        while True:
            live = await self.store.participants()
            acks = {i: p.acks.get(operation.id, {}) for i, p in live.items()}
            self._refuse_failure(acks, phase)
            if phase == "migrate" and not wanted <= set(live):
                raise OperationAborted("The worker that ran the lifecycle functions died.")
            waiting = {i for i in wanted & set(live) if phase not in acks[i]}
            if not waiting and wanted & set(live):
                return
            if not wanted & set(live):
                raise OperationAborted("No worker is left that could follow.")
            if time.monotonic() > give_up:
                raise OperationAborted(
                    f"{len(waiting)} workers did not follow within "
                    f"{self.settings.operation_timeout:g} s (HOTFRAME_OPERATION_TIMEOUT)."
                )
            await asyncio.sleep(LOOK)

    def _refuse_failure(self, acks: Mapping[str, Mapping[str, str | None]], phase: str) -> None:
        for acknowledged in acks.values():
            error = acknowledged.get(phase)
            if error is not None:
                raise OperationAborted(error)

    async def _choose_runner(self, operation: Operation) -> Operation:
        workers = await self._workers()
        own = self.identity.id
        runner = own if own in workers else min(workers)
        return replace(operation, runner=runner, phase="migrate")

    async def _commit(self, operation: Operation) -> int:
        done = replace(operation, phase="commit")
        await self.store.journal(operation.id, {"phase": "commit"})

        def commit(state: State) -> State:
            target = {name: self._on_trial(operation, wanted, state.modules.get(name))
                      for name, wanted in operation.target.items()}  # fmt: skip
            return replace(
                state, modules=target, operation=replace(done, target=target),
                revision=state.revision + 1, initialised=True,
            )  # fmt: skip

        state = await self._update(operation, commit)
        self._wake()
        return state.revision

    def _on_trial(self, operation: Operation, new: Wanted, old: Wanted | None) -> Wanted:
        """Make a version that begins to serve provisional, unless somebody chose to go back."""
        begins = new.enabled and (old is None or not old.enabled or old.source != new.source
                                  or old.version != new.version)  # fmt: skip
        if not begins or operation.kind == "rollback" or not self.settings.provisional_seconds:
            return new
        return replace(new, provisional=Provisional(operation.id, time.time()))

    async def _served(self, revision: int) -> dict[str, bool]:
        """Wait until every live worker serves *revision*; return who does."""
        give_up = time.monotonic() + self.settings.operation_timeout
        while True:
            live = await self.store.participants()
            served = {i: (p.revision or 0) >= revision for i, p in live.items()
                      if p.kind == "worker" or i == self.identity.id}  # fmt: skip
            if all(served.values()) or time.monotonic() > give_up:
                return {i: ok for i, ok in served.items() if live[i].kind == "worker"}
            await asyncio.sleep(LOOK)

    async def _close(self, operation: Operation, ended: str, error: str | None) -> None:
        entry: dict[str, Any] = {"phase": ended}
        await self.store.journal(operation.id, {**entry, "error": error} if error else entry)

        def close(state: State) -> State:
            same = state.operation is not None and state.operation.id == operation.id
            return replace(state, operation=None) if same else state

        await self.store.change(close)
        self._wake()
