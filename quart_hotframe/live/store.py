"""Where the states of components are that pages have used."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Protocol

OVERHEAD = 2048
"""Bytes that a record takes beside its state."""


@dataclass(frozen=True, slots=True)
class Record:
    """The state of one instance, which is replaced and never changed.

    :param key: stands for session, login, page and id.
    :param session: stands for session and login, for the limit of each.
    :param handle: what the page shows in the place of a snapshot.
    :param schema: the ``state_version`` of the class that wrote the state.
    :param seq: the last event of the page that was answered, and *result* what came of it.
    """

    key: str
    session: str
    handle: str
    component: str
    id: str
    schema: int
    version: int
    seq: int
    state: bytes
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return OVERHEAD + len(self.state)


class StateStore(Protocol):
    """Keeps records by key."""

    durable: bool
    """Whether they outlive the process, so that pages need no snapshots after events."""

    async def load(self, key: str) -> Record | None:
        """Return a record."""
        ...

    async def save(self, record: Record, replaced: Record | None) -> bool:
        """Keep a record if the one that it replaces is still there; say whether it is kept."""
        ...

    async def forget(self, key: str) -> None:
        """Keep a record no longer."""
        ...


class MemoryStore:
    """Keeps records in one process; the one that was used least recently goes first.

    :param size: most bytes of all together.
    :param each: most instances of one session.
    :param gone: is told the key of what it keeps no longer.
    """

    durable = False

    def __init__(
        self, size: int, each: int, gone: Callable[[str], object] = lambda key: None
    ) -> None:
        self._gone = gone
        self._limit = size
        self._each = max(each, 1)
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._sessions: dict[str, OrderedDict[str, None]] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._records)

    async def load(self, key: str) -> Record | None:
        """Return a record, which is used most recently from now on."""
        found = self._records.get(key)
        if found is not None:
            self._records.move_to_end(key)
            self._sessions[found.session].move_to_end(key)
        return found

    async def save(self, record: Record, replaced: Record | None) -> bool:
        """Keep a record, and let go of those that are too many."""
        known = self._records.get(record.key)
        if known is not None and known is not replaced:
            return False
        self._remove(record.key)
        self._records[record.key] = record
        own = self._sessions.setdefault(record.session, OrderedDict())
        own[record.key] = None
        self.size += record.size
        while len(own) > self._each:
            await self.forget(next(iter(own)))
        while self.size > self._limit and len(self._records) > 1:
            await self.forget(next(iter(self._records)))
        return True

    async def forget(self, key: str) -> None:
        """Keep a record no longer."""
        self._remove(key)
        self._gone(key)

    def _remove(self, key: str) -> None:
        gone = self._records.pop(key, None)
        if gone is None:
            return
        self.size -= gone.size
        own = self._sessions[gone.session]
        own.pop(key)
        if not own:
            del self._sessions[gone.session]
