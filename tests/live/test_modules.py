"""Live components of modules: their state goes on over a new version, and ends with the module."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.testing.client import client_of
from tests.support.sites import serving
from tests.support.sites import Site

from .conftest import CODE
from .conftest import COUNTER
from .conftest import Instance
from .conftest import instances_in
from .conftest import module_site
from .conftest import module_with

USE = '{% component "counter" start=3 %}{% endcomponent %}'
NEW = COUNTER.replace("count += amount", "count += 10 * amount")
OTHER = """\
class Counter(LiveComponent):
    state_version = 2
    start: Prop[int] = 0
    total: int = 0

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        return {**state, "total": state["count"]}

    @event
    async def add(self) -> None: self.total += 10
"""


def files(code: str = COUNTER, template: str = "<b>{{ count }}</b>") -> dict[str, str | bytes]:
    return module_with("counter", CODE + code, template, USE)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A serving site without any component of its own."""
    async with module_site(tmp_path) as made:
        yield made


async def counter(site: Site) -> Instance:
    response = await site.client.get("/shop/")
    html = await response.get_data(as_text=True)
    (one,) = instances_in(html, site.client, "p" * 22)
    return one


async def test_an_app_without_live_components_has_no_route_for_them(site: Site) -> None:
    assert (await site.client.post("/hotframe/live")).status_code == 404
    await site.has("shop", files=files())
    assert (await site.client.post("/hotframe/live")).status_code == 400


async def test_the_module_answers_the_events_of_its_components(site: Site) -> None:
    code = COUNTER.replace(
        "        self.count += amount",
        "        from quart_hotframe import current_module\n"
        "        assert current_module.name == 'shop'\n        self.count += amount",
    )
    await site.has("shop", files=files(code))
    one = await counter(site)
    assert (one.id, one.component) == ("shop-counter", "shop:counter")
    assert (await one.send("add")).html == "<b>4</b>"


async def test_a_held_state_goes_on_in_a_new_version(site: Site) -> None:
    await site.has("shop", files=files())
    one = await counter(site)
    assert (await one.send("add")).html == "<b>4</b>"
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=files(NEW)))
    assert (await one.send("add")).html == "<b>14</b>"


async def test_it_migrates_in_a_new_version(site: Site) -> None:
    await site.has("shop", files=files())
    one = await counter(site)
    await one.send("add")
    new = files(OTHER, "<b>{{ total }}</b>")
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=new))
    assert (await one.send("add")).html == "<b>14</b>"


async def test_a_disabled_module_takes_its_components_along(site: Site) -> None:
    await site.has("shop", files=files())
    one = await counter(site)
    await one.send("add")
    await site.modules.disable("shop")
    answer = await one.send("add")
    assert (answer.status, answer.body) == (410, {"gone": True})
    await site.modules.enable("shop")
    assert (await one.send("add")).html == "<b>5</b>"


async def test_an_event_in_flight_ends_in_the_version_that_it_began_in(site: Site) -> None:
    waiting, go = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await go.wait()

    site.app.extensions["wait"] = wait
    slow = COUNTER.replace(
        "        self.count += amount",
        "        from quart import current_app\n"
        "        await current_app.extensions['wait']()\n        self.count += amount",
    )
    await site.has("shop", files=files(slow))
    one = await counter(site)
    event = asyncio.ensure_future(one.send("add"))
    await waiting.wait()
    changing = asyncio.ensure_future(
        site.modules.upgrade("shop", site.source("shop", "2.0", files=files(NEW)))
    )
    await changing
    go.set()
    assert (await event).html == "<b>4</b>"
    assert (await one.send("add")).html == "<b>14</b>"


async def test_nothing_of_a_version_that_left_stays(tmp_path: Path, assert_no_leaks: Any) -> None:
    async with serving(Site(tmp_path, {"SECRET_KEY": "a key"})) as site:
        site.client = client_of(site.app)
        await site.has("shop", files=files())
        one = await counter(site)
        await one.send("add")
        await site.modules.disable("shop")
        assert len(site.hotframe.live.residents) == 1
        assert all(
            held.state.object is None for held in site.hotframe.live.residents._held.values()
        )
