"""What the cache asks of where values are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import Protocol


class CacheStorage(Protocol):
    """Keeps bytes by key until their time is over or one of their tags is forgotten.

    Keys and tags are digests. Every method raises ``BackendUnavailable`` when the storage does
    not answer.
    """

    async def read(self, key: str) -> bytes | None:
        """Return what is kept, or ``None``."""

    async def begin(self, key: str, tags: Sequence[str], *, force: bool = False) -> Any:
        """Take note that a value is about to be made, and of the tags as they are now.

        :param force: also while another process makes it, which then cannot keep its own.
        :returns: what :meth:`finish` wants, or ``None`` when another process makes it.
        """

    async def finish(self, making: Any, value: bytes, ttl: float) -> None:
        """Keep a value that was made, unless something it stands for was forgotten meanwhile."""

    async def abandon(self, making: Any) -> None:
        """Take note that no value was made."""

    async def delete(self, key: str) -> None:
        """Forget a key; a value that is being made for it is not kept either."""

    async def forget(self, tag: str) -> None:
        """Forget all that has a tag; values that are being made with it are not kept either."""

    async def close(self) -> None:
        """Let go of connections. It can go on."""
