"""Fields that are bound to live components: what somebody types is never lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page
from playwright.sync_api import Request
from playwright.sync_api import Route

from .conftest import Server
from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.living_site:app"


@pytest.fixture
def profile(page: Page) -> Page:
    page.goto("/live/profile")
    return page


def hold(page: Page, address: str, kind: str) -> None:
    page.context.add_cookies([{"name": "hold", "value": kind, "url": address}])


def state(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.inner_text("output"))
    return found


def becomes(page: Page, **values: Any) -> None:
    """Wait until the server's state is this."""
    said = "JSON.parse(document.querySelector('output').textContent)"
    for name, value in values.items():
        until(page, f"JSON.stringify({said}.{name}) === JSON.stringify({json.dumps(value)})")


def test_each_kind_of_field(profile: Page) -> None:
    profile.fill("#name", "Anna")
    profile.fill("#about", "tea")
    profile.fill("#age", "41")
    profile.check("#agree")
    profile.check("#size-m")
    profile.check("#tag-a")
    profile.check("#tag-b")
    profile.select_option("#colours", ["red", "blue"])
    becomes(
        profile, name="Anna", about="tea", age=41, agree=True, size="m", tags=["a", "b"],
        colours=["red", "blue"],
    )  # fmt: skip
    profile.uncheck("#agree")
    profile.uncheck("#tag-a")
    profile.select_option("#colours", [])
    profile.check("#size-s")
    becomes(profile, agree=False, tags=["b"], colours=[], size="s")
    assert profile.is_checked("#size-s") and not profile.is_checked("#size-m")
    assert profile.input_value("#about") == "tea"


def test_what_came_with_an_event_that_was_too_late_stays_typed(profile: Page) -> None:
    def outdate(route: Route) -> None:
        route.continue_(post_data={**json.loads(route.request.post_data or ""), "version": 0})

    profile.click("#save")
    becomes(profile, saves=1)
    profile.fill("#late", "tea")  # is sent when it is left, or with an event
    profile.evaluate("document.addEventListener('hf:error', (e) => window.told = e.detail.stale)")
    profile.route("**/hotframe/live", outdate, times=1)
    profile.evaluate("document.getElementById('confirm').click()")
    until(profile, "window.told")
    assert profile.input_value("#late") == "tea"
    assert state(profile)["late"] == ""
    profile.click("#confirm")
    becomes(profile, late="tea", saves=2)


def test_a_number_that_is_none_is_not_sent(profile: Page) -> None:
    profile.locator("#age").press("e")
    profile.locator("#late").fill("x")
    profile.locator("#late").blur()
    becomes(profile, late="x", age=None)
    assert profile.evaluate("document.querySelector('#age').validity.badInput")
    profile.locator("#age").press("Backspace")
    profile.locator("#age").press("1")
    becomes(profile, age=1)


def test_a_field_that_is_left_is_sent(profile: Page) -> None:
    profile.locator("#late").press_sequentially("ab")
    expect(profile.locator("[hf-live]")).to_have_attribute("data-hf-dirty", "")
    profile.fill("#name", "Anna")
    becomes(profile, late="ab", name="Anna")
    expect(profile.locator("[hf-live]")).not_to_have_attribute("data-hf-dirty", "")


def test_typing_while_answers_are_slow(profile: Page, address: str) -> None:
    hold(profile, address, "random")
    text = "the quick brown fox jumps over lazy dogs"
    assert len(text) == 40
    profile.evaluate(
        """() => {
            const field = document.querySelector("#name");
            window.wrong = [];
            let longest = "";
            field.addEventListener("input", () => { longest = field.value; });
            const look = () => {
                if (field.value !== longest) wrong.push(field.value);
                const caret = field.selectionStart;
                if (longest && caret !== longest.length) wrong.push(caret);
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    profile.locator("#name").press_sequentially(text, delay=20)
    becomes(profile, name=text)
    assert profile.evaluate("wrong") == []
    expect(profile.locator("#name")).to_be_focused()


def test_the_caret_stays_within_a_text(profile: Page, address: str, server: Server) -> None:
    profile.fill("#name", "Ana")
    becomes(profile, name="Ana")
    profile.evaluate("document.querySelector('#name').setSelectionRange(2, 2)")
    hold(profile, address, "caret")
    profile.keyboard.type("n")
    server.lets_go("caret")
    becomes(profile, name="Anna")
    assert profile.evaluate("document.querySelector('#name').selectionStart") == 3


def test_what_the_server_makes_of_a_text_waits_until_it_is_left(profile: Page) -> None:
    profile.locator("#name").press_sequentially("Anna ")
    becomes(profile, name="Anna")
    expect(profile.locator("[hf-live]")).not_to_have_attribute("aria-busy", "true")
    assert profile.input_value("#name") == "Anna "
    profile.locator("#about").focus()
    expect(profile.locator("#name")).to_have_value("Anna")


def test_a_submit_has_the_last_key(profile: Page, address: str) -> None:
    hold(profile, address, "random")
    profile.locator("#about").press_sequentially("tea")
    profile.locator("#name").press_sequentially("Anna")
    profile.locator("#name").press("Enter")
    becomes(profile, saves=1, saved="Anna", about="tea")


def test_a_double_click_submits_once(profile: Page, address: str, server: Server) -> None:
    profile.fill("#name", "Anna")
    becomes(profile, name="Anna")
    hold(profile, address, "save")
    profile.dblclick("#save")
    server.lets_go("save")
    becomes(profile, saves=1)
    expect(profile.locator("[hf-live]")).not_to_have_attribute("aria-busy", "true")
    assert state(profile)["saves"] == 1


def test_an_answer_to_an_event_may_clear_the_field_in_which_somebody_is(profile: Page) -> None:
    profile.locator("#quick").press_sequentially("hello")
    profile.locator("#quick").press("Enter")
    becomes(profile, name="")
    expect(profile.locator("#quick")).to_have_value("")
    expect(profile.locator("#quick")).to_be_focused()


def test_what_is_composed_is_left_alone(profile: Page, address: str) -> None:
    sent: list[Any] = []

    def note(request: Request) -> None:
        if request.url.endswith("/live"):
            sent.append(request.post_data_json)

    profile.on("request", note)
    devtools = profile.context.new_cdp_session(profile)
    profile.focus("#name")
    for text in ("に", "にほ", "にほん"):
        devtools.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
        )
    profile.evaluate("new Promise(requestAnimationFrame).then(() => {})")
    assert sent == []
    devtools.send("Input.insertText", {"text": "日本"})
    becomes(profile, name="日本")
    assert profile.input_value("#name") == "日本"
    assert [one["set"] for one in sent] == [{"name": "日本"}]


def test_a_field_that_is_refused_keeps_its_text(profile: Page) -> None:
    profile.fill("#age", "-1")
    expect(profile.locator("[hf-error]").last).not_to_be_empty()
    assert profile.input_value("#age") == "-1"
    profile.fill("#age", "1")
    becomes(profile, age=1)
