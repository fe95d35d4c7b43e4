"""Objects of a module that somebody keeps over a change, in a request or in a task of its own."""

from __future__ import annotations

import asyncio

from quart import current_app
from quart import g
from quart import url_for

from quart_hotframe import current_hotframe
from tests.support.sites import becomes
from tests.support.sites import Site

VIEWS = """\
from . import blueprint

class Price:
    def text(self): return "{version}"

@blueprint.before_app_request
async def keep():
    from quart import g
    g.price = Price()

@blueprint.get("/{version}")
async def page(): return "{version}"
"""


def files(version: str) -> dict[str, str]:
    return {"views.py": VIEWS.format(version=version)}


def visible() -> list[str]:
    """Return the module's rule and version as the running code sees them."""
    rules = current_app.url_map.iter_rules("news.page")
    return [*(str(rule) for rule in rules), current_hotframe.modules["news"].version]


async def test_a_request_keeps_what_it_has_and_a_stray_task_sees_the_new(site: Site) -> None:
    entered, go, ask = asyncio.Event(), asyncio.Event(), asyncio.Event()
    strays: list[asyncio.Task[list[str]]] = []

    async def stray() -> list[str]:
        await ask.wait()
        async with site.app.app_context():
            return visible()

    async def long() -> list[str]:
        strays.append(asyncio.create_task(stray()))
        entered.set()
        await go.wait()
        return [g.price.text(), url_for("news.page")]

    site.app.add_url_rule("/long", "long", long)
    await site.has("news", "1.0", files=files("1.0"))
    request = asyncio.create_task(site.client.get("/long"))
    await entered.wait()
    await site.modules.upgrade("news", site.source("news", "2.0", files=files("2.0")))
    assert await site.get("/news/2.0") == (200, "2.0")
    go.set()
    assert await (await request).get_json() == ["1.0", "/news/1.0"]
    ask.set()
    assert await strays[0] == ["/news/2.0", "2.0"]
    await site.modules.drained()
    await becomes(lambda: not site.hotframe.runtime.retired)
