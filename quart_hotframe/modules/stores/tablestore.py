"""The store in tables of a database, which processes on any number of hosts share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlalchemy import Row
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from ...errors import StoreError
from ..participants import Death
from ..participants import Participant
from ..participants import Trouble
from ..state import History
from ..state import State
from . import tables
from .connections import Connections
from .connections import Transaction
from .encoding import check_change
from .encoding import check_identifier
from .encoding import decode
from .encoding import encode
from .hosts import Hosts
from .tablejournal import TableJournal
from .tablemembership import TableMembership
from .tables import STATE
from .takeover import is_empty
from .takeover import Takeover

Hear = Callable[[AsyncConnection, str, Callable[[], None]], Awaitable[None]]

CHANNEL = "hotframe_store"
"""The channel of PostgreSQL on which changes are told."""
RETRY = 1.0
"""Seconds until a broken connection that listens is made anew."""
IDLE = 60.0
"""Seconds after which PostgreSQL ends a change whose process or host stands still."""


@dataclass(frozen=True)
class _Refused:
    """What the function of a change raised."""

    error: Exception


class TableStore:
    """A :class:`~quart_hotframe.modules.store.ModuleStore` in SQLite or PostgreSQL.

    The tables appear with the first change or registration. A state that the store in files has
    is taken over then, once. On PostgreSQL a change wakes those who follow.

    :param connections: connections to the database, apart from those of the app.
    :param folder: of this host, for locks; also of the store in files that was used before.
    :param timeout: seconds of silence after which nobody waits for a process on another host.
    :param hear: calls a function for each notification on a channel, where there are any.

    ::

        store = TableStore(connections, Path(app.instance_path) / "hotframe", 10.0)
        state = await store.change(lambda state: replace(state, initialised=True))
    """

    def __init__(
        self, connections: Connections, folder: Path, timeout: float, hear: Hear | None = None
    ) -> None:
        self._connections = connections
        self._where = f"{STATE.name} in {connections.where}"
        self._membership = TableMembership(connections, Hosts(folder / "present"), timeout)
        self._journal = TableJournal(connections)
        self._takeover = Takeover(folder, connections.where)
        self._hear = hear
        self._hearing: asyncio.Task[None] | None = None
        self._made = False

    # -- the state -------------------------------------------------------------------------------

    async def read(self) -> State:
        """Return the state; see :meth:`ModuleStore.read`.

        :raises StoreError: the database does not answer, or the state is damaged.
        """
        row = await self._row()
        state = self._state(row) if row is not None else State()
        if is_empty(state) and await asyncio.to_thread(self._takeover.is_due):
            return await self._takeover.take(self._change, self._journal.copy)
        return state

    async def change(self, function: Callable[[State], State]) -> State:
        """Replace the state by what ``function`` makes of it; see :meth:`ModuleStore.change`.

        The row is locked meanwhile. An unchanged state is not written again.

        :raises StoreError: the database does not answer, another process kept the lock, or the
            revision would fall.
        """
        if await asyncio.to_thread(self._takeover.is_due):
            await self.read()
        return await self._change(function)

    async def _change(self, function: Callable[[State], State]) -> State:
        await self._make()
        with self._looking_again():
            async with self._connections.writing() as transaction:
                result = await self._changed(transaction, function)
        if isinstance(result, _Refused):
            raise result.error
        return result

    async def _changed(
        self, transaction: Transaction, function: Callable[[State], State]
    ) -> State | _Refused:
        row = await self._locked(transaction)
        old = self._state(row)
        try:
            new = await transaction.apart(_in_thread(function, old))
        except Exception as error:
            return _Refused(error)
        data = encode(new)
        # Read back before it is written, so that no process meets a state it must refuse.
        new = decode(data, self._where, row.version + 1)
        if new == old and old.signature is not None:
            return old
        check_change(old, new)
        await transaction.execute(
            update(STATE).values(version=row.version + 1, state=data.decode())
        )
        if transaction.is_postgres and _is_urgent(old, new):
            await transaction.execute(select(func.pg_notify(CHANNEL, "")))
        return new

    async def _locked(self, transaction: Transaction) -> Row[Any]:
        row = select(STATE).with_for_update()
        if transaction.is_postgres:
            setting, idle = "idle_in_transaction_session_timeout", f"{IDLE * 1000:.0f}"
            row = row.add_columns(func.set_config(setting, idle, True))
        return (await transaction.execute(row)).one()

    async def changed(self, since: State) -> bool:
        """Say whether the state was changed after ``since`` was read; see
        :meth:`ModuleStore.changed`.

        :raises StoreError: the database does not answer.
        """
        row = await self._row(STATE.c.version, STATE.c.state.is_(None).label("empty"))
        signature = row.version if row is not None and not row.empty else None
        if signature is None and await asyncio.to_thread(self._takeover.is_due):
            return True
        return bool(signature != since.signature)

    async def _row(self, *columns: Any) -> Row[Any] | None:
        if not await self._is_there():
            return None
        with self._looking_again():
            async with self._connections.reading() as transaction:
                return (await transaction.execute(select(*(columns or (STATE,))))).first()

    def _state(self, row: Row[Any]) -> State:
        if row.state is None:
            return State()
        try:
            return decode(row.state, self._where, row.version)
        except StoreError as error:
            raise StoreError(
                f"{error} Or put back a good copy of the table: without it the store begins anew."
            ) from error

    # -- the tables ------------------------------------------------------------------------------

    async def _is_there(self) -> bool:
        if not self._made and not await asyncio.to_thread(self._connections.is_absent):
            async with self._connections.reading() as transaction:
                self._made = await tables.are_there(transaction)
        return self._made

    async def _make(self) -> None:
        if not self._made:
            async with self._connections.writing() as transaction:
                await tables.make(transaction)
            self._made = True

    @contextmanager
    def _looking_again(self) -> Iterator[None]:
        """Look after an error whether the tables are there still."""
        try:
            yield
        except StoreError:
            self._made = False
            raise

    # -- following -------------------------------------------------------------------------------

    def follow(self, wake: Callable[[], None]) -> None:
        """Keep connections, and listen where the database can tell; see
        :meth:`ModuleStore.follow`."""
        self._connections.keep()
        if self._hear is not None and self._hearing is None:
            self._hearing = asyncio.create_task(self._listen(self._hear, wake))

    async def close(self) -> None:
        """Close the connections; see :meth:`ModuleStore.close`."""
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
            self._hearing = None
        await self._connections.close()

    async def _listen(self, hear: Hear, wake: Callable[[], None]) -> None:
        while True:
            with suppress(StoreError):  # looking now and then goes on, and says what is wrong
                async with self._connections.alone() as connection:
                    await hear(connection, CHANNEL, wake)
            await asyncio.sleep(RETRY)

    # -- participants and journal ----------------------------------------------------------------

    async def register(self, participant: Participant) -> None:
        """Make this process known as alive; see :meth:`ModuleStore.register`.

        :raises StoreError: registered already, or the id is in use or not fit for a file name.
        """
        check_identifier(participant.id)
        await self._make()
        await self._membership.register(participant)

    async def unregister(self) -> None:
        """Say goodbye; see :meth:`ModuleStore.unregister`."""
        await self._membership.unregister()

    def leaving(self) -> None:
        """Note that this process was asked to end; see :meth:`ModuleStore.leaving`."""
        self._membership.leaving()

    async def acknowledge(self, operation_id: str, phase: str, error: str | None = None) -> None:
        """Tell how this participant did in a phase; see :meth:`ModuleStore.acknowledge`.

        The acknowledgements of the newest 20 operations are kept.

        :raises StoreError: this process is not registered.
        """
        await self._membership.acknowledge(operation_id, phase, error)

    async def served(self, revision: int) -> None:
        """Tell which revision is served; see :meth:`ModuleStore.served`.

        :raises StoreError: this process is not registered.
        """
        await self._membership.served(revision)

    async def report(self, troubles: Mapping[str, Trouble]) -> None:
        """Tell which modules do not fare well in this participant; see :meth:`ModuleStore.report`.

        :raises StoreError: this process is not registered.
        """
        await self._membership.report(troubles)

    async def participants(self) -> dict[str, Participant]:
        """Return the live participants by id; see :meth:`ModuleStore.participants`."""
        return await self._membership.live() if await self._is_there() else {}

    async def deaths(self) -> list[Death]:
        """Return the newest 50 deaths on all hosts, oldest first; those of this host are noticed
        now."""
        return await self._membership.deaths() if await self._is_there() else []

    async def journal(self, operation_id: str, entry: Mapping[str, Any]) -> None:
        """Append an entry to the history of an operation; see :meth:`ModuleStore.journal`.

        :raises StoreError: the id is too long or has other characters, or the entry is not JSON.
        """
        check_identifier(operation_id)
        await self._make()
        await self._journal.append(operation_id, entry)

    async def operations(self, limit: int = 20) -> list[History]:
        """Return the history of operations, the newest first; the newest 200 are kept."""
        return await self._journal.newest(limit) if await self._is_there() else []


async def _in_thread(function: Callable[[State], State], state: State) -> State:
    """Run the function of a change; the lock is kept until it has ended, also when cancelled."""
    running = asyncio.ensure_future(asyncio.to_thread(function, state))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


def _is_urgent(old: State, new: State) -> bool:
    """Say whether workers have something to do; what is counted can wait for their next look."""
    told = old.revision, old.operation, old.configured
    return told != (new.revision, new.operation, new.configured)
