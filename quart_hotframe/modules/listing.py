"""The records of all modules, from what the store says, what is mounted, and what lies on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from collections.abc import Mapping
from types import MappingProxyType

from ..config import Settings
from ..errors import ModuleNotFound
from ..errors import nearest
from .discovery import Discovery
from .discovery import NONE
from .health import Watch
from .library import Library
from .library import PROJECT
from .loading import Loaded
from .manifest import Manifest
from .noting import NOT_LOADED
from .records import Module
from .settings import Declared
from .settings import OfManifest
from .settings import Values
from .settings_kind import kind_of
from .settings_kind import values_of
from .state import State
from .state import Wanted
from .worker import Worker


class Listing:
    """Makes records: a mapping from names. It shows what :meth:`refresh` found last.

    :param watch: how the modules fare in this process.
    """

    def __init__(self, library: Library, settings: Settings, watch: Watch) -> None:
        self.worker: Worker | None = None
        """What this process looks at the store with; ``None`` while it does not."""
        self._library = library
        self._settings = settings
        self._watch = watch
        self._manifests: dict[str, Manifest] = {}
        self._found: Discovery | None = None

    async def refresh(self, known: Mapping[str, Manifest] = NONE) -> None:
        """Look again into the folders of the modules.

        :param known: manifests in the modules folder that were just read, by name.
        """
        installed = [one for one in self.state.modules.values() if one.source != PROJECT]
        self._found = await asyncio.to_thread(self._library.discover, known)
        self._manifests = await asyncio.to_thread(self._library.manifests, installed)

    @property
    def state(self) -> State:
        """The state of the store, as this process saw it last."""
        return self.worker.state if self.worker is not None else State()

    @property
    def faults(self) -> Mapping[str, str]:
        """Folders in the modules folder whose manifest cannot be used, and why."""
        faults = self._found.faults if self._found else {}
        return MappingProxyType({name: str(error) for name, error in faults.items()})

    def names(self) -> list[str]:
        """Return the names of the installed modules and of those that could be enabled."""
        return sorted({*self.state.modules, *self._available(), *self._left()})

    def __iter__(self) -> Iterator[Module]:
        return (self[name] for name in self.names())

    def __getitem__(self, name: str) -> Module:
        """Return the record of a module.

        :raises ModuleNotFound: with the nearest name, or what is wrong with its manifest.
        """
        modules, found = self.state.modules, self._available()
        if name in modules:
            return self._record(modules[name])
        if name in found:
            return self._unserved(name, found[name].version).described(
                found[name], self._values(found[name], None)
            )
        if name in self._left():
            return self._unserved(name, self._left()[name])
        if name in self.faults:
            raise ModuleNotFound(
                f"The folder {name!r} is no module: {self.faults[name]}", module=name
            )
        raise ModuleNotFound(
            f"There is no module {name!r}.{nearest(name, {*modules, *found})}", module=name
        )

    def _available(self) -> Mapping[str, Manifest]:
        return self._found.manifests if self._found else {}

    def _left(self) -> Mapping[str, str]:
        """Return the modules of which something does not end in this process, with versions."""
        return self.worker.mounting.lingering.versions() if self.worker else {}

    def _reason(self, name: str) -> str | None:
        return self.worker.mounting.lingering.reason(name) if self.worker else None

    def _unserved(self, name: str, version: str) -> Module:
        reason, waits = self._reason(name), self.worker.waits if self.worker else None
        state = "failed_unload" if reason else "pending" if waits else "available"
        return Module(name, version, state, error=waits, failed_unload=reason)

    def _record(self, wanted: Wanted) -> Module:
        failure = self.worker.mounting.failures.get(wanted.name) if self.worker else None
        mounted = self.worker.mounting.mounted.get(wanted.name) if self.worker else None
        manifest = mounted.manifest if mounted else self._manifest(wanted)
        last = self._watch.of(wanted.name).last_error
        over = mounted is not None and _is_of_loading(wanted)  # the store will say so soon
        noted = None if over else wanted.error
        record = Module(
            wanted.name,
            wanted.version,
            self._state_of(wanted, failed=failure is not None),
            source=wanted.source,
            enabled=wanted.enabled,
            error=str(failure) if failure else noted or (repr(last) if last else None),
            previous_version=wanted.previous_version,
            failed_unload=self._reason(wanted.name),
        )
        return record.described(manifest, self._values(manifest, mounted)) if manifest else record

    def _values(self, manifest: Manifest, mounted: Loaded | None) -> Values:
        if mounted is not None and self.worker is not None:
            return values_of(self.worker.runtime, mounted.contribution)
        seen = kind_of(self.worker.runtime).stored if self.worker is not None else {}
        stored = seen.get(manifest.name, {})
        return Declared(manifest.name, [OfManifest(manifest.settings)]).fit(stored)[0]

    def _manifest(self, wanted: Wanted) -> Manifest | None:
        known = self._available() if wanted.source == PROJECT else self._manifests
        return known.get(wanted.name)

    def _state_of(self, wanted: Wanted, *, failed: bool) -> str:
        if wanted.quarantined:
            return "quarantined"
        serves = self.worker is not None and wanted.name in self.worker.mounting.mounted
        if not serves and self._reason(wanted.name):
            return "failed_unload"
        if not wanted.enabled or self._settings.safe_mode:
            return "disabled"
        unknown = self.worker is None or (self.worker.is_command and not serves)
        if failed or (unknown and _is_of_loading(wanted)):
            return "failed"
        if self._watch.is_degraded(wanted.name):
            return "degraded"
        return "provisional" if wanted.provisional else "active"


def _is_of_loading(wanted: Wanted) -> bool:
    return (wanted.error or "").startswith(NOT_LOADED)
