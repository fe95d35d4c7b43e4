"""Staff of the example pack and send what a visitor orders, in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.support.bazaar import Bazaar
from tests.support.bazaar import demo
from tests.support.chromium import chromium

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("bazaar")]

complaints: list[str] = []


def somebody(browser: Browser, site: Bazaar, *, scripts: bool = True) -> Page:
    context = browser.new_context(base_url=site.address, java_script_enabled=scripts)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def staff(browser: Browser, site: Bazaar, name: str, *, scripts: bool = True) -> Page:
    """Give the board as one of the staff has it open."""
    page = somebody(browser, site, scripts=scripts)
    page.goto("/operate/")
    page.get_by_label("Key").fill(site.key)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Open").click()
    page.get_by_role("link", name="Order board").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order board")
    return page


def buys(visitor: Page, slug: str, name: str) -> None:
    visitor.goto(f"/shop/{slug}")
    visitor.get_by_role("button", name="Put into the basket").click()
    expect(visitor.locator("#basket-count")).to_have_text("1 thing")
    visitor.goto("/orders/basket")
    visitor.get_by_label("Who comes for it?").fill(name)
    visitor.get_by_role("button", name="Order", exact=True).click()
    expect(visitor.locator("main h1")).to_have_text(f"1 thing for {name}")


def test_staff_see_each_other_and_pack_what_a_visitor_orders(
    tmp_path: Path, requires_chromium: str
) -> None:
    complaints.clear()
    with demo(tmp_path) as site, chromium(requires_chromium) as browser:
        ann, bob = staff(browser, site, "Ann"), staff(browser, site, "Bob")
        for page in (ann, bob):
            expect(page.locator(".board-here")).to_have_text("At the board: Ann, Bob")
        visitor = somebody(browser, site)
        buys(visitor, "sand-glaze-teapot", "Ada")
        buys(visitor, "granada-star-pendant", "Grace")
        buys(visitor, "mint-tea-blend", "Edsger")
        for page in (ann, bob):
            expect(page.locator(".parcel-status")).to_have_text(["new", "new", "new"])
        ann.get_by_role("button", name="Pack the order of Ada").click()
        expect(bob.locator(".parcel-status")).to_have_text(["new", "new", "packed"])
        expect(ann.locator("[id^=status-]:focus")).to_have_text("packed")
        bob.get_by_role("button", name="Send the order of Ada").click()
        bob.get_by_role("button", name="Pack the order of Grace").click()
        expect(ann.locator(".parcel-status")).to_have_text(["new", "packed", "sent"])
        expect(ann.get_by_role("button", name="the order of Ada")).to_have_count(0)
        visitor.goto("/operate/")
        visitor.screenshot(path=tmp_path / "enter.png")
        ann.screenshot(path=tmp_path / "board.png", full_page=True)
        bob.set_viewport_size({"width": 390, "height": 800})
        bob.emulate_media(color_scheme="dark")
        bob.screenshot(path=tmp_path / "board-phone.png", full_page=True)
        assert bob.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        bob.close()
        expect(ann.locator(".board-here")).to_have_text("At the board: Ann", timeout=15_000)
        # The browser itself reports the page that asks for the key.
        assert [text for text in complaints if "401" not in text] == []


def test_the_board_works_without_scripts(tmp_path: Path, requires_chromium: str) -> None:
    with demo(tmp_path) as site, chromium(requires_chromium) as browser:
        buys(somebody(browser, site, scripts=False), "sand-glaze-teapot", "Ada")
        page = staff(browser, site, "Ann", scripts=False)
        page.get_by_role("button", name="Pack the order of Ada").click()
        expect(page.locator(".parcel-status")).to_have_text(["packed"])
        page.get_by_role("button", name="Send the order of Ada").click()
        expect(page.locator(".parcel-status")).to_have_text(["sent"])
