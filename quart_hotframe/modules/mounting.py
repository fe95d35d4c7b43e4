"""The modules that this process has mounted: preparing others, publishing them, letting go."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Set
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import partial

from ..config import Settings
from ..errors import ClashError
from ..errors import DependencyCycle
from ..errors import DependencyMissing
from ..errors import LoadError
from ..errors import ModuleError
from ..runtime.contribution import Contribution
from ..runtime.drain import drain
from ..runtime.generation import Generation
from ..runtime.runtime import Runtime
from . import dependencies
from . import serving
from .calling import within
from .library import Library
from .lingering import Lingering
from .lingering import settle
from .loader import Loader
from .loading import load
from .loading import Loaded
from .manifest import Manifest
from .requirements import check_environment
from .state import Wanted
from .trespass import Signals

log = logging.getLogger("quart_hotframe.modules")
Farewell = Callable[[Loaded], Awaitable[None]]
Ready = Callable[[Wanted], Awaitable[None]]


@dataclass(eq=False)
class Prepared:
    """Versions that are loaded and started, ready to be published together.

    ``loaded`` has all modules of the target in order, also those that stay; ``fresh`` those that
    were loaded for it; ``failures`` says why others are not there.
    """

    target: Mapping[str, Wanted]
    lenient: Set[str] = frozenset()
    serve: bool = True
    start: bool = True
    ready: Ready | None = None
    snapshots: Mapping[str, Loaded] = field(default_factory=dict)
    loaded: dict[str, Loaded] = field(default_factory=dict)
    fresh: list[Loaded] = field(default_factory=list)
    failures: dict[str, ModuleError] = field(default_factory=dict)


class Mounting:
    """Mounts modules in one process.

    ``mounted`` has what the current generation serves, in the order of dependencies; ``failures``
    says why wanted modules are not in it.
    """

    def __init__(self, runtime: Runtime, library: Library, settings: Settings) -> None:
        self.runtime = runtime
        self.library = library
        self.settings = settings
        self.mounted: dict[str, Loaded] = {}
        self.failures: dict[str, ModuleError] = {}
        self.lingering = Lingering(runtime)
        self.leaving: set[asyncio.Task[None]] = set()
        self._closing = False

    async def prepare(
        self,
        target: Mapping[str, Wanted],
        reload: Iterable[str] = (),
        lenient: Set[str] = frozenset(),
        *,
        serve: bool = True,
        start: bool = True,
        ready: Ready | None = None,
        snapshots: Mapping[str, Loaded] | None = None,
    ) -> Prepared:
        """Load the versions that *target* wants beside those that serve.

        :param reload: modules to load anew though their source stays the same.
        :param lenient: modules that may fail: they are left out with those that need them. The
            failure of any other is raised, after letting go of everything.
        :param serve: whether this process will serve them.
        :param start: run what they registered to run before serving; else call :meth:`start`.
        :param ready: awaited for each with its store entry, before its code is loaded.
        :param snapshots: versions whose code is loaded once more, whatever the files are now.
        :raises ModuleError: why a module cannot be loaded.
        """
        prepared = Prepared(target, lenient, serve, start and serve, ready, snapshots or {})
        again = set(reload)
        try:
            manifests = await self._manifests(prepared, again)
            with Loader() as loader:
                for name in _order(manifests, prepared):
                    await self._prepare_one(name, manifests, prepared, loader)
            if not lenient >= prepared.loaded.keys():  # else publishing leaves out what clashes
                self._compose(prepared)
        except BaseException:
            await self.discard(prepared)
            raise
        return prepared

    async def _manifests(self, prepared: Prepared, again: set[str]) -> dict[str, Manifest]:
        found: dict[str, Manifest] = {}
        unread: list[Wanted] = []
        for name, wanted in prepared.target.items():
            current = self.mounted.get(name)
            if not wanted.enabled or wanted.quarantined:
                continue
            if name in prepared.snapshots:
                found[name] = replace(prepared.snapshots[name].manifest)
            elif current and name not in again and current.is_of(wanted.source, wanted.version):
                found[name] = current.manifest  # files edited meanwhile wait for a reload
            else:
                unread.append(wanted)
        for name, manifest in (await asyncio.to_thread(self._read, unread)).items():
            if isinstance(manifest, ModuleError):
                _fail(prepared, name, manifest)
            else:
                found[name] = manifest
        return found

    def _read(self, modules: Iterable[Wanted]) -> dict[str, Manifest | ModuleError]:
        found: dict[str, Manifest | ModuleError] = {}
        for wanted in modules:
            try:
                found[wanted.name] = self.library.manifest(wanted)
            except ModuleError as error:
                found[wanted.name] = error
        return found

    async def _prepare_one(
        self, name: str, manifests: Mapping[str, Manifest], prepared: Prepared, loader: Loader
    ) -> None:
        manifest, wanted = manifests[name], prepared.target[name]
        try:
            needs = _needs(manifest, prepared)
            current = self.mounted.get(name)
            if current is not None and current.manifest is manifest:
                if current.needs == needs:
                    prepared.loaded[name] = current
                    return
                manifest = await asyncio.to_thread(self.library.manifest, wanted)
            if prepared.ready is not None:
                await prepared.ready(replace(wanted, version=manifest.version))
            snapshot = prepared.snapshots.get(name)
            loaded = await self._load(manifest, wanted, needs, loader, snapshot)
            if prepared.start:
                await self._start(loaded)
            prepared.fresh.append(loaded)
            prepared.loaded[name] = loaded
        except ModuleError as error:
            _fail(prepared, name, error)

    async def _load(
        self, manifest: Manifest, wanted: Wanted, needs: Mapping[str, Loaded], loader: Loader,
        snapshot: Loaded | None,
    ) -> Loaded:  # fmt: skip
        check_environment(manifest)
        root = self.library.project.name
        folder, package = self.library.folder(wanted), self.library.package(wanted)
        return await loader.run(
            manifest.name,
            lambda: load(self.runtime, manifest, folder, wanted, needs, root, package, snapshot),
            self.settings.load_timeout,
            self._dispose,
            lambda thread: self.lingering.keep_import(
                manifest.name, wanted.version, thread, folder
            ),
        )

    async def start(self, prepared: Prepared) -> None:
        """Run what the fresh versions registered to run before serving.

        :raises LoadError: what one of them raised; it is let go.
        """
        for loaded in [one for one in prepared.fresh if not one.started]:
            try:
                await self._start(loaded)
            except LoadError:
                prepared.fresh.remove(loaded)
                del prepared.loaded[loaded.name]
                raise

    async def _start(self, loaded: Loaded) -> None:
        manifest = loaded.manifest
        loaded.started = True
        brought = loaded.contribution
        if not (brought.before_serving or brought.while_serving):
            return
        signals = Signals(loaded.name)
        try:
            await within(self.settings.lifecycle_timeout, serving.start(self.runtime, brought))
        except Exception as error:
            self._release(loaded)
            what = f"{type(error).__name__}: {error}"
            raise LoadError(f"{manifest.name}: before serving: {what}", module=manifest.name) \
                from error  # fmt: skip
        try:
            signals.refuse_changes()
        except LoadError:
            await self._stop(loaded)
            self._release(loaded)
            raise

    def _compose(self, prepared: Prepared) -> Generation:
        """Compose what is loaded; a module that clashes is left out with those that need it."""
        while True:
            try:
                contributions = [one.contribution for one in prepared.loaded.values()]
                return self.runtime.compose([*contributions, *self._others()])
            except ClashError as error:
                if error.module not in prepared.loaded:
                    raise
                _leave_out(prepared, error.module, error)

    def _others(self) -> list[Contribution]:
        """Return what is mounted beside the modules: bare blueprints."""
        there = self.runtime.current.contributions
        return [one for owner, one in there.items() if owner not in self.mounted]

    async def _stop(self, loaded: Loaded) -> None:
        if not loaded.started:
            return
        timeout = self.settings.lifecycle_timeout
        try:
            await within(timeout, serving.stop(self.runtime, loaded.contribution))
        except TimeoutError:
            log.error("What %r does when its serving ends did not end within %g s.",
                      loaded.name, timeout)  # fmt: skip

    async def discard(self, prepared: Prepared) -> None:
        """Let go of versions that will not be published."""
        for loaded in reversed(prepared.fresh):
            await self._stop(loaded)
            self._release(loaded)
        prepared.fresh.clear()
        prepared.loaded.clear()

    def publish(self, prepared: Prepared, farewell: Farewell | None = None) -> list[Loaded]:
        """Serve what was prepared from now on, and start to drain what departs.

        :param farewell: awaited for each departing version after its last request.
        :returns: the departing versions.
        """
        prepared.lenient = set(prepared.target)  # what was decided by all is not refused by one
        generation = self._compose(prepared)
        self.runtime.publish(generation)
        before, self.mounted = self.mounted, dict(prepared.loaded)
        self.failures = dict(prepared.failures)
        gone = [one for name, one in before.items() if self.mounted.get(name) is not one]
        unused = [one for one in prepared.fresh if self.mounted.get(one.name) is not one]
        departing = [*reversed(gone), *reversed(unused)]
        if departing:
            task = self.runtime.spawn(self._let_go(departing, farewell))
            self.leaving.add(task)
            task.add_done_callback(self.leaving.discard)
        return gone

    async def _let_go(self, departing: list[Loaded], farewell: Farewell | None) -> None:
        timeout = self.settings.drain_timeout
        await asyncio.gather(*(drain(self.runtime, one.contribution, timeout) for one in departing))
        for loaded in departing:  # dependents first, as they stand in the list
            await self._stop(loaded)
            if farewell is not None:
                await farewell(loaded)
        await asyncio.gather(*(settle(one, timeout, cancel_all=self._closing) for one in departing))
        for loaded in departing:
            self._release(loaded)
        departing.clear()
        await self._collect()

    def _release(self, loaded: Loaded) -> None:
        """Forget a version, now or when the last of its code has ended."""
        if not self.lingering.keep(loaded, partial(self._dispose, loaded)):
            self._dispose(loaded)

    def _dispose(self, loaded: Loaded) -> None:
        for name, kind in self.runtime.kinds.items():
            kind.dispose(loaded.contribution.items.get(name))
        loaded.forget()

    async def _collect(self) -> None:
        """Collect the departed modules' cycles, in a moment without requests if one comes."""
        for _ in range(20):
            if not self.runtime.current.pins:
                break
            await asyncio.sleep(0.05)
        gc.collect()

    async def drained(self) -> None:
        """Wait until every departed version is gone."""
        while self.leaving:
            await asyncio.gather(*self.leaving)
            await asyncio.sleep(0)  # gather() may not yield; the finished ones must leave the set

    async def close(self) -> None:
        """Unmount everything, because serving ends."""
        self._closing = True
        self.publish(Prepared({}))
        await self.drained()
        self.lingering.close()


