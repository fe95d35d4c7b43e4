"""Whose tables are migrated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData


@dataclass(frozen=True)
class Subject:
    """A module, or the app itself (``"app"``): it has tables and migrations of its own.

    :param name: the module's name.
    :param metadata: its models' tables; only autogenerate and check need them.
    :param folder: its folder ``migrations``, which need not exist.
    """

    name: str
    metadata: MetaData | None
    folder: Path

    @property
    def versions(self) -> Path:
        """The folder of its revision files."""
        return self.folder / "versions"

    @property
    def version_table(self) -> str:
        """The table that says which of its revisions the database has."""
        return f"hotframe_{self.name}_version"
