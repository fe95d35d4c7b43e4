"""A session as it is stored, and where it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from typing import Protocol

USER = "hf_user"
"""The key of a session under which its user is."""
GENERATION = "hf_generation"
"""The key under which the value is that tokens are bound to."""
MOST = 500
"""Most sessions of one user that are listed."""


@dataclass(frozen=True)
class Record:
    """A session as it is stored.

    :param id: the hash of the id that the visitor has.
    :param values: texts of JSON by key.
    :param created: seconds since the epoch, as are the next two.
    :param seen: when it was used last.
    :param expires: when nobody may use it any more.
    :param agent: the ``User-Agent`` that used it last.
    :param address: the address that used it last.
    """

    id: str
    values: Mapping[str, str]
    created: float
    seen: float
    expires: float
    agent: str = ""
    address: str = ""

    @property
    def user(self) -> str | None:
        """The user's id, as JSON."""
        return self.values.get(USER)


@dataclass(frozen=True)
class Change:
    """What one request did to a session.

    :param record: the session afterwards; its values are those that the request changed.
    :param deleted: keys that it deleted.
    """

    record: Record
    deleted: frozenset[str] = frozenset()

    def applied_to(self, values: Mapping[str, str]) -> Record:
        """Return the session with what others changed meanwhile under other keys."""
        kept = {key: text for key, text in values.items() if key not in self.deleted}
        return replace(self.record, values={**kept, **self.record.values})


class SessionStore(Protocol):
    """Where sessions are. Each method raises ``SessionsUnavailable`` when it is away."""

    async def read(self, identifier: str) -> Record | None:
        """Return a session, which may have expired."""
        ...

    async def create(self, record: Record) -> None:
        """Add a session, and remove a few that have expired."""
        ...

    async def update(self, identifier: str, change: Change) -> bool:
        """Apply a change in one step, unless the session has ended; say whether it was there.

        When the record has another id, the old one is gone.
        """
        ...

    async def end(self, identifier: str) -> bool:
        """Remove a session, and say whether it was there."""
        ...

    async def of_user(self, user: str) -> list[Record]:
        """Return the sessions of a user, at most :data:`MOST`, the one used last first."""
        ...

    async def end_user(self, user: str, keep: str | None) -> None:
        """Remove all sessions of a user but the one with the id *keep*."""
        ...

    def keep(self) -> None:
        """Keep connections from now on for what comes next, in the running loop."""
        ...

    async def close(self) -> None:
        """Close the connections that were kept."""
        ...
