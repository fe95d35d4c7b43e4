"""Flash messages are shown without a reload, once, and never lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jinja2 import FunctionLoader
from markupsafe import Markup
from quart import flash
from quart import redirect
from quart import render_template
from quart import request
from quart.typing import ResponseReturnValue

from quart_hotframe import page
from quart_hotframe import patches
from quart_hotframe.errors import SetupError
from tests.support.modules import write_file

from .conftest import Templates

NATIVE = "application/vnd.hotframe.patches+json"
FRAME = {"HF-Request": "frame", "HF-Frame": "list"}
HTMX2 = {"HX-Request": "true"}
HTMX4 = {"HX-Request": "true", "HX-Request-Type": "partial"}
TURBO = {"Turbo-Frame": "list"}
CLIENTS = [FRAME, {"HF-Request": "frame"}, HTMX2, HTMX4, TURBO]

LAYOUT = "<html>{{ hotframe_flashes() }}{% block body %}{% endblock %}</html>"
PLAIN = LAYOUT.replace("hotframe_flashes()", "get_flashed_messages()|join")
INDEX = (
    "{% extends 'layout.html' %}{% block body %}{% block rows %}rows{% endblock %}{% endblock %}"
)
REGION = '<div id="hf-flashes" role="status">{}</div>'
SAVED = '<p data-hf-flash="message">Saved &lt;b&gt;</p>'
APPENDED = [
    f'rows<template data-hf-append="hf-flashes">{SAVED}</template>',
    f'rows<template data-hf-append="hf-flashes">{SAVED}</template>',
    'rows<template><div hx-swap-oob="beforeend:[id=&#34;hf-flashes&#34;]">'
    f"{SAVED}</div></template>",
    'rows<hx-partial hx-target="[id=&#34;hf-flashes&#34;]" hx-swap="beforeend">'
    f"{SAVED}</hx-partial>",
    '<turbo-frame id="list">rows<turbo-stream action="append" target="hf-flashes"><template>'
    f"{SAVED}</template></turbo-stream></turbo-frame>",
]


class Shop(Templates):
    """A site whose views flash; ``client`` is one visitor."""

    client: Any

    async def asks(self, path: str, headers: Any = None, **options: Any) -> str:
        """Return the text of the answer to the visitor."""
        response = await self.client.get(path, headers=headers or {}, **options)
        assert response.status_code == 200
        text: str = await response.get_data(as_text=True)
        return text

    async def flashes(self, message: str = "Saved <b>") -> None:
        """Let a message wait for the visitor."""
        assert await self.asks(f"/flash?text={message}") == "done"


@pytest.fixture
def shop(tmp_path: Any) -> Shop:
    """A site with a page, its rows and a form."""
    made = Shop(tmp_path)
    made.app.secret_key = "for tests"
    made.client = made.app.test_client()
    made.write(layout=LAYOUT, index=INDEX)

    @made.app.get("/flash")
    async def waits() -> str:
        text = request.args["text"]
        await flash(Markup(text[1:]) if text.startswith("!") else text)
        return "done"

    @made.app.get("/")
    @page("index.html", block="rows")
    async def index() -> dict[str, object]:
        return {}

    @made.app.get("/whole")
    @page("index.html")
    async def whole() -> dict[str, object]:
        return {}

    @made.app.get("/by-hand")
    async def by_hand() -> str:
        return await render_template("index.html")

    @made.app.get("/save")
    async def save() -> ResponseReturnValue:
        await flash("Saved <b>")
        return redirect("/")

    @made.app.get("/patch")
    async def patch() -> ResponseReturnValue:
        await flash("Saved <b>", "warn")
        return await patches.append("rows", Markup("<i>1</i>"))

    return made


async def test_a_whole_page_has_the_messages_in_their_element_once(shop: Shop) -> None:
    empty = f"<html>{REGION.format('')}rows</html>"
    assert await shop.asks("/") == empty
    await shop.flashes()
    assert await shop.asks("/") == f"<html>{REGION.format(SAVED)}rows</html>"
    assert await shop.asks("/") == empty


@pytest.mark.parametrize(("client", "expected"), list(zip(CLIENTS, APPENDED, strict=True)))
async def test_a_part_brings_them_for_the_element_of_the_page(
    shop: Shop, client: dict[str, str], expected: str
) -> None:
    await shop.flashes()
    assert await shop.asks("/", client) == expected
    assert "Saved" not in await shop.asks("/")
    assert "Saved" in await shop.asks("/save", client, follow_redirects=True)


async def test_patches_bring_them_too(shop: Shop) -> None:
    warn = SAVED.replace("message", "warn")
    found = json.loads(await shop.asks("/patch", {"Accept": NATIVE}))["patches"]
    assert found[1:] == [{"action": "append", "target": "hf-flashes", "html": warn}]
    for client in (HTMX2, HTMX4, {"Accept": "text/vnd.turbo-stream.html"}):
        assert warn in await shop.asks("/patch", client)
    assert "Saved" not in await shop.asks("/")


async def test_patches_that_load_the_page_again_leave_them_to_it(shop: Shop) -> None:
    @shop.app.get("/again")
    async def again() -> ResponseReturnValue:
        await flash("Saved")
        return await patches.refresh()

    assert "Saved" not in await shop.asks("/again", {"Accept": NATIVE})
    assert "Saved" in await shop.asks("/")


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_part_with_the_element_has_them_there(shop: Shop, client: Any) -> None:
    shop.write(index=INDEX.replace("rows{%", "rows{{ hotframe_flashes() }}{%"), layout=PLAIN)
    await shop.flashes()
    text = await shop.asks("/", client)
    assert REGION.format(SAVED) in text
    assert text.count("Saved") == 1


@pytest.mark.parametrize("client", CLIENTS)
async def test_what_a_part_shows_itself_is_not_shown_twice(shop: Shop, client: Any) -> None:
    own = "{% for text in get_flashed_messages() %}<p>{{ text }}</p>{% endfor %}"
    shop.write(index=INDEX.replace("rows{%", f"rows{own}{{%"))
    await shop.flashes()
    text = await shop.asks("/", client)
    assert (text.count("Saved"), text.count("<p>Saved &lt;b&gt;</p>")) == (1, 1)
    assert "Saved" not in await shop.asks("/")


@pytest.mark.parametrize("client", CLIENTS)
async def test_without_the_element_they_wait_for_who_shows_them(shop: Shop, client: Any) -> None:
    taking = "{% set taken = get_flashed_messages() %}"
    shop.write(layout=taking + PLAIN)
    await shop.flashes()
    for path in ("/", "/patch") if client.get("HX-Request") else ("/",):
        assert "Saved" not in await shop.asks(path, client)
    assert "Saved &lt;b&gt;" in await shop.asks("/")


@pytest.mark.parametrize("layout", [LAYOUT, PLAIN])
async def test_a_frame_that_is_taken_out_of_a_page_loses_none(shop: Shop, layout: str) -> None:
    shop.write(
        layout=layout, index=INDEX.replace("rows{%", "{% frame 'list' %}rows{% endframe %}{%")
    )
    await shop.flashes()
    text = await shop.asks("/whole", FRAME)
    assert text == (APPENDED[0] if layout is LAYOUT else "rows")
    assert ("Saved" in await shop.asks("/")) == (layout is PLAIN)


@pytest.mark.parametrize("client", [FRAME, HTMX2, TURBO])
async def test_a_page_by_hand_that_is_taken_apart_keeps_them(shop: Shop, client: Any) -> None:
    await shop.flashes()
    assert "Saved" not in await shop.asks("/by-hand", client)
    if client is TURBO:
        assert "Saved" not in await shop.asks("/whole", client)
    assert "Saved" in await shop.asks("/by-hand")


async def test_what_is_markup_stays_so_and_everything_else_is_text(shop: Shop) -> None:
    await shop.flashes("!<b>bold</b>")
    assert REGION.format('<p data-hf-flash="message"><b>bold</b></p>') in await shop.asks("/")
    shop.write(layout=LAYOUT.replace("es()", "es(class='a', data_x='\">')"))
    shop.app.jinja_env.auto_reload = True
    text = await shop.asks("/")
    assert '<div id="hf-flashes" role="status" class="a" data-x="&#34;&gt;"></div>' in text


async def test_templates_that_nobody_can_list_are_known_when_they_are_shown(shop: Shop) -> None:
    found = {"layout.html": LAYOUT, "index.html": INDEX}
    shop.app.jinja_env.loader = FunctionLoader(found.get)
    shop.app.debug = True  # nor does it disturb who looks at templates then
    async with shop.app.test_app():
        await shop.flashes()
        assert await shop.asks("/", FRAME) == "rows"
        assert "Saved" in await shop.asks("/")
        await shop.flashes()
        assert await shop.asks("/", FRAME) == APPENDED[0]


async def test_a_template_of_the_app_renders_each_message(shop: Shop) -> None:
    own = "<li class={{ category }}>{{ message }}</li>"
    write_file(shop.folder / "app/templates/hotframe/flash.html", own)
    await shop.flashes()
    assert REGION.format("<li class=message>Saved &lt;b&gt;</li>") in await shop.asks("/")
    assert "<li class=warn>Saved &lt;b&gt;</li>" in await shop.asks("/patch", HTMX4)


@pytest.mark.parametrize("path", ["/", "/whole"])
async def test_an_app_without_a_secret_key_has_no_messages(shop: Shop, path: str) -> None:
    shop.app.secret_key = None
    for client in ({}, *CLIENTS):
        assert "rows" in await shop.asks(path, client)


async def test_answers_without_messages_set_no_cookie(shop: Shop) -> None:
    for client in ({}, *CLIENTS):
        response = await shop.client.get("/", headers=client)
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    ("client", "header"),
    [(FRAME, "HF-Redirect"), (HTMX2, "HX-Redirect"), (HTMX4, "HX-Redirect"), (TURBO, "Location"),
     ({}, "Location"), ({"HF-Request": "visit"}, "Location"),
     ({**HTMX2, "HX-Boosted": "true"}, "Location")],
)  # fmt: skip
async def test_a_redirect_leads_the_page_and_its_message_waits_there(
    shop: Shop, client: dict[str, str], header: str
) -> None:
    @shop.app.get("/done")
    async def done() -> ResponseReturnValue:
        await flash("Done")
        return await patches.redirect("/?q=tée")

    response = await shop.client.get("/done", headers=client)
    assert response.headers[header] == "/?q=t%C3%A9e"
    assert response.status_code == (303 if header == "Location" else 204)
    assert "HF-Frame" in response.vary
    assert "Done" in await shop.asks("/?q=t%C3%A9e")


async def test_a_redirect_stands_alone(shop: Shop) -> None:
    @shop.app.get("/both")
    async def both() -> ResponseReturnValue:
        return await patches.remove("a").redirect("/")

    async with shop.app.test_request_context("/"):
        with pytest.raises(SetupError, match="stands alone"):
            await both()
