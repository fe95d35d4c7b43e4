"""The doors of modules: closed while their tables change, so that no code meets another schema."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ..config import Settings
from ..errors import OperationAborted
from ..hooks.standing_in import stand_ins
from ..hooks.table import Hook
from ..runtime.connection import Connection
from ..runtime.contribution import Contribution
from ..runtime.drain import described
from ..runtime.gate import Gate
from ..runtime.pin import Pin
from ..runtime.runtime import Runtime
from ..runtime.waiting import Place
from ..runtime.waiting import places
from .loading import Loaded
from .mounting import Mounting
from .mounting import Prepared
from .state import Wanted

SHARE = 0.2
"""Of the time to drain: so long tasks may take to end by themselves."""
LOOK = 0.01
"""Seconds between two looks at who is still there."""


@dataclass
class Closed:
    """The modules whose doors are closed in this process."""

    gate: Gate
    loaded: dict[str, Loaded]
    interrupted: bool = False
    """Whether tasks of them were ended."""


class Doors:
    """Closes and opens the doors of modules in one process.

    Closed, a module is in no generation. Requests of it wait at the gate; so do events that it
    would receive and pages with its outlets, when they come to it.
    """

    def __init__(self, runtime: Runtime, mounting: Mounting, settings: Settings) -> None:
        self._runtime = runtime
        self._mounting = mounting
        self._timeout = settings.drain_timeout
        self._closed: Closed | None = None

    async def close(self, names: Iterable[str]) -> None:
        """Hold new requests of modules, and wait until nobody runs or sees their code.

        :raises OperationAborted: when somebody takes too long; the doors are open again.
        """
        mounted = self._mounting.mounted
        loaded = {name: mounted[name] for name in names if name in mounted}
        if not loaded:
            return
        before = self._runtime.current
        gate = Gate(self._runtime.app, before, loaded, self._timeout)
        self._closed = Closed(gate, loaded)
        self._runtime.gate = gate
        without = [
            one if owner not in loaded else self._standing_in(one, gate)
            for owner, one in before.contributions.items()
        ]
        self._runtime.publish(self._runtime.compose(without))
        try:
            await self._emptied(self._closed)
        except BaseException:
            self._open_old(self._closed)
            raise

    def _standing_in(self, old: Contribution, gate: Gate) -> Contribution:
        """Return what takes the place of a closed module: hooks that wait for those to come."""

        def hooks_now() -> Sequence[Hook]:
            now = self._runtime.current.contributions.get(old.owner)
            found: Sequence[Hook] = now.items["hooks"] if now is not None else ()
            return found

        def seeing() -> AbstractContextManager[object]:
            return self._runtime.pinned(old.owner, self._runtime.current)

        new = Contribution(old.owner)
        new.items["hooks"] = stand_ins(old.items["hooks"], gate.wait, hooks_now, seeing)
        return new

    async def _emptied(self, closed: Closed) -> None:
        began = time.monotonic()
        while True:
            users, strays = self._users(closed), self._strays(closed)
            if not users and not strays:
                return
            passed = time.monotonic() - began
            if passed > self._timeout:
                found = [*(described(one) for one in users), *map(str, strays)]
                raise OperationAborted(
                    f"{', '.join(dict.fromkeys(found))} did not end within {self._timeout:g} s "
                    "(HOTFRAME_DRAIN_TIMEOUT): nothing changed."
                )
            if passed > SHARE * self._timeout:
                self._end_tasks(closed, users, strays)
            await asyncio.sleep(LOOK)

    def _users(self, closed: Closed) -> list[Pin]:
        """Return who can see a closed module, but for those that wait for this to be done."""
        return [pin for pin in self._pins(closed) if not pin.waiting]

    def _pins(self, closed: Closed) -> list[Pin]:
        gone = {one.contribution for one in closed.loaded.values()}
        old = (one for one in self._runtime.retired if gone & {*one.contributions.values()})
        return [pin for generation in old for pin in generation.pins]

    def _strays(self, closed: Closed) -> list[Place]:
        """Return where code of a closed module still runs that nothing is pinned for."""
        pinned = {
            task for pin in self._pins(closed) for task in (pin.task, getattr(pin, "call", None))
        }
        found = (one for loaded in closed.loaded.values() for one in places(loaded.package.name))
        return [one for one in found if one.task is None or one.task not in pinned]

    def _end_tasks(self, closed: Closed, users: Iterable[Pin], strays: Iterable[Place]) -> None:
        tasks = [one.task for one in strays if one.own]
        for pin in users:
            owner = pin.owned_by()
            if owner in closed.loaded and pin.lasting and not isinstance(pin, Connection):
                tasks.append(pin.task)
        for task in tasks:
            if task is not None and not task.cancelling():
                closed.interrupted = True
                task.cancel()

    async def reopen(self, modules: dict[str, Wanted]) -> None:
        """Serve the closed modules again as they were, because nothing was changed.

        If tasks of them were ended, they are started anew, from the code that they had.

        :param modules: what the store wants.
        """
        closed = self._closed
        if closed is None:
            return
        if closed.interrupted:
            prepared = await self._mounting.prepare(
                modules, closed.loaded, set(modules), snapshots=closed.loaded
            )
            self._mounting.publish(prepared)
            self.open()
        else:
            self._open_old(closed)

    def _open_old(self, closed: Closed) -> None:
        there = self._mounting
        there.publish(Prepared({}, loaded=dict(there.mounted), failures=dict(there.failures)))
        self.open()

    def give_up(self) -> None:
        """Send the requests away that wait, because serving ends."""
        if self._closed is not None:
            self._closed.gate.close()
        self.open()

    def open(self) -> None:
        """Let the requests go on that wait; call it once the new versions are published."""
        if self._closed is not None:
            self._runtime.gate = None
            self._closed.gate.open()
            self._closed = None
