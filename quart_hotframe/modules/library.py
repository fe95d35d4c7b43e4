"""Where the versions of modules lie: the project's own, and those installed from elsewhere."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Set
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

from ..config import Settings
from ..errors import ArchiveError
from ..errors import ManifestError
from ..errors import ModuleNotFound
from ..errors import ModuleStateError
from ..errors import nearest
from ..errors import StoreError
from .archive import unpack
from .discovery import discover
from .discovery import Discovery
from .discovery import NONE
from .locking import Lock
from .locking import signer
from .locking import try_lock
from .manifest import Manifest
from .staging import clean_staging
from .staging import remove
from .state import State
from .state import Wanted
from .wheel import module_folder

PROJECT = "project"
"""The source of a module that lies in the modules folder and is edited in place."""


PATIENCE = 60.0
"""Seconds to wait for another process that adds or removes files."""


class Library:
    """Finds, adds and removes the files of modules. Everything here blocks: use a thread.

    :param project: the modules folder.
    :param installed: the folder of installed versions, ``<name>/<version>-<hash>/``.
    """

    def __init__(self, project: Path, installed: Path, settings: Settings) -> None:
        self.project = project
        self.installed = installed
        self._settings = settings

    def discover(self, known: Mapping[str, Manifest] = NONE) -> Discovery:
        """Return what lies in the modules folder.

        :param known: manifests that the caller has just read there, which are not read again.
        """
        return discover(self.project, known)

    def folder(self, wanted: Wanted) -> Path:
        """Return the folder of a version's files."""
        if wanted.source == PROJECT:
            return self.project / wanted.name
        return module_folder(self.installed / wanted.name / wanted.source)

    def package(self, wanted: Wanted) -> str | None:
        """Return the name of a version's package if it came in a wheel under another name."""
        folder = self.folder(wanted)
        return folder.name if wanted.source not in (PROJECT, folder.name) else None

    def manifest(self, wanted: Wanted) -> Manifest:
        """Read the manifest of a version.

        :raises ManifestError: when it is wrong, or its folder is gone.
        """
        folder = self.folder(wanted)
        if not folder.is_dir():
            raise ManifestError(
                f"{folder} is gone: install {wanted.name} again, or uninstall it.",
                module=wanted.name,
            )
        return Manifest.read(folder, folder_name=wanted.name if wanted.source == PROJECT else None)

    def manifests(self, modules: Iterable[Wanted]) -> dict[str, Manifest]:
        """Return the manifests that can be read, by name."""
        found = {}
        for wanted in modules:
            try:
                found[wanted.name] = self.manifest(wanted)
            except ManifestError:
                continue  # whoever needs this one gets the error from manifest()
        return found

    def own(self, name: str, found: Discovery | None = None) -> Wanted:
        """Return a module of the project's own.

        :param found: what lies in the modules folder, if the caller looked already.
        :raises ModuleNotFound: when the modules folder has none of this name.
        :raises ManifestError: when its manifest is wrong.
        """
        found = found or self.discover()
        if name in found.faults:
            raise found.faults[name]
        if name not in found.manifests:
            raise ModuleNotFound(
                f"There is no module {name!r} installed, nor in {self.project}."
                f"{nearest(name, found.manifests)}",
                module=name,
            )
        return Wanted(name, found.manifests[name].version, PROJECT)

    def add(self, source: Path, expected: str | None = None) -> Wanted:
        """Take a version in from a folder or archive; one in the modules folder stays there.

        :param expected: the name that it must have.
        :raises ArchiveError: when it is refused; nothing of it is kept.
        """
        if source.resolve().parent == self.project:
            return self._own_source(source, expected)
        folder = self._unpack(source, self.installed, expected)
        return self._wanted(folder)

    @contextmanager
    def look(
        self, source: Path, expected: str | None = None
    ) -> Iterator[tuple[Wanted, Manifest, Path]]:
        """Give what :meth:`add` would give, and its folder, without keeping anything."""
        if source.resolve().parent == self.project:
            own = self._own_source(source, expected)
            yield own, self.manifest(own), self.folder(own)
            return
        with tempfile.TemporaryDirectory() as scratch:
            folder = self._unpack(source, Path(scratch), expected)
            inside = module_folder(folder)
            yield self._wanted(folder), Manifest.read(inside), inside

    def _own_source(self, source: Path, expected: str | None) -> Wanted:
        own = self.own(source.resolve().name)
        if expected is not None and own.name != expected:
            raise ArchiveError(
                f"{source}: It is the module {own.name!r}, not {expected!r}. Give another folder.",
                module=expected,
            )
        return own

    def _unpack(self, source: Path, into: Path, expected: str | None) -> Path:
        return unpack(
            source,
            into,
            max_bytes=self._settings.archive_max_bytes,
            max_files=self._settings.archive_max_files,
            expected_name=expected,
        )

    def _wanted(self, folder: Path) -> Wanted:
        manifest = Manifest.read(module_folder(folder))
        if (self.project / manifest.name).is_dir():
            raise ModuleStateError(
                f"{manifest.name!r} also lies in {self.project}, which wins: edit it there and "
                "reload it, or remove that folder first.",
                module=manifest.name,
            )
        return Wanted(manifest.name, manifest.version, folder.name)

    def lock(self) -> Lock:
        """Wait until no other process adds or removes files; release the lock soon.

        :raises StoreError: when another keeps it for too long.
        """
        path = self.installed.parent / "files.lock"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        give_up = time.monotonic() + PATIENCE
        while (lock := try_lock(path)) is None:
            if time.monotonic() > give_up:
                raise StoreError(
                    f"{path} is held by {signer(path)} for more than {PATIENCE:g} s, which adds or "
                    "removes files of modules. If it hangs, end it: the lock goes with the process."
                )
            time.sleep(0.01)
        lock.sign()
        return lock

    def clean(self, state: State) -> None:
        """Remove the versions that nothing names, and what killed processes left.

        Call it under :meth:`lock` and that of the store, so that nobody takes in a version and
        *state* does not change meanwhile.
        """
        if not self.installed.is_dir():
            return
        clean_staging(self.installed)
        for module in [path for path in self.installed.iterdir() if _is_module(path)]:
            self.drop(state, module.name, {path.name for path in module.iterdir()})

    def drop(self, state: State, name: str, versions: Set[str]) -> None:
        """Remove those of a module's versions that *state* does not name, under both locks."""
        module = self.installed / name
        for version in versions - _named(state, name):
            with suppress(FileNotFoundError):
                remove(module / version, self.installed)
        with suppress(OSError):  # another version lies there
            module.rmdir()


def _named(state: State, name: str) -> set[str]:
    """Return the versions of a module that the state names, with changes that are not done yet."""
    targets = [state.modules, state.operation.target if state.operation else {}]
    targets += [owed.modules for owed in state.owed]
    return set[str]().union(*(folders_of(target.get(name)) for target in targets))


def folders_of(wanted: Wanted | None) -> set[str]:
    """Return the names of the version folders that a module needs."""
    return {wanted.source, wanted.previous or wanted.source} if wanted is not None else set()


def _is_module(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")
