"""Revision files from models: they hold what is the subject's, and nothing of others."""

from __future__ import annotations

import enum
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import Double
from sqlalchemy import Enum
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import insert
from sqlalchemy import Integer
from sqlalchemy import Interval
from sqlalchemy import JSON
from sqlalchemy import LargeBinary
from sqlalchemy import MetaData
from sqlalchemy import Numeric
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import text
from sqlalchemy import Time
from sqlalchemy import TypeDecorator
from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from quart_hotframe.database import ModuleModels
from quart_hotframe.database import UtcDateTime
from quart_hotframe.database.migrations import Migrator
from quart_hotframe.database.migrations import Subject
from quart_hotframe.database.naming import CONVENTION
from quart_hotframe.errors import MigrationError
from quart_hotframe.errors import RevisionError
from tests.support import shelf
from tests.support.migrations import columns
from tests.support.migrations import engine as engine
from tests.support.migrations import migrator as migrator
from tests.support.migrations import subject_in
from tests.support.migrations import table
from tests.support.migrations import tables
from tests.support.migrations import write_revision


class Money(TypeDecorator):
    """A type that lies in a module's code."""

    impl = String(20)
    cache_ok = True


def metadata() -> MetaData:
    return MetaData(naming_convention=CONVENTION)


def shop_with(folder: Path, *more: Column) -> Subject:
    models = metadata()
    Table("shop_product", models, Column("id", Integer, primary_key=True), *more)
    return subject_in(folder, "shop", models)


def blog_about(folder: Path, shop: Subject, *more: Column) -> Subject:
    """A subject with the same prefix as a table of no one, and a foreign key to ``shop``."""
    models = metadata()
    assert shop.metadata is not None
    product = shop.metadata.tables["shop_product"].c.id
    Table(
        "blog_about", models,
        Column("id", Integer, primary_key=True),
        Column("product", ForeignKey(product), nullable=False),
        *more,
    )  # fmt: skip
    return subject_in(folder, "blog", models)


async def generated(migrator: Migrator, subject: Subject, message: str = "Change it") -> str:
    """Write a revision, run it, see that nothing differs any more, and return its text."""
    path = await migrator.revision(subject, message)
    assert path is not None
    assert await migrator.upgrade(subject)
    assert await migrator.check(subject) == []
    assert await migrator.revision(subject, "Nothing") is None
    return path.read_text(encoding="utf-8")


