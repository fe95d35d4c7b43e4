"""Components whose markup is cached: for whom, how long, and what they still bring."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from quart_hotframe import HotFrame
from quart_hotframe import render_component
from quart_hotframe.errors import HotFrameError
from quart_hotframe.errors import LoadError
from quart_hotframe.errors import PropError
from tests.support.modules import write_file
from tests.support.modules import write_module
from tests.support.redis import own_name as own_name
from tests.support.redis import requires_redis as requires_redis
from tests.support.sites import new_app
from tests.support.sites import serving
from tests.support.sites import Site

CARD = """
    from decimal import Decimal
    from quart_hotframe import Component, Prop
    from modules.shop.counting import count

    class Card(Component):
        cache = 60
        title: Prop[str | Decimal | int | bool | list] = "tea"

        async def context(self):
            return {"made": await count()}

        def cache_tags(self):
            return [f"title:{self.title}"]
    """
COUNTING = """
    import asyncio
    made = 0
    gate = None
    async def count():
        global made
        made += 1
        if gate is not None: await gate.wait()
        return made
    """
VIEWS = """
    from quart import render_template_string, request
    from quart_hotframe import render_component
    from quart_hotframe.security import guard, IsAuthenticated
    from . import blueprint

    @blueprint.get("/")
    async def index(): return await render_template_string(
        "{% component 'shop:card' %}{% endcomponent %}{{ render_component('shop:card') }}")

    @blueprint.get("/of/<title>")
    async def of(title): return await render_component("card", title=title)
    """
FILES: dict[str, str | bytes] = {
    "views.py": VIEWS,
    "counting.py": COUNTING,
    "components/card/card.html": "<p {{ attributes }}>{{ title }} {{ made }}</p>",
    "components/card/card.py": CARD,
}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    config = {"HOTFRAME_SECURITY": "strict", "SECRET_KEY": "not a secret"}
    async with serving(Site(tmp_path, config)) as made:
        yield made


async def shop(site: Site, version: str = "1.0", **more: str) -> None:
    files = FILES | {name.replace("__", "/") + ".html": text for name, text in more.items()}
    await site.has("shop", version, files=files)


async def card(site: Site, **props: Any) -> str:
    async with site.app.app_context():
        return await render_component("shop:card", **props)


async def test_equal_props_get_the_markup_that_one_made(site: Site) -> None:
    await shop(site)
    assert await site.get("/shop/") == (200, "<p >tea 1</p>" * 2)
    assert await site.get("/shop/") == (200, "<p >tea 1</p>" * 2)
    assert await site.get("/shop/of/tea") == (200, "<p >tea 1</p>")
    assert await site.get("/shop/of/<b>") == (200, "<p >&lt;b&gt; 2</p>")


async def test_values_of_other_types_are_others(site: Site) -> None:
    await shop(site)
    values = [1, True, "1", Decimal(1), "<b>", Markup("<b>"), [1], ["1"], [1, [2]], [[1], 2]]
    texts = [await card(site, title=value) for value in values]
    texts += [await card(site, title="1", id=1), await card(site, title="1", hidden=True)]
    made = [int(re.findall(r"(\d+)</p>", text)[0]) for text in texts]
    assert made == list(range(1, 13))
    assert [await card(site, title=value) for value in values] == texts[:10]


async def test_a_value_that_no_text_stands_for_is_refused(site: Site) -> None:
    await shop(site)
    with pytest.raises(PropError, match="'shop:card' is cached, and 'title' has a object"):
        await card(site, title=[object()])
    with pytest.raises(PropError, match="is cached, and 'data-id' has a set"):
        await card(site, data_id={1})


async def test_a_tag_forgets_it(site: Site) -> None:
    await shop(site)
    assert await card(site) == "<p >tea 1</p>"
    assert await card(site, title="milk") == "<p >milk 2</p>"
    await site.hotframe.cache.forget_tag("title:tea")
    assert await card(site) == "<p >tea 3</p>"
    assert await card(site, title="milk") == "<p >milk 2</p>"


async def test_many_at_once_wait_for_one(site: Site) -> None:
    await shop(site)
    package = site.modules.worker.mounting.mounted["shop"].package
    counting = package.import_("counting")
    counting.gate = asyncio.Event()
    asking = [asyncio.create_task(site.get("/shop/")) for _ in range(5)]
    while not counting.made:
        await asyncio.sleep(0)
    counting.gate.set()
    assert await asyncio.gather(*asking) == [(200, "<p >tea 1</p>" * 2)] * 5


async def test_another_version_makes_its_own(site: Site) -> None:
    await shop(site)
    assert await card(site) == "<p >tea 1</p>"
    files = FILES | {"components/card/card.html": "new {{ title }} {{ made }}"}
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=files))
    assert await card(site) == "new tea 1"


async def test_a_new_version_of_what_is_within_makes_it_anew(site: Site) -> None:
    await shop(site, components__card__card="{{ render_component('blog:chip') }} {{ made }}")
    for version in ("1.0", "2.0"):
        code = f"""
            from quart_hotframe import Component
            class Chip(Component):
                def context(self): return {{"text": "chip {version}"}}
            """
        files = {"components/chip.html": "{{ text }}", "components/chip.py": code}
        source = site.source("blog", version, files=files)
        if version == "1.0":
            await site.modules.install(source)
            await site.modules.enable("blog")
        else:
            await site.modules.upgrade("blog", source)
        assert await card(site) == await card(site)
        assert (await card(site)).startswith(f"chip {version}")


async def test_what_it_brings_is_loaded_at_each_use(site: Site) -> None:
    inner = "{% component 'chip' %}{% endcomponent %}"
    files = FILES | {
        "components/card/card.html": inner + inner,
        "components/card/style.css": "p {}",
        "components/chip/chip.html": "chip",
        "components/chip/script.js": "chip()",
    }
    await site.has("shop", files=files)
    nonces = set()
    for _ in range(2):
        answer = await site.client.get("/shop/")
        html = await answer.get_data(as_text=True)
        assert re.fullmatch("<link [^>]*><script [^>]*></script>(chip){4}", html)
        (nonce,) = re.findall('nonce="([^"]*)"', html)
        assert nonce in answer.headers["Content-Security-Policy"]
        nonces.add(nonce)
    assert len(nonces) == 2


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("{{ render_component('inner') }}", "'request' in the component 'inner' depends on who"),
        ("{{ render_component('token') }}", "'csrf_token' in the component 'token' depends"),
        ("{{ render_component('known') }}", "The user depends on who asks, and the markup of"),
    ],
)
async def test_what_depends_on_who_asks_is_refused(site: Site, inside: str, message: str) -> None:
    files = FILES | {
        "components/card/card.html": inside,
        "components/inner.html": "{{ request.path }}",
        "components/token.html": "{{ csrf_token() }}",
        "components/known.html": "{{ name }}",
        "components/known.py": """
            from quart_hotframe import Component
            from quart_hotframe.security import load_user
            class Known(Component):
                async def context(self): return {"name": (await load_user()).id}
            """,
    }
    await site.has("shop", files=files)
    async with site.app.test_request_context("/"):
        with pytest.raises(HotFrameError, match=re.escape(message)):
            await render_component("shop:card")


async def test_what_is_around_it_does_not_reach_into_it(site: Site) -> None:
    files = FILES | {
        "components/card/card.html": "{{ render_component('theme') }}",
        "components/theme.html": "{{ theme }}",
        "components/theme.py": """
            from quart_hotframe import Component
            from quart_hotframe.components import Context
            class Theme(Component): theme: Context[str] = "none"
            """,
        "components/dark.html": "{{ render_component('card') }} {{ render_component('theme') }}",
        "components/dark.py": """
            from quart_hotframe import Component
            class Dark(Component):
                def provide(self): return {"theme": "dark"}
            """,
    }
    await site.has("shop", files=files)
    site.app.context_processor(lambda: {"theme": "of the page"})
    async with site.app.app_context():
        assert await render_component("shop:theme") == "of the page"
        assert await render_component("shop:dark") == "none dark"
        await site.hotframe.cache.clear()
        assert await render_component("shop:card") == "none"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("html", "\n{{ request.path }}", "card.html:2: 'request' depends on who asks"),
        ("html", "{% slot %}{% endslot %}", "card.html: The markup of this component is cached"),
        ("py", "cache = 0", "card.py: Card: 'cache' is a number of seconds, more than 0"),
        ("py", "cache = 9\n    a: Context[str] = ''", "'a' comes from around it, and its markup"),
        ("py", "cache: Prop[int] = 9", "Card.cache cannot be a prop"),
    ],
)
async def test_a_class_that_cannot_be_cached_fails_the_load(
    site: Site, name: str, text: str, message: str
) -> None:
    head = "from quart_hotframe import *\nfrom quart_hotframe.components import *\n"
    code = f"{head}class Card(Component):\n    {text if name == 'py' else 'cache = 9'}\n"
    html = text if name == "html" else ""
    files = {"components/card/card.html": html, "components/card/card.py": code.encode()}
    site.write("shop", files=files)
    with pytest.raises(LoadError, match=re.escape(message)):
        await site.modules.enable("shop")


async def test_where_templates_are_read_again_nothing_is_kept(tmp_path: Path) -> None:
    write_file(tmp_path / "app/components/card.html", "old")
    code = "from quart_hotframe import Component\nclass Card(Component): cache = 60\n"
    write_file(tmp_path / "app/components/card.py", code)
    async with serving(Site(tmp_path, {"TEMPLATES_AUTO_RELOAD": True})) as site:
        async with site.app.app_context():
            assert await render_component("card") == "old"
            write_file(tmp_path / "app/components/card.html", "new one")
            assert await render_component("card") == "new one"


@pytest.mark.redis
async def test_an_app_that_starts_with_another_override_makes_it_anew(
    own_name: str, requires_redis: str, tmp_path: Path
) -> None:
    counting = "from uuid import uuid4\nasync def count(): return uuid4().hex\n"
    write_module(tmp_path / "app/modules", "shop", files=FILES | {"counting.py": counting})
    shown: list[str] = []
    for text in ("old {{ made }}", "old {{ made }}", "new {{ made }}"):
        write_file(tmp_path / "app/components/shop/card.html", text)
        app = new_app(tmp_path, {"HOTFRAME_CACHE": "redis", "HOTFRAME_REDIS_URL": requires_redis})
        app.name = own_name
        hotframe = HotFrame(app)
        async with app.test_app(), app.app_context():
            if not shown:
                await hotframe.modules.enable("shop")
            shown.append(await render_component("shop:card"))
    assert shown[0] == shown[1]
    assert shown[2].startswith("new ")
