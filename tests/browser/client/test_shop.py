"""Pages, frames and patches as an author writes them, with the client and without JavaScript."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page
from playwright.sync_api import Request

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("client")]
SITE = "tests.browser.client.shop:app"


@pytest.fixture(autouse=True)
def begin(address: str) -> None:
    httpx.post(f"{address}/begin", headers={"Sec-Fetch-Site": "same-origin"}, trust_env=False)


@pytest.fixture
def loads(page: Page) -> list[str]:
    """Return the addresses of the documents that the tab loads whole."""
    found: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request():
            found.append(request.url)

    page.on("request", note)
    return found


def test_a_page_changes_where_the_answer_says(page: Page, loads: list[str]) -> None:
    page.goto("/")
    expect(page.locator("#items")).to_have_text("0 items")
    page.get_by_label("Name").fill("<b>vase</b>")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#rows li")).to_have_text(["lamp", "rug", "<b>vase</b>"])
    expect(page.locator("#count")).to_have_text("3 products")
    expect(page.get_by_role("status")).to_have_text("Added <b>vase</b>")
    page.get_by_label("Search").fill("r")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#rows li")).to_have_text(["rug"])
    page.get_by_role("button", name="Buy").click()
    expect(page.locator("#items")).to_have_text("1 items")
    expect(page.get_by_role("status")).to_have_text("Added <b>vase</b>Bought")
    assert page.locator("#cart template").count() == 0
    assert len(loads) == 1


def test_it_works_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Name").fill("vase")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#rows li")).to_have_text(["lamp", "rug", "vase"])
    expect(page.get_by_role("status")).to_have_text("Added vase")
    page.get_by_label("Search").fill("r")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#rows li")).to_have_text(["rug"])
    page.goto("/cart")
    page.get_by_role("button", name="Buy").click()
    expect(page.locator("#items")).to_have_text("1 items")
    expect(page.get_by_role("status")).to_have_text("Bought")
    context.close()
