"""Sessions in the memory of one process, within a limit."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice

from .record import Change
from .record import MOST
from .record import Record

MAX_BYTES = 64 * 1024 * 1024
"""Most bytes of all sessions of a process, roughly."""
FEW = 10
"""How many sessions are looked at for each new one, to remove those that have expired."""
FIXED = 1000
"""Bytes that a session takes beside its values, roughly."""


class MemoryStore:
    """A :class:`~.record.SessionStore` in this process; a restart ends all sessions.

    When it is full, sessions without a user go first, so that visitors who make up many sessions do
    not log others out. Among equals the one goes that was used longest ago.

    :param max_bytes: the limit.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._anonymous: OrderedDict[str, Record] = OrderedDict()
        self._known: OrderedDict[str, Record] = OrderedDict()
        self._users: dict[str, set[str]] = {}
        self._bytes = 0

    async def read(self, identifier: str) -> Record | None:
        """Return a session; see the protocol."""
        return self._known.get(identifier) or self._anonymous.get(identifier)

    async def create(self, record: Record) -> None:
        """Add a session; see the protocol."""
        for records in (self._anonymous, self._known):
            for oldest in list(islice(records.values(), FEW)):
                if oldest.expires <= record.seen:
                    self._remove(oldest.id)
        self._add(record)

    async def update(self, identifier: str, change: Change) -> bool:
        """Apply a change; see the protocol."""
        before = self._remove(identifier)
        if before is None:
            return False
        self._add(change.applied_to(before.values))
        return True

    async def end(self, identifier: str) -> bool:
        """Remove a session; see the protocol."""
        return self._remove(identifier) is not None

    async def of_user(self, user: str) -> list[Record]:
        """Return the sessions of a user; see the protocol."""
        found = [self._known[one] for one in self._users.get(user, ())]
        return sorted(found, key=lambda one: one.seen, reverse=True)[:MOST]

    async def end_user(self, user: str, keep: str | None) -> None:
        """Remove the sessions of a user; see the protocol."""
        for identifier in self._users.get(user, set()) - {keep}:
            self._remove(identifier)

    def keep(self) -> None:
        """Do nothing: there are no connections."""

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _add(self, record: Record) -> None:
        self._remove(record.id)
        self._bytes += _size(record)
        if record.user is None:
            self._anonymous[record.id] = record
        else:
            self._known[record.id] = record
            self._users.setdefault(record.user, set()).add(record.id)
        while self._bytes > self._max_bytes:
            self._remove(next(iter(self._anonymous or self._known)))

    def _remove(self, identifier: str) -> Record | None:
        record = self._known.pop(identifier, None) or self._anonymous.pop(identifier, None)
        if record is None:
            return None
        self._bytes -= _size(record)
        if record.user is not None:
            own = self._users[record.user]
            own.discard(identifier)
            if not own:
                del self._users[record.user]
        return record


def _size(record: Record) -> int:
    return FIXED + sum(len(key) + len(text) for key, text in record.values.items())
