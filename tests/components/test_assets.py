"""Styles and scripts of components: who loads them, where they are served, and how long."""

from __future__ import annotations

import asyncio
import gc
import gzip
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha384
from pathlib import Path
from typing import Any

import pytest
from quart import render_template_string

from quart_hotframe import HotFrame
from quart_hotframe import render_component
from quart_hotframe.errors import LoadError
from tests.support.modules import write_file
from tests.support.sites import becomes
from tests.support.sites import new_app
from tests.support.sites import serving
from tests.support.sites import Site

VIEWS = """\
from quart import stream_template
from quart_hotframe import page, patches, render_component
from . import blueprint

@blueprint.get("/")
@page("shop/index.html", blocks={"part": "part"})
async def index(): return {}

@blueprint.get("/patches")
async def change():
    card = await render_component("card")
    return await patches.replace("a", "shop/card.html").append("b", card).update("c", card)

@blueprint.get("/stream")
async def stream(): return await stream_template("shop/index.html")

@blueprint.get("/python")
async def python(): return await render_component("card")
"""
USE = '{% component "card" %}{% endcomponent %}'
CARD = "components/card/card.html"
STYLE = "components/card/style.css"
SCRIPT = "components/card/script.js"


def files(page: str = USE, **more: str) -> dict[str, str | bytes]:
    """Return the files of a module with a page and a component that has style and script."""
    return {
        "views.py": VIEWS,
        "templates/shop/index.html": page,
        "templates/shop/card.html": USE,
        CARD: "<p>card</p>",
        STYLE: "p { color: red }",
        SCRIPT: "document.title = 'ran'",
        **more,
    }


def elements(html: str) -> list[dict[str, str]]:
    """Return the attributes of what loads assets, in order; ``tag`` is the name."""
    found = re.findall(r"<(link|script) ([^>]*)>", html)
    return [{"tag": tag} | dict(re.findall(r'([\w-]+)="([^"]*)"', more)) for tag, more in found]


def addresses(html: str) -> list[str]:
    return [one.get("href") or one["src"] for one in elements(html)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with serving(Site(tmp_path, {"HOTFRAME_SECURITY": "strict", "SECRET_KEY": "k"})) as made:
        yield made


async def shop(site: Site, version: str = "1.0", **options: Any) -> None:
    await site.has("shop", version, files=files(**options))


async def test_the_first_use_loads_both_and_the_next_ones_nothing(site: Site) -> None:
    await shop(site, page=f"<main>{USE}{USE}" + "{{ render_component('card') }}")
    answer = await site.client.get("/shop/")
    html = await answer.get_data(as_text=True)
    assert re.fullmatch("<main><link [^>]*><script [^>]*></script>(<p>card</p>){3}", html)
    style, script = elements(html)
    assert style["rel"] == "stylesheet" and script["type"] == "module"
    assert script["nonce"] in answer.headers["Content-Security-Policy"]
    for one in (style, script):
        answer = await site.client.get(one.get("href") or one["src"])
        body: Any = await answer.get_data()
        assert one["integrity"] == f"sha384-{b64encode(sha384(body).digest()).decode()}"


async def test_a_stream_has_no_nonce_once_its_headers_are_sent(site: Site) -> None:
    await shop(site, page=USE + USE)
    html = (await site.get("/shop/stream"))[1]
    assert re.fullmatch("<link [^>]*><script [^>]*></script>(<p>card</p>){2}", html)
    assert "nonce" not in html


async def test_they_are_served_for_good_and_packed(site: Site) -> None:
    await shop(site)
    found = addresses((await site.get("/shop/"))[1])
    for address, kind in zip(found, ("css", "javascript"), strict=True):
        plain = await site.client.get(address)
        packed: Any = await site.client.get(address, headers={"Accept-Encoding": "gzip"})
        assert plain.mimetype == f"text/{kind}" and plain.mimetype_params["charset"] == "utf-8"
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert plain.headers["X-Content-Type-Options"] == "nosniff"
        assert gzip.decompress(await packed.get_data()) == await plain.get_data()


async def test_they_are_for_everybody_also_where_the_module_is_not(site: Site) -> None:
    await site.has("shop", files=files(), manifest='guard = "authenticated"')
    async with site.app.app_context():
        style, script = addresses(await render_component("shop:card"))
    assert (await site.get("/shop/"))[0] != 200
    assert await site.get(style) == (200, "p { color: red }")
    assert (await site.get(script))[0] == 200


async def test_nothing_else_of_the_folder_is_served(site: Site) -> None:
    await shop(site, **{"components/card/other.css": "", "components/card/card.py": ""} | {
        "components/card/card.py": "from quart_hotframe import *\nclass Card(Component): ..."
    })  # fmt: skip
    style, _ = addresses((await site.get("/shop/"))[1])
    folder = style.rpartition("/")[0]
    digest = style.rpartition("/")[2].split(".")[1]
    wrong = ["card.html", "card.py", "style.css", "other.css", f"card.{digest}.html",
             "style.0123456789abcdef.css", f"../card/style.{digest}.css", f"style.{digest}.js",
             "%2e%2e/%2e%2e/module.toml"]  # fmt: skip
    for name in wrong:
        response = await site.client.get(f"{folder}/{name}")
        assert response.status_code == 404, name
        assert "immutable" not in response.headers.get("Cache-Control", "")


async def test_every_text_that_is_rendered_by_itself_has_what_it_needs(site: Site) -> None:
    await shop(site, page="{{ outlet('side') }}{% component 'shop:card' %}{% endcomponent %}")
    hooks = """
        from quart import render_template
        from quart_hotframe import hooks
        @hooks.outlet("side")
        async def fails(): return await render_template("blog/fails.html")
        """
    page = "{% component 'shop:card' %}{% endcomponent %}{{ 1/0 }}"
    site.write("blog", files={"hooks.py": hooks, "templates/blog/fails.html": page})
    await site.modules.enable("blog")
    assert len(addresses((await site.get("/shop/"))[1])) == 2
    async with site.app.test_request_context("/"):
        page = "{{ python('shop:card') }}{% component 'shop:card' %}{% endcomponent %}"
        html = await render_template_string(page, python=render_component)
        assert len(addresses(html)) == 4


async def test_a_page_can_load_them_elsewhere(site: Site) -> None:
    await shop(site, page="<head>{{ component_assets('card', 'shop:card') }}</head>" + USE)
    html = (await site.get("/shop/"))[1]
    assert re.fullmatch(r"<head><link [^>]*><script [^>]*></script></head><p>card</p>", html)
    page = "{{ component_assets('cart') }}"
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=files(page=page)))
    assert (await site.get("/shop/"))[0] == 500


