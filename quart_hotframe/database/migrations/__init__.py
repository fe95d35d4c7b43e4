"""Migrations: revision files of each module, driven by Alembic in code."""

from .changes import Change
from .changes import only_add
from .data import session
from .migrator import Migrator
from .migrator import Run
from .revisions import Revision
from .subject import Subject

__all__ = ["Change", "Migrator", "Revision", "Run", "Subject", "only_add", "session"]
