"""Events of live components, in order, whatever the network does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page
from playwright.sync_api import Route

from quart_hotframe.client.build import MEMBERS

from .conftest import Server
from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.living_site:app"
LIVE = "**/hotframe/live"


@pytest.fixture
def counter(page: Page) -> Page:
    page.goto("/live/counter")
    expect(page.locator("b")).to_have_text("3")
    return page


class Sent:
    """What a page sends to its live components, and faults on the way."""

    def __init__(self, page: Page) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.faults: list[Any] = []
        page.route(LIVE, self._pass)

    def _pass(self, route: Route) -> None:
        body: Any = route.request.post_data_json
        self.bodies.append(body)
        fault = self.faults.pop(0) if self.faults else None
        if fault is None:
            route.continue_()
        else:
            fault(route)


def answers(status: int, body: Any, **headers: str) -> Any:
    return lambda route: route.fulfill(
        status=status, headers={"Content-Type": "application/json", **headers},
        body=json.dumps(body),
    )  # fmt: skip


def lost(route: Route) -> None:
    route.abort()


def lost_on_the_way_back(route: Route) -> None:
    route.fetch()
    route.abort()


def without_failures(complaints: list[str]) -> None:
    complaints[:] = [one for one in complaints if "Failed to load" not in one]


def test_a_click_is_answered_by_a_patch(counter: Page) -> None:
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("4")
    counter.click(".five")
    expect(counter.locator("b")).to_have_text("9")


def test_three_quick_clicks_are_three(counter: Page) -> None:
    sent = Sent(counter)
    counter.evaluate("for (const _ of [1, 2, 3]) document.querySelector('.one').click()")
    expect(counter.locator("b")).to_have_text("6")
    expect(counter.locator("[hf-live]")).not_to_have_attribute("aria-busy", "true")
    assert [one["event"] for one in sent.bodies] == ["add"] * 3
    assert [one["seq"] for one in sent.bodies] == [1, 2, 3]
    assert ["snapshot" in one for one in sent.bodies] == [True, False, False]
    assert sent.bodies[0]["url"] == "/live/counter"
    assert len(sent.bodies[0]["page"]) == 22


@pytest.mark.parametrize("fault", [lost, lost_on_the_way_back])
def test_an_event_is_sent_again_and_runs_once(
    counter: Page, complaints: list[str], fault: Any
) -> None:
    sent = Sent(counter)
    sent.faults = [fault, answers(503, {}), answers(200, {})]
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("4")
    assert [one["seq"] for one in sent.bodies] == [1, 1, 1, 1]
    until(counter, "document.documentElement.dataset.hfConnection === 'live'")
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("5")
    without_failures(complaints)


def test_a_lost_state_is_brought_back(counter: Page, complaints: list[str]) -> None:
    sent = Sent(counter)
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("4")
    sent.faults = [answers(409, {"need": "snapshot"})]
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("5")
    assert [("snapshot" in one, one["seq"]) for one in sent.bodies] == [
        (True, 1), (False, 2), (True, 2),
    ]  # fmt: skip
    without_failures(complaints)


def test_too_many_events_wait_as_they_are_told(counter: Page, complaints: list[str]) -> None:
    sent = Sent(counter)
    sent.faults = [answers(429, {"error": {"reason": "limit"}}, **{"Retry-After": "0"})]
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("4")
    without_failures(complaints)


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422, 500])
def test_a_refused_event_is_told(counter: Page, complaints: list[str], status: int) -> None:
    sent = Sent(counter)
    counter.evaluate("addEventListener('hf:error', (event) => { window.told = event.detail; })")
    sent.faults = [answers(status, {"error": {"reason": "why", "message": "Because."}})]
    counter.click(".one")
    root = counter.locator("[hf-live]")
    expect(root).to_have_attribute("data-hf-error", str(status))
    told = counter.evaluate("window.told")
    assert (told["status"], told["reason"], told["event"]) == (status, "why", "add")
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("4")
    expect(root).not_to_have_attribute("data-hf-error", str(status))
    without_failures(complaints)


def test_a_handler_that_fails_changes_nothing(counter: Page, complaints: list[str]) -> None:
    counter.click(".fail")
    expect(counter.locator("[hf-live]")).to_have_attribute("data-hf-error", "500")
    counter.click(".huge")
    expect(counter.locator("[hf-live]")).to_have_attribute("data-hf-error", "422")
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("4")
    without_failures(complaints)


def test_a_component_that_is_gone_stays_as_it_was_and_may_come_back(
    counter: Page, complaints: list[str]
) -> None:
    sent = Sent(counter)
    sent.faults = [answers(410, {"gone": True})]
    counter.click(".one")
    expect(counter.locator("[data-hf-gone] b")).to_have_text("3")
    counter.click(".one")
    expect(counter.locator("[hf-live]:not([data-hf-gone]) b")).to_have_text("4")
    without_failures(complaints)


def test_who_must_sign_in_is_led_there(counter: Page, complaints: list[str]) -> None:
    sent = Sent(counter)
    sent.faults = [answers(401, {"error": {"reason": "login"}, "login": "/live/two"})]
    counter.click(".one")
    counter.wait_for_url("**/live/two")
    without_failures(complaints)


def test_who_is_asked_can_say_no(counter: Page) -> None:
    sent = Sent(counter)
    counter.once("dialog", lambda dialog: dialog.dismiss())
    counter.click(".sure")
    assert sent.bodies == []
    counter.once("dialog", lambda dialog: dialog.accept())
    counter.click(".sure")
    expect(counter.locator("b")).to_have_text("103")


def test_what_is_asked_for_is_marked_until_it_is_there(
    counter: Page, server: Server, address: str
) -> None:
    counter.context.add_cookies([{"name": "hold", "value": "five", "url": address}])
    button = counter.locator(".five")
    button.focus()
    button.press("Enter")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "adding")
    expect(button).to_have_attribute("aria-busy", "true")
    expect(counter.locator("[hf-live]")).to_have_attribute("data-hf-busy", "")
    server.lets_go("five")
    expect(counter.locator("b")).to_have_text("8")
    expect(button).to_be_enabled()
    expect(button).to_be_focused()
    assert button.get_attribute("title") is None
    expect(counter.locator("[data-hf-busy]")).to_have_count(0)


def test_what_was_shown_ahead_goes_when_it_is_refused_or_was_lost(
    counter: Page, complaints: list[str]
) -> None:
    sent = Sent(counter)
    button = counter.locator(".five")
    counter.evaluate(
        """() => { window.titles = []; new MutationObserver(() => titles.push(
            document.querySelector('.five').getAttribute('title')
        )).observe(document.querySelector('.five'), {attributeFilter: ['title']}); }"""
    )
    sent.faults = [answers(422, {"error": {"reason": "why", "message": "Because."}})]
    button.click()
    until(counter, "titles.length === 2")
    expect(button).to_be_enabled()
    assert counter.evaluate("titles") == ["adding", None]
    assert counter.locator("b").inner_text() == "3"
    sent.faults = [lost_on_the_way_back]
    button.click()
    expect(counter.locator("b")).to_have_text("8")
    assert counter.evaluate("titles") == ["adding", None] * 2
    without_failures(complaints)


def test_instances_do_not_wait_for_each_other(page: Page, server: Server, address: str) -> None:
    page.goto("/live/two")
    page.context.add_cookies([{"name": "hold", "value": "first", "url": address}])
    page.locator(".one").first.click()
    until(page, "fetch('/test/waiting/first').then(one => one.json()).then(one => one.waiting)")
    page.context.add_cookies([{"name": "hold", "value": "", "url": address}])
    page.locator(".one").last.click()
    expect(page.locator("b").last).to_have_text("1")
    expect(page.locator("b").first).to_have_text("0")
    server.lets_go("first")
    expect(page.locator("b").first).to_have_text("1")


def test_another_page_begins_anew(page: Page) -> None:
    page.goto("/live/two")
    page.locator(".one").first.click()
    expect(page.locator("b").first).to_have_text("1")
    page.click("#on")
    number = page.locator("#app-counter b")
    expect(number).to_have_text("3")
    page.locator(".one").click()
    expect(number).to_have_text("4")
    page.go_back()
    expect(page.locator("b").first).to_have_text("0")
    page.locator(".one").first.click()
    expect(page.locator("b").first).to_have_text("1")


def test_a_page_that_is_loaded_again_keeps_what_lives(counter: Page) -> None:
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("4")
    counter.evaluate(
        """() => new Promise((done) => {
            addEventListener("hf:load", done, {once: true});
            hotframe.patch([{action: "refresh"}]);
        }).then(() => {})"""
    )
    expect(counter.locator("b")).to_have_text("4")
    counter.click(".one")
    expect(counter.locator("b")).to_have_text("5")


def test_what_a_handler_does_to_the_page(page: Page) -> None:
    page.goto("/live/feed")
    until(page, "window.called")
    assert page.evaluate("called") == [1, 2]
    expect(page).to_have_title("three")
    expect(page.locator("#end")).to_be_focused()
    assert page.url.endswith("/live/feed?done=1")
    assert page.inner_text("output") == "3"
    assert page.locator("[hf-poll]").count() == 0


def test_what_comes_into_view_asks_for_more(page: Page) -> None:
    page.goto("/live/feed")
    expect(page.locator("p")).to_have_text([*"01234567"])


def test_an_event_for_others(page: Page) -> None:
    page.goto("/live/two")
    page.evaluate(
        """() => hotframe.patch([
            {action: "emit", event: "add", args: {amount: 2}, to: {component: "app:counter"}},
            {action: "emit", event: "add", args: {amount: 5}, to: {id: "app-counter-b"}},
        ])"""
    )
    expect(page.locator("b")).to_have_text(["2", "7"])


def test_an_event_that_a_script_sends(counter: Page) -> None:
    counter.evaluate("hotframe.send(document.querySelector('b'), 'add', {amount: 4})")
    expect(counter.locator("b")).to_have_text("7")


def test_no_browser_knows_the_names_that_become_short(counter: Page) -> None:
    known = counter.evaluate(
        """() => Object.getOwnPropertyNames(window).flatMap((name) => {
            const found = window[name];
            const all = [found, found?.prototype].filter((one) => one && one !== window);
            return [name, ...all.flatMap((one) => Object.getOwnPropertyNames(Object(one)))];
        })"""
    )
    assert len(known) > 1000
    assert not MEMBERS & {*known}


# -- what can be listened to ---------------------------------------------------------------------


@pytest.fixture
def triggers(page: Page) -> Page:
    page.goto("/live/triggers")
    return page


def heard(page: Page, *words: str) -> None:
    expect(page.locator("output")).to_have_text(" ".join(words))


def test_keys(triggers: Page) -> None:
    triggers.press("#keys", "a")
    triggers.press("#keys", "Shift+Enter")
    triggers.press("#keys", "Enter")
    heard(triggers, "enter")
    triggers.press("#shifted", "Enter")
    triggers.press("#shifted", "Shift+Enter")
    triggers.press("#shifted", "Space")
    heard(triggers, "enter", "shifted", "shifted")
    assert triggers.input_value("#shifted") == ""
    triggers.keyboard.press("F2")
    heard(triggers, "enter", "shifted", "shifted", "window")


def test_clicks_outside_and_inner_ones_that_stop(triggers: Page) -> None:
    triggers.dblclick("#inner")
    heard(triggers, "inner")
    triggers.click("#windowed", force=True, position={"x": 0, "y": 0})
    heard(triggers, "inner", "outside")


def test_an_event_that_waits_or_comes_once(triggers: Page) -> None:
    triggers.evaluate(
        "for (const id of ['once', 'seldom', 'late']) for (const _ of [1, 2]) "
        "document.getElementById(id).click()"
    )
    # Each of them is outside of the box.
    until(triggers, "document.querySelector('output').textContent.endsWith('late')")
    words = [one for one in triggers.inner_text("output").split() if one != "outside"]
    assert words == ["once", "seldom", "late"]


def test_links_and_events_that_do_not_bubble(triggers: Page) -> None:
    triggers.evaluate("document.getElementById('focused').focus()")
    heard(triggers, "focus")
    triggers.evaluate(
        "document.getElementById('own').dispatchEvent(new Event('my:event', {bubbles: true}))"
    )
    heard(triggers, "focus", "own")
    triggers.click("#link")
    heard(triggers, "focus", "own", "link", "outside")
    assert triggers.url.endswith("/live/triggers")


def test_hooks(triggers: Page) -> None:
    until(triggers, "window.hooked?.length === 2")
    triggers.click("#once")
    heard(triggers, "once", "outside")
    triggers.click("#hide")
    until(triggers, "window.hooked.filter(one => one.startsWith('destroyed')).length === 1")
    told = triggers.evaluate("window.hooked")
    assert told[:2] == ["mounted chart", "mounted gauge"]
    assert "updated chart" in told and "updated gauge" in told
    assert [one for one in told if one.startswith("destroyed")] == ["destroyed gauge"]
