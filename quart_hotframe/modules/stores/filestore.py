"""The store of one host, in files that all its processes share."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from typing import ParamSpec
from typing import TypeVar

from ...errors import StoreError
from .. import locking
from ..files import make_folder
from ..files import reported
from ..files import write_atomically
from ..participants import Death
from ..participants import Participant
from ..participants import Trouble
from ..state import History
from ..state import State
from .encoding import check_change
from .encoding import check_identifier
from .encoding import decode
from .encoding import encode
from .encoding import unwritable
from .journal import Journal
from .membership import Membership

STATE = "state.json"
MOVED = "state.json.moved"
"""The file that says where the state was taken over to."""
_LONGEST_PAUSE = 0.05  # seconds

P = ParamSpec("P")
T = TypeVar("T")


class FileStore:
    """A :class:`~quart_hotframe.modules.store.ModuleStore` in a folder of this host.

    ``state.json`` is replaced as a whole under a lock of the kernel, so a process killed at
    any moment leaves the old or the new state; ``state.json.bak`` has the state before. The
    folder appears with the first change or registration, readable by this user only. All
    waiting is done in threads or on timers, never in the event loop.

    The folder must lie on a local file system. Register after a worker process was started,
    not before a fork: a forked child is not the participant that its parent is.

    :param folder: where the files lie; it need not exist.
    :param patience: how long :meth:`change` waits for another process, in seconds.
    :raises StoreError: the system has no POSIX file locks.

    ::

        store = FileStore(Path(app.instance_path) / "hotframe")
        state = await store.change(lambda state: replace(state, initialised=True))
    """

    def __init__(self, folder: Path, *, patience: float = 10.0) -> None:
        locking.require_flock()
        self.folder = Path(folder)
        self._patience = patience
        self._path = self.folder / STATE
        self._backup = self.folder / "state.json.bak"
        self._lock = self.folder / "lock"
        self._membership = Membership(self.folder)
        self._journal = Journal(self.folder / "operations")

    async def read(self) -> State:
        """Return the state; see :meth:`ModuleStore.read`.

        :raises StoreError: ``state.json`` is damaged, from a newer version, or not readable.
        """
        return await self._in_thread(self._load)

    async def change(self, function: Callable[[State], State]) -> State:
        """Replace the state by what ``function`` makes of it; see :meth:`ModuleStore.change`.

        A cancelled call may still have written. An unchanged state is not written again.

        :raises StoreError: another process kept the lock, the revision would fall, or the
            state cannot be read or written.
        """
        give_up = time.monotonic() + self._patience
        pause = 0.001
        while (state := await asyncio.to_thread(self._try_change, function)) is None:
            if time.monotonic() > give_up:
                raise await asyncio.to_thread(self._busy)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return state

    def follow(self, wake: Callable[[], None]) -> None:
        """Nothing is kept open, and nobody is woken: see :meth:`ModuleStore.follow`."""

    async def close(self) -> None:
        """Nothing is kept open."""

    async def changed(self, since: State) -> bool:
        """Say whether ``state.json`` was replaced after ``since`` was read: one ``stat``.

        :raises StoreError: the folder is not accessible.
        """
        try:
            with reported("look at", self._path):
                return _signature(os.stat(self._path)) != since.signature
        except StoreError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return since.signature is not None
            raise

    async def register(self, participant: Participant) -> None:
        """Make this process known as alive; see :meth:`ModuleStore.register`.

        :raises StoreError: registered already, or the id is in use or not fit for a file name.
        """
        check_identifier(participant.id)
        await self._in_thread(self._membership.register, participant)

    async def unregister(self) -> None:
        """Say goodbye; see :meth:`ModuleStore.unregister`."""
        await self._in_thread(self._membership.unregister)

    def leaving(self) -> None:
        """Note that this process was asked to end; see :meth:`ModuleStore.leaving`."""
        self._membership.leaving()

    async def acknowledge(self, operation_id: str, phase: str, error: str | None = None) -> None:
        """Tell how this participant did in a phase; see :meth:`ModuleStore.acknowledge`.

        The acknowledgements of the newest 20 operations are kept.

        :raises StoreError: this process is not registered.
        """
        await self._in_thread(self._membership.acknowledge, operation_id, phase, error)

    async def served(self, revision: int) -> None:
        """Tell which revision is served; see :meth:`ModuleStore.served`.

        :raises StoreError: this process is not registered.
        """
        await self._in_thread(self._membership.served, revision)

    async def report(self, troubles: Mapping[str, Trouble]) -> None:
        """Tell which modules do not fare well in this participant; see :meth:`ModuleStore.report`.

        :raises StoreError: this process is not registered.
        """
        await self._in_thread(self._membership.report, troubles)

    async def participants(self) -> dict[str, Participant]:
        """Return the live participants by id; see :meth:`ModuleStore.participants`."""
        return await self._in_thread(self._membership.live)

    async def deaths(self) -> list[Death]:
        """Return the newest 50 deaths, oldest first; those not yet noticed are noticed now."""
        return await self._in_thread(self._membership.deaths)

    async def journal(self, operation_id: str, entry: Mapping[str, Any]) -> None:
        """Append an entry to the history of an operation; see :meth:`ModuleStore.journal`.

        :raises StoreError: the id is not fit for a file name, or the entry is not JSON.
        """
        check_identifier(operation_id)
        await self._in_thread(self._append, operation_id, entry)

    async def operations(self, limit: int = 20) -> list[History]:
        """Return the history of operations, the newest first; the newest 200 are kept."""
        return await self._in_thread(self._journal.newest, limit)

    async def _in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with reported("use", self.folder):
            return await asyncio.to_thread(function, *args, **kwargs)

    def _append(self, operation_id: str, entry: Mapping[str, Any]) -> None:
        try:
            self._journal.append(operation_id, entry)
        except (TypeError, ValueError) as error:
            raise unwritable(operation_id, error) from error

    def _load(self) -> State:
        self._check_not_moved()
        try:
            with self._path.open("rb") as file:
                signature = _signature(os.fstat(file.fileno()))
                data = file.read()
        except FileNotFoundError:
            return State()
        try:
            return decode(data, str(self._path), signature)
        except StoreError as error:
            raise StoreError(f"{error} {self._advice()}") from error

    def _check_not_moved(self) -> None:
        mark = self.folder / MOVED
        try:
            where = mark.read_text("utf-8").strip()
        except FileNotFoundError:
            return
        raise StoreError(
            f"the modules of {self._path} were taken over into {where}, so what has changed since"
            f" is not in the file. Set HOTFRAME_STORE=database; or remove {mark} to go back to the"
            " modules of that time."
        )

    def _advice(self) -> str:
        if not self._backup.exists():
            return "Put back a good copy of the file, or remove it to begin anew."
        return (
            f"Or copy {self._backup} over it: that is the state before the last change."
            " Removing both begins anew."
        )

    def _try_change(self, function: Callable[[State], State]) -> State | None:
        """Change the state, or return ``None`` when another has the lock."""
        with reported("lock", self._lock):
            make_folder(self.folder)
            lock = locking.try_lock(self._lock)
        if lock is None:
            return None
        try:
            with reported("read", self._path):
                lock.sign()
                old = self._load()
            new = function(old)
            with reported("write", self._path):
                return self._replace(old, new)
        finally:
            lock.release()

    def _replace(self, old: State, new: State) -> State:
        data = encode(new)
        # Read back before it is written, so that no process meets a state it must refuse.
        new = decode(data, str(self._path), None)
        if new == old and old.signature is not None:
            return old
        check_change(old, new)
        return self._write(data, has_old=old.signature is not None)

    def _write(self, data: bytes, *, has_old: bool) -> State:
        modified_ns = time.time_ns()
        if has_old:
            # Two changes within one tick of the clock must not look alike to changed().
            modified_ns = max(modified_ns, self._path.stat().st_mtime_ns + 1)
            write_atomically(self._backup, self._path.read_bytes())
        write_atomically(self._path, data, modified_ns=modified_ns)
        return self._load()

    def _busy(self) -> StoreError:
        return StoreError(
            f"{self._lock} is held by {locking.signer(self._lock)} for more than"
            f" {self._patience:g} s. Wait until its change is written; if it hangs, end it:"
            " the lock goes with the process."
        )


def _signature(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_ino, status.st_size
