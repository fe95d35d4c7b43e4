"""The names of the files in an archive: which are refused, and why."""

from __future__ import annotations

import re
import unicodedata

from ..errors import ArchiveError

MAX_LENGTH = 1024
"""Characters that a whole name may have."""
MAX_PART = 255
"""Bytes that one part of a name may have; more is no file name on common systems."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")


class EntryNames:
    """The names seen so far in one archive or folder.

    A name is never put right, only accepted or refused: an archive that needs that was made
    by a broken program or by an attacker.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, bool]] = {}

    def add(self, name: str, *, is_folder: bool = False) -> None:
        """Accept the relative path of a file or folder, with ``/``.

        :raises ArchiveError: if it leads outside, cannot be a name on every system, or is the
            name of another one but for capitals or the spelling of accents.
        """
        problem = _problem(name)
        if problem:
            raise ArchiveError(f"{name[:80]!r} {problem}. Make it anew, with plain relative names.")
        for length in _slashes(name):
            self._remember(name[:length], is_folder=True)
        self._remember(name, is_folder=is_folder)

    def _remember(self, name: str, *, is_folder: bool) -> None:
        this = (name, is_folder)
        before = self._seen.setdefault(_folded(name), this)
        if before is this or (before == this and is_folder):
            return
        if before[0] != name:
            raise ArchiveError(
                f"{name!r} and {before[0]!r} are one name on some systems. Rename one of them."
            )
        raise ArchiveError(f"{name!r} is there twice. Make the archive anew.")


def _slashes(name: str) -> list[int]:
    return [index for index, letter in enumerate(name) if letter == "/"]


def _problem(name: str) -> str:
    parts = name.split("/")
    if name.startswith("/"):
        return "is an absolute path"
    if "\\" in name or _DRIVE.match(name):
        return "has a drive letter or a backslash"
    if ".." in parts:
        return "leads outside the module"
    if "" in parts or "." in parts:
        return "has an empty part"
    return _unreadable(name)


def _unreadable(name: str) -> str:
    if _CONTROL.search(name):
        return "has a control character"
    try:
        longest = max(len(part.encode()) for part in name.split("/"))
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return "is too long" if longest > MAX_PART or len(name) > MAX_LENGTH else ""


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", decomposed))
