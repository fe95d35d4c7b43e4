"""Connections to a database beside those of units of work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from .engine import beginning
from .engine import make_engine
from .engine import Options
from .sqlite import WRITING
from .urls import is_file


@dataclass(frozen=True)
class Separate:
    """A database, for who must go on although units of work have taken all connections.

    :param timeout: seconds that connecting may take, and that SQLite waits for others who write.
    :param read_only: whether the database refuses to write.
    """

    url: URL
    timeout: float
    read_only: bool

    @property
    def where(self) -> str:
        """The address without its password."""
        return self.url.render_as_string()

    @property
    def file(self) -> Path | None:
        """The file of SQLite."""
        return Path(str(self.url.database)) if is_file(self.url) else None

    @property
    def is_shared(self) -> bool:
        """Whether other processes see what is written."""
        return not self.read_only and (self.url.get_backend_name() != "sqlite" or is_file(self.url))

    @property
    def is_postgres(self) -> bool:
        """Whether it is PostgreSQL."""
        return self.url.get_backend_name() == "postgresql"

    def make_engines(self, pool_size: int) -> tuple[AsyncEngine, AsyncEngine]:
        """Return a new engine for single statements that read, and its view for transactions.

        The log does not say when the database is away. Dispose the first one at the end.

        :param pool_size: most connections at once.
        """
        options = Options(pool_size, self.timeout, self.timeout, separate=True)
        engine = make_engine(self.url, options)
        if self.is_postgres:  # one statement needs no transaction, which takes two more
            return engine.execution_options(isolation_level="AUTOCOMMIT"), engine
        return engine, beginning(engine, WRITING)
