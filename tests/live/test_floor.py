"""Without JavaScript buttons send forms, and the page comes back as it is then."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from .conftest import COUNTER
from .conftest import LiveSite
from .conftest import USE

TEMPLATE = """\
<b>{{ count }}</b><input {{ bind("note") }}>{{ error("note") }}
<button {{ on.click("add", amount=5) }}>+</button>"""
FLAGS = """    flag: Bindable[bool] = True
    many: Bindable[list[str]] = ["a"]
    note"""
BOXES = """<i>{{ flag }} {{ many|join(" ") }}</i><input type="checkbox" {{ bind("flag") }}>
<select multiple {{ bind("many") }}><option>a<option>b</select>"""
INPUT = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BUTTON = re.compile(r'<button hf-click="\w+"[^>]* form="([^"]*)" name="hf_event" value="([^"]*)">')


async def page(live: LiveSite, code: str = COUNTER, text: str = USE, path: str = "/") -> None:
    live.component("counter", TEMPLATE, code)
    await live.load(text, path)


def fields(html: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in INPUT.findall(html)}


async def press(live: LiveSite, **more: Any) -> Any:
    """Press the first button, as a browser does without JavaScript, and follow."""
    (form, value), *_ = BUTTON.findall(live.html)
    begin = f'<form id="{form}" method="post" action="/hotframe/live/form" hidden>'
    content = live.html.partition(begin)[2].partition("</form>")[0]
    data = {**fields(content), "hf_event": unescape(value), "note": "", **more}
    response = await live.client.post(
        "/hotframe/live/form", data=urlencode(data, True), headers=FORM
    )
    if response.status_code == 303:
        where, _, place = response.headers["Location"].partition("#")
        assert place == form.removesuffix(".form")
        live.html = await (await live.client.get(where)).get_data(as_text=True)
    return response


async def test_a_button_works(live: LiveSite) -> None:
    await page(live, path="/?tab=2")
    response = await press(live)
    assert response.headers["Location"].startswith("/?tab=2&hf_page=")
    assert "<b>8</b>" in live.html
    await press(live)
    assert "<b>13</b>" in live.html


async def test_inputs_come_along(live: LiveSite) -> None:
    await page(live)
    assert 'name="note" hf-bind="note" form="app-counter.form"' in live.html
    await press(live, note="<tea>")
    assert 'value="&lt;tea&gt;"' in live.html


async def test_enter_sets_fields_and_presses_no_button(live: LiveSite) -> None:
    await page(live)
    first = live.html.index('<button name="hf_event" value="" hidden>')
    assert first < live.html.index("hf-click")
    await press(live, hf_event="", note="tea")
    assert ("<b>3</b>" in live.html, 'value="tea"' in live.html) == (True, True)


async def test_what_does_not_fit_a_field_is_shown_again(live: LiveSite) -> None:
    await page(live, COUNTER.replace('str] = ""', "int] = 0"))
    await press(live, note="many")
    assert 'value="many"' in live.html
    assert "should be a valid integer" in live.html
    assert "<b>3</b>" in live.html


async def test_boxes_that_are_not_ticked_come_along_too(live: LiveSite) -> None:
    live.component("counter", TEMPLATE + BOXES, COUNTER.replace("    note", FLAGS, 1))
    await live.load(USE)
    await press(live)
    assert "<i>False </i>" in live.html
    await press(live, flag=["", "on"], many=["", "a", "b"])
    assert "<i>True a b</i>" in live.html


async def test_a_form_that_is_sent_twice_runs_once(live: LiveSite) -> None:
    await page(live)
    await press(live)
    before = live.html
    await press(live)
    live.html = before
    await press(live)
    assert "<b>13</b>" in live.html


async def test_back_and_reload_show_what_is_held(live: LiveSite) -> None:
    await page(live)
    where = (await press(live)).headers["Location"].partition("#")[0]
    await press(live)
    response = await live.client.get(where)
    assert "<b>13</b>" in await response.get_data(as_text=True)


async def test_another_session_does_not_see_it(live: LiveSite) -> None:
    await page(live)
    where = (await press(live)).headers["Location"].partition("#")[0]
    response = await live.app.test_client().get(where)
    assert "<b>3</b>" in await response.get_data(as_text=True)


async def test_several_components_go_on_side_by_side(live: LiveSite) -> None:
    await page(live, text=USE + USE)
    await press(live)
    live.html = live.html[live.html.index('<div id="app-counter-2"') :]
    await press(live)
    assert live.html.count("<b>8</b>") == 2


async def test_flashes_and_navigation_lead_where_they_should(live: LiveSite) -> None:
    code = COUNTER.replace("self.count += amount", "self.patches.navigate('/next')")
    await page(live, code)
    (_, value), *_ = BUTTON.findall(live.html)
    data = {**fields(live.html), "hf_event": unescape(value)}
    response = await live.client.post("/hotframe/live/form", form=data)
    assert (response.status_code, response.headers["Location"]) == (303, "/next")


@pytest.mark.parametrize(("change", "status"), [
    ({"hf_state": "x"}, 403), ({"hf_state": ""}, 403), ({"hf_event": "helper"}, 404),
    ({"hf_event": "add []"}, 400), ({"hf_event": "add {"}, 400), ({"hf_seq": "x"}, 400),
    ({"hf_event": 'add {"amount": "x"}'}, 422), ({"hf_page": "short"}, 400),
    ({"hf_seq": "-1"}, 400),
    ({"hf_state": "eyJkIjpbXX0.x"}, 403),
])  # fmt: skip
async def test_what_no_form_sends_is_refused(
    live: LiveSite, change: dict[str, str], status: int
) -> None:
    await page(live)
    assert (await press(live, **change)).status_code == status


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "/\\evil", "x"])
async def test_it_leads_to_this_site_only(live: LiveSite, url: str) -> None:
    await page(live)
    response = await press(live, hf_url=url)
    assert response.headers["Location"].startswith("/?hf_page=")


async def test_another_site_is_refused(live: LiveSite) -> None:
    await page(live)
    headers = {"Sec-Fetch-Site": "cross-site"}
    data = {**fields(live.html), "hf_event": "add"}
    response = await live.client.post("/hotframe/live/form", form=data, headers=headers)
    assert response.status_code == 403


async def test_a_template_with_a_form_of_its_own_keeps_its_inputs(live: LiveSite) -> None:
    live.component("counter", '<form><input {{ bind("note") }}></form>', COUNTER)
    await live.load()
    assert '<input name="note" hf-bind="note" value="">' in live.html
