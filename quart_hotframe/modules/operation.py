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
from collections.abc import Sequence
from dataclasses import replace

from ..config import Settings
from ..errors import ModuleError
from ..errors import OperationAborted
from ..errors import OperationBusy
from . import recovery
from .noting import trace_of
from .participants import Participant
from .plan import Plan
from .store import ModuleStore
from .store import Operation
from .store import Owed
from .store import Provisional
from .store import State
from .store import Wanted
from .worker import Worker

LOOK = 0.02
"""Seconds between two looks at what the workers acknowledged."""


class Coordinator:
    """Leads operations from one process.

    :param worker: what this process does for an operation itself.
    """

    def __init__(self, store: ModuleStore, settings: Settings, worker: Worker) -> None:
        self.store = store
        self.settings = settings
        self._worker = worker
        self._ends: set[asyncio.Task[None]] = set()

    async def open(self, revision: int, plan: Plan) -> Operation | None:
        """Take the one slot for an operation; ``None`` when the state is no longer *revision*.

        Call :meth:`lead` or :meth:`abandon` next.

        :raises OperationBusy: when another operation is still open.
        """
        operation = _described(plan, self._worker.id)

        def take(state: State) -> State:
            if state.operation is not None:
                raise OperationBusy(
                    f"The {state.operation.kind} of {state.operation.module!r} is still running: "
                    "wait for it, then try again."
                )
            if state.revision != revision:
                return state
            return replace(state, operation=operation)

        self._worker.leading.add(operation.id)  # before others, and this process, can see it
        taken = False
        try:
            state = await self.store.change(take)
            taken = state.operation is not None and state.operation.id == operation.id
        finally:
            if not taken:
                self._worker.leading.discard(operation.id)
        return operation if taken else None

    async def lead(self, operation: Operation) -> dict[str, bool]:
        """Lead an opened operation to its end; return which workers serve the result.

        :raises OperationAborted: when another worker could not follow; nothing changed then.
        :raises HotFrameError: why this process could not follow; nothing changed then.
        """
        error: BaseException | None = None
        try:
            await self._journal(operation)
            self._worker.wake.set()
            await self._prepared(operation)
            operation = await self._choose_runner(operation)
            if operation.detail["before"]:
                await self._migrate(operation)
            return await self._served(await self._commit(operation))
        except BaseException as failure:
            error = failure
            raise
        finally:
            await self._end(operation, error)

    async def abandon(self, operation: Operation, error: str) -> None:
        """End an opened operation without leading it."""
        await self._end(operation, OperationAborted(error))

    async def _end(self, operation: Operation, error: BaseException | None) -> None:
        """Close an operation, also when the task that leads it is cancelled."""
        task = asyncio.get_running_loop().create_task(self._close(operation, error))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)
        await asyncio.shield(task)

    async def _close(self, operation: Operation, error: BaseException | None) -> None:
        told = str(error) or repr(error) if error is not None else None
        trace = trace_of(error) if isinstance(error, ModuleError) else None
        try:
            await recovery.close(self.store, operation, told, trace)
        finally:
            # Not led any more: if the store failed just now, any worker closes it later.
            self._worker.leading.discard(operation.id)
            self._worker.wake.set()

    async def _journal(self, operation: Operation) -> None:
        await self.store.journal(operation.id, {
            "phase": operation.phase, "kind": operation.kind, "module": operation.module,
        })  # fmt: skip

    async def _update(self, operation: Operation, change: Callable[[State], State]) -> State:
        def checked(state: State) -> State:
            if state.operation is None or state.operation.id != operation.id:
                raise OperationAborted(
                    f"The {operation.kind} of {operation.module!r} was ended by another process, "
                    "which took this one for dead: try again."
                )
            return change(state)

        state = await self.store.change(checked)
        self._worker.wake.set()
        return state

    # -- the phases ------------------------------------------------------------------------------

    async def _prepared(self, operation: Operation) -> None:
        """Wait until every live worker has prepared; those that start meanwhile are workers too."""
        give_up = self._patience()
        while True:
            live = await self.store.participants()
            wanted = self._followers(live)
            self._refuse_failure(operation, "prepare", wanted)
            waiting = [one for one in wanted if not _has_done(one, operation, "prepare")]
            if not waiting:
                return
            await self._look_again(give_up, waiting)

    async def _migrate(self, operation: Operation) -> None:
        """Let the runner run the modules' own functions."""
        await self._journal(operation)
        await self._update(operation, lambda state: replace(state, operation=operation))
        give_up = self._patience()
        while True:
            runner = (await self.store.participants()).get(operation.runner or "")
            if runner is None:
                raise OperationAborted(
                    "The worker that ran the lifecycle functions ended before they did: nothing is "
                    "served anew. Look into its log, then try again."
                )
            self._refuse_failure(operation, "migrate", [runner])
            if _has_done(runner, operation, "migrate"):
                return
            await self._look_again(give_up, [runner])

    async def _commit(self, operation: Operation) -> int:
        done = replace(operation, phase="commit")
        await self._journal(done)

        def commit(state: State) -> State:
            target = {name: self._on_trial(operation, wanted, state.modules.get(name))
                      for name, wanted in operation.target.items()}  # fmt: skip
            return replace(
                state, modules=target, operation=replace(done, target=target),
                revision=state.revision + 1, initialised=True,
                owed=(*state.owed, *_owed(done, state.modules)),
            )  # fmt: skip

        return (await self._update(operation, commit)).revision

    def _on_trial(self, operation: Operation, new: Wanted, old: Wanted | None) -> Wanted:
        """Make a version that begins to serve provisional, unless somebody chose to go back."""
        begins = new.enabled and (old is None or not old.enabled or old.source != new.source
                                  or old.version != new.version)  # fmt: skip
        if not begins or operation.kind == "rollback" or not self.settings.provisional_seconds:
            return new
        return replace(new, provisional=Provisional(operation.id, time.time()))

    async def _served(self, revision: int) -> dict[str, bool]:
        """Wait until every live worker serves *revision*; return who does.

        What is committed is not taken back: a worker that is late follows when it can.
        """
        give_up = self._patience()
        while True:
            followers = self._followers(await self.store.participants())
            served = {one.id: (one.revision or 0) >= revision for one in followers}
            if all(served.values()) or time.monotonic() > give_up:
                return {one.id: served[one.id] for one in followers if one.kind == "worker"}
            await asyncio.sleep(LOOK)

    # -- who follows -----------------------------------------------------------------------------

    def _followers(self, live: Mapping[str, Participant]) -> list[Participant]:
        """Return the live workers, or this process when there is none."""
        workers = [one for one in live.values() if one.kind == "worker"]
        return workers or [live.get(self._worker.id, self._worker.identity)]

    async def _choose_runner(self, operation: Operation) -> Operation:
        """Choose who runs the lifecycle functions: this process if it may, else any that loads.

        :raises OperationAborted: when all are in safe mode, and there are functions to run first.
        """
        followers = self._followers(await self.store.participants())
        ids = [one.id for one in followers if not one.safe_mode]
        if not ids and operation.detail["before"]:
            raise OperationAborted(
                f"Every process that follows is in safe mode, so nobody can load "
                f"{operation.module!r} and run its lifecycle functions: nothing changed. Safe mode "
                "is for disable and uninstall; start a worker without HOTFRAME_SAFE_MODE for the "
                "rest."
            )
        runner = self._worker.id if self._worker.id in ids else min(ids, default=None)
        return replace(operation, runner=runner, phase="migrate")

    def _refuse_failure(
        self, operation: Operation, phase: str, followers: Sequence[Participant]
    ) -> None:
        failures = {one.id: error for one in followers
                    if (error := one.acks.get(operation.id, {}).get(phase))}  # fmt: skip
        if not failures:
            return
        own = next((one for one in followers if one.id == self._worker.id), None)
        if own is not None and not _has_done(own, operation, phase):
            return  # its own error says more than what another told
        failure = self._worker.failure(operation.id)
        if failure is not None:
            raise failure
        one = next(one for one in followers if one.id in failures)
        raise OperationAborted(f"Worker process {one.pid}: {failures[one.id]}")

    def _patience(self) -> float:
        return time.monotonic() + self.settings.operation_timeout

    async def _look_again(self, give_up: float, waiting: Sequence[Participant]) -> None:
        if time.monotonic() > give_up:
            raise OperationAborted(
                f"Worker processes {', '.join(str(one.pid) for one in waiting)} did not follow "
                f"within {self.settings.operation_timeout:g} s: nothing changed. Look into their "
                "logs, or raise HOTFRAME_OPERATION_TIMEOUT."
            )
        await asyncio.sleep(LOOK)


def _described(plan: Plan, coordinator: str) -> Operation:
    return Operation(
        id=f"{int(time.time())}-{uuid.uuid4().hex[:8]}",
        kind=plan.kind,
        module=plan.module,
        target=plan.target,
        reload=plan.reload,
        coordinator=coordinator,
        started=time.time(),
        detail={
            **plan.detail,
            "before": [[name, function, list(args)] for name, function, args in plan.before],
            "after": [[name, function, list(args)] for name, function, args in plan.after],
        },
    )


def _owed(operation: Operation, before: Mapping[str, Wanted]) -> list[Owed]:
    """Return what the runner has to run after the commit; in safe mode nobody runs it."""
    there = {name for name, one in before.items() if one.enabled or one.set_up}
    functions = [one for one in operation.detail["after"] if one[0] in there]
    if operation.runner is None or not functions:
        return []
    modules = {name: before[name] for name, _, _ in functions}
    return [Owed(operation.id, operation.runner, functions, modules)]


def _has_done(participant: Participant, operation: Operation, phase: str) -> bool:
    return phase in participant.acks.get(operation.id, {})
