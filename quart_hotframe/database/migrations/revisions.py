"""Revisions as values: what each does, whether the database has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from alembic.script import Script
from alembic.script import ScriptDirectory
from alembic.util import to_tuple

from ...errors import MigrationError
from .changes import Change
from .changes import only_add
from .classifying import Classifier
from .recording import record
from .running import Walk
from .subject import Subject


@dataclass(frozen=True)
class Revision:
    """One revision file of a subject."""

    id: str
    parents: tuple[str, ...]
    message: str
    path: Path
    applied: bool
    """Whether the database has it."""
    head: bool
    changes: tuple[Change, ...]
    """What its ``upgrade`` does."""
    back: tuple[Change, ...]
    """What its ``downgrade`` does."""
    sql: str
    """Its ``upgrade`` as SQL, or a comment that says why that cannot be known beforehand."""

    @property
    def only_adds(self) -> bool:
        """Whether the version before can serve beside it."""
        return only_add(self.changes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            **vars(self),
            "parents": list(self.parents),
            "path": str(self.path),
            "only_adds": self.only_adds,
            "changes": [vars(one) for one in self.changes],
            "back": [vars(one) for one in self.back],
        }


def revisions(
    subject: Subject, directory: ScriptDirectory, dialect: str, current: Sequence[str]
) -> list[Revision]:
    """Return all revisions, the newest first. Nothing else may migrate meanwhile.

    What a revision does to a table that no applied revision made only adds: nobody uses it yet.

    :param current: the revisions that the database has.
    """
    scripts = list(directory.walk_revisions())
    applied = _applied(directory, current)
    pending = Classifier()
    make = partial(_revision, subject, directory, dialect, applied, pending)
    return [make(script) for script in reversed(scripts)][::-1]


def _revision(
    subject: Subject, directory: ScriptDirectory, dialect: str, applied: set[str],
    pending: Classifier, script: Script,
) -> Revision:  # fmt: skip
    upgrade = record(subject, directory, script, "upgrade", dialect)
    downgrade = record(subject, directory, script, "downgrade", dialect)
    is_applied = script.revision in applied
    classifier = Classifier() if is_applied else pending
    return Revision(
        script.revision,
        to_tuple(script.down_revision, default=()),
        script.doc,
        Path(script.path),
        is_applied,
        script.is_head,
        tuple(classifier.changes(upgrade)),
        tuple(Classifier().changes(downgrade)),
        _sql(subject, directory, dialect, script),
    )


def _applied(directory: ScriptDirectory, current: Sequence[str]) -> set[str]:
    if not current:
        return set()
    found = directory.iterate_revisions(tuple(current), "base")
    return {one.revision for one in found}


def _sql(subject: Subject, directory: ScriptDirectory, dialect: str, script: Script) -> str:
    parents = to_tuple(script.down_revision, default=())
    if len(parents) > 1:
        return "-- It only joins branches.\n"
    walk = Walk(subject, directory, script.revision)
    try:
        return walk.sql(parents[0] if parents else "base", dialect)
    except MigrationError as error:
        return f"-- {error}\n"
