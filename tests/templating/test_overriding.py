"""Templates of modules: who may stand in whose place, and names that go with their module."""

from __future__ import annotations

import asyncio

import pytest
from quart import Quart

from quart_hotframe.errors import ClashError
from tests.support.modules import write_file
from tests.support.sites import becomes
from tests.support.sites import Site
from tests.support.sites import site

__all__ = ["site"]

VIEWS = """\
from quart import render_template
from . import blueprint

@blueprint.get("/<path:name>")
async def page(name): return await render_template(name)
"""


async def enable(site: Site, name: str, needs: str = "", **files: str | bytes) -> None:
    """Enable a module with templates; ``shop__list`` is ``templates/shop/list.html``."""
    given = {
        key if "." in key else f"templates/{key.replace('__', '/')}.html": text
        for key, text in files.items()
    }
    wanted = ", ".join(f'"{one}"' for one in needs.split())
    manifest = f"requires = [{wanted}]"
    site.write(name, manifest=manifest, files={"views.py": VIEWS, **given})
    await site.modules.enable(name)


def of_app(site: Site, name: str, text: str) -> None:
    """Write a template of the app."""
    write_file(site.folder / f"app/templates/{name}.html", text)


async def test_the_app_comes_before_modules_and_they_before_what_they_require(site: Site) -> None:
    await enable(site, "shop", shop__list="shop")
    assert await site.get("/shop/shop/list.html") == (200, "shop")
    await enable(site, "blog", "shop", shop__list="blog")
    assert await site.get("/shop/shop/list.html") == (200, "blog")
    await enable(site, "news", "blog", shop__list="news")
    assert await site.get("/shop/shop/list.html") == (200, "news")
    of_app(site, "shop/list", "app")
    await site.modules.disable("news")
    assert await site.get("/shop/shop/list.html") == (200, "app")
    (site.folder / "app/templates/shop/list.html").unlink()
    await site.modules.reload("blog")
    assert await site.get("/shop/shop/list.html") == (200, "blog")
    await site.modules.disable("blog")
    assert await site.get("/shop/shop/list.html") == (200, "shop")


async def test_of_two_that_override_one_the_first_by_name_wins(site: Site) -> None:
    await enable(site, "shop", shop__list="shop")
    await enable(site, "zoo", "shop", shop__list="zoo")
    await enable(site, "art", "shop", shop__list="art")
    assert await site.get("/shop/shop/list.html") == (200, "art")
    await site.modules.disable("art")
    await enable(site, "art", "zoo", shop__list="art over zoo")
    assert await site.get("/shop/shop/list.html") == (200, "art over zoo")


async def test_who_does_not_require_a_module_overrides_nothing_of_it(site: Site) -> None:
    await enable(site, "shop", shop__list="shop")
    await enable(site, "art", shop__list="art", shop__more="more of art")
    assert await site.get("/art/shop/list.html") == (200, "shop")
    assert await site.get("/art/shop/more.html") == (200, "more of art")


async def test_the_name_of_an_owner_before_a_colon_names_its_own_template(site: Site) -> None:
    await enable(site, "shop", shop__list="<{% block a %}shop{% endblock %}>")
    extending = "{% extends 'shop:shop/list.html' %}{% block a %}OWNER+{{ super() }}{% endblock %}"
    await enable(site, "blog", "shop", shop__list=extending.replace("OWNER", "blog"))
    assert await site.get("/shop/shop/list.html") == (200, "<blog+shop>")
    assert await site.get("/shop/blog:shop/list.html") == (200, "<blog+shop>")
    of_app(site, "shop/list", extending.replace("shop:", "blog:").replace("OWNER", "app"))
    await site.modules.reload("blog")
    assert await site.get("/shop/shop/list.html") == (200, "<app+blog+shop>")
    assert await site.get("/shop/app:shop/list.html") == (200, "<app+blog+shop>")
    assert await site.get("/shop/shop:shop/list.html") == (200, "<shop>")
    for absent in ("shop:absent.html", "nobody:shop/list.html", "app:absent.html"):
        assert (await site.get(f"/shop/{absent}"))[0] == 500


async def test_a_block_of_a_template_that_extends_the_one_it_overrides(site: Site) -> None:
    shop = "{% set x = 'x' %}<{% block a %}shop{% endblock %}>"
    blog = "{% extends 'shop:shop/list.html' %}{% block a %}{{ x }}+{{ super() }}{% endblock %}"
    await enable(site, "shop", shop__list=shop)
    code = VIEWS.replace("import render_template", "import render_template\nfrom quart_hotframe "
                         "import render_block").replace("render_template(name)",
                         "render_block(name, 'a')")  # fmt: skip
    await enable(site, "blog", "shop", shop__list=blog, **{"views.py": code})
    assert await site.get("/blog/shop/list.html") == (200, "x+shop")


