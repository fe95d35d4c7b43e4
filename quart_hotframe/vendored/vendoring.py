"""Bringing packages into a project, and back to what its lock says.

Everything here blocks; from async code call it in a thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import VendorError
from .checksums import integrity_of
from .checksums import integrity_of_tarball
from .choosing import chosen
from .choosing import licence_of
from .choosing import licences
from .choosing import SUFFIXES
from .lock import Lock
from .lock import Package
from .lock import read_lock
from .lock import write_file
from .lock import write_lock
from .registry import Registry
from .tarball import Tarball


class Vendor:
    """The vendored packages of a project.

    :param project: the folder of the app, which has the lock.
    :param folder: where the files go.
    :param registry: where packages are fetched.
    :param max_bytes: most bytes of a package, packed or not.
    :param max_files: most files in a package.
    """

    def __init__(
        self, project: Path, folder: Path, registry: Registry, *, max_bytes: int, max_files: int
    ) -> None:
        self._project = project
        self._folder = folder
        self._registry = registry
        self._max_bytes = max_bytes
        self._max_files = max_files

    def add(
        self, name: str, version: str, paths: Sequence[str] = (), file: Path | None = None
    ) -> Package:
        """Bring a package into the project, in the place of another version of it.

        :param paths: the files to keep; empty for the one that is made for browsers.
        :param file: a tarball, or one file of the package, that is taken instead of fetching.
        :raises VendorError: it cannot be had, or is not what the registry says.
        """
        lock = dict(read_lock(self._project))
        before = lock.get(name)
        if file is not None and file.name.endswith(SUFFIXES):
            package, contents = self._of_file(name, version, paths, file)
        else:
            with self._tarball(name, version, file) as (path, place, integrity):
                package, contents = self._of_tarball(name, version, paths, path, place, integrity)
        self._write(package, contents)
        write_lock(self._project, {**lock, name: package}.values())
        if before is not None:
            self._remove(before, package)
        return package

    def check(self) -> list[str]:
        """Return what is missing or not as the lock says, as sentences."""
        lock = read_lock(self._project)
        return [
            f"{self._path(package, path)} {problem}."
            for package in lock.values()
            for path in package.files
            if (problem := self._problem(package, path))
        ]

    def restore(self) -> list[Package]:
        """Fetch again what is missing or not as the lock says, and return the packages.

        :raises VendorError: one cannot be had, or is another one now.
        """
        lock: Lock = read_lock(self._project)
        wrong = [one for one in lock.values() if any(self._problem(one, p) for p in one.files)]
        for package in wrong:
            self._fetch_again(package)
        return wrong

    def _problem(self, package: Package, path: str) -> str:
        try:
            content = self._path(package, path).read_bytes()
        except OSError:
            return "is missing"
        same = integrity_of(content) == package.files[path]
        return "" if same else "is not what the lock says"

    def _path(self, package: Package, path: str) -> Path:
        return self._folder / package.folder / path

    # -- getting ---------------------------------------------------------------------------------

    @contextmanager
    def _tarball(
        self, name: str, version: str, file: Path | None
    ) -> Iterator[tuple[Path, str, str]]:
        """Give a tarball, its place in a registry, and its checksum."""
        if file is not None:
            yield file, f"{name}/-/{name.rpartition('/')[2]}-{version}.tgz", _checksum_of(file)
            return
        place, integrity = self._registry.find(name, version)
        with self._fetched(name, version, place, integrity) as path:
            yield path, place, integrity

    @contextmanager
    def _fetched(self, name: str, version: str, place: str, integrity: str) -> Iterator[Path]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "package.tgz"
            with path.open("wb") as stream:
                self._registry.fetch(name, place, stream)
            if (found := _checksum_of(path)) != integrity:
                raise VendorError(
                    f"{name} {version} is not what the registry promises: its checksum is {found}, "
                    f"not {integrity}. Nothing of it was kept."
                )
            yield path

    def _of_tarball(
        self, name: str, version: str, paths: Sequence[str], path: Path, place: str, integrity: str
    ) -> tuple[Package, dict[str, bytes]]:
        tarball = Tarball(path, max_bytes=self._max_bytes, max_files=self._max_files)
        manifest = tarball.manifest
        is_one = (manifest.get("name"), manifest.get("version"))
        if is_one != (name, version):
            raise VendorError(f"This is {is_one[0]} {is_one[1]}, not {name} {version}.")
        wanted = chosen(manifest, tarball.names, paths)
        contents = tarball.read(list(dict.fromkeys([*wanted, *licences(tarball.names)])))
        checksums = {one: integrity_of(content) for one, content in contents.items()}
        licence = licence_of(manifest)
        return Package(name, version, place, integrity, licence, checksums), contents

    def _of_file(
        self, name: str, version: str, paths: Sequence[str], file: Path
    ) -> tuple[Package, dict[str, bytes]]:
        if paths:
            raise VendorError("--path chooses from a tarball, and --file names no tarball.")
        with file.open("rb") as stream:
            content = stream.read(self._max_bytes + 1)
        if len(content) > self._max_bytes:
            raise VendorError(f"{file} has more than {self._max_bytes} bytes.")
        files = {file.name: integrity_of(content)}
        return Package(name, version, "", "", "", files), {file.name: content}

    def _fetch_again(self, package: Package) -> None:
        name, version = package.name, package.version
        if not package.integrity:
            raise VendorError(
                f"{name} {version} came from a file of yours: give it again with "
                f"quart hotframe vendor {name}@{version} --file PATH."
            )
        with self._fetched(name, version, package.place, package.integrity) as path:
            tarball = Tarball(path, max_bytes=self._max_bytes, max_files=self._max_files)
            contents = tarball.read(list(package.files))
        for one, content in contents.items():
            if integrity_of(content) != package.files[one]:
                raise VendorError(f"{one!r} in {name} {version} is not what the lock says.")
        self._write(package, contents)

    # -- keeping ---------------------------------------------------------------------------------

    def _write(self, package: Package, contents: dict[str, bytes]) -> None:
        try:
            for path, content in contents.items():
                write_file(self._path(package, path), content)
        except OSError as error:
            raise VendorError(f"{package.name} cannot be written: {error}.") from error

    def _remove(self, before: Package, now: Package) -> None:
        """Take the files of another version away, but none that somebody changed."""
        kept = {self._path(now, path) for path in now.files}
        for path in before.files:
            full = self._path(before, path)
            if full not in kept and not self._problem(before, path):
                full.unlink()
                self._remove_empty(full.parent)

    def _remove_empty(self, folder: Path) -> None:
        with suppress(OSError):
            while folder != self._folder:
                os.rmdir(folder)
                folder = folder.parent


def _checksum_of(path: Path) -> str:
    try:
        return integrity_of_tarball(path)
    except OSError as error:
        raise VendorError(f"{path} cannot be read: {error}.") from error
