"""How many of a product are left: open pages of the example show it when somebody buys one."""

from __future__ import annotations

import json
import re
from typing import Any

from quart_hotframe.testing import assert_rendered
from quart_hotframe.testing import dispatch_event
from quart_hotframe.testing import live_page
from quart_hotframe.testing import mount_component
from quart_hotframe.testing import RunningApp
from tests.live.conftest import instances_in

TEA = "mint-tea-blend"
PENDANT = "granada-star-pendant"
SAME = {"Sec-Fetch-Site": "same-origin"}
LEFT = re.compile(r'class="stock"[^>]*>([^<]*)<')


async def fill(client: Any, things: dict[str, int]) -> None:
    """Have things in the basket of a browser."""
    for slug, quantity in things.items():
        form = {"quantity": str(quantity)}
        await client.post(f"/orders/basket/{slug}", form=form, headers=SAME)


async def order(client: Any) -> str:
    """Order what is in the basket, and return where that leads."""
    return str((await client.post("/orders/", form={"name": "Ada"}, headers=SAME)).location)


async def buy(running: RunningApp, things: dict[str, int]) -> None:
    """Buy things in a browser of its own."""
    client = running.app.test_client()
    await fill(client, things)
    assert await order(client) != "/orders/basket"


async def page_of(running: RunningApp, slug: str) -> str:
    response = await running.client.get(f"/shop/{slug}")
    return str(await response.get_data(as_text=True))


async def left(running: RunningApp, slug: str) -> str:
    (text,) = LEFT.findall(await page_of(running, slug))
    return str(text)


async def test_an_open_page_shows_what_others_leave(inside: RunningApp) -> None:
    before = int((await left(inside, TEA)).removeprefix("In stock: "))
    async with live_page(inside, f"/shop/{TEA}") as page:
        await buy(inside, {PENDANT: 1})
        await buy(inside, {TEA: 2})
        await page.until(lambda: page.text(".stock") == f"In stock: {before - 2}")
        await buy(inside, {TEA: before - 5})
        await page.until(lambda: page.text(".stock") == "Only 3 left")
        await buy(inside, {TEA: 3})
        await page.until(lambda: "Sold out" in page.text(".stock"))
        assert len(page.patches) == 3
    assert await left(inside, PENDANT) == "Only 1 left"


async def test_an_order_that_is_refused_tells_nobody(inside: RunningApp) -> None:
    topics, slow = inside.hotframe.live.topics, inside.app.test_client()
    await fill(slow, {TEA: 1, PENDANT: 2})
    await buy(inside, {PENDANT: 1})
    before = await left(inside, TEA), topics.position()
    assert await order(slow) == "/orders/basket"
    assert (await left(inside, TEA), topics.position()) == before


async def test_a_page_that_the_server_has_forgotten_gets_the_number_of_now(
    inside: RunningApp,
) -> None:
    stock = await mount_component(inside, "shop:stock", product=await id_of(inside, PENDANT))
    assert_rendered(stock, "Only 2 left")
    await buy(inside, {PENDANT: 1})
    await dispatch_event(stock)
    assert_rendered(stock, "Only 1 left")


async def id_of(running: RunningApp, slug: str) -> int:
    (stock,) = instances_in(await page_of(running, slug), running.client, "page")
    state = running.hotframe.live.snapshots.peek(stock.snapshot).state
    return int(json.loads(state)["product"])
