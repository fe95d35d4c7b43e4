"""The migrator: what can be done with the revisions of subjects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO
from typing import TypeVar

from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from . import comparing
from . import marking
from . import removing
from .changes import Change
from .classifying import Classifier
from .contexts import heads_in
from .locking import alembic_alone
from .locking import migrating
from .revisions import Revision
from .revisions import revisions
from .running import Walk
from .scripts import existing
from .scripts import read
from .scripts import refuse_unknown
from .scripts import single_head
from .subject import Subject

T = TypeVar("T")


class Run:
    """One transaction in which revisions run; they are there together or not at all."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        """For what shall be committed with the revisions."""

    async def upgrade(self, subject: Subject, target: str = "head") -> tuple[str, ...]:
        """Run a subject's revisions up to *target*, and return those that were run.

        :param target: a revision, ``"head"``, or ``"+1"``.
        :raises MigrationError: when one fails; the whole run is to be rolled back.
        """
        return await self._walk(subject, target, "upgrade")

    async def downgrade(self, subject: Subject, target: str) -> tuple[str, ...]:
        """Take a subject's revisions back to *target*, and return those that were taken back.

        :param target: a revision that stays, ``"base"`` for none, or ``"-1"``.
        """
        return await self._walk(subject, target, "downgrade")

    async def drop(self, subject: Subject) -> list[str]:
        """Drop all tables of a subject with their data, and return their names.

        :raises MigrationError: when something that stays refers to them.
        """
        directory = await asyncio.to_thread(read, subject)
        return await self.connection.run_sync(
            lambda connection: removing.drop(subject, directory, connection)
        )

    async def mark(self, operation: str) -> None:
        """Note in the same transaction that the migrations of an operation have run."""
        await self.connection.run_sync(marking.mark, operation)

    async def is_marked(self, operation: str) -> bool:
        """Say whether the migrations of an operation have run."""
        return await self.connection.run_sync(marking.is_marked, operation)

    async def _walk(self, subject: Subject, target: str, direction: str) -> tuple[str, ...]:
        walk = Walk(subject, await asyncio.to_thread(read, subject), target, direction)
        return await self.connection.run_sync(walk.run)


class Migrator:
    """Brings a database to the revisions of modules, and back. It needs no ``env.py``.

    Each subject has a version table of its own, so that modules come and go without each other.

    :param engine: the database.
    :param patience: seconds to wait for another migration, or for whoever writes to SQLite.
    """

    def __init__(self, engine: AsyncEngine, patience: float = 60.0) -> None:
        self.engine = engine
        self.patience = patience

    # -- changing --------------------------------------------------------------------------------

    @asynccontextmanager
    async def run(self, who: str) -> AsyncIterator[Run]:
        """Give a transaction for the revisions of one or several subjects.

        ::

            async with migrator.run("shop 2.0") as run:
                for subject in subjects:
                    await run.upgrade(subject)
                await run.connection.execute(...)   # committed together

        :param who: what is migrated, for the message while others wait.
        :raises MigrationBusy: when it cannot begin within the migrator's patience.
        """
        async with (
            alembic_alone(who, self.patience),
            self.engine.connect() as connection,
            migrating(connection, who, self.patience),
        ):
            yield Run(connection)

    async def upgrade(self, subject: Subject, target: str = "head") -> tuple[str, ...]:
        """Run a subject's revisions up to *target*; see :meth:`Run.upgrade`.

        All or none are run. Any number of processes may ask at once.
        """
        if target == "head" and not await self.behind(subject):
            return ()
        async with self.run(repr(subject.name)) as run:
            return await run.upgrade(subject, target)

    async def downgrade(self, subject: Subject, target: str) -> tuple[str, ...]:
        """Take revisions back; see :meth:`Run.downgrade`. Nothing calls it by itself."""
        async with self.run(repr(subject.name)) as run:
            return await run.downgrade(subject, target)

    # -- looking ---------------------------------------------------------------------------------

    async def current(self, subject: Subject) -> tuple[str, ...]:
        """Return the revisions that the database has: none, one, or the heads of branches."""
        return await self._look(lambda connection: heads_in(subject, connection))

    async def behind(self, subject: Subject) -> bool:
        """Say whether the database lacks revisions of a subject.

        :raises RevisionError: when it has some that no file has, or there are several heads.
        """
        directory = await asyncio.to_thread(read, subject)
        head = single_head(subject, directory)
        current = await self.current(subject)
        refuse_unknown(subject, directory, current)
        return current != ((head,) if head else ())

    async def history(self, subject: Subject) -> list[Revision]:
        """Return all revisions of a subject, the newest first, with what they do."""
        directory = await asyncio.to_thread(read, subject)
        current = await self.current(subject)
        refuse_unknown(subject, directory, current)
        return await self._revisions(subject, directory, current)

    async def _revisions(
        self, subject: Subject, directory: ScriptDirectory, current: tuple[str, ...]
    ) -> list[Revision]:
        async with alembic_alone(repr(subject.name), self.patience):
            return await asyncio.to_thread(revisions, subject, directory, self._dialect, current)

    async def pending(self, subject: Subject) -> list[Revision]:
        """Return the revisions that the database lacks, the oldest first."""
        return [one for one in reversed(await self.history(subject)) if not one.applied]

    async def losses(self, subject: Subject, target: str) -> list[str]:
        """Return the tables and columns whose data a downgrade to *target* would lose.

        :raises RevisionError: when there is no such revision.
        """
        going = await self.leaving(subject, target)
        return [change.loses for one in going for change in one.back if change.loses]

    async def leaving(self, subject: Subject, target: str) -> list[Revision]:
        """Return the revisions that a downgrade to *target* takes back, in that order."""
        directory = await asyncio.to_thread(read, subject)
        found = existing(subject, directory, target)
        applied = [one for one in await self.history(subject) if one.applied]
        if found.startswith("-"):
            return applied[: int(found[1:])]
        kept = {one.revision for one in directory.iterate_revisions(found, "base")}
        return [one for one in applied if one.id not in kept]

    async def unknown(self, subject: Subject) -> tuple[str, ...]:
        """Return the revisions that the database has and no file of the subject."""
        directory = await asyncio.to_thread(read, subject)
        known = {script.revision for script in directory.walk_revisions()}
        return tuple(one for one in await self.current(subject) if one not in known)

    async def head(self, subject: Subject) -> str:
        """Return the newest revision of a subject's files, ``"base"`` when there is none."""
        return single_head(subject, await asyncio.to_thread(read, subject)) or "base"

    async def beyond(self, subject: Subject, target: str) -> list[Revision]:
        """Return the revisions that the database has after *target*, the oldest first.

        What they do is told together: what one does to a table that another made only adds.
        """
        gone = {one.id for one in await self.leaving(subject, target)}
        directory = await asyncio.to_thread(read, subject)
        kept = () if target == "base" else (target,)
        found = await self._revisions(subject, directory, kept)
        return [one for one in reversed(found) if one.id in gone]

    async def tables(self, subject: Subject) -> list[str]:
        """Return the names of a subject's tables that the database has."""
        async with alembic_alone(repr(subject.name), self.patience):
            directory = await asyncio.to_thread(read, subject)
            return await self._look(
                lambda connection: removing.existing_tables(subject, directory, connection)
            )

    # -- writing ---------------------------------------------------------------------------------

    async def sql(
        self, subject: Subject, start: str = "base", target: str = "head", *, back: bool = False
    ) -> str:
        """Return the SQL that upgrades from *start* to *target*; the database is not asked.

        :param back: downgrade.
        """
        walk = Walk(
            subject, await asyncio.to_thread(read, subject), target,
            "downgrade" if back else "upgrade",
        )  # fmt: skip
        async with alembic_alone(repr(subject.name), self.patience):
            return await asyncio.to_thread(walk.sql, start, self._dialect)

    async def export(self, subject: Subject, file: TextIO) -> int:
        """Write the rows of a subject's tables as lines of JSON, and return how many.

        ::

            {"table": "shop_product", "row": {"id": 1, "title": "Lamp", "price": "12.50"}}
        """
        async with alembic_alone(repr(subject.name), self.patience):
            directory = await asyncio.to_thread(read, subject)
            return await self._look(
                lambda connection: removing.write_rows(subject, directory, connection, file)
            )

    async def revision(self, subject: Subject, message: str, *, empty: bool = False) -> Path | None:
        """Write a revision file for what differs between models and database.

        :param message: what it does, in a few words; part of the file's name.
        :param empty: write one to be filled in by hand, for data or SQL.
        :returns: its path, or ``None`` when nothing differs.
        :raises MigrationError: when the database is not at the newest revision.
        """
        async with alembic_alone(repr(subject.name), self.patience):
            directory = read(subject)
            return await self._look(
                lambda connection: comparing.generate(
                    subject, directory, connection, message, empty=empty
                )
            )

    async def check(self, subject: Subject) -> list[Change]:
        """Return what models have and migrations do not bring; an empty list when they fit.

        :raises MigrationError: when the database is not at the newest revision.
        :raises RevisionError: when files are wrong, or there are several heads.
        """
        async with alembic_alone(repr(subject.name), self.patience):
            directory = read(subject)
            found = await self._look(
                lambda connection: comparing.differences(subject, directory, connection)
            )
        return Classifier().changes(found.upgrade_ops.ops if found.upgrade_ops else ())

    @property
    def _dialect(self) -> str:
        return self.engine.dialect.name

    async def _look(self, function: Callable[[Connection], T]) -> T:
        async with self.engine.connect() as connection:
            return await connection.run_sync(function)
