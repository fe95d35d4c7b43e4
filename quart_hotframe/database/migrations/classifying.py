"""From Alembic's operations to what they mean for those who use the tables."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from functools import singledispatchmethod
from typing import Any

from alembic.operations import ops
from sqlalchemy import BigInteger
from sqlalchemy import Column
from sqlalchemy import Enum
from sqlalchemy import Integer
from sqlalchemy import Numeric
from sqlalchemy import SmallInteger
from sqlalchemy import String

from .changes import Change
from .recording import UsesConnection

INTEGERS: Sequence[type] = (SmallInteger, Integer, BigInteger)
CONSTRAINTS: Mapping[type, str] = {
    ops.CreatePrimaryKeyOp: "primary key",
    ops.CreateUniqueConstraintOp: "unique constraint",
    ops.CreateForeignKeyOp: "foreign key",
    ops.CreateCheckConstraintOp: "check constraint",
}
SHOWN = 60
"""Characters of SQL that are shown."""


@dataclass
class Classifier:
    """Says what operations mean, in order: what is put on a table that they made only adds."""

    tables: set[str] = field(default_factory=set)
    """Tables that these operations made."""
    columns: set[tuple[str, str]] = field(default_factory=set)
    """Columns that these operations added to other tables."""

    def changes(self, operations: Iterable[ops.MigrateOperation]) -> list[Change]:
        """Return what each operation does."""
        return [change for one in operations for change in self.change(one)]

    @singledispatchmethod
    def change(self, operation: ops.MigrateOperation) -> Iterator[Change]:
        """Return what one operation does; of a kind that nobody knows, that it is unknown."""
        yield Change("unknown", f"does {type(operation).__name__}")

    @change.register
    def _(self, operation: ops.OpContainer) -> Iterator[Change]:
        yield from self.changes(operation.ops)

    @change.register
    def _(self, operation: ops.CreateTableOp) -> Iterator[Change]:
        self.tables.add(operation.table_name)
        yield Change("adds", f"adds table {operation.table_name}")

    @change.register
    def _(self, operation: ops.DropTableOp) -> Iterator[Change]:
        name = operation.table_name
        yield Change("drops", f"drops table {name}", loses=f"table {name}")

    @change.register
    def _(self, operation: ops.RenameTableOp) -> Iterator[Change]:
        new = str(operation.new_table_name)
        if operation.table_name in self.tables:
            self.tables.add(new)
        text = f"renames table {operation.table_name} to {new}"
        yield Change("renames", text)

    @change.register(ops.CreateTableCommentOp)
    @change.register(ops.DropTableCommentOp)
    def _(self, operation: ops.AlterTableOp) -> Iterator[Change]:
        yield Change("adds", f"changes the comment of {operation.table_name}")

    @change.register
    def _(self, operation: ops.AddColumnOp) -> Iterator[Change]:
        column = operation.column
        name = f"{operation.table_name}.{column.name}"
        self.columns.add((operation.table_name, column.name))
        if _must_be_given(column) and operation.table_name not in self.tables:
            text = f"adds column {name}, which must be given and has no server default"
            yield Change("requires", text)
        else:
            yield Change("adds", f"adds column {name}")

    @change.register
    def _(self, operation: ops.DropColumnOp) -> Iterator[Change]:
        name = f"{operation.table_name}.{operation.column_name}"
        yield Change("drops", f"drops column {name}", loses=f"column {name}")

    @change.register
    def _(self, operation: ops.AlterColumnOp) -> Iterator[Change]:
        if operation.table_name in self.tables:
            yield Change("adds", f"changes column {_column(operation)}")
        else:
            yield from _alterations(operation)

    @change.register
    def _(self, operation: ops.AddConstraintOp) -> Iterator[Change]:
        constraint: Any = operation.to_constraint()
        table = constraint.table.name
        columns = [one.name for one in getattr(constraint, "columns", ())]
        yield self._limit(
            table,
            columns,
            f"{CONSTRAINTS.get(type(operation), 'constraint')} {constraint.name or ''}".strip(),
        )

    @change.register
    def _(self, operation: ops.DropConstraintOp) -> Iterator[Change]:
        text = f"drops constraint {operation.constraint_name} of {operation.table_name}"
        yield Change("drops", text)

    @change.register
    def _(self, operation: ops.CreateIndexOp) -> Iterator[Change]:
        if operation.unique:
            names = [str(getattr(one, "name", one)) for one in operation.columns]
            name = f"unique index {operation.index_name}"
            yield self._limit(operation.table_name, names, name)
        else:
            text = f"adds index {operation.index_name} on {operation.table_name}"
            yield Change("adds", text)

    @change.register
    def _(self, operation: ops.DropIndexOp) -> Iterator[Change]:
        of = f" of {operation.table_name}" if operation.table_name else ""
        yield Change("drops", f"drops index {operation.index_name}{of}")

    @change.register
    def _(self, operation: ops.BulkInsertOp) -> Iterator[Change]:
        yield Change("adds", f"adds {len(operation.rows)} rows to {operation.table.name}")

    @change.register
    def _(self, operation: ops.ExecuteSQLOp) -> Iterator[Change]:
        sql = " ".join(str(operation.sqltext).split())
        shown = sql if len(sql) <= SHOWN else sql[:SHOWN] + "…"
        yield Change("unknown", f"executes {shown}")

    @change.register
    def _(self, operation: UsesConnection) -> Iterator[Change]:
        yield Change("unknown", "uses the connection; what it does with it, and after, is unknown")

    def _limit(self, table: str, columns: Sequence[str], what: str) -> Change:
        fresh = columns and all((table, column) in self.columns for column in columns)
        kind = "adds" if table in self.tables or fresh else "constrains"
        return Change(kind, f"adds {what} to {table}")


def _alterations(operation: ops.AlterColumnOp) -> Iterator[Change]:
    name = _column(operation)
    if operation.modify_name is not None:
        yield Change("renames", f"renames column {name} to {operation.modify_name}")
    if operation.modify_type is not None:
        yield _retyped(name, operation.existing_type, operation.modify_type)
    if operation.modify_nullable is True:
        yield Change("widens", f"lets column {name} be empty")
    elif operation.modify_nullable is False:
        yield Change("narrows", f"lets column {name} no longer be empty")
    if operation.modify_server_default is None:
        yield Change("narrows", f"takes the server default from column {name}")
    elif operation.modify_server_default is not False:
        yield Change("widens", f"changes the server default of column {name}")
    if operation.modify_comment is not False:
        yield Change("adds", f"changes the comment of column {name}")


def _retyped(name: str, old: Any, new: Any) -> Change:
    old = old() if isinstance(old, type) else old
    new = new() if isinstance(new, type) else new
    kind = "widens" if old is not None and _takes_all(old, new) else "narrows"
    before = f" from {old!r}" if old is not None else ""
    return Change(kind, f"changes the type of column {name}{before} to {new!r}")


def _takes_all(old: Any, new: Any) -> bool:
    """Say whether every value of one type is one of the other; when in doubt it is not."""
    if isinstance(old, Enum) or isinstance(new, Enum):
        return False
    if isinstance(old, String) and isinstance(new, String):
        return new.length is None or old.length is not None and new.length >= old.length
    if isinstance(old, Integer) and isinstance(new, Integer):
        return _size(new) >= _size(old)
    if isinstance(old, Numeric) and isinstance(new, Numeric):
        return _digits(new) >= _digits(old) and (new.scale or 0) >= (old.scale or 0)
    return repr(old) == repr(new)


def _size(kind: Integer) -> int:
    return max(number for number, one in enumerate(INTEGERS) if isinstance(kind, one) or not number)


def _digits(kind: Numeric[Any]) -> float:
    return float("inf") if kind.precision is None else kind.precision - (kind.scale or 0)


def _must_be_given(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None


def _column(operation: ops.AlterColumnOp) -> str:
    return f"{operation.table_name}.{operation.column_name}"
