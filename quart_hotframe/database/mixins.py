"""Columns that many models have: when, by which key, whether deleted, which version."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import Integer
from sqlalchemy import Uuid
from sqlalchemy.orm import declared_attr
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from .keys import uuid7
from .types import utc_now
from .types import UtcDateTime


class Timestamps:
    """When a row was made and last changed, in UTC."""

    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=utc_now, server_default=func.now(), sort_order=900
    )
    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=utc_now, server_default=func.now(), onupdate=utc_now, sort_order=901
    )


class Uuid7:
    """A primary key that rises with time and that code can make before the row is written."""

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7, sort_order=-1)


class SoftDelete:
    """A row that is marked when it is deleted, and can be restored.

    :class:`~quart_hotframe.database.Repository` leaves marked rows out; a ``select()`` of your own
    sees them: add ``.where(Model.deleted_at.is_(None))``.
    """

    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True, sort_order=902)

    @property
    def deleted(self) -> bool:
        """Whether the row is marked."""
        return self.deleted_at is not None

    def soft_delete(self) -> None:
        """Mark the row; the moment of the first mark stays."""
        self.deleted_at = self.deleted_at or utc_now()

    def restore(self) -> None:
        """Take the mark away."""
        self.deleted_at = None


class Versioned:
    """Two changes of one row at once: the second fails and nothing of it is written.

    It fails at flush or commit with :class:`sqlalchemy.orm.exc.StaleDataError`.
    """

    version: Mapped[int] = mapped_column(Integer, default=1, sort_order=903)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}
