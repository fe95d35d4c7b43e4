"""The tables of the modules, as operations see them: where modules and migrations meet."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import TYPE_CHECKING

from .config import Settings
from .database.facade import Database
from .errors import MigrationError
from .errors import OperationAborted
from .modules.schema import Files
from .modules.schema import IsAlone
from .modules.schema import Migration
from .modules.schema import StillOpen

if TYPE_CHECKING:  # Alembic is slow to import, and most apps start without it
    from sqlalchemy import MetaData

    from .database.migrations import Migrator
    from .database.migrations import Revision
    from .database.migrations import Run
    from .database.migrations import Subject

log = logging.getLogger("quart_hotframe.migrations")


class AppSchema:
    """Implements :class:`~quart_hotframe.modules.schema.Schema` on the database of an app.

    :param models: returns the tables of the models that are served, by owner.
    """

    def __init__(
        self, database: Database, settings: Settings, models: Callable[[], Mapping[str, MetaData]]
    ) -> None:
        self._database = database
        self._settings = settings
        self._models = models

    # -- planning --------------------------------------------------------------------------------

    async def upgrading(self, files: Files, before: Files | None = None) -> Migration | None:
        """Plan to bring the database to the newest revision of a version; see the protocol."""
        subject = self._subject(files)
        if not _has_revisions(files) and not _has_revisions(before):
            return None
        if unknown := await self._migrator.unknown(subject):
            await self._refuse_strange(files, before, unknown)
            return None
        pending = await self._migrator.pending(subject)
        if not pending:
            return None
        head = await self._migrator.head(subject)
        return Migration(
            files.module, "upgrade", files.version, files.source, head,
            exclusive=not all(one.only_adds for one in pending),
            texts=tuple(_text(files.module, one) for one in pending),
            loses=tuple(change.loses for one in pending for change in one.changes if change.loses),
            sql="".join(one.sql for one in pending),
        )  # fmt: skip

    async def _refuse_strange(
        self, files: Files, before: Files | None, unknown: tuple[str, ...]
    ) -> None:
        """Refuse a database that is ahead of a version, unless that version can serve all the same.

        :raises MigrationError: what stands in the way, and what to do.
        """
        if before is None or await self._migrator.unknown(self._subject(before)):
            raise MigrationError(
                f"The database has the revision {', '.join(unknown)} of {files.module!r}, which "
                f"{files.version} does not have: install the version that brought it."
            )
        beyond = await self._beyond(files, before)
        if hard := [one for one in beyond if not one.only_adds]:
            raise MigrationError(
                f"{files.module} {files.version} cannot serve what {before.version} has migrated: "
                f"{'; '.join(_text(files.module, one) for one in hard)}. Pass downgrade=True "
                "(--downgrade) to take that back; the plan says what would be lost."
            )

    async def downgrading(self, files: Files, before: Files) -> Migration | None:
        """Plan to take back what another version has migrated; see the protocol."""
        beyond = await self._beyond(files, before)
        if not beyond:
            return None
        subject, target = self._subject(before), await self._target(files, before)
        back = [change for one in beyond for change in one.back]
        return Migration(
            files.module, "downgrade", before.version, before.source, target,
            exclusive=True,
            texts=tuple(_text_back(files.module, one) for one in reversed(beyond)),
            loses=tuple(change.loses for change in back if change.loses),
            sql=await self._sql_back(subject, beyond[-1].id, target),
        )  # fmt: skip

    async def _beyond(self, files: Files, before: Files) -> list[Revision]:
        """Return the revisions that the database has after the newest of a version."""
        if not _has_revisions(before):
            return []
        target = await self._target(files, before)
        return await self._migrator.beyond(self._subject(before), target)

    async def _target(self, files: Files, before: Files) -> str:
        head = await self._migrator.head(self._subject(files))
        known = {one.id for one in await self._migrator.history(self._subject(before))}
        if head != "base" and head not in known:
            raise MigrationError(
                f"The revision {head!r} of {files.module} {files.version} is none of "
                f"{before.version}: their migrations have nothing in common."
            )
        return head

    async def _sql_back(self, subject: Subject, start: str, target: str) -> str:
        try:
            return await self._migrator.sql(subject, start, target, back=True)
        except MigrationError as error:
            return f"-- {error}\n"

    async def dropping(self, files: Files) -> Migration | None:
        """Plan to drop the tables of a module; see the protocol."""
        if not _has_revisions(files) and not self._models().get(files.module):
            return None
        tables = await self._migrator.tables(self._subject(files))
        return Migration(
            files.module, "drop", files.version, files.source, "base",
            exclusive=True,
            texts=(f"drop {_listed(tables)} of {files.module}",),
            loses=tuple(f"table {name}" for name in tables),
            sql="".join(f"DROP TABLE {name};\n" for name in tables),
        ) if tables else None  # fmt: skip

    # -- running ---------------------------------------------------------------------------------

    async def run(
        self, operation: str, migrations: Sequence[tuple[Migration, Files]], still_open: StillOpen
    ) -> None:
        """Run migrations and mark that they have run; see the protocol."""
        names = ", ".join(f"{one.module} {files.version}" for one, files in migrations)
        async with self._migrator.run(names) as run:
            if await run.is_marked(operation):
                return
            for migration, files in migrations:
                await self._run_one(run, migration, self._subject(files))
            await run.mark(operation)
            if not await still_open():
                raise OperationAborted(
                    f"The operation that migrates {names} was ended by another process: nothing "
                    "was migrated."
                )

    async def _run_one(self, run: Run, migration: Migration, subject: Subject) -> None:
        if migration.action == "drop":
            await run.drop(subject)
        elif migration.action == "downgrade":
            await run.downgrade(subject, migration.target)
        else:
            await run.upgrade(subject, migration.target)

    async def has_run(self, operation: str) -> bool:
        """Say whether the migrations of an operation have run; see the protocol."""
        async with self._migrator.run("an operation that was left") as run:
            return await run.is_marked(operation)

    async def export(self, files: Files, path: Path) -> int:
        """Write the rows of a module's tables into a file; see the protocol."""
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="utf-8") as file:
            return await self._migrator.export(self._subject(files), file)

    async def bring_up(self, files: Files, is_alone: IsAlone) -> None:
        """Run what the database lacks before a version is served; see the protocol."""
        if not _has_revisions(files):
            return
        subject = self._subject(files)
        if unknown := await self._migrator.unknown(subject):
            log.warning("The database has the revision %s of %r, which %s does not have.",
                        ", ".join(unknown), files.module, files.version)  # fmt: skip
            return
        if not await self._migrator.behind(subject):
            return
        pending = await self._migrator.pending(subject)
        hard = [one for one in pending if not one.only_adds]
        if hard and not await is_alone():
            raise MigrationError(
                f"{files.module} {files.version} needs migrations that do more than add, while "
                f"other processes serve: {'; '.join(_text(files.module, one) for one in hard)}. "
                f"End them first, or run `quart hotframe db upgrade {files.module}`."
            )
        for one in pending:
            log.warning("Before serving: %s.", _text(files.module, one))
        await self._migrator.upgrade(subject)

    # -- how -------------------------------------------------------------------------------------

    @property
    def _migrator(self) -> Migrator:
        from .database.migrations import Migrator

        return Migrator(self._database.engine, self._settings.operation_timeout)

    def _subject(self, files: Files) -> Subject:
        from .database.migrations import Subject

        return Subject(files.module, self._models().get(files.module), files.folder / "migrations")


def _has_revisions(files: Files | None) -> bool:
    versions = files.folder / "migrations" / "versions" if files is not None else None
    return versions is not None and any(versions.glob("*.py"))


def _text(module: str, revision: Revision) -> str:
    return _sentence("run", module, revision, revision.changes)


def _text_back(module: str, revision: Revision) -> str:
    return _sentence("take back", module, revision, revision.back)


def _sentence(verb: str, module: str, revision: Revision, changes: Sequence[Any]) -> str:
    does = "; ".join(str(one) for one in changes) or "changes nothing"
    return f"{verb} revision {revision.id} of {module} ({revision.message}): {does}"


def _listed(names: Sequence[str]) -> str:
    return f"table{'s' if len(names) > 1 else ''} {', '.join(names)}"
