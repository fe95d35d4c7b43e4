"""Locks of the kernel on files (``flock``): a process that dies lets go of them at once.

A lock belongs to the open file, so two stores in one process exclude each other just as two
processes do. Files are opened so that programs started with ``exec`` do not inherit them, and
a child made by a bare fork closes its copies: otherwise it would keep alive what has died.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from ..errors import StoreError

_held: set[Lock] = set()


class Lock:
    """A lock that is held until :meth:`release` or the end of the process.

    :param descriptor: the open, locked file.
    :param path: where the file was found.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor: int | None = descriptor
        self._path = path
        _held.add(self)

    def is_in_place(self) -> bool:
        """Say whether the lock is held and its file still the one that others find."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self._path))
        except FileNotFoundError:
            return False

    def sign(self) -> None:
        """Write this process's id into the file, for the messages of those who wait."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let go of the lock; harmless when repeated."""
        from fcntl import flock
        from fcntl import LOCK_UN

        if self._descriptor is not None:
            # Closing alone would not do while a fork has a copy of the descriptor.
            flock(self._descriptor, LOCK_UN)
            self.close()

    def close(self) -> None:
        """Close this process's copy; a lock that another copy holds stays."""
        _held.discard(self)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def require_flock() -> None:
    """Check that this system has ``flock``.

    :raises StoreError: it has not.
    """
    if find_spec("fcntl") is None:
        raise StoreError(
            f"the store in files needs POSIX file locks (flock), which {sys.platform} has not."
            " Run the app on Linux, macOS or another POSIX system."
        )


def try_lock(path: Path, *, shared: bool = False, create: bool = True) -> Lock | None:
    """Try once to lock ``path``; never waits.

    :param shared: with others that share; only an exclusive lock stands in the way then.
    :param create: make the file where it is absent.
    :returns: the lock, or ``None`` when another open file has it.
    :raises FileNotFoundError: the file is absent and not to be made.
    """
    # Not at the head of the file: the module must be importable where fcntl is not.
    from fcntl import flock
    from fcntl import LOCK_EX
    from fcntl import LOCK_NB
    from fcntl import LOCK_SH

    descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    lock = Lock(descriptor, path)
    try:
        flock(descriptor, (LOCK_SH if shared else LOCK_EX) | LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    except BaseException:
        lock.close()
        raise
    # Whoever clears up may have removed the file between opening and locking it.
    if not lock.is_in_place():
        lock.release()
        return None
    return lock


def signer(path: Path) -> str:
    """Name the process that signed last: ``"process 4711"``, or ``"another process"``."""
    try:
        pid = path.read_text("ascii").strip()
    except (OSError, ValueError):
        pid = ""
    return f"process {pid}" if pid.isdigit() else "another process"


def _close_copies() -> None:
    for lock in list(_held):
        lock.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_copies)
