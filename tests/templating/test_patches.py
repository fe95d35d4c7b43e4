"""Several changes in one answer, in the format that the client asks for."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from jinja2 import TemplateNotFound
from markupsafe import Markup
from quart import flash
from quart import render_template

from quart_hotframe import patches
from quart_hotframe import render_block
from quart_hotframe.templating.patches import Patches
from tests.support.markup import Seen
from tests.support.modules import write_file

from .conftest import Templates

NATIVE = "application/vnd.hotframe.patches+json"
CLIENTS = {
    "native": {"Accept": f"{NATIVE}, text/html;q=0.9", "HF-Request": "submit"},
    "htmx2": {"HX-Request": "true", "Accept": "*/*"},
    "htmx4": {"HX-Request": "true", "HX-Request-Type": "partial", "Accept": "text/html"},
    "turbo": {"Accept": "text/vnd.turbo-stream.html, text/html, application/xhtml+xml"},
}
ONE = Markup('<p id="a">1</p>')
ACTIONS = ("append", "prepend", "before", "after", "replace", "update", "morph")


async def sent(made: Templates, answer: Patches, client: str, **headers: str) -> Any:
    """Return what a client gets for an answer."""
    async with made.app.test_request_context("/", headers={**CLIENTS.get(client, {}), **headers}):
        return await answer


async def body_of(made: Templates, answer: Patches, client: str) -> str:
    text: str = await (await sent(made, answer, client)).get_data(as_text=True)
    return text


def every() -> Patches:
    """Return one change of each kind."""
    answer = patches
    for action in ACTIONS:
        answer = getattr(answer, action)("a", ONE)
    return answer.remove("b").refresh("c")


async def test_our_own_client_gets_json(made: Templates) -> None:
    response = await sent(made, every().refresh(), "native")
    assert response.mimetype == NATIVE
    assert json.loads(await response.get_data()) == {
        "patches": [
            *({"action": one, "target": "a", "html": str(ONE)} for one in ACTIONS),
            {"action": "remove", "target": "b"},
            {"action": "refresh", "target": "c"},
            {"action": "refresh"},
        ]
    }


async def test_htmx_2_gets_out_of_band_swaps(made: Templates) -> None:
    response = await sent(made, every(), "htmx2")

    def around(place: str) -> str:
        swap = f'hx-swap-oob="{place}:[id=&#34;a&#34;]"'
        return f'<template><div {swap}><p id="a">1</p></div></template>'

    instead = '<template><p hx-swap-oob="outerHTML:[id=&#34;a&#34;]" id="a">1</p></template>'
    assert await response.get_data(as_text=True) == "".join([
        *(around(one) for one in ("beforeend", "afterbegin", "beforebegin", "afterend")),
        instead, around("innerHTML"), instead,
        '<template><div hx-swap-oob="delete:[id=&#34;b&#34;]"></div></template>',
    ])  # fmt: skip
    assert response.mimetype == "text/html"
    assert response.headers["HX-Reswap"] == "none"
    assert response.headers["HX-Trigger"] == "hf:refresh:c"


async def test_htmx_4_gets_partials(made: Templates) -> None:
    response = await sent(made, every(), "htmx4")
    places = (
        "beforeend", "afterbegin", "beforebegin", "afterend",
        "outerHTML", "innerHTML", "outerMorph",
    )  # fmt: skip
    target = "[id=&#34;a&#34;]"
    assert await response.get_data(as_text=True) == "".join([
        *(f'<hx-partial hx-target="{target}" hx-swap="{one}">{ONE}</hx-partial>' for one in places),
        '<hx-partial hx-target="[id=&#34;b&#34;]" hx-swap="delete"></hx-partial>',
    ])  # fmt: skip
    assert response.headers["HX-Reswap"] == "none"


async def test_turbo_gets_streams(made: Templates) -> None:
    response = await sent(made, every(), "turbo")
    streams = [f'action="{one}" target="a"' for one in ACTIONS[:-1]]
    streams.append('action="replace" method="morph" target="a"')
    assert await response.get_data(as_text=True) == "".join([
        *(f"<turbo-stream {one}><template>{ONE}</template></turbo-stream>" for one in streams),
        '<turbo-stream action="remove" target="b"></turbo-stream>',
        '<turbo-stream action="refresh"></turbo-stream>',
    ])  # fmt: skip
    assert response.mimetype == "text/vnd.turbo-stream.html"


@pytest.mark.parametrize("client", ["htmx2", "htmx4"])
async def test_htmx_loads_the_page_again(made: Templates, client: str) -> None:
    response = await sent(made, patches.refresh("a").refresh(), client)
    assert response.headers["HX-Refresh"] == "true"
    assert "HX-Trigger" not in response.headers
    response = await sent(made, patches.refresh("a").refresh("b"), client)
    assert response.headers["HX-Trigger"] == "hf:refresh:a, hf:refresh:b"
    assert "HX-Refresh" not in response.headers


@pytest.mark.parametrize(
    ("html", "tag"),
    [
        ("<tr><td>1</td></tr>", "tbody"),
        (" \n<!-- a <b> --> <TD>1</TD>", "tr"),
        ("<col>", "colgroup"),
        ("<tbody></tbody>", "table"),
        ("text <tr>", "div"),
        ("<track>", "div"),
        ("<li>", "div"),
    ],
)
async def test_rows_travel_in_what_a_browser_keeps_them_in(
    made: Templates, html: str, tag: str
) -> None:
    text = await body_of(made, patches.append("a", Markup(html)), "htmx2")
    assert text.startswith(f"<template><{tag} hx-swap-oob=")
    assert text.endswith(f"{html}</{tag}></template>")


@pytest.mark.parametrize(
    ("html", "marked"),
    [
        ("<tr id=a>", "<tr M id=a>"),
        ("\n<x-y/>", "\n<x-y M/>"),
        ("<!-- <p> --><p\nid='a'>", "<!-- <p> --><p M\nid='a'>"),
        ("<p><b>", "<p M><b>"),
    ],
)
async def test_what_replaces_an_element_says_so_in_its_first_tag(
    made: Templates, html: str, marked: str
) -> None:
    text = await body_of(made, patches.replace("a", Markup(html)), "htmx2")
    mark = 'hx-swap-oob="outerHTML:[id=&#34;a&#34;]"'
    assert text == f"<template>{marked.replace('M', mark)}</template>"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("action", ["replace", "morph"])
async def test_what_replaces_an_element_is_one(made: Templates, client: str, action: str) -> None:
    for content in (Markup("text"), Markup("&lt;p&gt;"), Markup("<!-- <p>"), 5, Markup("")):
        with pytest.raises(ValueError, match="must be one element itself"):
            await sent(made, getattr(patches, action)("a", content), client)


async def test_content_is_a_template_with_variables(made: Templates) -> None:
    made.write(row="<li>{{ action }}{{ target }}{{ content }}</li>")
    answer = patches.append("rows", "row.html", action="<", target=2, content=3)
    (change,) = json.loads(await body_of(made, answer, "native"))["patches"]
    assert change["html"] == "<li>&lt;23</li>"


async def test_content_is_markup_of_a_block_or_a_component(made: Templates) -> None:
    made.write(page="{% block rows %}<i>{{ x }}</i>{% endblock %}")

    class Card:
        def __html__(self) -> str:
            return "<b>"

    async with made.app.test_request_context("/", headers=CLIENTS["native"]):
        rows = await render_block("page.html", "rows", x="<")
        answer = await patches.update("a", rows).update("a", Card())
    changes = json.loads(await answer.get_data(as_text=True))["patches"]
    assert [one["html"] for one in changes] == ["<i>&lt;</i>", "<b>"]


async def test_other_content_is_text(made: Templates) -> None:
    write_file(made.folder / "app/templates/note.txt", "{{ x }}")
    answer = patches.update("a", 5).update("a", ["<b>"]).update("a", "note.txt", x="<b>")
    changes = json.loads(await body_of(made, answer, "native"))["patches"]
    assert [one["html"] for one in changes] == ["5", "[&#39;&lt;b&gt;&#39;]", "&lt;b&gt;"]


async def test_content_that_is_no_template_takes_no_variables(made: Templates) -> None:
    with pytest.raises(TypeError, match="Only a template takes variables"):
        patches.append("a", ONE, x=1)
    with pytest.raises(TemplateNotFound, match=r"If it is text, write .*escape\(text\)"):
        await sent(made, patches.append("a", "plain text"), "native")


async def test_each_call_returns_new_ones() -> None:
    first = patches.remove("a")
    second, third = first.remove("b"), first.remove("c").or_redirect("/")
    assert len({id(one) for one in (patches, first, second, third)}) == 4


async def test_nothing_is_added_to_what_others_begin_with(made: Templates) -> None:
    first = patches.remove("a")
    first.remove("b")
    assert await body_of(made, patches, "native") == '{"patches": []}'
    assert await body_of(made, first, "turbo") == (
        '<turbo-stream action="remove" target="a"></turbo-stream>'
    )


@pytest.mark.parametrize(
    ("referer", "location"),
    [
        ("http://localhost/shop?page=2", "http://localhost/shop?page=2"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        (None, "/"),
    ],
)
async def test_without_javascript_the_visitor_is_led_back(
    made: Templates, referer: str | None, location: str
) -> None:
    headers = {"Accept": "text/html,*/*;q=0.8"} | ({"Referer": referer} if referer else {})
    made.write(row="{{ 1 // 0 }}")
    response = await sent(made, patches.append("a", "row.html"), "", **headers)
    assert (response.status_code, response.headers["Location"]) == (303, location)


async def test_without_javascript_the_view_may_lead_elsewhere(made: Templates) -> None:
    answer = patches.or_redirect("/cart").remove("a")
    response = await sent(made, answer, "", Referer="http://localhost/shop")
    assert response.headers["Location"] == "/cart"


@pytest.mark.parametrize("client", [*CLIENTS, ""])
async def test_vary_names_what_was_looked_at(made: Templates, client: str) -> None:
    response = await sent(made, patches.remove("a"), client)
    assert set(response.vary) == {"Accept", "HX-Request", "HX-Request-Type"}


async def test_a_view_returns_them_awaited(made: Templates) -> None:
    @made.app.post("/")
    async def view() -> Any:
        return await patches.remove("a"), 201

    response = await made.app.test_client().post("/", headers=CLIENTS["turbo"])
    assert response.status_code == 201


async def test_flash_messages_come_once_with_the_patches_or_on_the_next_page(
    made: Templates,
) -> None:
    made.app.secret_key = "test"
    made.write(flash="{% for text in get_flashed_messages() %}<p>{{ text }}</p>{% endfor %}")
    made.write(page="<div id='flash'>{% include 'flash.html' %}</div>")

    @made.app.post("/")
    async def save() -> Any:
        await flash("<Saved>")
        return await patches.append("flash", "flash.html")

    @made.app.get("/")
    async def index() -> str:
        return await render_template("page.html")

    client = made.app.test_client()
    for sent_by, now, later in (("turbo", 1, 0), ("", 0, 1)):
        answers = [await client.post("/", headers=CLIENTS.get(sent_by)), await client.get("/")]
        texts = [await one.get_data(as_text=True) for one in answers]
        assert [text.count("<p>&lt;Saved&gt;</p>") for text in texts] == [now, later]


@pytest.mark.parametrize("target", ["", "#a", "a b", 'a"]', "<script>", "a,b", "é", "a\n", 5])
def test_a_target_that_is_no_id_is_refused(target: Any) -> None:
    for action in (*ACTIONS, "remove", "refresh"):
        content = () if action in ("remove", "refresh") else (ONE,)
        with pytest.raises(ValueError, match="is no id of an element"):
            getattr(patches, action)(target, *content)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=40)
HOSTILE = (
    "</template></hx-partial></turbo-stream><script>alert(1)</script>",
    '" onload="alert(1)',
    "'><img src=x onerror=alert(1)>",
    "--><script>",
    "<hx-partial hx-target='body'>",
    "{{ 7 * 7 }}",
)


def hostile(test: Any) -> Any:
    for text in HOSTILE:
        test = example(text)(test)
    quick = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    return quick(given(TEXT)(test))


@hostile
def test_no_value_becomes_more_than_text(made: Templates, text: str) -> None:
    made.write(row='<li title="{{ x }}">{{ x }}</li>')

    async def check() -> None:
        async with made.app.app_context():
            alone = Seen(await render_template("row.html", x=text))
        assert (alone.elements, alone.text) == ([("li", {"title": text})], text)
        for client in CLIENTS:
            answer = patches.append("a", "row.html", x=text).replace("b", "row.html", x=text)
            body = await body_of(made, answer.update("c", [text]), client)
            if client == "native":
                body = "".join(one["html"] for one in json.loads(body)["patches"])
            seen = Seen(body)
            assert seen.text == f"{text}{text}{[text]}"
            allowed = {"hx-swap-oob", "hx-target", "hx-swap", "action", "target", "title"}
            assert {name for _, names in seen.elements for name in names} <= allowed
            elements = {"li", "template", "div", "hx-partial", "turbo-stream"}
            assert {tag for tag, _ in seen.elements} <= elements
            assert [tag for tag, _ in seen.elements].count("li") == 2

    asyncio.run(check())