async def test_a_part_of_a_page_loads_what_was_used_before_it(site: Site) -> None:
    frame = f'<hf-frame id="a">{USE}</hf-frame>'
    await shop(site, page=f"{USE}{frame}" + "{% block part %}" + USE + "{% endblock %}")
    for name in ("a", "part"):
        html = (await site.get("/shop/", headers={"HF-Frame": name}))[1]
        assert re.fullmatch("<link [^>]*><script [^>]*></script><p>card</p>", html), name


async def test_patches_bring_them_once_and_apart(site: Site) -> None:
    await shop(site)
    native = {"Accept": "application/vnd.hotframe.patches+json"}
    answer = await (await site.client.get("/shop/patches", headers=native)).get_json(force=True)
    assert [one["tag"] for one in elements(answer["assets"])] == ["link", "script"]
    assert [one["html"] for one in answer["patches"]] == ["<p>card</p>"] * 3
    for headers, begin in (
        ({"HX-Request": "true"}, '<template><div hx-swap-oob="beforeend:head"><link '),
        ({"HX-Request": "true", "HX-Request-Type": "partial"},
         '<hx-partial hx-target="head" hx-swap="beforeend"><link '),
        ({"Accept": "text/vnd.turbo-stream.html"},
         '<turbo-stream action="append" targets="head"><template><link '),
    ):  # fmt: skip
        html = (await site.get("/shop/patches", headers=headers))[1]
        assert html.startswith(begin)
        assert len(addresses(html)) == 2


async def test_an_upgrade_changes_the_address_and_the_old_one_is_still_there(site: Site) -> None:
    await shop(site)
    before = addresses((await site.get("/shop/"))[1])
    new = site.source("shop", "2.0", files=files() | {STYLE: "p { color: blue }"})
    await site.modules.upgrade("shop", new)
    await site.modules.drained()
    after = addresses((await site.get("/shop/"))[1])
    assert before[0] != after[0] and before[1] == after[1]
    assert await site.get(before[0]) == (200, "p { color: red }")
    assert await site.get(after[0]) == (200, "p { color: blue }")


