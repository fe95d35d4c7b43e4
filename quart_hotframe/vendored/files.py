"""The files that pages may load: of packages that were vendored, and of installed wheels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import nearest
from ..errors import SetupError
from .checksums import integrity_of
from .choosing import SUFFIXES
from .lock import Package
from .lock import read_lock
from .served import Served
from .wheels import file_of_wheel

Files = Mapping[str, Mapping[str, Served]]
"""By name of the package and path; the first path of each is the one that is meant."""


def read_files(project: Path, folder: Path, wheels: Mapping[str, str]) -> Files:
    """Read all of them, and compare those that were vendored with the lock.

    :param project: the folder that has the lock.
    :param folder: where vendored files lie.
    :param wheels: places in installed distributions, by name; they win.
    :raises SetupError: a file is missing or changed.
    :raises VendorError: the lock is wrong.
    """
    found = {name: _of_package(one, folder) for name, one in read_lock(project).items()}
    return {**found, **{name: _of_wheel(name, place) for name, place in wheels.items()}}


def find(files: Files, name: str, path: str | None) -> Served:
    """Return a file, by name of its package and its path, or the first one of the package.

    :raises SetupError: there is none.
    """
    if name not in files:
        raise SetupError(
            f"vendored({name!r}): there is no such package.{nearest(name, files)} Bring it in "
            f"with quart hotframe vendor {name}@VERSION, or name a wheel in HOTFRAME_VENDOR; then "
            "start the app again."
        )
    package = files[name]
    path = next(iter(package), "") if path is None else path
    if path not in package:
        raise SetupError(
            f"vendored({name!r}, {path!r}): it has no such file.{nearest(path, package)}"
        )
    return package[path]


def _of_package(package: Package, folder: Path) -> dict[str, Served]:
    return {
        path: _vendored(folder / package.folder / path, checksum)
        for path, checksum in package.files.items()
        if path.endswith(SUFFIXES)
    }


def _vendored(path: Path, checksum: str) -> Served:
    content = _read(path, "Run quart hotframe vendor to get it again.")
    if integrity_of(content) != checksum:
        raise SetupError(
            f"{path} is not what the lock says. Run quart hotframe vendor to get it again."
        )
    return Served(path.name, content)


def _of_wheel(name: str, place: str) -> dict[str, Served]:
    path = file_of_wheel(name, place)
    if not path.name.endswith(SUFFIXES):
        raise SetupError(f"HOTFRAME_VENDOR, {name!r}: a page cannot load {path.name!r}.")
    return {path.name: Served(path.name, _read(path, "Install its wheel again."))}


def _read(path: Path, advice: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}. {advice}") from error
