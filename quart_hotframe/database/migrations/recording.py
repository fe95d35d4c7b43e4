"""What a revision does, without doing it: its functions run, and their operations are kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from typing import NoReturn

from alembic.operations import BatchOperations
from alembic.operations import Operations
from alembic.operations.ops import CreateTableOp
from alembic.operations.ops import ExecuteSQLOp
from alembic.operations.ops import MigrateOperation
from alembic.script import Script
from alembic.script import ScriptDirectory

from ...errors import RevisionError
from .contexts import offline
from .places import place_of
from .places import said
from .subject import Subject


class UsesConnection(MigrateOperation):
    """A revision asked for the connection; what it does with it, and afterwards, is unknown."""


class _Unseen(BaseException):
    """Ends a revision that asks for the connection; no ``except Exception`` may catch it."""


def record(
    subject: Subject, directory: ScriptDirectory, script: Script, function: str, dialect: str
) -> list[MigrateOperation]:
    """Return the operations of a revision's ``upgrade`` or ``downgrade``, in order.

    Alembic's ``op`` is used, so nothing else may migrate meanwhile.

    :raises RevisionError: with file and line, when the function fails.
    """
    found: list[MigrateOperation] = []
    beside = io.StringIO()
    with (
        offline(subject, directory, dialect, beside) as environment,
        Operations.context(environment.get_context()) as op,
    ):
        _listen(op, found)
        try:
            getattr(script.module, function)()
        except _Unseen:
            found.append(UsesConnection())
        except Exception as error:
            where = place_of(error, subject.folder) or script.path
            raise RevisionError(f"{where}: {said(error)}") from error
    if written := beside.getvalue().strip():  # by the context itself, past the operations
        found.append(ExecuteSQLOp(written))
    return found


def _listen(op: Operations, found: list[MigrateOperation]) -> None:
    batch = op.batch_alter_table
    vars(op)["invoke"] = partial(_keep, op, found)
    vars(op)["batch_alter_table"] = partial(_batch, batch, found)
    vars(op)["get_bind"] = vars(op)["run_async"] = _unseen


def _keep(
    op: Operations | BatchOperations, found: list[MigrateOperation], operation: MigrateOperation
) -> Any:
    found.append(operation)
    if isinstance(operation, CreateTableOp):
        return operation.to_table(op.get_context())
    return None


@contextmanager
def _batch(
    original: Callable[..., Any], found: list[MigrateOperation], table: str,
    schema: str | None = None, *_: Any, **options: Any,
) -> Iterator[BatchOperations]:  # fmt: skip
    if options.get("table_args"):
        found.append(ExecuteSQLOp(f"table arguments of {table}"))
    with original(table, schema, "never") as op:
        vars(op)["invoke"] = partial(_keep, op, found)
        vars(op)["get_bind"] = vars(op)["run_async"] = _unseen
        yield op


def _unseen(*_: Any, **__: Any) -> NoReturn:
    raise _Unseen
