"""``hotframe-vendor.lock``: what was vendored, from where, and all checksums."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import VendorError
from .checksums import is_integrity
from .choosing import SUFFIXES
from .names import check_name
from .names import check_path
from .names import check_version

FILE = "hotframe-vendor.lock"
HEAD = "# Written by `quart hotframe vendor`. Commit it with the files that it names.\n"
FORMAT = 1


@dataclass(frozen=True)
class Package:
    """A package that was vendored.

    ``files`` are paths in the package with their sha384, those to load first. ``place`` is where
    the tarball lies in a registry, ``""`` if it is in none; ``integrity`` its sha512.
    """

    name: str
    version: str
    place: str
    integrity: str
    licence: str
    files: Mapping[str, str]

    @property
    def folder(self) -> str:
        """Where its files lie, in the folder of all vendored packages."""
        return f"{self.name}/{self.version}"

    @property
    def has_licence_text(self) -> bool:
        """Whether a text of its licence is among the files."""
        return any(not path.endswith(SUFFIXES) for path in self.files)


Lock = Mapping[str, Package]
"""The packages by name."""


def read_lock(folder: Path) -> Lock:
    """Read the lock of a project; one that is not there is empty.

    :raises VendorError: it cannot be read or is wrong.
    """
    path = folder / FILE
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise VendorError(f"{path} cannot be read: {error}.") from error
    if found.get("format") != FORMAT or not isinstance(found.get("package", []), list):
        raise VendorError(f"{path} is of another version of HotFrame: write format = {FORMAT}.")
    packages = (_package(one, path) for one in found.get("package", []))
    return {package.name: package for package in packages}


def write_lock(folder: Path, packages: Iterable[Package]) -> None:
    """Write the lock of a project, at once or not at all."""
    ordered = sorted(packages, key=lambda package: package.name)
    text = f"{HEAD}format = {FORMAT}\n" + "".join(map(_table, ordered))
    write_file(folder / FILE, text.encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file at once or not at all, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    new.replace(path)


def _table(package: Package) -> str:
    lines = [
        "\n[[package]]",
        *(
            f"{key} = {json.dumps(getattr(package, key))}"
            for key in ("name", "version", "place", "integrity", "licence")
        ),
        "[package.files]",
        *(
            f"{json.dumps(path)} = {json.dumps(checksum)}"
            for path, checksum in package.files.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _package(found: Any, path: Path) -> Package:
    name = found.get("name") if isinstance(found, dict) else None
    try:
        place, integrity, licence = (_text(found, key) for key in ("place", "integrity", "licence"))
        files = found.get("files")
        if integrity and not is_integrity(integrity, "sha512"):
            raise VendorError("'integrity' is no sha512.")
        if not isinstance(files, dict) or not files:
            raise VendorError("it has no files.")
        return Package(
            check_name(name), check_version(found.get("version")), place, integrity, licence,
            {check_path(one): _checksum(one, value) for one, value in files.items()},
        )  # fmt: skip
    except VendorError as error:
        raise VendorError(f"{path}, package {name!r}: {error}") from error


def _text(found: Any, key: str) -> str:
    value = found.get(key, "") if isinstance(found, dict) else None
    if not isinstance(value, str):
        raise VendorError(f"{key!r} must be text.")
    return value


def _checksum(path: str, value: object) -> str:
    if not isinstance(value, str) or not is_integrity(value, "sha384"):
        raise VendorError(f"{path!r} has no sha384.")
    return value
