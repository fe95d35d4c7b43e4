"""Which tables are a subject's: those of its models, and those that its revisions made."""

from __future__ import annotations

from collections.abc import Iterable

from alembic.operations import ops
from alembic.script import ScriptDirectory

from .recording import record
from .subject import Subject


def tables_of(subject: Subject, directory: ScriptDirectory, dialect: str) -> frozenset[str]:
    """Return the names of a subject's tables, also those whose model is gone.

    A prefix would not do: ``shop_extra_item`` may be ``shop``'s or ``shop_extra``'s.

    :raises RevisionError: when a revision cannot be read.
    """
    made: set[str] = set()
    for script in reversed(list(directory.walk_revisions())):
        _replay(made, record(subject, directory, script, "upgrade", dialect))
    declared = subject.metadata.tables.values() if subject.metadata is not None else ()
    return frozenset(made | {table.name for table in declared})


def _replay(made: set[str], operations: Iterable[ops.MigrateOperation]) -> None:
    for one in operations:
        if isinstance(one, ops.CreateTableOp):
            made.add(one.table_name)
        elif isinstance(one, ops.DropTableOp):
            made.discard(one.table_name)
        elif isinstance(one, ops.RenameTableOp) and one.table_name in made:
            made.remove(one.table_name)
            made.add(str(one.new_table_name))
