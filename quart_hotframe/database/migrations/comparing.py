"""Where a subject's models and the database differ; other tables are never looked at."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from alembic.autogenerate import produce_migrations
from alembic.operations import ops
from alembic.script import ScriptDirectory
from alembic.util import rev_id
from sqlalchemy import Connection

from ...errors import MigrationError
from ...runtime.contribution import HOST
from .contexts import heads_in
from .contexts import looking
from .owning import tables_of
from .rendering import Renderer
from .scripts import explained
from .scripts import refuse_unknown
from .scripts import single_head
from .subject import Subject


def differences(
    subject: Subject, directory: ScriptDirectory, connection: Connection
) -> ops.MigrationScript:
    """Return the operations that would make the database fit the models, and the way back.

    :raises MigrationError: without models, or when the database is not at the newest revision.
    """
    if subject.metadata is None:
        hint = " Tell of them: hotframe.add_models(Base)." if subject.name == HOST else ""
        raise MigrationError(f"{subject.name!r} has no models to compare with the database.{hint}")
    _refuse_behind(subject, directory, connection)
    owned = tables_of(subject, directory, connection.dialect.name)
    context = looking(subject, connection, include_name=partial(_is_of, owned))
    return produce_migrations(context, subject.metadata)


def generate(
    subject: Subject, directory: ScriptDirectory, connection: Connection, message: str,
    *, empty: bool,
) -> Path | None:  # fmt: skip
    """Write a revision file; ``None`` when nothing differs.

    :param empty: write one with nothing in it, to be filled in by hand, whatever differs.
    """
    single_head(subject, directory)
    found = None if empty else differences(subject, directory, connection)
    if found is not None and (found.upgrade_ops is None or found.upgrade_ops.is_empty()):
        return None
    subject.versions.mkdir(parents=True, exist_ok=True)
    render = Renderer(looking(subject, connection))
    upgrades = render(found.upgrade_ops) if found else ""
    downgrades = render(found.downgrade_ops) if found else ""
    with explained(subject):
        script = directory.generate_revision(
            rev_id(), message, head="head",
            upgrades=upgrades, downgrades=downgrades, imports=render.imports,
        )  # fmt: skip
    return Path(script.path) if script is not None else None


def _is_of(owned: frozenset[str], name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or name in owned


def _refuse_behind(subject: Subject, directory: ScriptDirectory, connection: Connection) -> None:
    current = heads_in(subject, connection)
    refuse_unknown(subject, directory, current)
    head = single_head(subject, directory)
    if current != ((head,) if head else ()):
        raise MigrationError(
            f"The database is not at revision {head!r} of {subject.name!r} but at "
            f"{', '.join(current) or 'none'}: upgrade it first."
        )
