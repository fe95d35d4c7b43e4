"""Who of one host is alive: a held lock for each participant.

The kernel drops a lock when its process ends, in whatever way. ``<id>.lock`` is the lock,
``<id>.leaving`` says that the process was asked to end. All methods block.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import StoreError
from .. import locking
from ..files import make_folder

_TRIES = 200
_PAUSE = 0.005  # seconds


class Presence:
    """The locks in ``folder``, and the one that this object holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: locking.Lock | None = None

    def hold(self, identifier: str) -> None:
        """Hold a participant's lock; anew when somebody removed the file.

        :raises StoreError: another process holds it.
        """
        if self.is_held():
            return
        self.let_go()
        make_folder(self.folder)
        path = self._lock_file(identifier)
        for _ in range(_TRIES):  # a reader that looks whether we live holds it for a moment
            self._lock = locking.try_lock(path)
            if self._lock is not None:
                return
            time.sleep(_PAUSE)
        raise StoreError(
            f"{path} is locked: another live process is registered as {identifier}."
            " Register under an id of its own: Participant.new(kind) makes one."
        )

    def is_held(self) -> bool:
        """Say whether this process holds its lock, which a forked child does not."""
        return self._lock is not None and self._lock.is_in_place()

    def let_go(self) -> None:
        """Let go of the lock; harmless when repeated."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def leaving(self, identifier: str) -> None:
        """Note that a participant was asked to end; from a signal handler, without waiting."""
        self._leaving_file(identifier).touch(mode=0o600)

    def is_leaving(self, identifier: str) -> bool:
        """Say whether a participant was asked to end."""
        return self._leaving_file(identifier).exists()

    def forget(self, identifier: str) -> None:
        """Remove the files of a participant."""
        self._leaving_file(identifier).unlink(missing_ok=True)
        self._lock_file(identifier).unlink(missing_ok=True)

    @contextmanager
    def absence(self, identifier: str) -> Iterator[bool | None]:
        """Look whether a participant is gone; nobody takes its place while the block runs.

        It gives ``True`` when nobody holds the lock, and ``None`` when there is no such file.
        """
        try:
            # Shared: two who look at the same time must not take each other for the owner.
            lock = locking.try_lock(self._lock_file(identifier), shared=True, create=False)
        except FileNotFoundError:
            yield None
            return
        try:
            yield lock is not None
        finally:
            if lock is not None:
                lock.release()

    def _leaving_file(self, identifier: str) -> Path:
        return self.folder / f"{identifier}.leaving"

    def _lock_file(self, identifier: str) -> Path:
        return self.folder / f"{identifier}.lock"
