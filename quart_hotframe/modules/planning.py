"""Making plans from what the store and the folders say at the moment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import ManifestError
from ..errors import nearest
from ..errors import SetupError
from .discovery import Discovery
from .library import Library
from .manifest import FILE_NAME
from .manifest import Manifest
from .migrating import MigrationPlanner
from .plan import Plan
from .plan import Planner
from .schema import Schema
from .settings_plan import with_settings
from .state import State
from .state import Wanted
from .store import ModuleStore

Source = str | os.PathLike[str]
Planned = Callable[[], Awaitable[tuple[int, Plan | None]]]
"""Makes a plan, and says for which revision. It is asked again when another change came first;
``None`` says that there is nothing left to do."""

KINDS = ("enable", "disable", "rollback", "reload", "uninstall")
"""Operations that need no source."""


class Planning:
    """Plans the changes of one store."""

    def __init__(self, store: ModuleStore, library: Library, schema: Schema) -> None:
        self._store = store
        self._library = library
        self._migrations = MigrationPlanner(schema, library)

    def change(self, kind: str, name: str, *, downgrade: bool = False, **options: Any) -> Planned:
        """Plan a change of a module that is there already; *kind* is one of :data:`KINDS`.

        :param downgrade: take back the migrations of the version that goes.
        :raises SetupError: there is no such kind.
        """
        if kind not in KINDS:
            raise SetupError(
                f"There is no operation {kind!r}.{nearest(kind, ('install', 'upgrade', *KINDS))}"
            )

        async def plan() -> tuple[int, Plan]:
            state, planner = await self._planner(name)
            if kind == "rollback":
                await self._know_previous(state, planner, name)
            made = getattr(planner, kind)(name, **options)
            return state.revision, await self._complete(made, state, planner, downgrade=downgrade)

        return plan

    def install(self, source: Source) -> Planned:
        """Plan to take a module in; its files are taken in by it."""
        taken = _Taken(self._library, Path(source), None)

        async def plan() -> tuple[int, Plan]:
            wanted, _ = await taken.version()
            state, planner = await self._planner()
            return state.revision, planner.install(wanted)

        return plan

    def upgrade(
        self, name: str, source: Source, *, allow_downgrade: bool, downgrade: bool = False
    ) -> Planned:
        """Plan to serve another version, whose files are taken in by it."""
        taken = _Taken(self._library, Path(source), name)

        async def plan() -> tuple[int, Plan]:
            state, planner = await self._planner()
            planner.installed(name)
            wanted, manifest = await taken.version()
            planner = planner.knowing(manifest)
            made = planner.upgrade(name, wanted, allow_downgrade=allow_downgrade)
            return state.revision, await self._complete(made, state, planner, downgrade=downgrade)

        return plan

    async def look_at_install(self, source: Source) -> Plan:
        """Plan to take a module in, without keeping anything."""
        async with self._looking(source) as (wanted, _, _):
            return (await self._planner())[1].install(wanted)

    async def look_at_upgrade(
        self, name: str, source: Source, *, allow_downgrade: bool, downgrade: bool = False
    ) -> Plan:
        """Plan to serve another version, without keeping anything."""
        state, planner = await self._planner()
        planner.installed(name)
        async with self._looking(source, name) as (wanted, manifest, folder):
            planner = planner.knowing(manifest)
            made = planner.upgrade(name, wanted, allow_downgrade=allow_downgrade)
            return await self._complete(made, state, planner, downgrade=downgrade, looked_at=folder)

    async def _complete(
        self, plan: Plan, state: State, planner: Planner, *, downgrade: bool,
        looked_at: Path | None = None,
    ) -> Plan:  # fmt: skip
        """Return the plan with what it does to tables, and to the settings of the module."""
        full = await self._migrations.complete(
            plan, state, planner.manifests, downgrade=downgrade, looked_at=looked_at
        )
        return await with_settings(full, state, planner.manifests, self._library, looked_at)

    @asynccontextmanager
    async def _looking(
        self, source: Source, expected: str | None = None
    ) -> AsyncIterator[tuple[Wanted, Manifest, Path]]:
        """Give a version and its folder, which is gone afterwards."""
        look = self._library.look(Path(source), expected)
        found = await asyncio.to_thread(look.__enter__)
        try:
            yield found
        finally:
            await asyncio.to_thread(look.__exit__, None, None, None)

    def take_back(self, name: str, trial: str, reason: str) -> Planned:
        """Plan to leave a version that failed its trial; ``None`` when another was first.

        :param trial: the operation that brought the version.
        """

        async def plan() -> tuple[int, Plan | None]:
            state, planner = await self._planner()
            there = state.modules.get(name)
            if there is None or there.provisional is None or there.provisional.operation != trial:
                return state.revision, None
            await self._know_previous(state, planner, name)
            return state.revision, planner.take_back(name, reason)

        return plan

    def first(self, names: tuple[str, ...]) -> dict[str, Wanted]:
        """Return the modules of the first start, with what they need. It blocks: use a thread."""
        discovery = self._library.discover()
        planner = Planner({}, {}, discovery.manifests)
        for name in names:
            self._library.own(name, discovery)
            if name not in planner.modules or not planner.modules[name].enabled:
                planner = Planner(planner.enable(name).target, {}, discovery.manifests)
        return {name: replace(one, set_up=False) for name, one in planner.modules.items()}

    async def _planner(self, name: str = "") -> tuple[State, Planner]:
        state = await self._store.read()
        modules = list(state.modules.values())
        manifests = await asyncio.to_thread(self._library.manifests, modules)
        found = await asyncio.to_thread(self._library.discover)
        if name not in state.modules:
            _refuse_faulty(name, found)
        return state, Planner(state.modules, manifests, found.manifests)

    async def _know_previous(self, state: State, planner: Planner, name: str) -> None:
        wanted = state.modules.get(name)
        if wanted is not None and wanted.previous and wanted.previous_version:
            back = Wanted(name, wanted.previous_version, wanted.previous)
            planner.manifests[name] = await asyncio.to_thread(self._library.manifest, back)


def _refuse_faulty(name: str, found: Discovery) -> None:
    """Say what is wrong with a folder that is no module yet."""
    if name in found.faults:
        raise found.faults[name]
    folder = found.folder / name
    if name.isidentifier() and name not in found.manifests and folder.is_dir():
        raise ManifestError(
            f"{folder} has no {FILE_NAME}: write one with name and version.", module=name
        )


class _Taken:
    """A version that is taken in when it is asked for, and again if its files are gone."""

    def __init__(self, library: Library, source: Path, expected: str | None) -> None:
        self._library = library
        self._source = source
        self._expected = expected
        self._wanted: Wanted | None = None

    async def version(self) -> tuple[Wanted, Manifest]:
        """Return the version and its manifest."""
        found = await asyncio.to_thread(self._take)
        self._wanted = found[0]
        return found

    def _take(self) -> tuple[Wanted, Manifest]:
        lock = self._library.lock()  # nobody removes the files before they are named
        try:
            wanted = self._wanted
            if wanted is None or not self._library.folder(wanted).is_dir():
                wanted = self._library.add(self._source, self._expected)
            return wanted, self._library.manifest(wanted)
        finally:
            lock.release()
