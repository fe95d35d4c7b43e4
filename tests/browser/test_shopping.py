"""A visitor of the example looks for something and buys it, with the mouse and with keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.support.bazaar import demo
from tests.support.chromium import chromium

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("bazaar")]


@pytest.fixture
def page(tmp_path: Path, requires_chromium: str) -> Iterator[Page]:
    """Give a page of the site in a browser that runs no JavaScript of pages."""
    with demo(tmp_path) as site, chromium(requires_chromium) as browser:
        context = browser.new_context(base_url=site.address, java_script_enabled=False)
        yield context.new_page()


def test_a_visitor_searches_filters_and_turns_pages(page: Page) -> None:
    cards = page.locator(".card")
    page.goto("/shop/")
    expect(cards).to_have_count(24)
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".found")).to_have_text("240 things, page 2 of 10")
    page.get_by_role("link", name="10", exact=True).click()
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_label("Category").select_option("Lamps")
    page.get_by_label("Up to €").fill("100")
    page.get_by_label("Order").select_option("Cheapest")
    page.get_by_role("button", name="Show").click()
    expect(cards.first).to_contain_text("Floating lights, box of twelve")
    page.get_by_label("Search").fill("fes")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".found")).to_contain_text("2 things for “fes”")
    expect(page.get_by_label("Category")).to_have_value("Lamps")
    page.get_by_role("link", name="Show everything").click()
    expect(page.locator(".found")).to_contain_text("240 things")


def test_a_visitor_buys_two_things(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sand-glaze teapot").click()
    page.get_by_role("button", name="Put into the basket").click()
    page.goto("/shop/granada-star-pendant")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Put into the basket").click()
    expect(page.locator(".total")).to_contain_text("€ 708.00")
    page.get_by_label("Quantity of Granada star pendant").fill("1")
    page.get_by_role("button", name="Change Granada star pendant").click()
    expect(page.locator(".total")).to_contain_text("€ 378.00")
    page.get_by_label("Who comes for it?").fill("Ada")
    page.get_by_role("button", name="Order", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 things for Ada")
    page.get_by_role("link", name="Granada star pendant").click()
    expect(page.locator(".stock")).to_have_text("Only 1 left")


def test_the_shop_can_be_used_with_keys_alone(page: Page) -> None:
    page.goto("/shop/")
    press_until(page, "Tab", "#q")
    page.keyboard.type("inkwell")
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_contain_text("One thing")
    press_until(page, "Tab", "#order")
    page.keyboard.type("Name")
    press_until(page, "Tab", "#stock")
    page.keyboard.press("Space")
    press_until(page, "Tab", ".search button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nobody sells that here")).to_be_visible()
    page.goto("/shop/olive-wood-bowl")
    press_until(page, "Tab", "#quantity")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Olive-wood bowl: 2 in your basket.")


def press_until(page: Page, key: str, selector: str) -> None:
    """Press a key until an element has the focus."""
    for _ in range(40):
        page.keyboard.press(key)
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{key} does not lead to {selector}.")
