"""A page of tests stays open while modules change, as one in a browser does."""

from __future__ import annotations

from pathlib import Path

from quart_hotframe import HotFrame
from quart_hotframe.testing import live_page
from quart_hotframe.testing import test_app
from tests.support.modules import write_module
from tests.support.sites import new_app

CODE = """\
from quart_hotframe import event, LiveComponent

class Board(LiveComponent):
    count: int = 0

    @event
    async def add(self) -> None: self.count += 1

    @event(every=1000)
    async def tick(self) -> None: ...
"""
VIEWS = """\
from quart import render_template_string
from . import blueprint

@blueprint.get("/")
async def index():
    return await render_template_string("{% component 'shop:board' %}{% endcomponent %}")
"""
FILES = {
    "components/board.html": '<b>{{ count }}</b><button {{ on.click("add") }}>+</button>',
    "components/board.py": CODE,
    "views.py": VIEWS,
}


async def test_a_component_that_is_gone_can_be_asked_again(tmp_path: Path) -> None:
    app = new_app(tmp_path, {"SECRET_KEY": "a key"})
    write_module(tmp_path / "app" / "modules", "shop", files=FILES)
    HotFrame(app)
    async with test_app(app) as running:
        modules = running.hotframe.modules
        await modules.enable("shop")
        async with live_page(running, "/shop/") as page:
            await page.click("add")
            await modules.disable("shop")
            await page.until(lambda: page.all("[data-hf-gone]"))
            await page.click("add", status=410)
            await modules.enable("shop")
            await page.until(lambda: not page.all("[data-hf-gone]"))
            assert page.text("b") == "1"
            await page.click("add")
            assert page.text("b") == "2"
