"""The migrator: what can be done with the revisions of subjects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from . import comparing
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

    async def _walk(self, subject: Subject, target: str, direction: str) -> tuple[str, ...]:
        walk = Walk(subject, read(subject), target, direction)
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
        directory = read(subject)
        head = single_head(subject, directory)
        current = await self.current(subject)
        refuse_unknown(subject, directory, current)
        return current != ((head,) if head else ())

    async def history(self, subject: Subject) -> list[Revision]:
        """Return all revisions of a subject, the newest first, with what they do."""
        async with alembic_alone(repr(subject.name), self.patience):
            directory = read(subject)
            current = await self.current(subject)
            refuse_unknown(subject, directory, current)
            return revisions(subject, directory, self._dialect, current)

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
        directory = read(subject)
        found = existing(subject, directory, target)
        applied = [one for one in await self.history(subject) if one.applied]
        if found.startswith("-"):
            return applied[: int(found[1:])]
        kept = {one.revision for one in directory.iterate_revisions(found, "base")}
        return [one for one in applied if one.id not in kept]

    # -- writing ---------------------------------------------------------------------------------

    async def sql(self, subject: Subject, start: str = "base", target: str = "head") -> str:
        """Return the SQL that upgrades from *start* to *target*; the database is not asked."""
        async with alembic_alone(repr(subject.name), self.patience):
            return Walk(subject, read(subject), target).sql(start, self._dialect)

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
