"""Data: engines, units of work, models and migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .audit import Audited
    from .audit import AuditLog
    from .changes import ModelChange
    from .facade import Database
    from .facade import Databases
    from .mixins import SoftDelete
    from .mixins import Timestamps
    from .mixins import Uuid7
    from .mixins import Versioned
    from .models import ModuleModels
    from .paging import Page
    from .paging import Stretch
    from .repository import Repository
    from .slugs import Slug
    from .slugs import slugify
    from .types import UtcDateTime
else:
    __getattr__ = lazy(
        __name__,
        {
            "AuditLog": "audit",
            "Audited": "audit",
            "Database": "facade",
            "Databases": "facade",
            "ModelChange": "changes",
            "ModuleModels": "models",
            "Page": "paging",
            "Repository": "repository",
            "Slug": "slugs",
            "SoftDelete": "mixins",
            "Stretch": "paging",
            "Timestamps": "mixins",
            "UtcDateTime": "types",
            "Uuid7": "mixins",
            "Versioned": "mixins",
            "slugify": "slugs",
        },
    )

__all__ = [
    "AuditLog",
    "Audited",
    "Database",
    "Databases",
    "ModelChange",
    "ModuleModels",
    "Page",
    "Repository",
    "Slug",
    "SoftDelete",
    "Stretch",
    "Timestamps",
    "UtcDateTime",
    "Uuid7",
    "Versioned",
    "slugify",
]
