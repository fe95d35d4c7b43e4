"""Who changed what, and when: a row in a table of the same module for each changed row."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from typing import ClassVar

from sqlalchemy import Connection
from sqlalchemy import event
from sqlalchemy import insert
from sqlalchemy import inspect
from sqlalchemy import JSON
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import Mapper

from ..errors import SetupError
from .history import changed_columns
from .types import utc_now
from .types import UtcDateTime


class AuditLog:
    """The table of changes of a module: derive one model from it on the module's base.

    ::

        class Change(AuditLog, Base):
            who_acts = staticmethod(lambda: session.get("user", ""))

    ``changes`` maps each attribute that code set to ``[before, after]``; what JSON does not know is
    text. ``before`` is ``None`` where the old value was never read from the database.
    """

    who_acts: ClassVar[Callable[[], str]] = staticmethod(lambda: "")
    """Says who changes something now; called for each changed row."""

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    who: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(10))
    """``"insert"``, ``"update"`` or ``"delete"``."""
    model: Mapped[str] = mapped_column(String(200))
    row: Mapped[str] = mapped_column(String(200), index=True)
    """The primary key as text; the parts of a longer one are joined by commas."""
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)


class Audited:
    """Writes each change of a row that a session flushes into the module's :class:`AuditLog`.

    Statements for many rows, such as ``update()``, change rows without a session and are not
    written.
    """

    __audit_exclude__: ClassVar[frozenset[str]] = frozenset()
    """Attributes of which only the name is written, such as passwords."""


def _inserted(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    _write(mapper, connection, target, "insert", _values(mapper, target, before=False))


def _updated(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    if changes := _changes(target):
        _write(mapper, connection, target, "update", changes)


def _deleted(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    _write(mapper, connection, target, "delete", _values(mapper, target, before=True))


def _values(mapper: Mapper[Any], target: Any, *, before: bool) -> dict[str, list[Any]]:
    values = inspect(target).dict  # what was never loaded must not be loaded in a flush
    found = {key: _plain(values[key]) for key in mapper.column_attrs.keys() if key in values}
    return {key: [value, None] if before else [None, value] for key, value in found.items()}


def _changes(target: Any) -> dict[str, list[Any]]:
    found = {}
    for key, history in changed_columns(target).items():
        before = history.deleted[0] if history.deleted else None
        after = history.added[0] if history.added else None
        found[key] = [_plain(before), _plain(after)]
    return found


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _write(
    mapper: Mapper[Any],
    connection: Connection,
    target: Any,
    action: str,
    changes: Mapping[str, list[Any]],
) -> None:
    log = _log_of(mapper)
    hidden = target.__audit_exclude__
    row = {
        "at": utc_now(),
        "who": log.who_acts(),
        "action": action,
        "model": mapper.class_.__name__,
        "row": ",".join(str(part) for part in mapper.primary_key_from_instance(target)),
        "changes": {k: ["…", "…"] if k in hidden else v for k, v in changes.items()},
    }
    connection.execute(insert(log.__table__), [row])


def _log_of(mapper: Mapper[Any]) -> Any:
    """Return the model of changes on the same base.

    :raises SetupError: there is none.
    """
    for other in mapper.registry.mappers:
        if issubclass(other.class_, AuditLog):
            return other.class_
    raise SetupError(
        f"{mapper.class_.__name__} is Audited, but its base has no table for the changes: add "
        "class Change(AuditLog, Base): ... beside it."
    )


for _name, _listener in (
    ("after_insert", _inserted),
    ("after_update", _updated),
    ("after_delete", _deleted),
):
    event.listen(Audited, _name, _listener, propagate=True)
