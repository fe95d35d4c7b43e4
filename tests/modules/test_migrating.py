"""Changing modules changes their tables: what is planned, run, left and taken back."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from quart_hotframe.database.migrations import locking
from quart_hotframe.errors import MigrationError
from quart_hotframe.errors import OperationAborted
from quart_hotframe.modules.migrating import files_of
from tests.support.migrations import columns
from tests.support.migrations import tables
from tests.support.shops import revision
from tests.support.shops import shops as shops
from tests.support.shops import ShopSite
from tests.support.sites import becomes
from tests.support.sites import serving

pytestmark = pytest.mark.by_turns

CART = {
    "migrations/versions/0001.py": revision("0001", None, "The lines.", """\
    op.create_table(
        "cart_line",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("shop_item.id"), nullable=False),
    )
    op.execute("INSERT INTO cart_line (id, item_id) VALUES (1, 101)")"""),
}  # fmt: skip


async def of_modules(site: ShopSite) -> set[str]:
    """Return the names of the tables that are not HotFrame's own, but for version tables."""
    own = ("hotframe_store", "hotframe_operation")
    return {name for name in await tables(site.hotframe.db.engine) if not name.startswith(own)}


async def test_enabling_makes_the_tables(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.modules.install(shops.shop("1.0"))
        plan = await shops.modules.plan("enable", "shop")
        assert "run revision 0001 of shop (The items.): adds table shop_item" in str(plan)
        assert "CREATE TABLE shop_item" in plan.sql and plan.closing == ()
        await shops.modules.enable("shop")
        assert await shops.page() == "1.0: lamp, rug"


async def test_an_upgrade_that_adds_runs_beside_the_old_version(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop()
        plan = await shops.modules.plan("upgrade", "shop", shops.shop("2.0"))
        assert plan.closing == () and len(plan.migrations) == 1
        await shops.modules.upgrade("shop", shops.shop("2.0"))
        assert await shops.page() == "2.0: lamp None, rug None"


async def test_an_upgrade_that_renames_is_exclusive(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop("2.0")
        plan = await shops.modules.plan("upgrade", "shop", shops.shop("3.0"))
        assert plan.closing == ("shop",)
        assert "hold the requests of shop until this is done" in str(plan)
        await shops.modules.upgrade("shop", shops.shop("3.0"))
        assert await shops.page() == "3.0: lamp None, rug None"


async def test_a_migration_that_fails_leaves_everything_as_it_was(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop()
        before = await shops.snapshot("/shop/")
        with pytest.raises(MigrationError, match=r"0002\.py:1\d: .*nowhere"):
            await shops.modules.upgrade("shop", shops.shop("1.5"))
        await shops.is_as(before)
        assert await shops.page() == "1.0: lamp, rug"
        assert "shop_other" not in await tables(shops.hotframe.db.engine)


async def test_a_rollback_keeps_what_was_added(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop()
        await shops.modules.upgrade("shop", shops.shop("2.0"))
        assert (await shops.modules.plan("rollback", "shop")).migrations == ()
        await shops.modules.rollback("shop")
        assert await shops.page() == "1.0: lamp, rug"
        assert "price" in await columns(shops.hotframe.db.engine, "shop_item")
        await shops.modules.rollback("shop")
        assert await shops.page() == "2.0: lamp None, rug None"


async def test_a_rollback_says_what_a_downgrade_would_lose(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop()
        await shops.modules.upgrade("shop", shops.shop("2.0"))
        plan = await shops.modules.plan("rollback", "shop", downgrade=True)
        assert plan.loses == ("column shop_item.price",) and plan.closing == ("shop",)
        await shops.modules.rollback("shop", downgrade=True)
        assert await shops.page() == "1.0: lamp, rug"
        assert "price" not in await columns(shops.hotframe.db.engine, "shop_item")


async def test_a_rollback_over_a_rename_needs_the_downgrade(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop("2.0")
        await shops.modules.upgrade("shop", shops.shop("3.0"))
        with pytest.raises(MigrationError, match="renames column shop_item.name to title"):
            await shops.modules.rollback("shop")
        assert await shops.page() == "3.0: lamp None, rug None"
        await shops.modules.rollback("shop", downgrade=True)
        assert await shops.page() == "2.0: lamp None, rug None"


async def test_reinstalling_finds_kept_data(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop()
        await shops.client.post("/shop/", form={"name": "drum"})
        await shops.modules.uninstall("shop")
        await shops.has_shop("2.0")
        assert await shops.page() == "2.0: drum None, lamp None, rug None"


async def test_dropped_data_is_gone(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop()
        plan = await shops.modules.plan("uninstall", "shop", data="drop")
        assert plan.loses == ("table shop_item",) and plan.closing == ("shop",)
        await shops.client.post("/shop/", form={"name": "drum"})
        await shops.modules.uninstall("shop", data="drop")
        left = await tables(shops.hotframe.db.engine)
        assert {one for one in left if not one.startswith("hotframe_store")} <= {
            "hotframe_operation"
        }
        await shops.has_shop()
        assert await shops.page() == "1.0: lamp, rug"


async def test_exported_data_is_in_a_file_before_it_is_dropped(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop("2.0")
        plan = await shops.modules.plan("uninstall", "shop", data="export")
        assert any(step.action == "export" for step in plan.steps)
        await shops.modules.uninstall("shop", data="export")
        (file,) = (shops.instance / "exports").iterdir()
        assert file.name.startswith("shop-2.0-") and file.stat().st_mode & 0o077 == 0
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert lines[0] == {"table": "shop_item", "row": {"id": 101, "name": "lamp", "price": None}}
        assert len(lines) == 2
        assert "shop_item" not in await tables(shops.hotframe.db.engine)


async def test_data_to_which_kept_data_refers_cannot_be_dropped(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop()
        await shops.modules.install(
            shops.source("cart", files=CART, manifest='requires = ["shop"]')
        )
        await shops.modules.enable("cart")
        await shops.modules.uninstall("cart")
        await shops.modules.drained()
        before = await shops.snapshot("/shop/")
        with pytest.raises(MigrationError, match="cart_line"):
            await shops.modules.uninstall("shop", data="drop")
        await shops.is_as(before)
        await shops.modules.install(
            shops.source("cart", files=CART, manifest='requires = ["shop"]')
        )
        await shops.modules.enable("cart")
        await shops.modules.uninstall("shop", data="drop", cascade=True)
        assert await of_modules(shops) == set()


async def test_a_version_that_does_not_know_the_data_is_refused(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop("2.0")
        await shops.modules.uninstall("shop")
        await shops.modules.install(shops.shop("1.0"))
        with pytest.raises(MigrationError, match=r"has the revision 0002 of 'shop', which 1\.0"):
            await shops.modules.enable("shop")


@pytest.mark.parametrize(("version", "state"), [("2.0", "active"), ("3.0", "quarantined")])
async def test_what_fails_its_trial_goes_back_only_without_a_downgrade(
    shops: ShopSite, version: str, state: str
) -> None:
    """Version 3.0 renamed a column, which 2.0 could not read: nothing is taken back by itself."""
    site = ShopSite(
        shops.folder, shops.app.config["HOTFRAME_DATABASE_URL"],
        HOTFRAME_PROVISIONAL_SECONDS=60, HOTFRAME_ERROR_THRESHOLD=3,
    )  # fmt: skip
    bad = {"hooks.py": 'from . import blueprint, views\n@blueprint.get("/bad")\ndef bad(): 1/0\n'}
    async with serving(site):
        await site.has_shop("1.0" if version == "2.0" else "2.0")
        await site.modules.upgrade("shop", site.shop(version, files=bad))
        for _ in range(4):
            assert (await site.get("/shop/bad"))[0] in (404, 500)
        await becomes(lambda: site.modules["shop"].error)
        await becomes(lambda: site.modules["shop"].state in (state, "provisional"))
        wanted = (await site.modules.store.read()).modules["shop"]
        assert (wanted.version, bool(wanted.quarantined)) == (
            ("1.0", False) if version == "2.0" else ("3.0", True)
        )


async def test_a_transaction_that_keeps_the_table_ends_the_upgrade_in_time(
    shops: ShopSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "TABLE_PATIENCE", 0.2)
    expected: tuple[type[Exception], ...] = (MigrationError,)
    text_of_it = "uses the table did not end"
    if "sqlite" in str(shops.app.config["HOTFRAME_DATABASE_URL"]):
        expected = (MigrationError, OperationAborted)  # it waits as long as the operation may take
        text_of_it = "did not|waited"
    shops = ShopSite(shops.folder, shops.app.config["HOTFRAME_DATABASE_URL"],
                     HOTFRAME_OPERATION_TIMEOUT=2.0)  # fmt: skip
    async with serving(shops):
        await shops.has_shop("2.0")
        async with shops.hotframe.db.transaction() as session:
            await session.execute(text("UPDATE shop_item SET price = 7"))
            with pytest.raises(expected, match=text_of_it):
                await shops.modules.upgrade("shop", shops.shop("3.0"))
        assert await shops.page() == "2.0: lamp 7, rug 7"
        await shops.modules.upgrade("shop", shops.shop("3.0"))
        assert await shops.page() == "3.0: lamp 7, rug 7"


async def test_an_app_without_tables_never_connects(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has("blog")
        await shops.modules.upgrade("blog", shops.source("blog", "2.0"))
        await shops.modules.rollback("blog")
        await shops.modules.uninstall("blog", data="drop")
        assert shops.hotframe.db.used_engines() == []


async def test_what_runs_before_serving_finds_the_tables(shops: ShopSite) -> None:
    begins = """
        from quart import current_app
        from quart_hotframe import db
        from sqlalchemy import text
        from . import blueprint, views

        @blueprint.before_app_serving
        async def begin():
            async with db.transaction() as session:
                found = await session.scalar(text("SELECT count(*) FROM shop_item"))
            current_app.config.setdefault("FOUND", []).append(found)
        """
    async with serving(shops):
        await shops.has_shop(files={"hooks.py": begins})
        await shops.modules.upgrade("shop", shops.shop("2.0", files={"hooks.py": begins}))
        assert shops.app.config["FOUND"] == [2, 2]


async def test_who_was_taken_for_dead_migrates_nothing(shops: ShopSite) -> None:
    """The runner looks whether the operation is open, in the last moment before the commit."""

    async def is_open() -> bool:
        return False

    async with serving(shops):
        await shops.modules.install(shops.shop("1.0"))
        schema = shops.modules.schema
        wanted = (await shops.modules.store.read()).modules["shop"]
        files = files_of(shops.modules.library, wanted)
        migration = await schema.upgrading(files)
        with pytest.raises(OperationAborted, match="ended by another process"):
            await schema.run("1-a", [(migration, files)], is_open)
        assert not await schema.has_run("1-a")
        assert await of_modules(shops) == set()
