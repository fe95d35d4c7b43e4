"""Models whose rows live components show, and an app with such components."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Iterator
from contextlib import asynccontextmanager
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quart import render_template
from quart import request
from quart import session
from sqlalchemy import event
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from quart_hotframe import HotFrame
from quart_hotframe.database import SoftDelete
from quart_hotframe.database import Versioned
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing import test_app

from .modules import write_file
from .sites import becomes
from .sites import new_app

HEAD = """\
from typing import Annotated, Any
from pydantic import BaseModel, Field
from quart import session
from sqlalchemy import select, text, update
from sqlalchemy.orm import selectinload
from quart_hotframe import Bindable, db, event, FormComponent, ModelComponent
from tests.support.orders import Draft, Line, Order, Seat, Tag


"""


class Base(DeclarativeBase):
    """The base of the orders."""


class Order(Versioned, Base):
    __tablename__ = "shop_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(default="new")
    note: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="ann")
    lines: Mapped[list[Line]] = relationship(order_by="Line.id", cascade="all, delete-orphan")


class Line(Base):
    __tablename__ = "shop_line"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey(Order.id))
    text: Mapped[str]


class Tag(Base):
    """A row without a version, and with a text as its key."""

    __tablename__ = "shop_tag"
    name: Mapped[str] = mapped_column(primary_key=True)
    uses: Mapped[int] = mapped_column(default=0)


class Seat(Versioned, Base):
    __tablename__ = "shop_seat"
    hall: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    taken: Mapped[bool] = mapped_column(default=False)


class Draft(SoftDelete, Versioned, Base):
    __tablename__ = "shop_draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(default="")


class Orders:
    """An app with these tables, and pages with live components that show rows."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.app = new_app(folder, {"SECRET_KEY": "a key", **config})
        self.hotframe = HotFrame(self.app)
        self.app.add_url_rule("/<name>", "page", self._page)
        self.uses: dict[str, str] = {}

    async def _page(self, name: str) -> str:
        if "as" in request.args:
            session["user"] = request.args["as"]
        return await render_template(f"{name}.html")

    def component(self, name: str, template: str, code: str, /, **key: Any) -> None:
        """Write a component of the app, and the page of its name that shows the row with a key."""
        root = Path(self.app.root_path)
        write_file(root / "components" / f"{name}.html", template)
        write_file(root / "components" / f"{name}.py", HEAD + code)
        given = " ".join(f"{one}={value!r}" for one, value in (key or {"id": 1}).items())
        use = f'{{% component "{name}" {given} %}}{{% endcomponent %}}'
        write_file(root / "templates" / f"{name}.html", f"<body><main>{use}</main></body>")

    @asynccontextmanager
    async def serving(self, *rows: Any) -> AsyncIterator[RunningApp]:
        """Serve it with rows in its tables; at the end nobody may hold a connection."""
        async with test_app(self.app) as running:
            async with self.hotframe.db.engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            await self.add(*rows)
            yield running
            await becomes(lambda: self.checked_out == 0)

    async def add(self, *rows: Any) -> None:
        """Write rows."""
        async with self.hotframe.db.transaction() as written:
            written.add_all(rows)

    @asynccontextmanager
    async def changing(self, model: Any, key: Any = 1) -> AsyncIterator[Any]:
        """Give a row to change, as a view or a task would."""
        async with self.hotframe.db.transaction() as written:
            found = await written.get(model, key)
            yield found

    async def stored(self, model: Any, key: Any = 1) -> Any:
        """Return a row as another connection reads it."""
        async with self.hotframe.db.transaction(read_only=True) as read:
            return await read.get(model, key)

    async def deafen(self) -> None:
        """End all streams: pages that are open hear of nothing any more."""
        streams = self.hotframe.live.streams
        for one in streams:
            one.end({"reason": "stopped", "retry": None})
        await becomes(lambda: len(streams) == 0)

    @property
    def checked_out(self) -> int:
        """How many connections are in use."""
        pool: Any = self.hotframe.db.engine.pool
        count: int = pool.checkedout()
        return count

    @contextmanager
    def queries(self) -> Iterator[list[str]]:
        """Note the first words of the statements that the database is sent meanwhile."""
        found: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
            found.append(statement.split()[0])

        engine = self.hotframe.db.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            event.remove(engine, "before_cursor_execute", note)