async def test_a_version_that_fails_takes_nothing_along(site: Site) -> None:
    await shop(site)
    before = addresses((await site.get("/shop/"))[1])
    wrong = files() | {"components/wrong.html": "{% if %}"}
    with pytest.raises(LoadError):
        await site.modules.upgrade("shop", site.source("shop", "2.0", files=wrong))
    gc.collect()
    assert [(await site.get(one))[0] for one in before] == [200, 200]


async def test_they_go_with_their_module(site: Site) -> None:
    await shop(site)
    before = addresses((await site.get("/shop/"))[1])
    new = site.source("shop", "2.0", files=files() | {STYLE: "p { color: blue }"})
    await site.modules.upgrade("shop", new)
    await site.modules.drained()
    before += addresses((await site.get("/shop/"))[1])
    await site.modules.disable("shop")
    await site.modules.drained()
    for address in before:
        assert (await site.get(address))[0] == 404


async def test_what_is_kept_of_versions_that_left_is_bounded(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quart_hotframe.components.assets.KEPT_FILES", 2)
    await shop(site)
    known = []
    for number in range(2, 5):
        known.append(addresses((await site.get("/shop/"))[1])[0])
        style = {STYLE: f"p {{ order: {number} }}"}
        new = site.source("shop", f"{number}.0", files=files() | style)
        await site.modules.upgrade("shop", new)
        await site.modules.drained()
    assert [(await site.get(one))[0] for one in known] == [404, 404, 200]


async def test_pages_under_load_always_find_their_style_and_never_anothers(site: Site) -> None:
    """While the module is upgraded again and again, each page's files are of its own version."""
    await shop(site, page="1 " + USE, **{CARD: "1", STYLE: "/* 1 */"})
    done = asyncio.Event()
    seen: set[str] = set()

    async def visit() -> None:
        while not done.is_set():
            html = (await site.get("/shop/"))[1]
            version = html[0]
            assert html.endswith(version)
            assert await site.get(addresses(html)[0]) == (200, f"/* {version} */")
            seen.add(version)

    visitors = [asyncio.create_task(visit()) for _ in range(4)]
    for version in ("2", "3"):
        options = {"page": f"{version} {USE}", CARD: version, STYLE: f"/* {version} */"}
        new = site.source("shop", f"{version}.0", files=files(**options))
        await site.modules.upgrade("shop", new)
        await becomes(lambda version=version: version in seen)  # type: ignore[misc]
    done.set()
    await asyncio.gather(*visitors)
    assert seen == {"1", "2", "3"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({STYLE: b"\xff"}, "components/card/style.css: This is no text in UTF-8"),
        (
            {"components/box.html": "", "components/box/style.css": ""},
            "box/style.css: This is not served, because box.html does not lie beside it: move",
        ),
    ],
)
async def test_what_cannot_be_served_is_told(site: Site, more: Any, message: str) -> None:
    site.write("shop", files=files(**more))
    with pytest.raises(LoadError, match=re.escape(message)):
        await site.modules.enable("shop")


async def test_those_of_the_app_are_shown_as_they_were_saved(tmp_path: Path) -> None:
    for path, text in ((CARD, "<p>card</p>"), (STYLE, "red")):
        write_file(tmp_path / "app" / path, text)
    write_file(tmp_path / "app/templates/index.html", USE)
    async with serving(Site(tmp_path, {"TEMPLATES_AUTO_RELOAD": True})) as site:
        async with site.app.app_context():
            before = addresses(await render_component("card"))
            assert await site.get(before[0]) == (200, "red")
            write_file(site.folder / "app" / STYLE, "a new red")
            after = addresses(await render_component("card"))
        gc.collect()
        assert await site.get(after[0]) == (200, "a new red")
        assert await site.get(before[0]) == (200, "red")


async def test_an_app_below_a_path_names_it(site: Site) -> None:
    await shop(site)
    answer = await site.client.get("/mine/shop/", root_path="/mine")
    assert addresses(await answer.get_data(as_text=True))[0].startswith("/mine/hotframe/")


async def test_an_app_whose_components_have_none_has_no_route(tmp_path: Path) -> None:
    write_file(tmp_path / "app/components/card.html", "card")
    app = new_app(tmp_path)
    HotFrame(app)
    async with app.test_app():
        assert "hotframe.component" not in app.view_functions
