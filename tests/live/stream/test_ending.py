"""Streams end well with what they follow, and with the app."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from quart_hotframe.testing import open_stream
from quart_hotframe.testing.client import client_of
from tests.support.sites import serving
from tests.support.sites import Site
from tests.support.sites import site as site

from .conftest import FollowingSite
from .conftest import PUBLIC

SHOP = {
    "topics.py": """\
from quart_hotframe.live.topics import public

public("shop.sales")
"""
}


async def test_at_the_end_of_the_app_all_are_told(tmp_path: Path) -> None:
    site = FollowingSite(tmp_path, {})
    async with serving(site):
        reader = open_stream(site.visitor(), f"{PUBLIC}?topic=prices")
        async with reader as stream:
            await stream.chunk()
            await site.live.streams.stop()
            event = await stream.next()
            assert (event.name, event.data["reason"]) == ("bye", "shutdown")
            assert 250 <= event.data["retry"] <= 5000
            assert await stream.chunk() == ""
            response = await site.visitor().get(f"{PUBLIC}?topic=prices")
            assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


async def test_an_app_that_serves_again_has_streams_again(tmp_path: Path) -> None:
    site = FollowingSite(tmp_path, {})
    for _ in range(2):
        async with serving(site), open_stream(site.visitor(), f"{PUBLIC}?topic=prices") as reader:
            assert await reader.chunk()


async def test_topics_of_a_module_come_and_go_with_it(assert_no_leaks: None, site: Site) -> None:
    await site.has("shop", files=SHOP)
    client = client_of(site.app)
    async with open_stream(client, f"{PUBLIC}?topic=shop.sales") as reader:
        await reader.chunk()
        await site.hotframe.live.publish("shop.sales", 1)
        assert (await reader.next()).data["payload"] == 1
        await site.modules.disable("shop")
        event = await reader.next()
        assert (event.name, event.data) == ("bye", {"reason": "reload", "retry": None})
    assert (await client.get(f"{PUBLIC}?topic=shop.sales")).status_code == 404


async def test_a_new_version_of_a_module_keeps_the_streams_of_its_topics(
    assert_no_leaks: None, site: Site
) -> None:
    await site.has("shop", files=SHOP)
    async with open_stream(client_of(site.app), f"{PUBLIC}?topic=shop.sales") as reader:
        await reader.chunk()
        await site.modules.upgrade("shop", site.source("shop", "2.0", files=SHOP))
        await site.hotframe.live.publish("shop.sales", 2)
        assert (await reader.next()).data["payload"] == 2


async def test_a_change_of_other_topics_asks_nobody(following: FollowingSite) -> None:
    ann = await following.login("ann")
    async with following.open(ann, await following.page(ann, "orders.1")) as reader:
        await reader.next()
        asked = following.asked
        following.live.public("weather")
        for _ in range(20):
            await asyncio.sleep(0)
        assert following.asked == asked
        following.live.authorise("orders.1")(lambda user: False)
        assert (await reader.next()).data == {"reason": "stopped", "retry": None}


async def test_two_owners_of_the_same_topics_are_refused(site: Site) -> None:
    from quart_hotframe.errors import ClashError
    from quart_hotframe.errors import OperationError

    site.hotframe.live.public("shop.sales")
    with pytest.raises((ClashError, OperationError), match="shop.sales"):
        await site.has("shop", files=SHOP)
