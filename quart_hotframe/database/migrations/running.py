"""Running revisions on a connection that is in a transaction and has the lock."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from typing import NoReturn

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ...errors import MigrationError
from .contexts import heads_in
from .contexts import offline
from .contexts import online
from .locking import TABLE_PATIENCE
from .places import place_of
from .places import said
from .scripts import existing
from .scripts import explained
from .scripts import refuse_unknown
from .subject import Subject

LOCKED = "55P03"
"""What PostgreSQL answers when a table stays locked."""
DANGLING_ROWS = 'SELECT "table", parent FROM pragma_foreign_key_check'
DANGLING_TABLES = """\
SELECT child.name, key."table" FROM sqlite_master child, pragma_foreign_key_list(child.name) key
WHERE child.type = 'table' AND lower(key."table") NOT IN
  (SELECT lower(name) FROM sqlite_master WHERE type = 'table')"""


@dataclass
class Walk:
    """One way through a subject's revisions, up or down."""

    subject: Subject
    directory: ScriptDirectory
    target: str
    direction: str = "upgrade"
    """``"upgrade"`` or ``"downgrade"``."""

    def run(self, connection: Connection) -> tuple[str, ...]:
        """Run the revisions, and return which were run, in order.

        :raises RevisionError: when files are missing or wrong.
        :raises MigrationError: when one fails, with file and line; the caller must roll back.
        """
        refuse_unknown(self.subject, self.directory, heads_in(self.subject, connection))
        target = existing(self.subject, self.directory, self.target)
        done: list[str] = []
        before = dangling(connection)
        try:
            with (
                explained(self.subject),
                online(
                    self.subject, self.directory, connection,
                    fn=partial(self._steps, target), on_version_apply=partial(_note, done),
                ) as environment,
            ):  # fmt: skip
                vars(environment.get_context())["autocommit_block"] = _refuse_to_commit
                environment.run_migrations()
        except MigrationError:
            raise
        except Exception as error:
            raise MigrationError(self._failure(error)) from error
        if more := dangling(connection) - before:
            what = f"The {self.direction} of {self.subject.name!r} ({', '.join(done)})"
            raise MigrationError(refers_to_nothing(what, more))
        return tuple(done)

    def sql(self, start: str, dialect: str) -> str:
        """Return the SQL from one revision to the target.

        :param start: a revision or ``"base"``.
        :raises MigrationError: when a revision needs a database to be run.
        """
        written = io.StringIO()
        target = existing(self.subject, self.directory, self.target)
        with explained(self.subject), offline(
            self.subject, self.directory, dialect, written, fn=partial(self._steps, target),
            starting_rev=existing(self.subject, self.directory, start),
        ) as environment:  # fmt: skip
            try:
                with environment.begin_transaction():
                    environment.run_migrations()
            except MigrationError:
                raise
            except Exception as error:
                where = place_of(error, self.subject.folder) or self.subject.versions
                raise MigrationError(
                    f"{where}: This cannot be written as SQL for {dialect} without a database: "
                    f"{said(error)}"
                ) from error
        return written.getvalue()

    def _steps(self, target: str, current: Any, _: MigrationContext) -> Sequence[Any]:
        # Alembic has no public name for these; its own documentation calls them so.
        steps: Callable[[str, Any], Sequence[Any]] = getattr(
            self.directory, f"_{self.direction}_revs"
        )
        return steps(target, current)

    def _failure(self, error: Exception) -> str:
        where = place_of(error, self.subject.folder) or self.subject.versions
        hint = ""
        if getattr(getattr(error, "orig", None), "sqlstate", None) == LOCKED:
            hint = f" A transaction that uses the table did not end within {TABLE_PATIENCE:g} s."
        return (
            f"{where}: The {self.direction} of {self.subject.name!r} failed, and nothing was "
            f"changed: {said(error)}{hint}"
        )


def refers_to_nothing(what: str, more: Counter[tuple[str, str]]) -> str:
    """Return the sentence that refuses to leave what :func:`dangling` counts."""
    pairs = ", ".join(f"{child} to {parent}" for child, parent in sorted(more))
    return (
        f"{what} would leave rows or tables that refer to what is gone, and nothing was changed: "
        f"{pairs}."
    )


def _refuse_to_commit() -> NoReturn:
    raise RuntimeError(
        "autocommit_block() would commit half of the migration: run such statements by hand."
    )


def _note(done: list[str], *, step: Any, **_: Any) -> None:
    done.append(step.up_revision_id)


def dangling(connection: Connection) -> Counter[tuple[str, str]]:
    """Count what refers to nothing; SQLite alone does not look at it while it migrates."""
    if connection.dialect.name != "sqlite":
        return Counter()
    rows = [
        (str(child), str(parent))
        for query in (DANGLING_ROWS, DANGLING_TABLES)
        for child, parent in connection.exec_driver_sql(query)
    ]
    return Counter(rows)
