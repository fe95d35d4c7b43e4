"""Photos that the staff of the example put on products."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

from quart_hotframe.testing import live_page
from quart_hotframe.testing import mount_component
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing.client import client_of

TEAPOT = "/shop/sand-glaze-teapot"
PNG = b"\x89PNG\r\n\x1a\n" + b"a teapot" * 50_000
JPEG = b"\xff\xd8\xff" + b"a teapot"
PHOTO = re.compile(r'<img class="drawing" src="([^"]*)"')


async def staff(inside: RunningApp) -> Any:
    key = import_module("operate").operator_key(inside.app)  # of the example
    client = client_of(inside.app)
    await client.get(f"/operate/enter?key={key}")
    return client


async def shown(inside: RunningApp, path: str = TEAPOT) -> list[str]:
    """Return the photos that a visitor sees on a page."""
    page = await (await inside.client.get(path)).get_data(as_text=True)
    return PHOTO.findall(page)


async def test_a_photo_is_in_the_shop_at_once(inside: RunningApp) -> None:
    assert await shown(inside) == []
    async with live_page(inside, TEAPOT, client=await staff(inside)) as page:
        await page.upload("photo", PNG, name="teapot.png")
        assert "Show teapot.png in the shop" in page.text()
        await page.submit("show")
        assert page.find("img").attributes["alt"] == "Sand-glaze teapot"
    (first,) = await shown(inside)
    response = await inside.client.get(first.replace("&amp;", "&"))
    assert (response.content_type, await response.get_data()) == ("image/png", PNG)
    async with live_page(inside, TEAPOT, client=await staff(inside)) as page:
        await page.upload("photo", JPEG, name="teapot.jpg")
        await page.submit("show")
    (second,) = await shown(inside)
    assert second.startswith(first.partition(".")[0] + ".jpg?")
    assert (await inside.client.get(first.partition("?")[0])).status_code == 404


async def test_what_is_no_picture_is_not_shown(inside: RunningApp) -> None:
    async with live_page(inside, TEAPOT, client=await staff(inside)) as page:
        await page.upload("photo", b"<script>alert(1)</script>", name="teapot.png")
        await page.submit("show")
        assert "This is no picture" in page.text()
        await page.upload("photo", b"text", name="teapot.txt")
        assert "Choose a file of this type" in page.text()
    assert await shown(inside) == []


async def test_visitors_put_no_photos(inside: RunningApp) -> None:
    page = await (await inside.client.get(TEAPOT)).get_data(as_text=True)
    assert "photo" not in page
    with pytest.raises(AssertionError, match="401"):
        await mount_component(inside, "shop:seller", product=1, slug="sand-glaze-teapot")


@pytest.mark.parametrize("name", ["..%2Fsecret.key", "%2e%2e/secret.key", "9.png", "x"])
async def test_no_other_file_is_sent(inside: RunningApp, name: str) -> None:
    assert (await inside.client.get(f"/shop/photos/{name}")).status_code == 404
