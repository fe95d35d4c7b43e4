"""The history of operations in a table: one row an entry."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select

from ..state import History
from .connections import Connections
from .connections import Transaction
from .encoding import unwritable
from .journal import KEPT_OPERATIONS
from .tables import JOURNAL

_NEWEST = (
    select(JOURNAL.c.operation)
    .group_by(JOURNAL.c.operation)
    .order_by(func.min(JOURNAL.c.number).desc())
)


class TableJournal:
    """The histories; the newest :data:`KEPT_OPERATIONS` are kept."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._newest = ""

    async def append(self, operation_id: str, entry: Mapping[str, Any]) -> None:
        """Append ``entry`` with the time of now.

        :raises StoreError: JSON cannot hold it.
        """
        row = _row(operation_id, {**entry, "time": time.time()})
        async with self._connections.writing() as transaction:
            await transaction.execute(insert(JOURNAL).values(row))
            if operation_id != self._newest:
                await _keep_newest(transaction)
        self._newest = operation_id

    async def copy(self, histories: Iterable[History]) -> None:
        """Append whole histories, the oldest first."""
        rows = [_row(one.id, entry) for one in histories for entry in one.entries]
        async with self._connections.writing() as transaction:
            for row in rows:
                await transaction.execute(insert(JOURNAL).values(row))

    async def newest(self, limit: int) -> list[History]:
        """Return at most ``limit`` histories, the one that began last first."""
        wanted = _NEWEST.limit(max(0, limit))
        query = select(JOURNAL).where(JOURNAL.c.operation.in_(wanted)).order_by(JOURNAL.c.number)
        async with self._connections.reading() as transaction:
            rows = (await transaction.execute(query)).all()
        entries: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            entries.setdefault(row.operation, []).append(json.loads(row.entry))
        return [History(one, tuple(found)) for one, found in reversed(entries.items())]


def _row(operation_id: str, entry: Mapping[str, Any]) -> dict[str, str]:
    try:
        return {"operation": operation_id, "entry": json.dumps(entry, allow_nan=False)}
    except (TypeError, ValueError) as error:
        raise unwritable(operation_id, error) from error


async def _keep_newest(transaction: Transaction) -> None:
    kept = _NEWEST.limit(KEPT_OPERATIONS).scalar_subquery()
    await transaction.execute(delete(JOURNAL).where(JOURNAL.c.operation.not_in(kept)))
