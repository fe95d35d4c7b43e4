"""Leading one operation through its phases, across all live workers.

``prepare``: every worker loads the new set beside the old and acknowledges. ``migrate``: one of
them runs the modules' own functions. ``commit``: the revision rises and every worker publishes.
Until commit, any failure or death leaves everything as it was; after it, everybody follows.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..config import Settings
from ..errors import ModuleError
from ..errors import OperationAborted
from ..errors import OperationBusy
from . import recovery
from .noting import trace_of
from .participants import Participant
from .plan import Plan
from .schema import Schema
from .state import Operation
from .state import Owed
from .state import Provisional
from .state import State
from .state import Wanted
from .store import ModuleStore
from .worker import Worker

log = logging.getLogger("quart_hotframe.modules")

LOOK = 0.02
"""Seconds between two looks at what the workers acknowledged."""


class Coordinator:
    """Leads operations from one process.

    :param worker: what this process does for an operation itself.
    """

    def __init__(
        self, store: ModuleStore, settings: Settings, schema: Schema, worker: Worker
    ) -> None:
        self.store = store
        self.schema = schema
        self.settings = settings
        self._worker = worker
        self._ends: set[asyncio.Task[None]] = set()
        self._plan = ""

    async def open(self, revision: int, plan: Plan) -> Operation | None:
        """Take the one slot for an operation; ``None`` when the state is no longer *revision*.

        Call :meth:`lead` or :meth:`abandon` next.

        :raises OperationBusy: when another operation is still open.
        """
        operation, self._plan = _described(plan, self._worker.id), str(plan)

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
            author = self._worker.identity.to_author()
            await self._journal(operation, by=author, plan=self._plan)
            self._worker.wake.set()
            await self._done_by_all(operation)
            if operation.closing:
                operation = await self._enter(operation, "close")
                await self._done_by_all(operation)
            return await self._finish(await self._with_runner(operation))
        except BaseException as failure:
            error = failure
            raise
        finally:
            await self._end(operation, error)

    async def resume(self, operation: Operation) -> None:
        """Lead on from where another coordinator died, when tables may have changed.

        What is migrated goes on to its commit; what is not is aborted.
        """
        failed, error = operation.phase == "abort", None
        try:
            if failed or not await self._has_migrated(operation):
                raise OperationAborted(recovery.DIED)
            await self._finish(await self._with_runner(operation))
        except Exception as failure:
            error = failure
            log.warning("The %s of %r: %s", operation.kind, operation.module, failure)
        finally:
            await self._end(operation, error)

    async def _finish(self, operation: Operation) -> dict[str, bool]:
        """Migrate, start and commit."""
        if operation.detail["before"] or operation.migrations:
            operation = await self._migrate(operation)
        if operation.migrations:
            operation = await self._enter(operation, "start")
            await self._done_by_all(operation)
        return await self._served(await self._commit(operation))

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
            stuck = await self._gone_too_far(operation) if error is not None else None
            if stuck is not None:
                await self._commit(stuck, f"{told} Its migration cannot be undone by itself.")
            await recovery.close(self.store, operation, told, trace)
        finally:
            # Not led any more: if the store failed just now, any worker closes it later.
            self._worker.leading.discard(operation.id)
            self._worker.wake.set()

    async def _journal(self, operation: Operation, **more: Any) -> None:
        await self.store.journal(operation.id, {
            "phase": operation.phase, "kind": operation.kind, "module": operation.module, **more,
        })  # fmt: skip

    async def _update(self, operation: Operation, change: Callable[[State], State]) -> State:
        def checked(state: State) -> State:
            there = state.operation
            if there is None or _whose(there) != _whose(operation):
                raise OperationAborted(
                    f"The {operation.kind} of {operation.module!r} was ended by another process, "
                    "which took this one for dead: try again."
                )
            return change(state)

        state = await self.store.change(checked)
        self._worker.wake.set()
        return state

    async def _gone_too_far(self, operation: Operation) -> Operation | None:
        """Return the operation if its migrations leave no way back to the versions before."""
        now = (await self.store.read()).operation
        if now is None or _whose(now) != _whose(operation):
            return None
        one_way = any(one.exclusive for one in now.migrations)
        return now if one_way and now.may_have_migrated and await self._has_migrated(now) else None

    async def _has_migrated(self, operation: Operation) -> bool:
        """Say whether the migrations have run; if not, they never will.

        The runner looks at the phase before it commits them, under the lock of the database.
        """
        await self._enter(operation, "abort")
        return await self.schema.has_run(operation.id)

    # -- the phases ------------------------------------------------------------------------------

    async def _enter(self, operation: Operation, phase: str) -> Operation:
        """Write that a phase begins."""
        begun = replace(operation, phase=phase)
        await self._journal(begun)
        await self._update(begun, lambda state: replace(state, operation=begun))
        return begun

    async def _done_by_all(self, operation: Operation) -> None:
        """Wait until every live worker did its part of the phase, and those that start."""
        give_up = self._patience()
        while True:
            live = await self.store.participants()
            wanted = self._followers(live)
            self._refuse_failure(operation, operation.phase, wanted)
            waiting = [one for one in wanted if not _has_done(one, operation, operation.phase)]
            if not waiting:
                return
            await self._look_again(give_up, waiting)

    async def _migrate(self, operation: Operation) -> Operation:
        """Let the runner change tables and run the modules' own functions.

        :returns: the operation, which has another runner when the first one died.
        """
        operation = await self._enter(operation, "migrate")
        give_up = self._patience()
        while True:
            runner = (await self.store.participants()).get(operation.runner or "")
            if runner is None:
                operation = await self._replace_runner(operation)
                continue
            self._refuse_failure(operation, "migrate", [runner])
            if _has_done(runner, operation, "migrate"):
                return operation
            await self._look_again(give_up, [runner])

    async def _replace_runner(self, operation: Operation) -> Operation:
        """Let another worker go on where the runner died, if the migrations have run.

        :raises OperationAborted: they have not.
        """
        if not operation.migrations or not await self._has_migrated(operation):
            raise OperationAborted(
                "The worker that ran the lifecycle functions ended before they did: nothing is "
                "served anew. Look into its log, then try again."
            )
        return await self._enter(await self._with_runner(operation), "migrate")

    async def _commit(self, operation: Operation, quarantined: str | None = None) -> int:
        """Let what was wanted be served from now on.

        :param quarantined: why the modules that were migrated may not be, all the same.
        """
        done = replace(operation, phase="commit")
        await self._journal(done)

        def commit(state: State) -> State:
            target = {name: self._on_trial(operation, wanted, state.modules.get(name))
                      for name, wanted in operation.target.items()}  # fmt: skip
            if quarantined is not None:
                target = _put_away(target, operation, quarantined)
            new = replace(
                state, modules=target, operation=replace(done, target=target),
                revision=state.revision + 1, initialised=True,
                owed=(*state.owed, *_owed(done, state.modules)),
            )  # fmt: skip
            return _without_data(operation, new)

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

    async def _with_runner(self, operation: Operation) -> Operation:
        """Choose who changes tables and runs the lifecycle functions.

        It is the one who did so until now if it lives, else this process if it may, else any that
        loads.

        :raises OperationAborted: when all are in safe mode, and there are functions to run first.
        """
        followers = self._followers(await self.store.participants())
        ids = [one.id for one in followers if not one.safe_mode]
        if not ids and (operation.detail["before"] or operation.migrations):
            raise OperationAborted(
                f"Every process that follows is in safe mode, so nobody can load "
                f"{operation.module!r} and run its lifecycle functions and migrations: nothing "
                "changed. Safe mode is for disable, and for uninstall with its data kept; start a "
                "worker without HOTFRAME_SAFE_MODE for the rest."
            )
        first = [one for one in (operation.runner, self._worker.id) if one in ids]
        return replace(operation, runner=next(iter(first), min(ids, default=None)))

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
        migrations=tuple(replace(one, sql="") for one in plan.migrations),
        closing=plan.closing,
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


def _without_data(operation: Operation, state: State) -> State:
    """Return the state without the settings of modules whose data goes."""
    if operation.detail.get("data", "keep") == "keep":
        return state
    left = {n: one for n, one in state.settings.items() if n not in operation.detail["modules"]}
    return replace(state, settings=left, configured=state.configured + 1)


def _whose(operation: Operation) -> tuple[str, str]:
    return operation.id, operation.coordinator


def _put_away(target: Mapping[str, Wanted], operation: Operation, reason: str) -> dict[str, Wanted]:
    """Return what is wanted with the modules in quarantine of which tables were changed."""
    changed = {one.module for one in operation.migrations}
    return {
        name: replace(one, quarantined=reason, error=reason, provisional=None)
        if name in changed and one.enabled else one
        for name, one in target.items()
    }  # fmt: skip


def _has_done(participant: Participant, operation: Operation, phase: str) -> bool:
    return phase in participant.acks.get(operation.id, {})
