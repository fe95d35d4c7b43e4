"""Write files so that a process killed at any moment leaves the old or the new content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

from ..errors import StoreError


def make_folder(folder: Path) -> None:
    """Create ``folder`` for this user alone, with its parents; an existing one stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_atomically(path: Path, data: bytes, *, modified_ns: int | None = None) -> None:
    """Replace the content of ``path``; the data is on the disk when this returns.

    There must be one writer at a time: the temporary file has a fixed name, so that a killed
    writer leaves at most one, and the next writer uses it up.

    :param modified_ns: the time of change that the file gets, in nanoseconds since the epoch.
    """
    temporary = temporary_of(path)
    try:
        _write_durably(temporary, data, modified_ns)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def temporary_of(path: Path) -> Path:
    """Return the name under which :func:`write_atomically` prepares ``path``."""
    return path.with_name(f".{path.name}.tmp")


def _write_durably(path: Path, data: bytes, modified_ns: int | None) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if modified_ns is not None:
            os.utime(path, ns=(modified_ns, modified_ns))
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_newest(folder: Path, pattern: str, count: int) -> None:
    """Remove the files of ``folder`` that match ``pattern``, but for the ``count`` newest."""
    times: list[tuple[int, Path]] = []
    for path in folder.glob(pattern):
        with suppress(FileNotFoundError):  # another process clears up too
            times.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(times)[:-count]:
        path.unlink(missing_ok=True)


@contextmanager
def reported(doing: str, path: Path) -> Iterator[None]:
    """Turn an error of the system into a ``StoreError`` that names the file.

    :param doing: what was tried, as a verb: ``"read"``.
    :param path: the file or folder to name when the system names none.
    """
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"cannot {doing} {error.filename or path}: {error.strerror or error}. Check that"
            " this user may write in the folder and that the disk is not full."
        ) from error
