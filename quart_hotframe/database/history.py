"""Which columns of an instance were set since its last flush, for all who tell of changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm.attributes import History


def changed_columns(instance: Any) -> dict[str, History]:
    """Return the history of each attribute with a column that code set to something else.

    What a flush fills in by itself, such as ``updated_at``, is not among them.
    """
    state = inspect(instance)
    histories = {key: state.attrs[key].history for key in state.mapper.column_attrs.keys()}
    return {key: history for key, history in histories.items() if history.has_changes()}
