"""What live components ask of databases, which they do not know."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class UnitsOfWork(Protocol):
    """The units of work of the code that runs."""

    def unit(
        self, *, reads: bool = False, lasts: bool = False
    ) -> AbstractAsyncContextManager[None]:  # fmt: skip
        """Give a block units of work, for what no request brings; they end with it.

        :param reads: the block is not expected to write.
        :param lasts: it may take long.
        """
        ...

    def are_open(self) -> bool:
        """Say whether something was done in one that has not ended."""
        ...

    async def finish(self) -> None:
        """Commit what the event or request has written; what is written later comes to another."""
        ...

    async def settle(self) -> None:
        """Commit what the block has written, unless its author is in a transaction."""
        ...

    async def undo(self) -> None:
        """Roll back what the event or request has written so far, and go on."""
        ...
