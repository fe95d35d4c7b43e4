"""Sending the events of models, when their transaction is committed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from quart import has_app_context
from quart import Quart

from ..errors import SetupError
from ..hooks import HookTable
from .changes import ACTIONS
from .changes import events_of
from .changes import ModelChange
from .followers import Followers

log = logging.getLogger("quart_hotframe.database")

DEEPEST = 10
"""How many events may follow from each other, each from what a receiver of the one before wrote."""

_causes: ContextVar[tuple[str, ...]] = ContextVar("hotframe_causes", default=())
"""The events whose receivers run, the first first."""


class Announcer:
    """Sends the events of an app's models.

    :param table: returns the hooks that the caller sees.
    :param followers: who hears of rows beside hooks.
    """

    def __init__(
        self, app: Quart, table: Callable[[], HookTable], followers: Followers
    ) -> None:  # fmt: skip
        self._app = app
        self._table = table
        self._followers = followers
        self._listened: WeakKeyDictionary[HookTable, bool] = WeakKeyDictionary()

    @property
    def listened(self) -> bool:
        """Whether somebody may listen to some model; else sessions need not note anything."""
        table = self._table()
        found = self._listened.get(table)
        if found is None:
            found = self._listened[table] = table.may_hear(ACTIONS)
        return found or bool(self._followers)

    def hears(self, model: type) -> bool:
        """Say whether somebody listens to a model."""
        table = self._table()
        return self._followers.follows(model) or any(
            table.hears(event) for event in events_of(model)
        )

    def check(self) -> None:
        """Refuse to commit what would go on for ever.

        :raises SetupError: receivers of events wrote and caused each other too many times.
        """
        causes = _causes.get()
        if len(causes) >= DEEPEST:
            raise SetupError(
                f"Receivers of events of models write what causes the next event, {DEEPEST} deep: "
                f"{' → '.join(causes)}. What the last one wrote is rolled back: let a receiver "
                "look at `changed`, and write only what has to change."
            )

    async def announce(self, changes: Sequence[ModelChange[Any]]) -> None:
        """Call the receivers, one after the other; a failure is logged and stops nothing."""
        if not changes:
            return
        async with self._app_context():
            for change in changes:
                await self._send(change)
            try:
                await self._followers.tell(changes)
            except Exception:
                log.exception("Those who show rows could not be told of what was written.")

    async def _send(self, change: ModelChange[Any]) -> None:
        token = _causes.set((*_causes.get(), change.event))
        try:
            await self._table().send(change.event, change)
        except Exception:  # an event that was declared with another payload
            log.exception("The event %r could not be sent.", change.event)
        finally:
            _causes.reset(token)

    @asynccontextmanager
    async def _app_context(self) -> AsyncIterator[None]:
        if has_app_context():
            yield
            return
        async with self._app.app_context():
            yield
