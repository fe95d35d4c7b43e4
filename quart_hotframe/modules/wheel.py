"""What is special about a wheel: ``.dist-info``, the hashes in ``RECORD``, its package's name."""

from __future__ import annotations

import csv
import os
from base64 import urlsafe_b64encode
from pathlib import Path

from packaging.version import InvalidVersion
from packaging.version import Version

from ..errors import ArchiveError
from .content import file_digest
from .content import files
from .content import is_ignored
from .manifest import FILE_NAME

SUFFIX = ".dist-info"

_HASHES = ("sha256", "sha384", "sha512")
_UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_ADVICE = "Build the wheel anew."


def dist_info(tree: Path) -> Path | None:
    """Return the ``.dist-info`` folder of an unpacked wheel, or ``None`` if it is no wheel.

    :raises ArchiveError: if there are several.
    """
    found = [path for path in sorted(tree.glob(f"*{SUFFIX}")) if (path / "WHEEL").is_file()]
    if len(found) > 1:
        raise ArchiveError(f"It has {len(found)} {SUFFIX} folders. {_ADVICE}")
    return found[0] if found else None


def check_record(tree: Path, info: Path) -> None:
    """Compare the unpacked files with ``RECORD``: all listed, none more, all unchanged.

    A wheel without ``RECORD`` is accepted.

    :param tree: the folder that the wheel was unpacked into.
    :param info: its ``.dist-info`` folder.
    :raises ArchiveError: naming the first file that differs.
    """
    if not (info / "RECORD").is_file():
        return
    hashes = _recorded(info / "RECORD")
    unlisted = {f"{info.name}/{name}" for name in _UNLISTED}
    for name, file in files(tree):
        recorded = hashes.pop(name, None)
        if name in unlisted:
            continue
        if recorded is None:
            raise ArchiveError(f"{name!r} is not in RECORD. {_ADVICE}")
        _compare(name, file, recorded)
    missing = sorted(hashes.keys() - unlisted)
    if missing:
        raise ArchiveError(f"{missing[0]!r} is in RECORD, but not in the wheel. {_ADVICE}")


def check_version(info: Path, version: str) -> None:
    """Make sure that the wheel has the version of the manifest in it.

    :raises ArchiveError: if the two differ.
    """
    text = info.name.removesuffix(SUFFIX).rpartition("-")[2].replace("_", "-")
    try:
        same = Version(text) == Version(version)
    except InvalidVersion:
        same = False
    if not same:
        raise ArchiveError(f"The wheel has version {text}, its module.toml {version}. {_ADVICE}")


def kept(tree: Path, root: Path, name: str) -> Path:
    """Return the folder to keep of an unpacked wheel.

    A package that is not called as its module is kept in a folder around it, because its name is
    what its own code imports.

    :param tree: the folder that the wheel was unpacked into.
    :param root: its package.
    :param name: the module's name.
    """
    if root == tree or root.name == name or not root.name.isidentifier():
        return root
    around = tree.with_name("package")
    around.mkdir()
    root.rename(around / root.name)
    return around


def module_folder(version: Path) -> Path:
    """Return the folder of the module's files in that of an installed version."""
    if not version.is_dir() or os.path.lexists(version / FILE_NAME):
        return version
    inner = [path for path in version.iterdir() if (path / FILE_NAME).is_file()]
    return inner[0] if len(inner) == 1 else version


def _recorded(record: Path) -> dict[str, str]:
    """Return the hash of each file, as written; ignored files are left out."""
    hashes: dict[str, str] = {}
    try:
        with record.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream, strict=True):
                _record(row, hashes)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ArchiveError(f"RECORD cannot be read: {error}. {_ADVICE}") from None
    return hashes


def _record(row: list[str], hashes: dict[str, str]) -> None:
    if not row:
        return
    if len(row) != 3 or row[0] in hashes:
        raise ArchiveError(f"The line of {row[0]!r} in RECORD is wrong. {_ADVICE}")
    if not is_ignored(row[0]):
        hashes[row[0]] = row[1]


def _compare(name: str, file: Path, recorded: str) -> None:
    algorithm, _, wanted = recorded.partition("=")
    if algorithm not in _HASHES:
        raise ArchiveError(f"{name!r} has no SHA-2 hash in RECORD. {_ADVICE}")
    found = urlsafe_b64encode(file_digest(file, algorithm)).decode().rstrip("=")
    if found != wanted.rstrip("="):
        raise ArchiveError(f"{name!r} differs from its hash in RECORD. Get the wheel anew.")
