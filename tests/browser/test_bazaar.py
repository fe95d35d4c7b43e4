"""A person clicks through the operator's page of the example, in Chromium."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page

from tests.support.bazaar import Bazaar
from tests.support.bazaar import demo
from tests.support.chromium import chromium

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("bazaar")]

PAGES = (
    "/",
    "/shop/",
    "/shop/?page=10",
    "/shop/?page=99",
    "/shop/?q=fes&category=Lamps&most=100&stock=1&order=dearest",
    "/shop/?q=%3Cb%3E%25_%27%22%F0%9F%90%AB",
    "/shop/?q=" + "x" * 1000,
    "/shop/sand-glaze-teapot",
    "/shop/pen-case",
    "/orders/basket",
    "/orders/",
    "/orders/board",
    "/reviews/",
    "/reviews/?stars=3",
    "/reviews/?stars=1",
    "/newsletter/",
    "/operate/",
    "/nowhere",
)
INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:")
"""What a strict Content-Security-Policy forbids."""
TEXTS = ["main h1", "main p", ".pages a", ".basket-count", ".sold-out"]
LOOKS = ((1280, "light"), (390, "dark"))


class Operator:
    """Works on the operator's page, and looks at the shop in another tab."""

    def __init__(self, browser: Browser, site: Bazaar, pictures: Path) -> None:
        self.site = site
        self.pictures = pictures
        self.context = browser.new_context(base_url=site.address)
        self.complaints: list[str] = []
        self.page = self._tab()
        self.shop = self._tab()

    def _tab(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def enter(self) -> None:
        self.page.goto(f"/operate/enter?key={self.site.key}")

    def press(self, label: str, within: str = "#module-reviews") -> None:
        self.page.locator(within).get_by_role("button", name=label).click()

    def sees(self, text: str, kind: Literal["status", "alert"] = "status") -> None:
        expect(self.page.get_by_role(kind)).to_contain_text(text)
        name = re.sub("[^a-zA-Z0-9]+", "-", text)
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    def has_state(self, version: str, state: str) -> None:
        module = self.page.locator("#module-reviews")
        expect(module.locator(".module-head .version")).to_have_text(version)
        expect(module.locator(".state")).to_have_text(state)

    def visits_teapot(self) -> Page:
        self.shop.goto("/shop/sand-glaze-teapot")
        return self.shop


def test_an_operator_clicks_through_the_life_of_a_module(
    tmp_path: Path, requires_chromium: str
) -> None:
    with demo(tmp_path) as site, chromium(requires_chromium) as browser:
        operator = Operator(browser, site, tmp_path)
        operator.enter()
        install_and_enable(operator)
        upgrade(operator)
        upgrade_to_the_broken_version(operator)
        roll_back(operator)
        uninstall(operator)
        assert operator.complaints == []


def install_and_enable(operator: Operator) -> None:
    expect(operator.visits_teapot().locator(".reviews")).to_have_count(0)
    operator.press("Install reviews-1.0.zip", "main")
    operator.sees("Reviews 1.0 is installed")
    operator.has_state("1.0", "disabled")
    operator.press("Enable")
    operator.sees("Reviews 1.0 serves")
    reviews = operator.visits_teapot().locator(".reviews")
    expect(reviews).to_contain_text("It really does not drip.")
    expect(reviews.locator(".stars")).to_have_count(0)
    expect(operator.shop.get_by_role("link", name="Reviews")).to_be_visible()


def upgrade(operator: Operator) -> None:
    operator.press("Plan reviews-2.0.zip")
    operator.sees("load reviews 2.0 beside what serves")
    operator.has_state("1.0", "provisional")
    operator.press("Upgrade reviews-2.0.zip")
    operator.sees("Reviews 2.0 serves now")
    expect(operator.visits_teapot().locator(".rating-figure strong")).to_have_text("4.7")


def upgrade_to_the_broken_version(operator: Operator) -> None:
    operator.press("Upgrade reviews-2.1-broken.zip")
    operator.sees("rating.py:7: ZeroDivisionError", "alert")
    operator.has_state("2.0", "provisional")
    expect(operator.visits_teapot().locator(".rating-figure")).to_be_visible()


def roll_back(operator: Operator) -> None:
    operator.press("Roll back to 1.0")
    operator.sees("Reviews 1.0 serves again")
    operator.has_state("1.0", "active")
    expect(operator.visits_teapot().locator(".rating-figure")).to_have_count(0)
    expect(operator.shop.locator(".reviews")).to_be_visible()


def uninstall(operator: Operator) -> None:
    operator.press("Uninstall")
    operator.sees("The module is gone")
    expect(operator.page.locator("#module-reviews")).to_have_count(0)
    expect(operator.visits_teapot().locator(".reviews")).to_have_count(0)
    expect(operator.shop.get_by_role("link", name="Reviews")).to_have_count(0)


@pytest.mark.by_turns
def test_every_page_fits_its_window_and_loads_without_complaint(
    tmp_path: Path, requires_chromium: str
) -> None:
    with demo(tmp_path) as site, chromium(requires_chromium) as browser:
        operator = Operator(browser, site, tmp_path)
        operator.enter()
        operator.press("Enable", "#module-newsletter")
        operator.press("Install reviews-2.0.zip", "main")
        operator.press("Enable")
        operator.sees("Reviews 2.0 serves")
        order = buy(operator.page)
        for page in (*PAGES, order):
            for width, scheme in LOOKS:
                look_at(operator, page, width, scheme)
        # The browser itself reports the one page that is not there.
        assert [text for text in operator.complaints if "404" not in text] == []


def buy(page: Page) -> str:
    """Order something, leave something in the basket, and return the address of the order."""
    for slug in ("sand-glaze-teapot", "granada-star-pendant", "taznakht-kilim"):
        page.goto(f"/shop/{slug}")
        page.get_by_role("button", name="Put into the basket").click()
        expect(page.locator("#hf-flashes")).to_contain_text("in your basket")
        if slug == "granada-star-pendant":
            page.get_by_role("button", name="Basket").click()
            page.get_by_label("Who comes for it?").fill("Ada")
            page.get_by_role("button", name="Order", exact=True).click()
            expect(page.locator("main h1")).to_have_text("2 things for Ada")
            order = page.url
    return order


def look_at(operator: Operator, path: str, width: int, scheme: str) -> None:
    page = operator.page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    answer = page.goto(path)
    assert answer is not None
    assert INLINE.findall(answer.text()) == [], path
    name = re.sub(r"\W+", "-", path.partition("://")[2] or path)[:60].strip("-") or "home"
    page.screenshot(path=operator.pictures / f"{name}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
    assert (
        page.evaluate(CONTRAST, ["main h1", "main p", ".pages a", ".basket-count", ".sold-out"])
        == []
    ), (path, scheme)


CONTRAST = """selectors => {
    const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = text => {
        const [r, g, b] = rgb(text).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = e => {
        for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (c !== "rgba(0, 0, 0, 0)") return c;
        }
        return "rgb(255, 255, 255)";
    };
    const weak = [];
    for (const e of document.querySelectorAll(selectors.join(","))) {
        const pair = [light(getComputedStyle(e).color), light(ground(e))].sort((a, b) => a - b);
        const ratio = (pair[1] + 0.05) / (pair[0] + 0.05);
        if (ratio < 4.5) weak.push(`${e.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
    }
    return weak;
}"""
"""Texts whose contrast to what lies behind them is below 4.5 (WCAG AA)."""


def test_the_operator_puts_a_photo_on_a_product(tmp_path: Path, requires_chromium: str) -> None:
    with demo(tmp_path) as site, chromium(requires_chromium) as browser:
        operator = Operator(browser, site, tmp_path)
        operator.enter()
        photo = operator.page.screenshot()
        page = operator.visits_teapot()
        page.get_by_label("Your photo").set_input_files(
            {"name": "teapot.png", "mimeType": "image/png", "buffer": photo}
        )
        page.get_by_role("button", name="Show teapot.png in the shop").click()
        expect(page.get_by_role("img", name="Sand-glaze teapot", exact=True)).to_be_visible()
        page.screenshot(path=tmp_path / "photo.png", full_page=True)
        visitor = browser.new_page(base_url=site.address)
        visitor.goto("/shop/")
        picture = visitor.locator("li", has_text="Sand-glaze teapot").locator("img")
        assert picture.evaluate("one => one.complete && one.naturalWidth > 0")
        assert operator.complaints == []
