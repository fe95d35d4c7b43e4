"""The gallery: what it shows, to whom, and that it goes with what it shows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from jinja2 import Environment

from quart_hotframe.components.gallery.describing import explained
from quart_hotframe.components.gallery.describing import first_comment
from quart_hotframe.components.gallery.describing import marked
from quart_hotframe.components.starter.reading import found_here
from tests.support.modules import write_file
from tests.support.sites import serving
from tests.support.sites import Site

PATH = "/hotframe/components"
CARD = """\
{#- A card of the shop.

:param title: what it is called,
    in `one` line.
:slot footer: <what> stands below.
-#}
{% props title: str, tone: "plain" | "sale" = "plain" %}
<p {{ attributes }}>{{ title }}{% slot %}{% endslot %}{% slot "footer" %}{% endslot %}</p>
"""
PRICE = """\
from quart_hotframe import Component, Prop
from quart_hotframe.components import Context

class Price(Component):
    '''What something costs.

    :param amount: in euros.
    '''
    amount: Prop[int] = 3
    currency: Context[str] = "EUR"
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A serving site in debug mode, whose app has a component too."""
    write_file(tmp_path / "app/components/price.html", "<b>{{ amount }} {{ currency }}</b>")
    write_file(tmp_path / "app/components/price.py", PRICE)
    write_file(
        tmp_path / "app/components/price.example.html", "{% component 'price' %}{% endcomponent %}"
    )
    write_file(tmp_path / "app/components/broken.html", "{% props a: nothing %}")
    async with serving(Site(tmp_path, {"DEBUG": True})) as made:
        yield made


def shop(example: str) -> dict[str, str | bytes]:
    return {"components/card.html": CARD, "components/card.example.html": example}


async def page(site: Site, query: str = "") -> str:
    status, text = await site.get(f"{PATH}?q={query}")
    assert status == 200
    return re.sub(r"\s+", " ", text)


async def test_it_shows_what_each_component_says_about_itself(site: Site) -> None:
    await site.has("shop", files=shop('{% component "card" title="<Tea>" %}{% endcomponent %}'))
    text = await page(site, "shop:card")
    assert f"1 of {len(found_here()) + 2}" in text
    assert "A card of the shop." in text
    assert "components/card.html</code>" in text
    assert "<p >&lt;Tea&gt;</p>" in text
    assert "{% component &#34;card&#34; title=&#34;&lt;Tea&gt;&#34; %}" in text
    rows = [
        "<code>title</code></th><td><code>str</code></td><td><em>required</em></td>"
        "<td>what it is called, in <code>one</code> line.</td>",
        "<code>tone</code></th><td><code>&#39;plain&#39; | &#39;sale&#39;</code></td>"
        "<td><code>&#39;plain&#39;</code></td><td></td>",
        "<code>footer</code></th><td>&lt;what&gt; stands below.</td>",
    ]
    for row in rows:
        assert row in text
    text = await page(site, "app:")
    assert "<b>3 EUR</b>" in text
    assert "What something costs." in text
    assert "<caption>From around</caption>" in text
    assert "It takes no other attributes." in text
    assert "broken</strong>" in text


async def test_it_shows_the_whole_starter_set_with_examples(site: Site) -> None:
    text = await page(site)
    for name in found_here():
        assert f'id="hotframe:{name}"' in text
    assert text.count('class="gallery-live"') == len(found_here()) - 4 + 1
    assert "gallery-error" not in text.replace('<p class="gallery-error"><strong>broken', "")


async def test_a_component_goes_with_its_module(site: Site) -> None:
    await site.has("shop", files=shop("first"))
    assert "first" in await page(site, "shop:")
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=shop("second")))
    text = await page(site, "shop:")
    assert "second" in text
    assert "first" not in text
    await site.modules.disable("shop")
    assert "shop:card" not in await page(site)


async def test_an_example_that_fails_says_so_and_hides_no_other(site: Site) -> None:
    await site.has("shop", files=shop('{% component "card" titel="<b>" %}{% endcomponent %}'))
    text = await page(site)
    assert "PropError" in text
    assert "has no prop &#39;titel&#39;" in text
    assert "<b>3 EUR</b>" in text


@pytest.mark.parametrize("security", ["report", "strict"])
async def test_its_policy_is_that_of_hotframe(tmp_path: Path, security: str) -> None:
    config = {"DEBUG": True, "HOTFRAME_SECURITY": security, "SECRET_KEY": "x" * 32}
    async with serving(Site(tmp_path, config)) as site:
        response = await site.client.get(PATH)
        text = await response.get_data(as_text=True)
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "<style" not in text
        assert not re.search(r"\bstyle=|\bon[a-z]+=|<script(?! data-hf-asset)", text)
        (style,) = re.findall(r'href="([^"]*/hotframe/gallery/[^"]*)"', text)
        assert (await site.get(style))[0] == 200


@pytest.mark.parametrize("debug", [False, True])
async def test_it_is_not_there_outside_of_debug_mode(tmp_path: Path, debug: bool) -> None:
    site = Site(tmp_path, {"DEBUG": debug})
    async with serving(site):
        assert (await site.get(PATH))[0] == (200 if debug else 404)
        assert ("hotframe.gallery" in site.app.view_functions) is debug
        site.app.debug = False
        assert (await site.get(PATH))[0] == 404


def test_what_is_said_about_parts() -> None:
    text = "A card.\n\nWith ``code``.\n\n:param a: one\n    two\n:slot default: three\n\nAnd more."
    assert explained(text) == (
        "A card.\n\nWith ``code``.\n\n\nAnd more.",
        {("param", "a"): "one two", ("slot", "default"): "three"},
    )
    assert explained("") == ("", {})
    assert marked("a `<b>` & ``c``") == "a <code>&lt;b&gt;</code> &amp; <code>c</code>"


@pytest.mark.parametrize(
    ("template", "comment"),
    [
        ("{# one #}<p>", " one "),
        ("\n{#- one -#}\n{% props %}{# two #}", " one "),
        ("<p>{# one #}", ""),
        ("", ""),
    ],
)
def test_only_a_comment_at_the_start_is_about_the_whole(template: str, comment: str) -> None:
    assert first_comment(template, Environment()) == comment
