"""Pages and blocks of a module go with it."""

from __future__ import annotations

import weakref
from functools import partial
from typing import Any

from tests.support.forgetting import cycles
from tests.support.forgetting import forgets
from tests.support.forgetting import Seen
from tests.support.sites import Site

FILES = {
    "views.py": """\
        from quart_hotframe import page, patches, render_block
        from . import blueprint

        BALLAST = bytearray(256 * 1024)

        class Row:
            def __html__(self): return "<i>"

        @blueprint.get("/")
        @page("shop/index.html", block="rows")
        async def index(): return {"row": Row()}

        @blueprint.get("/patches")
        async def some(): return await patches.append("a", Row()).update("b", "shop/base.html")
        """,
    "templates/shop/base.html": "{% macro bold(x) %}{{ x }}{% endmacro %}"
    "{% block rows %}{% endblock %}",
    "templates/shop/index.html": "{% extends 'shop/base.html' %}{% set x = row %}"
    "{% block rows %}{% frame 'a' %}{{ bold(x) }}{% endframe %}{% endblock %}",
}  # fmt: skip


async def cycle(site: Site, seen: Seen) -> None:
    await site.modules.enable("shop")
    whole = '<hf-frame id="a"><i></hf-frame>'
    assert await site.get("/shop/") == (200, whole)
    assert await site.get("/shop/", headers={"HX-Request": "true"}) == (200, whole)
    assert await site.get("/shop/", headers={"HF-Frame": "a"}) == (200, "<i>")
    assert (await site.get("/shop/patches", headers={"HX-Request": "true"}))[0] == 200
    views = site.modules.worker.mounting.mounted["shop"].package.import_("views")
    environment = site.app.jinja_env
    template = environment.get_template("shop/index.html")
    seen += [weakref.ref(one) for one in (views, views.Row, environment, template)]
    del views, environment, template
    await site.modules.disable("shop")
    await site.modules.drained()


@cycles
async def test_nothing_of_a_module_with_pages_stays(
    site: Site, cycles: int, record_property: Any
) -> None:
    site.write("shop", files=FILES)
    await forgets(partial(cycle, site), cycles, record_property)
