"""Revisions up and down: each subject for itself, all or nothing."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from quart_hotframe.database.migrations import Migrator
from quart_hotframe.database.migrations import Subject
from quart_hotframe.errors import MigrationError
from tests.support.migrations import columns
from tests.support.migrations import engine as engine
from tests.support.migrations import migrator as migrator
from tests.support.migrations import subject_in
from tests.support.migrations import table
from tests.support.migrations import tables
from tests.support.migrations import write_revision

OWN_TABLES = {"hotframe_shop_version", "hotframe_blog_version"}


@pytest.fixture
def shop(tmp_path: Path) -> Subject:
    subject = subject_in(tmp_path, "shop")
    write_revision(
        subject, "0001", upgrade=table("shop_product"), downgrade='op.drop_table("shop_product")'
    )
    write_revision(
        subject, "0002", "0001",
        upgrade='op.add_column("shop_product", sa.Column("title", sa.String(50)))',
        downgrade="""
            with op.batch_alter_table("shop_product") as batch:
                batch.drop_column("title")
        """,
    )  # fmt: skip
    return subject


@pytest.fixture
def blog(tmp_path: Path) -> Subject:
    """Another subject with the same revision ids, whose second one refers to ``shop``."""
    subject = subject_in(tmp_path, "blog")
    write_revision(
        subject, "0001", upgrade=table("blog_post"), downgrade='op.drop_table("blog_post")'
    )
    about = 'sa.Column("product", sa.Integer, sa.ForeignKey("shop_product.id"))'
    write_revision(
        subject, "0002", "0001",
        upgrade=table("blog_about", about), downgrade='op.drop_table("blog_about")',
    )  # fmt: skip
    return subject


async def test_it_goes_up_and_down_and_says_what_it_ran(
    migrator: Migrator, engine: AsyncEngine, shop: Subject
) -> None:
    assert await migrator.current(shop) == ()
    assert await tables(engine) == set()
    assert await migrator.upgrade(shop, "0001") == ("0001",)
    assert await columns(engine, "shop_product") == {"id"}
    assert await migrator.upgrade(shop) == ("0002",)
    assert await columns(engine, "shop_product") == {"id", "title"}
    assert await migrator.current(shop) == ("0002",)
    assert await migrator.upgrade(shop) == ()
    assert await migrator.downgrade(shop, "-1") == ("0002",)
    assert await migrator.downgrade(shop, "base") == ("0001",)
    assert await tables(engine) == {"hotframe_shop_version"}
    assert not list(shop.folder.rglob("__pycache__"))


async def test_a_subject_without_a_folder_has_nothing_to_do(
    migrator: Migrator, engine: AsyncEngine, tmp_path: Path
) -> None:
    subject = subject_in(tmp_path, "empty")
    assert await migrator.upgrade(subject) == ()
    assert await migrator.history(subject) == []
    assert await tables(engine) == set()


STEPS = (("shop", "0001"), ("shop", "0002"), ("blog", "0001"), ("blog", "0002"))


def legal(order: tuple[tuple[str, str], ...]) -> bool:
    before = {one: order.index(one) for one in order}
    return (
        before["shop", "0001"] < before["shop", "0002"]
        and before["blog", "0001"] < before["blog", "0002"]
        and before["shop", "0001"] < before["blog", "0002"]
    )


ORDERS = [order for order in permutations(STEPS) if legal(order)]


def shown(order: tuple[tuple[str, str], ...]) -> str:
    return " ".join(f"{name}{revision[-1]}" for name, revision in order)


@pytest.mark.parametrize("down", ORDERS, ids=lambda one: f"down {shown(one[::-1])}")
@pytest.mark.parametrize("up", ORDERS, ids=lambda one: f"up {shown(one)}")
async def test_two_subjects_with_the_same_revisions_in_every_legal_order(
    migrator: Migrator, engine: AsyncEngine, shop: Subject, blog: Subject, up, down
) -> None:
    subjects = {"shop": shop, "blog": blog}
    at: dict[str, tuple[str, ...]] = {"shop": (), "blog": ()}
    for name, revision in up:
        assert await migrator.upgrade(subjects[name], revision) == (revision,)
        at[name] = (revision,)
        assert {one: await migrator.current(subjects[one]) for one in at} == at
    assert await tables(engine) == {"shop_product", "blog_post", "blog_about", *OWN_TABLES}
    for name, revision in reversed(down):
        assert await migrator.downgrade(subjects[name], "-1") == (revision,)
        at[name] = ("0001",) if revision == "0002" else ()
        assert {one: await migrator.current(subjects[one]) for one in at} == at
    assert await tables(engine) == OWN_TABLES


async def test_what_another_subject_refers_to_cannot_be_dropped(
    migrator: Migrator, engine: AsyncEngine, shop: Subject, blog: Subject
) -> None:
    await migrator.upgrade(shop)
    await migrator.upgrade(blog)
    with pytest.raises(MigrationError, match="blog_about"):
        await migrator.downgrade(shop, "base")
    assert await tables(engine) == {"shop_product", "blog_post", "blog_about", *OWN_TABLES}
    assert await migrator.current(shop) == ("0002",)


async def test_rows_that_refer_to_a_table_that_is_made_anew_stay(
    migrator: Migrator, engine: AsyncEngine, shop: Subject, blog: Subject
) -> None:
    cascading = (
        'sa.Column("product", sa.Integer, sa.ForeignKey("shop_product.id", ondelete="CASCADE"))'
    )
    write_revision(blog, "0002", "0001", upgrade=table("blog_about", cascading))
    await migrator.upgrade(shop)
    await migrator.upgrade(blog)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO shop_product (id) VALUES (1)"))
        await connection.execute(text("INSERT INTO blog_about (id, product) VALUES (1, 1)"))
    assert await migrator.downgrade(shop, "0001") == ("0002",)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT product FROM blog_about")) == 1
        if engine.dialect.name == "sqlite":
            assert await connection.scalar(text("PRAGMA foreign_keys")) == 1


FAILS = """
op.create_table("shop_stock", sa.Column("id", sa.Integer, primary_key=True))
op.execute("INSERT INTO nowhere VALUES (1)")
"""


async def test_a_revision_that_fails_at_its_second_statement_changes_nothing(
    migrator: Migrator, engine: AsyncEngine, shop: Subject
) -> None:
    await migrator.upgrade(shop, "0001")
    path = write_revision(shop, "0003", "0002", upgrade=FAILS)
    with pytest.raises(MigrationError) as caught:
        await migrator.upgrade(shop)
    assert str(caught.value).startswith(f"{path}:12: The upgrade of 'shop' failed, and nothing was")
    assert "nowhere" in str(caught.value)
    assert await tables(engine) == {"shop_product", "hotframe_shop_version"}
    assert await columns(engine, "shop_product") == {"id"}  # 0002 went in the same transaction
    assert await migrator.current(shop) == ("0001",)
    path.unlink()
    assert await migrator.upgrade(shop) == ("0002",)


async def test_subjects_of_one_run_are_migrated_together_or_not_at_all(
    migrator: Migrator, engine: AsyncEngine, shop: Subject, blog: Subject
) -> None:
    write_revision(blog, "0003", "0002", upgrade=FAILS)
    with pytest.raises(MigrationError, match=r"blog/migrations/versions/0003\.py:12"):
        async with migrator.run("both") as run:
            await run.upgrade(shop)
            await run.upgrade(blog)
    assert await tables(engine) == set()
    async with migrator.run("both") as run:
        await run.upgrade(shop)
        await run.upgrade(blog, "0002")
        await run.connection.execute(text("CREATE TABLE mark (id INTEGER)"))
    assert {"shop_product", "blog_about", "mark"} <= await tables(engine)


FILLS = """
from quart_hotframe.database.migrations import session
from sqlalchemy.orm import DeclarativeBase

