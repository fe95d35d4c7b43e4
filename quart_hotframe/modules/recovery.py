"""What is left when a process died: an open operation, or a version that killed its workers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import replace

from ..config import Settings
from .library import PROJECT
from .participants import Death
from .participants import Participant
from .state import Operation
from .state import State
from .state import Wanted
from .store import ModuleStore

log = logging.getLogger("quart_hotframe.modules")

CRASH_SECONDS = 30.0
"""A worker that dies this soon after it began to serve counts against a provisional version."""

CRASHES = 2
"""So many of them take the version back."""


class Recovery:
    """Ends what dead processes left open. Any number of processes may try at the same time.

    :param leading: ids of the operations that this process leads now.
    :param resume: begins to lead an operation of which tables may have changed.
    """

    def __init__(
        self, store: ModuleStore, settings: Settings, identity: Participant,
        leading: set[str], resume: Callable[[Operation], None],
    ) -> None:  # fmt: skip
        self._store = store
        self._settings = settings
        self._identity = identity
        self._leading = leading
        self._resume = resume

    async def resolve(self, state: State) -> State:
        """End the open operation if nobody leads it; what is committed stays.

        :returns: the state of the store afterwards.
        """
        operation = state.operation
        if operation is None or operation.id in self._leading:
            return state
        live = await self._store.participants()
        led = operation.coordinator in live and operation.coordinator != self._identity.id
        if led or (operation.phase == "commit" and self._is_awaited(state, live)):
            return state
        if operation.may_have_migrated:
            return await self._take_over(state, operation, live)
        closed, ended = await close(self._store, operation, DIED)
        if ended is not None:
            log.warning("The %s of %r was %s: %s.", operation.kind, operation.module, ended, DIED)
        return closed

    async def _take_over(
        self, state: State, operation: Operation, live: Mapping[str, Participant]
    ) -> State:
        """Lead on, in the place of the process that died; a command leaves that to workers."""
        is_command = self._identity.kind == "command"
        if is_command and any(one.kind == "worker" for one in live.values()):
            return state
        mine = replace(operation, coordinator=self._identity.id)

        def claim(now: State) -> State:
            return replace(now, operation=mine) if now.operation == operation else now

        self._leading.add(operation.id)
        state = await self._store.change(claim)
        if state.operation == mine:
            log.warning("The %s of %r is led on here: %s.",
                        operation.kind, operation.module, DIED)  # fmt: skip
            self._resume(mine)
        else:
            self._leading.discard(operation.id)
        return state

    def _is_awaited(self, state: State, live: Mapping[str, Participant]) -> bool:
        """Say whether some worker has yet to serve what was committed, and may still do so."""
        assert state.operation is not None
        late = time.time() - state.operation.started > 2 * self._settings.operation_timeout
        workers = [one for one in live.values() if one.kind == "worker"]
        return not late and any((one.revision or 0) < state.revision for one in workers)

    async def judge_crashes(self, state: State) -> State:
        """Take back the versions on trial under which workers died soon after they served.

        :returns: the state of the store afterwards.
        """
        trials = [one for one in state.modules.values() if one.provisional and one.enabled]
        if not trials or state.operation is not None:
            return state
        deaths = await self._store.deaths()
        guilty = {one.name: one for one in trials if _crashes(one, deaths) >= CRASHES}
        if not guilty:
            return state
        reason = f"workers died within {CRASH_SECONDS:g} s of serving it"

        def take_back(now: State) -> State:
            same = {n: w for n, w in now.modules.items() if _is_same_trial(w, guilty.get(n))}
            if not same or now.operation is not None:
                return now
            back = {name: taken_back(one, reason) for name, one in same.items()}
            return replace(now, modules={**now.modules, **back}, revision=now.revision + 1)

        state = await self._store.change(take_back)
        for one in guilty.values():
            log.error("%s %s goes back: %s.", one.name, one.version, reason)
            entry = {"phase": "rolled back", "module": one.name, "error": reason}
            await self._store.journal(_trial_of(one), entry)
        return state


async def close(
    store: ModuleStore, operation: Operation, error: str | None, trace: str | None = None
) -> tuple[State, str | None]:
    """Take an operation out of the state and note how it ended.

    :param trace: the traceback of the error, where there is one.
    :returns: the state afterwards, and ``"finished"`` or ``"aborted"``; ``None`` when another
        process was first.
    """
    found: list[str] = []

    def take_out(state: State) -> State:
        found.clear()
        if state.operation is None or state.operation.id != operation.id:
            return state
        found.append("finished" if state.operation.phase == "commit" else "aborted")
        return replace(state, operation=None)

    state = await store.change(take_out)
    if not found:
        return state, None
    entry = {"phase": found[0], "error": error, "traceback": trace}
    entry = {key: value for key, value in entry.items() if value}
    await store.journal(operation.id, entry)
    return state, found[0]


def taken_back(wanted: Wanted, reason: str) -> Wanted:
    """Return a module with the version before, or quarantined when there is none."""
    error = f"{wanted.version}: {reason}"
    stays = wanted.source == PROJECT or wanted.one_way
    if wanted.previous is None or wanted.previous_version is None or stays:
        return replace(wanted, quarantined=reason, provisional=None, error=error)
    return replace(
        wanted, version=wanted.previous_version, source=wanted.previous, previous=None,
        previous_version=None, provisional=None, error=error,
    )  # fmt: skip


DIED = "the process that led it ended before it was done"


def _crashes(wanted: Wanted, deaths: Iterable[Death]) -> int:
    """Count the deaths that fell into a trial, soon after a worker served or before it could."""
    assert wanted.provisional is not None
    since = wanted.provisional.since
    count = 0
    for death in deaths:
        served = death.revision is not None
        began = death.noticed - death.seconds if served else death.started
        count += began >= since and death.seconds <= CRASH_SECONDS
    return count


def _trial_of(wanted: Wanted) -> str:
    assert wanted.provisional is not None
    return wanted.provisional.operation


def _is_same_trial(now: Wanted, guilty: Wanted | None) -> bool:
    if guilty is None or now.provisional is None:
        return False
    return now.provisional.operation == _trial_of(guilty)
