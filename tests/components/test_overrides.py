"""Components of modules that the app, or a module that requires theirs, shows in its own way."""

from __future__ import annotations

import gc
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from quart_hotframe.errors import LoadError
from tests.support.modules import write_file
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site

VIEWS = """\
from quart import render_template_string
from . import blueprint

@blueprint.get("/")
async def index():
    text = "{% component 'shop:card' price=2 %}more{% endcomponent %}"
    return await render_template_string(text)
"""
CODE = """\
from __future__ import annotations
from quart_hotframe import Component, Prop

class Card(Component):
    price: Prop[int]

    async def context(self) -> dict[str, object]:
        return {"sum": self.price * FACTOR}

FACTOR = 10
"""
TEMPLATE = "shop {{ sum }} {% slot %}{% endslot %}"


async def enable(site: Site, name: str, needs: str = "", **files: str | bytes) -> None:
    """Enable a module; ``card`` is ``components/card.html``, ``shop__card`` an override."""
    given = {f"components/{key.replace('__', '/')}.html": text for key, text in files.items()}
    code: dict[str, str | bytes] = {"views.py": VIEWS}
    if name == "shop":
        code["components/card.py"] = CODE
    manifest = f'requires = ["{needs}"]' if needs else ""
    site.write(name, manifest=manifest, files={**code, **given})
    await site.modules.enable(name)


def of_app(site: Site, name: str, text: str) -> None:
    """Write a file among the components of the app."""
    write_file(site.folder / "app/components" / name, text)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A serving site that looks at its components again whenever they are used."""
    async with serving(Site(tmp_path, {"TEMPLATES_AUTO_RELOAD": True})) as made:
        yield made


async def test_the_app_comes_before_modules_and_they_before_what_they_require(site: Site) -> None:
    await enable(site, "shop", card=TEMPLATE)
    assert await site.get("/shop/") == (200, "shop 20 more")
    await enable(site, "blog", "shop", shop__card="blog {{ sum }} {% slot %}{% endslot %}")
    assert await site.get("/shop/") == (200, "blog 20 more")
    of_app(site, "shop/card.html", "app {{ sum }} {% slot %}{% endslot %}")
    assert await site.get("/shop/") == (200, "app 20 more")
    of_app(site, "shop/card.html", "again {{ price }}{% slot %}{% endslot %}")
    assert await site.get("/shop/") == (200, "again 2more")
    (site.folder / "app/components/shop/card.html").unlink()
    await site.modules.disable("blog")
    assert await site.get("/shop/") == (200, "shop 20 more")


async def test_an_override_may_bring_a_class(site: Site) -> None:
    await enable(site, "shop", card=TEMPLATE)
    of_app(site, "shop/card.html", "app {{ sum }}{% slot %}{% endslot %}")
    of_app(site, "shop/card.py", CODE.replace("FACTOR = 10", "FACTOR = 7"))
    assert await site.get("/shop/") == (200, "app 14more")


async def test_an_override_keeps_the_style_and_examples_are_none(site: Site) -> None:
    files = {
        "views.py": VIEWS, "components/card/card.py": CODE, "components/card/card.html": TEMPLATE,
        "components/card/style.css": "b {}",
    }  # fmt: skip
    site.write("shop", files=files)
    await site.modules.enable("shop")
    of_app(site, "shop/card.example.html", "{% component 'nowhere' %}{% endcomponent %}")
    of_app(site, "shop/card.html", TEMPLATE.replace("shop", "app"))
    _, text = await site.get("/shop/")
    assert "/hotframe/components/shop/card/style." in text
    assert text.endswith(">app 20 more")


async def test_who_does_not_require_a_module_overrides_nothing_of_it(site: Site) -> None:
    await enable(site, "shop", card=TEMPLATE)
    await enable(site, "blog", shop__card="{% if %}")
    assert await site.get("/shop/") == (200, "shop 20 more")


async def test_an_override_of_the_app_keeps_nothing_of_a_module(site: Site) -> None:
    of_app(site, "shop/card.html", "app {{ sum }} {% slot %}{% endslot %}")
    await enable(site, "shop", card=TEMPLATE)
    assert await site.get("/shop/") == (200, "app 20 more")
    code = site.modules.worker.mounting.mounted["shop"].package.import_("components.card")
    card = weakref.ref(code.Card)
    del code
    await site.modules.disable("shop")
    await becomes(lambda: gc.collect() >= 0 and card() is None)


async def test_names_in_an_override_are_those_of_its_owner(site: Site) -> None:
    await enable(site, "shop", card=TEMPLATE, icon="icon of shop")
    of_app(site, "icon.html", "icon of app")
    of_app(
        site, "shop/card.html", "{% component 'icon' %}{% endcomponent %}{% slot %}{% endslot %}"
    )
    assert await site.get("/shop/") == (200, "icon of appmore")


async def test_an_override_that_is_wrong_is_told(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await enable(site, "shop", card=TEMPLATE)
    with pytest.raises(LoadError, match=r"blog/components/shop/card\.html:1: Expected an expr"):
        await enable(site, "blog", "shop", shop__card="{% if %}")
    of_app(site, "shop/card.html", "\n{% if %}")
    assert (await site.get("/shop/"))[0] == 500
    assert "app/components/shop/card.html:2: Expected an expression" in caplog.text


async def test_files_beside_a_component_of_the_app_are_its_own_business(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    of_app(site, "card/card.html", "card")
    of_app(site, "card/part.html", "{% block a %}{% endblock %}")
    await enable(site, "shop", card=TEMPLATE)
    assert await site.get("/shop/") == (200, "shop 20 more")
    assert "part" not in caplog.text


async def test_in_development_an_override_of_nothing_is_told(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.app.debug = True
    await enable(site, "shop", card=TEMPLATE)
    await enable(site, "blog", "shop", shop__crad="a")
    await becomes(lambda: "crad" in caplog.text)
    assert (
        "'blog' has components/shop/crad.html, but 'shop' has no component 'crad'. Did you mean "
        "'card'?"
    ) in caplog.text