async def test_a_page_in_flight_keeps_what_overrides_it(site: Site) -> None:
    waiting, go = asyncio.Event(), asyncio.Event()

    async def wait() -> str:
        waiting.set()
        await go.wait()
        return ""

    site.app.jinja_env.globals["wait"] = wait
    await enable(site, "shop", shop__list="{{ wait() }}{% include 'shop/end.html' %}",
                 shop__end="shop")  # fmt: skip
    await enable(site, "blog", "shop", shop__end="blog")
    old = asyncio.create_task(site.get("/shop/shop/list.html"))
    await asyncio.wait_for(waiting.wait(), 15)
    await site.modules.disable("blog")
    young = asyncio.create_task(site.get("/shop/shop/list.html"))
    go.set()
    assert (await old, await young) == ((200, "blog"), (200, "shop"))


NAMES = """\
from quart import Blueprint

blueprint = Blueprint("shop", __name__, template_folder="templates")

@blueprint.app_template_filter("price")
def price(value): return f"{value} EUR"

@blueprint.app_template_test("dear")
def dear(value): return value > 9

@blueprint.app_template_global()
def vat(): return 20

@blueprint.app_context_processor
def everywhere(): return {"stall": "shop"}

@blueprint.context_processor
def here(): return {"here": "in the shop"}
"""
USE = """{{ stall }} {{ here }} {% if vat is defined %}{{ 10|price }} {{ vat() }}
{%- if 10 is dear %} dear{% endif %}{% endif %}"""


async def test_names_for_templates_go_with_their_module(site: Site) -> None:
    of_app(site, "use", USE)

    @site.app.get("/own")
    async def own() -> str:
        from quart import render_template

        return await render_template("use.html")

    await enable(site, "shop", **{"__init__.py": NAMES})
    everywhere = "10 EUR 20 dear"
    assert await site.get("/shop/use.html") == (200, f"shop in the shop {everywhere}")
    assert await site.get("/own") == (200, f"shop  {everywhere}")
    await site.modules.disable("shop")
    assert await site.get("/own") == (200, "  ")


@pytest.mark.parametrize("what", ["filter", "test", "global"])
async def test_two_owners_cannot_have_one_name_for_templates(site: Site, what: str) -> None:
    code = f"""\
        from quart import Blueprint

        blueprint = Blueprint(__name__.rpartition(".")[2], __name__)

        @blueprint.app_template_{what}("price")
        def shown(value): return value
        """
    await enable(site, "shop", **{"__init__.py": code})
    with pytest.raises(ClashError) as caught:
        await enable(site, "zoo", **{"__init__.py": "\n" + code})
    assert str(caught.value).replace(f"{site.project}/", "") == (
        f"The template {what} 'price' of 'zoo' (zoo/__init__.py:6) is taken by 'shop' "
        "(shop/__init__.py:5): rename one of them."
    )
    add = getattr(Quart, f"add_template_{what}")
    add(site.app, lambda value: value, "dear")
    with pytest.raises(ClashError, match=rf"'dear' of 'zoo' .* taken by 'app' \({__file__}:"):
        await enable(site, "zoo", **{"__init__.py": code.replace('"price"', '"dear"')})


async def test_in_development_templates_that_nobody_sees_are_told(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.app.debug = True
    await enable(site, "shop", shop__list="shop", index="shop")
    await enable(site, "blog", shop__list="blog", index="blog")
    await enable(site, "art", "shop", shop__list="art")
    await enable(site, "zoo", "shop", shop__list="zoo")

    def told() -> set[str]:
        messages = (one.getMessage() for one in caplog.records)
        return {one for one in messages if "the template" in one}

    await becomes(lambda: len(told()) == 3)
    assert told() == {
        "'blog' has the template 'shop/list.html', which is not used: it is one of 'shop'. To "
        "override it, write 'shop' into 'requires' of the manifest of 'blog'.",
        "'blog' and 'shop' have the template 'index.html', and that of 'blog' is used: put "
        "templates into a folder with the name of their module.",
        "'art' and 'zoo' have the template 'shop/list.html', and that of 'art' is used: let 'zoo' "
        "require 'art' to be the one.",
    }
