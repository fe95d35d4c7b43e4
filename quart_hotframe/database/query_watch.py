"""What a developer should know about queries: how many, how slow, and from which line.

Nothing of this is imported unless queries are watched.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import Any

from quart import request
from sqlalchemy import Connection
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from ..config import Settings
from .callers import place_of_caller
from .requests import RequestUnits
from .tally import one_line
from .tally import Tally

log = logging.getLogger("quart_hotframe.queries")

TALLY = "hotframe_tally"
"""The execution option with the tally that counts."""
BEGAN = "hotframe_query_began"
"""The entry of a connection with the moment at which its query began."""

CALLERS = 2
"""How many lines of the user are told of a query: the one that makes it, and who calls that."""


class QueryWatch:
    """Listens to the queries of one engine.

    :param engine: the engine itself, no view of it, with all its other listeners.
    """

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self._slow = settings.query_watch_slow_ms / 1000
        self._repeats = settings.query_watch_repeats
        event.listen(engine.sync_engine, "before_cursor_execute", self._begins)
        event.listen(engine.sync_engine, "after_cursor_execute", self._ended)

    def counting(
        self, engine: AsyncEngine, units: RequestUnits | None
    ) -> tuple[AsyncEngine, Tally | None]:
        """Return a view of an engine whose queries are counted for what runs now.

        :param units: those of the request that runs, if one does.
        :returns: the view, and the tally when the unit of work has to end it.
        """
        own = None
        tally = self._of_request(units) if units is not None else None
        if tally is None or tally.ended:  # also what goes on after the answer
            tally = own = Tally(f"Transaction at {place_of_caller()}", self._repeats)
        return engine.execution_options(**{TALLY: tally}), own

    def _of_request(self, units: RequestUnits) -> Tally:
        if units.tally is None:
            units.tally = Tally(f"{request.method} {request.path}", self._repeats)
        return units.tally

    def _begins(self, connection: Connection, *others: Any) -> None:
        connection.info[BEGAN] = perf_counter()

    def _ended(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, *others: Any
    ) -> None:
        seconds = perf_counter() - connection.info[BEGAN]
        place = place_of_caller(CALLERS)
        tally: Tally | None = connection.get_execution_options().get(TALLY)
        if tally is not None:
            tally.add(statement, parameters, seconds, place)
        if 0 < self._slow <= seconds:
            log.warning(
                "A query took %.0f ms, at %s: %s", seconds * 1000,
                place or "the end of a unit of work", one_line(statement),
            )  # fmt: skip
