"""What revisions do to those who use the tables meanwhile, and what they write as SQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from quart_hotframe.database.migrations import Migrator
from quart_hotframe.database.migrations import Revision
from quart_hotframe.database.migrations import Subject
from quart_hotframe.errors import MigrationError
from quart_hotframe.errors import RevisionError
from tests.support.migrations import engine as engine
from tests.support.migrations import migrator as migrator
from tests.support.migrations import subject_in
from tests.support.migrations import table
from tests.support.migrations import tables
from tests.support.migrations import write_revision


@pytest.fixture
async def shop(tmp_path: Path, migrator: Migrator) -> Subject:
    """A subject whose first revision is applied."""
    subject = subject_in(tmp_path, "shop")
    title = 'sa.Column("title", sa.String(50), nullable=False)'
    write_revision(subject, "0001", upgrade=table("shop_product", title))
    await migrator.upgrade(subject)
    return subject


async def pending(migrator: Migrator, shop: Subject, code: str) -> Revision:
    write_revision(shop, "0002", "0001", upgrade=code)
    (found,) = await migrator.pending(shop)
    return found


PRODUCT = '"shop_product"'
TYPE = f'op.alter_column({PRODUCT}, "title", type_={{}}, existing_type={{}})'
ADDS = [
    (table("shop_stock"), "adds", "adds table shop_stock"),
    (f'op.add_column({PRODUCT}, sa.Column("a", sa.Integer))', "adds", "adds column shop_product.a"),
    (
        f'op.add_column({PRODUCT}, sa.Column("a", sa.Integer, server_default="0", nullable=False))',
        "adds", "adds column shop_product.a",
    ),
    (f'op.create_index("i", {PRODUCT}, ["title"])', "adds", "adds index i on shop_product"),
    (
        f'op.bulk_insert(sa.table({PRODUCT}, sa.column("title")), [{{"title": "x"}}])',
        "adds", "adds 1 rows to shop_product",
    ),
    (
        f'op.alter_column({PRODUCT}, "title", nullable=True)',
        "widens", "lets column shop_product.title be empty",
    ),
    (
        TYPE.format("sa.String(80)", "sa.String(50)"), "widens",
        "changes the type of column shop_product.title from String(length=50) to "
        "String(length=80)",
    ),
    (
        TYPE.format("sa.BigInteger", "sa.Integer()"), "widens",
        "changes the type of column shop_product.title from Integer() to BigInteger()",
    ),
]  # fmt: skip
MORE = [
    (f"op.drop_table({PRODUCT})", "drops", "drops table shop_product"),
    (f'op.drop_column({PRODUCT}, "title")', "drops", "drops column shop_product.title"),
    (f'op.drop_constraint("c", {PRODUCT})', "drops", "drops constraint c of shop_product"),
    (f'op.drop_index("i", {PRODUCT})', "drops", "drops index i of shop_product"),
    (
        f'op.rename_table({PRODUCT}, "shop_item")',
        "renames", "renames table shop_product to shop_item",
    ),
    (
        f'op.alter_column({PRODUCT}, "title", new_column_name="name")',
        "renames", "renames column shop_product.title to name",
    ),
    (
        f'op.alter_column({PRODUCT}, "title", nullable=False)',
        "narrows", "lets column shop_product.title no longer be empty",
    ),
    (
        f'op.alter_column({PRODUCT}, "title", server_default=None)',
        "narrows", "takes the server default from column shop_product.title",
    ),
    (
        TYPE.format("sa.String(20)", "sa.String(50)"), "narrows",
        "changes the type of column shop_product.title from String(length=50) to "
        "String(length=20)",
    ),
    (
        TYPE.format("sa.Integer()", "sa.BigInteger()"), "narrows",
        "changes the type of column shop_product.title from BigInteger() to Integer()",
    ),
    (
        TYPE.format("sa.Text()", "None"), "narrows",
        "changes the type of column shop_product.title to Text()",
    ),
    (
        f'op.create_unique_constraint("u", {PRODUCT}, ["title"])',
        "constrains", "adds unique constraint u to shop_product",
    ),
    (
        f'op.create_index("i", {PRODUCT}, ["title"], unique=True)',
        "constrains", "adds unique index i to shop_product",
    ),
    (
        f'op.create_check_constraint("c", {PRODUCT}, sa.text("id > 0"))',
        "constrains", "adds check constraint c to shop_product",
    ),
    (
        f'op.create_foreign_key("f", {PRODUCT}, "other", ["id"], ["id"])',
        "constrains", "adds foreign key f to shop_product",
    ),
    (
        f'op.add_column({PRODUCT}, sa.Column("a", sa.Integer, nullable=False))',
        "requires", "adds column shop_product.a, which must be given and has no server default",
    ),
    ('op.execute("DELETE FROM shop_product")', "unknown", "executes DELETE FROM shop_product"),
    (
        'op.get_bind().execute(sa.text("SELECT 1")).scalar_one()',
        "unknown", "uses the connection; what it does with it, and after, is unknown",
    ),
    (
        "from quart_hotframe.database.migrations import session\n"
        "with session() as data:\n    data.execute(sa.text('SELECT 1')).one()",
        "unknown", "uses the connection; what it does with it, and after, is unknown",
    ),
    ('op.get_context().execute("DELETE FROM x")', "unknown", "executes DELETE FROM x;"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind", "text"), [*ADDS, *MORE])
async def test_an_operation_is_of_a_kind(
    migrator: Migrator, shop: Subject, code: str, kind: str, text: str
) -> None:
    found = await pending(migrator, shop, code)
    assert [(one.kind, one.text) for one in found.changes] == [(kind, text)]
    assert found.only_adds is ((code, kind, text) in ADDS)


async def test_a_batch_is_seen_through(migrator: Migrator, shop: Subject) -> None:
    code = f"""
        with op.batch_alter_table({PRODUCT}, recreate="always") as batch:
            batch.drop_column("title")
            batch.add_column(sa.Column("name", sa.Text))
    """
    found = await pending(migrator, shop, code)
    kinds = [(one.kind, one.text, one.loses) for one in found.changes]
    assert kinds == [
        ("drops", "drops column shop_product.title", "column shop_product.title"),
        ("adds", "adds column shop_product.name", None),
    ]


async def test_what_is_done_to_a_new_table_only_adds(migrator: Migrator, shop: Subject) -> None:
    write_revision(shop, "0002", "0001", upgrade=table("shop_stock"))
    write_revision(
        shop, "0003", "0002",
        upgrade="""
            op.add_column("shop_stock", sa.Column("count", sa.Integer, nullable=False))
            op.create_unique_constraint("u", "shop_stock", ["count"])
            op.add_column("shop_product", sa.Column("stock", sa.Integer))
            op.create_foreign_key("f", "shop_product", "shop_stock", ["stock"], ["id"])
        """,
    )  # fmt: skip
    found = await migrator.pending(shop)
    assert [one.only_adds for one in found] == [True, True]


async def test_history_says_what_is_applied_and_writes_the_sql(
    migrator: Migrator, engine: AsyncEngine, shop: Subject
) -> None:
    path = write_revision(shop, "0002", "0001", upgrade=table("shop_stock"), message="Stock.")
    newest, first = await migrator.history(shop)
    assert (first.id, first.applied, first.head) == ("0001", True, False)
    assert (newest.id, newest.parents, newest.message) == ("0002", ("0001",), "Stock.")
    assert (newest.path, newest.applied, newest.head) == (path, False, True)
    assert "CREATE TABLE shop_stock" in newest.sql
    assert "CREATE TABLE shop_product" not in newest.sql
    assert "UPDATE hotframe_shop_version SET version_num='0002'" in newest.sql
    assert "shop_stock" not in await tables(engine)


async def test_a_revision_that_fails_while_it_is_looked_at_is_named(
    migrator: Migrator, shop: Subject
) -> None:
    path = write_revision(shop, "0002", "0001", upgrade="\n1 / 0")
    with pytest.raises(RevisionError) as caught:
        await migrator.pending(shop)
    assert str(caught.value) == f"{path}:11: ZeroDivisionError: division by zero"


async def test_sql_is_written_without_a_database(
    migrator: Migrator, shop: Subject, tmp_path: Path
) -> None:
    other = subject_in(tmp_path, "other")
    write_revision(other, "1", upgrade=table("other_table"))
    written = await migrator.sql(other)
    assert "CREATE TABLE hotframe_other_version" in written
    assert "CREATE TABLE other_table" in written
    assert "INSERT INTO hotframe_other_version (version_num) VALUES ('1')" in written


async def test_sql_that_needs_a_database_is_refused_with_its_place(
    migrator: Migrator, engine: AsyncEngine, shop: Subject
) -> None:
    reads = 'op.get_bind().execute(sa.text("SELECT 1")).scalar_one()'
    path = write_revision(shop, "0002", "0001", upgrade=reads)
    with pytest.raises(MigrationError) as caught:
        await migrator.sql(shop)
    name = engine.dialect.name
    assert str(caught.value).startswith(f"{path}:11: This cannot be written as SQL for {name} ")
    (found,) = await migrator.pending(shop)
    assert found.sql.startswith(f"-- {path}:11: This cannot be written")


async def test_a_downgrade_says_beforehand_what_is_lost(migrator: Migrator, shop: Subject) -> None:
    write_revision(shop, "0001", downgrade=f"op.drop_table({PRODUCT})")
    write_revision(
        shop, "0002", "0001", upgrade=f'op.add_column({PRODUCT}, sa.Column("a", sa.Integer))',
        downgrade=f'op.drop_column({PRODUCT}, "a")',
    )  # fmt: skip
    await migrator.upgrade(shop)
    assert await migrator.losses(shop, "0001") == ["column shop_product.a"]
    assert await migrator.losses(shop, "-1") == ["column shop_product.a"]
    assert await migrator.losses(shop, "base") == [
        "column shop_product.a", "table shop_product",
    ]  # fmt: skip
    assert await migrator.losses(shop, "head") == []
