"""A module with a table, in versions whose migrations add, rename and fail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from .modules import write_module
from .sites import Site

MODELS = """\
from quart_hotframe.database import ModuleModels
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(ModuleModels, DeclarativeBase):
    pass


class Item(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    {columns}
"""

VIEWS = """\
from quart import request
from quart_hotframe import db
from sqlalchemy import select

from . import blueprint
from .models import Item


@blueprint.get("/")
async def index():
    rows = await db.session.scalars(select(Item).order_by(Item.{first}))
    return "{version}: " + ", ".join({shown} for one in rows)


@blueprint.post("/")
async def add():
    db.session.add(Item({first}=(await request.form)["name"]))
    return "", 201
"""

REVISION = '''\
"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = {id!r}
down_revision = {down!r}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''

CREATE = """\
    op.create_table(
        "shop_item",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
    )
    op.bulk_insert(
        sa.table("shop_item", sa.column("id", sa.Integer), sa.column("name", sa.String)),
        [{"id": 101, "name": "lamp"}, {"id": 102, "name": "rug"}],
    )"""
ADD = """\
    with op.batch_alter_table("shop_item") as batch:
        batch.add_column(sa.Column("price", sa.Integer, nullable=True))"""
TAKE = """\
    with op.batch_alter_table("shop_item") as batch:
        batch.drop_column("price")"""
RENAME = """\
    with op.batch_alter_table("shop_item") as batch:
        batch.alter_column("name", new_column_name="title", existing_type=sa.String(50),
                           existing_nullable=False)"""
RENAME_BACK = """\
    with op.batch_alter_table("shop_item") as batch:
        batch.alter_column("title", new_column_name="name", existing_type=sa.String(50),
                           existing_nullable=False)"""
FAIL = """\
    op.create_table("shop_other", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("UPDATE shop_item SET name = 'gone'")
    op.execute("DELETE FROM nowhere")"""

NAME = "name: Mapped[str]"
PRICE = "price: Mapped[int | None]"
TITLE = "title: Mapped[str]"


def revision(
    id: str, down: str | None, message: str, upgrade: str, downgrade: str = "    pass"
) -> str:
    """Return the text of a revision file; the bodies are indented already."""
    return REVISION.format(id=id, down=down, message=message, upgrade=upgrade, downgrade=downgrade)


CREATES = revision("0001", None, "The items.", CREATE, '    op.drop_table("shop_item")')
ADDS = revision("0002", "0001", "Add the price.", ADD, TAKE)
RENAMES = revision("0003", "0002", "Name it title.", RENAME, RENAME_BACK)
FAILS = revision("0002", "0001", "Fail.", FAIL)

WAITS = """\
    import pathlib, time
    here = pathlib.Path(__file__).parents[7]
    with op.batch_alter_table("shop_item") as batch:
        batch.alter_column("name", new_column_name="title", existing_type=sa.String(50),
                           existing_nullable=False)
    if op.get_context().as_sql:
        return
    while (here / "migrating").exists():
        (here / "migrates").touch()
        time.sleep(0.01)"""
BREAKS = revision("0003", "0002", "Fail late.", RENAME + '\n    op.execute("DELETE FROM nowhere")')
WAITING = revision("0003", "0002", "Take time.", WAITS, RENAME_BACK)

VERSIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "1.0": ((CREATES,), (NAME,), "one.name"),
    "2.0": ((CREATES, ADDS), (NAME, PRICE), 'f"{one.name} {one.price}"'),
    "3.0": ((CREATES, ADDS, RENAMES), (TITLE, PRICE), 'f"{one.title} {one.price}"'),
    "1.5": ((CREATES, FAILS), (NAME,), "one.name"),
    "3.1": ((CREATES, ADDS, WAITING), (TITLE, PRICE), 'f"{one.title} {one.price}"'),
    "2.5": ((CREATES, ADDS, BREAKS), (TITLE, PRICE), "one.title"),
}
"""By version: its revisions, columns, and what its page shows. Those of 1.5 and 2.5 fail.

The migration of 3.1 waits as long as there is a file ``migrating`` in the folder of the test,
where it makes the file ``migrates`` meanwhile.
"""


def shop(
    folder: Path, version: str, *, files: Mapping[str, str] | None = None, manifest: str = ""
) -> Path:
    """Write a version of the module ``shop`` into a folder of sources and return its folder."""
    revisions, columns, shown = VERSIONS[version]
    first = columns[0].partition(":")[0]
    content = {
        "models.py": MODELS.format(columns="\n    ".join(columns)),
        "views.py": VIEWS.format(version=version, shown=shown, first=first),
    }
    for text in revisions:
        name = text.partition("revision = '")[2].partition("'")[0]
        content[f"migrations/versions/{name}.py"] = text
    content |= {name: dedent(text) for name, text in (files or {}).items()}
    return write_module(folder, "shop", version, files=content, manifest=manifest)


class ShopSite(Site):
    """A site on a database, with the versions of ``shop`` at hand."""

    def __init__(self, folder: Path, url: str, **config: Any) -> None:
        super().__init__(folder, {"HOTFRAME_DATABASE_URL": url, **config})

    def shop(self, version: str, **options: Any) -> Path:
        """Write a version that can be installed."""
        return shop(self.folder / "sources" / version, version, **options)

    async def has_shop(self, version: str = "1.0", **options: Any) -> None:
        """Install a version and enable it."""
        await self.modules.install(self.shop(version, **options))
        await self.modules.enable("shop")

    async def page(self) -> str:
        """Return what the module's page says."""
        status, text = await self.get("/shop/")
        return text if status == 200 else str(status)


@pytest.fixture
def shops(database_url: str, tmp_path: Path) -> ShopSite:
    """Return a site that is not served yet: once on SQLite and once on PostgreSQL."""
    return ShopSite(tmp_path, database_url)
