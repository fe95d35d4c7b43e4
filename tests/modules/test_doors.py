"""Upgrades whose migrations do more than add: requests wait behind closed doors."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.errors import LifecycleError
from quart_hotframe.errors import MigrationError
from quart_hotframe.errors import OperationAborted
from tests.runtime.visitor import Visitor
from tests.support.shops import shop
from tests.support.shops import shops as shops
from tests.support.shops import ShopSite
from tests.support.sites import becomes
from tests.support.sites import serving

CART = """
    from modules.shop.models import Item
    from quart_hotframe import db
    from sqlalchemy import func, select
    from . import blueprint

    @blueprint.get("/")
    async def index():
        return f"cart of {await db.session.scalar(select(func.count()).select_from(Item))}"
    """
ASKS = """
    from quart import request
    from quart_hotframe import current_hotframe
    from . import blueprint, views

    @blueprint.post("/upgrade")
    async def upgrade():
        await current_hotframe.modules.upgrade("shop", (await request.get_json()))
        return "asked by 2.0"
    """
LOOPS = """
    import asyncio
    from quart import current_app
    from quart_hotframe import hooks
    from . import blueprint

    async def tick():
        while True:
            current_app.config["SEEN"].append(id(asyncio.current_task()))
            await asyncio.sleep(0.01)

    @blueprint.before_app_serving
    async def begin():
        {start}
    """
SLOW = """
    import asyncio

    async def upgrade(old, new):
        await asyncio.sleep(60 if new == "2.0" else 0.6)
    """


@asynccontextmanager
async def load(site: ShopSite, *paths: str) -> AsyncIterator[Counter[Any]]:
    """Ask for pages all the time, and count the answers."""
    seen: Counter[Any] = Counter()
    ended = asyncio.Event()

    async def ask(path: str) -> None:
        while not ended.is_set():
            seen[path, *await site.get(path)] += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        for path in paths * 4:
            tasks.create_task(ask(path))
        await becomes(lambda: seen.total() > 20)
        yield seen
        before = seen.total()
        await becomes(lambda: seen.total() > before + 20)
        ended.set()


def patient(site: ShopSite, seconds: float) -> ShopSite:
    """Return the site anew, with so much time to drain."""
    url = site.app.config["HOTFRAME_DATABASE_URL"]
    return ShopSite(site.folder, url, HOTFRAME_DRAIN_TIMEOUT=seconds)


def cart(site: ShopSite) -> Path:
    return site.source("cart", manifest='requires = ["shop"]', files={"views.py": CART})


async def test_nobody_fails_while_tables_change(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop("2.0")
        await shops.modules.install(cart(shops))
        await shops.modules.enable("cart")
        plan = await shops.modules.plan("upgrade", "shop", shops.shop("3.0"))
        assert plan.closing == ("cart", "shop")
        async with load(shops, "/shop/", "/cart/") as seen:
            await shops.modules.upgrade("shop", shops.shop("3.0"))
        assert set(seen) == {
            ("/shop/", 200, "2.0: lamp None, rug None"),
            ("/shop/", 200, "3.0: lamp None, rug None"),
            ("/cart/", 200, "cart of 2"),
        }


async def test_a_page_of_the_module_itself_may_ask(shops: ShopSite) -> None:
    async with serving(shops):
        await shops.has_shop("2.0", files={"hooks.py": ASKS})
        answer = await shops.client.post("/shop/upgrade", json=str(shops.shop("3.0")))
        assert await answer.get_data(as_text=True) == "asked by 2.0"
        assert await shops.page() == "3.0: lamp None, rug None"


@pytest.mark.by_turns
async def test_who_takes_too_long_stops_it_before_anything_is_migrated(shops: ShopSite) -> None:
    shops = patient(shops, 0.3)
    slow = """
        import asyncio
        from . import blueprint, views

        @blueprint.get("/slow")
        async def slow():
            await asyncio.sleep(1)
            return "slow and whole"
        """
    async with serving(shops):
        await shops.has_shop("2.0", files={"hooks.py": slow})
        before = await shops.snapshot("/shop/")
        asked = asyncio.create_task(shops.get("/shop/slow"))
        await asyncio.sleep(0.05)
        with pytest.raises(OperationAborted, match=r"request GET /shop/slow did not end within"):
            await shops.modules.upgrade("shop", shops.shop("3.0"))
        assert await shops.page() == "2.0: lamp None, rug None"
        assert await asked == (200, "slow and whole")
        await shops.is_as(before)


STARTS = {
    "background task": "current_app.add_background_task(tick)",
    "plain task": "globals()['kept'] = asyncio.create_task(tick())",
}


@pytest.mark.parametrize("kind", STARTS)
@pytest.mark.by_turns
async def test_after_a_failure_tasks_run_again_from_the_same_code(
    shops: ShopSite, kind: str
) -> None:
    shops = patient(shops, 3.0)
    seen_tasks = shops.app.config["SEEN"] = list[int]()
    async with serving(shops):
        await shops.has_shop("2.0", files={"hooks.py": LOOPS.format(start=STARTS[kind])})
        async with load(shops, "/shop/") as seen:
            with pytest.raises(MigrationError, match="nowhere"):
                await shops.modules.upgrade("shop", shops.shop("2.5"))
        assert set(seen) == {("/shop/", 200, "2.0: lamp None, rug None")}
        await becomes(lambda: shops.modules["shop"].state == "active")
        before = set(seen_tasks)
        seen_tasks.clear()
        await becomes(lambda: len(seen_tasks) > 3)
        assert len(before | set(seen_tasks)) == 2


@pytest.mark.by_turns
async def test_a_module_edited_in_place_serves_on_from_the_code_it_had(shops: ShopSite) -> None:
    shops = patient(shops, 3.0)
    seen_tasks = shops.app.config["SEEN"] = list[int]()
    loops = {"hooks.py": LOOPS.format(start=STARTS["background task"])}
    async with serving(shops):
        shop(shops.project, "2.0", files=loops)
        await shops.modules.enable("shop")
        shop(shops.project, "2.5")
        with pytest.raises(MigrationError, match="nowhere"):
            await shops.modules.reload("shop")
        await becomes(lambda: shops.hotframe.runtime.gate is None)
        assert await shops.page() == "2.0: lamp None, rug None"
        seen_tasks.clear()
        await becomes(lambda: len(seen_tasks) > 3)
        shop(shops.project, "3.0", files=loops)
        await shops.modules.reload("shop")
        assert await shops.page() == "3.0: lamp None, rug None"


async def test_who_waits_too_long_is_told_to_come_again(shops: ShopSite) -> None:
    shops = patient(shops, 0.2)
    async with serving(shops):
        await shops.has_shop("2.0")
        source = shops.shop("3.0", files={"lifecycle.py": SLOW})
        job = asyncio.create_task(shops.modules.upgrade("shop", source))
        await becomes(lambda: shops.hotframe.runtime.gate is not None)
        answer = await shops.client.get("/shop/")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert (await shops.get("/nothing"))[0] == 404
        await job
        assert await shops.page() == "3.0: lamp None, rug None"


async def test_a_socket_is_told_and_finds_the_new_version(shops: ShopSite) -> None:
    socket = """
        from quart import websocket
        from . import blueprint, views

        @blueprint.websocket("/ws")
        async def ws():
            while True:
                await websocket.send("{}")
                await websocket.receive()
        """
    async with serving(shops):
        await shops.has_shop("2.0", files={"hooks.py": socket.format("2.0")})
        old = Visitor(shops.hotframe.app, "/shop/ws", "websocket")
        await old.hears("2.0")
        source = shops.shop("3.0", files={"hooks.py": socket.format("3.0")})
        await shops.modules.upgrade("shop", source)
        await old.ends()
        assert old.messages[-1]["code"] == 1012
        async with shops.client.websocket("/shop/ws") as new:
            assert await new.receive() == "3.0"


async def test_a_failure_behind_the_migration_puts_the_module_away(shops: ShopSite) -> None:
    files = {"lifecycle.py": "def upgrade(old, new): 1/0\n"}
    async with serving(shops):
        await shops.has_shop("2.0")
        await shops.modules.install(cart(shops))
        await shops.modules.enable("cart")
        with pytest.raises(LifecycleError, match="ZeroDivisionError"):
            await shops.modules.upgrade("shop", shops.shop("3.0", files=files))
        await becomes(lambda: shops.modules["shop"].state == "quarantined")
        assert "cannot be undone by itself" in str(shops.modules["shop"].error)
        assert (await shops.get("/shop/"))[0] == 404
        await shops.modules.rollback("shop", downgrade=True)
        await shops.modules.drained()
        assert await shops.page() == "2.0: lamp None, rug None"
        assert await shops.get("/cart/") == (200, "cart of 2")


HOOKS = """
    from quart import request_finished
    from quart_hotframe import hooks, db
    from sqlalchemy import text

    @hooks.on("order.paid")
    async def count(name):
        async with db.transaction() as session:
            add = text("INSERT INTO shop_item ({column}) VALUES (:name)")
            await session.execute(add, {{"name": name}})

    @hooks.outlet("sidebar", when=lambda: True)
    async def side():
        return "{version}"

    hooks.outlet("sidebar", template="shop/side.html")

    @hooks.filter("price")
    async def price(value):
        return value + {add}
    """


async def test_events_and_outlets_wait_for_the_new_version(shops: ShopSite) -> None:
    def hooks(**values: object) -> dict[str, str]:
        side = f"/{values['version']}"
        return {"hooks.py": HOOKS.format(**values), "templates/shop/side.html": side}

    @shops.app.get("/page")
    async def page() -> str:
        side = await shops.hotframe.hooks.render_outlet("sidebar")
        return f"{side} {await shops.hotframe.hooks.apply('price', 1)}"

    @shops.app.post("/pay/<name>")
    async def pay(name: str) -> str:
        results = await shops.hotframe.hooks.send("order.paid", name)
        return f"{len(results.errors)} errors"

    async with serving(shops):
        await shops.has_shop("2.0", files=hooks(version="2.0", column="name", add=1))
        new = shops.shop("3.0", files=hooks(version="3.0", column="title", add=10))
        paid = 0
        async with load(shops, "/page") as seen:
            job = asyncio.create_task(shops.modules.upgrade("shop", new))
            while not job.done():
                answer = await shops.client.post(f"/pay/{paid:03}")
                assert await answer.get_data(as_text=True) == "0 errors"
                paid += 1
            await job
        assert set(seen) == {("/page", 200, "2.0/2.0 2"), ("/page", 200, "3.0/3.0 11")}
        assert (await shops.page()).count("None") == paid + 2
        assert paid > 3
