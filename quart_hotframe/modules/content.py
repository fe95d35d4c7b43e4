"""What belongs to a module's folder, and one hash over it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from collections.abc import Iterator
from fnmatch import translate
from operator import attrgetter
from pathlib import Path

from ..errors import ArchiveError

IGNORED = (
    "__pycache__",
    "*.pyc",
    "*.pyo",
    ".git",
    ".hg",
    ".svn",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".DS_Store",
    "__MACOSX",
    "*~",
    "*.swp",
    "*.swo",
    ".#*",
    "#*#",
)
"""Names of files and folders that are no part of a module, wherever they lie in it."""

_IGNORED = re.compile("|".join(translate(form) for form in IGNORED))

CHUNK = 64 * 1024
"""Bytes read at a time."""


def is_ignored(relative: str) -> bool:
    """Say whether a file is no part of a module: caches, version control, editor backups.

    :param relative: the path below the module's folder, with ``/``.
    """
    return any(_IGNORED.match(part) for part in relative.split("/"))


def content_hash(folder: Path, found: Iterable[tuple[str, Path]] | None = None) -> str:
    """Return the SHA-256, in hex, of the names and bytes of all files of a module.

    It is the same for a folder, a copy of it and what is unpacked from an archive of it.
    Ignored files, empty folders, times and permissions do not count.

    :param found: what :func:`files` gave, if the caller looked already.
    :raises ArchiveError: for a link that leads nowhere or in a circle, or a special file.
    :raises OSError: if a file cannot be read.
    """
    total = hashlib.sha256()
    for name, file in files(folder) if found is None else found:
        # Lengths stand before what they measure, so no two trees give the same bytes.
        encoded = os.fsencode(name)
        total.update(f"{len(encoded)}:".encode() + encoded + file_digest(file, "sha256"))
    return total.hexdigest()


def file_digest(file: Path, algorithm: str) -> bytes:
    """Return the digest of one file.

    :raises OSError: if it cannot be read.
    """
    digest = hashlib.new(algorithm)
    with file.open("rb", buffering=0) as stream:
        while chunk := stream.read(CHUNK):  # file_digest() fills four times as much with zeros
            digest.update(chunk)
    return digest.digest()


def files(folder: Path, *, inside: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Yield the relative name (with ``/``) and the path of every file; links are followed.

    The order is that of the names in each folder, whatever the file system.

    :param folder: the module's folder.
    :param inside: the folder that no link may leave, if links are limited.
    :raises ArchiveError: for a link that leads outside, nowhere or in a circle, or a special file.
    """
    yield from _below(folder, "", inside, (folder,))


def _below(
    folder: Path, prefix: str, inside: Path | None, chain: tuple[Path, ...]
) -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=attrgetter("name"))
    for entry in entries:
        relative, path = prefix + entry.name, folder / entry.name
        if is_ignored(entry.name):
            continue
        if entry.is_symlink():
            _refuse_link(relative, path, inside, chain)
        if entry.is_dir():
            yield from _below(path, f"{relative}/", inside, (*chain, path))
        elif entry.is_file():
            yield relative, path
        else:
            raise ArchiveError(f"{relative!r} is a special file. Remove it from the module.")


def _refuse_link(relative: str, link: Path, inside: Path | None, chain: tuple[Path, ...]) -> None:
    advice = "Replace the link by what it leads to."
    if not link.exists():
        raise ArchiveError(f"{relative!r} is a link that leads nowhere. {advice}")
    target = link.resolve()
    if target in [one.resolve() for one in chain]:
        raise ArchiveError(f"{relative!r} is a link that leads in a circle. {advice}")
    if inside is not None and not target.is_relative_to(inside):
        raise ArchiveError(f"{relative!r} is a link that leads outside the module. {advice}")