async def test_it_never_mentions_what_is_anothers(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE shop_of_the_host (id INTEGER)"))
    shop = shop_with(tmp_path)
    first = await generated(migrator, shop)
    assert "'shop_product'" in first
    blog = blog_about(tmp_path, shop)
    second = await generated(migrator, blog)
    assert "'blog_about'" in second
    assert "['shop_product.id']" in second
    assert "op.f('fk_blog_about_product_shop_product')" in second
    third = await generated(migrator, shop_with(tmp_path, Column("title", String(50))), "Title")
    for foreign in ("blog", "of_the_host", "version", "drop_table"):
        assert foreign not in third
    assert "shop_of_the_host" not in first + second
    assert await columns(engine, "shop_product") == {"id", "title"}


async def test_subjects_at_the_same_revision_do_not_see_each_other(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    shop, blog = shop_with(tmp_path), subject_in(tmp_path, "blog")
    about = 'sa.Column("product", sa.Integer, sa.ForeignKey("shop_product.id"), nullable=False)'
    write_revision(shop, "0001", upgrade=table("shop_product"))
    write_revision(blog, "0001", upgrade=table("blog_about", about))
    for subject in (shop, blog):
        assert await migrator.upgrade(subject) == ("0001",)
        assert await migrator.current(subject) == ("0001",)
    changed = shop_with(tmp_path, Column("title", String(50)))
    other = blog_about(tmp_path, changed, Column("text", String(50)))
    assert [str(one) for one in await migrator.check(changed)] == ["adds column shop_product.title"]
    assert "adds column blog_about.text" in [str(one) for one in await migrator.check(other)]
    assert "blog" not in await generated(migrator, changed)
    assert "title" not in await generated(migrator, other)


async def test_a_model_that_is_gone_takes_its_table_along(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    shop = shop_with(tmp_path)
    assert shop.metadata is not None
    stock = Table("shop_stock", shop.metadata, Column("id", Integer, primary_key=True))
    await generated(migrator, shop)
    shop.metadata.remove(stock)
    assert [str(one) for one in await migrator.check(shop)] == ["drops table shop_stock"]
    await generated(migrator, shop)
    assert await tables(engine) == {"shop_product", "hotframe_shop_version"}
    await migrator.downgrade(shop, "-1")
    assert await tables(engine) == {"shop_product", "shop_stock", "hotframe_shop_version"}


async def test_a_table_that_was_renamed_is_known_by_its_new_name(
    migrator: Migrator, tmp_path: Path
) -> None:
    shop = shop_with(tmp_path)
    write_revision(shop, "1", upgrade=f"{table('shop_product')}\n{table('shop_old')}")
    write_revision(shop, "2", "1", upgrade='op.rename_table("shop_old", "shop_new")')
    await migrator.upgrade(shop)
    assert [str(one) for one in await migrator.check(shop)] == ["drops table shop_new"]


async def test_every_change_runs_on_this_database_and_back(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    shop = shop_with(tmp_path, Column("title", String(50)), Column("gone", Boolean))
    await generated(migrator, shop)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO shop_product (id, title) VALUES (1, 'Lamp')"))
    changed = shop_with(
        tmp_path,
        Column("title", String(80), nullable=False, unique=True),
        Column("price", Money, index=True),
    )
    written = await generated(migrator, changed)
    assert "batch_alter_table" in written
    assert "sa.String(length=20)" in written
    assert "Money" not in written
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT title FROM shop_product")) == "Lamp"
    await migrator.downgrade(shop, "-1")
    assert await columns(engine, "shop_product") == {"id", "title", "gone"}
    assert await migrator.upgrade(changed)
    assert await migrator.check(changed) == []


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


TYPES: dict[str, Any] = {
    "amount": Numeric(8, 2), "big": BigInteger, "blob": LargeBinary, "data": JSON, "day": Date,
    "flag": Boolean, "length": Double, "long": Text, "money": Money, "moment": UtcDateTime,
    "naive": DateTime, "short": String(20), "size": Enum(Size, native_enum=False),
    "span": Interval, "time": Time, "which": Uuid,
}  # fmt: skip


async def test_each_type_of_column_is_written_runs_and_is_found_again(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    shop = shop_with(tmp_path, *(Column(name, kind) for name, kind in TYPES.items()))
    await generated(migrator, shop)
    await migrator.downgrade(shop, "base")
    assert await tables(engine) == {"hotframe_shop_version"}
    assert await migrator.upgrade(shop)
    assert await migrator.check(shop) == []


async def test_models_with_our_mixins_live_in_the_tables_of_their_revision(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    subject = subject_in(tmp_path, "shelf", shelf.Base.metadata)
    written = await generated(migrator, subject)
    assert "quart_hotframe" not in written
    await migrator.downgrade(subject, "base")
    await migrator.upgrade(subject)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        book, account = shelf.Book(title="Night Train", isbn="1"), shelf.Account(name="ann")
        session.add_all([book, account])
        await session.commit()
        key, made = book.id, book.created_at
    async with AsyncSession(engine) as session:
        again = await session.get_one(shelf.Book, key)
        assert (again.slug, again.created_at, again.deleted) == ("night-train", made, False)
        assert again.created_at.tzinfo is UTC
        (change,) = await session.scalars(select(shelf.Change))
        assert change.changes["name"] == [None, "ann"]
        await session.execute(insert(shelf.Place).values(row=1, seat=2))


async def test_enums_of_two_modules_may_have_one_name_and_come_and_go(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    subjects = [sized(tmp_path, "shop"), sized(tmp_path, "blog")]
    for subject in subjects:
        await generated(migrator, subject)
    for subject in subjects:
        await migrator.downgrade(subject, "base")
        assert await migrator.upgrade(subject)
        assert await migrator.check(subject) == []


def sized(folder: Path, name: str) -> Subject:
    class Base(ModuleModels, DeclarativeBase): ...

    class Thing(Base):
        __tablename__ = f"{name}_thing"
        id: Mapped[int] = mapped_column(primary_key=True)
        size: Mapped[Size]

    return subject_in(folder, name, Base.metadata)


@pytest.mark.postgres
async def test_a_type_of_postgresql_is_imported(postgres_url: str, tmp_path: Path) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(postgres_url)
    try:
        written = await generated(Migrator(engine), shop_with(tmp_path, Column("data", JSONB)))
    finally:
        await engine.dispose()
    assert "\nfrom sqlalchemy.dialects import postgresql\n" in written


async def test_check_says_what_differs(migrator: Migrator, tmp_path: Path) -> None:
    await generated(migrator, shop_with(tmp_path))
    shop = shop_with(tmp_path, Column("title", String(50)))
    assert shop.metadata is not None
    Index("ix_title", shop.metadata.tables["shop_product"].c.title)
    found = [str(one) for one in await migrator.check(shop)]
    assert found == ["adds column shop_product.title", "adds index ix_title on shop_product"]


async def test_a_database_that_is_behind_is_not_compared(
    migrator: Migrator, tmp_path: Path
) -> None:
    shop = shop_with(tmp_path)
    write_revision(shop, "1", upgrade=table("shop_product"))
    for refused in (migrator.check(shop), migrator.revision(shop, "More")):
        with pytest.raises(MigrationError, match="not at revision '1' of 'shop' but at none"):
            await refused


async def test_several_heads_are_refused(migrator: Migrator, tmp_path: Path) -> None:
    shop = shop_with(tmp_path)
    write_revision(shop, "1")
    write_revision(shop, "2")
    for refused in (
        migrator.check(shop), migrator.sql(shop), migrator.revision(shop, "More"),
        migrator.revision(shop, "More", empty=True),
    ):  # fmt: skip
        with pytest.raises(RevisionError, match="several heads"):
            await refused


async def test_without_models_only_an_empty_file_can_be_written(
    migrator: Migrator, tmp_path: Path
) -> None:
    shop = subject_in(tmp_path, "shop")
    with pytest.raises(MigrationError, match="'shop' has no models"):
        await migrator.revision(shop, "Fill")
    path = await migrator.revision(shop, "Fill the slugs", empty=True)
    assert path is not None
    assert path.name.endswith("_fill_the_slugs.py")
    assert await migrator.upgrade(shop) == (path.name.partition("_")[0],)
