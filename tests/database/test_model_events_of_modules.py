"""Events of models between modules, and what stays of them when the modules go."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from quart_hotframe.database import ModelChange
from tests.support.sites import Site

CYCLES = 12

SHOP = {
    "models.py": """\
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
        from quart_hotframe.database import ModuleModels

        class Base(ModuleModels, DeclarativeBase): ...

        class Product(Base):
            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str]
        """,
    "views.py": """\
        from quart import request
        from quart_hotframe import db
        from . import blueprint
        from .models import Base, Product

        @blueprint.get("/")
        async def index():
            await (await db.session.connection()).run_sync(Base.metadata.create_all)
            return ""

        @blueprint.post("/<name>")
        async def add(name):
            db.session.add(Product(name=name))
            return ""
        """,
}
SEARCH = {
    "hooks.py": """\
        from quart import current_app
        from quart_hotframe import db, hooks
        from quart_hotframe.database import ModelChange
        from modules.shop.models import Product

        Change = ModelChange[Product]
        BALLAST = bytearray(256 * 1024)

        @hooks.on("shop.Product.created")
        async def index(change: Change) -> None:
            async with db.transaction() as session:
                found = await session.get_one(Product, change.instance.id)
            current_app.extensions["found"].append(found.name)
        """
}


@pytest.fixture
async def shop(site: Site) -> Site:
    """Return a site with a shop, and a module that wants to know of its products."""
    site.app.extensions["found"] = []
    site.write("shop", files=SHOP)
    site.write("search", manifest='requires = ["shop"]', files=SEARCH)
    return site


async def test_a_module_hears_of_the_models_of_another_until_it_goes(shop: Site) -> None:
    await shop.modules.enable("shop")
    assert await shop.get("/shop/") == (200, "")
    for name, heard in (("a", []), ("b", ["b"]), ("c", ["b"])):
        if name == "b":
            await shop.modules.enable("search")
        if name == "c":
            await shop.modules.disable("search")
        assert (await shop.client.post(f"/shop/{name}")).status_code == 200
        assert shop.app.extensions["found"] == heard


async def test_nothing_of_the_models_that_were_told_stays(shop: Site) -> None:
    seen: list[weakref.ref[Any]] = []

    @shop.hotframe.hooks.on("shop.**")
    async def keep(change: ModelChange[Any]) -> None:
        seen.extend((weakref.ref(change.instance), weakref.ref(type(change.instance))))

    for number in range(CYCLES):
        for name in ("shop", "search"):
            await shop.modules.enable(name)
        await shop.get("/shop/")
        assert (await shop.client.post(f"/shop/{number}")).status_code == 200
        for name in ("search", "shop"):
            await shop.modules.disable(name)
        await shop.modules.drained()
    gc.collect()
    assert len(shop.app.extensions["found"]) == CYCLES
    assert len(seen) == 2 * CYCLES and sum(one() is not None for one in seen) == 0
