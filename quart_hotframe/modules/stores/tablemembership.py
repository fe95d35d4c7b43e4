"""Who is alive, in a table: heartbeats for those who are far, locks for those of the same host.

A participant tells again and again that it lives. Whoever is silent for the timeout is not waited
for, and is back with its next heartbeat. That a process has *died* only its own host can tell, by
the lock of the kernel: at once, and for sure. So a silence is never taken for a crash.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import Row
from sqlalchemy import select
from sqlalchemy import update

from ...errors import StoreError
from ..participants import Death
from ..participants import Participant
from ..participants import Trouble
from .connections import Connections
from .connections import Transaction
from .hosts import Hosts
from .steadiness import Steadiness
from .tables import DEATHS
from .tables import now
from .tables import PARTICIPANTS

log = logging.getLogger("quart_hotframe.modules")

KEPT_DEATHS = 50
FORGOTTEN = 3600.0
"""Seconds of silence after which a participant is forgotten; it can still come back."""
BEATS = 10
"""So many heartbeats fall into the timeout."""


class TableMembership:
    """The participants in the table, and the one of this store object.

    :param hosts: knows who of this host is gone.
    :param timeout: seconds of silence after which nobody waits for a participant.
    """

    def __init__(self, connections: Connections, hosts: Hosts, timeout: float) -> None:
        self._connections = connections
        self._hosts = hosts
        self._timeout = timeout
        self._steadiness = Steadiness(timeout)
        self._own: Participant | None = None
        self._pid = os.getpid()
        self._beating: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def register(self, participant: Participant) -> None:
        """Hold the participant's lock, write its row, and begin to beat."""
        if self._own is not None:
            raise StoreError(
                f"this store object has registered participant {self._own.id} already."
                " Unregister it first, or make another TableStore."
            )
        self._own, self._pid = participant, os.getpid()
        try:
            await self._write()
        except BaseException:
            self._own = None
            await asyncio.to_thread(self._hosts.leave, participant.id)
            raise
        self._beating = asyncio.create_task(self._beat())

    async def unregister(self) -> None:
        """Remove the participant's row, then let go of its lock."""
        own, self._own = self._own, None
        if own is None or self._pid != os.getpid():  # in a forked child it is the parent's
            return
        if self._beating is not None:
            async with self._turn:  # a transaction that is cancelled may hold its lock for a while
                self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        await asyncio.to_thread(self._hosts.leaving, own.id)
        try:
            async with self._turn, self._connections.writing() as transaction:
                await transaction.execute(delete(PARTICIPANTS).where(PARTICIPANTS.c.id == own.id))
        except StoreError as error:
            log.warning("That this process ends could not be told: %s", error)
            await asyncio.to_thread(self._hosts.let_go)
        else:
            await asyncio.to_thread(self._hosts.leave, own.id)

    def leaving(self) -> None:
        """Note that the participant was asked to end; from a signal handler, without waiting."""
        own = self._own
        if own is not None:
            self._hosts.leaving(own.id)

    async def acknowledge(self, operation_id: str, phase: str, error: str | None) -> None:
        """Note the outcome of a phase."""
        await self._tell(self._registered().acknowledging(operation_id, phase, error))

    async def served(self, revision: int) -> None:
        """Note the revision and since when it is served."""
        own = self._registered()
        if own.revision != revision:
            await self._tell(own.serving(revision))

    async def report(self, troubles: Mapping[str, Trouble]) -> None:
        """Note which modules do not fare well in the participant."""
        await self._tell(replace(self._registered(), troubles=dict(troubles)))

    async def live(self) -> dict[str, Participant]:
        """Return who is alive; bury the dead of this host."""
        rows = await self._rows()
        if await self._bury(rows):
            rows = await self._rows()  # without those whom others buried meanwhile, too
        return {row.id: _participant(row) for row in rows if not row.silent}

    async def deaths(self) -> list[Death]:
        """Bury the dead of this host, then return the newest deaths, oldest first."""
        await self.live()
        newest = select(DEATHS).order_by(DEATHS.c.noticed.desc()).limit(KEPT_DEATHS)
        async with self._connections.reading() as transaction:
            rows = (await transaction.execute(newest)).all()
        return [Death.of(_participant(row), row.noticed) for row in reversed(rows)]

    async def _rows(self) -> Sequence[Row[Any]]:
        async with self._connections.reading() as transaction:
            return (await transaction.execute(select(PARTICIPANTS))).all()

    # -- telling ---------------------------------------------------------------------------------

    def _registered(self) -> Participant:
        if self._own is None:
            raise StoreError("this process is not registered in the store. Call register() first.")
        return self._own

    async def _tell(self, own: Participant) -> None:
        self._own = own  # first: what cannot be written now comes with a heartbeat
        await self._write()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._timeout / BEATS)
            with suppress(StoreError):  # whoever follows the store says that it is away
                await self._write(judging=True)

    async def _write(self, *, judging: bool = False) -> None:
        """Write the row with the newest that is to be told; anew if it was removed."""
        async with self._turn:
            if self._own is None:
                return
            await asyncio.to_thread(self._hosts.hold, self._own.id)
            async with self._connections.writing() as transaction:
                await self._write_row(transaction, self._own)
                if judging and self._steadiness.may_judge():
                    await _look_for_silence(transaction, self._timeout)
            self._steadiness.beaten()

    async def _write_row(self, transaction: Transaction, own: Participant) -> None:
        row = {
            "host": self._hosts.here, "heartbeat": now(), "silent": False,
            "data": json.dumps(own.to_dict()),
        }  # fmt: skip
        there = update(PARTICIPANTS).where(PARTICIPANTS.c.id == own.id).values(row)
        if not (await transaction.execute(there)).rowcount:
            await transaction.execute(insert(PARTICIPANTS).values(id=own.id, **row))

    # -- the silent and the dead -----------------------------------------------------------------

    async def _bury(self, rows: Sequence[Row[Any]]) -> bool:
        """Remove those of this host whose lock is free; say whether any lock was not held."""
        own = self._own.id if self._own is not None else None
        hosts = {row.id: row.host for row in rows if row.id != own}
        gone = await asyncio.to_thread(self._hosts.gone, hosts) if hosts else {}
        for row in (row for row in rows if gone.get(row.id) is not None):
            await self._remove(row, died=not gone[row.id])
            await asyncio.to_thread(self._hosts.forget, row.id)
        return bool(gone)

    async def _remove(self, row: Row[Any], *, died: bool) -> None:
        async with self._connections.writing() as transaction:
            removed = await transaction.execute(
                delete(PARTICIPANTS).where(PARTICIPANTS.c.id == row.id)
            )
            if removed.rowcount and died and _participant(row).kind == "worker":
                await transaction.execute(
                    insert(DEATHS).values(id=row.id, noticed=time.time(), data=row.data)
                )
                await _keep_newest_deaths(transaction)


async def _look_for_silence(transaction: Transaction, timeout: float) -> None:
    silence = now() - PARTICIPANTS.c.heartbeat
    silent = (silence > timeout) & PARTICIPANTS.c.silent.is_(False)
    await transaction.execute(update(PARTICIPANTS).where(silent).values(silent=True))
    forgotten = (silence > FORGOTTEN) & PARTICIPANTS.c.silent
    await transaction.execute(delete(PARTICIPANTS).where(forgotten))


async def _keep_newest_deaths(transaction: Transaction) -> None:
    newest = select(DEATHS.c.id).order_by(DEATHS.c.noticed.desc()).limit(KEPT_DEATHS)
    kept = newest.scalar_subquery()
    await transaction.execute(delete(DEATHS).where(DEATHS.c.id.not_in(kept)))


def _participant(row: Row[Any]) -> Participant:
    return Participant.from_dict(json.loads(row.data), f"participant {row.id}")
