"""Changing the settings of a module: validated, kept in the store, told to every worker."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

from ..errors import ModuleNotFound
from ..errors import nearest
from ..errors import OperationBusy
from . import dependencies
from .plan import Plan
from .plan import Step
from .settings import brief
from .settings import Declared
from .settings import masked
from .settings_kind import declared
from .settings_plan import has_code
from .state import State
from .state import Wanted
from .worker import Worker


@dataclass(frozen=True)
class Change:
    """What somebody wants to set.

    :param values: new values by name; texts of the command line when *texts* is true.
    :param reset: names that get their default again.
    """

    module: str
    values: Mapping[str, Any]
    reset: tuple[str, ...] = ()
    texts: bool = False

    def apply(self, declared: Declared, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is given after it.

        :raises SettingsError: a name is unknown, or a value does not fit.
        """
        values = dict(self.values)
        if self.texts:
            values = {name: declared.parse(name, text) for name, text in values.items()}
        return declared.changed(given, values, self.reset)


@dataclass(frozen=True)
class Shown:
    """One setting as it may be shown: secrets are masked."""

    name: str
    value: Any
    default: Any
    type: str
    description: str
    source: str
    """``"default"`` or ``"store"``; or why a value of the store is not used."""


async def look(worker: Worker, name: str) -> list[Shown]:
    """Return the settings of an installed module, also those that only the store has.

    :raises ModuleNotFound: it is not installed.
    """
    state = await worker.store.read()
    given = state.settings.get(name, {})
    async with _declared(worker, state, name) as known:
        values, faults = known.fit(given)
        found = [
            Shown(
                one.name, values.shown()[one.name], masked(one.default, secret=one.secret),
                one.type, one.description, _source(one.name, given, faults),
            )
            for one in known.settings.values()
        ]  # fmt: skip
    left = [name for name in given if name not in known.settings]
    return found + [Shown(one, "", "", "", "", f"in the store, {faults[one]}") for one in left]


def _source(name: str, given: Mapping[str, Any], faults: Mapping[str, str]) -> str:
    if name in faults:
        return f"default, because that of the store {brief(faults[name])}"
    return "store" if name in given else "default"


async def plan(worker: Worker, change: Change) -> Plan:
    """Return what a change would do; nothing happens.

    :raises SettingsError: it is not possible.
    """
    state = await worker.store.read()
    async with _declared(worker, state, change.module) as known:
        given = state.settings.get(change.module, {})
        return _plan(known, given, change.apply(known, given))


async def configure(worker: Worker, change: Change) -> Plan:
    """Make a change; it returns when this process uses the values.

    Nothing is locked: what others change meanwhile is kept, and the change is checked again.

    :raises SettingsError: a name is unknown, or a value does not fit.
    :raises OperationBusy: others change the settings all the time.
    """
    give_up = time.monotonic() + worker.settings.operation_timeout
    while time.monotonic() < give_up:
        state = await worker.store.read()
        given = state.settings.get(change.module, {})
        async with _declared(worker, state, change.module) as known:
            new = change.apply(known, given)
            done = _plan(known, given, new)
        if not done.steps or await _write(worker, state, change.module, new):
            await _note(worker, done)
            return done
    raise OperationBusy(f"The settings of {change.module!r} change all the time: try again.")


async def _write(worker: Worker, seen: State, name: str, new: Mapping[str, Any]) -> bool:
    """Write values if what they were checked against is still there."""
    written = False

    def put(now: State) -> State:
        nonlocal written
        written = _checked(now, name) == _checked(seen, name)
        settings = {**now.settings, name: new} if new else dict(now.settings)
        if not new:
            settings.pop(name, None)
        changed = replace(now, settings=settings, configured=now.configured + 1)
        return changed if written else now

    state = await worker.store.change(put)
    worker.take_settings(state)  # not by following: it may wait for whoever asked
    return written


def _checked(state: State, name: str) -> tuple[Any, ...]:
    there = state.modules.get(name)
    version = (there.source, there.version) if there is not None else None
    return version, state.settings.get(name, {})


async def _note(worker: Worker, done: Plan) -> None:
    """Write a change into the history."""
    if done.steps:
        author = worker.identity.to_author()
        await worker.store.journal(f"{int(time.time())}-{uuid.uuid4().hex[:8]}", {
            "phase": "finished", "kind": done.kind, "module": done.module, "plan": str(done),
            "by": author,
        })  # fmt: skip


def _plan(known: Declared, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
    before, after = known.fit(old)[0].shown(), known.fit(new)[0].shown()
    steps = []
    for name in sorted({*old, *new}):
        if name in old and name in new and old[name] == new[name]:
            continue
        if name not in after:
            text = f"forget {name}, which is not declared"
        elif name in new:
            text = f"set {name} to {after[name]!r}; it was {before[name]!r}"
        else:
            text = f"set {name} to its default {after[name]!r}; it was {before[name]!r}"
        steps.append(Step("configure", known.module, text))
    return Plan("configure", known.module, tuple(steps), {})


@asynccontextmanager
async def _declared(worker: Worker, state: State, name: str) -> AsyncIterator[Declared]:
    """Give what the wanted version declares; its code is loaded for it where it must be.

    :raises ModuleNotFound: it is not installed.
    """
    wanted = state.modules.get(name)
    if wanted is None:
        raise ModuleNotFound(
            f"There is no module {name!r} installed, so it has no settings."
            f"{nearest(name, state.modules)}",
            module=name,
        )
    mounted = worker.mounting.mounted.get(name)
    if mounted is not None and mounted.is_of(wanted.source, wanted.version):
        yield mounted.contribution.items["settings"]
    elif await _needs_code(worker, wanted):
        async with _loaded(worker, state, name) as known:
            yield known
    else:
        yield declared(await asyncio.to_thread(worker.library.manifest, wanted), None)


async def _needs_code(worker: Worker, wanted: Wanted) -> bool:
    """Say whether its code must be loaded; safe mode loads none, and can still reset values."""
    if worker.settings.safe_mode:
        return False
    return await asyncio.to_thread(has_code, worker.library.folder(wanted))


@asynccontextmanager
async def _loaded(worker: Worker, state: State, name: str) -> AsyncIterator[Declared]:
    """Load a module that this process does not serve, with what it needs, and let it go again."""
    manifests = await asyncio.to_thread(worker.library.manifests, state.modules.values())
    needed = dependencies.closure(name, manifests.values())
    prepared = await worker.mounting.prepare(
        {one: _enabled(state.modules[one]) for one in needed}, serve=False
    )
    try:
        yield prepared.loaded[name].contribution.items["settings"]
    finally:
        await worker.mounting.discard(prepared)


def _enabled(wanted: Wanted) -> Wanted:
    return replace(wanted, enabled=True, quarantined=None)
