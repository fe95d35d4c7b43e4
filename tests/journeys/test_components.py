"""A module with components is installed, used by the app, upgraded and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.modules import write_file
from tests.support.sites import loaded_packages
from tests.support.sites import serving
from tests.support.sites import Site

CARD = """\
from __future__ import annotations
from typing import Any
from quart_hotframe import Component, Prop


class Card(Component):
    name: Prop[str]

    async def context(self) -> dict[str, Any]:
        return {"price": await self.ask()}

    async def ask(self) -> int:
        return PRICE


PRICE = 5
"""
TEMPLATE = """\
<article {{ attributes(class="card") }}><b>{{ name }}</b> {{ price }} €\
{% slot "more" %}{% endslot %}</article>"""
INDEX = """\
{% component "card" name=name id="tea" %}{% slot "more" %}<a>buy {{ name }}</a>{% endslot %}\
{% endcomponent %}"""
VIEWS = """\
from quart import render_template
from . import blueprint

@blueprint.get("/")
async def index(): return await render_template("shop/index.html", name="<Tea>")
"""
FILES = {
    "components/card/card.html": TEMPLATE,
    "components/card/card.py": CARD,
    "templates/shop/index.html": INDEX,
    "views.py": VIEWS,
}


def files(**changed: str) -> dict[str, Any]:
    """Return the files of the shop, where *changed* has another card."""
    return {**FILES, **{f"components/card/card.{end}": text for end, text in changed.items()}}


async def test_a_shop_brings_its_card_changes_it_and_takes_it_along(tmp_path: Path) -> None:
    home = "{% component 'shop:card' name='Home' %}{% endcomponent %}"
    write_file(tmp_path / "app/templates/home.html", home)
    site = Site(tmp_path, {})

    @site.app.get("/")
    async def index() -> str:
        from quart import render_template

        return await render_template("home.html")

    async with serving(site):
        await site.has("shop", files=files())
        assert await site.get("/shop/") == (
            200,
            '<article class="card" id="tea"><b>&lt;Tea&gt;</b> 5 €<a>buy &lt;Tea&gt;</a></article>',
        )
        assert await site.get("/") == (200, '<article class="card"><b>Home</b> 5 €</article>')

        new = files(html="<i>{{ name }} for {{ price }}</i>", py=CARD.replace("= 5", "= 6"))
        new["templates/shop/index.html"] = INDEX.replace(' id="tea"', "").partition("{% slot")[0]
        new["templates/shop/index.html"] += "{% endcomponent %}"
        await site.modules.upgrade("shop", site.source("shop", "2.0", files=new))
        assert await site.get("/shop/") == (200, "<i>&lt;Tea&gt; for 6</i>")
        assert await site.get("/") == (200, "<i>Home for 6</i>")

        await site.modules.rollback("shop")
        assert await site.get("/") == (200, '<article class="card"><b>Home</b> 5 €</article>')

        await site.modules.disable("shop")
        await site.modules.uninstall("shop")
        await site.modules.drained()
        assert (await site.get("/"))[0] == 500
        assert loaded_packages() == frozenset()
