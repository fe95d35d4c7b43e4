"""Components of modules: whose they are, and that they come and go with their module."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe import render_component
from quart_hotframe.errors import ComponentError
from quart_hotframe.errors import LoadError
from quart_hotframe.errors import MigrationError
from tests.support.forgetting import cycles
from tests.support.forgetting import forgets
from tests.support.forgetting import Seen
from tests.support.modules import write_file
from tests.support.shops import shop
from tests.support.shops import shops as shops
from tests.support.shops import ShopSite
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site

VIEWS = """\
from quart import render_template, request
from quart_hotframe import render_component
from . import blueprint

@blueprint.get("/")
async def index(): return await render_template("{name}/index.html")

@blueprint.get("/python")
async def python(): return await render_component(request.args["of"])
"""
CARD = """\
from __future__ import annotations
from quart_hotframe import Component, Prop
from modules.shop.prices import Price

class Card(Component):
    price: Prop[Price] = Price(3)

    async def context(self) -> dict[str, object]:
        return {"amount": self.price.amount}
"""
PRICES = """\
class Price:
    def __init__(self, amount): self.amount = amount
BALLAST = bytearray(256 * 1024)
"""
USE = '{% component "card" %}{% endcomponent %}'


def files(name: str, page: str = USE, card: str | None = "", **more: str) -> dict[str, str | bytes]:
    """Return the files of a module with a page and perhaps a component."""
    found: dict[str, str | bytes] = {
        "views.py": VIEWS.format(name=name),
        f"templates/{name}/index.html": page,
        **more,
    }
    if card is not None:
        found["components/card.html"] = card or f"card of {name}"
    return found


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A serving site whose app has a card."""
    write_file(tmp_path / "app/components/card.html", "card of the app")
    async with serving(Site(tmp_path, {})) as made:
        yield made


async def test_a_name_is_that_of_the_module_itself_and_else_of_the_app(site: Site) -> None:
    site.write("shop", files=files("shop"))
    site.write("blog", files=files("blog", card=None))
    await site.modules.enable("shop")
    await site.modules.enable("blog")
    assert await site.get("/shop/") == (200, "card of shop")
    assert await site.get("/blog/") == (200, "card of the app")
    assert await site.get("/shop/python?of=card") == (200, "card of shop")
    assert await site.get("/blog/python?of=card") == (200, "card of the app")
    assert await site.get("/blog/python?of=shop:card") == (200, "card of shop")
    assert await site.get("/shop/python?of=app:card") == (200, "card of the app")


async def test_the_file_decides_whose_a_name_is_and_not_the_page_it_is_part_of(site: Site) -> None:
    layout = USE + ' {{ render_component("card") }} {% block body %}{% endblock %}'
    write_file(site.folder / "app/templates/layout.html", layout)
    page = "{% extends 'layout.html' %}{% block body %}" + USE + "{% endblock %}"
    site.write("shop", files=files("shop", page))
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "card of the app card of the app card of shop")


async def test_a_template_of_the_app_in_place_of_a_modules_has_the_apps_names(site: Site) -> None:
    write_file(site.folder / "app/templates/shop/index.html", USE)
    site.write("shop", files=files("shop"))
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "card of the app")


async def test_a_class_is_code_of_its_module(site: Site) -> None:
    extra = {"components/card.py": CARD, "prices.py": PRICES}
    site.write("shop", files=files("shop", card="{{ amount }}") | extra)
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "3")


async def test_a_component_goes_with_its_module(site: Site) -> None:
    site.write("shop", files=files("shop"))
    site.write("blog", files=files("blog", '{{ render_component("shop:card") }}', None))
    await site.modules.enable("shop")
    await site.modules.enable("blog")
    assert await site.get("/blog/") == (200, "card of shop")
    await site.modules.disable("shop")
    assert (await site.get("/blog/"))[0] == 500
    assert await site.get("/blog/python?of=card") == (200, "card of the app")


