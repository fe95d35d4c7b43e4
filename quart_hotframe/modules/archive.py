"""Put a module from a zip, a wheel or a folder into a folder of its own, or refuse it.

Everything here blocks; from async code call it in a thread.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from typing import NoReturn

from packaging.version import InvalidVersion
from packaging.version import Version

from ..errors import ArchiveError
from ..errors import ManifestError
from .content import CHUNK
from .content import content_hash
from .content import files
from .content import is_ignored
from .entries import EntryNames
from .manifest import FILE_NAME
from .manifest import Manifest
from .staging import clean_staging
from .staging import staging
from .wheel import check_record
from .wheel import check_version
from .wheel import dist_info
from .wheel import kept
from .wheel import SUFFIX

__all__ = ["clean_staging", "content_hash", "unpack"]

_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
_ADVICE = "Make the archive anew."


def unpack(
    source: Path,
    into: Path,
    *,
    max_bytes: int,
    max_files: int,
    expected_name: str | None = None,
    expected_version: str | None = None,
) -> Path:
    """Check a module and put it into ``into/<name>/<version>-<hash>/``.

    The files come into a staging folder first and are published by one rename, so the folder
    is there whole or not at all, also when the process is killed. The same content is put
    down once: two calls, or two processes at once, get the same folder.

    An archive has ``module.toml`` at its top or in its one top folder. A wheel has it in its one
    package, which keeps its name in a folder around it when the module has another one; its
    ``RECORD`` is verified. Caches, version control and editor backups are left out.

    :param source: a zip file, a wheel, or a folder (which is copied).
    :param into: the folder for all installed modules; made if absent.
    :param max_bytes: most bytes when unpacked, counted while unpacking.
    :param max_files: most files and folders in it.
    :param expected_name: the name that the module must have, if it must.
    :param expected_version: the version that the module must have, if it must.
    :returns: the folder ``into/<name>/<version>-<hash>``; the hash is the first 12 digits of
        :func:`content_hash`.
    :raises ArchiveError: if the module is refused; nothing of it is kept.
    """
    try:
        with staging(into) as stage:
            tree = stage / "tree"
            tree.mkdir()
            _fill(source, tree, _Budget(max_bytes, max_files))
            root, manifest = _checked(tree)
            _refuse_unexpected(manifest, expected_name, expected_version)
            if dist_info(tree) is not None:
                root = kept(tree, root, manifest.name)
            return _publish(root, into / manifest.name, manifest.version)
    except (ArchiveError, ManifestError) as error:
        raise ArchiveError(f"{source}: {error}", module=error.module or expected_name) from error
    except OSError as error:
        problem = f"{source} cannot be unpacked into {into}: {error}."
        raise ArchiveError(problem, module=expected_name) from error


class _Budget:
    """Counts what is unpacked; what an archive says about itself is not believed."""

    def __init__(self, max_bytes: int, max_files: int) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._max_files, self._files = max_files, 0

    def entry(self) -> None:
        self._files += 1
        if self._files > self._max_files:
            raise ArchiveError(
                f"It has more than {self._max_files} files. "
                "Raise HOTFRAME_ARCHIVE_MAX_FILES if that is right."
            )

    def write(self, source: IO[bytes], target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            while chunk := source.read(CHUNK):
                self._count(len(chunk))
                stream.write(chunk)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._max_bytes:
            raise ArchiveError(
                f"It has more than {self._max_bytes} bytes when unpacked. "
                "Raise HOTFRAME_ARCHIVE_MAX_BYTES if that is right."
            )


def _fill(source: Path, tree: Path, budget: _Budget) -> None:
    if source.is_dir():
        _copy(source, tree, budget)
    elif not source.exists():
        raise ArchiveError("There is no such file or folder. Correct the path.")
    elif not source.is_file() or not zipfile.is_zipfile(source):
        _refuse_no_zip(source)
    else:
        _unzip(source, tree, budget)


def _refuse_no_zip(source: Path) -> NoReturn:
    if source.is_file():
        with source.open("rb") as stream:
            if stream.read(2) == b"PK":
                raise ArchiveError("The zip file is cut off or damaged. Get it anew.")
    raise ArchiveError("This is no zip file, wheel or folder. Make a zip file of the module.")


def _copy(source: Path, tree: Path, budget: _Budget) -> None:
    names = EntryNames()
    for name, path in files(source, inside=source.resolve()):
        budget.entry()
        names.add(name)
        with path.open("rb") as stream:
            budget.write(stream, tree / name)


def _unzip(source: Path, tree: Path, budget: _Budget) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            for name, info in _entries(archive, budget):
                with archive.open(info) as stream:
                    budget.write(stream, tree / name)
    except ArchiveError:
        raise
    except _BROKEN_ZIP as error:
        raise ArchiveError(f"The zip file is cut off or damaged ({error}). Get it anew.") from error


def _entries(archive: zipfile.ZipFile, budget: _Budget) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Yield the files that belong to the module; every entry is checked, also the others."""
    names = EntryNames()
    for info in archive.infolist():
        budget.entry()
        # Not info.filename, which is already cut at a NUL.
        name = info.orig_filename
        is_folder = name.endswith("/")
        name = name.removesuffix("/")
        names.add(name, is_folder=is_folder)
        _refuse_kind(name, info)
        if not is_folder and not is_ignored(name):
            yield name, info


