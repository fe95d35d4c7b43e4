"""Taking the state over from the store in files, once, when an app begins to use a database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path

from ...errors import StoreError
from ..state import History
from ..state import State
from .filestore import FileStore
from .filestore import MOVED
from .filestore import STATE

log = logging.getLogger("quart_hotframe.modules")

Change = Callable[[Callable[[State], State]], Awaitable[State]]
Copy = Callable[[list[History]], Awaitable[None]]


class Takeover:
    """What the store in files left.

    :param folder: of the store in files.
    :param where: the address of the database, for messages.
    """

    def __init__(self, folder: Path, where: str) -> None:
        self._folder = folder
        self._where = where

    def is_due(self) -> bool:
        """Say whether there is a state in files that was not taken over."""
        return (self._folder / STATE).exists() and not (self._folder / MOVED).exists()

    async def take(self, change: Change, copy: Copy) -> State:
        """Write the state of the files into a store that is not initialised.

        The files stay, with a mark that the store in files explains.

        :returns: the state that is now in the store.
        :raises StoreError: an operation is open in the files.
        """
        files = FileStore(self._folder)
        left = await files.read()
        if left.operation is not None:
            raise StoreError(
                f"the {left.operation.kind} of {left.operation.module!r} is open in"
                f" {self._folder / STATE}, so that cannot be taken over into {self._where}."
                " Start the app once with HOTFRAME_STORE=file: it ends the operation."
            )
        found: list[bool] = []

        def fill(state: State) -> State:
            found[:] = [is_empty(state)]
            return left if is_empty(state) else state

        state = await change(fill)
        if found == [True]:
            await copy(list(reversed(await files.operations(limit=1000))))
            await asyncio.to_thread(self._mark)
            log.warning("The modules of %s are now in %s.", self._folder / STATE, self._where)
        return state

    def _mark(self) -> None:
        (self._folder / MOVED).write_text(f"{self._where}\n", "utf-8")


def is_empty(state: State) -> bool:
    """Say whether nobody has decided anything in a store."""
    return not (state.initialised or state.revision or state.modules)
