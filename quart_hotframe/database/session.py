"""The session of a unit of work, and the functions that wait for its commit."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm import SessionTransaction

Function = Callable[[], Any]
Call = Callable[[Function], Awaitable[None]]


class UnitSession(AsyncSession):
    """A session that calls functions after its commit, and cannot be used after its end.

    Objects keep their values after the commit, so that a template or a stream can show them.

    :param call: calls one function; it must not raise.
    """

    def __init__(self, engine: AsyncEngine, call: Call) -> None:
        super().__init__(engine, expire_on_commit=False, close_resets_only=False)
        self._call = call
        self._waiting: list[tuple[Function, tuple[SessionTransaction, ...]]] = []

    def on_commit(self, function: Function) -> None:
        """Call *function* after the commit, unless a savepoint that is open now is undone."""
        if not self._waiting:
            event.listen(self.sync_session, "after_soft_rollback", self._forget)
        if not self.in_transaction():
            self.sync_session.begin()
        self._waiting.append((function, tuple(self._open_transactions())))

    async def commit(self) -> None:
        """Commit, then call the functions that waited for it."""
        await super().commit()
        waiting, self._waiting = self._waiting, []
        for function, _ in waiting:
            await self._call(function)

    def _open_transactions(self) -> list[SessionTransaction]:
        session = self.sync_session
        found = []
        transaction = session.get_nested_transaction() or session.get_transaction()
        while transaction is not None:
            found.append(transaction)
            transaction = transaction.parent
        return found

    def _forget(self, session: Session, undone: SessionTransaction) -> None:
        self._waiting = [one for one in self._waiting if undone not in one[1]]