op.add_column("shop_product", sa.Column("slug", sa.String(50)))

class Base(DeclarativeBase):
    pass

class Product(Base):
    __tablename__ = "shop_product"
    id = sa.Column(sa.Integer, primary_key=True)
    title = sa.Column(sa.String(50))
    slug = sa.Column(sa.String(50))

with session() as data:
    for product in data.scalars(sa.select(Product)):
        product.slug = product.title.lower()
"""


async def test_a_revision_changes_data_through_a_session(
    migrator: Migrator, engine: AsyncEngine, shop: Subject
) -> None:
    await migrator.upgrade(shop)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO shop_product (id, title) VALUES (1, 'Lamp')"))
    path = write_revision(shop, "0003", "0002", upgrade=FILLS + "\nraise ValueError('no')")
    with pytest.raises(MigrationError, match="ValueError: no"):
        await migrator.upgrade(shop)
    assert await columns(engine, "shop_product") == {"id", "title"}
    path.unlink()
    write_revision(shop, "0003", "0002", upgrade=FILLS)
    assert await migrator.upgrade(shop) == ("0003",)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT slug FROM shop_product")) == "lamp"


async def test_a_revision_cannot_commit_half_of_a_migration(
    migrator: Migrator, engine: AsyncEngine, shop: Subject
) -> None:
    code = """
        with op.get_context().autocommit_block():
            op.execute("CREATE TABLE beside (id INTEGER)")
    """
    path = write_revision(shop, "0003", "0002", upgrade=code)
    with pytest.raises(MigrationError) as caught:
        await migrator.upgrade(shop)
    assert str(caught.value).startswith(f"{path}:11: ")
    assert "run such statements by hand" in str(caught.value)
    assert await tables(engine) == set()
