"""The rows that components have loaded in a session; they go with it."""

from __future__ import annotations

from typing import Any

from greenlet import getcurrent
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState

from ..errors import ComponentError

KEY = "hotframe.rows"

Rows = dict[int, tuple[Any, Any]]
"""Component and row by the id of the component."""


def rows_in(session: AsyncSession) -> Rows:
    """Return the rows of a session, which refuses from now on to load in the middle of code."""
    found: Rows | None = session.info.get(KEY)
    if found is None:
        found = session.info[KEY] = {}
        event.listen(session.sync_session, "do_orm_execute", _refuse_lazy)
    return found


def _refuse_lazy(state: ORMExecuteState) -> None:
    """Refuse what would have to wait for the database where nobody can wait.

    :raises ComponentError: it tells what to load before.
    """
    can_wait = getcurrent().parent is not None  # it is awaited, outside of this greenlet
    if can_wait or not (state.is_relationship_load or state.is_column_load):
        return
    source = state.lazy_loaded_from
    path: Any = state.loader_strategy_path
    name = getattr(path[-1], "key", None) if path is not None and source is not None else None
    if source is None or name is None:
        which, load = "a column of it", "refresh the row in the handler"
    else:
        which = f"{source.class_.__name__}.{name}"
        load = f"options = [selectinload({which})]"
    raise ComponentError(
        f"The template, or code that does not await it, reads {which}, which was not loaded, and "
        f"cannot wait for the database. Load it before: {load}."
    )
