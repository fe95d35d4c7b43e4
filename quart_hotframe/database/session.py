"""The session of a unit of work, and what waits for its commit: functions and events of models."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm import SessionTransaction

from .announcing import Announcer
from .changes import Action
from .changes import Changes

Function = Callable[[], Any]
Call = Callable[[Function], Awaitable[None]]


def open_transactions(session: Session) -> tuple[SessionTransaction, ...]:
    """Return the savepoints of a session that are open, the innermost first, and the rest."""
    found = []
    transaction = session.get_nested_transaction() or session.get_transaction()
    while transaction is not None:
        found.append(transaction)
        transaction = transaction.parent
    return tuple(found)


class UnitSyncSession(Session):
    """The session below a :class:`UnitSession` that notes what its flushes write.

    It is a class of its own, so that no other session pays for its listeners.
    """

    def __init__(self, *, announcer: Announcer, **options: Any) -> None:
        super().__init__(**options)
        self.announcer = announcer
        self.changes = Changes(announcer.hears)
        self.ends_flush = False

    def note(self, action: Action, instance: Any) -> None:
        """Keep what a flush does to an instance, if somebody listens to its model."""
        if self.changes.wants(instance):
            self.changes.note(action, instance, open_transactions(self))

    def complete(self) -> None:
        """Prepare the events for the commit that begins.

        :raises SetupError: they would go on for ever.
        """
        self.flush()
        if self.changes:
            self.announcer.check()
            self.changes.complete(self)


class UnitSession(AsyncSession):
    """A session that calls functions after its commit, and cannot be used after its end.

    Objects keep their values after the commit, so that a template or a stream can show them.

    :param call: calls one function; it must not raise.
    :param announcer: sends the events of the models that were written.
    """

    def __init__(self, engine: AsyncEngine, call: Call, announcer: Announcer) -> None:
        noting: dict[str, Any] = {}
        if announcer.listened:
            noting = {"sync_session_class": UnitSyncSession, "announcer": announcer}
        super().__init__(engine, expire_on_commit=False, close_resets_only=False, **noting)
        self._call = call
        self._waiting: list[tuple[Function, tuple[SessionTransaction, ...]]] = []

    def on_commit(self, function: Function) -> None:
        """Call *function* after the commit, unless a savepoint that is open now is undone."""
        if not self._waiting:
            event.listen(self.sync_session, "after_soft_rollback", self._forget)
        if not self.in_transaction():
            self.sync_session.begin()
        self._waiting.append((function, open_transactions(self.sync_session)))

    async def commit(self) -> None:
        """Commit, then call the functions that waited for it, then send the events of models."""
        await super().commit()
        waiting, self._waiting = self._waiting, []
        for function, _ in waiting:
            await self._call(function)
        if isinstance(self.sync_session, UnitSyncSession):
            await self.sync_session.announcer.announce(self.sync_session.changes.take())

    async def close(self) -> None:
        """Give the connection back, and let go of all objects."""
        if self.in_transaction():
            await super().close()
        else:  # a commit has given the connection back: there is nothing to wait for
            self.sync_session.close()

    def _forget(self, session: Session, undone: SessionTransaction) -> None:
        self._waiting = [one for one in self._waiting if undone not in one[1]]


@event.listens_for(UnitSyncSession, "pending_to_persistent")
def _created(session: UnitSyncSession, instance: Any) -> None:
    session.note("created", instance)


@event.listens_for(UnitSyncSession, "before_flush")
def _begin_flush(session: UnitSyncSession, context: Any, instances: Any) -> None:
    session.changes.begin_flush(session.new, session.dirty)


@event.listens_for(UnitSyncSession, "after_flush")
def _updated(session: UnitSyncSession, context: Any) -> None:
    session.ends_flush = True
    for instance in session.dirty:
        session.note("updated", instance)


@event.listens_for(UnitSyncSession, "persistent_to_deleted")
def _deleted(session: UnitSyncSession, instance: Any) -> None:
    if session.ends_flush:  # else a statement for many rows, and the instance was there by chance
        session.note("deleted", instance)


@event.listens_for(UnitSyncSession, "after_flush_postexec")
def _end_flush(session: UnitSyncSession, context: Any) -> None:
    session.ends_flush = False
    session.changes.end_flush()


@event.listens_for(UnitSyncSession, "before_commit")
def _complete(session: UnitSyncSession) -> None:
    if not session.in_nested_transaction():
        session.complete()


@event.listens_for(UnitSyncSession, "after_soft_rollback")
def _forget(session: UnitSyncSession, undone: SessionTransaction) -> None:
    session.changes.forget(undone)
