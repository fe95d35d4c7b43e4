"""The files of a package, read out of its tarball; nothing is unpacked to disk.

What an archive says about itself is not believed: bytes are counted while they are unpacked.
"""

from __future__ import annotations

import gzip
import json
import tarfile
import zlib
from collections.abc import Collection
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import cast
from typing import IO

from ..errors import VendorError
from .names import check_path

MANIFEST = "package.json"
_BROKEN = (tarfile.TarError, EOFError, zlib.error, OSError, ValueError)


class Tarball:
    """A package as npm packs it.

    :param path: the tarball.
    :param max_bytes: most bytes when unpacked.
    :param max_files: most entries.
    """

    def __init__(self, path: Path, *, max_bytes: int, max_files: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._max_files = max_files
        self.names = tuple(name for name, _ in self._files())
        self.manifest = self._read_manifest()

    def _read_manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self.read([MANIFEST])[MANIFEST])
        except (ValueError, RecursionError) as error:
            raise VendorError(f"Its {MANIFEST} is not JSON: {error}.") from error
        if not isinstance(manifest, dict):
            raise VendorError(f"Its {MANIFEST} is not a table.")
        return manifest

    def read(self, names: Collection[str]) -> dict[str, bytes]:
        """Return the content of files, by name, in the order of *names*.

        :raises VendorError: one is not there, or there twice.
        """
        found: dict[str, bytes] = {}
        for name, content in self._files(names):
            if name in names:
                if name in found:
                    raise VendorError(f"{name!r} is in the package twice.")
                found[name] = content
        for name in names:
            if name not in found:
                raise VendorError(f"The package has no file {name!r}.")
        return {name: found[name] for name in names}

    def _files(self, wanted: Collection[str] = ()) -> Iterator[tuple[str, bytes]]:
        """Yield the regular files with plain names, and the content of those that are wanted."""
        try:
            with gzip.open(self._path) as packed:
                counted = cast("IO[bytes]", _Counting(packed, self._max_bytes))
                with tarfile.open(fileobj=counted, mode="r|") as archive:
                    yield from self._members(archive, wanted)
        except _BROKEN as error:
            raise VendorError(f"{self._path.name} is no whole tarball: {error}.") from error

    def _members(
        self, archive: tarfile.TarFile, wanted: Collection[str]
    ) -> Iterator[tuple[str, bytes]]:
        for count, member in enumerate(archive, 1):
            if count > self._max_files:
                raise VendorError(
                    f"It has more than {self._max_files} files. "
                    "Raise HOTFRAME_ARCHIVE_MAX_FILES if that is right."
                )
            name = _plain(member.name)
            if name is None or not member.isreg():
                continue
            stream = archive.extractfile(member) if name in wanted else None
            yield name, stream.read() if stream is not None else b""


def _plain(name: str) -> str | None:
    """Return a name without its first folder, which npm calls ``package``."""
    try:
        return check_path(name.partition("/")[2])
    except VendorError:
        return None


class _Counting:
    """A stream that ends with an error when more comes out of it than is allowed."""

    def __init__(self, stream: Any, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > self._left:
            size = self._left + 1
        data: bytes = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise VendorError(
                f"It has more than {self._limit} bytes when unpacked. "
                "Raise HOTFRAME_ARCHIVE_MAX_BYTES if that is right."
            )
        return data
