"""Versions that are served without an operation find their tables: first starts and deployments."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.support.relay import Relay
from tests.support.shops import shop
from tests.support.shops import shops as shops
from tests.support.shops import ShopSite
from tests.support.sites import becomes
from tests.support.sites import serving


def deploy(site: ShopSite, version: str) -> None:
    shop(site.project, version)


def again(site: ShopSite) -> ShopSite:
    config = site.app.config
    return ShopSite(site.folder, config["HOTFRAME_DATABASE_URL"],
                    HOTFRAME_STORE=config.get("HOTFRAME_STORE", ""))  # fmt: skip


async def first(site: ShopSite, version: str) -> None:
    """Serve a version of the project's own for the first time, and end."""
    deploy(site, version)
    async with serving(site):
        await site.modules.enable("shop")


async def test_the_first_start_makes_the_tables(shops: ShopSite) -> None:
    deploy(shops, "2.0")
    site = ShopSite(
        shops.folder, shops.app.config["HOTFRAME_DATABASE_URL"], HOTFRAME_MODULES="shop"
    )
    async with serving(site):
        assert await site.page() == "2.0: lamp None, rug None"


@pytest.mark.parametrize("version", ["2.0", "3.0"])
async def test_what_was_deployed_while_nobody_served_is_migrated(
    shops: ShopSite, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    await first(shops, "1.0")
    deploy(shops, version)
    async with serving(again(shops)) as site:
        assert await site.page() == f"{version}: lamp None, rug None"
    assert "Before serving: run revision 0002 of shop" in caplog.text


async def test_beside_others_that_serve_only_adding_is_done(shops: ShopSite) -> None:
    await first(shops, "1.0")
    async with serving(again(shops)) as old:
        deploy(shops, "2.0")
        async with serving(again(shops)) as new:
            assert await new.page() == "2.0: lamp None, rug None"
            assert await old.page() == "1.0: lamp, rug"
        deploy(shops, "3.0")
        async with serving(again(shops)) as newest:
            assert newest.modules["shop"].state == "failed"
            assert "renames column shop_item.name to title" in str(newest.modules["shop"].error)
            assert "quart hotframe db upgrade shop" in str(newest.modules["shop"].error)
        assert await old.page() == "1.0: lamp, rug"


async def test_a_database_that_is_ahead_is_told_and_served(
    shops: ShopSite, caplog: pytest.LogCaptureFixture
) -> None:
    await first(shops, "2.0")
    deploy(shops, "1.0")
    async with serving(again(shops)) as site:
        assert await site.page() == "1.0: lamp, rug"
    assert "has the revision 0002 of 'shop', which 1.0 does not have" in caplog.text


async def test_a_migration_that_fails_leaves_the_rest_of_the_app_served(shops: ShopSite) -> None:
    await first(shops, "1.0")
    deploy(shops, "1.5")
    shops.write("other")
    async with serving(again(shops)) as site:
        assert site.modules["shop"].state == "failed"
        assert "0002.py" in str(site.modules["shop"].error)
        await site.modules.enable("other")
        assert await site.get("/other/") == (200, "other 1.0")


@pytest.mark.postgres
@pytest.mark.parametrize(("store", "state"), [("file", "failed"), ("database", "pending")])
async def test_a_database_that_is_away_at_the_start_is_used_when_it_is_there(
    postgres_url: str, tmp_path: Path, store: str, state: str
) -> None:
    url = make_url(postgres_url)
    relay = Relay(str(url.host), url.port or 5432)
    await relay.mend()
    through = url.set(host="127.0.0.1", port=relay.port).render_as_string(hide_password=False)
    shops = ShopSite(tmp_path, through, HOTFRAME_STORE=store)
    await first(shops, "1.0")
    await relay.cut()
    deploy(shops, "2.0")
    async with serving(again(shops)) as site:
        assert site.modules["shop"].state == state
        if store == "file":
            assert "does not answer" in str(site.modules["shop"].error)
        await relay.mend()
        await becomes(lambda: "shop" in site.modules.worker.mounting.mounted, 10)
        assert await site.page() == "2.0: lamp None, rug None"
    await relay.cut()
