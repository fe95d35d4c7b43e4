"""What operations need of the database: which migrations a change brings, and running them.

Modules and databases do not know each other; the extension brings them together.
"""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Protocol

from . import shape
from .shape import checked
from .shape import checked_texts

StillOpen = Callable[[], Awaitable[bool]]
IsAlone = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Migration:
    """What an operation does to the tables of one module."""

    module: str
    action: str
    """``"upgrade"``, ``"downgrade"`` or ``"drop"``."""
    version: str
    source: str
    """Of the version whose files have the revisions, as in the store."""
    target: str
    """The revision that the database has afterwards; ``"base"`` is none."""
    exclusive: bool
    """Whether the version before cannot serve meanwhile and afterwards."""
    texts: tuple[str, ...]
    """What is done, a sentence for each revision."""
    loses: tuple[str, ...] = ()
    """The tables and columns whose data is lost."""
    sql: str = ""
    """All of it as SQL, with comments where that cannot be known beforehand."""

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types."""
        return {**vars(self), "texts": list(self.texts), "loses": list(self.loses)}

    @classmethod
    def from_dict(cls, data: object, where: str) -> Migration:
        """Make the value from JSON types; ``where`` names the place in a message.

        :raises StoreError: a key is unknown, absent or has a wrong type.
        """
        fields = dict(checked(data, _MIGRATION, where))
        for key in ("texts", "loses"):
            fields[key] = checked_texts(fields[key], f"{where}, {key}")
        return cls(**fields)


@dataclass(frozen=True)
class Files:
    """A version of a module as the schema sees it: its name, version, source and folder."""

    module: str
    version: str
    source: str
    folder: Path


class Schema(Protocol):
    """The tables of all modules, in the app's database.

    Everything may raise ``MigrationError``, ``RevisionError`` or ``DatabaseUnavailable``.
    """

    async def upgrading(self, files: Files, before: Files | None = None) -> Migration | None:
        """Plan to bring the database to the newest revision of a version.

        :param before: the version that serves now; the database may be at a revision of its own.
        :returns: ``None`` when there is nothing to do.
        :raises MigrationError: the database has revisions that neither has; or those of *before*
            did more than add, so that only a downgrade would help.
        """

    async def downgrading(self, files: Files, before: Files) -> Migration | None:
        """Plan to take back what *before* has migrated since the newest revision of *files*."""

    async def dropping(self, files: Files) -> Migration | None:
        """Plan to drop the tables of a module, with its version table."""

    async def run(
        self, operation: str, migrations: Sequence[tuple[Migration, Files]], still_open: StillOpen
    ) -> None:
        """Run migrations and mark that the operation's have run, all in one transaction.

        Nothing happens when they have run already.

        :param still_open: asked before the commit; ``False`` rolls everything back.
        """

    async def has_run(self, operation: str) -> bool:
        """Say whether the migrations of an operation have run, once nobody migrates any more."""

    async def export(self, files: Files, path: Path) -> int:
        """Write the rows of a module's tables into a file of JSON Lines, and return how many."""

    async def bring_up(self, files: Files, is_alone: IsAlone) -> None:
        """Run what the database lacks, before a version is served that nobody upgraded to.

        :param is_alone: says whether no other process serves, so that more than adding hurts
            nobody; asked only when there is something to run.
        :raises MigrationError: it does more than add, and others serve.
        """


_MIGRATION: shape.Shape = {
    "module": shape.TEXT,
    "action": shape.TEXT,
    "version": shape.TEXT,
    "source": shape.TEXT,
    "target": shape.TEXT,
    "exclusive": shape.FLAG,
    "texts": shape.ARRAY,
    "loses": shape.ARRAY,
    "sql": shape.TEXT,
}
