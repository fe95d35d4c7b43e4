"""An app with one table, for tests of the data layer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from quart_hotframe import HotFrame
from quart_hotframe.database import Databases

from .sites import new_app


class Base(DeclarativeBase):
    """The models of the app."""


class Note(Base):
    """A note."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(unique=True)


class Notes:
    """An app, its databases and a client."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.app: Quart = new_app(folder, config)
        self.app.secret_key = "secret"
        self.hotframe = HotFrame(self.app)
        self.client = self.app.test_client()

    @property
    def db(self) -> Databases:
        """The databases of the app."""
        return self.hotframe.db

    async def make_table(self) -> None:
        """Create the table."""
        async with self.db.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def texts(self) -> list[str]:
        """Return what is stored, as another connection sees it."""
        async with self.db.transaction(read_only=True) as session:
            return list(await session.scalars(select(Note.text).order_by(Note.text)))

    async def write(self, text: str) -> None:
        """Write a note in the unit of work of the caller."""
        await self.db.session.execute(insert(Note).values(text=text))

    @property
    def checked_out(self) -> int:
        """How many connections are in use."""
        pool: Any = self.db.engine.pool
        count: int = pool.checkedout()
        return count


async def ask(notes: Notes, method: str, path: str) -> Any:
    """Return the answer to a request with a method."""
    function = notes.client.post if method == "POST" else notes.client.get
    return await function(path)


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Notes]:
    """Serve the app; at the end nothing may hold a connection."""
    notes = Notes(tmp_path, {"HOTFRAME_DATABASE_URL": database_url})
    async with notes.app.test_app():
        await notes.make_table()
        yield notes
        assert notes.checked_out == 0