def _refuse_kind(name: str, info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise ArchiveError(f"{name!r} is a link. Put what it leads to into the archive.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"{name!r} is a special file. {_ADVICE}")
    if info.flag_bits & 0x1:
        raise ArchiveError(f"{name!r} is encrypted. Make the archive without a password.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"{name!r} is packed in an unusual way. Use plain zip (deflate).")


def _checked(tree: Path) -> tuple[Path, Manifest]:
    """Return the module's folder in the unpacked tree, and its manifest."""
    info = dist_info(tree)
    if info is None:
        root = _root(tree, list(tree.iterdir()))
        return root, Manifest.read(root, shown=FILE_NAME)
    check_record(tree, info)
    root = _root(tree, [path for path in tree.iterdir() if not path.name.endswith(SUFFIX)])
    manifest = Manifest.read(root, shown=FILE_NAME)
    check_version(info, manifest.version)
    return root, manifest


def _root(tree: Path, tops: list[Path]) -> Path:
    inner = sorted(path for path in tops if os.path.lexists(path / FILE_NAME))
    at_top = any(path.name == FILE_NAME for path in tops)
    if len(inner) + at_top > 1:
        raise ArchiveError(f"It has more than one {FILE_NAME}. Make one archive for each module.")
    if at_top:
        return tree
    if not inner:
        raise ArchiveError(f"It has no {FILE_NAME} at its top or in its one top folder.")
    others = sorted(path.name for path in tops if path != inner[0])
    if others:
        raise ArchiveError(
            f"{others[0]!r} lies beside the module's folder {inner[0].name!r}. "
            "Make an archive of the module alone."
        )
    return inner[0]


def _refuse_unexpected(manifest: Manifest, name: str | None, version: str | None) -> None:
    if name is not None and manifest.name != name:
        raise ArchiveError(f"It is the module {manifest.name!r}, not {name!r}. Give another file.")
    if version is not None and not _is_version(manifest.version, version):
        raise ArchiveError(f"It is version {manifest.version}, not {version}. Give another file.")


def _is_version(found: str, wanted: str) -> bool:
    try:
        return Version(found) == Version(wanted)
    except InvalidVersion:
        return False


def _publish(root: Path, parent: Path, version: str) -> Path:
    digest = content_hash(root)
    target = parent / f"{version}-{digest[:12]}"
    _sync_folders(root)
    parent.mkdir(exist_ok=True)
    try:
        root.rename(target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise
        return _verified(target, digest)
    _sync(parent)
    return target


def _verified(target: Path, digest: str) -> Path:
    if not target.is_dir() or content_hash(target) != digest:
        raise ArchiveError(
            f"It is installed in {target}, but was changed there. "
            "Remove that folder, then install it again."
        )
    return target


def _sync_folders(root: Path) -> None:
    for folder, _, _ in os.walk(root):
        _sync(Path(folder))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
