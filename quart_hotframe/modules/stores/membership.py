"""Who is alive: one file and one held lock for each participant.

A participant lives as long as its lock is held. The kernel drops the lock when the process
ends, in whatever way, so there are no heartbeats. ``workers/<id>.json`` says what the
participant told; ``workers/<id>.lock`` is the lock. The file of a worker that died moves to
``deaths/``; its time of change is when the death was noticed. All methods block.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ...errors import StoreError
from ..files import keep_newest
from ..files import make_folder
from ..files import temporary_of
from ..files import write_atomically
from ..participants import Death
from ..participants import Participant
from ..participants import Trouble
from .presence import Presence

KEPT_DEATHS = 50


class Membership:
    """The participants of the store in ``folder``, and the one of this store object."""

    def __init__(self, folder: Path) -> None:
        self._workers = folder / "workers"
        self._deaths = folder / "deaths"
        self._own: Participant | None = None
        self._presence = Presence(self._workers)
        self._mutex = threading.Lock()

    def register(self, participant: Participant) -> None:
        """Hold the participant's lock and write its file."""
        with self._mutex:
            if self._own is not None:
                raise StoreError(
                    f"this store object has registered participant {self._own.id} already."
                    " Unregister it first, or make another FileStore."
                )
            try:
                self._write(participant)
            except BaseException:
                self._leave(participant.id)
                raise

    def unregister(self) -> None:
        """Remove the participant's files, then let go of its lock."""
        with self._mutex:
            if self._own is not None:
                self._leave(self._own.id)

    def leaving(self) -> None:
        """Note that the participant was asked to end; from a signal handler, without waiting."""
        own = self._own
        if own is not None:
            self._presence.leaving(own.id)

    def acknowledge(self, operation_id: str, phase: str, error: str | None) -> None:
        """Note the outcome of a phase in the participant's file."""
        with self._mutex:
            self._write(self._registered().acknowledging(operation_id, phase, error))

    def served(self, revision: int) -> None:
        """Note the revision and since when it is served."""
        with self._mutex:
            own = self._registered()
            if own.revision != revision:
                self._write(own.serving(revision))

    def report(self, troubles: Mapping[str, Trouble]) -> None:
        """Note in the participant's file which modules do not fare well in it."""
        with self._mutex:
            self._write(replace(self._registered(), troubles=dict(troubles)))

    def live(self) -> dict[str, Participant]:
        """Return who is alive; bury the dead."""
        found = (self._visit(identifier) for identifier in self._identifiers())
        return {participant.id: participant for participant in found if participant}

    def deaths(self) -> list[Death]:
        """Bury the dead, then return the newest deaths, oldest first."""
        self.live()
        found = (self._read_death(path) for path in self._deaths.glob("*.json"))
        return sorted((death for death in found if death), key=lambda death: death.noticed)

    def _registered(self) -> Participant:
        if self._own is None:
            raise StoreError("this process is not registered in the store. Call register() first.")
        return self._own

    def _write(self, participant: Participant) -> None:
        self._presence.hold(participant.id)
        data = json.dumps(participant.to_dict(), indent=1).encode()
        write_atomically(self._file(participant.id), data)
        self._own = participant

    def _leave(self, identifier: str) -> None:
        # Without the lock the files are another's, as in a forked child; and the file goes
        # first, so that a process killed in between has left no death.
        if self._presence.is_held():
            self._file(identifier).unlink(missing_ok=True)
            self._presence.forget(identifier)
        self._presence.let_go()
        self._own = None

    def _identifiers(self) -> list[str]:
        """Return the ids that have a file or a lock, the dead among them."""
        try:
            names = os.listdir(self._workers)
        except FileNotFoundError:
            return []
        return sorted({Path(name).stem for name in names if not name.startswith(".")})

    def _visit(self, identifier: str) -> Participant | None:
        with self._presence.absence(identifier) as gone:
            if gone is False:
                return self._read(self._file(identifier))
            self._bury(identifier)
        return None

    def _bury(self, identifier: str) -> None:
        path = self._file(identifier)
        participant = self._read(path)
        leaving = self._presence.is_leaving(identifier)
        if participant is not None and participant.kind == "worker" and not leaving:
            self._record_death(path)
        for rest in (path, temporary_of(path)):
            rest.unlink(missing_ok=True)
        self._presence.forget(identifier)

    def _record_death(self, path: Path) -> None:
        make_folder(self._deaths)
        target = self._deaths / path.name
        with suppress(FileNotFoundError):  # another process was first
            os.rename(path, target)
            os.utime(target)
            keep_newest(self._deaths, "*.json", KEPT_DEATHS)

    def _read_death(self, path: Path) -> Death | None:
        participant = self._read(path)
        try:
            noticed = path.stat().st_mtime
        except FileNotFoundError:
            return None
        return Death.of(participant, noticed) if participant else None

    def _read(self, path: Path) -> Participant | None:
        try:
            data = json.loads(path.read_bytes())
            return Participant.from_dict(data, str(path))
        except FileNotFoundError:
            return None
        except StoreError as error:
            raise StoreError(f"{error} Or remove the file.") from error
        except ValueError as error:
            raise StoreError(f"{path} is damaged ({error}). Remove the file.") from error

    def _file(self, identifier: str) -> Path:
        return self._workers / f"{identifier}.json"
