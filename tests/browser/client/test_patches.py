"""Parts of the page change as the server says."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.support.lists import CASES
from tests.support.lists import LIST as ROWS

from .conftest import Blank
from .conftest import Server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]

LIST = '<ul id="u"><li id="a">a</li></ul>'


def patched(blank: Blank, *patches: dict[str, Any]) -> str:
    blank.page.evaluate("patches => hotframe.patch(patches)", list(patches))
    return blank.page.inner_html("body")


@pytest.mark.parametrize(
    ("action", "target", "html", "body"),
    [
        ("append", "u", "<li>b</li>", '<ul id="u"><li id="a">a</li><li>b</li></ul>'),
        ("prepend", "u", "<li>b</li>", '<ul id="u"><li>b</li><li id="a">a</li></ul>'),
        ("before", "a", "<li>b</li>", '<ul id="u"><li>b</li><li id="a">a</li></ul>'),
        ("after", "a", "<li>b</li>c", '<ul id="u"><li id="a">a</li><li>b</li>c</ul>'),
        ("replace", "a", '<li id="a">b</li>', '<ul id="u"><li id="a">b</li></ul>'),
        ("replace", "u", "<b>b</b>c", "<b>b</b>c"),
        ("update", "a", "<b>b</b>", '<ul id="u"><li id="a"><b>b</b></li></ul>'),
        (
            "morph",
            "a",
            '<li id="a" class="x">b</li>',
            '<ul id="u"><li id="a" class="x">b</li></ul>',
        ),
        ("morph", "a", "<b>b</b>", '<ul id="u"><li id="a"><b>b</b></li></ul>'),
        ("remove", "a", "", '<ul id="u"></ul>'),
        ("append", "u", '<li id="a">b</li>', '<ul id="u"><li id="a">b</li></ul>'),
        ("before", "a", '<li id="a">b</li>', '<ul id="u"><li id="a">b</li></ul>'),
    ],
)
def test_every_action_does_what_it_says(
    blank: Blank, action: str, target: str, html: str, body: str
) -> None:
    blank.shows(LIST)
    assert patched(blank, {"action": action, "target": target, "html": html}) == body


@pytest.mark.parametrize("action", ["append", "prepend", "update", "morph"])
def test_fragments_belong_to_their_target(blank: Blank, action: str) -> None:
    blank.shows("<table><tbody id=t></tbody></table><svg><g id=g></g></svg><select id=s></select>")
    patched(
        blank,
        {"action": action, "target": "t", "html": "<tr><td>1</td></tr>"},
        {"action": action, "target": "g", "html": "<circle r='1'></circle>"},
        {"action": action, "target": "s", "html": "<option>1</option>"},
    )
    assert blank.page.inner_html("#t") == "<tr><td>1</td></tr>"
    assert blank.page.evaluate("met.get('g').firstChild instanceof SVGCircleElement")
    assert blank.value("s") == "1"


def test_a_morph_leaves_what_was_typed_and_a_replacement_does_not(blank: Blank) -> None:
    blank.shows("<p id=p><input id=q></p>")
    blank.page.fill("#q", "typed")
    patched(blank, {"action": "morph", "target": "p", "html": "<p id=p class=x><input id=q></p>"})
    assert blank.value("q") == "typed"
    patched(blank, {"action": "replace", "target": "p", "html": "<p id=p><input id=q></p>"})
    assert blank.value("q") == ""


@pytest.mark.parametrize("action", ["replace", "update"])
def test_focus_and_what_is_preserved_survive_a_replacement(blank: Blank, action: str) -> None:
    html = "<p><input id=q value=abc><b id=b hf-preserve>{}</b></p>"
    blank.shows(f"<div id=d>{html.format('old')}</div>")
    blank.runs("() => { met.get('q').focus(); met.get('q').setSelectionRange(1, 2); }")
    inner = html.format("new")
    html = inner if action == "update" else f"<div id=d>{inner}</div>"
    patched(blank, {"action": action, "target": "d", "html": html})
    assert blank.stayed("b") and blank.page.inner_text("#b") == "old"
    assert blank.runs(
        "() => [document.activeElement.id, document.activeElement.selectionStart]"
    ) == [
        "q",
        1,
    ]


def test_what_a_patch_brought_is_the_servers(blank: Blank) -> None:
    blank.shows(LIST)
    patched(blank, {"action": "append", "target": "u", "html": "<li>b</li>"})
    patched(blank, {"action": "morph", "target": "u", "html": LIST})
    assert blank.page.inner_html("body") == LIST


def test_patches_without_target_or_of_an_unknown_kind_are_told_and_the_others_applied(
    blank: Blank,
) -> None:
    blank.shows(LIST)
    blank.runs(
        """() => { window.told = [];
            document.addEventListener("hf:error", e => told.push(e.detail.error.message)); }"""
    )
    html = patched(
        blank,
        {"action": "remove", "target": "nowhere"},
        {"action": "constructor", "target": "a"},
        {"action": "update", "html": "x"},
        {"action": "remove", "target": "a"},
    )
    assert html == '<ul id="u"></ul>'
    assert blank.runs("() => told") == [
        "remove: there is no #nowhere.",
        "constructor: there is no such action.",
        "update: there is no #undefined.",
    ]


@pytest.mark.parametrize(("patch", "rows"), CASES)
def test_a_list_changes_by_keys(blank: Blank, patch: dict[str, Any], rows: str) -> None:
    blank.shows(ROWS)
    patched(blank, {"action": "list", "target": "u", **patch})
    assert blank.page.inner_text("#u").split() == ["no", "row", *rows.split()]


def test_rows_stay_what_they_are_when_a_list_changes(blank: Blank) -> None:
    blank.shows(
        '<ul id="u"><li data-key="1" id="a"><input id="q"></li><li data-key="2" id="b"></li></ul>'
    )
    blank.page.fill("#q", "typed")
    row = '<li data-key="1" id="a" class="new"><input id="q"></li>'
    patched(
        blank,
        {"action": "list", "target": "u", "html": f'\n{row} <li data-key="3"></li>', "at": "end"},
        {"action": "list", "target": "u", "move": ["2"], "at": "end"},
    )
    assert blank.stayed("a") and blank.stayed("b") and blank.stayed("q")
    assert blank.value("q") == "typed" and blank.page.evaluate("document.activeElement.id") == "q"
    keys = "() => [...met.get('u').children].map((row) => row.dataset.key + row.className)"
    assert blank.runs(keys) == ["1new", "3", "2"]


def test_rows_of_a_list_are_the_servers_and_rows_of_tables(blank: Blank) -> None:
    html = '<table><tbody id="t"><tr data-key="1"><td>1</td></tr></tbody></table>'
    blank.shows(html)
    row = '<tr data-key="2"><td>2</td></tr>'
    patched(blank, {"action": "list", "target": "t", "html": row})
    assert blank.page.locator("td").all_inner_texts() == ["1", "2"]
    blank.becomes(html)
    assert blank.page.locator("td").all_inner_texts() == ["1"]


def test_attributes_change_until_the_server_says_the_element_anew(blank: Blank) -> None:
    html = '<p id="p" title="a" class="b">c</p>'
    blank.shows(html)
    values = {"title": None, "hidden": "", "data-x": '"><script>'}
    patched(blank, {"action": "attributes", "target": "p", "values": values})
    assert blank.runs("() => met.get('p').dataset.x") == '"><script>'
    assert blank.runs("() => met.get('p').getAttributeNames()") == [
        "id",
        "class",
        "hidden",
        "data-x",
    ]
    blank.becomes(html)
    assert blank.page.inner_html("body") == '<p id="p" class="b" title="a">c</p>'


@pytest.mark.parametrize("name", ["onclick", "ONload", "srcdoc"])
def test_no_attribute_of_a_patch_is_a_script(blank: Blank, name: str) -> None:
    blank.shows(LIST)
    patch = {"action": "attributes", "target": "a", "values": {name: "document.title = 'ran'"}}
    assert patched(blank, patch) == LIST


def test_no_script_of_a_patch_runs(blank: Blank) -> None:
    blank.shows(LIST)
    script = "<script>document.title = 'ran'</script>"
    for action in ("append", "replace"):
        patched(blank, {"action": action, "target": "u", "html": script})
        blank.shows(LIST)
    assert blank.page.title() == "Page"


def test_the_answer_to_a_form_may_be_patches_and_is_said_aloud(page: Page, server: Server) -> None:
    page.goto("/list")
    page.click("button")
    expect(page.locator("#two")).to_have_text("two")
    expect(page.locator("#body td")).to_have_text("cell")
    expect(page.locator("#one b")).to_have_text("1")
    expect(page.get_by_role("status")).to_have_text("Two rows")
    assert page.url.endswith("/list")
    assert ["POST", "/patches", "submit", None] in server.asked()


def test_a_refresh_loads_a_frame_or_the_page_again(page: Page, server: Server) -> None:
    page.goto("/list")
    expect(page.locator("#cart")).to_contain_text("cart")
    page.evaluate("document.getElementById('one').textContent = 'changed'")
    server.asked()
    with page.expect_response("**/part/cart"):
        page.evaluate("hotframe.patch([{action: 'refresh', target: 'cart'}])")
    with page.expect_response("**/list"):
        page.evaluate("hotframe.patch([{action: 'refresh'}])")
    assert server.asked() == [
        ["GET", "/part/cart", "frame", "cart"],
        ["GET", "/list", "visit", None],
    ]
