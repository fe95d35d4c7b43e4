"""A page of a test does what a page in a browser does, and refuses what nobody could do."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from quart_hotframe.testing import Faults
from quart_hotframe.testing import live_page
from quart_hotframe.testing import RunningApp


async def test_clicks_and_writes_reach_the_component_and_come_back(running: RunningApp) -> None:
    async with live_page(running, "/?start=3") as page:
        assert page.text("h1") == "3"
        await page.click("add")
        await page.click("+")
        await page.fill("note", "tea")
        await page.fill("amount", 7)
        await page.fill("colour", "blue")
        await page.submit("save")
        assert (page.text("h1"), page.text(".last")) == ("7", "tea 7 blue")
        assert (page.value("note"), page.value("colour")) == ("tea", "blue")
        await page.fill("sizes", ["s", "m"])
        await page.fill("done", True)
        assert (page.value("sizes"), page.value("done")) == (["s", "m"], True)
        await page.assert_current()


async def test_the_arguments_are_those_that_stand_there(running: RunningApp) -> None:
    async with live_page(running) as page:
        await page.click("drop", {"id": 2})
        assert [one.text for one in page.all("li")] == ["row 1 x", "row 3 x"]
        await page.click("x", within='[data-key="3"]')
        assert page.text("ul") == "row 1 x"
        assert page.patches[-1]["target"] == "app-board.rows"


async def test_what_was_written_goes_with_the_next_event(running: RunningApp) -> None:
    async with live_page(running) as page:
        assert await page.fill("note", "tea", leave=False) == {}
        assert page.value("note") == "tea" and page.patches == []
        await page.submit("save")
        assert page.text(".last") == "tea 0 red"


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (lambda page: page.fill("nite", "x"), "no field 'nite' here. Did you mean 'note'"),
        (lambda page: page.fill("note", "x" * 10), "'note' takes 9 characters, not 10"),
        (lambda page: page.fill("amount", "many"), "'amount' takes a number, not 'many'"),
        (lambda page: page.fill("colour", "green"), "no choice 'green'. It has: red, blue"),
        (lambda page: page.fill("sizes", ["xl"]), "no choice 'xl'. It has: s, m"),
        (lambda page: page.fill("fixed", "x"), "'fixed' is readonly"),
        (lambda page: page.click("ad"), "asks for 'ad' by click. Did you mean 'add'"),
        (lambda page: page.click("drop"), "3 elements ask for 'drop'"),
        (lambda page: page.click("drop", {"id": 9}), "not with {'id': 9}"),
        (lambda page: page.click("save"), "'save' is disabled, hidden or gone"),
        (lambda page: page.submit("save"), "note must be filled"),
        (lambda page: page.click("close"), "'close' was answered with 401, not 200"),
        (lambda page: page.open("/nowhere"), "'/nowhere' was answered with 404"),
    ],
)
async def test_what_nobody_could_do_fails(do: Any, said: str, running: RunningApp) -> None:
    async with live_page(running) as page:
        with pytest.raises(AssertionError, match=re.escape(said)):
            await do(page)


async def test_a_refusal_is_asked_for_and_told(running: RunningApp) -> None:
    async with live_page(running) as page:
        body = await page.click("close", status=401)
        assert body["error"]["reason"] == "login"
        (problem,) = page.problems
        assert (problem["event"], problem["status"]) == ("close", 401)


async def test_what_does_not_fit_stays_as_it_was_typed(running: RunningApp) -> None:
    async with live_page(running) as page:
        await page.fill("amount", "1.5")
        assert page.value("amount") == "1.5"
        assert "integer" in page.text("[hf-error]#app-board.amount.error")
        await page.assert_current()


async def test_the_stream_brings_what_others_change(running: RunningApp) -> None:
    stranger = running.app.test_client()
    async with live_page(running) as one, live_page(running, client=stranger) as other:
        await running.hotframe.live.publish("orders", "tea")
        await one.until(lambda: one.text(".last") == "tea")
        await other.until(lambda: other.text(".last") == "tea")
        await other.click("add")
        assert (one.text("h1"), other.text("h1")) == ("0", "2")


async def test_components_of_one_kind_are_told_apart(running: RunningApp) -> None:
    async with live_page(running, "/?two") as page:
        with pytest.raises(AssertionError, match="2 elements ask for 'add'"):
            await page.click("add")
        with pytest.raises(AssertionError, match="2 fields are 'note': tell one by within="):
            await page.fill("note", "x")
        await page.fill("note", "tea", within="aside")
        await asyncio.gather(*[page.click("add", within=one) for one in ("main", "aside", "aside")])
        assert (page.text("main h1"), page.text("aside h1")) == ("2", "4")
        assert (page.value("note", within="main"), page.value("note", within="aside")) == (
            "",
            "tea",
        )
        await page.assert_current()


async def test_the_state_is_handed_over_when_the_stream_opens(running: RunningApp) -> None:
    async with live_page(running) as page:
        one = page._client.instance("app-board")
        assert one is not None and one.handle and "snapshot" not in one.known()


async def test_what_is_typed_stays_while_the_stream_brings_something(running: RunningApp) -> None:
    async with live_page(running) as page:
        await page.fill("note", "tea", leave=False)
        await running.hotframe.live.publish("orders", "rice")
        await page.until(lambda: page.text(".last") == "rice")
        assert page.value("note") == "tea"
        await page.submit("save")
        assert page.text(".last") == "tea 0 red"


@pytest.mark.parametrize("running", [{"HOTFRAME_LIVE_SNAPSHOT_SIZE": 10}], indirect=True)
async def test_what_is_typed_stays_when_the_state_is_lost(running: RunningApp) -> None:
    async with live_page(running, faults=Faults(forget=1)) as page:
        await page.click("add")
        await page.fill("note", "tea", leave=False)
        body = await page.click("add")
        assert body["result"] == {"ok": False, "lost": True}
        assert (page.text("h1"), page.value("note")) == ("0", "tea")
        assert [one["lost"] for one in page.problems] == [True]


async def test_what_is_typed_stays_when_its_event_comes_too_late(running: RunningApp) -> None:
    async with live_page(running) as page:
        await page.click("add")
        one = page._client.instance("app-board")
        assert one is not None
        one.version = 0  # it did not hear of the click
        await page.fill("note", "tea", leave=False)
        body = await page.click("confirm")
        assert body["result"] == {"ok": False, "stale": True}
        assert (page.text(".last"), page.value("note")) == ("", "tea")
        await page.click("confirm")
        assert page.text(".last") == "confirmed tea"


async def test_who_waits_in_vain_is_told_what_is_there(running: RunningApp) -> None:
    async with live_page(running, patience=0.02) as page:
        with pytest.raises(AssertionError, match=r"within 0\.02 s\. 0 elements are '#no'"):
            await page.until(lambda: page.text("#no"))


async def test_addresses_and_other_pages(running: RunningApp) -> None:
    async with live_page(running) as page:
        await page.click("by_name")
        assert page.url == "/?sort=date"
        await page.click("away")
        assert (page.url, page.text("h1")) == ("/?start=40", "40")
        await page.click("add")
        assert page.text("h1") == "42"


async def test_what_the_page_shows_is_compared_with_the_state(running: RunningApp) -> None:
    async with live_page(running, patience=0.02) as page:
        await page.click("add")
        page.find("h1").children[:] = ["7"]
        with pytest.raises(AssertionError, match="'app-board' shows '<h1>7<.*', not '<h1>2<"):
            await page.assert_current()
