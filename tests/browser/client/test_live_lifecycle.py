"""Pages that are left, come back, are opened twice, or whose server dies."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page
from playwright.sync_api import Route

from tests.security.serving import started
from tests.support.chromium import chromium
from tests.support.ports import free_port

from .conftest import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.living_site:app"


@pytest.fixture(scope="module")
def browser(requires_chromium: str) -> Iterator[Browser]:
    """A browser that keeps pages for those who go back."""
    expect.set_options(timeout=15_000)
    with chromium(requires_chromium, "--disable-back-forward-cache") as browser:
        yield browser


@pytest.fixture
def publish(address: str) -> Callable[[str, str], Any]:
    return lambda topic, payload: httpx.get(f"{address}/test/publish/{topic}/{payload}")


def is_live(page: Page) -> None:
    until(page, "document.documentElement.dataset.hfConnection === 'live'")


def state(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.inner_text("output"))
    return found


def test_a_page_that_comes_out_of_the_cache_goes_on(page: Page, publish: Any) -> None:
    page.goto("/live/board")
    is_live(page)
    page.click("#write")
    page.fill("#text", "mine")
    expect(page.locator("li")).to_have_text(["own"])
    page.evaluate("addEventListener('pageshow', ({persisted}) => { window.cameBack = persisted; })")
    page.goto("/ready")
    publish("notes", "one")
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_url("**/live/board", wait_until="commit")
    until(page, "window.cameBack")
    expect(page.locator("li")).to_have_text(["own", "one"])
    assert page.input_value("#text") == "mine"
    page.click("#write")
    expect(page.locator("li")).to_have_text(["own", "one", "own"])
    publish("notes", "two")
    expect(page.locator("li")).to_have_text(["own", "one", "own", "two"])


def test_a_duplicated_tab_has_a_state_of_its_own(page: Page, publish: Any) -> None:
    answers = []
    page.on("response", lambda one: answers.append(one) if one.url.endswith("/board") else None)
    page.goto("/live/board")
    html = answers[0].text()
    is_live(page)
    page.click("#write")
    twin = page.context.new_page()
    twin.route("**/live/board", lambda route: route.fulfill(
        body=html, headers=answers[0].headers))  # fmt: skip
    twin.goto("/live/board")
    is_live(twin)
    expect(twin.locator("li")).to_have_count(0)
    twin.click("#write")
    twin.click("#write")
    publish("notes", "one")
    expect(twin.locator("li")).to_have_text(["own", "own", "one"])
    expect(page.locator("li")).to_have_text(["own", "one"])
    page.click("#write")
    expect(page.locator("li")).to_have_text(["own", "one", "own"])
    expect(twin.locator("li")).to_have_count(3)


def test_a_component_that_is_removed_while_its_event_runs(
    page: Page, complaints: list[str]
) -> None:
    waiting: list[Route] = []
    sent: list[str] = []

    def hear(route: Route) -> None:
        body: Any = route.request.post_data_json
        sent.append(body["id"])
        if len(sent) == 1:
            waiting.append(route)
        else:
            route.continue_()

    page.clock.install()
    page.route("**/hotframe/live", hear)
    page.goto("/live/two")
    with page.expect_request("**/hotframe/live"):
        page.locator(".one").first.click()
    page.evaluate("document.querySelector('#app-counter-a').remove()")
    waiting.pop().abort()
    until(page, "document.documentElement.dataset.hfConnection === 'retrying'")
    page.clock.run_for(60_000)  # what is lost is sent again, but for an instance that is gone
    for times in ("1", "2"):
        page.locator(".one").click()
        expect(page.locator("b")).to_have_text([times])
    assert sent == ["app-counter-a", "app-counter-b", "app-counter-b"]
    complaints[:] = [one for one in complaints if "Failed to load" not in one]


def test_a_half_filled_form_outlives_a_server_that_is_killed(
    browser: Browser, complaints: list[str]
) -> None:
    port = free_port()
    process = started(SITE, port, "--workers", "0")
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
    try:
        page = context.new_page()
        page.goto("/live/profile")
        page.fill("#name", "Anna")
        page.fill("#age", "41")
        until(page, "JSON.parse(document.querySelector('output').textContent).age === 41")
        page.fill("#late", "tea")  # is sent when it is left
        process.kill()
        process.wait(10)
        page.fill("#about", "much")  # is sent to nobody
        until(page, "document.documentElement.dataset.hfConnection === 'retrying'")
        process = started(SITE, port, "--workers", "0")
        until(page, "JSON.parse(document.querySelector('output').textContent).about === 'much'")
        page.locator("#save").click()
        until(page, "JSON.parse(document.querySelector('output').textContent).saves === 1")
        found = state(page)
        assert (found["name"], found["age"], found["late"]) == ("Anna", 41, "tea")
        assert page.input_value("#name") == "Anna"
    finally:
        context.close()
        process.kill()
        process.wait(10)


def test_enter_back_and_reload_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/live/plain")
    page.fill("#name", "Anna")
    page.press("#name", "Enter")  # presses no button
    expect(page.locator("b")).to_have_text("Anna 0")
    page.click("#save")
    expect(page.locator("b")).to_have_text("Anna 1")
    page.reload()
    expect(page.locator("b")).to_have_text("Anna 1")
    page.click("#add")
    expect(page.locator("b")).to_have_text("Anna 11")
    page.go_back()
    expect(page.locator("b")).to_have_text("Anna 11")
    page.click("#save")
    expect(page.locator("b")).to_have_text("Anna 12")
    context.close()
