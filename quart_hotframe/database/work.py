"""One unit of work: a session, and an end that nothing interrupts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from .announcing import Announcer
from .session import Call
from .session import UnitSession

if TYPE_CHECKING:
    from ..runtime.pin import Pin
    from .facade import Database
    from .tally import Tally

log = logging.getLogger("quart_hotframe.database")


class Work:
    """A unit of work on one database.

    :param pin: of the request or task that it belongs to; nobody else sees it.
    :param call: calls a function after the commit.
    :param announcer: sends the events of models after it.
    :param ended: awaited at the end, after the connection was given back.
    :param tally: counts its queries where they are watched, unless those of a request are counted.
    """

    def __init__(
        self,
        database: Database,
        engine: AsyncEngine,
        pin: Pin | None,
        call: Call,
        announcer: Announcer,
        ended: Callable[[Work], Awaitable[None]],
        tally: Tally | None = None,
    ) -> None:
        self.database = database
        self.pin = pin
        self.tally = tally
        self.session = UnitSession(engine, call, announcer)
        self._ended = ended
        self._ending: asyncio.Task[None] | None = None

    @property
    def open(self) -> bool:
        """Whether it can still be used."""
        return self._ending is None

    async def end(self, *, commit: bool) -> None:
        """Commit or roll back, and give the connection back; a second call waits for the first.

        Once begun it goes on to its end, also when the caller is cancelled: or nobody would know
        whether the commit took place.

        :raises Exception: what the commit raised; a failing rollback is logged.
        """
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end(commit))
            self.database.endings.add(self._ending)
            self._ending.add_done_callback(self._heard)
        await asyncio.shield(self._ending)

    async def abandon(self) -> None:
        """Roll back, or wait for an end that has begun; failures were told before or are logged."""
        try:
            await self.end(commit=False)
        except Exception as error:
            log.debug("A unit of work ended with %r.", error)

    async def _end(self, commit: bool) -> None:
        try:
            if commit:
                await self.session.commit()
        finally:
            await self._close()

    async def _close(self) -> None:
        self.pin = None
        try:
            await self.session.close()
        except Exception:  # what was not committed is lost anyway, as it should be
            log.warning("A connection could not be given back in order.", exc_info=True)
            await self.session.invalidate()
        finally:
            await self._ended(self)

    def _heard(self, task: asyncio.Task[Any]) -> None:
        self.database.endings.discard(task)
        if not task.cancelled():
            task.exception()  # or asyncio would log that nobody heard of it
