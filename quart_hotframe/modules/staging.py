"""Folders in which a version is put together before it is published by one rename."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

_NAME = re.compile(r"\.staging-(\d+)-[0-9a-f]+", re.ASCII)

# A process may get the number of a dead one (the first process of a container always does),
# so for its own number a process looks here.
_own: set[str] = set()


@contextmanager
def staging(into: Path) -> Iterator[Path]:
    """Make a folder ``.staging-<pid>-…`` in ``into`` and remove it at the end, whatever happens.

    :param into: the folder for it; made if absent.
    :raises OSError: if it cannot be made.
    """
    into.mkdir(parents=True, exist_ok=True)
    folder = into / f".staging-{os.getpid()}-{token_hex(8)}"
    _own.add(folder.name)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _own.discard(folder.name)


def remove(folder: Path, into: Path) -> None:
    """Remove ``folder``: a process killed meanwhile leaves all of it, or a staging folder.

    :param into: the folder of staging folders, on the same file system.
    :raises OSError: if it cannot be moved there.
    """
    doomed = into / f".staging-{os.getpid()}-{token_hex(8)}"
    os.rename(folder, doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def clean_staging(into: Path) -> list[str]:
    """Remove the staging folders that killed processes left; those of living ones stay.

    :param into: the folder they lie in; nothing happens if it is absent.
    :returns: the names of the removed folders.
    """
    names = sorted(path.name for path in into.iterdir()) if into.is_dir() else []
    stale = [name for name in names if _is_stale(name)]
    for name in stale:
        # Another worker may be removing the same one.
        shutil.rmtree(into / name, ignore_errors=True)
    return stale


def _is_stale(name: str) -> bool:
    found = _NAME.fullmatch(name)
    if not found:
        return False
    pid = int(found[1])
    return name not in _own if pid == os.getpid() else not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
