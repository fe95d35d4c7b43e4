"""A request with one query on SQLite, beside the same written by hand with SQLAlchemy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from quart import Quart
from sqlalchemy import event
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from .inprocess import seconds_per_request
from .pairs import in_turn
from .table import Row

REQUESTS = 200
ROUNDS = 31
ROWS = 100


class Base(DeclarativeBase):
    """The models of both apps."""


class Item(Base):
    """A row to find."""

    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


async def fill(url: str) -> None:
    """Make the table, in the same way for both."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        await connection.run_sync(Base.metadata.create_all)
        rows = [{"name": f"item {number}"} for number in range(ROWS)]
        await connection.execute(insert(Item), rows)
    await engine.dispose()


def enforce_keys(connection: Any, record: Any) -> None:
    """Prepare a connection as HotFrame does; what else it needs stands in the file."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def plain(url: str) -> Quart:
    """Return an app that does by hand what a unit of work does."""
    app = Quart("plain")
    engine = create_async_engine(url)
    event.listen(engine.sync_engine, "connect", enforce_keys)
    session_of = async_sessionmaker(engine, expire_on_commit=False)

    @app.get("/")
    async def view() -> str:
        async with session_of() as session, session.begin():
            item = await session.scalar(select(Item).where(Item.id == 50))
            return item.name if item is not None else ""

    @app.after_serving
    async def dispose() -> None:
        await engine.dispose()

    return app


def hotframe(url: str, folder: Path) -> Quart:
    """Return an app that uses ``db.session``."""
    from quart_hotframe import db
    from quart_hotframe import HotFrame

    app = Quart("hotframe", instance_path=str(folder / "instance"))
    app.config.from_prefixed_env()
    app.config["HOTFRAME_DATABASE_URL"] = url
    HotFrame(app)

    @app.get("/")
    async def view() -> str:
        item = await db.session.scalar(select(Item).where(Item.id == 50))
        return item.name if item is not None else ""

    return app


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield one row."""
    rounds, requests = max(int(ROUNDS * scale), 3), max(int(REQUESTS * scale), 20)
    url = f"sqlite+aiosqlite:///{root / 'database.sqlite3'}"
    await fill(url)
    first, second = plain(url), hotframe(url, root)
    async with first.test_app(), second.test_app():
        pair = await in_turn(
            seconds_per_request(first, "/", requests),
            seconds_per_request(second, "/", requests),
            rounds,
        )
    yield Row(
        "request with one query on SQLite",
        f"{pair.plain * 1e6:.0f} µs",
        f"{pair.hotframe * 1e6:.0f} µs",
        1 / pair.ratio,
        ">= 0.95",
    )
