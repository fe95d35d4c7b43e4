"""Journey b, a request: the door, its generation's routes, the module, the answer, let go."""

from __future__ import annotations

import asyncio
from pathlib import Path

from quart import Response

from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site

SHOP = {
    "views.py": """\
        import asyncio
        from quart import current_app, g, render_template, url_for
        from quart_hotframe import current_hotframe, current_module
        from . import blueprint

        entered, release = [], asyncio.Event()

        @blueprint.before_request
        async def before(): g.basket = ["apple"]

        @blueprint.get("/<int:number>")
        async def product(number):
            return await render_template("shop/product.html", number=number)

        @blueprint.get("/slow")
        async def slow():
            entered.append(1)
            await release.wait()
            return f"{current_module.version} {url_for('shop.product', number=7)}"

        @blueprint.context_processor
        def words(): return {"word": "for sale"}
        """,
    "templates/shop/product.html": "{{ number }} {{ word }} {{ g.basket[0] }}"
    " {{ url_for('.product', number=8) }} {{ url_for('home') }}",
}


async def test_a_request_sees_one_generation_from_the_door_to_its_end(tmp_path: Path) -> None:
    site = Site(tmp_path, {})

    @site.app.get("/home")
    async def home() -> str:
        return "home"

    @site.app.after_request
    async def mark(response: Response) -> Response:
        response.headers["X-App"] = "site"
        return response

    async with serving(site):
        await site.has("shop", "1.0", files=SHOP)
        runtime = site.hotframe.runtime

        response = await site.client.get("/shop/7")
        assert await response.get_data(as_text=True) == "7 for sale apple /shop/8 /home"
        assert response.headers["X-App"] == "site"
        assert not runtime.current.pins  # it let go

        views = site.modules.worker.mounting.mounted["shop"].package.import_("views")
        slow = asyncio.create_task(site.get("/shop/slow"))
        await becomes(lambda: views.entered)
        pinned = runtime.current
        assert len(pinned.pins) == 1

        moved = {"manifest": 'url_prefix = "/market"', "files": SHOP}
        await site.modules.upgrade("shop", site.source("shop", "2.0", **moved))
        assert (await site.get("/shop/7"))[0] == 404
        assert (await site.get("/market/7"))[0] == 200
        assert pinned in runtime.retired

        views.release.set()
        assert await slow == (200, "1.0 /shop/7")
        assert pinned not in runtime.retired
