"""Where files lie that pages have sent: a folder of this process, which goes with it."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

LOCK = "lock"


class Lock(Protocol):
    """A lock of the kernel, which goes with the process that has it."""

    def release(self) -> None:
        """Let go of it."""
        ...


TryLock = Callable[[Path], Lock | None]
"""Locks a file, or returns ``None`` where another process has it."""


class Folder:
    """The folder of this process.

    :param above: what the folders of all processes lie in.
    :param try_lock: tells a folder in use from one that a killed process left.
    """

    def __init__(self, above: Path, try_lock: TryLock) -> None:
        self._above = above
        self._try_lock = try_lock
        self._mutex = threading.Lock()
        self._own: Path | None = None
        self._lock: Lock | None = None

    async def clear(self) -> None:
        """Delete what processes have left that are not there any more."""
        await asyncio.to_thread(self._clear)

    def _clear(self) -> None:
        for folder in self._above.iterdir() if self._above.is_dir() else ():
            with suppress(OSError, ImportError):
                lock = self._try_lock(folder / LOCK)
                if lock is not None:
                    shutil.rmtree(folder, ignore_errors=True)
                    lock.release()

    def new_file(self) -> Path:
        """Return the path of a file that is not there yet; called in any thread."""
        with self._mutex:
            if self._own is None:
                self._own = self._begun()
            return self._own / secrets.token_hex(16)

    def _begun(self) -> Path:
        while True:
            own = self._above / f"{os.getpid()}-{secrets.token_hex(4)}"
            own.mkdir(mode=0o700, parents=True)
            try:
                self._lock = self._try_lock(own / LOCK)
            except FileNotFoundError:  # a process that starts now took it for left behind
                continue
            except ImportError:  # this system has no such locks
                return own
            if self._lock is not None:
                return own

    async def remove(self) -> None:
        """Delete the folder with all that lies in it."""
        own, self._own = self._own, None
        if own is not None:
            await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def unlink(paths: Iterable[Path]) -> None:
    """Delete files that may be gone already."""
    for path in paths:
        with suppress(OSError):
            path.unlink()
