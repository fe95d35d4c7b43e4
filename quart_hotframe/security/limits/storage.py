"""What the limits ask of where counts are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from typing import Protocol

from .window import Window


class Hit(NamedTuple):
    """A request under one key."""

    key: str
    """A digest, so that what clients send never reaches a storage."""
    limit: int
    seconds: int


class Outcome(NamedTuple):
    """What came of counting: the windows are those with the request, kept or not."""

    passed: bool
    now: float
    windows: Sequence[Window]


class LimitStorage(Protocol):
    """Keeps windows by key."""

    async def hit(self, hits: Sequence[Hit]) -> Outcome:
        """Count a request under all keys, or under none when it does not fit under one.

        :raises BackendUnavailable: the storage does not answer.
        """
        ...

    async def close(self) -> None:
        """Let go of connections. It can go on."""