async def test_a_page_in_flight_keeps_its_version(site: Site) -> None:
    waiting, go = asyncio.Event(), asyncio.Event()

    async def wait() -> str:
        waiting.set()
        await go.wait()
        return " "

    site.app.jinja_env.globals["wait"] = wait
    page = USE + "{{ wait() }}{% component 'late' %}{% endcomponent %}"
    late = "components/late.html"
    await site.has("shop", files=files("shop", page, "early 1") | {late: "late 1"})
    new = site.source("shop", "2.0", files=files("shop", page, "early 2") | {late: "late 2"})
    old = asyncio.create_task(site.get("/shop/"))
    await waiting.wait()
    await site.modules.upgrade("shop", new)
    young = asyncio.create_task(site.get("/shop/"))
    go.set()
    assert await old == (200, "early 1 late 1")
    assert await young == (200, "early 2 late 2")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("card.html", "a\n{% props a: strr %}", "card.html:2: 'strr' is no type for a prop"),
        ("card.html", "a\n{% if %}", "card.html:2: Expected an expression"),
        ("card.html", "{% props caller: str %}", "card.html: 'caller' cannot be a prop"),
        ("card.html", "\n{% block a %}{% endblock %}", "card.html:2: {% block %} does nothing"),
        ("card.html", "{% extends 'x' %}", "card.html:1: A component cannot extend"),
        (
            "card.html",
            "{% autoescape false %}{% endautoescape %}",
            "card.html:1: {% autoescape %} cannot stand",
        ),
        ("card.html", "{% props a: int = 'x' %}", "card.html:1: The default of 'a' must be int"),
        (
            "card.html",
            "{% props a: int = b %}",
            "card.html:1: The default of 'a' must be a constant",
        ),
        ("card.html", "{% props a: int, a: int %}", "card.html:1: The prop 'a' stands there twice"),
        ("Card.html", "", "components/Card.html: A component has a name such as product_card"),
        ("card/card.html", "", "card.html: The component 'card' is there twice: keep this or"),
        ("card.py", "", "card.py: There must be a class Card(Component) here, for card.html"),
        ("card.py", "\n1/0", "card.py:2: ZeroDivisionError"),
        (
            "card.py",
            "from quart_hotframe import *\nclass Card(Component):\n    a: Prop[int] = 'x'",
            "Card.a: must be int, not str",
        ),
        (
            "card.py",
            "from __future__ import annotations\nfrom quart_hotframe import *\n"
            "class Card(Component):\n    a: Prop[Nope]",
            "card.py: The annotations of Card cannot be read: name 'Nope' is not defined",
        ),
        ("card.html", "\n{% slot 'a' let b %}{% endslot %}", "card.html:2: 'let' takes values dir"),
        (
            "card.html",
            "{% slot 'a' b=1 %}{% endslot %}\n{% slot 'a' c=1 %}{% endslot %}",
            "card.html:2: The places of the slot 'a' give different values",
        ),
        ("card.html", "{% props %}\n{% props %}", "card.html:2: {% props %} stands there twice"),
        ("card.html", b"\xff", "card.html: This is no text in UTF-8"),
    ],
)
async def test_a_component_that_is_wrong_fails_the_load(
    site: Site, name: str, text: str | bytes, message: str
) -> None:
    site.write("shop", files=files("shop") | {f"components/{name}": text})
    with pytest.raises(LoadError) as caught:
        await site.modules.enable("shop")
    assert message in str(caught.value)
    assert caught.value.module == "shop"


async def test_props_stand_in_the_class_or_in_the_template(site: Site) -> None:
    code = "from quart_hotframe import *\nclass Card(Component): ..."
    site.write(
        "shop", files=files("shop", card="{% props a: str %}") | {"components/card.py": code}
    )
    with pytest.raises(LoadError, match=r"card\.html:1: The props stand in Card already"):
        await site.modules.enable("shop")


async def test_files_that_are_no_components_are_let_alone(site: Site) -> None:
    more = {
        "components/card/part.html": "{% broken",
        "components/helping.py": "",
        "components/notes.txt": "",
    }
    site.write("shop", files=files("shop") | more)
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "card of shop")


TICKS = """
    import asyncio
    from quart import current_app
    from . import blueprint

    async def tick():
        while True: await asyncio.sleep(0.01)

    @blueprint.before_app_serving
    async def begin(): current_app.add_background_task(tick)
    """


@pytest.mark.by_turns
async def test_a_version_that_serves_on_after_a_failure_has_its_components(
    shops: ShopSite,
) -> None:
    url = shops.app.config["HOTFRAME_DATABASE_URL"]
    shops = ShopSite(shops.folder, url, HOTFRAME_DRAIN_TIMEOUT=3.0)
    card = "components/card.html"
    shop(shops.project, "2.0", files={"hooks.py": TICKS, card: "old card"})
    async with serving(shops), shops.app.app_context():
        await shops.modules.enable("shop")
        shop(shops.project, "2.5", files={card: "new card"})
        with pytest.raises(MigrationError, match="nowhere"):
            await shops.modules.reload("shop")
        await becomes(lambda: shops.hotframe.runtime.gate is None)
        assert await render_component("shop:card") == "old card"


async def cycle(site: Site, seen: Seen) -> None:
    await site.modules.enable("shop")
    status, html = await site.get("/shop/")
    assert status == 200 and html.startswith("<link ") and html.endswith(">3")
    package = site.modules.worker.mounting.mounted["shop"].package
    card, prices = package.import_("components.card.card"), package.import_("prices")
    share = site.hotframe.runtime.current.contributions["shop"].items["components"]
    definition = share.definitions["card"]
    asset = definition.assets[0]
    seen += [weakref.ref(one) for one in (card, card.Card, prices.Price, definition, asset)]
    del card, prices, package, share, definition, asset
    await site.modules.disable("shop")
    await site.modules.drained()


@cycles
async def test_nothing_of_a_component_stays(site: Site, cycles: int, record_property: Any) -> None:
    extra = {
        "components/card/card.html": "{{ amount }}",
        "components/card/card.py": CARD,
        "components/card/style.css": "p {}",
        "prices.py": PRICES,
    }
    site.write("shop", files=files("shop", card=None) | extra)
    await forgets(partial(cycle, site), cycles, record_property)


async def test_what_is_wrong_in_the_app_is_told_at_its_start_and_hurts_who_uses_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_file(tmp_path / "app/components/card.html", "{% props a: strr %}")
    write_file(tmp_path / "app/components/list.html", "")
    write_file(tmp_path / "app/components/list.py", "1/0")
    write_file(tmp_path / "app/components/good.html", "good")
    async with serving(Site(tmp_path, {})) as site, site.app.app_context():
        told = [record.getMessage() for record in caplog.records]
        assert "card.html:1: 'strr' is no type" in told[0]
        assert "list.py: ZeroDivisionError: division by zero" in told[1]
        assert await render_component("good") == "good"
        for _ in range(2):
            with pytest.raises(ComponentError, match="'strr' is no type"):
                await render_component("card")
