"""Alembic's contexts, made in code: there is no ``env.py``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy import MetaData

from ..naming import CONVENTION
from .subject import Subject

NAMES = MetaData(naming_convention=CONVENTION)
"""Names what a revision left without a name; not the models', which may not be at hand."""


@contextmanager
def online(
    subject: Subject, directory: ScriptDirectory, connection: Connection, **options: Any
) -> Iterator[EnvironmentContext]:
    """Give a context that migrates a database."""
    with EnvironmentContext(Config(), directory) as environment:
        environment.configure(
            connection=connection, version_table=subject.version_table,
            target_metadata=NAMES, **options,
        )  # fmt: skip
        yield environment


@contextmanager
def offline(
    subject: Subject, directory: ScriptDirectory, dialect: str, write: Any, **options: Any
) -> Iterator[EnvironmentContext]:
    """Give a context that writes SQL.

    :param dialect: the name of the database's kind.
    :param write: a text file that takes the SQL.
    """
    with EnvironmentContext(Config(), directory, as_sql=True) as environment:
        environment.configure(
            dialect_name=dialect, version_table=subject.version_table, output_buffer=write,
            target_metadata=NAMES, literal_binds=True,
            dialect_opts={"paramstyle": "named"}, **options,
        )  # fmt: skip
        yield environment


def looking(subject: Subject, connection: Connection, **options: Any) -> MigrationContext:
    """Return a context that looks at a database and runs nothing."""
    return MigrationContext.configure(
        connection, opts={"version_table": subject.version_table, **options}
    )


def heads_in(subject: Subject, connection: Connection) -> tuple[str, ...]:
    """Return the revisions that a database has."""
    return tuple(sorted(looking(subject, connection).get_current_heads()))