def _order(manifests: Mapping[str, Manifest], prepared: Prepared) -> list[str]:
    try:
        return dependencies.order(manifests.values())
    except DependencyCycle as error:
        for name in manifests:
            _fail(prepared, name, error)
        return []


def _needs(manifest: Manifest, prepared: Prepared) -> dict[str, Loaded]:
    """Return what the module is loaded with.

    :raises DependencyMissing: when something that it requires is not there or does not fit.
    """
    needs = {}
    for wish in manifest.requires:
        there = prepared.loaded.get(wish.name)
        if there is None or not wish.accepts(there.manifest.version):
            have = f"there is {there.manifest.version}" if there else "it is not enabled"
            why = prepared.failures.get(wish.name)
            have = f"it failed: {why}" if why else have
            raise DependencyMissing(
                f"{manifest.name} {manifest.version} requires {wish}, but {have}.",
                module=manifest.name,
            )
        needs[wish.name] = there
    for wish in manifest.optional:
        there = prepared.loaded.get(wish.name)
        if there is not None and wish.accepts(there.manifest.version):
            needs[wish.name] = there
    return needs


def _fail(prepared: Prepared, name: str, error: ModuleError) -> None:
    if name not in prepared.lenient:
        raise error
    if prepared.serve:
        log.error("Module %r is not served: %s", name, error)
    prepared.failures[name] = error


def _leave_out(prepared: Prepared, name: str, error: ModuleError) -> None:
    _fail(prepared, name, error)
    del prepared.loaded[name]
    for other, loaded in list(prepared.loaded.items()):
        if name in loaded.needs:
            reason = f"{other} requires {name}, which failed: {error}"
            _leave_out(prepared, other, DependencyMissing(reason, module=other))
