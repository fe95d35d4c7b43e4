"""What modules keep: by name and version, and gone with them."""

from __future__ import annotations

from quart_hotframe.cache.naming import Owner
from tests.support.sites import Site
from tests.support.sites import site as site

VIEWS = """
from quart_hotframe import current_hotframe
from . import blueprint

@blueprint.get("/")
async def index():
    return str(await current_hotframe.cache.get("key", "nothing")) + " in {version}"

@blueprint.post("/")
async def keep():
    await current_hotframe.cache.set("key", "kept", ttl=60, tags=["all"])
    return ""
"""


def views(version: str) -> dict[str, str]:
    return {"views.py": VIEWS.format(version=version)}


async def keep(site: Site, name: str) -> None:
    await site.client.post(f"/{name}/")
    assert (await site.get(f"/{name}/"))[1].startswith("kept")


async def test_modules_and_the_app_have_keys_of_their_own(site: Site) -> None:
    await site.has("shop", files=views("1"))
    await site.has("blog", files=views("1"))
    await keep(site, "shop")
    assert await site.get("/blog/") == (200, "nothing in 1")
    assert await site.hotframe.cache.get("key") is None


async def test_tags_are_the_same_for_all(site: Site) -> None:
    await site.has("shop", files=views("1"))
    await keep(site, "shop")
    await site.hotframe.cache.forget_tag("all")
    assert await site.get("/shop/") == (200, "nothing in 1")


async def test_another_version_never_reads_what_the_last_one_kept(site: Site) -> None:
    await site.has("shop", "1.0", files=views("1"))
    await keep(site, "shop")
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=views("2")))
    assert await site.get("/shop/") == (200, "nothing in 2")
    await keep(site, "shop")
    await site.modules.rollback("shop")
    assert await site.get("/shop/") == (200, "nothing in 1")


def test_each_version_has_keys_of_its_own() -> None:
    names = [f"hotframe_modules.shop__{digit * 12}.views" for digit in "ab"]
    assert Owner(names[0]).key("key") != Owner(names[1]).key("key")
    assert Owner(names[0]).tags([]) == Owner(names[1]).tags([])


async def test_values_go_when_their_module_goes(site: Site) -> None:
    await site.has("shop", files=views("1"))
    await site.has("blog", files=views("1"))
    await keep(site, "shop")
    await keep(site, "blog")
    await site.modules.disable("shop")
    storage = site.hotframe.cache._storage
    assert len(storage) == 1  # type: ignore[arg-type]
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "nothing in 1")
    assert await site.get("/blog/") == (200, "kept in 1")


async def test_the_same_content_loaded_once_more_goes_on(site: Site) -> None:
    await site.has("shop", files=views("1"))
    await keep(site, "shop")
    await site.modules.reload("shop")
    assert await site.get("/shop/") == (200, "kept in 1")
