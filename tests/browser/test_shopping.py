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


def test_with_scripts_it_all_happens_in_one_page(tmp_path: Path, requires_chromium: str) -> None:
    with demo(tmp_path) as site, chromium(requires_chromium) as browser:
        page = browser.new_context(base_url=site.address).new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        open_stalls(page, site.key)
        page.goto("/shop/")
        page.evaluate("window.stamp = 1")
        filters_the_list(page)
        buys_from_the_drawer(page)
        writes_a_review(page)
        signs_up(page)
        assert page.evaluate("window.stamp") == 1
        assert complaints == []


def test_a_page_that_is_open_shows_what_another_visitor_leaves(
    tmp_path: Path, requires_chromium: str
) -> None:
    with demo(tmp_path) as site, chromium(requires_chromium) as browser:
        pages = [browser.new_context(base_url=site.address).new_page() for _ in range(2)]
        for page in pages:
            page.goto("/shop/granada-star-pendant")
            expect(page.locator("html[data-hf-connection=live]")).to_have_count(1)
        watcher, buyer = pages
        watcher.evaluate("window.stamp = 1")
        expect(watcher.locator(".stock")).to_have_text("Only 2 left")
        buyer.get_by_label("Quantity").fill("2")
        buyer.get_by_role("button", name="Put into the basket").click()
        buyer.get_by_role("button", name="Basket 2 things").click()
        buyer.get_by_label("Who comes for it?").fill("Ada")
        buyer.get_by_role("button", name="Order", exact=True).click()
        expect(watcher.locator(".stock")).to_have_text("Sold out")
        expect(watcher.get_by_role("button", name="Put into the basket")).to_be_hidden()
        assert watcher.evaluate("window.stamp") == 1


def open_stalls(page: Page, key: str) -> None:
    page.goto(f"/operate/enter?key={key}")
    page.locator("#module-newsletter").get_by_role("button", name="Enable").click()
    expect(page.locator("#hf-flashes")).to_contain_text("Newsletter")
    page.get_by_role("button", name="Install reviews-2.0.zip").click()
    page.locator("#module-reviews").get_by_role("button", name="Enable").click()
    expect(page.locator("#hf-flashes")).to_contain_text("Reviews 2.0 serves")


def filters_the_list(page: Page) -> None:
    page.get_by_label("Category").select_option("Ceramics")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".found")).to_contain_text("20 things")
    assert "category=Ceramics" in page.url
    page.get_by_role("link", name="Sand-glaze teapot").click()
    expect(page.locator("main h1")).to_have_text("Sand-glaze teapot")


def buys_from_the_drawer(page: Page) -> None:
    page.get_by_role("button", name="Put into the basket").click()
    expect(page.locator("#hf-flashes")).to_have_text("Sand-glaze teapot: 1 in your basket.")
    page.get_by_role("button", name="Basket 1 thing").click()
    page.get_by_label("Quantity of Sand-glaze teapot").fill("2")
    page.get_by_role("button", name="Change Sand-glaze teapot").click()
    expect(page.locator("#drawer .total")).to_contain_text("€ 96.00")
    said = page.locator("#hf-flashes .note")
    expect(said).to_have_text([f"Sand-glaze teapot: {n} in your basket." for n in (1, 2)])
    expect(page.locator("#basket-count")).to_have_text("2 things")
    page.get_by_label("Who comes for it?").fill("Ada")
    page.get_by_role("button", name="Order", exact=True).click()
    expect(page.locator("main h1")).to_have_text("2 things for Ada")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("#basket-count")).to_be_empty()


def writes_a_review(page: Page) -> None:
    page.get_by_role("link", name="Sand-glaze teapot").click()
    page.get_by_role("textbox", name="Name").fill("Bob")
    page.get_by_role("textbox", name="Review").fill("Good <b>pot</b>.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".reviews-list")).to_contain_text("Good <b>pot</b>.")
    expect(page.locator("#hf-flashes")).to_have_text("Thank you for your review.")
    expect(page.get_by_role("textbox", name="Name")).to_have_value("")
    page.get_by_role("button", name="Helpful: the review of Bob").click()
    expect(page.locator(".reviews-list")).to_contain_text("Bob, helpful to 1")


def signs_up(page: Page) -> None:
    page.get_by_role("link", name="Newsletter").click()
    field = page.get_by_label("Mail address")
    field.fill("ada@exa mple")
    page.locator("form.hf-form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator(".hf-form-summary")).to_be_focused()
    expect(field).to_have_value("ada@exa mple")
    field.fill("ada@example.org")
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("main")).to_contain_text("You are signed up as ada@example.org")


def press_until(page: Page, key: str, selector: str) -> None:
    """Press a key until an element has the focus."""
    for _ in range(40):
        page.keyboard.press(key)
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{key} does not lead to {selector}.")
