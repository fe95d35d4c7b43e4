"""The board on which the staff of the example pack and send what visitors order."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from quart_hotframe.testing import dispatch_event
from quart_hotframe.testing import live_page
from quart_hotframe.testing import LivePage
from quart_hotframe.testing import mount_component
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing.client import client_of

from .test_stock import buy
from .test_stock import PENDANT
from .test_stock import TEA

BOARD = "/orders/board"


async def staff(inside: RunningApp, name: str) -> Any:
    key = import_module("operate").operator_key(inside.app)  # of the example
    client = client_of(inside.app)
    await client.get(f"/operate/enter?key={key}&name={name}")
    return client


def status(page: LivePage) -> list[str]:
    return [one.text for one in page.all(".parcel-status")]


async def test_staff_see_each_other_and_what_visitors_order(inside: RunningApp) -> None:
    ann, bob = await staff(inside, "Ann"), await staff(inside, "Bob")
    async with live_page(inside, BOARD, client=ann) as hers:
        await hers.until(lambda: hers.text(".board-here") == "At the board: Ann")
        assert "Nobody has ordered yet" in hers.text()
        async with live_page(inside, BOARD, client=bob) as his:
            await hers.until(lambda: hers.text(".board-here") == "At the board: Ann, Bob")
            await buy(inside, {TEA: 2})
            await hers.until(lambda: status(hers) == ["new"])
            await his.until(lambda: "2 × Mint tea blend" in his.text())
            await buy(inside, {PENDANT: 1})
            await hers.until(lambda: status(hers) == ["new", "new"])
            first = hers.all(".line-name")[0].text
            assert "1 thing for Ada" in first and "Granada star pendant" in first


async def test_what_one_packs_is_packed_on_the_board_of_another(inside: RunningApp) -> None:
    ann, bob = await staff(inside, "Ann"), await staff(inside, "Bob")
    await buy(inside, {TEA: 1})
    async with (
        live_page(inside, BOARD, client=ann) as hers,
        live_page(inside, BOARD, client=bob) as his,
    ):
        await hers.click("advance")
        await his.until(lambda: status(his) == ["packed"])
        await his.click("Send")
        await hers.until(lambda: status(hers) == ["sent"])
        assert not hers.all(".parcel button")
        assert not hers.problems and not his.problems


async def test_two_who_pack_an_order_at_once_do_not_send_it(inside: RunningApp) -> None:
    key = await ordered(inside)
    ann = await mount_component(inside, "orders:parcel", id=key, client=await staff(inside, "Ann"))
    bob = await mount_component(inside, "orders:parcel", id=key, client=await staff(inside, "Bob"))
    await dispatch_event(ann, "advance")
    await dispatch_event(bob, "advance")
    assert ">packed<" in ann.html
    assert ">packed<" in bob.html and "Somebody else was faster" in bob.html
    await dispatch_event(bob, "advance")
    assert ">sent<" in bob.html and "Somebody else" not in bob.html


async def test_visitors_see_no_board(inside: RunningApp) -> None:
    with pytest.raises(AssertionError, match="401"):
        await mount_component(inside, "orders:board")
    key = await ordered(inside)
    assert (await inside.client.get(BOARD)).status_code == 401
    front = await (await inside.client.get("/")).get_data(as_text=True)
    assert "Order board" not in front
    with pytest.raises(AssertionError, match="401"):
        await mount_component(inside, "orders:parcel", id=key)


async def ordered(inside: RunningApp) -> UUID:
    """Buy something, and return the key of the order."""
    async with live_page(inside, BOARD, client=await staff(inside, "Cas")) as page:
        await buy(inside, {TEA: 1})
        await page.until(lambda: status(page))
        return UUID(page.find(".parcel-status span").attributes["id"].removeprefix("status-"))
