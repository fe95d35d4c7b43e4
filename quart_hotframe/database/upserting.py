"""One statement that inserts a row or changes the one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Mapper

from ..errors import SetupError
from .ordering import columns

INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def upsert_statement(
    mapper: Mapper[Any], values: Mapping[str, Any], key: Sequence[str], dialect: str
) -> Any:
    """Return ``INSERT … ON CONFLICT (key) DO UPDATE``.

    What changes with every update of a row (``onupdate``, the version) changes here too.

    :param values: by attribute.
    :param key: attributes with a unique constraint.
    :raises SetupError: for an unknown attribute, a key without a value, or another database.
    """
    if dialect not in INSERTS:
        raise SetupError(f"upsert() knows {' and '.join(sorted(INSERTS))}, not {dialect}.")
    missing = [name for name in key if name not in values]
    if missing or not key:
        raise SetupError(f"upsert() needs values for its key {list(key)!r}: {missing} are absent.")
    named = {one.key: one for one in columns(mapper, {**values, **dict.fromkeys(key)})}
    statement = INSERTS[dialect](mapper.class_).values(
        {_column(named[name]): value for name, value in values.items()}
    )
    kept = {_column(named[name]) for name in key}
    changed = {_column(named[name]).name: statement.excluded[_column(named[name]).name]
               for name in values if name not in key}  # fmt: skip
    for column in mapper.local_table.columns:
        if column.onupdate is not None and column not in kept:
            changed.setdefault(column.name, statement.excluded[column.name])
        if column is mapper.version_id_col:
            changed[column.name] = column + 1
    if not changed:  # DO NOTHING would not return the row
        first = _column(named[key[0]]).name
        changed = {first: statement.excluded[first]}
    return statement.on_conflict_do_update(index_elements=list(kept), set_=changed)


def _column(attribute: Any) -> Any:
    return attribute.property.columns[0]
